#include "folder.h"

#include <shlwapi.h>

#include <stdlib.h>
#include <string.h>

#include "systime.h"
#include "system/wide.h"

enum { WIDE_PATH_MAX = FILE_PATH_MAX + 16, PIECE = 64 * 1024 };

/* In the form that takes any length. */
static bool wide_path(const char *path, wchar_t out[WIDE_PATH_MAX], struct error *err)
{
    wchar_t given[FILE_PATH_MAX];
    wchar_t full[FILE_PATH_MAX];
    if (!wide_from_utf8(path, given, FILE_PATH_MAX, err)) {
        return error_prefix(err, "cannot use the path %s: ", path);
    }
    DWORD len = GetFullPathNameW(given, FILE_PATH_MAX, full, NULL);
    if (len == 0 || len >= FILE_PATH_MAX) {
        return error_set(err, ERR_INVALID, 0, "the path %s cannot be used", path);
    }

    const wchar_t *rest = full;
    out[0] = L'\0';
    if (wcsncmp(full, L"\\\\?\\", 4) != 0) {
        bool share = full[0] == L'\\' && full[1] == L'\\';
        wcscpy(out, share ? L"\\\\?\\UNC\\" : L"\\\\?\\");
        rest = share ? full + 2 : full;
    }
    wcscat(out, rest);
    return true;
}

bool folder_list_open(struct folder_list *list, const char *folder, const char *pattern,
                      struct error *err)
{
    char all[FILE_PATH_MAX];
    wchar_t path[WIDE_PATH_MAX];
    list->find = INVALID_HANDLE_VALUE;
    list->first = true;
    if (!wide_from_utf8(pattern, list->pattern, FOLDER_PATTERN_MAX, err)) {
        return error_prefix(err, "cannot use the pattern %s: ", pattern);
    }
    if (!file_resolve(folder, "*", all, sizeof all)) {
        return error_set(err, ERR_INVALID, 0, "the path %s is too long", folder);
    }
    if (!wide_path(all, path, err)) {
        return false;
    }
    /* The pattern is not the search's: that would also look at 8.3 names, where *.txt fits x.txt~.
     */
    list->find =
        FindFirstFileExW(path, FindExInfoBasic, &list->data, FindExSearchNameMatch, NULL, 0);
    if (list->find == INVALID_HANDLE_VALUE && GetLastError() != ERROR_FILE_NOT_FOUND) {
        return wide_error(err, GetLastError(), "cannot read the folder %s", folder);
    }
    return true;
}

static bool fits(const struct folder_list *list, char name[LOG_NAME_MAX])
{
    const DWORD no_file = FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_DEVICE;
    return (list->data.dwFileAttributes & no_file) == 0 &&
           PathMatchSpecW(list->data.cFileName, list->pattern) &&
           wide_to_utf8(list->data.cFileName, name, LOG_NAME_MAX, NULL);
}

bool folder_list_next(struct folder_list *list, char name[LOG_NAME_MAX], struct error *err)
{
    if (list->find == INVALID_HANDLE_VALUE) {
        return false;
    }
    for (;;) {
        if (!list->first && !FindNextFileW(list->find, &list->data)) {
            if (GetLastError() != ERROR_NO_MORE_FILES) {
                wide_error(err, GetLastError(), "cannot read the folder any further");
            }
            return false;
        }
        list->first = false;
        if (fits(list, name)) {
            return true;
        }
    }
}

void folder_list_close(struct folder_list *list)
{
    if (list->find != INVALID_HANDLE_VALUE) {
        FindClose(list->find);
    }
    list->find = INVALID_HANDLE_VALUE;
}

static bool open_to_read(const char *path, HANDLE *file, struct error *err)
{
    wchar_t wide[WIDE_PATH_MAX];
    *file = INVALID_HANDLE_VALUE;
    if (!wide_path(path, wide, err)) {
        return false;
    }
    *file = CreateFileW(wide, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL,
                        OPEN_EXISTING, FILE_FLAG_SEQUENTIAL_SCAN, NULL);
    return *file != INVALID_HANDLE_VALUE || wide_error(err, GetLastError(), "cannot open %s", path);
}

bool folder_open(const char *path, HANDLE *file, struct folder_version *version, struct error *err)
{
    BY_HANDLE_FILE_INFORMATION facts;
    if (!open_to_read(path, file, err)) {
        DWORD code = (DWORD)err->code;
        if (code == ERROR_SHARING_VIOLATION || code == ERROR_LOCK_VIOLATION) {
            err->kind = ERR_BUSY;
        }
        return false;
    }
    if (!GetFileInformationByHandle(*file, &facts)) {
        wide_error(err, GetLastError(), "cannot look at %s", path);
        CloseHandle(*file);
        *file = INVALID_HANDLE_VALUE;
        return false;
    }
    version->size = (int64_t)(((uint64_t)facts.nFileSizeHigh << 32) | facts.nFileSizeLow);
    version->modified_s = systime_from_filetime(facts.ftLastWriteTime);
    return true;
}

