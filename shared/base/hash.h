/*
 * hash: bytes become 64 bits (FNV-1a) that are the same on every PC and in every version, so that
 * they may be remembered, or spread what would else come at once. Who can choose the bytes can
 * choose the hash: nothing that has to be safe from somebody hangs on it (system/keyhash.h).
 *
 *     uint64_t hash = hash_text(HASH_BEGIN, name);
 *     hash = hash_bytes(hash, &number, sizeof number);
 *
 * Nothing here allocates, blocks or fails. Any thread.
 */
#ifndef HIPBRIDGE_HASH_H
#define HIPBRIDGE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_BEGIN UINT64_C(0xCBF29CE484222325)

/* Of what was hashed before and these; bytes may be NULL when size is 0. */
uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size);

/* With its terminator, so that two texts cannot run into each other. */
uint64_t hash_text(uint64_t hash, const char *text);

#endif
