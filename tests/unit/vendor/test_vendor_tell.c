/* What is told of rounds over the vendor's database, and what is kept of them. */
#include "outbox/outbox_event.h"
#include "outbox/outbox_vendor.h"
#include "scratch_outbox.h"
#include "vendor/vendor_tell.h"

#define FILE_PATH "D:\\db\\att2000.mdb"

enum { EVERY_S = 30, UNIX = 1700000000, NEW_YEAR = 1735689600 };

/* "311 D:\db\att2000.mdb|it is in use\n" of each since the last look. */
static char told[4000];

static void report(void *context, enum event_id id, size_t count, const char *const *strings)
{
    size_t len = strlen(told);
    (void)context;
    len += (size_t)snprintf(told + len, sizeof told - len, "%d ", (int)id);
    for (size_t i = 0; i < count; i++) {
        len +=
            (size_t)snprintf(told + len, sizeof told - len, "%s%s", i > 0 ? "|" : "", strings[i]);
    }
    snprintf(told + len, sizeof told - len, "\n");
}

static const struct event_sink events = {report, NULL};

struct desk {
    struct outbox *outbox;
    struct vendor_tell tell;
    int64_t now_s; /* steady */
};

static void sit_down(struct desk *desk)
{
    told[0] = '\0';
    desk->outbox = new_outbox();
    desk->now_s = 5000;
    DO(vendor_tell_begin(&desk->tell, &events, FILE_PATH, EVERY_S, desk->outbox, &err));
}

/* A round ends, so long after the one before; what it had told must be that. */
static void round_of(struct desk *desk, const char *name, const struct vendor_summary *summary,
                     int64_t later_s, const char *expected)
{
    desk->now_s += later_s;
    told[0] = '\0';
    vendor_tell(&desk->tell, desk->outbox, summary, UNIX + desk->now_s, desk->now_s);
    if (strcmp(told, expected) != 0) {
        fail_msg("%s: expected\n%sgot\n%s", name, expected, told);
    }
}

static struct vendor_summary failed(enum vendor_state state, enum error_kind kind, const char *why)
{
    struct vendor_summary summary = {.state = state};
    error_set(&summary.why, kind, 0, "%s", why);
    return summary;
}

static const struct vendor_summary well = {.state = VENDOR_READ};

#define UNREADABLE(why) "311 " FILE_PATH "|" why "\n"
#define REFUSED(why) "312 " FILE_PATH "|" why "\n"
#define BACK "315 " FILE_PATH "\n"

