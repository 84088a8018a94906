#include "att.h"
#include "outbox_punches.h"

static struct att att;

/* ---- what becomes of rows ---- */

static void test_punches_come_once(void **state)
{
    (void)state;
    att_begin(&att);
    att_user(&att, 7, "1007");
    att_user(&att, 9, "00042");
    for (int i = 0; i < 200; i++) {
        att_punch(&att, i % 2 == 0 ? 7 : 9, ATT_MONDAY + i * 60, i % 3 == 0 ? NULL : ATT_SN, NULL,
                  NULL);
    }
    struct vendor_summary summary = att_settled(&att);
    CHECK_INT("rows", 200, summary.rows);
    CHECK_INT("fresh", 200, summary.fresh);
    CHECK_INT("first", ATT_MONDAY, summary.first);
    CHECK_INT("last", ATT_MONDAY + 199 * 60, summary.last);
    CHECK_INT("own badges", false, summary.own_badges);
    CHECK_INT("bytes", att.build.pages * JET_PAGE, summary.bytes);
    CHECK_INT("of 7", 100, att_count(&att, "user_id = '1007'"));
    CHECK_INT("of 9", 100, att_count(&att, "user_id = '00042'"));
    CHECK_INT("by the row", 133, att_count(&att, "device_sn = '" ATT_SN "'"));
    CHECK_INT("by the configuration", 67, att_count(&att, "device_sn = '" ATT_OWN "'"));
    CHECK_INT("source", 200, att_count(&att, "way = 3 AND source = -2"));
    CHECK_INT("raw", 1,
              att_count(&att, "raw = 'USERID=7 CHECKTIME=2025-01-06 00:02:00 CHECKTYPE=I"
                              " VERIFYCODE=1 SENSORID=101 sn=" ATT_SN "'"));
    CHECK_INT("no word of a terminal's", 0,
              query(att.outbox, "SELECT coalesce(sum(keys), 0) FROM terminal"));
    summary = att_round(&att);
    CHECK_INT("nothing new", 0, summary.rows);
    CHECK_INT("nothing new", summary.punches.pages, summary.punches.skipped);
    /* One more on the last page brings that page's rows again. */
    att_punch(&att, 7, ATT_MONDAY + 9000 * 2, ATT_SN, NULL, NULL);
    summary = att_settled(&att);
    CHECK_INT("one more", 1, summary.fresh);
    assert_true(summary.known > 0 && summary.known < 200);
    CHECK_INT("one more", 201, att_count(&att, "1"));
    att_end(&att);
}

static void test_the_database_hands_them_up(void **state)
{
    (void)state;
    att_begin(&att);
    att_user(&att, 7, "1007");
    att_punch(&att, 7, ATT_MONDAY, ATT_SN, NULL, NULL);
    CHECK_INT("one", 1, att_settled(&att).fresh);
    struct batch *batch = batch_new(10, 4096);
    DO(outbox_waiting(att.outbox, 10, batch, &err));
    CHECK_INT("waits", 1, batch->count);
    CHECK_INT("source", PUNCH_ACCESS, batch->rows[0].punch.way);
    CHECK_TEXT("badge", "1007", batch->rows[0].punch.user_id);
    batch_free(batch);
    att_end(&att);
}

static void test_compact(void **state)
{
    (void)state;
    att_begin(&att);
    att_user(&att, 7, "1007");
    for (int i = 0; i < 300; i++) {
        att_punch(&att, 7, ATT_MONDAY + i * 60, ATT_SN, NULL, NULL);
    }
    CHECK_INT("before", 300, att_settled(&att).fresh);
    int64_t pages = query(att.outbox, "SELECT count(*) FROM vendor_page");
    /* All in other places, half of them gone, in another order. */
    build_end(&att.build);
    build_begin(&att.build, true);
    build_table(&att.build, &att.exact, "CHECKEXACT", att_exact, HB_COUNT(att_exact), true);
    build_table(&att.build, &att.punches, "checkinout", att_punches, HB_COUNT(att_punches), false);
    for (int i = 299; i >= 150; i--) {
        att_punch(&att, 7, ATT_MONDAY + i * 60, ATT_SN, NULL, NULL);
    }
    build_table(&att.build, &att.users, "UserInfo", att_users, HB_COUNT(att_users), false);
    att_user(&att, 7, "1007");
    struct vendor_summary summary = att_settled(&att);
    CHECK_INT("known", 150, summary.known);
    CHECK_INT("nothing new", 0, summary.fresh);
    CHECK_INT("nothing is gone", 300, att_count(&att, "1"));
    assert_true(query(att.outbox, "SELECT count(*) FROM vendor_page") < pages);
    CHECK_INT("persons of pages that are gone", 1,
              query(att.outbox, "SELECT count(*) FROM vendor_person"));
    att_end(&att);
}

