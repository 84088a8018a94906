#include "outbox/outbox_private.h"

static const struct outbox_sql waiting_sql = {
    SQL_WAITING,
    "SELECT id, check_time, user_id, device_sn, status, verify_type, raw,"
    " work_code, CASE WHEN source NOT IN (0, -2) THEN 2 ELSE way END FROM punch WHERE id > "
    "(SELECT cursor FROM state)"
    " AND NOT EXISTS (SELECT 1 FROM refused WHERE refused.id = punch.id)"
    " ORDER BY id LIMIT ?1"};
static const struct outbox_sql advance_sql = {SQL_ADVANCE,
                                              "UPDATE state SET cursor = ?1, advanced_s = ?2"};
static const struct outbox_sql cursor_sql = {SQL_CURSOR, "UPDATE state SET cursor = ?1"};
static const struct outbox_sql waiting_ids_sql = {
    SQL_WAITING_IDS, "SELECT id FROM punch WHERE id > ?1"
                     " AND NOT EXISTS (SELECT 1 FROM refused WHERE refused.id = punch.id)"
                     " ORDER BY id LIMIT ?2"};
static const struct outbox_sql refuse_sql = {
    SQL_REFUSE, "INSERT OR REPLACE INTO refused (id, code, reason, refused_s)"
                " SELECT id, ?2, ?3, ?4 FROM punch WHERE id = ?1"};
static const struct outbox_sql refused_ids_sql = {
    SQL_REFUSED_IDS, "SELECT id FROM refused WHERE id > ?1 ORDER BY id LIMIT ?2"};
static const struct outbox_sql period_ids_sql = {
    SQL_PERIOD_IDS, "SELECT id FROM punch WHERE id > ?1 AND id <= ?3"
                    " AND check_time >= ?4 AND check_time < ?5"
                    " AND NOT EXISTS (SELECT 1 FROM refused WHERE refused.id = punch.id)"
                    " ORDER BY id LIMIT ?2"};
static const struct outbox_sql move_sql = {SQL_MOVE, "UPDATE punch SET id = ?2 WHERE id = ?1"};
static const struct outbox_sql move_claims_sql = {
    SQL_MOVE_CLAIMS, "UPDATE claim SET punch_id = ?2 WHERE punch_id = ?1"};
static const struct outbox_sql unrefuse_sql = {SQL_UNREFUSE, "DELETE FROM refused WHERE id = ?1"};
static const struct outbox_sql raise_files_sql = {
    SQL_RAISE_FILES, "UPDATE file SET high_id = ?1 WHERE archived_as = '' AND high_id < ?1"};
static const struct outbox_sql add_removed_sql = {SQL_ADD_REMOVED,
                                                  "UPDATE state SET removed = removed + ?1"};
static const struct outbox_sql newest_received_sql = {
    SQL_NEWEST_RECEIVED, "SELECT received_s FROM punch ORDER BY id DESC LIMIT 1"};
static const struct outbox_sql prune_ids_sql = {
    SQL_PRUNE_IDS, "SELECT id, received_s FROM punch WHERE id > ?1 AND id <= ?3"
                   " AND NOT EXISTS (SELECT 1 FROM refused WHERE refused.id = punch.id)"
                   " ORDER BY id LIMIT ?2"};
static const struct outbox_sql prune_sql = {SQL_PRUNE, "DELETE FROM punch WHERE id = ?1"};
static const struct outbox_sql used_sql = {SQL_USED,
                                           "SELECT ((SELECT page_count FROM pragma_page_count) -"
                                           " (SELECT freelist_count FROM pragma_freelist_count)) *"
                                           " (SELECT page_size FROM pragma_page_size)"};

