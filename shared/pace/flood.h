/*
 * flood: a bound on what is told, per event id and hour.
 *
 * Whatever goes wrong how often, the Event Log keeps room for the rest, and what was held back is
 * counted and told. Times are seconds of any clock that only grows. No allocation; the caller
 * locks.
 */
#ifndef HIPBRIDGE_FLOOD_H
#define HIPBRIDGE_FLOOD_H

#include <stdbool.h>
#include <stdint.h>

enum { FLOOD_PER_HOUR = 60, FLOOD_HOUR_S = 3600, FLOOD_IDS_MAX = 96 };

struct flood {
    struct flood_id {
        int id; /* 0: free */
        int64_t since;
        unsigned told;
        uint64_t held;
    } ids[FLOOD_IDS_MAX];
};

/* Whether this event may be told now; counts it. */
bool flood_pass(struct flood *flood, int id, int64_t now);

/*
 * The next id whose hour is over (or any, with `all`) of which some were held back, and how many;
 * they are then forgotten. False when there is none. To be called until it says so.
 */
bool flood_held(struct flood *flood, int64_t now, bool all, int *id, uint64_t *held);

#endif
