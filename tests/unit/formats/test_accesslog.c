#include "check.h"

#include "formats/accesslog.h"

#define T0 "2026-01-15 08:01:02"
#define BAD_USER "BAD the user id is too long or holds blanks or control characters"
#define BAD_TIME "BAD the time is none, or no date of the calendar"

enum { OUT_MAX = 256 };

static char raw[PUNCH_RAW_MAX + 1];

/* What becomes of a row: `user time status verify`, `BAD reason` or `EVENT`. */
static const char *judged(struct span row, struct punch *punch, char out[OUT_MAX])
{
    const char *reason = "untouched";
    memset(punch, 0x5A, sizeof *punch);
    memset(raw, '?', sizeof raw);
    enum accesslog_result result = accesslog_read(row, punch, raw, &reason);
    if (result == ACCESSLOG_EVENT) {
        return strcpy(out, "EVENT");
    }
    assert_ptr_equal(punch->raw.at, raw);
    assert_in_range(punch->raw.len, 1, PUNCH_RAW_MAX);
    assert_int_equal(raw[punch->raw.len], '\0');
    assert_true(utf8_valid(punch->raw));
    CHECK_TEXT(raw, "", punch->device_sn);
    if (result == ACCESSLOG_BAD) {
        assert_non_null(reason);
        snprintf(out, OUT_MAX, "BAD %s", reason);
    } else {
        char time[WALLTIME_TEXT_MAX];
        assert_null(reason);
        snprintf(out, OUT_MAX, "%s %s %d %d", punch->user_id, walltime_text(punch->time, time),
                 (int)punch->status, (int)punch->verify);
    }
    return out;
}

/* ---- one row, one line ---- */

/* Literals are split behind a hexadecimal escape, and hold their NULs. */
#define ROW(literal)                                                                               \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }
#define LET_IN "\tevent=0\ttime=" T0
#define FIFTY "12345678901234567890123456789012345678901234567890"