/* Each row: rounds one after the other. */
static void a_file_that_cannot_be_had_is_told_of_when_it_lasts(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct {
            enum vendor_state state;
            enum error_kind kind;
            int64_t later_s;
            const char *told;
        } rounds[8];
    } cases[] = {
        {"never there",
         {{VENDOR_LATER, ERR_NOT_FOUND, 0, UNREADABLE("w")},
          {VENDOR_LATER, ERR_NOT_FOUND, 30, ""},
          {VENDOR_LATER, ERR_NOT_FOUND, 3600, UNREADABLE("w")},
          {VENDOR_READ, 0, 30, BACK},
          {VENDOR_READ, 0, 30, ""}}},
        {"in use from the beginning",
         {{VENDOR_LATER, ERR_BUSY, 0, ""},
          {VENDOR_LATER, ERR_BUSY, 30, ""},
          {VENDOR_LATER, ERR_BUSY, 30, UNREADABLE("w")},
          {VENDOR_READ, 0, 30, BACK}}},
        {"a compact takes it away for a moment",
         {{VENDOR_READ, 0, 0, ""},
          {VENDOR_LATER, ERR_NOT_FOUND, 30, ""},
          {VENDOR_LATER, ERR_BUSY, 30, ""},
          {VENDOR_READ, 0, 30, ""}}},
        {"twice a moment is not long",
         {{VENDOR_READ, 0, 0, ""},
          {VENDOR_LATER, ERR_DENIED, 30, ""},
          {VENDOR_READ, 0, 50, ""},
          {VENDOR_LATER, ERR_DENIED, 50, ""}}},
        {"denied after a compact",
         {{VENDOR_READ, 0, 0, ""},
          {VENDOR_LATER, ERR_DENIED, 30, ""},
          {VENDOR_LATER, ERR_DENIED, 60, UNREADABLE("w")},
          {VENDOR_READ, 0, 30, BACK}}},
        {"never one that can be read",
         {{VENDOR_REFUSED, ERR_INVALID, 0, REFUSED("w")},
          {VENDOR_REFUSED, ERR_INVALID, 30, ""},
          {VENDOR_REFUSED, ERR_INVALID, 3600, REFUSED("w")}}},
        {"half a copy is in its place for a moment",
         {{VENDOR_READ, 0, 0, ""},
          {VENDOR_REFUSED, ERR_INVALID, 30, ""},
          {VENDOR_READ, 0, 30, ""}}},
        {"gone, and another in its place",
         {{VENDOR_LATER, ERR_NOT_FOUND, 0, UNREADABLE("w")},
          {VENDOR_REFUSED, ERR_INVALID, 30, REFUSED("w")},
          {VENDOR_READ, 0, 30, BACK}}},
        {"told to stop says nothing",
         {{VENDOR_READ, 0, 0, ""},
          {VENDOR_STOPPED, ERR_STOPPED, 900, ""},
          {VENDOR_READ, 0, 900, ""}}},
        {"disk full",
         {{VENDOR_READ, 0, 0, ""},
          {VENDOR_FAILED, ERR_FULL, 30, "211 w\n"},
          {VENDOR_FAILED, ERR_FULL, 30, ""},
          {VENDOR_READ, 0, 30, "212 2\n"}}},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct desk desk;
        sit_down(&desk);
        for (size_t n = 0; n < HB_COUNT(cases[i].rounds) && cases[i].rounds[n].told != NULL; n++) {
            const struct vendor_summary summary =
                failed(cases[i].rounds[n].state, cases[i].rounds[n].kind, "w");
            round_of(&desk, cases[i].name, &summary, cases[i].rounds[n].later_s,
                     cases[i].rounds[n].told);
        }
        drop_outbox(desk.outbox);
    }
}

/* What the status says of the first is over when it is the second. */
static bool take_over(void *context, const struct outbox_event *event)
{
    *(bool *)context = event->over;
    return true;
}

static void one_trouble_is_over_when_it_is_another(void **state)
{
    (void)state;
    struct desk desk;
    bool over = false;
    const struct outbox_event gone = {
        .event = EVENT_ACCESS_UNREADABLE, .about = FILE_PATH, .last_s = UNIX};
    const struct vendor_summary away = failed(VENDOR_LATER, ERR_NOT_FOUND, "w");
    const struct vendor_summary other = failed(VENDOR_REFUSED, ERR_INVALID, "x");
    sit_down(&desk);
    round_of(&desk, "gone", &away, 0, UNREADABLE("w"));
    DO(outbox_event_told(desk.outbox, &gone, &err)); /* as the watch does */
    round_of(&desk, "another", &other, 30, REFUSED("x"));
    DO(outbox_each_event(desk.outbox, EVENT_ACCESS_UNREADABLE, take_over, &over, &err));
    assert_true(over);
    drop_outbox(desk.outbox);
}

static struct vendor_summary with_pages(uint32_t restless, uint32_t longest, uint32_t damaged)
{
    struct vendor_summary summary = {.state = VENDOR_READ};
    summary.punches = (struct vendor_pages){
        .pages = 9, .waiting = restless, .restless = restless, .longest = longest};
    summary.persons.damaged = damaged;
    return summary;
}

#define HELD(restless, damaged) "314 " FILE_PATH "|" restless "|" damaged "\n"

