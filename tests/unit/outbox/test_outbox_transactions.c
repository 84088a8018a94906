/* Who may open, read and write an outbox at once, and that a step which fails leaves it whole. */
#include "outbox_punches.h"
#include "outbox/outbox_note.h"

static void a_reader_stands_beside_a_writer(void **state)
{
    (void)state;
    const char *path = scratch_path("outbox.db");
    struct outbox *reader = outbox_open_readonly(path, &err);
    assert_null(reader);
    CHECK_INT("not there", ERR_NOT_FOUND, err.kind);
    struct outbox *outbox = open_outbox((struct outbox_options){0});
    fill(outbox, 1, 3);
    reader = outbox_open_readonly(path, &err);
    if (reader == NULL) {
        fail_msg("%s", err.text);
    }
    DO(outbox_begin(outbox, &err));
    (void)add(outbox, "SN1", "7", 50, 0);
    CHECK_INT("not what is not committed", 3, counts_of(reader).waiting);
    DO(outbox_commit(outbox, &err));
    CHECK_INT("what is", 4, counts_of(reader).waiting);
    assert_false(outbox_begin(reader, &err) &&
                 outbox_note(reader, OUTBOX_NOTE_SERVICE_VERSION, "b", &err));
    outbox_rollback(reader);
    CHECK_INT("a reader writes nothing", ERR_DENIED, err.kind);
    fill(outbox, 100, 103);
    CHECK_INT("still reads", 8, counts_of(reader).waiting);
    outbox_close(outbox);
    CHECK_INT("alone", 8, counts_of(reader).waiting);
    outbox_close(reader);
    reader = outbox_open_readonly(path, &err);
    if (reader == NULL) {
        fail_msg("nobody writes: %s", err.text);
    }
    CHECK_INT("nobody writes", 8, counts_of(reader).waiting);
    outbox_close(reader);
}

static void two_writers_take_turns(void **state)
{
    (void)state;
    struct outbox *one = open_outbox((struct outbox_options){0});
    struct outbox *two = open_outbox((struct outbox_options){0});
    sqlite3_busy_timeout(two->db, 20);
    DO(outbox_begin(one, &err));
    CHECK_INT("one", OUTBOX_NEW, add(one, "SN", "1", 1, 0));
    assert_false(outbox_begin(two, &err));
    CHECK_INT("busy", ERR_BUSY, err.kind);
    DO(outbox_commit(one, &err));
    for (walltime time = 2; time < 10; time++) {
        struct outbox *turn = time % 2 == 0 ? two : one;
        DO(outbox_begin(turn, &err));
        CHECK_INT("known to the other", OUTBOX_KNOWN, add(turn, "SN", "1", time - 1, 0));
        CHECK_INT("new", OUTBOX_NEW, add(turn, "SN", "1", time, 0));
        DO(outbox_advance(turn, time - 1, 1, &err));
        DO(outbox_commit(turn, &err));
    }
    CHECK_INT("last", 9, counts_of(one).last_id);
    CHECK_INT("rows", 9, query(two, "SELECT count(*) FROM punch"));
    outbox_close(one);
    outbox_close(two);
}

static void what_is_not_committed_is_gone(void **state)
{
    (void)state;
    struct outbox *outbox = open_outbox((struct outbox_options){0});
    struct punch punch = punch_of("SN", "1", 1);
    enum outbox_added added;
    assert_false(outbox_append(outbox, &punch, 0, 1, &added, &err));
    CHECK_INT("outside a transaction", ERR_INVALID, err.kind);
    assert_false(outbox_commit(outbox, &err));
    DO(outbox_begin(outbox, &err));
    assert_false(outbox_begin(outbox, &err));
    (void)add(outbox, "SN", "1", 1, 0);
    outbox_rollback(outbox);
    outbox_rollback(outbox);
    CHECK_INT("rolled back", 0, counts_of(outbox).last_id);
    DO(outbox_begin(outbox, &err));
    (void)add(outbox, "SN", "1", 1, 0);
    outbox_close(outbox);
    outbox = open_outbox((struct outbox_options){0});
    CHECK_INT("closed", 0, counts_of(outbox).last_id);
    outbox_close(outbox);
}

static void a_transaction_with_a_failed_step_is_never_committed(void **state)
{
    (void)state;
    struct outbox *outbox = open_outbox((struct outbox_options){0});
    struct outbox_file unknown = {.id = 99, .name = "x"};
    DO(outbox_begin(outbox, &err));
    (void)add(outbox, "SN", "1", 1, 0);
    assert_false(outbox_file_save(outbox, &unknown, &err));
    CHECK_INT("no such file", ERR_NOT_FOUND, err.kind);
    assert_false(outbox_commit(outbox, &err));
    CHECK_INT("nothing", 0, counts_of(outbox).last_id);
    fill(outbox, 1, 2);
    CHECK_INT("and it goes on", 2, counts_of(outbox).last_id);
    outbox_close(outbox);
}

