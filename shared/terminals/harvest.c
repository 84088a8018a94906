#include "terminals/harvest.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "outbox/outbox_proof.h"
#include "outbox/outbox_rejected.h"
#include "outbox/outbox_spent.h"
#include "record/terminal.h"

enum {
    MINUTE_S = 60,
    HOUR_S = 3600,
    DAY_S = 86400,
    CLOCK_SLACK_S = 5,
    PROOF_MARGIN_S = 5,
    PART_ROWS = 100, /* of one terminal in a row: their pages of the index stay in memory */
};

static walltime local(const struct harvest_moment *moment)
{
    return moment->unix_s + (int64_t)moment->timezone_minutes * 60;
}

/* ---- the terminal's row ---- */

/* In the words of those that push: firmware, users, fingerprints, records, address. */
static void note_info(const struct harvesting *taking, struct outbox_device *device)
{
    const struct visit_facts *facts = &taking->visit->facts;
    int64_t records = facts->after >= 0 ? facts->after : facts->before;
    const char *firmware = taking->pull->firmware;
    if (records >= 0 && firmware[0] != '\0') {
        (void)snprintf(device->info, sizeof device->info, "%s,%" PRId64 ",0,%" PRId64 ",%s",
                       firmware, facts->users >= 0 ? facts->users : 0, records, taking->address);
    }
}

/* As it is stored; *found false: the row of one that is new, not stored yet. */
static bool find_device(struct outbox *outbox, const char *sn, int64_t now_s,
                        struct outbox_device *device, bool *found, struct error *err)
{
    if (!outbox_device(outbox, sn, device, found, err)) {
        return false;
    }
    if (!*found) {
        memset(device, 0, sizeof *device);
        (void)span_copy(span_of(sn), device->sn, sizeof device->sn);
        (void)snprintf(device->kind, sizeof device->kind, "%s", TERMINAL_PULLED);
        device->first_seen_s = device->last_seen_s = now_s;
        device->audit.records = -1;
    }
    return true;
}

static bool save_device(struct harvesting *taking, struct error *err)
{
    const struct visit_facts *facts = &taking->visit->facts;
    struct outbox_device device;
    bool found = false;
    if (!find_device(taking->outbox, facts->sn, taking->moment.unix_s, &device, &found, err)) {
        return false;
    }
    device.last_seen_s = taking->moment.unix_s;
    if (device.push_version[0] == '\0') {
        /* What a terminal that pushes says of itself is its own. */
        (void)snprintf(device.kind, sizeof device.kind, "%s", TERMINAL_PULLED);
        (void)snprintf(device.address, sizeof device.address, "%s", taking->address);
        note_info(taking, &device);
    }
    if (facts->has_clock) {
        device.audit.clock_ahead_s = facts->clock_ahead_s;
        device.audit.clock_shown_s = taking->moment.unix_s;
    }
    return outbox_device_save(taking->outbox, &device, err);
}

/* ---- people ---- */

static bool take_person(void *context, uint32_t slot, const char *user, const char *name,
                        struct error *err)
{
    struct harvesting *taking = context;
    (void)name;
    return outbox_slot(taking->outbox, taking->visit->facts.sn, slot, user, taking->wall, err);
}

static bool take_people(struct harvesting *taking, const struct visit_spool *spool,
                        struct error *err)
{
    const struct visit *visit = taking->visit;
    return visit->protocol->people == NULL || visit->table_len[VISIT_USERS] == 0 ||
           visit->protocol->people(visit, spool, take_person, taking, err);
}

/* Before any punch of it: what is counted is counted into the terminal's row, and whose a number
 * is, is known. */
static bool take_terminal(struct harvesting *taking, const struct visit_spool *spool,
                          struct error *err)
{
    if (!outbox_begin(taking->outbox, err)) {
        return false;
    }
    if (save_device(taking, err) && take_people(taking, spool, err) &&
        outbox_commit(taking->outbox, err)) {
        return true;
    }
    outbox_rollback(taking->outbox);
    return false;
}

