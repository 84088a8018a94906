/* audit, by way of intake: what a terminal holds is held against what has come. */
#include "terminal_a1.h"

#include "iclock/devicecmd.h"
#include "outbox/outbox_proof.h"
#include "terminals/audit.h"
#include "terminals/completeness.h"

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

static void answer_with_nothing(void)
{
    assert_true(devicecmd_is_resend(command()));
    result("Return=-1&CMD=DATA");
    poll();
}

static void say_info_and_wait(int records)
{
    say_info(records);
    wait_s(AUDIT_INFO_S + AUDIT_QUIET_S);
}

static void make_punches(int from, int count)
{
    for (int i = from; i < from + count; i++) {
        char line[64];
        snprintf(line, sizeof line, "%d\t2036-03-04 11:00:00\n", i);
        push(line);
    }
}

/* However large a number was once told and written off: it hides nothing that lacks now. */
static void what_is_written_off_is_bounded_by_what_is_missing(void **state)
{
    static const struct {
        const char *what;
        int told;      /* once, by whomever; nothing came of asking */
        int holds;     /* in truth, */
        int here;      /* of these have come */
        int64_t found; /* missing, by 217 */
    } cases[] = {
        {"a number beyond any terminal", 2000000000, 1000, 5, 995},
        {"one beyond any, just so", AUDIT_RECORDS_MAX + 1, 1000, 5, 995},
        {"the largest that is believed", AUDIT_RECORDS_MAX, 1000, 5, 995},
        {"a few more than it holds", 1200, 1000, 5, 995},
        {"one more", 1001, 1000, 5, 995},
        {"nothing: what came before is gone from it", 0, 10, 5, 10},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char expected[64];
        begin_case();
        make_punches(1, cases[i].here);
        say_info_and_wait(cases[i].told);
        if (cases[i].told > cases[i].here && cases[i].told <= AUDIT_RECORDS_MAX) {
            answer_with_nothing();
        } else {
            CHECK_TEXT(cases[i].what, "", command());
        }
        memset(&told, 0, sizeof told);
        say_info_and_wait(cases[i].holds);
        assert_true(devicecmd_is_resend(command()));
        snprintf(expected, sizeof expected, "A1|%lld|%d|", (long long)cases[i].found,
                 cases[i].holds);
        CHECK_INT(last_told(EVENT_PUNCHES_MISSING), 0,
                  strncmp(expected, last_told(EVENT_PUNCHES_MISSING), strlen(expected)));
    }
}

/* Made good later, what was written off is not a credit for what lacks then. */
static void what_came_after_all_is_no_credit(void **state)
{
    (void)state;
    make_punches(1, 2);
    say_info_and_wait(5);
    answer_with_nothing();
    make_punches(3, 3); /* by hand */
    say_info_and_wait(5);
    CHECK_TEXT("all there", "", command());
    memset(&told, 0, sizeof told);
    say_info_and_wait(6);
    assert_true(devicecmd_is_resend(command()));
    CHECK_INT(last_told(EVENT_PUNCHES_MISSING), 0,
              strncmp("A1|1|6|", last_told(EVENT_PUNCHES_MISSING), 7));
}

/* Its memory was cleared, or has let go of its oldest: what came before is no credit either. */
static void an_emptied_terminal_is_judged_by_what_it_holds(void **state)
{
    static const struct {
        const char *what;
        int before; /* punches, all here; then it holds */
        int holds;
        int more; /* then so many more are made, of which come */
        int come;
    } cases[] = {
        {"emptied", 50, 0, 4, 3},
        {"emptied, some made since", 50, 6, 4, 1},
        {"half let go", 50, 25, 1, 0},
        {"nothing came at all", 9, 0, 9, 0},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char expected[64];
        begin_case();
        make_punches(1, cases[i].before);
        say_info_and_wait(cases[i].before);
        CHECK_TEXT(cases[i].what, "", command());
        say_info_and_wait(cases[i].holds);
        CHECK_TEXT(cases[i].what, "", command());
        make_punches(1000, cases[i].come);
        say_info_and_wait(cases[i].holds + cases[i].more);
        assert_true(devicecmd_is_resend(command()));
        snprintf(expected, sizeof expected, "A1|%d|%d|", cases[i].more - cases[i].come,
                 cases[i].holds + cases[i].more);
        CHECK_INT(last_told(EVENT_PUNCHES_MISSING), 0,
                  strncmp(expected, last_told(EVENT_PUNCHES_MISSING), strlen(expected)));
    }
}

