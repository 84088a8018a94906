/*
 * clockwatch: whether clocks are right, this PC's and a terminal's.
 *
 * Terminals copy the PC's clock from the Date header of replies, so a wrong one spreads. Nothing
 * here blocks or looks at a clock itself.
 */
#ifndef HIPBRIDGE_CLOCKWATCH_H
#define HIPBRIDGE_CLOCKWATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CLOCKWATCH_OFF_S = 120, /* a terminal may differ by so much, and the PC's clock jump */
    CLOCKWATCH_TEXT_MAX = 160,
};

/* All zero to begin with; belongs to one thread. */
struct clockwatch {
    bool known;
    bool early;     /* was before the program's making when last looked at */
    int64_t offset; /* Unix time less the steady clock */
};

/*
 * Notes the PC's two clocks (Unix seconds, and seconds of a clock that only grows, through sleep
 * too). True, with what is wrong in words, when there is news: the time is before this program was
 * made, or has jumped since the last call.
 */
bool clockwatch_note(struct clockwatch *watch, int64_t unix_s, int64_t steady_s,
                     char out[CLOCKWATCH_TEXT_MAX]);

/* "2:05:00 behind", "0:10:01 ahead"; returns out. */
const char *clockwatch_difference(int64_t seconds_ahead, char *out, size_t size);

#endif
