/* Tables that others made, with the real outbox and uploader against a real server: for each, what
 * was acknowledged is right in the table, refused with its reason, or waits; and once the table is
 * put right each punch is there once. Run by with_mariadb.sh or another server's script. */
#include "odd_tables.h"

#define FIVE                                                                                       \
    "device_sn VARCHAR(50) NOT NULL, user_id VARCHAR(50) NOT NULL, check_time DATETIME NOT NULL, " \
    "status INT NOT NULL DEFAULT 0, verify_type INT NOT NULL DEFAULT 1, raw_data TEXT"
#define BIN(name) name " VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL"
#define WHO BIN("device_sn") ", " BIN("user_id")
#define KEY "UNIQUE KEY k (device_sn, user_id, check_time)"
#define ID "id INT AUTO_INCREMENT PRIMARY KEY"
#define PLAIN "(" ID ", " FIVE ", " KEY ")" UTF8 " COLLATE utf8mb4_bin"

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

static void other_peoples_tables(void **state)
{
    (void)state;
    static const names same = {NULL};
    for (size_t t = 0; t < HB_COUNT(tables); t++) {
        check_table(&tables[t], &same, "device_logs");
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
