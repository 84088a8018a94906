/* The cloud against a cluster of three nodes. Run by ../../servers/with_galera.sh, on the host
 * alone. */
#include <pthread.h>
#include <time.h>

#include "cloud_server.h"

enum { NODES = 3 };

static int ports[NODES];
static MYSQL *node[NODES];

static void at_node(size_t which, const char *text)
{
    if (mysql_query(node[which], text) != 0) {
        fail_msg("[%s] node %zu: %s", text, which, mysql_error(node[which]));
    }
}

static long long number_at(size_t which, const char *text)
{
    at_node(which, text);
    MYSQL_RES *result = mysql_store_result(node[which]);
    MYSQL_ROW row = result != NULL ? mysql_fetch_row(result) : NULL;
    long long number = row != NULL && row[0] != NULL ? strtoll(row[0], NULL, 10) : -1;
    mysql_free_result(result);
    return number;
}

static int begin_cluster(void **state)
{
    int begun = begin(state);
    config.database.connect_timeout_s = 3;
    return begun;
}

static void use_two(size_t first, size_t second)
{
    use_host(0, "localhost", ports[first]);
    use_host(1, "localhost", ports[second]);
}

/* After an insert by way of the first host fails, what is connected to next takes the rows. */
static void check_next_host(const char *input, struct cloud *cloud, int64_t most_ms)
{
    struct error err = ERROR_INIT;
    int64_t began = wake_clock_us();
    make_rows(0, 20);
    if (insert(cloud, 20, &err)) {
        fail_msg("[%s] the first host took the rows", input);
    }
    CHECK_INT(err.text, ERR_UNREACHABLE, err.kind);
    if (!cloud_connect(cloud, &err)) {
        fail_msg("[%s] %s", input, err.text);
    }
    CHECK_INT("the second host", 1, cloud->host);
    put(cloud, 20);
    int64_t took_ms = (wake_clock_us() - began) / 1000;
    CHECK_INT(input, true, took_ms < most_ms);
    CHECK_INT(input, 20, number_at(1, "SELECT COUNT(*) FROM hip.device_logs"));
}

static void a_node_that_is_no_longer_part_is_left_for_the_next(void **state)
{
    (void)state;
    use_two(1, 2);
    struct cloud *cloud = connected_cloud();
    make_rows(100, 1);
    put(cloud, 1);
    cloud_disconnect(cloud);
    /* It goes on taking connections and reads. */
    at_node(1, "SET GLOBAL wsrep_dirty_reads = ON");
    at_node(1, "SET GLOBAL wsrep_provider_options = 'gmcast.isolate=1'");
    for (size_t i = 0; i < 200; i++) {
        if (number_at(1, "SELECT VARIABLE_VALUE = 'non-Primary' FROM"
                         " information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME ="
                         " 'wsrep_cluster_status'") == 1) {
            break;
        }
        nanosleep(&(struct timespec){0, 100000000}, NULL);
    }
    struct error err = ERROR_INIT;
    if (!cloud_connect(cloud, &err)) {
        fail_msg("%s", err.text);
    }
    bool refused_at_once = cloud->host == 1;
    make_rows(0, 20);
    if (!refused_at_once) {
        assert_false(insert(cloud, 20, &err));
        CHECK_INT(err.text, ERR_UNREACHABLE, err.kind);
        if (!cloud_connect(cloud, &err)) {
            fail_msg("%s", err.text);
        }
    }
    CHECK_INT("the second host", 1, cloud->host);
    put(cloud, 20);
    CHECK_INT("all of them", 21, number_at(2, "SELECT COUNT(*) FROM hip.device_logs"));
    cloud_free(cloud);
    at_node(1, "SET GLOBAL wsrep_provider_options = 'gmcast.isolate=0'");
    for (size_t i = 0; i < 300; i++) {
        if (number_at(0, "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE"
                         " VARIABLE_NAME = 'wsrep_cluster_size'") == NODES) {
            break;
        }
        nanosleep(&(struct timespec){0, 100000000}, NULL);
    }
    at_node(1, "SET GLOBAL wsrep_dirty_reads = OFF");
}

static void a_write_that_hangs_costs_one_time_out(void **state)
{
    (void)state;
    use_two(0, 1);
    struct cloud *cloud = connected_cloud();
    at_node(0, "FLUSH TABLES WITH READ LOCK");
    check_next_host("a lock for a backup", cloud, 3000 + 2500);
    at_node(0, "UNLOCK TABLES");
    cloud_free(cloud);
}

static void a_table_that_a_cluster_does_not_carry_is_unusable(void **state)
{
    (void)state;
    static const char columns[] =
        "device_sn VARCHAR(50) COLLATE utf8mb4_bin, user_id VARCHAR(50) COLLATE utf8mb4_bin,"
        " check_time DATETIME, status INT, verify_type INT, raw_data TEXT";
    char text[512];
    snprintf(text, sizeof text,
             "CREATE TABLE hip.device_logs (%s, id INT PRIMARY KEY AUTO_INCREMENT"
             ") ENGINE = MyISAM DEFAULT CHARSET = utf8mb4",
             columns);
    at_node(0, text);
    check_no_connection("MyISAM", ERR_TABLE, "ENGINE = InnoDB");
    at_node(0, "DROP TABLE hip.device_logs");
    snprintf(text, sizeof text, "CREATE TABLE hip.device_logs (%s) DEFAULT CHARSET = utf8mb4",
             columns);
    at_node(0, text);
    cloud_free(connected_cloud());
    at_node(0, "SET GLOBAL wsrep_certify_nonPK = OFF");
    check_no_connection("no primary key", ERR_TABLE, "ADD id BIGINT");
    at_node(0, "SET GLOBAL wsrep_certify_nonPK = ON");
}

