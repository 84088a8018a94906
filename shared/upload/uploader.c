#include "upload/uploader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "outbox/outbox_spent.h"
#include "pace/certificate.h"
#include "upload/uploader_private.h"

enum {
    BATCH_TEXT =
        512 << 10, /* of raw lines in a batch; the library doubles a buffer until all fits */
    DAY_S = 86400,
    COUNT_ROWS = 20000,  /* counted by hours in a transaction: some milliseconds */
    SHORTAGE_S = 600,    /* no connection left for so long is worth an event, */
    SHORTAGE_MS = 30000, /* and it is tried again after so long at most; */
    CROWDED_S = DAY_S,   /* and for so long after it */
    CROWDED_CLOSE_S = 2, /* an idle connection is given back as soon as this */
};

static const struct {
    enum event_id event;
    const char *state;
} troubles[TROUBLES] = {
    [TROUBLE_AWAY] = {EVENT_DATABASE_UNREACHABLE, "waiting"},
    [TROUBLE_LOGIN] = {EVENT_DATABASE_LOGIN_REFUSED, "login refused"},
    [TROUBLE_TABLE] = {EVENT_TABLE_UNUSABLE, "table unusable"},
};

struct uploader *uploader_new(const struct config *config, struct outbox *outbox,
                              const struct event_sink *events, const struct report_service *service,
                              struct error *err)
{
    struct uploader *uploader = calloc(1, sizeof *uploader);
    if (uploader == NULL) {
        error_set(err, ERR_MEMORY, 0, "no memory for the uploader");
        return NULL;
    }
    uploader->config = config;
    uploader->outbox = outbox;
    uploader->events = events;
    feed_init(&uploader->feed, config, outbox, events);
    uploader->limit = (size_t)config->database.batch_rows;
    uploader->most = cloud_rows_most(&config->database);
    backoff_init(&uploader->backoff, (uint64_t)time(NULL) ^ (uint64_t)(uintptr_t)uploader);
    uploader->cloud = cloud_new(&config->database, err);
    uploader->batch = batch_new(cloud_rows_most(&config->database), BATCH_TEXT);
    if (uploader->cloud != NULL && uploader->batch == NULL) {
        error_set(err, ERR_MEMORY, 0, "no memory for a batch of punches");
    }
    if (uploader->cloud != NULL && uploader->batch != NULL) {
        uploader->report = report_new(config, outbox, events, service, err);
        uploader->office =
            office_new(config, outbox, events, service != NULL ? service->orders : NULL, err);
    }
    if (uploader->report == NULL || uploader->office == NULL) {
        uploader_free(uploader);
        return NULL;
    }
    return uploader;
}

void uploader_free(struct uploader *uploader)
{
    if (uploader == NULL) {
        return;
    }
    report_free(uploader->report);
    office_free(uploader->office);
    cloud_free(uploader->cloud);
    batch_free(uploader->batch);
    free(uploader);
}

void uploader_hurry(struct uploader *uploader)
{
    backoff_reset(&uploader->backoff);
    office_hurry(uploader->office);
}

void uploader_interrupt(struct uploader *uploader)
{
    cloud_interrupt(uploader->cloud);
}

/* ---- what others read: notes in the outbox ---- */

bool uploader_note(struct uploader *uploader, enum outbox_note which, const char *text,
                   struct error *err)
{
    char *noted = uploader->noted[which];
    if (strcmp(noted, text) == 0) {
        return true;
    }
    if (!outbox_note(uploader->outbox, which, text, err)) {
        return false;
    }
    snprintf(noted, sizeof uploader->noted[which], "%s", text);
    return true;
}

/* What is there from before: an older run's notes are changed only where they are wrong. */
static bool know_notes(struct uploader *uploader, struct error *err)
{
    for (size_t i = OUTBOX_NOTE_UPLOADER_STATE;
         !uploader->noted_known && i <= OUTBOX_NOTE_UPLOADER_ROUND_TRIP; i++) {
        if (!outbox_noted(uploader->outbox, (enum outbox_note)i, uploader->noted[i], err)) {
            return false;
        }
    }
    uploader->noted_known = true;
    return true;
}

