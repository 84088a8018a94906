#include "pull/visiting.h"
#include "scratch_outbox.h"

#include "terminals/harvest.h"
#include "terminals/harvest_all.h"

/* Several terminals' logs that are taken together, and what fails on the way. */

enum { NOW_S = 1795795200 - 7 * 3600 };

static const struct harvest_moment moment = {NOW_S, 1500, 7 * 60};

enum { SEVERAL = 4 };

struct together {
    struct visiting visits[SEVERAL];
    struct outbox_pull pulls[SEVERAL];
    struct harvesting harvests[SEVERAL];
    struct harvesting *several[SEVERAL];
    struct visit_spool spools[SEVERAL];
};

static void read_all(struct together *all, const struct pulled_plan *plans, struct outbox *outbox)
{
    for (size_t i = 0; i < SEVERAL; i++) {
        struct visit_order order = {.purpose = VISIT_WHOLE, .read_count = -1};
        struct visiting_line line = {0};
        bool found = false;
        char place[OUTBOX_PLACE_MAX];
        (void)snprintf(place, sizeof place, "127.0.0.%u:4370", (unsigned)i + 1);
        DO(outbox_pull(outbox, place, &all->pulls[i], &found, &err));
        visiting_begin(&all->visits[i], &plans[i], &line, &order);
        visiting_run(&all->visits[i], "visit");
        all->several[i] = &all->harvests[i];
        all->spools[i] = (struct visit_spool){&all->visits[i], visiting_read};
    }
}

static void begin_all(struct together *all, struct outbox *outbox)
{
    for (size_t i = 0; i < SEVERAL; i++) {
        DO(harvest_begin(all->several[i], outbox, all->visits[i].visit, &all->spools[i], &moment,
                         &all->pulls[i], &err));
    }
}

static bool are_left(const struct together *all)
{
    bool left = false;
    for (size_t i = 0; i < SEVERAL; i++) {
        left = left || all->harvests[i].left;
    }
    return left;
}

/* Their times overlap, or do not; each has another number of records and its own that are none; one
 * counts by slots. Each comes out as if it had been taken alone, whatever was taken beside it. */
static void test_together_as_alone(void **state)
{
    static const struct pulled_plan plans[SEVERAL] = {
        {.serial = "ONE", .records = 9000, .faults = PULLED_BAD_DATES},
        {.serial = "TWO", .records = 3000, .start = 1790000000 + 50000, .interval_s = 1},
        {.serial = "THREE", .records = 700, .start = 1700000000, .layout = 81},
        {.serial = "FOUR", .records = 5000, .start = 1790000000 - 4000, .interval_s = 30},
    };
    static const int64_t fresh[SEVERAL] = {8997, 3000, 700, 5000};
    static struct together all;
    (void)state;
    struct outbox *outbox = new_outbox();
    for (int again = 0; again < 2; again++) {
        size_t steps = 0;
        read_all(&all, plans, outbox);
        begin_all(&all, outbox);
        for (; are_left(&all); steps++) {
            DO(harvest_step(all.several, SEVERAL, &err));
        }
        CHECK_INT("transactions", 17700 / HARVEST_ROWS + 1, steps);
        for (size_t i = 0; i < SEVERAL; i++) {
            DO(harvest_end(all.several[i], &err));
            CHECK_INT(plans[i].serial, again ? 0 : fresh[i], all.pulls[i].fresh);
            CHECK_INT(plans[i].serial, again ? fresh[i] : 0, all.pulls[i].known);
            CHECK_INT(plans[i].serial, i == 0 ? 3 : 0, all.pulls[i].aside);
            CHECK_INT(plans[i].serial, true, all.pulls[i].agrees);
            visiting_end(&all.visits[i]);
        }
    }
    CHECK_INT("punches", 17697, query(outbox, "SELECT count(*) FROM punch"));
    CHECK_INT("and as the terminals' rows say", 0,
              query(outbox, "SELECT count(*) FROM device WHERE punches != (SELECT count(*) FROM"
                            " punch WHERE device_sn = sn)"));
    /* The order of time, but for the parts in which one goes ahead of the others: a hundred rows,
     * of one that punches every 37 s. */
    CHECK_INT("how far time goes back", true,
              query(outbox, "SELECT max(b.check_time - a.check_time) FROM punch a JOIN punch b ON"
                            " b.id = a.id - 1") < 100 * 37);
    CHECK_INT("how often", true,
              query(outbox, "SELECT count(*) FROM punch a JOIN punch b ON b.id = a.id - 1 WHERE"
                            " a.check_time < b.check_time") <= 17697 / 100);
    CHECK_INT("each terminal's in its order", 0,
              query(outbox, "SELECT count(*) FROM punch a JOIN punch b ON a.device_sn ="
                            " b.device_sn AND a.id < b.id AND a.check_time > b.check_time"
                            " WHERE a.device_sn = 'TWO'"));
    drop_outbox(outbox);
}

