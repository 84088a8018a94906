/*
 * bench_beside FOLDER [ROWS [loose]]: how long a terminal waits for its OK while a large log is
 * read, beside what it waits with no log, in the same run. The product's own intake, pass over the
 * log folder and outbox, each on a thread and a connection of its own as in the service; in the
 * uploader's place one that takes batches and moves the cursor, so that no database's load is
 * measured. loose: whoever comes first writes, as it was before there were turns.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>

#include "bench.h"
#include "logs/scan.h"
#include "record/batch.h"
#include "system/clock.h"
#include "terminals/intake.h"

enum {
    ROWS = 200000, /* of the log, about 11 MB */
    USERS = 2000,
    QUIET_PUNCHES = 400,
    BESIDE_MAX = 100000,
    ENOUGH = 100,
    EVERY_MS = 5, /* a punch, as of many terminals */
    BATCH = 1000,
    BATCH_MS = 10, /* that the database takes */
};

struct beside {
    struct config *config;
    struct turns *turns; /* NULL: loose */
    char outbox_path[4000];
    atomic_bool ended; /* the log is in the outbox */
    double log_s;
    struct scan_sums sums;
    struct outbox_spent log_spent;
    struct outbox *outbox; /* the terminals' */
    struct intake *intake;
    struct intake_item *item;
    unsigned punches;
};

static void report(void *context, enum event_id id, size_t count, const char *const *strings)
{
    (void)context;
    (void)id;
    (void)count;
    (void)strings;
}

static const struct event_sink events = {report, NULL};

static struct outbox *open_as(const struct beside *beside, bool urgent)
{
    struct error err = ERROR_INIT;
    struct outbox_options options = {
        .max_mb = 2048, .skip_pushed = true, .turns = beside->turns, .urgent = urgent};
    struct outbox *outbox = outbox_open(beside->outbox_path, &options, &err);
    bench_must(outbox != NULL, "outbox", &err);
    return outbox;
}

static void sleep_ms(unsigned ms)
{
    nanosleep(&(struct timespec){ms / 1000, (long)(ms % 1000) * 1000000L}, NULL);
}

/* ---- the log ---- */

static void make_log(const struct beside *beside, long rows)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/long.txt", beside->config->sync.log_directory);
    FILE *log = fopen(path, "w");
    bench_must(log != NULL, "cannot write the log", NULL);
    for (long i = 0; i < rows; i++) {
        long second = i % 86400;
        long hour = second / 3600;
        fprintf(log, "%-8ld %05ld     %02ld/%02ld/2025 %ld:%02ld:%02ld %s      1 T\r\n", i + 1,
                1 + i % USERS, i / 86400 % 28 + 1, i / 86400 / 28 + 1,
                hour % 12 == 0 ? 12 : hour % 12, second / 60 % 60, second % 60,
                hour < 12 ? "AM" : "PM");
    }
    bench_must(fclose(log) == 0, "cannot write the log", NULL);
}

static bool never(void *context)
{
    (void)context;
    return false;
}

static bool rest(void *context, unsigned ms)
{
    (void)context;
    sleep_ms(ms);
    return true;
}

static void ignore(void *context)
{
    (void)context;
}

static int64_t unix_s(void *context)
{
    (void)context;
    return clock_unix();
}

static int64_t steady_ms(void *context)
{
    (void)context;
    return clock_steady_ms();
}

static void *read_log(void *context)
{
    static const struct scan_service service = {never,     rest,        ignore, unix_s,
                                                steady_ms, &clock_zone, NULL};
    struct beside *beside = context;
    struct error err = ERROR_INIT;
    size_t pending = 0;
    struct outbox *outbox = open_as(beside, false);
    struct scan *scan = scan_new(beside->config, outbox, &events, &service, &err);
    bench_must(scan != NULL, "scan", &err);
    double start = bench_clock();
    bench_must(scan_pass(scan, SCAN_READ, &beside->sums, &pending, &err), "the pass", &err);
    beside->log_s = bench_clock() - start;
    beside->log_spent = outbox_spent(outbox);
    scan_free(scan);
    outbox_close(outbox);
    atomic_store(&beside->ended, true);
    return NULL;
}

/* ---- the uploader's place ---- */

static void *move_cursor(void *context)
{
    struct beside *beside = context;
    struct error err = ERROR_INIT;
    struct outbox *outbox = open_as(beside, false);
    struct batch *batch = batch_new(BATCH, (size_t)BATCH * 256);
    bench_must(batch != NULL, "no memory", NULL);
    while (!atomic_load(&beside->ended)) {
        batch_clear(batch);
        bench_must(outbox_waiting(outbox, BATCH, batch, &err), "waiting", &err);
        sleep_ms(BATCH_MS);
        if (batch->count > 0) {
            bench_must(
                outbox_begin(outbox, &err) &&
                    outbox_advance(outbox, batch->rows[batch->count - 1].id, clock_unix(), &err) &&
                    outbox_commit(outbox, &err),
                "advance", &err);
        }
    }
    batch_free(batch);
    outbox_close(outbox);
    return NULL;
}

/* ---- the terminal ---- */

