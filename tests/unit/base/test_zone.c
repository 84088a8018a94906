#include "check.h"
#include "base/zone.h"
#include "system/zone_name.h"

enum { HOUR = 3600, MINUTE = 60 };

static struct zone_rules rules;

static void same_each_year(int standard, int summer, struct zone_change to_summer,
                           struct zone_change to_standard)
{
    for (size_t i = 0; i < ZONE_YEARS; i++) {
        rules.years[i] = (struct zone_year){standard, summer, to_standard, to_summer};
    }
}

static const struct zone_change never = {.month = 0};
static const struct zone_change march = {.month = 3, .week = 5, .second = 2 * HOUR};
static const struct zone_change october = {.month = 10, .week = 5, .second = 3 * HOUR};

static walltime at(const char *text)
{
    walltime time = 0;
    if (!walltime_parse_iso(span_of(text), &time)) {
        fail_msg("%s is no time", text);
    }
    return time;
}

enum { NONE = 9999 };

/* What clocks showed, and by how many minutes that was ahead of UTC; NONE: twice, or never. */
static void check(const char *zone, const char *wall, int minutes)
{
    walltime utc = 0;
    char input[80];
    walltime time = at(wall);
    snprintf(input, sizeof input, "%s %s", zone, wall);
    bool fine = zone_to_utc(&rules, time, &utc);
    CHECK_INT(input, minutes != NONE, fine);
    if (fine) {
        CHECK_INT(input, minutes, (time - utc) / MINUTE);
        CHECK_INT(input, minutes, zone_minutes(&rules, utc));
    }
}

static void clocks_are_changed_by_the_rules(void **state)
{
    (void)state;
    same_each_year(420, 420, never, never);
    check("Bangkok", "2026-03-29 02:30:00", 420);
    check("Bangkok", "1999-12-31 23:59:59", 420);
    same_each_year(345, 345, never, never);
    check("Kathmandu", "2026-07-01 00:00:00", 345);

    same_each_year(60, 120, march, october);
    check("Berlin", "2026-03-29 01:59:59", 60);
    check("Berlin", "2026-03-29 02:00:00", NONE);
    check("Berlin", "2026-03-29 02:59:59", NONE);
    check("Berlin", "2026-03-29 03:00:00", 120);
    check("Berlin", "2026-07-01 12:00:00", 120);
    check("Berlin", "2026-10-25 01:59:59", 120);
    check("Berlin", "2026-10-25 02:00:00", NONE);
    check("Berlin", "2026-10-25 02:59:59", NONE);
    check("Berlin", "2026-10-25 03:00:00", 60);
    check("Berlin", "2027-01-01 00:00:00", 60);

    same_each_year(-480, -420, (struct zone_change){.month = 3, .week = 2, .second = 2 * HOUR},
                   (struct zone_change){.month = 11, .week = 1, .second = 2 * HOUR});
    check("Los Angeles", "2026-03-08 02:30:00", NONE);
    check("Los Angeles", "2026-03-08 03:00:00", -420);
    check("Los Angeles", "2026-11-01 01:30:00", NONE);
    check("Los Angeles", "2026-12-31 23:59:59", -480);

    /* south of the equator summer is over New Year */
    same_each_year(600, 660, (struct zone_change){.month = 10, .week = 1, .second = 2 * HOUR},
                   (struct zone_change){.month = 4, .week = 1, .second = 3 * HOUR});
    check("Sydney", "2026-01-01 00:00:00", 660);
    check("Sydney", "2026-04-05 02:30:00", NONE);
    check("Sydney", "2026-07-01 00:00:00", 600);
    check("Sydney", "2026-10-04 02:30:00", NONE);
    check("Sydney", "2026-12-31 23:59:59", 660);

    /* by half an hour */
    same_each_year(630, 660, (struct zone_change){.month = 10, .week = 1, .second = 2 * HOUR},
                   (struct zone_change){.month = 4, .week = 1, .second = 2 * HOUR});
    check("Lord Howe", "2026-04-05 01:29:59", 660);
    check("Lord Howe", "2026-04-05 01:30:00", NONE);
    check("Lord Howe", "2026-04-05 02:00:00", 630);

    /* a year of its own, on dates of its own */
    same_each_year(60, 120, never, never);
    rules.years[2026 - ZONE_FIRST_YEAR].to_summer =
        (struct zone_change){.month = 5, .day = 10, .second = 0};
    rules.years[2026 - ZONE_FIRST_YEAR].to_standard =
        (struct zone_change){.month = 8, .day = 20, .second = 24 * HOUR};
    check("of its own", "2025-06-01 00:00:00", 60);
    check("of its own", "2026-05-09 23:59:59", 60);
    check("of its own", "2026-05-10 00:30:00", NONE);
    check("of its own", "2026-06-01 00:00:00", 120);
    check("of its own", "2026-08-20 23:30:00", NONE);
    check("of its own", "2026-08-21 00:00:00", 60);
    check("of its own", "2027-06-01 00:00:00", 60);
}

