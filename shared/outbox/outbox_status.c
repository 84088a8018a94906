#include "outbox/outbox_private.h"

#include <string.h>

bool outbox_counts(struct outbox *outbox, struct outbox_counts *counts, struct error *err)
{
    bool row = false;
    memset(counts, 0, sizeof *counts);
    sqlite3_stmt *statement = outbox_statement(outbox, SQL_COUNTS, err);
    if (statement == NULL || !outbox_step(outbox, statement, &row, "count", err)) {
        return false;
    }
    if (!row) {
        return outbox_corrupt(outbox, "it has no cursor", err);
    }
    int64_t removed = sqlite3_column_int64(statement, 2);
    int64_t refused_ahead = sqlite3_column_int64(statement, 5);
    counts->last_id = sqlite3_column_int64(statement, 0);
    counts->cursor = sqlite3_column_int64(statement, 1);
    counts->oldest_waiting_s = sqlite3_column_int64(statement, 3);
    counts->refused = sqlite3_column_int64(statement, 4);
    counts->rejected_lines = sqlite3_column_int64(statement, 6);
    counts->bytes = sqlite3_column_int64(statement, 7);
    counts->waiting = counts->last_id - counts->cursor - refused_ahead;
    counts->uploaded = counts->cursor - removed - (counts->refused - refused_ahead);
    sqlite3_reset(statement);
    return true;
}

bool outbox_note(struct outbox *outbox, const char *name, const char *text, struct error *err)
{
    sqlite3_stmt *statement = outbox_statement(outbox, SQL_NOTE, err);
    if (statement == NULL) {
        return false;
    }
    struct span kept = span_of(text);
    kept.len = utf8_cut(kept, OUTBOX_NOTE_MAX);
    outbox_bind_text(statement, 1, name);
    outbox_bind_span(statement, 2, kept);
    return outbox_run(outbox, statement, "keep a note", err);
}

bool outbox_noted(struct outbox *outbox, const char *name, char *out, struct error *err)
{
    bool row = false;
    out[0] = '\0';
    sqlite3_stmt *statement = outbox_statement(outbox, SQL_NOTED, err);
    if (statement == NULL) {
        return false;
    }
    outbox_bind_text(statement, 1, name);
    if (!outbox_step(outbox, statement, &row, "read a note", err)) {
        return false;
    }
    if (!row) {
        return true;
    }
    bool fits = outbox_column_text(statement, 0, out, OUTBOX_NOTE_MAX + 1);
    sqlite3_reset(statement);
    return fits || outbox_corrupt(outbox, "a note is longer than one can be", err);
}
