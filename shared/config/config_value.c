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

bool config_whole_number(const cJSON *value, int min, int max, int *number)
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
    if (config_whole_number(value, key->min, key->max, target)) {
        return true;
    }
    snprintf(must, sizeof must, "a whole number from %d to %d", key->min, key->max);
    return config_wrong(reading, value, must);
}

bool config_text_of(struct config_reading *reading, const struct config_key *key,
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
    return config_text_of(reading, key, value, &text) && span_copy(text, target, key->size);
}

bool config_resolve(struct config_reading *reading, const char *folder, struct span text,
                    void *target)
{
    return file_resolve(folder, text.at, target, FILE_PATH_MAX) ||
           config_complain(reading, false, "is too long a path");
}

bool config_read_path(struct config_reading *reading, const struct config_key *key,
                      const cJSON *value, void *target)
{
    struct span text;
    return config_text_of(reading, key, value, &text) &&
           (text.len == 0 || config_resolve(reading, reading->folder, text, target));
}

bool config_read_sn(struct config_reading *reading, const struct config_key *key,
                    const cJSON *value, void *target)
{
    struct span text;
    if (!config_text_of(reading, key, value, &text)) {
        return false;
    }
    if (!punch_sn_valid(text)) {
        return config_wrong(reading, value, "a serial number: letters, digits, - _ . and + only");
    }
    return span_copy(text, target, key->size);
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

bool config_read_date(struct config_reading *reading, const struct config_key *key,
                      const cJSON *value, void *target)
{
    char what[80];
    struct error why = ERROR_INIT;
    struct span given;
    if (!config_text_of(reading, key, value, &given)) {
        return false;
    }
    if (given.len == 0) {
        return true;
    }
    /* Taken as it stands a Buddhist year would keep every punch out for the next five centuries. */
    if (!walltime_read(given, target, NULL, &why)) {
        describe(value, what, sizeof what);
        error_prefix(&why, "is %s; that ", what);
        return config_complain(reading, false, why.text);
    }
    reading->config->has_ignore_before = true;
    return true;
}
