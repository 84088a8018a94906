/*
 * condition: something that lasts (database away, disk full, folder missing) is told when it
 * begins, when it ends, and at most hourly between.
 *
 * Times are seconds of any clock that only grows. No allocation; one condition belongs to one
 * thread.
 */
#ifndef HIPBRIDGE_CONDITION_H
#define HIPBRIDGE_CONDITION_H

#include <stdbool.h>
#include <stdint.h>

enum { CONDITION_REPEAT_S = 3600 };

enum condition_news {
    CONDITION_QUIET, /* nothing to tell */
    CONDITION_BEGAN,
    CONDITION_LASTS, /* an hour has passed since it was last told */
    CONDITION_ENDED,
};

struct condition {
    bool on;
    int64_t told;   /* when it was last told */
    uint64_t times; /* how often it was found on since it began */
};

/*
 * Notes that the condition holds (or not) at `now` and says what is worth telling.
 * After CONDITION_ENDED condition->times still says how often it was found on.
 */
enum condition_news condition_note(struct condition *condition, bool on, int64_t now);

#endif
