#include "logs/expire.h"

#include <stdio.h>

static bool path_in(const struct archive *archive, const char *name, const char *suffix,
                    char path[FILE_PATH_MAX], struct error *err)
{
    char whole[LOG_NAME_MAX + sizeof ARCHIVE_REJECTED_SUFFIX];
    snprintf(whole, sizeof whole, "%s%s", name, suffix);
    return file_resolve(archive->folder, whole, path, FILE_PATH_MAX) ||
           error_set(err, ERR_INVALID, 0, "the path of %s is too long", whole);
}

/* What stands under the name that the record gives is removed if it is what was archived. */
static bool remove_file(const struct archive *archive, const struct outbox_file *file,
                        uint64_t *count, struct error *err)
{
    char path[FILE_PATH_MAX];
    struct folder_version version;
    if (!path_in(archive, file->archived_as, "", path, err)) {
        return false;
    }
    if (!file_exists(path)) {
        return true; /* somebody has done it */
    }
    struct folder_file *handle = folder_open(path, &version, err);
    if (handle == NULL) {
        return false;
    }
    folder_close(handle);
    if (version.size != file->size || version.changed != file->changed) {
        return true; /* the record is of a file that never came here; this one has its own */
    }
    if (!archive->disk->remove(path, &version, err)) {
        return false;
    }
    ++*count;
    return true;
}

static bool forget_record(struct outbox *outbox, int64_t id, struct error *err)
{
    if (!outbox_begin(outbox, err)) {
        return false;
    }
    if (outbox_file_forget(outbox, id, err) && outbox_commit(outbox, err)) {
        return true;
    }
    outbox_rollback(outbox);
    return false;
}

/* Of one that was read long enough ago; another is looked at though it fails. */
static bool expire_one(const struct archive *archive, const struct outbox_file *file, bool *gone,
                       uint64_t *count, struct error *err)
{
    char aside[FILE_PATH_MAX];
    *gone = false;
    if (!path_in(archive, file->archived_as, ARCHIVE_REJECTED_SUFFIX, aside, err)) {
        return false;
    }
    *gone = !file_exists(aside) && remove_file(archive, file, count, err);
    return *gone || err->kind == ERR_NONE;
}

bool expire_logs(const struct archive *archive, struct outbox *outbox, int64_t before_s,
                 uint64_t *count, struct error *err)
{
    struct outbox_file file = {.id = 0};
    struct error first = ERROR_INIT;
    *count = 0;
    for (;;) {
        struct error failed = ERROR_INIT;
        bool found = false;
        bool gone = false;
        if (!outbox_file_archived_before(outbox, before_s, file.id, &file, &found, err)) {
            return false;
        }
        if (!found || (archive->stopped != NULL && archive->stopped(archive->context))) {
            break;
        }
        if (!expire_one(archive, &file, &gone, count, &failed) && first.kind == ERR_NONE) {
            first = failed;
        }
        if (gone && !forget_record(outbox, file.id, err)) {
            return false;
        }
    }
    if (first.kind != ERR_NONE && err != NULL) {
        *err = first;
    }
    return first.kind == ERR_NONE;
}
