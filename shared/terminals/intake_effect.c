#include "terminals/intake_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "outbox/outbox_command.h"
#include "outbox/outbox_note.h"
#include "outbox/outbox_refusal.h"
#include "outbox/outbox_rejected.h"

/* ---- what is told when it is stored ---- */

/* `strings` ends at a NULL. One more than fit is dropped: the next finding tells again. */
void intake_note(struct intake *intake, enum event_id id, const char *const *strings)
{
    if (intake->notice_count == INTAKE_NOTICES) {
        return;
    }
    struct notice *notice = &intake->notices[intake->notice_count++];
    memset(notice, 0, sizeof *notice);
    notice->id = id;
    for (size_t i = 0; i < INTAKE_NOTICE_STRINGS && strings[i] != NULL; i++) {
        snprintf(notice->strings[i], sizeof notice->strings[i], "%s", strings[i]);
    }
}

void intake_tell(struct intake *intake)
{
    for (size_t i = 0; i < intake->notice_count; i++) {
        const struct notice *notice = &intake->notices[i];
        const char *strings[INTAKE_NOTICE_STRINGS];
        for (size_t k = 0; k < INTAKE_NOTICE_STRINGS; k++) {
            strings[k] = notice->strings[k][0] != '\0' ? notice->strings[k] : NULL;
        }
        event_report(intake->events, notice->id, strings[0], strings[1], strings[2], strings[3],
                     strings[4], (const char *)NULL);
    }
    intake->notice_count = 0;
}

/* ---- effects ---- */

void intake_check_clock(struct taking *taking, walltime shown)
{
    struct intake *intake = taking->intake;
    walltime local = intake_local_time(intake, taking->timezone_minutes);
    int64_t ahead = shown - local;
    bool off = ahead > CLOCKWATCH_OFF_S || ahead < -CLOCKWATCH_OFF_S;
    if (!roster_clock(&intake->roster, taking->terminal, ahead, off, local, intake->now)) {
        return;
    }
    char its[WALLTIME_TEXT_MAX];
    char ours[WALLTIME_TEXT_MAX];
    char difference[40];
    intake_note(intake, EVENT_TERMINAL_CLOCK_OFF,
                (const char *const[]){
                    taking->terminal->row.sn, walltime_text(shown, its), walltime_text(local, ours),
                    clockwatch_difference(ahead, difference, sizeof difference), NULL});
}

static bool take_punch(struct taking *taking, const struct punch *punch, struct error *err)
{
    struct intake *intake = taking->intake;
    enum outbox_added added;
    if (!intake_begin(intake, err) ||
        !outbox_append(intake->outbox, punch, 0, intake->now.unix_s, &added, err)) {
        return false;
    }
    if (taking->terminal != NULL) {
        enum iclock_operation operation = taking->item->call.operation;
        roster_brings(taking->terminal, operation == ICLOCK_RTLOG || operation == ICLOCK_TABLEDATA);
    }
    if (added != OUTBOX_NEW) {
        return true;
    }
    intake->fresh = true;
    if (taking->terminal != NULL) {
        roster_punch(&intake->roster, taking->terminal, &taking->item->peer, punch->time,
                     intake->now);
        if (taking->live) { /* just made */
            intake_check_clock(taking, punch->time);
        }
    }
    return true;
}

/* The same rows must be the same record however often they come, with whatever stamp: of a row,
 * what is kept of the request is where and to which table it was sent. */
static size_t target_of(const struct taking *taking, const struct iclock_effect *effect, char *out,
                        size_t size)
{
    const struct intake_item *item = taking->item;
    const struct iclock_call *call = &item->call;
    struct span path = item->request.path;
    struct span query = item->request.query;
    int length = 0;
    /* A row that may be half of one says so to whoever reads it again. */
    const char *torn = effect->torn ? "&packcnt=2&packidx=1" : "";
    if (effect->whole) {
        length = snprintf(out, size, "%.*s?%.*s", (int)(path.len < size ? path.len : size),
                          path.len > 0 ? path.at : "", (int)(query.len < size ? query.len : size),
                          query.len > 0 ? query.at : "");
    } else if (call->tablename[0] != '\0') {
        length = snprintf(out, size, "/iclock/querydata?SN=%s&type=tabledata&tablename=%s%s",
                          call->sn, call->tablename, torn);
    } else {
        length = snprintf(out, size, "/iclock/cdata?SN=%s&table=%s%s", call->sn,
                          call->table[0] != '\0' ? call->table : "ATTLOG", torn);
    }
    return length > 0 && (size_t)length < size ? (size_t)length : 0;
}

static const char *method_of(const struct intake_item *item)
{
    return item->fk.request.given ? "FkWeb" : item->request.method == ICLOCK_GET ? "GET" : "POST";
}

