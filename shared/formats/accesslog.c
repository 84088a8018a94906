#include "formats/accesslog.h"

#include <string.h>

#include "base/portability.h"

enum column {
    COLUMN_USER,
    COLUMN_TIME,
    COLUMN_EVENT,
    COLUMN_CARD,
    COLUMN_STATUS,
    COLUMN_VERIFY,
    COLUMN_WORK
};

/* The tables name the same things differently; some names are access rows' alone. */
static const struct {
    struct span key;
    enum column column;
    bool access;
} keys[] = {
#define KEY(text, column, access)                                                                  \
    {                                                                                              \
        {text, sizeof(text) - 1}, column, access                                                   \
    }
    KEY("pin", COLUMN_USER, false),          KEY("time", COLUMN_TIME, false),
    KEY("time_second", COLUMN_TIME, true),   KEY("DateTime", COLUMN_TIME, false),
    KEY("event", COLUMN_EVENT, true),        KEY("eventtype", COLUMN_EVENT, true),
    KEY("cardno", COLUMN_CARD, true),        KEY("inoutstatus", COLUMN_STATUS, true),
    KEY("inoutstate", COLUMN_STATUS, true),  KEY("status", COLUMN_STATUS, false),
    KEY("inoutmode", COLUMN_STATUS, false),  KEY("checktype", COLUMN_STATUS, false),
    KEY("attstate", COLUMN_STATUS, false),   KEY("verifytype", COLUMN_VERIFY, true),
    KEY("verified", COLUMN_VERIFY, false),   KEY("verify", COLUMN_VERIFY, false),
    KEY("verifymode", COLUMN_VERIFY, false), KEY("workcode", COLUMN_WORK, false),
#undef KEY
};

/*
 * Event codes by the vendor's Security PUSH, appendix 2 (../docs/protocol.md has the list with its
 * source). Ranges, both ends included, in order; what stands in none is not known.
 */
static const struct {
    int32_t from;
    int32_t to;
    enum accesslog_event event;
} events[] = {
    {0, 4, ACCESSLOG_LET_IN},      {5, 13, ACCESSLOG_THING},      {14, 19, ACCESSLOG_LET_IN},
    {20, 27, ACCESSLOG_REFUSED},   {28, 28, ACCESSLOG_THING},     {29, 36, ACCESSLOG_REFUSED},
    {37, 37, ACCESSLOG_THING},     {38, 53, ACCESSLOG_REFUSED},   {54, 55, ACCESSLOG_THING},
    {56, 56, ACCESSLOG_REFUSED},   {57, 58, ACCESSLOG_THING},     {59, 59, ACCESSLOG_REFUSED},
    {60, 60, ACCESSLOG_THING},     {61, 63, ACCESSLOG_REFUSED},   {64, 66, ACCESSLOG_THING},
    {67, 69, ACCESSLOG_REFUSED},   {70, 70, ACCESSLOG_THING},     {71, 71, ACCESSLOG_REFUSED},
    {72, 72, ACCESSLOG_THING},     {73, 75, ACCESSLOG_REFUSED},   {76, 79, ACCESSLOG_THING},
    {80, 80, ACCESSLOG_REFUSED},   {100, 100, ACCESSLOG_THING},   {101, 101, ACCESSLOG_LET_IN},
    {102, 102, ACCESSLOG_THING},   {103, 103, ACCESSLOG_LET_IN},  {104, 104, ACCESSLOG_REFUSED},
    {105, 121, ACCESSLOG_THING},   {132, 155, ACCESSLOG_THING},   {200, 202, ACCESSLOG_THING},
    {203, 203, ACCESSLOG_LET_IN},  {204, 206, ACCESSLOG_THING},   {207, 208, ACCESSLOG_LET_IN},
    {209, 214, ACCESSLOG_THING},   {215, 216, ACCESSLOG_LET_IN},  {217, 217, ACCESSLOG_THING},
    {218, 219, ACCESSLOG_LET_IN},  {220, 221, ACCESSLOG_THING},   {222, 222, ACCESSLOG_LET_IN},
    {223, 223, ACCESSLOG_REFUSED}, {224, 231, ACCESSLOG_THING},   {232, 232, ACCESSLOG_LET_IN},
    {233, 255, ACCESSLOG_THING},   {4000, 6999, ACCESSLOG_THING},
};

