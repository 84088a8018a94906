#include "base/hash.h"

#include "base/text.h"
#include "check.h"

/* The published vectors of FNV-1a: what is remembered in outboxes and rules must not change. */
static void test_vectors(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t hash;
    } cases[] = {
        {"", UINT64_C(0xCBF29CE484222325)},
        {"a", UINT64_C(0xAF63DC4C8601EC8C)},
        {"foobar", UINT64_C(0x85944171F73967E8)},
        {"\xC3\xA9", UINT64_C(0x0AC21707B7181E01)},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        CHECK_INT(cases[i].text, (int64_t)cases[i].hash,
                  (int64_t)hash_bytes(HASH_BEGIN, cases[i].text, strlen(cases[i].text)));
    }
    CHECK_INT("no bytes", (int64_t)HASH_BEGIN, (int64_t)hash_bytes(HASH_BEGIN, NULL, 0));
}

static void test_one_after_the_other(void **state)
{
    (void)state;
    CHECK_INT("in pieces", (int64_t)hash_bytes(HASH_BEGIN, "foobar", 6),
              (int64_t)hash_bytes(hash_bytes(HASH_BEGIN, "foo", 3), "bar", 3));
    CHECK_INT("a text has its end", (int64_t)hash_bytes(HASH_BEGIN, "ab\0c", 5),
              (int64_t)hash_text(hash_text(HASH_BEGIN, "ab"), "c"));
    assert_true(hash_text(hash_text(HASH_BEGIN, "ab"), "c") !=
                hash_text(hash_text(HASH_BEGIN, "a"), "bc"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_one_after_the_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
