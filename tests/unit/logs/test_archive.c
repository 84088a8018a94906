/*
 * What goes wrong while a log moves to its archive on another volume: each step fails once, and is
 * the last thing done before a kill once. The log is always somewhere, whole.
 */
#include "check.h"

#include "logs/archive.h"
#include "scratch.h"

#define CONTENT "1 7 14/01/2026 10:48:21 AM 1 T\r\n"

enum { STEPS_MAX = 12 };

static struct error err;

/* ---- a disk whose n-th step fails ---- */

static struct {
    int step;       /* steps made so far */
    int fails;      /* the step that fails; 0 = none */
    bool killed;    /* … and none after it is made, or seen */
    bool made;      /* the step itself is made before the kill */
    bool elsewhere; /* the archive is on another volume */
} disk;

enum outcome { MAKE, FAIL, GONE };

static enum outcome next_step(void)
{
    disk.step++;
    if (disk.fails == 0 || disk.step < disk.fails) {
        return MAKE;
    }
    if (disk.step > disk.fails) {
        return disk.killed ? GONE : MAKE;
    }
    return disk.killed ? (disk.made ? MAKE : GONE) : FAIL;
}

static bool full(struct error *why)
{
    return error_set(why, ERR_FULL, 28, "no space left on the disk");
}

static bool fake_move(const char *from, const char *to, const struct folder_version *version,
                      bool *elsewhere, struct error *why)
{
    *elsewhere = false;
    if (disk.elsewhere && version != NULL) {
        *elsewhere = true;
        return error_set(why, ERR_SYSTEM, 17, "another volume");
    }
    return next_step() == MAKE ? folder_move(from, to, version, elsewhere, why) : full(why);
}

/* A copy that fails has written half. */
static bool fake_copy(const char *from, const char *to, bool (*stopped)(void *context),
                      void *context, struct error *why)
{
    enum outcome outcome = next_step();
    if (outcome == GONE && disk.step != disk.fails) {
        return full(why);
    }
    if (outcome != MAKE) {
        scratch_write(to, CONTENT, strlen(CONTENT) / 2);
        return full(why);
    }
    return folder_copy(from, to, stopped, context, why);
}

static bool fake_same(const char *one, const char *other, bool *same, struct error *why)
{
    return next_step() == MAKE ? folder_same(one, other, same, why) : full(why);
}

static bool fake_remove(const char *path, const struct folder_version *version, struct error *why)
{
    return next_step() == MAKE ? folder_delete(path, version, why) : full(why);
}

static const struct archive_disk faulty = {fake_move, fake_copy, fake_same, fake_remove};

static bool never(void *context)
{
    (void)context;
    return false;
}

static bool always(void *context)
{
    (void)context;
    return true;
}

static struct archive archive_of(const struct archive_disk *with)
{
    return (struct archive){scratch_path("old"), scratch_path("alog"), never, NULL, with};
}

static struct folder_version put_log(void)
{
    struct folder_version version;
    error_clear(&err);
    DO(file_make_folder(scratch_path("alog"), &err));
    DO(file_make_folder(scratch_path("old"), &err));
    scratch_write(scratch_path("alog/a.txt"), CONTENT, strlen(CONTENT));
    struct folder_file *file = folder_open(scratch_path("alog/a.txt"), &version, &err);
    assert_non_null(file);
    folder_close(file);
    return version;
}

static bool holds(const char *path)
{
    char *bytes = NULL;
    size_t len = 0;
    bool same = file_read(path, 1 << 20, &bytes, &len, NULL) && strcmp(bytes, CONTENT) == 0;
    free(bytes);
    return same;
}

static void remove_all(void)
{
    static const char *const names[] = {"alog/a.txt", "old/a.txt", "old/a-2.txt",
                                        "old/a.txt.hipbridge-copying",
                                        "old/a.txt.hipbridge-copied"};
    for (size_t i = 0; i < HB_COUNT(names); i++) {
        (void)remove(scratch_path(names[i]));
    }
}

static bool is_bare(void)
{
    return !file_exists(scratch_path("old/a.txt.hipbridge-copying")) &&
           !file_exists(scratch_path("old/a.txt.hipbridge-copied"));
}

static void moved_within_its_volume(void **state)
{
    (void)state;
    struct archive archive = archive_of(&archive_disk);
    struct folder_version version = put_log();
    char name[LOG_NAME_MAX];
    DO(archive_name(&archive, "a.txt", name, &err));
    CHECK_TEXT("name", "a.txt", name);
    DO(archive_move(&archive, "a.txt", "a.txt", &version, &err));
    assert_true(holds(scratch_path("old/a.txt")) && !file_exists(scratch_path("alog/a.txt")));
    version = put_log();
    assert_false(archive_move(&archive, "a.txt", "a.txt", &version, &err));
    CHECK_INT("taken", ERR_EXISTS, err.kind);
    assert_true(holds(scratch_path("alog/a.txt")));
}

