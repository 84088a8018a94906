/*
 * powercut_journal: writes down what SQLite and our own code do to the files of a folder: bytes,
 * sizes, names, flushes. powercut.h rebuilds disks from it.
 *
 * Calls of our own are seen by the linker's --wrap (tests/unit/CMakeLists.txt), those of SQLite by
 * its VFS. POSIX alone; one journal at a time, no threads.
 */
#ifndef HIPBRIDGE_TEST_POWERCUT_JOURNAL_H
#define HIPBRIDGE_TEST_POWERCUT_JOURNAL_H

#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "scratch.h"
#include "vfs_shim.h"

enum { CUT_FILES = 64, CUT_HANDLES = 256, CUT_NAME = 128 };

enum cut_kind {
    CUT_MAKE,
    CUT_LINK,
    CUT_MOVE, /* its bytes are the new name */
    CUT_REMOVE,
    CUT_WRITE,
    CUT_SIZE,
    CUT_SYNC,
    CUT_SYNC_NAMES
};

struct cut_done {
    enum cut_kind kind;
    int file; /* the one that is meant, not its name */
    int step;
    char name[CUT_NAME];
    uint8_t *bytes;
    size_t len;
    int64_t offset; /* of a write; the new size */
};

struct cut_file {
    uint8_t *bytes;
    size_t size;
};

struct cut_name {
    char name[CUT_NAME];
    int file;
};

/* What lies on the disk. */
struct cut_disk {
    struct cut_file files[CUT_FILES];
    struct cut_name names[CUT_FILES];
    size_t name_count;
};

static struct {
    bool on;
    char root[FILE_PATH_MAX];
    struct cut_done *done;
    size_t count, room;
    int step;
    int files;             /* numbers given */
    struct cut_disk start; /* as it was at the beginning */
    struct cut_disk now;   /* its names alone */
    struct {
        int file; /* -1: none of ours */
        bool folder;
        int64_t offset;
    } handles[CUT_HANDLES];
} cut;

/* ---- the disk ---- */

static inline void cut_resize(struct cut_file *file, size_t size)
{
    if (size > file->size) {
        file->bytes = realloc(file->bytes, size);
        assert_non_null(file->bytes);
        memset(file->bytes + file->size, 0, size - file->size);
    }
    file->size = size;
}

static inline void cut_put(struct cut_file *file, int64_t offset, const uint8_t *bytes, size_t len)
{
    if (len > 0) {
        if ((size_t)offset + len > file->size) {
            cut_resize(file, (size_t)offset + len);
        }
        memcpy(file->bytes + offset, bytes, len);
    }
}

