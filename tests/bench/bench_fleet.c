/*
 * bench_fleet: many bridges beside each other in one process: each its own outbox and uploader, a
 * thread each, without the service around them.
 *
 *   bench_fleet fill FOLDER BRIDGES ROWS    outboxes in which so many punches wait, and the same
 *                                           rows as LOAD DATA takes them
 *   bench_fleet send CONFIG FOLDER BRIDGES  all connect, then all upload what waits
 *   bench_fleet load CONFIG FOLDER BRIDGES  the same by LOAD DATA, on as many connections
 *   bench_fleet live CONFIG FOLDER BRIDGES EVERY_S FOR_S SCALE
 *                                           each is given a punch every so often, for so long
 *   bench_fleet away CONFIG FOLDER BRIDGES AWAY_S SCALE BACK_SCALE
 *                                           nobody listens for so long; then it prints "back",
 * waits for a line, and goes on until all is up
 *
 * A bridge's clock runs SCALE times as fast as ours, so that its waits end sooner; the work itself
 * does not. Prints one JSON object.
 */
#include <math.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include <mysql.h>

#include "bench.h"
#include "cloud/cloud_private.h"
#include "config/config_load.h"
#include "outbox/outbox.h"
#include "upload/uploader.h"

enum {
    USERS = 200,
    FILL_ROWS = 5000,
    NAME_MAX_BYTES = 4096,
    IDLE_MOST_S = 300,   /* as the service waits */
    PUNCHES_MAX = 4096,  /* given to one bridge while it lives */
    SECONDS_MAX = 36000, /* of the bridges' clock, in which connections are counted */
    START_S = 30,        /* in twice so long all start; at once where they all were away */
    LATE_S = 7200,       /* what is not up so long after the last punch is given up */
    ER_CONNECTIONS = 1040,
    ER_LOCK_WAIT = 1205,
};

struct bridge {
    pthread_t thread;
    unsigned number;
    unsigned random;
    struct outbox *outbox;
    struct uploader *uploader;
    int64_t given; /* punches, of which so many are up; those between wait with their times */
    int64_t up;
    double given_at[PUNCHES_MAX]; /* by our clock */
    double took_s[PUNCHES_MAX];
    double login_s; /* of all its logins */
    size_t logins, refused, lock_waits, conflicts, away_told;
    double ended; /* its last row was in; where it lives, by the bridges' clock */
    bool held;    /* it has been at the barrier */
};

/* Seconds of the CPU: the server's (HIPBRIDGE_SERVER_PID) and our own. */
struct cpu {
    double server;
    double own;
};

static struct {
    const struct config *config;
    struct bridge *bridges;
    unsigned count;
    unsigned left; /* who have something to carry, or will have */
    pthread_barrier_t together;
    bool hold; /* who connects for the first time waits until all have */
    double begun;
    struct cpu begun_cpu;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    double our_base, their_base, scale;
    unsigned knocks[SECONDS_MAX]; /* tries to connect in each second of the bridges' clock */
    double counted_from;
    double every_s, until;
} fleet;

static _Thread_local struct bridge *self;

static struct cpu cpu_now(void)
{
    struct cpu cpu = {0, (double)clock() / CLOCKS_PER_SEC};
    const char *pid = getenv("HIPBRIDGE_SERVER_PID");
    char path[64];
    char text[512] = "";
    (void)snprintf(path, sizeof path, "/proc/%s/stat", pid != NULL ? pid : "-");
    FILE *stat = fopen(path, "r");
    if (stat != NULL) {
        (void)fgets(text, sizeof text, stat);
        (void)fclose(stat);
    }
    char *at = strrchr(text, ')');
    for (size_t field = 2; at != NULL && field < 14; field++) {
        at = strchr(at + 1, ' ');
    }
    if (at != NULL) {
        char *next = NULL;
        double user = strtod(at, &next);
        cpu.server = (user + strtod(next, NULL)) / (double)sysconf(_SC_CLK_TCK);
    }
    return cpu;
}

