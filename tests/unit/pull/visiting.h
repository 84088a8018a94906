/*
 * visiting: a visit driven against a simulated terminal, with a clock and a line of the test's own.
 */
#ifndef HIPBRIDGE_TEST_VISITING_H
#define HIPBRIDGE_TEST_VISITING_H

#include "check.h"

#include "../../../tools/terminal/pulled.h"
#include "pull/pull.h"
#include "pull/records.h"

#ifndef VISITING_SPOOL_BYTES
#define VISITING_SPOOL_BYTES (8 << 20)
#endif

enum { VISITING_SPOOL = VISITING_SPOOL_BYTES, VISITING_QUEUE = 512, VISITING_DATAGRAM = 70000 };

/* How the line behaves. */
struct visiting_line {
    size_t slice;  /* TCP: bytes handed over at once; 0 = all that lies there */
    unsigned drop; /* UDP, in percent of what the terminal sends, */
    unsigned twice;
    unsigned swap;   /* and is overtaken by the next */
    unsigned delay;  /* or is three seconds late */
    int64_t byte_ms; /* TCP: a byte each so many */
    uint64_t seed;
    size_t close_after;  /* TCP: bytes after which the line is gone; 0 = never */
    int64_t clock_off_s; /* the terminal's clock is so much ahead */
};

struct visiting_packet {
    uint8_t *bytes;
    size_t len;
    int64_t due_ms;
};

struct visiting {
    struct pulled terminal;
    struct pulled_line peer;
    struct visiting_line line;
    uint64_t random;
    struct visit *visit;
    int64_t now_ms;
    int64_t wall; /* at 0 ms */
    uint8_t *spool[VISIT_TABLES];
    size_t spool_len[VISIT_TABLES];
    /* What the terminal has sent and the visit has not got. */
    struct visiting_packet queue[VISITING_QUEUE];
    size_t queued;
    uint8_t *stream;
    size_t stream_len, stream_size, sent_len;
    size_t live_rows;
    size_t frames;
    bool saw_password;
    char users[16][PUNCH_USER_MAX + 1]; /* by slot, from 1 */
    /* What came of it. */
    struct visit_verdict verdict;
    uint64_t rows, good, wrong;
    char reasons[8][128];
    size_t reason_count;
};

static uint64_t visiting_draw(struct visiting *v)
{
    v->random ^= v->random << 13;
    v->random ^= v->random >> 7;
    v->random ^= v->random << 17;
    return v->random % 100;
}

static void visiting_queue(struct visiting *v, const uint8_t *bytes, size_t len, int64_t due)
{
    if (v->queued < VISITING_QUEUE) {
        struct visiting_packet *packet = &v->queue[v->queued++];
        packet->bytes = malloc(len);
        assert_non_null(packet->bytes);
        memcpy(packet->bytes, bytes, len);
        packet->len = len;
        packet->due_ms = due;
    }
}

static void visiting_send(void *context, const uint8_t *bytes, size_t len)
{
    struct visiting *v = context;
    if (!v->peer.datagrams) {
        while (v->stream_len + len > v->stream_size) {
            v->stream_size = v->stream_size > 0 ? v->stream_size * 2 : 65536;
            v->stream = realloc(v->stream, v->stream_size);
            assert_non_null(v->stream);
        }
        memcpy(v->stream + v->stream_len, bytes, len);
        v->stream_len += len;
        return;
    }
    if (visiting_draw(v) < v->line.drop) {
        return;
    }
    int64_t due = v->now_ms + 2;
    if (visiting_draw(v) < v->line.delay) {
        due += 3000;
    } else if (visiting_draw(v) < v->line.swap) {
        due += 1;
    }
    visiting_queue(v, bytes, len, due);
    if (visiting_draw(v) < v->line.twice) {
        visiting_queue(v, bytes, len, due + 1);
    }
}

static bool visiting_spool(void *context, enum visit_table table, uint64_t offset,
                           const uint8_t *bytes, size_t len, struct error *err)
{
    struct visiting *v = context;
    if (offset + len > VISITING_SPOOL) {
        return error_set(err, ERR_FULL, 0, "the disk is full");
    }
    memcpy(v->spool[table] + offset, bytes, len);
    if (v->spool_len[table] < offset + len) {
        v->spool_len[table] = (size_t)(offset + len);
    }
    return true;
}

