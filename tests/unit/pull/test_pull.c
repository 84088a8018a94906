#include "pull/visiting.h"

/* What a case does not name is pulled_begin's default. */
#define PLAN(...)                                                                                  \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define ORDER(...) PLAN(__VA_ARGS__)

/* What is read is exactly what the terminal holds, or nothing is. */
static const struct {
    const char *rule;
    struct pulled_plan plan;
    struct visit_order order;
    struct visiting_line line;
    enum visit_outcome outcome;
    int64_t rows;   /* -1: not judged sound */
    int aside;      /* of them */
    unsigned known; /* layout */
} cases[] = {
    /* clang-format off */
    /* the layouts, small (one answer) and large (chunks) */
    {"40", PLAN(0), ORDER(0), {0}, VISIT_READ, 100, 0, 0},
    {"40, one record", PLAN(.records = 1), ORDER(0), {0}, VISIT_READ, 1, 0, 0},
    {"40, 20000", PLAN(.records = 20000), ORDER(0), {0}, VISIT_READ, 20000, 0, 0},
    {"40, none", PLAN(.records = PULLED_NONE), ORDER(0), {0}, VISIT_READ, 0, 0, 0},
    {"49", PLAN(.layout = 49), ORDER(0), {0}, VISIT_READ, 100, 0, 0},
    {"49, 5000", PLAN(.layout = 49, .records = 5000), ORDER(0), {0}, VISIT_READ, 5000, 0, 0},
    {"16", PLAN(.layout = 16), ORDER(0), {0}, VISIT_READ, 100, 0, 0},
    {"16, 5000", PLAN(.layout = 16, .records = 5000), ORDER(0), {0}, VISIT_READ, 5000, 0, 0},
    {"22", PLAN(.layout = 22), ORDER(0), {0}, VISIT_READ, 100, 0, 0},
    {"8-A", PLAN(.layout = 81), ORDER(0), {0}, VISIT_READ, 100, 0, 0},
    {"8-A, 5000, users 28", PLAN(.layout = 81, .records = 5000, .user_size = 28), ORDER(0), {0}, VISIT_READ, 5000, 0, 0},
    {"8-B", PLAN(.layout = 82), ORDER(0), {0}, VISIT_READ, 100, 0, 0},
    {"8-B, 5000", PLAN(.layout = 82, .records = 5000), ORDER(0), {0}, VISIT_READ, 5000, 0, 0},
    {"8-A, two records: which is it?", PLAN(.layout = 81, .records = 2), ORDER(0), {0}, VISIT_READ, -1, 0, 0},
    {"8-A, two records, known", PLAN(.layout = 81, .records = 2), ORDER(0), {0}, VISIT_READ, 2, 0, 81},
    {"8-B, two records, known", PLAN(.layout = 82, .records = 2), ORDER(0), {0}, VISIT_READ, 2, 0, 82},
    {"8-B, though 8-A was known", PLAN(.layout = 82), ORDER(0), {0}, VISIT_READ, 100, 0, 81},
    {"7 users × 72 = 18 × 28", PLAN(.layout = 82, .users = 7), ORDER(0), {0}, VISIT_READ, 100, 0, 0},
    {"users wanted", PLAN(0), ORDER(.users = true), {0}, VISIT_READ, 100, 0, 0},
    {"users 28 wanted", PLAN(.user_size = 28), ORDER(.users = true), {0}, VISIT_READ, 100, 0, 0},
    {"details", PLAN(0), ORDER(.details = true), {0}, VISIT_READ, 100, 0, 0},
    {"no counts: the rows tell", PLAN(.faults = PULLED_NO_FREE_SIZES), ORDER(0), {0}, VISIT_READ, 100, 0, 0},
    {"counts that do not come out", PLAN(.faults = PULLED_MISCOUNT), ORDER(0), {0}, VISIT_READ, 100, 0, 0},
    /* 1: how a stream is cut */
    {"bytes one by one", PLAN(.records = 400), ORDER(0), {.slice = 1}, VISIT_READ, 400, 0, 0},
    {"three", PLAN(.records = 3000), ORDER(0), {.slice = 3}, VISIT_READ, 3000, 0, 0},
    {"seven", PLAN(.records = 3000), ORDER(0), {.slice = 7}, VISIT_READ, 3000, 0, 0},
    {"1460", PLAN(.records = 3000), ORDER(0), {.slice = 1460}, VISIT_READ, 3000, 0, 0},
    /* 2, 3: shapes of an answer */
    {"fragments", PLAN(.records = 5000, .faults = PULLED_FRAGMENTS), ORDER(0), {0}, VISIT_READ, 5000, 0, 0},
    {"session 0, size in the closing", PLAN(.records = 5000, .faults = PULLED_FRAGMENTS | PULLED_NO_SESSION), ORDER(0), {0}, VISIT_READ, 5000, 0, 0},
    {"1500 of 4 bytes", PLAN(.records = 5000, .faults = PULLED_SHORT_HEAD), ORDER(0), {0}, VISIT_READ, 5000, 0, 0},
    {"a chunk is one 1501", PLAN(.records = 5000, .faults = PULLED_BARE_DATA), ORDER(0), {0}, VISIT_READ, 5000, 0, 0},
    {"reply ids of its own", PLAN(.records = 5000, .faults = PULLED_NO_ECHO), ORDER(0), {0}, VISIT_READ, 5000, 0, 0},
    /* 4 */
    {"events in between", PLAN(.records = 5000, .faults = PULLED_EVENTS | PULLED_FRAGMENTS), ORDER(0), {.slice = 100}, VISIT_READ, 5000, 0, 0},
    {"events in between, small", PLAN(.records = 10, .faults = PULLED_EVENTS), ORDER(0), {0}, VISIT_READ, 10, 0, 0},
    /* 5 */
    {"a direct answer in two", PLAN(.records = 10, .faults = PULLED_SPLIT_DIRECT), ORDER(0), {0}, VISIT_READ, 10, 0, 0},
    {"whose second never comes", PLAN(.records = 10, .faults = PULLED_HALF_DIRECT), ORDER(0), {0}, VISIT_INCOMPLETE, -1, 0, 0},
    /* 6 */
    {"a punch before the read", PLAN(.faults = PULLED_GROW_BEFORE), ORDER(0), {0}, VISIT_READ, 101, 0, 0},
    {"a punch after it", PLAN(.faults = PULLED_GROW_AFTER), ORDER(0), {0}, VISIT_READ, 100, 0, 0},
    {"both, three records", PLAN(.records = 3, .faults = PULLED_GROW_BEFORE | PULLED_GROW_AFTER), ORDER(0), {0}, VISIT_READ, 4, 0, 0},
    {"both, 8-B", PLAN(.layout = 82, .records = 5000, .faults = PULLED_GROW_BEFORE | PULLED_GROW_AFTER), ORDER(0), {0}, VISIT_READ, 5001, 0, 0},
    /* 7 */
    {"a total that is no number of records", PLAN(.faults = PULLED_ODD_TOTAL), ORDER(0), {0}, VISIT_READ, -1, 0, 0},
    {"count 0 with records", PLAN(.faults = PULLED_COUNT_ZERO), ORDER(0), {0}, VISIT_READ, -1, 0, 0},
    {"count wrong", PLAN(.faults = PULLED_COUNT_MORE), ORDER(0), {0}, VISIT_READ, -1, 0, 0},
    {"count wrong, known", PLAN(.faults = PULLED_COUNT_MORE), ORDER(0), {0}, VISIT_READ, -1, 0, 40},
    /* 9 */
    {"dates that are none", PLAN(.faults = PULLED_BAD_DATES), ORDER(0), {0}, VISIT_READ, 100, 3, 0},
    {"dates that are none, 16", PLAN(.layout = 16, .faults = PULLED_BAD_DATES), ORDER(0), {0}, VISIT_READ, 100, 3, 0},
    {"dates that are none, 8-B", PLAN(.layout = 82, .faults = PULLED_BAD_DATES), ORDER(0), {0}, VISIT_READ, 100, 3, 0},
    /* 10 */
    {"a key", PLAN(.key = 123456), ORDER(.key = 123456), {0}, VISIT_READ, 100, 0, 0},
    {"the greatest key", PLAN(.key = 999999), ORDER(.key = 999999), {0}, VISIT_READ, 100, 0, 0},
    {"key 0 is asked for", PLAN(.wants_key = true), ORDER(0), {0}, VISIT_READ, 100, 0, 0},
    {"a wrong key", PLAN(.key = 123456), ORDER(.key = 123457), {0}, VISIT_KEY, -1, 0, 0},
    {"no key is right", PLAN(.faults = PULLED_KEY_ALWAYS), ORDER(0), {0}, VISIT_KEY, -1, 0, 0},
    {"6001", PLAN(.faults = PULLED_REFUSES), ORDER(0), {0}, VISIT_REFUSED, -1, 0, 0},
    {"4989", PLAN(.faults = PULLED_ACCESS), ORDER(0), {0}, VISIT_REFUSED, -1, 0, 0},
    {"no chunks", PLAN(.records = 5000, .faults = PULLED_PLAIN), ORDER(0), {0}, VISIT_READ, 5000, 0, 0},
    {"no chunks, fragments, session 0", PLAN(.faults = PULLED_PLAIN | PULLED_FRAGMENTS | PULLED_NO_SESSION), ORDER(0), {0}, VISIT_READ, 100, 0, 0},
    {"no chunks, 8-A with users", PLAN(.layout = 81, .faults = PULLED_PLAIN), ORDER(0), {0}, VISIT_READ, 100, 0, 0},
    {"no options, nor a name", PLAN(.faults = PULLED_NO_OPTIONS), ORDER(0), {0}, VISIT_REFUSED, -1, 0, 0},
    {"no options, a name given", PLAN(.faults = PULLED_NO_OPTIONS), ORDER(.sn = "OLD1"), {0}, VISIT_READ, 100, 0, 0},
    {"a door controller", PLAN(.faults = PULLED_PANEL), ORDER(0), {0}, VISIT_REFUSED, -1, 0, 0},
    /* 11 */
    {"mute at once", PLAN(.mute_at = 1000), ORDER(0), {0}, VISIT_SILENT, -1, 0, 0},
    {"mute at the key", PLAN(.wants_key = true, .mute_at = 1102), ORDER(0), {0}, VISIT_INCOMPLETE, -1, 0, 0},
    {"mute at options", PLAN(.mute_at = 11), ORDER(0), {0}, VISIT_INCOMPLETE, -1, 0, 0},
    {"mute at its clock", PLAN(.mute_at = 201), ORDER(0), {0}, VISIT_INCOMPLETE, -1, 0, 0},
    {"mute at its counts", PLAN(.mute_at = 50), ORDER(0), {0}, VISIT_INCOMPLETE, -1, 0, 0},
    {"mute at the table", PLAN(.mute_at = 1503), ORDER(0), {0}, VISIT_INCOMPLETE, -1, 0, 0},
    {"mute at a chunk", PLAN(.records = 5000, .mute_at = 1504), ORDER(0), {0}, VISIT_INCOMPLETE, -1, 0, 0},
    {"mute at the release", PLAN(.records = 5000, .mute_at = 1502), ORDER(0), {0}, VISIT_INCOMPLETE, -1, 0, 0},
    {"mute at the farewell", PLAN(.mute_at = 1001), ORDER(0), {0}, VISIT_READ, 100, 0, 0},
    {"closes at once", PLAN(.close_at = 1000), ORDER(0), {0}, VISIT_SILENT, -1, 0, 0},
    {"closes at options", PLAN(.close_at = 11), ORDER(0), {0}, VISIT_INCOMPLETE, -1, 0, 0},
    {"closes at its counts", PLAN(.close_at = 50), ORDER(0), {0}, VISIT_INCOMPLETE, -1, 0, 0},
    {"closes at a chunk", PLAN(.records = 5000, .close_at = 1504), ORDER(0), {0}, VISIT_INCOMPLETE, -1, 0, 0},
    {"closes at the farewell", PLAN(.close_at = 1001), ORDER(0), {0}, VISIT_READ, 100, 0, 0},
    {"cut in mid-frame, connect", PLAN(.cut_at = 1000), ORDER(0), {0}, VISIT_SILENT, -1, 0, 0},
    {"cut in mid-frame, a chunk", PLAN(.records = 5000, .cut_at = 1504), ORDER(0), {0}, VISIT_INCOMPLETE, -1, 0, 0},
    {"cut in mid-frame, a table", PLAN(.records = 10, .cut_at = 1503), ORDER(0), {0}, VISIT_INCOMPLETE, -1, 0, 0},
    {"the line is gone in the middle", PLAN(.records = 5000), ORDER(0), {.close_after = 100000}, VISIT_INCOMPLETE, -1, 0, 0},
    {"the line is gone in a prefix", PLAN(.records = 5000), ORDER(0), {.close_after = 20}, VISIT_INCOMPLETE, -1, 0, 0},
    /* 14 */
    {"checksums of data", PLAN(.records = 5000, .faults = PULLED_BAD_CHECKSUM), ORDER(0), {0}, VISIT_INCOMPLETE, -1, 0, 0},
    {"magic", PLAN(.faults = PULLED_BAD_MAGIC), ORDER(0), {0}, VISIT_INCOMPLETE, -1, 0, 0},
    {"length", PLAN(.faults = PULLED_BAD_LENGTH), ORDER(0), {0}, VISIT_INCOMPLETE, -1, 0, 0},
    {"4 GiB", PLAN(.faults = PULLED_HUGE), ORDER(0), {0}, VISIT_INCOMPLETE, -1, 0, 0},
    {"4 GiB, no chunks", PLAN(.faults = PULLED_HUGE | PULLED_PLAIN), ORDER(0), {0}, VISIT_INCOMPLETE, -1, 0, 0},
    /* 15 */
    {"who must answer", PLAN(0), ORDER(.sn = "PUL1234567"), {0}, VISIT_READ, 100, 0, 0},
    {"another answers", PLAN(0), ORDER(.sn = "PUL7654321"), {0}, VISIT_STRANGER, -1, 0, 0},
    {"no serial: its MAC", PLAN(.faults = PULLED_NO_SERIAL), ORDER(.sn = "0017610A0B0C"), {0}, VISIT_READ, 100, 0, 0},
    {"no serial, another's MAC", PLAN(.faults = PULLED_NO_SERIAL), ORDER(.sn = "PUL1234567"), {0}, VISIT_STRANGER, -1, 0, 0},
    /* 16 */
    {"a byte a second", PLAN(.records = 5000), ORDER(0), {.slice = 1, .byte_ms = 1000}, VISIT_SILENT, -1, 0, 0},
    {"four bytes a second", PLAN(.records = 5000), ORDER(0), {.slice = 1, .byte_ms = 250}, VISIT_INCOMPLETE, -1, 0, 0},
    {"a byte each 5 ms", PLAN(.records = 100), ORDER(0), {.slice = 1, .byte_ms = 5}, VISIT_READ, 100, 0, 0},
    /* 18 */
    {"100000 × 40", PLAN(.records = 100000), ORDER(.read_count = 100000), {0}, VISIT_READ, 100000, 0, 0},
    {"nothing new", PLAN(0), ORDER(.read_count = 100), {0}, VISIT_UNCHANGED, -1, 0, 0},
    {"nothing new, but all is wanted", PLAN(0), ORDER(.read_count = 100, .purpose = VISIT_WHOLE), {0}, VISIT_READ, 100, 0, 0},
    {"only a look", PLAN(0), ORDER(.purpose = VISIT_LOOK), {0}, VISIT_UNCHANGED, -1, 0, 0},
    {"its log was cleared", PLAN(.records = 5), ORDER(.read_count = 100), {0}, VISIT_READ, 5, 0, 0},
    /* by UDP */
    {"UDP 40", PLAN(.records = 1000), ORDER(.datagrams = true), {0}, VISIT_READ, 1000, 0, 0},
    {"UDP 16", PLAN(.layout = 16, .records = 1000), ORDER(.datagrams = true), {0}, VISIT_READ, 1000, 0, 0},
    {"UDP 49", PLAN(.layout = 49, .records = 1000), ORDER(.datagrams = true), {0}, VISIT_READ, 1000, 0, 0},
    {"UDP 8-A, users 28", PLAN(.layout = 81, .records = 5000, .user_size = 28), ORDER(.datagrams = true), {0}, VISIT_READ, 5000, 0, 0},
    {"UDP, whole chunks at once", PLAN(.records = 1000, .data_piece = 16384), ORDER(.datagrams = true), {0}, VISIT_READ, 1000, 0, 0},
    {"UDP, pieces of 512", PLAN(.records = 1000, .data_piece = 512), ORDER(.datagrams = true), {0}, VISIT_READ, 1000, 0, 0},
    {"UDP, pieces of 100", PLAN(.records = 100, .data_piece = 100), ORDER(.datagrams = true), {0}, VISIT_READ, 100, 0, 0},
    {"UDP, a key", PLAN(.key = 77), ORDER(.datagrams = true, .key = 77), {0}, VISIT_READ, 100, 0, 0},
    {"UDP, no chunks", PLAN(.faults = PULLED_PLAIN), ORDER(.datagrams = true), {0}, VISIT_READ, 100, 0, 0},
    {"UDP, reply ids of its own", PLAN(.faults = PULLED_NO_ECHO), ORDER(.datagrams = true), {0}, VISIT_READ, 100, 0, 0},
    {"UDP, a direct answer in two", PLAN(.records = 10, .faults = PULLED_SPLIT_DIRECT), ORDER(.datagrams = true), {0}, VISIT_READ, 10, 0, 0},
    {"UDP, half of it", PLAN(.records = 10, .faults = PULLED_HALF_DIRECT), ORDER(.datagrams = true), {0}, VISIT_INCOMPLETE, -1, 0, 0},
    {"UDP, events", PLAN(.faults = PULLED_EVENTS), ORDER(.datagrams = true), {0}, VISIT_READ, 100, 0, 0},
    {"UDP, checksums", PLAN(.faults = PULLED_BAD_CHECKSUM), ORDER(.datagrams = true), {0}, VISIT_INCOMPLETE, -1, 0, 0},
    {"UDP, nobody", PLAN(.mute_at = 1000), ORDER(.datagrams = true), {0}, VISIT_SILENT, -1, 0, 0},
    {"UDP, mute at a chunk", PLAN(.records = 5000, .mute_at = 1504), ORDER(.datagrams = true), {0}, VISIT_INCOMPLETE, -1, 0, 0},
    {"UDP, 4 GiB", PLAN(.faults = PULLED_HUGE), ORDER(.datagrams = true), {0}, VISIT_INCOMPLETE, -1, 0, 0},
    /* clang-format on */
};

