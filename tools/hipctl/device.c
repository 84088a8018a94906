/*
 * hipctl device: what is known of a terminal, and commands for it, which it fetches when it next
 * asks.
 */
#include <windows.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "terminals/audit.h"
#include "command.h"
#include "console.h"
#include "formats/row.h"
#include "iclock/devicecmd.h"
#include "outbox/outbox_command.h"
#include "outbox/outbox_refusal.h"
#include "config/config_load.h"
#include "terminals/intake.h"
#include "terminals/voice.h"
#include "terminals/walk.h"

/* ---- what is known ---- */

static void show_line(const struct outbox_device *device)
{
    char seen[CONSOLE_TIME_MAX];
    console_print("  %-20s %-15s seen %s  %" PRId64 " punches\n", device->sn, device->address,
                  console_time(device->last_seen_s, seen), device->punches);
}

struct listing {
    bool some;
    bool headed[WALK_STRANGER + 1];
    bool any_listed; /* else there is nothing to tell apart */
};

static bool list_one(void *context, const struct walk_terminal *terminal)
{
    static const char *const heads[] = {[WALK_LISTED] = "Listed in config.json",
                                        [WALK_BRINGS] = "Not listed, and bringing punches",
                                        [WALK_STRANGER] = "Not listed, and without a punch"};
    struct listing *listing = context;
    if (listing->any_listed && !listing->headed[terminal->kind]) {
        console_print("%s\n", console_say(heads[terminal->kind]));
        listing->headed[terminal->kind] = true;
    }
    listing->some = true;
    if (terminal->seen) {
        show_line(terminal->device);
    } else {
        console_print("  %-20s never heard\n", terminal->device->sn);
    }
    return true;
}

static int list(struct outbox *outbox, const struct config *config, struct error *err)
{
    struct listing listing = {.any_listed = config->listener.device_count > 0};
    if (!walk_terminals(outbox, &config->listener, list_one, &listing, err)) {
        return command_failed(err);
    }
    if (!listing.some) {
        console_print("No terminal has spoken yet.\n");
    }
    return HIPCTL_DONE;
}

static const char *state_of(const struct outbox_command *command)
{
    return command->done_s != 0 && command->result == ICLOCK_NO_RESULT ? "unclear"
           : command->done_s != 0                  ? (command->result >= 0 ? "done" : "refused")
           : command->tries == 0                   ? "waits"
           : command->tries < OUTBOX_COMMAND_TRIES ? "handed out"
                                                   : "no answer";
}

static bool show_command(void *context, const struct outbox_command *command)
{
    char queued[CONSOLE_TIME_MAX];
    char done[CONSOLE_TIME_MAX];
    char state[CONSOLE_LABEL_MAX];
    char words[TERMINAL_COMMAND_MAX + 1];
    size_t *count = context;
    if ((*count)++ == 0) {
        console_print("Commands, the newest first:\n");
    }
    snprintf(words, sizeof words, "%s", command->text);
    for (char *at = words; *at != '\0'; at++) {
        *at = *at == '\t' ? ' ' : *at;
    }
    console_print(
        "  %" PRId64 "  %s  %s  %s%s\n", command->id, console_time(command->queued_s, queued),
        console_padded(state_of(command), 10, state), words,
        command->asker == OUTBOX_ASKED_BY_AUDIT ? console_say("  (completeness audit)") : "");
    if (command->done_s != 0 && command->result == ICLOCK_NO_RESULT) {
        console_print("      %s  the terminal answered, but not how it went%s%s\n",
                      console_time(command->done_s, done), command->answer[0] != '\0' ? ": " : "",
                      command->answer);
    } else if (command->done_s != 0) {
        console_print("      %s  result %d%s%s\n", console_time(command->done_s, done),
                      (int)command->result, command->answer[0] != '\0' ? ": " : "",
                      command->answer);
    }
    return true;
}

static void show_audit(const struct outbox_audit *audit)
{
    char time[WALLTIME_TEXT_MAX];
    char from[WALLTIME_TEXT_MAX];
    if (audit->records >= 0) {
        console_print("  It said that it held %" PRId64 " records at %s (its time).\n",
                      audit->records, walltime_text(audit->records_at, time));
    }
    if (audit->asked_to != 0 && audit->missing == 0) {
        console_print("  Asked for its records between %s and %s.\n",
                      walltime_text(audit->asked_from, from),
                      walltime_text(audit->asked_to - 1, time));
    } else if (audit->asked_to != 0) {
        console_print("  Asked again for %" PRId64 " missing punches between %s and %s.\n",
                      audit->missing, walltime_text(audit->asked_from, from),
                      walltime_text(audit->asked_to - 1, time));
    }
    if (audit->settled > 0) {
        console_print("  %" PRId64 " more records there than here; it did not send them when "
                      "asked.\n",
                      audit->settled);
    }
}

