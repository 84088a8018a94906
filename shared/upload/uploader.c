#include "upload/uploader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pace/backoff.h"
#include "pace/certificate.h"
#include "pace/condition.h"
#include "outbox/outbox_note.h"
#include "outbox/outbox_stats.h"
#include "upload/retention.h"

enum {
    BATCH_TEXT =
        512 << 10, /* of raw lines in a batch; the library doubles a buffer until all fits */
    LAST_SUCCESS_EVERY_S = 10,
    CHEAP_US = 500000, /* a batch that takes no longer may grow, */
    DEAR_US = 2000000, /* one that takes longer shrinks, long before a time-out */
    DAY_S = 86400,
    CONFLICTS_MOST = 20,    /* one after the other, before they are called trouble, */
    CONFLICT_PAUSE_MS = 20, /* with so long between them after the first few */
    CONFLICTS_AT_ONCE = 3,
    SUSPECT_TRIES = 3,  /* of a single row that fails by an error nobody knows */
    WITNESSES = 5,      /* rows behind it that are tried in its place */
    CAPPED_S = 3600,    /* after a batch that was too large it grows no further for so long */
    COUNT_ROWS = 20000, /* counted by hours in a transaction: some milliseconds */
};

/* What keeps punches from the database; one at a time. */
enum trouble { TROUBLE_AWAY, TROUBLE_LOGIN, TROUBLE_TABLE, TROUBLES };

static const struct {
    enum event_id event;
    const char *state;
} troubles[TROUBLES] = {
    [TROUBLE_AWAY] = {EVENT_DATABASE_UNREACHABLE, "waiting"},
    [TROUBLE_LOGIN] = {EVENT_DATABASE_LOGIN_REFUSED, "login refused"},
    [TROUBLE_TABLE] = {EVENT_TABLE_UNUSABLE, "table unusable"},
};

struct uploader {
    const struct config *config;
    struct outbox *outbox;
    const struct event_sink *events;
    struct cloud *cloud;
    struct batch *batch;
    struct backoff backoff;

    size_t limit;       /* rows of the next batch, as `adapt` and `shrink` leave it */
    size_t most;        /* what it may grow to: less than cloud_rows_most after one was too large */
    int64_t capped_s;   /* when that was */
    size_t passed;      /* hosts that were connected to and took no rows, one after the other */
    size_t conflicts;   /* one after the other */
    int64_t suspect_id; /* a single row that failed by an error nobody knows, */
    long suspect_code;
    size_t suspect_tries; /* so often */
    int64_t bad_end; /* a refused row lies above the cursor, at or below this id; 0: none known */
    bool greeted;    /* it was told that the database is there */
    bool fresh;      /* the connection came up in this step */
    bool outbox_bad; /* the outbox failed in this step */
    bool no_database_told;
    bool no_key_told;
    bool odd_told;

    struct condition trouble[TROUBLES];
    struct condition outbox_trouble;
    struct condition refusing;
    uint64_t refused; /* rows since EVENT_ROWS_REFUSED was last told */
    char refused_why[ERROR_TEXT_MAX];

    char noted[OUTBOX_NOTES][OUTBOX_NOTE_MAX + 1]; /* as the outbox has them */
    bool noted_known;
    int64_t connected_s;
    int64_t last_success_s;
    struct retention retention;
    int64_t sampled_s;
    int64_t counted_s; /* when it was last looked how many punches are not counted by hours */
};

