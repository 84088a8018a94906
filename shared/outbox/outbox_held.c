#include <stdlib.h>
#include <string.h>

#include "outbox/outbox_feed.h"
#include "outbox/outbox_private.h"
#include "outbox/outbox_proof.h"

/*
 * What waits is looked through once, and then only what came since: with millions waiting each look
 * at all of them would take seconds. So a terminal's earliest time may be that of a punch which has
 * gone up meanwhile, which is too early and never too late; when half has gone up, or few wait, it
 * is looked at anew. An id is given once, and in order (outbox_private.h): what is committed behind
 * this connection's back lies above what it has seen.
 */
enum {
    FEW = 2000, /* so many are looked at each time */
    MORE = 16,
};

static const struct outbox_sql place_sql = {
    SQL_HELD_PLACE,
    "SELECT cursor, max(cursor, coalesce((SELECT max(id) FROM punch), 0)) FROM state"};
/* In the order in which they lie: to group millions would take memory and a file. */
static const struct outbox_sql waiting_sql = {
    SQL_HELD_WAITING, "SELECT device_sn, check_time, id FROM punch WHERE id > ?1 ORDER BY id"};
/* CROSS JOIN: what was refused first, which is little, and not each punch. */
static const struct outbox_sql others_sql = {
    SQL_HELD_OTHERS,
    "SELECT sn, min(time) FROM ("
    "SELECT device_sn AS sn, check_time AS time FROM refused CROSS JOIN punch USING (id)"
    " UNION ALL SELECT device_sn, holds FROM rejected WHERE settled_s = 0 AND file <= 0"
    " UNION ALL SELECT proof.sn, holds FROM proof JOIN rejected"
    " ON " OUTBOX_LOG_LINE_OF("proof.sn") " WHERE proof.proof = " OUTBOX_BY_FILE ") GROUP BY sn"};
static const struct outbox_sql others_of_sql = {
    SQL_HELD_OTHERS_OF,
    "SELECT min(time) FROM ("
    "SELECT check_time AS time FROM refused CROSS JOIN punch USING (id) WHERE device_sn = ?1"
    " UNION ALL SELECT holds FROM rejected WHERE settled_s = 0 AND file <= 0 AND device_sn = ?1"
    " UNION ALL SELECT holds FROM rejected WHERE ?2 = " OUTBOX_BY_FILE
    " AND " OUTBOX_LOG_LINE_OF("?1") ")"
                                     " HAVING min(time) IS NOT NULL"};

static const char what[] = "look for what is held back";
static const char too_long[] = "a serial number is longer than one can be";

struct outbox_held_one {
    char sn[PUNCH_SN_MAX + 1];
    walltime from;
    int64_t newest; /* id */
    bool told;
};

void outbox_held_free(struct outbox_held *held)
{
    free(held->list);
    *held = (struct outbox_held){0};
}

