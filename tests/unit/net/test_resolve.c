/*
 * A look-up that the system takes its time with, and a stop that does not wait for it.
 */
#include "check.h"

#include "net/resolve.h"

enum { QUICK_US = 500 * 1000, SLOW_MS = 1500 };

static struct wake *wake;

static int set_up(void **state)
{
    (void)state;
    wake = wake_new();
    return wake != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    wake_free(wake);
    return 0;
}

/* Nothing is ever raised of it: it sleeps. */
static void sleep_ms(int milliseconds)
{
    struct wake *none = wake_new();
    for (int64_t end = wake_clock_us() + milliseconds * INT64_C(1000); wake_clock_us() < end;) {
        (void)wake_raised(none);
    }
    wake_free(none);
}

static bool knows(const char *host)
{
    return strcmp(host, "db.example") == 0;
}

static bool knows_slowly(const char *host)
{
    sleep_ms(SLOW_MS);
    return knows(host);
}

/* As somebody who stops the service while the look-up is under way. */
static bool stops_and_is_slow(const char *host)
{
    struct wake *raised = wake;
    wake_raise(raised);
    sleep_ms(SLOW_MS);
    return knows(host);
}

static void an_answer_is_given(void **state)
{
    (void)state;
    CHECK_INT("db.example", RESOLVE_KNOWN, resolve_await_by(knows, "db.example", wake));
    CHECK_INT("other.example", RESOLVE_UNKNOWN, resolve_await_by(knows, "other.example", wake));
    CHECK_INT("db.example", RESOLVE_KNOWN, resolve_await_by(knows_slowly, "db.example", wake));
    CHECK_INT("an address", RESOLVE_KNOWN, resolve_await("127.0.0.1", wake));
    CHECK_INT("no name", RESOLVE_UNKNOWN, resolve_await("no such name", wake));
}

static void a_stop_does_not_wait_for_it(void **state)
{
    (void)state;
    int64_t began = wake_clock_us();
    CHECK_INT("stopped", RESOLVE_STOPPED, resolve_await_by(stops_and_is_slow, "db.example", wake));
    assert_true(wake_clock_us() - began < QUICK_US);
    CHECK_INT("and no other is begun in earnest", RESOLVE_STOPPED,
              resolve_await_by(knows_slowly, "db.example", wake));
    assert_true(wake_clock_us() - began < 2 * QUICK_US);
    sleep_ms(2 * SLOW_MS); /* they end by themselves, and give back what they had */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_answer_is_given, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_stop_does_not_wait_for_it, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
