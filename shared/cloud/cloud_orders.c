#include "cloud/cloud_orders.h"

#include <mysqld_error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud/cloud_private.h"

const char cloud_orders_create[] =
    "CREATE TABLE IF NOT EXISTS bridge_orders ("
    "id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, bridge CHAR(16) NOT NULL,"
    " device_sn VARCHAR(50) COLLATE utf8mb4_bin NULL, order_name VARCHAR(32) NOT NULL,"
    " argument VARCHAR(100) NULL, created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,"
    " taken_at DATETIME NULL, done_at DATETIME NULL, result VARCHAR(500) NULL,"
    " KEY ix_bridge_orders_open (bridge, done_at)) DEFAULT CHARSET = utf8mb4";

static const char tried_reading[] = "cannot read the orders of head office";
static const char tried_answering[] = "cannot answer the orders of head office";

enum { SQL_MAX = 4096 };

static void say_cure(const struct cloud *cloud, const struct error *why, char *cure)
{
    const struct config_database *config = cloud->config;
    cure[0] = '\0';
    if (why->kind == ERR_LOGIN) {
        snprintf(cure, ERROR_TEXT_MAX,
                 "GRANT SELECT, UPDATE ON `%.64s`.bridge_orders TO '%.80s' (a table that is not "
                 "there is made first: docs\\database.html has the statement), or set "
                 "database.orders to false",
                 config->database, config->user);
    } else if (why->kind == ERR_TABLE) {
        snprintf(cure, ERROR_TEXT_MAX,
                 "`hipctl test-db --create` makes it; a table of that name that is somebody "
                 "else's must go, or set database.orders to false");
    }
}

/* A right or a table that lacks is no reason to connect anew. */
static bool failed(struct cloud *cloud, const struct error *why, char *cure, struct error *err)
{
    say_cure(cloud, why, cure);
    if ((why->kind != ERR_LOGIN && why->kind != ERR_TABLE) || mysql_rollback(cloud->mysql) != 0) {
        cloud_end_work(cloud, why);
    }
    if (err != NULL) {
        *err = *why;
    }
    return false;
}

/* What does not fit is cut, so that it is none that is known. */
static void take_text(const char *cell, char *out, size_t size)
{
    struct span text = span_trim(span_of(cell != NULL ? cell : ""));
    (void)span_copy((struct span){text.at, utf8_cut(text, size - 1)}, out, size);
}

static bool read_open(struct cloud *cloud, const char *bridge, struct order orders[ORDERS_MAX],
                      size_t *count, struct error *err)
{
    char sql[SQL_MAX];
    snprintf(sql, sizeof sql,
             "SELECT id, CAST(created_at AS CHAR), TIMESTAMPDIFF(SECOND, created_at,"
             " CURRENT_TIMESTAMP), taken_at IS NOT NULL, device_sn, order_name, argument"
             " FROM bridge_orders WHERE bridge = '%s' AND done_at IS NULL ORDER BY id LIMIT %d",
             bridge, ORDERS_MAX);
    *count = 0;
    if (!cloud_run(cloud, sql, tried_reading, err)) {
        return false;
    }
    MYSQL_RES *result = mysql_store_result(cloud->mysql);
    if (result == NULL) {
        return cloud_fail(cloud, tried_reading, err);
    }
    MYSQL_ROW row;
    while (*count < ORDERS_MAX && (row = mysql_fetch_row(result)) != NULL) {
        struct order *order = &orders[(*count)++];
        memset(order, 0, sizeof *order);
        order->id = row[0] != NULL ? strtoll(row[0], NULL, 10) : 0;
        take_text(row[1], order->created, sizeof order->created);
        order->age_s = row[2] != NULL ? strtoll(row[2], NULL, 10) : 0;
        order->taken = row[3] != NULL && row[3][0] == '1';
        take_text(row[4], order->sn, sizeof order->sn);
        take_text(row[5], order->name, sizeof order->name);
        take_text(row[6], order->argument, sizeof order->argument);
    }
    mysql_free_result(result);
    return cloud_run(cloud, "COMMIT", tried_reading, err);
}

