#include "record/batch.h"

#include <stdlib.h>
#include <string.h>

struct batch *batch_new(size_t rows, size_t text_size)
{
    struct batch *batch = calloc(1, sizeof *batch);
    if (batch == NULL) {
        return NULL;
    }
    batch->capacity = rows > 0 ? rows : 1;
    batch->text_size = text_size > PUNCH_RAW_MAX ? text_size : PUNCH_RAW_MAX;
    batch->rows = calloc(batch->capacity, sizeof *batch->rows);
    batch->text = malloc(batch->text_size);
    if (batch->rows == NULL || batch->text == NULL) {
        batch_free(batch);
        return NULL;
    }
    return batch;
}

void batch_free(struct batch *batch)
{
    if (batch == NULL) {
        return;
    }
    free(batch->rows);
    free(batch->text);
    free(batch);
}

void batch_clear(struct batch *batch)
{
    batch->count = 0;
    batch->text_used = 0;
}

bool batch_add(struct batch *batch, const struct punch_row *row)
{
    size_t len = row->punch.raw.len;
    char *text = batch->text + batch->text_used;
    if (batch->count == batch->capacity || len > batch->text_size - batch->text_used) {
        return false;
    }
    if (len > 0) {
        memcpy(text, row->punch.raw.at, len);
    }
    batch->rows[batch->count] = *row;
    batch->rows[batch->count].punch.raw = (struct span){text, len};
    batch->text_used += len;
    batch->count++;
    return true;
}
