/*
 * What simulate.c plays with: the truth, what is counted and planted, a disk and a database that
 * fail, and the program on them.
 */
#ifndef HIPBRIDGE_SIMULATED_WORLD_H
#define HIPBRIDGE_SIMULATED_WORLD_H

#include <inttypes.h>

#include "fake_database.h"
#include "no_events.h"
#include "scratch_outbox.h"
#include "logs/scan.h"
#include "terminals/intake.h"
#include "upload/uploader.h"
#include "vfs_shim.h"

enum {
    PUSHING = 3, /* the first of them, of which the last speaks FkWeb; */
    FK = PUSHING - 1,
    PULLED = 3, /* one is read on its port, */
    FILED = 4,  /* and of one another program saves log files */
    TERMINALS = 5,
    TRUTHS = 400,
    SAVES = 60, /* of log files */
    STEPS = 250,
    LINES = 20,
    BODY_ROOM = 2048,
    EAST_S = 7 * 3600,
    REST_S = 900
};

static const int64_t noon_s = INT64_C(2088219600); /* 05:00 UTC on 2036-03-04 */

/* ---- what is counted, and what is planted ---- */

enum fault {
    FAULT_CONNECT,
    FAULT_INSERT,
    FAULT_COMMIT_UNHEARD,
    FAULT_CONFLICT,
    FAULT_TABLE,
    FAULT_LOGIN,
    FAULT_TOO_LARGE,
    FAULT_ROW,
    FAULT_STRANGE_ROW,
    FAULT_OTHER_WRITER,
    FAULT_REPORT,
    FAULT_DISK,
    FAULT_REQUEST_LOST,
    FAULT_ANSWER_LOST,
    FAULT_BAD_LINE,
    FAULT_KILL,
    FAULT_LINE_LOST,
    FAULT_ODD_TERMINAL,
    FAULT_PUNCHED_MEANWHILE,
    FAULT_OVERLAP,
    FAULTS
};

static const char *const fault_names[FAULTS] = {
    "no connection", "insert failed", "commit unheard", "conflict",           "table",
    "login",         "too large",     "row refused",    "strange row",        "other writer",
    "report failed", "disk full",     "request lost",   "answer lost",        "bad line",
    "killed",        "line lost",     "odd terminal",   "punched while read", "logs overlap",
};

static uint64_t injected[FAULTS];
/* Reports of a terminal that told a time complete, by which it is. */
static uint64_t told_complete[TERMINALS];

enum plant { PLANT_NONE, PLANT_OK, PLANT_CURSOR, PLANT_STATUS, PLANT_COUNT, PLANT_ARCHIVE, PLANTS };

static const char *const plant_names[PLANTS] = {"",
                                                "ok-before-commit",
                                                "cursor-before-commit",
                                                "status-before-commit",
                                                "count-after-the-read",
                                                "archive-before-upload"};

/* ---- the world ---- */

struct truth {
    size_t terminal;
    int user;
    walltime time;
    int status;
    bool bad; /* its line can't be read */
    bool ok;  /* answered OK */
};

static struct {
    enum plant plant;
    bool trace;
    uint64_t random;
    struct moment now;
    struct truth truths[TRUTHS];
    size_t count;
    size_t delivered[PUSHING]; /* of the truths, those before it that are its own */
    uint32_t held;             /* records of the terminal that is read on its port */
    size_t saved;              /* of the truths, those before it are in log files */
    size_t saves;
    size_t save_end[SAVES]; /* of each log file: the truths before it, from … */
    size_t save_begin[SAVES];
    struct config *config;
    struct outbox *intake_outbox, *upload_outbox, *pull_outbox, *scan_outbox;
    struct intake *intake;
    struct uploader *uploader;
    struct scan *scan;
    bool answering;
    bool dead;
    bool kill_in_insert;
    int writes_left; /* until it is killed; -1: it is not */
    int writes_full; /* so many fail */
    char wrong[300]; /* a promise was broken; "" = none was */
} world;

static uint64_t steps;

static uint32_t roll(uint32_t sides)
{
    world.random = world.random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(world.random >> 33) % sides;
}

