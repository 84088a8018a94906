/*
 * loghead: the head of a table, and which of its columns a punch is made of.
 *
 * A head is known by its words, whatever stands between them. Nothing here allocates, blocks or
 * fails. Any thread.
 */
#ifndef HIPBRIDGE_LOGHEAD_H
#define HIPBRIDGE_LOGHEAD_H

#include "base/text.h"
#include "record/log.h"

enum { LOGHEAD_FIELDS_MAX = 64 };

enum loghead_kind {
    LOGHEAD_OTHER,      /* a table with a user and a time */
    LOGHEAD_PREMIUM,    /* HIP Premium Time: a running number, the id, the time */
    LOGHEAD_GLOG,       /* EnNo */
    LOGHEAD_CHECKINOUT, /* CHECKTIME */
    LOGHEAD_OWN,        /* by sync.columns */
};

struct loghead {
    enum loghead_kind kind;
    char separator;             /* '\t', ',', ';', '|', or ' ' for blanks */
    size_t at[LOG_COLUMNS];     /* its columns, from 1; 0 = it has none such */
    bool checktype;             /* the status is a CHECKTYPE, whose letters differ by case */
    size_t count;               /* columns, the last empty ones left out */
    size_t empty_end;           /* how many those are */
    size_t filled;              /* of `count`, those with a word */
    size_t packed[LOG_COLUMNS]; /* `at`, were the empty ones not there */
    bool single[LOGHEAD_FIELDS_MAX + 1]; /* from 1: what stands there is one word, never none */
};

enum loghead_found {
    LOGHEAD_NONE,    /* no head */
    LOGHEAD_KNOWN,   /* *head is filled */
    LOGHEAD_UNKNOWN, /* a head that does not name one user and one time that are known */
};

/* Judges a line. With columns of one's own by name, the head that has those names is one too. */
enum loghead_found loghead_read(struct span line, const struct log_columns *own,
                                struct loghead *head);

/* The head that columns of one's own by position stand for; false when one is by name. */
bool loghead_by_position(const struct log_columns *own, struct loghead *head);

/* What parts the fields of a line: a tab, ';', ',' or '|', the first of these that is in it; else
 * blanks. */
char loghead_separator(struct span line);

/* The next field at the separator; quotation marks keep one in a field that they begin. */
bool loghead_field(struct span *rest, char separator, struct span *field);

#endif
