/*
 * dial: a line to a terminal's port, by TCP or UDP, that never blocks.
 *
 * Addresses only: no name is ever resolved. One implementation for Windows (dial_win.c), one for
 * the host (dial_host.c). A line belongs to one thread at a time.
 */
#ifndef HIPBRIDGE_DIAL_H
#define HIPBRIDGE_DIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "net/network.h"

enum { DIAL_LINES_MAX = 60 }; /* waited for at once; Windows' select takes 64 */

struct dial {
    intptr_t socket;
    bool datagrams;
    bool connecting; /* not through yet */
    /* Set by dial_wait: */
    bool readable;
    bool connected; /* it has just come through */
    bool failed;    /* it cannot be made; dial_error says why */
};

/* Begins to connect. False: the system has no socket, or knows at once that it cannot. */
bool dial_open(struct dial *dial, const struct address *address, int port, bool datagrams,
               struct error *err);
void dial_close(struct dial *dial);

/* Waits until something happens on one of them, at most so long (0 … 1000 ms). */
void dial_wait(struct dial *const *lines, size_t count, int ms);

/* Why it failed, in the system's words. */
void dial_error(const struct dial *dial, struct error *err);

/*
 * At most `size` bytes that lie there, or one datagram. Returns how many; 0: nothing now; -1: the
 * line is gone, err says how.
 */
long dial_read(struct dial *dial, uint8_t *bytes, size_t size, struct error *err);

/* A few bytes, or a datagram. False: the line is gone. */
bool dial_write(struct dial *dial, const uint8_t *bytes, size_t len, struct error *err);

#endif
