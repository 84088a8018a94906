/* What intake tells of clocks that are off, of operations at terminals, and of other families. */
#include "terminal_a1.h"

#include "terminals/clockwatch.h"
#include "iclock/devicecmd.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_clock_that_is_off_is_told_once_a_day),
        TEST(what_was_kept_while_away_says_nothing_of_the_clock),
        TEST(a_jump_is_told_before_the_reply),
        TEST(two_operations_are_told_hourly),
        TEST(another_family_is_told_daily),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
