/*
 * hipctl: looks at HIP Bridge and tells it things, from a command prompt.
 */
#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "console.h"
#include "system/wide.h"

static const struct {
    const char *name;
    int (*run)(const struct command_line *line);
    const char *arguments;
    const char *help;
} commands[] = {
    {"status", command_status, "[--json]", "what arrived, what waits, what is wrong"},
    {"check-config", command_check_config, "", "reads config.json as the service would"},
    {"check-log", command_check_log, "FILE",
     "what a log file would give: its format and why, its first punches, what would be set aside"},
    {"test-db", command_test_db, "[--create] [--trust]",
     "tries the database step by step; --create makes the table, --trust takes a server's new key"},
    {"set-password", command_set_password, "",
     "asks for the database password (or reads a line) and stores it protected"},
    {"sync-now", command_sync_now, "", "has the service read the log folder now"},
    {"pull", command_pull, "ADDRESS [--protocol zk|fk] [--port N] [--key N] [--udp] [--out FILE]",
     "reads a terminal on its own port and shows what it says; stores and uploads nothing"},
    {"pull-now", command_pull_now, "", "has the service read its terminals now"},
    {"device", command_device, "[SN [resend --from DATE --to DATE | info | reboot | set-clock]]",
     "what is known of terminals; has one do something when it next asks"},
    {"rejected", command_rejected, "[--limit N]",
     "lists lines not understood and punches that the database refused"},
    {"requeue", command_requeue, "[--from DATE] [--to DATE]",
     "sends refused punches again, or all of a period: from a day on, up to one, or both"},
    {"open", command_open, "config|test-db|page",
     "what the Start menu opens; Windows asks for an administrator where it must"},
    {"configure", command_configure, "[--properties]",
     "for the installer: sets up service, data folder and firewall anew; reads its properties"},
    {"unconfigure", command_unconfigure, "[--rollback]",
     "for the installer: takes the firewall rule back"},
    {"sniff", command_sniff,
     "[--port N] [--forward | --relay HOST:PORT] [--out FILE] [--unmasked] | --replay FILE [--to "
     "IP] [--port N]",
     "shows what terminals send, and in what protocol; --forward passes it on to the service, "
     "--relay to a terminal or the vendor's program (--port must be another)"},
};

/* What it does beside it, or below where the call is long. */
static void print_call(const char *call, const char *help)
{
    enum { WIDTH = 38 };
    if (strlen(call) <= WIDTH) {
        console_complain("  hipctl %-*s %s\n", WIDTH, call, help);
    } else {
        console_complain("  hipctl %s\n         %-*s %s\n", call, WIDTH, "", help);
    }
}

static void print_usage(const char *only)
{
    for (size_t i = 0; i < HB_COUNT(commands); i++) {
        if (only == NULL || strcmp(only, commands[i].name) == 0) {
            char call[128];
            snprintf(call, sizeof call, "%s %s", commands[i].name, commands[i].arguments);
            print_call(call, commands[i].help);
        }
    }
}

int command_usage(const char *name)
{
    console_complain("Usage:\n");
    print_usage(name);
    if (name == NULL) {
        print_call("--version", "the version");
        console_complain("\nBefore the command: --config PATH (config.json of the data folder "
                         "otherwise).\nExit code: 0 done, 1 failed, 2 not used like this.\n");
    }
    return HIPCTL_USAGE;
}

int command_failed(const struct error *err)
{
    console_complain("hipctl: %s\n", err->text);
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
            return false;
        }
        if (options[which].given != NULL) {
            *options[which].given = true;
        }
        if (options[which].value != NULL) {
            if (++i == line->count) {
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
    return timed || (span.len <= DATE_LEN &&
                     snprintf(whole, sizeof whole, "%.*s 00:00:00", (int)span.len, span.at) > 0 &&
                     walltime_parse_iso(span_of(whole), time));
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

static int run(int count, char **arguments)
{
    static char config_path[FILE_PATH_MAX];
    struct error err = ERROR_INIT;
    int at = 1;
    struct command_line line = {.config_path = NULL};
    if (at + 1 < count && strcmp(arguments[at], "--config") == 0) {
        line.config_path = arguments[at + 1];
        at += 2;
    }
    const char *name = at < count ? arguments[at] : NULL;
    if (name != NULL && strcmp(name, "--version") == 0) {
        console_print("HIP Bridge %s (%s)\n", HIPBRIDGE_VERSION, HIPBRIDGE_DEPS);
        return HIPCTL_DONE;
    }
    if (name != NULL && (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0)) {
        command_usage(NULL);
        return HIPCTL_DONE;
    }
    for (size_t i = 0; name != NULL && i < HB_COUNT(commands); i++) {
        if (strcmp(name, commands[i].name) == 0) {
            if (line.config_path == NULL) {
                if (!default_config_path(config_path, sizeof config_path, &err)) {
                    return command_failed(&err);
                }
                line.config_path = config_path;
            }
            line.count = count - at - 1;
            line.arguments = arguments + at + 1;
            return commands[i].run(&line);
        }
    }
    return command_usage(NULL);
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
