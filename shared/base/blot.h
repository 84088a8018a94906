/*
 * blot: makes what stands around somebody's number unreadable, where a text was not understood and
 * nobody can say what else in it is his.
 *
 * Nothing here allocates, blocks or fails. Any thread.
 */
#ifndef HIPBRIDGE_BLOT_H
#define HIPBRIDGE_BLOT_H

#include "base/text.h"

/* A byte that no PIN holds, and that parts one from what stands beside it; a byte of UTF-8 above
 * 0x7F is part of one. */
bool blot_parts(char byte);

/* Whether this is the number of somebody who is to be made unreadable. `word` is as it stands there
 * and, where it has zeros in front, asked for without them too. */
typedef bool blot_goes(void *context, struct span word);

/* One number, as such a context. */
struct blot_one {
    const char *number;
};
bool blot_is_one(void *context, struct span word);

/* Bytes of a number that is one wherever it stands; and the least that has so many. */
enum { BLOT_SURE_LEN = 4, BLOT_SURE_NUMBER = 1000, BLOT_LONG_NUMBER = 999999999 };

/*
 * Replaces, in place, each letter and digit by x in every piece that names such a number; returns
 * how many pieces that were. A piece is a line (a unit separator, 1F, ends one too), or what stands
 * in the innermost braces.
 *
 * Words are what PINs are made of (punch_user_valid). A word of BLOT_SURE_LEN or more is a number
 * wherever it stands. A shorter one may be anything (a code, an hour, the line's own number): it is
 * one only where it is said to be, behind "PIN", "user_id", "UserID" or "EnrollNumber" with = or :,
 * or at the beginning of a line with a tab behind it, as ATTLOG has it.
 *
 * A word of 16 hexadecimal digits or more is the bytes of a record, and a piece of its own: it is
 * looked through for words of four letters and digits or more, and for numbers of 1,000 or more in
 * 32 bits, the least byte first, wherever they begin (in more than 4,096 bytes, where another than
 * blot_is_one is asked, up to BLOT_LONG_NUMBER). Where the digits are a whole record of a
 * layout that is known, and kept as one, its user is looked at too, however short his number is.
 */
size_t blot_text(char *text, size_t len, blot_goes *goes, void *context);

/* The same for what may be no text: with a NUL in it, it is looked through as the bytes of a record
 * are too, and is one piece, of which every byte is replaced. */
size_t blot_bytes(char *bytes, size_t len, blot_goes *goes, void *context);

#endif
