#include "check.h"

#include <stdlib.h>
#include <zlib.h>

#include "formats/unpack.h"

enum { WINDOW = 15, GZIP = 16, MAX = 1 << 20 };

static char packed[MAX];

/* window: zlib's, + GZIP, or below 0 for no head. */
static struct span pack(struct span text, int window)
{
    z_stream stream = {0};
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = (Bytef *)(uintptr_t)text.at;
    stream.avail_in = (uInt)text.len;
    stream.next_out = (Bytef *)packed;
    stream.avail_out = sizeof packed;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    size_t len = sizeof packed - stream.avail_out;
    deflateEnd(&stream);
    return (struct span){packed, len};
}

static void check(const char *input, bool expected, struct span text, struct span in, bool raw)
{
    char *out = NULL;
    size_t len = 0;
    bool done = unpack(in, raw, MAX, &out, &len);
    CHECK_INT(input, expected, done);
    if (done) {
        assert_true(span_equal((struct span){out, len}, text));
    } else {
        assert_null(out);
        CHECK_INT(input, 0, len);
    }
    free(out);
}

#define TEXT "904\t2026-01-15 08:01:02\t0\t1\n905\t2026-01-15 08:01:03\t1\t1\n"

static void what_was_packed_is_unpacked(void **state)
{
    (void)state;
    struct span text = SPAN(TEXT);
    check("gzip", true, text, pack(text, WINDOW + GZIP), false);
    assert_true(unpack_is_packed(pack(text, WINDOW + GZIP)));
    check("zlib", true, text, pack(text, WINDOW), false);
    assert_true(unpack_is_packed(pack(text, WINDOW)));
    check("deflate", true, text, pack(text, -WINDOW), true);
    check("nothing in it", true, SPAN(""), pack(SPAN(""), WINDOW + GZIP), false);
    assert_false(unpack_is_packed(text));
    assert_false(unpack_is_packed(SPAN("")));
    assert_false(unpack_is_packed(SPAN("x1\t2026-01-15 08:01:02")));

    /* Two members, one behind the other. */
    static char both[8192];
    struct span one = pack(text, WINDOW + GZIP);
    memcpy(both, one.at, one.len);
    memcpy(both + one.len, one.at, one.len);
    check("two members", true, SPAN(TEXT TEXT), (struct span){both, 2 * one.len}, false);
    both[2 * one.len] = 'x';
    check("rubbish behind", false, text, (struct span){both, 2 * one.len + 1}, false);
}

static void each_byte_cut_or_changed_is_refused_or_harmless(void **state)
{
    (void)state;
    static char copy[4096];
    struct span one = pack(SPAN(TEXT), WINDOW + GZIP);
    for (size_t len = 0; len < one.len; len++) {
        check("cut", false, SPAN(""), (struct span){one.at, len}, false);
    }
    for (size_t at = 0; at < one.len; at++) {
        char *out = NULL;
        size_t len = 0;
        memcpy(copy, one.at, one.len);
        copy[at] ^= 0x20;
        if (unpack((struct span){copy, one.len}, false, MAX, &out, &len)) {
            /* In the head, or in bits that mean nothing: the check sum holds. */
            assert_true(span_equal((struct span){out, len}, SPAN(TEXT)));
        }
        free(out);
    }
}

static void a_bomb_is_refused_within_its_bound(void **state)
{
    (void)state;
    enum { ZEROS = 16 << 20 };
    char *zeros = calloc(1, ZEROS);
    char *out = NULL;
    size_t len = 0;
    assert_non_null(zeros);
    struct span bomb = pack((struct span){zeros, ZEROS}, WINDOW + GZIP);
    assert_true(ZEROS / bomb.len > 900);
    assert_false(unpack(bomb, false, (size_t)8 << 20, &out, &len));
    assert_null(out);
    /* Within the ratio, but more than there may be. */
    struct span text = pack((struct span){zeros, UNPACK_ALWAYS}, WINDOW);
    assert_false(unpack(text, false, UNPACK_ALWAYS - 1, &out, &len));
    assert_true(unpack(text, false, UNPACK_ALWAYS, &out, &len));
    CHECK_INT("to the last byte", UNPACK_ALWAYS, len);
    free(out);
    text = pack((struct span){zeros, UNPACK_ALWAYS + 1}, WINDOW);
    assert_false(unpack(text, false, MAX, &out, &len));
    free(zeros);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_packed_is_unpacked),
        cmocka_unit_test(each_byte_cut_or_changed_is_refused_or_harmless),
        cmocka_unit_test(a_bomb_is_refused_within_its_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
