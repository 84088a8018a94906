#include "outbox/outbox_forget.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/blot.h"
#include "outbox/outbox_private.h"

static const char make_secret_sql[] =
    "UPDATE state SET forget_key = randomblob(16) WHERE length(forget_key) = 0";
static const char rows_sql[] = "SELECT id, check_time, source FROM punch"
                               " WHERE user_id = ?1 ORDER BY id LIMIT 256";
static const char row_is_sql[] = "UPDATE punch SET user_id = ?2 WHERE id = ?1";
static const char keys_sql[] = "SELECT check_time, terminal, marks FROM key WHERE user_id = ?1"
                               " LIMIT 256";
static const char key_is_sql[] = "UPDATE OR REPLACE key SET user_id = ?4"
                                 " WHERE check_time = ?1 AND user_id = ?2 AND terminal = ?3";
static const char key_goes_sql[] =
    "DELETE FROM key WHERE check_time = ?1 AND user_id = ?2 AND terminal = ?3";
/* By his number there; while the lists say which that is. */
static const char typed_sql[] =
    "DELETE FROM vendor_typed WHERE number IN (SELECT number FROM vendor_person WHERE badge = ?1"
    " UNION SELECT number FROM vendor_badge WHERE badge = ?1)";
static const char *const lists_of_users[] = {
    "UPDATE slot SET user_id = ?2 WHERE user_id = ?1",
    "UPDATE OR REPLACE vendor_person SET badge = ?2 WHERE badge = ?1",
    "UPDATE vendor_badge SET badge = ?2 WHERE badge = ?1"};
static const char *const rows_of_id[] = {"DELETE FROM refused WHERE id = ?1",
                                         "DELETE FROM claim WHERE punch_id = ?1",
                                         "DELETE FROM punch WHERE id = ?1"};
static const char raise_pulls_sql[] = "UPDATE pulled SET high_id = ?2 WHERE high_id > ?1";

static const char what[] = "forget a person";

/* ---- forgetting ---- */

/* One that is forgotten now. Statements are prepared for this once and finalised at its end. */
struct forgetting {
    struct outbox *outbox;
    const char *user;
    struct blot_one his;
    uint64_t person;
    int64_t removed;
    bool hole; /* one of them was above the cursor */
    struct outbox_forgotten *sums;
    struct error *err;
};

static bool prepare(struct forgetting *forgetting, const char *sql, sqlite3_stmt **statement)
{
    return sqlite3_prepare_v2(forgetting->outbox->db, sql, -1, statement, NULL) == SQLITE_OK ||
           outbox_failed(forgetting->outbox, what, forgetting->err);
}

/* Runs a statement that gives no row, and is done with it. */
static bool finish(struct forgetting *forgetting, sqlite3_stmt *statement)
{
    bool done = sqlite3_step(statement) == SQLITE_DONE ||
                outbox_failed(forgetting->outbox, what, forgetting->err);
    sqlite3_finalize(statement);
    return done;
}

/* With as many of the two numbers as it has parameters. */
static bool run_numbers(struct forgetting *forgetting, const char *sql, int64_t first,
                        int64_t second)
{
    sqlite3_stmt *statement = NULL;
    if (!prepare(forgetting, sql, &statement)) {
        return false;
    }
    const int64_t numbers[] = {first, second};
    int count = sqlite3_bind_parameter_count(statement);
    for (int i = 0; i < count && i < (int)HB_COUNT(numbers); i++) {
        sqlite3_bind_int64(statement, i + 1, numbers[i]);
    }
    return finish(forgetting, statement);
}

/* The row is a key that its terminal delivered, and no row. */
static bool remove_row(struct forgetting *forgetting, sqlite3_stmt *row)
{
    char mark[PUNCH_USER_MAX + 1];
    sqlite3_stmt *statement = NULL;
    int64_t id = sqlite3_column_int64(row, 0);
    walltime time = sqlite3_column_int64(row, 1);
    bool delivered = sqlite3_column_int64(row, 2) == 0;
    if (!outbox_forgotten_punch_mark(forgetting->outbox, forgetting->person, time, mark,
                                     forgetting->err)) {
        return false;
    }
    if (delivered) {
        if (!prepare(forgetting, row_is_sql, &statement)) {
            return false;
        }
        sqlite3_bind_int64(statement, 1, id);
        outbox_bind_text(statement, 2, mark);
        if (!finish(forgetting, statement) ||
            !outbox_key_keep(forgetting->outbox, id, forgetting->err)) {
            return false;
        }
    }
    if (id > forgetting->outbox->cursor) {
        forgetting->hole = true;
        forgetting->sums->waiting++;
    }
    for (size_t i = 0; i < HB_COUNT(rows_of_id); i++) {
        if (!run_numbers(forgetting, rows_of_id[i], id, 0)) {
            return false;
        }
    }
    forgetting->removed++;
    forgetting->sums->punches++;
    return true;
}

