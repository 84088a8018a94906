/*
 * hipctl report: what a maintainer needs to know, in a file, without secrets and without what names
 * a person.
 */
#include <windows.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "config/config_edit.h"
#include "config/config_load.h"
#include "console.h"
#include "outbox/outbox_event.h"
#include "outbox/outbox_rejected.h"
#include "package.h"
#include "report.h"
#include "status/status.h"
#include "system/file.h"

enum { LINES_MAX = 200 };

void report_put(struct writing *writing, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int more =
        vsnprintf(writing->text + writing->len, REPORT_TEXT_MAX - writing->len, format, arguments);
    va_end(arguments);
    if (more > 0 && (size_t)more < REPORT_TEXT_MAX - writing->len) {
        writing->len += (size_t)more;
    }
    writing->text[writing->len] = '\0';
}

void report_put_masked(struct writing *writing, struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.at[i];
        bool digit = byte >= '0' && byte <= '9';
        bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte >= 0x80;
        if (byte < ' ' || byte == 0x7f) {
            report_put(writing, "\\x%02x", byte);
        } else {
            report_put(writing, "%c", digit ? '0' : letter ? 'x' : (char)byte);
        }
    }
    report_put(writing, "\n");
}

/* ---- the parts ---- */

static bool write_about(struct writing *writing, const struct command_line *line, struct error *err)
{
    char now[CONSOLE_TIME_MAX];
    OSVERSIONINFOW version = {.dwOSVersionInfoSize = sizeof version};
    (void)line;
    (void)err;
    report_put(writing, "HIP Bridge %s (%s)\nservice: %s\nmade: %s by this PC's clock\n",
               HIPBRIDGE_VERSION, HIPBRIDGE_DEPS, command_service_state(),
               console_time((int64_t)time(NULL), now));
    HMODULE system = GetModuleHandleW(L"ntdll.dll");
    LONG(WINAPI * get)(OSVERSIONINFOW *) = NULL;
    if (system != NULL) {
        FARPROC found = GetProcAddress(system, "RtlGetVersion");
        memcpy(&get, &found, sizeof get);
    }
    if (get != NULL && get(&version) == 0) {
        report_put(writing, "Windows %lu.%lu.%lu\n", (unsigned long)version.dwMajorVersion,
                   (unsigned long)version.dwMinorVersion, (unsigned long)version.dwBuildNumber);
    }
    return true;
}

static bool write_config(struct writing *writing, const struct command_line *line,
                         struct error *err)
{
    char *bytes = NULL;
    size_t len = 0;
    if (!file_read(line->config_path, CONFIG_FILE_MAX, &bytes, &len, err)) {
        return false;
    }
    char *text = config_without_secrets((struct span){bytes, len}, err);
    if (text != NULL) {
        report_put(writing, "%s\n", text);
    }
    secret_wipe(bytes, len);
    free(bytes);
    free(text);
    return text != NULL;
}

static struct outbox *open_outbox(const struct command_line *line, struct config **config,
                                  struct error *err)
{
    *config = config_load(line->config_path, err);
    return *config != NULL ? outbox_open_readonly((*config)->outbox.path, err) : NULL;
}

static bool write_status(struct writing *writing, const struct command_line *line,
                         struct error *err)
{
    struct config *config = NULL;
    struct outbox *outbox = open_outbox(line, &config, err);
    char *json = outbox != NULL ? status_json(outbox, config, command_service_state(),
                                              (int64_t)time(NULL), err)
                                : NULL;
    if (json != NULL) {
        char *without = config_without_secrets(span_of(json), err);
        report_put(writing, "%s\n", without != NULL ? without : "");
        free(without);
    }
    free(json);
    outbox_close(outbox);
    config_free(config);
    return json != NULL;
}

static bool put_event(void *context, const struct outbox_event *told)
{
    struct writing *writing = context;
    char first[CONSOLE_TIME_MAX];
    char last[CONSOLE_TIME_MAX];
    char strings[sizeof told->strings];
    snprintf(strings, sizeof strings, "%s", told->strings);
    for (char *at = strings; *at != '\0'; at++) {
        *at = *at == OUTBOX_EVENT_SEPARATOR ? '|' : *at;
    }
    report_put(writing, "%d  %s  (since %s, %lld times%s)  %s\n", told->event,
               console_time(told->last_s, last), console_time(told->since_s, first),
               (long long)told->times, told->over ? ", over" : "", strings);
    return true;
}

