#include "logs/check.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/logcode.h"
#include "formats/logfile.h"
#include "formats/logtime.h"
#include "logs/source.h"
#include "system/folder.h"

enum {
    CHUNK = 64 * 1024,
    SHOWN = 10,     /* punches, and lines set aside */
    SAMPLE = 50,    /* rows that a proposal is made from */
    TEXT_MAX = 512, /* of a line of words */
    FIELDS_MAX = LOGHEAD_FIELDS_MAX,
};

/* What stands in a column of the rows that were looked at. */
struct column {
    char head[LOG_WORD_MAX];
    size_t rows, numbers, dates, clocks, moments, states;
    bool changes;
    char last[LOG_WORD_MAX];
};

struct check {
    const struct config_sync *sync;
    const struct check_listener *listener;
    struct check_result *result;
    struct logfile_reader reader;
    struct source source;
    char chunk[CHUNK];
    size_t shown_punches, shown_rejects;
    bool quiet; /* only counting */
    char separator;
    size_t sampled;
    bool headed; /* the line before the first row is a head */
    struct column columns[FIELDS_MAX + 1];
};

HB_FORMAT_OF(2)
static const char *in_words(const struct check *check, const char *english)
{
    return check->listener->in_words != NULL ? check->listener->in_words(english) : english;
}

HB_PRINTF(2, 3)
static void say(struct check *check, const char *format, ...)
{
    char text[TEXT_MAX];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, in_words(check, format), list);
    va_end(list);
    text[utf8_cut(span_of(text), sizeof text - 1)] = '\0';
    check->listener->say(check->listener->context, text);
}

const char *check_form_name(enum logline_form form)
{
    static const char *const names[LOGLINE_FORMS] = {
        [LOGLINE_NO_FORM] = "no form that is known",
        [LOGLINE_PREMIUM] = "HIP Premium Time's log",
        [LOGLINE_ATTLOG] = "a terminal's own export (attlog.dat)",
        [LOGLINE_NAMED] = "number, name and time between tabs, without a head",
        [LOGLINE_GLOG] = "a GLOG table (EnNo, DateTime)",
        [LOGLINE_CHECKINOUT] = "CHECKINOUT as text",
        [LOGLINE_TABLE] = "a table with a head",
        [LOGLINE_OWN] = "a table by sync.columns",
    };
    return names[form];
}

/* ---- what came out ---- */

static const char *word_for(int32_t status)
{
    static const char *const words[] = {"in",       "out",         "break out",
                                        "break in", "overtime in", "overtime out"};
    return status >= 0 && status < (int32_t)HB_COUNT(words) ? words[status]
           : status == 255                                  ? "not known"
                                                            : "as it is";
}

static void show_punch(struct check *check, const struct logfile_line *line)
{
    char time[WALLTIME_TEXT_MAX];
    const struct punch *punch = &line->punch;
    if (check->shown_punches == 0) {
        say(check, "The first punches:");
    }
    check->shown_punches++;
    say(check, "  line %" PRIu64 ": user %s, %s, status %d (%s), verify %d, terminal %s",
        line->number, punch->user_id, walltime_text(punch->time, time), (int)punch->status,
        in_words(check, word_for(punch->status)), (int)punch->verify, punch->device_sn);
}

static void show_reject(struct check *check, const struct logfile_line *line)
{
    int raw = (int)utf8_cut(line->punch.raw, 120);
    const char *reason = check->listener->reason_in_words != NULL
                             ? check->listener->reason_in_words(line->reason)
                             : line->reason;
    if (check->shown_rejects == 0) {
        say(check, "Set aside would be:");
    }
    check->shown_rejects++;
    say(check, "  line %" PRIu64 ": %s: %.*s", line->number, reason, raw,
        raw > 0 ? line->punch.raw.at : "");
}

static bool take_line(void *context, const struct logfile_line *line, struct error *err)
{
    struct check *check = context;
    struct logfile_line shown = *line;
    (void)err;
    if (check->quiet) {
        return true;
    }
    if (line->reason != NULL) {
        check->result->rejected++;
        if (check->shown_rejects < SHOWN) {
            show_reject(check, line);
        }
        return true;
    }
    check->result->punches++;
    source_settle(&check->source, &shown.punch);
    if (check->shown_punches < SHOWN) {
        show_punch(check, &shown);
    }
    return true;
}

