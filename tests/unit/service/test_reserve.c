/*
 * The reservation of the terminals' address for an account that is no administrator, beside a
 * stand-in for Windows' HTTP server (fake_httpapi.h): each code that the documentation gives for
 * the calls that configure, and those that are known to come.
 */
#include "check.h"

#include "configure.h"
#include "service/fake_httpapi.h"
#include "system/access.h"

static struct error err;

static int set_up(void **state)
{
    (void)state;
    fake_begin();
    error_clear(&err);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fake_end();
    return 0;
}

static void check_reserved(const char *expected)
{
    char text[256];
    snprintf(text, sizeof text, "%ls", fake_reserved());
    CHECK_TEXT("reserved", expected, text);
}

static void it_is_made_changed_and_taken_back(void **state)
{
    (void)state;
    assert_true(configure_reserve(9090, true, &err));
    check_reserved("http://+:9090/ " ACCESS_ADDRESS_GRANT);
    assert_true(configure_reserve(9090, true, &err)); /* one that is there is no 183 */
    check_reserved("http://+:9090/ " ACCESS_ADDRESS_GRANT);
    assert_true(configure_reserve(9090, false, &err));
    check_reserved("");
    assert_true(configure_reserve(9090, false, &err)); /* none is there: nothing to do */
    CHECK_TEXT("turns", "IdsTIdsTIdTIdT", fake_turn());
}

static const struct {
    enum fake_call call;
    ULONG code;
    bool set_too; /* the next call is made all the same */
} cases[] = {
    {FAKE_INITIALIZE, 87, false},   {FAKE_INITIALIZE, 5, false},  {FAKE_DELETE_CONFIG, 87, false},
    {FAKE_DELETE_CONFIG, 5, false}, {FAKE_SET_CONFIG, 183, true}, {FAKE_SET_CONFIG, 122, true},
    {FAKE_SET_CONFIG, 6, true},     {FAKE_SET_CONFIG, 87, true},  {FAKE_SET_CONFIG, 1312, true},
    {FAKE_SET_CONFIG, 5, true},
};

static void what_windows_refuses_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        fake_begin();
        error_clear(&err);
        fake_script(cases[i].call, FAKE_AT_ONCE, cases[i].code, 1);
        CHECK_INT("refused", false, configure_reserve(9090, true, &err));
        CHECK_INT("why", cases[i].code, err.code);
        CHECK_INT("asked for", cases[i].set_too, fake_called(FAKE_SET_CONFIG) == 1);
        CHECK_INT("ended as begun", cases[i].call != FAKE_INITIALIZE,
                  fake_called(FAKE_TERMINATE) == 1);
        check_reserved("");
        fake_end();
    }
}

static void each_documented_code_was_had(void **state)
{
    (void)state;
    assert_true(fake_had_codes(FAKE_DELETE_CONFIG, FAKE_SET_CONFIG));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_made_changed_and_taken_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_windows_refuses_is_told, set_up, tear_down),
        cmocka_unit_test(each_documented_code_was_had),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
