/*
 * attlog: the attendance lines a terminal pushes (`POST /iclock/cdata?…&table=ATTLOG`).
 *
 * A line is `PIN TAB time TAB status TAB verify TAB workcode …` of two to sixteen columns; see
 * ../docs/protocol.md for every shape met. One bad line never spoils its neighbours.
 * Nothing here allocates or blocks. One reader belongs to one thread.
 */
#ifndef HIPBRIDGE_ATTLOG_H
#define HIPBRIDGE_ATTLOG_H

#include "record/punch.h"

enum attlog_result {
    ATTLOG_END,   /* no further line */
    ATTLOG_PUNCH, /* *punch is filled but for device_sn, which the caller knows */
    ATTLOG_BAD,   /* a line that is no punch: reader->reason says why, punch->raw is the line */
};

struct attlog_reader {
    struct span rest;            /* what is not yet read of the body */
    size_t line;                 /* number of the line last read, from 1; blank lines count */
    const char *reason;          /* static English text, after ATTLOG_BAD */
    char raw[PUNCH_RAW_MAX + 1]; /* backs punch->raw until the next call */
};

/* Begins to read a body, which must stay where it is until the reader is done with. */
void attlog_begin(struct attlog_reader *reader, struct span body);

/*
 * The next line that is not blank (blank: nothing but blanks, tabs, CR and NUL).
 * punch->raw points into the reader and is valid until the next call.
 */
enum attlog_result attlog_next(struct attlog_reader *reader, struct punch *punch);

#endif
