/*
 * logline_private: what the logline*.c files share.
 */
#ifndef HIPBRIDGE_LOGLINE_PRIVATE_H
#define HIPBRIDGE_LOGLINE_PRIVATE_H

#include "formats/logline.h"
#include "formats/logtime.h"

enum { LOGLINE_STATUS = 0, LOGLINE_VERIFY = 1, LOGLINE_NOT_UNDERSTOOD = 255 };

/* ---- logline_moment.c ---- */

/* How a date with the year last is read. */
enum logline_policy {
    LOGLINE_DAY_FIRST,        /* Premium Time's: always */
    LOGLINE_DAY_FIRST_UNLESS, /* unless the file shows otherwise */
    LOGLINE_AS_SHOWN,         /* only as the file shows, or the configuration says */
};

extern const char logline_not_a_punch[]; /* no line of a known form */

/* Takes a date off the front: a word, or what stands before a T in one. */
bool logline_take_date(struct span *rest, struct logtime_date *date);

/*
 * The moment at the beginning of `text`; what follows it is left in *text. `next` is the cell
 * behind it, where a half of the day may stand alone. In a first reading what a whole row shows of
 * its file is noted; in the second, one that the others contradict is none. NULL, or why there is
 * none; logline_not_a_punch when the text has not even the shape of a date.
 */
const char *logline_moment(struct logline *logline, struct span *text, struct span next,
                           enum logline_policy policy, size_t fields, bool ended, walltime *time);

/* ---- rows: NULL, or why there is no punch in one. *nobody: its user is 0 ---- */

/* logline_table.c: below a head */
const char *logline_table_row(struct logline *logline, struct span line, bool ended,
                              struct punch *punch, bool *nobody);

/* logline_rows.c: without one, between tabs, and between blanks as Premium Time writes them */
const char *logline_tabbed(struct logline *logline, struct span line, bool ended,
                           struct punch *punch, bool *nobody);
const char *logline_premium(struct logline *logline, struct span line, bool ended,
                            struct punch *punch, bool *nobody);

#endif
