#include <windows.h>

#include <shlobj.h>

#include <stdlib.h>
#include <string.h>

#include "system/file.h"
#include "system/replacing.h"
#include "system/wide.h"

/* Room for a path, the `\\?\UNC\` before it and the ".copy" after it. */
enum { WIDE_PATH_MAX = FILE_PATH_MAX + 16 };

/* Longer paths than this are not taken by the plain form of a path (folders: MAX_PATH less an 8.3
 * name). */
enum { PLAIN_PATH_MAX = MAX_PATH - 12 };

/* The path as the system wants it, whatever its length. */
static bool wide_path(const char *path, wchar_t out[WIDE_PATH_MAX], struct error *err)
{
    wchar_t given[FILE_PATH_MAX];
    wchar_t full[FILE_PATH_MAX];
    if (!wide_from_utf8(path, given, FILE_PATH_MAX, err)) {
        return error_prefix(err, "cannot use the path %s: ", path);
    }
    DWORD len = GetFullPathNameW(given, FILE_PATH_MAX, full, NULL);
    if (len == 0) {
        return wide_error(err, GetLastError(), "cannot use the path %s", path);
    }
    if (len >= FILE_PATH_MAX) {
        return error_set(err, ERR_INVALID, 0, "the path %s is too long", path);
    }
    const wchar_t *prefix = L"";
    const wchar_t *rest = full;
    if (len >= PLAIN_PATH_MAX && wcsncmp(full, L"\\\\?\\", 4) != 0) {
        bool share = full[0] == L'\\' && full[1] == L'\\';
        prefix = share ? L"\\\\?\\UNC\\" : L"\\\\?\\";
        rest = share ? full + 2 : full;
    }
    wcscpy(out, prefix);
    wcscat(out, rest);
    return true;
}

/* What was beside a file that is gone is whole; what is to be the first of its name need not be. */
static const char replacement[] = ".new";
static const char copy[] = ".copy";

/* The name under which a file is written before it takes the place of `path`. */
static bool wide_path_beside(const char *path, const char *suffix, wchar_t out[WIDE_PATH_MAX],
                             struct error *err)
{
    char beside[FILE_PATH_MAX];
    size_t len = strlen(path);
    size_t more = strlen(suffix) + 1;
    if (len + more > sizeof beside) {
        return error_set(err, ERR_INVALID, 0, "the path %s is too long", path);
    }
    memcpy(beside, path, len);
    memcpy(beside + len, suffix, more);
    return wide_path(beside, out, err);
}

bool file_read(const char *path, size_t max, char **bytes, size_t *len, struct error *err)
{
    wchar_t name[WIDE_PATH_MAX];
    LARGE_INTEGER size = {.QuadPart = 0};
    char *memory = NULL;
    size_t used = 0;
    bool done = false;
    if (!wide_path(path, name, err)) {
        return false;
    }
    HANDLE file =
        CreateFileW(name, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                    NULL, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE) {
        return wide_error(err, GetLastError(), "cannot open %s", path);
    }
    if (!GetFileSizeEx(file, &size)) {
        wide_error(err, GetLastError(), "cannot look at %s", path);
        goto out;
    }
    if ((ULONGLONG)size.QuadPart > max) {
        error_set(err, ERR_TOO_LARGE, 0, "%s is larger than the %zu bytes allowed", path, max);
        goto out;
    }
    memory = malloc((size_t)size.QuadPart + 1);
    if (memory == NULL) {
        error_set(err, ERR_MEMORY, 0, "no memory to read %s", path);
        goto out;
    }
    while (used < (size_t)size.QuadPart) {
        size_t left = (size_t)size.QuadPart - used;
        DWORD got = 0;
        if (!ReadFile(file, memory + used, left > 1 << 20 ? 1 << 20 : (DWORD)left, &got, NULL)) {
            wide_error(err, GetLastError(), "cannot read %s", path);
            goto out;
        }
        if (got == 0) {
            break;
        }
        used += got;
    }
    memory[used] = '\0';
    *bytes = memory;
    *len = used;
    memory = NULL;
    done = true;
out:
    free(memory);
    CloseHandle(file);
    return done;
}

