#include "cloud/cloud.h"
#include "command.h"
#include "console.h"
#include "config/config_load.h"

static void show(void *context, const char *what, bool fine, const char *words)
{
    (void)context;
    console_print("%-6s %-14s %s\n", fine ? "ok" : "WRONG", what, words);
}

int command_test_db(const struct command_line *line)
{
    bool create = false;
    bool fine = false;
    struct error err = ERROR_INIT;
    const struct command_option options[] = {{"--create", NULL, &create}};
    if (!command_options(line, options, HB_COUNT(options))) {
        return command_usage("test-db");
    }
    struct config *config = config_load(line->config_path, &err);
    if (config == NULL) {
        return command_failed(&err);
    }
    struct cloud *cloud = cloud_global_init(&err) ? cloud_new(config, &err) : NULL;
    if (cloud != NULL) {
        fine = cloud_examine(cloud, create, show, NULL);
    } else {
        command_failed(&err);
    }
    cloud_free(cloud);
    cloud_global_end();
    config_free(config);
    return fine ? HIPCTL_DONE : HIPCTL_FAILED;
}
