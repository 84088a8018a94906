#include "console.h"

#include <windows.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "system/secret.h"
#include "system/wide.h"
#include "words.h"

enum { PIECE = 2048 }; /* wide characters handed to the console at a time */

static void write_console(HANDLE console, struct span text)
{
    while (text.len > 0) {
        /* A byte of UTF-8 gives at most one UTF-16 unit. */
        wchar_t wide[PIECE];
        size_t bytes = utf8_cut(text, PIECE);
        if (bytes == 0) {
            bytes = 1; /* ill-formed: shown as such */
        }
        int count = MultiByteToWideChar(CP_UTF8, 0, text.at, (int)bytes, wide, PIECE);
        DWORD written = 0;
        if (count <= 0 || !WriteConsoleW(console, wide, (DWORD)count, &written, NULL)) {
            return;
        }
        text.at += bytes;
        text.len -= bytes;
    }
}

/* The code page in which whoever reads a pipe of ours will show it, where Thai can be said in it;
 * else UTF-8. */
static unsigned page_of_pipe(HANDLE handle)
{
    static const wchar_t thai[] = {0x0E01, 0};
    char letter[8];
    BOOL lost = TRUE;
    unsigned page = GetConsoleOutputCP();
    bool pipe = GetFileType(handle) == FILE_TYPE_PIPE && page != 0 && page != CP_UTF8;
    return pipe && WideCharToMultiByte(page, 0, thai, 1, letter, sizeof letter, NULL, &lost) > 0 &&
                   !lost
               ? page
               : CP_UTF8;
}

static void write_bytes(FILE *file, struct span text)
{
    fwrite(text.at, 1, text.len, file);
    fflush(file);
}

static void write_page(FILE *file, unsigned page, struct span text)
{
    while (text.len > 0) {
        wchar_t wide[PIECE];
        char bytes[2 * PIECE];
        size_t len = utf8_cut(text, PIECE);
        len = len == 0 ? 1 : len;
        int count = MultiByteToWideChar(CP_UTF8, 0, text.at, (int)len, wide, PIECE);
        int made = WideCharToMultiByte(page, 0, wide, count, bytes, sizeof bytes, NULL, NULL);
        if (count <= 0 || made <= 0) {
            return;
        }
        write_bytes(file, (struct span){bytes, (size_t)made});
        text.at += len;
        text.len -= len;
    }
}

/* `words`: it is for a person, in the language spoken. */
static void write_to(FILE *file, DWORD which, struct span text, bool words)
{
    HANDLE handle = GetStdHandle(which);
    DWORD mode;
    unsigned page;
    fflush(file);
    if (GetConsoleMode(handle, &mode)) {
        write_console(handle, text);
    } else if (words && console_in_thai() && (page = page_of_pipe(handle)) != CP_UTF8) {
        write_page(file, page, text);
    } else {
        write_bytes(file, text);
    }
}

/* ---- language ---- */

static enum console_language spoken = CONSOLE_ENGLISH;

void console_speak(enum console_language language)
{
    spoken = language;
}

enum console_language console_language(void)
{
    return PRIMARYLANGID(GetUserDefaultUILanguage()) == LANG_THAI ? CONSOLE_THAI : CONSOLE_ENGLISH;
}

const char *console_say(const char *english)
{
    const char *thai = spoken == CONSOLE_THAI ? words_thai(english) : NULL;
    return thai != NULL ? thai : english;
}

const char *console_reason(const char *english, char out[REASON_MAX])
{
    return reason_shown(english, spoken == CONSOLE_THAI, out);
}

bool console_in_thai(void)
{
    return spoken == CONSOLE_THAI;
}

const char *console_stop(void)
{
    return spoken == CONSOLE_THAI ? "" : ".";
}

