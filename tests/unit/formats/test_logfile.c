#include "check.h"

#include "formats/logfile.h"

enum { OUT_MAX = 16384 };

#define SN "HIP_DEVICE_1"

struct seen {
    char text[OUT_MAX];
    size_t used;
    size_t lines;
    size_t stop_after; /* 0: never */
};

/* A line of text for each line handed over: `number user time`, or `number BAD`. */
static bool note(void *context, const struct logfile_line *line, struct error *err)
{
    struct seen *seen = context;
    const struct punch *punch = &line->punch;
    assert_true(utf8_valid(punch->raw));
    assert_true(punch->raw.len <= PUNCH_RAW_MAX);
    char time[WALLTIME_TEXT_MAX] = "";
    if (line->reason != NULL) {
        seen->used += (size_t)snprintf(seen->text + seen->used, OUT_MAX - seen->used, "%u BAD\n",
                                       (unsigned)line->number);
    } else {
        seen->used += (size_t)snprintf(seen->text + seen->used, OUT_MAX - seen->used, "%u %s %s",
                                       (unsigned)line->number, punch->user_id,
                                       walltime_text(punch->time, time));
        if (punch->status != 0 || punch->verify != 1) {
            seen->used += (size_t)snprintf(seen->text + seen->used, OUT_MAX - seen->used, " %d/%d",
                                           (int)punch->status, (int)punch->verify);
        }
        if (strcmp(punch->device_sn, SN) != 0) {
            seen->used += (size_t)snprintf(seen->text + seen->used, OUT_MAX - seen->used, " on %s",
                                           punch->device_sn);
        }
        seen->used += (size_t)snprintf(seen->text + seen->used, OUT_MAX - seen->used, "\n");
    }
    assert_true(seen->used < OUT_MAX);
    seen->lines++;
    return seen->lines != seen->stop_after || error_set(err, ERR_FULL, 0, "enough");
}

/* Each chunk in memory of its own, so that sanitizers see a read past it. chunk 0: all at once. */
static bool feed_all(struct logfile_reader *reader, struct span file, size_t chunk)
{
    struct error err = ERROR_INIT;
    while (file.len > 0) {
        size_t len = chunk == 0 || chunk > file.len ? file.len : chunk;
        char *copy = malloc(len);
        assert_non_null(copy);
        memcpy(copy, file.at, len);
        bool fine = logfile_feed(reader, (struct span){copy, len}, &err);
        free(copy);
        if (!fine) {
            assert_int_equal(err.kind, ERR_FULL);
            return false;
        }
        file.at += len;
        file.len -= len;
    }
    return logfile_end(reader, &err);
}

/* Twice, as a file is read. */
static bool read_file(struct span file, enum encoding encoding, size_t chunk, struct seen *seen)
{
    static struct logfile_reader reader;
    struct logline_facts facts;
    *seen = (struct seen){.stop_after = seen->stop_after};
    logfile_begin(&reader, SN, NULL, NULL);
    logfile_set_encoding(&reader, encoding);
    assert_true(feed_all(&reader, file, chunk));
    facts = *logfile_facts(&reader);
    logfile_begin(&reader, SN, note, seen);
    logfile_set_encoding(&reader, encoding);
    logfile_set_facts(&reader, &facts);
    return feed_all(&reader, file, chunk);
}

#define FILE_OF(literal)                                                                           \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }
#define GOOD "1 1001 14/01/2026 10:48:21 AM 1 T"
#define GOOD_IS "1001 2026-01-14 10:48:21\n"

