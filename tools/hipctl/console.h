/*
 * console: what hipctl says and asks.
 *
 * Text is UTF-8. On a console it is written by WriteConsoleW, whatever its code page; into a file
 * go the UTF-8 bytes. So they go into a pipe, but for Thai where the console's code page has it
 * (874): `more`, `findstr` and PowerShell read a pipe in that. What console_write is given is for
 * programs, and always UTF-8. One thread.
 */
#ifndef HIPCTL_CONSOLE_H
#define HIPCTL_CONSOLE_H

#include "base/error.h"
#include "base/portability.h"
#include "base/text.h"
#include "words/reason.h"

/* What hipctl speaks: English unless it is told otherwise. */
enum console_language { CONSOLE_ENGLISH, CONSOLE_THAI };
void console_speak(enum console_language language);
/* Of the words of this PC's user: Windows' display language. */
enum console_language console_language(void);

/* A text of hipctl's in the language spoken; what words.c does not have stays as it is. Formats are
 * looked up by console_print and console_complain themselves: their arguments alone are the
 * caller's. */
HB_FORMAT_OF(1)
const char *console_say(const char *english);

/* A reason (struct error, of what was set aside, of the service's) in the language spoken. The
 * catalogue of shared/words has its Thai words; what it does not have stays as it is. */
const char *console_reason(const char *english, char out[REASON_MAX]);

/* For what has its own words in both languages. */
bool console_in_thai(void);

/* What ends a sentence: Thai has no full stop. */
const char *console_stop(void);

/* What stands in a column, in the language spoken, filled up with blanks to its width as it is
 * seen; returns out. A label is one in front of a value. */
enum { CONSOLE_LABEL_MAX = 128 };
const char *console_padded(const char *english, size_t width, char out[CONSOLE_LABEL_MAX]);
const char *console_label(const char *english, char out[CONSOLE_LABEL_MAX]);

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

/* The same, asked for once, and it may be empty; false leaves it so. */
bool console_password(const char *prompt, char *out, size_t size, struct error *err);

/* A line, trimmed; `now`, where it isn't empty, stands behind the prompt in brackets. One that is
 * too long or no UTF-8 is asked for again. False at the input's end. */
bool console_ask(const char *prompt, const char *now, char *out, size_t size);

/* Asks, and whether "y" or "yes" was typed; no where there is no keyboard. */
bool console_agree(const char *question);

/* A Unix time as this PC's clock shows it, "YYYY-MM-DD HH:MM:SS"; "-" for 0. */
enum { CONSOLE_TIME_MAX = 20 };
const char *console_time(int64_t unix_s, char out[CONSOLE_TIME_MAX]);

#endif
