#include "net/dial.h"

#include <string.h>

#include <winsock2.h>
#include <ws2tcpip.h>

#define NO_SOCKET ((intptr_t)INVALID_SOCKET)
#define OF(dial) ((SOCKET)(dial)->socket)
#define CLOSE(dial) (void)closesocket(OF(dial))
#define UNBLOCK(dial) (ioctlsocket(OF(dial), FIONBIO, &yes) == 0)
#define IN_PROGRESS (WSAGetLastError() == WSAEWOULDBLOCK)
/* 10054 on a datagram: an earlier one found no door (Windows tells it at the next read). */
#define NOTHING                                                                                    \
    (WSAGetLastError() == WSAEWOULDBLOCK || (dial->datagrams && WSAGetLastError() == WSAECONNRESET))
#define SET_CODE(code) WSASetLastError(code)

/* A terminal may send a whole log at once; by UDP what does not fit is lost. */
enum { ROOM = 1 << 20 };

#define THEY_CLOSED "the terminal closed the connection"

/* In words that say what to look at: the system's own are in whatever language it has. */
static const struct {
    int code;
    const char *words;
} words[] = {
    {WSAECONNREFUSED, "nothing there answers on that port"},
    {WSAETIMEDOUT, "nobody answers there: it is off, or not reachable from this PC"},
    {WSAEHOSTUNREACH, "there is no way to that address from this PC"},
    {WSAENETUNREACH, "there is no way to that network from this PC"},
    {WSAECONNRESET, "the terminal broke the connection"},
    {WSAECONNABORTED, "the connection was broken on this PC"},
    {WSAEACCES, "a firewall on this PC forbids it"},
    {0, "the system's error"},
};

static bool failed(struct error *err, const char *what)
{
    int code = WSAGetLastError();
    size_t i = 0;
    while (words[i].code != 0 && words[i].code != code) {
        i++;
    }
    return error_set(err, ERR_UNREACHABLE, code, "%s: %s (%d)", what, words[i].words, code);
}

/* IPv4 addresses are carried in their mapped form. */
static int fill(const struct address *address, int port, struct sockaddr_storage *to,
                socklen_t *len)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    memset(to, 0, sizeof *to);
    if (memcmp(address->bytes, mapped, sizeof mapped) == 0) {
        struct sockaddr_in *four = (struct sockaddr_in *)to;
        four->sin_family = AF_INET;
        four->sin_port = htons((uint16_t)port);
        memcpy(&four->sin_addr, address->bytes + 12, 4);
        *len = sizeof *four;
        return AF_INET;
    }
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)to;
    six->sin6_family = AF_INET6;
    six->sin6_port = htons((uint16_t)port);
    memcpy(&six->sin6_addr, address->bytes, 16);
    *len = sizeof *six;
    return AF_INET6;
}

bool dial_open(struct dial *dial, const struct address *address, int port, bool datagrams,
               struct error *err)
{
    struct sockaddr_storage to;
    socklen_t to_len = 0;
    int room = ROOM;
    DWORD on = 1;
    u_long yes = 1;
    WSADATA data;
    /* Counted by the system: it is never let go of again. */
    if (WSAStartup(MAKEWORD(2, 2), &data) != 0) {
        return error_set(err, ERR_SYSTEM, 0, "Windows has no sockets");
    }
    memset(dial, 0, sizeof *dial);
    dial->datagrams = datagrams;
    int family = fill(address, port, &to, &to_len);
    dial->socket = (intptr_t)socket(family, datagrams ? SOCK_DGRAM : SOCK_STREAM, 0);
    if (dial->socket == NO_SOCKET) {
        return failed(err, "cannot make a socket");
    }
    (void)setsockopt(OF(dial), SOL_SOCKET, SO_RCVBUF, (const char *)&room, sizeof room);
    if (!datagrams) {
        (void)setsockopt(OF(dial), IPPROTO_TCP, TCP_NODELAY, (const char *)&on, sizeof on);
    }
    if (!UNBLOCK(dial)) {
        failed(err, "cannot set up a socket");
        dial_close(dial);
        return false;
    }
    if (connect(OF(dial), (const struct sockaddr *)&to, to_len) == 0) {
        dial->connected = true;
        return true;
    }
    if (!IN_PROGRESS) {
        failed(err, "cannot connect");
        dial_close(dial);
        return false;
    }
    dial->connecting = true;
    return true;
}

void dial_close(struct dial *dial)
{
    if (dial->socket != NO_SOCKET) {
        CLOSE(dial);
    }
    dial->socket = NO_SOCKET;
}

void dial_wait(struct dial *const *lines, size_t count, int ms)
{
    struct timeval time = {ms / 1000, ms % 1000 * 1000};
    fd_set readers;
    fd_set writers;
    fd_set broken; /* where a connection that cannot be made is told */
    FD_ZERO(&readers);
    FD_ZERO(&writers);
    FD_ZERO(&broken);
    for (size_t i = 0; i < count; i++) {
        lines[i]->readable = lines[i]->connected = lines[i]->failed = false;
        if (lines[i]->connecting) {
            FD_SET(OF(lines[i]), &writers);
            FD_SET(OF(lines[i]), &broken);
        } else {
            FD_SET(OF(lines[i]), &readers);
        }
    }
    if (count == 0) {
        Sleep((DWORD)ms);
        return;
    }
    if (select(0, &readers, &writers, &broken, &time) <= 0) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct dial *dial = lines[i];
        if (!dial->connecting) {
            dial->readable = FD_ISSET(OF(dial), &readers);
        } else if (FD_ISSET(OF(dial), &broken)) {
            dial->failed = true;
            dial->connecting = false;
        } else if (FD_ISSET(OF(dial), &writers)) {
            dial->connected = true;
            dial->connecting = false;
        }
    }
}

void dial_error(const struct dial *dial, struct error *err)
{
    int code = 0;
    socklen_t len = sizeof code;
    (void)getsockopt(OF(dial), SOL_SOCKET, SO_ERROR, (char *)&code, &len);
    SET_CODE(code);
    failed(err, "cannot connect");
}

long dial_read(struct dial *dial, uint8_t *bytes, size_t size, struct error *err)
{
    long len = (long)recv(OF(dial), (char *)bytes, (int)size, 0);
    dial->readable = false;
    if (len > 0) {
        return len;
    }
    if (len < 0 && NOTHING) {
        return 0;
    }
    if (len == 0) {
        if (!dial->datagrams) {
            error_set(err, ERR_UNREACHABLE, 0, THEY_CLOSED);
            return -1;
        }
        return 0;
    }
    failed(err, "the connection broke");
    return -1;
}

bool dial_write(struct dial *dial, const uint8_t *bytes, size_t len, struct error *err)
{
    long done = (long)send(OF(dial), (const char *)bytes, (int)len, 0);
    return done == (long)len || failed(err, "the connection broke");
}