/* All are connected: from here on it counts. */
static void begin_together(void)
{
    if (pthread_barrier_wait(&fleet.together) == PTHREAD_BARRIER_SERIAL_THREAD) {
        fleet.begun = bench_clock();
        fleet.begun_cpu = cpu_now();
    }
    (void)pthread_barrier_wait(&fleet.together);
}

/* ---- the bridges' clock ---- */

static double their_clock(void)
{
    return fleet.their_base + (bench_clock() - fleet.our_base) * fleet.scale;
}

static double now(void)
{
    (void)pthread_mutex_lock(&fleet.lock);
    double at = their_clock();
    (void)pthread_mutex_unlock(&fleet.lock);
    return at;
}

static void run_at(double scale)
{
    (void)pthread_mutex_lock(&fleet.lock);
    fleet.their_base = their_clock();
    fleet.our_base = bench_clock();
    fleet.scale = scale;
    (void)pthread_cond_broadcast(&fleet.changed);
    (void)pthread_mutex_unlock(&fleet.lock);
}

static void wait_until(double deadline)
{
    (void)pthread_mutex_lock(&fleet.lock);
    while (fleet.left > 0 && their_clock() < deadline) {
        double at = fleet.scale > 0
                        ? fleet.our_base + (deadline - fleet.their_base) / fleet.scale + 0.0005
                        : bench_clock() + 3600;
        struct timespec time = {(time_t)at, (long)((at - floor(at)) * 1e9)};
        (void)pthread_cond_timedwait(&fleet.changed, &fleet.lock, &time);
    }
    (void)pthread_mutex_unlock(&fleet.lock);
}

static bool anybody_left(void)
{
    (void)pthread_mutex_lock(&fleet.lock);
    bool some = fleet.left > 0;
    (void)pthread_mutex_unlock(&fleet.lock);
    return some;
}

static void one_is_done(void)
{
    (void)pthread_mutex_lock(&fleet.lock);
    if (--fleet.left == 0) {
        (void)pthread_cond_broadcast(&fleet.changed);
    }
    (void)pthread_mutex_unlock(&fleet.lock);
}

/* ---- what the uploader does to its cloud, seen by the linker's --wrap ---- */

bool __real_cloud_connect(struct cloud *cloud, struct error *err);
bool __wrap_cloud_connect(struct cloud *cloud, struct error *err);
bool __real_cloud_insert(struct cloud *cloud, const struct punch_row *rows, size_t count,
                         struct cloud_feed *feed, struct error *err);
bool __wrap_cloud_insert(struct cloud *cloud, const struct punch_row *rows, size_t count,
                         struct cloud_feed *feed, struct error *err);

static void count_knock(void)
{
    (void)pthread_mutex_lock(&fleet.lock);
    double second = their_clock() - fleet.counted_from;
    if (second >= 0 && second < SECONDS_MAX) {
        fleet.knocks[(size_t)second]++;
    }
    (void)pthread_mutex_unlock(&fleet.lock);
}

bool __wrap_cloud_connect(struct cloud *cloud, struct error *err)
{
    if (cloud_connected(cloud)) {
        return __real_cloud_connect(cloud, err);
    }
    struct error why = ERROR_INIT;
    double begun = bench_clock();
    count_knock();
    bool fine = __real_cloud_connect(cloud, &why);
    self->refused += !fine && why.code == ER_CONNECTIONS;
    self->logins += fine;
    self->login_s += fine ? bench_clock() - begun : 0;
    if (!fine && err != NULL) {
        *err = why;
    }
    if (fine && fleet.hold && !self->held) {
        self->held = true;
        begin_together();
    }
    return fine;
}

