#include "check.h"

#include "pace/schedule.h"

enum { DAY_S = 86400, YEARS = 10 };

static int64_t at(int year, int month, int day, int hour, int minute)
{
    struct civil civil = {year, month, day, hour, minute, 0};
    walltime time = 0;
    assert_true(walltime_from_civil(&civil, &time));
    return time;
}

/* The last Sunday of a month, midnight. 1970-01-01 was a Thursday. */
static int64_t last_sunday(int year, int month)
{
    int64_t day = at(year, month, walltime_days_in_month(year, month), 0, 0) / DAY_S;
    return (day - (day + 4) % 7) * DAY_S;
}

static int64_t first_sunday(int year, int month)
{
    int64_t day = at(year, month, 1, 0, 0) / DAY_S;
    return (day + (7 - (day + 4) % 7) % 7) * DAY_S;
}

static walltime bangkok(void *context, int64_t unix_s)
{
    (void)context;
    return unix_s + 7 * 3600;
}

/* Summer time from the last Sunday of March to that of October, 01:00 UTC. */
static walltime berlin(void *context, int64_t unix_s)
{
    (void)context;
    struct civil civil;
    walltime_to_civil(unix_s, &civil);
    bool summer =
        unix_s >= last_sunday(civil.year, 3) + 3600 && unix_s < last_sunday(civil.year, 10) + 3600;
    return unix_s + (summer ? 2 : 1) * 3600;
}

/* Southern, and by half an hour only: +10:30, summer +11 from October to April at 02:00 on the
 * wall. */
static walltime lord_howe(void *context, int64_t unix_s)
{
    (void)context;
    struct civil civil;
    walltime_to_civil(unix_s + 39600, &civil);
    bool winter = unix_s >= first_sunday(civil.year, 4) + 7200 - 39600 &&
                  unix_s < first_sunday(civil.year, 10) + 7200 - 37800;
    return unix_s + (winter ? 37800 : 39600);
}

static const struct {
    const char *name;
    walltime (*local)(void *context, int64_t unix_s);
} zones[] = {{"Bangkok", bangkok}, {"Berlin", berlin}, {"Lord Howe", lord_howe}};

static struct schedule schedule_of(const char *times)
{
    struct schedule schedule = {0, {0}};
    struct span rest = span_of(times);
    struct span time;
    while (span_word(&rest, &time)) {
        assert_true(schedule_add(&schedule, time));
    }
    return schedule;
}

static void test_add(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int minutes; /* -1: refused */
    } cases[] = {
        {"00:00", 0}, {"23:59", 1439},  {"9:05", 545}, {"09:00", 540}, {"24:00", -1}, {"12:60", -1},
        {"12", -1},   {"12:", -1},      {":30", -1},   {"12:5", -1},   {"", -1},      {"+1:00", -1},
        {"1:+1", -1}, {"12:30:00", -1}, {" 9:00", -1}, {"009:00", -1}, {"-1:00", -1}, {"9.00", -1},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct schedule schedule = {0, {0}};
        bool added = schedule_add(&schedule, span_of(cases[i].text));
        CHECK_INT(cases[i].text, cases[i].minutes >= 0, added);
        CHECK_INT(cases[i].text, cases[i].minutes, added ? schedule.minutes[0] : -1);
    }
}

static void test_times_in_any_order_and_twice(void **state)
{
    (void)state;
    struct schedule schedule = schedule_of("22:00 09:00 12:00 09:00 17:00 22:00 9:00");
    static const int expected[] = {540, 720, 1020, 1320};
    assert_int_equal(schedule.count, HB_COUNT(expected));
    assert_memory_equal(schedule.minutes, expected, sizeof expected);
}

static void test_full(void **state)
{
    (void)state;
    struct schedule schedule = {0, {0}};
    char text[32];
    for (int i = 0; i < SCHEDULE_TIMES_MAX; i++) {
        snprintf(text, sizeof text, "%02d:%02d", i / 2, i % 2 * 30);
        assert_true(schedule_add(&schedule, span_of(text)));
    }
    assert_true(schedule_add(&schedule, SPAN("00:30")));
    assert_false(schedule_add(&schedule, SPAN("00:31")));
}

static void test_empty(void **state)
{
    (void)state;
    struct schedule schedule = {0, {0}};
    struct zone zone = {bangkok, NULL};
    assert_true(schedule_next(&schedule, &zone, 0) == INT64_MAX);
    assert_true(schedule_last(&schedule, &zone, 0) == INT64_MIN);
}

/*
 * Ten years of days: every run that a clock watched minute by minute would make is made, once, and
 * no other. The watched clock runs a time of day when the wall first shows it or jumps past it.
 */
static void test_ten_years(void **state)
{
    (void)state;
    struct schedule schedule = schedule_of("00:00 02:15 02:30 09:00 12:00 17:00 22:00 23:59");
    int64_t begin = at(2024, 1, 1, 0, 0) - 30 * 3600;
    int64_t end = at(2024 + YEARS, 1, 1, 0, 0);
    for (size_t z = 0; z < HB_COUNT(zones); z++) {
        struct zone zone = {zones[z].local, NULL};
        int64_t next = schedule_next(&schedule, &zone, begin);
        walltime highest = zone.local(NULL, begin);
        int64_t last = INT64_MIN;
        size_t runs = 0;
        for (int64_t now = begin + 60; now < end; now += 60) {
            walltime wall = zone.local(NULL, now);
            bool due = false;
            for (walltime shown = highest + 60; shown <= wall; shown += 60) {
                for (size_t i = 0; i < schedule.count; i++) {
                    due = due || shown % DAY_S / 60 == schedule.minutes[i];
                }
            }
            highest = wall > highest ? wall : highest;
            if (!due) {
                continue;
            }
            CHECK_INT(zones[z].name, now, next);
            if (last != INT64_MIN) {
                CHECK_INT(zones[z].name, last, schedule_last(&schedule, &zone, now - 1));
            }
            CHECK_INT(zones[z].name, now, schedule_last(&schedule, &zone, now));
            last = now;
            next = schedule_next(&schedule, &zone, now);
            runs++;
        }
        assert_true(runs >= YEARS * 365 * schedule.count - 2 * YEARS);
    }
}

static void test_change_of_summer_time(void **state)
{
    (void)state;
    static const struct {
        const char *rule;
        const char *time;
        int64_t after, expected; /* wall clock of UTC */
    } cases[] = {
        /* 2026-03-29 02:00 becomes 03:00; 2026-10-25 03:00 becomes 02:00. */
        {"left out: runs after the gap", "02:30", 1774738800, 1774746000},
        {"then the next day at its time", "02:30", 1774746000, 1774830600},
        {"twice: first occurrence", "02:30", 1792879200, 1792888200},
        {"twice: not again", "02:30", 1792888200, 1792978200},
    };
    struct zone zone = {berlin, NULL};
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct schedule schedule = schedule_of(cases[i].time);
        CHECK_INT(cases[i].rule, cases[i].expected,
                  schedule_next(&schedule, &zone, cases[i].after));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add),
        cmocka_unit_test(test_times_in_any_order_and_twice),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_change_of_summer_time),
        cmocka_unit_test(test_ten_years),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
