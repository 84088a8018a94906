/* What a database server that means harm gets, by each way to log in and each database.tls. Run by
 * hostile_server.py. */
#ifdef _WIN32
#include <windows.h>
#else
#include <time.h>
#endif

#include "check.h"
#include "cloud/cloud_private.h"

enum { WAIT_MS = 5000 };

static const char *folder;
static struct config_database config;

static void pause_ms(unsigned ms)
{
#ifdef _WIN32
    Sleep(ms);
#else
    nanosleep(&(struct timespec){ms / 1000, (long)(ms % 1000) * 1000000}, NULL);
#endif
}

static void read_file(const char *name, char *out, size_t size)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fail_msg("no %s", path);
        return;
    }
    out[fread(out, 1, size - 1, file)] = '\0';
    fclose(file);
}

/* What the server says it got by its connection of this number (1: the first), once that ended. */
static void got_by(const char *scenario, size_t number, char *out, size_t size)
{
    char name[128];
    char text[8192];
    snprintf(name, sizeof name, "%s.got", scenario);
    for (unsigned waited = 0; waited < WAIT_MS; waited += 20) {
        size_t lines = 0;
        const char *begin = text;
        read_file(name, text, sizeof text);
        for (const char *end = text; (end = strchr(end, '\n')) != NULL; end++) {
            if (++lines == number) {
                snprintf(out, size, "%.*s", (int)(end - begin), begin);
                return;
            }
            begin = end + 1;
        }
        pause_ms(20);
    }
    fail_msg("[%s] connection %zu did not end at the server", scenario, number);
}

static size_t connections_of(const char *scenario)
{
    char name[128];
    char text[8192];
    size_t lines = 0;
    snprintf(name, sizeof name, "%s.got", scenario);
    read_file(name, text, sizeof text);
    for (const char *end = text; (end = strchr(end, '\n')) != NULL; end++) {
        lines++;
    }
    return lines;
}

static void configure(const char *scenario, enum config_tls tls, const char *ca)
{
    char port[16];
    memset(&config, 0, sizeof config);
    read_file(scenario, port, sizeof port);
    config.host_count = 1;
    config.hosts[0].port = atoi(port);
    strcpy(config.hosts[0].name, "localhost");
    strcpy(config.user, "hip");
    strcpy(config.password, "right");
    strcpy(config.database, "hip");
    strcpy(config.table, "device_logs");
    snprintf(config.tls_ca, sizeof config.tls_ca, "%s", ca);
    config.tls = tls;
    config.connect_timeout_s = 5;
    config.batch_rows = 100;
}

static const char ca[] = "HIPBRIDGE_HOSTILE_CA";
static const char other[] = "HIPBRIDGE_HOSTILE_OTHER_CA";

#define NATIVE "mysql_native_password"
#define ED25519 "client_ed25519"
#define SHA2 "caching_sha2_password"
#define SHA256 "sha256_password"

/* Rows of one form for several values of tls. */
#define ALL_TLS_HEAR_NOTHING(scenario)                                                             \
    {scenario, CONFIG_TLS_VERIFY, ca, "nothing", ERR_UNREACHABLE, "offers no TLS"},                \
        {scenario, CONFIG_TLS_VERIFY_CA, ca, "nothing", ERR_UNREACHABLE, "offers no TLS"},         \
    {                                                                                              \
        scenario, CONFIG_TLS_ENCRYPT, ca, "nothing", ERR_UNREACHABLE, "offers no TLS"              \
    }
#define ALL_TLS(scenario, got, kind, words)                                                        \
    {scenario, CONFIG_TLS_VERIFY, ca, got, kind, words},                                           \
        {scenario, CONFIG_TLS_VERIFY_CA, ca, got, kind, words},                                    \
    {                                                                                              \
        scenario, CONFIG_TLS_ENCRYPT, other, got, kind, words                                      \
    }

static const char denied[] = "Access denied by the hostile server";
static const char needs_tls[] = "needs TLS";
static const char not_taken[] = "does not take";

