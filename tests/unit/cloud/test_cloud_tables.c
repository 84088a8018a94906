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

static char last_event[ERROR_TEXT_MAX];
static char odd[2048];
static enum event_id last_trouble;

static void take_event(void *context, enum event_id id, size_t count, const char *const *strings)
{
    (void)context;
    if (id == EVENT_DATABASE_UNREACHABLE || id == EVENT_DATABASE_LOGIN_REFUSED ||
        id == EVENT_TABLE_UNUSABLE) {
        last_trouble = id;
        snprintf(last_event, sizeof last_event, "%s", strings[0]);
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

/* How the table calls the column, or what stands for one that it lacks. */
static const char *called(enum table_column column, const char *lacking, char out[CLOUD_QUOTED_MAX])
{
    const char *name = config_column(&whole.database, column);
    if (name[0] == '\0') {
        return lacking;
    }
    cloud_quote(name, out);
    return out;
}

/* Rows of the table that are this punch, byte for byte. */
static long long rows_of(size_t i)
{
    char text[4096];
    char time[WALLTIME_TEXT_MAX];
    char names[6][CLOUD_QUOTED_MAX];
    char status[16];
    char verify[16];
    const struct punch punch = punch_of(i);
    char user[2 * PUNCH_USER_MAX + 1];
    mysql_real_escape_string(root, user, punch.user_id, (unsigned long)strlen(punch.user_id));
    cloud_quote(whole.database.table, names[5]);
    snprintf(status, sizeof status, "%d", punch.status);
    snprintf(verify, sizeof verify, "%d", punch.verify);
    snprintf(text, sizeof text,
             "SELECT COUNT(*) FROM %s WHERE %s = 'TEST1' AND"
             " HEX(CONVERT(%s USING utf8mb4)) = HEX(CONVERT('%s' USING utf8mb4)) AND"
             " %s = '%s' AND %s = %s AND %s = %s",
             names[5], called(COLUMN_SN, "'TEST1'", names[0]), called(COLUMN_USER, "", names[1]),
             user, called(COLUMN_TIME, "", names[2]), walltime_text(punch.time, time),
             called(COLUMN_STATUS, status, names[3]), status,
             called(COLUMN_VERIFY, verify, names[4]), verify);
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
                            " 'hip' AND table_name NOT LIKE '%status'") != 0;
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
#define WHO BIN("device_sn") ", " BIN("user_id")
#define KEY "UNIQUE KEY k (device_sn, user_id, check_time)"
#define ID "id INT AUTO_INCREMENT PRIMARY KEY"
#define UTF8 " DEFAULT CHARSET = utf8mb4"
#define PLAIN "(" ID ", " FIVE ", " KEY ")" UTF8 " COLLATE utf8mb4_bin"
#define TO_BIN "ALTER TABLE device_logs MODIFY " BIN("user_id") ", MODIFY " BIN("device_sn")

enum { UNUSABLE = -1 };

struct table {
    const char *name, *make, *also;
    int refused;       /* or UNUSABLE, none being there */
    const char *words; /* of the event that names it; NULL: there is none */
    const char *cure;
};

/* Its columns by other names; "": left out. */
typedef const char *names[COLUMNS];

static const struct table tables[] = {
    {"as the old scripts made it",
     "(" ID ", " FIVE ", created_at TIMESTAMP DEFAULT NOW(), " KEY ")" UTF8
     " COLLATE utf8mb4_general_ci",
     NULL, 2, "MODIFY `user_id`", TO_BIN},
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
     "(" ID ", " WHO ", check_time DATETIME, status INT, verify_type"
     " INT, raw_data VARCHAR(20) CHARACTER SET latin1, " KEY ")" UTF8,
     NULL, 0, NULL, NULL},
    {"a line of three bytes a character, cut",
     "(" ID ", " WHO ", check_time DATETIME, status INT, verify_type"
     " INT, raw_data TINYTEXT CHARACTER SET utf8mb3, " KEY ")" UTF8,
     NULL, 0, NULL, NULL},
    {"narrow numbers",
     "(" ID ", " WHO ", check_time DATETIME, status TINYINT,"
     " verify_type TINYINT, raw_data TEXT, " KEY ")" UTF8,
     NULL, 2, "ends at 127", "ALTER TABLE device_logs MODIFY status INT, MODIFY verify_type INT"},
    {"a time of TIMESTAMP",
     "(" ID ", " WHO ", check_time TIMESTAMP, status INT,"
     " verify_type INT, raw_data TEXT, " KEY ")" UTF8,
     NULL, 0, "TIMESTAMP", NULL},
    {"a trigger that changes the state", PLAIN,
     "CREATE TRIGGER t BEFORE INSERT ON device_logs FOR EACH ROW SET NEW.status = 7", UNUSABLE,
     "SHOW TRIGGERS", "DROP TRIGGER t"},
    {"a trigger that changes the state of some", PLAIN,
     "CREATE TRIGGER t BEFORE INSERT ON device_logs FOR EACH ROW IF NEW.status = 255 THEN SET"
     " NEW.status = 0; END IF",
     UNUSABLE, "SHOW TRIGGERS", "DROP TRIGGER t"},
    {"a trigger that drops zeros", PLAIN,
     "CREATE TRIGGER t BEFORE INSERT ON device_logs FOR EACH ROW SET NEW.user_id = TRIM(LEADING"
     " '0' FROM NEW.user_id)",
     UNUSABLE, "SHOW TRIGGERS", "DROP TRIGGER t"},
    {"a trigger that refuses some", PLAIN,
     "CREATE TRIGGER t BEFORE INSERT ON device_logs FOR EACH ROW IF NEW.status = 255 THEN SIGNAL"
     " SQLSTATE '45000' SET MESSAGE_TEXT = 'no state'; END IF",
     1, NULL, "DROP TRIGGER t"},
    {"a column that must be given", "(" FIVE ", site INT NOT NULL)" UTF8, NULL, UNUSABLE,
     "MODIFY `site`", "ALTER TABLE device_logs MODIFY site INT NULL"},
    {"a number for the person",
     "(device_sn VARCHAR(50), user_id INT, check_time DATETIME, status INT, verify_type INT,"
     " raw_data TEXT)" UTF8,
     NULL, UNUSABLE, "00042", "ALTER TABLE device_logs MODIFY user_id VARCHAR(50)"},
    {"a computed state",
     "(device_sn VARCHAR(50), user_id VARCHAR(50), check_time DATETIME, status INT AS (1) STORED,"
     " verify_type INT, raw_data TEXT)" UTF8 " COLLATE utf8mb4_bin",
     NULL, UNUSABLE, "computed", "ALTER TABLE device_logs MODIFY status INT"},
    {"no line",
     "(device_sn VARCHAR(50), user_id VARCHAR(50), check_time DATETIME, status INT,"
     " verify_type INT)" UTF8 " COLLATE utf8mb4_bin",
     NULL, UNUSABLE, "ADD `raw_data` TEXT", "ALTER TABLE device_logs ADD raw_data TEXT"},
    {"partitions that end",
     "(" FIVE ") " UTF8 " COLLATE utf8mb4_bin PARTITION BY RANGE (TO_DAYS(check_time)) (PARTITION p"
     " VALUES LESS THAN (TO_DAYS('2026-09-22')))",
     NULL, 1, NULL,
     "ALTER TABLE device_logs ADD PARTITION (PARTITION q VALUES LESS THAN MAXVALUE)"},
};

/* In Thai: the table, the terminal, the person, when, in or out, how, the line. */
#define T_TABLE "\xe0\xb8\x9a\xe0\xb8\xb1\xe0\xb8\x99\xe0\xb8\x97\xe0\xb8\xb6\xe0\xb8\x81"
#define T_SN "\xe0\xb9\x80\xe0\xb8\x84\xe0\xb8\xa3\xe0\xb8\xb7\xe0\xb9\x88\xe0\xb8\xad\xe0\xb8\x87"
#define T_USER                                                                                     \
    "\xe0\xb8\xa3\xe0\xb8\xab\xe0\xb8\xb1\xe0\xb8\xaa\xe0\xb8\x9e\xe0\xb8\x99\xe0\xb8\xb1\xe0\xb8" \
    "\x81"
#define T_TIME "\xe0\xb9\x80\xe0\xb8\xa7\xe0\xb8\xa5\xe0\xb8\xb2"
#define T_STATUS "\xe0\xb9\x80\xe0\xb8\x82\xe0\xb9\x89\xe0\xb8\xb2"
#define T_VERIFY "\xe0\xb8\xa7\xe0\xb8\xb4\xe0\xb8\x98\xe0\xb8\xb5"
#define T_RAW "\xe0\xb8\x9a\xe0\xb8\xa3\xe0\xb8\xa3\xe0\xb8\x97\xe0\xb8\xb1\xe0\xb8\x94"
#define T_SITE "\xe0\xb8\xaa\xe0\xb8\xb2\xe0\xb8\x82\xe0\xb8\xb2"
#define THAI(time, user)                                                                           \
    T_SN " VARCHAR(50) NOT NULL, " T_USER " " user " NOT NULL, " T_TIME " " time                   \
         " NOT NULL, " T_STATUS " INT, " T_VERIFY " INT, " T_RAW " TEXT"
#define TEXT50 "VARCHAR(50)"
#define THAI_NAMES                                                                                 \
    {                                                                                              \
        T_SN, T_USER, T_TIME, T_STATUS, T_VERIFY, T_RAW                                            \
    }
#define THAI_KEY "UNIQUE (" T_SN ", " T_USER ", " T_TIME ")"
#define UTF8_BIN " DEFAULT CHARSET = utf8mb4 COLLATE utf8mb4_bin"
/* A payroll program's that wants to know who and when. */
#define ONLY(user, time)                                                                           \
    {                                                                                              \
        "", user, time, "", "", ""                                                                 \
    }
/* 64 characters of three bytes: as long as a name may be. */
#define E8 T_TIME T_TIME /* 8 characters */
#define E60 E8 E8 E8 E8 E8 E8 E8 T_TIME

static const struct {
    struct table table;
    names columns;
} named[] = {
    {{"names in Thai", "(" THAI("DATETIME", TEXT50) ", " THAI_KEY ")" UTF8_BIN, NULL, 0, NULL,
      NULL},
     THAI_NAMES},
    {{"names in Thai with a feed and all that is optional",
      "(" THAI("DATETIME", TEXT50) ", u DATETIME, w VARCHAR(24), n VARCHAR(100), s VARCHAR(8), b"
                                   " CHAR(16), q BIGINT UNSIGNED, " THAI_KEY
                                   ", KEY (b, q))" UTF8_BIN,
      NULL, 0, NULL, NULL},
     {T_SN, T_USER, T_TIME, T_STATUS, T_VERIFY, T_RAW, "u", "w", "n", "s", "b", "q"}},
    {{"times as a text", "(" THAI("VARCHAR(30)", TEXT50) ")" UTF8_BIN, NULL, UNUSABLE,
      "MODIFY `" T_TIME "` DATETIME", "ALTER TABLE `" T_TABLE "` MODIFY `" T_TIME "` DATETIME"},
     THAI_NAMES},
    {{"persons as numbers", "(" THAI("DATETIME", "BIGINT") ")" UTF8_BIN, NULL, UNUSABLE,
      "MODIFY `" T_USER "` VARCHAR(50)",
      "ALTER TABLE `" T_TABLE "` MODIFY `" T_USER "` VARCHAR(50)"},
     THAI_NAMES},
    {{"a column of its own that must be given",
      "(" THAI("DATETIME", TEXT50) ", " T_SITE " INT NOT NULL)" UTF8_BIN, NULL, UNUSABLE,
      "MODIFY `" T_SITE "`", "ALTER TABLE `" T_TABLE "` MODIFY `" T_SITE "` INT NULL"},
     THAI_NAMES},
    {{"a column of its own that has a default",
      "(" THAI("DATETIME", TEXT50) ", " T_SITE " INT NOT NULL DEFAULT 1)" UTF8_BIN, NULL, 0, NULL,
      NULL},
     THAI_NAMES},
    {{"a key on the person alone", "(" THAI("DATETIME", TEXT50) ", UNIQUE k (" T_USER "))" UTF8_BIN,
      NULL, UNUSABLE, "DROP INDEX `k`", "ALTER TABLE `" T_TABLE "` DROP INDEX k"},
     THAI_NAMES},
    {{"the person as primary key",
      "(" THAI("DATETIME", TEXT50) ", PRIMARY KEY (" T_USER "))" UTF8_BIN, NULL, UNUSABLE,
      "DROP PRIMARY KEY, ADD id",
      "ALTER TABLE `" T_TABLE "` DROP PRIMARY KEY, ADD id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT"
      " PRIMARY KEY"},
     THAI_NAMES},
    {{"who and when alone", "(emp VARCHAR(50), at DATETIME, UNIQUE (emp, at))" UTF8_BIN, NULL, 0,
      NULL, NULL},
     ONLY("emp", "at")},
    {{"who and when, without a key", "(emp VARCHAR(50), at DATETIME)" UTF8_BIN, NULL, 0, NULL,
      NULL},
     ONLY("emp", "at")},
    {{"a key with what is left out",
      "(emp VARCHAR(50), at DATETIME, device_sn INT, UNIQUE (emp,"
      " device_sn))" UTF8_BIN,
      NULL, 0, NULL, NULL},
     ONLY("emp", "at")},
    {{"names that must be quoted",
      "(`order` VARCHAR(50), `it``s \"a\" 'time'` DATETIME, `Emp No.` VARCHAR(50), `?` INT, `%s`"
      " INT, `select` TEXT, UNIQUE (`order`, `Emp No.`, `it``s \"a\" 'time'`))" UTF8_BIN,
      NULL, 0, NULL, NULL},
     {"order", "Emp No.", "it`s \"a\" 'time'", "?", "%s", "select"}},
    {{"a name that is not there", "(" THAI("DATETIME", TEXT50) ")" UTF8_BIN, NULL, UNUSABLE,
      "Name its own in database.columns, or run: ALTER TABLE `" T_TABLE "` ADD `emp` VARCHAR(50)",
      "ALTER TABLE `" T_TABLE "` ADD emp VARCHAR(50) COLLATE utf8mb4_bin, MODIFY " T_USER
      " VARCHAR(50) NULL"},
     {T_SN, "emp", T_TIME, T_STATUS, T_VERIFY, T_RAW}},
    {{"an optional one by a name that is not there", "(" THAI("DATETIME", TEXT50) ")" UTF8_BIN,
      NULL, UNUSABLE, "ADD `zone` VARCHAR(24) NULL",
      "ALTER TABLE `" T_TABLE "` ADD zone VARCHAR(24) NULL"},
     {T_SN, T_USER, T_TIME, T_STATUS, T_VERIFY, T_RAW, NULL, "zone"}},
    {{"an optional one of another kind", "(" THAI("DATETIME", TEXT50) ", work INT)" UTF8_BIN, NULL,
      UNUSABLE, "MODIFY `work` VARCHAR(24) NULL",
      "ALTER TABLE `" T_TABLE "` MODIFY work VARCHAR(24) NULL"},
     {T_SN, T_USER, T_TIME, T_STATUS, T_VERIFY, T_RAW, NULL, "work"}},
    {{"people who compare as one",
      "(" THAI("DATETIME", TEXT50) ", " THAI_KEY ")" UTF8 " COLLATE utf8mb4_general_ci", NULL, 2,
      "MODIFY `" T_USER "` VARCHAR(50)",
      "ALTER TABLE `" T_TABLE "` MODIFY " T_USER " VARCHAR(50) COLLATE utf8mb4_bin NOT NULL"},
     THAI_NAMES},
    {{"the longest names",
      "(" E60 "aaaa VARCHAR(50), " E60 "aaab VARCHAR(50), " E60
      "aaac VARCHAR(30), s INT, v INT, r TEXT)" UTF8_BIN,
      NULL, UNUSABLE, "aaac` DATETIME", "ALTER TABLE `" T_TABLE "` MODIFY `" E60 "aaac` DATETIME"},
     {E60 "aaaa", E60 "aaab", E60 "aaac", "s", "v", "r"}},
};

static int begin_table(const names *columns, const char *name)
{
    const struct outbox_options options = {0};
    if (begin(NULL) != 0 || scratch_begin() != 0) {
        return -1;
    }
    sql("DROP TABLE IF EXISTS `" T_TABLE "`");
    memset(&whole, 0, sizeof whole);
    whole.database = config.database;
    whole.outbox.retain_days = 90;
    snprintf(whole.database.table, sizeof whole.database.table, "%s", name);
    for (size_t i = 0; i < COLUMNS; i++) {
        if ((*columns)[i] != NULL) {
            whole.database.columns.given[i] = true;
            snprintf(whole.database.columns.name[i], COLUMN_BYTES + 1, "%s", (*columns)[i]);
        }
    }
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

static void append_all(const char *input)
{
    DO(outbox_begin(outbox, &err));
    for (size_t i = 0; i < PUNCHES; i++) {
        enum outbox_added added;
        const struct punch punch = punch_of(i);
        DO(outbox_append(outbox, &punch, 0, NOW, &added, &err));
        CHECK_INT(input, OUTBOX_NEW, added);
    }
    DO(outbox_commit(outbox, &err));
}

static void check_table(const struct table *table, const names *columns, const char *name)
{
    char text[4096];
    char count_all[2 * CLOUD_QUOTED_MAX];
    char quoted[CLOUD_QUOTED_MAX];
    const char *input = table->name;
    size_t count = 0;
    struct outbox_counts counts;
    assert_int_equal(begin_table(columns, name), 0);
    cloud_quote(name, quoted);
    snprintf(count_all, sizeof count_all, "SELECT COUNT(*) FROM %s", quoted);
    snprintf(text, sizeof text, "CREATE TABLE %s %s", quoted, table->make);
    sql(text);
    if (table->also != NULL) {
        sql(table->also);
    }
    append_all(input);
    start();
    run();
    size_t right = table->refused == UNUSABLE ? 0 : check_sum(input);
    DO(outbox_counts(outbox, &counts, &err));
    if (table->refused == UNUSABLE) {
        CHECK_INT(input, EVENT_TABLE_UNUSABLE, last_trouble);
        /* before a trigger is noticed, rows that it leaves alone may have gone in */
        right = table->also != NULL ? check_sum(input) : 0;
        CHECK_INT(input, right, sql_number(count_all));
        CHECK_INT(input, PUNCHES - right, counts.waiting);
    } else {
        CHECK_TEXT(input, "", last_event);
        CHECK_INT(input, table->refused, counts.refused);
        CHECK_INT(input, PUNCHES - table->refused, right);
    }
    const char *said = table->refused == UNUSABLE ? last_event : odd;
    if (table->words == NULL ? said[0] != '\0' : strstr(said, table->words) == NULL) {
        fail_msg("[%s] expected \"%s\" in \"%s\"", input,
                 table->words != NULL ? table->words : "nothing", said);
    }
    /* put right, and what was refused sent again */
    if (table->cure != NULL) {
        sql(table->cure);
    }
    if (table->refused == UNUSABLE && strcmp(name, "device_logs") == 0) {
        sql(TO_BIN);
    }
    DO(outbox_begin(outbox, &err));
    DO(outbox_requeue_refused(outbox, &count, &err));
    DO(outbox_commit(outbox, &err));
    start();
    run();
    CHECK_INT(input, PUNCHES, check_sum(input));
    CHECK_INT(input, PUNCHES, sql_number(count_all));
    end_table();
}

static void other_peoples_tables(void **state)
{
    (void)state;
    static const names same = {NULL};
    for (size_t t = 0; t < HB_COUNT(tables); t++) {
        check_table(&tables[t], &same, "device_logs");
    }
}

static void tables_with_names_of_their_own(void **state)
{
    (void)state;
    for (size_t t = 0; t < HB_COUNT(named); t++) {
        check_table(&named[t].table, &named[t].columns, T_TABLE);
    }
    sql("DROP TABLE `" T_TABLE "`");
}

static void take_line(void *context, const char *what, bool fine, const char *words)
{
    (void)context;
    if (!fine) {
        fail_msg("%s: %s", what, words);
    }
    if (strcmp(what, "test row") == 0 || strcmp(what, "optional columns") == 0) {
        snprintf(last_event + strlen(last_event), sizeof last_event - strlen(last_event), "%s; ",
                 words);
    }
}

/* Tables that are made, by the names that are wanted: each is whole, and needs nothing more. */
static void a_table_is_made_with_the_names_that_are_wanted(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        names columns;
    } wanted[] = {
        {.name = "Thai", .columns = THAI_NAMES},
        {.name = "all of the longest",
         .columns = {E60 "aaaa", E60 "aaab", E60 "aaac", E60 "aaad", E60 "aaae", E60 "aaaf",
                     E60 "aaag", E60 "aaah", E60 "aaai", E60 "aaaj", E60 "aaak", E60 "aaal"}},
        {.name = "who and when", .columns = {"", "emp", "at", "", "", "", "", "", "", "", "", ""}},
        {.name = "no terminal", .columns = {""}},
        {.name = "no feed", .columns = {[COLUMN_SEQ] = ""}},
        {.name = "taken", .columns = {"id", "created_at", "time"}},
        {.name = "our own", .columns = {NULL}},
    };
    for (size_t t = 0; t < HB_COUNT(wanted); t++) {
        const char *input = wanted[t].name;
        assert_int_equal(begin_table(&wanted[t].columns, T_TABLE), 0);
        append_all(input);
        start();
        run();
        CHECK_TEXT(input, "", last_event);
        CHECK_TEXT(input, "", odd);
        CHECK_INT(input, PUNCHES, check_sum(input));
        struct cloud *cloud = cloud_new(&whole.database, &err);
        assert_non_null(cloud);
        CHECK_INT(input, true, cloud_examine(cloud, false, take_line, NULL));
        CHECK_TEXT(input, "all are there; written, read and rolled back; ", last_event);
        cloud_free(cloud);
        end_table();
        sql("DROP TABLE `" T_TABLE "`");
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
        cmocka_unit_test(tables_with_names_of_their_own),
        cmocka_unit_test(a_table_is_made_with_the_names_that_are_wanted),
        cmocka_unit_test_setup(a_view_is_not_written_through, begin),
        cmocka_unit_test_setup(a_right_that_lacks_is_named_with_its_grant, begin),
    };
    int failed = cmocka_run_group_tests_name("cloud_tables", tests, NULL, NULL);
    server_end();
    return failed;
}
