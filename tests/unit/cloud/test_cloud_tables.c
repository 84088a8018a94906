/* Tables that others made, with the real outbox and uploader against a real server: for each, what
 * was acknowledged is right in the table, refused with its reason, or waits; and once the table is
 * put right each punch is there once. Run by with_mariadb.sh or another server's script. */
#include "cloud_server.h"
#include "outbox/outbox.h"
#include "outbox/outbox_rejected.h"
#include "scratch.h"
#include "upload/uploader.h"

enum { NOW = 1790000000 };

static struct config whole;
static struct outbox *outbox;
static struct uploader *uploader;
static struct error err;

static char last_event[256];
static char odd[1100];
static enum event_id last_trouble;

static void take_event(void *context, enum event_id id, size_t count, const char *const *strings)
{
    (void)context;
    if (id == EVENT_DATABASE_UNREACHABLE || id == EVENT_DATABASE_LOGIN_REFUSED ||
        id == EVENT_TABLE_UNUSABLE) {
        last_trouble = id;
        snprintf(last_event, sizeof last_event, "%s", strings[0]);
        if (strlen(strings[0]) > sizeof last_event / 2) { /* the end has the cure */
            snprintf(last_event, sizeof last_event, "%s",
                     strings[0] + strlen(strings[0]) - utf8_cut(span_of(strings[0]), 200));
        }
    }
    if (id == EVENT_TABLE_ODD && count > 1) {
        snprintf(odd, sizeof odd, "%s", strings[1]);
    }
}

static const struct event_sink sink = {take_event, NULL};

/* What terminals and people bring: two who differ by case or accent at one second, zeros in front,
 * other scripts, states that few send. */
#define LONG_LINE                                                                                  \
    "a line of more than two hundred and fifty-five bytes, as some terminals send them: "          \
    "0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 "     \
    "0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 end"

static const struct {
    const char *user;
    int second;
    int32_t status, verify;
    const char *raw;
} punches[] = {
    {"a1", 0, 0, 1, "a1"},
    {"A1", 0, 0, 1, "A1"},
    {"jos\xc3\xa9", 0, 1, 1, "jose with an accent"},
    {"jose", 0, 1, 1, "jose"},
    {"00042", 60, 0, 15, "zeros in front"},
    {"42", 60, 0, 15, "none"},
    {"42", 120, 1, 15, "the same person, out"},
    {"42", 86400, 0, 15, "the next day"},
    {"7", 60, 255, 4, "no state"},
    {"8", 60, 4, 200, "a verify code above 127"},
    {"9", 61, 0, 1, "\xe0\xb8\x97\xe0\xb8\x94\xe0\xb8\xaa\xe0\xb8\xad\xe0\xb8\x9a in Thai"},
    {"10", 62, 0, 1, "four bytes: \xf0\x9f\x95\x90"},
    {"\xe0\xb8\xaa\xe0\xb8\xa1\xe0\xb8\x8a\xe0\xb8\xb2\xe0\xb8\xa2", 63, 0, 1, "a user in Thai"},
    {"11", 64, 0, 1, LONG_LINE},
};
enum { PUNCHES = HB_COUNT(punches) };

static struct punch punch_of(size_t i)
{
    struct punch punch = {.time = NOW + punches[i].second,
                          .status = punches[i].status,
                          .verify = punches[i].verify,
                          .raw = span_of(punches[i].raw)};
    strcpy(punch.device_sn, "TEST1");
    snprintf(punch.user_id, sizeof punch.user_id, "%s", punches[i].user);
    return punch;
}

