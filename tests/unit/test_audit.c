/* audit, devicecmd, clockwatch and outbox_command, by way of intake: what terminals are asked. */
#include "check.h"

#include "audit.h"
#include "clockwatch.h"
#include "devicecmd.h"
#include "intake.h"
#include "outbox_command.h"
#include "scratch.h"

/* ---- a listener's surroundings ---- */

enum { EVENTS_MAX = 100, DAY_S = 86400 };

static struct {
    size_t count;
    enum event_id ids[EVENTS_MAX];
    char last[EVENTS_MAX][256];
} told;

static void remember_event(void *context, enum event_id id, size_t count,
                           const char *const *strings)
{
    (void)context;
    if (told.count == EVENTS_MAX) {
        return;
    }
    char *text = told.last[told.count];
    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof told.last[0] - used, "%s%s", i > 0 ? "|" : "", strings[i]);
    }
    told.ids[told.count++] = id;
}

/* The strings of the last event of this id, "" if there is none. */
static const char *last_told(enum event_id id)
{
    for (size_t i = told.count; i-- > 0;) {
        if (told.ids[i] == id) {
            return told.last[i];
        }
    }
    return "";
}

static size_t times_told(enum event_id id)
{
    size_t times = 0;
    for (size_t i = 0; i < told.count; i++) {
        times += told.ids[i] == id;
    }
    return times;
}

static const struct event_sink sink = {remember_event, NULL};
static struct config *config;
static struct outbox *outbox;
static struct intake *intake;
static struct intake_item item;
static struct intake_time now;

/* 2036-03-04 05:00:00 UTC, which is noon at +7; no compiler is that late. */
static const int64_t begin_s = INT64_C(2088219600);

static void open_with(const char *text)
{
    struct error err = ERROR_INIT;
    struct outbox_options options = {.skip_pushed = true};
    memset(&told, 0, sizeof told);
    now = (struct intake_time){begin_s, 1000};
    config = config_parse(span_of(text), scratch_path("config.json"), &err);
    CHECK_TEXT(text, "", err.text);
    outbox = outbox_open(scratch_path("outbox.db"), &options, &err);
    CHECK_TEXT("outbox", "", err.text);
    intake = intake_new(config, outbox, &sink, &err);
    assert_non_null(intake);
}

static int begin_test(void **state)
{
    (void)state;
    int failed = scratch_begin();
    open_with("{}");
    return failed;
}

static int end_test(void **state)
{
    (void)state;
    scratch_path("outbox.db-wal");
    scratch_path("outbox.db-shm");
    intake_free(intake);
    outbox_close(outbox);
    config_free(config);
    scratch_end();
    return 0;
}

static void wait_s(int64_t seconds)
{
    now.unix_s += seconds;
    now.steady_s += seconds;
}

static const char *ask(enum iclock_method method, const char *path, const char *query,
                       const char *body)
{
    struct intake_item *items[] = {&item};
    memset(&item, 0, sizeof item);
    item.request.method = method;
    item.request.path = span_of(path);
    item.request.query = span_of(query);
    item.request.body = span_of(body);
    assert_true(address_parse(SPAN("10.0.0.1"), &item.peer));
    intake_answer(intake, items, 1, now);
    CHECK_INT(query, 200, item.reply.status);
    item.reply.body[item.reply.len] = '\0';
    return item.reply.body;
}

static const char *poll(void)
{
    return ask(ICLOCK_GET, "/iclock/getrequest", "SN=A1", "");
}

static void push(const char *body)
{
    ask(ICLOCK_POST, "/iclock/cdata", "SN=A1&table=ATTLOG&Stamp=1", body);
}

/* The result of a command whose id is the last that was handed out. */
static int64_t handed;
static void result(const char *rest)
{
    char body[200];
    snprintf(body, sizeof body, "ID=%lld&%s\n", (long long)handed, rest);
    ask(ICLOCK_POST, "/iclock/devicecmd", "SN=A1", body);
}

