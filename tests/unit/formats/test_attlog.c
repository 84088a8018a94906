#include "check.h"

#include "formats/row.h"

#define OUT_MAX 8192

/* 2026-01-15 09:00:00 */
static const struct row_settings settings = {.now = INT64_C(1768467600)};

/*
 * The body read to its end, a line of text for each result: `line user time status verify`, or
 * `line BAD`.
 */
static void read_all(struct span body, char *out)
{
    static struct row_reader reader;
    enum row_end end;
    size_t used = 0;
    out[0] = '\0';
    row_begin(&reader, body, &settings);
    while (row_next(&reader, &end)) {
        const struct punch *punch = &reader.punch;
        assert_true(reader.line.len > 0);
        assert_true(reader.line.at >= body.at &&
                    reader.line.at + reader.line.len <= body.at + body.len);
        if (end == ROW_ASIDE) {
            assert_non_null(reader.reason);
            used += (size_t)snprintf(out + used, OUT_MAX - used, "%u BAD\n", (unsigned)reader.row);
        } else if (end == ROW_NOBODY) {
            used +=
                (size_t)snprintf(out + used, OUT_MAX - used, "%u NOBODY\n", (unsigned)reader.row);
        } else if (end == ROW_REFUSAL) {
            used += (size_t)snprintf(out + used, OUT_MAX - used, "%u REFUSED %d\n",
                                     (unsigned)reader.row, (int)reader.code);
        } else {
            char time[WALLTIME_TEXT_MAX];
            assert_true(utf8_valid(punch->raw));
            assert_in_range(punch->raw.len, 1, PUNCH_RAW_MAX);
            used += (size_t)snprintf(out + used, OUT_MAX - used, "%u %s %s %d %d\n",
                                     (unsigned)reader.row, punch->user_id,
                                     walltime_text(punch->time, time), (int)punch->status,
                                     (int)punch->verify);
        }
        assert_true(used < OUT_MAX);
    }
}

#define T0 "2026-01-15 08:01:02"

/* Literals are split behind a hexadecimal escape, and hold their NULs. */
#define BODY(literal)                                                                              \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }

