#include "config/config_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- errors ---- */

/* What the value is, for an error; a list or an object might be long, and might hold the password.
 */
static void describe(const cJSON *value, char *out, size_t size)
{
    if (cJSON_IsObject(value) || cJSON_IsArray(value)) {
        snprintf(out, size, "%s", cJSON_IsObject(value) ? "an object in { }" : "a list in [ ]");
        return;
    }
    char *text = cJSON_PrintUnformatted(value);
    if (text == NULL) {
        snprintf(out, size, "%s", "not readable");
        return;
    }
    size_t len = strlen(text);
    size_t cut = utf8_cut((struct span){text, len}, size - 4);
    snprintf(out, size, "%.*s%s", (int)cut, text, cut < len ? "..." : "");
    cJSON_free(text);
}

/* "<file>, line <n>: <label> <words>." for the value (or the key) at the reading's place. */
bool config_complain(struct config_reading *reading, bool key, const char *words)
{
    struct span at = config_locate(reading->text->json, &reading->place, key);
    return error_set(reading->err, ERR_INVALID, 0, "%s, line %zu: %s%s%s.", reading->text->path,
                     config_line(reading->text->json, at.at), reading->label,
                     reading->label[0] != '\0' ? " " : "", words);
}

/* "… is <value>; it must be <must>." */
bool config_wrong(struct config_reading *reading, const cJSON *value, const char *must)
{
    char what[80];
    char words[512];
    describe(value, what, sizeof what);
    snprintf(words, sizeof words, "is %s; it must be %s", what, must);
    return config_complain(reading, false, words);
}

struct config_mark config_enter(struct config_reading *reading, size_t step, const char *label)
{
    struct config_mark mark = {strlen(reading->label)};
    size_t room = sizeof reading->label - mark.label_len;
    snprintf(reading->label + mark.label_len, room, "%s", label);
    if (reading->place.depth < CONFIG_DEPTH_MAX) {
        reading->place.steps[reading->place.depth++] = step;
    }
    return mark;
}

void config_leave(struct config_reading *reading, struct config_mark mark)
{
    reading->label[mark.label_len] = '\0';
    reading->place.depth--;
}

/* ---- the kinds of values ---- */

bool config_read_bool(struct config_reading *reading, const struct config_key *key,
                      const cJSON *value, void *target)
{
    (void)key;
    if (!cJSON_IsBool(value)) {
        return config_wrong(reading, value, "true or false");
    }
    *(bool *)target = cJSON_IsTrue(value) != 0;
    return true;
}

static bool whole_number(const cJSON *value, int min, int max, int *number)
{
    if (!cJSON_IsNumber(value) || !(value->valuedouble >= min && value->valuedouble <= max) ||
        value->valuedouble != (double)(int)value->valuedouble) {
        return false;
    }
    *number = (int)value->valuedouble;
    return true;
}

bool config_read_int(struct config_reading *reading, const struct config_key *key,
                     const cJSON *value, void *target)
{
    char must[64];
    if (whole_number(value, key->min, key->max, target)) {
        return true;
    }
    snprintf(must, sizeof must, "a whole number from %d to %d", key->min, key->max);
    return config_wrong(reading, value, must);
}

/* Terminals and users write hours; half hours need minutes. No zone is further than 14 hours from
 * UTC. */
bool config_read_timezone(struct config_reading *reading, const struct config_key *key,
                          const cJSON *value, void *target)
{
    int number = 0;
    if (!whole_number(value, key->min, key->max, &number)) {
        return config_wrong(
            reading, value,
            "hours east of UTC (7), or minutes where it is not whole hours (330), at most "
            "840");
    }
    *(int *)target = number >= -14 && number <= 14 ? number * 60 : number;
    return true;
}

static bool text_of(struct config_reading *reading, const struct config_key *key,
                    const cJSON *value, struct span *text)
{
    char words[128];
    size_t most = key->max > 0 ? (size_t)key->max : key->size - 1;
    *text = (struct span){NULL, 0};
    if (!cJSON_IsString(value)) {
        return config_wrong(reading, value, "a text in quotation marks");
    }
    *text = span_of(value->valuestring);
    if (text->len < (size_t)key->min) {
        return config_complain(reading, false, "must not be empty");
    }
    if (text->len > most) {
        snprintf(words, sizeof words, "is longer than the %zu bytes it may have", most);
        return config_complain(reading, false, words);
    }
    for (size_t i = 0; i < text->len; i++) {
        if ((unsigned char)text->at[i] < ' ' || text->at[i] == 0x7F) {
            return config_complain(
                reading, false,
                "holds a control character; a backslash in a path must be written "
                "twice, as in \"D:\\\\Logs\\\\alog\"");
        }
    }
    return true;
}

