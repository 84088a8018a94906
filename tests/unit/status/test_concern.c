#include "outbox/outbox_note.h"
#include "outbox/outbox_reading.h"
#include "outbox/outbox_scan.h"
#include "record/event.h"
#include "scratch_outbox.h"
#include "status/concern.h"

enum { NOW = 1700000000, STARTED = NOW - 10000 };

static const char well[] = "{\"database\":{\"host\":\"db\",\"user\":\"u\",\"database\":\"d\"},"
                           "\"pull\":{\"terminals\":[{\"address\":\"10.0.0.1\"}]},"
                           "\"access\":{\"enabled\":true,\"path\":\"D:\\\\a.mdb\"},"
                           "\"listener\":{\"devices\":[]}}";

/* "code level event count about: reason" of each, separated by "; ". */
static const char *found(struct outbox *outbox, int64_t now_s, char out[4000])
{
    struct config *config = config_parse(span_of(well), "C:\\x\\config.json", &err);
    struct concern_list *list = calloc(1, sizeof *list);
    size_t len = 0;
    assert_non_null(config);
    assert_non_null(list);
    DO(concern_find(outbox, config, "running", now_s, list, &err));
    out[0] = '\0';
    for (size_t i = 0; i < list->count && len < 3500; i++) {
        const struct concern *one = &list->concerns[i];
        len += (size_t)snprintf(out + len, 4000 - len, "%s%s %s %d %d %s: %.80s", i > 0 ? "; " : "",
                                one->code, concern_level_name(one->level), one->event,
                                (int)one->count, one->about, one->reason);
    }
    free(list);
    config_free(config);
    return out;
}

static struct outbox *running(void)
{
    char started[24];
    struct outbox *outbox = new_outbox();
    snprintf(started, sizeof started, "%d", (int)STARTED);
    DO(outbox_note(outbox, OUTBOX_NOTE_SERVICE_STARTED, started, &err));
    DO(outbox_note(outbox, OUTBOX_NOTE_UPLOADER_STATE, "connected", &err));
    /* Something has come, long ago. */
    const struct outbox_device device = {.sn = "OLD", .last_seen_s = 1};
    DO(outbox_begin(outbox, &err));
    DO(outbox_device_save(outbox, &device, &err));
    DO(outbox_commit(outbox, &err));
    return outbox;
}

struct telling {
    int event;
    const char *strings[EVENT_STRINGS_MAX + 1];
    int64_t ago_s;
};

static void note_event(struct outbox *outbox, const struct telling *telling)
{
    size_t count = 0;
    while (count < EVENT_STRINGS_MAX && telling->strings[count] != NULL) {
        count++;
    }
    DO(concern_note(outbox, telling->event, count, telling->strings, NOW - telling->ago_s, &err));
}

