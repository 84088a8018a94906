#include "outbox/outbox_private.h"

#include <string.h>

const struct outbox_sql outbox_place_sql = {
    SQL_PLACE,
    "SELECT max(cursor, coalesce((SELECT max(id) FROM punch), 0)), cursor, logs, credited,"
    " EXISTS (SELECT 1 FROM key), EXISTS (SELECT 1 FROM forgotten) FROM state"};

static enum error_kind kind_of(int code)
{
    static const struct {
        int code;
        enum error_kind kind;
    } kinds[] = {
        {SQLITE_FULL, ERR_FULL},       {SQLITE_BUSY, ERR_BUSY},      {SQLITE_LOCKED, ERR_BUSY},
        {SQLITE_CORRUPT, ERR_CORRUPT}, {SQLITE_NOTADB, ERR_CORRUPT}, {SQLITE_PERM, ERR_DENIED},
        {SQLITE_READONLY, ERR_DENIED}, {SQLITE_AUTH, ERR_DENIED},    {SQLITE_NOMEM, ERR_MEMORY},
    };
    for (size_t i = 0; i < HB_COUNT(kinds); i++) {
        if (kinds[i].code == (code & 0xFF)) {
            return kinds[i].kind;
        }
    }
    return ERR_SYSTEM;
}

bool outbox_failed(struct outbox *outbox, const char *what, struct error *err)
{
    int code = sqlite3_extended_errcode(outbox->db);
    int plain = code & 0xFF;
    int system = plain == SQLITE_IOERR || plain == SQLITE_CANTOPEN || plain == SQLITE_FULL
                     ? sqlite3_system_errno(outbox->db)
                     : 0;
    outbox->failed = true;
    if (system != 0) {
        return error_set(err, kind_of(code), code,
                         "cannot %s in the outbox %s: %s (%d, system error %d)", what, outbox->path,
                         sqlite3_errmsg(outbox->db), code, system);
    }
    return error_set(err, kind_of(code), code, "cannot %s in the outbox %s: %s (%d)", what,
                     outbox->path, sqlite3_errmsg(outbox->db), code);
}

bool outbox_corrupt(struct outbox *outbox, const char *what, struct error *err)
{
    outbox->failed = true;
    return error_set(err, ERR_CORRUPT, 0, "the outbox %s is damaged: %s", outbox->path, what);
}

sqlite3_stmt *outbox_statement(struct outbox *outbox, const struct outbox_sql *sql,
                               struct error *err)
{
    sqlite3_stmt **statement = &outbox->statements[sql->slot];
    if (*statement != NULL) {
        sqlite3_reset(*statement);
        return *statement;
    }
    if (sqlite3_prepare_v3(outbox->db, sql->text, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL) !=
        SQLITE_OK) {
        outbox_failed(outbox, "prepare a statement", err);
        return NULL;
    }
    return *statement;
}

bool outbox_step(struct outbox *outbox, sqlite3_stmt *statement, bool *row, const char *what,
                 struct error *err)
{
    int code = sqlite3_step(statement);
    *row = code == SQLITE_ROW;
    if (*row) {
        return true;
    }
    bool done = code == SQLITE_DONE || outbox_failed(outbox, what, err);
    sqlite3_reset(statement);
    return done;
}

bool outbox_run(struct outbox *outbox, sqlite3_stmt *statement, const char *what, struct error *err)
{
    bool row = false;
    bool done = statement != NULL && outbox_step(outbox, statement, &row, what, err);
    if (row) {
        sqlite3_reset(statement);
    }
    return done;
}

bool outbox_number(struct outbox *outbox, sqlite3_stmt *statement, int64_t *number,
                   const char *what, struct error *err)
{
    bool row = false;
    *number = 0;
    if (statement == NULL || !outbox_step(outbox, statement, &row, what, err)) {
        return false;
    }
    if (row) {
        *number = sqlite3_column_int64(statement, 0);
        sqlite3_reset(statement);
    }
    return true;
}

bool outbox_in_transaction(struct outbox *outbox, const char *what, struct error *err)
{
    if (!outbox->writing) {
        return error_set(err, ERR_INVALID, 0, "cannot %s in the outbox %s outside a transaction",
                         what, outbox->path);
    }
    return true;
}

bool outbox_place(struct outbox *outbox, struct error *err)
{
    bool row = false;
    if (outbox->placed) {
        return true;
    }
    sqlite3_stmt *statement = outbox_statement(outbox, &outbox_place_sql, err);
    if (statement == NULL || !outbox_step(outbox, statement, &row, "read the cursor", err)) {
        return false;
    }
    if (!row) {
        return outbox_corrupt(outbox, "it has no cursor", err);
    }
    outbox->last = sqlite3_column_int64(statement, 0);
    outbox->cursor = sqlite3_column_int64(statement, 1);
    outbox->filed = sqlite3_column_int(statement, 2);
    outbox->credited = sqlite3_column_int64(statement, 3);
    outbox->keys = sqlite3_column_int(statement, 4) != 0;
    outbox->forgets = sqlite3_column_int(statement, 5) != 0;
    outbox->placed = true;
    sqlite3_reset(statement);
    return true;
}

void outbox_bind_span(sqlite3_stmt *statement, int index, struct span text)
{
    (void)sqlite3_bind_text64(statement, index, text.len > 0 ? text.at : "", text.len,
                              SQLITE_STATIC, SQLITE_UTF8);
}

void outbox_bind_bytes(sqlite3_stmt *statement, int index, struct span bytes)
{
    (void)sqlite3_bind_blob64(statement, index, bytes.len > 0 ? bytes.at : "", bytes.len,
                              SQLITE_STATIC);
}

void outbox_bind_text(sqlite3_stmt *statement, int index, const char *text)
{
    (void)sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC);
}

bool outbox_column_text(sqlite3_stmt *statement, int column, char *out, size_t size)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    size_t len = (size_t)sqlite3_column_bytes(statement, column);
    return text != NULL && span_copy((struct span){text, len}, out, size);
}
