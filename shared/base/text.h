/*
 * text: bytes with a length, and UTF-8.
 *
 * Untrusted bytes are handled as a struct span: a pointer and a length, never a terminator.
 * A span owns nothing; it is valid as long as the memory it points into.
 * Nothing here allocates, blocks or fails. Any thread. What is called several times for each
 * request and costs less than a call is inline.
 */
#ifndef HIPBRIDGE_TEXT_H
#define HIPBRIDGE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
    const char *at; /* may be NULL when len is 0 */
    size_t len;     /* bytes */
};

/* The span of a string literal or a terminated string. */
#define SPAN(literal) ((struct span){(literal), sizeof(literal) - 1})
static inline struct span span_of(const char *text)
{
    return (struct span){text, strlen(text)};
}

/* Byte for byte, and without regard to the case of ASCII letters. */
bool span_equal(struct span a, struct span b);
bool span_starts_nocase(struct span text, struct span prefix);
static inline bool span_equal_nocase(struct span a, struct span b)
{
    return a.len == b.len && span_starts_nocase(a, b);
}

static inline bool span_is_edge(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n' || byte == '\0';
}

/* Without the ASCII blanks, tabs, CR, LF and NUL bytes at both ends. */
static inline struct span span_trim(struct span text)
{
    while (text.len > 0 && span_is_edge(text.at[text.len - 1])) {
        text.len--;
    }
    while (text.len > 0 && span_is_edge(text.at[0])) {
        text.at++;
        text.len--;
    }
    return text;
}

/*
 * Cuts the next field off *rest at `separator`. False when nothing is left (rest->at is NULL);
 * an empty field between two separators, and the one after a last separator, are fields.
 * Start with rest = the whole text; an empty text has one empty field.
 */
static inline bool span_field(struct span *rest, char separator, struct span *field)
{
    if (rest->at == NULL) {
        return false;
    }
    const char *end = rest->len > 0 ? memchr(rest->at, separator, rest->len) : NULL;
    if (end == NULL) {
        *field = *rest;
        *rest = (struct span){NULL, 0};
        return true;
    }
    size_t len = (size_t)(end - rest->at);
    *field = (struct span){rest->at, len};
    *rest = (struct span){end + 1, rest->len - len - 1};
    return true;
}

/*
 * The next run of bytes that are neither blank nor tab; false at the end.
 */
bool span_word(struct span *rest, struct span *word);

/*
 * A decimal number, whole span, optional sign, no blanks. False when it is empty, holds anything
 * else or does not fit; *value is then untouched.
 */
bool span_to_int32(struct span text, int32_t *value);

/*
 * Copies the span into out[size] with a terminator. False, with an empty out, when it does not
 * fit or holds a NUL byte.
 */
bool span_copy(struct span text, char *out, size_t size);

/* What follows a byte order mark, or all when there is none. */
struct span utf8_without_bom(struct span text);

/* True when the bytes are well-formed UTF-8 (no overlong forms, no surrogates, ≤ U+10FFFF). */
bool utf8_valid(struct span text);

/*
 * True when text, which is well-formed, holds a character that cannot be seen, or is seen as a
 * blank, or changes how others are: what the Unicode standard has as ignorable (joiners, marks and
 * overrides of direction, fillers, tags, …), line and paragraph separators, and each kind of white
 * space but the ASCII blank and tab. Two texts that differ in these alone look the same.
 */
bool utf8_has_unseen(struct span text);

/*
 * Copies text into out[size] as well-formed UTF-8 without control characters other than TAB and
 * without characters that cannot be seen (white space stays): each byte that is not part of a
 * well-formed sequence becomes U+FFFD, each of the others a blank, so that what a terminal or a
 * file sent can be stored and shown whatever it was. Cut at a character boundary when it is too
 * long; always terminated (size ≥ 1). Returns the length written, without the terminator.
 */
size_t utf8_clean(struct span text, char *out, size_t size);

/* The largest n ≤ limit at which text can be cut without splitting a UTF-8 character. */
size_t utf8_cut(struct span text, size_t limit);

/*
 * Writes a character as UTF-8, without a terminator, and returns its length, at most 4; a surrogate
 * and what is past U+10FFFF become U+FFFD.
 */
size_t utf8_put(uint32_t character, char out[4]);

/* Writes the bytes as 2 * len hexadecimal digits and a terminator. */
void hex_put(const void *bytes, size_t len, char *out);

#endif
