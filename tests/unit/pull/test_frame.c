#include "check.h"

#include "pull/frame.h"

/* "e8 03 17" → bytes; returns how many. */
static size_t unhex(const char *text, uint8_t *out)
{
    size_t len = 0;
    for (; *text != '\0'; text += text[2] == ' ' ? 3 : 2) {
        char two[3] = {text[0], text[1], '\0'};
        out[len++] = (uint8_t)strtoul(two, NULL, 16);
    }
    return len;
}

/* Packets that were caught on the way to and from real terminals, and two that were computed. */
static const struct {
    const char *packet;
    uint16_t sum;
} sums[] = {
    {"e8 03 16 fc 00 00 01 00", 0xfc16},
    {"d0 07 29 6a f3 8d 0a 00 09", 0x6a29},
    {"0b 00 58 ef c5 c0 05 00 7e 4f 53 00", 0xef58},
    {"e0 05 ba 8e a0 6b 04 00 00 00 00 00 c0 ff 00 00", 0x8eba},
    {"e8 03 17 fc 00 00 00 00", 0xfc17},
    {"d5 07 8a 8c a0 6b 00 00", 0x8c8a},
    {"dc 05 15 8a a0 6b 02 00 7c 00 00 00 f0 03 00 00", 0x8a15},
    {"dc 05 be 7e a0 6b 04 00 c0 ff 00 00 00 10 00 00", 0x7ebe},
    {"d0 07 71 fe a0 6b 03 00 00 44 0d 03 00 44 0d 03 00 00 00 00 00", 0xfe71},
    {"f4 01 ac 12 01 00 00 00 39 39 39 31 31 31 33 33 33 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
     "00 01 00 12 06 19 11 29 05",
     0x12ac},
};

static void test_checksums(void **state)
{
    (void)state;
    for (size_t i = 0; i < HB_COUNT(sums); i++) {
        uint8_t bytes[64];
        struct pull_frame frame;
        size_t len = unhex(sums[i].packet, bytes);
        CHECK_INT(sums[i].packet, sums[i].sum, pull_checksum(bytes, len));
        assert_true(pull_read(bytes, len, &frame));
        CHECK_INT(sums[i].packet, true, frame.sound);
        bytes[len - 1] ^= 0x10;
        assert_true(pull_read(bytes, len, &frame));
        CHECK_INT(sums[i].packet, false, frame.sound);
    }
}

static void test_nought_has_two_forms(void **state)
{
    (void)state;
    static const uint8_t none[] = {0xff, 0xff, 0, 0, 0, 0, 0, 0};
    static const uint8_t all[] = {0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0};
    struct pull_frame frame;
    assert_true(pull_read(none, sizeof none, &frame) && frame.sound);
    assert_true(pull_read(all, sizeof all, &frame) && frame.sound);
}

static const struct {
    struct pull_asking asking;
    const char *bytes;
} asks[] = {
    {{.ask = PULL_CONNECT}, "50 50 82 7d 08 00 00 00 e8 03 17 fc 00 00 00 00"},
    {{.ask = PULL_CONNECT, .datagram = true}, "e8 03 17 fc 00 00 00 00"},
    {{.ask = PULL_CONNECT, .datagram = true, .reply = 1}, "e8 03 16 fc 00 00 01 00"},
    {{.ask = PULL_AUTH, .session = 0x6ba0, .reply = 1, .key = 123456},
     "50 50 82 7d 0c 00 00 00 4e 04 b7 7e a0 6b 01 00 26 7f 32 92"},
    {{.ask = PULL_OPTION, .session = 0x6ba0, .reply = 2, .name = "~SerialNumber"},
     "50 50 82 7d 16 00 00 00 0b 00 4f 4b a0 6b 02 00 7e 53 65 72 69 61 6c 4e 75 6d 62 65 72 00"},
    {{.ask = PULL_OPTION, .datagram = true, .session = 0xc0c5, .reply = 5, .name = "~OS"},
     "0b 00 58 ef c5 c0 05 00 7e 4f 53 00"},
    {{.ask = PULL_PREPARE_RECORDS, .session = 0x6ba0, .reply = 3},
     "50 50 82 7d 13 00 00 00 df 05 7c 81 a0 6b 03 00 01 0d 00 00 00 00 00 00 00 00 00"},
    {{.ask = PULL_CHUNK, .session = 0x6ba0, .reply = 4, .start = 0, .count = 0xffc0},
     "50 50 82 7d 10 00 00 00 e0 05 ba 8e a0 6b 04 00 00 00 00 00 c0 ff 00 00"},
    {{.ask = PULL_CHUNK, .session = 0x6ba0, .reply = 7, .start = 0x2ff40, .count = 0xe04},
     "50 50 82 7d 10 00 00 00 e0 05 31 81 a0 6b 07 00 40 ff 02 00 04 0e 00 00"},
};

