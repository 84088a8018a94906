#include "terminals/harvest.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "outbox/outbox_proof.h"
#include "outbox/outbox_rejected.h"
#include "record/terminal.h"

enum { HOUR_S = 3600, DAY_S = 86400, CLOCK_SLACK_S = 5, PROOF_MARGIN_S = 5 };

struct taking {
    struct outbox *outbox;
    const struct visit *visit;
    const struct harvest_moment *moment;
    const struct harvest_stop *stop;
    struct harvest *harvest;
    walltime now;  /* the terminal's clock as it should be */
    walltime wall; /* and as it is, at the end of the visit */
    size_t rows;   /* in this transaction */
    char user[PUNCH_USER_MAX + 1];
    struct error *err; /* of a slot's lookup */
    const char *firmware;
    char address[ADDRESS_TEXT_MAX];
};

static walltime local(const struct harvest_moment *moment)
{
    return moment->unix_s + (int64_t)moment->timezone_minutes * 60;
}

/* ---- the terminal's row ---- */

/* In the words of those that push: firmware, users, fingerprints, records, address. */
static void note_info(const struct taking *taking, struct outbox_device *device)
{
    const struct visit_facts *facts = &taking->visit->facts;
    int64_t records = facts->after >= 0 ? facts->after : facts->before;
    if (records >= 0 && taking->firmware[0] != '\0') {
        (void)snprintf(device->info, sizeof device->info, "%s,%" PRId64 ",0,%" PRId64 ",%s",
                       taking->firmware, facts->users >= 0 ? facts->users : 0, records,
                       taking->address);
    }
}

static bool save_device(struct taking *taking, bool punches, struct error *err)
{
    const struct visit_facts *facts = &taking->visit->facts;
    struct outbox_device device;
    bool found = false;
    if (punches && !outbox_devices_credit(taking->outbox, err)) {
        return false;
    }
    if (!outbox_device(taking->outbox, facts->sn, &device, &found, err)) {
        return false;
    }
    if (!found) {
        memset(&device, 0, sizeof device);
        (void)span_copy(span_of(facts->sn), device.sn, sizeof device.sn);
        device.first_seen_s = taking->moment->unix_s;
        device.audit.records = -1;
    }
    device.last_seen_s = taking->moment->unix_s;
    if (device.push_version[0] == '\0') {
        /* What a terminal that pushes says of itself is its own. */
        (void)snprintf(device.kind, sizeof device.kind, "%s", TERMINAL_PULLED);
        (void)snprintf(device.address, sizeof device.address, "%s", taking->address);
        note_info(taking, &device);
    }
    if (facts->has_clock) {
        device.audit.clock_ahead_s = facts->clock_ahead_s;
        device.audit.clock_shown_s = taking->moment->unix_s;
    }
    return outbox_device_save(taking->outbox, &device, err);
}

/* ---- transactions ---- */

static bool end_transaction(struct taking *taking, struct error *err)
{
    if (save_device(taking, true, err) && outbox_commit(taking->outbox, err)) {
        return true;
    }
    outbox_rollback(taking->outbox);
    return false;
}

/* ---- people ---- */

static bool take_person(void *context, uint32_t slot, const char *user, const char *name,
                        struct error *err)
{
    struct taking *taking = context;
    (void)name;
    return outbox_slot(taking->outbox, taking->visit->facts.sn, slot, user, taking->wall, err);
}

static bool take_people(struct taking *taking, const struct visit_spool *spool, struct error *err)
{
    const struct visit *visit = taking->visit;
    if (visit->protocol->people == NULL || visit->table_len[VISIT_USERS] == 0) {
        return true;
    }
    if (!outbox_begin(taking->outbox, err)) {
        return false;
    }
    if (visit->protocol->people(visit, spool, take_person, taking, err) &&
        outbox_commit(taking->outbox, err)) {
        return true;
    }
    outbox_rollback(taking->outbox);
    return false;
}

static const char *user_of(void *context, uint32_t slot, walltime time, const char **reason)
{
    struct taking *taking = context;
    bool known = false;
    if (!outbox_slot_user(taking->outbox, taking->visit->facts.sn, slot, time, taking->user, &known,
                          taking->err)) {
        *reason = "the outbox could not say whose number this is";
        return "";
    }
    if (taking->user[0] == '\0') {
        *reason = "nobody in the terminal's list of users has this number";
    } else if (!known) {
        *reason = "the number was given to another person about that time: nobody can say whose "
                  "punch it is";
    }
    return taking->user;
}

/* ---- rows ---- */

static bool set_aside(struct taking *taking, const struct visit_row *row, struct error *err)
{
    struct outbox_rejection rejection = {.device_sn = taking->visit->facts.sn,
                                         .bytes = row->punch.raw,
                                         .reason = row->reason,
                                         .wall = taking->now,
                                         .time = row->punch.time,
                                         .user = row->punch.user_id};
    enum outbox_kept kept = OUTBOX_SET_ASIDE;
    taking->harvest->aside++;
    if (!outbox_reject(taking->outbox, &rejection, taking->moment->unix_s, &kept, err)) {
        return false;
    }
    taking->harvest->no_room += kept == OUTBOX_NO_ROOM;
    return true;
}

