#include <windows.h>

#include "service.h"

#include "bridge.h"
#include "record/control.h"
#include "crash.h"
#include "eventlog.h"

/* How long the manager may wait for the next checkpoint. */
enum { START_HINT_MS = 30000, STOP_HINT_MS = BRIDGE_STOP_MS + 1500 };

static const DWORD accepted_while_running = SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_SHUTDOWN |
                                            SERVICE_ACCEPT_PRESHUTDOWN | SERVICE_ACCEPT_POWEREVENT |
                                            SERVICE_ACCEPT_TIMECHANGE;

static struct {
    const char *config_path;
    SERVICE_STATUS_HANDLE handle;
    SERVICE_STATUS status; /* ServiceMain's thread alone writes it */
    struct bridge_signals signals;
} service;

/* Sets an event and returns: what follows from it is another thread's work. */
static DWORD WINAPI handle_control(DWORD control, DWORD type, LPVOID data, LPVOID context)
{
    (void)data;
    (void)context;
    switch (control) {
    case SERVICE_CONTROL_INTERROGATE:
        return NO_ERROR;
    case SERVICE_CONTROL_STOP:
    case SERVICE_CONTROL_SHUTDOWN:
    case SERVICE_CONTROL_PRESHUTDOWN:
        SetEvent(service.signals.stop);
        return NO_ERROR;
    case SERVICE_CONTROL_POWEREVENT:
        if (type == PBT_APMRESUMEAUTOMATIC) {
            SetEvent(service.signals.clock_changed);
            SetEvent(service.signals.upload_now);
        }
        return NO_ERROR;
    case SERVICE_CONTROL_TIMECHANGE:
        SetEvent(service.signals.clock_changed);
        return NO_ERROR;
    case CONTROL_SYNC_NOW:
        SetEvent(service.signals.sync_now);
        SetEvent(service.signals.access_now);
        return NO_ERROR;
    case CONTROL_RELOAD:
        SetEvent(service.signals.reload);
        return NO_ERROR;
    case CONTROL_UPLOAD_NOW:
        SetEvent(service.signals.upload_now);
        return NO_ERROR;
    case CONTROL_PULL_NOW:
        SetEvent(service.signals.pull_now);
        return NO_ERROR;
    default:
        return ERROR_CALL_NOT_IMPLEMENTED;
    }
}

/* The manager cannot be told that it cannot be told: a failure here shows in services.msc itself.
 */
static void report_status(DWORD state, DWORD hint_ms)
{
    SERVICE_STATUS *status = &service.status;
    bool pending = state == SERVICE_START_PENDING || state == SERVICE_STOP_PENDING;
    status->dwCheckPoint = pending ? status->dwCheckPoint + 1 : 0;
    status->dwCurrentState = state;
    status->dwWaitHint = hint_ms;
    status->dwControlsAccepted = state == SERVICE_RUNNING ? accepted_while_running : 0;
    SetServiceStatus(service.handle, status);
}

static void report_state(void *context, enum bridge_state state)
{
    (void)context;
    switch (state) {
    case BRIDGE_STARTING:
        report_status(SERVICE_START_PENDING, START_HINT_MS);
        break;
    case BRIDGE_RUNNING:
        report_status(SERVICE_RUNNING, 0);
        break;
    case BRIDGE_STOPPING:
        report_status(SERVICE_STOP_PENDING, STOP_HINT_MS);
        break;
    }
}

static void report_stopped(enum bridge_end end)
{
    if (end != BRIDGE_AS_TOLD) {
        service.status.dwWin32ExitCode = (DWORD)end;
    }
    report_status(SERVICE_STOPPED, 0);
}

static void WINAPI service_main(DWORD count, LPWSTR *arguments)
{
    (void)count;
    (void)arguments;
    service.status.dwServiceType = SERVICE_WIN32_OWN_PROCESS;
    enum bridge_end end = BRIDGE_SYSTEM_FAILED;
    bool signals = bridge_signals_open(&service.signals);
    service.handle = RegisterServiceCtrlHandlerExW(SERVICE_NAME, handle_control, NULL);
    if (service.handle == NULL) {
        return;
    }
    report_status(SERVICE_START_PENDING, START_HINT_MS);

    eventlog_open(false);
    crash_watch();
    if (signals) {
        struct bridge_options options = {
            .config_path = service.config_path,
            .events = &eventlog_sink,
            .signals = &service.signals,
            .guarded = true,
            .state = report_state,
        };
        end = bridge_run(&options);
    } else {
        event_report(&eventlog_sink, EVENT_START_FAILED, "the system refuses to make an event.",
                     (const char *)NULL);
    }
    eventlog_close();
    /* The signals stay: the handler may run until the process ends. */
    report_stopped(end);
}

enum service_run service_run(const char *config_path)
{
    static wchar_t name[] = SERVICE_NAME;
    const SERVICE_TABLE_ENTRYW table[] = {{name, service_main}, {NULL, NULL}};
    service.config_path = config_path;
    if (StartServiceCtrlDispatcherW(table)) {
        return SERVICE_RUN_ENDED;
    }
    return GetLastError() == ERROR_FAILED_SERVICE_CONTROLLER_CONNECT ? SERVICE_RUN_NOT_BY_SCM
                                                                     : SERVICE_RUN_FAILED;
}
