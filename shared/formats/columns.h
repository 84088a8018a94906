/*
 * columns: where a row has what: the spans that attlog and accesslog find in it and row judges.
 * They point into the row; an absent column's `at` is NULL.
 */
#ifndef HIPBRIDGE_COLUMNS_H
#define HIPBRIDGE_COLUMNS_H

#include "base/text.h"

struct columns {
    struct span user;
    struct span time;
    struct span clock; /* of a time whose date and time of day are apart; else absent */
    struct span half;  /* AM or PM behind it, likewise */
    struct span event; /* access rows alone */
    struct span card;
    struct span status;
    struct span verify;
    struct span work; /* code keyed in with it */
    bool keyed;       /* `key=value` */
    bool access; /* with a key that access rows alone have: there is an event, or something lacks */
    bool twofold; /* a column that counts is given twice, and differs */
    bool worded;  /* between blanks: any text could be one */
    bool strange; /* something behind the time that is no column */
};

#endif
