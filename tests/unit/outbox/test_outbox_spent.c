/* Where the time goes, by the outbox's own counters. The clock is set back rather than waited for.
 */
#include "outbox_punches.h"
#include "outbox/outbox_note.h"
#include "system/clock.h"

enum { SECOND_US = 1000000 };

/* As if what is done now had been begun so long ago. */
static void let_pass(struct outbox *outbox, int64_t us)
{
    outbox->spends_since_us -= us;
}

static void check_about(const char *what, int64_t expected_us, int64_t us)
{
    if (us < expected_us || us >= expected_us + SECOND_US) {
        fail_msg("%s: %lld us, expected %lld", what, (long long)us, (long long)expected_us);
    }
}

static void time_goes_to_what_is_done(void **state)
{
    (void)state;
    struct outbox *outbox = new_outbox();
    CHECK_INT("nothing before", OUTBOX_SPENT_NOTHING, outbox_spend(outbox, OUTBOX_SPENT_COPY));
    let_pass(outbox, 3 * SECOND_US);
    CHECK_INT("copied", OUTBOX_SPENT_COPY, outbox_spend(outbox, OUTBOX_SPENT_PARSE));
    let_pass(outbox, 5 * SECOND_US);
    check_about("what is under way counts", 5 * SECOND_US,
                outbox_spent(outbox).us[OUTBOX_SPENT_PARSE]);
    CHECK_INT("and goes on", OUTBOX_SPENT_PARSE, outbox_spend(outbox, OUTBOX_SPENT_NOTHING));
    let_pass(outbox, 900 * (int64_t)SECOND_US);
    const struct outbox_spent spent = outbox_spent(outbox);
    check_about("copy", 3 * SECOND_US, spent.us[OUTBOX_SPENT_COPY]);
    check_about("parse", 5 * SECOND_US, spent.us[OUTBOX_SPENT_PARSE]);
    CHECK_INT("waiting for work is none", 0, spent.us[OUTBOX_SPENT_NOTHING]);
    drop_outbox(outbox);
}

static void a_transaction_counts_by_itself(void **state)
{
    (void)state;
    struct outbox *outbox = new_outbox();
    (void)outbox_spend(outbox, OUTBOX_SPENT_PARSE);
    fill(outbox, 1, 640);
    CHECK_INT("back to what it was", OUTBOX_SPENT_PARSE,
              outbox_spend(outbox, OUTBOX_SPENT_NOTHING));
    const struct outbox_spent spent = outbox_spent(outbox);
    CHECK_INT("rows", 640, spent.rows);
    CHECK_INT("commits", 1, spent.commits);
    assert_true(spent.us[OUTBOX_SPENT_FLUSH] > 0);
    assert_true(spent.us[OUTBOX_SPENT_BIND] > 0);
    assert_true(spent.us[OUTBOX_SPENT_PARSE] >= 0);
    DO(outbox_begin(outbox, &err));
    outbox_rollback(outbox);
    CHECK_INT("what was taken back is none", 1, outbox_spent(outbox).commits);
    CHECK_INT("nothing was carried", 0, outbox_spent(outbox).us[OUTBOX_SPENT_CARRY]);
    outbox->checkpoint_pages = 1; /* from now on after each commit */
    fill(outbox, 641, 1280);
    assert_true(outbox_spent(outbox).us[OUTBOX_SPENT_CARRY] > 0);
    drop_outbox(outbox);
}

static void what_was_anothers_is_moved_and_none_is_less_than_nothing(void **state)
{
    (void)state;
    struct outbox *outbox = new_outbox();
    (void)outbox_spend(outbox, OUTBOX_SPENT_SEND);
    let_pass(outbox, 10 * SECOND_US);
    (void)outbox_spend(outbox, OUTBOX_SPENT_NOTHING);
    outbox_spent_move(outbox, OUTBOX_SPENT_SEND, OUTBOX_SPENT_BIND, 4 * SECOND_US);
    outbox_spent_move(outbox, OUTBOX_SPENT_PARSE, OUTBOX_SPENT_BIND, SECOND_US);
    outbox_spent_rows(outbox, 7);
    const struct outbox_spent spent = outbox_spent(outbox);
    check_about("send", 6 * SECOND_US, spent.us[OUTBOX_SPENT_SEND]);
    CHECK_INT("bind", 5 * SECOND_US, spent.us[OUTBOX_SPENT_BIND]);
    CHECK_INT("parse", 0, spent.us[OUTBOX_SPENT_PARSE]);
    CHECK_INT("rows", 7, spent.rows);
    drop_outbox(outbox);
}

