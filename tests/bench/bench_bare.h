/*
 * bench_bare: the loop that stores punches by SQLite alone, in the outbox's own table and with its
 * settings: the limit beside which what the outbox takes is held.
 */
#ifndef HIPBRIDGE_BENCH_BARE_H
#define HIPBRIDGE_BENCH_BARE_H

#include <sqlite3.h>

#include "bench.h"
#include "outbox/outbox.h"

struct bare {
    sqlite3 *db;
    sqlite3_stmt *begin, *insert, *commit;
    int64_t last;
};

static inline void bare_must(struct bare *bare, bool done)
{
    if (!done) {
        fprintf(stderr, "bench: bare SQLite: %s\n", sqlite3_errmsg(bare->db));
        exit(1);
    }
}

static inline sqlite3_stmt *bare_prepare(struct bare *bare, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    bare_must(bare, sqlite3_prepare_v2(bare->db, sql, -1, &statement, NULL) == SQLITE_OK);
    return statement;
}

static inline void bare_open(struct bare *bare, const char *path)
{
    struct error err = ERROR_INIT;
    struct outbox *outbox = outbox_open(path, NULL, &err); /* makes the table and its index */
    bench_must(outbox != NULL, "outbox", &err);
    outbox_close(outbox);
    bare->last = 0;
    bare_must(bare, sqlite3_open(path, &bare->db) == SQLITE_OK);
    char settings[128];
    (void)snprintf(settings, sizeof settings,
                   "PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 4194304;"
                   " PRAGMA cache_size = -%d",
                   (int)OUTBOX_CACHE_KB);
    bare_must(bare, sqlite3_exec(bare->db, settings, NULL, NULL, NULL) == SQLITE_OK);
    bare->begin = bare_prepare(bare, "BEGIN IMMEDIATE");
    bare->commit = bare_prepare(bare, "COMMIT");
    bare->insert = bare_prepare(
        bare, "INSERT OR IGNORE INTO punch (id, check_time, user_id, device_sn, status,"
              " verify_type, source, received_s, raw, way) VALUES (?1, ?2, ?3, ?4, 0, 1, 0, ?5,"
              " ?6, 1)");
}

static inline void bare_close(struct bare *bare)
{
    sqlite3_finalize(bare->begin);
    sqlite3_finalize(bare->insert);
    sqlite3_finalize(bare->commit);
    sqlite3_close(bare->db);
}

static inline void bare_run(struct bare *bare, sqlite3_stmt *statement)
{
    bare_must(bare, sqlite3_step(statement) == SQLITE_DONE);
    sqlite3_reset(statement);
}

#endif
