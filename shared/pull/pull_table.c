/*
 * pull_table: reading a table, in chunks where the terminal can, else at once.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "pull/pull_private.h"

enum {
    CHUNK_TCP = 0xffc0,
    CHUNK_UDP_FIRST = 1024, /* what every terminal sends in one piece */
    CHUNK_UDP_MOST = 16384,
    CHUNK_LEAST = 256,
    FAILURES_TCP = 3,
    FAILURES_UDP = 10,
    USERS_MORE = 1000, /* than it says: so many may have been added since */
    RECORDS_MORE = 100,
    TOTAL = 4,
};

#define NOT_KNOWN UINT64_MAX

static bool udp(const struct pull *pull)
{
    return pull->visit.order.datagrams;
}

static const char *table_name(const struct pull *pull)
{
    return pull->table == VISIT_USERS ? "list of users" : "log";
}

static void clear_transfer(struct pull *pull, uint64_t wanted)
{
    pull->transfer = (struct pull_transfer){.wanted = wanted, .hash = 0xcbf29ce484222325};
}

/* ---- asking ---- */

static void ask_chunk(struct pull *pull, int64_t now_ms)
{
    uint64_t left = pull->table_size - pull->start;
    pull->asking.start = (uint32_t)pull->start;
    pull->asking.count = left < pull->chunk ? (uint32_t)left : pull->chunk;
    clear_transfer(pull, pull->asking.count);
    pull_put(pull, STEP_CHUNK, PULL_CHUNK, now_ms);
}

static void ask_whole(struct pull *pull, int64_t now_ms)
{
    bool users = pull->table == VISIT_USERS;
    clear_transfer(pull, NOT_KNOWN);
    pull->start = 0;
    if (pull->plain) {
        pull_put(pull, STEP_PLAIN, users ? PULL_PLAIN_USERS : PULL_PLAIN_RECORDS, now_ms);
    } else {
        pull_put(pull, STEP_PREPARE, users ? PULL_PREPARE_USERS : PULL_PREPARE_RECORDS, now_ms);
    }
}

void pull_table_begin(struct pull *pull, enum visit_table table, int64_t now_ms)
{
    pull->table = table;
    pull->table_size = 0;
    pull->chunk = udp(pull) ? CHUNK_UDP_FIRST : CHUNK_TCP;
    pull->grow = udp(pull);
    pull->failures = 0;
    pull->last_hash = 0;
    pull->user_size = 0;
    memset(pull->total, 0, sizeof pull->total);
    ask_whole(pull, now_ms);
}

void pull_table_again(struct pull *pull, int64_t now_ms)
{
    pull->draining = false;
    pull->visit.facts.repeats++;
    if (pull->step == STEP_CHUNK) {
        ask_chunk(pull, now_ms);
    } else {
        ask_whole(pull, now_ms);
    }
}

/* The answer is no good: it is asked for again, in smaller parts where that may help. */
static void again(struct pull *pull, int64_t now_ms)
{
    if (++pull->failures > (udp(pull) ? FAILURES_UDP : FAILURES_TCP)) {
        pull_finish(pull, VISIT_INCOMPLETE, now_ms, "its %s did not come whole", table_name(pull));
        return;
    }
    if (!udp(pull)) {
        if (pull->step == STEP_CHUNK) {
            pull_table_again(pull, now_ms);
        } else {
            pull_finish(pull, VISIT_INCOMPLETE, now_ms, "its %s did not come whole",
                        table_name(pull));
        }
        return;
    }
    pull->grow = false;
    if (pull->step == STEP_CHUNK && pull->chunk / 2 >= CHUNK_UDP_FIRST) {
        pull->chunk /= 2;
    }
    pull->draining = true;
    pull->visit.deadline_ms = now_ms + PULL_DRAIN_MS;
}

/* ---- what has come ---- */

static void table_whole(struct pull *pull, uint64_t len, int64_t now_ms)
{
    struct visit *visit = &pull->visit;
    if (len > 0 && len != (uint64_t)pull_u32(pull->total) + TOTAL) {
        pull_finish(pull, VISIT_INCOMPLETE, now_ms,
                    "its %s says that it is %lu bytes long, and is %" PRIu64, table_name(pull),
                    (unsigned long)pull_u32(pull->total), len >= TOTAL ? len - TOTAL : 0);
        return;
    }
    visit->table_len[pull->table] = len > 0 ? len : TOTAL; /* an empty one is one */
    if (pull->table == VISIT_RECORDS) {
        visit->facts.bytes = len;
    }
    if (pull->step == STEP_CHUNK) {
        pull_put(pull, STEP_RELEASE, PULL_RELEASE, now_ms);
    } else {
        pull_table_done(pull, now_ms);
    }
}

