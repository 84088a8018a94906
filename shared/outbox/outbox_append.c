#include "outbox/outbox_private.h"

#include <string.h>

#include "system/clock.h"

static const struct outbox_sql filed_sql = {SQL_FILED, "UPDATE state SET logs = logs | ?1"};
static const struct outbox_sql find_sql = {
    SQL_FIND, "SELECT id, device_sn, source,"
              " EXISTS (SELECT 1 FROM refused WHERE refused.id = punch.id)"
              " FROM punch WHERE check_time = ?1 AND user_id = ?2"};
static const struct outbox_sql append_sql = {
    SQL_APPEND, "INSERT INTO punch (id, check_time, user_id, device_sn, status, verify_type,"
                " source, received_s, raw, work_code, way)"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
                " ON CONFLICT (check_time, user_id, device_sn) DO NOTHING"};
static const struct outbox_sql claim_sql = {
    SQL_CLAIM, "INSERT OR IGNORE INTO claim (punch_id, file_id) VALUES (?1, ?2)"};

struct found {
    bool there;
    bool same; /* the punch itself, not its twin */
    int64_t id;
    int64_t source;
    bool refused;
};

/*
 * A terminal, a log, the vendor's database: what two kinds tell of one person and second is one
 * punch, whichever terminal each takes it for. So are two logs' where only one says which terminal
 * it was, and two rows of the database, whose terminal another configuration may have named.
 */
bool outbox_twins(const struct outbox *outbox, int64_t source, const char *sn, int64_t other_source,
                  const char *other_sn)
{
    if (source == OUTBOX_SOURCE_ACCESS || other_source == OUTBOX_SOURCE_ACCESS) {
        return true;
    }
    return outbox->options.skip_pushed && ((source == 0) != (other_source == 0) ||
                                           (source != 0 && outbox_one_names_more(sn, other_sn)));
}

/*
 * Looks for the punch, or for its twin. One probe of the index finds all; the punch itself is
 * preferred.
 */
static bool find(struct outbox *outbox, const struct punch *punch, int64_t source,
                 struct found *found, struct error *err)
{
    sqlite3_stmt *statement = outbox_statement(outbox, &find_sql, err);
    if (statement == NULL) {
        return false;
    }
    found->there = found->same = false;
    sqlite3_bind_int64(statement, 1, punch->time);
    outbox_bind_text(statement, 2, punch->user_id);
    for (;;) {
        bool row = false;
        if (!outbox_step(outbox, statement, &row, "look for a punch", err)) {
            return false;
        }
        if (!row) {
            return true;
        }
        const char *sn = (const char *)sqlite3_column_text(statement, 1);
        bool same = sn != NULL && strcmp(sn, punch->device_sn) == 0;
        bool twin = sn != NULL && outbox_twins(outbox, source, punch->device_sn,
                                               sqlite3_column_int64(statement, 2), sn);
        if (same || (twin && !found->there)) {
            found->there = true;
            found->same = same;
            found->id = sqlite3_column_int64(statement, 0);
            found->source = sqlite3_column_int64(statement, 2);
            found->refused = sqlite3_column_int(statement, 3) != 0;
        }
        if (same) {
            sqlite3_reset(statement);
            return true;
        }
    }
}

/* The file has a part in a punch that came from elsewhere and is not in the database. */
static bool claim(struct outbox *outbox, int64_t punch_id, int64_t file_id, struct error *err)
{
    sqlite3_stmt *statement = outbox_statement(outbox, &claim_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, punch_id);
    sqlite3_bind_int64(statement, 2, file_id);
    return outbox_run(outbox, statement, "note a file's punch", err);
}

