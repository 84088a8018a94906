#include "config/config_private.h"

#include <stdio.h>
#include <string.h>

/* Nobody can mean to read a file that he does not name. */
bool config_read_access_path(struct config_reading *reading, const struct config_key *key,
                             const cJSON *value, void *target)
{
    const char *path = target;
    return config_read_path(reading, key, value, target) &&
           (path[0] != '\0' || !reading->config->access.enabled ||
            config_complain(reading, false,
                            "must name the vendor's database file in \"path\", since it is "
                            "enabled"));
}

/* "" = none. */
bool config_read_access_sn(struct config_reading *reading, const struct config_key *key,
                           const cJSON *value, void *target)
{
    return (cJSON_IsString(value) && value->valuestring[0] == '\0') ||
           config_read_sn(reading, key, value, target);
}

static bool read_sensor(struct config_reading *reading, const cJSON *member)
{
    static const struct config_key key = {
        .name = "sn", .size = sizeof(((struct config_sensor *)0)->sn), .min = 1};
    struct config_access *access = &reading->config->access;
    struct config_sensor *sensor = &access->sensors[access->sensor_count];
    if (member->string[0] == '\0' ||
        !span_copy(span_of(member->string), sensor->number, sizeof sensor->number)) {
        return config_complain(reading, true, "must be a machine's number of at most 24 bytes");
    }
    if (config_sensor_sn(access, sensor->number) != NULL) {
        return config_complain(reading, true, "is there twice; keep one of them");
    }
    if (!config_read_sn(reading, &key, member, sensor->sn)) {
        return false;
    }
    access->sensor_count++;
    return true;
}

/* An object whose names are the site's own. */
bool config_read_sensors(struct config_reading *reading, const struct config_key *key,
                         const cJSON *value, void *target)
{
    char words[96];
    size_t step = 0;
    (void)target;
    if (!cJSON_IsObject(value)) {
        return config_wrong(reading, value, "an object, as in { \"1\": \"CDQ9192960002\" }");
    }
    if (cJSON_GetArraySize(value) > key->max) {
        snprintf(words, sizeof words, "has more than the %d entries it may have", key->max);
        return config_complain(reading, false, words);
    }
    const cJSON *member;
    cJSON_ArrayForEach(member, value)
    {
        char label[CONFIG_SENSOR_BYTES + 2];
        snprintf(label, sizeof label, ".%.*s",
                 (int)utf8_cut(span_of(member->string), CONFIG_SENSOR_BYTES), member->string);
        struct config_mark mark = config_enter(reading, step++, label);
        if (!read_sensor(reading, member)) {
            return false;
        }
        config_leave(reading, mark);
    }
    return true;
}

const char *config_sensor_sn(const struct config_access *access, const char *number)
{
    for (size_t i = 0; i < access->sensor_count; i++) {
        if (strcmp(access->sensors[i].number, number) == 0) {
            return access->sensors[i].sn;
        }
    }
    return NULL;
}
