/*
 * network: the input as an address and as a network.
 */
#include "fuzz.h"
#include "net/network.h"

static void check_address(const struct address *address)
{
    char text[ADDRESS_TEXT_MAX];
    struct address again;
    MUST(strlen(address_text(address, text)) < ADDRESS_TEXT_MAX);
    MUST(address_parse(span_of(text), &again));
    MUST(address_equal(address, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = {(const char *)data, size};
    struct address address;
    struct network network;

    if (address_parse(text, &address)) {
        check_address(&address);
        if (memchr(data, '%', size) == NULL) { /* a zone may be anything */
            MUST(memchr(data, '/', size) == NULL);
            MUST(network_parse(text, &network));
            MUST(network.bits == 128 && address_equal(&network.base, &address));
        }
    }
    if (network_parse(text, &network)) {
        MUST(network.bits >= 0 && network.bits <= 128);
        check_address(&network.base);
        MUST(network_holds(&network, &network.base));
        for (int bit = 0; bit < 128; bit++) {
            address = network.base;
            address.bytes[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
            MUST(network_holds(&network, &address) == (bit >= network.bits));
        }
    }
    return 0;
}
