#include "outbox/outbox_rejected.h"

#include "command.h"
#include "console.h"
#include "config/config_load.h"

enum { LIMIT = 100, LIMIT_MAX = 1000000 };

static bool show_rejected(void *context, const struct outbox_rejected *rejected)
{
    char time[CONSOLE_TIME_MAX];
    char line[PUNCH_RAW_MAX + 1];
    size_t *count = context;
    if ((*count)++ == 0) {
        console_print("Lines of terminals that were not understood (kept here, not sent):\n");
    }
    utf8_clean(rejected->bytes, line, sizeof line);
    console_print("  %lld  %s  %s  %s\n    %s\n", (long long)rejected->id,
                  console_time(rejected->rejected_s, time), rejected->device_sn, rejected->reason,
                  line);
    if (rejected->times > 1) {
        console_print("    came %lld times\n", (long long)rejected->times);
    }
    return true;
}

static bool show_refused(void *context, const struct outbox_refused *refused)
{
    char time[CONSOLE_TIME_MAX];
    char check_time[WALLTIME_TEXT_MAX];
    const struct punch *punch = &refused->row.punch;
    size_t *count = context;
    if ((*count)++ == 0) {
        console_print("Punches that the database refused (`hipctl requeue` sends them again):\n");
    }
    console_print("  %s  %s  user %s  %s\n    %s\n", console_time(refused->refused_s, time),
                  punch->device_sn, punch->user_id, walltime_text(punch->time, check_time),
                  refused->reason);
    return true;
}

int command_rejected(const struct command_line *line)
{
    struct error err = ERROR_INIT;
    const char *limit_text = NULL;
    int limit = LIMIT;
    size_t lines = 0;
    size_t punches = 0;
    const struct command_option options[] = {{"--limit", &limit_text, NULL}};
    if (!command_options(line, options, HB_COUNT(options)) ||
        (limit_text != NULL && !command_number(limit_text, 1, LIMIT_MAX, &limit))) {
        return command_usage("rejected");
    }
    struct config *config = config_load(line->config_path, &err);
    if (config == NULL) {
        return command_failed(&err);
    }
    struct outbox *outbox = outbox_open_readonly(config->outbox.path, &err);
    bool fine = outbox != NULL &&
                outbox_each_rejected(outbox, (size_t)limit, false, show_rejected, &lines, &err) &&
                outbox_each_refused(outbox, (size_t)limit, show_refused, &punches, &err);
    outbox_close(outbox);
    config_free(config);
    if (!fine) {
        return command_failed(&err);
    }
    if (lines + punches == 0) {
        console_print("Nothing is set aside.\n");
    }
    return HIPCTL_DONE;
}
