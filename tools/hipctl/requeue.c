#include <stdint.h>
#include <stdio.h>

#include "command.h"
#include "console.h"
#include "record/control.h"
#include "config/config_load.h"

/* What is to be sent again: the refused ones, or those of a period [from, to). */
struct period {
    bool given;
    walltime from, to;
    const char *from_text, *to_text; /* NULL: from the beginning; up to now */
};

/* Says how many before anything is changed for good. */
static bool requeue(struct outbox *outbox, const struct period *period, size_t *count,
                    struct error *err)
{
    if (!outbox_begin(outbox, err)) {
        return false;
    }
    bool fine = period->given ? outbox_requeue_period(outbox, period->from, period->to, count, err)
                              : outbox_requeue_refused(outbox, count, err);
    if (fine && period->given) {
        console_print("%zu punches in the database, from %s up to %s, are sent again.\n", *count,
                      period->from_text != NULL ? period->from_text : console_say("the first"),
                      period->to_text != NULL ? period->to_text : console_say("now"));
    } else if (fine) {
        console_print("%zu refused punches are sent again.\n", *count);
    }
    if (!fine || !outbox_commit(outbox, err)) {
        outbox_rollback(outbox);
        return false;
    }
    return true;
}

int command_requeue(const struct command_line *line)
{
    struct error err = ERROR_INIT;
    struct period period = {0};
    size_t count = 0;
    const struct command_option options[] = {{"--from", &period.from_text, NULL},
                                             {"--to", &period.to_text, NULL}};
    if (!command_options(line, options, HB_COUNT(options))) {
        return command_usage("requeue");
    }
    period.given = period.from_text != NULL || period.to_text != NULL;
    if (!command_period(period.from_text, period.to_text, &period.from, &period.to)) {
        return HIPCTL_USAGE;
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
    bool fine = outbox != NULL && requeue(outbox, &period, &count, &err);
    outbox_close(outbox);
    config_free(config);
    if (!fine) {
        return command_failed(&err);
    }
    console_print("%zu punches wait again.\n", count);
    if (count > 0 && !command_service_control(CONTROL_UPLOAD_NOW, &err)) {
        char why[REASON_MAX];
        console_print("They go up when the service runs: %s.\n", console_reason(err.text, why));
    }
    return HIPCTL_DONE;
}
