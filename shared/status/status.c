#include "status/status.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pace/certificate.h"
#include "outbox/outbox_feed.h"
#include "outbox/outbox_note.h"
#include "outbox/outbox_proof.h"
#include "outbox/outbox_refusal.h"
#include "outbox/outbox_rejected.h"
#include "outbox/outbox_spent.h"
#include "outbox/outbox_stats.h"
#include "outbox/outbox_pull.h"
#include "outbox/outbox_reading.h"
#include "status/status_private.h"
#include "terminals/voice.h"
#include "terminals/walk.h"

/* Bounds of the lists: the text must not grow with what strangers send. */
enum { DEVICES_MAX = 1000, STRANGERS_LISTED = 10, FILES_MAX = 50, REJECTED_MAX = 20 };

/* ---- the notes that the service's threads leave ---- */

struct note {
    const char *field;
    enum outbox_note note;
    enum { NOTE_TEXT, NOTE_TIME, NOTE_REASON } kind; /* a time: Unix seconds, as decimal digits */
};

static const struct note service_notes[] = {
    {"program_version", OUTBOX_NOTE_SERVICE_VERSION, NOTE_TEXT},
    {"started_s", OUTBOX_NOTE_SERVICE_STARTED, NOTE_TIME},
};

static const struct note uploader_notes[] = {
    {"state", OUTBOX_NOTE_UPLOADER_STATE, NOTE_TEXT},
    {"host", OUTBOX_NOTE_UPLOADER_HOST, NOTE_TEXT},
    {"server", OUTBOX_NOTE_UPLOADER_SERVER, NOTE_TEXT},
    {"tls", OUTBOX_NOTE_UPLOADER_TLS, NOTE_REASON},
    {"tls_issuer", OUTBOX_NOTE_UPLOADER_TLS_ISSUER, NOTE_TEXT},
    {"tls_until_s", OUTBOX_NOTE_UPLOADER_TLS_UNTIL, NOTE_TIME},
    {"last_success_s", OUTBOX_NOTE_UPLOADER_LAST_SUCCESS, NOTE_TIME},
    {"last_reached_s", OUTBOX_NOTE_UPLOADER_REACHED, NOTE_TIME},
    {"last_error", OUTBOX_NOTE_UPLOADER_ERROR, NOTE_REASON},
};

static const struct note sync_notes[] = {
    {"last_run_s", OUTBOX_NOTE_SYNC_LAST_RUN, NOTE_TIME},
    {"next_run_s", OUTBOX_NOTE_SYNC_NEXT_RUN, NOTE_TIME},
    {"summary", OUTBOX_NOTE_SYNC_SUMMARY, NOTE_TEXT},
};

static void add_notes(struct status_building *building, cJSON *to, const struct note *notes,
                      size_t count)
{
    char text[OUTBOX_NOTE_MAX + 1];
    for (size_t i = 0; building->good && i < count; i++) {
        building->good = outbox_noted(building->outbox, notes[i].note, text, building->err);
        switch (notes[i].kind) {
        case NOTE_TEXT:
            status_add_text(building, to, notes[i].field, text);
            break;
        case NOTE_TIME:
            status_add_time(building, to, notes[i].field, strtoll(text, NULL, 10));
            break;
        case NOTE_REASON:
            status_add_reason(building, to, notes[i].field, text);
            break;
        }
    }
}

/* ---- the parts ---- */

