#include "cloud/cloud.h"

#include <errmsg.h>
#include <mysqld_error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud/cloud_private.h"
#include "base/text.h"

/* What the library would take from the environment. */
static const char *const environment[] = {
    "MYSQL_PWD",          "MYSQL_TCP_PORT",   "MYSQL_UNIX_PORT",
    "MARIADB_UNIX_PORT",  "MYSQL_HOME",       "MARIADB_HOME",
    "MARIADB_PLUGIN_DIR", "LIBMYSQL_PLUGINS", "MARIADB_TLS_DISABLE_PEER_VERIFICATION",
};

/*
 * The session is the program's own, not the server's default. autocommit=0: each batch is one
 * transaction that the first statement begins, without a round trip of its own.
 */
static const char session_required[] =
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION',"
    " SESSION autocommit = 0";

/*
 * Each is set alone and may be refused: clusters that only speak the protocol lack some of these,
 * MySQL the first. A PC that loses its power, or its line, in the middle of a batch leaves a
 * transaction open that the server would keep, with its locks, for hours. It is given up, silent
 * between two statements or within one, sooner than the next connection gives up waiting for it,
 * so that the first try already succeeds.
 */
static const char *const session_wanted[] = {
    "SET SESSION idle_transaction_timeout = 15", "SET SESSION innodb_lock_wait_timeout = 20",
    "SET SESSION lock_wait_timeout = 30",        "SET SESSION net_read_timeout = 15",
    "SET SESSION net_write_timeout = 60",
};

static const char facts_with_read_only[] =
    "SELECT @@global.read_only, @@session.max_allowed_packet";
static const char facts_alone[] = "SELECT '0', @@session.max_allowed_packet";

enum {
    PACKET_ASSUMED = 1 << 20, /* should a server not say its max_allowed_packet */
    KEPT_S = 28800,           /* idle, where config.json has connections kept */
    CLOSE_MARGIN_S = 60       /* what we close ourselves the server does not close first */
};

void cloud_quote(const char *name, char *out)
{
    *out++ = '`';
    for (; *name != '\0'; name++) {
        if (*name == '`') {
            *out++ = '`';
        }
        *out++ = *name;
    }
    *out++ = '`';
    *out = '\0';
}

bool cloud_run(struct cloud *cloud, const char *sql, const char *tried, struct error *err)
{
    if (mysql_real_query(cloud->mysql, sql, (unsigned long)strlen(sql)) != 0) {
        return cloud_fail(cloud, tried, err);
    }
    return true;
}

bool cloud_may(struct cloud *cloud, const char *const *statements, size_t count, const char *tried,
               bool *there, struct error *err)
{
    *there = true;
    for (size_t i = 0; i < count; i++) {
        bool fine = cloud_run(cloud, statements[i], tried, err);
        mysql_free_result(fine ? mysql_store_result(cloud->mysql) : NULL);
        if (!fine) {
            *there = err->code != ER_NO_SUCH_TABLE;
            return false;
        }
    }
    return true;
}

bool cloud_global_init(struct error *err)
{
    cloud_environment_clear(environment, HB_COUNT(environment));
    if (mysql_library_init(0, NULL, NULL) != 0 || !cloud_login_register()) {
        return error_set(err, ERR_SYSTEM, 0, "cannot set up the database library");
    }
    return true;
}

void cloud_global_end(void)
{
    mysql_library_end();
}

struct cloud *cloud_new(const struct config_database *config, struct error *err)
{
    struct cloud *cloud = calloc(1, sizeof *cloud);
    if (cloud == NULL || (cloud->wake = wake_new()) == NULL) {
        free(cloud);
        error_set(err, ERR_MEMORY, 0, "no memory for the database connection");
        return NULL;
    }
    cloud->config = config;
    cloud_table_name(cloud);
    if (!cloud_rows_new(cloud, err)) {
        cloud_free(cloud);
        return NULL;
    }
    return cloud;
}

void cloud_free(struct cloud *cloud)
{
    if (cloud == NULL) {
        return;
    }
    cloud_disconnect(cloud);
    cloud_rows_free(cloud);
    wake_free(cloud->wake);
    free(cloud);
}

bool cloud_connected(const struct cloud *cloud)
{
    return cloud->mysql != NULL;
}

const struct cloud_facts *cloud_facts(const struct cloud *cloud)
{
    return &cloud->facts;
}

