#include "outbox/outbox_private.h"

#include <stdio.h>

/* "HIPB": tells the file from any other SQLite file. */
enum { APPLICATION_ID = 0x48495042 };

/*
 * Each brings the file from the version that is its index to the next one. One that has been
 * released is never changed; another is added.
 */
static const char *const migrations[] = {
    /* 0 → 1 */
    /* Times are seconds: check_time of a wall clock (walltime.h), *_s of Unix. source: 0 a
       terminal, else file.id. The index begins with what grows, so that new rows meet in few pages.
     */
    "CREATE TABLE punch ("
    " id INTEGER PRIMARY KEY,"
    " check_time INTEGER NOT NULL,"
    " user_id TEXT NOT NULL,"
    " device_sn TEXT NOT NULL,"
    " status INTEGER NOT NULL,"
    " verify_type INTEGER NOT NULL,"
    " source INTEGER NOT NULL,"
    " received_s INTEGER NOT NULL,"
    " raw TEXT NOT NULL);"
    "CREATE UNIQUE INDEX punch_key ON punch (check_time, user_id, device_sn);"
    /* One row. removed: how many ids up to the newest have no row in punch any more. logs: a punch
       of a log file has been stored, so that a pushed one may have a twin. */
    "CREATE TABLE state ("
    " one INTEGER PRIMARY KEY CHECK (one = 1),"
    " cursor INTEGER NOT NULL,"
    " removed INTEGER NOT NULL,"
    " logs INTEGER NOT NULL,"
    " advanced_s INTEGER NOT NULL);"
    "INSERT INTO state VALUES (1, 0, 0, 0, 0);"
    "CREATE TABLE refused ("
    " id INTEGER PRIMARY KEY,"
    " code INTEGER NOT NULL,"
    " reason TEXT NOT NULL,"
    " refused_s INTEGER NOT NULL);"
    "CREATE TABLE rejected ("
    " id INTEGER PRIMARY KEY,"
    " device_sn TEXT NOT NULL,"
    " line TEXT NOT NULL,"
    " reason TEXT NOT NULL,"
    " rejected_s INTEGER NOT NULL);"
    "CREATE TABLE file ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " name TEXT NOT NULL,"
    " size INTEGER NOT NULL,"
    " modified_s INTEGER NOT NULL,"
    " read_s INTEGER NOT NULL,"
    " high_id INTEGER NOT NULL,"
    " new_count INTEGER NOT NULL,"
    " known_count INTEGER NOT NULL,"
    " ignored_count INTEGER NOT NULL,"
    " rejected_count INTEGER NOT NULL,"
    " archived_as TEXT NOT NULL);"
    "CREATE UNIQUE INDEX file_open ON file (name) WHERE archived_as = '';"
    /* A punch that came from elsewhere but stands in this file too, and was not in the database
       when it was read. */
    "CREATE TABLE claim ("
    " punch_id INTEGER NOT NULL,"
    " file_id INTEGER NOT NULL,"
    " PRIMARY KEY (punch_id, file_id)) WITHOUT ROWID;"
    "CREATE TABLE device ("
    " sn TEXT PRIMARY KEY NOT NULL,"
    " address TEXT NOT NULL,"
    " push_version TEXT NOT NULL,"
    " info TEXT NOT NULL,"
    " attlog_stamp TEXT NOT NULL,"
    " operlog_stamp TEXT NOT NULL,"
    " first_seen_s INTEGER NOT NULL,"
    " last_seen_s INTEGER NOT NULL,"
    " punches INTEGER NOT NULL,"
    " last_punch INTEGER NOT NULL) WITHOUT ROWID;"
    /* The last run over the log folder: one row, and one a file; turn grows with each change. */
    "CREATE TABLE scan ("
    " one INTEGER PRIMARY KEY CHECK (one = 1),"
    " number INTEGER NOT NULL,"
    " began_s INTEGER NOT NULL,"
    " read_s INTEGER NOT NULL,"
    " ended_s INTEGER NOT NULL,"
    " trouble TEXT NOT NULL);"
    "CREATE TABLE scan_file ("
    " turn INTEGER PRIMARY KEY AUTOINCREMENT,"
    " name TEXT NOT NULL UNIQUE,"
    " state INTEGER NOT NULL,"
    " size INTEGER NOT NULL,"
    " done INTEGER NOT NULL,"
    " new_count INTEGER NOT NULL,"
    " known_count INTEGER NOT NULL,"
    " ignored_count INTEGER NOT NULL,"
    " rejected_count INTEGER NOT NULL,"
    " detail TEXT NOT NULL);"
    "CREATE TABLE note (name TEXT PRIMARY KEY NOT NULL, text TEXT NOT NULL) WITHOUT ROWID;",
    /* 1 → 2: what the status page draws (outbox_stats.h) */
    /* hour: of the punches' own wall clock, counted in hours since 1970. */
    "CREATE TABLE hour ("
    " hour INTEGER NOT NULL,"
    " device_sn TEXT NOT NULL,"
    " punches INTEGER NOT NULL,"
    " PRIMARY KEY (hour, device_sn)) WITHOUT ROWID;"
    /* counted: the id up to which hour holds the punches. */
    "ALTER TABLE state ADD COLUMN counted INTEGER NOT NULL DEFAULT 0;"
    "CREATE TABLE sample ("
    " at_s INTEGER PRIMARY KEY,"
    " waiting INTEGER NOT NULL,"
    " age_s INTEGER NOT NULL);"
    /* slot: Unix time in quarters of an hour, 0 = since the beginning. */
    "CREATE TABLE delivery ("
    " slot INTEGER NOT NULL,"
    " class INTEGER NOT NULL,"
    " punches INTEGER NOT NULL,"
    " delay_s INTEGER NOT NULL,"
    " PRIMARY KEY (slot, class)) WITHOUT ROWID;"
    "CREATE INDEX rejected_time ON rejected (rejected_s);",
    /* 2 → 3: commands for terminals, and what the completeness audit remembers of each (audit.h) */
    "CREATE TABLE command ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " device_sn TEXT NOT NULL,"
    " asker INTEGER NOT NULL,"
    " text TEXT NOT NULL,"
    " queued_s INTEGER NOT NULL,"
    " sent_s INTEGER NOT NULL,"
    " tries INTEGER NOT NULL,"
    " done_s INTEGER NOT NULL,"
    " result INTEGER NOT NULL,"
    " answer TEXT NOT NULL);"
    "CREATE INDEX command_open ON command (device_sn, id) WHERE done_s = 0;"
    "ALTER TABLE device ADD COLUMN kind TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE device ADD COLUMN records INTEGER NOT NULL DEFAULT -1;"
    "ALTER TABLE device ADD COLUMN records_at INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE device ADD COLUMN later INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE device ADD COLUMN data_s INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE device ADD COLUMN due_s INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE device ADD COLUMN settled INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE device ADD COLUMN asked_from INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE device ADD COLUMN asked_to INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE device ADD COLUMN missing INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE device ADD COLUMN held INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE device ADD COLUMN command INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE device ADD COLUMN day INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE device ADD COLUMN no_sum_until_s INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE device ADD COLUMN clock_day INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE device ADD COLUMN clock_ahead_s INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE device ADD COLUMN clock_shown_s INTEGER NOT NULL DEFAULT 0;",
    /* 3 → 4: terminals are saved later than their punches */
    /* credited: the id up to which the counts of device hold the punches. */
    ("ALTER TABLE state ADD COLUMN credited INTEGER NOT NULL DEFAULT 0;"
     "UPDATE state SET credited = max(cursor, coalesce((SELECT max(id) FROM punch), 0));"),
};

