#include "outbox/outbox_order.h"

#include <string.h>

#include "outbox/outbox_private.h"

static const struct outbox_sql known_sql = {
    SQL_ORDER_KNOWN, "SELECT 1 FROM head_order WHERE id = ?1 AND created = ?2"};
static const struct outbox_sql add_sql = {
    SQL_ORDER_ADD, "INSERT INTO head_order (id, created, sn, name, argument, taken_s, command,"
                   " done_s, result, told) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"};
static const struct outbox_sql save_sql = {
    SQL_ORDER_SAVE, "UPDATE head_order SET command = ?3, done_s = ?4, result = ?5, told = ?6"
                    " WHERE id = ?1 AND created = ?2"};
static const struct outbox_sql open_sql = {
    SQL_ORDERS_OPEN, "SELECT id, created, sn, name, argument, taken_s, command, done_s, result"
                     " FROM head_order WHERE told = 0 ORDER BY taken_s, id LIMIT ?1"};
static const struct outbox_sql prune_sql = {
    SQL_ORDER_PRUNE, "DELETE FROM head_order WHERE told = 1 AND (id, created) NOT IN (SELECT id,"
                     " created FROM head_order ORDER BY taken_s DESC, id DESC LIMIT ?1)"};

static const char what[] = "keep an order of head office";

bool outbox_order_known(struct outbox *outbox, const struct order *order, bool *known,
                        struct error *err)
{
    sqlite3_stmt *statement = outbox_statement(outbox, &known_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, order->id);
    outbox_bind_text(statement, 2, order->created);
    bool fine = outbox_step(outbox, statement, known, what, err);
    sqlite3_reset(statement);
    return fine;
}

static bool prune(struct outbox *outbox, struct error *err)
{
    sqlite3_stmt *statement = outbox_statement(outbox, &prune_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int(statement, 1, OUTBOX_ORDERS_KEPT);
    return outbox_run(outbox, statement, what, err);
}

bool outbox_order_add(struct outbox *outbox, const struct outbox_order *order, struct error *err)
{
    if (!outbox_in_transaction(outbox, what, err) || !prune(outbox, err)) {
        return false;
    }
    sqlite3_stmt *statement = outbox_statement(outbox, &add_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, order->order.id);
    outbox_bind_text(statement, 2, order->order.created);
    outbox_bind_text(statement, 3, order->order.sn);
    outbox_bind_text(statement, 4, order->order.name);
    outbox_bind_text(statement, 5, order->order.argument);
    sqlite3_bind_int64(statement, 6, order->taken_s);
    sqlite3_bind_int64(statement, 7, order->command);
    sqlite3_bind_int64(statement, 8, order->done_s);
    sqlite3_bind_int(statement, 10, order->told);
    return outbox_bind_without(outbox, statement, 9, span_of(order->result), err) &&
           outbox_run(outbox, statement, what, err);
}

bool outbox_order_save(struct outbox *outbox, const struct outbox_order *order, struct error *err)
{
    if (!outbox_in_transaction(outbox, what, err)) {
        return false;
    }
    sqlite3_stmt *statement = outbox_statement(outbox, &save_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, order->order.id);
    outbox_bind_text(statement, 2, order->order.created);
    sqlite3_bind_int64(statement, 3, order->command);
    sqlite3_bind_int64(statement, 4, order->done_s);
    sqlite3_bind_int(statement, 6, order->told);
    return outbox_bind_without(outbox, statement, 5, span_of(order->result), err) &&
           outbox_run(outbox, statement, what, err);
}

bool outbox_orders_open(struct outbox *outbox, struct outbox_order orders[ORDERS_MAX],
                        size_t *count, struct error *err)
{
    sqlite3_stmt *statement = outbox_statement(outbox, &open_sql, err);
    bool row = true;
    bool fine = true;
    *count = 0;
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int(statement, 1, ORDERS_MAX);
    while (row && fine && *count < ORDERS_MAX) {
        fine = outbox_step(outbox, statement, &row, what, err);
        if (!fine || !row) {
            break;
        }
        struct outbox_order *order = &orders[(*count)++];
        memset(order, 0, sizeof *order);
        order->order.id = sqlite3_column_int64(statement, 0);
        order->taken_s = sqlite3_column_int64(statement, 5);
        order->command = sqlite3_column_int64(statement, 6);
        order->done_s = sqlite3_column_int64(statement, 7);
        fine =
            (outbox_column_text(statement, 1, order->order.created, sizeof order->order.created) &&
             outbox_column_text(statement, 2, order->order.sn, sizeof order->order.sn) &&
             outbox_column_text(statement, 3, order->order.name, sizeof order->order.name) &&
             outbox_column_text(statement, 4, order->order.argument,
                                sizeof order->order.argument) &&
             outbox_column_text(statement, 8, order->result, sizeof order->result)) ||
            outbox_corrupt(outbox, what, err);
    }
    sqlite3_reset(statement);
    return fine;
}