/* From now on there may be twins. */
static bool note_filed(struct outbox *outbox, int64_t source, struct error *err)
{
    int filed = source == OUTBOX_SOURCE_ACCESS ? OUTBOX_FILED_ACCESS : OUTBOX_FILED_LOG;
    if ((outbox->filed & filed) != 0) {
        return true;
    }
    sqlite3_stmt *statement = outbox_statement(outbox, &filed_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int(statement, 1, filed);
    outbox->filed |= filed;
    return outbox_run(outbox, statement, "store a punch", err);
}

/* *inserted: false when the punch is there already. */
static bool insert(struct outbox *outbox, const struct punch *punch, int64_t source, int64_t now_s,
                   bool *inserted, struct error *err)
{
    static const char what[] = "store a punch";
    if (source != 0 && !note_filed(outbox, source, err)) {
        return false;
    }
    sqlite3_stmt *statement = outbox_statement(outbox, &append_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, outbox->last + 1);
    sqlite3_bind_int64(statement, 2, punch->time);
    outbox_bind_text(statement, 3, punch->user_id);
    outbox_bind_text(statement, 4, punch->device_sn);
    sqlite3_bind_int(statement, 5, punch->status);
    sqlite3_bind_int(statement, 6, punch->verify);
    sqlite3_bind_int64(statement, 7, source);
    sqlite3_bind_int64(statement, 8, now_s);
    outbox_bind_span(statement, 9, punch->raw);
    outbox_bind_text(statement, 10, punch->work_code);
    sqlite3_bind_int(statement, 11,
                     source == 0                      ? punch->way
                     : source == OUTBOX_SOURCE_ACCESS ? PUNCH_ACCESS
                                                      : PUNCH_LOGGED);
    if (!outbox_run(outbox, statement, what, err)) {
        return false;
    }
    *inserted = sqlite3_changes(outbox->db) > 0;
    outbox->last += *inserted;
    return true;
}

/* It is not kept, but the terminal delivered it. */
static bool ignore(struct outbox *outbox, const struct punch *punch, int64_t source,
                   struct error *err)
{
    struct found found;
    if (source != 0) {
        return true;
    }
    if (!find(outbox, punch, source, &found, err)) {
        return false;
    }
    return (found.there && found.same && found.source == 0) ||
           outbox_key_note(outbox, punch->device_sn, punch->user_id, punch->time, err);
}

/* What was here already: whose it is, whether a file has to wait for it, and whether this terminal
 * delivers it for the first time. */
static bool meet(struct outbox *outbox, const struct punch *punch, int64_t source,
                 const struct found *found, enum outbox_added *added, struct error *err)
{
    bool elsewhere = source != 0 && source != OUTBOX_SOURCE_ACCESS && found->source != source;
    bool through = found->id <= outbox->cursor && !found->refused;
    *added = found->refused ? OUTBOX_REFUSED : OUTBOX_KNOWN;
    if (source == 0 && (!found->same || found->source != 0) &&
        !outbox_key_note(outbox, punch->device_sn, punch->user_id, punch->time, err)) {
        return false;
    }
    return !elsewhere || through || claim(outbox, found->id, source, err);
}

/* The look for a twin costs a quarter of a row's time: only where there can be one. */
static bool may_have_twin(const struct outbox *outbox, int64_t source)
{
    return source == OUTBOX_SOURCE_ACCESS || (outbox->filed & OUTBOX_FILED_ACCESS) != 0 ||
           (outbox->options.skip_pushed && (source != 0 || outbox->filed != 0));
}

static bool append(struct outbox *outbox, const struct punch *punch, int64_t source, int64_t now_s,
                   enum outbox_added *added, struct error *err)
{
    char mark[PUNCH_USER_MAX + 1];
    struct found found = {.there = false};
    struct outbox_keys_found known = {.marks = 0};
    bool inserted = false;
    bool forgotten = false;
    if (!outbox_in_transaction(outbox, "store a punch", err) || !outbox_place(outbox, err) ||
        !outbox_forgotten(outbox, punch->user_id, punch->time, mark, &forgotten, err)) {
        return false;
    }
    if (forgotten) {
        *added = OUTBOX_IGNORED;
        return source != 0 || outbox_key_note(outbox, punch->device_sn, mark, punch->time, err);
    }
    if (outbox->options.has_ignore_before && punch->time < outbox->options.ignore_before) {
        *added = OUTBOX_IGNORED;
        return ignore(outbox, punch, source, err);
    }
    bool twins = may_have_twin(outbox, source);
    if (twins && !find(outbox, punch, source, &found, err)) {
        return false;
    }
    if (!found.there && outbox->keys) {
        if (!outbox_key_find(outbox, punch, source, twins, &known, err)) {
            return false;
        }
        if ((known.marks & OUTBOX_MARK_IN_TABLE) != 0 || known.twin) {
            *added = OUTBOX_KNOWN;
            return source != 0 || (known.marks & OUTBOX_MARK_DELIVERED) != 0 ||
                   outbox_key_note(outbox, punch->device_sn, punch->user_id, punch->time, err);
        }
    }
    if (!found.there && !insert(outbox, punch, source, now_s, &inserted, err)) {
        return false;
    }
    if (inserted) {
        *added = OUTBOX_NEW;
        return outbox_key_row(outbox, punch, known.marks, source == 0, err);
    }
    if (!found.there && !find(outbox, punch, source, &found, err)) {
        return false;
    }
    if (!found.there) {
        return outbox_corrupt(outbox, "a punch is in its index and not in its table", err);
    }
    return meet(outbox, punch, source, &found, added, err);
}

bool outbox_append(struct outbox *outbox, const struct punch *punch, int64_t source, int64_t now_s,
                   enum outbox_added *added, struct error *err)
{
    if (!outbox_spent_is_timed(outbox)) {
        return append(outbox, punch, source, now_s, added, err);
    }
    int64_t began_us = clock_steady_us();
    bool done = append(outbox, punch, source, now_s, added, err);
    outbox_spent_move(outbox, outbox->spends, OUTBOX_SPENT_BIND,
                      (clock_steady_us() - began_us) * OUTBOX_SPENT_EACH);
    return done;
}

bool outbox_holds(struct outbox *outbox, const struct punch *punch, int64_t source, bool *holds,
                  struct error *err)
{
    char mark[PUNCH_USER_MAX + 1];
    struct found found = {.there = false};
    struct outbox_keys_found known = {.marks = 0};
    bool twins = may_have_twin(outbox, source);
    *holds = outbox->options.has_ignore_before && punch->time < outbox->options.ignore_before;
    if (*holds) {
        return true;
    }
    if (!outbox_in_transaction(outbox, "look for a punch", err) || !outbox_place(outbox, err) ||
        !outbox_forgotten(outbox, punch->user_id, punch->time, mark, holds, err)) {
        return false;
    }
    if (*holds) {
        return true;
    }
    if (!find(outbox, punch, source, &found, err) ||
        (!found.there && !outbox_key_find(outbox, punch, source, twins, &known, err))) {
        return false;
    }
    *holds = found.there || (known.marks & OUTBOX_MARK_IN_TABLE) != 0 || known.twin;
    return true;
}
