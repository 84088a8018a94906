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
        {"4370", "4370 16 08000000070000000101000000000000",
         "4370 16 08000000070000000101000000000000", 0},
        {"4370", "4370 1001", "xxxx xxxx", 1},
        {"1001", "0031003000300031003a0041", "xxxxxxxxxxxxxxxxxxxxxxxx", 1},
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
        {"no NUL", BYTES("\x01 \xE9\x03 a"), 0},
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
        struct blot_aside aside = {.by_terminal = true};
        CHECK_INT(cases[i].input, cases[i].count,
                  blot_bytes(bytes, len, &aside, blot_is_one, &user));
        CHECK_INT(cases[i].input, false, aside.guessed);
        if (i == 0) {
            assert_memory_equal("xxxx\tx\n1002\t1", bytes, len);
        } else {
            assert_memory_equal(cases[i].count > 0 ? all : cases[i].bytes.at, bytes, len);
        }
    }
}

/* 16,909,060 is 04 03 02 01, of which each byte is UTF-8. */
static void test_bytes_without_nul(void **state)
{
    (void)state;
    static const char came[] = "{\"n\":9}\x04\x03\x02\x01";
    char bytes[sizeof came];
    struct blot_aside aside = {0};
    struct blot_one user = {"16909060"};
    memcpy(bytes, came, sizeof came);
    CHECK_INT("a control", 1, blot_bytes(bytes, sizeof came - 1, &aside, blot_is_one, &user));
    CHECK_TEXT("whole", "xxxxxxxxxxx", bytes);
    /* Thai in another encoding: its lines go */
    char thai[] = "1001 \xBC\xB9\n1002 \xBC\xB9";
    user.number = "1001";
    CHECK_INT("a text", 1, blot_bytes(thai, sizeof thai - 1, &aside, blot_is_one, &user));
    CHECK_TEXT("one line", "xxxx xx\n1002 \xBC\xB9", thai);
}

/* What was set aside: who may be meant goes, where nothing says who is. */
static void test_what_was_set_aside(void **state)
{
    static const struct {
        const char *user, *text, *expected;
        bool by_log, guessed;
    } cases[] = {
        /* a terminal's lines say by their form, or in words, whose they are */
        {"7", "1\t2026-01-07 07:07:07\t7\n", "1\t2026-01-07 07:07:07\t7\n", false, false},
        {"7", "7\t2026-01-07 07:07:07\t1\n", "x\txxxx-xx-xx xx:xx:xx\tx\n", false, false},
        {"7", "pin=71\tevent=7 7", "pin=71\tevent=7 7", false, false},
        {"7", "event = 7\tUserID : 71\t7", "event = 7\tUserID : 71\t7", false, false},
        {"7", "7 2026-01-07 07:07:07 1", "x xxxx-xx-xx xx:xx:xx x", false, true},
        {"7", "1 2026-01-07 07:07:07 007", "x xxxx-xx-xx xx:xx:xx xxx", false, true},
        {"7", "1 2026-01-07 07:07:07 17", "1 2026-01-07 07:07:07 17", false, false},
        {"7", "OPLOG 4\t7", "xxxxx x\tx", false, true},
        {"7", "{\"a\":\"7\"},{\"b\":8}", "{\"x\":\"x\"},{\"b\":8}", false, true},
        /* a log's columns may be any */
        {"7", "1\t7\tSomchai\t07/01/2026 07:07", "x\tx\txxxxxxx\txx/xx/xxxx xx:xx", true, true},
        {"7", "1\t8\tSomchai\t7/7/2026 07:07", "1\t8\tSomchai\t7/7/2026 07:07", true, false},
        {"7", "7\t1\n8\t1", "x\tx\n8\t1", true, false},
        {"7", "1,7,8\n1|7|8;7\n1-7 a7 7.", "x,x,x\nx|x|x;x\n1-7 a7 7.", true, true},
        {"16", "4370 16 08000000070000000101000000000000",
         "4370 16 08000000070000000101000000000000", false, false},
        /* a record of a certain layout: its user alone */
        {"7", "4370 16 08000000070000000101000000000000",
         "4370 16 08000000070000000101000000000000", false, false},
        {"7", "4370 16 07000000080000000101000000000000",
         "4370 16 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", false, false},
        {"7", "4370 8 0700010011111111", "4370 8 0700010011111111", false, false},
        /* one of a size that fits: each of its fields; of no size that does: anywhere */
        {"7", "010203040506070807000000", "xxxxxxxxxxxxxxxxxxxxxxxx", false, true},
        {"7", "070000000506070801020304", "xxxxxxxxxxxxxxxxxxxxxxxx", false, true},
        {"7", "010203040700000001020304", "xxxxxxxxxxxxxxxxxxxxxxxx", false, true},
        {"7", "010203040507000000020304", "010203040507000000020304", false, false},
        {"7", "010203040506070007000000", "xxxxxxxxxxxxxxxxxxxxxxxx", false, true},
        {"7", "010203040506070700000009", "010203040506070700000009", false, false},
        {"7", "01020304050607070000000900", "xxxxxxxxxxxxxxxxxxxxxxxxxx", false, true},
        {"7", "0102033700aabbccddeeff", "xxxxxxxxxxxxxxxxxxxxxx", false, true},
        {"17", "010203313700aabbccddeeff11", "xxxxxxxxxxxxxxxxxxxxxxxxxx", false, true},
        {"17", "01020331003700aabbccddeeff", "xxxxxxxxxxxxxxxxxxxxxxxxxx", false, true},
        {"17", "0102030031003700aabbccddee", "xxxxxxxxxxxxxxxxxxxxxxxxxx", false, true},
        {"17", "01020300310000370102030405", "01020300310000370102030405", false, false},
        {"1001", "01020335313030310abbccddeeff", "xxxxxxxxxxxxxxxxxxxxxxxxxxxx", false, true},
        {"7", "4370 24 0102030700000001020304", "4370 24 xxxxxxxxxxxxxxxxxxxxxx", false, true},
        {"7", "4370 24 0102030800000001020304", "4370 24 0102030800000001020304", false, false},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char text[128];
        struct blot_aside aside = {.by_terminal = !cases[i].by_log};
        struct blot_one user = {cases[i].user};
        snprintf(text, sizeof text, "%s", cases[i].text);
        (void)blot_bytes(text, strlen(text), &aside, blot_is_one, &user);
        CHECK_TEXT(cases[i].text, cases[i].expected, text);
        CHECK_INT(cases[i].text, cases[i].guessed, aside.guessed);
        CHECK_INT("once more", 0, blot_bytes(text, strlen(text), &aside, blot_is_one, &user));
    }
}