enum { SCHEMA_VERSION = HB_COUNT(migrations) };

/* Of a terminal, in the order of read_device and outbox_device_save. */
#define DEVICE_COLUMNS                                                                             \
    "sn, address, push_version, info, attlog_stamp, operlog_stamp, first_seen_s, last_seen_s,"     \
    " punches, last_punch, kind, records, records_at, later, data_s, due_s, settled, asked_from,"  \
    " asked_to, missing, held, command, day, no_sum_until_s, clock_day, clock_ahead_s,"            \
    " clock_shown_s"
/* With what it was sent since its counts were last brought up to date. */
#define DEVICE_WITH_FRESH                                                                          \
    "WITH fresh AS MATERIALIZED (SELECT device_sn, check_time FROM punch"                          \
    " WHERE id > (SELECT credited FROM state) AND source = 0)"                                     \
    " SELECT " DEVICE_COLUMNS ", count(check_time), coalesce(max(check_time), 0),"                 \
    " coalesce(sum(check_time > records_at), 0)"                                                   \
    " FROM device LEFT JOIN fresh ON device_sn = sn"
#define COMMAND_COLUMNS "id, asker, text, queued_s, sent_s, tries, done_s, result, answer"

const char *const outbox_sql_texts[SQL_COUNT] = {
    [SQL_BEGIN] = "BEGIN IMMEDIATE",
    [SQL_COMMIT] = "COMMIT",
    [SQL_ROLLBACK] = "ROLLBACK",

    [SQL_PLACE] =
        "SELECT max(cursor, coalesce((SELECT max(id) FROM punch), 0)), cursor, logs, credited"
        " FROM state",
    [SQL_LOGS] = "UPDATE state SET logs = 1",
    [SQL_FIND] = "SELECT id, device_sn, source,"
                 " EXISTS (SELECT 1 FROM refused WHERE refused.id = punch.id)"
                 " FROM punch WHERE check_time = ?1 AND user_id = ?2",
    [SQL_APPEND] = "INSERT INTO punch (id, check_time, user_id, device_sn, status, verify_type,"
                   " source, received_s, raw) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
                   " ON CONFLICT (check_time, user_id, device_sn) DO NOTHING",
    [SQL_CLAIM] = "INSERT OR IGNORE INTO claim (punch_id, file_id) VALUES (?1, ?2)",
    [SQL_REJECT_LINE] = "INSERT INTO rejected (device_sn, line, reason, rejected_s)"
                        " VALUES (?1, ?2, ?3, ?4)",
    [SQL_REJECTED_LIMIT] = "DELETE FROM rejected WHERE id <= ?1",

    [SQL_WAITING] = "SELECT id, check_time, user_id, device_sn, status, verify_type, raw FROM punch"
                    " WHERE id > (SELECT cursor FROM state)"
                    " AND NOT EXISTS (SELECT 1 FROM refused WHERE refused.id = punch.id)"
                    " ORDER BY id LIMIT ?1",
    [SQL_ADVANCE] = "UPDATE state SET cursor = ?1, advanced_s = ?2",
    [SQL_REFUSE] = "INSERT OR REPLACE INTO refused (id, code, reason, refused_s)"
                   " SELECT id, ?2, ?3, ?4 FROM punch WHERE id = ?1",
    [SQL_REFUSED_IDS] = "SELECT id FROM refused WHERE id > ?1 ORDER BY id LIMIT ?2",
    [SQL_PERIOD_IDS] = "SELECT id FROM punch WHERE id > ?1 AND id <= ?3"
                       " AND check_time >= ?4 AND check_time < ?5"
                       " AND NOT EXISTS (SELECT 1 FROM refused WHERE refused.id = punch.id)"
                       " ORDER BY id LIMIT ?2",
    [SQL_MOVE] = "UPDATE punch SET id = ?2 WHERE id = ?1",
    [SQL_MOVE_CLAIMS] = "UPDATE claim SET punch_id = ?2 WHERE punch_id = ?1",
    [SQL_UNREFUSE] = "DELETE FROM refused WHERE id = ?1",
    [SQL_RAISE_FILES] = "UPDATE file SET high_id = ?1 WHERE archived_as = '' AND high_id < ?1",
    [SQL_ADD_REMOVED] = "UPDATE state SET removed = removed + ?1",
    [SQL_NEWEST_RECEIVED] = "SELECT received_s FROM punch ORDER BY id DESC LIMIT 1",
    [SQL_PRUNE_IDS] = "SELECT id, received_s FROM punch WHERE id > ?1 AND id <= ?3"
                      " AND NOT EXISTS (SELECT 1 FROM refused WHERE refused.id = punch.id)"
                      " ORDER BY id LIMIT ?2",
    [SQL_PRUNE] = "DELETE FROM punch WHERE id = ?1",
    [SQL_USED] = "SELECT ((SELECT page_count FROM pragma_page_count) -"
                 " (SELECT freelist_count FROM pragma_freelist_count)) *"
                 " (SELECT page_size FROM pragma_page_size)",

    [SQL_FILE_FIND] = "SELECT id, name, size, modified_s, read_s, high_id, new_count, known_count,"
                      " ignored_count, rejected_count, archived_as FROM file"
                      " WHERE name = ?1 AND archived_as = ''",
    [SQL_FILE_NEW] = "INSERT INTO file (name, size, modified_s, read_s, high_id, new_count,"
                     " known_count, ignored_count, rejected_count, archived_as)"
                     " VALUES (?1, 0, 0, 0, 0, 0, 0, 0, 0, '')",
    [SQL_FILE_SAVE] = "UPDATE file SET name = ?2, size = ?3, modified_s = ?4, read_s = ?5,"
                      " high_id = max(high_id, ?6), new_count = ?7, known_count = ?8,"
                      " ignored_count = ?9, rejected_count = ?10, archived_as = ?11 WHERE id = ?1",
    [SQL_FILE_UNCLAIM] = "DELETE FROM claim WHERE file_id = ?1",
    [SQL_FILE_UPLOADED] =
        "SELECT (SELECT cursor FROM state) >="
        " max(?2, coalesce((SELECT high_id FROM file WHERE id = ?1), 0))"
        " AND NOT EXISTS (SELECT 1 FROM refused WHERE"
        " EXISTS (SELECT 1 FROM punch WHERE punch.id = refused.id AND source = ?1)"
        " OR EXISTS (SELECT 1 FROM claim WHERE punch_id = refused.id AND file_id = ?1))",
    [SQL_FILES] = "SELECT id, name, size, modified_s, read_s, high_id, new_count, known_count,"
                  " ignored_count, rejected_count, archived_as FROM file ORDER BY id DESC LIMIT ?1",

    [SQL_SCAN] = "SELECT number, began_s, read_s, ended_s, trouble FROM scan",
    [SQL_SCAN_SAVE] = "INSERT OR REPLACE INTO scan (one, number, began_s, read_s, ended_s, trouble)"
                      " VALUES (1, ?1, ?2, ?3, ?4, ?5)",
    [SQL_SCAN_FORGET] = "DELETE FROM scan_file",
    [SQL_SCAN_FILE_SAVE] = "INSERT OR REPLACE INTO scan_file (name, state, size, done, new_count,"
                           " known_count, ignored_count, rejected_count, detail)"
                           " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    [SQL_SCAN_FILES] = "SELECT turn, name, state, size, done, new_count, known_count,"
                       " ignored_count, rejected_count, detail FROM scan_file WHERE turn > ?1"
                       " ORDER BY turn",

    [SQL_DEVICE_FIND] = DEVICE_WITH_FRESH " WHERE sn = ?1 GROUP BY sn",
    [SQL_DEVICE_SAVE] = "INSERT OR REPLACE INTO device (" DEVICE_COLUMNS ") VALUES (?1, ?2, ?3, ?4,"
                        " ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,"
                        " ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27)",
    [SQL_DEVICES] = DEVICE_WITH_FRESH " GROUP BY sn ORDER BY last_seen_s DESC, sn",
    /* CROSS JOIN: the punches first, which are few. */
    [SQL_DEVICES_CREDIT] =
        "UPDATE device SET punches = punches + came, later = later + younger,"
        " last_punch = max(last_punch, newest) FROM (SELECT sn AS whose, count(*) AS came,"
        " max(check_time) AS newest, sum(check_time > records_at) AS younger"
        " FROM punch CROSS JOIN device ON sn = device_sn"
        " WHERE id > ?1 AND source = 0 GROUP BY sn) WHERE sn = whose",
    [SQL_SET_CREDITED] = "UPDATE state SET credited = ?1",

    [SQL_COMMAND_QUEUE] = "INSERT INTO command (device_sn, text, asker, queued_s, sent_s, tries,"
                          " done_s, result, answer) VALUES (?1, ?2, ?3, ?4, 0, 0, 0, 0, '')",
    [SQL_COMMAND_PRUNE] =
        "DELETE FROM command WHERE device_sn = ?1 AND id <= (SELECT id FROM command"
        " WHERE device_sn = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
    [SQL_COMMAND_NEXT] = "SELECT " COMMAND_COLUMNS " FROM command WHERE device_sn = ?1"
                         " AND done_s = 0 AND (tries = 0 OR"
                         " (sent_s <= ?2 AND tries < ?3 AND text <> 'REBOOT')) ORDER BY id LIMIT 1",
    [SQL_COMMAND_SENT] = "UPDATE command SET sent_s = ?2, tries = tries + 1 WHERE id = ?1",
    [SQL_COMMAND_DONE] = "UPDATE command SET done_s = ?3, result = ?4, answer = ?5"
                         " WHERE id = ?1 AND device_sn = ?2 AND done_s = 0 AND tries > 0",
    [SQL_COMMANDS] =
        "SELECT " COMMAND_COLUMNS " FROM command WHERE device_sn = ?1 ORDER BY id DESC",
    [SQL_COUNT_PERIOD] = "SELECT coalesce(sum(device_sn = ?1 AND source = 0), 0),"
                         " coalesce(sum(source <> 0), 0)"
                         " FROM punch WHERE check_time >= ?2 AND check_time < ?3",

    /* One statement, so that all figures are of the same moment. Each part is one or two page
       lookups but for the refused, which are few. */
    [SQL_COUNTS] =
        "SELECT max(cursor, coalesce((SELECT max(id) FROM punch), 0)), cursor, removed,"
        " coalesce((SELECT received_s FROM punch WHERE id > cursor"
        " AND NOT EXISTS (SELECT 1 FROM refused WHERE refused.id = punch.id)"
        " ORDER BY id LIMIT 1), 0),"
        " (SELECT count(*) FROM refused),"
        " (SELECT count(*) FROM refused WHERE id > cursor),"
        " coalesce((SELECT max(id) FROM rejected) - (SELECT min(id) FROM rejected) + 1, 0),"
        " (SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size)"
        " FROM state",
    [SQL_NOTE] = "INSERT OR REPLACE INTO note (name, text) VALUES (?1, ?2)",
    [SQL_NOTED] = "SELECT text FROM note WHERE name = ?1",

    [SQL_COUNTED] =
        "SELECT counted, max(cursor, coalesce((SELECT max(id) FROM punch), 0)) FROM state",
    [SQL_COUNT_HOURS] =
        "INSERT INTO hour (hour, device_sn, punches)"
        " SELECT check_time / 3600, device_sn, count(*) FROM punch WHERE id > ?1 AND id <= ?2"
        " AND +check_time >= ?3 AND +check_time < ?4 GROUP BY 1, 2"
        " ON CONFLICT (hour, device_sn) DO UPDATE SET punches = punches + excluded.punches",
    [SQL_SET_COUNTED] = "UPDATE state SET counted = ?1",
    [SQL_HOURS] = "SELECT hour, device_sn, punches FROM hour WHERE hour >= ?1 AND hour < ?2",
    /* By id: the index by time would lead through the whole week. */
    [SQL_HOURS_UNCOUNTED] =
        "SELECT check_time / 3600, device_sn, count(*) FROM punch"
        " WHERE id > (SELECT counted FROM state) AND id <= (SELECT counted FROM state) + ?3"
        " AND +check_time >= ?1 * 3600 AND +check_time < ?2 * 3600 GROUP BY 1, 2",
    [SQL_HOUR_PRUNE] = "DELETE FROM hour WHERE hour < ?1 OR hour > ?2",
    [SQL_SAMPLE_ADD] = "INSERT OR REPLACE INTO sample (at_s, waiting, age_s) VALUES (?1, ?2, ?3)",
    [SQL_SAMPLES] = "SELECT at_s, waiting, age_s FROM sample WHERE at_s >= ?1 AND at_s <= ?2"
                    " ORDER BY at_s LIMIT 2000",
    [SQL_SAMPLE_PRUNE] = "DELETE FROM sample WHERE at_s < ?1",
    [SQL_DELIVERY_ADD] =
        "INSERT INTO delivery (slot, class, punches, delay_s) VALUES (?1, ?2, ?3, ?4)"
        " ON CONFLICT (slot, class) DO UPDATE SET punches = punches + ?3, delay_s = delay_s + ?4",
    [SQL_DELIVERIES] = "SELECT class, sum(punches), sum(delay_s) FROM delivery"
                       " WHERE slot >= ?1 AND slot < ?2 GROUP BY class",
    [SQL_DELIVERY_PRUNE] = "DELETE FROM delivery WHERE slot > 0 AND slot < ?1",
    [SQL_COMMANDS_PENDING] = "SELECT count(*) FROM command WHERE device_sn = ?1 AND done_s = 0"
                             " AND tries < ?2",
    [SQL_REJECTED_SINCE] = "SELECT count(*) FROM rejected WHERE rejected_s >= ?1",
};