void cloud_disconnect(struct cloud *cloud)
{
    if (cloud->mysql == NULL) {
        return;
    }
    cloud_work_for(cloud);
    cloud_rows_forget(cloud);
    mysql_close(cloud->mysql);
    wake_watch(cloud->wake, WAKE_NO_SOCKET);
    cloud->mysql = NULL;
}

void cloud_interrupt(struct cloud *cloud)
{
    wake_raise(cloud->wake);
}

/* Whether it may be written to and how large a packet it takes. */
static bool ask_server(struct cloud *cloud, const char *tried, struct error *err)
{
    MYSQL *mysql = cloud->mysql;
    if (mysql_query(mysql, facts_with_read_only) != 0 &&
        (mysql_errno(mysql) != ER_UNKNOWN_SYSTEM_VARIABLE ||
         mysql_query(mysql, facts_alone) != 0)) {
        return cloud_fail(cloud, tried, err);
    }
    MYSQL_RES *result = mysql_store_result(mysql);
    MYSQL_ROW row = result != NULL ? mysql_fetch_row(result) : NULL;
    if (row == NULL) {
        mysql_free_result(result);
        return cloud_fail(cloud, tried, err);
    }
    bool writable = row[0] == NULL || strcmp(row[0], "0") == 0 || strcmp(row[0], "OFF") == 0;
    unsigned long packet = row[1] != NULL ? strtoul(row[1], NULL, 10) : 0;
    mysql_free_result(result);
    cloud->max_packet = packet > 0 ? packet : PACKET_ASSUMED;
    if (!writable) {
        return error_set(err, ERR_UNREACHABLE, ER_OPTION_PREVENTS_STATEMENT,
                         "%s: the server is read-only", tried);
    }
    return true;
}

static bool bulk_offered(struct cloud *cloud)
{
    unsigned long capabilities = 0;
    return !cloud->mask_bulk &&
           mariadb_get_infov(cloud->mysql, MARIADB_CONNECTION_EXTENDED_SERVER_CAPABILITIES,
                             (void *)&capabilities) == 0 &&
           (capabilities & (unsigned long)(MARIADB_CLIENT_STMT_BULK_OPERATIONS >> 32)) != 0;
}

/* False: the line failed, not the variable. */
static bool set_wanted(struct cloud *cloud, const char *sql, const char *tried, struct error *err)
{
    return mysql_query(cloud->mysql, sql) == 0 || mysql_errno(cloud->mysql) < CR_MIN_ERROR ||
           mysql_errno(cloud->mysql) > CR_MAX_ERROR || cloud_fail(cloud, tried, err);
}

static bool set_session(struct cloud *cloud, const char *tried, struct error *err)
{
    char wait[64];
    int close_s = cloud->config->idle_close_s;
    snprintf(wait, sizeof wait, "SET SESSION wait_timeout = %d",
             close_s > 0 ? close_s + CLOSE_MARGIN_S : KEPT_S);
    if (!cloud_run(cloud, session_required, tried, err)) {
        return false;
    }
    for (size_t i = 0; i < HB_COUNT(session_wanted); i++) {
        if (!set_wanted(cloud, session_wanted[i], tried, err)) {
            return false;
        }
    }
    return set_wanted(cloud, wait, tried, err);
}

bool cloud_open(struct cloud *cloud, size_t host, struct error *err)
{
    const struct config_host *at = &cloud->config->hosts[host];
    cloud_disconnect(cloud);
    if (wake_raised(cloud->wake)) {
        return error_set(err, ERR_STOPPED, 0, "told to stop");
    }
    cloud_work_for(cloud);
    memset(&cloud->facts, 0, sizeof cloud->facts);
    snprintf(cloud->facts.host, sizeof cloud->facts.host, "%s:%d", at->name, at->port);
    char tried[CONFIG_TEXT_MAX + 64];
    snprintf(tried, sizeof tried, "cannot connect to the database at %s", cloud->facts.host);

    cloud->mysql = mysql_init(NULL);
    if (cloud->mysql == NULL) {
        return error_set(err, ERR_MEMORY, 0, "%s: no memory", tried);
    }
    if (!cloud_login(cloud, at, tried, err)) {
        goto failed;
    }
    wake_watch(cloud->wake, WAKE_NO_SOCKET);
    if (!wake_unblock((intptr_t)mysql_get_socket(cloud->mysql))) {
        error_set(err, ERR_UNREACHABLE, 0, "%s: the socket cannot be set up", tried);
        goto failed;
    }
    utf8_clean(span_of(mysql_get_server_info(cloud->mysql)), cloud->facts.server,
               sizeof cloud->facts.server);
    cloud->facts.bulk = bulk_offered(cloud);
    if (!set_session(cloud, tried, err) || !ask_server(cloud, tried, err)) {
        goto failed;
    }
    return true;

failed:
    cloud_disconnect(cloud);
    return false;
}

