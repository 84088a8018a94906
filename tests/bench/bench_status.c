/*
 * bench_status FOLDER: what a refresh of the status page costs the service, with a hundred punches
 * in the outbox and with a million, of twenty terminals, a tenth of them of the last week. The CPU
 * time of making status.json and metrics, which is all that grows with the outbox.
 */
#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "metrics.h"
#include "outbox.h"
#include "status.h"

enum { TERMINALS = 20, MANY = 1000000, FEW = 100, GROUP = 10000, TIMES = 200, WEEK_S = 7 * 86400 };
static const double promised = 200; /* refreshes a second of CPU: 5 ms each */

static void fill(const char *path, int64_t count, int64_t now_s)
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
            if (i < TERMINALS) {
                struct outbox_device device = {
                    .first_seen_s = now_s, .last_seen_s = now_s, .punches = i};
                memcpy(device.sn, punch.device_sn, sizeof device.sn);
                bench_must(outbox_device_save(outbox, &device, &err), "terminal", &err);
            }
            if (i % 1000 == 0) {
                bench_must(outbox_reject_line(outbox, punch.device_sn, SPAN("rubbish"), "why",
                                              now_s, &err),
                           "line", &err);
            }
        }
        bench_must(outbox_advance(outbox, i - i / 10, now_s, &err), "advance", &err);
        bench_must(outbox_commit(outbox, &err), "commit", &err);
    }
    outbox_close(outbox);
}

static double refresh_ms(const char *path, const struct config *config, int64_t now_s)
{
    struct error err = ERROR_INIT;
    struct outbox *outbox = outbox_open_readonly(path, &err);
    bench_must(outbox != NULL, "outbox", &err);
    clock_t began = clock();
    for (int i = 0; i < TIMES; i++) {
        char *status = status_json(outbox, config, "running", now_s, &err);
        bench_must(status != NULL, "status", &err);
        char *metrics = metrics_text(outbox, config, now_s, &err);
        bench_must(metrics != NULL, "metrics", &err);
        free(status);
        free(metrics);
    }
    double spent = (double)(clock() - began) / CLOCKS_PER_SEC * 1000 / TIMES;
    outbox_close(outbox);
    return spent;
}

int main(int argc, char **argv)
{
    static const int64_t counts[] = {FEW, MANY};
    struct error err = ERROR_INIT;
    if (argc != 2) {
        fprintf(stderr, "usage: bench_status FOLDER\n");
        return 2;
    }
    int64_t now_s = (int64_t)time(NULL);
    struct config *config = config_parse(SPAN("{}"), "/bench/config.json", &err);
    bench_must(config != NULL, "config", &err);
    for (size_t i = 0; i < HB_COUNT(counts); i++) {
        char path[4096];
        char name[64];
        (void)snprintf(path, sizeof path, "%s/status%zu.db", argv[1], i);
        fill(path, counts[i], now_s);
        (void)snprintf(name, sizeof name, "status page, %" PRId64 " punches", counts[i]);
        bench_figure(name, 1000 / refresh_ms(path, config, now_s), "refresh/CPUs", promised);
        (void)unlink(path);
    }
    config_free(config);
    return 0;
}
