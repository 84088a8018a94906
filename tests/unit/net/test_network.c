#include "check.h"

#include "net/network.h"

static void test_addresses(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *expected; /* NULL: refused */
    } cases[] = {
        {"192.168.1.20", "192.168.1.20"},
        {"0.0.0.0", "0.0.0.0"},
        {"255.255.255.255", "255.255.255.255"},
        {"::1", "::1"},
        {"FE80::1", "fe80::1"},
        {"fe80::1%3", "fe80::1"},
        {"fe80::1%eth0", "fe80::1"},
        {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
        {"::ffff:10.1.2.3", "10.1.2.3"},
        {"", NULL},
        {"192.168.1", NULL},
        {"192.168.1.256", NULL},
        {"192.168.1.1.1", NULL},
        {"192.168.01.1", NULL},
        {"192.168.1.20 ", NULL},
        {"192.168.1.20%1", NULL},
        {"0x7f.0.0.1", NULL},
        {"localhost", NULL},
        {"::1::", NULL},
        {"1:2:3:4:5:6:7:8:9", NULL},
        {"%1", NULL},
        {"::ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct address address;
        char text[ADDRESS_TEXT_MAX] = "";
        bool fine = address_parse(span_of(cases[i].text), &address);
        CHECK_INT(cases[i].text, cases[i].expected != NULL, fine);
        if (fine) {
            CHECK_TEXT(cases[i].text, cases[i].expected, address_text(&address, text));
        }
    }
    struct address address;
    assert_false(address_parse(SPAN("1.1.1.1\0"), &address));
}

static void test_networks(void **state)
{
    (void)state;
    static const struct {
        const char *network;
        const char *address;
        int holds; /* -1: no network */
    } cases[] = {
        {"10.0.0.0/8", "10.255.1.2", 1},
        {"10.0.0.0/8", "11.0.0.0", 0},
        {"172.16.0.0/12", "172.31.255.255", 1},
        {"172.16.0.0/12", "172.32.0.0", 0},
        {"192.168.1.7", "192.168.1.7", 1},
        {"192.168.1.7", "192.168.1.6", 0},
        {"192.168.1.7/32", "192.168.1.7", 1},
        {"0.0.0.0/0", "8.8.8.8", 1},
        {"0.0.0.0/0", "2001:db8::1", 0},
        {"::/0", "8.8.8.8", 1},
        {"fe80::/10", "fe80::1", 1},
        {"fe80::/10", "fec0::1", 0},
        {"::1", "::1", 1},
        {"2001:db8::/33", "2001:db8:7fff::1", 1},
        {"2001:db8::/33", "2001:db8:8000::1", 0},
        {"127.0.0.0/8", "::1", 0},
        {"10.0.0.1/8", "::1", -1},
        {"10.0.0.0/33", "::1", -1},
        {"10.0.0.0/-1", "::1", -1},
        {"10.0.0.0/+8", "::1", -1},
        {"10.0.0.0/", "::1", -1},
        {"10.0.0.0/8/8", "::1", -1},
        {"fe80::/129", "::1", -1},
        {"fe80::1/64", "::1", -1},
        {"/8", "::1", -1},
        {"", "::1", -1},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct address address;
        struct network network;
        assert_true(address_parse(span_of(cases[i].address), &address));
        int got = -1;
        if (network_parse(span_of(cases[i].network), &network)) {
            got = network_holds(&network, &address);
        }
        CHECK_INT(cases[i].network, cases[i].holds, got);
    }
}

static void test_loopback(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool loopback;
    } cases[] = {{"127.0.0.1", true},        {"127.9.9.9", true},  {"::1", true},
                 {"::ffff:127.0.0.1", true}, {"128.0.0.1", false}, {"::2", false}};
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct address address;
        assert_true(address_parse(span_of(cases[i].text), &address));
        CHECK_INT(cases[i].text, cases[i].loopback, address_is_loopback(&address));
    }
}

static void peers_are_as_the_firewall_wants_them(void **state)
{
    static const struct {
        const char *networks[5];
        const char *expected;
    } cases[] = {
        {{"127.0.0.0/8", "10.0.0.0/8", "192.168.1.20"}, "10.0.0.0/8,192.168.1.20"},
        {{"172.16.0.0/12", "169.254.0.0/16", "fe80::/10"},
         "172.16.0.0/12,169.254.0.0/16,fe80::/10"},
        {{"10.0.0.0/8", "0.0.0.0/0"}, "*"},
        {{"::/0"}, "*"},
        {{"127.0.0.1", "::1"}, ""},
        {{"2001:db8::1"}, "2001:db8::1"},
        {{NULL}, ""},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct network networks[5];
        char out[5 * NETWORK_PEER_MAX];
        size_t count = 0;
        for (; count < HB_COUNT(networks) && cases[i].networks[count] != NULL; count++) {
            assert_true(network_parse(span_of(cases[i].networks[count]), &networks[count]));
        }
        network_peers(networks, count, out, sizeof out);
        CHECK_TEXT(cases[i].expected, cases[i].expected, out);
        network_peers(networks, count, out, strlen(cases[i].expected) + 1);
        CHECK_TEXT("just room", cases[i].expected, out);
        if (strlen(cases[i].expected) > 1) {
            network_peers(networks, count, out, strlen(cases[i].expected));
            CHECK_TEXT("no room", "", out);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_networks),
        cmocka_unit_test(test_loopback),
        cmocka_unit_test(peers_are_as_the_firewall_wants_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