static bool write_events(struct writing *writing, const struct command_line *line,
                         struct error *err)
{
    struct config *config = NULL;
    struct outbox *outbox = open_outbox(line, &config, err);
    bool done = outbox != NULL && outbox_each_event(outbox, 0, put_event, writing, err);
    outbox_close(outbox);
    config_free(config);
    return done;
}

static bool put_rejected(void *context, const struct outbox_rejected *rejected)
{
    struct writing *writing = context;
    report_put(writing, "%s: %s (%lld times)\n    ", rejected->device_sn, rejected->reason,
               (long long)rejected->times);
    report_put_masked(writing, rejected->bytes);
    return true;
}

static bool write_rejected(struct writing *writing, const struct command_line *line,
                           struct error *err)
{
    struct config *config = NULL;
    struct outbox *outbox = open_outbox(line, &config, err);
    bool done =
        outbox != NULL && outbox_each_rejected(outbox, LINES_MAX, true, put_rejected, writing, err);
    outbox_close(outbox);
    config_free(config);
    return done;
}

static const char *capture; /* NULL: none is named */

static bool write_captures(struct writing *writing, const struct command_line *line,
                           struct error *err)
{
    struct config *config = config_load(line->config_path, err);
    bool done = config != NULL && report_kept(writing, config->outbox.path, err) &&
                (capture == NULL || report_capture(writing, capture, err));
    config_free(config);
    return done;
}

static const struct {
    const char *name;
    const char *what;
    bool (*write)(struct writing *writing, const struct command_line *line, struct error *err);
} parts[] = {
    {"about.txt", "versions of HIP Bridge and Windows, the service's state", write_about},
    {"config.json", "the configuration, without passwords, keys, headers and addresses of alarms",
     write_config},
    {"status.json",
     "what hipctl status --json says; terminals' serial numbers and addresses are in it, and what "
     "a reason holds",
     write_status},
    {"events.txt",
     "what was told: of each event, and of each thing it was about, the last time; a reason may "
     "hold a person's number or a line",
     write_events},
    {"rejected.txt",
     "lines that were not understood, their form alone: each letter is x, each digit 0; the "
     "reasons as they are",
     write_rejected},
    {"captures.txt",
     "the heads of what --capture names and of records that were kept because they were not "
     "understood, masked likewise",
     write_captures},
};

/* ---- the whole ---- */

static bool add_parts(struct package *package, const struct command_line *line, struct error *err)
{
    struct writing writing = {malloc(REPORT_TEXT_MAX), 0};
    bool done = writing.text != NULL;
    if (!done) {
        error_set(err, ERR_MEMORY, 0, console_say("no memory for the report"));
    }
    for (size_t i = 0; done && i < HB_COUNT(parts); i++) {
        struct error why = ERROR_INIT;
        writing.len = 0;
        if (!parts[i].write(&writing, line, &why)) {
            report_put(&writing, "It cannot be had: %s\n",
                       why.text); /* which tells something as well */
        }
        done = package_add(package, parts[i].name, (struct span){writing.text, writing.len}, err);
    }
    free(writing.text);
    return done;
}

int command_report(const struct command_line *line)
{
    struct error err = ERROR_INIT;
    bool yes = false;
    struct command_line rest = *line;
    const struct command_option options[] = {{"--capture", &capture, NULL}, {"--yes", NULL, &yes}};
    if (line->count < 1) {
        return command_missing("report", "the name of the file");
    }
    rest.count--;
    rest.arguments++;
    if (!command_options(&rest, options, HB_COUNT(options))) {
        return command_usage("report");
    }
    console_print("%s will hold:\n", line->arguments[0]);
    for (size_t i = 0; i < HB_COUNT(parts); i++) {
        console_print("  %-13s %s\n", parts[i].name, console_say(parts[i].what));
    }
    if (!yes && !console_agree("Write it?")) {
        error_set(&err, ERR_STOPPED, 0,
                  console_say("nothing was written (--yes writes without asking)"));
        return command_failed(&err);
    }
    struct package *package = package_new(&err);
    bool done = package != NULL && add_parts(package, line, &err) &&
                package_write(package, line->arguments[0], &err);
    package_free(package);
    if (!done) {
        return command_failed(&err);
    }
    console_print("Written. Look into it before you send it.\n");
    return HIPCTL_DONE;
}