static void test_own_badges(void **state)
{
    (void)state;
    static const struct build_column columns[] = {
        {"Badgenumber", JET_TEXT, 48}, {"checktime", JET_DATE, 8}, {"sn", JET_TEXT, 40}};
    struct build_table table;
    att_begin(&att);
    build_end(&att.build);
    build_begin(&att.build, false);
    build_table(&att.build, &table, "pm_checkinout", columns, 3, false);
    const struct build_value values[] = {
        {true, 0, 0, "1007"}, {true, 0, att_days(ATT_MONDAY), NULL}, {true, 0, 0, ATT_SN}};
    (void)build_row(&att.build, &table, values, 3, NULL);
    snprintf(att.config.table, sizeof att.config.table, "%s", "PM_CheckInOut");
    struct vendor_summary summary = att_settled(&att);
    CHECK_INT("own badges", true, summary.own_badges);
    CHECK_INT("taken", 1, att_count(&att, "user_id = '1007' AND device_sn = '" ATT_OWN "'"));
    att_end(&att);
}

/* ---- terminals ---- */

static void test_terminals(void **state)
{
    (void)state;
    att_begin(&att);
    att_user(&att, 7, "1007");
    att_punch(&att, 7, ATT_MONDAY, NULL, NULL, NULL);
    att_punch(&att, 7, ATT_MONDAY + 60, ATT_SN, NULL, NULL);
    att_punch(&att, 7, ATT_MONDAY + 120, "17", NULL, NULL);
    att.config.device_sn[0] = '\0';
    struct vendor_summary summary = att_settled(&att);
    CHECK_INT("by the row", 1, summary.fresh);
    CHECK_INT("no terminal", 2, summary.no_terminal);
    CHECK_INT("no terminal", 2, att_aside(&att, "which terminal"));
    /* A configuration that says more: they are read again, and settled. */
    att.config.sensor_count = 1;
    snprintf(att.config.sensors[0].number, sizeof att.config.sensors[0].number, "101");
    snprintf(att.config.sensors[0].sn, sizeof att.config.sensors[0].sn, "MAPPED001");
    summary = att_round(&att);
    CHECK_INT("mapped", 2, summary.fresh);
    CHECK_INT("mapped", 2, att_count(&att, "device_sn = 'MAPPED001'"));
    CHECK_INT("settled", 0, att_aside(&att, ""));
    /* One that says otherwise gives no punch a second key. */
    att.config.sensor_count = 0;
    snprintf(att.config.device_sn, sizeof att.config.device_sn, "%s", ATT_OWN);
    summary = att_round(&att);
    CHECK_INT("known", 3, summary.known);
    CHECK_INT("once", 3, att_count(&att, "1"));
    att_end(&att);
}

/* ---- persons ---- */

static void test_persons_who_are_not_there(void **state)
{
    (void)state;
    att_begin(&att);
    att_user(&att, 7, "1007");
    att_user(&att, 8, "1008");
    att_user(&att, 18, "1008"); /* the same badge */
    att_user(&att, 9, "1009");
    att_user(&att, 9, "1999"); /* another of the same number */
    att_user(&att, 10, NULL);
    att_user(&att, 12, "10;12");
    att_user(&att, 13, "1013");
    att_user(&att, 13, "1013"); /* the same twice */
    static const int numbers[] = {7, 8, 18, 9, 10, 11, 12, 13};
    for (size_t i = 0; i < HB_COUNT(numbers); i++) {
        att_punch(&att, numbers[i], ATT_MONDAY + (walltime)i * 60, ATT_SN, NULL, NULL);
    }
    struct vendor_summary summary = att_settled(&att);
    CHECK_INT("taken", 2, summary.fresh);
    CHECK_INT("7", 1, att_count(&att, "user_id = '1007'"));
    CHECK_INT("13", 1, att_count(&att, "user_id = '1013'"));
    CHECK_INT("aside", 6, summary.aside);
    CHECK_INT("no person", 1, summary.no_person);
    CHECK_INT("no person", 1, att_aside(&att, "no person with this USERID"));
    CHECK_INT("two with one badge", 2, att_aside(&att, "two persons with this number"));
    CHECK_INT("two of one number", 1, att_aside(&att, "two persons with this USERID"));
    CHECK_INT("no badge", 2, att_aside(&att, "no number that can be one"));
    /* It stays so, without being looked at in each round. */
    summary = att_round(&att);
    CHECK_INT("skipped", 0, summary.rows);
    /* He comes: his rows do, by themselves, and what was set aside is settled. */
    att_user(&att, 11, "1011");
    att_write(&att);
    summary = att_round(&att);
    CHECK_INT("not yet", 0, summary.fresh);
    summary = att_round(&att);
    CHECK_INT("he is there", 1, summary.fresh);
    CHECK_INT("11", 1, att_count(&att, "user_id = '1011'"));
    CHECK_INT("settled", 0, att_aside(&att, "no person with this USERID"));
    CHECK_INT("the others are not", 5, att_aside(&att, ""));
    CHECK_INT("each is one record", 6,
              query(att.outbox, "SELECT count(*) FROM rejected WHERE device_sn = 'access'"));
    att_end(&att);
}

