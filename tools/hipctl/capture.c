#include "capture.h"

#include <windows.h>

#include <stdlib.h>
#include <string.h>

#include "console.h"
#include "system/access.h"
#include "system/captures.h"
#include "system/file.h"
#include "system/wide.h"

enum {
    ROW = 16,      /* bytes of a row of hex, */
    TEXT_ROW = 72, /* and of text */
    LINE_SIZE = 1024,
};

static FILE *out;
static bool quiet;

/* So that it goes when nobody looks at it any more. */
static bool note_it(const wchar_t *wide, struct error *err)
{
    wchar_t full[FILE_PATH_MAX];
    char path[FILE_PATH_MAX];
    char data[FILE_PATH_MAX];
    DWORD len = GetFullPathNameW(wide, FILE_PATH_MAX, full, NULL);
    if (len == 0 || len >= FILE_PATH_MAX || !wide_to_utf8(full, path, sizeof path, err)) {
        return error_set(err, ERR_INVALID, 0, "its path is too long");
    }
    return file_data_folder(data, sizeof data, err) && captures_note(data, path, err);
}

static void tell(const struct error *why)
{
    char words[REASON_MAX];
    console_print("Note: %s.\n", console_reason(why->text, words));
}

bool capture_open(const char *path, struct error *err)
{
    wchar_t wide[FILE_PATH_MAX];
    if (path == NULL) {
        return true;
    }
    if (!wide_from_utf8(path, wide, HB_COUNT(wide), err)) {
        return false;
    }
    out = _wfopen(wide, L"ab");
    if (out == NULL) {
        return error_set(err, ERR_SYSTEM, 0, console_say("cannot write to %s"), path);
    }
    /* It names persons and times. A disk without access lists has none. */
    struct error why = ERROR_INIT;
    if (!access_restrict_own(path, &why)) {
        tell(&why);
    }
    error_clear(&why);
    if (!note_it(wide, &why)) {
        tell(&why);
    }
    return true;
}

void capture_close(void)
{
    if (out != NULL) {
        fclose(out);
    }
    out = NULL;
}

void capture_shown(bool shown)
{
    quiet = !shown;
}

/* ---- writing ---- */

HB_PRINTF(1, 2)
static void say(const char *format, ...)
{
    char text[LINE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (!quiet) {
        console_write(span_of(text));
    }
    if (out != NULL) {
        fputs(text, out);
    }
}

static void say_time(void)
{
    SYSTEMTIME now;
    GetLocalTime(&now);
    say("%04u-%02u-%02u %02u:%02u:%02u.%03u  ", now.wYear, now.wMonth, now.wDay, now.wHour,
        now.wMinute, now.wSecond, now.wMilliseconds);
}

/* Bytes of one line, so few that a row of the screen holds them: tabs as \t, other control bytes as
 * \x.. . */
static void say_row(struct span bytes, const char *end)
{
    char escaped[TEXT_ROW * 4 + 1];
    char clean[TEXT_ROW * 4 + 1];
    size_t used = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char byte = (unsigned char)bytes.at[i];
        const char *format = byte == '\t'                  ? "\\t"
                             : byte == '\r'                ? "\\r"
                             : byte < 0x20 || byte == 0x7F ? "\\x%02x"
                                                           : "%c";
        used += (size_t)snprintf(escaped + used, sizeof escaped - used, format, byte);
    }
    utf8_clean((struct span){escaped, used}, clean, sizeof clean);
    say("  | %s%s\n", clean, end);
}

static void say_text(struct span bytes)
{
    struct span line;
    while (span_field(&bytes, '\n', &line)) {
        bool last = bytes.at == NULL;
        while (line.len > TEXT_ROW) {
            size_t cut = utf8_cut(line, TEXT_ROW);
            cut = cut > 0 ? cut : TEXT_ROW;
            say_row((struct span){line.at, cut}, "");
            line.at += cut;
            line.len -= cut;
        }
        if (!last || line.len > 0) {
            say_row(line, last ? "" : "\\n");
        }
    }
}