/* By datagrams, pieces without numbers may have been swapped or doubled on the way. */
static bool came_for_certain(struct pull *pull, int64_t now_ms)
{
    struct pull_transfer *transfer = &pull->transfer;
    if (!udp(pull) || (transfer->pieces <= 1 && !pull->no_echo) || transfer->got == 0) {
        return true;
    }
    if (pull->step == STEP_CHUNK && transfer->pieces > 1 && pull->chunk > CHUNK_LEAST) {
        /* As much as it sends in one piece. */
        uint32_t smaller = pull->chunk / 2;
        if (transfer->first_piece < smaller) {
            smaller = (uint32_t)transfer->first_piece;
        }
        pull->chunk = smaller > CHUNK_LEAST ? smaller : CHUNK_LEAST;
        pull->grow = false;
        pull->draining = true;
        pull->visit.deadline_ms = now_ms + PULL_DRAIN_MS;
        return false;
    }
    if (transfer->hash == pull->last_hash) {
        return true;
    }
    pull->last_hash = transfer->hash;
    again(pull, now_ms);
    return false;
}

static void chunk_whole(struct pull *pull, int64_t now_ms)
{
    if (!came_for_certain(pull, now_ms)) {
        return;
    }
    pull->start += pull->transfer.got;
    pull->failures = 0;
    pull->last_hash = 0;
    if (pull->start == pull->table_size) {
        table_whole(pull, pull->table_size, now_ms);
        return;
    }
    if (pull->grow && pull->chunk < CHUNK_UDP_MOST) {
        pull->chunk *= 2;
    }
    ask_chunk(pull, now_ms);
}

/* What was asked for has come, all of it. */
static void answer_whole(struct pull *pull, int64_t now_ms)
{
    if (pull->step == STEP_CHUNK) {
        chunk_whole(pull, now_ms);
    } else if (came_for_certain(pull, now_ms)) {
        table_whole(pull, pull->transfer.got, now_ms);
    }
}

/* ---- pieces ---- */

static bool is_believable(const struct pull *pull, uint64_t size)
{
    const struct visit_facts *facts = &pull->visit.facts;
    uint64_t most = PULL_TABLE_MAX;
    if (pull->table == VISIT_RECORDS && facts->capacity > 0 && facts->capacity < PULL_TABLE_MAX) {
        most = ((uint64_t)facts->capacity + RECORDS_MORE) * PULL_RECORD_MAX + TOTAL;
    } else if (pull->table == VISIT_USERS && facts->users >= 0 && facts->users < PULL_TABLE_MAX) {
        most = ((uint64_t)facts->users + USERS_MORE) * PULL_USER_MAX + TOTAL;
    }
    return size <= most && size <= PULL_TABLE_MAX;
}

static bool believe(struct pull *pull, uint64_t size, int64_t now_ms)
{
    if (!is_believable(pull, size)) {
        pull_finish(pull, VISIT_INCOMPLETE, now_ms,
                    "it announces a %s of %" PRIu64 " bytes, which it cannot hold",
                    table_name(pull), size);
        return false;
    }
    return true;
}

/* Passwords reach neither the spool nor a capture. */
static bool spool(struct pull *pull, const uint8_t *bytes, size_t len, int64_t now_ms)
{
    enum { PART = 4096 };
    struct visit_sink *sink = &pull->visit.sink;
    struct error err = ERROR_INIT;
    uint64_t offset = pull->start + pull->transfer.got;
    bool done = true;
    if (pull->table == VISIT_RECORDS) {
        done = sink->spool(sink->context, pull->table, offset, bytes, len, &err);
        len = 0;
    }
    while (done && len > 0) {
        uint8_t masked[PART];
        size_t part = len < PART ? len : PART;
        memcpy(masked, bytes, part);
        pull_mask_users(pull->user_size, false, offset, masked, part);
        done = sink->spool(sink->context, pull->table, offset, masked, part, &err);
        bytes += part;
        offset += part;
        len -= part;
    }
    if (!done) {
        pull_finish(pull, VISIT_INCOMPLETE, now_ms, "%s", err.text);
    }
    return done;
}

/* The table's own length stands at its beginning. */
static void note_total(struct pull *pull, const uint8_t *bytes, size_t len)
{
    uint64_t offset = pull->start + pull->transfer.got;
    for (size_t i = 0; i < len && offset + i < TOTAL; i++) {
        pull->total[offset + i] = bytes[i];
    }
    if (pull->table == VISIT_USERS && offset + len >= TOTAL) {
        pull->user_size = pull_user_size(pull_u32(pull->total), pull->visit.facts.users);
    }
}

static void take_piece(struct pull *pull, const struct pull_frame *frame, int64_t now_ms)
{
    struct pull_transfer *transfer = &pull->transfer;
    note_total(pull, frame->data, frame->len);
    if (transfer->wanted == NOT_KNOWN && transfer->got + frame->len >= TOTAL) {
        transfer->wanted = (uint64_t)pull_u32(pull->total) + TOTAL;
        if (!believe(pull, transfer->wanted, now_ms)) {
            return;
        }
    }
    if (frame->len > transfer->wanted - transfer->got) {
        again(pull, now_ms); /* more than was asked for */
        return;
    }
    if (!spool(pull, frame->data, frame->len, now_ms)) {
        return;
    }
    for (size_t i = 0; udp(pull) && i < frame->len; i++) { /* a stream loses and swaps nothing */
        transfer->hash = (transfer->hash ^ frame->data[i]) * 0x100000001b3;
    }
    if (transfer->pieces++ == 0) {
        transfer->first_piece = frame->len;
    }
    transfer->got += frame->len;
    pull->visit.deadline_ms = now_ms + (udp(pull) ? PULL_AGAIN_MS : PULL_SILENCE_MS);
    bool closing = transfer->announced && (!udp(pull) || pull->no_echo); /* a 2000 will follow */
    bool empty = frame->len == 0 && transfer->got == 0 && transfer->wanted == NOT_KNOWN;
    if ((transfer->got == transfer->wanted || empty) && !closing) {
        answer_whole(pull, now_ms);
    }
}