/* Several notes in a transaction of their own, begun only if one of them is new. */
static bool note_all(struct uploader *uploader, const enum outbox_note *which,
                     const char *const *texts, size_t count, struct error *err)
{
    bool changed = false;
    if (!know_notes(uploader, err)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        changed = changed || strcmp(uploader->noted[which[i]], texts[i]) != 0;
    }
    if (!changed) {
        return true;
    }
    bool fine = outbox_begin(uploader->outbox, err);
    for (size_t i = 0; fine && i < count; i++) {
        fine = uploader_note(uploader, which[i], texts[i], err);
    }
    fine = fine && outbox_commit(uploader->outbox, err);
    if (!fine) {
        uploader->noted_known = false;
        outbox_rollback(uploader->outbox);
    }
    return fine;
}

/* ---- what is told ---- */

int64_t uploader_waiting(struct uploader *uploader)
{
    struct outbox_counts counts;
    return outbox_counts(uploader->outbox, &counts, NULL) ? counts.waiting : 0;
}

/* The outbox cannot be read or written: told, and tried again. */
uint32_t uploader_outbox_failed(struct uploader *uploader, const struct error *err, int64_t now_s)
{
    uploader->outbox_bad = true;
    if (condition_note(&uploader->outbox_trouble, true, now_s) != CONDITION_QUIET) {
        event_report(uploader->events, EVENT_OUTBOX_FAILED, err->text, (const char *)NULL);
    }
    return backoff_next(&uploader->backoff);
}

/*
 * The server is there and all its connections are taken: others give theirs back soon, as we do
 * from now on. That is no news before it has lasted.
 */
static bool is_passing(struct uploader *uploader, const struct error *err, int64_t now_s)
{
    if (err->kind != ERR_UNREACHABLE || !cloud_error_shortage(err->code)) {
        uploader->short_s = 0;
        return false;
    }
    uploader->crowded_s = now_s;
    if (uploader->short_s == 0 || now_s < uploader->short_s) {
        uploader->short_s = now_s;
    }
    backoff_lower(&uploader->backoff, SHORTAGE_MS);
    return now_s - uploader->short_s < SHORTAGE_S && !uploader->trouble[TROUBLE_AWAY].on;
}

uint32_t uploader_in_trouble(struct uploader *uploader, const struct error *err, int64_t now_s)
{
    enum trouble which = err->kind == ERR_LOGIN   ? TROUBLE_LOGIN
                         : err->kind == ERR_TABLE ? TROUBLE_TABLE
                                                  : TROUBLE_AWAY;
    struct error failure = ERROR_INIT;
    const enum outbox_note notes[] = {OUTBOX_NOTE_UPLOADER_STATE, OUTBOX_NOTE_UPLOADER_ERROR};
    const char *const texts[] = {troubles[which].state, err->text};
    bool noted = note_all(uploader, notes, texts, HB_COUNT(notes), &failure);
    if (is_passing(uploader, err, now_s)) {
        return noted ? backoff_next(&uploader->backoff)
                     : uploader_outbox_failed(uploader, &failure, now_s);
    }
    for (enum trouble i = 0; i < TROUBLES; i++) {
        enum condition_news news = condition_note(&uploader->trouble[i], i == which, now_s);
        if (news == CONDITION_BEGAN || news == CONDITION_LASTS) {
            char waiting[24];
            snprintf(waiting, sizeof waiting, "%lld", (long long)uploader_waiting(uploader));
            event_report(uploader->events, troubles[i].event, err->text, waiting,
                         (const char *)NULL);
        }
    }
    uploader->greeted = false;
    return noted ? backoff_next(&uploader->backoff)
                 : uploader_outbox_failed(uploader, &failure, now_s);
}

