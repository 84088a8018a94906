/*
 * feed_bridge CONFIG SN PUNCHES: a bridge without terminals, for tests/e2e/feed.py: the product's
 * own outbox, uploader and cloud. Appends punches of this terminal until the outbox has been given
 * so many, has refused ones wait again now and then, and uploads. Ends when all are in the
 * database; may be killed at any moment and started again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"
#include "cloud/cloud.h"
#include "config/config_load.h"
#include "outbox/outbox.h"
#include "upload/uploader.h"

enum { TOGETHER = 40, LONG_EVERY = 400, AGAIN_EVERY = 40, PAUSE_MS = 20 };

static const walltime first = INT64_C(1768464000);

static void report(void *context, enum event_id id, size_t count, const char *const *strings)
{
    (void)context;
    (void)count;
    (void)strings;
    fprintf(stderr, "event %d\n", (int)id);
}

/* Each has a number of its own, whatever was killed before: the id that comes next. */
static void append(struct outbox *outbox, const char *sn, int64_t last)
{
    struct error err = ERROR_INIT;
    bench_must(outbox_begin(outbox, &err), "begin", &err);
    for (int64_t number = last + 1; number <= last + TOGETHER; number++) {
        enum outbox_added added;
        struct punch punch = {.time = first + number};
        punch.raw = SPAN("a line");
        (void)snprintf(punch.device_sn, sizeof punch.device_sn, "%s", sn);
        /* The table takes 30 characters to begin with. */
        (void)snprintf(punch.user_id, sizeof punch.user_id, "%0*lld",
                       number % LONG_EVERY == 0 ? 40 : 1, (long long)number);
        bench_must(outbox_append(outbox, &punch, 0, time(NULL), &added, &err), "append", &err);
    }
    bench_must(outbox_commit(outbox, &err), "commit", &err);
}

static void send_refused_again(struct outbox *outbox)
{
    struct error err = ERROR_INIT;
    size_t count = 0;
    bench_must(outbox_begin(outbox, &err), "begin", &err);
    bench_must(outbox_requeue_refused(outbox, &count, &err), "requeue", &err);
    bench_must(outbox_commit(outbox, &err), "commit", &err);
}

int main(int argc, char **argv)
{
    static const struct event_sink events = {report, NULL};
    struct error err = ERROR_INIT;
    struct outbox_counts counts;
    if (argc != 4) {
        fprintf(stderr, "usage: feed_bridge CONFIG SN PUNCHES\n");
        return 2;
    }
    bench_must(cloud_global_init(&err), "library", &err);
    struct config *config = config_load(argv[1], &err);
    bench_must(config != NULL, "config", &err);
    struct outbox *outbox = outbox_open(config->outbox.path, NULL, &err);
    struct outbox *own = outbox_open(config->outbox.path, NULL, &err);
    bench_must(outbox != NULL && own != NULL, "outbox", &err);
    struct uploader *uploader = uploader_new(config, own, &events, NULL, &err);
    bench_must(uploader != NULL, "uploader", &err);
    for (unsigned turn = 1;; turn++) {
        bench_must(outbox_counts(outbox, &counts, &err), "counts", &err);
        int64_t have = counts.uploaded + counts.waiting + counts.refused;
        if (have < atol(argv[3])) {
            append(outbox, argv[2], counts.last_id);
        } else if (counts.waiting + counts.refused == 0) {
            break;
        }
        if (turn % AGAIN_EVERY == 0) {
            send_refused_again(outbox);
        }
        uploader_hurry(uploader);
        if (uploader_step(uploader, (int64_t)time(NULL)) > 0) {
            nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000L}, NULL);
        }
    }
    uploader_free(uploader);
    outbox_close(own);
    outbox_close(outbox);
    config_free(config);
    cloud_global_end();
    return 0;
}
