/*
 * own_address: by which addresses this PC can be reached.
 */
#ifndef HIPBRIDGE_OWN_ADDRESS_H
#define HIPBRIDGE_OWN_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

enum { OWN_ADDRESS_TEXT_MAX = 500 };

/*
 * Its IPv4 addresses and those of IPv6 that are not link-local, without loopback, separated by
 * blanks, each kind in ascending order; what does not fit is left out. "" where it has none, or
 * they cannot be had. Returns out. Any thread; may take some milliseconds.
 */
const char *own_addresses(char out[OWN_ADDRESS_TEXT_MAX]);

/* Whether the list has this address. */
bool own_addresses_hold(const char *list, const char *address);

#endif
