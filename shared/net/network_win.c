#include <winsock2.h>
#include <ws2tcpip.h>

#include "net/network_system.h"

bool network_system_parse(bool ipv6, const char *text, uint8_t *bytes)
{
    wchar_t wide[ADDRESS_TEXT_MAX];
    size_t i = 0;
    for (; text[i] != '\0'; i++) {
        if (i + 1 == ADDRESS_TEXT_MAX || (unsigned char)text[i] > 0x7E) {
            return false;
        }
        wide[i] = (wchar_t)text[i];
    }
    wide[i] = L'\0';
    return InetPtonW(ipv6 ? AF_INET6 : AF_INET, wide, bytes) == 1;
}

void network_system_text(bool ipv6, const uint8_t *bytes, char out[ADDRESS_TEXT_MAX])
{
    wchar_t wide[ADDRESS_TEXT_MAX];
    out[0] = '\0';
    if (InetNtopW(ipv6 ? AF_INET6 : AF_INET, bytes, wide, ADDRESS_TEXT_MAX) == NULL) {
        return;
    }
    size_t i = 0;
    for (; i + 1 < ADDRESS_TEXT_MAX && wide[i] != L'\0'; i++) {
        out[i] = (char)wide[i];
    }
    out[i] = '\0';
}