/* Each line: what is told first, then; and what is found. */
static void what_is_told_is_a_concern_while_it_matters(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct telling first, then;
        const char *expected;
    } cases[] = {
        /* clang-format off */
        {"firewall", {203, {"9090", "denied"}, 50}, {0}, "firewall warn 203 1 : denied"},
        {"an earlier run's", {203, {"9090", "denied"}, 20000}, {0}, ""},
        {"folder", {302, {"D:\\x", "D:\\x is not there"}, 50}, {0}, "log_folder bad 302 1 : D:\\x is not there"},
        {"folder is back", {302, {"D:\\x", "D:\\x is not there"}, 50}, {304, {"D:\\x"}, 9}, ""},
        {"an earlier run's folder", {302, {"D:\\x", "why"}, 20000}, {0}, ""},
        {"disk full", {211, {"no room"}, 50}, {0}, "cannot_store bad 211 1 : no room"},
        {"room again", {211, {"no room"}, 50}, {212, {"9"}, 10}, ""},
        {"refused", {210, {"10.0.0.9", "X1", "not listed", "4"}, 50}, {0}, "refused_requests warn 210 1 : 10.0.0.9: not listed"},
        {"two of them", {210, {"10.0.0.9", "X1", "not listed", "4"}, 50}, {210, {"10.0.0.8", "-", "no network", "4"}, 40}, "refused_requests warn 210 2 : 10.0.0.8: no network"},
        {"the same twice", {210, {"10.0.0.9", "X1", "not listed", "4"}, 50}, {210, {"10.0.0.9", "X1", "not listed", "9"}, 40}, "refused_requests warn 210 1 : 10.0.0.9: not listed"},
        {"long ago", {210, {"10.0.0.9", "X1", "not listed", "4"}, 90000}, {0}, ""},
        {"another family", {216, {"10.0.0.9", "4"}, 50}, {0}, "other_family warn 216 1 : 10.0.0.9"},
        {"deleted", {215, {"A1", "?"}, 50}, {0}, "terminal_log_deleted warn 215 -1 A1: "},
        {"deleted on two", {215, {"A1", "?"}, 50}, {215, {"B2", "?"}, 40}, "terminal_log_deleted warn 215 -1 B2: ; terminal_log_deleted warn 215 -1 A1: "},
        {"missing", {217, {"A1", "5", "90", "a", "b"}, 50}, {0}, "punches_missing warn 217 -1 A1: 5"},
        {"came", {217, {"A1", "5", "90", "a", "b"}, 50}, {218, {"A1", "5", "5", "0"}, 40}, ""},
        {"did not come", {217, {"A1", "5", "90", "a", "b"}, 50}, {218, {"A1", "5", "3", "2"}, 40}, "punches_still_missing warn 218 -1 A1: 2"},
        {"another's came", {217, {"A1", "5", "90", "a", "b"}, 50}, {218, {"B2", "5", "5", "0"}, 40}, "punches_missing warn 217 -1 A1: 5"},
        {"clock", {220, {"it has jumped"}, 50}, {0}, "pc_clock warn 220 1 : it has jumped"},
        {"slept", {124, {"2026-11-30 01:10:00 \xE2\x80\x93 2026-11-30 06:55:02"}, 50}, {0}, "pc_slept warn 124 1 : 2026-11-30 01:10:00 \xE2\x80\x93 2026-11-30 06:55:02"},
        {"damaged", {103, {"not a database", "outbox.db.damaged-1", "1", "2"}, 50}, {0}, "outbox_was_damaged bad 103 1 : outbox.db.damaged-1: not a database"},
        {"crashed", {104, {"2026-01-01", "x.dmp"}, 50}, {0}, "crashed warn 104 1 : 2026-01-01"},
        {"no room", {228, {"A1", "5"}, 50}, {0}, "aside_full bad 228 -1 A1: 5"},
        {"no room, two", {228, {"A1", "5"}, 50}, {228, {"B2", "1"}, 40}, "aside_full bad 228 -1 B2: 1; aside_full bad 228 -1 A1: 5"},
        {"no room, over", {228, {"A1", "5"}, 5000}, {0}, ""},
        {"let go", {229, {"X1", "5"}, 5000}, {0}, "aside_let_go bad 229 1 : X1"},
        {"no key", {406, {"t", "ALTER"}, 50}, {0}, "no_unique_key warn 406 1 : ALTER"},
        {"odd", {408, {"t", "MyISAM"}, 50}, {0}, "table_odd warn 408 1 : MyISAM"},
        {"outbox", {407, {"locked"}, 50}, {0}, "outbox_failed bad 407 1 : locked"},
        {"outbox, over", {407, {"locked"}, 5000}, {0}, ""},
        {"page", {202, {"taken"}, 50}, {0}, "page_unavailable warn 202 1 : taken"},
        {"guard", {113, {"FAT"}, 50}, {0}, "not_guarded warn 113 1 : FAT"},
        {"password", {112, {"p", "read-only"}, 50}, {0}, "password_plain warn 112 1 : read-only"},
        {"protected", {112, {"p", "read-only"}, 50}, {111, {"p"}, 40}, ""},
        {"no room, then a request", {211, {"no room"}, 50}, {210, {"a", "b", "c", "1"}, 10}, "cannot_store bad 211 1 : no room; refused_requests warn 210 1 : a: c"},
        {"not reached", {501, {"10.0.0.1:4370", "P1", "20", "off"}, 50}, {0}, "pull_away warn 501 -1 10.0.0.1:4370: off"},
        {"read again", {501, {"10.0.0.1:4370", "P1", "20", "off"}, 50}, {506, {"10.0.0.1:4370", "P1"}, 40}, ""},
        {"taken out of the list", {501, {"10.0.0.9:4370", "P9", "20", "off"}, 50}, {0}, ""},
        {"another port", {502, {"10.0.0.1:4371", "no"}, 50}, {0}, ""},
        {"vendor's file gone", {311, {"D:\\a.mdb", "D:\\a.mdb is not there"}, 50}, {0}, "access_away warn 311 1 : D:\\a.mdb is not there"},
        {"vendor's file back", {311, {"D:\\a.mdb", "D:\\a.mdb is not there"}, 50}, {315, {"D:\\a.mdb"}, 9}, ""},
        {"an earlier run's file", {311, {"D:\\a.mdb", "why"}, 20000}, {0}, ""},
        {"Access 97", {312, {"D:\\a.mdb", "made by Access 97"}, 50}, {0}, "access_refused bad 312 1 : D:\\a.mdb: made by Access 97"},
        {"another file", {312, {"D:\\a.mdb", "made by Access 97"}, 50}, {315, {"D:\\a.mdb"}, 9}, ""},
        {"rows aside", {313, {"D:\\a.mdb", "17"}, 90000}, {315, {"D:\\a.mdb"}, 9}, "access_rows warn 313 1 : D:\\a.mdb: 17"},
        {"rows aside, long ago", {313, {"D:\\a.mdb", "17"}, 700000}, {0}, ""},
        {"no room for rows", {316, {"D:\\a.mdb", "17"}, 50}, {0}, "access_full bad 316 1 : D:\\a.mdb: 17"},
        {"no room for rows, over", {316, {"D:\\a.mdb", "17"}, 5000}, {0}, ""},
        {"restless", {314, {"D:\\a.mdb", "1", "0"}, 50}, {0}, "access_restless warn 314 1 : D:\\a.mdb"},
        {"at rest", {314, {"D:\\a.mdb", "1", "0"}, 50}, {315, {"D:\\a.mdb"}, 9}, ""},
        {"nothing", {100, {"v", "c", "o"}, 50}, {0}, ""},
        /* clang-format on */
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char got[4000];
        struct outbox *outbox = running();
        note_event(outbox, &cases[i].first);
        if (cases[i].then.event != 0) {
            note_event(outbox, &cases[i].then);
        }
        CHECK_TEXT(cases[i].name, cases[i].expected, found(outbox, NOW, got));
        drop_outbox(outbox);
    }
}