enum accesslog_event accesslog_event(int32_t code)
{
    for (size_t i = 0; i < HB_COUNT(events) && events[i].from <= code; i++) {
        if (code <= events[i].to) {
            return events[i].event;
        }
    }
    return ACCESSLOG_UNKNOWN;
}

/* Rows of `transaction` may begin with the table's name and a blank; a key may have a blank too. */
static struct span without_name(struct span row)
{
    struct span rest = row;
    struct span word;
    if (span_word(&rest, &word) && memchr(word.at, '=', word.len) == NULL) {
        rest = span_trim(rest);
        return rest.len > 0 && rest.at[0] == '=' ? row : rest;
    }
    return row;
}

static bool is_separator(char byte)
{
    return byte == ' ' || byte == ',' || byte == '&';
}

/*
 * The next field of a row without tabs: it reaches to the next word that is a key, since a time has
 * a blank of its own. What follows a value without a key of its own so becomes a part of it, and
 * the value none.
 */
static bool next_field(struct span *rest, struct span *field)
{
    size_t begin = 0;
    while (begin < rest->len && is_separator(rest->at[begin])) {
        begin++;
    }
    if (begin == rest->len) {
        return false;
    }
    size_t end = rest->len;
    size_t word = begin;  /* where the word that may be a key begins, */
    bool is_word = false; /* if it does: a value may hold a = */
    for (size_t i = begin; i < rest->len && end == rest->len; i++) {
        if (is_separator(rest->at[i])) {
            word = i + 1;
            is_word = true;
        } else if (rest->at[i] == '=') {
            end = is_word && i > word ? word : end;
            is_word = false;
        }
    }
    size_t last = end;
    while (last > begin && is_separator(rest->at[last - 1])) {
        last--;
    }
    *field = (struct span){rest->at + begin, last - begin};
    *rest = (struct span){rest->at + end, rest->len - end};
    return true;
}

static struct span *column_of(struct columns *columns, enum column column)
{
    switch (column) {
    case COLUMN_USER:
        return &columns->user;
    case COLUMN_TIME:
        return &columns->time;
    case COLUMN_EVENT:
        return &columns->event;
    case COLUMN_CARD:
        return &columns->card;
    case COLUMN_STATUS:
        return &columns->status;
    case COLUMN_VERIFY:
        return &columns->verify;
    case COLUMN_WORK:
        return &columns->work;
    }
    return NULL;
}

static void note_field(struct columns *columns, struct span field)
{
    struct span value = field;
    struct span key;
    if (!span_field(&value, '=', &key) || value.at == NULL) {
        return;
    }
    key = span_trim(key);
    for (size_t i = 0; i < HB_COUNT(keys); i++) {
        if (!span_equal_nocase(key, keys[i].key)) {
            continue;
        }
        struct span *column = column_of(columns, keys[i].column);
        bool again = column->at != NULL && !span_equal(span_trim(*column), span_trim(value));
        columns->twofold = columns->twofold || again;
        columns->access = columns->access || keys[i].access;
        *column = value;
        return;
    }
}

bool accesslog_columns(struct span row, struct columns *columns)
{
    struct span rest = without_name(row);
    struct span field;
    memset(columns, 0, sizeof *columns);
    columns->keyed = true;
    if (rest.len > 0 && memchr(rest.at, '\t', rest.len) != NULL) {
        while (span_field(&rest, '\t', &field)) {
            note_field(columns, field);
        }
    } else {
        while (next_field(&rest, &field)) {
            note_field(columns, field);
        }
    }
    return columns->user.at != NULL || columns->time.at != NULL || columns->event.at != NULL;
}