static const struct {
    const char *rule;
    struct span row;
    const char *expected;
} cases[] = {
    /* the two tables */
    {"rtlog",
     ROW("time=" T0 "\tpin=1001\tcardno=0\teventaddr=1\tevent=0\tinoutstatus=1\tverifytype=4\t"
         "index=21\tmaskflag=0\ttemperature=255"),
     "1001 " T0 " 1 4"},
    {"transaction, packed time",
     ROW("transaction cardno=0\tpin=1002\tverified=15\tdoorid=1\teventtype=14\tinoutstate=1\t"
         "time_second=583080894\tindex=9\tsitecode=0"),
     "1002 2018-02-22 14:54:54 1 15"},
    {"transaction without its name", ROW("pin=1\teventtype=0\ttime_second=583080894"),
     "1 2018-02-22 14:54:54 0 1"},
    {"its name and a tab", ROW("transaction\tpin=1" LET_IN), "1 " T0 " 0 1"},
    {"its name between blanks", ROW("  transaction   pin=1" LET_IN), "1 " T0 " 0 1"},
    {"keys in any case", ROW("PIN=1\tEvent=0\tTIME=" T0 "\tInOutStatus=1\tVerifyType=2"),
     "1 " T0 " 1 2"},
    {"blanks around keys and values", ROW(" pin = 1 \t event = 0 \t time = " T0 " "),
     "1 " T0 " 0 1"},
    {"CRLF and NULs at the ends", ROW("\0\r\npin=1" LET_IN "\t\r\n\0\0"), "1 " T0 " 0 1"},
    {"a blank behind the first key alone", ROW("pin =1" LET_IN), "1 " T0 " 0 1"},
    {"the name, and then such a key", ROW("transaction pin =1" LET_IN), "1 " T0 " 0 1"},
    {"empty fields between", ROW("\t\tpin=1\t\t" LET_IN "\t\t"), "1 " T0 " 0 1"},
    {"fields without =, without a key, with two",
     ROW("pin\t=2\tevent\tx=y=z\tpin=1" LET_IN "\t=\ttime"), "1 " T0 " 0 1"},
    {"keys alike", ROW("pins=2\tpi=3\txpin=4\tpin=1" LET_IN "\ttimes=5\tevents=20"),
     "1 " T0 " 0 1"},

    /* who */
    {"no pin", ROW("event=0\ttime=" T0), "EVENT"},
    {"an empty pin", ROW("pin=" LET_IN), "EVENT"},
    {"a blank pin", ROW("pin=  " LET_IN), "EVENT"},
    {"pin 0", ROW("pin=0" LET_IN), "EVENT"},
    {"pin of zeros", ROW("pin=0000" LET_IN), "EVENT"},
    {"leading zeros stay", ROW("pin=0042" LET_IN), "0042 " T0 " 0 1"},
    {"letters", ROW("pin=AB-7" LET_IN), "AB-7 " T0 " 0 1"},
    {"= within", ROW("pin=a=b" LET_IN), "a=b " T0 " 0 1"},
    {"Thai",
     ROW("pin=\xE0\xB8\x81"
         "7" LET_IN),
     "\xE0\xB8\x81"
     "7 " T0 " 0 1"},
    {"the longest", ROW("pin=" FIFTY LET_IN), FIFTY " " T0 " 0 1"},
    {"longer", ROW("pin=" FIFTY "1" LET_IN), BAD_USER},
    {"a blank within", ROW("pin=1 2" LET_IN), BAD_USER},
    {"a NUL within",
     ROW("pin=1\0"
         "2" LET_IN),
     BAD_USER},
    {"a control character within", ROW("pin=1\x1B[2J" LET_IN), BAD_USER},
    {"a C1 control within",
     ROW("pin=1\xC2\x9B"
         "2" LET_IN),
     BAD_USER},
    {"DEL within",
     ROW("pin=1\x7F"
         "2" LET_IN),
     BAD_USER},
    {"bytes that are no text", ROW("pin=\xFF\xFE" LET_IN), BAD_USER},
    {"an overlong form", ROW("pin=\xC0\xB1" LET_IN), BAD_USER},
    {"a character cut off", ROW("pin=7\xE0\xB8" LET_IN), BAD_USER},

    /* what happened */
    {"no event", ROW("pin=1\ttime=" T0), "EVENT"},
    {"an empty event", ROW("pin=1\tevent=\ttime=" T0), "EVENT"},
    {"an event in words", ROW("pin=1\tevent=open\ttime=" T0), "EVENT"},
    {"a number with more behind", ROW("pin=1\tevent=0x0\ttime=" T0), "EVENT"},
    {"leading zeros", ROW("pin=1\tevent=014\ttime=" T0), "1 " T0 " 0 1"},
    {"32 bits are not cut off it", ROW("pin=1\tevent=4294967296\ttime=" T0), "EVENT"},
    {"a door that opens by itself", ROW("time=" T0 "\tpin=0\tevent=5\tinoutstatus=2"), "EVENT"},
    {"opened from afar by someone", ROW("pin=1\tevent=8\ttime=" T0), "EVENT"},
    {"others are waited for", ROW("pin=1\tevent=26\ttime=" T0), "EVENT"},
    {"an alarm", ROW("time=" T0 "\tpin=0\tevent=101\tinoutstatus=2\tverifytype=200"), "EVENT"},
    {"a sensor", ROW("time=" T0 "\tpin=\tevent=220\tinoutstatus=2\tverifytype=200"), "EVENT"},
    {"an event needs no time", ROW("pin=1\tevent=20\ttime=soon"), "EVENT"},
    {"nor a pin that is one", ROW("pin=\xFF\tevent=20\ttime=" T0), "EVENT"},

    /* when */
    {"no time", ROW("pin=1\tevent=0"), BAD_TIME},
    {"an empty time", ROW("pin=1\tevent=0\ttime="), BAD_TIME},
    {"a blank time", ROW("pin=1\tevent=0\ttime= \tindex=1"), BAD_TIME},
    {"a time in words", ROW("pin=1\tevent=0\ttime=soon"), BAD_TIME},
    {"29 February of a common year", ROW("pin=1\tevent=0\ttime=2026-02-29 08:01:02"), BAD_TIME},
    {"29 February", ROW("pin=1\tevent=0\ttime=2028-02-29 08:01:02"), "1 2028-02-29 08:01:02 0 1"},
    {"month 13", ROW("pin=1\tevent=0\ttime=2026-13-01 08:01:02"), BAD_TIME},
    {"24 hours", ROW("pin=1\tevent=0\ttime=2026-01-15 24:00:00"), BAD_TIME},
    {"day first", ROW("pin=1\tevent=0\ttime=15-01-2026 08:01:02"), BAD_TIME},
    {"more behind it", ROW("pin=1\tevent=0\ttime=" T0 "Z"), BAD_TIME},
    {"a NUL within", ROW("pin=1\tevent=0\ttime=2026-01-15\0 08:01:02"), BAD_TIME},
    {"slashes and T", ROW("pin=1\tevent=0\ttime=2026/1/15T8:01:02"), "1 " T0 " 0 1"},
    {"no seconds", ROW("pin=1\tevent=0\ttime=2026-01-15 08:01"), "1 2026-01-15 08:01:00 0 1"},
    {"a written time_second", ROW("pin=1\teventtype=0\ttime_second=" T0), "1 " T0 " 0 1"},
    {"a packed time", ROW("pin=1\tevent=0\ttime=583080894"), "1 2018-02-22 14:54:54 0 1"},
    {"packed 0", ROW("pin=1\teventtype=0\ttime_second=0"), "1 2000-01-01 00:00:00 0 1"},
    {"packed, the last second of a day", ROW("pin=1\teventtype=0\ttime_second=86399"),
     "1 2000-01-01 23:59:59 0 1"},
    {"packed, the 31st", ROW("pin=1\teventtype=0\ttime_second=2592000"),
     "1 2000-01-31 00:00:00 0 1"},
    {"packed, the next month", ROW("pin=1\teventtype=0\ttime_second=2678400"),
     "1 2000-02-01 00:00:00 0 1"},
    {"packed, 31 February", ROW("pin=1\teventtype=0\ttime_second=5270400"), BAD_TIME},
    {"packed, the next year", ROW("pin=1\teventtype=0\ttime_second=32140800"),
     "1 2001-01-01 00:00:00 0 1"},
    {"packed, the largest", ROW("pin=1\teventtype=0\ttime_second=2147483647"),
     "1 2066-10-25 03:14:07 0 1"},
    {"packed, larger", ROW("pin=1\teventtype=0\ttime_second=2147483648"), BAD_TIME},
    {"packed, 2 to the 32nd", ROW("pin=1\teventtype=0\ttime_second=4294967296"), BAD_TIME},
    {"packed, below 0", ROW("pin=1\teventtype=0\ttime_second=-1"), BAD_TIME},

    /* how */
    {"neither state nor way", ROW("pin=1" LET_IN), "1 " T0 " 0 1"},
    {"empty ones", ROW("pin=1" LET_IN "\tinoutstatus=\tverifytype="), "1 " T0 " 0 1"},
    {"words", ROW("pin=1" LET_IN "\tinoutstatus=in\tverifytype=FP"), "1 " T0 " 0 1"},
    {"as sent", ROW("pin=1" LET_IN "\tinoutstatus=255\tverifytype=200"), "1 " T0 " 255 200"},
    {"below 0", ROW("pin=1" LET_IN "\tinoutstatus=-1\tverifytype=-7"), "1 " T0 " -1 -7"},
    {"the largest", ROW("pin=1" LET_IN "\tinoutstatus=2147483647\tverifytype=-2147483648"),
     "1 " T0 " 2147483647 -2147483648"},
    {"larger", ROW("pin=1" LET_IN "\tinoutstatus=2147483648\tverifytype=99999999999999999999"),
     "1 " T0 " 0 1"},

    /* no row of keys */
    {"nothing", {NULL, 0}, "EVENT"},
    {"an empty row", ROW(""), "EVENT"},
    {"a blank row", ROW(" \t\r\n\0 "), "EVENT"},
    {"a line of attlog", ROW("1001\t" T0 "\t1\t15\t0\t0"), "1001 " T0 " 1 15"},
    {"two columns", ROW("1001\t" T0 "\r\n"), "1001 " T0 " 0 1"},
    {"columns of a bad user", ROW("\xFF\t" T0), BAD_USER},
    {"columns of a bad time", ROW("1001\t2026-02-29 08:01:02"), BAD_TIME},
    {"a column alone", ROW("rubbish"), "BAD no time"},
    {"the first column is missing", ROW("\t1001\t" T0), "BAD no user id"},
    {"all but = are keys", ROW("="), "EVENT"},
    {"many =", ROW("====\t=\t=="), "EVENT"},
};