bool config_read_text(struct config_reading *reading, const struct config_key *key,
                      const cJSON *value, void *target)
{
    struct span text;
    return text_of(reading, key, value, &text) && span_copy(text, target, key->size);
}

static bool resolve(struct config_reading *reading, const char *folder, struct span text,
                    void *target)
{
    return file_resolve(folder, text.at, target, FILE_PATH_MAX) ||
           config_complain(reading, false, "is too long a path");
}

bool config_read_path(struct config_reading *reading, const struct config_key *key,
                      const cJSON *value, void *target)
{
    struct span text;
    return text_of(reading, key, value, &text) &&
           (text.len == 0 || resolve(reading, reading->folder, text, target));
}

bool config_read_archive(struct config_reading *reading, const struct config_key *key,
                         const cJSON *value, void *target)
{
    struct span text;
    const char *folder = reading->config->sync.log_directory;
    if (!text_of(reading, key, value, &text) || !resolve(reading, folder, text, target)) {
        return false;
    }
    if (span_equal(text, SPAN(".")) ||
        span_equal_nocase(span_of(target), span_of(reading->config->sync.log_directory))) {
        return config_complain(reading, false, "must be another folder than sync.log_directory");
    }
    return true;
}

bool config_read_pattern(struct config_reading *reading, const struct config_key *key,
                         const cJSON *value, void *target)
{
    if (!config_read_text(reading, key, value, target)) {
        return false;
    }
    if (strpbrk(target, "/\\:<>|\"") != NULL) {
        return config_wrong(reading, value, "a file name with * and ?, without a folder");
    }
    return true;
}

bool config_read_sn(struct config_reading *reading, const struct config_key *key,
                    const cJSON *value, void *target)
{
    struct span text;
    if (!text_of(reading, key, value, &text)) {
        return false;
    }
    if (!punch_sn_valid(text)) {
        return config_wrong(reading, value, "a serial number: letters, digits, - _ . and + only");
    }
    return span_copy(text, target, key->size);
}

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

bool config_read_choice(struct config_reading *reading, const struct config_key *key,
                        const cJSON *value, void *target)
{
    char must[256] = "";
    size_t len = 0;
    for (int i = 0; key->choices[i] != NULL; i++) {
        if (cJSON_IsString(value) && strcmp(value->valuestring, key->choices[i]) == 0) {
            if (key->size == sizeof(bool)) {
                *(bool *)target = i != 0;
            } else {
                memcpy(target, &i, sizeof i);
            }
            return true;
        }
        const char *joint = i == 0 ? "" : key->choices[i + 1] == NULL ? " or " : ", ";
        int more = snprintf(must + len, sizeof must - len, "%s\"%s\"", joint, key->choices[i]);
        len += more > 0 && (size_t)more < sizeof must - len ? (size_t)more : 0;
    }
    return config_wrong(reading, value, must);
}

/* Hands each element of a list to `one`, with the reading's place and label at it. */
bool config_read_list(struct config_reading *reading, const struct config_key *key,
                      const cJSON *value, const char *must,
                      bool (*one)(struct config_reading *reading, const cJSON *element,
                                  size_t index))
{
    char words[96];
    size_t index = 0;
    if (!cJSON_IsArray(value)) {
        return config_wrong(reading, value, must);
    }
    if (cJSON_GetArraySize(value) > key->max) {
        snprintf(words, sizeof words, "has more than the %d entries it may have", key->max);
        return config_complain(reading, false, words);
    }
    const cJSON *element;
    cJSON_ArrayForEach(element, value)
    {
        char label[24];
        snprintf(label, sizeof label, "[%zu]", index);
        struct config_mark mark = config_enter(reading, index, label);
        if (!one(reading, element, index)) {
            return false;
        }
        config_leave(reading, mark);
        index++;
    }
    return true;
}

