#include "config/config_private.h"

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
