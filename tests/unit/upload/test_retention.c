#include "check.h"
#include "outbox/outbox.h"
#include "upload/retention.h"
#include "scratch.h"

enum { DAY = 86400, RETAIN_DAYS = 90, FILLING = 1150000, LIMIT_MB = 2 };
static const int64_t NOW = INT64_C(1768464000);

static struct outbox *outbox;
static struct retention retention;
static struct error err;

static int begin(void **state)
{
    (void)state;
    memset(&retention, 0, sizeof retention);
    if (scratch_begin() != 0) {
        return -1;
    }
    outbox = outbox_open(scratch_path("outbox.db"), NULL, &err);
    return outbox != NULL ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    outbox_close(outbox);
    scratch_end();
    return 0;
}

/* Punches from..from+count, received at this time; their ids are 1 more than their numbers. */
static void append(size_t from, size_t count, int64_t received_s)
{
    DO(outbox_begin(outbox, &err));
    for (size_t i = from; i < from + count; i++) {
        enum outbox_added added;
        struct punch punch = {.time = NOW + (walltime)i, .raw = SPAN("raw"), .device_sn = "TEST1"};
        snprintf(punch.user_id, sizeof punch.user_id, "%zu", i);
        DO(outbox_append(outbox, &punch, 0, received_s, &added, &err));
    }
    DO(outbox_commit(outbox, &err));
}

/* The punches up to this id are in the database. */
static void uploaded(int64_t id)
{
    DO(outbox_begin(outbox, &err));
    DO(outbox_advance(outbox, id, NOW, &err));
    DO(outbox_commit(outbox, &err));
}

static struct outbox_counts counts_now(void)
{
    struct outbox_counts counts;
    DO(outbox_counts(outbox, &counts, &err));
    return counts;
}

static int64_t used_now(void)
{
    int64_t used = 0;
    DO(outbox_used(outbox, &used, &err));
    return used;
}

/* Calls until there is no more to forget; returns how many calls that took. */
static int prune_all(int64_t now_s)
{
    bool more = true;
    int calls = 0;
    while (more && calls < 100) {
        DO(retention_prune(&retention, outbox, RETAIN_DAYS, now_s, &more, &err));
        calls++;
    }
    return calls;
}

static int make_room_all(int max_mb, int64_t now_s)
{
    bool more = true;
    int calls = 0;
    while (more && calls < 100) {
        DO(retention_make_room(&retention, outbox, max_mb, now_s, &more, &err));
        calls++;
    }
    return calls;
}

static void fill(size_t *count)
{
    *count = 0;
    while (used_now() < FILLING) {
        append(*count, 250, NOW);
        *count += 250;
    }
}

static void nothing_is_forgotten_before_its_time(void **state)
{
    (void)state;
    append(0, 1200, NOW);
    uploaded(1200);
    append(1200, 1, NOW + RETAIN_DAYS * DAY);
    CHECK_INT("one look", 1, prune_all(NOW));
    CHECK_INT("one look", 1, prune_all(NOW + RETAIN_DAYS * DAY));
    CHECK_INT("kept", 1200, counts_now().uploaded);
}

static void what_is_too_old_goes_in_small_steps(void **state)
{
    (void)state;
    append(0, 1200, NOW);
    append(1200, 7, NOW + 2 * DAY);
    uploaded(1207);
    CHECK_INT("steps", 3, prune_all(NOW + (RETAIN_DAYS + 1) * DAY));
    CHECK_INT("the newer are kept", 7, counts_now().uploaded);
}

static void what_waits_or_was_refused_stays(void **state)
{
    (void)state;
    append(0, 10, NOW);
    uploaded(4);
    DO(outbox_begin(outbox, &err));
    DO(outbox_refuse(outbox, 5, 1406, "too long", NOW, &err));
    DO(outbox_advance(outbox, 5, NOW, &err));
    DO(outbox_commit(outbox, &err));
    append(10, 1, NOW + 200 * DAY); /* the outbox believes no clock that is far ahead of arrivals */
    prune_all(NOW + 200 * DAY);
    struct outbox_counts counts = counts_now();
    CHECK_INT("uploaded", 0, counts.uploaded);
    CHECK_INT("refused", 1, counts.refused);
    CHECK_INT("waiting", 6, counts.waiting);
}