static void test_asks(void **state)
{
    (void)state;
    for (size_t i = 0; i < HB_COUNT(asks); i++) {
        uint8_t expected[64];
        uint8_t out[PULL_ASK_MAX];
        size_t len = unhex(asks[i].bytes, expected);
        CHECK_INT(asks[i].bytes, len, pull_write(&asks[i].asking, out));
        for (size_t at = 0; at < len; at++) {
            CHECK_INT(asks[i].bytes, expected[at], out[at]);
        }
    }
}

/* All that can ever be sent, and what must never be. */
static void test_nothing_else_can_be_asked(void **state)
{
    (void)state;
    static const uint16_t allowed[] = {9,    11,   13,   50,   201,  202,  500, 1000,
                                       1001, 1100, 1102, 1502, 1503, 1504, 2000};
    for (int ask = 0; ask < PULL_ASKS; ask++) {
        struct pull_asking asking = {.ask = (enum pull_ask)ask, .datagram = true, .name = "MAC"};
        uint8_t out[PULL_ASK_MAX];
        bool found = false;
        size_t len = pull_write(&asking, out);
        assert_in_range(len, PULL_HEAD, PULL_ASK_MAX);
        CHECK_INT("command", pull_u16(out), pull_command(asking.ask));
        for (size_t i = 0; i < HB_COUNT(allowed); i++) {
            found = found || allowed[i] == pull_u16(out);
        }
        if (!found) {
            fail_msg("command %u is not on the list", (unsigned)pull_u16(out));
        }
    }
    uint8_t out[PULL_ASK_MAX];
    static const char longest[] =
        "a name that is longer than any option's name can be, much longer";
    assert_int_equal(pull_write(&(struct pull_asking){.ask = PULL_OPTION, .name = longest}, out),
                     PULL_PREFIX + PULL_HEAD + 33);
}

static const struct {
    uint32_t key;
    uint16_t session;
    const char *bytes;
} keys[] = {
    {0, 0x6ba0, "61 7d 32 12"},    {123456, 0x6ba0, "26 7f 32 92"}, {888888, 0x6ba0, "6b 61 32 62"},
    {1234, 0x1f2e, "41 36 32 66"}, {1234, 0x1f99, "41 36 32 66"},
};

static void test_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < HB_COUNT(keys); i++) {
        uint8_t expected[4];
        uint8_t got[4];
        unhex(keys[i].bytes, expected);
        pull_scramble(keys[i].key, keys[i].session, got);
        CHECK_INT(keys[i].bytes, pull_u32(expected), pull_u32(got));
    }
}

static const struct {
    uint32_t stamp;
    const char *text; /* "" = no such day */
} times[] = {
    {0x33898a83, "2026-11-26 13:05:07"},
    {0x2368b36b, "2018-06-25 17:50:35"},
    {0, "2000-01-01 00:00:00"},
    {0x1ea7eba8, "2016-01-01 19:02:00"},
    {0x234f15ec, "2018-06-06 07:31:56"},
    {0x29c9ebb8, "2021-10-24 13:42:16"},
    {UINT32_MAX, "2133-08-18 06:28:15"},
    {(uint32_t)((26 * 12 + 5) * 31 + 30) * 86400, ""}, /* 31 June */
    {(uint32_t)((26 * 12 + 1) * 31 + 28) * 86400, ""}, /* 29 February 2026 */
    {(uint32_t)((24 * 12 + 1) * 31 + 28) * 86400, "2024-02-29 00:00:00"},
};

