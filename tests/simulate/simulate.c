/*
 * simulate [SECONDS] [--seed N] [--histories N] [--trace] [--plant NAME]: terminals that push, one
 * that is read on its port, log files, intake, outbox and uploader under one seeded scheduler, by a
 * clock of its own, beside a database that fails, on a disk that fails, killed at any write. After
 * each step:
 *   1. what was answered OK is in the outbox or the table, and what the cursor has passed is in the
 *      table or known as refused;
 *   2. the table is given nothing that was not sent: person, time, terminal, status;
 *   3. no complete_through covers a punch that its terminal holds and the table lacks;
 *   4. a log file that was archived is in the table.
 * At the end of each history all is mended, and all must arrive.
 *
 * --seed N is the first history's; with --trace that one alone is played, and its steps are told.
 * --plant NAME breaks something on purpose: then it ends 0 if that was found.
 */
#define _POSIX_C_SOURCE 200809L

#include <time.h>
#include <unistd.h>

#include "outbox/outbox_rejected.h"
#include "simulated_sources.h"
#include "simulated_terminals.h"

/* ---- what goes wrong ---- */

static void break_something(void)
{
    static const struct {
        enum fault fault;
        enum error_kind kind;
    } inserts[] = {{FAULT_INSERT, ERR_UNREACHABLE},
                   {FAULT_CONFLICT, ERR_CONFLICT},
                   {FAULT_TABLE, ERR_TABLE},
                   {FAULT_LOGIN, ERR_LOGIN}};
    static const enum error_kind connects[] = {ERR_UNREACHABLE, ERR_LOGIN, ERR_TABLE};
    uint32_t which = roll(10);
    switch (which) {
    case 0:
        database.connected = false;
        database.connecting = connects[roll(HB_COUNT(connects))];
        inject(FAULT_CONNECT);
        break;
    case 1:
    case 2:
        which = roll(HB_COUNT(inserts));
        database.inserting = inserts[which].kind;
        database.inserts_failing = 1 + (int)roll(25);
        database.commits_before_failing = false;
        inject(inserts[which].fault);
        break;
    case 3:
        database.inserting = ERR_UNREACHABLE;
        database.inserts_failing = 1 + (int)roll(2);
        database.commits_before_failing = true;
        inject(FAULT_COMMIT_UNHEARD);
        break;
    case 4:
        database.rows_most = 1 + roll(3);
        inject(FAULT_TOO_LARGE);
        break;
    case 5:
        database.foreign = true;
        inject(FAULT_OTHER_WRITER);
        break;
    case 6:
        database.reporting = ERR_TABLE;
        inject(FAULT_REPORT);
        break;
    case 7:
        world.writes_full = 1 + (int)roll(6);
        inject(FAULT_DISK);
        break;
    case 8:
        world.writes_left = (int)roll(40);
        break;
    default:
        world.kill_in_insert = true;
        break;
    }
}

static void mend_database(void)
{
    database.connecting = database.reporting = ERR_NONE;
    database.inserts_failing = 0;
    database.rows_most = 0;
    world.writes_full = 0;
}

/* ---- the promises ---- */

static void check_outbox(void)
{
    static bool held[TRUTHS];
    sqlite3_stmt *statement = NULL;
    size_t aside = 0;
    memset(held, 0, sizeof held);
    if (sqlite3_prepare_v2(world.upload_outbox->db,
                           "SELECT device_sn, user_id, check_time, id <= (SELECT cursor FROM state)"
                           " AND id NOT IN (SELECT id FROM refused) FROM punch",
                           -1, &statement, NULL) != SQLITE_OK) {
        fail_msg("%s", sqlite3_errmsg(world.upload_outbox->db));
    }
    while (sqlite3_step(statement) == SQLITE_ROW) {
        size_t i = truth_of((const char *)sqlite3_column_text(statement, 0),
                            (const char *)sqlite3_column_text(statement, 1),
                            sqlite3_column_int64(statement, 2));
        if (i == TRUTHS || held[i]) {
            broken("the outbox has a punch that nobody made, or twice");
            break;
        }
        held[i] = true;
        if (sqlite3_column_int(statement, 3) != 0 && !database.there[i]) {
            broken("punch %zu is passed by the cursor and not in the table", i);
        }
    }
    sqlite3_finalize(statement);
    for (size_t i = 0; i < world.count; i++) {
        aside += world.truths[i].ok && world.truths[i].bad;
        if (world.truths[i].ok && !world.truths[i].bad && !held[i] && !database.there[i]) {
            broken("punch %zu was answered OK and is nowhere", i);
        }
    }
    if (aside > 0 && query(world.upload_outbox, "SELECT count(DISTINCT line) FROM rejected") == 0) {
        broken("%zu lines were answered OK and nothing is set aside", aside);
    }
}

