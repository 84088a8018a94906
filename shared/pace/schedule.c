#include "pace/schedule.h"

#include <string.h>

enum {
    DAY_S = 86400,
    /* Offsets are multiples of it, so that stepping by it lands on the very instant a time occurs.
     */
    STEP_S = 900,
    /* Two days ahead: the first times of tomorrow may lie behind when midnight is passed twice. */
    DAYS_BEHIND = 1,
    DAYS_AHEAD = 2,
};

/* "HH" or "H", then "MM": digits alone, since span_to_int32 would take a sign. */
static bool parse_digits(struct span text, size_t least, int32_t most, int32_t *value)
{
    return text.len >= least && text.len <= 2 && text.at[0] >= '0' && text.at[0] <= '9' &&
           span_to_int32(text, value) && *value <= most;
}

bool schedule_add(struct schedule *schedule, struct span text)
{
    struct span minutes = text;
    struct span hours;
    int32_t hour = 0;
    int32_t minute = 0;
    if (!span_field(&minutes, ':', &hours) || minutes.at == NULL ||
        !parse_digits(hours, 1, 23, &hour) || !parse_digits(minutes, 2, 59, &minute)) {
        return false;
    }
    int added = (int)(hour * 60 + minute);
    size_t place = 0;
    while (place < schedule->count && schedule->minutes[place] < added) {
        place++;
    }
    if (place < schedule->count && schedule->minutes[place] == added) {
        return true;
    }
    if (schedule->count == SCHEDULE_TIMES_MAX) {
        return false;
    }
    memmove(schedule->minutes + place + 1, schedule->minutes + place,
            (schedule->count - place) * sizeof schedule->minutes[0]);
    schedule->minutes[place] = added;
    schedule->count++;
    return true;
}

static int64_t offset(const struct zone *zone, int64_t unix_s)
{
    return zone->local(zone->context, unix_s) - unix_s;
}

/*
 * The first instant at which the wall clock shows `wall` or later. That is the first occurrence of
 * a time that occurs twice, and the end of the gap for a time that is left out. A zone changes its
 * offset at most once in two days, so that no offset near `wall` is larger than the larger of those
 * a day before and a day after: the search begins where that one would put it.
 */
static int64_t first_instant(const struct zone *zone, walltime wall)
{
    int64_t behind = offset(zone, wall - DAY_S);
    int64_t ahead = offset(zone, wall + DAY_S);
    int64_t after = wall - (behind > ahead ? behind : ahead);
    while (zone->local(zone->context, after) < wall) {
        after += STEP_S;
    }
    if (zone->local(zone->context, after) == wall) {
        return after;
    }
    int64_t before = after - STEP_S;
    while (after - before > 1) {
        int64_t middle = before + (after - before) / 2;
        if (zone->local(zone->context, middle) < wall) {
            before = middle;
        } else {
            after = middle;
        }
    }
    return after;
}

/*
 * Later wall times never have earlier instants, so runs are looked through in the order of the wall
 * clock, a few days around: the last at or before `at` and the first after it.
 */
static void runs_around(const struct schedule *schedule, const struct zone *zone, int64_t at,
                        int64_t *last, int64_t *next)
{
    *last = INT64_MIN;
    *next = INT64_MAX;
    walltime here = zone->local(zone->context, at);
    walltime today = here - ((here % DAY_S) + DAY_S) % DAY_S;
    for (int day = -DAYS_BEHIND; day <= DAYS_AHEAD; day++) {
        for (size_t i = 0; i < schedule->count; i++) {
            walltime wall = today + (walltime)day * DAY_S + (walltime)schedule->minutes[i] * 60;
            int64_t instant = first_instant(zone, wall);
            if (instant > at) {
                *next = instant;
                return;
            }
            *last = instant;
        }
    }
}

int64_t schedule_next(const struct schedule *schedule, const struct zone *zone, int64_t after)
{
    int64_t last = 0;
    int64_t next = 0;
    runs_around(schedule, zone, after, &last, &next);
    return next;
}

int64_t schedule_last(const struct schedule *schedule, const struct zone *zone, int64_t now)
{
    int64_t last = 0;
    int64_t next = 0;
    runs_around(schedule, zone, now, &last, &next);
    return last;
}