/* What is handed out, without "C:<id>:" and the line's end; "" for OK. */
static const char *command(void)
{
    static char text[ICLOCK_COMMAND_MAX + 1];
    const char *reply = poll();
    text[0] = '\0';
    if (strncmp(reply, "C:", 2) == 0) {
        char *end = NULL;
        handed = strtoll(reply + 2, &end, 10);
        assert_int_equal(*end, ':');
        snprintf(text, sizeof text, "%.*s", (int)strcspn(end + 1, "\n"), end + 1);
    }
    return text;
}

static void queue(const char *text)
{
    struct error err = ERROR_INIT;
    int64_t id = 0;
    assert_true(outbox_begin(outbox, &err));
    assert_true(
        outbox_command_queue(outbox, "A1", text, OUTBOX_ASKED_BY_HAND, now.unix_s, &id, &err));
    assert_true(outbox_commit(outbox, &err));
}

static bool first_command(void *context, const struct outbox_command *one)
{
    *(struct outbox_command *)context = *one;
    return false;
}

static struct outbox_command newest(void)
{
    struct outbox_command one;
    struct error err = ERROR_INIT;
    memset(&one, 0, sizeof one);
    assert_true(outbox_each_command(outbox, "A1", first_command, &one, &err));
    return one;
}

/* ---- commands ---- */

static void words_are_the_terminals_own(void **state)
{
    static const struct {
        const char *text;
        const char *kind;
        const char *spelt;
    } cases[] = {
        {"INFO", "att", "INFO"},
        {"REBOOT", "", "REBOOT"},
        {"REBOOT", "acc", "CONTROL DEVICE 03000000"},
        {"SET CLOCK", "att", "SET OPTION DateTime=583080894"},
        {"SET CLOCK", "acc", "SET OPTIONS DateTime=583080894"},
        {"DATA QUERY ATTLOG StartTime=1\tEndTime=2", "pid",
         "DATA QUERY ATTLOG StartTime=1\tEndTime=2"},
        {"DATA QUERY ATTLOG StartTime=1\tEndTime=2", "acc",
         "DATA QUERY tablename=transaction,fielddesc=*,filter=*"},
    };
    char out[ICLOCK_COMMAND_MAX + 1];
    walltime time = 0;
    (void)state;
    /* The vendor's own example of the packed time. */
    assert_true(walltime_parse_iso(SPAN("2018-02-22 14:54:54"), &time));
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        CHECK_TEXT(cases[i].text, cases[i].spelt,
                   devicecmd_spell(cases[i].text, cases[i].kind, time, out));
    }
    CHECK_TEXT("a day",
               "DATA QUERY ATTLOG StartTime=2018-02-22 14:54:54\tEndTime=2018-02-23 14:54:53",
               devicecmd_resend(time, time + DAY_S, out));
    assert_true(devicecmd_is_resend(out));
    CHECK_TEXT("a sum",
               "VERIFY SUM ATTLOG StartTime=2018-02-22 14:54:54\tEndTime=2018-02-23 14:54:53",
               devicecmd_sum(time, time + DAY_S, out));
    assert_false(devicecmd_is_resend(out));
}

static void a_command_is_handed_out_once_and_its_result_is_kept(void **state)
{
    (void)state;
    poll();
    queue("INFO");
    queue("CHECK");
    CHECK_TEXT("first", "INFO", command());
    CHECK_INT("handed out", now.unix_s, newest().sent_s + (newest().tries == 0 ? now.unix_s : 0));
    result("Return=0&CMD=INFO\n~DeviceName=F22\nUserCount=57");
    CHECK_TEXT("second", "CHECK", command());
    CHECK_TEXT("none", "", command());
    result("Return=-1002&CMD=CHECK");
    struct outbox_command last = newest();
    CHECK_TEXT("last", "CHECK", last.text);
    CHECK_INT("last", -1002, last.result);
    CHECK_INT("last", now.unix_s, last.done_s);
    result("Return=0&CMD=CHECK"); /* said twice: the first counts */
    CHECK_INT("last", -1002, newest().result);
}

