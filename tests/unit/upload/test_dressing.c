/* What rows are given besides their punch: the name and the zone of their terminal. */
#include "fake_database.h"
#include "outbox_punches.h"
#include "upload/uploader.h"

enum { START = 1764374800 };

static struct config config;
static struct outbox *outbox;
static struct uploader *uploader;

static void note_event(void *context, enum event_id id, size_t count, const char *const *strings)
{
    (void)context;
    (void)id;
    (void)count;
    (void)strings;
}

static const struct event_sink sink = {note_event, NULL};

static int begin(void **state)
{
    (void)state;
    database.facts.unique_key = true;
    config.database.host_count = 1;
    config.database.batch_rows = 50;
    config.outbox.retain_days = 90;
    assert_int_equal(scratch_begin(), 0);
    outbox = open_outbox((struct outbox_options){0});
    uploader = uploader_new(&config, outbox, &sink, NULL, &err);
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
        char user[8];
        struct punch punch = {.time = START + (walltime)i, .way = cases[i].way, .raw = SPAN("x")};
        enum outbox_added added;
        snprintf(user, sizeof user, "%zu", i);
        strcpy(punch.user_id, user);
        strcpy(punch.device_sn, cases[i].sn);
        pulled[1].timezone_minutes = cases[i].other_minutes;
        DO(outbox_begin(outbox, &err));
        DO(outbox_append(outbox, &punch, 0, START, &added, &err));
        DO(outbox_commit(outbox, &err));
        (void)uploader_step(uploader, START);
        assert_true(database.there[i]);
        CHECK_INT(user, cases[i].minutes >= 0, database.has_utc[i]);
        if (cases[i].minutes >= 0) {
            CHECK_INT(user, cases[i].minutes * 60, punch.time - database.utc[i]);
        }
        CHECK_TEXT(user, cases[i].name, database.name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_row_has_the_zone_of_its_terminal, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
