#include "access/jetpass.h"

#include "access/jetsite.h"

struct got {
    const struct jet_table *table;
    int rehearsed, rows;
    int64_t sum;
    char last[JET_TEXT_MAX + 1];
    enum jet_answer answer;
    bool good;
    enum error_kind kind;
};

static enum jet_answer each(void *context, struct span row, bool rehearsal, struct error *err)
{
    struct got *got = context;
    if (got->answer == JET_FAILED) {
        (void)error_set(err, ERR_SYSTEM, 0, "the disk is full");
    }
    struct jet_value id;
    struct jet_value sn;
    if (!jet_value(got->table, row, jet_column(got->table, "userid"), &id) ||
        !jet_value(got->table, row, jet_column(got->table, "SN"), &sn)) {
        return JET_DAMAGED;
    }
    got->rehearsed += rehearsal;
    if (!rehearsal) {
        got->rows++;
        got->sum += id.number;
        if (sn.kind == JET_TEXTUAL) {
            memcpy(got->last, sn.room, sizeof sn.room);
        }
    }
    return got->answer;
}

/* ---- what is remembered of pages ---- */

enum { PAGES_MAX = 4000 };
static struct jet_rest rests[PAGES_MAX];
static bool memory_fails;

static bool get(void *context, uint32_t page, struct jet_rest *rest, struct error *err)
{
    (void)context;
    (void)err;
    *rest = rests[page];
    return true;
}

static bool put(void *context, uint32_t page, const struct jet_rest *rest, struct error *err)
{
    (void)context;
    if (memory_fails) {
        return error_set(err, ERR_SYSTEM, 0, "the disk is full");
    }
    rests[page] = *rest;
    return true;
}

static struct got run(struct build *build, enum jet_answer answer, struct jet_tally *tally)
{
    static struct jet_table table;
    static struct jet_pass pass;
    static const struct jet_memory memory = {NULL, get, put};
    struct error err = ERROR_INIT;
    struct jet_pages pages = build_pages(build);
    struct got got = {.table = &table, .answer = answer};
    DO(jet_table_find(&pages, "checkinout", &table, &err));
    pass = (struct jet_pass){
        .pages = &pages, .table = &table, .memory = &memory, .each = each, .context = &got};
    got.good = jet_pass(&pass, tally, &err);
    got.kind = err.kind;
    return got;
}

static void begin(struct site *site, bool wide_map)
{
    memset(rests, 0, sizeof rests);
    memory_fails = false;
    site_begin(site, wide_map);
}

static void test_two_passes(void **state)
{
    (void)state;
    struct site site;
    struct jet_tally tally;
    uint32_t page = 0;
    begin(&site, true);
    for (int i = 1; i <= 1000; i++) {
        int row = add_row(&site.build, &site.made, i, "SN1", i % 2 == 0 ? OLD : COLUMNS, &page);
        if (i % 10 == 0) {
            build_delete(&site.build, page, row);
        } else if (i % 37 == 0) {
            build_move(&site.build, &site.made, page, row);
        }
    }
    int64_t sum = 1000 * 1001 / 2 - 10 * (100 * 101 / 2);
    CHECK_INT("first pass", 0, run(&site.build, JET_TAKEN, &tally).rows);
    CHECK_INT("first pass", tally.pages, tally.waiting);
    struct got got = run(&site.build, JET_AGAIN, &tally);
    CHECK_INT("second", 900, got.rows);
    CHECK_INT("second", sum, got.sum);
    got = run(&site.build, JET_TAKEN, &tally);
    CHECK_INT("again", 900, got.rows);
    CHECK_INT("taken", 0, run(&site.build, JET_TAKEN, &tally).rows);
    CHECK_INT("taken", tally.pages, tally.skipped);
    /* A changed page waits a pass; with one damaged row it gives nothing until it changes. */
    uint8_t *entry = build_page(&site.build, page) + 14;
    uint8_t was = entry[1];
    entry[1] = 0x1F;
    CHECK_INT("changed", 0, run(&site.build, JET_TAKEN, &tally).rows);
    CHECK_INT("changed", 1, tally.waiting);
    for (int i = 0; i < 3; i++) {
        CHECK_INT("damaged", 0, run(&site.build, JET_TAKEN, &tally).rows);
        CHECK_INT("damaged", 1, tally.damaged);
    }
    entry[1] = was;
    CHECK_INT("mended", 0, run(&site.build, JET_TAKEN, &tally).rows);
    assert_true(run(&site.build, JET_TAKEN, &tally).rows > 0);
    CHECK_INT("mended", 0, tally.damaged);
    /* One that is another each time. */
    for (int i = 0; i < JET_RESTLESS; i++) {
        build_page(&site.build, page)[8]++;
        CHECK_INT("restless", 0, run(&site.build, JET_TAKEN, &tally).rows);
    }
    CHECK_INT("restless", 1, tally.restless);
    CHECK_INT("for so long", JET_RESTLESS, tally.longest);
    build_end(&site.build);
}

