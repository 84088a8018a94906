#include "terminals/intake_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/portability.h"
#include "fk/fkweb.h"
#include "iclock/devicecmd.h"
#include "outbox/outbox_command.h"

/* An order that was not answered for so long is given up: a terminal does not answer what it does
 * not know. */
enum { ORDER_LIMIT_S = 5 * 60, REFUSED = -1, GIVEN_UP = -2, BODY_MAX = 64, SAMPLES = 16 };

/* ---- replies ---- */

static void say(struct intake_item *item, const char *code)
{
    struct iclock_reply *reply = &item->reply;
    struct fkweb_reply *said = &item->fk.reply;
    reply->status = 200;
    reply->content_type = "application/octet-stream";
    reply->len = 0;
    said->response_code = code;
    said->order = "";
    memcpy(said->trans_id, item->fk.call.trans_id, sizeof said->trans_id);
}

void intake_fk_refuse(struct intake_item *item, int status)
{
    say(item, status == 403 || status == 400 ? FKWEB_BAD_ID : FKWEB_NOT_STORED);
    item->reply.status = status == 503 ? 200 : status; /* it looks at response_code alone */
}

/* One old machine wanted these words beside the header (HS102, on /hdata.aspx). */
static void say_stored(struct intake_item *item)
{
    static const struct span path = {"/hdata.aspx", 11};
    say(item, FKWEB_OK);
    if (span_equal_nocase(item->request.path, path)) {
        item->reply.len = (size_t)snprintf(item->reply.body, BODY_MAX, "result=OK");
    }
}

/* It keeps what it sent, and sends it again. */
static void say_unreadable(struct intake_item *item, const char *reason)
{
    say(item, FKWEB_BAD_LOG);
    item->fk.unreadable = reason;
}

/* ---- before the transaction ---- */

/* Deliveries of others are answered, whatever they hold, and forgotten. */
static bool is_kept(enum fkweb_operation operation)
{
    return operation == FKWEB_GLOG || operation == FKWEB_RESULT || operation == FKWEB_POLL;
}

void intake_fk_read(struct intake *intake, struct intake_item *item)
{
    struct fkweb_call *call = &item->fk.call;
    fkweb_read(&item->fk.request, call);
    memset(&item->call, 0, sizeof item->call);
    item->call.operation = call->operation == FKWEB_NOBODY ? ICLOCK_BAD_SN : ICLOCK_POLL;
    item->call.now_s = intake->now.unix_s;
    item->call.sn_given = call->operation != FKWEB_NOBODY;
    item->call.body = item->request.body;
    item->call.browser = item->request.browser;
    memcpy(item->call.sn, call->dev_id, sizeof item->call.sn);
    snprintf(item->call.device_type, sizeof item->call.device_type, TERMINAL_FK);
}

void intake_fk_join(struct intake *intake, struct intake_item *item)
{
    const struct fkweb_call *call = &item->fk.call;
    struct span body = item->request.body;
    item->fk.part = NULL;
    item->fk.joined = NULL;
    if (!is_kept(call->operation)) {
        return;
    }
    if (call->block != 0) {
        bool fine =
            call->block > 0 && fkblocks_add(intake->blocks, call, body, intake->now.steady_s);
        item->fk.part = fine ? FKWEB_OK : FKWEB_BAD_BLOCK;
        return;
    }
    /* What is a body by itself is no last part: the one before it was never ended. */
    if (fkblocks_wait(intake->blocks, call, intake->now.steady_s) && !fkweb_is_whole(body)) {
        item->fk.joined = fkblocks_join(intake->blocks, call, body, intake->now.steady_s);
        if (item->fk.joined == NULL) {
            item->fk.part = FKWEB_BAD_BLOCK;
        } else {
            item->call.body = fkblocks_body(item->fk.joined);
        }
    }
}

static void tell_unreadable(struct intake *intake, const struct intake_item *item)
{
    char count[24];
    uint64_t times = tally_note(&intake->unreadable, item->call.sn, 1, intake->now.steady_s);
    if (times > 0) {
        snprintf(count, sizeof count, "%" PRIu64, times);
        event_report(intake->events, EVENT_DELIVERY_UNREADABLE, item->call.sn, count,
                     item->fk.unreadable, (const char *)NULL);
    }
}

void intake_fk_close(struct intake *intake, struct intake_item *item)
{
    if (item->fk.unreadable != NULL) {
        tell_unreadable(intake, item);
    }
    bool stored = strcmp(item->fk.reply.response_code, FKWEB_NOT_STORED) != 0;
    fkblocks_give_back(intake->blocks, item->fk.joined, stored);
    item->fk.joined = NULL;
}

