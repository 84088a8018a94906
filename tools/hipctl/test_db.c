#include <string.h>

#include "cloud/cloud.h"
#include "command.h"
#include "console.h"
#include "config/config_load.h"
#include "outbox/outbox_note.h"

static void show(void *context, const char *what, bool fine, const char *words)
{
    (void)context;
    char label[CONSOLE_LABEL_MAX];
    char why[REASON_MAX];
    console_print("%-6s %s %s\n", console_say(fine ? "ok" : "WRONG"), console_label(what, label),
                  console_reason(words, why));
}

/* The servers' keys that the service remembers; none where it has not run yet. */
static bool recall(const char *path, char remembered[OUTBOX_NOTE_MAX + 1], struct error *err)
{
    remembered[0] = '\0';
    struct outbox *outbox = outbox_open_readonly(path, err);
    if (outbox == NULL && err->kind == ERR_NOT_FOUND) {
        error_clear(err);
        return true;
    }
    bool fine = outbox != NULL && outbox_noted(outbox, OUTBOX_NOTE_UPLOADER_TRUST, remembered, err);
    outbox_close(outbox);
    return fine;
}

/* For the service to go by; where it has not run yet there is nothing to write to. */
static bool keep(const struct config *config, const char *text, struct error *err)
{
    const struct outbox_options how = {.max_mb = config->outbox.max_mb,
                                       .skip_pushed = config->sync.skip_pushed};
    const char *path = config->outbox.path;
    struct outbox *outbox = outbox_open_readonly(path, err);
    if (outbox == NULL && err->kind == ERR_NOT_FOUND) {
        error_clear(err);
        return true;
    }
    if (outbox != NULL) {
        outbox_close(outbox);
        outbox = outbox_open(path, &how, err);
    }
    bool fine = outbox != NULL && outbox_note(outbox, OUTBOX_NOTE_UPLOADER_TRUST, text, err);
    outbox_close(outbox);
    return fine;
}

/* Once in a process, however often is tried; it ends with the process. */
static bool begin(struct error *err)
{
    static bool begun;
    begun = begun || cloud_global_init(err);
    return begun;
}

bool command_try_database(const struct config *config, bool create, bool trust)
{
    bool fine = false;
    char remembered[OUTBOX_NOTE_MAX + 1];
    struct error err = ERROR_INIT;
    struct cloud *cloud = recall(config->outbox.path, remembered, &err) && begin(&err)
                              ? cloud_new(&config->database, &err)
                              : NULL;
    if (cloud != NULL) {
        cloud_remember(cloud, remembered);
        if (trust) {
            cloud_trust_anew(cloud);
        }
        fine = cloud_examine(cloud, create, show, NULL);
        if (strcmp(cloud_remembered(cloud), remembered) != 0 &&
            !keep(config, cloud_remembered(cloud), &err)) {
            fine = false;
            command_failed(&err);
        }
    } else {
        command_failed(&err);
    }
    cloud_free(cloud);
    return fine;
}

int command_test_db(const struct command_line *line)
{
    bool create = false;
    bool trust = false;
    struct error err = ERROR_INIT;
    const struct command_option options[] = {{"--create", NULL, &create},
                                             {"--trust", NULL, &trust}};
    if (!command_options(line, options, HB_COUNT(options))) {
        return command_usage("test-db");
    }
    struct config *config = config_load(line->config_path, &err);
    if (config == NULL) {
        return command_failed(&err);
    }
    bool fine = command_try_database(config, create, trust);
    config_free(config);
    return fine ? HIPCTL_DONE : HIPCTL_FAILED;
}
