/*
 * logtime: dates and times of day as the programs of many countries write them into logs.
 *
 * What can be read in two ways is never guessed: a function says why it cannot be told. Words are
 * in UTF-8 with ASCII digits and plain blanks (logline.h makes them so). Nothing here allocates,
 * blocks or fails. Any thread.
 */
#ifndef HIPBRIDGE_LOGTIME_H
#define HIPBRIDGE_LOGTIME_H

#include "base/text.h"
#include "base/walltime.h"
#include "record/log.h"

/* Three numbers between '/', '-' or '.', one of them a year of four digits, first or last. */
struct logtime_date {
    int year;          /* as written */
    int first, second; /* the other two, in their order; with the year first: month, day */
    bool year_first;
};

/* Whether the word has the shape of a date, whether or not the calendar has it. */
bool logtime_date(struct span word, struct logtime_date *date);

/* The order that a date itself shows: a number over 12 is no month. AUTO: it could be either. */
enum log_order logtime_shown(const struct logtime_date *date);

/*
 * The day that is meant, its time of day left alone. Years of the Buddhist era (2513 … 2612) become
 * those of the common one; years of other calendars are none. NULL, or why there is none. AUTO:
 * only dates that are the same in either order, or show theirs.
 */
const char *logtime_day(const struct logtime_date *date, enum log_order order, struct civil *civil);

/* What the text behind a date showed of the clock it was written by. */
struct logtime_clock {
    bool seconds;
    bool half; /* AM, PM, or a word for one of them */
};

/*
 * Takes the time of day off the front of *rest: `h:mm`, `h:mm:ss`, fractions of seconds passed
 * over, with AM or PM close behind or after blanks, in a language that is known. After an hour of 1
 * to 12 a word that is not understood may be one in another: then the time is none. NULL, or why.
 */
const char *logtime_clock(struct span *rest, struct civil *civil, struct logtime_clock *clock);

extern const char logtime_no_time[];   /* no time of day at all */
extern const char logtime_odd_half[];  /* a word that may be AM or PM */
extern const char logtime_ambiguous[]; /* day first or month first */

#endif
