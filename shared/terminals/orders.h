/*
 * orders: what head office may ask for, and nothing else ever: resend, info and set-clock of one
 * terminal, sync-now, pull-now and requeue. One that is given there counts as a person's.
 *
 * An order's result is a sentence that begins with "done", "refused", "expired" or "no answer". No
 * I/O but the outbox. Belongs to the thread of its outbox.
 */
#ifndef HIPBRIDGE_ORDERS_H
#define HIPBRIDGE_ORDERS_H

#include "config/config.h"
#include "outbox/outbox_order.h"

/* What only the service can do: they return at once. NULL: it cannot. */
struct orders_deeds {
    void (*sync_now)(void *context);
    void (*pull_now)(void *context);
    void *context;
};

/*
 * Carries out an order that was never seen before, and fills the rest of it: done_s and result
 * where that is all, command where a terminal has been told. In a transaction, in which the caller
 * stores it, so that it is carried out once. False: the outbox failed.
 */
bool orders_begin(struct outbox *outbox, const struct config *config,
                  const struct orders_deeds *deeds, struct outbox_order *order, int64_t now_s,
                  struct error *err);

/* Looks what has come of one that is under way. False: the outbox failed. */
bool orders_look(struct outbox *outbox, const struct config *config, struct outbox_order *order,
                 int64_t now_s, struct error *err);

#endif
