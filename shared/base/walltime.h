/*
 * walltime: dates and times of day as a clock on a wall shows them, in no time zone.
 *
 * A terminal's punch is its wall clock, as sent (../docs/protocol.md), and a schedule is
 * kept by wall clock too. Both are carried as seconds since 1970-01-01 00:00:00 *of that wall
 * clock*, in the proleptic Gregorian calendar: comparable, sortable, one integer in the outbox.
 * Nothing here allocates, blocks or looks at the system's time zone. Any thread.
 */
#ifndef HIPBRIDGE_WALLTIME_H
#define HIPBRIDGE_WALLTIME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

typedef int64_t walltime;

struct civil {
    int year;   /* 1 … 9999 */
    int month;  /* 1 … 12 */
    int day;    /* 1 … 31 */
    int hour;   /* 0 … 23 */
    int minute; /* 0 … 59 */
    int second; /* 0 … 59 */
};

enum { WALLTIME_TEXT_MAX = 20 }; /* "YYYY-MM-DD HH:MM:SS" and its terminator */

/* False when the date does not exist (29 February of a common year, month 13, 24:00:00 …). */
bool walltime_from_civil(const struct civil *civil, walltime *time);

/* The reverse; defined for every value that walltime_from_civil can give. */
void walltime_to_civil(walltime time, struct civil *civil);

/* "YYYY-MM-DD HH:MM:SS" into out; returns out. */
const char *walltime_text(walltime time, char out[WALLTIME_TEXT_MAX]);

/*
 * Reads `YYYY-MM-DD HH:MM:SS` and its kin: `-` or `/` between the parts of the date, blanks or `T`
 * between date and time, one or two digits for each part but the year, seconds may be missing.
 * The whole span must be used (blanks around it are passed over). False when it is anything else
 * or an impossible date.
 */
bool walltime_parse_iso(struct span text, walltime *time);

/*
 * Reads what a person writes: as above, or a date alone, which is its midnight (*whole_day, NULL is
 * fine, says which). Only years from 1970 to 2400: one of the Buddhist era, 543 ahead, is refused
 * wherever somebody writes a date, and never understood by the way, so that nobody takes it for
 * granted where it isn't. The error's words follow what was written or what it was written for
 * ("ignore_before has the Buddhist year 2569; write 2026"); its code is the year that is meant, 0
 * where none is.
 */
bool walltime_read(struct span text, walltime *time, bool *whole_day, struct error *err);

/* Now, by two clocks. */
struct moment {
    int64_t unix_s;
    int64_t steady_s; /* of a clock that only grows */
};

int walltime_days_in_month(int year, int month);

#endif
