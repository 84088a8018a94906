#include "outbox/outbox_private.h"
#include "outbox/outbox_proof.h"

#include <string.h>

static const struct outbox_sql file_find_sql = {
    SQL_FILE_FIND, "SELECT id, name, size, modified_s, read_s, high_id, new_count, known_count,"
                   " ignored_count, rejected_count, archived_as, changed, volume, number FROM file"
                   " WHERE name = ?1 AND archived_as = ''"};
static const struct outbox_sql file_new_sql = {
    SQL_FILE_NEW, "INSERT INTO file (name, size, modified_s, read_s, high_id, new_count,"
                  " known_count, ignored_count, rejected_count, archived_as)"
                  " VALUES (?1, 0, 0, 0, 0, 0, 0, 0, 0, '')"};
static const struct outbox_sql file_save_sql = {
    SQL_FILE_SAVE, "UPDATE file SET name = ?2, size = ?3, modified_s = ?4, read_s = ?5,"
                   " high_id = max(high_id, ?6), new_count = ?7, known_count = ?8,"
                   " ignored_count = ?9, rejected_count = ?10, archived_as = ?11, changed = ?12,"
                   " volume = ?13, number = ?14 WHERE id = ?1"};
static const struct outbox_sql file_unclaim_sql = {SQL_FILE_UNCLAIM,
                                                   "DELETE FROM claim WHERE file_id = ?1"};
static const struct outbox_sql file_uploaded_sql = {
    SQL_FILE_UPLOADED,
    "SELECT (SELECT cursor FROM state) >="
    " max(?2, coalesce((SELECT high_id FROM file WHERE id = ?1), 0))"
    " AND NOT EXISTS (SELECT 1 FROM refused WHERE"
    " EXISTS (SELECT 1 FROM punch WHERE punch.id = refused.id AND source = ?1)"
    " OR EXISTS (SELECT 1 FROM claim WHERE punch_id = refused.id AND file_id = ?1))"};
static const struct outbox_sql files_sql = {
    SQL_FILES, "SELECT id, name, size, modified_s, read_s, high_id, new_count, known_count,"
               " ignored_count, rejected_count, archived_as, changed, volume, number FROM file "
               "ORDER BY id DESC LIMIT ?1"};

static const struct outbox_sql file_archived_sql = {
    SQL_FILE_ARCHIVED, "SELECT id, name, size, modified_s, read_s, high_id, new_count, known_count,"
                       " ignored_count, rejected_count, archived_as, changed, volume, number"
                       " FROM file WHERE id > ?1 AND archived_as <> '' AND read_s < ?2"
                       " ORDER BY id LIMIT 1"};
static const struct outbox_sql file_forget_sql = {
    SQL_FILE_FORGET, "DELETE FROM file WHERE id = ?1 AND archived_as <> ''"};

static bool read_file(struct outbox *outbox, sqlite3_stmt *statement, struct outbox_file *file,
                      struct error *err)
{
    memset(file, 0, sizeof *file);
    if (!outbox_column_text(statement, 1, file->name, sizeof file->name) ||
        !outbox_column_text(statement, 10, file->archived_as, sizeof file->archived_as)) {
        return outbox_corrupt(outbox, "a file's name is longer than one can be", err);
    }
    file->id = sqlite3_column_int64(statement, 0);
    file->size = sqlite3_column_int64(statement, 2);
    file->modified_s = sqlite3_column_int64(statement, 3);
    file->read_s = sqlite3_column_int64(statement, 4);
    file->high_id = sqlite3_column_int64(statement, 5);
    file->new_count = (uint64_t)sqlite3_column_int64(statement, 6);
    file->known_count = (uint64_t)sqlite3_column_int64(statement, 7);
    file->ignored_count = (uint64_t)sqlite3_column_int64(statement, 8);
    file->rejected_count = (uint64_t)sqlite3_column_int64(statement, 9);
    file->changed = sqlite3_column_int64(statement, 11);
    file->volume = (uint64_t)sqlite3_column_int64(statement, 12);
    file->number = (uint64_t)sqlite3_column_int64(statement, 13);
    return true;
}

bool outbox_file_begin(struct outbox *outbox, const char *name, struct outbox_file *file,
                       struct error *err)
{
    static const char what[] = "note a log file";
    bool row = false;
    if (!outbox_in_transaction(outbox, what, err)) {
        return false;
    }
    if (*name == '\0' || strlen(name) >= sizeof file->name) {
        return error_set(err, ERR_INVALID, 0, "the log file's name is too long: %s", name);
    }
    sqlite3_stmt *statement = outbox_statement(outbox, &file_find_sql, err);
    if (statement == NULL) {
        return false;
    }
    outbox_bind_text(statement, 1, name);
    if (!outbox_step(outbox, statement, &row, what, err)) {
        return false;
    }
    if (row) {
        bool done = read_file(outbox, statement, file, err);
        sqlite3_reset(statement);
        return done;
    }
    statement = outbox_statement(outbox, &file_new_sql, err);
    if (statement == NULL) {
        return false;
    }
    outbox_bind_text(statement, 1, name);
    if (!outbox_run(outbox, statement, what, err)) {
        return false;
    }
    memset(file, 0, sizeof *file);
    memcpy(file->name, name, strlen(name) + 1);
    file->id = sqlite3_last_insert_rowid(outbox->db);
    return true;
}