static void another_terminal_can_neither_take_nor_answer_it(void **state)
{
    char body[64];
    (void)state;
    queue("INFO");
    CHECK_TEXT("B2", "OK", ask(ICLOCK_GET, "/iclock/getrequest", "SN=B2", ""));
    CHECK_TEXT("A1", "INFO", command());
    snprintf(body, sizeof body, "ID=%lld&Return=0&CMD=INFO\n", (long long)handed);
    ask(ICLOCK_POST, "/iclock/devicecmd", "SN=B2", body);
    CHECK_INT("not done", 0, newest().done_s);
}

static void a_command_without_a_result_is_handed_out_again_but_a_restart_is_not(void **state)
{
    (void)state;
    queue("CHECK");
    for (int i = 0; i < OUTBOX_COMMAND_TRIES; i++) {
        CHECK_TEXT("again", "CHECK", command());
        CHECK_TEXT("not at once", "", command());
        wait_s(OUTBOX_COMMAND_AGAIN_S);
    }
    CHECK_TEXT("no more", "", command());
    queue("REBOOT");
    CHECK_TEXT("restart", "REBOOT", command());
    wait_s(OUTBOX_COMMAND_AGAIN_S);
    CHECK_TEXT("once", "", command());
}

static void old_commands_are_forgotten(void **state)
{
    struct error err = ERROR_INIT;
    int64_t id = 0;
    (void)state;
    assert_true(outbox_begin(outbox, &err));
    for (int i = 0; i < 3 * OUTBOX_COMMANDS_KEPT; i++) {
        assert_true(outbox_command_queue(outbox, "A1", "LOG", OUTBOX_ASKED_BY_HAND, i, &id, &err));
    }
    assert_true(outbox_commit(outbox, &err));
    CHECK_INT("ids grow", 3 * OUTBOX_COMMANDS_KEPT, id);
    CHECK_TEXT("the oldest kept", "LOG", command());
    CHECK_INT("the oldest kept", 2 * OUTBOX_COMMANDS_KEPT + 1, handed);
}

/* ---- the audit ---- */

static void say_info(int records)
{
    char query[80];
    snprintf(query, sizeof query, "SN=A1&INFO=Ver%%208,5,6,%d,10.0.0.1,10", records);
    ask(ICLOCK_GET, "/iclock/getrequest", query, "");
}

static void info_that_agrees_asks_nothing(void **state)
{
    (void)state;
    say_info(2);
    push("1\t2036-03-04 11:00:00\n2\t2036-03-04 11:00:01\n");
    push("3\t2036-03-04 12:30:00\n"); /* made since */
    wait_s(AUDIT_INFO_S + AUDIT_QUIET_S);
    CHECK_TEXT("nothing", "", command());
    CHECK_INT("217", 0, times_told(EVENT_PUNCHES_MISSING));
}