static const struct {
    const char *rule;
    struct span file;
    const char *expected;
} cases[] = {
    {"an empty file", FILE_OF(""), ""},
    {"the file as Premium Time saves it",
     FILE_OF("Date Export : 15/01/2026 09:00:05 AM\r\n"
             "----------------------------------------------------\r\n"
             "No.    ID        Time                        Verify\r\n"
             "----------------------------------------------------\r\n"
             "1      1         14/01/2026 10:48:21 AM      1 T\r\n"
             "2      00042     14/01/2026 5:27:13 PM       1 T\r\n"),
     "5 1 2026-01-14 10:48:21\n6 00042 2026-01-14 17:27:13\n"},
    {"LF alone", FILE_OF(GOOD "\n" GOOD "\n"), "1 " GOOD_IS "2 " GOOD_IS},
    {"CR alone", FILE_OF(GOOD "\r" GOOD "\r"), "1 " GOOD_IS "2 " GOOD_IS},
    {"a last line without an end", FILE_OF(GOOD "\n" GOOD), "1 " GOOD_IS "2 " GOOD_IS},
    {"blank lines count and are passed over", FILE_OF("\r\n \t\r\n" GOOD "\r\n\r\n"), "3 " GOOD_IS},
    {"tabs and any number of blanks", FILE_OF("  1\t1001   14/01/2026\t 10:48:21   AM  1 T"),
     "1 " GOOD_IS},
    {"nothing after AM", FILE_OF("1 1001 14/01/2026 10:48:21 AM"), "1 " GOOD_IS},
    {"a name with blanks", FILE_OF("1 1001 Somchai  van den Berg 14/01/2026 10:48:21 AM 1"),
     "1 " GOOD_IS},
    {"a name with dashes is data", FILE_OF("1 1001 Anne---Marie 14/01/2026 10:48:21 AM 1"),
     "1 " GOOD_IS},
    {"a row of the vendor's other print",
     FILE_OF("79107    1    14/01/2026 5:27:13 PM    I    1    1        S"),
     "1 1 2026-01-14 17:27:13\n"},
    {"running number with a dot", FILE_OF("1. 1001 14/01/2026 10:48:21 AM"), "1 " GOOD_IS},
    {"letters in the id", FILE_OF("1 A-7 14/01/2026 10:48:21 AM"), "1 A-7 2026-01-14 10:48:21\n"},
    {"24 hours", FILE_OF("1 7 14/01/2026 17:48:21 1 T\n2 7 14/01/2026 00:00:00 1 T\n"),
     "1 7 2026-01-14 17:48:21\n2 7 2026-01-14 00:00:00\n"},
    {"24 hours, nothing after", FILE_OF("1 7 14/01/2026 7:48:21\n"), "1 7 2026-01-14 07:48:21\n"},
    {"24 hours, cut where PM may have followed", FILE_OF("1 7 14/01/2026 7:48:21"), "1 BAD\n"},
    {"no seconds", FILE_OF("1 7 14/01/2026 7:48 PM"), "1 7 2026-01-14 19:48:00\n"},
    {"12 AM is midnight, 12 PM noon",
     FILE_OF("1 7 14/01/2026 12:05:00 AM\n2 7 14/01/2026 12:05:00 PM"),
     "1 7 2026-01-14 00:05:00\n2 7 2026-01-14 12:05:00\n"},
    {"am and pm in any case, close or not",
     FILE_OF("1 7 14/01/2026 1:05:00pm\n2 7 14/01/2026 1:05:00 pm"),
     "1 7 2026-01-14 13:05:00\n2 7 2026-01-14 13:05:00\n"},
    {"no hour 0 or 13 with AM or PM",
     FILE_OF("1 7 14/01/2026 0:05:00 AM\n2 7 14/01/2026 13:05:00 PM"), "1 BAD\n2 BAD\n"},
    {"Thai and Lao halves of the day",
     FILE_OF("1 7 14/01/2026 1:05:00 หลังเที่ยง\n2 7 14/01/2026 1:05:00 ກ່ອນທ່ຽງ"),
     "1 7 2026-01-14 13:05:00\n2 7 2026-01-14 01:05:00\n"},
    {"an unknown word that may be PM", FILE_OF("1 7 14/01/2026 1:05:00 μμ"), "1 BAD\n"},
    {"... but not after hour 13", FILE_OF("1 7 14/01/2026 13:05:00 นิ้ว"),
     "1 7 2026-01-14 13:05:00\n"},
    {"Buddhist years", FILE_OF("1 7 14/01/2569 1:05:00 PM"), "1 7 2026-01-14 13:05:00\n"},
    {"29 February in the right calendar",
     FILE_OF("1 7 29/02/2567 1:05:00 PM\n2 7 29/02/2568 1:05:00 PM\n3 7 29/02/2024 1:05:00 PM"),
     "1 7 2024-02-29 13:05:00\n2 BAD\n3 7 2024-02-29 13:05:00\n"},
    {"Thai digits", FILE_OF("๑ ๗ ๑๔/๐๑/๒๕๖๙ ๑:๐๕:๐๐ PM"), "1 7 2026-01-14 13:05:00\n"},
    {"Lao digits", FILE_OF("໑ ໗ ໑໔/໐໑/໒໐໒໖ ໑:໐໕:໐໐ PM"), "1 7 2026-01-14 13:05:00\n"},
    {"one digit for day and month", FILE_OF("1 7 4/1/2026 1:05:00 PM"),
     "1 7 2026-01-04 13:05:00\n"},
    {"dashes and dots in the date", FILE_OF("1 7 14-01-2026 1:05:00 PM\n2 7 14.01.2026 1:05:00 PM"),
     "1 7 2026-01-14 13:05:00\n2 7 2026-01-14 13:05:00\n"},
    {"year first", FILE_OF("1 7 2026-01-14 13:05:00"), "1 7 2026-01-14 13:05:00\n"},
    {"month first is never guessed", FILE_OF("1 7 01/14/2026 1:05:00 PM"), "1 BAD\n"},
    {"impossible dates and times",
     FILE_OF("1 7 31/04/2026 1:05:00 PM\n2 7 00/01/2026 1:05:00 PM\n3 7 14/01/2026 24:05:00\n"
             "4 7 14/01/2026 1:60:00 PM\n5 7 14/01/2026 1:05:99 PM\n"),
     "1 BAD\n2 BAD\n3 BAD\n4 BAD\n5 BAD\n"},
    {"two-digit years are no date", FILE_OF("1 7 14/01/26 1:05:00 PM"), "1 BAD\n"},
    {"no user id", FILE_OF("1 14/01/2026 1:05:00 PM 1 T"), "1 BAD\n"},
    {"no time of day", FILE_OF("1 7 14/01/2026\n2 7 14/01/2026 PM"), "1 BAD\n2 BAD\n"},
    {"user id too long",
     FILE_OF("1 123456789012345678901234567890123456789012345678901 14/01/2026 1:05:00 PM"),
     "1 BAD\n"},
    {"no running number", FILE_OF("one 7 14/01/2026 1:05:00 PM"), "1 BAD\n"},
    {"a cut line", FILE_OF(GOOD "\r\n2 1001 14/01/20"), "1 " GOOD_IS "2 BAD\n"},
    {"a bad line spoils no neighbour", FILE_OF("1 x\n" GOOD "\n5 y\n"),
     "1 BAD\n2 " GOOD_IS "3 BAD\n"},
    {"a NUL in a line",
     FILE_OF("1 10\0"
             "01 14/01/2026 1:05:00 PM\n" GOOD),
     "1 BAD\n2 " GOOD_IS},
    {"a tail of NULs, as a crash leaves it", FILE_OF(GOOD "\r\n\0\0\0\0\0\0\0\0"), "1 " GOOD_IS},
    {"heads again between pages",
     FILE_OF(GOOD
             "\n---- ----\nNo. ID Time Verify\nลำดับ รหัส เวลา\nDate Export : 15/01/2026\n" GOOD),
     "1 " GOOD_IS "6 " GOOD_IS},
    {"a title above the data is passed over, words below are not",
     FILE_OF("Attendance of the company\n" GOOD "\nwhatever this is\n"), "2 " GOOD_IS "3 BAD\n"},
    {"UTF-8 with a mark", FILE_OF("\xEF\xBB\xBF" GOOD "\n"), "1 " GOOD_IS},
    {"UTF-8 with a mark before a head", FILE_OF("\xEF\xBB\xBFNo. ID\n" GOOD "\n"), "2 " GOOD_IS},
    {"a name in Windows-874", FILE_OF("1 1001 \xCA\xC1\xAA\xD2\xC2 14/01/2026 10:48:21 AM\n"),
     "1 " GOOD_IS},
    {"digits in Windows-874",
     FILE_OF("\xF1 \xF7 \xF1\xF4/\xF0\xF1/\xF2\xF5\xF6\xF9 \xF1:\xF0\xF5 PM"),
     "1 7 2026-01-14 13:05:00\n"},
    {"a name in Windows-1252", FILE_OF("1 1001 Ren\xE9\xFC 14/01/2026 10:48:21 AM\n"),
     "1 " GOOD_IS},
    {"a terminal's own export",
     FILE_OF("   1001\t2026-01-14 10:48:21\t1\t0\t1\t0\r\n"
             "    42\t2026-01-14 17:27:13\t1\t255\t15\t0\r\n"),
     "1 " GOOD_IS "2 42 2026-01-14 17:27:13 255/15\n"},
    {"a terminal's own export, two columns", FILE_OF("1001\t2026-01-14 10:48:21\n"), "1 " GOOD_IS},
    {"a terminal's own export, impossible date", FILE_OF("1001\t2026-02-30 10:48:21\t1\t0\n"),
     "1 BAD\n"},
    {"a GLOG table, old head",
     FILE_OF("No\tTMNo\tEnNo\tName\tGMNo\tMode\tIN/OUT\tAntipass\tDaiGong\tDateTime\tTR\r\n"
             "000001\t1\t00000042\tSomchai\t1\t1\t0\t0\t0\t2026/01/14  10:48:21\t\r\n"
             "000002\t2\t00000007\t\t1\t4\t1\t0\t0\t2026-01-14  17:48:21\t\r\n"),
     "2 00000042 2026-01-14 10:48:21 on " SN "-1\n3 00000007 2026-01-14 17:48:21 1/4 on " SN
     "-2\n"},
    {"a GLOG table whose dates show both orders",
     FILE_OF("No\tMchn\tEnNo\tName\tMode\tIOMd\tDateTime\r\n"
             "1\t1\t42\tSomchai\t1\t0\t01/19/2026 14:53:50\r\n"
             "2\t1\t42\tSomchai\t1\t0\t19/01/2026 14:53:50\r\n"),
     "2 BAD\n3 BAD\n"},
    {"a GLOG table without tabs is known by its words",
     FILE_OF("No Mchn EnNo Name Mode IOMd DateTime\r\n"
             "1 1 42 Somchai 1 0 01/01/2026 14:53:50\r\n"),
     "2 42 2026-01-01 14:53:50 on " SN "-1\n"},
    {"a GLOG table without machines",
     FILE_OF("No\tEnNo\tDateTime\r\n1\t42\t2026-01-14 10:48:21\r\n"), "2 42 2026-01-14 10:48:21\n"},
    {"no log at all", FILE_OF("MZ\x90\0\x03\0\0\0\x04\0\0\0\xFF\xFF\0\0\xB8 9\n"), "1 BAD\n"},
};

