#include "check.h"

#include "base/blot.h"

static void test_what_stands_around_a_number(void **state)
{
    (void)state;
    static const struct {
        const char *user, *text, *expected;
        size_t count;
    } cases[] = {
        {"1001", "1001\t2026-01-15 08:01\tSomchai", "xxxx\txxxx-xx-xx xx:xx\txxxxxxx", 1},
        {"1001", "1002\t2026-01-15\n1001\t2026-01-15\n1003\t2026-01-15",
         "1002\t2026-01-15\nxxxx\txxxx-xx-xx\n1003\t2026-01-15", 1},
        {"1001", "1001\r\n1001\r\n", "xxxx\r\nxxxx\r\n", 2},
        {"1001", "1001 1001", "xxxx xxxx", 1},
        {"1001", "21001 10010 A1001 1001-2 1001/2", "21001 10010 A1001 1001-2 1001/2", 0},
        {"1001", "3 1 00001001 \xE0\xB8\xAA x", "x x xxxxxxxx xxx x", 1},
        {"1001", "{\"a\":[{\"user_id\":\"1002\",\"t\":1},{\"user_id\":\"1001\",\"t\":2}]}",
         "{\"a\":[{\"user_id\":\"1002\",\"t\":1},{\"xxxx_xx\":\"xxxx\",\"x\":x}]}", 1},
        {"1001", "{\"user_id\":\"1001\",\"log\":{\"t\":5},\"n\":\"Som\"},{\"k\":7}",
         "{\"xxxx_xx\":\"xxxx\",\"xxx\":{\"x\":x},\"x\":\"xxx\"},{\"k\":7}", 1},
        /* a short one only where it is said to be one */
        {"7", "7\t2026-01-07 07:07:07\t7\n1\t2026-01-07 07:07:07\t7\n",
         "x\txxxx-xx-xx xx:xx:xx\tx\n1\t2026-01-07 07:07:07\t7\n", 1},
        {"7", "7 1 12 Somchai", "7 1 12 Somchai", 0},
        {"7", "time=2026-01-07 07:07\tpin=7\tevent=0", "xxxx=xxxx-xx-xx xx:xx\txxx=x\txxxxx=x", 1},
        {"7", "pin=71\tevent=7", "pin=71\tevent=7", 0},
        {"7", "USER PIN=7\tName=Somchai", "xxxx xxx=x\txxxx=xxxxxxx", 1},
        {"7", "{\"UserID\": \"7\"}", "{\"xxxxxx\": \"x\"}", 1},
        {"7", "spin:8 pinned=7", "spin:8 pinned=7", 0},
        {"7", "0007\t1", "xxxx\tx", 1},
        {"0", "0\t1", "x\tx", 1},
        {"1001", "", "", 0},
        {"A-1", "A-1\tx1\n", "x-x\txx\n", 1},
        {"1001",
         "SN1\x1f"
         "1001 at 8\x1f"
         "5",
         "SN1\x1fxxxx xx x\x1f"
         "5",
         1},
        /* a record's bytes: as text, or as 32 bits, the least first */
        {"1001", "4370 40 0100313030310000", "4370 40 xxxxxxxxxxxxxxxx", 1},
        {"1001", "4370 40 0100393030310000", "4370 40 0100393030310000", 0},
        {"1001", "4370 40 0131303031320000", "4370 40 0131303031320000", 0},
        {"1001", "4370 40 0141313030310000", "4370 40 0141313030310000", 0},
        {"1001", "e903000000000000 1 E9030000FFFFFFFF", "xxxxxxxxxxxxxxxx 1 xxxxxxxxxxxxxxxx", 2},
        {"1001", "00000000e903000 000e903000000000", "00000000e903000 000e903000000000", 0},
        {"1001", "0000e903 00000000e9030000", "0000e903 xxxxxxxxxxxxxxxx", 1},
        {"00001001", "3030303031303031", "xxxxxxxxxxxxxxxx", 1},
        {"999999999", "00ffc99a3b000000", "xxxxxxxxxxxxxxxx", 1},
        {"1000000000", "00ca9a3b00000000", "xxxxxxxxxxxxxxxx", 1},
        {"4294967295", "00ffffffff000000", "xxxxxxxxxxxxxxxx", 1},
        {"2147483648", "4370 16 00000080111111110101000000000000",
         "4370 16 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 1},
        {"7", "0700000000000000 3700000000000000", "0700000000000000 3700000000000000", 0},
        {"7", "4370 16 07000000111111110101000000000000",
         "4370 16 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 1},
        {"7", "x\n4370 16 07000000111111110101000000000000\ny",
         "x\n4370 16 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\ny", 1},
        {"7", "4370 16 08000000070000000101000000000000",
         "4370 16 08000000070000000101000000000000", 0},
        {"7", "a4370 16 07000000111111110101000000000000",
         "a4370 16 07000000111111110101000000000000", 0},
        {"7", "4370 16 07000000111111110101000000000000 ",
         "4370 16 07000000111111110101000000000000 ", 0},
        {"7", "4370 8 0700010011111111", "4370 8 0700010011111111", 0},
        {"0", "4370 16 00000000111111110101000000000000",
         "4370 16 00000000111111110101000000000000", 0},
        {"1001", "e9030000e9030000\tSomchai\n", "xxxxxxxxxxxxxxxx\tSomchai\n", 1},
        /* a query's signs */
        {"1001", "a=%091001&b", "x=%xxxxxx&x", 1},
        {"1001", "a=%1001 a=x091001 %09", "x=%xxxx x=xxxxxxx %xx", 1},
        {"1001", "a=x091001 a=%zz1001 %31001", "a=x091001 a=%zz1001 %31001", 0},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char text[128];
        snprintf(text, sizeof text, "%s", cases[i].text);
        struct blot_one user = {cases[i].user};
        CHECK_INT(cases[i].text, cases[i].count, blot_text(text, strlen(text), blot_is_one, &user));
        CHECK_TEXT(cases[i].text, cases[i].expected, text);
    }
}

/* Bytes as they come: a NUL ends a line, and nothing is read beyond the end. */
static void test_bytes(void **state)
{
    (void)state;
    struct blot_one user = {"1001"};
    char text[] = {'a', '1', '\0', '1', '0', '0', '1', '\0', 'b', '2'};
    CHECK_INT("NUL", 1, blot_text(text, sizeof text, blot_is_one, &user));
    assert_memory_equal(text, "a1\0xxxx\0b2", sizeof text);
    char ends[] = {'1', '0', '0', '1'};
    CHECK_INT("the end", 1, blot_text(ends, sizeof ends, blot_is_one, &user));
    CHECK_INT("nothing", 0, blot_text(ends, 0, blot_is_one, &user));
}

#define BYTES(text)                                                                                \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }

/* What may be no text, and is one piece then. */
static void test_bytes_that_are_no_text(void **state)
{
    static const struct {
        const char *input;
        struct span bytes;
        size_t count;
    } cases[] = {
        {"text", BYTES("1001\t1\n1002\t1"), 1},
        {"a word",
         BYTES("a\0\x80\xFF"
               "1001\0Name\0"),
         1},
        {"another's",
         BYTES("a\0\x80\xFF"
               "1002\0Name\0"),
         0},
        {"a number", BYTES("a\xE9\x03\0\0Name\0"), 1},
        {"at the end", BYTES("a\0\xE9\x03\0\0"), 1},
        {"beyond it", BYTES("a\0\xE9\x03\0"), 0},
        {"said", BYTES("pin=1001\0"), 1},
        {"nothing", BYTES(""), 0},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char bytes[32];
        char all[32];
        struct blot_one user = {"1001"};
        size_t len = cases[i].bytes.len;
        memcpy(bytes, cases[i].bytes.at, len);
        memset(all, 'x', sizeof all);
        CHECK_INT(cases[i].input, cases[i].count, blot_bytes(bytes, len, blot_is_one, &user));
        if (i == 0) {
            assert_memory_equal("xxxx\tx\n1002\t1", bytes, len);
        } else {
            assert_memory_equal(cases[i].count > 0 ? all : cases[i].bytes.at, bytes, len);
        }
    }
}

static bool counts(void *context, struct span word)
{
    ++*(size_t *)context;
    return span_equal(word, SPAN("3000000001"));
}

/* A megabyte of anything does not ask for each of its numbers where asking costs. */
static void test_long_bytes(void **state)
{
    (void)state;
    static const size_t sizes[] = {4096, 4097};
    for (size_t i = 0; i < HB_COUNT(sizes); i++) {
        char *bytes = calloc(1, sizes[i]);
        size_t asked = 0;
        struct blot_one one = {"3000000001"};
        assert_non_null(bytes);
        memcpy(bytes + 2000, "\x01\x5e\xd0\xb2", 4); /* 3,000,000,001 */
        CHECK_INT("asked", i == 0, blot_bytes(bytes, sizes[i], counts, &asked));
        CHECK_INT("compared", i != 0, blot_bytes(bytes, sizes[i], blot_is_one, &one));
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_stands_around_a_number),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_bytes_that_are_no_text),
        cmocka_unit_test(test_long_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