static void add_uploader(struct status_building *building, cJSON *to)
{
    char text[OUTBOX_NOTE_MAX + 1];
    struct outbox_delays delays;
    int64_t midnight_s =
        building->today -
        (int64_t)config_minutes(&building->config->listener, NULL, building->now_s) * 60;
    int64_t rows = 0;
    add_notes(building, to, uploader_notes, HB_COUNT(uploader_notes));
    building->good =
        building->good &&
        outbox_noted(building->outbox, OUTBOX_NOTE_UPLOADER_ROUND_TRIP, text, building->err) &&
        outbox_delivered_since(building->outbox, midnight_s, &delays, building->err);
    if (!building->good) {
        return;
    }
    for (size_t i = 0; i < OUTBOX_DELAYS; i++) {
        rows += delays.punches[i];
    }
    if (building->tls_until_s != 0) {
        status_add_number(building, to, "tls_days_left",
                          certificate_days_left(building->tls_until_s, building->now_s));
    } else {
        status_add_null(building, to, "tls_days_left");
    }
    status_add_number(building, to, "rows_today", rows);
    if (text[0] == '\0') {
        status_add_null(building, to, "round_trip_us");
    } else {
        status_add_number(building, to, "round_trip_us", strtoll(text, NULL, 10));
    }
}

/* Null where nothing has come that way since the service started. */
static void add_road(struct status_building *building, cJSON *to, const char *name,
                     enum outbox_note road)
{
    struct outbox_spent spent;
    bool known = false;
    building->good =
        building->good && outbox_spent_kept(building->outbox, road, &spent, &known, building->err);
    if (!building->good || !known) {
        status_add_null(building, to, name);
        return;
    }
    cJSON *sums = status_add_object(building, to, name);
    status_add_number(building, sums, "rows", spent.rows);
    status_add_number(building, sums, "commits", spent.commits);
    status_add_number(building, sums, "copy_us", spent.us[OUTBOX_SPENT_COPY]);
    status_add_number(building, sums, "parse_us", spent.us[OUTBOX_SPENT_PARSE]);
    status_add_number(building, sums, "bind_us", spent.us[OUTBOX_SPENT_BIND]);
    status_add_number(building, sums, "send_us", spent.us[OUTBOX_SPENT_SEND]);
    status_add_number(building, sums, "wait_us", spent.us[OUTBOX_SPENT_WAIT]);
    status_add_number(building, sums, "flush_us", spent.us[OUTBOX_SPENT_FLUSH]);
    status_add_number(building, sums, "carry_us", spent.us[OUTBOX_SPENT_CARRY]);
}

static void add_spent(struct status_building *building, cJSON *to)
{
    add_road(building, to, "push", OUTBOX_NOTE_SPENT_PUSH);
    add_road(building, to, "log", OUTBOX_NOTE_SPENT_LOG);
    add_road(building, to, "pull", OUTBOX_NOTE_SPENT_PULL);
    add_road(building, to, "upload", OUTBOX_NOTE_SPENT_UPLOAD);
}

static void add_counts(struct status_building *building, cJSON *to)
{
    const struct outbox_counts counts = building->counts;
    status_add_number(building, to, "waiting", counts.waiting);
    status_add_time(building, to, "oldest_waiting_s", counts.oldest_waiting_s);
    status_add_number(building, to, "uploaded", counts.uploaded);
    status_add_number(building, to, "refused", counts.refused);
    status_add_number(building, to, "rejected_lines", counts.rejected_lines);
    status_add_number(building, to, "last_id", counts.last_id);
    status_add_number(building, to, "cursor", counts.cursor);
    status_add_number(building, to, "bytes", counts.bytes);
    status_add_number(building, to, "bytes_max",
                      (int64_t)building->config->outbox.max_mb * 1048576);
}

/*
 * What a terminal says of itself, "firmware,users,fingerprints,punches,address,…" (protocol.md);
 * anything else stands under "info" alone.
 */
static void add_info(struct status_building *building, cJSON *to, const char *info)
{
    char firmware[64] = "";
    const struct terminal_info read = terminal_info_read(span_of(info));
    if (read.records < 0) {
        status_add_text(building, to, "firmware", "");
        status_add_null(building, to, "holds");
        return;
    }
    utf8_clean(read.firmware, firmware, sizeof firmware);
    status_add_text(building, to, "firmware", firmware);
    status_add_number(building, to, "holds", read.records);
}

