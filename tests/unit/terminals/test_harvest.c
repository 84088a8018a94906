#include "pull/visiting.h"
#include "scratch_outbox.h"

#include "outbox/outbox_proof.h"
#include "outbox/outbox_rejected.h"
#include "record/terminal.h"
#include "terminals/harvest.h"
#include "terminals/harvest_all.h"

enum { NOW_S = 1795795200 - 7 * 3600 };

static const struct harvest_moment moment = {NOW_S, 1500, 7 * 60};

/* Visits, and takes what came. */
static struct harvest visit_and_take(struct outbox *outbox, const struct pulled_plan *plan,
                                     struct outbox_pull *pull, struct visiting *v)
{
    struct visit_order order = {.purpose = VISIT_WHOLE, .read_count = -1};
    struct visiting_line line = {0};
    struct harvest harvest;
    struct visit_spool spool = {v, visiting_read};
    bool found = false;
    DO(outbox_pull(outbox, "127.0.0.1:4370", pull, &found, &err));
    visiting_begin(v, plan, &line, &order);
    visiting_run(v, "visit");
    DO(harvest_all(outbox, v->visit, &spool, &moment, pull, &harvest, &err));
    return harvest;
}

static void test_a_read_is_taken_once(void **state)
{
    (void)state;
    static struct visiting v;
    struct outbox *outbox = new_outbox();
    struct pulled_plan plan = {.records = 2500, .faults = PULLED_BAD_DATES};
    struct outbox_pull pull;
    for (int i = 0; i < 3; i++) {
        struct harvest harvest = visit_and_take(outbox, &plan, &pull, &v);
        CHECK_INT("sound", true, harvest.verdict.sound);
        CHECK_INT("fresh", i == 0 ? 2497 : 0, harvest.fresh);
        CHECK_INT("known", i == 0 ? 0 : 2497, harvest.known);
        CHECK_INT("aside", 3, harvest.aside);
        CHECK_INT("rows", 2500, pull.rows);
        CHECK_INT("agrees", true, pull.agrees);
        CHECK_INT("through", 1795795200, pull.through);
        CHECK_INT("high", 2497, pull.high_id);
        CHECK_INT("layout", 40, pull.layout);
        visiting_end(&v);
    }
    struct outbox_proof proof;
    DO(outbox_proof(outbox, "PUL1234567", &proof, &err));
    CHECK_INT("proof", OUTBOX_PROOF_READ, proof.proof);
    CHECK_INT("proven to", 1795795200 - 5, proof.through);
    CHECK_INT("punches", 2497, query(outbox, "SELECT count(*) FROM punch"));
    CHECK_INT("as pulled", 2497, query(outbox, "SELECT count(*) FROM punch WHERE way = 1"));
    CHECK_INT("set aside once", 3, query(outbox, "SELECT count(*) FROM rejected"));
    CHECK_INT("the terminal", 2497,
              query(outbox, "SELECT punches FROM device WHERE sn ="
                            " 'PUL1234567'"));
    drop_outbox(outbox);
}

/* Punches made while the log is read are in the count after it and not in what came: the next look
 * at the count finds them, whatever came of the read before. */
static void test_what_is_punched_while_it_is_read(void **state)
{
    (void)state;
    static const uint32_t faults[] = {0, PULLED_GROW_AFTER, PULLED_GROW_AFTER | PULLED_BAD_DATES,
                                      PULLED_GROW_AFTER | PULLED_FRAGMENTS};
    for (size_t i = 0; i < HB_COUNT(faults); i++) {
        static struct visiting v;
        struct outbox *outbox = new_outbox();
        struct pulled_plan plan = {.records = 30, .faults = faults[i]};
        struct outbox_pull pull;
        struct visiting_line line = {0};
        visit_and_take(outbox, &plan, &pull, &v);
        int64_t held = v.visit->facts.after;
        visiting_end(&v);
        CHECK_INT("grown", faults[i] != 0, held > 30);
        plan = (struct pulled_plan){.records = (uint32_t)held};
        struct visit_order order = {.purpose = VISIT_POLL, .read_count = harvest_read_count(&pull)};
        visiting_begin(&v, &plan, &line, &order);
        visiting_run(&v, "poll");
        CHECK_INT("poll", faults[i] != 0 ? VISIT_READ : VISIT_UNCHANGED, v.visit->outcome);
        visiting_end(&v);
        drop_outbox(outbox);
    }
    struct outbox_pull never = {.agrees = true, .rows = 7, .after = 7};
    CHECK_INT("never read", -1, harvest_read_count(&never));
    struct outbox_pull odd = {.read_s = 1, .rows = 7, .after = 9};
    CHECK_INT("does not agree", 9, harvest_read_count(&odd));
}