static const struct {
    const char *scenario;
    enum config_tls tls;
    const char *ca;
    const char *got;
    enum error_kind kind;
    const char *words;
} cases[] = {
    /* a server without TLS */
    ALL_TLS_HEAR_NOTHING("plain-" NATIVE),
    ALL_TLS_HEAR_NOTHING("plain-" ED25519),
    ALL_TLS_HEAR_NOTHING("plain-" SHA2),
    ALL_TLS_HEAR_NOTHING("plain-" SHA256),
    ALL_TLS_HEAR_NOTHING("plain-mysql_clear_password"),
    ALL_TLS_HEAR_NOTHING("plain-mysql_old_password"),
    ALL_TLS_HEAR_NOTHING("plain-dialog"),
    ALL_TLS_HEAR_NOTHING("plain-auth_gssapi_client"),
    ALL_TLS_HEAR_NOTHING("plain-hipbridge_login"),
    ALL_TLS_HEAR_NOTHING("plain-password"),
    {"plain-" NATIVE, CONFIG_TLS_OFF, ca, "the user, a proof", ERR_LOGIN, denied},
    {"plain-" ED25519, CONFIG_TLS_OFF, ca, "the user, a proof", ERR_LOGIN, denied},
    {"plain-" SHA2, CONFIG_TLS_OFF, ca, "the user", ERR_LOGIN, needs_tls},
    {"plain-" SHA256, CONFIG_TLS_OFF, ca, "the user", ERR_LOGIN, needs_tls},
    {"plain-mysql_clear_password", CONFIG_TLS_OFF, ca, "the user", ERR_LOGIN, needs_tls},
    {"plain-mysql_old_password", CONFIG_TLS_OFF, ca, "the user", ERR_LOGIN, needs_tls},
    {"plain-dialog", CONFIG_TLS_OFF, ca, "the user", ERR_LOGIN, needs_tls},
    {"plain-auth_gssapi_client", CONFIG_TLS_OFF, ca, "the user", ERR_LOGIN, needs_tls},
    {"plain-hipbridge_login", CONFIG_TLS_OFF, ca, "the user", ERR_LOGIN, needs_tls},
    /* a server with TLS: the login is for whom the configuration takes */
    ALL_TLS("tls-" NATIVE, "the user, a proof", ERR_LOGIN, denied),
    ALL_TLS("tls-" SHA2, "the user, a proof, the password", ERR_LOGIN, denied),
    ALL_TLS("tls-" SHA256, "the user, the password", ERR_LOGIN, denied),
    ALL_TLS("tls-" ED25519, "the user, a proof", ERR_LOGIN, denied),
    ALL_TLS("tls-mysql_clear_password", "the user", ERR_LOGIN, not_taken),
    ALL_TLS("tls-mysql_old_password", "the user", ERR_LOGIN, not_taken),
    ALL_TLS("tls-dialog", "the user", ERR_LOGIN, not_taken),
    ALL_TLS("tls-auth_gssapi_client", "the user", ERR_LOGIN, not_taken),
    ALL_TLS("tls-hipbridge_login", "the user", ERR_LOGIN, not_taken),
    {"tls-" SHA2, CONFIG_TLS_VERIFY, other, "nothing", ERR_UNREACHABLE, "database.tls_ca"},
    {"tls-" SHA2, CONFIG_TLS_VERIFY_CA, other, "nothing", ERR_UNREACHABLE, "database.tls_ca"},
    {"tls-" SHA2, CONFIG_TLS_OFF, ca, "no wish for TLS, the user", ERR_LOGIN, needs_tls},
    /* a certificate without the host's name, as MySQL makes it for itself */
    {"named-" SHA2, CONFIG_TLS_VERIFY, ca, "nothing", ERR_UNREACHABLE, "verify-ca"},
    {"named-" SHA2, CONFIG_TLS_VERIFY_CA, ca, "the user, a proof, the password", ERR_LOGIN, denied},
    {"named-" SHA2, CONFIG_TLS_VERIFY_CA, other, "nothing", ERR_UNREACHABLE, "database.tls_ca"},
    /* TLS that is offered and not spoken */
    ALL_TLS("broken-" SHA2, "nothing", ERR_UNREACHABLE, ""),
    /* a greeting of before there were plugins: the library would take the native one at once */
    ALL_TLS("old-" NATIVE, "nothing", ERR_LOGIN, "nothing was sent"),
    {"old-" NATIVE, CONFIG_TLS_OFF, ca, "nothing", ERR_LOGIN, "nothing was sent"},
    /* an error in the greeting's place: said with its cure */
    ALL_TLS("closed-1130", "nothing", ERR_LOGIN, "does not let this PC's address in"),
    ALL_TLS("closed-1129", "nothing", ERR_UNREACHABLE, "FLUSH HOSTS"),
    ALL_TLS("closed-1040", "nothing", ERR_UNREACHABLE, "max_connections"),
};

