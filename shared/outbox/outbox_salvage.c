#include "outbox/outbox_salvage.h"

#include "outbox/outbox_pull.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "outbox/outbox_private.h"
#include "outbox/outbox_rejected.h"

/*
 * A damaged page makes a query fail from there on. So rows are asked for by id, and after a failure
 * from an id further on, twice as far each time; what was leapt over between is then narrowed down.
 */
#define ROW_COLUMNS                                                                                \
    "id, check_time, user_id, device_sn, status, verify_type, source, received_s, raw"
#define ROW_ORDER " FROM punch WHERE id >= ?1 ORDER BY id"
static const char rows_sql[] = "SELECT " ROW_COLUMNS ", work_code, way" ROW_ORDER;
/* Of a file that was damaged before it was brought to this version. */
static const char rows_4_sql[] = "SELECT " ROW_COLUMNS ", '', 0" ROW_ORDER;
static const char probe_sql[] = "SELECT id FROM punch WHERE id >= ?1 ORDER BY id LIMIT 1";
static const char cursor_sql[] = "SELECT cursor FROM state";
static const char refused_sql[] = "SELECT 1 FROM refused WHERE id = ?1";
static const char rejected_sql[] =
    "SELECT device_sn, line, reason, rejected_s, method, query, content_type, file, stranger, wall,"
    " check_time, settled_s, settled_why FROM rejected";
static const char rejected_4_sql[] =
    "SELECT device_sn, line, reason, rejected_s, '', x'', '', 0, 0, rejected_s, 0, 0, ''"
    " FROM rejected";
static const char slots_sql[] =
    "SELECT device_sn, slot, since, until, user_id FROM slot ORDER BY device_sn, slot, since";
static const char forgotten_sql[] =
    "SELECT (SELECT forget_key FROM state), hash, forgotten_s FROM forgotten";
static const char version_sql[] = "PRAGMA user_version";
static const char size_sql[] = "SELECT (SELECT page_count FROM pragma_page_count) *"
                               " (SELECT page_size FROM pragma_page_size)";
static const char devices_sql[] =
    "SELECT sn, address, push_version, info, first_seen_s, last_seen_s, punches, last_punch"
    " FROM device";

enum {
    ROWS = 5000, /* of one transaction */
    LOOK_STEPS = 10000,
};

/* Between the years 1900 and 3000. */
static const walltime oldest = -2208988800;
static const walltime newest = 32503680000;

static const char making_suffix[] = ".salvage";

struct salvage {
    sqlite3 *old;
    struct outbox *made;
    struct outbox_salvaged *counts;
    int64_t cursor;
    bool cursor_known;
    sqlite3_stmt *refused;
    bool want_uploaded; /* of the two kinds of punches, the one that is copied now */
    int64_t last;       /* the newest id copied in the new file */
    size_t in_transaction;
};

/* ---- is it damaged? ---- */

struct looking {
    time_t end;
    bool (*stopped)(void *context);
    void *context;
};

static int is_enough(void *context)
{
    const struct looking *looking = context;
    return time(NULL) > looking->end ||
           (looking->stopped != NULL && looking->stopped(looking->context));
}

static bool is_damage(int code)
{
    int plain = code & 0xFF;
    return plain == SQLITE_CORRUPT || plain == SQLITE_NOTADB;
}

bool outbox_sound(const char *path, bool (*stopped)(void *context), void *context,
                  struct error *err)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *look = NULL;
    struct looking looking = {time(NULL) + OUTBOX_LOOK_S, stopped, context};
    bool sound = true;
    if (!file_exists(path) || is_enough(&looking)) {
        return true;
    }
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) ==
        SQLITE_OK) {
        sqlite3_progress_handler(db, LOOK_STEPS, is_enough, &looking);
        int code = sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &look, NULL);
        if (code == SQLITE_OK) {
            code = sqlite3_step(look);
        }
        const char *word =
            code == SQLITE_ROW ? (const char *)sqlite3_column_text(look, 0) : sqlite3_errmsg(db);
        sound =
            !is_damage(code) && (code != SQLITE_ROW || (word != NULL && strcmp(word, "ok") == 0));
        if (!sound) {
            error_set(err, ERR_CORRUPT, code, "the outbox %s is damaged: %s", path,
                      word != NULL ? word : "it cannot be read");
        }
    }
    sqlite3_finalize(look);
    sqlite3_close(db);
    return sound;
}