/* ---- what may look unchanged, or complete, too early ---- */

/* A poll, with what is remembered of the place; its clock so much ahead. */
static enum visit_outcome poll_and_take(struct outbox *outbox, const struct pulled_plan *plan,
                                        int64_t clock_off_s, struct outbox_pull *pull,
                                        struct harvest *harvest)
{
    static struct visiting v;
    struct visit_order order = {.purpose = VISIT_POLL};
    struct visiting_line line = {.clock_off_s = clock_off_s};
    struct visit_spool spool = {&v, visiting_read};
    bool found = false;
    DO(outbox_pull(outbox, "127.0.0.1:4370", pull, &found, &err));
    order.purpose = harvest_is_due(pull, NOW_S) ? VISIT_WHOLE : VISIT_POLL;
    order.read_count = harvest_read_count(pull);
    visiting_begin(&v, plan, &line, &order);
    visiting_run(&v, "poll");
    enum visit_outcome outcome = v.visit->outcome;
    DO(harvest_all(outbox, v.visit, &spool, &moment, pull, harvest, &err));
    visiting_end(&v);
    return outcome;
}

static walltime proven(struct outbox *outbox, const char *sn)
{
    struct outbox_proof proof;
    DO(outbox_proof(outbox, sn, &proof, &err));
    return proof.proof == OUTBOX_PROOF_READ ? proof.through : 0;
}

enum { WALL = 1795795200 };

/* A clock that is ahead will be put right, and show again the times that it showed; one that was
 * put back shows times that had been proven. What is punched then was not here at the proof. */
static void test_a_clock_proves_no_time_twice(void **state)
{
    static const struct {
        const char *rule;
        int64_t first, then; /* ahead so much at the read, and at the next look */
        walltime read, looked;
    } clocks[] = {
        {"right", 0, 0, WALL - 5, WALL - 5},
        {"ahead", 7200, 7200, WALL - 5, WALL - 5},
        {"ahead, and put right", 7200, 0, WALL - 5, WALL - 5},
        {"behind", -7200, -7200, WALL - 7200 - 5, WALL - 7200 - 5},
        {"behind, and put right", -7200, 0, WALL - 7200 - 5, WALL - 7200 - 5},
        {"right, and put back", 0, -7200, WALL - 5, WALL - 7200 - 5},
        {"ahead, and put back", 7200, -60, WALL - 5, WALL - 60 - 5},
        {"put back by years", 0, -400000000, WALL - 5, WALL - 400000000 - 5},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(clocks); i++) {
        struct outbox *outbox = new_outbox();
        struct pulled_plan plan = {.records = 20};
        struct outbox_pull pull;
        struct harvest harvest;
        CHECK_INT(clocks[i].rule, VISIT_READ,
                  poll_and_take(outbox, &plan, clocks[i].first, &pull, &harvest));
        CHECK_INT(clocks[i].rule, clocks[i].read, proven(outbox, "PUL1234567"));
        CHECK_INT(clocks[i].rule, VISIT_UNCHANGED,
                  poll_and_take(outbox, &plan, clocks[i].then, &pull, &harvest));
        CHECK_INT(clocks[i].rule, clocks[i].looked, proven(outbox, "PUL1234567"));
        drop_outbox(outbox);
    }
}

/* What was punched as its log was read is newer than what that read proves: if nothing comes after
 * it, one more read proves it, and not only the next day's. */
