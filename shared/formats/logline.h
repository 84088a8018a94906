/*
 * logline: one line of a log file, told from its content alone (docs/1-phase1-upload-log.md
 * shows the forms):
 *
 *   Premium Time's text log   1  00042  [name]  14/01/2026  5:27:13 PM  …
 *   a terminal's *_attlog.dat    00042 TAB 2026-01-14 17:27:13 TAB device TAB state TAB verify …
 *   a table                   a head that names the user and the time, then rows
 *   without a head            9 TAB Somchai TAB 2013-04-20 09:36:49
 *
 * What can be read in two ways is set aside, never guessed. A file is therefore read twice: the
 * first time to learn what it shows of itself (struct logline_facts), the second for its punches.
 * Nothing here allocates or blocks. One struct logline belongs to one thread.
 */
#ifndef HIPBRIDGE_LOGLINE_H
#define HIPBRIDGE_LOGLINE_H

#include "formats/loghead.h"
#include "record/punch.h"

enum logline_result {
    LOGLINE_PUNCH,
    LOGLINE_PASSED, /* a blank line, a separator, a head, or nobody (user 0) */
    LOGLINE_BAD,    /* *reason is static English text */
};

enum logline_form {
    LOGLINE_NO_FORM,
    LOGLINE_PREMIUM, /* HIP Premium Time's log */
    LOGLINE_ATTLOG,  /* a terminal's own export */
    LOGLINE_NAMED,   /* id, name, time between tabs, without a head */
    LOGLINE_GLOG,    /* a table with EnNo */
    LOGLINE_CHECKINOUT,
    LOGLINE_TABLE, /* another table */
    LOGLINE_OWN,   /* by sync.columns */
    LOGLINE_FORMS,
};

/* What a file shows of itself in all its lines but a last one without an end. */
struct logline_facts {
    bool known;                    /* the file has been read */
    bool day_first, month_first;   /* a date showed it; both: it cannot be read */
    bool half, whole;              /* times with AM or PM; times of 1 to 12 o'clock without */
    bool seconds, minutes;         /* times with seconds; times without */
    bool unknown_head;             /* a head between tabs that is not known */
    size_t least_fields;           /* of a punch; 0: none was seen */
    uint64_t rows, steps;          /* rows without a head that begin with a number; by one more */
    uint64_t back;                 /* rows whose number is not higher than the one before */
    int64_t first, last;           /* those numbers */
    bool changes;                  /* the column behind that number is not always the same */
    uint64_t second;               /* its digest */
    uint64_t forms[LOGLINE_FORMS]; /* punches of each */
    size_t head_line;              /* the number of the line that the head stands in; 0: none */
};

enum { LOGLINE_MAX = 3 * 4096 }; /* bytes of a line */

struct logline {
    const struct log_columns *own; /* NULL: none */
    bool learning;                 /* facts are gathered, not believed */
    struct logline_facts facts;
    uint64_t number;   /* of the line, from 1 */
    bool data_seen;    /* a punch has been read from this file */
    bool table;        /* below a head that is known */
    bool unknown_head; /* below one that is not */
    bool premium_head; /* below Premium Time's own */
    struct loghead head;
    enum logline_form form; /* of the punch last read */
    char clean[LOGLINE_MAX];
};

/* own may be NULL; it must outlive the reading. facts NULL: to learn them. */
void logline_begin(struct logline *logline, const struct log_columns *own,
                   const struct logline_facts *facts);

/*
 * Judges a line of UTF-8 (other bytes do no harm), at most LOGLINE_MAX bytes; `ended` says that a
 * line end follows. Fills time, status, verify and user_id of a punch; device_sn it only extends by
 * "-<machine>", where a table's row names one and it fits. Thai and Lao digits and years of the
 * Buddhist era are understood wherever a number stands.
 */
enum logline_result logline_judge(struct logline *logline, struct span line, bool ended,
                                  struct punch *punch, const char **reason);

/* The form that most of a file's punches have. */
enum logline_form logline_form(const struct logline_facts *facts);

#endif
