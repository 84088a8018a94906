/*
 * What head office is told: never of a time with a row missing. The terminals, their deliveries and
 * the database's faults are random; the seed is told when it fails. Its argument, if there is one,
 * is how many seeds to try (../../../dev soak complete).
 */
#include "fake_database.h"
#include "outbox/outbox_feed.h"
#include "outbox/outbox_pull.h"
#include "outbox/outbox_rejected.h"
#include "outbox_punches.h"
#include "terminals/completeness.h"
#include "upload/uploader.h"

enum { TERMINALS = 4, PUNCHES = 1500, START = 1764374800 };

static struct config config;
static struct outbox *outbox;
static struct uploader *uploader;
static int seeds = 2;
static uint32_t seed;
static size_t event_count;
static enum event_id last_event;
static char last_cure[ERROR_TEXT_MAX];
static size_t samples;

static void note_event(void *context, enum event_id id, size_t count, const char *const *strings)
{
    (void)context;
    last_event = id;
    event_count++;
    snprintf(last_cure, sizeof last_cure, "%s", count > 1 ? strings[1] : "");
}

static const struct event_sink sink = {note_event, NULL};

static uint32_t roll(uint32_t sides)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 10) % sides;
}

static int worst(void *context, char words[FACTS_PROBLEM + 1])
{
    (void)context;
    snprintf(words, FACTS_PROBLEM + 1, "something lasts");
    return 401;
}

static void start(void)
{
    static const struct report_service service = {
        .name = "PC-1", .version = "1.0", .started_s = START, .problem = worst};
    outbox = open_outbox((struct outbox_options){0});
    uploader = uploader_new(&config, outbox, &sink, &service, &err);
    assert_non_null(uploader);
}

static void stop(void)
{
    uploader_free(uploader);
    outbox_close(outbox);
}

static int begin(void **state)
{
    (void)state;
    memset(&database, 0, sizeof database);
    memset(&config, 0, sizeof config);
    event_count = 0;
    database.facts.unique_key = true;
    config.database.host_count = 1;
    config.database.batch_rows = 50;
    config.database.status_tables = true;
    config.outbox.retain_days = 90;
    assert_int_equal(scratch_begin(), 0);
    start();
    return 0;
}

static int end(void **state)
{
    (void)state;
    stop();
    scratch_end();
    return 0;
}

static const struct terminal_facts *told_of(const char *sn)
{
    for (size_t i = 0; i < database.terminal_count; i++) {
        if (strcmp(database.terminals[i].sn, sn) == 0) {
            return &database.terminals[i];
        }
    }
    return NULL;
}

/* ---- the property ---- */

/* A terminal: what it holds, in the order in which it was made; a punch's number is its user. */
static struct terminal {
    char sn[8];
    struct {
        size_t number;
        walltime time;
        bool bad; /* the line it comes as can't be read */
    } held[PUNCHES];
    size_t count, delivered;
    struct outbox_proof proof;
} terminals[TERMINALS];

static size_t numbers;

static void make_punch(struct terminal *terminal, int64_t now_s)
{
    if (numbers == PUNCHES || terminal->count == PUNCHES) {
        return;
    }
    terminal->held[terminal->count].number = numbers;
    terminal->held[terminal->count].time = now_s - (walltime)roll(3);
    terminal->held[terminal->count].bad = roll(40) == 0;
    database.bad[numbers] = roll(60) == 0;
    terminal->count++;
    numbers++;
}

