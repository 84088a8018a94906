/*
 * watch: what is wrong, kept and told.
 *
 * Every event passes through here on its way to the Event Log, and is kept in the outbox where page
 * and hipctl find it (concern.h). A thread of its own looks now and then what is wrong in all; when
 * the level changes, or something new is wrong, and that has lasted a minute, it tells of it
 * (event 120).
 *
 * The sink may be called from any thread and before watch_start; it blocks on nothing but the sink
 * that it passes on to.
 */
#ifndef HIPBRIDGE_WATCH_H
#define HIPBRIDGE_WATCH_H

#include <windows.h>

#include "config/config.h"
#include "record/event.h"

struct watch;

/* Passes events on to `events`, which must outlive it. NULL: no memory. */
struct watch *watch_new(const struct event_sink *events);
const struct event_sink *watch_sink(struct watch *watch);

/* Starts the thread; `config` must outlive it. `changed` is set when the worst that is wrong is
 * another than before, or over. What was told before is kept from now on. */
bool watch_start(struct watch *watch, const struct config *config, HANDLE changed,
                 struct error *err);

/* Has the thread end: to be waited for, then watch_ended. NULL where none runs. What is told
 * afterwards is kept by the next watch_start. */
HANDLE watch_stop(struct watch *watch);
void watch_ended(struct watch *watch);

/* Its thread has ended, or never ran. NULL is fine. */
void watch_free(struct watch *watch);

#endif
