/*
 * retention: how long the outbox keeps punches that are in the database.
 *
 * They are kept for retain_days, for the status and requeue; an outbox that is nearly full keeps
 * them for less. Their keys stay, so that what comes again is known: only where nothing else is
 * left that could go, the oldest of them go too. What waits, was refused or is set aside is never
 * forgotten; what a person settled goes with the punches of that day.
 * Both functions remove some hundred rows at a time, in a transaction of some milliseconds, so that
 * terminals and logs that write to the same file never wait for long. Belongs to one thread.
 */
#ifndef HIPBRIDGE_RETENTION_H
#define HIPBRIDGE_RETENTION_H

#include "outbox/outbox.h"

/* Between two calls that have more to do: others write meanwhile. */
enum { RETENTION_PAUSE_MS = 50 };

/* All zero to begin with. */
struct retention {
    int64_t pruned_s; /* when nothing was left that is too old */
    int64_t looked_s; /* when it was last looked how full the outbox is */
    bool full;        /* it was nearly so, and room is being made */
};

/*
 * Forgets a few punches that were received more than retain_days before now_s (Unix seconds); looks
 * at most once a minute. *more: there may be more to forget, after a pause. False: the outbox
 * failed; nothing was removed. Outside a transaction.
 */
bool retention_prune(struct retention *retention, struct outbox *outbox, int retain_days,
                     int64_t now_s, bool *more, struct error *err);

/*
 * Forgets a few punches of any age when less than a tenth of max_mb is free, and goes on until some
 * more is; max_mb 0 is no limit. *more and the result as above.
 */
bool retention_make_room(struct retention *retention, struct outbox *outbox, int max_mb,
                         int64_t now_s, bool *more, struct error *err);

#endif
