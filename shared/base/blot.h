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
 * looked through for words of four letters and digits or more (UTF-8, UTF-16), and for numbers of
 * 1,000 or more in 32 bits, the least byte first, wherever they begin. Where the digits are a whole
 * record of a layout that is known, and kept as one, its user is looked at too, however short his
 * number is; where its size alone speaks for a layout, each place of each of them.
 */
size_t blot_text(char *text, size_t len, blot_goes *goes, void *context);

/* Of what was set aside. */
struct blot_aside {
    bool by_terminal; /* a terminal sent it, so that a line begins with its user */
    /* Out: something went that may be of another: a short number that may have been meant, or the
     * end of a longer word. */
    bool guessed;
};

/*
 * The same for what was set aside, where what may name him is better gone than kept. A short word
 * goes too where it is a field by itself, in a line that says of none which is the user; the bytes
 * of a record whose layout is not certain for a short number and for the end of a word. With a NUL
 * in it it is no text: it is looked through like a record of which nothing is known, and is one
 * piece, of which every byte is replaced. What is no UTF-8, or has
 * control characters, is so too where a number in 32 bits is found, else it is lines.
 *
 * In more than 4,096 bytes, where another than blot_is_one is asked, each question has its price:
 * numbers above BLOT_LONG_NUMBER and the ends of words (and words of one to three letters) are not
 * asked for there. A record of port 4370 that names a place in a list of users ("4370 8 ") stays.
 */
size_t blot_bytes(char *bytes, size_t len, struct blot_aside *aside, blot_goes *goes,
                  void *context);

#endif
