/* The uploader with a real outbox and a database that fails as it is told to. */
#include "fake_database.h"
#include "upload/retention.h"
#include "scratch.h"
#include "upload/uploader.h"
#include "outbox/outbox_feed.h"
#include "outbox/outbox_spent.h"

enum { EVENTS_MAX = 64, NOW = 1700000000, HOUR = 3600, DAY = 86400 };

/* ---- events ---- */

static struct {
    enum event_id id;
    char strings[4][128];
} events[EVENTS_MAX];
static size_t event_count;

static void take_event(void *context, enum event_id id, size_t count, const char *const *strings)
{
    (void)context;
    assert_true(event_count < EVENTS_MAX);
    events[event_count].id = id;
    for (size_t i = 0; i < 4; i++) {
        snprintf(events[event_count].strings[i], sizeof events[0].strings[i], "%s",
                 i < count ? strings[i] : "");
    }
    event_count++;
}

static const struct event_sink sink = {take_event, NULL};

/* The ids told since the last call, in a text. */
static const char *told(void)
{
    static char text[EVENTS_MAX * 8];
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < event_count; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%d", i > 0 ? " " : "",
                                 (int)events[i].id);
    }
    event_count = 0;
    return text;
}

/* ---- what each test begins with ---- */

static struct config config;
static struct outbox *outbox;
static struct uploader *uploader;
static struct error err;

static int begin(void **state)
{
    (void)state;
    memset(&database, 0, sizeof database);
    memset(&config, 0, sizeof config);
    event_count = 0;
    database.smallest = SIZE_MAX;
    database.facts.unique_key = true;
    strcpy(database.facts.host, "db.example:3306");
    strcpy(database.facts.server, "11.4");
    strcpy(database.facts.tls, "TLSv1.3");
    strcpy(database.facts.tls_issuer, "CN=Some authority");
    database.facts.tls_until_s = NOW + 90 * DAY;
    strcpy(config.path, "config.json");
    config.database.host_count = 1;
    config.database.batch_rows = 1000;
    config.outbox.retain_days = 90;
    if (scratch_begin() != 0) {
        return -1;
    }
    const struct outbox_options options = {0};
    outbox = outbox_open(scratch_path("outbox.db"), &options, &err);
    uploader = uploader_new(&config, outbox, &sink, NULL, &err);
    return outbox != NULL && uploader != NULL ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    uploader_free(uploader);
    outbox_close(outbox);
    scratch_end();
    return 0;
}

/* Punches from..from+count, whose user is their number. */
static void append(size_t from, size_t count)
{
    DO(outbox_begin(outbox, &err));
    for (size_t i = from; i < from + count; i++) {
        enum outbox_added added;
        struct punch punch = {.time = NOW + (walltime)i, .raw = SPAN("raw")};
        strcpy(punch.device_sn, "TEST1");
        snprintf(punch.user_id, sizeof punch.user_id, "%zu", i);
        DO(outbox_append(outbox, &punch, 0, NOW, &added, &err));
    }
    DO(outbox_commit(outbox, &err));
}

static struct outbox_counts counts_now(void)
{
    struct outbox_counts counts;
    DO(outbox_counts(outbox, &counts, &err));
    return counts;
}

/* Steps until nothing is to be done at once; returns that wait. */
static uint32_t run(int64_t now_s)
{
    for (int i = 0; i < 20000; i++) {
        uint32_t wait_ms = uploader_step(uploader, now_s);
        if (wait_ms != 0) {
            return wait_ms;
        }
    }
    fail_msg("it never comes to rest");
    return 0;
}

static void check_note(enum outbox_note note, const char *expected)
{
    char text[OUTBOX_NOTE_MAX + 1];
    DO(outbox_noted(outbox, note, text, &err));
    CHECK_TEXT("note", expected, text);
}

