#include "outbox/outbox_private.h"

#include <string.h>

/*
 * A terminal's key (user and time) is held by its row in `punch` as long as there is one that the
 * terminal itself delivered (source 0), else by its row in `key`; never by both, so that each
 * different one is counted once, in terminal.keys, in the transaction that first brings it.
 */
static const struct outbox_sql terminal_sql = {
    SQL_TERMINAL, "INSERT INTO terminal (sn) VALUES (?1) ON CONFLICT (sn) DO NOTHING"};
static const struct outbox_sql find_sql = {
    SQL_KEY_FIND, "SELECT sn, marks FROM key JOIN terminal ON id = terminal"
                  " WHERE check_time = ?1 AND user_id = ?2"};
static const struct outbox_sql mark_sql = {
    SQL_KEY_MARK, "INSERT INTO key (check_time, user_id, terminal, marks)"
                  " SELECT ?1, ?2, id, ?4 FROM terminal WHERE sn = ?3"
                  " ON CONFLICT (check_time, user_id, terminal) DO UPDATE SET marks = marks | ?4"};
static const struct outbox_sql marks_sql = {
    SQL_KEY_FIND_ROW, "SELECT marks FROM key WHERE check_time = ?1 AND user_id = ?2"
                      " AND terminal = (SELECT id FROM terminal WHERE sn = ?3)"};
static const struct outbox_sql terminal_of_row_sql = {
    SQL_KEY_TERMINAL_OF_ROW, "INSERT INTO terminal (sn) SELECT device_sn FROM punch WHERE id = ?1"
                             " ON CONFLICT (sn) DO NOTHING"};
static const struct outbox_sql of_row_sql = {
    SQL_KEY_OF_ROW,
    "INSERT INTO key (check_time, user_id, terminal, marks)"
    " SELECT check_time, user_id, (SELECT id FROM terminal WHERE sn = device_sn),"
    " CASE source WHEN 0 THEN 3 WHEN -2 THEN 9 ELSE 5 END FROM punch WHERE id = ?1"
    " ON CONFLICT (check_time, user_id, terminal) DO UPDATE SET marks = marks | excluded.marks"};
static const struct outbox_sql drop_sql = {
    SQL_KEY_DROP, "DELETE FROM key WHERE check_time = ?1 AND user_id = ?2"
                  " AND terminal = (SELECT id FROM terminal WHERE sn = ?3)"};
static const struct outbox_sql count_sql = {SQL_KEYS_COUNT,
                                            "INSERT INTO terminal (sn, keys) VALUES (?1, ?2)"
                                            " ON CONFLICT (sn) DO UPDATE SET keys = keys + ?2"};
static const struct outbox_sql held_sql = {SQL_KEYS_HELD,
                                           "SELECT keys, horizon FROM terminal WHERE sn = ?1"};
/* By time: what is later than a terminal's last word is little. */
static const struct outbox_sql later_sql = {
    SQL_KEYS_LATER,
    "SELECT (SELECT count(*) FROM punch INDEXED BY punch_key WHERE check_time > ?2"
    " AND device_sn = ?1 AND source = 0) + (SELECT count(*) FROM key WHERE check_time > ?2"
    " AND terminal = (SELECT id FROM terminal WHERE sn = ?1) AND marks & 2)"};
static const struct outbox_sql period_sql = {
    SQL_KEYS_OF_PERIOD,
    "SELECT (SELECT count(*) FROM punch INDEXED BY punch_key WHERE check_time >= ?2"
    " AND check_time < ?3 AND device_sn = ?1 AND source = 0) + (SELECT count(*) FROM key"
    " WHERE check_time >= ?2 AND check_time < ?3"
    " AND terminal = (SELECT id FROM terminal WHERE sn = ?1) AND marks & 2)"};
static const struct outbox_sql horizon_sql = {SQL_KEYS_HORIZON,
                                              "UPDATE terminal SET horizon = max(horizon, ?1)"};
static const struct outbox_sql oldest_sql = {
    SQL_KEYS_OLDEST, "DELETE FROM key WHERE (check_time, user_id, terminal) IN"
                     " (SELECT check_time, user_id, terminal FROM key"
                     " ORDER BY check_time, user_id, terminal LIMIT ?1) RETURNING check_time"};

static const char what[] = "note what terminals delivered";

bool outbox_one_names_more(const char *one, const char *other)
{
    size_t one_len = strlen(one);
    size_t other_len = strlen(other);
    size_t len = one_len < other_len ? one_len : other_len;
    return one_len != other_len && memcmp(one, other, len) == 0 &&
           (one_len > len ? one : other)[len] == '-';
}