/* Persons that the terminal did not let in, by its code: there are few. */
struct refusing {
    struct status_building *building;
    cJSON *to;
};

static bool visit_refusal(void *context, const struct outbox_refusal *refusal)
{
    const struct refusing *refusing = context;
    char code[16];
    snprintf(code, sizeof code, "%" PRId32, refusal->code);
    status_add_number(refusing->building, refusing->to, code, refusal->times);
    return refusing->building->good;
}

static void add_refusals(struct status_building *building, cJSON *entry, const char *sn)
{
    struct refusing refusing = {building, status_add_object(building, entry, "not_let_in")};
    building->good = building->good && outbox_each_refusal(building->outbox, sn, visit_refusal,
                                                           &refusing, building->err);
}

/* Read once: what waits is looked through for all terminals together. */
static bool note_held(void *context, const char *sn, walltime from)
{
    struct status_building *building = context;
    if (building->held_count < STATUS_HELD_MAX) {
        struct status_held *held = &building->held[building->held_count];
        (void)span_copy(span_of(sn), held->sn, sizeof held->sn);
        held->from = from;
    }
    return ++building->held_count <= STATUS_HELD_MAX;
}

static void read_complete(struct status_building *building, const char *sn,
                          struct outbox_complete *complete, const char **obstacle)
{
    struct outbox_proof proof;
    building->good = building->good && outbox_proof(building->outbox, sn, &proof, building->err);
    if (!building->good) {
        return;
    }
    complete->proof = proof.proof;
    complete->complete =
        proof.proof != OUTBOX_PROOF_NONE && building->held_count <= STATUS_HELD_MAX;
    complete->through = proof.through;
    *obstacle = outbox_proof_obstacle(&proof);
    for (size_t i = 0; complete->complete && i < building->held_count; i++) {
        if (strcmp(building->held[i].sn, sn) == 0) {
            outbox_complete_hold(complete, building->held[i].from);
        }
    }
}

static void add_device(struct status_building *building, const struct walk_terminal *terminal)
{
    char last[WALLTIME_TEXT_MAX] = "";
    char through[WALLTIME_TEXT_MAX] = "";
    struct outbox_complete complete = {.complete = false};
    const struct outbox_device *device = terminal->device;
    const struct config_device *known = terminal->listed;
    int64_t pending = 0;
    cJSON *entry = status_add_entry(building);
    building->good = building->good &&
                     outbox_commands_pending(building->outbox, device->sn, &pending, building->err);
    const char *obstacle = NULL;
    read_complete(building, device->sn, &complete, &obstacle);
    if (complete.complete) {
        walltime_text(complete.through, through);
    }
    if (device->last_punch != 0) {
        walltime_text(device->last_punch, last);
    }
    status_add_text(building, entry, "sn", device->sn);
    status_add_text(building, entry, "name", known != NULL ? known->name : "");
    status_add_bool(building, entry, "configured", known != NULL);
    status_add_text(building, entry, "address", device->address);
    status_add_text(building, entry, "other_address", voice_other(&device->voice, building->now_s));
    status_add_text(building, entry, "push_version", device->push_version);
    status_add_text(building, entry, "kind", device->kind);
    status_add_text(building, entry, "info", device->info);
    add_info(building, entry, device->info);
    status_add_time(building, entry, "first_seen_s", device->first_seen_s);
    status_add_time(building, entry, "last_seen_s", device->last_seen_s);
    status_add_number(building, entry, "punches", device->punches);
    status_add_number(building, entry, "today", status_today_of(building, device->sn));
    status_add_text(building, entry, "last_punch", last);
    status_add_text(building, entry, "complete_through", through);
    status_add_text(building, entry, "proof", outbox_proof_words[complete.proof]);
    status_add_text(building, entry, "obstacle", obstacle != NULL ? obstacle : "");
    if (device->audit.clock_shown_s != 0) {
        status_add_number(building, entry, "clock_offset_s", device->audit.clock_ahead_s);
    } else {
        status_add_null(building, entry, "clock_offset_s");
    }
    status_add_number(building, entry, "commands_pending", pending);
    add_refusals(building, entry, device->sn);
    status_add_bool(building, entry, "heard",
                    silence_is_heard(&building->watch, device->last_seen_s));
    status_add_bool(building, entry, "silent",
                    terminal->kind != WALK_STRANGER && silence_watches(device) &&
                        silence_is(&building->watch, known != NULL, device->last_seen_s));
}

