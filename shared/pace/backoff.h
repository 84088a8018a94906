/*
 * backoff: how long to wait before the next try: doubling from 1 s to 5 min, with jitter, so that
 * many PCs do not come back to a database in the same second.
 */
#ifndef HIPBRIDGE_BACKOFF_H
#define HIPBRIDGE_BACKOFF_H

#include <stdint.h>

enum { BACKOFF_FIRST_MS = 1000, BACKOFF_LAST_MS = 300000 };

struct backoff {
    uint32_t ceiling_ms; /* 0: no failure yet */
    uint64_t random;     /* state of the jitter; any seed */
};

void backoff_init(struct backoff *backoff, uint64_t seed);

/* After a failure: milliseconds to wait, between half the ceiling and the ceiling. */
uint32_t backoff_next(struct backoff *backoff);

/* Before backoff_next: it gives `most_ms` at most, which is at least twice BACKOFF_FIRST_MS. */
void backoff_lower(struct backoff *backoff, uint32_t most_ms);

/* After a success: the next failure waits BACKOFF_FIRST_MS again. */
void backoff_reset(struct backoff *backoff);

/* For what comes again and again: from -most to most - 1, so that many PCs which one power cut
 * started do not all come at once. *random: the state, any seed. most: at least 1. */
int64_t backoff_jitter(uint64_t *random, int64_t most);

#endif
