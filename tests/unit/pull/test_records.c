#include "check.h"

#include "pull/frame.h"
#include "base/blot.h"
#include "pull/records.h"

static size_t unhex(const char *text, uint8_t *out)
{
    size_t len = 0;
    for (; *text != '\0'; text += text[2] == ' ' ? 3 : 2) {
        char two[3] = {text[0], text[1], '\0'};
        out[len++] = (uint8_t)strtoul(two, NULL, 16);
    }
    return len;
}

#define ZEROS_8 " 00 00 00 00 00 00 00 00"
#define ZEROS_16 ZEROS_8 ZEROS_8

/* As they were caught, or after the documented layout. */
static const struct {
    enum pull_layout layout;
    const char *bytes;
    const char *user, *time;
    int verify, state;
} records[] = {
    {PULL_8A, "07 00 28 00 a8 eb a7 1e", "7", "2016-01-01 19:02:00", 8, 2},
    {PULL_8B, "07 00 0f a8 eb a7 1e 01", "7", "2016-01-01 19:02:00", 15, 1},
    {PULL_16, "15 00 00 00 ec 15 4f 23 01 00 00 00 00 00 00 00", "21", "2018-06-06 07:31:56", 1, 0},
    {PULL_40, "01 00 31 30 30 33 36 00 00 00" ZEROS_16 " 0f b8 eb c9 29 00" ZEROS_8, "10036",
     "2021-10-24 13:42:16", 15, 0},
    {PULL_49, "01 00 41 62 30 33 36 00 00 00" ZEROS_16 " 0f b8 eb c9 29 01" ZEROS_16 " 00", "Ab036",
     "2021-10-24 13:42:16", 15, 1},
    {PULL_22, "02 00 30 30 34 32 00 00 00 00 00 00 01 b8 eb c9 29 05 00 00 00 00", "0042",
     "2021-10-24 13:42:16", 1, 5},
};

static void test_layouts(void **state)
{
    (void)state;
    for (size_t i = 0; i < HB_COUNT(records); i++) {
        uint8_t bytes[64];
        struct pull_record record;
        walltime time = 0;
        char text[WALLTIME_TEXT_MAX];
        char user[64];
        CHECK_INT(records[i].bytes, pull_layout_size(records[i].layout),
                  unhex(records[i].bytes, bytes));
        pull_record(records[i].layout, bytes, &record);
        assert_null(pull_record_wrong(&record, INT64_C(1795795200), &time));
        assert_true(span_copy(record.user, user, sizeof user));
        CHECK_TEXT(records[i].bytes, records[i].user, user);
        CHECK_TEXT(records[i].bytes, records[i].time, walltime_text(time, text));
        CHECK_INT(records[i].bytes, records[i].verify, record.verify);
        CHECK_INT(records[i].bytes, records[i].state, record.state);
    }
}

/* What cannot be a punch, byte for byte. */
static const struct {
    const char *rule;
    const char *bytes;
} wrong[] = {
    {"31 June", "01 00 31 00 00 00 00 00 00 00" ZEROS_16 " 01 90 1f c3 32 00" ZEROS_8},
    {"stamp 0", "01 00 31 00 00 00 00 00 00 00" ZEROS_16 " 01 00 00 00 00 00" ZEROS_8},
    {"2000-01-01 23:59:59", "01 00 31 00 00 00 00 00 00 00" ZEROS_16 " 01 7f 51 01 00 00" ZEROS_8},
    {"2133", "01 00 31 00 00 00 00 00 00 00" ZEROS_16 " 01 ff ff ff ff 00" ZEROS_8},
    {"no user", "01 00 00 00 00 00 00 00 00 00" ZEROS_16 " 01 b8 eb c9 29 00" ZEROS_8},
    {"a blank in the user", "01 00 31 20 32 00 00 00 00 00" ZEROS_16 " 01 b8 eb c9 29 00" ZEROS_8},
    {"no text", "01 00 ff fe 32 00 00 00 00 00" ZEROS_16 " 01 b8 eb c9 29 00" ZEROS_8},
    {"a control character", "01 00 31 07 32 00 00 00 00 00" ZEROS_16 " 01 b8 eb c9 29 00" ZEROS_8},
    {"a deleted person", "00 00 30 00 00 00 00 00 00 00" ZEROS_16 " 01 b8 eb c9 29 00" ZEROS_8},
    {"all nought", "00 00 00 00 00 00 00 00 00 00" ZEROS_16 " 00 00 00 00 00 00" ZEROS_8},
};

static void test_what_is_no_punch(void **state)
{
    (void)state;
    for (size_t i = 0; i < HB_COUNT(wrong); i++) {
        uint8_t bytes[64];
        struct pull_record record;
        walltime time = 0;
        CHECK_INT(wrong[i].rule, 40, unhex(wrong[i].bytes, bytes));
        pull_record(PULL_40, bytes, &record);
        if (pull_record_wrong(&record, INT64_C(1795795200), &time) == NULL) {
            fail_msg("[%s] was taken for a punch", wrong[i].rule);
        }
    }
}

static void test_sizes_of_users(void **state)
{
    (void)state;
    CHECK_INT("18 × 28", 28, pull_user_size(504, 18));
    CHECK_INT("7 × 72", 72, pull_user_size(504, 7));
    CHECK_INT("neither", 0, pull_user_size(504, 9));
    CHECK_INT("none", 0, pull_user_size(0, 0));
    CHECK_INT("not told", 0, pull_user_size(504, -1));
}

