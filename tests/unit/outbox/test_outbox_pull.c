#include "scratch_outbox.h"

#include "outbox/outbox_pull.h"
#include "outbox/outbox_salvage.h"

static void test_a_visit_is_kept(void **state)
{
    (void)state;
    struct outbox *outbox = new_outbox();
    struct outbox_pull pull;
    bool found = true;
    DO(outbox_pull(outbox, "10.0.0.1:4370", &pull, &found, &err));
    assert_false(found);
    CHECK_TEXT("place", "10.0.0.1:4370", pull.place);
    CHECK_INT("held", -1, pull.held);
    snprintf(pull.sn, sizeof pull.sn, "SN1");
    snprintf(pull.why, sizeof pull.why, "why");
    snprintf(pull.firmware, sizeof pull.firmware, "Ver 6.60");
    pull.layout = 40;
    pull.visited_s = 1;
    pull.outcome = 2;
    pull.answered_s = 3;
    pull.held = 4;
    pull.capacity = 5;
    pull.users = 6;
    pull.has_clock = true;
    pull.clock_ahead_s = -7;
    pull.read_s = 8;
    pull.before = 9;
    pull.after = 10;
    pull.bytes = 11;
    pull.rows = 12;
    pull.fresh = 13;
    pull.known = 14;
    pull.aside = 15;
    pull.ms = 16;
    pull.agrees = true;
    pull.through = 17;
    pull.high_id = 18;
    pull.again_s = 20;
    pull.zero_since_s = 19;
    struct outbox_pull was = pull;
    assert_false(outbox_pull_save(outbox, &pull, &err)); /* in a transaction alone */
    DO(outbox_begin(outbox, &err));
    DO(outbox_pull_save(outbox, &pull, &err));
    DO(outbox_commit(outbox, &err));
    memset(&pull, 0x55, sizeof pull);
    DO(outbox_pull(outbox, "10.0.0.1:4370", &pull, &found, &err));
    assert_true(found);
    DO(outbox_pull(outbox, pull.place, &pull, &found, &err)); /* by its own place */
    assert_true(found);
    CHECK_TEXT("sn", was.sn, pull.sn);
    CHECK_TEXT("why", was.why, pull.why);
    CHECK_TEXT("firmware", was.firmware, pull.firmware);
    CHECK_INT("layout", was.layout, pull.layout);
    CHECK_INT("clock", was.clock_ahead_s, pull.clock_ahead_s);
    CHECK_INT("again", was.again_s, pull.again_s);
    CHECK_INT("zero", was.zero_since_s, pull.zero_since_s);
    CHECK_INT("high", was.high_id, pull.high_id);
    CHECK_INT("agrees", was.agrees, pull.agrees);
    CHECK_INT("rows", was.rows, pull.rows);
    drop_outbox(outbox);
}

/* Who held slot 3 at a time: what is seen of the list at 100, 200, 300 (A, A, B), then 400 (B). */
static void test_whose_a_slot_was(void **state)
{
    (void)state;
    static const struct {
        walltime seen;
        const char *user;
    } lists[] = {{100, "A"}, {200, "A"}, {300, "B"}, {400, "B"}};
    static const struct {
        walltime time;
        const char *user; /* "" = nobody can say */
    } cases[] = {
        {-5, "A"}, {99, "A"},  {100, "A"}, {150, "A"}, {200, "A"}, {201, ""},  {250, ""},
        {299, ""}, {300, "B"}, {350, "B"}, {400, "B"}, {401, ""},  {9999, ""},
    };
    struct outbox *outbox = new_outbox();
    for (size_t i = 0; i < HB_COUNT(lists); i++) {
        DO(outbox_begin(outbox, &err));
        DO(outbox_slot(outbox, "SN1", 3, lists[i].user, lists[i].seen, &err));
        DO(outbox_slot(outbox, "SN1", 4, "C", lists[i].seen, &err));
        DO(outbox_commit(outbox, &err));
    }
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char user[PUNCH_USER_MAX + 1];
        char name[24];
        bool known = false;
        snprintf(name, sizeof name, "at %d", (int)cases[i].time);
        DO(outbox_slot_user(outbox, "SN1", 3, cases[i].time, user, &known, &err));
        CHECK_TEXT(name, cases[i].user, known ? user : "");
    }
    char user[PUNCH_USER_MAX + 1];
    bool known = true;
    DO(outbox_slot_user(outbox, "SN1", 5, 100, user, &known, &err));
    assert_false(known);
    DO(outbox_slot_user(outbox, "SN2", 3, 100, user, &known, &err));
    assert_false(known);
    DO(outbox_slot_user(outbox, "SN1", 4, 350, user, &known, &err));
    CHECK_TEXT("another slot", "C", known ? user : "");
    drop_outbox(outbox);
}

