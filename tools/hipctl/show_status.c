#include <windows.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pace/certificate.h"
#include "command.h"
#include "console.h"
#include "show_summary.h"
#include "terminals/silence.h"
#include "status/status.h"
#include "config/config_load.h"
#include "outbox/outbox_note.h"
#include "outbox/outbox_proof.h"
#include "outbox/outbox_pull.h"
#include "outbox/outbox_reading.h"
#include "outbox/outbox_stats.h"
#include "status/concern.h"
#include "terminals/clockwatch.h"
#include "terminals/voice.h"
#include "terminals/walk.h"

enum {
    FILES_SHOWN = 5,
    TERMINALS_SHOWN = 40, /* those that need somebody first; `hipctl device` lists all */
    STRANGERS_SHOWN = 10, /* likewise: more are somebody's inventions */
    AGO_MAX = 80,
    SAME_SHOWN = 3, /* concerns of one kind; of the others their terminals */
};

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
    struct outbox *outbox;
    struct error *err;
    bool failed;
    struct silence_watch watch;
    int64_t now_s;
    size_t count;
    int64_t strangers;
    size_t terminals; /* of the first pass */
    bool odd;         /* the pass: those that need somebody, or the others */
    bool counting;    /* how many there are, before any is shown */
};

/* Up to when all that it holds is in the database, and what keeps that from being proven. */
static bool show_complete(struct listing *listing, const char *sn)
{
    struct outbox_complete complete;
    struct outbox_proof proof;
    char through[WALLTIME_TEXT_MAX];
    if (!outbox_complete(listing->outbox, sn, &complete, listing->err) ||
        !outbox_proof(listing->outbox, sn, &proof, listing->err)) {
        listing->failed = true;
        return false;
    }
    if (complete.complete) {
        console_print("    complete through %s (%s)\n", walltime_text(complete.through, through),
                      console_say(outbox_proof_words[complete.proof]));
    }
    if (outbox_proof_obstacle(&proof) != NULL) {
        console_print("    %s\n", console_say(outbox_proof_obstacle(&proof)));
    }
    return true;
}

static void show_device(struct listing *listing, const struct walk_terminal *terminal, bool silent)
{
    char seen[CONSOLE_TIME_MAX];
    char last[WALLTIME_TEXT_MAX];
    char clock[48];
    const struct outbox_device *device = terminal->device;
    const char *other = voice_other(&device->voice, listing->now_s);
    console_print("  %s", device->sn);
    show_name(listing->config, device->sn);
    if (!terminal->seen) {
        console_print(": never heard\n");
        return;
    }
    console_print(": %lld punches, last at %s; seen %s at %s", (long long)device->punches,
                  device->last_punch != 0 ? walltime_text(device->last_punch, last) : "-",
                  console_time(device->last_seen_s, seen), device->address);
    if (device->audit.clock_shown_s != 0) {
        clockwatch_difference(device->audit.clock_ahead_s, clock, sizeof clock);
        char *way = strrchr(clock, ' ');
        console_print("; clock %.*s %s", (int)(way - clock), clock, console_say(way + 1));
    }
    if (silent) {
        console_print("; silent");
    }
    if (other[0] != '\0') {
        console_print("; %s speaks in its name too", other);
    }
    if (terminal->listed == NULL && listing->config->listener.device_count > 0) {
        console_print("; not listed");
    }
    console_print("\n");
    (void)show_complete(listing, device->sn);
}

static bool visit_device(void *context, const struct walk_terminal *terminal)
{
    struct listing *listing = context;
    const struct outbox_device *device = terminal->device;
    if (terminal->kind == WALK_STRANGER && listing->strangers > STRANGERS_SHOWN) {
        return false; /* one line for all of them */
    }
    bool watched = terminal->kind != WALK_STRANGER && silence_watches(device);
    bool silent =
        watched && silence_is(&listing->watch, terminal->listed != NULL, device->last_seen_s);
    bool odd = silent || !terminal->seen || voice_is_torn(&device->voice, listing->now_s);
    listing->terminals += listing->counting;
    if (!listing->counting && odd == listing->odd && listing->count < TERMINALS_SHOWN) {
        listing->count++;
        show_device(listing, terminal, silent);
    }
    return !listing->failed;
}

