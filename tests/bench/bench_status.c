/*
 * bench_status FOLDER: what a refresh of the status page costs the service, with a hundred punches
 * in the outbox and with a million, of twenty terminals, a tenth of them of the last week, of which
 * a tenth waits or all do. The CPU time of making status.json and metrics, which is all that grows
 * with the outbox. Then what a terminal notices of it: how long an append takes, to the disk, while
 * another thread does nothing but refresh, beside the same without.
 */
#include <inttypes.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "bench.h"
#include "status/metrics.h"
#include "outbox/outbox_stats.h"
#include "outbox/outbox_rejected.h"
#include "status/status.h"

enum { TERMINALS = 20, MANY = 1000000, FEW = 100, GROUP = 10000, TIMES = 200, WEEK_S = 7 * 86400 };
enum { ROUNDS = 5, APPENDS = 300 }; /* of each kind, in turns: the disk's moods meet both */
static const double promised_ms = 5;

static void fill(const char *path, int64_t count, bool all_wait, int64_t now_s)
{
    struct error err = ERROR_INIT;
    struct outbox *outbox = outbox_open(path, NULL, &err);
    bench_must(outbox != NULL, "outbox", &err);
    for (int64_t i = 0; i < count;) {
        bench_must(outbox_begin(outbox, &err), "begin", &err);
        for (int64_t end = i + GROUP; i < end && i < count; i++) {
            enum outbox_added added;
            struct punch punch = {.raw = SPAN("1001\t2026-01-15 08:01:02\t0\t1\t0\t0\t0")};
            int64_t old = i < count * 9 / 10 ? 60 * INT64_C(86400) : WEEK_S;
            punch.time = now_s - old + i * (WEEK_S - 86400) / count;
            (void)snprintf(punch.device_sn, sizeof punch.device_sn, "BENCH%04d",
                           (int)(i % TERMINALS));
            (void)snprintf(punch.user_id, sizeof punch.user_id, "%" PRId64, i);
            bench_must(outbox_append(outbox, &punch, 0, now_s, &added, &err), "append", &err);
            if (i % 1000 == 0) {
                bench_must(outbox_reject_line(outbox, punch.device_sn, SPAN("rubbish"), "why",
                                              now_s, &err),
                           "line", &err);
            }
        }
        bench_must(all_wait || outbox_advance(outbox, i - i / 10, now_s, &err), "advance", &err);
        /* As the uploader does, which leaves no more uncounted than these. */
        int64_t limit = i < count ? GROUP : GROUP - OUTBOX_COUNT_AT;
        bench_must(outbox_count_hours(outbox, now_s, limit, &err), "count", &err);
        bench_must(outbox_commit(outbox, &err), "commit", &err);
    }
    bench_must(outbox_begin(outbox, &err), "begin", &err);
    for (int i = 0; i < TERMINALS; i++) {
        struct outbox_device device = {.first_seen_s = now_s, .last_seen_s = now_s, .punches = i};
        (void)snprintf(device.sn, sizeof device.sn, "BENCH%04d", i);
        bench_must(outbox_device_save(outbox, &device, &err), "terminal", &err);
    }
    bench_must(outbox_devices_settle(outbox, &err), "terminals", &err);
    bench_must(outbox_commit(outbox, &err), "commit", &err);
    outbox_close(outbox);
}

static void refresh(struct outbox *outbox, const struct config *config, int64_t now_s)
{
    struct error err = ERROR_INIT;
    char *status = status_json(outbox, config, "running", now_s, &err);
    bench_must(status != NULL, "status", &err);
    char *metrics = metrics_text(outbox, config, now_s, &err);
    bench_must(metrics != NULL, "metrics", &err);
    free(status);
    free(metrics);
}

/* first: what the first took, which looks through all that waits. */
static double refresh_ms(const char *path, const struct config *config, int64_t now_s,
                         double *first)
{
    struct error err = ERROR_INIT;
    struct outbox *outbox = outbox_open_readonly(path, &err);
    bench_must(outbox != NULL, "outbox", &err);
    clock_t began = clock();
    refresh(outbox, config, now_s);
    *first = (double)(clock() - began) / CLOCKS_PER_SEC * 1000;
    began = clock();
    for (int i = 0; i < TIMES; i++) {
        refresh(outbox, config, now_s);
    }
    double spent = (double)(clock() - began) / CLOCKS_PER_SEC * 1000 / TIMES;
    outbox_close(outbox);
    return spent;
}

/* ---- what a terminal notices ---- */

enum page_state { PAUSED, REFRESHING, ENDED };

struct page {
    const struct config *config;
    struct outbox *outbox;
    int64_t now_s;
    pthread_mutex_t mutex;
    enum page_state state;
    uint64_t refreshes;
};

static enum page_state state_of(struct page *page)
{
    (void)pthread_mutex_lock(&page->mutex);
    enum page_state state = page->state;
    (void)pthread_mutex_unlock(&page->mutex);
    return state;
}

static void set_state(struct page *page, enum page_state state)
{
    (void)pthread_mutex_lock(&page->mutex);
    page->state = state;
    (void)pthread_mutex_unlock(&page->mutex);
}

