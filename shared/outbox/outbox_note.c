#include "outbox/outbox_note.h"

#include <string.h>

#include "outbox/outbox_private.h"

static const struct outbox_sql note_sql = {
    SQL_NOTE, "INSERT OR REPLACE INTO note (name, text) VALUES (?1, ?2)"};
static const struct outbox_sql noted_sql = {SQL_NOTED, "SELECT text FROM note WHERE name = ?1"};

static const char *const names[OUTBOX_NOTES] = {
    [OUTBOX_NOTE_SERVICE_VERSION] = "service.version",
    [OUTBOX_NOTE_SERVICE_STARTED] = "service.started_s",
    [OUTBOX_NOTE_UPLOADER_STATE] = "uploader.state",
    [OUTBOX_NOTE_UPLOADER_ERROR] = "uploader.error",
    [OUTBOX_NOTE_UPLOADER_HOST] = "uploader.host",
    [OUTBOX_NOTE_UPLOADER_SERVER] = "uploader.server",
    [OUTBOX_NOTE_UPLOADER_TLS] = "uploader.tls",
    [OUTBOX_NOTE_UPLOADER_TLS_ISSUER] = "uploader.tls_issuer",
    [OUTBOX_NOTE_UPLOADER_TLS_UNTIL] = "uploader.tls_until_s",
    [OUTBOX_NOTE_UPLOADER_TRUST] = "uploader.trust",
    [OUTBOX_NOTE_UPLOADER_LAST_SUCCESS] = "uploader.last_success_s",
    [OUTBOX_NOTE_UPLOADER_REACHED] = "uploader.reached_s",
    [OUTBOX_NOTE_UPLOADER_ROUND_TRIP] = "uploader.round_trip_us",
    [OUTBOX_NOTE_SYNC_LAST_RUN] = "sync.last_run",
    [OUTBOX_NOTE_SYNC_NEXT_RUN] = "sync.next_run",
    [OUTBOX_NOTE_SYNC_RULES] = "sync.rules",
    [OUTBOX_NOTE_SYNC_SUMMARY] = "sync.summary",
    [OUTBOX_NOTE_RELOADED] = "service.reloaded",
    [OUTBOX_NOTE_PC_ADDRESSES] = "pc.addresses",
    [OUTBOX_NOTE_PC_CALLED] = "pc.called",
    [OUTBOX_NOTE_PC_VENDOR] = "pc.vendor",
    [OUTBOX_NOTE_ALARM_SENT] = "alarm.sent",
    [OUTBOX_NOTE_LEVEL_TOLD] = "level.told",
    [OUTBOX_NOTE_TERMINALS_WATCHED] = "terminals.watched",
    [OUTBOX_NOTE_RETRIED] = "terminals.retried",
    [OUTBOX_NOTE_STRANGERS] = "terminals.strangers",
    [OUTBOX_NOTE_ACCESS_PATH] = "access.path",
    [OUTBOX_NOTE_ACCESS_FIGURES] = "access.figures",
    [OUTBOX_NOTE_ACCESS_WHY] = "access.why",
    [OUTBOX_NOTE_SPENT_PUSH] = "spent.push",
    [OUTBOX_NOTE_SPENT_LOG] = "spent.log",
    [OUTBOX_NOTE_SPENT_PULL] = "spent.pull",
    [OUTBOX_NOTE_SPENT_UPLOAD] = "spent.upload",
};

bool outbox_note(struct outbox *outbox, enum outbox_note note, const char *text, struct error *err)
{
    sqlite3_stmt *statement = outbox_statement(outbox, &note_sql, err);
    if (statement == NULL) {
        return false;
    }
    struct span kept = span_of(text);
    kept.len = utf8_cut(kept, OUTBOX_NOTE_MAX);
    outbox_bind_text(statement, 1, names[note]);
    /* One without a blank is a number or a key that the program reads. */
    if (memchr(text, ' ', kept.len) == NULL) {
        outbox_bind_span(statement, 2, kept);
    } else if (!outbox_bind_without(outbox, statement, 2, kept, err)) {
        return false;
    }
    return outbox_run(outbox, statement, "keep a note", err);
}

bool outbox_noted(struct outbox *outbox, enum outbox_note note, char *out, struct error *err)
{
    bool row = false;
    out[0] = '\0';
    sqlite3_stmt *statement = outbox_statement(outbox, &noted_sql, err);
    if (statement == NULL) {
        return false;
    }
    outbox_bind_text(statement, 1, names[note]);
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
