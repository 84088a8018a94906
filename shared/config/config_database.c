#include "config/config_private.h"

#include <stdio.h>
#include <string.h>

/* What a server takes for the name of a table or a column. */
static bool read_name(struct config_reading *reading, const struct config_key *key,
                      const cJSON *value, char *target)
{
    struct span text;
    size_t characters = 0;
    if (!config_text_of(reading, key, value, &text)) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        characters += ((unsigned char)text.at[i] & 0xC0) != 0x80;
        if ((unsigned char)text.at[i] >= 0xF0) {
            return config_complain(reading, false,
                                   "holds a character that no server takes in a name");
        }
    }
    if (characters > COLUMN_CHARACTERS) {
        return config_complain(reading, false, "is longer than the 64 characters of a name");
    }
    if (text.len > 0 && text.at[text.len - 1] == ' ') {
        return config_complain(reading, false, "ends with a blank, which no server takes");
    }
    return span_copy(text, target, key->size);
}

bool config_read_table(struct config_reading *reading, const struct config_key *key,
                       const cJSON *value, void *target)
{
    if (!read_name(reading, key, value, target)) {
        return false;
    }
    if (strpbrk(target, "`.'\"/\\; ") != NULL) {
        return config_wrong(reading, value, "the name of a table, without the database's");
    }
    return true;
}

static bool read_column(struct config_reading *reading, const struct config_key *key,
                        const cJSON *value, void *target)
{
    struct config_columns *columns = target;
    size_t column = 0;
    while (strcmp(column_names[column], key->name) != 0) {
        column++;
    }
    if (!read_name(reading, key, value, columns->name[column])) {
        return false;
    }
    columns->given[column] = strcmp(columns->name[column], column_names[column]) != 0;
    return true;
}

const char *config_column(const struct config_database *database, enum table_column column)
{
    return database->columns.given[column] ? database->columns.name[column] : column_names[column];
}

/* Two that would be one: the words name both. */
static bool names_differ(struct config_reading *reading)
{
    const struct config_database *database = &reading->config->database;
    for (enum table_column i = COLUMN_SN; i < COLUMNS; i++) {
        const char *name = config_column(database, i);
        for (enum table_column j = COLUMN_SN; j < i; j++) {
            if (name[0] != '\0' &&
                span_equal_nocase(span_of(name), span_of(config_column(database, j)))) {
                char words[3 * COLUMN_BYTES];
                snprintf(words, sizeof words,
                         "calls both \"%s\" and \"%s\" the column %s; give \"\" to the one that "
                         "the table lacks",
                         column_names[j], column_names[i], name);
                return config_complain(reading, false, words);
            }
        }
    }
    return true;
}

bool config_read_names(struct config_reading *reading, const struct config_key *key,
                       const cJSON *value, void *target)
{
    struct config_key keys[COLUMNS];
    (void)key;
    for (size_t i = 0; i < COLUMNS; i++) {
        /* Without a person or a time a row would say nothing. */
        keys[i] = (struct config_key){.section = "",
                                      .name = column_names[i],
                                      .read = read_column,
                                      .size = COLUMN_BYTES + 1,
                                      .min = i == COLUMN_USER || i == COLUMN_TIME};
    }
    if (!cJSON_IsObject(value)) {
        return config_wrong(reading, value, "an object, as in { \"user_id\": \"emp_no\" }");
    }
    if (!config_check_keys(reading, keys, HB_COUNT(keys), "", value)) {
        return false;
    }
    for (size_t i = 0; i < COLUMNS; i++) {
        size_t step = 0;
        if (config_member(value, keys[i].name, &step) != NULL &&
            !config_read_key(reading, &keys[i], value, target)) {
            return false;
        }
    }
    return names_differ(reading);
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
