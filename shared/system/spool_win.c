#include <errno.h>
#include <string.h>
#include <wchar.h>

#include "system/file.h"
#include "system/spool_system.h"
#include "system/wide.h"

FILE *spool_system_open(const char *path, struct error *err)
{
    wchar_t wide[FILE_PATH_MAX];
    if (!wide_from_utf8(path, wide, FILE_PATH_MAX, err)) {
        return NULL;
    }
    FILE *file = _wfopen(wide, L"w+b");
    if (file == NULL) {
        error_set(err, ERR_SYSTEM, errno, "cannot make %s: %s", path, strerror(errno));
    }
    return file;
}