/* Milliseconds until its OK. */
static double punch(struct beside *beside)
{
    char query[64];
    char body[64];
    char time[WALLTIME_TEXT_MAX];
    unsigned number = beside->punches++;
    (void)snprintf(query, sizeof query, "SN=BESIDE%u&table=ATTLOG&Stamp=9999", number % 10);
    int length = snprintf(body, sizeof body, "9\t%s\t0\t1\t\t0\t0\n",
                          walltime_text(INT64_C(1768464000) + number, time));
    beside->item->request = (struct iclock_request){.method = ICLOCK_POST,
                                                    .path = SPAN("/iclock/cdata"),
                                                    .query = span_of(query),
                                                    .body = {body, (size_t)length}};
    struct moment now = {clock_unix(), clock_steady()};
    double start = bench_clock();
    (void)outbox_spend(beside->outbox, OUTBOX_SPENT_PARSE);
    (void)intake_answer(beside->intake, &beside->item, 1, now);
    (void)outbox_spend(beside->outbox, OUTBOX_SPENT_NOTHING);
    double took = (bench_clock() - start) * 1000;
    bench_must(beside->item->reply.status == 200 && beside->item->reply.punches == 1, "no OK",
               NULL);
    if (intake_flush_due(beside->intake, now) == 0) {
        intake_flush(beside->intake, now);
    }
    return took;
}

static int by_value(const void *a, const void *b)
{
    double one = *(const double *)a;
    double other = *(const double *)b;
    return (one > other) - (one < other);
}

static double share(double *took, size_t count, double part)
{
    qsort(took, count, sizeof *took, by_value);
    size_t at = (size_t)((double)count * part);
    return took[at < count ? at : count - 1];
}

int main(int argc, char **argv)
{
    static struct beside beside;
    static double quiet[QUIET_PUNCHES];
    static double loud[BESIDE_MAX];
    struct error err = ERROR_INIT;
    pthread_t reader;
    pthread_t mover;
    if (argc < 2 || (argc > 2 && atol(argv[2]) <= 0)) {
        fprintf(stderr, "usage: bench_beside FOLDER [ROWS [loose]]\n");
        return 2;
    }
    long rows = argc > 2 ? atol(argv[2]) : ROWS;
    beside.turns = argc > 3 ? NULL : turns_new(TURNS_GIVE_WAY_MS, &err);
    beside.config = config_parse(SPAN("{}"), "/bench/config.json", &err);
    bench_must(beside.config != NULL, "config", &err);
    (void)snprintf(beside.outbox_path, sizeof beside.outbox_path, "%s/beside.db", argv[1]);
    struct config_sync *sync = &beside.config->sync;
    (void)snprintf(sync->log_directory, sizeof sync->log_directory, "%s/beside", argv[1]);
    (void)snprintf(sync->archive_directory, sizeof sync->archive_directory, "%s/beside/processed",
                   argv[1]);
    (void)mkdir(sync->log_directory, 0700);
    (void)mkdir(sync->archive_directory, 0700);
    bench_remove(beside.outbox_path);
    make_log(&beside, rows);

    beside.outbox = open_as(&beside, true);
    beside.intake = intake_new(beside.config, beside.outbox, &events, &err);
    beside.item = calloc(1, sizeof *beside.item);
    bench_must(beside.intake != NULL && beside.item != NULL, "intake", &err);
    (void)address_parse(SPAN("192.168.1.201"), &beside.item->peer);
    for (size_t i = 0; i < HB_COUNT(quiet); i++) {
        quiet[i] = punch(&beside);
        sleep_ms(EVERY_MS);
    }
    bench_must(pthread_create(&reader, NULL, read_log, &beside) == 0 &&
                   pthread_create(&mover, NULL, move_cursor, &beside) == 0,
               "threads", NULL);
    size_t count = 0;
    while (!atomic_load(&beside.ended) && count < HB_COUNT(loud)) {
        loud[count++] = punch(&beside);
        sleep_ms(EVERY_MS);
    }
    (void)pthread_join(reader, NULL);
    (void)pthread_join(mover, NULL);
    bench_must(beside.sums.fresh == (uint64_t)rows, "not all was read", NULL);
    bench_must(count >= ENOUGH, "too few punches for a percentile: a longer log", NULL);

    bench_figure("a terminal's OK while a log is read, p50", share(loud, count, 0.5), "ms",
                 share(quiet, HB_COUNT(quiet), 0.5));
    bench_figure("a terminal's OK while a log is read, p99", share(loud, count, 0.99), "ms",
                 share(quiet, HB_COUNT(quiet), 0.99));
    bench_figure("a terminal's OK while a log is read, longest", loud[count - 1], "ms",
                 quiet[HB_COUNT(quiet) - 1]);
    bench_figure("the log meanwhile", (double)rows / beside.log_s, "rows/s", 0);
    bench_spent("log", &beside.log_spent);
    const struct outbox_spent spent = outbox_spent(beside.outbox);
    bench_spent("push, beside it and before", &spent);

    intake_free(beside.intake);
    outbox_close(beside.outbox);
    turns_free(beside.turns);
    free(beside.item);
    config_free(beside.config);
    bench_remove(beside.outbox_path);
    return 0;
}