/* Takes the row into the batch; *fits false when its text finds no room. */
static bool take(struct outbox *outbox, sqlite3_stmt *statement, struct batch *batch, bool *fits,
                 struct error *err)
{
    struct punch_row row = {.id = sqlite3_column_int64(statement, 0)};
    struct punch *punch = &row.punch;
    punch->raw.at = (const char *)sqlite3_column_text(statement, 6);
    punch->raw.len = (size_t)sqlite3_column_bytes(statement, 6);
    if (punch->raw.at == NULL || punch->raw.len > PUNCH_RAW_MAX ||
        !outbox_column_text(statement, 2, punch->user_id, sizeof punch->user_id) ||
        !outbox_column_text(statement, 3, punch->device_sn, sizeof punch->device_sn)) {
        return outbox_corrupt(outbox, "a punch is longer than one can be", err);
    }
    punch->time = sqlite3_column_int64(statement, 1);
    punch->status = sqlite3_column_int(statement, 4);
    punch->verify = sqlite3_column_int(statement, 5);
    punch->way = (enum punch_way)sqlite3_column_int(statement, 8);
    if (!outbox_column_text(statement, 7, punch->work_code, sizeof punch->work_code)) {
        return outbox_corrupt(outbox, "a work code is longer than one can be", err);
    }
    *fits = batch_add(batch, &row);
    return true;
}

static bool waiting(struct outbox *outbox, size_t limit, struct batch *batch, struct error *err)
{
    batch_clear(batch);
    sqlite3_stmt *statement = outbox_statement(outbox, &waiting_sql, err);
    if (statement == NULL) {
        return false;
    }
    limit = limit < batch->capacity ? limit : batch->capacity;
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)limit);
    while (batch->count < limit) {
        bool row = false;
        bool fits = false;
        if (!outbox_step(outbox, statement, &row, "read waiting punches", err)) {
            batch->count = 0;
            return false;
        }
        if (!row) {
            return true;
        }
        if (!take(outbox, statement, batch, &fits, err)) {
            sqlite3_reset(statement);
            batch->count = 0;
            return false;
        }
        if (!fits) {
            break;
        }
    }
    /* a statement left at a row would hold its snapshot, and with it the WAL */
    sqlite3_reset(statement);
    return true;
}

bool outbox_waiting(struct outbox *outbox, size_t limit, struct batch *batch, struct error *err)
{
    enum outbox_spent_on on = outbox_spend(outbox, OUTBOX_SPENT_COPY);
    bool read = waiting(outbox, limit, batch, err);
    (void)outbox_spend(outbox, on);
    return read;
}

/* ---- what the database took, and what it refused ---- */

bool outbox_advance(struct outbox *outbox, int64_t id, int64_t now_s, struct error *err)
{
    static const char what[] = "move the cursor";
    if (!outbox_in_transaction(outbox, what, err) || !outbox_place(outbox, err)) {
        return false;
    }
    if (id > outbox->last) {
        return error_set(err, ERR_INVALID, 0,
                         "cannot move the cursor in the outbox %s to %lld: the last punch is %lld",
                         outbox->path, (long long)id, (long long)outbox->last);
    }
    if (id <= outbox->cursor) {
        return true;
    }
    sqlite3_stmt *statement = outbox_statement(outbox, &advance_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, id);
    sqlite3_bind_int64(statement, 2, now_s);
    if (!outbox_run(outbox, statement, what, err)) {
        return false;
    }
    outbox->cursor = id;
    return true;
}

bool outbox_refuse(struct outbox *outbox, int64_t id, long code, const char *reason, int64_t now_s,
                   struct error *err)
{
    static const char what[] = "set a refused punch aside";
    if (!outbox_in_transaction(outbox, what, err)) {
        return false;
    }
    sqlite3_stmt *statement = outbox_statement(outbox, &refuse_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, id);
    sqlite3_bind_int64(statement, 2, code);
    sqlite3_bind_int64(statement, 4, now_s);
    return outbox_bind_without(outbox, statement, 3, span_of(reason), err) &&
           outbox_run(outbox, statement, what, err);
}

/* ---- sending again, and forgetting ---- */

enum { CHUNK = 256 }; /* ids looked at together, so that memory does not grow with the outbox */

/* Runs a statement whose parameters are one or two numbers. */
static bool run_with(struct outbox *outbox, const struct outbox_sql *sql, int64_t first,
                     int64_t second, const char *what, struct error *err)
{
    sqlite3_stmt *statement = outbox_statement(outbox, sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, first);
    if (sqlite3_bind_parameter_count(statement) > 1) {
        sqlite3_bind_int64(statement, 2, second);
    }
    return outbox_run(outbox, statement, what, err);
}

