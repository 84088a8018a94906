#include "words/reason.h"

#include <stdlib.h>
#include <string.h>

#include "base/portability.h"
#include "words/reason_tables.h"

enum {
    ARGUMENTS = 9, /* %1 … %9 */
    DEPTH = 3      /* reasons within reasons: more are not made, and each is a walk of it all */
};

/* Of those that explain as much the first is taken: those that say the most of their text come
 * first. */
static const struct reason joints[] = {
    {"%s: %s (%d). %s", "%1: %q2 (%3) %4"}, /* as another program says it, with its number */
    {"%s: %s (%d)", "%1: %q2 (%3)"},
    {"%s. %s", "%1 %2"},
    {"%s: %s", "%1: %2"},
};
static const struct reason_table reason_joints = {joints, HB_COUNT(joints)};

static const struct reason_table *const tables[] = {
    &reason_cloud, &reason_config, &reason_lines, &reason_system, &reason_terminals, &reason_joints,
};

/* A sentence, taken apart by the format that it was made of. */
struct parts {
    const struct reason *reason;
    size_t words; /* bytes of the format's own */
    bool letters; /* and whether they have a letter; without, they explain nothing */
    size_t count;
    struct span argument[ARGUMENTS];
};

/* What is written, from its begin. */
struct page {
    char *out;
    size_t size, len;
    bool full;
};

static void put(struct page *page, struct span text)
{
    size_t room = page->full ? 0 : page->size - 1 - page->len; /* nothing after what was cut */
    size_t len = text.len <= room ? text.len : utf8_cut(text, room);
    if (len > 0) {
        memcpy(page->out + page->len, text.at, len);
    }
    page->len += len;
    page->full = page->full || len < text.len;
}

/* Whether a conversion begins at `at`; *end is behind it, *number whether digits stand for it. */
static bool conversion(const char *at, const char **end, bool *number)
{
    if (at[0] != '%' || at[1] == '%' || at[1] == '\0') {
        return false;
    }
    at += 1 + strspn(at + 1, "-+ #0123456789.*hlzjt");
    *number = *at != '\0' && strchr("diuxXf", *at) != NULL;
    *end = *at != '\0' ? at + 1 : at;
    return true;
}

/* The bytes of a printed number at the beginning of a text: -12, 0x1f, 2.5. */
static size_t number_at(struct span text)
{
    size_t sign = text.len > 0 && (text.at[0] == '-' || text.at[0] == '+');
    size_t len = sign;
    while (len < text.len && ((text.at[len] >= '0' && text.at[len] <= '9') ||
                              (len > sign && text.at[len] != '\0' &&
                               strchr("abcdefx", text.at[len]) != NULL && text.at[sign] == '0') ||
                              (text.at[len] == '.' && len > sign && len + 1 < text.len &&
                               text.at[len + 1] >= '0' && text.at[len + 1] <= '9'))) {
        len++;
    }
    return len > sign ? len : 0;
}

/*
 * Takes `text` apart by the format of `reason`. A text among the arguments ends where what follows
 * it in the format stands first, which is enough: an earlier end leaves the most to those behind.
 */
static bool take_apart(const struct reason *reason, struct span text, struct parts *parts)
{
    *parts = (struct parts){.reason = reason};
    const char *format = reason->english;
    const char *behind = NULL; /* of the last argument that is a text */
    size_t at = 0;
    struct parts then = *parts; /* as it was behind that one */
    while (*format != '\0' || at < text.len) {
        const char *end;
        bool number;
        if (conversion(format, &end, &number)) {
            struct span rest = {text.at + at, text.len - at};
            size_t len = number ? number_at(rest) : 0;
            if (parts->count < ARGUMENTS && (!number || len > 0)) {
                parts->argument[parts->count++] = (struct span){rest.at, len};
                at += len;
                format = end;
                if (!number) {
                    behind = format;
                    then = *parts;
                }
                continue;
            }
        } else if (*format != '\0' && at < text.len && *format == text.at[at]) {
            format += format[0] == '%' ? 2 : 1;
            parts->words++;
            parts->letters = parts->letters || (text.at[at] >= 'a' && text.at[at] <= 'z');
            at++;
            continue;
        }
        /* That was no place for what follows the last text: it is one byte longer. */
        if (behind == NULL) {
            return false;
        }
        struct span *longer = &then.argument[then.count - 1];
        if (longer->at + longer->len == text.at + text.len) {
            return false;
        }
        longer->len++;
        *parts = then;
        format = behind;
        at = (size_t)(longer->at - text.at) + longer->len;
    }
    return true;
}