static void a_shortfall_is_asked_for_once_and_made_good(void **state)
{
    (void)state;
    say_info(3);
    push("1\t2036-03-04 11:00:00\n");
    push("4\t2036-03-04 12:30:00\n"); /* made since: it makes up for nothing */
    CHECK_TEXT("not at once", "", command());
    wait_s(AUDIT_INFO_S + AUDIT_QUIET_S);
    CHECK_TEXT("asked",
               "DATA QUERY ATTLOG StartTime=2000-01-01 00:00:00\tEndTime=2036-03-04 12:00:00",
               command());
    CHECK_TEXT("217", "A1|2|3|2000-01-01 00:00:00|2036-03-04 12:00:00",
               last_told(EVENT_PUNCHES_MISSING));
    result("Return=0&CMD=DATA");
    push("1\t2036-03-04 11:00:00\n2\t2036-03-04 11:00:01\n3\t2036-03-04 11:00:02\n");
    CHECK_TEXT("not before it is quiet", "", command());
    CHECK_INT("218", 0, times_told(EVENT_PUNCHES_ASKED_FOR));
    wait_s(AUDIT_QUIET_S);
    CHECK_TEXT("judged", "", command());
    CHECK_TEXT("218", "A1|2|2|0", last_told(EVENT_PUNCHES_ASKED_FOR));
    say_info(5);
    wait_s(AUDIT_INFO_S + AUDIT_QUIET_S);
    CHECK_TEXT("a new one", "A1|2|3|2000-01-01 00:00:00|2036-03-04 12:00:00",
               last_told(EVENT_PUNCHES_MISSING));
}

static void what_does_not_come_is_settled(void **state)
{
    (void)state;
    say_info(3);
    push("1\t2036-03-04 11:00:00\n");
    wait_s(AUDIT_INFO_S + AUDIT_QUIET_S);
    assert_true(devicecmd_is_resend(command()));
    result("Return=-1&CMD=DATA");
    CHECK_TEXT("judged", "", command());
    CHECK_TEXT("218", "A1|2|0|2", last_told(EVENT_PUNCHES_ASKED_FOR));
    say_info(3);
    wait_s(AUDIT_INFO_S + AUDIT_QUIET_S);
    CHECK_TEXT("the same is no news", "", command());
    say_info(4);
    wait_s(AUDIT_INFO_S + AUDIT_QUIET_S);
    assert_true(devicecmd_is_resend(command()));
    CHECK_INT("217", 2, times_told(EVENT_PUNCHES_MISSING));
}

/* What was not written is lost, and two seconds pass. */
static void kill_service(void)
{
    struct error err = ERROR_INIT;
    intake_free(intake);
    outbox_close(outbox);
    outbox = outbox_open(scratch_path("outbox.db"), NULL, &err);
    CHECK_TEXT("outbox", "", err.text);
    intake = intake_new(config, outbox, &sink, &err);
    assert_non_null(intake);
    wait_s(2);
}

static void a_kill_makes_no_shortfall(void **state)
{
    (void)state;
    say_info(2);
    push("1\t2036-03-04 11:00:00\n");
    push("2\t2036-03-04 11:30:00\n3\t2036-03-04 13:00:00\n");
    kill_service();
    wait_s(AUDIT_INFO_S + AUDIT_QUIET_S);
    CHECK_TEXT("none", "", command());
    CHECK_INT("217", 0, times_told(EVENT_PUNCHES_MISSING));
}

static void a_kill_does_not_ask_twice(void **state)
{
    (void)state;
    say_info(3);
    push("1\t2036-03-04 11:00:00\n");
    wait_s(AUDIT_INFO_S + AUDIT_QUIET_S);
    assert_true(devicecmd_is_resend(command()));
    kill_service();
    push("2\t2036-03-04 11:30:00\n");
    kill_service();
    wait_s(AUDIT_QUIET_S);
    CHECK_TEXT("still under way", "", command());
    result("Return=0&CMD=DATA");
    kill_service();
    poll();
    wait_s(AUDIT_QUIET_S);
    CHECK_TEXT("judged", "", command());
    CHECK_INT("217", 1, times_told(EVENT_PUNCHES_MISSING));
    CHECK_TEXT("218", "A1|2|1|1", last_told(EVENT_PUNCHES_ASKED_FOR));
}