/* ---- a proposal ---- */

static bool is_clock(struct span cell)
{
    struct civil civil = {0};
    struct logtime_clock clock;
    return logtime_clock(&cell, &civil, &clock) == NULL;
}

static void note_cell(struct column *column, struct span cell)
{
    struct logtime_date date;
    struct span rest = cell;
    struct span word;
    char text[LOG_WORD_MAX] = "";
    if (cell.len == 0) {
        return;
    }
    span_copy((struct span){cell.at, utf8_cut(cell, LOG_WORD_MAX - 1)}, text, sizeof text);
    column->changes = column->changes || (column->rows > 0 && strcmp(text, column->last) != 0);
    memcpy(column->last, text, sizeof text);
    column->rows++;
    column->numbers += logcode_all_digits(cell);
    column->states += logcode_is_state(cell);
    column->clocks += is_clock(cell);
    if (span_word(&rest, &word) && logtime_date(word, &date)) {
        column->dates += span_trim(rest).len == 0;
        column->moments += span_trim(rest).len > 0 && is_clock(rest);
    }
}

/* The lines of the file, before anything is understood of it. */
static bool sample_line(void *context, const struct logfile_line *line, struct error *err)
{
    struct check *check = context;
    struct span rest = line->punch.raw;
    struct span field;
    (void)err;
    if (check->sampled == SAMPLE || rest.len == 0) {
        return true;
    }
    bool row = logcode_has_digit(rest);
    char separator = loghead_separator(rest);
    if (row && check->sampled == 0 && separator != check->separator) {
        check->headed = false; /* a title */
        memset(check->columns, 0, sizeof check->columns);
    }
    if (!row && check->sampled > 0) {
        return true;
    }
    check->separator = separator;
    check->sampled += row;
    check->headed = check->headed || !row;
    for (size_t number = 1; number <= FIELDS_MAX && loghead_field(&rest, separator, &field);
         number++) {
        struct column *column = &check->columns[number];
        field = span_trim(field);
        if (row) {
            note_cell(column, field);
        } else {
            span_copy((struct span){field.at, utf8_cut(field, LOG_WORD_MAX - 1)}, column->head,
                      sizeof column->head);
        }
    }
    return true;
}

static size_t best(const struct check *check, size_t offset)
{
    size_t found = 0;
    size_t most = check->sampled / 2; /* at least half of the rows */
    for (size_t i = 1; i <= FIELDS_MAX; i++) {
        size_t count;
        memcpy(&count, (const char *)&check->columns[i] + offset, sizeof count);
        if (count > most) {
            most = count;
            found = i;
        }
    }
    return found;
}

/* A column of numbers that differ, before the time if there is one. */
static size_t best_user(const struct check *check, size_t before)
{
    for (size_t i = 1; i <= FIELDS_MAX; i++) {
        const struct column *column = &check->columns[i];
        bool numbers = column->rows > 0 && column->numbers * 2 > check->sampled;
        bool counts = i == 1 && check->columns[2].numbers * 2 > check->sampled;
        if (numbers && !counts && (column->changes || check->sampled == 1) &&
            (before == 0 || i != before)) {
            return i;
        }
    }
    return 0;
}

static void name_column(const struct check *check, size_t number, const char *key, char *out,
                        size_t size)
{
    size_t used = strlen(out);
    const struct column *column = &check->columns[number];
    const char *comma = used > 0 ? ", " : "";
    bool quoted = strpbrk(column->head, "\"\\") != NULL;
    if (number == 0) {
        return;
    }
    if (check->headed && column->head[0] != '\0' && !quoted) {
        snprintf(out + used, size - used, "%s\"%s\": \"%s\"", comma, key, column->head);
    } else {
        snprintf(out + used, size - used, "%s\"%s\": %u", comma, key, (unsigned)number);
    }
}

#define COUNT_OF(member) offsetof(struct column, member)