/* As long as the persons are not at rest, nobody is missing for good. */
static void test_persons_who_are_on_their_way(void **state)
{
    (void)state;
    att_begin(&att);
    att_user(&att, 7, "1007");
    att_punch(&att, 7, ATT_MONDAY, ATT_SN, NULL, NULL);
    (void)att_settled(&att);
    att_punch(&att, 8, ATT_MONDAY + 60, ATT_SN, NULL, NULL);
    att_write(&att);
    (void)att_round(&att);
    att_user(&att, 8, "1008");
    att_write(&att);
    struct vendor_summary summary = att_round(&att);
    CHECK_INT("not yet", 0, summary.aside);
    CHECK_INT("both rows of the page", 2, summary.later);
    CHECK_INT("the page comes again", 1, summary.punches.again);
    summary = att_round(&att);
    CHECK_INT("he is there", 1, summary.fresh);
    CHECK_INT("nothing was set aside", 0, att_aside(&att, ""));
    att_end(&att);
}

/* A page of persons that was another for a moment, and is as it was. */
static void test_persons_who_came_back(void **state)
{
    (void)state;
    att_begin(&att);
    att_user(&att, 7, "1007");
    att_punch(&att, 7, ATT_MONDAY, ATT_SN, NULL, NULL);
    (void)att_settled(&att);
    uint8_t *page = build_page(&att.build, att.users.last);
    page[20]++;
    att_write(&att);
    (void)att_round(&att);
    page[20]--;
    att_punch(&att, 7, ATT_MONDAY + 60, ATT_SN, NULL, NULL);
    struct vendor_summary summary = att_settled(&att);
    CHECK_INT("still known", 1, summary.fresh);
    CHECK_INT("nobody is missing", 0, summary.aside);
    att_end(&att);
}

/* A badge that was changed gives old punches no second key, and nobody else's. */
static void test_a_badge_that_was_changed(void **state)
{
    (void)state;
    uint32_t page = 0;
    int row = 0;
    att_begin(&att);
    att_user(&att, 7, "1007");
    att_punch(&att, 7, ATT_MONDAY, ATT_SN, &page, &row);
    CHECK_INT("before", 1, att_settled(&att).fresh);
    /* 7 is another now. */
    build_delete(&att.build, att.users.last, 0);
    att_user(&att, 7, "2007");
    walltime change = att.moment.wall;
    att_punch(&att, 7, ATT_MONDAY + 60, ATT_SN, NULL, NULL); /* came late */
    struct vendor_summary summary = att_settled(&att);
    CHECK_INT("known", 1, summary.known);
    CHECK_INT("nobody can say", 1, summary.aside);
    CHECK_INT("nobody can say", 1, att_aside(&att, "was changed"));
    CHECK_INT("nothing new", 0, summary.fresh);
    /* Compact: all comes again. And one from after the change. */
    att_punch(&att, 7, change + 3600, ATT_SN, NULL, NULL);
    att.moment.wall += 7200;
    summary = att_settled(&att);
    CHECK_INT("the new one", 1, summary.fresh);
    CHECK_INT("of the new badge", 1, att_count(&att, "user_id = '2007'"));
    CHECK_INT("the old one", 1, att_count(&att, "user_id = '1007'"));
    CHECK_INT("still one record", 1, att_aside(&att, ""));
    /* Once more another; what is known of each badge stays so. */
    build_delete(&att.build, att.users.last, 1);
    att_user(&att, 7, "3007");
    (void)att_settled(&att);
    att_punch(&att, 7, att.moment.wall, ATT_SN, NULL, NULL); /* as it was changed */
    att_punch(&att, 7, att.moment.wall + 1, ATT_SN, NULL, NULL);
    summary = att_settled(&att);
    CHECK_INT("in between", 2, summary.aside);
    CHECK_INT("known of both", 2, summary.known);
    CHECK_INT("none twice", 3, att_count(&att, "1"));
    CHECK_INT("of the third", 1, att_count(&att, "user_id = '3007'"));
    /* Deleted: what is here is known all the same. */
    build_delete(&att.build, att.users.last, 2);
    att_punch(&att, 7, ATT_MONDAY + 120, ATT_SN, NULL, NULL);
    summary = att_settled(&att);
    CHECK_INT("known of all", 3, summary.known);
    CHECK_INT("no person: the new one, and those that were set aside", 3, summary.no_person);
    CHECK_INT("none twice", 3, att_count(&att, "1"));
    att_end(&att);
}

