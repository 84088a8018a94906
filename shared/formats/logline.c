#include "formats/logline.h"

#include <stdio.h>
#include <string.h>

#include "base/portability.h"

enum {
    WORD_MAX = 64, /* no word that matters here is longer */
    DEFAULT_STATUS = 0,
    DEFAULT_VERIFY = 1,
    BUDDHIST_FIRST = 2400, /* years that can only be of the Buddhist era, 543 ahead */
    BUDDHIST_LAST = 2700,
    BUDDHIST_AHEAD = 543,
};

static const char not_a_punch[] = "no line of a known form";
static const char no_user[] = "no user id before the date";
static const char bad_user[] = "the user id is missing, too long or holds control characters";
static const char bad_date[] = "no date of the calendar";
static const char no_time[] = "no time of day after the date";
static const char bad_time[] = "no time of day of the clock";
static const char odd_half[] = "the word after the time may be AM or PM in an unknown language";
static const char no_tabs[] = "a table's row without tabs between its columns";
static const char bad_row_time[] = "the table's DateTime is none";

/* A word with Thai and Lao digits turned into ASCII ones. False when it is longer than WORD_MAX. */
static bool with_ascii_digits(struct span word, char out[WORD_MAX], struct span *result)
{
    size_t used = 0;
    for (size_t i = 0; i < word.len; used++) {
        if (used == WORD_MAX) {
            return false;
        }
        const unsigned char *byte = (const unsigned char *)word.at + i;
        bool three = word.len - i >= 3 && byte[0] == 0xE0 && (byte[1] == 0xB9 || byte[1] == 0xBB);
        if (three && byte[2] >= 0x90 && byte[2] <= 0x99) {
            out[used] = (char)('0' + byte[2] - 0x90);
            i += 3;
        } else {
            out[used] = word.at[i];
            i++;
        }
    }
    *result = (struct span){out, used};
    return true;
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* Takes digits off the front; the number of them, 0 when there are none or more than four. */
static size_t take_digits(struct span *rest, int *value)
{
    size_t digits = 0;
    *value = 0;
    while (digits < rest->len && is_digit(rest->at[digits])) {
        if (digits == 4) {
            return 0;
        }
        *value = *value * 10 + (rest->at[digits] - '0');
        digits++;
    }
    *rest = (struct span){rest->at + digits, rest->len - digits};
    return digits;
}

static bool take_byte(struct span *rest, char byte)
{
    if (rest->len == 0 || rest->at[0] != byte) {
        return false;
    }
    *rest = (struct span){rest->at + 1, rest->len - 1};
    return true;
}

/*
 * Whether the word has the shape of a date: three numbers between '/', '-' or '.'; the year, in
 * four digits, first or last. Day before month, never guessed otherwise, unless month_first.
 */
static bool read_date(struct span word, bool month_first, struct civil *civil)
{
    char digits[WORD_MAX];
    struct span rest;
    int part[3] = {0, 0, 0};
    size_t width[3];
    if (!with_ascii_digits(word, digits, &rest)) {
        return false;
    }
    width[0] = take_digits(&rest, &part[0]);
    char separator = rest.len > 0 ? rest.at[0] : '\0';
    if (width[0] == 0 || (separator != '/' && separator != '-' && separator != '.')) {
        return false;
    }
    for (size_t i = 1; i < 3; i++) {
        if (!take_byte(&rest, separator)) {
            return false;
        }
        width[i] = take_digits(&rest, &part[i]);
    }
    bool year_first = width[0] == 4;
    size_t year_width = year_first ? width[0] : width[2];
    size_t other = year_first ? width[2] : width[0];
    if (rest.len > 0 || year_width != 4 || other < 1 || other > 2 || width[1] < 1 || width[1] > 2) {
        return false;
    }
    civil->year = year_first ? part[0] : part[2];
    civil->month = month_first && !year_first ? part[0] : part[1];
    civil->day = year_first ? part[2] : month_first ? part[1] : part[0];
    if (civil->year >= BUDDHIST_FIRST && civil->year <= BUDDHIST_LAST) {
        civil->year -= BUDDHIST_AHEAD; /* before the day is checked: leap years lie elsewhere */
    }
    return true;
}

enum half { HALF_NONE, HALF_AM, HALF_PM };

static enum half half_of(struct span word)
{
    static const struct {
        const char *word;
        enum half half;
    } halves[] = {
        {"AM", HALF_AM},      {"PM", HALF_PM},      {"A.M.", HALF_AM},   {"P.M.", HALF_PM},
        {"ก่อนเที่ยง", HALF_AM}, {"หลังเที่ยง", HALF_PM}, {"ກ່ອນທ່ຽງ", HALF_AM}, {"ຫຼັງທ່ຽງ", HALF_PM},
    };
    for (size_t i = 0; i < HB_COUNT(halves); i++) {
        if (span_equal_nocase(word, span_of(halves[i].word))) {
            return halves[i].half;
        }
    }
    return HALF_NONE;
}

/* `h:mm`, `h:mm:ss`, with AM or PM close behind or not at all. False when it is none of these. */
static bool read_clock(struct span word, struct civil *civil, enum half *half)
{
    char digits[WORD_MAX];
    struct span rest;
    if (!with_ascii_digits(word, digits, &rest)) {
        return false;
    }
    size_t hours = take_digits(&rest, &civil->hour);
    if (hours < 1 || hours > 2 || !take_byte(&rest, ':') ||
        take_digits(&rest, &civil->minute) != 2) {
        return false;
    }
    civil->second = 0;
    if (take_byte(&rest, ':') && take_digits(&rest, &civil->second) != 2) {
        return false;
    }
    *half = half_of(rest);
    return rest.len == 0 || *half != HALF_NONE;
}

/* 12 AM is midnight, 12 PM noon; there is no hour 0 or 13 with either. */
static bool to_24_hours(struct civil *civil, enum half half)
{
    if (half == HALF_NONE) {
        return true;
    }
    if (civil->hour < 1 || civil->hour > 12) {
        return false;
    }
    civil->hour = civil->hour % 12 + (half == HALF_PM ? 12 : 0);
    return true;
}

/* The time of day at the beginning of `rest`; NULL, or why there is none. */
static const char *read_time_of_day(struct span rest, struct civil *civil)
{
    struct span word;
    enum half half = HALF_NONE;
    if (!span_word(&rest, &word)) {
        return no_time;
    }
    if (!read_clock(word, civil, &half)) {
        return no_time;
    }
    if (half == HALF_NONE && span_word(&rest, &word)) {
        half = half_of(word);
        /* Better set aside than half a day off. */
        bool foreign = (unsigned char)word.at[0] >= 0x80;
        if (half == HALF_NONE && foreign && civil->hour >= 1 && civil->hour <= 12) {
            return odd_half;
        }
    }
    return to_24_hours(civil, half) ? NULL : bad_time;
}

/* NULL, or why the time of day in `rest` does not complete the date. */
static const char *finish_time(struct span rest, struct civil *civil, walltime *time)
{
    const char *reason = read_time_of_day(rest, civil);
    if (reason != NULL) {
        return reason;
    }
    if (civil->hour > 23 || civil->minute > 59 || civil->second > 59) {
        return bad_time;
    }
    return walltime_from_civil(civil, time) ? NULL : bad_date;
}

static bool take_user(struct span word, struct punch *punch)
{
    char digits[WORD_MAX];
    struct span user;
    return with_ascii_digits(word, digits, &user) && punch_user_valid(user) &&
           span_copy(user, punch->user_id, sizeof punch->user_id);
}

static bool is_running_number(struct span word)
{
    char digits[WORD_MAX];
    struct span number;
    if (!with_ascii_digits(word, digits, &number)) {
        return false;
    }
    if (number.len > 1 && number.at[number.len - 1] == '.') {
        number.len--;
    }
    for (size_t i = 0; i < number.len; i++) {
        if (!is_digit(number.at[i])) {
            return false;
        }
    }
    return number.len > 0;
}

/* Premium Time. A name, of any number of words, may stand between the user id and the date. */
static const char *read_premium(struct span line, struct punch *punch)
{
    struct span rest = line;
    struct span number;
    struct span user;
    struct span word;
    struct civil civil = {0, 0, 0, 0, 0, 0};
    if (!span_word(&rest, &number) || !span_word(&rest, &user)) {
        return not_a_punch;
    }
    if (read_date(number, false, &civil) || read_date(user, false, &civil)) {
        return no_user;
    }
    do {
        if (!span_word(&rest, &word)) {
            return not_a_punch;
        }
    } while (!read_date(word, false, &civil));
    if (!is_running_number(number)) {
        return not_a_punch;
    }
    const char *reason = finish_time(rest, &civil, &punch->time);
    if (reason != NULL) {
        return reason;
    }
    punch->status = DEFAULT_STATUS;
    punch->verify = DEFAULT_VERIFY;
    punch->way = PUNCH_LOGGED;
    punch->work_code[0] = '\0';
    return take_user(user, punch) ? NULL : bad_user;
}

static int32_t number_or(struct span text, int32_t otherwise)
{
    int32_t value = otherwise;
    span_to_int32(span_trim(text), &value);
    return value;
}

/*
 * Date and time as exports write them: ISO, or with the year last, the month then first if
 * month_first. NULL, or why it is none; not_a_punch when it has not even the shape of a date.
 */
static const char *read_date_time(struct span text, bool month_first, walltime *time)
{
    struct civil civil = {0, 0, 0, 0, 0, 0};
    struct span rest = span_trim(text);
    struct span date;
    if (walltime_parse_iso(text, time)) {
        walltime_to_civil(*time, &civil);
        if (civil.year < BUDDHIST_FIRST) {
            return NULL;
        }
    }
    if (!span_word(&rest, &date) || !read_date(date, month_first, &civil)) {
        return not_a_punch;
    }
    return finish_time(rest, &civil, time);
}

/* A terminal's own export. False when the line has another form. */
static bool read_attlog_dat(struct span line, struct punch *punch, const char **reason)
{
    struct span user;
    struct span time;
    struct span device;
    struct span state = {0};
    struct span verify = {0};
    if (!span_field(&line, '\t', &user) || !span_field(&line, '\t', &time)) {
        return false;
    }
    *reason = read_date_time(time, false, &punch->time);
    if (*reason != NULL) {
        /* With a date alone it may be Premium Time's, parted by tabs. */
        return *reason != not_a_punch && *reason != no_time;
    }
    (void)(span_field(&line, '\t', &device) && span_field(&line, '\t', &state) &&
           span_field(&line, '\t', &verify));
    punch->status = number_or(state, DEFAULT_STATUS);
    punch->verify = number_or(verify, DEFAULT_VERIFY);
    punch->way = PUNCH_LOGGED;
    punch->work_code[0] = '\0';
    *reason = take_user(span_trim(user), punch) ? NULL : bad_user;
    return true;
}

/* Takes the head of a GLOG table; its columns differ by maker. */
static bool read_table_head(struct logline *logline, struct span line, bool tabs)
{
    static const struct {
        const char *name;
        enum logline_column column;
    } names[] = {
        {"TMNo", LOGLINE_MACHINE},  {"Mchn", LOGLINE_MACHINE}, {"EnNo", LOGLINE_USER},
        {"IN/OUT", LOGLINE_STATE},  {"IOMd", LOGLINE_STATE},   {"Mode", LOGLINE_VERIFY},
        {"DateTime", LOGLINE_TIME},
    };
    size_t at[LOGLINE_COLUMNS] = {0};
    struct span field;
    for (size_t number = 1; tabs ? span_field(&line, '\t', &field) : span_word(&line, &field);
         number++) {
        for (size_t i = 0; i < HB_COUNT(names); i++) {
            if (span_equal_nocase(span_trim(field), span_of(names[i].name))) {
                at[names[i].column] = number;
            }
        }
    }
    if (at[LOGLINE_USER] == 0 || at[LOGLINE_TIME] == 0) {
        return false;
    }
    memcpy(logline->at, at, sizeof at);
    logline->table = true;
    return true;
}

static void add_machine(struct span machine, struct punch *punch)
{
    size_t held = strlen(punch->device_sn);
    if (punch_sn_valid(machine) && held + 1 + machine.len <= PUNCH_SN_MAX) {
        punch->device_sn[held] = '-';
        span_copy(machine, punch->device_sn + held + 1, sizeof punch->device_sn - held - 1);
    }
}

static const char *read_table_row(const struct logline *logline, struct span line,
                                  struct punch *punch)
{
    struct span column[LOGLINE_COLUMNS] = {{NULL, 0}};
    struct span field;
    for (size_t number = 1; span_field(&line, '\t', &field); number++) {
        for (size_t i = 0; i < LOGLINE_COLUMNS; i++) {
            if (logline->at[i] == number) {
                column[i] = span_trim(field);
            }
        }
    }
    if (!take_user(column[LOGLINE_USER], punch)) {
        return bad_user;
    }
    /* Month first, with the year last, is how these tables are written in the field. */
    const char *reason = read_date_time(column[LOGLINE_TIME], true, &punch->time);
    if (reason != NULL) {
        return reason == not_a_punch ? bad_row_time : reason;
    }
    punch->status = number_or(column[LOGLINE_STATE], DEFAULT_STATUS);
    punch->verify = number_or(column[LOGLINE_VERIFY], DEFAULT_VERIFY);
    punch->way = PUNCH_LOGGED;
    punch->work_code[0] = '\0';
    add_machine(column[LOGLINE_MACHINE], punch);
    return NULL;
}

static bool holds_nocase(struct span text, struct span part)
{
    for (; text.len >= part.len; text.at++, text.len--) {
        if (span_starts_nocase(text, part)) {
            return true;
        }
    }
    return false;
}

static bool only_of(struct span text, const char *bytes)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '\0' || strchr(bytes, text.at[i]) == NULL) {
            return false;
        }
    }
    return true;
}

