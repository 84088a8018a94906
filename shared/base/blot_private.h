/*
 * blot_private: what blot.c (texts) and blot_record.c (bytes) share.
 */
#ifndef HIPBRIDGE_BLOT_PRIVATE_H
#define HIPBRIDGE_BLOT_PRIVATE_H

#include "base/blot.h"

enum { BLOT_SHORT_NUMBERS = BLOT_SURE_NUMBER };

/* Who is asked; and what was answered about short numbers, which stand everywhere in bytes, while
 * an answer may cost a keyed hash. */
struct blot_asking {
    blot_goes *goes;
    void *context;
    struct blot_aside *aside; /* NULL: a text of ours */
    unsigned char known[BLOT_SHORT_NUMBERS];
};

/* As blot_goes, and without the zeros in front. */
bool blot_asked(struct blot_asking *asking, struct span word);

bool blot_letter(uint8_t byte);
bool blot_nibble(char digit, uint8_t *value);

/* Whether the word is the bytes of a record: 16 hexadecimal digits or more. */
bool blot_is_hex(struct span word);

/* Whether the line begins with the words under which a record is set aside, and holds its digits
 * alone: then where these begin, else 0. */
size_t blot_record_front(struct span line);

/* Whether the digits of a record name one who goes. `front` are the words before it, `whole`:
 * nothing else stands in its line. */
bool blot_record_names(struct span front, struct span hex, bool whole, struct blot_asking *asking);

/* Whether bytes that were set aside do, of which nothing is known. */
bool blot_bytes_name(struct span bytes, struct blot_asking *asking);
/* The same of numbers in 32 bits alone. */
bool blot_numbers_name(struct span bytes, struct blot_asking *asking);

#endif
