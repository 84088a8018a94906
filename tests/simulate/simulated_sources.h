/*
 * What simulate.c's program goes for by itself: a terminal that is read on its port, and log files
 * that another program saves. Nobody is answered OK: each of their punches must be in the table at
 * rest, and a log file that was archived must be there in full at any time.
 */
#ifndef HIPBRIDGE_SIMULATED_SOURCES_H
#define HIPBRIDGE_SIMULATED_SOURCES_H

#define VISITING_SPOOL_BYTES (64 << 10) /* of a few hundred records */
#include "pull/visiting.h"
#include "simulated_world.h"
#include "system/folder.h"
#include "terminals/harvest_all.h"

enum { RECORD_EVERY_S = 15 };

static const char place[] = "10.0.0.4:4370";

/* ---- the terminal that is read on its port ---- */

static struct pulled_plan pulled_plan(void)
{
    return (struct pulled_plan){.serial = "T3",
                                .records = world.held > 0 ? world.held : PULLED_NONE,
                                .start = noon_s + EAST_S,
                                .interval_s = RECORD_EVERY_S};
}

static walltime next_record(void)
{
    return noon_s + EAST_S + (walltime)RECORD_EVERY_S * world.held;
}

/* Its next record: what it says is the terminal's own to choose. */
static void make_record(void)
{
    struct pulled terminal;
    const struct pulled_plan plan = pulled_plan();
    pulled_begin(&terminal, &plan);
    uint32_t n = world.held++;
    world.truths[world.count] = (struct truth){.terminal = PULLED,
                                               .user = (int)pulled_user(&terminal, n),
                                               .time = pulled_time(&terminal, n),
                                               .status = (int)(n % 2)};
    tell("  punch %zu: record %u", world.count, (unsigned)n);
    world.count++;
}

/* Each at its time. */
static void make_records(void)
{
    while (world.count < TRUTHS && next_record() < world.now.unix_s + EAST_S) {
        make_record();
    }
}

/* What a terminal may do that is still to be read right, or not at all. */
static uint32_t pulled_oddity(void)
{
    static const uint32_t odd[] = {
        PULLED_FRAGMENTS,     PULLED_NO_SESSION,   PULLED_SHORT_HEAD,  PULLED_EVENTS,
        PULLED_BARE_DATA,     PULLED_SPLIT_DIRECT, PULLED_HALF_DIRECT, PULLED_ODD_TOTAL,
        PULLED_COUNT_MORE,    PULLED_COUNT_ZERO,   PULLED_REFUSES,     PULLED_BAD_CHECKSUM,
        PULLED_NO_FREE_SIZES,
    };
    return odd[roll(HB_COUNT(odd))];
}

/* As the service's thread does it, a visit at once. */
static void visit(bool faults)
{
    static struct visiting v;
    struct pulled_plan plan = pulled_plan();
    struct visiting_line line = {.seed = 1 + roll(1000000)};
    struct error failed = ERROR_INIT;
    struct outbox_pull pull;
    struct harvest harvest;
    bool found = false;
    if (faults && roll(6) == 0) {
        line.close_after = 1 + roll(3000);
        inject(FAULT_LINE_LOST);
    } else if (faults && roll(4) == 0) {
        plan.faults = pulled_oddity();
        inject(FAULT_ODD_TERMINAL);
    } else if (faults && roll(3) == 0 && world.held > 0 && world.count < TRUTHS) {
        int64_t later_s = next_record() - EAST_S - world.now.unix_s;
        world.now.unix_s += later_s;
        world.now.steady_s += later_s;
        plan.faults = roll(2) == 0 ? PULLED_GROW_BEFORE : PULLED_GROW_AFTER;
        inject(FAULT_PUNCHED_MEANWHILE);
    }
    if (!outbox_pull(world.pull_outbox, place, &pull, &found, &failed)) {
        return;
    }
    struct visit_order order = {
        .purpose = harvest_is_due(&pull, world.now.unix_s) ? VISIT_WHOLE : VISIT_POLL,
        .details = pull.firmware[0] == '\0',
        .read_count = world.plant == PLANT_COUNT && pull.read_s != 0 ? pull.after
                                                                     : harvest_read_count(&pull)};
    visiting_begin(&v, &plan, &line, &order);
    v.wall = v.visit->order.wall_offset_s = world.now.unix_s + EAST_S;
    visiting_run(&v, "simulated");
    while (world.held < v.terminal.records) {
        make_record();
    }
    const struct harvest_moment moment = {world.now.unix_s, v.now_ms, EAST_S / 60};
    struct visit_spool spool = {&v, visiting_read};
    bool done = harvest_all(world.pull_outbox, v.visit, &spool, &moment, &pull, &harvest, &failed);
    tell("  the visit ends with %d, %s", (int)v.visit->outcome, done ? "taken" : failed.text);
    visiting_end(&v);
}

