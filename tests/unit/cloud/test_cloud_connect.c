/* The cloud against a real server: connecting, stopping, examining. Run by with_mariadb.sh. */
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

#include "cloud_server.h"

enum { STOP_MAX_MS = 2000 };

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
    int64_t began = wake_clock_us();
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
    return (wake_clock_us() - began) / 1000 - 300;
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

/* What keeps an account out is named with the click or the statement that cures it. */
static void a_server_that_lets_nobody_in_is_named_with_its_cure(void **state)
{
    static const struct {
        const char *before, *after;
        enum config_tls tls;
        enum error_kind kind;
        const char *words;
    } cases[] = {
        {"ALTER USER hip@'%' REQUIRE SSL", "ALTER USER hip@'%' REQUIRE NONE", CONFIG_TLS_OFF,
         ERR_LOGIN,
         "An account that needs TLS is refused in the same words: then set database.tls"},
        {"ALTER USER hip@'%' REQUIRE SUBJECT '/CN=another'", "ALTER USER hip@'%' REQUIRE NONE",
         CONFIG_TLS_OFF, ERR_LOGIN, "set database.tls"},
        {"ALTER USER hip@'%' ACCOUNT LOCK", "ALTER USER hip@'%' ACCOUNT UNLOCK", CONFIG_TLS_OFF,
         ERR_LOGIN, "ACCOUNT UNLOCK"},
        {"SET GLOBAL max_prepared_stmt_count = 0", "SET GLOBAL max_prepared_stmt_count = 16382",
         CONFIG_TLS_OFF, ERR_UNREACHABLE, "max_prepared_stmt_count"},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        sql(cases[i].before);
        config.database.tls = cases[i].tls;
        check_no_connection(cases[i].before, cases[i].kind, cases[i].words);
        sql(cases[i].after);
        cloud_free(connected_cloud());
    }
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
    assert_false(insert(cloud, 10, &err));
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
    return insert(cloud, 10, err);
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
    int64_t began = wake_clock_us();
    check_no_connection("mute", ERR_UNREACHABLE, "cannot connect");
    CHECK_INT("bounded", true, wake_clock_us() - began < 4000000);
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
    static const char all_well[] = "name ok;connection ok;TLS ok;login ok;table ok;optional "
                                   "columns ok;unique key ok;privileges ok;test row ok;"
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
    int unready = server_begin();
    if (unready != 0) {
        return unready;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(tls_is_what_the_configuration_says, begin),
        cmocka_unit_test_setup(a_login_that_is_refused_says_so, begin),
        cmocka_unit_test_setup(a_server_that_lets_nobody_in_is_named_with_its_cure, begin),
        cmocka_unit_test_setup(the_next_host_is_tried, begin),
        cmocka_unit_test_setup(a_connection_that_is_gone_is_unreachable, begin),
        cmocka_unit_test_setup(an_interrupt_ends_a_blocked_insert, begin),
        cmocka_unit_test_setup(an_interrupt_ends_a_connect_to_a_server_that_says_nothing, begin),
        cmocka_unit_test_setup(examining_shows_each_step, begin),
    };
    int failed = cmocka_run_group_tests_name("cloud_connect", tests, NULL, NULL);
    server_end();
    return failed;
}
