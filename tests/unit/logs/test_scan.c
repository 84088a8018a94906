/*
 * The passes over a log folder, each on real files: what is read, what is archived, and when not.
 */
#include "log_folder.h"

#define LINE_1 "1 7 14/01/2026 10:48:21 AM 1 T\r\n"
#define LINE_2 "2 8 14/01/2026 5:27:13 PM 1 T\r\n"

static bool told(const char *part)
{
    return strstr(folder.events, part) != NULL;
}

/* ---- OK means in the database ---- */

static void a_log_is_archived_only_when_the_database_has_it(void **state)
{
    (void)state;
    put_log("a.txt", LINE_1 LINE_2);
    pass(SCAN_READ);
    CHECK_INT("read", 2, folder.sums.fresh);
    CHECK_INT("waits", 1, folder.pending);
    CHECK_INT("told the uploader", 1, folder.appended);
    struct outbox_spent spent;
    bool counted = false;
    DO(outbox_spent_kept(folder.outbox, OUTBOX_NOTE_SPENT_LOG, &spent, &counted, &err));
    CHECK_INT("its time is counted", true, counted);
    CHECK_INT("of so many", 2, spent.rows);
    assert_true(there(log_path("a.txt")));
    pass(SCAN_ARCHIVE);
    assert_true(there(log_path("a.txt")));
    upload_to(1); /* one of the two */
    pass(SCAN_ARCHIVE);
    CHECK_INT("waits", 1, folder.pending);
    assert_true(there(log_path("a.txt")) && !there(archived_path("a.txt")));
    upload_to(2);
    pass(SCAN_ARCHIVE);
    CHECK_INT("archived", 1, folder.sums.archived);
    CHECK_INT("waits", 0, folder.pending);
    assert_false(there(log_path("a.txt")));
    check_bytes(archived_path("a.txt"), LINE_1 LINE_2);
}

static void a_log_with_a_refused_punch_stays(void **state)
{
    (void)state;
    put_log("a.txt", LINE_1 LINE_2);
    pass(SCAN_READ);
    DO(outbox_begin(folder.outbox, &err));
    DO(outbox_refuse(folder.outbox, 1, 1406, "too long", 5000, &err));
    DO(outbox_advance(folder.outbox, 2, 5000, &err));
    DO(outbox_commit(folder.outbox, &err));
    pass(SCAN_ARCHIVE);
    assert_true(there(log_path("a.txt")));
    CHECK_INT("waits", 1, folder.pending);
}

static void a_log_known_already_is_archived_at_once(void **state)
{
    (void)state;
    put_log("a.txt", LINE_1);
    pass(SCAN_READ);
    upload_all();
    put_log("b.txt", LINE_1);
    pass(SCAN_READ);
    CHECK_INT("known", 1, folder.sums.known);
    CHECK_INT("archived", 2, folder.sums.archived);
}

/* ---- in use ---- */

static void a_file_in_use_is_left_for_later(void **state)
{
    (void)state;
    put_log("busy.txt", LINE_1);
    put_log("a.txt", LINE_2);
    struct writer writer = writer_open("busy.txt");
    pass(SCAN_READ);
    CHECK_INT("files", 1, folder.sums.files);
    assert_true(told("303 ") && told("busy.txt"));
    CHECK_INT("held", 1, punches_held());
    pass(SCAN_READ); /* told hourly at most */
    CHECK_TEXT("told once", "\n", strchr(folder.events, '\n'));
    writer_close(&writer);
    pass(SCAN_READ);
    CHECK_INT("held", 2, punches_held());
}

static void a_file_read_and_then_in_use_still_waits(void **state)
{
    (void)state;
    put_log("a.txt", LINE_1);
    pass(SCAN_READ);
    upload_all();
    struct writer writer = writer_open("a.txt");
    pass(SCAN_ARCHIVE);
    CHECK_INT("waits", 1, folder.pending);
    assert_true(there(log_path("a.txt")));
    writer_close(&writer);
    pass(SCAN_ARCHIVE);
    assert_true(there(archived_path("a.txt")));
}

static void what_is_written_after_reading_is_read_before_archiving(void **state)
{
    (void)state;
    put_log("a.txt", LINE_1);
    pass(SCAN_READ);
    upload_all();
    struct writer writer = writer_open("a.txt");
    fputs(LINE_2, writer.file);
    writer_close(&writer);
    pass(SCAN_ARCHIVE);
    assert_true(there(log_path("a.txt")));
    pass(SCAN_READ);
    CHECK_INT("new", 1, folder.sums.fresh);
    CHECK_INT("known", 1, folder.sums.known);
    assert_true(there(log_path("a.txt")));
    upload_all();
    pass(SCAN_ARCHIVE);
    check_bytes(archived_path("a.txt"), LINE_1 LINE_2);
}

