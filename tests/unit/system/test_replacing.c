/*
 * replacing: a Windows that answers as its documentation says it may.
 */
#include "check.h"

#include "base/portability.h"
#include "system/replacing.h"

/* What a try does: the answer, and whether the old file and the new one keep their names. */
struct answer {
    unsigned long code;
    bool old_gone;
    bool new_placed;
};

struct windows {
    const struct answer *answers; /* one a try; the last stays */
    size_t count, used;
    bool named;  /* a file has the name */
    bool beside; /* the new one is beside it */
    bool is_new; /* what has the name is the new one */
    unsigned waited_ms;
    size_t replaces, moves;
};

static unsigned long next(struct windows *windows)
{
    const struct answer *answer =
        &windows->answers[windows->used < windows->count ? windows->used : windows->count - 1];
    windows->used++;
    if (answer->old_gone) {
        windows->named = false;
    }
    if (answer->code == 0 || answer->new_placed) {
        assert_true(windows->beside);
        windows->named = true;
        windows->is_new = true;
        windows->beside = false;
    }
    return answer->code;
}

static bool exists(void *context)
{
    return ((struct windows *)context)->named;
}

static unsigned long replace(void *context)
{
    struct windows *windows = context;
    assert_true(windows->named); /* ReplaceFile needs one there */
    windows->replaces++;
    return next(windows);
}

static unsigned long move(void *context)
{
    struct windows *windows = context;
    assert_false(windows->named);
    windows->moves++;
    return next(windows);
}

static void drop(void *context)
{
    struct windows *windows = context;
    assert_true(windows->named); /* never the only one */
    windows->beside = false;
}

static void wait_for(void *context, unsigned milliseconds)
{
    ((struct windows *)context)->waited_ms += milliseconds;
}

static const struct {
    const char *what;
    bool named; /* at first */
    struct answer answers[6];
    size_t count;
    unsigned long code; /* what comes of it */
    bool is_new, beside;
    size_t replaces, moves;
} cases[] = {
    {"at once", true, {{0, false, false}}, 1, 0, true, false, 1, 0},
    {"the first of its name", false, {{0, false, false}}, 1, 0, true, false, 0, 1},
    {"a scanner for a moment", true, {{32, 0, 0}, {5, 0, 0}, {0, 0, 0}}, 3, 0, true, false, 3, 0},
    {"1175: both keep their names", true, {{1175, 0, 0}, {0, 0, 0}}, 2, 0, true, false, 2, 0},
    {"1176: the old one is gone", true, {{1176, true, 0}, {0, 0, 0}}, 2, 0, true, false, 1, 1},
    {"1177: the old one has another name",
     true,
     {{1177, true, 0}, {32, 0, 0}, {0, 0, 0}},
     3,
     0,
     true,
     false,
     1,
     2},
    {"1176, and it stays so", true, {{1176, true, 0}, {5, 0, 0}}, 2, 5, false, true, 1, 4},
    {"1177, and the disk is full", true, {{1177, true, 0}, {112, 0, 0}}, 2, 112, false, true, 1, 1},
    {"locked all the while", true, {{32, 0, 0}}, 1, 32, false, false, 5, 0},
    {"the disk is full", true, {{112, 0, 0}}, 1, 112, false, false, 1, 0},
    {"1176, the old one stays", true, {{1176, 0, 0}}, 1, 1176, false, false, 5, 0},
    {"a name that cannot be", false, {{123, 0, 0}}, 1, 123, false, true, 0, 1},
    {"not the same disk", true, {{17, 0, 0}}, 1, 17, false, false, 1, 0},
};

static void test_no_answer_costs_both(void **state)
{
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct windows windows = {.answers = cases[i].answers,
                                  .count = cases[i].count,
                                  .named = cases[i].named,
                                  .beside = true};
        const struct replacing steps = {&windows, exists, replace, move, drop, wait_for};
        unsigned long code = replacing_run(&steps);
        if (code != cases[i].code || windows.is_new != cases[i].is_new ||
            windows.beside != cases[i].beside || windows.replaces != cases[i].replaces ||
            windows.moves != cases[i].moves) {
            fail_msg("%s: %lu, %s, %s beside, %zu replaces, %zu moves", cases[i].what, code,
                     windows.is_new ? "new" : "old", windows.beside ? "one" : "none",
                     windows.replaces, windows.moves);
        }
        assert_true(windows.named || windows.beside);
        assert_true(windows.waited_ms < 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_answer_costs_both),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
