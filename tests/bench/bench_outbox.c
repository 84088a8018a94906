/*
 * bench_outbox FOLDER: requests a second through protocol and outbox, as the listener's thread does
 * it (intake), beside a bare SQLite loop that inserts the same rows into the same table, with the
 * same index and the same memory, in transactions of the same size.
 *
 * Both write below FOLDER, in turns of a fraction of a second, so that whatever else the disk does
 * meets both. Making the requests is outside the clock.
 */
#include <inttypes.h>
#include <string.h>

#include "bench_bare.h"
#include "terminals/intake.h"

enum { TERMINALS = 100, USERS = 2000, GROUP_MAX = 100, PUNCHES_MAX = 100, TURNS = 22 };
static const double turn_s = 0.25; /* all turns last longer than rows of terminals are held back */

/* A row as the bare loop inserts it; the request of the product has the same as text. */
struct row {
    walltime time;
    char user[8];
    char sn[16];
    char raw[64];
};

struct post {
    char query[64];
    char body[PUNCHES_MAX * 64];
    size_t length;
    size_t count;
    struct row rows[PUNCHES_MAX];
};

struct product {
    struct config *config;
    struct outbox *outbox;
    struct intake *intake;
    struct intake_item *items[GROUP_MAX];
};

/* What both sides are given, and how far each is in the series of punches. */
struct run {
    struct post posts[GROUP_MAX];
    struct product product;
    struct bare bare;
    uint64_t made[2];
};

static void fail_event(void *context, enum event_id id, size_t count, const char *const *strings)
{
    (void)context;
    fprintf(stderr, "bench: event %d: %s\n", (int)id, count > 0 ? strings[0] : "");
    exit(1);
}

/* The posts of one group: each from the next terminal, time growing, no punch twice. */
static void make_posts(struct post *posts, size_t group, size_t punches, uint64_t *made)
{
    static const walltime start = INT64_C(1768464000);
    for (size_t i = 0; i < group; i++) {
        struct post *post = &posts[i];
        unsigned terminal = (unsigned)(*made / punches % TERMINALS);
        post->length = 0;
        post->count = punches;
        (void)snprintf(post->query, sizeof post->query, "SN=BENCH%04u&table=ATTLOG&Stamp=%" PRIu64,
                       terminal, *made);
        for (size_t k = 0; k < punches; k++, ++*made) {
            struct row *row = &post->rows[k];
            char time[WALLTIME_TEXT_MAX];
            row->time = start + (walltime)(*made / 50);
            (void)snprintf(row->sn, sizeof row->sn, "BENCH%04u", terminal);
            (void)snprintf(row->user, sizeof row->user, "%u", (unsigned)(1000 + *made % USERS));
            (void)snprintf(row->raw, sizeof row->raw, "%s\t%s\t0\t1\t\t0\t0", row->user,
                           walltime_text(row->time, time));
            int length = snprintf(post->body + post->length, sizeof post->body - post->length,
                                  "%s\n", row->raw);
            post->length += (size_t)length;
        }
    }
}

/* ---- the product ---- */

static void product_open(struct product *product, const char *path)
{
    static const struct event_sink events = {fail_event, NULL};
    static const struct outbox_options options = {.max_mb = 2048, .skip_pushed = true};
    struct error err = ERROR_INIT;
    product->config = config_parse(SPAN("{}"), "/bench/config.json", &err);
    bench_must(product->config != NULL, "config", &err);
    product->outbox = outbox_open(path, &options, &err);
    bench_must(product->outbox != NULL, "outbox", &err);
    product->intake = intake_new(product->config, product->outbox, &events, &err);
    bench_must(product->intake != NULL, "intake", &err);
    for (size_t i = 0; i < GROUP_MAX; i++) {
        product->items[i] = calloc(1, sizeof *product->items[i]);
        bench_must(product->items[i] != NULL, "no memory", NULL);
        /* The listener has it from http.sys as bytes, not as text. */
        (void)address_parse(SPAN("192.168.1.201"), &product->items[i]->peer);
    }
}

static void product_close(struct product *product)
{
    for (size_t i = 0; i < GROUP_MAX; i++) {
        free(product->items[i]);
    }
    intake_free(product->intake);
    outbox_close(product->outbox);
    config_free(product->config);
}

