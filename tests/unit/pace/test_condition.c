#include "check.h"

#include "pace/condition.h"

static void test_begin_hourly_end(void **state)
{
    (void)state;
    static const struct {
        int64_t now;
        bool on;
        enum condition_news news;
        uint64_t times;
    } steps[] = {
        {0, false, CONDITION_QUIET, 0},     {5, true, CONDITION_BEGAN, 1},
        {6, true, CONDITION_QUIET, 2},      {3604, true, CONDITION_QUIET, 3},
        {3605, true, CONDITION_LASTS, 4},   {3606, true, CONDITION_QUIET, 5},
        {7204, true, CONDITION_QUIET, 6},   {90000, true, CONDITION_LASTS, 7},
        {90001, false, CONDITION_ENDED, 7}, {90002, false, CONDITION_QUIET, 7},
        {90003, true, CONDITION_BEGAN, 1},
    };
    struct condition condition = {0};
    for (size_t i = 0; i < HB_COUNT(steps); i++) {
        char name[32];
        snprintf(name, sizeof name, "at %lld", (long long)steps[i].now);
        CHECK_INT(name, steps[i].news, condition_note(&condition, steps[i].on, steps[i].now));
        CHECK_INT(name, steps[i].times, condition.times);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_begin_hourly_end)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