bool __wrap_cloud_insert(struct cloud *cloud, const struct punch_row *rows, size_t count,
                         struct cloud_feed *feed, struct error *err)
{
    struct error why = ERROR_INIT;
    bool fine = __real_cloud_insert(cloud, rows, count, feed, &why);
    if (!fine) {
        self->lock_waits += why.code == ER_LOCK_WAIT;
        self->conflicts += why.kind == ERR_CONFLICT;
        if (err != NULL) {
            *err = why;
        }
        return false;
    }
    double ours = bench_clock();
    self->ended = fleet.hold ? ours : self->ended;
    for (size_t i = 0; i < count && self->up < self->given; i++, self->up++) {
        self->took_s[self->up] = ours - self->given_at[self->up];
    }
    return true;
}

/* ---- outboxes ---- */

static const char *path_of(const char *folder, unsigned number, const char *end, char *out)
{
    (void)snprintf(out, NAME_MAX_BYTES, "%s/b%04u.%s", folder, number, end);
    return out;
}

static void make_punch(struct punch *punch, unsigned bridge, int64_t number, char raw[96])
{
    static const walltime start = INT64_C(1768464000);
    char time[WALLTIME_TEXT_MAX];
    *punch = (struct punch){.time = start + number, .status = (int32_t)(number % 2), .verify = 1};
    (void)snprintf(punch->device_sn, sizeof punch->device_sn, "FLEET%04u", bridge);
    (void)snprintf(punch->user_id, sizeof punch->user_id, "%lld", (long long)(number % USERS));
    int length = snprintf(raw, 96, "%s\t%s\t%d\t1\t\t0\t0", punch->user_id,
                          walltime_text(punch->time, time), (int)punch->status);
    punch->raw = (struct span){raw, (size_t)length};
}

static void append(struct outbox *outbox, unsigned bridge, int64_t number)
{
    struct error err = ERROR_INIT;
    struct punch punch;
    char raw[96];
    enum outbox_added added;
    make_punch(&punch, bridge, number, raw);
    bench_must(outbox_append(outbox, &punch, 0, time(NULL), &added, &err) && added == OUTBOX_NEW,
               "append", &err);
}

static void fill_one(const char *folder, unsigned bridge, int64_t rows)
{
    char path[NAME_MAX_BYTES];
    struct error err = ERROR_INIT;
    struct outbox *outbox = outbox_open(path_of(folder, bridge, "db", path), NULL, &err);
    bench_must(outbox != NULL, "outbox", &err);
    FILE *tsv = fopen(path_of(folder, bridge, "tsv", path), "w");
    bench_must(tsv != NULL, "cannot write the rows", NULL);
    for (int64_t i = 0; i < rows; i++) {
        struct punch punch;
        char raw[96];
        char time[WALLTIME_TEXT_MAX];
        bench_must(i % FILL_ROWS != 0 || outbox_begin(outbox, &err), "begin", &err);
        append(outbox, bridge, i);
        bench_must(((i + 1) % FILL_ROWS != 0 && i + 1 != rows) || outbox_commit(outbox, &err),
                   "commit", &err);
        make_punch(&punch, bridge, i, raw);
        fprintf(tsv, "%s\t%s\t%s\t%d\t1\ta line as long as ours: 32 bytes\t%lld\n", punch.device_sn,
                punch.user_id, walltime_text(punch.time, time), (int)punch.status,
                (long long)i + 1);
    }
    bench_must(fclose(tsv) == 0, "cannot write the rows", NULL);
    outbox_close(outbox);
}

/* ---- one bridge ---- */

static void report(void *context, enum event_id id, size_t count, const char *const *strings)
{
    (void)context;
    if (id == EVENT_DATABASE_UNREACHABLE) {
        self->away_told++;
    } else if (id != EVENT_DATABASE_CONNECTED) {
        fprintf(stderr, "bench: event %d: %s\n", (int)id, count > 0 ? strings[0] : "");
        exit(1);
    }
}

static void open_bridge(struct bridge *bridge, const char *folder)
{
    static const struct event_sink events = {report, NULL};
    char path[NAME_MAX_BYTES];
    struct error err = ERROR_INIT;
    bridge->random = bridge->number * 2654435761U + 1;
    bridge->outbox = outbox_open(path_of(folder, bridge->number, "db", path), NULL, &err);
    bench_must(bridge->outbox != NULL, "outbox", &err);
    bridge->uploader = uploader_new(fleet.config, bridge->outbox, &events, NULL, &err);
    bench_must(bridge->uploader != NULL, "uploader", &err);
}