static void test_the_newest_punch_is_proven_too(void **state)
{
    static const struct {
        const char *rule;
        int64_t ahead; /* the terminal's clock */
        walltime newest;
        int64_t again; /* after so many seconds; 0 = it is proven */
    } cases[] = {
        {"long ago", 0, WALL - 3600, 0},
        {"just proven", 0, WALL - 5, 0},
        {"just not", 0, WALL - 4, 60},
        {"as it was read", 0, WALL, 60},
        {"ahead, by the right time", 7200, WALL - 5, 0},
        {"ahead, as it was read", 7200, WALL + 7200, 7205},
        {"ahead by little", 20, WALL + 20, 60},
        {"behind, as it was read", -7200, WALL - 7200, 60},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct outbox *outbox = new_outbox();
        struct pulled_plan plan = {.records = 20, .start = cases[i].newest - 19 * 37};
        struct outbox_pull pull;
        struct harvest harvest;
        CHECK_INT(cases[i].rule, VISIT_READ,
                  poll_and_take(outbox, &plan, cases[i].ahead, &pull, &harvest));
        CHECK_INT(cases[i].rule, cases[i].again == 0 ? 0 : NOW_S + cases[i].again, pull.again_s);
        CHECK_INT(cases[i].rule, cases[i].again == 0 ? -1 : cases[i].again,
                  harvest_again_in(&pull, NOW_S));
        CHECK_INT(cases[i].rule, cases[i].again == 0 ? -1 : 60,
                  harvest_again_in(&pull, NOW_S + 90000));
        int64_t due = cases[i].again == 0 ? 86400 : cases[i].again;
        CHECK_INT(cases[i].rule, false, harvest_is_due(&pull, NOW_S + due - 1));
        CHECK_INT(cases[i].rule, true, harvest_is_due(&pull, NOW_S + due));
        drop_outbox(outbox);
    }
}

/* A log that was cleared and holds as many again by the next look: that proves nothing, and before
 * a day is over it is read. */
static void test_a_cleared_log_of_the_same_number(void **state)
{
    (void)state;
    struct outbox *outbox = new_outbox();
    struct pulled_plan plan = {.records = 20};
    struct outbox_pull pull;
    struct harvest harvest;
    CHECK_INT("read", VISIT_READ, poll_and_take(outbox, &plan, 0, &pull, &harvest));
    DO(sqlite3_exec(outbox->db,
                    "UPDATE proof SET through = 1000; UPDATE pulled SET read_s = read_s - 80000",
                    NULL, NULL, NULL) == SQLITE_OK);
    plan.start = 1794000000;
    CHECK_INT("the same number", VISIT_UNCHANGED, poll_and_take(outbox, &plan, 0, &pull, &harvest));
    CHECK_INT("proves nothing", 1000, proven(outbox, "PUL1234567"));
    DO(sqlite3_exec(outbox->db, "UPDATE pulled SET read_s = read_s - 6400", NULL, NULL, NULL) ==
       SQLITE_OK);
    CHECK_INT("a day after the read", VISIT_READ, poll_and_take(outbox, &plan, 0, &pull, &harvest));
    CHECK_INT("all new", 20, harvest.fresh);
    /* Fewer, more, none, and again: whatever differs is read at once. */
    static const uint32_t counts[] = {19, 21, PULLED_NONE, 20, PULLED_NONE, 1};
    for (size_t i = 0; i < HB_COUNT(counts); i++) {
        plan.records = counts[i];
        CHECK_INT("another number", VISIT_READ, poll_and_take(outbox, &plan, 0, &pull, &harvest));
        CHECK_INT("rows", counts[i] == PULLED_NONE ? 0 : counts[i], pull.rows);
    }
    drop_outbox(outbox);
}

