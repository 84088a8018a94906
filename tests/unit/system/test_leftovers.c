#include "check.h"
#include "scratch.h"
#include "system/file.h"
#include "system/folder.h"
#include "system/leftovers.h"

static struct error err;

static void test_names(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool is;
    } cases[] = {
        {"outbox.db.pull-CDQ1.bin", true},
        {"outbox.db.pull-0-1", true},
        {"outbox.db.damaged-1", true},
        {"outbox.db.damaged-1-wal", true},
        {"outbox.db.salvage", true},
        {"Outbox.DB.Damaged-1", true},
        {"OUTBOX.DB.PULL-CDQ1.BIN", true},
        {"outbox.db.pull", false},
        {"outbox.db", false},
        {"outbox.db-wal", false},
        {"other.db.damaged-1", false},
        {"config.json", false},
        {"outbox", false},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        CHECK_INT(cases[i].name, cases[i].is, leftovers_is(cases[i].name, "outbox.db"));
    }
}

static int64_t put(const char *name)
{
    struct folder_version version;
    DO(file_replace(scratch_path(name), SPAN("x"), &err));
    struct folder_file *file = folder_open(scratch_path(name), &version, &err);
    assert_non_null(file);
    folder_close(file);
    return folder_changed_s(&version);
}

static void test_old_bytes_go(void **state)
{
    (void)state;
    static const char *const stay[] = {"outbox.db", "outbox.db.damaged-1", "outbox.db.pull-0-1",
                                       "b.bin", "other.db.pull-A.bin"};
    char outbox[FILE_PATH_MAX];
    size_t count = 0;
    assert_int_equal(scratch_begin(), 0);
    for (size_t i = 0; i < HB_COUNT(stay); i++) {
        (void)put(stay[i]);
    }
    int64_t written_s = put("Outbox.db.pull-A.BIN");
    snprintf(outbox, sizeof outbox, "%s", scratch_path("outbox.db"));
    DO(leftovers_expire(outbox, written_s, &count, &err));
    CHECK_INT("not yet", 0, count);
    DO(leftovers_expire(outbox, written_s + 10, &count, &err));
    CHECK_INT("one", 1, count);
    CHECK_INT("gone", 0, file_exists(scratch_path("Outbox.db.pull-A.BIN")));
    for (size_t i = 0; i < HB_COUNT(stay); i++) {
        CHECK_INT(stay[i], 1, file_exists(scratch_path(stay[i])));
    }
    scratch_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_old_bytes_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
