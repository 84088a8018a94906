/*
 * many_terminals FOLDER [TERMINALS [ROUNDS]]: so many simulated terminals through protocol and
 * outbox, without http.sys: the listener's thread with everybody talking at once.
 *
 * In each round each terminal polls and delivers the punches it has; one delivery in twenty is
 * lost before it arrives, one answer in twenty on its way back (both are sent again), and one
 * request in a hundred is hostile. Afterwards each acknowledged punch must be in the outbox, once.
 * Memory is read after the first round and at the end; the status is asked for, as hipctl asks,
 * once a round. Ends 0 if nothing was lost, memory stayed, and the status came within a second.
 */
#define _POSIX_C_SOURCE 200809L

#include <inttypes.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "terminals/intake.h"
#include "status/status.h"

enum {
    GROUP = 100,
    PUNCHES = 5, /* a terminal makes in a round */
    LOST_PERCENT = 5,
    BODY_MAX = 2048,
    HOSTILE_MAX = 200,
    MEMORY_MAY_GROW_KB = 4096,
};

struct terminal {
    uint64_t made;
    uint64_t acknowledged;
};

struct request {
    size_t terminal;
    uint64_t first;
    uint64_t count; /* punches delivered; 0: a poll, or hostile */
    char query[160];
    char body[BODY_MAX];
    size_t body_len;
    struct intake_item item;
};

struct run {
    struct config *config;
    struct outbox *outbox;
    struct intake *intake;
    size_t count;
    struct terminal *terminals;
    struct request requests[GROUP];
    struct intake_item *items[GROUP];
    size_t group;
    uint64_t random;
    uint64_t answered;
    uint64_t hostile;
    uint64_t lost;
};

static const walltime begin_time = INT64_C(1768464000); /* 2026-01-15 08:00:00 */

static uint64_t draw(struct run *run, uint64_t below)
{
    run->random ^= run->random << 13;
    run->random ^= run->random >> 7;
    run->random ^= run->random << 17;
    return run->random % below;
}

static void hear_event(void *context, enum event_id id, size_t count, const char *const *strings)
{
    (void)context;
    (void)count;
    if (id == EVENT_OUTBOX_CANNOT_STORE) {
        fprintf(stderr, "many_terminals: %s\n", strings[0]);
        exit(1);
    }
}

/* ---- requests ---- */

static struct request *next_request(struct run *run, size_t terminal)
{
    struct request *request = &run->requests[run->group];
    memset(&request->item.request, 0, sizeof request->item.request);
    request->terminal = terminal;
    request->count = 0;
    request->body_len = 0;
    run->items[run->group++] = &request->item;
    request->item.peer = (struct address){{[10] = 0xff,
                                           [11] = 0xff,
                                           [12] = 10,
                                           [13] = (uint8_t)(terminal >> 16),
                                           [14] = (uint8_t)(terminal >> 8),
                                           [15] = (uint8_t)terminal}};
    return request;
}

static void finish_request(struct request *request, enum iclock_method method, const char *path)
{
    request->item.request.method = method;
    request->item.request.path = span_of(path);
    request->item.request.query = span_of(request->query);
    request->item.request.body = (struct span){request->body, request->body_len};
}

static void make_delivery(struct run *run, size_t number)
{
    struct terminal *terminal = &run->terminals[number];
    struct request *request = next_request(run, number);
    request->first = terminal->acknowledged;
    request->count = terminal->made - terminal->acknowledged;
    for (uint64_t i = 0; i < request->count; i++) {
        char time[WALLTIME_TEXT_MAX];
        uint64_t punch = request->first + i;
        int length =
            snprintf(request->body + request->body_len, BODY_MAX - request->body_len,
                     "%" PRIu64 "\t%s\t0\t1\t\t0\t0\n", (uint64_t)number * 1000 + punch % 200,
                     walltime_text(begin_time + (walltime)punch * 60, time));
        if (request->body_len + (size_t)length >= BODY_MAX) { /* the rest later */
            request->count = i;
            break;
        }
        request->body_len += (size_t)length;
    }
    (void)snprintf(request->query, sizeof request->query,
                   "SN=MANY%06zu&table=ATTLOG&Stamp=%" PRIu64, number,
                   request->first + request->count);
    finish_request(request, ICLOCK_POST, "/iclock/cdata");
}

