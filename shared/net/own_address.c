#include "net/own_address.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/own_address_private.h"

void own_address_add(struct own_address_list *list, const struct address *address)
{
    const uint8_t *bytes = address->bytes;
    bool link_local = bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80;
    if (list->count < OWN_ADDRESSES_MAX && !address_is_loopback(address) && !link_local) {
        list->addresses[list->count++] = *address;
    }
}

static int compare(const void *a, const void *b)
{
    return memcmp(((const struct address *)a)->bytes, ((const struct address *)b)->bytes,
                  sizeof((const struct address *)a)->bytes);
}

const char *own_addresses(char out[OWN_ADDRESS_TEXT_MAX])
{
    struct own_address_list list = {.count = 0};
    size_t len = 0;
    out[0] = '\0';
    own_address_read(&list);
    /* An IPv4 address is mapped, and so comes before all of IPv6 that is in use. */
    qsort(list.addresses, list.count, sizeof list.addresses[0], compare);
    for (size_t i = 0; i < list.count; i++) {
        char text[ADDRESS_TEXT_MAX];
        address_text(&list.addresses[i], text);
        if (len + strlen(text) + 2 > OWN_ADDRESS_TEXT_MAX || own_addresses_hold(out, text)) {
            continue;
        }
        len += (size_t)snprintf(out + len, OWN_ADDRESS_TEXT_MAX - len, "%s%s", len > 0 ? " " : "",
                                text);
    }
    return out;
}

bool own_addresses_hold(const char *list, const char *address)
{
    struct span rest = span_of(list);
    struct span field;
    while (rest.len > 0 && span_field(&rest, ' ', &field)) {
        if (span_equal(field, span_of(address))) {
            return true;
        }
    }
    return false;
}