/* ---- looking ---- */

bool outbox_key_find(struct outbox *outbox, const struct punch *punch, int64_t source, bool twins,
                     struct outbox_keys_found *found, struct error *err)
{
    *found = (struct outbox_keys_found){0, false};
    sqlite3_stmt *statement = outbox_statement(outbox, &find_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, punch->time);
    outbox_bind_text(statement, 2, punch->user_id);
    for (;;) {
        bool row = false;
        if (!outbox_step(outbox, statement, &row, what, err)) {
            return false;
        }
        if (!row) {
            return true;
        }
        const char *sn = (const char *)sqlite3_column_text(statement, 0);
        int64_t marks = sqlite3_column_int64(statement, 1);
        if (sn == NULL || strcmp(sn, punch->device_sn) == 0) {
            found->marks = marks;
            continue;
        }
        /* What a key is of, as outbox_append's source: it may be several at once. */
        static const struct {
            int64_t mark, source;
        } kinds[] = {{OUTBOX_MARK_DELIVERED, 0},
                     {OUTBOX_MARK_LOGGED, OUTBOX_SOURCE_LOST},
                     {OUTBOX_MARK_ACCESS, OUTBOX_SOURCE_ACCESS}};
        for (size_t i = 0; twins && (marks & OUTBOX_MARK_IN_TABLE) != 0 && i < HB_COUNT(kinds);
             i++) {
            found->twin = found->twin ||
                          ((marks & kinds[i].mark) != 0 &&
                           outbox_twins(outbox, source, punch->device_sn, kinds[i].source, sn));
        }
    }
}

/* ---- counting ---- */

bool outbox_keys_count(struct outbox *outbox, struct error *err)
{
    for (size_t i = 0; i < outbox->came_count; i++) {
        sqlite3_stmt *statement = outbox_statement(outbox, &count_sql, err);
        if (statement == NULL) {
            return false;
        }
        outbox_bind_text(statement, 1, outbox->came[i].sn);
        sqlite3_bind_int64(statement, 2, outbox->came[i].keys);
        if (!outbox_run(outbox, statement, what, err)) {
            return false;
        }
    }
    outbox->came_count = 0;
    return true;
}

/* One more key of this terminal; most come many together. */
static bool came(struct outbox *outbox, const char *sn, struct error *err)
{
    for (size_t i = outbox->came_count; i-- > 0;) {
        if (strcmp(outbox->came[i].sn, sn) == 0) {
            outbox->came[i].keys++;
            return true;
        }
    }
    if (outbox->came_count == OUTBOX_CAME && !outbox_keys_count(outbox, err)) {
        return false;
    }
    struct outbox_came *one = &outbox->came[outbox->came_count++];
    (void)span_copy(span_of(sn), one->sn, sizeof one->sn);
    one->keys = 1;
    return true;
}

/* What came before keys were dropped may have been counted then. */
static bool came_first(struct outbox *outbox, const char *sn, walltime time, struct error *err)
{
    bool row = false;
    if (!outbox->keys) {
        return came(outbox, sn, err);
    }
    sqlite3_stmt *statement = outbox_statement(outbox, &held_sql, err);
    if (statement == NULL) {
        return false;
    }
    outbox_bind_text(statement, 1, sn);
    if (!outbox_step(outbox, statement, &row, what, err)) {
        return false;
    }
    bool dropped = row && time <= sqlite3_column_int64(statement, 1);
    sqlite3_reset(statement);
    return dropped || came(outbox, sn, err);
}

/* ---- keys without a row ---- */

static sqlite3_stmt *of_key(struct outbox *outbox, const struct outbox_sql *sql, const char *sn,
                            const char *user, walltime time, struct error *err)
{
    sqlite3_stmt *statement = outbox_statement(outbox, sql, err);
    if (statement != NULL) {
        sqlite3_bind_int64(statement, 1, time);
        outbox_bind_text(statement, 2, user);
        outbox_bind_text(statement, 3, sn);
    }
    return statement;
}

