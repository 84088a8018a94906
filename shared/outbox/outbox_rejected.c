#include "outbox/outbox_rejected.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "outbox/outbox_private.h"

static const struct outbox_sql find_sql = {
    SQL_REJECTED_FIND, "SELECT id FROM rejected WHERE device_sn = ?1 AND query = ?3 AND method = ?4"
                       " AND (file = ?5 OR file > 0 AND ?5 > 0) AND " OUTBOX_SAME_LINE("?2")};
static const struct outbox_sql again_sql = {
    SQL_REJECTED_AGAIN, "UPDATE rejected SET times = times + 1, last_s = max(last_s, ?2),"
                        " file = CASE WHEN file IN (?3, ?4) THEN file ELSE ?4 END,"
                        " holds = CASE ?5 WHEN 0 THEN holds ELSE min(holds, ?5) END WHERE id = ?1"};
static const struct outbox_sql share_sql = {
    SQL_REJECTED_SHARE, "SELECT coalesce((SELECT bytes FROM rejected_share WHERE stranger = ?2"
                        " AND device_sn = iif(?2, '', ?1) AND file = iif(?2, 0, min(?3, 1))), 0)"};
static const struct outbox_sql add_sql = {
    SQL_REJECTED_ADD,
    "INSERT INTO rejected (device_sn, line, reason, rejected_s, last_s, times, stranger, file,"
    " method, query, content_type, wall, check_time, holds, settled_s, settled_why)"
    " VALUES (?1, ?2, ?3, ?4, ?4, 1, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
    " CASE ?12 WHEN 0 THEN min(?10, coalesce((SELECT through + 1 FROM proof"
    " WHERE sn = ?1 AND proof <> 0), 0)) ELSE ?12 END, 0, '')"};
static const struct outbox_sql let_go_sql = {SQL_REJECTED_LET_GO,
                                             "UPDATE state SET let_go = let_go + 1"};
static const struct outbox_sql gone_sql = {
    SQL_REJECTED_GONE, "DELETE FROM rejected WHERE file = ?1 AND last_s < ?2 AND settled_s = 0"};
static const struct outbox_sql any_age_sql = {
    SQL_REJECTED_ANY_AGE,
    "UPDATE rejected SET holds = min(holds, coalesce((SELECT through + 1 FROM proof"
    " WHERE sn = device_sn AND proof <> 0), 0))"
    " WHERE settled_s = 0 AND (file = ?1 OR file = ?3 AND last_s >= ?2)"};
static const struct outbox_sql settle_id_sql = {
    SQL_REJECTED_SETTLE_ID, "UPDATE rejected SET settled_s = ?1, settled_why = ?2"
                            " WHERE settled_s = 0 AND id = ?3"};
static const struct outbox_sql settle_sql = {
    SQL_REJECTED_SETTLE, "UPDATE rejected SET settled_s = ?1, settled_why = ?2 WHERE settled_s = 0"
                         " AND (?3 IS NULL OR device_sn = ?3) AND (?4 = 0 OR file = ?4)"
                         " AND CASE check_time WHEN 0 THEN wall ELSE check_time END >= ?5"
                         " AND CASE check_time WHEN 0 THEN wall ELSE check_time END < ?6"};
static const struct outbox_sql prune_sql = {
    SQL_REJECTED_PRUNE, "DELETE FROM rejected WHERE settled_s > 0 AND settled_s < ?1"};

#define REJECTED_COLUMNS                                                                           \
    "id, device_sn, line, reason, rejected_s, last_s, times, method, query, content_type, file,"   \
    " stranger, wall, check_time, settled_s, settled_why"
static const struct outbox_sql next_sql = {
    SQL_REJECTED_NEXT, "SELECT " REJECTED_COLUMNS " FROM rejected"
                       " WHERE id > ?1 AND settled_s = 0 AND file = 0 ORDER BY id LIMIT 1"};
static const char rejected_query[] = "SELECT " REJECTED_COLUMNS " FROM rejected"
                                     " WHERE settled_s = 0 OR ?2 ORDER BY id DESC LIMIT ?1";

static const char let_go_query[] = "SELECT let_go FROM state WHERE ?1 > 0";

static const char refused_query[] =
    "SELECT refused.id, check_time, user_id, device_sn, status, verify_type, raw, code, reason,"
    " refused_s FROM refused JOIN punch ON punch.id = refused.id ORDER BY refused.id DESC LIMIT ?1";

static const char what_keep[] = "keep what is no punch";

/* ---- setting aside ---- */

static const char *text_or_none(const char *text)
{
    return text != NULL ? text : "";
}

