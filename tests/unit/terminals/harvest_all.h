/*
 * harvest_all: what a visit brought is taken, alone and to its end.
 */
#ifndef HIPBRIDGE_TEST_HARVEST_ALL_H
#define HIPBRIDGE_TEST_HARVEST_ALL_H

#include "terminals/harvest.h"

/* *harvest: what it came to. *pull as harvest_begin takes it. */
static inline bool harvest_all(struct outbox *outbox, const struct visit *visit,
                               const struct visit_spool *spool, const struct harvest_moment *moment,
                               struct outbox_pull *pull, struct harvest *harvest,
                               struct error *failed)
{
    struct harvesting one;
    struct harvesting *const several[] = {&one};
    bool done = harvest_begin(&one, outbox, visit, spool, moment, pull, failed);
    while (done && one.left) {
        done = harvest_step(several, 1, failed);
    }
    done = done && harvest_end(&one, failed);
    *harvest = one.sums;
    return done;
}

#endif
