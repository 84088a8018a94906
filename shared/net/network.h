/*
 * network: addresses and networks (CIDR), IPv4 and IPv6, for `allowed_networks`.
 *
 * An IPv4 address is carried in its IPv6-mapped form (::ffff:a.b.c.d), so that there is one kind.
 * No allocation, no name is ever resolved. Any thread.
 */
#ifndef HIPBRIDGE_NETWORK_H
#define HIPBRIDGE_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum { ADDRESS_TEXT_MAX = 46 }; /* with the terminator */

struct address {
    uint8_t bytes[16];
};

struct network {
    struct address base;
    int bits; /* of the 128: a.b.c.d/8 is 104 */
};

/* "192.168.1.20", "fe80::1", "fe80::1%3" (the zone is passed over). False when it is none. */
bool address_parse(struct span text, struct address *address);

/* IPv4-mapped addresses are written the IPv4 way. Returns out. */
const char *address_text(const struct address *address, char out[ADDRESS_TEXT_MAX]);

bool address_equal(const struct address *a, const struct address *b);
bool address_is_loopback(const struct address *address);

/* Of IPv6 the /64, which belongs to one peer; of IPv4 the address itself. */
struct address address_site(const struct address *address);

/* "10.0.0.0/8", or an address alone. False when it is none or a bit after the prefix is set. */
bool network_parse(struct span text, struct network *network);

bool network_holds(const struct network *network, const struct address *address);

/*
 * The networks as Windows Firewall wants those of its peers: "10.0.0.0/8,192.168.1.20", "*" where
 * one of them is everybody. Loopback is left out: it never passes the firewall, and Windows refuses
 * it there. "" where nothing is left, or it does not fit.
 */
enum { NETWORK_PEER_MAX = ADDRESS_TEXT_MAX + 5 }; /* of one, with its separator */
void network_peers(const struct network *networks, size_t count, char *out, size_t size);

#endif
