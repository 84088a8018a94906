/* The cloud against MySQL: what MariaDB cannot show. Run by ../../servers/with_mysql.sh. */
#include "cloud_server.h"

static const char *own_ca;

static int begin_mysql(void **state)
{
    sql("SET GLOBAL super_read_only = 0");
    sql("SET GLOBAL read_only = 0");
    sql("SET GLOBAL offline_mode = 0");
    sql("SET GLOBAL require_secure_transport = 0");
    sql("SET GLOBAL max_prepared_stmt_count = 16382");
    return begin(state);
}

static void use_certificate(bool own)
{
    sql(own ? "SET GLOBAL ssl_ca = '/mnt/data/ca.pem', GLOBAL ssl_cert ="
              " '/mnt/data/server-cert.pem', GLOBAL ssl_key = '/mnt/data/server-key.pem'"
            : "SET GLOBAL ssl_ca = '/mnt/ca.pem', GLOBAL ssl_cert = '/mnt/server.pem',"
              " GLOBAL ssl_key = '/mnt/server.key'");
    sql("ALTER INSTANCE RELOAD TLS");
}

static void its_own_certificate_is_taken_by_its_authority(void **state)
{
    (void)state;
    use_certificate(true);
    snprintf(config.database.tls_ca, sizeof config.database.tls_ca, "%s", own_ca);
    check_no_connection("it names no host", ERR_UNREACHABLE, "verify-ca");
    config.database.tls = CONFIG_TLS_VERIFY_CA;
    struct cloud *cloud = connected_cloud();
    CHECK_INT(cloud_facts(cloud)->tls, 0, strncmp(cloud_facts(cloud)->tls, "TLSv1.", 6));
    cloud_free(cloud);
    snprintf(config.database.tls_ca, sizeof config.database.tls_ca, "%s", other_ca);
    check_no_connection("another authority", ERR_UNREACHABLE, "database.tls_ca");
    use_certificate(false);
}

static void each_way_to_log_in_goes_over_tls_and_none_without(void **state)
{
    (void)state;
    static const char *const plugins[] = {"caching_sha2_password", "sha256_password"};
    for (size_t i = 0; i < HB_COUNT(plugins); i++) {
        char text[256];
        sql("DROP USER IF EXISTS odd@'%'");
        snprintf(text, sizeof text, "CREATE USER odd@'%%' IDENTIFIED WITH %s BY 'right'",
                 plugins[i]);
        sql(text);
        sql("GRANT ALL ON hip.* TO odd@'%'");
        config.database.tls = CONFIG_TLS_OFF;
        strcpy(config.database.user, "odd");
        check_no_connection(plugins[i], ERR_LOGIN, "set database.tls");
        config.database.tls = CONFIG_TLS_VERIFY;
        cloud_free(connected_cloud()); /* the full way, */
        cloud_free(connected_cloud()); /* and from the server's cache */
        config.database.tls = CONFIG_TLS_OFF;
        check_no_connection(plugins[i], ERR_LOGIN, "set database.tls");
    }
    sql("DROP USER odd@'%'");
}

static void a_server_that_wants_tls_says_so(void **state)
{
    (void)state;
    sql("SET GLOBAL require_secure_transport = 1");
    config.database.tls = CONFIG_TLS_OFF;
    check_no_connection("require_secure_transport", ERR_LOGIN, "set database.tls");
    sql("SET GLOBAL require_secure_transport = 0");
}

static void check_insert(struct cloud *cloud, const char *input, enum error_kind kind, long code,
                         const char *words)
{
    struct error err = ERROR_INIT;
    if (insert(cloud, 1, &err)) {
        fail_msg("[%s] the row went in", input);
    }
    CHECK_INT(err.text, kind, err.kind);
    CHECK_INT(err.text, code, err.code);
    if (strstr(err.text, words) == NULL) {
        fail_msg("[%s] expected \"%s\" in \"%s\"", input, words, err.text);
    }
}

static void a_shortage_passes(void **state)
{
    (void)state;
    sql("SET GLOBAL max_prepared_stmt_count = 0");
    check_no_connection("1461", ERR_UNREACHABLE, "max_prepared_stmt_count");
    sql("SET GLOBAL max_prepared_stmt_count = 16382");
    struct cloud *cloud = connected_cloud();
    make_rows(0, 1);
    sql("SET GLOBAL max_prepared_stmt_count = 0");
    check_insert(cloud, "1461", ERR_UNREACHABLE, 1461, "max_prepared_stmt_count");
    sql("SET GLOBAL max_prepared_stmt_count = 16382");
    assert_true(cloud_connect(cloud, NULL));
    put(cloud, 1);
    cloud_free(cloud);
}