/* Rows of the table that are this punch, byte for byte. */
static long long rows_of(size_t i)
{
    char text[1024];
    char time[WALLTIME_TEXT_MAX];
    const struct punch punch = punch_of(i);
    char user[2 * PUNCH_USER_MAX + 1];
    mysql_real_escape_string(root, user, punch.user_id, (unsigned long)strlen(punch.user_id));
    snprintf(text, sizeof text,
             "SELECT COUNT(*) FROM device_logs WHERE device_sn = 'TEST1' AND"
             " HEX(CONVERT(user_id USING utf8mb4)) = HEX(CONVERT('%s' USING utf8mb4)) AND"
             " check_time = '%s' AND status = %d AND verify_type = %d",
             user, walltime_text(punch.time, time), punch.status, punch.verify);
    return sql_number(text);
}

static void start(void)
{
    uploader_free(uploader);
    uploader = uploader_new(&whole, outbox, &sink, NULL, &err);
    assert_non_null(uploader);
    last_event[0] = odd[0] = '\0';
    last_trouble = 0;
}

/* Until nothing is left to do or it has been in trouble a few times. */
static void run(void)
{
    int64_t now_s = NOW;
    for (size_t i = 0, waits = 0; i < 1000 && waits < 4; i++) {
        uint32_t wait_ms = uploader_step(uploader, now_s);
        if (wait_ms == UPLOADER_IDLE) {
            return;
        }
        if (wait_ms > 100) {
            waits++;
            now_s += wait_ms / 1000 + 1;
        }
    }
}

/* N acknowledged = right in the table + waiting + refused; returns those in the table. */
static size_t check_sum(const char *input)
{
    size_t right = 0;
    size_t wrong = 0;
    struct outbox_counts counts;
    bool there = sql_number("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema ="
                            " 'hip' AND table_name = 'device_logs'") != 0;
    for (size_t i = 0; there && i < PUNCHES; i++) {
        long long same = rows_of(i);
        right += same == 1;
        wrong += same > 1;
    }
    DO(outbox_counts(outbox, &counts, &err));
    CHECK_INT(input, 0, wrong);
    if (right + (size_t)counts.waiting + (size_t)counts.refused < PUNCHES) {
        fail_msg("[%s] %zu right, %lld wait, %lld refused, of %d", input, right,
                 (long long)counts.waiting, (long long)counts.refused, (int)PUNCHES);
    }
    if (counts.waiting == 0) {
        CHECK_INT(input, PUNCHES, right + (size_t)counts.refused);
    }
    return right;
}

#define FIVE                                                                                       \
    "device_sn VARCHAR(50) NOT NULL, user_id VARCHAR(50) NOT NULL, check_time DATETIME NOT NULL, " \
    "status INT NOT NULL DEFAULT 0, verify_type INT NOT NULL DEFAULT 1, raw_data TEXT"
#define BIN(name) name " VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL"
#define KEY "UNIQUE KEY k (device_sn, user_id, check_time)"
#define ID "id INT AUTO_INCREMENT PRIMARY KEY"
#define UTF8 " DEFAULT CHARSET = utf8mb4"
#define TO_BIN "ALTER TABLE device_logs MODIFY " BIN("user_id") ", MODIFY " BIN("device_sn")

enum { UNUSABLE = -1 };

