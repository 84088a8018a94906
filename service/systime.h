/*
 * systime: the system's clocks as the portable modules want them.
 */
#ifndef HIPBRIDGE_SYSTIME_H
#define HIPBRIDGE_SYSTIME_H

#include <windows.h>

#include "pace/schedule.h"

/* Now, in Unix seconds. */
int64_t systime_unix(void);

/* Seconds of a clock that only grows. */
int64_t systime_steady(void);

/* Unix seconds of a FILETIME, and the reverse. */
int64_t systime_from_filetime(FILETIME time);
FILETIME systime_to_filetime(int64_t unix_s);

/* Local time of this PC, by the rules of its time zone. */
extern const struct zone systime_zone;

#endif
