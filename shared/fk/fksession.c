#include "fk/fksession_private.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/portability.h"

enum {
    NONCE = 0x1234,
    INFO_SIZE = 48,
    CLASS_SIZE = 1024,
    SERIAL_SIZE = 256,
    FIELD_SIZE = 32,
    PAGE_SIZE_OLD = 512,
    VERSION_OF_SMALL_PAGES = 0x103,
    COUNT_OF_ALL = 8,
    PASSWORD_AT = 4, /* in the opening question */
    SMALLEST_RECORD = 12,
};

enum fk_error {
    ERROR_PASSWORD = 0,
    ERROR_MEMORY = 1,
    ERROR_INDEX = 3,
    ERROR_USER = 4,
    ERROR_UNKNOWN = 16
};

static struct fksession *session_of(struct visit *visit)
{
    return (struct fksession *)(void *)visit;
}

/* ---- ending ---- */

HB_PRINTF(3, 4)
static void finish(struct fksession *session, enum visit_outcome outcome, const char *format, ...)
{
    va_list arguments;
    struct visit *visit = &session->visit;
    if (visit->outcome != VISIT_RUNNING) {
        return;
    }
    va_start(arguments, format);
    vsnprintf(visit->why, sizeof visit->why, format, arguments);
    va_end(arguments);
    session->step = FKSESSION_DONE;
    visit->outcome = outcome;
    if (outcome != VISIT_READ) {
        memset(visit->table_len, 0, sizeof visit->table_len);
    }
}

/* ---- asking ---- */

static void send(struct fksession *session, size_t len, uint16_t wanted, int64_t now_ms)
{
    struct visit *visit = &session->visit;
    uint8_t masked[FKFRAME_SET_CLOCK_SIZE];
    visit->out_len = len;
    visit->deadline_ms = now_ms + FKSESSION_ANSWER_MS;
    session->wanted = wanted;
    if (visit->sink.frame != NULL) {
        memcpy(masked, visit->out, len);
        if (session->step == FKSESSION_OPENS) {
            memset(masked + PASSWORD_AT, 0xff, 4);
        }
        visit->sink.frame(visit->sink.context, VISIT_SENT, masked, len);
    }
}

static uint16_t next_seq(struct fksession *session)
{
    session->seq = session->seq == UINT16_MAX ? 1 : (uint16_t)(session->seq + 1);
    return session->seq;
}

static uint64_t records_len(const struct fksession *session)
{
    return (uint64_t)session->visit.facts.before * session->record_size;
}

static uint16_t page_len(const struct fksession *session, uint64_t total)
{
    uint64_t rest = total - (uint64_t)session->page * session->page_size;
    return (uint16_t)(rest < session->page_size ? rest : session->page_size);
}

static uint64_t probe_len(const struct fksession *session)
{
    return (uint64_t)session->visit.facts.before * SMALLEST_RECORD;
}

static walltime wall(const struct fksession *session, int64_t now_ms)
{
    return now_ms / 1000 + session->visit.order.wall_offset_s;
}

static void ask(struct fksession *session, int64_t now_ms)
{
    static const uint32_t fixed = 0xffff0000;
    struct visit *visit = &session->visit;
    const struct {
        enum fkframe_command command;
        uint32_t p1, p2;
        uint16_t len;
    } questions[] = {
        [FKSESSION_OPENS] = {FKFRAME_OPEN, visit->order.key, fixed | NONCE, 0},
        [FKSESSION_INFO] = {FKFRAME_INFO, 0, 0, INFO_SIZE},
        [FKSESSION_CLASS] = {FKFRAME_INFO, 1, 0, CLASS_SIZE},
        [FKSESSION_INFO_AGAIN] = {FKFRAME_INFO, 0, 0, INFO_SIZE},
        [FKSESSION_SERIAL] = {FKFRAME_SERIAL, 0x100, 0, SERIAL_SIZE},
        [FKSESSION_CLOCK] = {FKFRAME_CLOCK, 0, 0, FKFRAME_CLOCK_SIZE},
        [FKSESSION_SET_CLOCK] = {FKFRAME_CLOCK, 0, 0, 0},
        [FKSESSION_COUNT] = {FKFRAME_COUNT, COUNT_OF_ALL, fixed, 0},
        [FKSESSION_PROBE] = {FKFRAME_RECORDS, 0, 0, 0},
        [FKSESSION_RECORDS] = {FKFRAME_RECORDS, 0, 0, 0},
        [FKSESSION_COUNT_AGAIN] = {FKFRAME_COUNT, COUNT_OF_ALL, fixed, 0},
        [FKSESSION_DONE] = {FKFRAME_COUNT, COUNT_OF_ALL, fixed, 0},
    };
    uint16_t seq = next_seq(session);
    uint32_t p2 = questions[session->step].p2;
    uint16_t len = questions[session->step].len;
    if (session->step == FKSESSION_SET_CLOCK) {
        fkframe_set_clock(wall(session, now_ms), seq, visit->out);
        send(session, FKFRAME_SET_CLOCK_SIZE, 0, now_ms);
        return;
    }
    if (session->step == FKSESSION_PROBE || session->step == FKSESSION_RECORDS) {
        bool probe = session->step == FKSESSION_PROBE;
        p2 = fkframe_page(session->page, (uint32_t)visit->facts.before);
        len = page_len(session, probe ? probe_len(session) : records_len(session));
    }
    fkframe_ask(questions[session->step].command, questions[session->step].p1, p2, len, seq,
                visit->out);
    send(session, FKFRAME_ASK_SIZE, len, now_ms);
}