bool folder_move(const char *from, const char *to, struct error *err)
{
    wchar_t wide_from[WIDE_PATH_MAX];
    wchar_t wide_to[WIDE_PATH_MAX];
    if (!wide_path(from, wide_from, err) || !wide_path(to, wide_to, err)) {
        return false;
    }
    if (MoveFileExW(wide_from, wide_to, MOVEFILE_WRITE_THROUGH)) {
        return true;
    }
    DWORD code = GetLastError();
    wide_error(err, code, "cannot move %s to %s", from, to);
    if (code == ERROR_ALREADY_EXISTS || code == ERROR_FILE_EXISTS) {
        err->kind = ERR_EXISTS;
    }
    return false;
}

/* ---- copying ---- */

static bool read_piece(HANDLE file, const char *path, char piece[PIECE], DWORD *got,
                       struct error *err)
{
    return ReadFile(file, piece, PIECE, got, NULL) ||
           wide_error(err, GetLastError(), "cannot read %s", path);
}

static bool copy_bytes(HANDLE in, const char *from, HANDLE out, const char *to, HANDLE stop,
                       struct error *err)
{
    DWORD got = 0;
    DWORD put = 0;
    FILETIME changed;
    char *piece = malloc(PIECE);
    bool done = piece != NULL || error_set(err, ERR_MEMORY, 0, "no memory to copy %s", from);
    while (done) {
        if (WaitForSingleObject(stop, 0) == WAIT_OBJECT_0) {
            done = error_set(err, ERR_STOPPED, 0, "told to stop");
        }
        done = done && read_piece(in, from, piece, &got, err);
        if (!done || got == 0) {
            break;
        }
        done = (WriteFile(out, piece, got, &put, NULL) && put == got) ||
               wide_error(err, GetLastError(), "cannot write %s", to);
    }
    free(piece);
    return done && ((GetFileTime(in, NULL, NULL, &changed) &&
                     SetFileTime(out, NULL, NULL, &changed) && FlushFileBuffers(out)) ||
                    wide_error(err, GetLastError(), "cannot finish %s", to));
}

bool folder_copy(const char *from, const char *to, HANDLE stop, struct error *err)
{
    wchar_t wide[WIDE_PATH_MAX];
    HANDLE in = INVALID_HANDLE_VALUE;
    bool done = false;
    if (!wide_path(to, wide, err) || !open_to_read(from, &in, err)) {
        return false;
    }
    HANDLE out =
        CreateFileW(wide, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    if (out == INVALID_HANDLE_VALUE) {
        wide_error(err, GetLastError(), "cannot write %s", to);
    } else {
        done = copy_bytes(in, from, out, to, stop, err);
        CloseHandle(out);
    }
    CloseHandle(in);
    return done;
}

bool folder_same(const char *one, const char *other, bool *same, struct error *err)
{
    HANDLE first = INVALID_HANDLE_VALUE;
    HANDLE second = INVALID_HANDLE_VALUE;
    DWORD got[2] = {0, 0};
    char *pieces = malloc(2 * (size_t)PIECE);
    if (pieces == NULL) {
        return error_set(err, ERR_MEMORY, 0, "no memory to read %s", one);
    }
    bool done = open_to_read(one, &first, err) && open_to_read(other, &second, err);
    *same = done;
    while (*same) {
        done = read_piece(first, one, pieces, &got[0], err) &&
               read_piece(second, other, pieces + PIECE, &got[1], err);
        *same = done && got[0] == got[1] && memcmp(pieces, pieces + PIECE, got[0]) == 0;
        if (got[0] == 0) {
            break;
        }
    }
    if (first != INVALID_HANDLE_VALUE) {
        CloseHandle(first);
    }
    if (second != INVALID_HANDLE_VALUE) {
        CloseHandle(second);
    }
    free(pieces);
    return done;
}

bool folder_delete(const char *path, struct error *err)
{
    wchar_t wide[WIDE_PATH_MAX];
    if (!wide_path(path, wide, err)) {
        return false;
    }
    DWORD attributes = GetFileAttributesW(wide);
    if (attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_READONLY) != 0) {
        SetFileAttributesW(wide, attributes & ~(DWORD)FILE_ATTRIBUTE_READONLY);
    }
    return DeleteFileW(wide) || GetLastError() == ERROR_FILE_NOT_FOUND ||
           wide_error(err, GetLastError(), "cannot delete %s", path);
}

/* ---- writing ---- */

bool folder_append(const char *path, HANDLE *file, struct error *err)
{
    wchar_t wide[WIDE_PATH_MAX];
    *file = INVALID_HANDLE_VALUE;
    if (!wide_path(path, wide, err)) {
        return false;
    }
    *file = CreateFileW(wide, FILE_APPEND_DATA, FILE_SHARE_READ, NULL, OPEN_ALWAYS,
                        FILE_ATTRIBUTE_NORMAL, NULL);
    return *file != INVALID_HANDLE_VALUE ||
           wide_error(err, GetLastError(), "cannot write to %s", path);
}