/* A PC whose clock was behind took them for times to come. The page has not changed since. */
static void test_a_clock_that_was_behind(void **state)
{
    (void)state;
    att_begin(&att);
    att_user(&att, 7, "1007");
    att_punch(&att, 7, ATT_MONDAY, ATT_SN, NULL, NULL);
    att_punch(&att, 7, ATT_MONDAY + 3 * 86400, ATT_SN, NULL, NULL); /* is one, ahead of any clock */
    att_punch(&att, 8, ATT_MONDAY + 60, ATT_SN, NULL, NULL);        /* and nobody yet */
    walltime right = att.moment.wall;
    att.moment.wall = right - 400 * 86400;
    struct vendor_summary summary = att_settled(&att);
    CHECK_INT("behind", 3, summary.aside);
    CHECK_INT("behind", 3, att_aside(&att, "in the future"));
    CHECK_INT("not looked at in each round", 0, att_round(&att).rows);
    att.moment.wall = right;
    summary = att_round(&att);
    CHECK_INT("right", 1, summary.fresh);
    CHECK_INT("right", 1, att_count(&att, "user_id = '1007'"));
    CHECK_INT("settled", 2, att_aside(&att, ""));
    CHECK_INT("none twice", 0, att_round(&att).rows);
    /* Who is missing on such a page does not wait for a day. */
    att_user(&att, 8, "1008");
    summary = att_settled(&att);
    CHECK_INT("he is there", 1, summary.fresh);
    CHECK_INT("the same day", 0, att_round(&att).rows);
    att.moment.wall += 86400 * 2;
    CHECK_INT("its day", 1, att_round(&att).fresh);
    CHECK_INT("nothing is set aside", 0, att_aside(&att, ""));
    CHECK_INT("and nothing waits", 0, att_round(&att).rows);
    att.moment.wall += 86400;
    CHECK_INT("for another", 0, att_round(&att).rows);
    att_end(&att);
}

/* What finds no room to be set aside comes again: nothing is let go. */
static void test_no_room_to_set_aside(void **state)
{
    (void)state;
    int64_t let_go = 0;
    att_begin(&att);
    att_user(&att, 7, "1007");
    att_punch(&att, 7, ATT_MONDAY, ATT_SN, NULL, NULL);
    att_punch(&att, 8, ATT_MONDAY + 60, ATT_SN, NULL, NULL);
    att_punch(&att, 9, ATT_MONDAY + 120, ATT_SN, NULL, NULL);
    DO(outbox_begin(att.outbox, &err));
    static char much[OUTBOX_SHARE - 200];
    memset(much, 'x', sizeof much);
    enum outbox_kept kept = OUTBOX_NO_ROOM;
    const struct outbox_rejection rejection = {.device_sn = OUTBOX_ACCESS_SN,
                                               .bytes = {much, sizeof much},
                                               .reason = "fills it",
                                               .file = OUTBOX_SOURCE_ACCESS};
    DO(outbox_reject(att.outbox, &rejection, 1, &kept, &err));
    DO(outbox_commit(att.outbox, &err));
    CHECK_INT("full", OUTBOX_SET_ASIDE, kept);
    struct vendor_summary summary = att_settled(&att);
    CHECK_INT("the good one", 1, summary.fresh);
    CHECK_INT("the others", 2, summary.later);
    CHECK_INT("find no room", 2, summary.no_room);
    CHECK_INT("the others", 1, summary.punches.again);
    summary = att_round(&att);
    CHECK_INT("still", 2, summary.later);
    CHECK_INT("still", 1, summary.known);
    DO(outbox_rejected_let_go(att.outbox, &let_go, &err));
    CHECK_INT("nothing is let go", 0, let_go);
    DO(outbox_begin(att.outbox, &err));
    size_t count = 0;
    const struct outbox_settling settling = {
        .sn = OUTBOX_ACCESS_SN, .from = INT64_MIN, .to = INT64_MAX, .reason = "looked at"};
    DO(outbox_settle_rejected(att.outbox, &settling, 2, &count, &err));
    DO(outbox_commit(att.outbox, &err));
    CHECK_INT("settled", 1, count);
    summary = att_round(&att);
    CHECK_INT("room", 2, summary.aside);
    CHECK_INT("room", 0, summary.no_room);
    CHECK_INT("and that is all", 0, att_round(&att).rows);
    att_end(&att);
}