/* Where it stands in the list, which is sorted, or would. */
static size_t place_of(const struct outbox_held *held, const char *sn, bool *there)
{
    size_t low = 0;
    size_t high = held->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(held->list[middle].sn, sn);
        if (order == 0) {
            *there = true;
            return middle;
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    *there = false;
    return low;
}

static bool note(struct outbox_held *held, const char *sn, walltime from, int64_t newest,
                 struct error *err)
{
    bool there = false;
    size_t at = place_of(held, sn, &there);
    if (there) {
        struct outbox_held_one *one = &held->list[at];
        one->from = from < one->from ? from : one->from;
        one->newest = newest;
        return true;
    }
    if (held->count == held->room) {
        size_t room = held->room * 2 + MORE;
        struct outbox_held_one *list = realloc(held->list, room * sizeof *list);
        if (list == NULL) {
            return error_set(err, ERR_MEMORY, 0, "no memory for what waits of %zu terminals", room);
        }
        held->list = list;
        held->room = room;
    }
    memmove(held->list + at + 1, held->list + at, (held->count - at) * sizeof *held->list);
    held->list[at] = (struct outbox_held_one){.from = from, .newest = newest};
    memcpy(held->list[at].sn, sn, strlen(sn) + 1);
    held->count++;
    return true;
}

static void drop_what_went_up(struct outbox_held *held, int64_t cursor)
{
    size_t kept = 0;
    for (size_t i = 0; i < held->count; i++) {
        if (held->list[i].newest > cursor) {
            held->list[kept++] = held->list[i];
        }
    }
    held->count = kept;
}

static bool look_above(struct outbox *outbox, int64_t id, struct error *err)
{
    struct outbox_held *held = &outbox->held;
    sqlite3_stmt *statement = outbox_statement(outbox, &waiting_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, id);
    for (;;) {
        char sn[PUNCH_SN_MAX + 1];
        bool row = false;
        if (!outbox_step(outbox, statement, &row, what, err)) {
            return false;
        }
        if (!row) {
            return true;
        }
        held->to = sqlite3_column_int64(statement, 2);
        bool fits = outbox_column_text(statement, 0, sn, sizeof sn);
        if (!fits || !note(held, sn, sqlite3_column_int64(statement, 1), held->to, err)) {
            sqlite3_reset(statement);
            return fits ? false : outbox_corrupt(outbox, too_long, err);
        }
    }
}

/* held->list is what waits. */
static bool learn(struct outbox *outbox, struct error *err)
{
    struct outbox_held *held = &outbox->held;
    bool row = false;
    bool known = held->known && !outbox->writing;
    held->known = false;
    sqlite3_stmt *statement = outbox_statement(outbox, &place_sql, err);
    if (statement == NULL || !outbox_step(outbox, statement, &row, what, err)) {
        return false;
    }
    if (!row) {
        return outbox_corrupt(outbox, "it has no cursor", err);
    }
    int64_t cursor = sqlite3_column_int64(statement, 0);
    int64_t waiting = sqlite3_column_int64(statement, 1) - cursor;
    sqlite3_reset(statement);
    if (!known || waiting <= FEW || waiting <= held->most / 2 || cursor > held->to) {
        held->count = 0;
        held->to = cursor;
        held->most = 0;
    }
    held->most = waiting > held->most ? waiting : held->most;
    if (!look_above(outbox, held->to, err)) {
        return false;
    }
    drop_what_went_up(held, cursor);
    /* What a transaction of this connection has written may yet be taken back, with its ids. */
    held->known = !outbox->writing;
    return true;
}

bool outbox_each_held_back(struct outbox *outbox,
                           bool (*visit)(void *context, const char *sn, walltime from),
                           void *context, struct error *err)
{
    struct outbox_held *held = &outbox->held;
    sqlite3_stmt *statement = NULL;
    if (!learn(outbox, err) || (statement = outbox_statement(outbox, &others_sql, err)) == NULL) {
        return false;
    }
    for (size_t i = 0; i < held->count; i++) {
        held->list[i].told = false;
    }
    for (;;) {
        char sn[PUNCH_SN_MAX + 1];
        bool row = false;
        bool waits = false;
        if (!outbox_step(outbox, statement, &row, what, err)) {
            return false;
        }
        if (!row) {
            break;
        }
        if (!outbox_column_text(statement, 0, sn, sizeof sn)) {
            sqlite3_reset(statement);
            return outbox_corrupt(outbox, too_long, err);
        }
        walltime from = sqlite3_column_int64(statement, 1);
        size_t at = place_of(held, sn, &waits);
        if (waits) {
            held->list[at].told = true;
            from = held->list[at].from < from ? held->list[at].from : from;
        }
        if (!visit(context, sn, from)) {
            sqlite3_reset(statement);
            return true;
        }
    }
    for (size_t i = 0; i < held->count; i++) {
        if (!held->list[i].told && !visit(context, held->list[i].sn, held->list[i].from)) {
            break;
        }
    }
    return true;
}

bool outbox_complete(struct outbox *outbox, const char *sn, struct outbox_complete *complete,
                     struct error *err)
{
    struct outbox_proof proof;
    bool row = false;
    bool waits = false;
    sqlite3_stmt *statement = NULL;
    *complete = (struct outbox_complete){.complete = false};
    if (!outbox_proof(outbox, sn, &proof, err) || !learn(outbox, err) ||
        (statement = outbox_statement(outbox, &others_of_sql, err)) == NULL) {
        return false;
    }
    complete->proof = proof.proof;
    complete->complete = proof.proof != OUTBOX_PROOF_NONE;
    complete->through = proof.through;
    size_t at = place_of(&outbox->held, sn, &waits);
    if (waits) {
        outbox_complete_hold(complete, outbox->held.list[at].from);
    }
    outbox_bind_text(statement, 1, sn);
    sqlite3_bind_int(statement, 2, (int)proof.proof);
    if (!outbox_step(outbox, statement, &row, what, err)) {
        return false;
    }
    if (row) {
        outbox_complete_hold(complete, sqlite3_column_int64(statement, 0));
        sqlite3_reset(statement);
    }
    return true;
}