static void a_hostile_server_gets_no_more_than_the_documents_say(void **state)
{
    (void)state;
    static const char *const modes[] = {"verify", "verify-ca", "encrypt", "off"};
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char input[128];
        char got[256] = "";
        struct error err = ERROR_INIT;
        snprintf(input, sizeof input, "%s, tls %s%s", cases[i].scenario, modes[cases[i].tls],
                 cases[i].ca == other ? ", another authority" : "");
        configure(cases[i].scenario, cases[i].tls, getenv(cases[i].ca));
        size_t before = connections_of(cases[i].scenario);
        struct cloud *cloud = cloud_new(&config, &err);
        assert_non_null(cloud);
        assert_false(cloud_connect(cloud, &err));
        cloud_free(cloud);
        got_by(cases[i].scenario, before + 1, got, sizeof got);
        print_message("%-60s the server got: %s\n", input, got);
        CHECK_TEXT(input, cases[i].got, got);
        CHECK_INT(err.text, cases[i].kind, err.kind);
        if (strstr(err.text, cases[i].words) == NULL || strstr(err.text, "right\"") != NULL) {
            fail_msg("[%s] expected \"%s\" in \"%s\"", input, cases[i].words, err.text);
        }
        CHECK_INT("one try", before + 1, connections_of(cases[i].scenario));
    }
}

/* Not where the client library does not tell the server's certificate: Debian 12's, on Linux. */
static void another_key_is_refused_before_the_password(void **state)
{
    (void)state;
    static const char scenario[] = "swap-" NATIVE;
    char got[256];
    char trust[CLOUD_TRUST_MAX];
    struct error err = ERROR_INIT;
    configure(scenario, CONFIG_TLS_ENCRYPT, "");
    struct cloud *cloud = cloud_new(&config, &err);
    assert_non_null(cloud);
    /* The first login is taken, and what comes after it refused. */
    assert_false(cloud_connect(cloud, &err));
    got_by(scenario, 1, got, sizeof got);
    CHECK_TEXT("the first login", "the user, a proof", got);
    /* Its version is text of a stranger's. */
    CHECK_INT(cloud_facts(cloud)->server, true,
              strchr(cloud_facts(cloud)->server, '\x1b') == NULL &&
                  strstr(cloud_facts(cloud)->server, "-hostile\xef\xbf\xbd") != NULL);
    snprintf(trust, sizeof trust, "%s", cloud_remembered(cloud));
    cloud_free(cloud);
    CHECK_INT(trust, CLOUD_CERTIFICATE_TOLD ? 81 : 0, strlen(trust));

    cloud = cloud_new(&config, &err);
    assert_non_null(cloud);
    cloud_remember(cloud, trust);
    assert_false(cloud_connect(cloud, &err));
    got_by(scenario, 2, got, sizeof got);
    CHECK_TEXT("another key", CLOUD_CERTIFICATE_TOLD ? "the user" : "the user, a proof", got);
    CHECK_INT(err.text, CLOUD_CERTIFICATE_TOLD, strstr(err.text, "hipctl test-db --trust") != NULL);
    CHECK_TEXT("what is remembered stays", trust, cloud_remembered(cloud));
    cloud_trust_anew(cloud);
    assert_false(cloud_connect(cloud, &err));
    got_by(scenario, 3, got, sizeof got);
    CHECK_TEXT("trusted anew", "the user, a proof", got);
    CHECK_INT("another is remembered", CLOUD_CERTIFICATE_TOLD,
              strcmp(trust, cloud_remembered(cloud)) != 0);
    cloud_free(cloud);

    /* Of another host nothing is known. */
    cloud = cloud_new(&config, &err);
    assert_non_null(cloud);
    cloud_remember(cloud, trust);
    strcpy(config.hosts[0].name, "127.0.0.1");
    assert_false(cloud_connect(cloud, &err));
    got_by(scenario, 4, got, sizeof got);
    CHECK_TEXT("another host", "the user, a proof", got);
    cloud_free(cloud);
}

int main(void)
{
    folder = getenv("HIPBRIDGE_HOSTILE");
    if (folder == NULL) {
        fprintf(stderr, "no servers: run by hostile_server.py\n");
        return 77;
    }
    if (!cloud_global_init(NULL)) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hostile_server_gets_no_more_than_the_documents_say),
        cmocka_unit_test(another_key_is_refused_before_the_password),
    };
    int failed = cmocka_run_group_tests_name("cloud_login", tests, NULL, NULL);
    cloud_global_end();
    return failed;
}