static bool append(struct taking *taking, const struct visit_row *row, struct error *err)
{
    struct punch punch = row->punch;
    enum outbox_added added = OUTBOX_KNOWN;
    punch.way = PUNCH_PULLED;
    if (!outbox_append(taking->outbox, &punch, 0, taking->moment->unix_s, &added, err)) {
        return false;
    }
    taking->harvest->fresh += added == OUTBOX_NEW;
    taking->harvest->ignored += added == OUTBOX_IGNORED;
    taking->harvest->known += added == OUTBOX_KNOWN || added == OUTBOX_REFUSED;
    return true;
}

static bool take_row(void *context, const struct visit_row *row, struct error *err)
{
    struct taking *taking = context;
    if (taking->err->kind != ERR_NONE) {
        *err = *taking->err;
        return false;
    }
    if (++taking->rows == HARVEST_ROWS) {
        taking->rows = 0;
        if (!end_transaction(taking, err) || !outbox_begin(taking->outbox, err)) {
            return false;
        }
        if (taking->stop != NULL && taking->stop->stop(taking->stop->context)) {
            return error_set(err, ERR_STOPPED, 0, "the service stops");
        }
    }
    return row->reason != NULL ? set_aside(taking, row, err) : append(taking, row, err);
}

/* ---- the audit ---- */

static void note_visit(struct outbox_pull *pull, const struct visit *visit,
                       const struct harvest_moment *moment)
{
    const struct visit_facts *facts = &visit->facts;
    pull->visited_s = moment->unix_s;
    pull->outcome = (int32_t)visit->outcome;
    (void)snprintf(pull->why, sizeof pull->why, "%s", visit->why);
    if (facts->sn[0] == '\0' || visit->outcome == VISIT_STRANGER) {
        return;
    }
    if (strcmp(pull->sn, facts->sn) != 0) {
        /* Another terminal: nothing of the one before holds for it. */
        struct outbox_pull fresh = {.visited_s = pull->visited_s,
                                    .outcome = pull->outcome,
                                    .held = -1,
                                    .capacity = -1,
                                    .users = -1,
                                    .before = -1,
                                    .after = -1};
        memcpy(fresh.place, pull->place, sizeof fresh.place);
        memcpy(fresh.why, pull->why, sizeof fresh.why);
        memcpy(fresh.sn, facts->sn, sizeof fresh.sn);
        *pull = fresh;
    }
    if (facts->model[0] != '\0') {
        (void)snprintf(pull->model, sizeof pull->model, "%s", facts->model);
    }
    if (facts->firmware[0] != '\0') {
        (void)snprintf(pull->firmware, sizeof pull->firmware, "%s", facts->firmware);
    }
    pull->answered_s = moment->unix_s;
    pull->held = facts->after >= 0 ? facts->after : facts->before;
    pull->capacity = facts->capacity;
    pull->users = facts->users;
    pull->has_clock = facts->has_clock;
    pull->clock_ahead_s = facts->clock_ahead_s;
    bool zero = pull->held == 0 && pull->users > 0;
    pull->zero_since_s = !zero ? 0 : pull->zero_since_s != 0 ? pull->zero_since_s : moment->unix_s;
}

/* Its whole memory up to its clock at the first count, where the rows are as many as it says. */
static bool note_read(struct taking *taking, struct outbox_pull *pull, struct error *err)
{
    const struct visit_facts *facts = &taking->visit->facts;
    const struct harvest *harvest = taking->harvest;
    struct outbox_counts counts;
    int64_t rows = (int64_t)harvest->verdict.rows;
    if (!outbox_counts(taking->outbox, &counts, err)) {
        return false;
    }
    pull->layout = (int32_t)harvest->verdict.layout;
    pull->read_s = taking->moment->unix_s;
    pull->before = facts->before;
    pull->after = facts->after;
    pull->bytes = (int64_t)facts->bytes;
    pull->rows = rows;
    pull->fresh = harvest->fresh;
    pull->known = harvest->known + harvest->ignored;
    pull->aside = harvest->aside;
    pull->ms = taking->moment->ms;
    pull->agrees = facts->before >= 0 && facts->after >= 0 && rows >= facts->before &&
                   rows <= facts->after && harvest->no_room == 0;
    if (pull->agrees && facts->has_clock) {
        /* One that is ahead will be put right, and then shows these times once more. */
        int64_t ahead = facts->clock_ahead_s > 0 ? facts->clock_ahead_s : 0;
        pull->through = facts->clock - ahead;
        pull->high_id = counts.last_id;
        return outbox_prove(taking->outbox, facts->sn, OUTBOX_PROOF_READ,
                            pull->through - PROOF_MARGIN_S, taking->moment->unix_s, err);
    }
    return true;
}