HB_PRINTF(1, 2)
static void broken(const char *format, ...)
{
    va_list arguments;
    if (world.wrong[0] == '\0') {
        va_start(arguments, format);
        (void)vsnprintf(world.wrong, sizeof world.wrong, format, arguments);
        va_end(arguments);
    }
}

HB_PRINTF(1, 2)
static void tell(const char *format, ...)
{
    va_list arguments;
    if (world.trace) {
        va_start(arguments, format);
        (void)vprintf(format, arguments);
        va_end(arguments);
        (void)putchar('\n');
    }
}

static void inject(enum fault fault)
{
    injected[fault]++;
    tell("  fault: %s", fault_names[fault]);
}

static void sn_of(size_t terminal, char sn[24])
{
    (void)snprintf(sn, 24, "T%zu", terminal);
}

static size_t truth_of(const char *sn, const char *user, walltime time)
{
    for (size_t i = 0; i < world.count; i++) {
        char own[24];
        char person[16];
        sn_of(world.truths[i].terminal, own);
        (void)snprintf(person, sizeof person, "%d", world.truths[i].user);
        if (world.truths[i].time == time && strcmp(own, sn) == 0 && strcmp(person, user) == 0) {
            return i;
        }
    }
    return TRUTHS;
}

/* ---- linked in the place of the product's ---- */

bool __real_outbox_commit(struct outbox *outbox, struct error *err);
bool __wrap_outbox_commit(struct outbox *outbox, struct error *err);
bool __real_outbox_each_held_back(struct outbox *outbox,
                                  bool (*visit)(void *context, const char *sn, walltime from),
                                  void *context, struct error *err);
bool __wrap_outbox_each_held_back(struct outbox *outbox,
                                  bool (*visit)(void *context, const char *sn, walltime from),
                                  void *context, struct error *err);
int64_t __wrap_backoff_jitter(uint64_t *random, int64_t most);
bool __real_outbox_file_uploaded(struct outbox *outbox, const struct outbox_file *file,
                                 bool *uploaded, struct error *err);
bool __wrap_outbox_file_uploaded(struct outbox *outbox, const struct outbox_file *file,
                                 bool *uploaded, struct error *err);

bool __wrap_outbox_commit(struct outbox *outbox, struct error *why)
{
    if (world.plant == PLANT_OK && world.answering && roll(20) == 0) {
        outbox_rollback(outbox);
        return true;
    }
    return __real_outbox_commit(outbox, why);
}

bool __wrap_outbox_each_held_back(struct outbox *outbox,
                                  bool (*visit)(void *context, const char *sn, walltime from),
                                  void *context, struct error *why)
{
    return world.plant == PLANT_STATUS || __real_outbox_each_held_back(outbox, visit, context, why);
}

bool __wrap_outbox_file_uploaded(struct outbox *outbox, const struct outbox_file *file,
                                 bool *uploaded, struct error *why)
{
    bool fine = __real_outbox_file_uploaded(outbox, file, uploaded, why);
    *uploaded = *uploaded || world.plant == PLANT_ARCHIVE;
    return fine;
}

/* The product's begins with an address in memory. */
int64_t __wrap_backoff_jitter(uint64_t *random, int64_t most)
{
    (void)random;
    return (int64_t)roll((uint32_t)(2 * most)) - most;
}

/* ---- the disk ---- */

/* Whether this call still reaches it; SQLITE_OK, or how it fails. */
static int disk_takes(void)
{
    if (!world.dead && world.writes_left == 0) {
        world.dead = database.gone = true;
        inject(FAULT_KILL);
    }
    world.writes_left -= world.writes_left > 0;
    if (world.dead) {
        return SQLITE_IOERR_WRITE;
    }
    if (world.writes_full > 0) {
        world.writes_full--;
        return SQLITE_FULL;
    }
    return SQLITE_OK;
}

static int disk_write(struct vfs_file *file, const void *bytes, int count, sqlite3_int64 offset)
{
    int code = disk_takes();
    return code != SQLITE_OK ? code
                             : file->real->pMethods->xWrite(file->real, bytes, count, offset);
}

static int disk_truncate(struct vfs_file *file, sqlite3_int64 size)
{
    int code = disk_takes();
    return code != SQLITE_OK ? code : file->real->pMethods->xTruncate(file->real, size);
}