/* ---- typed in ---- */

static void test_typed(void **state)
{
    (void)state;
    att_begin(&att);
    att_user(&att, 7, "1007");
    att_punch(&att, 7, ATT_MONDAY, NULL, NULL, NULL);
    att_punch(&att, 7, ATT_MONDAY + 60, NULL, NULL, NULL);
    att_punch(&att, 7, ATT_MONDAY + 120, ATT_SN, NULL, NULL);
    att_typed(&att, 7, ATT_MONDAY + 60, 1);
    att_typed(&att, 7, ATT_MONDAY, 0);       /* deleted or changed: not typed in */
    att_typed(&att, 7, ATT_MONDAY + 120, 1); /* but a terminal has it, too */
    struct vendor_summary summary = att_settled(&att);
    CHECK_INT("typed", 1, summary.typed);
    CHECK_INT("left out", 2, summary.fresh);
    CHECK_INT("not set aside", 0, summary.aside);
    att.config.include_typed = true;
    summary = att_round(&att);
    CHECK_INT("typed", 1, summary.typed);
    CHECK_INT("asked for", 1, summary.fresh);
    att_end(&att);
}

/* A catalog that lacks the table of them for a moment makes no punches of what was typed in. */
static void test_typed_and_a_catalog_in_the_making(void **state)
{
    (void)state;
    size_t at = 0;
    att_begin(&att);
    att_user(&att, 7, "1007");
    att_punch(&att, 7, ATT_MONDAY, NULL, NULL, NULL);
    att_punch(&att, 7, ATT_MONDAY + 60, ATT_SN, NULL, NULL);
    att_typed(&att, 7, ATT_MONDAY, 1);
    att_write(&att);
    while (memcmp(att.build.bytes + at, VENDOR_TYPED, strlen(VENDOR_TYPED)) != 0) {
        at++;
    }
    (void)att_round(&att);
    att.build.bytes[at] = 'X';
    att_write(&att);
    struct vendor_summary summary = att_round(&att);
    CHECK_INT("a terminal's", 1, summary.fresh);
    CHECK_INT("the other waits", 1, summary.later);
    att.build.bytes[at] = 'C';
    att_write(&att);
    summary = att_round(&att);
    CHECK_INT("typed in", 1, summary.typed);
    CHECK_INT("nothing new", 0, summary.fresh);
    CHECK_INT("one punch", 1, att_count(&att, "1"));
    /* Where there is no such table at all, nothing waits for it for ever. */
    att.build.bytes[at] = 'X';
    att_punch(&att, 7, ATT_MONDAY + 120, NULL, NULL, NULL);
    (void)att_settled(&att);
    CHECK_INT("the new one", 1, att_count(&att, "check_time = 1736121720"));
    att_end(&att);
}

/* What a damaged page of them marks is not known: what it may mark waits. */
static void test_typed_on_a_damaged_page(void **state)
{
    (void)state;
    att_begin(&att);
    att_user(&att, 7, "1007");
    att_punch(&att, 7, ATT_MONDAY, NULL, NULL, NULL);
    att_punch(&att, 7, ATT_MONDAY + 60, ATT_SN, NULL, NULL);
    att_typed(&att, 7, ATT_MONDAY, 1);
    uint8_t *page = build_page(&att.build, att.exact.last);
    uint8_t whole = page[15];
    page[15] = 0x1F;
    struct vendor_summary summary = att_settled(&att);
    CHECK_INT("damaged", 1, summary.typed_in.damaged);
    CHECK_INT("a terminal's", 1, summary.fresh);
    CHECK_INT("the other waits", 1, summary.later);
    CHECK_INT("in each round", 1, att_round(&att).later);
    page[15] = whole;
    summary = att_settled(&att);
    CHECK_INT("typed in", 1, summary.typed);
    CHECK_INT("one punch", 1, att_count(&att, "1"));
    att_end(&att);
}

