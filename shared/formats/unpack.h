/*
 * unpack: bytes that were packed by gzip or zlib, within bounds.
 *
 * Any thread; allocates.
 */
#ifndef HIPBRIDGE_UNPACK_H
#define HIPBRIDGE_UNPACK_H

#include "base/text.h"

enum {
    UNPACK_RATIO = 100,    /* lines of punches come down to a fifth, of one person to a fiftieth; */
    UNPACK_ALWAYS = 65536, /* but so many bytes whatever the ratio */
};

/* What the first bytes say. */
bool unpack_is_packed(struct span bytes);

/*
 * Unpacks all of it: gzip (of one member or several), zlib, or, where `raw`, deflate without a
 * head. *out is the caller's to free (NULL on failure). False: it is damaged, cut short, has more
 * behind it, or would become more than `max` bytes or UNPACK_RATIO times what it is; or no memory.
 */
bool unpack(struct span packed, bool raw, size_t max, char **out, size_t *len);

#endif
