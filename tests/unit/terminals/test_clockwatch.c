#include "check.h"

#include "terminals/clockwatch.h"
#include "base/walltime.h"

enum { DAY_S = 86400, HOUR_S = 3600 };

/* No compiler is as late as 2036, none as early as 1970. */
#define RIGHT INT64_C(2088219600) /* 2036-03-04 05:00:00 UTC */
#define EARLY INT64_C(86400)      /* 1970-01-02 00:00:00 UTC */
#define OLD "which is before this program was made"

struct look {
    const char *rule; /* NULL: the same watch as in the line before, else a new one */
    int64_t unix_s;
    int64_t steady_s;
    const char *news; /* "": none */
};

static void check_looks(const struct look *looks, size_t count)
{
    struct clockwatch watch = {0};
    const char *rule = "";
    for (size_t i = 0; i < count; i++) {
        char input[128];
        char text[CLOCKWATCH_TEXT_MAX] = "";
        if (looks[i].rule != NULL) {
            rule = looks[i].rule;
            memset(&watch, 0, sizeof watch);
        }
        snprintf(input, sizeof input, "%zu: %s", i, rule);
        CHECK_INT(input, looks[i].news[0] != '\0',
                  clockwatch_note(&watch, looks[i].unix_s, looks[i].steady_s, text));
        CHECK_TEXT(input, looks[i].news, text);
    }
}

static void a_clock_before_the_programs_making_is_told_once(void **state)
{
    (void)state;
    static const struct look looks[] = {
        {"at the first look", EARLY, 10, "it says 1970-01-02 00:00:00 UTC, " OLD},
        {NULL, EARLY + 10, 20, ""},
        {NULL, EARLY + DAY_S, DAY_S + 10, ""},
        {"a clock at 0", 0, 0, "it says 1970-01-01 00:00:00 UTC, " OLD},
        {"before 1970", -1, 5, "it says 1969-12-31 23:59:59 UTC, " OLD},
        {"the year 1", INT64_C(-62135596800), 5, "it says 0001-01-01 00:00:00 UTC, " OLD},
        {"set back to then", RIGHT, 10, ""},
        {NULL, EARLY, 20, "it says 1970-01-02 00:00:00 UTC, " OLD},
        {NULL, EARLY + 10, 30, ""},
        {"it jumps and is still as early", EARLY, 10, "it says 1970-01-02 00:00:00 UTC, " OLD},
        {NULL, EARLY + HOUR_S, 20, "it says 1970-01-02 01:00:00 UTC, " OLD},
        {NULL, EARLY + HOUR_S + 10, 30, ""},
        {"made right, and early again", EARLY, 10, "it says 1970-01-02 00:00:00 UTC, " OLD},
        {NULL, RIGHT, 20, "it has jumped from 1970-01-02 00:00:10 to 2036-03-04 05:00:00 UTC"},
        {NULL, RIGHT + 10, 30, ""},
        {NULL, EARLY, 40, "it says 1970-01-02 00:00:00 UTC, " OLD},
    };
    check_looks(looks, HB_COUNT(looks));
}

static void a_jump_is_told_with_what_the_clock_would_have_said(void **state)
{
    (void)state;
    static const struct look looks[] = {
        {"a first look is no jump", RIGHT, 0, ""},
        {"nor is one of a steady clock that has run long", RIGHT, INT64_C(1) << 40, ""},
        {"ahead by as much as may be", RIGHT, 1000, ""},
        {NULL, RIGHT + CLOCKWATCH_OFF_S, 1000, ""},
        {"ahead by more", RIGHT, 1000, ""},
        {NULL, RIGHT + CLOCKWATCH_OFF_S + 1, 1000,
         "it has jumped from 2036-03-04 05:00:00 to 2036-03-04 05:02:01 UTC"},
        {NULL, RIGHT + CLOCKWATCH_OFF_S + 2, 1001, ""},
        {"back by as much as may be", RIGHT, 1000, ""},
        {NULL, RIGHT - CLOCKWATCH_OFF_S, 1000, ""},
        {"back by more", RIGHT, 1000, ""},
        {NULL, RIGHT - CLOCKWATCH_OFF_S - 1, 1000,
         "it has jumped from 2036-03-04 05:00:00 to 2036-03-04 04:57:59 UTC"},
        {NULL, RIGHT - CLOCKWATCH_OFF_S, 1001, ""},
        {"there and back", RIGHT, 1000, ""},
        {NULL, RIGHT + HOUR_S + 5, 1005,
         "it has jumped from 2036-03-04 05:00:05 to 2036-03-04 06:00:05 UTC"},
        {NULL, RIGHT + 10, 1010,
         "it has jumped from 2036-03-04 06:00:10 to 2036-03-04 05:00:10 UTC"},
        {"to the calendar's last second", RIGHT, 1000, ""},
        {NULL, INT64_C(253402300799), 1001,
         "it has jumped from 2036-03-04 05:00:01 to 9999-12-31 23:59:59 UTC"},
    };
    check_looks(looks, HB_COUNT(looks));
}