static const char *user_of(void *context, uint32_t slot, walltime time, const char **reason)
{
    struct harvesting *taking = context;
    bool known = false;
    if (!outbox_slot_user(taking->outbox, taking->visit->facts.sn, slot, time, taking->user, &known,
                          &taking->looked_up)) {
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

static bool set_aside(struct harvesting *taking, const struct visit_row *row, struct error *err)
{
    struct outbox_rejection rejection = {.device_sn = taking->visit->facts.sn,
                                         .bytes = row->punch.raw,
                                         .reason = row->reason,
                                         .wall = local(&taking->moment),
                                         .time = row->punch.time,
                                         .user = row->punch.user_id};
    enum outbox_kept kept = OUTBOX_SET_ASIDE;
    taking->sums.aside++;
    if (!outbox_reject(taking->outbox, &rejection, taking->moment.unix_s, &kept, err)) {
        return false;
    }
    taking->sums.no_room += kept == OUTBOX_NO_ROOM;
    return true;
}

static bool append(struct harvesting *taking, const struct visit_row *row, struct error *err)
{
    struct punch punch = row->punch;
    enum outbox_added added = OUTBOX_KNOWN;
    punch.way = PUNCH_PULLED;
    if (!outbox_append(taking->outbox, &punch, 0, taking->moment.unix_s, &added, err)) {
        return false;
    }
    taking->newest = punch.time > taking->newest ? punch.time : taking->newest;
    taking->sums.fresh += added == OUTBOX_NEW;
    taking->sums.ignored += added == OUTBOX_IGNORED;
    taking->sums.known += added == OUTBOX_KNOWN || added == OUTBOX_REFUSED;
    return true;
}

/* The row of a part, unless it is over. */
static bool take_row(void *context, const struct visit_row *row, struct error *err)
{
    struct harvesting *taking = context;
    bool timed = row->reason == NULL;
    if (taking->looked_up.kind != ERR_NONE) {
        *err = taking->looked_up;
        return false;
    }
    if (taking->rows >= taking->most ||
        (timed && !taking->leads && row->punch.time > taking->through)) {
        taking->next = timed ? row->punch.time : taking->next;
        taking->paused = true;
        return false;
    }
    taking->rows++;
    if (timed && taking->leads && row->punch.time > taking->through) {
        taking->through = row->punch.time;
    }
    return timed ? append(taking, row, err) : set_aside(taking, row, err);
}

/* At most so many rows; one that leads sets the time up to which the others follow. */
static bool take_part(struct harvesting *taking, size_t most, bool leads, walltime through,
                      struct error *err)
{
    taking->rows = 0;
    taking->most = most;
    taking->leads = leads;
    taking->through = through;
    taking->paused = false;
    if (taking->visit->protocol->rows(taking->visit, &taking->judging, &taking->sums.verdict,
                                      &taking->at, take_row, taking, err)) {
        taking->left = false;
        return true;
    }
    return taking->paused;
}

/* Whose next row is the oldest; NULL: all are taken. */
static struct harvesting *oldest(struct harvesting *const *several, size_t count)
{
    struct harvesting *first = NULL;
    for (size_t i = 0; i < count; i++) {
        if (several[i]->left && (first == NULL || several[i]->next < first->next)) {
            first = several[i];
        }
    }
    return first;
}

/* One who waits for his OK comes first; the rest is taken by the next step. */
static bool enough(const struct outbox *outbox, size_t rows)
{
    return rows >= HARVEST_ROWS || (rows > 0 && outbox_awaited(outbox));
}

static bool take_parts(struct harvesting *const *several, size_t count, struct error *err)
{
    const struct outbox *outbox = several[0]->outbox;
    size_t rows = 0;
    struct harvesting *first;
    for (size_t i = 0; i < count && !enough(outbox, rows); i++) {
        if (several[i]->left && several[i]->next == INT64_MIN) {
            /* Up to its first punch, whose time says when its turn is; what is none has no time. */
            if (!take_part(several[i], HARVEST_ROWS - rows, false, INT64_MIN, err)) {
                return false;
            }
            rows += several[i]->rows;
        }
    }
    while (!enough(outbox, rows) && (first = oldest(several, count)) != NULL) {
        if (!take_part(first, PART_ROWS, true, INT64_MIN, err)) {
            return false;
        }
        rows += first->rows;
        for (size_t i = 0; i < count && rows < HARVEST_ROWS; i++) {
            struct harvesting *other = several[i];
            if (other == first || !other->left || other->next > first->through) {
                continue;
            }
            if (!take_part(other, HARVEST_ROWS - rows, false, first->through, err)) {
                return false;
            }
            rows += other->rows;
        }
    }
    return true;
}

static void mark(struct harvesting *taking)
{
    taking->mark =
        (struct harvest_mark){taking->at, taking->next, taking->newest, taking->sums, taking->left};
}

static void go_back(struct harvesting *taking)
{
    taking->at = taking->mark.at;
    taking->next = taking->mark.next;
    taking->newest = taking->mark.newest;
    taking->sums = taking->mark.sums;
    taking->left = taking->mark.left;
    error_clear(&taking->looked_up);
}

static bool step(struct harvesting *const *several, size_t count, struct error *err)
{
    struct outbox *outbox = several[0]->outbox;
    if (!outbox_begin(outbox, err)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        mark(several[i]);
    }
    if (take_parts(several, count, err) && outbox_devices_credit(outbox, err) &&
        outbox_commit(outbox, err)) {
        return true;
    }
    outbox_rollback(outbox);
    for (size_t i = 0; i < count; i++) {
        go_back(several[i]);
    }
    return false;
}

bool harvest_step(struct harvesting *const *several, size_t count, struct error *err)
{
    struct outbox *outbox = several[0]->outbox;
    enum outbox_spent_on on = outbox_spend(outbox, OUTBOX_SPENT_PARSE);
    bool done = step(several, count, err);
    (void)outbox_spend(outbox, on);
    return done;
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
static bool note_read(const struct harvesting *taking, struct error *err)
{
    struct outbox_pull *pull = taking->pull;
    const struct visit_facts *facts = &taking->visit->facts;
    const struct harvest *harvest = &taking->sums;
    struct outbox_counts counts;
    int64_t rows = (int64_t)harvest->verdict.rows;
    if (!outbox_counts(taking->outbox, &counts, err)) {
        return false;
    }
    pull->layout = (int32_t)harvest->verdict.layout;
    pull->read_s = taking->moment.unix_s;
    pull->before = facts->before;
    pull->after = facts->after;
    pull->bytes = (int64_t)facts->bytes;
    pull->rows = rows;
    pull->fresh = harvest->fresh;
    pull->known = harvest->known + harvest->ignored;
    pull->aside = harvest->aside;
    pull->ms = taking->moment.ms;
    pull->agrees = facts->before >= 0 && facts->after >= 0 && rows >= facts->before &&
                   rows <= facts->after && harvest->no_room == 0;
    pull->again_s = 0;
    if (pull->agrees && facts->has_clock) {
        /* One that is ahead will be put right, and then shows these times once more. */
        int64_t ahead = facts->clock_ahead_s > 0 ? facts->clock_ahead_s : 0;
        pull->through = facts->clock - ahead;
        pull->high_id = counts.last_id;
        int64_t beyond = taking->newest - (pull->through - PROOF_MARGIN_S);
        if (beyond > 0) {
            pull->again_s = pull->read_s + (beyond > MINUTE_S ? beyond : MINUTE_S);
        }
        return outbox_prove(taking->outbox, facts->sn, OUTBOX_PROOF_READ,
                            pull->through - PROOF_MARGIN_S, taking->moment.unix_s, err);
    }
    return true;
}

/* A clock that was put back: what is punched from now on may be of a time that is proven. */
static bool note_clock(const struct harvesting *taking, struct error *err)
{
    const struct visit_facts *facts = &taking->visit->facts;
    return !facts->has_clock ||
           outbox_prove_back(taking->outbox, facts->sn, facts->clock - PROOF_MARGIN_S + 1, err);
}

bool harvest_begin(struct harvesting *harvesting, struct outbox *outbox, const struct visit *visit,
                   const struct visit_spool *spool, const struct harvest_moment *moment,
                   struct outbox_pull *pull, struct error *err)
{
    const struct visit_facts *facts = &visit->facts;
    struct visit_verdict *verdict = &harvesting->sums.verdict;
    walltime now = local(moment); /* the terminal's clock as it should be */
    bool read = visit->outcome == VISIT_READ || visit->living;
    bool heard = facts->sn[0] != '\0' && visit->outcome != VISIT_STRANGER;
    *harvesting = (struct harvesting){.visit = visit,
                                      .moment = *moment,
                                      .pull = pull,
                                      .outbox = outbox,
                                      .people = {harvesting, user_of},
                                      .heard = heard,
                                      .next = INT64_MIN,
                                      .looked_up = ERROR_INIT};
    harvesting->wall = (facts->has_clock ? facts->clock : now) + moment->ms / 1000 + CLOCK_SLACK_S;
    note_visit(pull, visit, moment);
    const char *port = strrchr(pull->place, ':');
    (void)span_copy((struct span){pull->place, port != NULL ? (size_t)(port - pull->place) : 0},
                    harvesting->address, sizeof harvesting->address);
    if (read && heard && visit->table_len[VISIT_RECORDS] > 0) {
        harvesting->judging = (struct visit_judging){
            .spool = spool,
            .people = &harvesting->people,
            .now = facts->has_clock && facts->clock > now ? facts->clock : now,
            .layout = (unsigned)pull->layout};
        if (!take_terminal(harvesting, spool, err) ||
            !visit->protocol->judge(visit, &harvesting->judging, verdict, err)) {
            return false;
        }
        harvesting->left = verdict->sound;
        if (!verdict->sound) {
            (void)snprintf(pull->why, sizeof pull->why, "%s", verdict->why);
        }
    } else if (read && heard && facts->before == 0 && facts->after == 0) {
        verdict->sound = true; /* there was no table: it holds none */
        verdict->layout = (unsigned)pull->layout;
    }
    return true;
}

bool harvest_end(struct harvesting *harvesting, struct error *err)
{
    struct outbox *outbox = harvesting->outbox;
    if (!outbox_begin(outbox, err)) {
        return false;
    }
    bool done =
        (!harvesting->heard || (save_device(harvesting, err) && note_clock(harvesting, err))) &&
        (!harvesting->sums.verdict.sound || note_read(harvesting, err)) &&
        outbox_pull_save(outbox, harvesting->pull, err) &&
        outbox_spent_keep(outbox, OUTBOX_NOTE_SPENT_PULL, err) && outbox_commit(outbox, err);
    if (!done) {
        outbox_rollback(outbox);
    }
    return done;
}

/* Its row is there, or is made: a terminal may punch live before it is known otherwise. */
static bool make_device(struct outbox *outbox, const char *sn, int64_t now_s, struct error *err)
{
    struct outbox_device device;
    bool found = false;
    return find_device(outbox, sn, now_s, &device, &found, err) &&
           (found || outbox_device_save(outbox, &device, err));
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
    if (make_device(outbox, punch.device_sn, moment->unix_s, err) &&
        outbox_append(outbox, &punch, 0, moment->unix_s, &added, err) &&
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
    return pull->read_s == 0 || (pull->again_s != 0 && now_s >= pull->again_s) ||
           now_s - pull->read_s >= after_s || now_s < pull->read_s;
}

int64_t harvest_again_in(const struct outbox_pull *pull, int64_t now_s)
{
    if (pull->again_s == 0) {
        return -1;
    }
    return pull->again_s > now_s ? pull->again_s - now_s : MINUTE_S;
}

int64_t harvest_read_count(const struct outbox_pull *pull)
{
    if (pull->read_s == 0) {
        return -1;
    }
    return pull->agrees ? pull->rows : pull->after;
}
