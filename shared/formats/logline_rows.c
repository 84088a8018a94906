#include "formats/logline_private.h"

#include <string.h>

#include "base/hash.h"
#include "formats/logcode.h"

enum { RUNNING_LEAST = 3, BACK_LEAST = 4 };

static const char no_user[] = "no user id before the date";
static const char one_number[] =
    "one number before the date: is it the running number or the user id?";
static const char which_user[] =
    "which of its columns is the user cannot be told: say so in sync.columns";

struct tabbed {
    struct span at[LOGHEAD_FIELDS_MAX];
    size_t count;
    size_t moment;    /* the first column that begins with a date */
    bool clock_apart; /* its time of day stands in the next one */
    struct span text; /* from the date to the end of the line */
};

/* A running number: it may have a dot behind it, and be of any length. */
static bool is_running_number(struct span word)
{
    if (word.len > 1 && word.at[word.len - 1] == '.') {
        word.len--;
    }
    return logcode_all_digits(word);
}

/* Whether the rows' first column counts them. */
static void learn_number(struct logline *logline, struct span number, struct span second)
{
    struct logline_facts *facts = &logline->facts;
    int64_t value = 0;
    uint64_t what = hash_bytes(HASH_BEGIN, second.at, second.len);
    for (size_t i = 0; i < number.len && i < 18 && number.at[i] != '.'; i++) {
        value = value * 10 + (number.at[i] - '0');
    }
    if (facts->rows == 0) {
        facts->first = value;
    } else {
        facts->steps += value == facts->last + 1 || value == 1;
        facts->back += value <= facts->last && value != 1;
        facts->changes = facts->changes || what != facts->second;
    }
    facts->last = value;
    facts->second = what;
    facts->rows++;
}

/* One that now grows and now doesn't is no running number, but a user's, it may be. */
static bool wanders(const struct logline_facts *facts)
{
    return facts->rows >= BACK_LEAST && facts->back * 3 > facts->rows;
}

/* As a name's neighbour it is then no user. */
static bool may_count_rows(const struct logline_facts *facts)
{
    return facts->rows > 0 && facts->steps == facts->rows - 1 &&
           (facts->first == 1 || facts->rows > 1);
}

static bool counts_rows(const struct logline_facts *facts)
{
    return facts->rows > 0 && facts->steps == facts->rows - 1 &&
           (facts->first == 1 || facts->rows >= RUNNING_LEAST);
}

/* Premium Time. A name, of any number of words, may stand between the user id and the date. */
static const char *read_premium(struct logline *logline, struct span line, bool ended,
                                const struct tabbed *tabbed, struct punch *punch, bool *nobody)
{
    struct span rest = line;
    struct span number;
    struct span user;
    struct span word;
    struct span before;
    struct logtime_date date;
    size_t fields = 2;
    if (!span_word(&rest, &number) || !span_word(&rest, &user)) {
        return logline_not_a_punch;
    }
    if (logtime_date(number, &date)) {
        return no_user;
    }
    if (logtime_date(user, &date)) {
        return one_number;
    }
    do {
        before = rest;
        if (!span_word(&rest, &word)) {
            return logline_not_a_punch;
        }
    } while (!logtime_date(word, &date));
    if (!is_running_number(number)) {
        return logline_not_a_punch;
    }
    while (span_word(&rest, &word)) {
        fields++;
    }
    const char *reason = logcode_user(user, punch->user_id, nobody);
    if (reason != NULL) {
        return reason;
    }
    const struct logline_facts *facts = &logline->facts;
    if (logline->learning && tabbed == NULL) {
        learn_number(logline, number, user);
    }
    if (*nobody) { /* if that is what it says */
        *nobody = logline->premium_head || counts_rows(facts);
        return *nobody ? NULL : which_user;
    }
    /* Letters in an id are believed where a running number stands before it for certain. */
    bool certain = logline->premium_head || logline->learning;
    if (!certain && (wanders(facts) || (!logcode_all_digits(user) && !counts_rows(facts)))) {
        return which_user;
    }
    punch->status = LOGLINE_STATUS;
    punch->verify = LOGLINE_VERIFY;
    logline->form = LOGLINE_PREMIUM;
    /* Between tabs it may be another program's: then its dates must show their order. */
    enum logline_policy policy = tabbed == NULL || logline->premium_head ? LOGLINE_DAY_FIRST
                                 : tabbed->moment > 2                    ? LOGLINE_AS_SHOWN
                                                                         : LOGLINE_DAY_FIRST_UNLESS;
    return logline_moment(logline, &before, (struct span){NULL, 0}, policy, fields, ended,
                          &punch->time);
}

