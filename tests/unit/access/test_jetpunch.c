#include "access/jetpunch.h"

#include <math.h>

#include "access/jetone.h"

enum { BAD = 255 };

enum { COLUMNS = 7 };
static const struct build_column usual[COLUMNS] = {
    {"sn", JET_TEXT, 40},       {"USERID", JET_LONG, 4},    {"CHECKTIME", JET_DATE, 8},
    {"CHECKTYPE", JET_TEXT, 2}, {"SENSORID", JET_TEXT, 10}, {"VERIFYCODE", JET_LONG, 4},
    {"WorkCode", JET_TEXT, 48},
};
/* In another case, and of the other types that were seen. */
static const struct build_column older[COLUMNS] = {
    {"SN", JET_TEXT, 40},          {"userid", JET_INTEGER, 2}, {"CheckTime", JET_DATE, 8},
    {"checktype", JET_INTEGER, 2}, {"SensorId", JET_LONG, 4},  {"VerifyCode", JET_TEXT, 10},
    {"WORKCODE", JET_LONG, 4},
};
static const struct build_column premium[COLUMNS] = {
    {"sn", JET_TEXT, 40},       {"Badgenumber", JET_TEXT, 48}, {"checktime", JET_DATE, 8},
    {"checktype", JET_TEXT, 2}, {"sensorid", JET_TEXT, 10},    {"verifycode", JET_LONG, 4},
    {"workcode", JET_TEXT, 48},
};

enum { SN, WHO, WHENCE, TYPE, SENSOR, VERIFY, WORK };

/* Person 7 at 07:58:03, and these. */
#define BUT(...)                                                                                   \
    {                                                                                              \
        [WHO] = NUMBER(7), [WHENCE] = WHEN, __VA_ARGS__                                            \
    }

struct row_case {
    const char *name;
    const struct build_column *columns;
    struct build_value values[COLUMNS];
    const char *reason; /* a part of it; NULL: it is a punch */
    const char *said;   /* as say_punch says it */
};

/* clang-format off */
static const struct row_case rows[] = {
    {"whole", usual, BUT([SN] = TEXT("ABC1234567890"), [TYPE] = TEXT("O"), [SENSOR] = TEXT("101"), [VERIFY] = NUMBER(15), [WORK] = TEXT("12")),
     NULL, "7 07:58:03 1/15 work 12 machine 101 sn ABC1234567890"},
    {"of the other types", older, BUT([SN] = TEXT("ABC1234567890"), [TYPE] = NUMBER(4), [SENSOR] = NUMBER(101), [VERIFY] = TEXT("15"), [WORK] = NUMBER(12)),
     NULL, "7 07:58:03 4/15 work 12 machine 101 sn ABC1234567890"},
    {"all that may be is absent", usual, {[WHO] = NUMBER(7), [WHENCE] = WHEN}, NULL, "7 07:58:03 0/1"},
    {"in", usual, BUT([TYPE] = TEXT("I")), NULL, "7 07:58:03 0/1"},
    {"out", usual, BUT([TYPE] = TEXT("O")), NULL, "7 07:58:03 1/1"},
    {"a break", usual, BUT([TYPE] = TEXT("0")), NULL, "7 07:58:03 2/1"},
    {"back from it", usual, BUT([TYPE] = TEXT("1")), NULL, "7 07:58:03 3/1"},
    {"overtime", usual, BUT([TYPE] = TEXT("i")), NULL, "7 07:58:03 4/1"},
    {"its end", usual, BUT([TYPE] = TEXT("o")), NULL, "7 07:58:03 5/1"},
    {"a blank behind", usual, BUT([TYPE] = TEXT("O ")), NULL, "7 07:58:03 1/1"},
    {"an unknown letter", usual, BUT([TYPE] = TEXT("X")), NULL, "7 07:58:03 255/1"},
    {"two letters", usual, BUT([TYPE] = TEXT("IO")), NULL, "7 07:58:03 255/1"},
    {"an empty text is absent", older, BUT([VERIFY] = TEXT("")), NULL, "7 07:58:03 0/1"},
    {"words for a number", older, BUT([TYPE] = NUMBER(-1), [VERIFY] = TEXT("face")), NULL, "7 07:58:03 255/255"},
    {"a verify below 0", usual, BUT([VERIFY] = NUMBER(-5)), NULL, "7 07:58:03 0/255"},
    {"a zero is no work code", usual, BUT([WORK] = TEXT("0")), NULL, "7 07:58:03 0/1"},
    {"rubbish is none", older, BUT([WORK] = NUMBER(-14050371)), NULL, "7 07:58:03 0/1"},
    {"and such", older, BUT([WORK] = NUMBER(3684144)), NULL, "7 07:58:03 0/1"},
    {"a running number is no serial", usual, BUT([SN] = TEXT("12345")), NULL, "7 07:58:03 0/1"},
    {"nor is a word", usual, BUT([SN] = TEXT("Frontgate")), NULL, "7 07:58:03 0/1"},
    {"nor what it cannot hold", usual, BUT([SN] = TEXT("ABC 1234567")), NULL, "7 07:58:03 0/1"},
    {"Premium Time", premium, {TEXT("ABC1234567890"), TEXT("1007"), WHEN, TEXT("I"), TEXT("1"), NUMBER(1)},
     NULL, "'1007' 07:58:03 0/1 machine 1"},
    {"zeros in front stay, blanks go", premium, {[WHO] = TEXT(" 00042 "), [WHENCE] = WHEN}, NULL, "'00042' 07:58:03 0/1"},
    {"a badge that is none", premium, {[WHO] = TEXT("10;07"), [WHENCE] = WHEN}, "number", "- 07:58:03 0/1"},
    {"an empty one", premium, {[WHO] = TEXT(""), [WHENCE] = WHEN}, "number", "- 07:58:03 0/1"},
    {"nobody", premium, {[WHO] = NONE, [WHENCE] = WHEN}, "person", "- 07:58:03 0/1"},
    {"no number", usual, {[WHO] = NONE, [WHENCE] = WHEN}, "person", "- 07:58:03 0/1"},
    {"no time", usual, {[WHO] = NUMBER(7), [WHENCE] = NONE}, "no time", "7 - 0/1"},
    {"half a second", usual, {[WHO] = NUMBER(7), [WHENCE] = DATE(CLOCK(7, 58, 3.5))}, "whole seconds", "7 - 0/1"},
    {"what a double makes of a second", usual, {[WHO] = NUMBER(7), [WHENCE] = DATE(CLOCK(7, 58, 3.001))}, NULL, "7 07:58:03 0/1"},
    {"before 2000", usual, {[WHO] = NUMBER(7), [WHENCE] = DATE(36525.9)}, "2000", "7 - 0/1"},
    {"after 2100", usual, {[WHO] = NUMBER(7), [WHENCE] = DATE(85000)}, "2100", "7 - 0/1"},
    {"no number at all", usual, {[WHO] = NUMBER(7), [WHENCE] = DATE((double)NAN)}, "2000", "7 - 0/1"},
    {"a clock that is ahead", usual, {[WHO] = NUMBER(7), [WHENCE] = DATE(CLOCK(35, 0, 0))}, NULL, "7 35:00:00 0/1"},
    {"the future", usual, {[WHO] = NUMBER(7), [WHENCE] = DATE(CLOCK(37, 0, 0))}, "future", "7 37:00:00 0/1 ahead"},
};
/* clang-format on */

