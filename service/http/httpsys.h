/*
 * httpsys: one address of Windows' HTTP server with a request queue and a completion port of its
 * own: the one place that opens and closes them.
 *
 * The order of what is released is the documented one ("Shutdown and Cleanup" of the HTTP Server
 * API): the address, the group, the session, the queue, the library. An address that goes may take
 * the connections of replies that are not through with it (the last one of a port closes it), so
 * it goes once they are. What was sent or received over the queue may still complete on the port
 * until that is closed.
 */
#ifndef HIPBRIDGE_HTTPSYS_H
#define HIPBRIDGE_HTTPSYS_H

#include <winsock2.h> /* before windows.h, and http.h wants it */

#include <windows.h>

#include <http.h>

#include "base/error.h"
#include "net/network.h"

/* All zero to begin with. */
struct httpsys {
    HANDLE queue; /* of requests, bound to the completion port; NULL once closed */
    HANDLE port;
    bool initialised;
    HTTP_SERVER_SESSION_ID session;
    HTTP_URL_GROUP_ID group;
    wchar_t url[48];
};

/* Seconds, bytes a second, and counts; 0 leaves a limit as the system has it. */
struct httpsys_limits {
    USHORT body_s;  /* for a whole body to arrive, and */
    USHORT drain_s; /* for one that nobody wants */
    USHORT queue_s; /* that a request waits to be received */
    USHORT idle_s;  /* that a connection waits for its next request */
    USHORT header_s;
    ULONG send_rate;    /* slowest, of replies */
    ULONG queue_length; /* requests that wait to be received */
    ULONG connections;
};

/*
 * Opens http://+:<port><path>; path begins and ends with '/'. limits may be NULL; a system that
 * lacks one of them goes without. False when it failed; httpsys_close then still belongs to it.
 * ERR_BUSY: the port or the address cannot be had now (net/port_refused.h has the reasons), and
 * another time perhaps. Does not block.
 */
bool httpsys_open(struct httpsys *http, int port, const wchar_t *path,
                  const struct httpsys_limits *limits, struct error *err);

/* Withdraws the address: what arrives from now on goes to whoever has one above it. Twice is once.
 * Any thread. */
void httpsys_withdraw(struct httpsys *http);

/* Closes all but the library and the completion port, which ends what waits on the queue:
 * completions still come. */
void httpsys_close_queue(struct httpsys *http);

void httpsys_close(struct httpsys *http);

/* All zero when the system gave none, or one that is neither IPv4 nor IPv6. */
void httpsys_address(const SOCKADDR *from, struct address *address);

#endif