static void test_times(void **state)
{
    (void)state;
    for (size_t i = 0; i < HB_COUNT(times); i++) {
        walltime time = 0;
        char text[WALLTIME_TEXT_MAX];
        bool day = pull_time(times[i].stamp, &time);
        CHECK_TEXT(times[i].text, times[i].text, day ? walltime_text(time, text) : "");
        if (day) {
            CHECK_INT(times[i].text, times[i].stamp, pull_stamp(time));
        }
    }
}

static void test_streams(void **state)
{
    (void)state;
    uint8_t bytes[64];
    struct pull_frame frame;
    size_t used = 0;
    size_t len = unhex("50 50 82 7d 08 00 00 00 d5 07 8a 8c a0 6b 00 00 50", bytes);
    for (size_t part = 0; part < 16; part++) {
        CHECK_INT("part", PULL_PART, pull_next(bytes, part, &frame, &used));
    }
    CHECK_INT("whole", PULL_WHOLE, pull_next(bytes, len, &frame, &used));
    CHECK_INT("used", 16, used);
    CHECK_INT("code", PULL_KEY_WANTED, frame.code);
    CHECK_INT("session", 0x6ba0, frame.session);
    static const char *const broken[] = {
        "aa",
        "51",
        "50 51",
        "50 50 82 7e",
        "48 54 54 50",
        "50 50 82 7d 00 00 00 00",
        "50 50 82 7d 07 00 00 00",
        "50 50 82 7d ff ff ff ff",
        "50 50 82 7d 01 00 10 00",
    };
    for (size_t i = 0; i < HB_COUNT(broken); i++) {
        len = unhex(broken[i], bytes);
        CHECK_INT(broken[i], PULL_BROKEN, pull_next(bytes, len, &frame, &used));
    }
}

static void put(uint8_t *data, size_t at, uint32_t value)
{
    for (int i = 0; i < 4; i++) {
        data[at + (size_t)i] = (uint8_t)(value >> 8 * i);
    }
}

static void test_sizes(void **state)
{
    (void)state;
    uint8_t data[112] = {0};
    struct pull_sizes sizes;
    put(data, 16, 3);
    put(data, 32, 58);
    put(data, 60, 5000);
    put(data, 64, 100000);
    put(data, 76, 99942);
    static const size_t lengths[] = {80, 92, 112};
    for (size_t i = 0; i < HB_COUNT(lengths); i++) {
        pull_read_sizes(data, lengths[i], &sizes);
        CHECK_INT("users", 3, sizes.users);
        CHECK_INT("records", 58, sizes.records);
        CHECK_INT("capacity", 100000, sizes.capacity);
    }
    pull_read_sizes(data, 36, &sizes);
    CHECK_INT("no capacity told", -1, sizes.capacity);
    CHECK_INT("but the count", 58, sizes.records);
    pull_read_sizes(data, 35, &sizes);
    CHECK_INT("too short for a count", -1, sizes.records);
    put(data, 76, 99941);
    pull_read_sizes(data, 92, &sizes);
    CHECK_INT("its sum does not come out", -1, sizes.records);
}

static void test_options(void **state)
{
    (void)state;
    static const struct {
        struct span answer;
        const char *value;
    } cases[] = {
        {{"~SerialNumber=AB12\0xx", 21}, "AB12"},
        {{"~Platform=ZEM760_TFT", 20}, "ZEM760_TFT"},
        {{"~SerialNumber=\0", 15}, ""},
        {{"no sign", 7}, ""},
        {{"", 0}, ""},
        {{"a= b=c \0", 8}, "b=c"},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char text[64];
        assert_true(span_copy(pull_option((const uint8_t *)cases[i].answer.at, cases[i].answer.len),
                              text, 64));
        CHECK_TEXT(cases[i].value, cases[i].value, text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_checksums), cmocka_unit_test(test_nought_has_two_forms),
        cmocka_unit_test(test_asks),      cmocka_unit_test(test_nothing_else_can_be_asked),
        cmocka_unit_test(test_keys),      cmocka_unit_test(test_times),
        cmocka_unit_test(test_streams),   cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
