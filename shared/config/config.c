#include "config/config_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct config *config_parse(struct span bytes, const char *path, struct error *err)
{
    struct config_text text = {utf8_without_bom(bytes), path};
    struct config *config = NULL;
    cJSON *tree = NULL;
    bool done = false;
    if (bytes.len > CONFIG_FILE_MAX) {
        error_set(err, ERR_TOO_LARGE, 0, "%s is larger than the %d bytes allowed", path,
                  (int)CONFIG_FILE_MAX);
        return NULL;
    }
    tree = config_tree(&text, err);
    if (tree == NULL) {
        goto out;
    }
    config = calloc(1, sizeof *config);
    if (config == NULL) {
        error_set(err, ERR_MEMORY, 0, "no memory to read %s", path);
        goto out;
    }
    if (!span_copy(span_of(path), config->path, sizeof config->path)) {
        error_set(err, ERR_INVALID, 0, "the path %s is too long", path);
        goto out;
    }
    done = config_read(&text, tree, config, err);
out:
    config_tree_free(tree);
    if (!done) {
        config_free(config);
        config = NULL;
    }
    return config;
}

void config_free(struct config *config)
{
    if (config == NULL) {
        return;
    }
    secret_wipe(config->database.password, sizeof config->database.password);
    if (config->pull.terminals != NULL) {
        secret_wipe(config->pull.terminals,
                    config->pull.terminal_count * sizeof *config->pull.terminals);
    }
    free(config->pull.terminals);
    secret_wipe(config->alarm.header.text, sizeof config->alarm.header.text);
    free(config->listener.devices);
    for (size_t i = 0; i < config->zone_count; i++) {
        free(config->zones[i]);
    }
    free(config);
}

static int minutes_at(int fixed, const struct zone_rules *rules, int64_t utc_s)
{
    return rules != NULL ? zone_minutes(rules, utc_s) : fixed;
}

int config_minutes(const struct config_listener *listener, const struct config_device *device,
                   int64_t utc_s)
{
    return device != NULL ? minutes_at(device->timezone_minutes, device->zone, utc_s)
                          : minutes_at(listener->timezone_minutes, listener->zone, utc_s);
}

int config_pulled_minutes(const struct config_pulled *terminal, int64_t utc_s)
{
    return minutes_at(terminal->timezone_minutes, terminal->zone, utc_s);
}

/* Serial numbers of one house begin alike: the end tells most of them apart, before the rest is
 * looked at. */
static bool is_called(const char *sn, struct span name)
{
    char last = name.at[name.len - 1];
    return sn[name.len] == '\0' && ((sn[name.len - 1] ^ last) & ~('a' ^ 'A')) == 0 &&
           span_equal_nocase((struct span){sn, name.len}, name);
}

const struct config_device *config_device(const struct config_listener *listener, const char *sn)
{
    struct span name = span_of(sn);
    if (name.len == 0 || name.len > PUNCH_SN_MAX) {
        return NULL;
    }
    for (size_t i = 0; i < listener->device_count; i++) {
        const struct config_device *device = &listener->devices[i];
        bool is_it = is_called(device->sn, name);
        for (size_t k = 0; !is_it && k < device->alias_count; k++) {
            is_it = is_called(device->aliases[k], name);
        }
        if (is_it) {
            return device;
        }
    }
    return NULL;
}

const struct config_pulled *config_pulled(const struct config_pull *pull, const char *place)
{
    for (size_t i = 0; pull->enabled && i < pull->terminal_count; i++) {
        char address[ADDRESS_TEXT_MAX];
        char own[ADDRESS_TEXT_MAX + 8];
        snprintf(own, sizeof own, "%s:%d", address_text(&pull->terminals[i].address, address),
                 pull->terminals[i].port);
        if (strcmp(own, place) == 0) {
            return &pull->terminals[i];
        }
    }
    return NULL;
}
