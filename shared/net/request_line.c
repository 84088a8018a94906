#include "net/request_line.h"

#include "base/portability.h"

void request_line_read(struct span url, struct request_line *line)
{
    static const struct span scheme = {"http://", 7};
    if (span_starts_nocase(url, scheme)) {
        size_t skip = scheme.len;
        while (skip < url.len && url.at[skip] != '/' && url.at[skip] != '?') {
            skip++;
        }
        url = (struct span){url.at + skip, url.len - skip};
    }
    const char *mark = url.len > 0 ? memchr(url.at, '?', url.len) : NULL;
    size_t path = mark != NULL ? (size_t)(mark - url.at) : url.len;
    line->path = (struct span){url.at, path};
    line->query =
        mark != NULL ? (struct span){mark + 1, url.len - path - 1} : (struct span){NULL, 0};
}

bool request_line_length(struct span value, uint64_t *length)
{
    enum { BASE = 10 };
    *length = 0;
    for (size_t i = 0; i < value.len; i++) {
        char digit = value.at[i];
        uint64_t unit = (uint64_t)(digit - '0');
        if (digit < '0' || digit > '9' || *length > (UINT64_MAX - unit) / BASE) {
            *length = 0;
            return false;
        }
        *length = *length * BASE + unit;
    }
    return true;
}

bool request_line_is_browsers(struct span header)
{
    static const struct span begins[] = {
        {"Sec-", 4},
        {"Access-Control-Request-", 23},
    };
    static const struct span names[] = {
        {"Origin", 6},
        {"Referer", 7},
        {"Upgrade-Insecure-Requests", 25},
    };
    for (size_t i = 0; i < HB_COUNT(begins); i++) {
        if (span_starts_nocase(header, begins[i])) {
            return true;
        }
    }
    for (size_t i = 0; i < HB_COUNT(names); i++) {
        if (span_equal_nocase(header, names[i])) {
            return true;
        }
    }
    return false;
}
