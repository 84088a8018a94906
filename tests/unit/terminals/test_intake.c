/* tally, gate and intake: what the listener's thread does with requests, without http.sys. */
#include "listening.h"

#include "pace/tally.h"

static void open_with(const char *listener, int max_mb)
{
    char text[512];
    snprintf(text, sizeof text, "{\"listener\": {%s}}", listener);
    begin_listening(text, (struct outbox_options){.max_mb = max_mb}, 1700000000);
}

/* What was not written is lost; a second later it is started again. */
static void kill_service(void)
{
    end_service();
    now.unix_s++;
    now.steady_s = 0;
    begin_service((struct outbox_options){0});
}

static void set_item(struct intake_item *item, const char *from, enum iclock_method method,
                     const char *path, const char *query, const char *body)
{
    memset(item, 0, sizeof *item);
    item->request.method = method;
    item->request.path = span_of(path);
    item->request.query = span_of(query);
    item->request.body = span_of(body);
    assert_true(address_parse(span_of(from), &item->peer));
}

static bool ask(struct intake_item *item, const char *from, enum iclock_method method,
                const char *path, const char *query, const char *body)
{
    set_item(item, from, method, path, query, body);
    return intake_answer(intake, &item, 1, now);
}

static struct outbox_device stored(const char *sn, bool *found)
{
    struct outbox_device device;
    memset(&device, 0, sizeof device);
    DO(outbox_device(outbox, sn, &device, found, &err));
    return device;
}

static bool count_device(void *context, const struct outbox_device *device)
{
    (void)device;
    ++*(size_t *)context;
    return true;
}

static int64_t waiting(void)
{
    struct outbox_counts counts;
    DO(outbox_counts(outbox, &counts, &err));
    return counts.waiting;
}

/* ---- tally ---- */

static void a_name_is_told_at_most_hourly_with_what_was_held_back(void **state)
{
    static const struct {
        const char *name;
        uint64_t times;
        int64_t at;
        uint64_t told;
    } cases[] = {
        {"a", 1, 0, 1},    {"a", 2, 10, 0},   {"b", 5, 20, 5},     {"a", 1, 3599, 0},
        {"a", 1, 3600, 4}, {"a", 0, 9999, 0}, {"b", 1, 3619, 0},   {"b", 1, 3620, 2},
        {"a", 1, 7199, 0}, {"a", 1, 7200, 2}, {"c", 3, 500000, 3},
    };
    struct tally tally = {0};
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char input[64];
        snprintf(input, sizeof input, "%zu: %s at %lld", i, cases[i].name, (long long)cases[i].at);
        CHECK_INT(input, cases[i].told,
                  tally_note(&tally, cases[i].name, cases[i].times, cases[i].at));
    }
}

static void inventing_names_neither_floods_nor_grows(void **state)
{
    struct tally tally = {0};
    uint64_t said = 0;
    (void)state;
    for (int i = 0; i < 100000; i++) {
        char name[32];
        snprintf(name, sizeof name, "10.0.%d.%d", i / 256, i % 256);
        said += tally_note(&tally, name, 1, 50) > 0;
    }
    CHECK_INT("names told in a second", TALLY_NAMES + 1, said);
    CHECK_INT("an hour later", 1, tally_note(&tally, "new", 1, 50 + TALLY_REPEAT_S));
}

/* ---- gate ---- */

static void only_those_may_speak_who_are_allowed(void **state)
{
    static const char open_to_all[] = "\"port\": 9090";
    static const char listed[] = "\"unknown_devices\": \"reject\", \"devices\": [{\"sn\": \"A1\"}, "
                                 "{\"sn\": \"B2\", \"address\": \"192.168.1.7\"}]";
    static const struct {
        const char *listener;
        const char *from;
        const char *query;
        int status;
    } cases[] = {
        {open_to_all, "127.0.0.1", "SN=A1", 200},
        {open_to_all, "::1", "SN=A1", 200},
        {open_to_all, "192.168.9.9", "SN=A1", 200},
        {open_to_all, "8.8.8.8", "SN=A1", 403},
        {open_to_all, "2001:db8::1", "SN=A1", 403},
        {open_to_all, "127.0.0.1", "SN=a%00b", 400},
        {listed, "192.168.1.9", "SN=A1", 200},
        {listed, "192.168.1.9", "SN=A2", 403},
        {listed, "192.168.1.7", "SN=B2", 200},
        {listed, "192.168.1.8", "SN=B2", 403},
        {"\"allowed_networks\": [\"10.1.0.0/16\"]", "10.1.2.3", "SN=A1", 200},
        {"\"allowed_networks\": [\"10.1.0.0/16\"]", "127.0.0.1", "SN=A1", 403},
    };
    static struct intake_item item;
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char input[64];
        open_with(cases[i].listener, 0);
        snprintf(input, sizeof input, "%zu: %s %s", i, cases[i].from, cases[i].query);
        for (int again = 0; again < 3; again++) {
            ask(&item, cases[i].from, ICLOCK_GET, "/iclock/getrequest", cases[i].query, "");
            CHECK_INT(input, cases[i].status, item.reply.status);
        }
        CHECK_INT(input, cases[i].status == 200 ? 0 : 1, times_told(EVENT_REQUEST_REFUSED));
        end_listening();
    }
}

