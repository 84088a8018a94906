#include "net/loopback.h"

#include <string.h>

#include "net/network.h"

/* Cuts ":PORT" off; -1 for a port that is none, 80 when there is none. */
static int32_t cut_port(struct span *host)
{
    int32_t port = 80;
    size_t end = host->len;
    while (end > 0 && host->at[end - 1] >= '0' && host->at[end - 1] <= '9') {
        end--;
    }
    if (end == 0 || host->at[end - 1] != ':') {
        return port;
    }
    if (!span_to_int32((struct span){host->at + end, host->len - end}, &port)) {
        port = -1;
    }
    host->len = end - 1;
    return port;
}

bool loopback_host(struct span host, int port)
{
    struct address address;
    if (host.len == 0 || cut_port(&host) != port || host.len == 0) {
        return false;
    }
    if (span_equal_nocase(host, SPAN("localhost"))) {
        return true;
    }
    if (host.at[0] == '[' && host.at[host.len - 1] == ']' && host.len > 2) {
        return span_equal(host, SPAN("[::1]"));
    }
    return memchr(host.at, ':', host.len) == NULL && address_parse(host, &address) &&
           address_is_loopback(&address);
}