/* ---- half a line ---- */

static void half_a_line_becomes_a_punch_when_it_is_whole(void **state)
{
    (void)state;
    put_log("a.txt", LINE_1 "2 8 14/01/20");
    pass(SCAN_READ);
    CHECK_INT("new", 1, folder.sums.fresh);
    CHECK_INT("set aside", 1, folder.sums.rejected);
    assert_true(there(archived_path("a.txt.rejected.txt")));
    put_log("a.txt", LINE_1 LINE_2);
    pass(SCAN_READ);
    CHECK_INT("new", 1, folder.sums.fresh);
    CHECK_INT("held", 2, punches_held());
    assert_false(there(archived_path("a.txt.rejected.txt")));
    upload_all();
    pass(SCAN_ARCHIVE);
    check_bytes(archived_path("a.txt"), LINE_1 LINE_2);
}

/* Cut anywhere, no half of a line is a punch of its own. */
static void a_file_cut_anywhere_gives_no_other_punch(void **state)
{
    (void)state;
    static const char whole[] = LINE_1 LINE_2;
    for (size_t len = 0; len <= strlen(whole); len++) {
        scratch_write(log_path("a.txt"), whole, len);
        pass(SCAN_READ);
    }
    CHECK_INT("held", 2, punches_held());
    CHECK_INT("the right ones", 2,
              query(folder.outbox, "SELECT COUNT(*) FROM punch WHERE check_time IN "
                                   "(unixepoch('2026-01-14 10:48:21'),"
                                   " unixepoch('2026-01-14 17:27:13'))"));
}

static void lines_set_aside_are_written_anew(void **state)
{
    (void)state;
    static const char expected[] = "# a.txt, read at 2023-11-14 22:13:20\r\n"
                                   "line 2: no date of the calendar: 2 7 31/02/2026 10:00:00\r\n";
    put_log("a.txt", LINE_1 "2 7 31/02/2026 10:00:00\r\n");
    pass(SCAN_READ);
    check_bytes(archived_path("a.txt.rejected.txt"), expected);
    for (int i = 0; i < 3; i++) { /* touched, with no other line */
        put_log("a.txt", i % 2 == 0 ? LINE_1 "2 7 31/02/2026 10:00:00\r\n\r\n"
                                    : LINE_1 "2 7 31/02/2026 10:00:00\r\n");
        pass(SCAN_READ);
        CHECK_INT("read again", 1, folder.sums.files);
        check_bytes(archived_path("a.txt.rejected.txt"), expected);
    }
    upload_all();
    pass(SCAN_ARCHIVE);
    assert_true(there(archived_path("a.txt")));
    /* The next log of that name has its own. */
    put_log("a.txt", LINE_2 "what is 1\r\n");
    pass(SCAN_READ);
    check_bytes(archived_path("a.txt.rejected.txt"), expected);
    assert_true(there(archived_path("a-2.txt.rejected.txt")));
}

/* ---- replaced ---- */

static void replace_a(void)
{
    folder.on_pause = NULL;
    assert_int_equal(rename(log_path("a.txt"), log_path("a.old")), 0);
    put_log("a.txt", "1 9 20/01/2026 10:48:21 AM 1 T\r\n");
}

static void a_log_replaced_while_it_is_read_is_not_archived_unread(void **state)
{
    (void)state;
    put_punches("a.txt", 1, 20000);
    folder.on_pause = replace_a;
    pass(SCAN_READ);
    CHECK_INT("new", 20000, folder.sums.fresh);
    upload_all();
    pass(SCAN_ARCHIVE);
    assert_true(there(log_path("a.txt")) && !there(archived_path("a.txt")));
    pass(SCAN_READ);
    CHECK_INT("new", 1, folder.sums.fresh);
    upload_all();
    pass(SCAN_ARCHIVE);
    check_bytes(archived_path("a.txt"), "1 9 20/01/2026 10:48:21 AM 1 T\r\n");
}

/* All is known, so that it would be archived in the pass that reads it: what came to its name
 * meanwhile is not what was read. */
static void a_known_log_replaced_while_it_is_read_leaves_the_other_alone(void **state)
{
    (void)state;
    put_punches("b.txt", 1, 20000);
    pass(SCAN_READ);
    upload_all();
    put_punches("a.txt", 1, 20000);
    folder.on_pause = replace_a;
    pass(SCAN_READ);
    check_bytes(log_path("a.txt"), "1 9 20/01/2026 10:48:21 AM 1 T\r\n");
    assert_true(told("305 ") && told("replaced by another file"));
    pass(SCAN_READ);
    CHECK_INT("new", 1, folder.sums.fresh);
}