static bool split_tabbed(struct span line, struct tabbed *row)
{
    struct logtime_date date;
    struct span rest = line;
    struct span field;
    *row = (struct tabbed){.moment = LOGHEAD_FIELDS_MAX};
    while (row->count < LOGHEAD_FIELDS_MAX && span_field(&rest, '\t', &field)) {
        struct span look = field;
        row->at[row->count] = span_trim(field);
        if (row->moment == LOGHEAD_FIELDS_MAX && logline_take_date(&look, &date)) {
            row->moment = row->count;
            row->clock_apart = span_trim(look).len == 0;
            row->text = (struct span){field.at, (size_t)(line.at + line.len - field.at)};
        }
        row->count++;
    }
    return row->moment < LOGHEAD_FIELDS_MAX;
}

static struct span tabbed_cell(const struct tabbed *row, size_t index)
{
    return index < row->count ? row->at[index] : (struct span){NULL, 0};
}

/* A terminal's own export; or the vendor's table as text, with a letter where the other has the
 * device. */
static const char *read_attlog(struct logline *logline, const struct tabbed *row, bool ended,
                               struct punch *punch, bool *nobody)
{
    struct span third = tabbed_cell(row, 2);
    bool letter = third.len > 0 && !logcode_all_digits(third);
    struct span text = row->text;
    const char *reason = logcode_user(row->at[0], punch->user_id, nobody);
    if (reason != NULL || *nobody) {
        return reason;
    }
    if (row->clock_apart) {
        return one_number;
    }
    reason = logline_moment(logline, &text, (struct span){NULL, 0},
                            letter ? LOGLINE_AS_SHOWN : LOGLINE_DAY_FIRST_UNLESS, row->count, ended,
                            &punch->time);
    reason = reason != NULL ? reason
                            : logcode_status(letter ? third : tabbed_cell(row, 3), letter,
                                             logline->own, &punch->status);
    reason =
        reason != NULL ? reason : logcode_verify(tabbed_cell(row, letter ? 3 : 4), &punch->verify);
    logline->form = letter ? LOGLINE_CHECKINOUT : LOGLINE_ATTLOG;
    return reason;
}

/* A number, a name, whatever else, the time. */
static const char *read_named(struct logline *logline, const struct tabbed *row, bool ended,
                              struct punch *punch, bool *nobody)
{
    struct span text = row->text;
    struct span state = tabbed_cell(row, row->moment + (row->clock_apart ? 2 : 1));
    if (!logcode_all_digits(row->at[0]) ||
        (!logline->learning && may_count_rows(&logline->facts))) {
        return which_user;
    }
    const char *reason = logcode_user(row->at[0], punch->user_id, nobody);
    if (reason != NULL || *nobody) {
        return reason;
    }
    reason = logline_moment(logline, &text, (struct span){NULL, 0}, LOGLINE_AS_SHOWN, row->count,
                            ended, &punch->time);
    punch->status = LOGLINE_STATUS;
    punch->verify = LOGLINE_VERIFY;
    if (state.len > 0 && !logcode_is_state(state)) {
        punch->status = LOGLINE_NOT_UNDERSTOOD; /* which of the numbers it is nobody says */
    } else if (reason == NULL) {
        reason = logcode_status(state, false, logline->own, &punch->status);
    }
    logline->form = LOGLINE_NAMED;
    return reason;
}

const char *logline_tabbed(struct logline *logline, struct span line, bool ended,
                           struct punch *punch, bool *nobody)
{
    struct tabbed row;
    bool found = split_tabbed(line, &row);
    /* Premium Time's columns between blanks, with a tab somewhere behind them. */
    struct span words = row.at[0];
    struct span first;
    struct span user;
    if (span_word(&words, &first) && span_word(&words, &user) && is_running_number(first) &&
        logcode_has_digit(user)) {
        return read_premium(logline, line, ended, NULL, punch, nobody);
    }
    if (!found) { /* tabs and blanks as it came */
        return read_premium(logline, line, ended, NULL, punch, nobody);
    }
    if (row.moment == 0) {
        return no_user;
    }
    if (row.moment == 1) {
        return read_attlog(logline, &row, ended, punch, nobody);
    }
    struct span second = row.at[1];
    bool numbered = is_running_number(row.at[0]);
    if (numbered && logline->learning) {
        learn_number(logline, row.at[0], second);
    }
    if (second.len > 0 && (!logcode_has_digit(second) || memchr(second.at, ' ', second.len))) {
        return read_named(logline, &row, ended, punch, nobody);
    }
    /* Premium Time's with tabs: only where its first column counts the rows, and the second isn't
     * the machine that all of them come from. */
    const struct logline_facts *facts = &logline->facts;
    struct logtime_date date;
    struct span look = row.text;
    bool own_form = logline_take_date(&look, &date) && (!date.year_first || row.clock_apart);
    bool counted = counts_rows(facts) && own_form && (facts->changes || facts->rows == 1);
    bool certain = counted || logline->premium_head || logline->learning;
    if (!numbered || second.len == 0 || !certain) {
        return which_user;
    }
    return read_premium(logline, line, ended, &row, punch, nobody);
}

const char *logline_premium(struct logline *logline, struct span line, bool ended,
                            struct punch *punch, bool *nobody)
{
    return read_premium(logline, line, ended, NULL, punch, nobody);
}
