#include "system/folder.h"

#include <stdlib.h>
#include <string.h>

#include "system/folder_private.h"

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* The character at the front. */
static size_t character(struct span text)
{
    size_t len = 1;
    while (len < text.len && ((unsigned char)text.at[len] & 0xC0) == 0x80) {
        len++;
    }
    return len;
}

static struct span from(struct span text, size_t offset)
{
    return (struct span){text.at + offset, text.len - offset};
}

/* Goes back to the last star when what follows it does not fit here: no recursion, n·m steps. */
static bool fits_one(struct span pattern, struct span name)
{
    struct span star = {NULL, 0}; /* the pattern after the last star */
    struct span retry = name;     /* from where on it is to fit next */
    while (name.len > 0) {
        if (pattern.len > 0 && pattern.at[0] == '*') {
            pattern = star = from(pattern, 1);
            retry = name;
        } else if (pattern.len > 0 && pattern.at[0] == '?') {
            pattern = from(pattern, 1);
            name = from(name, character(name));
        } else if (pattern.len > 0 && lower(pattern.at[0]) == lower(name.at[0])) {
            pattern = from(pattern, 1);
            name = from(name, 1);
        } else if (star.at != NULL) {
            retry = from(retry, character(retry));
            name = retry;
            pattern = star;
        } else {
            return false;
        }
    }
    while (pattern.len > 0 && pattern.at[0] == '*') {
        pattern = from(pattern, 1);
    }
    return pattern.len == 0;
}

bool folder_fits(const char *pattern, const char *name)
{
    struct span rest = span_of(pattern);
    struct span one;
    while (span_field(&rest, ';', &one)) {
        one = span_trim(one);
        if (span_equal(one, SPAN("*.*")) || fits_one(one, span_of(name))) {
            return true;
        }
    }
    return false;
}

bool folder_same_version(const struct folder_version *one, const struct folder_version *other)
{
    bool numbered = one->number != 0 && other->number != 0;
    return one->size == other->size && one->changed == other->changed &&
           (!numbered || (one->number == other->number && one->volume == other->volume));
}

int64_t folder_changed_s(const struct folder_version *version)
{
    return version->changed / FOLDER_TICKS_PER_S - FOLDER_UNIX_EPOCH_S;
}

bool folder_copy(const char *from_path, const char *to, bool (*stopped)(void *context),
                 void *context, struct error *err)
{
    struct folder_version version;
    struct folder_file *out = NULL;
    char *piece = malloc(FOLDER_PIECE);
    bool done = piece != NULL || error_set(err, ERR_MEMORY, 0, "no memory to copy %s", from_path);
    struct folder_file *in = done ? folder_open(from_path, &version, err) : NULL;
    out = in != NULL ? folder_create(to, err) : NULL;
    done = out != NULL;
    while (done) {
        size_t got = 0;
        if (stopped(context)) {
            done = error_set(err, ERR_STOPPED, 0, "told to stop");
        }
        done = done && folder_read(in, piece, FOLDER_PIECE, &got, err);
        if (!done || got == 0) {
            break;
        }
        done = folder_write(out, (struct span){piece, got}, err);
    }
    done = done && folder_set_changed(out, version.changed, err) && folder_flush(out, err);
    folder_close(out);
    folder_close(in);
    free(piece);
    return done;
}

bool folder_same(const char *one, const char *other, bool *same, struct error *err)
{
    struct folder_version ignored;
    size_t got[2] = {0, 0};
    *same = false;
    char *pieces = malloc(2 * (size_t)FOLDER_PIECE);
    if (pieces == NULL) {
        return error_set(err, ERR_MEMORY, 0, "no memory to read %s", one);
    }
    struct folder_file *first = folder_open(one, &ignored, err);
    struct folder_file *second = first != NULL ? folder_open(other, &ignored, err) : NULL;
    bool done = second != NULL;
    *same = done;
    while (*same) {
        done = folder_read(first, pieces, FOLDER_PIECE, &got[0], err) &&
               folder_read(second, pieces + FOLDER_PIECE, FOLDER_PIECE, &got[1], err);
        *same = done && got[0] == got[1] && memcmp(pieces, pieces + FOLDER_PIECE, got[0]) == 0;
        if (got[0] == 0) {
            break;
        }
    }
    folder_close(second);
    folder_close(first);
    free(pieces);
    return done;
}

/* Each folder of the path below `within`, from the innermost outwards; the last one stays held. A
 * folder that holds an open one cannot be moved, so that those between need not be held. */
struct folder_hold *folder_hold(const char *path, const char *within, struct error *err)
{
    char at[FILE_PATH_MAX];
    char above[FILE_PATH_MAX];
    size_t root = strlen(within);
    struct folder_hold *hold = folder_hold_one(path, err);
    if (hold == NULL || !span_starts_nocase(span_of(path), span_of(within)) ||
        !span_copy(span_of(path), at, sizeof at)) {
        return hold;
    }
    while (file_folder(at, above, sizeof above) && strlen(above) > root &&
           strlen(above) < strlen(at)) {
        struct folder_hold *outer = folder_hold_one(above, err);
        if (outer == NULL) {
            folder_release(hold);
            return NULL;
        }
        folder_release(outer);
        memcpy(at, above, sizeof at);
    }
    return hold;
}
