#include "outbox/outbox_feed.h"
#include "outbox/outbox_rejected.h"
#include "outbox_punches.h"

static struct outbox *outbox;

/* Three lines not understood, three punches, two of them refused. */
static int begin(void **state)
{
    (void)state;
    static const char *const users[] = {"1", "2", "3"};
    outbox = new_outbox();
    DO(outbox_begin(outbox, &err));
    DO(outbox_reject_line(outbox, "SN1", SPAN("first"), "no time", 100, &err));
    DO(outbox_reject_line(outbox, "SN2", SPAN("second \xE0\xB8\x81"), "no user", 101, &err));
    DO(outbox_reject_line(outbox, "SN3", SPAN(""), "empty", 102, &err));
    for (size_t i = 0; i < HB_COUNT(users); i++) {
        enum outbox_added added;
        struct punch punch = {.time = 5000 + (walltime)i,
                              .status = 1,
                              .verify = 15,
                              .raw = SPAN("raw"),
                              .device_sn = "SN1"};
        snprintf(punch.user_id, sizeof punch.user_id, "%s", users[i]);
        DO(outbox_append(outbox, &punch, 0, 200, &added, &err));
    }
    DO(outbox_refuse(outbox, 1, 1406, "too long", 300, &err));
    DO(outbox_refuse(outbox, 3, 1264, "out of range", 301, &err));
    DO(outbox_commit(outbox, &err));
    return 0;
}

static int end(void **state)
{
    (void)state;
    return drop_outbox(outbox);
}

struct seen {
    char text[512];
    size_t count;
    size_t stop_after; /* 0: never */
};

static bool see(struct seen *seen, const char *text)
{
    size_t used = strlen(seen->text);
    snprintf(seen->text + used, sizeof seen->text - used, "%s;", text);
    return ++seen->count != seen->stop_after;
}

static bool see_rejected(void *context, const struct outbox_rejected *rejected)
{
    char text[128];
    snprintf(text, sizeof text, "%s|%.*s|%s|%d", rejected->device_sn, (int)rejected->bytes.len,
             rejected->bytes.at, rejected->reason, (int)rejected->rejected_s);
    return see(context, text);
}

static bool see_refused(void *context, const struct outbox_refused *refused)
{
    char text[128];
    const struct punch *punch = &refused->row.punch;
    snprintf(text, sizeof text, "%d|%s|%s|%d|%d|%d|%.*s|%ld|%s|%d", (int)refused->row.id,
             punch->device_sn, punch->user_id, (int)punch->time, (int)punch->status,
             (int)punch->verify, (int)punch->raw.len, punch->raw.at, refused->code, refused->reason,
             (int)refused->refused_s);
    return see(context, text);
}

static const struct {
    const char *input;
    size_t limit, stop_after;
    const char *rejected;
    const char *refused;
} cases[] = {
    {"all, newest first", SIZE_MAX, 0,
     "SN3||empty|102;SN2|second \xE0\xB8\x81|no user|101;SN1|first|no time|100;",
     "3|SN1|3|5002|1|15|raw|1264|out of range|301;1|SN1|1|5000|1|15|raw|1406|too long|300;"},
    {"a limit", 1, 0, "SN3||empty|102;", "3|SN1|3|5002|1|15|raw|1264|out of range|301;"},
    {"the visitor ends it", SIZE_MAX, 1, "SN3||empty|102;",
     "3|SN1|3|5002|1|15|raw|1264|out of range|301;"},
    {"none wanted", 0, 0, "", ""},
};

static void both_lists_are_shown(void **state)
{
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct seen rejected = {.stop_after = cases[i].stop_after};
        struct seen refused = {.stop_after = cases[i].stop_after};
        DO(outbox_each_rejected(outbox, cases[i].limit, false, see_rejected, &rejected, &err));
        DO(outbox_each_refused(outbox, cases[i].limit, see_refused, &refused, &err));
        CHECK_TEXT(cases[i].input, cases[i].rejected, rejected.text);
        CHECK_TEXT(cases[i].input, cases[i].refused, refused.text);
    }
}

static void a_connection_for_reading_will_do(void **state)
{
    (void)state;
    struct seen rejected = {.stop_after = 0};
    struct outbox *reader = outbox_open_readonly(scratch_path("outbox.db"), &err);
    assert_non_null(reader);
    DO(outbox_each_rejected(reader, 10, false, see_rejected, &rejected, &err));
    outbox_close(reader);
    CHECK_INT("seen", 3, rejected.count);
}

