/*
 * batch: punches on their way from the outbox to the database, with the ids that the outbox knows
 * them by. Belongs to one thread.
 */
#ifndef HIPBRIDGE_BATCH_H
#define HIPBRIDGE_BATCH_H

#include <stddef.h>

#include "record/punch.h"

struct batch {
    struct punch_row *rows; /* raw points into `text` */
    size_t count;
    size_t capacity;
    char *text;
    size_t text_size;
    size_t text_used;
};

/* A batch of at most `rows` rows and `text_size` bytes of raw text (≥ PUNCH_RAW_MAX). NULL: no
 * memory. */
struct batch *batch_new(size_t rows, size_t text_size);
void batch_free(struct batch *batch); /* NULL is fine */

/* Empties it. */
void batch_clear(struct batch *batch);

/*
 * Adds the row and copies its raw text into the batch's. False, and nothing changes: a row or its
 * text finds no room.
 */
bool batch_add(struct batch *batch, const struct punch_row *row);

#endif
