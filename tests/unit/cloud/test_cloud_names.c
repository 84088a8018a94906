/* Tables whose columns have names of their own (database.columns), and accounts that may not write
 * the status tables. Run by with_mariadb.sh or another server's script. */
#include "odd_tables.h"
#include "cloud/cloud_status.h"

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

static size_t status_events;
static char status_words[ERROR_TEXT_MAX];

static void take_status(void *context, enum event_id id, size_t count, const char *const *strings)
{
    take_event(context, id, count, strings);
    if (id == EVENT_STATUS_TABLES) {
        status_events++;
        snprintf(status_words, sizeof status_words, "%s", strings[1]);
    }
}

static bool status_fine;

static void take_status_line(void *context, const char *what, bool fine, const char *words)
{
    (void)context;
    if (strcmp(what, "status tables") == 0) {
        status_fine = fine;
        snprintf(status_words, sizeof status_words, "%s", words);
    }
}

/* What an account may that has the rights for the punches, and of the status tables: no punch is
 * held up, one event names what lacks, and test-db does. */
static void rights_on_the_status_tables_cost_no_punch(void **state)
{
    (void)state;
    static const struct event_sink status_sink = {take_status, NULL};
    static const struct {
        const char *name, *grants, *tables; /* of bridge_status: a statement that changes it */
        size_t events;
        const char *words;
    } cases[] = {
        {"none", "", NULL, 1, "GRANT SELECT, INSERT, UPDATE ON `hip`.bridge_status TO 'few'"},
        {"SELECT", "SELECT", NULL, 1, "`hip`.device_status TO 'few'"},
        {"SELECT and INSERT", "SELECT, INSERT", NULL, 1, "GRANT SELECT, INSERT, UPDATE"},
        {"all three", "SELECT, INSERT, UPDATE", NULL, 0, ""},
        {"somebody else's", "SELECT, INSERT, UPDATE",
         "ALTER TABLE bridge_status DROP COLUMN waiting", 1, "somebody else's must go"},
        {"too narrow for words", "SELECT, INSERT, UPDATE",
         "ALTER TABLE bridge_status MODIFY state VARCHAR(2)", 1, "somebody else's must go"},
    };
    static const char *const both[] = {"bridge_status", "device_status"};
    cloud_free(connected_cloud()); /* makes the table of the punches */
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        const names same = {NULL};
        const char *input = cases[i].name;
        char text[256];
        struct outbox_counts counts;
        assert_int_equal(begin_table(&same, "device_logs"), 0);
        cloud_free(connected_cloud());
        sql("DROP TABLE IF EXISTS bridge_status, device_status");
        sql(cloud_bridge_status_create);
        sql(cloud_device_status_create);
        sql("DROP USER IF EXISTS few@'%'");
        sql("CREATE USER few@'%' IDENTIFIED BY 'right'");
        sql("GRANT SELECT, INSERT, UPDATE ON hip.device_logs TO few@'%'");
        for (size_t t = 0; t < HB_COUNT(both) && cases[i].grants[0] != '\0'; t++) {
            snprintf(text, sizeof text, "GRANT %s ON hip.%s TO few@'%%'", cases[i].grants, both[t]);
            sql(text);
        }
        if (cases[i].tables != NULL) {
            sql(cases[i].tables);
        }
        strcpy(whole.database.user, "few");
        whole.database.create_table = false;
        whole.database.status_tables = true;
        status_events = 0;
        status_words[0] = last_event[0] = '\0';
        append_all(input);
        uploader = uploader_new(&whole, outbox, &status_sink, NULL, &err);
        assert_non_null(uploader);
        for (int64_t now_s = NOW; now_s < NOW + 1800; now_s += 60) {
            (void)uploader_step(uploader, now_s);
        }
        DO(outbox_counts(outbox, &counts, &err));
        CHECK_INT(input, 0, counts.waiting + counts.refused);
        CHECK_INT(input, PUNCHES, check_sum(input));
        CHECK_TEXT(input, "", last_event);
        CHECK_INT(input, cases[i].events, status_events);
        CHECK_INT(input, true, strstr(status_words, cases[i].words) != NULL);
        CHECK_INT(input, cases[i].events == 0,
                  sql_number("SELECT COUNT(*) FROM bridge_status") == 1);
        struct cloud *cloud = cloud_new(&whole.database, &err);
        assert_non_null(cloud);
        (void)cloud_examine(cloud, false, take_status_line, NULL);
        bool seen = i + 1 < HB_COUNT(cases); /* a width shows in the writing alone */
        CHECK_INT(status_words, cases[i].events == 0 || !seen, status_fine);
        CHECK_INT(status_words, true, !seen || strstr(status_words, cases[i].words) != NULL);
        cloud_free(cloud);
        end_table();
    }
    sql("DROP USER few@'%'");
    sql("DROP TABLE bridge_status, device_status");
}

int main(void)
{
    int unready = server_begin();
    if (unready != 0) {
        return unready;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_with_names_of_their_own),
        cmocka_unit_test(a_table_is_made_with_the_names_that_are_wanted),
        cmocka_unit_test(rights_on_the_status_tables_cost_no_punch),
    };
    int failed = cmocka_run_group_tests_name("cloud_names", tests, NULL, NULL);
    server_end();
    return failed;
}
