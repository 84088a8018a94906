/* Damaged outbox files: what is noticed, what is saved, and that nothing is made worse. */
#include "outbox/outbox_rejected.h"
#include "outbox/outbox_salvage.h"
#include "scratch_outbox.h"
#include "system/leftovers.h"

enum { PUNCHES = 3000, UPLOADED = 1000, REFUSED = 7, NOW = 1700000000, PAGE = 4096 };

static const char *path;

static void append(struct outbox *outbox, int number)
{
    enum outbox_added added;
    struct punch punch = {.time = NOW + number, .status = number % 5, .verify = 15};
    strcpy(punch.device_sn, "TEST1");
    snprintf(punch.user_id, sizeof punch.user_id, "%d", number);
    punch.raw = span_of(punch.user_id);
    DO(outbox_append(outbox, &punch, 0, NOW, &added, &err));
    assert_int_equal(added, OUTBOX_NEW);
}

/* 3,000 punches, of which the first 1,000 are in the database but for one that it refused. */
static int begin(void **state)
{
    (void)state;
    struct outbox_device device = {.sn = "TEST1", .attlog_stamp = "9999", .punches = PUNCHES};
    struct outbox *outbox = new_outbox();
    path = scratch_path("outbox.db");
    DO(outbox_begin(outbox, &err));
    for (int i = 1; i <= PUNCHES; i++) {
        append(outbox, i);
    }
    DO(outbox_refuse(outbox, REFUSED, 1, "no", NOW, &err));
    DO(outbox_advance(outbox, UPLOADED, NOW, &err));
    DO(outbox_reject_line(outbox, "TEST1", SPAN("a line"), "why", NOW, &err));
    DO(outbox_device_save(outbox, &device, &err));
    DO(outbox_commit(outbox, &err));
    outbox_close(outbox);
    return 0;
}

static int end(void **state)
{
    (void)state;
    scratch_path("outbox.db.damaged-1");
    scratch_path("outbox.db.salvage");
    scratch_end();
    return 0;
}

static long file_size(void)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    fclose(file);
    return size;
}

static void overwrite(long at, size_t len)
{
    static char rubbish[PAGE * 64];
    memset(rubbish, 0xA5, sizeof rubbish);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    assert_int_equal(fwrite(rubbish, 1, len, file), len);
    fclose(file);
}

static struct outbox_salvaged salvaged;

static void salvage_now(const char *input)
{
    static const struct outbox_options options;
    memset(&err, 0, sizeof err);
    if (!outbox_salvage(path, &options, NOW, &salvaged, &err)) {
        fail_msg("[%s] %s", input, err.text);
    }
    CHECK_INT(input, true, file_exists(salvaged.kept));
    CHECK_INT("is found as one", true, leftovers_is(file_name(salvaged.kept), "outbox.db"));
    CHECK_INT(input, false, file_exists(scratch_path("outbox.db.salvage")));
    CHECK_INT(input, true, outbox_sound(path, NULL, NULL, &err));
}

/* The new outbox agrees with what was told, and takes punches. */
static struct outbox_counts check_new(const char *input)
{
    struct outbox_counts counts;
    struct outbox *outbox = open_outbox((struct outbox_options){0});
    DO(outbox_counts(outbox, &counts, &err));
    CHECK_INT(input, salvaged.waiting, counts.waiting);
    CHECK_INT(input, salvaged.uploaded, counts.uploaded);
    CHECK_INT(input, 0, counts.refused);
    DO(outbox_begin(outbox, &err));
    append(outbox, PUNCHES + 1);
    DO(outbox_commit(outbox, &err));
    outbox_close(outbox);
    return counts;
}

static bool has_asked;

static bool at_once(void *context)
{
    (void)context;
    has_asked = true;
    return true;
}

/* Damaged where the look would have come to, had it not been told to stop. */
static void a_look_ends_when_it_is_told_to(void **state)
{
    (void)state;
    overwrite(file_size() / PAGE / 2 * PAGE, PAGE);
    has_asked = false;
    CHECK_INT("told to stop", true, outbox_sound(path, at_once, NULL, &err));
    CHECK_INT("it asked", true, has_asked);
    CHECK_INT("to its end", false, outbox_sound(path, NULL, NULL, &err));
}

static void a_large_file_is_told_from_others(void **state)
{
    (void)state;
    CHECK_INT("small", false, outbox_is_large(path));
    CHECK_INT("none", false, outbox_is_large(scratch_path("none.db")));
    CHECK_INT("not made", false, file_exists(scratch_path("none.db")));
    struct outbox *outbox = open_outbox((struct outbox_options){0});
    DO(sqlite3_exec(outbox->db, "CREATE TABLE filler (x)", NULL, NULL, NULL) == SQLITE_OK);
    DO(sqlite3_exec(outbox->db, "INSERT INTO filler VALUES (zeroblob(68000000))", NULL, NULL,
                    NULL) == SQLITE_OK);
    outbox_close(outbox);
    CHECK_INT("large", true, outbox_is_large(path));
}

