/*
 * What is left to a process once it is guarded. None of it can be taken back, so the order of the
 * tests counts. The service is asked the same, where it matters, by tests/e2e/test_guard.py.
 */
#include "check.h"

#include <windows.h>

#include "guard.h"

static const wchar_t planted[] = L"hipbridge-planted.dll";
static wchar_t planted_path[MAX_PATH];

/* A library in the current folder, which Windows looks into by default: this program's own image.
 */
static int plant(void **state)
{
    wchar_t folder[MAX_PATH];
    wchar_t own[MAX_PATH];
    (void)state;
    if (GetTempPathW(MAX_PATH, folder) == 0 || GetModuleFileNameW(NULL, own, MAX_PATH) == 0) {
        return -1;
    }
    swprintf(planted_path, MAX_PATH, L"%ls%ls", folder, planted);
    return CopyFileW(own, planted_path, FALSE) && SetCurrentDirectoryW(folder) ? 0 : -1;
}

static int dig_up(void **state)
{
    (void)state;
    return DeleteFileW(planted_path) ? 0 : -1;
}

static bool loads(void)
{
    HMODULE module = LoadLibraryW(planted);
    if (module == NULL) {
        CHECK_INT("why not", ERROR_MOD_NOT_FOUND, GetLastError());
        return false;
    }
    FreeLibrary(module);
    return true;
}

static void libraries_come_from_system32_alone(void **state)
{
    (void)state;
    CHECK_INT("as it is by default", true, loads());
    guard_process();
    CHECK_INT("guarded", false, loads());
}

/* By number, as in guard.c; Wine takes and tells none of them. */
static void the_policies_are_set(void **state)
{
    typedef BOOL(WINAPI * get_policy)(HANDLE process, int policy, PVOID buffer, SIZE_T size);
    static const struct {
        int policy;
        DWORD flags;
    } policies[] = {{6, 0x1}, {10, 0x7}, {13, 0x1}};
    enum { UNTOUCHED = 0x5a5a5a5a };
    (void)state;
    size_t told = 0;
    FARPROC found = GetProcAddress(GetModuleHandleW(L"kernel32.dll"), "GetProcessMitigationPolicy");
    get_policy get = (get_policy)(void (*)(void))found;
    for (size_t i = 0; get != NULL && i < HB_COUNT(policies); i++) {
        DWORD flags = UNTOUCHED;
        if (get(GetCurrentProcess(), policies[i].policy, &flags, sizeof flags) &&
            flags != UNTOUCHED) {
            char name[32];
            snprintf(name, sizeof name, "policy %d", policies[i].policy);
            CHECK_INT(name, policies[i].flags, flags & policies[i].flags);
            told++;
        }
    }
    if (told == 0) {
        skip();
    }
}

/* The names of what this process's token holds, enabled or not, each followed by a blank. */
static void list_privileges(char *out, size_t size)
{
    HANDLE token = NULL;
    DWORD used = 0;
    union {
        TOKEN_PRIVILEGES list;
        BYTE room[2048];
    } held;
    out[0] = '\0';
    assert_true(OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token));
    assert_true(GetTokenInformation(token, TokenPrivileges, &held, sizeof held, &used));
    CloseHandle(token);
    for (DWORD i = 0; i < held.list.PrivilegeCount; i++) {
        wchar_t name[64];
        DWORD length = HB_COUNT(name);
        size_t at = strlen(out);
        assert_true(LookupPrivilegeNameW(NULL, &held.list.Privileges[i].Luid, name, &length));
        snprintf(out + at, size - at, "%ls ", name);
    }
}

static void one_privilege_is_left(void **state)
{
    char before[2048];
    char after[2048];
    (void)state;
    list_privileges(before, sizeof before);
    assert_true(strlen(before) > strlen("SeChangeNotifyPrivilege "));
    guard_privileges();
    list_privileges(after, sizeof after);
    CHECK_TEXT(before, "SeChangeNotifyPrivilege ", after);
    guard_privileges();
    list_privileges(after, sizeof after);
    CHECK_TEXT("twice", "SeChangeNotifyPrivilege ", after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(libraries_come_from_system32_alone),
        cmocka_unit_test(the_policies_are_set),
        cmocka_unit_test(one_privilege_is_left),
    };
    return cmocka_run_group_tests(tests, plant, dig_up);
}
