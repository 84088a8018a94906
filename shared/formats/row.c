#include "formats/row.h"

#include <string.h>

#include "formats/accesslog.h"
#include "formats/attlog.h"

enum {
    DEFAULT_STATUS = 0,
    DEFAULT_VERIFY = 1,
    PACKED_YEAR = 2000,
    TIME_TEXT_MAX = 40,
    YEAR_S = 366 * 86400,
    BUDDHIST_FIRST = 2400, /* years that can only be of the Buddhist era, 543 ahead */
    BUDDHIST_LAST = 2700,
    BUDDHIST_AHEAD = 543,
    FIRST_YEAR = 1990, /* of any clock that counts from a year of its own */
};

static const char no_user[] = "no user id";
static const char bad_user[] =
    "the user id is too long or holds blanks, control characters or signs that none has";
static const char a_word[] = "a word without a digit, and no tabs: that may be no user id";
static const char no_time[] = "no time";
static const char bad_time[] = "the time is none, or no date of the calendar";
static const char behind_time[] = "what stands behind the time is not understood";
static const char other_era[] = "the year is far from the PC's clock";
static const char too_large[] = "a number is larger than one can be";
static const char twofold[] = "a column is given twice and differs";
static const char bad_event[] = "the event is missing or no number";
static const char unknown_event[] = "an event that is in no list";
static const char torn[] = "the delivery was cut within this row, or may have been";

/* ---- when ---- */

/* `time_second`, and `time` of some: months of 31 days since 2000, in seconds. */
static bool unpack_time(int32_t packed, walltime *time)
{
    if (packed < 0) {
        return false;
    }
    struct civil civil;
    civil.second = packed % 60;
    civil.minute = packed / 60 % 60;
    civil.hour = packed / 3600 % 24;
    int32_t days = packed / 86400;
    civil.day = days % 31 + 1;
    civil.month = days / 31 % 12 + 1;
    civil.year = days / 31 / 12 + PACKED_YEAR;
    return walltime_from_civil(&civil, time);
}

/* AM or PM at the end of a text, cut off it; 0 when there is none. */
static int cut_half(struct span *text)
{
    int half = 0;
    if (text->len > 2) {
        struct span end = {text->at + text->len - 2, 2};
        half = span_equal_nocase(end, SPAN("AM"))   ? 'A'
               : span_equal_nocase(end, SPAN("PM")) ? 'P'
                                                    : 0;
    }
    if (half != 0) {
        *text = span_trim((struct span){text->at, text->len - 2});
    }
    return half;
}

/* An hour that no half of the day has is no reason to guess. */
static bool in_half(int half, walltime *time)
{
    struct civil civil;
    walltime_to_civil(*time, &civil);
    if (half == 0) {
        return true;
    }
    if (civil.hour < 1 || civil.hour > 12) {
        return false;
    }
    civil.hour = civil.hour % 12 + (half == 'P' ? 12 : 0);
    return walltime_from_civil(&civil, time);
}

/*
 * A year of no era that a terminal counts in is none. One that can only be Buddhist is brought back
 * where the PC's clock says that it is about then; else nobody knows what is wrong with it.
 */
static bool in_era(walltime now, walltime *time)
{
    struct civil civil;
    walltime_to_civil(*time, &civil);
    if (civil.year < BUDDHIST_FIRST) {
        return civil.year >= FIRST_YEAR;
    }
    if (civil.year > BUDDHIST_LAST) {
        return false;
    }
    civil.year -= BUDDHIST_AHEAD;
    return now != 0 && walltime_from_civil(&civil, time) && *time <= now + 86400 &&
           *time >= now - YEAR_S;
}

/* Joins a date and a time of day that stand apart; an empty span when they are too long. */
static struct span join(struct span date, struct span clock, char out[TIME_TEXT_MAX])
{
    if (date.len + 1 + clock.len > TIME_TEXT_MAX) {
        return (struct span){NULL, 0};
    }
    memcpy(out, date.at, date.len);
    out[date.len] = ' ';
    memcpy(out + date.len + 1, clock.at, clock.len);
    return (struct span){out, date.len + 1 + clock.len};
}

