/*
 * HipBridgeSetup.dll: the MSI's action Configure, which has hipctl set up service, folder and
 * firewall.
 *
 * The MSI could run hipctl itself, but all that it can give a program is a command line, which
 * others can read and auditing keeps: no place for a password. This takes the properties from the
 * MSI and hands them to hipctl through a pipe. They come as "<path of
 * hipctl.exe>|START=…|PORT=…|…"; all from the first bar on is hipctl's. What hipctl says goes into
 * the MSI's log.
 */
#include "setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "system/file.h"
#include "base/text.h"
#include "system/wide.h"

enum {
    DATA_MAX = 8192, /* UTF-16 units; hipctl bounds each property */
    TEXT_MAX = 3 * DATA_MAX,
    LOG_LINE_MAX = 1024
};

/* ---- the MSI's log ---- */

void setup_log(MSIHANDLE install, const char *text)
{
    wchar_t wide[LOG_LINE_MAX];
    MSIHANDLE record = MsiCreateRecord(1);
    if (record != 0 && wide_from_utf8(text, wide, HB_COUNT(wide), NULL)) {
        MsiRecordSetStringW(record, 0, L"HIP Bridge: [1]");
        MsiRecordSetStringW(record, 1, wide);
        MsiProcessMessage(install, INSTALLMESSAGE_INFO, record);
    }
    if (record != 0) {
        MsiCloseHandle(record);
    }
}

/* Each line as it comes, until hipctl has closed its end; one too long for the log in pieces. */
static void log_output(MSIHANDLE install, HANDLE output)
{
    char text[LOG_LINE_MAX];
    size_t used = 0;
    DWORD got = 0;
    while (ReadFile(output, text + used, (DWORD)(sizeof text - 1 - used), &got, NULL) && got > 0) {
        char *line = text;
        text[used + got] = '\0';
        for (char *end = strpbrk(line, "\r\n"); end != NULL; end = strpbrk(line, "\r\n")) {
            *end = '\0';
            if (*line != '\0') {
                setup_log(install, line);
            }
            line = end + 1;
        }
        used = strlen(line);
        memmove(text, line, used + 1);
        if (used == sizeof text - 1) {
            setup_log(install, text);
            used = 0;
        }
    }
    if (used > 0) {
        setup_log(install, text);
    }
}

/* ---- hipctl ---- */

struct pipes {
    HANDLE to[2];   /* into hipctl: its end, ours */
    HANDLE from[2]; /* out of it: ours, its end */
};

static void close_one(HANDLE *handle)
{
    if (*handle != NULL) {
        CloseHandle(*handle);
    }
    *handle = NULL;
}

static bool open_pipes(struct pipes *pipes, struct error *err)
{
    return (CreatePipe(&pipes->to[0], &pipes->to[1], NULL, 0) &&
            CreatePipe(&pipes->from[0], &pipes->from[1], NULL, 0) &&
            SetHandleInformation(pipes->to[0], HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT) &&
            SetHandleInformation(pipes->from[1], HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT)) ||
           wide_error(err, GetLastError(), "cannot make a pipe to hipctl");
}