static void go_to(struct fksession *session, enum fksession_step step, int64_t now_ms)
{
    session->step = step;
    ask(session, now_ms);
}

/* ---- what answers say ---- */

/* A text field: up to its NUL, printable. */
static void field(const uint8_t *bytes, char *out, size_t size)
{
    const char *text = (const char *)bytes;
    const char *end = memchr(text, '\0', FIELD_SIZE);
    struct span span = {text, end != NULL ? (size_t)(end - text) : FIELD_SIZE};
    utf8_clean(span_trim(span), out, size);
}

static void take_info(struct fksession *session, const uint8_t *data)
{
    uint32_t capacity = fkframe_u32(data + 0x24);
    session->visit.facts.capacity = capacity > 0 && capacity <= INT32_MAX ? (int64_t)capacity : -1;
    if (fkframe_u16(data + 0x0c) == VERSION_OF_SMALL_PAGES) {
        session->page_size = PAGE_SIZE_OLD;
    }
}

/* "{CommunicationInterfaceId:13_1,CodePage:UTF-16,…}" */
static void take_class(struct fksession *session, const uint8_t *data)
{
    static const struct {
        const char *name;
        enum fkrecord_layout layout;
    } classes[] = {
        {"10", FKRECORD_12B},  {"11", FKRECORD_12A}, {"12", FKRECORD_20},
        {"12_1", FKRECORD_20}, {"13", FKRECORD_32},  {"13_1", FKRECORD_48},
    };
    static const char key[] = "CommunicationInterfaceId:";
    char text[CLASS_SIZE + 1];
    memcpy(text, data, CLASS_SIZE);
    text[CLASS_SIZE] = '\0';
    const char *at = strstr(text, key);
    if (at == NULL) {
        return;
    }
    at += sizeof key - 1;
    struct span value = span_trim((struct span){at, strcspn(at, ",}\"")});
    utf8_clean(value, session->visit.facts.platform, sizeof session->visit.facts.platform);
    for (size_t i = 0; i < HB_COUNT(classes); i++) {
        if (span_equal(value, span_of(classes[i].name))) {
            session->layout = classes[i].layout;
            session->record_size = fkrecord_size(session->layout);
        }
    }
}

static void take_serial(struct fksession *session, const uint8_t *data)
{
    struct visit_facts *facts = &session->visit.facts;
    const struct visit_order *order = &session->visit.order;
    char sn[FIELD_SIZE + 1];
    field(data, facts->model, sizeof facts->model);
    field(data + 0x60, sn, sizeof sn);
    if (punch_sn_valid(span_of(sn))) {
        (void)span_copy(span_of(sn), facts->sn, sizeof facts->sn);
    }
    if (order->sn[0] != '\0' && facts->sn[0] != '\0' &&
        !span_equal_nocase(span_of(order->sn), span_of(facts->sn))) {
        finish(session, VISIT_STRANGER, "%s answers here, not %s", facts->sn, order->sn);
    }
}

static void take_clock(struct fksession *session, const uint8_t *data, int64_t now_ms)
{
    struct visit_facts *facts = &session->visit.facts;
    facts->has_clock = fkframe_clock_read(data, &facts->clock);
    if (facts->has_clock) {
        facts->clock_ahead_s = facts->clock - wall(session, now_ms);
    }
}