/* ---- punches ---- */

static bool take(struct taking *taking, struct iclock_effect effect, struct error *err)
{
    effect.sn = taking->item->call.sn;
    return intake_take(taking, &effect, err);
}

static bool take_aside(struct taking *taking, struct span raw, const char *reason,
                       struct error *err)
{
    return take(taking,
                (struct iclock_effect){.kind = ICLOCK_EFFECT_ASIDE, .text = raw, .reason = reason},
                err);
}

static bool take_punch(struct taking *taking, struct punch *punch, struct error *err)
{
    memcpy(punch->device_sn, taking->item->call.sn, sizeof punch->device_sn);
    return take(taking, (struct iclock_effect){.kind = ICLOCK_EFFECT_PUNCH, .punch = punch}, err);
}

static bool answer_glog(struct taking *taking, struct error *err)
{
    struct intake_item *item = taking->item;
    char raw[PUNCH_RAW_MAX + 1];
    struct punch punch;
    const char *reason = NULL;
    switch (fkweb_glog(item->call.body, &punch, raw, &reason)) {
    case FKWEB_PUNCH:
        roster_data(taking->terminal, taking->intake->now);
        if (!take_punch(taking, &punch, err)) {
            return false;
        }
        break;
    case FKWEB_ASIDE:
        if (!take_aside(taking, punch.raw, reason, err)) {
            return false;
        }
        break;
    case FKWEB_DOOR:
        break;
    case FKWEB_UNREADABLE:
        say_unreadable(item, reason);
        return true;
    }
    say_stored(item);
    return true;
}

/* ---- results ---- */

struct search {
    int64_t id; /* 0: one that is out */
    struct outbox_command *found;
    bool any;
};

static bool is_it(void *context, const struct outbox_command *command)
{
    struct search *search = context;
    bool out = command->tries > 0 && command->done_s == 0;
    if (out && (search->id == 0 || command->id == search->id)) {
        *search->found = *command;
        search->any = true;
    }
    return !search->any;
}

/* The order that was handed out (id 0: any) and has no result yet. */
static bool find_order(struct taking *taking, int64_t id, struct outbox_command *command,
                       bool *found, struct error *err)
{
    struct search search = {id, command, false};
    bool done =
        outbox_each_command(taking->intake->outbox, taking->item->call.sn, is_it, &search, err);
    *found = search.any;
    return done;
}

static bool take_result(struct taking *taking, int64_t id, int32_t result, int32_t records,
                        const char *words, struct error *err)
{
    return take(taking,
                (struct iclock_effect){.kind = ICLOCK_EFFECT_COMMAND_RESULT,
                                       .number = id,
                                       .result = result,
                                       .records = records,
                                       .text = span_of(words)},
                err);
}

static bool take_records(struct taking *taking, const struct fkweb_log *log,
                         enum fkrecord_layout layout, walltime now, struct error *err)
{
    roster_data(taking->terminal, taking->intake->now);
    for (int64_t i = 0; i < log->count; i++) {
        char raw[FKRECORD_RAW_MAX + 1];
        struct punch punch;
        const char *reason = NULL;
        const char *record = log->records.at + (size_t)i * log->size;
        enum fkrecord_row row = fkrecord_read(layout, record, now, &punch, raw, &reason);
        if ((row == FKRECORD_PUNCH && !take_punch(taking, &punch, err)) ||
            (row == FKRECORD_BAD && !take_aside(taking, punch.raw, reason, err))) {
            return false;
        }
    }
    return true;
}

/* Nothing is taken: the records stay where they are, and a few are kept for a report. */
static bool refuse_log(struct taking *taking, int64_t id, const struct fkweb_log *log,
                       const char *reason, struct error *err)
{
    struct intake_item *item = taking->item;
    char words[TERMINAL_FACTS_MAX + 1];
    char hex[2 * FKRECORD_SIZE_MAX + 1];
    for (int64_t i = 0; i < log->count && i < SAMPLES; i++) {
        const char *record = log->records.at + (size_t)i * log->size;
        hex_put(record, log->size, hex);
        if (!take(taking,
                  (struct iclock_effect){.kind = ICLOCK_EFFECT_ASIDE,
                                         .text = span_of(hex),
                                         .reason = reason,
                                         .sample = true},
                  err)) {
            return false;
        }
    }
    say(item, FKWEB_OK);
    snprintf(words, sizeof words, "Error=%s", reason);
    intake_note(taking->intake, EVENT_LAYOUT_NOT_KNOWN,
                (const char *const[]){item->call.sn, reason, NULL});
    return take_result(taking, id, REFUSED, -1, words, err);
}

