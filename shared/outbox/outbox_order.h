/*
 * outbox_order: orders of head office that were taken, until the table has their results, and for a
 * while after: none is carried out twice. Rules as in outbox.h.
 */
#ifndef HIPBRIDGE_OUTBOX_ORDER_H
#define HIPBRIDGE_OUTBOX_ORDER_H

#include "outbox/outbox.h"
#include "record/order.h"

enum { OUTBOX_ORDERS_KEPT = 1000 }; /* that are answered, the newest */

struct outbox_order {
    struct order order;
    int64_t taken_s; /* Unix */
    int64_t command; /* the terminal's command that carries it out (outbox_command.h); 0 = none */
    int64_t done_s;  /* 0 = under way */
    char result[ORDER_RESULT_MAX + 1];
    bool told; /* the table has its result */
};

/* Whether this order was taken before. */
bool outbox_order_known(struct outbox *outbox, const struct order *order, bool *known,
                        struct error *err);

/* In a transaction: a new one; what has become of it. */
bool outbox_order_add(struct outbox *outbox, const struct outbox_order *order, struct error *err);
bool outbox_order_save(struct outbox *outbox, const struct outbox_order *order, struct error *err);

/* Those whose result the table does not have, the oldest first. */
bool outbox_orders_open(struct outbox *outbox, struct outbox_order orders[ORDERS_MAX],
                        size_t *count, struct error *err);

#endif