static inline int cut_find(const struct cut_disk *disk, const char *name)
{
    for (size_t i = 0; i < disk->name_count; i++) {
        if (strcmp(disk->names[i].name, name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static inline void cut_name_is(struct cut_disk *disk, const char *name, int file)
{
    int at = cut_find(disk, name);
    if (at < 0) {
        at = (int)disk->name_count++;
        assert_true(disk->name_count <= CUT_FILES);
        snprintf(disk->names[at].name, CUT_NAME, "%s", name);
    }
    disk->names[at].file = file;
}

static inline void cut_name_goes(struct cut_disk *disk, const char *name)
{
    int at = cut_find(disk, name);
    if (at >= 0) {
        disk->names[at] = disk->names[--disk->name_count];
    }
}

static inline void cut_copy(struct cut_disk *to, const struct cut_disk *from)
{
    for (int i = 0; i < CUT_FILES; i++) {
        struct cut_file *file = &to->files[i];
        size_t size = from->files[i].size;
        if (size > file->size) {
            file->bytes = realloc(file->bytes, size);
            assert_non_null(file->bytes);
        }
        file->size = size;
        if (size > 0) {
            memcpy(file->bytes, from->files[i].bytes, size);
        }
    }
    memcpy(to->names, from->names, sizeof to->names);
    to->name_count = from->name_count;
}

static inline void cut_drop(struct cut_disk *disk)
{
    for (int i = 0; i < CUT_FILES; i++) {
        free(disk->files[i].bytes);
    }
    memset(disk, 0, sizeof *disk);
}

static inline void cut_apply(struct cut_disk *disk, const struct cut_done *done, size_t len)
{
    switch (done->kind) {
    case CUT_MAKE:
    case CUT_LINK:
        cut_name_is(disk, done->name, done->file);
        break;
    case CUT_MOVE:
        cut_name_goes(disk, done->name);
        cut_name_is(disk, (const char *)done->bytes, done->file);
        break;
    case CUT_REMOVE:
        cut_name_goes(disk, done->name);
        break;
    case CUT_WRITE:
        cut_put(&disk->files[done->file], done->offset, done->bytes, len);
        break;
    case CUT_SIZE:
        cut_resize(&disk->files[done->file], (size_t)done->offset);
        break;
    default:
        break;
    }
}

/* ---- the journal ---- */

/* The name within the folder, or NULL where it lies elsewhere. What SQLite shares in memory
 * (-shm) is no file of a disk: it is made anew. */
static inline const char *cut_ours(const char *path)
{
    size_t len = strlen(cut.root);
    if (!cut.on || path == NULL || strncmp(path, cut.root, len) != 0 || path[len] != '/') {
        return NULL;
    }
    size_t end = strlen(path);
    return end > 4 && strcmp(path + end - 4, "-shm") == 0 ? NULL : path + len + 1;
}

static inline struct cut_done *cut_note(enum cut_kind kind, int file, const char *name)
{
    if (cut.count == cut.room) {
        cut.room = cut.room == 0 ? 1024 : cut.room * 2;
        cut.done = realloc(cut.done, cut.room * sizeof *cut.done);
        assert_non_null(cut.done);
    }
    struct cut_done *done = &cut.done[cut.count++];
    memset(done, 0, sizeof *done);
    done->kind = kind;
    done->file = file;
    done->step = cut.step;
    snprintf(done->name, CUT_NAME, "%s", name);
    if (kind == CUT_MAKE || kind == CUT_LINK || kind == CUT_REMOVE) {
        cut_apply(&cut.now, done, 0); /* a move: once its new name is there */
    }
    return done;
}

static inline int cut_file_of(const char *name)
{
    int at = cut_find(&cut.now, name);
    return at >= 0 ? cut.now.names[at].file : -1;
}

static inline int cut_made(const char *name)
{
    int file = cut_file_of(name);
    if (file < 0) {
        file = cut.files++;
        assert_true(file < CUT_FILES);
        (void)cut_note(CUT_MAKE, file, name);
    }
    return file;
}

static inline void cut_written(int file, const void *bytes, size_t len, int64_t offset)
{
    struct cut_done *done = cut_note(CUT_WRITE, file, "");
    done->bytes = malloc(len > 0 ? len : 1);
    assert_non_null(done->bytes);
    memcpy(done->bytes, bytes, len);
    done->len = len;
    done->offset = offset;
}

static inline void cut_step(int step)
{
    cut.step = step;
}

/* ---- what SQLite does ---- */

static int cut_vfs_opened(const char *name, int flags)
{
    const char *ours = cut_ours(name);
    return ours == NULL                        ? -1
           : (flags & SQLITE_OPEN_CREATE) != 0 ? cut_made(ours)
                                               : cut_file_of(ours);
}

static int cut_vfs_write(struct vfs_file *file, const void *bytes, int count, sqlite3_int64 offset)
{
    if (cut.on && file->number >= 0) {
        cut_written(file->number, bytes, (size_t)count, offset);
    }
    return file->real->pMethods->xWrite(file->real, bytes, count, offset);
}

static int cut_vfs_truncate(struct vfs_file *file, sqlite3_int64 size)
{
    if (cut.on && file->number >= 0) {
        cut_note(CUT_SIZE, file->number, "")->offset = size;
    }
    return file->real->pMethods->xTruncate(file->real, size);
}

/* Written down alone: the machine of this test loses no power. */
static int cut_vfs_sync(struct vfs_file *file, int flags)
{
    (void)flags;
    if (cut.on && file->number >= 0) {
        (void)cut_note(CUT_SYNC, file->number, "");
    }
    return SQLITE_OK;
}

static void cut_vfs_removed(const char *name, int sync_folder)
{
    const char *ours = cut_ours(name);
    if (ours != NULL && cut_file_of(ours) >= 0) {
        (void)cut_note(CUT_REMOVE, -1, ours);
        if (sync_folder != 0) {
            (void)cut_note(CUT_SYNC_NAMES, -1, "");
        }
    }
}

/* ---- what our own code does (its open is open64: _FILE_OFFSET_BITS) ---- */

int __real_open64(const char *path, int flags, ...);
int __real_close(int handle);
ssize_t __real_write(int handle, const void *bytes, size_t len);
int __real_fsync(int handle);
int __real_rename(const char *from, const char *to);
int __real_renameat2(int from_folder, const char *from, int to_folder, const char *to,
                     unsigned flags);
int __real_link(const char *from, const char *to);
int __real_unlink(const char *path);

int __wrap_open64(const char *path, int flags, ...);
int __wrap_close(int handle);
ssize_t __wrap_write(int handle, const void *bytes, size_t len);
int __wrap_fsync(int handle);
int __wrap_rename(const char *from, const char *to);
int __wrap_renameat2(int from_folder, const char *from, int to_folder, const char *to,
                     unsigned flags);
int __wrap_link(const char *from, const char *to);
int __wrap_unlink(const char *path);

int __wrap_open64(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? (mode_t)va_arg(more, int) : 0;
    va_end(more);
    int handle = __real_open64(path, flags, mode);
    bool root = cut.on && strncmp(path, cut.root, strlen(cut.root)) == 0;
    if (handle < 0 || handle >= CUT_HANDLES || !root) {
        return handle;
    }
    const char *name = cut_ours(path);
    cut.handles[handle].folder = (flags & O_DIRECTORY) != 0;
    cut.handles[handle].offset = 0;
    cut.handles[handle].file = -1;
    if (name != NULL && !cut.handles[handle].folder) {
        cut.handles[handle].file = (flags & O_CREAT) != 0 ? cut_made(name) : cut_file_of(name);
        if ((flags & O_TRUNC) != 0) {
            (void)cut_note(CUT_SIZE, cut.handles[handle].file, "");
        }
    }
    return handle;
}

int __wrap_close(int handle)
{
    if (handle >= 0 && handle < CUT_HANDLES) {
        cut.handles[handle].file = -1;
        cut.handles[handle].folder = false;
    }
    return __real_close(handle);
}

ssize_t __wrap_write(int handle, const void *bytes, size_t len)
{
    ssize_t put = __real_write(handle, bytes, len);
    if (cut.on && put > 0 && handle < CUT_HANDLES && cut.handles[handle].file >= 0) {
        cut_written(cut.handles[handle].file, bytes, (size_t)put, cut.handles[handle].offset);
        cut.handles[handle].offset += put;
    }
    return put;
}

int __wrap_fsync(int handle)
{
    if (cut.on && handle >= 0 && handle < CUT_HANDLES) {
        if (cut.handles[handle].folder) {
            (void)cut_note(CUT_SYNC_NAMES, -1, "");
        } else if (cut.handles[handle].file >= 0) {
            (void)cut_note(CUT_SYNC, cut.handles[handle].file, "");
        }
    }
    return 0;
}

static inline void cut_moved(int file, const char *from, const char *to)
{
    if (file >= 0 && to != NULL) {
        struct cut_done *done = cut_note(CUT_MOVE, file, from);
        done->bytes = (uint8_t *)strdup(to);
        assert_non_null(done->bytes);
        cut_apply(&cut.now, done, 0);
    }
}

int __wrap_rename(const char *from, const char *to)
{
    const char *ours = cut_ours(from);
    int file = ours != NULL ? cut_file_of(ours) : -1;
    int result = __real_rename(from, to);
    if (result == 0) {
        cut_moved(file, ours, cut_ours(to));
    }
    return result;
}

int __wrap_renameat2(int from_folder, const char *from, int to_folder, const char *to,
                     unsigned flags)
{
    const char *ours = cut_ours(from);
    int file = ours != NULL ? cut_file_of(ours) : -1;
    int result = __real_renameat2(from_folder, from, to_folder, to, flags);
    if (result == 0) {
        cut_moved(file, ours, cut_ours(to));
    }
    return result;
}

int __wrap_link(const char *from, const char *to)
{
    const char *ours = cut_ours(from);
    int file = ours != NULL ? cut_file_of(ours) : -1;
    int result = __real_link(from, to);
    if (result == 0 && file >= 0 && cut_ours(to) != NULL) {
        (void)cut_note(CUT_LINK, file, cut_ours(to));
    }
    return result;
}

int __wrap_unlink(const char *path)
{
    const char *ours = cut_ours(path);
    int result = __real_unlink(path);
    if (result == 0 && ours != NULL && cut_file_of(ours) >= 0) {
        (void)cut_note(CUT_REMOVE, -1, ours);
    }
    return result;
}

/* ---- beginning and end ---- */

static inline void cut_read_in(const char *name)
{
    char *bytes = NULL;
    size_t len = 0;
    char path[FILE_PATH_MAX];
    struct error failed = ERROR_INIT;
    assert_true(file_resolve(cut.root, name, path, sizeof path));
    if (!file_read(path, 64 << 20, &bytes, &len, &failed)) {
        fail_msg("%s", failed.text);
    }
    int file = cut.files++;
    assert_true(file < CUT_FILES);
    cut_name_is(&cut.start, name, file);
    cut_put(&cut.start.files[file], 0, (const uint8_t *)bytes, len);
    free(bytes);
}

static inline void cut_read_folder(const char *below)
{
    char path[FILE_PATH_MAX];
    assert_true(file_resolve(cut.root, below, path, sizeof path));
    DIR *folder = opendir(*below != '\0' ? path : cut.root);
    assert_non_null(folder);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char name[CUT_NAME];
        struct stat info;
        if (entry->d_name[0] == '.' && (entry->d_name[1] == '\0' || entry->d_name[1] == '.')) {
            continue;
        }
        int len =
            snprintf(name, sizeof name, "%s%s%s", below, *below != '\0' ? "/" : "", entry->d_name);
        assert_true(len > 0 && len < CUT_NAME);
        assert_true(file_resolve(cut.root, name, path, sizeof path));
        assert_int_equal(stat(path, &info), 0);
        S_ISDIR(info.st_mode) ? cut_read_folder(name) : cut_read_in(name);
    }
    closedir(folder);
}

/* What lies in the folder now is on the disk. */
static inline void cut_begin(const char *root)
{
    static const struct vfs_hooks hooks = {cut_vfs_opened, cut_vfs_write, cut_vfs_truncate,
                                           cut_vfs_sync, cut_vfs_removed};
    memset(&cut, 0, sizeof cut);
    for (int i = 0; i < CUT_HANDLES; i++) {
        cut.handles[i].file = -1;
    }
    snprintf(cut.root, sizeof cut.root, "%s", root);
    cut_read_folder("");
    memcpy(cut.now.names, cut.start.names, sizeof cut.now.names);
    cut.now.name_count = cut.start.name_count;
    assert_int_equal(vfs_shim_install(&hooks), 0);
    cut.on = true;
}

static inline void cut_end(void)
{
    cut.on = false;
}

static inline void cut_forget(void)
{
    for (size_t i = 0; i < cut.count; i++) {
        free(cut.done[i].bytes);
    }
    free(cut.done);
    cut_drop(&cut.start);
    memset(&cut, 0, sizeof cut);
    assert_int_equal(vfs_shim_remove(), 0);
}

#endif
