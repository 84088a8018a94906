#include "check.h"

#include "base/walltime.h"

static void test_known_times(void **state)
{
    (void)state;
    static const struct {
        struct civil civil;
        bool exists;
        walltime time;
        const char *text;
    } cases[] = {
        {{1970, 1, 1, 0, 0, 0}, true, 0, "1970-01-01 00:00:00"},
        {{1969, 12, 31, 23, 59, 59}, true, -1, "1969-12-31 23:59:59"},
        {{2026, 1, 15, 8, 1, 2}, true, 1768464062, "2026-01-15 08:01:02"},
        {{2000, 2, 29, 0, 0, 0}, true, 951782400, "2000-02-29 00:00:00"},
        {{1, 1, 1, 0, 0, 0}, true, INT64_C(-62135596800), "0001-01-01 00:00:00"},
        {{9999, 12, 31, 23, 59, 59}, true, INT64_C(253402300799), "9999-12-31 23:59:59"},
        {{2026, 2, 29, 0, 0, 0}, false, 0, ""},
        {{1900, 2, 29, 0, 0, 0}, false, 0, ""},
        {{2026, 4, 31, 0, 0, 0}, false, 0, ""},
        {{2026, 0, 1, 0, 0, 0}, false, 0, ""},
        {{2026, 13, 1, 0, 0, 0}, false, 0, ""},
        {{2026, 1, 0, 0, 0, 0}, false, 0, ""},
        {{2026, 1, 1, 24, 0, 0}, false, 0, ""},
        {{2026, 1, 1, 0, 60, 0}, false, 0, ""},
        {{2026, 1, 1, 0, 0, 60}, false, 0, ""},
        {{2026, 1, 1, -1, 0, 0}, false, 0, ""},
        {{0, 1, 1, 0, 0, 0}, false, 0, ""},
        {{10000, 1, 1, 0, 0, 0}, false, 0, ""},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char name[64];
        const struct civil *c = &cases[i].civil;
        snprintf(name, sizeof name, "%d-%d-%d %d:%d:%d", c->year, c->month, c->day, c->hour,
                 c->minute, c->second);
        walltime time = 0;
        CHECK_INT(name, cases[i].exists, walltime_from_civil(c, &time));
        CHECK_INT(name, cases[i].time, time);
        if (cases[i].exists) {
            char text[WALLTIME_TEXT_MAX];
            CHECK_TEXT(name, cases[i].text, walltime_text(time, text));
        }
    }
}

static void test_every_day_there_and_back(void **state)
{
    (void)state;
    struct civil civil = {1, 1, 1, 12, 34, 56};
    walltime expected = INT64_C(-62135596800) + 45296;
    while (civil.year < 10000) {
        walltime time = 0;
        assert_true(walltime_from_civil(&civil, &time));
        assert_true(time == expected);
        struct civil back;
        walltime_to_civil(time, &back);
        assert_memory_equal(&back, &civil, sizeof civil);
        expected += 86400;
        civil.day++;
        if (civil.day > walltime_days_in_month(civil.year, civil.month)) {
            civil.day = 1;
            civil.month++;
        }
        if (civil.month > 12) {
            civil.month = 1;
            civil.year++;
        }
    }
}