static bool read_nothing(void *context, enum visit_table table, uint64_t offset, uint8_t *bytes,
                         size_t len, struct error *failed)
{
    (void)context, (void)table, (void)offset, (void)bytes, (void)len;
    return error_set(failed, ERR_CORRUPT, 0, "it cannot be read");
}

/* One's bytes are gone: nothing of that transaction is there of any, and the others go on from
 * where they were. */
static void test_one_fails_beside_others(void **state)
{
    enum { EACH = 3 * HARVEST_ROWS / SEVERAL, SPOILT = 2 };
    static const struct pulled_plan plans[SEVERAL] = {
        {.serial = "ONE", .records = EACH, .faults = PULLED_BAD_DATES},
        {.serial = "TWO", .records = EACH},
        {.serial = "THREE", .records = EACH},
        {.serial = "FOUR", .records = EACH, .layout = 81},
    };
    static struct together all;
    (void)state;
    struct outbox *outbox = new_outbox();
    read_all(&all, plans, outbox);
    begin_all(&all, outbox);
    DO(harvest_step(all.several, SEVERAL, &err));
    int64_t taken = query(outbox, "SELECT count(*) FROM punch");
    int64_t of_it = query(outbox, "SELECT count(*) FROM punch WHERE device_sn = 'THREE'");
    all.spools[SPOILT].read = read_nothing;
    assert_false(harvest_step(all.several, SEVERAL, &err));
    CHECK_INT("why", ERR_CORRUPT, err.kind);
    error_clear(&err);
    CHECK_INT("no more than it", taken, query(outbox, "SELECT count(*) FROM punch"));
    assert_false(harvest_step(&all.several[SPOILT], 1, &err));
    CHECK_INT("it alone", ERR_CORRUPT, err.kind);
    error_clear(&err);
    struct harvesting *others[] = {all.several[0], all.several[1], all.several[3]};
    for (size_t i = 0; i < HB_COUNT(others); i++) {
        while (others[i]->left) {
            DO(harvest_step(&others[i], 1, &err));
        }
        DO(harvest_end(others[i], &err));
        CHECK_INT("all", EACH, others[i]->pull->fresh + others[i]->pull->aside);
        CHECK_INT("none twice", 0, others[i]->pull->known);
        CHECK_INT("agrees", true, others[i]->pull->agrees);
    }
    CHECK_INT("theirs is there", 3 * EACH - all.pulls[0].aside,
              query(outbox, "SELECT count(*) FROM punch WHERE device_sn != 'THREE'"));
    CHECK_INT("and nothing more of it", of_it,
              query(outbox, "SELECT count(*) FROM punch WHERE device_sn = 'THREE'"));
    struct outbox_pull pull;
    bool found = false;
    DO(outbox_pull(outbox, all.pulls[SPOILT].place, &pull, &found, &err));
    CHECK_INT("it is not called read", false, found);
    for (size_t i = 0; i < SEVERAL; i++) {
        visiting_end(&all.visits[i]);
    }
    drop_outbox(outbox);
}

/* ---- what fails on the way ---- */

enum stage { BEGIN, STEP, END };

