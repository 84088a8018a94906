/*
 * bench_upload: the uploader from a full outbox, without the service around it.
 *
 *   bench_upload fill OUTBOX TSV ROWS   makes an outbox in which ROWS punches wait, and the same
 * rows as LOAD DATA reads them bench_upload send CONFIG [multi-row] uploads what waits in the
 * configuration's outbox; with `multi-row` as to a server that has no bulk execute. Prints rows,
 * seconds and how, tabs between, and then where the time went
 */
#include <inttypes.h>
#include <string.h>

#include "bench.h"
#include "bench_count.h"
#include "cloud/cloud_private.h"
#include "upload/uploader.h"
#include "config/config_load.h"

enum { TERMINALS = 20, USERS = 2000, FILL_ROWS = 10000 };

static bool multi_row;

/* The linker puts this before cloud_new (--wrap), so that the uploader's connection can be masked.
 */
struct cloud *__real_cloud_new(const struct config_database *config, struct error *err);
struct cloud *__wrap_cloud_new(const struct config_database *config, struct error *err);

struct cloud *__wrap_cloud_new(const struct config_database *config, struct error *err)
{
    struct cloud *cloud = __real_cloud_new(config, err);
    if (cloud != NULL) {
        cloud->mask_bulk = multi_row;
    }
    return cloud;
}

static void report(void *context, enum event_id id, size_t count, const char *const *strings)
{
    (void)context;
    if (id != EVENT_DATABASE_CONNECTED) {
        fprintf(stderr, "bench: event %d: %s\n", (int)id, count > 0 ? strings[0] : "");
        exit(1);
    }
}

/* LOAD DATA takes a backslash before a tab as the tab. */
static void write_row(FILE *tsv, const struct punch *punch, const char *time)
{
    fprintf(tsv, "%s\t%s\t%s\t%d\t%d\t", punch->device_sn, punch->user_id, time, (int)punch->status,
            (int)punch->verify);
    for (size_t i = 0; i < punch->raw.len; i++) {
        if (punch->raw.at[i] == '\t') {
            fputc('\\', tsv);
        }
        fputc(punch->raw.at[i], tsv);
    }
    fputc('\n', tsv);
}

static void fill(const char *path, const char *tsv_path, long rows)
{
    static const walltime start = INT64_C(1768464000);
    struct error err = ERROR_INIT;
    struct outbox *outbox = outbox_open(path, NULL, &err);
    bench_must(outbox != NULL, "outbox", &err);
    FILE *tsv = fopen(tsv_path, "w");
    bench_must(tsv != NULL, "cannot write the rows", NULL);
    for (long i = 0; i < rows; i++) {
        struct punch punch = {.time = start + i / 50, .status = (int32_t)(i % 2), .verify = 1};
        char raw[96];
        char time[WALLTIME_TEXT_MAX];
        enum outbox_added added;
        (void)snprintf(punch.device_sn, sizeof punch.device_sn, "BENCH%04ld", i / 100 % TERMINALS);
        (void)snprintf(punch.user_id, sizeof punch.user_id, "%ld", 1000 + i % USERS);
        int length = snprintf(raw, sizeof raw, "%s\t%s\t%d\t1\t\t0\t0", punch.user_id,
                              walltime_text(punch.time, time), (int)punch.status);
        punch.raw = (struct span){raw, (size_t)length};
        bench_must(i % FILL_ROWS != 0 || outbox_begin(outbox, &err), "begin", &err);
        bench_must(outbox_append(outbox, &punch, 0, start, &added, &err) && added == OUTBOX_NEW,
                   "append", &err);
        bench_must(((i + 1) % FILL_ROWS != 0 && i + 1 != rows) || outbox_commit(outbox, &err),
                   "commit", &err);
        write_row(tsv, &punch, time);
    }
    bench_must(fclose(tsv) == 0, "cannot write the rows", NULL);
    outbox_close(outbox);
}

static void send_all(const char *config_path)
{
    static const struct event_sink events = {report, NULL};
    struct outbox_counts before;
    struct outbox_counts after;
    struct error err = ERROR_INIT;
    bench_must(cloud_global_init(&err), "library", &err);
    struct config *config = config_load(config_path, &err);
    bench_must(config != NULL, "config", &err);
    struct outbox *outbox = outbox_open(config->outbox.path, NULL, &err);
    bench_must(outbox != NULL, "outbox", &err);
    struct uploader *uploader = uploader_new(config, outbox, &events, NULL, &err);
    bench_must(uploader != NULL, "uploader", &err);

    bench_must(outbox_counts(outbox, &before, &err), "counts", &err);
    bench_count(true);
    double start = bench_clock();
    uint32_t wait = 0;
    while (wait == 0) {
        wait = uploader_step(uploader, (int64_t)time(NULL));
    }
    double seconds = bench_clock() - start;
    bench_count(false);
    bench_must(outbox_counts(outbox, &after, &err), "counts", &err);
    bench_must(after.waiting == 0, "not all went up", NULL);
    printf("%" PRId64 "\t%.3f\t%s\n", before.waiting, seconds,
           multi_row ? "multi-row" : "as the server offers");
    const struct outbox_spent spent = outbox_spent(outbox);
    bench_spent(multi_row ? "upload, multi-row" : "upload", &spent);
    bench_counted(multi_row ? "uploaded, multi-row" : "uploaded", (double)before.waiting);

    uploader_free(uploader);
    outbox_close(outbox);
    config_free(config);
    cloud_global_end();
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "fill") == 0 && atol(argv[4]) > 0) {
        fill(argv[2], argv[3], atol(argv[4]));
    } else if ((argc == 3 || (argc == 4 && strcmp(argv[3], "multi-row") == 0)) &&
               strcmp(argv[1], "send") == 0) {
        multi_row = argc == 4;
        send_all(argv[2]);
    } else {
        fprintf(stderr, "usage: bench_upload fill OUTBOX TSV ROWS | send CONFIG [multi-row]\n");
        return 2;
    }
    return 0;
}