static void it_looks_once_a_minute_and_again_when_the_clock_goes_back(void **state)
{
    static const struct {
        const char *input;
        int64_t after_s;
        int64_t looked_s;
    } cases[] = {
        {"the first look", 0, 0},
        {"half a minute on", 30, 0},
        {"a minute on", 60, 60},
        {"set back a day", -DAY, -DAY},
        {"and on from there", -DAY + 59, -DAY},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        prune_all(NOW + cases[i].after_s);
        CHECK_INT(cases[i].input, NOW + cases[i].looked_s, retention.pruned_s);
    }
}

static enum outbox_added append_again(size_t number)
{
    struct punch punch = {.time = NOW + (walltime)number, .device_sn = "TEST1", .raw = SPAN("x")};
    enum outbox_added added;
    snprintf(punch.user_id, sizeof punch.user_id, "%zu", number);
    DO(outbox_begin(outbox, &err));
    DO(outbox_append(outbox, &punch, 0, NOW, &added, &err));
    outbox_rollback(outbox);
    return added;
}

static void a_full_outbox_forgets_the_oldest_that_are_uploaded(void **state)
{
    size_t count;
    (void)state;
    fill(&count);
    CHECK_INT("none is uploaded: one try", 1, make_room_all(LIMIT_MB, NOW));
    CHECK_INT("nothing to forget", count, counts_now().waiting);
    uploaded((int64_t)count);
    CHECK_INT("in small steps", true, make_room_all(LIMIT_MB, NOW + 1) > 2);
    CHECK_INT("room", true, used_now() <= LIMIT_MB * 1048576 / 2);
    CHECK_INT("and known are all", OUTBOX_KNOWN, append_again(0));
    CHECK_INT("at rest", 1, make_room_all(LIMIT_MB, NOW + 2));
}

/* A megabyte holds the keys of some 30,000 punches: those of the newest. */
static void keys_go_last_and_the_oldest_first(void **state)
{
    enum { ROUNDS = 60, ROUND = 1000 };
    (void)state;
    for (size_t round = 0; round < ROUNDS; round++) {
        append(round * ROUND, ROUND, NOW);
        uploaded((int64_t)(round + 1) * ROUND);
        make_room_all(1, NOW + (int64_t)round);
        assert_true(used_now() <= 1048576);
        CHECK_INT("the newest is known", OUTBOX_KNOWN, append_again((round + 1) * ROUND - 1));
    }
    CHECK_INT("thousands are", OUTBOX_KNOWN, append_again((ROUNDS - 10) * ROUND));
    CHECK_INT("the oldest is not", OUTBOX_NEW, append_again(0));
}

static void room_is_made_only_where_there_is_a_limit_near(void **state)
{
    static const struct {
        const char *input;
        int max_mb;
    } cases[] = {{"no limit", 0}, {"far from it", 16}};
    size_t count;
    (void)state;
    fill(&count);
    uploaded((int64_t)count);
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        CHECK_INT(cases[i].input, 1, make_room_all(cases[i].max_mb, NOW + (int64_t)i));
        CHECK_INT(cases[i].input, count, counts_now().uploaded);
    }
}

static void an_outbox_that_fails_is_told_and_nothing_is_gone(void **state)
{
    bool more = true;
    (void)state;
    append(0, 10, NOW);
    uploaded(10);
    DO(outbox_begin(outbox, &err)); /* in which neither may be called */
    assert_false(retention_prune(&retention, outbox, 0, NOW + DAY, &more, &err));
    CHECK_INT("more", false, more);
    outbox_rollback(outbox);
    CHECK_INT("all there", 10, counts_now().uploaded);
    CHECK_INT("looked at again", 0, retention.pruned_s);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        CASE(nothing_is_forgotten_before_its_time),
        CASE(what_is_too_old_goes_in_small_steps),
        CASE(what_waits_or_was_refused_stays),
        CASE(it_looks_once_a_minute_and_again_when_the_clock_goes_back),
        CASE(a_full_outbox_forgets_the_oldest_that_are_uploaded),
        CASE(keys_go_last_and_the_oldest_first),
        CASE(room_is_made_only_where_there_is_a_limit_near),
        CASE(an_outbox_that_fails_is_told_and_nothing_is_gone),
    };
    return cmocka_run_group_tests_name("retention", tests, NULL, NULL);
}