/* Between two passes: of the same size, changed within the same second. */
static void another_log_of_the_same_size_and_second_is_read(void **state)
{
    (void)state;
    put_log("a.txt", LINE_1);
    pass(SCAN_READ);
    upload_all();
    assert_int_equal(rename(log_path("a.txt"), log_path("a.old")), 0);
    put_log("a.txt", "1 9 14/01/2026 10:48:21 AM 1 T\r\n");
    pass(SCAN_ARCHIVE);
    assert_true(there(log_path("a.txt")));
    CHECK_INT("archived", 0, folder.sums.archived);
    pass(SCAN_READ);
    CHECK_INT("new", 1, folder.sums.fresh);
    upload_all();
    pass(SCAN_ARCHIVE);
    check_bytes(archived_path("a.txt"), "1 9 14/01/2026 10:48:21 AM 1 T\r\n");
}

static void a_log_with_another_name_elsewhere_is_left_alone(void **state)
{
    (void)state;
    scratch_write(scratch_path("secret"), LINE_1, strlen(LINE_1));
#ifdef _WIN32
    assert_true(CreateHardLinkA(log_path("a.txt"), scratch_path("secret"), NULL));
#else
    assert_int_equal(link(scratch_path("secret"), log_path("a.txt")), 0);
#endif
    pass(SCAN_READ);
    CHECK_INT("held", 0, punches_held());
    assert_true(told("305 ") && told("a.txt") && told("hard link"));
}

#ifndef _WIN32
static void links_lead_nowhere(void **state)
{
    (void)state;
    scratch_write(scratch_path("secret"), LINE_1, strlen(LINE_1));
    assert_int_equal(symlink(scratch_path("secret"), log_path("a.txt")), 0);
    pass(SCAN_READ);
    CHECK_INT("held", 0, punches_held());
    assert_true(told("305 ") && told("a.txt is a link"));

    /* The archive's folder: a link laid there by whoever may write to the log folder. */
    (void)remove(log_path("a.txt"));
    assert_int_equal(rmdir(scratch_path("alog/processed")), 0);
    DO(file_make_folder(scratch_path("elsewhere"), &err));
    assert_int_equal(symlink(scratch_path("elsewhere"), scratch_path("alog/processed")), 0);
    put_log("b.txt", LINE_1 "what is 1\r\n");
    pass(SCAN_READ);
    upload_all();
    pass(SCAN_READ);
    pass(SCAN_ARCHIVE);
    assert_true(there(log_path("b.txt")) && !there(scratch_path("elsewhere/b.txt")));
    assert_false(there(scratch_path("elsewhere/b.txt.rejected.txt")));
    assert_true(told("processed is a link"));
    (void)remove(scratch_path("alog/processed"));
}
#endif

static int64_t of_device(const char *sn)
{
    char sql[128];
    snprintf(sql, sizeof sql, "SELECT COUNT(*) FROM punch WHERE device_sn = '%s'", sn);
    return query(folder.outbox, sql);
}

static void a_file_is_of_the_terminal_that_its_name_says(void **state)
{
    static const char table[] = "EnNo\tMachine\tDateTime\r\n5\t3\t2026-01-15 09:01:02\r\n";
    (void)state;
    struct config_sync *sync = &folder.config.sync;
    snprintf(sync->file_pattern, sizeof sync->file_pattern, "*");
    snprintf(sync->files[0].pattern, sizeof sync->files[0].pattern, "9_attlog.dat;gate*");
    snprintf(sync->files[0].sn, sizeof sync->files[0].sn, "CDQ9192960002");
    sync->file_count = 1;
    put_log("9_attlog.dat", "1\t2026-01-15 08:01:02\t1\t0\r\n");
    put_log("2_attlog.dat", "2\t2026-01-15 08:01:02\t1\t0\r\n");
    put_log("CDQ919_attlog.dat", "3\t2026-01-15 08:01:02\t1\t0\r\n");
    put_log("other.dat", "4\t2026-01-15 08:01:02\t1\t0\r\n");
    put_log("gate.txt", table);
    put_log("hall.txt", table);
    pass(SCAN_READ);
    CHECK_INT("mapped", 2, of_device("CDQ9192960002"));
    CHECK_INT("its own number", 1, of_device("HIP_DEVICE_1-2"));
    CHECK_INT("its own name", 1, of_device("HIP_DEVICE_1-CDQ919"));
    CHECK_INT("none", 1, of_device("HIP_DEVICE_1"));
    CHECK_INT("a machine of a table", 1, of_device("HIP_DEVICE_1-3"));
}