/* Writes and flushes a new file. */
static bool write_file(const char *path, const wchar_t *name, struct span bytes, struct error *err)
{
    bool done = true;
    HANDLE file =
        CreateFileW(name, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE) {
        return wide_error(err, GetLastError(), "cannot make a file beside %s", path);
    }
    for (size_t used = 0; done && used < bytes.len;) {
        size_t left = bytes.len - used;
        DWORD put = 0;
        done = WriteFile(file, bytes.at + used, left > 1 << 20 ? 1 << 20 : (DWORD)left, &put, NULL);
        used += put;
    }
    done = done && FlushFileBuffers(file);
    if (!done) {
        wide_error(err, GetLastError(), "cannot write a file beside %s", path);
    }
    CloseHandle(file);
    if (!done) {
        DeleteFileW(name);
    }
    return done;
}

/* ---- the file beside takes the name: the steps of replacing.h ---- */

struct names {
    wchar_t name[WIDE_PATH_MAX];
    wchar_t beside[WIDE_PATH_MAX];
};

static bool step_exists(void *context)
{
    const struct names *names = context;
    return GetFileAttributesW(names->name) != INVALID_FILE_ATTRIBUTES;
}

/* ReplaceFile keeps the access list of the file there was; a plain rename gives the new one's. */
static unsigned long step_replace(void *context)
{
    const struct names *names = context;
    return ReplaceFileW(names->name, names->beside, NULL, 0, NULL, NULL) ? 0 : GetLastError();
}

static unsigned long step_move(void *context)
{
    const struct names *names = context;
    return MoveFileExW(names->beside, names->name, MOVEFILE_WRITE_THROUGH) ? 0 : GetLastError();
}

static void step_drop(void *context)
{
    const struct names *names = context;
    DeleteFileW(names->beside);
}

static void step_wait(void *context, unsigned milliseconds)
{
    (void)context;
    Sleep(milliseconds);
}

bool file_replace(const char *path, struct span bytes, struct error *err)
{
    struct names names;
    if (!wide_path(path, names.name, err) ||
        !wide_path_beside(path, step_exists(&names) ? replacement : copy, names.beside, err) ||
        !write_file(path, names.beside, bytes, err)) {
        return false;
    }
    const struct replacing steps = {&names,    step_exists, step_replace,
                                    step_move, step_drop,   step_wait};
    unsigned long code = replacing_run(&steps);
    return code == 0 || wide_error(err, code, "cannot replace %s", path);
}

bool file_recover(const char *path, bool *taken, struct error *err)
{
    struct names names;
    *taken = false;
    if (!wide_path(path, names.name, err) ||
        !wide_path_beside(path, replacement, names.beside, err)) {
        return false;
    }
    if (step_exists(&names) || GetFileAttributesW(names.beside) == INVALID_FILE_ATTRIBUTES) {
        return true;
    }
    *taken = MoveFileExW(names.beside, names.name, MOVEFILE_WRITE_THROUGH) != 0;
    return *taken || wide_error(err, GetLastError(), "cannot give %s back its name", path);
}

bool file_copy_new(const char *from, const char *to, struct error *err)
{
    wchar_t name[WIDE_PATH_MAX];
    wchar_t beside[WIDE_PATH_MAX];
    char *bytes = NULL;
    size_t len = 0;
    bool done = false;
    if (file_exists(to)) {
        return error_set(err, ERR_EXISTS, ERROR_FILE_EXISTS, "%s is there already", to);
    }
    if (!wide_path(to, name, err) || !wide_path_beside(to, copy, beside, err) ||
        !file_read(from, (size_t)LONG_MAX, &bytes, &len, err)) {
        return false;
    }
    if (write_file(to, beside, (struct span){bytes, len}, err)) {
        /* Without MOVEFILE_REPLACE_EXISTING a name that came to be in the meantime is left alone.
         */
        done = MoveFileExW(beside, name, MOVEFILE_WRITE_THROUGH);
        if (!done) {
            wide_error(err, GetLastError(), "cannot make %s", to);
            DeleteFileW(beside);
        }
    }
    free(bytes);
    return done;
}

