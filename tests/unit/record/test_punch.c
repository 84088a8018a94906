#include "check.h"

#include "record/punch.h"

#define FIFTY "12345678901234567890123456789012345678901234567890"

static const struct {
    const char *text;
    bool sn;
    bool user;
} cases[] = {
    {"TEST00000001", true, true},
    {"a-b_c.d+E9", true, true},
    {"00042", true, true},
    {FIFTY, true, true},
    {FIFTY "1", false, false},
    {"", false, false},
    {"a b", false, false},
    {"a\tb", false, false},
    {"a\x01", false, false},
    {"a\x7F", false, false},
    {"'; DROP", false, false},
    {"a/b", false, true},
    {"a=b", false, false},
    {"a&b", false, false},
    {"a%20", false, false},
    {"a\"b", false, false},
    {"a'b", false, false},
    {"{a", false, false},
    {"a}", false, false},
    {"a,b", false, false},
    {"<a>", false, false},
    {"\xE0\xB8\x81", false, true},
    {"\xE0\xB8", false, false},
    {"\xC2\x85", false, false},
    {"\xC2\xA0", false, false},
    {"1\xE2\x80\xAE", false, false},
    {"1\xE2\x80\x8D", false, false},
    {"1\xE2\x81\xA6", false, false},
    {"1\xE2\x80\xA8", false, false},
    {"1\xEF\xBB\xBF", false, false},
    {"e\xCC\x81", false, true},
};

static void test_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        CHECK_INT(cases[i].text, cases[i].sn, punch_sn_valid(span_of(cases[i].text)));
        CHECK_INT(cases[i].text, cases[i].user, punch_user_valid(span_of(cases[i].text)));
    }
    assert_false(punch_sn_valid(SPAN("a\0b")));
    assert_false(punch_user_valid(SPAN("a\0b")));
}

static void zeros_in_front_go_where_all_are_digits(void **state)
{
    static const struct {
        const char *as_it_came, *stripped;
    } pads[] = {
        {"00042", "42"},    {"42", "42"},
        {"0", "0"},         {"000", "0"},
        {"", ""},           {"4200", "4200"},
        {"00A1", "00A1"},   {"-042", "-042"},
        {"0042 ", "0042 "}, {"0\xE0\xB9\x92", "0\xE0\xB9\x92"},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(pads); i++) {
        char user[PUNCH_USER_MAX + 1];
        snprintf(user, sizeof user, "%s", pads[i].as_it_came);
        punch_strip_zeros(user);
        CHECK_TEXT(pads[i].as_it_came, pads[i].stripped, user);
    }
    char longest[] = "0" FIFTY;
    longest[PUNCH_USER_MAX] = '\0';
    punch_strip_zeros(longest);
    CHECK_TEXT("the longest", "1234567890123456789012345678901234567890123456789", longest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_forms),
                                       cmocka_unit_test(zeros_in_front_go_where_all_are_digits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