static void after_step(void)
{
    steps++;
    if (world.dead) {
        stop();
        tell("  started again");
        start();
    }
    check_outbox();
    check_archive();
}

/* ---- a history ---- */

static void step(void)
{
    size_t terminal = roll(PUSHING);
    world.now.unix_s += roll(12);
    world.now.steady_s = world.now.unix_s - noon_s + 1000;
    make_records();
    uint32_t what = roll(16);
    tell("%" PRId64 " s: %" PRIu32, world.now.unix_s - noon_s, what);
    switch (what) {
    case 0:
    case 1:
        make_punch(terminal);
        break;
    case 2:
    case 3:
        deliver(terminal, true);
        break;
    case 4:
    case 5:
        poll(terminal < FK ? terminal : 0);
        break;
    case 6:
        if (roll(3) == 0) {
            break_something();
        } else if (roll(2) == 0) {
            mend_database();
        }
        break;
    case 7:
        if (intake_flush_due(world.intake, world.now) == 0) {
            intake_flush(world.intake, world.now);
        }
        break;
    case 8:
    case 9:
        visit(true);
        break;
    case 10:
        make_punch(FILED);
        if (roll(3) == 0) {
            save_log();
        }
        break;
    case 11:
        scan(roll(2) == 0 ? SCAN_READ : SCAN_ARCHIVE);
        break;
    default:
        if (roll(2) == 0) {
            uploader_hurry(world.uploader);
        }
        (void)uploader_step(world.uploader, world.now.unix_s);
        break;
    }
    after_step();
}

static void come_to_rest(void)
{
    size_t count = 0;
    tell("at rest");
    stop();
    start();
    mend_database();
    database.foreign = false;
    memset(database.bad, 0, sizeof database.bad);
    memset(database.strange, 0, sizeof database.strange);
    DO(outbox_begin(world.upload_outbox, &err));
    DO(outbox_requeue_refused(world.upload_outbox, &count, &err));
    DO(outbox_commit(world.upload_outbox, &err));
    for (int s = 0; s < REST_S && world.wrong[0] == '\0'; s += 20) {
        world.now.unix_s += 20;
        world.now.steady_s += 20;
        for (size_t t = 0; t < PUSHING; t++) {
            deliver(t, false);
        }
        visit(false);
        save_log();
        scan(SCAN_READ);
        poll(roll(FK));
        uploader_hurry(world.uploader);
        for (int i = 0; i < 100 && uploader_step(world.uploader, world.now.unix_s) == 0; i++) {
        }
        after_step();
    }
    for (size_t i = 0; i < world.count; i++) {
        if (!world.truths[i].bad && !database.there[i]) {
            broken("at rest punch %zu is not in the table", i);
        }
    }
}

