/*
 * vfs_shim: a VFS in front of the system's, for tests that make the disk fail or write down what is
 * done to it. What a hook does not take goes through.
 *
 *     static const struct vfs_hooks hooks = {.write = mine};
 *     vfs_shim_install(&hooks);      every connection opened from now on goes through it
 *     … vfs_shim_real(file)->pMethods->xWrite(vfs_shim_real(file), …) …    in a hook: go on
 *     vfs_shim_remove();
 */
#ifndef HIPBRIDGE_TEST_VFS_SHIM_H
#define HIPBRIDGE_TEST_VFS_SHIM_H

#include <sqlite3.h>

struct vfs_file {
    sqlite3_file base;
    sqlite3_file *real; /* behind this struct */
    int number;         /* the hooks' own; `opened` gives it */
};

struct vfs_hooks {
    /* The file is about to be opened; returns its number. */
    int (*opened)(const char *name, int flags);
    int (*write)(struct vfs_file *file, const void *bytes, int count, sqlite3_int64 offset);
    int (*truncate)(struct vfs_file *file, sqlite3_int64 size);
    int (*sync)(struct vfs_file *file, int flags);
    void (*removed)(const char *name, int sync_folder); /* before it is */
};

static struct vfs_hooks vfs_hooks;
static sqlite3_vfs vfs_shim;
static sqlite3_vfs *vfs_system;

static inline sqlite3_file *vfs_shim_real(sqlite3_file *file)
{
    return ((struct vfs_file *)file)->real;
}

static int shim_close(sqlite3_file *file)
{
    return vfs_shim_real(file)->pMethods->xClose(vfs_shim_real(file));
}

static int shim_read(sqlite3_file *file, void *bytes, int count, sqlite3_int64 offset)
{
    return vfs_shim_real(file)->pMethods->xRead(vfs_shim_real(file), bytes, count, offset);
}

static int shim_write(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 offset)
{
    return vfs_hooks.write != NULL
               ? vfs_hooks.write((struct vfs_file *)file, bytes, count, offset)
               : vfs_shim_real(file)->pMethods->xWrite(vfs_shim_real(file), bytes, count, offset);
}

static int shim_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    return vfs_hooks.truncate != NULL
               ? vfs_hooks.truncate((struct vfs_file *)file, size)
               : vfs_shim_real(file)->pMethods->xTruncate(vfs_shim_real(file), size);
}

static int shim_sync(sqlite3_file *file, int flags)
{
    return vfs_hooks.sync != NULL
               ? vfs_hooks.sync((struct vfs_file *)file, flags)
               : vfs_shim_real(file)->pMethods->xSync(vfs_shim_real(file), flags);
}

static int shim_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return vfs_shim_real(file)->pMethods->xFileSize(vfs_shim_real(file), size);
}

static int shim_lock(sqlite3_file *file, int level)
{
    return vfs_shim_real(file)->pMethods->xLock(vfs_shim_real(file), level);
}

static int shim_unlock(sqlite3_file *file, int level)
{
    return vfs_shim_real(file)->pMethods->xUnlock(vfs_shim_real(file), level);
}

static int shim_reserved(sqlite3_file *file, int *held)
{
    return vfs_shim_real(file)->pMethods->xCheckReservedLock(vfs_shim_real(file), held);
}

static int shim_control(sqlite3_file *file, int operation, void *argument)
{
    return vfs_shim_real(file)->pMethods->xFileControl(vfs_shim_real(file), operation, argument);
}

static int shim_sector(sqlite3_file *file)
{
    return vfs_shim_real(file)->pMethods->xSectorSize(vfs_shim_real(file));
}

static int shim_traits(sqlite3_file *file)
{
    return vfs_shim_real(file)->pMethods->xDeviceCharacteristics(vfs_shim_real(file));
}

static int shim_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **memory)
{
    return vfs_shim_real(file)->pMethods->xShmMap(vfs_shim_real(file), page, size, extend, memory);
}

static int shim_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
    return vfs_shim_real(file)->pMethods->xShmLock(vfs_shim_real(file), offset, count, flags);
}

static void shim_shm_barrier(sqlite3_file *file)
{
    vfs_shim_real(file)->pMethods->xShmBarrier(vfs_shim_real(file));
}

static int shim_shm_unmap(sqlite3_file *file, int delete_it)
{
    return vfs_shim_real(file)->pMethods->xShmUnmap(vfs_shim_real(file), delete_it);
}

static const sqlite3_io_methods shim_methods = {
    .iVersion = 2,
    .xClose = shim_close,
    .xRead = shim_read,
    .xWrite = shim_write,
    .xTruncate = shim_truncate,
    .xSync = shim_sync,
    .xFileSize = shim_size,
    .xLock = shim_lock,
    .xUnlock = shim_unlock,
    .xCheckReservedLock = shim_reserved,
    .xFileControl = shim_control,
    .xSectorSize = shim_sector,
    .xDeviceCharacteristics = shim_traits,
    .xShmMap = shim_shm_map,
    .xShmLock = shim_shm_lock,
    .xShmBarrier = shim_shm_barrier,
    .xShmUnmap = shim_shm_unmap,
};

static int shim_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                     int *out_flags)
{
    (void)vfs;
    struct vfs_file *shim = (struct vfs_file *)file;
    shim->base.pMethods = NULL;
    shim->real = (sqlite3_file *)(shim + 1);
    shim->number = vfs_hooks.opened != NULL ? vfs_hooks.opened(name, flags) : 0;
    int code = vfs_system->xOpen(vfs_system, name, shim->real, flags, out_flags);
    if (shim->real->pMethods != NULL) {
        shim->base.pMethods = &shim_methods;
    }
    return code;
}

static int shim_delete(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
    (void)vfs;
    if (vfs_hooks.removed != NULL) {
        vfs_hooks.removed(name, sync_folder);
    }
    return vfs_system->xDelete(vfs_system, name, sync_folder);
}

static inline int vfs_shim_install(const struct vfs_hooks *hooks)
{
    vfs_hooks = *hooks;
    vfs_system = sqlite3_vfs_find(NULL);
    vfs_shim = *vfs_system;
    vfs_shim.zName = "shim";
    vfs_shim.szOsFile = (int)sizeof(struct vfs_file) + vfs_system->szOsFile;
    vfs_shim.xOpen = shim_open;
    vfs_shim.xDelete = shim_delete;
    return sqlite3_vfs_register(&vfs_shim, 1) == SQLITE_OK ? 0 : -1;
}

static inline int vfs_shim_remove(void)
{
    return sqlite3_vfs_unregister(&vfs_shim);
}

#endif