static bool find_same(struct outbox *outbox, const struct outbox_rejection *rejection,
                      struct span bytes, int64_t *id, struct error *err)
{
    sqlite3_stmt *statement = outbox_statement(outbox, &find_sql, err);
    if (statement == NULL) {
        return false;
    }
    outbox_bind_text(statement, 1, rejection->device_sn);
    outbox_bind_bytes(statement, 2, bytes);
    outbox_bind_bytes(statement, 3, rejection->query);
    outbox_bind_text(statement, 4, text_or_none(rejection->method));
    sqlite3_bind_int64(statement, 5, rejection->file);
    return outbox_number(outbox, statement, id, what_keep, err);
}

static bool has_room(struct outbox *outbox, const struct outbox_rejection *rejection, size_t bytes,
                     bool *room, struct error *err)
{
    int64_t used = 0;
    int64_t share = rejection->stranger ? OUTBOX_SHARE_STRANGERS : OUTBOX_SHARE;
    sqlite3_stmt *statement = outbox_statement(outbox, &share_sql, err);
    if (statement == NULL) {
        return false;
    }
    outbox_bind_text(statement, 1, rejection->device_sn);
    sqlite3_bind_int(statement, 2, rejection->stranger);
    sqlite3_bind_int64(statement, 3, rejection->file);
    if (!outbox_number(outbox, statement, &used, what_keep, err)) {
        return false;
    }
    *room = used + (int64_t)bytes <= share;
    return true;
}

static bool add(struct outbox *outbox, const struct outbox_rejection *rejection, struct span bytes,
                int64_t now_s, struct error *err)
{
    sqlite3_stmt *statement = outbox_statement(outbox, &add_sql, err);
    if (statement == NULL) {
        return false;
    }
    outbox_bind_text(statement, 1, rejection->device_sn);
    outbox_bind_bytes(statement, 2, bytes);
    outbox_bind_text(statement, 3, rejection->reason);
    sqlite3_bind_int64(statement, 4, now_s);
    sqlite3_bind_int(statement, 5, rejection->stranger);
    sqlite3_bind_int64(statement, 6, rejection->file);
    outbox_bind_text(statement, 7, text_or_none(rejection->method));
    outbox_bind_bytes(statement, 8, rejection->query);
    outbox_bind_text(statement, 9, text_or_none(rejection->content_type));
    sqlite3_bind_int64(statement, 10, rejection->wall);
    sqlite3_bind_int64(statement, 11, rejection->time);
    sqlite3_bind_int64(statement, 12, rejection->time != 0 ? rejection->time : rejection->after);
    return outbox_run(outbox, statement, what_keep, err);
}

/*
 * A key that the terminal delivered. Where it can't be read, the bytes stand for the user, with a
 * sign that no user has in front.
 */
void outbox_mark_write(uint64_t hash, char mark[PUNCH_USER_MAX + 1])
{
    snprintf(mark, PUNCH_USER_MAX + 1, "\x01%016llx", (unsigned long long)hash);
}

void outbox_mark_of(struct span bytes, char mark[PUNCH_USER_MAX + 1])
{
    outbox_mark_write(hash_bytes(HASH_BEGIN, bytes.at, bytes.len), mark);
}

static bool note_key(struct outbox *outbox, const struct outbox_rejection *rejection,
                     const char *mark, struct error *err)
{
    bool known = rejection->time != 0 && rejection->user != NULL && rejection->user[0] != '\0';
    if (rejection->file != 0 || rejection->no_record) {
        return true;
    }
    return outbox_key_note(outbox, rejection->device_sn, known ? rejection->user : mark,
                           known ? rejection->time : 0, err);
}

bool outbox_rejected_was_read(struct outbox *outbox, const char *device_sn, struct span bytes,
                              struct error *err)
{
    char mark[PUNCH_USER_MAX + 1];
    outbox_mark_of(bytes, mark);
    return outbox_in_transaction(outbox, what_keep, err) &&
           outbox_key_forget(outbox, device_sn, mark, 0, err);
}

/* mark: outbox_mark_of the bytes as they came. */
static bool reject(struct outbox *outbox, const struct outbox_rejection *rejection,
                   const char *mark, int64_t now_s, enum outbox_kept *kept, struct error *err)
{
    struct span bytes = rejection->bytes;
    int64_t same = 0;
    bool room = false;
    if (!find_same(outbox, rejection, bytes, &same, err)) {
        return false;
    }
    if (same != 0) {
        sqlite3_stmt *statement = outbox_statement(outbox, &again_sql, err);
        if (statement == NULL) {
            return false;
        }
        sqlite3_bind_int64(statement, 1, same);
        sqlite3_bind_int64(statement, 2, now_s);
        sqlite3_bind_int64(statement, 3, rejection->file);
        sqlite3_bind_int64(statement, 4, OUTBOX_SEVERAL_LOGS);
        sqlite3_bind_int64(statement, 5, rejection->after);
        *kept = OUTBOX_ASIDE_AGAIN;
        return outbox_run(outbox, statement, what_keep, err) &&
               note_key(outbox, rejection, mark, err);
    }
    if (!has_room(outbox, rejection, bytes.len, &room, err)) {
        return false;
    }
    if (!room) {
        *kept = OUTBOX_NO_ROOM;
        /* The vendor's database has it still, and brings it again. */
        return rejection->file == OUTBOX_SOURCE_ACCESS ||
               outbox_run(outbox, outbox_statement(outbox, &let_go_sql, err), what_keep, err);
    }
    *kept = OUTBOX_SET_ASIDE;
    return add(outbox, rejection, bytes, now_s, err) && note_key(outbox, rejection, mark, err);
}