static void the_pages_place_is_no_terminals(void **state)
{
    static const struct {
        const char *path;
        int status;
    } cases[] = {
        {"/hipbridge", 404},
        {"/hipbridge/", 404},
        {"/HipBridge/status.json", 404},
        {"/hipbridges", 200},
    };
    static struct intake_item item;
    (void)state;
    open_with("", 0);
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        ask(&item, "127.0.0.1", ICLOCK_POST, cases[i].path, "SN=A1&table=ATTLOG",
            "1\t2026-01-15 08:01:02\n");
        CHECK_INT(cases[i].path, cases[i].status, item.reply.status);
    }
    CHECK_INT("punches", 1, waiting());
    end_listening();
}

/* ---- intake ---- */

static void a_group_is_stored_and_each_gets_its_own_reply(void **state)
{
    static struct intake_item items[4];
    struct intake_item *group[] = {&items[0], &items[1], &items[2], &items[3]};
    static const int statuses[] = {200, 200, 403, 200};
    bool found = false;
    (void)state;
    open_with("", 0);
    set_item(&items[0], "10.0.0.1", ICLOCK_POST, "/iclock/cdata", "SN=A1&table=ATTLOG&Stamp=77",
             "1\t2026-01-15 08:01:02\t0\t1\n2\t2026-01-15 08:01:03\t0\t1\n");
    set_item(&items[1], "10.0.0.2", ICLOCK_POST, "/iclock/cdata", "SN=B2&table=ATTLOG&Stamp=5",
             "rubbish\n1\t2026-01-15 08:01:02\t0\t1\n");
    set_item(&items[2], "9.9.9.9", ICLOCK_POST, "/iclock/cdata", "SN=C3&table=ATTLOG",
             "1\t2026-01-15 08:01:02\t0\t1\n");
    set_item(&items[3], "10.0.0.3", ICLOCK_GET, "/iclock/getrequest", "SN=D4", "");
    assert_true(intake_answer(intake, group, HB_COUNT(group), now));
    for (size_t i = 0; i < HB_COUNT(group); i++) {
        CHECK_INT(items[i].request.query.at, statuses[i], items[i].reply.status);
    }
    CHECK_INT("punches", 3, waiting());
    struct outbox_device a1 = stored("A1", &found);
    CHECK_TEXT("A1", "77", a1.attlog_stamp);
    CHECK_TEXT("A1", "10.0.0.1", a1.address);
    CHECK_INT("A1", 2, a1.punches);
    stored("C3", &found);
    CHECK_INT("refused C3 is not known", false, found);
    CHECK_INT("told of rubbish", 1, times_told(EVENT_LINES_NOT_UNDERSTOOD));

    /* A history sent again changes nothing and wakes nobody. */
    assert_false(ask(&items[0], "10.0.0.1", ICLOCK_POST, "/iclock/cdata",
                     "SN=A1&table=ATTLOG&Stamp=77", "1\t2026-01-15 08:01:02\t0\t1\n"));
    CHECK_INT("again", 200, items[0].reply.status);
    CHECK_INT("punches", 3, waiting());
    end_listening();
}

static void the_stamp_comes_back_in_the_handshake(void **state)
{
    static struct intake_item item;
    (void)state;
    open_with("\"devices\": [{\"sn\": \"A1\", \"timezone\": 330}]", 0);
    ask(&item, "10.0.0.1", ICLOCK_GET, "/iclock/cdata", "SN=A1&options=all", "");
    assert_non_null(strstr(item.reply.body, "ATTLOGStamp=0\n"));
    assert_non_null(strstr(item.reply.body, "TimeZone=330\n"));
    ask(&item, "10.0.0.1", ICLOCK_POST, "/iclock/cdata", "SN=A1&table=ATTLOG&Stamp=9x",
        "1\t2026-01-15 08:01:02\n");
    ask(&item, "10.0.0.1", ICLOCK_GET, "/iclock/cdata", "SN=A1&options=all", "");
    assert_non_null(strstr(item.reply.body, "ATTLOGStamp=9x\n"));
    struct outbox_spent spent; /* of one that is new it is kept at once, with what is known of it */
    bool counted = false;
    DO(outbox_spent_kept(outbox, OUTBOX_NOTE_SPENT_PUSH, &spent, &counted, &err));
    CHECK_INT("its time is counted", true, counted);
    end_listening();
}

