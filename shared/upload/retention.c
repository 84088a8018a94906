#include "upload/retention.h"

#include "outbox/outbox_rejected.h"

enum {
    PRUNE_EVERY_S = 60,
    PRUNE_ROWS = 500, /* a transaction: some milliseconds */
    DROP_KEYS = 2000, /* likewise */
    MB = 1 << 20,
    DAY_S = 86400,
};

/* Forgets a few uploaded punches that were received before this. */
static bool prune_before(struct outbox *outbox, int64_t before_s, bool *more, struct error *err)
{
    size_t count = 0;
    *more = false;
    if (!outbox_begin(outbox, err)) {
        return false;
    }
    if (!outbox_prune(outbox, before_s, PRUNE_ROWS, &count, err) || !outbox_commit(outbox, err)) {
        outbox_rollback(outbox);
        return false;
    }
    *more = count == PRUNE_ROWS;
    return true;
}

/* Forgets what was settled before this: what a person looked at long ago. */
static bool prune_settled(struct outbox *outbox, int64_t before_s, struct error *err)
{
    if (!outbox_begin(outbox, err)) {
        return false;
    }
    if (!outbox_prune_settled(outbox, before_s, err) || !outbox_commit(outbox, err)) {
        outbox_rollback(outbox);
        return false;
    }
    return true;
}

/* Where no row is left that could go: the oldest keys. */
static bool drop_keys(struct outbox *outbox, bool *more, struct error *err)
{
    size_t count = 0;
    if (!outbox_begin(outbox, err)) {
        return false;
    }
    if (!outbox_drop_keys(outbox, DROP_KEYS, &count, err) || !outbox_commit(outbox, err)) {
        outbox_rollback(outbox);
        return false;
    }
    *more = count == DROP_KEYS;
    return true;
}

bool retention_prune(struct retention *retention, struct outbox *outbox, int retain_days,
                     int64_t now_s, bool *more, struct error *err)
{
    *more = false;
    if (now_s - retention->pruned_s < PRUNE_EVERY_S && now_s >= retention->pruned_s) {
        return true;
    }
    if (!prune_before(outbox, now_s - (int64_t)retain_days * DAY_S, more, err)) {
        return false;
    }
    if (!*more) {
        retention->pruned_s = now_s;
        return prune_settled(outbox, now_s - (int64_t)retain_days * DAY_S, err);
    }
    return true;
}

/* What is kept free: a tenth, but so much that a terminal's history or a piece of a log fits. */
static int64_t reserve(int64_t most)
{
    int64_t least = MB < most / 2 ? MB : most / 2;
    return most / 10 > least ? most / 10 : least;
}

bool retention_make_room(struct retention *retention, struct outbox *outbox, int max_mb,
                         int64_t now_s, bool *more, struct error *err)
{
    int64_t used = 0;
    int64_t most = (int64_t)max_mb * MB;
    int64_t room = reserve(most);
    *more = false;
    if (most <= 0 || (!retention->full && retention->looked_s == now_s)) {
        return true;
    }
    retention->looked_s = now_s;
    if (!outbox_used(outbox, &used, err)) {
        return false;
    }
    retention->full = used > most - room - (retention->full ? room / 4 : 0);
    if (!retention->full) {
        return true;
    }
    return prune_before(outbox, INT64_MAX, more, err) && (*more || drop_keys(outbox, more, err));
}
