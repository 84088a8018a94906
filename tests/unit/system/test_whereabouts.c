/*
 * Why log files are not where they should be. What lies in VirtualStore is Windows' alone to know;
 * the rest is words.
 */
#include "scratch.h"

#include "check.h"

#include "system/whereabouts.h"

#ifdef _WIN32
#include <windows.h>
#endif

static const char *advice(const char *folder, long code)
{
    static struct error err;
    error_set(&err, ERR_DENIED, code, "cannot read the folder %s", folder);
    whereabouts_advise(folder, "*.txt", &err);
    return err.text;
}

static void a_share_that_says_no_is_advised(void **state)
{
    (void)state;
    static const struct {
        const char *folder;
        long code;
        bool advised;
    } cases[] = {
        {"\\\\nas\\logs", 5, true},   {"\\\\nas\\logs", 1326, true}, {"//nas/logs", 53, true},
        {"\\\\nas\\logs", 67, true},  {"\\\\nas\\logs", 1385, true}, {"\\\\nas\\logs", 3, false},
        {"D:\\alog", 5, false},       {"\\\\?\\D:\\alog", 5, false}, {"\\alog", 5, false},
        {"\\\\.\\pipe\\x", 5, false},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        const char *text = advice(cases[i].folder, cases[i].code);
        CHECK_INT(text, cases[i].advised, strstr(text, "services.msc") != NULL);
    }
}

static void a_file_on_a_share_that_says_no_is_advised(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    error_set(&err, ERR_DENIED, 5, "cannot open it");
    CHECK_INT("refused", true, whereabouts_advise_file("\\\\nas\\db\\att2000.mdb", &err));
    assert_non_null(strstr(err.text, "cannot open it. A share is read"));
    error_set(&err, ERR_NOT_FOUND, 2, "cannot open it");
    CHECK_INT("missing", false, whereabouts_advise_file("\\\\nas\\db\\att2000.mdb", &err));
    CHECK_TEXT("as it was", "cannot open it", err.text);
    error_set(&err, ERR_DENIED, 5, "cannot open it");
    CHECK_INT("of this PC", false, whereabouts_advise_file("D:\\db\\att2000.mdb", &err));
    CHECK_TEXT("as it was", "cannot open it", err.text);
}

static void words_are_cut_where_there_is_no_room(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    for (size_t len = ERROR_TEXT_MAX - 200; len < ERROR_TEXT_MAX; len++) {
        memset(err.text, 'x', sizeof err.text);
        err.text[len] = '\0';
        err.code = 5;
        whereabouts_advise("\\\\nas\\logs", "*", &err);
        assert_true(strlen(err.text) >= len && strlen(err.text) < sizeof err.text);
    }
}

#ifdef _WIN32
/* As Premium Time, run without elevation, leaves its logs. */
static void logs_in_virtualstore_are_found(void **state)
{
    static const char *const parts[] = {"VirtualStore", "Program Files (x86)", "HIPBridgeTest",
                                        "alog"};
    static const char folder[] = "C:\\Program Files (x86)\\HIPBridgeTest\\alog";
    char path[FILE_PATH_MAX];
    char file[FILE_PATH_MAX + 16];
    char got[FILE_PATH_MAX];
    (void)state;
    snprintf(path, sizeof path, "%s", getenv("LOCALAPPDATA"));
    for (size_t i = 0; i < HB_COUNT(parts); i++) {
        size_t used = strlen(path);
        snprintf(path + used, sizeof path - used, "\\%s", parts[i]);
    }
    CHECK_INT("nothing there", false, whereabouts_virtual(folder, "*.txt", got, sizeof got));
    assert_true(file_make_folder(path, NULL));
    CHECK_INT("no file", false, whereabouts_virtual(folder, "*.txt", got, sizeof got));
    snprintf(file, sizeof file, "%s\\2026.txt", path);
    scratch_write(file, "x", 1);
    CHECK_INT("a log", true, whereabouts_virtual(folder, "*.txt", got, sizeof got));
    CHECK_INT(got, 0, _stricmp(got, path));
    CHECK_INT(
        "the other way round", true,
        whereabouts_virtual("c:/Program Files (x86)/HIPBridgeTest/alog", "*.txt", got, sizeof got));
    CHECK_INT("other files", false, whereabouts_virtual(folder, "*.log", got, sizeof got));
    CHECK_INT("another drive", false,
              whereabouts_virtual("D:\\Program Files (x86)\\HIPBridgeTest\\alog", "*.txt", got,
                                  sizeof got));
    CHECK_INT("a share", false, whereabouts_virtual("\\\\nas\\alog", "*.txt", got, sizeof got));
    assert_non_null(strstr(advice(folder, 3), path));
    assert_non_null(strstr(advice(folder, 3), "log_directory"));

    struct error told = ERROR_INIT;
    CHECK_INT(
        "of one file", true,
        whereabouts_advise_file("C:\\Program Files (x86)\\HIPBridgeTest\\alog\\2026.txt", &told));
    assert_non_null(strstr(
        told.text, "\\VirtualStore\\Program Files (x86)\\HIPBridgeTest\\alog\\2026.txt, since"));
    assert_int_equal(strncmp(told.text, "Windows keeps the file", 22), 0);
    CHECK_INT(
        "of another file", false,
        whereabouts_advise_file("C:\\Program Files (x86)\\HIPBridgeTest\\alog\\2027.txt", &told));

    HANDLE old = CreateFileA(file, FILE_WRITE_ATTRIBUTES, 0, NULL, OPEN_EXISTING, 0, NULL);
    FILETIME long_ago = {0, 30000000};
    assert_true(SetFileTime(old, NULL, NULL, &long_ago));
    CloseHandle(old);
    CHECK_INT("of a time that is over", false,
              whereabouts_virtual(folder, "*.txt", got, sizeof got));
    assert_true(file_remove(file, NULL));
    for (size_t i = HB_COUNT(parts); i-- > 0;) {
        RemoveDirectoryA(path);
        *strrchr(path, '\\') = '\0';
    }
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_share_that_says_no_is_advised),
        cmocka_unit_test(a_file_on_a_share_that_says_no_is_advised),
        cmocka_unit_test(words_are_cut_where_there_is_no_room),
#ifdef _WIN32
        cmocka_unit_test(logs_in_virtualstore_are_found),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