static void small_differences_are_followed(void **state)
{
    (void)state;
    static const struct look looks[] = {
        {"slewed, far in all, little at a time", RIGHT, 1000, ""},
        {NULL, RIGHT + 100, 1000, ""},
        {NULL, RIGHT + 200, 1000, ""},
        {NULL, RIGHT + 300, 1000, ""},
        {NULL, RIGHT + 421, 1000,
         "it has jumped from 2036-03-04 05:05:00 to 2036-03-04 05:07:01 UTC"},
        {"slewed back", RIGHT, 1000, ""},
        {NULL, RIGHT - 100, 1000, ""},
        {NULL, RIGHT - 200, 1000, ""},
        {"sleep: both clocks went on", RIGHT, 1000, ""},
        {NULL, RIGHT + 10 * DAY_S, 1000 + 10 * DAY_S, ""},
        {"the wall clock stood still meanwhile", RIGHT, 1000, ""},
        {NULL, RIGHT, 1000 + HOUR_S,
         "it has jumped from 2036-03-04 06:00:00 to 2036-03-04 05:00:00 UTC"},
        {"nothing at all passed", RIGHT, 1000, ""},
        {NULL, RIGHT, 1000, ""},
    };
    check_looks(looks, HB_COUNT(looks));
}

static void a_clock_that_runs_in_and_out_of_the_past_is_followed(void **state)
{
    (void)state;
    static const struct look looks[] = {
        {"a start", EARLY, 10, "it says 1970-01-02 00:00:00 UTC, " OLD},
        {NULL, EARLY + 10, 20, ""},
        {NULL, RIGHT, 30, "it has jumped from 1970-01-02 00:00:20 to 2036-03-04 05:00:00 UTC"},
        {NULL, RIGHT + 60, 90, ""},
        {NULL, RIGHT + 180, 91, ""},
        {NULL, RIGHT + 3781, 92,
         "it has jumped from 2036-03-04 05:03:01 to 2036-03-04 06:03:01 UTC"},
        {NULL, RIGHT + 7381, 3692, ""},
        {NULL, RIGHT + 181, 3693,
         "it has jumped from 2036-03-04 07:03:02 to 2036-03-04 05:03:01 UTC"},
    };
    check_looks(looks, HB_COUNT(looks));
}

static bool is_early(int64_t unix_s)
{
    struct clockwatch watch = {0};
    char text[CLOCKWATCH_TEXT_MAX];
    return clockwatch_note(&watch, unix_s, 0, text);
}

/* The day of the compilation is not known here: it is looked for. */
static void the_making_is_the_midnight_before_it(void **state)
{
    (void)state;
    int64_t early = EARLY;
    int64_t right = RIGHT;
    while (right - early > 1) {
        int64_t middle = early + (right - early) / 2;
        *(is_early(middle) ? &early : &right) = middle;
    }
    CHECK_INT("a midnight", 0, right % DAY_S);
    static const struct {
        const char *input;
        int64_t from; /* that midnight */
        bool early;
    } cases[] = {
        {"a day before", -DAY_S, true}, {"a second before", -1, true}, {"then", 0, false},
        {"a second after", 1, false},   {"a day after", DAY_S, false},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        CHECK_INT(cases[i].input, cases[i].early, is_early(right + cases[i].from));
    }

    /* It runs up to that time by itself: no news, and news again once it is set back by little. */
    struct clockwatch watch = {0};
    char text[CLOCKWATCH_TEXT_MAX];
    CHECK_INT("early", true, clockwatch_note(&watch, right - 1, 0, text));
    CHECK_INT("not any more", false, clockwatch_note(&watch, right, 1, text));
    CHECK_INT("early again", true, clockwatch_note(&watch, right - 1, 2, text));
}

static void a_difference_is_told_in_words(void **state)
{
    (void)state;
    static const struct {
        int64_t seconds_ahead;
        size_t size;
        const char *text;
    } cases[] = {
        {0, 40, "0:00:00 ahead"},
        {1, 40, "0:00:01 ahead"},
        {-1, 40, "0:00:01 behind"},
        {59, 40, "0:00:59 ahead"},
        {60, 40, "0:01:00 ahead"},
        {601, 40, "0:10:01 ahead"},
        {-7500, 40, "2:05:00 behind"},
        {3599, 40, "0:59:59 ahead"},
        {-3600, 40, "1:00:00 behind"},
        {86399, 40, "23:59:59 ahead"},
        {-86400, 40, "24:00:00 behind"},
        {INT64_C(820454400), 40, "227904:00:00 ahead"},
        {INT64_MAX, 40, "2562047788015215:30:07 ahead"},
        {INT64_MIN, 40, "2562047788015215:30:08 behind"},
        {-7500, 15, "2:05:00 behind"}, /* it just fits */
        {-7500, 14, "2:05:00 behin"},
        {-7500, 1, ""},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char input[64];
        char out[41];
        memset(out, '?', sizeof out);
        snprintf(input, sizeof input, "%lld into %zu", (long long)cases[i].seconds_ahead,
                 cases[i].size);
        const char *text = clockwatch_difference(cases[i].seconds_ahead, out, cases[i].size);
        CHECK_INT(input, true, text == out);
        CHECK_TEXT(input, cases[i].text, text);
        CHECK_INT(input, '?', out[cases[i].size]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clock_before_the_programs_making_is_told_once),
        cmocka_unit_test(a_jump_is_told_with_what_the_clock_would_have_said),
        cmocka_unit_test(small_differences_are_followed),
        cmocka_unit_test(a_clock_that_runs_in_and_out_of_the_past_is_followed),
        cmocka_unit_test(the_making_is_the_midnight_before_it),
        cmocka_unit_test(a_difference_is_told_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
