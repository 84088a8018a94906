#include "outbox/outbox_rejected.h"
#include "scratch_outbox.h"

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
    snprintf(text, sizeof text, "%s|%.*s|%s|%d", rejected->device_sn, (int)rejected->line.len,
             rejected->line.at, rejected->reason, (int)rejected->rejected_s);
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
        DO(outbox_each_rejected(outbox, cases[i].limit, see_rejected, &rejected, &err));
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
    DO(outbox_each_rejected(reader, 10, see_rejected, &rejected, &err));
    outbox_close(reader);
    CHECK_INT("seen", 3, rejected.count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(both_lists_are_shown, begin, end),
        cmocka_unit_test_setup_teardown(a_connection_for_reading_will_do, begin, end),
    };
    return cmocka_run_group_tests_name("outbox_rejected", tests, NULL, NULL);
}
