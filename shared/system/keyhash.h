/*
 * keyhash: a digest that only who has the key can make: what is hashed cannot be looked up in a
 * list made beforehand, and two keys tell nothing of each other.
 *
 * The first eight bytes of HMAC-SHA-256 (RFC 2104, RFC 4231), by Windows' own library; a twin for
 * the host by OpenSSL. It is no protection against who has the key and tries out all inputs there
 * can be. Any thread; does not block.
 */
#ifndef HIPBRIDGE_KEYHASH_H
#define HIPBRIDGE_KEYHASH_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { KEYHASH_KEY = 16 }; /* bytes, random ones */

/* False: the library would not (ERR_MEMORY, with its own number); nothing is written. */
bool keyhash(const uint8_t key[KEYHASH_KEY], const void *bytes, size_t len, uint64_t *hash,
             struct error *err);

#endif
