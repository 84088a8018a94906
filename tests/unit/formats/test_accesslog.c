#include "check.h"

#include "formats/accesslog.h"
#include "formats/row.h"

#define T0 "2026-01-15 08:01:02"
#define BAD_USER                                                                                   \
    "BAD the user id is too long or holds blanks, control characters or signs that none has"
#define NO_TIME "BAD no time"
#define NO_EVENT "BAD the event is missing or no number"
#define TOO_LARGE "BAD a number is larger than one can be"
#define BAD_TIME "BAD the time is none, or no date of the calendar"

enum { OUT_MAX = 256 };

/* 2026-01-15 09:00:00 */
static const struct row_settings settings = {.now = INT64_C(1768467600), .access = true};

static char raw[PUNCH_RAW_MAX + 1];

/* What becomes of a row: `user time status verify`, `BAD reason`, `REFUSED code` or `NOBODY`. */
static const char *judged(struct span row, char out[OUT_MAX])
{
    static struct row_reader reader;
    memset(&reader, 0x5A, sizeof reader);
    row_begin(&reader, row, &settings);
    enum row_end end = row_read(&reader, row);
    const struct punch *punch = &reader.punch;
    char time[WALLTIME_TEXT_MAX];
    raw[0] = '\0';
    switch (end) {
    case ROW_NOBODY:
        return strcpy(out, "NOBODY");
    case ROW_REFUSAL:
        snprintf(out, OUT_MAX, "REFUSED %d", (int)reader.code);
        break;
    case ROW_ASIDE:
        assert_non_null(reader.reason);
        assert_true(reader.line.at == row.at && reader.line.len == row.len);
        snprintf(out, OUT_MAX, "BAD %s", reader.reason);
        break;
    case ROW_PUNCH:
        assert_null(reader.reason);
        CHECK_TEXT("no serial number", "", punch->device_sn);
        assert_in_range(punch->raw.len, 1, PUNCH_RAW_MAX);
        assert_true(utf8_valid(punch->raw));
        assert_true(span_copy(punch->raw, raw, sizeof raw));
        snprintf(out, OUT_MAX, "%s %s %d %d", punch->user_id, walltime_text(punch->time, time),
                 (int)punch->status, (int)punch->verify);
        break;
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
    {"no pin", ROW("event=0\ttime=" T0), "BAD no user id"},
    {"an empty pin", ROW("pin=" LET_IN), "NOBODY"},
    {"a blank pin", ROW("pin=  " LET_IN), "NOBODY"},
    {"pin 0", ROW("pin=0" LET_IN), "NOBODY"},
    {"pin of zeros", ROW("pin=0000" LET_IN), "NOBODY"},
    {"leading zeros stay", ROW("pin=0042" LET_IN), "0042 " T0 " 0 1"},
    {"letters", ROW("pin=AB-7" LET_IN), "AB-7 " T0 " 0 1"},
    {"= within", ROW("pin=a=b" LET_IN), BAD_USER},
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
    {"no event", ROW("pin=1\ttime=" T0), NO_EVENT},
    {"an empty event", ROW("pin=1\tevent=\ttime=" T0), NO_EVENT},
    {"an event in words", ROW("pin=1\tevent=open\ttime=" T0), NO_EVENT},
    {"a number with more behind", ROW("pin=1\tevent=0x0\ttime=" T0), NO_EVENT},
    {"leading zeros", ROW("pin=1\tevent=014\ttime=" T0), "1 " T0 " 0 1"},
    {"32 bits are not cut off it", ROW("pin=1\tevent=4294967296\ttime=" T0), NO_EVENT},
    {"a door that opens by itself", ROW("time=" T0 "\tpin=0\tevent=5\tinoutstatus=2"), "NOBODY"},
    {"opened from afar by someone", ROW("pin=1\tevent=8\ttime=" T0), "REFUSED 8"},
    {"others are waited for", ROW("pin=1\tevent=26\ttime=" T0), "REFUSED 26"},
    {"an alarm", ROW("time=" T0 "\tpin=0\tevent=101\tinoutstatus=2\tverifytype=200"), "NOBODY"},
    {"a sensor", ROW("time=" T0 "\tpin=\tevent=220\tinoutstatus=2\tverifytype=200"), "NOBODY"},
    {"an event needs no time", ROW("pin=1\tevent=20\ttime=soon"), "REFUSED 20"},
    {"nor a pin that is one", ROW("pin=\xFF\tevent=20\ttime=" T0), "REFUSED 20"},

    /* when */
    {"no time", ROW("pin=1\tevent=0"), NO_TIME},
    {"an empty time", ROW("pin=1\tevent=0\ttime="), NO_TIME},
    {"a blank time", ROW("pin=1\tevent=0\ttime= \tindex=1"), NO_TIME},
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
     "BAD the year is far from the PC's clock"},
    {"packed, larger", ROW("pin=1\teventtype=0\ttime_second=2147483648"), BAD_TIME},
    {"packed, 2 to the 32nd", ROW("pin=1\teventtype=0\ttime_second=4294967296"), BAD_TIME},
    {"packed, below 0", ROW("pin=1\teventtype=0\ttime_second=-1"), BAD_TIME},

    /* how */
    {"neither state nor way", ROW("pin=1" LET_IN), "1 " T0 " 0 1"},
    {"empty ones", ROW("pin=1" LET_IN "\tinoutstatus=\tverifytype="), "1 " T0 " 0 1"},
    {"words", ROW("pin=1" LET_IN "\tinoutstatus=in\tverifytype=FP"), "1 " T0 " 255 255"},
    {"as sent", ROW("pin=1" LET_IN "\tinoutstatus=255\tverifytype=200"), "1 " T0 " 255 200"},
    {"below 0", ROW("pin=1" LET_IN "\tinoutstatus=-1\tverifytype=-7"), "1 " T0 " -1 -7"},
    {"the largest", ROW("pin=1" LET_IN "\tinoutstatus=2147483647\tverifytype=-2147483648"),
     "1 " T0 " 2147483647 -2147483648"},
    {"larger", ROW("pin=1" LET_IN "\tinoutstatus=2147483648\tverifytype=99999999999999999999"),
     TOO_LARGE},

    /* no row of keys */
    {"nothing", {NULL, 0}, "NOBODY"},
    {"an empty row", ROW(""), "NOBODY"},
    {"a blank row", ROW(" \t\r\n\0 "), "NOBODY"},
    {"a line of attlog", ROW("1001\t" T0 "\t1\t15\t0\t0"), "1001 " T0 " 1 15"},
    {"two columns", ROW("1001\t" T0 "\r\n"), "1001 " T0 " 0 1"},
    {"columns of a bad user", ROW("\xFF\t" T0), BAD_USER},
    {"columns of a bad time", ROW("1001\t2026-02-29 08:01:02"), BAD_TIME},
    {"a column alone", ROW("rubbish"), "BAD no time"},
    {"the first column is missing", ROW("\t1001\t" T0), "BAD no user id"},
    {"all but = are keys", ROW("="), BAD_USER},
    {"many =", ROW("====\t=\t=="), BAD_USER},
};

