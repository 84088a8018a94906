#include "check.h"

#include "base/text.h"

#define FFFD "\xEF\xBF\xBD"
#define THAI_KO "\xE0\xB8\x81"

static void test_compare(void **state)
{
    (void)state;
    struct span nothing = {NULL, 0};
    assert_true(span_equal(nothing, SPAN("")));
    assert_true(span_equal(SPAN("ab"), SPAN("ab")));
    assert_false(span_equal(SPAN("ab"), SPAN("aB")));
    assert_true(span_equal_nocase(SPAN("aZ[09"), SPAN("Az[09")));
    assert_false(span_equal_nocase(SPAN("ab"), SPAN("abc")));
    assert_false(span_equal_nocase(SPAN("["), SPAN("{")));
    assert_true(span_starts_nocase(SPAN("PIN=1"), SPAN("pin=")));
    assert_false(span_starts_nocase(SPAN("PI"), SPAN("pin=")));
    assert_true(span_starts_nocase(SPAN("x"), nothing));
}

static void test_trim(void **state)
{
    (void)state;
    struct span trimmed = span_trim(SPAN("\0 \ta b\r\n\0\t"));
    assert_true(span_equal(trimmed, SPAN("a b")));
    assert_int_equal(span_trim(SPAN(" \r\n\t\0")).len, 0);
    assert_int_equal(span_trim((struct span){NULL, 0}).len, 0);
}

static void test_field(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *fields; /* joined by '|', each closed by one */
    } cases[] = {
        {"", "|"}, {"a", "a|"}, {"a,b", "a|b|"}, {"a,,b", "a||b|"}, {"a,", "a||"}, {",", "||"},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char got[64] = "";
        struct span rest = span_of(cases[i].text);
        struct span field;
        while (span_field(&rest, ',', &field)) {
            strncat(got, field.at, field.len);
            strcat(got, "|");
        }
        CHECK_TEXT(cases[i].text, cases[i].fields, got);
    }
}

static void test_word(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *words;
    } cases[] = {{"", ""}, {" \t ", ""}, {"a", "a|"}, {"  a\t \tbc ", "a|bc|"}};
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char got[64] = "";
        struct span rest = span_of(cases[i].text);
        struct span word;
        while (span_word(&rest, &word)) {
            strncat(got, word.at, word.len);
            strcat(got, "|");
        }
        CHECK_TEXT(cases[i].text, cases[i].words, got);
    }
}

static void test_to_int32(void **state)
{
    (void)state;
    enum { UNTOUCHED = 77 };
    static const struct {
        const char *text;
        bool fine;
        int32_t value;
    } cases[] = {
        {"0", true, 0},
        {"255", true, 255},
        {"-1", true, -1},
        {"+25200", true, 25200},
        {"0007", true, 7},
        {"2147483647", true, INT32_MAX},
        {"-2147483648", true, INT32_MIN},
        {"2147483648", false, UNTOUCHED},
        {"-2147483649", false, UNTOUCHED},
        {"99999999999999999999", false, UNTOUCHED},
        {"", false, UNTOUCHED},
        {"-", false, UNTOUCHED},
        {"1 ", false, UNTOUCHED},
        {"1.0", false, UNTOUCHED},
        {"x", false, UNTOUCHED},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        int32_t value = UNTOUCHED;
        CHECK_INT(cases[i].text, cases[i].fine, span_to_int32(span_of(cases[i].text), &value));
        CHECK_INT(cases[i].text, cases[i].value, value);
    }
}

static void test_copy(void **state)
{
    (void)state;
    char out[4];
    assert_true(span_copy(SPAN("abc"), out, sizeof out));
    assert_string_equal(out, "abc");
    assert_false(span_copy(SPAN("abcd"), out, sizeof out));
    assert_string_equal(out, "");
    assert_false(span_copy(SPAN("a\0b"), out, sizeof out));
    assert_string_equal(out, "");
    assert_true(span_copy((struct span){NULL, 0}, out, sizeof out));
    assert_false(span_copy(SPAN(""), out, 0));
}

static void test_utf8(void **state)
{
    (void)state;
    static const struct {
        struct span text;
        const char *clean;
        bool valid;
    } cases[] = {
        {{"plain\ttext", 10}, "plain\ttext", true},
        {{THAI_KO "\xF0\x9F\x98\x80", 7}, THAI_KO "\xF0\x9F\x98\x80", true},
        {{"a\0b\x01\x7F", 5}, "a b  ", true},
        {{"a\r\n", 3}, "a  ", true},
        {{"\xC2\x85", 2}, " ", true},        /* C1 */
        {{"\xC2\xA0", 2}, "\xC2\xA0", true}, /* no control */
        {{"1\xE2\x80\xAE"
          "2",
          5},
         "1 2",
         true}, /* U+202E: what follows stands backwards */
        {{"\xE2\x81\xA6"
          "1",
          4},
         " 1",
         true}, /* U+2066 */
        {{"\xEF\xBB\xBF"
          "a",
          4},
         " a",
         true},
        {{"\xC0\x80", 2}, FFFD FFFD, false}, /* overlong */
        {{"\xE0\x9F\xBF", 3}, FFFD FFFD FFFD, false},
        {{"\xED\xA0\x80", 3}, FFFD FFFD FFFD, false}, /* surrogate */
        {{"\xF4\x90\x80\x80", 4}, FFFD FFFD FFFD FFFD, false},
        {{"\xE0\xB8", 2}, FFFD FFFD, false}, /* cut */
        {{"\x80"
          "a\xFF",
          3},
         FFFD "a" FFFD,
         false},
        {{"\xE0\xB8"
          "a",
          3},
         FFFD FFFD "a",
         false},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char out[64];
        char name[16];
        snprintf(name, sizeof name, "case %u", (unsigned)i);
        CHECK_INT(name, cases[i].valid, utf8_valid(cases[i].text));
        size_t written = utf8_clean(cases[i].text, out, sizeof out);
        CHECK_INT(name, strlen(cases[i].clean), written);
        CHECK_TEXT(name, cases[i].clean, out);
    }
}