struct uploader *uploader_new(const struct config *config, struct outbox *outbox,
                              const struct event_sink *events, struct error *err)
{
    struct uploader *uploader = calloc(1, sizeof *uploader);
    if (uploader == NULL) {
        error_set(err, ERR_MEMORY, 0, "no memory for the uploader");
        return NULL;
    }
    uploader->config = config;
    uploader->outbox = outbox;
    uploader->events = events;
    uploader->limit = (size_t)config->database.batch_rows;
    uploader->most = cloud_rows_most(&config->database);
    backoff_init(&uploader->backoff, (uint64_t)time(NULL) ^ (uint64_t)(uintptr_t)uploader);
    uploader->cloud = cloud_new(&config->database, err);
    uploader->batch = batch_new(cloud_rows_most(&config->database), BATCH_TEXT);
    if (uploader->cloud != NULL && uploader->batch == NULL) {
        error_set(err, ERR_MEMORY, 0, "no memory for a batch of punches");
    }
    if (uploader->cloud == NULL || uploader->batch == NULL) {
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
    cloud_free(uploader->cloud);
    batch_free(uploader->batch);
    free(uploader);
}

void uploader_hurry(struct uploader *uploader)
{
    backoff_reset(&uploader->backoff);
}

void uploader_interrupt(struct uploader *uploader)
{
    cloud_interrupt(uploader->cloud);
}

/* ---- what others read: notes in the outbox ---- */

/* In a transaction. Stores a note unless the outbox has it already. */
static bool note(struct uploader *uploader, enum outbox_note which, const char *text,
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
        fine = note(uploader, which[i], texts[i], err);
    }
    fine = fine && outbox_commit(uploader->outbox, err);
    if (!fine) {
        uploader->noted_known = false;
        outbox_rollback(uploader->outbox);
    }
    return fine;
}

/* ---- what is told ---- */

static int64_t waiting_now(struct uploader *uploader)
{
    struct outbox_counts counts;
    return outbox_counts(uploader->outbox, &counts, NULL) ? counts.waiting : 0;
}

/* The outbox cannot be read or written: told, and tried again. */
static uint32_t outbox_failed(struct uploader *uploader, const struct error *err, int64_t now_s)
{
    uploader->outbox_bad = true;
    if (condition_note(&uploader->outbox_trouble, true, now_s) != CONDITION_QUIET) {
        event_report(uploader->events, EVENT_OUTBOX_FAILED, err->text, (const char *)NULL);
    }
    return backoff_next(&uploader->backoff);
}

static uint32_t in_trouble(struct uploader *uploader, const struct error *err, int64_t now_s)
{
    enum trouble which = err->kind == ERR_LOGIN   ? TROUBLE_LOGIN
                         : err->kind == ERR_TABLE ? TROUBLE_TABLE
                                                  : TROUBLE_AWAY;
    struct error failure = ERROR_INIT;
    const enum outbox_note notes[] = {OUTBOX_NOTE_UPLOADER_STATE, OUTBOX_NOTE_UPLOADER_ERROR};
    const char *const texts[] = {troubles[which].state, err->text};
    bool noted = note_all(uploader, notes, texts, HB_COUNT(notes), &failure);
    for (enum trouble i = 0; i < TROUBLES; i++) {
        enum condition_news news = condition_note(&uploader->trouble[i], i == which, now_s);
        if (news == CONDITION_BEGAN || news == CONDITION_LASTS) {
            char waiting[24];
            snprintf(waiting, sizeof waiting, "%lld", (long long)waiting_now(uploader));
            event_report(uploader->events, troubles[i].event, err->text, waiting,
                         (const char *)NULL);
        }
    }
    uploader->greeted = false;
    return noted ? backoff_next(&uploader->backoff) : outbox_failed(uploader, &failure, now_s);
}

/*
 * Rows go in, or none wait: trouble is over. A connection alone does not say so: a server whose
 * disk is full takes those too.
 */
