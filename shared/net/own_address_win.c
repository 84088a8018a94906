#include <winsock2.h>

#include <ws2tcpip.h>

#include <iphlpapi.h>
#include <stdlib.h>
#include <string.h>

#include "net/own_address_private.h"

/* As Windows' documents advise: a size that nearly always does, and another try where not. */
static IP_ADAPTER_ADDRESSES *adapters(void)
{
    const ULONG without = GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_MULTICAST |
                          GAA_FLAG_SKIP_DNS_SERVER | GAA_FLAG_SKIP_FRIENDLY_NAME;
    ULONG size = 16 * 1024;
    for (int i = 0; i < 3; i++) {
        IP_ADAPTER_ADDRESSES *all = malloc(size);
        if (all == NULL) {
            return NULL;
        }
        ULONG code = GetAdaptersAddresses(AF_UNSPEC, without, NULL, all, &size);
        if (code == ERROR_SUCCESS) {
            return all;
        }
        free(all);
        if (code != ERROR_BUFFER_OVERFLOW) {
            return NULL;
        }
    }
    return NULL;
}

static void add_one(struct own_address_list *list, const SOCKADDR *from)
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    struct address address;
    if (from->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, from, sizeof v4);
        memcpy(address.bytes, mapped, sizeof mapped);
        memcpy(address.bytes + sizeof mapped, &v4.sin_addr, sizeof v4.sin_addr);
        own_address_add(list, &address);
    } else if (from->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, from, sizeof v6);
        memcpy(address.bytes, &v6.sin6_addr, sizeof v6.sin6_addr);
        own_address_add(list, &address);
    }
}

void own_address_read(struct own_address_list *list)
{
    IP_ADAPTER_ADDRESSES *all = adapters();
    for (const IP_ADAPTER_ADDRESSES *one = all; one != NULL; one = one->Next) {
        if (one->OperStatus != IfOperStatusUp) {
            continue;
        }
        for (const IP_ADAPTER_UNICAST_ADDRESS *at = one->FirstUnicastAddress; at != NULL;
             at = at->Next) {
            add_one(list, at->Address.lpSockaddr);
        }
    }
    free(all);
}
