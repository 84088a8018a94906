/*
 * pull_course: the course of a visit, from answer to answer.
 */
#include <stdio.h>
#include <string.h>

#include "pull/pull_private.h"

/* ---- what it said ---- */

static void put_option(struct pull *pull, enum pull_step step, const char *name, int64_t now_ms)
{
    pull->asking.name = name;
    pull_put(pull, step, PULL_OPTION, now_ms);
}

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

walltime pull_wall(const struct pull *pull, int64_t now_ms)
{
    return now_ms / 1000 + pull->visit.order.wall_offset_s;
}

static void take_clock(struct pull *pull, const struct pull_frame *frame, int64_t now_ms)
{
    struct visit_facts *facts = &pull->visit.facts;
    if (frame->code == PULL_OK && frame->len >= 4 &&
        pull_time(pull_u32(frame->data), &facts->clock)) {
        facts->has_clock = true;
        facts->clock_ahead_s = facts->clock - pull_wall(pull, now_ms);
    }
}

/* ---- the course of it ---- */

static void after_tables(struct pull *pull, int64_t now_ms)
{
    struct visit *visit = &pull->visit;
    pull->ending = visit->table_len[VISIT_RECORDS] > 0 ? VISIT_READ : VISIT_UNCHANGED;
    if (visit->order.set_clock && !visit->facts.clock_set) {
        pull->asking.time = pull_wall(pull, now_ms);
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
void pull_take_event(struct pull *pull, const struct pull_frame *frame, int64_t now_ms)
{
    enum { DAY_S = 86400 };
    struct visit *visit = &pull->visit;
    struct visit_row row;
    if (!visit->living) {
        return; /* of an earlier connection; the read brings it */
    }
    if (pull_event(visit->facts.sn, frame->data, frame->len, &row, pull->raw) &&
        row.punch.time <= pull_wall(pull, now_ms) + DAY_S &&
        row.punch.time >= pull_wall(pull, now_ms) - DAY_S) {
        visit->facts.live_punches++;
        visit->sink.live(visit->sink.context, &row);
    } else {
        visit->facts.live_unclear++;
    }
    struct pull_asking asking = pull->asking;
    pull->asking.ask = PULL_EVENT_TAKEN;
    pull->asking.reply = 0;
    pull_write_out(pull);
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

void pull_take_answer(struct pull *pull, const struct pull_frame *frame, int64_t now_ms)
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