static bool take_aside(struct taking *taking, const struct iclock_effect *effect, struct error *err)
{
    enum { TARGET_MAX = 2048, TYPE_MAX = 64 };
    struct intake *intake = taking->intake;
    struct intake_item *item = taking->item;
    char target[TARGET_MAX];
    char type[TYPE_MAX + 1] = "";
    enum outbox_kept kept = OUTBOX_SET_ASIDE;
    if (effect->whole) {
        item->body_aside = effect->reason;
        /* What says how to read it; deflate may be known by nothing else. */
        bool packed = item->request.content_encoding.len > 0;
        utf8_clean(packed ? item->request.content_encoding : item->request.content_type, type,
                   sizeof type);
    } else if (item->bad_lines++ == 0) {
        item->bad_line = effect->reason;
    }
    const struct outbox_rejection rejection = {
        .device_sn = effect->sn,
        .bytes = effect->whole ? item->request.body : effect->text,
        .reason = effect->reason,
        .method = effect->whole || item->fk.request.given ? method_of(item) : "POST",
        .query = {target, target_of(taking, effect, target, sizeof target)},
        .content_type = type,
        .stranger = item->call.whose_unclear ||
                    config_device(&intake->config->listener, effect->sn) == NULL,
        .wall = intake_local_time(intake, taking->timezone_minutes),
        .time = effect->time,
        .user = effect->user,
        .no_record = effect->whole || effect->sample ||
                     (taking->terminal != NULL && !taking->terminal->believed),
    };
    if (!intake_begin(intake, err) ||
        !outbox_reject(intake->outbox, &rejection, intake->now.unix_s, &kept, err)) {
        return false;
    }
    item->no_room = item->no_room || kept == OUTBOX_NO_ROOM;
    return true;
}

static bool take_refusal(struct taking *taking, const struct iclock_effect *effect,
                         struct error *err)
{
    struct intake *intake = taking->intake;
    return intake_begin(intake, err) &&
           outbox_refusal_note(intake->outbox, effect->sn, (int32_t)effect->number, effect->records,
                               intake->now.unix_s, err);
}

static bool take_packet(struct taking *taking, const struct iclock_effect *effect,
                        struct error *err)
{
    (void)err;
    if (taking->terminal != NULL) {
        roster_packet(taking->terminal, (enum iclock_packet)effect->number);
    }
    return true;
}

/* A stamp says that what came before it need not be sent again. */
static bool take_stamp(struct taking *taking, const struct iclock_effect *effect, struct error *err)
{
    (void)err;
    if (taking->terminal != NULL) {
        roster_stamp(taking->terminal, effect->table, effect->text);
    }
    return true;
}

/* Whether the configuration says from where it speaks. */
static bool is_fixed(const struct intake *intake, const char *sn)
{
    const struct config_device *listed = config_device(&intake->config->listener, sn);
    return listed != NULL && listed->has_address;
}

static bool take_info(struct taking *taking, const struct iclock_effect *effect, struct error *err)
{
    struct intake *intake = taking->intake;
    return taking->terminal == NULL ||
           roster_info(&intake->roster, taking->terminal, effect->text,
                       intake->read_only ? -1 : effect->records, is_fixed(intake, effect->sn),
                       intake_local_time(intake, taking->timezone_minutes), intake->now, err);
}

bool intake_note_strangers(struct intake *intake, struct error *err)
{
    enum { DAY_S = 86400 };
    const struct roster *roster = &intake->roster;
    char text[2 * 24];
    int64_t more = roster->strangers - intake->strangers;
    if (more == 0) {
        return true;
    }
    intake->strangers = roster->strangers;
    if (intake->now.unix_s - intake->strangers_s >= DAY_S) {
        intake->strangers_today = 0;
        intake->strangers_s = intake->now.unix_s;
    }
    intake->strangers_today += more;
    snprintf(text, sizeof text, "%" PRId64 " %" PRId64, intake->now.unix_s,
             intake->strangers_today);
    uint64_t told = tally_note(&intake->strangers_told, "", (uint64_t)more, intake->now.steady_s);
    if (told > 0) {
        char count[24];
        snprintf(count, sizeof count, "%" PRIu64, told);
        intake_note(
            intake, EVENT_STRANGERS,
            (const char *const[]){count, roster->stranger_sn, roster->stranger_address, NULL});
    }
    return outbox_note(intake->outbox, OUTBOX_NOTE_STRANGERS, text, err);
}

void intake_note_torn(struct intake *intake, const struct outbox_device *device)
{
    const struct outbox_voice *voice = &device->voice;
    const char *other = strcmp(voice->last, voice->address) == 0 ? voice->before : voice->last;
    intake_note(intake, EVENT_TERMINAL_TWICE,
                (const char *const[]){device->sn, voice->address, other, NULL});
}