bool cloud_orders_read(struct cloud *cloud, bool create, const char *bridge,
                       struct order orders[ORDERS_MAX], size_t *count, char *cure,
                       struct error *err)
{
    struct error why = ERROR_INIT;
    cure[0] = '\0';
    if (!cloud_begin_work(cloud, err)) {
        return false;
    }
    bool done = read_open(cloud, bridge, orders, count, &why);
    if (!done && why.code == ER_NO_SUCH_TABLE && create) {
        error_clear(&why);
        done = cloud_run(cloud, cloud_orders_create, tried_reading, &why) &&
               read_open(cloud, bridge, orders, count, &why);
    }
    return done || failed(cloud, &why, cure, err);
}

static bool answer_one(struct cloud *cloud, const char *bridge, const struct order_answer *answer,
                       struct error *err)
{
    char sql[SQL_MAX];
    char result[2 * ORDER_RESULT_MAX + 1] = "";
    char created[2 * ORDER_CREATED_MAX + 1];
    struct span text = span_of(answer->done ? answer->result : "");
    size_t len = utf8_cut(text, ORDER_RESULT_MAX);
    mysql_real_escape_string(cloud->mysql, result, text.at, (unsigned long)len);
    mysql_real_escape_string(cloud->mysql, created, answer->created,
                             (unsigned long)strlen(answer->created));
    int wrote = answer->done
                    ? snprintf(sql, sizeof sql,
                               "UPDATE bridge_orders SET taken_at = COALESCE(taken_at,"
                               " UTC_TIMESTAMP()), done_at = UTC_TIMESTAMP(), result = '%s'"
                               " WHERE id = %lld AND bridge = '%s' AND done_at IS NULL"
                               " AND CAST(created_at AS CHAR) = '%s'",
                               result, (long long)answer->id, bridge, created)
                    : snprintf(sql, sizeof sql,
                               "UPDATE bridge_orders SET taken_at = UTC_TIMESTAMP() WHERE id = %lld"
                               " AND bridge = '%s' AND taken_at IS NULL AND done_at IS NULL"
                               " AND CAST(created_at AS CHAR) = '%s'",
                               (long long)answer->id, bridge, created);
    return wrote > 0 && (size_t)wrote < sizeof sql
               ? cloud_run(cloud, sql, tried_answering, err)
               : error_set(err, ERR_TOO_LARGE, 0, "%s: a statement is too long", tried_answering);
}

bool cloud_orders_answer(struct cloud *cloud, const char *bridge,
                         const struct order_answer *answers, size_t count, char *cure,
                         struct error *err)
{
    struct error why = ERROR_INIT;
    cure[0] = '\0';
    if (!cloud_begin_work(cloud, err)) {
        return false;
    }
    bool done = true;
    for (size_t i = 0; done && i < count; i++) {
        done = answer_one(cloud, bridge, &answers[i], &why);
    }
    done = done && (mysql_commit(cloud->mysql) == 0 || cloud_fail(cloud, tried_answering, &why));
    return done || failed(cloud, &why, cure, err);
}

bool cloud_orders_allowed(struct cloud *cloud, bool *there, char *cure, struct error *err)
{
    static const char *const tries[] = {
        "EXPLAIN SELECT id, created_at, taken_at, device_sn, order_name, argument"
        " FROM bridge_orders WHERE bridge = '' AND done_at IS NULL",
        "EXPLAIN UPDATE bridge_orders SET taken_at = NULL, done_at = NULL, result = NULL"
        " WHERE id = 0",
    };
    struct error why = ERROR_INIT;
    cure[0] = '\0';
    if (cloud_may(cloud, tries, HB_COUNT(tries), tried_reading, there, &why)) {
        return true;
    }
    say_cure(cloud, &why, cure);
    if (err != NULL) {
        *err = why;
    }
    return false;
}
