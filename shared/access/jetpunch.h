/*
 * jetpunch: what a row of the vendor's own tables says: a punch, a person, or that a punch was
 * typed in.
 *
 * Two shapes are known (ZKTime's CHECKINOUT with USERINFO; HIP Premium Time's checkinout, whose
 * rows have the person's own number). Columns are found by name without regard to case, each of
 * any type that was seen; those that may be missing may.
 *
 * No allocation, no I/O. Any thread may use its own structs.
 * Sources: 13 databases of ZKTime 5 and older, and a public program that reads HIP Premium Time's.
 */
#ifndef HIPBRIDGE_JETPUNCH_H
#define HIPBRIDGE_JETPUNCH_H

#include "access/jetrow.h"
#include "base/walltime.h"
#include "record/punch.h"

enum {
    JETPUNCH_SENSOR_MAX = 24, /* bytes of a machine's number as text */
    JETPUNCH_LINE_MAX = 640,  /* bytes of a row as text, with the terminator */
    JETPUNCH_SN_LEAST = 8,    /* characters of what is believed to be a serial number */
    JETPUNCH_AHEAD_S = 86400, /* a terminal's clock may be ahead by so much */
};

/* The columns of a table of punches; NULL: it has none of this name. They point into the table. */
struct jetpunch_columns {
    const struct jet_table *table;
    const struct jet_column *badge;  /* the person's own number; else */
    const struct jet_column *number; /* the program's number of a person (USERID) */
    const struct jet_column *time;
    const struct jet_column *type, *verify, *sensor, *work, *sn;
};

/* ERR_INVALID: a column that is needed is missing, or of a type that is not known there; the words
 * name it. */
bool jetpunch_columns(const struct jet_table *table, struct jetpunch_columns *columns,
                      struct error *err);

struct jetpunch {
    const char *reason; /* NULL: all is readable; else why it is none, in the user's words */
    bool ahead;         /* the reason is `now` alone: on another day it may be a punch */
    bool nobody;        /* it names neither a person nor a time */
    bool has_number;
    int32_t number;                 /* of the program (USERID) */
    char badge[PUNCH_USER_MAX + 1]; /* "" = by the number */
    walltime time;                  /* 0 = not to be read */
    int32_t status, verify;         /* as in struct punch: absent 0 and 1, not understood 255 */
    char work_code[PUNCH_WORK_MAX + 1];
    char sensor[JETPUNCH_SENSOR_MAX + 1]; /* the machine's number as text; "" = none */
    char sn[PUNCH_SN_MAX + 1]; /* of the terminal; "" = none, or not to be believed as one: it is
                                  never believed of a table that has the badge itself */
};

/*
 * Reads a row. `now` is the wall clock: what is later than it by more than JETPUNCH_AHEAD_S is no
 * punch; 0 = not known. False: the row is damaged.
 */
bool jetpunch_read(const struct jetpunch_columns *columns, struct span row, walltime now,
                   struct jetpunch *punch);

/*
 * The row as text, "USERID=7 CHECKTIME=2025-01-06 07:58:03 …": the columns that are read, without
 * those that are null; the same row always gives the same. "" for a damaged one. Returns its
 * length.
 */
size_t jetpunch_line(const struct jetpunch_columns *columns, struct span row,
                     char line[JETPUNCH_LINE_MAX]);

/* ---- persons ---- */

struct jetperson_columns {
    const struct jet_table *table;
    const struct jet_column *number, *badge;
};

bool jetperson_columns(const struct jet_table *table, struct jetperson_columns *columns,
                       struct error *err);

struct jetperson {
    bool has_number;
    int32_t number;
    char badge[PUNCH_USER_MAX + 1]; /* "" = none, or none that can be one */
};

/* False: the row is damaged. */
bool jetperson_read(const struct jetperson_columns *columns, struct span row,
                    struct jetperson *person);

/* ---- what an operator typed in (CHECKEXACT) ---- */

struct jettyped_columns {
    const struct jet_table *table;
    const struct jet_column *number, *time, *added;
};

/* False: it is another table than the one that is known. */
bool jettyped_columns(const struct jet_table *table, struct jettyped_columns *columns,
                      struct error *err);

struct jettyped {
    bool typed; /* the punch of this person and time was typed in */
    int32_t number;
    walltime time;
};

/* False: the row is damaged. */
bool jettyped_read(const struct jettyped_columns *columns, struct span row, struct jettyped *typed);

#endif
