/*
 * outbox_rejected: what did not go through, for `hipctl rejected` and the status: lines of
 * terminals that are no punches, and punches that the database refused.
 *
 * Rules as in outbox.h; reading alone. The texts a visitor is given are valid until it returns.
 */
#ifndef HIPBRIDGE_OUTBOX_REJECTED_H
#define HIPBRIDGE_OUTBOX_REJECTED_H

#include "outbox/outbox.h"

struct outbox_rejected {
    const char *device_sn;
    struct span line; /* well-formed UTF-8 */
    const char *reason;
    int64_t rejected_s; /* Unix */
};

struct outbox_refused {
    struct punch_row row;
    long code; /* the server's error number */
    const char *reason;
    int64_t refused_s;
};

/* The newest lines, at most `limit`, newest first. False from the visitor ends it (no failure). */
bool outbox_each_rejected(struct outbox *outbox, size_t limit,
                          bool (*visit)(void *context, const struct outbox_rejected *rejected),
                          void *context, struct error *err);

/* The newest refused punches, likewise. */
bool outbox_each_refused(struct outbox *outbox, size_t limit,
                         bool (*visit)(void *context, const struct outbox_refused *refused),
                         void *context, struct error *err);

#endif
