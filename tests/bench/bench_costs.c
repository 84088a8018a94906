/*
 * bench_costs FOLDER push ROWS [PUNCHES GROUP WAITING TERMINALS DEVICES NETWORKS]
 * bench_costs FOLDER log ROWS
 *
 * What a punch costs, counted (bench_count.h), on the two roads that need nobody else: pushed, in
 * groups of so many POSTs of so many punches each, through protocol and outbox; and from a log
 * file. WAITING punches are in the outbox before; they come from so many TERMINALS; so many
 * DEVICES and NETWORKS are in the configuration, the ones that fit last.
 */
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "bench.h"
#include "bench_count.h"
#include "logs/scan.h"
#include "system/clock.h"
#include "terminals/intake.h"

enum { USERS = 2000, GROUP_MAX = 100, PUNCHES_MAX = 100, LINE = 64, CONFIG_MAX = 256 << 10 };

static const walltime start = INT64_C(1768464000);

struct push {
    long rows, punches, group, waiting, terminals, devices, networks;
};

static void hear(void *context, enum event_id id, size_t count, const char *const *strings)
{
    (void)context;
    if (id == EVENT_OUTBOX_CANNOT_STORE) {
        fprintf(stderr, "bench: %s\n", count > 0 ? strings[0] : "");
        exit(1);
    }
}

static const struct event_sink events = {hear, NULL};

static struct outbox *open_outbox(const char *path)
{
    static const struct outbox_options options = {.skip_pushed = true};
    struct error err = ERROR_INIT;
    struct outbox *outbox = outbox_open(path, &options, &err);
    bench_must(outbox != NULL, "outbox", &err);
    return outbox;
}

/* ---- pushed ---- */

static struct config *config_of(const struct push *push)
{
    static char text[CONFIG_MAX];
    struct error err = ERROR_INIT;
    int used = snprintf(text, sizeof text, "{\"listener\": {\"allowed_networks\": [");
    for (long i = 1; i < push->networks; i++) {
        used += snprintf(text + used, sizeof text - (size_t)used, "\"172.16.%ld.0/24\", ", i);
    }
    used +=
        snprintf(text + used, sizeof text - (size_t)used, "\"192.168.1.0/24\"], \"devices\": [");
    for (long i = push->devices; i > 0; i--) {
        used += snprintf(text + used, sizeof text - (size_t)used, "{\"sn\": \"COST%06ld\"}%s",
                         i - 1, i > 1 ? ", " : "");
    }
    (void)snprintf(text + used, sizeof text - (size_t)used, "]}}");
    struct config *config = config_parse(span_of(text), "/bench/config.json", &err);
    bench_must(config != NULL, "config", &err);
    return config;
}

static void fill(struct outbox *outbox, long rows)
{
    struct error err = ERROR_INIT;
    for (long i = 0; i < rows; i++) {
        struct punch punch = {.time = start - rows / 50 - 1 + i / 50, .verify = 1};
        enum outbox_added added;
        (void)snprintf(punch.device_sn, sizeof punch.device_sn, "FILL%02ld", i % 20);
        (void)snprintf(punch.user_id, sizeof punch.user_id, "%ld", 1000 + i % USERS);
        punch.raw = SPAN("1000\t2026-01-15 08:00:00\t0\t1\t\t0\t0");
        bench_must(i % 10000 != 0 || outbox_begin(outbox, &err), "begin", &err);
        bench_must(outbox_append(outbox, &punch, 0, start, &added, &err), "append", &err);
        bench_must(((i + 1) % 10000 != 0 && i + 1 != rows) || outbox_commit(outbox, &err), "commit",
                   &err);
    }
}

struct post {
    char query[96];
    char body[PUNCHES_MAX * LINE];
    struct intake_item item;
};

static void make_post(struct post *post, const struct push *push, long *made)
{
    int used = 0;
    (void)snprintf(post->query, sizeof post->query, "SN=COST%06ld&table=ATTLOG&Stamp=%ld",
                   *made / push->punches % push->terminals, *made);
    for (long i = 0; i < push->punches; i++, ++*made) {
        char time[WALLTIME_TEXT_MAX];
        used +=
            snprintf(post->body + used, sizeof post->body - (size_t)used, "%ld\t%s\t0\t1\t\t0\t0\n",
                     1000 + *made % USERS, walltime_text(start + *made / 50, time));
    }
    post->item.request = (struct iclock_request){.method = ICLOCK_POST,
                                                 .path = SPAN("/iclock/cdata"),
                                                 .query = span_of(post->query),
                                                 .body = {post->body, (size_t)used}};
}

