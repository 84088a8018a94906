#include "http/httpsys.h"

#include <ws2tcpip.h>

#include <stdio.h>
#include <string.h>

#include "base/portability.h"
#include "net/port_owner.h"
#include "net/port_refused.h"
#include "system/wide.h"

static bool fail(int port, ULONG code, const char *what, struct error *err)
{
    return wide_error(err, code, "%s for port %d", what, port);
}

static bool fail_refused(int port, ULONG code, struct error *err)
{
    char owner[PORT_REFUSED_MAX];
    char words[PORT_REFUSED_MAX];
    port_owner(port, owner, sizeof owner);
    port_refused(code, port, owner, words);
    return error_set(err, ERR_BUSY, (long)code, "%s", words);
}

/* Keeps slow, silent or many peers from holding everything; not every system has each of them. */
static void set_limits(const struct httpsys *http, const struct httpsys_limits *limits)
{
    HTTP_TIMEOUT_LIMIT_INFO times;
    memset(&times, 0, sizeof times);
    times.Flags.Present = 1;
    times.EntityBody = limits->body_s;
    times.DrainEntityBody = limits->drain_s;
    times.RequestQueue = limits->queue_s;
    times.IdleConnection = limits->idle_s;
    times.HeaderWait = limits->header_s;
    times.MinSendRate = limits->send_rate;
    HttpSetUrlGroupProperty(http->group, HttpServerTimeoutsProperty, &times, sizeof times);

    if (limits->queue_length > 0) {
        ULONG length = limits->queue_length;
        HttpSetRequestQueueProperty(http->queue, HttpServerQueueLengthProperty, &length,
                                    sizeof length, 0, NULL);
    }
    if (limits->connections > 0) {
        HTTP_CONNECTION_LIMIT_INFO connections;
        HTTP_QOS_SETTING_INFO quality;
        memset(&connections, 0, sizeof connections);
        connections.Flags.Present = 1;
        connections.MaxConnections = limits->connections;
        quality.QosType = HttpQosSettingTypeConnectionLimit;
        quality.QosSetting = &connections;
        HttpSetUrlGroupProperty(http->group, HttpServerQosProperty, &quality, sizeof quality);
    }
}

bool httpsys_open(struct httpsys *http, int port, const wchar_t *path,
                  const struct httpsys_limits *limits, struct error *err)
{
    HTTPAPI_VERSION version = HTTPAPI_VERSION_2;
    ULONG code = HttpInitialize(version, HTTP_INITIALIZE_SERVER, NULL);
    if (code != NO_ERROR) {
        return fail(port, code, "cannot initialise http.sys", err);
    }
    http->initialised = true;

    code = HttpCreateServerSession(version, &http->session, 0);
    if (code == NO_ERROR) {
        code = HttpCreateUrlGroup(http->session, &http->group, 0);
    }
    if (code == NO_ERROR) {
        code = HttpCreateRequestQueue(version, NULL, NULL, 0, &http->queue);
    }
    if (code != NO_ERROR) {
        return fail(port, code, "cannot make a request queue", err);
    }
    if (limits != NULL) {
        set_limits(http, limits);
    }

    HTTP_BINDING_INFO binding;
    memset(&binding, 0, sizeof binding);
    binding.Flags.Present = 1;
    binding.RequestQueueHandle = http->queue;
    code =
        HttpSetUrlGroupProperty(http->group, HttpServerBindingProperty, &binding, sizeof binding);
    if (code != NO_ERROR) {
        return fail(port, code, "cannot bind the request queue", err);
    }

    swprintf(http->url, HB_COUNT(http->url), L"http://+:%d%ls", port, path);
    code = HttpAddUrlToUrlGroup(http->group, http->url, 0, 0);
    if (code != NO_ERROR) {
        return fail_refused(port, code, err);
    }

    http->port = CreateIoCompletionPort(http->queue, NULL, 0, 0);
    if (http->port == NULL) {
        return fail(port, GetLastError(), "cannot make a completion port", err);
    }
    return true;
}

void httpsys_withdraw(struct httpsys *http)
{
    HttpRemoveUrlFromUrlGroup(http->group, http->url, 0);
}

void httpsys_close_queue(struct httpsys *http)
{
    if (http->group != 0) {
        HttpCloseUrlGroup(http->group);
        http->group = 0;
    }
    if (http->session != 0) {
        HttpCloseServerSession(http->session);
        http->session = 0;
    }
    if (http->queue != NULL) {
        HttpCloseRequestQueue(http->queue);
        http->queue = NULL;
    }
}

void httpsys_close(struct httpsys *http)
{
    httpsys_close_queue(http);
    if (http->initialised) {
        HttpTerminate(HTTP_INITIALIZE_SERVER, NULL);
    }
    if (http->port != NULL) {
        CloseHandle(http->port);
    }
    memset(http, 0, sizeof *http);
}

void httpsys_address(const SOCKADDR *from, struct address *address)
{
    memset(address, 0, sizeof *address);
    if (from == NULL) {
        return;
    }
    if (from->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, from, sizeof v4);
        address->bytes[10] = address->bytes[11] = 0xff;
        memcpy(address->bytes + 12, &v4.sin_addr, 4);
    } else if (from->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, from, sizeof v6);
        memcpy(address->bytes, &v6.sin6_addr, 16);
    }
}
