/* The cloud against a real server: rows, and the table they go to. Run by with_mariadb.sh. */
#include "cloud_server.h"

/* ---- rows ---- */

static void both_modes_put_each_row_once(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 2, 999, 1000, 1001, 2500};
    for (int masked = 0; masked < 2; masked++) {
        begin(NULL);
        struct cloud *cloud = new_cloud();
        cloud->mask_bulk = masked;
        assert_true(cloud_connect(cloud, NULL));
        CHECK_INT("bulk offered", !masked, cloud_facts(cloud)->bulk);
        size_t total = 0;
        for (size_t i = 0; i < HB_COUNT(sizes); i++) {
            make_rows(total, sizes[i]);
            put(cloud, sizes[i]);
            put(cloud, sizes[i]);
            total += sizes[i];
            CHECK_INT("each row once", total, sql_number(count_rows));
        }
        make_rows(total - 5, 10);
        put(cloud, 10);
        CHECK_INT("half known", total + 5, sql_number(count_rows));
        cloud_free(cloud);
    }
}

/* Each costs memory by its rows, and while a backlog grows no two batches are alike. */
static void the_statements_kept_hold_few_rows(void **state)
{
    (void)state;
    static const struct {
        size_t rows, kept; /* in all, then */
    } cases[] = {
        {1, 1},       {1999, 2000}, {2, 2002},    {998, 3000},  {997, 1997}, {1998, 2995},
        {1000, 2998}, {2000, 3000}, {1000, 3000}, {2000, 3000}, {3, 2003},
    };
    size_t total = 0;
    struct cloud *cloud = new_cloud();
    cloud->mask_bulk = true;
    assert_true(cloud_connect(cloud, NULL));
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char input[64];
        size_t kept = 0;
        make_rows(total, cases[i].rows);
        put(cloud, cases[i].rows);
        total += cases[i].rows;
        for (size_t k = 0; k < CLOUD_PREPARED_MAX; k++) {
            kept += cloud->prepared[k].statement != NULL ? cloud->prepared[k].rows : 0;
        }
        snprintf(input, sizeof input, "%zu: %zu rows", i, cases[i].rows);
        CHECK_INT(input, cases[i].kept, kept);
    }
    cloud_free(cloud);
}

static void values_arrive_as_they_are(void **state)
{
    (void)state;
    for (int masked = 0; masked < 2; masked++) {
        char text[256];
        begin(NULL);
        struct cloud *cloud = new_cloud();
        cloud->mask_bulk = masked;
        assert_true(cloud_connect(cloud, NULL));
        make_rows(0, 3);
        strcpy(rows[1].punch.user_id, "007'`\\");
        rows[1].punch.status = -1;
        rows[1].punch.raw = (struct span){NULL, 0};
        put(cloud, 3);
        sql_text("SELECT CONCAT_WS('|', device_sn, user_id, check_time, status, verify_type,"
                 " HEX(SUBSTRING(raw_data, 29))) FROM device_logs ORDER BY check_time LIMIT 1",
                 text, sizeof text);
        CHECK_TEXT("first row",
                   "TEST0000|00000|2023-11-14 22:13:20|0|200|"
                   "E0B881202771756F74656427",
                   text);
        sql_text("SELECT CONCAT_WS('|', user_id, check_time, status, raw_data) FROM device_logs"
                 " ORDER BY check_time LIMIT 1 OFFSET 1",
                 text, sizeof text);
        CHECK_TEXT("second row", "007'`\\|2023-11-14 22:14:20|-1|", text);
        cloud_free(cloud);
    }
}

static void a_row_refused_for_its_data_takes_none_with_it(void **state)
{
    (void)state;
    for (int masked = 0; masked < 2; masked++) {
        struct error err = ERROR_INIT;
        begin(NULL);
        sql("CREATE TABLE device_logs (device_sn VARCHAR(20) NOT NULL, user_id VARCHAR(24) NOT "
            "NULL,"
            " check_time DATETIME NOT NULL, status INT, verify_type INT, raw_data TEXT,"
            " UNIQUE (check_time, user_id, device_sn))");
        struct cloud *cloud = new_cloud();
        cloud->mask_bulk = masked;
        assert_true(cloud_connect(cloud, &err));
        CHECK_INT("unique key of another order", true, cloud_facts(cloud)->unique_key);
        make_rows(0, 100);
        strcpy(rows[60].punch.user_id, "1234567890123456789012345");
        assert_false(insert(cloud, 100, &err));
        CHECK_INT(err.text, ERR_DATA, err.kind);
        CHECK_INT("none went in", 0, sql_number(count_rows));
        CHECK_INT("still connected", true, cloud_connected(cloud));
        put(cloud, 60);
        CHECK_INT("the rest goes in", 60, sql_number(count_rows));
        cloud_free(cloud);
    }
}

static void a_batch_above_max_allowed_packet_is_too_large(void **state)
{
    (void)state;
    static char long_raw[PUNCH_RAW_MAX];
    memset(long_raw, 'x', sizeof long_raw);
    for (int masked = 0; masked < 2; masked++) {
        struct error err = ERROR_INIT;
        begin(NULL);
        struct cloud *cloud = new_cloud();
        cloud->mask_bulk = masked;
        assert_true(cloud_connect(cloud, NULL));
        make_rows(0, 1000);
        for (size_t i = 0; i < 1000; i++) {
            rows[i].punch.raw = (struct span){long_raw, sizeof long_raw};
        }
        assert_false(insert(cloud, 1000, &err));
        CHECK_INT(err.text, ERR_TOO_LARGE, err.kind);
        put(cloud, 400);
        cloud->max_packet = 64 << 20; /* what the server says when it is not asked first */
        assert_false(insert(cloud, 1000, &err));
        CHECK_INT(err.text, true, err.kind == ERR_TOO_LARGE || err.kind == ERR_UNREACHABLE);
        CHECK_INT("none of it", 400, sql_number(count_rows));
        cloud_free(cloud);
    }
}

