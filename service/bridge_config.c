#include "bridge_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "config/config_load.h"
#include "frontage.h"
#include "guard.h"
#include "outbox/outbox_event.h"
#include "outbox/outbox_note.h"
#include "system/file.h"
#include "system/wide.h"

/* config.json in the data folder; made of the default beside the program if it is not there. */
static bool place_config(struct bridge *bridge, struct error *err)
{
    char data[FILE_PATH_MAX];
    char program[FILE_PATH_MAX];
    char model[FILE_PATH_MAX];
    if (!file_data_folder(data, sizeof data, err) ||
        !file_program_folder(program, sizeof program, err)) {
        return false;
    }
    if (!file_resolve(data, "config.json", bridge->config_path, sizeof bridge->config_path) ||
        !file_resolve(program, "config.default.json", model, sizeof model)) {
        return error_set(err, ERR_INVALID, 0, "the path %s is too long", data);
    }
    bool taken;
    if (!file_recover(bridge->config_path, &taken, err)) {
        return false;
    }
    if (file_exists(bridge->config_path)) {
        return true;
    }
    if (!file_make_folder(data, err)) {
        return false;
    }
    if (file_copy_new(model, bridge->config_path, err) || err->kind == ERR_EXISTS) {
        return true;
    }
    return error_prefix(err, "cannot make %s from the default: ", bridge->config_path);
}

/* A path given by the caller is relative to where that is; nothing later depends on it. */
static bool resolve_config(struct bridge *bridge, struct error *err)
{
    wchar_t given[FILE_PATH_MAX];
    wchar_t full[FILE_PATH_MAX];
    const char *path = bridge->options->config_path;
    if (path == NULL) {
        return place_config(bridge, err);
    }
    if (!wide_from_utf8(path, given, FILE_PATH_MAX, err)) {
        return error_prefix(err, "cannot use the path %s: ", path);
    }
    DWORD len = GetFullPathNameW(given, FILE_PATH_MAX, full, NULL);
    if (len == 0 || len >= FILE_PATH_MAX) {
        return error_set(err, ERR_INVALID, 0, "the path %s cannot be used", path);
    }
    return wide_to_utf8(full, bridge->config_path, sizeof bridge->config_path, err);
}

static void protect_password(struct bridge *bridge)
{
    struct error err = ERROR_INIT;
    bool done = false;
    if (!config_protect_password(bridge->config, &done, &err)) {
        event_report(&bridge->events, EVENT_PASSWORD_NOT_PROTECTED, bridge->config_path, err.text,
                     (const char *)NULL);
    } else if (done) {
        bridge_tell(bridge, EVENT_PASSWORD_PROTECTED, bridge->config_path);
    }
}

void bridge_guard_files(const struct bridge *bridge)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    struct error err = ERROR_INIT;
    char data[FILE_PATH_MAX];
    char folder[FILE_PATH_MAX];
    char file[FILE_PATH_MAX];
    if (!bridge->options->guarded) {
        return;
    }
    bool fine = guard_file(bridge->config_path, &err);
    /* The folder, too, if it is our own. */
    if (fine && file_data_folder(data, sizeof data, &err) &&
        file_folder(bridge->config_path, folder, sizeof folder) && strcmp(data, folder) == 0) {
        fine = guard_folder(data, &err);
    }
    for (size_t i = 0; fine && i < HB_COUNT(suffixes); i++) {
        fine = snprintf(file, sizeof file, "%s%s", bridge->config->outbox.path, suffixes[i]) > 0 &&
               guard_file(file, &err);
    }
    if (!fine) {
        bridge_tell(bridge, EVENT_FILE_NOT_GUARDED, err.text);
    }
}

enum bridge_end bridge_load_config(struct bridge *bridge)
{
    struct error err = ERROR_INIT;
    if (resolve_config(bridge, &err)) {
        bridge->config = config_load(bridge->config_path, &err);
    }
    if (bridge->config == NULL) {
        bridge_tell(bridge, EVENT_CONFIG_INVALID, err.text);
        return BRIDGE_BAD_CONFIG;
    }
    protect_password(bridge);
    return BRIDGE_AS_TOLD;
}

