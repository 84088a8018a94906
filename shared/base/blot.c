#include "base/blot.h"

#include <string.h>

#include "base/blot_private.h"
#include "base/portability.h"

bool blot_parts(char byte)
{
    static const char signs[] = "=&%\"'`{}[]<>,;:|";
    return (unsigned char)byte <= ' ' || byte == 0x7F ||
           memchr(signs, byte, sizeof signs - 1) != NULL;
}

static bool ends_line(char byte)
{
    return byte == '\n' || byte == '\r' || byte == '\0' || byte == '\x1f';
}

/* The text before `at`, back to the beginning of the line, says that a PIN follows. */
static bool is_said(const char *text, size_t at)
{
    static const char *const names[] = {"pin", "userid", "user_id", "enrollnumber", "enroll_id"};
    while (at > 0 && (text[at - 1] == '"' || text[at - 1] == '\'' || text[at - 1] == ' ')) {
        at--;
    }
    if (at == 0 || (text[at - 1] != '=' && text[at - 1] != ':')) {
        return false;
    }
    at--;
    while (at > 0 && (text[at - 1] == '"' || text[at - 1] == '\'' || text[at - 1] == ' ')) {
        at--;
    }
    for (size_t i = 0; i < HB_COUNT(names); i++) {
        size_t len = strlen(names[i]);
        if (at >= len &&
            span_equal_nocase((struct span){text + at - len, len}, span_of(names[i]))) {
            return true;
        }
    }
    return false;
}

bool blot_is_one(void *context, struct span word)
{
    const struct blot_one *one = context;
    return span_equal(word, span_of(one->number));
}

bool blot_asked(struct blot_asking *asking, struct span word)
{
    if (asking->goes(asking->context, word)) {
        return true;
    }
    size_t zeros = 0;
    while (zeros + 1 < word.len && word.at[zeros] == '0') {
        zeros++;
    }
    return zeros > 0 &&
           asking->goes(asking->context, (struct span){word.at + zeros, word.len - zeros});
}

/* ---- text ---- */

static void blot_piece(char *text, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        uint8_t byte = (uint8_t)text[i];
        if (blot_letter(byte) || byte >= 0x80) {
            text[i] = 'x';
        }
    }
}

/* In a query what stands before it may be two digits that are a sign: "%3D1001". */
static bool escaped(const char *text, size_t at, struct span word, struct blot_asking *asking)
{
    uint8_t value;
    return at > 0 && text[at - 1] == '%' && word.len >= 2 + BLOT_SURE_LEN &&
           blot_nibble(word.at[0], &value) && blot_nibble(word.at[1], &value) &&
           blot_asked(asking, (struct span){word.at + 2, word.len - 2});
}

/* The piece around a word at [from, to). */
static void widen(const char *text, size_t len, size_t *from, size_t *to)
{
    size_t closed = 0;
    while (*from > 0 && !ends_line(text[*from - 1])) {
        char byte = text[*from - 1];
        if (byte == '{' && closed == 0) {
            break;
        }
        closed += byte == '}';
        closed -= byte == '{' && closed > 0;
        --*from;
    }
    size_t opened = 0;
    while (*to < len && !ends_line(text[*to])) {
        char byte = text[*to];
        if (byte == '}' && opened == 0) {
            break;
        }
        opened += byte == '{';
        opened -= byte == '}' && opened > 0;
        ++*to;
    }
}

/* One line, and what is known of it. */
struct line {
    size_t from, to;
    size_t record; /* where its digits begin, with which it ends; 0: it is none that is named */
    bool open;     /* nothing says which of its fields is the user */
};

static bool says_whose(const char *text, const struct line *line)
{
    for (size_t i = line->from + 1; i < line->to; i++) {
        if ((text[i - 1] == '=' || text[i - 1] == ':') && is_said(text, i)) {
            return true;
        }
    }
    return false;
}

static bool begins_with_user(const char *text, const struct line *line)
{
    size_t at = line->from;
    while (at < line->to && !blot_parts(text[at])) {
        at++;
    }
    return at > line->from && at < line->to && text[at] == '\t';
}

