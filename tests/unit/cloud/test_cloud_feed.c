/* The numbers that rows are given, and the columns that a table need not have. */
#include "cloud_server.h"

static struct cloud *feeding(int masked)
{
    begin(NULL);
    feed.seq = 0;
    feed_is_ours = false;
    struct cloud *cloud = new_cloud();
    cloud->mask_bulk = masked;
    assert_true(cloud_connect(cloud, NULL));
    assert_true(cloud_facts(cloud)->feed);
    return cloud;
}

/* "seq seq …" of our bridge, in the order of the punches. */
static void check_numbers(const char *input, const char *expected)
{
    char text[512];
    sql_text("SELECT GROUP_CONCAT(COALESCE(seq, '-') ORDER BY check_time SEPARATOR ' ')"
             " FROM device_logs WHERE bridge = '00112233445566aa' OR bridge IS NULL",
             text, sizeof text);
    CHECK_TEXT(input, expected, text);
}

static void numbers_go_up_and_stay(void **state)
{
    (void)state;
    for (int masked = 0; masked < 2; masked++) {
        struct cloud *cloud = feeding(masked);
        make_rows(0, 3);
        put(cloud, 3);
        check_numbers("the first", "1 2 3");
        CHECK_INT("known", 3, feed.seq);
        make_rows(1, 4); /* two of them are there: theirs stay, and the others leave no doubt */
        put(cloud, 4);
        check_numbers("sent again", "1 2 3 6 7");
        CHECK_INT("known", 7, feed.seq);
        sql("DELETE FROM device_logs WHERE seq = 7");
        make_rows(5, 1);
        put(cloud, 1);
        check_numbers("never back", "1 2 3 6 8");
        feed.bridge = "ffff000000000001";
        feed.seq = 0;
        make_rows(10, 2);
        put(cloud, 2);
        feed.bridge = "00112233445566aa";
        CHECK_INT("another's own", 2,
                  sql_number("SELECT MAX(seq) FROM device_logs WHERE bridge = 'ffff000000000001'"));
        cloud_free(cloud);
    }
}

/* A batch whose connection was lost is still open at the server while its rows are sent again. */
static void what_commits_late_is_waited_for(void **state)
{
    static const struct {
        const char *input;
        const char *end;
        const char *expected;
    } cases[] = {
        {"it commits", "DO SLEEP(0.5); COMMIT", "1 2 3"},
        {"it is rolled back", "DO SLEEP(0.5); ROLLBACK", "1 2 3"},
    };
    (void)state;
    CHECK_INT("several", 0, mysql_set_server_option(root, MYSQL_OPTION_MULTI_STATEMENTS_ON));
    for (size_t i = 0; i < 2 * HB_COUNT(cases); i++) {
        struct cloud *cloud = feeding(i % 2 != 0);
        const char *end = cases[i / 2].end;
        make_rows(0, 1);
        put(cloud, 1);
        /* What the first try has done: rows 2 and 3, not committed. */
        sql("SET autocommit = 0");
        sql("INSERT INTO device_logs (device_sn, user_id, check_time, bridge, seq) VALUES"
            " ('TEST0001', '00001', '2023-11-14 22:14:20', '00112233445566aa', 2),"
            " ('TEST0002', '00002', '2023-11-14 22:15:20', '00112233445566aa', 3)");
        CHECK_INT("sent", 0, mysql_send_query(root, end, (unsigned long)strlen(end)));
        make_rows(1, 2);
        feed_is_ours = true;
        put(cloud, 2);
        CHECK_INT("slept", 0, mysql_read_query_result(root));
        CHECK_INT("ended", 0, mysql_next_result(root));
        sql("SET autocommit = 1");
        check_numbers(cases[i / 2].input, cases[i / 2].expected);
        make_rows(3, 1);
        put(cloud, 1);
        CHECK_INT("no number twice", 0,
                  sql_number("SELECT COUNT(*) - COUNT(DISTINCT seq) FROM device_logs"));
        CHECK_INT("the next is the highest", 1,
                  sql_number("SELECT seq = (SELECT MAX(seq) FROM device_logs) FROM device_logs"
                             " WHERE user_id = '00003'"));
        cloud_free(cloud);
    }
    CHECK_INT("one", 0, mysql_set_server_option(root, MYSQL_OPTION_MULTI_STATEMENTS_OFF));
}

