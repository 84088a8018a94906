#include "terminals/audit.h"

#include "iclock/devicecmd.h"
#include "outbox/outbox_command.h"
#include "terminals/audit_fk.h"

enum { DAY_S = 86400 };

/* 2000-01-01: where the vendor's own time begins, and so every terminal's log. */
static const walltime beginning = INT64_C(946684800);

static int64_t day_of(walltime time)
{
    return time >= 0 ? time / DAY_S : 0;
}

void audit_begin(struct outbox_device *device, walltime local)
{
    device->audit = (struct outbox_audit){.records = -1, .day = day_of(local) - 1};
}

void audit_start_anew(struct outbox_device *device)
{
    device->audit.settled = device->audit.settled_at = device->audit.gone = 0;
}

void audit_info(struct outbox_device *device, int64_t records, walltime local, int64_t now_s)
{
    struct outbox_audit *audit = &device->audit;
    bool fk = terminal_is_fk(device->kind);
    if (records < 0 || records > AUDIT_RECORDS_MAX ||
        (!fk && (audit->asked_to != 0 || audit->command != 0))) {
        return;
    }
    audit->records = records;
    audit->records_at = local;
    audit->later = 0;
    if (audit->due_s == 0 && !fk) { /* some say it at every poll */
        audit->due_s = now_s + AUDIT_INFO_S;
    }
}

void audit_data(struct outbox_device *device, int64_t now_s)
{
    device->audit.data_s = now_s;
}

void audit_punch(struct outbox_device *device, walltime time)
{
    device->audit.later += time > device->audit.records_at;
}

/* A finished day whose sum has not been asked for, or -1. */
static int64_t next_day(const struct outbox_device *device, walltime local, int64_t now_s)
{
    const struct outbox_audit *audit = &device->audit;
    int64_t yesterday = day_of(local - AUDIT_AFTER_MIDNIGHT_S) - 1;
    int64_t day = audit->day + 1;
    if (now_s < audit->no_sum_until_s || terminal_is_access(device->kind)) {
        return -1;
    }
    day = day > yesterday - AUDIT_DAYS_BACK ? day : yesterday - AUDIT_DAYS_BACK;
    return day <= yesterday ? day : -1;
}

static bool is_quiet(const struct outbox_audit *audit, int64_t now_s)
{
    return now_s - audit->data_s >= AUDIT_QUIET_S;
}

bool audit_is_due(const struct outbox_device *device, walltime local, int64_t now_s)
{
    const struct outbox_audit *audit = &device->audit;
    if (terminal_is_fk(device->kind)) {
        return audit_fk_is_due(device, local, now_s);
    }
    if (audit->due_s != 0) {
        return now_s >= audit->due_s && is_quiet(audit, now_s);
    }
    return audit->command == 0 && audit->asked_to == 0 && is_quiet(audit, now_s) &&
           next_day(device, local, now_s) >= 0;
}

/* How many different ones it has delivered, but for those of a time after its last INFO. */
static bool delivered(struct outbox *outbox, const struct outbox_device *device, int64_t *came,
                      struct error *err)
{
    bool done = outbox_delivered_keys(outbox, device->sn, INT64_MAX, came, err);
    *came -= device->audit.later;
    return done;
}

/* What came of asking: told, and what is still missing is not asked for again. */
static bool judge(struct outbox *outbox, struct outbox_device *device, struct audit_news *news,
                  struct error *err)
{
    struct outbox_audit *audit = &device->audit;
    bool whole = audit->asked_from == beginning;
    int64_t held = 0;
    if (!(whole ? delivered(outbox, device, &held, err)
                : outbox_delivered_in(outbox, device->sn, audit->asked_from, audit->asked_to, &held,
                                      err))) {
        return false;
    }
    int64_t came = held > audit->held ? held - audit->held : 0;
    came = came < audit->missing ? came : audit->missing;
    *news = (struct audit_news){
        .kind = AUDIT_JUDGED, .missing = audit->missing - came, .of = audit->missing, .came = came};
    if (whole) {
        audit->settled += audit->missing - came;
        audit->settled_at = audit->records;
    }
    audit->asked_from = audit->asked_to = audit->missing = audit->held = 0;
    audit->command = audit->due_s = 0;
    return true;
}