bool outbox_is_large(const char *path)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *size = NULL;
    bool large = false;
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(db, size_sql, -1, &size, NULL) == SQLITE_OK &&
        sqlite3_step(size) == SQLITE_ROW) {
        large = sqlite3_column_int64(size, 0) > OUTBOX_LARGE;
    }
    sqlite3_finalize(size);
    sqlite3_close(db);
    return large;
}

/* ---- reading what can be read ---- */

static sqlite3_stmt *prepare(struct salvage *salvage, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(salvage->old, sql, -1, &statement, NULL) != SQLITE_OK) {
        sqlite3_finalize(statement);
        return NULL;
    }
    return statement;
}

static sqlite3_stmt *prepare_either(struct salvage *salvage, const char *sql, const char *older)
{
    sqlite3_stmt *statement = prepare(salvage, sql);
    return statement != NULL ? statement : prepare(salvage, older);
}

static bool column_text(sqlite3_stmt *statement, int column, char *out, size_t size)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    struct span span = {text, (size_t)sqlite3_column_bytes(statement, column)};
    return text != NULL && utf8_valid(span) && span_copy(span, out, size);
}

/* Whether the database has this punch, by what the old file says. Not known: it is sent again. */
static bool uploaded(struct salvage *salvage, int64_t id)
{
    if (!salvage->cursor_known || id > salvage->cursor || salvage->refused == NULL) {
        return false;
    }
    sqlite3_reset(salvage->refused);
    sqlite3_bind_int64(salvage->refused, 1, id);
    int code = sqlite3_step(salvage->refused);
    sqlite3_reset(salvage->refused);
    return code == SQLITE_DONE;
}

static bool commit_if_many(struct salvage *salvage, size_t most, struct error *err)
{
    if (++salvage->in_transaction < most) {
        return true;
    }
    salvage->in_transaction = 0;
    return outbox_commit(salvage->made, err) && outbox_begin(salvage->made, err);
}

/* Damage may leave a row that can be read and holds rubbish: that is no punch. */
static bool read_punch(sqlite3_stmt *row, struct punch *punch)
{
    memset(punch, 0, sizeof *punch);
    punch->time = sqlite3_column_int64(row, 1);
    punch->status = sqlite3_column_int(row, 4);
    punch->verify = sqlite3_column_int(row, 5);
    punch->raw.at = (const char *)sqlite3_column_text(row, 8);
    punch->raw.len = (size_t)sqlite3_column_bytes(row, 8);
    int way = sqlite3_column_int(row, 10);
    punch->way = way >= 0 && way < PUNCH_WAYS ? (enum punch_way)way : PUNCH_PUSHED;
    return column_text(row, 2, punch->user_id, sizeof punch->user_id) &&
           column_text(row, 9, punch->work_code, sizeof punch->work_code) &&
           column_text(row, 3, punch->device_sn, sizeof punch->device_sn) &&
           punch->raw.at != NULL && punch->raw.len <= PUNCH_RAW_MAX && utf8_valid(punch->raw) &&
           punch->time >= oldest && punch->time < newest;
}

static bool copy_punch(struct salvage *salvage, sqlite3_stmt *row, struct error *err)
{
    struct punch punch;
    enum outbox_added added;
    bool done = uploaded(salvage, sqlite3_column_int64(row, 0));
    if (done != salvage->want_uploaded || !read_punch(row, &punch)) {
        return true;
    }
    int64_t source = sqlite3_column_int64(row, 6);
    source = source == 0 || source == OUTBOX_SOURCE_ACCESS ? source : OUTBOX_SOURCE_LOST;
    if (!outbox_append(salvage->made, &punch, source, sqlite3_column_int64(row, 7), &added, err)) {
        return false;
    }
    if (added == OUTBOX_NEW) {
        salvage->last++;
        *(done ? &salvage->counts->uploaded : &salvage->counts->waiting) += 1;
    }
    return commit_if_many(salvage, ROWS, err);
}