/* All punches are in the database but the bad ones, which are refused. */
static void check_all_there(const char *input, size_t count)
{
    size_t refused = 0;
    for (size_t i = 0; i < count; i++) {
        if (database.there[i] == database.bad[i]) {
            fail_msg("[%s] punch %zu: expected %s", input, i, database.bad[i] ? "none" : "it");
        }
        refused += database.bad[i];
    }
    struct outbox_counts counts = counts_now();
    CHECK_INT(input, 0, counts.waiting);
    CHECK_INT(input, refused, counts.refused);
}

/* ---- tests ---- */

static void without_a_database_it_says_so_once(void **state)
{
    (void)state;
    config.database.host_count = 0;
    append(0, 3);
    CHECK_INT("first", UPLOADER_IDLE, uploader_step(uploader, NOW));
    CHECK_INT("later", UPLOADER_IDLE, uploader_step(uploader, NOW + 2 * HOUR));
    CHECK_TEXT("events", "405", told());
    check_note(OUTBOX_NOTE_UPLOADER_STATE, "not configured");
    CHECK_INT("waiting", 3, counts_now().waiting);
}

static void all_that_waits_goes_up_in_batches(void **state)
{
    (void)state;
    append(0, 2500);
    CHECK_INT("idle", UPLOADER_IDLE, run(NOW));
    check_all_there("2500", 2500);
    CHECK_INT("inserts", 2, database.inserts);
    CHECK_TEXT("waiting when it connected", "2500", events[0].strings[3]);
    struct outbox_spent spent;
    bool counted = false;
    DO(outbox_spent_kept(outbox, OUTBOX_NOTE_SPENT_UPLOAD, &spent, &counted, &err));
    CHECK_INT("its time is counted", true, counted);
    CHECK_INT("of as many, and of those that were appended", 2 * 2500, outbox_spent(outbox).rows);
    CHECK_TEXT("events", "400", told());
    check_note(OUTBOX_NOTE_UPLOADER_STATE, "connected");
    check_note(OUTBOX_NOTE_UPLOADER_ERROR, "");
    check_note(OUTBOX_NOTE_UPLOADER_HOST, "db.example:3306");
    check_note(OUTBOX_NOTE_UPLOADER_SERVER, "11.4");
    check_note(OUTBOX_NOTE_UPLOADER_TLS, "TLSv1.3");
    check_note(OUTBOX_NOTE_UPLOADER_TLS_ISSUER, "CN=Some authority");
    check_note(OUTBOX_NOTE_UPLOADER_TLS_UNTIL, "1707776000");
    check_note(OUTBOX_NOTE_UPLOADER_LAST_SUCCESS, "1700000000");
    append(2500, 10);
    CHECK_INT("idle", UPLOADER_IDLE, run(NOW + 5));
    check_note(OUTBOX_NOTE_UPLOADER_LAST_SUCCESS, "1700000000");
    append(2510, 10);
    CHECK_INT("idle", UPLOADER_IDLE, run(NOW + 15));
    check_note(OUTBOX_NOTE_UPLOADER_LAST_SUCCESS, "1700000015");
    check_all_there("2520", 2520);
    CHECK_INT("connected once", 1, database.connects);
    CHECK_TEXT("events", "", told());
}

static void a_certificate_that_ends_is_looked_at_daily(void **state)
{
    (void)state;
    run(NOW);
    run(NOW + 70 * DAY);
    CHECK_INT("long good", 1, database.connects);
    run(NOW + 80 * DAY);
    CHECK_INT("ends soon", 2, database.connects);
    run(NOW + 81 * DAY - 1);
    CHECK_INT("not again within a day", 2, database.connects);
    strcpy(database.facts.tls_issuer, "CN=Another");
    database.facts.tls_until_s = NOW + 200 * DAY;
    run(NOW + 81 * DAY);
    CHECK_INT("renewed: left alone", 2, database.connects);
    check_note(OUTBOX_NOTE_UPLOADER_TLS_ISSUER, "CN=Another");
    CHECK_TEXT("nobody is told of it", "400", told());

    strcpy(database.facts.tls, "no TLS");
    database.facts.tls_issuer[0] = '\0';
    database.facts.tls_until_s = 0;
    run(NOW + 90 * DAY);
    CHECK_INT("none: left alone", 2, database.connects);
    check_note(OUTBOX_NOTE_UPLOADER_TLS_ISSUER, "");
    check_note(OUTBOX_NOTE_UPLOADER_TLS_UNTIL, "");
}

