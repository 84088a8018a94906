#include "configure.h"

#include <windows.h>

#include <stdio.h>
#include <string.h>

#include "base/portability.h"
#include "system/wide.h"

#define SERVICE_KEY L"SYSTEM\\CurrentControlSet\\Services\\HipBridge"

static const wchar_t parameters_key[] = SERVICE_KEY L"\\Parameters";
static const wchar_t made_value[] = L"ConfigurationMade";

enum { DAY_S = 24 * 60 * 60, PRESHUTDOWN_MS = 10000 };

/* ---- what is set: a crash starts it again, a stop that it reported itself does not ---- */

static SC_ACTION restarts[] = {
    {SC_ACTION_RESTART, 5000}, {SC_ACTION_RESTART, 30000}, {SC_ACTION_RESTART, 60000}};
static SERVICE_FAILURE_ACTIONSW failure_actions = {DAY_S, NULL, NULL, HB_COUNT(restarts), restarts};
static SERVICE_FAILURE_ACTIONS_FLAG failure_flag = {FALSE};
static SERVICE_DELAYED_AUTO_START_INFO delayed = {TRUE};
static SERVICE_SID_INFO sid = {SERVICE_SID_TYPE_UNRESTRICTED};
/* All that SYSTEM has but this is gone when the service starts. */
static wchar_t privileges[] = SE_CHANGE_NOTIFY_NAME L"\0";
static SERVICE_REQUIRED_PRIVILEGES_INFOW required = {privileges};
/* Said again, since not every service manager keeps what it is not told. */
static const wchar_t dependencies[] = L"HTTP\0EventLog\0";
static SERVICE_PRESHUTDOWN_INFO preshutdown = {PRESHUTDOWN_MS};

static const struct {
    const char *step;
    DWORD level;
    void *info;
} settings[] = {
    {"restart after a crash", SERVICE_CONFIG_FAILURE_ACTIONS, &failure_actions},
    {"no restart after a clean failure", SERVICE_CONFIG_FAILURE_ACTIONS_FLAG, &failure_flag},
    {"delayed start", SERVICE_CONFIG_DELAYED_AUTO_START_INFO, &delayed},
    {"own account name", SERVICE_CONFIG_SERVICE_SID_INFO, &sid},
    {"privileges cut", SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO, &required},
    {"time to stop at shutdown", SERVICE_CONFIG_PRESHUTDOWN_INFO, &preshutdown},
};

/* As the registry says it, which is what the MSI looked up before it removed the old version. */
static DWORD start_type(const char *text)
{
    static const struct {
        const char *text;
        DWORD type;
    } kept[] = {{"#3", SERVICE_DEMAND_START}, {"#4", SERVICE_DISABLED}};
    for (size_t i = 0; i < HB_COUNT(kept); i++) {
        if (strcmp(text, kept[i].text) == 0) {
            return kept[i].type;
        }
    }
    return text[0] != '\0' ? SERVICE_AUTO_START : SERVICE_NO_CHANGE;
}

static bool set_program(const struct configure *configure, SC_HANDLE service, struct error *err)
{
    char quoted[FILE_PATH_MAX + 32];
    wchar_t path[FILE_PATH_MAX + 32];
    snprintf(quoted, sizeof quoted, "\"%s\\HipBridge.exe\"", configure->program);
    if (!wide_from_utf8(quoted, path, HB_COUNT(path), err)) {
        return false;
    }
    return ChangeServiceConfigW(
               service, SERVICE_NO_CHANGE, start_type(configure->properties[PROPERTY_START]),
               SERVICE_NO_CHANGE, path, NULL, NULL, dependencies, NULL, NULL, NULL) ||
           wide_error(err, GetLastError(), "cannot set the service's program to %s", quoted);
}

/* Whoever looks reads it in Windows' language: it is the DLL's text 1 (service/texts.rc). What the
 * MSI wrote before is the same in English. */
static bool describe(const struct configure *configure, SC_HANDLE service, struct error *err)
{
    char text[FILE_PATH_MAX + 32];
    wchar_t wide[FILE_PATH_MAX + 32];
    SERVICE_DESCRIPTIONW description = {wide};
    snprintf(text, sizeof text, "@%s\\HipBridgeMessages.dll,-1", configure->program);
    return wide_from_utf8(text, wide, HB_COUNT(wide), err) &&
           (ChangeServiceConfig2W(service, SERVICE_CONFIG_DESCRIPTION, &description) ||
            wide_error(err, GetLastError(), "Windows refuses it"));
}

static SC_HANDLE open_service(struct error *err)
{
    SC_HANDLE service = NULL;
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    if (manager != NULL) { /* to set a restart one has to be allowed to start it */
        service = OpenServiceW(manager, L"HipBridge", SERVICE_CHANGE_CONFIG | SERVICE_START);
    }
    if (service == NULL) {
        wide_error(err, GetLastError(), "cannot open the service HIP Bridge");
    }
    if (manager != NULL) {
        CloseServiceHandle(manager);
    }
    return service;
}

void configure_service(struct configure *configure)
{
    struct error err = ERROR_INIT;
    SC_HANDLE service = open_service(&err);
    if (service == NULL) {
        configure->tell(configure, "service", &err);
        return;
    }
    bool done = set_program(configure, service, &err);
    configure->tell(configure, "quoted program path", done ? NULL : &err);
    done = describe(configure, service, &err);
    configure->tell(configure, "description in Windows' language", done ? NULL : &err);
    for (size_t i = 0; i < HB_COUNT(settings); i++) {
        done = ChangeServiceConfig2W(service, settings[i].level, settings[i].info) ||
               wide_error(&err, GetLastError(), "Windows refuses it");
        configure->tell(configure, settings[i].step, done ? NULL : &err);
    }
    CloseServiceHandle(service);
}

void configure_note_made(bool made)
{
    HKEY service;
    HKEY key;
    DWORD one = 1;
    /* Without the service there is no installation that could be rolled back. */
    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, SERVICE_KEY, 0, KEY_READ, &service) != ERROR_SUCCESS) {
        return;
    }
    RegCloseKey(service);
    if (RegCreateKeyExW(HKEY_LOCAL_MACHINE, parameters_key, 0, NULL, 0, KEY_SET_VALUE, NULL, &key,
                        NULL) != ERROR_SUCCESS) {
        return;
    }
    if (made) {
        RegSetValueExW(key, made_value, 0, REG_DWORD, (const BYTE *)&one, sizeof one);
    } else {
        RegDeleteValueW(key, made_value);
    }
    RegCloseKey(key);
}

bool configure_was_made(void)
{
    return RegGetValueW(HKEY_LOCAL_MACHINE, parameters_key, made_value, RRF_RT_REG_DWORD, NULL,
                        NULL, NULL) == ERROR_SUCCESS;
}
