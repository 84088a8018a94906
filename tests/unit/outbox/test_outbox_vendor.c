/* What is remembered of the vendor's database, as far as the rounds of tests/unit/vendor cannot
 * bring it about. */
#include "outbox/outbox_rejected.h"
#include "scratch_outbox.h"

enum { PAGE = 7, NUMBER = 12, NOW_S = 1000 };

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

/* ---- all calls that write must be in a transaction ---- */

static bool forget_all(void *context, uint32_t page)
{
    (void)context;
    (void)page;
    return false;
}

static bool call_begin(void)
{
    return outbox_vendor_begin(outbox, "D:\\att2000.mdb", "1", &err);
}

static bool call_page_save(void)
{
    const struct outbox_page page = {1, 2, 0, 0};
    return outbox_page_save(outbox, OUTBOX_PART_PERSONS, PAGE, &page, &err);
}

static bool call_pages_forget(void)
{
    return outbox_pages_forget(outbox, OUTBOX_PART_PERSONS, forget_all, NULL, &err);
}

static bool call_clear(void)
{
    return outbox_persons_clear(outbox, PAGE, &err);
}

static bool call_add(void)
{
    return outbox_person_add(outbox, PAGE, NUMBER, "1007", &err);
}

static bool call_persons_settle(void)
{
    return outbox_persons_settle(outbox, NOW_S, &err);
}

static bool call_typed_save(void)
{
    return outbox_typed_save(outbox, NUMBER, NOW_S, &err);
}

static bool call_settle(void)
{
    return outbox_vendor_settle(outbox, SPAN("USERID=7"), "read again", NOW_S, &err);
}

static void test_nothing_is_written_outside_a_transaction(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool (*call)(void);
    } calls[] = {
        {"begin", call_begin},
        {"page_save", call_page_save},
        {"pages_forget", call_pages_forget},
        {"persons_clear", call_clear},
        {"person_add", call_add},
        {"persons_settle", call_persons_settle},
        {"typed_save", call_typed_save},
        {"settle", call_settle},
    };
    DO(outbox_begin(outbox, &err));
    DO(call_page_save()); /* which pages_forget finds */
    DO(outbox_commit(outbox, &err));
    for (size_t i = 0; i < HB_COUNT(calls); i++) {
        error_clear(&err);
        int64_t before = sqlite3_total_changes(outbox->db);
        CHECK_INT(calls[i].name, false, calls[i].call());
        CHECK_INT(calls[i].name, ERR_INVALID, err.kind);
        CHECK_INT(calls[i].name, before, sqlite3_total_changes(outbox->db));
        error_clear(&err);
        DO(outbox_begin(outbox, &err));
        CHECK_INT(calls[i].name, true, calls[i].call());
        outbox_rollback(outbox);
    }
}

/* ---- whose a number was ---- */

static char badges[200]; /* "1008 1007 ", as they were visited */
static size_t wanted;    /* of them */

static bool visit(void *context, const char *badge)
{
    size_t len = strlen(badges);
    (void)context;
    snprintf(badges + len, sizeof badges - len, "%s ", badge);
    return --wanted > 0;
}

static void put_badge(walltime since, const char *badge)
{
    DO(outbox_begin(outbox, &err));
    DO(outbox_persons_clear(outbox, PAGE, &err));
    DO(outbox_person_add(outbox, PAGE, NUMBER, badge, &err));
    DO(outbox_persons_settle(outbox, since, &err));
    DO(outbox_commit(outbox, &err));
}

static void test_badges_are_visited_the_latest_first(void **state)
{
    (void)state;
    static const struct {
        size_t wanted;
        const char *badges;
    } cases[] = {{99, "1009 1008 1007 "}, {2, "1009 1008 "}};
    put_badge(100, "1007");
    put_badge(200, "1008");
    put_badge(300, "1009");
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        badges[0] = '\0';
        wanted = cases[i].wanted;
        DO(outbox_person_badges(outbox, NUMBER, visit, NULL, &err));
        CHECK_TEXT("badges", cases[i].badges, badges);
    }
    badges[0] = '\0';
    DO(outbox_person_badges(outbox, NUMBER + 1, visit, NULL, &err));
    CHECK_TEXT("nobody's", "", badges);
}