static void *run_page(void *context)
{
    static const struct timespec pause = {.tv_nsec = 1000000};
    struct page *page = context;
    for (;;) {
        switch (state_of(page)) {
        case PAUSED:
            (void)nanosleep(&pause, NULL);
            break;
        case REFRESHING:
            refresh(page->outbox, page->config, page->now_s);
            page->refreshes++;
            break;
        case ENDED:
            return NULL;
        }
    }
}

/* One punch a transaction, as a terminal that punches alone; milliseconds of each into `took`. */
static void append(struct outbox *outbox, int64_t now_s, int round, double *took)
{
    struct error err = ERROR_INIT;
    for (int i = 0; i < APPENDS; i++) {
        enum outbox_added added;
        struct punch punch = {.time = now_s + i, .raw = SPAN("1001\t2026-01-15 08:01:02\t0\t1")};
        (void)snprintf(punch.device_sn, sizeof punch.device_sn, "BENCH%04d", i % TERMINALS);
        (void)snprintf(punch.user_id, sizeof punch.user_id, "R%d", round);
        double began = bench_clock();
        bench_must(outbox_begin(outbox, &err), "begin", &err);
        bench_must(outbox_append(outbox, &punch, 0, now_s, &added, &err), "append", &err);
        bench_must(outbox_commit(outbox, &err), "commit", &err);
        took[i] = (bench_clock() - began) * 1000;
        bench_must(added == OUTBOX_NEW, "a new punch", NULL);
    }
}

static int compare(const void *one, const void *other)
{
    double a = *(const double *)one;
    double b = *(const double *)other;
    return a < b ? -1 : a > b;
}

static void bench_appends(const char *path, const struct config *config, int64_t now_s)
{
    static double alone[ROUNDS * APPENDS];
    static double beside[ROUNDS * APPENDS];
    static const struct {
        const char *name;
        int percent;
    } shares[] = {{"p50", 50}, {"p99", 99}};
    struct error err = ERROR_INIT;
    struct page page = {
        .config = config, .now_s = now_s, .outbox = outbox_open_readonly(path, &err)};
    bench_must(page.outbox != NULL, "outbox", &err);
    struct outbox *outbox = outbox_open(path, NULL, &err);
    bench_must(outbox != NULL, "outbox", &err);
    double seconds = 0;
    pthread_t thread;
    bench_must(pthread_mutex_init(&page.mutex, NULL) == 0, "mutex", NULL);
    bench_must(pthread_create(&thread, NULL, run_page, &page) == 0, "thread", NULL);
    for (int i = 0; i < ROUNDS; i++) {
        append(outbox, now_s, 2 * i, alone + (size_t)i * APPENDS);
        set_state(&page, REFRESHING);
        double began = bench_clock();
        append(outbox, now_s, 2 * i + 1, beside + (size_t)i * APPENDS);
        seconds += bench_clock() - began;
        set_state(&page, PAUSED);
    }
    set_state(&page, ENDED);
    (void)pthread_join(thread, NULL);
    (void)pthread_mutex_destroy(&page.mutex);
    outbox_close(page.outbox);
    outbox_close(outbox);
    qsort(alone, HB_COUNT(alone), sizeof *alone, compare);
    qsort(beside, HB_COUNT(beside), sizeof *beside, compare);
    for (size_t i = 0; i < HB_COUNT(shares); i++) {
        char name[64];
        size_t at = HB_COUNT(alone) * (size_t)shares[i].percent / 100;
        (void)snprintf(name, sizeof name, "append beside refreshes, %s", shares[i].name);
        bench_figure(name, beside[at], "ms", alone[at]);
    }
    bench_figure("append beside refreshes, of these", (double)page.refreshes / seconds,
                 "refreshes/s", 0);
}

int main(int argc, char **argv)
{
    static const struct {
        int64_t count;
        bool all_wait;
    } kinds[] = {{FEW, false}, {MANY, false}, {MANY, true}};
    struct error err = ERROR_INIT;
    if (argc != 2) {
        fprintf(stderr, "usage: bench_status FOLDER\n");
        return 2;
    }
    int64_t now_s = (int64_t)time(NULL);
    struct config *config = config_parse(SPAN("{}"), "/bench/config.json", &err);
    bench_must(config != NULL, "config", &err);
    for (size_t i = 0; i < HB_COUNT(kinds); i++) {
        char path[4096];
        char what[64];
        char name[96];
        (void)snprintf(path, sizeof path, "%s/status%zu.db", argv[1], i);
        (void)snprintf(what, sizeof what, "status page, %" PRId64 " punches%s", kinds[i].count,
                       kinds[i].all_wait ? ", all waiting" : "");
        fill(path, kinds[i].count, kinds[i].all_wait, now_s);
        double first = 0;
        double ms = refresh_ms(path, config, now_s, &first);
        (void)snprintf(name, sizeof name, "%s, CPU", what);
        bench_figure(name, ms, "ms/refresh", promised_ms);
        bench_figure(what, 1000 / ms, "refresh/CPUs", 1000 / promised_ms);
        (void)snprintf(name, sizeof name, "%s, the first", what);
        bench_figure(name, first, "ms", 0);
        if (kinds[i].count == MANY && !kinds[i].all_wait) {
            bench_appends(path, config, now_s);
        }
        bench_remove(path);
    }
    config_free(config);
    return 0;
}
