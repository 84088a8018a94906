#include "outbox/outbox_private.h"

#include <stdio.h>

/* "HIPB": tells the file from any other SQLite file. */
enum { APPLICATION_ID = 0x48495042 };

/* All strangers have one share, a terminal its own, and so have the logs and the vendor's database
 * by its name. */
#define SHARE_GROWS                                                                                \
    "INSERT INTO rejected_share SELECT new.stranger, iif(new.stranger, '', new.device_sn),"        \
    " iif(new.stranger, 0, min(new.file, 1)), " OUTBOX_SHARE_OF(                                   \
        "new") " WHERE new.settled_s = 0"                                                          \
               " ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes;"
#define SHARE_SHRINKS                                                                              \
    "UPDATE rejected_share SET bytes = bytes - " OUTBOX_SHARE_OF(                                  \
        "old") " WHERE old.settled_s = 0"                                                          \
               " AND stranger = old.stranger AND device_sn = iif(old.stranger, '', old.device_sn)" \
               " AND file = iif(old.stranger, 0, min(old.file, 1));"

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
    /* 4 → 5 */
    /* Log files: one version is told from another by the file's number on its volume and by all
      the time's digits (100 ns since 1601); one read before this is read once more. */
    ("ALTER TABLE file ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;"
     "ALTER TABLE file ADD COLUMN volume INTEGER NOT NULL DEFAULT 0;"
     "ALTER TABLE file ADD COLUMN number INTEGER NOT NULL DEFAULT 0;"
     /* Terminals that are read on their own port: the last visit and the audit of the last read;
        who held a slot of a list of users from when until when (wall clock); whose turn it is. */
     "CREATE TABLE pulled ("
     " place TEXT PRIMARY KEY,"
     " sn TEXT NOT NULL,"
     " model TEXT NOT NULL,"
     " firmware TEXT NOT NULL,"
     " layout INTEGER NOT NULL,"
     " visited_s INTEGER NOT NULL,"
     " outcome INTEGER NOT NULL,"
     " why TEXT NOT NULL,"
     " answered_s INTEGER NOT NULL,"
     " held INTEGER NOT NULL,"
     " capacity INTEGER NOT NULL,"
     " users INTEGER NOT NULL,"
     " has_clock INTEGER NOT NULL,"
     " clock_ahead_s INTEGER NOT NULL,"
     " read_s INTEGER NOT NULL,"
     " before INTEGER NOT NULL,"
     " after INTEGER NOT NULL,"
     " bytes INTEGER NOT NULL,"
     " row_count INTEGER NOT NULL,"
     " fresh INTEGER NOT NULL,"
     " known INTEGER NOT NULL,"
     " aside INTEGER NOT NULL,"
     " ms INTEGER NOT NULL,"
     " agrees INTEGER NOT NULL,"
     " through INTEGER NOT NULL,"
     " high_id INTEGER NOT NULL,"
     " again_s INTEGER NOT NULL,"
     " zero_since_s INTEGER NOT NULL) WITHOUT ROWID;"
     "CREATE TABLE slot ("
     " device_sn TEXT NOT NULL,"
     " slot INTEGER NOT NULL,"
     " since INTEGER NOT NULL,"
     " until INTEGER NOT NULL,"
     " user_id TEXT NOT NULL,"
     " PRIMARY KEY (device_sn, slot, since)) WITHOUT ROWID;"
     "CREATE TABLE turn ("
     " place TEXT PRIMARY KEY,"
     " holder INTEGER NOT NULL,"
     " until_s INTEGER NOT NULL) WITHOUT ROWID;"
     /* what was told, for the status (outbox_event.h) */
     "CREATE TABLE told ("
     " event INTEGER NOT NULL,"
     " about TEXT NOT NULL,"
     " since_s INTEGER NOT NULL,"
     " last_s INTEGER NOT NULL,"
     " times INTEGER NOT NULL,"
     " over INTEGER NOT NULL,"
     " strings TEXT NOT NULL,"
     " PRIMARY KEY (event, about)) WITHOUT ROWID;"
     /* The feed that head office reads: the bridge's id, made once, and the number that the newest
        row of it was given in the database. */
     "ALTER TABLE state ADD COLUMN bridge TEXT NOT NULL DEFAULT '';"
     "ALTER TABLE state ADD COLUMN seq INTEGER NOT NULL DEFAULT 0;"
     "UPDATE state SET bridge = lower(hex(randomblob(8)));"
     /* What optional columns of the database take. way: enum punch_way; a row with a source is a
        log's, whatever it says, but for one with -2, the vendor's database's. state.logs is from
        here on 1 for a log's punch and 2 for one of that. */
     "ALTER TABLE punch ADD COLUMN work_code TEXT NOT NULL DEFAULT '';"
     "ALTER TABLE punch ADD COLUMN way INTEGER NOT NULL DEFAULT 0;"
     /* What a terminal delivered is known by its key (outbox_key.c). keys: how many different ones
        it has delivered, ever. horizon: at or before this time keys have been dropped. */
     "CREATE TABLE terminal ("
     " id INTEGER PRIMARY KEY,"
     " sn TEXT NOT NULL UNIQUE,"
     " keys INTEGER NOT NULL DEFAULT 0,"
     " horizon INTEGER NOT NULL DEFAULT -9223372036854775808);"
     "INSERT INTO terminal (sn, keys) SELECT device_sn, sum(source = 0) FROM punch"
     " GROUP BY device_sn;"
     "INSERT INTO terminal (sn, keys) SELECT sn, punches FROM device WHERE true"
     " ON CONFLICT (sn) DO UPDATE SET keys = max(keys, excluded.keys + (SELECT count(*) FROM punch"
     " WHERE id > (SELECT credited FROM state) AND source = 0 AND device_sn = terminal.sn));"
     /* marks: enum outbox_mark. The growing column first, as in punch_key. */
     "CREATE TABLE key ("
     " check_time INTEGER NOT NULL,"
     " user_id TEXT NOT NULL,"
     " terminal INTEGER NOT NULL,"
     " marks INTEGER NOT NULL,"
     " PRIMARY KEY (check_time, user_id, terminal)) WITHOUT ROWID;"
     /* What is set aside is bytes, with what is needed to read them again. file: 0 = a terminal's,
        else file.id. wall: the terminal's clock when it came; check_time: of the punch that it
        would be, 0 = not to be read; holds: from when on it holds back what is complete. The index
        finds the same bytes again. */
     "CREATE TABLE rejected_5 ("
     " id INTEGER PRIMARY KEY,"
     " device_sn TEXT NOT NULL,"
     " line BLOB NOT NULL,"
     " reason TEXT NOT NULL,"
     " rejected_s INTEGER NOT NULL,"
     " last_s INTEGER NOT NULL,"
     " times INTEGER NOT NULL,"
     " stranger INTEGER NOT NULL,"
     " file INTEGER NOT NULL,"
     " method TEXT NOT NULL,"
     " query BLOB NOT NULL,"
     " content_type TEXT NOT NULL,"
     " wall INTEGER NOT NULL,"
     " check_time INTEGER NOT NULL,"
     " holds INTEGER NOT NULL,"
     " settled_s INTEGER NOT NULL,"
     " settled_why TEXT NOT NULL);"
     "INSERT INTO rejected_5 SELECT id, device_sn, CAST(line AS BLOB), reason, rejected_s,"
     " rejected_s, 1, 0, 0, '', x'', '', rejected_s, 0, 0, 0, '' FROM rejected;"
     "DROP TABLE rejected;"
     "ALTER TABLE rejected_5 RENAME TO rejected;"
     "CREATE INDEX rejected_same ON rejected (device_sn, length(line), substr(line, 1, 48));"
     "CREATE INDEX rejected_open ON rejected (device_sn) WHERE settled_s = 0;"
     "CREATE INDEX rejected_time ON rejected (rejected_s);"
     /* Up to when each terminal's punches were proven to be here (outbox_proof.h). */
     "CREATE TABLE proof ("
     " sn TEXT PRIMARY KEY NOT NULL,"
     " proof INTEGER NOT NULL,"
     " through INTEGER NOT NULL,"
     " records INTEGER NOT NULL,"
     " held INTEGER NOT NULL,"
     " said_s INTEGER NOT NULL,"
     " agreed_s INTEGER NOT NULL,"
     " gone INTEGER NOT NULL,"
     " adrift INTEGER NOT NULL,"
     " emptied INTEGER NOT NULL) WITHOUT ROWID;"
     /* What could not be kept: a terminal's share was used up. */
     "ALTER TABLE state ADD COLUMN let_go INTEGER NOT NULL DEFAULT 0;"
     /* What terminals say of persons that were not let in, by its code (outbox_refusal.h). */
     "CREATE TABLE refusal ("
     " device_sn TEXT NOT NULL,"
     " code INTEGER NOT NULL,"
     " times INTEGER NOT NULL,"
     " last_s INTEGER NOT NULL,"
     " PRIMARY KEY (device_sn, code)) WITHOUT ROWID;"),
    /* 5 → 6: what lies in `rejected` and is not settled, by whose share it is of (OUTBOX_SHARE).
       To add it up for each record that comes took longer with each, and so did telling apart
       lines that begin alike. */
    ("CREATE TABLE rejected_share ("
     " stranger INTEGER NOT NULL,"
     " device_sn TEXT NOT NULL,"
     " file INTEGER NOT NULL,"
     " bytes INTEGER NOT NULL,"
     " PRIMARY KEY (stranger, device_sn, file)) WITHOUT ROWID;"
     "CREATE TRIGGER rejected_comes AFTER INSERT ON rejected BEGIN " SHARE_GROWS " END;"
     "CREATE TRIGGER rejected_goes AFTER DELETE ON rejected BEGIN " SHARE_SHRINKS " END;"
     "CREATE TRIGGER rejected_changes"
     " AFTER UPDATE OF device_sn, line, query, stranger, file, settled_s ON rejected"
     " BEGIN " SHARE_SHRINKS SHARE_GROWS " END;"
     "INSERT INTO rejected_share SELECT stranger, iif(stranger, '', device_sn),"
     " iif(stranger, 0, min(file, 1)), sum(" OUTBOX_SHARE_OF(
         "rejected") ") FROM rejected"
                     " WHERE settled_s = 0 GROUP BY 1, 2, 3;"
                     "DROP INDEX rejected_same;"
                     "CREATE INDEX rejected_same ON rejected (device_sn, length(line), "
                     "substr(line, 1, 200));"),
};