static const size_t chunks[] = {0, 1, 2, 3, 7, 64};

static void test_files(void **state)
{
    (void)state;
    static struct seen seen;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        for (size_t c = 0; c < HB_COUNT(chunks); c++) {
            assert_true(read_file(cases[i].file, ENCODING_AUTO, chunks[c], &seen));
            CHECK_TEXT(cases[i].rule, cases[i].expected, seen.text);
        }
    }
}

/* The same files as UTF-16, both ends first, with and without the mark. */
static void test_files_in_utf16(void **state)
{
    (void)state;
    static struct seen seen;
    static char wide[8192];
    size_t tried = 0;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct span file = cases[i].file;
        bool ascii = file.len > 0 && (unsigned char)file.at[0] < 0x80;
        for (size_t at = 0; at < file.len; at++) {
            ascii = ascii && (unsigned char)file.at[at] < 0x80;
        }
        for (int form = 0; ascii && form < 4; form++) {
            bool little = form % 2 == 0;
            size_t used = 0;
            if (form >= 2) {
                memcpy(wide, little ? "\xFF\xFE" : "\xFE\xFF", 2);
                used = 2;
            }
            for (size_t at = 0; at < file.len; at++, used += 2) {
                wide[used] = little ? file.at[at] : '\0';
                wide[used + 1] = little ? '\0' : file.at[at];
            }
            for (size_t c = 0; c < HB_COUNT(chunks); c++) {
                assert_true(read_file((struct span){wide, used}, ENCODING_AUTO, chunks[c], &seen));
                CHECK_TEXT(cases[i].rule, cases[i].expected, seen.text);
            }
            tried++;
        }
    }
    assert_true(tried > 100);
}

