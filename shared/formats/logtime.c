#include "formats/logtime.h"

#include "base/portability.h"
#include "formats/logcode.h"

enum {
    /* Years of the Buddhist era, 543 ahead, that a terminal can have lived in; it knows no others
       than 1970 and later. */
    BUDDHIST_FIRST = 2513,
    BUDDHIST_LAST = 2612,
    BUDDHIST_AHEAD = 543,
    COMMON_FIRST = 1970,
    COMMON_LAST = 2069,
    PERSIAN_FIRST = 1350,
    PERSIAN_LAST = 1420,
    ISLAMIC_LAST = 1500,
    NEPALI_LAST = 2130,
};

const char logtime_no_time[] = "no time of day after the date";
const char logtime_ambiguous[] =
    "day or month first? No date of the file shows it: set sync.columns.date_order";

static const char bad_date[] = "no date of the calendar";
static const char bad_time[] = "no time of day of the clock";
const char logtime_odd_half[] = "the word after the time may be AM or PM in an unknown language";
static const char persian[] = "the year is one of the Persian calendar";
static const char islamic[] = "the year is one of the Islamic calendar";
static const char nepali[] =
    "the year lies far ahead: of another calendar (Nepal's), or of a clock that is wrong";
static const char no_year[] = "the year is none that a punch can be of";

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static struct span after(struct span text, size_t count)
{
    return (struct span){text.at + count, text.len - count};
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
    *rest = after(*rest, digits);
    return digits;
}

static bool take_byte(struct span *rest, char byte)
{
    if (rest->len == 0 || rest->at[0] != byte) {
        return false;
    }
    *rest = after(*rest, 1);
    return true;
}

bool logtime_date(struct span word, struct logtime_date *date)
{
    struct span rest = word;
    int part[3] = {0, 0, 0};
    size_t width[3];
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
    date->year_first = year_first;
    date->year = year_first ? part[0] : part[2];
    date->first = year_first ? part[1] : part[0];
    date->second = year_first ? part[2] : part[1];
    return true;
}

enum log_order logtime_shown(const struct logtime_date *date)
{
    bool day_first = date->first > 12;
    bool month_first = date->second > 12;
    return date->year_first || day_first == month_first ? LOG_ORDER_AUTO
           : day_first                                  ? LOG_ORDER_DAY_FIRST
                                                        : LOG_ORDER_MONTH_FIRST;
}

static const char *settle_year(struct civil *civil)
{
    if (civil->year >= BUDDHIST_FIRST && civil->year <= BUDDHIST_LAST) {
        civil->year -= BUDDHIST_AHEAD; /* before the day is checked: leap years lie elsewhere */
        return NULL;
    }
    if (civil->year >= COMMON_FIRST && civil->year <= COMMON_LAST) {
        return NULL;
    }
    return civil->year >= PERSIAN_FIRST && civil->year <= PERSIAN_LAST ? persian
           : civil->year > PERSIAN_LAST && civil->year <= ISLAMIC_LAST ? islamic
           : civil->year > COMMON_LAST && civil->year <= NEPALI_LAST   ? nepali
                                                                       : no_year;
}

const char *logtime_day(const struct logtime_date *date, enum log_order order, struct civil *civil)
{
    bool same = date->first == date->second;
    if (!date->year_first && order == LOG_ORDER_AUTO && !same) {
        order = logtime_shown(date);
        if (order == LOG_ORDER_AUTO) {
            return date->first > 12 ? bad_date : logtime_ambiguous;
        }
    }
    bool month_first = date->year_first || order == LOG_ORDER_MONTH_FIRST;
    civil->year = date->year;
    civil->month = month_first ? date->first : date->second;
    civil->day = month_first ? date->second : date->first;
    const char *reason = settle_year(civil);
    if (reason != NULL) {
        return reason;
    }
    return civil->month < 1 || civil->month > 12 || civil->day < 1 ||
                   civil->day > walltime_days_in_month(civil->year, civil->month)
               ? bad_date
               : NULL;
}

/* ---- the time of day ---- */

enum half { HALF_NONE, HALF_AM, HALF_PM, HALF_24 };