static const char *read_time(const struct columns *columns, walltime now, walltime *time)
{
    char joined[TIME_TEXT_MAX];
    struct span text = span_trim(columns->time);
    struct span clock = span_trim(columns->clock);
    int32_t packed = 0;
    if (text.len == 0) {
        return no_time;
    }
    if (columns->strange) {
        return behind_time;
    }
    if (clock.len > 0) {
        text = join(text, clock, joined);
    }
    if (columns->keyed && span_to_int32(text, &packed)) {
        if (!unpack_time(packed, time)) {
            return bad_time;
        }
        /* Seconds since 1970 would come out decades ahead. */
        return now == 0 || *time <= now + YEAR_S ? NULL : other_era;
    }
    int half = cut_half(&text);
    if (columns->half.len > 0) {
        struct span word = columns->half;
        half = half == 0 && (word.at[0] == 'A' || word.at[0] == 'a') ? 'A' : half == 0 ? 'P' : -1;
    }
    if (!walltime_parse_iso(text, time) || !in_half(half, time)) {
        return bad_time;
    }
    return in_era(now, time) ? NULL : other_era;
}

/* ---- how ---- */

enum number { NUMBER_NONE, NUMBER_FINE, NUMBER_LARGE, NUMBER_WORDS };

/* A number, digits with a minus at most: a plus is a time zone's. */
static enum number read_number(struct span text, int32_t *value)
{
    text = span_trim(text);
    size_t digits = text.len > 0 && text.at[0] == '-';
    if (text.len == 0) {
        return NUMBER_NONE;
    }
    for (size_t i = digits; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '9') {
            return NUMBER_WORDS;
        }
    }
    return text.len == digits           ? NUMBER_WORDS
           : span_to_int32(text, value) ? NUMBER_FINE
                                        : NUMBER_LARGE;
}

/*
 * Whether a status that is no number may belong to the time before it: a half of the day in
 * whatever language, a zone, a time.
 */
static bool may_be_time(struct span text)
{
    char letters[3] = "";
    size_t count = 0;
    text = span_trim(text);
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.at[i];
        if (byte >= 0x80 || byte == '+' || byte == ':') {
            return true;
        }
        if (byte != '.' && byte != ' ' && count < sizeof letters) {
            letters[count++] = (char)(byte | 0x20);
        }
    }
    bool half = letters[0] == 'a' || letters[0] == 'p';
    return half && (count == 1 || (count == 2 && letters[1] == 'm'));
}

/* Sixteen digits 0 and 1: the newer rule, a digit a method; false when it is none. */
static bool is_methods(struct span text, uint32_t *methods)
{
    enum { METHODS = 16 };
    text = span_trim(text);
    *methods = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] != '0' && text.at[i] != '1') {
            return false;
        }
        *methods = *methods << 1 | (uint32_t)(text.at[i] - '0');
    }
    return text.len == METHODS;
}

/*
 * The number that the same terminals' older rule has for these methods, which is what all others
 * send. The lowest digit says whether one or all of them were asked for.
 */
static int32_t older_number(uint32_t methods)
{
    enum {
        FACE = 1 << 1,
        PALM_PRINT = 1 << 2,
        PALM = 1 << 3,
        FINGER = 1 << 4,
        VEIN = 1 << 5,
        PASSWORD = 1 << 9,
        NUMBER = 1 << 10,
        CARD = 1 << 11,
        OTHER = 200,
    };
    static const struct {
        uint32_t methods;
        int32_t number;
    } numbers[] = {
        {FINGER, 1},
        {NUMBER, 2},
        {PASSWORD, 3},
        {CARD, 4},
        {NUMBER | FINGER, 8},
        {FINGER | PASSWORD, 9},
        {CARD | FINGER, 10},
        {CARD | PASSWORD, 11},
        {FINGER | PASSWORD | CARD, 12},
        {NUMBER | FINGER | PASSWORD, 13},
        {FACE, 15},
        {FACE | FINGER, 16},
        {FACE | PASSWORD, 17},
        {FACE | CARD, 18},
        {FACE | FINGER | CARD, 19},
        {FACE | FINGER | PASSWORD, 20},
        {VEIN, 21},
        {VEIN | PASSWORD, 22},
        {VEIN | CARD, 23},
        {VEIN | PASSWORD | CARD, 24},
        {PALM, 25},
        {PALM | CARD, 26},
        {PALM | FACE, 27},
        {PALM | FINGER, 28},
        {PALM | FINGER | FACE, 29},
    };
    methods &= ~(uint32_t)1;
    if ((methods & PALM_PRINT) != 0) {
        methods = (methods & ~(uint32_t)PALM_PRINT) | PALM;
    }
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (numbers[i].methods == methods) {
            return numbers[i].number;
        }
    }
    return OTHER;
}

static const char *read_status(const struct columns *columns, int32_t *status)
{
    *status = DEFAULT_STATUS;
    switch (read_number(columns->status, status)) {
    case NUMBER_LARGE:
        return too_large;
    case NUMBER_WORDS:
        *status = ROW_UNREADABLE;
        return !columns->keyed && may_be_time(columns->status) ? behind_time : NULL;
    case NUMBER_NONE:
    case NUMBER_FINE:
        break;
    }
    return NULL;
}

