/*
 * own_address_private: what the own_address*.c files share, and nobody else.
 */
#ifndef HIPBRIDGE_OWN_ADDRESS_PRIVATE_H
#define HIPBRIDGE_OWN_ADDRESS_PRIVATE_H

#include "net/network.h"

enum { OWN_ADDRESSES_MAX = 64 };

struct own_address_list {
    size_t count;
    struct address addresses[OWN_ADDRESSES_MAX];
};

/* An address of an interface; loopback, link-local IPv6 and what does not fit are passed over. */
void own_address_add(struct own_address_list *list, const struct address *address);

/* Fills the list, as the system has them. */
void own_address_read(struct own_address_list *list);

#endif