/* A site whose Premium Time pads: its log's punch is the pushed one. */
static void padded_ids_are_the_terminals_own_where_that_is_set(void **state)
{
    (void)state;
    folder.config.sync.strip_zeros = true;
    put_log("a.txt", "1 00042 14/01/2026 10:48:21 AM 1 T\r\n"
                     "2 42 14/01/2026 10:48:21 AM 1 T\r\n"
                     "3 00A1 14/01/2026 10:48:21 AM 1 T\r\n");
    pass(SCAN_READ);
    CHECK_INT("stripped", 1,
              query(folder.outbox, "SELECT COUNT(*) FROM punch WHERE user_id = '42'"));
    CHECK_INT("the same once more", 1, folder.sums.known);
    CHECK_INT("digits alone", 1,
              query(folder.outbox, "SELECT COUNT(*) FROM punch WHERE user_id = '00A1'"));
}

/* ---- the archive ---- */

/* A mapping written into config.json brings what lies there already; no other restart reads it. */
static void what_was_not_understood_is_read_again_by_other_rules(void **state)
{
    static const char unknown[] = "Kennung\tZeit\r\n42\t2026-01-15 08:01:02\r\n";
    struct log_columns *columns = &folder.config.sync.columns;
    (void)state;
    put_log("a.txt", unknown);
    put_log("b.txt", LINE_1);
    pass(SCAN_READ);
    CHECK_INT("read", 2, folder.sums.files);
    CHECK_INT("understood", 1, punches_held());
    folder_start();
    pass(SCAN_READ);
    CHECK_INT("read", 0, folder.sums.files);
    columns->given = true;
    snprintf(columns->name[LOG_USER], LOG_WORD_MAX, "Kennung");
    snprintf(columns->name[LOG_TIME], LOG_WORD_MAX, "Zeit");
    folder_start();
    pass(SCAN_READ);
    CHECK_INT("read", 1, folder.sums.files);
    CHECK_INT("understood", 2, punches_held());
    folder_start();
    pass(SCAN_READ);
    CHECK_INT("read", 0, folder.sums.files);
}

static void what_the_pattern_leaves_out_is_counted(void **state)
{
    (void)state;
    put_log("a.txt", LINE_1);
    put_log("1_attlog.dat", "7\t2026-01-15 08:01:02\r\n");
    scratch_write(archived_path("old.dat"), "", 0);
    pass(SCAN_READ);
    CHECK_INT("unread", 1, folder.sums.unread);
    CHECK_TEXT("unread", "1_attlog.dat", folder.sums.unread_name);
    pass(SCAN_ARCHIVE);
    CHECK_INT("told of reading alone", 0, folder.sums.unread);
}

static void a_name_that_is_taken_gets_a_number(void **state)
{
    (void)state;
    scratch_write(archived_path("a.txt"), "kept", 4);
    scratch_write(archived_path("a-2.txt"), "kept too", 8);
    put_log("a.txt", LINE_1);
    pass(SCAN_READ);
    upload_all();
    pass(SCAN_ARCHIVE);
    check_bytes(archived_path("a.txt"), "kept");
    check_bytes(archived_path("a-2.txt"), "kept too");
    check_bytes(archived_path("a-3.txt"), LINE_1);
}

static void an_archive_that_cannot_be_made_leaves_the_log(void **state)
{
    (void)state;
    put_log("a.txt", LINE_1);
    pass(SCAN_READ);
    upload_all();
    snprintf(folder.config.sync.archive_directory, sizeof folder.config.sync.archive_directory,
             "%s", scratch_path("no-folder"));
    scratch_write(scratch_path("no-folder"), "a file", 6);
    pass(SCAN_ARCHIVE);
    assert_true(there(log_path("a.txt")));
    assert_true(told("305 ") && told("no-folder"));
    (void)remove(scratch_path("no-folder"));
    pass(SCAN_ARCHIVE);
    assert_true(there(scratch_path("no-folder/a.txt")));
}

/* ---- many ---- */

enum { MANY = 1000 };