static bool read_network(struct config_reading *reading, const cJSON *element, size_t index)
{
    struct network *network = &reading->config->listener.networks[index];
    if (!cJSON_IsString(element) || !network_parse(span_of(element->valuestring), network)) {
        return config_wrong(
            reading, element,
            "an address such as \"192.168.1.20\", or a network such as \"192.168.1.0/24\" "
            "with no bit set after the prefix");
    }
    reading->config->listener.network_count = index + 1;
    return true;
}

bool config_read_networks(struct config_reading *reading, const struct config_key *key,
                          const cJSON *value, void *target)
{
    (void)target;
    return config_read_list(reading, key, value, "a list of networks, as in [\"192.168.0.0/16\"]",
                            read_network);
}

static bool read_time(struct config_reading *reading, const cJSON *element, size_t index)
{
    (void)index;
    struct schedule *times = &reading->config->sync.upload_times;
    return (cJSON_IsString(element) && schedule_add(times, span_of(element->valuestring))) ||
           config_wrong(reading, element, "a time of day from \"00:00\" to \"23:59\"");
}

bool config_read_times(struct config_reading *reading, const struct config_key *key,
                       const cJSON *value, void *target)
{
    (void)target;
    return config_read_list(reading, key, value, "a list of times, as in [\"09:00\", \"17:00\"]",
                            read_time);
}

bool config_read_date(struct config_reading *reading, const struct config_key *key,
                      const cJSON *value, void *target)
{
    static const char must[] = "a date, \"YYYY-MM-DD\" or \"YYYY-MM-DD HH:MM:SS\", or empty";
    static const char midnight[] = " 00:00:00";
    char text[64];
    struct civil civil;
    struct span given;
    if (!text_of(reading, key, value, &given)) {
        return false;
    }
    if (given.len == 0) {
        return true;
    }
    if (!span_copy(given, text, sizeof text - sizeof midnight)) {
        return config_wrong(reading, value, must);
    }
    if (strpbrk(text, " T") == NULL) {
        memcpy(text + given.len, midnight, sizeof midnight);
    }
    if (!walltime_parse_iso(span_of(text), target)) {
        return config_wrong(reading, value, must);
    }
    /* Taken as it stands a Buddhist year would keep every punch out for the next five centuries. */
    walltime_to_civil(reading->config->ignore_before, &civil);
    if (civil.year < 1970 || civil.year > 2400) {
        return config_wrong(reading, value, "of the common era (2026, not 2569)");
    }
    reading->config->has_ignore_before = true;
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
    if (!text_of(reading, key, value, &rest)) {
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

/* Its value appears in no error. */
bool config_read_password(struct config_reading *reading, const struct config_key *key,
                          const cJSON *value, void *target)
{
    (void)key;
    struct error why = ERROR_INIT;
    if (!cJSON_IsString(value)) {
        return config_complain(reading, false, "is not what it must be: a text in quotation marks");
    }
    struct span text = span_of(value->valuestring);
    if (!span_starts_nocase(text, SPAN(SECRET_PREFIX))) {
        reading->config->database.password_plain = text.len > 0;
        return span_copy(text, target, SECRET_MAX) ||
               config_complain(reading, false, "is longer than the 255 bytes it may have");
    }
    if (!secret_reveal(value->valuestring, target, SECRET_MAX, &why)) {
        char words[512];
        snprintf(words, sizeof words, "cannot be read: %.300s; type the password in again",
                 why.text);
        return config_complain(reading, false, words);
    }
    return true;
}

bool config_read_address(struct config_reading *reading, const struct config_key *key,
                         const cJSON *value, void *target)
{
    struct span text;
    struct config_device *device = target;
    if (!text_of(reading, key, value, &text)) {
        return false;
    }
    device->has_address = text.len > 0;
    return text.len == 0 || address_parse(text, &device->address) ||
           config_wrong(reading, value,
                        "the terminal's address, as in \"192.168.1.201\", or empty");
}

/* null, which is its default: the listener's own, which stands there already. */
bool config_read_device_timezone(struct config_reading *reading, const struct config_key *key,
                                 const cJSON *value, void *target)
{
    return cJSON_IsNull(value) || config_read_timezone(reading, key, value, target);
}
