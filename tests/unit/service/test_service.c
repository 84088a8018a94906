/*
 * The service as the Service Control Manager sees it, with a stand-in for that: what is told in
 * which order, and controls that come when they should not. The bridge itself is a stand-in too.
 * (Microsoft's documentation of SetServiceStatus, HandlerEx and the states of a service.)
 */
#include "check.h"

#include <windows.h>

#include <process.h>

#include "bridge.h"
#include "crash.h"
#include "eventlog.h"
#include "record/control.h"
#include "service.h"

enum { REPORTS_MAX = 64, AWAIT_MS = 5000 };

static struct {
    LPHANDLER_FUNCTION_EX handler;
    SERVICE_STATUS reports[REPORTS_MAX];
    size_t count;
    DWORD dispatch_error; /* in place of running it */
    bool refuses_handler;
} scm;

static const struct bridge_signals *signals; /* of the run under way */
static enum bridge_end (*life)(const struct bridge_options *options);

/* ---- stand-ins ---- */

static unsigned __stdcall run_main(void *context)
{
    const SERVICE_TABLE_ENTRYW *table = context;
    table->lpServiceProc(0, NULL);
    return 0;
}

BOOL WINAPI fake_dispatch(const SERVICE_TABLE_ENTRYW *table)
{
    if (scm.dispatch_error != NO_ERROR) {
        SetLastError(scm.dispatch_error);
        return FALSE;
    }
    HANDLE thread = (HANDLE)_beginthreadex(NULL, 0, run_main, (void *)table, 0, NULL);
    assert_int_equal(WaitForSingleObject(thread, 4 * AWAIT_MS), WAIT_OBJECT_0);
    CloseHandle(thread);
    return TRUE;
}

SERVICE_STATUS_HANDLE WINAPI fake_register(LPCWSTR name, LPHANDLER_FUNCTION_EX handler,
                                           LPVOID context)
{
    (void)name;
    (void)context;
    scm.handler = handler;
    return scm.refuses_handler ? NULL : (SERVICE_STATUS_HANDLE)&scm;
}

BOOL WINAPI fake_report(SERVICE_STATUS_HANDLE handle, LPSERVICE_STATUS status)
{
    (void)handle;
    if (scm.count < REPORTS_MAX) {
        scm.reports[scm.count++] = *status;
    }
    return TRUE;
}

bool bridge_signals_open(struct bridge_signals *made)
{
    made->stop = CreateEventW(NULL, TRUE, FALSE, NULL);
    made->sync_now = CreateEventW(NULL, FALSE, FALSE, NULL);
    made->upload_now = CreateEventW(NULL, FALSE, FALSE, NULL);
    made->pull_now = CreateEventW(NULL, FALSE, FALSE, NULL);
    made->reload = CreateEventW(NULL, FALSE, FALSE, NULL);
    made->clock_changed = CreateEventW(NULL, FALSE, FALSE, NULL);
    return true;
}

enum bridge_end bridge_run(const struct bridge_options *options)
{
    signals = options->signals;
    return life(options);
}

void crash_watch(void)
{
}

void eventlog_open(bool console)
{
    (void)console;
}

void eventlog_close(void)
{
}

static void ignore(void *context, enum event_id id, size_t count, const char *const *strings)
{
    (void)context;
    (void)id;
    (void)count;
    (void)strings;
}
const struct event_sink eventlog_sink = {ignore, NULL};

/* ---- the manager's side ---- */

/* What it does with a control: it hands over what was said to be accepted, and nothing while the
 * service starts or stops. */
static DWORD control(DWORD code, DWORD type)
{
    static const struct {
        DWORD control, accepted;
    } needs[] = {
        {SERVICE_CONTROL_STOP, SERVICE_ACCEPT_STOP},
        {SERVICE_CONTROL_SHUTDOWN, SERVICE_ACCEPT_SHUTDOWN},
        {SERVICE_CONTROL_PRESHUTDOWN, SERVICE_ACCEPT_PRESHUTDOWN},
        {SERVICE_CONTROL_POWEREVENT, SERVICE_ACCEPT_POWEREVENT},
        {SERVICE_CONTROL_TIMECHANGE, SERVICE_ACCEPT_TIMECHANGE},
    };
    const SERVICE_STATUS *now = &scm.reports[scm.count - 1];
    for (size_t i = 0; i < HB_COUNT(needs); i++) {
        if (needs[i].control == code && (now->dwControlsAccepted & needs[i].accepted) == 0) {
            return ERROR_SERVICE_CANNOT_ACCEPT_CTRL;
        }
    }
    return scm.handler(code, type, NULL, NULL);
}

static bool is_set(HANDLE event)
{
    return WaitForSingleObject(event, 0) == WAIT_OBJECT_0;
}

static void run(enum bridge_end (*this_life)(const struct bridge_options *))
{
    memset(&scm, 0, sizeof scm);
    life = this_life;
    assert_int_equal(service_run(NULL), SERVICE_RUN_ENDED);
}

