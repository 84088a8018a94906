#include "check.h"

#include "base/error.h"

static void test_set_says_all(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    assert_false(error_set(&err, ERR_BUSY, 32, "cannot open %s: %s", "a.txt", "in use\r\n"));
    assert_int_equal(err.kind, ERR_BUSY);
    assert_int_equal(err.code, 32);
    assert_string_equal(err.text, "cannot open a.txt: in use");
    error_clear(&err);
    assert_int_equal(err.kind, ERR_NONE);
    assert_string_equal(err.text, "");
}

static void test_null_is_fine(void **state)
{
    (void)state;
    assert_false(error_set(NULL, ERR_BUSY, 0, "x"));
    assert_false(error_prefix(NULL, "x"));
    error_clear(NULL);
}

static void test_prefix_needs_an_error(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    assert_false(error_prefix(&err, "cannot start: "));
    assert_string_equal(err.text, "");
    error_set(&err, ERR_FULL, 0, "no room");
    assert_false(error_prefix(&err, "cannot %s: ", "start"));
    assert_string_equal(err.text, "cannot start: no room");
    assert_int_equal(err.kind, ERR_FULL);
}

static void test_own_text_may_be_an_argument(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    error_set(&err, ERR_DENIED, 0, "inner");
    error_set(&err, ERR_SYSTEM, 0, "outer (%s)", err.text);
    assert_string_equal(err.text, "outer (inner)");
}

static void test_cut_between_characters(void **state)
{
    (void)state;
    static const char thai[] = "\xE0\xB8\x81";
    char long_text[3 * ERROR_TEXT_MAX + 3];
    for (size_t shift = 0; shift < 3; shift++) {
        memset(long_text, 'x', sizeof long_text);
        for (size_t i = shift; i + 3 < sizeof long_text; i += 3) {
            memcpy(long_text + i, thai, 3);
        }
        long_text[sizeof long_text - 1] = '\0';
        struct error err = ERROR_INIT;
        error_set(&err, ERR_SYSTEM, 0, "%s", long_text);
        assert_true(utf8_valid(span_of(err.text)));
        assert_true(strlen(err.text) > ERROR_TEXT_MAX - 4);
        assert_memory_equal(err.text, long_text, strlen(err.text));
        error_prefix(&err, "%s", thai);
        assert_true(utf8_valid(span_of(err.text)));
        error_prefix(&err, "%s", long_text);
        assert_memory_equal(err.text, long_text, strlen(err.text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set_says_all),
        cmocka_unit_test(test_null_is_fine),
        cmocka_unit_test(test_prefix_needs_an_error),
        cmocka_unit_test(test_own_text_may_be_an_argument),
        cmocka_unit_test(test_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
