#include "command.h"
#include "config/config_load.h"
#include "console.h"
#include "logs/check.h"

static void say(void *context, const char *line)
{
    (void)context;
    console_print("%s\n", line);
}

static const char *in_words(const char *reason)
{
    static char words[REASON_MAX];
    return console_reason(reason, words);
}

int command_check_log(const struct command_line *line)
{
    struct error err = ERROR_INIT;
    struct check_result result;
    const struct check_listener listener = {
        .say = say, .in_words = console_say, .reason_in_words = in_words};
    if (line->count == 0) {
        return command_missing("check-log", "the name of the file");
    }
    if (line->count > 1) {
        return command_unknown("check-log", line->arguments[1]);
    }
    struct config *config = config_load(line->config_path, &err);
    if (config == NULL) {
        return command_failed(&err);
    }
    bool done = check_log(line->arguments[0], &config->sync, &listener, &result, &err);
    config_free(config);
    if (!done) {
        return command_failed(&err);
    }
    return result.punches > 0 ? HIPCTL_DONE : HIPCTL_FAILED;
}
