#include "check.h"
#include "system/file.h"
#include "scratch.h"

static void a_folder_is_what_precedes_the_last_separator(void **state)
{
    (void)state;
    static const struct {
        const char *path, *folder;
    } cases[] = {
        {"C:\\a\\b", "C:\\a"},
        {"C:\\a", "C:\\"},
        {"C:\\", "C:\\"},
        {"C:/a/b.txt", "C:/a"},
        {"C:\\a\\b\\", "C:\\a"},
        {"/a/b", "/a"},
        {"/a", "/"},
        {"/", "/"},
        {"/a//b", "/a"},
        {"a/b", "a"},
        {"a", "."},
        {"\\\\srv\\share", "\\\\srv"},
        {"C:\\a/b\\c", "C:\\a/b"},
        {"\xE0\xB8\x81/x", "\xE0\xB8\x81"},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char out[FILE_PATH_MAX];
        if (!file_folder(cases[i].path, out, sizeof out) || strcmp(out, cases[i].folder) != 0) {
            fail_msg("folder of %s: expected %s, got %s", cases[i].path, cases[i].folder, out);
        }
    }
    char small[3];
    assert_false(file_folder("/abc/d", small, sizeof small));
}

static void a_relative_path_is_joined_an_absolute_one_kept(void **state)
{
    (void)state;
    static const struct {
        const char *folder, *path, *result;
    } cases[] = {
        {"C:\\data", "outbox.db", "C:\\data\\outbox.db"},
        {"C:\\data\\", "outbox.db", "C:\\data\\outbox.db"},
        {"C:\\data", "D:\\logs", "D:\\logs"},
        {"C:\\data", "\\\\srv\\logs", "\\\\srv\\logs"},
        {"C:\\data", "\\logs", "C:\\logs"},
        {"C:\\data", "sub\\x", "C:\\data\\sub\\x"},
        {"/data", "outbox.db", "/data/outbox.db"},
        {"/", "x", "/x"},
        {"/data", "/logs", "/logs"},
        {"/data", "D:\\logs", "D:\\logs"},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char out[FILE_PATH_MAX] = "";
        if (!file_resolve(cases[i].folder, cases[i].path, out, sizeof out) ||
            strcmp(out, cases[i].result) != 0) {
            fail_msg("%s with %s: expected %s, got %s", cases[i].folder, cases[i].path,
                     cases[i].result, out);
        }
    }
    char small[8];
    assert_false(file_resolve("/data", "abc", small, sizeof small));
    assert_true(file_resolve("/data", "a", small, sizeof small));
    assert_false(file_resolve("C:\\data", "\\logsxy", small, sizeof small));
}

static void what_is_replaced_is_read_back(void **state)
{
    (void)state;
    static const char first[] = "one\0two";
    static const char second[] = "a longer text than the first";
    struct error err = ERROR_INIT;
    char *bytes = NULL;
    size_t len = 0;
    assert_int_equal(scratch_begin(), 0);
    const char *path = scratch_path("\xE0\xB8\x81 name.json");
    const struct span texts[] = {SPAN(first), SPAN(second), SPAN(""), SPAN(first)};
    for (size_t i = 0; i < HB_COUNT(texts); i++) {
        if (!file_replace(path, texts[i], &err) || !file_read(path, 100, &bytes, &len, &err)) {
            fail_msg("text %zu: %s", i, err.text);
        }
        assert_int_equal(len, texts[i].len);
        assert_memory_equal(bytes, texts[i].at, len);
        assert_int_equal(bytes[len], 0);
        free(bytes);
    }
    assert_false(file_read(path, 3, &bytes, &len, &err));
    assert_int_equal(err.kind, ERR_TOO_LARGE);
    scratch_end();
}

static void a_missing_file_is_not_found(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    char *bytes = NULL;
    size_t len = 0;
    assert_int_equal(scratch_begin(), 0);
    const char *path = scratch_path("nothing.json");
    assert_false(file_exists(path));
    assert_false(file_read(path, 3, &bytes, &len, &err));
    assert_int_equal(err.kind, ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "nothing.json"));
    scratch_end();
}