static bool has_digit(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (is_digit(text.at[i])) {
            return true;
        }
    }
    return false;
}

/*
 * What a log holds besides punches. Asked only of lines that are no punch: a name with dashes in it
 * must not hide one.
 */
static bool is_passed_over(const struct logline *logline, struct span line)
{
    static const char *const heads[] = {"No", "No.", "ID", "ลำดับ", "ลำดับที่"};
    struct span rest = line;
    struct span first = {0};
    if (only_of(line, "-=_+| \t\f\x1A") || holds_nocase(line, SPAN("Date Export"))) {
        return true;
    }
    if (has_digit(line)) {
        return false;
    }
    span_word(&rest, &first);
    for (size_t i = 0; i < HB_COUNT(heads); i++) {
        if (span_equal_nocase(first, span_of(heads[i]))) {
            return true;
        }
    }
    return !logline->data_seen; /* a title above the data */
}

void logline_begin(struct logline *logline)
{
    *logline = (struct logline){0};
}

enum logline_result logline_judge(struct logline *logline, struct span line, struct punch *punch,
                                  const char **reason)
{
    struct span trimmed = span_trim(line);
    *reason = NULL;
    if (trimmed.len == 0) {
        return LOGLINE_PASSED;
    }
    bool tabs = memchr(trimmed.at, '\t', trimmed.len) != NULL;
    if (read_table_head(logline, line, tabs)) {
        return LOGLINE_PASSED;
    }
    /* Below a table's head nothing else is tried: its rows could be taken for Premium Time's, with
     * the machine in the place of the user. */
    if (logline->table) {
        *reason = tabs ? read_table_row(logline, line, punch) : no_tabs;
    } else if (!tabs || !read_attlog_dat(trimmed, punch, reason)) {
        *reason = read_premium(trimmed, punch);
    }
    if (*reason == NULL) {
        logline->data_seen = true;
        return LOGLINE_PUNCH;
    }
    return is_passed_over(logline, trimmed) ? LOGLINE_PASSED : LOGLINE_BAD;
}
