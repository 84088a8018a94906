/* The cloud against a real server: run by with_mariadb.sh, which says where it is. */
#ifdef _WIN32
#include <winsock2.h>
#include <process.h>
#else
#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#endif

#include "check.h"
#include "cloud_private.h"

enum { SKIPPED = 77, STOP_MAX_MS = 2000 };

static int server_port;
static const char *server_ca;
static const char *other_ca;

/* ---- threads and sockets, the few that are needed ---- */

static void pause_ms(unsigned ms)
{
#ifdef _WIN32
    Sleep(ms);
#else
    nanosleep(&(struct timespec){ms / 1000, (long)(ms % 1000) * 1000000}, NULL);
#endif
}

#ifdef _WIN32
static unsigned __stdcall interrupt_later(void *cloud)
{
    pause_ms(300);
    cloud_interrupt(cloud);
    return 0;
}
#else
static void *interrupt_later(void *cloud)
{
    pause_ms(300);
    cloud_interrupt(cloud);
    return NULL;
}
#endif

/* Runs the call with an interrupt from another thread after 300 ms; returns how long after that it
 * took. */
static int64_t interrupted(struct cloud *cloud,
                           bool (*call)(struct cloud *cloud, struct error *err), struct error *err)
{
    int64_t began = cloud_clock_us();
#ifdef _WIN32
    HANDLE thread = (HANDLE)_beginthreadex(NULL, 0, interrupt_later, cloud, 0, NULL);
    assert_false(call(cloud, err));
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
#else
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, interrupt_later, cloud), 0);
    assert_false(call(cloud, err));
    pthread_join(thread, NULL);
#endif
    return (cloud_clock_us() - began) / 1000 - 300;
}

/* A listener on loopback that never says a word; returns its port. */
static int mute_server(intptr_t *handle)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
#ifdef _WIN32
    int size = sizeof at;
#else
    socklen_t size = sizeof at;
#endif
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    *handle = (intptr_t)socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind((my_socket)*handle, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen((my_socket)*handle, 4), 0);
    assert_int_equal(getsockname((my_socket)*handle, (struct sockaddr *)&at, &size), 0);
    return ntohs(at.sin_port);
}

static void close_server(intptr_t handle)
{
#ifdef _WIN32
    closesocket((SOCKET)handle);
#else
    close((int)handle);
#endif
}

/* ---- the database as its administrator sees it ---- */

static MYSQL *root;

static void sql(const char *text)
{
    if (mysql_query(root, text) != 0) {
        fail_msg("[%s] %s", text, mysql_error(root));
    }
}

static long long sql_number(const char *text)
{
    sql(text);
    MYSQL_RES *result = mysql_store_result(root);
    assert_non_null(result);
    MYSQL_ROW row = mysql_fetch_row(result);
    long long number = row != NULL && row[0] != NULL ? strtoll(row[0], NULL, 10) : -1;
    mysql_free_result(result);
    return number;
}

static void sql_text(const char *text, char *out, size_t size)
{
    sql(text);
    MYSQL_RES *result = mysql_store_result(root);
    assert_non_null(result);
    MYSQL_ROW row = mysql_fetch_row(result);
    snprintf(out, size, "%s", row != NULL && row[0] != NULL ? row[0] : "(none)");
    mysql_free_result(result);
}

/* ---- what each test begins with ---- */

static struct config config;

static void use_host(size_t index, const char *name, int port)
{
    snprintf(config.database.hosts[index].name, CONFIG_TEXT_MAX, "%s", name);
    config.database.hosts[index].port = port;
    if (config.database.host_count <= index) {
        config.database.host_count = index + 1;
    }
}

static int begin(void **state)
{
    (void)state;
    memset(&config, 0, sizeof config);
    use_host(0, "localhost", server_port);
    strcpy(config.database.user, "hip");
    strcpy(config.database.password, "right");
    strcpy(config.database.database, "hip");
    strcpy(config.database.table, "device_logs");
    snprintf(config.database.tls_ca, sizeof config.database.tls_ca, "%s", server_ca);
    config.database.create_table = true;
    config.database.tls = CONFIG_TLS_VERIFY;
    config.database.connect_timeout_s = 5;
    config.database.batch_rows = 1000;
    sql("DROP TABLE IF EXISTS device_logs");
    sql("SET GLOBAL read_only = 0");
    return 0;
}