static void product_take(struct product *product, const struct post *posts, size_t group)
{
    struct moment now = {(int64_t)time(NULL), (int64_t)bench_clock()};
    for (size_t i = 0; i < group; i++) {
        struct intake_item *item = product->items[i];
        item->request = (struct iclock_request){
            .method = ICLOCK_POST,
            .path = SPAN("/iclock/cdata"),
            .query = span_of(posts[i].query),
            .body = {posts[i].body, posts[i].length},
        };
    }
    (void)outbox_spend(product->outbox, OUTBOX_SPENT_PARSE);
    (void)intake_answer(product->intake, product->items, group, now);
    (void)outbox_spend(product->outbox, OUTBOX_SPENT_NOTHING);
    if (intake_flush_due(product->intake, now) == 0) {
        intake_flush(product->intake, now);
    }
    for (size_t i = 0; i < group; i++) {
        const struct iclock_reply *reply = &product->items[i]->reply;
        if (reply->status != 200 || reply->punches != posts[i].count) {
            fprintf(stderr, "bench: answered %d with %zu punches\n", reply->status, reply->punches);
            exit(1);
        }
    }
}

/* ---- the bare loop ---- */

static void bare_take(struct bare *bare, const struct post *posts, size_t group)
{
    int64_t now = (int64_t)time(NULL);
    bare_run(bare, bare->begin);
    for (size_t i = 0; i < group; i++) {
        for (size_t k = 0; k < posts[i].count; k++) {
            const struct row *row = &posts[i].rows[k];
            sqlite3_bind_int64(bare->insert, 1, ++bare->last);
            sqlite3_bind_int64(bare->insert, 2, row->time);
            sqlite3_bind_text(bare->insert, 3, row->user, -1, SQLITE_STATIC);
            sqlite3_bind_text(bare->insert, 4, row->sn, -1, SQLITE_STATIC);
            sqlite3_bind_int64(bare->insert, 5, now);
            sqlite3_bind_text(bare->insert, 6, row->raw, -1, SQLITE_STATIC);
            bare_run(bare, bare->insert);
        }
    }
    bare_run(bare, bare->commit);
}

/* ---- both, in turns ---- */

enum side { PRODUCT, BARE };

/* One turn; adds to *requests and *seconds. */
static void take_turn(struct run *run, enum side side, size_t group, size_t punches,
                      uint64_t *requests, double *seconds)
{
    double spent = 0;
    while (spent < turn_s) {
        make_posts(run->posts, group, punches, &run->made[side]);
        double start = bench_clock();
        if (side == PRODUCT) {
            product_take(&run->product, run->posts, group);
        } else {
            bare_take(&run->bare, run->posts, group);
        }
        spent += bench_clock() - start;
        *requests += group;
    }
    *seconds += spent;
}

static void compare(struct run *run, const char *folder, size_t group, size_t punches)
{
    char path[2][4000];
    char name[64];
    uint64_t requests[2] = {0, 0};
    double seconds[2] = {0, 0};

    (void)snprintf(path[PRODUCT], sizeof path[PRODUCT], "%s/product.db", folder);
    (void)snprintf(path[BARE], sizeof path[BARE], "%s/bare.db", folder);
    run->made[PRODUCT] = run->made[BARE] = 0;
    bench_remove(path[PRODUCT]);
    bench_remove(path[BARE]);
    product_open(&run->product, path[PRODUCT]);
    bare_open(&run->bare, path[BARE]);
    for (int turn = 0; turn < TURNS; turn++) {
        take_turn(run, BARE, group, punches, &requests[BARE], &seconds[BARE]);
        take_turn(run, PRODUCT, group, punches, &requests[PRODUCT], &seconds[PRODUCT]);
    }
    const struct outbox_spent spent = outbox_spent(run->product.outbox);
    product_close(&run->product);
    bare_close(&run->bare);
    bench_remove(path[PRODUCT]);
    bench_remove(path[BARE]);

    (void)snprintf(name, sizeof name, "outbox, groups of %zu, punches a POST %zu", group, punches);
    bench_figure(name, (double)requests[PRODUCT] / seconds[PRODUCT], "requests/s",
                 (double)requests[BARE] / seconds[BARE]);
    bench_spent("push", &spent);
}

int main(int argc, char **argv)
{
    static const size_t groups[] = {1, 8, 32, 100};
    static const size_t punches[] = {1, 100};
    static struct run run;
    if (argc != 2) {
        fprintf(stderr, "usage: bench_outbox FOLDER\n");
        return 2;
    }
    for (size_t i = 0; i < HB_COUNT(punches); i++) {
        for (size_t k = 0; k < HB_COUNT(groups); k++) {
            compare(&run, argv[1], groups[k], punches[i]);
        }
    }
    return 0;
}