static void what_keeps_it_away_is_told_at_first_and_hourly(void **state)
{
    (void)state;
    static const struct {
        enum error_kind kind;
        const char *state;
        const char *events; /* of two hours and the return */
    } cases[] = {
        {ERR_UNREACHABLE, "waiting", "401 401 401 400"},
        {ERR_LOGIN, "login refused", "402 402 402 400"},
        {ERR_TABLE, "table unusable", "404 404 404 400"},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        if (i > 0) {
            end(NULL);
            begin(NULL);
        }
        database.connecting = cases[i].kind;
        append(0, 7);
        uint32_t wait_ms = run(NOW);
        CHECK_INT(cases[i].state, true, wait_ms >= 500 && wait_ms <= 1000);
        CHECK_TEXT(cases[i].state, "7", events[0].strings[1]);
        check_note(OUTBOX_NOTE_UPLOADER_STATE, cases[i].state);
        check_note(OUTBOX_NOTE_UPLOADER_ERROR, "no connection");
        for (int64_t now = NOW; now <= NOW + 2 * HOUR; now += 300) {
            wait_ms = run(now);
        }
        CHECK_INT("backoff", true, wait_ms >= 150000 && wait_ms <= 300000);
        uploader_hurry(uploader);
        CHECK_INT("hurry", true, run(NOW + 2 * HOUR) <= 1000);
        database.connecting = ERR_NONE;
        CHECK_INT("idle", UPLOADER_IDLE, run(NOW + 2 * HOUR));
        CHECK_TEXT(cases[i].state, cases[i].events, told());
        check_note(OUTBOX_NOTE_UPLOADER_STATE, "connected");
        check_note(OUTBOX_NOTE_UPLOADER_ERROR, "");
        check_all_there(cases[i].state, 7);
    }
}

static void a_server_that_connects_and_takes_nothing_is_told_once(void **state)
{
    (void)state;
    append(0, 5);
    database.inserting = ERR_UNREACHABLE;
    database.inserts_failing = 50;
    for (int i = 0; i < 20; i++) {
        CHECK_INT("waits", true, run(NOW + i) >= 500);
    }
    CHECK_TEXT("events", "401", told());
    database.inserts_failing = 0;
    run(NOW + 30);
    CHECK_TEXT("events", "400", told());
    check_all_there("after", 5);
}

static void a_connection_that_died_of_idleness_is_no_news(void **state)
{
    (void)state;
    append(0, 5);
    run(NOW);
    CHECK_TEXT("events", "400", told());
    database.inserting = ERR_UNREACHABLE;
    database.inserts_failing = 1;
    append(5, 5);
    CHECK_INT("idle", UPLOADER_IDLE, run(NOW + 9 * HOUR));
    CHECK_TEXT("events", "", told());
    check_all_there("after", 10);
    CHECK_INT("connected anew", 2, database.connects);
}

static void a_commit_whose_answer_is_lost_is_sent_again(void **state)
{
    (void)state;
    append(0, 1500);
    database.inserting = ERR_UNREACHABLE;
    database.inserts_failing = 1;
    database.commits_before_failing = true;
    CHECK_INT("waits", true, run(NOW) <= 1000);
    CHECK_INT("the cursor did not move", 1500, counts_now().waiting);
    CHECK_INT("idle", UPLOADER_IDLE, run(NOW + 1));
    check_all_there("after", 1500);
}

