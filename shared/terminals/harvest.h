/*
 * harvest: what a visit to a terminal (record/visit.h) brought, into the outbox.
 *
 * A read is judged whole, from its spool, before anything of it is taken; then its punches go into
 * the outbox, what is no punch is set aside, and the audit of it is kept with the terminal's place.
 * It goes in transactions of HARVEST_ROWS rows, so that nobody else who writes waits long; a kill
 * in between costs nothing, since what is read again is known.
 *
 * Where records name slots of a list of users, whose a slot was when is known from the lists that
 * were read: a punch of a time at which that is not known is set aside with its number.
 *
 * Portable; belongs to the thread of its outbox. Blocks on the disk.
 */
#ifndef HIPBRIDGE_HARVEST_H
#define HIPBRIDGE_HARVEST_H

#include "outbox/outbox_pull.h"
#include "record/visit.h"

enum { HARVEST_ROWS = 1000 };

struct harvest_moment {
    int64_t unix_s;
    int64_t ms;               /* of the visit */
    int32_t timezone_minutes; /* the terminal's */
};

/* What a read came to. */
struct harvest {
    struct visit_verdict verdict;
    int64_t fresh, known, ignored, aside;
    int64_t no_room; /* of those set aside: the terminal's share is used up */
};

/* Whether the wait is to be ended: the service stops. */
struct harvest_stop {
    bool (*stop)(void *context);
    void *context;
};

/*
 * The visit's end, read or not, into what is known of its place; *pull as outbox_pull gave it, and
 * as it is afterwards. What VISIT_READ brought is taken if it is sound; harvest->verdict says why
 * not. False, with ERR_STOPPED, when `stop` said so: what was taken is taken, and the audit says
 * that nothing was read.
 */
bool harvest_take(struct outbox *outbox, const struct visit *visit, const struct visit_spool *spool,
                  const struct harvest_moment *moment, const struct harvest_stop *stop,
                  struct outbox_pull *pull, struct harvest *harvest, struct error *err);

/* A punch as it was made, of a terminal that has been visited. *fresh: it was not known. A
 * transaction of its own. */
bool harvest_live(struct outbox *outbox, const struct visit_row *row,
                  const struct harvest_moment *moment, bool *fresh, struct error *err);

/* Whether the log is to be read whole again whatever the terminal's count: after a day, or after an
 * hour where it did not agree. */
bool harvest_is_due(const struct outbox_pull *pull, int64_t now_s);

/* The count at which a terminal holds nothing beyond what was read of it, for visit_order; -1 where
 * it was never read. That is the number of rows which came, not the count after them: a punch made
 * while they came is in that count and not in what was read. Where the two did not agree, the count
 * after them, and harvest_is_due() has it read again. */
int64_t harvest_read_count(const struct outbox_pull *pull);

#endif
