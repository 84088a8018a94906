#include "vendor/vendor_show.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vendor/vendor_private.h"

enum {
    WORDS_MAX = 1200,
    LINE_MAX = JETPUNCH_LINE_MAX + PUNCH_USER_MAX + PUNCH_SN_MAX + 256,
    LIST_WIDTH = 100,
    MACHINES_SHOWN = 12,
    OLD_S = 7 * 86400, /* since when nothing has come: the program works with another file */
    USUAL_S = 30,      /* "every_s" of a configuration that does not say */
    KEYS_MAX =
        4 * FILE_PATH_MAX + CONFIG_SENSORS_MAX * 2 * (CONFIG_SENSOR_BYTES + PUNCH_SN_MAX + 8),
};

struct show {
    const struct config_access *config;
    const struct vendor_listener *listener;
    bool headed;          /* the table has its head */
    char list[WORDS_MAX]; /* of names, that is being made */
    char of[CONFIG_TEXT_MAX];
    char keys[KEYS_MAX]; /* what to write into config.json */
};

static const char *why(const struct show *show, const char *english)
{
    return show->listener->why != NULL ? show->listener->why(english) : english;
}

HB_FORMAT_OF(2)
static const char *in_words(const struct show *show, const char *english)
{
    return show->listener->in_words != NULL ? show->listener->in_words(english) : english;
}

HB_PRINTF(2, 3)
static void say(struct show *show, const char *format, ...)
{
    char text[WORDS_MAX];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, in_words(show, format), list);
    va_end(list);
    text[utf8_cut(span_of(text), sizeof text - 1)] = '\0';
    show->listener->say(show->listener->context, text);
}

/* ---- lists of names: "Tables: a, b, c", in lines that can be read ---- */

static void end_list(struct show *show)
{
    if (show->list[0] != '\0') {
        say(show, "%s", show->list);
        show->list[0] = '\0';
    }
}

static void add_to_list(struct show *show, const char *of, const char *word)
{
    if (strcmp(show->of, of) != 0) {
        end_list(show);
        snprintf(show->of, sizeof show->of, "%s", of);
    }
    if (show->list[0] != '\0' && strlen(show->list) + strlen(word) + 2 > LIST_WIDTH) {
        snprintf(show->list + strlen(show->list), sizeof show->list - strlen(show->list), ",");
        end_list(show);
        snprintf(show->list, sizeof show->list, "    %s", word);
        return;
    }
    size_t len = strlen(show->list);
    if (len == 0) {
        snprintf(show->list, sizeof show->list, "%s: %s", of, word);
    } else {
        snprintf(show->list + len, sizeof show->list - len, ", %s", word);
    }
}

static void take_table(void *context, const char *name, bool linked)
{
    const struct show *show = context;
    char word[CONFIG_TEXT_MAX + 64];
    snprintf(word, sizeof word, "%s%s", name, linked ? in_words(show, " (lies elsewhere)") : "");
    add_to_list(context, in_words(show, "Tables"), word);
}

static const char *type_name(int type)
{
    switch (type) {
    case JET_BOOLEAN:
        return "Boolean";
    case JET_BYTE:
        return "Byte";
    case JET_INTEGER:
        return "Integer";
    case JET_LONG:
        return "Long";
    case JET_SINGLE:
        return "Single";
    case JET_DOUBLE:
        return "Double";
    case JET_DATE:
        return "Date";
    case JET_TEXT:
        return "Text";
    default:
        return "not read";
    }
}

static void take_column(void *context, const char *table, const char *name, int type)
{
    char word[CONFIG_TEXT_MAX + 32];
    snprintf(word, sizeof word, "%s %s", name, type_name(type));
    add_to_list(context, table, word);
}

/* ---- the table of punches ---- */

static bool take_row(void *context, const struct vendor_row *row, struct error *err)
{
    static const char head[] =
        "user\ttime\tstatus\tverify\twork_code\tsn\tsensor\ttyped\tset_aside\trow\r\n";
    char line[LINE_MAX];
    char time[WALLTIME_TEXT_MAX] = "";
    struct show *show = context;
    const struct vendor_listener *listener = show->listener;
    if (listener->write == NULL) {
        return true;
    }
    if (!show->headed && !listener->write(listener->context, SPAN(head), err)) {
        return false;
    }
    show->headed = true;
    if (row->punch->time != 0) {
        walltime_text(row->punch->time, time);
    }
    snprintf(line, sizeof line, "%s\t%s\t%" PRId32 "\t%" PRId32 "\t%s\t%s\t%s\t%s\t%s\t%s\r\n",
             row->user, time, row->punch->status, row->punch->verify, row->punch->work_code,
             row->sn, row->punch->sensor, row->typed ? "typed" : "",
             row->reason != NULL ? row->reason : "", row->line);
    return listener->write(listener->context, span_of(line), err);
}

