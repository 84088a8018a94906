/*
 * port_refused: each answer of HttpAddUrlToUrlGroup that means that the port cannot be had.
 */
#include "check.h"

#include "base/portability.h"
#include "net/port_refused.h"

static const struct {
    unsigned long code;
    const char *owner;
    const char *words; /* that the sentence must have */
} cases[] = {
    {32, "", "netsh int ipv4 show excludedportrange protocol=tcp"},
    {32, "", "netstat -ano -p tcp"},
    {32, "pythonw.exe (process 4711)", "pythonw.exe (process 4711) has port 9090"},
    {183, "", "netsh http show servicestate"},
    {183, "other.exe (process 1)", "other.exe (process 1) has port 9090"},
    {5, "", "netsh http show urlacl"},
    {5, "other.exe (process 1)", "netsh http show urlacl"}, /* a reservation, whoever listens */
    {10013, "", "netsh int ipv4 show excludedportrange protocol=tcp"},
    {10048, "", "netstat -ano -p tcp"},
    {1214, "", "netsh http show iplisten"},
    {10049, "", "netsh http show iplisten"},
    {87, "", "(Windows error 87)"},
};

static void test_each_code_has_its_command(void **state)
{
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char out[PORT_REFUSED_MAX];
        port_refused(cases[i].code, 9090, cases[i].owner, out);
        if (strstr(out, cases[i].words) == NULL || strstr(out, "9090") == NULL) {
            fail_msg("%lu, \"%s\": %s", cases[i].code, cases[i].owner, out);
        }
        assert_true(strlen(out) < PORT_REFUSED_MAX - 1); /* not cut */
    }
}

static void test_a_list_that_shuts_terminals_out(void **state)
{
    char out[PORT_REFUSED_MAX];
    char list[500];
    (void)state;
    port_shut_out("127.0.0.1 ::1", out);
    assert_non_null(strstr(out, "listen on 127.0.0.1 ::1 alone"));
    assert_non_null(strstr(out, "netsh http show iplisten"));
    memset(list, '1', sizeof list);
    list[sizeof list - 1] = '\0';
    port_shut_out(list, out);
    assert_non_null(strstr(out, "takes an address off it")); /* the list is cut, not what to do */
}

static void test_a_long_owner_is_cut_and_harms_nothing(void **state)
{
    (void)state;
    char owner[1000];
    char out[PORT_REFUSED_MAX];
    memset(owner, 'x', sizeof owner);
    owner[sizeof owner - 1] = '\0';
    port_refused(32, 9090, owner, out);
    assert_int_equal(strlen(out), PORT_REFUSED_MAX - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_code_has_its_command),
        cmocka_unit_test(test_a_list_that_shuts_terminals_out),
        cmocka_unit_test(test_a_long_owner_is_cut_and_harms_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
