/*
 * scan: a pass over the log folder: reads what is new into the outbox, and archives what the
 * database has in full.
 *
 * A file is read only while nobody can write to it, and read again only when its size or time has
 * changed. It is moved only when each punch in it is in the database. Memory does not grow with
 * the file or the folder. Belongs to the sync thread.
 */
#ifndef HIPBRIDGE_SCAN_H
#define HIPBRIDGE_SCAN_H

#include "config/config.h"
#include "outbox/outbox.h"
#include "record/event.h"

enum scan_kind {
    SCAN_READ,    /* read what is new or changed, archive what is through */
    SCAN_ARCHIVE, /* only archive what has been read before and is through */
};

/* Sums of passes; zero to begin with. */
struct scan_sums {
    uint64_t files; /* read */
    uint64_t fresh, known, ignored, rejected;
    uint64_t archived;
    uint64_t unread;                /* files that file_pattern leaves out, in the last SCAN_READ */
    char unread_name[LOG_NAME_MAX]; /* one of them */
};

/* What a pass needs of whoever makes it. Nothing here may fail. */
struct scan_service {
    bool (*stopped)(void *context);            /* ends a pass early */
    bool (*pause)(void *context, unsigned ms); /* false: told to stop meanwhile */
    void (*appended)(void *context);           /* new punches wait in the outbox */
    int64_t (*unix_s)(void *context);          /* now */
    int64_t (*steady_ms)(void *context);       /* of a clock that only grows */
    const struct zone *zone;                   /* for the times that people read */
    void *context;
};

struct scan;

/* All arguments must outlive the scan, `service` but for its context is copied. NULL: no memory. */
struct scan *scan_new(const struct config *config, struct outbox *outbox,
                      const struct event_sink *events, const struct scan_service *service,
                      struct error *err);
void scan_free(struct scan *scan); /* NULL is fine */

/*
 * One pass. False when the folder cannot be read (told, 302; *err says why) or it was stopped.
 * *pending says how many files have been read and wait for the database.
 */
bool scan_pass(struct scan *scan, enum scan_kind kind, struct scan_sums *sums, size_t *pending,
               struct error *err);

#endif
