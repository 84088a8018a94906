/*
 * accesslog: the columns of a row of keys (`key=value`), and what the events of access control
 * terminals mean (Security PUSH: table=rtlog, and table=tabledata with tablename=transaction;
 * ../docs/protocol.md).
 *
 * Nothing here allocates, blocks or fails. Any thread.
 */
#ifndef HIPBRIDGE_ACCESSLOG_H
#define HIPBRIDGE_ACCESSLOG_H

#include <stdint.h>

#include "formats/columns.h"

/*
 * The columns of a row of keys, in any order and between tabs; where there is none, between blanks,
 * commas or ampersands. False: it has no key that names a person, a time or an event.
 */
bool accesslog_columns(struct span row, struct columns *columns);

/* What an event says of the person it names, by the vendor's list. */
enum accesslog_event {
    ACCESSLOG_LET_IN,  /* stands in the door */
    ACCESSLOG_REFUSED, /* not let in, or still waited with */
    ACCESSLOG_THING,   /* a door, a sensor, an alarm: no person is meant */
    ACCESSLOG_UNKNOWN, /* in no list: newer firmware adds codes */
};

enum accesslog_event accesslog_event(int32_t code);

#endif