/* A clock that was put back: what is punched from now on may be of a time that is proven. */
static bool note_clock(const struct taking *taking, struct error *err)
{
    const struct visit_facts *facts = &taking->visit->facts;
    return !facts->has_clock ||
           outbox_prove_back(taking->outbox, facts->sn, facts->clock - PROOF_MARGIN_S + 1, err);
}

static bool take_rows(struct taking *taking, const struct visit_judging *judging, struct error *err)
{
    const struct visit *visit = taking->visit;
    if (!outbox_begin(taking->outbox, err)) {
        return false;
    }
    /* The terminal's row first: what is counted is counted into it. */
    bool done =
        save_device(taking, false, err) &&
        visit->protocol->rows(visit, judging, &taking->harvest->verdict, take_row, taking, err);
    if (done && taking->err->kind != ERR_NONE) {
        *err = *taking->err;
        done = false;
    }
    if (!done) {
        outbox_rollback(taking->outbox);
        return false;
    }
    return end_transaction(taking, err);
}

static bool save(struct taking *taking, struct outbox_pull *pull, bool heard, struct error *err)
{
    if (!outbox_begin(taking->outbox, err)) {
        return false;
    }
    bool done = (!heard || (save_device(taking, false, err) && note_clock(taking, err))) &&
                (!taking->harvest->verdict.sound || note_read(taking, pull, err)) &&
                outbox_pull_save(taking->outbox, pull, err) && outbox_commit(taking->outbox, err);
    if (!done) {
        outbox_rollback(taking->outbox);
    }
    return done;
}

bool harvest_take(struct outbox *outbox, const struct visit *visit, const struct visit_spool *spool,
                  const struct harvest_moment *moment, const struct harvest_stop *stop,
                  struct outbox_pull *pull, struct harvest *harvest, struct error *err)
{
    struct error looked_up = ERROR_INIT;
    const struct visit_facts *facts = &visit->facts;
    bool read = visit->outcome == VISIT_READ || visit->living;
    bool heard = facts->sn[0] != '\0' && visit->outcome != VISIT_STRANGER;
    struct taking taking = {.outbox = outbox,
                            .visit = visit,
                            .moment = moment,
                            .stop = stop,
                            .harvest = harvest,
                            .now = local(moment),
                            .err = &looked_up};
    struct visit_people people = {&taking, user_of};
    memset(harvest, 0, sizeof *harvest);
    taking.wall =
        (facts->has_clock ? facts->clock : taking.now) + moment->ms / 1000 + CLOCK_SLACK_S;
    note_visit(pull, visit, moment);
    taking.firmware = pull->firmware;
    const char *port = strrchr(pull->place, ':');
    (void)span_copy((struct span){pull->place, port != NULL ? (size_t)(port - pull->place) : 0},
                    taking.address, sizeof taking.address);
    if (read && heard && visit->table_len[VISIT_RECORDS] > 0) {
        struct visit_judging judging = {
            .spool = spool,
            .people = &people,
            .now = facts->has_clock && facts->clock > taking.now ? facts->clock : taking.now,
            .layout = (unsigned)pull->layout};
        if (!take_people(&taking, spool, err) ||
            !visit->protocol->judge(visit, &judging, &harvest->verdict, err) ||
            (harvest->verdict.sound && !take_rows(&taking, &judging, err))) {
            return false;
        }
        if (!harvest->verdict.sound) {
            (void)snprintf(pull->why, sizeof pull->why, "%s", harvest->verdict.why);
        }
    } else if (read && heard && facts->before == 0 && facts->after == 0) {
        harvest->verdict.sound = true; /* there was no table: it holds none */
        harvest->verdict.layout = (unsigned)pull->layout;
    }
    return save(&taking, pull, heard, err);
}

bool harvest_live(struct outbox *outbox, const struct visit_row *row,
                  const struct harvest_moment *moment, bool *fresh, struct error *err)
{
    struct punch punch = row->punch;
    enum outbox_added added = OUTBOX_KNOWN;
    punch.way = PUNCH_PULLED;
    if (!outbox_begin(outbox, err)) {
        return false;
    }
    if (outbox_append(outbox, &punch, 0, moment->unix_s, &added, err) &&
        outbox_devices_credit(outbox, err) && outbox_commit(outbox, err)) {
        *fresh = added == OUTBOX_NEW;
        return true;
    }
    outbox_rollback(outbox);
    return false;
}

bool harvest_is_due(const struct outbox_pull *pull, int64_t now_s)
{
    int64_t after_s = pull->agrees ? DAY_S : HOUR_S;
    return pull->read_s == 0 || now_s - pull->read_s >= after_s || now_s < pull->read_s;
}

int64_t harvest_read_count(const struct outbox_pull *pull)
{
    if (pull->read_s == 0) {
        return -1;
    }
    return pull->agrees ? pull->rows : pull->after;
}
