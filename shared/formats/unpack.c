#include "formats/unpack.h"

#include <stdlib.h>

#define ZLIB_CONST /* what is read is not written to */
#include <zlib.h>

/* inflateInit2's: the largest window; 32 more for gzip or zlib, whichever it is; below 0 for no
 * head. */
enum { WINDOW = 15, WINDOW_ANY_HEAD = 32, FIRST_SIZE = 4096 };

bool unpack_is_packed(struct span bytes)
{
    if (bytes.len < 2) {
        return false;
    }
    unsigned first = (unsigned char)bytes.at[0];
    unsigned second = (unsigned char)bytes.at[1];
    bool gzip = first == 0x1F && second == 0x8B;
    /* Deflate, the largest window, and a check sum of the head; text would be "x^" and the like. */
    bool zlib = first == 0x78 && (first * 256 + second) % 31 == 0 && (second & 0x20) == 0;
    return gzip || zlib;
}

static size_t bound(size_t packed, size_t max)
{
    size_t most = packed < SIZE_MAX / UNPACK_RATIO ? packed * UNPACK_RATIO : SIZE_MAX;
    most = most > UNPACK_ALWAYS ? most : UNPACK_ALWAYS;
    return most < max ? most : max;
}

/* Room for more, up to `most`; false when there is none. */
static bool grow(char **out, size_t *size, size_t most)
{
    size_t larger = *size == 0 ? FIRST_SIZE : *size * 2;
    larger = larger < most ? larger : most;
    char *room = larger > *size ? realloc(*out, larger) : NULL;
    if (room == NULL) {
        return false;
    }
    *out = room;
    *size = larger;
    return true;
}

bool unpack(struct span packed, bool raw, size_t max, char **out, size_t *len)
{
    z_stream stream = {0};
    size_t size = 0;
    /* One byte more than is allowed shows that there is more. */
    size_t most = bound(packed.len, max) + 1;
    int result = Z_OK;
    *out = NULL;
    *len = 0;
    if (packed.len == 0 || packed.len > UINT32_MAX || max >= UINT32_MAX ||
        inflateInit2(&stream, raw ? -WINDOW : WINDOW + WINDOW_ANY_HEAD) != Z_OK) {
        return false;
    }
    stream.next_in = (const Bytef *)packed.at;
    stream.avail_in = (uInt)packed.len;
    for (;;) {
        if (*len == size && !grow(out, &size, most)) {
            result = Z_MEM_ERROR;
            break;
        }
        stream.next_out = (Bytef *)*out + *len;
        stream.avail_out = (uInt)(size - *len);
        result = inflate(&stream, Z_NO_FLUSH);
        *len = size - stream.avail_out;
        if (result == Z_STREAM_END && stream.avail_in > 0 && !raw) {
            result = inflateReset(&stream); /* another member of gzip, or what is none */
        }
        if (result != Z_OK) {
            break;
        }
    }
    inflateEnd(&stream);
    if (result == Z_STREAM_END && stream.avail_in == 0 && *len < most) {
        return true;
    }
    free(*out);
    *out = NULL;
    *len = 0;
    return false;
}
