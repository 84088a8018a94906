/*
 * hipctl: looks at HIP Bridge and tells it things, from a command prompt.
 */
#include <windows.h>

#include <fcntl.h>
#include <io.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "console.h"
#include "verbs.h"
#include "system/file.h"
#include "system/wide.h"

int command_usage(const char *name)
{
    const struct verb *verb = verb_of(name);
    console_complain("Usage: ");
    verb_print_form(verb, console_complain);
    console_complain("\"hipctl help %s\" tells more.\n", name);
    return HIPCTL_USAGE;
}

int command_missing(const char *name, const char *what)
{
    console_complain("hipctl: %s is missing.\n", console_say(what));
    return command_usage(name);
}

int command_unknown(const char *name, const char *argument)
{
    console_complain("hipctl: \"%s\" is nothing that can stand here.\n", argument);
    return command_usage(name);
}

int command_failed(const struct error *err)
{
    char why[REASON_MAX];
    console_complain("hipctl: %s\n", console_reason(err->text, why));
    if (err->kind == ERR_DENIED) {
        console_complain("This needs an administrator: open the Start menu's \"HIP Bridge command "
                         "prompt\", and run it there.\n");
    }
    return HIPCTL_FAILED;
}

bool command_options(const struct command_line *line, const struct command_option *options,
                     size_t count)
{
    for (int i = 0; i < line->count; i++) {
        size_t which = 0;
        while (which < count && strcmp(options[which].name, line->arguments[i]) != 0) {
            which++;
        }
        if (which == count) {
            console_complain("hipctl: \"%s\" is nothing that can stand here.\n",
                             line->arguments[i]);
            return false;
        }
        if (options[which].given != NULL) {
            *options[which].given = true;
        }
        if (options[which].value != NULL) {
            if (++i == line->count) {
                console_complain("hipctl: %s lacks what belongs behind it.\n", options[which].name);
                return false;
            }
            *options[which].value = line->arguments[i];
        }
    }
    return true;
}

FILE *command_new_file(const char *path, struct error *err)
{
    wchar_t wide[FILE_PATH_MAX];
    if (!wide_from_utf8(path, wide, HB_COUNT(wide), err)) {
        return NULL;
    }
    /* Not fopen: Windows' older C library takes no "x" in its mode. */
    HANDLE handle = CreateFileW(wide, GENERIC_WRITE, FILE_SHARE_READ, NULL, CREATE_NEW,
                                FILE_ATTRIBUTE_NORMAL, NULL);
    if (handle == INVALID_HANDLE_VALUE) {
        DWORD code = GetLastError();
        if (code == ERROR_FILE_EXISTS) {
            error_set(err, ERR_EXISTS, 0,
                      console_say("%s is there already: give the name of a new file"), path);
        } else {
            wide_error(err, code, console_say("cannot write %s"), path);
        }
        return NULL;
    }
    int number = _open_osfhandle((intptr_t)handle, _O_WRONLY | _O_BINARY);
    if (number < 0) {
        CloseHandle(handle);
        error_set(err, ERR_MEMORY, 0, console_say("no memory to write %s"), path);
        return NULL;
    }
    FILE *file = _fdopen(number, "wb");
    if (file == NULL) {
        _close(number);
        error_set(err, ERR_MEMORY, 0, console_say("no memory to write %s"), path);
    }
    return file;
}

bool command_number(const char *text, int low, int high, int *value)
{
    int32_t number;
    if (!span_to_int32(span_of(text), &number) || number < low || number > high) {
        console_complain("hipctl: \"%s\" is no whole number from %d to %d.\n", text, low, high);
        return false;
    }
    *value = number;
    return true;
}

static bool read_date(const char *text, walltime *time, bool *whole_day)
{
    struct error err = ERROR_INIT;
    if (!walltime_read(span_of(text), time, whole_day, &err)) {
        if (err.code != 0) {
            console_complain("hipctl: \"%s\" has a Buddhist year; write %ld.\n", text, err.code);
        } else {
            console_complain(
                "hipctl: \"%s\" is no date from 1970 to 2400; it is written 2026-01-31, or "
                "\"2026-01-31 08:00:00\" in quotation marks.\n",
                text);
        }
        return false;
    }
    return true;
}

bool command_period(const char *from_text, const char *to_text, walltime *from, walltime *to)
{
    enum { DAY_S = 86400 };
    bool whole_day = false;
    *from = INT64_MIN;
    *to = INT64_MAX;
    if ((from_text != NULL && !read_date(from_text, from, NULL)) ||
        (to_text != NULL && !read_date(to_text, to, &whole_day))) {
        return false;
    }
    if (to_text != NULL) {
        *to += whole_day ? DAY_S : 1; /* that day, or that second, included */
    }
    if (*from >= *to) {
        console_complain("hipctl: --to is before --from.\n");
        return false;
    }
    return true;
}

