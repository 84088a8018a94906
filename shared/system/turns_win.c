#include "system/turns_system.h"

#include <windows.h>

#include <stdlib.h>

struct turns_system {
    SRWLOCK lock;
    CONDITION_VARIABLE changed;
};

struct turns_system *turns_system_new(void)
{
    struct turns_system *system = calloc(1, sizeof *system);
    if (system != NULL) {
        InitializeSRWLock(&system->lock);
        InitializeConditionVariable(&system->changed);
    }
    return system;
}

void turns_system_free(struct turns_system *system)
{
    free(system);
}

void turns_system_lock(struct turns_system *system)
{
    AcquireSRWLockExclusive(&system->lock);
}

void turns_system_unlock(struct turns_system *system)
{
    ReleaseSRWLockExclusive(&system->lock);
}

void turns_system_wait(struct turns_system *system, unsigned ms)
{
    (void)SleepConditionVariableSRW(&system->changed, &system->lock, ms, 0);
}

void turns_system_wake(struct turns_system *system)
{
    WakeAllConditionVariable(&system->changed);
}

int64_t turns_system_ms(void)
{
    LARGE_INTEGER now;
    LARGE_INTEGER each_s;
    QueryPerformanceCounter(&now);
    QueryPerformanceFrequency(&each_s);
    return now.QuadPart / each_s.QuadPart * 1000 +
           now.QuadPart % each_s.QuadPart * 1000 / each_s.QuadPart;
}