/* Each step on the way to another volume fails once: the log stays, nothing half is left, and the
 * next try does it. */
static void a_step_that_fails_leaves_the_log(void **state)
{
    (void)state;
    int made = 0;
    for (int fails = 1; fails <= STEPS_MAX; fails++) {
        char name[32];
        snprintf(name, sizeof name, "step %d fails", fails);
        struct archive archive = archive_of(&faulty);
        struct folder_version version = put_log();
        memset(&disk, 0, sizeof disk);
        disk.elsewhere = true;
        disk.fails = fails;
        if (archive_move(&archive, "a.txt", "a.txt", &version, &err)) {
            made++;
            CHECK_INT(name, true, holds(scratch_path("old/a.txt")));
            remove_all();
            continue;
        }
        CHECK_INT(name, ERR_FULL, err.kind);
        bool kept =
            holds(scratch_path("alog/a.txt")) || holds(scratch_path("old/a.txt.hipbridge-copied"));
        CHECK_INT(name, true, kept);
        disk.fails = 0;
        error_clear(&err);
        DO(archive_mend(&archive, &err));
        assert_true(is_bare());
        if (file_exists(scratch_path("alog/a.txt"))) {
            DO(archive_move(&archive, "a.txt", "a.txt", &version, &err));
        }
        CHECK_INT(name, true, holds(scratch_path("old/a.txt")));
        remove_all();
    }
    assert_true(made > 0 && made < STEPS_MAX); /* some failed, and there were no more of them */
}

/* A kill before or after each step: what is mended at the next start is whole. */
static void a_kill_at_any_step_is_mended(void **state)
{
    (void)state;
    for (int fails = 1; fails <= STEPS_MAX; fails++) {
        for (int made = 0; made < 2; made++) {
            char name[48];
            snprintf(name, sizeof name, "killed %s step %d", made != 0 ? "after" : "before", fails);
            struct archive archive = archive_of(&faulty);
            struct folder_version version = put_log();
            memset(&disk, 0, sizeof disk);
            disk.elsewhere = true;
            disk.fails = fails;
            disk.killed = true;
            disk.made = made != 0;
            (void)archive_move(&archive, "a.txt", "a.txt", &version, &err);
            error_clear(&err);
            disk.fails = 0;
            DO(archive_mend(&archive, &err));
            CHECK_INT(name, true, is_bare());
            CHECK_INT(name, true,
                      holds(scratch_path("alog/a.txt")) || holds(scratch_path("old/a.txt")));
            remove_all();
        }
    }
}

static void a_stop_ends_a_copy(void **state)
{
    (void)state;
    struct archive archive = archive_of(&faulty);
    struct folder_version version = put_log();
    memset(&disk, 0, sizeof disk);
    disk.elsewhere = true;
    archive.stopped = always;
    assert_false(archive_move(&archive, "a.txt", "a.txt", &version, &err));
    CHECK_INT("stopped", ERR_STOPPED, err.kind);
    assert_true(holds(scratch_path("alog/a.txt")) && is_bare());
    remove_all();
}

/* Of the same size, changed within the same second. */
static void another_file_of_the_name_stays(void **state)
{
    (void)state;
    for (int elsewhere = 0; elsewhere < 2; elsewhere++) {
        struct archive archive = archive_of(&faulty);
        struct folder_version version = put_log();
        memset(&disk, 0, sizeof disk);
        disk.elsewhere = elsewhere != 0;
        assert_int_equal(rename(scratch_path("alog/a.txt"), scratch_path("old/a.txt")),
                         0); /* keeps its number */
        scratch_write(scratch_path("alog/a.txt"), CONTENT, strlen(CONTENT));
        (void)remove(scratch_path("old/a.txt"));
        assert_false(archive_move(&archive, "a.txt", "a.txt", &version, &err));
        CHECK_INT("replaced", ERR_BUSY, err.kind);
        assert_true(holds(scratch_path("alog/a.txt")) && is_bare());
        remove_all();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(moved_within_its_volume),
        SCRATCH_TEST(a_step_that_fails_leaves_the_log),
        SCRATCH_TEST(a_kill_at_any_step_is_mended),
        SCRATCH_TEST(a_stop_ends_a_copy),
        SCRATCH_TEST(another_file_of_the_name_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