static bool show_refusal(void *context, const struct outbox_refusal *refusal)
{
    char last[CONSOLE_TIME_MAX];
    size_t *count = context;
    if ((*count)++ == 0) {
        console_print("Not let in, by the terminal's own code (these are no punches):\n");
    }
    if (refusal->code == ROW_IDENTITY_CHECK) {
        console_print("  identity checks    %" PRId64 " times, last %s\n", refusal->times,
                      console_time(refusal->last_s, last));
    } else {
        console_print("  event %-12d %" PRId64 " times, last %s\n", (int)refusal->code,
                      refusal->times, console_time(refusal->last_s, last));
    }
    return true;
}

static int show(struct outbox *outbox, const struct config *config,
                const struct outbox_device *device, struct error *err)
{
    char first[CONSOLE_TIME_MAX];
    char newest[WALLTIME_TEXT_MAX] = "-";
    size_t commands = 0;
    size_t refusals = 0;
    const struct config_device *configured = config_device(&config->listener, device->sn);
    show_line(device);
    if (configured != NULL && configured->name[0] != '\0') {
        console_print("  %s\n", configured->name);
    }
    if (device->last_punch != 0) {
        walltime_text(device->last_punch, newest);
    }
    console_print("  First seen %s, newest punch %s (its time).\n",
                  console_time(device->first_seen_s, first), newest);
    if (terminal_is_fk(device->kind)) {
        console_print("  Protocol FkWeb\n");
    } else if (device->push_version[0] != '\0' || device->kind[0] != '\0') {
        console_print("  Protocol %s %s\n", device->push_version, device->kind);
    }
    if (device->info[0] != '\0') {
        console_print("  It says of itself: %s\n", device->info);
    }
    const char *other = voice_other(&device->voice, (int64_t)time(NULL));
    if (other[0] != '\0') {
        console_print(
            "  %s speaks in its name too. If the terminal's menu shows %s as its own address, "
            "write into config.json:\n"
            "    \"devices\": [{ \"sn\": \"%s\", \"address\": \"%s\" }]\n",
            other, device->address, device->sn, device->address);
    }
    show_audit(&device->audit);
    return outbox_each_refusal(outbox, device->sn, show_refusal, &refusals, err) &&
                   outbox_each_command(outbox, device->sn, show_command, &commands, err)
               ? HIPCTL_DONE
               : command_failed(err);
}

/* ---- commands ---- */

/*
 * What a terminal of this kind does otherwise than the verb says, in a sentence; *can false: not at
 * all. NULL: it does what the verb says.
 */
static const char *kind_says(const struct outbox_device *device, enum devicecmd_kind verb,
                             bool *can)
{
    bool pushes = device->push_version[0] != '\0' || strcmp(device->kind, TERMINAL_PULLED) != 0;
    *can = pushes || verb == DEVICECMD_IS_SET_CLOCK;
    if (!*can) {
        return console_say("it is read on its own port, never asks for commands, and what it holds "
                           "is read there");
    }
    if (terminal_is_access(device->kind) && verb == DEVICECMD_IS_RESEND) {
        return console_say("An access control terminal knows no period: it sends all that it "
                           "holds, and nothing comes twice.");
    }
    return NULL;
}

/* The words of a verb; false when it is none, or lacks its dates. */
static bool words_of(int count, char **arguments, char out[TERMINAL_COMMAND_MAX + 1])
{
    static const struct {
        const char *verb;
        const char *words;
    } verbs[] = {
        {"info", DEVICECMD_INFO}, {"reboot", DEVICECMD_REBOOT}, {"set-clock", DEVICECMD_SET_CLOCK}};
    for (size_t i = 0; i < HB_COUNT(verbs); i++) {
        if (count == 1 && strcmp(arguments[0], verbs[i].verb) == 0) {
            snprintf(out, TERMINAL_COMMAND_MAX + 1, "%s", verbs[i].words);
            return true;
        }
    }
    const char *from_text = NULL;
    const char *to_text = NULL;
    walltime from = 0;
    walltime to = 0;
    const struct command_line rest = {.count = count - 1, .arguments = arguments + 1};
    const struct command_option options[] = {{"--from", &from_text, NULL},
                                             {"--to", &to_text, NULL}};
    if (strcmp(arguments[0], "resend") != 0) {
        command_unknown("device", arguments[0]);
        return false;
    }
    if (!command_options(&rest, options, HB_COUNT(options))) {
        command_usage("device");
        return false;
    }
    if (from_text == NULL || to_text == NULL) {
        command_missing("device", from_text == NULL ? "--from DATE" : "--to DATE");
        return false;
    }
    if (!command_period(from_text, to_text, &from, &to)) {
        return false;
    }
    devicecmd_resend(from, to, out);
    return true;
}

