/*
 * Which services are the old bridge. (That Windows' own services are looked through is Windows'
 * part: tests/e2e/test_setup.py sets one up.)
 */
#include "check.h"

#include "system/predecessor.h"

static void the_scripts_are_known(void **state)
{
    static const struct {
        const char *name, *program, *parameters;
        bool is;
    } cases[] = {
        {"HIPListener", "", "", true},
        {"hipcloudsync", "", "", true},
        {"HIPListener2", "", "", false},
        {"HipBridge", "", "", false},
        {"Attendance", "C:\\Python311\\python.exe", "C:\\hip\\device_server.py", true},
        {"Attendance", "C:\\Python311\\python.exe", "-u \"D:\\HIP scripts\\SYNC_TO_CLOUD.PY\"",
         true},
        {"Attendance", "D:\\hip\\device_server.py", "", true},
        {"Attendance", "C:\\Python311\\python.exe", "C:\\other\\server.py", false},
        {"Attendance", "", "", false},
        {"", "", "", false},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        CHECK_INT(cases[i].name, cases[i].is,
                  predecessor_is(cases[i].name, cases[i].program, cases[i].parameters));
    }
}

#ifdef _WIN32
static void a_pc_without_them_is_told_nothing(void **state)
{
    struct error err = ERROR_INIT;
    (void)state;
    CHECK_INT(err.text, true, predecessor_gone(&err));
    CHECK_TEXT("nothing is said", "", err.text);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_scripts_are_known),
#ifdef _WIN32
        cmocka_unit_test(a_pc_without_them_is_told_nothing),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