/* A copy in which nobody who is forgotten can be read, in `room`; as outbox_forgotten_blot. */
static bool copy_without(struct outbox *outbox, struct span from, struct outbox_aside *aside,
                         char *room, struct span *copy, bool *changed, struct error *err)
{
    memcpy(room, from.len > 0 ? from.at : "", from.len);
    *copy = (struct span){room, from.len};
    return outbox_forgotten_blot(outbox, room, from.len, aside, changed, err);
}

static bool reject_without(struct outbox *outbox, const struct outbox_rejection *rejection,
                           int64_t now_s, enum outbox_kept *kept, struct error *err)
{
    struct outbox_rejection copy = *rejection;
    struct span reason = span_of(rejection->reason);
    char mark[PUNCH_USER_MAX + 1];
    bool changed = false;
    bool elsewhere = false;
    struct outbox_aside aside = {.device_sn = text_or_none(rejection->device_sn),
                                 .content_type = text_or_none(rejection->content_type),
                                 .file = rejection->file};
    char *room = malloc(rejection->bytes.len + rejection->query.len + reason.len + 1);
    if (room == NULL) {
        return error_set(err, ERR_MEMORY, 0, "no memory to set something aside");
    }
    char *query = room + rejection->bytes.len;
    char *words = query + rejection->query.len;
    bool fine = copy_without(outbox, rejection->bytes, &aside, room, &copy.bytes, &changed, err) &&
                copy_without(outbox, rejection->query, NULL, query, &copy.query, &elsewhere, err) &&
                copy_without(outbox, reason, NULL, words, &reason, &elsewhere, err);
    words[reason.len] = '\0';
    copy.reason = words;
    /* Two lines of one shape are one record then, and two keys still. */
    outbox_mark_of(rejection->bytes, mark);
    fine = fine && (!changed || outbox_forgotten_mark(outbox, rejection->bytes, mark, err)) &&
           reject(outbox, &copy, mark, now_s, kept, err);
    free(room);
    return fine;
}

bool outbox_reject(struct outbox *outbox, const struct outbox_rejection *rejection, int64_t now_s,
                   enum outbox_kept *kept, struct error *err)
{
    char mark[PUNCH_USER_MAX + 1];
    bool forgotten = false;
    const char *user = rejection->user != NULL ? rejection->user : "";
    if (!outbox_in_transaction(outbox, what_keep, err) || !outbox_place(outbox, err) ||
        !outbox_forgotten(outbox, user, rejection->time, mark, &forgotten, err)) {
        return false;
    }
    if (!forgotten || rejection->time == 0) {
        if (outbox->forgets) {
            return reject_without(outbox, rejection, now_s, kept, err);
        }
        outbox_mark_of(rejection->bytes, mark);
        return reject(outbox, rejection, mark, now_s, kept, err);
    }
    *kept = OUTBOX_ASIDE_AGAIN;
    return rejection->file != 0 || rejection->no_record ||
           outbox_key_note(outbox, rejection->device_sn, mark, rejection->time, err);
}

bool outbox_reject_line(struct outbox *outbox, const char *device_sn, struct span line,
                        const char *reason, int64_t now_s, struct error *err)
{
    enum outbox_kept kept;
    const struct outbox_rejection rejection = {
        .device_sn = device_sn, .bytes = line, .reason = reason, .wall = now_s};
    return outbox_reject(outbox, &rejection, now_s, &kept, err);
}

bool outbox_rejected_of_file(struct outbox *outbox, int64_t file, int64_t began_s, bool any_age,
                             struct error *err)
{
    static const char what[] = "note what was set aside of a file";
    if (!outbox_in_transaction(outbox, what, err)) {
        return false;
    }
    sqlite3_stmt *statement = outbox_statement(outbox, &gone_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, file);
    sqlite3_bind_int64(statement, 2, began_s);
    if (!outbox_run(outbox, statement, what, err)) {
        return false;
    }
    statement = any_age ? outbox_statement(outbox, &any_age_sql, err) : NULL;
    if (statement == NULL) {
        return !any_age;
    }
    sqlite3_bind_int64(statement, 1, file);
    sqlite3_bind_int64(statement, 2, began_s);
    sqlite3_bind_int64(statement, 3, OUTBOX_SEVERAL_LOGS);
    return outbox_run(outbox, statement, what, err);
}

