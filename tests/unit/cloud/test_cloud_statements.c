/*
 * What is sent to the database: each kind of statement of a bridge's ordinary life, as the server's
 * own log has them, printed (`ctest -V -R cloud_statements`) and held against the list below. For
 * whoever asks whether another engine takes them: docs/scale.md.
 */
#include <ctype.h>

#include "cloud/cloud_orders.h"
#include "cloud/cloud_status.h"
#include "cloud_server.h"

enum { KINDS_MAX = 64, KIND_BYTES = 512, SHOWN = 110 };

static char kinds[KINDS_MAX][KIND_BYTES];
static size_t kind_count;

/* What each begins with, once texts and numbers are "?"; in the order of the alphabet. */
static const char *const expected[] = {
    "COMMIT",
    "CREATE TABLE IF NOT EXISTS `device_logs` (",
    "CREATE TABLE IF NOT EXISTS bridge_orders (",
    "CREATE TABLE IF NOT EXISTS bridge_status (",
    "CREATE TABLE IF NOT EXISTS device_status (",
    "INSERT INTO `device_logs` (",
    "INSERT INTO bridge_status (",
    "INSERT INTO device_status (",
    "ROLLBACK",
    "SELECT @@global.read_only, @@session.max_allowed_packet",
    "SELECT COUNT(*) FROM `device_logs` WHERE `bridge` = ? AND `seq` >= ? FOR UPDATE",
    "SELECT `device_sn`, `user_id`, `check_time`, `status`, `verify_type` FROM `device_logs` WHERE",
    "SELECT `seq`, `device_sn`, `user_id`, `check_time` FROM `device_logs` WHERE",
    "SELECT column_name, data_type, column_type, character_maximum_length,",
    "SELECT id, CAST(created_at AS CHAR), TIMESTAMPDIFF(SECOND, created_at, CURRENT_TIMESTAMP),",
    "SELECT s.index_name, s.column_name, s.sub_part IS NULL,",
    "SELECT t.table_type, t.engine, e.transactions FROM information_schema.tables",
    "SET SESSION idle_transaction_timeout = ?",
    "SET SESSION innodb_lock_wait_timeout = ?",
    "SET SESSION lock_wait_timeout = ?",
    "SET SESSION net_read_timeout = ?",
    "SET SESSION net_write_timeout = ?",
    "SET SESSION sql_mode = ?, SESSION autocommit = ?",
    "SET SESSION wait_timeout = ?",
    "SHOW SESSION VARIABLES WHERE Variable_name IN (?, ?, ?)",
    "UPDATE bridge_orders SET taken_at =",
    "UPDATE device_status SET proof = ?, complete_through = NULL WHERE",
};

/* Texts and numbers become "?", rows alike one, blanks one. */
static void simplify(const char *text, char *out, size_t size)
{
    size_t used = 0;
    for (const char *at = text; *at != '\0' && used + 2 < size;) {
        bool word = used > 0 && (isalnum((unsigned char)out[used - 1]) || out[used - 1] == '_');
        if (*at == '\'' || (isdigit((unsigned char)*at) && !word)) {
            bool quoted = *at == '\'';
            at++;
            while (*at != '\0' && (quoted ? *at != '\'' : isdigit((unsigned char)*at))) {
                at++;
            }
            at += quoted && *at != '\0';
            out[used++] = '?';
        } else if (isspace((unsigned char)*at)) {
            at++;
            if (used > 0 && out[used - 1] != ' ') {
                out[used++] = ' ';
            }
        } else {
            out[used++] = *at++;
        }
    }
    out[used] = '\0';
}

static int by_text(const void *left, const void *right)
{
    return strcmp(left, right);
}

/* Those of our account since the log was cleared. */
static void read_log(void)
{
    sql("SELECT CONVERT(argument USING utf8mb4) FROM mysql.general_log WHERE user_host LIKE"
        " '%hip[hip]%' AND command_type IN ('Query', 'Prepare')");
    MYSQL_RES *result = mysql_store_result(root);
    MYSQL_ROW row;
    assert_non_null(result);
    while ((row = mysql_fetch_row(result)) != NULL) {
        char kind[KIND_BYTES];
        size_t at = 0;
        simplify(row[0], kind, sizeof kind);
        while (at < kind_count && strncmp(kinds[at], kind, SHOWN) != 0) {
            at++;
        }
        if (at == kind_count) {
            assert_true(kind_count < KINDS_MAX);
            memcpy(kinds[kind_count++], kind, sizeof kind);
        }
    }
    mysql_free_result(result);
    qsort(kinds, kind_count, sizeof kinds[0], by_text);
}

static void the_list_is_short(void **state)
{
    static struct order orders[ORDERS_MAX];
    struct error err = ERROR_INIT;
    char cure[ERROR_TEXT_MAX];
    size_t count = 0;
    (void)state;
    feed.seq = 0;
    sql("DROP TABLE IF EXISTS bridge_status, device_status, bridge_orders");
    sql("SET GLOBAL log_output = 'TABLE'");
    sql("TRUNCATE mysql.general_log");
    sql("SET GLOBAL general_log = 1");
    for (int masked = 0; masked < 2; masked++) {
        struct bridge_facts bridge = {.name = "PC", .version = "1.0", .running = true};
        struct terminal_facts terminal = {.sn = "TEST0001", .source = "push", .proof = "counted"};
        struct cloud *cloud = new_cloud();
        cloud->mask_bulk = masked;
        assert_true(cloud_connect(cloud, &err));
        make_rows((size_t)masked * 10, 3);
        put(cloud, 3); /* a new bridge's first, */
        make_rows((size_t)masked * 10 + 2, 3);
        put(cloud, 3); /* and some of which one is there */
        assert_true(cloud_report(cloud, true, feed.bridge, &bridge, &terminal, 1, cure, &err));
        assert_true(cloud_orders_read(cloud, true, feed.bridge, orders, &count, cure, &err));
        sql("INSERT INTO bridge_orders (bridge, order_name) VALUES ('00112233445566aa', "
            "'sync-now')");
        assert_true(cloud_orders_read(cloud, true, feed.bridge, orders, &count, cure, &err));
        CHECK_INT("orders", 1, count);
        const struct order_answer answer = {
            .id = orders[0].id, .created = orders[0].created, .done = true, .result = "done"};
        assert_true(cloud_orders_answer(cloud, feed.bridge, &answer, 1, cure, &err));
        cloud_free(cloud);
    }
    sql("SET GLOBAL general_log = 0");
    read_log();
    for (size_t i = 0; i < kind_count; i++) {
        printf("%.*s%s\n", (int)SHOWN, kinds[i], strlen(kinds[i]) > SHOWN ? " ..." : "");
    }
    for (size_t i = 0; i < kind_count && i < HB_COUNT(expected); i++) {
        if (strncmp(kinds[i], expected[i], strlen(expected[i])) != 0) {
            fail_msg("not of the list, or not in its place: \"%s\"; expected \"%s\"", kinds[i],
                     expected[i]);
        }
    }
    CHECK_INT("so many", HB_COUNT(expected), kind_count);
}

int main(void)
{
    int code = server_begin();
    if (code != 0) {
        return code;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_list_is_short, begin),
    };
    code = cmocka_run_group_tests_name("cloud_statements", tests, NULL, NULL);
    server_end();
    return code;
}
