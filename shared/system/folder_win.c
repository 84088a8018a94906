#include <windows.h>

#include <stdlib.h>
#include <string.h>

#include "system/folder_private.h"
#include "system/wide.h"

enum { WIDE_PATH_MAX = FILE_PATH_MAX + 16 };

struct folder_file {
    HANDLE handle;
    char path[FILE_PATH_MAX];
};

struct folder_list {
    HANDLE find;
    WIN32_FIND_DATAW data;
    bool first;
};

struct folder_hold {
    HANDLE handle;
};

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

/* Fills err with what kept a file from being opened. */
static bool open_failed(struct error *err, const char *what, const char *path)
{
    DWORD code = GetLastError();
    wide_error(err, code, "cannot %s %s", what, path);
    if (code == ERROR_SHARING_VIOLATION || code == ERROR_LOCK_VIOLATION) {
        err->kind = ERR_BUSY;
    }
    return false;
}

struct folder_list *folder_list_open(const char *folder, struct error *err)
{
    char all[FILE_PATH_MAX];
    wchar_t path[WIDE_PATH_MAX];
    if (!file_resolve(folder, "*", all, sizeof all)) {
        error_set(err, ERR_INVALID, 0, "the path %s is too long", folder);
        return NULL;
    }
    if (!wide_path(all, path, err)) {
        return NULL;
    }
    struct folder_list *list = calloc(1, sizeof *list);
    if (list == NULL) {
        error_set(err, ERR_MEMORY, 0, "cannot read the folder %s: no memory", folder);
        return NULL;
    }
    list->first = true;
    list->find =
        FindFirstFileExW(path, FindExInfoBasic, &list->data, FindExSearchNameMatch, NULL, 0);
    if (list->find == INVALID_HANDLE_VALUE && GetLastError() != ERROR_FILE_NOT_FOUND) {
        wide_error(err, GetLastError(), "cannot read the folder %s", folder);
        free(list);
        return NULL;
    }
    return list;
}

bool folder_list_next(struct folder_list *list, char name[LOG_NAME_MAX], struct error *err)
{
    const DWORD no_file = FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_DEVICE;
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
        if ((list->data.dwFileAttributes & no_file) == 0 &&
            wide_to_utf8(list->data.cFileName, name, LOG_NAME_MAX, NULL)) {
            return true;
        }
    }
}

void folder_list_close(struct folder_list *list)
{
    if (list != NULL && list->find != INVALID_HANDLE_VALUE) {
        FindClose(list->find);
    }
    free(list);
}

/* ---- what is at a path ---- */

static bool is_link(struct error *err, const char *path)
{
    return error_set(err, ERR_DENIED, 0,
                     "%s is a link to somewhere else. Links are not followed: put the file itself "
                     "there",
                     path);
}