static void a_transaction_too_large_for_the_cluster_is_too_large(void **state)
{
    (void)state;
    static const char *const limits[] = {"wsrep_max_ws_rows = 50", "wsrep_max_ws_size = 8192"};
    static const char *const off[] = {"wsrep_max_ws_rows = 0", "wsrep_max_ws_size = 2147483647"};
    struct cloud *cloud = connected_cloud();
    for (size_t i = 0; i < HB_COUNT(limits); i++) {
        char text[128];
        struct error err = ERROR_INIT;
        snprintf(text, sizeof text, "SET GLOBAL %s", limits[i]);
        at_node(0, text);
        make_rows(i * 1000, 1000);
        assert_false(insert(cloud, 1000, &err));
        CHECK_INT(err.text, ERR_TOO_LARGE, err.kind);
        CHECK_INT(err.text, true, cloud_connected(cloud) || cloud_connect(cloud, NULL));
        put(cloud, 20);
        snprintf(text, sizeof text, "SET GLOBAL %s", off[i]);
        at_node(0, text);
    }
    cloud_free(cloud);
}

/* ---- the same rows by two nodes ---- */

static volatile bool stop;

static void *write_beside(void *unused)
{
    (void)unused;
    for (size_t i = 0; !stop; i++) {
        char text[256];
        snprintf(text, sizeof text,
                 "UPDATE hip.device_logs SET verify_type = %zu WHERE id %% 2 = %zu", i % 200,
                 i % 2);
        mysql_query(node[1], text); /* its own conflicts are no matter */
    }
    return NULL;
}

static void a_conflict_is_no_trouble(void **state)
{
    (void)state;
    pthread_t thread;
    size_t conflicts = 0;
    struct cloud *cloud = connected_cloud();
    make_rows(0, 200);
    put(cloud, 200);
    stop = false;
    assert_int_equal(pthread_create(&thread, NULL, write_beside, NULL), 0);
    int64_t end = wake_clock_us() + 20000000;
    while (conflicts < 3 && wake_clock_us() < end) {
        struct error err = ERROR_INIT;
        make_rows(0, 400); /* half are there: their rows are locked, too */
        if (!insert(cloud, 400, &err)) {
            conflicts++;
            if (err.kind != ERR_CONFLICT || !cloud_connected(cloud)) {
                stop = true;
                pthread_join(thread, NULL);
                fail_msg("%d: %s", (int)err.kind, err.text);
            }
        } else {
            at_node(2, "DELETE FROM hip.device_logs WHERE id % 3 = 0");
        }
    }
    stop = true;
    pthread_join(thread, NULL);
    CHECK_INT("met", true, conflicts > 0);
    /* The other nodes' last changes are still on their way. */
    struct error last = ERROR_INIT;
    make_rows(0, 400);
    for (size_t i = 0; !insert(cloud, 400, &last); i++) {
        CHECK_INT(last.text, ERR_CONFLICT, last.kind);
        CHECK_INT(last.text, true, i < 20);
    }
    CHECK_INT("each once", 400, number_at(0, "SELECT COUNT(*) FROM hip.device_logs"));
    cloud_free(cloud);
}

int main(void)
{
    const char *text = getenv("HIPBRIDGE_GALERA_PORTS");
    int unready = server_begin();
    if (unready != 0 || text == NULL ||
        sscanf(text, "%d %d %d", &ports[0], &ports[1], &ports[2]) != NODES) {
        return unready != 0 ? unready : SERVER_NONE;
    }
    for (size_t i = 0; i < NODES; i++) {
        unsigned int tcp = MYSQL_PROTOCOL_TCP;
        node[i] = mysql_init(NULL);
        mysql_optionsv(node[i], MYSQL_OPT_PROTOCOL, &tcp);
        if (mysql_real_connect(node[i], "127.0.0.1", "root", "", "hip", (unsigned)ports[i], NULL,
                               0) == NULL) {
            fprintf(stderr, "node %zu cannot be reached: %s\n", i, mysql_error(node[i]));
            return 1;
        }
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_table_that_a_cluster_does_not_carry_is_unusable, begin_cluster),
        cmocka_unit_test_setup(a_transaction_too_large_for_the_cluster_is_too_large, begin_cluster),
        cmocka_unit_test_setup(a_conflict_is_no_trouble, begin_cluster),
        cmocka_unit_test_setup(a_write_that_hangs_costs_one_time_out, begin_cluster),
        cmocka_unit_test_setup(a_node_that_is_no_longer_part_is_left_for_the_next, begin_cluster),
    };
    int failed = cmocka_run_group_tests_name("cloud_galera", tests, NULL, NULL);
    for (size_t i = 0; i < NODES; i++) {
        mysql_close(node[i]);
    }
    server_end();
    return failed;
}
