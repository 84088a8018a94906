/*
 * How long the outbox's log (outbox.db-wal) gets, whoever writes and reads meanwhile, and how long
 * who writes waits for that. Time and sleep are the test's own.
 */
#include <limits.h>

#include "outbox_punches.h"
#include "vfs_shim.h"

enum { EACH = 50, PAGE = 4096 + 24, DATABASE = 1 };

static struct {
    sqlite3 *other;
    bool writes; /* the other one, whenever the log is carried into the file */
    int written;
    int refused; /* for the writer that carries it is alone */
    sqlite3_int64 now_ms;
    int waited_ms;
} world;

static int tell_time(sqlite3_vfs *vfs, sqlite3_int64 *now)
{
    (void)vfs;
    *now = world.now_ms;
    return SQLITE_OK;
}

static int spend_time(sqlite3_vfs *vfs, int microseconds)
{
    (void)vfs;
    world.now_ms++;
    world.waited_ms++;
    return microseconds;
}

static int which(const char *name, int flags)
{
    (void)name;
    return (flags & SQLITE_OPEN_MAIN_DB) != 0 ? DATABASE : 0;
}

static int write_to(struct vfs_file *file, const void *bytes, int count, sqlite3_int64 offset)
{
    if (file->number == DATABASE && world.writes) {
        int code =
            sqlite3_exec(world.other, "UPDATE state SET removed = removed + 1", NULL, NULL, NULL);
        assert_true(code == SQLITE_OK || code == SQLITE_BUSY);
        world.written += code == SQLITE_OK;
        world.refused += code == SQLITE_BUSY;
    }
    return file->real->pMethods->xWrite(file->real, bytes, count, offset);
}

static int begin(void **state)
{
    static const struct vfs_hooks hooks = {.opened = which, .write = write_to};
    memset(&world, 0, sizeof world);
    world.now_ms = 1;
    if (scratch_begin() != 0 || vfs_shim_install(&hooks) != 0) {
        return -1;
    }
    vfs_shim.xSleep = spend_time;
    vfs_shim.xCurrentTimeInt64 = tell_time;
    struct outbox *outbox = open_outbox((struct outbox_options){0});
    outbox->checkpoint_pages = EACH;
    outbox->restart_at = 4 * EACH;
    *state = outbox;
    assert_int_equal(SQLITE_OK, sqlite3_open(scratch_path("outbox.db"), &world.other));
    assert_int_equal(SQLITE_OK, sqlite3_wal_autocheckpoint(world.other, 0));
    return 0;
}

static int end(void **state)
{
    world.writes = false;
    assert_int_equal(SQLITE_OK, sqlite3_close(world.other));
    (void)drop_outbox(*state);
    return vfs_shim_remove();
}

static void other_does(const char *sql)
{
    assert_int_equal(SQLITE_OK, sqlite3_exec(world.other, sql, NULL, NULL, NULL));
}

static int64_t log_pages(void)
{
    char path[FILE_PATH_MAX];
    snprintf(path, sizeof path, "%s-wal", scratch_path("outbox.db"));
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(0, fseek(file, 0, SEEK_END));
    long size = ftell(file);
    fclose(file);
    return size / PAGE;
}

static void write_some(struct outbox *outbox, int commits)
{
    static walltime next = 1;
    for (int i = 0; i < commits; i++) {
        fill(outbox, next, next);
        next++;
    }
}

/* It begins anew as soon as it is in the file, and nobody is waited for. */
static void alone(void **state)
{
    write_some(*state, 200);
    assert_in_range(log_pages(), EACH, 2 * EACH);
    CHECK_INT("waited", 0, world.waited_ms);
}

/* Another one always commits while it is carried over, until he is made to wait. */
static void two_write(void **state)
{
    world.writes = true;
    write_some(*state, 300);
    assert_in_range(world.written, 20, INT_MAX);
    assert_in_range(world.refused, 1, INT_MAX);
    assert_in_range(log_pages(), 4 * EACH, 5 * EACH);
    CHECK_INT("waited", 0, world.waited_ms);
}

/* He is waited for once in so many pages, not at each commit, and when he is gone the log begins
 * anew, and with it the count. */
static void one_reads_on(void **state)
{
    static const char read_on[] = "BEGIN; SELECT count(*) FROM state";
    other_does(read_on);
    write_some(*state, 200);
    int64_t pages = log_pages();
    int waited_ms = world.waited_ms;
    assert_in_range(pages, 8 * EACH, INT_MAX);
    assert_in_range(waited_ms, 100, 100 * ((pages - 4 * EACH) / EACH + 1));
    other_does("COMMIT");
    write_some(*state, 100);
    CHECK_INT("nobody reads", waited_ms, world.waited_ms);
    assert_in_range(log_pages(), pages, pages + EACH);
    other_does(read_on);
    write_some(*state, 200);
    other_does("COMMIT");
    assert_in_range(world.waited_ms - waited_ms, waited_ms - 100, waited_ms + 100);
}

/* A turn that is taken for the log is given back, whoever wrote. */
static void a_turn_is_given_back(void **state)
{
    struct outbox *outbox = *state;
    struct turns *turns = turns_new(TURNS_GIVE_WAY_MS, &err);
    assert_non_null(turns);
    outbox->options.turns = turns;
    /* Who reads on has the log grow, so that the carrying waits for its turn. */
    assert_int_equal(SQLITE_OK,
                     sqlite3_exec(world.other, "BEGIN; SELECT * FROM state", NULL, NULL, NULL));
    for (int i = 0; i < 40 * EACH; i++) {
        if (i % 2 == 0) {
            DO(outbox_begin(outbox, &err));
        }
        assert_int_equal(
            SQLITE_OK,
            sqlite3_exec(outbox->db, "UPDATE state SET removed = removed + 1", NULL, NULL, NULL));
        if (i % 2 == 0) {
            CHECK_INT("in a transaction", false, turns_take(turns, true, 0));
            DO(outbox_commit(outbox, &err));
        }
        CHECK_INT("after it", true, turns_take(turns, true, 0));
        turns_give(turns);
    }
    assert_int_equal(SQLITE_OK, sqlite3_exec(world.other, "COMMIT", NULL, NULL, NULL));
    outbox->options.turns = NULL;
    turns_free(turns);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(alone, begin, end),
        cmocka_unit_test_setup_teardown(two_write, begin, end),
        cmocka_unit_test_setup_teardown(one_reads_on, begin, end),
        cmocka_unit_test_setup_teardown(a_turn_is_given_back, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
