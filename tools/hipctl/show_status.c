#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pace/certificate.h"
#include "command.h"
#include "console.h"
#include "terminals/silence.h"
#include "status/status.h"
#include "config/config_load.h"
#include "outbox/outbox_note.h"
#include "outbox/outbox_pull.h"

enum { FILES_SHOWN = 5 };

static const struct {
    enum outbox_note note;
    const char *label;
} database_notes[] = {
    {OUTBOX_NOTE_UPLOADER_STATE, "State"},    {OUTBOX_NOTE_UPLOADER_ERROR, "Error"},
    {OUTBOX_NOTE_UPLOADER_HOST, "Host"},      {OUTBOX_NOTE_UPLOADER_SERVER, "Server"},
    {OUTBOX_NOTE_UPLOADER_TLS, "Encryption"}, {OUTBOX_NOTE_UPLOADER_TLS_ISSUER, "Issued by"},
};

/* The name that the configuration gives a terminal, in brackets. */
static void show_name(const struct config *config, const char *sn)
{
    const struct config_device *device = config_device(&config->listener, sn);
    if (device != NULL && device->name[0] != '\0') {
        console_print(" (%s)", device->name);
    }
}

struct listing {
    const struct config *config;
    struct silence_watch watch;
    size_t count;
};

static bool show_device(void *context, const struct outbox_device *device)
{
    char seen[CONSOLE_TIME_MAX];
    char last[WALLTIME_TEXT_MAX];
    struct listing *listing = context;
    if (listing->count++ == 0) {
        console_print("\nTerminals\n");
    }
    console_print("  %s", device->sn);
    show_name(listing->config, device->sn);
    bool configured = config_device(&listing->config->listener, device->sn) != NULL;
    bool silent = silence_is(&listing->watch, configured, device->last_seen_s);
    console_print(": %lld punches, last at %s; seen %s at %s%s\n", (long long)device->punches,
                  device->last_punch != 0 ? walltime_text(device->last_punch, last) : "-",
                  console_time(device->last_seen_s, seen), device->address,
                  silent ? "; silent" : "");
    return true;
}

static bool show_file(void *context, const struct outbox_file *file)
{
    char read[CONSOLE_TIME_MAX];
    struct listing *listing = context;
    if (listing->count++ == 0) {
        console_print("\nLog files\n");
    }
    console_print("  %s: %llu new, %llu known, %llu ignored, %llu set aside; read %s; %s%s\n",
                  file->name, (unsigned long long)file->new_count,
                  (unsigned long long)file->known_count, (unsigned long long)file->ignored_count,
                  (unsigned long long)file->rejected_count, console_time(file->read_s, read),
                  file->archived_as[0] != '\0' ? "archived as " : "not archived yet",
                  file->archived_as);
    return true;
}

static bool show_pull(void *context, const struct outbox_pull *pull)
{
    char visited[CONSOLE_TIME_MAX];
    struct listing *listing = context;
    if (listing->count++ == 0) {
        console_print("\nTerminals that are read\n");
    }
    console_print("  %s %s: visited %s; ", pull->place, pull->sn,
                  console_time(pull->visited_s, visited));
    if (pull->why[0] != '\0') {
        console_print("%s\n", pull->why);
    } else {
        console_print("holds %lld, last read %lld rows%s\n", (long long)pull->held,
                      (long long)pull->rows,
                      pull->agrees ? ", as many as it says" : ", which it does not confirm");
    }
    return true;
}

static bool show_database(struct outbox *outbox, struct error *err)
{
    char text[OUTBOX_NOTE_MAX + 1];
    char at[CONSOLE_TIME_MAX];
    console_print("\nDatabase\n");
    for (size_t i = 0; i < HB_COUNT(database_notes); i++) {
        if (!outbox_noted(outbox, database_notes[i].note, text, err)) {
            return false;
        }
        if (text[0] != '\0') {
            console_print("  %-16s %s\n", database_notes[i].label, text);
        }
    }
    if (!outbox_noted(outbox, OUTBOX_NOTE_UPLOADER_TLS_UNTIL, text, err)) {
        return false;
    }
    int64_t until_s = strtoll(text, NULL, 10);
    long long days = certificate_days_left(until_s, (int64_t)time(NULL));
    if (until_s != 0) {
        console_print("  %-16s %s (%lld %s)\n", "Certificate ends", console_time(until_s, at),
                      days < 0 ? -days : days, days < 0 ? "days past its end" : "days left");
    }
    if (!outbox_noted(outbox, OUTBOX_NOTE_UPLOADER_LAST_SUCCESS, text, err)) {
        return false;
    }
    if (text[0] != '\0') {
        console_print("  %-16s %s\n", "Last success", console_time(strtoll(text, NULL, 10), at));
    }
    return true;
}

static bool show_counts(struct outbox *outbox, struct error *err)
{
    struct outbox_counts counts;
    char oldest[CONSOLE_TIME_MAX];
    if (!outbox_counts(outbox, &counts, err)) {
        return false;
    }
    console_print("\nPunches on this PC\n");
    console_print("  %-16s %lld", "Waiting", (long long)counts.waiting);
    if (counts.waiting > 0) {
        console_print(" (the oldest came %s)", console_time(counts.oldest_waiting_s, oldest));
    }
    console_print("\n  %-16s %lld\n", "In the database", (long long)counts.uploaded);
    console_print("  %-16s %lld\n", "Refused", (long long)counts.refused);
    console_print("  %-16s %lld\n", "Not understood", (long long)counts.rejected_lines);
    if (counts.refused + counts.rejected_lines > 0) {
        console_print("  (`hipctl rejected` lists them)\n");
    }
    return true;
}

static bool show_table(struct outbox *outbox, const struct config *config, struct error *err)
{
    struct listing devices = {.config = config};
    struct listing files = {.config = config};
    struct listing pulls = {.config = config};
    console_print("HIP Bridge " HIPBRIDGE_VERSION ": service %s\n", command_service_state());
    return silence_watch_read(outbox, config, (int64_t)time(NULL), &devices.watch, err) &&
           show_counts(outbox, err) && show_database(outbox, err) &&
           outbox_each_device(outbox, show_device, &devices, err) &&
           outbox_each_pull(outbox, show_pull, &pulls, err) &&
           outbox_each_file(outbox, FILES_SHOWN, show_file, &files, err);
}

static bool show_json(struct outbox *outbox, const struct config *config, struct error *err)
{
    char *json = status_json(outbox, config, command_service_state(), (int64_t)time(NULL), err);
    if (json == NULL) {
        return false;
    }
    console_write(span_of(json));
    console_write(SPAN("\n"));
    free(json);
    return true;
}

int command_status(const struct command_line *line)
{
    struct error err = ERROR_INIT;
    bool json = false;
    const struct command_option options[] = {{"--json", NULL, &json}};
    if (!command_options(line, options, HB_COUNT(options))) {
        return command_usage("status");
    }
    struct config *config = config_load(line->config_path, &err);
    if (config == NULL) {
        return command_failed(&err);
    }
    struct outbox *outbox = outbox_open_readonly(config->outbox.path, &err);
    bool fine = outbox != NULL &&
                (json ? show_json(outbox, config, &err) : show_table(outbox, config, &err));
    if (outbox == NULL && err.kind == ERR_NOT_FOUND) {
        error_prefix(&err, "nothing is stored yet (service %s): ", command_service_state());
    }
    outbox_close(outbox);
    config_free(config);
    return fine ? HIPCTL_DONE : command_failed(&err);
}
