#include <windows.h>

#include <aclapi.h>
#include <sddl.h>

#include "guard.h"

#include "file.h"
#include "wide.h"

/* ---- the process ---- */

/* By number, with the flag that is set: headers and systems differ in what they know. */
static const struct {
    int policy;
    DWORD flags;
} policies[] = {
    {2, 0x1},  /* ProcessDynamicCodePolicy: ProhibitDynamicCode */
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
    if (found == NULL)
        return;
    set_policy set = (set_policy)(void (*)(void))found;
    for (size_t i = 0; i < HB_COUNT(policies); i++) {
        DWORD flags = policies[i].flags;
        set(policies[i].policy, &flags, sizeof(flags));
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
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY | TOKEN_ADJUST_PRIVILEGES, &token))
        return;
    if (LookupPrivilegeValueW(NULL, SE_CHANGE_NOTIFY_NAME, &keep) &&
        GetTokenInformation(token, TokenPrivileges, &held, sizeof(held), &size)) {
        for (DWORD i = 0; i < held.list.PrivilegeCount; i++) {
            LUID_AND_ATTRIBUTES *one = &held.list.Privileges[i];
            if (one->Luid.LowPart != keep.LowPart || one->Luid.HighPart != keep.HighPart)
                one->Attributes = SE_PRIVILEGE_REMOVED;
        }
        AdjustTokenPrivileges(token, FALSE, &held.list, 0, NULL, NULL);
    }
    CloseHandle(token);
}

/* ---- files ---- */

static bool set_access(const char *path, const wchar_t *sddl, struct error *err)
{
    wchar_t wide[FILE_PATH_MAX];
    PSECURITY_DESCRIPTOR descriptor = NULL;
    PACL list = NULL;
    PSID owner = NULL;
    BOOL present = FALSE;
    BOOL defaulted = FALSE;
    if (!wide_from_utf8(path, wide, FILE_PATH_MAX, err))
        return false;
    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(sddl, SDDL_REVISION_1, &descriptor,
                                                              NULL) ||
        !GetSecurityDescriptorDacl(descriptor, &present, &list, &defaulted) ||
        !GetSecurityDescriptorOwner(descriptor, &owner, &defaulted)) {
        wide_error(err, GetLastError(), "cannot make an access list for %s", path);
        LocalFree(descriptor);
        return false;
    }
    const SECURITY_INFORMATION access =
        DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION;
    /* An owner could give himself what the list does not. */
    DWORD code = SetNamedSecurityInfoW(wide, SE_FILE_OBJECT, access | OWNER_SECURITY_INFORMATION,
                                       owner, NULL, list, NULL);
    if (code != ERROR_SUCCESS)
        code = SetNamedSecurityInfoW(wide, SE_FILE_OBJECT, access, NULL, NULL, list, NULL);
    LocalFree(descriptor);
    return code == ERROR_SUCCESS || wide_error(err, code, "cannot restrict who may read %s", path);
}

bool guard_file(const char *path, struct error *err)
{
    return !file_exists(path) || set_access(path, L"O:BAD:P(A;;FA;;;SY)(A;;FA;;;BA)", err);
}

bool guard_folder(const char *path, struct error *err)
{
    return set_access(path, L"O:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)", err);
}