bool uploader_all_well(struct uploader *uploader, int64_t waiting, int64_t now_s, struct error *err)
{
    const struct cloud_facts *facts = cloud_facts(uploader->cloud);
    char until[24] = "";
    const enum outbox_note notes[] = {
        OUTBOX_NOTE_UPLOADER_STATE,    OUTBOX_NOTE_UPLOADER_ERROR, OUTBOX_NOTE_UPLOADER_HOST,
        OUTBOX_NOTE_UPLOADER_SERVER,   OUTBOX_NOTE_UPLOADER_TLS,   OUTBOX_NOTE_UPLOADER_TLS_ISSUER,
        OUTBOX_NOTE_UPLOADER_TLS_UNTIL};
    const char *const texts[] = {"connected",       "",   facts->host, facts->server, facts->tls,
                                 facts->tls_issuer, until};
    if (facts->tls_until_s != 0) {
        snprintf(until, sizeof until, "%lld", (long long)facts->tls_until_s);
    }
    for (enum trouble i = 0; i < TROUBLES; i++) {
        condition_note(&uploader->trouble[i], false, now_s);
    }
    backoff_reset(&uploader->backoff);
    uploader->short_s = 0;
    if (!uploader->greeted) {
        char count[24];
        snprintf(count, sizeof count, "%lld", (long long)waiting);
        event_report(uploader->events, EVENT_DATABASE_CONNECTED, facts->host, facts->server,
                     facts->tls, count, (const char *)NULL);
        uploader->greeted = true;
        snprintf(count, sizeof count, "%lld", (long long)now_s);
        if (!outbox_note(uploader->outbox, OUTBOX_NOTE_UPLOADER_REACHED, count, err)) {
            return false;
        }
    }
    if (!facts->unique_key && !uploader->no_key_told) {
        event_report(uploader->events, EVENT_NO_UNIQUE_KEY, uploader->config->database.table,
                     cloud_key_statement(uploader->cloud), (const char *)NULL);
        uploader->no_key_told = true;
    }
    if (facts->table_warning[0] != '\0' && !uploader->odd_told) {
        event_report(uploader->events, EVENT_TABLE_ODD, uploader->config->database.table,
                     facts->table_warning, (const char *)NULL);
        uploader->odd_told = true;
    }
    return note_all(uploader, notes, texts, HB_COUNT(notes), err);
}

/* Refused rows are told of at most hourly, with how many there were since. */
static void tell_refused(struct uploader *uploader, int64_t now_s)
{
    struct condition *refusing = &uploader->refusing;
    if (uploader->refused == 0) {
        if (refusing->on && now_s - refusing->told >= CONDITION_REPEAT_S) {
            condition_note(refusing, false, now_s);
        }
        return;
    }
    if (condition_note(refusing, true, now_s) == CONDITION_QUIET) {
        return;
    }
    char count[24];
    snprintf(count, sizeof count, "%llu", (unsigned long long)uploader->refused);
    event_report(uploader->events, EVENT_ROWS_REFUSED, count, uploader->refused_why,
                 (const char *)NULL);
    uploader->refused = 0;
}

/* Forgets a few punches that are older than the retention. */
static uint32_t prune(struct uploader *uploader, int64_t now_s)
{
    struct error err = ERROR_INIT;
    bool more = false;
    if (!retention_prune(&uploader->retention, uploader->outbox,
                         uploader->config->outbox.retain_days, now_s, &more, &err)) {
        return uploader_outbox_failed(uploader, &err, now_s);
    }
    return more ? RETENTION_PAUSE_MS : UPLOADER_IDLE;
}

static uint32_t without_database(struct uploader *uploader, int64_t now_s)
{
    const enum outbox_note notes[] = {OUTBOX_NOTE_UPLOADER_STATE, OUTBOX_NOTE_UPLOADER_ERROR};
    const char *const texts[] = {"not configured", ""};
    struct error err = ERROR_INIT;
    if (!uploader->no_database_told) {
        event_report(uploader->events, EVENT_NO_DATABASE, uploader->config->path,
                     (const char *)NULL);
        uploader->no_database_told = true;
    }
    if (!note_all(uploader, notes, texts, HB_COUNT(notes), &err)) {
        return uploader_outbox_failed(uploader, &err, now_s);
    }
    return prune(uploader, now_s);
}

/* A certificate that ends soon may have been renewed: only a new connection shows. True: one is to
 * be made. */
static bool look_anew(struct uploader *uploader, int64_t now_s)
{
    if (cloud_connected(uploader->cloud) && now_s - uploader->connected_s >= DAY_S &&
        certificate_short(cloud_facts(uploader->cloud)->tls_until_s, now_s)) {
        cloud_disconnect(uploader->cloud);
        return true;
    }
    return false;
}