static bool show_devices(struct listing *listing, struct error *err)
{
    char seen[CONSOLE_TIME_MAX];
    struct outbox_device last;
    const struct config_listener *listener = &listing->config->listener;
    listing->counting = true;
    if (!walk_strangers(listing->outbox, listener, listing->now_s, &listing->strangers, &last,
                        err) ||
        !walk_terminals(listing->outbox, listener, visit_device, listing, err)) {
        return false;
    }
    listing->counting = false;
    if (listing->terminals + (size_t)listing->strangers > 0) {
        console_print("\nTerminals (a punch's time is its terminal's own)\n");
    }
    for (int pass = 0; pass < 2; pass++) {
        listing->odd = pass == 0;
        if (!walk_terminals(listing->outbox, listener, visit_device, listing, err) ||
            listing->failed) {
            return false;
        }
    }
    if (listing->terminals > listing->count) {
        console_print("  and %zu more (`hipctl device` lists them)\n",
                      listing->terminals - listing->count);
    }
    if (listing->strangers > STRANGERS_SHOWN) {
        console_print("  and %" PRId64 " devices that nobody listed and that bring no punch; the "
                      "last %s at %s, seen %s\n",
                      listing->strangers, last.sn, last.address,
                      console_time(last.last_seen_s, seen));
    }
    return true;
}

static bool show_file(void *context, const struct outbox_file *file)
{
    char read[CONSOLE_TIME_MAX];
    struct listing *listing = context;
    if (listing->count++ == 0) {
        console_print("\nLog files\n");
    }
    console_print("  %s: %llu new, %llu known, %llu ignored, %llu set aside; read %s; ", file->name,
                  (unsigned long long)file->new_count, (unsigned long long)file->known_count,
                  (unsigned long long)file->ignored_count, (unsigned long long)file->rejected_count,
                  console_time(file->read_s, read));
    if (file->archived_as[0] != '\0') {
        console_print("archived as %s\n", file->archived_as);
    } else {
        console_print("not archived yet\n");
    }
    return true;
}

static bool show_pull(void *context, const struct outbox_pull *pull)
{
    char visited[CONSOLE_TIME_MAX];
    struct listing *listing = context;
    if (config_pulled(&listing->config->pull, pull->place) == NULL) {
        return true;
    }
    if (listing->count++ == 0) {
        console_print("\nTerminals that are read\n");
    }
    console_print("  %s %s: visited %s; ", pull->place, pull->sn,
                  console_time(pull->visited_s, visited));
    if (pull->why[0] != '\0') {
        char why[REASON_MAX];
        console_print("%s\n", console_reason(pull->why, why));
    } else {
        console_print(pull->agrees ? "holds %lld, last read %lld rows, as many as it says\n"
                                   : "holds %lld, last read %lld rows, which it does not confirm\n",
                      (long long)pull->held, (long long)pull->rows);
    }
    return pull->sn[0] == '\0' || show_complete(listing, pull->sn);
}

static bool show_database(struct outbox *outbox, struct error *err)
{
    char label[CONSOLE_LABEL_MAX];
    char text[OUTBOX_NOTE_MAX + 1];
    char at[CONSOLE_TIME_MAX];
    console_print("\nDatabase\n");
    for (size_t i = 0; i < HB_COUNT(database_notes); i++) {
        if (!outbox_noted(outbox, database_notes[i].note, text, err)) {
            return false;
        }
        if (text[0] != '\0') {
            bool state = database_notes[i].note == OUTBOX_NOTE_UPLOADER_STATE;
            bool reason = database_notes[i].note == OUTBOX_NOTE_UPLOADER_ERROR ||
                          database_notes[i].note == OUTBOX_NOTE_UPLOADER_TLS; /* "no TLS" */
            char why[REASON_MAX];
            console_print("  %s %s\n", console_label(database_notes[i].label, label),
                          state    ? console_say(text)
                          : reason ? console_reason(text, why)
                                   : text);
        }
    }
    if (!outbox_noted(outbox, OUTBOX_NOTE_UPLOADER_TLS_UNTIL, text, err)) {
        return false;
    }
    int64_t until_s = strtoll(text, NULL, 10);
    long long days = certificate_days_left(until_s, (int64_t)time(NULL));
    if (until_s != 0) {
        console_print(days < 0 ? "  %s %s (%lld days past its end)\n"
                               : "  %s %s (%lld days left)\n",
                      console_label("Certificate ends", label), console_time(until_s, at),
                      days < 0 ? -days : days);
    }
    if (!outbox_noted(outbox, OUTBOX_NOTE_UPLOADER_LAST_SUCCESS, text, err)) {
        return false;
    }
    if (text[0] != '\0') {
        console_print("  %s %s\n", console_label("Last success", label),
                      console_time(strtoll(text, NULL, 10), at));
    }
    return true;
}

