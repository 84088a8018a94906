/*
 * wide: the edge between UTF-8 inside and UTF-16 at the Windows calls. Windows only.
 */
#ifndef HIPBRIDGE_WIDE_H
#define HIPBRIDGE_WIDE_H

#include <stddef.h>
#include <wchar.h>

#include "base/error.h"
#include "base/text.h"

/*
 * UTF-8 to UTF-16 and back, into the caller's buffer, terminated. False (ERR_INVALID) when the text
 * does not fit. Ill-formed sequences become U+FFFD.
 */
bool wide_from_utf8(const char *text, wchar_t *out, size_t count, struct error *err);
bool wide_to_utf8(const wchar_t *text, char *out, size_t size, struct error *err);

/*
 * Fills err with "<what>: <the system's words> (<code>)" for a Windows error code and the
 * error_kind that fits it, and returns false.
 */
HB_PRINTF(3, 4)
bool wide_error(struct error *err, unsigned long code, const char *format, ...);

/*
 * Windows' words for an error in Thai, where `words` are its English ones for this number and this
 * Windows has the Thai ones (a Thai display language on an English Windows, whose services speak
 * English). For reason_ask (words/reason.h).
 */
bool wide_in_thai(struct span words, long number, char *out, size_t size);

/*
 * Makes a text harmless as an argument of an event: Event Viewer takes a % with a number behind it
 * inside an argument for a place of its own (ReportEvent's documentation), so that a terminal or a
 * file could have an event say another thing. Such a % becomes U+FF05, which looks the same.
 */
void wide_disarm(wchar_t *text);

/* The process's arguments as UTF-8. Frees with one free(). NULL when memory is short. */
char **wide_arguments(int *count);

#endif