/* The tag of what is opened; 0 for what is no reparse point. */
static bool tag_of(HANDLE handle, DWORD *tag)
{
    FILE_ATTRIBUTE_TAG_INFO info = {0, 0};
    if (!GetFileInformationByHandleEx(handle, FileAttributeTagInfo, &info, sizeof info)) {
        /* A file system that knows no tags has no links either. */
        DWORD code = GetLastError();
        *tag = 0;
        return code == ERROR_INVALID_PARAMETER || code == ERROR_INVALID_FUNCTION ||
               code == ERROR_NOT_SUPPORTED || code == ERROR_CALL_NOT_IMPLEMENTED;
    }
    *tag = (info.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0 ? info.ReparseTag : 0;
    return true;
}

/*
 * Opens what has this name, never what a link there leads to. INVALID_HANDLE_VALUE on failure. A
 * reparse point that is no link (deduplication, a cloud's placeholder) is opened once more, to be
 * read through its driver; that a link took its place in between shows by the file's number.
 */
static HANDLE open_here(const char *path, DWORD access, DWORD share, DWORD flags, struct error *err)
{
    wchar_t wide[WIDE_PATH_MAX];
    BY_HANDLE_FILE_INFORMATION seen;
    BY_HANDLE_FILE_INFORMATION now;
    DWORD tag = 0;
    if (!wide_path(path, wide, err)) {
        return INVALID_HANDLE_VALUE;
    }
    HANDLE handle = CreateFileW(wide, access, share, NULL, OPEN_EXISTING,
                                flags | FILE_FLAG_OPEN_REPARSE_POINT, NULL);
    if (handle == INVALID_HANDLE_VALUE) {
        open_failed(err, "open", path);
        return INVALID_HANDLE_VALUE;
    }
    if (!tag_of(handle, &tag)) {
        wide_error(err, GetLastError(), "cannot look at %s", path);
        goto failed;
    }
    if (tag == 0) {
        return handle;
    }
    if (IsReparseTagNameSurrogate(tag) || !GetFileInformationByHandle(handle, &seen)) {
        is_link(err, path);
        goto failed;
    }
    CloseHandle(handle);
    handle = CreateFileW(wide, access, share, NULL, OPEN_EXISTING, flags, NULL);
    if (handle == INVALID_HANDLE_VALUE) {
        open_failed(err, "open", path);
        return INVALID_HANDLE_VALUE;
    }
    if (GetFileInformationByHandle(handle, &now) &&
        now.dwVolumeSerialNumber == seen.dwVolumeSerialNumber &&
        now.nFileIndexHigh == seen.nFileIndexHigh && now.nFileIndexLow == seen.nFileIndexLow) {
        return handle;
    }
    is_link(err, path);

failed:
    CloseHandle(handle);
    return INVALID_HANDLE_VALUE;
}

static bool look(HANDLE handle, const char *path, struct folder_version *version, DWORD *names,
                 struct error *err)
{
    BY_HANDLE_FILE_INFORMATION facts;
    if (!GetFileInformationByHandle(handle, &facts)) {
        return wide_error(err, GetLastError(), "cannot look at %s", path);
    }
    version->size = (int64_t)(((uint64_t)facts.nFileSizeHigh << 32) | facts.nFileSizeLow);
    version->changed = (int64_t)(((uint64_t)facts.ftLastWriteTime.dwHighDateTime << 32) |
                                 facts.ftLastWriteTime.dwLowDateTime);
    version->volume = facts.dwVolumeSerialNumber;
    version->number = ((uint64_t)facts.nFileIndexHigh << 32) | facts.nFileIndexLow;
    if (version->number == UINT64_MAX) {
        version->number = 0; /* one that does not fit into 64 bits */
    }
    *names = facts.nNumberOfLinks;
    return true;
}

/* ---- reading and writing ---- */

static struct folder_file *file_of(HANDLE handle, const char *path, struct error *err)
{
    struct folder_file *file = malloc(sizeof *file);
    if (file == NULL || !span_copy(span_of(path), file->path, sizeof file->path)) {
        error_set(err, ERR_MEMORY, 0, "cannot open %s: no memory", path);
        free(file);
        CloseHandle(handle);
        return NULL;
    }
    file->handle = handle;
    return file;
}

static struct folder_file *open_file(const char *path, DWORD share, DWORD flags,
                                     struct folder_version *version, struct error *err)
{
    DWORD names = 0;
    HANDLE handle = open_here(path, GENERIC_READ, share, flags, err);
    if (handle == INVALID_HANDLE_VALUE) {
        return NULL;
    }
    if (!look(handle, path, version, &names, err)) {
        CloseHandle(handle);
        return NULL;
    }
    if (names > 1) {
        error_set(err, ERR_DENIED, 0,
                  "%s has another name somewhere else (a hard link). Such files are left alone: "
                  "put a copy there",
                  path);
        CloseHandle(handle);
        return NULL;
    }
    return file_of(handle, path, err);
}

struct folder_file *folder_open(const char *path, struct folder_version *version, struct error *err)
{
    return open_file(path, FILE_SHARE_READ | FILE_SHARE_DELETE, FILE_FLAG_SEQUENTIAL_SCAN, version,
                     err);
}

struct folder_file *folder_open_shared(const char *path, struct folder_version *version,
                                       struct error *err)
{
    return open_file(path, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                     FILE_ATTRIBUTE_NORMAL, version, err);
}

bool folder_read_at(struct folder_file *file, uint64_t offset, char *bytes, size_t size,
                    size_t *got, struct error *err)
{
    *got = 0;
    while (*got < size) {
        uint64_t at = offset + *got;
        DWORD count = 0;
        DWORD most = size - *got > FOLDER_PIECE * 16 ? FOLDER_PIECE * 16 : (DWORD)(size - *got);
        OVERLAPPED place = {.Offset = (DWORD)at, .OffsetHigh = (DWORD)(at >> 32)};
        if (!ReadFile(file->handle, bytes + *got, most, &count, &place)) {
            DWORD code = GetLastError();
            if (code == ERROR_HANDLE_EOF) {
                return true;
            }
            wide_error(err, code, "cannot read %s", file->path);
            if (code == ERROR_LOCK_VIOLATION && err != NULL) {
                err->kind = ERR_BUSY;
            }
            return false;
        }
        if (count == 0) {
            return true;
        }
        *got += count;
    }
    return true;
}

bool folder_read(struct folder_file *file, char *bytes, size_t size, size_t *got, struct error *err)
{
    DWORD count = 0;
    DWORD most = size > FOLDER_PIECE * 16 ? FOLDER_PIECE * 16 : (DWORD)size;
    bool done = ReadFile(file->handle, bytes, most, &count, NULL) ||
                wide_error(err, GetLastError(), "cannot read %s", file->path);
    *got = count;
    return done;
}

bool folder_rewind(struct folder_file *file, struct error *err)
{
    const LARGE_INTEGER start = {.QuadPart = 0};
    return SetFilePointerEx(file->handle, start, NULL, FILE_BEGIN) ||
           wide_error(err, GetLastError(), "cannot read %s", file->path);
}

/* A name in the way goes, whatever it is a name of. */
struct folder_file *folder_create(const char *path, struct error *err)
{
    wchar_t wide[WIDE_PATH_MAX];
    if (!wide_path(path, wide, err) || !folder_delete(path, NULL, err)) {
        return NULL;
    }
    HANDLE handle = CreateFileW(wide, GENERIC_WRITE, FILE_SHARE_READ, NULL, CREATE_NEW,
                                FILE_ATTRIBUTE_NORMAL, NULL);
    if (handle == INVALID_HANDLE_VALUE) {
        open_failed(err, "write", path);
        return NULL;
    }
    return file_of(handle, path, err);
}

bool folder_write(struct folder_file *file, struct span bytes, struct error *err)
{
    while (bytes.len > 0) {
        DWORD put = 0;
        DWORD most = bytes.len > FOLDER_PIECE * 16 ? FOLDER_PIECE * 16 : (DWORD)bytes.len;
        if (!WriteFile(file->handle, bytes.at, most, &put, NULL) || put == 0) {
            return wide_error(err, GetLastError(), "cannot write %s", file->path);
        }
        bytes.at += put;
        bytes.len -= put;
    }
    return true;
}

bool folder_set_changed(struct folder_file *file, int64_t changed, struct error *err)
{
    FILETIME time = {.dwLowDateTime = (DWORD)((uint64_t)changed & 0xffffffffU),
                     .dwHighDateTime = (DWORD)((uint64_t)changed >> 32)};
    return SetFileTime(file->handle, NULL, NULL, &time) ||
           wide_error(err, GetLastError(), "cannot finish %s", file->path);
}

bool folder_flush(struct folder_file *file, struct error *err)
{
    return FlushFileBuffers(file->handle) ||
           wide_error(err, GetLastError(), "cannot write %s", file->path);
}

void folder_close(struct folder_file *file)
{
    if (file != NULL) {
        CloseHandle(file->handle);
    }
    free(file);
}

/* ---- moving and deleting ---- */

/*
 * Opens exactly this version so that it may be renamed or deleted by the handle: nothing that comes
 * to its name afterwards is touched.
 */
static HANDLE open_version(const char *path, DWORD access, const struct folder_version *version,
                           struct error *err)
{
    struct folder_version now;
    DWORD names = 0;
    HANDLE handle =
        open_here(path, access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, 0, err);
    if (handle == INVALID_HANDLE_VALUE) {
        return handle;
    }
    if (look(handle, path, &now, &names, err)) {
        if (folder_same_version(&now, version)) {
            return handle;
        }
        error_set(err, ERR_BUSY, 0, "%s was replaced by another file", path);
    }
    CloseHandle(handle);
    return INVALID_HANDLE_VALUE;
}

static bool rename_handle(HANDLE handle, const wchar_t *to)
{
    size_t bytes = wcslen(to) * sizeof(wchar_t);
    size_t size = sizeof(FILE_RENAME_INFO) + bytes;
    FILE_RENAME_INFO *info = calloc(1, size);
    if (info == NULL) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return false;
    }
    info->FileNameLength = (DWORD)bytes;
    memcpy(info->FileName, to, bytes);
    bool done = SetFileInformationByHandle(handle, FileRenameInfo, info, (DWORD)size);
    DWORD code = GetLastError();
    free(info);
    SetLastError(code);
    return done;
}