/* The servers' keys as the outbox has them now: `hipctl test-db --trust` may have changed them. */
static bool recall_trust(struct uploader *uploader, struct error *err)
{
    char *noted = uploader->noted[OUTBOX_NOTE_UPLOADER_TRUST];
    if (!know_notes(uploader, err) ||
        !outbox_noted(uploader->outbox, OUTBOX_NOTE_UPLOADER_TRUST, noted, err)) {
        return false;
    }
    cloud_remember(uploader->cloud, noted);
    return true;
}

static bool keep_trust(struct uploader *uploader, struct error *err)
{
    const enum outbox_note which = OUTBOX_NOTE_UPLOADER_TRUST;
    const char *const text = cloud_remembered(uploader->cloud);
    return note_all(uploader, &which, &text, 1, err);
}

/* In how many seconds head office is to be told or heard. */
static int64_t office_wants(const struct uploader *uploader, int64_t now_s)
{
    int64_t tell_s = report_due(uploader->report, now_s);
    int64_t hear_s = office_due(uploader->office, now_s);
    return tell_s < hear_s ? tell_s : hear_s;
}

static bool anything_waits(struct uploader *uploader, bool *some, struct error *err)
{
    bool fine = outbox_waiting(uploader->outbox, 1, uploader->batch, err);
    *some = fine && uploader->batch->count > 0;
    return fine;
}

/* In how many seconds an idle connection is given back; INT64_MAX: never. */
static int64_t close_due(const struct uploader *uploader, int64_t now_s)
{
    int64_t most = uploader->config->database.idle_close_s;
    if (most == 0 || !cloud_connected(uploader->cloud)) {
        return INT64_MAX;
    }
    int64_t since_s = now_s - uploader->crowded_s;
    if (uploader->crowded_s != 0 && since_s >= 0 && since_s < CROWDED_S && most > CROWDED_CLOSE_S) {
        most = CROWDED_CLOSE_S;
    }
    int64_t left = uploader->used_s + most - now_s;
    return left < 0 || left > most ? 0 : left;
}

static uint32_t step(struct uploader *uploader, int64_t now_s)
{
    struct error err = ERROR_INIT;
    bool more = false;
    if (!retention_make_room(&uploader->retention, uploader->outbox,
                             uploader->config->outbox.max_mb, now_s, &more, &err)) {
        return uploader_outbox_failed(uploader, &err, now_s);
    }
    /* What waits for room does not wait for the database; else the two take turns. */
    if (more && !cloud_connected(uploader->cloud)) {
        return RETENTION_PAUSE_MS;
    }
    if (uploader->config->database.host_count == 0) {
        return without_database(uploader, now_s);
    }
    bool anew = look_anew(uploader, now_s);
    uploader->fresh = !cloud_connected(uploader->cloud);
    if (uploader->fresh && uploader->greeted && !anew && office_wants(uploader, now_s) > 0) {
        bool some = false;
        if (!anything_waits(uploader, &some, &err)) {
            return uploader_outbox_failed(uploader, &err, now_s);
        }
        if (!some) { /* it was given back, and nothing is to be carried */
            return more ? RETENTION_PAUSE_MS : prune(uploader, now_s);
        }
    }
    if (uploader->fresh && !recall_trust(uploader, &err)) {
        return uploader_outbox_failed(uploader, &err, now_s);
    }
    if (!cloud_connect(uploader->cloud, &err)) {
        return err.kind == ERR_STOPPED ? UPLOADER_IDLE : uploader_in_trouble(uploader, &err, now_s);
    }
    if (uploader->fresh) {
        uploader->connected_s = now_s;
        if (!keep_trust(uploader, &err)) {
            return uploader_outbox_failed(uploader, &err, now_s);
        }
    }
    if (!know_notes(uploader, &err) || !feed_know(&uploader->feed, &err) ||
        !outbox_waiting(uploader->outbox, uploader_read_count(uploader), uploader->batch, &err)) {
        return uploader_outbox_failed(uploader, &err, now_s);
    }
    if (uploader->batch->count > 0 || !uploader->greeted) {
        uploader->used_s = now_s;
    }
    if (uploader->batch->count > 0) {
        return uploader_move(uploader, now_s);
    }
    if (!uploader_all_well(uploader, 0, now_s, &err)) {
        return uploader_outbox_failed(uploader, &err, now_s);
    }
    return more ? RETENTION_PAUSE_MS : prune(uploader, now_s);
}

