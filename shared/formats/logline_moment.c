#include "formats/logline_private.h"

#include <string.h>

#include "formats/logcode.h"

const char logline_not_a_punch[] = "no line of a known form";

static const char both_orders[] =
    "the file has dates with the day first and with the month first, so that none is certain";
static const char half_missing[] = "other lines say AM or PM, this one does not";
static const char cut_short[] = "the last line is cut short";
static const char odd_next[] = "the column behind the time may be AM or PM in an unknown language";
static const char bad_date[] = "no date of the calendar";

bool logline_take_date(struct span *rest, struct logtime_date *date)
{
    struct span look = *rest;
    struct span word;
    if (!span_word(&look, &word)) {
        return false;
    }
    const char *mark = memchr(word.at, 'T', word.len);
    if (mark != NULL) {
        look = (struct span){mark + 1, (size_t)(rest->at + rest->len - mark) - 1};
        word.len = (size_t)(mark - word.at);
    }
    if (!logtime_date(word, date)) {
        return false;
    }
    *rest = look;
    return true;
}

static enum log_order order_by(const struct logline *logline, enum logline_policy policy)
{
    const struct logline_facts *facts = &logline->facts;
    if (policy == LOGLINE_DAY_FIRST) {
        return LOG_ORDER_DAY_FIRST;
    }
    if (logline->own != NULL && logline->own->order != LOG_ORDER_AUTO) {
        return logline->own->order;
    }
    return facts->month_first                                       ? LOG_ORDER_MONTH_FIRST
           : facts->day_first || policy == LOGLINE_DAY_FIRST_UNLESS ? LOG_ORDER_DAY_FIRST
                                                                    : LOG_ORDER_AUTO;
}

struct written {
    struct civil civil;
    struct logtime_date date;
    struct logtime_clock clock;
    size_t fields;
    bool last; /* nothing stands behind it, or a word */
};

/* What a date shows of the file, whole or cut behind it. */
static void learn_order(struct logline *logline, const struct logtime_date *date,
                        enum logline_policy policy)
{
    struct logline_facts *facts = &logline->facts;
    enum log_order shown = logtime_shown(date);
    if (logline->learning && policy != LOGLINE_DAY_FIRST) {
        facts->day_first = facts->day_first || shown == LOG_ORDER_DAY_FIRST;
        facts->month_first = facts->month_first || shown == LOG_ORDER_MONTH_FIRST;
    }
}

/* What a whole row shows of the file. */
static void learn(struct logline *logline, const struct written *moment, int written_hour)
{
    struct logline_facts *facts = &logline->facts;
    bool doubtful = written_hour >= 1 && written_hour <= 12;
    facts->half = facts->half || moment->clock.half;
    facts->whole = facts->whole || (!moment->clock.half && doubtful);
    facts->seconds = facts->seconds || moment->clock.seconds;
    facts->minutes = facts->minutes || !moment->clock.seconds;
    if (facts->least_fields == 0 || moment->fields < facts->least_fields) {
        facts->least_fields = moment->fields;
    }
}

/* Dates in both orders leave none certain, whatever this one looks like. */
static bool orders_differ(const struct logline *logline, enum logline_policy policy)
{
    bool own_order = logline->own != NULL && logline->own->order != LOG_ORDER_AUTO;
    return policy != LOGLINE_DAY_FIRST && !own_order && logline->facts.day_first &&
           logline->facts.month_first;
}

/* What the other lines say about the time of this one: NULL, or why it is not to be trusted. */
static const char *doubt(const struct logline *logline, const struct written *moment, bool cut)
{
    const struct logline_facts *facts = &logline->facts;
    bool doubtful = !moment->clock.half && moment->civil.hour >= 1 && moment->civil.hour <= 12;
    if (doubtful && facts->half) {
        return half_missing;
    }
    /* A last line without its end: what is missing may be what would have changed it. */
    bool half_cut = moment->last && doubtful && !facts->whole;
    bool seconds_cut =
        moment->last && !moment->clock.seconds && !moment->clock.half && !facts->minutes;
    bool fields_cut = moment->fields < facts->least_fields;
    return cut && (half_cut || seconds_cut || fields_cut) ? cut_short : NULL;
}

const char *logline_moment(struct logline *logline, struct span *text, struct span next,
                           enum logline_policy policy, size_t fields, bool ended, walltime *time)
{
    struct written moment = {.fields = fields};
    struct civil again = {0};
    struct logtime_clock other = {false, false};
    if (!logline_take_date(text, &moment.date)) {
        return logline_not_a_punch;
    }
    learn_order(logline, &moment.date, policy);
    struct span clock_text = *text;
    const char *reason = logtime_clock(text, &moment.civil, &moment.clock);
    if (reason != NULL) {
        bool odd = logline->learning && ended && reason == logtime_odd_half;
        logline->facts.half = logline->facts.half || odd;
        return reason;
    }
    int written_hour = moment.civil.hour;
    /* AM or PM in a column of its own. */
    char joined[96];
    if (!moment.clock.half && next.len > 0 && next.len < 32 && span_trim(*text).len == 0 &&
        clock_text.len < 60) {
        memcpy(joined, clock_text.at, clock_text.len);
        joined[clock_text.len] = ' ';
        memcpy(joined + clock_text.len + 1, next.at, next.len);
        struct span both = {joined, clock_text.len + 1 + next.len};
        bool read = logtime_clock(&both, &again, &other) == NULL;
        if (!read && written_hour >= 1 && written_hour <= 12) {
            return odd_next; /* (a word with a digit in it is none, and is read as such) */
        }
        if (read && other.half) {
            moment.civil = again;
            moment.clock = other;
        }
    }
    if (logline->learning && ended) {
        learn(logline, &moment, written_hour);
    }
    struct span rest = *text;
    struct span word;
    moment.last = !span_word(&rest, &word) ||
                  (span_trim(rest).len == 0 && !logcode_all_digits(word)); /* it may be half one */
    reason = orders_differ(logline, policy)
                 ? both_orders
                 : logtime_day(&moment.date, order_by(logline, policy), &moment.civil);
    reason = reason != NULL ? reason : doubt(logline, &moment, !ended);
    if (reason != NULL) {
        return reason;
    }
    return walltime_from_civil(&moment.civil, time) ? NULL : bad_date;
}