static void a_refused_row_is_found_and_set_aside_alone(void **state)
{
    (void)state;
    static const struct {
        const char *input;
        size_t count, first, step, bad; /* bad rows: first, first + step, … */
        size_t inserts_most;
    } cases[] = {
        {"the only one", 1, 0, 1, 1, 1},
        {"the first of 1000", 1000, 0, 1, 1, 25},
        {"the last of 1000", 1000, 999, 1, 1, 25},
        {"in the middle", 1000, 500, 1, 1, 35},
        {"of the second batch", 1800, 1234, 1, 1, 35},
        {"two together", 1000, 300, 1, 2, 45},
        {"ten apart", 1000, 50, 90, 10, 250},
        {"all of 50", 50, 0, 1, 50, 120},
        {"every second of 100", 100, 0, 2, 50, 250},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        if (i > 0) {
            end(NULL);
            begin(NULL);
        }
        for (size_t k = 0; k < cases[i].bad; k++) {
            database.bad[cases[i].first + k * cases[i].step] = true;
        }
        append(0, cases[i].count);
        CHECK_INT(cases[i].input, UPLOADER_IDLE, run(NOW));
        check_all_there(cases[i].input, cases[i].count);
        if (database.inserts > cases[i].inserts_most) {
            fail_msg("[%s] %zu inserts", cases[i].input, database.inserts);
        }
        CHECK_INT(cases[i].input, true, strstr(told(), "403") != NULL);
    }
}

static void refused_rows_are_told_of_hourly_with_their_number(void **state)
{
    (void)state;
    memset(database.bad, true, sizeof database.bad);
    append(0, 1);
    run(NOW);
    CHECK_TEXT("one", "1", events[1].strings[0]);
    CHECK_TEXT("the reason", "bad row 0", events[1].strings[1]);
    CHECK_TEXT("events", "400 403", told());
    append(1, 5);
    run(NOW + 60);
    append(6, 5);
    run(NOW + 120);
    CHECK_TEXT("not within the hour", "", told());
    run(NOW + HOUR + 1);
    CHECK_TEXT("ten since", "10", events[0].strings[0]);
    CHECK_TEXT("then", "403", told());
    run(NOW + 3 * HOUR);
    CHECK_TEXT("no more", "", told());
}

static void a_batch_too_large_is_halved_and_stays_small_for_an_hour(void **state)
{
    (void)state;
    append(0, 3000);
    database.rows_most = 300;
    CHECK_INT("idle", UPLOADER_IDLE, run(NOW));
    check_all_there("300 at most", 3000);
    CHECK_INT("halved no further than needed", true, database.smallest >= 250);
    CHECK_INT("two were too large, and no more", 2 + 12, database.inserts);
    database.rows_most = 0;
    database.largest = 0;
    append(3000, 3000);
    CHECK_INT("idle", UPLOADER_IDLE, run(NOW + HOUR - 1));
    CHECK_INT("still small", 250, database.largest);
    append(6000, 6000);
    CHECK_INT("idle", UPLOADER_IDLE, run(NOW + HOUR));
    check_all_there("grown", 12000);
    CHECK_INT("grown", true, database.largest > 1000);
    CHECK_TEXT("no trouble", "400", told());
}

static void a_conflict_is_tried_again_at_once_and_is_no_news(void **state)
{
    (void)state;
    append(0, 100);
    database.inserting = ERR_CONFLICT;
    database.inserts_failing = 19;
    for (size_t i = 0; i < 19; i++) {
        CHECK_INT("soon", true, uploader_step(uploader, NOW) <= 20);
    }
    CHECK_INT("idle", UPLOADER_IDLE, run(NOW));
    check_all_there("all", 100);
    CHECK_TEXT("no trouble", "400", told());
    CHECK_INT("one connection", 1, database.connects);
    append(100, 100);
    database.inserts_failing = 21;
    for (size_t i = 0; i < 21; i++) {
        uploader_step(uploader, NOW);
    }
    CHECK_TEXT("trouble after twenty", "401", told());
}

