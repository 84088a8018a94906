#include "check.h"

#include "pace/backoff.h"

static void test_doubles_to_the_last(void **state)
{
    (void)state;
    static const uint32_t ceilings[] = {1000,  2000,   4000,   8000,   16000, 32000,
                                        64000, 128000, 256000, 300000, 300000};
    struct backoff backoff;
    for (uint64_t seed = 0; seed < 1000; seed++) {
        backoff_init(&backoff, seed);
        for (int round = 0; round < 2; round++) {
            for (size_t i = 0; i < HB_COUNT(ceilings); i++) {
                uint32_t wait = backoff_next(&backoff);
                CHECK_INT("ceiling", ceilings[i], backoff.ceiling_ms);
                assert_in_range(wait, ceilings[i] / 2, ceilings[i]);
            }
            backoff_reset(&backoff);
        }
    }
}

static void test_jitter_is_within_its_bounds_and_reaches_them(void **state)
{
    static const int64_t most[] = {1, 2, 6, 12};
    (void)state;
    for (size_t i = 0; i < HB_COUNT(most); i++) {
        uint64_t random = 7;
        int64_t low = 0;
        int64_t high = -most[i];
        for (int k = 0; k < 1000; k++) {
            int64_t jitter = backoff_jitter(&random, most[i]);
            low = jitter < low ? jitter : low;
            high = jitter > high ? jitter : high;
        }
        CHECK_INT("lowest", -most[i], low);
        CHECK_INT("highest", most[i] - 1, high);
    }
}

static void test_a_shorter_wait_is_kept_to(void **state)
{
    static const uint32_t ceilings[] = {1000, 2000, 4000, 8000, 16000, 30000, 30000};
    struct backoff backoff;
    (void)state;
    backoff_init(&backoff, 1);
    for (size_t i = 0; i < HB_COUNT(ceilings); i++) {
        backoff_lower(&backoff, 30000);
        assert_in_range(backoff_next(&backoff), ceilings[i] / 2, ceilings[i]);
        CHECK_INT("ceiling", ceilings[i], backoff.ceiling_ms);
    }
    for (int i = 0; i < 9; i++) {
        (void)backoff_next(&backoff);
    }
    backoff_lower(&backoff, 30000);
    assert_in_range(backoff_next(&backoff), 15000, 30000);
}

static void test_seeds_differ(void **state)
{
    (void)state;
    size_t same = 0;
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct backoff a;
        struct backoff b;
        backoff_init(&a, seed);
        backoff_init(&b, seed + 1);
        same += backoff_next(&a) == backoff_next(&b);
    }
    assert_true(same < 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_doubles_to_the_last),
        cmocka_unit_test(test_a_shorter_wait_is_kept_to),
        cmocka_unit_test(test_jitter_is_within_its_bounds_and_reaches_them),
        cmocka_unit_test(test_seeds_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
