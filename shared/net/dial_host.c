#include "net/dial.h"

#include <string.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define NO_SOCKET ((intptr_t)-1)
#define OF(dial) ((int)(dial)->socket)
#define CLOSE(dial) (void)close(OF(dial))
#define UNBLOCK(dial) (fcntl(OF(dial), F_SETFL, O_NONBLOCK) == 0)
#define IN_PROGRESS (errno == EINPROGRESS)
#define NOTHING (errno == EAGAIN || errno == EINTR)
#define SET_CODE(code) (errno = (code))

/* A terminal may send a whole log at once; by UDP what does not fit is lost. */
enum { ROOM = 1 << 20 };

#define THEY_CLOSED "the terminal closed the connection"

/* In words that say what to look at: the system's own are in whatever language it has. */
static const struct {
    int code;
    const char *words;
} words[] = {
    {ECONNREFUSED, "nothing there answers on that port"},
    {ETIMEDOUT, "nobody answers there: it is off, or not reachable from this PC"},
    {EHOSTUNREACH, "there is no way to that address from this PC"},
    {ENETUNREACH, "there is no way to that network from this PC"},
    {ECONNRESET, "the terminal broke the connection"},
    {ECONNABORTED, "the connection was broken on this PC"},
    {EACCES, "a firewall on this PC forbids it"},
    {0, "the system's error"},
};

static bool failed(struct error *err, const char *what)
{
    int code = errno;
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
    int on = 1;
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
    struct pollfd polled[DIAL_LINES_MAX];
    for (size_t i = 0; i < count; i++) {
        lines[i]->readable = lines[i]->connected = lines[i]->failed = false;
        polled[i] =
            (struct pollfd){.fd = OF(lines[i]), .events = lines[i]->connecting ? POLLOUT : POLLIN};
    }
    if (poll(polled, count, ms) <= 0) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct dial *dial = lines[i];
        if (dial->connecting && polled[i].revents != 0) {
            dial->failed = (polled[i].revents & (POLLERR | POLLHUP)) != 0;
            dial->connected = !dial->failed;
            dial->connecting = false;
        } else {
            dial->readable = polled[i].revents != 0;
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
    long len = (long)recv(OF(dial), (char *)bytes, size, 0);
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
    long done = (long)send(OF(dial), (const char *)bytes, len, MSG_NOSIGNAL);
    return done == (long)len || failed(err, "the connection broke");
}