/* The records that the database of a test has, newest first, with what is asked of them. */
static bool see_more(void *context, const struct outbox_rejected *rejected)
{
    char text[256];
    snprintf(text, sizeof text, "%.*s|%s|%.*s|%s|%d|%d-%d|%d|%s", (int)rejected->bytes.len,
             rejected->bytes.at, rejected->method, (int)rejected->query.len, rejected->query.at,
             rejected->content_type, (int)rejected->times, (int)rejected->rejected_s,
             (int)rejected->last_s, (int)rejected->time, rejected->settled_why);
    return see(context, text);
}

static void check_more(const char *input, bool settled, const char *expected)
{
    struct seen seen = {.stop_after = 0};
    DO(outbox_each_rejected(outbox, 3, settled, see_more, &seen, &err));
    CHECK_TEXT(input, expected, seen.text);
}

static enum outbox_kept reject(struct outbox_rejection rejection, int64_t now_s)
{
    enum outbox_kept kept = OUTBOX_NO_ROOM;
    DO(outbox_begin(outbox, &err));
    DO(outbox_reject(outbox, &rejection, now_s, &kept, &err));
    DO(outbox_commit(outbox, &err));
    return kept;
}

static void what_is_needed_to_read_it_again_is_kept(void **state)
{
    (void)state;
    struct outbox_rejection one = {.device_sn = "SN9",
                                   .bytes = SPAN("a\x01z\xFF"),
                                   .reason = "why",
                                   .method = "POST",
                                   .query = SPAN("table=ATTLOG"),
                                   .content_type = "text/plain",
                                   .time = 77,
                                   .user = "7"};
    CHECK_INT("new", OUTBOX_SET_ASIDE, reject(one, 500));
    CHECK_INT("the same", OUTBOX_ASIDE_AGAIN, reject(one, 600));
    one.bytes = SPAN("a\x01z\xFE");
    CHECK_INT("others", OUTBOX_SET_ASIDE, reject(one, 601));
    one.query = SPAN("table=OPERLOG");
    CHECK_INT("asked otherwise", OUTBOX_SET_ASIDE, reject(one, 602));
    check_more("as it came", false,
               "a\x01z\xFE|POST|table=OPERLOG|text/plain|1|602-602|77|;"
               "a\x01z\xFE|POST|table=ATTLOG|text/plain|1|601-601|77|;"
               "a\x01z\xFF|POST|table=ATTLOG|text/plain|2|500-600|77|;");
}

/* What a stranger said in a terminal's name becomes one of its records when it says the same. */
static void anothers_word_is_a_record_once_it_is_its_own(void **state)
{
    (void)state;
    struct outbox_rejection words[] = {
        {.device_sn = "SN8", .bytes = SPAN("unreadable"), .reason = "why"},
        {.device_sn = "SN8", .bytes = SPAN("a row"), .reason = "why", .time = 78, .user = "8"},
    };
    for (size_t i = 0; i < HB_COUNT(words); i++) {
        static const bool others[] = {true, true, false, false, true};
        for (size_t k = 0; k < HB_COUNT(others); k++) {
            int64_t keys = -1;
            words[i].no_record = others[k];
            CHECK_INT(words[i].bytes.at, k == 0 ? OUTBOX_SET_ASIDE : OUTBOX_ASIDE_AGAIN,
                      reject(words[i], 500));
            DO(outbox_delivered_keys(outbox, "SN8", INT64_MAX, &keys, &err));
            CHECK_INT(words[i].bytes.at, i + (k >= 2), keys);
        }
    }
}

static size_t settle(struct outbox_settling settling, int64_t now_s)
{
    size_t count = 0;
    DO(outbox_begin(outbox, &err));
    DO(outbox_settle_rejected(outbox, &settling, now_s, &count, &err));
    DO(outbox_commit(outbox, &err));
    return count;
}

static bool held(void *context, const char *sn, walltime from)
{
    char text[64];
    snprintf(text, sizeof text, "%s %d", sn, (int)from);
    return see(context, text);
}

static void check_held(const char *input, const char *expected)
{
    struct seen seen = {.stop_after = 0};
    DO(outbox_each_held_back(outbox, held, &seen, &err));
    CHECK_TEXT(input, expected, seen.text);
}

