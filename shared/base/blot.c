#include "base/blot.h"

#include <stdio.h>
#include <string.h>

#include "base/portability.h"

enum {
    SHORT_MAX = 4096, /* bytes in which every number is asked for, whatever an answer costs */
    HEX_LEN = 16,     /* digits from which on it is a record's bytes, and no number or key */
    WORD_MAX = 64,
};

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

static bool asked(struct span word, blot_goes *goes, void *context)
{
    if (goes(context, word)) {
        return true;
    }
    size_t zeros = 0;
    while (zeros + 1 < word.len && word.at[zeros] == '0') {
        zeros++;
    }
    return zeros > 0 && goes(context, (struct span){word.at + zeros, word.len - zeros});
}

/* ---- bytes ---- */

static bool is_letter(uint8_t byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= 'a' && byte <= 'z');
}

static bool nibble(char digit, uint8_t *value)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *at = memchr(digits, digit, sizeof digits - 1);
    *value = at != NULL ? (uint8_t)((at - digits) % 16) : 0;
    return at != NULL;
}

static bool is_hex(struct span word)
{
    uint8_t value;
    bool all = word.len >= HEX_LEN;
    for (size_t i = 0; all && i < word.len; i++) {
        all = nibble(word.at[i], &value);
    }
    return all;
}

static uint8_t byte_at(struct span bytes, bool hex, size_t at)
{
    uint8_t high;
    uint8_t low;
    if (!hex) {
        return (uint8_t)bytes.at[at];
    }
    (void)nibble(bytes.at[2 * at], &high);
    (void)nibble(bytes.at[2 * at + 1], &low);
    return (uint8_t)(high << 4 | low);
}

static bool number_asked(uint32_t number, blot_goes *goes, void *context)
{
    char digits[16];
    int len = snprintf(digits, sizeof digits, "%lu", (unsigned long)number);
    return goes(context, (struct span){digits, (size_t)len});
}

/* Whether a field of theirs names one who goes: a text, or a number of 32 bits at any byte. */
static bool bytes_name(struct span bytes, bool hex, blot_goes *goes, void *context)
{
    char word[WORD_MAX];
    size_t len = 0;
    uint32_t number = 0;
    size_t count = hex ? bytes.len / 2 : bytes.len;
    /* To compare is cheap. A keyed hash is not, and a stranger may send a megabyte of anything. */
    uint32_t most = goes == blot_is_one || count <= SHORT_MAX ? UINT32_MAX : BLOT_LONG_NUMBER;
    for (size_t i = 0; i <= count; i++) {
        uint8_t byte = i < count ? byte_at(bytes, hex, i) : 0;
        if (is_letter(byte) || byte == '-' || byte == '_' || byte == '.') {
            if (len < sizeof word) {
                word[len] = (char)byte;
            }
            len++;
        } else {
            if (len >= BLOT_SURE_LEN && len <= sizeof word &&
                asked((struct span){word, len}, goes, context)) {
                return true;
            }
            len = 0;
        }
        number = number >> 8 | (uint32_t)byte << 24;
        if (i >= 3 && i < count && number >= BLOT_SURE_NUMBER && number <= most &&
            number_asked(number, goes, context)) {
            return true;
        }
    }
    return false;
}

/*
 * Where a record of a layout that is known has its user: a text of `width` bytes, or (0) a number
 * of 32 bits; `size` bytes, or (0) any. The words in front are those with which it is kept; one of
 * HIP's own terminals has none, and its size tells it. Not here is what names a place in a list of
 * users (8 bytes), and what may be one of two (12). As pull/records.c and fk/fkrecord.c have them.
 */
static const struct {
    const char *front;
    size_t size, at, width;
} records[] = {
    {"4370 16 ", 16, 0, 0},    {"4370 22 ", 22, 2, 6},
    {"4370 40 ", 40, 2, 24},   {"4370 49 ", 49, 2, 24},
    {"4370 live ", 12, 0, 0},  {"4370 live ", 32, 0, 24},
    {"4370 live ", 36, 0, 24}, {"4370 live ", 37, 0, 24},
    {"4370 live ", 52, 0, 24}, {"", 20, 0, 0},
    {"", 32, 0, 16},           {"", 48, 0, 32},
};

static bool field_names(struct span hex, size_t at, size_t width, blot_goes *goes, void *context)
{
    char text[WORD_MAX];
    size_t len = 0;
    uint32_t number = 0;
    for (size_t i = 0; width == 0 && i < 4; i++) {
        number |= (uint32_t)byte_at(hex, true, at + i) << (8 * i);
    }
    if (width == 0) {
        return number != 0 && number_asked(number, goes, context);
    }
    while (len < width && byte_at(hex, true, at + len) != 0) {
        text[len] = (char)byte_at(hex, true, at + len);
        len++;
    }
    struct span user = span_trim((struct span){text, len});
    return user.len > 0 && asked(user, goes, context);
}

/* Whether the digits at [from, to) are a record, the whole of their line, whose user goes. */
static bool record_names(const char *text, size_t len, size_t from, size_t to, blot_goes *goes,
                         void *context)
{
    struct span hex = {text + from, to - from};
    for (size_t i = 0; i < HB_COUNT(records); i++) {
        size_t front = strlen(records[i].front);
        if (hex.len == 2 * records[i].size && from >= front &&
            memcmp(text + from - front, records[i].front, front) == 0 &&
            (from == front || ends_line(text[from - front - 1])) &&
            (to == len || ends_line(text[to])) &&
            field_names(hex, records[i].at, records[i].width, goes, context)) {
            return true;
        }
    }
    return false;
}

/* ---- text ---- */

static void blot_piece(char *text, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        uint8_t byte = (uint8_t)text[i];
        if (is_letter(byte) || byte >= 0x80) {
            text[i] = 'x';
        }
    }
}

/* In a query what stands before it may be two digits that are a sign: "%3D1001". */
static bool escaped(const char *text, size_t at, struct span word, blot_goes *goes, void *context)
{
    uint8_t value;
    return at > 0 && text[at - 1] == '%' && word.len >= 2 + BLOT_SURE_LEN &&
           nibble(word.at[0], &value) && nibble(word.at[1], &value) &&
           asked((struct span){word.at + 2, word.len - 2}, goes, context);
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

size_t blot_text(char *text, size_t len, blot_goes *goes, void *context)
{
    size_t count = 0;
    size_t at = 0;
    while (at < len) {
        size_t end = at;
        while (end < len && !blot_parts(text[end])) {
            end++;
        }
        struct span word = {text + at, end - at};
        if (is_hex(word) && (bytes_name(word, true, goes, context) ||
                             record_names(text, len, at, end, goes, context))) {
            blot_piece(text, at, end);
            count++;
        }
        bool first = (at == 0 || ends_line(text[at - 1])) && end < len && text[end] == '\t';
        if (word.len > 0 && (((word.len >= BLOT_SURE_LEN || first || is_said(text, at)) &&
                              asked(word, goes, context)) ||
                             escaped(text, at, word, goes, context))) {
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

size_t blot_bytes(char *bytes, size_t len, blot_goes *goes, void *context)
{
    if (len == 0 || memchr(bytes, '\0', len) == NULL) {
        return blot_text(bytes, len, goes, context);
    }
    if (!bytes_name((struct span){bytes, len}, false, goes, context) &&
        blot_text(bytes, len, goes, context) == 0) {
        return 0;
    }
    memset(bytes, 'x', len);
    return 1;
}
