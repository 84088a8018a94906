/* What a terminal delivered is known by its key, whatever has become of the row. */
#include "outbox_punches.h"
#include "outbox/outbox_rejected.h"

static struct outbox *outbox;

static int begin(void **state)
{
    (void)state;
    outbox = new_outbox();
    return 0;
}

static int end(void **state)
{
    (void)state;
    return drop_outbox(outbox);
}

static void reopen(struct outbox_options options)
{
    outbox_close(outbox);
    outbox = open_outbox(options);
}

/* One append in a transaction of its own. */
static enum outbox_added put(const char *sn, const char *user, walltime time, int64_t source)
{
    DO(outbox_begin(outbox, &err));
    enum outbox_added added = add(outbox, sn, user, time, source);
    DO(outbox_commit(outbox, &err));
    return added;
}

static int64_t keys_through(const char *sn, walltime through)
{
    int64_t keys = 0;
    DO(outbox_delivered_keys(outbox, sn, through, &keys, &err));
    return keys;
}

static int64_t keys(const char *sn)
{
    return keys_through(sn, INT64_MAX);
}

/* All rows are in the database, and gone from here. */
static void prune_all(void)
{
    size_t count = 0;
    advance(outbox, counts_of(outbox).last_id);
    DO(outbox_begin(outbox, &err));
    DO(outbox_prune(outbox, INT64_MAX, 1000000, &count, &err));
    DO(outbox_commit(outbox, &err));
    CHECK_INT("no row", 0, counts_of(outbox).uploaded);
}

/* The fault: 1,000 pruned punches read again were 1,000 new ones, and 2,000 for the audit. */
static void a_memory_read_again_brings_nothing(void **state)
{
    (void)state;
    fill(outbox, 1, 1000);
    CHECK_INT("delivered", 1000, keys("SN1"));
    prune_all();
    for (int again = 0; again < 2; again++) {
        DO(outbox_begin(outbox, &err));
        for (walltime time = 1; time <= 1000; time++) {
            CHECK_INT("known", OUTBOX_KNOWN, add(outbox, "SN1", "7", time, 0));
        }
        DO(outbox_commit(outbox, &err));
        CHECK_INT("nothing waits", 0, counts_of(outbox).waiting);
        CHECK_INT("still", 1000, keys("SN1"));
    }
    CHECK_INT("another is new", OUTBOX_NEW, put("SN1", "8", 5, 0));
    CHECK_INT("counted", 1001, keys("SN1"));
    CHECK_INT("another terminal's is new", OUTBOX_NEW, put("SN2", "7", 5, 0));
    CHECK_INT("as its own", 1, keys("SN2"));
}

static void keys_are_counted_up_to_a_time(void **state)
{
    static const struct {
        walltime through;
        int64_t keys;
    } cases[] = {{0, 0}, {1, 1}, {59, 59}, {60, 60}, {61, 61}, {100, 100}, {101, 100}};
    (void)state;
    fill(outbox, 1, 60);
    prune_all();
    fill(outbox, 61, 100);
    put("SN2", "7", 30, 0);
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        CHECK_INT("through", cases[i].keys, keys_through("SN1", cases[i].through));
    }
}

/* Each of these became no row of the terminal's, and is a punch that it holds. */
static void what_became_no_row_is_a_key(void **state)
{
    (void)state;
    struct outbox_options options = {
        .skip_pushed = true, .has_ignore_before = true, .ignore_before = 100};
    reopen(options);
    for (int again = 0; again < 3; again++) {
        CHECK_INT("before the date", OUTBOX_IGNORED, put("SN1", "7", 50, 0));
        put("LOG", "7", 200, 1);
        CHECK_INT("a log's twin", OUTBOX_KNOWN, put("SN1", "7", 200, 0));
        DO(outbox_begin(outbox, &err));
        DO(outbox_reject_line(outbox, "SN1", SPAN("nonsense"), "why", 5, &err));
        DO(outbox_commit(outbox, &err));
        CHECK_INT("three", 3, keys("SN1"));
        CHECK_INT("a log delivers no key", 0, keys("LOG"));
    }
    prune_all();
    CHECK_INT("the twin's row is gone", OUTBOX_KNOWN, put("SN1", "7", 200, 0));
    CHECK_INT("and of the log too", OUTBOX_KNOWN, put("LOG", "7", 200, 2));
    CHECK_INT("still three", 3, keys("SN1"));
    /* What was not kept is no reason to refuse it once it is wanted. */
    options.has_ignore_before = false;
    reopen(options);
    CHECK_INT("wanted now", OUTBOX_NEW, put("SN1", "7", 50, 0));
    CHECK_INT("the same key", 3, keys("SN1"));
    prune_all();
    CHECK_INT("and known", OUTBOX_KNOWN, put("SN1", "7", 50, 0));
    CHECK_INT("the same key still", 3, keys("SN1"));
}