static void what_a_replacement_left_beside_gets_its_name(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    char *bytes = NULL;
    size_t len = 0;
    bool taken = true;
    assert_int_equal(scratch_begin(), 0);
    const char *path = scratch_path("config.json");
    const char *beside = scratch_path("config.json.new");
    const char *copied = scratch_path("config.json.copy");
    assert_true(file_recover(path, &taken, &err));
    assert_false(taken);
    assert_true(file_replace(copied, SPAN("half"), &err)); /* a default, cut short: not taken */
    assert_true(file_recover(path, &taken, &err));
    assert_false(taken);
    assert_true(file_replace(beside, SPAN("whole"), &err));
    assert_true(file_recover(path, &taken, &err));
    assert_true(taken);
    assert_true(file_read(path, 100, &bytes, &len, &err));
    assert_string_equal(bytes, "whole");
    free(bytes);
    assert_false(file_exists(beside));
    assert_true(file_replace(beside, SPAN("older"), &err)); /* the name is there: left alone */
    assert_true(file_recover(path, &taken, &err));
    assert_false(taken);
    assert_true(file_read(path, 100, &bytes, &len, &err));
    assert_string_equal(bytes, "whole");
    free(bytes);
    scratch_end();
}

static void a_copy_never_overwrites(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    char *bytes = NULL;
    size_t len = 0;
    assert_int_equal(scratch_begin(), 0);
    const char *from = scratch_path("from");
    const char *to = scratch_path("to");
    assert_true(file_replace(from, SPAN("new"), &err));
    assert_true(file_copy_new(from, to, &err));
    assert_true(file_replace(from, SPAN("newer"), &err));
    assert_false(file_copy_new(from, to, &err));
    assert_int_equal(err.kind, ERR_EXISTS);
    assert_true(file_read(to, 100, &bytes, &len, &err));
    assert_string_equal(bytes, "new");
    free(bytes);
    scratch_end();
}

static void a_folder_is_made_with_those_above_it(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    assert_int_equal(scratch_begin(), 0);
    (void)scratch_path("a");
    (void)scratch_path("a/b");
    const char *deep = scratch_path("a/b/c");
    assert_true(file_make_folder(deep, &err));
    assert_true(file_make_folder(deep, &err));
    const char *inside = scratch_path("a/b/c/file");
    assert_true(file_replace(inside, SPAN("x"), &err));
    assert_false(file_make_folder(inside, &err));
    assert_int_equal(err.kind, ERR_EXISTS);
    scratch_end();
}

static void a_path_of_any_length_is_usable(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    char *bytes = NULL;
    size_t len = 0;
    char name[400] = "";
    assert_int_equal(scratch_begin(), 0);
    for (int depth = 0; depth < 4; depth++) {
        strcat(name, depth == 0 ? "" : "/");
        strcat(name, "a-folder-with-a-rather-long-name-of-some-seventy-characters-all-told");
        (void)scratch_path(name);
    }
    if (!file_make_folder(scratch_path(name), &err)) {
        fail_msg("%s", err.text);
    }
    strcat(name, "/file");
    if (!file_replace(scratch_path(name), SPAN("x"), &err) ||
        !file_replace(scratch_path(name), SPAN("xy"), &err) ||
        !file_read(scratch_path(name), 10, &bytes, &len, &err)) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(len, 2);
    free(bytes);
    scratch_end();
}

static void the_program_and_data_folders_are_known(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    char out[FILE_PATH_MAX];
    assert_true(file_program_folder(out, sizeof out, &err));
    assert_true(file_exists(out));
    assert_true(file_data_folder(out, sizeof out, &err));
    assert_true(strlen(out) > 3);
    char small[2];
    assert_false(file_program_folder(small, sizeof small, &err));
    assert_false(file_data_folder(small, sizeof small, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_folder_is_what_precedes_the_last_separator),
        cmocka_unit_test(a_relative_path_is_joined_an_absolute_one_kept),
        cmocka_unit_test(what_is_replaced_is_read_back),
        cmocka_unit_test(a_missing_file_is_not_found),
        cmocka_unit_test(what_a_replacement_left_beside_gets_its_name),
        cmocka_unit_test(a_copy_never_overwrites),
        cmocka_unit_test(a_folder_is_made_with_those_above_it),
        cmocka_unit_test(a_path_of_any_length_is_usable),
        cmocka_unit_test(the_program_and_data_folders_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