static void what_is_told_may_hold_anything(void **state)
{
    (void)state;
    char got[4000];
    char long_one[5000];
    struct outbox *outbox = running();
    memset(long_one, 'x', sizeof long_one - 1);
    long_one[sizeof long_one - 1] = '\0';
    const struct telling tellings[] = {
        {210,
         {"10.0.0.9",
          "X\x1f"
          "1",
          "a\x1f\n b", "4"},
         50},
        {220, {long_one, long_one}, 40},
        {215, {long_one}, 30},
        {203, {""}, 20},
    };
    for (size_t i = 0; i < HB_COUNT(tellings); i++) {
        note_event(outbox, &tellings[i]);
    }
    found(outbox, NOW, got);
    assert_non_null(strstr(got, "10.0.0.9: a   b"));
    drop_outbox(outbox);
}

static void files_are_as_the_last_run_found_them(void **state)
{
    (void)state;
    char got[4000];
    struct outbox *outbox = running();
    struct outbox_scan run;
    struct outbox_scan_file file = {.name = "a.txt", .state = OUTBOX_SCAN_NO_LOG};
    DO(outbox_begin(outbox, &err));
    DO(outbox_scan_begin(outbox, NOW - 30, &run, &err));
    run.read_s = NOW - 29;
    DO(outbox_scan_save(outbox, &run, &err));
    DO(outbox_scan_note(outbox, &file, &err));
    snprintf(file.name, sizeof file.name, "b.txt");
    snprintf(file.detail, sizeof file.detail, "access denied");
    file.state = OUTBOX_SCAN_FAILED;
    DO(outbox_scan_note(outbox, &file, &err));
    snprintf(file.name, sizeof file.name, "c.txt");
    file.state = OUTBOX_SCAN_ARCHIVED;
    DO(outbox_scan_note(outbox, &file, &err));
    DO(outbox_commit(outbox, &err));
    CHECK_TEXT("two files", "file_stuck warn 305 2 : a.txt: no line of it is a punch",
               found(outbox, NOW, got));
    drop_outbox(outbox);
}

