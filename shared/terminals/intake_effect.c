#include "terminals/intake_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "outbox/outbox_command.h"
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
    if (added != OUTBOX_NEW) {
        return true;
    }
    intake->fresh = true;
    if (taking->terminal != NULL) {
        roster_punch(taking->terminal, punch->time);
        if (taking->live) { /* just made */
            intake_check_clock(taking, punch->time);
        }
    }
    return true;
}

static bool take_bad_line(struct taking *taking, const struct iclock_effect *effect,
                          struct error *err)
{
    struct intake *intake = taking->intake;
    if (taking->item->bad_lines++ == 0) {
        taking->item->bad_line = effect->reason;
    }
    return intake_begin(intake, err) && outbox_reject_line(intake->outbox, effect->sn, effect->text,
                                                           effect->reason, intake->now.unix_s, err);
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

static bool take_info(struct taking *taking, const struct iclock_effect *effect, struct error *err)
{
    (void)err;
    if (taking->terminal != NULL) {
        roster_info(taking->terminal, effect->text, effect->records,
                    intake_local_time(taking->intake, taking->timezone_minutes),
                    taking->intake->now);
    }
    return true;
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
    if (taking->terminal == NULL) {
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
                             intake->now, &news, err)) {
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
    (void)err;
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
        [ICLOCK_EFFECT_BAD_LINE] = {take_bad_line, true},
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