/* ---- log files ---- */

/* Valid until the next call. */
static const char *log_file(size_t save, bool archived)
{
    static char path[FILE_PATH_MAX + 64];
    const struct config_sync *sync = &world.config->sync;
    (void)snprintf(path, sizeof path, "%s/log-%zu.txt",
                   archived ? sync->archive_directory : sync->log_directory, save);
    return path;
}

/* Its punches since the last file was saved; now and then some of those before once more. */
static void save_log(void)
{
    char text[BODY_ROOM];
    size_t used = 0;
    size_t begin = world.saved;
    if (world.saves == SAVES) {
        return;
    }
    if (begin > 0 && roll(4) == 0) {
        begin -= 1 + roll((uint32_t)(begin < 60 ? begin : 60));
        inject(FAULT_OVERLAP);
    }
    size_t i = begin;
    for (; i < world.count && used + 64 < sizeof text; i++) {
        const struct truth *truth = &world.truths[i];
        char time[WALLTIME_TEXT_MAX];
        if (truth->terminal == FILED) {
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%d\t%s\t1\t%d\t1\t0\r\n",
                                     truth->bad ? "&" : "", truth->user,
                                     walltime_text(truth->time, time), truth->status);
        }
    }
    world.saved = i > world.saved ? i : world.saved;
    if (used == 0) {
        return;
    }
    scratch_write(log_file(world.saves, false), text, used);
    tell("  log-%zu.txt holds punches %zu to %zu", world.saves, begin, i);
    world.save_begin[world.saves] = begin;
    world.save_end[world.saves++] = i;
}

static void scan(enum scan_kind kind)
{
    struct error failed = ERROR_INIT;
    struct scan_sums sums = {0};
    size_t pending = 0;
    (void)scan_pass(world.scan, kind, &sums, &pending, &failed);
    tell("  %d files read, %d archived, %zu wait", (int)sums.files, (int)sums.archived, pending);
}

/* What was archived is in the table. */
static void check_archive(void)
{
    for (size_t save = 0; save < world.saves; save++) {
        if (!file_exists(log_file(save, true))) {
            continue;
        }
        for (size_t i = world.save_begin[save]; i < world.save_end[save]; i++) {
            const struct truth *truth = &world.truths[i];
            if (truth->terminal == FILED && !truth->bad && !database.there[i] && !database.bad[i]) {
                broken("log-%zu.txt is archived and punch %zu of it is not in the table", save, i);
            }
        }
    }
}

static void empty_folder(const char *path)
{
    char name[LOG_NAME_MAX];
    char whole[FILE_PATH_MAX];
    struct folder_list *list = folder_list_open(path, NULL);
    while (list != NULL && folder_list_next(list, name, NULL)) {
        if (file_resolve(path, name, whole, sizeof whole)) {
            (void)remove(whole);
        }
    }
    folder_list_close(list);
}

static void drop_logs(void)
{
    empty_folder(world.config->sync.archive_directory);
    empty_folder(world.config->sync.log_directory);
}

#endif
