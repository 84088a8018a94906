/* Who a person is, and what was typed in (access/jetpunch.h). */
#include "access/jetone.h"

static void test_persons(void **state)
{
    (void)state;
    static const struct build_column columns[] = {{"Badgenumber", JET_TEXT, 48},
                                                  {"UserID", JET_LONG, 4}};
    static const struct {
        const char *name;
        struct build_value values[2];
        bool has_number;
        int32_t number;
        const char *badge;
    } persons[] = {
        {"one", {TEXT("1007"), NUMBER(7)}, true, 7, "1007"},
        {"blanks", {TEXT(" 1007 "), NUMBER(7)}, true, 7, "1007"},
        {"no badge", {NONE, NUMBER(7)}, true, 7, ""},
        {"none that can be", {TEXT("a b"), NUMBER(7)}, true, 7, ""},
        {"half a character", {TEXT("~\xED\xA0\x80"), NUMBER(7)}, true, 7, ""},
        {"no number", {TEXT("1007"), NONE}, false, 0, "1007"},
    };
    for (size_t i = 0; i < HB_COUNT(persons); i++) {
        struct error err = ERROR_INIT;
        struct jetperson_columns found;
        struct jetperson person;
        struct span row = make(columns, 2, persons[i].values);
        DO(jetperson_columns(&made.read, &found, &err));
        assert_true(jetperson_read(&found, row, &person));
        CHECK_INT(persons[i].name, persons[i].has_number, person.has_number);
        CHECK_INT(persons[i].name, persons[i].number, person.number);
        CHECK_TEXT(persons[i].name, persons[i].badge, person.badge);
        CHECK_INT("damaged", false, jetperson_read(&found, damaged, &person));
        build_end(&made.build);
    }
}

static void test_typed(void **state)
{
    (void)state;
    static const struct build_column whole[] = {
        {"USERID", JET_LONG, 4}, {"CHECKTIME", JET_DATE, 8}, {"ISADD", JET_INTEGER, 2}};
    static const struct build_column truth[] = {
        {"USERID", JET_LONG, 4}, {"CHECKTIME", JET_DATE, 8}, {"IsAdd", JET_BOOLEAN, 1}};
    static const struct {
        const char *name;
        const struct build_column *columns;
        struct build_value values[3];
        bool typed;
    } cases[] = {
        {"added", whole, {NUMBER(7), WHEN, NUMBER(1)}, true},
        {"changed", whole, {NUMBER(7), WHEN, NUMBER(0)}, false},
        {"null", whole, {NUMBER(7), WHEN, NONE}, false},
        {"yes", truth, {NUMBER(7), WHEN, NUMBER(1)}, true},
        {"no", truth, {NUMBER(7), WHEN, NUMBER(0)}, false},
        {"nobody", whole, {NONE, WHEN, NUMBER(1)}, false},
        {"never", whole, {NUMBER(7), NONE, NUMBER(1)}, false},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct error err = ERROR_INIT;
        struct jettyped_columns columns;
        struct jettyped typed;
        struct span row = make(cases[i].columns, 3, cases[i].values);
        DO(jettyped_columns(&made.read, &columns, &err));
        assert_true(jettyped_read(&columns, row, &typed));
        CHECK_INT(cases[i].name, cases[i].typed, typed.typed);
        if (typed.typed) {
            CHECK_INT(cases[i].name, 7, typed.number);
            CHECK_INT(cases[i].name, MONDAY_S + AT, typed.time);
        }
        CHECK_INT("damaged", false, jettyped_read(&columns, damaged, &typed));
        build_end(&made.build);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_persons),
        cmocka_unit_test(test_typed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
