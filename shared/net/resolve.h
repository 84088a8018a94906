/*
 * resolve: the addresses behind a host's name, to be shown.
 *
 * One implementation for Windows (resolve_win.c), one for the host (resolve_host.c). Any thread.
 */
#ifndef HIPBRIDGE_RESOLVE_H
#define HIPBRIDGE_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The addresses of a host as text, in the order in which they are tried, separated by ", " and cut
 * where they do not fit. False: the name is not known. Blocks for as long as the system looks: some
 * ten seconds on Windows.
 */
bool resolve_text(const char *host, char *out, size_t size);

#endif