static void check_case(size_t i)
{
    static struct visiting v;
    const char *rule = cases[i].rule;
    struct visit_order order = cases[i].order;
    order.read_count = order.read_count == 0 ? -1 : order.read_count;
    visiting_begin(&v, &cases[i].plan, &cases[i].line, &order);
    visiting_run(&v, rule);
    if (cases[i].outcome != v.visit->outcome) {
        fail_msg("[%s] expected outcome %d, got %d: %s", rule, (int)cases[i].outcome,
                 (int)v.visit->outcome, v.visit->why);
    }
    CHECK_INT(rule, cases[i].outcome > VISIT_READ, v.visit->why[0] != '\0');
    assert_true(utf8_valid(span_of(v.visit->why)));
    if (v.visit->outcome == VISIT_READ) {
        visiting_judge(&v, cases[i].known);
        if (v.verdict.sound != (cases[i].rows >= 0)) {
            fail_msg("[%s] sound: expected %d, got %d: %s", rule, cases[i].rows >= 0,
                     v.verdict.sound, v.verdict.why);
        }
        if (v.verdict.sound) {
            CHECK_INT(rule, cases[i].rows, v.rows);
            CHECK_INT(rule, cases[i].rows, v.verdict.rows);
            CHECK_INT(rule, cases[i].aside, v.verdict.aside);
            CHECK_INT(rule, cases[i].rows - cases[i].aside, v.good);
            CHECK_INT(rule, 0, v.wrong);
        }
    }
    visiting_end(&v);
}

