#include "base/text.h"

#include <string.h>

static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

bool span_equal(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

bool span_starts_nocase(struct span text, struct span prefix)
{
    if (prefix.len > text.len) {
        return false;
    }
    for (size_t i = 0; i < prefix.len; i++) {
        if (lower(text.at[i]) != lower(prefix.at[i])) {
            return false;
        }
    }
    return true;
}

bool span_word(struct span *rest, struct span *word)
{
    size_t begin = 0;
    while (begin < rest->len && (rest->at[begin] == ' ' || rest->at[begin] == '\t')) {
        begin++;
    }
    size_t end = begin;
    while (end < rest->len && rest->at[end] != ' ' && rest->at[end] != '\t') {
        end++;
    }
    if (end == begin) {
        return false;
    }
    *word = (struct span){rest->at + begin, end - begin};
    *rest = (struct span){rest->at + end, rest->len - end};
    return true;
}

bool span_to_int32(struct span text, int32_t *value)
{
    size_t i = 0;
    bool negative = false;
    if (text.len > 0 && (text.at[0] == '-' || text.at[0] == '+')) {
        negative = text.at[0] == '-';
        i = 1;
    }
    if (i == text.len) {
        return false;
    }
    int64_t number = 0;
    for (; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '9') {
            return false;
        }
        number = number * 10 + (text.at[i] - '0');
        if (number > (int64_t)INT32_MAX + 1) {
            return false;
        }
    }
    number = negative ? -number : number;
    if (number > INT32_MAX) {
        return false;
    }
    *value = (int32_t)number;
    return true;
}

bool span_copy(struct span text, char *out, size_t size)
{
    if (size == 0) {
        return false;
    }
    out[0] = '\0';
    if (text.len >= size || (text.len > 0 && memchr(text.at, '\0', text.len) != NULL)) {
        return false;
    }
    if (text.len > 0) {
        memcpy(out, text.at, text.len);
    }
    out[text.len] = '\0';
    return true;
}

