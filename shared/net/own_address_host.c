#include <ifaddrs.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "net/own_address_private.h"

void own_address_read(struct own_address_list *list)
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    struct ifaddrs *all = NULL;
    if (getifaddrs(&all) != 0) {
        return;
    }
    for (const struct ifaddrs *one = all; one != NULL; one = one->ifa_next) {
        struct address address;
        if (one->ifa_addr != NULL && one->ifa_addr->sa_family == AF_INET) {
            struct sockaddr_in v4;
            memcpy(&v4, one->ifa_addr, sizeof v4);
            memcpy(address.bytes, mapped, sizeof mapped);
            memcpy(address.bytes + sizeof mapped, &v4.sin_addr, sizeof v4.sin_addr);
            own_address_add(list, &address);
        } else if (one->ifa_addr != NULL && one->ifa_addr->sa_family == AF_INET6) {
            struct sockaddr_in6 v6;
            memcpy(&v6, one->ifa_addr, sizeof v6);
            memcpy(address.bytes, &v6.sin6_addr, sizeof v6.sin6_addr);
            own_address_add(list, &address);
        }
    }
    freeifaddrs(all);
}
