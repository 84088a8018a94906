#include "config/config_private.h"

#include <stdlib.h>
#include <string.h>

static const char twice[] =
    "a backslash in a path must be written twice, as in \"D:\\\\Logs\\\\alog\"";

static bool invalid(const struct config_text *text, const char *at, const char *words,
                    struct error *err)
{
    return error_set(err, ERR_INVALID, 0, "%s, line %zu: %s.", text->path,
                     config_line(text->json, at), words);
}

/* ---- what can be said before any parser sees the text ---- */

static bool check_bytes(const struct config_text *text, struct error *err)
{
    struct span json = text->json;
    const unsigned char *at = (const unsigned char *)json.at;
    if (json.len >= 2 && ((at[0] == 0xFF && at[1] == 0xFE) || (at[0] == 0xFE && at[1] == 0xFF))) {
        return error_set(err, ERR_INVALID, 0,
                         "%s is saved as UTF-16 (\"Unicode\"); save it as UTF-8.", text->path);
    }
    const char *nul = json.len > 0 ? memchr(json.at, '\0', json.len) : NULL;
    if (nul != NULL) {
        return invalid(text, nul, "there is a NUL byte; save the file as UTF-8 text", err);
    }
    struct span rest = json;
    struct span line;
    while (!utf8_valid(rest) && span_field(&rest, '\n', &line)) {
        if (!utf8_valid(line)) {
            return invalid(text, line.at, "a character is not UTF-8; save the file as UTF-8", err);
        }
    }
    struct span trimmed = span_trim(json);
    if (trimmed.len == 0) {
        return error_set(err, ERR_INVALID, 0, "%s is empty; it must hold at least {}.", text->path);
    }
    return true;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* The escape that begins at `at` (a backslash), if it is one; 0 if it is none. */
static size_t escape_length(const char *at, const char *end)
{
    if (end - at < 2) {
        return 0;
    }
    if (at[1] != 'u') {
        return strchr("\"\\/bfnrt", at[1]) != NULL ? 2 : 0;
    }
    bool digits = end - at >= 6 && is_hex(at[2]) && is_hex(at[3]) && is_hex(at[4]) && is_hex(at[5]);
    return digits && memcmp(at + 2, "0000", 4) != 0 ? 6 : 0;
}

/*
 * Looks at the texts in quotation marks alone: an open one makes any parser complain of some later
 * line, and cJSON takes one over several lines as it is.
 */
static bool check_strings(const struct config_text *text, struct error *err)
{
    const char *end = text->json.at + text->json.len;
    const char *opened = NULL;
    bool backslash = false;
    for (const char *at = text->json.at; at < end;) {
        if (opened == NULL) {
            opened = *at == '"' ? at : NULL;
            backslash = false;
            at++;
        } else if (*at == '"') {
            opened = NULL;
            at++;
        } else if (*at == '\\') {
            size_t len = escape_length(at, end);
            if (len == 0) {
                return invalid(text, at, twice, err);
            }
            backslash = true;
            at += len;
        } else if (*at == '\n' || *at == '\r') {
            break;
        } else {
            at++;
        }
    }
    if (opened == NULL) {
        return true;
    }
    return invalid(text, opened,
                   backslash
                       ? "a quotation mark is not closed in this line; note that a backslash in a "
                         "path must be written twice, also before the last quotation mark"
                       : "a quotation mark is not closed in this line",
                   err);
}

/* ---- where cJSON stopped, and why ---- */

static bool ends_value(char c)
{
    return c == '"' || c == '}' || c == ']' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z');
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* Over the blanks before `at`, to the byte that is none; start when there is none. */
static const char *before_space(const char *start, const char *at)
{
    while (at > start && (unsigned char)at[-1] <= ' ') {
        at--;
    }
    return at > start ? at - 1 : start;
}

/* Where a name should begin and none does cJSON stops one byte late. */
static const char *stopped_at(const char *start, const char *stopped)
{
    if (stopped - start < 2 || (unsigned char)stopped[-1] <= ' ') {
        return stopped;
    }
    char last = *before_space(start, stopped - 1);
    return last == ',' || last == '{' ? stopped - 1 : stopped;
}

static bool explain(const struct config_text *text, const char *stopped, struct error *err)
{
    const char *start = text->json.at;
    const char *end = start + text->json.len;
    const char *at = stopped_at(start, stopped);
    while (at < end && (unsigned char)*at <= ' ') {
        at++;
    }
    const char *before = before_space(start, at);
    char last = *before;
    char c = at < end ? *at : '\0';
    if (at == end) {
        return invalid(text, before,
                       "the file ends before the last bracket, } or ], has been closed", err);
    }
    if (c == '/' || c == '#') {
        return invalid(text, at, "a comment cannot stand here; JSON has none", err);
    }
    if (c == '\'') {
        return invalid(text, at, "a text must stand in double quotation marks, not in single ones",
                       err);
    }
    if (last == ',' && (c == '}' || c == ']')) {
        return invalid(text, before, "there is a comma too many before the closing bracket", err);
    }
    if (last == ',' && c == ',') {
        return invalid(text, at, "there is a comma too many", err);
    }
    if (last == ':' && (c == ',' || c == '}' || c == ']')) {
        return invalid(text, before, "a value is missing after the colon", err);
    }
    if (last == ':' && is_letter(c)) {
        return invalid(text, at,
                       "this is no value; a text must stand in quotation marks, and true and false "
                       "in small letters",
                       err);
    }
    if ((last == '{' || last == ',') && is_letter(c)) {
        return invalid(text, at, "a name must stand in double quotation marks", err);
    }
    if ((c == '}' || c == ']') && ends_value(last)) {
        return invalid(text, at,
                       "a closing bracket does not fit the one that was opened; look for a } where "
                       "a ] should be, or the other way round",
                       err);
    }
    if (at > start && before + 1 < at && ends_value(last) &&
        config_line(text->json, before) != config_line(text->json, at)) {
        return invalid(text, before,
                       "a comma is missing at the end of this line, or a quotation mark in it is "
                       "not where it should be",
                       err);
    }
    if (at > start && ends_value(last)) {
        return invalid(text, at,
                       "something is not right here: a comma or a colon is missing, or a quotation "
                       "mark is not where it should be",
                       err);
    }
    return invalid(text, at,
                   "this is not JSON; look for a comma, colon or quotation mark that is "
                   "missing here or is one too many",
                   err);
}

cJSON *config_tree(const struct config_text *text, struct error *err)
{
    const char *stopped = NULL;
    if (!check_bytes(text, err) || !check_strings(text, err)) {
        return NULL;
    }
    /* cJSON has versions that look one byte past a text without a terminator: give it one. */
    char *copy = malloc(text->json.len + 1);
    if (copy == NULL) {
        error_set(err, ERR_MEMORY, 0, "no memory to read %s", text->path);
        return NULL;
    }
    memcpy(copy, text->json.at, text->json.len);
    copy[text->json.len] = '\0';
    cJSON *tree = cJSON_ParseWithLengthOpts(copy, text->json.len + 1, &stopped, 0);
    size_t offset = stopped != NULL ? (size_t)(stopped - copy) : 0;
    secret_wipe(copy, text->json.len);
    free(copy);

    const char *at = text->json.at + (offset < text->json.len ? offset : text->json.len);
    if (tree == NULL) {
        explain(text, at, err);
        return NULL;
    }
    struct span rest = span_trim((struct span){at, text->json.len - (size_t)(at - text->json.at)});
    if (rest.len > 0) {
        invalid(text, rest.at, "there is more after the bracket that closes the configuration",
                err);
        config_tree_free(tree);
        return NULL;
    }
    return tree;
}

/* No deeper than cJSON's own limit of nesting. */
static void wipe(cJSON *item)
{
    for (; item != NULL; item = item->next) {
        if (cJSON_IsString(item)) {
            secret_wipe(item->valuestring, strlen(item->valuestring));
        }
        wipe(item->child);
    }
}

void config_tree_free(cJSON *tree)
{
    wipe(tree);
    cJSON_Delete(tree);
}
