#include "check.h"

#include "pace/certificate.h"

enum { NOW = 1700000000, DAY = 86400, NONE = 0 };

static void days_are_whole_and_an_end_is_soon_or_past(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int64_t until_s;
        int64_t days;
        bool is_short;
    } cases[] = {
        {"a year", NOW + 365 * (int64_t)DAY, 365, false},
        {"fourteen days", NOW + 14 * DAY, 14, false},
        {"a second less", NOW + 14 * DAY - 1, 13, true},
        {"a day", NOW + DAY, 1, true},
        {"today", NOW + DAY - 1, 0, true},
        {"now", NOW, 0, true},
        {"a second ago", NOW - 1, -1, true},
        {"a day ago", NOW - DAY, -1, true},
        {"longer ago", NOW - DAY - 1, -2, true},
        {"the last that a certificate can say", INT64_C(253402300799), 2913221, false},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        CHECK_INT(cases[i].name, cases[i].days, certificate_days_left(cases[i].until_s, NOW));
        CHECK_INT(cases[i].name, cases[i].is_short, certificate_short(cases[i].until_s, NOW));
    }
    CHECK_INT("not known", false, certificate_short(NONE, NOW));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_are_whole_and_an_end_is_soon_or_past),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
