#include "command.h"
#include "console.h"
#include "config/config_load.h"

int command_check_config(const struct command_line *line)
{
    struct error err = ERROR_INIT;
    if (line->count > 0) {
        return command_usage("check-config");
    }
    struct config *config = config_load(line->config_path, &err);
    if (config == NULL) {
        return command_failed(&err);
    }
    console_print("%s is right.\n", config->path);
    if (config->database.host_count == 0) {
        console_print("database.host is empty: punches are collected and go nowhere yet.\n");
    } else if (config->database.tls == CONFIG_TLS_OFF) {
        console_print(
            "database.tls is \"off\": the punches go in the clear, and who listens can try "
            "to guess the password.\n");
    }
    if (config->database.password_plain && config->database.password[0] != '\0') {
        console_print("database.password stands in the clear; the service protects it when it "
                      "starts.\n");
    }
    config_free(config);
    return HIPCTL_DONE;
}