/* The page of a moved row changes: so does the page that points to it. */
static void test_led(void **state)
{
    (void)state;
    struct site site;
    struct jet_tally tally;
    uint32_t page = 0;
    begin(&site, false);
    int row = add_row(&site.build, &site.made, 5, "SN1", COLUMNS, &page);
    build_move(&site.build, &site.made, page, row);
    (void)run(&site.build, JET_TAKEN, &tally);
    CHECK_INT("moved", 5, run(&site.build, JET_TAKEN, &tally).sum);
    uint32_t to = site.build.pages - 1;
    build_page(&site.build, to)[8]++;
    CHECK_INT("changed there", 0, run(&site.build, JET_TAKEN, &tally).rows);
    CHECK_INT("both wait", 2, tally.waiting);
    CHECK_INT("at rest", 5, run(&site.build, JET_TAKEN, &tally).sum);
    /* A pointer to what is deleted is damage. */
    build_delete(&site.build, to, 0);
    (void)run(&site.build, JET_TAKEN, &tally);
    CHECK_INT("deleted there", 0, run(&site.build, JET_TAKEN, &tally).rows);
    CHECK_INT("deleted there", 1, tally.damaged);
    build_end(&site.build);
}

/* What cannot be remembered is not given for good: the caller undoes it with its transaction. */
static void test_what_ends_a_pass(void **state)
{
    (void)state;
    struct site site;
    struct jet_tally tally;
    uint32_t page = 0;
    begin(&site, false);
    (void)add_row(&site.build, &site.made, 5, "SN1", COLUMNS, &page);
    assert_true(run(&site.build, JET_TAKEN, &tally).good);
    memory_fails = true;
    struct got got = run(&site.build, JET_TAKEN, &tally);
    CHECK_INT("no memory", false, got.good);
    CHECK_INT("no memory", ERR_SYSTEM, got.kind);
    memory_fails = false;
    CHECK_INT("refused", false, run(&site.build, JET_FAILED, &tally).good);
    CHECK_INT("after it", 5, run(&site.build, JET_TAKEN, &tally).sum);
    /* One that refuses a row of the page takes none of it. */
    (void)add_row(&site.build, &site.made, 6, "SN1", COLUMNS, &page);
    (void)run(&site.build, JET_TAKEN, &tally);
    CHECK_INT("damaged", 0, run(&site.build, JET_DAMAGED, &tally).rows);
    CHECK_INT("damaged", 1, tally.damaged);
    /* A page on the map that is not the table's own. */
    build_page(&site.build, page)[4]++;
    (void)run(&site.build, JET_TAKEN, &tally);
    CHECK_INT("another's", 0, run(&site.build, JET_TAKEN, &tally).rows);
    CHECK_INT("another's", 1, tally.damaged);
    build_end(&site.build);
}

/* A map that leads to one page twice would give its rows twice. */
static void test_a_map_that_goes_back(void **state)
{
    (void)state;
    struct site site;
    struct jet_tally tally;
    unsigned flags = 0;
    struct span row;
    begin(&site, true);
    (void)add_row(&site.build, &site.made, 5, "SN1", COLUMNS, NULL);
    assert_true(run(&site.build, JET_TAKEN, &tally).good);
    /* The first page of bits, told again as the second: of pages that the file does not have. */
    uint8_t *home = build_page(&site.build, site.made.map_page);
    assert_true(jet_row_at(home, 0, &flags, &row));
    uint8_t *map = home + (row.at - (const char *)home);
    memcpy(map + 5, map + 1, 4);
    struct got got = run(&site.build, JET_TAKEN, &tally);
    CHECK_INT("goes back", false, got.good);
    CHECK_INT("goes back", ERR_BUSY, got.kind);
    build_end(&site.build);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_passes),
        cmocka_unit_test(test_led),
        cmocka_unit_test(test_what_ends_a_pass),
        cmocka_unit_test(test_a_map_that_goes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
