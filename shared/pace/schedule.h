/*
 * schedule: the times of day at which the log folder is scanned.
 *
 * Local time is asked for through struct zone, so that ten years of days in any zone can be
 * tested with a fake one. Nothing here allocates or blocks. Any thread.
 */
#ifndef HIPBRIDGE_SCHEDULE_H
#define HIPBRIDGE_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "base/walltime.h"

enum { SCHEDULE_TIMES_MAX = 48 };

struct schedule {
    size_t count;
    int minutes[SCHEDULE_TIMES_MAX]; /* after midnight, ascending, each once */
};

/* Local time as a function of Unix time (seconds, UTC). */
struct zone {
    walltime (*local)(void *context, int64_t unix_s);
    void *context;
};

/* "HH:MM" or "H:MM", 00:00 … 23:59. Times may be added in any order and twice. False when it is
 * none, or when SCHEDULE_TIMES_MAX different ones are there already. */
bool schedule_add(struct schedule *schedule, struct span text);

/*
 * The first run strictly after `after` (Unix seconds); INT64_MAX for an empty schedule.
 * A time of day that a change to summer time leaves out runs at the first instant after the gap;
 * one that occurs twice runs at its first occurrence alone.
 */
int64_t schedule_next(const struct schedule *schedule, const struct zone *zone, int64_t after);

/*
 * The last run at or before `now`; INT64_MIN for an empty schedule. When it is later than the last
 * run that was made, a run was missed.
 */
int64_t schedule_last(const struct schedule *schedule, const struct zone *zone, int64_t now);

#endif
