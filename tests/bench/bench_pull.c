/*
 * bench_pull FOLDER [TERMINALS [RECORDS]]: rows a second that the logs of simulated terminals are
 * taken by (judged whole, then into the outbox), beside a bare SQLite loop that inserts the same
 * rows into the same tables, with the same memory, in transactions of the same size.
 *
 * The terminals' logs cover the same months, as those of one company do. As in the service so
 * many are taken together; the bare loop inserts one row of each in turn, which is the order of
 * time. They take turns; making the logs is outside the clock. So is the line: the bytes lie in
 * memory.
 */
#include <inttypes.h>
#include <string.h>

#include "../../tools/terminal/pulled_private.h"
#include "bench_bare.h"
#include "bench_count.h"
#include "pull/pull.h"
#include "system/clock.h"
#include "terminals/harvest.h"

enum { TERMINALS = 24, RECORDS = 20000, TOGETHER = HARVEST_TOGETHER, LOG = 13 };

/* A terminal, and its log as it was read. */
struct log {
    char serial[24];
    struct pulled terminal;
    uint8_t *bytes;
    size_t len;
};

/* ---- the product ---- */

static bool read_log(void *context, enum visit_table which, uint64_t offset, uint8_t *bytes,
                     size_t len, struct error *err)
{
    const struct log *log = context;
    if (which != VISIT_RECORDS || offset > log->len || len > log->len - (size_t)offset) {
        return error_set(err, ERR_CORRUPT, 0, "there are no such bytes");
    }
    memcpy(bytes, log->bytes + offset, len);
    return true;
}

/* The visit as it has ended. */
static struct visit *visit_of(const struct log *log, const struct harvest_moment *moment)
{
    struct visit *visit = calloc(1, pull_protocol.size);
    bench_must(visit != NULL, "no memory", NULL);
    visit->protocol = &pull_protocol;
    visit->outcome = VISIT_READ;
    visit->table_len[VISIT_RECORDS] = log->len;
    visit->facts.before = visit->facts.after = log->terminal.records;
    visit->facts.capacity = 2 * visit->facts.before;
    visit->facts.users = 7;
    visit->facts.has_clock = true;
    visit->facts.clock = moment->unix_s;
    visit->facts.bytes = log->len;
    (void)snprintf(visit->facts.sn, sizeof visit->facts.sn, "%.23s", log->serial);
    return visit;
}

static void take(struct outbox *outbox, struct log *logs, size_t count)
{
    struct error err = ERROR_INIT;
    struct harvest_moment moment = {clock_unix(), 1000, 0};
    static struct outbox_pull pulls[TOGETHER];
    static struct harvesting harvests[TOGETHER];
    struct harvesting *several[TOGETHER];
    struct visit_spool spools[TOGETHER];
    struct visit *visits[TOGETHER];
    bool left = true;
    for (size_t i = 0; i < count; i++) {
        char place[OUTBOX_PLACE_MAX];
        bool found = false;
        (void)snprintf(place, sizeof place, "%.23s:4370", logs[i].serial);
        bench_must(outbox_pull(outbox, place, &pulls[i], &found, &err), "outbox_pull", &err);
        several[i] = &harvests[i];
        spools[i] = (struct visit_spool){&logs[i], read_log};
        visits[i] = visit_of(&logs[i], &moment);
        bench_must(
            harvest_begin(several[i], outbox, visits[i], &spools[i], &moment, &pulls[i], &err),
            "judge", &err);
    }
    while (left) {
        bench_must(harvest_step(several, count, &err), "take", &err);
        left = false;
        for (size_t i = 0; i < count; i++) {
            left = left || several[i]->left;
        }
    }
    for (size_t i = 0; i < count; i++) {
        bench_must(harvest_end(several[i], &err), "end", &err);
        bench_must(pulls[i].agrees && pulls[i].fresh == logs[i].terminal.records, "all", NULL);
        free(visits[i]);
    }
}

/* ---- the bare loop ---- */

static void bare_row(struct bare *bare, const struct log *log, uint32_t n, int64_t now)
{
    const uint8_t *record = log->bytes + 4 + (size_t)n * 40;
    char raw[128] = "4370 40 ";
    size_t len = strlen(raw);
    hex_put(record, 40, raw + len);
    sqlite3_bind_int64(bare->insert, 1, ++bare->last);
    sqlite3_bind_int64(bare->insert, 2, pulled_time(&log->terminal, n));
    sqlite3_bind_text(bare->insert, 3, (const char *)record + 2, -1, SQLITE_STATIC);
    sqlite3_bind_text(bare->insert, 4, log->serial, -1, SQLITE_STATIC);
    sqlite3_bind_int64(bare->insert, 5, now);
    sqlite3_bind_text(bare->insert, 6, raw, (int)(len + 80), SQLITE_STATIC);
    bare_run(bare, bare->insert);
}

