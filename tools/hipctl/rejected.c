/*
 * hipctl rejected: what is set aside (lines and deliveries of terminals that are no punches, with
 * their reasons) and what the database refused: shown, read again, written out for a report, and
 * settled by a person who has looked.
 */
#include "outbox/outbox_rejected.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mask.h"
#include "command.h"
#include "config/config_load.h"
#include "console.h"
#include "record/control.h"
#include "system/file.h"
#include "system/wide.h"
#include "terminals/retry.h"

enum { LIMIT = 100, LIMIT_MAX = 1000000, SHOWN_MAX = 2048 };

/* Which records are meant, by the options of all verbs. */
struct scope {
    const char *sn;
    walltime from, to;
};

static bool read_scope(const char *sn, const char *from_text, const char *to_text,
                       struct scope *scope)
{
    scope->sn = sn;
    if (sn != NULL && !punch_sn_valid(span_of(sn))) {
        command_unknown("rejected", sn);
        return false;
    }
    return command_period(from_text, to_text, &scope->from, &scope->to);
}

/* ---- showing ---- */

struct showing {
    const char *sn; /* NULL: all */
    size_t limit;
    size_t count;
};

static bool show_rejected(void *context, const struct outbox_rejected *rejected)
{
    char why[REASON_MAX];
    char time[CONSOLE_TIME_MAX];
    char line[SHOWN_MAX + 1];
    struct showing *showing = context;
    if (showing->sn != NULL && strcmp(showing->sn, rejected->device_sn) != 0) {
        return true;
    }
    if (showing->count++ == 0) {
        console_print("Set aside: what terminals sent and was not understood (kept here, not "
                      "sent):\n");
    }
    utf8_clean(rejected->bytes, line, sizeof line);
    console_print("  %" PRId64 "  %s  %s  %s", rejected->id,
                  console_time(rejected->rejected_s, time), rejected->device_sn,
                  console_reason(rejected->reason, why));
    if (rejected->times > 1) {
        console_print("  (%" PRId64 " times)", rejected->times);
    }
    if (rejected->settled_s != 0) {
        console_print("  settled: %s", console_reason(rejected->settled_why, why));
    }
    console_print("\n    %s\n", line);
    return showing->count < showing->limit;
}

static bool show_refused(void *context, const struct outbox_refused *refused)
{
    char time[CONSOLE_TIME_MAX];
    char check_time[WALLTIME_TEXT_MAX];
    char why[REASON_MAX];
    const struct punch *punch = &refused->row.punch;
    struct showing *showing = context;
    if (showing->sn != NULL && strcmp(showing->sn, punch->device_sn) != 0) {
        return true;
    }
    if (showing->count++ == 0) {
        console_print("Punches that the database refused (`hipctl requeue` sends them again):\n");
    }
    console_print("  %s  %s  user %s  %s\n    %s\n", console_time(refused->refused_s, time),
                  punch->device_sn, punch->user_id, walltime_text(punch->time, check_time),
                  console_reason(refused->reason, why));
    return showing->count < showing->limit;
}

/* What is asked for. */
struct asked {
    const char *sn;
    bool all;
    int limit;
};

static bool read_asked(const struct command_line *line, struct asked *asked)
{
    const char *limit_text = NULL;
    const struct command_option options[] = {
        {"--limit", &limit_text, NULL}, {"--sn", &asked->sn, NULL}, {"--all", NULL, &asked->all}};
    return command_options(line, options, HB_COUNT(options)) &&
           (limit_text == NULL || command_number(limit_text, 1, LIMIT_MAX, &asked->limit));
}

static int show(const struct asked *asked, struct outbox *outbox, struct error *err)
{
    struct showing lines = {.sn = asked->sn, .limit = (size_t)asked->limit};
    struct showing punches = lines;
    /* The limit is of those that are shown: others' must not push a terminal's out of sight. */
    if (!outbox_each_rejected(outbox, LIMIT_MAX, asked->all, show_rejected, &lines, err) ||
        !outbox_each_refused(outbox, LIMIT_MAX, show_refused, &punches, err)) {
        return command_failed(err);
    }
    if (lines.count + punches.count == 0) {
        console_print("Nothing is set aside.\n");
    }
    return HIPCTL_DONE;
}

/* ---- writing out ---- */

struct exporting {
    FILE *file;
    bool mask;
    const struct scope *scope;
    size_t count;
};

