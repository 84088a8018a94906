/*
 * clock: the system's clocks as the portable modules want them.
 *
 * Nothing here fails or blocks. Any thread.
 */
#ifndef HIPBRIDGE_CLOCK_H
#define HIPBRIDGE_CLOCK_H

#include "pace/schedule.h"

/* Now, in Unix seconds. */
int64_t clock_unix(void);

/* Seconds, and milliseconds, of a clock that only grows. */
int64_t clock_steady(void);
int64_t clock_steady_ms(void);

/* Microseconds of a clock that only grows and is as fine as that: for what is timed, and next to
 * nothing to look at. */
int64_t clock_steady_us(void);

/* Of two clocks that grow since the PC was started: one goes on while it sleeps, one stands still.
 */
int64_t clock_asleep_too_ms(void);
int64_t clock_awake_ms(void);

/* Local time of this PC, by the rules of its time zone. */
extern const struct zone clock_zone;

#endif
