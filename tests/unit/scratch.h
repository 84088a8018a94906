/*
 * scratch: files of a test's own, in a new folder, gone at its end.
 *
 *     scratch_begin();
 *     … scratch_path("outbox.db") …     a name in the folder, the same one for the same name
 *     scratch_end();
 *
 * The folder lies where HIPBRIDGE_SCRATCH says (`./dev test`: in memory), else where TEMP says,
 * else in /tmp.
 *
 * SCRATCH_TEST(name) does both around a cmocka test.
 */
#ifndef HIPBRIDGE_TEST_SCRATCH_H
#define HIPBRIDGE_TEST_SCRATCH_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef _WIN32
#include <direct.h>
#define SCRATCH_RMDIR _rmdir
#else
#include <unistd.h>
#define SCRATCH_RMDIR rmdir
#endif

#include "system/file.h"

enum { SCRATCH_NAMES_MAX = 64 };

static char scratch_root[FILE_PATH_MAX];
static char scratch_names[SCRATCH_NAMES_MAX][FILE_PATH_MAX];
static size_t scratch_count;

static inline int scratch_begin(void)
{
    static unsigned counter;
    const char *base = getenv("HIPBRIDGE_SCRATCH");
    base = base != NULL ? base : getenv("TEMP"); /* which Wine does not hand on */
    base = base != NULL ? base : "/tmp";
    do {
        snprintf(scratch_root, sizeof scratch_root, "%s/hipbridge-test-%lx-%lx-%p-%u", base,
                 (unsigned long)time(NULL), (unsigned long)clock(), (void *)&base, ++counter);
    } while (file_exists(scratch_root));
    scratch_count = 0;
    return file_make_folder(scratch_root, NULL) ? 0 : -1;
}

static inline const char *scratch_path(const char *name)
{
    char path[FILE_PATH_MAX];
    if (!file_resolve(scratch_root, name, path, sizeof path)) {
        abort();
    }
    for (size_t i = 0; i < scratch_count; i++) {
        if (strcmp(scratch_names[i], path) == 0) {
            return scratch_names[i];
        }
    }
    if (scratch_count == SCRATCH_NAMES_MAX) {
        abort();
    }
    memcpy(scratch_names[scratch_count], path, sizeof path);
    return scratch_names[scratch_count++];
}

/* Removes a file, and what SQLite and file_replace leave beside one. */
static inline void scratch_remove(const char *path)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal", ".new"};
    for (size_t i = 0; i < HB_COUNT(suffixes); i++) {
        char name[FILE_PATH_MAX + 16];
        snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        (void)remove(name);
    }
}

static inline void scratch_end(void)
{
    for (size_t i = scratch_count; i-- > 0;) {
        scratch_remove(scratch_names[i]);
        (void)SCRATCH_RMDIR(scratch_names[i]); /* when it is a folder */
    }
    (void)SCRATCH_RMDIR(scratch_root);
}

static inline int scratch_setup(void **state)
{
    (void)state;
    return scratch_begin();
}

static inline int scratch_teardown(void **state)
{
    (void)state;
    scratch_end();
    return 0;
}

#define SCRATCH_TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

/* Writes a whole file, whatever was there. */
static inline void scratch_write(const char *path, const void *bytes, size_t len)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes, 1, len, file) != len || fclose(file) != 0) {
        abort();
    }
}

#endif
