#include "net/loopback.h"

#include "check.h"

static void only_names_of_this_pc_are_its_own(void **state)
{
    (void)state;
    static const struct {
        const char *host;
        int port;
        bool expected;
    } cases[] = {
        {"localhost:9090", 9090, true},
        {"LOCALHOST:9090", 9090, true},
        {"127.0.0.1:9090", 9090, true},
        {"127.1.2.3:9090", 9090, true},
        {"[::1]:9090", 9090, true},
        {"localhost", 80, true},
        {"localhost", 9090, false},
        {"localhost:", 9090, false},
        {"localhost:9091", 9090, false},
        {"localhost:90900000000000", 9090, false},
        {"localhost:9090:9090", 9090, false},
        {":9090", 9090, false},
        {"", 80, false},
        {"evil.example:9090", 9090, false},
        {"localhost.evil.example:9090", 9090, false},
        {"127.0.0.1.evil.example:9090", 9090, false},
        {"evil.example@localhost:9090", 9090, false},
        {"192.168.1.20:9090", 9090, false},
        {"0.0.0.0:9090", 9090, false},
        {"[::]:9090", 9090, false},
        {"[fe80::1]:9090", 9090, false},
        {"::1:9090", 9090, false},
        {"[::1", 80, false},
        {"[]:9090", 9090, false},
        {"2130706433:9090", 9090, false},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        CHECK_INT(cases[i].host, cases[i].expected,
                  loopback_host(span_of(cases[i].host), cases[i].port));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(only_names_of_this_pc_are_its_own)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