void intake_note_audit(struct intake *intake, const char *sn, const struct audit_news *news)
{
    char missing[24];
    char of[24];
    char came[24];
    char from[WALLTIME_TEXT_MAX];
    char to[WALLTIME_TEXT_MAX];
    snprintf(missing, sizeof missing, "%" PRId64, news->missing);
    snprintf(of, sizeof of, "%" PRId64, news->of);
    snprintf(came, sizeof came, "%" PRId64, news->came);
    if (news->kind == AUDIT_MISSING) {
        intake_note(intake, EVENT_PUNCHES_MISSING,
                    (const char *const[]){sn, missing, of, walltime_text(news->from, from),
                                          walltime_text(news->to - 1, to)});
    }
    if (news->kind == AUDIT_JUDGED) {
        intake_note(intake, EVENT_PUNCHES_ASKED_FOR,
                    (const char *const[]){sn, of, came, missing, NULL});
    }
}

static bool take_sent(struct taking *taking, const struct iclock_effect *effect, struct error *err)
{
    struct intake *intake = taking->intake;
    return intake_begin(intake, err) &&
           outbox_command_sent(intake->outbox, effect->number, intake->now.unix_s, err);
}

static bool take_result(struct taking *taking, const struct iclock_effect *effect,
                        struct error *err)
{
    struct intake *intake = taking->intake;
    struct audit_news news;
    bool found = false;
    /* Who is not believed was given none. */
    if (taking->terminal == NULL || !taking->terminal->believed) {
        return true;
    }
    if (!intake_begin(intake, err) ||
        !outbox_command_done(intake->outbox, effect->sn, effect->number, effect->result,
                             effect->text, intake->now.unix_s, &found, err)) {
        return false;
    }
    if (!found || effect->number != taking->terminal->row.audit.command) {
        return true;
    }
    if (!roster_audit_result(&intake->roster, taking->terminal, effect->result, effect->records,
                             is_fixed(intake, effect->sn), intake->now, &news, err)) {
        return false;
    }
    intake_note_audit(intake, taking->terminal->row.sn, &news);
    return true;
}

/* Operation lines are acknowledged and not kept; these two are told, hourly at most. */
static bool take_operation(struct taking *taking, const struct iclock_effect *effect,
                           struct error *err)
{
    struct intake *intake = taking->intake;
    bool clock = effect->kind == ICLOCK_EFFECT_CLOCK_SET;
    char when[WALLTIME_TEXT_MAX];
    walltime at;
    if (taking->terminal != NULL && !taking->terminal->believed) {
        return true;
    }
    if (taking->terminal != NULL && walltime_parse_iso(effect->text, &at)) {
        if (clock) {
            roster_clock_set(&intake->roster, taking->terminal, at, intake->now);
        } else if (!roster_log_deleted(&intake->roster, taking->terminal, at, intake->now, err)) {
            return false;
        }
    }
    if (tally_note(clock ? &intake->clocks_set : &intake->logs_deleted, effect->sn, 1,
                   intake->now.steady_s) == 0) {
        return true;
    }
    if (!span_copy(effect->text, when, sizeof when) || when[0] == '\0') {
        snprintf(when, sizeof when, "?");
    }
    intake_note(intake, clock ? EVENT_TERMINAL_CLOCK_SET : EVENT_TERMINAL_LOG_DELETED,
                (const char *const[]){effect->sn, when, NULL});
    return true;
}

static bool take_a_punch(struct taking *taking, const struct iclock_effect *effect,
                         struct error *err)
{
    return take_punch(taking, effect->punch, err);
}

bool intake_take(void *context, const struct iclock_effect *effect, struct error *err)
{
    static const struct {
        bool (*take)(struct taking *taking, const struct iclock_effect *effect, struct error *err);
        bool lasts; /* must be stored before it is answered */
    } takers[] = {
        [ICLOCK_EFFECT_PUNCH] = {take_a_punch, true},
        [ICLOCK_EFFECT_ASIDE] = {take_aside, true},
        [ICLOCK_EFFECT_REFUSAL] = {take_refusal, true},
        [ICLOCK_EFFECT_PACKET] = {take_packet, false},
        [ICLOCK_EFFECT_STAMP] = {take_stamp, true},
        [ICLOCK_EFFECT_INFO] = {take_info, false},
        [ICLOCK_EFFECT_COMMAND_SENT] = {take_sent, true},
        [ICLOCK_EFFECT_COMMAND_RESULT] = {take_result, true},
        [ICLOCK_EFFECT_CLOCK_SET] = {take_operation, false},
        [ICLOCK_EFFECT_LOG_DELETED] = {take_operation, false},
    };
    struct taking *taking = context;
    if (takers[effect->kind].lasts && taking->intake->read_only) {
        return error_set(err, ERR_FULL, 0, "the outbox takes nothing now");
    }
    return takers[effect->kind].take(taking, effect, err);
}