/* Numbers of one to ten digits, as a text in UTF-8 and UTF-16 and in 32 bits, wherever they stand
 * in bytes of which nothing is known; and nobody else's. */
static void test_each_length_in_bytes(void **state)
{
    enum { BODY = 64, FORMS = 4, LENGTHS = 10 };
    static const char number[] = "3141592653";
    (void)state;
    for (size_t digits = 1; digits <= LENGTHS; digits++) {
        for (size_t form = 0; form < FORMS; form++) {
            for (size_t at = 0; at + 2 * LENGTHS < BODY; at++) {
                char bytes[BODY];
                char what[64];
                char his[LENGTHS + 1] = "";
                char others[] = "8888888888";
                struct blot_one user = {his};
                struct blot_one other = {others};
                struct blot_aside aside = {0};
                memcpy(his, number, digits);
                others[digits] = '\0';
                memset(bytes, 0xEE, sizeof bytes);
                uint32_t value = (uint32_t)strtoul(his, NULL, 10);
                for (size_t i = 0; form < 3 && i < digits; i++) {
                    bytes[at + i * (form == 0 ? 1 : 2) + (form == 2)] = his[i];
                    if (form > 0) {
                        bytes[at + 2 * i + (form == 1)] = '\0';
                    }
                }
                bytes[at + digits] = form == 0 ? '\0' : bytes[at + digits];
                for (size_t i = 0; form == 3 && i < 4; i++) {
                    bytes[at + i] = (char)(value >> (8 * i));
                }
                snprintf(what, sizeof what, "%s in form %zu at %zu", his, form, at);
                CHECK_INT(what, 0, blot_bytes(bytes, sizeof bytes, &aside, blot_is_one, &other));
                CHECK_INT(what, 1, blot_bytes(bytes, sizeof bytes, &aside, blot_is_one, &user));
            }
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
        struct blot_aside aside = {0};
        CHECK_INT("asked", i == 0, blot_bytes(bytes, sizes[i], &aside, counts, &asked));
        CHECK_INT("compared", i != 0, blot_bytes(bytes, sizes[i], &aside, blot_is_one, &one));
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_stands_around_a_number),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_bytes_that_are_no_text),
        cmocka_unit_test(test_bytes_without_nul),
        cmocka_unit_test(test_what_was_set_aside),
        cmocka_unit_test(test_each_length_in_bytes),
        cmocka_unit_test(test_long_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
