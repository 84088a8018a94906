/*
 * pull: the thread that reads terminals which cannot push.
 *
 * Several at once, one connection a terminal, each step with its own deadline (net/call.h); when
 * one is visited next is terminals/rounds.h, what becomes of what it gave terminals/harvest.h. It
 * waits on a waitable timer and on its events, and ends within a second.
 */
#ifndef HIPBRIDGE_PULL_THREAD_H
#define HIPBRIDGE_PULL_THREAD_H

#include <windows.h>

#include "config/config.h"
#include "record/event.h"

/* All auto-reset. */
struct pull_events {
    HANDLE appended; /* set here when new punches wait */
    HANDLE now;      /* all terminals are to be visited now */
};

struct pull_thread;

/*
 * Opens its own connection to the outbox and starts the thread. All arguments must outlive it (the
 * handles are copied). NULL on failure.
 */
struct pull_thread *pull_start(const struct config *config, const struct event_sink *events,
                               const struct pull_events *handles, struct error *err);

/* Asks the thread to end and returns its handle to wait for. */
HANDLE pull_stop(struct pull_thread *thread);

/* Once the thread has ended. NULL is fine. */
void pull_free(struct pull_thread *thread);

#endif
