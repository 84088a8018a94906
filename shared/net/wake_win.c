#include <winsock2.h>

#include <errno.h>
#include <stdlib.h>

#include "net/wake.h"

struct wake {
    SRWLOCK lock; /* held for an instant, never while something blocks */
    bool raised;
    intptr_t watched;
};

struct wake *wake_new(void)
{
    struct wake *wake = calloc(1, sizeof *wake);
    if (wake != NULL) {
        InitializeSRWLock(&wake->lock);
        wake->watched = WAKE_NO_SOCKET;
    }
    return wake;
}

void wake_free(struct wake *wake)
{
    free(wake);
}

void wake_raise(struct wake *wake)
{
    AcquireSRWLockExclusive(&wake->lock);
    wake->raised = true;
    if (wake->watched != WAKE_NO_SOCKET) {
        /* Should the library have closed it a moment ago, both calls fail, or end a visit to a
         * terminal that was given the number since: the service is stopping, and so is that. */
        shutdown((SOCKET)wake->watched, SD_BOTH);
        CancelIoEx((HANDLE)wake->watched, NULL);
    }
    ReleaseSRWLockExclusive(&wake->lock);
}

bool wake_raised(struct wake *wake)
{
    AcquireSRWLockShared(&wake->lock);
    bool raised = wake->raised;
    ReleaseSRWLockShared(&wake->lock);
    return raised;
}

void wake_watch(struct wake *wake, intptr_t socket)
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

int wake_wait(struct wake *wake, intptr_t socket, bool read, int timeout_ms)
{
    int64_t end = timeout_ms > 0 ? wake_clock_us() + (int64_t)timeout_ms * 1000 : INT64_MAX;
    for (;;) {
        int64_t now = wake_clock_us();
        if (wake_raised(wake) || now >= end) {
            return wait_failed(WSAETIMEDOUT, ETIMEDOUT);
        }
        int64_t slice = (end - now) / 1000 + 1;
        if (slice > WAKE_SLICE_MS) {
            slice = WAKE_SLICE_MS;
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

bool wake_unblock(intptr_t socket)
{
    u_long on = 1;
    return ioctlsocket((SOCKET)socket, FIONBIO, &on) == 0;
}

int64_t wake_clock_us(void)
{
    LARGE_INTEGER now;
    LARGE_INTEGER rate;
    QueryPerformanceCounter(&now);
    QueryPerformanceFrequency(&rate);
    return now.QuadPart / rate.QuadPart * 1000000 +
           now.QuadPart % rate.QuadPart * 1000000 / rate.QuadPart;
}
