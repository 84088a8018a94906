/* The uploader where the server has no connection left for it: many PCs share it. */
#include "fake_database.h"
#include "outbox/outbox_note.h"
#include "scratch.h"
#include "upload/uploader.h"

enum { NOW = 1700000000, MINUTE = 60, HOUR = 3600, DAY = 86400, EVENTS_MAX = 16 };

static int events[EVENTS_MAX];
static size_t event_count;

static void take_event(void *context, enum event_id id, size_t count, const char *const *strings)
{
    (void)context;
    (void)count;
    (void)strings;
    assert_true(event_count < EVENTS_MAX);
    events[event_count++] = (int)id;
}

/* The ids told since the last call, in a text. */
static const char *told(void)
{
    static char text[EVENTS_MAX * 8];
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < event_count; i++) {
        used +=
            (size_t)snprintf(text + used, sizeof text - used, "%s%d", i > 0 ? " " : "", events[i]);
    }
    event_count = 0;
    return text;
}

static const struct event_sink sink = {take_event, NULL};
static struct config config;
static struct outbox *outbox;
static struct uploader *uploader;
static struct error err;
static size_t punches;

static int begin(void **state)
{
    (void)state;
    memset(&database, 0, sizeof database);
    memset(&config, 0, sizeof config);
    event_count = punches = 0;
    database.facts.unique_key = true;
    config.database.host_count = 1;
    config.database.batch_rows = 1000;
    config.database.idle_close_s = MINUTE;
    config.outbox.retain_days = 90;
    if (scratch_begin() != 0) {
        return -1;
    }
    outbox = outbox_open(scratch_path("outbox.db"), NULL, &err);
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

static void append(void)
{
    enum outbox_added added;
    struct punch punch = {.time = NOW + (walltime)punches, .raw = SPAN("raw")};
    strcpy(punch.device_sn, "TEST1");
    snprintf(punch.user_id, sizeof punch.user_id, "%zu", punches++);
    DO(outbox_begin(outbox, &err));
    DO(outbox_append(outbox, &punch, 0, NOW, &added, &err));
    DO(outbox_commit(outbox, &err));
}

/* Steps until nothing is to be done at once; returns that wait. */
static uint32_t run(int64_t now_s)
{
    uint32_t wait_ms = 0;
    for (int i = 0; i < 100 && wait_ms == 0; i++) {
        wait_ms = uploader_step(uploader, now_s);
    }
    return wait_ms;
}

static bool all_up(void)
{
    for (size_t i = 0; i < punches; i++) {
        if (!database.there[i]) {
            return false;
        }
    }
    return true;
}

/* A punch has come, and nothing is open. */
static void be_given_back(int64_t now_s)
{
    append();
    CHECK_INT("up", UPLOADER_IDLE, run(now_s));
    CHECK_INT("kept for a minute", MINUTE * 1000, uploader_idle_ms(uploader, now_s));
    run(now_s + MINUTE);
    CHECK_INT("given back", false, database.connected);
    CHECK_TEXT("there", "400", told());
}

static void a_passing_shortage_is_no_news(void **state)
{
    (void)state;
    be_given_back(NOW);
    int64_t now_s = NOW + HOUR;
    append();
    database.crowded = true;
    for (int64_t short_s = 0; short_s < 10 * MINUTE; short_s += MINUTE / 2) {
        uint32_t wait_ms = run(now_s + short_s);
        assert_in_range(wait_ms, 500, 30000);
    }
    char note[OUTBOX_NOTE_MAX + 1];
    DO(outbox_noted(outbox, OUTBOX_NOTE_UPLOADER_ERROR, note, &err));
    CHECK_TEXT("the page says it", "Too many connections", note);
    database.crowded = false;
    CHECK_INT("idle", UPLOADER_IDLE, run(now_s + 10 * MINUTE));
    CHECK_INT("up", true, all_up());
    CHECK_TEXT("nothing is told, not of its end either", "", told());
}

static void a_lasting_shortage_is_told_once(void **state)
{
    (void)state;
    be_given_back(NOW);
    append();
    database.crowded = true;
    for (int64_t short_s = 0; short_s <= 30 * MINUTE; short_s += MINUTE / 2) {
        CHECK_INT("waits", true, run(NOW + HOUR + short_s) <= 30000);
        CHECK_TEXT("told after ten minutes", short_s == 10 * MINUTE ? "401" : "", told());
    }
    database.crowded = false;
    run(NOW + 2 * HOUR);
    CHECK_TEXT("and that it is over", "400", told());
    CHECK_INT("up", true, all_up());
}

/* Two short ones with punches that went up between them do not make a long one. */
static void shortages_are_not_added_up(void **state)
{
    (void)state;
    be_given_back(NOW);
    for (int64_t hour = 1; hour < 5; hour++) {
        append();
        database.crowded = true;
        run(NOW + hour * HOUR);
        run(NOW + hour * HOUR + 9 * MINUTE);
        database.crowded = false;
        run(NOW + hour * HOUR + 9 * MINUTE + 1);
        run(NOW + hour * HOUR + 9 * MINUTE + 3);
        CHECK_INT("given back", false, database.connected);
        CHECK_TEXT("no news", "", told());
    }
    CHECK_INT("up", true, all_up());
}

static void what_else_fails_is_told_at_once(void **state)
{
    (void)state;
    be_given_back(NOW);
    append();
    database.crowded = true;
    run(NOW + HOUR);
    database.crowded = false;
    database.connecting = ERR_UNREACHABLE;
    run(NOW + HOUR + 1);
    CHECK_TEXT("away", "401", told());
    database.connecting = ERR_NONE;
    database.crowded = true;
    run(NOW + HOUR + 2);
    database.crowded = false;
    run(NOW + HOUR + 3);
    CHECK_TEXT("and there", "400", told());
}

static void where_it_was_short_nothing_is_kept_idle(void **state)
{
    static const struct {
        const char *input;
        int64_t after_s;
        int close_s;
        uint32_t kept_ms;
    } cases[] = {
        {"at once", 1, 60, 2000},
        {"hours later", 10 * HOUR, 60, 2000},
        {"the next day", DAY + MINUTE, 60, 60000},
        {"shorter anyway", 1, 1, 1000},
        {"kept, as the configuration has it", 1, 0, UPLOADER_IDLE},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        end(NULL);
        begin(NULL);
        config.database.idle_close_s = cases[i].close_s;
        append();
        database.crowded = true;
        run(NOW);
        database.crowded = false;
        run(NOW + cases[i].after_s);
        CHECK_INT(cases[i].input, true, all_up());
        CHECK_INT(cases[i].input, cases[i].kept_ms,
                  uploader_idle_ms(uploader, NOW + cases[i].after_s));
        CHECK_TEXT(cases[i].input, "400", told());
    }
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        CASE(a_passing_shortage_is_no_news),
        CASE(a_lasting_shortage_is_told_once),
        CASE(shortages_are_not_added_up),
        CASE(what_else_fails_is_told_at_once),
        CASE(where_it_was_short_nothing_is_kept_idle),
    };
    return cmocka_run_group_tests_name("shortage", tests, NULL, NULL);
}