static void a_poll_is_written_some_seconds_later(void **state)
{
    static struct intake_item item;
    bool found = true;
    (void)state;
    open_with("", 0);
    CHECK_INT("nothing yet", -1, intake_flush_due(intake, now));
    ask(&item, "10.0.0.1", ICLOCK_GET, "/iclock/getrequest", "SN=A1", "");
    CHECK_INT("due", INTAKE_FLUSH_S, intake_flush_due(intake, now));
    stored("A1", &found);
    CHECK_INT("at once", false, found);
    now.steady_s += INTAKE_FLUSH_S;
    CHECK_INT("due", 0, intake_flush_due(intake, now));
    intake_flush(intake, now);
    CHECK_INT("last seen", 1700000000, stored("A1", &found).last_seen_s);
    CHECK_INT("later", true, found);
    CHECK_INT("nothing more", -1, intake_flush_due(intake, now));
    struct outbox_spent spent;
    DO(outbox_spent_kept(outbox, OUTBOX_NOTE_SPENT_PUSH, &spent, &found, &err));
    CHECK_INT("its time is counted", true, found);
    end_listening();
}

static void push(const char *stamp, const char *body)
{
    static struct intake_item item;
    char query[64];
    snprintf(query, sizeof query, "SN=A1&table=ATTLOG&Stamp=%s", stamp);
    ask(&item, "10.0.0.1", ICLOCK_POST, "/iclock/cdata", query, body);
    CHECK_INT(query, 200, item.reply.status);
}

static void check_terminal(const char *when, int64_t punches, walltime last_punch,
                           const char *stamp)
{
    bool found = false;
    struct outbox_device device = stored("A1", &found);
    CHECK_INT(when, true, found);
    CHECK_INT(when, punches, device.punches);
    CHECK_INT(when, last_punch, device.last_punch);
    CHECK_TEXT(when, stamp, device.attlog_stamp);
}

static void a_kill_before_the_flush_loses_no_punch_and_no_count(void **state)
{
    static struct intake_item item;
    static const walltime eight = INT64_C(1768464000);
    (void)state;
    open_with("", 0);
    push("5", "1\t2026-01-15 08:00:00\n2\t2026-01-15 08:00:01\n");
    check_terminal("a new terminal's row is there with its first punches", 2, eight + 1, "5");
    push("6", "3\t2026-01-15 08:00:02\n");
    check_terminal("the next are counted at once, the stamp lags", 3, eight + 2, "5");

    kill_service();
    CHECK_INT("punches", 3, waiting());
    check_terminal("after the kill", 3, eight + 2, "5");
    ask(&item, "10.0.0.1", ICLOCK_GET, "/iclock/cdata", "SN=A1&options=all", "");
    assert_non_null(strstr(item.reply.body, "ATTLOGStamp=5\n"));
    push("6", "3\t2026-01-15 08:00:02\n");
    CHECK_INT("what is sent again is the same", 3, waiting());
    push("7", "4\t2026-01-15 08:00:03\n");
    check_terminal("before the flush", 4, eight + 3, "5");
    now.steady_s += INTAKE_FLUSH_S;
    intake_flush(intake, now);
    check_terminal("after it", 4, eight + 3, "7");

    push("8", "5\t2026-01-15 08:00:04\n");
    kill_service();
    ask(&item, "10.0.0.9", ICLOCK_GET, "/iclock/getrequest", "SN=B2", "");
    now.steady_s += INTAKE_FLUSH_S;
    intake_flush(intake, now);
    check_terminal("while another terminal is written", 5, eight + 4, "7");
    kill_service();
    check_terminal("and once more", 5, eight + 4, "7");
    end_listening();
}

/* That punches come from where it speaks is what its counts are believed for. Were that lost with a
 * kill, it would not be known again before the next punch, since what is sent again is no new one.
 */
