#include "config/config_findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "system/folder.h"
#include "system/whereabouts.h"

enum { WORDS_MAX = FILE_PATH_MAX + 512 };

struct finding {
    const struct config *config;
    config_visit_finding *visit;
    config_words *in_words; /* NULL: English */
    void *context;
};

HB_FORMAT_OF(2)
static const char *words_of(const struct finding *finding, const char *english)
{
    return finding->in_words != NULL ? finding->in_words(english) : english;
}

HB_PRINTF(3, 4)
static void say(const struct finding *finding, bool wrong, const char *format, ...)
{
    char words[WORDS_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, words_of(finding, format), arguments);
    va_end(arguments);
    finding->visit(finding->context, wrong, words);
}

/* A number that was meant as hours and is minutes: no zone is less than an hour from UTC. */
static void look_at_zone(const struct finding *finding, const char *key, int minutes)
{
    int distance = abs(minutes);
    if (distance > 0 && distance < 60) {
        say(finding, true,
            "%s means UTC%c0:%02d: a number above 14 is minutes. Hours are written 7, or 5.5.", key,
            minutes < 0 ? '-' : '+', distance);
    }
}

static bool is_admitted(const struct config_listener *listener, const struct address *address)
{
    for (size_t i = 0; i < listener->network_count; i++) {
        if (network_holds(&listener->networks[i], address)) {
            return true;
        }
    }
    return false;
}

static void look_at_listener(const struct finding *finding)
{
    const struct config_listener *listener = &finding->config->listener;
    if (!listener->enabled) {
        say(finding, false, "listener.enabled is false: no terminal is listened for.");
        return;
    }
    look_at_zone(finding, "listener.timezone", listener->timezone_minutes);
    if (listener->network_count == 0) {
        say(finding, true, "listener.allowed_networks is empty: it admits nobody.");
    }
    if (listener->reject_unknown && listener->device_count == 0) {
        say(finding, true,
            "listener.unknown_devices is \"reject\" and listener.devices lists none: no terminal "
            "is admitted.");
    }
    for (size_t i = 0; i < listener->device_count; i++) {
        const struct config_device *device = &listener->devices[i];
        char key[PUNCH_SN_MAX + 64];
        snprintf(key, sizeof key, words_of(finding, "timezone of listener.devices, %s,"),
                 device->sn);
        if (device->zone == NULL && device->timezone_minutes != listener->timezone_minutes) {
            look_at_zone(finding, key, device->timezone_minutes);
        }
        if (device->has_address && !is_admitted(listener, &device->address)) {
            char text[ADDRESS_TEXT_MAX];
            say(finding, listener->network_count > 0,
                "listener.devices, %s: its address %s is in none of listener.allowed_networks.",
                device->sn, address_text(&device->address, text));
        }
    }
}

static void look_at_sync(const struct finding *finding)
{
    struct error err = ERROR_INIT;
    const struct config_sync *sync = &finding->config->sync;
    if (!sync->enabled) {
        return;
    }
    char elsewhere[FILE_PATH_MAX];
    struct folder_list *list = folder_list_open(sync->log_directory, &err);
    if (list == NULL) {
        whereabouts_advise(sync->log_directory, sync->file_pattern, &err);
        say(finding, true, "sync.log_directory: %s", err.text);
    } else if (whereabouts_virtual(sync->log_directory, sync->file_pattern, elsewhere,
                                   sizeof elsewhere)) {
        whereabouts_set(elsewhere, &err);
        say(finding, true, "sync.log_directory: %s", err.text);
    }
    folder_list_close(list);
    if (sync->upload_times.count == 0) {
        say(finding, false,
            "sync.upload_times is empty: logs are read only by \"hipctl sync-now\".");
    }
}

static void look_at_access(const struct finding *finding)
{
    struct error err = ERROR_INIT;
    const struct config_access *access = &finding->config->access;
    if (!access->enabled) {
        return;
    }
    bool there = file_exists(access->path);
    if (!there) {
        error_set(&err, ERR_NOT_FOUND, 0, words_of(finding, "there is no file %s"), access->path);
    }
    if (whereabouts_advise_file(access->path, &err) || !there) {
        say(finding, true, "access.path: %s.", err.text);
    }
    if (access->device_sn[0] == '\0') {
        say(finding, false,
            "access.device_sn is empty: a row that names no terminal by its serial number is set "
            "aside.");
    }
}

static void look_at_database(const struct finding *finding)
{
    const struct config_database *database = &finding->config->database;
    if (database->host_count == 0) {
        say(finding, false, "database.host is empty: punches are collected and go nowhere yet.");
        return;
    }
    if (database->tls == CONFIG_TLS_OFF) {
        say(finding, false,
            "database.tls is \"off\": the password and the punches go in the clear.");
    } else if (database->tls_ca[0] != '\0' && !file_exists(database->tls_ca)) {
        say(finding, true, "database.tls_ca: there is no file %s.", database->tls_ca);
    }
    if (database->user[0] == '\0' || database->database[0] == '\0') {
        say(finding, true, "database.%s is empty.",
            database->user[0] == '\0' ? "user" : "database");
    }
    if (database->password_plain) {
        say(finding, false,
            "database.password stands in the clear; the service protects it when it starts.");
    }
}

static void look_at_outbox(const struct finding *finding)
{
    if (whereabouts_is_share(finding->config->outbox.path)) {
        say(finding, true,
            "outbox.path is on another computer (%s): it must be on a disk of this PC.",
            finding->config->outbox.path);
    }
}

void config_findings(const struct config *config, config_visit_finding *visit,
                     config_words *in_words, void *context)
{
    const struct finding finding = {config, visit, in_words, context};
    look_at_listener(&finding);
    look_at_sync(&finding);
    look_at_access(&finding);
    look_at_database(&finding);
    look_at_outbox(&finding);
}