/* The file is on memory: there is nothing to wait for. */
static int disk_sync(struct vfs_file *file, int flags)
{
    (void)file;
    (void)flags;
    int code = disk_takes();
    return code == SQLITE_OK ? SQLITE_OK : SQLITE_IOERR_FSYNC;
}

/* ---- the database ---- */

static size_t take_row(const struct punch_row *row)
{
    size_t i = truth_of(row->punch.device_sn, row->punch.user_id, row->punch.time);
    if (i == TRUTHS || world.truths[i].bad) {
        broken("the table is given %s of %s at %" PRId64 ", which nobody sent", row->punch.user_id,
               row->punch.device_sn, (int64_t)row->punch.time);
        return PUNCHES_MAX - 1;
    }
    if (world.truths[i].status != row->punch.status) {
        broken("the table is given punch %zu with status %d, sent was %d", i,
               (int)row->punch.status, world.truths[i].status);
    }
    if (world.kill_in_insert) {
        world.kill_in_insert = false;
        world.dead = true; /* these rows get in, and nothing after them */
        inject(FAULT_KILL);
    }
    return i;
}

static void hear_report(void)
{
    for (size_t t = 0; t < database.terminal_count; t++) {
        const struct terminal_facts *facts = &database.terminals[t];
        for (size_t k = 0; facts->complete && k < TERMINALS; k++) {
            char name[24];
            sn_of(k, name);
            told_complete[k] += strcmp(name, facts->sn) == 0;
        }
        for (size_t i = 0; facts->complete && i < world.count; i++) {
            char sn[24];
            sn_of(world.truths[i].terminal, sn);
            if (strcmp(sn, facts->sn) == 0 && world.truths[i].time <= facts->through &&
                !database.there[i]) {
                broken("%s is told complete through %" PRId64 ", and its punch %zu of %" PRId64
                       " is not there",
                       sn, (int64_t)facts->through, i, (int64_t)world.truths[i].time);
            }
        }
    }
}

/* ---- the program ---- */

static const struct report_service service = {.name = "PC-1", .version = "1.0", .started_s = 1};

static bool never(void *context)
{
    (void)context;
    return false;
}

static bool paused(void *context, unsigned ms)
{
    (void)context;
    (void)ms;
    return true;
}

static void nothing(void *context)
{
    (void)context;
}

static int64_t unix_now(void *context)
{
    (void)context;
    return world.now.unix_s;
}

static int64_t steady_now(void *context)
{
    (void)context;
    return world.now.steady_s * 1000;
}

static walltime local_time(void *context, int64_t unix_s)
{
    (void)context;
    return unix_s + EAST_S;
}

static const struct zone zone = {local_time, NULL};
static const struct scan_service scanning = {.stopped = never,
                                             .pause = paused,
                                             .appended = nothing,
                                             .unix_s = unix_now,
                                             .steady_ms = steady_now,
                                             .zone = &zone};

static void start(void)
{
    world.dead = database.gone = false;
    world.kill_in_insert = false;
    world.writes_left = -1;
    world.writes_full = 0;
    world.intake_outbox = open_outbox((struct outbox_options){.skip_pushed = true});
    world.upload_outbox = open_outbox((struct outbox_options){.skip_pushed = true});
    world.pull_outbox = open_outbox((struct outbox_options){.skip_pushed = true});
    world.scan_outbox = open_outbox((struct outbox_options){.skip_pushed = true});
    world.scan = scan_new(world.config, world.scan_outbox, &events, &scanning, &err);
    assert_non_null(world.scan);
    world.intake = intake_new(world.config, world.intake_outbox, &events, &err);
    world.uploader = uploader_new(world.config, world.upload_outbox, &events, &service, &err);
    assert_non_null(world.intake);
    assert_non_null(world.uploader);
}

/* Nothing more reaches the disk. */
static void stop(void)
{
    world.dead = database.gone = true;
    intake_free(world.intake);
    uploader_free(world.uploader);
    scan_free(world.scan);
    outbox_close(world.scan_outbox);
    outbox_close(world.pull_outbox);
    outbox_close(world.intake_outbox);
    outbox_close(world.upload_outbox);
    database.connected = false;
}

#endif