static void whose_voice_delivers_is_stored_with_the_punch(void **state)
{
    static struct intake_item item;
    bool found = false;
    (void)state;
    open_with("", 0);
    ask(&item, "10.0.0.1", ICLOCK_GET, "/iclock/getrequest", "SN=A1", "");
    now.steady_s += INTAKE_FLUSH_S;
    intake_flush(intake, now);
    CHECK_INT("it only spoke", false, stored("A1", &found).voice.delivers);
    push("5", "1\t2026-01-15 08:00:00\n");
    CHECK_INT("with the first punch", true, stored("A1", &found).voice.delivers);
    kill_service();
    push("5", "1\t2026-01-15 08:00:00\n");
    CHECK_INT("after the kill", true, stored("A1", &found).voice.delivers);

    /* Another address takes its place, once the former is quiet, and brings one. */
    now.unix_s += 3600;
    set_item(&item, "10.0.0.2", ICLOCK_POST, "/iclock/cdata", "SN=A1&table=ATTLOG&Stamp=6",
             "2\t2026-01-15 08:00:01\n");
    struct intake_item *one = &item;
    CHECK_INT("taken", true, intake_answer(intake, &one, 1, now));
    CHECK_TEXT("the new one", "10.0.0.2", stored("A1", &found).voice.address);
    CHECK_INT("and delivers", true, stored("A1", &found).voice.delivers);
    end_listening();
}

static void more_terminals_than_fit_in_memory_are_all_known(void **state)
{
    static struct intake_item item;
    struct outbox_device device;
    (void)state;
    open_with("", 0);
    for (int i = 0; i < ROSTER_TERMINALS * 3 / 2; i++) {
        char query[32];
        snprintf(query, sizeof query, "SN=T%d&table=ATTLOG", i);
        ask(&item, "10.0.0.1", ICLOCK_POST, "/iclock/cdata", query, "1\t2026-01-15 08:01:02\n");
    }
    intake_flush(intake, now);
    for (int i = 0; i < ROSTER_TERMINALS * 3 / 2; i++) {
        char sn[32];
        bool found = false;
        snprintf(sn, sizeof sn, "T%d", i);
        device = stored(sn, &found);
        CHECK_INT(sn, true, found);
        CHECK_INT(sn, 1700000000, device.last_seen_s);
    }
    end_listening();
}

/* Whoever invents serial numbers leaves little behind, for a short time; real terminals all. */
static void strangers_are_few_and_short_lived(void **state)
{
    static struct intake_item item;
    bool found = false;
    (void)state;
    open_with("\"devices\": [{\"sn\": \"LISTED\"}]", 0);
    ask(&item, "10.0.0.1", ICLOCK_GET, "/iclock/getrequest", "SN=LISTED", "");
    ask(&item, "10.0.0.2", ICLOCK_POST, "/iclock/cdata", "SN=BRINGS&table=ATTLOG",
        "1\t2026-01-15 08:01:02\n");
    struct outbox_counts before;
    DO(outbox_counts(outbox, &before, &err));
    for (int i = 0; i < 5000; i++) {
        char query[64];
        snprintf(query, sizeof query, "SN=STRANGE%d&INFO=V,1,1,%d", i, i);
        ask(&item, "10.0.0.66", ICLOCK_GET, "/iclock/getrequest", query, "");
        now.unix_s += i % 10 == 0;
        now.steady_s += i % 10 == 0;
    }
    now.steady_s += INTAKE_FLUSH_S;
    intake_flush(intake, now);
    size_t rows = 0;
    DO(outbox_each_device(outbox, count_device, &rows, &err));
    CHECK_INT("rows", 2 + ROSTER_STRANGERS, rows);
    stored("LISTED", &found);
    CHECK_INT("LISTED", true, found);
    CHECK_INT("BRINGS", 1, stored("BRINGS", &found).punches);
    stored("STRANGE4999", &found);
    CHECK_INT("the last", true, found);
    struct outbox_counts after;
    DO(outbox_counts(outbox, &after, &err));
    CHECK_INT("bytes", true, after.bytes < before.bytes + 512 * 1024);
    CHECK_INT("226, once", 1, times_told(EVENT_STRANGERS));

    /* One that brings a punch is none any more, however long it was one. */
    ask(&item, "10.0.0.66", ICLOCK_POST, "/iclock/cdata", "SN=STRANGE4999&table=ATTLOG",
        "1\t2026-01-15 08:01:03\n");
    now.unix_s += ROSTER_STRANGER_S + 1;
    now.steady_s += ROSTER_STRANGER_S + 1;
    ask(&item, "10.0.0.66", ICLOCK_GET, "/iclock/getrequest", "SN=NEW", "");
    intake_flush(intake, now);
    rows = 0;
    DO(outbox_each_device(outbox, count_device, &rows, &err));
    CHECK_INT("a day later", 4, rows);
    CHECK_INT("STRANGE4999", 1, stored("STRANGE4999", &found).punches);
    end_listening();
}