static void line_begin(const char *text, size_t len, size_t from, const struct blot_aside *aside,
                       struct line *line)
{
    *line = (struct line){.from = from, .to = from};
    while (line->to < len && !ends_line(text[line->to])) {
        line->to++;
    }
    size_t front = blot_record_front((struct span){text + from, line->to - from});
    line->record = front > 0 ? from + front : 0;
    line->open = aside != NULL && front == 0 && !says_whose(text, line) &&
                 (!aside->by_terminal || !begins_with_user(text, line));
}

/* A short word that is a field by itself: no hour, no part of a date. */
static bool is_field(const char *text, const struct line *line, size_t from, size_t to)
{
    static const char signs[] = "\t ,;|\"'";
    return (from == line->from || memchr(signs, text[from - 1], sizeof signs - 1) != NULL) &&
           (to == line->to || memchr(signs, text[to], sizeof signs - 1) != NULL);
}

/* Whether the word at [at, end) names one who goes, so that the piece around it does. */
static bool word_goes(const char *text, const struct line *line, size_t at, size_t end,
                      struct blot_asking *asking)
{
    struct span word = {text + at, end - at};
    bool first = at == line->from && end < line->to && text[end] == '\t';
    bool sure = word.len >= BLOT_SURE_LEN || first || is_said(text, at);
    if (word.len == 0) {
        return false;
    }
    if ((sure && blot_asked(asking, word)) || escaped(text, at, word, asking)) {
        return true;
    }
    bool guessed = !sure && line->open && is_field(text, line, at, end) && blot_asked(asking, word);
    if (guessed) {
        asking->aside->guessed = true;
    }
    return guessed;
}

static size_t blot(char *text, size_t len, struct blot_asking *asking)
{
    size_t count = 0;
    size_t at = 0;
    struct line line = {0};
    while (at < len) {
        if (at == 0 || ends_line(text[at - 1])) {
            line_begin(text, len, at, asking->aside, &line);
            at = line.record > 0 ? line.record : at;
        }
        size_t end = at;
        while (end < len && !blot_parts(text[end])) {
            end++;
        }
        struct span word = {text + at, end - at};
        bool record = line.record > 0 || at == line.from;
        struct span front = {text + line.from, record ? at - line.from : 0};
        if (blot_is_hex(word) && blot_record_names(front, word, record && end == line.to, asking)) {
            blot_piece(text, at, end);
            count++;
        }
        if (word_goes(text, &line, at, end, asking)) {
            size_t from = at;
            size_t to = end;
            widen(text, len, &from, &to);
            blot_piece(text, from, to);
            end = to;
            count++;
        }
        at = end + 1;
    }
    return count;
}

size_t blot_text(char *text, size_t len, blot_goes *goes, void *context)
{
    struct blot_asking asking = {.goes = goes, .context = context};
    return blot(text, len, &asking);
}

/* UTF-8 of lines, without other control characters. */
static bool is_text(struct span bytes)
{
    bool text = utf8_valid(bytes);
    for (size_t i = 0; text && i < bytes.len; i++) {
        text = (uint8_t)bytes.at[i] >= ' ' || bytes.at[i] == '\t' || ends_line(bytes.at[i]);
    }
    return text;
}

size_t blot_bytes(char *bytes, size_t len, struct blot_aside *aside, blot_goes *goes, void *context)
{
    struct blot_asking asking = {.goes = goes, .context = context, .aside = aside};
    struct span all = {bytes, len};
    bool nul = len > 0 && memchr(bytes, '\0', len) != NULL;
    /* Without one it may be a text in another encoding, of which the lines go that name him; or
     * bytes all the same. */
    bool whole =
        nul ? blot_bytes_name(all, &asking) : !is_text(all) && blot_numbers_name(all, &asking);
    size_t lines = whole ? 0 : blot(bytes, len, &asking);
    if (whole || (nul && lines > 0)) {
        memset(bytes, 'x', len);
        lines = 1;
    }
    return lines;
}
