#include "check.h"
#include "pace/level.h"

enum { GAP = 900, START = 1000000 };

struct step {
    int64_t at_s;
    int level;
    uint32_t keys[3];
    size_t count;
    bool due;
};

static void run(const char *name, struct level *level, const struct step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct step *step = &steps[i];
        int64_t now_s = START + step->at_s;
        bool due = level_due(level, step->level, step->keys, step->count, now_s, GAP);
        if (due != step->due) {
            fail_msg("%s, at %d s: expected %d, got %d", name, (int)step->at_s, step->due, due);
        }
        if (due) {
            level_told(level, step->level, step->keys, step->count, now_s);
        }
    }
}

static void a_change_is_told_when_it_has_held(void **state)
{
    (void)state;
    struct level level = {0};
    static const struct step steps[] = {
        {0, 0, {0}, 0, false},    {10, 1, {7}, 1, false},  {39, 1, {7}, 1, false},
        {40, 1, {7}, 1, true},    {80, 1, {7}, 1, false},  {5000, 1, {7}, 1, false},
        {5010, 0, {0}, 0, false}, {5040, 0, {0}, 0, true}, {9000, 0, {0}, 0, false},
    };
    run("one trouble", &level, steps, HB_COUNT(steps));
}

static void a_short_one_is_not_told(void **state)
{
    (void)state;
    struct level level = {0};
    static const struct step steps[] = {
        {0, 2, {7}, 1, false},  {25, 2, {7}, 1, false}, {28, 0, {0}, 0, false},
        {40, 2, {7}, 1, false}, {69, 2, {7}, 1, false}, {70, 2, {7}, 1, true},
    };
    run("flapping", &level, steps, HB_COUNT(steps));
}

static void what_is_new_is_told_within_the_same_level(void **state)
{
    (void)state;
    struct level level = {0};
    static const struct step steps[] = {
        {0, 1, {7}, 1, false},      {60, 1, {7}, 1, true},      {100, 1, {7, 8}, 2, false},
        {200, 1, {7, 8}, 2, false}, {959, 1, {7, 8}, 2, false}, {960, 1, {7, 8}, 2, true},
        {1000, 1, {8}, 1, false},   {2000, 1, {8}, 1, false},   {2100, 1, {8, 7}, 2, false},
        {2160, 1, {8, 7}, 2, true},
    };
    run("a second trouble", &level, steps, HB_COUNT(steps));
}

static void at_most_one_each_quarter_but_well_again_at_once(void **state)
{
    (void)state;
    struct level level = {0};
    static const struct step steps[] = {
        {0, 1, {7}, 1, false},    {60, 1, {7}, 1, true},   {100, 0, {0}, 0, false},
        {160, 0, {0}, 0, true},   {200, 1, {7}, 1, false}, {900, 1, {7}, 1, false},
        {1059, 1, {7}, 1, false}, {1060, 1, {7}, 1, true},
    };
    run("again and again", &level, steps, HB_COUNT(steps));
}

static void a_clock_that_is_set_back_delays_nothing_for_ever(void **state)
{
    (void)state;
    struct level level = {0};
    static const struct step steps[] = {
        {100000, 1, {7}, 1, false},
        {100060, 1, {7}, 1, true},
        {0, 2, {7}, 1, false},
        {60, 2, {7}, 1, true},
    };
    run("set back", &level, steps, HB_COUNT(steps));
}

static void it_outlasts_a_restart(void **state)
{
    (void)state;
    struct level level = {.level = 2, .count = 2, .keys = {1, 0xffffffff}, .told_s = 1700000000};
    struct level other;
    char text[LEVEL_TEXT_MAX];
    level_parse(&other, level_text(&level, text));
    CHECK_TEXT("text", "2 1700000000 00000001 ffffffff", text);
    assert_memory_equal(&level, &other, sizeof level);
    level.count = LEVEL_KEYS_MAX;
    level_parse(&other, level_text(&level, text));
    assert_memory_equal(&level, &other, sizeof level);
    static const char *const none[] = {"", "x", "9 1", "-1 5"};
    for (size_t i = 0; i < HB_COUNT(none); i++) {
        level_parse(&other, none[i]);
        CHECK_INT(none[i], 0, other.level);
        CHECK_INT(none[i], 0, other.count);
    }
}

static void a_key_is_of_both_texts(void **state)
{
    (void)state;
    assert_int_equal(level_key("a", "b"), level_key("a", "b"));
    assert_int_not_equal(level_key("a", "b"), level_key("ab", ""));
    assert_int_not_equal(level_key("a", "b"), level_key("b", "a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_is_told_when_it_has_held),
        cmocka_unit_test(a_short_one_is_not_told),
        cmocka_unit_test(what_is_new_is_told_within_the_same_level),
        cmocka_unit_test(at_most_one_each_quarter_but_well_again_at_once),
        cmocka_unit_test(a_clock_that_is_set_back_delays_nothing_for_ever),
        cmocka_unit_test(it_outlasts_a_restart),
        cmocka_unit_test(a_key_is_of_both_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