static void a_row_is_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char out[OUT_MAX];
        CHECK_TEXT(cases[i].rule, cases[i].expected, judged(cases[i].row, out));
    }
}

/* ---- events ---- */

/* The list of ../docs/protocol.md, written out anew: a code dropped there or here fails. */
static const char *by_the_document(int code)
{
    static const struct {
        int from, to;
    } let_in[] = {{0, 4},     {14, 19},   {101, 101}, {103, 103}, {203, 203},
                  {207, 208}, {215, 216}, {218, 219}, {222, 222}, {232, 232}},
      refused[] = {{20, 27}, {29, 36}, {38, 53}, {56, 56}, {59, 59},   {61, 63},
                   {67, 69}, {71, 71}, {73, 75}, {80, 80}, {104, 104}, {223, 223}},
      things[] = {{5, 13},    {28, 28},   {37, 37},   {54, 55},    {57, 58},   {60, 60},
                  {64, 66},   {70, 70},   {72, 72},   {76, 79},    {100, 100}, {102, 102},
                  {105, 121}, {132, 155}, {200, 202}, {204, 206},  {209, 214}, {217, 217},
                  {220, 221}, {224, 231}, {233, 255}, {4000, 6999}};
    for (size_t i = 0; i < HB_COUNT(let_in); i++) {
        if (code >= let_in[i].from && code <= let_in[i].to) {
            return "1 " T0 " 0 1";
        }
    }
    for (size_t i = 0; i < HB_COUNT(refused); i++) {
        if (code >= refused[i].from && code <= refused[i].to) {
            return "REFUSED";
        }
    }
    for (size_t i = 0; i < HB_COUNT(things); i++) {
        if (code >= things[i].from && code <= things[i].to) {
            return "REFUSED";
        }
    }
    return "BAD an event that is in no list";
}