/* ---- what came out ---- */

static const char *format_name(bool ace, int version)
{
    static const char *const names[] = {"Jet 3",       "Jet 4 (Access 2000 to 2003)",
                                        "Access 2007", "Access 2010",
                                        "Access 2013", "Access 2016",
                                        "Access 2019"};
    if (version == 1 && ace) {
        return "an .accdb of Jet 4";
    }
    return version >= 0 && version < (int)HB_COUNT(names) ? names[version] : "Access";
}

static void say_file(struct show *show, const struct vendor_report *report)
{
    end_list(show);
    if (report->version > 0) {
        say(show, "Format: %s, %.1f MB", format_name(report->ace, report->version),
            (double)report->bytes / 1e6);
    }
}

static void say_rows(struct show *show, const struct vendor_report *report)
{
    char first[WALLTIME_TEXT_MAX];
    char last[WALLTIME_TEXT_MAX];
    say(show, "Punches: %" PRIu64 " rows, from %s to %s", report->rows,
        vendor_time(report->first, first), vendor_time(report->last, last));
    say(show, "    would be taken: %" PRIu64, report->good);
    if (report->typed > 0) {
        say(show, "    typed in by an operator: %" PRIu64 ", %s", report->typed,
            show->config->include_typed
                ? in_words(show, "which are taken (\"include_typed\" is true)")
                : in_words(show, "which are left out unless \"include_typed\" is true"));
    }
    if (report->aside > 0) {
        say(show, "    would be set aside: %" PRIu64, report->aside);
    }
    for (size_t i = 0; i < report->reason_count; i++) {
        say(show, "        %" PRIu64 ": %s", report->reasons[i].rows,
            why(show, report->reasons[i].reason));
    }
    const struct vendor_pages *pages = &report->pages;
    if (pages->waiting > 0) {
        say(show,
            "    %" PRIu32 " of %" PRIu32 " pages changed while they were read: their rows are not "
            "counted here, and come in a later round",
            pages->waiting, pages->pages);
    }
    if (pages->damaged > 0) {
        say(show, "    %" PRIu32 " pages are damaged and give nothing", pages->damaged);
    }
    if (pages->waiting == 0 && pages->damaged == 0 && report->counted != report->rows) {
        say(show,
            "    The table itself says that it has %" PRIu64 " rows. Its count can be wrong after "
            "a power cut; if rows are missed, have the vendor's program repair its database.",
            report->counted);
    }
}

static void say_persons(struct show *show, const struct vendor_report *report)
{
    if (report->own_badges) {
        say(show, "Persons: the punches have each person's own number; no other table is needed");
    } else {
        say(show, "Persons: %" PRIu64 ", of which %" PRIu64 " have no number", report->persons,
            report->persons_without);
    }
}

/* Counts those that would need a configured terminal. */
static uint64_t say_machines(struct show *show, const struct vendor_report *report)
{
    char last[WALLTIME_TEXT_MAX];
    uint64_t nameless = 0;
    for (size_t i = 0; i < report->machine_count; i++) {
        const struct vendor_machine *machine = &report->machines[i];
        const char *mapped = config_sensor_sn(show->config, machine->sensor);
        nameless += machine->believed || mapped != NULL ? 0 : machine->rows;
        if (i == 0) {
            say(show, "Terminals, as the rows name them:");
        }
        if (i >= MACHINES_SHOWN) {
            continue;
        }
        say(show, "    machine %s, sn %s: %" PRIu64 " rows, the last at %s%s%s",
            machine->sensor[0] != '\0' ? machine->sensor : "-",
            machine->sn[0] != '\0' ? machine->sn : "-", machine->rows,
            vendor_time(machine->last, last),
            mapped != NULL ? in_words(show, "; by the configuration it is ") : "",
            mapped != NULL ? mapped : "");
    }
    if (report->machine_count > MACHINES_SHOWN || report->more_machines) {
        say(show, "    and %s%zu more", report->more_machines ? in_words(show, "at least ") : "",
            report->machine_count > MACHINES_SHOWN ? report->machine_count - MACHINES_SHOWN : 1);
    }
    if (report->own_badges && report->machine_count > 0) {
        say(show,
            "    What \"sn\" means in this table is not known, so that it is not believed. If "
            "serial numbers of terminals stand here, tell whoever looks after HIP Bridge.");
    }
    return nameless;
}

