#include "system/known_programs.h"

#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "system/file.h"
#include "system/whereabouts.h"
#include "system/wide.h"

static const char *const folders[] = {"Program Files", "Program Files (x86)"};

/* A program's folder, its version left open; and where the file lies in it. */
static const struct {
    const char *program, *file;
} known[] = {
    {"HIPPremiumTime*", "db\\Pm2014.mdb"},
    {"ZKTime*", "att2000.mdb"},
    {"Att", "att2000.mdb"},
};

/* What is there once is told once: most lie in a folder for programs and are in the registry too.
 */
enum { TOLD_MAX = 16 };

struct search {
    void (*found)(void *context, const char *path);
    void *context;
    size_t count;
    char told[TOLD_MAX][FILE_PATH_MAX];
};

/* A share or a disk that is asleep would hold up whoever asks. */
static bool is_own_disk(char letter)
{
    wchar_t root[] = {(wchar_t)(unsigned char)letter, L':', L'\\', L'\0'};
    return GetDriveTypeW(root) == DRIVE_FIXED;
}

static void look(struct search *search, const char *folder, const char *file)
{
    char path[FILE_PATH_MAX];
    char home[FILE_PATH_MAX];
    char store[FILE_PATH_MAX];
    int len = snprintf(path, sizeof path, "%s\\%s", folder, file);
    if (len < 0 || (size_t)len >= sizeof path || !file_folder(path, home, sizeof home)) {
        return;
    }
    bool there = file_exists(path);
    if (whereabouts_virtual(home, file_name(path), store, sizeof store)) {
        there = file_resolve(store, file_name(file), path, sizeof path);
    }
    if (!there || search->count == TOLD_MAX) {
        return;
    }
    for (size_t i = 0; i < search->count; i++) {
        if (_stricmp(search->told[i], path) == 0) {
            return;
        }
    }
    memcpy(search->told[search->count++], path, strlen(path) + 1);
    search->found(search->context, path);
}

static void look_in(struct search *search, const char *folder)
{
    for (size_t i = 0; i < HB_COUNT(known); i++) {
        char pattern[FILE_PATH_MAX];
        char name[FILE_PATH_MAX];
        char program[FILE_PATH_MAX];
        wchar_t wide[FILE_PATH_MAX];
        WIN32_FIND_DATAW data;
        snprintf(pattern, sizeof pattern, "%s\\%s", folder, known[i].program);
        HANDLE list = wide_from_utf8(pattern, wide, FILE_PATH_MAX, NULL)
                          ? FindFirstFileW(wide, &data)
                          : INVALID_HANDLE_VALUE;
        if (list == INVALID_HANDLE_VALUE) {
            continue;
        }
        do {
            if ((data.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0 &&
                wide_to_utf8(data.cFileName, name, sizeof name, NULL) &&
                (size_t)snprintf(program, sizeof program, "%s\\%s", folder, name) <
                    sizeof program) {
                look(search, program, known[i].file);
            }
        } while (FindNextFileW(list, &data));
        FindClose(list);
    }
}

static void look_in_programs(struct search *search)
{
    DWORD drives = GetLogicalDrives();
    for (int letter = 'C'; letter <= 'Z'; letter++) {
        if ((drives >> (letter - 'A') & 1) == 0 || !is_own_disk((char)letter)) {
            continue;
        }
        for (size_t i = 0; i < HB_COUNT(folders); i++) {
            char folder[32];
            snprintf(folder, sizeof folder, "%c:\\%s", letter, folders[i]);
            look_in(search, folder);
        }
    }
}

/* ---- where Windows lists what is installed ---- */

/* The program's folder by a value of its entry: that is the folder (is_file false), or a file in it
 * as uninstallers write one: "C:\a\unins.exe" /x, with quotation marks and arguments or without. */
static bool installed_at(HKEY program, const wchar_t *value, bool is_file, char *folder,
                         size_t size)
{
    wchar_t wide[FILE_PATH_MAX];
    char text[FILE_PATH_MAX];
    DWORD bytes = sizeof wide;
    if (RegGetValueW(program, NULL, value, RRF_RT_REG_SZ, NULL, wide, &bytes) != ERROR_SUCCESS ||
        !wide_to_utf8(wide, text, sizeof text, NULL)) {
        return false;
    }
    char *path = text[0] == '"' ? text + 1 : text;
    path[strcspn(path, "\"")] = '\0';
    size_t len = strlen(path);
    if (len < 3 || path[1] != ':' || path[2] != '\\' || !is_own_disk(path[0])) {
        return false;
    }
    while (path[len - 1] == '\\') {
        path[--len] = '\0';
    }
    if (is_file) {
        return file_folder(path, folder, size);
    }
    return (size_t)snprintf(folder, size, "%s", path) < size;
}

static void look_at_installed(struct search *search, HKEY program)
{
    static const struct {
        const wchar_t *value;
        bool is_file;
    } places[] = {
        {L"InstallLocation", false},
        {L"UninstallString", true},
        {L"DisplayIcon", true},
    };
    char folder[FILE_PATH_MAX];
    for (size_t i = 0; i < HB_COUNT(places); i++) {
        if (installed_at(program, places[i].value, places[i].is_file, folder, sizeof folder)) {
            for (size_t k = 0; k < HB_COUNT(known); k++) {
                look(search, folder, known[k].file);
            }
        }
    }
}

/* Wherever somebody has put it: the file's name is the program's own. */
static void look_in_registry(struct search *search, REGSAM view)
{
    static const wchar_t uninstall[] = L"SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall";
    wchar_t name[256];
    HKEY list;
    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, uninstall, 0, KEY_READ | view, &list) != ERROR_SUCCESS) {
        return;
    }
    DWORD len = (DWORD)HB_COUNT(name);
    for (DWORD i = 0; RegEnumKeyExW(list, i, name, &len, NULL, NULL, NULL, NULL) == ERROR_SUCCESS;
         i++, len = (DWORD)HB_COUNT(name)) {
        HKEY program;
        if (RegOpenKeyExW(list, name, 0, KEY_READ | view, &program) == ERROR_SUCCESS) {
            look_at_installed(search, program);
            RegCloseKey(program);
        }
    }
    RegCloseKey(list);
}

size_t known_programs(void (*found)(void *context, const char *path), void *context)
{
    struct search *search = calloc(1, sizeof *search);
    if (search == NULL) {
        return 0;
    }
    search->found = found;
    search->context = context;
    look_in_programs(search);
    look_in_registry(search, KEY_WOW64_64KEY);
    look_in_registry(search, KEY_WOW64_32KEY);
    size_t count = search->count;
    free(search);
    return count;
}