static const struct {
    const char *rule;
    struct span body;
    const char *expected;
} cases[] = {
    {"an empty body", BODY(""), ""},
    {"blank lines are none", BODY("\n\r\n \t\n\0\n\n"), ""},
    {"the documented seven columns", BODY("1001\t" T0 "\t0\t1\t\t0\t0\n"), "1 1001 " T0 " 0 1\n"},
    {"last line without an end", BODY("1001\t" T0 "\t1\t15"), "1 1001 " T0 " 1 15\n"},
    {"trailing tab and CRLF", BODY("1001\t" T0 "\t0\t1\t\t0\t0\t\r\n"), "1 1001 " T0 " 0 1\n"},
    {"leading zeros stay", BODY("00042\t" T0 "\t255\t200\t0\t0\t0\n"), "1 00042 " T0 " 255 200\n"},
    {"letters, 24 characters", BODY("AB12345678901234567890cd\t" T0 "\t0\t1\n"),
     "1 AB12345678901234567890cd " T0 " 0 1\n"},
    {"two columns", BODY("7\t" T0 "\n"), "1 7 " T0 " 0 1\n"},
    {"three columns", BODY("7\t" T0 "\t4\n"), "1 7 " T0 " 4 1\n"},
    {"ten columns", BODY("7\t" T0 "\t0\t15\t\t0\t0\t0\t36.5\t0\n"), "1 7 " T0 " 0 15\n"},
    {"twelve columns", BODY("7\t" T0 "\t0\t15\t\t0\t0\t0\t36.5\t0\t+25200\teyJhIjoxfQ==\n"),
     "1 7 " T0 " 0 15\n"},
    {"sixteen columns", BODY("7\t" T0 "\t0\t1\t\t0\t0\t1\t2\t3\t4\t5\t6\t7\t8\t9\n"),
     "1 7 " T0 " 0 1\n"},
    {"empty status", BODY("7\t" T0 "\t\t4\t\n"), "1 7 " T0 " 0 4\n"},
    {"empty verify", BODY("7\t" T0 "\t3\t\t0\n"), "1 7 " T0 " 3 1\n"},
    {"status and verify no numbers", BODY("7\t" T0 "\tI\tFP\n"), "1 7 " T0 " 255 255\n"},
    {"status too large", BODY("7\t" T0 "\t99999999999\t1\n"), "1 BAD\n"},
    {"negative status", BODY("7\t" T0 "\t-1\t1\n"), "1 7 " T0 " -1 1\n"},
    {"blanks around columns", BODY("   7 \t " T0 " \t 1 \t 4 \n"), "1 7 " T0 " 1 4\n"},
    {"blanks for tabs", BODY("7 " T0 " 1 4 0 0 0\n"), "1 7 " T0 " 1 4\n"},
    {"many blanks for tabs", BODY("  7    2026-01-15   08:01:02    1   4\n"), "1 7 " T0 " 1 4\n"},
    {"tab between date and time", BODY("7\t2026-01-15\t08:01:02\t1\t4\n"), "1 7 " T0 " 1 4\n"},
    {"T and blanks for tabs", BODY("7 2026-01-15T08:01:02 1 4\n"), "1 7 " T0 " 1 4\n"},
    {"T", BODY("7\t2026-01-15T08:01:02\t1\t4\n"), "1 7 " T0 " 1 4\n"},
    {"slashes", BODY("7\t2026/01/15 08:01:02\t1\t4\n"), "1 7 " T0 " 1 4\n"},
    {"no seconds", BODY("7\t2026-01-15 08:01\t1\t4\n"), "1 7 2026-01-15 08:01:00 1 4\n"},
    {"one digit", BODY("7\t2026-1-5 8:1:2\t1\t4\n"), "1 7 2026-01-05 08:01:02 1 4\n"},
    {"clock battery dead", BODY("7\t2000-01-01 00:00:09\t0\t1\n"), "1 7 2000-01-01 00:00:09 0 1\n"},
    {"CR alone ends lines", BODY("7\t" T0 "\t0\t1\r8\t" T0 "\t1\t1\r"),
     "1 7 " T0 " 0 1\n2 8 " T0 " 1 1\n"},
    {"LF and CRLF mixed", BODY("7\t" T0 "\n8\t" T0 "\r\n9\t" T0),
     "1 7 " T0 " 0 1\n2 8 " T0 " 0 1\n3 9 " T0 " 0 1\n"},
    {"blank lines count", BODY("\r\n\r\n7\t" T0 "\n\n8\t" T0 "\n"),
     "3 7 " T0 " 0 1\n5 8 " T0 " 0 1\n"},
    {"byte order mark",
     BODY("\xEF\xBB\xBF"
          "7\t" T0 "\n"),
     "1 7 " T0 " 0 1\n"},
    {"trailing NULs", BODY("7\t" T0 "\t0\t1\t\0\0\n8\t" T0 "\n"),
     "1 7 " T0 " 0 1\n2 8 " T0 " 0 1\n"},
    {"NUL in the user id: that line alone",
     BODY("7\0"
          "7\t" T0 "\n8\t" T0 "\n"),
     "1 BAD\n2 8 " T0 " 0 1\n"},
    {"NUL in the time",
     BODY("7\t2026-01-15\0"
          "08:01:02\n"),
     "1 BAD\n"},
    {"NUL in the status: no number",
     BODY("7\t" T0 "\t4\0"
          "4\t3\n"),
     "1 7 " T0 " 255 3\n"},
    {"NUL in a later column", BODY("7\t" T0 "\t4\t3\tx\0y\n"), "1 7 " T0 " 4 3\n"},
    {"the same punch twice", BODY("7\t" T0 "\n7\t" T0 "\n"), "1 7 " T0 " 0 1\n2 7 " T0 " 0 1\n"},
    {"impossible date", BODY("7\t2026-02-29 08:01:02\t0\t1\n8\t" T0 "\n"),
     "1 BAD\n2 8 " T0 " 0 1\n"},
    {"impossible time", BODY("7\t2026-01-15 24:01:02\t0\t1\n"), "1 BAD\n"},
    {"user id alone", BODY("7\n"), "1 BAD\n"},
    {"no user id", BODY("\t" T0 "\t0\t1\n"), "1 BAD\n"},
    {"empty user id is no shift", BODY("\t7\t" T0 "\n"), "1 BAD\n"},
    {"blank in the user id", BODY("7 8\t" T0 "\t0\t1\n"), "1 BAD\n"},
    {"user id too long", BODY("123456789012345678901234567890123456789012345678901\t" T0 "\n"),
     "1 BAD\n"},
    {"ill-formed user id", BODY("7\xFF\t" T0 "\n"), "1 BAD\n"},
    {"commas separate nothing", BODY("7," T0 ",0,1\n"), "1 BAD\n"},
    {"operation line", BODY("OPLOG 4\t0\t" T0 "\t0\t0\t0\t0\n"), "1 BAD\n"},
    {"operation line with tabs alone", BODY("OPLOG\t6\t0\t" T0 "\t0\n"), "1 BAD\n"},
    {"user line", BODY("USER PIN=1\tName=x\tPri=0\n"), "1 BAD\n"},
    {"keyed", BODY("PIN=1001\tDateTime=" T0 "\tVerified=4\tStatus=1\n"), "1 1001 " T0 " 1 4\n"},
    {"keyed, in any order and case", BODY("pin=1001\tstatus=1\tTIME=" T0 "\n"),
     "1 1001 " T0 " 1 1\n"},
    {"keyed without a time", BODY("PIN=1001\tStatus=1\n"), "1 BAD\n"},
    {"leading word ATTLOG", BODY("ATTLOG 7\t" T0 "\t1\t4\nATTLOG\t8\t" T0 "\t1\t4\n"),
     "1 7 " T0 " 1 4\n2 8 " T0 " 1 4\n"},
    {"leading word ATTLOG, keyed", BODY("ATTLOG PIN=7\tDateTime=" T0 "\n"), "1 7 " T0 " 0 1\n"},
    {"a user id ATTLOG", BODY("ATTLOG\t" T0 "\t1\t4\n"), "1 ATTLOG " T0 " 1 4\n"},
    {"the word ATTLOG alone", BODY("ATTLOG\n"), "1 BAD\n"},
    {"words where a date should be", BODY("hello world and more\n"), "1 BAD\n"},

    /* nothing stands behind the seconds that is not understood */
    {"PM", BODY("904\t2026-01-15 08:01:02 PM\t0\t1\n"), "1 904 2026-01-15 20:01:02 0 1\n"},
    {"pm without a blank", BODY("904\t2026-01-15 08:01:02pm\t0\t1\n"),
     "1 904 2026-01-15 20:01:02 0 1\n"},
    {"AM at midnight, PM at noon",
     BODY("904\t2026-01-15 12:01:02 AM\t0\t1\n904\t2026-01-15 12:01:02 PM\t0\t1\n"),
     "1 904 2026-01-15 00:01:02 0 1\n2 904 2026-01-15 12:01:02 0 1\n"},
    {"PM among blanks", BODY("904 2026-01-15 08:01:02 PM 0 1\n"),
     "1 904 2026-01-15 20:01:02 0 1\n"},
    {"PM of a date and a time apart", BODY("904\t2026-01-15\t08:01:02 PM\t0\t1\n"),
     "1 904 2026-01-15 20:01:02 0 1\n"},
    {"PM of an hour that it has not", BODY("904\t2026-01-15 20:01:02 PM\t0\t1\n"), "1 BAD\n"},
    {"AM of hour 0", BODY("904\t2026-01-15 00:01:02 AM\t0\t1\n"), "1 BAD\n"},
    {"PM as a column", BODY("904\t2026-01-15 08:01:02\tPM\t0\t1\n"), "1 BAD\n"},
    {"p. m. as a column", BODY("904\t2026-01-15 08:01:02\tp. m.\t0\t1\n"), "1 BAD\n"},
    {"p. m.", BODY("904\t2026-01-15 08:01:02 p. m.\t0\t1\n"), "1 BAD\n"},
    {"P.M.", BODY("904\t2026-01-15 08:01:02 P.M.\t0\t1\n"), "1 BAD\n"},
    {"in Thai", BODY("904\t2026-01-15 08:01:02 \xE0\xB8\x99.\t0\t1\n"), "1 BAD\n"},
    {"in Thai, among blanks", BODY("904 2026-01-15 08:01:02 \xE0\xB8\x99. 0 1\n"), "1 BAD\n"},
    {"in Thai, as a column", BODY("904\t2026-01-15 08:01:02\t\xE0\xB8\x99.\t0\t1\n"), "1 BAD\n"},
    {"a zone", BODY("904\t2026-01-15 08:01:02 +0700\t0\t1\n"), "1 BAD\n"},
    {"a zone without a blank", BODY("904\t2026-01-15 08:01:02+07:00\t0\t1\n"), "1 BAD\n"},
    {"a zone among blanks", BODY("904 2026-01-15 08:01:02 +0700 0 1\n"), "1 BAD\n"},
    {"a zone as a column", BODY("904\t2026-01-15 08:01:02\t+0700\t0\t1\n"), "1 BAD\n"},
    {"Z", BODY("904\t2026-01-15T08:01:02Z\t0\t1\n"), "1 BAD\n"},
    {"a fraction", BODY("904\t2026-01-15 08:01:02.500\t0\t1\n"), "1 BAD\n"},
    {"a number behind it", BODY("904\t2026-01-15 08:01:02 5\t0\t1\n"), "1 BAD\n"},
    {"a second time of day", BODY("904\t2026-01-15 08:01:02\t20:00:00\t0\t1\n"), "1 BAD\n"},
    {"words among blanks", BODY("904 2026-01-15 08:01:02 in 1\n"), "1 BAD\n"},

    /* unreadable is not "in" */
    {"I", BODY("904\t" T0 "\tI\t1\n"), "1 904 " T0 " 255 1\n"},
    {"CheckOut", BODY("904\t" T0 "\tCheckOut\t1\n"), "1 904 " T0 " 255 1\n"},
    {"1.0", BODY("904\t" T0 "\t1.0\t1.0\n"), "1 904 " T0 " 255 255\n"},
    {"0x1", BODY("904\t" T0 "\t0x1\t-\n"), "1 904 " T0 " 255 255\n"},
    {"VerifyMode=2 as a column", BODY("904\t" T0 "\t0\tVerifyMode=2\n"), "1 904 " T0 " 0 255\n"},
    {"VerifyMode as a key", BODY("PIN=904\tTime=" T0 "\tVerifyMode=2\tCheckType=O\n"),
     "1 904 " T0 " 255 2\n"},
    {"a verify too large", BODY("904\t" T0 "\t1\t2147483648\n"), "1 BAD\n"},
    {"the largest", BODY("904\t" T0 "\t1\t2147483647\n"), "1 904 " T0 " 1 2147483647\n"},
    {"sixteen methods", BODY("904\t" T0 "\t1\t0000000000000010\n"), "1 904 " T0 " 1 15\n"},

    /* years of the Buddhist era: only where the clock says so */
    {"2569", BODY("904\t2569-01-15 08:01:02\t0\t1\n"), "1 904 " T0 " 0 1\n"},
    {"last year's", BODY("904\t2568-03-01 08:01:02\t0\t1\n"), "1 904 2025-03-01 08:01:02 0 1\n"},
    {"long ago", BODY("904\t2560-03-01 08:01:02\t0\t1\n"), "1 BAD\n"},
    {"far ahead", BODY("904\t2570-01-15 08:01:02\t0\t1\n"), "1 BAD\n"},
    {"29 February of it", BODY("904\t2567-02-29 08:01:02\t0\t1\n"), "1 BAD\n"},

    /* a user id is no text around one */
    {"a form", BODY("table=ATTLOG&Stamp=9999&data=904\t" T0 "\t0\t1\n"), "1 BAD\n"},
    {"JSON", BODY("{\"pin\":\"904\",\"time\":\"" T0 "\"}\n"), "1 BAD\n"},
    {"XML", BODY("<row pin=\"904\" time=\"" T0 "\"/>\n"), "1 BAD\n"},
    {"a percent sign", BODY("90%34\t" T0 "\n"), "1 BAD\n"},
    {"a quote", BODY("'904'\t" T0 "\n"), "1 BAD\n"},
    {"a comma", BODY("904,Somchai\t" T0 "\n"), "1 BAD\n"},
    {"a semicolon", BODY("904;" T0 ";0;1\n"), "1 BAD\n"},

    /* access rows in this table */
    {"in any order",
     BODY("time=" T0 "\tpin=904\tcardno=0\tevent=0\tinoutstatus=1\tverifytype=4\n"
          "pin=904\tverifytype=4\tevent=0\tinoutstatus=1\ttime=" T0 "\n"),
     "1 904 " T0 " 1 4\n2 904 " T0 " 1 4\n"},
    {"one refused", BODY("pin=904\ttime=" T0 "\tevent=27\tinoutstatus=1\n"), "1 REFUSED 27\n"},
    {"one of nobody", BODY("pin=0\ttime=" T0 "\tevent=5\n"), "1 NOBODY\n"},
    {"without its event", BODY("pin=904\ttime=" T0 "\tinoutstatus=1\n"), "1 BAD\n"},
    {"between blanks", BODY("time=" T0 " pin=904 cardno=0 event=0 inoutstatus=1 verifytype=4\n"),
     "1 904 " T0 " 1 4\n"},
    {"between commas", BODY("time=" T0 ",pin=904,event=0,inoutstatus=1\n"), "1 904 " T0 " 1 1\n"},
    {"between both", BODY("time=" T0 ", pin=904, event=27\n"), "1 REFUSED 27\n"},
    {"two persons", BODY("pin=904\tpin=905\ttime=" T0 "\tevent=0\n"), "1 BAD\n"},
};

