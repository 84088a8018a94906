#include "config/config_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the keys ---- */

#define AT(member) offsetof(struct config, member), sizeof(((struct config *)0)->member)

static const char *const unknown_choices[] = {"accept", "reject", NULL};
static const char *const tls_choices[] = {"verify", "verify-ca", "encrypt", "off", NULL};
static const char *const encoding_choices[] = {
    "auto", "utf-8", "utf-16le", "utf-16be", "windows-874", "windows-1252", NULL};

/*
 * Read in this order: the archive lies below the log folder, a device's time zone is the listener's
 * unless it has its own, a host's port the database's.
 */
static const struct config_key keys[] = {
    /* clang-format off */
    {"listener", "enabled",           config_read_bool,     AT(listener.enabled),           0, 0, NULL, "true"},
    {"listener", "port",              config_read_int,      AT(listener.port),              1, 65535, NULL, "9090"},
    {"listener", "open_firewall",     config_read_bool,     AT(listener.open_firewall),     0, 0, NULL, "true"},
    {"listener", "allowed_networks",  config_read_networks, AT(listener.networks),          0, CONFIG_NETWORKS_MAX, NULL,
     "[\"127.0.0.0/8\", \"10.0.0.0/8\", \"172.16.0.0/12\", \"192.168.0.0/16\", \"169.254.0.0/16\"]"},
    {"listener", "unknown_devices",   config_read_choice,   AT(listener.reject_unknown),    0, 0, unknown_choices, "\"accept\""},
    {"listener", "default_device_sn", config_read_sn,       AT(listener.default_device_sn), 1, 0, NULL, "\"HIP_DEVICE_1\""},
    {"listener", "timezone",          config_read_timezone, AT(listener.timezone_minutes),  -840, 840, NULL, "7"},
    {"listener", "devices",           config_read_devices,  AT(listener.devices),           0, CONFIG_DEVICES_MAX, NULL, "[]"},
    {"listener", "max_body_kb",       config_read_int,      AT(listener.max_body_kb),       16, 65536, NULL, "8192"},
    {"listener", "delay_s",           config_read_int,      AT(listener.delay_s),           1, 3600, NULL, "10"},
    {"listener", "error_delay_s",     config_read_int,      AT(listener.error_delay_s),     1, 3600, NULL, "30"},
    {"sync", "enabled",               config_read_bool,     AT(sync.enabled),               0, 0, NULL, "true"},
    {"sync", "log_directory",         config_read_path,     AT(sync.log_directory),         1, 0, NULL,
     "\"D:\\\\Program Files (x86)\\\\HIPPremiumTime-2.0.4\\\\alog\""},
    {"sync", "file_pattern",          config_read_pattern,  AT(sync.file_pattern),          1, 0, NULL, "\"*.txt\""},
    {"sync", "archive_retain_days", config_read_int, AT(sync.archive_retain_days), 0, 3650, NULL, "0"},
    {"sync", "archive_directory",     config_read_archive,  AT(sync.archive_directory),     1, 0, NULL, "\"processed\""},
    {"sync", "upload_times",          config_read_times,    AT(sync.upload_times),          0, SCHEDULE_TIMES_MAX, NULL,
     "[\"09:00\", \"12:00\", \"17:00\", \"22:00\"]"},
    {"sync", "device_sn",             config_read_sn,       AT(sync.device_sn),             1, 0, NULL, "\"HIP_DEVICE_1\""},
    {"sync", "skip_pushed",           config_read_bool,     AT(sync.skip_pushed),           0, 0, NULL, "true"},
    {"sync", "strip_zeros",           config_read_bool,     AT(sync.strip_zeros),           0, 0, NULL, "false"},
    {"sync", "encoding",              config_read_choice,   AT(sync.encoding),              0, 0, encoding_choices, "\"auto\""},
    {"sync", "columns",               config_read_columns,  AT(sync.columns),               0, 0, NULL, "{}"},
    {"sync", "files",                 config_read_files,    AT(sync.files),                 0, CONFIG_FILES_MAX, NULL, "[]"},
    {"pull", "enabled",               config_read_bool,     AT(pull.enabled),               0, 0, NULL, "true"},
    {"pull", "every_min",             config_read_int,      AT(pull.every_min),             1, 1440, NULL, "10"},
    {"pull", "terminals",             config_read_terminals, AT(pull.terminals),            0, CONFIG_PULLED_MAX, NULL, "[]"},
    {"access", "enabled",             config_read_bool,     AT(access.enabled),             0, 0, NULL, "false"},
    {"access", "path",                config_read_access_path, AT(access.path),             0, 0, NULL, "\"\""},
    {"access", "every_s",             config_read_int,      AT(access.every_s),             10, 86400, NULL, "30"},
    {"access", "table",               config_read_text,     AT(access.table),               0, 0, NULL, "\"\""},
    {"access", "users",               config_read_text,     AT(access.users),               0, 0, NULL, "\"\""},
    {"access", "device_sn",           config_read_access_sn, AT(access.device_sn),          0, 0, NULL, "\"\""},
    {"access", "terminals",           config_read_sensors,  AT(access.sensors),             0, CONFIG_SENSORS_MAX, NULL, "{}"},
    {"access", "include_typed",       config_read_bool,     AT(access.include_typed),       0, 0, NULL, "false"},
    {"", "ignore_before",             config_read_date,     AT(ignore_before),              0, 40, NULL, "\"\""},
    {"database", "port",              config_read_int,      AT(database.port),              1, 65535, NULL, "3306"},
    {"database", "host",              config_read_hosts,    AT(database.hosts),             0, 0, NULL, "\"\""},
    {"database", "user",              config_read_text,     AT(database.user),              0, 0, NULL, "\"\""},
    {"database", "password",          config_read_password, AT(database.password),          0, 0, NULL, "\"\""},
    {"database", "database",          config_read_text,     AT(database.database),          0, 0, NULL, "\"\""},
    {"database", "table",             config_read_table,    AT(database.table),             1, 0, NULL, "\"device_logs\""},
    {"database", "create_table",      config_read_bool,     AT(database.create_table),      0, 0, NULL, "true"},
    {"database", "columns",           config_read_names,    AT(database.columns),           0, 0, NULL,
     "{\"user_id\": \"user_id\", \"check_time\": \"check_time\"}"},
    {"database", "status_tables",     config_read_bool,     AT(database.status_tables),     0, 0, NULL, "true"},
    {"database", "orders",            config_read_bool,     AT(database.orders),            0, 0, NULL, "false"},
    {"database", "tls",               config_read_choice,   AT(database.tls),               0, 0, tls_choices, "\"verify\""},
    {"database", "tls_ca",            config_read_tls_ca,   AT(database.tls_ca),            0, 0, NULL, "\"\""},
    {"database", "connect_timeout_s", config_read_int,      AT(database.connect_timeout_s), 1, 300, NULL, "10"},
    {"database", "idle_close_s",      config_read_int,      AT(database.idle_close_s),      0, 86400, NULL, "60"},
    {"database", "batch_rows",        config_read_int,      AT(database.batch_rows),        1, 10000, NULL, "1000"},
    {"alarm", "url",                  config_read_alarm_url, AT(alarm.url),                 0, 0, NULL, "\"\""},
    {"alarm", "header",               config_read_alarm_header, AT(alarm.header),           0, 0, NULL, "\"\""},
    {"alarm", "body",                 config_read_alarm_body, AT(alarm.body),               0, 0, NULL, "\"\""},
    {"", "name",                      config_read_text,     AT(name),                       0, 0, NULL, "\"\""},
    {"outbox", "path",                config_read_path,     AT(outbox.path),                1, 0, NULL, "\"outbox.db\""},
    {"outbox", "retain_days",         config_read_int,      AT(outbox.retain_days),         1, 3650, NULL, "90"},
    {"outbox", "max_mb",              config_read_int,      AT(outbox.max_mb),              1, 1048576, NULL, "2048"},
    /* clang-format on */
};

