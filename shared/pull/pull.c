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

static void write_out(struct pull *pull)
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
    write_out(pull);
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

static void put_option(struct pull *pull, enum pull_step step, const char *name, int64_t now_ms)
{
    pull->asking.name = name;
    pull_put(pull, step, PULL_OPTION, now_ms);
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

/* ---- what it said ---- */

static void words(const struct pull_frame *frame, bool option, char out[VISIT_TEXT_MAX])
{
    struct span text = {(const char *)frame->data, frame->len};
    if (option) {
        text = pull_option(frame->data, frame->len);
    } else {
        const char *end = text.len > 0 ? memchr(text.at, '\0', text.len) : NULL;
        text.len = end != NULL ? (size_t)(end - text.at) : text.len;
    }
    utf8_clean(span_trim(text), out, VISIT_TEXT_MAX);
}

/* "00:17:61:12:34:56" as a serial number: its letters and digits. */
static bool mac_as_serial(const char *mac, char out[PUNCH_SN_MAX + 1])
{
    size_t len = 0;
    for (const char *at = mac; *at != '\0'; at++) {
        bool digit = (*at >= '0' && *at <= '9') || (*at >= 'A' && *at <= 'F');
        bool small = *at >= 'a' && *at <= 'f';
        if (digit || small) {
            if (len == 12) {
                return false;
            }
            out[len++] = (char)(small ? *at - 'a' + 'A' : *at);
        } else if (*at != ':' && *at != '-') {
            return false;
        }
    }
    out[len] = '\0';
    return len == 12 && strcmp(out, "000000000000") != 0;
}

static void ask_clock(struct pull *pull, int64_t now_ms)
{
    pull_put(pull, STEP_CLOCK, PULL_TIME, now_ms);
}

/* It is known who it is, or that nobody can say. */
static void recognised(struct pull *pull, int64_t now_ms)
{
    struct visit_facts *facts = &pull->visit.facts;
    const char *wanted = pull->visit.order.sn;
    if (facts->sn[0] == '\0') {
        if (wanted[0] == '\0') {
            pull_finish(pull, VISIT_REFUSED, now_ms,
                        "it tells neither a serial number nor a MAC address, so that its punches "
                        "could be any terminal's: give it a name by \"sn\"");
            return;
        }
        snprintf(facts->sn, sizeof facts->sn, "%s", wanted);
    }
    if (wanted[0] != '\0' && strcmp(wanted, facts->sn) != 0) {
        pull_finish(pull, VISIT_STRANGER, now_ms, "the terminal that answers is %s, not %s",
                    facts->sn, wanted);
        return;
    }
    if (pull->visit.order.details) {
        pull_put(pull, STEP_VERSION, PULL_VERSION, now_ms);
        return;
    }
    ask_clock(pull, now_ms);
}

static void take_serial(struct pull *pull, const struct pull_frame *frame, int64_t now_ms)
{
    struct span sn = pull_option(frame->data, frame->len);
    if (frame->code == PULL_OK && punch_sn_valid(sn)) {
        (void)span_copy(sn, pull->visit.facts.sn, sizeof pull->visit.facts.sn);
        recognised(pull, now_ms);
        return;
    }
    put_option(pull, STEP_MAC, "MAC", now_ms);
}

static void take_mac(struct pull *pull, const struct pull_frame *frame, int64_t now_ms)
{
    if (frame->code == PULL_OK) {
        words(frame, true, pull->visit.facts.mac);
        if (!mac_as_serial(pull->visit.facts.mac, pull->visit.facts.sn)) {
            pull->visit.facts.sn[0] = '\0';
        }
    }
    recognised(pull, now_ms);
}

static walltime wall(const struct pull *pull, int64_t now_ms)
{
    return now_ms / 1000 + pull->visit.order.wall_offset_s;
}

static void take_clock(struct pull *pull, const struct pull_frame *frame, int64_t now_ms)
{
    struct visit_facts *facts = &pull->visit.facts;
    if (frame->code == PULL_OK && frame->len >= 4 &&
        pull_time(pull_u32(frame->data), &facts->clock)) {
        facts->has_clock = true;
        facts->clock_ahead_s = facts->clock - wall(pull, now_ms);
    }
}

/* ---- the course of it ---- */

static void after_tables(struct pull *pull, int64_t now_ms)
{
    struct visit *visit = &pull->visit;
    pull->ending = visit->table_len[VISIT_RECORDS] > 0 ? VISIT_READ : VISIT_UNCHANGED;
    if (visit->order.set_clock && !visit->facts.clock_set) {
        pull->asking.time = wall(pull, now_ms);
        pull_put(pull, STEP_SET_CLOCK, PULL_SET_TIME, now_ms);
    } else if (visit->order.live) {
        pull_put(pull, STEP_EVENTS, PULL_EVENTS, now_ms);
    } else {
        pull_finish(pull, pull->ending, now_ms, "%s", "");
    }
}

static bool is_unchanged(const struct visit *visit)
{
    const struct visit_facts *facts = &visit->facts;
    return visit->order.purpose == VISIT_LOOK ||
           (visit->order.purpose == VISIT_POLL && facts->before >= 0 &&
            facts->before == visit->order.read_count &&
            (facts->capacity <= 0 || facts->before < facts->capacity));
}

static void want_users(struct pull *pull, int64_t now_ms)
{
    const struct visit *visit = &pull->visit;
    uint64_t len = visit->table_len[VISIT_RECORDS];
    bool slots = len > 4 && pull_slotted(len - 4, visit->facts.before, visit->facts.after);
    if (!pull->users_done && (visit->order.users || slots)) {
        pull->users_done = true;
        pull_table_begin(pull, VISIT_USERS, now_ms);
        return;
    }
    after_tables(pull, now_ms);
}

static void take_sizes(struct pull *pull, const struct pull_frame *frame, int64_t now_ms)
{
    struct visit_facts *facts = &pull->visit.facts;
    struct pull_sizes sizes = {-1, -1, -1, -1};
    if (frame->code == PULL_OK) {
        pull_read_sizes(frame->data, frame->len, &sizes);
    }
    if (pull->step == STEP_AFTER) {
        facts->after = sizes.records;
        want_users(pull, now_ms);
        return;
    }
    facts->before = sizes.records;
    facts->users = sizes.users;
    facts->capacity = sizes.capacity;
    if (is_unchanged(&pull->visit)) {
        want_users(pull, now_ms);
    } else {
        pull_table_begin(pull, VISIT_RECORDS, now_ms);
    }
}

void pull_table_done(struct pull *pull, int64_t now_ms)
{
    if (pull->table == VISIT_RECORDS) {
        pull_put(pull, STEP_AFTER, PULL_SIZES, now_ms);
    } else {
        after_tables(pull, now_ms);
    }
}

static void ask_serial(struct pull *pull, int64_t now_ms)
{
    put_option(pull, STEP_SERIAL, "~SerialNumber", now_ms);
}

static void take_connect(struct pull *pull, const struct pull_frame *frame, int64_t now_ms)
{
    pull->asking.session = frame->session;
    pull->welcome = true;
    switch (frame->code) {
    case PULL_OK:
        ask_serial(pull, now_ms);
        break;
    case PULL_KEY_WANTED:
        pull->asking.key = pull->visit.order.key;
        pull_put(pull, STEP_AUTH, PULL_AUTH, now_ms);
        break;
    case PULL_NEW_FIRMWARE:
        pull->visit.facts.refusal = frame->code;
        pull->visit.facts.refused = pull_command(PULL_CONNECT);
        pull_finish(pull, VISIT_REFUSED, now_ms,
                    "its firmware refuses to be read this way (6001): let it push instead, by its "
                    "menu of cloud server or ADMS");
        break;
    default:
        pull->visit.facts.refusal = frame->code;
        pull->visit.facts.refused = pull_command(PULL_CONNECT);
        pull_finish(pull, VISIT_REFUSED, now_ms, "it refuses the connection with %u",
                    (unsigned)frame->code);
    }
}

static void key_refused(struct pull *pull, int64_t now_ms)
{
    pull_finish(pull, VISIT_KEY, now_ms,
                "the terminal refuses the communication key%s: it is in the terminal's menu, PC "
                "connection, Comm Key",
                pull->visit.order.key == 0 ? " (none is given)" : "");
}

/* ---- live ---- */

/* Acknowledged as each client does: under reply id 0. */
static void take_event(struct pull *pull, const struct pull_frame *frame, int64_t now_ms)
{
    enum { DAY_S = 86400 };
    struct visit *visit = &pull->visit;
    struct visit_row row;
    if (!visit->living) {
        return; /* of an earlier connection; the read brings it */
    }
    if (pull_event(visit->facts.sn, frame->data, frame->len, &row, pull->raw) &&
        row.punch.time <= wall(pull, now_ms) + DAY_S &&
        row.punch.time >= wall(pull, now_ms) - DAY_S) {
        visit->facts.live_punches++;
        visit->sink.live(visit->sink.context, &row);
    } else {
        visit->facts.live_unclear++;
    }
    struct pull_asking asking = pull->asking;
    pull->asking.ask = PULL_EVENT_TAKEN;
    pull->asking.reply = 0;
    write_out(pull);
    pull->asking = asking;
}

static void begin_live(struct pull *pull, int64_t now_ms)
{
    pull->step = STEP_LIVE;
    pull->alive = true;
    pull->visit.living = true;
    pull->visit.deadline_ms = now_ms + PULL_HEARTBEAT_MS;
}

/* ---- one answer ---- */

static void take_answer(struct pull *pull, const struct pull_frame *frame, int64_t now_ms)
{
    struct visit *visit = &pull->visit;
    if (frame->code == PULL_KEY_WANTED && pull->step != STEP_CONNECT && pull->step != STEP_EXIT) {
        key_refused(pull, now_ms);
        return;
    }
    switch (pull->step) {
    case STEP_CONNECT:
        take_connect(pull, frame, now_ms);
        break;
    case STEP_AUTH:
        if (frame->code == PULL_OK) {
            ask_serial(pull, now_ms);
        } else {
            key_refused(pull, now_ms);
        }
        break;
    case STEP_SERIAL:
        take_serial(pull, frame, now_ms);
        break;
    case STEP_MAC:
        take_mac(pull, frame, now_ms);
        break;
    case STEP_VERSION:
        if (frame->code == PULL_OK) {
            words(frame, false, visit->facts.firmware);
        }
        put_option(pull, STEP_MODEL, "~DeviceName", now_ms);
        break;
    case STEP_MODEL:
        if (frame->code == PULL_OK) {
            words(frame, true, visit->facts.model);
        }
        put_option(pull, STEP_PLATFORM, "~Platform", now_ms);
        break;
    case STEP_PLATFORM:
        if (frame->code == PULL_OK) {
            words(frame, true, visit->facts.platform);
        }
        ask_clock(pull, now_ms);
        break;
    case STEP_CLOCK:
        take_clock(pull, frame, now_ms);
        pull_put(pull, STEP_BEFORE, PULL_SIZES, now_ms);
        break;
    case STEP_BEFORE:
    case STEP_AFTER:
        take_sizes(pull, frame, now_ms);
        break;
    case STEP_SET_CLOCK:
        visit->facts.clock_set = frame->code == PULL_OK;
        visit->order.set_clock = false;
        after_tables(pull, now_ms);
        break;
    case STEP_EVENTS:
        if (frame->code == PULL_OK) {
            begin_live(pull, now_ms);
        } else {
            visit->order.live = false; /* it knows no such thing */
            pull_finish(pull, pull->ending, now_ms, "%s", "");
        }
        break;
    case STEP_LIVE:
        pull->alive = true;
        take_clock(pull, frame, now_ms);
        visit->deadline_ms = now_ms + PULL_HEARTBEAT_MS;
        break;
    case STEP_EXIT:
        visit->outcome = pull->ending;
        break;
    default:
        pull_table_take(pull, frame, now_ms);
    }
}

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
        pull_mask_users(current ? size : 0, current ? offset : 4, copy + (len - frame->len),
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
        take_event(pull, frame, now_ms);
        return;
    }
    if (!is_answer(pull, frame) || pull->draining) {
        facts->dropped++;
        return;
    }
    take_answer(pull, frame, now_ms);
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
            pull->asking.time = wall(pull, now_ms);
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
