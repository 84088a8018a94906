#include "access/jetsite.h"

static const struct {
    const char *what;
    size_t at;
    uint8_t value;
    uint64_t bytes;
    enum error_kind kind;
    const char *words;
} heads[] = {
    {"Jet 4", 0x14, 1, 8192, ERR_NONE, ""},
    {"ACE version", 0x14, 6, 8192, ERR_NONE, ""},
    {"2 GB to the byte", 0x14, 1, UINT64_C(1) << 31, ERR_NONE, ""},
    {"more than 2 GB", 0x14, 1, (UINT64_C(1) << 31) + 1, ERR_INVALID, "larger than the 2 GB"},
    {"Jet 3", 0x14, 0, 8192, ERR_INVALID, "Access 97"},
    {"not known", 0x14, 7, 8192, ERR_INVALID, "not known (7)"},
    {"encoded", 0x3E, 0, 8192, ERR_INVALID, "encoded"},
    {"another kind", 4, 'X', 8192, ERR_INVALID, "no Access database"},
    {"zeros", 1, 0, 8192, ERR_INVALID, "no Access database"},
    {"nothing", 0x14, 1, 0, ERR_INVALID, "empty"},
    {"truncated", 0x14, 1, 4000, ERR_BUSY, "within its first page"},
    {"a password for an .mdb's door alone", 0x42, 0x5A, 8192, ERR_NONE, ""},
    {"what an .mdb has where an .accdb has its secret", 0x299, 1, 8192, ERR_NONE, ""},
};

static void test_heads(void **state)
{
    (void)state;
    struct build build;
    build_begin(&build, false);
    for (size_t i = 0; i < HB_COUNT(heads); i++) {
        struct error err = ERROR_INIT;
        struct jet_head head;
        uint8_t page[JET_PAGE];
        memcpy(page, build.bytes, sizeof page);
        page[heads[i].at] = heads[i].value;
        bool good = jet_head(page, sizeof page, heads[i].bytes, &head, &err);
        CHECK_INT(heads[i].what, heads[i].kind == ERR_NONE, good);
        CHECK_INT(heads[i].what, heads[i].kind, err.kind);
        if (strstr(err.text, heads[i].words) == NULL) {
            fail_msg("[%s] %s", heads[i].what, err.text);
        }
    }
    build_end(&build);
}

/* A file that was cut between the look at its size and the look into it. */
static void test_heads_that_are_short(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        size_t len;
        enum error_kind kind;
        const char *words;
    } cases[] = {
        {"nothing is left", 0, ERR_BUSY, "shorter"},
        {"one byte", 1, ERR_INVALID, "zeros"},
        {"no name", 0x14, ERR_INVALID, "no Access database"},
        {"no key", 0x299, ERR_BUSY, "within its first page"},
    };
    struct build build;
    build_begin(&build, false);
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct error err = ERROR_INIT;
        struct jet_head head;
        assert_false(jet_head(build.bytes, cases[i].len, 8192, &head, &err));
        CHECK_INT(cases[i].what, cases[i].kind, err.kind);
        if (strstr(err.text, cases[i].words) == NULL) {
            fail_msg("[%s] %s", cases[i].what, err.text);
        }
    }
    build_end(&build);
}

static void test_an_accdb_with_a_password_is_refused(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    struct jet_head head;
    struct build build;
    build_begin(&build, true);
    assert_true(jet_head(build.bytes, JET_PAGE, JET_PAGE, &head, &err));
    assert_true(head.ace);
    build.bytes[0x299] = 1;
    assert_false(jet_head(build.bytes, JET_PAGE, JET_PAGE, &head, &err));
    CHECK_INT("kind", ERR_INVALID, err.kind);
    assert_non_null(strstr(err.text, "password"));
    build_end(&build);
}

/* What a page says of its rows is never believed to be within it. */
static void test_rows_outside_of_a_page(void **state)
{
    static const struct {
        const char *what;
        size_t at;
        uint16_t value;
        bool whole;
    } cases[] = {
        {"nothing at the page's end", 0x0E, 0x1000, true},
        {"right behind the head", 0x0E, 0x10, true},
        {"within the head", 0x0E, 0x0F, false},
        {"behind the page", 0x0E, 0x1001, false},
        {"as far behind as can be told", 0x0E, 0x1FFF, false},
        {"more rows than a pointer can name", 0x0C, JET_ROWS_MAX + 1, false},
        {"rows without end", 0x0C, 0xFFFF, false},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct site site;
        uint32_t page = 0;
        unsigned flags = 0;
        struct span bytes;
        site_begin(&site, false);
        (void)add_row(&site.build, &site.made, 1, "SN1", COLUMNS, &page);
        uint8_t *at = build_page(&site.build, page);
        assert_true(jet_row_at(at, 0, &flags, &bytes));
        assert_false(jet_row_at(at, 1, &flags, &bytes));
        assert_false(jet_row_at(at, -1, &flags, &bytes));
        at[cases[i].at] = (uint8_t)cases[i].value;
        at[cases[i].at + 1] = (uint8_t)(cases[i].value >> 8);
        CHECK_INT(cases[i].what, cases[i].whole, jet_row_at(at, 0, &flags, &bytes));
        build_end(&site.build);
    }
}

/* A map is refused where it leads to nothing. */
static void test_maps_that_are_damaged(void **state)
{
    static const struct {
        const char *what;
        bool wide;
        size_t at; /* of the map's row */
        uint8_t value;
    } cases[] = {
        {"of a kind that is not known", false, 0, 2},
        {"first page outside of the file", false, 3, 0x7F},
        {"a page outside of the file", false, 5 + 63, 0x80},
        {"bits that lie nowhere", true, 3, 0x7F},
        {"bits on the file's head", true, 1, 1},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct site site;
        struct jet_map map;
        struct error err = ERROR_INIT;
        uint32_t number = 0;
        unsigned flags = 0;
        struct span row;
        site_begin(&site, cases[i].wide);
        (void)add_row(&site.build, &site.made, 1, "SN1", COLUMNS, NULL);
        struct jet_pages pages = build_pages(&site.build);
        DO(jet_map_begin(&map, &pages, site.made.map_page, 0, &err));
        DO(jet_map_next(&map, &number, &err));
        CHECK_INT(cases[i].what, site.made.last, number);
        uint8_t *home = build_page(&site.build, site.made.map_page);
        assert_true(jet_row_at(home, 0, &flags, &row));
        home[row.at - (const char *)home + (ptrdiff_t)cases[i].at] = cases[i].value;
        bool good = jet_map_begin(&map, &pages, site.made.map_page, 0, &err);
        for (number = 1; good && number != 0;) {
            good = jet_map_next(&map, &number, &err);
        }
        CHECK_INT(cases[i].what, false, good);
        CHECK_INT(cases[i].what, ERR_BUSY, err.kind);
        build_end(&site.build);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_heads),
        cmocka_unit_test(test_heads_that_are_short),
        cmocka_unit_test(test_an_accdb_with_a_password_is_refused),
        cmocka_unit_test(test_rows_outside_of_a_page),
        cmocka_unit_test(test_maps_that_are_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
