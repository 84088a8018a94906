/*
 * That the tests which are run once more where the code page is Thai are: CMakeLists.txt says
 * which.
 */
#include "check.h"

#include <windows.h>

static void the_code_page_is_the_one_asked_for(void **state)
{
    const char *asked = getenv("HIPBRIDGE_CODEPAGE");
    (void)state;
    long expected = asked != NULL ? strtol(asked, NULL, 10) : (long)GetACP();
    CHECK_INT(asked != NULL ? asked : "any", expected, GetACP());
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_code_page_is_the_one_asked_for)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
