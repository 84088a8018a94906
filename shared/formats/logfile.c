#include "formats/logfile.h"

#include <string.h>

enum { LEAD = 2, REPLACEMENT = 0xFFFD };

static const char overlong_line[] = "the line is too long";

void logfile_begin(struct logfile_reader *reader, const char *device_sn, logfile_sink *sink,
                   void *context)
{
    reader->sink = sink;
    reader->context = context;
    span_copy(span_of(device_sn), reader->device_sn, sizeof reader->device_sn);
    reader->own = NULL;
    reader->tell_passed = false;
    logline_begin(&reader->logline, NULL, NULL);
    reader->encoding = ENCODING_AUTO;
    reader->line = 1;
    reader->held = 0;
    reader->overlong = false;
    reader->after_cr = false;
    reader->lead_count = 0;
    reader->unit_count = 0;
    reader->high_surrogate = 0;
}

void logfile_set_encoding(struct logfile_reader *reader, enum encoding encoding)
{
    reader->encoding = encoding;
}

void logfile_set_columns(struct logfile_reader *reader, const struct log_columns *own)
{
    reader->own = own;
    logline_begin(&reader->logline, own, NULL);
}

void logfile_tell_passed(struct logfile_reader *reader)
{
    reader->tell_passed = true;
}

void logfile_set_facts(struct logfile_reader *reader, const struct logline_facts *facts)
{
    logline_begin(&reader->logline, reader->own, facts);
}

const struct logline_facts *logfile_facts(const struct logfile_reader *reader)
{
    return &reader->logline.facts;
}

static bool is_utf16(const struct logfile_reader *reader)
{
    return reader->encoding == ENCODING_UTF16LE || reader->encoding == ENCODING_UTF16BE;
}

/* Judges the line that has been collected, hands it over, and makes room for the next. */
static bool end_line(struct logfile_reader *reader, bool ended, struct error *err)
{
    struct span bytes = {reader->text, reader->held};
    bytes = reader->line == 1 ? utf8_without_bom(bytes) : bytes;
    struct span text =
        is_utf16(reader) ? bytes : encoding_line(reader->encoding, bytes, reader->utf8);

    struct logfile_line line = {.number = reader->line};
    memcpy(line.punch.device_sn, reader->device_sn, sizeof line.punch.device_sn);
    enum logline_result result = LOGLINE_BAD;
    if (reader->overlong) {
        line.reason = overlong_line;
    } else {
        result = logline_judge(&reader->logline, text, ended, &line.punch, &line.reason);
    }
    reader->line++;
    reader->held = 0;
    reader->overlong = false;
    line.passed = result == LOGLINE_PASSED;
    if (reader->sink == NULL || (line.passed && !reader->tell_passed)) {
        return true;
    }
    line.punch.raw.at = reader->raw;
    line.punch.raw.len = utf8_clean(span_trim(text), reader->raw, sizeof reader->raw);
    return reader->sink(reader->context, &line, err);
}

static void collect(struct logfile_reader *reader, const char *at, size_t len)
{
    /* What a power cut or a program that pre-allocates its file leaves is no line, of any length.
     */
    while (reader->held == 0 && len > 0 && at[0] == '\0') {
        at++;
        len--;
    }
    size_t room = sizeof reader->text - reader->held;
    if (len > room) {
        reader->overlong = true;
        len = room;
    }
    memcpy(reader->text + reader->held, at, len);
    reader->held += len;
}

/* Bytes that are ASCII where it matters: LF, CRLF or CR ends a line. */
static bool feed_bytes(struct logfile_reader *reader, struct span bytes, struct error *err)
{
    while (bytes.len > 0) {
        size_t end = 0;
        if (reader->after_cr && bytes.at[0] == '\n') {
            reader->after_cr = false;
            bytes.at++;
            bytes.len--;
            continue;
        }
        while (end < bytes.len && bytes.at[end] != '\n' && bytes.at[end] != '\r') {
            end++;
        }
        collect(reader, bytes.at, end);
        reader->after_cr = end < bytes.len && bytes.at[end] == '\r';
        if (end < bytes.len) {
            if (!end_line(reader, true, err)) {
                return false;
            }
            end++;
        }
        bytes.at += end;
        bytes.len -= end;
    }
    return true;
}