/* False: a promise was broken. */
static bool live(uint64_t seed)
{
    static const char text[] = "{\"listener\":{\"devices\":["
                               "{\"sn\":\"T0\",\"address\":\"10.0.0.1\"},"
                               "{\"sn\":\"T1\",\"address\":\"10.0.0.2\"},"
                               "{\"sn\":\"T2\",\"address\":\"10.0.0.3\"}]}}";
    enum plant plant = world.plant;
    bool trace = world.trace;
    memset(&world, 0, sizeof world);
    memset(&database, 0, sizeof database);
    world.plant = plant;
    world.trace = trace;
    world.random = seed * UINT64_C(0x9E3779B97F4A7C15);
    world.now = (struct moment){noon_s, 1000};
    database.facts.unique_key = true;
    database.number = take_row;
    database.reported = hear_report;
    database.commits_late = plant == PLANT_CURSOR;
    world.config = config_parse(span_of(text), "/simulate/config.json", &err);
    assert_non_null(world.config);
    world.config->database.host_count = 1;
    world.config->database.batch_rows = 20;
    world.config->database.status_tables = true;
    assert_int_equal(scratch_begin(), 0);
    struct config_sync *sync = &world.config->sync;
    (void)snprintf(sync->log_directory, sizeof sync->log_directory, "%s", scratch_path("alog"));
    (void)snprintf(sync->archive_directory, sizeof sync->archive_directory, "%s",
                   scratch_path("alog/processed"));
    (void)snprintf(sync->device_sn, sizeof sync->device_sn, "T4");
    DO(file_make_folder(sync->archive_directory, &err));
    start();
    for (int i = 0; i < STEPS && world.wrong[0] == '\0'; i++) {
        step();
    }
    if (world.wrong[0] == '\0') {
        come_to_rest();
    }
    stop();
    drop_logs();
    scratch_end();
    config_free(world.config);
    if (world.wrong[0] != '\0') {
        printf("seed %" PRIu64 ": %s\n", seed, world.wrong);
    }
    return world.wrong[0] == '\0';
}

static double seconds_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static enum plant plant_by_name(const char *name)
{
    for (int i = 1; i < PLANTS; i++) {
        if (strcmp(plant_names[i], name) == 0) {
            return (enum plant)i;
        }
    }
    fprintf(stderr, "simulate: there is no plant \"%s\"\n", name);
    exit(2);
}

int main(int argc, char **argv)
{
    static const struct vfs_hooks hooks = {
        .write = disk_write, .truncate = disk_truncate, .sync = disk_sync};
    double seconds = 60;
    uint64_t most = UINT64_MAX;
    uint64_t seed = 1;
    uint64_t histories = 0;
    bool kept = true;
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(argv[i], "--trace") == 0) {
            world.trace = true;
            most = 1;
        } else if (strcmp(argv[i], "--seed") == 0) {
            seed = strtoull(value, NULL, 10);
            i++;
        } else if (strcmp(argv[i], "--histories") == 0) {
            most = strtoull(value, NULL, 10);
            i++;
        } else if (strcmp(argv[i], "--plant") == 0) {
            world.plant = plant_by_name(value);
            i++;
        } else {
            char *end = NULL;
            seconds = strtod(argv[i], &end);
            if (*end != '\0' || !(seconds > 0)) {
                fprintf(stderr, "simulate: \"%s\" is no number of seconds\n", argv[i]);
                return 2;
            }
        }
    }
    if (access("/dev/shm", W_OK) == 0) {
        assert_int_equal(setenv("TEMP", "/dev/shm", 1), 0);
    }
    assert_int_equal(vfs_shim_install(&hooks), 0);
    /* So many histories, or so many seconds. */
    double until = most == UINT64_MAX ? seconds_now() + seconds : 1e18;
    while (kept && histories < most && seconds_now() < until) {
        kept = live(seed + histories);
        histories++;
    }
    for (size_t i = 0; i < FAULTS; i++) {
        printf("%s%s %" PRIu64, i > 0 ? ", " : "faults: ", fault_names[i], injected[i]);
    }
    printf("\na time told complete, times a terminal:");
    for (size_t i = 0; i < TERMINALS; i++) {
        printf(" %" PRIu64, told_complete[i]);
    }
    printf("\n%" PRIu64 " histories, %" PRIu64 " steps, %" PRIu64 " kills: %s\n", histories, steps,
           injected[FAULT_KILL], kept ? "no promise broken" : "a promise was BROKEN");
    return kept == (world.plant == PLANT_NONE) ? 0 : 1;
}
