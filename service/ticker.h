/*
 * ticker: a thread of the service that waits on a waitable timer, and ends when it is told to: what
 * access, pull and sync have in common.
 *
 * Zeroed is empty. It belongs to whoever made it; its thread waits on the handles and asks
 * ticker_stopped.
 */
#ifndef HIPBRIDGE_TICKER_H
#define HIPBRIDGE_TICKER_H

#include <stdbool.h>
#include <windows.h>

#include "base/error.h"

struct ticker {
    HANDLE stop;  /* manual-reset */
    HANDLE timer; /* to be set; wakes one wait */
    HANDLE thread;
};

/* Stop, timer, and the thread: run(context), which may use both at once, and has to end soon after
 * the stop. `name` is whose it is, for the words of a failure: "access". False: Windows' own error,
 * and there is no thread; ticker_free what there is. */
bool ticker_start(struct ticker *ticker, const char *name, unsigned(__stdcall *run)(void *context),
                  void *context, struct error *err);

/* Whether it is told to stop, after waiting for so many milliseconds at most. */
bool ticker_stopped(const struct ticker *ticker, DWORD ms);

/* Tells it to stop, and does not wait: the thread's handle, to be waited for; it stays ours. From
 * any thread; once ticker_start was true. */
HANDLE ticker_stop(struct ticker *ticker);

/* The thread has ended, or was never started: by whoever made it, not by the thread itself. */
void ticker_free(struct ticker *ticker);

#endif