static void a_page_that_never_rests_is_told_of(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct {
            uint32_t restless, longest, damaged;
            int64_t later_s;
            const char *told;
        } rounds[8];
    } cases[] = {
        {"one for ten minutes",
         {{1, 19, 0, 30, ""},
          {2, 20, 0, 30, HELD("2", "0")},
          {1, 21, 0, 30, ""},
          {0, 0, 0, 30, BACK}}},
        {"one after the other, as they fill",
         {{1, 3, 0, 300, ""}, {1, 4, 0, 300, ""}, {1, 3, 0, 300, ""}, {1, 9, 0, 300, ""}}},
        {"hourly while it lasts",
         {{1, 20, 0, 30, HELD("1", "0")}, {1, 60, 0, 3000, ""}, {1, 90, 0, 600, HELD("1", "0")}}},
        {"damaged for ten minutes",
         {{0, 0, 1, 30, ""},
          {0, 0, 1, 599, ""},
          {0, 0, 2, 1, HELD("0", "2")},
          {0, 0, 0, 30, BACK}}},
        {"damaged, mended, damaged",
         {{0, 0, 1, 30, ""}, {0, 0, 0, 500, ""}, {0, 0, 1, 30, ""}, {0, 0, 1, 500, ""}}},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct desk desk;
        sit_down(&desk);
        for (size_t n = 0; n < HB_COUNT(cases[i].rounds) && cases[i].rounds[n].told != NULL; n++) {
            const struct vendor_summary summary =
                with_pages(cases[i].rounds[n].restless, cases[i].rounds[n].longest,
                           cases[i].rounds[n].damaged);
            round_of(&desk, cases[i].name, &summary, cases[i].rounds[n].later_s,
                     cases[i].rounds[n].told);
        }
        drop_outbox(desk.outbox);
    }
}

/* That the file is back ends what was told of its pages: so that is told anew. */
static void pages_are_told_of_again_when_the_file_is_back(void **state)
{
    (void)state;
    struct desk desk;
    const struct vendor_summary away = failed(VENDOR_LATER, ERR_BUSY, "w");
    const struct vendor_summary held = with_pages(1, 20, 0);
    sit_down(&desk);
    round_of(&desk, "held", &held, 0, HELD("1", "0"));
    round_of(&desk, "away", &away, 30, "");
    round_of(&desk, "away for long", &away, 60, UNREADABLE("w"));
    round_of(&desk, "back", &held, 30, BACK HELD("1", "0"));
    drop_outbox(desk.outbox);
}

static void rows_set_aside_are_told_of_hourly(void **state)
{
    (void)state;
    struct desk desk;
    struct vendor_summary some = {.state = VENDOR_READ, .aside = 9, .aside_new = 3};
    sit_down(&desk);
    round_of(&desk, "the first", &some, 0, "313 " FILE_PATH "|3\n");
    round_of(&desk, "more", &some, 30, "");
    some.aside_new = 0;
    round_of(&desk, "none new", &some, 3569, "");
    round_of(&desk, "an hour later", &some, 1, "313 " FILE_PATH "|3\n");
    round_of(&desk, "nothing", &some, 7200, "");
    drop_outbox(desk.outbox);
}

static bool is_over(void *context, const struct outbox_event *told_of)
{
    bool *over = context;
    *over = told_of->over;
    return true;
}

/* Rows that find no room to be set aside wait where they are: that is told while it is so. */
static void no_room_to_set_aside_is_told_of(void **state)
{
    (void)state;
#define NO_ROOM(count) "316 " FILE_PATH "|" count "\n"
    static const struct {
        const char *name;
        enum vendor_state state;
        enum error_kind why;
        uint64_t no_room;
        int64_t later_s;
        const char *told;
        bool over;
    } rounds[] = {
        {"room", VENDOR_READ, 0, 0, 0, "", false},
        {"none", VENDOR_READ, 0, 5, 30, NO_ROOM("5"), false},
        {"none still", VENDOR_READ, 0, 6, 3599, "", false},
        {"for an hour", VENDOR_READ, 0, 6, 1, NO_ROOM("6"), false},
        {"who did not get so far knows nothing", VENDOR_STOPPED, ERR_STOPPED, 0, 30, "", false},
        {"nor who had no file", VENDOR_LATER, ERR_BUSY, 0, 30, "", false},
        {"room again", VENDOR_READ, 0, 0, 30, "", true},
        {"none, and told to stop", VENDOR_STOPPED, ERR_STOPPED, 1, 30, NO_ROOM("1"), true},
    };
#undef NO_ROOM
    struct desk desk;
    const struct outbox_event noted = {
        .event = EVENT_ACCESS_NO_ROOM, .about = FILE_PATH, .last_s = UNIX};
    sit_down(&desk);
    DO(outbox_event_told(desk.outbox, &noted, &err)); /* which the service does when it tells */
    for (size_t i = 0; i < HB_COUNT(rounds); i++) {
        struct vendor_summary summary = failed(rounds[i].state, rounds[i].why, "w");
        bool over = false;
        summary.no_room = rounds[i].no_room;
        round_of(&desk, rounds[i].name, &summary, rounds[i].later_s, rounds[i].told);
        DO(outbox_each_event(desk.outbox, EVENT_ACCESS_NO_ROOM, is_over, &over, &err));
        CHECK_INT(rounds[i].name, rounds[i].over, over);
    }
    drop_outbox(desk.outbox);
}