/* A query of what is his, `each` of whose rows is gone afterwards, as often as it finds something.
 */
static bool each_of_his(struct forgetting *forgetting, const char *sql,
                        bool (*each)(struct forgetting *forgetting, sqlite3_stmt *row))
{
    bool fine = true;
    for (bool some = true; fine && some;) {
        sqlite3_stmt *rows = NULL;
        int code = SQLITE_DONE;
        some = false;
        if (!prepare(forgetting, sql, &rows)) {
            return false;
        }
        outbox_bind_text(rows, 1, forgetting->user);
        while (fine && (code = sqlite3_step(rows)) == SQLITE_ROW) {
            some = true;
            fine = each(forgetting, rows);
        }
        fine = fine &&
               (code == SQLITE_DONE || outbox_failed(forgetting->outbox, what, forgetting->err));
        sqlite3_finalize(rows);
    }
    return fine;
}

static bool change_key(struct forgetting *forgetting, sqlite3_stmt *row)
{
    char mark[PUNCH_USER_MAX + 1];
    sqlite3_stmt *statement = NULL;
    walltime time = sqlite3_column_int64(row, 0);
    bool delivered = (sqlite3_column_int64(row, 2) & OUTBOX_MARK_DELIVERED) != 0;
    if (!outbox_forgotten_punch_mark(forgetting->outbox, forgetting->person, time, mark,
                                     forgetting->err) ||
        !prepare(forgetting, delivered ? key_is_sql : key_goes_sql, &statement)) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, time);
    outbox_bind_text(statement, 2, forgetting->user);
    sqlite3_bind_int64(statement, 3, sqlite3_column_int64(row, 1));
    if (delivered) {
        outbox_bind_text(statement, 4, mark);
    }
    return finish(forgetting, statement);
}

/* Above the cursor there is no gap: what waits beside him is given new ids, in its order. */
static bool close_gaps(struct forgetting *forgetting)
{
    struct outbox *outbox = forgetting->outbox;
    int64_t before = outbox->cursor;
    if (forgetting->removed == 0) {
        return true;
    }
    if (forgetting->hole && (!outbox_move_waiting(outbox, &forgetting->removed, forgetting->err) ||
                             !run_numbers(forgetting, raise_pulls_sql, before, outbox->last))) {
        return false;
    }
    return run_numbers(forgetting, "UPDATE state SET removed = removed + ?1", forgetting->removed,
                       0);
}

static bool change_lists(struct forgetting *forgetting)
{
    char mark[PUNCH_USER_MAX + 1];
    sqlite3_stmt *statement = NULL;
    outbox_forgotten_person_mark(forgetting->person, mark);
    if (!prepare(forgetting, typed_sql, &statement)) {
        return false;
    }
    outbox_bind_text(statement, 1, forgetting->user);
    if (!finish(forgetting, statement)) {
        return false;
    }
    for (size_t i = 0; i < HB_COUNT(lists_of_users); i++) {
        if (!prepare(forgetting, lists_of_users[i], &statement)) {
            return false;
        }
        outbox_bind_text(statement, 1, forgetting->user);
        outbox_bind_text(statement, 2, mark);
        if (!finish(forgetting, statement)) {
            return false;
        }
        forgetting->sums->slots += (size_t)sqlite3_changes(forgetting->outbox->db);
    }
    return true;
}

/* ---- texts ---- */

static const char line_sql[] = "SELECT id, line, content_type, device_sn, file FROM rejected";
static const char line_is_sql[] = "UPDATE rejected SET line = ?2 WHERE id = ?1";

/* Other free text that may name him. Of `note` what is a sentence: the others are numbers that the
 * program reads. */
static const char *const texts[] = {
    "UPDATE rejected SET query = without(query) WHERE without(query) IS NOT query",
    "UPDATE rejected SET reason = without(reason) WHERE without(reason) <> reason",
    ("UPDATE rejected SET settled_why = without(settled_why)"
     " WHERE without(settled_why) <> settled_why"),
    "UPDATE refused SET reason = without(reason) WHERE without(reason) <> reason",
    "UPDATE told SET strings = without(strings) WHERE without(strings) <> strings",
    "UPDATE note SET text = without(text) WHERE text LIKE '% %' AND without(text) <> text",
    "UPDATE scan_file SET detail = without(detail) WHERE without(detail) <> detail",
    "UPDATE command SET answer = without(answer) WHERE without(answer) <> answer",
    "UPDATE pulled SET why = without(why) WHERE without(why) <> why",
    "UPDATE head_order SET result = without(result) WHERE without(result) <> result",
};