static void test_visits(void **state)
{
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        check_case(i);
    }
}

/* A line that loses, doubles, swaps and delays: exact or nothing, whatever the seed. */
static void test_bad_lines(void **state)
{
    (void)state;
    static const unsigned layouts[] = {40, 16, 82, 49};
    static struct visiting v;
    unsigned exact = 0;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        char name[32];
        struct pulled_plan plan = PLAN(.records = 300 + (uint32_t)seed * 7);
        struct visit_order order = ORDER(.datagrams = true, .read_count = -1);
        struct visiting_line line = {.seed = seed,
                                     .drop = seed % 4 * 3,
                                     .twice = seed % 3 * 10,
                                     .swap = seed % 5 * 10,
                                     .delay = seed % 7 == 0 ? 3 : 0};
        plan.layout = layouts[seed % 4];
        plan.data_piece = seed % 2 == 0 ? 1024 : 300;
        plan.faults = seed % 6 == 0 ? PULLED_PLAIN : seed % 11 == 0 ? PULLED_NO_ECHO : 0;
        snprintf(name, sizeof name, "seed %d", (int)seed);
        visiting_begin(&v, &plan, &line, &order);
        visiting_run(&v, name);
        CHECK_INT(name, true,
                  v.visit->outcome == VISIT_READ || v.visit->outcome == VISIT_INCOMPLETE ||
                      v.visit->outcome == VISIT_SILENT);
        if (v.visit->outcome == VISIT_READ) {
            visiting_judge(&v, 0);
            /* Where answers cannot be told apart a count may be another answer's: it is seen. */
            CHECK_INT(name, true, v.verdict.sound || plan.faults == PULLED_NO_ECHO);
            CHECK_INT(name, v.verdict.sound ? plan.records : 0, v.good);
            CHECK_INT(name, 0, v.wrong);
            exact += v.verdict.sound;
        }
        visiting_end(&v);
    }
    if (exact < 40) {
        fail_msg("only %u of 60 came out", exact);
    }
}