/* A PC lost its power in the middle of a batch, and the server was never told. */
static void what_never_ends_is_given_up(void **state)
{
    struct error err = ERROR_INIT;
    (void)state;
    struct cloud *lost = feeding(0);
    make_rows(0, 1);
    put(lost, 1);
    CHECK_INT("begun", 0,
              mysql_query(lost->mysql,
                          "INSERT INTO device_logs (device_sn, user_id, check_time, bridge, seq)"
                          " VALUES ('TEST0001', '00001', '2023-11-14 22:14:20',"
                          " '00112233445566aa', 2)"));
    struct cloud *cloud = connected_cloud();
    make_rows(1, 2);
    feed_is_ours = true;
    bool fine = insert(cloud, 2, &err);
    cloud_free(lost); /* before anything fails: its lock would keep the next test waiting */
    CHECK_TEXT("given up", "", fine ? "" : err.text);
    check_numbers("the dead one's is not there", "1 2 3");
    cloud_free(cloud);
}

/* An idle connection of ours never holds a lock: the server would end it, and nobody's ALTER waits.
 */
static void nothing_stays_open(void **state)
{
    (void)state;
    static const char open[] =
        "SELECT COUNT(*) FROM information_schema.innodb_trx t JOIN information_schema.processlist p"
        " ON p.id = t.trx_mysql_thread_id WHERE p.user = 'hip'";
    struct cloud *cloud = feeding(0);
    CHECK_INT("connected", 0, sql_number(open));
    make_rows(0, 3);
    put(cloud, 3);
    CHECK_INT("put", 0, sql_number(open));
    put(cloud, 3);
    CHECK_INT("put again, read back", 0, sql_number(open));
    cloud_free(cloud);
}

static void the_server_ends_what_is_idle(void **state)
{
    static const struct {
        const char *input;
        int close_s;
        const char *expected; /* seconds that an idle connection is kept */
    } cases[] = {
        {"kept", 0, "28800"},
        {"a minute", 60, "120"},
        {"a day", 86400, "86460"},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        begin(NULL);
        config.database.idle_close_s = cases[i].close_s;
        struct cloud *cloud = connected_cloud();
        CHECK_INT("asked", 0, mysql_query(cloud->mysql, "SELECT @@session.wait_timeout"));
        MYSQL_RES *result = mysql_store_result(cloud->mysql);
        assert_non_null(result);
        CHECK_TEXT(cases[i].input, cases[i].expected, mysql_fetch_row(result)[0]);
        mysql_free_result(result);
        cloud_free(cloud);
    }
}

static void another_writer_is_found(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    struct cloud *cloud = feeding(0);
    make_rows(0, 2);
    put(cloud, 2);
    sql("INSERT INTO device_logs (device_sn, user_id, check_time, bridge, seq) VALUES"
        " ('CLONE', '1', '2026-01-01', '00112233445566aa', 3)");
    make_rows(2, 2);
    assert_false(insert(cloud, 2, &err));
    CHECK_INT(err.text, ERR_EXISTS, err.kind);
    CHECK_INT("nothing of it", 3, sql_number(count_rows));
    CHECK_INT("the connection is fine", true, cloud_connected(cloud));
    feed.bridge = "ffff000000000002";
    feed.seq = 0;
    put(cloud, 2);
    feed.bridge = "00112233445566aa";
    CHECK_INT("under another name", 2,
              sql_number("SELECT MAX(seq) FROM device_logs WHERE bridge = 'ffff000000000002'"));
    cloud_free(cloud);
}

static void the_optional_columns_are_filled(void **state)
{
    (void)state;
    for (int masked = 0; masked < 2; masked++) {
        char text[512];
        begin(NULL);
        struct cloud *cloud = new_cloud();
        cloud->mask_bulk = masked;
        assert_true(cloud_connect(cloud, NULL));
        feed.seq = 41;
        make_rows(0, 3);
        rows[0].has_utc = rows[1].has_utc = true;
        rows[0].utc = rows[0].punch.time - 7 * 3600;
        rows[1].utc = rows[1].punch.time - 345 * 60;
        rows[1].device_name = "ประตูหน้า";
        strcpy(rows[1].punch.work_code, "7");
        rows[1].punch.way = PUNCH_PULLED;
        rows[2].punch.way = PUNCH_LOGGED;
        put(cloud, 3);
        sql_text("SELECT GROUP_CONCAT(CONCAT_WS('|', check_time, COALESCE(`utc_time`, '-'),"
                 " COALESCE(work_code, '-'), COALESCE(device_name, '-'), source, bridge, seq)"
                 " ORDER BY check_time SEPARATOR ';') FROM device_logs",
                 text, sizeof text);
        CHECK_TEXT("filled",
                   "2023-11-14 22:13:20|2023-11-14 15:13:20|-|-|push|00112233445566aa|42;"
                   "2023-11-14 22:14:20|2023-11-14 16:29:20|7|ประตูหน้า|pull|00112233445566aa|43;"
                   "2023-11-14 22:15:20|-|-|-|log|00112233445566aa|44",
                   text);
        cloud_free(cloud);
    }
}

