/* What rows are given besides their punch: the name and the zone of their terminal. */
#include "fake_database.h"
#include "no_events.h"
#include "outbox_punches.h"
#include "summer_zone.h"
#include "upload/uploader.h"

enum { START = 1764374800 };

static struct config config;
static struct outbox *outbox;
static struct uploader *uploader;

static int begin(void **state)
{
    (void)state;
    memset(&database, 0, sizeof database);
    database.facts.unique_key = true;
    config.database.host_count = 1;
    config.database.batch_rows = 50;
    config.outbox.retain_days = 90;
    assert_int_equal(scratch_begin(), 0);
    outbox = open_outbox((struct outbox_options){0});
    uploader = uploader_new(&config, outbox, &events, NULL, &err);
    return uploader != NULL ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    uploader_free(uploader);
    outbox_close(outbox);
    scratch_end();
    return 0;
}

/* One punch, whose clock is so many minutes ahead of UTC; -1: that is not known. */
static void check_row(size_t number, const char *sn, enum punch_way way, walltime time, int minutes)
{
    struct punch punch = {.time = time, .way = way, .raw = SPAN("x")};
    enum outbox_added added;
    snprintf(punch.user_id, sizeof punch.user_id, "%zu", number);
    snprintf(punch.device_sn, sizeof punch.device_sn, "%s", sn);
    DO(outbox_begin(outbox, &err));
    DO(outbox_append(outbox, &punch, 0, START, &added, &err));
    DO(outbox_commit(outbox, &err));
    (void)uploader_step(uploader, START);
    assert_true(database.there[number]);
    CHECK_INT(punch.user_id, minutes >= 0, database.has_utc[number]);
    if (minutes >= 0) {
        CHECK_INT(punch.user_id, minutes * 60, time - database.utc[number]);
    }
}

/* The zone of a terminal is the listed one's, or that of the line by which it is read. */
static void a_row_has_the_zone_of_its_terminal(void **state)
{
    (void)state;
    struct config_device device = {.sn = "T0", .name = "Gate", .timezone_minutes = 330};
    struct config_pulled pulled[] = {{.sn = "T1", .name = "Store", .timezone_minutes = 480},
                                     {.sn = "", .timezone_minutes = 420}};
    static const struct {
        const char *sn;
        enum punch_way way;
        int other_minutes, minutes; /* of the line without a serial number; -1 = not known */
        const char *name;
    } cases[] = {
        {"T0", PUNCH_PUSHED, 420, 330, "Gate"},  {"T1", PUNCH_PULLED, 420, 480, "Store"},
        {"T2", PUNCH_PULLED, 420, 420, ""},      {"T2", PUNCH_PULLED, 480, -1, ""},
        {"T2", PUNCH_PUSHED, 480, 420, ""},      {"T0", PUNCH_PULLED, 480, 330, "Gate"},
        {"t1", PUNCH_PULLED, 480, 480, "Store"},
    };
    config.listener.timezone_minutes = 420;
    config.listener.devices = &device;
    config.listener.device_count = 1;
    config.pull.terminals = pulled;
    config.pull.terminal_count = 2;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        pulled[1].timezone_minutes = cases[i].other_minutes;
        check_row(i, cases[i].sn, cases[i].way, START + (walltime)i, cases[i].minutes);
        CHECK_TEXT(cases[i].sn, cases[i].name, database.name);
    }
}

/* A time that clocks show twice, or never, is of no one moment. */
static void a_doubled_hour_has_no_utc(void **state)
{
    static const struct {
        walltime time;
        int minutes;
    } cases[] = {
        {1782864000, 120}, /* 2026-07-01 00:00 */
        {1767225600, 60},  /* 2026-01-01 00:00 */
        {1792891799, 120}, /* 2026-10-25 01:29:59 */
        {1792895400, -1},  /* 2026-10-25 02:30, twice */
        {1792897200, 60},  /* 2026-10-25 03:00 */
        {1774751400, -1},  /* 2026-03-29 02:30, never */
        {1774753200, 120}, /* 2026-03-29 03:00 */
    };
    (void)state;
    struct zone_rules rules = summer_zone();
    struct config_device device = {.sn = "T0", .name = "Gate", .zone = &rules};
    config.listener.devices = &device;
    config.listener.device_count = 1;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        check_row(i, "T0", PUNCH_PUSHED, cases[i].time, cases[i].minutes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_row_has_the_zone_of_its_terminal, begin, end),
        cmocka_unit_test_setup_teardown(a_doubled_hour_has_no_utc, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