static void a_sound_file_is_sound(void **state)
{
    (void)state;
    CHECK_INT("sound", true, outbox_sound(path, NULL, NULL, &err));
    CHECK_INT("none", true, outbox_sound(scratch_path("none.db"), NULL, NULL, &err));
    CHECK_INT("not made", false, file_exists(scratch_path("none.db")));
}

static void all_of_a_file_that_can_be_read_is_saved(void **state)
{
    (void)state;
    salvage_now("whole");
    CHECK_INT("in the database", UPLOADED - 1, salvaged.uploaded);
    CHECK_INT("waiting, the refused one too", PUNCHES - UPLOADED + 1, salvaged.waiting);
    check_new("whole");
    struct outbox_device device;
    bool found = false;
    struct outbox *outbox = open_outbox((struct outbox_options){0});
    DO(outbox_device(outbox, "TEST1", &device, &found, &err));
    CHECK_INT("the terminal is known", true, found);
    CHECK_TEXT("and is asked for everything", "", device.attlog_stamp);
    struct outbox_counts counts;
    DO(outbox_counts(outbox, &counts, &err));
    CHECK_INT("lines", 1, counts.rejected_lines);
    outbox_close(outbox);
}

/* Each page in turn is rubbish: it is noticed or does no harm, and what is lost is about a page. */
static void one_page_takes_few_punches_with_it(void **state)
{
    long pages = file_size() / PAGE;
    size_t noticed = 0;
    for (long page = 0; page < pages; page++) {
        char input[64];
        snprintf(input, sizeof input, "page %ld of %ld", page + 1, pages);
        end(state);
        assert_int_equal(begin(state), 0);
        overwrite(page * PAGE, PAGE);
        memset(&err, 0, sizeof err);
        if (outbox_sound(path, NULL, NULL, &err)) {
            continue; /* a page that is free */
        }
        noticed++;
        CHECK_INT(input, ERR_CORRUPT, err.kind);
        salvage_now(input);
        check_new(input);
        /* The first page and the roots of tables lead to all the others. */
        uint64_t saved = salvaged.waiting + salvaged.uploaded;
        if (saved + 200 < PUNCHES && saved != 0) {
            fail_msg("[%s] only %llu punches saved", input, (unsigned long long)saved);
        }
    }
    CHECK_INT("most pages matter", true, noticed > (size_t)pages / 2);
}

static void most_of_a_badly_damaged_file_is_saved(void **state)
{
    (void)state;
    long pages = file_size() / PAGE;
    /* behind those that lead to all others */
    for (long page = pages / 3; page < pages; page += 10) {
        overwrite(page * PAGE, PAGE);
    }
    CHECK_INT("noticed", false, outbox_sound(path, NULL, NULL, &err));
    salvage_now("every tenth page");
    check_new("every tenth page");
    CHECK_INT("most", true, salvaged.waiting + salvaged.uploaded > PUNCHES / 2);
}

static void a_file_that_is_no_database_is_kept_aside(void **state)
{
    (void)state;
    overwrite(0, PAGE * 8);
    CHECK_INT("noticed", false, outbox_sound(path, NULL, NULL, &err));
    salvage_now("rubbish");
    CHECK_INT("nobody knows", true, salvaged.forgotten_lost);
    CHECK_INT("nothing", 0, check_new("rubbish").waiting);
    CHECK_TEXT("its name", scratch_path("outbox.db.damaged-1"), salvaged.kept);
}

static void a_power_cut_before_the_new_one_is_in_place_is_made_good(void **state)
{
    (void)state;
    DO(file_move(path, scratch_path("outbox.db.salvage"), &err));
    DO(outbox_salvage_finish(path, &err));
    CHECK_INT("in place", true, file_exists(path));
    scratch_write(scratch_path("outbox.db.salvage"), "half", 4);
    DO(outbox_salvage_finish(path, &err));
    CHECK_INT("gone", false, file_exists(scratch_path("outbox.db.salvage")));
    CHECK_INT("untouched", true, outbox_sound(path, NULL, NULL, &err));
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_look_ends_when_it_is_told_to),
        CASE(a_large_file_is_told_from_others),
        CASE(a_sound_file_is_sound),
        CASE(all_of_a_file_that_can_be_read_is_saved),
        CASE(one_page_takes_few_punches_with_it),
        CASE(most_of_a_badly_damaged_file_is_saved),
        CASE(a_file_that_is_no_database_is_kept_aside),
        CASE(a_power_cut_before_the_new_one_is_in_place_is_made_good),
    };
    return cmocka_run_group_tests_name("outbox_salvage", tests, NULL, NULL);
}
