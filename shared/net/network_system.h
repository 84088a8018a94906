/*
 * network_system: the system's own reading and writing of addresses, for network.c alone.
 *
 * One implementation for Windows (network_win.c), one for the host (network_host.c).
 * IPv4 addresses are 4 bytes, IPv6 addresses 16, in network order. No name is resolved.
 */
#ifndef HIPBRIDGE_NETWORK_SYSTEM_H
#define HIPBRIDGE_NETWORK_SYSTEM_H

#include <stdbool.h>
#include <stdint.h>

#include "net/network.h"

/* False when the text is no address of that kind. */
bool network_system_parse(bool ipv6, const char *text, uint8_t *bytes);

/* Writes "" should the system refuse. */
void network_system_text(bool ipv6, const uint8_t *bytes, char out[ADDRESS_TEXT_MAX]);

#endif
