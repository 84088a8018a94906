/*
 * leftovers: files beside the outbox that were kept for somebody to look at: an outbox that was
 * damaged, the bytes of a terminal's memory that could not be read.
 *
 * They hold what people did, in a form that nobody can search. Blocks on the disk.
 */
#ifndef HIPBRIDGE_LEFTOVERS_H
#define HIPBRIDGE_LEFTOVERS_H

#include <stdint.h>

#include "base/error.h"

enum { LEFTOVERS_DAYS = 30 }; /* bytes of a terminal's memory are kept so long */

/* Whether a file of this name is one, for an outbox of that name (both without their folder). */
bool leftovers_is(const char *name, const char *outbox);

/* Removes bytes of terminals' memories that were last written before before_s (Unix seconds);
 * damaged outboxes stay, since punches may have to be taken from them. *count says how many. */
bool leftovers_expire(const char *outbox_path, int64_t before_s, size_t *count, struct error *err);

#endif