/* What `hipctl reload` waits for. */
static void answer_reload(struct bridge *bridge, bool taken, const char *words)
{
    char answer[OUTBOX_NOTE_MAX + 1];
    snprintf(answer, sizeof answer, "%" PRIu64 " %s %.900s", ++bridge->reloads,
             taken ? "ok" : "wrong", words);
    (void)outbox_note(bridge->outbox, OUTBOX_NOTE_RELOADED, answer, NULL);
}

/* The port and the paths stay until a restart; what of them is new is named. */
static const char *keep_fixed(const struct config *old, struct config *fresh)
{
    const char *words = "The changed config.json is in use.";
    if (fresh->listener.port != old->listener.port ||
        fresh->listener.enabled != old->listener.enabled ||
        strcmp(fresh->outbox.path, old->outbox.path) != 0) {
        words = "The changed config.json is in use, but for listener.enabled, listener.port and "
                "outbox.path: they wait for a restart.";
    }
    fresh->listener.port = old->listener.port;
    fresh->listener.enabled = old->listener.enabled;
    memcpy(fresh->outbox.path, old->outbox.path, sizeof fresh->outbox.path);
    return words;
}

/* Has everything go on with it. False where something still holds the old one. */
static bool change_over(struct bridge *bridge, struct config *fresh, struct error *err)
{
    struct config *old = bridge->config;
    if (bridge->listener != NULL && !listener_reconfigure(bridge->listener, fresh, err)) {
        return false;
    }
    bool page_too = bridge->page == NULL || page_reconfigure(bridge->page, fresh);
    bridge_stop_workers(bridge, GetTickCount64() + BRIDGE_STOP_MS);
    if (bridge->stuck) {
        return error_set(err, ERR_BUSY, 0, "a thread does not end in time");
    }
    bridge->config = fresh;
    /* A folder, a file or a rule that failed may be another one now; those that still do tell it
     * again. */
    (void)outbox_event_over(bridge->outbox, EVENT_LOG_FOLDER_UNREADABLE, NULL, NULL);
    (void)outbox_event_over(bridge->outbox, EVENT_FIREWALL, NULL, NULL);
    (void)outbox_event_over(bridge->outbox, EVENT_ACCESS_UNREADABLE, NULL, NULL);
    (void)outbox_event_over(bridge->outbox, EVENT_ACCESS_REFUSED, NULL, NULL);
    (void)outbox_event_over(bridge->outbox, EVENT_ACCESS_RESTLESS, NULL, NULL);
    (void)outbox_event_over(bridge->outbox, EVENT_ACCESS_NO_ROOM, NULL, NULL);
    frontage_keep(fresh, &bridge->events);
    if (page_too) {
        config_free(old);
    }
    return bridge_start_workers(bridge, err);
}

bool bridge_reload(struct bridge *bridge)
{
    struct error err = ERROR_INIT;
    struct config *fresh = config_load(bridge->config_path, &err);
    if (fresh == NULL) {
        bridge_tell(bridge, EVENT_CONFIG_NOT_TAKEN, err.text);
        answer_reload(bridge, false, err.text);
        return true;
    }
    const char *words = keep_fixed(bridge->config, fresh);
    bridge->renewing = true;
    bool done = change_over(bridge, fresh, &err);
    bridge->renewing = false;
    if (!done && bridge->config != fresh && !bridge->stuck) {
        /* The listener may yet take it: it is not freed. */
        bridge_tell(bridge, EVENT_CONFIG_NOT_TAKEN, err.text);
        answer_reload(bridge, false, err.text);
        return true;
    }
    if (!done) {
        bridge_tell(bridge, EVENT_START_FAILED, err.text);
        return false;
    }
    protect_password(bridge);
    event_report(&bridge->events, EVENT_CONFIG_RELOADED, bridge->config_path, words,
                 (const char *)NULL);
    answer_reload(bridge, true, words);
    return true;
}