static void a_row_is_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char out[OUT_MAX];
        struct punch punch;
        CHECK_TEXT(cases[i].rule, cases[i].expected, judged(cases[i].row, &punch, out));
    }
}

/* ---- events ---- */

static void by_these_events_alone_a_person_is_let_in(void **state)
{
    (void)state;
    static const int granted[] = {0, 1, 2, 3, 4, 14, 15, 16, 17, 18, 19, 203, 208, 222};
    static const char *const keys[] = {"event", "eventtype"};
    size_t next = 0;
    for (int event = -2; event < 1200; event++) {
        bool let_in = next < HB_COUNT(granted) && granted[next] == event;
        next += let_in;
        for (size_t i = 0; i < HB_COUNT(keys); i++) {
            char row[80];
            char out[OUT_MAX];
            struct punch punch;
            snprintf(row, sizeof row, "pin=1\t%s=%d\ttime=" T0, keys[i], event);
            CHECK_TEXT(row, let_in ? "1 " T0 " 0 1" : "EVENT", judged(span_of(row), &punch, out));
        }
    }
}

/* ---- orders ---- */

enum { FIELDS = 5 };

/* The n-th of the orders of five fields. */
static void put_in_order(const char *const fields[FIELDS], int n, char *row, size_t size)
{
    bool used[FIELDS] = {false};
    size_t len = 0;
    for (int left = FIELDS; left > 0; left--) {
        int skip = n % left;
        int field = 0;
        n /= left;
        while (used[field] || skip > 0) {
            skip -= !used[field];
            field++;
        }
        used[field] = true;
        len += (size_t)snprintf(row + len, size - len, "%s%s", len > 0 ? "\t" : "", fields[field]);
    }
}

