#include "check.h"

#include "formats/attlog.h"

#define OUT_MAX 8192

/*
 * The body read to its end, a line of text for each result: `line user time status verify`, or
 * `line BAD`.
 */
static void read_all(struct span body, char *out)
{
    struct attlog_reader reader;
    struct punch punch;
    size_t used = 0;
    out[0] = '\0';
    attlog_begin(&reader, body);
    for (;;) {
        enum attlog_result result = attlog_next(&reader, &punch);
        if (result == ATTLOG_END) {
            return;
        }
        assert_true(utf8_valid(punch.raw));
        assert_in_range(punch.raw.len, 1, PUNCH_RAW_MAX);
        if (result == ATTLOG_BAD) {
            assert_non_null(reader.reason);
            used += (size_t)snprintf(out + used, OUT_MAX - used, "%u BAD\n", (unsigned)reader.line);
        } else {
            char time[WALLTIME_TEXT_MAX];
            used += (size_t)snprintf(out + used, OUT_MAX - used, "%u %s %s %d %d\n",
                                     (unsigned)reader.line, punch.user_id,
                                     walltime_text(punch.time, time), (int)punch.status,
                                     (int)punch.verify);
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
    {"status and verify no numbers", BODY("7\t" T0 "\tI\tFP\n"), "1 7 " T0 " 0 1\n"},
    {"status too large", BODY("7\t" T0 "\t99999999999\t1\n"), "1 7 " T0 " 0 1\n"},
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
    {"NUL in the status: default",
     BODY("7\t" T0 "\t4\0"
          "4\t3\n"),
     "1 7 " T0 " 0 3\n"},
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
    struct attlog_reader reader;
    struct punch punch;
    attlog_begin(&reader, SPAN("00042\t" T0 "\tI\t1\t\xFF\0x\t\r\n"));
    assert_int_equal(attlog_next(&reader, &punch), ATTLOG_PUNCH);
    assert_true(span_equal(punch.raw, SPAN("00042\t" T0 "\tI\t1\t\xEF\xBF\xBD x")));
}

static void test_long_line(void **state)
{
    (void)state;
    static char body[100000];
    memset(body, 'x', sizeof body);
    memcpy(body, "7\t" T0 "\t0\t1\t", 26);
    memcpy(body + sizeof body - 24, "\n8\t" T0 "\n", 23);
    struct attlog_reader reader;
    struct punch punch;
    attlog_begin(&reader, (struct span){body, sizeof body});
    assert_int_equal(attlog_next(&reader, &punch), ATTLOG_PUNCH);
    assert_int_equal(punch.raw.len, PUNCH_RAW_MAX);
    assert_int_equal(attlog_next(&reader, &punch), ATTLOG_PUNCH);
    assert_string_equal(punch.user_id, "8");
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