static const struct {
    const char *name, *make, *also;
    int refused;       /* or UNUSABLE, none being there */
    const char *words; /* of the event that names it; NULL: there is none */
    const char *cure;
} tables[] = {
    {"as the old scripts made it",
     "(" ID ", " FIVE ", created_at TIMESTAMP DEFAULT NOW(), " KEY ")" UTF8
     " COLLATE utf8mb4_general_ci",
     NULL, 2, "MODIFY user_id", TO_BIN},
    {"no key at all", "(" FIVE ")" UTF8, NULL, 0, "utf8mb4_bin", NULL},
    {"an id that does not count", "(id INT DEFAULT 0 PRIMARY KEY, " FIVE ")" UTF8, NULL, UNUSABLE,
     "AUTO_INCREMENT", "ALTER TABLE device_logs MODIFY id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT"},
    {"one punch a day",
     "(" ID ", " FIVE ", check_date DATE AS (DATE(check_time)) STORED, UNIQUE KEY day (user_id,"
     " check_date))" UTF8,
     NULL, UNUSABLE, "DROP INDEX `day`", "ALTER TABLE device_logs DROP INDEX `day`"},
    {"one punch a person", "(" FIVE ", UNIQUE (user_id))" UTF8, NULL, UNUSABLE, "DROP INDEX",
     "ALTER TABLE device_logs DROP INDEX user_id"},
    {"a person as primary key", "(" FIVE ", PRIMARY KEY (user_id))" UTF8, NULL, UNUSABLE,
     "DROP PRIMARY KEY, ADD id",
     "ALTER TABLE device_logs DROP PRIMARY KEY, ADD id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT"
     " PRIMARY KEY"},
    {"a key without the terminal", "(" FIVE ", UNIQUE k (user_id, check_time))" UTF8, NULL,
     UNUSABLE, "DROP INDEX `k`", "ALTER TABLE device_logs DROP INDEX k"},
    {"a key on a prefix", "(" FIVE ", UNIQUE k (device_sn(2), user_id(1), check_time))" UTF8, NULL,
     UNUSABLE, "DROP INDEX `k`", "ALTER TABLE device_logs DROP INDEX k"},
    {"a key on a number of another program",
     "(" FIVE ", ref INT NULL, UNIQUE (ref), " KEY ")" UTF8 " COLLATE utf8mb4_bin", NULL, 0, NULL,
     NULL},
    {"a key with the state in it",
     "(" FIVE ", UNIQUE k (device_sn, user_id, check_time, status))" UTF8 " COLLATE utf8mb4_bin",
     NULL, 0, NULL, NULL},
    {"MyISAM", "(" ID ", " FIVE ", " KEY ") ENGINE = MyISAM" UTF8 " COLLATE utf8mb4_bin", NULL, 0,
     "ENGINE = InnoDB", NULL},
    {"MyISAM without a key that refuses a state",
     "(" ID ", " FIVE ", CONSTRAINT few CHECK (status < 200)) ENGINE = MyISAM" UTF8
     " COLLATE utf8mb4_bin",
     NULL, 1, "ENGINE = InnoDB",
     "ALTER TABLE device_logs MODIFY status INT NOT NULL, ENGINE = InnoDB, DROP CONSTRAINT few"},
    {"latin1", "(" ID ", " FIVE ", " KEY ") DEFAULT CHARSET = latin1 COLLATE latin1_bin", NULL, 1,
     NULL, TO_BIN},
    {"a short latin1 line",
     "(" ID ", " BIN("device_sn") ", " BIN(
         "user_id") ", check_time DATETIME, status INT, verify_type"
                    " INT, raw_data VARCHAR(20) CHARACTER SET latin1, " KEY ")" UTF8,
     NULL, 0, NULL, NULL},
    {"a line of three bytes a character, cut",
     "(" ID ", " BIN("device_sn") ", " BIN(
         "user_id") ", check_time DATETIME, status INT, verify_type"
                    " INT, raw_data TINYTEXT CHARACTER SET utf8mb3, " KEY ")" UTF8,
     NULL, 0, NULL, NULL},
    {"narrow numbers",
     "(" ID ", " BIN("device_sn") ", " BIN("user_id") ", check_time DATETIME, status TINYINT,"
                                                      " verify_type TINYINT, raw_data TEXT, " KEY
                                                      ")" UTF8,
     NULL, 2, "ends at 127", "ALTER TABLE device_logs MODIFY status INT, MODIFY verify_type INT"},
    {"a time of TIMESTAMP",
     "(" ID ", " BIN("device_sn") ", " BIN("user_id") ", check_time TIMESTAMP, status INT,"
                                                      " verify_type INT, raw_data TEXT, " KEY
                                                      ")" UTF8,
     NULL, 0, "TIMESTAMP", NULL},
    {"a trigger that changes the state", "(" ID ", " FIVE ", " KEY ")" UTF8 " COLLATE utf8mb4_bin",
     "CREATE TRIGGER t BEFORE INSERT ON device_logs FOR EACH ROW SET NEW.status = 7", UNUSABLE,
     "SHOW TRIGGERS", "DROP TRIGGER t"},
    {"a trigger that changes the person", "(" ID ", " FIVE ", " KEY ")" UTF8 " COLLATE utf8mb4_bin",
     "CREATE TRIGGER t BEFORE INSERT ON device_logs FOR EACH ROW SET NEW.user_id = '1'", UNUSABLE,
     "SHOW TRIGGERS", "DROP TRIGGER t"},
    {"a trigger that refuses some", "(" ID ", " FIVE ", " KEY ")" UTF8 " COLLATE utf8mb4_bin",
     "CREATE TRIGGER t BEFORE INSERT ON device_logs FOR EACH ROW IF NEW.status = 255 THEN SIGNAL"
     " SQLSTATE '45000' SET MESSAGE_TEXT = 'no state'; END IF",
     1, NULL, "DROP TRIGGER t"},
    {"a column that must be given", "(" FIVE ", site INT NOT NULL)" UTF8, NULL, UNUSABLE,
     "MODIFY site", "ALTER TABLE device_logs MODIFY site INT NULL"},
    {"a number for the person",
     "(device_sn VARCHAR(50), user_id INT, check_time DATETIME, status INT, verify_type INT, "
     "raw_data"
     " TEXT)" UTF8,
     NULL, UNUSABLE, "00042", "ALTER TABLE device_logs MODIFY user_id VARCHAR(50)"},
    {"a computed state",
     "(device_sn VARCHAR(50), user_id VARCHAR(50), check_time DATETIME, status INT AS (1) STORED,"
     " verify_type INT, raw_data TEXT)" UTF8 " COLLATE utf8mb4_bin",
     NULL, UNUSABLE, "computed", "ALTER TABLE device_logs MODIFY status INT"},
    {"no line",
     "(device_sn VARCHAR(50), user_id VARCHAR(50), check_time DATETIME, status INT,"
     " verify_type INT)" UTF8 " COLLATE utf8mb4_bin",
     NULL, UNUSABLE, "ADD raw_data TEXT", "ALTER TABLE device_logs ADD raw_data TEXT"},
    {"partitions that end",
     "(" FIVE ") " UTF8 " COLLATE utf8mb4_bin PARTITION BY RANGE (TO_DAYS(check_time)) (PARTITION p"
     " VALUES LESS THAN (TO_DAYS('2026-09-22')))",
     NULL, 1, NULL,
     "ALTER TABLE device_logs ADD PARTITION (PARTITION q VALUES LESS THAN MAXVALUE)"},
};