static struct cloud *new_cloud(void)
{
    struct error err = ERROR_INIT;
    struct cloud *cloud = cloud_new(&config, &err);
    assert_non_null(cloud);
    return cloud;
}

static struct cloud *connected_cloud(void)
{
    struct error err = ERROR_INIT;
    struct cloud *cloud = new_cloud();
    if (!cloud_connect(cloud, &err)) {
        fail_msg("connect: %s", err.text);
    }
    return cloud;
}

/* A failure of cloud_connect with this configuration: its kind, and words that must be in its text.
 */
static void check_no_connection(const char *input, enum error_kind kind, const char *words)
{
    struct error err = ERROR_INIT;
    struct cloud *cloud = new_cloud();
    if (cloud_connect(cloud, &err)) {
        fail_msg("[%s] expected \"%s\", got a connection", input, words);
    }
    CHECK_INT(input, kind, err.kind);
    CHECK_INT(input, false, cloud_connected(cloud));
    if (strstr(err.text, words) == NULL) {
        fail_msg("[%s] expected words \"%s\", got \"%s\"", input, words, err.text);
    }
    if (strstr(err.text, "right\"") != NULL) {
        fail_msg("[%s] the password is in \"%s\"", input, err.text);
    }
    cloud_free(cloud);
}

enum { ROWS_MAX = 3000 };
static struct outbox_row rows[ROWS_MAX];

/* Rows from..from+count, distinct punches. */
static void make_rows(size_t from, size_t count)
{
    memset(rows, 0, sizeof rows);
    for (size_t i = 0; i < count; i++) {
        struct punch *punch = &rows[i].punch;
        rows[i].id = (int64_t)(from + i + 1);
        snprintf(punch->device_sn, sizeof punch->device_sn, "TEST%04d", (int)((from + i) % 7));
        snprintf(punch->user_id, sizeof punch->user_id, "%05d", (int)((from + i) % 100));
        punch->time = 1700000000 + (int64_t)(from + i) * 60;
        punch->status = (int32_t)((from + i) % 256);
        punch->verify = 200;
        punch->raw = SPAN("7\t2023-11-14 22:13:20\t0\t200 \xe0\xb8\x81 'quoted'");
    }
}

static void put(struct cloud *cloud, size_t count)
{
    struct error err = ERROR_INIT;
    if (!cloud_insert(cloud, rows, count, &err)) {
        fail_msg("insert of %zu: %s", count, err.text);
    }
}

static const char count_rows[] = "SELECT COUNT(*) FROM device_logs";

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
        assert_false(cloud_insert(cloud, rows, 100, &err));
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
        assert_false(cloud_insert(cloud, rows, 1000, &err));
        CHECK_INT(err.text, ERR_TOO_LARGE, err.kind);
        put(cloud, 400);
        cloud->max_packet = 64 << 20; /* what the server says when it is not asked first */
        assert_false(cloud_insert(cloud, rows, 1000, &err));
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
         "column user_id is varchar(10)"},
        {"device_sn VARCHAR(50), user_id INT, check_time DATETIME, status INT,"
         " verify_type INT, raw_data TEXT",
         "column user_id is int"},
        {"device_sn VARCHAR(50), user_id VARCHAR(50), check_time DATE, status INT,"
         " verify_type INT, raw_data TEXT",
         "column check_time is date"},
        {"device_sn VARCHAR(50), user_id VARCHAR(50), check_time DATETIME, status TINYINT,"
         " verify_type INT, raw_data TEXT",
         "column status is tinyint"},
        {"device_sn VARCHAR(50), user_id VARCHAR(50), check_time DATETIME, status INT,"
         " raw_data TEXT",
         "no column verify_type"},
        {"device_sn VARCHAR(50), user_id VARCHAR(50), check_time DATETIME, status INT,"
         " verify_type INT, raw_data TEXT, site INT NOT NULL",
         "column site must be given"},
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
    CHECK_INT("eight columns", 8,
              sql_number("SELECT COUNT(*) FROM information_schema.columns WHERE"
                         " table_schema = 'hip' AND table_name = 'device_logs'"));
    sql("DROP TABLE device_logs");
    struct error err = ERROR_INIT;
    make_rows(0, 5);
    assert_false(cloud_insert(cloud, rows, 5, &err));
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