static void say_age(struct show *show, const struct vendor_report *report, walltime now)
{
    if (report->last != 0 && report->last + OLD_S < now) {
        say(show, "Its newest punch is more than a week old: the vendor's program may work with "
                  "another file (a copy in VirtualStore, another database in its settings).");
    }
}

/* ---- what to write ---- */

/* As JSON has it, without the quotation marks. */
static const char *escaped(const char *text, char *out, size_t size)
{
    size_t len = 0;
    for (; *text != '\0' && len + 3 < size; text++) {
        if (*text == '"' || *text == '\\') {
            out[len++] = '\\';
        }
        out[len++] = *text;
    }
    out[len] = '\0';
    return out;
}

HB_PRINTF(2, 3)
static void add(struct show *show, const char *format, ...)
{
    size_t len = strlen(show->keys);
    va_list list;
    va_start(list, format);
    vsnprintf(show->keys + len, sizeof show->keys - len, format, list);
    va_end(list);
}

static void add_key(struct show *show, const char *key, const char *value)
{
    char text[2 * FILE_PATH_MAX];
    if (value[0] != '\0') {
        add(show, ", \"%s\": \"%s\"", key, escaped(value, text, sizeof text));
    }
}

/* All that is configured, but for what is as it is where nothing is said. */
static void add_keys(struct show *show, const char *device_sn)
{
    const struct config_access *config = show->config;
    add(show, "    \"access\": { \"enabled\": true");
    add_key(show, "path", config->path);
    if (config->every_s > 0 && config->every_s != USUAL_S) {
        add(show, ", \"every_s\": %d", config->every_s);
    }
    add_key(show, "table", config->table);
    add_key(show, "users", config->users);
    add_key(show, "device_sn", device_sn);
    for (size_t i = 0; i < config->sensor_count; i++) {
        char number[2 * CONFIG_SENSOR_BYTES + 3];
        char sn[2 * PUNCH_SN_MAX + 3];
        add(show, "%s\"%s\": \"%s\"", i == 0 ? ", \"terminals\": { " : ", ",
            escaped(config->sensors[i].number, number, sizeof number),
            escaped(config->sensors[i].sn, sn, sizeof sn));
    }
    add(show, "%s%s }", config->sensor_count > 0 ? " }" : "",
        config->include_typed ? ", \"include_typed\": true" : "");
}

static void say_config(struct show *show, const struct vendor_report *report, uint64_t nameless,
                       const char *device_sn)
{
    const struct config_access *config = show->config;
    bool proposed = config->device_sn[0] == '\0' && nameless > 0;
    add_keys(show, proposed ? device_sn : config->device_sn);
    if (proposed) {
        say(show,
            "%" PRIu64 " rows name no terminal by its serial number. They are taken under the one "
            "that \"device_sn\" names: that of your terminal, where there is one; \"%s\" is the "
            "name under which its logs come.",
            nameless, device_sn);
        if (report->machine_count > 1) {
            say(show,
                "Only where each machine has a number of its own: \"terminals\": { \"%s\": "
                "\"its serial number\", ... } says which is which.",
                report->machines[0].sensor);
        }
    }
    say(show, "What to write into config.json, then hipctl check-config and hipctl reload:");
    show->listener->say(show->listener->context, show->keys);
}

bool vendor_show(const struct config_access *config, const char *device_sn,
                 const struct vendor_moment *moment, const struct vendor_listener *listener,
                 bool *good, struct error *err)
{
    struct show *show = calloc(1, sizeof *show);
    struct vendor_report *report = calloc(1, sizeof *report);
    bool done = false;
    *good = false;
    if (show == NULL || report == NULL) {
        error_set(err, ERR_MEMORY, 0, "no memory to look at %s", config->path);
        goto out;
    }
    show->config = config;
    show->listener = listener;
    const struct vendor_audience audience = {
        .table = take_table, .column = take_column, .row = take_row, .context = show};
    done = vendor_check(config, moment, &audience, report, err);
    say_file(show, report);
    if (done) {
        say_rows(show, report);
        say_persons(show, report);
        uint64_t nameless = say_machines(show, report);
        say_age(show, report, moment->wall);
        if (report->rows > 0) {
            say_config(show, report, nameless, device_sn);
        }
        *good = report->good > 0;
    }
out:
    free(show);
    free(report);
    return done;
}