static int begin_table(void **state)
{
    if (begin(state) != 0 || scratch_begin() != 0) {
        return -1;
    }
    const struct outbox_options options = {0};
    memset(&whole, 0, sizeof whole);
    whole.database = config.database;
    whole.outbox.retain_days = 90;
    outbox = outbox_open(scratch_path("outbox.db"), &options, &err);
    return outbox != NULL ? 0 : -1;
}

static void end_table(void)
{
    uploader_free(uploader);
    uploader = NULL;
    outbox_close(outbox);
    outbox = NULL;
    scratch_end();
}

static void other_peoples_tables(void **state)
{
    (void)state;
    for (size_t t = 0; t < HB_COUNT(tables); t++) {
        char text[2048];
        char input[160];
        size_t count = 0;
        struct outbox_counts counts;
        assert_int_equal(begin_table(NULL), 0);
        snprintf(input, sizeof input, "%s", tables[t].name);
        snprintf(text, sizeof text, "CREATE TABLE device_logs %s", tables[t].make);
        sql(text);
        if (tables[t].also != NULL) {
            sql(tables[t].also);
        }
        DO(outbox_begin(outbox, &err));
        for (size_t i = 0; i < PUNCHES; i++) {
            enum outbox_added added;
            const struct punch punch = punch_of(i);
            DO(outbox_append(outbox, &punch, 0, NOW, &added, &err));
            CHECK_INT(input, OUTBOX_NEW, added);
        }
        DO(outbox_commit(outbox, &err));
        start();
        run();
        size_t right = check_sum(input);
        DO(outbox_counts(outbox, &counts, &err));
        if (tables[t].refused == UNUSABLE) {
            CHECK_INT(input, EVENT_TABLE_UNUSABLE, last_trouble);
            CHECK_INT(input, 0, right);
            CHECK_INT(input, 0, sql_number(count_rows));
            CHECK_INT(input, PUNCHES, counts.waiting);
        } else {
            CHECK_TEXT(input, "", last_event);
            CHECK_INT(input, tables[t].refused, counts.refused);
            CHECK_INT(input, PUNCHES - tables[t].refused, right);
        }
        const char *said = tables[t].refused == UNUSABLE ? last_event : odd;
        if (tables[t].words == NULL ? said[0] != '\0' : strstr(said, tables[t].words) == NULL) {
            fail_msg("[%s] expected \"%s\" in \"%s\"", input,
                     tables[t].words != NULL ? tables[t].words : "nothing", said);
        }
        /* put right, and what was refused sent again */
        if (tables[t].cure != NULL) {
            sql(tables[t].cure);
        }
        if (tables[t].refused == UNUSABLE) {
            sql(TO_BIN);
        }
        DO(outbox_begin(outbox, &err));
        DO(outbox_requeue_refused(outbox, &count, &err));
        DO(outbox_commit(outbox, &err));
        start();
        run();
        CHECK_INT(input, PUNCHES, check_sum(input));
        CHECK_INT(input, PUNCHES, sql_number(count_rows));
        end_table();
    }
}

