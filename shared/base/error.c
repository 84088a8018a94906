#include "base/error.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

/*
 * Formats into out[ERROR_TEXT_MAX]. Through a buffer of its own, since an argument may well be the
 * text of the error that is being filled; and cleaned, since the system's words end in line ends.
 */
static void format_text(char *out, const char *format, va_list arguments)
{
    /* vsnprintf cuts at a byte: with four to spare utf8_clean cuts earlier, between characters. */
    char raw[ERROR_TEXT_MAX + 4];
    if (vsnprintf(raw, sizeof raw, format, arguments) < 0) {
        raw[0] = '\0';
    }
    size_t kept = strlen(raw);
    while (kept > 0 && (raw[kept - 1] == '\r' || raw[kept - 1] == '\n')) {
        kept--;
    }
    utf8_clean((struct span){raw, kept}, out, ERROR_TEXT_MAX);
}

bool error_set(struct error *err, enum error_kind kind, long code, const char *format, ...)
{
    if (err == NULL) {
        return false;
    }
    char text[ERROR_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    format_text(text, format, arguments);
    va_end(arguments);
    err->kind = kind;
    err->code = code;
    memcpy(err->text, text, sizeof text);
    return false;
}

bool error_prefix(struct error *err, const char *format, ...)
{
    if (err == NULL || err->kind == ERR_NONE) {
        return false;
    }
    char text[ERROR_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    format_text(text, format, arguments);
    va_end(arguments);
    size_t held = strlen(text);
    utf8_clean(span_of(err->text), text + held, sizeof text - held);
    memcpy(err->text, text, sizeof text);
    return false;
}

void error_clear(struct error *err)
{
    if (err != NULL) {
        err->kind = ERR_NONE;
        err->code = 0;
        err->text[0] = '\0';
    }
}
