#include "outbox/outbox_note.h"
#include "outbox/outbox_scan.h"

#include <string.h>

#include "outbox/outbox_private.h"

static const struct outbox_sql scan_sql = {
    SQL_SCAN, "SELECT number, began_s, read_s, ended_s, trouble FROM scan"};
static const struct outbox_sql scan_save_sql = {
    SQL_SCAN_SAVE, "INSERT OR REPLACE INTO scan (one, number, began_s, read_s, ended_s, trouble)"
                   " VALUES (1, ?1, ?2, ?3, ?4, ?5)"};
static const struct outbox_sql scan_forget_sql = {SQL_SCAN_FORGET, "DELETE FROM scan_file"};
static const struct outbox_sql scan_file_save_sql = {
    SQL_SCAN_FILE_SAVE, "INSERT OR REPLACE INTO scan_file (name, state, size, done, new_count,"
                        " known_count, ignored_count, rejected_count, detail)"
                        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"};
static const struct outbox_sql scan_files_sql = {
    SQL_SCAN_FILES, "SELECT turn, name, state, size, done, new_count, known_count,"
                    " ignored_count, rejected_count, detail FROM scan_file WHERE turn > ?1"
                    " ORDER BY turn"};

static const char what[] = "note a run over the log folder";

bool outbox_scan_read(struct outbox *outbox, struct outbox_scan *run, struct error *err)
{
    bool row = false;
    memset(run, 0, sizeof *run);
    sqlite3_stmt *statement = outbox_statement(outbox, &scan_sql, err);
    if (statement == NULL || !outbox_step(outbox, statement, &row, what, err)) {
        return false;
    }
    if (!row) {
        return true;
    }
    run->number = sqlite3_column_int64(statement, 0);
    run->began_s = sqlite3_column_int64(statement, 1);
    run->read_s = sqlite3_column_int64(statement, 2);
    run->ended_s = sqlite3_column_int64(statement, 3);
    bool fits = outbox_column_text(statement, 4, run->trouble, sizeof run->trouble);
    sqlite3_reset(statement);
    return fits || outbox_corrupt(outbox, "a run's text is longer than one can be", err);
}

bool outbox_scan_save(struct outbox *outbox, const struct outbox_scan *run, struct error *err)
{
    struct span trouble = span_of(run->trouble);
    if (!outbox_in_transaction(outbox, what, err)) {
        return false;
    }
    sqlite3_stmt *statement = outbox_statement(outbox, &scan_save_sql, err);
    if (statement == NULL) {
        return false;
    }
    trouble.len = utf8_cut(trouble, OUTBOX_NOTE_MAX);
    sqlite3_bind_int64(statement, 1, run->number);
    sqlite3_bind_int64(statement, 2, run->began_s);
    sqlite3_bind_int64(statement, 3, run->read_s);
    sqlite3_bind_int64(statement, 4, run->ended_s);
    outbox_bind_span(statement, 5, trouble);
    return outbox_run(outbox, statement, what, err);
}

bool outbox_scan_begin(struct outbox *outbox, int64_t now_s, struct outbox_scan *run,
                       struct error *err)
{
    if (!outbox_in_transaction(outbox, what, err) || !outbox_scan_read(outbox, run, err)) {
        return false;
    }
    *run = (struct outbox_scan){.number = run->number + 1, .began_s = now_s};
    return outbox_run(outbox, outbox_statement(outbox, &scan_forget_sql, err), what, err) &&
           outbox_scan_save(outbox, run, err);
}

bool outbox_scan_note(struct outbox *outbox, const struct outbox_scan_file *file, struct error *err)
{
    if (!outbox_in_transaction(outbox, what, err)) {
        return false;
    }
    sqlite3_stmt *statement = outbox_statement(outbox, &scan_file_save_sql, err);
    if (statement == NULL) {
        return false;
    }
    outbox_bind_text(statement, 1, file->name);
    sqlite3_bind_int(statement, 2, (int)file->state);
    sqlite3_bind_int64(statement, 3, file->size);
    sqlite3_bind_int64(statement, 4, file->done);
    sqlite3_bind_int64(statement, 5, (sqlite3_int64)file->new_count);
    sqlite3_bind_int64(statement, 6, (sqlite3_int64)file->known_count);
    sqlite3_bind_int64(statement, 7, (sqlite3_int64)file->ignored_count);
    sqlite3_bind_int64(statement, 8, (sqlite3_int64)file->rejected_count);
    if (file->state != OUTBOX_SCAN_FAILED) {
        outbox_bind_text(statement, 9, file->detail); /* a name */
    } else if (!outbox_bind_without(outbox, statement, 9, span_of(file->detail), err)) {
        return false;
    }
    return outbox_run(outbox, statement, what, err);
}

static bool read_file(struct outbox *outbox, sqlite3_stmt *statement, struct outbox_scan_file *file,
                      struct error *err)
{
    int state = sqlite3_column_int(statement, 2);
    memset(file, 0, sizeof *file);
    if (!outbox_column_text(statement, 1, file->name, sizeof file->name) ||
        !outbox_column_text(statement, 9, file->detail, sizeof file->detail) ||
        state < OUTBOX_SCAN_READING || state > OUTBOX_SCAN_FAILED) {
        return outbox_corrupt(outbox, "a run's file is none", err);
    }
    file->state = (enum outbox_scan_state)state;
    file->turn = sqlite3_column_int64(statement, 0);
    file->size = sqlite3_column_int64(statement, 3);
    file->done = sqlite3_column_int64(statement, 4);
    file->new_count = (uint64_t)sqlite3_column_int64(statement, 5);
    file->known_count = (uint64_t)sqlite3_column_int64(statement, 6);
    file->ignored_count = (uint64_t)sqlite3_column_int64(statement, 7);
    file->rejected_count = (uint64_t)sqlite3_column_int64(statement, 8);
    return true;
}

bool outbox_each_scan_file(struct outbox *outbox, int64_t turn,
                           bool (*visit)(void *context, const struct outbox_scan_file *file),
                           void *context, struct error *err)
{
    struct outbox_scan_file file;
    sqlite3_stmt *statement = outbox_statement(outbox, &scan_files_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, turn);
    for (;;) {
        bool row = false;
        if (!outbox_step(outbox, statement, &row, what, err)) {
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