/* What a round stored before it was told to stop, or to wait for room, counts. */
static void a_round_that_ends_early_is_counted(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum error_kind kind;
        enum outbox_reading_state state;
        const char *why;
    } cases[] = {
        {"told to stop", ERR_STOPPED, OUTBOX_READING_WELL, ""},
        {"no room", ERR_FULL, OUTBOX_READING_LATER, "w"},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct desk desk;
        struct outbox_reading reading;
        struct vendor_summary early = failed(VENDOR_STOPPED, cases[i].kind, "w");
        early.rows = 10;
        early.fresh = 6;
        early.known = 3;
        early.aside_new = 1;
        early.first = early.last = NEW_YEAR;
        sit_down(&desk);
        round_of(&desk, cases[i].name, &well, 0, "");
        round_of(&desk, cases[i].name, &early, 30, "313 " FILE_PATH "|1\n");
        DO(outbox_reading(desk.outbox, FILE_PATH, &reading, &err));
        CHECK_INT(cases[i].name, cases[i].state, reading.state);
        CHECK_TEXT(cases[i].name, cases[i].why, reading.why);
        CHECK_INT(cases[i].name, 10, reading.rows);
        CHECK_INT(cases[i].name, 6, reading.fresh);
        CHECK_INT(cases[i].name, 3, reading.known);
        CHECK_INT(cases[i].name, 1, reading.aside);
        CHECK_INT(cases[i].name, NEW_YEAR, reading.last);
        round_of(&desk, cases[i].name, &well, 30, "");
        round_of(&desk, cases[i].name, &well, 30,
                 "310 " FILE_PATH "|10|6|3|1|0|2025-01-01 00:00:00|2025-01-01 00:00:00\n");
        drop_outbox(desk.outbox);
    }
}

static void a_summary_comes_first_and_then_daily(void **state)
{
    (void)state;
    struct desk desk;
    struct vendor_summary some = {.state = VENDOR_READ,
                                  .rows = 100,
                                  .fresh = 90,
                                  .known = 9,
                                  .first = NEW_YEAR,
                                  .last = NEW_YEAR + 60};
    sit_down(&desk);
    DO(outbox_begin(desk.outbox, &err));
    DO(outbox_typed_save(desk.outbox, 7, NEW_YEAR, &err));
    DO(outbox_typed_save(desk.outbox, 7, NEW_YEAR + 1, &err));
    DO(outbox_commit(desk.outbox, &err));
    round_of(&desk, "seen once", &well, 0, "");
    round_of(&desk, "taken", &some, 30, "");
    some.first -= 60;
    round_of(&desk, "the rest", &some, 30,
             "310 " FILE_PATH "|200|180|18|0|2|2024-12-31 23:59:00|2025-01-01 00:01:00\n");
    some.last += 60;
    some.first = some.last;
    round_of(&desk, "one more", &some, 3600, "");
    round_of(&desk, "nothing new", &well, 82799, "");
    round_of(&desk, "a day later", &well, 1,
             "310 " FILE_PATH "|100|90|9|0|2|2025-01-01 00:02:00|2025-01-01 00:02:00\n");
    round_of(&desk, "a day without rows", &well, 90000, "");
    drop_outbox(desk.outbox);
}

