#include "outbox/outbox_refusal.h"

#include "outbox/outbox_private.h"

static const struct outbox_sql note_sql = {
    SQL_REFUSAL_NOTE,
    "INSERT INTO refusal (device_sn, code, times, last_s) VALUES (?1, ?2, ?3, ?4)"
    " ON CONFLICT (device_sn, code) DO UPDATE SET times = times + ?3, last_s = ?4"};
static const struct outbox_sql refusals_sql = {
    SQL_REFUSALS, "SELECT code, times, last_s FROM refusal WHERE device_sn = ?1"
                  " ORDER BY times DESC, code"};

bool outbox_refusal_note(struct outbox *outbox, const char *sn, int32_t code, int64_t times,
                         int64_t now_s, struct error *err)
{
    static const char what[] = "count who was not let in";
    if (!outbox_in_transaction(outbox, what, err)) {
        return false;
    }
    sqlite3_stmt *statement = outbox_statement(outbox, &note_sql, err);
    if (statement == NULL) {
        return false;
    }
    outbox_bind_text(statement, 1, sn);
    sqlite3_bind_int(statement, 2, code);
    sqlite3_bind_int64(statement, 3, times);
    sqlite3_bind_int64(statement, 4, now_s);
    return outbox_run(outbox, statement, what, err);
}

bool outbox_each_refusal(struct outbox *outbox, const char *sn,
                         bool (*visit)(void *context, const struct outbox_refusal *refusal),
                         void *context, struct error *err)
{
    sqlite3_stmt *statement = outbox_statement(outbox, &refusals_sql, err);
    if (statement == NULL) {
        return false;
    }
    outbox_bind_text(statement, 1, sn);
    bool row = true;
    bool fine = true;
    while (row && (fine = outbox_step(outbox, statement, &row, "read who was not let in", err)) &&
           row) {
        struct outbox_refusal refusal = {.code = sqlite3_column_int(statement, 0),
                                         .times = sqlite3_column_int64(statement, 1),
                                         .last_s = sqlite3_column_int64(statement, 2)};
        row = visit(context, &refusal);
    }
    sqlite3_reset(statement);
    return fine;
}
