#include "system/spool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "system/spool_system.h"

enum { LARGEST = 128 << 20, COPY = 1 << 15 };

enum way { NOWHERE, WRITING, READING };

struct spool {
    FILE *file;
    enum way way; /* what was done last, */
    uint64_t at;  /* and where it ended */
    char path[FILE_PATH_MAX];
};

static bool failed(const char *path, const char *what, struct error *err)
{
    int code = errno;
    enum error_kind kind = code == ENOSPC ? ERR_FULL : ERR_SYSTEM;
    return error_set(err, kind, code, "cannot %s %s: %s", what, path, strerror(code));
}

struct spool *spool_open(const char *path, struct error *err)
{
    struct spool *spool = calloc(1, sizeof *spool);
    if (spool == NULL || !span_copy(span_of(path), spool->path, sizeof spool->path)) {
        error_set(err, ERR_MEMORY, 0, "cannot make %s: no memory", path);
        free(spool);
        return NULL;
    }
    spool->file = spool_system_open(path, err);
    if (spool->file == NULL) {
        free(spool);
        return NULL;
    }
    return spool;
}

void spool_close(struct spool *spool)
{
    struct error ignored = ERROR_INIT;
    if (spool == NULL) {
        return;
    }
    if (spool->file != NULL) {
        fclose(spool->file);
    }
    (void)file_remove(spool->path, &ignored);
    free(spool);
}

bool spool_clear(struct spool *spool, struct error *err)
{
    if (spool->file != NULL) {
        fclose(spool->file);
    }
    spool->way = NOWHERE;
    spool->file = spool_system_open(spool->path, err);
    return spool->file != NULL;
}

/* Where the last one went on to, nothing is moved: that would write out what is gathered. */
static bool go_to(struct spool *spool, enum way way, uint64_t offset, size_t len)
{
    errno = EINVAL; /* no file: spool_clear failed */
    if (spool->file == NULL || offset > LARGEST || len > LARGEST - offset) {
        return false;
    }
    bool there = spool->way == way && spool->at == offset;
    spool->way = NOWHERE; /* until it is done */
    return there || fseek(spool->file, (long)offset, SEEK_SET) == 0;
}

static void went(struct spool *spool, enum way way, uint64_t offset, size_t len)
{
    spool->way = way;
    spool->at = offset + len;
}

bool spool_write(struct spool *spool, uint64_t offset, const uint8_t *bytes, size_t len,
                 struct error *err)
{
    if (!go_to(spool, WRITING, offset, len) || fwrite(bytes, 1, len, spool->file) != len) {
        return failed(spool->path, "write to", err);
    }
    went(spool, WRITING, offset, len);
    return true;
}

bool spool_read(struct spool *spool, uint64_t offset, uint8_t *bytes, size_t len, struct error *err)
{
    if (!go_to(spool, READING, offset, len)) {
        return failed(spool->path, "read", err);
    }
    if (fread(bytes, 1, len, spool->file) != len) {
        return ferror(spool->file)
                   ? failed(spool->path, "read", err)
                   : error_set(err, ERR_CORRUPT, 0, "%s is shorter than what was written to it",
                               spool->path);
    }
    went(spool, READING, offset, len);
    return true;
}

bool spool_keep(struct spool *spool, uint64_t len, const char *path, struct error *err)
{
    uint8_t *bytes = malloc(COPY);
    FILE *out = spool_system_open(path, err);
    bool good = bytes != NULL && out != NULL;
    for (uint64_t at = 0; good && at < len;) {
        size_t part = len - at < COPY ? (size_t)(len - at) : COPY;
        good = spool_read(spool, at, bytes, part, err) &&
               (fwrite(bytes, 1, part, out) == part || failed(path, "write to", err));
        at += part;
    }
    if (bytes == NULL) {
        error_set(err, ERR_MEMORY, 0, "cannot write %s: no memory", path);
    }
    if (out != NULL && fclose(out) != 0 && good) {
        good = failed(path, "write to", err);
    }
    free(bytes);
    return good;
}