static void make_poll(struct run *run, size_t number, bool first)
{
    struct request *request = next_request(run, number);
    (void)snprintf(request->query, sizeof request->query,
                   first ? "SN=MANY%06zu&options=all&pushver=2.4.1&DeviceType=att" : "SN=MANY%06zu",
                   number);
    finish_request(request, ICLOCK_GET, first ? "/iclock/cdata" : "/iclock/getrequest");
}

/* Bytes without a meaning, or nearly a request; from somebody who may speak, or may not. */
static void make_hostile(struct run *run)
{
    static const char *const paths[] = {"/iclock/cdata", "/", "/iclock/devicecmd", "/iclock/..%2f"};
    struct request *request = next_request(run, SIZE_MAX);
    size_t query = 0;
    if (draw(run, 2) == 0) {
        query = (size_t)snprintf(request->query, sizeof request->query,
                                 "SN=X%" PRIu64 "&table=ATTLOG&Stamp=", draw(run, 1000000));
    }
    while (query + 1 < sizeof request->query && draw(run, HOSTILE_MAX) != 0) {
        request->query[query++] = (char)(1 + draw(run, 255));
    }
    request->query[query] = '\0';
    while (request->body_len < BODY_MAX && draw(run, HOSTILE_MAX) != 0) {
        request->body[request->body_len++] = (char)draw(run, 256);
    }
    if (draw(run, 2) == 0) {
        request->item.peer.bytes[12] = 8; /* of the internet */
    }
    finish_request(request, draw(run, 2) == 0 ? ICLOCK_POST : ICLOCK_GET,
                   paths[draw(run, HB_COUNT(paths))]);
    run->hostile++;
}

/* ---- a group ---- */

static void answer_group(struct run *run)
{
    struct moment now = {(int64_t)time(NULL), (int64_t)bench_clock()};
    if (run->group == 0) {
        return;
    }
    (void)intake_answer(run->intake, run->items, run->group, now);
    for (size_t i = 0; i < run->group; i++) {
        const struct request *request = &run->requests[i];
        const struct iclock_reply *reply = &request->item.reply;
        run->answered++;
        if (request->terminal == SIZE_MAX) {
            continue;
        }
        if (reply->status != 200 || reply->punches != request->count) {
            fprintf(stderr, "many_terminals: %s answered %d\n", request->query, reply->status);
            exit(1);
        }
        if (request->count > 0 && draw(run, 100) < LOST_PERCENT) {
            run->lost++; /* stored, but the terminal does not learn of it */
        } else if (request->count > 0) {
            run->terminals[request->terminal].acknowledged = request->first + request->count;
        }
    }
    run->group = 0;
    if (intake_flush_due(run->intake, now) == 0) {
        intake_flush(run->intake, now);
    }
}

static void room_for_one(struct run *run)
{
    if (run->group == GROUP) {
        answer_group(run);
    }
    if (draw(run, 100) == 0) {
        make_hostile(run);
        if (run->group == GROUP) {
            answer_group(run);
        }
    }
}

static void round_of(struct run *run, bool first)
{
    for (size_t i = 0; i < run->count; i++) {
        room_for_one(run);
        make_poll(run, i, first);
        run->terminals[i].made += PUNCHES;
        if (draw(run, 100) < LOST_PERCENT) {
            run->lost++; /* never arrives */
            continue;
        }
        room_for_one(run);
        make_delivery(run, i);
    }
    answer_group(run);
}

/* What is still unacknowledged goes through without further losses. */
static void catch_up(struct run *run)
{
    bool left = true;
    while (left) {
        left = false;
        for (size_t i = 0; i < run->count; i++) {
            if (run->terminals[i].acknowledged < run->terminals[i].made) {
                left = true;
                room_for_one(run);
                make_delivery(run, i);
            }
        }
        answer_group(run);
    }
}

/* ---- measuring ---- */

static long private_kb(void)
{
    long pages = 0;
    long resident = 0;
    long shared = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%ld %ld %ld", &pages, &resident, &shared) != 3) {
        resident = shared = 0;
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return (resident - shared) * (sysconf(_SC_PAGESIZE) / 1024);
}

static double ask_status(const struct run *run, const char *path)
{
    struct error err = ERROR_INIT;
    double began = bench_clock();
    struct outbox *reader = outbox_open_readonly(path, &err);
    bench_must(reader != NULL, "status", &err);
    char *text = status_json(reader, run->config, "running", (int64_t)time(NULL), &err);
    bench_must(text != NULL, "status", &err);
    free(text);
    outbox_close(reader);
    return bench_clock() - began;
}

