#include <windows.h>

#include "system/clock.h"

#define TICKS_PER_SECOND INT64_C(10000000)
#define UNIX_EPOCH_S INT64_C(11644473600) /* 1970 in seconds since 1601 */

int64_t clock_unix(void)
{
    FILETIME now;
    GetSystemTimeAsFileTime(&now);
    uint64_t ticks = ((uint64_t)now.dwHighDateTime << 32) | now.dwLowDateTime;
    return (int64_t)(ticks / (uint64_t)TICKS_PER_SECOND) - UNIX_EPOCH_S;
}

int64_t clock_steady_ms(void)
{
    return (int64_t)GetTickCount64();
}

int64_t clock_steady_us(void)
{
    LARGE_INTEGER now;
    LARGE_INTEGER each_s;
    QueryPerformanceCounter(&now);
    QueryPerformanceFrequency(&each_s);
    return now.QuadPart / each_s.QuadPart * 1000000 +
           now.QuadPart % each_s.QuadPart * 1000000 / each_s.QuadPart;
}

int64_t clock_steady(void)
{
    return clock_steady_ms() / 1000;
}

int64_t clock_asleep_too_ms(void)
{
    return clock_steady_ms();
}

int64_t clock_awake_ms(void)
{
    ULONGLONG ticks = 0;
    QueryUnbiasedInterruptTime(&ticks);
    return (int64_t)(ticks / 10000);
}

static walltime local(void *context, int64_t unix_s)
{
    (void)context;
    uint64_t ticks = (uint64_t)(unix_s + UNIX_EPOCH_S) * (uint64_t)TICKS_PER_SECOND;
    FILETIME time = {.dwLowDateTime = (DWORD)(ticks & 0xffffffffU),
                     .dwHighDateTime = (DWORD)(ticks >> 32)};
    SYSTEMTIME utc;
    SYSTEMTIME here;
    walltime result = 0;
    if (!FileTimeToSystemTime(&time, &utc) || !SystemTimeToTzSpecificLocalTime(NULL, &utc, &here)) {
        return unix_s;
    }
    struct civil civil = {here.wYear, here.wMonth,  here.wDay,
                          here.wHour, here.wMinute, here.wSecond};
    return walltime_from_civil(&civil, &result) ? result : unix_s;
}

const struct zone clock_zone = {local, NULL};
