#include "config/config_private.h"

/*
 * cJSON says nothing of where a value was. This walks a text that cJSON has found valid: it decides
 * nothing, and stays within the text whatever it holds.
 */

struct walker {
    const char *at;
    const char *end;
};

static bool next_is(const struct walker *walker, char c)
{
    return walker->at < walker->end && *walker->at == c;
}

static void skip_space(struct walker *walker)
{
    while (walker->at < walker->end && (unsigned char)*walker->at <= ' ') {
        walker->at++;
    }
}

/* Over a comma or colon and the blanks around it. */
static void skip_mark(struct walker *walker)
{
    skip_space(walker);
    if (walker->at < walker->end) {
        walker->at++;
    }
    skip_space(walker);
}

static void skip_string(struct walker *walker)
{
    if (walker->at < walker->end) {
        walker->at++;
    }
    while (walker->at < walker->end && *walker->at != '"') {
        size_t left = (size_t)(walker->end - walker->at);
        walker->at += *walker->at == '\\' && left > 1 ? 2 : 1;
    }
    if (walker->at < walker->end) {
        walker->at++;
    }
}

static void skip_value(struct walker *walker)
{
    size_t depth = 0;
    do {
        if (next_is(walker, '"')) {
            skip_string(walker);
            continue;
        }
        if (next_is(walker, '{') || next_is(walker, '[')) {
            depth++;
        } else if (next_is(walker, '}') || next_is(walker, ']')) {
            depth = depth > 0 ? depth - 1 : 0;
        } else if (depth == 0) {
            while (walker->at < walker->end && (unsigned char)*walker->at > ' ' &&
                   *walker->at != ',' && *walker->at != '}' && *walker->at != ']') {
                walker->at++;
            }
            return;
        }
        if (walker->at < walker->end) {
            walker->at++;
        }
    } while (depth > 0 && walker->at < walker->end);
}

struct span config_locate(struct span json, const struct config_place *place, bool key)
{
    struct walker walker = {json.at, json.at + json.len};
    struct span name = {json.at, 0};
    skip_space(&walker);
    for (size_t level = 0; level < place->depth; level++) {
        bool object = next_is(&walker, '{');
        skip_mark(&walker);
        for (size_t i = 0;; i++) {
            if (object) {
                name.at = walker.at;
                skip_string(&walker);
                name.len = (size_t)(walker.at - name.at);
                skip_mark(&walker);
            }
            if (i == place->steps[level] || walker.at >= walker.end) {
                break;
            }
            skip_value(&walker);
            skip_mark(&walker);
        }
    }
    if (key) {
        return name;
    }
    struct span value = {walker.at, 0};
    skip_value(&walker);
    value.len = (size_t)(walker.at - value.at);
    return value;
}

size_t config_line(struct span json, const char *at)
{
    size_t line = 1;
    for (const char *p = json.at; p < at && p < json.at + json.len; p++) {
        line += *p == '\n';
    }
    return line;
}