/* Person, time of the Monday, status and verify; and what there is besides. */
static const char *say_punch(const struct jetpunch *punch)
{
    static char said[400];
    char who[64] = "-";
    char when[64] = "-";
    if (punch->badge[0] != '\0') {
        snprintf(who, sizeof who, "'%s'", punch->badge);
    } else if (punch->has_number) {
        snprintf(who, sizeof who, "%d", (int)punch->number);
    }
    if (punch->time != 0) {
        int second = (int)(punch->time - MONDAY_S);
        snprintf(when, sizeof when, "%02d:%02d:%02d", second / 3600, second / 60 % 60, second % 60);
    }
    snprintf(said, sizeof said, "%s %s %d/%d%s%s%s%s%s%s%s%s", who, when, (int)punch->status,
             (int)punch->verify, punch->work_code[0] != '\0' ? " work " : "", punch->work_code,
             punch->sensor[0] != '\0' ? " machine " : "", punch->sensor,
             punch->sn[0] != '\0' ? " sn " : "", punch->sn, punch->ahead ? " ahead" : "",
             punch->nobody ? " nobody" : "");
    return said;
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < HB_COUNT(rows); i++) {
        const struct row_case *it = &rows[i];
        struct error err = ERROR_INIT;
        struct jetpunch_columns columns;
        struct jetpunch punch;
        struct span row = make(it->columns, COLUMNS, it->values);
        DO(jetpunch_columns(&made.read, &columns, &err));
        CHECK_INT(it->name, true, jetpunch_read(&columns, row, MONDAY_S + 12 * 3600, &punch));
        CHECK_TEXT(it->name, it->said, say_punch(&punch));
        CHECK_INT(it->name, it->reason != NULL, punch.reason != NULL);
        if (it->reason != NULL && strstr(punch.reason, it->reason) == NULL) {
            fail_msg("[%s] for another reason: %s", it->name, punch.reason);
        }
        build_end(&made.build);
    }
}

static void test_who_is_nobody(void **state)
{
    (void)state;
    static const struct build_value values[COLUMNS] = {
        TEXT("ABC1234567890"), NONE, NONE, TEXT("I"), NONE, NONE, NONE};
    struct error err = ERROR_INIT;
    struct jetpunch_columns columns;
    struct jetpunch punch;
    struct span row = make(usual, COLUMNS, values);
    DO(jetpunch_columns(&made.read, &columns, &err));
    assert_true(jetpunch_read(&columns, row, 0, &punch));
    CHECK_INT("neither person nor time", true, punch.nobody);
    build_end(&made.build);
}

