/*
 * listen_list: which lists of Windows' HTTP server leave terminals outside, by Microsoft's
 * documentation of "netsh http add iplisten"; and, on Windows, the list as the registry has it.
 */
#include "check.h"

#include "base/portability.h"
#include "net/listen_list.h"

#define OWN "192.168.1.10 10.0.0.5 2001:db8::5"

static const struct {
    const char *list;
    const char *own;
    bool shuts_out;
} cases[] = {
    {"", OWN, false}, /* no list */
    {"", "", false},
    {"127.0.0.1", OWN, true},
    {"127.0.0.1", "", true},
    {"::1", OWN, true},
    {"[::1]", OWN, true},
    {"127.0.0.1 ::1", OWN, true},
    {"0.0.0.0", OWN, false}, /* every address */
    {"::", OWN, false},
    {"[::]", OWN, false},
    {"127.0.0.1 0.0.0.0", OWN, false},
    {"192.168.1.10", OWN, false},
    {"127.0.0.1 192.168.1.10", OWN, false},
    {"10.0.0.5", OWN, false},
    {"2001:db8::5", OWN, false},
    {"[2001:DB8:0::5]", OWN, false},
    {"192.168.1.11", OWN, true}, /* what the PC had once */
    {"127.0.0.1 192.168.1.11", OWN, true},
    {"192.168.1.11", "", false}, /* not known: a network that is not up yet */
    {"192.168.1.1", "192.168.1.10", true},
    {"nonsense", OWN, true},
    {" 127.0.0.1  ", OWN, true},
    {"  ", OWN, false},
};

static void test_which_lists_shut_terminals_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        CHECK_INT(cases[i].list, cases[i].shuts_out,
                  listen_list_shuts_out(cases[i].list, cases[i].own));
    }
}

#ifdef _WIN32
#include <windows.h>

static HKEY parameters;

static void set(const wchar_t *texts, size_t count)
{
    assert_int_equal(RegSetValueExW(parameters, L"ListenOnlyList", 0, REG_MULTI_SZ,
                                    (const BYTE *)texts, (DWORD)(count * sizeof *texts)),
                     ERROR_SUCCESS);
}

static int begin(void **state)
{
    (void)state;
    return RegCreateKeyExW(HKEY_LOCAL_MACHINE,
                           L"SYSTEM\\CurrentControlSet\\Services\\HTTP\\Parameters", 0, NULL, 0,
                           KEY_ALL_ACCESS, NULL, &parameters, NULL) == ERROR_SUCCESS
               ? 0
               : -1;
}

static int end(void **state)
{
    (void)state;
    RegDeleteValueW(parameters, L"ListenOnlyList");
    RegCloseKey(parameters);
    return 0;
}

#define SET(texts) set(texts, HB_COUNT(texts))

static void test_the_list_is_read(void **state)
{
    static wchar_t many[100 * 12 + 1];
    char out[LISTEN_LIST_MAX];
    (void)state;
    RegDeleteValueW(parameters, L"ListenOnlyList");
    CHECK_TEXT("none", "", listen_list_read(out));
    SET(L"127.0.0.1\0");
    CHECK_TEXT("one", "127.0.0.1", listen_list_read(out));
    SET(L"127.0.0.1\0[::1]\000192.168.1.10\0");
    CHECK_TEXT("three", "127.0.0.1 [::1] 192.168.1.10", listen_list_read(out));
    SET(L"");
    CHECK_TEXT("an empty one", "", listen_list_read(out));
    for (size_t i = 0; i < 100; i++) {
        memcpy(many + i * 12, L"192.168.1.99", 12 * sizeof *many);
        many[i * 12 + 11] = L'\0';
    }
    SET(many); /* more than there is room for: nothing is limited, as far as that is known */
    CHECK_TEXT("many", "", listen_list_read(out));
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_which_lists_shut_terminals_out),
#ifdef _WIN32
        cmocka_unit_test_setup_teardown(test_the_list_is_read, begin, end),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
