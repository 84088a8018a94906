/*
 * The vendor's program at work while rounds read its file: rows are shifted inside their pages,
 * pages reach the disk by sectors in any order, halves of them lie there over a round, and it
 * compacts now and then. Every row that stayed must be there once, and none that never was.
 */
#include "att.h"

enum {
    SECTOR = 512,
    SECTORS = JET_PAGE / SECTOR,
    PERSONS = 60,
    PAGES = 6, /* of punches */
    ROWS = 40, /* of a page, at most */
    ROUNDS = 2000,
    EVER = ROUNDS * 4 + PAGES * ROWS,
    STEP = 37, /* seconds between two punches */
};

static struct att att;
static uint32_t seed;

static uint32_t draw(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)seed * below) >> 32);
}

/* ---- what is true ---- */

static int owner[EVER]; /* USERID of punch n, of time n */
static int made;        /* punches ever */
static int rows[PAGES][ROWS];
static int count[PAGES];
static uint32_t pages[PAGES + 1]; /* the last one is that of persons */

static walltime time_of(int punch)
{
    return ATT_MONDAY - (walltime)EVER * STEP + (walltime)punch * STEP;
}

/* Most rows are of one length, so that what is shifted by one comes to lie upon another. */
static const char *sn_of(int punch)
{
    return punch % 11 == 0 ? NULL : punch % 2 == 0 ? ATT_SN : "INV0000000002";
}

static void put_rows(int which)
{
    build_empty(&att.build, &att.punches, pages[which]);
    for (int i = 0; i < count[which]; i++) {
        int punch = rows[which][i];
        const struct build_value values[] = {{true, owner[punch], 0, NULL},
                                             {true, 0, att_days(time_of(punch)), NULL},
                                             {true, 0, 0, punch % 2 == 0 ? "I" : "O"},
                                             {true, 1, 0, NULL},
                                             {true, 0, 0, "101"},
                                             {sn_of(punch) != NULL, 0, 0, sn_of(punch)}};
        assert_true(
            build_row_in(&att.build, &att.punches, pages[which], values, HB_COUNT(values)) >= 0);
    }
}

/* The same persons, each at another place of their page. */
static void put_persons(void)
{
    uint32_t first = draw(PERSONS);
    build_empty(&att.build, &att.users, pages[PAGES]);
    for (uint32_t i = 0; i < PERSONS; i++) {
        int number = 1 + (int)((first + i) % PERSONS);
        char badge[16];
        snprintf(badge, sizeof badge, "%d", 1000 + number);
        const struct build_value values[] = {
            {true, number, 0, NULL}, {true, 0, 0, badge}, {true, 0, 0, "Test"}};
        assert_true(build_row_in(&att.build, &att.users, pages[PAGES], values, HB_COUNT(values)) >=
                    0);
    }
}

static void add_punch(int which)
{
    if (count[which] < ROWS && made < EVER) {
        owner[made] = 1 + (int)draw(PERSONS);
        rows[which][count[which]++] = made++;
    }
}

static void drop_punch(int which)
{
    if (count[which] > 0) {
        int at = (int)draw((uint32_t)count[which]);
        memmove(&rows[which][at], &rows[which][at + 1],
                sizeof rows[0][0] * (size_t)(count[which] - at - 1));
        count[which]--;
    }
}

/* ---- the file ---- */

static uint8_t *disk; /* what is in the file */
static FILE *file;
static bool pending[PAGES + 1];

static void write_sector(uint32_t page, int sector)
{
    size_t at = (size_t)page * JET_PAGE + (size_t)sector * SECTOR;
    if (memcmp(disk + at, att.build.bytes + at, SECTOR) != 0) {
        memcpy(disk + at, att.build.bytes + at, SECTOR);
        assert_int_equal(0, fseek(file, (long)at, SEEK_SET));
        assert_int_equal(SECTOR, fwrite(disk + at, 1, SECTOR, file));
    }
}

static void flush_page(int which)
{
    for (int i = 0; i < SECTORS; i++) {
        write_sector(pages[which], i);
    }
    pending[which] = false;
}

/* Some of its sectors: either the first ones or any. */
static void tear_page(int which)
{
    uint32_t some = draw(2) == 0 ? (1u << (1 + draw(SECTORS - 1))) - 1 : draw(1u << SECTORS);
    for (int i = 0; i < SECTORS; i++) {
        if ((some >> i & 1) != 0) {
            write_sector(pages[which], i);
        }
    }
    pending[which] = true;
}

static void open_file(void)
{
    att_write(&att);
    disk = malloc((size_t)att.build.pages * JET_PAGE);
    assert_non_null(disk);
    memcpy(disk, att.build.bytes, (size_t)att.build.pages * JET_PAGE);
    file = fopen(att.config.path, "r+b");
    assert_non_null(file);
    assert_int_equal(0, setvbuf(file, NULL, _IONBF, 0));
    memset(pending, 0, sizeof pending);
}

static void close_file(void)
{
    assert_int_equal(0, fclose(file));
    free(disk);
}

