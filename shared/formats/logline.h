/*
 * logline: one line of a log file, told from its content alone (../docs/protocol.md has the forms):
 *
 *   Premium Time's text log   1  00042  [name]  14/01/2026  5:27:13 PM  …
 *   a terminal's *_attlog.dat    00042 TAB 2026-01-14 17:27:13 TAB device TAB state TAB verify …
 *   a GLOG / AGL table        a head with EnNo and DateTime, then rows, between tabs
 *
 * Only a GLOG table needs to remember something from line to line: where its columns are.
 * Nothing here allocates or blocks. One struct logline belongs to one thread.
 */
#ifndef HIPBRIDGE_LOGLINE_H
#define HIPBRIDGE_LOGLINE_H

#include "record/punch.h"

enum logline_result {
    LOGLINE_PUNCH,
    LOGLINE_PASSED, /* a blank line, a separator or a head */
    LOGLINE_BAD,    /* *reason is static English text */
};

enum logline_column {
    LOGLINE_MACHINE,
    LOGLINE_USER,
    LOGLINE_STATE,
    LOGLINE_VERIFY,
    LOGLINE_TIME,
    LOGLINE_COLUMNS,
};

struct logline {
    bool data_seen;             /* a punch has been read from this file */
    bool table;                 /* below the head of a GLOG table */
    size_t at[LOGLINE_COLUMNS]; /* its columns, from 1; 0 = it has none such */
};

void logline_begin(struct logline *logline);

/*
 * Judges a line of UTF-8 (other bytes do no harm). Fills time, status, verify and user_id of a
 * punch; device_sn it only extends by "-<machine>", where a table's row names one and it fits. Of
 * Thai and Lao digits and years of the Buddhist era: they are understood wherever a number stands.
 */
enum logline_result logline_judge(struct logline *logline, struct span line, struct punch *punch,
                                  const char **reason);

#endif
