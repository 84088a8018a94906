/* What all rows of a batch have alike stands in the text of their INSERT: it is said of no other
 * batch, and of none that it is not true of. Run by with_mariadb.sh. */
#include "cloud_server.h"

enum { BATCH = CLOUD_ALIKE_ROWS, ALL_BOUND = COLUMNS };

static struct cloud *masked_cloud(int masked)
{
    begin(NULL);
    feed.bridge = "00112233445566aa";
    feed.seq = 0;
    struct cloud *cloud = new_cloud();
    cloud->mask_bulk = masked;
    assert_true(cloud_connect(cloud, NULL));
    return cloud;
}

/* Of the statement that was run last: placeholders a row. */
static size_t placeholders(const struct cloud *cloud)
{
    const struct cloud_prepared *newest = &cloud->prepared[0];
    for (size_t i = 1; i < CLOUD_PREPARED_MAX; i++) {
        newest = cloud->prepared[i].used > newest->used ? &cloud->prepared[i] : newest;
    }
    return mysql_stmt_param_count(newest->statement) / (newest->rows > 0 ? newest->rows : 1);
}

static size_t kept(const struct cloud *cloud)
{
    size_t count = 0;
    for (size_t i = 0; i < CLOUD_PREPARED_MAX; i++) {
        count += cloud->prepared[i].statement != NULL;
    }
    return count;
}

/* How often each combination is there. */
static void check_table(const char *input, const char *expected)
{
    char text[512];
    sql_text("SELECT GROUP_CONCAT(line ORDER BY line SEPARATOR '; ') FROM (SELECT CONCAT(COUNT(*),"
             " '|', COALESCE(`utc_time`, '-'), '|', COALESCE(work_code, '-'), '|',"
             " COALESCE(device_name, '-'), '|', COALESCE(source, '-'), '|', COALESCE(bridge, '-'),"
             " '|', COUNT(DISTINCT seq)) line FROM device_logs GROUP BY `utc_time`, work_code,"
             " device_name, source, bridge) found",
             text, sizeof text);
    CHECK_TEXT(input, expected, text);
}

static void give_utc(struct punch_row *row)
{
    row->has_utc = true;
    row->utc = 1700000000;
}

static void give_work(struct punch_row *row)
{
    strcpy(row->punch.work_code, "7'");
}

static void give_name(struct punch_row *row)
{
    row->device_name = "ประตู";
}

static void give_source(struct punch_row *row)
{
    row->punch.way = PUNCH_PULLED;
}

static void give_nothing(struct punch_row *row)
{
    (void)row;
}

static void one_row_that_differs_keeps_what_it_has(void **state)
{
    static const struct {
        const char *input;
        void (*give)(struct punch_row *row);
        size_t placeholders;
        const char *expected;
    } cases[] = {
        {"all alike", give_nothing, 7, "100|-|-|-|push|00112233445566aa|100"},
        {"one has UTC", give_utc, 8,
         "1|2023-11-14 22:13:20|-|-|push|00112233445566aa|1;"
         " 99|-|-|-|push|00112233445566aa|99"},
        {"one has a work code", give_work, 8,
         "1|-|7'|-|push|00112233445566aa|1; 99|-|-|-|push|00112233445566aa|99"},
        {"one has a name", give_name, 8,
         "1|-|-|ประตู|push|00112233445566aa|1; 99|-|-|-|push|00112233445566aa|99"},
        {"one came otherwise", give_source, 8,
         "1|-|-|-|pull|00112233445566aa|1; 99|-|-|-|push|00112233445566aa|99"},
    };
    static const size_t places[] = {0, BATCH / 2, BATCH - 1};
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases) * HB_COUNT(places) * 2; i++) {
        size_t at = i / 2 / HB_COUNT(places);
        struct cloud *cloud = masked_cloud(i % 2 != 0);
        make_rows(0, BATCH);
        put(cloud, BATCH); /* the shape before must not be taken for this one's */
        sql("DELETE FROM device_logs");
        cases[at].give(&rows[places[i / 2 % HB_COUNT(places)]]);
        put(cloud, BATCH);
        check_table(cases[at].input, cases[at].expected);
        CHECK_INT(cases[at].input, cases[at].placeholders, placeholders(cloud));
        cloud_free(cloud);
    }
}

