#include <errno.h>
#include <string.h>

#include "system/spool_system.h"

FILE *spool_system_open(const char *path, struct error *err)
{
    FILE *file = fopen(path, "w+b");
    if (file == NULL) {
        error_set(err, ERR_SYSTEM, errno, "cannot make %s: %s", path, strerror(errno));
    }
    return file;
}