/* ---- objects ---- */

/* How many letters must be added, left out or changed to make one of the other. */
static size_t distance(const char *a, const char *b)
{
    enum { LONGEST = 40 };
    size_t row[LONGEST + 1];
    size_t a_len = strlen(a);
    size_t b_len = strlen(b);
    if (a_len > LONGEST || b_len > LONGEST) {
        return LONGEST;
    }
    for (size_t j = 0; j <= b_len; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a_len; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t change = corner + (a[i - 1] != b[j - 1]);
            size_t shorter = row[j] < row[j - 1] ? row[j] : row[j - 1];
            corner = row[j];
            row[j] = change < shorter + 1 ? change : shorter + 1;
        }
    }
    return row[b_len];
}

/* The names that an object may hold: at the top the sections too. */
static const char *name_of(const struct config_key *key, const char *section)
{
    if (strcmp(key->section, section) == 0) {
        return key->name;
    }
    return section[0] == '\0' ? key->section : NULL;
}

static bool unknown_key(struct config_reading *reading, const struct config_key *table,
                        size_t count, const char *section, const char *name)
{
    char words[512];
    const char *nearest = NULL;
    const char *home = NULL;
    size_t least = 3;
    for (size_t i = 0; i < count; i++) {
        if (home == NULL && strcmp(table[i].name, name) == 0) {
            home = table[i].section;
        }
        const char *known = name_of(&table[i], section);
        size_t far = known != NULL ? distance(name, known) : least;
        if (far < least) {
            least = far;
            nearest = known;
        }
    }
    if (nearest != NULL) {
        snprintf(words, sizeof words, "is not a key that is known; perhaps \"%s\" is meant",
                 nearest);
        return config_complain(reading, true, words);
    }
    if (home != NULL && home[0] != '\0') {
        snprintf(words, sizeof words, "is not a key that is known here; it belongs in \"%s\"",
                 home);
        return config_complain(reading, true, words);
    }
    if (home != NULL && section[0] != '\0') {
        return config_complain(reading, true,
                               "is not a key that is known here; it belongs at the top level");
    }
    return config_complain(reading, true, "is not a key that is known");
}