/* Columns that a text takes: vowels and tones above and below a Thai consonant take none. */
static size_t columns_of(const char *text)
{
    size_t count = 0;
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
        /* U+0E31, U+0E34 … U+0E3A, U+0E47 … U+0E4E: E0 B8 B1, E0 B8 B4 … BA, E0 B9 87 … 8E */
        bool above = at[0] == 0xE0 &&
                     ((at[1] == 0xB8 && (at[2] == 0xB1 || (at[2] >= 0xB4 && at[2] <= 0xBA))) ||
                      (at[1] == 0xB9 && at[2] >= 0x87 && at[2] <= 0x8E));
        count += (at[0] & 0xC0) != 0x80 && !above;
    }
    return count;
}

const char *console_padded(const char *english, size_t width, char out[CONSOLE_LABEL_MAX])
{
    const char *text = console_say(english);
    size_t columns = columns_of(text);
    snprintf(out, CONSOLE_LABEL_MAX, "%.90s%*s", text, (int)(columns < width ? width - columns : 0),
             "");
    return out;
}

const char *console_label(const char *english, char out[CONSOLE_LABEL_MAX])
{
    enum { WIDTH = 16 };
    return console_padded(english, WIDTH, out);
}

enum { CONSOLE_ASKED_MAX = 1024 }; /* UTF-16 units of a line that is typed */

/* ---- printing ---- */

static void write_formatted(FILE *file, DWORD which, const char *format, va_list arguments)
{
    char text[CONSOLE_LINE_MAX];
    int len = vsnprintf(text, sizeof text, console_say(format), arguments);
    if (len > 0) {
        struct span all = {text, (size_t)len};
        if (all.len >= sizeof text) {
            all.len = utf8_cut(all, sizeof text - 1);
        }
        write_to(file, which, all, true);
    }
}

void console_print(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_formatted(stdout, STD_OUTPUT_HANDLE, format, arguments);
    va_end(arguments);
}

void console_write(struct span text)
{
    write_to(stdout, STD_OUTPUT_HANDLE, text, false);
}

void console_complain(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_formatted(stderr, STD_ERROR_HANDLE, format, arguments);
    va_end(arguments);
}

/* A line as typed, without its end; nothing is shown. */
static bool type_secret(HANDLE input, const char *prompt, char *out, size_t size, struct error *err)
{
    wchar_t wide[SECRET_MAX + 2];
    DWORD mode = 0;
    DWORD count = 0;
    console_complain("%s: ", console_say(prompt));
    GetConsoleMode(input, &mode);
    if (!SetConsoleMode(input, (mode | ENABLE_LINE_INPUT | ENABLE_PROCESSED_INPUT) &
                                   ~(DWORD)ENABLE_ECHO_INPUT)) {
        return wide_error(err, GetLastError(), console_say("cannot hide what is typed"));
    }
    BOOL read = ReadConsoleW(input, wide, SECRET_MAX + 1, &count, NULL);
    DWORD code = GetLastError();
    SetConsoleMode(input, mode);
    console_complain("\n");
    bool fine = true;
    if (!read) {
        fine = wide_error(err, code, console_say("cannot read what is typed"));
    } else {
        while (count > 0 && (wide[count - 1] == L'\r' || wide[count - 1] == L'\n')) {
            count--;
        }
        wide[count] = L'\0';
        fine = wide_to_utf8(wide, out, size, err);
    }
    secret_wipe(wide, sizeof wide);
    return fine;
}

static bool read_secret(char *out, size_t size, struct error *err)
{
    char line[SECRET_MAX + 8];
    bool fine = fgets(line, sizeof line, stdin) != NULL;
    struct span text = span_of(fine ? line : "");
    bool whole = text.len + 1 < sizeof line;
    text = utf8_without_bom(text);
    while (text.len > 0 && (text.at[text.len - 1] == '\n' || text.at[text.len - 1] == '\r')) {
        text.len--;
    }
    fine = fine && whole && utf8_valid(text) && span_copy(text, out, size);
    secret_wipe(line, sizeof line);
    return fine ||
           error_set(err, ERR_INVALID, 0,
                     console_say("no password of at most %d bytes of UTF-8 came from the input"),
                     SECRET_MAX - 1);
}