/* ---- one punch once ---- */

static void test_beside_other_roads(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *sn;
        int64_t source; /* of the other road */
        bool skip_pushed;
    } roads[] = {
        {"the terminal itself", ATT_SN, 0, true},
        {"the terminal by another name", "CDQ0000000001", 0, true},
        {"a log", "LOGGED-3", 5, true},
        {"a log of the same terminal", ATT_SN, 5, true},
        {"the terminal by another name, twins wanted", "CDQ0000000001", 0, false},
    };
    for (size_t i = 0; i < HB_COUNT(roads) * 4; i++) {
        size_t road = i / 4;
        bool first = i % 2 == 0;
        bool pruned = i % 4 > 1;
        enum outbox_added added = OUTBOX_NEW;
        att_begin_with(&att, (struct outbox_options){.skip_pushed = roads[road].skip_pushed});
        struct punch punch = punch_of(roads[road].sn, "1007", ATT_MONDAY);
        att_user(&att, 7, "1007");
        att_punch(&att, 7, ATT_MONDAY, ATT_SN, NULL, NULL);
        for (int turn = 0; turn < 2; turn++) {
            if ((turn == 0) == first) {
                DO(outbox_begin(att.outbox, &err));
                DO(outbox_append(att.outbox, &punch, roads[road].source, 1, &added, &err));
                DO(outbox_commit(att.outbox, &err));
            } else {
                struct vendor_summary summary = att_settled(&att);
                CHECK_INT(roads[road].name, first ? 0 : 1, summary.fresh);
                CHECK_INT(roads[road].name, first ? 1 : 0, summary.known);
            }
            if (turn == 0 && pruned) {
                size_t count = 0;
                advance(att.outbox, 1);
                DO(outbox_begin(att.outbox, &err));
                DO(outbox_prune(att.outbox, INT64_MAX, 10, &count, &err));
                DO(outbox_commit(att.outbox, &err));
                CHECK_INT("pruned", 1, count);
            }
        }
        CHECK_INT(roads[road].name, first ? OUTBOX_NEW : OUTBOX_KNOWN, added);
        CHECK_INT(roads[road].name, pruned ? 0 : 1, att_count(&att, "1"));
        int64_t keys = 0;
        DO(outbox_delivered_keys(att.outbox, roads[road].sn, INT64_MAX, &keys, &err));
        CHECK_INT("delivered by the terminal", roads[road].source == 0, keys);
        att_end(&att);
    }
}

static void test_before_a_day(void **state)
{
    (void)state;
    att_begin_with(
        &att, (struct outbox_options){.has_ignore_before = true, .ignore_before = ATT_MONDAY + 60});
    att_user(&att, 7, "1007");
    att_punch(&att, 7, ATT_MONDAY, ATT_SN, NULL, NULL);
    att_punch(&att, 7, ATT_MONDAY + 60, ATT_SN, NULL, NULL);
    struct vendor_summary summary = att_settled(&att);
    CHECK_INT("ignored", 1, summary.ignored);
    CHECK_INT("taken", 1, summary.fresh);
    att_end(&att);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_punches_come_once),
        cmocka_unit_test(test_the_database_hands_them_up),
        cmocka_unit_test(test_compact),
        cmocka_unit_test(test_own_badges),
        cmocka_unit_test(test_terminals),
        cmocka_unit_test(test_persons_who_are_not_there),
        cmocka_unit_test(test_persons_who_are_on_their_way),
        cmocka_unit_test(test_persons_who_came_back),
        cmocka_unit_test(test_a_badge_that_was_changed),
        cmocka_unit_test(test_a_clock_that_was_behind),
        cmocka_unit_test(test_no_room_to_set_aside),
        cmocka_unit_test(test_typed),
        cmocka_unit_test(test_typed_and_a_catalog_in_the_making),
        cmocka_unit_test(test_typed_on_a_damaged_page),
        cmocka_unit_test(test_beside_other_roads),
        cmocka_unit_test(test_before_a_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
