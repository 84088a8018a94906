/*
 * share: how much of what is bounded (bodies on their way, memory for them) one address may have,
 * so that a flood from one leaves room for the others.
 *
 * Of IPv6, all addresses of a /64 are one: whoever has one of them has all.
 *
 * Memory is bounded by SHARE_PLACES: nobody gets in when all are taken by others. No allocation;
 * belongs to one thread.
 */
#ifndef HIPBRIDGE_SHARE_H
#define HIPBRIDGE_SHARE_H

#include <stddef.h>
#include <stdint.h>

#include "net/network.h"

enum {
    SHARE_PLACES = 512,
    SHARE_BODY_MS = 60000,
    SHARE_BODY_RATE = 64, /* bytes a millisecond */
};

struct share_place {
    struct address who;
    size_t requests; /* 0: free */
    size_t bytes;
};

/* The limits set, the rest zero to begin with. */
struct share {
    size_t requests_each;
    size_t bytes_each;
    struct share_place places[SHARE_PLACES];
};

/* One more body of this address: its place, or NULL when it has as many as it may. */
struct share_place *share_enter(struct share *share, const struct address *who);

/* The body is here, or given up. NULL is fine. */
void share_leave(struct share_place *place);

/* Memory for a body; false when the address has as much as it may. */
bool share_take(const struct share *share, struct share_place *place, size_t bytes);
void share_give(struct share_place *place, size_t bytes);

/*
 * Whether a body takes longer than a terminal on a poor line needs: SHARE_BODY_MS, and the time
 * that its bytes so far need at SHARE_BODY_RATE. One that drips is over soon, whatever it promised.
 */
bool share_overdue(uint64_t began_ms, uint64_t now_ms, size_t bytes);

/*
 * Whether one body goes before the other when there are too many: that of an address with more of
 * them, and among those the older one.
 */
bool share_goes_first(const struct share_place *place, uint64_t began_ms,
                      const struct share_place *other, uint64_t other_began_ms);

#endif