bool outbox_file_save(struct outbox *outbox, const struct outbox_file *file, struct error *err)
{
    static const char what[] = "note a log file";
    if (!outbox_in_transaction(outbox, what, err)) {
        return false;
    }
    sqlite3_stmt *statement = outbox_statement(outbox, &file_save_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, file->id);
    outbox_bind_text(statement, 2, file->name);
    sqlite3_bind_int64(statement, 3, file->size);
    sqlite3_bind_int64(statement, 4, file->modified_s);
    sqlite3_bind_int64(statement, 5, file->read_s);
    sqlite3_bind_int64(statement, 6, file->high_id);
    sqlite3_bind_int64(statement, 7, (sqlite3_int64)file->new_count);
    sqlite3_bind_int64(statement, 8, (sqlite3_int64)file->known_count);
    sqlite3_bind_int64(statement, 9, (sqlite3_int64)file->ignored_count);
    sqlite3_bind_int64(statement, 10, (sqlite3_int64)file->rejected_count);
    outbox_bind_text(statement, 11, file->archived_as);
    sqlite3_bind_int64(statement, 12, file->changed);
    sqlite3_bind_int64(statement, 13, (sqlite3_int64)file->volume);
    sqlite3_bind_int64(statement, 14, (sqlite3_int64)file->number);
    if (!outbox_run(outbox, statement, what, err)) {
        return false;
    }
    if (sqlite3_changes(outbox->db) == 0) {
        outbox->failed = true;
        return error_set(err, ERR_NOT_FOUND, 0, "the outbox %s knows no log file %lld",
                         outbox->path, (long long)file->id);
    }
    /* No terminal may come for long: what the file brought is passed now, not looked through later.
     */
    if (!outbox_devices_credit(outbox, err)) {
        return false;
    }
    if (file->archived_as[0] == '\0') {
        return true;
    }
    if (!outbox_prove_file(outbox, file, err)) {
        return false;
    }
    statement = outbox_statement(outbox, &file_unclaim_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, file->id);
    return outbox_run(outbox, statement, what, err);
}

bool outbox_file_uploaded(struct outbox *outbox, const struct outbox_file *file, bool *uploaded,
                          struct error *err)
{
    bool row = false;
    *uploaded = false;
    sqlite3_stmt *statement = outbox_statement(outbox, &file_uploaded_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, file->id);
    sqlite3_bind_int64(statement, 2, file->high_id);
    if (!outbox_step(outbox, statement, &row, "look for a log file's punches", err)) {
        return false;
    }
    if (row) {
        *uploaded = sqlite3_column_int(statement, 0) != 0;
        sqlite3_reset(statement);
    }
    return true;
}

bool outbox_each_file(struct outbox *outbox, size_t limit,
                      bool (*visit)(void *context, const struct outbox_file *file), void *context,
                      struct error *err)
{
    struct outbox_file file;
    sqlite3_stmt *statement = outbox_statement(outbox, &files_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, limit < INT64_MAX ? (sqlite3_int64)limit : INT64_MAX);
    for (;;) {
        bool row = false;
        if (!outbox_step(outbox, statement, &row, "list the log files", err)) {
            return false;
        }
        if (!row) {
            return true;
        }
        bool read = read_file(outbox, statement, &file, err);
        if (!read || !visit(context, &file)) {
            sqlite3_reset(statement);
            return read;
        }
    }
}

bool outbox_file_archived_before(struct outbox *outbox, int64_t before_s, int64_t above,
                                 struct outbox_file *file, bool *found, struct error *err)
{
    *found = false;
    sqlite3_stmt *statement = outbox_statement(outbox, &file_archived_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, above);
    sqlite3_bind_int64(statement, 2, before_s);
    if (!outbox_step(outbox, statement, found, "look for archived files", err)) {
        return false;
    }
    bool fine = !*found || read_file(outbox, statement, file, err);
    sqlite3_reset(statement);
    return fine;
}

bool outbox_file_forget(struct outbox *outbox, int64_t id, struct error *err)
{
    static const char what[] = "forget an archived file";
    if (!outbox_in_transaction(outbox, what, err)) {
        return false;
    }
    sqlite3_stmt *statement = outbox_statement(outbox, &file_forget_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, id);
    return outbox_run(outbox, statement, what, err);
}