/* The single number that a pragma or a query gives. */
static bool number(struct outbox *outbox, const char *sql, int64_t *value, struct error *err)
{
    sqlite3_stmt *statement = NULL;
    bool done = sqlite3_prepare_v2(outbox->db, sql, -1, &statement, NULL) == SQLITE_OK &&
                sqlite3_step(statement) == SQLITE_ROW;
    if (done) {
        *value = sqlite3_column_int64(statement, 0);
    } else {
        outbox_failed(outbox, "read what the file is", err);
    }
    sqlite3_finalize(statement);
    return done;
}

static bool run(struct outbox *outbox, const char *sql, const char *what, struct error *err)
{
    return sqlite3_exec(outbox->db, sql, NULL, NULL, NULL) == SQLITE_OK ||
           outbox_failed(outbox, what, err);
}

/* Brings the file to SCHEMA_VERSION. Another process may be doing the same: look again inside the
 * transaction. */
static bool migrate(struct outbox *outbox, struct error *err)
{
    static const char what[] = "make the tables";
    char mark[96];
    int64_t version = 0;
    if (!run(outbox, "BEGIN IMMEDIATE", what, err)) {
        return false;
    }
    bool done = number(outbox, "PRAGMA user_version", &version, err);
    for (size_t i = (size_t)version; done && i < HB_COUNT(migrations); i++) {
        done = run(outbox, migrations[i], what, err);
    }
    if (done && version < SCHEMA_VERSION) {
        snprintf(mark, sizeof mark, "PRAGMA application_id = %d; PRAGMA user_version = %d",
                 (int)APPLICATION_ID, (int)SCHEMA_VERSION);
        done = run(outbox, mark, what, err);
    }
    done = done && run(outbox, "COMMIT", what, err);
    if (!done) {
        (void)sqlite3_exec(outbox->db, "ROLLBACK", NULL, NULL, NULL);
    }
    return done;
}

