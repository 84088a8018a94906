/*
 * spool: a file for what is too large for memory and needed for a moment, written and read at any
 * place, and gone when it is closed, unless it is kept.
 *
 * Belongs to one thread at a time. Calls block on the disk.
 */
#ifndef HIPBRIDGE_SPOOL_H
#define HIPBRIDGE_SPOOL_H

#include <stdint.h>

#include "base/error.h"
#include "system/file.h"

struct spool;

/* An empty file of this name; one that a process before left there is replaced. NULL on failure. */
struct spool *spool_open(const char *path, struct error *err);

/* Removes the file. NULL is fine. */
void spool_close(struct spool *spool);

/* It holds nothing again. */
bool spool_clear(struct spool *spool, struct error *err);

bool spool_write(struct spool *spool, uint64_t offset, const uint8_t *bytes, size_t len,
                 struct error *err);

/* Fails too where so many bytes were never written. */
bool spool_read(struct spool *spool, uint64_t offset, uint8_t *bytes, size_t len,
                struct error *err);

/* A copy of its first `len` bytes under another name, replacing what has it. */
bool spool_keep(struct spool *spool, uint64_t len, const char *path, struct error *err);

#endif