/* What was not written is lost, and two seconds pass. */
static void kill_service(void)
{
    end_service();
    begin_service((struct outbox_options){0});
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

/* A log of the vendor's, which says that A1 is its machine or does not. */
static void read_log(const char *sn, const char *const *users, size_t count)
{
    struct outbox_file file;
    struct punch punch = {.time = INT64_C(2088241200)}; /* 2036-03-04 11:00 there */
    snprintf(punch.device_sn, sizeof punch.device_sn, "%s", sn);
    punch.raw = SPAN("x");
    DO(outbox_begin(outbox, &err));
    DO(outbox_file_begin(outbox, "a.txt", &file, &err));
    for (size_t i = 0; i < count; i++) {
        enum outbox_added added;
        snprintf(punch.user_id, sizeof punch.user_id, "%s", users[i]);
        DO(outbox_append(outbox, &punch, file.id, now.unix_s, &added, &err));
    }
    DO(outbox_commit(outbox, &err));
}

static void push_eleven(void)
{
    push("1\t2036-03-04 11:00:00\n2\t2036-03-04 11:00:00\n3\t2036-03-04 11:00:00\n");
}

static void nothing_besides(void)
{
}

static void all_in_logs(void)
{
    static const char *const users[] = {"1", "2", "3", "4"};
    read_log("HIP_DEVICE_1", users, HB_COUNT(users));
}

static void all_in_its_own_log(void)
{
    static const char *const users[] = {"1", "2", "3", "4"};
    read_log("A1", users, HB_COUNT(users));
}

static void one_removed(void)
{
    size_t count = 0;
    DO(outbox_begin(outbox, &err));
    DO(outbox_advance(outbox, 3, now.unix_s, &err));
    DO(outbox_prune(outbox, now.unix_s + 1, 10, &count, &err));
    DO(outbox_commit(outbox, &err));
    CHECK_INT("removed", 3, count);
}

/* What has come is what it delivered, whatever became of it: each case with three that it
 * delivered, of which INFO and the sum of the day say first as many and then one more. */
static void what_it_delivered_counts_whatever_became_of_it(void **state)
{
    static const struct {
        const char *what;
        const char *ignore_before;
        void (*first)(void);
        const char *second; /* pushed as well */
        void (*then)(void);
    } cases[] = {
        {"rows", "", nothing_besides, "", nothing_besides},
        {"sent again", "", push_eleven, "", push_eleven},
        {"before ignore_before", "2037-01-01", nothing_besides, "", nothing_besides},
        {"before ignore_before, again", "2037-01-01", push_eleven, "", push_eleven},
        {"in a log before", "", all_in_logs, "", nothing_besides},
        {"in a log after", "", nothing_besides, "", all_in_logs},
        {"in its own log before", "", all_in_its_own_log, "", nothing_besides},
        {"in its own log after", "", nothing_besides, "", all_in_its_own_log},
        {"removed since", "", nothing_besides, "", one_removed},
        {"removed since, and sent again", "", push_eleven, "", one_removed},
        {"one that is no punch", "", nothing_besides, "4\t2036-03-04 11:00:00\t99999\n",
         nothing_besides},
    };
    (void)state;
    for (size_t n = 0; n < 2 * HB_COUNT(cases); n++) {
        size_t i = n / 2;
        bool lacks = n % 2 != 0; /* one did not come */
        char config_text[64] = "{}";
        struct outbox_options options = {.skip_pushed = true};
        int holds = (cases[i].second[0] != '\0' ? 4 : 3) + lacks;
        char sum[64];
        if (cases[i].ignore_before[0] != '\0') {
            options.has_ignore_before = true;
            options.ignore_before = INT64_C(2114380800); /* 2037 */
            snprintf(config_text, sizeof config_text, "{\"ignore_before\": \"%s\"}",
                     cases[i].ignore_before);
        }
        end_listening();
        scratch_end();
        assert_int_equal(scratch_begin(), 0);
        begin_listening(config_text, options, INT64_C(2088219600));
        cases[i].first();
        push_eleven();
        if (cases[i].second[0] != '\0') {
            push(cases[i].second);
        }
        cases[i].then();
        say_info_and_wait(holds);
        CHECK_INT(cases[i].what, lacks, devicecmd_is_resend(command()));
        if (lacks) {
            result("Return=-1&CMD=DATA");
            poll();
        }
        wait_s(DAY_S);
        CHECK_INT(cases[i].what, 0, strncmp("VERIFY SUM", command(), 10));
        snprintf(sum, sizeof sum, "Return=0&CMD=VERIFY SUM&AttlogSum=%d", holds);
        result(sum);
        CHECK_INT(cases[i].what, lacks, devicecmd_is_resend(command()));
        CHECK_INT(cases[i].what, lacks ? 2 : 0, times_told(EVENT_PUNCHES_MISSING));
    }
}

/* By its operation log a terminal says when its log was cleared; from then on it is counted anew.
 */
static void a_log_that_was_deleted_is_counted_anew(void **state)
{
    (void)state;
    for (int holds = 1; holds <= 10; holds += 9) { /* one, which came; ten, of which nine did not */
        struct outbox_proof proof;
        begin_case();
        make_punches(1, 10);
        say_info(10);
        wait_s(300);
        for (int i = 0; i < 3; i++) { /* sent again, it is no news */
            ask(ICLOCK_POST, "/iclock/cdata", "SN=A1&table=OPERLOG&OpStamp=1",
                "OPLOG 23\t0\t2036-03-04 12:04:00\t0\t0\t0\t0\n");
            push("1\t2036-03-04 12:04:30\n");
            say_info(holds);
            wait_s(COMPLETENESS_AGAIN_S);
        }
        now.steady_s += INTAKE_FLUSH_S;
        intake_flush(intake, now);
        DO(outbox_proof(outbox, "A1", &proof, &err));
        CHECK_TEXT("proof", holds == 1 ? "counted" : "none", outbox_proof_words[proof.proof]);
    }
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(info_that_agrees_asks_nothing),
        TEST(a_shortfall_is_asked_for_once_and_made_good),
        TEST(what_does_not_come_is_settled),
        TEST(what_is_written_off_is_bounded_by_what_is_missing),
        TEST(what_came_after_all_is_no_credit),
        TEST(an_emptied_terminal_is_judged_by_what_it_holds),
        TEST(a_kill_makes_no_shortfall),
        TEST(a_kill_does_not_ask_twice),
        TEST(nothing_is_compared_right_after_the_start),
        TEST(what_it_delivered_counts_whatever_became_of_it),
        TEST(a_log_that_was_deleted_is_counted_anew),
        TEST(each_finished_day_is_summed),
        TEST(a_day_that_lacks_punches_is_made_good),
        TEST(firmware_that_knows_no_sum_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
