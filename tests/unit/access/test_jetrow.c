#include "access/jetsite.h"

static void test_values(void **state)
{
    (void)state;
    for (int wide = 0; wide < 2; wide++) {
        struct site site;
        static struct jet_table table;
        struct jet_row row;
        struct jet_value value;
        struct error err = ERROR_INIT;
        uint32_t page = 0;
        site_begin(&site, wide != 0);
        const char *name = "\xE0\xB8\xAA\xE0\xB8\xA1 A \xE0\xBA\xAA";
        (void)add_row(&site.build, &site.made, 1, name, OLD, &page);
        (void)add_row(&site.build, &site.made, 2, "~\xE0\xB8\xAA", COLUMNS, &page);
        struct jet_pages pages = build_pages(&site.build);
        DO(jet_table_find(&pages, "CheckInOut", &table, &err));
        CHECK_INT("rows", 2, table.rows);
        DO(jet_page(&pages, page, JET_DATA, row.page, &err));
        DO(jet_row_read(&pages, &table, &row, 0, NULL, &err));
        assert_true(jet_value(&table, row.bytes, jet_column(&table, "sn"), &value));
        CHECK_TEXT("Thai and Lao, compressed", name, value.room);
        assert_true(jet_value(&table, row.bytes, jet_column(&table, "late"), &value));
        CHECK_INT("younger than the row", JET_NULL, value.kind);
        assert_true(jet_value(&table, row.bytes, jet_column(&table, "workcode"), &value));
        CHECK_INT("younger than the row", JET_NULL, value.kind);
        assert_true(jet_value(&table, row.bytes, jet_column(&table, "flag"), &value));
        CHECK_INT("Boolean", 1, value.number);
        DO(jet_row_read(&pages, &table, &row, 1, NULL, &err));
        assert_true(jet_value(&table, row.bytes, jet_column(&table, "sn"), &value));
        CHECK_TEXT("not compressed", "\xE0\xB8\xAA", value.room);
        assert_true(jet_value(&table, row.bytes, jet_column(&table, "UserExtFmt"), &value));
        CHECK_INT("Integer", -7, value.number);
        assert_true(jet_value(&table, row.bytes, jet_column(&table, "Small"), &value));
        CHECK_INT("Byte", 200, value.number);
        assert_true(jet_value(&table, row.bytes, jet_column(&table, "CHECKTIME"), &value));
        assert_true(value.kind == JET_FRACTION && value.fraction == 45665.25);
        build_end(&site.build);
    }
}

/* A pointer is followed to a row that was moved in, of the same table, and not for ever. */
static void test_pointers_that_lead_nowhere(void **state)
{
    static const struct {
        const char *what;
        size_t at; /* of the pointer: row, page */
        enum { ITSELF, OTHERS, DEFINITION, NOT_THERE } to;
        uint8_t value;
    } cases[] = {
        {"a row that is not there", 0, NOT_THERE, 7},
        {"a page that is not there", 3, NOT_THERE, 0x7F},
        {"itself, in a circle", 1, ITSELF, 0},
        {"a page of another table", 1, OTHERS, 0},
        {"a page of another kind", 1, DEFINITION, 0},
    };
    static struct jet_table table;
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct site site;
        struct build_table others;
        struct jet_row row;
        struct error err = ERROR_INIT;
        uint32_t page = 0;
        uint32_t other = 0;
        site_begin(&site, false);
        build_table(&site.build, &others, "OTHERS", columns, COLUMNS, false);
        int moved = add_row(&site.build, &site.made, 1, "SN1", COLUMNS, &page);
        int theirs = add_row(&site.build, &others, 2, "SN2", COLUMNS, &other);
        build_move(&site.build, &site.made, page, moved);
        build_page(&site.build, other)[14 + 2 * theirs + 1] |= 0x80;
        struct jet_pages pages = build_pages(&site.build);
        DO(jet_table_find(&pages, "CHECKINOUT", &table, &err));
        memcpy(row.page, build_page(&site.build, page), JET_PAGE);
        DO(jet_row_read(&pages, &table, &row, moved, NULL, &err));
        assert_true(row.bytes.len > 4);
        uint8_t *home = build_page(&site.build, page);
        const uint8_t leads[] = {[ITSELF] = (uint8_t)page,
                                 [OTHERS] = (uint8_t)other,
                                 [DEFINITION] = (uint8_t)site.made.page,
                                 [NOT_THERE] = cases[i].value};
        size_t from = jet_u16(home + 14 + 2 * moved) & 0x1FFF;
        home[from + cases[i].at] = leads[cases[i].to];
        memcpy(row.page, home, JET_PAGE);
        CHECK_INT(cases[i].what, false, jet_row_read(&pages, &table, &row, moved, NULL, &err));
        CHECK_INT(cases[i].what, ERR_BUSY, err.kind);
        CHECK_INT(cases[i].what, 0, row.bytes.len);
        build_end(&site.build);
    }
}

