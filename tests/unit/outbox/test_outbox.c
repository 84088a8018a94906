/* Punches: kept once, handed out in order, refused, sent again, removed, and counted. */
#include "outbox_punches.h"

static void a_punch_is_kept_once(void **state)
{
    (void)state;
    static const struct {
        const char *input, *sn, *user;
        walltime time;
        enum outbox_added added;
    } cases[] = {
        {"first", "A", "1", 100, OUTBOX_NEW},        {"again", "A", "1", 100, OUTBOX_KNOWN},
        {"other device", "B", "1", 100, OUTBOX_NEW}, {"other user", "A", "2", 100, OUTBOX_NEW},
        {"other time", "A", "1", 101, OUTBOX_NEW},   {"leading zero", "A", "01", 100, OUTBOX_NEW},
        {"case counts", "a", "1", 100, OUTBOX_NEW},  {"before 1970", "A", "1", -5, OUTBOX_NEW},
        {"again all", "A", "2", 100, OUTBOX_KNOWN},
    };
    struct outbox *outbox = open_outbox((struct outbox_options){.skip_pushed = true});
    DO(outbox_begin(outbox, &err));
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        CHECK_INT(cases[i].input, cases[i].added,
                  add(outbox, cases[i].sn, cases[i].user, cases[i].time, 0));
    }
    DO(outbox_commit(outbox, &err));
    outbox_close(outbox);

    outbox = open_outbox((struct outbox_options){0});
    DO(outbox_begin(outbox, &err));
    CHECK_INT("after reopening", OUTBOX_KNOWN, add(outbox, "A", "1", 100, 0));
    outbox_rollback(outbox);
    CHECK_INT("waiting", 7, counts_of(outbox).waiting);
    outbox_close(outbox);
}

static void a_logged_punch_and_a_pushed_one_are_one_if_so_configured(void **state)
{
    (void)state;
    static const struct {
        const char *input;
        bool skip;
        int64_t first_source, second_source;
        const char *second_sn;
        enum outbox_added added;
    } cases[] = {
        {"log after push", true, 0, 1, "LOG", OUTBOX_KNOWN},
        {"push after log", true, 1, 0, "LOG", OUTBOX_KNOWN},
        {"push after push", true, 0, 0, "LOG", OUTBOX_NEW},
        {"log after log", true, 1, 2, "LOG", OUTBOX_NEW},
        {"a log that names the terminal after one that does not", true, 1, 2, "SN-3", OUTBOX_KNOWN},
        {"a log of another terminal", true, 1, 2, "SN3", OUTBOX_NEW},
        {"a log that names the terminal, off", false, 1, 2, "SN-3", OUTBOX_NEW},
        {"a push that names more than a push", true, 0, 0, "SN-3", OUTBOX_NEW},
        {"log after push, off", false, 0, 1, "LOG", OUTBOX_NEW},
        {"push after log, off", false, 1, 0, "LOG", OUTBOX_NEW},
        {"same key, off", false, 1, 0, "SN", OUTBOX_KNOWN},
        {"same key", true, 0, 2, "SN", OUTBOX_KNOWN},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct outbox *outbox = open_outbox((struct outbox_options){.skip_pushed = cases[i].skip});
        DO(outbox_begin(outbox, &err));
        CHECK_INT(cases[i].input, OUTBOX_NEW, add(outbox, "SN", "1", 100, cases[i].first_source));
        CHECK_INT(cases[i].input, cases[i].added,
                  add(outbox, cases[i].second_sn, "1", 100, cases[i].second_source));
        outbox_close(outbox); /* rolls back */
    }
}

static void what_is_before_the_date_is_not_kept(void **state)
{
    (void)state;
    struct outbox *outbox =
        open_outbox((struct outbox_options){.has_ignore_before = true, .ignore_before = 100});
    DO(outbox_begin(outbox, &err));
    CHECK_INT("before", OUTBOX_IGNORED, add(outbox, "SN", "1", 99, 0));
    CHECK_INT("at", OUTBOX_NEW, add(outbox, "SN", "1", 100, 0));
    DO(outbox_commit(outbox, &err));
    CHECK_INT("waiting", 1, counts_of(outbox).waiting);
    outbox_close(outbox);
}

