#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system/flush_host.h"
#include "system/folder_private.h"

struct folder_file {
    int handle;
    char path[FILE_PATH_MAX];
};

struct folder_list {
    DIR *dir;
    char path[FILE_PATH_MAX];
};

struct folder_hold {
    int handle;
};

static enum error_kind kind_of(int code)
{
    switch (code) {
    case ENOENT:
    case ENOTDIR:
        return ERR_NOT_FOUND;
    case EEXIST:
        return ERR_EXISTS;
    case EACCES:
    case EPERM:
    case EROFS:
    case ELOOP:
        return ERR_DENIED;
    case ENOSPC:
    case EFBIG:
        return ERR_FULL;
    case EWOULDBLOCK:
    case EBUSY:
        return ERR_BUSY;
    default:
        return ERR_SYSTEM;
    }
}

static bool failed(struct error *err, const char *what, const char *path)
{
    int code = errno;
    return error_set(err, kind_of(code), code, "cannot %s %s: %s", what, path, strerror(code));
}

static bool is_link(struct error *err, const char *path)
{
    return error_set(err, ERR_DENIED, 0,
                     "%s is a link to somewhere else. Links are not followed: put the file itself "
                     "there",
                     path);
}

struct folder_list *folder_list_open(const char *folder, struct error *err)
{
    struct folder_list *list = calloc(1, sizeof *list);
    if (list == NULL || !span_copy(span_of(folder), list->path, sizeof list->path)) {
        free(list);
        error_set(err, ERR_MEMORY, 0, "cannot read the folder %s: no memory", folder);
        return NULL;
    }
    list->dir = opendir(folder);
    if (list->dir == NULL) {
        failed(err, "read the folder", folder);
        free(list);
        return NULL;
    }
    return list;
}

bool folder_list_next(struct folder_list *list, char name[LOG_NAME_MAX], struct error *err)
{
    for (;;) {
        struct stat info;
        errno = 0;
        struct dirent *entry = readdir(list->dir);
        if (entry == NULL) {
            if (errno != 0) {
                failed(err, "read any further the folder", list->path);
            }
            return false;
        }
        bool file = fstatat(dirfd(list->dir), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
                    (S_ISREG(info.st_mode) || S_ISLNK(info.st_mode));
        if (file && span_copy(span_of(entry->d_name), name, LOG_NAME_MAX)) {
            return true;
        }
    }
}

void folder_list_close(struct folder_list *list)
{
    if (list != NULL) {
        closedir(list->dir);
    }
    free(list);
}

static struct folder_file *file_of(int handle, const char *path, struct error *err)
{
    struct folder_file *file = malloc(sizeof *file);
    if (file == NULL || !span_copy(span_of(path), file->path, sizeof file->path)) {
        error_set(err, ERR_MEMORY, 0, "cannot open %s: no memory", path);
        free(file);
        close(handle);
        return NULL;
    }
    file->handle = handle;
    return file;
}

static void version_of(const struct stat *info, struct folder_version *version)
{
    version->size = (int64_t)info->st_size;
    version->changed = ((int64_t)info->st_mtim.tv_sec + FOLDER_UNIX_EPOCH_S) * FOLDER_TICKS_PER_S +
                       info->st_mtim.tv_nsec / 100;
    version->volume = (uint64_t)info->st_dev;
    version->number = (uint64_t)info->st_ino;
}

struct folder_file *folder_open(const char *path, struct folder_version *version, struct error *err)
{
    struct stat info;
    int handle = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (handle < 0) {
        errno == ELOOP ? is_link(err, path) : failed(err, "open", path);
        return NULL;
    }
    bool done = (fstat(handle, &info) == 0 && flock(handle, LOCK_SH | LOCK_NB) == 0) ||
                failed(err, "open", path);
    if (done && !S_ISREG(info.st_mode)) {
        done = error_set(err, ERR_SYSTEM, 0, "cannot read %s: it is not a file", path);
    }
    if (done && info.st_nlink > 1) {
        done = error_set(err, ERR_DENIED, 0,
                         "%s has another name somewhere else (a hard link). Such files are left "
                         "alone: put a copy there",
                         path);
    }
    if (!done) {
        close(handle);
        return NULL;
    }
    version_of(&info, version);
    return file_of(handle, path, err);
}

/* Whoever has a file for himself alone holds an exclusive flock. */
struct folder_file *folder_open_shared(const char *path, struct folder_version *version,
                                       struct error *err)
{
    struct folder_file *file = folder_open(path, version, err);
    if (file != NULL) {
        (void)flock(file->handle, LOCK_UN);
    }
    return file;
}

bool folder_read_at(struct folder_file *file, uint64_t offset, char *bytes, size_t size,
                    size_t *got, struct error *err)
{
    *got = 0;
    while (*got < size) {
        ssize_t count = pread(file->handle, bytes + *got, size - *got, (off_t)(offset + *got));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return failed(err, "read", file->path);
        }
        if (count == 0) {
            return true;
        }
        *got += (size_t)count;
    }
    return true;
}