static void a_thousand_files_go_through(void **state)
{
    (void)state;
    char name[32];
    char path[FILE_PATH_MAX];
    char line[64];
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "log-%04d.txt", i);
        snprintf(line, sizeof line, "1 %d %02d/01/2026 10:%02d:21 1 T\r\n", i + 1, i % 28 + 1,
                 i % 60);
        assert_true(file_resolve(folder.config.sync.log_directory, name, path, sizeof path));
        scratch_write(path, line, strlen(line));
    }
    pass(SCAN_READ);
    CHECK_INT("files", MANY, folder.sums.files);
    CHECK_INT("waits", MANY, folder.pending);
    upload_to(MANY / 2);
    pass(SCAN_ARCHIVE);
    CHECK_INT("archived", MANY / 2, folder.sums.archived);
    upload_all();
    pass(SCAN_ARCHIVE);
    CHECK_INT("archived", MANY - MANY / 2, folder.sums.archived);
    CHECK_INT("waits", 0, folder.pending);
    CHECK_INT("held", MANY, punches_held());
    CHECK_TEXT("nothing to tell", "", folder.events);
}

static void stop(void)
{
    folder.stopped = true;
}

static void a_stop_in_mid_file_is_made_good(void **state)
{
    (void)state;
    put_punches("a.txt", 1, 20000);
    folder.on_pause = stop;
    assert_false(scan_pass(folder.scan, SCAN_READ, &folder.sums, &folder.pending, &err));
    int64_t before = punches_held();
    assert_true(before > 0 && before < 20000);
    folder.stopped = false;
    folder.on_pause = NULL;
    pass(SCAN_READ);
    CHECK_INT("held", 20000, punches_held());
    CHECK_INT("known", before, folder.sums.known);
    CHECK_TEXT("nothing to tell", "", folder.events);
}

static void a_full_outbox_is_waited_for_and_told(void **state)
{
    (void)state;
    put_punches("a.txt", 1, 20000);
    folder.config.outbox.max_mb = 1;
    pass(SCAN_READ);
    assert_true(folder.steady_ms >= 60000 && told("305 ") && told("the outbox is full"));
    assert_true(there(log_path("a.txt")));
    folder.config.outbox.max_mb = 2048;
    pass(SCAN_READ);
    CHECK_INT("held", 20000, punches_held());
}

static void a_missing_folder_is_told_once_and_when_it_is_back(void **state)
{
    (void)state;
    snprintf(folder.config.sync.log_directory, sizeof folder.config.sync.log_directory, "%s",
             scratch_path("gone"));
    for (int i = 0; i < 3; i++) {
        assert_false(scan_pass(folder.scan, SCAN_READ, &folder.sums, &folder.pending, &err));
        error_clear(&err);
    }
    assert_true(strncmp(folder.events, "302 ", 4) == 0);
    CHECK_TEXT("once", "\n", strchr(folder.events, '\n'));
    DO(file_make_folder(scratch_path("gone"), &err));
    pass(SCAN_READ);
    assert_true(told("304 "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLDER_TEST(a_log_is_archived_only_when_the_database_has_it),
        FOLDER_TEST(a_log_with_a_refused_punch_stays),
        FOLDER_TEST(a_log_known_already_is_archived_at_once),
        FOLDER_TEST(a_file_in_use_is_left_for_later),
        FOLDER_TEST(a_file_read_and_then_in_use_still_waits),
        FOLDER_TEST(what_is_written_after_reading_is_read_before_archiving),
        FOLDER_TEST(half_a_line_becomes_a_punch_when_it_is_whole),
        FOLDER_TEST(a_file_cut_anywhere_gives_no_other_punch),
        FOLDER_TEST(lines_set_aside_are_written_anew),
        FOLDER_TEST(a_file_is_of_the_terminal_that_its_name_says),
        FOLDER_TEST(padded_ids_are_the_terminals_own_where_that_is_set),
        FOLDER_TEST(a_log_replaced_while_it_is_read_is_not_archived_unread),
        FOLDER_TEST(a_known_log_replaced_while_it_is_read_leaves_the_other_alone),
        FOLDER_TEST(another_log_of_the_same_size_and_second_is_read),
        FOLDER_TEST(a_log_with_another_name_elsewhere_is_left_alone),
#ifndef _WIN32
        FOLDER_TEST(links_lead_nowhere),
#endif
        FOLDER_TEST(what_was_not_understood_is_read_again_by_other_rules),
        FOLDER_TEST(what_the_pattern_leaves_out_is_counted),
        FOLDER_TEST(a_name_that_is_taken_gets_a_number),
        FOLDER_TEST(an_archive_that_cannot_be_made_leaves_the_log),
        FOLDER_TEST(a_thousand_files_go_through),
        FOLDER_TEST(a_stop_in_mid_file_is_made_good),
        FOLDER_TEST(a_full_outbox_is_waited_for_and_told),
        FOLDER_TEST(a_missing_folder_is_told_once_and_when_it_is_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