static void a_batch_holds_the_oldest_as_they_were(void **state)
{
    (void)state;
    struct outbox *outbox = open_outbox((struct outbox_options){0});
    struct batch *batch = batch_new(10, 0);
    assert_non_null(batch);
    DO(outbox_waiting(outbox, 10, batch, &err));
    CHECK_INT("empty", 0, batch->count);
    fill(outbox, 1, 25);
    for (int64_t from = 0; from < 25; from += 7) {
        size_t expected = 25 - from < 7 ? (size_t)(25 - from) : 7;
        DO(outbox_waiting(outbox, 7, batch, &err));
        CHECK_INT("count", expected, batch->count);
        for (size_t i = 0; i < batch->count; i++) {
            const struct punch *punch = &batch->rows[i].punch;
            CHECK_INT("id", from + (int64_t)i + 1, batch->rows[i].id);
            CHECK_INT("time", from + (int64_t)i + 1, punch->time);
            CHECK_INT("status", 1, punch->status);
            CHECK_INT("verify", 15, punch->verify);
            CHECK_TEXT("user", "7", punch->user_id);
            CHECK_TEXT("sn", "SN1", punch->device_sn);
            assert_true(span_equal(punch->raw, SPAN("raw \xE0\xB8\x81")));
        }
        advance(outbox, batch->rows[batch->count - 1].id);
    }
    DO(outbox_waiting(outbox, 7, batch, &err));
    CHECK_INT("empty again", 0, batch->count);
    batch_free(batch);
    outbox_close(outbox);
}

static void a_batch_is_bounded_by_its_text(void **state)
{
    (void)state;
    static char line[PUNCH_RAW_MAX];
    memset(line, 'x', sizeof line);
    struct outbox *outbox = open_outbox((struct outbox_options){0});
    struct batch *batch = batch_new(100, 2 * PUNCH_RAW_MAX + 100);
    assert_non_null(batch);
    DO(outbox_begin(outbox, &err));
    for (walltime time = 0; time < 5; time++) {
        struct punch punch = punch_of("SN", "1", time);
        enum outbox_added added;
        punch.raw = (struct span){line, time == 3 ? 0 : sizeof line};
        DO(outbox_append(outbox, &punch, 0, 1, &added, &err));
    }
    DO(outbox_commit(outbox, &err));
    DO(outbox_waiting(outbox, 100, batch, &err));
    CHECK_INT("two fit", 2, batch->count);
    advance(outbox, 2);
    DO(outbox_waiting(outbox, 100, batch, &err));
    CHECK_INT("three fit, one is empty", 3, batch->count);
    CHECK_INT("the empty one", 0, batch->rows[1].punch.raw.len);
    batch_free(batch);
    outbox_close(outbox);
}

static void the_cursor_goes_forward_alone(void **state)
{
    (void)state;
    struct outbox *outbox = open_outbox((struct outbox_options){0});
    fill(outbox, 1, 10);
    CHECK_INT("oldest", 1001, counts_of(outbox).oldest_waiting_s);
    advance(outbox, 4);
    advance(outbox, 2);
    struct outbox_counts counts = counts_of(outbox);
    CHECK_INT("cursor", 4, counts.cursor);
    CHECK_INT("waiting", 6, counts.waiting);
    CHECK_INT("uploaded", 4, counts.uploaded);
    CHECK_INT("oldest", 1005, counts.oldest_waiting_s);
    assert_true(counts.bytes > 0);
    DO(outbox_begin(outbox, &err));
    assert_false(outbox_advance(outbox, 11, 1, &err));
    CHECK_INT("beyond the last", ERR_INVALID, err.kind);
    outbox_rollback(outbox);
    advance(outbox, 10);
    counts = counts_of(outbox);
    CHECK_INT("waiting", 0, counts.waiting);
    CHECK_INT("oldest", 0, counts.oldest_waiting_s);
    outbox_close(outbox);
}

