#include "system/clock.h"

#include <time.h>

int64_t clock_unix(void)
{
    return (int64_t)time(NULL);
}

static int64_t read_ms(clockid_t clock)
{
    struct timespec now = {0, 0};
    (void)clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_steady_ms(void)
{
    return read_ms(CLOCK_MONOTONIC);
}

int64_t clock_steady_us(void)
{
    struct timespec now = {0, 0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_steady(void)
{
    return clock_steady_ms() / 1000;
}

int64_t clock_asleep_too_ms(void)
{
    return read_ms(CLOCK_BOOTTIME);
}

int64_t clock_awake_ms(void)
{
    return read_ms(CLOCK_MONOTONIC);
}

static walltime local(void *context, int64_t unix_s)
{
    (void)context;
    time_t moment = (time_t)unix_s;
    struct tm here;
    walltime result = 0;
    if (localtime_r(&moment, &here) == NULL) {
        return unix_s;
    }
    int second = here.tm_sec > 59 ? 59 : here.tm_sec; /* a leap second */
    struct civil civil = {here.tm_year + 1900, here.tm_mon + 1, here.tm_mday,
                          here.tm_hour,        here.tm_min,     second};
    return walltime_from_civil(&civil, &result) ? result : unix_s;
}

const struct zone clock_zone = {local, NULL};