static bool queue(struct outbox *outbox, const char *sn, const char *words, int64_t *id,
                  struct error *err)
{
    if (!outbox_begin(outbox, err)) {
        return false;
    }
    if (!outbox_command_queue(outbox, sn, words, OUTBOX_ASKED_BY_HAND, (int64_t)time(NULL), id,
                              err) ||
        !outbox_commit(outbox, err)) {
        outbox_rollback(outbox);
        return false;
    }
    return true;
}

static int order(struct outbox *outbox, const struct outbox_device *device, const char *words,
                 struct error *err)
{
    int64_t id = 0;
    bool can = true;
    const char *sn = device->sn;
    const char *says = kind_says(device, devicecmd_read(words, NULL, NULL), &can);
    if (!can) {
        error_set(err, ERR_INVALID, 0, console_say("terminal %s can't be told that: %s"), sn, says);
        return command_failed(err);
    }
    if (!queue(outbox, sn, words, &id, err)) {
        return command_failed(err);
    }
    console_print("Command %" PRId64 " is queued; the terminal fetches it when it next asks. "
                  "\"hipctl device %s\" shows what came of it.\n",
                  id, sn);
    if (says != NULL) {
        console_print("%s\n", says);
    }
    return HIPCTL_DONE;
}

/*
 * What is known of a terminal. The service writes a new one's row some seconds after its first
 * word: of one that is listed, or is just speaking, it is not said that it has never been heard.
 */
static bool find_device(struct outbox *outbox, const struct config *config, const char *sn,
                        struct outbox_device *device, bool *found, struct error *err)
{
    enum { STEP_MS = 500, STEPS = 2 * (INTAKE_FLUSH_S + 1) };
    for (int step = 0; step <= STEPS; step++) {
        if (!outbox_device(outbox, sn, device, found, err)) {
            return false;
        }
        if (*found || config_device(&config->listener, sn) != NULL) {
            break;
        }
        Sleep(step < STEPS ? STEP_MS : 0);
    }
    if (!*found && config_device(&config->listener, sn) != NULL) {
        memset(device, 0, sizeof *device);
        (void)snprintf(device->sn, sizeof device->sn, "%s", sn);
        *found = true;
    }
    return true;
}

static int retire(struct outbox *outbox, const struct config *config, const char *sn,
                  struct error *err)
{
    bool done = outbox_begin(outbox, err) && outbox_device_retire(outbox, sn, err) &&
                outbox_commit(outbox, err);
    if (!done) {
        outbox_rollback(outbox);
        return command_failed(err);
    }
    console_print("%s is retired: it is missed no more, and its punches stay.\n", sn);
    if (config_device(&config->listener, sn) != NULL) {
        console_print(
            "Take it out of listener.devices in config.json too, then \"hipctl reload\".\n");
    }
    return HIPCTL_DONE;
}

int command_device(const struct command_line *line)
{
    struct error err = ERROR_INIT;
    char words[TERMINAL_COMMAND_MAX + 1];
    const char *sn = line->count > 0 ? line->arguments[0] : NULL;
    bool ordered = line->count > 1;
    if (sn != NULL && !punch_sn_valid(span_of(sn))) {
        console_complain("hipctl: %s cannot be a serial number\n", sn);
        return command_usage("device");
    }
    bool retires = line->count == 2 && strcmp(line->arguments[1], "retire") == 0;
    if (ordered && !retires && !words_of(line->count - 1, line->arguments + 1, words)) {
        return HIPCTL_USAGE;
    }
    struct config *config = config_load(line->config_path, &err);
    if (config == NULL) {
        return command_failed(&err);
    }
    const struct outbox_options how = {.max_mb = config->outbox.max_mb,
                                       .skip_pushed = config->sync.skip_pushed};
    struct outbox_device device;
    bool found = false;
    int code = HIPCTL_FAILED;
    /* Opened for reading first: it is the service that makes an outbox, where there is none. */
    struct outbox *outbox = outbox_open_readonly(config->outbox.path, &err);
    if (outbox == NULL || (sn != NULL && !find_device(outbox, config, sn, &device, &found, &err))) {
        code = command_failed(&err);
    } else if (sn == NULL) {
        code = list(outbox, config, &err);
    } else if (!found) {
        error_set(&err, ERR_NOT_FOUND, 0, console_say("no terminal %s has spoken to this PC yet"),
                  sn);
        code = command_failed(&err);
    } else if (!ordered) {
        code = show(outbox, config, &device, &err);
    } else {
        outbox_close(outbox);
        outbox = outbox_open(config->outbox.path, &how, &err);
        code = outbox == NULL ? command_failed(&err)
               : retires      ? retire(outbox, config, sn, &err)
                              : order(outbox, &device, words, &err);
    }
    outbox_close(outbox);
    config_free(config);
    return code;
}
