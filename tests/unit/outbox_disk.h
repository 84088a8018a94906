/*
 * outbox_disk: looks through the files of the scratch outbox as they lie on the disk, free pages
 * and log and all.
 */
#ifndef HIPBRIDGE_TEST_OUTBOX_DISK_H
#define HIPBRIDGE_TEST_OUTBOX_DISK_H

#include <stdlib.h>

#include "scratch_outbox.h"

/* How often the bytes stand in one of them: "", "-wal". */
static inline size_t on_disk(const char *suffix, struct span bytes)
{
    char path[FILE_PATH_MAX];
    size_t count = 0;
    snprintf(path, sizeof path, "%s%s", scratch_path("outbox.db"), suffix);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return 0;
    }
    assert_int_equal(0, fseek(file, 0, SEEK_END));
    size_t size = (size_t)ftell(file);
    char *all = malloc(size + 1);
    assert_non_null(all);
    rewind(file);
    assert_int_equal(size, fread(all, 1, size, file));
    fclose(file);
    for (size_t i = 0; i + bytes.len <= size; i++) {
        count += memcmp(all + i, bytes.at, bytes.len) == 0;
    }
    free(all);
    return count;
}

static inline size_t anywhere(struct span bytes)
{
    return on_disk("", bytes) + on_disk("-wal", bytes);
}

#endif
