#include "check.h"
#include "net/own_address.h"
#include "net/own_address_private.h"

static void the_list_is_of_addresses_that_others_can_use(void **state)
{
    (void)state;
    char list[OWN_ADDRESS_TEXT_MAX];
    char again[OWN_ADDRESS_TEXT_MAX];
    own_addresses(list);
    CHECK_TEXT("the same each time", list, own_addresses(again));
    struct span rest = span_of(list);
    struct span field;
    while (rest.len > 0 && span_field(&rest, ' ', &field)) {
        struct address address;
        assert_true(address_parse(field, &address));
        assert_false(address_is_loopback(&address));
    }
}

static void loopback_and_link_local_are_passed_over(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t count;
    } cases[] = {
        {"127.0.0.1", 0}, {"::1", 0},     {"fe80::1", 0},     {"192.168.1.5", 1},
        {"10.0.0.1", 1},  {"fd00::1", 1}, {"2001:db8::1", 1}, {"169.254.7.7", 1},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct own_address_list list = {.count = 0};
        struct address address;
        assert_true(address_parse(span_of(cases[i].text), &address));
        own_address_add(&list, &address);
        CHECK_INT(cases[i].text, cases[i].count, list.count);
    }
}

static void there_is_no_end_of_them(void **state)
{
    (void)state;
    struct own_address_list list = {.count = 0};
    for (int i = 0; i < OWN_ADDRESSES_MAX * 2; i++) {
        struct address address;
        assert_true(address_parse(SPAN("10.0.0.1"), &address));
        own_address_add(&list, &address);
    }
    CHECK_INT("kept", OWN_ADDRESSES_MAX, list.count);
}

static void an_address_is_found_whole(void **state)
{
    (void)state;
    static const char list[] = "10.0.0.1 192.168.1.50 fd00::1";
    assert_true(own_addresses_hold(list, "10.0.0.1"));
    assert_true(own_addresses_hold(list, "fd00::1"));
    assert_false(own_addresses_hold(list, "192.168.1.5"));
    assert_false(own_addresses_hold(list, "0.0.1"));
    assert_false(own_addresses_hold("", "10.0.0.1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_list_is_of_addresses_that_others_can_use),
        cmocka_unit_test(loopback_and_link_local_are_passed_over),
        cmocka_unit_test(there_is_no_end_of_them),
        cmocka_unit_test(an_address_is_found_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