static void test_parse_iso(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *expected; /* "": refused */
    } cases[] = {
        {"2026-01-15 08:01:02", "2026-01-15 08:01:02"},
        {"  2026-01-15   08:01:02\t", "2026-01-15 08:01:02"},
        {"2026-01-15T08:01:02", "2026-01-15 08:01:02"},
        {"2026/01/15 08:01:02", "2026-01-15 08:01:02"},
        {"2026/1/5 8:1:2", "2026-01-05 08:01:02"},
        {"2026-01-15 08:01", "2026-01-15 08:01:00"},
        {"2024-02-29 00:00:00", "2024-02-29 00:00:00"},
        {"2000-01-01 00:00:00", "2000-01-01 00:00:00"},
        {"2026-02-29 00:00:00", ""},
        {"2026-13-01 00:00:00", ""},
        {"2026-01-15 24:00:00", ""},
        {"2026-01-15", ""},
        {"2026-01-15 ", ""},
        {"2026-01-15 08", ""},
        {"2026-01-15 08:01:", ""},
        {"2026-01-15 08:01:02 PM", ""},
        {"2026-01-15 08:01:02x", ""},
        {"2026-01/15 08:01:02", ""},
        {"2026-01-1508:01:02", ""},
        {"26-01-15 08:01:02", ""},
        {"12026-01-15 08:01:02", ""},
        {"2026-001-15 08:01:02", ""},
        {"15/01/2026 08:01:02", ""},
        {"-2026-01-15 08:01:02", ""},
        {"2026-01-15 08:01:002", ""},
        {"2026", ""},
        {"", ""},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        walltime time = 0;
        char text[WALLTIME_TEXT_MAX] = "";
        if (walltime_parse_iso(span_of(cases[i].text), &time)) {
            walltime_text(time, text);
        }
        CHECK_TEXT(cases[i].text, cases[i].expected, text);
    }
}

static void test_what_people_write(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *expected; /* the moment, * after it for a whole day; or what the error says */
        int year;             /* that is meant */
    } cases[] = {
        {"2026-01-15 08:01:02", "2026-01-15 08:01:02", 0},
        {"2026-01-15 08:01", "2026-01-15 08:01:00", 0},
        {"2026-01-15", "2026-01-15 00:00:00*", 0},
        {" 2026/1/5 ", "2026-01-05 00:00:00*", 0},
        {"2024-02-29", "2024-02-29 00:00:00*", 0},
        {"1970-01-01", "1970-01-01 00:00:00*", 0},
        {"2400-12-31", "2400-12-31 00:00:00*", 0},
        {"2569-01-15", "has the Buddhist year 2569; write 2026", 2026},
        {"2569-01-15 08:01:02", "has the Buddhist year 2569; write 2026", 2026},
        {"2567/02/29", "has the Buddhist year 2567; write 2024", 2024},
        {"2568-02-29", "has the Buddhist year 2568; write 2025", 2025},
        {"2569-13-01", "has the Buddhist year 2569; write 2026", 2026},
        {"2513-01-01", "has the Buddhist year 2513; write 1970", 1970},
        {"2943-12-31", "has the Buddhist year 2943; write 2400", 2400},
        {"2512-12-31", "is not of the years 1970 to 2400", 0},
        {"2401-01-01", "is not of the years 1970 to 2400", 0},
        {"2944-01-01", "is not of the years 1970 to 2400", 0},
        {"1969-12-31", "is not of the years 1970 to 2400", 0},
        {"0543-01-01", "is not of the years 1970 to 2400", 0},
        {"9999-12-31", "is not of the years 1970 to 2400", 0},
        {"2026-02-29", "is no date", 0},
        {"15/01/2569", "is no date", 0},
        {"2026-01-15 08", "is no date", 0},
        {"2026-01-15x", "is no date", 0},
        {"2569", "is no date", 0},
        {"", "is no date", 0},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct error err = ERROR_INIT;
        walltime time = 0;
        bool day = false;
        char text[WALLTIME_TEXT_MAX + 1] = "";
        if (walltime_read(span_of(cases[i].text), &time, &day, &err)) {
            walltime_text(time, text);
            CHECK_TEXT(cases[i].text, cases[i].expected, strcat(text, day ? "*" : ""));
            assert_true(walltime_read(span_of(cases[i].text), &time, NULL, NULL));
        } else {
            assert_ptr_equal(err.text, strstr(err.text, cases[i].expected));
            CHECK_INT(cases[i].text, ERR_INVALID, err.kind);
            assert_false(walltime_read(span_of(cases[i].text), &time, NULL, NULL));
        }
        CHECK_INT(cases[i].text, cases[i].year, err.code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_times),
        cmocka_unit_test(test_every_day_there_and_back),
        cmocka_unit_test(test_parse_iso),
        cmocka_unit_test(test_what_people_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