/* Strangers are a line of their own where there are more than a site may just have bought. */
static bool visit_device(void *context, const struct walk_terminal *terminal)
{
    struct status_building *building = context;
    bool counted = terminal->kind == WALK_STRANGER && building->strangers > STRANGERS_LISTED;
    if (terminal->kind != WALK_LISTED && (counted || building->count >= DEVICES_MAX)) {
        return false;
    }
    add_device(building, terminal);
    return building->good;
}

static void add_devices(struct status_building *building, cJSON *root)
{
    const struct config_listener *listener = &building->config->listener;
    struct outbox_device last = {0};
    building->good = building->good && walk_strangers(building->outbox, listener, building->now_s,
                                                      &building->strangers, &last, building->err);
    status_add_list(building, root, "devices");
    building->good =
        building->good &&
        walk_terminals(building->outbox, listener, visit_device, building, building->err) &&
        building->good;
    cJSON *strangers = status_add_object(building, root, "strangers");
    status_add_number(building, strangers, "count", building->strangers);
    status_add_text(building, strangers, "last_sn", last.sn);
    status_add_text(building, strangers, "last_address", last.address);
    status_add_time(building, strangers, "last_seen_s", last.last_seen_s);
}

static bool visit_file(void *context, const struct outbox_file *file)
{
    struct status_building *building = context;
    cJSON *entry = status_add_entry(building);
    status_add_text(building, entry, "name", file->name);
    status_add_number(building, entry, "size", file->size);
    status_add_time(building, entry, "modified_s", file->modified_s);
    status_add_time(building, entry, "read_s", file->read_s);
    status_add_number(building, entry, "new", (int64_t)file->new_count);
    status_add_number(building, entry, "known", (int64_t)file->known_count);
    status_add_number(building, entry, "ignored", (int64_t)file->ignored_count);
    status_add_number(building, entry, "rejected", (int64_t)file->rejected_count);
    status_add_text(building, entry, "archived_as", file->archived_as);
    return building->good;
}

static bool visit_pull(void *context, const struct outbox_pull *pull)
{
    char through[WALLTIME_TEXT_MAX] = "";
    struct status_building *building = context;
    if (config_pulled(&building->config->pull, pull->place) == NULL) {
        return true;
    }
    cJSON *entry = status_add_entry(building);
    if (pull->through != 0) {
        walltime_text(pull->through, through);
    }
    status_add_text(building, entry, "address", pull->place);
    status_add_text(building, entry, "sn", pull->sn);
    status_add_text(building, entry, "model", pull->model);
    status_add_text(building, entry, "firmware", pull->firmware);
    status_add_time(building, entry, "visited_s", pull->visited_s);
    status_add_time(building, entry, "answered_s", pull->answered_s);
    status_add_reason(building, entry, "problem", pull->why);
    status_add_number(building, entry, "holds", pull->held);
    status_add_number(building, entry, "capacity", pull->capacity);
    status_add_time(building, entry, "read_s", pull->read_s);
    status_add_number(building, entry, "before", pull->before);
    status_add_number(building, entry, "after", pull->after);
    status_add_number(building, entry, "layout", pull->layout);
    status_add_number(building, entry, "bytes", pull->bytes);
    status_add_number(building, entry, "ms", pull->ms);
    status_add_number(building, entry, "rows", pull->rows);
    status_add_number(building, entry, "new", pull->fresh);
    status_add_number(building, entry, "known", pull->known);
    status_add_number(building, entry, "set_aside", pull->aside);
    status_add_bool(building, entry, "agrees", pull->agrees);
    status_add_text(building, entry, "through", through);
    return building->good;
}