/* A terminal that was put in another's place, and holds as many. */
static void test_another_terminal_of_the_same_number(void **state)
{
    (void)state;
    struct outbox *outbox = new_outbox();
    struct pulled_plan plan = {.records = 20};
    struct outbox_pull pull;
    struct harvest harvest;
    CHECK_INT("read", VISIT_READ, poll_and_take(outbox, &plan, 0, &pull, &harvest));
    plan.serial = "PUL7777777";
    CHECK_INT("as many", VISIT_UNCHANGED, poll_and_take(outbox, &plan, 0, &pull, &harvest));
    CHECK_INT("nothing is proven of it", 0, proven(outbox, "PUL7777777"));
    CHECK_INT("due at once", true, harvest_is_due(&pull, NOW_S));
    CHECK_INT("read", VISIT_READ, poll_and_take(outbox, &plan, 0, &pull, &harvest));
    CHECK_INT("all new", 20, harvest.fresh);
    drop_outbox(outbox);
}

/* A protocol that asks for no table where there are no records: that is a read of none. */
static void test_a_memory_without_a_table(void **state)
{
    (void)state;
    struct outbox *outbox = new_outbox();
    struct pulled_plan plan = {.records = 20};
    struct outbox_pull pull;
    struct harvest harvest;
    struct visit visit = {.protocol = &pull_protocol, .outcome = VISIT_READ};
    CHECK_INT("read", VISIT_READ, poll_and_take(outbox, &plan, 0, &pull, &harvest));
    memcpy(visit.facts.sn, "PUL1234567", 11);
    visit.facts.users = visit.facts.capacity = -1;
    DO(harvest_all(outbox, &visit, &(struct visit_spool){NULL, visiting_read}, &moment, &pull,
                   &harvest, &err));
    CHECK_INT("agrees", true, pull.agrees);
    CHECK_INT("none was read", 0, harvest_read_count(&pull));
    CHECK_INT("as many as before it was cleared", VISIT_READ,
              poll_and_take(outbox, &plan, 0, &pull, &harvest));
    drop_outbox(outbox);
}

/* What a terminal pushed before, or pushes as well, is not there twice. */
static void test_what_was_pushed_is_known(void **state)
{
    (void)state;
    static struct visiting v;
    struct outbox *outbox = new_outbox();
    struct pulled_plan plan = {.records = 5};
    struct outbox_pull pull;
    struct punch punch = {.time = 1790000000 + 37, .device_sn = "PUL1234567", .user_id = "10002"};
    enum outbox_added added;
    punch.raw = SPAN("10002\t…");
    DO(outbox_begin(outbox, &err));
    DO(outbox_append(outbox, &punch, 0, NOW_S, &added, &err));
    DO(outbox_commit(outbox, &err));
    struct harvest harvest = visit_and_take(outbox, &plan, &pull, &v);
    CHECK_INT("fresh", 4, harvest.fresh);
    CHECK_INT("known", 1, harvest.known);
    visiting_end(&v);
    drop_outbox(outbox);
}

static void test_nothing_is_taken_of_what_is_not_sound(void **state)
{
    (void)state;
    static const uint32_t faults[] = {PULLED_ODD_TOTAL, PULLED_COUNT_MORE, PULLED_COUNT_ZERO};
    static struct visiting v;
    struct outbox *outbox = new_outbox();
    for (size_t i = 0; i < HB_COUNT(faults); i++) {
        struct pulled_plan plan = {.records = 50, .faults = faults[i]};
        struct outbox_pull pull;
        struct harvest harvest = visit_and_take(outbox, &plan, &pull, &v);
        CHECK_INT("sound", false, harvest.verdict.sound);
        CHECK_INT("read", 0, pull.read_s);
        assert_true(pull.why[0] != '\0');
        visiting_end(&v);
    }
    CHECK_INT("punches", 0, query(outbox, "SELECT count(*) FROM punch"));
    drop_outbox(outbox);
}

/* Slots: the list of users says whose they are; a number given to another person since is nobody's
 * for the time in between. */