/* The number of records is known. */
static void take_count(struct fksession *session, uint32_t count, int64_t now_ms)
{
    struct visit *visit = &session->visit;
    struct visit_facts *facts = &visit->facts;
    facts->before = (int64_t)count;
    facts->after = (int64_t)count;
    if (facts->sn[0] == '\0') { /* it is whoever must answer there, where that is said */
        memcpy(facts->sn, visit->order.sn, sizeof facts->sn);
    }
    bool full = facts->capacity > 0 && facts->before >= facts->capacity;
    bool changed = facts->before != visit->order.read_count || full;
    if (visit->order.purpose == VISIT_LOOK || (visit->order.purpose == VISIT_POLL && !changed)) {
        finish(session, VISIT_UNCHANGED, "%s", "");
        return;
    }
    if (facts->sn[0] == '\0') {
        finish(session, VISIT_REFUSED, "%s",
               "it does not tell its serial number: write one as \"sn\" in pull.terminals");
        return;
    }
    if (count == 0) {
        finish(session, VISIT_READ, "%s", "");
        return;
    }
    session->page = 0;
    uint64_t most = (uint64_t)session->page_size * FKFRAME_PAGES_MAX;
    if ((uint64_t)count * FKRECORD_SIZE_MAX > most) {
        finish(session, VISIT_INCOMPLETE,
               "it says that it holds %" PRIu32 " records, which are more than can be asked for",
               count);
        return;
    }
    go_to(session, session->record_size != 0 ? FKSESSION_RECORDS : FKSESSION_PROBE, now_ms);
}

static bool spool(struct fksession *session, const uint8_t *data, size_t len)
{
    struct visit *visit = &session->visit;
    struct error err = ERROR_INIT;
    uint64_t offset = (uint64_t)session->page * session->page_size;
    visit->facts.bytes += len;
    if (!visit->sink.spool(visit->sink.context, VISIT_RECORDS, offset, data, len, &err)) {
        finish(session, VISIT_INCOMPLETE, "%s", err.text);
        return false;
    }
    return true;
}

static void take_records(struct fksession *session, const uint8_t *data, int64_t now_ms)
{
    if (!spool(session, data, session->wanted)) {
        return;
    }
    session->page++;
    if ((uint64_t)session->page * session->page_size < records_len(session)) {
        ask(session, now_ms);
    } else {
        go_to(session, FKSESSION_COUNT_AGAIN, now_ms);
    }
}

/* The class was not told: the first bytes show how large a record is, or nothing is taken. */
static void take_probe(struct fksession *session, const uint8_t *data, int64_t now_ms)
{
    session->record_size = fksession_size(data, session->wanted, wall(session, now_ms));
    if (session->record_size == 0) {
        /* Kept, for a report. */
        if (spool(session, data, session->wanted)) {
            session->visit.table_len[VISIT_RECORDS] = session->wanted;
            finish(session, VISIT_READ, "%s", "");
        }
        return;
    }
    go_to(session, FKSESSION_RECORDS, now_ms);
}

static void take_count_again(struct fksession *session, uint32_t count)
{
    struct visit_facts *facts = &session->visit.facts;
    facts->after = (int64_t)count;
    if (facts->after < facts->before) {
        finish(session, VISIT_INCOMPLETE,
               "the number of its records fell from %" PRId64 " to %" PRId64
               " while they were read",
               facts->before, facts->after);
        return;
    }
    session->visit.table_len[VISIT_RECORDS] = records_len(session);
    finish(session, VISIT_READ, "%s", "");
}