static bool visit_rejected(void *context, const struct outbox_rejected *rejected)
{
    char line[PUNCH_RAW_MAX + 1];
    struct status_building *building = context;
    cJSON *entry = status_add_entry(building);
    utf8_clean(rejected->bytes, line, sizeof line);
    status_add_text(building, entry, "sn", rejected->device_sn);
    status_add_text(building, entry, "line", line);
    status_add_reason(building, entry, "reason", rejected->reason);
    status_add_time(building, entry, "at_s", rejected->rejected_s);
    return building->good;
}

/* Whose punch it was stays with `hipctl rejected`. */
static bool visit_refused(void *context, const struct outbox_refused *refused)
{
    char time[WALLTIME_TEXT_MAX];
    struct status_building *building = context;
    cJSON *entry = status_add_entry(building);
    status_add_text(building, entry, "sn", refused->row.punch.device_sn);
    status_add_text(building, entry, "punch", walltime_text(refused->row.punch.time, time));
    status_add_number(building, entry, "code", refused->code);
    status_add_reason(building, entry, "reason", refused->reason);
    status_add_time(building, entry, "at_s", refused->refused_s);
    return building->good;
}

static void add_access(struct status_building *building, cJSON *to)
{
    char last[WALLTIME_TEXT_MAX] = "";
    struct outbox_reading reading;
    const struct config_access *access = &building->config->access;
    const char *path = access->enabled ? access->path : "";
    if (!building->good ||
        !(building->good = outbox_reading(building->outbox, path, &reading, building->err))) {
        return;
    }
    if (reading.last != 0) {
        walltime_text(reading.last, last);
    }
    status_add_text(building, to, "path", path);
    status_add_text(building, to, "state", outbox_reading_words[reading.state]);
    status_add_reason(building, to, "problem", reading.why);
    status_add_time(building, to, "looked_s", reading.looked_s);
    status_add_time(building, to, "read_s", reading.read_s);
    status_add_time(building, to, "came_s", reading.came_s);
    status_add_text(building, to, "last_punch", last);
    status_add_number(building, to, "bytes", reading.bytes);
    status_add_number(building, to, "pages", reading.pages);
    status_add_number(building, to, "pages_waiting", reading.waiting);
    status_add_number(building, to, "pages_restless", reading.restless);
    status_add_number(building, to, "pages_damaged", reading.damaged);
    status_add_number(building, to, "rows", reading.rows);
    status_add_number(building, to, "new", reading.fresh);
    status_add_number(building, to, "known", reading.known);
    status_add_number(building, to, "set_aside", reading.aside);
    status_add_number(building, to, "typed", reading.typed);
}

static void add_pc(struct status_building *building, cJSON *to)
{
    char text[OUTBOX_NOTE_MAX + 1];
    const struct config *config = building->config;
    building->good = building->good &&
                     outbox_noted(building->outbox, OUTBOX_NOTE_PC_ADDRESSES, text, building->err);
    cJSON *list = building->good ? cJSON_AddArrayToObject(to, "addresses") : NULL;
    struct span rest = span_of(text);
    struct span field;
    while (list != NULL && rest.len > 0 && span_field(&rest, ' ', &field)) {
        char one[OUTBOX_NOTE_MAX + 1];
        cJSON *item = span_copy(field, one, sizeof one) ? cJSON_CreateString(one) : NULL;
        if (item == NULL || !cJSON_AddItemToArray(list, item)) {
            cJSON_Delete(item);
            list = NULL;
        }
    }
    if (list == NULL) {
        status_out_of_memory(building);
        return;
    }
    building->good = outbox_noted(building->outbox, OUTBOX_NOTE_PC_CALLED, text, building->err);
    status_add_text(building, to, "called", text);
    if (config->listener.enabled) {
        status_add_number(building, to, "port", config->listener.port);
    } else {
        status_add_null(building, to, "port");
    }
    status_add_text(building, to, "config", config->path);
    status_add_text(building, to, "log_directory",
                    config->sync.enabled ? config->sync.log_directory : "");
    building->good = building->good &&
                     outbox_noted(building->outbox, OUTBOX_NOTE_PC_VENDOR, text, building->err);
    status_add_text(building, to, "vendor_database", config->access.enabled ? "" : text);
}