static void push_all(const char *path, const struct push *push)
{
    static struct post posts[GROUP_MAX];
    struct intake_item *items[GROUP_MAX];
    struct error err = ERROR_INIT;
    struct config *config = config_of(push);
    struct outbox *outbox = open_outbox(path);
    fill(outbox, push->waiting);
    struct intake *intake = intake_new(config, outbox, &events, &err);
    bench_must(intake != NULL, "intake", &err);
    for (long i = 0; i < push->group; i++) {
        items[i] = &posts[i].item;
        (void)address_parse(SPAN("192.168.1.201"), &posts[i].item.peer);
    }
    /* Each terminal is met before it is counted: what is known of it is made once. */
    long warm = push->terminals * push->punches * 2;
    for (long made = 0; made < push->rows + warm;) {
        struct moment now = {clock_unix(), clock_steady()};
        bool counted = made >= warm;
        for (long i = 0; i < push->group; i++) {
            make_post(&posts[i], push, &made);
        }
        if (counted) {
            bench_count(true);
        }
        (void)intake_answer(intake, items, (size_t)push->group, now);
        if (counted) {
            bench_count(false);
        }
        bench_must(posts[0].item.reply.status == 200, "answered", NULL);
        if (intake_flush_due(intake, now) == 0) {
            intake_flush(intake, now);
        }
    }
    intake_free(intake);
    outbox_close(outbox);
    config_free(config);
}

/* ---- from a log ---- */

static bool never(void *context)
{
    (void)context;
    return false;
}

static bool rest(void *context, unsigned ms)
{
    (void)context;
    nanosleep(&(struct timespec){0, (long)ms * 1000000L}, NULL);
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

static void make_log(const char *folder, long rows)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/long.txt", folder);
    FILE *log = fopen(path, "w");
    bench_must(log != NULL, "cannot write the log", NULL);
    for (long i = 0; i < rows; i++) {
        long second = i % 86400;
        long hour = second / 3600;
        fprintf(log, "%-8ld %05ld     %02ld/%02ld/%ld %ld:%02ld:%02ld %s      1 T\r\n", i + 1,
                1 + i % USERS, i / 86400 % 28 + 1, i / 86400 / 28 % 12 + 1,
                2000 + i / 86400 / 28 / 12, hour % 12 == 0 ? 12 : hour % 12, second / 60 % 60,
                second % 60, hour < 12 ? "AM" : "PM");
    }
    bench_must(fclose(log) == 0, "cannot write the log", NULL);
}

static void read_log(const char *folder, const char *path, long rows)
{
    static const struct scan_service service = {never,     rest,        ignore, unix_s,
                                                steady_ms, &clock_zone, NULL};
    char archive[4096];
    struct error err = ERROR_INIT;
    struct scan_sums sums = {0};
    size_t pending = 0;
    struct config *config = config_parse(SPAN("{}"), "/bench/config.json", &err);
    bench_must(config != NULL, "config", &err);
    config->outbox.max_mb = 1 << 20; /* nobody takes it away */
    char logs[2048];
    (void)snprintf(logs, sizeof logs, "%.1900s/costs", folder);
    (void)snprintf(archive, sizeof archive, "%s/processed", logs);
    (void)mkdir(logs, 0700);
    (void)mkdir(archive, 0700);
    (void)snprintf(config->sync.log_directory, sizeof config->sync.log_directory, "%.1000s", logs);
    (void)snprintf(config->sync.archive_directory, sizeof config->sync.archive_directory, "%.1000s",
                   archive);
    make_log(logs, rows);
    struct outbox *outbox = open_outbox(path);
    struct scan *scan = scan_new(config, outbox, &events, &service, &err);
    bench_must(scan != NULL, "scan", &err);
    bench_count(true);
    bench_must(scan_pass(scan, SCAN_READ, &sums, &pending, &err), "the pass", &err);
    bench_count(false);
    bench_must(sums.fresh == (uint64_t)rows, "not all was read", NULL);
    (void)snprintf(archive, sizeof archive, "%s/long.txt", logs);
    (void)remove(archive);
    scan_free(scan);
    outbox_close(outbox);
    config_free(config);
}

int main(int argc, char **argv)
{
    struct push push = {0, 1, 1, 0, 10, 10, 1};
    long *const numbers[] = {&push.rows,      &push.punches, &push.group,   &push.waiting,
                             &push.terminals, &push.devices, &push.networks};
    char path[4096];
    char name[96];
    bool pushed = argc > 3 && strcmp(argv[2], "push") == 0;
    bool logged = argc == 4 && strcmp(argv[2], "log") == 0;
    for (int i = 3; i < argc && i - 3 < (int)HB_COUNT(numbers); i++) {
        *numbers[i - 3] = atol(argv[i]);
    }
    if ((!pushed && !logged) || push.rows <= 0 || push.punches < 1 || push.punches > PUNCHES_MAX ||
        push.group < 1 || push.group > GROUP_MAX || push.terminals < 1) {
        fprintf(stderr, "usage: bench_costs FOLDER push ROWS [PUNCHES GROUP WAITING TERMINALS"
                        " DEVICES NETWORKS]\n       bench_costs FOLDER log ROWS\n");
        return 2;
    }
    (void)snprintf(path, sizeof path, "%s/costs.db", argv[1]);
    bench_remove(path);
    if (pushed) {
        push_all(path, &push);
        (void)snprintf(name, sizeof name, "pushed, groups of %ld, %ld a POST", push.group,
                       push.punches);
    } else {
        read_log(argv[1], path, push.rows);
        (void)snprintf(name, sizeof name, "a log file");
    }
    bench_counted(name, (double)push.rows);
    bench_remove(path);
    return 0;
}