static bool readable(struct salvage *salvage, sqlite3_stmt *probe, int64_t from)
{
    sqlite3_reset(probe);
    sqlite3_bind_int64(probe, 1, from);
    int code = sqlite3_step(probe);
    sqlite3_reset(probe);
    (void)salvage;
    return code == SQLITE_ROW || code == SQLITE_DONE;
}

/* The first id above `bad` from which on rows can be read. */
static int64_t leap(struct salvage *salvage, sqlite3_stmt *probe, int64_t bad)
{
    int64_t step = 1;
    while (step < INT64_MAX / 4 - bad && !readable(salvage, probe, bad + step)) {
        step *= 2;
    }
    int64_t good = bad + step;
    while (good - bad > 1) {
        int64_t middle = bad + (good - bad) / 2;
        if (readable(salvage, probe, middle)) {
            good = middle;
        } else {
            bad = middle;
        }
    }
    return good;
}

static bool copy_punches(struct salvage *salvage, bool want_uploaded, struct error *err)
{
    sqlite3_stmt *rows = prepare_either(salvage, rows_sql, rows_4_sql);
    sqlite3_stmt *probe = prepare(salvage, probe_sql);
    int64_t from = 0;
    bool fine = true;
    salvage->want_uploaded = want_uploaded;
    while (fine && rows != NULL && probe != NULL && from < INT64_MAX / 4) {
        int code;
        int64_t id = from - 1;
        sqlite3_reset(rows);
        sqlite3_bind_int64(rows, 1, from);
        while (fine && (code = sqlite3_step(rows)) == SQLITE_ROW) {
            id = sqlite3_column_int64(rows, 0);
            fine = copy_punch(salvage, rows, err);
        }
        if (!fine || code == SQLITE_DONE) {
            break;
        }
        from = leap(salvage, probe, id + 1);
    }
    sqlite3_finalize(rows);
    sqlite3_finalize(probe);
    return fine;
}

static void read_cursor(struct salvage *salvage)
{
    sqlite3_stmt *statement = prepare(salvage, cursor_sql);
    if (statement != NULL && sqlite3_step(statement) == SQLITE_ROW) {
        salvage->cursor = sqlite3_column_int64(statement, 0);
        salvage->cursor_known = salvage->cursor >= 0;
    }
    sqlite3_finalize(statement);
}

/* A log file's record is not kept: the file is read anew, and its lines are set aside again. */
static bool copy_rejected(struct salvage *salvage, struct error *err)
{
    char sn[PUNCH_SN_MAX + 1];
    char reason[ERROR_TEXT_MAX];
    char method[OUTBOX_REJECTED_WORD + 1];
    char type[OUTBOX_REJECTED_WORD + 1];
    bool fine = true;
    sqlite3_stmt *row = prepare_either(salvage, rejected_sql, rejected_4_sql);
    while (fine && row != NULL && sqlite3_step(row) == SQLITE_ROW) {
        enum outbox_kept kept;
        struct outbox_rejection rejection = {
            .device_sn = sn,
            .reason = reason,
            .method = method,
            .content_type = type,
            .stranger = sqlite3_column_int(row, 8) != 0,
            .wall = sqlite3_column_int64(row, 9),
            .time = sqlite3_column_int64(row, 10),
        };
        rejection.bytes.at = (const char *)sqlite3_column_blob(row, 1);
        rejection.bytes.len = (size_t)sqlite3_column_bytes(row, 1);
        rejection.query.at = (const char *)sqlite3_column_blob(row, 5);
        rejection.query.len = (size_t)sqlite3_column_bytes(row, 5);
        if (sqlite3_column_int64(row, 7) == 0 && sqlite3_column_int64(row, 11) == 0 &&
            column_text(row, 0, sn, sizeof sn) && column_text(row, 2, reason, sizeof reason) &&
            column_text(row, 4, method, sizeof method) && column_text(row, 6, type, sizeof type)) {
            fine =
                outbox_reject(salvage->made, &rejection, sqlite3_column_int64(row, 3), &kept, err);
        }
    }
    sqlite3_finalize(row);
    return fine;
}