/* The log asked for: all of it is taken, or none. */
static bool answer_log(struct taking *taking, int64_t id, struct error *err)
{
    struct intake_item *item = taking->item;
    struct fkweb_log log;
    char words[TERMINAL_FACTS_MAX + 1];
    const char *reason = NULL;
    walltime now = intake_local_time(taking->intake, taking->timezone_minutes);
    if (!fkweb_log(item->call.body, &log, &reason)) {
        snprintf(words, sizeof words, "Error=%s", reason);
        say_unreadable(item, reason);
        return take_result(taking, id, REFUSED, -1, words, err);
    }
    enum fkrecord_layout layout = FKRECORD_NONE;
    if (log.count > 0) {
        enum fkrecord_layout told =
            log.layout != FKRECORD_NONE ? log.layout : taking->terminal->fk_layout;
        layout = fkrecord_choose(log.records, log.size, told, now, &reason);
        if (layout == FKRECORD_NONE) {
            return refuse_log(taking, id, &log, reason, err);
        }
    }
    say(item, FKWEB_OK);
    snprintf(words, sizeof words, "LogCount=%" PRId64 ", Layout=%s", log.count,
             fkrecord_name(layout));
    if (!take_records(taking, &log, layout, now, err)) {
        return false;
    }
    /* Where its share of what is set aside is used up, it keeps what found no room. */
    return item->no_room ? take_result(taking, id, REFUSED, -1, "Error=no room", err)
                         : take_result(taking, id, 0, (int32_t)log.count, words, err);
}

/* "firmware,users,fingerprints,records", as iclock terminals say it of themselves. */
static bool answer_status(struct taking *taking, int64_t id, struct error *err)
{
    struct intake_item *item = taking->item;
    struct fkweb_status status;
    char words[TERMINAL_FACTS_MAX + 1];
    char info[TERMINAL_INFO_MAX + 1];
    const char *reason = NULL;
    if (!fkweb_status(item->call.body, &status, &reason)) {
        say_unreadable(item, reason);
        return take_result(taking, id, REFUSED, -1, "", err);
    }
    say(item, FKWEB_OK);
    struct span firmware = terminal_info_read(span_of(taking->terminal->row.info)).firmware;
    snprintf(info, sizeof info, "%.*s,%" PRId64 ",%" PRId64 ",%" PRId64, (int)firmware.len,
             firmware.len > 0 ? firmware.at : "", status.users < 0 ? 0 : status.users,
             status.fingers < 0 ? 0 : status.fingers, status.records);
    snprintf(words, sizeof words, "UserCount=%" PRId64 ", TransactionCount=%" PRId64, status.users,
             status.records);
    return take(taking,
                (struct iclock_effect){.kind = ICLOCK_EFFECT_INFO,
                                       .text = span_of(info),
                                       .records = (int32_t)status.records},
                err) &&
           take_result(taking, id, 0, (int32_t)status.records, words, err);
}

static bool answer_result(struct taking *taking, struct error *err)
{
    struct intake_item *item = taking->item;
    const struct fkweb_call *call = &item->fk.call;
    struct outbox_command command;
    int32_t id = 0;
    bool found = false;
    if (!span_to_int32(span_of(call->trans_id), &id) || id <= 0 ||
        !find_order(taking, id, &command, &found, err)) {
        say(item, FKWEB_OK);
        return id <= 0;
    }
    if (!found) { /* of an order given up, or of an earlier life */
        say(item, FKWEB_OK);
        return true;
    }
    if (!call->fine) {
        char words[TERMINAL_FACTS_MAX + 1];
        snprintf(words, sizeof words, "Error=%s", call->return_code);
        say(item, FKWEB_OK);
        return take_result(taking, id, REFUSED, -1, words, err);
    }
    switch (devicecmd_read(command.text, NULL, NULL)) {
    case DEVICECMD_IS_RESEND:
        return answer_log(taking, id, err);
    case DEVICECMD_IS_INFO:
        return answer_status(taking, id, err);
    default:
        say(item, FKWEB_OK);
        return take_result(taking, id, 0, -1, "", err);
    }
}

