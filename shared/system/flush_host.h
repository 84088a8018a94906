/*
 * flush_host: a name on the host's disk.
 *
 * A rename is there after a power cut only once its folder has been flushed; on Windows
 * MOVEFILE_WRITE_THROUGH does that.
 */
#ifndef HIPBRIDGE_FLUSH_HOST_H
#define HIPBRIDGE_FLUSH_HOST_H

#include <fcntl.h>
#include <unistd.h>

#include "system/file.h"

/* The names in the folder that this path lies in. What fails is left: the data is there in any
 * case. */
static inline void flush_folder(const char *path)
{
    char folder[FILE_PATH_MAX];
    if (!file_folder(path, folder, sizeof folder)) {
        return;
    }
    int handle = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (handle < 0) {
        return;
    }
    (void)fsync(handle);
    close(handle);
}

#endif