/* What a migration does besides: a string has an end (C17, 5.2.4.1). */
static const char *const further[HB_COUNT(migrations)] = {
    /* 4 → 5 */
    [4] = (
        /* Whose word about a terminal is believed (voice.h), and what the audit may write off. */
        "ALTER TABLE device ADD COLUMN settled_at INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE device ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE device ADD COLUMN listed INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE device ADD COLUMN voice_heard_s INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE device ADD COLUMN voice_delivers INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE device ADD COLUMN voice_last_s INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE device ADD COLUMN voice_before_s INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE device ADD COLUMN voice_torn_s INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE device ADD COLUMN voice_told_day INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE device ADD COLUMN voice TEXT NOT NULL DEFAULT '';"
        "ALTER TABLE device ADD COLUMN voice_last TEXT NOT NULL DEFAULT '';"
        "ALTER TABLE device ADD COLUMN voice_before TEXT NOT NULL DEFAULT '';"
        /* It may have been a stranger's doing: what is still missing is asked for once more. */
        "UPDATE device SET settled = 0;"
        /* What head office ordered (outbox_order.h). */
        "CREATE TABLE head_order ("
        " id INTEGER NOT NULL,"
        " created TEXT NOT NULL,"
        " sn TEXT NOT NULL,"
        " name TEXT NOT NULL,"
        " argument TEXT NOT NULL,"
        " taken_s INTEGER NOT NULL,"
        " command INTEGER NOT NULL,"
        " done_s INTEGER NOT NULL,"
        " result TEXT NOT NULL,"
        " told INTEGER NOT NULL,"
        " PRIMARY KEY (id, created)) WITHOUT ROWID;"
        /* The vendor's database (outbox_vendor.h): which file, and how it was read; how its pages
           were; what pages say of persons, and which badges a number had since when (wall clock);
           which punches were typed in. */
        "CREATE TABLE vendor ("
        " one INTEGER PRIMARY KEY CHECK (one = 1),"
        " path TEXT NOT NULL,"
        " rules TEXT NOT NULL,"
        " persons INTEGER NOT NULL);"
        "INSERT INTO vendor VALUES (1, '', '', 1);"
        "CREATE TABLE vendor_page ("
        " part INTEGER NOT NULL,"
        " page INTEGER NOT NULL,"
        " taken INTEGER NOT NULL,"
        " seen INTEGER NOT NULL,"
        " restless INTEGER NOT NULL,"
        " wants INTEGER NOT NULL,"
        " PRIMARY KEY (part, page)) WITHOUT ROWID;"
        "CREATE TABLE vendor_person ("
        " number INTEGER NOT NULL,"
        " page INTEGER NOT NULL,"
        " badge TEXT NOT NULL,"
        " PRIMARY KEY (number, page, badge)) WITHOUT ROWID;"
        "CREATE INDEX vendor_person_page ON vendor_person (page);"
        "CREATE INDEX vendor_person_badge ON vendor_person (badge);"
        "CREATE TABLE vendor_badge ("
        " number INTEGER NOT NULL,"
        " since INTEGER NOT NULL,"
        " badge TEXT NOT NULL,"
        " PRIMARY KEY (number, since)) WITHOUT ROWID;"
        "CREATE TABLE vendor_typed ("
        " number INTEGER NOT NULL,"
        " check_time INTEGER NOT NULL,"
        " PRIMARY KEY (number, check_time)) WITHOUT ROWID;"
        /* Who is forgotten, by a keyed hash, and its key (outbox_forget.h). */
        "ALTER TABLE state ADD COLUMN forget_key BLOB NOT NULL DEFAULT x'';"
        "CREATE TABLE forgotten (hash INTEGER PRIMARY KEY, forgotten_s INTEGER NOT NULL);"),
};

enum { SCHEMA_VERSION = HB_COUNT(migrations) };

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
        done = run(outbox, migrations[i], what, err) &&
               (further[i] == NULL || run(outbox, further[i], what, err));
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
