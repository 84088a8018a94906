#include <windows.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "console.h"
#include "record/control.h"
#include "outbox/outbox_note.h"
#include "outbox/outbox_scan.h"
#include "config/config_load.h"

enum {
    LOOK_MS = 200,        /* between two looks at what the service has done */
    PROGRESS_MS = 2000,   /* between two lines on a long file */
    BEGIN_MS = 15 * 1000, /* for a run to begin, when none is under way */
    MEGABYTE = 1000 * 1000,
};

struct following {
    const struct config *config;
    struct outbox *outbox;
    int64_t before; /* the last run's number when ours was asked for */
    int64_t turn;   /* of the last change that has been shown */
    ULONGLONG progress;
    size_t files;
    size_t waiting;
};

/* ---- what it shows ---- */

static void show_counts(const struct outbox_scan_file *file)
{
    console_print("  %s: %" PRIu64 " new, %" PRIu64 " known", file->name, file->new_count,
                  file->known_count);
    if (file->ignored_count > 0) {
        console_print(", %" PRIu64 " before ignore_before", file->ignored_count);
    }
    if (file->rejected_count > 0) {
        console_print(", %" PRIu64 " lines set aside", file->rejected_count);
    }
}

static void show_reading(struct following *following, const struct outbox_scan_file *file)
{
    if (GetTickCount64() - following->progress < PROGRESS_MS) {
        return;
    }
    following->progress = GetTickCount64();
    console_print("  %s: %" PRId64 " of %" PRId64 " MB\n", file->name, file->done / MEGABYTE,
                  file->size / MEGABYTE);
}

static bool show_change(void *context, const struct outbox_scan_file *file)
{
    struct following *following = context;
    following->turn = file->turn;
    switch (file->state) {
    case OUTBOX_SCAN_READING:
        show_reading(following, file);
        break;
    case OUTBOX_SCAN_WAITS:
        show_counts(file);
        console_print("; read\n");
        break;
    case OUTBOX_SCAN_ARCHIVED:
        show_counts(file);
        console_print("; archived as %s\n", file->detail);
        break;
    case OUTBOX_SCAN_IN_USE:
        console_print("  %s: in use by another program, left for a later run\n", file->name);
        break;
    case OUTBOX_SCAN_NO_LOG:
        console_print("  %s: no line of it is a punch, left where it is\n", file->name);
        break;
    case OUTBOX_SCAN_FAILED:
        console_print("  %s: %s\n", file->name, file->detail);
        break;
    }
    return true;
}

static bool count_file(void *context, const struct outbox_scan_file *file)
{
    struct following *following = context;
    following->files++;
    following->waiting += file->state == OUTBOX_SCAN_WAITS;
    return true;
}

/* ---- following the run ---- */

/* "" as long as the database may yet take what waits; else what keeps it, as `status` says it. */
static bool database_away(struct following *following, char *why, struct error *err)
{
    char state[OUTBOX_NOTE_MAX + 1];
    if (!outbox_noted(following->outbox, OUTBOX_NOTE_UPLOADER_STATE, state, err) ||
        !outbox_noted(following->outbox, OUTBOX_NOTE_UPLOADER_ERROR, why, err)) {
        return false;
    }
    if (strcmp(state, "connected") == 0) {
        why[0] = '\0';
    } else if (why[0] == '\0') {
        snprintf(why, OUTBOX_NOTE_MAX + 1, "%s",
                 state[0] == '\0' ? "it has not been reached yet" : state);
    }
    return true;
}

static int tell_end(struct following *following, const struct outbox_scan *run, const char *away)
{
    struct error err = ERROR_INIT;
    if (run->trouble[0] != '\0') {
        char why[REASON_MAX];
        console_complain("hipctl: %s\n", console_reason(run->trouble, why));
        return HIPCTL_FAILED;
    }
    if (!outbox_each_scan_file(following->outbox, 0, count_file, following, &err)) {
        return command_failed(&err);
    }
    if (following->files == 0) {
        console_print("There is no file in %s that fits %s.\n",
                      following->config->sync.log_directory, following->config->sync.file_pattern);
        return HIPCTL_DONE;
    }
    console_print("Files: %llu.", (unsigned long long)following->files);
    if (following->waiting > 0) {
        console_print(" %llu wait for the database and are archived once it has all their punches.",
                      (unsigned long long)following->waiting);
    }
    console_print("\n");
    if (following->waiting > 0 && away[0] != '\0') {
        char why[REASON_MAX];
        console_print("What stands in the way: %s\n", console_reason(away, why));
    }
    return HIPCTL_DONE;
}

