/*
 * share: how much of what is bounded (requests in flight, memory for their bodies) one address may
 * have, so that a flood from one leaves room for the others.
 *
 * Memory is bounded by SHARE_PLACES: nobody gets in when all are taken by others. No allocation;
 * belongs to one thread.
 */
#ifndef HIPBRIDGE_SHARE_H
#define HIPBRIDGE_SHARE_H

#include <stddef.h>

#include "net/network.h"

enum { SHARE_PLACES = 512 };

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

/* One more request of this address: its place, or NULL when it has as many as it may. */
struct share_place *share_enter(struct share *share, const struct address *who);

/* The request is over. NULL is fine. */
void share_leave(struct share_place *place);

/* Memory for a body; false when the address has as much as it may. */
bool share_take(const struct share *share, struct share_place *place, size_t bytes);
void share_give(struct share_place *place, size_t bytes);

#endif