/* So many digits that they are methods, and no number, yet not as many as there are. */
static bool is_garbled(struct span text)
{
    enum { NUMBER_DIGITS = 10 };
    text = span_trim(text);
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] != '0' && text.at[i] != '1') {
            return false;
        }
    }
    return text.len > NUMBER_DIGITS && text.at[0] == '0';
}

static const char *read_verify(const struct columns *columns, int32_t *verify)
{
    uint32_t methods = 0;
    *verify = DEFAULT_VERIFY;
    if (is_methods(columns->verify, &methods)) {
        *verify = older_number(methods);
        return NULL;
    }
    if (is_garbled(columns->verify)) {
        *verify = ROW_UNREADABLE;
        return NULL;
    }
    switch (read_number(columns->verify, verify)) {
    case NUMBER_LARGE:
        return too_large;
    case NUMBER_WORDS:
        *verify = ROW_UNREADABLE;
        break;
    case NUMBER_NONE:
    case NUMBER_FINE:
        break;
    }
    return NULL;
}

/* What cannot be one, or is 0 (none), is left out: the row has it still. */
static void read_work(const struct columns *columns, struct punch *punch)
{
    char code[4 * PUNCH_WORK_MAX];
    struct span word = span_trim(columns->work);
    punch->work_code[0] = '\0';
    if (word.len > 0 && word.len < sizeof code && !span_equal(word, SPAN("0"))) {
        utf8_clean(word, code, sizeof code);
        (void)span_copy(span_of(code), punch->work_code, sizeof punch->work_code);
    }
}

/* ---- the one judge ---- */

/* Nobody: no number, or one of zeros alone. */
static bool is_nobody(struct span user)
{
    user = span_trim(user);
    for (size_t i = 0; i < user.len; i++) {
        if (user.at[i] != '0') {
            return false;
        }
    }
    return true;
}

static enum row_end aside(struct row_reader *reader, const char *reason)
{
    reader->reason = reason;
    return ROW_ASIDE;
}

static bool has_digit(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] >= '0' && text.at[i] <= '9') {
            return true;
        }
    }
    return false;
}

static enum row_end judge_punch(struct row_reader *reader, const struct columns *columns)
{
    struct punch *punch = &reader->punch;
    struct span user = span_trim(columns->user);
    if (user.len == 0) {
        return aside(reader, no_user);
    }
    if (!punch_user_valid(user) || !span_copy(user, punch->user_id, sizeof punch->user_id)) {
        return aside(reader, bad_user);
    }
    if (columns->worded && !has_digit(user)) {
        return aside(reader, a_word);
    }
    const char *reason = columns->twofold ? twofold : NULL;
    reason = reason != NULL ? reason : read_time(columns, reader->settings.now, &punch->time);
    reason = reason != NULL ? reason : read_status(columns, &punch->status);
    reason = reason != NULL ? reason : read_verify(columns, &punch->verify);
    read_work(columns, punch);
    return reason == NULL ? ROW_PUNCH : aside(reader, reason);
}

/* By its event. Where a card is named although no person is, somebody was there. */
static enum row_end judge_event(struct row_reader *reader, const struct columns *columns)
{
    bool nobody = columns->user.at != NULL && is_nobody(columns->user);
    bool card = !is_nobody(columns->card);
    int32_t code = 0;
    enum number number = read_number(columns->event, &code);
    enum accesslog_event event = number == NUMBER_FINE ? accesslog_event(code) : ACCESSLOG_UNKNOWN;
    if (columns->twofold) {
        return aside(reader, twofold);
    }
    if (event == ACCESSLOG_LET_IN) {
        return nobody && !card ? ROW_NOBODY
               : nobody        ? aside(reader, no_user)
                               : judge_punch(reader, columns);
    }
    if (event == ACCESSLOG_UNKNOWN) {
        return nobody && !card ? ROW_NOBODY
                               : aside(reader, number == NUMBER_FINE ? unknown_event : bad_event);
    }
    reader->code = code;
    return is_nobody(columns->user) ? ROW_NOBODY : ROW_REFUSAL;
}

/*
 * Person-and-ID terminals add two columns to the seven: number of the ID card, and kind. Kind 1
 * says that a card was compared with its bearer, for which the status column has the outcome.
 */
static bool is_identity_check(const struct row_reader *reader, struct span line)
{
    enum { KIND = 9 };
    return reader->settings.identity && span_equal(span_trim(attlog_column(line, KIND)), SPAN("1"));
}