static void another_host_is_tried_before_a_failed_write_is_trouble(void **state)
{
    (void)state;
    config.database.host_count = 3;
    append(0, 100);
    database.inserting = ERR_UNREACHABLE;
    database.inserts_failing = 2;
    CHECK_INT("idle", UPLOADER_IDLE, run(NOW));
    check_all_there("the third takes them", 100);
    CHECK_TEXT("no trouble", "400", told());
    append(100, 100);
    database.inserts_failing = 3;
    CHECK_INT("backoff", true, run(NOW) != UPLOADER_IDLE);
    CHECK_TEXT("none of the three", "401", told());
}

static void an_unknown_error_of_one_row_is_that_rows(void **state)
{
    (void)state;
    append(0, 50);
    database.strange[7] = database.strange[8] = database.strange[30] = true;
    int64_t now_s = NOW;
    for (size_t i = 0; i < 100 && run(now_s) != UPLOADER_IDLE; i++) {
        now_s += 60;
    }
    for (size_t i = 0; i < 50; i++) {
        char name[16];
        snprintf(name, sizeof name, "row %zu", i);
        CHECK_INT(name, i != 7 && i != 8 && i != 30, database.there[i]);
    }
    CHECK_INT("set aside", 3, counts_now().refused);
}

static void an_unknown_error_of_all_rows_is_the_servers(void **state)
{
    (void)state;
    append(0, 20);
    for (size_t i = 0; i < 20; i++) {
        database.strange[i] = true;
    }
    int64_t now_s = NOW;
    for (size_t i = 0; i < 20; i++) {
        CHECK_INT("waits", true, run(now_s) != UPLOADER_IDLE);
        now_s += 60;
    }
    CHECK_INT("none set aside", 0, counts_now().refused);
    memset(database.strange, 0, sizeof database.strange);
    CHECK_INT("idle", UPLOADER_IDLE, run(now_s));
    check_all_there("all", 20);
}

static void a_batch_grows_while_it_is_cheap_and_shrinks_when_it_is_dear(void **state)
{
    (void)state;
    static const struct {
        int64_t took_us;
        size_t largest, smallest;
    } cases[] = {
        {200000, 2000, 1000},  /* 1,000, then 2,000 */
        {1000000, 1000, 1000}, /* neither */
        {3000000, 1000, 10},   /* 1,000, 500, … and the rest one by one */
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char name[24];
        snprintf(name, sizeof name, "%lld us", (long long)cases[i].took_us);
        assert_int_equal(i == 0 ? 0 : end(NULL) + begin(NULL), 0);
        database.facts.insert_us = cases[i].took_us;
        append(0, 3000);
        CHECK_INT(name, UPLOADER_IDLE, run(NOW));
        check_all_there(name, 3000);
        CHECK_INT(name, cases[i].largest, database.largest);
        CHECK_INT(name, true, database.smallest <= cases[i].smallest);
    }
}

static void an_interrupt_ends_it_without_a_word(void **state)
{
    (void)state;
    append(0, 10);
    run(NOW);
    told();
    append(10, 10);
    uploader_interrupt(uploader);
    CHECK_INT("idle", UPLOADER_IDLE, uploader_step(uploader, NOW));
    CHECK_INT("idle", UPLOADER_IDLE, uploader_step(uploader, NOW));
    CHECK_INT("waiting", 10, counts_now().waiting);
    CHECK_TEXT("events", "", told());
    check_note(OUTBOX_NOTE_UPLOADER_STATE, "connected");
}

static void a_missing_unique_key_is_told_once(void **state)
{
    (void)state;
    database.facts.unique_key = false;
    strcpy(config.database.table, "device_logs");
    append(0, 10);
    run(NOW);
    CHECK_TEXT("table", "device_logs", events[1].strings[0]);
    CHECK_TEXT("statement", "ALTER TABLE x", events[1].strings[1]);
    database.connected = false;
    run(NOW + 1);
    CHECK_TEXT("events", "400 406", told());
}

