#include "base/walltime.h"

#include <stdio.h>

enum { DAY_S = 86400, DAYS_IN_ERA = 146097, DAYS_TO_1970 = 719468 };

/* What somebody who writes a date means; the years of the Buddhist era are 543 ahead. */
enum { YEAR_FIRST = 1970, YEAR_LAST = 2400, BUDDHIST_AHEAD = 543 };

int walltime_days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (month < 1 || month > 12) {
        return 0;
    }
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

/*
 * Days are counted in eras of 400 years that begin on 1 March, so that the leap day is the last
 * of its year and needs no case of its own.
 */
bool walltime_from_civil(const struct civil *civil, walltime *time)
{
    if (civil->year < 1 || civil->year > 9999 || civil->day < 1 ||
        civil->day > walltime_days_in_month(civil->year, civil->month) || civil->hour < 0 ||
        civil->hour > 23 || civil->minute < 0 || civil->minute > 59 || civil->second < 0 ||
        civil->second > 59) {
        return false;
    }
    int64_t year = civil->month <= 2 ? civil->year - 1 : civil->year;
    int64_t era = year / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year =
        (153 * (civil->month + (civil->month > 2 ? -3 : 9)) + 2) / 5 + civil->day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    int64_t days = era * DAYS_IN_ERA + day_of_era - DAYS_TO_1970;
    *time = days * DAY_S + civil->hour * 3600 + civil->minute * 60 + civil->second;
    return true;
}

void walltime_to_civil(walltime time, struct civil *civil)
{
    int64_t days = time / DAY_S;
    int64_t second = time % DAY_S;
    if (second < 0) {
        second += DAY_S;
        days--;
    }
    days += DAYS_TO_1970;
    int64_t era = days / DAYS_IN_ERA;
    int64_t day_of_era = days - era * DAYS_IN_ERA;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    civil->day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    civil->month = (int)(month < 10 ? month + 3 : month - 9);
    civil->year = (int)(year_of_era + era * 400 + (civil->month <= 2 ? 1 : 0));
    civil->hour = (int)(second / 3600);
    civil->minute = (int)(second / 60 % 60);
    civil->second = (int)(second % 60);
}

const char *walltime_text(walltime time, char out[WALLTIME_TEXT_MAX])
{
    struct civil civil;
    walltime_to_civil(time, &civil);
    /* The remainders change nothing; they let the compiler see that the text fits. */
    snprintf(out, WALLTIME_TEXT_MAX, "%04u-%02u-%02u %02u:%02u:%02u", (unsigned)civil.year % 10000,
             (unsigned)civil.month % 100, (unsigned)civil.day % 100, (unsigned)civil.hour % 100,
             (unsigned)civil.minute % 100, (unsigned)civil.second % 100);
    return out;
}

/* Takes a number of `least` to `most` digits off the front. */
static bool take_number(struct span *rest, size_t least, size_t most, int *number)
{
    size_t digits = 0;
    int value = 0;
    while (digits < rest->len && digits < most && rest->at[digits] >= '0' &&
           rest->at[digits] <= '9') {
        value = value * 10 + (rest->at[digits] - '0');
        digits++;
    }
    if (digits < least) {
        return false;
    }
    *number = value;
    *rest = (struct span){rest->at + digits, rest->len - digits};
    return true;
}

static bool take_byte(struct span *rest, char byte)
{
    if (rest->len == 0 || rest->at[0] != byte) {
        return false;
    }
    *rest = (struct span){rest->at + 1, rest->len - 1};
    return true;
}

bool walltime_parse_iso(struct span text, walltime *time)
{
    struct span rest = span_trim(text);
    struct civil civil = {0, 0, 0, 0, 0, 0};
    if (!take_number(&rest, 4, 4, &civil.year) || rest.len == 0) {
        return false;
    }
    char separator = rest.at[0];
    if ((separator != '-' && separator != '/') || !take_byte(&rest, separator) ||
        !take_number(&rest, 1, 2, &civil.month) || !take_byte(&rest, separator) ||
        !take_number(&rest, 1, 2, &civil.day)) {
        return false;
    }
    if (!take_byte(&rest, 'T') && !take_byte(&rest, 't')) {
        if (!take_byte(&rest, ' ')) {
            return false;
        }
        while (take_byte(&rest, ' ')) {
        }
    }
    if (!take_number(&rest, 1, 2, &civil.hour) || !take_byte(&rest, ':') ||
        !take_number(&rest, 1, 2, &civil.minute)) {
        return false;
    }
    if (rest.len > 0 &&
        (!take_byte(&rest, ':') || !take_number(&rest, 1, 2, &civil.second) || rest.len > 0)) {
        return false;
    }
    return walltime_from_civil(&civil, time);
}

/* The year that stands in front of a date, 0 for none. */
static int year_of(struct span text)
{
    int year = 0;
    return take_number(&text, 4, 4, &year) && (take_byte(&text, '-') || take_byte(&text, '/'))
               ? year
               : 0;
}

bool walltime_read(struct span text, walltime *time, bool *whole_day, struct error *err)
{
    enum { DATE_LEN = 10 };
    char whole[DATE_LEN + sizeof " 00:00:00"];
    text = span_trim(text);
    bool timed = walltime_parse_iso(text, time);
    bool fine = timed;
    if (!timed && text.len <= DATE_LEN) {
        snprintf(whole, sizeof whole, "%.*s 00:00:00", (int)text.len, text.at);
        fine = walltime_parse_iso(span_of(whole), time);
    }
    int year = year_of(text);
    int meant = year > YEAR_LAST ? year - BUDDHIST_AHEAD : year;
    bool known = meant >= YEAR_FIRST && meant <= YEAR_LAST;
    /* First: a 29 February of theirs may be none of ours. */
    if (known && meant != year) {
        return error_set(err, ERR_INVALID, meant, "has the Buddhist year %d; write %d", year,
                         meant);
    }
    if (!fine) {
        return error_set(err, ERR_INVALID, 0,
                         "is no date; it is written 2026-01-31 or 2026-01-31 08:00:00");
    }
    if (!known) {
        return error_set(err, ERR_INVALID, 0, "is not of the years %d to %d", YEAR_FIRST,
                         YEAR_LAST);
    }
    if (whole_day != NULL) {
        *whole_day = !timed;
    }
    return true;
}
