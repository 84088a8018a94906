#include "check.h"

#include <windows.h>

#include "system/wide.h"

static void test_there_and_back(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "plain", "\xE0\xB8\x81\xE0\xBA\x81",
                                        "\xF0\x9F\x98\x80"};
    for (size_t i = 0; i < HB_COUNT(texts); i++) {
        struct error err = ERROR_INIT;
        wchar_t wide[32];
        char text[32];
        assert_true(wide_from_utf8(texts[i], wide, HB_COUNT(wide), &err));
        assert_true(wide_to_utf8(wide, text, sizeof text, &err));
        CHECK_TEXT(texts[i], texts[i], text);
    }
}

static void test_ill_formed_is_replaced(void **state)
{
    (void)state;
    wchar_t wide[8];
    char text[8];
    assert_true(wide_from_utf8("a\xFF", wide, HB_COUNT(wide), NULL));
    assert_int_equal(wide[1], 0xFFFD);
    wide[1] = 0xD800;
    assert_true(wide_to_utf8(wide, text, sizeof text, NULL));
    assert_true(utf8_valid(span_of(text)));
}

static void test_too_long(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    wchar_t wide[4];
    char text[4];
    assert_true(wide_from_utf8("abc", wide, HB_COUNT(wide), &err));
    assert_false(wide_from_utf8("abcd", wide, HB_COUNT(wide), &err));
    assert_int_equal(err.kind, ERR_INVALID);
    assert_int_equal(wide[0], 0);
    error_clear(&err);
    assert_false(wide_to_utf8(L"abcd", text, sizeof text, &err));
    assert_int_equal(err.kind, ERR_INVALID);
    assert_string_equal(text, "");
}

static void test_system_errors(void **state)
{
    (void)state;
    static const struct {
        unsigned long code;
        enum error_kind kind;
    } codes[] = {
        {2, ERR_NOT_FOUND}, {3, ERR_NOT_FOUND}, {5, ERR_DENIED},
        {32, ERR_BUSY},     {112, ERR_FULL},    {183, ERR_EXISTS},
        {8, ERR_MEMORY},    {1, ERR_SYSTEM},    {0x2FFFFFFF, ERR_SYSTEM},
    };
    for (size_t i = 0; i < HB_COUNT(codes); i++) {
        struct error err = ERROR_INIT;
        char code[32];
        snprintf(code, sizeof code, "%lu", codes[i].code);
        assert_false(wide_error(&err, codes[i].code, "cannot open %s", "a.txt"));
        CHECK_INT(code, codes[i].kind, err.kind);
        CHECK_INT(code, codes[i].code, err.code);
        assert_memory_equal(err.text, "cannot open a.txt: ", 19);
        assert_non_null(strstr(err.text, code));
        assert_null(strpbrk(err.text, "\r\n"));
    }
    assert_false(wide_error(NULL, 5, "nobody wants to know"));
}

static void test_no_argument_of_an_event_names_a_place(void **state)
{
    (void)state;
    static const struct {
        const wchar_t *given;
        const wchar_t *harmless;
    } texts[] = {
        {L"", L""},
        {L"100 %", L"100 %"},
        {L"50 % of it", L"50 % of it"},
        {L"%1", L"\xFF05"
                L"1"},
        {L"%%1812", L"\xFF05\xFF05"
                    L"1812"},
        {L"a%20b%2", L"a\xFF05"
                     L"20b\xFF05"
                     L"2"},
        {L"%%%", L"\xFF05\xFF05%"},
        {L"%n %s", L"%n %s"},
        {L"\x0e01%9", L"\x0e01\xFF05"
                      L"9"},
    };
    for (size_t i = 0; i < HB_COUNT(texts); i++) {
        wchar_t text[32];
        wcscpy(text, texts[i].given);
        wide_disarm(text);
        assert_int_equal(wcscmp(text, texts[i].harmless), 0);
    }
}

static void test_arguments(void **state)
{
    (void)state;
    int count = 0;
    char **arguments = wide_arguments(&count);
    assert_non_null(arguments);
    assert_true(count >= 1);
    assert_non_null(strstr(arguments[0], "test_wide"));
    assert_null(arguments[count]);
    free(arguments);
}

/* Windows' own, in each language that this one has. */
static bool says(unsigned long code, unsigned language, char *out, size_t size)
{
    wchar_t wide[256];
    DWORD len = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS |
                                   FORMAT_MESSAGE_MAX_WIDTH_MASK,
                               NULL, code, language, wide, (DWORD)HB_COUNT(wide), NULL);
    while (len > 0 && (wide[len - 1] <= L' ' || wide[len - 1] == L'.')) {
        wide[--len] = L'\0';
    }
    return len > 0 && wide_to_utf8(wide, out, size, NULL);
}

static void test_words_in_thai_by_their_number(void **state)
{
    (void)state;
    static const long codes[] = {2, 5, 32, 112, 1314};
    char english[768];
    char expected[768];
    char got[768] = "";
    int answered = 0;
    for (size_t i = 0; i < HB_COUNT(codes); i++) {
        unsigned long code = (unsigned long)codes[i];
        assert_true(
            says(code, MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US), english, sizeof english));
        bool thai = says(code, MAKELANGID(LANG_THAI, SUBLANG_DEFAULT), expected, sizeof expected);
        CHECK_INT(english, thai, wide_in_thai(span_of(english), codes[i], got, sizeof got));
        if (thai) {
            CHECK_TEXT(english, expected, got);
            answered++;
        }
        CHECK_INT("another's number", false,
                  wide_in_thai(span_of(english), codes[i] + 1, got, sizeof got));
        CHECK_INT("other words", false, wide_in_thai(SPAN("no"), codes[i], got, sizeof got));
    }
    CHECK_INT("none", false, wide_in_thai(SPAN(""), 0, got, sizeof got));
    CHECK_INT("less", false, wide_in_thai(SPAN("x"), -1, got, sizeof got));
    print_message("this Windows says %d of %d in Thai\n", answered, (int)HB_COUNT(codes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_ill_formed_is_replaced),
        cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_system_errors),
        cmocka_unit_test(test_no_argument_of_an_event_names_a_place),
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_words_in_thai_by_their_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
