#include "outbox/outbox_command.h"

#include "outbox/outbox_private.h"

#define COMMAND_COLUMNS "id, asker, text, queued_s, sent_s, tries, done_s, result, answer"

static const struct outbox_sql command_queue_sql = {
    SQL_COMMAND_QUEUE, "INSERT INTO command (device_sn, text, asker, queued_s, sent_s, tries,"
                       " done_s, result, answer) VALUES (?1, ?2, ?3, ?4, 0, 0, 0, 0, '')"};
static const struct outbox_sql command_prune_sql = {
    SQL_COMMAND_PRUNE, "DELETE FROM command WHERE device_sn = ?1 AND id <= (SELECT id FROM command"
                       " WHERE device_sn = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)"};
static const struct outbox_sql command_next_sql = {
    SQL_COMMAND_NEXT, "SELECT " COMMAND_COLUMNS " FROM command WHERE device_sn = ?1"
                      " AND done_s = 0 AND (tries = 0 OR"
                      " (sent_s <= ?2 AND tries < ?3 AND text <> 'REBOOT')) ORDER BY id LIMIT 1"};
static const struct outbox_sql command_sent_sql = {
    SQL_COMMAND_SENT, "UPDATE command SET sent_s = ?2, tries = tries + 1 WHERE id = ?1"};
static const struct outbox_sql command_done_sql = {
    SQL_COMMAND_DONE, "UPDATE command SET done_s = ?3, result = ?4, answer = ?5"
                      " WHERE id = ?1 AND device_sn = ?2 AND done_s = 0 AND tries > 0"};
static const struct outbox_sql commands_sql = {
    SQL_COMMANDS, "SELECT " COMMAND_COLUMNS " FROM command WHERE device_sn = ?1 ORDER BY id DESC"};
bool outbox_command_queue(struct outbox *outbox, const char *sn, const char *text,
                          enum outbox_asker asker, int64_t now_s, int64_t *id, struct error *err)
{
    static const char what[] = "queue a command";
    if (!outbox_in_transaction(outbox, what, err)) {
        return false;
    }
    sqlite3_stmt *statement = outbox_statement(outbox, &command_queue_sql, err);
    if (statement == NULL) {
        return false;
    }
    outbox_bind_text(statement, 1, sn);
    outbox_bind_text(statement, 2, text);
    sqlite3_bind_int(statement, 3, asker);
    sqlite3_bind_int64(statement, 4, now_s);
    if (!outbox_run(outbox, statement, what, err)) {
        return false;
    }
    *id = sqlite3_last_insert_rowid(outbox->db);
    statement = outbox_statement(outbox, &command_prune_sql, err);
    if (statement == NULL) {
        return false;
    }
    outbox_bind_text(statement, 1, sn);
    sqlite3_bind_int(statement, 2, OUTBOX_COMMANDS_KEPT);
    return outbox_run(outbox, statement, what, err);
}

static bool read_command(struct outbox *outbox, sqlite3_stmt *statement,
                         struct outbox_command *command, struct error *err)
{
    command->id = sqlite3_column_int64(statement, 0);
    command->asker =
        sqlite3_column_int(statement, 1) != 0 ? OUTBOX_ASKED_BY_AUDIT : OUTBOX_ASKED_BY_HAND;
    command->queued_s = sqlite3_column_int64(statement, 3);
    command->sent_s = sqlite3_column_int64(statement, 4);
    command->tries = sqlite3_column_int(statement, 5);
    command->done_s = sqlite3_column_int64(statement, 6);
    command->result = sqlite3_column_int(statement, 7);
    return (outbox_column_text(statement, 2, command->text, sizeof command->text) &&
            outbox_column_text(statement, 8, command->answer, sizeof command->answer)) ||
           outbox_corrupt(outbox, "a command is longer than one can be", err);
}

bool outbox_command_next(struct outbox *outbox, const char *sn, int64_t now_s,
                         struct outbox_command *command, bool *found, struct error *err)
{
    *found = false;
    sqlite3_stmt *statement = outbox_statement(outbox, &command_next_sql, err);
    if (statement == NULL) {
        return false;
    }
    outbox_bind_text(statement, 1, sn);
    sqlite3_bind_int64(statement, 2, now_s - OUTBOX_COMMAND_AGAIN_S);
    sqlite3_bind_int(statement, 3, OUTBOX_COMMAND_TRIES);
    if (!outbox_step(outbox, statement, found, "look for a command", err)) {
        return false;
    }
    bool done = !*found || read_command(outbox, statement, command, err);
    sqlite3_reset(statement);
    return done;
}

bool outbox_command_sent(struct outbox *outbox, int64_t id, int64_t now_s, struct error *err)
{
    static const char what[] = "note a command";
    if (!outbox_in_transaction(outbox, what, err)) {
        return false;
    }
    sqlite3_stmt *statement = outbox_statement(outbox, &command_sent_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, id);
    sqlite3_bind_int64(statement, 2, now_s);
    return outbox_run(outbox, statement, what, err);
}

bool outbox_command_done(struct outbox *outbox, const char *sn, int64_t id, int32_t result,
                         struct span answer, int64_t now_s, bool *found, struct error *err)
{
    static const char what[] = "note a command's result";
    *found = false;
    if (!outbox_in_transaction(outbox, what, err)) {
        return false;
    }
    sqlite3_stmt *statement = outbox_statement(outbox, &command_done_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, id);
    outbox_bind_text(statement, 2, sn);
    sqlite3_bind_int64(statement, 3, now_s);
    sqlite3_bind_int(statement, 4, result);
    if (!outbox_bind_without(outbox, statement, 5, answer, err) ||
        !outbox_run(outbox, statement, what, err)) {
        return false;
    }
    *found = sqlite3_changes(outbox->db) > 0;
    return true;
}

bool outbox_each_command(struct outbox *outbox, const char *sn,
                         bool (*visit)(void *context, const struct outbox_command *command),
                         void *context, struct error *err)
{
    sqlite3_stmt *statement = outbox_statement(outbox, &commands_sql, err);
    if (statement == NULL) {
        return false;
    }
    outbox_bind_text(statement, 1, sn);
    for (;;) {
        struct outbox_command command;
        bool row = false;
        if (!outbox_step(outbox, statement, &row, "read commands", err)) {
            return false;
        }
        if (!row) {
            return true;
        }
        bool fine = read_command(outbox, statement, &command, err);
        if (!fine || !visit(context, &command)) {
            sqlite3_reset(statement);
            return fine;
        }
    }
}