/* SQL: what blot_text leaves of a text or of bytes. */
static void without(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    const void *at = sqlite3_value_blob(values[0]);
    size_t len = (size_t)sqlite3_value_bytes(values[0]);
    if (at == NULL || len == 0) {
        sqlite3_result_value(context, values[0]);
        return;
    }
    char *copy = malloc(len);
    if (copy == NULL) {
        sqlite3_result_error_nomem(context);
        return;
    }
    memcpy(copy, at, len);
    (void)blot_text(copy, len, blot_is_one, sqlite3_user_data(context));
    if (sqlite3_value_type(values[0]) == SQLITE_BLOB) {
        sqlite3_result_blob64(context, copy, len, free);
    } else {
        sqlite3_result_text64(context, copy, len, free, SQLITE_UTF8);
    }
}

/* A key by the bytes that stand for the user is one by their keyed hash. */
static bool rename_mark(struct forgetting *forgetting, struct span bytes)
{
    char old[PUNCH_USER_MAX + 1];
    char mark[PUNCH_USER_MAX + 1];
    sqlite3_stmt *statement = NULL;
    if (!outbox_forgotten_mark(forgetting->outbox, bytes, mark, forgetting->err) ||
        !prepare(forgetting,
                 "UPDATE OR REPLACE key SET user_id = ?2 WHERE check_time = 0 AND"
                 " user_id = ?1",
                 &statement)) {
        return false;
    }
    outbox_mark_of(bytes, old);
    outbox_bind_text(statement, 1, old);
    outbox_bind_text(statement, 2, mark);
    return finish(forgetting, statement);
}

static const char *text_of(sqlite3_stmt *row, int column)
{
    const char *text = (const char *)sqlite3_column_text(row, column);
    return text != NULL ? text : "";
}

static bool blot_line(struct forgetting *forgetting, sqlite3_stmt *row)
{
    sqlite3_stmt *statement = NULL;
    const char *at = sqlite3_column_blob(row, 1);
    size_t len = (size_t)sqlite3_column_bytes(row, 1);
    if (at == NULL || len == 0) {
        return true;
    }
    char *copy = malloc(len);
    if (copy == NULL) {
        return error_set(forgetting->err, ERR_MEMORY, 0, "no memory to look through the outbox");
    }
    memcpy(copy, at, len);
    bool some = false;
    struct outbox_aside aside = {.content_type = text_of(row, 2),
                                 .device_sn = text_of(row, 3),
                                 .file = sqlite3_column_int64(row, 4)};
    bool fine = outbox_blot_aside(forgetting->outbox, &aside, copy, len, blot_is_one,
                                  &forgetting->his, &some, forgetting->err);
    if (fine && some) {
        forgetting->sums->aside++;
        forgetting->sums->guessed += aside.how.guessed;
        fine = prepare(forgetting, line_is_sql, &statement);
        if (fine) {
            sqlite3_bind_int64(statement, 1, sqlite3_column_int64(row, 0));
            sqlite3_bind_blob64(statement, 2, copy, len, SQLITE_STATIC);
            fine = finish(forgetting, statement) && rename_mark(forgetting, (struct span){at, len});
        }
    }
    free(copy);
    return fine;
}

static bool blot_lines(struct forgetting *forgetting)
{
    sqlite3_stmt *rows = NULL;
    int code = SQLITE_DONE;
    bool fine = prepare(forgetting, line_sql, &rows);
    while (fine && (code = sqlite3_step(rows)) == SQLITE_ROW) {
        fine = blot_line(forgetting, rows);
    }
    fine =
        fine && (code == SQLITE_DONE || outbox_failed(forgetting->outbox, what, forgetting->err));
    sqlite3_finalize(rows);
    return fine;
}

static bool blot_all(struct forgetting *forgetting)
{
    sqlite3 *db = forgetting->outbox->db;
    bool fine =
        sqlite3_create_function_v2(db, "without", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                                   &forgetting->his, without, NULL, NULL, NULL) == SQLITE_OK;
    fine = fine ? blot_lines(forgetting) : outbox_failed(forgetting->outbox, what, forgetting->err);
    for (size_t i = 0; fine && i < HB_COUNT(texts); i++) {
        fine = run_numbers(forgetting, texts[i], 0, 0);
        forgetting->sums->texts += fine ? (size_t)sqlite3_changes(db) : 0;
    }
    (void)sqlite3_create_function_v2(db, "without", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL,
                                     NULL, NULL, NULL, NULL);
    return fine;
}

/* ---- the whole ---- */

