/*
 * loopback: whether a browser's request was meant for this PC.
 *
 * The connection's address alone does not say so: a page elsewhere can have its own name resolved
 * to 127.0.0.1 and then reach this PC's services through the browser. The Host header tells: it
 * holds the name that the browser believes it speaks to. Pure; any thread.
 */
#ifndef HIPBRIDGE_LOOPBACK_H
#define HIPBRIDGE_LOOPBACK_H

#include <stdbool.h>

#include "base/text.h"

/* "localhost:PORT", "127.x.y.z:PORT" or "[::1]:PORT"; the port may be left out when it is 80. */
bool loopback_host(struct span host, int port);

#endif
