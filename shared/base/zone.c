#include "base/zone.h"

enum { DAY_S = 86400, WEEK_DAYS = 7, MINUTE_S = 60 };

static const struct zone_year *year_of(const struct zone_rules *rules, int year)
{
    int index = year - ZONE_FIRST_YEAR;
    index = index < 0 ? 0 : index >= ZONE_YEARS ? ZONE_YEARS - 1 : index;
    return &rules->years[index];
}

static walltime day_start(int year, int month, int day)
{
    walltime time = 0;
    (void)walltime_from_civil(&(struct civil){.year = year, .month = month, .day = day}, &time);
    return time;
}

static int weekday_of(walltime day)
{
    enum { THURSDAY = 4 }; /* 1970-01-01 */
    int64_t days = day / DAY_S - (day % DAY_S < 0);
    return (int)(((days + THURSDAY) % WEEK_DAYS + WEEK_DAYS) % WEEK_DAYS);
}

/* When it is, by the clock that is valid until then. */
static walltime change_time(const struct zone_change *change, int year)
{
    if (change->day != 0) {
        return day_start(year, change->month, change->day) + change->second;
    }
    walltime first = day_start(year, change->month, 1);
    int next_month = change->month % 12 + 1;
    walltime end = day_start(change->month == 12 ? year + 1 : year, next_month, 1);
    int ahead = (change->weekday - weekday_of(first) + WEEK_DAYS) % WEEK_DAYS;
    walltime day = first + ((walltime)ahead + (walltime)(change->week - 1) * WEEK_DAYS) * DAY_S;
    while (day >= end) {
        day -= (walltime)WEEK_DAYS * DAY_S;
    }
    return day + change->second;
}

/* By the rules of this year alone. */
static int minutes_in_year(const struct zone_year *rules, int year, int64_t utc_s)
{
    if (rules->to_summer.month == 0 || rules->to_standard.month == 0) {
        return rules->standard_minutes;
    }
    int64_t begins =
        change_time(&rules->to_summer, year) - (int64_t)rules->standard_minutes * MINUTE_S;
    int64_t ends =
        change_time(&rules->to_standard, year) - (int64_t)rules->summer_minutes * MINUTE_S;
    bool summer = begins < ends ? utc_s >= begins && utc_s < ends : utc_s >= begins || utc_s < ends;
    return summer ? rules->summer_minutes : rules->standard_minutes;
}

int zone_minutes(const struct zone_rules *rules, int64_t utc_s)
{
    struct civil civil;
    walltime_to_civil(utc_s, &civil);
    /* the year that the place's own calendar shows */
    int minutes = minutes_in_year(year_of(rules, civil.year), civil.year, utc_s);
    walltime_to_civil(utc_s + (int64_t)minutes * MINUTE_S, &civil);
    return minutes_in_year(year_of(rules, civil.year), civil.year, utc_s);
}

bool zone_to_utc(const struct zone_rules *rules, walltime time, walltime *utc)
{
    enum { FAR_S = DAY_S }; /* no zone is farther from UTC, and rules change no oftener */
    int offsets[2] = {zone_minutes(rules, time - FAR_S), zone_minutes(rules, time + FAR_S)};
    size_t found = 0;
    for (size_t i = 0; i < (offsets[0] == offsets[1] ? 1U : 2U); i++) {
        walltime moment = time - (walltime)offsets[i] * MINUTE_S;
        if (zone_minutes(rules, moment) == offsets[i]) {
            *utc = moment;
            found++;
        }
    }
    return found == 1;
}