static void a_refused_punch_is_set_aside_and_can_be_sent_again(void **state)
{
    (void)state;
    struct outbox *outbox = open_outbox((struct outbox_options){0});
    struct batch *batch = batch_new(100, 0);
    size_t count = 0;
    fill(outbox, 1, 10);
    DO(outbox_begin(outbox, &err));
    DO(outbox_refuse(outbox, 3, 1406, "Data too long", 9, &err));
    DO(outbox_refuse(outbox, 8, 1406, "Data too long", 9, &err));
    DO(outbox_refuse(outbox, 77, 1, "not there", 9, &err));
    DO(outbox_advance(outbox, 5, 9, &err));
    DO(outbox_commit(outbox, &err));

    struct outbox_counts counts = counts_of(outbox);
    CHECK_INT("refused", 2, counts.refused);
    CHECK_INT("waiting: 6 7 9 10", 4, counts.waiting);
    CHECK_INT("uploaded: 1 2 4 5", 4, counts.uploaded);
    DO(outbox_waiting(outbox, 100, batch, &err));
    CHECK_INT("a refused one is not handed out", 4, batch->count);
    DO(outbox_begin(outbox, &err));
    CHECK_INT("refused", OUTBOX_REFUSED, add(outbox, "SN1", "7", 3, 0));
    CHECK_INT("not refused", OUTBOX_KNOWN, add(outbox, "SN1", "7", 4, 0));

    DO(outbox_requeue_refused(outbox, &count, &err));
    CHECK_INT("sent again", 2, count);
    CHECK_INT("known", OUTBOX_KNOWN, add(outbox, "SN1", "7", 3, 0));
    CHECK_INT("the next", OUTBOX_NEW, add(outbox, "SN1", "7", 11, 0));
    DO(outbox_commit(outbox, &err));
    counts = counts_of(outbox);
    CHECK_INT("refused", 0, counts.refused);
    CHECK_INT("waiting: 6 to 10, 3, 11", 7, counts.waiting);
    CHECK_INT("uploaded: 1 2 4 5", 4, counts.uploaded);
    DO(outbox_waiting(outbox, 100, batch, &err));
    CHECK_INT("handed out", 7, batch->count);
    CHECK_INT("the one sent again", 3, batch->rows[5].punch.time);
    CHECK_INT("its new id", 11, batch->rows[5].id);
    batch_free(batch);
    outbox_close(outbox);
}

static void uploaded_punches_of_a_period_can_be_sent_again(void **state)
{
    (void)state;
    struct outbox *outbox = open_outbox((struct outbox_options){0});
    size_t count = 0;
    fill(outbox, 1, 1000);
    advance(outbox, 900);
    DO(outbox_begin(outbox, &err));
    DO(outbox_refuse(outbox, 500, 1, "no", 9, &err));
    DO(outbox_requeue_period(outbox, 100, 951, &count, &err));
    DO(outbox_commit(outbox, &err));
    CHECK_INT("100 to 900 but for 500", 800, count);
    struct outbox_counts counts = counts_of(outbox);
    CHECK_INT("waiting", 900, counts.waiting);
    CHECK_INT("uploaded", 99, counts.uploaded);
    CHECK_INT("last", 1800, counts.last_id);
    CHECK_INT("rows", 1000, query(outbox, "SELECT count(*) FROM punch"));
    CHECK_INT("rows waiting", 900, query(outbox, "SELECT count(*) FROM punch WHERE id > 900"));
    DO(outbox_begin(outbox, &err));
    DO(outbox_requeue_period(outbox, 100, 951, &count, &err));
    DO(outbox_commit(outbox, &err));
    CHECK_INT("they wait already", 0, count);
    outbox_close(outbox);
}

static void an_id_is_never_given_twice(void **state)
{
    (void)state;
    struct outbox *outbox = open_outbox((struct outbox_options){0});
    size_t count = 0;
    fill(outbox, 1, 5);
    advance(outbox, 5);
    DO(outbox_begin(outbox, &err));
    DO(outbox_prune(outbox, 99999, 100, &count, &err));
    DO(outbox_commit(outbox, &err));
    CHECK_INT("removed", 5, count);
    CHECK_INT("last", 5, counts_of(outbox).last_id);
    outbox_close(outbox);
    outbox = open_outbox((struct outbox_options){0});
    struct batch *batch = batch_new(10, 0);
    fill(outbox, 6, 6);
    DO(outbox_waiting(outbox, 10, batch, &err));
    CHECK_INT("count", 1, batch->count);
    CHECK_INT("id", 6, batch->rows[0].id);
    batch_free(batch);
    outbox_close(outbox);
}

