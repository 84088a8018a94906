/*
 * text: spans and UTF-8. The first byte chooses the size of the output buffer, the second the
 * separator; the rest is the text. utf8_valid is held against a second reading of the standard.
 */
#include "fuzz.h"

enum { OUT_MAX = 256 };

/* Length of the well-formed UTF-8 sequence at the beginning of text, 0 when there is none: decoded
 * to a code point first, whereas text.c looks at byte ranges. */
static size_t sequence(struct span text)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t lead = (uint8_t)text.at[0];
    size_t length = lead < 0x80       ? 1
                    : lead >> 5 == 6  ? 2
                    : lead >> 4 == 14 ? 3
                    : lead >> 3 == 30 ? 4
                                      : 0;
    if (length == 0 || length > text.len) {
        return 0;
    }
    uint32_t point = length == 1 ? lead : lead & (0xFFU >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        uint8_t next = (uint8_t)text.at[i];
        if (next >> 6 != 2) {
            return 0;
        }
        point = point << 6 | (next & 0x3FU);
    }
    bool surrogate = point >= 0xD800 && point <= 0xDFFF;
    return point >= least[length] && point <= 0x10FFFF && !surrogate ? length : 0;
}

static bool well_formed(struct span text)
{
    while (text.len > 0) {
        size_t length = sequence(text);
        if (length == 0) {
            return false;
        }
        text.at += length;
        text.len -= length;
    }
    return true;
}

static bool has_control(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = (uint8_t)text.at[i];
        if ((byte < 0x20 && byte != '\t') || byte == 0x7F) {
            return true;
        }
        if (byte == 0xC2 && i + 1 < text.len && (uint8_t)text.at[i + 1] < 0xA0) {
            return true; /* C1 controls; whether utf8_clean keeps them is its choice */
        }
    }
    return false;
}

static void check_clean(struct span text, size_t size)
{
    char out[OUT_MAX + 1];
    char again[OUT_MAX + 1];
    memset(out, 'x', sizeof out);
    size_t length = utf8_clean(text, out, size);
    struct span clean = {out, length};
    MUST(length < size && out[length] == '\0' && strlen(out) == length);
    MUST(out[size] == 'x');
    MUST(well_formed(clean));
    for (size_t i = 0; i < length; i++) {
        MUST((uint8_t)out[i] >= 0x20 || out[i] == '\t');
        MUST(out[i] != 0x7F);
    }
    MUST(utf8_clean(clean, again, size) == length && strcmp(out, again) == 0);
    if (text.len < size && well_formed(text) && !has_control(text)) {
        MUST(span_equal(text, clean));
    }
}

static void check_spans(struct span text, char separator)
{
    struct span rest = text;
    struct span field;
    size_t fields = 0;
    size_t bytes = 0;
    while (span_field(&rest, separator, &field)) {
        MUST(field.len == 0 || memchr(field.at, separator, field.len) == NULL);
        fields++;
        bytes += field.len;
    }
    MUST(fields >= 1 && bytes + fields - 1 == text.len);

    rest = text;
    bytes = 0;
    while (span_word(&rest, &field)) {
        MUST(field.len > 0);
        MUST(memchr(field.at, ' ', field.len) == NULL && memchr(field.at, '\t', field.len) == NULL);
        bytes += field.len;
    }
    MUST(bytes <= text.len);

    struct span trimmed = span_trim(text);
    MUST(trimmed.len <= text.len);
    MUST(span_equal(span_trim(trimmed), trimmed));
    MUST(span_equal_nocase(text, text));
    MUST(span_starts_nocase(text, trimmed) || trimmed.len == 0 || trimmed.at != text.at);
}

static void check_number(struct span text)
{
    int32_t value = 42;
    int32_t again = 0;
    char digits[16];
    if (!span_to_int32(text, &value)) {
        MUST(value == 42);
        return;
    }
    (void)snprintf(digits, sizeof digits, "%ld", (long)value);
    MUST(span_to_int32(span_of(digits), &again) && again == value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    size_t out_size = (size_t)data[0] + 1;
    struct span text = {(const char *)data + 2, size - 2};
    char copy[OUT_MAX];

    MUST(utf8_valid(text) == well_formed(text));
    check_clean(text, out_size);
    check_spans(text, (char)data[1]);
    check_number(text);

    size_t cut = utf8_cut(text, out_size);
    MUST(cut <= out_size && cut <= text.len);
    if (well_formed(text)) {
        MUST(well_formed((struct span){text.at, cut}));
        MUST(well_formed((struct span){text.at + cut, text.len - cut}));
        MUST(cut == text.len || cut + 4 > out_size);
    }
    bool fits = text.len < out_size && memchr(text.at, '\0', text.len) == NULL;
    MUST(span_copy(text, copy, out_size) == fits);
    MUST(strlen(copy) == (fits ? text.len : 0));
    return 0;
}
