#include "record.h"

#include <stdio.h>
#include <string.h>

enum { PEOPLE = 97 };

/* Days since 1970-01-01, Gregorian; March is the first month so that the leap day comes last. */
static int64_t days_of(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static void civil_of(int64_t days, int *year, int *month, int *day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * shifted + 2) / 5 + 1);
    *month = (int)(shifted + (shifted < 10 ? 3 : -9));
    *year = (int)(year_of_era + era * 400 + (*month <= 2));
}

bool record_time_parse(const char *text, int64_t *time)
{
    static const struct {
        int digits, least, most;
        const char *ends;
    } parts[] = {
        {4, 1, 9999, "-"}, {2, 1, 12, "-"}, {2, 1, 31, " T"},
        {2, 0, 23, ":"},   {2, 0, 59, ":"}, {2, 0, 59, ""},
    };
    int value[6] = {0};
    for (size_t i = 0; i < 6; i++) {
        for (int digit = 0; digit < parts[i].digits; digit++, text++) {
            if (*text < '0' || *text > '9') {
                return false;
            }
            value[i] = value[i] * 10 + (*text - '0');
        }
        /* strchr finds the terminator too: that is the end of the last part, and of no other. */
        if (value[i] < parts[i].least || value[i] > parts[i].most ||
            strchr(parts[i].ends, *text) == NULL || (*text == '\0') != (i == 5)) {
            return false;
        }
        text++;
    }
    *time =
        days_of(value[0], value[1], value[2]) * 86400 + value[3] * 3600 + value[4] * 60 + value[5];
    return true;
}

void record_pin(uint64_t n, char out[RECORD_PIN_MAX])
{
    unsigned person = (unsigned)(n % PEOPLE);
    /* Real staff lists mix short numbers, numbers with leading zeros and letters. */
    const char *form = person % 10 == 3 ? "%05u" : person % 10 == 7 ? "A%u" : "%u";
    snprintf(out, RECORD_PIN_MAX, form, person % 10 == 3 ? person : 1001 + person);
}

void record_time(const struct record_plan *plan, uint64_t n, char out[RECORD_TIME_MAX])
{
    int64_t time = plan->start + (int64_t)n * plan->interval_s;
    int64_t days = (time >= 0 ? time : time - 86399) / 86400;
    int second = (int)(time - days * 86400);
    int year, month, day;
    civil_of(days, &year, &month, &day);
    snprintf(out, RECORD_TIME_MAX, "%04d-%02d-%02d %02d:%02d:%02d", year, month, day, second / 3600,
             second / 60 % 60, second % 60);
}

size_t record_line(const struct record_plan *plan, uint64_t n, unsigned family,
                   char out[RECORD_LINE_MAX])
{
    /* What follows PIN and time: status, verify, work code, reserved … and the line end. */
    static const struct {
        const char *columns, *end;
    } families[] = {
        {"%u\t%u\t\t0\t0", "\t\r\n"},
        {"%u\t%u\t0\t0\t0", "\n"},
        {"%u\t%u\t0\t0\t0\t0\t36.5\t0", "\n"},
        {"%u\t%u", "\r\n"},
    };
    char pin[RECORD_PIN_MAX], time[RECORD_TIME_MAX], columns[64];
    size_t form = family % (sizeof families / sizeof families[0]);
    unsigned status = n % 50 == 49 ? 255 : (unsigned)(n % 2);
    unsigned verify = n % 3 == 2 ? 15 : 1;
    record_pin(n, pin);
    record_time(plan, n, time);
    snprintf(columns, sizeof columns, families[form].columns, status, verify);
    return (size_t)snprintf(out, RECORD_LINE_MAX, "%s\t%s\t%s%s", pin, time, columns,
                            families[form].end);
}

uint64_t record_before(const struct record_plan *plan, uint64_t count, int64_t time)
{
    if (time <= plan->start) {
        return 0;
    }
    uint64_t n = (uint64_t)((time - plan->start + plan->interval_s - 1) / plan->interval_s);
    return n < count ? n : count;
}