static void propose(struct check *check)
{
    char text[400] = "";
    size_t moment = best(check, COUNT_OF(moments));
    size_t date = moment == 0 ? best(check, COUNT_OF(dates)) : 0;
    size_t time = moment == 0 ? best(check, COUNT_OF(clocks)) : moment;
    size_t user = best_user(check, time);
    if (check->separator == ' ' && time == 0) {
        time = date; /* between blanks the time stands in the next word */
        date = 0;
    }
    if (user == 0 || time == 0) {
        say(check, "No column of it looks like a user and a time: it may be no log at all. If it "
                   "is one, name its columns in sync.columns (docs\\configuration.html).");
        return;
    }
    name_column(check, user, "user", text, sizeof text);
    name_column(check, date, "date", text, sizeof text);
    name_column(check, time, "time", text, sizeof text);
    name_column(check, best(check, COUNT_OF(states)), "status", text, sizeof text);
    say(check, "If the columns are these, write into config.json, section \"sync\":");
    say(check, "  \"columns\": { %s }", text);
    say(check, "and look with check-log again whether each user is the right one.");
}

/* ---- reading ---- */

static bool read_all(struct check *check, struct folder_file *file, logfile_sink *sink,
                     const struct logline_facts *facts, struct error *err)
{
    logfile_begin(&check->reader, check->source.device_sn, sink, check);
    logfile_set_encoding(&check->reader, source_encoding(check->sync));
    logfile_set_columns(&check->reader, &check->sync->columns);
    if (facts != NULL) {
        logfile_set_facts(&check->reader, facts);
    }
    if (sink == sample_line) {
        logfile_tell_passed(&check->reader);
    }
    bool done = folder_rewind(file, err);
    while (done) {
        size_t got = 0;
        done = folder_read(file, check->chunk, CHUNK, &got, err);
        if (!done || got == 0) {
            break;
        }
        done = logfile_feed(&check->reader, (struct span){check->chunk, got}, err);
    }
    return done && logfile_end(&check->reader, err);
}

static void say_why(struct check *check, const struct logline_facts *facts)
{
    static const char *const why[LOGLINE_FORMS] = {
        [LOGLINE_PREMIUM] = "its lines are: running number, user, date, time",
        [LOGLINE_ATTLOG] = "its lines are: user, tab, date and time",
        [LOGLINE_NAMED] = "its second column is a name, the first a number",
    };
    enum logline_form form = check->result->form;
    if (facts->head_line > 0 && form != LOGLINE_PREMIUM) {
        say(check, "  because of its head, in line %zu", facts->head_line);
    } else if (why[form] != NULL) {
        say(check, "  because %s", in_words(check, why[form]));
    }
    if (facts->day_first != facts->month_first) {
        say(check, "  %s first, as its dates show",
            in_words(check, facts->day_first ? "the day" : "the month"));
    }
}

static bool check_file(struct check *check, struct folder_file *file, const char *path,
                       struct error *err)
{
    if (!read_all(check, file, NULL, NULL, err)) {
        return false;
    }
    struct logline_facts facts = *logfile_facts(&check->reader);
    check->quiet = true; /* what it is comes before its lines */
    if (!read_all(check, file, take_line, &facts, err)) {
        return false;
    }
    check->quiet = false;
    check->result->form = logline_form(logfile_facts(&check->reader));
    say(check, "%s: %s", path, in_words(check, check_form_name(check->result->form)));
    say_why(check, &facts);
    if (!read_all(check, file, take_line, &facts, err)) {
        return false;
    }
    say(check, "%" PRIu64 " punches, %" PRIu64 " lines set aside. Nothing was uploaded.",
        check->result->punches, check->result->rejected);
    if (check->result->punches > 0) {
        return true;
    }
    if (!read_all(check, file, sample_line, &facts, err)) {
        return false;
    }
    if (check->result->rejected > 0) {
        propose(check);
    }
    return true;
}

bool check_log(const char *path, const struct config_sync *sync,
               const struct check_listener *listener, struct check_result *result,
               struct error *err)
{
    struct folder_version version;
    struct check *check = calloc(1, sizeof *check);
    *result = (struct check_result){.form = LOGLINE_NO_FORM};
    if (check == NULL) {
        return error_set(err, ERR_MEMORY, 0, "cannot read %s: no memory", path);
    }
    check->sync = sync;
    check->listener = listener;
    check->result = result;
    source_of(sync, file_name(path), &check->source);
    struct folder_file *file = folder_open(path, &version, err);
    bool done = file != NULL && check_file(check, file, path, err);
    folder_close(file);
    free(check);
    return done;
}
