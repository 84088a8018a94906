/*
 * outbox_refusal: how often a terminal has said that it did not let somebody in, by its code (the
 * vendor's event, or ROW_IDENTITY_CHECK of formats/row.h). A history that is sent again is counted
 * again: the number is what the terminal told, not how many times somebody stood there.
 *
 * Rules as in outbox.h.
 */
#ifndef HIPBRIDGE_OUTBOX_REFUSAL_H
#define HIPBRIDGE_OUTBOX_REFUSAL_H

#include "outbox/outbox.h"

struct outbox_refusal {
    int32_t code;
    int64_t times;
    int64_t last_s; /* Unix */
};

/* Adds to the count. In a transaction. */
bool outbox_refusal_note(struct outbox *outbox, const char *sn, int32_t code, int64_t times,
                         int64_t now_s, struct error *err);

/* The terminal's codes, the most frequent first. False from the visitor ends it (no failure). */
bool outbox_each_refusal(struct outbox *outbox, const char *sn,
                         bool (*visit)(void *context, const struct outbox_refusal *refusal),
                         void *context, struct error *err);

#endif