static bool copy_devices(struct salvage *salvage, struct error *err)
{
    bool fine = true;
    sqlite3_stmt *row = prepare(salvage, devices_sql);
    while (fine && row != NULL && sqlite3_step(row) == SQLITE_ROW) {
        struct outbox_device device;
        memset(&device, 0, sizeof device);
        if (column_text(row, 0, device.sn, sizeof device.sn) &&
            column_text(row, 1, device.address, sizeof device.address) &&
            column_text(row, 2, device.push_version, sizeof device.push_version) &&
            column_text(row, 3, device.info, sizeof device.info)) {
            device.first_seen_s = sqlite3_column_int64(row, 4);
            device.last_seen_s = sqlite3_column_int64(row, 5);
            device.punches = sqlite3_column_int64(row, 6);
            device.last_punch = sqlite3_column_int64(row, 7);
            fine = outbox_device_save(salvage->made, &device, err);
        }
    }
    sqlite3_finalize(row);
    return fine;
}

/* Whose a slot was: without it an old record could become another person's. */
static bool copy_slots(struct salvage *salvage, struct error *err)
{
    bool fine = true;
    sqlite3_stmt *row = prepare(salvage, slots_sql);
    while (fine && row != NULL && sqlite3_step(row) == SQLITE_ROW) {
        char sn[PUNCH_SN_MAX + 1];
        char user[PUNCH_USER_MAX + 1];
        uint32_t slot = (uint32_t)sqlite3_column_int64(row, 1);
        if (column_text(row, 0, sn, sizeof sn) && column_text(row, 4, user, sizeof user)) {
            fine = outbox_slot(salvage->made, sn, slot, user, sqlite3_column_int64(row, 2), err) &&
                   outbox_slot(salvage->made, sn, slot, user, sqlite3_column_int64(row, 3), err);
        }
    }
    sqlite3_finalize(row);
    return fine;
}

/* A version of the file that could forget nobody. */
static bool forgets_nobody(struct salvage *salvage)
{
    sqlite3_stmt *row = prepare(salvage, version_sql);
    int version = row != NULL && sqlite3_step(row) == SQLITE_ROW ? sqlite3_column_int(row, 0) : 0;
    sqlite3_finalize(row);
    return version >= 1 && version <= 4;
}

/* First of all: nobody comes back by this. */
static bool copy_forgotten(struct salvage *salvage, struct error *err)
{
    int code = SQLITE_CORRUPT;
    bool fine = true;
    bool keyed = true;
    sqlite3_stmt *row = prepare(salvage, forgotten_sql);
    while (fine && keyed && row != NULL && (code = sqlite3_step(row)) == SQLITE_ROW) {
        keyed = sqlite3_column_bytes(row, 0) == KEYHASH_KEY;
        fine = !keyed || outbox_forgotten_take(salvage->made, sqlite3_column_blob(row, 0),
                                               sqlite3_column_int64(row, 1),
                                               sqlite3_column_int64(row, 2), err);
    }
    sqlite3_finalize(row);
    salvage->counts->forgotten_lost = code != SQLITE_DONE && !forgets_nobody(salvage);
    return fine;
}

/* Of the punches those that are in the database first, since the cursor parts the two. */
static bool copy_all(struct salvage *salvage, int64_t now_s, struct error *err)
{
    read_cursor(salvage);
    salvage->refused = prepare(salvage, refused_sql);
    bool fine = outbox_begin(salvage->made, err) && copy_forgotten(salvage, err) &&
                copy_punches(salvage, true, err) &&
                outbox_advance(salvage->made, salvage->last, now_s, err) &&
                copy_punches(salvage, false, err) && copy_rejected(salvage, err) &&
                copy_devices(salvage, err) && copy_slots(salvage, err) &&
                outbox_devices_settle(salvage->made, err) && outbox_commit(salvage->made, err);
    sqlite3_finalize(salvage->refused);
    return fine;
}

/* ---- the files ---- */

static const char log_suffix[] = "-wal";
static const char *const companions[] = {log_suffix, "-shm"};