/* ---- connecting ---- */

static void tls_is_what_the_configuration_says(void **state)
{
    (void)state;
    struct cloud *cloud = connected_cloud();
    CHECK_INT(cloud_facts(cloud)->tls, 0, strncmp(cloud_facts(cloud)->tls, "TLSv1.", 6));
    int64_t left_s = cloud_facts(cloud)->tls_until_s - (int64_t)time(NULL);
    CHECK_TEXT("issuer", CLOUD_CERTIFICATE_TOLD ? "CN=HIP Bridge test authority" : "",
               cloud_facts(cloud)->tls_issuer);
    CHECK_INT("until", true,
              CLOUD_CERTIFICATE_TOLD ? left_s > 29 * 86400 && left_s <= 30 * 86400
                                     : cloud_facts(cloud)->tls_until_s == 0);
    cloud_free(cloud);

    snprintf(config.database.tls_ca, sizeof config.database.tls_ca, "%s", other_ca);
    check_no_connection("another authority", ERR_UNREACHABLE, "database.tls_ca");
    config.database.tls_ca[0] = '\0';
    check_no_connection("no authority named", ERR_UNREACHABLE, "database.tls_ca");
    snprintf(config.database.tls_ca, sizeof config.database.tls_ca, "%s", server_ca);
    use_host(0, "127.0.0.1", server_port);
    check_no_connection("another name", ERR_UNREACHABLE, "database.host");

    config.database.tls = CONFIG_TLS_ENCRYPT;
    snprintf(config.database.tls_ca, sizeof config.database.tls_ca, "%s", other_ca);
    cloud = connected_cloud();
    CHECK_INT(cloud_facts(cloud)->tls, 0, strncmp(cloud_facts(cloud)->tls, "TLSv1.", 6));
    cloud_free(cloud);

    config.database.tls = CONFIG_TLS_OFF;
    cloud = connected_cloud();
    CHECK_TEXT("off", "no TLS", cloud_facts(cloud)->tls);
    CHECK_TEXT("off", "", cloud_facts(cloud)->tls_issuer);
    CHECK_INT("off", 0, cloud_facts(cloud)->tls_until_s);
    cloud_free(cloud);
}

static void a_login_that_is_refused_says_so(void **state)
{
    (void)state;
    strcpy(config.database.password, "wrong");
    check_no_connection("wrong password", ERR_LOGIN, "Access denied");
    strcpy(config.database.password, "right");
    strcpy(config.database.user, "nobody");
    check_no_connection("no such user", ERR_LOGIN, "Access denied");
    strcpy(config.database.user, "poor");
    check_no_connection("no right to the database", ERR_LOGIN, "Access denied");
    strcpy(config.database.user, "root");
    config.database.password[0] = '\0';
    strcpy(config.database.database, "nowhere");
    check_no_connection("no such database", ERR_TABLE, "Unknown database");
}

static void the_next_host_is_tried(void **state)
{
    (void)state;
    intptr_t handle;
    int closed = mute_server(&handle);
    close_server(handle);
    use_host(0, "localhost", closed);
    check_no_connection("nobody there", ERR_UNREACHABLE, "localhost");
    use_host(1, "no-such-host.invalid", 3306);
    use_host(2, "localhost", server_port);
    struct cloud *cloud = connected_cloud();
    CHECK_INT("the third", 2, cloud->host);
    CHECK_INT(cloud_facts(cloud)->host, 0, strncmp(cloud_facts(cloud)->host, "localhost:", 10));
    cloud_disconnect(cloud);
    assert_true(cloud_connect(cloud, NULL));
    CHECK_INT("the third again", 2, cloud->host);
    cloud_free(cloud);
    sql("SET GLOBAL read_only = 1");
    check_no_connection("read-only", ERR_UNREACHABLE, "cannot connect");
    config.database.hosts[0] = config.database.hosts[2];
    config.database.host_count = 1;
    check_no_connection("read-only", ERR_UNREACHABLE, "read-only");
    sql("SET GLOBAL read_only = 0");
}