static bool is_running(void)
{
    return strcmp(command_service_state(), "running") == 0;
}

/* One look; *end says whether it was the last. */
static bool look(struct following *following, struct outbox_scan *run, char *away, bool *end,
                 struct error *err)
{
    away[0] = '\0';
    if (!outbox_scan_read(following->outbox, run, err)) {
        return false;
    }
    bool ours = run->number > following->before;
    bool under_way = run->number > 0 && run->ended_s == 0;
    if (!ours && !under_way) {
        return true;
    }
    if (!outbox_each_scan_file(following->outbox, following->turn, show_change, following, err)) {
        return false;
    }
    *end = ours && !under_way;
    if (ours && under_way && run->read_s != 0) {
        if (!database_away(following, away, err)) {
            return false;
        }
        *end = away[0] != '\0';
    }
    return true;
}

static int follow(struct following *following)
{
    struct error err = ERROR_INIT;
    struct outbox_scan run;
    char away[OUTBOX_NOTE_MAX + 1];
    bool end = false;
    ULONGLONG began = GetTickCount64();
    do {
        Sleep(LOOK_MS);
        if (!look(following, &run, away, &end, &err)) {
            return command_failed(&err);
        }
        bool idle = run.number <= following->before && (run.ended_s != 0 || run.number == 0);
        if (!end && !is_running()) {
            error_set(&err, ERR_NOT_FOUND, 0, console_say("the service was stopped"));
        } else if (idle && GetTickCount64() - began > BEGIN_MS) {
            error_set(
                &err, ERR_NOT_FOUND, 0,
                console_say("no run has begun. See that \"enabled\" under \"sync\" is true in %s"),
                following->config->path);
        }
        if (err.kind != ERR_NONE) {
            return command_failed(&err);
        }
    } while (!end);
    return tell_end(following, &run, away);
}

static bool ask(struct following *following, struct error *err)
{
    struct outbox_scan run;
    if (!outbox_scan_read(following->outbox, &run, err)) {
        return false;
    }
    following->before = run.number;
    if (!command_service_control(CONTROL_SYNC_NOW, err) ||
        !command_service_control(CONTROL_UPLOAD_NOW, err)) {
        return false;
    }
    if (run.number > 0 && run.ended_s == 0) {
        console_print("A run is under way; yours follows it.\n");
    }
    console_print("Reading %s\n", following->config->sync.log_directory);
    return true;
}

/* Without a log folder there is still what waits for the database. */
static int upload_now(struct following *following)
{
    struct error err = ERROR_INIT;
    char away[OUTBOX_NOTE_MAX + 1];
    if (!command_service_control(CONTROL_UPLOAD_NOW, &err) ||
        !database_away(following, away, &err)) {
        return command_failed(&err);
    }
    console_print(
        "There is no log folder to read (\"enabled\" under \"sync\" is false in %s). What "
        "waits for the database is sent now.\n",
        following->config->path);
    if (away[0] != '\0') {
        char why[REASON_MAX];
        console_print("What stood in the way last: %s\n", console_reason(away, why));
    }
    return HIPCTL_DONE;
}

int command_sync_now(const struct command_line *line)
{
    struct error err = ERROR_INIT;
    struct following following = {0};
    int status = HIPCTL_FAILED;
    if (line->count > 0) {
        return command_usage("sync-now");
    }
    struct config *config = config_load(line->config_path, &err);
    if (config == NULL) {
        return command_failed(&err);
    }
    following.config = config;
    /* That it is not running is the likelier reason for there being no outbox. */
    if (!is_running()) {
        command_service_control(CONTROL_SYNC_NOW, &err);
    } else {
        following.outbox = outbox_open_readonly(config->outbox.path, &err);
    }
    if (following.outbox != NULL && !config->sync.enabled) {
        status = upload_now(&following);
    } else {
        status = following.outbox != NULL && ask(&following, &err) ? follow(&following)
                                                                   : command_failed(&err);
    }
    outbox_close(following.outbox);
    config_free(config);
    return status;
}
