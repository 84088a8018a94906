/*
 * slept: what two clocks tell of a PC's sleep.
 */
#include "check.h"

#include "pace/slept.h"
#include "system/clock.h"

static void a_sleep_is_what_the_clocks_came_apart_by(void **state)
{
    static const struct {
        const char *what;
        int64_t steady_ms, awake_ms; /* since the look before */
        int64_t slept_s;
    } looks[] = {
        {"the first look tells nothing, whatever the clocks say", 90000000, 5000, 0},
        {"ten seconds", 10000, 10000, 0},
        {"a busy PC looks late", 4000000, 4000000, 0},
        {"an hour's sleep", 3610000, 10000, 3600},
        {"once", 10000, 10000, 0},
        {"a short one", 69000, 10000, 0},
        {"of a minute", 70000, 10000, 60},
        {"a night", 36000000, 100, 35999},
        {"twice within one look", 7210000, 10000, 7200},
        {"clocks that differ by a little", 10016, 10000, 0},
        {"or the other way", 10000, 10016, 0},
        {"a clock that runs ahead is no sleep", 10000, 4000000, 0},
    };
    struct slept slept = {0};
    int64_t steady_ms = 0;
    int64_t awake_ms = 0;
    (void)state;
    for (size_t i = 0; i < HB_COUNT(looks); i++) {
        steady_ms += looks[i].steady_ms;
        awake_ms += looks[i].awake_ms;
        CHECK_INT(looks[i].what, looks[i].slept_s, slept_look(&slept, steady_ms, awake_ms));
    }
}

/* This machine is awake while it tests. */
static void the_clocks_go_together_while_awake(void **state)
{
    struct slept slept = {0};
    (void)state;
    (void)slept_look(&slept, clock_asleep_too_ms(), clock_awake_ms());
    int64_t until = clock_steady_ms() + 50;
    while (clock_steady_ms() < until) {
    }
    CHECK_INT("slept", 0, slept_look(&slept, clock_asleep_too_ms(), clock_awake_ms()));
    assert_true(clock_awake_ms() > 0 && clock_asleep_too_ms() >= clock_awake_ms() - 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sleep_is_what_the_clocks_came_apart_by),
        cmocka_unit_test(the_clocks_go_together_while_awake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
