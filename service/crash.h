/*
 * crash: what is left when the program falls: a minidump in the data folder, named at the next
 * start.
 *
 * A dump holds the threads' stacks and no heap. It is "crash-<date>-<time>.new.dmp" until it has
 * been told, without the ".new" then; the newest CRASH_KEEP are kept. An exception that nobody
 * handles leaves one, an overflow of the stack, a damaged heap, and abort(). What Windows ends
 * without asking anybody (__fastfail, TerminateProcess) leaves none.
 */
#ifndef HIPBRIDGE_CRASH_H
#define HIPBRIDGE_CRASH_H

#include "record/event.h"

enum { CRASH_KEEP = 3 };

/* From now on a crash is kept in the data folder. Once in a process; where it cannot be had, a
 * crash leaves no dump. */
void crash_watch(void);

/* For each thread as it begins: keeps so much of its stack that the fall by an overflow of it can
 * be dealt with, which is what leaves the dump. thread_start does it for those of the service,
 * crash_watch for its caller. */
void crash_guard_thread(void);

/* Tells of the dumps that earlier crashes have left, and removes the oldest. */
void crash_tell(const struct event_sink *events);

#endif