/* Collects up to CHUNK ids above `after` from a statement whose other parameters are bound. */
static bool next_ids(struct outbox *outbox, sqlite3_stmt *statement, int64_t after,
                     int64_t ids[CHUNK], size_t *count, struct error *err)
{
    *count = 0;
    sqlite3_reset(statement);
    sqlite3_bind_int64(statement, 1, after);
    sqlite3_bind_int64(statement, 2, CHUNK);
    for (;;) {
        bool row = false;
        if (!outbox_step(outbox, statement, &row, "look for punches to send again", err)) {
            return false;
        }
        if (!row) {
            return true;
        }
        ids[(*count)++] = sqlite3_column_int64(statement, 0);
        if (*count == CHUNK) {
            sqlite3_reset(statement);
            return true;
        }
    }
}

/* Gives a punch the next id, so that it waits again. */
static bool move(struct outbox *outbox, int64_t id, const char *what, struct error *err)
{
    int64_t next = outbox->last + 1;
    if (!run_with(outbox, &move_sql, id, next, what, err) ||
        !run_with(outbox, &move_claims_sql, id, next, what, err)) {
        return false;
    }
    outbox->last = next;
    return true;
}

bool outbox_move_waiting(struct outbox *outbox, int64_t *moved, struct error *err)
{
    static const char what[] = "close a gap in what waits";
    int64_t ids[CHUNK];
    size_t found = 0;
    int64_t after = outbox->cursor;
    int64_t end = outbox->last;
    do {
        sqlite3_stmt *statement = outbox_statement(outbox, &waiting_ids_sql, err);
        if (statement == NULL || !next_ids(outbox, statement, after, ids, &found, err)) {
            return false;
        }
        for (size_t i = 0; i < found && ids[i] <= end; i++) {
            after = ids[i];
            if (!move(outbox, after, what, err)) {
                return false;
            }
            ++*moved;
        }
    } while (found == CHUNK && ids[found - 1] <= end);
    /* Rows that were removed from the end leave the id to the cursor. */
    if (!run_with(outbox, &cursor_sql, end, 0, what, err) ||
        !run_with(outbox, &raise_files_sql, outbox->last, 0, what, err)) {
        return false;
    }
    outbox->cursor = end;
    return true;
}

/* Makes the punches that `ids` selects wait again. */
static bool requeue(struct outbox *outbox, sqlite3_stmt *statement, size_t *count,
                    struct error *err)
{
    static const char what[] = "make punches wait again";
    int64_t ids[CHUNK];
    size_t found = 0;
    int64_t after = 0;
    int64_t moved = 0;
    int64_t end = outbox->last; /* what is moved comes above it, and is not met again */
    if (!outbox_hours_count_all(outbox, err) || !outbox_devices_credit(outbox, err)) {
        return false;
    }
    do {
        if (!next_ids(outbox, statement, after, ids, &found, err)) {
            return false;
        }
        for (size_t i = 0; i < found && ids[i] <= end; i++) {
            after = ids[i];
            if (!run_with(outbox, &unrefuse_sql, after, 0, what, err)) {
                return false;
            }
            /* above the cursor it waits as it is, and moving it would leave a gap there */
            if (after <= outbox->cursor) {
                if (!move(outbox, after, what, err)) {
                    return false;
                }
                moved++;
            }
            ++*count;
        }
    } while (found == CHUNK && ids[found - 1] <= end);
    /* A file that holds one of them is not through until they are. */
    return *count == 0 || (run_with(outbox, &raise_files_sql, outbox->last, 0, what, err) &&
                           run_with(outbox, &add_removed_sql, moved, 0, what, err) &&
                           outbox_hours_settle(outbox, err) && outbox_devices_settle(outbox, err));
}

