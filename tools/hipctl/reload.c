#include <windows.h>

#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "config/config_load.h"
#include "console.h"
#include "outbox/outbox_note.h"
#include "record/control.h"

enum { WAIT_MS = 30000, POLL_MS = 100 };

/* What the service says of the last reload: "<number> ok|wrong <words>". */
static bool read_answer(const struct config *config, char out[OUTBOX_NOTE_MAX + 1],
                        struct error *err)
{
    struct outbox *outbox = outbox_open_readonly(config->outbox.path, err);
    bool fine = outbox != NULL && outbox_noted(outbox, OUTBOX_NOTE_RELOADED, out, err);
    outbox_close(outbox);
    return fine;
}

static bool wait_for_answer(const struct config *config, const char *before,
                            char out[OUTBOX_NOTE_MAX + 1], struct error *err)
{
    ULONGLONG limit = GetTickCount64() + WAIT_MS;
    while (GetTickCount64() < limit) {
        if (!read_answer(config, out, err)) {
            return false;
        }
        if (strcmp(out, before) != 0) {
            return true;
        }
        Sleep(POLL_MS);
    }
    return error_set(err, ERR_BUSY, 0,
                     console_say("the service has not answered within %d seconds"), WAIT_MS / 1000);
}

int command_reload(const struct command_line *line)
{
    struct error err = ERROR_INIT;
    char before[OUTBOX_NOTE_MAX + 1];
    char answer[OUTBOX_NOTE_MAX + 1];
    if (!command_options(line, NULL, 0)) {
        return command_usage("reload");
    }
    /* The service reads it itself; here it is asked where its outbox is, and whether it is right.
     */
    struct config *config = config_load(line->config_path, &err);
    if (config == NULL) {
        return command_failed(&err);
    }
    bool fine = read_answer(config, before, &err) &&
                command_service_control(CONTROL_RELOAD, &err) &&
                wait_for_answer(config, before, answer, &err);
    config_free(config);
    if (!fine) {
        return command_failed(&err);
    }
    const char *words = strchr(answer, ' ');
    bool taken = words != NULL && strncmp(words, " ok ", 4) == 0;
    if (!taken) {
        words = words != NULL ? strchr(words + 1, ' ') : NULL;
        error_set(&err, ERR_INVALID, 0, "%s", words != NULL ? words + 1 : answer);
        return command_failed(&err);
    }
    char said[REASON_MAX];
    console_print("%s\n", console_reason(words + 4, said));
    return HIPCTL_DONE;
}