static void check_kept(struct outbox *outbox, enum outbox_note road, bool expected, int64_t rows)
{
    struct outbox_spent spent;
    bool known = !expected;
    DO(outbox_spent_kept(outbox, road, &spent, &known, &err));
    CHECK_INT("known", expected, known);
    CHECK_INT("rows", rows, spent.rows);
}

static void others_read_what_was_kept(void **state)
{
    (void)state;
    struct outbox *outbox = new_outbox();
    check_kept(outbox, OUTBOX_NOTE_SPENT_PULL, false, 0);
    DO(outbox_begin(outbox, &err));
    for (int i = 1; i < OUTBOX_SPENT_PARTS; i++) {
        outbox->spent.us[i] = INT64_C(1000000000000) * i + i;
    }
    outbox_spent_rows(outbox, 123456789);
    DO(outbox_spent_keep(outbox, OUTBOX_NOTE_SPENT_PULL, &err));
    DO(outbox_commit(outbox, &err));
    struct outbox *reader = outbox_open_readonly(scratch_path("outbox.db"), &err);
    assert_non_null(reader);
    struct outbox_spent spent;
    bool known = false;
    DO(outbox_spent_kept(reader, OUTBOX_NOTE_SPENT_PULL, &spent, &known, &err));
    assert_true(known);
    CHECK_INT("rows", 123456789, spent.rows);
    for (int i = 1; i < OUTBOX_SPENT_PARTS; i++) {
        CHECK_INT("part", INT64_C(1000000000000) * i + i, spent.us[i]);
    }
    for (int road = OUTBOX_NOTE_SPENT_PUSH; road <= OUTBOX_NOTE_SPENT_UPLOAD; road++) {
        check_kept(reader, (enum outbox_note)road, road == OUTBOX_NOTE_SPENT_PULL,
                   road == OUTBOX_NOTE_SPENT_PULL ? 123456789 : 0);
    }
    outbox_close(reader);
    DO(outbox_begin(outbox, &err));
    DO(outbox_spent_begin(outbox, &err));
    DO(outbox_commit(outbox, &err));
    check_kept(outbox, OUTBOX_NOTE_SPENT_PULL, false, 0);
    drop_outbox(outbox);
}

static void another_versions_sums_are_none(void **state)
{
    (void)state;
    static const char *const texts[] = {"1", "1,2,3,4,5,6,7,8", "1,2,3,4,5,6,7,8,9,10",
                                        "1,2,3,4,5,6,7,8,x", "x"};
    struct outbox *outbox = new_outbox();
    for (size_t i = 0; i < HB_COUNT(texts); i++) {
        DO(outbox_note(outbox, OUTBOX_NOTE_SPENT_LOG, texts[i], &err));
        check_kept(outbox, OUTBOX_NOTE_SPENT_LOG, false, 0);
    }
    DO(outbox_note(outbox, OUTBOX_NOTE_SPENT_LOG, "1,2,3,4,5,6,7,8,9", &err));
    check_kept(outbox, OUTBOX_NOTE_SPENT_LOG, true, 1);
    drop_outbox(outbox);
}

static void one_that_takes_anothers_place_goes_on(void **state)
{
    (void)state;
    struct outbox *outbox = new_outbox();
    struct outbox *next = open_outbox((struct outbox_options){0});
    fill(outbox, 1, 10);
    outbox_spent_go_on(next, outbox);
    fill(next, 11, 20);
    CHECK_INT("rows", 20, outbox_spent(next).rows);
    CHECK_INT("commits", 2, outbox_spent(next).commits);
    outbox_close(next);
    drop_outbox(outbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_goes_to_what_is_done),
        cmocka_unit_test(a_transaction_counts_by_itself),
        cmocka_unit_test(what_was_anothers_is_moved_and_none_is_less_than_nothing),
        cmocka_unit_test(others_read_what_was_kept),
        cmocka_unit_test(another_versions_sums_are_none),
        cmocka_unit_test(one_that_takes_anothers_place_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
