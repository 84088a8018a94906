/*
 * resolve: the addresses behind a host's name: to be shown, and looked up where a stop must not
 * wait.
 *
 * One implementation for Windows (resolve_win.c), one for the host (resolve_host.c). Any thread.
 */
#ifndef HIPBRIDGE_RESOLVE_H
#define HIPBRIDGE_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>

#include "net/wake.h"

/*
 * The addresses of a host as text, in the order in which they are tried, separated by ", " and cut
 * where they do not fit. False: the name is not known. Blocks for as long as the system looks: some
 * ten seconds on Windows.
 */
bool resolve_text(const char *host, char *out, size_t size);

enum resolve_end { RESOLVE_KNOWN, RESOLVE_UNKNOWN, RESOLVE_STOPPED };

/*
 * Looks the name up, so that who then connects by it has its answer from the system's memory. On a
 * thread of its own, since nobody can cut a look-up short: once the wake is raised this returns
 * within WAKE_SLICE_MS or two, and the thread is left to end by itself. Blocks until then, or until
 * the system knows.
 */
enum resolve_end resolve_await(const char *host, struct wake *wake);

/* The same by a look-up that a test brings. */
typedef bool resolve_look(const char *host);
enum resolve_end resolve_await_by(resolve_look *look, const char *host, struct wake *wake);

#endif