static void the_order_of_the_keys_does_not_matter(void **state)
{
    (void)state;
    static const struct {
        const char *fields[FIELDS];
        const char *expected;
    } rows[] = {
        {{"pin=7", "time=" T0, "event=3", "inoutstatus=1", "verifytype=4"}, "7 " T0 " 1 4"},
        {{"pin=7", "time_second=583080894", "eventtype=17", "inoutstate=1", "verified=4"},
         "7 2018-02-22 14:54:54 1 4"},
        {{"pin=7", "time=" T0, "event=20", "inoutstatus=1", "verifytype=4"}, "EVENT"},
        {{"pin=0", "time=" T0, "event=3", "inoutstatus=1", "verifytype=4"}, "EVENT"},
        {{"pin=7", "time=never", "event=3", "inoutstatus=1", "verifytype=4"}, BAD_TIME},
        {{"pin=7 8", "time=" T0, "event=3", "inoutstatus=1", "verifytype=4"}, BAD_USER},
    };
    for (size_t i = 0; i < HB_COUNT(rows); i++) {
        for (int n = 0; n < 120; n++) {
            char row[200];
            char out[OUT_MAX];
            struct punch punch;
            put_in_order(rows[i].fields, n, row, sizeof row);
            CHECK_TEXT(row, rows[i].expected, judged(span_of(row), &punch, out));
            CHECK_TEXT("raw", strcmp(out, "EVENT") == 0 ? raw : row, raw);
        }
    }
}

/* ---- what is kept of the row ---- */

static void the_row_is_kept_as_text(void **state)
{
    (void)state;
    static const struct {
        const char *rule;
        struct span row;
        const char *kept;
    } rows[] = {
        {"a punch", ROW("\r\n pin=1" LET_IN "\t \r\n"), "pin=1" LET_IN},
        {"with the table's name", ROW("transaction pin=1" LET_IN), "transaction pin=1" LET_IN},
        {"a bad one", ROW("pin=1\tevent=0\ttime=soon\n"), "pin=1\tevent=0\ttime=soon"},
        {"bytes that are no text", ROW("pin=\xFF" LET_IN), "pin=\xEF\xBF\xBD" LET_IN},
        {"NUL and control characters", ROW("pin=1\0\x1B" LET_IN), "pin=1  " LET_IN},
        {"columns", ROW("1001\t" T0 "\t1\r\n"), "1001\t" T0 "\t1"},
        {"bad columns", ROW("rub\0bish"), "rub bish"},
    };
    for (size_t i = 0; i < HB_COUNT(rows); i++) {
        char out[OUT_MAX];
        struct punch punch;
        assert_string_not_equal(judged(rows[i].row, &punch, out), "EVENT");
        CHECK_TEXT(rows[i].rule, rows[i].kept, raw);
    }
}