static void take_announcement(struct pull *pull, const struct pull_frame *frame, int64_t now_ms)
{
    struct pull_transfer *transfer = &pull->transfer;
    uint64_t size = frame->len >= 4 ? pull_u32(frame->data) : 0;
    if (frame->len < 4 || (pull->step == STEP_CHUNK && size != transfer->wanted)) {
        again(pull, now_ms);
        return;
    }
    if (transfer->announced || !believe(pull, size, now_ms)) {
        return;
    }
    transfer->announced = true;
    transfer->wanted = size;
    pull->visit.deadline_ms = now_ms + (udp(pull) ? PULL_AGAIN_MS : PULL_SILENCE_MS);
}

/* "00, size, size again": the table lies ready. */
static void take_ready(struct pull *pull, const struct pull_frame *frame, int64_t now_ms)
{
    uint64_t size = frame->len >= 5 ? pull_u32(frame->data + 1) : 0;
    if (frame->len >= 9 && pull_u32(frame->data + 5) != size) {
        pull_finish(pull, VISIT_INCOMPLETE, now_ms, "it announces two lengths of its %s",
                    table_name(pull));
        return;
    }
    if (size <= TOTAL) {
        table_whole(pull, 0, now_ms);
        return;
    }
    if (!believe(pull, size, now_ms)) {
        return;
    }
    pull->table_size = size;
    pull->failures = 0;
    ask_chunk(pull, now_ms);
}

/* ---- refusals ---- */

static void take_refusal(struct pull *pull, const struct pull_frame *frame, int64_t now_ms)
{
    struct visit *visit = &pull->visit;
    if (pull->step == STEP_CHUNK) {
        again(pull, now_ms);
        return;
    }
    if (frame->code != PULL_NO_RECORDS && !pull->plain) {
        pull->plain = true; /* older ones know no chunks */
        ask_whole(pull, now_ms);
        return;
    }
    if (pull->table == VISIT_USERS && visit->order.users &&
        !pull_slotted(
            visit->table_len[VISIT_RECORDS] > TOTAL ? visit->table_len[VISIT_RECORDS] - TOTAL : 0,
            visit->facts.before, visit->facts.after)) {
        pull_table_done(pull, now_ms); /* names would have been nice */
        return;
    }
    visit->facts.refusal = frame->code;
    visit->facts.refused = pull_command(pull->asking.ask);
    if (frame->code == PULL_NO_RECORDS) {
        pull_finish(pull, VISIT_REFUSED, now_ms,
                    "it keeps its punches where they cannot be read (4989): it is set up for "
                    "access control. Where its menu has a device type, choose time attendance");
    } else {
        pull_finish(pull, VISIT_REFUSED, now_ms, "it does not give its %s (%u)", table_name(pull),
                    (unsigned)frame->code);
    }
}

void pull_table_take(struct pull *pull, const struct pull_frame *frame, int64_t now_ms)
{
    const struct pull_transfer *transfer = &pull->transfer;
    bool begun = transfer->announced || transfer->pieces > 0;
    if (pull->step == STEP_RELEASE) {
        pull_table_done(pull, now_ms);
        return;
    }
    switch (frame->code) {
    case PULL_DATA:
        take_piece(pull, frame, now_ms);
        return;
    case PULL_ANNOUNCE:
        take_announcement(pull, frame, now_ms);
        return;
    case PULL_OK:
        if (begun && transfer->got == transfer->wanted) {
            answer_whole(pull, now_ms);
        } else if (!begun && pull->step == STEP_PREPARE) {
            take_ready(pull, frame, now_ms);
        } else if (!begun && pull->step == STEP_PLAIN) {
            table_whole(pull, 0, now_ms);
        } else if (!begun && pull->no_echo) {
            pull->visit.facts.dropped++; /* of an earlier question */
        } else {
            again(pull, now_ms);
        }
        return;
    default:
        take_refusal(pull, frame, now_ms);
    }
}

void pull_table_late(struct pull *pull, int64_t now_ms)
{
    const struct pull_transfer *transfer = &pull->transfer;
    if (pull->step == STEP_RELEASE) {
        pull_table_done(pull, now_ms);
    } else if (transfer->pieces > 0 && transfer->got == transfer->wanted) {
        answer_whole(pull, now_ms); /* only its end was lost */
    } else if (udp(pull)) {
        again(pull, now_ms);
    } else {
        pull_finish(pull, VISIT_INCOMPLETE, now_ms, "its %s stopped in the middle",
                    table_name(pull));
    }
}