/* What holds of each series of reports, whatever happens. */
static void check_reports(DWORD exit_code)
{
    assert_true(scm.count > 1 && scm.count < REPORTS_MAX);
    for (size_t i = 0; i < scm.count; i++) {
        const SERVICE_STATUS *one = &scm.reports[i];
        const SERVICE_STATUS *before = i > 0 ? &scm.reports[i - 1] : NULL;
        bool pending = one->dwCurrentState == SERVICE_START_PENDING ||
                       one->dwCurrentState == SERVICE_STOP_PENDING;
        CHECK_INT("type", SERVICE_WIN32_OWN_PROCESS, one->dwServiceType);
        CHECK_INT("a hint while pending", pending, one->dwWaitHint > 0);
        CHECK_INT("a checkpoint while pending", pending, one->dwCheckPoint > 0);
        CHECK_INT("controls while it runs alone", one->dwCurrentState == SERVICE_RUNNING,
                  one->dwControlsAccepted != 0);
        CHECK_INT("no number of its own", 0, one->dwServiceSpecificExitCode);
        if (before != NULL && pending && before->dwCurrentState == one->dwCurrentState) {
            assert_true(one->dwCheckPoint > before->dwCheckPoint);
        }
        CHECK_INT("stopped is the last", i + 1 == scm.count,
                  one->dwCurrentState == SERVICE_STOPPED);
    }
    CHECK_INT("begins", SERVICE_START_PENDING, scm.reports[0].dwCurrentState);
    CHECK_INT("exit code", exit_code, scm.reports[scm.count - 1].dwWin32ExitCode);
}

/* ---- lives ---- */

static void tell(const struct bridge_options *options, enum bridge_state state)
{
    options->state(options->context, state);
}

static enum bridge_end usual(const struct bridge_options *options)
{
    tell(options, BRIDGE_STARTING);
    tell(options, BRIDGE_STARTING);
    tell(options, BRIDGE_RUNNING);
    CHECK_INT("interrogated", NO_ERROR, control(SERVICE_CONTROL_INTERROGATE, 0));
    CHECK_INT("not told to stop", false, is_set(signals->stop));
    CHECK_INT("stop", NO_ERROR, control(SERVICE_CONTROL_STOP, 0));
    CHECK_INT("told to stop", true, is_set(signals->stop));
    tell(options, BRIDGE_STOPPING);
    tell(options, BRIDGE_STOPPING);
    return BRIDGE_AS_TOLD;
}

static void it_starts_runs_and_stops(void **state)
{
    (void)state;
    run(usual);
    check_reports(NO_ERROR);
}

/* The manager refuses it; and where it comes all the same, between two reports, it is kept. */
static enum bridge_end stopped_while_starting(const struct bridge_options *options)
{
    static const DWORD codes[] = {SERVICE_CONTROL_STOP, SERVICE_CONTROL_SHUTDOWN,
                                  SERVICE_CONTROL_PRESHUTDOWN};
    tell(options, BRIDGE_STARTING);
    for (size_t i = 0; i < HB_COUNT(codes); i++) {
        CHECK_INT("while starting", ERROR_SERVICE_CANNOT_ACCEPT_CTRL, control(codes[i], 0));
    }
    CHECK_INT("not told to stop", false, is_set(signals->stop));
    CHECK_INT("all the same", NO_ERROR, scm.handler(SERVICE_CONTROL_STOP, 0, NULL, NULL));
    tell(options, BRIDGE_STARTING);
    tell(options, BRIDGE_RUNNING);
    CHECK_INT("it is not forgotten", true, is_set(signals->stop));
    tell(options, BRIDGE_STOPPING);
    return BRIDGE_AS_TOLD;
}

static void a_stop_while_it_starts_is_kept(void **state)
{
    (void)state;
    run(stopped_while_starting);
    check_reports(NO_ERROR);
}

static enum bridge_end shut_down(const struct bridge_options *options)
{
    tell(options, BRIDGE_RUNNING);
    CHECK_INT("preshutdown", NO_ERROR, control(SERVICE_CONTROL_PRESHUTDOWN, 0));
    CHECK_INT("told to stop", true, is_set(signals->stop));
    tell(options, BRIDGE_STOPPING);
    CHECK_INT("and shutdown", ERROR_SERVICE_CANNOT_ACCEPT_CTRL,
              control(SERVICE_CONTROL_SHUTDOWN, 0));
    CHECK_INT("all the same", NO_ERROR, scm.handler(SERVICE_CONTROL_SHUTDOWN, 0, NULL, NULL));
    CHECK_INT("and stop", NO_ERROR, scm.handler(SERVICE_CONTROL_STOP, 0, NULL, NULL));
    tell(options, BRIDGE_STOPPING);
    return BRIDGE_AS_TOLD;
}

static void preshutdown_stops_it_and_what_follows_is_harmless(void **state)
{
    (void)state;
    run(shut_down);
    check_reports(NO_ERROR);
}