static bool default_config_path(char *out, size_t size, struct error *err)
{
    char folder[FILE_PATH_MAX];
    if (!file_data_folder(folder, sizeof folder, err)) {
        return false;
    }
    return file_resolve(folder, "config.json", out, size) ||
           error_set(err, ERR_INVALID, 0, console_say("the path of the data folder is too long"));
}

/* Takes `name VALUE` out, wherever it stands. False: the value is missing. */
static bool take_option(const char *name, int *count, char **arguments, const char **value)
{
    for (int i = 1; i < *count; i++) {
        if (strcmp(arguments[i], name) != 0) {
            continue;
        }
        if (i + 1 == *count) {
            console_complain("hipctl: %s lacks what belongs behind it.\n", name);
            return false;
        }
        *value = arguments[i + 1];
        memmove(arguments + i, arguments + i + 2, (size_t)(*count - i - 2) * sizeof *arguments);
        *count -= 2;
        i--;
    }
    return true;
}

/* Windows' display language, unless another is asked for. */
static bool choose_language(const char *name)
{
    enum console_language language = console_language();
    if (name != NULL && strcmp(name, "th") == 0) {
        language = CONSOLE_THAI;
    } else if (name != NULL && strcmp(name, "en") == 0) {
        language = CONSOLE_ENGLISH;
    } else if (name != NULL) {
        console_complain("hipctl: --language is th or en, not \"%s\".\n", name);
        return false;
    }
    console_speak(language);
    reason_ask(wide_in_thai);
    return true;
}

static int unknown(const char *name)
{
    const struct verb *like = verb_like(name);
    if (like != NULL) {
        console_complain("hipctl: there is no verb \"%s\"; is \"%s\" meant?\n", name, like->name);
    } else {
        console_complain("hipctl: there is no verb \"%s\".\n", name);
    }
    console_complain("\"hipctl help\" lists them.\n");
    return HIPCTL_USAGE;
}

static bool is_help(const char *text)
{
    return strcmp(text, "help") == 0 || strcmp(text, "--help") == 0 || strcmp(text, "-h") == 0 ||
           strcmp(text, "/?") == 0;
}

static int help(const char *name)
{
    const struct verb *verb = name != NULL ? verb_of(name) : NULL;
    if (name != NULL && verb == NULL) {
        return unknown(name);
    }
    if (verb != NULL) {
        verb_print_page(verb);
    } else {
        verbs_print_all();
    }
    return HIPCTL_DONE;
}

static int run(int count, char **arguments)
{
    static char config_path[FILE_PATH_MAX];
    struct error err = ERROR_INIT;
    struct command_line line = {.config_path = NULL};
    const char *language = NULL;
    if (!take_option("--language", &count, arguments, &language) || !choose_language(language) ||
        !take_option("--config", &count, arguments, &line.config_path)) {
        return HIPCTL_USAGE;
    }
    const char *name = count > 1 ? arguments[1] : NULL;
    if (name == NULL) {
        console_complain("hipctl: a verb is missing. \"hipctl help\" lists them.\n");
        return HIPCTL_USAGE;
    }
    if (strcmp(name, "--version") == 0) {
        console_print("HIP Bridge %s (%s)\n", HIPBRIDGE_VERSION, HIPBRIDGE_DEPS);
        return HIPCTL_DONE;
    }
    if (is_help(name)) {
        return help(count > 2 ? arguments[2] : NULL);
    }
    const struct verb *verb = verb_of(name);
    if (verb == NULL) {
        return unknown(name);
    }
    if (count == 3 && is_help(arguments[2])) {
        return help(name);
    }
    if (line.config_path == NULL) {
        if (!default_config_path(config_path, sizeof config_path, &err)) {
            return command_failed(&err);
        }
        line.config_path = config_path;
    }
    line.count = count - 2;
    line.arguments = arguments + 2;
    return verb->run(&line);
}

int main(void)
{
    int count = 0;
    SetDefaultDllDirectories(LOAD_LIBRARY_SEARCH_SYSTEM32);
    char **arguments = wide_arguments(&count);
    if (arguments == NULL) {
        console_complain("hipctl: no memory\n");
        return HIPCTL_FAILED;
    }
    int code = run(count, arguments);
    free(arguments);
    return code;
}