/* The first host is the one that is wanted: after a while away from it it is tried again. */
static void come_back(struct cloud *cloud)
{
    if (cloud->left_us != 0 && wake_clock_us() - cloud->left_us >= CLOUD_RETURN_S * 1000000LL) {
        cloud_disconnect(cloud);
        cloud->host = 0;
        cloud->left_us = 0;
    }
}

static void use_host(struct cloud *cloud, size_t host)
{
    if (host != cloud->host || (host != 0 && cloud->left_us == 0)) {
        cloud->left_us = host != 0 ? wake_clock_us() : 0;
    }
    cloud->host = host;
}

bool cloud_connect(struct cloud *cloud, struct error *err)
{
    come_back(cloud);
    if (cloud_connected(cloud)) {
        return true;
    }
    size_t count = cloud->config->host_count;
    struct error first = ERROR_INIT;
    for (size_t i = 0; i < count; i++) {
        size_t host = (cloud->host + i) % count;
        struct error why = ERROR_INIT;
        if (cloud_open(cloud, host, &why) && cloud_table_prepare(cloud, &why)) {
            use_host(cloud, host);
            cloud->opened_us = wake_clock_us();
            cloud->samples = 0;
            /* What the last connection, or another run, left undone may have gone in. */
            if (!cloud->facts.unique_key) {
                cloud->doubt = cloud->capacity;
            }
            return true;
        }
        cloud_disconnect(cloud);
        if (why.kind == ERR_STOPPED) {
            first = why;
            break;
        }
        /* What a person must mend is more worth telling than a host that is away. */
        if (first.kind == ERR_NONE || (first.kind == ERR_UNREACHABLE && why.kind != first.kind)) {
            first = why;
        }
    }
    if (first.kind == ERR_NONE) {
        error_set(&first, ERR_INVALID, 0, "no database is configured");
    }
    if (err != NULL) {
        *err = first;
    }
    return false;
}

/* Whether what was put in is in the table as it was sent. */
static bool look_back(struct cloud *cloud, const struct punch_row *rows, size_t count,
                      size_t inserted, struct error *err)
{
    if (inserted != count) {
        return cloud_rows_confirm(cloud, rows, count, err);
    }
    if (cloud->samples >= CLOUD_SAMPLES ||
        wake_clock_us() - cloud->opened_us >= CLOUD_SAMPLE_S * 1000000LL) {
        return true;
    }
    cloud->samples++;
    return cloud_rows_sample(cloud, rows, count, err);
}

static bool put(struct cloud *cloud, const struct punch_row *rows, size_t count,
                struct cloud_common *common, size_t *inserted, struct error *err)
{
    if (!cloud_rows_put(cloud, rows, count, common, inserted, err)) {
        return false;
    }
    int64_t began = wake_clock_us();
    bool fine = look_back(cloud, rows, count, *inserted, err);
    cloud->looked_us = wake_clock_us() - began;
    /* On a cluster another node's change may have undone ours between the two, of which the commit
     * would have told. */
    if (!fine && err->code == 0 && cloud->facts.cluster && cloud->unlike < CLOUD_UNLIKE) {
        cloud->unlike++;
        err->kind = ERR_CONFLICT;
    } else if (fine) {
        cloud->unlike = 0;
    }
    return fine;
}

/* To a table that would take a row twice: those that it does not have. */
static bool put_missing(struct cloud *cloud, const struct punch_row *rows, size_t count,
                        struct cloud_common *common, size_t *inserted, struct error *err)
{
    bool *present = malloc(count * sizeof *present);
    struct punch_row *missing = malloc(count * sizeof *missing);
    bool fine = false;
    if (present == NULL || missing == NULL) {
        error_set(err, ERR_MEMORY, 0, "no memory for a batch of %zu rows", count);
    } else if (cloud_rows_present(cloud, rows, count, present, err)) {
        size_t left = 0;
        for (size_t i = 0; i < count; i++) {
            if (!present[i]) {
                missing[left++] = rows[i];
            }
        }
        fine = left == 0 || put(cloud, missing, left, common, inserted, err);
    }
    free(present);
    free(missing);
    return fine;
}