static bool ask_again(struct outbox *outbox, struct outbox_device *device, walltime from,
                      walltime to, int64_t records, int64_t held, int64_t missing, int64_t now_s,
                      struct audit_news *news, struct error *err)
{
    struct outbox_audit *audit = &device->audit;
    char text[TERMINAL_COMMAND_MAX + 1];
    devicecmd_resend(from, to, text);
    if (!outbox_command_queue(outbox, device->sn, text, OUTBOX_ASKED_BY_AUDIT, now_s,
                              &audit->command, err)) {
        return false;
    }
    audit->asked_from = from;
    audit->asked_to = to;
    audit->missing = missing;
    audit->held = held;
    audit->due_s = now_s + AUDIT_ANSWER_S; /* sooner when its result comes */
    *news = (struct audit_news){
        .kind = AUDIT_MISSING, .missing = missing, .of = records, .from = from, .to = to};
    return true;
}

int64_t audit_held_there(struct outbox_audit *audit, int64_t came)
{
    if (came - audit->gone > audit->records) {
        audit->gone = came - audit->records;
    }
    return came - audit->gone;
}

static bool compare_info(struct outbox *outbox, struct outbox_device *device, int64_t now_s,
                         struct audit_news *news, struct error *err)
{
    struct outbox_audit *audit = &device->audit;
    int64_t came = 0;
    audit->due_s = 0;
    if (terminal_is_access(device->kind)) {
        return true;
    }
    if (!delivered(outbox, device, &came, err)) {
        return false;
    }
    int64_t missing = audit->records - audit_held_there(audit, came);
    if (audit->records < audit->settled_at) {
        audit->settled = 0;
    }
    audit->settled = audit->settled < missing ? audit->settled : missing;
    missing -= audit->settled;
    if (missing <= 0) {
        return true;
    }
    return ask_again(outbox, device, beginning, audit->records_at + 1, audit->records, came,
                     missing, now_s, news, err);
}

static bool ask_sum(struct outbox *outbox, struct outbox_device *device, int64_t day, int64_t now_s,
                    struct error *err)
{
    struct outbox_audit *audit = &device->audit;
    char text[TERMINAL_COMMAND_MAX + 1];
    devicecmd_sum(day * DAY_S, (day + 1) * DAY_S, text);
    audit->day = day;
    audit->due_s = now_s + AUDIT_ANSWER_S;
    return outbox_command_queue(outbox, device->sn, text, OUTBOX_ASKED_BY_AUDIT, now_s,
                                &audit->command, err);
}

bool audit_step(struct outbox *outbox, struct outbox_device *device, walltime local, int64_t now_s,
                struct audit_news *news, struct error *err)
{
    struct outbox_audit *audit = &device->audit;
    news->kind = AUDIT_NOTHING;
    if (terminal_is_fk(device->kind)) {
        return audit_fk_step(outbox, device, local, now_s, err);
    }
    if (!audit_is_due(device, local, now_s)) {
        return true;
    }
    if (audit->asked_to != 0) {
        return judge(outbox, device, news, err);
    }
    if (audit->command != 0) { /* the sum was never answered */
        audit->command = audit->due_s = 0;
        audit->no_sum_until_s = now_s + AUDIT_NO_SUM_S;
        return true;
    }
    if (audit->due_s != 0) {
        return compare_info(outbox, device, now_s, news, err);
    }
    return ask_sum(outbox, device, next_day(device, local, now_s), now_s, err);
}

bool audit_result(struct outbox *outbox, struct outbox_device *device, int32_t result,
                  int64_t records, int64_t now_s, struct audit_news *news, struct error *err)
{
    struct outbox_audit *audit = &device->audit;
    int64_t held = 0;
    if (terminal_is_fk(device->kind)) {
        return audit_fk_result(outbox, device, result, records, now_s, news, err);
    }
    news->kind = AUDIT_NOTHING;
    audit->command = 0;
    if (audit->asked_to != 0) { /* the data follow, or have come already */
        audit->due_s = now_s + (result == 0 ? AUDIT_QUIET_S : 0);
        return true;
    }
    audit->due_s = 0;
    if (result < 0 || records < 0 || records > AUDIT_RECORDS_MAX) {
        audit->no_sum_until_s = now_s + AUDIT_NO_SUM_S;
        return true;
    }
    walltime from = audit->day * DAY_S;
    walltime to = from + DAY_S;
    if (!outbox_delivered_in(outbox, device->sn, from, to, &held, err)) {
        return false;
    }
    if (records <= held) {
        return true;
    }
    return ask_again(outbox, device, from, to, records, held, records - held, now_s, news, err);
}