/* A damaged outbox is said to be one, and is no person without a history. */
static void test_a_badge_longer_than_one_can_be(void **state)
{
    (void)state;
    static const char *const tables[] = {"vendor_badge", "vendor_person"};
    for (size_t i = 0; i < HB_COUNT(tables); i++) {
        struct outbox_person person;
        char sql[200];
        put_badge(100, "1007");
        snprintf(sql, sizeof sql, "UPDATE %s SET badge = '%0*d'", tables[i], PUNCH_USER_MAX + 1, 7);
        CHECK_INT("damage", SQLITE_OK, sqlite3_exec(outbox->db, sql, NULL, NULL, NULL));
        error_clear(&err);
        badges[0] = '\0';
        wanted = 99;
        CHECK_INT(tables[i], false,
                  i == 0 ? outbox_person_badges(outbox, NUMBER, visit, NULL, &err)
                         : outbox_person(outbox, NUMBER, &person, &err));
        CHECK_INT(tables[i], ERR_CORRUPT, err.kind);
        CHECK_TEXT(tables[i], "", badges);
        snprintf(sql, sizeof sql, "DELETE FROM %s", tables[i]);
        CHECK_INT("mend", SQLITE_OK, sqlite3_exec(outbox->db, sql, NULL, NULL, NULL));
    }
}

/* ---- what is set aside ---- */

static void set_aside(const char *sn, struct span bytes, int64_t file)
{
    enum outbox_kept kept = OUTBOX_NO_ROOM;
    const struct outbox_rejection rejection = {
        .device_sn = sn, .bytes = bytes, .reason = "no person", .file = file};
    DO(outbox_reject(outbox, &rejection, NOW_S, &kept, &err));
    CHECK_INT("set aside", OUTBOX_SET_ASIDE, kept);
}

/* Only its own rows are settled, by all of their bytes. */
static void test_what_is_read_after_all_is_settled(void **state)
{
    (void)state;
    static const char row[] = "USERID=7 CHECKTIME=2025-01-06 07:58:03 CHECKTYPE=I SENSORID=101";
    static const char other[] = "USERID=7 CHECKTIME=2025-01-06 07:58:03 CHECKTYPE=I SENSORID=102";
    bool some = true;
    DO(outbox_vendor_aside(outbox, &some, &err));
    CHECK_INT("nothing", false, some);
    DO(outbox_begin(outbox, &err));
    set_aside("SN1", SPAN(row), 0);
    DO(outbox_vendor_aside(outbox, &some, &err));
    CHECK_INT("a terminal's is none", false, some);
    set_aside(OUTBOX_ACCESS_SN, SPAN(row), OUTBOX_SOURCE_ACCESS);
    set_aside(OUTBOX_ACCESS_SN, SPAN(other), OUTBOX_SOURCE_ACCESS);
    DO(outbox_vendor_settle(outbox, SPAN(row), "read again", NOW_S, &err));
    CHECK_INT("one", 1, query(outbox, "SELECT count(*) FROM rejected WHERE settled_s <> 0"));
    DO(outbox_vendor_aside(outbox, &some, &err));
    CHECK_INT("the other", true, some);
    DO(outbox_vendor_settle(outbox, SPAN(other), "read again", NOW_S, &err));
    DO(outbox_vendor_settle(outbox, SPAN(other), "read again", NOW_S, &err));
    DO(outbox_vendor_aside(outbox, &some, &err));
    CHECK_INT("none is left", false, some);
    CHECK_INT("but the terminal's", 1,
              query(outbox, "SELECT count(*) FROM rejected WHERE settled_s = 0"
                            " AND device_sn = 'SN1'"));
    DO(outbox_commit(outbox, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nothing_is_written_outside_a_transaction, begin, end),
        cmocka_unit_test_setup_teardown(test_badges_are_visited_the_latest_first, begin, end),
        cmocka_unit_test_setup_teardown(test_a_badge_longer_than_one_can_be, begin, end),
        cmocka_unit_test_setup_teardown(test_what_is_read_after_all_is_settled, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