/* ---- the table ---- */

static void an_existing_table_is_held_against_what_is_needed(void **state)
{
    (void)state;
    static const char good[] = "device_sn VARCHAR(50), user_id VARCHAR(50), check_time DATETIME,"
                               " status INT, verify_type INT, raw_data TEXT";
    static const struct {
        const char *columns;
        const char *words; /* NULL: fine */
    } cases[] = {
        {good, NULL},
        {"device_sn VARCHAR(50), user_id VARCHAR(50), check_time DATETIME, status SMALLINT,"
         " verify_type TINYINT UNSIGNED, raw_data VARCHAR(255), extra INT DEFAULT 3, n INT",
         NULL},
        {"DEVICE_SN CHAR(20), User_Id VARCHAR(24), check_time TIMESTAMP, status BIGINT,"
         " verify_type INT, raw_data LONGTEXT, id INT AUTO_INCREMENT PRIMARY KEY",
         NULL},
        {"device_sn VARCHAR(50), user_id VARCHAR(10), check_time DATETIME, status INT,"
         " verify_type INT, raw_data TEXT",
         "column `user_id` is varchar(10)"},
        {"device_sn VARCHAR(50), user_id INT, check_time DATETIME, status INT,"
         " verify_type INT, raw_data TEXT",
         "column `user_id` is int"},
        {"device_sn VARCHAR(50), user_id VARCHAR(50), check_time DATE, status INT,"
         " verify_type INT, raw_data TEXT",
         "column `check_time` is date"},
        {"device_sn VARCHAR(50), user_id VARCHAR(50), check_time DATETIME, status CHAR(9),"
         " verify_type INT, raw_data TEXT",
         "column `status` is char"},
        {"device_sn VARCHAR(50), user_id VARCHAR(50), check_time DATETIME, status INT,"
         " raw_data TEXT",
         "no column `verify_type`"},
        {"device_sn VARCHAR(50), user_id VARCHAR(50), check_time DATETIME, status INT,"
         " verify_type INT, raw_data TEXT, site INT NOT NULL",
         "column `site` must be given"},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char text[1024];
        begin(NULL);
        snprintf(text, sizeof text, "CREATE TABLE device_logs (%s)", cases[i].columns);
        sql(text);
        if (cases[i].words != NULL) {
            check_no_connection(cases[i].columns, ERR_TABLE, cases[i].words);
            continue;
        }
        struct cloud *cloud = connected_cloud();
        CHECK_INT(cases[i].columns, false, cloud_facts(cloud)->unique_key);
        make_rows(0, 10);
        put(cloud, 10);
        CHECK_INT(cases[i].columns, 10, sql_number(count_rows));
        sql(cloud_key_statement(cloud));
        cloud_disconnect(cloud);
        assert_true(cloud_connect(cloud, NULL));
        CHECK_INT("the ALTER statement does it", true, cloud_facts(cloud)->unique_key);
        cloud_free(cloud);
    }
}

static void a_missing_table_is_made_or_named(void **state)
{
    (void)state;
    config.database.create_table = false;
    check_no_connection("create_table false", ERR_TABLE, "`device_logs` does not exist");
    config.database.create_table = true;
    struct cloud *cloud = connected_cloud();
    CHECK_INT("made with its key", true, cloud_facts(cloud)->unique_key);
    CHECK_INT("the contract's columns", 14,
              sql_number("SELECT COUNT(*) FROM information_schema.columns WHERE"
                         " table_schema = 'hip' AND table_name = 'device_logs'"));
    sql("DROP TABLE device_logs");
    struct error err = ERROR_INIT;
    make_rows(0, 5);
    assert_false(insert(cloud, 5, &err));
    CHECK_INT(err.text, ERR_TABLE, err.kind);
    assert_true(cloud_connect(cloud, NULL));
    put(cloud, 5);
    CHECK_INT("made again", 5, sql_number(count_rows));
    cloud_free(cloud);
}

static void a_table_name_is_quoted(void **state)
{
    (void)state;
    strcpy(config.database.table, "x`; DROP TABLE y");
    struct cloud *cloud = connected_cloud();
    make_rows(0, 2);
    put(cloud, 2);
    CHECK_INT("two", 2, sql_number("SELECT COUNT(*) FROM `x``; DROP TABLE y`"));
    cloud_free(cloud);
    sql("DROP TABLE `x``; DROP TABLE y`");
}

int main(void)
{
    int unready = server_begin();
    if (unready != 0) {
        return unready;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(both_modes_put_each_row_once, begin),
        cmocka_unit_test_setup(the_statements_kept_hold_few_rows, begin),
        cmocka_unit_test_setup(values_arrive_as_they_are, begin),
        cmocka_unit_test_setup(a_row_refused_for_its_data_takes_none_with_it, begin),
        cmocka_unit_test_setup(a_batch_above_max_allowed_packet_is_too_large, begin),
        cmocka_unit_test_setup(an_existing_table_is_held_against_what_is_needed, begin),
        cmocka_unit_test_setup(a_missing_table_is_made_or_named, begin),
        cmocka_unit_test_setup(a_table_name_is_quoted, begin),
    };
    int failed = cmocka_run_group_tests_name("cloud", tests, NULL, NULL);
    server_end();
    return failed;
}
