#include "report.h"

#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture.h"
#include "system/file.h"
#include "system/wide.h"

enum {
    PIECES_MAX = 400,
    HEAD_MAX = 64, /* bytes of what is no text */
    KEPT_MAX = 16, /* files */
};

/* Where zeros stand shows how long a record is, and names nobody. */
static void put_bytes(struct writing *writing, struct span bytes)
{
    size_t count = bytes.len < HEAD_MAX ? bytes.len : HEAD_MAX;
    for (size_t i = 0; i < count; i++) {
        unsigned char byte = (unsigned char)bytes.at[i];
        report_put(writing, "%s%s", i % 16 == 0 ? "\n      " : " ",
                   byte == 0      ? "00"
                   : byte == 0xff ? "ff"
                                  : "..");
    }
    report_put(writing, "\n");
}

/* What stands before `mark` as it is, the rest masked. */
static void put_name(struct writing *writing, struct span text, char mark)
{
    const char *at = text.len > 0 ? memchr(text.at, mark, text.len) : NULL;
    size_t name = at != NULL ? (size_t)(at - text.at) + 1 : 0;
    report_put(writing, "%.*s", (int)name, text.at);
    report_put_masked(writing, (struct span){text.at + name, text.len - name});
}

/* "POST /iclock/cdata", and a line for each name of the query. */
static void put_request_line(struct writing *writing, struct span line)
{
    const char *mark = line.len > 0 ? memchr(line.at, '?', line.len) : NULL;
    size_t path = mark != NULL ? (size_t)(mark - line.at) : line.len;
    report_put(writing, "      %.*s\n", (int)path, line.at);
    struct span rest = {line.at + path, line.len - path};
    struct span field;
    if (rest.len > 0) {
        rest.at++;
        rest.len--;
    }
    while (rest.len > 0 && span_field(&rest, '&', &field)) {
        report_put(writing, "        ");
        put_name(writing, field, '=');
    }
}

static bool is_http(struct span bytes)
{
    static const char *const begins[] = {"GET /", "POST /", "HEAD /", "PUT /", "HTTP/1."};
    for (size_t i = 0; i < HB_COUNT(begins); i++) {
        size_t len = strlen(begins[i]);
        if (bytes.len >= len && memcmp(bytes.at, begins[i], len) == 0) {
            return true;
        }
    }
    return false;
}

static void put_http(struct writing *writing, struct span bytes)
{
    struct span rest = bytes;
    struct span line;
    bool first = true;
    report_put(writing, "\n");
    while (rest.len > 0 && span_field(&rest, '\n', &line) && span_trim(line).len > 0) {
        line = span_trim(line);
        if (first) {
            put_request_line(writing, line);
        } else {
            report_put(writing, "      ");
            put_name(writing, line, ':');
        }
        first = false;
    }
    report_put(writing, "      and %zu bytes more\n", rest.len);
}

static void put_item(struct writing *writing, const struct capture_item *item)
{
    struct span bytes = {item->bytes, item->len};
    if (item->kind == CAPTURE_EVENT) {
        report_put(writing, "    %s %s\n", item->peer, item->what);
        return;
    }
    report_put(writing, "    %s %s %zu bytes", item->peer, item->kind == CAPTURE_SENT ? "->" : "<-",
               item->len);
    if (is_http(bytes)) {
        put_http(writing, bytes);
    } else {
        put_bytes(writing, bytes);
    }
}

bool report_capture(struct writing *writing, const char *path, struct error *err)
{
    wchar_t wide[FILE_PATH_MAX];
    if (!wide_from_utf8(path, wide, HB_COUNT(wide), err)) {
        return false;
    }
    FILE *file = _wfopen(wide, L"rb");
    if (file == NULL) {
        return error_set(err, ERR_NOT_FOUND, 0, "cannot read %s", path);
    }
    struct capture_item *item = malloc(sizeof *item);
    if (item == NULL) {
        fclose(file);
        return error_set(err, ERR_MEMORY, 0, "no memory for the capture");
    }
    bool read = true;
    report_put(writing, "%s\n", path);
    for (int pieces = 0; read && pieces < PIECES_MAX; pieces++) {
        read = capture_read(file, item, err);
        if (!read || item->kind == CAPTURE_END) {
            break;
        }
        put_item(writing, item);
    }
    free(item);
    fclose(file);
    return read;
}

/* One file; what can't be read is said in its place. */
static void put_kept(struct writing *writing, const char *folder, const WIN32_FIND_DATAW *found)
{
    char name[FILE_PATH_MAX];
    char path[FILE_PATH_MAX];
    char *bytes = NULL;
    size_t len = 0;
    struct error err = ERROR_INIT;
    if (!wide_to_utf8(found->cFileName, name, sizeof name, &err) ||
        !file_resolve(folder, name, path, sizeof path)) {
        return;
    }
    report_put(writing, "%s, %lu bytes", name, (unsigned long)found->nFileSizeLow);
    if (file_read(path, (size_t)found->nFileSizeLow, &bytes, &len, &err)) {
        put_bytes(writing, (struct span){bytes, len});
        free(bytes);
    } else {
        report_put(writing, ": %s\n", err.text);
    }
}

bool report_kept(struct writing *writing, const char *outbox_path, struct error *err)
{
    char pattern[FILE_PATH_MAX];
    char folder[FILE_PATH_MAX];
    wchar_t wide[FILE_PATH_MAX];
    WIN32_FIND_DATAW found;
    snprintf(pattern, sizeof pattern, "%s.pull-*.bin", outbox_path);
    snprintf(folder, sizeof folder, "%s", outbox_path);
    char *last = strrchr(folder, '\\');
    if (last == NULL || !wide_from_utf8(pattern, wide, HB_COUNT(wide), err)) {
        return last == NULL || err->kind == ERR_NONE;
    }
    *last = '\0';
    HANDLE search = FindFirstFileW(wide, &found);
    bool more = search != INVALID_HANDLE_VALUE;
    for (int i = 0; more && i < KEPT_MAX; i++) {
        put_kept(writing, folder, &found);
        more = FindNextFileW(search, &found) != FALSE;
    }
    if (search != INVALID_HANDLE_VALUE) {
        FindClose(search);
    }
    return true;
}