/* Whose and when a row is that is set aside, as far as it can be told. */
static enum row_end tell(struct row_reader *reader, const struct columns *columns, enum row_end end)
{
    struct span user = span_trim(columns->user);
    walltime time = 0;
    if (end == ROW_ASIDE && read_time(columns, reader->settings.now, &time) == NULL) {
        reader->time = time;
        if (!punch_user_valid(user) || !span_copy(user, reader->user, sizeof reader->user)) {
            reader->user[0] = '\0';
        }
    }
    return end;
}

static enum row_end judge_columns(struct row_reader *reader, struct span line)
{
    struct columns columns;
    if (is_identity_check(reader, line)) {
        reader->code = ROW_IDENTITY_CHECK;
        return ROW_REFUSAL;
    }
    attlog_columns(line, &columns);
    return tell(reader, &columns, judge_punch(reader, &columns));
}

static enum row_end judge(struct row_reader *reader, struct span line)
{
    struct columns columns;
    bool keyed = memchr(line.at, '=', line.len) != NULL;
    struct span rest = line;
    if (keyed && accesslog_columns(line, &columns)) {
        bool event = columns.access || reader->settings.access;
        return tell(reader, &columns,
                    event ? judge_event(reader, &columns) : judge_punch(reader, &columns));
    }
    enum row_end end = judge_columns(reader, line);
    return end == ROW_ASIDE && attlog_untagged(line, &rest) ? judge_columns(reader, rest) : end;
}

enum row_end row_read(struct row_reader *reader, struct span line)
{
    /* Only the end is trimmed: a tab at the beginning says that the first column is missing. */
    struct span trimmed = span_trim(line);
    reader->line = line;
    reader->punch.device_sn[0] = '\0';
    reader->punch.way = PUNCH_PUSHED;
    reader->reason = NULL;
    reader->torn = false;
    reader->code = 0;
    reader->time = 0;
    reader->user[0] = '\0';
    if (trimmed.len == 0) {
        return ROW_NOBODY;
    }
    line.len = (size_t)(trimmed.at + trimmed.len - line.at);
    enum row_end end = judge(reader, line);
    if (end == ROW_PUNCH) {
        reader->punch.raw.at = reader->raw;
        reader->punch.raw.len = utf8_clean(trimmed, reader->raw, sizeof reader->raw);
    }
    return end;
}

/* ---- a body ---- */

void row_begin(struct row_reader *reader, struct span body, const struct row_settings *settings)
{
    reader->settings = *settings;
    reader->rest = utf8_without_bom(body);
    reader->row = 0;
    reader->reason = NULL;
    reader->code = 0;
    reader->line = (struct span){NULL, 0};
    reader->raw[0] = '\0';
}

/* Cuts the next line off; *ended says whether it has an end. */
static bool take_line(struct row_reader *reader, struct span *line, bool *ended)
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
    *ended = end < rest->len;
    if (end + 1 < rest->len && rest->at[end] == '\r' && rest->at[end + 1] == '\n') {
        end++;
    }
    end += *ended ? 1 : 0;
    *rest = (struct span){rest->at + end, rest->len - end};
    reader->row++;
    return true;
}

bool row_next(struct row_reader *reader, enum row_end *end)
{
    struct span line;
    bool ended = true;
    do {
        if (!take_line(reader, &line, &ended)) {
            return false;
        }
    } while (span_trim(line).len == 0);
    *end = row_read(reader, line);
    bool cut =
        (reader->settings.torn_end && !ended) || (reader->settings.torn_begin && reader->row == 1);
    if (cut) {
        *end = aside(reader, torn);
        reader->torn = true;
        reader->time = 0; /* it may lack digits */
        reader->user[0] = '\0';
    }
    return true;
}

/* ---- what is no row ---- */

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

bool row_may_name(struct span bytes)
{
    enum { LONG = 8 }; /* 20260115, and seconds since any year */
    size_t digits = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        if (is_digit(bytes.at[i])) {
            digits++;
            if (digits >= LONG) {
                return true;
            }
            continue;
        }
        size_t behind = i + 1;
        if (bytes.at[i] == '%' && bytes.len - i > 3 && bytes.at[i + 1] == '3' &&
            (bytes.at[i + 2] | 0x20) == 'a') {
            behind = i + 3;
        }
        bool colon = bytes.at[i] == ':' || bytes.at[i] == '.' || behind == i + 3;
        if (colon && digits > 0 && digits <= 2 && behind < bytes.len &&
            is_digit(bytes.at[behind])) {
            return true;
        }
        digits = 0;
    }
    return false;
}
