#include "config/config_private.h"

#include <string.h>

/* A header, or a password in a file that nobody else reads, has no business on the open line. */
bool config_read_alarm_url(struct config_reading *reading, const struct config_key *key,
                           const cJSON *value, void *target)
{
    static const char *const to_this_pc[] = {"http://127.0.0.1", "http://localhost",
                                             "http://[::1]"};
    if (!config_read_text(reading, key, value, target)) {
        return false;
    }
    struct span url = span_of(target);
    bool fine = url.len == 0 || span_starts_nocase(url, SPAN("https://"));
    for (size_t i = 0; i < HB_COUNT(to_this_pc); i++) {
        struct span start = span_of(to_this_pc[i]);
        if (span_starts_nocase(url, start)) {
            fine = fine || url.len == start.len || url.at[start.len] == ':' ||
                   url.at[start.len] == '/';
        }
    }
    return fine || config_complain(reading, false,
                                   "must begin with https:// (http:// is for this PC alone)");
}

bool config_read_alarm_header(struct config_reading *reading, const struct config_key *key,
                              const cJSON *value, void *target)
{
    struct config_secret *header = target;
    if (!config_read_secret(reading, key, value, target)) {
        return false;
    }
    const char *colon = strchr(header->text, ':');
    return header->text[0] == '\0' ||
           (colon != NULL && colon != header->text && strpbrk(header->text, "\r\n") == NULL) ||
           config_complain(reading, false,
                           "must be a name and a value, as in \"Authorization: Bearer abc\"");
}

bool config_read_alarm_body(struct config_reading *reading, const struct config_key *key,
                            const cJSON *value, void *target)
{
    if (!config_read_text(reading, key, value, target)) {
        return false;
    }
    cJSON *body = cJSON_Parse(target);
    bool fine = ((const char *)target)[0] == '\0' || body != NULL;
    cJSON_Delete(body);
    return fine || config_complain(reading, false,
                                   "must be JSON with {text}, {level} and {name} in its texts, as "
                                   "in \"{\\\"text\\\": \\\"{text}\\\"}\"");
}