static void pruning_takes_the_oldest_uploaded_in_small_steps(void **state)
{
    (void)state;
    struct outbox *outbox = open_outbox((struct outbox_options){0});
    size_t count = 0;
    fill(outbox, 1, 1000); /* received at 1001 … 2000 */
    advance(outbox, 800);
    DO(outbox_begin(outbox, &err));
    DO(outbox_refuse(outbox, 10, 1, "no", 9, &err));
    DO(outbox_prune(outbox, 1701, 600, &count, &err));
    CHECK_INT("a limit", 600, count);
    DO(outbox_prune(outbox, 1701, 600, &count, &err));
    CHECK_INT("the rest to 700, but for the refused", 99, count);
    DO(outbox_prune(outbox, 9999, 600, &count, &err));
    CHECK_INT("what waits stays", 100, count);
    DO(outbox_commit(outbox, &err));
    struct outbox_counts counts = counts_of(outbox);
    CHECK_INT("waiting", 200, counts.waiting);
    CHECK_INT("uploaded", 0, counts.uploaded);
    CHECK_INT("refused", 1, counts.refused);
    CHECK_INT("rows", 201, query(outbox, "SELECT count(*) FROM punch"));
    outbox_close(outbox);
}

static void a_punch_received_while_the_clock_was_wrong_does_not_stop_the_pruning(void **state)
{
    (void)state;
    static const int64_t received[] = {1000, 9000000, 1001, 1002, 200000};
    struct outbox *outbox = open_outbox((struct outbox_options){0});
    size_t count = 0;
    DO(outbox_begin(outbox, &err));
    for (size_t i = 0; i < HB_COUNT(received); i++) {
        struct punch punch = punch_of("SN", "1", (walltime)i);
        enum outbox_added added;
        DO(outbox_append(outbox, &punch, 0, received[i], &added, &err));
    }
    DO(outbox_advance(outbox, 5, 1, &err));
    DO(outbox_prune(outbox, 100000, 100, &count, &err));
    DO(outbox_commit(outbox, &err));
    CHECK_INT("all but the newest", 4, count);
    outbox_close(outbox);
}

static void a_large_backlog_is_counted_at_once(void **state)
{
    (void)state;
    struct outbox *outbox = open_outbox((struct outbox_options){0});
    fill(outbox, 1, 100000);
    advance(outbox, 10);
    struct outbox_counts counts = counts_of(outbox);
    CHECK_INT("waiting", 99990, counts.waiting);
    CHECK_INT("uploaded", 10, counts.uploaded);
    CHECK_INT("oldest", 1011, counts.oldest_waiting_s);
    /* counting steps through no rows: a few hundred operations of SQLite's machine, not a hundred
     * thousand */
    int steps = 0;
    sqlite3_stmt *statement = outbox->statements[SQL_COUNTS];
    (void)sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 1);
    counts = counts_of(outbox);
    steps = sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 0);
    if (steps > 500) {
        fail_msg("counting took %d steps", steps);
    }
    outbox_close(outbox);
}

/* A generator of our own, so that a failure is the same on each system. */
static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* A log may be of any length and in any order, and a backlog too. */
static void memory_does_not_grow_with_what_is_written_or_read(void **state)
{
    (void)state;
    enum { ROWS = 30000, SPREAD = 7919 }; /* some 5 MB; the times are far apart */
    struct outbox *outbox = open_outbox((struct outbox_options){.skip_pushed = true});
    struct batch *batch = batch_new(ROWS, (size_t)ROWS * 16);
    assert_non_null(batch);
    DO(outbox_begin(outbox, &err));
    for (int i = 0; i < ROWS; i++) {
        int used = 0;
        int most = 0;
        add(outbox, "SN1", "7", (walltime)i * SPREAD % ROWS, 0);
        if (i % 1000 == 0) {
            sqlite3_db_status(outbox->db, SQLITE_DBSTATUS_CACHE_USED, &used, &most, 0);
            CHECK_INT("writing", true, used <= OUTBOX_CACHE_KB * 1024 * 5 / 4);
        }
    }
    DO(outbox_commit(outbox, &err));
    for (int i = 0; i < 2; i++) {
        int used = 0;
        int most = 0;
        DO(outbox_waiting(outbox, ROWS, batch, &err));
        CHECK_INT("all wait", ROWS, batch->count);
        sqlite3_db_status(outbox->db, SQLITE_DBSTATUS_CACHE_USED, &used, &most, 0);
        CHECK_INT("reading", true, used <= OUTBOX_CACHE_KB * 1024 * 5 / 4);
        outbox_close(outbox);
        outbox = outbox_open_readonly(scratch_path("outbox.db"), &err);
        assert_non_null(outbox);
    }
    outbox_close(outbox);
    batch_free(batch);
}

