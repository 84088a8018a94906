/*
 * config: the input is a config.json.
 */
#include "config/config.h"
#include "config/config_edit.h"
#include "fuzz.h"

static void must_be_told(const struct error *err)
{
    MUST(err->kind != ERR_NONE && err->text[0] != '\0');
    MUST(utf8_valid(span_of(err->text)));
}

static void check_config(const struct config *config)
{
    MUST(config->listener.port >= 1 && config->listener.port <= 65535);
    MUST(config->listener.network_count <= CONFIG_NETWORKS_MAX);
    for (size_t i = 0; i < config->listener.network_count; i++) {
        MUST(network_holds(&config->listener.networks[i], &config->listener.networks[i].base));
    }
    MUST(config->listener.device_count <= CONFIG_DEVICES_MAX);
    for (size_t i = 0; i < config->listener.device_count; i++) {
        const struct config_device *device = &config->listener.devices[i];
        MUST(punch_sn_valid(span_of(device->sn)));
        MUST(config_device(&config->listener, device->sn) != NULL);
    }
    MUST(punch_sn_valid(span_of(config->listener.default_device_sn)));
    MUST(punch_sn_valid(span_of(config->sync.device_sn)));
    MUST(config->listener.max_body_kb > 0);
    MUST(config->sync.upload_times.count <= SCHEDULE_TIMES_MAX);
    MUST(config->sync.encoding <= CONFIG_ENCODING_1252);
    MUST(config->database.host_count <= CONFIG_HOSTS_MAX);
    for (size_t i = 0; i < config->database.host_count; i++) {
        const struct config_host *host = &config->database.hosts[i];
        MUST(host->name[0] != '\0' && host->port >= 1 && host->port <= 65535);
    }
    MUST(config->database.tls <= CONFIG_TLS_OFF);
    MUST(config->database.batch_rows > 0);
    MUST(config->database.table[0] != '\0');
    MUST(config->outbox.path[0] == '/');
    MUST(config->outbox.max_mb >= 0 && config->outbox.retain_days >= 0);
}

/* A password put into a good file gives a good file that holds just this password. */
static void check_password(struct span file)
{
    static const char password[] = "p\"w\\\t\xE0\xB8\x81";
    struct error err = ERROR_INIT;
    size_t length = 0;
    char *changed = config_with_password(file, password, &length, &err);
    if (changed == NULL) {
        must_be_told(&err);
        return;
    }
    struct config *config = config_parse((struct span){changed, length}, "/data/config.json", &err);
    MUST(length > CONFIG_FILE_MAX || config != NULL);
    MUST(config == NULL || strcmp(config->database.password, password) == 0);
    config_free(config);
    free(changed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span file = {(const char *)data, size};
    struct error err = ERROR_INIT;
    struct config *config = config_parse(file, "/data/config.json", &err);
    if (config == NULL) {
        must_be_told(&err);
        MUST(strstr(err.text, "/data/config.json") != NULL || err.kind == ERR_MEMORY);
    } else {
        MUST(err.kind == ERR_NONE);
        check_config(config);
        check_password(file);
        config_free(config);
    }
    return 0;
}