static void add_lists(struct status_building *building, cJSON *root)
{
    struct outbox *outbox = building->outbox;
    struct error *err = building->err;
    building->good = building->good && outbox_each_held_back(outbox, note_held, building, err);
    add_devices(building, root);
    status_add_list(building, root, "pull");
    building->good =
        building->good && outbox_each_pull(outbox, visit_pull, building, err) && building->good;
    status_add_list(building, root, "files");
    building->good = building->good &&
                     outbox_each_file(outbox, FILES_MAX, visit_file, building, err) &&
                     building->good;
    status_add_list(building, root, "rejected");
    building->good =
        building->good &&
        outbox_each_rejected(outbox, REJECTED_MAX, false, visit_rejected, building, err) &&
        building->good;
    status_add_list(building, root, "refused");
    building->good = building->good &&
                     outbox_each_refused(outbox, REJECTED_MAX, visit_refused, building, err) &&
                     building->good;
}

static void add_all(struct status_building *building, cJSON *root)
{
    status_add_number(building, root, "version", STATUS_VERSION);
    status_add_number(building, root, "now_s", building->now_s);
    status_add_text(building, root, "service", building->service);
    add_notes(building, root, service_notes, HB_COUNT(service_notes));
    add_counts(building, status_add_object(building, root, "outbox"));
    add_uploader(building, status_add_object(building, root, "uploader"));
    add_spent(building, status_add_object(building, root, "spent"));
    add_notes(building, status_add_object(building, root, "sync"), sync_notes,
              HB_COUNT(sync_notes));
    add_access(building, status_add_object(building, root, "access"));
    add_pc(building, status_add_object(building, root, "pc"));
    add_lists(building, root);
    status_add_pictures(building, root);
    status_add_concerns(building, root);
}

char *status_json(struct outbox *outbox, const struct config *config, const char *service,
                  int64_t now_s, struct error *err)
{
    char until[OUTBOX_NOTE_MAX + 1] = "";
    char *text = NULL;
    struct status_building *building = calloc(1, sizeof *building);
    cJSON *root = cJSON_CreateObject();
    if (building == NULL || root == NULL) {
        error_set(err, ERR_MEMORY, 0, "no memory for the status");
        goto done;
    }
    building->outbox = outbox;
    building->config = config;
    building->err = err;
    building->service = service;
    building->now_s = now_s;
    int64_t wall = now_s + (int64_t)config_minutes(&config->listener, NULL, now_s) * 60;
    building->today = wall - wall % 86400;
    /* Else a punch that comes meanwhile, and is proven to be the last, would be told complete. */
    if (!outbox_snapshot(outbox, err)) {
        goto done;
    }
    building->good = outbox_counts(outbox, &building->counts, err) &&
                     silence_watch_read(outbox, config, now_s, &building->watch, err) &&
                     outbox_noted(outbox, OUTBOX_NOTE_UPLOADER_TLS_UNTIL, until, err);
    building->tls_until_s = strtoll(until, NULL, 10);
    status_read_hours(building);
    add_all(building, root);
    if (building->good) {
        text = cJSON_PrintUnformatted(root);
        if (text == NULL) {
            status_out_of_memory(building);
        }
    }
    status_free_hours(building);
    outbox_snapshot_end(outbox);
done:
    cJSON_Delete(root);
    free(building);
    return text;
}
