/* Many bridges beside each other in one table, new ones and clones among them. */
#include "cloud_server.h"
#include "threads.h"

enum { CROWD = 24, CLONES = 8, CROWD_ROWS = 40, CROWD_BATCHES = 3, PATIENCE = 200 };

/* One bridge of a crowd, in a thread of its own; what came of it is looked at when it has ended. */
struct member {
    struct thread thread;
    struct cloud *cloud;
    struct cloud_feed feed;
    struct punch_row rows[CROWD_ROWS];
    char name[17];
    unsigned number;
    size_t first_batch;
    size_t conflicts;
    size_t renamed;
    char failed[ERROR_TEXT_MAX]; /* "": it did not */
};

static struct member crowd[CROWD];

static bool not_ours(void *context, const struct punch *punch)
{
    (void)context;
    (void)punch;
    return false;
}

static void make_member_rows(struct member *member, size_t batch)
{
    memset(member->rows, 0, sizeof member->rows);
    for (size_t i = 0; i < CROWD_ROWS; i++) {
        struct punch *punch = &member->rows[i].punch;
        snprintf(punch->device_sn, sizeof punch->device_sn, "TEST%04u", member->number);
        snprintf(punch->user_id, sizeof punch->user_id, "%zu", i);
        punch->time = 1700000000 + (int64_t)batch * 86400 + (int64_t)i;
        punch->raw = SPAN("a line");
    }
}

/* As the uploader does: what was in the way is tried again, and a clone takes another name. */
static void send_batches(void *context)
{
    struct member *member = context;
    for (size_t batch = member->first_batch; batch < member->first_batch + CROWD_BATCHES; batch++) {
        struct error err = ERROR_INIT;
        make_member_rows(member, batch);
        while (!cloud_insert(member->cloud, member->rows, CROWD_ROWS, &member->feed, &err)) {
            if (err.kind == ERR_EXISTS) {
                member->renamed++;
                snprintf(member->name, sizeof member->name, "%08x%08x",
                         (unsigned)member->renamed * 0x10000000u, member->number);
                member->feed.seq = 0;
            } else if (err.kind != ERR_CONFLICT || ++member->conflicts >= PATIENCE) {
                snprintf(member->failed, sizeof member->failed, "%s", err.text);
                return;
            }
        }
    }
}

static void gather(size_t count, int masked)
{
    memset(crowd, 0, sizeof crowd);
    for (size_t i = 0; i < count; i++) {
        struct member *member = &crowd[i];
        /* Spread, as names made at random are. */
        snprintf(member->name, sizeof member->name, "%08x%08x", (unsigned)i * 2654435761u,
                 (unsigned)i);
        member->number = (unsigned)i;
        member->feed = (struct cloud_feed){.bridge = member->name, .waits = not_ours};
        member->cloud = new_cloud();
        member->cloud->mask_bulk = masked;
        assert_true(cloud_connect(member->cloud, NULL));
    }
}

static void start(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        thread_begin(&crowd[i].thread, send_batches, &crowd[i]);
    }
}

/* How often two were in each other's way. */
static size_t finish(const char *input, size_t count)
{
    size_t conflicts = 0;
    for (size_t i = 0; i < count; i++) {
        thread_join(&crowd[i].thread);
    }
    for (size_t i = 0; i < count; i++) {
        CHECK_TEXT(input, "", crowd[i].failed);
        conflicts += crowd[i].conflicts;
        crowd[i].conflicts = 0;
    }
    return conflicts;
}

static void dismiss(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        cloud_free(crowd[i].cloud);
    }
}

static void check_all_there(const char *input, size_t bridges, size_t batches)
{
    long long expected = (long long)(bridges * batches * CROWD_ROWS);
    CHECK_INT(input, expected, sql_number(count_rows));
    CHECK_INT(input, expected, sql_number("SELECT COUNT(DISTINCT bridge, seq) FROM device_logs"));
}

static void new_bridges_at_once_do_not_meet(void **state)
{
    (void)state;
    for (int masked = 0; masked < 2; masked++) {
        const char *input = masked ? "multi-row" : "bulk";
        begin(NULL);
        gather(CROWD, masked);
        start(CROWD);
        CHECK_INT(input, 0, finish(input, CROWD));
        check_all_there(input, CROWD, CROWD_BATCHES);
        dismiss(CROWD);
    }
}

