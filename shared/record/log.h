/*
 * log: what is said of log files in the configuration, and how long their names may be.
 */
#ifndef HIPBRIDGE_LOG_H
#define HIPBRIDGE_LOG_H

#include <stdbool.h>

enum { LOG_NAME_MAX = 512 }; /* bytes of UTF-8, with the terminator; without the folder */

/* Which of two numbers before or after a year is the day. */
enum log_order { LOG_ORDER_AUTO, LOG_ORDER_DAY_FIRST, LOG_ORDER_MONTH_FIRST };

/* The columns of a table that a punch is made of. */
enum log_column {
    LOG_USER,
    LOG_DATE, /* where it stands apart from the time */
    LOG_TIME, /* with the date, unless that stands apart */
    LOG_STATUS,
    LOG_VERIFY,
    LOG_MACHINE,
    LOG_COLUMNS,
};

enum { LOG_WORD_MAX = 64, LOG_WORDS_MAX = 16, LOG_POSITION_MAX = 200 };

/* A mapping of one's own for an export that nobody foresaw (`sync.columns`); all zero: none. */
struct log_columns {
    bool given;                           /* the user and the time are named */
    int position[LOG_COLUMNS];            /* from 1; 0 = by name, if it has one */
    char name[LOG_COLUMNS][LOG_WORD_MAX]; /* as the head has it; "" = not there */
    char separator;                       /* ' ' = blanks; '\0' = told from the line */
    enum log_order order;
    char words_in[LOG_WORDS_MAX][LOG_WORD_MAX];  /* status 0, up to the first "" */
    char words_out[LOG_WORDS_MAX][LOG_WORD_MAX]; /* status 1 */
};

#endif