/* For the pictures. What cannot be noted is missing there, and no more. */
static void sample(struct uploader *uploader, int64_t now_s)
{
    struct error ignored = ERROR_INIT;
    int64_t uncounted = 0;
    bool due = now_s - uploader->sampled_s >= OUTBOX_SAMPLE_EVERY_S || now_s < uploader->sampled_s;
    if (!due && now_s == uploader->counted_s) { /* a step follows each append */
        return;
    }
    uploader->counted_s = now_s;
    if (!outbox_uncounted(uploader->outbox, &uncounted, &ignored) ||
        (!due && uncounted < OUTBOX_COUNT_AT) || !outbox_begin(uploader->outbox, &ignored)) {
        return;
    }
    if (!outbox_count_hours(uploader->outbox, now_s, COUNT_ROWS, &ignored) ||
        (due && (!outbox_sample(uploader->outbox, now_s, &ignored) ||
                 !outbox_spent_keep(uploader->outbox, OUTBOX_NOTE_SPENT_UPLOAD, &ignored))) ||
        !outbox_commit(uploader->outbox, &ignored)) {
        outbox_rollback(uploader->outbox);
    }
    if (due) {
        uploader->sampled_s = now_s;
    }
}

static void note_reached(struct uploader *uploader, int64_t now_s)
{
    const enum outbox_note which = OUTBOX_NOTE_UPLOADER_REACHED;
    struct error ignored = ERROR_INIT;
    char text[24];
    const char *const texts = text;
    snprintf(text, sizeof text, "%lld", (long long)now_s);
    (void)note_all(uploader, &which, &texts, 1, &ignored);
}

/* Head office, between batches. A connection that was made for it alone is given back at once. */
static void tell_office(struct uploader *uploader, int64_t now_s, bool *more)
{
    if (cloud_connected(uploader->cloud) && uploader->feed.known) {
        office_turn(uploader->office, uploader->cloud, uploader->feed.state.bridge, now_s, more);
    }
    if (cloud_connected(uploader->cloud) && uploader->feed.known &&
        report_write(uploader->report, uploader->cloud, uploader->feed.state.bridge, true, false,
                     now_s)) {
        note_reached(uploader, now_s);
    }
    if (close_due(uploader, now_s) == 0) {
        cloud_disconnect(uploader->cloud);
    }
}

uint32_t uploader_step(struct uploader *uploader, int64_t now_s)
{
    uploader->outbox_bad = false;
    uint32_t wait_ms = step(uploader, now_s);
    sample(uploader, now_s);
    if (!uploader->outbox_bad) {
        condition_note(&uploader->outbox_trouble, false, now_s);
    }
    tell_refused(uploader, now_s);
    bool more = false; /* orders may have punches go up again */
    tell_office(uploader, now_s, &more);
    return more && wait_ms == UPLOADER_IDLE ? 0 : wait_ms;
}

uint32_t uploader_idle_ms(const struct uploader *uploader, int64_t now_s)
{
    int64_t due_s = office_wants(uploader, now_s);
    int64_t close_s = close_due(uploader, now_s);
    due_s = close_s < due_s ? close_s : due_s;
    return due_s < UPLOADER_IDLE / 1000 ? (uint32_t)(due_s > 0 ? due_s : 1) * 1000 : UPLOADER_IDLE;
}

void uploader_tell(struct uploader *uploader)
{
    report_hurry(uploader->report);
}

void uploader_stop(struct uploader *uploader, int64_t now_s)
{
    struct error ignored = ERROR_INIT;
    bool told = uploader->config->database.status_tables && uploader->greeted;
    if ((cloud_connected(uploader->cloud) || (told && cloud_connect(uploader->cloud, &ignored))) &&
        feed_know(&uploader->feed, &ignored)) {
        (void)report_write(uploader->report, uploader->cloud, uploader->feed.state.bridge, false,
                           true, now_s);
    }
}