static void a_connection_that_is_gone_is_unreachable(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    struct cloud *cloud = connected_cloud();
    char text[64];
    snprintf(text, sizeof text, "KILL %lu", mysql_thread_id(cloud->mysql));
    make_rows(0, 10);
    put(cloud, 5);
    sql(text);
    assert_false(cloud_insert(cloud, rows, 10, &err));
    CHECK_INT(err.text, ERR_UNREACHABLE, err.kind);
    CHECK_INT("not connected", false, cloud_connected(cloud));
    assert_true(cloud_connect(cloud, NULL));
    put(cloud, 10);
    CHECK_INT("all of them", 10, sql_number(count_rows));
    cloud_free(cloud);
}

/* ---- stopping ---- */

static bool insert_ten(struct cloud *cloud, struct error *err)
{
    make_rows(0, 10);
    return cloud_insert(cloud, rows, 10, err);
}

static void an_interrupt_ends_a_blocked_insert(void **state)
{
    (void)state;
    for (int tls = 0; tls < 2; tls++) {
        struct error err = ERROR_INIT;
        begin(NULL);
        config.database.tls = tls ? CONFIG_TLS_VERIFY : CONFIG_TLS_OFF;
        struct cloud *cloud = connected_cloud();
        sql("LOCK TABLES device_logs WRITE");
        int64_t took = interrupted(cloud, insert_ten, &err);
        sql("UNLOCK TABLES");
        CHECK_INT(err.text, ERR_STOPPED, err.kind);
        CHECK_INT("soon", true, took < STOP_MAX_MS);
        CHECK_INT("not connected", false, cloud_connected(cloud));
        assert_false(cloud_connect(cloud, &err));
        CHECK_INT("for good", ERR_STOPPED, err.kind);
        cloud_free(cloud);
    }
}

static void an_interrupt_ends_a_connect_to_a_server_that_says_nothing(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    intptr_t handle;
    use_host(0, "127.0.0.1", mute_server(&handle));
    struct cloud *cloud = new_cloud();
    int64_t took = interrupted(cloud, cloud_connect, &err);
    CHECK_INT(err.text, ERR_STOPPED, err.kind);
    CHECK_INT("soon", true, took < STOP_MAX_MS);
    cloud_free(cloud);
    config.database.connect_timeout_s = 1;
    int64_t began = cloud_clock_us();
    check_no_connection("mute", ERR_UNREACHABLE, "cannot connect");
    CHECK_INT("bounded", true, cloud_clock_us() - began < 4000000);
    close_server(handle);
}

/* ---- examining ---- */

static char examined[4096];
static char examined_words[8192];

static void note_line(void *context, const char *what, bool fine, const char *words)
{
    (void)context;
    size_t used = strlen(examined);
    snprintf(examined + used, sizeof examined - used, "%s %s;", what, fine ? "ok" : "BAD");
    used = strlen(examined_words);
    snprintf(examined_words + used, sizeof examined_words - used, "%s;", words);
    if (words[0] == '\0') {
        fail_msg("[%s] no words", what);
    }
}

