/* fkrecord: layouts, times and modes of the FK family's records. */
#include "check.h"

#include "base/blot.h"
#include "fk/fkrecord.h"

enum { RECORDS_MAX = 64, RANDOM_BLOBS = 100000 };

/* 2026-11-26 12:00:00, where the terminals are. */
static const walltime today = INT64_C(1795694400);

static size_t from_hex(const char *hex, char *out)
{
    size_t len = 0;
    for (const char *at = hex; *at != '\0'; at++) {
        if (*at == ' ') {
            continue;
        }
        unsigned value = 0;
        sscanf(at, "%2x", &value);
        out[len++] = (char)value;
        at++;
    }
    return len;
}

#define ZEROS_30 "000000000000000000000000000000000000000000000000000000000000"
#define ZEROS_14 "0000000000000000000000000000"
#define VECTOR_48 "3133" ZEROS_30 "0100000afa313a920000000200000010"
#define VECTOR_20 "0d0000000100000afa313a920000000200000010"
/* The same punch in the other layouts: year 2026 is 7ea, in form Q at bits 0-11. */
#define VECTOR_32 "3133" ZEROS_14 "0100000afa313a920000000200000010"
#define VECTOR_12A "0d0000000002010afa313a92"
#define VECTOR_12B "0141000a0d000000ea373a92"
#define VECTOR_12C "010a41580d000000ea373a92" /* backup number 11, a card, above the modes */