static void figures_are_kept_and_summed(void **state)
{
    (void)state;
    struct desk desk;
    struct outbox_reading reading;
    struct vendor_summary some = {.state = VENDOR_READ,
                                  .bytes = 8192,
                                  .rows = 10,
                                  .fresh = 4,
                                  .known = 5,
                                  .aside = 2,
                                  .aside_new = 1,
                                  .last = NEW_YEAR};
    some.punches = (struct vendor_pages){.pages = 3, .waiting = 2, .restless = 1};
    some.persons = (struct vendor_pages){.pages = 2, .damaged = 1};
    sit_down(&desk);
    vendor_tell(&desk.tell, desk.outbox, &some, UNIX, 100);
    some.last -= 100; /* an old one comes late */
    vendor_tell(&desk.tell, desk.outbox, &some, UNIX + 30, 130);
    const struct vendor_summary busy = failed(VENDOR_LATER, ERR_BUSY, "it is in use");
    vendor_tell(&desk.tell, desk.outbox, &busy, UNIX + 60, 160);
    DO(outbox_reading(desk.outbox, FILE_PATH, &reading, &err));
    CHECK_TEXT("path", FILE_PATH, reading.path);
    CHECK_TEXT("why", "it is in use", reading.why);
    CHECK_INT("state", OUTBOX_READING_LATER, reading.state);
    CHECK_INT("looked", UNIX + 60, reading.looked_s);
    CHECK_INT("read", UNIX + 30, reading.read_s);
    CHECK_INT("came", UNIX + 30, reading.came_s);
    CHECK_INT("bytes", 8192, reading.bytes);
    CHECK_INT("pages", 5, reading.pages);
    CHECK_INT("waiting", 2, reading.waiting);
    CHECK_INT("restless", 1, reading.restless);
    CHECK_INT("damaged", 1, reading.damaged);
    CHECK_INT("rows", 20, reading.rows);
    CHECK_INT("new", 8, reading.fresh);
    CHECK_INT("known", 10, reading.known);
    CHECK_INT("aside", 2, reading.aside);
    CHECK_INT("last", NEW_YEAR, reading.last);

    /* The same file again goes on; another begins anew. */
    DO(vendor_tell_begin(&desk.tell, &events, FILE_PATH, EVERY_S, desk.outbox, &err));
    vendor_tell(&desk.tell, desk.outbox, &some, UNIX + 90, 10);
    DO(outbox_reading(desk.outbox, FILE_PATH, &reading, &err));
    CHECK_INT("goes on", 12, reading.fresh);
    CHECK_INT("well", OUTBOX_READING_WELL, reading.state);
    CHECK_TEXT("no trouble", "", reading.why);
    DO(vendor_tell_begin(&desk.tell, &events, "D:\\other.mdb", EVERY_S, desk.outbox, &err));
    vendor_tell(&desk.tell, desk.outbox, &well, UNIX + 120, 40);
    DO(outbox_reading(desk.outbox, "D:\\other.mdb", &reading, &err));
    CHECK_TEXT("another", "D:\\other.mdb", reading.path);
    CHECK_INT("anew", 0, reading.fresh);
    CHECK_INT("never came", 0, reading.came_s);
    DO(outbox_reading(desk.outbox, FILE_PATH, &reading, &err));
    CHECK_TEXT("nothing is kept of the first", "", reading.path);
    CHECK_INT("nor said of it", 0, reading.looked_s);
    drop_outbox(desk.outbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_that_cannot_be_had_is_told_of_when_it_lasts),
        cmocka_unit_test(one_trouble_is_over_when_it_is_another),
        cmocka_unit_test(a_page_that_never_rests_is_told_of),
        cmocka_unit_test(pages_are_told_of_again_when_the_file_is_back),
        cmocka_unit_test(rows_set_aside_are_told_of_hourly),
        cmocka_unit_test(no_room_to_set_aside_is_told_of),
        cmocka_unit_test(a_round_that_ends_early_is_counted),
        cmocka_unit_test(a_summary_comes_first_and_then_daily),
        cmocka_unit_test(figures_are_kept_and_summed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
