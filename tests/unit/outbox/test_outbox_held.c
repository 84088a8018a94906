#include "outbox/outbox_feed.h"
#include "outbox/outbox_proof.h"
#include "outbox_punches.h"

/* Two connections look while a third's doings go on: the one that writes and the page's. */
static struct outbox *outbox;
static struct outbox *page;

static int begin(void **state)
{
    (void)state;
    outbox = new_outbox();
    page = outbox_open_readonly(scratch_path("outbox.db"), &err);
    assert_non_null(page);
    return 0;
}

static int end(void **state)
{
    (void)state;
    outbox_close(page);
    return drop_outbox(outbox);
}

static unsigned below(unsigned bound)
{
    static uint64_t chance = 20261130;
    chance = chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(chance >> 33) % bound;
}

enum { TERMINALS = 12 };

struct seen {
    walltime from[TERMINALS];
    bool there[TERMINALS];
    size_t twice;
};

static bool see(void *context, const char *sn, walltime from)
{
    struct seen *seen = context;
    size_t i = (size_t)strtol(sn + 1, NULL, 10);
    assert_in_range(i, 0, TERMINALS - 1);
    seen->twice += seen->there[i];
    seen->there[i] = true;
    seen->from[i] = from;
    return true;
}

/* Every row that waits or was refused, as SQL has it. */
static struct seen see_all(void)
{
    struct seen seen = {.twice = 0};
    sqlite3_stmt *statement = NULL;
    assert_int_equal(
        SQLITE_OK,
        sqlite3_prepare_v2(outbox->db,
                           "SELECT device_sn, min(+check_time) FROM punch WHERE id > (SELECT cursor"
                           " FROM state) OR id IN (SELECT id FROM refused) GROUP BY device_sn",
                           -1, &statement, NULL));
    while (sqlite3_step(statement) == SQLITE_ROW) {
        (void)see(&seen, (const char *)sqlite3_column_text(statement, 0),
                  sqlite3_column_int64(statement, 1));
    }
    sqlite3_finalize(statement);
    return seen;
}

static void append_some(unsigned count)
{
    static walltime used;
    for (unsigned i = 0; i < count; i++) {
        char sn[8];
        snprintf(sn, sizeof sn, "T%u", below(TERMINALS / 2) + below(2) * below(TERMINALS / 2));
        /* Now and then one that is older than what is there. */
        walltime time = below(50) == 0 ? 10000000 - used : 10000000 + used;
        used++;
        CHECK_INT("new", OUTBOX_NEW, add(outbox, sn, "7", time, 0));
    }
}

static void do_something(void)
{
    struct outbox_counts counts = counts_of(outbox);
    size_t requeued = 0;
    DO(outbox_begin(outbox, &err));
    switch (below(7)) {
    case 0:
    case 1:
        append_some(below(1500));
        break;
    case 2:
    case 3:
        DO(outbox_advance(outbox, counts.cursor + (int64_t)below((unsigned)counts.waiting + 1),
                          5000, &err));
        break;
    case 4:
        if (counts.waiting > 0) {
            DO(outbox_refuse(outbox, counts.cursor + 1, 1406, "too long", 300, &err));
            DO(outbox_advance(outbox, counts.cursor + 1, 5000, &err));
        }
        break;
    case 5:
        DO(outbox_requeue_refused(outbox, &requeued, &err));
        break;
    default:
        append_some(below(300));
        (void)outbox_each_held_back(outbox, see, &(struct seen){.twice = 0}, &err);
        outbox_rollback(outbox); /* its ids are given again, to others */
        return;
    }
    DO(outbox_commit(outbox, &err));
}

/* Never later than the truth; and the truth where few wait. */
static void it_is_never_told_too_late(void **state)
{
    size_t early = 0;
    size_t exact = 0;
    (void)state;
    for (int round = 0; round < 600; round++) {
        struct outbox *const both[] = {outbox, page};
        do_something();
        struct seen truth = see_all();
        bool few = counts_of(outbox).waiting <= 2000;
        for (size_t i = 0; i < HB_COUNT(both); i++) {
            struct seen seen = {.twice = 0};
            if (below(3) == 0) {
                continue; /* not each state is looked at by both */
            }
            DO(outbox_each_held_back(both[i], see, &seen, &err));
            CHECK_INT("each once", 0, seen.twice);
            for (size_t t = 0; t < TERMINALS; t++) {
                CHECK_INT("whoever waits is there", truth.there[t], seen.there[t]);
                if (truth.there[t]) {
                    assert_true(seen.from[t] <= truth.from[t]);
                    assert_true(!few || seen.from[t] == truth.from[t]);
                    early += seen.from[t] < truth.from[t];
                    exact += seen.from[t] == truth.from[t];
                }
            }
        }
    }
    assert_true(early > 20 && exact > 20 * early);
}

static int64_t steps(struct outbox *of)
{
    int64_t sum = 0;
    for (size_t i = 0; i < SQL_COUNT; i++) {
        if (of->statements[i] != NULL) {
            sum += sqlite3_stmt_status(of->statements[i], SQLITE_STMTSTATUS_VM_STEP, 1);
        }
    }
    return sum;
}

/* The page is refreshed while years of logs wait. */
static void what_waits_is_looked_through_once(void **state)
{
    struct seen seen = {.twice = 0};
    struct outbox_complete complete;
    (void)state;
    fill(outbox, 1000, 20999);
    DO(outbox_each_held_back(page, see, &seen, &err));
    int64_t first = steps(page);
    assert_true(first > 20000);
    fill(outbox, 21000, 21099);
    memset(&seen, 0, sizeof seen);
    seen.twice = 0;
    DO(outbox_each_held_back(page, see, &seen, &err));
    DO(outbox_complete(page, "SN1", &complete, &err));
    assert_in_range(steps(page), 1, 10000);
    /* Nothing waits any more, and all is kept. */
    advance(outbox, 20100);
    DO(outbox_complete(page, "SN1", &complete, &err));
    assert_in_range(steps(page), 1, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_never_told_too_late, begin, end),
        cmocka_unit_test_setup_teardown(what_waits_is_looked_through_once, begin, end),
    };
    return cmocka_run_group_tests_name("outbox_held", tests, NULL, NULL);
}
