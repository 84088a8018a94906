/*
 * access: the thread that reads the vendor's own database every few seconds.
 *
 * What a round does is vendor/vendor.h, what is told of it vendor/vendor_tell.h. It waits on a
 * waitable timer and on its events, and ends within a second: a round asks at each page.
 */
#ifndef HIPBRIDGE_ACCESS_THREAD_H
#define HIPBRIDGE_ACCESS_THREAD_H

#include <windows.h>

#include "config/config.h"
#include "record/event.h"

/* All auto-reset. */
struct access_events {
    HANDLE appended; /* set here when new punches wait */
    HANDLE now;      /* what has come since is asked for: two rounds, as close as may be */
};

struct access_thread;

/*
 * Opens its own connection to the outbox and starts the thread. All arguments must outlive it (the
 * handles are copied). NULL on failure.
 */
struct access_thread *access_start(const struct config *config, const struct event_sink *events,
                                   const struct access_events *handles, struct error *err);

/* Asks the thread to end and returns its handle to wait for. */
HANDLE access_stop(struct access_thread *thread);

/* Once the thread has ended. NULL is fine. */
void access_free(struct access_thread *thread);

#endif