/* Table 3-7 of the Unicode standard: which second bytes may follow a first byte. */
static const struct {
    unsigned char first_low, first_high, second_low, second_high, length;
} utf8_forms[] = {
    {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3},
    {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3}, {0xF0, 0xF0, 0x90, 0xBF, 4},
    {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
};

/* The length of the well-formed character at the beginning of the bytes; 0 when there is none. */
static size_t utf8_character(const char *at, size_t len)
{
    const unsigned char *byte = (const unsigned char *)at;
    if (len == 0) {
        return 0;
    }
    if (byte[0] < 0x80) {
        return 1;
    }
    for (size_t i = 0; i < sizeof utf8_forms / sizeof utf8_forms[0]; i++) {
        if (byte[0] < utf8_forms[i].first_low || byte[0] > utf8_forms[i].first_high) {
            continue;
        }
        size_t length = utf8_forms[i].length;
        if (len < length || byte[1] < utf8_forms[i].second_low ||
            byte[1] > utf8_forms[i].second_high) {
            return 0;
        }
        for (size_t k = 2; k < length; k++) {
            if ((byte[k] & 0xC0) != 0x80) {
                return 0;
            }
        }
        return length;
    }
    return 0;
}

struct span utf8_without_bom(struct span text)
{
    struct span bom = SPAN("\xEF\xBB\xBF");
    bool marked = text.len >= bom.len && memcmp(text.at, bom.at, bom.len) == 0;
    return marked ? (struct span){text.at + bom.len, text.len - bom.len} : text;
}

bool utf8_valid(struct span text)
{
    for (size_t i = 0; i < text.len;) {
        size_t length = utf8_character(text.at + i, text.len - i);
        if (length == 0) {
            return false;
        }
        i += length;
    }
    return true;
}

/* The character at the beginning, which is well-formed and so long. */
static uint32_t code_point(const char *at, size_t length)
{
    const unsigned char *byte = (const unsigned char *)at;
    uint32_t code = length == 1 ? byte[0] : byte[0] & (0xFFU >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        code = code << 6 | (byte[i] & 0x3FU);
    }
    return code;
}

/*
 * Default_Ignorable_Code_Point, the separators of lines and paragraphs, and interlinear annotation;
 * then White_Space but for ASCII (Unicode 15, DerivedCoreProperties and PropList).
 */
static const struct {
    uint32_t from, to;
    bool blank;
} unseen[] = {
    {0x00AD, 0x00AD, false},   {0x034F, 0x034F, false},   {0x061C, 0x061C, false},
    {0x115F, 0x1160, false},   {0x17B4, 0x17B5, false},   {0x180B, 0x180F, false},
    {0x200B, 0x200F, false},   {0x2028, 0x202E, false},   {0x2060, 0x206F, false},
    {0x3164, 0x3164, false},   {0xFE00, 0xFE0F, false},   {0xFEFF, 0xFEFF, false},
    {0xFFA0, 0xFFA0, false},   {0xFFF0, 0xFFFB, false},   {0x1BCA0, 0x1BCA3, false},
    {0x1D173, 0x1D17A, false}, {0xE0000, 0xE0FFF, false}, {0x0085, 0x0085, true},
    {0x00A0, 0x00A0, true},    {0x1680, 0x1680, true},    {0x2000, 0x200A, true},
    {0x202F, 0x202F, true},    {0x205F, 0x205F, true},    {0x3000, 0x3000, true},
};

static bool is_unseen(const char *at, size_t length, bool blanks)
{
    uint32_t code = length > 1 ? code_point(at, length) : 0;
    for (size_t i = 0; code != 0 && i < sizeof unseen / sizeof unseen[0]; i++) {
        if (code >= unseen[i].from && code <= unseen[i].to && (blanks || !unseen[i].blank)) {
            return true;
        }
    }
    return false;
}

bool utf8_has_unseen(struct span text)
{
    for (size_t i = 0; i < text.len;) {
        size_t length = utf8_character(text.at + i, text.len - i);
        if (length > 1 && is_unseen(text.at + i, length, true)) {
            return true;
        }
        i += length > 0 ? length : 1;
    }
    return false;
}

/* C0 but for TAB, DEL, and C1 (two bytes in UTF-8). */
static bool is_control(const char *at, size_t length)
{
    unsigned char first = (unsigned char)at[0];
    if (length == 1) {
        return (first < 0x20 && first != '\t') || first == 0x7F;
    }
    return length == 2 && first == 0xC2 && (unsigned char)at[1] < 0xA0;
}

/* Tabs and printable ASCII, most of what comes: how many bytes of it stand at the beginning. */
static size_t plain_length(const char *at, size_t most)
{
    size_t length = 0;
    while (length < most && ((at[length] >= ' ' && at[length] <= '~') || at[length] == '\t')) {
        length++;
    }
    return length;
}

size_t utf8_clean(struct span text, char *out, size_t size)
{
    static const char replacement[] = "\xEF\xBF\xBD";
    size_t used = 0;
    for (size_t i = 0; i < text.len;) {
        size_t room = size - 1 - used;
        size_t left = text.len - i;
        size_t plain = plain_length(text.at + i, left < room ? left : room);
        if (plain > 0) {
            memcpy(out + used, text.at + i, plain);
            used += plain;
            i += plain;
            continue;
        }
        size_t length = utf8_character(text.at + i, text.len - i);
        const char *from = text.at + i;
        size_t put = length;
        i += length;
        if (length == 0) {
            from = replacement;
            put = sizeof replacement - 1;
            i++;
        } else if (is_control(from, length) || is_unseen(from, length, false)) {
            from = " ";
            put = 1;
        }
        if (put > room) {
            break;
        }
        memcpy(out + used, from, put);
        used += put;
    }
    out[used] = '\0';
    return used;
}

size_t utf8_cut(struct span text, size_t limit)
{
    if (limit >= text.len) {
        limit = text.len;
    }
    /* A character that straddles the limit began at most three bytes before it. */
    for (size_t back = 1; back <= 3 && back <= limit; back++) {
        size_t length = utf8_character(text.at + limit - back, text.len - (limit - back));
        if (length > back) {
            return limit - back;
        }
    }
    return limit;
}

size_t utf8_put(uint32_t character, char out[4])
{
    if (character > 0x10FFFF || (character >= 0xD800 && character < 0xE000)) {
        character = 0xFFFD;
    }
    if (character < 0x80) {
        out[0] = (char)character;
        return 1;
    }
    size_t length = character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    static const unsigned char marks[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = length - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (character & 0x3F));
        character >>= 6;
    }
    out[0] = (char)(marks[length] | character);
    return length;
}

void hex_put(const void *bytes, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *from = bytes;
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[from[i] >> 4];
        out[2 * i + 1] = digits[from[i] & 0xf];
    }
    out[2 * len] = '\0';
}