static void a_view_is_not_written_through(void **state)
{
    (void)state;
    sql("CREATE TABLE behind (" FIVE ")" UTF8);
    sql("CREATE VIEW device_logs AS SELECT * FROM behind");
    check_no_connection("a view", ERR_TABLE, "name the table behind it");
    sql("DROP VIEW device_logs");
    sql("DROP TABLE behind");
}

static void a_right_that_lacks_is_named_with_its_grant(void **state)
{
    (void)state;
    static const char *const rights[] = {"INSERT", "SELECT, INSERT", "INSERT, UPDATE", "SELECT",
                                         "SELECT, UPDATE"};
    cloud_free(connected_cloud());
    for (size_t i = 0; i < HB_COUNT(rights); i++) {
        char text[256];
        struct error why = ERROR_INIT;
        sql("DROP USER IF EXISTS few@'%'");
        sql("CREATE USER few@'%' IDENTIFIED BY 'right'");
        snprintf(text, sizeof text, "GRANT %s ON hip.* TO few@'%%'", rights[i]);
        sql(text);
        strcpy(config.database.user, "few");
        struct cloud *cloud = new_cloud();
        make_rows(0, 1);
        if (cloud_connect(cloud, &why) && insert(cloud, 1, &why)) {
            fail_msg("[%s] the row went in", rights[i]);
        }
        cloud_free(cloud);
        CHECK_INT(why.text, ERR_LOGIN, why.kind);
        CHECK_INT(why.text, true, strstr(why.text, "GRANT SELECT, INSERT, UPDATE") != NULL);
    }
    sql("DROP USER few@'%'");
    strcpy(config.database.user, "hip");
}

int main(void)
{
    int unready = server_begin();
    if (unready != 0) {
        return unready;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_peoples_tables),
        cmocka_unit_test_setup(a_view_is_not_written_through, begin),
        cmocka_unit_test_setup(a_right_that_lacks_is_named_with_its_grant, begin),
    };
    int failed = cmocka_run_group_tests_name("cloud_tables", tests, NULL, NULL);
    server_end();
    return failed;
}
