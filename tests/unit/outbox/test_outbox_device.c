/* What is known of terminals, when it is saved later than their punches. */
#include "scratch_outbox.h"

static struct outbox *outbox;

static int begin_test(void **state)
{
    (void)state;
    outbox = new_outbox();
    return 0;
}

static int end_test(void **state)
{
    (void)state;
    return drop_outbox(outbox);
}

/* Punches of times first … last. */
static void add(const char *sn, walltime first, walltime last, int64_t source)
{
    DO(outbox_begin(outbox, &err));
    for (walltime time = first; time <= last; time++) {
        struct punch punch = {.time = time, .raw = SPAN("raw")};
        enum outbox_added added;
        snprintf(punch.device_sn, sizeof punch.device_sn, "%s", sn);
        snprintf(punch.user_id, sizeof punch.user_id, "7");
        DO(outbox_append(outbox, &punch, source, 1000, &added, &err));
        CHECK_INT(sn, OUTBOX_NEW, added);
    }
    DO(outbox_commit(outbox, &err));
}

/* As the one who counts: these figures hold all punches so far. */
static void save(const char *sn, int64_t punches, walltime records_at, int64_t later)
{
    struct outbox_device device = {.punches = punches};
    snprintf(device.sn, sizeof device.sn, "%s", sn);
    device.audit.records_at = records_at;
    device.audit.later = later;
    DO(outbox_begin(outbox, &err));
    DO(outbox_device_save(outbox, &device, &err));
    DO(outbox_devices_settle(outbox, &err));
    DO(outbox_commit(outbox, &err));
}

static void credit(void)
{
    DO(outbox_begin(outbox, &err));
    DO(outbox_devices_credit(outbox, &err));
    DO(outbox_commit(outbox, &err));
}

static void advance(int64_t id)
{
    DO(outbox_begin(outbox, &err));
    DO(outbox_advance(outbox, id, 5000, &err));
    DO(outbox_commit(outbox, &err));
}

static bool add_up(void *context, const struct outbox_device *device)
{
    *(int64_t *)context += device->punches;
    return true;
}

static void check(const char *when, const char *sn, int64_t punches, walltime last, int64_t later)
{
    struct outbox_device device;
    bool found = false;
    DO(outbox_device(outbox, sn, &device, &found, &err));
    CHECK_INT(when, true, found);
    CHECK_INT(when, punches, device.punches);
    CHECK_INT(when, last, device.last_punch);
    CHECK_INT(when, later, device.audit.later);
}

static void what_came_since_is_counted_once(void **state)
{
    int64_t all = 0;
    (void)state;
    save("A", 100, 5, 0);
    save("B", 10, 0, 3);
    add("A", 1, 8, 0);
    add("B", 20, 21, 0);
    add("C", 1, 5, 0);   /* no terminal is known by that name */
    add("A", 30, 39, 1); /* a log's, which may be of any */
    for (int again = 0; again < 3; again++) {
        check("A", "A", 108, 8, 3);
        check("B", "B", 12, 21, 5);
        credit();
    }
    DO(outbox_each_device(outbox, add_up, &all, &err));
    CHECK_INT("all", 120, all);
    add("A", 9, 9, 0);
    save("A", 109, 5, 4);
    check("saved", "A", 109, 0, 4);
    outbox_close(outbox);
    outbox = open_outbox((struct outbox_options){0});
    check("opened again", "A", 109, 0, 4);
}

/* More than are summed at once, their punches by turns; every third is no terminal that is known.
 */
