/*
 * logtable: the cells of a row below a head (loghead.h), whatever stands between them.
 *
 * Nothing here allocates, blocks or fails. Any thread.
 */
#ifndef HIPBRIDGE_LOGTABLE_H
#define HIPBRIDGE_LOGTABLE_H

#include "formats/loghead.h"

struct logtable_row {
    struct span cell[LOG_COLUMNS]; /* those that the head has; {NULL, 0} where there is none */
    struct span next;   /* the cell behind the time: a half of the day may stand there alone */
    struct span moment; /* between blanks: from the date to the end of the line */
    size_t fields;      /* of the row */
};

/*
 * Takes a row apart. Between blanks the cells behind the time are not known yet: logtable_tail.
 * NULL, or why its cells cannot be told.
 */
const char *logtable_row(const struct loghead *head, struct span line, struct logtable_row *row);

/* The cells behind the time of a row between blanks; false when their number is another than the
 * head's, so that none of them is known. */
bool logtable_tail(const struct loghead *head, struct span tail, struct logtable_row *row);

#endif
