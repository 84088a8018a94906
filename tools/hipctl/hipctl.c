/*
 * hipctl: looks at HIP Bridge and tells it things, from a command prompt.
 */
#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "console.h"
#include "verbs.h"
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
    console_complain("hipctl: %s is missing.\n", what);
    return command_usage(name);
}

int command_unknown(const char *name, const char *argument)
{
    console_complain("hipctl: \"%s\" is nothing that can stand here.\n", argument);
    return command_usage(name);
}

int command_failed(const struct error *err)
{
    console_complain("hipctl: %s\n", err->text);
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

bool command_date(const char *text, walltime *time, bool *whole_day)
{
    enum { DATE_LEN = 10 };
    char whole[WALLTIME_TEXT_MAX + 16];
    struct span span = span_trim(span_of(text));
    bool timed = walltime_parse_iso(span, time);
    if (whole_day != NULL) {
        *whole_day = !timed;
    }
    bool fine =
        timed || (span.len <= DATE_LEN &&
                  snprintf(whole, sizeof whole, "%.*s 00:00:00", (int)span.len, span.at) > 0 &&
                  walltime_parse_iso(span_of(whole), time));
    if (!fine) {
        console_complain("hipctl: \"%s\" is no date; it is written 2026-01-31, or \"2026-01-31 "
                         "08:00:00\" in quotation marks.\n",
                         text);
        return false;
    }
    /* Taken as it stands a Buddhist year would be of another century. */
    struct civil civil;
    walltime_to_civil(*time, &civil);
    if (civil.year < 1970 || civil.year > 2400) {
        console_complain("hipctl: \"%s\" is not of the common era (2026, not 2569).\n", text);
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
           error_set(err, ERR_INVALID, 0, "the path of the data folder is too long");
}

/* Takes `--config PATH` out, wherever it stands. False: the path is missing. */
static bool take_config(int *count, char **arguments, const char **path)
{
    for (int i = 1; i < *count; i++) {
        if (strcmp(arguments[i], "--config") != 0) {
            continue;
        }
        if (i + 1 == *count) {
            console_complain("hipctl: --config lacks the path behind it.\n");
            return false;
        }
        *path = arguments[i + 1];
        memmove(arguments + i, arguments + i + 2, (size_t)(*count - i - 2) * sizeof *arguments);
        *count -= 2;
        i--;
    }
    return true;
}

static int unknown(const char *name)
{
    const struct verb *like = verb_like(name);
    console_complain("hipctl: there is no verb \"%s\"", name);
    if (like != NULL) {
        console_complain("; is \"%s\" meant", like->name);
    }
    console_complain("%s\n\"hipctl help\" lists them.\n", like != NULL ? "?" : ".");
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
    if (!take_config(&count, arguments, &line.config_path)) {
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