static void an_overlong_row_is_read_to_its_end_and_kept_in_part(void **state)
{
    (void)state;
    static const struct {
        const char *rule;
        const char *head, *filler, *tail;
        const char *expected;
    } rows[] = {
        {"keys behind much else", "x=", "y", "\tpin=1" LET_IN, "1 " T0 " 0 1"},
        {"much else behind the keys", "pin=1" LET_IN "\tx=", "y", "", "1 " T0 " 0 1"},
        {"very many fields", "pin=1" LET_IN, "\tx=y", "\tinoutstatus=9", "1 " T0 " 9 1"},
        {"a bad time behind much else", "pin=1\tevent=0\tx=", "y", "\ttime=soon", BAD_TIME},
        {"an overlong pin", "pin=", "1", LET_IN, BAD_USER},
        {"an overlong pin of zeros", "pin=", "0", LET_IN, "EVENT"},
        {"an overlong number", "pin=1" LET_IN "\tinoutstatus=", "9", "", "1 " T0 " 0 1"},
        {"no half of a character", "x=", "\xE0\xB8\x81", "\tpin=1" LET_IN, "1 " T0 " 0 1"},
        {"bytes that are no text, each of them three", "x=", "\xFF", "\tpin=1" LET_IN,
         "1 " T0 " 0 1"},
        {"columns", "1\t" T0 "\t0\t1\t", "7", "", "1 " T0 " 0 1"},
    };
    static char row[64 * 1024];
    for (size_t i = 0; i < HB_COUNT(rows); i++) {
        char out[OUT_MAX];
        struct punch punch;
        size_t filler = strlen(rows[i].filler);
        size_t len = strlen(rows[i].head);
        memcpy(row, rows[i].head, len);
        while (len + filler < sizeof row - 100) {
            memcpy(row + len, rows[i].filler, filler);
            len += filler;
        }
        memcpy(row + len, rows[i].tail, strlen(rows[i].tail));
        len += strlen(rows[i].tail);
        CHECK_TEXT(rows[i].rule, rows[i].expected, judged((struct span){row, len}, &punch, out));
        if (strcmp(out, "EVENT") != 0) {
            CHECK_INT(rows[i].rule, true, punch.raw.len > PUNCH_RAW_MAX - 3); /* a character less */
        }
    }
}

/* Every row above cut off at every byte, and with every byte of one changed: no claim but that
 * nothing is read or written out of bounds, and that what is told keeps its promises. */
static void whatever_comes_is_judged_within_its_bounds(void **state)
{
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        for (size_t len = 0; len <= cases[i].row.len; len++) {
            char out[OUT_MAX];
            struct punch punch;
            char *copy = malloc(len + (len == 0)); /* its end is watched */
            assert_non_null(copy);
            if (len > 0) {
                memcpy(copy, cases[i].row.at, len);
            }
            judged((struct span){copy, len}, &punch, out);
            free(copy);
        }
    }
    char row[] = "transaction pin=1\tevent=0\ttime=" T0 "\tinoutstatus=1\tverifytype=4";
    for (size_t at = 0; at < sizeof row - 1; at++) {
        char was = row[at];
        for (int byte = 0; byte < 256; byte++) {
            char out[OUT_MAX];
            struct punch punch;
            row[at] = (char)byte;
            judged(SPAN(row), &punch, out);
        }
        row[at] = was;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_is_judged),
        cmocka_unit_test(by_these_events_alone_a_person_is_let_in),
        cmocka_unit_test(the_order_of_the_keys_does_not_matter),
        cmocka_unit_test(the_row_is_kept_as_text),
        cmocka_unit_test(an_overlong_row_is_read_to_its_end_and_kept_in_part),
        cmocka_unit_test(whatever_comes_is_judged_within_its_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