/* Cheap when nothing is new: five questions. */
static void test_a_poll_is_cheap(void **state)
{
    (void)state;
    static struct visiting v;
    struct pulled_plan plan = PLAN(0);
    struct visit_order order = ORDER(.read_count = 100);
    visiting_begin(&v, &plan, &(struct visiting_line){0}, &order);
    visiting_run(&v, "poll");
    CHECK_INT("commands", 5, v.terminal.commands);
    CHECK_INT("before", 100, v.visit->facts.before);
    CHECK_INT("capacity", 100000, v.visit->facts.capacity);
    CHECK_INT("users", 7, v.visit->facts.users);
    CHECK_TEXT("sn", "PUL1234567", v.visit->facts.sn);
    CHECK_INT("clock", 0, v.visit->facts.clock_ahead_s);
    visiting_end(&v);

    /* A memory that is full is read though its number stays. */
    plan.records = plan.capacity = 1000;
    order.read_count = 1000;
    visiting_begin(&v, &plan, &(struct visiting_line){0}, &order);
    visiting_run(&v, "full");
    CHECK_INT("full", VISIT_READ, v.visit->outcome);
    visiting_end(&v);
}

/* Whatever is asked of it, the farewell is said. */
static void test_exit_is_always_said(void **state)
{
    (void)state;
    static struct visiting v;
    struct pulled_plan plan = PLAN(.records = 5000);
    struct visit_order order = ORDER(.read_count = -1);
    for (size_t steps = 0; steps < 12; steps++) {
        visiting_begin(&v, &plan, &(struct visiting_line){0}, &order);
        for (size_t i = 0; i < steps && v.visit->outcome == VISIT_RUNNING; i++) {
            visiting_step(&v);
        }
        v.visit->out_len = 0;
        v.visit->protocol->stop(v.visit, v.now_ms);
        CHECK_INT("stopped", true, v.visit->outcome != VISIT_RUNNING);
        /* behind the prefix */
        CHECK_INT("EXIT", 1001, v.visit->out[8] + 256 * v.visit->out[9]);
        visiting_end(&v);
    }
}