/* ---- settling ---- */

bool outbox_settle_rejected(struct outbox *outbox, const struct outbox_settling *settling,
                            int64_t now_s, size_t *count, struct error *err)
{
    static const char what[] = "settle what is set aside";
    *count = 0;
    if (!outbox_in_transaction(outbox, what, err)) {
        return false;
    }
    sqlite3_stmt *statement =
        outbox_statement(outbox, settling->id != 0 ? &settle_id_sql : &settle_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, now_s);
    if (!outbox_bind_without(outbox, statement, 2, span_of(settling->reason), err)) {
        return false;
    }
    if (settling->id != 0) {
        sqlite3_bind_int64(statement, 3, settling->id);
    } else {
        if (settling->sn != NULL) {
            outbox_bind_text(statement, 3, settling->sn);
        } else {
            sqlite3_bind_null(statement, 3);
        }
        sqlite3_bind_int64(statement, 4, settling->file);
        sqlite3_bind_int64(statement, 5, settling->from);
        sqlite3_bind_int64(statement, 6, settling->to);
    }
    if (!outbox_run(outbox, statement, what, err)) {
        return false;
    }
    *count = (size_t)sqlite3_changes(outbox->db);
    return true;
}

bool outbox_prune_settled(struct outbox *outbox, int64_t before_s, struct error *err)
{
    static const char what[] = "forget what was settled";
    if (!outbox_in_transaction(outbox, what, err)) {
        return false;
    }
    sqlite3_stmt *statement = outbox_statement(outbox, &prune_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, before_s);
    return outbox_run(outbox, statement, what, err);
}

/* ---- reading ---- */

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

static struct span bytes_at(sqlite3_stmt *statement, int column)
{
    const char *bytes = (const char *)sqlite3_column_blob(statement, column);
    return (struct span){bytes != NULL ? bytes : "",
                         (size_t)sqlite3_column_bytes(statement, column)};
}

static struct outbox_rejected rejected_at(sqlite3_stmt *statement)
{
    return (struct outbox_rejected){
        .id = sqlite3_column_int64(statement, 0),
        .device_sn = text_of(statement, 1),
        .bytes = bytes_at(statement, 2),
        .reason = text_of(statement, 3),
        .rejected_s = sqlite3_column_int64(statement, 4),
        .last_s = sqlite3_column_int64(statement, 5),
        .times = sqlite3_column_int64(statement, 6),
        .method = text_of(statement, 7),
        .query = bytes_at(statement, 8),
        .content_type = text_of(statement, 9),
        .file = sqlite3_column_int64(statement, 10),
        .stranger = sqlite3_column_int(statement, 11) != 0,
        .wall = sqlite3_column_int64(statement, 12),
        .time = sqlite3_column_int64(statement, 13),
        .settled_s = sqlite3_column_int64(statement, 14),
        .settled_why = text_of(statement, 15),
    };
}

bool outbox_each_rejected(struct outbox *outbox, size_t limit, bool settled,
                          bool (*visit)(void *context, const struct outbox_rejected *rejected),
                          void *context, struct error *err)
{
    static const char what[] = "read what is set aside";
    sqlite3_stmt *statement = prepare(outbox, rejected_query, limit, what, err);
    bool row = statement != NULL;
    bool fine = row;
    if (row) {
        sqlite3_bind_int(statement, 2, settled);
    }
    while (row && (fine = outbox_step(outbox, statement, &row, what, err)) && row) {
        struct outbox_rejected rejected = rejected_at(statement);
        row = visit(context, &rejected);
    }
    sqlite3_finalize(statement);
    return fine;
}

bool outbox_rejected_next(struct outbox *outbox, int64_t above,
                          bool (*visit)(void *context, const struct outbox_rejected *rejected),
                          void *context, bool *found, struct error *err)
{
    sqlite3_stmt *statement = outbox_statement(outbox, &next_sql, err);
    *found = false;
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, above);
    if (!outbox_step(outbox, statement, found, "read what is set aside", err)) {
        return false;
    }
    if (*found) {
        struct outbox_rejected rejected = rejected_at(statement);
        (void)visit(context, &rejected);
        sqlite3_reset(statement);
    }
    return true;
}

bool outbox_rejected_let_go(struct outbox *outbox, int64_t *count, struct error *err)
{
    static const char what[] = "count what found no room";
    bool row = false;
    *count = 0;
    sqlite3_stmt *statement = prepare(outbox, let_go_query, 1, what, err);
    bool fine = statement != NULL && outbox_step(outbox, statement, &row, what, err);
    if (row) {
        *count = sqlite3_column_int64(statement, 0);
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