static bool is_known(const struct config_key *table, size_t count, const char *section,
                     const char *name)
{
    for (size_t i = 0; i < count; i++) {
        const char *known = name_of(&table[i], section);
        if (known != NULL && strcmp(known, name) == 0) {
            return true;
        }
    }
    return false;
}

/* Each key of the object is one of the table's, and there once. */
bool config_check_keys(struct config_reading *reading, const struct config_key *table, size_t count,
                       const char *section, const cJSON *object)
{
    size_t step = 0;
    const cJSON *member;
    cJSON_ArrayForEach(member, object)
    {
        char name[64];
        char label[72];
        size_t cut = utf8_cut(span_of(member->string), sizeof name - 1);
        snprintf(name, sizeof name, "%.*s", (int)cut, member->string);
        snprintf(label, sizeof label, "%s%s", reading->label[0] != '\0' ? "." : "", name);
        struct config_mark mark = config_enter(reading, step, label);
        if (!is_known(table, count, section, member->string)) {
            return unknown_key(reading, table, count, section, name);
        }
        for (const cJSON *before = object->child; before != member; before = before->next) {
            if (strcmp(before->string, member->string) == 0) {
                return config_complain(reading, true, "is there twice; keep one of them");
            }
        }
        config_leave(reading, mark);
        step++;
    }
    return true;
}

const cJSON *config_member(const cJSON *object, const char *name, size_t *step)
{
    const cJSON *member;
    *step = 0;
    cJSON_ArrayForEach(member, object)
    {
        if (strcmp(member->string, name) == 0) {
            return member;
        }
        ++*step;
    }
    return NULL;
}

/* Reads one key, from the object or from its default. */
bool config_read_key(struct config_reading *reading, const struct config_key *key,
                     const cJSON *object, char *target)
{
    size_t step = 0;
    char label[72];
    const cJSON *value = object != NULL ? config_member(object, key->name, &step) : NULL;
    snprintf(label, sizeof label, "%s%s", reading->label[0] != '\0' ? "." : "", key->name);
    if (value != NULL) {
        struct config_mark mark = config_enter(reading, step, label);
        if (!key->read(reading, key, value, target + key->offset)) {
            return false;
        }
        config_leave(reading, mark);
        return true;
    }
    if (key->standard == NULL) {
        char words[96];
        snprintf(words, sizeof words, "lacks \"%s\"", key->name);
        return config_complain(reading, false, words);
    }
    cJSON *standard = cJSON_Parse(key->standard);
    if (standard == NULL) {
        return error_set(reading->err, ERR_MEMORY, 0, "no memory to read %s", reading->text->path);
    }
    bool done = key->read(reading, key, standard, target + key->offset);
    cJSON_Delete(standard);
    return done;
}

bool config_read(const struct config_text *text, const cJSON *tree, struct config *config,
                 struct error *err)
{
    struct config_reading reading = {.text = text, .config = config, .err = err};
    if (!file_folder(text->path, reading.folder, sizeof reading.folder)) {
        return error_set(err, ERR_INVALID, 0, "the path %s is too long", text->path);
    }
    if (!cJSON_IsObject(tree)) {
        return config_complain(&reading, false, "the configuration must be one object in { }");
    }
    if (!config_check_keys(&reading, keys, HB_COUNT(keys), "", tree)) {
        return false;
    }
    /* first what is written, section by section, for names that nobody knows; then the keys, in the
     * table's order */
    size_t step = 0;
    const cJSON *section;
    cJSON_ArrayForEach(section, tree)
    {
        struct config_mark mark = config_enter(&reading, step++, section->string);
        bool plain = false;
        for (size_t i = 0; i < HB_COUNT(keys); i++) {
            plain =
                plain || (keys[i].section[0] == '\0' && strcmp(keys[i].name, section->string) == 0);
        }
        if (!plain && !cJSON_IsObject(section)) {
            return config_wrong(&reading, section, "an object in { }");
        }
        if (!plain &&
            !config_check_keys(&reading, keys, HB_COUNT(keys), section->string, section)) {
            return false;
        }
        config_leave(&reading, mark);
    }
    for (size_t i = 0; i < HB_COUNT(keys); i++) {
        const cJSON *object = tree;
        struct config_mark mark = {0};
        bool inside = keys[i].section[0] != '\0';
        if (inside) {
            object = config_member(tree, keys[i].section, &step);
            mark = config_enter(&reading, step, keys[i].section);
        }
        if (!config_read_key(&reading, &keys[i], object, (char *)config)) {
            return false;
        }
        if (inside) {
            config_leave(&reading, mark);
        }
    }
    return true;
}
