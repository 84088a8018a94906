#include <stdlib.h>
#include <string.h>

#include "base/blot.h"
#include "formats/unpack.h"
#include "outbox/outbox_private.h"

enum { LOOK_MAX = 16 << 20 }; /* bytes of what was packed */

/* By its first bytes, or because its sender said so, where it is no text all the same
 * (iclock/envelope.c). A type of content has a slash, an encoding none. */
static bool is_packed(struct span bytes, const char *type)
{
    bool declared = type[0] != '\0' && strchr(type, '/') == NULL &&
                    !span_equal_nocase(span_of(type), SPAN("identity"));
    return bytes.len > 0 &&
           (unpack_is_packed(bytes) ||
            (declared && (!utf8_valid(bytes) || memchr(bytes.at, '\0', bytes.len) != NULL)));
}

size_t outbox_blot_bytes(char *bytes, size_t len, const char *type, blot_goes *goes, void *context)
{
    struct span packed = {bytes, len};
    char *out = NULL;
    size_t out_len = 0;
    if (!is_packed(packed, type)) {
        return blot_bytes(bytes, len, goes, context);
    }
    bool opened = unpack(packed, false, LOOK_MAX, &out, &out_len) ||
                  unpack(packed, true, LOOK_MAX, &out, &out_len);
    bool goes_whole = !opened || unpack_is_packed((struct span){out, out_len}) ||
                      blot_bytes(out, out_len, goes, context) > 0;
    free(out);
    if (goes_whole) {
        memset(bytes, 'x', len);
    }
    return goes_whole ? 1 : 0;
}
