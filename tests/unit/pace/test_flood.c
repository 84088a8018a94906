#include "check.h"

#include "pace/flood.h"

static void a_bound_per_id_and_hour(void **state)
{
    (void)state;
    struct flood flood = {0};
    int id = 0;
    uint64_t held = 0;
    for (int i = 0; i < FLOOD_PER_HOUR; i++) {
        assert_true(flood_pass(&flood, 210, 1000 + i));
    }
    for (int i = 0; i < 7; i++) {
        assert_false(flood_pass(&flood, 210, 2000));
    }
    assert_true(flood_pass(&flood, 401, 2000)); /* another id has its own */
    assert_false(flood_held(&flood, 2000, false, &id, &held));
    assert_true(flood_held(&flood, 1000 + FLOOD_HOUR_S, false, &id, &held));
    assert_int_equal(id, 210);
    assert_int_equal(held, 7);
    assert_false(flood_held(&flood, 1000 + FLOOD_HOUR_S, false, &id, &held));
    assert_true(flood_pass(&flood, 210, 1000 + FLOOD_HOUR_S));
}

static void at_the_end_all_are_told(void **state)
{
    (void)state;
    struct flood flood = {0};
    int id = 0;
    uint64_t held = 0;
    for (int i = 0; i < FLOOD_PER_HOUR + 2; i++) {
        flood_pass(&flood, 305, 10);
        flood_pass(&flood, 303, 10);
    }
    assert_true(flood_held(&flood, 11, true, &id, &held));
    assert_int_equal(id, 305);
    assert_int_equal(held, 2);
    assert_true(flood_held(&flood, 11, true, &id, &held));
    assert_int_equal(id, 303);
    assert_false(flood_held(&flood, 11, true, &id, &held));
}

static void counts_survive_the_hour_until_they_are_asked_for(void **state)
{
    (void)state;
    struct flood flood = {0};
    int id = 0;
    uint64_t held = 0;
    for (int i = 0; i < FLOOD_PER_HOUR + 3; i++) {
        flood_pass(&flood, 210, 0);
    }
    assert_true(flood_pass(&flood, 210, FLOOD_HOUR_S));
    assert_true(flood_held(&flood, 3 * FLOOD_HOUR_S, false, &id, &held));
    assert_int_equal(held, 3);
}

static void more_ids_than_places_are_told(void **state)
{
    (void)state;
    struct flood flood = {0};
    for (int i = 0; i < FLOOD_IDS_MAX; i++) {
        assert_true(flood_pass(&flood, 100 + i, 0));
    }
    for (int i = 0; i < 2 * FLOOD_PER_HOUR; i++) {
        assert_true(flood_pass(&flood, 9999, 0));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bound_per_id_and_hour),
        cmocka_unit_test(at_the_end_all_are_told),
        cmocka_unit_test(counts_survive_the_hour_until_they_are_asked_for),
        cmocka_unit_test(more_ids_than_places_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
