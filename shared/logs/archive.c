#include "logs/archive.h"

#include <stdio.h>
#include <string.h>

enum { NUMBER_MAX = 9999 };

static const char copying[] = ".hipbridge-copying";
static const char copied[] = ".hipbridge-copied";
static const char writing[] = ".hipbridge-writing"; /* lines set aside, not yet all (rejects.h) */

const struct archive_disk archive_disk = {folder_move, folder_copy, folder_same, folder_delete};

static bool has_suffix(const char *name, const char *suffix)
{
    size_t len = strlen(name);
    size_t end = strlen(suffix);
    return len >= end && strcmp(name + len - end, suffix) == 0;
}

bool archive_is_own(const char *name)
{
    return has_suffix(name, ARCHIVE_REJECTED_SUFFIX) || has_suffix(name, copying) ||
           has_suffix(name, copied) || has_suffix(name, writing);
}

static bool path_of(const char *folder, const char *name, const char *suffix,
                    char out[FILE_PATH_MAX], struct error *err)
{
    char whole[LOG_NAME_MAX + sizeof copying];
    snprintf(whole, sizeof whole, "%s%s", name, suffix);
    return file_resolve(folder, whole, out, FILE_PATH_MAX) ||
           error_set(err, ERR_INVALID, 0, "the path %s\\%s is too long", folder, whole);
}

/* "log.txt", "log-2.txt", "log-3.txt" … */
static bool numbered(const char *name, int number, char out[LOG_NAME_MAX])
{
    const char *dot = strrchr(name, '.');
    int stem = dot != NULL ? (int)(dot - name) : (int)strlen(name);
    int len = number == 1 ? snprintf(out, LOG_NAME_MAX, "%s", name)
                          : snprintf(out, LOG_NAME_MAX, "%.*s-%d%s", stem, name, number,
                                     dot != NULL ? dot : "");
    return len > 0 && len < LOG_NAME_MAX;
}

bool archive_name(const struct archive *archive, const char *name, char out[LOG_NAME_MAX],
                  struct error *err)
{
    char path[FILE_PATH_MAX];
    if (!file_make_folder(archive->folder, err)) {
        return false;
    }
    for (int number = 1; number <= NUMBER_MAX && numbered(name, number, out); number++) {
        if (!path_of(archive->folder, out, "", path, err)) {
            return false;
        }
        if (!file_exists(path)) {
            return true;
        }
    }
    return error_set(err, ERR_EXISTS, 0, "no name is free for it in %s", archive->folder);
}

static bool move_own(const struct archive *archive, const char *from, const char *to,
                     struct error *err)
{
    bool elsewhere = false;
    return archive->disk->move(from, to, NULL, &elsewhere, err);
}

/* The order is the point: at each moment one whole copy has a name that archive_mend understands.
 */
static bool carry(const struct archive *archive, const char *name, const char *from, const char *to,
                  const struct folder_version *version, struct error *err)
{
    const struct archive_disk *disk = archive->disk;
    char half[FILE_PATH_MAX];
    char whole[FILE_PATH_MAX];
    bool same = false;
    if (!path_of(archive->folder, name, copying, half, err) ||
        !path_of(archive->folder, name, copied, whole, err)) {
        return false;
    }
    if (!disk->copy(from, half, archive->stopped, archive->context, err) ||
        !disk->same(from, half, &same, err)) {
        goto failed;
    }
    if (!same) {
        error_set(err, ERR_SYSTEM, 0, "the copy %s is not what was written", half);
        goto failed;
    }
    if (!move_own(archive, half, whole, err)) {
        goto failed;
    }
    if (!disk->remove(from, version, err)) {
        disk->remove(whole, NULL, NULL);
        return false;
    }
    return move_own(archive, whole, to, err);

failed:
    disk->remove(half, NULL, NULL);
    return false;
}

static bool move_held(const struct archive *archive, const char *name, const char *as,
                      const struct folder_version *version, struct error *err)
{
    char from[FILE_PATH_MAX];
    char to[FILE_PATH_MAX];
    bool elsewhere = false;
    if (!path_of(archive->logs, name, "", from, err) ||
        !path_of(archive->folder, as, "", to, err)) {
        return false;
    }
    if (archive->disk->move(from, to, version, &elsewhere, err)) {
        return true;
    }
    if (!elsewhere) {
        return false;
    }
    error_clear(err);
    return carry(archive, name, from, to, version, err);
}

bool archive_move(const struct archive *archive, const char *name, const char *as,
                  const struct folder_version *version, struct error *err)
{
    if (!file_make_folder(archive->folder, err)) {
        return false;
    }
    struct folder_hold *hold = folder_hold(archive->folder, archive->logs, err);
    bool done = hold != NULL && move_held(archive, name, as, version, err);
    folder_release(hold);
    return done;
}

/*
 * A whole copy: the original, if it is still there, goes through everything again; else the copy is
 * all there is and gets a name.
 */
static bool mend_copied(const struct archive *archive, const char *found, struct error *err)
{
    char name[LOG_NAME_MAX];
    char as[LOG_NAME_MAX];
    char whole[FILE_PATH_MAX];
    char original[FILE_PATH_MAX];
    char to[FILE_PATH_MAX];
    bool same = false;
    snprintf(name, sizeof name, "%.*s", (int)(strlen(found) - strlen(copied)), found);
    if (!path_of(archive->folder, found, "", whole, err) ||
        !path_of(archive->logs, name, "", original, err)) {
        return false;
    }
    if (file_exists(original) && !archive->disk->same(original, whole, &same, err)) {
        return false;
    }
    if (same) {
        return archive->disk->remove(whole, NULL, err);
    }
    return archive_name(archive, name, as, err) && path_of(archive->folder, as, "", to, err) &&
           move_own(archive, whole, to, err);
}

static bool mend(const struct archive *archive, const char *found, struct error *err)
{
    char path[FILE_PATH_MAX];
    if (has_suffix(found, copied)) {
        return mend_copied(archive, found, err);
    }
    return !(has_suffix(found, copying) || has_suffix(found, writing)) ||
           (path_of(archive->folder, found, "", path, err) &&
            archive->disk->remove(path, NULL, err));
}

bool archive_mend(const struct archive *archive, struct error *err)
{
    char found[LOG_NAME_MAX];
    struct error end = ERROR_INIT;
    if (!file_exists(archive->folder)) {
        return true;
    }
    struct folder_hold *hold = folder_hold(archive->folder, archive->logs, err);
    struct folder_list *list = hold != NULL ? folder_list_open(archive->folder, err) : NULL;
    bool done = list != NULL;
    while (done && folder_list_next(list, found, &end)) {
        done = mend(archive, found, err);
    }
    if (done && end.kind != ERR_NONE) {
        done = error_set(err, end.kind, end.code, "%s", end.text);
    }
    folder_list_close(list);
    folder_release(hold);
    return done;
}
