/*
 * wake: how another thread ends what a thread waits for on a socket.
 *
 * Whoever waits does so by wake_wait, which looks at the wake every WAKE_SLICE_MS; so no thread
 * ever touches a socket that is not its own, but for one moment: on Windows the database's client
 * library reads the greeting and the TLS handshake by calls that block, and there wake_raise cuts
 * them short by cancelling them on the socket that was watched. A name look-up nobody can cut
 * short: resolve.h leaves it to itself.
 *
 * One implementation for Windows (wake_win.c), one for the host (wake_host.c).
 */
#ifndef HIPBRIDGE_WAKE_H
#define HIPBRIDGE_WAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WAKE_SLICE_MS = 50 };

#define WAKE_NO_SOCKET ((intptr_t)-1)

struct wake;

struct wake *wake_new(void); /* NULL: no memory */
void wake_free(struct wake *wake);

/* From any thread: raised for good. */
void wake_raise(struct wake *wake);
bool wake_raised(struct wake *wake);

/* The socket on which this thread is about to block; WAKE_NO_SOCKET when it no longer will. */
void wake_watch(struct wake *wake, intptr_t socket);

/*
 * Waits until the socket can be read (or written). Returns 1 when it can, -1 when it failed, the
 * time is over or the wake is raised; the system's error number then says which (a timeout for the
 * latter two). timeout_ms ≤ 0: no end.
 */
int wake_wait(struct wake *wake, intptr_t socket, bool read, int timeout_ms);

/* From now on calls on this socket do not block but ask to wait. */
bool wake_unblock(intptr_t socket);

/* Microseconds of a clock that only grows, by which the waits are timed. */
int64_t wake_clock_us(void);

#endif