static void test_the_row_as_text(void **state)
{
    (void)state;
    static char long_text[256];
    memset(long_text, 'x', 255);
    const struct {
        const char *name;
        struct build_value values[COLUMNS];
        const char *line;
    } lines[] = {
        {"whole",
         {TEXT("ABC1234567890"), NUMBER(7), WHEN, TEXT("I"), TEXT("101"), NUMBER(1), TEXT("0")},
         "USERID=7 CHECKTIME=2025-01-06 07:58:03 CHECKTYPE=I VERIFYCODE=1 SENSORID=101 WorkCode=0 "
         "sn=ABC1234567890"},
        {"null", {NONE, NUMBER(-7), NONE, NONE, NONE, NONE, NONE}, "USERID=-7"},
        {"no whole second",
         {NONE, NUMBER(7), DATE(36000.25), NONE, NONE, NONE, NONE},
         "USERID=7 CHECKTIME=36000.25"},
        {"a line end", {TEXT("A\nB"), NUMBER(7), NONE, NONE, NONE, NONE, NONE}, "USERID=7 sn=A B"},
    };
    for (size_t i = 0; i < HB_COUNT(lines); i++) {
        struct error err = ERROR_INIT;
        struct jetpunch_columns columns;
        char line[JETPUNCH_LINE_MAX];
        struct span row = make(usual, COLUMNS, lines[i].values);
        DO(jetpunch_columns(&made.read, &columns, &err));
        CHECK_INT(lines[i].name, strlen(lines[i].line), jetpunch_line(&columns, row, line));
        CHECK_TEXT(lines[i].name, lines[i].line, line);
        build_end(&made.build);
    }
    /* Texts of any length have room or are cut: never past the end. */
    const struct build_value all[COLUMNS] = {TEXT(long_text), NUMBER(7),       WHEN,
                                             TEXT(long_text), TEXT(long_text), NUMBER(1),
                                             TEXT(long_text)};
    struct error err = ERROR_INIT;
    struct jetpunch_columns columns;
    struct jetpunch punch;
    char line[JETPUNCH_LINE_MAX];
    struct span row = make(usual, COLUMNS, all);
    DO(jetpunch_columns(&made.read, &columns, &err));
    CHECK_INT("cut", JETPUNCH_LINE_MAX - 1, jetpunch_line(&columns, row, line));
    assert_true(jetpunch_read(&columns, row, 0, &punch));
    CHECK_TEXT("too long to be one", "", punch.sn);
    CHECK_TEXT("too long to be one", "", punch.sensor);
    CHECK_TEXT("too long to be one", "", punch.work_code);
    CHECK_INT("too long to be one", BAD, punch.status);
    CHECK_INT("damaged", false, jetpunch_read(&columns, damaged, 0, &punch));
    CHECK_INT("damaged", 0, jetpunch_line(&columns, damaged, line));
    build_end(&made.build);
}

static void test_columns(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct build_column columns[2];
        const char *missing; /* "": none */
    } tables[] = {
        {"all", {{"USERID", JET_LONG, 4}, {"CHECKTIME", JET_DATE, 8}}, ""},
        {"a badge", {{"badgenumber", JET_LONG, 4}, {"CHECKTIME", JET_DATE, 8}}, ""},
        {"no time", {{"USERID", JET_LONG, 4}, {"CHECKTYPE", JET_TEXT, 2}}, "CHECKTIME"},
        {"a time of words", {{"USERID", JET_LONG, 4}, {"CHECKTIME", JET_TEXT, 40}}, "CHECKTIME"},
        {"no person", {{"USER", JET_LONG, 4}, {"CHECKTIME", JET_DATE, 8}}, "USERID"},
        {"a number of words", {{"USERID", JET_TEXT, 40}, {"CHECKTIME", JET_DATE, 8}}, "USERID"},
        {"a badge that is a date",
         {{"Badgenumber", JET_DATE, 8}, {"CHECKTIME", JET_DATE, 8}},
         "Badgenumber"},
    };
    for (size_t i = 0; i < HB_COUNT(tables); i++) {
        static const struct build_value none[2] = {NONE, NONE};
        struct error err = ERROR_INIT;
        struct jetpunch_columns columns;
        (void)make(tables[i].columns, 2, none);
        CHECK_INT(tables[i].name, tables[i].missing[0] == '\0',
                  jetpunch_columns(&made.read, &columns, &err));
        if (tables[i].missing[0] != '\0') {
            CHECK_INT(tables[i].name, ERR_INVALID, err.kind);
            assert_non_null(strstr(err.text, tables[i].missing));
        }
        build_end(&made.build);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_who_is_nobody),
        cmocka_unit_test(test_the_row_as_text),
        cmocka_unit_test(test_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
