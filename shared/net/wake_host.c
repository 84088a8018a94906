#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "net/wake.h"

struct wake {
    pthread_mutex_t lock;
    bool raised;
};

struct wake *wake_new(void)
{
    struct wake *wake = calloc(1, sizeof *wake);
    if (wake == NULL) {
        return NULL;
    }
    if (pthread_mutex_init(&wake->lock, NULL) != 0) {
        free(wake);
        return NULL;
    }
    return wake;
}

void wake_free(struct wake *wake)
{
    if (wake != NULL) {
        pthread_mutex_destroy(&wake->lock);
        free(wake);
    }
}

void wake_raise(struct wake *wake)
{
    pthread_mutex_lock(&wake->lock);
    wake->raised = true;
    pthread_mutex_unlock(&wake->lock);
}

bool wake_raised(struct wake *wake)
{
    pthread_mutex_lock(&wake->lock);
    bool raised = wake->raised;
    pthread_mutex_unlock(&wake->lock);
    return raised;
}

void wake_watch(struct wake *wake, intptr_t socket)
{
    (void)wake;
    (void)socket; /* here every wait comes by wake_wait */
}

int wake_wait(struct wake *wake, intptr_t socket, bool read, int timeout_ms)
{
    int64_t end = timeout_ms > 0 ? wake_clock_us() + (int64_t)timeout_ms * 1000 : INT64_MAX;
    for (;;) {
        int64_t now = wake_clock_us();
        if (wake_raised(wake) || now >= end) {
            errno = ETIMEDOUT;
            return -1;
        }
        int64_t slice = (end - now) / 1000 + 1;
        if (slice > WAKE_SLICE_MS) {
            slice = WAKE_SLICE_MS;
        }
        struct pollfd ready = {.fd = (int)socket, .events = read ? POLLIN : POLLOUT};
        int got = poll(&ready, 1, (int)slice);
        if (got > 0) {
            return 1;
        }
        if (got < 0 && errno != EINTR) {
            return -1;
        }
    }
}

bool wake_unblock(intptr_t socket)
{
    int flags = fcntl((int)socket, F_GETFL);
    return flags != -1 && fcntl((int)socket, F_SETFL, flags | O_NONBLOCK) != -1;
}

int64_t wake_clock_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}