/* A delivery that the service was not there for is not quiet of the terminal. */
static void nothing_is_compared_right_after_the_start(void **state)
{
    (void)state;
    push("1\t2036-03-04 11:00:00\n");
    say_info(3);
    push("2\t2036-03-04 11:30:00\n");
    now.steady_s += INTAKE_FLUSH_S;
    intake_flush(intake, now);
    wait_s(AUDIT_INFO_S + AUDIT_QUIET_S);
    kill_service();
    CHECK_TEXT("not yet", "", command());
    push("3\t2036-03-04 11:40:00\n");
    wait_s(AUDIT_QUIET_S);
    CHECK_TEXT("all there", "", command());
    CHECK_INT("217", 0, times_told(EVENT_PUNCHES_MISSING));
}

static void info_is_not_compared_where_punches_are_left_out(void **state)
{
    (void)state;
    intake_free(intake);
    outbox_close(outbox);
    config_free(config);
    open_with("{\"ignore_before\": \"2030-01-01\"}");
    say_info(3);
    wait_s(AUDIT_INFO_S + AUDIT_QUIET_S);
    CHECK_TEXT("nothing", "", command());
}

static void each_finished_day_is_summed(void **state)
{
    (void)state;
    push("1\t2036-03-04 11:00:00\n2\t2036-03-04 23:59:59\n3\t2036-03-05 00:00:00\n");
    wait_s(DAY_S / 2); /* midnight there */
    CHECK_TEXT("not yet", "", command());
    wait_s(AUDIT_AFTER_MIDNIGHT_S);
    CHECK_TEXT("the day",
               "VERIFY SUM ATTLOG StartTime=2036-03-04 00:00:00\tEndTime=2036-03-04 23:59:59",
               command());
    result("Return=0&CMD=VERIFY SUM&StartTime=x&EndTime=y&AttlogSum=2");
    CHECK_TEXT("enough", "", command());
    CHECK_INT("217", 0, times_told(EVENT_PUNCHES_MISSING));
    wait_s(3 * (int64_t)DAY_S); /* the PC was off */
    static const char *const days[] = {"2036-03-05", "2036-03-06", "2036-03-07"};
    for (size_t i = 0; i < HB_COUNT(days); i++) {
        char expected[120];
        snprintf(expected, sizeof expected,
                 "VERIFY SUM ATTLOG StartTime=%s 00:00:00\tEndTime=%s 23:59:59", days[i], days[i]);
        CHECK_TEXT(days[i], expected, command());
        result("Return=0&CMD=VERIFY SUM&AttlogSum=1");
        if (i > 0) {
            CHECK_INT(days[i], i, times_told(EVENT_PUNCHES_MISSING));
            assert_true(devicecmd_is_resend(command()));
            result("Return=-1&CMD=DATA");
            poll();
        }
    }
    CHECK_TEXT("217", "A1|1|1|2036-03-07 00:00:00|2036-03-07 23:59:59",
               last_told(EVENT_PUNCHES_MISSING));
    CHECK_INT("218", 2, times_told(EVENT_PUNCHES_ASKED_FOR));
}

static void a_day_that_lacks_punches_is_made_good(void **state)
{
    (void)state;
    push("1\t2036-03-04 11:00:00\n");
    wait_s(DAY_S);
    CHECK_TEXT("the day",
               "VERIFY SUM ATTLOG StartTime=2036-03-04 00:00:00\tEndTime=2036-03-04 23:59:59",
               command());
    result("Return=0&CMD=VERIFY SUM&AttlogSum=3");
    CHECK_TEXT("asked",
               "DATA QUERY ATTLOG StartTime=2036-03-04 00:00:00\tEndTime=2036-03-04 23:59:59",
               command());
    result("Return=0&CMD=DATA");
    push("1\t2036-03-04 11:00:00\n2\t2036-03-04 11:00:01\n3\t2036-03-04 11:00:02\n");
    wait_s(AUDIT_QUIET_S);
    poll();
    CHECK_TEXT("218", "A1|2|2|0", last_told(EVENT_PUNCHES_ASKED_FOR));
}