bool cloud_begin_work(struct cloud *cloud, struct error *err)
{
    if (!cloud_connected(cloud) || wake_raised(cloud->wake)) {
        cloud_disconnect(cloud);
        return wake_raised(cloud->wake)
                   ? error_set(err, ERR_STOPPED, 0, "told to stop")
                   : error_set(err, ERR_UNREACHABLE, 0, "not connected to the database");
    }
    cloud_work_for(cloud);
    return true;
}

void cloud_end_work(struct cloud *cloud, const struct error *why)
{
    bool keep = (why->kind == ERR_DATA || why->kind == ERR_TOO_LARGE || why->kind == ERR_CONFLICT ||
                 why->kind == ERR_EXISTS) &&
                mysql_rollback(cloud->mysql) == 0;
    if (!keep) {
        cloud_disconnect(cloud);
    }
    /* A host that is connected to and takes no rows is no better than one that is away. */
    if (why->kind == ERR_UNREACHABLE && cloud->config->host_count > 1) {
        use_host(cloud, (cloud->host + 1) % cloud->config->host_count);
    }
}

/*
 * In the open transaction: numbers first, then the rows. Where the bridge has no row yet, reading
 * the newest has locked a gap that other new bridges may have locked as well: each would wait for
 * the rest with its first row. So the lock is given back, the rows go in, and it is looked at
 * afterwards whether the numbers are ours alone. Likewise after a batch that met another
 * transaction, since each partition of a table has gaps of its own.
 */
static bool put_numbered(struct cloud *cloud, const struct punch_row *rows, size_t count,
                         const struct cloud_feed *feed, struct cloud_common *common,
                         struct error *err)
{
    bool doubt = !cloud->facts.unique_key && cloud->doubt > 0;
    bool there = true;
    size_t inserted = 0;
    *common = (struct cloud_common){cloud->facts.feed ? feed->bridge : NULL, 0};
    if (common->bridge != NULL && !cloud_feed_next(cloud, feed, &common->seq, &there, err)) {
        return false;
    }
    int64_t from = common->seq;
    bool unlocked = common->bridge != NULL && (!there || cloud->crossed);
    if (unlocked && mysql_rollback(cloud->mysql) != 0) {
        return cloud_fail(cloud, "cannot give back the lock of the feed", err);
    }
    return (doubt ? put_missing(cloud, rows, count, common, &inserted, err)
                  : put(cloud, rows, count, common, &inserted, err)) &&
           (!unlocked || cloud_feed_alone(cloud, feed->bridge, from, inserted, err));
}

bool cloud_insert(struct cloud *cloud, const struct punch_row *rows, size_t count,
                  struct cloud_feed *feed, struct error *err)
{
    struct error why = ERROR_INIT;
    struct cloud_common common;
    if (!cloud_begin_work(cloud, err)) {
        return false;
    }
    int64_t began = wake_clock_us();
    cloud->facts.bind_us = 0;
    cloud->looked_us = 0; /* no part of what a batch of this size costs later on */
    if (put_numbered(cloud, rows, count, feed, &common, &why)) {
        int64_t put = wake_clock_us();
        if (mysql_commit(cloud->mysql) == 0) {
            int64_t now = wake_clock_us();
            cloud->facts.commit_us = now - put;
            cloud->facts.insert_us = now - began - cloud->looked_us;
            cloud->doubt -= cloud->doubt < count ? cloud->doubt : count;
            feed->seq = common.bridge != NULL ? common.seq - 1 : feed->seq;
            cloud->crossed = false;
            return true;
        }
        cloud_fail(cloud, "cannot commit rows to the database", &why);
    }
    cloud->doubt = cloud->doubt > count ? cloud->doubt : count;
    cloud->crossed = cloud->crossed || why.kind == ERR_CONFLICT;
    cloud_end_work(cloud, &why);
    if (err != NULL) {
        *err = why;
    }
    return false;
}

const char *cloud_create_statement(const struct cloud *cloud)
{
    return cloud->create;
}

const char *cloud_key_statement(const struct cloud *cloud)
{
    return cloud->key;
}