/* Though nothing fails: the vendor's program may work with another file by now. */
static void an_old_vendors_database_is_a_concern(void **state)
{
    (void)state;
    enum { DAY_S = 86400 };
    static const struct {
        const char *name, *path;
        enum outbox_reading_state state;
        walltime last;
        const char *expected;
    } cases[] = {
        {"of a week", "D:\\a.mdb", OUTBOX_READING_WELL, NOW - 8 * DAY_S + 1, ""},
        {"older", "D:\\a.mdb", OUTBOX_READING_WELL, NOW - 8 * DAY_S,
         "access_old warn 0 8 : D:\\a.mdb"},
        {"no punch yet", "D:\\a.mdb", OUTBOX_READING_WELL, 0, ""},
        {"not read now: that is another concern", "D:\\a.mdb", OUTBOX_READING_LATER,
         NOW - 30 * DAY_S, ""},
        {"another file", "D:\\b.mdb", OUTBOX_READING_WELL, NOW - 30 * DAY_S, ""},
        {"ahead", "D:\\a.mdb", OUTBOX_READING_WELL, NOW + DAY_S, ""},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char got[4000];
        struct outbox *outbox = running();
        struct outbox_reading reading = {.state = cases[i].state, .last = cases[i].last};
        snprintf(reading.path, sizeof reading.path, "%s", cases[i].path);
        DO(outbox_begin(outbox, &err));
        DO(outbox_reading_save(outbox, &reading, &err));
        DO(outbox_commit(outbox, &err));
        CHECK_TEXT(cases[i].name, cases[i].expected, found(outbox, NOW, got));
        drop_outbox(outbox);
    }
}

static void a_clock_that_is_off_is_a_concern_while_it_is(void **state)
{
    (void)state;
    static const struct {
        int32_t ahead_s;
        int64_t shown_ago_s;
        const char *expected;
    } cases[] = {
        {120, 60, ""},
        {121, 60, "terminal_clock warn 219 -1 A1: 0:02:01 ahead"},
        {-7200, 60, "terminal_clock warn 219 -1 A1: 2:00:00 behind"},
        {-7200, 100000, ""},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char got[4000];
        struct outbox *outbox = running();
        const struct outbox_device device = {
            .sn = "A1",
            .last_seen_s = NOW - 1,
            .audit = {.clock_ahead_s = cases[i].ahead_s,
                      .clock_shown_s = NOW - cases[i].shown_ago_s},
        };
        DO(outbox_begin(outbox, &err));
        DO(outbox_device_save(outbox, &device, &err));
        DO(outbox_commit(outbox, &err));
        CHECK_TEXT("clock", cases[i].expected, found(outbox, NOW, got));
        drop_outbox(outbox);
    }
}

static void nothing_yet_is_no_all_is_well(void **state)
{
    (void)state;
    char got[4000];
    struct outbox *outbox = new_outbox();
    DO(outbox_note(outbox, OUTBOX_NOTE_UPLOADER_STATE, "connected", &err));
    CHECK_TEXT("nothing", "nothing_yet warn 0 -1 : ", found(outbox, NOW, got));
    drop_outbox(outbox);
}

static void an_address_that_is_gone_is_a_concern(void **state)
{
    (void)state;
    static const struct {
        const char *called, *own, *expected;
    } cases[] = {
        {"192.168.1.50", "10.0.0.1 192.168.1.50", ""},
        {"192.168.1.5", "192.168.1.50", "address_changed bad 0 -1 : 192.168.1.5; now 192.168.1.50"},
        {"", "192.168.1.50", ""},
        {"192.168.1.5", "", ""}, /* not known, or no network at all */
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char got[4000];
        struct outbox *outbox = running();
        DO(outbox_note(outbox, OUTBOX_NOTE_PC_CALLED, cases[i].called, &err));
        DO(outbox_note(outbox, OUTBOX_NOTE_PC_ADDRESSES, cases[i].own, &err));
        CHECK_TEXT(cases[i].called, cases[i].expected, found(outbox, NOW, got));
        drop_outbox(outbox);
    }
}

static void there_are_never_more_than_fit(void **state)
{
    (void)state;
    char got[4000];
    struct outbox *outbox = running();
    for (int i = 0; i < 40; i++) {
        char sn[20];
        snprintf(sn, sizeof sn, "T%02d", i);
        const struct telling one = {215, {sn, "?"}, 50};
        note_event(outbox, &one);
    }
    found(outbox, NOW, got);
    size_t count = 0;
    for (const char *at = got; (at = strstr(at, "terminal_log_deleted")) != NULL; at++) {
        count++;
    }
    CHECK_INT("of one kind", CONCERN_EACH_MAX, count);
    drop_outbox(outbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_told_is_a_concern_while_it_matters),
        cmocka_unit_test(what_is_told_may_hold_anything),
        cmocka_unit_test(files_are_as_the_last_run_found_them),
        cmocka_unit_test(an_old_vendors_database_is_a_concern),
        cmocka_unit_test(a_clock_that_is_off_is_a_concern_while_it_is),
        cmocka_unit_test(nothing_yet_is_no_all_is_well),
        cmocka_unit_test(an_address_that_is_gone_is_a_concern),
        cmocka_unit_test(there_are_never_more_than_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
