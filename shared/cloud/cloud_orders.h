/*
 * cloud_orders: the table bridge_orders, in which head office asks something of a bridge.
 *
 * Both functions need a connection, and fail with what cloud_insert does; with ERR_LOGIN or
 * ERR_TABLE a person has to do something, and `cure` (ERROR_TEXT_MAX bytes) says what. The
 * connection is kept where it can be.
 */
#ifndef HIPBRIDGE_CLOUD_ORDERS_H
#define HIPBRIDGE_CLOUD_ORDERS_H

#include "cloud/cloud.h"
#include "record/order.h"

/* The oldest orders of this bridge that are not done; the table is made if it is missing and
 * `create`. */
bool cloud_orders_read(struct cloud *cloud, bool create, const char *bridge,
                       struct order orders[ORDERS_MAX], size_t *count, char *cure,
                       struct error *err);

/* Writes what has become of them, all or none. What is answered already stays as it is. */
bool cloud_orders_answer(struct cloud *cloud, const char *bridge,
                         const struct order_answer *answers, size_t count, char *cure,
                         struct error *err);

/* For `hipctl test-db`: whether the table can be read and answered in. *there: it is. */
bool cloud_orders_allowed(struct cloud *cloud, bool *there, char *cure, struct error *err);

/* The statement that makes the table. */
extern const char cloud_orders_create[];

#endif
