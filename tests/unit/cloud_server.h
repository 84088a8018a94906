/*
 * cloud_server: the real server that with_mariadb.sh runs, as its administrator sees it, and a
 * configuration that leads to it.
 *
 *     int unready = server_begin();     a main returns this if it is not 0
 *     … cmocka_unit_test_setup(test, begin) …
 *     server_end();
 */
#ifndef HIPBRIDGE_TEST_CLOUD_SERVER_H
#define HIPBRIDGE_TEST_CLOUD_SERVER_H

#include "check.h"
#include "cloud/cloud_private.h"

enum { SERVER_NONE = 77 }; /* what ctest takes for skipped */

static int server_port;
static const char *server_ca;
static const char *other_ca;
static MYSQL *root;

static inline void sql(const char *text)
{
    if (mysql_query(root, text) != 0) {
        fail_msg("[%s] %s", text, mysql_error(root));
    }
}

static inline long long sql_number(const char *text)
{
    sql(text);
    MYSQL_RES *result = mysql_store_result(root);
    assert_non_null(result);
    MYSQL_ROW row = mysql_fetch_row(result);
    long long number = row != NULL && row[0] != NULL ? strtoll(row[0], NULL, 10) : -1;
    mysql_free_result(result);
    return number;
}

static inline void sql_text(const char *text, char *out, size_t size)
{
    sql(text);
    MYSQL_RES *result = mysql_store_result(root);
    assert_non_null(result);
    MYSQL_ROW row = mysql_fetch_row(result);
    snprintf(out, size, "%s", row != NULL && row[0] != NULL ? row[0] : "(none)");
    mysql_free_result(result);
}

/* ---- what each test begins with ---- */

static struct config config;

static inline void use_host(size_t index, const char *name, int port)
{
    snprintf(config.database.hosts[index].name, CONFIG_TEXT_MAX, "%s", name);
    config.database.hosts[index].port = port;
    if (config.database.host_count <= index) {
        config.database.host_count = index + 1;
    }
}

static inline int begin(void **state)
{
    (void)state;
    memset(&config, 0, sizeof config);
    use_host(0, "localhost", server_port);
    strcpy(config.database.user, "hip");
    strcpy(config.database.password, "right");
    strcpy(config.database.database, "hip");
    strcpy(config.database.table, "device_logs");
    snprintf(config.database.tls_ca, sizeof config.database.tls_ca, "%s", server_ca);
    config.database.create_table = true;
    config.database.tls = CONFIG_TLS_VERIFY;
    config.database.connect_timeout_s = 5;
    config.database.batch_rows = 1000;
    sql("DROP TABLE IF EXISTS device_logs");
    sql("SET GLOBAL read_only = 0");
    return 0;
}

static inline struct cloud *new_cloud(void)
{
    struct error err = ERROR_INIT;
    struct cloud *cloud = cloud_new(&config.database, &err);
    assert_non_null(cloud);
    return cloud;
}

static inline struct cloud *connected_cloud(void)
{
    struct error err = ERROR_INIT;
    struct cloud *cloud = new_cloud();
    if (!cloud_connect(cloud, &err)) {
        fail_msg("connect: %s", err.text);
    }
    return cloud;
}

/* A failure of cloud_connect with this configuration: its kind, and words that must be in its text.
 */
static inline void check_no_connection(const char *input, enum error_kind kind, const char *words)
{
    struct error err = ERROR_INIT;
    struct cloud *cloud = new_cloud();
    if (cloud_connect(cloud, &err)) {
        fail_msg("[%s] expected \"%s\", got a connection", input, words);
    }
    CHECK_INT(input, kind, err.kind);
    CHECK_INT(input, false, cloud_connected(cloud));
    if (strstr(err.text, words) == NULL) {
        fail_msg("[%s] expected words \"%s\", got \"%s\"", input, words, err.text);
    }
    if (strstr(err.text, "right\"") != NULL) {
        fail_msg("[%s] the password is in \"%s\"", input, err.text);
    }
    cloud_free(cloud);
}

/* ---- rows ---- */

enum { ROWS_MAX = 3000 };
static struct punch_row rows[ROWS_MAX];

/* Rows from..from+count, distinct punches. */
static inline void make_rows(size_t from, size_t count)
{
    memset(rows, 0, sizeof rows);
    for (size_t i = 0; i < count; i++) {
        struct punch *punch = &rows[i].punch;
        rows[i].id = (int64_t)(from + i + 1);
        snprintf(punch->device_sn, sizeof punch->device_sn, "TEST%04d", (int)((from + i) % 7));
        snprintf(punch->user_id, sizeof punch->user_id, "%05d", (int)((from + i) % 100));
        punch->time = 1700000000 + (int64_t)(from + i) * 60;
        punch->status = (int32_t)((from + i) % 256);
        punch->verify = 200;
        punch->raw = SPAN("7\t2023-11-14 22:13:20\t0\t200 \xe0\xb8\x81 'quoted'");
    }
}

/* What the tests' bridge knows of its numbers, and whether it takes a number above them for its
 * own. */
static struct cloud_feed feed = {.bridge = "00112233445566aa"};
static bool feed_is_ours;

static inline bool feed_waits(void *context, const struct punch *punch)
{
    (void)context;
    (void)punch;
    return feed_is_ours;
}

static inline bool insert(struct cloud *cloud, size_t count, struct error *err)
{
    feed.waits = feed_waits;
    return cloud_insert(cloud, rows, count, &feed, err);
}

static inline void put(struct cloud *cloud, size_t count)
{
    struct error err = ERROR_INIT;
    if (!insert(cloud, count, &err)) {
        fail_msg("insert of %zu: %s", count, err.text);
    }
}

static const char count_rows[] = "SELECT COUNT(*) FROM device_logs";

/* ---- a main's beginning and end ---- */

/* 0, or what to exit with. */
static inline int server_begin(void)
{
    const char *port = getenv("HIPBRIDGE_DB_PORT");
    server_ca = getenv("HIPBRIDGE_DB_CA");
    other_ca = getenv("HIPBRIDGE_DB_OTHER_CA");
    if (port == NULL || server_ca == NULL || other_ca == NULL) {
        fprintf(stderr, "no server: run by with_mariadb.sh\n");
        return SERVER_NONE;
    }
    server_port = atoi(port);
    if (!cloud_global_init(NULL) || (root = mysql_init(NULL)) == NULL) {
        return 1;
    }
    unsigned int tcp = MYSQL_PROTOCOL_TCP;
    mysql_optionsv(root, MYSQL_OPT_PROTOCOL, &tcp);
    if (mysql_real_connect(root, "127.0.0.1", "root", "", "hip", (unsigned)server_port, NULL, 0) ==
        NULL) {
        fprintf(stderr, "the server cannot be reached: %s\n", mysql_error(root));
        return 1;
    }
    return 0;
}

static inline void server_end(void)
{
    mysql_close(root);
    cloud_global_end();
}

#endif