bool file_move(const char *from, const char *to, struct error *err)
{
    wchar_t old_name[WIDE_PATH_MAX];
    wchar_t new_name[WIDE_PATH_MAX];
    if (!wide_path(from, old_name, err) || !wide_path(to, new_name, err)) {
        return false;
    }
    return MoveFileExW(old_name, new_name, MOVEFILE_WRITE_THROUGH) ||
           wide_error(err, GetLastError(), "cannot move %s to %s", from, to);
}

bool file_remove(const char *path, struct error *err)
{
    wchar_t name[WIDE_PATH_MAX];
    return wide_path(path, name, err) &&
           (DeleteFileW(name) || wide_error(err, GetLastError(), "cannot remove %s", path));
}

bool file_exists(const char *path)
{
    wchar_t name[WIDE_PATH_MAX];
    return wide_path(path, name, NULL) && GetFileAttributesW(name) != INVALID_FILE_ATTRIBUTES;
}

bool file_make_folder(const char *path, struct error *err)
{
    wchar_t name[WIDE_PATH_MAX];
    char above[FILE_PATH_MAX];
    if (!wide_path(path, name, err)) {
        return false;
    }
    DWORD attributes = GetFileAttributesW(name);
    if (attributes != INVALID_FILE_ATTRIBUTES) {
        return (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0 ||
               error_set(err, ERR_EXISTS, ERROR_ALREADY_EXISTS,
                         "cannot make the folder %s: a file has that name", path);
    }
    if (!file_folder(path, above, sizeof above)) {
        return error_set(err, ERR_INVALID, 0, "the path %s is too long", path);
    }
    if (strcmp(above, path) != 0 && !file_exists(above) && !file_make_folder(above, err)) {
        return false;
    }
    if (!CreateDirectoryW(name, NULL) && GetLastError() != ERROR_ALREADY_EXISTS) {
        return wide_error(err, GetLastError(), "cannot make the folder %s", path);
    }
    return true;
}

bool file_data_folder(char *out, size_t size, struct error *err)
{
    /* Not the variable %ProgramData%: a service's environment is not always what a user's is. */
    wchar_t *folder = NULL;
    char above[FILE_PATH_MAX];
    bool fits = false;
    HRESULT result = SHGetKnownFolderPath(&FOLDERID_ProgramData, 0, NULL, &folder);
    if (SUCCEEDED(result)) {
        fits = wide_to_utf8(folder, above, sizeof above, NULL) &&
               file_resolve(above, "HipBridge", out, size);
    }
    CoTaskMemFree(folder);
    if (FAILED(result)) {
        return wide_error(err, (unsigned long)result, "cannot find the folder ProgramData");
    }
    if (!fits) {
        return error_set(err, ERR_INVALID, 0, "the path of the folder ProgramData is too long");
    }
    return true;
}

bool file_program_folder(char *out, size_t size, struct error *err)
{
    wchar_t program[FILE_PATH_MAX];
    char path[FILE_PATH_MAX];
    DWORD len = GetModuleFileNameW(NULL, program, FILE_PATH_MAX);
    if (len == 0) {
        return wide_error(err, GetLastError(), "cannot find this program's own path");
    }
    if (len >= FILE_PATH_MAX || !wide_to_utf8(program, path, sizeof path, NULL) ||
        !file_folder(path, out, size)) {
        return error_set(err, ERR_INVALID, 0, "this program's path is too long");
    }
    return true;
}
