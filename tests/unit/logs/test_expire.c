/* Archived logs go after their days: those alone that were archived, and that nobody has to look
 * at. */
#include "outbox_punches.h"
#include "logs/expire.h"

static struct outbox *outbox;
static struct archive archive;
static char folder[FILE_PATH_MAX];

static int begin(void **state)
{
    (void)state;
    outbox = new_outbox();
    snprintf(folder, sizeof folder, "%s", scratch_path("processed"));
    DO(file_make_folder(folder, &err));
    archive =
        (struct archive){.folder = folder, .logs = scratch_path("logs"), .disk = &archive_disk};
    return 0;
}

static int end(void **state)
{
    (void)state;
    return drop_outbox(outbox);
}

static const char *path_of(const char *name)
{
    static char path[FILE_PATH_MAX];
    assert_true(file_resolve(folder, name, path, sizeof path));
    return path;
}

static void write_file(const char *name, const char *text)
{
    DO(file_replace(path_of(name), span_of(text), &err));
}

/* A log that was read at read_s and archived under this name, as it is there. */
static void archived(const char *name, int64_t read_s)
{
    struct outbox_file file;
    struct folder_version version;
    write_file(name, name);
    struct folder_file *handle = folder_open(path_of(name), &version, &err);
    assert_non_null(handle);
    folder_close(handle);
    DO(outbox_begin(outbox, &err));
    DO(outbox_file_begin(outbox, name, &file, &err));
    file.size = version.size;
    file.changed = version.changed;
    file.read_s = read_s;
    snprintf(file.archived_as, sizeof file.archived_as, "%s", name);
    DO(outbox_file_save(outbox, &file, &err));
    DO(outbox_commit(outbox, &err));
}

static uint64_t expire(int64_t before_s)
{
    uint64_t count = 0;
    DO(expire_logs(&archive, outbox, before_s, &count, &err));
    return count;
}

static void the_old_ones_go(void **state)
{
    (void)state;
    archived("old.txt", 100);
    archived("edge.txt", 500);
    archived("new.txt", 900);
    write_file("somebody-else-s.txt", "x");
    CHECK_INT("one", 1, expire(500));
    CHECK_INT("old", 0, file_exists(path_of("old.txt")));
    CHECK_INT("edge", 1, file_exists(path_of("edge.txt")));
    CHECK_INT("new", 1, file_exists(path_of("new.txt")));
    CHECK_INT("none", 0, expire(500));
    CHECK_INT("the edge", 1, expire(501));
    CHECK_INT("all", 1, expire(10000));
    CHECK_INT("another's", 1, file_exists(path_of("somebody-else-s.txt")));
    CHECK_INT("records", 0, query(outbox, "SELECT count(*) FROM file"));
}

/* Of one with lines that were set aside the file beside it has to be gone first. */
static void what_somebody_has_to_look_at_stays(void **state)
{
    (void)state;
    archived("odd.txt", 100);
    archived("plain.txt", 100);
    write_file("odd.txt" ARCHIVE_REJECTED_SUFFIX, "line 1: no date");
    CHECK_INT("the other", 1, expire(500));
    CHECK_INT("odd", 1, file_exists(path_of("odd.txt")));
    DO(file_remove(path_of("odd.txt" ARCHIVE_REJECTED_SUFFIX), &err));
    CHECK_INT("now it goes", 1, expire(500));
    CHECK_INT("odd", 0, file_exists(path_of("odd.txt")));
}

/* A kill between record and move leaves a record of a file that never came; another may have its
 * name since. */
static void another_file_of_the_name_stays(void **state)
{
    (void)state;
    archived("name.txt", 100);
    write_file("name.txt", "another, and longer");
    CHECK_INT("none", 0, expire(500));
    CHECK_INT("there", 1, file_exists(path_of("name.txt")));
    CHECK_INT("its record is gone", 0, query(outbox, "SELECT count(*) FROM file"));
    archived("gone.txt", 100);
    DO(file_remove(path_of("gone.txt"), &err));
    CHECK_INT("gone already", 0, expire(500));
    CHECK_INT("its record too", 0, query(outbox, "SELECT count(*) FROM file"));
}

static bool refuse(const char *path, const struct folder_version *version, struct error *error)
{
    if (strstr(path, "held") == NULL) {
        return archive_disk.remove(path, version, error);
    }
    return error_set(error, ERR_DENIED, 5, "cannot remove %s", path);
}

static bool stop_now(void *context)
{
    (void)context;
    return true;
}

static void what_cannot_be_removed_is_told(void **state)
{
    (void)state;
    uint64_t count = 0;
    struct archive_disk disk = archive_disk;
    disk.remove = refuse;
    archived("held.txt", 100);
    archived("free.txt", 100);
    archived("held too.txt", 100);
    archived("free too.txt", 100);
    archive.disk = &disk;
    assert_false(expire_logs(&archive, outbox, 500, &count, &err));
    CHECK_INT("denied", ERR_DENIED, err.kind);
    assert_non_null(strstr(err.text, "held.txt"));
    CHECK_INT("the others go", 2, count);
    CHECK_INT("held", 1, file_exists(path_of("held.txt")));
    CHECK_INT("held", 1, file_exists(path_of("held too.txt")));
    CHECK_INT("their records", 2, query(outbox, "SELECT count(*) FROM file"));
    error_clear(&err);
    archive.disk = &archive_disk;
    archive.stopped = stop_now;
    CHECK_INT("stopped", 0, expire(500));
    archive.stopped = NULL;
    CHECK_INT("the next time", 2, expire(500));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_old_ones_go, begin, end),
        cmocka_unit_test_setup_teardown(what_somebody_has_to_look_at_stays, begin, end),
        cmocka_unit_test_setup_teardown(another_file_of_the_name_stays, begin, end),
        cmocka_unit_test_setup_teardown(what_cannot_be_removed_is_told, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
