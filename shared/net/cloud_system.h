/*
 * cloud_system: what cloud.c needs of the system, for cloud*.c alone.
 *
 * One implementation for Windows (cloud_win.c), one for the host (cloud_host.c).
 *
 * A wake is how another thread ends what the cloud's own thread waits for. The client library hands
 * each of its waits to cloud_wake_wait, which looks at the wake every CLOUD_WAKE_SLICE_MS; so no
 * thread ever touches a socket that is not its own, but for one moment: on Windows the library
 * reads the greeting and the TLS handshake by calls that block, and there cloud_wake_raise cuts
 * them short by cancelling them on the socket that was watched. A name lookup is the one thing that
 * nobody can cut short.
 */
#ifndef HIPBRIDGE_CLOUD_SYSTEM_H
#define HIPBRIDGE_CLOUD_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CLOUD_WAKE_SLICE_MS = 50 };

#define CLOUD_NO_SOCKET ((intptr_t)-1)

struct cloud_wake;

struct cloud_wake *cloud_wake_new(void); /* NULL: no memory */
void cloud_wake_free(struct cloud_wake *wake);

/* From any thread: raised for good. */
void cloud_wake_raise(struct cloud_wake *wake);
bool cloud_wake_raised(struct cloud_wake *wake);

/* The socket on which this thread is about to block; CLOUD_NO_SOCKET when it no longer will. */
void cloud_wake_watch(struct cloud_wake *wake, intptr_t socket);

/*
 * Waits until the socket can be read (or written). Returns 1 when it can, -1 when it failed, the
 * time is over or the wake is raised; the system's error number then says which (a timeout for the
 * latter two). timeout_ms ≤ 0: no end.
 */
int cloud_wake_wait(struct cloud_wake *wake, intptr_t socket, bool read, int timeout_ms);

/* From now on calls on this socket do not block but ask to wait. */
bool cloud_socket_unblock(intptr_t socket);

/* Removes variables from the process's environment. */
void cloud_environment_clear(const char *const *names, size_t count);

/* The addresses of a host as text, separated by ", ", cut when they do not fit. False: not
 * resolved. */
bool cloud_resolve(const char *host, char *out, size_t size);

/* Microseconds of a clock that only grows. */
int64_t cloud_clock_us(void);

#endif
