#define _GNU_SOURCE /* renameat2 */

#include "system/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system/flush_host.h"

static enum error_kind kind_of(int code)
{
    static const struct {
        int code;
        enum error_kind kind;
    } kinds[] = {
        {ENOENT, ERR_NOT_FOUND}, {ENOTDIR, ERR_NOT_FOUND}, {EEXIST, ERR_EXISTS},
        {EACCES, ERR_DENIED},    {EPERM, ERR_DENIED},      {EROFS, ERR_DENIED},
        {EBUSY, ERR_BUSY},       {ENOSPC, ERR_FULL},       {ENOMEM, ERR_MEMORY},
    };
    for (size_t i = 0; i < HB_COUNT(kinds); i++) {
        if (kinds[i].code == code) {
            return kinds[i].kind;
        }
    }
    return ERR_SYSTEM;
}

static bool failed(struct error *err, const char *what, const char *path)
{
    int code = errno;
    return error_set(err, kind_of(code), code, "cannot %s %s: %s", what, path, strerror(code));
}

bool file_read(const char *path, size_t max, char **bytes, size_t *len, struct error *err)
{
    struct stat info;
    char *memory = NULL;
    size_t size = 0;
    size_t used = 0;
    bool done = false;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return failed(err, "open", path);
    }
    if (fstat(file, &info) != 0) {
        failed(err, "look at", path);
        goto out;
    }
    if (!S_ISREG(info.st_mode)) {
        error_set(err, ERR_SYSTEM, 0, "cannot read %s: it is not a file", path);
        goto out;
    }
    if ((uintmax_t)info.st_size > max) {
        error_set(err, ERR_TOO_LARGE, 0, "%s is larger than the %zu bytes allowed", path, max);
        goto out;
    }
    size = (size_t)info.st_size;
    memory = malloc(size + 1);
    if (memory == NULL) {
        error_set(err, ERR_MEMORY, 0, "no memory to read %s", path);
        goto out;
    }
    while (used < size) {
        ssize_t got = read(file, memory + used, size - used);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            failed(err, "read", path);
            goto out;
        }
        if (got == 0) {
            break;
        }
        used += (size_t)got;
    }
    memory[used] = '\0';
    *bytes = memory;
    *len = used;
    memory = NULL;
    done = true;
out:
    free(memory);
    close(file);
    return done;
}

/* What was beside a file that is gone is whole; what is to be the first of its name need not be. */
static const char replacement[] = ".new";
static const char copy[] = ".copy";

static bool name_beside(const char *path, const char *suffix, char beside[FILE_PATH_MAX + 8],
                        struct error *err)
{
    int written = snprintf(beside, FILE_PATH_MAX + 8, "%s%s", path, suffix);
    return (written >= 0 && written < FILE_PATH_MAX + 8) ||
           error_set(err, ERR_INVALID, 0, "the path %s is too long", path);
}

/* Writes and flushes a new file. */
static bool write_beside(const char *beside, struct span bytes, mode_t mode, struct error *err)
{
    int file = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (file < 0) {
        return failed(err, "make", beside);
    }
    bool done = fchmod(file, mode) == 0;
    for (size_t used = 0; done && used < bytes.len;) {
        ssize_t put = write(file, bytes.at + used, bytes.len - used);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        done = put >= 0;
        used += put > 0 ? (size_t)put : 0;
    }
    done = done && fsync(file) == 0;
    if (!done) {
        failed(err, "write", beside);
    }
    close(file);
    if (!done) {
        (void)unlink(beside);
    }
    return done;
}

bool file_replace(const char *path, struct span bytes, struct error *err)
{
    struct stat info;
    char beside[FILE_PATH_MAX + 8];
    mode_t mode = stat(path, &info) == 0 ? info.st_mode & 07777 : 0600;
    if (!name_beside(path, file_exists(path) ? replacement : copy, beside, err) ||
        !write_beside(beside, bytes, mode, err)) {
        return false;
    }
    if (rename(beside, path) != 0) {
        failed(err, "replace", path);
        (void)unlink(beside);
        return false;
    }
    flush_folder(path);
    return true;
}

bool file_recover(const char *path, bool *taken, struct error *err)
{
    char beside[FILE_PATH_MAX + 8];
    *taken = false;
    if (!name_beside(path, replacement, beside, err)) {
        return false;
    }
    if (file_exists(path) || !file_exists(beside)) {
        return true;
    }
    if (rename(beside, path) != 0) {
        return failed(err, "restore", path);
    }
    flush_folder(path);
    *taken = true;
    return true;
}

bool file_copy_new(const char *from, const char *to, struct error *err)
{
    char beside[FILE_PATH_MAX + 8];
    char *bytes = NULL;
    size_t len = 0;
    bool done = false;
    if (file_exists(to)) {
        return error_set(err, ERR_EXISTS, EEXIST, "%s is there already", to);
    }
    if (!file_read(from, SIZE_MAX - 1, &bytes, &len, err)) {
        return false;
    }
    if (!name_beside(to, copy, beside, err) ||
        !write_beside(beside, (struct span){bytes, len}, 0600, err)) {
        goto out;
    }
    /* link, unlike rename, never writes over a name that came to be in the meantime */
    if (link(beside, to) != 0) {
        failed(err, "make", to);
    } else {
        done = true;
    }
    (void)unlink(beside);
    flush_folder(to);
out:
    free(bytes);
    return done;
}

bool file_move(const char *from, const char *to, struct error *err)
{
    /* At one stroke, as MoveFileEx: no power cut leaves it under both names. */
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) != 0) {
        return failed(err, "move", from);
    }
    flush_folder(to);
    return true;
}

bool file_remove(const char *path, struct error *err)
{
    return unlink(path) == 0 || failed(err, "remove", path);
}

bool file_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0;
}

bool file_make_folder(const char *path, struct error *err)
{
    struct stat info;
    char above[FILE_PATH_MAX];
    if (stat(path, &info) == 0) {
        if (S_ISDIR(info.st_mode)) {
            return true;
        }
        return error_set(err, ERR_EXISTS, ENOTDIR,
                         "cannot make the folder %s: a file has that name", path);
    }
    if (!file_folder(path, above, sizeof above)) {
        return error_set(err, ERR_INVALID, 0, "the path %s is too long", path);
    }
    if (strcmp(above, path) != 0 && !file_exists(above) && !file_make_folder(above, err)) {
        return false;
    }
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        return failed(err, "make the folder", path);
    }
    return true;
}

bool file_data_folder(char *out, size_t size, struct error *err)
{
    const char *folder = getenv("HIPBRIDGE_DATA");
    if (folder == NULL || *folder == '\0') {
        folder = "./hipbridge-data";
    }
    if (!span_copy(span_of(folder), out, size)) {
        return error_set(err, ERR_INVALID, 0, "HIPBRIDGE_DATA is too long");
    }
    return true;
}

bool file_program_folder(char *out, size_t size, struct error *err)
{
    char program[FILE_PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", program, sizeof program - 1);
    if (len < 0) {
        return failed(err, "find", "this program's own path");
    }
    program[len] = '\0';
    if (!file_folder(program, out, size)) {
        return error_set(err, ERR_INVALID, 0, "this program's path is too long");
    }
    return true;
}