static bool show_counts(struct outbox *outbox, struct error *err)
{
    char label[CONSOLE_LABEL_MAX];
    struct outbox_counts counts;
    char oldest[CONSOLE_TIME_MAX];
    if (!outbox_counts(outbox, &counts, err)) {
        return false;
    }
    console_print("\nPunches on this PC\n");
    console_print("  %s %lld", console_label("Waiting", label), (long long)counts.waiting);
    if (counts.waiting > 0) {
        console_print(" (the oldest came %s)", console_time(counts.oldest_waiting_s, oldest));
    }
    console_print("\n");
    console_print("  %s %lld\n", console_label("In the database", label),
                  (long long)counts.uploaded);
    console_print("  %s %lld\n", console_label("Refused", label), (long long)counts.refused);
    console_print("  %s %lld\n", console_label("Not understood", label),
                  (long long)counts.rejected_lines);
    if (counts.refused + counts.rejected_lines > 0) {
        console_print("  (`hipctl rejected` lists them)\n");
    }
    return true;
}

/* ---- the headline ---- */

static const char *ago(int64_t then_s, int64_t now_s, char out[AGO_MAX])
{
    long long s = now_s > then_s ? (long long)(now_s - then_s) : 0;
    if (then_s == 0) {
        snprintf(out, AGO_MAX, "%s", console_say("never"));
    } else if (s < 120) {
        snprintf(out, AGO_MAX, console_say("%lld seconds ago"), s);
    } else if (s < 7200) {
        snprintf(out, AGO_MAX, console_say("%lld minutes ago"), s / 60);
    } else if (s < 2 * 86400) {
        snprintf(out, AGO_MAX, console_say("%lld hours ago"), s / 3600);
    } else {
        snprintf(out, AGO_MAX, console_say("%lld days ago"), s / 86400);
    }
    return out;
}

struct hearing {
    const struct silence_watch *watch;
    int known, heard;
};

static bool hear(void *context, const struct walk_terminal *terminal)
{
    struct hearing *hearing = context;
    if (terminal->kind != WALK_STRANGER) {
        hearing->known++;
        hearing->heard += silence_is_heard(hearing->watch, terminal->device->last_seen_s);
    }
    return true;
}

static bool time_noted(struct outbox *outbox, enum outbox_note note, int64_t *time_s,
                       struct error *err)
{
    char text[OUTBOX_NOTE_MAX + 1];
    if (!outbox_noted(outbox, note, text, err)) {
        return false;
    }
    *time_s = strtoll(text, NULL, 10);
    return true;
}

/* What "all is well" rests on. */
static bool show_well(struct outbox *outbox, const struct config *config,
                      const struct silence_watch *watch, int64_t now_s, struct error *err)
{
    char run[AGO_MAX];
    char reached[AGO_MAX];
    int64_t run_s = 0;
    int64_t reached_s = 0;
    struct hearing hearing = {watch, 0, 0};
    if (!time_noted(outbox, OUTBOX_NOTE_SYNC_LAST_RUN, &run_s, err) ||
        !time_noted(outbox, OUTBOX_NOTE_UPLOADER_REACHED, &reached_s, err) ||
        !walk_terminals(outbox, &config->listener, hear, &hearing, err)) {
        return false;
    }
    console_print("All is well: ");
    if (config->sync.enabled) {
        console_print("the log folder was read %s, ", ago(run_s, now_s, run));
    }
    console_print("the database was last reached %s, %d of %d terminals are heard.\n",
                  ago(reached_s, now_s, reached), hearing.heard, hearing.known);
    return true;
}

/* The terminals of those from `at` on that are of the same kind; returns how many these are. */
static size_t show_same(const struct concern_list *list, size_t at, const struct config *config)
{
    size_t same = 0;
    const struct concern *first = &list->concerns[at];
    while (at + same < list->count && strcmp(list->concerns[at + same].code, first->code) == 0) {
        same++;
    }
    console_print("      The same of %zu more:", same);
    for (size_t i = 0; i < same; i++) {
        console_print("%s %s", i > 0 ? "," : "", first[i].about);
        show_name(config, first[i].about);
    }
    console_print("%s\n", console_stop());
    return same;
}

