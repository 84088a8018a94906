/*
 * sync: the thread that reads the log folder at the configured times of day.
 *
 * A waitable timer with an absolute due time, so that sleep, clock corrections and time zone
 * changes are the system's business; a run that was missed is made up as soon as it is noticed.
 */
#ifndef HIPBRIDGE_SYNC_H
#define HIPBRIDGE_SYNC_H

#include <windows.h>

#include "config/config.h"
#include "record/event.h"

/* All auto-reset. */
struct sync_events {
    HANDLE appended;      /* set here when new punches wait */
    HANDLE advanced;      /* set by the uploader: files may be through */
    HANDLE now;           /* a run is asked for */
    HANDLE clock_changed; /* time change, or resume from sleep */
};

struct sync;

/*
 * Opens its own connection to the outbox and starts the thread. All arguments must outlive it (the
 * handles are copied). NULL on failure.
 */
struct sync *sync_start(const struct config *config, const struct event_sink *events,
                        const struct sync_events *handles, struct error *err);

/* Asks the thread to end and returns its handle to wait for. */
HANDLE sync_stop(struct sync *sync);

/* Once the thread has ended. NULL is fine. */
void sync_free(struct sync *sync);

#endif