static enum bridge_end asleep(const struct bridge_options *options)
{
    static const struct {
        DWORD type;
        bool woken;
    } events[] = {
        {PBT_APMRESUMEAUTOMATIC, true}, /* without a suspend before it */
        {PBT_APMRESUMEAUTOMATIC, true}, /* twice */
        {PBT_APMSUSPEND, false},           {PBT_APMSUSPEND, false},
        {PBT_APMRESUMESUSPEND, false}, /* follows the automatic one, where a person is there */
        {PBT_APMPOWERSTATUSCHANGE, false}, {0xbeef, false},
        {PBT_APMRESUMEAUTOMATIC, true},
    };
    tell(options, BRIDGE_RUNNING);
    for (size_t i = 0; i < HB_COUNT(events); i++) {
        CHECK_INT("power", NO_ERROR, control(SERVICE_CONTROL_POWEREVENT, events[i].type));
        CHECK_INT("the clock is looked at", events[i].woken, is_set(signals->clock_changed));
        CHECK_INT("and what waits goes up", events[i].woken, is_set(signals->upload_now));
    }
    CHECK_INT("time", NO_ERROR, control(SERVICE_CONTROL_TIMECHANGE, 0));
    CHECK_INT("the clock is looked at", true, is_set(signals->clock_changed));
    CHECK_INT("nothing stops it", false, is_set(signals->stop));
    tell(options, BRIDGE_STOPPING);
    CHECK_INT("while it stops", NO_ERROR,
              scm.handler(SERVICE_CONTROL_POWEREVENT, PBT_APMRESUMEAUTOMATIC, NULL, NULL));
    return BRIDGE_AS_TOLD;
}

static void power_events_may_come_in_any_order(void **state)
{
    (void)state;
    run(asleep);
    check_reports(NO_ERROR);
}

static enum bridge_end ordered(const struct bridge_options *options)
{
    tell(options, BRIDGE_RUNNING);
    const struct {
        DWORD code;
        HANDLE event;
    } orders[] = {{CONTROL_SYNC_NOW, signals->sync_now},
                  {CONTROL_UPLOAD_NOW, signals->upload_now},
                  {CONTROL_PULL_NOW, signals->pull_now},
                  {CONTROL_RELOAD, signals->reload}};
    for (size_t i = 0; i < HB_COUNT(orders); i++) {
        CHECK_INT("order", NO_ERROR, control(orders[i].code, 0));
        CHECK_INT("its event", true, is_set(orders[i].event));
    }
    CHECK_INT("unknown", ERROR_CALL_NOT_IMPLEMENTED, control(255, 0));
    CHECK_INT("pause", ERROR_CALL_NOT_IMPLEMENTED, control(SERVICE_CONTROL_PAUSE, 0));
    tell(options, BRIDGE_STOPPING);
    return BRIDGE_AS_TOLD;
}

static void orders_set_their_events(void **state)
{
    (void)state;
    run(ordered);
    check_reports(NO_ERROR);
}

static enum bridge_end ends_with;

static enum bridge_end failing(const struct bridge_options *options)
{
    tell(options, BRIDGE_STARTING);
    tell(options, BRIDGE_STOPPING);
    return ends_with;
}

/* The last: what a process has failed of stays its exit code. */
static void a_failed_start_is_a_number_of_windows_own(void **state)
{
    static const enum bridge_end ends[] = {BRIDGE_BAD_CONFIG, BRIDGE_OUTBOX_UNUSABLE,
                                           BRIDGE_CANNOT_LISTEN, BRIDGE_SYSTEM_FAILED,
                                           BRIDGE_STUCK};
    (void)state;
    for (size_t i = 0; i < HB_COUNT(ends); i++) {
        ends_with = ends[i];
        run(failing);
        check_reports((DWORD)ends[i]);
        CHECK_INT("not one of its own", false, (DWORD)ends[i] == ERROR_SERVICE_SPECIFIC_ERROR);
    }
}

static void where_there_is_no_manager_it_says_so(void **state)
{
    (void)state;
    memset(&scm, 0, sizeof scm);
    scm.dispatch_error = ERROR_FAILED_SERVICE_CONTROLLER_CONNECT;
    CHECK_INT("from a prompt", SERVICE_RUN_NOT_BY_SCM, service_run(NULL));
    scm.dispatch_error = ERROR_SERVICE_ALREADY_RUNNING;
    CHECK_INT("twice", SERVICE_RUN_FAILED, service_run(NULL));
    memset(&scm, 0, sizeof scm);
    scm.refuses_handler = true;
    CHECK_INT("no handler", SERVICE_RUN_ENDED, service_run(NULL));
    CHECK_INT("nothing can be told then", 0, scm.count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_starts_runs_and_stops),
        cmocka_unit_test(a_stop_while_it_starts_is_kept),
        cmocka_unit_test(preshutdown_stops_it_and_what_follows_is_harmless),
        cmocka_unit_test(power_events_may_come_in_any_order),
        cmocka_unit_test(orders_set_their_events),
        cmocka_unit_test(where_there_is_no_manager_it_says_so),
        cmocka_unit_test(a_failed_start_is_a_number_of_windows_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