/* As the tests' corpus has it: one can be made of it. Whatever is no printable ASCII is escaped. */
static void write_bytes(FILE *file, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        if (byte == '\n') {
            fputs(i + 1 < len ? "\n" : "\\n", file);
        } else if (byte == '\t' || byte == '\r' || byte == '\\') {
            fprintf(file, "\\%c", byte == '\t' ? 't' : byte == '\r' ? 'r' : '\\');
        } else if (byte < ' ' || byte > '~') {
            fprintf(file, "\\x%02X", byte);
        } else {
            fputc(byte, file);
        }
    }
    fputc('\n', file);
}

static bool write_masked(struct exporting *exporting, struct span bytes)
{
    char *copy = malloc(bytes.len + 1);
    if (copy == NULL) {
        return false;
    }
    if (bytes.len > 0) {
        memcpy(copy, bytes.at, bytes.len);
    }
    if (exporting->mask) {
        mask_text(copy, bytes.len);
    }
    write_bytes(exporting->file, copy, bytes.len);
    free(copy);
    return true;
}

static bool export_one(void *context, const struct outbox_rejected *rejected)
{
    struct exporting *exporting = context;
    const struct scope *scope = exporting->scope;
    char time[WALLTIME_TEXT_MAX];
    walltime when = rejected->time != 0 ? rejected->time : rejected->wall;
    if ((scope->sn != NULL && strcmp(scope->sn, rejected->device_sn) != 0) || when < scope->from ||
        when >= scope->to) {
        return true;
    }
    exporting->count++;
    fprintf(exporting->file, "# %" PRId64 ", %" PRId64 " times since %s UTC: %s\n", rejected->id,
            rejected->times, walltime_text(rejected->rejected_s, time), rejected->reason);
    if (rejected->content_type[0] != '\0') {
        fprintf(exporting->file, "header: Content-Type: %s\n", rejected->content_type);
    }
    fprintf(exporting->file, "\n> %s ", rejected->method[0] != '\0' ? rejected->method : "POST");
    bool fine =
        write_masked(exporting, rejected->query) && write_masked(exporting, rejected->bytes);
    fputc('\n', exporting->file);
    return fine;
}

static int export(const struct command_line *line, struct outbox *outbox, struct error *err)
{
    const char *sn = NULL;
    const char *from = NULL;
    const char *to = NULL;
    bool mask = false;
    struct scope scope;
    const struct command_line rest = {.count = line->count - 1, .arguments = line->arguments + 1};
    const struct command_option options[] = {
        {"--sn", &sn, NULL}, {"--from", &from, NULL}, {"--to", &to, NULL}, {"--mask", NULL, &mask}};
    if (line->count < 1 || line->arguments[0][0] == '-') {
        return command_missing("rejected", "the name of the file");
    }
    if (!command_options(&rest, options, HB_COUNT(options)) || !read_scope(sn, from, to, &scope)) {
        return command_usage("rejected");
    }
    struct exporting exporting = {command_new_file(line->arguments[0], err), mask, &scope, 0};
    if (exporting.file == NULL) {
        return command_failed(err);
    }
    bool fine = outbox_each_rejected(outbox, LIMIT_MAX, false, export_one, &exporting, err);
    bool written = ferror(exporting.file) == 0;
    written = fclose(exporting.file) == 0 && written;
    if (!fine) {
        return command_failed(err);
    }
    if (!written) {
        error_set(err, ERR_FULL, 0, console_say("cannot write all of %s"), line->arguments[0]);
        return command_failed(err);
    }
    if (mask) {
        console_print("%zu records are in %s, without names and numbers.\n", exporting.count,
                      line->arguments[0]);
    } else {
        console_print("%zu records are in %s.\n", exporting.count, line->arguments[0]);
    }
    return HIPCTL_DONE;
}

/* ---- reading again, settling ---- */

static int retry(const struct command_line *line, const struct config *config,
                 struct outbox *outbox, struct error *err)
{
    const char *sn = NULL;
    const char *from = NULL;
    const char *to = NULL;
    struct scope scope;
    struct retry_outcome outcome;
    const struct command_option options[] = {
        {"--sn", &sn, NULL}, {"--from", &from, NULL}, {"--to", &to, NULL}};
    if (!command_options(line, options, HB_COUNT(options)) || !read_scope(sn, from, to, &scope)) {
        return command_usage("rejected");
    }
    const struct retry_scope which = {scope.sn, scope.from, scope.to};
    bool fine = retry_rejected(outbox, config, &which, (int64_t)time(NULL), &outcome, err);
    console_print("Read again: %zu. Understood now: %zu (punches that are new: %zu, that were "
                  "known: %zu; not let in: %zu). Still set aside: %zu.\n",
                  outcome.read, outcome.settled, outcome.punches, outcome.known, outcome.refusals,
                  outcome.read - outcome.settled);
    if (fine && outcome.punches > 0 && !command_service_control(CONTROL_UPLOAD_NOW, err)) {
        char why[REASON_MAX];
        console_print("They go up when the service runs: %s.\n", console_reason(err->text, why));
    }
    return fine ? HIPCTL_DONE : command_failed(err);
}