static void a_record_is_read_as_its_layout_says(void **state)
{
    static const struct {
        enum fkrecord_layout layout;
        const char *hex;
        const char *user; /* NULL: no punch */
        const char *time;
        int status;
        int verify;
    } cases[] = {
        {FKRECORD_48, VECTOR_48, "13", "2026-03-26 17:36:10", 1, 1},
        {FKRECORD_20, VECTOR_20, "13", "2026-03-26 17:36:10", 1, 1},
        {FKRECORD_32, VECTOR_32, "13", "2026-03-26 17:36:10", 1, 1},
        {FKRECORD_12A, VECTOR_12A, "13", "2026-03-26 17:36:10", 1, 1},
        {FKRECORD_12B, VECTOR_12B, "13", "2026-03-26 17:36:10", 0, 1},
        {FKRECORD_12C, VECTOR_12C, "13", "2026-03-26 17:36:10", 0, 1},
        /* face, password with finger, no method */
        {FKRECORD_20, "0d0000000100000afa313a920000000100000040", "13", "2026-03-26 17:36:10", 0,
         15},
        {FKRECORD_20, "0d0000000100000afa313a920000000100000021", "13", "2026-03-26 17:36:10", 0,
         3},
        {FKRECORD_20, "0d0000000100000afa313a920000000000000000", "13", "2026-03-26 17:36:10", 255,
         255},
        /* the largest number, a word of the user text to its end, blanks at its ends */
        {FKRECORD_20, "ffffffff0100000afa313a920000000200000010", "4294967295",
         "2026-03-26 17:36:10", 1, 1},
        {FKRECORD_32, "303030303030303030303030303030310100000afa313a920000000200000010",
         "0000000000000001", "2026-03-26 17:36:10", 1, 1},
        {FKRECORD_32,
         "20303034202000000000000000000000"
         "0100000afa313a920000000200000010",
         "004", "2026-03-26 17:36:10", 1, 1},
        {FKRECORD_32,
         "e0b881e0b882"
         "00000000000000000000"
         "0100000afa313a920000000200000010",
         "\xe0\xb8\x81\xe0\xb8\x82", "2026-03-26 17:36:10", 1, 1},
        /* a person at an open door is one; nobody at an open door is not; nobody at all neither */
        {FKRECORD_20, "0d0000000100000afa313a920900000200000010", "13", "2026-03-26 17:36:10", 1,
         1},
        {FKRECORD_20, "000000000100000afa313a920900000000000000", NULL, "event", 0, 0},
        {FKRECORD_20, "000000000100000afa313a920000000200000010", NULL, "the record names no user",
         0, 0},
        {FKRECORD_12A, "000000000002010afa313a92", NULL, "the record names no user", 0, 0},
        {FKRECORD_32,
         "41ff0000000000000000000000000000"
         "0100000afa313a920000000200000010",
         NULL, "the record's user number is no text", 0, 0},
        {FKRECORD_32,
         "31203200000000000000000000000000"
         "0100000afa313a920000000200000010",
         NULL, "the record's user number is no text", 0, 0},
        /* second 60, month 0, 31 June, byte 0 that is not 1 */
        {FKRECORD_20, "0d0000000100003cfa313a920000000200000010", NULL,
         "the record's time cannot be", 0, 0},
        {FKRECORD_20, "0d0000000100000afa013a920000000200000010", NULL,
         "the record's time cannot be", 0, 0},
        {FKRECORD_20, "0d0000000100000afa613f920000000200000010", NULL,
         "the record's time cannot be", 0, 0},
        {FKRECORD_12B, "0041000a0d000000ea373a92", NULL, "the record's time cannot be", 0, 0},
        {FKRECORD_12C, "020a41580d000000ea373a92", NULL, "the record's time cannot be", 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char bytes[FKRECORD_SIZE_MAX];
        char raw[FKRECORD_RAW_MAX + 1];
        char time[WALLTIME_TEXT_MAX];
        struct punch punch;
        const char *reason = NULL;
        CHECK_INT(cases[i].hex, fkrecord_size(cases[i].layout), from_hex(cases[i].hex, bytes));
        enum fkrecord_row row = fkrecord_read(cases[i].layout, bytes, today, &punch, raw, &reason);
        CHECK_TEXT(cases[i].hex, cases[i].hex, raw);
        CHECK_INT(cases[i].hex, strlen(raw), punch.raw.len);
        if (cases[i].user == NULL) {
            bool event = strcmp(cases[i].time, "event") == 0;
            CHECK_INT(cases[i].hex, event ? FKRECORD_EVENT : FKRECORD_BAD, row);
            CHECK_TEXT(cases[i].hex, event ? "" : cases[i].time, event ? "" : reason);
            continue;
        }
        CHECK_INT(cases[i].hex, FKRECORD_PUNCH, row);
        CHECK_TEXT(cases[i].hex, cases[i].user, punch.user_id);
        CHECK_TEXT(cases[i].hex, cases[i].time, walltime_text(punch.time, time));
        CHECK_INT(cases[i].hex, cases[i].status, punch.status);
        CHECK_INT(cases[i].hex, cases[i].verify, punch.verify);
    }
}

static void the_work_code_is_kept(void **state)
{
    static const struct {
        enum fkrecord_layout layout;
        const char *hex;
    } cases[] = {
        {FKRECORD_20, "0d0000000100070afa313a920000000200000010"},
        {FKRECORD_32, "3133" ZEROS_14 "0100070afa313a920000000200000010"},
        {FKRECORD_48, "3133" ZEROS_30 "0100070afa313a920000000200000010"},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char bytes[FKRECORD_SIZE_MAX];
        char raw[FKRECORD_RAW_MAX + 1];
        struct punch punch;
        const char *reason = NULL;
        from_hex(cases[i].hex, bytes);
        CHECK_INT(cases[i].hex, FKRECORD_PUNCH,
                  fkrecord_read(cases[i].layout, bytes, today, &punch, raw, &reason));
        CHECK_TEXT(cases[i].hex, "7", punch.work_code);
    }
}

static void in_and_out_are_never_guessed(void **state)
{
    static const struct {
        enum fkrecord_layout layout;
        uint32_t io;
        int status;
    } cases[] = {
        {FKRECORD_48, 0x00000000, 255}, {FKRECORD_48, 0x01000000, 0},
        {FKRECORD_48, 0x02000000, 1},   {FKRECORD_48, 0x03000000, 3},
        {FKRECORD_48, 0x04000000, 2},   {FKRECORD_48, 0x05000000, 4},
        {FKRECORD_48, 0x06000000, 5},   {FKRECORD_48, 0x07000000, 255},
        {FKRECORD_48, 0x0f000000, 255}, {FKRECORD_48, 0x10000000, 0},
        {FKRECORD_48, 0x20000000, 1},   {FKRECORD_48, 0x30000000, 255},
        {FKRECORD_48, 0x11000000, 0},   {FKRECORD_48, 0x22000000, 1},
        {FKRECORD_48, 0x12000000, 255}, {FKRECORD_48, 0x21000000, 255},
        {FKRECORD_48, 0x13000000, 3},   {FKRECORD_48, 0x24000000, 2},
        {FKRECORD_48, 0x00000009, 255}, {FKRECORD_48, 0x01000009, 0},
        {FKRECORD_12A, 1, 0},           {FKRECORD_12A, 2, 1},
        {FKRECORD_12A, 0, 255},         {FKRECORD_12A, 7, 255},
        {FKRECORD_12B, 1, 0},           {FKRECORD_12B, 0, 255},
        {FKRECORD_12B, 2, 255},         {FKRECORD_12C, 1, 0},
        {FKRECORD_12C, 31, 255},        {FKRECORD_NONE, 1, 255},
        {FKRECORD_NONE, 0x01000000, 0}, {FKRECORD_NONE, 0x02000000, 1},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char input[40];
        snprintf(input, sizeof input, "%s %08lx", fkrecord_name(cases[i].layout),
                 (unsigned long)cases[i].io);
        CHECK_INT(input, cases[i].status, fkrecord_status(cases[i].layout, cases[i].io));
    }
}

static void verify_is_the_first_method(void **state)
{
    static const struct {
        enum fkrecord_layout layout;
        uint32_t verify;
        int wanted;
    } cases[] = {
        {FKRECORD_48, 0x10000000, 1},  {FKRECORD_48, 0x20000000, 3},
        {FKRECORD_48, 0x30000000, 4},  {FKRECORD_48, 0x40000000, 15},
        {FKRECORD_48, 0x50000000, 21}, {FKRECORD_48, 0x60000000, 200},
        {FKRECORD_48, 0x70000000, 25}, {FKRECORD_48, 0x80000000, 255},
        {FKRECORD_48, 0x12000000, 1},  {FKRECORD_48, 0x00000001, 255},
        {FKRECORD_12A, 1, 1},          {FKRECORD_12A, 20, 15},
        {FKRECORD_12A, 23, 4},         {FKRECORD_12A, 99, 255},
        {FKRECORD_12B, 2, 3},          {FKRECORD_12C, 3, 4},
        {FKRECORD_NONE, 1, 255},       {FKRECORD_NONE, 0x40000000, 15},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char input[40];
        snprintf(input, sizeof input, "%s %08lx", fkrecord_name(cases[i].layout),
                 (unsigned long)cases[i].verify);
        CHECK_INT(input, cases[i].wanted, fkrecord_verify(cases[i].layout, cases[i].verify));
    }
}

static void times_of_fourteen_digits(void **state)
{
    static const struct {
        const char *text;
        const char *time; /* NULL: none */
    } cases[] = {
        {"20260929080000", "2026-09-29 08:00:00"},
        {"20240229235959", "2024-02-29 23:59:59"},
        {"20150101000000", "2015-01-01 00:00:00"},
        {"20230229000000", NULL},
        {"20260631000000", NULL},
        {"20260929240000", NULL},
        {"2026092908000", NULL},
        {"202609290800000", NULL},
        {"2026-09-29 080", NULL},
        {"", NULL},
        {"2026092908000x", NULL},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        walltime time = 0;
        char text[WALLTIME_TEXT_MAX];
        char back[FKRECORD_TIME_MAX];
        bool read = fkrecord_time(span_of(cases[i].text), &time);
        CHECK_INT(cases[i].text, cases[i].time != NULL, read);
        if (read) {
            CHECK_TEXT(cases[i].text, cases[i].time, walltime_text(time, text));
            CHECK_TEXT(cases[i].text, cases[i].text, fkrecord_time_text(time, back));
        }
    }
}

/* ---- which layout ---- */

static void the_layout_is_told_or_found_or_refused(void **state)
{
#define FITS_TWO "0101010a01000000ea373a92" /* B at second 10, C at second 1 */
    static const struct {
        const char *rule;
        const char *hex; /* of one record, `times` over */
        size_t times;
        const char *more; /* and one of these at the end, or NULL */
        size_t size;
        enum fkrecord_layout known;
        enum fkrecord_layout wanted;
    } cases[] = {
        {"size names it", VECTOR_20, 1, NULL, 20, FKRECORD_NONE, FKRECORD_20},
        {"size names it", VECTOR_32, 2, NULL, 32, FKRECORD_NONE, FKRECORD_32},
        {"size names it", VECTOR_48, 3, NULL, 48, FKRECORD_NONE, FKRECORD_48},
        {"class and size", VECTOR_48, 3, NULL, 48, FKRECORD_48, FKRECORD_48},
        {"class against size", VECTOR_48, 3, NULL, 48, FKRECORD_20, FKRECORD_NONE},
        {"found", VECTOR_12A, 3, NULL, 12, FKRECORD_NONE, FKRECORD_12A},
        {"found", VECTOR_12B, 3, NULL, 12, FKRECORD_NONE, FKRECORD_12B},
        {"found", VECTOR_12C, 3, NULL, 12, FKRECORD_NONE, FKRECORD_12C},
        {"two are too few", VECTOR_12A, 2, NULL, 12, FKRECORD_NONE, FKRECORD_NONE},
        {"but enough when known", VECTOR_12A, 1, NULL, 12, FKRECORD_12A, FKRECORD_12A},
        {"known, and does not fit", VECTOR_12A, 3, NULL, 12, FKRECORD_12B, FKRECORD_NONE},
        {"found not: without a backup number C fits B", "010a41000d000000ea373a92", 9, NULL, 12,
         FKRECORD_NONE, FKRECORD_NONE},
        {"two fit", FITS_TWO, 5, NULL, 12, FKRECORD_NONE, FKRECORD_NONE},
        {"two fit, one is told", FITS_TWO, 5, NULL, 12, FKRECORD_12C, FKRECORD_12C},
        {"a mixture", VECTOR_12A, 3, VECTOR_12B, 12, FKRECORD_NONE, FKRECORD_NONE},
        {"one of five without a date", VECTOR_20, 4, "0d0000000100000afa613f920000000200000010", 20,
         FKRECORD_NONE, FKRECORD_20},
        {"one of three", VECTOR_20, 2, "0d0000000100000afa613f920000000200000010", 20,
         FKRECORD_NONE, FKRECORD_NONE},
        {"a size of nobody", VECTOR_20, 6, NULL, 24, FKRECORD_NONE, FKRECORD_NONE},
        {"a length of nothing", VECTOR_20, 3, NULL, 48, FKRECORD_NONE, FKRECORD_NONE},
        {"no size", VECTOR_20, 3, NULL, 0, FKRECORD_NONE, FKRECORD_NONE},
        {"nothing", VECTOR_20, 0, NULL, 20, FKRECORD_NONE, FKRECORD_NONE},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char log[RECORDS_MAX * FKRECORD_SIZE_MAX];
        char input[80];
        const char *reason = NULL;
        size_t len = 0;
        for (size_t k = 0; k < cases[i].times; k++) {
            len += from_hex(cases[i].hex, log + len);
        }
        if (cases[i].more != NULL) {
            len += from_hex(cases[i].more, log + len);
        }
        snprintf(input, sizeof input, "%zu: %s", i, cases[i].rule);
        enum fkrecord_layout got =
            fkrecord_choose((struct span){log, len}, cases[i].size, cases[i].known, today, &reason);
        CHECK_TEXT(input, fkrecord_name(cases[i].wanted), fkrecord_name(got));
        CHECK_INT(input, cases[i].wanted == FKRECORD_NONE, reason != NULL);
    }
}

static void dates_that_cannot_be_yet_decide(void **state)
{
    static const struct {
        const char *time; /* of the record, in 20 */
        bool wanted;
    } cases[] = {
        {"2000-01-01 00:00:00", true},  {"1999-12-31 23:59:59", false},
        {"1900-01-01 00:00:00", false}, {"2015-01-01 00:00:00", true},
        {"2026-11-27 12:00:00", true},  {"2026-11-27 12:01:00", false},
        {"2099-01-01 00:00:00", false},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char record[FKRECORD_SIZE_MAX];
        const char *reason = NULL;
        walltime time = 0;
        struct civil civil;
        from_hex(VECTOR_20, record);
        assert_true(walltime_parse_iso(span_of(cases[i].time), &time));
        walltime_to_civil(time, &civil);
        uint32_t packed = (uint32_t)(civil.year - 1900) << 2 | (uint32_t)civil.month << 12 |
                          (uint32_t)civil.day << 16 | (uint32_t)civil.hour << 21 |
                          (uint32_t)civil.minute << 26;
        record[7] = (char)civil.second;
        for (int k = 0; k < 4; k++) {
            record[8 + k] = (char)(packed >> 8 * k);
        }
        bool fits = fkrecord_choose((struct span){record, 20}, 20, FKRECORD_NONE, today, &reason) !=
                    FKRECORD_NONE;
        CHECK_INT(cases[i].time, cases[i].wanted, fits);
    }
}

static uint64_t random_state;

static uint64_t random_next(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

/* Bytes of nothing, of every size of a record, three records and more: no layout is found in them.
 */
static void nothing_is_read_into_random_bytes(void **state)
{
    static const size_t sizes[] = {12, 20, 32, 48};
    const char *given = getenv("HIPBRIDGE_SEED");
    uint64_t seed = given != NULL ? strtoull(given, NULL, 10) : UINT64_C(20261129);
    (void)state;
    random_state = seed;
    for (int i = 0; i < RANDOM_BLOBS; i++) {
        char log[16 * FKRECORD_SIZE_MAX];
        const char *reason = NULL;
        size_t size = sizes[random_next() % HB_COUNT(sizes)];
        size_t count = FKRECORD_FEW + random_next() % 8;
        for (size_t k = 0; k < size * count; k++) {
            log[k] = (char)random_next();
        }
        enum fkrecord_layout layout =
            fkrecord_choose((struct span){log, size * count}, size, FKRECORD_NONE, today, &reason);
        if (layout != FKRECORD_NONE) {
            fail_msg("seed %llu, blob %d: %zu bytes of %zu taken as %s", (unsigned long long)seed,
                     i, size * count, size, fkrecord_name(layout));
        }
    }
}

static void put_u32(char *at, uint32_t value)
{
    for (int k = 0; k < 4; k++) {
        at[k] = (char)(value >> 8 * k);
    }
}

/* Logs as terminals write them are never taken in another layout of the same size. */
static void a_real_log_is_read_in_its_own_layout_or_not_at_all(void **state)
{
    static const enum fkrecord_layout kinds[] = {FKRECORD_12A, FKRECORD_12B, FKRECORD_12C};
    const char *given = getenv("HIPBRIDGE_SEED");
    uint64_t seed = given != NULL ? strtoull(given, NULL, 10) : UINT64_C(20261130);
    int found = 0;
    (void)state;
    random_state = seed;
    for (int i = 0; i < RANDOM_BLOBS / 10; i++) {
        char log[RECORDS_MAX * 12];
        const char *reason = NULL;
        enum fkrecord_layout kind = kinds[random_next() % HB_COUNT(kinds)];
        size_t count = FKRECORD_FEW + random_next() % 30;
        for (size_t k = 0; k < count; k++) {
            char *at = log + k * 12;
            uint32_t user = (uint32_t)(1 + random_next() % 9999);
            uint32_t year = (uint32_t)(2020 + random_next() % 6);
            uint32_t rest = (uint32_t)(1 + random_next() % 12) << 12 |
                            (uint32_t)(1 + random_next() % 28) << 16 |
                            (uint32_t)(random_next() % 24) << 21 |
                            (uint32_t)(random_next() % 60) << 26;
            char second = (char)(random_next() % 60);
            memset(at, 0, 12);
            put_u32(kind == FKRECORD_12A ? at : at + 4, user);
            put_u32(at + 8, rest | (kind == FKRECORD_12A ? (year - 1900) << 2 | 2 : year));
            if (kind == FKRECORD_12A) {
                at[5] = (char)(1 + random_next() % 2);
                at[6] = 1;
                at[7] = second;
            } else if (kind == FKRECORD_12B) {
                at[0] = 1;
                at[1] = (char)(random_next() % 2 << 6 | 1);
                at[2] = (char)(random_next() % 10);
                at[3] = second;
            } else {
                at[0] = 1;
                at[1] = second;
                at[2] = (char)(random_next() % 2 << 6 | 1);
                at[3] = (char)(random_next() % 12 << 3); /* the backup number */
            }
        }
        enum fkrecord_layout got =
            fkrecord_choose((struct span){log, count * 12}, 12, FKRECORD_NONE, today, &reason);
        found += got == kind;
        if (got != FKRECORD_NONE && got != kind) {
            fail_msg("seed %llu, log %d: %zu records of %s taken as %s", (unsigned long long)seed,
                     i, count, fkrecord_name(kind), fkrecord_name(got));
        }
    }
    CHECK_INT("some are found", true, found > 1000);
}

/* base/blot.c has the places of users too: they are these. */
static void a_short_number_is_found_in_a_record(void **state)
{
    (void)state;
    static const struct {
        enum fkrecord_layout layout;
        bool text, found;
    } cases[] = {
        {FKRECORD_12A, false, false}, /* 12 bytes may be one of three */
        {FKRECORD_20, false, true},
        {FKRECORD_32, true, true},
        {FKRECORD_48, true, true},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char bytes[FKRECORD_SIZE_MAX] = {0};
        char raw[FKRECORD_RAW_MAX + 1];
        struct punch punch;
        const char *reason = NULL;
        struct blot_one his = {"7"};
        struct blot_one another = {"8"};
        bytes[0] = cases[i].text ? '7' : 7;
        bytes[fkrecord_size(cases[i].layout) - 1] = 8;
        (void)fkrecord_read(cases[i].layout, bytes, 0, &punch, raw, &reason);
        CHECK_TEXT(fkrecord_name(cases[i].layout), "7", punch.user_id);
        CHECK_INT(fkrecord_name(cases[i].layout), 0,
                  blot_text(raw, punch.raw.len, blot_is_one, &another));
        CHECK_INT(fkrecord_name(cases[i].layout), cases[i].found,
                  blot_text(raw, punch.raw.len, blot_is_one, &his) > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_is_read_as_its_layout_says),
        cmocka_unit_test(the_work_code_is_kept),
        cmocka_unit_test(in_and_out_are_never_guessed),
        cmocka_unit_test(verify_is_the_first_method),
        cmocka_unit_test(times_of_fourteen_digits),
        cmocka_unit_test(the_layout_is_told_or_found_or_refused),
        cmocka_unit_test(dates_that_cannot_be_yet_decide),
        cmocka_unit_test(nothing_is_read_into_random_bytes),
        cmocka_unit_test(a_short_number_is_found_in_a_record),
        cmocka_unit_test(a_real_log_is_read_in_its_own_layout_or_not_at_all),
    };
    return cmocka_run_group_tests_name("fkrecord", tests, NULL, NULL);
}