static bool move_failed(const char *from, const char *to, DWORD code, bool *elsewhere,
                        struct error *err)
{
    wide_error(err, code, "cannot move %s to %s", from, to);
    *elsewhere = code == ERROR_NOT_SAME_DEVICE;
    if (code == ERROR_ALREADY_EXISTS || code == ERROR_FILE_EXISTS) {
        err->kind = ERR_EXISTS;
    }
    return false;
}

bool folder_move(const char *from, const char *to, const struct folder_version *version,
                 bool *elsewhere, struct error *err)
{
    wchar_t wide_from[WIDE_PATH_MAX];
    wchar_t wide_to[WIDE_PATH_MAX];
    *elsewhere = false;
    if (!wide_path(from, wide_from, err) || !wide_path(to, wide_to, err)) {
        return false;
    }
    if (version == NULL) {
        return MoveFileExW(wide_from, wide_to, MOVEFILE_WRITE_THROUGH) ||
               move_failed(from, to, GetLastError(), elsewhere, err);
    }
    HANDLE handle = open_version(from, DELETE | SYNCHRONIZE | FILE_READ_ATTRIBUTES, version, err);
    if (handle == INVALID_HANDLE_VALUE) {
        return false;
    }
    bool done = rename_handle(handle, wide_to);
    DWORD code = GetLastError();
    CloseHandle(handle);
    return done || move_failed(from, to, code, elsewhere, err);
}