bool outbox_requeue_refused(struct outbox *outbox, size_t *count, struct error *err)
{
    *count = 0;
    if (!outbox_in_transaction(outbox, "make punches wait again", err) ||
        !outbox_place(outbox, err)) {
        return false;
    }
    sqlite3_stmt *statement = outbox_statement(outbox, &refused_ids_sql, err);
    return statement != NULL && requeue(outbox, statement, count, err);
}

bool outbox_requeue_period(struct outbox *outbox, walltime from, walltime to, size_t *count,
                           struct error *err)
{
    *count = 0;
    if (!outbox_in_transaction(outbox, "make punches wait again", err) ||
        !outbox_place(outbox, err)) {
        return false;
    }
    sqlite3_stmt *statement = outbox_statement(outbox, &period_ids_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 3, outbox->cursor);
    sqlite3_bind_int64(statement, 4, from);
    sqlite3_bind_int64(statement, 5, to);
    return requeue(outbox, statement, count, err);
}

/*
 * Up to which time of receipt a punch can be believed. One stamped more than a day after the newest
 * was received while this PC's clock was wrong; it must not keep those behind it from being
 * removed.
 */
static bool latest_believed(struct outbox *outbox, int64_t *latest_s, struct error *err)
{
    bool row = false;
    sqlite3_stmt *statement = outbox_statement(outbox, &newest_received_sql, err);
    if (statement == NULL ||
        !outbox_step(outbox, statement, &row, "look at the newest punch", err)) {
        return false;
    }
    *latest_s = INT64_MAX;
    if (row) {
        int64_t newest = sqlite3_column_int64(statement, 0);
        *latest_s = newest < INT64_MAX - 86400 ? newest + 86400 : INT64_MAX;
        sqlite3_reset(statement);
    }
    return true;
}

/* Collects the oldest uploaded ids that are due; they come in the order of receipt, so the first
 * that is not ends it. */
static bool due_ids(struct outbox *outbox, int64_t before_s, int64_t latest_s, size_t limit,
                    int64_t ids[CHUNK], size_t *count, struct error *err)
{
    *count = 0;
    sqlite3_stmt *statement = outbox_statement(outbox, &prune_ids_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, 0);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)limit);
    sqlite3_bind_int64(statement, 3, outbox->cursor);
    while (*count < limit) {
        bool row = false;
        if (!outbox_step(outbox, statement, &row, "look for punches to remove", err)) {
            return false;
        }
        if (!row) {
            return true;
        }
        int64_t received_s = sqlite3_column_int64(statement, 1);
        if (received_s >= before_s && received_s <= latest_s) {
            break;
        }
        ids[(*count)++] = sqlite3_column_int64(statement, 0);
    }
    sqlite3_reset(statement);
    return true;
}

bool outbox_prune(struct outbox *outbox, int64_t before_s, size_t limit, size_t *count,
                  struct error *err)
{
    static const char what[] = "remove uploaded punches";
    int64_t ids[CHUNK];
    int64_t latest_s = 0;
    size_t found = 0;
    *count = 0;
    if (!outbox_in_transaction(outbox, what, err) || !outbox_place(outbox, err) ||
        !latest_believed(outbox, &latest_s, err)) {
        return false;
    }
    do {
        size_t want = limit - *count < CHUNK ? limit - *count : CHUNK;
        if (!due_ids(outbox, before_s, latest_s, want, ids, &found, err)) {
            return false;
        }
        /* What is not in its terminal's row yet could not be counted any more. */
        if (found > 0 && ids[found - 1] > outbox->credited && !outbox_devices_credit(outbox, err)) {
            return false;
        }
        for (size_t i = 0; i < found; i++) {
            if (!outbox_key_keep(outbox, ids[i], err) ||
                !run_with(outbox, &prune_sql, ids[i], 0, what, err)) {
                return false;
            }
        }
        *count += found;
    } while (found == CHUNK);
    return *count == 0 || run_with(outbox, &add_removed_sql, (int64_t)*count, 0, what, err);
}

bool outbox_used(struct outbox *outbox, int64_t *bytes, struct error *err)
{
    return outbox_number(outbox, outbox_statement(outbox, &used_sql, err), bytes,
                         "look how full it is", err);
}
