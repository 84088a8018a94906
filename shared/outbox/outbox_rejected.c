#include "outbox/outbox_rejected.h"

#include "outbox/outbox_private.h"

static const char rejected_query[] =
    "SELECT device_sn, line, reason, rejected_s FROM rejected ORDER BY id DESC LIMIT ?1";

static const char refused_query[] =
    "SELECT refused.id, check_time, user_id, device_sn, status, verify_type, raw, code, reason,"
    " refused_s FROM refused JOIN punch ON punch.id = refused.id ORDER BY refused.id DESC LIMIT ?1";

/* A query run once in a process's life: prepared here, finalised by the caller. */
static sqlite3_stmt *prepare(struct outbox *outbox, const char *sql, size_t limit, const char *what,
                             struct error *err)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(outbox->db, sql, -1, &statement, NULL) != SQLITE_OK) {
        outbox_failed(outbox, what, err);
        return NULL;
    }
    sqlite3_bind_int64(statement, 1, limit > INT64_MAX ? INT64_MAX : (sqlite3_int64)limit);
    return statement;
}

static const char *text_of(sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    return text != NULL ? text : "";
}

static struct span span_at(sqlite3_stmt *statement, int column)
{
    const char *text = text_of(statement, column);
    return (struct span){text, (size_t)sqlite3_column_bytes(statement, column)};
}

bool outbox_each_rejected(struct outbox *outbox, size_t limit,
                          bool (*visit)(void *context, const struct outbox_rejected *rejected),
                          void *context, struct error *err)
{
    static const char what[] = "read lines that were not understood";
    sqlite3_stmt *statement = prepare(outbox, rejected_query, limit, what, err);
    bool row = statement != NULL;
    bool fine = row;
    while (row && (fine = outbox_step(outbox, statement, &row, what, err)) && row) {
        struct outbox_rejected rejected = {text_of(statement, 0), span_at(statement, 1),
                                           text_of(statement, 2),
                                           sqlite3_column_int64(statement, 3)};
        row = visit(context, &rejected);
    }
    sqlite3_finalize(statement);
    return fine;
}

bool outbox_each_refused(struct outbox *outbox, size_t limit,
                         bool (*visit)(void *context, const struct outbox_refused *refused),
                         void *context, struct error *err)
{
    static const char what[] = "read punches that were refused";
    sqlite3_stmt *statement = prepare(outbox, refused_query, limit, what, err);
    bool row = statement != NULL;
    bool fine = row;
    while (row && (fine = outbox_step(outbox, statement, &row, what, err)) && row) {
        struct outbox_refused refused = {
            .row = {.id = sqlite3_column_int64(statement, 0),
                    .punch = {.time = sqlite3_column_int64(statement, 1),
                              .status = sqlite3_column_int(statement, 4),
                              .verify = sqlite3_column_int(statement, 5),
                              .raw = span_at(statement, 6)}},
            .code = (long)sqlite3_column_int64(statement, 7),
            .reason = text_of(statement, 8),
            .refused_s = sqlite3_column_int64(statement, 9)};
        struct punch *punch = &refused.row.punch;
        if (!outbox_column_text(statement, 2, punch->user_id, sizeof punch->user_id) ||
            !outbox_column_text(statement, 3, punch->device_sn, sizeof punch->device_sn)) {
            fine = outbox_corrupt(outbox, "a punch is longer than one can be", err);
            break;
        }
        row = visit(context, &refused);
    }
    sqlite3_finalize(statement);
    return fine;
}