/* How many of the acknowledged punches are not in the outbox, or how many too many are. */
static int64_t misfits(const struct run *run, const char *path)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    int64_t wrong = 0;
    bench_must(sqlite3_open(path, &db) == SQLITE_OK &&
                   sqlite3_prepare_v2(db,
                                      "SELECT count(*), count(DISTINCT check_time) FROM punch"
                                      " WHERE device_sn = ?1 AND check_time >= ?2"
                                      " AND check_time < ?3",
                                      -1, &statement, NULL) == SQLITE_OK &&
                   sqlite3_exec(db, "CREATE INDEX by_device ON punch (device_sn, check_time)", NULL,
                                NULL, NULL) == SQLITE_OK,
               "read the outbox", NULL);
    for (size_t i = 0; i < run->count; i++) {
        char sn[32];
        const struct terminal *terminal = &run->terminals[i];
        (void)snprintf(sn, sizeof sn, "MANY%06zu", i);
        sqlite3_bind_text(statement, 1, sn, -1, SQLITE_STATIC);
        sqlite3_bind_int64(statement, 2, begin_time);
        sqlite3_bind_int64(statement, 3, begin_time + (walltime)terminal->acknowledged * 60);
        bench_must(sqlite3_step(statement) == SQLITE_ROW, "count", NULL);
        int64_t rows = sqlite3_column_int64(statement, 0);
        wrong +=
            rows != (int64_t)terminal->acknowledged || rows != sqlite3_column_int64(statement, 1);
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return wrong;
}

static void open_all(struct run *run, const char *path)
{
    static const struct event_sink events = {hear_event, NULL};
    static const struct outbox_options options = {.max_mb = 4096, .skip_pushed = true};
    struct error err = ERROR_INIT;
    run->config = config_parse(SPAN("{}"), "/many/config.json", &err);
    bench_must(run->config != NULL, "config", &err);
    run->outbox = outbox_open(path, &options, &err);
    bench_must(run->outbox != NULL, "outbox", &err);
    run->intake = intake_new(run->config, run->outbox, &events, &err);
    bench_must(run->intake != NULL, "intake", &err);
    run->terminals = calloc(run->count, sizeof *run->terminals);
    bench_must(run->terminals != NULL, "no memory", NULL);
}

int main(int argc, char **argv)
{
    static struct run run = {.random = 88172645463325252};
    char path[4000];
    double slowest = 0;
    long before = 0;
    if (argc < 2 || argc > 4) {
        fprintf(stderr, "usage: many_terminals FOLDER [TERMINALS [ROUNDS]]\n");
        return 2;
    }
    run.count = argc > 2 ? strtoul(argv[2], NULL, 10) : 20000;
    unsigned long rounds = argc > 3 ? strtoul(argv[3], NULL, 10) : 10;
    (void)snprintf(path, sizeof path, "%s/many.db", argv[1]);
    bench_remove(path);
    open_all(&run, path);

    double began = bench_clock();
    for (unsigned long i = 0; i < rounds; i++) {
        round_of(&run, i == 0);
        double took = ask_status(&run, path);
        slowest = took > slowest ? took : slowest;
        before = i == 0 ? private_kb() : before;
    }
    catch_up(&run);
    double seconds = bench_clock() - began;
    long grown = private_kb() - before;

    uint64_t acknowledged = 0;
    for (size_t i = 0; i < run.count; i++) {
        acknowledged += run.terminals[i].acknowledged;
    }
    intake_free(run.intake);
    outbox_close(run.outbox);
    int64_t wrong = misfits(&run, path);
    printf("%zu terminals, %" PRIu64 " requests in %.1f s (%.0f a second), %" PRIu64
           " hostile, %" PRIu64 " lost on the way; %" PRIu64
           " punches acknowledged, terminals whose punches are not all there once: %" PRId64
           "; private memory %+ld KB; slowest status %.3f s\n",
           run.count, run.answered, seconds, (double)run.answered / seconds, run.hostile, run.lost,
           acknowledged, wrong, grown, slowest);
    config_free(run.config);
    free(run.terminals);
    bench_remove(path);
    return wrong == 0 && grown < MEMORY_MAY_GROW_KB && slowest < 1 ? 0 : 1;
}
