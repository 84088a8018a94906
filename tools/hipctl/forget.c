/*
 * hipctl forget: a person leaves this PC: the outbox, what was kept of it, and what might hold him
 * in a form that nobody can search (a crash dump, the bytes of a terminal's memory, a capture).
 */
#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/blot.h"
#include "cloud/cloud.h"
#include "command.h"
#include "config/config_load.h"
#include "console.h"
#include "outbox/outbox_forget.h"
#include "system/captures.h"
#include "system/folder.h"
#include "system/leftovers.h"

enum { NAMED_MAX = 64, SEARCHED_MAX = 256 << 20 };

/* ---- files that go whole ---- */

static bool may_hold_him(const char *name, const char *outbox)
{
    return leftovers_is(name, outbox) || folder_fits("crash-*.dmp", name);
}

struct walking {
    const char *user;
    const char *outbox; /* its name */
    const char *folder;
    size_t count;
    size_t closed; /* that could not be searched */
    bool remove;   /* else they are named */
};

static bool one_that_goes(struct walking *walking, const char *name, struct error *err)
{
    char path[FILE_PATH_MAX];
    if (!may_hold_him(name, walking->outbox)) {
        return true;
    }
    walking->count++;
    if (!file_resolve(walking->folder, name, path, sizeof path)) {
        return error_set(err, ERR_INVALID, 0, console_say("the path of %s is too long"), name);
    }
    if (!walking->remove) {
        console_print("  %s\n", path);
        return true;
    }
    return file_remove(path, err);
}

/* Log files, archived or not, that name him. */
static bool one_that_names(struct walking *walking, const char *name, struct error *err)
{
    char path[FILE_PATH_MAX];
    char *bytes = NULL;
    size_t len = 0;
    size_t kept = 0;
    (void)err;
    bool fits = file_resolve(walking->folder, name, path, sizeof path);
    if (!fits || !file_read(path, SEARCHED_MAX, &bytes, &len, NULL)) {
        walking->closed++;
        console_print("  %s (could not be searched)\n", fits ? path : name);
        return true;
    }
    /* UTF-16 of what PINs are made of is ASCII with zeros between. */
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] != '\0') {
            bytes[kept++] = bytes[i];
        }
    }
    struct blot_one one = {walking->user};
    if (blot_text(bytes, kept, blot_is_one, &one) > 0 && ++walking->count <= NAMED_MAX) {
        console_print("  %s\n", path);
    }
    free(bytes);
    return true;
}

static bool walk(struct walking *walking,
                 bool (*one)(struct walking *walking, const char *name, struct error *err),
                 struct error *err)
{
    char name[LOG_NAME_MAX];
    struct folder_list *list = folder_list_open(walking->folder, err);
    bool fine = list != NULL;
    while (fine && folder_list_next(list, name, err)) {
        fine = one(walking, name, err);
    }
    folder_list_close(list);
    return fine && err->kind == ERR_NONE;
}

static void name_one(void *context, const char *path)
{
    ++*(size_t *)context;
    console_print("  %s\n", path);
}

/* Captures, wherever they lie on this PC. */
static bool take_captures(bool remove, size_t *count, struct error *err)
{
    char data[FILE_PATH_MAX];
    *count = 0;
    return file_data_folder(data, sizeof data, err) &&
           (remove ? captures_expire(data, INT64_MAX, count, err)
                   : captures_each(data, name_one, count, err));
}

/* The data folder, and that of the outbox where it is another. */
static bool walk_kept(const struct config *config, bool remove, size_t *count, struct error *err)
{
    char folders[2][FILE_PATH_MAX];
    const char *outbox = file_name(config->outbox.path);
    *count = 0;
    if (!file_folder(config->outbox.path, folders[0], sizeof folders[0]) ||
        !file_data_folder(folders[1], sizeof folders[1], err)) {
        return false;
    }
    for (size_t i = 0; i < HB_COUNT(folders); i++) {
        struct walking walking = {.outbox = outbox, .folder = folders[i], .remove = remove};
        if (i == 1 && _stricmp(folders[0], folders[1]) == 0) {
            break;
        }
        if (!walk(&walking, one_that_goes, err)) {
            if (err->kind != ERR_NOT_FOUND) {
                return false;
            }
            error_clear(err); /* no data folder: config.json is elsewhere, and so is the outbox */
        }
        *count += walking.count;
    }
    return true;
}

static void name_logs(const struct config *config, const char *user)
{
    const char *const folders[] = {config->sync.archive_directory, config->sync.log_directory};
    if (!config->sync.enabled) {
        return;
    }
    console_print("Log files that name this number stay, since they are HIP Premium Time's: delete "
                  "them there and here,\nor take the person's lines out:\n");
    size_t count = 0;
    size_t closed = 0;
    for (size_t i = 0; i < HB_COUNT(folders); i++) {
        struct error none = ERROR_INIT;
        struct walking walking = {.user = user, .folder = folders[i]};
        if (!walk(&walking, one_that_names, &none) && none.kind != ERR_NOT_FOUND) {
            char why[REASON_MAX];
            console_print("  %s\n", console_reason(none.text, why));
            closed++;
        }
        count += walking.count;
        closed += walking.closed;
    }
    if (count > NAMED_MAX) {
        console_print("  … and %zu more\n", count - NAMED_MAX);
    }
    if (strlen(user) < BLOT_SURE_LEN) {
        console_print("  a number this short can be an hour or a code as well: look for it by "
                      "hand\n");
    } else {
        console_print(count == 0 && closed == 0 ? "  none was found\n" : "");
    }
}