static void a_full_outbox_sends_terminals_away_but_answers_polls(void **state)
{
    static struct intake_item items[2];
    struct intake_item *group[] = {&items[0], &items[1]};
    static char body[2300];
    int accepted = 0;
    bool found = false;
    (void)state;
    open_with("", 1);
    for (int i = 0; i < 2000; i++) {
        char query[64];
        snprintf(query, sizeof query, "SN=A1&table=ATTLOG&Stamp=%d", i);
        snprintf(body, sizeof body, "%d\t2026-01-15 08:01:02\t0\t1\t%02000d\n", i, 0);
        ask(&items[0], "10.0.0.1", ICLOCK_POST, "/iclock/cdata", query, body);
        if (items[0].reply.status != 200) {
            break;
        }
        accepted++;
    }
    CHECK_INT("full", 503, items[0].reply.status);
    CHECK_INT("kept what was acknowledged", accepted, waiting());
    CHECK_INT("told", 1, times_told(EVENT_OUTBOX_CANNOT_STORE));

    set_item(&items[0], "10.0.0.1", ICLOCK_POST, "/iclock/cdata", "SN=A1&table=ATTLOG&Stamp=x",
             body);
    set_item(&items[1], "10.0.0.2", ICLOCK_GET, "/iclock/getrequest", "SN=B2", "");
    assert_false(intake_answer(intake, group, HB_COUNT(group), now));
    CHECK_INT("a punch", 503, items[0].reply.status);
    CHECK_INT("a poll", 200, items[1].reply.status);
    CHECK_INT("told again", 1, times_told(EVENT_OUTBOX_CANNOT_STORE));
    CHECK_INT("counted", accepted, stored("A1", &found).punches);

    /* The stamp of what was turned away is not kept: it would say that it has been received. */
    ask(&items[1], "10.0.0.1", ICLOCK_GET, "/iclock/cdata", "SN=A1&options=all", "");
    CHECK_INT("handshake", 200, items[1].reply.status);
    assert_null(strstr(items[1].reply.body, "ATTLOGStamp=x"));

    /* With room again it is told once that has lasted. */
    size_t pruned = 0;
    assert_true(outbox_begin(outbox, NULL));
    assert_true(outbox_advance(outbox, accepted, 1, NULL));
    assert_true(outbox_prune(outbox, INT64_MAX, 100, &pruned, NULL));
    assert_true(outbox_commit(outbox, NULL));
    ask(&items[0], "10.0.0.1", ICLOCK_POST, "/iclock/cdata", "SN=A1&table=ATTLOG&Stamp=x", body);
    CHECK_INT("taken", 200, items[0].reply.status);
    CHECK_INT("not yet told", 0, times_told(EVENT_OUTBOX_STORES_AGAIN));
    CHECK_INT("due", INTAKE_SETTLED_S, intake_flush_due(intake, now));
    now.steady_s += INTAKE_SETTLED_S;
    intake_flush(intake, now);
    CHECK_INT("told", 1, times_told(EVENT_OUTBOX_STORES_AGAIN));
    CHECK_INT("nothing due", -1, intake_flush_due(intake, now));
    CHECK_INT("counted, and none twice", accepted + 1, stored("A1", &found).punches);
    end_listening();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_told_at_most_hourly_with_what_was_held_back),
        cmocka_unit_test(inventing_names_neither_floods_nor_grows),
        SCRATCH_TEST(only_those_may_speak_who_are_allowed),
        SCRATCH_TEST(the_pages_place_is_no_terminals),
        SCRATCH_TEST(a_group_is_stored_and_each_gets_its_own_reply),
        SCRATCH_TEST(the_stamp_comes_back_in_the_handshake),
        SCRATCH_TEST(a_poll_is_written_some_seconds_later),
        SCRATCH_TEST(a_kill_before_the_flush_loses_no_punch_and_no_count),
        SCRATCH_TEST(whose_voice_delivers_is_stored_with_the_punch),
        SCRATCH_TEST(more_terminals_than_fit_in_memory_are_all_known),
        SCRATCH_TEST(strangers_are_few_and_short_lived),
        SCRATCH_TEST(a_full_outbox_sends_terminals_away_but_answers_polls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