/* A log that names the terminal by its serial number, and the terminal itself. */
static void a_log_of_the_same_name_is_no_delivery(void **state)
{
    (void)state;
    CHECK_INT("by the log", OUTBOX_NEW, put("SN1", "7", 10, 1));
    CHECK_INT("none delivered", 0, keys("SN1"));
    CHECK_INT("by the terminal", OUTBOX_KNOWN, put("SN1", "7", 10, 0));
    CHECK_INT("delivered", 1, keys("SN1"));
    prune_all();
    CHECK_INT("again", OUTBOX_KNOWN, put("SN1", "7", 10, 0));
    CHECK_INT("once", 1, keys("SN1"));
}

static void what_is_rolled_back_is_not_counted(void **state)
{
    (void)state;
    put("SN1", "7", 1, 0);
    DO(outbox_begin(outbox, &err));
    add(outbox, "SN1", "7", 2, 0);
    outbox_rollback(outbox);
    CHECK_INT("one", 1, keys("SN1"));
    put("SN1", "7", 2, 0);
    CHECK_INT("two", 2, keys("SN1"));
}

static void waiting_again_is_no_new_key(void **state)
{
    size_t count = 0;
    (void)state;
    fill(outbox, 1, 10);
    advance(outbox, 10);
    DO(outbox_begin(outbox, &err));
    DO(outbox_requeue_period(outbox, 0, 1000, &count, &err));
    DO(outbox_commit(outbox, &err));
    CHECK_INT("wait", 10, counts_of(outbox).waiting);
    CHECK_INT("ten", 10, keys("SN1"));
}

/* More terminals in one transaction than are counted in memory. */
static void many_terminals_are_counted(void **state)
{
    char sn[16];
    (void)state;
    DO(outbox_begin(outbox, &err));
    for (int i = 0; i < 1000; i++) {
        snprintf(sn, sizeof sn, "T%d", i % 50);
        add(outbox, sn, "7", 1000 + i, 0);
    }
    DO(outbox_commit(outbox, &err));
    for (int i = 0; i < 50; i++) {
        snprintf(sn, sizeof sn, "T%d", i);
        CHECK_INT(sn, 20, keys(sn));
    }
}

/* The oldest go first; what comes again from then is stored, and counted no second time. */
static void dropped_keys_are_not_counted_again(void **state)
{
    size_t count = 0;
    (void)state;
    fill(outbox, 1, 100);
    prune_all();
    DO(outbox_begin(outbox, &err));
    DO(outbox_drop_keys(outbox, 40, &count, &err));
    DO(outbox_commit(outbox, &err));
    CHECK_INT("dropped", 40, count);
    CHECK_INT("counted still", 100, keys("SN1"));
    CHECK_INT("a dropped one", OUTBOX_NEW, put("SN1", "7", 40, 0));
    CHECK_INT("one that was kept", OUTBOX_KNOWN, put("SN1", "7", 41, 0));
    CHECK_INT("not twice", 100, keys("SN1"));
    CHECK_INT("a young one", OUTBOX_NEW, put("SN1", "7", 101, 0));
    CHECK_INT("is", 101, keys("SN1"));
}

/* Random deliveries of a small world, against a list of what was delivered. */
static void the_count_is_of_different_keys(void **state)
{
    enum { USERS = 4, TIMES = 40, STEPS = 4000 };
    static bool delivered[2][USERS][TIMES];
    static const char *const sns[] = {"SN1", "SN2"};
    uint32_t seed = 20261129;
    (void)state;
    reopen((struct outbox_options){
        .skip_pushed = true, .has_ignore_before = true, .ignore_before = 5});
    for (int step = 0; step < STEPS; step++) {
        seed = seed * 1664525 + 1013904223;
        uint32_t what = seed >> 8;
        size_t who = what % 2;
        size_t user = what / 2 % USERS;
        walltime time = what / 8 % TIMES;
        char name[8];
        snprintf(name, sizeof name, "%zu", user);
        if (what / 512 % 50 == 0) {
            prune_all();
        } else if (what / 512 % 5 == 0) {
            put(what / 4096 % 2 != 0 ? "LOG" : sns[who], name, time, 1 + what / 8192 % 2);
        } else {
            put(sns[who], name, time, 0);
            delivered[who][user][time] = true;
        }
        for (size_t i = 0; i < 2 && step % 20 == 0; i++) {
            walltime through = what / 16384 % (TIMES + 1);
            int64_t expected = 0;
            for (size_t u = 0; u < USERS; u++) {
                for (walltime t = 0; t < TIMES && t <= through; t++) {
                    expected += delivered[i][u][t];
                }
            }
            if (keys_through(sns[i], through) != expected) {
                fail_msg("seed 20261129, step %d: %s holds %lld through %d, not %lld", step, sns[i],
                         (long long)keys_through(sns[i], through), (int)through,
                         (long long)expected);
            }
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_memory_read_again_brings_nothing), TEST(keys_are_counted_up_to_a_time),
        TEST(what_became_no_row_is_a_key),        TEST(a_log_of_the_same_name_is_no_delivery),
        TEST(what_is_rolled_back_is_not_counted), TEST(waiting_again_is_no_new_key),
        TEST(many_terminals_are_counted),         TEST(dropped_keys_are_not_counted_again),
        TEST(the_count_is_of_different_keys),
    };
    return cmocka_run_group_tests_name("outbox_key", tests, NULL, NULL);
}
