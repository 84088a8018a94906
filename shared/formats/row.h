/*
 * row: the one place through which every row passes that a terminal sends, of whatever table and
 * shape. Each has one of these ends, and there is no other:
 *
 * - a punch;
 * - a refusal: it names a person, and says by a code that is known that he was not let in (or, of a
 *   terminal that reads ID cards, that his card was looked at). Counted by its code;
 * - set aside, with a reason, its bytes as they came: it may be a punch, but who, when, or what is
 *   not read with certainty;
 * - nobody: it says, in a shape and by a code that are known, that no person is meant.
 *
 * The shapes' own readers (attlog, accesslog) only find columns; they can't drop anything.
 *
 * Nothing here allocates, blocks or fails. One reader belongs to one thread.
 */
#ifndef HIPBRIDGE_ROW_H
#define HIPBRIDGE_ROW_H

#include "record/punch.h"

enum row_end {
    ROW_PUNCH,   /* reader->punch is filled but for device_sn, which the caller knows */
    ROW_REFUSAL, /* reader->code */
    ROW_ASIDE,   /* reader->reason */
    ROW_NOBODY,
};

enum {
    ROW_IDENTITY_CHECK = -1, /* the code of an ID card that was compared with its bearer */
    ROW_UNREADABLE = 255,    /* status and verify that are there and no numbers */
};

struct row_settings {
    walltime now;    /* the terminal's wall clock as it should be; 0 = not known */
    bool access;     /* an access table: a row of keys has an event, or something lacks */
    bool identity;   /* a person-and-ID terminal: its log holds identity checks as well */
    bool torn_end;   /* the body may end within a row, */
    bool torn_begin; /* or begin within one: such a row is set aside, for it may be half a number */
};

struct row_reader {
    struct row_settings settings;
    struct span rest; /* what is not yet read of the body */
    size_t row;       /* number of the row last read, from 1; blank ones count */

    struct span line; /* the row as it came, without its end; points into the body */
    struct punch punch;
    int32_t code;
    bool torn;                     /* ASIDE: for being cut, and by itself it would be read */
    const char *reason;            /* static English text */
    walltime time;                 /* ASIDE: of the row, where it can be read; 0 = it can not */
    char user[PUNCH_USER_MAX + 1]; /* likewise; "" = it can not */
    char raw[PUNCH_RAW_MAX + 1];   /* backs punch.raw until the next call */
};

/* Begins to read a body, which must stay where it is until the reader is done with. */
void row_begin(struct row_reader *reader, struct span body, const struct row_settings *settings);

/*
 * The next row that is not blank (blank: nothing but blanks, tabs and NUL). LF, CRLF and CR end
 * one. False: no further row. punch.raw is the row as well-formed UTF-8, after PUNCH alone.
 */
bool row_next(struct row_reader *reader, enum row_end *end);

/* One row by itself, as row_next judges it. */
enum row_end row_read(struct row_reader *reader, struct span line);

/*
 * Whether bytes in a shape that is not known may name a person and a time: there is a time of day
 * or a long number in them. For what can't be read as rows.
 */
bool row_may_name(struct span bytes);

#endif
