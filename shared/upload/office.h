/*
 * office: orders of head office (the table bridge_orders), read, carried out once, and answered.
 *
 * An order is noted in the outbox in the transaction that carries it out, then marked as taken in
 * the table, and answered there once its result is known; whatever is lost in between is done again
 * by the next turn, but the order itself. With database.orders false the table is not even read.
 * What the orders do is the service's (terminals/orders.h). Belongs to the uploader's thread.
 */
#ifndef HIPBRIDGE_OFFICE_H
#define HIPBRIDGE_OFFICE_H

#include "cloud/cloud.h"
#include "config/config.h"
#include "outbox/outbox_order.h"
#include "pace/condition.h"
#include "record/event.h"

enum {
    OFFICE_EVERY_S = 60,
    OFFICE_JITTER_S = 6,
    OFFICE_SOON_S = 10 /* while an order is under way */
};

/* Who carries orders out: as orders_begin and orders_look. */
struct office_hands {
    bool (*begin)(void *context, struct outbox *outbox, struct outbox_order *order, int64_t now_s,
                  struct error *err);
    bool (*look)(void *context, struct outbox *outbox, struct outbox_order *order, int64_t now_s,
                 struct error *err);
    void *context;
};

struct office;

/* Takes nothing over; all must outlive it. `hands` may be NULL: no orders are read. NULL: no
 * memory. */
struct office *office_new(const struct config *config, struct outbox *outbox,
                          const struct event_sink *events, const struct office_hands *hands,
                          struct error *err);
void office_free(struct office *office); /* NULL is fine */

/* In how many seconds the table is looked at next; 0 = now; INT64_MAX = never. */
int64_t office_due(const struct office *office, int64_t now_s);
/* It is due now. */
void office_hurry(struct office *office);

/* One turn, if it is due. The cloud must be connected. *more: punches may have been requeued. */
void office_turn(struct office *office, struct cloud *cloud, const char *bridge, int64_t now_s,
                 bool *more);

#endif