/* Delivers some; a bad line is set aside, and names its time or does not. */
static void deliver(struct terminal *terminal, int64_t now_s)
{
    size_t last = terminal->delivered + roll(20);
    last = last < terminal->count ? last : terminal->count;
    size_t first = roll(5) == 0 ? 0 : terminal->delivered; /* its whole memory again */
    DO(outbox_begin(outbox, &err));
    for (size_t i = first; i < last; i++) {
        struct punch punch = {.time = terminal->held[i].time, .raw = SPAN("x")};
        enum outbox_added added;
        enum outbox_kept kept;
        snprintf(punch.user_id, sizeof punch.user_id, "%zu", terminal->held[i].number);
        snprintf(punch.device_sn, sizeof punch.device_sn, "%s", terminal->sn);
        if (!terminal->held[i].bad) {
            DO(outbox_append(outbox, &punch, 0, now_s, &added, &err));
            continue;
        }
        bool timed = terminal->held[i].number % 2 == 0;
        struct outbox_rejection rejection = {.device_sn = terminal->sn,
                                             .bytes = span_of(punch.user_id),
                                             .reason = "bad",
                                             .wall = now_s,
                                             .time = timed ? punch.time : 0,
                                             .user = timed ? punch.user_id : NULL};
        DO(outbox_reject(outbox, &rejection, now_s, &kept, &err));
    }
    if (roll(10) == 0) {
        outbox_rollback(outbox); /* a kill: the terminal keeps what it was not told OK for */
    } else {
        DO(outbox_commit(outbox, &err));
        terminal->delivered = last > terminal->delivered ? last : terminal->delivered;
    }
}

static void say_info(struct terminal *terminal, int64_t now_s)
{
    bool changed = false;
    const struct completeness_word word = {
        .records = (int64_t)terminal->count, .known = true, .local = now_s, .shown = true};
    DO(outbox_proof(outbox, terminal->sn, &terminal->proof, &err));
    DO(completeness_told(outbox, &terminal->proof, &word, now_s, &changed, &err));
    struct outbox_device device = {.last_seen_s = now_s, .audit.data_s = now_s};
    snprintf(device.sn, sizeof device.sn, "%s", terminal->sn);
    device.last_punch =
        terminal->count > 0 ? terminal->held[terminal->count - 1].time : (walltime)0;
    DO(outbox_begin(outbox, &err));
    DO(outbox_proof_save(outbox, &terminal->proof, &err));
    DO(outbox_device_save(outbox, &device, &err));
    DO(outbox_devices_settle(outbox, &err));
    DO(outbox_commit(outbox, &err));
}

/* No value that stands in the database covers a punch that a terminal holds and the table lacks.
 * False: one does, and `words` says which. */
static bool told_truly(char words[200])
{
    for (size_t t = 0; t < TERMINALS; t++) {
        const struct terminal *terminal = &terminals[t];
        const struct terminal_facts *facts = told_of(terminal->sn);
        samples++;
        if (facts == NULL || !facts->complete) {
            continue;
        }
        for (size_t i = 0; i < terminal->count; i++) {
            if (terminal->held[i].time <= facts->through &&
                !database.there[terminal->held[i].number]) {
                snprintf(
                    words, 200,
                    "%.7s is told complete through %lld, and its punch %zu of %lld is not there",
                    terminal->sn, (long long)facts->through - START, terminal->held[i].number,
                    (long long)terminal->held[i].time - START);
                return false;
            }
        }
    }
    return true;
}

static void break_something(int64_t now_s)
{
    size_t count = 0;
    switch (roll(6)) {
    case 0:
        database.connected = false;
        database.connecting = roll(2) == 0 ? ERR_UNREACHABLE : ERR_NONE;
        break;
    case 1:
        database.inserting = ERR_UNREACHABLE;
        database.inserts_failing = (int)roll(3);
        database.commits_before_failing = roll(2) == 0;
        break;
    case 2:
        stop();
        start();
        break;
    case 3:
        memset(database.bad, 0, sizeof database.bad);
        DO(outbox_begin(outbox, &err));
        DO(outbox_requeue_refused(outbox, &count, &err));
        DO(outbox_commit(outbox, &err));
        break;
    case 4:
        DO(outbox_begin(outbox, &err));
        DO(outbox_prune(outbox, now_s, 1000, &count, &err));
        DO(outbox_commit(outbox, &err));
        break;
    default:
        database.connecting = ERR_NONE;
        database.inserts_failing = 0;
        break;
    }
}

