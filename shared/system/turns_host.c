#include "system/turns_system.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "system/clock.h"

struct turns_system {
    pthread_mutex_t lock;
    pthread_cond_t changed;
};

struct turns_system *turns_system_new(void)
{
    struct turns_system *system = calloc(1, sizeof *system);
    if (system == NULL) {
        return NULL;
    }
    pthread_condattr_t how;
    (void)pthread_condattr_init(&how);
    (void)pthread_condattr_setclock(&how, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&system->lock, NULL);
    (void)pthread_cond_init(&system->changed, &how);
    (void)pthread_condattr_destroy(&how);
    return system;
}

void turns_system_free(struct turns_system *system)
{
    if (system != NULL) {
        (void)pthread_cond_destroy(&system->changed);
        (void)pthread_mutex_destroy(&system->lock);
    }
    free(system);
}

void turns_system_lock(struct turns_system *system)
{
    (void)pthread_mutex_lock(&system->lock);
}

void turns_system_unlock(struct turns_system *system)
{
    (void)pthread_mutex_unlock(&system->lock);
}

void turns_system_wait(struct turns_system *system, unsigned ms)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(ms / 1000);
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    (void)pthread_cond_timedwait(&system->changed, &system->lock, &until);
}

void turns_system_wake(struct turns_system *system)
{
    (void)pthread_cond_broadcast(&system->changed);
}

int64_t turns_system_ms(void)
{
    return clock_steady_ms();
}