static void test_shapes(void **state)
{
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        static char out[OUT_MAX];
        read_all(cases[i].body, out);
        CHECK_TEXT(cases[i].rule, cases[i].expected, out);
    }
}

static void test_raw_is_the_line(void **state)
{
    (void)state;
    static struct row_reader reader;
    enum row_end end;
    row_begin(&reader, SPAN("00042\t" T0 "\tI\t1\t\xFF\0x\t\r\n\tx\xFF \n"), &settings);
    assert_true(row_next(&reader, &end));
    assert_int_equal(end, ROW_PUNCH);
    assert_true(span_equal(reader.punch.raw, SPAN("00042\t" T0 "\tI\t1\t\xEF\xBF\xBD x")));
    assert_true(row_next(&reader, &end)); /* what is set aside stays as it came */
    assert_int_equal(end, ROW_ASIDE);
    assert_true(span_equal(reader.line, SPAN("\tx\xFF ")));
}

static void test_long_line(void **state)
{
    (void)state;
    static char body[100000];
    memset(body, 'x', sizeof body);
    memcpy(body, "7\t" T0 "\t0\t1\t", 26);
    memcpy(body + sizeof body - 24, "\n8\t" T0 "\n", 23);
    static struct row_reader reader;
    enum row_end end;
    row_begin(&reader, (struct span){body, sizeof body}, &settings);
    assert_true(row_next(&reader, &end));
    assert_int_equal(end, ROW_PUNCH);
    assert_int_equal(reader.punch.raw.len, PUNCH_RAW_MAX);
    assert_true(row_next(&reader, &end));
    assert_int_equal(end, ROW_PUNCH);
    assert_string_equal(reader.punch.user_id, "8");
}

/* Each case with each of its bytes replaced, and cut at each length: sanitizers are the judge. */
static void test_no_byte_string_harms(void **state)
{
    (void)state;
    static const char bytes[] = {'\0', '\t', '\n', '\r', ' ', '=', ':', '-', '9', '\xFF'};
    static char out[OUT_MAX];
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct span body = cases[i].body;
        for (size_t at = 0; at < body.len; at++) {
            char *copy = malloc(body.len);
            assert_non_null(copy);
            memcpy(copy, body.at, body.len);
            for (size_t b = 0; b < sizeof bytes; b++) {
                copy[at] = bytes[b];
                read_all((struct span){copy, body.len}, out);
            }
            char *cut = malloc(at + 1);
            assert_non_null(cut);
            memcpy(cut, body.at, at);
            read_all((struct span){cut, at}, out);
            free(cut);
            free(copy);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_raw_is_the_line),
        cmocka_unit_test(test_long_line),
        cmocka_unit_test(test_no_byte_string_harms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