static void a_clone_takes_another_name(void **state)
{
    struct outbox_feed before;
    struct outbox_feed after;
    (void)state;
    append(0, 10);
    run(NOW);
    DO(outbox_feed(outbox, &before, &err));
    append(10, 10);
    database.foreign = true;
    run(NOW + 1);
    DO(outbox_feed(outbox, &after, &err));
    CHECK_TEXT("events", "400 410", told());
    CHECK_TEXT("the old one", before.bridge, events[1].strings[0]);
    CHECK_TEXT("the new one", after.bridge, events[1].strings[1]);
    assert_string_not_equal(before.bridge, after.bridge);
    check_all_there("and goes on", 20);
}

static void what_is_older_than_the_retention_is_forgotten(void **state)
{
    (void)state;
    append(0, 1200);
    run(NOW);
    CHECK_INT("kept", 1200, counts_now().uploaded);
    append(1200, 1);
    database.connecting = ERR_UNREACHABLE;
    database.connected = false;
    run(NOW + 91 * DAY);
    CHECK_INT("not while others wait to go up", 1200, counts_now().uploaded);
    database.connecting = ERR_NONE;
    int steps = 0;
    while (run(NOW + 91 * DAY) == RETENTION_PAUSE_MS && steps < 10) {
        steps++;
    }
    CHECK_INT("in small steps", 2, steps);
    CHECK_INT("all of them", 0, counts_now().uploaded);
}

static void a_full_outbox_forgets_uploaded_punches_before_their_time(void **state)
{
    (void)state;
    int64_t used = 0;
    size_t from = 0;
    config.outbox.max_mb = 1;
    while (used < 950000) {
        append(from, 200);
        from += 200;
        DO(outbox_used(outbox, &used, &err));
    }
    uint32_t wait_ms = RETENTION_PAUSE_MS;
    while (wait_ms == RETENTION_PAUSE_MS) {
        wait_ms = run(NOW + 10);
    }
    CHECK_INT("idle", UPLOADER_IDLE, wait_ms);
    CHECK_INT("all went up", 0, counts_now().waiting);
    DO(outbox_used(outbox, &used, &err));
    CHECK_INT("room", true, used <= 1048576 / 2);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        CASE(without_a_database_it_says_so_once),
        CASE(all_that_waits_goes_up_in_batches),
        CASE(a_certificate_that_ends_is_looked_at_daily),
        CASE(what_keeps_it_away_is_told_at_first_and_hourly),
        CASE(a_server_that_connects_and_takes_nothing_is_told_once),
        CASE(a_connection_that_died_of_idleness_is_no_news),
        CASE(a_commit_whose_answer_is_lost_is_sent_again),
        CASE(a_refused_row_is_found_and_set_aside_alone),
        CASE(refused_rows_are_told_of_hourly_with_their_number),
        CASE(a_batch_too_large_is_halved_and_stays_small_for_an_hour),
        CASE(a_conflict_is_tried_again_at_once_and_is_no_news),
        CASE(another_host_is_tried_before_a_failed_write_is_trouble),
        CASE(an_unknown_error_of_one_row_is_that_rows),
        CASE(an_unknown_error_of_all_rows_is_the_servers),
        CASE(a_batch_grows_while_it_is_cheap_and_shrinks_when_it_is_dear),
        CASE(an_interrupt_ends_it_without_a_word),
        CASE(a_missing_unique_key_is_told_once),
        CASE(a_clone_takes_another_name),
        CASE(what_is_older_than_the_retention_is_forgotten),
        CASE(a_full_outbox_forgets_uploaded_punches_before_their_time),
    };
    return cmocka_run_group_tests_name("uploader", tests, NULL, NULL);
}
