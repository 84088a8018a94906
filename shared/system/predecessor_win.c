#include "system/predecessor.h"

#include <windows.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/portability.h"
#include "system/file.h"
#include "system/wide.h"

/* Where NSSM keeps what a service runs. */
static void read_parameter(const wchar_t *service, const wchar_t *name, char out[FILE_PATH_MAX])
{
    wchar_t key[MAX_PATH + 64];
    wchar_t value[FILE_PATH_MAX];
    DWORD bytes = sizeof value;
    out[0] = '\0';
    swprintf(key, HB_COUNT(key), L"SYSTEM\\CurrentControlSet\\Services\\%ls\\Parameters", service);
    if (RegGetValueW(HKEY_LOCAL_MACHINE, key, name, RRF_RT_REG_SZ, NULL, value, &bytes) !=
            ERROR_SUCCESS ||
        !wide_to_utf8(value, out, FILE_PATH_MAX, NULL)) {
        out[0] = '\0';
    }
}

static bool starts_by_itself(const wchar_t *service)
{
    wchar_t key[MAX_PATH + 64];
    DWORD start = 0;
    DWORD bytes = sizeof start;
    swprintf(key, HB_COUNT(key), L"SYSTEM\\CurrentControlSet\\Services\\%ls", service);
    return RegGetValueW(HKEY_LOCAL_MACHINE, key, L"Start", RRF_RT_REG_DWORD, NULL, &start,
                        &bytes) == ERROR_SUCCESS &&
           start == SERVICE_AUTO_START;
}

static bool is_in_the_way(const ENUM_SERVICE_STATUS_PROCESSW *service, struct error *err)
{
    char name[MAX_PATH * 3];
    char program[FILE_PATH_MAX];
    char parameters[FILE_PATH_MAX];
    bool runs = service->ServiceStatusProcess.dwCurrentState != SERVICE_STOPPED;
    if (!wide_to_utf8(service->lpServiceName, name, sizeof name, NULL)) {
        return false;
    }
    read_parameter(service->lpServiceName, L"Application", program);
    read_parameter(service->lpServiceName, L"AppParameters", parameters);
    if (!predecessor_is(name, program, parameters) ||
        (!runs && !starts_by_itself(service->lpServiceName))) {
        return false;
    }
    error_set(
        err, ERR_EXISTS, 0,
        "the service %s of the old bridge %s (%s %s). Two that do the same are one too many: "
        "stop it and set it to \"disabled\" in services.msc; docs\\moving-in.html has the rest",
        name, runs ? "runs" : "starts with Windows", program, parameters);
    return true;
}

bool predecessor_gone(struct error *err)
{
    bool found = false;
    DWORD size = 0;
    DWORD count = 0;
    DWORD from = 0;
    SC_HANDLE manager =
        OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT | SC_MANAGER_ENUMERATE_SERVICE);
    if (manager == NULL) {
        return true; /* what cannot be looked at is no finding */
    }
    EnumServicesStatusExW(manager, SC_ENUM_PROCESS_INFO, SERVICE_WIN32, SERVICE_STATE_ALL, NULL, 0,
                          &size, &count, &from, NULL);
    ENUM_SERVICE_STATUS_PROCESSW *list = size > 0 ? malloc(size) : NULL;
    from = 0;
    if (list != NULL &&
        EnumServicesStatusExW(manager, SC_ENUM_PROCESS_INFO, SERVICE_WIN32, SERVICE_STATE_ALL,
                              (LPBYTE)list, size, &size, &count, &from, NULL)) {
        for (DWORD i = 0; i < count && !found; i++) {
            found = is_in_the_way(&list[i], err);
        }
    }
    free(list);
    CloseServiceHandle(manager);
    return !found;
}
