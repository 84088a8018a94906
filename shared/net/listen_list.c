#include "net/listen_list.h"

#include "net/network.h"
#include "net/own_address.h"

/* 0.0.0.0 and :: stand for every address. */
static bool is_any(const struct address *address)
{
    static const struct address any[] = {
        {{0}}, {{[10] = 0xff, [11] = 0xff}}, /* IPv4's, mapped */
    };
    return address_equal(address, &any[0]) || address_equal(address, &any[1]);
}

/* IPv6 may stand in brackets. What is no address is none of this PC's. */
static bool lets_in(struct span entry, const char *own)
{
    struct address address;
    char text[ADDRESS_TEXT_MAX];
    if (entry.len > 1 && entry.at[0] == '[' && entry.at[entry.len - 1] == ']') {
        entry = (struct span){entry.at + 1, entry.len - 2};
    }
    if (!address_parse(entry, &address) || address_is_loopback(&address)) {
        return false;
    }
    return is_any(&address) || own[0] == '\0' ||
           own_addresses_hold(own, address_text(&address, text));
}

bool listen_list_shuts_out(const char *list, const char *own)
{
    struct span rest = span_of(list);
    struct span entry;
    bool some = false;
    while (rest.len > 0 && span_field(&rest, ' ', &entry)) {
        if (entry.len > 0 && lets_in(entry, own)) {
            return false;
        }
        some = some || entry.len > 0;
    }
    return some;
}