/* Longer ones before those that they begin with. */
static const struct {
    const char *word;
    enum half half;
    bool close; /* understood close behind the time alone: apart it could be something else */
} halves[] = {
    {"A.M.", HALF_AM, false},    {"P.M.", HALF_PM, false},   {"A. M.", HALF_AM, false},
    {"P. M.", HALF_PM, false},   {"A.M", HALF_AM, false},    {"P.M", HALF_PM, false},
    {"AM.", HALF_AM, false},     {"PM.", HALF_PM, false},    {"AM", HALF_AM, false},
    {"PM", HALF_PM, false},      {"A M", HALF_AM, true},     {"P M", HALF_PM, true},
    {"A", HALF_AM, true},        {"P", HALF_PM, true},       {"ก่อนเที่ยง", HALF_AM, false},
    {"หลังเที่ยง", HALF_PM, false}, {"ກ່ອນທ່ຽງ", HALF_AM, false}, {"ຫຼັງທ່ຽງ", HALF_PM, false},
    {"ຫລັງທ່ຽງ", HALF_PM, false},  {"SA", HALF_AM, false},     {"CH", HALF_PM, false},
    {"Sáng", HALF_AM, false},    {"Chiều", HALF_PM, false},  {"PTG", HALF_PM, false},
    {"fm", HALF_AM, false},      {"em", HALF_PM, false},     {"vm.", HALF_AM, false},
    {"nm.", HALF_PM, false},     {"上午", HALF_AM, false},   {"下午", HALF_PM, false},
    {"오전", HALF_AM, false},    {"오후", HALF_PM, false},   {"午前", HALF_AM, false},
    {"午後", HALF_PM, false},    {"น.", HALF_24, false},     {"น", HALF_24, false},
    {"Uhr", HALF_24, false},     {"hrs", HALF_24, false},
};

/* A word that may stand behind a time that has no half: a number, or a state that is known. */
static bool is_other(struct span word)
{
    bool digits = true;
    for (size_t i = 0; i < word.len; i++) {
        digits = digits && is_digit(word.at[i]);
    }
    return digits || logcode_is_state(word);
}

/* Takes the half of the day off the front of *rest. False: a word that is not understood. */
static bool take_half(struct span *rest, bool close, int hour, enum half *half)
{
    *half = HALF_NONE;
    for (size_t i = 0; i < HB_COUNT(halves); i++) {
        struct span word = span_of(halves[i].word);
        bool ends =
            rest->len == word.len || (rest->len > word.len && span_is_edge(rest->at[word.len]));
        if (ends && span_starts_nocase(*rest, word) && (close || !halves[i].close)) {
            *half = halves[i].half;
            *rest = after(*rest, word.len);
            return true;
        }
    }
    struct span look = *rest;
    struct span word;
    if (close || hour < 1 || hour > 12 || !span_word(&look, &word)) {
        return !close;
    }
    return is_other(word);
}

/* 12 AM is midnight, 12 PM noon; there is no hour 0 or 13 with either. */
static bool to_24_hours(struct civil *civil, enum half half)
{
    if (half == HALF_NONE || half == HALF_24) {
        return true;
    }
    if (civil->hour < 1 || civil->hour > 12) {
        return false;
    }
    civil->hour = civil->hour % 12 + (half == HALF_PM ? 12 : 0);
    return true;
}

static void skip_blanks(struct span *rest)
{
    while (rest->len > 0 && span_is_edge(rest->at[0])) {
        *rest = after(*rest, 1);
    }
}

const char *logtime_clock(struct span *rest, struct civil *civil, struct logtime_clock *clock)
{
    enum half half = HALF_NONE;
    int fraction = 0;
    skip_blanks(rest);
    *clock = (struct logtime_clock){false, false};
    size_t hours = take_digits(rest, &civil->hour);
    if (hours < 1 || hours > 2 || !take_byte(rest, ':') || take_digits(rest, &civil->minute) != 2) {
        return logtime_no_time;
    }
    civil->second = 0;
    if (take_byte(rest, ':')) {
        clock->seconds = true;
        if (take_digits(rest, &civil->second) != 2) {
            return logtime_no_time;
        }
        if (rest->len > 1 && rest->at[0] == '.' && is_digit(rest->at[1])) {
            *rest = after(*rest, 1);
            take_digits(rest, &fraction);
        }
    }
    bool close = rest->len > 0 && !span_is_edge(rest->at[0]);
    skip_blanks(rest);
    if (!take_half(rest, close, civil->hour, &half)) {
        return close && (unsigned char)rest->at[0] < 0x80 ? logtime_no_time : logtime_odd_half;
    }
    clock->half = half != HALF_NONE;
    bool right =
        to_24_hours(civil, half) && civil->hour <= 23 && civil->minute <= 59 && civil->second <= 59;
    return right ? NULL : bad_time;
}
