#include "system/leftovers.h"

#include <string.h>

#include "base/portability.h"
#include "base/text.h"
#include "system/folder.h"

static const char memory[] = ".pull-";

/* Without regard to case, as Windows takes names: the folder may have them otherwise than
 * config.json. */
static bool begins(const char *name, const char *outbox, const char *behind)
{
    struct span rest = span_of(name);
    const struct span parts[] = {span_of(outbox), span_of(behind)};
    for (size_t i = 0; i < HB_COUNT(parts); i++) {
        size_t len = parts[i].len;
        if (rest.len < len || !span_equal_nocase((struct span){rest.at, len}, parts[i])) {
            return false;
        }
        rest = (struct span){rest.at + len, rest.len - len};
    }
    return true;
}

bool leftovers_is(const char *name, const char *outbox)
{
    return begins(name, outbox, memory) || begins(name, outbox, ".damaged-") ||
           begins(name, outbox, ".salvage");
}

static bool remove_old(const char *folder, const char *name, int64_t before_s, size_t *count,
                       struct error *err)
{
    char path[FILE_PATH_MAX];
    struct folder_version version;
    struct error busy = ERROR_INIT;
    if (!file_resolve(folder, name, path, sizeof path)) {
        return true;
    }
    struct folder_file *file = folder_open(path, &version, &busy);
    if (file == NULL) {
        return true; /* it is being written: not old */
    }
    folder_close(file);
    if (folder_changed_s(&version) >= before_s) {
        return true;
    }
    ++*count;
    return folder_delete(path, &version, err);
}

bool leftovers_expire(const char *outbox_path, int64_t before_s, size_t *count, struct error *err)
{
    char folder[FILE_PATH_MAX];
    char name[LOG_NAME_MAX];
    const char *outbox = file_name(outbox_path);
    bool fine = true;
    *count = 0;
    if (!file_folder(outbox_path, folder, sizeof folder)) {
        return error_set(err, ERR_INVALID, 0, "the path %s is too long", outbox_path);
    }
    struct folder_list *list = folder_list_open(folder, err);
    if (list == NULL) {
        return false;
    }
    while (fine && folder_list_next(list, name, err)) {
        size_t len = strlen(name);
        bool bytes = len > 4 && span_equal_nocase(span_of(name + len - 4), SPAN(".bin"));
        fine = !bytes || !begins(name, outbox, memory) ||
               remove_old(folder, name, before_s, count, err);
    }
    folder_list_close(list);
    return fine;
}