bool outbox_key_note(struct outbox *outbox, const char *sn, const char *user, walltime time,
                     struct error *err)
{
    bool row = false;
    sqlite3_stmt *statement = of_key(outbox, &marks_sql, sn, user, time, err);
    if (statement == NULL || !outbox_step(outbox, statement, &row, what, err)) {
        return false;
    }
    if (row) {
        bool known = (sqlite3_column_int64(statement, 0) & OUTBOX_MARK_DELIVERED) != 0;
        sqlite3_reset(statement);
        if (known) {
            return true;
        }
    }
    statement = outbox_statement(outbox, &terminal_sql, err);
    if (statement == NULL) {
        return false;
    }
    outbox_bind_text(statement, 1, sn);
    if (!came_first(outbox, sn, time, err) || !outbox_run(outbox, statement, what, err)) {
        return false;
    }
    statement = of_key(outbox, &mark_sql, sn, user, time, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int(statement, 4, OUTBOX_MARK_DELIVERED);
    outbox->keys = true;
    return outbox_run(outbox, statement, what, err);
}

bool outbox_key_forget(struct outbox *outbox, const char *sn, const char *user, walltime time,
                       struct error *err)
{
    sqlite3_stmt *statement = of_key(outbox, &drop_sql, sn, user, time, err);
    if (statement == NULL || !outbox_run(outbox, statement, what, err)) {
        return false;
    }
    if (sqlite3_changes(outbox->db) == 0) {
        return true;
    }
    statement = outbox_statement(outbox, &count_sql, err);
    if (statement == NULL) {
        return false;
    }
    outbox_bind_text(statement, 1, sn);
    sqlite3_bind_int64(statement, 2, -1);
    return outbox_run(outbox, statement, what, err);
}

bool outbox_key_row(struct outbox *outbox, const struct punch *punch, int64_t marks, bool delivered,
                    struct error *err)
{
    if (!delivered) {
        return true;
    }
    if (marks == 0) {
        return came_first(outbox, punch->device_sn, punch->time, err);
    }
    sqlite3_stmt *statement =
        of_key(outbox, &drop_sql, punch->device_sn, punch->user_id, punch->time, err);
    return ((marks & OUTBOX_MARK_DELIVERED) != 0 ||
            came_first(outbox, punch->device_sn, punch->time, err)) &&
           outbox_run(outbox, statement, what, err);
}

bool outbox_key_keep(struct outbox *outbox, int64_t id, struct error *err)
{
    static const struct outbox_sql *const steps[] = {&terminal_of_row_sql, &of_row_sql};
    for (size_t i = 0; i < HB_COUNT(steps); i++) {
        sqlite3_stmt *statement = outbox_statement(outbox, steps[i], err);
        if (statement == NULL) {
            return false;
        }
        sqlite3_bind_int64(statement, 1, id);
        if (!outbox_run(outbox, statement, what, err)) {
            return false;
        }
    }
    outbox->keys = true;
    return true;
}

bool outbox_drop_keys(struct outbox *outbox, size_t limit, size_t *count, struct error *err)
{
    walltime newest = INT64_MIN;
    *count = 0;
    if (!outbox_in_transaction(outbox, "forget keys", err)) {
        return false;
    }
    sqlite3_stmt *statement = outbox_statement(outbox, &oldest_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)limit);
    for (bool row = true; row;) {
        if (!outbox_step(outbox, statement, &row, "forget keys", err)) {
            return false;
        }
        if (row) {
            int64_t time = sqlite3_column_int64(statement, 0);
            newest = time > newest ? time : newest;
            ++*count;
        }
    }
    if (*count == 0) {
        return true;
    }
    statement = outbox_statement(outbox, &horizon_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, newest);
    return outbox_run(outbox, statement, "forget keys", err);
}

bool outbox_delivered_keys(struct outbox *outbox, const char *sn, walltime through, int64_t *keys,
                           struct error *err)
{
    bool row = false;
    int64_t ever = 0;
    int64_t later = 0;
    *keys = 0;
    if (outbox->writing && !outbox_keys_count(outbox, err)) {
        return false;
    }
    sqlite3_stmt *statement = outbox_statement(outbox, &held_sql, err);
    if (statement == NULL) {
        return false;
    }
    outbox_bind_text(statement, 1, sn);
    if (!outbox_step(outbox, statement, &row, what, err)) {
        return false;
    }
    if (!row) {
        return true;
    }
    ever = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    statement = outbox_statement(outbox, &later_sql, err);
    if (statement == NULL) {
        return false;
    }
    outbox_bind_text(statement, 1, sn);
    sqlite3_bind_int64(statement, 2, through);
    if (!outbox_number(outbox, statement, &later, what, err)) {
        return false;
    }
    *keys = ever - later;
    return true;
}

bool outbox_delivered_in(struct outbox *outbox, const char *sn, walltime from, walltime to,
                         int64_t *keys, struct error *err)
{
    sqlite3_stmt *statement = outbox_statement(outbox, &period_sql, err);
    *keys = 0;
    if (statement == NULL) {
        return false;
    }
    outbox_bind_text(statement, 1, sn);
    sqlite3_bind_int64(statement, 2, from);
    sqlite3_bind_int64(statement, 3, to);
    return outbox_number(outbox, statement, keys, what, err);
}