/* A table of some columns: what it must have, and what of the rest is filled. */
static void a_table_has_what_it_has(void **state)
{
#define OLD                                                                                        \
    "CREATE TABLE device_logs (device_sn VARCHAR(50), user_id VARCHAR(50), check_time DATETIME,"   \
    " status INT, verify_type INT, raw_data TEXT"
    static const struct {
        const char *create;
        const char *filled; /* of the row, of the optional columns */
        const char *lacks;  /* words of the ALTER that is proposed */
        bool feed;
    } cases[] = {
        {OLD ")", "", "ADD COLUMN `utc_time` DATETIME NULL, ADD COLUMN `work_code`", false},
        {OLD ", bridge CHAR(16), seq BIGINT UNSIGNED, KEY (bridge, seq))", "bridge seq",
         "ADD COLUMN `source` VARCHAR(8) NULL", true},
        {OLD ", bridge CHAR(16), seq BIGINT UNSIGNED)", "",
         "ADD KEY ix_device_logs_feed (`bridge`, `seq`)", false},
        {OLD ", bridge CHAR(16), seq BIGINT UNSIGNED, KEY (seq, bridge))", "",
         "ADD KEY ix_device_logs_feed", false},
        {OLD ", bridge CHAR(16), KEY (bridge))", "", "ADD COLUMN `seq` BIGINT UNSIGNED NULL",
         false},
        {OLD ", source INT, `utc_time` DATETIME)", "utc_time", "ADD COLUMN `work_code`", false},
        {OLD ", device_name VARCHAR(10))", "", "ADD COLUMN `utc_time`", false},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char text[256];
        char lacks[CLOUD_STATEMENT_MAX];
        begin(NULL);
        sql(cases[i].create);
        struct cloud *cloud = connected_cloud();
        CHECK_INT(cases[i].create, cases[i].feed, cloud_facts(cloud)->feed);
        feed.seq = 0;
        make_rows(0, 1);
        rows[0].has_utc = true;
        rows[0].utc = rows[0].punch.time;
        put(cloud, 1);
        text[0] = '\0';
        for (size_t column = COLUMN_OPTIONAL; column < COLUMNS; column++) {
            char query[160];
            if (!cloud->used[column]) {
                continue;
            }
            snprintf(query, sizeof query, "SELECT COUNT(`%s`) FROM device_logs",
                     column_names[column]);
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s",
                     text[0] != '\0' ? " " : "",
                     sql_number(query) == 1 ? column_names[column] : "(NULL)");
        }
        CHECK_TEXT(cases[i].create, cases[i].filled, text);
        CHECK_INT(cases[i].create, true, cloud_table_lacks(cloud, lacks));
        if (strstr(lacks, cases[i].lacks) == NULL) {
            fail_msg("[%s] expected \"%s\" in \"%s\"", cases[i].create, cases[i].lacks, lacks);
        }
        cloud_free(cloud);
    }
    struct cloud *cloud = feeding(0);
    char lacks[CLOUD_STATEMENT_MAX];
    CHECK_INT("the contract's table lacks nothing", false, cloud_table_lacks(cloud, lacks));
    cloud_free(cloud);
}

int main(void)
{
    int code = server_begin();
    if (code != 0) {
        return code;
    }
#define CASE(test) cmocka_unit_test_setup(test, begin)
    const struct CMUnitTest tests[] = {
        CASE(numbers_go_up_and_stay),  CASE(what_commits_late_is_waited_for),
        CASE(another_writer_is_found), CASE(the_optional_columns_are_filled),
        CASE(a_table_has_what_it_has), CASE(what_never_ends_is_given_up),
        CASE(nothing_stays_open),      CASE(the_server_ends_what_is_idle),
    };
    code = cmocka_run_group_tests_name("cloud_feed", tests, NULL, NULL);
    server_end();
    return code;
}
