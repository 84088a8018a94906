/*
 * hipctl open WHAT: what the Start menu's entries do. config.json is for Administrators alone, so
 * that Windows is asked to ask the user.
 */
#include <windows.h>

#include <shellapi.h>

#include <stdio.h>
#include <string.h>

#include "command.h"
#include "console.h"
#include "system/file.h"
#include "system/page_link.h"
#include "system/wide.h"

static const struct {
    const char *what;
    const wchar_t *verb;
    const char *program;   /* in System32; NULL: `arguments` itself, as Explorer would open it */
    const char *arguments; /* %s: the path meant */
    bool config;           /* it is config.json's, or the program folder's */
} entries[] = {
    {"config", L"runas", "notepad.exe", "\"%s\"", true},
    {"setup", L"runas", "cmd.exe", "/k \"\"%s\\hipctl.exe\" setup\"", false},
    {"test-db", L"runas", "cmd.exe", "/k \"\"%s\\hipctl.exe\" test-db\"", false},
    {"prompt", L"runas", "cmd.exe", "/k \"cd /d \"%s\" && hipctl help\"", false},
    {"page", L"open", NULL, "%s\\" PAGE_LINK_NAME, false},
};

/* System32, named whole, so that nothing of that name elsewhere runs as Administrator. */
static bool system_program(const char *name, wchar_t out[FILE_PATH_MAX], struct error *err)
{
    char folder[FILE_PATH_MAX];
    char path[FILE_PATH_MAX];
    UINT len = GetSystemDirectoryW(out, FILE_PATH_MAX);
    if (len == 0 || len >= FILE_PATH_MAX) {
        return wide_error(err, GetLastError(), console_say("cannot find System32"));
    }
    return wide_to_utf8(out, folder, sizeof folder, err) &&
           (file_resolve(folder, name, path, sizeof path) ||
            error_set(err, ERR_INVALID, 0, console_say("the path of System32 is too long"))) &&
           wide_from_utf8(path, out, FILE_PATH_MAX, err);
}

static bool open_entry(size_t which, const struct command_line *line, struct error *err)
{
    char folder[FILE_PATH_MAX];
    char arguments[FILE_PATH_MAX + 64];
    wchar_t program[FILE_PATH_MAX];
    wchar_t wide[FILE_PATH_MAX + 64];
    if (!file_program_folder(folder, sizeof folder, err)) {
        return false;
    }
    snprintf(arguments, sizeof arguments, entries[which].arguments,
             entries[which].config ? line->config_path : folder);
    if (!wide_from_utf8(arguments, wide, HB_COUNT(wide), err) ||
        (entries[which].program != NULL && !system_program(entries[which].program, program, err))) {
        return false;
    }
    SHELLEXECUTEINFOW call = {
        .cbSize = sizeof call,
        .fMask = SEE_MASK_NOASYNC,
        .lpVerb = entries[which].verb,
        .lpFile = entries[which].program != NULL ? program : wide,
        .lpParameters = entries[which].program != NULL ? wide : NULL,
        .nShow = SW_SHOWNORMAL,
    };
    /* The user's No to Windows' question is no failure. */
    return ShellExecuteExW(&call) || GetLastError() == ERROR_CANCELLED ||
           wide_error(err, GetLastError(), console_say("cannot open %s"), arguments);
}

int command_open(const struct command_line *line)
{
    struct error err = ERROR_INIT;
    for (size_t i = 0; line->count == 1 && i < HB_COUNT(entries); i++) {
        if (strcmp(line->arguments[0], entries[i].what) == 0) {
            return open_entry(i, line, &err) ? HIPCTL_DONE : command_failed(&err);
        }
    }
    return line->count == 0 ? command_missing("open", "what to open")
                            : command_unknown("open", line->arguments[line->count > 1]);
}
