#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "net/cloud_system.h"

struct cloud_wake {
    pthread_mutex_t lock;
    bool raised;
};

struct cloud_wake *cloud_wake_new(void)
{
    struct cloud_wake *wake = calloc(1, sizeof *wake);
    if (wake == NULL) {
        return NULL;
    }
    if (pthread_mutex_init(&wake->lock, NULL) != 0) {
        free(wake);
        return NULL;
    }
    return wake;
}

void cloud_wake_free(struct cloud_wake *wake)
{
    if (wake != NULL) {
        pthread_mutex_destroy(&wake->lock);
        free(wake);
    }
}

void cloud_wake_raise(struct cloud_wake *wake)
{
    pthread_mutex_lock(&wake->lock);
    wake->raised = true;
    pthread_mutex_unlock(&wake->lock);
}

bool cloud_wake_raised(struct cloud_wake *wake)
{
    pthread_mutex_lock(&wake->lock);
    bool raised = wake->raised;
    pthread_mutex_unlock(&wake->lock);
    return raised;
}

void cloud_wake_watch(struct cloud_wake *wake, intptr_t socket)
{
    (void)wake;
    (void)socket; /* here every wait comes by cloud_wake_wait */
}

int cloud_wake_wait(struct cloud_wake *wake, intptr_t socket, bool read, int timeout_ms)
{
    int64_t end = timeout_ms > 0 ? cloud_clock_us() + (int64_t)timeout_ms * 1000 : INT64_MAX;
    for (;;) {
        int64_t now = cloud_clock_us();
        if (cloud_wake_raised(wake) || now >= end) {
            errno = ETIMEDOUT;
            return -1;
        }
        int64_t slice = (end - now) / 1000 + 1;
        if (slice > CLOUD_WAKE_SLICE_MS) {
            slice = CLOUD_WAKE_SLICE_MS;
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

bool cloud_socket_unblock(intptr_t socket)
{
    int flags = fcntl((int)socket, F_GETFL);
    return flags != -1 && fcntl((int)socket, F_SETFL, flags | O_NONBLOCK) != -1;
}

void cloud_environment_clear(const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        unsetenv(names[i]);
    }
}

bool cloud_resolve(const char *host, char *out, size_t size)
{
    out[0] = '\0';
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    if (getaddrinfo(host, NULL, &hints, &list) != 0) {
        return false;
    }
    size_t used = 0;
    for (const struct addrinfo *one = list; one != NULL; one = one->ai_next) {
        char text[NI_MAXHOST];
        if (getnameinfo(one->ai_addr, one->ai_addrlen, text, sizeof text, NULL, 0,
                        NI_NUMERICHOST) != 0) {
            continue;
        }
        int wrote = snprintf(out + used, size - used, "%s%s", used > 0 ? ", " : "", text);
        if (wrote < 0 || (size_t)wrote >= size - used) {
            out[used] = '\0';
            break;
        }
        used += (size_t)wrote;
    }
    freeaddrinfo(list);
    return true;
}

int64_t cloud_clock_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}