static void test_texts(void **state)
{
    static const struct {
        const char *what, *bytes;
        size_t len;
        const char *text; /* NULL: refused */
        bool broken;
    } cases[] = {
        {"none", "", 0, "", false},
        {"plain", "A\0\x2a\x0e", 4, "A\xE0\xB8\xAA", false},
        {"a pair", "\x3d\xd8\x00\xde", 4, "\xF0\x9F\x98\x80", false},
        {"half a pair",
         "\x3d\xd8"
         "A\0",
         4,
         "\xEF\xBF\xBD"
         "A",
         true},
        {"half a pair at the end", "\x3d\xd8", 2, "\xEF\xBF\xBD", true},
        {"the other half", "\x00\xde", 2, "\xEF\xBF\xBD", true},
        {"half a unit", "A\0B", 3, NULL, false},
        {"a NUL", "A\0\0\0", 4, NULL, false},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char out[32] = "before";
        bool broken = false;
        bool good =
            jet_utf16((const uint8_t *)cases[i].bytes, cases[i].len, out, sizeof out, &broken);
        CHECK_INT(cases[i].what, cases[i].text != NULL, good);
        if (good) {
            CHECK_TEXT(cases[i].what, cases[i].text, out);
            CHECK_INT(cases[i].what, cases[i].broken, broken);
        }
    }
    char small[4];
    bool broken = false;
    assert_true(jet_utf16((const uint8_t *)"\x2a\x0e", 2, small, sizeof small, &broken));
    assert_false(jet_utf16((const uint8_t *)"\x2a\x0e"
                                            "A\0",
                           4, small, sizeof small, &broken));
}

/* A row whose own numbers lead out of it has no values. */
static void test_rows_that_are_damaged(void **state)
{
    static struct jet_table table;
    (void)state;
    struct site site;
    struct jet_row row;
    struct error err = ERROR_INIT;
    uint32_t page = 0;
    site_begin(&site, false);
    int index = add_row(&site.build, &site.made, 2, "SN1", COLUMNS, &page);
    struct jet_pages pages = build_pages(&site.build);
    DO(jet_table_find(&pages, "CHECKINOUT", &table, &err));
    memcpy(row.page, build_page(&site.build, page), JET_PAGE);
    DO(jet_row_read(&pages, &table, &row, index, NULL, &err));
    char bytes[JET_PAGE];
    size_t len = row.bytes.len;
    memcpy(bytes, row.bytes.at, len);
    size_t mask = (COLUMNS + 7) / 8;
    const struct {
        const char *what;
        size_t at, len;
        char value;
    } cases[] = {
        {"cut to its head", 0, 2, COLUMNS},
        {"cut within the mask", 0, 3, COLUMNS},
        {"cut within its starts", 0, len - 4, COLUMNS},
        {"no columns", 0, len, 0},
        {"more columns than ever", 0, len, COLUMNS + 1},
        {"more starts than columns can be", len - mask - 1, len, 1},
        {"a start behind its end", len - mask - 4, len, 1},
        {"an end behind the values", len - mask - 6, len, (char)0xFF},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct jet_value value;
        char damaged[JET_PAGE];
        memcpy(damaged, bytes, len);
        damaged[cases[i].at] = cases[i].value;
        bool whole = true;
        for (size_t k = 0; k < table.count; k++) {
            whole = jet_value(&table, (struct span){damaged, cases[i].len}, &table.columns[k],
                              &value) &&
                    whole;
        }
        CHECK_INT(cases[i].what, false, whole);
    }
    build_end(&site.build);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_pointers_that_lead_nowhere),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_rows_that_are_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