static bool beside(const char *path, const char *suffix, char out[FILE_PATH_MAX], struct error *err)
{
    int wrote = snprintf(out, FILE_PATH_MAX, "%s%s", path, suffix);
    return (wrote > 0 && wrote < FILE_PATH_MAX) ||
           error_set(err, ERR_INVALID, 0, "the path %s is too long", path);
}

static bool remove_companions(const char *path, struct error *err)
{
    char name[FILE_PATH_MAX];
    for (size_t i = 0; i < HB_COUNT(companions); i++) {
        if (!beside(path, companions[i], name, err) ||
            (file_exists(name) && !file_remove(name, err))) {
            return false;
        }
    }
    return true;
}

static bool remove_all(const char *path, struct error *err)
{
    return remove_companions(path, err) && (!file_exists(path) || file_remove(path, err));
}

/*
 * A name for the damaged file that is not taken: outbox.db.damaged-1, -2, … What stands beside a
 * name without its file was left by a power cut (keep) and goes.
 */
static bool name_kept(const char *path, char out[FILE_PATH_MAX], struct error *err)
{
    for (int i = 1; i < 1000; i++) {
        char suffix[24];
        snprintf(suffix, sizeof suffix, ".damaged-%d", i);
        if (!beside(path, suffix, out, err)) {
            return false;
        }
        if (!file_exists(out)) {
            return remove_companions(out, err);
        }
    }
    return error_set(err, ERR_FULL, 0, "there are too many damaged files beside %s", path);
}

/*
 * The damaged database gets its other name. Without its log it would be another database, so the
 * log is copied first and goes last: whenever the power goes, the file is whole with its log, under
 * the one name or under the other.
 */
static bool keep(const char *path, const char *kept, struct error *err)
{
    char from[FILE_PATH_MAX];
    char to[FILE_PATH_MAX];
    return beside(path, log_suffix, from, err) && beside(kept, log_suffix, to, err) &&
           (!file_exists(from) || file_copy_new(from, to, err)) && file_move(path, kept, err) &&
           remove_companions(path, err);
}

/* The new one is closed, and all of it in one file: else it could not come at one stroke. */
static bool is_in_one(const char *making, struct error *err)
{
    char name[FILE_PATH_MAX];
    return beside(making, log_suffix, name, err) &&
           (!file_exists(name) ||
            error_set(err, ERR_BUSY, 0, "the new outbox is not in one file yet: %s is there still",
                      name));
}

bool outbox_salvage_finish(const char *path, struct error *err)
{
    char making[FILE_PATH_MAX];
    if (!beside(path, making_suffix, making, err)) {
        return false;
    }
    if (!file_exists(making)) {
        return true;
    }
    /* The old one goes before the new one comes, and only once that is whole; what stands beside
     * the name still is the old one's. */
    return file_exists(path) ? remove_all(making, err)
                             : remove_companions(path, err) && file_move(making, path, err);
}

bool outbox_salvage(const char *path, const struct outbox_options *options, int64_t now_s,
                    struct outbox_salvaged *salvaged, struct error *err)
{
    char making[FILE_PATH_MAX];
    struct outbox_options unbounded = *options;
    struct salvage salvage = {.counts = salvaged};
    bool fine = false;
    memset(salvaged, 0, sizeof *salvaged);
    unbounded.max_mb = 0;
    unbounded.has_ignore_before = false;
    unbounded.skip_pushed = false; /* what is there twice was there before this was set */
    if (!beside(path, making_suffix, making, err) || !remove_all(making, err) ||
        !name_kept(path, salvaged->kept, err)) {
        return false;
    }
    salvage.made = outbox_open(making, &unbounded, err);
    if (salvage.made == NULL) {
        goto out;
    }
    /* What cannot even be opened leaves nothing to be read. */
    salvaged->forgotten_lost = true;
    if (sqlite3_open_v2(path, &salvage.old, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) ==
        SQLITE_OK) {
        (void)sqlite3_db_config(salvage.old, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        fine = copy_all(&salvage, now_s, err);
    } else {
        fine = true;
    }
out:
    sqlite3_close(salvage.old);
    outbox_close(salvage.made);
    return fine && is_in_one(making, err) && keep(path, salvaged->kept, err) &&
           file_move(making, path, err);
}
