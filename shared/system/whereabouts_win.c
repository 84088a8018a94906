#include "system/whereabouts.h"

#include <windows.h>

#include <stdio.h>
#include <string.h>

#include "base/portability.h"
#include "system/folder.h"
#include "system/wide.h"

#define PROFILES L"SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList"
#define STORE "AppData\\Local\\VirtualStore"

static const uint64_t day = 24ULL * 60 * 60 * 10000000; /* in a FILETIME's units */

/* What follows the system's drive: "Program Files (x86)\…". NULL: it is on another one. */
static const char *on_system_drive(const char *folder)
{
    wchar_t windows[MAX_PATH];
    UINT len = GetSystemWindowsDirectoryW(windows, HB_COUNT(windows));
    if (len == 0 || len >= HB_COUNT(windows) || folder[0] == '\0' || folder[1] != ':' ||
        (folder[2] != '\\' && folder[2] != '/')) {
        return NULL;
    }
    char letter = folder[0] >= 'a' && folder[0] <= 'z' ? (char)(folder[0] - 32) : folder[0];
    return (wchar_t)letter == towupper(windows[0]) ? folder + 3 : NULL;
}

static uint64_t written(const char *folder, const char *name)
{
    char path[FILE_PATH_MAX];
    wchar_t wide[FILE_PATH_MAX];
    WIN32_FILE_ATTRIBUTE_DATA facts;
    if (!file_resolve(folder, name, path, sizeof path) ||
        !wide_from_utf8(path, wide, FILE_PATH_MAX, NULL) ||
        !GetFileAttributesExW(wide, GetFileExInfoStandard, &facts)) {
        return 0;
    }
    return (uint64_t)facts.ftLastWriteTime.dwHighDateTime << 32 |
           facts.ftLastWriteTime.dwLowDateTime;
}

/* When a file of the pattern was last written there; 0: there is none. */
static uint64_t newest(const char *folder, const char *pattern)
{
    char name[LOG_NAME_MAX];
    struct error ignored = ERROR_INIT;
    struct folder_list *list = folder_list_open(folder, &ignored);
    uint64_t last = 0;
    while (list != NULL && folder_list_next(list, name, &ignored)) {
        uint64_t time = folder_fits(pattern, name) ? written(folder, name) : 0;
        last = time > last ? time : last;
    }
    folder_list_close(list);
    return last;
}

bool whereabouts_virtual(const char *folder, const char *pattern, char *out, size_t size)
{
    wchar_t profiles[FILE_PATH_MAX];
    wchar_t search[FILE_PATH_MAX + 4];
    char profiles_text[FILE_PATH_MAX];
    DWORD bytes = sizeof profiles;
    WIN32_FIND_DATAW found;
    FILETIME now;
    const char *rest = on_system_drive(folder);
    if (rest == NULL ||
        RegGetValueW(HKEY_LOCAL_MACHINE, PROFILES, L"ProfilesDirectory", RRF_RT_REG_SZ, NULL,
                     profiles, &bytes) != ERROR_SUCCESS ||
        !wide_to_utf8(profiles, profiles_text, sizeof profiles_text, NULL)) {
        return false;
    }
    GetSystemTimeAsFileTime(&now);
    uint64_t least =
        ((uint64_t)now.dwHighDateTime << 32 | now.dwLowDateTime) - WHEREABOUTS_DAYS * day;
    swprintf(search, HB_COUNT(search), L"%ls\\*", profiles);
    HANDLE users = FindFirstFileW(search, &found);
    if (users == INVALID_HANDLE_VALUE) {
        return false;
    }
    bool any = false;
    do {
        char user[LOG_NAME_MAX];
        char store[FILE_PATH_MAX];
        if ((found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) == 0 ||
            found.cFileName[0] == L'.' || !wide_to_utf8(found.cFileName, user, sizeof user, NULL)) {
            continue;
        }
        int len = snprintf(store, sizeof store, "%s\\%s\\" STORE "\\%s", profiles_text, user, rest);
        if (len < 0 || (size_t)len >= sizeof store || (size_t)len >= size) {
            continue;
        }
        uint64_t last = newest(store, pattern);
        if (last >= least) {
            least = last;
            any = true;
            memcpy(out, store, (size_t)len + 1);
        }
    } while (FindNextFileW(users, &found));
    FindClose(users);
    return any;
}