/* It inherits its two ends and nothing else of the installer's. */
static HANDLE start(const wchar_t *program, const struct pipes *pipes, struct error *err)
{
    enum { LIST_MAX = 256 };
    static const wchar_t verb[] =
        L" --language en configure --properties"; /* for the log: whoever helps reads English */
    wchar_t command[FILE_PATH_MAX + HB_COUNT(verb) + 2];
    union {
        void *aligned;
        unsigned char bytes[LIST_MAX];
    } memory;
    HANDLE inherited[] = {pipes->to[0], pipes->from[1]};
    SIZE_T size = sizeof memory;
    PROCESS_INFORMATION process = {.hProcess = NULL};
    STARTUPINFOEXW how = {
        .StartupInfo = {.cb = sizeof how,
                        .dwFlags = STARTF_USESTDHANDLES,
                        .hStdInput = pipes->to[0],
                        .hStdOutput = pipes->from[1],
                        .hStdError = pipes->from[1]},
        .lpAttributeList = (LPPROC_THREAD_ATTRIBUTE_LIST)(void *)&memory,
    };
    if (swprintf(command, HB_COUNT(command), L"\"%ls\"%ls", program, verb) < 0) {
        error_set(err, ERR_INVALID, 0, "the path of hipctl is too long");
        return NULL;
    }
    if (!InitializeProcThreadAttributeList(how.lpAttributeList, 1, 0, &size)) {
        wide_error(err, GetLastError(), "cannot prepare the start of hipctl");
        return NULL;
    }
    if (UpdateProcThreadAttribute(how.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST,
                                  inherited, sizeof inherited, NULL, NULL) &&
        CreateProcessW(program, command, NULL, NULL, TRUE,
                       CREATE_NO_WINDOW | EXTENDED_STARTUPINFO_PRESENT, NULL, NULL,
                       &how.StartupInfo, &process)) {
        CloseHandle(process.hThread);
    } else {
        wide_error(err, GetLastError(), "cannot start hipctl");
    }
    DeleteProcThreadAttributeList(how.lpAttributeList);
    return process.hProcess;
}

/* Runs it with the properties as its input. True when it says that all is done. */
static bool run(MSIHANDLE install, const wchar_t *program, struct span properties,
                struct error *err)
{
    struct pipes pipes = {{NULL, NULL}, {NULL, NULL}};
    DWORD written = 0;
    DWORD code = EXIT_FAILURE;
    HANDLE process = NULL;
    if (open_pipes(&pipes, err)) {
        process = start(program, &pipes, err);
    }
    close_one(&pipes.to[0]); /* so that its end is the end, on both pipes */
    close_one(&pipes.from[1]);
    if (process != NULL) {
        /* It reads all before it says anything. */
        if (!WriteFile(pipes.to[1], properties.at, (DWORD)properties.len, &written, NULL)) {
            wide_error(err, GetLastError(), "cannot tell hipctl the properties");
        }
        close_one(&pipes.to[1]);
        log_output(install, pipes.from[0]);
        if (WaitForSingleObject(process, INFINITE) != WAIT_OBJECT_0 ||
            !GetExitCodeProcess(process, &code)) {
            wide_error(err, GetLastError(), "cannot learn how hipctl ended");
        } else if (code != EXIT_SUCCESS && err->kind == ERR_NONE) {
            error_set(err, ERR_SYSTEM, (long)code, "hipctl ended with %lu", code);
        }
        CloseHandle(process);
    }
    close_one(&pipes.to[1]);
    close_one(&pipes.from[0]);
    return err->kind == ERR_NONE;
}

static bool configure(MSIHANDLE install, struct error *err)
{
    wchar_t data[DATA_MAX];
    char text[TEXT_MAX];
    DWORD len = DATA_MAX;
    UINT code = MsiGetPropertyW(install, L"CustomActionData", data, &len);
    bool done = false;
    if (code != ERROR_SUCCESS) {
        wide_error(err, code, "cannot read the properties");
        goto wipe;
    }
    wchar_t *bar = wcschr(data, L'|');
    if (bar == NULL) {
        error_set(err, ERR_INVALID, 0, "the MSI says nothing that hipctl could be told");
        goto wipe;
    }
    if (!wide_to_utf8(bar, text, sizeof text, err)) {
        goto wipe;
    }
    *bar = L'\0';
    done = run(install, data, span_of(text), err);

wipe:
    SecureZeroMemory(data, sizeof data);
    SecureZeroMemory(text, sizeof text);
    return done;
}

/* Called by the name that HipBridgeSetup.def exports. The MSI goes on whatever this returns, and
 * writes it into its log. */
UINT WINAPI Configure(MSIHANDLE install)
{
    struct error err = ERROR_INIT;
    if (configure(install, &err)) {
        return ERROR_SUCCESS;
    }
    setup_log(install, err.text);
    return ERROR_INSTALL_FAILURE;
}
