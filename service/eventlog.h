/*
 * eventlog: where events end: the Windows Event Log (source HipBridge), or the console.
 *
 * The texts come from HipBridgeMessages.dll in both cases: Event Viewer renders them, and so does
 * the console. Reasons among an event's strings are in the language that Windows shows (the
 * console's: the user's), English or Thai. The sink may be called from any thread.
 */
#ifndef HIPBRIDGE_EVENTLOG_H
#define HIPBRIDGE_EVENTLOG_H

#include <stdbool.h>

#include "record/event.h"

/* There is one of it in a process. Never fails: what cannot be opened stays silent, or bare. */
void eventlog_open(bool console);
void eventlog_close(void);

/* Whether reasons are in Thai, for who has a string in both languages: strings go through this. */
bool eventlog_in_thai(void);

extern const struct event_sink eventlog_sink;

#endif