/* Another new bridge has locked the gap that ours comes into, and puts its own row there. */
static void a_neighbour_that_locks_is_waited_for(void **state)
{
    static const char goes_on[] =
        "DO SLEEP(0.5); INSERT INTO device_logs (device_sn, user_id, check_time, bridge, seq)"
        " VALUES ('OTHER', '1', '2026-01-15', 'eeee000000000001', 1); COMMIT";
    static const char locks[] = "SELECT COUNT(*) FROM device_logs WHERE bridge ="
                                " 'eeee000000000001' FOR UPDATE";
    struct error err = ERROR_INIT;
    (void)state;
    struct cloud *cloud = connected_cloud();
    feed.seq = 0;
    CHECK_INT("several", 0, mysql_set_server_option(root, MYSQL_OPTION_MULTI_STATEMENTS_ON));
    sql("SET autocommit = 0");
    CHECK_INT("none", 0, sql_number(locks));
    CHECK_INT("sent", 0, mysql_send_query(root, goes_on, (unsigned long)strlen(goes_on)));
    make_rows(0, 3);
    bool fine = insert(cloud, 3, &err);
    bool theirs = mysql_read_query_result(root) == 0 && mysql_next_result(root) == 0 &&
                  mysql_next_result(root) == 0;
    CHECK_TEXT("theirs", "", theirs ? "" : mysql_error(root));
    CHECK_TEXT("ours", "", fine ? "" : err.text);
    sql("SET autocommit = 1");
    CHECK_INT("one", 0, mysql_set_server_option(root, MYSQL_OPTION_MULTI_STATEMENTS_OFF));
    CHECK_INT("all", 4, sql_number(count_rows));
    cloud_free(cloud);
}

/* Whoever else gives our numbers is seen, and who is about to is waited for. */
static void numbers_are_ours_alone(void **state)
{
    static const struct {
        const char *input;
        int64_t from;
        size_t inserted;
        bool alone;
    } cases[] = {
        {"all of them ours", 1, 3, true},      {"one is another's", 1, 2, false},
        {"the last is ours", 3, 1, true},      {"and another's came below", 2, 1, false},
        {"nothing from there on", 4, 0, true}, {"what a trigger took away", 1, 4, true},
    };
    static const struct {
        const char *end;
        bool alone;
    } ends[] = {{"DO SLEEP(0.5); COMMIT", false}, {"DO SLEEP(0.5); ROLLBACK", true}};
    static const char name[] = "00112233445566aa";
    (void)state;
    struct cloud *cloud = connected_cloud();
    feed.seq = 0;
    make_rows(0, 3);
    put(cloud, 3);
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct error err = ERROR_INIT;
        bool alone = cloud_feed_alone(cloud, name, cases[i].from, cases[i].inserted, &err);
        CHECK_INT(cases[i].input, cases[i].alone, alone);
        CHECK_INT(cases[i].input, alone ? ERR_NONE : ERR_CONFLICT, err.kind);
        CHECK_INT("ended", 0, mysql_rollback(cloud->mysql));
    }
    CHECK_INT("several", 0, mysql_set_server_option(root, MYSQL_OPTION_MULTI_STATEMENTS_ON));
    sql("SET autocommit = 0");
    for (size_t i = 0; i < HB_COUNT(ends); i++) {
        struct error err = ERROR_INIT;
        sql("INSERT INTO device_logs (device_sn, user_id, check_time, bridge, seq) VALUES"
            " ('CLONE', '1', '2026-01-15', '00112233445566aa', 4)");
        CHECK_INT("sent", 0,
                  mysql_send_query(root, ends[i].end, (unsigned long)strlen(ends[i].end)));
        bool alone = cloud_feed_alone(cloud, name, 4, 0, &err);
        CHECK_INT("slept", 0, mysql_read_query_result(root));
        CHECK_INT("ended", 0, mysql_next_result(root));
        CHECK_INT(ends[i].end, ends[i].alone, alone);
        CHECK_INT("ended", 0, mysql_rollback(cloud->mysql));
        sql("DELETE FROM device_logs WHERE device_sn = 'CLONE'");
        sql("COMMIT");
    }
    sql("SET autocommit = 1");
    CHECK_INT("one", 0, mysql_set_server_option(root, MYSQL_OPTION_MULTI_STATEMENTS_OFF));
    cloud_free(cloud);
}

/* ---- one name for several: a PC's image was copied to many ---- */

/* Reads as docs/database.md tells: one cursor a bridge. */
struct reader {
    struct thread thread;
    struct {
        char name[17];
        long long seq;
    } cursors[CLONES * 4];
    size_t bridges;
    long long read;
    volatile bool stop;
    MYSQL *mysql;
    char failed[256];
};

static MYSQL_RES *ask(struct reader *reader, const char *query)
{
    if (mysql_query(reader->mysql, query) != 0) {
        snprintf(reader->failed, sizeof reader->failed, "%s", mysql_error(reader->mysql));
        return NULL;
    }
    return mysql_store_result(reader->mysql);
}

static void read_bridge(struct reader *reader, const char *name)
{
    char query[160];
    size_t at = 0;
    while (at < reader->bridges && strcmp(reader->cursors[at].name, name) != 0) {
        at++;
    }
    if (at == HB_COUNT(reader->cursors)) {
        snprintf(reader->failed, sizeof reader->failed, "too many names");
        return;
    }
    if (at == reader->bridges) {
        reader->bridges++;
        snprintf(reader->cursors[at].name, sizeof reader->cursors[at].name, "%s", name);
    }
    snprintf(query, sizeof query,
             "SELECT seq FROM device_logs WHERE bridge = '%s' AND seq > %lld ORDER BY seq", name,
             reader->cursors[at].seq);
    MYSQL_RES *rows_read = ask(reader, query);
    MYSQL_ROW row;
    while (rows_read != NULL && (row = mysql_fetch_row(rows_read)) != NULL) {
        reader->cursors[at].seq = strtoll(row[0], NULL, 10);
        reader->read++;
    }
    mysql_free_result(rows_read);
}

