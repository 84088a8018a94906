/*
 * percent: the escapes of addresses and forms. Nothing here allocates, blocks or fails. Any thread.
 */
#ifndef HIPBRIDGE_PERCENT_H
#define HIPBRIDGE_PERCENT_H

#include "base/text.h"

/* The value of a hexadecimal digit, or -1. */
int percent_digit(char digit);

/*
 * Decodes, into out[size] where there is anything to decode (else the text itself is the result);
 * what does not fit is left out. A '%' without two digits stays what it is, and so does '+', which
 * occurs in serial numbers.
 */
struct span percent_decode(struct span text, char *out, size_t size);

#endif