static void firmware_that_knows_no_sum_is_left_alone(void **state)
{
    (void)state;
    poll();
    wait_s(DAY_S);
    assert_string_not_equal(command(), "");
    result("Return=-1002&CMD=VERIFY");
    wait_s(DAY_S);
    CHECK_TEXT("the next day", "", command());
    wait_s(AUDIT_NO_SUM_S);
    assert_string_not_equal(command(), ""); /* an update may have come */
    wait_s(AUDIT_ANSWER_S);
    poll(); /* no answer at all: the command is handed out again, but not waited for */
    wait_s(DAY_S);
    poll();
    wait_s(DAY_S);
    CHECK_TEXT("no further day", "", command());
}

/* ---- clocks ---- */

static void keep_in_touch(int64_t seconds)
{
    for (int64_t i = 0; i < seconds; i += 10) {
        wait_s(10);
        poll();
    }
}

static void a_clock_that_is_off_is_told_once_a_day(void **state)
{
    (void)state;
    poll();
    push("1\t2036-03-04 09:00:00\n");
    CHECK_INT("it may have been kept", 0, times_told(EVENT_TERMINAL_CLOCK_OFF));
    keep_in_touch(CLOCKWATCH_OFF_S);
    push("2\t2036-03-04 09:00:00\n2\t2036-03-04 09:00:01\n");
    CHECK_INT("several were kept", 0, times_told(EVENT_TERMINAL_CLOCK_OFF));
    push("1\t2036-03-04 09:00:00\n");
    CHECK_INT("sent again", 0, times_told(EVENT_TERMINAL_CLOCK_OFF));
    push("3\t2036-03-04 12:03:59\n");
    CHECK_INT("near enough", 0, times_told(EVENT_TERMINAL_CLOCK_OFF));
    push("4\t2036-03-04 09:01:00\n");
    CHECK_TEXT("219", "A1|2036-03-04 09:01:00|2036-03-04 12:02:00|3:01:00 behind",
               last_told(EVENT_TERMINAL_CLOCK_OFF));
    push("5\t2036-03-04 12:04:01\n");
    CHECK_INT("once", 1, times_told(EVENT_TERMINAL_CLOCK_OFF));
    keep_in_touch(DAY_S / 2);
    push("6\t2036-03-05 00:04:01\n");
    CHECK_TEXT("the next day", "A1|2036-03-05 00:04:01|2036-03-05 00:02:00|0:02:01 ahead",
               last_told(EVENT_TERMINAL_CLOCK_OFF));
}

static void what_was_kept_while_away_says_nothing_of_the_clock(void **state)
{
    (void)state;
    poll();
    keep_in_touch(CLOCKWATCH_OFF_S);
    wait_s(3600);
    poll();
    push("1\t2036-03-04 12:20:00\n");
    keep_in_touch(CLOCKWATCH_OFF_S);
    queue("DATA QUERY ATTLOG StartTime=2036-03-04 00:00:00\tEndTime=2036-03-04 23:59:59");
    assert_true(devicecmd_is_resend(command()));
    push("2\t2036-03-04 10:20:00\n");
    CHECK_INT("219", 0, times_told(EVENT_TERMINAL_CLOCK_OFF));
}

static void the_pcs_clock_is_watched(void **state)
{
    struct clockwatch watch = {0};
    char text[CLOCKWATCH_TEXT_MAX] = "";
    static const struct {
        int64_t unix_s;
        int64_t steady_s;
        const char *text; /* NULL: no news */
    } cases[] = {
        {86400, 10, "it says 1970-01-02 00:00:00 UTC, which is before this program was made"},
        {86410, 20, NULL},
        {2088219600, 30, "it has jumped from 1970-01-02 00:00:20 to 2036-03-04 05:00:00 UTC"},
        {2088219660, 90, NULL},
        {2088219780, 91, NULL},
        {2088223381, 92, "it has jumped from 2036-03-04 05:03:01 to 2036-03-04 06:03:01 UTC"},
        {2088226981, 3692, NULL},
        {2088219781, 3693, "it has jumped from 2036-03-04 07:03:02 to 2036-03-04 05:03:01 UTC"},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char input[32];
        snprintf(input, sizeof input, "%zu", i);
        CHECK_INT(input, cases[i].text != NULL,
                  clockwatch_note(&watch, cases[i].unix_s, cases[i].steady_s, text));
        CHECK_TEXT(input, cases[i].text != NULL ? cases[i].text : text, text);
    }
}