static void read_all(void *context)
{
    struct reader *reader = context;
    bool last = false;
    while (!last && reader->failed[0] == '\0') {
        last = reader->stop; /* once more after everybody has ended */
        MYSQL_RES *names = ask(reader, "SELECT DISTINCT bridge FROM device_logs");
        MYSQL_ROW row;
        while (names != NULL && (row = mysql_fetch_row(names)) != NULL) {
            read_bridge(reader, row[0]);
        }
        mysql_free_result(names);
    }
}

static void clones_at_once_lose_a_reader_nothing(void **state)
{
    static const struct {
        const char *input;
        int masked;
        bool known; /* the name has numbers in the table already, and each knows them */
    } cases[] = {
        {"new, bulk", 0, false},
        {"new, multi-row", 1, false},
        {"known, bulk", 0, true},
        {"known, multi-row", 1, true},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        static struct reader reader;
        unsigned int tcp = MYSQL_PROTOCOL_TCP;
        size_t renamed = 0;
        size_t before = 0;
        begin(NULL);
        gather(CLONES, cases[i].masked);
        if (cases[i].known) {
            start(1);
            finish("before", 1);
            before = 1;
        }
        for (size_t clone = 0; clone < CLONES; clone++) {
            snprintf(crowd[clone].name, sizeof crowd[clone].name, "%s", "5555555555555555");
            crowd[clone].feed.seq = (int64_t)(before * CROWD_BATCHES * CROWD_ROWS);
            crowd[clone].first_batch = before * CROWD_BATCHES;
        }
        sql("UPDATE device_logs SET bridge = '5555555555555555'");
        memset(&reader, 0, sizeof reader);
        reader.mysql = mysql_init(NULL);
        mysql_optionsv(reader.mysql, MYSQL_OPT_PROTOCOL, &tcp);
        assert_non_null(mysql_real_connect(reader.mysql, "127.0.0.1", "root", "", "hip",
                                           (unsigned)server_port, NULL, 0));
        thread_begin(&reader.thread, read_all, &reader);
        start(CLONES);
        finish(cases[i].input, CLONES);
        reader.stop = true;
        thread_join(&reader.thread);
        mysql_close(reader.mysql);
        CHECK_TEXT(cases[i].input, "", reader.failed);
        check_all_there(cases[i].input, CLONES + before, CROWD_BATCHES);
        CHECK_INT(cases[i].input, sql_number(count_rows), reader.read);
        for (size_t clone = 0; clone < CLONES; clone++) {
            renamed += crowd[clone].renamed;
        }
        CHECK_INT("each but one has another name", CLONES - 1, renamed);
        dismiss(CLONES);
    }
}

/* Of a table divided by months each part has gaps of its own: on the first of a month all meet in
 * the new one, once. */
static void a_new_month_is_met_once(void **state)
{
    (void)state;
    gather(CROWD, 0);
    sql("ALTER TABLE device_logs DROP PRIMARY KEY, ADD PRIMARY KEY (id, check_time)");
    sql("ALTER TABLE device_logs PARTITION BY RANGE (TO_DAYS(check_time))"
        " (PARTITION old VALUES LESS THAN (TO_DAYS('2023-12-01')),"
        " PARTITION later VALUES LESS THAN MAXVALUE)");
    start(CROWD);
    (void)finish("the first", CROWD);
    check_all_there("the first", CROWD, CROWD_BATCHES);
    for (size_t i = 0; i < CROWD; i++) {
        crowd[i].first_batch = 100; /* days later */
    }
    start(CROWD);
    size_t conflicts = finish("the second month", CROWD);
    check_all_there("the second month", CROWD, 2 * CROWD_BATCHES);
    printf("%zu conflicts of %d bridges in a new month\n", conflicts, (int)CROWD);
    assert_true(conflicts <= 3 * CROWD);
    dismiss(CROWD);
}

int main(void)
{
    int code = server_begin();
    if (code != 0) {
        return code;
    }
#define CASE(test) cmocka_unit_test_setup(test, begin)
    const struct CMUnitTest tests[] = {
        CASE(new_bridges_at_once_do_not_meet), CASE(a_neighbour_that_locks_is_waited_for),
        CASE(numbers_are_ours_alone),          CASE(clones_at_once_lose_a_reader_nothing),
        CASE(a_new_month_is_met_once),
    };
    code = cmocka_run_group_tests_name("cloud_crowd", tests, NULL, NULL);
    server_end();
    return code;
}