static void what_is_settled_holds_nothing_back(void **state)
{
    (void)state;
    /* Of begin(): three punches wait, two of them refused; three lines came at 100, 101 and 102. */
    check_held("all", "SN1 0;SN2 0;SN3 0;");
    CHECK_INT("of another time", 0,
              settle((struct outbox_settling){.from = 0, .to = 100, .reason = "looked"}, 900));
    CHECK_INT(
        "of a terminal", 1,
        settle((struct outbox_settling){.sn = "SN2", .to = INT64_MAX, .reason = "a test"}, 901));
    CHECK_INT(
        "only once", 0,
        settle((struct outbox_settling){.sn = "SN2", .to = INT64_MAX, .reason = "again"}, 902));
    check_held("the others", "SN1 0;SN3 0;");
    CHECK_INT("by id", 1, settle((struct outbox_settling){.id = 1, .reason = "no punch"}, 903));
    CHECK_INT("no such", 0, settle((struct outbox_settling){.id = 99, .reason = "no punch"}, 903));
    check_held("punches", "SN1 5000;SN3 0;");
    CHECK_INT("not counted", 1, counts_of(outbox).rejected_lines);
    check_more("shown", false, "||||1|102-102|0|;");
    check_more("shown on demand", true,
               "||||1|102-102|0|;second \xE0\xB8\x81||||1|101-101|0|a test;"
               "first||||1|100-100|0|no punch;");
    DO(outbox_begin(outbox, &err));
    DO(outbox_prune_settled(outbox, 902, &err));
    DO(outbox_commit(outbox, &err));
    check_more("forgotten", true, "||||1|102-102|0|;first||||1|100-100|0|no punch;");
}

/* What finds no room is told; nothing that is kept goes for it. */
static void each_has_its_share(void **state)
{
    enum { BYTES = 64 << 10 };
    static char bytes[BYTES];
    static const struct {
        const char *input;
        bool stranger;
        int64_t share;
    } shares[] = {{"a listed terminal", false, OUTBOX_SHARE},
                  {"strangers", true, OUTBOX_SHARE_STRANGERS}};
    int64_t let_go = 0;
    (void)state;
    for (size_t i = 0; i < HB_COUNT(shares); i++) {
        struct outbox_rejection one = {.device_sn = "T1",
                                       .bytes = {bytes, sizeof bytes},
                                       .reason = "why",
                                       .stranger = shares[i].stranger};
        int64_t kept = 0;
        while (snprintf(bytes, sizeof bytes, "%zu %lld", i, (long long)kept),
               reject(one, 700) == OUTBOX_SET_ASIDE) {
            kept++;
            one.device_sn = shares[i].stranger && kept % 2 == 0 ? "T2" : "T1";
        }
        CHECK_INT(shares[i].input, shares[i].share / BYTES - 1, kept);
        DO(outbox_rejected_let_go(outbox, &let_go, &err));
        CHECK_INT(shares[i].input, (int64_t)i + 1, let_go);
        snprintf(bytes, sizeof bytes, "%zu 0", i);
        one.device_sn = "T1";
        CHECK_INT("one that is there", OUTBOX_ASIDE_AGAIN, reject(one, 701));
        one.device_sn = "T3";
        CHECK_INT(shares[i].input, shares[i].stranger ? OUTBOX_NO_ROOM : OUTBOX_SET_ASIDE,
                  reject(one, 702));
    }
    assert_true(settle((struct outbox_settling){.sn = "T1", .to = INT64_MAX, .reason = "x"}, 800) >
                14);
    struct outbox_rejection one = {.device_sn = "T1", .bytes = SPAN("room"), .reason = "why"};
    CHECK_INT("what is settled makes room", OUTBOX_SET_ASIDE, reject(one, 801));
}

/* Steps of SQLite's machine since they were last asked for. */
static int64_t steps(void)
{
    int64_t sum = 0;
    for (size_t i = 0; i < SQL_COUNT; i++) {
        if (outbox->statements[i] != NULL) {
            sum += sqlite3_stmt_status(outbox->statements[i], SQLITE_STMTSTATUS_VM_STEP, 1);
        }
    }
    return sum;
}

/* A vendor's database with years of rows that are not certain, or a hostile terminal, brings as
 * many as there is room for. */
static void the_last_costs_no_more_than_the_first(void **state)
{
    enum { FIRST = 100, LAST = 6000 };
    static const struct {
        const char *input;
        const char *format;
        int64_t file;
        bool stranger;
    } kinds[] = {
        {"a terminal's lines", "%06d\t2026-01-06 07:00:00\t0\t1", 0, false},
        {"a stranger's", "%06d\t2026-01-06 07:00:00\t0\t1", 0, true},
        {"lines of a log", "%06d 06/01/2026 07:00:00", 7, false},
        {"lines of the vendor's database",
         "USERID=9 CHECKTIME=2026-01-07 00:00:00 CHECKTYPE=I VERIFYCODE=1 SENSORID=1 %06d",
         OUTBOX_SOURCE_ACCESS, false},
        {"bodies that differ late",
         "{\"fk_name\":\"Test\",\"fk_time\":\"20260106070000\",\"fk_info\":{\"supported_enroll_"
         "data\":"
         "[\"FP\",\"FACE\",\"PASSWORD\",\"CARD\"]},\"user_id\":\"%06d\"}",
         0, false},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(kinds); i++) {
        char sn[8];
        char line[256];
        int64_t first = 0;
        struct outbox_rejection one = {.device_sn = sn,
                                       .reason = "why",
                                       .file = kinds[i].file,
                                       .stranger = kinds[i].stranger,
                                       .wall = 5000};
        snprintf(sn, sizeof sn, "K%zu", i);
        DO(outbox_begin(outbox, &err));
        for (int n = 0; n < LAST; n++) {
            enum outbox_kept kept;
            int length = snprintf(line, sizeof line, kinds[i].format, n);
            one.bytes = (struct span){line, (size_t)length};
            (void)steps();
            DO(outbox_reject(outbox, &one, 700, &kept, &err));
            DO(outbox_vendor_settle(outbox, SPAN("read"), "why", 700, &err));
            int64_t now = steps();
            if (kept != OUTBOX_SET_ASIDE) {
                assert_true(kinds[i].stranger && n > 10 * FIRST); /* whose share is full sooner */
                break;
            }
            first = n == FIRST ? now : first;
            if (n > FIRST && now > 2 * first) {
                fail_msg("%s: %lld steps for number %d, %lld for number %d", kinds[i].input,
                         (long long)now, n, (long long)first, FIRST);
            }
        }
        DO(outbox_commit(outbox, &err));
    }
}

