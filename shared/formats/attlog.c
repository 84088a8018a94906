#include "formats/attlog.h"

#include <string.h>

static bool has(struct span text, char byte)
{
    return text.len > 0 && memchr(text.at, byte, text.len) != NULL;
}

static bool is_half(struct span word)
{
    return span_equal_nocase(word, SPAN("AM")) || span_equal_nocase(word, SPAN("PM"));
}

struct span attlog_column(struct span line, int n)
{
    struct span column = {NULL, 0};
    for (int i = 0; i < n; i++) {
        if (!span_field(&line, '\t', &column)) {
            return (struct span){NULL, 0};
        }
    }
    return column;
}

/* The documented form: columns between tabs, where an empty one is a missing value and no shift.
 * Date and time of day may be columns of their own. */
static void read_tabbed(struct span line, struct columns *columns)
{
    (void)(span_field(&line, '\t', &columns->user) && span_field(&line, '\t', &columns->time));
    if (columns->time.len > 0 && !has(columns->time, ':')) {
        struct span rest = line;
        struct span next;
        if (span_field(&rest, '\t', &next) && has(next, ':')) {
            columns->clock = next;
            line = rest;
        }
    }
    (void)(span_field(&line, '\t', &columns->status) && span_field(&line, '\t', &columns->verify) &&
           span_field(&line, '\t', &columns->work));
}

/* A number without a sign: in words, nothing else can be told from what belongs to the time. */
static bool is_number(struct span word)
{
    for (size_t i = 0; i < word.len; i++) {
        if (word.at[i] < '0' || word.at[i] > '9') {
            return false;
        }
    }
    return word.len > 0;
}

/* Blanks where the tabs should be; date and time are then two words, or one with a T between. */
static void read_words(struct span line, struct columns *columns)
{
    struct span word;
    span_word(&line, &columns->user);
    if (span_word(&line, &columns->time) && !has(columns->time, ':')) {
        span_word(&line, &columns->clock);
    }
    bool more = span_word(&line, &word);
    if (more && is_half(word)) {
        columns->half = word;
        more = span_word(&line, &word);
    }
    if (more) {
        columns->status = word;
        columns->strange = !is_number(word);
        (void)(span_word(&line, &columns->verify) && span_word(&line, &columns->work));
    }
}

/*
 * Blanks may stand for all tabs, or for some: then the first column holds more than one word. Where
 * it is empty, reading words would shift the others into its place.
 */
void attlog_columns(struct span line, struct columns *columns)
{
    struct span rest = line;
    struct span first = {NULL, 0};
    memset(columns, 0, sizeof *columns);
    span_field(&rest, '\t', &first);
    if (has(span_trim(first), ' ')) {
        read_words(line, columns);
        columns->worded = true;
    } else {
        read_tabbed(line, columns);
    }
}

bool attlog_untagged(struct span line, struct span *rest)
{
    struct span tag;
    *rest = line;
    if (!span_word(rest, &tag) || !span_equal_nocase(tag, SPAN("ATTLOG")) || rest->len == 0) {
        return false;
    }
    *rest = (struct span){rest->at + 1, rest->len - 1};
    return true;
}
