#include <stdio.h>

#include "command.h"
#include "console.h"
#include "record/control.h"
#include "config/config_load.h"

static bool requeue(struct outbox *outbox, bool period, walltime from, walltime to, size_t *count,
                    struct error *err)
{
    if (!outbox_begin(outbox, err)) {
        return false;
    }
    bool fine = period ? outbox_requeue_period(outbox, from, to, count, err)
                       : outbox_requeue_refused(outbox, count, err);
    if (!fine || !outbox_commit(outbox, err)) {
        outbox_rollback(outbox);
        return false;
    }
    return true;
}

int command_requeue(const struct command_line *line)
{
    struct error err = ERROR_INIT;
    const char *from_text = NULL;
    const char *to_text = NULL;
    walltime from = 0;
    walltime to = 0;
    bool whole_day = false;
    size_t count = 0;
    const struct command_option options[] = {{"--from", &from_text, NULL},
                                             {"--to", &to_text, NULL}};
    if (!command_options(line, options, HB_COUNT(options)) ||
        (from_text != NULL) != (to_text != NULL)) {
        return command_usage("requeue");
    }
    if (from_text != NULL) {
        bool fine = command_date(from_text, &from, NULL) && command_date(to_text, &to, &whole_day);
        to += whole_day ? 86400 : 1; /* both are meant with what they name */
        if (!fine || from >= to) {
            console_complain("hipctl: --from and --to are dates like 2026-01-31 or "
                             "\"2026-01-31 08:00:00\", the second not before the first\n");
            return HIPCTL_USAGE;
        }
    }
    struct config *config = config_load(line->config_path, &err);
    if (config == NULL) {
        return command_failed(&err);
    }
    const struct outbox_options how = {.max_mb = config->outbox.max_mb,
                                       .skip_pushed = config->sync.skip_pushed};
    /* Opened for reading first: it is the service that makes an outbox, where there is none. */
    struct outbox *outbox = outbox_open_readonly(config->outbox.path, &err);
    if (outbox != NULL) {
        outbox_close(outbox);
        outbox = outbox_open(config->outbox.path, &how, &err);
    }
    bool fine = outbox != NULL && requeue(outbox, from_text != NULL, from, to, &count, &err);
    outbox_close(outbox);
    config_free(config);
    if (!fine) {
        return command_failed(&err);
    }
    console_print("%zu punches wait again.\n", count);
    if (count > 0 && !command_service_control(CONTROL_UPLOAD_NOW, &err)) {
        console_print("They go up when the service runs: %s.\n", err.text);
    }
    return HIPCTL_DONE;
}