static void say_hex(struct span bytes)
{
    for (size_t at = 0; at < bytes.len; at += ROW) {
        char hex[ROW * 3 + 1];
        char text[ROW + 1];
        size_t count = bytes.len - at < ROW ? bytes.len - at : ROW;
        for (size_t i = 0; i < count; i++) {
            unsigned char byte = (unsigned char)bytes.at[at + i];
            snprintf(hex + i * 3, 4, "%02x ", byte);
            text[i] = byte >= 0x20 && byte < 0x7F ? (char)byte : '.';
        }
        text[count] = '\0';
        say("  %06zx  %-48s %s\n", at, hex, text);
    }
}

void capture_bytes(const char *peer, const char *direction, struct span bytes)
{
    say_time();
    say("%s %s %zu bytes\n", peer, direction, bytes.len);
    say_text(bytes);
    say_hex(bytes);
    if (out != NULL) {
        fflush(out);
    }
}

void capture_event(const char *peer, const char *what)
{
    say_time();
    say("%s %s\n", peer, what);
    if (out != NULL) {
        fflush(out);
    }
}

/* ---- reading ---- */

static int nibble(char digit)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = digit != '\0' ? strchr(digits, digit) : NULL;
    return at != NULL ? (int)(at - digits) : -1;
}

/* Adds a row of hex; false for a line that is none. */
static bool add_row(const char *line, size_t expected, struct capture_item *item)
{
    enum { OFFSET_DIGITS = 6, BYTES_AT = 10 };
    char *end = NULL;
    if (strncmp(line, "  ", 2) != 0 || line[2] == '|' || strtoul(line + 2, &end, 16) != item->len ||
        end - (line + 2) < OFFSET_DIGITS || strlen(line) < BYTES_AT) {
        return false;
    }
    const char *at = line + BYTES_AT;
    for (size_t i = 0; i < ROW && item->len < expected; i++, at += 3) {
        int high = nibble(at[0]);
        int low = high >= 0 ? nibble(at[1]) : -1;
        if (low < 0 || at[2] != ' ') {
            return false;
        }
        item->bytes[item->len++] = (char)(high * 16 + low);
    }
    return true;
}

/* `date time peer -> n bytes`, or `date time peer words`; false for any other line. */
static bool read_heading(const char *line, struct capture_item *item, size_t *expected)
{
    struct span rest = span_of(line);
    struct span date;
    struct span time;
    struct span peer;
    struct span word;
    struct span number;
    int32_t size = 0;
    if (line[0] == ' ' || !span_word(&rest, &date) || !span_word(&rest, &time) ||
        !span_word(&rest, &peer) || !span_copy(peer, item->peer, sizeof item->peer)) {
        return false;
    }
    struct span words = span_trim(rest);
    *expected = 0;
    item->len = 0;
    item->kind = CAPTURE_EVENT;
    words.len = words.len < sizeof item->what ? words.len : sizeof item->what - 1;
    bool arrow = span_word(&rest, &word) && span_word(&rest, &number) &&
                 span_to_int32(number, &size) && size >= 0 && size <= CAPTURE_PIECE_MAX;
    if (arrow && span_equal(word, SPAN("->"))) {
        item->kind = CAPTURE_SENT;
    } else if (arrow && span_equal(word, SPAN("<-"))) {
        item->kind = CAPTURE_ANSWERED;
    }
    *expected = item->kind == CAPTURE_EVENT ? 0 : (size_t)size;
    return span_copy(words, item->what, sizeof item->what);
}

bool capture_read(FILE *file, struct capture_item *item, struct error *err)
{
    char line[LINE_SIZE];
    size_t expected = 0;
    item->kind = CAPTURE_END;
    while (fgets(line, sizeof line, file) != NULL) {
        if (item->kind == CAPTURE_END) {
            if (read_heading(line, item, &expected) && expected == 0) {
                return true;
            }
        } else if (add_row(line, expected, item) && item->len == expected) {
            return true;
        }
    }
    return item->kind == CAPTURE_END ||
           error_set(err, ERR_INVALID, 0, "the capture breaks off: %zu of %zu bytes of a piece",
                     item->len, expected);
}
