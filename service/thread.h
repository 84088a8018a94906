/*
 * thread: how each thread of the service begins.
 *
 * It has THREAD_STACK bytes of stack, whichever compiler the program was linked by (else it is the
 * linker's default: 1 MB or 2 MB). That is address space and no memory: what a thread has not used
 * is not there. The deepest that was seen under Wine is 92 KB (the uploader, with TLS; without, 36
 * KB); the rest is for what others run on it: Windows' TLS, virus scanners. Some of it is kept for
 * the fall by an overflow (crash_guard_thread), so that it leaves a dump whichever thread it was.
 */
#ifndef HIPBRIDGE_THREAD_H
#define HIPBRIDGE_THREAD_H

#include <windows.h>

enum { THREAD_STACK = 1024 * 1024 };

/* Returns the thread, for the caller to close; NULL: there is no memory for it, and GetLastError
 * says so. `context` must stay until run has returned. */
HANDLE thread_start(unsigned(__stdcall *run)(void *context), void *context);

#endif