/* Passwords go, and from what is shown names and cards, however the table is cut; the rest stays.
 */
static void masked_users(bool shown)
{
    static const size_t sizes[] = {28, 72, 0};
    for (size_t s = 0; s < HB_COUNT(sizes); s++) {
        size_t size = sizes[s];
        for (size_t part = 1; part < 90; part++) {
            uint8_t table[4 + 72 * 5];
            memset(table, 0xee, sizeof table);
            for (size_t at = 0; at < sizeof table; at += part) {
                size_t len = sizeof table - at < part ? sizeof table - at : part;
                pull_mask_users(size, shown, at, table + at, len);
            }
            for (size_t at = 0; at < sizeof table; at++) {
                size_t in = size > 0 && at >= 4 ? (at - 4) % size : 0;
                size_t end = size == 28 ? shown ? 20 : 8 : shown ? 39 : 11;
                bool secret = at >= 4 && (size == 0 || (in >= 3 && in < end));
                CHECK_INT("byte", secret ? 0 : 0xee, table[at]);
            }
        }
    }
}

static void test_passwords_are_masked(void **state)
{
    (void)state;
    masked_users(false);
    masked_users(true);
}

/* base/blot.c has the places of users too: they are these. */
static void test_a_short_number_is_found_in_a_record(void **state)
{
    (void)state;
    static const struct {
        enum pull_layout layout;
        const char *front;
        size_t size, at;
        bool text, found;
    } cases[] = {
        {PULL_8A, "4370 8 ", 8, 0, false, false}, /* a place in the list of users */
        {PULL_16, "4370 16 ", 16, 0, false, true}, {PULL_22, "4370 22 ", 22, 2, true, true},
        {PULL_40, "4370 40 ", 40, 2, true, true},  {PULL_49, "4370 49 ", 49, 2, true, true},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        uint8_t bytes[64] = {0};
        char raw[PUNCH_RAW_MAX];
        struct pull_record record;
        struct blot_one his = {"7"};
        struct blot_one another = {"8"};
        bytes[cases[i].at] = cases[i].text ? '7' : 7;
        bytes[cases[i].size - 1] = 8; /* what is no user's is none */
        pull_record(cases[i].layout, bytes, &record);
        CHECK_INT(cases[i].front, true, span_equal(record.user, SPAN("7")));
        size_t front = (size_t)snprintf(raw, sizeof raw, "%s", cases[i].front);
        hex_put(bytes, cases[i].size, raw + front);
        size_t len = front + 2 * cases[i].size;
        CHECK_INT(cases[i].front, 0, blot_text(raw, len, blot_is_one, &another));
        CHECK_INT(cases[i].front, cases[i].found, blot_text(raw, len, blot_is_one, &his) > 0);
    }
    uint8_t live[] = {7, 0, 0, 0, 1, 0, 26, 1, 15, 8, 0, 0};
    char raw[PUNCH_RAW_MAX];
    struct visit_row row;
    struct blot_one his = {"7"};
    assert_true(pull_event("A1", live, sizeof live, &row, raw));
    CHECK_TEXT("an event's", "7", row.punch.user_id);
    CHECK_INT("an event", 1, blot_text(raw, row.punch.raw.len, blot_is_one, &his));
}

static void test_events(void **state)
{
    (void)state;
    static const char caught[] =
        "39 39 39 31 31 31 33 33 33 00 00 00 00 00 00 00 00 00 00 00 00 00 "
        "00 00 01 00 12 06 19 11 29 05";
    static const size_t longer[] = {32, 36, 37, 52};
    uint8_t bytes[64] = {0};
    char raw[PUNCH_RAW_MAX];
    char text[WALLTIME_TEXT_MAX];
    struct visit_row row;
    CHECK_INT("length", 32, unhex(caught, bytes));
    for (size_t i = 0; i < HB_COUNT(longer); i++) {
        assert_true(pull_event("SN1", bytes, longer[i], &row, raw));
        CHECK_TEXT("user", "999111333", row.punch.user_id);
        CHECK_TEXT("time", "2018-06-25 17:41:05", walltime_text(row.punch.time, text));
        CHECK_INT("verify", 1, row.punch.verify);
        CHECK_INT("state", 0, row.punch.status);
        CHECK_TEXT("sn", "SN1", row.punch.device_sn);
    }
    unhex("15 00 00 00 0f 01 1a 0b 1d 08 00 09", bytes);
    assert_true(pull_event("SN1", bytes, 12, &row, raw));
    CHECK_TEXT("user", "21", row.punch.user_id);
    CHECK_TEXT("time", "2026-11-29 08:00:09", walltime_text(row.punch.time, text));
    /* These may name a slot: not for certain who it was. */
    assert_false(pull_event("SN1", bytes, 10, &row, raw));
    assert_false(pull_event("SN1", bytes, 14, &row, raw));
    static const size_t others[] = {0, 1, 8, 11, 13, 31, 33, 40, 64};
    for (size_t i = 0; i < HB_COUNT(others); i++) {
        assert_false(pull_event("SN1", bytes, others[i], &row, raw));
    }
    bytes[7] = 13; /* a month */
    assert_false(pull_event("SN1", bytes, 12, &row, raw));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layouts),
        cmocka_unit_test(test_what_is_no_punch),
        cmocka_unit_test(test_sizes_of_users),
        cmocka_unit_test(test_passwords_are_masked),
        cmocka_unit_test(test_a_short_number_is_found_in_a_record),
        cmocka_unit_test(test_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