static bool feed_character(struct logfile_reader *reader, uint32_t character, struct error *err)
{
    char text[4];
    size_t length = utf8_put(character, text);
    return feed_bytes(reader, (struct span){text, length}, err);
}

/* A half without its other half becomes U+FFFD. */
static bool feed_unit(struct logfile_reader *reader, uint16_t unit, struct error *err)
{
    uint16_t high = reader->high_surrogate;
    bool is_low = unit >= 0xDC00 && unit < 0xE000;
    reader->high_surrogate = 0;
    if (high != 0 && is_low) {
        uint32_t character = 0x10000 + ((uint32_t)(high - 0xD800) << 10) + (unit - 0xDC00U);
        return feed_character(reader, character, err);
    }
    if (high != 0 && !feed_character(reader, REPLACEMENT, err)) {
        return false;
    }
    if (unit >= 0xD800 && unit < 0xDC00) {
        reader->high_surrogate = unit;
        return true;
    }
    return feed_character(reader, unit, err);
}

static bool feed_utf16(struct logfile_reader *reader, struct span bytes, struct error *err)
{
    for (size_t i = 0; i < bytes.len; i++) {
        reader->unit[reader->unit_count] = bytes.at[i];
        reader->unit_count++;
        if (reader->unit_count < sizeof reader->unit) {
            continue;
        }
        reader->unit_count = 0;
        unsigned first = (unsigned char)reader->unit[0];
        unsigned second = (unsigned char)reader->unit[1];
        unsigned unit =
            reader->encoding == ENCODING_UTF16LE ? second << 8 | first : first << 8 | second;
        if (!feed_unit(reader, (uint16_t)unit, err)) {
            return false;
        }
    }
    return true;
}

static bool feed_decoded(struct logfile_reader *reader, struct span bytes, struct error *err)
{
    return is_utf16(reader) ? feed_utf16(reader, bytes, err) : feed_bytes(reader, bytes, err);
}

/*
 * Tells UTF-16 from the file's first two bytes: by its mark, or, when nothing was said, because one
 * half of the first character is zero. A mark of UTF-16 becomes U+FEFF in UTF-8 and falls off with
 * the first line.
 */
static void tell_encoding(struct logfile_reader *reader)
{
    static const struct {
        const char *lead;
        enum encoding encoding;
    } marks[] = {{"\xFF\xFE", ENCODING_UTF16LE}, {"\xFE\xFF", ENCODING_UTF16BE}};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (memcmp(reader->lead, marks[i].lead, LEAD) == 0) {
            reader->encoding = marks[i].encoding;
            return;
        }
    }
    bool first_zero = reader->lead[0] == '\0';
    bool second_zero = reader->lead[1] == '\0';
    if (reader->encoding == ENCODING_AUTO && first_zero != second_zero) {
        reader->encoding = first_zero ? ENCODING_UTF16BE : ENCODING_UTF16LE;
    }
}

bool logfile_feed(struct logfile_reader *reader, struct span bytes, struct error *err)
{
    while (reader->lead_count < LEAD && bytes.len > 0) {
        reader->lead[reader->lead_count] = bytes.at[0];
        reader->lead_count++;
        bytes.at++;
        bytes.len--;
        if (reader->lead_count == LEAD) {
            tell_encoding(reader);
            if (!feed_decoded(reader, (struct span){reader->lead, LEAD}, err)) {
                return false;
            }
        }
    }
    return bytes.len == 0 || feed_decoded(reader, bytes, err);
}

bool logfile_end(struct logfile_reader *reader, struct error *err)
{
    if (reader->lead_count == 1 &&
        !feed_decoded(reader, (struct span){reader->lead, reader->lead_count}, err)) {
        return false;
    }
    bool half = reader->unit_count > 0 || reader->high_surrogate != 0;
    if (half && !feed_character(reader, REPLACEMENT, err)) {
        return false;
    }
    return (reader->held == 0 && !reader->overlong) || end_line(reader, false, err);
}
