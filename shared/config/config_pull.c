#include "config/config_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ZK_PORT = 4370, FK_PORT = 5005, KEY_MAX = 999999 };

#define IN_TERMINAL(member)                                                                        \
    offsetof(struct config_pulled, member), sizeof(((struct config_pulled *)0)->member)

static const char *const protocol_choices[] = {"zk", "fk", NULL};
static const char *const transport_choices[] = {"tcp", "udp", NULL};

static bool read_address(struct config_reading *reading, const struct config_key *key,
                         const cJSON *value, void *target)
{
    struct span text;
    if (!config_text_of(reading, key, value, &text)) {
        return false;
    }
    return address_parse(text, target) ||
           config_wrong(reading, value, "the terminal's address, as in \"192.168.1.202\"");
}

/* "", a number in quotation marks or without, or what it was sealed as. Its value appears in no
 * error. */
static bool read_comm_key(struct config_reading *reading, const struct config_key *key,
                          const cJSON *value, void *target)
{
    static const char must[] =
        "is not what it must be: the number in the terminal's menu (Comm Key), 0 to 999999";
    struct config_pulled *terminal =
        (struct config_pulled *)((char *)target - offsetof(struct config_pulled, comm_key));
    struct error why = ERROR_INIT;
    char text[SECRET_MAX] = "";
    int number = 0;
    (void)key;
    if (config_whole_number(value, 0, KEY_MAX, &number)) {
        terminal->comm_key = (uint32_t)number;
        terminal->key_plain = number != 0;
        return true;
    }
    if (!cJSON_IsString(value)) {
        return config_complain(reading, false, must);
    }
    bool sealed = span_starts_nocase(span_of(value->valuestring), SPAN(SECRET_PREFIX));
    if (!sealed && !span_copy(span_of(value->valuestring), text, sizeof text)) {
        return config_complain(reading, false, must);
    }
    if (sealed && !secret_reveal(value->valuestring, text, sizeof text, &why)) {
        char words[512];
        snprintf(words, sizeof words, "cannot be read: %.300s; type the key in again", why.text);
        return config_complain(reading, false, words);
    }
    bool good = text[0] == '\0' || (span_to_int32(span_of(text), &number) && text[0] != '-' &&
                                    text[0] != '+' && number <= KEY_MAX);
    secret_wipe(text, sizeof text);
    if (!good) {
        return config_complain(reading, false, must);
    }
    terminal->comm_key = (uint32_t)number;
    terminal->key_plain = !sealed && value->valuestring[0] != '\0';
    return true;
}

/* null, which is its default: the protocol's own. */
static bool read_port(struct config_reading *reading, const struct config_key *key,
                      const cJSON *value, void *target)
{
    return cJSON_IsNull(value) || config_read_int(reading, key, value, target);
}

/* "" = whoever answers. */
static bool read_sn(struct config_reading *reading, const struct config_key *key,
                    const cJSON *value, void *target)
{
    if (cJSON_IsString(value) && value->valuestring[0] == '\0') {
        return true;
    }
    return config_read_sn(reading, key, value, target);
}

static bool read_timezone(struct config_reading *reading, const struct config_key *key,
                          const cJSON *value, void *target)
{
    struct config_pulled *terminal = target;
    return cJSON_IsNull(value) ||
           config_read_zone(reading, key, value, &terminal->timezone_minutes, &terminal->zone);
}

/* Of one entry of pull.terminals; address has no default. */
static const struct config_key terminal_keys[] = {
    {"", "address", read_address, IN_TERMINAL(address), 1, 0, NULL, NULL},
    {"", "protocol", config_read_choice, IN_TERMINAL(protocol), 0, 0, protocol_choices, "\"zk\""},
    {"", "port", read_port, IN_TERMINAL(port), 1, 65535, NULL, "null"},
    {"", "transport", config_read_choice, IN_TERMINAL(datagrams), 0, 0, transport_choices,
     "\"tcp\""},
    {"", "comm_key", read_comm_key, IN_TERMINAL(comm_key), 0, 0, NULL, "\"\""},
    {"", "sn", read_sn, IN_TERMINAL(sn), 0, 0, NULL, "\"\""},
    {"", "name", config_read_text, IN_TERMINAL(name), 0, 0, NULL, "\"\""},
    {"", "timezone", read_timezone, 0, sizeof(struct config_pulled), -840, 840, NULL, "null"},
    {"", "live", config_read_bool, IN_TERMINAL(live), 0, 0, NULL, "false"},
};

static bool is_twice(const struct config_pull *pull, const struct config_pulled *terminal)
{
    for (size_t i = 0; i < pull->terminal_count; i++) {
        if (address_equal(&pull->terminals[i].address, &terminal->address) &&
            pull->terminals[i].port == terminal->port) {
            return true;
        }
    }
    return false;
}

static bool read_terminal(struct config_reading *reading, const cJSON *element, size_t index)
{
    struct config *config = reading->config;
    struct config_pulled *terminal = &config->pull.terminals[index];
    if (!cJSON_IsObject(element)) {
        return config_wrong(reading, element,
                            "an object, as in { \"address\": \"192.168.1.202\" }");
    }
    if (!config_check_keys(reading, terminal_keys, HB_COUNT(terminal_keys), "", element)) {
        return false;
    }
    terminal->timezone_minutes = config->listener.timezone_minutes;
    terminal->zone = config->listener.zone;
    for (size_t i = 0; i < HB_COUNT(terminal_keys); i++) {
        if (!config_read_key(reading, &terminal_keys[i], element, (char *)terminal)) {
            return false;
        }
    }
    if (terminal->port == 0) {
        terminal->port = terminal->protocol == CONFIG_PROTOCOL_FK ? FK_PORT : ZK_PORT;
    }
    if (terminal->protocol == CONFIG_PROTOCOL_FK && (terminal->datagrams || terminal->live)) {
        return config_complain(reading, false,
                               "has \"udp\" or \"live\", which terminals of \"fk\" do not know");
    }
    if (is_twice(&config->pull, terminal)) {
        return config_complain(reading, false, "has the address and port of one before it");
    }
    config->pull.terminal_count = index + 1;
    return true;
}

bool config_read_terminals(struct config_reading *reading, const struct config_key *key,
                           const cJSON *value, void *target)
{
    (void)target;
    int count = cJSON_IsArray(value) ? cJSON_GetArraySize(value) : 0;
    if (count > 0 && count <= key->max) {
        reading->config->pull.terminals =
            calloc((size_t)count, sizeof *reading->config->pull.terminals);
        if (reading->config->pull.terminals == NULL) {
            return error_set(reading->err, ERR_MEMORY, 0, "no memory for the list of terminals");
        }
    }
    return config_read_list(reading, key, value,
                            "a list of terminals, as in [{ \"address\": \"192.168.1.202\" }]",
                            read_terminal);
}