static bool all_well(struct uploader *uploader, int64_t waiting, int64_t now_s, struct error *err)
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
    if (!uploader->greeted) {
        char count[24];
        snprintf(count, sizeof count, "%lld", (long long)waiting);
        event_report(uploader->events, EVENT_DATABASE_CONNECTED, facts->host, facts->server,
                     facts->tls, count, (const char *)NULL);
        uploader->greeted = true;
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

/* ---- moving rows ---- */

/* How long the rows took, from the terminal's clock to the table. */
static struct outbox_delays delays_of(const struct uploader *uploader, const struct punch_row *rows,
                                      size_t count, int64_t now_s)
{
    struct outbox_delays delays = {{0}, 0};
    const char *sn = NULL;
    int east_minutes = 0;
    for (size_t i = 0; i < count; i++) {
        const struct punch *punch = &rows[i].punch;
        if (sn == NULL || strcmp(sn, punch->device_sn) != 0) {
            sn = punch->device_sn;
            const struct config_device *known = config_device(&uploader->config->listener, sn);
            east_minutes = known != NULL ? known->timezone_minutes
                                         : uploader->config->listener.timezone_minutes;
        }
        outbox_delay_add(&delays, now_s - (punch->time - (int64_t)east_minutes * 60));
    }
    return delays;
}

/* The database has committed these rows: the cursor follows. */
static bool advance(struct uploader *uploader, const struct punch_row *rows, size_t count,
                    int64_t now_s, struct error *err)
{
    char text[24];
    char round_trip[24];
    const struct outbox_delays delays = delays_of(uploader, rows, count, now_s);
    int64_t id = rows[count - 1].id;
    bool stamp = now_s - uploader->last_success_s >= LAST_SUCCESS_EVERY_S ||
                 now_s < uploader->last_success_s;
    snprintf(text, sizeof text, "%lld", (long long)now_s);
    snprintf(round_trip, sizeof round_trip, "%lld",
             (long long)cloud_facts(uploader->cloud)->insert_us);
    if (!outbox_begin(uploader->outbox, err)) {
        return false;
    }
    if (!outbox_advance(uploader->outbox, id, now_s, err) ||
        !outbox_delivered(uploader->outbox, &delays, now_s, err) ||
        (stamp && (!note(uploader, OUTBOX_NOTE_UPLOADER_LAST_SUCCESS, text, err) ||
                   !note(uploader, OUTBOX_NOTE_UPLOADER_ROUND_TRIP, round_trip, err))) ||
        !outbox_commit(uploader->outbox, err)) {
        uploader->noted_known = false;
        outbox_rollback(uploader->outbox);
        return false;
    }
    if (stamp) {
        uploader->last_success_s = now_s;
    }
    return true;
}

/* The database will never take this row: it is set aside with the reason and passed. */
static bool set_aside(struct uploader *uploader, int64_t id, const struct error *why, int64_t now_s,
                      struct error *err)
{
    if (!outbox_begin(uploader->outbox, err)) {
        return false;
    }
    if (!outbox_refuse(uploader->outbox, id, why->code, why->text, now_s, err) ||
        !outbox_advance(uploader->outbox, id, now_s, err) ||
        !outbox_commit(uploader->outbox, err)) {
        outbox_rollback(uploader->outbox);
        return false;
    }
    if (uploader->refused == 0) {
        snprintf(uploader->refused_why, sizeof uploader->refused_why, "%s", why->text);
    }
    uploader->refused++;
    return true;
}

static void shrink(struct uploader *uploader, size_t tried)
{
    uploader->limit = tried > 1 ? tried / 2 : 1;
}

/* A batch went in: on a line with a long way there and back a larger one costs hardly more. */
static void adapt(struct uploader *uploader, size_t count)
{
    size_t most = uploader->most;
    int64_t took_us = cloud_facts(uploader->cloud)->insert_us;
    if (took_us > DEAR_US) {
        shrink(uploader, count);
    } else if (took_us < CHEAP_US && count == uploader->limit) {
        uploader->limit = count < most / 2 ? count * 2 : most;
    }
}

/* Rows to be read: those of a batch, and some behind a row that is suspected. */
static size_t read_count(const struct uploader *uploader)
{
    size_t least = uploader->suspect_id != 0 ? 1 + WITNESSES : 1;
    return uploader->limit > least ? uploader->limit : least;
}

/* The first `count` rows of the batch, or less of them while a refused row is being found. */
static size_t next_count(const struct uploader *uploader)
{
    const struct batch *batch = uploader->batch;
    size_t all = batch->count < uploader->limit ? batch->count : uploader->limit;
    size_t suspects = 0;
    while (suspects < all && batch->rows[suspects].id <= uploader->bad_end) {
        suspects++;
    }
    /* Among the suspects is one that is refused. Half of them either hold it or go in. */
    return suspects > 1 ? suspects / 2 : suspects == 1 ? 1 : all;
}

/* The row is set aside, and the rest goes on. */
static uint32_t pass_by(struct uploader *uploader, int64_t id, const struct error *why,
                        int64_t waiting, int64_t now_s)
{
    struct error failure = ERROR_INIT;
    uploader->bad_end = 0;
    uploader->limit = 1; /* bad rows seldom come alone: small steps, doubled by success */
    return set_aside(uploader, id, why, now_s, &failure) &&
                   all_well(uploader, waiting, now_s, &failure)
               ? 0
               : outbox_failed(uploader, &failure, now_s);
}

/*
 * An error that nobody knows may be the server's, or one row's own. It is the row's where it comes
 * again and again for that row alone while the next one goes in.
 */
static uint32_t unknown_error(struct uploader *uploader, size_t count, const struct error *why,
                              int64_t waiting, int64_t now_s)
{
    const struct punch_row *rows = uploader->batch->rows;
    struct error ignored = ERROR_INIT;
    if (count > 1) {
        return 0; /* half as many, at once */
    }
    if (uploader->suspect_id != rows[0].id || uploader->suspect_code != why->code) {
        uploader->suspect_id = rows[0].id;
        uploader->suspect_code = why->code;
        uploader->suspect_tries = 0;
    }
    uploader->suspect_tries++;
    for (size_t i = 1;
         uploader->suspect_tries >= SUSPECT_TRIES && i <= WITNESSES && i < uploader->batch->count;
         i++) {
        if (cloud_connect(uploader->cloud, &ignored) &&
            cloud_insert(uploader->cloud, &rows[i], 1, &ignored)) {
            uploader->suspect_id = 0;
            return pass_by(uploader, rows[0].id, why, waiting, now_s);
        }
    }
    return in_trouble(uploader, why, now_s);
}

/*
 * Moves rows of the batch that was read. The batch is not split in memory: what was not moved is
 * read again by the next step, with what is known (limit, bad_end) making it smaller, so that a
 * lost connection or a stop in the middle needs no care.
 */
static uint32_t move(struct uploader *uploader, int64_t now_s)
{
    const struct punch_row *rows = uploader->batch->rows;
    size_t count = next_count(uploader);
    int64_t last = rows[count - 1].id;
    int64_t waiting = uploader->greeted ? 0 : waiting_now(uploader);
    struct error why = ERROR_INIT;
    struct error failure = ERROR_INIT;
    if (now_s - uploader->capped_s >= CAPPED_S || now_s < uploader->capped_s) {
        uploader->most = cloud_rows_most(&uploader->config->database);
    }
    if (cloud_insert(uploader->cloud, rows, count, &why)) {
        adapt(uploader, count);
        uploader->passed = uploader->conflicts = 0;
        return advance(uploader, rows, count, now_s, &failure) &&
                       all_well(uploader, waiting, now_s, &failure)
                   ? 0
                   : outbox_failed(uploader, &failure, now_s);
    }
    switch (why.kind) {
    case ERR_STOPPED:
        return UPLOADER_IDLE;
    case ERR_CONFLICT:
        if (++uploader->conflicts <= CONFLICTS_MOST) {
            return uploader->conflicts <= CONFLICTS_AT_ONCE ? 0 : CONFLICT_PAUSE_MS;
        }
        uploader->conflicts = 0;
        return in_trouble(uploader, &why, now_s);
    case ERR_DATA:
    case ERR_TOO_LARGE:
        if (count == 1) {
            return pass_by(uploader, last, &why, waiting, now_s);
        }
        if (why.kind == ERR_DATA) {
            uploader->bad_end = last;
        } else {
            shrink(uploader, count);
            uploader->most = uploader->limit; /* it would be too large again */
            uploader->capped_s = now_s;
        }
        return 0;
    default:
        shrink(uploader, count);
        if (why.kind == ERR_UNREACHABLE && !cloud_error_known(why.code)) {
            return unknown_error(uploader, count, &why, waiting, now_s);
        }
        /* Another host takes them perhaps: each is tried before it is called trouble. */
        if (why.kind == ERR_UNREACHABLE &&
            ++uploader->passed < uploader->config->database.host_count) {
            return 0;
        }
        uploader->passed = 0;
        /* A connection may have died of idleness since the last batch: that is no news yet. */
        return uploader->fresh ? in_trouble(uploader, &why, now_s) : 0;
    }
}

/* Forgets a few punches that are older than the retention. */
static uint32_t prune(struct uploader *uploader, int64_t now_s)
{
    struct error err = ERROR_INIT;
    bool more = false;
    if (!retention_prune(&uploader->retention, uploader->outbox,
                         uploader->config->outbox.retain_days, now_s, &more, &err)) {
        return outbox_failed(uploader, &err, now_s);
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
        return outbox_failed(uploader, &err, now_s);
    }
    return prune(uploader, now_s);
}

/* A certificate that ends soon may have been renewed: only a new connection shows. */
static void look_anew(struct uploader *uploader, int64_t now_s)
{
    if (cloud_connected(uploader->cloud) && now_s - uploader->connected_s >= DAY_S &&
        certificate_short(cloud_facts(uploader->cloud)->tls_until_s, now_s)) {
        cloud_disconnect(uploader->cloud);
    }
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

static uint32_t step(struct uploader *uploader, int64_t now_s)
{
    struct error err = ERROR_INIT;
    bool more = false;
    if (!retention_make_room(&uploader->retention, uploader->outbox,
                             uploader->config->outbox.max_mb, now_s, &more, &err)) {
        return outbox_failed(uploader, &err, now_s);
    }
    /* What waits for room does not wait for the database; else the two take turns. */
    if (more && !cloud_connected(uploader->cloud)) {
        return RETENTION_PAUSE_MS;
    }
    if (uploader->config->database.host_count == 0) {
        return without_database(uploader, now_s);
    }
    look_anew(uploader, now_s);
    uploader->fresh = !cloud_connected(uploader->cloud);
    if (uploader->fresh && !recall_trust(uploader, &err)) {
        return outbox_failed(uploader, &err, now_s);
    }
    if (!cloud_connect(uploader->cloud, &err)) {
        return err.kind == ERR_STOPPED ? UPLOADER_IDLE : in_trouble(uploader, &err, now_s);
    }
    if (uploader->fresh) {
        uploader->connected_s = now_s;
        if (!keep_trust(uploader, &err)) {
            return outbox_failed(uploader, &err, now_s);
        }
    }
    if (!know_notes(uploader, &err) ||
        !outbox_waiting(uploader->outbox, read_count(uploader), uploader->batch, &err)) {
        return outbox_failed(uploader, &err, now_s);
    }
    if (uploader->batch->count > 0) {
        return move(uploader, now_s);
    }
    if (!all_well(uploader, 0, now_s, &err)) {
        return outbox_failed(uploader, &err, now_s);
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
        (due && !outbox_sample(uploader->outbox, now_s, &ignored)) ||
        !outbox_commit(uploader->outbox, &ignored)) {
        outbox_rollback(uploader->outbox);
    }
    if (due) {
        uploader->sampled_s = now_s;
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
    return wait_ms;
}