/* WAL with FULL: what is committed is on the disk, and readers hold nobody up. */
static bool settle(struct outbox *outbox, struct error *err)
{
    static const char what[] = "set up the file";
    char limit[96];
    int64_t page_size = 0;
    sqlite3_stmt *statement = NULL;
    bool wal = sqlite3_prepare_v2(outbox->db, "PRAGMA journal_mode = WAL", -1, &statement, NULL) ==
                   SQLITE_OK &&
               sqlite3_step(statement) == SQLITE_ROW;
    if (!wal) {
        outbox_failed(outbox, what, err);
    } else if (sqlite3_stricmp((const char *)sqlite3_column_text(statement, 0), "wal") != 0) {
        wal = error_set(err, ERR_SYSTEM, 0, "the outbox %s cannot be kept in WAL mode on this disk",
                        outbox->path);
    }
    sqlite3_finalize(statement);
    if (!wal ||
        !run(outbox, "PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 4194304", what, err) ||
        !number(outbox, "PRAGMA page_size", &page_size, err)) {
        return false;
    }
    if (outbox->options.max_mb <= 0 || page_size <= 0) {
        return true;
    }
    snprintf(limit, sizeof limit, "PRAGMA max_page_count = %lld",
             (long long)outbox->options.max_mb * 1048576 / (long long)page_size);
    return run(outbox, limit, what, err);
}

