#include <windows.h>

#include <aclapi.h>
#include <sddl.h>

#include "system/access.h"
#include "system/file.h"
#include "system/wide.h"

static bool set_access(const char *path, const wchar_t *sddl, struct error *err)
{
    wchar_t wide[FILE_PATH_MAX];
    PSECURITY_DESCRIPTOR descriptor = NULL;
    PACL list = NULL;
    PSID owner = NULL;
    BOOL present = FALSE;
    BOOL defaulted = FALSE;
    if (!wide_from_utf8(path, wide, FILE_PATH_MAX, err)) {
        return false;
    }
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
    DWORD code = ERROR_INVALID_OWNER;
    if (owner != NULL) {
        code = SetNamedSecurityInfoW(wide, SE_FILE_OBJECT, access | OWNER_SECURITY_INFORMATION,
                                     owner, NULL, list, NULL);
    }
    if (code != ERROR_SUCCESS) {
        code = SetNamedSecurityInfoW(wide, SE_FILE_OBJECT, access, NULL, NULL, list, NULL);
    }
    LocalFree(descriptor);
    return code == ERROR_SUCCESS || wide_error(err, code, "cannot restrict who may read %s", path);
}

#define WIDE_(text) L##text
#define WIDE(text) WIDE_(text)

bool access_service_is_system(void)
{
    union {
        QUERY_SERVICE_CONFIGW config;
        BYTE room[8192]; /* the most there is */
    } said;
    DWORD needed = 0;
    bool is = true;
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE service =
        manager != NULL ? OpenServiceW(manager, L"HipBridge", SERVICE_QUERY_CONFIG) : NULL;
    if (service != NULL && QueryServiceConfigW(service, &said.config, sizeof said, &needed) &&
        said.config.lpServiceStartName != NULL) {
        const wchar_t *name = said.config.lpServiceStartName;
        is = name[0] == L'\0' || _wcsicmp(name, L"LocalSystem") == 0 ||
             _wcsicmp(name, L".\\LocalSystem") == 0 || _wcsicmp(name, L"NT AUTHORITY\\SYSTEM") == 0;
    }
    if (service != NULL) {
        CloseServiceHandle(service);
    }
    if (manager != NULL) {
        CloseServiceHandle(manager);
    }
    return is;
}

bool access_restrict_file(const char *path, struct error *err)
{
    const wchar_t *list = access_service_is_system() ? WIDE(ACCESS_FILE_SDDL)
                                                     : WIDE(ACCESS_FILE_SDDL) ACCESS_SERVICE_FILE;
    return !file_exists(path) || set_access(path, list, err);
}

bool access_restrict_folder(const char *path, struct error *err)
{
    wchar_t wide[FILE_PATH_MAX];
    if (!wide_from_utf8(path, wide, FILE_PATH_MAX, err)) {
        return false;
    }
    DWORD attributes = GetFileAttributesW(wide);
    if (attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0) {
        return error_set(err, ERR_DENIED, 0, "%s is a link to another folder; remove it", path);
    }
    const wchar_t *list = access_service_is_system() ? WIDE(ACCESS_FOLDER_SDDL)
                                                     : WIDE(ACCESS_FOLDER_SDDL)
                                                           ACCESS_SERVICE_FOLDER;
    return set_access(path, list, err);
}

bool access_restrict_own(const char *path, struct error *err)
{
    return set_access(path, WIDE(ACCESS_OWN_SDDL), err);
}

/* Whether this program runs as the one of this SID. */
static bool is_own(PSID owner)
{
    union {
        TOKEN_USER user;
        BYTE room[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    } held;
    HANDLE token = NULL;
    DWORD size = 0;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token)) {
        return false;
    }
    bool own = GetTokenInformation(token, TokenUser, &held, sizeof held, &size) &&
               EqualSid(held.user.User.Sid, owner);
    CloseHandle(token);
    return own;
}

bool access_is_administrators(const char *path, bool *is, struct error *err)
{
    wchar_t wide[FILE_PATH_MAX];
    PSECURITY_DESCRIPTOR descriptor = NULL;
    PSID owner = NULL;
    *is = false;
    if (!wide_from_utf8(path, wide, FILE_PATH_MAX, err)) {
        return false;
    }
    DWORD code = GetNamedSecurityInfoW(wide, SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION, &owner,
                                       NULL, NULL, NULL, &descriptor);
    if (code != ERROR_SUCCESS) {
        return wide_error(err, code, "cannot see whose %s is", path);
    }
    *is = owner != NULL && (IsWellKnownSid(owner, WinBuiltinAdministratorsSid) ||
                            IsWellKnownSid(owner, WinLocalSystemSid) || is_own(owner));
    LocalFree(descriptor);
    return true;
}