static void test_slots(void **state)
{
    (void)state;
    static struct visiting v;
    struct outbox *outbox = new_outbox();
    struct pulled_plan plan = {.records = 70, .layout = 82, .users = 7};
    struct outbox_pull pull;
    struct harvest harvest = visit_and_take(outbox, &plan, &pull, &v);
    CHECK_INT("fresh", 70, harvest.fresh);
    visiting_end(&v);
    CHECK_INT("the right people", 10,
              query(outbox, "SELECT count(*) FROM punch WHERE user_id = '10003'"));
    /* Slot 3 was another's until the day before the last read: his are not taken for 10003's. */
    DO(sqlite3_exec(outbox->db,
                    "DELETE FROM punch; DELETE FROM key; UPDATE terminal SET keys = 0;"
                    "INSERT INTO slot VALUES ('PUL1234567', 3, 1, 1790001000, '999')",
                    NULL, NULL, NULL) == SQLITE_OK);
    harvest = visit_and_take(outbox, &plan, &pull, &v);
    visiting_end(&v);
    /* Records 2, 9, 16, 23 are his (to 1790001000), the other six before the list was read. */
    CHECK_INT("fresh", 64, harvest.fresh);
    CHECK_INT("aside", 6, harvest.aside);
    CHECK_INT("his", 4, query(outbox, "SELECT count(*) FROM punch WHERE user_id = '999'"));
    CHECK_INT("nobody's", 0, query(outbox, "SELECT count(*) FROM punch WHERE user_id = '10003'"));
    drop_outbox(outbox);
}

/* Another terminal at the place begins anew; one that is a stranger leaves all as it was. */
static void test_another_terminal(void **state)
{
    (void)state;
    static struct visiting v;
    struct outbox *outbox = new_outbox();
    struct pulled_plan plan = {.records = 20};
    struct outbox_pull pull;
    visit_and_take(outbox, &plan, &pull, &v);
    visiting_end(&v);
    plan.serial = "PUL7777777";
    plan.layout = 16;
    struct harvest harvest = visit_and_take(outbox, &plan, &pull, &v);
    visiting_end(&v);
    CHECK_INT("sound", true, harvest.verdict.sound);
    CHECK_TEXT("sn", "PUL7777777", pull.sn);
    CHECK_INT("layout", 16, pull.layout);
    CHECK_INT("fresh", 20, harvest.fresh);
    drop_outbox(outbox);
}

/* The service ends in the middle: what was taken is taken, nothing is called read, and the next
 * brings all.
 */
static void test_stopped(void **state)
{
    enum { RECORDS = 2 * HARVEST_ROWS + 500 };
    (void)state;
    static struct visiting v;
    struct outbox *outbox = new_outbox();
    struct pulled_plan plan = {.records = RECORDS};
    struct outbox_pull pull;
    struct visit_order order = {.purpose = VISIT_WHOLE, .read_count = -1};
    struct visiting_line line = {0};
    struct harvest harvest;
    struct harvesting one;
    struct harvesting *several[] = {&one};
    struct visit_spool spool = {&v, visiting_read};
    bool found = false;
    DO(outbox_pull(outbox, "127.0.0.1:4370", &pull, &found, &err));
    visiting_begin(&v, &plan, &line, &order);
    visiting_run(&v, "visit");
    DO(harvest_begin(&one, outbox, v.visit, &spool, &moment, &pull, &err));
    DO(harvest_step(several, 1, &err));
    CHECK_INT("not at its end", true, one.left);
    visiting_end(&v);
    outbox_close(outbox);
    outbox = open_outbox((struct outbox_options){0});
    DO(outbox_pull(outbox, "127.0.0.1:4370", &pull, &found, &err));
    assert_false(found);
    harvest = visit_and_take(outbox, &plan, &pull, &v);
    visiting_end(&v);
    CHECK_INT("all", RECORDS, query(outbox, "SELECT count(*) FROM punch"));
    assert_true(harvest.known > 0 && harvest.fresh > 0);
    drop_outbox(outbox);
}

/* ---- punches as they are made ---- */

/* Of a terminal that is new, before anything of its log is taken, and before even its visit's end
 * is: they are counted into its row, and what is read of it later is what it would have been. */
