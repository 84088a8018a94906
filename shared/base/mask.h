/*
 * mask: a text whose shape stays and whose names and numbers go: for a report that is handed on.
 *
 * Nothing here allocates, blocks or fails. Any thread.
 */
#ifndef HIPBRIDGE_MASK_H
#define HIPBRIDGE_MASK_H

#include "base/text.h"

/*
 * Replaces, in place, each digit by 9, each ASCII letter by x and each byte of any other letter by
 * x, but for the names of keys (a word before a = or, in quotes, before a colon), AM and PM, and
 * dates and times of day (digits with at least two of - : / . between them).
 */
void mask_text(char *text, size_t len);

#endif
