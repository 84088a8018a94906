#include "outbox/outbox_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct outbox_sql begin_sql = {SQL_BEGIN, "BEGIN IMMEDIATE"};
static const struct outbox_sql commit_sql = {SQL_COMMIT, "COMMIT"};
static const struct outbox_sql rollback_sql = {SQL_ROLLBACK, "ROLLBACK"};
static const struct outbox_sql snapshot_sql = {SQL_SNAPSHOT, "BEGIN"};

/* ---- opening and closing ---- */

static int64_t clock_ms(void)
{
    sqlite3_int64 now = 0;
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    (void)vfs->xCurrentTimeInt64(vfs, &now);
    return now;
}

enum {
    CHECKPOINT_PAGES = 1000, /* of the log, from which on it is carried into the file */
    CHECKPOINT_RESTART = 4,  /* times as many, from which on nobody writes meanwhile */
    CHECKPOINT_URGENT = 2,   /* times as many where somebody waits: others have done it before */
    CHECKPOINT_MS = 100,     /* readers are waited for then */
};

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
    if (now - outbox->busy_since_ms >= (outbox->checkpointing ? CHECKPOINT_MS : OUTBOX_BUSY_MS)) {
        return 0;
    }
    (void)sqlite3_sleep(PAUSE_MS);
    return 1;
}

static bool take_turn(struct outbox *outbox)
{
    const struct outbox_options *options = &outbox->options;
    outbox->turn =
        options->turns != NULL && turns_take(options->turns, options->urgent, OUTBOX_BUSY_MS);
    return outbox->turn || options->turns == NULL;
}

static void give_turn(struct outbox *outbox)
{
    if (outbox->turn) {
        outbox->turn = false;
        turns_give(outbox->options.turns);
    }
}

/*
 * The log begins anew only where all of it is in the file when the next one writes. Of two who
 * write without a pause, one always commits while the other carries the log over, and it grows
 * without bound: then the others wait until it is done. Somebody who reads for long lets nobody
 * finish; he is waited for again only when the log has grown, not at each commit.
 */
static int carry_over(void *context, sqlite3 *db, const char *name, int pages)
{
    struct outbox *outbox = context;
    int each = outbox->checkpoint_pages;
    if (pages < each) {
        return SQLITE_OK;
    }
    if (pages < outbox->restart_at - each) {
        outbox->restart_at = each * CHECKPOINT_RESTART; /* it has begun anew since */
    }
    bool wait = pages >= outbox->restart_at;
    bool mine = outbox->turn; /* not of what is written without a transaction of ours */
    give_turn(outbox);        /* others can write meanwhile … */
    enum outbox_spent_on on = outbox_spend(outbox, OUTBOX_SPENT_CARRY);
    outbox->checkpointing = true;
    if (!wait || outbox->options.turns != NULL) {
        (void)sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    }
    if (wait && take_turn(outbox)) { /* … and for what they have written since, nobody does */
        (void)sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_RESTART, NULL, NULL);
    }
    outbox->checkpointing = false;
    (void)outbox_spend(outbox, on);
    if (!mine) {
        give_turn(outbox);
    }
    if (wait) {
        outbox->restart_at = pages + each; /* of no consequence where it was done */
    }
    return SQLITE_OK; /* what could not be carried over is by the next commit */
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
    outbox->checkpoint_pages = CHECKPOINT_PAGES * (outbox->options.urgent ? CHECKPOINT_URGENT : 1);
    outbox->restart_at = outbox->checkpoint_pages * CHECKPOINT_RESTART;
    (void)sqlite3_wal_hook(outbox->db, carry_over, outbox);
    /* A page that is made begins empty, and what is deleted is overwritten, where that costs no
     * write more: else what lay in memory before, the number of one who was forgotten
     * (outbox_forget.h), gets into the file with a page's free space. */
    (void)sqlite3_exec(outbox->db, "PRAGMA secure_delete = FAST", NULL, NULL, NULL);
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
    outbox_held_free(&outbox->held);
    free(outbox);
}

/* ---- transactions ---- */

static bool begin(struct outbox *outbox, struct error *err)
{
    static const char what[] = "begin a transaction";
    if (outbox->writing) {
        return error_set(err, ERR_INVALID, 0, "a transaction is open in the outbox %s already",
                         outbox->path);
    }
    if (!take_turn(outbox)) {
        return error_set(err, ERR_BUSY, SQLITE_BUSY, "cannot %s in the outbox %s: %s (%d)", what,
                         outbox->path, sqlite3_errstr(SQLITE_BUSY), SQLITE_BUSY);
    }
    if (!outbox_run(outbox, outbox_statement(outbox, &begin_sql, err), what, err)) {
        give_turn(outbox);
        return false;
    }
    outbox->writing = true;
    outbox->failed = false;
    outbox->placed = false;
    outbox->came_count = 0;
    return true;
}

bool outbox_begin(struct outbox *outbox, struct error *err)
{
    enum outbox_spent_on on = outbox_spend(outbox, OUTBOX_SPENT_WAIT);
    bool begun = begin(outbox, err);
    (void)outbox_spend(outbox, on);
    return begun;
}

static bool commit(struct outbox *outbox, struct error *err)
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
    done = done && outbox_keys_count(outbox, err) &&
           outbox_run(outbox, outbox_statement(outbox, &commit_sql, err), what, err);
    if (!done) {
        outbox_rollback(outbox);
    }
    outbox->writing = false;
    outbox->placed = false;
    give_turn(outbox);
    outbox->spent.commits += done;
    return done;
}

bool outbox_commit(struct outbox *outbox, struct error *err)
{
    enum outbox_spent_on on = outbox_spend(outbox, OUTBOX_SPENT_FLUSH);
    bool done = commit(outbox, err);
    (void)outbox_spend(outbox, on);
    return done;
}

void outbox_rollback(struct outbox *outbox)
{
    /* Some failures have rolled it back already; and a rollback that fails leaves nothing open. */
    if (outbox->db != NULL && !sqlite3_get_autocommit(outbox->db)) {
        outbox_run(outbox, outbox_statement(outbox, &rollback_sql, NULL), "roll back", NULL);
    }
    outbox->writing = false;
    outbox->placed = false;
    give_turn(outbox);
}

bool outbox_snapshot(struct outbox *outbox, struct error *err)
{
    if (outbox->snapshots == 0 && !outbox->writing &&
        !outbox_run(outbox, outbox_statement(outbox, &snapshot_sql, err), "look at one moment",
                    err)) {
        return false;
    }
    outbox->snapshots++;
    return true;
}

void outbox_snapshot_end(struct outbox *outbox)
{
    if (--outbox->snapshots == 0 && !outbox->writing) {
        outbox_rollback(outbox);
    }
}

bool outbox_awaited(const struct outbox *outbox)
{
    return outbox->turn && !outbox->options.urgent && turns_awaited(outbox->options.turns);
}
