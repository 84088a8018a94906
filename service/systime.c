#include "systime.h"

#define TICKS_PER_SECOND INT64_C(10000000)
#define UNIX_EPOCH_S INT64_C(11644473600) /* 1970 in seconds since 1601 */

int64_t systime_from_filetime(FILETIME time)
{
    uint64_t ticks = ((uint64_t)time.dwHighDateTime << 32) | time.dwLowDateTime;
    return (int64_t)(ticks / (uint64_t)TICKS_PER_SECOND) - UNIX_EPOCH_S;
}

FILETIME systime_to_filetime(int64_t unix_s)
{
    uint64_t ticks = (uint64_t)(unix_s + UNIX_EPOCH_S) * (uint64_t)TICKS_PER_SECOND;
    return (FILETIME){.dwLowDateTime = (DWORD)(ticks & 0xffffffffU),
                      .dwHighDateTime = (DWORD)(ticks >> 32)};
}

int64_t systime_unix(void)
{
    FILETIME now;
    GetSystemTimeAsFileTime(&now);
    return systime_from_filetime(now);
}

int64_t systime_steady(void)
{
    return (int64_t)(GetTickCount64() / 1000U);
}

static walltime local(void *context, int64_t unix_s)
{
    (void)context;
    FILETIME time = systime_to_filetime(unix_s);
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

const struct zone systime_zone = {local, NULL};