static void what_is_not_seen_is_known(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool unseen;
    } cases[] = {
        {"", false},
        {"1001", false},
        {"a b\tc", false},
        {THAI_KO "\xE0\xB9\x88", false}, /* with a tone mark */
        {"\xE0\xBA\x81", false},         /* Lao */
        {"\xC3\xA9", false},
        {"e\xCC\x81", false}, /* U+0301 */
        {"\xF0\x9F\x98\x80", false},
        {"\xE2\x80\x90", false},     /* U+2010, just after the marks of direction */
        {"\xE2\x80\xA7", false},     /* U+2027, just before the separators */
        {"\xE2\x80\xB0", false},     /* U+2030 */
        {"\xEF\xBF\xBD", false},     /* U+FFFD */
        {"1\xE2\x80\xAE", true},     /* U+202E */
        {"1\xE2\x80\xAA", true},     /* U+202A */
        {"1\xE2\x80\x8D", true},     /* U+200D */
        {"1\xE2\x80\x8B", true},     /* U+200B */
        {"1\xE2\x80\xA8", true},     /* U+2028 */
        {"1\xE2\x80\xA9", true},     /* U+2029 */
        {"1\xE2\x81\xA6", true},     /* U+2066 */
        {"1\xE2\x81\xA9", true},     /* U+2069 */
        {"1\xE2\x81\xA0", true},     /* U+2060 */
        {"1\xC2\xAD", true},         /* U+00AD */
        {"1\xD8\x9C", true},         /* U+061C */
        {"1\xE3\x85\xA4", true},     /* U+3164 */
        {"1\xEF\xB8\x8F", true},     /* U+FE0F */
        {"1\xEF\xBB\xBF", true},     /* U+FEFF */
        {"1\xF3\xA0\x80\xB1", true}, /* U+E0031, a tag */
        {"1\xC2\xA0", true},         /* U+00A0 */
        {"1\xE3\x80\x80", true},     /* U+3000 */
        {"1\xE2\x80\x87", true},     /* U+2007 */
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char name[16];
        snprintf(name, sizeof name, "case %u", (unsigned)i);
        CHECK_INT(name, cases[i].unseen, utf8_has_unseen(span_of(cases[i].text)));
    }
}

static void test_clean_cuts_between_characters(void **state)
{
    (void)state;
    char out[6];
    assert_int_equal(utf8_clean(SPAN(THAI_KO THAI_KO), out, sizeof out), 3);
    assert_string_equal(out, THAI_KO);
    assert_int_equal(utf8_clean(SPAN("abcdefgh"), out, sizeof out), 5);
    assert_int_equal(utf8_clean(SPAN("\xFF\xFF"), out, sizeof out), 3);
    assert_int_equal(utf8_clean(SPAN("a"), out, 1), 0);
    assert_string_equal(out, "");
}

static void test_without_bom(void **state)
{
    (void)state;
    static const struct {
        struct span text;
        size_t left;
    } cases[] = {
        {{"", 0}, 0},
        {{"\xEF\xBB", 2}, 2},
        {{"\xEF\xBB\xBF", 3}, 0},
        {{"\xEF\xBB\xBF\xEF\xBB\xBF", 6}, 3},
        {{"a\xEF\xBB\xBF", 4}, 4},
        {{"\xEF\xBB\xBE", 3}, 3},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct span rest = utf8_without_bom(cases[i].text);
        CHECK_INT("left", cases[i].left, rest.len);
        assert_true(rest.at + rest.len == cases[i].text.at + cases[i].text.len);
    }
}

static void test_cut(void **state)
{
    (void)state;
    static const size_t expected[] = {0, 1, 1, 1, 4, 4, 4, 4, 8, 9, 9};
    struct span text = SPAN("a" THAI_KO "\xF0\x9F\x98\x80z");
    for (size_t limit = 0; limit < HB_COUNT(expected); limit++) {
        assert_int_equal(utf8_cut(text, limit), expected[limit]);
    }
    assert_int_equal(utf8_cut(SPAN("\xFF\xFF"), 1), 1);
}

static void test_hex(void **state)
{
    (void)state;
    static const struct {
        struct span bytes;
        const char *hex;
    } cases[] = {
        {{"", 0}, ""},
        {{"\0", 1}, "00"},
        {{"\x7F\x80\xFF\x0A\xA0", 5}, "7f80ff0aa0"},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char out[11] = "----------";
        hex_put(cases[i].bytes.at, cases[i].bytes.len, out);
        assert_string_equal(out, cases[i].hex);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compare),
        cmocka_unit_test(test_trim),
        cmocka_unit_test(test_field),
        cmocka_unit_test(test_word),
        cmocka_unit_test(test_to_int32),
        cmocka_unit_test(test_copy),
        cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_clean_cuts_between_characters),
        cmocka_unit_test(what_is_not_seen_is_known),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_without_bom),
        cmocka_unit_test(test_hex),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
