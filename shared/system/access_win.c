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
    DWORD code = SetNamedSecurityInfoW(wide, SE_FILE_OBJECT, access | OWNER_SECURITY_INFORMATION,
                                       owner, NULL, list, NULL);
    if (code != ERROR_SUCCESS) {
        code = SetNamedSecurityInfoW(wide, SE_FILE_OBJECT, access, NULL, NULL, list, NULL);
    }
    LocalFree(descriptor);
    return code == ERROR_SUCCESS || wide_error(err, code, "cannot restrict who may read %s", path);
}

bool access_restrict_file(const char *path, struct error *err)
{
    return !file_exists(path) || set_access(path, L"O:BAD:P(A;;FA;;;SY)(A;;FA;;;BA)", err);
}

bool access_restrict_folder(const char *path, struct error *err)
{
    return set_access(path, L"O:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)", err);
}
