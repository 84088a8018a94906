#include "pull/pull.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pull/pull_private.h"

static struct pull *of(struct visit *visit)
{
    return (struct pull *)visit;
}

/* ---- asking ---- */

static bool is_long(enum pull_step step)
{
    return step == STEP_PREPARE || step == STEP_PLAIN;
}

/* A secret is masked for whoever watches. */
static void show_sent(struct pull *pull, const uint8_t *bytes, size_t len)
{
    uint8_t shown[PULL_ASK_MAX];
    if (pull->visit.sink.frame == NULL) {
        return;
    }
    memcpy(shown, bytes, len);
    if (pull->asking.ask == PULL_AUTH) {
        memset(shown + len - 4, 0, 4);
    }
    pull->visit.sink.frame(pull->visit.sink.context, VISIT_SENT, shown, len);
}

void pull_write_out(struct pull *pull)
{
    struct visit *visit = &pull->visit;
    if (visit->out_len + PULL_ASK_MAX > sizeof visit->out) {
        return; /* only acknowledgements come so thick, and they may be left out */
    }
    uint8_t *at = visit->out + visit->out_len;
    size_t len = pull_write(&pull->asking, at);
    show_sent(pull, at, len);
    visit->out_len += len;
}

static void next_reply(struct pull *pull)
{
    pull->asking.reply = pull->asking.reply >= 65534 ? 0 : (uint16_t)(pull->asking.reply + 1);
}

void pull_send(struct pull *pull, int64_t now_ms, int64_t wait_ms)
{
    next_reply(pull);
    pull->draining = false;
    pull->tries++;
    pull_write_out(pull);
    pull->visit.deadline_ms = now_ms + wait_ms;
}

static int64_t patience(const struct pull *pull)
{
    bool udp = pull->visit.order.datagrams;
    if (pull->step == STEP_EXIT) {
        return PULL_GOODBYE_MS;
    }
    if (is_long(pull->step)) {
        return udp ? PULL_GATHER_MS : PULL_PREPARE_MS;
    }
    if (pull->step == STEP_CHUNK && !udp) {
        return PULL_SILENCE_MS;
    }
    return udp ? PULL_AGAIN_MS : PULL_ANSWER_MS;
}

void pull_put(struct pull *pull, enum pull_step step, enum pull_ask ask, int64_t now_ms)
{
    pull->step = step;
    pull->asking.ask = ask;
    pull->tries = 0;
    pull_send(pull, now_ms, patience(pull));
}

/* ---- ending ---- */

void pull_finish(struct pull *pull, enum visit_outcome outcome, int64_t now_ms, const char *format,
                 ...)
{
    struct visit *visit = &pull->visit;
    va_list arguments;
    if (visit->outcome != VISIT_RUNNING || pull->step == STEP_EXIT) {
        return;
    }
    va_start(arguments, format);
    vsnprintf(visit->why, sizeof visit->why, format, arguments);
    va_end(arguments);
    pull->ending = outcome;
    visit->living = false;
    visit->out_len = 0;
    pull_put(pull, STEP_EXIT, PULL_EXIT, now_ms);
    if (!pull->welcome) {
        visit->outcome = outcome; /* nobody there would answer it */
    }
}

/* The stream is of no further use: EXIT is said, its answer not waited for. */
static void break_off(struct pull *pull, enum visit_outcome outcome, int64_t now_ms,
                      const char *why)
{
    pull_finish(pull, outcome, now_ms, "%s", why);
    pull->visit.outcome = pull->ending;
}

/* ---- one frame ---- */

/* Whether it answers the question that was asked. */
static bool is_answer(struct pull *pull, const struct pull_frame *frame)
{
    if (pull->step == STEP_CONNECT) {
        uint16_t back = (uint16_t)(pull->asking.reply - frame->reply);
        uint16_t tried = (uint16_t)(pull->asking.reply - pull->first_try);
        pull->no_echo = back > tried;
        return back == 0 || back > tried;
    }
    return pull->no_echo || frame->reply == pull->asking.reply;
}

