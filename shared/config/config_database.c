#include "config/config_private.h"

#include <stdio.h>
#include <string.h>

bool config_read_table(struct config_reading *reading, const struct config_key *key,
                       const cJSON *value, void *target)
{
    if (!config_read_text(reading, key, value, target)) {
        return false;
    }
    if (strpbrk(target, "`.'\"/\\; ") != NULL) {
        return config_wrong(reading, value, "the name of a table, without the database's");
    }
    return true;
}

static bool read_host(struct config_reading *reading, struct span text, struct config_host *host)
{
    const char *words = "must be a host name, or a list of them such as \"a.example, "
                        "b.example:3307\"";
    struct span name = text;
    struct span port = {NULL, 0};
    const char *colon = text.len > 0 ? memchr(text.at, ':', text.len) : NULL;
    if (text.len > 0 && text.at[0] == '[') {
        /* an IPv6 address, in brackets when a port follows */
        const char *close = memchr(text.at, ']', text.len);
        if (close == NULL) {
            return config_complain(reading, false, words);
        }
        name = (struct span){text.at + 1, (size_t)(close - text.at) - 1};
        size_t after = text.len - name.len - 2;
        if (after > 0 && close[1] != ':') {
            return config_complain(reading, false, words);
        }
        port = after > 0 ? (struct span){close + 2, after - 1} : port;
    } else if (colon != NULL) {
        size_t left = text.len - (size_t)(colon - text.at) - 1;
        if (memchr(colon + 1, ':', left) == NULL) {
            name.len = (size_t)(colon - text.at);
            port = (struct span){colon + 1, left};
        }
    }
    int32_t number = reading->config->database.port;
    if (port.at != NULL && (!span_to_int32(port, &number) || number < 1 || number > 65535)) {
        return config_complain(reading, false,
                               "has a port that is none; it must be from 1 to 65535");
    }
    for (size_t i = 0; i < name.len; i++) {
        if (strchr(" /\\@,;'\"", name.at[i]) != NULL) {
            return config_complain(reading, false, words);
        }
    }
    host->port = number;
    return (name.len > 0 && span_copy(name, host->name, sizeof host->name)) ||
           config_complain(reading, false, words);
}

bool config_read_hosts(struct config_reading *reading, const struct config_key *key,
                       const cJSON *value, void *target)
{
    (void)target;
    struct span rest;
    struct span field;
    if (!config_text_of(reading, key, value, &rest)) {
        return false;
    }
    if (span_trim(rest).len == 0) {
        return true;
    }
    size_t *count = &reading->config->database.host_count;
    while (span_field(&rest, ',', &field)) {
        if (*count == CONFIG_HOSTS_MAX) {
            return config_complain(reading, false, "names more hosts than the eight it may");
        }
        if (!read_host(reading, span_trim(field), &reading->config->database.hosts[*count])) {
            return false;
        }
        ++*count;
    }
    return true;
}

/* After tls, which "verify-ca" makes need it. */
bool config_read_tls_ca(struct config_reading *reading, const struct config_key *key,
                        const cJSON *value, void *target)
{
    if (!config_read_path(reading, key, value, target)) {
        return false;
    }
    return reading->config->database.tls != CONFIG_TLS_VERIFY_CA || *(char *)target != '\0' ||
           config_complain(reading, false,
                           "must name the authority's file (PEM) in tls_ca, since tls is "
                           "\"verify-ca\"");
}

/* Its value appears in no error. */
static bool read_secret(struct config_reading *reading, const cJSON *value, char *target,
                        bool *plain)
{
    struct error why = ERROR_INIT;
    if (!cJSON_IsString(value)) {
        return config_complain(reading, false, "is not what it must be: a text in quotation marks");
    }
    struct span text = span_of(value->valuestring);
    if (!span_starts_nocase(text, SPAN(SECRET_PREFIX))) {
        *plain = text.len > 0;
        return span_copy(text, target, SECRET_MAX) ||
               config_complain(reading, false, "is longer than the 255 bytes it may have");
    }
    if (!secret_reveal(value->valuestring, target, SECRET_MAX, &why)) {
        char words[512];
        snprintf(words, sizeof words, "cannot be read: %.300s; type it in again", why.text);
        return config_complain(reading, false, words);
    }
    return true;
}

bool config_read_secret(struct config_reading *reading, const struct config_key *key,
                        const cJSON *value, void *target)
{
    struct config_secret *secret = target;
    (void)key;
    return read_secret(reading, value, secret->text, &secret->plain);
}

bool config_read_password(struct config_reading *reading, const struct config_key *key,
                          const cJSON *value, void *target)
{
    (void)key;
    return read_secret(reading, value, target, &reading->config->database.password_plain);
}