static int64_t waiting(const struct bridge *bridge)
{
    struct error err = ERROR_INIT;
    struct outbox_counts counts;
    bench_must(outbox_counts(bridge->outbox, &counts, &err), "counts", &err);
    return counts.waiting;
}

/* Between nothing and twice the mean. */
static double pause_of(struct bridge *bridge)
{
    bridge->random = bridge->random * 1664525U + 1013904223U;
    return 2 * fleet.every_s * (double)(bridge->random >> 8) / (double)(1U << 24);
}

static void give(struct bridge *bridge)
{
    struct error err = ERROR_INIT;
    bench_must(bridge->given < PUNCHES_MAX, "too many punches", NULL);
    bench_must(outbox_begin(bridge->outbox, &err), "begin", &err);
    append(bridge->outbox, bridge->number, bridge->given);
    bench_must(outbox_commit(bridge->outbox, &err), "commit", &err);
    bridge->given_at[bridge->given] = bench_clock();
    bridge->given++;
}

/*
 * As service/upload.c does: an append ends an idle wait and no other. Who has nothing left to carry
 * lives on until all have, and gives its connection back as any idle one.
 */
static void *live(void *context)
{
    struct bridge *bridge = context;
    self = bridge;
    double step_at = now() + (fleet.every_s > 0 ? pause_of(bridge) * START_S / fleet.every_s : 0);
    double punch_at = fleet.every_s > 0 ? step_at + pause_of(bridge) : fleet.until;
    bool idle = true;
    while (anybody_left()) {
        double at = now();
        if (punch_at < fleet.until && at >= punch_at) {
            give(bridge);
            punch_at = at + pause_of(bridge);
            step_at = idle ? at : step_at;
        }
        if (at >= step_at) {
            uint32_t wait_ms = uploader_step(bridge->uploader, (int64_t)at);
            idle = wait_ms == UPLOADER_IDLE;
            double wait_s =
                (idle ? uploader_idle_ms(bridge->uploader, (int64_t)at) : wait_ms) / 1e3;
            step_at = now() + (wait_s < IDLE_MOST_S ? wait_s : IDLE_MOST_S);
            if (bridge->ended == 0 && punch_at >= fleet.until && at >= fleet.until && idle &&
                waiting(bridge) == 0) {
                bridge->ended = now();
                one_is_done();
            }
        }
        bench_must(at < fleet.until + LATE_S || fleet.every_s == 0, "not all went up", NULL);
        wait_until(step_at < punch_at || punch_at >= fleet.until ? step_at : punch_at);
    }
    return NULL;
}

static void *send_all(void *context)
{
    struct bridge *bridge = context;
    self = bridge;
    uint32_t wait_ms = 0;
    while (wait_ms != UPLOADER_IDLE) {
        wait_ms = uploader_step(bridge->uploader, (int64_t)time(NULL));
        if (wait_ms != UPLOADER_IDLE && wait_ms > 0) {
            nanosleep(&(struct timespec){wait_ms / 1000, (long)(wait_ms % 1000) * 1000000L}, NULL);
        }
    }
    bench_must(waiting(bridge) == 0, "not all went up", NULL);
    return NULL;
}

static const char *load_folder;

