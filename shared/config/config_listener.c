#include "config/config_private.h"

#include <stdlib.h>
#include <time.h>

#include "system/zone_name.h"

#define IN_DEVICE(member)                                                                          \
    offsetof(struct config_device, member), sizeof(((struct config_device *)0)->member)

/* The rules of the zone that Windows calls so, which the configuration keeps; NULL: complained. */
static const struct zone_rules *named(struct config_reading *reading, const cJSON *value,
                                      const char *must)
{
    const char *name = value->valuestring;
    struct config *config = reading->config;
    for (size_t i = 0; i < config->zone_count; i++) {
        if (span_equal_nocase(span_of(config->zones[i]->name), span_of(name))) {
            return &config->zones[i]->rules;
        }
    }
    if (config->zone_count == CONFIG_ZONES_MAX) {
        (void)config_complain(reading, false,
                              "is the name of one zone more than the 16 there may be");
        return NULL;
    }
    struct config_zone *zone = calloc(1, sizeof *zone);
    if (zone == NULL) {
        error_set(reading->err, ERR_MEMORY, 0, "no memory for a time zone");
        return NULL;
    }
    if (!span_copy(span_of(name), zone->name, sizeof zone->name) ||
        !zone_by_name(name, &zone->rules)) {
        free(zone);
        (void)config_wrong(reading, value, must);
        return NULL;
    }
    config->zones[config->zone_count++] = zone;
    return &zone->rules;
}

/*
 * Users write hours, "5.5" where it is not whole ones, or minutes (330), or the name of a zone
 * whose clocks are changed twice a year. No zone is further than 14 hours from UTC, and none is off
 * by less than a quarter.
 */
bool config_read_zone(struct config_reading *reading, const struct config_key *key,
                      const cJSON *value, void *target, const struct zone_rules **zone)
{
    static const char must[] =
        "hours east of UTC in quarters, from -14 to 14 (7, or 5.5), or minutes (330), at most 840, "
        "or a time zone of Windows' by its name, as `tzutil /l` lists them";
    enum { HOURS_MAX = 14, QUARTERS = 4, QUARTER_MIN = 15 };
    int minutes = 0;
    double quarters = cJSON_IsNumber(value) ? value->valuedouble * QUARTERS : 0.5;
    if (quarters >= -HOURS_MAX * QUARTERS && quarters <= HOURS_MAX * QUARTERS &&
        quarters == (double)(int)quarters) {
        *(int *)target = (int)quarters * QUARTER_MIN;
        *zone = NULL;
        return true;
    }
    if (config_whole_number(value, key->min, key->max, &minutes)) {
        *(int *)target = minutes;
        *zone = NULL;
        return true;
    }
    if (cJSON_IsString(value)) {
        *zone = named(reading, value, must);
        *(int *)target = *zone != NULL ? zone_minutes(*zone, (int64_t)time(NULL)) : 0;
        return *zone != NULL;
    }
    return config_wrong(reading, value, must);
}

bool config_read_timezone(struct config_reading *reading, const struct config_key *key,
                          const cJSON *value, void *target)
{
    return config_read_zone(reading, key, value, target, &reading->config->listener.zone);
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

static bool read_address(struct config_reading *reading, const struct config_key *key,
                         const cJSON *value, void *target)
{
    struct span text;
    struct config_device *device = target;
    if (!config_text_of(reading, key, value, &text)) {
        return false;
    }
    device->has_address = text.len > 0;
    return text.len == 0 || address_parse(text, &device->address) ||
           config_wrong(reading, value,
                        "the terminal's address, as in \"192.168.1.201\", or empty");
}

/* null, which is its default: the listener's own, which stands there already. */
static bool read_device_timezone(struct config_reading *reading, const struct config_key *key,
                                 const cJSON *value, void *target)
{
    struct config_device *device = target;
    return cJSON_IsNull(value) ||
           config_read_zone(reading, key, value, &device->timezone_minutes, &device->zone);
}

/* ---- the terminals ---- */

static bool read_alias(struct config_reading *reading, const cJSON *element, size_t index)
{
    struct config_listener *listener = &reading->config->listener;
    struct config_device *device = &listener->devices[listener->device_count];
    const struct config_key key = {.size = sizeof device->aliases[0], .min = 1};
    if (!config_read_sn(reading, &key, element, device->aliases[index])) {
        return false;
    }
    struct span alias = span_of(device->aliases[index]);
    bool taken = span_equal_nocase(span_of(device->sn), alias) ||
                 config_device(listener, device->aliases[index]) != NULL;
    for (size_t i = 0; i < index; i++) {
        taken = taken || span_equal_nocase(span_of(device->aliases[i]), alias);
    }
    if (taken) {
        return config_complain(reading, false, "is a serial number or alias that is there already");
    }
    device->alias_count = index + 1;
    return true;
}

/* After `sn`, in device_keys. */
static bool read_aliases(struct config_reading *reading, const struct config_key *key,
                         const cJSON *value, void *target)
{
    (void)target;
    return config_read_list(reading, key, value,
                            "a list of names by which the terminal speaks elsewhere, as in "
                            "[\"1234567890\"]",
                            read_alias);
}

/* Of one entry of listener.devices; sn has no default. */
static const struct config_key device_keys[] = {
    {"", "sn", config_read_sn, IN_DEVICE(sn), 1, 0, NULL, NULL},
    {"", "name", config_read_text, IN_DEVICE(name), 0, 0, NULL, "\"\""},
    {"", "address", read_address, 0, ADDRESS_TEXT_MAX, 0, 0, NULL, "\"\""},
    {"", "timezone", read_device_timezone, 0, sizeof(struct config_device), -840, 840, NULL,
     "null"},
    {"", "aliases", read_aliases, 0, 0, 0, CONFIG_ALIASES_MAX, NULL, "[]"},
};

static bool read_device(struct config_reading *reading, const cJSON *element, size_t index)
{
    struct config *config = reading->config;
    struct config_device *device = &config->listener.devices[index];
    if (!cJSON_IsObject(element)) {
        return config_wrong(reading, element, "an object, as in { \"sn\": \"CDQ9192960002\" }");
    }
    if (!config_check_keys(reading, device_keys, HB_COUNT(device_keys), "", element)) {
        return false;
    }
    device->timezone_minutes = config->listener.timezone_minutes;
    device->zone = config->listener.zone;
    for (size_t i = 0; i < HB_COUNT(device_keys); i++) {
        if (!config_read_key(reading, &device_keys[i], element, (char *)device)) {
            return false;
        }
    }
    if (config_device(&config->listener, device->sn) != NULL) {
        return config_complain(reading, false,
                               "has the serial number or an alias of one before it (capital or "
                               "small letters are the same)");
    }
    config->listener.device_count = index + 1;
    return true;
}

bool config_read_devices(struct config_reading *reading, const struct config_key *key,
                         const cJSON *value, void *target)
{
    (void)target;
    int count = cJSON_IsArray(value) ? cJSON_GetArraySize(value) : 0;
    if (count > 0 && count <= key->max) {
        reading->config->listener.devices =
            calloc((size_t)count, sizeof *reading->config->listener.devices);
        if (reading->config->listener.devices == NULL) {
            return error_set(reading->err, ERR_MEMORY, 0, "no memory for the list of terminals");
        }
    }
    return config_read_list(reading, key, value,
                            "a list of terminals, as in [{ \"sn\": \"CDQ9192960002\" }]",
                            read_device);
}
