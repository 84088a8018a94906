#include "outbox/outbox_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- failures and statements, for all outbox_*.c ---- */

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

sqlite3_stmt *outbox_statement(struct outbox *outbox, enum outbox_sql sql, struct error *err)
{
    sqlite3_stmt **statement = &outbox->statements[sql];
    if (*statement != NULL) {
        sqlite3_reset(*statement);
        return *statement;
    }
    if (sqlite3_prepare_v3(outbox->db, outbox_sql_texts[sql], -1, SQLITE_PREPARE_PERSISTENT,
                           statement, NULL) != SQLITE_OK) {
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
    sqlite3_stmt *statement = outbox_statement(outbox, SQL_PLACE, err);
    if (statement == NULL || !outbox_step(outbox, statement, &row, "read the cursor", err)) {
        return false;
    }
    if (!row) {
        return outbox_corrupt(outbox, "it has no cursor", err);
    }
    outbox->last = sqlite3_column_int64(statement, 0);
    outbox->cursor = sqlite3_column_int64(statement, 1);
    outbox->logs = sqlite3_column_int(statement, 2) != 0;
    outbox->credited = sqlite3_column_int64(statement, 3);
    outbox->placed = true;
    sqlite3_reset(statement);
    return true;
}

void outbox_bind_span(sqlite3_stmt *statement, int index, struct span text)
{
    (void)sqlite3_bind_text64(statement, index, text.len > 0 ? text.at : "", text.len,
                              SQLITE_STATIC, SQLITE_UTF8);
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

/* ---- opening and closing ---- */

static int64_t clock_ms(void)
{
    sqlite3_int64 now = 0;
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    (void)vfs->xCurrentTimeInt64(vfs, &now);
    return now;
}

/*
 * SQLite's own handler soon waits 100 ms at a time, and beside a writer with one transaction after
 * the other it misses its turn for long.
 */
static int wait_turn(void *context, int tries)
{
    enum { PAUSE_MS = 1 };
    struct outbox *outbox = context;
    int64_t now = clock_ms();
    if (tries == 0 || now < outbox->busy_since_ms) {
        outbox->busy_since_ms = now;
    }
    if (now - outbox->busy_since_ms >= OUTBOX_BUSY_MS) {
        return 0;
    }
    (void)sqlite3_sleep(PAUSE_MS);
    return 1;
}

/*
 * Another connection's commit empties this one's cache, so that little of a large one is ever hit.
 * Half of it makes a log that is sorted by user a third slower.
 */
static bool bound_cache(struct outbox *outbox, struct error *err)
{
    char bound[64];
    snprintf(bound, sizeof bound, "PRAGMA cache_size = -%d", (int)OUTBOX_CACHE_KB);
    return sqlite3_exec(outbox->db, bound, NULL, NULL, NULL) == SQLITE_OK ||
           outbox_failed(outbox, "bound the memory", err);
}

static bool open_database(struct outbox *outbox, struct error *err)
{
    int flags =
        outbox->readonly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    if (outbox->readonly) {
        if (!file_exists(outbox->path)) {
            return error_set(err, ERR_NOT_FOUND, 0, "there is no outbox %s yet", outbox->path);
        }
    } else {
        char folder[FILE_PATH_MAX];
        if (!file_folder(outbox->path, folder, sizeof folder)) {
            return error_set(err, ERR_INVALID, 0, "the path %s is too long", outbox->path);
        }
        if (!file_make_folder(folder, err)) {
            return error_prefix(err, "cannot open the outbox: ");
        }
    }
    int code = sqlite3_open_v2(outbox->path, &outbox->db, flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (outbox->db == NULL) {
        return error_set(err, ERR_MEMORY, code, "no memory to open the outbox %s", outbox->path);
    }
    if (code != SQLITE_OK) {
        outbox_failed(outbox, "open the file", err);
        return false;
    }
    (void)sqlite3_extended_result_codes(outbox->db, 1);
    (void)sqlite3_busy_handler(outbox->db, wait_turn, outbox);
    return outbox_schema(outbox, err) && bound_cache(outbox, err);
}

static struct outbox *open_outbox(const char *path, const struct outbox_options *options,
                                  struct error *err)
{
    struct outbox *outbox = calloc(1, sizeof *outbox);
    if (outbox == NULL) {
        error_set(err, ERR_MEMORY, 0, "no memory to open the outbox %s", path);
        return NULL;
    }
    outbox->readonly = options == NULL;
    if (options != NULL) {
        outbox->options = *options;
    }
    if (!span_copy(span_of(path), outbox->path, sizeof outbox->path)) {
        error_set(err, ERR_INVALID, 0, "the path %s is too long", path);
        goto close;
    }
    if (!open_database(outbox, err)) {
        goto close;
    }
    outbox->failed = false;
    return outbox;
close:
    outbox_close(outbox);
    return NULL;
}

struct outbox *outbox_open(const char *path, const struct outbox_options *options,
                           struct error *err)
{
    static const struct outbox_options none;
    return open_outbox(path, options != NULL ? options : &none, err);
}

struct outbox *outbox_open_readonly(const char *path, struct error *err)
{
    return open_outbox(path, NULL, err);
}

void outbox_close(struct outbox *outbox)
{
    if (outbox == NULL) {
        return;
    }
    outbox_rollback(outbox);
    for (size_t i = 0; i < HB_COUNT(outbox->statements); i++) {
        sqlite3_finalize(outbox->statements[i]);
    }
    sqlite3_close(outbox->db);
    free(outbox);
}

/* ---- transactions ---- */

bool outbox_begin(struct outbox *outbox, struct error *err)
{
    if (outbox->writing) {
        return error_set(err, ERR_INVALID, 0, "a transaction is open in the outbox %s already",
                         outbox->path);
    }
    if (!outbox_run(outbox, outbox_statement(outbox, SQL_BEGIN, err), "begin a transaction", err)) {
        return false;
    }
    outbox->writing = true;
    outbox->failed = false;
    outbox->placed = false;
    return true;
}

bool outbox_commit(struct outbox *outbox, struct error *err)
{
    static const char what[] = "commit";
    if (!outbox_in_transaction(outbox, what, err)) {
        return false;
    }
    /* A step that failed may have left out a row: what the caller believes stored must not be told
     * so. */
    bool done = !outbox->failed ||
                error_set(err, ERR_SYSTEM, 0,
                          "nothing was stored in the outbox %s: a step of the transaction failed",
                          outbox->path);
    done = done && outbox_run(outbox, outbox_statement(outbox, SQL_COMMIT, err), what, err);
    if (!done) {
        outbox_rollback(outbox);
    }
    outbox->writing = false;
    outbox->placed = false;
    return done;
}

void outbox_rollback(struct outbox *outbox)
{
    /* Some failures have rolled it back already; and a rollback that fails leaves nothing open. */
    if (outbox->db != NULL && !sqlite3_get_autocommit(outbox->db)) {
        outbox_run(outbox, outbox_statement(outbox, SQL_ROLLBACK, NULL), "roll back", NULL);
    }
    outbox->writing = false;
    outbox->placed = false;
}

/* ---- what comes in ---- */

struct found {
    bool there;
    int64_t id;
    int64_t source;
    bool refused;
};

/* Of two log files: one names no terminal, the other does ("HIP_DEVICE_1", "HIP_DEVICE_1-3"). */
static bool one_names_more(const char *one, const char *other)
{
    size_t one_len = strlen(one);
    size_t other_len = strlen(other);
    size_t len = one_len < other_len ? one_len : other_len;
    return one_len != other_len && memcmp(one, other, len) == 0 &&
           (one_len > len ? one : other)[len] == '-';
}

/*
 * Looks for the punch, or for its twin: the same user and time from the other kind of source, or
 * from a log that says less or more of the terminal. One probe of the index finds all; the punch
 * itself is preferred.
 */
static bool find(struct outbox *outbox, const struct punch *punch, int64_t source,
                 struct found *found, struct error *err)
{
    sqlite3_stmt *statement = outbox_statement(outbox, SQL_FIND, err);
    if (statement == NULL) {
        return false;
    }
    found->there = false;
    sqlite3_bind_int64(statement, 1, punch->time);
    outbox_bind_text(statement, 2, punch->user_id);
    for (;;) {
        bool row = false;
        if (!outbox_step(outbox, statement, &row, "look for a punch", err)) {
            return false;
        }
        if (!row) {
            return true;
        }
        const char *sn = (const char *)sqlite3_column_text(statement, 1);
        bool same = sn != NULL && strcmp(sn, punch->device_sn) == 0;
        bool pushed = sqlite3_column_int64(statement, 2) == 0;
        bool twin = outbox->options.skip_pushed &&
                    (pushed != (source == 0) ||
                     (!pushed && sn != NULL && one_names_more(sn, punch->device_sn)));
        if (same || (twin && !found->there)) {
            found->there = true;
            found->id = sqlite3_column_int64(statement, 0);
            found->source = sqlite3_column_int64(statement, 2);
            found->refused = sqlite3_column_int(statement, 3) != 0;
        }
        if (same) {
            sqlite3_reset(statement);
            return true;
        }
    }
}

/* The file has a part in a punch that came from elsewhere and is not in the database. */
static bool claim(struct outbox *outbox, int64_t punch_id, int64_t file_id, struct error *err)
{
    sqlite3_stmt *statement = outbox_statement(outbox, SQL_CLAIM, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, punch_id);
    sqlite3_bind_int64(statement, 2, file_id);
    return outbox_run(outbox, statement, "note a file's punch", err);
}

/* *inserted: false when the punch is there already. */
static bool insert(struct outbox *outbox, const struct punch *punch, int64_t source, int64_t now_s,
                   bool *inserted, struct error *err)
{
    static const char what[] = "store a punch";
    if (source != 0 && !outbox->logs) {
        if (!outbox_run(outbox, outbox_statement(outbox, SQL_LOGS, err), what, err)) {
            return false;
        }
        outbox->logs = true;
    }
    sqlite3_stmt *statement = outbox_statement(outbox, SQL_APPEND, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, outbox->last + 1);
    sqlite3_bind_int64(statement, 2, punch->time);
    outbox_bind_text(statement, 3, punch->user_id);
    outbox_bind_text(statement, 4, punch->device_sn);
    sqlite3_bind_int(statement, 5, punch->status);
    sqlite3_bind_int(statement, 6, punch->verify);
    sqlite3_bind_int64(statement, 7, source);
    sqlite3_bind_int64(statement, 8, now_s);
    outbox_bind_span(statement, 9, punch->raw);
    if (!outbox_run(outbox, statement, what, err)) {
        return false;
    }
    *inserted = sqlite3_changes(outbox->db) > 0;
    outbox->last += *inserted;
    return true;
}

bool outbox_append(struct outbox *outbox, const struct punch *punch, int64_t source, int64_t now_s,
                   enum outbox_added *added, struct error *err)
{
    struct found found = {.there = false};
    bool inserted = false;
    if (!outbox_in_transaction(outbox, "store a punch", err)) {
        return false;
    }
    if (outbox->options.has_ignore_before && punch->time < outbox->options.ignore_before) {
        *added = OUTBOX_IGNORED;
        return true;
    }
    if (!outbox_place(outbox, err)) {
        return false;
    }
    /* The look for a twin costs a quarter of a row's time: only where there can be one. */
    bool twins = outbox->options.skip_pushed && (source != 0 || outbox->logs);
    if (twins && !find(outbox, punch, source, &found, err)) {
        return false;
    }
    if (!found.there && !insert(outbox, punch, source, now_s, &inserted, err)) {
        return false;
    }
    if (inserted) {
        *added = OUTBOX_NEW;
        return true;
    }
    if (!found.there && !find(outbox, punch, source, &found, err)) {
        return false;
    }
    if (!found.there) {
        return outbox_corrupt(outbox, "a punch is in its index and not in its table", err);
    }
    bool elsewhere = source != 0 && found.source != source;
    bool through = found.id <= outbox->cursor && !found.refused;
    *added = found.refused ? OUTBOX_REFUSED : OUTBOX_KNOWN;
    return !elsewhere || through || claim(outbox, found.id, source, err);
}

bool outbox_reject_line(struct outbox *outbox, const char *device_sn, struct span line,
                        const char *reason, int64_t now_s, struct error *err)
{
    static const char what[] = "keep a line that is no punch";
    char clean[PUNCH_RAW_MAX + 1];
    if (!outbox_in_transaction(outbox, what, err)) {
        return false;
    }
    sqlite3_stmt *statement = outbox_statement(outbox, SQL_REJECT_LINE, err);
    if (statement == NULL) {
        return false;
    }
    size_t len = utf8_clean(line, clean, sizeof clean);
    outbox_bind_text(statement, 1, device_sn);
    outbox_bind_span(statement, 2, (struct span){clean, len});
    outbox_bind_text(statement, 3, reason);
    sqlite3_bind_int64(statement, 4, now_s);
    if (!outbox_run(outbox, statement, what, err)) {
        return false;
    }
    int64_t id = sqlite3_last_insert_rowid(outbox->db);
    statement = outbox_statement(outbox, SQL_REJECTED_LIMIT, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, id - OUTBOX_REJECTED_MAX);
    return outbox_run(outbox, statement, what, err);
}
