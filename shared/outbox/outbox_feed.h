/*
 * outbox_feed: who this bridge is in the database, which number its newest row there was given, and
 * what is not there yet.
 *
 * Rules as in outbox.h.
 */
#ifndef HIPBRIDGE_OUTBOX_FEED_H
#define HIPBRIDGE_OUTBOX_FEED_H

#include "outbox/outbox.h"

enum { OUTBOX_BRIDGE_LEN = 16 };

struct outbox_feed {
    char bridge[OUTBOX_BRIDGE_LEN + 1]; /* 16 hexadecimal digits, random, made with the outbox */
    int64_t seq;                        /* the highest that is known to be in the database */
};

bool outbox_feed(struct outbox *outbox, struct outbox_feed *feed, struct error *err);

/* Rows up to this number are in the database; a lower one than before changes nothing. In a
 * transaction. */
bool outbox_feed_given(struct outbox *outbox, int64_t seq, struct error *err);

/* Another writer gives numbers under the same id: a new one, that begins at 0. In a transaction. */
bool outbox_feed_renew(struct outbox *outbox, struct outbox_feed *feed, struct error *err);

/* Whether this punch waits here to go up (or did not go up since it was refused). */
bool outbox_waits(struct outbox *outbox, const char *sn, const char *user, walltime time,
                  bool *waits, struct error *err);

/*
 * Each terminal of which something is not in the database: with the earliest time of it, by the
 * terminal's clock. That is what waits, what was refused, and what is set aside and not settled
 * (where its time can't be read: when it came). False from the visitor ends it (no failure).
 * With more than some thousands waiting the time may be that of a punch that has gone up since this
 * connection first asked: too early, never too late. The first time it costs a look at each row
 * that waits, then at those that came since.
 */
bool outbox_each_held_back(struct outbox *outbox,
                           bool (*visit)(void *context, const char *sn, walltime from),
                           void *context, struct error *err);

#endif
