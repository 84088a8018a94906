#include "config/config_private.h"

#include <stdio.h>
#include <string.h>

bool config_read_archive(struct config_reading *reading, const struct config_key *key,
                         const cJSON *value, void *target)
{
    struct span text;
    const char *folder = reading->config->sync.log_directory;
    if (!config_text_of(reading, key, value, &text) ||
        !config_resolve(reading, folder, text, target)) {
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

/* ---- which terminal a file is of ---- */

#define IN_FILE(member)                                                                            \
    offsetof(struct config_file, member), sizeof(((struct config_file *)0)->member)

static const struct config_key file_keys[] = {
    {"", "pattern", config_read_pattern, IN_FILE(pattern), 1, 0, NULL, NULL},
    {"", "sn", config_read_sn, IN_FILE(sn), 1, 0, NULL, NULL},
};

static bool read_file(struct config_reading *reading, const cJSON *element, size_t index)
{
    struct config_file *file = &reading->config->sync.files[index];
    if (!cJSON_IsObject(element)) {
        return config_wrong(
            reading, element,
            "an object, as in { \"pattern\": \"1_attlog.dat\", \"sn\": \"CDQ9192960002\" }");
    }
    if (!config_check_keys(reading, file_keys, HB_COUNT(file_keys), "", element)) {
        return false;
    }
    for (size_t i = 0; i < HB_COUNT(file_keys); i++) {
        if (!config_read_key(reading, &file_keys[i], element, (char *)file)) {
            return false;
        }
    }
    reading->config->sync.file_count = index + 1;
    return true;
}

bool config_read_files(struct config_reading *reading, const struct config_key *key,
                       const cJSON *value, void *target)
{
    (void)target;
    return config_read_list(
        reading, key, value,
        "a list of files, as in [{ \"pattern\": \"1_attlog.dat\", \"sn\": \"CDQ9192960002\" }]",
        read_file);
}

/* ---- columns of one's own ---- */

static enum log_column column_of(const struct config_key *key)
{
    static const char *const names[LOG_COLUMNS] = {
        [LOG_USER] = "user",     [LOG_DATE] = "date",     [LOG_TIME] = "time",
        [LOG_STATUS] = "status", [LOG_VERIFY] = "verify", [LOG_MACHINE] = "machine",
    };
    for (int i = 0; i < LOG_COLUMNS; i++) {
        if (strcmp(names[i], key->name) == 0) {
            return (enum log_column)i;
        }
    }
    return LOG_COLUMNS;
}

/* A name in the head, or the column's number from 1. */
static bool read_column(struct config_reading *reading, const struct config_key *key,
                        const cJSON *value, void *target)
{
    static const char must[] = "the column's name in the table's head, or its number from 1";
    struct log_columns *columns = target;
    enum log_column column = column_of(key);
    int number = 0;
    if (config_whole_number(value, 1, LOG_POSITION_MAX, &number)) {
        columns->position[column] = number;
        return true;
    }
    return cJSON_IsString(value) &&
                   span_copy(span_of(value->valuestring), columns->name[column], LOG_WORD_MAX)
               ? true
               : config_wrong(reading, value, must);
}

static bool read_separator(struct config_reading *reading, const struct config_key *key,
                           const cJSON *value, void *target)
{
    struct log_columns *columns = target;
    const char *text = cJSON_IsString(value) ? value->valuestring : "?";
    (void)key;
    if (strcmp(text, "auto") == 0) {
        columns->separator = '\0';
    } else if (strcmp(text, "tab") == 0) {
        columns->separator = '\t';
    } else if (strcmp(text, "blanks") == 0) {
        columns->separator = ' ';
    } else if (strlen(text) == 1 && strchr(",;|", text[0]) != NULL) {
        columns->separator = text[0];
    } else {
        return config_wrong(reading, value, "\"auto\", \"tab\", \"blanks\", \",\", \";\" or \"|\"");
    }
    return true;
}

static bool read_words(struct config_reading *reading, const cJSON *value,
                       char words[LOG_WORDS_MAX][LOG_WORD_MAX])
{
    static const char must[] = "a list of at most 15 words, as in [\"In\", \"Entry\"]";
    const cJSON *element;
    size_t count = 0;
    if (!cJSON_IsArray(value) || cJSON_GetArraySize(value) >= LOG_WORDS_MAX) {
        return config_wrong(reading, value, must);
    }
    cJSON_ArrayForEach(element, value)
    {
        if (!cJSON_IsString(element) || element->valuestring[0] == '\0' ||
            !span_copy(span_of(element->valuestring), words[count], LOG_WORD_MAX)) {
            return config_wrong(reading, value, must);
        }
        count++;
    }
    return true;
}

static bool read_in(struct config_reading *reading, const struct config_key *key,
                    const cJSON *value, void *target)
{
    struct log_columns *columns = target;
    (void)key;
    return read_words(reading, value, columns->words_in);
}

static bool read_out(struct config_reading *reading, const struct config_key *key,
                     const cJSON *value, void *target)
{
    struct log_columns *columns = target;
    (void)key;
    return read_words(reading, value, columns->words_out);
}

static const char *const order_choices[] = {"auto", "day-first", "month-first", NULL};

#define WHOLE 0, sizeof(struct log_columns)

static const struct config_key column_keys[] = {
    {"", "user", read_column, WHOLE, 0, 0, NULL, "\"\""},
    {"", "date", read_column, WHOLE, 0, 0, NULL, "\"\""},
    {"", "time", read_column, WHOLE, 0, 0, NULL, "\"\""},
    {"", "status", read_column, WHOLE, 0, 0, NULL, "\"\""},
    {"", "verify", read_column, WHOLE, 0, 0, NULL, "\"\""},
    {"", "machine", read_column, WHOLE, 0, 0, NULL, "\"\""},
    {"", "separator", read_separator, WHOLE, 0, 0, NULL, "\"auto\""},
    {"", "date_order", config_read_choice, offsetof(struct log_columns, order),
     sizeof(enum log_order), 0, 0, order_choices, "\"auto\""},
    {"", "in", read_in, WHOLE, 0, 0, NULL, "[]"},
    {"", "out", read_out, WHOLE, 0, 0, NULL, "[]"},
};

static bool names(const struct log_columns *columns, enum log_column column)
{
    return columns->position[column] > 0 || columns->name[column][0] != '\0';
}

bool config_read_columns(struct config_reading *reading, const struct config_key *key,
                         const cJSON *value, void *target)
{
    struct log_columns *columns = target;
    bool any = false;
    (void)key;
    if (!cJSON_IsObject(value)) {
        return config_wrong(reading, value,
                            "an object, as in { \"user\": \"Emp No\", \"time\": \"When\" }");
    }
    if (!config_check_keys(reading, column_keys, HB_COUNT(column_keys), "", value)) {
        return false;
    }
    for (size_t i = 0; i < HB_COUNT(column_keys); i++) {
        if (!config_read_key(reading, &column_keys[i], value, (char *)columns)) {
            return false;
        }
    }
    for (int i = 0; i < LOG_COLUMNS; i++) {
        any = any || names(columns, (enum log_column)i);
    }
    columns->given = names(columns, LOG_USER) && names(columns, LOG_TIME);
    return !any || columns->given ||
           config_complain(reading, false,
                           "must name both \"user\" and \"time\" (\"date\" too where it stands "
                           "apart from the time)");
}
