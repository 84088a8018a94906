#include "check.h"

#include "system/keyhash.h"

/* RFC 4231's cases whose key is no longer than ours: HMAC fills a key up with zeros, as these are.
 */
static void test_vectors(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint8_t key[KEYHASH_KEY];
        const char *input;
        uint64_t hash;
    } cases[] = {
        {"case 2", "Jefe", "what do ya want for nothing?", UINT64_C(0x5bdcc146bf60754e)},
        {"nothing, by no key", "", "", UINT64_C(0xb613679a0814d9ec)},
    };
    struct error err = ERROR_INIT;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        uint64_t hash = 0;
        DO(keyhash(cases[i].key, cases[i].input, strlen(cases[i].input), &hash, &err));
        CHECK_INT(cases[i].name, 1, hash == cases[i].hash);
    }
}

static void test_another_key_is_another_hash(void **state)
{
    (void)state;
    uint8_t key[KEYHASH_KEY] = {1};
    struct error err = ERROR_INIT;
    uint64_t one = 0;
    uint64_t other = 0;
    DO(keyhash(key, "1007", 4, &one, &err));
    for (size_t i = 0; i < sizeof key; i++) {
        key[i] ^= 0x80;
        DO(keyhash(key, "1007", 4, &other, &err));
        assert_true(one != other);
        key[i] ^= 0x80;
    }
    DO(keyhash(key, "1007", 4, &other, &err));
    assert_true(one == other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_another_key_is_another_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