static void test_live_before_the_log(void **state)
{
    static const bool begun[] = {false, true};
    (void)state;
    for (size_t i = 0; i < HB_COUNT(begun); i++) {
        static struct visiting v;
        struct outbox *outbox = new_outbox();
        struct pulled_plan plan = {.records = 20};
        struct visit_order order = {.purpose = VISIT_WHOLE, .read_count = -1};
        struct visiting_line line = {0};
        struct visit_spool spool = {&v, visiting_read};
        struct visit_row row = {.punch = {.time = WALL, .user_id = "10001"}};
        struct outbox_pull pull;
        struct harvesting one;
        struct harvesting *several[] = {&one};
        struct outbox_device device;
        bool found = false;
        bool fresh = false;
        memcpy(row.punch.device_sn, "PUL1234567", 11);
        DO(outbox_pull(outbox, "127.0.0.1:4370", &pull, &found, &err));
        visiting_begin(&v, &plan, &line, &order);
        visiting_run(&v, "visit");
        if (begun[i]) {
            DO(harvest_begin(&one, outbox, v.visit, &spool, &moment, &pull, &err));
        }
        DO(harvest_live(outbox, &row, &moment, &fresh, &err));
        CHECK_INT("fresh", true, fresh);
        DO(outbox_device(outbox, "PUL1234567", &device, &found, &err));
        CHECK_INT("its row is there", true, found);
        CHECK_TEXT("kind", TERMINAL_PULLED, device.kind);
        CHECK_INT("first seen", NOW_S, device.first_seen_s);
        CHECK_INT("counted", 1, device.punches);
        DO(harvest_live(outbox, &row, &moment, &fresh, &err));
        CHECK_INT("known", false, fresh);
        if (!begun[i]) {
            DO(harvest_begin(&one, outbox, v.visit, &spool, &moment, &pull, &err));
        }
        DO(harvest_step(several, 1, &err));
        DO(harvest_end(&one, &err));
        DO(outbox_device(outbox, "PUL1234567", &device, &found, &err));
        CHECK_INT("all are counted", 21, device.punches);
        CHECK_TEXT("address", "127.0.0.1", device.address);
        CHECK_INT("what was read", 20, pull.fresh);
        struct outbox_spent spent;
        DO(outbox_spent_kept(outbox, OUTBOX_NOTE_SPENT_PULL, &spent, &found, &err));
        CHECK_INT("its time is counted", true, found);
        visiting_end(&v);
        drop_outbox(outbox);
    }
}

static void test_when_a_whole_read_is_due(void **state)
{
    (void)state;
    struct outbox_pull pull = {.read_s = 1000, .agrees = true};
    CHECK_INT("just read", false, harvest_is_due(&pull, 1000));
    CHECK_INT("a day", true, harvest_is_due(&pull, 1000 + 86400));
    CHECK_INT("clock set back", true, harvest_is_due(&pull, 999));
    pull.agrees = false;
    CHECK_INT("did not agree", true, harvest_is_due(&pull, 1000 + 3600));
    CHECK_INT("but not at once", false, harvest_is_due(&pull, 1000 + 3599));
    pull.read_s = 0;
    CHECK_INT("never", true, harvest_is_due(&pull, 1000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_read_is_taken_once),
        cmocka_unit_test(test_what_is_punched_while_it_is_read),
        cmocka_unit_test(test_a_clock_proves_no_time_twice),
        cmocka_unit_test(test_the_newest_punch_is_proven_too),
        cmocka_unit_test(test_a_cleared_log_of_the_same_number),
        cmocka_unit_test(test_another_terminal_of_the_same_number),
        cmocka_unit_test(test_a_memory_without_a_table),
        cmocka_unit_test(test_what_was_pushed_is_known),
        cmocka_unit_test(test_nothing_is_taken_of_what_is_not_sound),
        cmocka_unit_test(test_slots),
        cmocka_unit_test(test_another_terminal),
        cmocka_unit_test(test_stopped),
        cmocka_unit_test(test_live_before_the_log),
        cmocka_unit_test(test_when_a_whole_read_is_due),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