bool folder_read(struct folder_file *file, char *bytes, size_t size, size_t *got, struct error *err)
{
    ssize_t count;
    do {
        count = read(file->handle, bytes, size);
    } while (count < 0 && errno == EINTR);
    *got = count > 0 ? (size_t)count : 0;
    return count >= 0 || failed(err, "read", file->path);
}

bool folder_rewind(struct folder_file *file, struct error *err)
{
    return lseek(file->handle, 0, SEEK_SET) == 0 || failed(err, "read", file->path);
}

struct folder_file *folder_create(const char *path, struct error *err)
{
    (void)unlink(path);
    int handle = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (handle < 0) {
        failed(err, "write", path);
        return NULL;
    }
    return file_of(handle, path, err);
}

bool folder_write(struct folder_file *file, struct span bytes, struct error *err)
{
    while (bytes.len > 0) {
        ssize_t put = write(file->handle, bytes.at, bytes.len);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put < 0) {
            return failed(err, "write", file->path);
        }
        bytes.at += put;
        bytes.len -= (size_t)put;
    }
    return true;
}

bool folder_set_changed(struct folder_file *file, int64_t changed, struct error *err)
{
    struct timespec times[2];
    times[1].tv_sec = (time_t)(changed / FOLDER_TICKS_PER_S - FOLDER_UNIX_EPOCH_S);
    times[1].tv_nsec = (long)(changed % FOLDER_TICKS_PER_S) * 100;
    times[0] = times[1];
    return futimens(file->handle, times) == 0 || failed(err, "set the time of", file->path);
}

bool folder_flush(struct folder_file *file, struct error *err)
{
    return fsync(file->handle) == 0 || failed(err, "write", file->path);
}

void folder_close(struct folder_file *file)
{
    if (file != NULL) {
        close(file->handle);
    }
    free(file);
}

/* Whether what has this name now is that version. */
static bool is_version(const char *path, const struct folder_version *version, struct error *err)
{
    struct stat info;
    struct folder_version now;
    if (version == NULL) {
        return true;
    }
    if (lstat(path, &info) != 0) {
        return failed(err, "look at", path);
    }
    version_of(&info, &now);
    return folder_same_version(&now, version) ||
           error_set(err, ERR_BUSY, 0, "%s was replaced by another file", path);
}

bool folder_move(const char *from, const char *to, const struct folder_version *version,
                 bool *elsewhere, struct error *err)
{
    *elsewhere = false;
    if (!is_version(from, version, err)) {
        return false;
    }
    if (link(from, to) != 0) {
        *elsewhere = errno == EXDEV;
        return failed(err, "move", from);
    }
    /* Here another file may have come to the name in between: the link shows which was taken. */
    if (!is_version(to, version, err)) {
        (void)unlink(to);
        return false;
    }
    return unlink(from) == 0 || failed(err, "move", from);
}

bool folder_replace(const char *from, const char *to, struct error *err)
{
    if (rename(from, to) != 0) {
        return failed(err, "replace", to);
    }
    flush_folder(to);
    return true;
}

bool folder_delete(const char *path, const struct folder_version *version, struct error *err)
{
    struct stat info;
    if (lstat(path, &info) != 0 && errno == ENOENT) {
        return true;
    }
    return is_version(path, version, err) &&
           (unlink(path) == 0 || errno == ENOENT || failed(err, "delete", path));
}

struct folder_hold *folder_hold_one(const char *path, struct error *err)
{
    struct folder_hold *hold = malloc(sizeof *hold);
    if (hold == NULL) {
        error_set(err, ERR_MEMORY, 0, "cannot open the folder %s: no memory", path);
        return NULL;
    }
    hold->handle = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (hold->handle < 0) {
        struct stat info;
        bool link = lstat(path, &info) == 0 && S_ISLNK(info.st_mode);
        link ? is_link(err, path) : failed(err, "open the folder", path);
        free(hold);
        return NULL;
    }
    return hold;
}

void folder_release(struct folder_hold *hold)
{
    if (hold != NULL) {
        close(hold->handle);
    }
    free(hold);
}