bool outbox_schema(struct outbox *outbox, struct error *err)
{
    int64_t application = 0;
    int64_t version = 0;
    int64_t tables = 0;
    if (!number(outbox, "PRAGMA application_id", &application, err) ||
        !number(outbox, "PRAGMA user_version", &version, err) ||
        !number(outbox, "SELECT count(*) FROM sqlite_master", &tables, err)) {
        return false;
    }
    bool empty = application == 0 && version == 0 && tables == 0;
    if (!empty && application != APPLICATION_ID) {
        return error_set(err, ERR_INVALID, 0, "%s is a database of another program", outbox->path);
    }
    if (version > SCHEMA_VERSION) {
        return error_set(err, ERR_INVALID, 0,
                         "the outbox %s was made by a newer version of HIP Bridge (%lld; this one "
                         "knows up to %d)",
                         outbox->path, (long long)version, (int)SCHEMA_VERSION);
    }
    if (!outbox->readonly) {
        return settle(outbox, err) && (version == SCHEMA_VERSION || migrate(outbox, err));
    }
    if (empty) {
        return error_set(err, ERR_NOT_FOUND, 0, "the outbox %s holds nothing yet", outbox->path);
    }
    if (version < SCHEMA_VERSION) {
        return error_set(err, ERR_INVALID, 0,
                         "the outbox %s is of an older version; start the service once",
                         outbox->path);
    }
    return true;
}
