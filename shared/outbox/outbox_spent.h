/*
 * outbox_spent: where the time goes on each road into and out of the outbox, counted while it goes.
 *
 * A connection belongs to one thread, and that thread does one thing at a time: it says what it
 * turns to, and the time since it last said so is added to what it leaves. So a batch costs some
 * ten looks at a clock, nothing is locked, and no time is counted twice. What is too short and too
 * often to be timed, the storing of one punch, is timed for one in OUTBOX_SPENT_EACH and counted
 * for all of them.
 *
 * The sums begin at 0 with the connection. They are kept as a note, by which others read them, in
 * transactions that there are anyway: as of then, not of now.
 *
 * Nothing here blocks but outbox_spent_keep and outbox_spent_kept (outbox.h).
 */
#ifndef HIPBRIDGE_OUTBOX_SPENT_H
#define HIPBRIDGE_OUTBOX_SPENT_H

#include "outbox/outbox_note.h"

enum outbox_spent_on {
    OUTBOX_SPENT_NOTHING, /* waits for work: not counted */
    OUTBOX_SPENT_COPY,    /* a file's bytes into memory; rows from the outbox into a batch */
    OUTBOX_SPENT_PARSE,   /* from bytes to punches, and all that is not another's */
    OUTBOX_SPENT_BIND,    /* a punch into the outbox's tables; rows into the INSERT's arrays */
    OUTBOX_SPENT_SEND,    /* the reply to the terminal; the INSERT, until the server has done it */
    OUTBOX_SPENT_WAIT,    /* for the turn to write, and for another program's lock */
    OUTBOX_SPENT_FLUSH,   /* commits: the disk's, or the server's */
    OUTBOX_SPENT_CARRY,   /* what was written is carried from the log into the file */
    OUTBOX_SPENT_PARTS
};

enum { OUTBOX_SPENT_EACH = 32 };

struct outbox_spent {
    int64_t us[OUTBOX_SPENT_PARTS];
    int64_t rows;    /* taken, new or not; sent */
    int64_t commits; /* of the outbox */
};

/* What the thread turns to; returns what it turns from, to be given back afterwards. */
enum outbox_spent_on outbox_spend(struct outbox *outbox, enum outbox_spent_on what);

/* So much of what has been counted for one part was another's. */
void outbox_spent_move(struct outbox *outbox, enum outbox_spent_on from, enum outbox_spent_on to,
                       int64_t us);
/* Rows that went another way than by outbox_append. */
void outbox_spent_rows(struct outbox *outbox, size_t rows);

/* Up to now. */
struct outbox_spent outbox_spent(struct outbox *outbox);
/* Goes on with another connection's sums, where one takes the other's place. */
void outbox_spent_go_on(struct outbox *outbox, struct outbox *before);

/* Keeps them as this road's (OUTBOX_NOTE_SPENT_…). In a transaction. */
bool outbox_spent_keep(struct outbox *outbox, enum outbox_note road, struct error *err);
/* As they were kept last; *known false: nothing has been since the service started. */
bool outbox_spent_kept(struct outbox *outbox, enum outbox_note road, struct outbox_spent *spent,
                       bool *known, struct error *err);
/* Of all roads, for a service that starts: forgotten. In a transaction. */
bool outbox_spent_begin(struct outbox *outbox, struct error *err);

#endif