/* The answer is whole. */
static void take_answer(struct fksession *session, const struct fkframe_ack *ack,
                        const uint8_t *data, int64_t now_ms)
{
    struct visit *visit = &session->visit;
    switch (session->step) {
    case FKSESSION_OPENS:
        go_to(session, FKSESSION_INFO, now_ms);
        return;
    case FKSESSION_INFO:
        take_info(session, data);
        go_to(session, FKSESSION_CLASS, now_ms);
        return;
    case FKSESSION_CLASS:
        take_class(session, data);
        go_to(session, FKSESSION_INFO_AGAIN, now_ms);
        return;
    case FKSESSION_INFO_AGAIN:
        go_to(session, FKSESSION_SERIAL, now_ms);
        return;
    case FKSESSION_SERIAL:
        take_serial(session, data);
        if (visit->outcome == VISIT_RUNNING) {
            go_to(session, FKSESSION_CLOCK, now_ms);
        }
        return;
    case FKSESSION_CLOCK:
        take_clock(session, data, now_ms);
        go_to(session, visit->order.set_clock ? FKSESSION_SET_CLOCK : FKSESSION_COUNT, now_ms);
        return;
    case FKSESSION_SET_CLOCK:
        visit->facts.clock_set = true;
        go_to(session, FKSESSION_COUNT, now_ms);
        return;
    case FKSESSION_COUNT:
        if (session->opened_late && !session->found) { /* it is one: now who it is */
            session->found = true;
            go_to(session, FKSESSION_SERIAL, now_ms);
            return;
        }
        take_count(session, ack->status, now_ms);
        return;
    case FKSESSION_PROBE:
        take_probe(session, data, now_ms);
        return;
    case FKSESSION_RECORDS:
        take_records(session, data, now_ms);
        return;
    case FKSESSION_COUNT_AGAIN:
        take_count_again(session, ack->status);
        return;
    case FKSESSION_DONE:
        return;
    }
}

static const char *words_of(uint32_t error)
{
    switch (error) {
    case ERROR_MEMORY:
        return "its memory is full";
    case ERROR_INDEX:
        return "it knows no such number";
    case ERROR_USER:
        return "it knows no such user";
    case ERROR_UNKNOWN:
        return "it does not know this question";
    default:
        return "without a reason";
    }
}

/* Old machines do not know all questions; without those about the records there is no reading. */
static bool go_on_without_it(struct fksession *session, int64_t now_ms)
{
    switch (session->step) {
    case FKSESSION_OPENS:
        go_to(session, FKSESSION_INFO, now_ms);
        return true;
    case FKSESSION_INFO: /* nor its second part, then */
    case FKSESSION_CLASS:
    case FKSESSION_INFO_AGAIN:
        go_to(session, FKSESSION_SERIAL, now_ms);
        return true;
    case FKSESSION_SERIAL:
        go_to(session, FKSESSION_CLOCK, now_ms);
        return true;
    case FKSESSION_CLOCK:
    case FKSESSION_SET_CLOCK:
        go_to(session, FKSESSION_COUNT, now_ms);
        return true;
    default:
        return false;
    }
}

static void take_refusal(struct fksession *session, const struct fkframe_ack *ack, int64_t now_ms)
{
    struct visit *visit = &session->visit;
    if (session->step == FKSESSION_OPENS && ack->status == ERROR_PASSWORD) {
        finish(session, VISIT_KEY, "the communication password is not the terminal's");
        return;
    }
    if (go_on_without_it(session, now_ms)) {
        return;
    }
    visit->facts.refusal = ack->status;
    visit->facts.refused =
        session->step == FKSESSION_COUNT || session->step == FKSESSION_COUNT_AGAIN
            ? FKFRAME_COUNT
            : FKFRAME_RECORDS;
    finish(session, VISIT_REFUSED, "it refuses to %s: %s (error %" PRIu32 ")",
           visit->facts.refused == FKFRAME_COUNT ? "count its records" : "give its records",
           words_of(ack->status), ack->status);
}

/* ---- the stream ---- */

static void drop_bytes(struct fksession *session, size_t count)
{
    session->have -= count;
    memmove(session->bytes, session->bytes + count, session->have);
}

static void show_frame(struct fksession *session, size_t len)
{
    struct visit *visit = &session->visit;
    if (visit->sink.frame != NULL) {
        visit->sink.frame(visit->sink.context, VISIT_RECEIVED, session->bytes, len);
    }
}

