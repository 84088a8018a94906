/*
 * upload: the thread that carries punches from the outbox to the database (uploader does the work;
 * this waits for it to be due).
 */
#ifndef HIPBRIDGE_UPLOAD_H
#define HIPBRIDGE_UPLOAD_H

#include <windows.h>

#include "config/config.h"
#include "record/event.h"

struct upload_events {
    HANDLE appended; /* auto-reset; set by whoever appends */
    HANDLE hurry;    /* auto-reset; "upload now" */
    HANDLE tell;     /* auto-reset; what is wrong has changed: head office is told */
    /* auto-reset; set here after each step that moved the cursor or found nothing */
    HANDLE advanced;
    HANDLE sync_now, access_now, pull_now; /* auto-reset; set here when head office orders it */
};

struct upload;

/*
 * Opens its own connection to the outbox and starts the thread. All arguments must outlive it (the
 * handles are copied). NULL on failure.
 */
struct upload *upload_start(const struct config *config, const struct event_sink *events,
                            const struct upload_events *handles, struct error *err);

/* Asks the thread to end, interrupting the database, and returns its handle to wait for. */
HANDLE upload_stop(struct upload *upload);

/* Once the thread has ended. NULL is fine. */
void upload_free(struct upload *upload);

#endif