/* All of them alike, but not as those of the batch before. */
static void a_batch_says_what_is_its_own(void **state)
{
    (void)state;
    for (int masked = 0; masked < 2; masked++) {
        struct cloud *cloud = masked_cloud(masked);
        for (size_t way = 0; way < PUNCH_WAYS; way++) {
            make_rows(way * BATCH, BATCH);
            for (size_t i = 0; i < BATCH; i++) {
                rows[i].punch.way = (enum punch_way)way;
            }
            put(cloud, BATCH);
            CHECK_INT("alike", 7, placeholders(cloud));
        }
        check_table("each way", "100|-|-|-|access|00112233445566aa|100;"
                                " 100|-|-|-|log|00112233445566aa|100;"
                                " 100|-|-|-|pull|00112233445566aa|100;"
                                " 100|-|-|-|push|00112233445566aa|100");
        cloud_free(cloud);
    }
}

/* The database knew a higher number, so the bridge took another name on the same connection. */
static void a_new_name_of_the_bridge_is_the_one_that_is_said(void **state)
{
    (void)state;
    for (int masked = 0; masked < 2; masked++) {
        struct error err = ERROR_INIT;
        struct cloud *cloud = masked_cloud(masked);
        make_rows(0, BATCH);
        put(cloud, BATCH);
        sql("INSERT INTO device_logs (device_sn, user_id, check_time, bridge, seq) VALUES"
            " ('CLONE', '1', '2026-01-01', '00112233445566aa', 1000)");
        make_rows(BATCH, BATCH);
        assert_false(insert(cloud, BATCH, &err));
        CHECK_INT(err.text, ERR_EXISTS, err.kind);
        CHECK_INT("the same connection", true, cloud_connected(cloud));
        feed.bridge = "ffff000000000001";
        feed.seq = 0;
        put(cloud, BATCH);
        sql("DELETE FROM device_logs WHERE device_sn = 'CLONE'");
        check_table("under two names", "100|-|-|-|push|00112233445566aa|100;"
                                       " 100|-|-|-|push|ffff000000000001|100");
        CHECK_INT("alike", 7, placeholders(cloud));
        cloud_free(cloud);
    }
}

/* An outbox that somebody has edited: it does not get into a statement's text. */
static void no_name_but_ours_is_said(void **state)
{
    static const char *const names[] = {
        "00112233445566A'", "'),('1','1','1',", "0011223344556677\\",
        "00112233",         "0011223344556 77",
    };
    (void)state;
    for (size_t i = 0; i < 2 * HB_COUNT(names); i++) {
        const char *name = names[i / 2];
        char expected[64];
        char query[256];
        struct cloud *cloud = masked_cloud(i % 2 != 0);
        sql("ALTER TABLE device_logs MODIFY bridge CHAR(17) CHARACTER SET ascii COLLATE ascii_bin");
        cloud_disconnect(cloud);
        assert_true(cloud_connect(cloud, NULL));
        feed.bridge = name;
        make_rows(0, BATCH);
        put(cloud, BATCH);
        CHECK_INT(name, 8, placeholders(cloud));
        snprintf(expected, sizeof expected, "%d|%s", BATCH, name);
        snprintf(query, sizeof query,
                 "SELECT CONCAT(COUNT(*), '|', bridge) FROM device_logs GROUP BY bridge");
        char text[64];
        sql_text(query, text, sizeof text);
        CHECK_TEXT(name, expected, text);
        cloud_free(cloud);
    }
}

/* A table that somebody else has made may hold names in any set of characters. */
static void a_name_goes_into_any_set_of_characters(void **state)
{
    static const char *const types[] = {
        "CHAR(16) CHARACTER SET utf16",
        "VARCHAR(20) CHARACTER SET latin1",
        "CHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci",
        "CHAR(16) CHARACTER SET tis620",
    };
    (void)state;
    for (size_t i = 0; i < 2 * HB_COUNT(types); i++) {
        char text[160];
        struct cloud *cloud = masked_cloud(i % 2 != 0);
        snprintf(text, sizeof text, "ALTER TABLE device_logs MODIFY bridge %s", types[i / 2]);
        sql(text);
        cloud_disconnect(cloud);
        assert_true(cloud_connect(cloud, NULL));
        make_rows(0, BATCH);
        put(cloud, BATCH);
        CHECK_INT(types[i / 2], BATCH,
                  sql_number("SELECT COUNT(*) FROM device_logs WHERE"
                             " CONVERT(bridge USING utf8mb4) = '00112233445566aa'"));
        CHECK_INT(types[i / 2], 7, placeholders(cloud));
        cloud_free(cloud);
    }
}

