#include "formats/attlog.h"

#include <string.h>

#include "base/portability.h"

enum { DEFAULT_STATUS = 0, DEFAULT_VERIFY = 1, TIME_TEXT_MAX = 40 };

static const char no_user[] = "no user id";
static const char bad_user[] = "the user id is too long or holds blanks or control characters";
static const char no_time[] = "no time";
static const char bad_time[] = "the time is none, or no date of the calendar";

/* The four columns that a punch is made of; an absent one is empty. */
struct columns {
    struct span user;
    struct span time;
    struct span status;
    struct span verify, work;
};

void attlog_begin(struct attlog_reader *reader, struct span body)
{
    reader->rest = utf8_without_bom(body);
    reader->line = 0;
    reader->reason = NULL;
    reader->raw[0] = '\0';
}

/* Cuts the next line off; LF, CRLF and CR end one. */
static bool take_line(struct attlog_reader *reader, struct span *line)
{
    struct span *rest = &reader->rest;
    if (rest->len == 0) {
        return false;
    }
    size_t end = 0;
    while (end < rest->len && rest->at[end] != '\n' && rest->at[end] != '\r') {
        end++;
    }
    *line = (struct span){rest->at, end};
    if (end + 1 < rest->len && rest->at[end] == '\r' && rest->at[end + 1] == '\n') {
        end++;
    }
    end += end < rest->len ? 1 : 0;
    *rest = (struct span){rest->at + end, rest->len - end};
    reader->line++;
    return true;
}

static int32_t number_or(struct span text, int32_t otherwise)
{
    int32_t value = otherwise;
    span_to_int32(span_trim(text), &value);
    return value;
}

/* What cannot be one, or is 0 (none), is left out: the line has it still. */
static void set_work_code(struct span word, struct punch *punch)
{
    char code[4 * PUNCH_WORK_MAX];
    struct span trimmed = span_trim(word);
    punch->way = PUNCH_PUSHED;
    punch->work_code[0] = '\0';
    if (trimmed.len > 0 && trimmed.len < sizeof code && !span_equal_nocase(trimmed, SPAN("0"))) {
        utf8_clean(trimmed, code, sizeof code);
        if (!span_copy(span_of(code), punch->work_code, sizeof punch->work_code)) {
            punch->work_code[0] = '\0';
        }
    }
}

/* Makes the punch of the columns; NULL, or the reason why there is none. */
static const char *judge(const struct columns *columns, struct punch *punch)
{
    struct span user = span_trim(columns->user);
    if (user.len == 0) {
        return no_user;
    }
    if (!punch_user_valid(user) || !span_copy(user, punch->user_id, sizeof punch->user_id)) {
        return bad_user;
    }
    if (span_trim(columns->time).len == 0) {
        return no_time;
    }
    if (!walltime_parse_iso(columns->time, &punch->time)) {
        return bad_time;
    }
    punch->status = number_or(columns->status, DEFAULT_STATUS);
    punch->verify = number_or(columns->verify, DEFAULT_VERIFY);
    set_work_code(columns->work, punch);
    return NULL;
}

/* The documented form: columns between tabs, where an empty one is a missing value and no shift. */
static const char *read_tabbed(struct span line, struct punch *punch)
{
    struct columns columns = {0};
    (void)(span_field(&line, '\t', &columns.user) && span_field(&line, '\t', &columns.time) &&
           span_field(&line, '\t', &columns.status) && span_field(&line, '\t', &columns.verify) &&
           span_field(&line, '\t', &columns.work));
    return judge(&columns, punch);
}

/* Blanks where the tabs should be; date and time are then two words, or one with a T between. */
static const char *read_words(struct span line, struct punch *punch)
{
    struct columns columns = {0};
    struct span clock = {0};
    char joined[TIME_TEXT_MAX];
    span_word(&line, &columns.user);
    if (span_word(&line, &columns.time) && memchr(columns.time.at, ':', columns.time.len) == NULL &&
        span_word(&line, &clock)) {
        if (columns.time.len + 1 + clock.len > sizeof joined) {
            return bad_time;
        }
        memcpy(joined, columns.time.at, columns.time.len);
        joined[columns.time.len] = ' ';
        memcpy(joined + columns.time.len + 1, clock.at, clock.len);
        columns.time = (struct span){joined, columns.time.len + 1 + clock.len};
    }
    (void)(span_word(&line, &columns.status) && span_word(&line, &columns.verify) &&
           span_word(&line, &columns.work));
    return judge(&columns, punch);
}

/* `PIN=1001 TAB DateTime=… TAB Verified=1 TAB Status=0`, in any order. */
static const char *read_keyed(struct span line, struct punch *punch)
{
    struct columns columns = {0};
    const struct {
        struct span key;
        struct span *column;
    } keys[] = {
        {SPAN("PIN"), &columns.user},        {SPAN("DateTime"), &columns.time},
        {SPAN("Time"), &columns.time},       {SPAN("Status"), &columns.status},
        {SPAN("Verified"), &columns.verify}, {SPAN("Verify"), &columns.verify},
        {SPAN("WorkCode"), &columns.work},   {SPAN("Workcode"), &columns.work},
    };
    struct span field;
    while (span_field(&line, '\t', &field)) {
        struct span value = field;
        struct span key;
        if (!span_field(&value, '=', &key) || value.at == NULL) {
            continue;
        }
        for (size_t i = 0; i < HB_COUNT(keys); i++) {
            if (span_equal_nocase(span_trim(key), keys[i].key)) {
                *keys[i].column = value;
            }
        }
    }
    return judge(&columns, punch);
}

/*
 * Tabs where there are any. Blanks may stand for all tabs, or for some; but where the first column
 * is empty, reading words would shift the others into its place.
 */
static const char *read_line(struct span line, struct punch *punch)
{
    if (span_starts_nocase(span_trim(line), SPAN("PIN="))) {
        return read_keyed(line, punch);
    }
    const char *reason = read_tabbed(line, punch);
    if (reason == NULL || reason == no_user || read_words(line, punch) != NULL) {
        return reason;
    }
    return NULL;
}

/* The line behind a leading word ATTLOG, which one write-up of the protocol shows. */
static bool without_tag(struct span line, struct span *rest)
{
    struct span tag;
    *rest = line;
    if (!span_word(rest, &tag) || !span_equal_nocase(tag, SPAN("ATTLOG")) || rest->len == 0) {
        return false;
    }
    *rest = (struct span){rest->at + 1, rest->len - 1};
    return true;
}

enum attlog_result attlog_next(struct attlog_reader *reader, struct punch *punch)
{
    struct span line;
    do {
        if (!take_line(reader, &line)) {
            return ATTLOG_END;
        }
    } while (span_trim(line).len == 0);

    /* Only the end is trimmed: a tab at the beginning says that the first column is missing. */
    struct span trimmed = span_trim(line);
    line.len = (size_t)(trimmed.at + trimmed.len - line.at);

    punch->device_sn[0] = '\0';
    struct span untagged;
    reader->reason = read_line(line, punch);
    if (reader->reason != NULL && without_tag(line, &untagged)) {
        reader->reason = read_line(untagged, punch);
    }
    punch->raw.at = reader->raw;
    punch->raw.len = utf8_clean(line, reader->raw, sizeof reader->raw);
    return reader->reason == NULL ? ATTLOG_PUNCH : ATTLOG_BAD;
}