static int64_t number(const char *sql)
{
    sqlite3_stmt *statement = NULL;
    assert_int_equal(SQLITE_OK, sqlite3_prepare_v2(outbox->db, sql, -1, &statement, NULL));
    assert_int_equal(SQLITE_ROW, sqlite3_step(statement));
    int64_t value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return value;
}

static unsigned below(unsigned bound)
{
    static uint64_t chance = 20261130;
    chance = chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(chance >> 33) % bound;
}

/* Whoever writes: what the shares say is what lies there. */
static void a_share_is_what_lies_there(void **state)
{
    static const char differs[] =
        "SELECT count(*) FROM (SELECT stranger, iif(stranger, '', device_sn) AS owner,"
        " iif(stranger, 0, min(file, 1)) AS kind, sum(length(line) + length(query) + 200) AS used"
        " FROM rejected WHERE settled_s = 0 GROUP BY 1, 2, 3) AS there FULL JOIN rejected_share"
        " AS said ON said.stranger = there.stranger AND said.device_sn = owner AND file = kind"
        " WHERE coalesce(used, 0) <> coalesce(bytes, 0)";
    static const char *const does[] = {
        "DELETE FROM rejected WHERE id % 5 = 1",
        "UPDATE rejected SET line = x'', query = 'longer than before' WHERE id % 3 = 1",
        "UPDATE rejected SET file = 4 WHERE file > 0",
        "UPDATE rejected SET stranger = 1 - stranger WHERE id % 4 = 1",
        "UPDATE rejected SET device_sn = 'T1' WHERE id % 7 = 1",
        "UPDATE rejected SET settled_s = 0 WHERE id % 2 = 1",
        "DELETE FROM rejected WHERE settled_s > 0",
    };
    (void)state;
    for (int round = 0; round < 400; round++) {
        char sn[8];
        char line[64];
        snprintf(sn, sizeof sn, "T%u", below(3));
        int length = snprintf(line, sizeof line, "%0*d", (int)below(40), (int)below(100));
        struct outbox_rejection one = {.device_sn = sn,
                                       .bytes = {line, (size_t)length},
                                       .reason = "why",
                                       .file = (int64_t)below(4) - 1,
                                       .stranger = below(4) == 0};
        (void)reject(one, 700 + round);
        if (round % 9 == 8) {
            (void)settle((struct outbox_settling){.id = below((unsigned)round), .reason = "x"},
                         800);
        }
        if (round % 10 == 9) {
            assert_int_equal(
                SQLITE_OK, sqlite3_exec(outbox->db, does[below(HB_COUNT(does))], NULL, NULL, NULL));
        }
        CHECK_INT("differs", 0, number(differs));
    }
    assert_true(number("SELECT count(*) FROM rejected_share WHERE bytes > 0") > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(both_lists_are_shown, begin, end),
        cmocka_unit_test_setup_teardown(a_connection_for_reading_will_do, begin, end),
        cmocka_unit_test_setup_teardown(what_is_needed_to_read_it_again_is_kept, begin, end),
        cmocka_unit_test_setup_teardown(anothers_word_is_a_record_once_it_is_its_own, begin, end),
        cmocka_unit_test_setup_teardown(what_is_settled_holds_nothing_back, begin, end),
        cmocka_unit_test_setup_teardown(each_has_its_share, begin, end),
        cmocka_unit_test_setup_teardown(the_last_costs_no_more_than_the_first, begin, end),
        cmocka_unit_test_setup_teardown(a_share_is_what_lies_there, begin, end),
    };
    return cmocka_run_group_tests_name("outbox_rejected", tests, NULL, NULL);
}