static void test_the_clock_is_set_by_order_alone(void **state)
{
    (void)state;
    static struct visiting v;
    struct pulled_plan plan = PLAN(0);
    struct visit_order order = ORDER(.set_clock = true, .purpose = VISIT_LOOK);
    visiting_begin(&v, &plan, &(struct visiting_line){0}, &order);
    visiting_run(&v, "set");
    CHECK_INT("set", true, v.visit->facts.clock_set);
    visiting_end(&v);
    order.set_clock = false;
    visiting_begin(&v, &plan, &(struct visiting_line){0}, &order);
    visiting_run(&v, "not set");
    CHECK_INT("not set", false, v.visit->facts.clock_set);
    visiting_end(&v);
}

static void test_live(void **state)
{
    (void)state;
    static struct visiting v;
    struct pulled_plan plan = PLAN(.interval_s = 1, .start = 1795795000);
    struct visit_order order = ORDER(.live = true, .read_count = -1);
    visiting_begin(&v, &plan, &(struct visiting_line){0}, &order);
    visiting_run(&v, "live");
    assert_true(v.visit->living);
    CHECK_INT("running", VISIT_RUNNING, v.visit->outcome);
    visiting_judge(&v, 0);
    CHECK_INT("rows", 100, v.good);
    for (int i = 0; i < 5; i++) {
        pulled_punch(&v.terminal, &v.peer);
        visiting_step(&v);
    }
    CHECK_INT("live", 5, v.live_rows);
    visiting_flush(&v);
    /* A heartbeat each minute, answered; */
    for (int i = 0; i < 20; i++) {
        visiting_step(&v);
    }
    CHECK_INT("living", VISIT_RUNNING, v.visit->outcome);
    CHECK_TEXT("allowed", "", v.terminal.forbidden);
    /* and when it is not, the terminal is gone. */
    v.peer.dead = true;
    for (int i = 0; i < 8 && v.visit->outcome == VISIT_RUNNING; i++) {
        visiting_step(&v);
    }
    CHECK_INT("gone", VISIT_INCOMPLETE, v.visit->outcome);
    visiting_end(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_visits),
        cmocka_unit_test(test_bad_lines),
        cmocka_unit_test(test_a_poll_is_cheap),
        cmocka_unit_test(test_exit_is_always_said),
        cmocka_unit_test(test_the_clock_is_set_by_order_alone),
        cmocka_unit_test(test_live),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
