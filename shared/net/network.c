#include "net/network.h"

#include <stdio.h>
#include <string.h>

#include "net/network_system.h"

enum { MAPPED_BITS = 96, MAPPED_BYTES = MAPPED_BITS / 8, ALL_BITS = 128 };

static const uint8_t mapped_prefix[MAPPED_BYTES] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

static bool is_mapped(const struct address *address)
{
    return memcmp(address->bytes, mapped_prefix, MAPPED_BYTES) == 0;
}

static bool is_ipv6_text(struct span text)
{
    return text.len > 0 && memchr(text.at, ':', text.len) != NULL;
}

/* Systems differ on leading zeros ("010" is eight to some): refused here, for both. */
static bool has_leading_zero(struct span ipv4)
{
    struct span part;
    while (span_field(&ipv4, '.', &part)) {
        if (part.len > 1 && part.at[0] == '0') {
            return true;
        }
    }
    return false;
}

bool address_parse(struct span text, struct address *address)
{
    bool ipv6 = is_ipv6_text(text);
    const char *zone = ipv6 ? memchr(text.at, '%', text.len) : NULL;
    if (zone != NULL) {
        text.len = (size_t)(zone - text.at);
    }
    char copy[ADDRESS_TEXT_MAX];
    struct address parsed;
    if (!span_copy(text, copy, sizeof copy) || (!ipv6 && has_leading_zero(text)) ||
        !network_system_parse(ipv6, copy, ipv6 ? parsed.bytes : parsed.bytes + MAPPED_BYTES)) {
        return false;
    }
    if (!ipv6) {
        memcpy(parsed.bytes, mapped_prefix, MAPPED_BYTES);
    }
    *address = parsed;
    return true;
}

const char *address_text(const struct address *address, char out[ADDRESS_TEXT_MAX])
{
    bool ipv6 = !is_mapped(address);
    network_system_text(ipv6, ipv6 ? address->bytes : address->bytes + MAPPED_BYTES, out);
    return out;
}

bool address_equal(const struct address *a, const struct address *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

bool address_is_loopback(const struct address *address)
{
    static const struct address loopback6 = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
    return address_equal(address, &loopback6) ||
           (is_mapped(address) && address->bytes[MAPPED_BYTES] == 127);
}

struct address address_site(const struct address *address)
{
    enum { SITE_BYTES = 8 };
    struct address site = *address;
    if (!is_mapped(address)) {
        memset(site.bytes + SITE_BYTES, 0, sizeof site.bytes - SITE_BYTES);
    }
    return site;
}

bool network_parse(struct span text, struct network *network)
{
    bool ipv6 = is_ipv6_text(text);
    struct span rest = text;
    struct span base;
    struct network parsed;
    if (!span_field(&rest, '/', &base) || !address_parse(base, &parsed.base)) {
        return false;
    }
    parsed.bits = ALL_BITS;
    if (rest.at != NULL) {
        int32_t bits = 0;
        int32_t most = ipv6 ? ALL_BITS : ALL_BITS - MAPPED_BITS;
        if (rest.len > 3 || !span_to_int32(rest, &bits) || rest.at[0] == '+' || bits < 0 ||
            bits > most) {
            return false;
        }
        parsed.bits = bits + (ipv6 ? 0 : MAPPED_BITS);
    }
    for (int bit = parsed.bits; bit < ALL_BITS; bit++) {
        if ((parsed.base.bytes[bit / 8] & (0x80 >> (bit % 8))) != 0) {
            return false;
        }
    }
    *network = parsed;
    return true;
}

bool network_holds(const struct network *network, const struct address *address)
{
    size_t whole = (size_t)network->bits / 8;
    int left = network->bits % 8;
    if (memcmp(network->base.bytes, address->bytes, whole) != 0) {
        return false;
    }
    return left == 0 || ((network->base.bytes[whole] ^ address->bytes[whole]) >> (8 - left)) == 0;
}

/* Of its own family's bits. */
static int own_bits(const struct network *network)
{
    bool ipv4 = is_mapped(&network->base) && network->bits >= MAPPED_BITS;
    return ipv4 ? network->bits - MAPPED_BITS : network->bits;
}

void network_peers(const struct network *networks, size_t count, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        if (own_bits(&networks[i]) == 0) {
            snprintf(out, size, "*");
            return;
        }
    }
    for (size_t i = 0; i < count; i++) {
        const struct network *one = &networks[i];
        char base[ADDRESS_TEXT_MAX];
        char text[NETWORK_PEER_MAX];
        if (address_is_loopback(&one->base)) {
            continue;
        }
        address_text(&one->base, base);
        if (one->bits == ALL_BITS) {
            snprintf(text, sizeof text, "%s%s", used > 0 ? "," : "", base);
        } else {
            snprintf(text, sizeof text, "%s%s/%d", used > 0 ? "," : "", base, own_bits(one));
        }
        if (used + strlen(text) >= size) {
            out[0] = '\0';
            return;
        }
        memcpy(out + used, text, strlen(text) + 1);
        used += strlen(text);
    }
}