/* Each quarter of three years, against looking at each moment around it. */
static void a_time_is_of_one_moment_or_of_none(void **state)
{
    (void)state;
    static const struct {
        int standard, summer;
        struct zone_change to_summer, to_standard;
    } zones[] = {
        {60, 120, {3, 0, 5, 0, 2 * HOUR}, {10, 0, 5, 0, 3 * HOUR}},
        {-210, -150, {3, 0, 2, 0, 0}, {11, 0, 1, 0, 24 * HOUR}},
        {780, 840, {9, 0, 5, 0, 2 * HOUR}, {4, 0, 1, 0, 3 * HOUR}},
        {-720, -660, {12, 1, 0, 0, 23 * HOUR}, {1, 20, 0, 0, 2 * HOUR}},
        {630, 660, {10, 0, 1, 0, 2 * HOUR}, {4, 0, 1, 0, 2 * HOUR}},
    };
    for (size_t z = 0; z < HB_COUNT(zones); z++) {
        same_each_year(zones[z].standard, zones[z].summer, zones[z].to_summer,
                       zones[z].to_standard);
        for (walltime time = at("2025-01-03 00:00:00"); time < at("2028-01-03 00:00:00");
             time += 15 * MINUTE) {
            int moments = 0;
            walltime utc = 0;
            walltime only = 0;
            const int offsets[] = {zones[z].standard, zones[z].summer};
            for (size_t i = 0; i < HB_COUNT(offsets); i++) {
                walltime moment = time - (walltime)offsets[i] * MINUTE;
                if (zone_minutes(&rules, moment) == offsets[i]) {
                    moments++;
                    only = moment;
                }
            }
            bool fine = zone_to_utc(&rules, time, &utc);
            if (fine != (moments == 1) || (fine && utc != only)) {
                char text[WALLTIME_TEXT_MAX];
                fail_msg("zone %zu, %s: %d moments, and it is said %s", z,
                         walltime_text(time, text), moments, fine ? "one" : "none");
            }
        }
    }
}

static void windows_names_are_known_to_windows(void **state)
{
    (void)state;
    CHECK_INT("nowhere", false, zone_by_name("Nowhere Standard Time", &rules));
    CHECK_INT("nothing", false, zone_by_name("", &rules));
#ifdef _WIN32
    CHECK_INT("Bangkok", true, zone_by_name("SE Asia Standard Time", &rules));
    check("Bangkok", "2026-03-29 02:30:00", 420);
    CHECK_INT("however written", true, zone_by_name("w. europe standard time", &rules));
    check("Berlin", "2026-03-29 02:30:00", NONE);
    check("Berlin", "2026-07-01 12:00:00", 120);
    check("Berlin", "2026-10-25 02:30:00", NONE);
    check("Berlin", "2026-12-01 12:00:00", 60);
    CHECK_INT("a half", true, zone_by_name("India Standard Time", &rules));
    check("Delhi", "2026-07-01 12:00:00", 330);
    CHECK_INT("a quarter", true, zone_by_name("Nepal Standard Time", &rules));
    check("Kathmandu", "2026-07-01 12:00:00", 345);
    CHECK_INT("south", true, zone_by_name("AUS Eastern Standard Time", &rules));
    check("Sydney", "2026-01-01 12:00:00", 660);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clocks_are_changed_by_the_rules),
        cmocka_unit_test(a_time_is_of_one_moment_or_of_none),
        cmocka_unit_test(windows_names_are_known_to_windows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