static void each_event_is_what_the_vendor_says(void **state)
{
    (void)state;
    static const char *const keys[] = {"event", "eventtype"};
    for (int event = -2; event < 7100; event++) {
        for (size_t i = 0; i < HB_COUNT(keys); i++) {
            char row[80];
            char out[OUT_MAX];
            char refused[OUT_MAX];
            const char *expected = by_the_document(event);
            snprintf(refused, sizeof refused, "REFUSED %d", event);
            expected = strcmp(expected, "REFUSED") == 0 ? refused : expected;
            snprintf(row, sizeof row, "pin=1\t%s=%d\ttime=" T0, keys[i], event);
            CHECK_TEXT(row, expected, judged(span_of(row), out));
            snprintf(row, sizeof row, "pin=0\t%s=%d\ttime=" T0, keys[i], event);
            CHECK_TEXT(row, "NOBODY", judged(span_of(row), out));
        }
    }
}

/* ---- ways of being recognised ---- */

/* A string of sixteen methods is the number that the older rule has for them. */
static void methods_are_the_older_number(void **state)
{
    (void)state;
    static const struct {
        const char *methods;
        int verify;
    } ways[] = {
        {"0000000000000010", 15},  {"0000000000010000", 1},   {"0000000000100000", 21},
        {"0000001000000000", 3},   {"0000010000000000", 2},   {"0000100000000000", 4},
        {"0000001000010000", 9},   {"0000100000010000", 10},  {"0000101000000000", 11},
        {"0000101000010000", 12},  {"0000010000010000", 8},   {"0000000000010010", 16},
        {"0000001000000010", 17},  {"0000100000000010", 18},  {"0000100000010010", 19},
        {"0000000000001000", 25},  {"0000000000000100", 25},  {"0000000000000011", 15},
        {"0000000001000000", 200}, {"0000000000000000", 200}, {"1111111111111111", 200},
        {"0000010000000010", 200},
    };
    for (size_t i = 0; i < HB_COUNT(ways); i++) {
        char row[120];
        char out[OUT_MAX];
        char expected[OUT_MAX];
        snprintf(row, sizeof row, "pin=1" LET_IN "\tverifytype=%s", ways[i].methods);
        snprintf(expected, sizeof expected, "1 " T0 " 0 %d", ways[i].verify);
        CHECK_TEXT(row, expected, judged(span_of(row), out));
    }
    /* Fifteen and seventeen digits are numbers, and too large. */
    char out[OUT_MAX];
    CHECK_TEXT("15", TOO_LARGE, judged(SPAN("pin=1" LET_IN "\tverifytype=100000000000010"), out));
    CHECK_TEXT("17", TOO_LARGE, judged(SPAN("pin=1" LET_IN "\tverifytype=10000000000000010"), out));
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
        {{"pin=7", "time=" T0, "event=20", "inoutstatus=1", "verifytype=4"}, "REFUSED 20"},
        {{"pin=0", "time=" T0, "event=3", "inoutstatus=1", "verifytype=4"}, "NOBODY"},
        {{"pin=7", "time=never", "event=3", "inoutstatus=1", "verifytype=4"}, BAD_TIME},
        {{"pin=7 8", "time=" T0, "event=3", "inoutstatus=1", "verifytype=4"}, BAD_USER},
    };
    for (size_t i = 0; i < HB_COUNT(rows); i++) {
        for (int n = 0; n < 120; n++) {
            char row[200];
            char out[OUT_MAX];
            put_in_order(rows[i].fields, n, row, sizeof row);
            CHECK_TEXT(row, rows[i].expected, judged(span_of(row), out));
            CHECK_TEXT("raw", out[0] == '7' ? row : "", raw);
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
        {"bytes that are no text", ROW("x=\xFF\tpin=1" LET_IN), "x=\xEF\xBF\xBD\tpin=1" LET_IN},
        {"NUL and control characters", ROW("pin=1\tx=\0\x1B" LET_IN), "pin=1\tx=  " LET_IN},
        {"columns", ROW("1001\t" T0 "\t1\r\n"), "1001\t" T0 "\t1"},
    };
    for (size_t i = 0; i < HB_COUNT(rows); i++) {
        char out[OUT_MAX];
        judged(rows[i].row, out);
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
        {"an overlong pin of zeros", "pin=", "0", LET_IN, "NOBODY"},
        {"an overlong number", "pin=1" LET_IN "\tinoutstatus=", "9", "", TOO_LARGE},
        {"no half of a character", "x=", "\xE0\xB8\x81", "\tpin=1" LET_IN, "1 " T0 " 0 1"},
        {"bytes that are no text, each of them three", "x=", "\xFF", "\tpin=1" LET_IN,
         "1 " T0 " 0 1"},
        {"columns", "1\t" T0 "\t0\t1\t", "7", "", "1 " T0 " 0 1"},
    };
    static char row[64 * 1024];
    for (size_t i = 0; i < HB_COUNT(rows); i++) {
        char out[OUT_MAX];
        size_t filler = strlen(rows[i].filler);
        size_t len = strlen(rows[i].head);
        memcpy(row, rows[i].head, len);
        while (len + filler < sizeof row - 100) {
            memcpy(row + len, rows[i].filler, filler);
            len += filler;
        }
        memcpy(row + len, rows[i].tail, strlen(rows[i].tail));
        len += strlen(rows[i].tail);
        CHECK_TEXT(rows[i].rule, rows[i].expected, judged((struct span){row, len}, out));
        if (out[0] == '1') {
            CHECK_INT(rows[i].rule, true, strlen(raw) > PUNCH_RAW_MAX - 3); /* a character less */
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
            char *copy = malloc(len + (len == 0)); /* its end is watched */
            assert_non_null(copy);
            if (len > 0) {
                memcpy(copy, cases[i].row.at, len);
            }
            judged((struct span){copy, len}, out);
            free(copy);
        }
    }
    char row[] = "transaction pin=1\tevent=0\ttime=" T0 "\tinoutstatus=1\tverifytype=4";
    for (size_t at = 0; at < sizeof row - 1; at++) {
        char was = row[at];
        for (int byte = 0; byte < 256; byte++) {
            char out[OUT_MAX];
            row[at] = (char)byte;
            judged(SPAN(row), out);
        }
        row[at] = was;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_is_judged),
        cmocka_unit_test(each_event_is_what_the_vendor_says),
        cmocka_unit_test(methods_are_the_older_number),
        cmocka_unit_test(the_order_of_the_keys_does_not_matter),
        cmocka_unit_test(the_row_is_kept_as_text),
        cmocka_unit_test(an_overlong_row_is_read_to_its_end_and_kept_in_part),
        cmocka_unit_test(whatever_comes_is_judged_within_its_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
