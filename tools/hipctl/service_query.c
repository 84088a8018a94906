#include <windows.h>

#include "command.h"
#include "console.h"
#include "system/wide.h"

static const wchar_t service_name[] = L"HipBridge";

static const struct {
    DWORD state;
    const char *word;
} states[] = {
    {SERVICE_STOPPED, "stopped"},
    {SERVICE_START_PENDING, "starting"},
    {SERVICE_STOP_PENDING, "stopping"},
    {SERVICE_RUNNING, "running"},
    {SERVICE_CONTINUE_PENDING, "continuing"},
    {SERVICE_PAUSE_PENDING, "pausing"},
    {SERVICE_PAUSED, "paused"},
};

/* The service opened with this right; NULL leaves the reason in GetLastError. */
static SC_HANDLE open_service(DWORD right)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    if (manager == NULL) {
        return NULL;
    }
    SC_HANDLE service = OpenServiceW(manager, service_name, right);
    DWORD code = GetLastError();
    CloseServiceHandle(manager);
    SetLastError(code);
    return service;
}

const char *command_service_state(void)
{
    const char *word = "unknown";
    SERVICE_STATUS status;
    SC_HANDLE service = open_service(SERVICE_QUERY_STATUS);
    if (service == NULL) {
        return GetLastError() == ERROR_SERVICE_DOES_NOT_EXIST ? "not installed" : word;
    }
    if (QueryServiceStatus(service, &status)) {
        for (size_t i = 0; i < HB_COUNT(states); i++) {
            if (states[i].state == status.dwCurrentState) {
                word = states[i].word;
            }
        }
    }
    CloseServiceHandle(service);
    return word;
}

bool command_service_control(unsigned code, struct error *err)
{
    SERVICE_STATUS status;
    SC_HANDLE service = open_service(SERVICE_USER_DEFINED_CONTROL);
    if (service == NULL) {
        return GetLastError() == ERROR_SERVICE_DOES_NOT_EXIST
                   ? error_set(err, ERR_NOT_FOUND, ERROR_SERVICE_DOES_NOT_EXIST,
                               console_say("the service HIP Bridge is not installed"))
                   : wide_error(err, GetLastError(),
                                console_say("cannot open the service HIP Bridge"));
    }
    bool sent = ControlService(service, code, &status) != 0;
    DWORD why = GetLastError();
    CloseServiceHandle(service);
    if (!sent && why == ERROR_SERVICE_NOT_ACTIVE) {
        return error_set(
            err, ERR_NOT_FOUND, (long)why,
            console_say("the service HIP Bridge is not running; start it first (net start "
                        "HipBridge)"));
    }
    return sent || wide_error(err, why, console_say("cannot tell the service HIP Bridge"));
}