/* A punch now and then is worth no statement of its own. */
static void few_rows_share_one_statement(void **state)
{
    static void (*const give[])(struct punch_row *) = {give_nothing, give_utc, give_work, give_name,
                                                       give_source};
    (void)state;
    for (int masked = 0; masked < 2; masked++) {
        struct cloud *cloud = masked_cloud(masked);
        for (size_t i = 0; i < HB_COUNT(give); i++) {
            make_rows(i * 5, 5);
            give[i](&rows[0]);
            put(cloud, 5);
        }
        CHECK_INT("one statement", 1, kept(cloud));
        CHECK_INT("of all columns", ALL_BOUND, placeholders(cloud));
        make_rows(1000, BATCH - 1);
        put(cloud, BATCH - 1);
        CHECK_INT("up to the bound", ALL_BOUND, placeholders(cloud));
        cloud_free(cloud);
    }
}

/* However many shapes a connection's batches have, few are kept, and each row is as it was. */
static void the_shapes_kept_are_few(void **state)
{
    enum { SHAPES = 16, ROUNDS = 2 };
    (void)state;
    for (int masked = 0; masked < 2; masked++) {
        struct cloud *cloud = masked_cloud(masked);
        for (size_t i = 0; i < ROUNDS * SHAPES; i++) {
            make_rows(i * BATCH, BATCH);
            (i % SHAPES & 1 ? give_utc : give_nothing)(&rows[1]);
            (i % SHAPES & 2 ? give_work : give_nothing)(&rows[2]);
            (i % SHAPES & 4 ? give_name : give_nothing)(&rows[3]);
            (i % SHAPES & 8 ? give_source : give_nothing)(&rows[4]);
            put(cloud, BATCH);
        }
        CHECK_INT("few", true, kept(cloud) <= CLOUD_PREPARED_MAX);
        CHECK_INT("at the server too", true,
                  sql_number("SELECT VARIABLE_VALUE FROM information_schema.global_status"
                             " WHERE VARIABLE_NAME = 'PREPARED_STMT_COUNT'") <=
                      CLOUD_PREPARED_MAX + 1); /* and the one that reads the newest number */
        CHECK_INT("rows", ROUNDS * SHAPES * BATCH, sql_number(count_rows));
        static const char *const columns[] = {"`utc_time`", "work_code", "device_name",
                                              "NULLIF(source, 'push')"};
        for (size_t i = 0; i < HB_COUNT(columns); i++) {
            char query[128];
            snprintf(query, sizeof query, "SELECT COUNT(%s) FROM device_logs", columns[i]);
            CHECK_INT(columns[i], ROUNDS * SHAPES / 2, sql_number(query));
        }
        CHECK_INT("numbers", ROUNDS * SHAPES * BATCH,
                  sql_number("SELECT COUNT(DISTINCT seq) FROM device_logs WHERE"
                             " bridge = '00112233445566aa'"));
        cloud_free(cloud);
    }
}

/* A table without the optional columns has nothing that could be alike. */
static void a_table_of_six_columns_is_filled_as_ever(void **state)
{
    (void)state;
    for (int masked = 0; masked < 2; masked++) {
        begin(NULL);
        sql("CREATE TABLE device_logs (device_sn VARCHAR(50), user_id VARCHAR(50),"
            " check_time DATETIME, status INT, verify_type INT, raw_data TEXT,"
            " UNIQUE KEY (device_sn, user_id, check_time))");
        struct cloud *cloud = new_cloud();
        cloud->mask_bulk = masked;
        assert_true(cloud_connect(cloud, NULL));
        make_rows(0, BATCH);
        put(cloud, BATCH);
        CHECK_INT("six", 6, placeholders(cloud));
        CHECK_INT("rows", BATCH, sql_number(count_rows));
        cloud_free(cloud);
    }
}

int main(void)
{
    int unready = server_begin();
    if (unready != 0) {
        return unready;
    }
#define CASE(test) cmocka_unit_test_setup(test, begin)
    const struct CMUnitTest tests[] = {
        CASE(one_row_that_differs_keeps_what_it_has),
        CASE(a_batch_says_what_is_its_own),
        CASE(a_new_name_of_the_bridge_is_the_one_that_is_said),
        CASE(no_name_but_ours_is_said),
        CASE(a_name_goes_into_any_set_of_characters),
        CASE(few_rows_share_one_statement),
        CASE(the_shapes_kept_are_few),
        CASE(a_table_of_six_columns_is_filled_as_ever),
    };
    int failed = cmocka_run_group_tests_name("cloud_alike", tests, NULL, NULL);
    server_end();
    return failed;
}
