#include "access/jetsite.h"

static void test_definition_over_pages(void **state)
{
    (void)state;
    enum { MANY = 150 };
    static struct build_column many[MANY];
    static char names[MANY][60];
    static struct jet_table table;
    struct error err = ERROR_INIT;
    struct build build;
    struct build_table made;
    for (size_t i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "a_column_whose_name_is_rather_long_%03u", (unsigned)i);
        many[i] = (struct build_column){names[i], i % 2 == 0 ? JET_LONG : JET_TEXT, 20};
    }
    build_begin(&build, true);
    build_table(&build, &made, "Many", many, MANY, false);
    struct jet_pages pages = build_pages(&build);
    DO(jet_table_find(&pages, "many", &table, &err));
    CHECK_INT("columns", MANY, table.count);
    for (size_t i = 0; i < MANY; i++) {
        CHECK_TEXT("name", names[i], table.columns[i].name);
    }
    assert_false(jet_table_find(&pages, "few", &table, &err));
    CHECK_INT("few", ERR_NOT_FOUND, err.kind);
    build_end(&build);
}

/* What is no table of this file says so; what is none at all is damage, to be looked at again. */
static void test_tables_that_are_not_there(void **state)
{
    static const struct {
        const char *name, *words;
        enum error_kind kind;
    } cases[] = {
        {"CheckInOut", "", ERR_NONE},
        {"USERINFO", "no table USERINFO", ERR_NOT_FOUND},
        {"MSysObjects", "no table MSysObjects", ERR_NOT_FOUND},
        {"Elsewhere", "another database", ERR_INVALID},
        {"elsewhere by odbc", "another database", ERR_INVALID},
    };
    static struct jet_table table;
    (void)state;
    struct site site;
    site_begin(&site, false);
    build_link(&site.build, "Elsewhere", 6);
    build_link(&site.build, "Elsewhere by ODBC", 4);
    build_link(&site.build, "A query", 5);
    struct jet_pages pages = build_pages(&site.build);
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct error err = ERROR_INIT;
        CHECK_INT(cases[i].name, cases[i].kind == ERR_NONE,
                  jet_table_find(&pages, cases[i].name, &table, &err));
        CHECK_INT(cases[i].name, cases[i].kind, err.kind);
        assert_non_null(strstr(err.text, cases[i].words));
    }
    build_end(&site.build);
}

static void test_definitions_that_are_damaged(void **state)
{
    static const struct {
        const char *what;
        size_t at;
        uint8_t value;
    } cases[] = {
        {"another kind of page", 0, JET_DATA},
        {"no columns", 0x2D, 0},
        {"more columns than a table has", 0x2E, 1},
        {"fewer ever than now", 0x29, 3},
        {"indexes without end", 0x34, 1},
        {"indexes over pages that are not", 0x33, 200},
        {"a column's number past all", 0x3F + 6, 1},
    };
    static struct jet_table table;
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct site site;
        struct error err = ERROR_INIT;
        site_begin(&site, false);
        struct jet_pages pages = build_pages(&site.build);
        DO(jet_table_read(&pages, site.made.page, &table, &err));
        build_page(&site.build, site.made.page)[cases[i].at] = cases[i].value;
        CHECK_INT(cases[i].what, false, jet_table_read(&pages, site.made.page, &table, &err));
        CHECK_INT(cases[i].what, ERR_BUSY, err.kind);
        build_end(&site.build);
    }
}

/* A definition that goes on in itself comes to its end. */
static void test_a_definition_in_a_circle(void **state)
{
    static struct jet_table table;
    (void)state;
    struct error err = ERROR_INIT;
    struct site site;
    site_begin(&site, false);
    uint8_t *page = build_page(&site.build, site.made.page);
    page[0x2D] = page[0x29] = JET_COLUMNS_MAX;
    page[4] = (uint8_t)site.made.page;
    struct jet_pages pages = build_pages(&site.build);
    assert_false(jet_table_read(&pages, site.made.page, &table, &err));
    CHECK_INT("circle", ERR_BUSY, err.kind);
    build_end(&site.build);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_definition_over_pages),
        cmocka_unit_test(test_tables_that_are_not_there),
        cmocka_unit_test(test_definitions_that_are_damaged),
        cmocka_unit_test(test_a_definition_in_a_circle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
