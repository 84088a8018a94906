/*
 * console: what hipctl says and asks.
 *
 * Text is UTF-8. On a console it is written by WriteConsoleW, whatever its code page; into a file
 * or a pipe go the UTF-8 bytes. One thread.
 */
#ifndef HIPCTL_CONSOLE_H
#define HIPCTL_CONSOLE_H

#include "base/error.h"
#include "base/portability.h"
#include "base/text.h"

/* To the standard output. A text that does not fit CONSOLE_LINE_MAX is cut. */
enum { CONSOLE_LINE_MAX = 8192 };
HB_PRINTF(1, 2)
void console_print(const char *format, ...);

/* The same, any length, as it is. */
void console_write(struct span text);

/* To the standard error output. */
HB_PRINTF(1, 2)
void console_complain(const char *format, ...);

/*
 * A secret from the keyboard, not shown, asked for twice; when the input is no console: its first
 * line, without the line end. Fails with ERR_INVALID when it is empty, too long or not the same
 * twice.
 */
bool console_secret(const char *prompt, char *out, size_t size, struct error *err);

/* Asks, and whether "y" or "yes" was typed; no where there is no keyboard. */
bool console_agree(const char *question);

/* A Unix time as this PC's clock shows it, "YYYY-MM-DD HH:MM:SS"; "-" for 0. */
enum { CONSOLE_TIME_MAX = 20 };
const char *console_time(int64_t unix_s, char out[CONSOLE_TIME_MAX]);

#endif
