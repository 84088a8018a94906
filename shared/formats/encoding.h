/*
 * encoding: the text encodings that log files come in, to UTF-8.
 *
 * Small tables of our own, so that a file reads the same whatever Windows' language is.
 * Nothing here allocates, blocks or fails. Any thread.
 */
#ifndef HIPBRIDGE_ENCODING_H
#define HIPBRIDGE_ENCODING_H

#include "base/text.h"

enum encoding {
    ENCODING_AUTO, /* told from the bytes, see encoding_line */
    ENCODING_UTF8,
    ENCODING_UTF16LE,
    ENCODING_UTF16BE,
    ENCODING_874,  /* Windows-874, Thai */
    ENCODING_1252, /* Windows-1252, Western Europe */
};

enum { ENCODING_GROWTH = 3 }; /* bytes of UTF-8 that one byte of a line can become, at most */

/*
 * One line of a file that is not UTF-16, as UTF-8: the line itself, or in out[ENCODING_GROWTH *
 * line.len] where it had to be converted. Automatically: a line that is well-formed UTF-8 is taken
 * as such; else it is Windows-874, or Windows-1252 should it hold bytes that 874 does not have.
 */
struct span encoding_line(enum encoding encoding, struct span line, char *out);

#endif
