/*
 * HipBridge.exe: the service, or with --console the same in a terminal.
 */
#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge.h"
#include "crash.h"
#include "eventlog.h"
#include "guard.h"
#include "service.h"
#include "system/wide.h"

enum { EXIT_USAGE = 64 }; /* beyond enum bridge_end */

struct arguments {
    bool console;
    bool version;
    const char *config_path;
};

static const char usage[] =
    "HipBridge.exe is a Windows service: start it in services.msc or by \"net start HipBridge\".\n"
    "\n"
    "  HipBridge.exe --console          the same in this terminal, events printed; Ctrl-C ends it\n"
    "  HipBridge.exe --config PATH      another config.json\n"
    "  HipBridge.exe --version\n";

static bool read_arguments(int count, char **texts, struct arguments *arguments)
{
    for (int i = 1; i < count; i++) {
        if (strcmp(texts[i], "--console") == 0) {
            arguments->console = true;
        } else if (strcmp(texts[i], "--version") == 0) {
            arguments->version = true;
        } else if (strcmp(texts[i], "--config") == 0 && i + 1 < count) {
            arguments->config_path = texts[++i];
        } else {
            return false;
        }
    }
    return true;
}

/* ---- console ---- */

static struct bridge_signals console_signals;
static HANDLE console_ended;

static BOOL WINAPI handle_ctrl(DWORD type)
{
    SetEvent(console_signals.stop);
    /* When the window closes or the user logs off, the process ends with this function. */
    if (type != CTRL_C_EVENT && type != CTRL_BREAK_EVENT) {
        WaitForSingleObject(console_ended, BRIDGE_STOP_MS);
    }
    return TRUE;
}

static int run_console(const char *config_path)
{
    struct bridge_options options = {
        .config_path = config_path,
        .events = &eventlog_sink,
        .signals = &console_signals,
    };
    console_ended = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (console_ended == NULL || !bridge_signals_open(&console_signals)) {
        fputs("the system refuses to make an event\n", stderr);
        return BRIDGE_SYSTEM_FAILED;
    }
    SetConsoleCtrlHandler(handle_ctrl, TRUE);
    eventlog_open(true);
    crash_watch();
    enum bridge_end end = bridge_run(&options);
    eventlog_close();
    SetEvent(console_ended);
    return (int)end;
}

static int run_service(const char *config_path)
{
    switch (service_run(config_path)) {
    case SERVICE_RUN_ENDED:
        return 0;
    case SERVICE_RUN_NOT_BY_SCM:
        fputs(usage, stderr);
        return EXIT_USAGE;
    case SERVICE_RUN_FAILED:
        break;
    }
    fputs("the Service Control Manager cannot be reached\n", stderr);
    return BRIDGE_SYSTEM_FAILED;
}

int main(void)
{
    struct arguments arguments = {0};
    int count = 0;
    int code;
    guard_process();
    char **texts = wide_arguments(&count);
    if (texts == NULL) {
        fputs("no memory\n", stderr);
        return BRIDGE_SYSTEM_FAILED;
    }
    if (!read_arguments(count, texts, &arguments)) {
        fputs(usage, stderr);
        code = EXIT_USAGE;
    } else if (arguments.version) {
        printf("HIP Bridge %s (%s)\n", HIPBRIDGE_VERSION, HIPBRIDGE_DEPS);
        code = 0;
    } else if (arguments.console) {
        code = run_console(arguments.config_path);
    } else {
        code = run_service(arguments.config_path);
    }
    free(texts);
    return code;
}
