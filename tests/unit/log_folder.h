/*
 * log_folder: a log folder, its archive, an outbox and a service that makes passes over it, for the
 * tests of the room logs; all in the folder of scratch.h.
 */
#ifndef HIPBRIDGE_TEST_LOG_FOLDER_H
#define HIPBRIDGE_TEST_LOG_FOLDER_H

#ifdef _WIN32
#include <windows.h>
#else
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#endif

#include "logs/scan.h"
#include "scratch_outbox.h"
#include "system/folder.h"

enum { LOG_EVENTS_MAX = 1 << 16 };

struct log_folder {
    struct config config;
    struct outbox *outbox;
    struct scan *scan;
    struct scan_sums sums;
    size_t pending;
    char events[LOG_EVENTS_MAX]; /* "303 path\n" … */
    bool stopped;
    size_t appended;
    int64_t unix_s, steady_ms;
    void (*on_pause)(void); /* what happens while a pass pauses */
};

static struct log_folder folder;

static inline bool folder_is_stopped(void *context)
{
    (void)context;
    return folder.stopped;
}

static inline bool folder_pause(void *context, unsigned ms)
{
    (void)context;
    folder.steady_ms += ms;
    if (folder.on_pause != NULL) {
        folder.on_pause();
    }
    return !folder.stopped;
}

static inline void folder_appended(void *context)
{
    (void)context;
    folder.appended++;
}

static inline int64_t folder_unix(void *context)
{
    (void)context;
    return folder.unix_s;
}

static inline int64_t folder_steady_ms(void *context)
{
    (void)context;
    return folder.steady_ms;
}

static inline walltime folder_local(void *context, int64_t unix_s)
{
    (void)context;
    return unix_s;
}

static inline void folder_event(void *context, enum event_id id, size_t count,
                                const char *const *strings)
{
    (void)context;
    size_t used = strlen(folder.events);
    int len = snprintf(folder.events + used, sizeof folder.events - used, "%d", (int)id);
    for (size_t i = 0; i < count; i++) {
        used += (size_t)len;
        len = snprintf(folder.events + used, sizeof folder.events - used, " %s", strings[i]);
    }
    used += (size_t)len;
    snprintf(folder.events + used, sizeof folder.events - used, "\n");
}

static inline const char *log_path(const char *name)
{
    char below[LOG_NAME_MAX];
    snprintf(below, sizeof below, "alog/%s", name);
    return scratch_path(below);
}

static inline const char *archived_path(const char *name)
{
    char below[LOG_NAME_MAX];
    snprintf(below, sizeof below, "alog/processed/%s", name);
    return scratch_path(below);
}

/* As the service does when it starts. */
static inline void folder_start(void)
{
    static const struct zone zone = {folder_local, NULL};
    static const struct event_sink sink = {folder_event, NULL};
    static const struct scan_service service = {.stopped = folder_is_stopped,
                                                .pause = folder_pause,
                                                .appended = folder_appended,
                                                .unix_s = folder_unix,
                                                .steady_ms = folder_steady_ms,
                                                .zone = &zone};
    scan_free(folder.scan);
    folder.scan = scan_new(&folder.config, folder.outbox, &sink, &service, &err);
    assert_non_null(folder.scan);
}

static inline int folder_begin(void **state)
{
    (void)state;
    memset(&folder, 0, sizeof folder);
    folder.unix_s = 1700000000;
    struct config *config = &folder.config;
    assert_int_equal(scratch_begin(), 0);
    snprintf(config->sync.log_directory, sizeof config->sync.log_directory, "%s",
             scratch_path("alog"));
    snprintf(config->sync.archive_directory, sizeof config->sync.archive_directory, "%s",
             scratch_path("alog/processed"));
    snprintf(config->sync.file_pattern, sizeof config->sync.file_pattern, "*.txt");
    snprintf(config->sync.device_sn, sizeof config->sync.device_sn, "HIP_DEVICE_1");
    config->outbox.max_mb = 2048;
    DO(file_make_folder(config->sync.archive_directory, &err));
    folder.outbox = open_outbox((struct outbox_options){0});
    folder_start();
    return 0;
}

/* Whatever is left in a folder goes. */
static inline void folder_empty(const char *path)
{
    char name[LOG_NAME_MAX];
    char whole[FILE_PATH_MAX];
    struct folder_list *list = folder_list_open(path, NULL);
    while (list != NULL && folder_list_next(list, name, NULL)) {
        assert_true(file_resolve(path, name, whole, sizeof whole));
        (void)remove(whole);
    }
    folder_list_close(list);
}

static inline int folder_end(void **state)
{
    (void)state;
    scan_free(folder.scan);
    folder_empty(scratch_path("alog/processed"));
    folder_empty(scratch_path("alog"));
    return drop_outbox(folder.outbox);
}

#define FOLDER_TEST(name) cmocka_unit_test_setup_teardown(name, folder_begin, folder_end)

static inline void put_log(const char *name, const char *text)
{
    scratch_write(log_path(name), text, strlen(text));
}

/* `count` punches of users 1 …, on the day given. */
static inline void put_punches(const char *name, unsigned day, unsigned count)
{
    FILE *file = fopen(log_path(name), "wb");
    assert_non_null(file);
    for (unsigned i = 0; i < count; i++) {
        fprintf(file, "%u %u %02u/01/2026 %02u:%02u:%02u 1 T\r\n", i + 1, i % 1000 + 1, day,
                i / 3600 % 24, i / 60 % 60, i % 60);
    }
    assert_int_equal(fclose(file), 0);
}

static inline void pass(enum scan_kind kind)
{
    error_clear(&err);
    folder.sums = (struct scan_sums){0};
    DO(scan_pass(folder.scan, kind, &folder.sums, &folder.pending, &err));
}

/* The uploader has got so far. */
static inline void upload_to(int64_t id)
{
    DO(outbox_begin(folder.outbox, &err));
    DO(outbox_advance(folder.outbox, id, 5000, &err));
    DO(outbox_commit(folder.outbox, &err));
}

static inline void upload_all(void)
{
    struct outbox_counts counts;
    DO(outbox_counts(folder.outbox, &counts, &err));
    upload_to(counts.last_id);
}

static inline int64_t punches_held(void)
{
    return query(folder.outbox, "SELECT COUNT(*) FROM punch");
}

static inline bool there(const char *path)
{
    return file_exists(path);
}

/* Fails unless the file holds exactly this. */
static inline void check_bytes(const char *path, const char *expected)
{
    char *bytes = NULL;
    size_t len = 0;
    DO(file_read(path, 1 << 20, &bytes, &len, &err));
    CHECK_TEXT(path, expected, bytes);
    free(bytes);
}

/* ---- another program that writes to a log ---- */

struct writer {
    FILE *file;
};

static inline struct writer writer_open(const char *name)
{
    struct writer writer = {fopen(log_path(name), "ab")};
    assert_non_null(writer.file);
#ifndef _WIN32
    assert_int_equal(flock(fileno(writer.file), LOCK_EX | LOCK_NB), 0);
#endif
    return writer;
}

static inline void writer_close(struct writer *writer)
{
    assert_int_equal(fclose(writer->file), 0);
}

#endif
