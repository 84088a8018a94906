#include <arpa/inet.h>
#include <sys/socket.h>

#include "net/network_system.h"

bool network_system_parse(bool ipv6, const char *text, uint8_t *bytes)
{
    return inet_pton(ipv6 ? AF_INET6 : AF_INET, text, bytes) == 1;
}

void network_system_text(bool ipv6, const uint8_t *bytes, char out[ADDRESS_TEXT_MAX])
{
    if (inet_ntop(ipv6 ? AF_INET6 : AF_INET, bytes, out, ADDRESS_TEXT_MAX) == NULL) {
        out[0] = '\0';
    }
}
