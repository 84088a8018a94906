#include <stdio.h>
#include <string.h>

#include "outbox/outbox_spent.h"
#include "upload/uploader_private.h"

enum {
    LAST_SUCCESS_EVERY_S = 10,
    CHEAP_US = 500000,      /* a batch that takes no longer may grow, */
    DEAR_US = 2000000,      /* one that takes longer shrinks, long before a time-out */
    CONFLICTS_MOST = 20,    /* one after the other, before they are called trouble, */
    CONFLICT_PAUSE_MS = 20, /* with so long between them after the first few */
    CONFLICTS_AT_ONCE = 3,
    SUSPECT_TRIES = 3, /* of a single row that fails by an error nobody knows */
    WITNESSES = 5,     /* rows behind it that are tried in its place */
    CAPPED_S = 3600,   /* after a batch that was too large it grows no further for so long */
};

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
            east_minutes = config_minutes(&uploader->config->listener, known, now_s);
        }
        outbox_delay_add(&delays, now_s - (punch->time - (int64_t)east_minutes * 60));
    }
    return delays;
}

static bool follow(struct uploader *uploader, const struct punch_row *rows, size_t count,
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
    if (!outbox_advance(uploader->outbox, id, now_s, err) || !feed_given(&uploader->feed, err) ||
        !outbox_delivered(uploader->outbox, &delays, now_s, err) ||
        (stamp && (!uploader_note(uploader, OUTBOX_NOTE_UPLOADER_LAST_SUCCESS, text, err) ||
                   !uploader_note(uploader, OUTBOX_NOTE_UPLOADER_REACHED, text, err) ||
                   !uploader_note(uploader, OUTBOX_NOTE_UPLOADER_ROUND_TRIP, round_trip, err) ||
                   !outbox_spent_keep(uploader->outbox, OUTBOX_NOTE_SPENT_UPLOAD, err))) ||
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

/* The database has committed these rows: the cursor follows. */
static bool advance(struct uploader *uploader, const struct punch_row *rows, size_t count,
                    int64_t now_s, struct error *err)
{
    enum outbox_spent_on on = outbox_spend(uploader->outbox, OUTBOX_SPENT_PARSE);
    bool done = follow(uploader, rows, count, now_s, err);
    (void)outbox_spend(uploader->outbox, on);
    return done;
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

size_t uploader_read_count(const struct uploader *uploader)
{
    /* some behind a row that is suspected */
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
                   uploader_all_well(uploader, waiting, now_s, &failure)
               ? 0
               : uploader_outbox_failed(uploader, &failure, now_s);
}

/*
 * An error that nobody knows may be the server's, or one row's own. It is the row's where it comes
 * again and again for that row alone while the next one goes in.
 */
static uint32_t unknown_error(struct uploader *uploader, size_t count, const struct error *why,
                              int64_t waiting, int64_t now_s)
{
    struct punch_row *rows = uploader->batch->rows;
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
            feed_insert(&uploader->feed, uploader->cloud, &rows[i], 1, &ignored)) {
            uploader->suspect_id = 0;
            return pass_by(uploader, rows[0].id, why, waiting, now_s);
        }
    }
    return uploader_in_trouble(uploader, why, now_s);
}

static bool insert(struct uploader *uploader, struct punch_row *rows, size_t count,
                   struct error *err)
{
    struct outbox *outbox = uploader->outbox;
    const struct cloud_facts *facts = cloud_facts(uploader->cloud);
    enum outbox_spent_on on = outbox_spend(outbox, OUTBOX_SPENT_SEND);
    bool done = feed_insert(&uploader->feed, uploader->cloud, rows, count, err);
    (void)outbox_spend(outbox, on);
    if (done) {
        outbox_spent_rows(outbox, count);
        outbox_spent_move(outbox, OUTBOX_SPENT_SEND, OUTBOX_SPENT_BIND, facts->bind_us);
        outbox_spent_move(outbox, OUTBOX_SPENT_SEND, OUTBOX_SPENT_FLUSH, facts->commit_us);
    }
    return done;
}

/*
 * Moves rows of the batch that was read. The batch is not split in memory: what was not moved is
 * read again by the next step, with what is known (limit, bad_end) making it smaller, so that a
 * lost connection or a stop in the middle needs no care.
 */
uint32_t uploader_move(struct uploader *uploader, int64_t now_s)
{
    struct punch_row *rows = uploader->batch->rows;
    size_t count = next_count(uploader);
    int64_t last = rows[count - 1].id;
    int64_t waiting = uploader->greeted ? 0 : uploader_waiting(uploader);
    struct error why = ERROR_INIT;
    struct error failure = ERROR_INIT;
    if (now_s - uploader->capped_s >= CAPPED_S || now_s < uploader->capped_s) {
        uploader->most = cloud_rows_most(&uploader->config->database);
    }
    if (insert(uploader, rows, count, &why)) {
        adapt(uploader, count);
        uploader->passed = uploader->conflicts = 0;
        return advance(uploader, rows, count, now_s, &failure) &&
                       uploader_all_well(uploader, waiting, now_s, &failure)
                   ? 0
                   : uploader_outbox_failed(uploader, &failure, now_s);
    }
    switch (why.kind) {
    case ERR_STOPPED:
        return UPLOADER_IDLE;
    case ERR_EXISTS:
        return feed_rename(&uploader->feed, &why, &failure)
                   ? 0
                   : uploader_outbox_failed(uploader, &failure, now_s);
    case ERR_CONFLICT:
        if (++uploader->conflicts <= CONFLICTS_MOST) {
            return uploader->conflicts <= CONFLICTS_AT_ONCE ? 0 : CONFLICT_PAUSE_MS;
        }
        uploader->conflicts = 0;
        return uploader_in_trouble(uploader, &why, now_s);
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
        return uploader->fresh ? uploader_in_trouble(uploader, &why, now_s) : 0;
    }
}
