/*
 * retry: reads again what terminals brought and was set aside, with the readers and the settings of
 * now: an upgrade or a corrected configuration brings back what was not understood.
 *
 * Each record is read as the request that brought it was, as of the time when it came. What becomes
 * a punch is one that the outbox may know already: nothing comes twice. A record of which nothing
 * is left aside is settled; of a whole delivery, the rows that still are get records of their own.
 *
 * Portable; belongs to the thread of its outbox. Blocks on the disk.
 */
#ifndef HIPBRIDGE_RETRY_H
#define HIPBRIDGE_RETRY_H

#include "config/config.h"
#include "outbox/outbox.h"

/* Which records: those of this terminal (NULL: of any), whose time, that they would have or else
 * that of their arrival by the terminal's clock, is in [from, to). */
struct retry_scope {
    const char *sn;
    walltime from, to;
};

struct retry_outcome {
    size_t read;     /* records read again */
    size_t settled;  /* of which nothing is left aside */
    size_t punches;  /* new */
    size_t known;    /* punches that the outbox knew */
    size_t refusals; /* persons who were not let in */
};

/* Each record in a transaction of its own; the outbox must not be in one. False: it failed; what
 * *outcome counts is stored. */
bool retry_rejected(struct outbox *outbox, const struct config *config,
                    const struct retry_scope *scope, int64_t now_s, struct retry_outcome *outcome,
                    struct error *err);

#endif