static void show_concerns(const struct concern_list *list, const struct config *config)
{
    size_t of_kind = 0;
    for (size_t i = 0; i < list->count; i++) {
        char words[CONCERN_WORDS_MAX];
        const struct concern *one = &list->concerns[i];
        of_kind = i > 0 && strcmp(one[-1].code, one->code) == 0 ? of_kind + 1 : 0;
        if (of_kind == SAME_SHOWN && one->about[0] != '\0') {
            i += show_same(list, i, config) - 1;
            continue;
        }
        console_print("%-5s %s%s", console_say(one->level == CONCERN_BAD ? "ACT" : "WATCH"),
                      concern_words(one, config, console_in_thai(), words), console_stop());
        if (one->event != 0) {
            console_print(" (event %d)", one->event);
        }
        console_print("\n");
    }
    if (list->count > 0) {
        console_print("What to do about each: the status page, http://localhost:%d/hipbridge/, or "
                      "docs\\events.html by the event's number.\n",
                      config->listener.port);
    }
}

static bool add_hour(void *context, const struct outbox_hour *hour)
{
    *(int64_t *)context += hour->punches;
    return true;
}

static bool show_today(struct outbox *outbox, const struct config *config, int64_t now_s,
                       struct error *err)
{
    enum { DAY_S = 86400 };
    int64_t punches = 0;
    walltime wall = now_s + (int64_t)config_minutes(&config->listener, NULL, now_s) * 60;
    walltime today = wall - wall % DAY_S;
    if (!outbox_each_hour(outbox, today, today + DAY_S, add_hour, &punches, err)) {
        return false;
    }
    console_print("\nToday            %lld punches\n", (long long)punches);
    return true;
}

static bool show_folder(struct outbox *outbox, const struct config *config, struct error *err)
{
    char label[CONSOLE_LABEL_MAX];
    char last[CONSOLE_TIME_MAX];
    char next[CONSOLE_TIME_MAX];
    char summary[OUTBOX_NOTE_MAX + 1];
    int64_t last_s = 0;
    int64_t next_s = 0;
    if (!config->sync.enabled) {
        return true;
    }
    if (!time_noted(outbox, OUTBOX_NOTE_SYNC_LAST_RUN, &last_s, err) ||
        !time_noted(outbox, OUTBOX_NOTE_SYNC_NEXT_RUN, &next_s, err) ||
        !outbox_noted(outbox, OUTBOX_NOTE_SYNC_SUMMARY, summary, err)) {
        return false;
    }
    console_print("\nLog folder %s\n", config->sync.log_directory);
    console_print("  %s %s\n", console_label("Last read", label), console_time(last_s, last));
    console_print("  %s %s\n", console_label("Next", label), console_time(next_s, next));
    show_summary(summary);
    return true;
}

static bool show_access(struct outbox *outbox, const struct config *config, struct error *err)
{
    char label[CONSOLE_LABEL_MAX];
    char read[CONSOLE_TIME_MAX];
    char last[WALLTIME_TEXT_MAX];
    struct outbox_reading reading;
    if (!config->access.enabled) {
        return true;
    }
    if (!outbox_reading(outbox, config->access.path, &reading, err)) {
        return false;
    }
    console_print("\nVendor's database %s\n", config->access.path);
    if (reading.path[0] == '\0') {
        console_print("  not read yet\n");
        return true;
    }
    console_print("  %s %s\n", console_label("Last read", label),
                  console_time(reading.read_s, read));
    if (reading.why[0] != '\0') {
        char why[REASON_MAX];
        console_print("  %s %s\n", console_label("Problem", label),
                      console_reason(reading.why, why));
    }
    console_print("  %s %lld new, %lld known; the newest of %s\n", console_label("Punches", label),
                  (long long)reading.fresh, (long long)reading.known,
                  reading.last != 0 ? walltime_text(reading.last, last) : "-");
    console_print("  %s %lld rows set aside; %lld typed in by an operator, %s\n",
                  console_label("Beside", label), (long long)reading.aside,
                  (long long)reading.typed,
                  console_say(config->access.include_typed ? "taken" : "left out"));
    console_print("  %s %lld, of which %lld wait for the next look", console_label("Pages", label),
                  (long long)reading.pages, (long long)reading.waiting);
    if (reading.restless + reading.damaged > 0) {
        console_print("; %lld never rest, %lld are damaged", (long long)reading.restless,
                      (long long)reading.damaged);
    }
    console_print("\n");
    return true;
}

