#include "system/captures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "system/folder.h"

enum { LIST_MAX = 256 * 1024, BEGIN = 24 };

static bool list_path(const char *folder, char out[FILE_PATH_MAX], struct error *err)
{
    return file_resolve(folder, "captures.txt", out, FILE_PATH_MAX) ||
           error_set(err, ERR_INVALID, 0, "the path %s is too long", folder);
}

/* None yet is an empty one. */
static bool read_list(const char *path, char **text, size_t *len, struct error *err)
{
    struct error why = ERROR_INIT;
    if (file_read(path, LIST_MAX, text, len, &why)) {
        return true;
    }
    *len = 0;
    if (why.kind != ERR_NOT_FOUND) {
        *err = why;
        return false;
    }
    *text = calloc(1, 1);
    return *text != NULL || error_set(err, ERR_MEMORY, 0, "no memory");
}

/* The next path of a list; false at its end. */
static bool next(struct span *rest, struct span *path)
{
    while (rest->at != NULL && span_field(rest, '\n', path)) {
        *path = span_trim(*path);
        if (path->len > 0 && path->len < FILE_PATH_MAX) {
            return true;
        }
    }
    return false;
}

static bool note(const char *folder, const char *path, struct error *err)
{
    char list[FILE_PATH_MAX];
    char *text = NULL;
    size_t len = 0;
    if (!list_path(folder, list, err) || !read_list(list, &text, &len, err)) {
        return false;
    }
    struct span rest = {text, len};
    struct span one;
    bool known = false;
    while (!known && next(&rest, &one)) {
        known = span_equal(one, span_of(path));
    }
    bool fine = true;
    if (!known) {
        size_t more = strlen(path) + 1;
        char *longer = malloc(len + more + 1);
        if (longer == NULL || len + more > LIST_MAX || strchr(path, '\n') != NULL) {
            fine = error_set(err, ERR_TOO_LARGE, 0, "%s has no room for more", list);
        } else {
            memcpy(longer, text, len);
            snprintf(longer + len, more + 1, "%s\n", path);
            fine = file_replace(list, (struct span){longer, len + more}, err);
        }
        free(longer);
    }
    free(text);
    return fine;
}

bool captures_note(const char *folder, const char *path, struct error *err)
{
    return note(folder, path, err) ||
           error_prefix(err, "it will not be removed by itself after %d days: ", CAPTURES_DAYS);
}

/* "2026-01-15 08:00:00.000  " */
static bool begins_as_one(struct folder_file *file)
{
    static const char form[] = "9999-99-99 99:99:99.999  ";
    char begin[BEGIN];
    size_t got = 0;
    struct error ignored = ERROR_INIT;
    bool fits = folder_read(file, begin, sizeof begin, &got, &ignored) && got == sizeof begin;
    for (size_t i = 0; fits && i < sizeof begin; i++) {
        fits = form[i] == '9' ? begin[i] >= '0' && begin[i] <= '9' : begin[i] == form[i];
    }
    return fits;
}

enum found { GONE, ANOTHER, KEPT, REMOVED };

/* Whether it is there; it goes where it is older. */
static enum found look(const char *path, int64_t before_s, struct error *err)
{
    struct folder_version version;
    struct error why = ERROR_INIT;
    struct folder_file *file = folder_open(path, &version, &why);
    if (file == NULL) {
        return why.kind == ERR_BUSY ? KEPT : file_exists(path) ? ANOTHER : GONE;
    }
    bool one = begins_as_one(file);
    folder_close(file);
    if (!one) {
        return ANOTHER;
    }
    if (folder_changed_s(&version) >= before_s) {
        return KEPT;
    }
    return folder_delete(path, &version, err) ? REMOVED : KEPT;
}

bool captures_each(const char *folder, void (*visit)(void *context, const char *path),
                   void *context, struct error *err)
{
    char path[FILE_PATH_MAX];
    char *text = NULL;
    size_t len = 0;
    if (!list_path(folder, path, err) || !read_list(path, &text, &len, err)) {
        return false;
    }
    struct span rest = {text, len};
    struct span one;
    while (next(&rest, &one)) {
        if (span_copy(one, path, sizeof path) && look(path, INT64_MIN, err) == KEPT) {
            visit(context, path);
        }
    }
    free(text);
    return true;
}

bool captures_expire(const char *folder, int64_t before_s, size_t *count, struct error *err)
{
    char list[FILE_PATH_MAX];
    char path[FILE_PATH_MAX];
    char *text = NULL;
    size_t len = 0;
    size_t kept = 0;
    *count = 0;
    if (!list_path(folder, list, err) || !read_list(list, &text, &len, err)) {
        return false;
    }
    struct span rest = {text, len};
    struct span one;
    while (next(&rest, &one)) {
        enum found found = span_copy(one, path, sizeof path) ? look(path, before_s, err) : GONE;
        *count += found == REMOVED;
        if (found == KEPT) { /* never before what is read next */
            memmove(text + kept, one.at, one.len);
            kept += one.len;
            text[kept++] = '\n';
        }
    }
    bool fine = err->kind == ERR_NONE;
    if (kept != len) {
        struct error why = ERROR_INIT;
        bool written = kept > 0 ? file_replace(list, (struct span){text, kept}, &why)
                                : file_remove(list, &why);
        if (!written && fine) {
            *err = why;
            fine = false;
        }
    }
    free(text);
    return fine;
}
