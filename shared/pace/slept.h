/*
 * slept: when this PC slept or hibernated, told from two clocks.
 *
 * One of them goes on while a PC sleeps and the other stands still; by as much as they have come
 * apart since the last look, it slept. That needs no word of the system's, which a service may miss
 * while it starts, and a clock that is set does not disturb it. Pure; the caller's thread.
 */
#ifndef HIPBRIDGE_SLEPT_H
#define HIPBRIDGE_SLEPT_H

#include <stdbool.h>
#include <stdint.h>

enum { SLEPT_LEAST_S = 60 }; /* a shorter sleep is not told: terminals try for longer */

/* All zero to begin with. */
struct slept {
    bool looked;
    int64_t steady_ms, awake_ms;
};

/*
 * A look, at least every minute or so: the clock that counts sleep too, and the one that does not,
 * in milliseconds since whenever. The seconds that the PC has slept since the last look, up to just
 * now; 0 when it did not, or for less than SLEPT_LEAST_S, or this is the first look.
 */
int64_t slept_look(struct slept *slept, int64_t steady_ms, int64_t awake_ms);

#endif