static bool show_table(struct outbox *outbox, const struct config *config, const char *service,
                       int64_t now_s, const struct concern_list *list, struct error *err)
{
    char since[CONSOLE_TIME_MAX];
    struct listing devices = {.config = config, .outbox = outbox, .err = err, .now_s = now_s};
    struct listing files = {.config = config};
    struct listing pulls = {.config = config, .outbox = outbox, .err = err};
    int64_t started_s = 0;
    bool running = strcmp(service, "running") == 0;
    if (!silence_watch_read(outbox, config, now_s, &devices.watch, err) ||
        !time_noted(outbox, OUTBOX_NOTE_SERVICE_STARTED, &started_s, err)) {
        return false;
    }
    if (running) {
        console_print("HIP Bridge %s: service running since %s\n", HIPBRIDGE_VERSION,
                      console_time(started_s, since));
    } else {
        console_print("HIP Bridge %s: service %s\n", HIPBRIDGE_VERSION, console_say(service));
    }
    show_concerns(list, config);
    return (list->worst != CONCERN_GOOD || show_well(outbox, config, &devices.watch, now_s, err)) &&
           show_today(outbox, config, now_s, err) && show_counts(outbox, err) &&
           show_database(outbox, err) && show_folder(outbox, config, err) &&
           show_access(outbox, config, err) &&
           outbox_each_file(outbox, FILES_SHOWN, show_file, &files, err) &&
           show_devices(&devices, err) && outbox_each_pull(outbox, show_pull, &pulls, err);
}

static bool show_json(struct outbox *outbox, const struct config *config, const char *service,
                      int64_t now_s, struct error *err)
{
    char *json = status_json(outbox, config, service, now_s, err);
    if (json == NULL) {
        return false;
    }
    console_write(span_of(json));
    console_write(SPAN("\n"));
    free(json);
    return true;
}

static bool show(const struct config *config, bool json, int *code, struct error *err)
{
    struct concern_list *list = malloc(sizeof *list);
    struct outbox *outbox = outbox_open_readonly(config->outbox.path, err);
    const char *service = command_service_state();
    const int64_t now_s = (int64_t)time(NULL);
    bool fine = false;
    if (list == NULL) {
        error_set(err, ERR_MEMORY, 0, console_say("no memory"));
    } else if (outbox == NULL) {
        if (err->kind == ERR_NOT_FOUND) {
            error_prefix(err, console_say("nothing is stored yet (service %s): "),
                         console_say(service));
        }
    } else if (outbox_snapshot(outbox,
                               err)) { /* what is shown and the exit code are of one moment */
        fine = concern_find(outbox, config, service, now_s, list, err) &&
               (json ? show_json(outbox, config, service, now_s, err)
                     : show_table(outbox, config, service, now_s, list, err));
        outbox_snapshot_end(outbox);
    }
    if (fine) {
        *code = list->worst == CONCERN_BAD    ? HIPCTL_ACT
                : list->worst == CONCERN_WARN ? HIPCTL_WATCH
                                              : HIPCTL_DONE;
    }
    outbox_close(outbox);
    free(list);
    return fine;
}

/* Until Ctrl+C. What cannot be read now may be readable the next time. */
static void watch(const struct config *config, bool json)
{
    enum { EVERY_MS = 5000 };
    for (;;) {
        int code = 0;
        char now[CONSOLE_TIME_MAX];
        struct error err = ERROR_INIT;
        if (!json) {
            console_print("---- %s ----\n", console_time((int64_t)time(NULL), now));
        }
        if (!show(config, json, &code, &err)) {
            command_failed(&err);
        }
        Sleep(EVERY_MS);
    }
}

int command_status(const struct command_line *line)
{
    struct error err = ERROR_INIT;
    bool json = false;
    bool watching = false;
    int code = HIPCTL_FAILED;
    const struct command_option options[] = {{"--json", NULL, &json}, {"--watch", NULL, &watching}};
    if (!command_options(line, options, HB_COUNT(options))) {
        return command_usage("status");
    }
    struct config *config = config_load(line->config_path, &err);
    if (config == NULL) {
        return command_failed(&err);
    }
    if (watching) {
        watch(config, json);
    }
    bool fine = show(config, json, &code, &err);
    config_free(config);
    return fine ? code : command_failed(&err);
}