static void show_received(struct pull *pull, const struct pull_frame *frame, const uint8_t *bytes,
                          size_t len)
{
    if (pull->visit.sink.frame == NULL) {
        return;
    }
    bool secret = pull->table == VISIT_USERS && pull->users_done && frame->code == PULL_DATA;
    if (!secret) {
        pull->visit.sink.frame(pull->visit.sink.context, VISIT_RECEIVED, bytes, len);
        return;
    }
    uint8_t *copy = malloc(len);
    if (copy != NULL) {
        memcpy(copy, bytes, len);
        bool current = is_answer(pull, frame) && !pull->draining && frame->sound &&
                       pull->step >= STEP_PREPARE && pull->step <= STEP_PLAIN;
        uint64_t offset = pull->start + pull->transfer.got;
        size_t size = pull->user_size;
        if (current && offset == 0 && frame->len >= 4) {
            size = pull_user_size(pull_u32(frame->data), pull->visit.facts.users);
        }
        /* Where it is not certain which bytes these are, none is shown. */
        pull_mask_users(current ? size : 0, true, current ? offset : 4, copy + (len - frame->len),
                        frame->len);
        pull->visit.sink.frame(pull->visit.sink.context, VISIT_RECEIVED, copy, len);
        free(copy);
    }
}

static void take_frame(struct pull *pull, const struct pull_frame *frame, int64_t now_ms)
{
    struct visit_facts *facts = &pull->visit.facts;
    facts->heard_ms = now_ms;
    if (!frame->sound) {
        facts->bad_checksums++;
        if (frame->code == PULL_DATA && pull->step != STEP_EXIT) {
            if (!pull->visit.order.datagrams) {
                pull_finish(pull, VISIT_INCOMPLETE, now_ms,
                            "what it sent was damaged on the way (checksum)");
            }
            return; /* a datagram: as if it had been lost */
        }
    }
    if (frame->code == PULL_EVENT) {
        pull_take_event(pull, frame, now_ms);
        return;
    }
    if (!is_answer(pull, frame) || pull->draining) {
        facts->dropped++;
        return;
    }
    pull_take_answer(pull, frame, now_ms);
}

/* ---- bytes ---- */

static bool in_room(struct pull *pull, size_t more)
{
    if (pull->in_len + more <= pull->in_size) {
        return true;
    }
    size_t size = pull->in_size > 0 ? pull->in_size : 4096;
    while (size < pull->in_len + more) {
        size *= 2;
    }
    uint8_t *grown = realloc(pull->in, size);
    if (grown == NULL) {
        return false;
    }
    pull->in = grown;
    pull->in_size = size;
    return true;
}

static void take_datagram(struct pull *pull, const uint8_t *bytes, size_t len, int64_t now_ms)
{
    struct pull_frame frame;
    if (!pull_read(bytes, len, &frame)) {
        pull->visit.facts.dropped++;
        return;
    }
    show_received(pull, &frame, bytes, len);
    take_frame(pull, &frame, now_ms);
}

/* All whole packets at the front of what has come. */
static void take_packets(struct pull *pull, int64_t now_ms)
{
    size_t at = 0;
    enum pull_found found = PULL_PART;
    while (pull->visit.outcome == VISIT_RUNNING) {
        struct pull_frame frame;
        size_t used = 0;
        found = pull_next(pull->in + at, pull->in_len - at, &frame, &used);
        if (found != PULL_WHOLE) {
            break;
        }
        show_received(pull, &frame, pull->in + at, used);
        at += used;
        take_frame(pull, &frame, now_ms);
    }
    if (found == PULL_BROKEN && pull->visit.outcome == VISIT_RUNNING) {
        bool panel = !pull->welcome && pull->in_len >= 1 && pull->in[0] == 0xaa;
        break_off(pull, pull->welcome ? VISIT_INCOMPLETE : VISIT_REFUSED, now_ms,
                  panel ? "it is a door controller, not an attendance terminal (its answer begins "
                          "with aa 01): it cannot be read this way"
                        : "what answers does not speak this protocol (port 4370)");
    }
    if (at > 0) {
        memmove(pull->in, pull->in + at, pull->in_len - at);
        pull->in_len -= at;
    }
}

static bool is_over(struct pull *pull, int64_t now_ms)
{
    bool over = pull->step != STEP_LIVE && pull->step != STEP_EXIT &&
                now_ms - pull->began_ms >= VISIT_LIMIT_S * INT64_C(1000);
    if (over) {
        pull_finish(pull, VISIT_INCOMPLETE, now_ms, "it took longer than %d minutes",
                    VISIT_LIMIT_S / 60);
    }
    return over;
}

/* A slow line's bytes put off no end: the deadline of the whole stands. */
static void bound_deadline(struct pull *pull)
{
    int64_t end = pull->began_ms + VISIT_LIMIT_S * INT64_C(1000);
    if (pull->step != STEP_LIVE && pull->step != STEP_EXIT && pull->visit.deadline_ms > end) {
        pull->visit.deadline_ms = end;
    }
}

