/*
 * sniff: what `hipctl sniff` consists of. One thread; sockets are started.
 */
#ifndef HIPCTL_SNIFF_H
#define HIPCTL_SNIFF_H

#include "base/error.h"

/*
 * Sends what terminals sent in a capture again, connection by connection and in its order, and
 * shows what is answered. *pieces and *connections say how much went out.
 */
bool sniff_replay(const char *path, const char *host, int port, size_t *pieces, size_t *connections,
                  struct error *err);

#endif