static bool keep_raw(void *context, const struct logfile_line *line, struct error *err)
{
    (void)err;
    char *out = context;
    memcpy(out, line->punch.raw.at, line->punch.raw.len);
    out[line->punch.raw.len] = '\0';
    return true;
}

static void test_raw_is_the_line_in_utf8(void **state)
{
    (void)state;
    static const struct {
        enum encoding encoding;
        struct span file;
        const char *raw;
    } files[] = {
        {ENCODING_AUTO, FILE_OF("  " GOOD " \r\n"), GOOD},
        {ENCODING_AUTO, FILE_OF(GOOD " \xCA\xC1\xAA\xD2\xC2\r\n"), GOOD " สมชาย"},
        {ENCODING_874, FILE_OF(GOOD " \xCA\xDB\x80\r\n"), GOOD " ส\xEF\xBF\xBD€"},
        {ENCODING_AUTO, FILE_OF(GOOD " \xFC\r\n"), GOOD " ü"},
        {ENCODING_1252, FILE_OF(GOOD " \xCA\x81\x80\r\n"), GOOD " Ê\xEF\xBF\xBD€"},
        {ENCODING_UTF8, FILE_OF(GOOD " \xCA\r\n"), GOOD " \xEF\xBF\xBD"},
        {ENCODING_874,
         FILE_OF("\xFF\xFE"
                 "1\0 \0*\x0E\x3D\xD8\x00\xDE\x3D\xD8\n\0"),
         "1 ส😀\xEF\xBF\xBD"},
        {ENCODING_UTF16BE,
         FILE_OF("\0"
                 "1\x0E*\xDE\x00\0"),
         "1ส\xEF\xBF\xBD\xEF\xBF\xBD"},
    };
    for (size_t i = 0; i < HB_COUNT(files); i++) {
        static struct logfile_reader reader;
        static char raw[PUNCH_RAW_MAX + 1];
        struct error err = ERROR_INIT;
        raw[0] = '\0';
        logfile_begin(&reader, SN, keep_raw, raw);
        logfile_set_encoding(&reader, files[i].encoding);
        assert_true(logfile_feed(&reader, files[i].file, &err));
        assert_true(logfile_end(&reader, &err));
        CHECK_TEXT(files[i].raw, files[i].raw, raw);
    }
}

