#include "outbox/outbox_event.h"

#include <string.h>

#include "outbox/outbox_private.h"

static const struct outbox_sql told_sql = {
    SQL_EVENT_TOLD, "INSERT INTO told (event, about, since_s, last_s, times, over, strings)"
                    " VALUES (?1, ?2, ?3, ?3, 1, 0, ?4) ON CONFLICT (event, about) DO UPDATE SET"
                    " since_s = CASE WHEN over THEN excluded.since_s ELSE since_s END,"
                    " times = CASE WHEN over THEN 1 ELSE times + 1 END,"
                    " last_s = excluded.last_s, over = 0, strings = excluded.strings"};

static const struct outbox_sql prune_sql = {
    SQL_EVENT_PRUNE, "DELETE FROM told WHERE event = ?1 AND about NOT IN"
                     " (SELECT about FROM told WHERE event = ?1 ORDER BY last_s DESC LIMIT ?2)"};

static const struct outbox_sql over_sql = {
    SQL_EVENT_OVER, "UPDATE told SET over = 1 WHERE event = ?1 AND (?2 = '' OR about = ?3)"};

static const struct outbox_sql events_sql = {
    SQL_EVENTS, "SELECT event, about, since_s, last_s, times, over, strings FROM told"
                " WHERE ?1 = 0 OR event = ?1 ORDER BY last_s DESC, event, about"};

bool outbox_event_told(struct outbox *outbox, const struct outbox_event *told, struct error *err)
{
    sqlite3_stmt *statement = outbox_statement(outbox, &told_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int(statement, 1, told->event);
    outbox_bind_text(statement, 2, told->about);
    sqlite3_bind_int64(statement, 3, told->last_s);
    if (!outbox_bind_without(outbox, statement, 4, span_of(told->strings), err) ||
        !outbox_run(outbox, statement, "keep what was told", err)) {
        return false;
    }
    statement = outbox_statement(outbox, &prune_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int(statement, 1, told->event);
    sqlite3_bind_int(statement, 2, OUTBOX_EVENT_EACH);
    return outbox_run(outbox, statement, "forget what was told long ago", err);
}

bool outbox_event_over(struct outbox *outbox, int event, const char *about, struct error *err)
{
    sqlite3_stmt *statement = outbox_statement(outbox, &over_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int(statement, 1, event);
    outbox_bind_text(statement, 2, about != NULL ? "one" : "");
    outbox_bind_text(statement, 3, about != NULL ? about : "");
    return outbox_run(outbox, statement, "end what was told", err);
}

bool outbox_each_event(struct outbox *outbox, int event,
                       bool (*visit)(void *context, const struct outbox_event *told), void *context,
                       struct error *err)
{
    struct outbox_event told;
    bool row = false;
    sqlite3_stmt *statement = outbox_statement(outbox, &events_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int(statement, 1, event);
    while (outbox_step(outbox, statement, &row, "read what was told", err)) {
        if (!row) {
            return true;
        }
        memset(&told, 0, sizeof told);
        told.event = sqlite3_column_int(statement, 0);
        told.since_s = sqlite3_column_int64(statement, 2);
        told.last_s = sqlite3_column_int64(statement, 3);
        told.times = sqlite3_column_int64(statement, 4);
        told.over = sqlite3_column_int(statement, 5) != 0;
        if (!outbox_column_text(statement, 1, told.about, sizeof told.about) ||
            !outbox_column_text(statement, 6, told.strings, sizeof told.strings)) {
            sqlite3_reset(statement);
            return outbox_corrupt(outbox, "an event is longer than one can be", err);
        }
        if (!visit(context, &told)) {
            sqlite3_reset(statement);
            return true;
        }
    }
    return false;
}
