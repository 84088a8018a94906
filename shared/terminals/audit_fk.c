#include "terminals/audit_fk.h"

#include "base/hash.h"
#include "iclock/devicecmd.h"
#include "outbox/outbox_command.h"

enum { DAY_S = 86400 };

/* 2000-01-01: no record is older. */
static const walltime beginning = INT64_C(946684800);

/*
 * Of what struct outbox_audit remembers, `day` is here the day on which it was last asked, and
 * no_sum_until_s when its whole log is due again; 0: never read. due_s: when its counts are to be
 * asked for once more, and while they are. Then asked_from is when it gave those before the whole
 * log that it sent, missing how many they were, and held how many came; asked_from 0: no such.
 */

static int64_t spread_of(const char *sn)
{
    return AUDIT_AFTER_MIDNIGHT_S + (int64_t)(hash_text(HASH_BEGIN, sn) % AUDIT_FK_SPREAD_S);
}

bool audit_fk_is_due(const struct outbox_device *device, walltime local, int64_t now_s)
{
    const struct outbox_audit *audit = &device->audit;
    walltime late = audit->no_sum_until_s == 0 ? local : local - spread_of(device->sn);
    if (audit->due_s != 0) {
        return audit->command == 0 && now_s >= audit->due_s;
    }
    return audit->command == 0 && late >= 0 && late / DAY_S > audit->day &&
           now_s - audit->data_s >= AUDIT_QUIET_S;
}

bool audit_fk_step(struct outbox *outbox, struct outbox_device *device, walltime local,
                   int64_t now_s, struct error *err)
{
    struct outbox_audit *audit = &device->audit;
    if (!audit_fk_is_due(device, local, now_s)) {
        return true;
    }
    if (audit->due_s == 0) {
        audit->day = local / DAY_S;
        audit->asked_from = audit->asked_to = audit->missing = audit->held = 0;
    }
    return outbox_command_queue(outbox, device->sn, DEVICECMD_INFO, OUTBOX_ASKED_BY_AUDIT, now_s,
                                &audit->command, err);
}

/* How many different ones of the period it has delivered. */
static bool count(struct outbox *outbox, const struct outbox_device *device, int64_t *held,
                  struct error *err)
{
    const struct outbox_audit *audit = &device->audit;
    return audit->asked_from == beginning
               ? outbox_delivered_keys(outbox, device->sn, INT64_MAX, held, err)
               : outbox_delivered_in(outbox, device->sn, audit->asked_from, audit->asked_to, held,
                                     err);
}

/* It has said how many it holds; -1: it has not. */
static bool ask_log(struct outbox *outbox, struct outbox_device *device, int64_t records,
                    int64_t now_s, struct audit_news *news, struct error *err)
{
    struct outbox_audit *audit = &device->audit;
    char text[TERMINAL_COMMAND_MAX + 1];
    int64_t came = 0;
    if (!outbox_delivered_keys(outbox, device->sn, INT64_MAX, &came, err)) {
        return false;
    }
    audit->records = records; /* -1 too: what it said yesterday is no count before this log */
    int64_t missing = records < 0 ? 0 : records - audit_held_there(audit, came) - audit->settled;
    bool known = audit->no_sum_until_s != 0;
    bool whole = !known || now_s >= audit->no_sum_until_s || missing > 0;
    audit->asked_from = whole ? beginning : (audit->day - AUDIT_FK_DAYS_BACK) * DAY_S;
    audit->asked_to = (audit->day + 2) * DAY_S; /* whatever its clock shows */
    audit->missing = missing > 0 ? missing : 0;
    if (missing > 0 && known) { /* all are missing of one that was never read */
        *news = (struct audit_news){.kind = AUDIT_MISSING,
                                    .missing = missing,
                                    .of = records,
                                    .from = audit->asked_from,
                                    .to = audit->asked_to};
    }
    devicecmd_resend(audit->asked_from, audit->asked_to, text);
    return count(outbox, device, &audit->held, err) &&
           outbox_command_queue(outbox, device->sn, text, OUTBOX_ASKED_BY_AUDIT, now_s,
                                &audit->command, err);
}

/* Its records are here, and appended; or it would not. */
static bool judge(struct outbox *outbox, struct outbox_device *device, bool came, int64_t records,
                  int64_t now_s, struct audit_news *news, struct error *err)
{
    struct outbox_audit *audit = &device->audit;
    bool told = audit->no_sum_until_s != 0;
    bool whole = came && audit->asked_from == beginning;
    int64_t held = 0;
    if (!count(outbox, device, &held, err)) {
        return false;
    }
    int64_t fresh = held > audit->held ? held - audit->held : 0;
    int64_t of = fresh > audit->missing ? fresh : audit->missing;
    if (of > 0 && told) {
        *news = (struct audit_news){
            .kind = AUDIT_JUDGED, .missing = of - fresh, .of = of, .came = fresh};
    }
    if (whole) {
        /* What it counts above what came is settled: a punch that it holds twice. */
        int64_t there = held < audit->gone ? 0 : held - audit->gone;
        audit->settled = records > there ? records - there : 0;
        audit->no_sum_until_s = now_s + AUDIT_FK_WHOLE_S;
    }
    bool counted = whole && audit->records >= 0;
    audit->asked_from = counted ? audit->records_at : 0;
    audit->missing = counted ? audit->records : 0;
    audit->held = counted ? records : 0;
    audit->asked_to = 0;
    audit->due_s = counted || fresh > 0 ? now_s + AUDIT_FK_AGAIN_S : 0;
    return true;
}

bool audit_fk_was_read(const struct outbox_device *device, struct audit_fk_read *read)
{
    const struct outbox_audit *audit = &device->audit;
    *read = (struct audit_fk_read){audit->asked_from, audit->missing, audit->held};
    return terminal_is_fk(device->kind) && audit->due_s != 0 && audit->asked_to == 0 &&
           audit->asked_from != 0;
}

void audit_fk_again(struct outbox_device *device, int64_t now_s)
{
    struct outbox_audit *audit = &device->audit;
    if (terminal_is_fk(device->kind) && audit->command == 0 && audit->asked_to == 0 &&
        audit->due_s == 0) {
        audit->due_s = now_s + AUDIT_FK_AGAIN_S;
    }
}

bool audit_fk_result(struct outbox *outbox, struct outbox_device *device, int32_t result,
                     int64_t records, int64_t now_s, struct audit_news *news, struct error *err)
{
    struct outbox_audit *audit = &device->audit;
    bool again = audit->due_s != 0;
    news->kind = AUDIT_NOTHING;
    audit->command = audit->due_s = 0;
    if (again) {
        audit->asked_from = audit->missing = audit->held = 0;
        return true;
    }
    if (audit->asked_to == 0) {
        return ask_log(outbox, device, result == 0 ? records : -1, now_s, news, err);
    }
    return judge(outbox, device, result == 0, records, now_s, news, err);
}