/* ---- what is said ---- */

static void print_cloud(const struct config *config, const char *user)
{
    char table[2 * CONFIG_TEXT_MAX + 3];
    char column[2 * CONFIG_TEXT_MAX + 3];
    cloud_quote(config->database.table, table);
    cloud_quote(config_column(&config->database, COLUMN_USER), column);
    /* A PIN holds no quotation mark (punch_user_valid), but may hold a backslash. */
    char value[2 * PUNCH_USER_MAX + 1];
    size_t len = 0;
    for (const char *at = user; *at != '\0'; at++) {
        if (*at == '\\') {
            value[len++] = '\\';
        }
        value[len++] = *at;
    }
    value[len] = '\0';
    console_print("In the cloud database, by somebody who may delete there:\n"
                  "  DELETE FROM %s WHERE %s = '%s';\n",
                  table, column, value);
}

static void print_found(const struct outbox_forgotten *found)
{
    console_print("In the outbox: %zu punches (%zu of them not in the database yet), %zu places in "
                  "lists of users,\n%zu records set aside and %zu other texts that name the "
                  "number.\n",
                  found->punches, found->waiting, found->slots, found->aside, found->texts);
    if (found->guessed > 0) {
        console_print("Of these records %zu may mean something else by it: nobody can say, so that "
                      "they go whole.\n",
                      found->guessed);
    }
    if (found->padded[0] != '\0') {
        console_print("There too, as users of their own: %s. If one of them is the same person, "
                      "forget it too.\n",
                      found->padded);
    }
}

/* ---- the verb ---- */

static bool look(struct outbox *outbox, const struct config *config, const char *user,
                 struct error *err)
{
    struct outbox_forgotten found;
    size_t files = 0;
    size_t captures = 0;
    if (!outbox_forget_look(outbox, user, &found, err)) {
        return false;
    }
    print_found(&found);
    console_print("Files that may hold it in a form that cannot be searched, and go whole:\n");
    if (!walk_kept(config, false, &files, err) || !take_captures(false, &captures, err)) {
        return false;
    }
    console_print(files + captures == 0 ? "  none\n" : "");
    return true;
}

static int forget(struct outbox *outbox, const struct config *config, const char *user, bool yes)
{
    struct error err = ERROR_INIT;
    struct outbox_forgotten gone;
    size_t files = 0;
    size_t captures = 0;
    if (!look(outbox, config, user, &err)) {
        return command_failed(&err);
    }
    if (!yes && !console_agree("This cannot be undone, and what this number punches from now on is "
                               "not kept either. Forget it?")) {
        console_print("Nothing was changed.\n");
        return HIPCTL_FAILED;
    }
    if (!outbox_forget(outbox, user, (int64_t)time(NULL), &gone, &err) ||
        !walk_kept(config, true, &files, &err) || !take_captures(true, &captures, &err)) {
        return command_failed(&err);
    }
    console_print("Forgotten: %s. Files removed: %zu.\n", user, files + captures);
    print_cloud(config, user);
    name_logs(config, user);
    console_print(
        "Not reached from here: the terminals' own memories and HIP Premium Time, Windows' "
        "event log, captures\nthat were copied or sent, reports, and backups of "
        "%s.\nStart the service again: net start HipBridge\n",
        config->outbox.path);
    return HIPCTL_DONE;
}

int command_forget(const struct command_line *line)
{
    bool yes = false;
    struct error err = ERROR_INIT;
    const struct command_option options[] = {{"--yes", NULL, &yes}};
    if (line->count < 1 || line->arguments[0][0] == '-') {
        return command_missing("forget", "the number of the user");
    }
    const char *user = line->arguments[0];
    const struct command_line rest = {.count = line->count - 1, .arguments = line->arguments + 1};
    if (!command_options(&rest, options, HB_COUNT(options))) {
        return command_usage("forget");
    }
    const char *state = command_service_state();
    if (strcmp(state, "stopped") != 0 && strcmp(state, "not installed") != 0) {
        console_complain("hipctl: the service is %s. Stop it for this: net stop HipBridge. "
                         "Terminals keep their punches meanwhile.\n",
                         console_say(state));
        return HIPCTL_FAILED;
    }
    struct config *config = config_load(line->config_path, &err);
    if (config == NULL) {
        return command_failed(&err);
    }
    /* It is the service that makes an outbox, where there is none; and to make room needs room. */
    struct outbox *outbox = outbox_open_readonly(config->outbox.path, &err);
    if (outbox != NULL) {
        outbox_close(outbox);
        outbox = outbox_open(config->outbox.path, NULL, &err);
    }
    int code = outbox != NULL ? forget(outbox, config, user, yes) : command_failed(&err);
    outbox_close(outbox);
    config_free(config);
    return code;
}