/* One step with what is here; false: more is needed, or it is over. */
static bool digest(struct fksession *session, int64_t now_ms)
{
    struct visit *visit = &session->visit;
    struct fkframe_ack ack;
    size_t whole = FKFRAME_ACK_SIZE;
    if (visit->outcome != VISIT_RUNNING || session->have < FKFRAME_ACK_SIZE) {
        return false;
    }
    if (!fkframe_ack_read(session->bytes, &ack)) {
        show_frame(session, session->have);
        finish(session, visit->facts.heard_ms == 0 ? VISIT_SILENT : VISIT_INCOMPLETE,
               "what answers here does not speak the protocol of HIP's own terminals");
        return false;
    }
    visit->facts.heard_ms = now_ms;
    if (ack.seq != session->seq) { /* to a question before this one */
        show_frame(session, FKFRAME_ACK_SIZE);
        visit->facts.dropped++;
        drop_bytes(session, FKFRAME_ACK_SIZE);
        return true;
    }
    const uint8_t *data = session->bytes + FKFRAME_ACK_SIZE;
    if (ack.fine && session->wanted > 0) {
        whole += FKFRAME_MARK_SIZE + session->wanted + FKFRAME_SUM_SIZE;
        if (session->have >= FKFRAME_ACK_SIZE + FKFRAME_MARK_SIZE && !fkframe_is_marked(data)) {
            show_frame(session, session->have);
            finish(session, VISIT_INCOMPLETE, "its data does not begin as data does");
            return false;
        }
        if (session->have < whole) {
            return false;
        }
        visit->facts.bad_checksums += !fkframe_sum_holds(data, session->wanted);
    }
    show_frame(session, whole);
    if (ack.fine) {
        take_answer(session, &ack, data + FKFRAME_MARK_SIZE, now_ms);
    } else {
        take_refusal(session, &ack, now_ms);
    }
    drop_bytes(session, whole);
    return true;
}

static void begin(struct visit *visit, int64_t now_ms)
{
    struct fksession *session = session_of(visit);
    session->began_ms = now_ms;
    session->page_size = FKFRAME_DATA_MAX;
    visit->facts.before = visit->facts.after = visit->facts.capacity = visit->facts.users = -1;
    go_to(session, FKSESSION_OPENS, now_ms);
}

static void take(struct visit *visit, const uint8_t *bytes, size_t len, int64_t now_ms)
{
    struct fksession *session = session_of(visit);
    while (len > 0 && visit->outcome == VISIT_RUNNING) {
        size_t room = sizeof session->bytes - session->have;
        size_t part = len < room ? len : room;
        memcpy(session->bytes + session->have, bytes, part);
        session->have += part;
        bytes += part;
        len -= part;
        while (digest(session, now_ms)) {
        }
        if (len > 0 && session->have == sizeof session->bytes) {
            finish(session, VISIT_INCOMPLETE, "it sends more than it was asked for");
        }
    }
    if (now_ms - session->began_ms > (int64_t)VISIT_LIMIT_S * 1000) {
        finish(session, VISIT_INCOMPLETE, "it took longer than %d minutes", VISIT_LIMIT_S / 60);
    }
}

static void late(struct visit *visit, int64_t now_ms)
{
    struct fksession *session = session_of(visit);
    if (visit->outcome != VISIT_RUNNING || now_ms < visit->deadline_ms) {
        return;
    }
    if (visit->facts.heard_ms == 0 && session->have == 0 && !session->opened_late) {
        session->opened_late = true;
        go_to(session, FKSESSION_COUNT, now_ms);
        return;
    }
    if (visit->facts.heard_ms == 0) {
        finish(session, VISIT_SILENT,
               "it accepts the connection and answers nothing: a terminal that is set to push "
               "(menu: Internet, server) does so, and is not read on this port");
        return;
    }
    if (session->have == 0 && session->step != FKSESSION_OPENS &&
        go_on_without_it(session, now_ms)) {
        return;
    }
    finish(session, VISIT_INCOMPLETE, "no whole answer came within %d seconds",
           FKSESSION_ANSWER_MS / 1000);
}

static void lost(struct visit *visit, const char *why, int64_t now_ms)
{
    struct fksession *session = session_of(visit);
    (void)now_ms;
    finish(session, visit->facts.heard_ms == 0 ? VISIT_SILENT : VISIT_INCOMPLETE, "%s", why);
}

static void stop(struct visit *visit, int64_t now_ms)
{
    (void)now_ms;
    finish(session_of(visit), VISIT_STOPPED, "it was told to stop");
}

static void end(struct visit *visit)
{
    (void)visit;
}

const struct visit_protocol fksession_protocol = {
    .name = "fk",
    .size = sizeof(struct fksession),
    .begin = begin,
    .take = take,
    .late = late,
    .lost = lost,
    .stop = stop,
    .end = end,
    .judge = fksession_judge,
    .rows = fksession_rows,
    .people = NULL,
};