/* Fills until it is full; returns how many were committed. */
static int64_t fill_up(struct outbox *outbox, walltime from)
{
    static char line[PUNCH_RAW_MAX];
    memset(line, 'x', sizeof line);
    int64_t committed = 0;
    for (;;) {
        DO(outbox_begin(outbox, &err));
        for (int i = 0; i < 10; i++) {
            struct punch punch = punch_of("SN", "1", from + committed + i);
            enum outbox_added added;
            punch.raw = (struct span){line, sizeof line};
            if (!outbox_append(outbox, &punch, 0, 1, &added, &err)) {
                CHECK_INT("full", ERR_FULL, err.kind);
                outbox_rollback(outbox);
                return committed;
            }
        }
        if (!outbox_commit(outbox, &err)) {
            CHECK_INT("full", ERR_FULL, err.kind);
            return committed;
        }
        committed += 10;
        assert_true(committed < 10000);
    }
}

static void a_full_outbox_says_so_and_recovers(void **state)
{
    (void)state;
    struct outbox *outbox = open_outbox((struct outbox_options){.max_mb = 1});
    int64_t committed = fill_up(outbox, 1);
    assert_true(committed > 200 && committed < 1000);
    struct outbox_counts counts = counts_of(outbox);
    CHECK_INT("what was committed is there", committed, counts.waiting);
    assert_true(counts.bytes <= 1048576);
    size_t count = 0;
    advance(outbox, committed);
    DO(outbox_begin(outbox, &err));
    DO(outbox_prune(outbox, INT64_MAX, SIZE_MAX, &count, &err));
    DO(outbox_commit(outbox, &err));
    CHECK_INT("removed", committed, count);
    assert_true(fill_up(outbox, 100000) > committed / 2);
    outbox_close(outbox);
}

static void another_file_is_left_alone(void **state)
{
    (void)state;
    const char *path = scratch_path("outbox.db");
    sqlite3 *db = NULL;
    sqlite3_open(path, &db);
    sqlite3_exec(db, "CREATE TABLE theirs (x)", NULL, NULL, NULL);
    sqlite3_close(db);
    assert_null(outbox_open(path, NULL, &err));
    CHECK_INT("another program's", ERR_INVALID, err.kind);
    scratch_remove(path);

    outbox_close(open_outbox((struct outbox_options){0}));
    sqlite3_open(path, &db);
    sqlite3_exec(db, "PRAGMA user_version = 1000", NULL, NULL, NULL);
    sqlite3_close(db);
    assert_null(outbox_open(path, NULL, &err));
    CHECK_INT("newer", ERR_INVALID, err.kind);
    assert_null(outbox_open_readonly(path, &err));
    CHECK_INT("newer", ERR_INVALID, err.kind);
    assert_non_null(strstr(err.text, "newer version"));
    scratch_remove(path);

    static const char text[2000] = "this is no database, but a text of some length";
    scratch_write(path, text, sizeof text);
    assert_null(outbox_open(path, NULL, &err));
    CHECK_INT("no database", ERR_CORRUPT, err.kind);
    scratch_remove(path);

    scratch_write(path, "", 0);
    assert_null(outbox_open_readonly(path, &err));
    CHECK_INT("empty", ERR_NOT_FOUND, err.kind);
    outbox_close(open_outbox((struct outbox_options){0}));
}

static void the_folder_is_made(void **state)
{
    (void)state;
    (void)scratch_path("a");
    (void)scratch_path("a/\xE0\xB8\x81");
    const char *path = scratch_path("a/\xE0\xB8\x81/outbox.db");
    struct outbox *outbox = outbox_open(path, NULL, &err);
    if (outbox == NULL) {
        fail_msg("open: %s", err.text);
    }
    fill(outbox, 1, 3);
    outbox_close(outbox);
    assert_true(file_exists(path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_reader_stands_beside_a_writer),
        SCRATCH_TEST(two_writers_take_turns),
        SCRATCH_TEST(what_is_not_committed_is_gone),
        SCRATCH_TEST(a_transaction_with_a_failed_step_is_never_committed),
        SCRATCH_TEST(a_full_outbox_says_so_and_recovers),
        SCRATCH_TEST(another_file_is_left_alone),
        SCRATCH_TEST(the_folder_is_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