bool folder_replace(const char *from, const char *to, struct error *err)
{
    wchar_t wide_from[WIDE_PATH_MAX];
    wchar_t wide_to[WIDE_PATH_MAX];
    return wide_path(from, wide_from, err) && wide_path(to, wide_to, err) &&
           (MoveFileExW(wide_from, wide_to, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH) ||
            wide_error(err, GetLastError(), "cannot replace %s", to));
}

static bool delete_version(const char *path, const struct folder_version *version,
                           struct error *err)
{
    FILE_BASIC_INFO basic;
    FILE_DISPOSITION_INFO gone = {.DeleteFile = TRUE};
    HANDLE handle = open_version(
        path, DELETE | SYNCHRONIZE | FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES, version, err);
    if (handle == INVALID_HANDLE_VALUE) {
        return false;
    }
    if (GetFileInformationByHandleEx(handle, FileBasicInfo, &basic, sizeof basic) &&
        (basic.FileAttributes & FILE_ATTRIBUTE_READONLY) != 0) {
        basic.FileAttributes = FILE_ATTRIBUTE_NORMAL;
        SetFileInformationByHandle(handle, FileBasicInfo, &basic, sizeof basic);
    }
    bool done = SetFileInformationByHandle(handle, FileDispositionInfo, &gone, sizeof gone) ||
                wide_error(err, GetLastError(), "cannot delete %s", path);
    CloseHandle(handle);
    return done;
}

bool folder_delete(const char *path, const struct folder_version *version, struct error *err)
{
    wchar_t wide[WIDE_PATH_MAX];
    if (!wide_path(path, wide, err)) {
        return false;
    }
    DWORD attributes = GetFileAttributesW(wide);
    if (attributes == INVALID_FILE_ATTRIBUTES && GetLastError() == ERROR_FILE_NOT_FOUND) {
        return true;
    }
    if (version != NULL) {
        return delete_version(path, version, err);
    }
    if (attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_READONLY) != 0 &&
        (attributes & FILE_ATTRIBUTE_REPARSE_POINT) == 0) {
        SetFileAttributesW(wide, attributes & ~(DWORD)FILE_ATTRIBUTE_READONLY);
    }
    return DeleteFileW(wide) || GetLastError() == ERROR_FILE_NOT_FOUND ||
           wide_error(err, GetLastError(), "cannot delete %s", path);
}

/* ---- folders ---- */

struct folder_hold *folder_hold_one(const char *path, struct error *err)
{
    struct folder_hold *hold = malloc(sizeof *hold);
    if (hold == NULL) {
        error_set(err, ERR_MEMORY, 0, "cannot open the folder %s: no memory", path);
        return NULL;
    }
    hold->handle = open_here(path, FILE_READ_ATTRIBUTES | FILE_TRAVERSE,
                             FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_FLAG_BACKUP_SEMANTICS, err);
    if (hold->handle == INVALID_HANDLE_VALUE) {
        free(hold);
        return NULL;
    }
    return hold;
}

void folder_release(struct folder_hold *hold)
{
    if (hold != NULL) {
        CloseHandle(hold->handle);
    }
    free(hold);
}
