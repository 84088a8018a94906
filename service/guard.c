#include <windows.h>

#include "guard.h"

#include "system/access.h"

/* ---- the process ---- */

/*
 * By number, with the flag that is set: headers and systems differ in what they know. Not among
 * them: ProhibitDynamicCode. Security software puts code of its own into each process, with memory
 * that is written and then run; where that is forbidden, such a product ends the process or itself.
 */
static const struct {
    int policy;
    DWORD flags;
} policies[] = {
    {6, 0x1},  /* ProcessExtensionPointDisablePolicy: DisableExtensionPoints */
    {10, 0x7}, /* ProcessImageLoadPolicy: no remote, no low label, System32 first */
    {13, 0x1}, /* ProcessChildProcessPolicy: NoChildProcessCreation */
};

void guard_process(void)
{
    typedef BOOL(WINAPI * set_policy)(int policy, PVOID buffer, SIZE_T size);
    SetDefaultDllDirectories(LOAD_LIBRARY_SEARCH_SYSTEM32);
    HeapSetInformation(NULL, HeapEnableTerminationOnCorruption, NULL, 0);
    HMODULE kernel = GetModuleHandleW(L"kernel32.dll");
    FARPROC found = kernel != NULL ? GetProcAddress(kernel, "SetProcessMitigationPolicy") : NULL;
    if (found == NULL) {
        return;
    }
    set_policy set = (set_policy)(void (*)(void))found;
    for (size_t i = 0; i < HB_COUNT(policies); i++) {
        DWORD flags = policies[i].flags;
        set(policies[i].policy, &flags, sizeof flags);
    }
}

void guard_privileges(void)
{
    HANDLE token = NULL;
    LUID keep;
    union {
        TOKEN_PRIVILEGES list;
        BYTE room[1024];
    } held;
    DWORD size = 0;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY | TOKEN_ADJUST_PRIVILEGES, &token)) {
        return;
    }
    if (LookupPrivilegeValueW(NULL, SE_CHANGE_NOTIFY_NAME, &keep) &&
        GetTokenInformation(token, TokenPrivileges, &held, sizeof held, &size)) {
        for (DWORD i = 0; i < held.list.PrivilegeCount; i++) {
            LUID_AND_ATTRIBUTES *one = &held.list.Privileges[i];
            if (one->Luid.LowPart != keep.LowPart || one->Luid.HighPart != keep.HighPart) {
                one->Attributes = SE_PRIVILEGE_REMOVED;
            }
        }
        AdjustTokenPrivileges(token, FALSE, &held.list, 0, NULL, NULL);
    }
    CloseHandle(token);
}

/* ---- files ---- */

bool guard_file(const char *path, struct error *err)
{
    return access_restrict_file(path, err);
}

bool guard_folder(const char *path, struct error *err)
{
    return access_restrict_folder(path, err);
}