/*
 * Puts the Thai words of a sentence; returns how many of its bytes are words of a format, 0 for
 * none at all, when nothing is put.
 */
static size_t word(struct page *page, struct span english, int depth);

static reason_words *asked;

void reason_ask(reason_words *ask)
{
    asked = ask;
}

/* Whether somebody else knows the words by the number that stands behind them. */
static bool known_by_number(struct span words, struct span number, char *out, size_t size)
{
    char digits[16];
    return asked != NULL && words.len > 0 && number.len > 0 && number_at(number) == number.len &&
           span_copy(number, digits, sizeof digits) &&
           asked(words, strtol(digits, NULL, 10), out, size);
}

/* Puts the Thai words of a piece of a sentence; 0: it is none, and nothing is put. */
static size_t put_piece(struct page *page, struct span english)
{
    for (size_t i = 0; i < reason_outbox.count; i++) {
        if (span_equal(english, span_of(reason_outbox.at[i].english))) {
            put(page, span_of(reason_outbox.at[i].thai));
            return english.len;
        }
    }
    return 0;
}

/* `mark` is 'q', 'w' or '\0' (reason_tables.h). `number` is the argument behind it; empty: there is
 * none. */
static size_t put_argument(struct page *page, struct span argument, struct span number, char mark,
                           int depth)
{
    char text[REASON_MAX];
    struct page own = {text, sizeof text, 0, false};
    bool quoted = mark != '\0';
    size_t words = mark == 'w' ? put_piece(&own, argument) : 0;
    words = words == 0 && depth > 0 ? word(&own, argument, depth - 1) : words;
    if (quoted && words == 0 && known_by_number(argument, number, text, sizeof text)) {
        own.len = strlen(text);
        words = argument.len;
    }
    quoted = quoted && words == 0;
    put(page, quoted ? SPAN("“") : SPAN(""));
    put(page, words > 0 ? (struct span){text, own.len} : argument);
    put(page, quoted ? SPAN("”") : SPAN(""));
    return words;
}

static size_t put_thai(struct page *page, const struct parts *parts, int depth)
{
    size_t words = parts->letters ? parts->words : 0;
    for (const char *at = parts->reason->thai; *at != '\0';) {
        size_t plain = strcspn(at, "%");
        put(page, (struct span){at, plain});
        at += plain;
        if (*at == '\0') {
            break;
        }
        char mark = at[1] == 'q' || at[1] == 'w' ? at[1] : '\0';
        at += mark != '\0' ? 2 : 1;
        size_t index = (size_t)(*at - '1');
        if (index < parts->count) {
            struct span number =
                index + 1 < parts->count ? parts->argument[index + 1] : (struct span){"", 0};
            words += put_argument(page, parts->argument[index], number, mark, depth);
        } else {
            put(page, (struct span){at, 1}); /* %% */
        }
        at++;
    }
    return words;
}

static size_t word(struct page *page, struct span english, int depth)
{
    size_t best = 0;
    for (size_t i = 0; i < HB_COUNT(tables); i++) {
        for (size_t j = 0; j < tables[i]->count; j++) {
            struct parts parts;
            if (!take_apart(&tables[i]->at[j], english, &parts)) {
                continue;
            }
            char text[REASON_MAX];
            struct page own = {text, page->size < sizeof text ? page->size : sizeof text, 0, false};
            size_t words = put_thai(&own, &parts, depth);
            if (words > best) {
                best = words;
                *page = (struct page){page->out, page->size, 0, false};
                put(page, (struct span){text, own.len});
            }
        }
    }
    return best;
}

bool reason_thai(struct span english, char *out, size_t size)
{
    struct page page = {out, size, 0, false};
    bool thai = english.len <= REASON_MAX && word(&page, english, DEPTH) > 0;
    if (!thai) {
        put(&page, english);
    }
    out[page.len] = '\0';
    return thai;
}

const char *reason_shown(const char *english, bool thai, char out[REASON_MAX])
{
    return thai && reason_thai(span_of(english), out, REASON_MAX) ? out : english;
}
