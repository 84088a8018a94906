#include "check.h"
#include "scratch.h"
#include "system/captures.h"
#include "system/folder.h"

static struct error err;

static const char begin[] = "2026-01-15 08:00:00.000  10.0.0.1:1 connected\n";

static int64_t put(const char *name, const char *text)
{
    struct folder_version version;
    DO(file_replace(scratch_path(name), span_of(text), &err));
    struct folder_file *file = folder_open(scratch_path(name), &version, &err);
    assert_non_null(file);
    folder_close(file);
    return folder_changed_s(&version);
}

static void note(const char *folder, const char *name)
{
    char path[FILE_PATH_MAX];
    snprintf(path, sizeof path, "%s", scratch_path(name));
    DO(captures_note(folder, path, &err));
}

static void add_name(void *context, const char *path)
{
    char *names = context;
    snprintf(names + strlen(names), 200 - strlen(names), "%s ", file_name(path));
}

static const char *known(const char *folder)
{
    static char names[200];
    names[0] = '\0';
    DO(captures_each(folder, add_name, names, &err));
    return names;
}

static void test_they_go_when_they_are_old(void **state)
{
    (void)state;
    char folder[FILE_PATH_MAX];
    size_t count = 0;
    assert_int_equal(scratch_begin(), 0);
    DO(file_folder(scratch_path("x"), folder, sizeof folder));
    CHECK_TEXT("none yet", "", known(folder));
    DO(captures_expire(folder, INT64_MAX, &count, &err));
    CHECK_INT("none to remove", 0, count);
    int64_t written_s = put("one.txt", begin);
    (void)put("two.txt", begin);
    (void)put("letter.txt", "Dear Sir, this is no capture of ours at all.");
    (void)put("short.txt", "2026");
    (void)put("unknown.txt", begin);
    note(folder, "one.txt");
    note(folder, "two.txt");
    note(folder, "one.txt");
    note(folder, "letter.txt");
    note(folder, "short.txt");
    note(folder, "nowhere.txt");
    CHECK_TEXT("each once, and captures alone", "one.txt two.txt ", known(folder));
    DO(captures_expire(folder, written_s, &count, &err));
    CHECK_INT("not yet", 0, count);
    CHECK_TEXT("still", "one.txt two.txt ", known(folder));
    DO(captures_expire(folder, written_s + 10, &count, &err));
    CHECK_INT("both", 2, count);
    CHECK_TEXT("none left", "", known(folder));
    CHECK_INT("gone", false, file_exists(scratch_path("one.txt")));
    CHECK_INT("the list too", false, file_exists(scratch_path("captures.txt")));
    static const char *const stay[] = {"letter.txt", "short.txt", "unknown.txt"};
    for (size_t i = 0; i < HB_COUNT(stay); i++) {
        CHECK_INT(stay[i], true, file_exists(scratch_path(stay[i])));
    }
    scratch_end();
}

/* A list that somebody has written into, or that grew past what is read. */
static void test_a_list_of_anything(void **state)
{
    (void)state;
    char folder[FILE_PATH_MAX];
    static char text[300000];
    size_t count = 0;
    assert_int_equal(scratch_begin(), 0);
    DO(file_folder(scratch_path("x"), folder, sizeof folder));
    (void)put("one.txt", begin);
    memset(text, 'x', 5000);
    snprintf(text + 5000, 2000, "\r\n\n  \n%s\r\n%s", scratch_path("one.txt"),
             scratch_path("gone.txt"));
    (void)put("captures.txt", text);
    CHECK_TEXT("what can be one", "one.txt ", known(folder));
    DO(captures_expire(folder, 0, &count, &err));
    CHECK_TEXT("the rest is struck off", "one.txt ", known(folder));
    memset(text, 'x', sizeof text - 1);
    (void)put("captures.txt", text);
    error_clear(&err);
    CHECK_INT("too long", false, captures_note(folder, "C:\\a.txt", &err));
    error_clear(&err);
    CHECK_INT("too long to be read", false, captures_expire(folder, INT64_MAX, &count, &err));
    scratch_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_they_go_when_they_are_old),
        cmocka_unit_test(test_a_list_of_anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