bool console_password(const char *prompt, char *out, size_t size, struct error *err)
{
    HANDLE input = GetStdHandle(STD_INPUT_HANDLE);
    DWORD mode;
    bool fine = GetConsoleMode(input, &mode) ? type_secret(input, prompt, out, size, err)
                                             : read_secret(out, size, err);
    if (!fine) {
        secret_wipe(out, size);
        out[0] = '\0';
    }
    return fine;
}

/* From the keyboard as UTF-16: the C library's would come in the console's code page. */
static bool read_line(char *out, size_t size)
{
    HANDLE input = GetStdHandle(STD_INPUT_HANDLE);
    DWORD mode;
    DWORD count = 0;
    wchar_t wide[CONSOLE_ASKED_MAX];
    if (!GetConsoleMode(input, &mode)) {
        return fgets(out, (int)size, stdin) != NULL;
    }
    if (!ReadConsoleW(input, wide, HB_COUNT(wide) - 1, &count, NULL) || count == 0) {
        return false;
    }
    wide[count] = L'\0';
    if (!wide_to_utf8(wide, out, size, NULL)) {
        out[0] = '\0';
    }
    return true;
}

bool console_ask(const char *prompt, const char *now, char *out, size_t size)
{
    char line[3 * CONSOLE_ASKED_MAX];
    for (;;) {
        console_print("%s", console_say(prompt));
        if (now[0] != '\0') {
            console_print(" [%s]", now);
        }
        console_print(": ");
        if (!read_line(line, sizeof line)) {
            console_print("\n");
            return false;
        }
        struct span text = span_trim(utf8_without_bom(span_of(line)));
        if (utf8_valid(text) && span_copy(text, out, size)) {
            return true;
        }
    }
}

bool console_secret(const char *prompt, char *out, size_t size, struct error *err)
{
    HANDLE input = GetStdHandle(STD_INPUT_HANDLE);
    DWORD mode;
    bool fine;
    if (GetConsoleMode(input, &mode)) {
        char again[SECRET_MAX];
        fine = type_secret(input, prompt, out, size, err) &&
               type_secret(input, "The same again", again, sizeof again, err);
        if (fine && strcmp(out, again) != 0) {
            fine = error_set(err, ERR_INVALID, 0, console_say("the two are not the same"));
        }
        secret_wipe(again, sizeof again);
    } else {
        fine = read_secret(out, size, err);
    }
    if (fine && out[0] == '\0') {
        fine = error_set(err, ERR_INVALID, 0, console_say("the password is empty"));
    }
    if (!fine) {
        secret_wipe(out, size);
    }
    return fine;
}

const char *console_time(int64_t unix_s, char out[CONSOLE_TIME_MAX])
{
    static const int64_t epoch = 116444736000000000; /* 1970 in FILETIME's count from 1601 */
    ULARGE_INTEGER ticks;
    FILETIME file;
    SYSTEMTIME utc;
    SYSTEMTIME local;
    ticks.QuadPart = (ULONGLONG)(unix_s * 10000000 + epoch);
    file.dwLowDateTime = ticks.LowPart;
    file.dwHighDateTime = ticks.HighPart;
    if (unix_s <= 0 || !FileTimeToSystemTime(&file, &utc) ||
        !SystemTimeToTzSpecificLocalTime(NULL, &utc, &local)) {
        snprintf(out, CONSOLE_TIME_MAX, "-");
    } else {
        snprintf(out, CONSOLE_TIME_MAX, "%04u-%02u-%02u %02u:%02u:%02u", local.wYear % 10000u,
                 local.wMonth % 100u, local.wDay % 100u, local.wHour % 100u, local.wMinute % 100u,
                 local.wSecond % 100u);
    }
    return out;
}

bool console_agree(const char *question)
{
    char line[16] = "";
    console_print("%s [y/N] ", console_say(question));
    if (fgets(line, sizeof line, stdin) == NULL) {
        console_print("\n");
        return false;
    }
    struct span answer = span_trim(span_of(line));
    return span_equal_nocase(answer, SPAN("y")) || span_equal_nocase(answer, SPAN("yes"));
}
