#include "base/mask.h"

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_letter(char byte)
{
    return ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') || byte == '_' || byte == '~' ||
           (unsigned char)byte >= 0x80;
}

static bool is_of_time(char byte)
{
    return byte == '-' || byte == ':' || byte == '/' || byte == '.';
}

/* A date or a time of day: digits alone, at most four together, and two marks at least. */
static bool is_time(struct span word)
{
    size_t marks = 0;
    size_t digits = 0;
    for (size_t i = 0; i < word.len; i++) {
        if (is_digit(word.at[i]) && digits < 4) {
            digits++;
        } else if (is_of_time(word.at[i]) && digits > 0) {
            marks++;
            digits = 0;
        } else {
            return false;
        }
    }
    return marks == 2 && digits > 0;
}

/* What stands behind a word says whether it is a key. */
static bool is_key(struct span word, struct span behind)
{
    bool quoted = behind.len > 1 && behind.at[0] == '"' && behind.at[1] == ':';
    return word.len > 0 && !is_digit(word.at[0]) &&
           ((behind.len > 0 && behind.at[0] == '=') || quoted);
}

void mask_text(char *text, size_t len)
{
    size_t at = 0;
    while (at < len) {
        size_t end = at;
        while (end < len &&
               (is_digit(text[end]) || is_letter(text[end]) || is_of_time(text[end]))) {
            end++;
        }
        struct span word = {text + at, end - at};
        bool kept = is_time(word) || is_key(word, (struct span){text + end, len - end}) ||
                    span_equal_nocase(word, SPAN("AM")) || span_equal_nocase(word, SPAN("PM"));
        for (size_t i = at; i < end && !kept; i++) {
            text[i] = is_digit(text[i]) ? '9' : is_of_time(text[i]) ? text[i] : 'x';
        }
        at = end + (end == at);
    }
}