static void run_sql(struct outbox *outbox, const char *sql)
{
    if (sqlite3_exec(outbox->db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        fail_msg("%s: %s", sql, sqlite3_errmsg(outbox->db));
    }
}

static int refuse(void *context)
{
    (void)context;
    return 1;
}

/* From here on that statement fails; NULL: each commit does. */
static void spoil(struct outbox *outbox, const char *breaks)
{
    if (breaks != NULL) {
        run_sql(outbox, breaks);
    } else {
        (void)sqlite3_commit_hook(outbox->db, refuse, NULL);
    }
}

static void mend(struct outbox *outbox, const char *mends)
{
    if (mends != NULL) {
        run_sql(outbox, mends);
    }
    (void)sqlite3_commit_hook(outbox->db, NULL, NULL);
}

#define BREAKS(what) "CREATE TRIGGER no BEFORE " what " BEGIN SELECT RAISE(ABORT, 'no'); END"
#define MENDS "DROP TRIGGER no"

/* A number that is another one where anything of a harvest came or went. */
static int64_t stock(struct outbox *outbox)
{
    return query(outbox, "SELECT (SELECT count(*) FROM punch) + 1000 * (SELECT count(*) FROM"
                         " rejected) + 100000 * (SELECT count(*) FROM slot) + 10000000 * (SELECT"
                         " count(*) FROM device) + 100000000 * (SELECT count(*) FROM pulled) +"
                         " 1000000000 * (SELECT count(*) FROM proof) + 10000000000 * (SELECT"
                         " coalesce(sum(punches), 0) FROM device)");
}

/* Whatever the outbox does not take: it is said, nothing of that transaction is there, and all is
 * once it is mended: a step that failed is taken again where it was, what else fails by another
 * visit. */
static void test_an_outbox_that_fails(void **state)
{
    static const struct {
        const char *name;
        enum stage fails;
        const char *breaks, *mends;
    } cases[] = {
        {"the terminal's row, at first", BEGIN, BREAKS("INSERT ON device"), MENDS},
        {"its people", BEGIN, BREAKS("INSERT ON slot"), MENDS},
        {"the first commit", BEGIN, NULL, NULL},
        {"a punch", STEP, BREAKS("INSERT ON punch"), MENDS},
        {"what is set aside", STEP, BREAKS("INSERT ON rejected"), MENDS},
        {"whose a number is", STEP, "ALTER TABLE slot RENAME TO gone",
         "ALTER TABLE gone RENAME TO slot"},
        {"what is counted", STEP, BREAKS("UPDATE ON device"), MENDS},
        {"the rows' commit", STEP, NULL, NULL},
        {"the terminal's row, at the end", END, BREAKS("INSERT ON device"), MENDS},
        {"what is proven", END, BREAKS("INSERT ON proof"), MENDS},
        {"the audit", END, BREAKS("INSERT ON pulled"), MENDS},
        {"the last commit", END, NULL, NULL},
    };
    enum { RECORDS = 300, ASIDE = 3 };
    static const struct pulled_plan plan = {
        .records = RECORDS, .layout = 81, .faults = PULLED_BAD_DATES};
    static struct visiting v;
    struct visit_spool spool = {&v, visiting_read};
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        const char *name = cases[i].name;
        struct outbox *outbox = new_outbox();
        struct visit_order order = {.purpose = VISIT_WHOLE, .read_count = -1};
        struct visiting_line line = {0};
        struct outbox_pull pull;
        struct harvesting one;
        struct harvesting *several[] = {&one};
        int64_t had = 0;
        bool found = false;
        bool done = true;
        DO(outbox_pull(outbox, "127.0.0.1:4370", &pull, &found, &err));
        visiting_begin(&v, &plan, &line, &order);
        visiting_run(&v, "visit");
        for (enum stage stage = BEGIN; stage <= END && done; stage++) {
            had = stock(outbox);
            if (stage == cases[i].fails) {
                spoil(outbox, cases[i].breaks);
            }
            done = stage == BEGIN
                       ? harvest_begin(&one, outbox, v.visit, &spool, &moment, &pull, &err)
                   : stage == STEP ? harvest_step(several, 1, &err)
                                   : harvest_end(&one, &err);
            CHECK_INT(name, stage != cases[i].fails, done);
        }
        if (err.kind == ERR_NONE) {
            fail_msg("[%s] nobody is told why", name);
        }
        error_clear(&err);
        mend(outbox, cases[i].mends);
        CHECK_INT(name, had, stock(outbox));
        if (cases[i].fails == STEP) {
            CHECK_INT(name, true, one.left);
            DO(harvest_step(several, 1, &err));
            CHECK_INT(name, false, one.left);
            DO(harvest_end(&one, &err));
            CHECK_INT(name, RECORDS - ASIDE, pull.fresh);
        } else {
            struct harvest harvest;
            DO(outbox_pull(outbox, "127.0.0.1:4370", &pull, &found, &err));
            CHECK_INT(name, false, found);
            DO(harvest_all(outbox, v.visit, &spool, &moment, &pull, &harvest, &err));
            CHECK_INT(name, RECORDS - ASIDE, pull.fresh + pull.known);
        }
        CHECK_INT(name, true, pull.agrees);
        CHECK_INT(name, ASIDE, pull.aside);
        CHECK_INT(name, RECORDS - ASIDE, query(outbox, "SELECT count(*) FROM punch"));
        CHECK_INT(name, ASIDE, query(outbox, "SELECT count(*) FROM rejected"));
        CHECK_INT(name, RECORDS - ASIDE, query(outbox, "SELECT punches FROM device"));
        visiting_end(&v);
        drop_outbox(outbox);
    }
}