static void the_figures_are_exact_whatever_is_done(void **state)
{
    (void)state;
    struct outbox *outbox = open_outbox((struct outbox_options){.skip_pushed = true});
    uint32_t seed = 12345;
    for (int round = 0; round < 600; round++) {
        size_t count = 0;
        struct outbox_counts counts = counts_of(outbox);
        int64_t ahead = counts.last_id - counts.cursor;
        DO(outbox_begin(outbox, &err));
        switch (next_random(&seed) % 8) {
        case 0:
            DO(outbox_advance(outbox, counts.cursor + next_random(&seed) % (ahead + 1), 1, &err));
            break;
        case 1:
            DO(outbox_refuse(outbox, 1 + next_random(&seed) % (counts.last_id + 1), 1, "no", 1,
                             &err));
            break;
        case 2:
            DO(outbox_requeue_refused(outbox, &count, &err));
            break;
        case 3:
            DO(outbox_requeue_period(outbox, next_random(&seed) % 50, 50 + next_random(&seed) % 50,
                                     &count, &err));
            break;
        case 4:
            DO(outbox_prune(outbox, 1000 + next_random(&seed) % 100, next_random(&seed) % 20,
                            &count, &err));
            break;
        default:
            for (uint32_t i = next_random(&seed) % 10; i > 0; i--) {
                (void)add(outbox, next_random(&seed) % 2 != 0 ? "A" : "B",
                          next_random(&seed) % 2 != 0 ? "1" : "2", next_random(&seed) % 100,
                          next_random(&seed) % 3);
            }
            break;
        }
        if (next_random(&seed) % 8 == 0) {
            outbox_rollback(outbox);
        } else {
            DO(outbox_commit(outbox, &err));
        }
        static const char waits[] =
            "SELECT count(*) FROM punch WHERE id > (SELECT cursor FROM state) AND id NOT IN "
            "(SELECT id FROM refused)";
        static const char through[] =
            "SELECT count(*) FROM punch WHERE id <= (SELECT cursor FROM state) AND id NOT IN "
            "(SELECT id FROM refused)";
        counts = counts_of(outbox);
        CHECK_INT("waiting", query(outbox, waits), counts.waiting);
        CHECK_INT("uploaded", query(outbox, through), counts.uploaded);
        CHECK_INT("refused", query(outbox, "SELECT count(*) FROM refused"), counts.refused);
        CHECK_INT(
            "no refused one without its punch", 0,
            query(outbox, "SELECT count(*) FROM refused WHERE id NOT IN (SELECT id FROM punch)"));
    }
    CHECK_INT("whole", 0,
              query(outbox, "SELECT count(*) FROM pragma_integrity_check WHERE "
                            "integrity_check <> 'ok'"));
    outbox_close(outbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_punch_is_kept_once),
        SCRATCH_TEST(a_logged_punch_and_a_pushed_one_are_one_if_so_configured),
        SCRATCH_TEST(what_is_before_the_date_is_not_kept),
        SCRATCH_TEST(a_batch_holds_the_oldest_as_they_were),
        SCRATCH_TEST(a_batch_is_bounded_by_its_text),
        SCRATCH_TEST(the_cursor_goes_forward_alone),
        SCRATCH_TEST(a_refused_punch_is_set_aside_and_can_be_sent_again),
        SCRATCH_TEST(uploaded_punches_of_a_period_can_be_sent_again),
        SCRATCH_TEST(an_id_is_never_given_twice),
        SCRATCH_TEST(pruning_takes_the_oldest_uploaded_in_small_steps),
        SCRATCH_TEST(a_punch_received_while_the_clock_was_wrong_does_not_stop_the_pruning),
        SCRATCH_TEST(a_large_backlog_is_counted_at_once),
        SCRATCH_TEST(memory_does_not_grow_with_what_is_written_or_read),
        SCRATCH_TEST(the_figures_are_exact_whatever_is_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