static void test_a_line_of_a_megabyte(void **state)
{
    (void)state;
    enum { SIZE = 1 << 20 };
    static struct seen seen;
    char *file = malloc(SIZE);
    assert_non_null(file);
    memset(file, 'x', SIZE);
    memcpy(file, GOOD "\n" GOOD, 2 * strlen(GOOD) + 1);
    memcpy(file + SIZE - strlen(GOOD) - 1, "\n" GOOD, strlen(GOOD) + 1);
    for (size_t c = 0; c < HB_COUNT(chunks); c++) {
        assert_true(read_file((struct span){file, SIZE}, ENCODING_AUTO, chunks[c], &seen));
        assert_string_equal(seen.text, "1 " GOOD_IS "2 BAD\n3 " GOOD_IS);
    }
    free(file);
}

static void test_the_sink_may_stop(void **state)
{
    (void)state;
    static struct seen seen;
    seen.stop_after = 2;
    assert_false(read_file(span_of(GOOD "\n" GOOD "\n" GOOD "\n"), ENCODING_AUTO, 0, &seen));
    assert_int_equal(seen.lines, 2);
    assert_false(read_file(span_of(GOOD "\n" GOOD), ENCODING_AUTO, 0, &seen));
    seen.stop_after = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_files_in_utf16),
        cmocka_unit_test(test_raw_is_the_line_in_utf8),
        cmocka_unit_test(test_a_line_of_a_megabyte),
        cmocka_unit_test(test_the_sink_may_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