static void many_terminals_by_turns(void **state)
{
    enum { MANY = 130, ROUNDS = 4, FIRST = 7 };
    char sn[16];
    (void)state;
    for (int i = 0; i < MANY; i++) {
        if (i % 3 != 0) {
            (void)snprintf(sn, sizeof sn, "T%d", i);
            save(sn, 1000 + i, i % 5 == 0 ? FIRST + 2 : 0, 50);
        }
    }
    for (int round = 0; round < ROUNDS; round++) {
        DO(outbox_begin(outbox, &err));
        for (int i = 0; i < MANY; i++) {
            struct punch punch = {.time = FIRST + round, .raw = SPAN("raw")};
            enum outbox_added added;
            (void)snprintf(punch.device_sn, sizeof punch.device_sn, "T%d", i);
            (void)snprintf(punch.user_id, sizeof punch.user_id, "7");
            DO(outbox_append(outbox, &punch, 0, 1000, &added, &err));
        }
        DO(outbox_commit(outbox, &err));
    }
    for (int again = 0; again < 2; again++) {
        for (int i = 0; i < MANY; i++) {
            if (i % 3 != 0) {
                (void)snprintf(sn, sizeof sn, "T%d", i);
                check(sn, sn, 1000 + i + ROUNDS, FIRST + ROUNDS - 1, 50 + (i % 5 == 0 ? 1 : 4));
            }
        }
        credit(); /* what was counted when asked stands in the rows now */
        CHECK_INT("in the rows", (int64_t)ROUNDS * (MANY - MANY / 3 - 1),
                  query(outbox, "SELECT sum(punches - 1000 - substr(sn, 2)) FROM device"));
    }
}

static void waiting_again_is_no_new_punch(void **state)
{
    size_t count = 0;
    (void)state;
    save("A", 0, 0, 0);
    add("A", 1, 10, 0);
    advance(10);
    add("A", 11, 12, 0);
    DO(outbox_begin(outbox, &err));
    DO(outbox_requeue_period(outbox, 1, 6, &count, &err));
    DO(outbox_commit(outbox, &err));
    CHECK_INT("moved", 5, count);
    check("moved", "A", 12, 12, 12);
    add("A", 13, 13, 0);
    check("and another", "A", 13, 13, 13);
    credit();
    check("credited", "A", 13, 13, 13);
}

static void what_is_removed_stays_counted(void **state)
{
    size_t count = 0;
    (void)state;
    save("A", 0, 0, 0);
    add("A", 1, 10, 0);
    advance(10);
    DO(outbox_begin(outbox, &err));
    DO(outbox_prune(outbox, INT64_MAX, 4, &count, &err));
    DO(outbox_commit(outbox, &err));
    CHECK_INT("removed", 4, count);
    check("removed", "A", 10, 10, 10);
}

static void a_log_is_not_looked_through_again(void **state)
{
    struct outbox_file file;
    (void)state;
    save("A", 0, 0, 0);
    add("A", 1, 2, 0);
    add("LOG", 1, 1000, 1);
    DO(outbox_begin(outbox, &err));
    DO(outbox_file_begin(outbox, "a.txt", &file, &err));
    DO(outbox_file_save(outbox, &file, &err));
    CHECK_INT("passed", outbox->last, outbox->credited);
    DO(outbox_commit(outbox, &err));
    check("counted", "A", 2, 2, 2);
}

static void counts_need_a_transaction(void **state)
{
    (void)state;
    assert_false(outbox_devices_credit(outbox, &err));
    CHECK_INT("credit", ERR_INVALID, err.kind);
    assert_false(outbox_devices_settle(outbox, &err));
    CHECK_INT("settle", ERR_INVALID, err.kind);
    error_clear(&err);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_test, end_test)

static void one_that_is_retired_leaves_its_punches(void **state)
{
    (void)state;
    struct outbox_device device;
    struct outbox_counts counts;
    bool found = true;
    add("A", 1, 7, 0);
    save("A", 7, 0, 7);
    add("B", 1, 5, 0);
    DO(outbox_begin(outbox, &err));
    DO(outbox_device_retire(outbox, "A", &err));
    DO(outbox_commit(outbox, &err));
    DO(outbox_device(outbox, "A", &device, &found, &err));
    assert_false(found);
    DO(outbox_counts(outbox, &counts, &err));
    CHECK_INT("waiting", 12, counts.waiting);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(many_terminals_by_turns),
        TEST(what_came_since_is_counted_once),
        TEST(waiting_again_is_no_new_punch),
        TEST(what_is_removed_stays_counted),
        TEST(a_log_is_not_looked_through_again),
        TEST(counts_need_a_transaction),
        TEST(one_that_is_retired_leaves_its_punches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
