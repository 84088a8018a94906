/*
 * rounds: when a terminal that is read on its own port is visited next, and what is told of it.
 *
 * A terminal that cannot be reached is left alone for longer and longer, and told of once that has
 * lasted; one that refuses the key is tried once an hour, one that will not be read once a day. A
 * visit costs a terminal something, and a wrong key may lock it.
 *
 * No I/O and no clock: times are seconds of one that only grows. All zero to begin with.
 */
#ifndef HIPBRIDGE_ROUNDS_H
#define HIPBRIDGE_ROUNDS_H

#include <stddef.h>

#include "pace/condition.h"
#include "record/event.h"
#include "record/visit.h"

enum {
    ROUNDS_LASTS_S = 15 * 60, /* not reached for so long, it is told */
    ROUNDS_KEY_S = 3600,
    ROUNDS_REFUSED_S = 86400,
    ROUNDS_UNSOUND_S = 3600,
    ROUNDS_STRANGER_S = 900,
    ROUNDS_BUSY_S = 20,
};

enum rounds_result {
    ROUNDS_WELL,
    ROUNDS_AWAY,     /* not reached, or it broke off */
    ROUNDS_KEY,      /* the key is wrong */
    ROUNDS_REFUSED,  /* it will not be read this way */
    ROUNDS_STRANGER, /* another terminal answers */
    ROUNDS_UNSOUND,  /* its records are in no layout that is known */
    ROUNDS_BUSY,     /* somebody else visits it just now */
    ROUNDS_RESULTS
};

/* What a visit that ended so comes to; one that read something, if that is sound. */
enum rounds_result rounds_result_of(enum visit_outcome outcome);

/* What is told of it; EVENT_PULL_SUMMARY where it went well, and of ROUNDS_BUSY never anything. */
enum event_id rounds_event(enum rounds_result result);

struct rounds {
    int64_t due;           /* the next visit */
    unsigned failures;     /* in a row */
    int64_t failing_since; /* while there are any */
    struct condition told[ROUNDS_RESULTS];
};

/* Terminals do not all begin at once: `nth` of the list, from 0. */
void rounds_begin(struct rounds *rounds, size_t nth, int64_t now);

/*
 * A visit ended so. Sets when the next is due, `every_s` later if it went well; *tell says whether
 * it is to be told now, and *back that one which had been told of is reached again. random: any
 * number, by which visits spread.
 */
void rounds_end(struct rounds *rounds, enum rounds_result result, int64_t every_s, unsigned random,
                int64_t now, bool *tell, bool *back);

/* The next visit is due at `due` already, where it would be later. */
void rounds_sooner(struct rounds *rounds, int64_t due);

#endif
