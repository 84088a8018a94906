#include "system/page_link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "system/file.h"

enum { LINK_MAX = 256 };

bool page_link_keep(const char *folder, int port, struct error *err)
{
    char path[FILE_PATH_MAX];
    char text[LINK_MAX];
    char *there = NULL;
    size_t len = 0;
    if (!file_resolve(folder, PAGE_LINK_NAME, path, sizeof path)) {
        return error_set(err, ERR_INVALID, 0, "the path %s is too long", folder);
    }
    int written = snprintf(text, sizeof text,
                           "[InternetShortcut]\r\nURL=http://localhost:%d/hipbridge/\r\n", port);
    struct span wanted = {text, (size_t)written};
    bool same = file_read(path, LINK_MAX, &there, &len, NULL) &&
                span_equal((struct span){there, len}, wanted);
    free(there);
    return same || file_replace(path, wanted, err);
}