/* All is delivered, read again and settled; then each value passes its terminal's last punch. */
static int64_t come_to_rest(int64_t now_s)
{
    size_t count = 0;
    database.connecting = ERR_NONE;
    database.inserts_failing = 0;
    memset(database.bad, 0, sizeof database.bad);
    for (size_t t = 0; t < TERMINALS; t++) {
        for (size_t i = 0; i < terminals[t].count; i++) {
            if (terminals[t].held[i].bad) { /* a person looked: no punch */
                database.there[terminals[t].held[i].number] = true;
            }
        }
        while (terminals[t].delivered < terminals[t].count) {
            deliver(&terminals[t], now_s);
        }
    }
    DO(outbox_begin(outbox, &err));
    DO(outbox_requeue_refused(outbox, &count, &err));
    DO(outbox_settle_rejected(outbox, &(struct outbox_settling){.to = INT64_MAX, .reason = "none"},
                              now_s, &count, &err));
    DO(outbox_commit(outbox, &err));
    for (int64_t end_s = now_s + 180; now_s <= end_s; now_s += 10) {
        for (size_t t = 0; t < TERMINALS; t++) {
            say_info(&terminals[t], now_s);
        }
        uploader_hurry(uploader);
        for (int i = 0; i < 100 && uploader_step(uploader, now_s) == 0; i++) {
        }
    }
    return now_s;
}

/* A history of faults; returns the step at which an untruth was told, or -1. *now_s: its end. */
static int live(uint32_t first_seed, int64_t *now_s, char words[200])
{
    *now_s = START;
    seed = first_seed;
    memset(terminals, 0, sizeof terminals);
    numbers = 0;
    for (size_t t = 0; t < TERMINALS; t++) {
        snprintf(terminals[t].sn, sizeof terminals[t].sn, "T%zu", t);
    }
    for (int step = 0; step < 3000; step++) {
        struct terminal *terminal = &terminals[roll(TERMINALS)];
        *now_s += roll(12);
        switch (roll(7)) {
        case 0:
            make_punch(terminal, *now_s);
            break;
        case 1:
        case 2:
            deliver(terminal, *now_s);
            break;
        case 3:
            say_info(terminal, *now_s);
            break;
        case 4:
            if (roll(8) == 0) {
                break_something(*now_s);
            }
            break;
        default:
            uploader_hurry(uploader);
            (void)uploader_step(uploader, *now_s);
            break;
        }
        if (!told_truly(words)) {
            return step;
        }
    }
    return -1;
}

static void no_time_is_told_complete_with_a_row_missing(void **state)
{
    for (int round = 0; round < seeds; round++) {
        uint32_t first_seed = 20261129U + (uint32_t)round * 7919U;
        int64_t now_s;
        char words[200];
        if (round > 0) {
            end(state);
            begin(state);
        }
        int step = live(first_seed, &now_s, words);
        if (step >= 0) {
            fail_msg("seed %u, step %d: %s", first_seed, step, words);
        }
        come_to_rest(now_s);
        if (!told_truly(words)) {
            fail_msg("seed %u, at rest: %s", first_seed, words);
        }
        for (size_t t = 0; t < TERMINALS; t++) {
            const struct terminal_facts *facts = told_of(terminals[t].sn);
            assert_non_null(facts);
            if (!facts->complete ||
                facts->through < terminals[t].held[terminals[t].count - 1].time) {
                fail_msg("seed %u: after three quiet minutes %s is not told complete (%s through "
                         "%lld, %lld of %lld)",
                         first_seed, terminals[t].sn, facts->proof,
                         (long long)facts->through - START, (long long)facts->stored,
                         (long long)facts->records);
            }
            CHECK_TEXT("by", "counted", facts->proof);
        }
    }
    printf("%zu samples\n", samples);
}

/* Broken on purpose, the property is seen to be: what is told goes out before the commit. */
static void a_status_before_the_commit_is_found(void **state)
{
    (void)state;
    int64_t now_s;
    char words[200];
    database.commits_late = true;
    assert_true(live(20261129U, &now_s, words) >= 0);
}

/* ---- the rest ---- */

static void put_one(const char *sn, const char *user, walltime time)
{
    DO(outbox_begin(outbox, &err));
    add(outbox, sn, user, time, 0);
    DO(outbox_commit(outbox, &err));
}

