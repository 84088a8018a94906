#include "check.h"
#include "system/secret.h"

static void what_is_protected_is_revealed(void **state)
{
    (void)state;
    char longest[SECRET_MAX];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    const char *const passwords[] = {"", "a", "p@ss \"word\" \\ '",
                                     "\xE0\xB8\xA3\xE0\xB8\xAB\xE0\xB8\xB1\xE0\xB8\xAA", longest};
    for (size_t i = 0; i < HB_COUNT(passwords); i++) {
        struct error err = ERROR_INIT;
        char text[SECRET_TEXT_MAX];
        char clear[SECRET_MAX];
        if (!secret_protect(passwords[i], text, sizeof text, &err) ||
            !secret_reveal(text, clear, sizeof clear, &err)) {
            fail_msg("%s: %s", passwords[i], err.text);
        }
        assert_string_equal(clear, passwords[i]);
        assert_int_equal(strncmp(text, SECRET_PREFIX, strlen(SECRET_PREFIX)), 0);
        assert_true(passwords[i][0] == '\0' || strlen(passwords[i]) < 2 ||
                    strstr(text, passwords[i]) == NULL);
    }
}

static void what_is_damaged_is_refused(void **state)
{
    (void)state;
    static const char *const damaged[] = {
        "plain", "", "dpapi:!!!", "dpapi:AAAA", "dpapi:0g", "dpapi:012",
    };
    for (size_t i = 0; i < HB_COUNT(damaged); i++) {
        struct error err = ERROR_INIT;
        char clear[SECRET_MAX] = "untouched";
        if (secret_reveal(damaged[i], clear, sizeof clear, &err) || err.kind != ERR_INVALID) {
            fail_msg("%s: expected ERR_INVALID, got %d %s", damaged[i], (int)err.kind, err.text);
        }
        assert_string_equal(clear, "");
    }
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    char text[SECRET_TEXT_MAX];
    char small[8];
    char too_long[SECRET_MAX + 1];
    memset(too_long, 'x', sizeof too_long - 1);
    too_long[sizeof too_long - 1] = '\0';
    assert_false(secret_protect("password", small, sizeof small, &err));
    assert_false(secret_protect(too_long, text, sizeof text, &err));
    assert_true(secret_protect("password", text, sizeof text, &err));
    assert_false(secret_reveal(text, small, sizeof small, &err));
    assert_true(secret_protect("passwor", text, sizeof text, &err));
    assert_true(secret_reveal(text, small, sizeof small, &err));
}

static void what_is_wiped_is_zero(void **state)
{
    (void)state;
    char memory[9] = "password";
    static const char zeros[9];
    secret_wipe(memory, sizeof memory);
    assert_memory_equal(memory, zeros, sizeof memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_protected_is_revealed),
        cmocka_unit_test(what_is_damaged_is_refused),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(what_is_wiped_is_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