/* A list that is read while the clock is set back gives nobody a time before. */
static void test_a_clock_set_back(void **state)
{
    (void)state;
    struct outbox *outbox = new_outbox();
    char user[PUNCH_USER_MAX + 1];
    bool known = false;
    DO(outbox_begin(outbox, &err));
    DO(outbox_slot(outbox, "SN1", 3, "A", 1000, &err));
    DO(outbox_slot(outbox, "SN1", 3, "B", 500, &err));
    DO(outbox_commit(outbox, &err));
    DO(outbox_slot_user(outbox, "SN1", 3, 700, user, &known, &err));
    CHECK_TEXT("before", "A", known ? user : "");
    drop_outbox(outbox);
}

static void test_turns(void **state)
{
    (void)state;
    struct outbox *outbox = new_outbox();
    bool taken = false;
    DO(outbox_turn_take(outbox, "a:1", 10, 100, 200, &taken, &err));
    assert_true(taken);
    DO(outbox_turn_take(outbox, "a:1", 11, 150, 250, &taken, &err));
    assert_false(taken);
    DO(outbox_turn_take(outbox, "a:2", 11, 150, 250, &taken, &err));
    assert_true(taken);
    DO(outbox_turn_take(outbox, "a:1", 10, 150, 260, &taken, &err)); /* its own again */
    assert_true(taken);
    DO(outbox_turn_give(outbox, "a:1", 11, &err)); /* not its own */
    DO(outbox_turn_take(outbox, "a:1", 11, 259, 300, &taken, &err));
    assert_false(taken);
    DO(outbox_turn_take(outbox, "a:1", 11, 260, 300, &taken, &err)); /* who was killed */
    assert_true(taken);
    DO(outbox_turn_give(outbox, "a:1", 11, &err));
    DO(outbox_turn_take(outbox, "a:1", 12, 261, 300, &taken, &err));
    assert_true(taken);
    drop_outbox(outbox);
}

/* A damaged outbox that is replaced still knows whose a slot was. */
static void test_slots_outlive_damage(void **state)
{
    (void)state;
    struct outbox *outbox = new_outbox();
    struct outbox_options options = {0};
    struct outbox_salvaged salvaged;
    char user[PUNCH_USER_MAX + 1];
    bool known = false;
    DO(outbox_begin(outbox, &err));
    DO(outbox_slot(outbox, "SN1", 3, "A", 100, &err));
    DO(outbox_slot(outbox, "SN1", 3, "A", 200, &err));
    DO(outbox_slot(outbox, "SN1", 3, "B", 300, &err));
    DO(outbox_commit(outbox, &err));
    outbox_close(outbox);
    DO(outbox_salvage(scratch_path("outbox.db"), &options, 1650000000, &salvaged, &err));
    outbox = open_outbox((struct outbox_options){0});
    DO(outbox_slot_user(outbox, "SN1", 3, 150, user, &known, &err));
    CHECK_TEXT("his", "A", known ? user : "");
    DO(outbox_slot_user(outbox, "SN1", 3, 250, user, &known, &err));
    assert_false(known);
    DO(outbox_slot_user(outbox, "SN1", 3, 300, user, &known, &err));
    CHECK_TEXT("hers", "B", known ? user : "");
    scratch_remove(salvaged.kept);
    drop_outbox(outbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_visit_is_kept),      cmocka_unit_test(test_whose_a_slot_was),
        cmocka_unit_test(test_a_clock_set_back),     cmocka_unit_test(test_turns),
        cmocka_unit_test(test_slots_outlive_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