static void what_is_not_there_holds_it_back(void **state)
{
    size_t count = 0;
    enum outbox_kept kept;
    const struct outbox_rejection line = {
        .device_sn = "T0", .bytes = SPAN("?"), .reason = "why", .wall = 700};
    (void)state;
    DO(outbox_begin(outbox, &err));
    DO(outbox_prove(outbox, "T0", OUTBOX_PROOF_COUNTED, 1000, START, &err));
    DO(outbox_commit(outbox, &err));
    put_one("T0", "1", 500);
    database.bad[1] = true;
    for (int i = 0; i < 10; i++) {
        (void)uploader_step(uploader, START);
    }
    CHECK_INT("told", 1, database.reports);
    CHECK_INT("waits or was refused", 499, told_of("T0")->through);
    DO(outbox_begin(outbox, &err));
    DO(outbox_requeue_refused(outbox, &count, &err));
    DO(outbox_reject(outbox, &line, START, &kept, &err));
    DO(outbox_commit(outbox, &err));
    database.bad[1] = false;
    for (int i = 0; i < 10; i++) {
        (void)uploader_step(uploader, START + 200);
    }
    CHECK_INT("set aside: from when it came", 699, told_of("T0")->through);
    DO(outbox_begin(outbox, &err));
    DO(outbox_settle_rejected(outbox, &(struct outbox_settling){.to = 701, .reason = "a test"},
                              START, &count, &err));
    DO(outbox_commit(outbox, &err));
    for (int i = 0; i < 10; i++) {
        (void)uploader_step(uploader, START + 400);
    }
    CHECK_INT("settled", 1000, told_of("T0")->through);
    CHECK_TEXT("its name", "PC-1", database.bridge.name);
    CHECK_TEXT("the worst", "something lasts", database.bridge.problem);
    CHECK_INT("its event", 401, database.bridge.problem_id);
    CHECK_INT("running", true, database.bridge.running);
    uploader_stop(uploader, START + 401);
    CHECK_INT("stopped", false, database.bridge.running);
}

static void it_is_told_every_two_minutes(void **state)
{
    (void)state;
    for (int64_t now_s = START; now_s < START + 3600; now_s++) {
        (void)uploader_step(uploader, now_s);
        uint32_t most_ms = uploader_idle_ms(uploader, now_s);
        assert_true(most_ms >= 1000 && most_ms <= (REPORT_EVERY_S + REPORT_JITTER_S) * 1000);
    }
    assert_true(database.reports >= 27 && database.reports <= 34);
}

/* Between punches no connection is kept: head office is told by short ones. */
static void an_idle_connection_is_given_back(void **state)
{
    (void)state;
    size_t open = 0;
    config.database.idle_close_s = 60;
    put_one("T0", "1", START);
    for (int64_t now_s = START; now_s < START + 3600; now_s++) {
        uint32_t wait_ms = uploader_step(uploader, now_s);
        assert_true(wait_ms == UPLOADER_IDLE || wait_ms == 0);
        open += database.connected;
        if (database.connected) {
            assert_true(uploader_idle_ms(uploader, now_s) <= 60000);
        }
    }
    CHECK_INT("a minute after the punch, and no more", true, open >= 59 && open <= 62);
    CHECK_INT("told all the while", true, database.reports >= 27 && database.reports <= 34);
    CHECK_INT("each by its own", true,
              database.connects >= database.reports - 1 && database.connects <= database.reports);
    CHECK_INT("one greeting", 1, event_count);
    put_one("T0", "2", START + 1);
    (void)uploader_step(uploader, START + 3601);
    CHECK_INT("the next punch goes up at once", true, database.there[2]);
    config.database.idle_close_s = 0;
    for (int64_t now_s = START + 3602; now_s < START + 7200; now_s++) {
        (void)uploader_step(uploader, now_s);
        assert_true(database.connected);
    }
}

/* A database that is away while nothing waits is told of by the heartbeat that fails. */
static void a_heartbeat_that_fails_is_trouble(void **state)
{
    (void)state;
    config.database.idle_close_s = 60;
    for (int64_t now_s = START; now_s < START + 100; now_s++) {
        (void)uploader_step(uploader, now_s);
    }
    assert_false(database.connected);
    CHECK_INT("connected", EVENT_DATABASE_CONNECTED, last_event);
    database.connecting = ERR_UNREACHABLE;
    for (int64_t now_s = START + 100; now_s < START + 400; now_s++) {
        (void)uploader_step(uploader, now_s);
    }
    CHECK_INT("away", EVENT_DATABASE_UNREACHABLE, last_event);
}