static void a_jump_is_told_before_the_reply(void **state)
{
    (void)state;
    poll();
    CHECK_INT("220", 0, times_told(EVENT_PC_CLOCK));
    now.unix_s += 3600;
    poll();
    CHECK_TEXT("220", "it has jumped from 2036-03-04 05:00:00 to 2036-03-04 06:00:00 UTC",
               last_told(EVENT_PC_CLOCK));
    poll();
    CHECK_INT("220", 1, times_told(EVENT_PC_CLOCK));
}

/* ---- operation lines, other families ---- */

static void two_operations_are_told_hourly(void **state)
{
    static const char lines[] = "OPLOG 21\t0\t2036-03-04 12:00:00\t0\nOPLOG 23\t0\tsoon\t0\n"
                                "USER PIN=1\tPasswd=1234\n";
    (void)state;
    for (int i = 0; i < 3; i++) {
        ask(ICLOCK_POST, "/iclock/cdata", "SN=A1&table=OPERLOG&Stamp=1", lines);
    }
    CHECK_TEXT("214", "A1|2036-03-04 12:00:00", last_told(EVENT_TERMINAL_CLOCK_SET));
    CHECK_TEXT("215", "A1|?", last_told(EVENT_TERMINAL_LOG_DELETED));
    CHECK_INT("told", 2, told.count);
}

static void another_family_is_told_daily(void **state)
{
    struct intake_item *items[] = {&item};
    (void)state;
    for (int i = 0; i < 50; i++) {
        memset(&item, 0, sizeof item);
        item.request = (struct iclock_request){
            .method = ICLOCK_POST, .path = SPAN("/hdata.aspx"), .other_family = true};
        assert_true(address_parse(SPAN("10.0.0.9"), &item.peer));
        intake_answer(intake, items, 1, now);
        CHECK_INT("another family", 404, item.reply.status);
        wait_s(3600);
    }
    CHECK_INT("216", 3, times_told(EVENT_OTHER_FAMILY));
    CHECK_TEXT("216", "10.0.0.9|24", last_told(EVENT_OTHER_FAMILY));
    CHECK_INT("210", 0, times_told(EVENT_REQUEST_REFUSED));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_test, end_test)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_the_terminals_own),
        TEST(a_command_is_handed_out_once_and_its_result_is_kept),
        TEST(another_terminal_can_neither_take_nor_answer_it),
        TEST(a_command_without_a_result_is_handed_out_again_but_a_restart_is_not),
        TEST(old_commands_are_forgotten),
        TEST(info_that_agrees_asks_nothing),
        TEST(a_shortfall_is_asked_for_once_and_made_good),
        TEST(what_does_not_come_is_settled),
        TEST(a_kill_makes_no_shortfall),
        TEST(a_kill_does_not_ask_twice),
        TEST(nothing_is_compared_right_after_the_start),
        TEST(info_is_not_compared_where_punches_are_left_out),
        TEST(each_finished_day_is_summed),
        TEST(a_day_that_lacks_punches_is_made_good),
        TEST(firmware_that_knows_no_sum_is_left_alone),
        TEST(a_clock_that_is_off_is_told_once_a_day),
        TEST(what_was_kept_while_away_says_nothing_of_the_clock),
        cmocka_unit_test(the_pcs_clock_is_watched),
        TEST(a_jump_is_told_before_the_reply),
        TEST(two_operations_are_told_hourly),
        TEST(another_family_is_told_daily),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
