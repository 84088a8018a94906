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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_address_has_its_share_and_no_more),
        cmocka_unit_test(a_place_is_used_again),
        cmocka_unit_test(when_all_places_are_taken_those_inside_go_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
