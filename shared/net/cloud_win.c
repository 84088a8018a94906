#include <winsock2.h>
#include <ws2tcpip.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "net/cloud_system.h"

struct cloud_wake {
    SRWLOCK lock; /* held for an instant, never while something blocks */
    bool raised;
    intptr_t watched;
};

struct cloud_wake *cloud_wake_new(void)
{
    struct cloud_wake *wake = calloc(1, sizeof *wake);
    if (wake != NULL) {
        InitializeSRWLock(&wake->lock);
        wake->watched = CLOUD_NO_SOCKET;
    }
    return wake;
}

void cloud_wake_free(struct cloud_wake *wake)
{
    free(wake);
}

void cloud_wake_raise(struct cloud_wake *wake)
{
    AcquireSRWLockExclusive(&wake->lock);
    wake->raised = true;
    if (wake->watched != CLOUD_NO_SOCKET) {
        /* Should the library have closed it a moment ago, both calls fail and that is all: nobody
         * else in this process has sockets of Winsock. */
        shutdown((SOCKET)wake->watched, SD_BOTH);
        CancelIoEx((HANDLE)wake->watched, NULL);
    }
    ReleaseSRWLockExclusive(&wake->lock);
}

bool cloud_wake_raised(struct cloud_wake *wake)
{
    AcquireSRWLockShared(&wake->lock);
    bool raised = wake->raised;
    ReleaseSRWLockShared(&wake->lock);
    return raised;
}

void cloud_wake_watch(struct cloud_wake *wake, intptr_t socket)
{
    AcquireSRWLockExclusive(&wake->lock);
    wake->watched = socket;
    ReleaseSRWLockExclusive(&wake->lock);
}

static int wait_failed(int code, int number)
{
    WSASetLastError(code);
    errno = number; /* the library reports the one or the other */
    return -1;
}

int cloud_wake_wait(struct cloud_wake *wake, intptr_t socket, bool read, int timeout_ms)
{
    int64_t end = timeout_ms > 0 ? cloud_clock_us() + (int64_t)timeout_ms * 1000 : INT64_MAX;
    for (;;) {
        int64_t now = cloud_clock_us();
        if (cloud_wake_raised(wake) || now >= end) {
            return wait_failed(WSAETIMEDOUT, ETIMEDOUT);
        }
        int64_t slice = (end - now) / 1000 + 1;
        if (slice > CLOUD_WAKE_SLICE_MS) {
            slice = CLOUD_WAKE_SLICE_MS;
        }
        /* select, not WSAPoll: that one does not tell of a refused connection before Windows 10
         * 2004. */
        fd_set ready;
        fd_set failed;
        FD_ZERO(&ready);
        FD_ZERO(&failed);
        ready.fd_array[0] = (SOCKET)socket;
        failed.fd_array[0] = (SOCKET)socket;
        ready.fd_count = 1;
        failed.fd_count = 1;
        struct timeval time = {0, (long)slice * 1000};
        int got = select(0, read ? &ready : NULL, read ? NULL : &ready, &failed, &time);
        if (got == SOCKET_ERROR) {
            int code = WSAGetLastError();
            return wait_failed(code, code);
        }
        if (got > 0 && failed.fd_count > 0) {
            int code = 0;
            int size = sizeof code;
            if (getsockopt((SOCKET)socket, SOL_SOCKET, SO_ERROR, (char *)&code, &size) != 0 ||
                code == 0) {
                code = WSAECONNRESET;
            }
            return wait_failed(code, code);
        }
        if (got > 0) {
            return 1;
        }
    }
}

bool cloud_socket_unblock(intptr_t socket)
{
    u_long on = 1;
    return ioctlsocket((SOCKET)socket, FIONBIO, &on) == 0;
}

void cloud_environment_clear(const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        _putenv_s(names[i], "");
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
        if (getnameinfo(one->ai_addr, (socklen_t)one->ai_addrlen, text, sizeof text, NULL, 0,
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
    LARGE_INTEGER now;
    LARGE_INTEGER rate;
    QueryPerformanceCounter(&now);
    QueryPerformanceFrequency(&rate);
    return now.QuadPart / rate.QuadPart * 1000000 +
           now.QuadPart % rate.QuadPart * 1000000 / rate.QuadPart;
}