static void what_changes_is_told_at_once(void **state)
{
    (void)state;
    (void)uploader_step(uploader, START);
    CHECK_INT("the first", 1, database.reports);
    uploader_tell(uploader);
    CHECK_INT("not so soon", 10000, uploader_idle_ms(uploader, START));
    (void)uploader_step(uploader, START + 1);
    CHECK_INT("held for a moment", 1, database.reports);
    (void)uploader_step(uploader, START + 10);
    CHECK_INT("told", 2, database.reports);
    (void)uploader_step(uploader, START + 30);
    CHECK_INT("and once", 2, database.reports);
}

/* Why counting proves nothing more. */
static void a_memory_that_lets_go_is_told(void **state)
{
    (void)state;
    struct outbox_proof proof = {.sn = "T0", .records = 100000, .held = 100001, .said_s = START};
    const struct outbox_pull pull = {.place = "192.168.1.202:4370",
                                     .sn = "T1",
                                     .held = 80000,
                                     .capacity = 80000,
                                     .users = -1,
                                     .before = -1,
                                     .after = -1};
    DO(outbox_begin(outbox, &err));
    DO(outbox_proof_save(outbox, &proof, &err));
    DO(outbox_pull_save(outbox, &pull, &err));
    DO(outbox_commit(outbox, &err));
    (void)uploader_step(uploader, START);
    assert_non_null(strstr(told_of("T0")->problem, "its memory is full"));
    assert_non_null(strstr(told_of("T1")->problem, "Its memory is full (80000 records)"));
    CHECK_TEXT("read", "pull", told_of("T1")->source);
    proof.held = proof.records;
    DO(outbox_begin(outbox, &err));
    DO(outbox_proof_save(outbox, &proof, &err));
    DO(outbox_commit(outbox, &err));
    (void)uploader_step(uploader, START + 200);
    CHECK_TEXT("nothing is wrong", "", told_of("T0")->problem);
}

static void a_missing_right_costs_one_event_and_no_punch(void **state)
{
    (void)state;
    database.reporting = ERR_LOGIN;
    for (int64_t now_s = START; now_s < START + 7200; now_s += 60) {
        char user[8];
        snprintf(user, sizeof user, "%d", (int)((now_s - START) / 60));
        put_one("T0", user, now_s);
        (void)uploader_step(uploader, now_s);
    }
    CHECK_INT("one, and the connection's", 2, event_count);
    CHECK_INT("which", EVENT_STATUS_TABLES, last_event);
    CHECK_TEXT("with its cure", "GRANT it", last_cure);
    CHECK_INT("all went up", 0, counts_of(outbox).waiting);
    config.database.status_tables = false;
    database.reporting = ERR_NONE;
    (void)uploader_step(uploader, START + 9000);
    CHECK_INT("not wanted", 0, database.reports);
    CHECK_INT("and waited for no more", UPLOADER_IDLE, uploader_idle_ms(uploader, START));
}

/* What the database has given, the outbox knows, whatever the end of a try was. */
static void numbers_are_remembered(void **state)
{
    struct outbox_feed feed;
    (void)state;
    put_one("T0", "1", 500);
    (void)uploader_step(uploader, START);
    DO(outbox_feed(outbox, &feed, &err));
    CHECK_INT("given", 1, feed.seq);
    put_one("T0", "2", 501);
    database.inserting = ERR_UNREACHABLE;
    database.inserts_failing = 1;
    database.commits_before_failing = true;
    for (int i = 0; i < 10; i++) {
        (void)uploader_step(uploader, START + 1 + i);
    }
    DO(outbox_feed(outbox, &feed, &err));
    CHECK_INT("as the database has it", database.seq, feed.seq);
    assert_true(feed.seq >= 2);
}

int main(int argc, char **argv)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        CASE(what_is_not_there_holds_it_back),
        CASE(it_is_told_every_two_minutes),
        CASE(numbers_are_remembered),
        CASE(an_idle_connection_is_given_back),
        CASE(a_heartbeat_that_fails_is_trouble),
        CASE(what_changes_is_told_at_once),
        CASE(a_memory_that_lets_go_is_told),
        CASE(a_missing_right_costs_one_event_and_no_punch),
        CASE(no_time_is_told_complete_with_a_row_missing),
        CASE(a_status_before_the_commit_is_found),
    };
    seeds = argc > 1 ? atoi(argv[1]) : seeds;
    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
