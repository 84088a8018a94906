#include <windows.h>

#include <stdio.h>
#include <time.h>

#include "command.h"
#include "config/config_load.h"
#include "console.h"
#include "system/clock.h"
#include "system/wide.h"
#include "vendor/vendor_show.h"

static void say(void *context, const char *line)
{
    (void)context;
    console_print("%s\n", line);
}

static const char *why(const char *english)
{
    static char words[REASON_MAX]; /* one thread, and a line at a time */
    return console_reason(english, words);
}

static bool write_out(void *context, struct span text, struct error *err)
{
    FILE *out = context;
    return fwrite(text.at, 1, text.len, out) == text.len ||
           error_set(err, ERR_FULL, 0, console_say("the file given by --out cannot be written"));
}

/* NULL is fine: none is wanted. */
static bool open_out(const char *path, FILE **out, struct error *err)
{
    if (path == NULL) {
        return true;
    }
    *out = command_new_file(path, err);
    return *out != NULL;
}

static bool absolute(const char *path, char out[FILE_PATH_MAX], struct error *err)
{
    wchar_t wide[FILE_PATH_MAX];
    wchar_t full[FILE_PATH_MAX];
    if (!wide_from_utf8(path, wide, FILE_PATH_MAX, err)) {
        return false;
    }
    DWORD len = GetFullPathNameW(wide, FILE_PATH_MAX, full, NULL);
    return (len > 0 && len < FILE_PATH_MAX && wide_to_utf8(full, out, FILE_PATH_MAX, err)) ||
           error_set(err, ERR_INVALID, 0, console_say("%s is no path"), path);
}

static bool take_name(const char *given, char out[CONFIG_TEXT_MAX], struct error *err)
{
    return given == NULL || span_copy(span_of(given), out, CONFIG_TEXT_MAX) ||
           error_set(err, ERR_INVALID, 0, console_say("%s is too long a name of a table"), given);
}

static int look(struct config *config, const char *path, const char *out_path, const char *table,
                const char *users)
{
    struct error err = ERROR_INIT;
    struct config_access *access = &config->access;
    int64_t now_s = clock_unix();
    const struct vendor_moment moment = {now_s, clock_zone.local(clock_zone.context, now_s)};
    struct vendor_listener listener = {.say = say, .in_words = console_say, .why = why};
    FILE *out = NULL;
    bool good = false;
    bool done = absolute(path, access->path, &err) && take_name(table, access->table, &err) &&
                take_name(users, access->users, &err) && open_out(out_path, &out, &err);
    if (done) {
        console_print("%s\n", access->path);
        listener.write = out != NULL ? write_out : NULL;
        listener.context = out;
        done = vendor_show(access, config->sync.device_sn, &moment, &listener, &good, &err);
    }
    if (out != NULL && fclose(out) != 0 && done) {
        done = error_set(&err, ERR_FULL, 0, console_say("%s cannot be written"), out_path);
    }
    if (!done) {
        return command_failed(&err);
    }
    if (out != NULL) {
        console_print("The punches are in %s.\n", out_path);
    }
    return good ? HIPCTL_DONE : HIPCTL_FAILED;
}

/* "FILE --out X": options stand behind the file. */
int command_check_access(const struct command_line *line)
{
    struct error err = ERROR_INIT;
    const char *out = NULL;
    const char *table = NULL;
    const char *users = NULL;
    const struct command_option options[] = {
        {"--out", &out, NULL}, {"--table", &table, NULL}, {"--users", &users, NULL}};
    if (line->count == 0) {
        return command_missing("check-access", "the name of the file");
    }
    const struct command_line rest = {line->config_path, line->count - 1, line->arguments + 1};
    if (!command_options(&rest, options, HB_COUNT(options))) {
        return command_usage("check-access");
    }
    struct config *config = config_load(line->config_path, &err);
    if (config == NULL) {
        return command_failed(&err);
    }
    int status = look(config, line->arguments[0], out, table, users);
    config_free(config);
    return status;
}
