/* A host name with two addresses at neither of which a server answers: the connect time-out holds
 * for each, and a stop for both. Run by two_addresses.py. */
#include "check.h"
#include "cloud/cloud_private.h"

enum { TIMEOUT_S = 1, SLACK_MS = 1500 };

static int port;

/* Whether each address lets the time-out pass. The client library as Debian has it, on the host,
 * keeps it for the first address alone (cmake/connector-c-addresses.patch). */
static const struct {
    const char *name;
    int dropped;
} cases[] = {
    {"refused-refused.test", 0},
    {"dropped-refused.test", 1},
#if CLOUD_CERTIFICATE_TOLD
    {"refused-dropped.test", 1},
    {"dropped-dropped.test", 2},
#endif
};

static void each_address_has_the_time_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct config_database config;
        struct error err = ERROR_INIT;
        memset(&config, 0, sizeof config);
        config.host_count = 1;
        strcpy(config.hosts[0].name, cases[i].name);
        config.hosts[0].port = port;
        strcpy(config.user, "hip");
        strcpy(config.table, "device_logs");
        config.connect_timeout_s = TIMEOUT_S;
        config.batch_rows = 10;
        struct cloud *cloud = cloud_new(&config, &err);
        assert_non_null(cloud);
        int64_t began = wake_clock_us();
        assert_false(cloud_connect(cloud, &err));
        int64_t took_ms = (wake_clock_us() - began) / 1000;
        CHECK_INT(err.text, ERR_UNREACHABLE, err.kind);
        if (took_ms > cases[i].dropped * TIMEOUT_S * 1000 + SLACK_MS ||
            took_ms < cases[i].dropped * TIMEOUT_S * 1000 - 200) {
            fail_msg("[%s] took %lld ms: %s", cases[i].name, (long long)took_ms, err.text);
        }
        cloud_free(cloud);
    }
}

int main(void)
{
    const char *text = getenv("HIPBRIDGE_PORT");
    if (text == NULL) {
        fprintf(stderr, "no addresses: run by two_addresses.py\n");
        return 77;
    }
    port = atoi(text);
    if (!cloud_global_init(NULL)) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_address_has_the_time_out),
    };
    int failed = cmocka_run_group_tests_name("cloud_addresses", tests, NULL, NULL);
    cloud_global_end();
    return failed;
}
