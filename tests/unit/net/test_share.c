#include "check.h"

#include "net/share.h"

static struct address address(unsigned number)
{
    char text[32];
    struct address one;
    snprintf(text, sizeof text, "10.0.%u.%u", number / 256, number % 256);
    assert_true(address_parse(span_of(text), &one));
    return one;
}

static void one_address_has_its_share_and_no_more(void **state)
{
    static struct share share;
    struct share_place *places[3];
    struct address a = address(1);
    struct address b = address(2);
    (void)state;
    share = (struct share){.requests_each = 3, .bytes_each = 100};
    for (int i = 0; i < 3; i++) {
        places[i] = share_enter(&share, &a);
        assert_non_null(places[i]);
    }
    assert_null(share_enter(&share, &a));
    struct share_place *other = share_enter(&share, &b);
    assert_non_null(other);
    assert_ptr_not_equal(other, places[0]);

    assert_true(share_take(&share, places[0], 60));
    assert_false(share_take(&share, places[1], 41));
    assert_true(share_take(&share, places[1], 40));
    assert_true(share_take(&share, other, 100));
    share_give(places[0], 60);
    assert_true(share_take(&share, places[2], 60));
    assert_false(share_take(&share, NULL, 1));
    share_give(NULL, 1);

    share_leave(places[0]);
    share_leave(NULL);
    assert_non_null(share_enter(&share, &a));
}

static void a_place_is_used_again(void **state)
{
    static struct share share;
    (void)state;
    share = (struct share){.requests_each = 2, .bytes_each = 10};
    for (unsigned i = 0; i < 3 * SHARE_PLACES; i++) {
        struct address who = address(i);
        struct share_place *place = share_enter(&share, &who);
        assert_non_null(place);
        assert_true(share_take(&share, place, 10));
        share_give(place, 10);
        share_leave(place);
    }
}

static void when_all_places_are_taken_those_inside_go_on(void **state)
{
    static struct share share;
    (void)state;
    share = (struct share){.requests_each = 2, .bytes_each = 10};
    for (unsigned i = 0; i < SHARE_PLACES; i++) {
        struct address who = address(i);
        assert_non_null(share_enter(&share, &who));
    }
    struct address stranger = address(SHARE_PLACES);
    struct address known = address(7);
    assert_null(share_enter(&share, &stranger));
    assert_non_null(share_enter(&share, &known));
}

static void a_network_of_ipv6_is_one_address(void **state)
{
    static const struct {
        const char *one;
        const char *other;
        bool same;
    } cases[] = {
        {"2001:db8::1", "2001:db8::2", true},
        {"2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", true},
        {"fe80::1", "fe80::aaaa:2", true},
        {"2001:db8:0:1::1", "2001:db8:0:2::1", false},
        {"10.0.0.1", "10.0.0.2", false},
        {"10.0.0.1", "10.0.0.1", true},
        {"::1", "10.0.0.1", false},
    };
    static struct share share;
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct address one;
        struct address other;
        share = (struct share){.requests_each = 1, .bytes_each = 1};
        assert_true(address_parse(span_of(cases[i].one), &one));
        assert_true(address_parse(span_of(cases[i].other), &other));
        assert_non_null(share_enter(&share, &one));
        CHECK_INT(cases[i].other, cases[i].same, share_enter(&share, &other) == NULL);
    }
}

static void a_body_has_a_minute_and_what_its_bytes_need(void **state)
{
    static const struct {
        const char *what;
        uint64_t after_ms;
        size_t bytes;
        bool over;
    } cases[] = {
        {"it has just begun", 0, 0, false},
        {"nothing of it for a minute", 60000, 0, false},
        {"and a moment more", 60001, 0, true},
        {"it drips", 60100, 300, true},
        {"a poor line, 2 KB a second", 32000, 64 * 1024, false},
        {"a megabyte at 16 KB a second", 64000, 1024 * 1024, false},
        {"eight but for a byte, and then nothing", 180000, 8 * 1024 * 1024 - 1, false},
        {"not for ever", 192000, 8 * 1024 * 1024 - 1, true},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        CHECK_INT(cases[i].what, cases[i].over,
                  share_overdue(5000, 5000 + cases[i].after_ms, cases[i].bytes));
    }
}

static void who_has_most_gives_way(void **state)
{
    const struct share_place many = {.requests = 32};
    const struct share_place few = {.requests = 1};
    (void)state;
    assert_true(share_goes_first(&many, 9, &few, 1));
    assert_false(share_goes_first(&few, 1, &many, 9));
    assert_true(share_goes_first(&many, 1, &many, 9));
    assert_false(share_goes_first(&many, 9, &many, 1));
    assert_false(share_goes_first(&few, 5, &few, 5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_address_has_its_share_and_no_more),
        cmocka_unit_test(a_place_is_used_again),
        cmocka_unit_test(when_all_places_are_taken_those_inside_go_on),
        cmocka_unit_test(a_network_of_ipv6_is_one_address),
        cmocka_unit_test(a_body_has_a_minute_and_what_its_bytes_need),
        cmocka_unit_test(who_has_most_gives_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