/* All tables anew, in another order, the rows in that of their numbers. */
static void make_file(void)
{
    build_end(&att.build);
    att_tables(&att, false);
    for (uint32_t gap = draw(4); gap > 0; gap--) {
        att_typed(&att, 1, ATT_MONDAY, 0);
    }
    att_user(&att, 1, "1001");
    pages[PAGES] = att.users.last;
    put_persons();
    for (int which = 0; which < PAGES; which++) {
        uint32_t before = att.punches.last;
        do {
            att_punch(&att, 1, ATT_MONDAY, ATT_SN, &pages[which], &(int){0});
        } while (pages[which] == before);
    }
    for (int which = 0; which < PAGES; which++) {
        put_rows(which);
    }
    open_file();
}

static void compact(void)
{
    close_file();
    for (int which = 0; which < PAGES; which++) {
        int other = (int)draw(PAGES);
        for (int i = 0; i < count[which] && count[other] > 0; i++) {
            int swap = rows[which][i];
            int at = (int)draw((uint32_t)count[other]);
            rows[which][i] = rows[other][at];
            rows[other][at] = swap;
        }
    }
    make_file();
}

/* ---- what came of it ---- */

struct result {
    int there, wrong;
};

static bool is_true(int64_t time, const char *user, const char *sn)
{
    int64_t from = time - time_of(0);
    int punch = (int)(from / STEP);
    char badge[16];
    if (from < 0 || from % STEP != 0 || punch >= made) {
        return false;
    }
    snprintf(badge, sizeof badge, "%d", 1000 + owner[punch]);
    return strcmp(user, badge) == 0 &&
           strcmp(sn, sn_of(punch) != NULL ? sn_of(punch) : ATT_OWN) == 0;
}

static struct result look(bool *there)
{
    struct result result = {0, 0};
    sqlite3_stmt *statement = NULL;
    memset(there, 0, EVER);
    CHECK_INT("look", SQLITE_OK,
              sqlite3_prepare_v2(att.outbox->db, "SELECT check_time, user_id, device_sn FROM punch",
                                 -1, &statement, NULL));
    while (sqlite3_step(statement) == SQLITE_ROW) {
        int64_t time = sqlite3_column_int64(statement, 0);
        if (!is_true(time, (const char *)sqlite3_column_text(statement, 1),
                     (const char *)sqlite3_column_text(statement, 2))) {
            result.wrong++;
        } else {
            bool *one = &there[(time - time_of(0)) / STEP];
            CHECK_INT("once", false, *one);
            *one = true;
            result.there++;
        }
    }
    sqlite3_finalize(statement);
    return result;
}

/* At work for many rounds. once: each round is two at once, so that one look decides. */
static struct result work(bool once, uint64_t *compacts)
{
    static bool there[EVER];
    seed = 20250106;
    made = 0;
    *compacts = 0;
    att_begin(&att);
    for (int which = 0; which < PAGES; which++) {
        count[which] = 0;
        for (int i = 0; i < ROWS * 3 / 4; i++) {
            add_punch(which);
        }
    }
    make_file();
    for (int round = 0; round < ROUNDS; round++) {
        if (draw(200) == 0) {
            compact();
            ++*compacts;
        }
        for (int which = 0; which <= PAGES; which++) {
            if (pending[which]) {
                flush_page(which);
            }
        }
        for (uint32_t changes = draw(5); changes > 0; changes--) {
            int which = (int)draw(PAGES);
            for (uint32_t steps = 1 + draw(3); steps > 0; steps--) {
                draw(2) == 0 ? add_punch(which) : drop_punch(which);
            }
            put_rows(which);
            draw(4) != 0 ? tear_page(which) : flush_page(which);
        }
        if (draw(10) == 0) {
            put_persons();
            tear_page(PAGES);
        }
        struct vendor_summary summary = att_round(&att);
        CHECK_TEXT("round", "", summary.why.text);
        if (once) {
            summary = att_round(&att);
        }
        CHECK_INT("nobody is missing", 0, once ? 0 : summary.no_person);
    }
    for (int which = 0; which <= PAGES; which++) {
        flush_page(which);
    }
    (void)att_round(&att);
    (void)att_round(&att);
    struct result result = look(there);
    for (int which = 0; !once && which < PAGES; which++) {
        for (int i = 0; i < count[which]; i++) {
            CHECK_INT("a row that stayed", true, there[rows[which][i]]);
        }
    }
    close_file();
    att_end(&att);
    return result;
}

static void test_two_rounds(void **state)
{
    (void)state;
    uint64_t compacts = 0;
    struct result result = work(false, &compacts);
    printf("%d punches ever, %d came, %d wrong, %d compacts, %d rounds\n", made, result.there,
           result.wrong, (int)compacts, (int)ROUNDS);
    CHECK_INT("wrong", 0, result.wrong);
    assert_true(compacts > 0 && result.there > made / 4);
}

/* The same writer shows what two rounds are for. */
static void test_one_round_would_not_do(void **state)
{
    (void)state;
    uint64_t compacts = 0;
    struct result result = work(true, &compacts);
    printf("one look: %d came, %d wrong\n", result.there, result.wrong);
    assert_true(result.wrong > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_rounds),
        cmocka_unit_test(test_one_round_would_not_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
