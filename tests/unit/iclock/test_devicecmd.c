/* devicecmd and outbox_command, by way of intake: commands, from the queue to their results. */
#include "terminal_a1.h"

#include "iclock/devicecmd.h"

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
    char out[TERMINAL_COMMAND_MAX + 1];
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
    int64_t id = 0;
    (void)state;
    DO(outbox_begin(outbox, &err));
    for (int i = 0; i < 3 * OUTBOX_COMMANDS_KEPT; i++) {
        DO(outbox_command_queue(outbox, "A1", "LOG", OUTBOX_ASKED_BY_HAND, i, &id, &err));
    }
    DO(outbox_commit(outbox, &err));
    CHECK_INT("ids grow", 3 * OUTBOX_COMMANDS_KEPT, id);
    CHECK_TEXT("the oldest kept", "LOG", command());
    CHECK_INT("the oldest kept", 2 * OUTBOX_COMMANDS_KEPT + 1, handed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_the_terminals_own),
        TEST(a_command_is_handed_out_once_and_its_result_is_kept),
        TEST(another_terminal_can_neither_take_nor_answer_it),
        TEST(a_command_without_a_result_is_handed_out_again_but_a_restart_is_not),
        TEST(old_commands_are_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