/* What was read cannot be read again, when it is judged: nothing but the terminal is known. */
static void test_a_spool_that_is_gone(void **state)
{
    (void)state;
    static struct visiting v;
    static const struct pulled_plan plan = {.records = 30};
    struct outbox *outbox = new_outbox();
    struct visit_order order = {.purpose = VISIT_WHOLE, .read_count = -1};
    struct visiting_line line = {0};
    struct visit_spool spool = {&v, read_nothing};
    struct outbox_pull pull;
    struct harvesting one;
    bool found = false;
    DO(outbox_pull(outbox, "127.0.0.1:4370", &pull, &found, &err));
    visiting_begin(&v, &plan, &line, &order);
    visiting_run(&v, "visit");
    assert_false(harvest_begin(&one, outbox, v.visit, &spool, &moment, &pull, &err));
    CHECK_INT("why", ERR_CORRUPT, err.kind);
    error_clear(&err);
    CHECK_INT("nothing is left to be taken", false, one.left);
    DO(outbox_pull(outbox, "127.0.0.1:4370", &pull, &found, &err));
    CHECK_INT("it is not called visited", false, found);
    CHECK_INT("punches", 0, query(outbox, "SELECT count(*) FROM punch"));
    visiting_end(&v);
    drop_outbox(outbox);
}

static void test_live_into_an_outbox_that_fails(void **state)
{
    static const struct {
        const char *name, *breaks, *mends;
    } cases[] = {
        {"the terminal's row", BREAKS("INSERT ON device"), MENDS},
        {"the punch", BREAKS("INSERT ON punch"), MENDS},
        {"what is counted", BREAKS("UPDATE ON device"), MENDS},
        {"the commit", NULL, NULL},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct outbox *outbox = new_outbox();
        struct visit_row row = {.punch = {.time = 1790000000, .user_id = "10001"}};
        bool fresh = false;
        memcpy(row.punch.device_sn, "PUL1234567", 11);
        int64_t had = stock(outbox);
        spoil(outbox, cases[i].breaks);
        CHECK_INT(cases[i].name, false, harvest_live(outbox, &row, &moment, &fresh, &err));
        CHECK_INT(cases[i].name, false, fresh);
        if (err.kind == ERR_NONE) {
            fail_msg("[%s] nobody is told why", cases[i].name);
        }
        error_clear(&err);
        mend(outbox, cases[i].mends);
        CHECK_INT(cases[i].name, had, stock(outbox));
        DO(harvest_live(outbox, &row, &moment, &fresh, &err));
        CHECK_INT(cases[i].name, true, fresh);
        CHECK_INT(cases[i].name, 1, query(outbox, "SELECT punches FROM device"));
        drop_outbox(outbox);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_together_as_alone),
        cmocka_unit_test(test_one_fails_beside_others),
        cmocka_unit_test(test_an_outbox_that_fails),
        cmocka_unit_test(test_a_spool_that_is_gone),
        cmocka_unit_test(test_live_into_an_outbox_that_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