static bool settle_all(struct outbox *outbox, const struct outbox_settling *settling, size_t *count,
                       struct error *err)
{
    if (!outbox_begin(outbox, err)) {
        return false;
    }
    if (!outbox_settle_rejected(outbox, settling, (int64_t)time(NULL), count, err) ||
        !outbox_commit(outbox, err)) {
        outbox_rollback(outbox);
        return false;
    }
    return true;
}

static int settle(const struct command_line *line, const struct config *config,
                  struct outbox *outbox, struct error *err)
{
    const char *sn = NULL;
    const char *from = NULL;
    const char *to = NULL;
    const char *reason = NULL;
    struct scope scope;
    int id = 0;
    size_t count = 0;
    bool one = line->count > 0 && line->arguments[0][0] != '-';
    const struct command_line rest = {.count = line->count - one,
                                      .arguments = line->arguments + one};
    const struct command_option options[] = {{"--sn", &sn, NULL},
                                             {"--from", &from, NULL},
                                             {"--to", &to, NULL},
                                             {"--reason", &reason, NULL}};
    (void)config;
    bool fine = command_options(&rest, options, HB_COUNT(options)) &&
                (!one || command_number(line->arguments[0], 1, INT32_MAX, &id)) &&
                read_scope(sn, from, to, &scope);
    if (!fine) {
        return command_usage("rejected");
    }
    if (reason == NULL || reason[0] == '\0') {
        return command_missing("rejected", "--reason TEXT");
    }
    if (!one && sn == NULL && from == NULL) {
        return command_missing("rejected", "which: an ID, --sn SN or --from DATE");
    }
    const struct outbox_settling settling = {
        .id = id, .sn = scope.sn, .from = scope.from, .to = scope.to, .reason = reason};
    if (!settle_all(outbox, &settling, &count, err)) {
        return command_failed(err);
    }
    console_print("Settled: %zu. They no longer hold back what head office is told is complete.\n",
                  count);
    return HIPCTL_DONE;
}

/* ---- the verbs ---- */

static const struct {
    const char *verb;
    int (*run)(const struct command_line *line, const struct config *config, struct outbox *outbox,
               struct error *err);
} writing[] = {{"retry", retry}, {"settle", settle}};

static struct outbox *open_for(const struct config *config, bool writes, struct error *err)
{
    const struct outbox_options how = {.max_mb = config->outbox.max_mb,
                                       .skip_pushed = config->sync.skip_pushed,
                                       .has_ignore_before = config->has_ignore_before,
                                       .ignore_before = config->ignore_before};
    /* Opened for reading first: it is the service that makes an outbox, where there is none. */
    struct outbox *outbox = outbox_open_readonly(config->outbox.path, err);
    if (outbox == NULL || !writes) {
        return outbox;
    }
    outbox_close(outbox);
    return outbox_open(config->outbox.path, &how, err);
}

int command_rejected(const struct command_line *line)
{
    struct error err = ERROR_INIT;
    const char *verb = line->count > 0 ? line->arguments[0] : "";
    const struct command_line rest = {.config_path = line->config_path,
                                      .count = line->count - 1,
                                      .arguments = line->arguments + 1};
    size_t which = 0;
    while (which < HB_COUNT(writing) && strcmp(verb, writing[which].verb) != 0) {
        which++;
    }
    bool writes = which < HB_COUNT(writing);
    bool exports = strcmp(verb, "export") == 0;
    struct asked asked = {.limit = LIMIT};
    if (!writes && !exports && !read_asked(line, &asked)) { /* before there need be an outbox */
        return command_usage("rejected");
    }
    struct config *config = config_load(line->config_path, &err);
    if (config == NULL) {
        return command_failed(&err);
    }
    struct outbox *outbox = open_for(config, writes, &err);
    int code = outbox == NULL ? command_failed(&err)
               : writes       ? writing[which].run(&rest, config, outbox, &err)
               : exports      ? export(&rest, outbox, &err)
                              : show(&asked, outbox, &err);
    outbox_close(outbox);
    config_free(config);
    return code;
}