static void examining_shows_each_step(void **state)
{
    (void)state;
    static const char all_well[] =
        "name ok;connection ok;TLS ok;login ok;table ok;unique key ok;privileges ok;test row ok;"
        "clock ok;round trip ok;";
    struct cloud *cloud = new_cloud();
    examined[0] = '\0';
    assert_true(cloud_examine(cloud, false, note_line, NULL));
    CHECK_TEXT("missing table",
               "name ok;connection ok;TLS ok;login ok;table ok;clock ok;round trip ok;", examined);
    CHECK_INT("not made", 0,
              sql_number("SELECT COUNT(*) FROM information_schema.tables WHERE"
                         " table_name = 'device_logs'"));
    examined[0] = '\0';
    assert_true(cloud_examine(cloud, true, note_line, NULL));
    CHECK_TEXT("made", all_well, examined);
    const char *certificate =
        CLOUD_CERTIFICATE_TOLD ? ", issued by CN=HIP Bridge test authority, 29 days left;"
                               : ", issuer and days left not told by this build's client library;";
    if (strstr(examined_words, certificate) == NULL ||
        strstr(examined_words, "differ by 0 s") == NULL) {
        fail_msg("[words] %s", examined_words);
    }
    CHECK_INT("nothing left behind", 0, sql_number(count_rows));
    cloud_free(cloud);

    sql("GRANT SELECT, INSERT ON hip.* TO poor@'%'");
    strcpy(config.database.user, "poor");
    cloud = new_cloud();
    examined[0] = '\0';
    assert_false(cloud_examine(cloud, false, note_line, NULL));
    CHECK_INT(examined, true, strstr(examined, "privileges BAD;test row BAD;") != NULL);
    CHECK_INT(examined_words, true,
              strstr(examined_words, "UPDATE command denied") != NULL &&
                  strstr(examined_words, "GRANT SELECT, INSERT, UPDATE ON hip.*") != NULL);
    cloud_free(cloud);
    sql("REVOKE ALL ON hip.* FROM poor@'%'");
    strcpy(config.database.user, "hip");

    strcpy(config.database.password, "wrong");
    cloud = new_cloud();
    examined[0] = '\0';
    assert_false(cloud_examine(cloud, false, note_line, NULL));
    CHECK_TEXT("wrong password", "name ok;login BAD;", examined);
    CHECK_INT(examined_words, true, strstr(examined_words, "Correct user, password") != NULL);
    cloud_free(cloud);

    use_host(0, "no-such-host.invalid", 3306);
    cloud = new_cloud();
    examined[0] = '\0';
    assert_false(cloud_examine(cloud, false, note_line, NULL));
    CHECK_TEXT("no such host", "name BAD;", examined);
    cloud_free(cloud);
}

int main(void)
{
    const char *port = getenv("HIPBRIDGE_DB_PORT");
    server_ca = getenv("HIPBRIDGE_DB_CA");
    other_ca = getenv("HIPBRIDGE_DB_OTHER_CA");
    if (port == NULL || server_ca == NULL || other_ca == NULL) {
        fprintf(stderr, "no server: run by with_mariadb.sh\n");
        return SKIPPED;
    }
    server_port = atoi(port);
    if (!cloud_global_init(NULL) || (root = mysql_init(NULL)) == NULL) {
        return 1;
    }
    unsigned int tcp = MYSQL_PROTOCOL_TCP;
    mysql_optionsv(root, MYSQL_OPT_PROTOCOL, &tcp);
    if (mysql_real_connect(root, "127.0.0.1", "root", "", "hip", (unsigned)server_port, NULL, 0) ==
        NULL) {
        fprintf(stderr, "the server cannot be reached: %s\n", mysql_error(root));
        return 1;
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
        cmocka_unit_test_setup(tls_is_what_the_configuration_says, begin),
        cmocka_unit_test_setup(a_login_that_is_refused_says_so, begin),
        cmocka_unit_test_setup(the_next_host_is_tried, begin),
        cmocka_unit_test_setup(a_connection_that_is_gone_is_unreachable, begin),
        cmocka_unit_test_setup(an_interrupt_ends_a_blocked_insert, begin),
        cmocka_unit_test_setup(an_interrupt_ends_a_connect_to_a_server_that_says_nothing, begin),
        cmocka_unit_test_setup(examining_shows_each_step, begin),
    };
    int failed = cmocka_run_group_tests_name("cloud", tests, NULL, NULL);
    mysql_close(root);
    cloud_global_end();
    return failed;
}
