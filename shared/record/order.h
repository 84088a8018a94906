/*
 * order: what head office asks of this bridge, a row of the table bridge_orders.
 *
 * Texts are as the table has them, cut to their sizes: an order whose words do not fit is none that
 * is known.
 */
#ifndef HIPBRIDGE_ORDER_H
#define HIPBRIDGE_ORDER_H

#include "record/punch.h"

enum {
    ORDER_NAME_MAX = 32,
    ORDER_ARGUMENT_MAX = 128,
    ORDER_CREATED_MAX = 31,
    ORDER_RESULT_MAX = 500, /* bytes, and characters of the column */
    ORDERS_MAX = 50,        /* looked at in one turn */
    ORDER_EXPIRES_S = 86400 /* what was given so long ago is not carried out any more */
};

struct order {
    int64_t id;                          /* with `created` its name: ids begin anew with a table */
    char created[ORDER_CREATED_MAX + 1]; /* when it was given, in the server's words */
    int64_t age_s;                       /* since then, by the server's clock */
    bool taken;                          /* the table says that it was taken */
    char sn[PUNCH_SN_MAX + 1];           /* of the terminal it is about; "" = none */
    char name[ORDER_NAME_MAX + 1];
    char argument[ORDER_ARGUMENT_MAX + 1];
};

/* What the table is told of it. */
struct order_answer {
    int64_t id;
    bool done; /* else: taken, and under way */
    const char *created;
    const char *result; /* only when done */
};

#endif