static bool visiting_read(void *context, enum visit_table table, uint64_t offset, uint8_t *bytes,
                          size_t len, struct error *err)
{
    struct visiting *v = context;
    (void)err;
    assert_true(offset + len <= v->spool_len[table]);
    memcpy(bytes, v->spool[table] + offset, len);
    return true;
}

static void visiting_live(void *context, const struct visit_row *row)
{
    struct visiting *v = context;
    assert_null(row->reason);
    assert_true(punch_user_valid(span_of(row->punch.user_id)));
    v->live_rows++;
}

static void visiting_frame(void *context, enum visit_side side, const uint8_t *bytes, size_t len)
{
    struct visiting *v = context;
    (void)side;
    v->frames++;
    for (size_t i = 0; i + 5 <= len; i++) {
        v->saw_password = v->saw_password || memcmp(bytes + i, "PASSW", 5) == 0;
    }
}

static void visiting_begin(struct visiting *v, const struct pulled_plan *plan,
                           const struct visiting_line *line, const struct visit_order *order)
{
    memset(v, 0, sizeof *v);
    pulled_begin(&v->terminal, plan);
    v->line = *line;
    v->random = line->seed * 2654435761u + 88172645463325252u;
    v->wall = 1795795200; /* 2026-11-27 16:00:00 */
    for (size_t i = 0; i < VISIT_TABLES; i++) {
        v->spool[i] = malloc(VISITING_SPOOL);
        assert_non_null(v->spool[i]);
    }
    v->peer = (struct pulled_line){.terminal = &v->terminal,
                                   .datagrams = order->datagrams,
                                   .send = visiting_send,
                                   .context = v};
    v->visit = calloc(1, pull_protocol.size);
    assert_non_null(v->visit);
    v->visit->protocol = &pull_protocol;
    v->visit->order = *order;
    v->visit->order.wall_offset_s = v->wall;
    v->visit->sink = (struct visit_sink){v, visiting_spool, visiting_live, visiting_frame};
    v->visit->protocol->begin(v->visit, 0);
}

static void visiting_flush(struct visiting *v)
{
    if (v->visit->out_len > 0) {
        size_t len = v->visit->out_len;
        v->visit->out_len = 0;
        pulled_take(&v->peer, v->visit->out, len, v->wall + v->now_ms / 1000 + v->line.clock_off_s);
    }
}

/* The next thing that happens on the line, or the deadline. */
static void visiting_step(struct visiting *v)
{
    struct visit *visit = v->visit;
    const struct visit_protocol *protocol = visit->protocol;
    visiting_flush(v);
    if (!v->peer.datagrams) {
        size_t left = v->stream_len - v->sent_len;
        if (v->line.close_after > 0 && v->sent_len >= v->line.close_after) {
            protocol->lost(visit, "the connection was reset", v->now_ms);
        } else if (left > 0) {
            size_t part = v->line.slice > 0 && v->line.slice < left ? v->line.slice : left;
            int64_t due = v->now_ms + (v->line.byte_ms > 0 ? v->line.byte_ms : 0);
            if (v->line.close_after > 0 && v->sent_len + part > v->line.close_after) {
                part = v->line.close_after - v->sent_len;
            }
            if (due >= visit->deadline_ms && v->line.byte_ms > 0) {
                v->now_ms = visit->deadline_ms;
                protocol->late(visit, v->now_ms);
                return;
            }
            v->now_ms = due;
            v->sent_len += part;
            protocol->take(visit, v->stream + v->sent_len - part, part, v->now_ms);
        } else if (v->peer.closed) {
            protocol->lost(visit, "the terminal closed the connection", v->now_ms);
        } else {
            v->now_ms = visit->deadline_ms;
            protocol->late(visit, v->now_ms);
        }
        return;
    }
    size_t first = v->queued;
    for (size_t i = 0; i < v->queued; i++) {
        if (first == v->queued || v->queue[i].due_ms < v->queue[first].due_ms) {
            first = i;
        }
    }
    if (first == v->queued || v->queue[first].due_ms >= visit->deadline_ms) {
        v->now_ms = visit->deadline_ms;
        protocol->late(visit, v->now_ms);
        return;
    }
    struct visiting_packet packet = v->queue[first];
    memmove(&v->queue[first], &v->queue[first + 1], (v->queued - first - 1) * sizeof packet);
    v->queued--;
    v->now_ms = packet.due_ms > v->now_ms ? packet.due_ms : v->now_ms;
    protocol->take(visit, packet.bytes, packet.len, v->now_ms);
    free(packet.bytes);
}