static void take(struct visit *visit, const uint8_t *bytes, size_t len, int64_t now_ms)
{
    enum { SLICE = 1 << 16 };
    struct pull *pull = of(visit);
    if (visit->outcome != VISIT_RUNNING || is_over(pull, now_ms)) {
        return;
    }
    if (visit->order.datagrams) {
        take_datagram(pull, bytes, len, now_ms);
        bound_deadline(pull);
        return;
    }
    while (len > 0 && visit->outcome == VISIT_RUNNING) {
        size_t part = len < SLICE ? len : SLICE;
        if (!in_room(pull, part)) {
            break_off(pull, VISIT_INCOMPLETE, now_ms, "there is no memory");
            return;
        }
        memcpy(pull->in + pull->in_len, bytes, part);
        pull->in_len += part;
        bytes += part;
        len -= part;
        take_packets(pull, now_ms);
    }
    /* A transfer lives as long as its bytes come, slow as they may be. */
    if ((pull->step == STEP_CHUNK || pull->step == STEP_PLAIN || pull->step == STEP_PREPARE) &&
        visit->deadline_ms < now_ms + PULL_SILENCE_MS) {
        visit->deadline_ms = now_ms + PULL_SILENCE_MS;
    }
    bound_deadline(pull);
}

static void late(struct visit *visit, int64_t now_ms)
{
    struct pull *pull = of(visit);
    if (visit->outcome != VISIT_RUNNING || now_ms < visit->deadline_ms || is_over(pull, now_ms)) {
        return;
    }
    if (pull->step == STEP_EXIT) {
        visit->outcome = pull->ending;
        return;
    }
    if (pull->step == STEP_LIVE && pull->alive) {
        pull->alive = false; /* until it answers */
        pull_put(pull, STEP_LIVE, PULL_TIME, now_ms);
        return;
    }
    if (pull->step >= STEP_PREPARE && pull->step <= STEP_PLAIN) {
        if (pull->draining) {
            pull_table_again(pull, now_ms);
        } else {
            pull_table_late(pull, now_ms);
        }
        bound_deadline(pull);
        return;
    }
    if (visit->order.datagrams && pull->tries < PULL_TRIES) {
        visit->facts.repeats++;
        if (pull->step == STEP_SET_CLOCK) {
            pull->asking.time = pull_wall(pull, now_ms);
        }
        pull_send(pull, now_ms, patience(pull));
        bound_deadline(pull);
        return;
    }
    if (!pull->welcome) {
        pull_finish(pull, VISIT_SILENT, now_ms,
                    "nobody answers there: it is off, not reachable, read by another program just "
                    "now, or wants %s",
                    visit->order.datagrams ? "\"transport\": \"tcp\"" : "\"transport\": \"udp\"");
    } else {
        pull_finish(pull, VISIT_INCOMPLETE, now_ms, "it stopped answering (to %u)",
                    (unsigned)pull_command(pull->asking.ask));
    }
}

static void lost(struct visit *visit, const char *why, int64_t now_ms)
{
    struct pull *pull = of(visit);
    if (visit->outcome != VISIT_RUNNING) {
        return;
    }
    if (pull->step == STEP_EXIT) {
        visit->outcome = pull->ending; /* many close without an answer */
        return;
    }
    pull_finish(pull, pull->welcome ? VISIT_INCOMPLETE : VISIT_SILENT, now_ms, "%s", why);
    visit->out_len = 0; /* there is nobody to say it to */
    visit->outcome = pull->ending;
}

static void stop(struct visit *visit, int64_t now_ms)
{
    struct pull *pull = of(visit);
    if (visit->outcome == VISIT_RUNNING) {
        if (pull->step == STEP_EXIT) {
            visit->outcome = pull->ending;
        } else {
            break_off(pull, VISIT_STOPPED, now_ms, "it was broken off");
        }
    }
}

static void begin(struct visit *visit, int64_t now_ms)
{
    struct pull *pull = of(visit);
    visit->facts.before = visit->facts.after = visit->facts.capacity = visit->facts.users = -1;
    pull->began_ms = now_ms;
    pull->ending = VISIT_INCOMPLETE;
    pull->asking.datagram = visit->order.datagrams;
    pull->asking.reply = UINT16_MAX; /* so that the first is 0 */
    pull_put(pull, STEP_CONNECT, PULL_CONNECT, now_ms);
    pull->first_try = pull->asking.reply;
}

static void end(struct visit *visit)
{
    free(of(visit)->in);
    of(visit)->in = NULL;
}

const struct visit_protocol pull_protocol = {
    .name = "zk",
    .size = sizeof(struct pull),
    .begin = begin,
    .take = take,
    .late = late,
    .lost = lost,
    .stop = stop,
    .end = end,
    .judge = pull_judge,
    .rows = pull_rows,
    .people = pull_people,
};
