/*
 * bridge: the program's life from the configuration to the last thread's end, the same for the
 * service and the console.
 */
#ifndef HIPBRIDGE_BRIDGE_H
#define HIPBRIDGE_BRIDGE_H

#include <windows.h>

#include <stdbool.h>

#include "record/event.h"

/*
 * How it ended: the exit code of the console and of the service. They are Windows' own numbers,
 * since services.msc shows no more of a failed start than the system's text of its number.
 */
enum bridge_end {
    BRIDGE_AS_TOLD = NO_ERROR, /* started, then stopped as it was told to */
    /* config.json is missing, unreadable or not right (event 110) */
    BRIDGE_BAD_CONFIG = ERROR_BAD_CONFIGURATION,
    BRIDGE_OUTBOX_UNUSABLE = ERROR_OPEN_FAILED, /* the outbox cannot be opened (102) */
    /* Windows' HTTP server does not run (201); a port that is taken is no end */
    BRIDGE_CANNOT_LISTEN = ERROR_SERVICE_DEPENDENCY_FAIL,
    /* the system refused a thread, memory or the like (102) */
    BRIDGE_SYSTEM_FAILED = ERROR_NO_SYSTEM_RESOURCES,
    BRIDGE_STUCK = ERROR_TIMEOUT, /* told to stop, but a thread did not end in time */
};

/* What can be asked of it while it runs; whoever asks sets an event. */
struct bridge_signals {
    HANDLE stop;     /* manual-reset */
    HANDLE sync_now; /* the others auto-reset */
    HANDLE upload_now;
    HANDLE pull_now;
    HANDLE access_now;
    HANDLE reload;
    HANDLE clock_changed; /* time change, or resume from sleep */
};

bool bridge_signals_open(struct bridge_signals *signals);
void bridge_signals_close(struct bridge_signals *signals);

enum bridge_state { BRIDGE_STARTING, BRIDGE_RUNNING, BRIDGE_STOPPING };

struct bridge_options {
    const char
        *config_path; /* NULL: config.json in the data folder, made from the default if absent */
    const struct event_sink *events;
    const struct bridge_signals *signals;
    bool guarded; /* the service: its files are for SYSTEM and Administrators, privileges are given
                     up */
    /* Told at each step of starting and stopping, at least every BRIDGE_TICK_MS while waiting. */
    void (*state)(void *context, enum bridge_state state);
    void *context;
};

enum { BRIDGE_TICK_MS = 500, BRIDGE_STOP_MS = 4500 };

/*
 * Starts everything, waits for `stop`, stops everything within BRIDGE_STOP_MS. Reports what there
 * is to report.
 */
enum bridge_end bridge_run(const struct bridge_options *options);

#endif