static void visiting_run(struct visiting *v, const char *name)
{
    size_t steps = 0;
    while (v->visit->outcome == VISIT_RUNNING && !v->visit->living) {
        visiting_step(v);
        if (++steps > 50 * 1000 * 1000) {
            fail_msg("[%s] does not end", name);
        }
    }
    visiting_flush(v); /* the farewell */
    CHECK_TEXT(name, "", v->terminal.forbidden);
    assert_false(v->saw_password);
    for (size_t i = 0; i + 5 <= v->spool_len[VISIT_USERS]; i++) {
        if (memcmp(v->spool[VISIT_USERS] + i, "PASSW", 5) == 0) {
            fail_msg("[%s] a password reached the spool", name);
        }
    }
}

static inline bool visiting_person(void *context, uint32_t slot, const char *user, const char *name,
                                   struct error *err)
{
    struct visiting *v = context;
    (void)name;
    (void)err;
    if (slot < HB_COUNT(v->users)) {
        snprintf(v->users[slot], sizeof v->users[slot], "%s", user);
    }
    return true;
}

static inline const char *visiting_user(void *context, uint32_t slot, walltime time,
                                        const char **reason)
{
    struct visiting *v = context;
    (void)time;
    if (slot >= HB_COUNT(v->users) || v->users[slot][0] == '\0') {
        *reason = "nobody has this number";
        return "";
    }
    return v->users[slot];
}

/* Each row against what the terminal's record of that number says. */
static inline bool visiting_row(void *context, const struct visit_row *row, struct error *err)
{
    struct visiting *v = context;
    char user[16];
    uint32_t n = (uint32_t)v->rows++;
    (void)err;
    assert_true(row->punch.raw.len > 0);
    if (row->reason != NULL) {
        if (v->reason_count < HB_COUNT(v->reasons)) {
            snprintf(v->reasons[v->reason_count++], sizeof v->reasons[0], "%s", row->reason);
        }
        return true;
    }
    snprintf(user, sizeof user, "%u", (unsigned)pulled_user(&v->terminal, n));
    bool right = strcmp(user, row->punch.user_id) == 0 && row->punch.verify == 1 &&
                 row->punch.status == (int32_t)(n % 2) &&
                 row->punch.time == pulled_time(&v->terminal, n) &&
                 strcmp(row->punch.device_sn, v->visit->facts.sn) == 0;
    v->good += right;
    v->wrong += !right;
    return true;
}

/* Judges what was read, and reads its rows if it is sound. */
static inline void visiting_judge(struct visiting *v, unsigned layout)
{
    struct error err = ERROR_INIT;
    struct visit_spool spool = {v, visiting_read};
    struct visit_people people = {v, visiting_user};
    struct visit_judging judging = {
        .spool = &spool, .people = &people, .now = v->wall, .layout = layout};
    DO(v->visit->protocol->people(v->visit, &spool, visiting_person, v, &err));
    DO(v->visit->protocol->judge(v->visit, &judging, &v->verdict, &err));
    if (v->verdict.sound) {
        uint64_t at = 0;
        DO(v->visit->protocol->rows(v->visit, &judging, &v->verdict, &at, visiting_row, v, &err));
    }
}

static void visiting_end(struct visiting *v)
{
    v->visit->protocol->end(v->visit);
    free(v->visit);
    for (size_t i = 0; i < VISIT_TABLES; i++) {
        free(v->spool[i]);
    }
    for (size_t i = 0; i < v->queued; i++) {
        free(v->queue[i].bytes);
    }
    free(v->stream);
}

#endif