static void a_server_that_takes_no_writes_is_waited_for(void **state)
{
    (void)state;
    struct cloud *cloud = connected_cloud();
    make_rows(0, 1);
    sql("SET GLOBAL super_read_only = 1");
    check_insert(cloud, "1290", ERR_UNREACHABLE, 1290, "takes no writes");
    sql("SET GLOBAL super_read_only = 0");
    sql("SET GLOBAL read_only = 0");
    sql("SET GLOBAL offline_mode = 1");
    check_no_connection("3032", ERR_UNREACHABLE, "offline_mode");
    sql("SET GLOBAL offline_mode = 0");
    assert_true(cloud_connect(cloud, NULL));
    put(cloud, 1);
    cloud_free(cloud);
}

static void a_row_that_a_column_cannot_hold_is_that_rows_fault(void **state)
{
    (void)state;
    static const struct {
        const char *table;
        const char *user;
        int32_t status;
        long code;
    } cases[] = {
        {"user_id VARCHAR(50) CHARACTER SET latin1", "\xe0\xb8\x81", 0, 3988},
        {"user_id VARCHAR(50), CHECK (status < 200)", "1", 255, 3819},
        {"user_id VARCHAR(50), CHECK (user_id <> 'no')", "no", 0, 3819},
        {"user_id VARCHAR(24)", "0123456789012345678901234567890", 0, 1406},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char text[512];
        begin(NULL);
        snprintf(text, sizeof text,
                 "CREATE TABLE device_logs (device_sn VARCHAR(50), check_time DATETIME, status INT,"
                 " verify_type INT, raw_data TEXT, %s)",
                 cases[i].table);
        sql(text);
        struct cloud *cloud = connected_cloud();
        make_rows(0, 1);
        strcpy(rows[0].punch.user_id, cases[i].user);
        rows[0].punch.status = cases[i].status;
        check_insert(cloud, cases[i].table, ERR_DATA, cases[i].code, "");
        make_rows(1, 5);
        put(cloud, 5);
        cloud_free(cloud);
    }
}

static void a_key_that_is_computed_swallows_punches(void **state)
{
    (void)state;
    sql("CREATE TABLE device_logs (device_sn VARCHAR(50), user_id VARCHAR(50), check_time DATETIME,"
        " status INT, verify_type INT, raw_data TEXT, UNIQUE KEY k ((CAST(check_time AS DATE)),"
        " user_id))");
    check_no_connection("a computed key", ERR_TABLE, "DROP INDEX `k`");
}

static void a_table_is_made_where_a_primary_key_is_required(void **state)
{
    (void)state;
    sql("SET GLOBAL sql_require_primary_key = 1");
    struct cloud *cloud = connected_cloud();
    make_rows(0, 10);
    put(cloud, 10);
    put(cloud, 10);
    CHECK_INT("each once", 10, sql_number(count_rows));
    cloud_free(cloud);
    sql("SET GLOBAL sql_require_primary_key = 0");
}

static char words[8192];

static void note_line(void *context, const char *what, bool fine, const char *text)
{
    (void)context;
    size_t used = strlen(words);
    snprintf(words + used, sizeof words - used, "%s %s: %s\n", what, fine ? "ok" : "BAD", text);
}

static void test_db_says_what_the_server_said(void **state)
{
    (void)state;
    sql("SET GLOBAL offline_mode = 1");
    struct cloud *cloud = new_cloud();
    words[0] = '\0';
    assert_false(cloud_examine(cloud, false, note_line, NULL));
    CHECK_INT(words, true, strstr(words, "The server was reached") != NULL);
    CHECK_INT(words, true, strstr(words, "firewall") == NULL);
    cloud_free(cloud);
    sql("SET GLOBAL offline_mode = 0");
    cloud = new_cloud();
    words[0] = '\0';
    CHECK_INT(words, true, cloud_examine(cloud, true, note_line, NULL));
    CHECK_INT("nothing left behind", 0, sql_number(count_rows));
    cloud_free(cloud);
}

int main(void)
{
    int unready = server_begin();
    own_ca = getenv("HIPBRIDGE_DB_OWN_CA");
    if (unready != 0 || own_ca == NULL) {
        return unready != 0 ? unready : SERVER_NONE;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(its_own_certificate_is_taken_by_its_authority, begin_mysql),
        cmocka_unit_test_setup(each_way_to_log_in_goes_over_tls_and_none_without, begin_mysql),
        cmocka_unit_test_setup(a_server_that_wants_tls_says_so, begin_mysql),
        cmocka_unit_test_setup(a_shortage_passes, begin_mysql),
        cmocka_unit_test_setup(a_server_that_takes_no_writes_is_waited_for, begin_mysql),
        cmocka_unit_test_setup(a_row_that_a_column_cannot_hold_is_that_rows_fault, begin_mysql),
        cmocka_unit_test_setup(a_key_that_is_computed_swallows_punches, begin_mysql),
        cmocka_unit_test_setup(a_table_is_made_where_a_primary_key_is_required, begin_mysql),
        cmocka_unit_test_setup(test_db_says_what_the_server_said, begin_mysql),
    };
    int failed = cmocka_run_group_tests_name("cloud_mysql", tests, NULL, NULL);
    server_end();
    return failed;
}