static void bare_take(struct bare *bare, const struct log *logs, size_t count)
{
    int64_t now = clock_unix();
    size_t rows = 0;
    bare_run(bare, bare->begin);
    for (uint32_t n = 0; n < logs[0].terminal.records; n++) {
        for (size_t i = 0; i < count; i++) {
            bare_row(bare, &logs[i], n, now);
            if (++rows % HARVEST_ROWS == 0) {
                bare_run(bare, bare->commit);
                bare_run(bare, bare->begin);
            }
        }
    }
    bare_run(bare, bare->commit);
}

/* ---- both, in turns ---- */

static void make_log(struct log *log, int number, int records)
{
    (void)snprintf(log->serial, sizeof log->serial, "BENCH%04d", number);
    struct pulled_plan plan = {.serial = log->serial, .records = (uint32_t)records};
    pulled_begin(&log->terminal, &plan);
    struct pulled_line line = {.terminal = &log->terminal, .table_records = (uint32_t)records};
    log->len = pulled_table_size(&line, LOG);
    log->bytes = malloc(log->len);
    bench_must(log->bytes != NULL, "no memory", NULL);
    pulled_table_fill(&line, LOG, 0, (uint32_t)log->len, log->bytes);
}

static double size_of(const char *path)
{
    struct error err = ERROR_INIT;
    int64_t bytes = 0;
    struct outbox *outbox = outbox_open_readonly(path, &err);
    bench_must(outbox != NULL && outbox_used(outbox, &bytes, &err), "size", &err);
    outbox_close(outbox);
    return (double)bytes;
}

int main(int argc, char **argv)
{
    static const struct outbox_options options = {.skip_pushed = true};
    static struct bare bare;
    struct error err = ERROR_INIT;
    char path[2][4000];
    int64_t spent_ms[2] = {0, 0};
    int terminals = argc > 2 ? atoi(argv[2]) : TERMINALS;
    int records = argc > 3 ? atoi(argv[3]) : RECORDS;
    if (argc < 2 || terminals <= 0 || records <= 0) {
        fprintf(stderr, "usage: bench_pull FOLDER [TERMINALS [RECORDS]]\n");
        return 2;
    }
    (void)snprintf(path[0], sizeof path[0], "%s/product.db", argv[1]);
    (void)snprintf(path[1], sizeof path[1], "%s/bare.db", argv[1]);
    bench_remove(path[0]);
    bench_remove(path[1]);
    struct outbox *outbox = outbox_open(path[0], &options, &err);
    bench_must(outbox != NULL, "outbox", &err);
    bare_open(&bare, path[1]);
    for (int made = 0; made < terminals;) {
        static struct log logs[TOGETHER];
        size_t count = 0;
        while (count < TOGETHER && made < terminals) {
            make_log(&logs[count++], made++, records);
        }
        for (int side = 0; side < 2; side++) {
            int64_t began = clock_steady_ms();
            if (side == 0) {
                bench_count(true);
                take(outbox, logs, count);
                bench_count(false);
            } else {
                bare_take(&bare, logs, count);
            }
            spent_ms[side] += clock_steady_ms() - began;
        }
        for (size_t i = 0; i < count; i++) {
            free(logs[i].bytes);
        }
    }
    const struct outbox_spent spent = outbox_spent(outbox);
    outbox_close(outbox);
    bare_close(&bare);
    double rows = (double)terminals * records;
    char name[96];
    (void)snprintf(name, sizeof name, "pull, logs of %d records of %d terminals taken", records,
                   terminals);
    bench_figure(name, rows * 1000 / (double)spent_ms[0], "rows/s",
                 rows * 1000 / (double)spent_ms[1]);
    bench_spent("pull", &spent);
    bench_counted("a terminal that is read", rows);
    bench_figure("pull, the outbox's size", size_of(path[0]) / rows, "bytes/row",
                 size_of(path[1]) / rows);
    bench_remove(path[0]);
    bench_remove(path[1]);
    return 0;
}