static void *load(void *context)
{
    struct bridge *bridge = context;
    const struct config_database *to = &fleet.config->database;
    char path[NAME_MAX_BYTES];
    char sql[NAME_MAX_BYTES + CLOUD_QUOTED_MAX + 512];
    char table[CLOUD_QUOTED_MAX];
    unsigned int protocol = MYSQL_PROTOCOL_TCP;
    unsigned int files = 1;
    MYSQL *mysql = mysql_init(NULL);
    bench_must(mysql != NULL, "memory", NULL);
    (void)mysql_optionsv(mysql, MYSQL_OPT_PROTOCOL, &protocol);
    (void)mysql_optionsv(mysql, MYSQL_OPT_LOCAL_INFILE, &files);
    (void)mysql_optionsv(mysql, MYSQL_OPT_SSL_CA, to->tls_ca);
    (void)mysql_optionsv(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    if (mysql_real_connect(mysql, "127.0.0.1", to->user, to->password, to->database,
                           (unsigned)to->hosts[0].port, NULL, 0) == NULL) {
        fprintf(stderr, "bench: %s\n", mysql_error(mysql));
        exit(1);
    }
    cloud_quote(to->table, table);
    (void)snprintf(sql, sizeof sql,
                   "LOAD DATA LOCAL INFILE '%s' INTO TABLE %s CHARACTER SET utf8mb4 (device_sn, "
                   "user_id, check_time, status, verify_type, raw_data, seq)"
                   " SET bridge = '%016x', source = 'push'",
                   path_of(load_folder, bridge->number, "tsv", path), table,
                   bridge->number * 2654435761U);
    begin_together();
    if (mysql_query(mysql, sql) != 0) {
        fprintf(stderr, "bench: %s\n", mysql_error(mysql));
        exit(1);
    }
    bridge->ended = bench_clock();
    mysql_close(mysql);
    return NULL;
}

/* ---- all of them ---- */

static void begin_threads(void *(*run)(void *))
{
    for (unsigned i = 0; i < fleet.count; i++) {
        bench_must(pthread_create(&fleet.bridges[i].thread, NULL, run, &fleet.bridges[i]) == 0,
                   "cannot start a thread", NULL);
    }
}

static double join_threads(void)
{
    double last = 0;
    for (unsigned i = 0; i < fleet.count; i++) {
        (void)pthread_join(fleet.bridges[i].thread, NULL);
        last = fleet.bridges[i].ended > last ? fleet.bridges[i].ended : last;
    }
    return last;
}

static void print_delays(void)
{
    const char *between = "";
    printf(", \"took\": [");
    for (unsigned i = 0; i < fleet.count; i++) {
        const struct bridge *bridge = &fleet.bridges[i];
        for (int64_t k = 0; k < bridge->up; k++) {
            printf("%s%.4f", between, bridge->took_s[k]);
            between = ", ";
        }
    }
    printf("]");
}

static void print_counts(void)
{
    struct bridge sum = {.number = 0};
    unsigned most = 0;
    unsigned knocks = 0;
    for (unsigned i = 0; i < fleet.count; i++) {
        const struct bridge *bridge = &fleet.bridges[i];
        sum.up += bridge->up;
        sum.given += bridge->given;
        sum.logins += bridge->logins;
        sum.login_s += bridge->login_s;
        sum.refused += bridge->refused;
        sum.lock_waits += bridge->lock_waits;
        sum.conflicts += bridge->conflicts;
        sum.away_told += bridge->away_told;
    }
    for (size_t i = 0; i < SECONDS_MAX; i++) {
        most = fleet.knocks[i] > most ? fleet.knocks[i] : most;
        knocks += fleet.knocks[i];
    }
    printf("\"given\": %lld, \"up\": %lld, \"logins\": %zu, \"login_s\": %.4f, \"refused\": %zu, "
           "\"lock_waits\": %zu, \"conflicts\": %zu, \"away_told\": %zu, \"knocks\": %u, "
           "\"knocks_a_second\": %u",
           (long long)sum.given, (long long)sum.up, sum.logins,
           sum.logins > 0 ? sum.login_s / (double)sum.logins : 0, sum.refused, sum.lock_waits,
           sum.conflicts, sum.away_told, knocks, most);
}

static void send_or_load(const char *folder, void *(*run)(void *))
{
    double begun = bench_clock();
    load_folder = folder;
    fleet.hold = true;
    bench_must(pthread_barrier_init(&fleet.together, NULL, fleet.count) == 0, "barrier", NULL);
    begin_threads(run);
    double last = join_threads();
    struct cpu cpu = cpu_now();
    printf("{\"seconds\": %.4f, \"connecting\": %.4f, \"server_cpu\": %.4f, \"own_cpu\": %.4f, ",
           last - fleet.begun, fleet.begun - begun, cpu.server - fleet.begun_cpu.server,
           cpu.own - fleet.begun_cpu.own);
    print_counts();
    printf("}\n");
}

static void live_for(double every_s, double for_s, double scale)
{
    fleet.every_s = every_s;
    fleet.until = fleet.their_base + for_s;
    fleet.counted_from = fleet.their_base;
    run_at(scale);
    begin_threads(live);
    double last = join_threads();
    printf("{\"seconds\": %.1f, ", last - fleet.counted_from);
    print_counts();
    print_delays();
    printf("}\n");
}

static void away_for(double away_s, double scale, double back_scale)
{
    char line[16];
    fleet.counted_from = fleet.their_base;
    run_at(scale);
    begin_threads(live);
    wait_until(fleet.counted_from + away_s);
    run_at(0);
    printf("back\n");
    (void)fflush(stdout);
    bench_must(fgets(line, sizeof line, stdin) != NULL, "nobody says that it is there", NULL);
    (void)pthread_mutex_lock(&fleet.lock);
    memset(fleet.knocks, 0, sizeof fleet.knocks);
    fleet.counted_from = fleet.their_base;
    (void)pthread_mutex_unlock(&fleet.lock);
    run_at(back_scale);
    double last = join_threads();
    printf("{\"seconds\": %.1f, ", last - fleet.counted_from);
    print_counts();
    printf("}\n");
}

int main(int argc, char **argv)
{
    struct error err = ERROR_INIT;
    const char *what = argc > 1 ? argv[1] : "";
    if (argc == 5 && strcmp(what, "fill") == 0) {
        for (unsigned i = 0; i < (unsigned)atol(argv[3]); i++) {
            fill_one(argv[2], i, atol(argv[4]));
        }
        return 0;
    }
    bool sends = argc == 5 && strcmp(what, "send") == 0;
    bool loads = argc == 5 && strcmp(what, "load") == 0;
    bool lives = argc == 8 && strcmp(what, "live") == 0;
    bool is_away = argc == 8 && strcmp(what, "away") == 0;
    if (!sends && !loads && !lives && !is_away) {
        fprintf(stderr, "usage: see the first lines of bench_fleet.c\n");
        return 2;
    }
    pthread_condattr_t monotonic;
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&fleet.changed, &monotonic);
    (void)pthread_mutex_init(&fleet.lock, NULL);
    fleet.their_base = (double)time(NULL);
    fleet.our_base = bench_clock();
    bench_must(cloud_global_init(&err), "library", &err);
    struct config *config = config_load(argv[2], &err);
    bench_must(config != NULL, "config", &err);
    fleet.config = config;
    fleet.count = fleet.left = (unsigned)atol(argv[4]);
    fleet.bridges = calloc(fleet.count, sizeof *fleet.bridges);
    bench_must(fleet.bridges != NULL, "memory", NULL);
    for (unsigned i = 0; i < fleet.count; i++) {
        fleet.bridges[i].number = i;
        if (!loads) {
            open_bridge(&fleet.bridges[i], argv[3]);
        }
    }
    if (sends || loads) {
        send_or_load(argv[3], sends ? send_all : load);
    } else if (lives) {
        live_for(atof(argv[5]), atof(argv[6]), atof(argv[7]));
    } else {
        away_for(atof(argv[5]), atof(argv[6]), atof(argv[7]));
    }
    for (unsigned i = 0; i < fleet.count; i++) {
        uploader_free(fleet.bridges[i].uploader);
        outbox_close(fleet.bridges[i].outbox);
    }
    free(fleet.bridges);
    config_free(config);
    cloud_global_end();
    return 0;
}