/* ---- polls: its clock, and the next order ---- */

static bool give_up(struct taking *taking, const struct outbox_command *command, struct error *err)
{
    return take_result(taking, command->id, GIVEN_UP, -1, "Error=no answer", err);
}

/* Answers with the order, in the terminal's words. False: it has none for it. */
static bool spell(struct taking *taking, const struct outbox_command *command)
{
    struct intake_item *item = taking->item;
    struct intake *intake = taking->intake;
    walltime from = 0;
    walltime to = 0;
    walltime now = intake_local_time(intake, taking->timezone_minutes);
    enum fkweb_order order = FKWEB_ORDER_STATUS;
    switch (devicecmd_read(command->text, &from, &to)) {
    case DEVICECMD_IS_INFO:
        break;
    case DEVICECMD_IS_RESEND:
        order = FKWEB_ORDER_LOG;
        roster_resends(taking->terminal, intake->now.steady_s + INTAKE_RESEND_S);
        break;
    case DEVICECMD_IS_SET_CLOCK:
        order = FKWEB_ORDER_SET_TIME;
        break;
    case DEVICECMD_IS_REBOOT:
        order = FKWEB_ORDER_RESET;
        break;
    case DEVICECMD_IS_SUM:
    case DEVICECMD_IS_OTHER:
        return false;
    }
    say(item, order == FKWEB_ORDER_RESET ? FKWEB_RESET : FKWEB_OK);
    item->fk.reply.order = fkweb_order_name(order);
    snprintf(item->fk.reply.trans_id, sizeof item->fk.reply.trans_id, "%" PRId64, command->id);
    item->reply.len = fkweb_order_body(order, from, to, now, item->reply.body);
    return true;
}

/* One order at a time: the next only when the last has its result, or is given up. */
static bool hand_out(struct taking *taking, struct error *err)
{
    struct outbox_command command;
    bool found = false;
    int64_t now_s = taking->intake->now.unix_s;
    if (!find_order(taking, 0, &command, &found, err)) {
        return false;
    }
    if (found && now_s - command.sent_s < ORDER_LIMIT_S && now_s >= command.sent_s) {
        return true;
    }
    if (found && !give_up(taking, &command, err)) {
        return false;
    }
    if (!intake_next_command(taking, &command, &found, err)) {
        return false;
    }
    if (!found) {
        return true;
    }
    if (!take(taking,
              (struct iclock_effect){.kind = ICLOCK_EFFECT_COMMAND_SENT, .number = command.id},
              err)) {
        return false;
    }
    if (!spell(taking, &command)) {
        return take_result(taking, command.id, REFUSED, -1, "Error=no such order", err);
    }
    /* A terminal that restarts does not say that it has. */
    return strcmp(taking->item->fk.reply.response_code, FKWEB_RESET) != 0 ||
           take_result(taking, command.id, 0, -1, "", err);
}

static bool answer_poll(struct taking *taking, struct error *err)
{
    struct intake_item *item = taking->item;
    struct roster_terminal *terminal = taking->terminal;
    struct fkweb_poll poll;
    const char *reason = NULL;
    if (!fkweb_poll(item->call.body, &poll, &reason)) {
        say_unreadable(item, reason);
        return true;
    }
    say(item, FKWEB_NO_ORDER);
    if (poll.layout != FKRECORD_NONE) {
        terminal->fk_layout = poll.layout;
    }
    if (poll.firmware[0] != '\0' && terminal->row.info[0] == '\0' &&
        !take(taking,
              (struct iclock_effect){
                  .kind = ICLOCK_EFFECT_INFO, .text = span_of(poll.firmware), .records = -1},
              err)) {
        return false;
    }
    if (poll.has_time) {
        intake_check_clock(taking, poll.time);
    }
    return taking->intake->read_only || hand_out(taking, err);
}

bool intake_fk_answer(struct taking *taking, struct error *err)
{
    struct intake_item *item = taking->item;
    item->fk.unreadable = NULL;
    if (item->fk.part != NULL) {
        say(item, item->fk.part);
        return true;
    }
    switch (item->fk.call.operation) {
    case FKWEB_POLL:
        return answer_poll(taking, err);
    case FKWEB_RESULT:
        return answer_result(taking, err);
    case FKWEB_GLOG:
        return answer_glog(taking, err);
    case FKWEB_ENROLMENT:
    case FKWEB_OTHER:
    case FKWEB_NOBODY:
        break;
    }
    say(item, FKWEB_OK);
    return true;
}
