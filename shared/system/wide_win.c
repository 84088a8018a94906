#include <windows.h>

#include <shellapi.h>

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "system/wide.h"

static int bounded(size_t size)
{
    return size > INT_MAX ? INT_MAX : (int)size;
}

bool wide_from_utf8(const char *text, wchar_t *out, size_t count, struct error *err)
{
    /* Without MB_ERR_INVALID_CHARS ill-formed sequences become U+FFFD. */
    if (MultiByteToWideChar(CP_UTF8, 0, text, -1, out, bounded(count)) > 0) {
        return true;
    }
    if (count > 0) {
        out[0] = L'\0';
    }
    return error_set(err, ERR_INVALID, (long)GetLastError(), "too long: \"%.200s\"", text);
}

bool wide_to_utf8(const wchar_t *text, char *out, size_t size, struct error *err)
{
    if (WideCharToMultiByte(CP_UTF8, 0, text, -1, out, bounded(size), NULL, NULL) > 0) {
        return true;
    }
    if (size > 0) {
        out[0] = '\0';
    }
    return error_set(err, ERR_INVALID, (long)GetLastError(), "a text of the system's is too long");
}

static const struct {
    DWORD code;
    enum error_kind kind;
} kinds[] = {
    {ERROR_FILE_NOT_FOUND, ERR_NOT_FOUND},
    {ERROR_PATH_NOT_FOUND, ERR_NOT_FOUND},
    {ERROR_INVALID_DRIVE, ERR_NOT_FOUND},
    {ERROR_BAD_NETPATH, ERR_NOT_FOUND},
    {ERROR_BAD_NET_NAME, ERR_NOT_FOUND},
    {ERROR_SERVICE_DOES_NOT_EXIST, ERR_NOT_FOUND},
    {ERROR_NOT_FOUND, ERR_NOT_FOUND},
    {ERROR_FILE_EXISTS, ERR_EXISTS},
    {ERROR_ALREADY_EXISTS, ERR_EXISTS},
    {ERROR_SERVICE_EXISTS, ERR_EXISTS},
    {ERROR_SHARING_VIOLATION, ERR_BUSY},
    {ERROR_LOCK_VIOLATION, ERR_BUSY},
    {ERROR_BUSY, ERR_BUSY},
    {ERROR_NOT_READY, ERR_BUSY},
    {ERROR_ACCESS_DENIED, ERR_DENIED},
    {ERROR_PRIVILEGE_NOT_HELD, ERR_DENIED},
    {ERROR_WRITE_PROTECT, ERR_DENIED},
    {ERROR_NETWORK_ACCESS_DENIED, ERR_DENIED},
    {ERROR_DISK_FULL, ERR_FULL},
    {ERROR_HANDLE_DISK_FULL, ERR_FULL},
    {ERROR_FILE_CORRUPT, ERR_CORRUPT},
    {ERROR_DISK_CORRUPT, ERR_CORRUPT},
    {ERROR_CRC, ERR_CORRUPT},
    {ERROR_NOT_ENOUGH_MEMORY, ERR_MEMORY},
    {ERROR_OUTOFMEMORY, ERR_MEMORY},
    {ERROR_COMMITMENT_LIMIT, ERR_MEMORY},
    {ERROR_INVALID_NAME, ERR_INVALID},
    {ERROR_FILENAME_EXCED_RANGE, ERR_INVALID},
    {ERROR_OPERATION_ABORTED, ERR_STOPPED},
};

static enum error_kind kind_of(DWORD code)
{
    for (size_t i = 0; i < HB_COUNT(kinds); i++) {
        if (kinds[i].code == code) {
            return kinds[i].kind;
        }
    }
    return ERR_SYSTEM;
}

/* The system's words in a language (0: by the thread), without what ends a sentence; false: none.
 */
static bool system_words(unsigned long code, DWORD language, char *out, size_t size)
{
    wchar_t wide[256];
    DWORD length = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS |
                                      FORMAT_MESSAGE_MAX_WIDTH_MASK,
                                  NULL, code, language, wide, (DWORD)HB_COUNT(wide), NULL);
    while (length > 0 && (wide[length - 1] <= L' ' || wide[length - 1] == L'.')) {
        length--;
    }
    wide[length < HB_COUNT(wide) ? length : HB_COUNT(wide) - 1] = L'\0';
    return length > 0 && wide_to_utf8(wide, out, size, NULL);
}

bool wide_in_thai(struct span words, long number, char *out, size_t size)
{
    char english[768];
    return number > 0 &&
           system_words((unsigned long)number, MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US),
                        english, sizeof english) &&
           span_equal(words, span_of(english)) &&
           system_words((unsigned long)number, MAKELANGID(LANG_THAI, SUBLANG_DEFAULT), out, size);
}

bool wide_error(struct error *err, unsigned long code, const char *format, ...)
{
    char what[ERROR_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    if (vsnprintf(what, sizeof what, format, arguments) < 0) {
        what[0] = '\0';
    }
    va_end(arguments);

    char words[768];
    if (!system_words(code, 0, words, sizeof words)) {
        return error_set(err, kind_of(code), (long)code, "%s: system error %lu", what, code);
    }
    return error_set(err, kind_of(code), (long)code, "%s: %s (%lu)", what, words, code);
}

char **wide_arguments(int *count)
{
    char **result = NULL;
    int found = 0;
    *count = 0;
    wchar_t **wide = CommandLineToArgvW(GetCommandLineW(), &found);
    if (wide == NULL) {
        return NULL;
    }
    /* One block: the pointers, a NULL behind them, then the texts. */
    size_t size = ((size_t)found + 1) * sizeof *result;
    for (int i = 0; i < found; i++) {
        int need = WideCharToMultiByte(CP_UTF8, 0, wide[i], -1, NULL, 0, NULL, NULL);
        if (need <= 0) {
            goto release;
        }
        size += (size_t)need;
    }
    result = malloc(size);
    if (result == NULL) {
        goto release;
    }
    char *text = (char *)(result + found + 1);
    char *end = (char *)result + size;
    for (int i = 0; i < found; i++) {
        result[i] = text;
        text += WideCharToMultiByte(CP_UTF8, 0, wide[i], -1, text, bounded((size_t)(end - text)),
                                    NULL, NULL);
    }
    result[found] = NULL;
    *count = found;

release:
    LocalFree(wide);
    return result;
}

void wide_disarm(wchar_t *text)
{
    for (wchar_t *at = text; at[0] != L'\0'; at++) {
        if (at[0] == L'%' && (at[1] == L'%' || (at[1] >= L'0' && at[1] <= L'9'))) {
            at[0] = 0xFF05;
        }
    }
}