static bool look_for_padded(struct forgetting *forgetting)
{
    static const char padded_sql[] =
        "SELECT group_concat(user, ', ') FROM (SELECT user_id AS user FROM punch"
        " UNION SELECT user_id FROM key UNION SELECT user_id FROM slot"
        " UNION SELECT badge FROM vendor_person UNION SELECT badge FROM vendor_badge ORDER BY 1)"
        " WHERE ltrim(user, '0') = ltrim(?1, '0') AND user <> ?1 AND ?1 NOT GLOB '*[^0-9]*'";
    sqlite3_stmt *statement = NULL;
    if (!prepare(forgetting, padded_sql, &statement)) {
        return false;
    }
    outbox_bind_text(statement, 1, forgetting->user);
    bool row = sqlite3_step(statement) == SQLITE_ROW;
    const char *text = row ? (const char *)sqlite3_column_text(statement, 0) : NULL;
    snprintf(forgetting->sums->padded, sizeof forgetting->sums->padded, "%s",
             text != NULL ? text : "");
    row = row || outbox_failed(forgetting->outbox, what, forgetting->err);
    sqlite3_finalize(statement);
    return row;
}

static bool forget(struct outbox *outbox, const char *user, int64_t now_s,
                   struct outbox_forgotten *sums, struct error *err)
{
    struct forgetting forgetting = {
        .outbox = outbox, .user = user, .his = {user}, .sums = sums, .err = err};
    memset(sums, 0, sizeof *sums);
    if (!outbox_place(outbox, err) || !outbox_hours_count_all(outbox, err) ||
        !outbox_devices_credit(outbox, err) || !run_numbers(&forgetting, make_secret_sql, 0, 0) ||
        !outbox_forgotten_hash(outbox, span_of(user), &forgetting.person, err)) {
        return false;
    }
    outbox->forgets = true;
    return outbox_forgotten_known(outbox, forgetting.person, &sums->before, err) &&
           run_numbers(&forgetting, outbox_remember_sql, (int64_t)forgetting.person, now_s) &&
           look_for_padded(&forgetting) && each_of_his(&forgetting, rows_sql, remove_row) &&
           each_of_his(&forgetting, keys_sql, change_key) && close_gaps(&forgetting) &&
           change_lists(&forgetting) && blot_all(&forgetting) && outbox_hours_settle(outbox, err) &&
           outbox_devices_settle(outbox, err);
}

static bool begin(struct outbox *outbox, const char *user, struct error *err)
{
    if (!punch_user_valid(span_of(user))) {
        return error_set(err, ERR_INVALID, 0, "\"%s\" can be no user's number", user);
    }
    return outbox_begin(outbox, err);
}

bool outbox_forget_look(struct outbox *outbox, const char *user, struct outbox_forgotten *found,
                        struct error *err)
{
    if (!begin(outbox, user, err)) {
        return false;
    }
    bool fine = forget(outbox, user, 0, found, err);
    outbox_rollback(outbox);
    outbox->has_secret = false; /* it may have been made for this */
    outbox->forgets = false;    /* each transaction looks anew */
    return fine;
}

/* Free pages are overwritten as they become free; then the file is written anew, and its log, which
 * holds pages as they were, is emptied. What VACUUM makes of it stands in a file, whatever SQLite
 * was built for: in memory it would be all of an outbox that may have gigabytes. */
static bool leave_nothing(struct outbox *outbox, struct error *err)
{
    int behind = 0;
    if (sqlite3_exec(outbox->db, "PRAGMA temp_store = FILE; VACUUM", NULL, NULL, NULL) !=
        SQLITE_OK) {
        return outbox_failed(outbox, "write the file anew, so that nothing is left in it,", err);
    }
    int code =
        sqlite3_wal_checkpoint_v2(outbox->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, &behind, NULL);
    if (code == SQLITE_BUSY) {
        return error_set(err, ERR_BUSY, code,
                         "another program reads the outbox %s, so that its log can't be emptied",
                         outbox->path);
    }
    return code == SQLITE_OK || outbox_failed(outbox, "empty the log of the file", err);
}

bool outbox_forget(struct outbox *outbox, const char *user, int64_t now_s,
                   struct outbox_forgotten *gone, struct error *err)
{
    if (sqlite3_exec(outbox->db, "PRAGMA secure_delete = ON", NULL, NULL, NULL) != SQLITE_OK) {
        return outbox_failed(outbox, what, err);
    }
    if (!begin(outbox, user, err)) {
        return false;
    }
    if (!forget(outbox, user, now_s, gone, err) || !outbox_commit(outbox, err)) {
        outbox_rollback(outbox);
        outbox->has_secret = false;
        return false;
    }
    return leave_nothing(outbox, err) ||
           error_prefix(err,
                        "it is forgotten, but the file may still hold traces, so that this has "
                        "to be done again: ");
}
