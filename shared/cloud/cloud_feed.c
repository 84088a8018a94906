#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud/cloud_private.h"

/*
 * Not MAX(seq): the newest row itself is locked, and the gap behind it, by the key (bridge, seq).
 * So this waits for a transaction of ours that is still open at the server although its connection
 * was lost, and sees what it has committed.
 */
static const char newest_query[] =
    "SELECT %s, %s, %s, %s FROM %s WHERE %s = ? ORDER BY %s DESC LIMIT 1 FOR UPDATE";

/* Those of this bridge from a number on, and the gap behind them: a wait for whoever puts some in.
 */
static const char count_query[] = "SELECT COUNT(*) FROM %s WHERE %s = ? AND %s >= ? FOR UPDATE";

enum { CELL_SEQ, CELL_SN, CELL_USER, CELL_TIME, CELLS, CELL_MAX = 64 };

struct newest {
    bool there;
    char cell[CELLS][CELL_MAX];
    bool cut;
};

static bool fetch(struct cloud *cloud, MYSQL_STMT *statement, struct newest *newest)
{
    unsigned long length[CELLS] = {0};
    MYSQL_BIND result[CELLS];
    (void)cloud;
    memset(result, 0, sizeof result);
    for (size_t i = 0; i < CELLS; i++) {
        result[i].buffer_type = MYSQL_TYPE_STRING;
        result[i].buffer = newest->cell[i];
        result[i].buffer_length = CELL_MAX - 1;
        result[i].length = &length[i];
    }
    if (mysql_stmt_bind_result(statement, result) != 0 || mysql_stmt_store_result(statement) != 0) {
        return false;
    }
    int got = mysql_stmt_fetch(statement);
    newest->there = got == 0 || got == MYSQL_DATA_TRUNCATED;
    newest->cut = got == MYSQL_DATA_TRUNCATED;
    mysql_stmt_free_result(statement);
    return got == 0 || got == MYSQL_DATA_TRUNCATED || got == MYSQL_NO_DATA;
}

static bool read_newest(struct cloud *cloud, const char *bridge, struct newest *newest,
                        struct error *err)
{
    static const char tried[] = "cannot read the newest number of the feed";
    char sql[CLOUD_STATEMENT_MAX];
    unsigned long len = (unsigned long)strlen(bridge);
    MYSQL_BIND parameter = {.buffer_type = MYSQL_TYPE_STRING,
                            .buffer = (void *)(uintptr_t)bridge,
                            .buffer_length = len,
                            .length = &len};
    memset(newest, 0, sizeof *newest);
    if (cloud->newest == NULL) {
        snprintf(sql, sizeof sql, newest_query, cloud->column[COLUMN_SEQ], cloud->column[COLUMN_SN],
                 cloud->column[COLUMN_USER], cloud->column[COLUMN_TIME], cloud->table,
                 cloud->column[COLUMN_BRIDGE], cloud->column[COLUMN_SEQ]);
        cloud->newest = mysql_stmt_init(cloud->mysql);
        if (cloud->newest == NULL) {
            return error_set(err, ERR_MEMORY, 0, "%s: no memory", tried);
        }
        if (mysql_stmt_prepare(cloud->newest, sql, (unsigned long)strlen(sql)) != 0) {
            return cloud_fail_statement(cloud, cloud->newest, tried, err);
        }
    }
    if (mysql_stmt_bind_param(cloud->newest, &parameter) != 0 ||
        mysql_stmt_execute(cloud->newest) != 0 || !fetch(cloud, cloud->newest, newest)) {
        return cloud_fail_statement(cloud, cloud->newest, tried, err);
    }
    return true;
}

/* Whether the row of this number is one that we sent and never heard of. */
static bool is_ours(const struct newest *newest, const struct cloud_feed *feed)
{
    struct punch punch;
    memset(&punch, 0, sizeof punch);
    return !newest->cut && walltime_parse_iso(span_of(newest->cell[CELL_TIME]), &punch.time) &&
           span_copy(span_of(newest->cell[CELL_SN]), punch.device_sn, sizeof punch.device_sn) &&
           span_copy(span_of(newest->cell[CELL_USER]), punch.user_id, sizeof punch.user_id) &&
           feed->waits(feed->context, &punch);
}

bool cloud_feed_next(struct cloud *cloud, const struct cloud_feed *feed, int64_t *next, bool *there,
                     struct error *err)
{
    struct newest newest;
    if (!read_newest(cloud, feed->bridge, &newest, err)) {
        return false;
    }
    *there = newest.there;
    int64_t seq = newest.there ? strtoll(newest.cell[CELL_SEQ], NULL, 10) : 0;
    if (seq > feed->seq && !is_ours(&newest, feed)) {
        return error_set(err, ERR_EXISTS, 0,
                         "another program gives numbers under the name %s in %s: it has given %lld",
                         feed->bridge, cloud->table, (long long)seq);
    }
    *next = (seq > feed->seq ? seq : feed->seq) + 1;
    return true;
}

static const char counting[] = "cannot count the newest numbers of the feed";

static bool count_from(struct cloud *cloud, MYSQL_STMT *statement, const char *bridge, int64_t from,
                       int64_t *count, struct error *err)
{
    char sql[CLOUD_STATEMENT_MAX];
    unsigned long len = (unsigned long)strlen(bridge);
    MYSQL_BIND parameters[] = {{.buffer_type = MYSQL_TYPE_STRING,
                                .buffer = (void *)(uintptr_t)bridge,
                                .buffer_length = len,
                                .length = &len},
                               {.buffer_type = MYSQL_TYPE_LONGLONG, .buffer = &from}};
    MYSQL_BIND result = {.buffer_type = MYSQL_TYPE_LONGLONG, .buffer = count};
    snprintf(sql, sizeof sql, count_query, cloud->table, cloud->column[COLUMN_BRIDGE],
             cloud->column[COLUMN_SEQ]);
    return (mysql_stmt_prepare(statement, sql, (unsigned long)strlen(sql)) == 0 &&
            mysql_stmt_bind_param(statement, parameters) == 0 &&
            mysql_stmt_execute(statement) == 0 && mysql_stmt_bind_result(statement, &result) == 0 &&
            mysql_stmt_store_result(statement) == 0 && mysql_stmt_fetch(statement) == 0) ||
           cloud_fail_statement(cloud, statement, counting, err);
}

bool cloud_feed_alone(struct cloud *cloud, const char *bridge, int64_t from, size_t inserted,
                      struct error *err)
{
    MYSQL_STMT *statement = mysql_stmt_init(cloud->mysql);
    int64_t count = 0;
    if (statement == NULL) {
        return error_set(err, ERR_MEMORY, 0, "%s: no memory", counting);
    }
    bool fine = count_from(cloud, statement, bridge, from, &count, err);
    mysql_stmt_close(statement);
    if (fine && count > (int64_t)inserted) {
        return error_set(err, ERR_CONFLICT, 0,
                         "another program gave numbers under the name %s at the same time", bridge);
    }
    return fine;
}
