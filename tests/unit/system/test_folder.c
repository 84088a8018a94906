#include "check.h"

#ifdef _WIN32
#include <windows.h>
#else
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#endif

#include "scratch.h"
#include "system/clock.h"
#include "system/folder.h"

static struct error err;

static void patterns(void **state)
{
    static const struct {
        const char *pattern, *name;
        bool fits;
    } cases[] = {
        {"*.txt", "a.txt", true},
        {"*.txt", "A.TXT", true},
        {"*.txt", "a.txt~", false},
        {"*.txt", "a.dat", false},
        {"*.txt", ".txt", true},
        {"*", "a", true},
        {"*.*", "a", true}, /* as everywhere in Windows */
        {"*.txt;*.dat", "1_attlog.dat", true},
        {"*.txt; *.dat", "1_attlog.dat", true},
        {"*.txt;*.dat", "a.csv", false},
        {"log-??.txt", "log-07.txt", true},
        {"log-??.txt", "log-7.txt", false},
        {"?.txt", "\xE0\xB8\x81.txt", true}, /* one character of three bytes */
        {"??.txt", "\xE0\xB8\x81.txt", false},
        {"*a*b*c", "xxaxxbxxc", true},
        {"*a*b*c", "xxaxxcxxb", false},
        {"*aab", "aaab", true},
        {"a*", "b", false},
        {"", "a", false},
        {"", "", true},
        {"**", "anything", true},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char text[64];
        snprintf(text, sizeof text, "%s %s", cases[i].pattern, cases[i].name);
        CHECK_INT(text, cases[i].fits, folder_fits(cases[i].pattern, cases[i].name));
    }
    /* No pattern takes long. */
    char name[LOG_NAME_MAX];
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_false(folder_fits("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*ab", name));
}

static bool opens(const char *path, struct folder_version *version)
{
    error_clear(&err);
    struct folder_file *file = folder_open(path, version, &err);
    folder_close(file);
    return file != NULL;
}

static bool link_to(const char *from, const char *to)
{
#ifdef _WIN32
    return CreateHardLinkA(to, from, NULL);
#else
    return link(from, to) == 0;
#endif
}

static void a_file_with_two_names_is_left_alone(void **state)
{
    struct folder_version version;
    (void)state;
    scratch_write(scratch_path("secret"), "1", 1);
    assert_true(opens(scratch_path("secret"), &version));
    assert_true(link_to(scratch_path("secret"), scratch_path("a.txt")));
    assert_false(opens(scratch_path("a.txt"), &version));
    CHECK_INT("two names", ERR_DENIED, err.kind);
    assert_non_null(strstr(err.text, "hard link"));
    (void)remove(scratch_path("secret"));
    assert_true(opens(scratch_path("a.txt"), &version));
}

/* What is written goes into a new file, never into the one that a name planted there leads to. */
static void creating_writes_through_no_other_name(void **state)
{
    (void)state;
    scratch_write(scratch_path("secret"), "keep", 4);
    assert_true(link_to(scratch_path("secret"), scratch_path("a.txt")));
    struct folder_file *file = folder_create(scratch_path("a.txt"), &err);
    assert_non_null(file);
    DO(folder_write(file, SPAN("new"), &err));
    DO(folder_flush(file, &err));
    folder_close(file);
    char *bytes = NULL;
    size_t len = 0;
    DO(file_read(scratch_path("secret"), 100, &bytes, &len, &err));
    CHECK_TEXT("secret", "keep", bytes);
    free(bytes);
}

#ifndef _WIN32
/* (Wine makes no links of Windows' kind; there the tags are looked at by the same calls.) */
static void links_are_not_followed(void **state)
{
    struct folder_version version;
    char below[FILE_PATH_MAX];
    (void)state;
    scratch_write(scratch_path("secret"), "1", 1);
    assert_int_equal(symlink(scratch_path("secret"), scratch_path("a.txt")), 0);
    assert_false(opens(scratch_path("a.txt"), &version));
    CHECK_INT("a link", ERR_DENIED, err.kind);
    assert_non_null(strstr(err.text, "link"));

    DO(file_make_folder(scratch_path("real/old"), &err));
    assert_int_equal(symlink(scratch_path("real"), scratch_path("alog")), 0);
    snprintf(below, sizeof below, "%s/old", scratch_path("alog"));
    assert_null(folder_hold(scratch_path("alog"), scratch_root, &err));
    assert_null(folder_hold(below, scratch_root, &err)); /* below a link */
    CHECK_INT("a link", ERR_DENIED, err.kind);
    struct folder_hold *hold = folder_hold(scratch_path("real/old"), scratch_root, &err);
    assert_non_null(hold);
    folder_release(hold);
    (void)rmdir(scratch_path("real/old"));
    (void)remove(scratch_path("alog"));

    /* A link in the place of a file to write goes; what it led to stays. */
    struct folder_file *file = folder_create(scratch_path("a.txt"), &err);
    assert_non_null(file);
    folder_close(file);
    char *bytes = NULL;
    size_t len = 0;
    DO(file_read(scratch_path("secret"), 100, &bytes, &len, &err));
    CHECK_TEXT("secret", "1", bytes);
    free(bytes);
}
#endif

static void another_file_of_the_same_size_is_another_version(void **state)
{
    struct folder_version first;
    struct folder_version second;
    bool elsewhere = false;
    (void)state;
    scratch_write(scratch_path("a.txt"), "one", 3);
    assert_true(opens(scratch_path("a.txt"), &first));
    assert_true(opens(scratch_path("a.txt"), &second));
    assert_true(folder_same_version(&first, &second));
    assert_int_equal(rename(scratch_path("a.txt"), scratch_path("b.txt")), 0);
    scratch_write(scratch_path("a.txt"), "two", 3);
    assert_true(opens(scratch_path("a.txt"), &second));
    assert_false(folder_same_version(&first, &second));
    assert_false(
        folder_move(scratch_path("a.txt"), scratch_path("c.txt"), &first, &elsewhere, &err));
    CHECK_INT("replaced", ERR_BUSY, err.kind);
    assert_false(folder_delete(scratch_path("a.txt"), &first, &err));
    assert_true(file_exists(scratch_path("a.txt")) && !file_exists(scratch_path("c.txt")));
    error_clear(&err);
    DO(folder_move(scratch_path("a.txt"), scratch_path("c.txt"), &second, &elsewhere, &err));
    DO(folder_delete(scratch_path("c.txt"), &second, &err));
    assert_false(file_exists(scratch_path("c.txt")));
}

/* A file that another program has open: for writing beside others, or for itself alone. */
static void beside_a_writer(void **state)
{
    struct folder_version version;
    char bytes[8];
    size_t got = 0;
    (void)state;
    const char *path = scratch_path("a.mdb");
    scratch_write(path, "0123456789", 10);
    for (int alone = 0; alone < 2; alone++) {
#ifdef _WIN32
        const DWORD all = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
        HANDLE writer = CreateFileA(path, GENERIC_READ | GENERIC_WRITE, alone ? 0 : all, NULL,
                                    OPEN_EXISTING, 0, NULL);
        assert_true(writer != INVALID_HANDLE_VALUE);
#else
        int writer = open(path, O_RDWR);
        assert_true(writer >= 0 && flock(writer, alone ? LOCK_EX : LOCK_SH) == 0);
#endif
        error_clear(&err);
        struct folder_file *file = folder_open_shared(path, &version, &err);
        CHECK_INT("opened", alone == 0, file != NULL);
        CHECK_INT("opened", alone == 0 ? ERR_NONE : ERR_BUSY, err.kind);
        if (file != NULL) {
            CHECK_INT("size", 10, version.size);
            DO(folder_read_at(file, 4, bytes, 4, &got, &err));
            CHECK_INT("in the middle", 4, got);
            assert_memory_equal("4567", bytes, 4);
            DO(folder_read_at(file, 0, bytes, 2, &got, &err));
            assert_memory_equal("01", bytes, 2);
            DO(folder_read_at(file, 8, bytes, 8, &got, &err));
            CHECK_INT("at the end", 2, got);
            DO(folder_read_at(file, 4000, bytes, 8, &got, &err));
            CHECK_INT("past it", 0, got);
#ifdef _WIN32
            /* Nobody is kept out by it, but who wants it for himself alone. */
            HANDLE other = CreateFileA(path, GENERIC_WRITE, all, NULL, OPEN_EXISTING, 0, NULL);
            assert_true(other != INVALID_HANDLE_VALUE);
            CloseHandle(other);
#else
            int other = open(path, O_RDWR);
            assert_true(other >= 0 && flock(writer, LOCK_EX | LOCK_NB) == 0);
            close(other);
#endif
        }
        folder_close(file);
#ifdef _WIN32
        CloseHandle(writer);
#else
        close(writer);
#endif
    }
    error_clear(&err);
    assert_null(folder_open_shared(scratch_path("gone.mdb"), &version, &err));
    CHECK_INT("gone", ERR_NOT_FOUND, err.kind);
}

static void the_clocks_go(void **state)
{
    (void)state;
    int64_t before = clock_steady_ms();
    assert_true(clock_unix() > 1600000000);
    assert_true(clock_steady_ms() >= before && clock_steady() == clock_steady_ms() / 1000);
    int64_t off = clock_zone.local(clock_zone.context, 1700000000) - 1700000000;
    assert_true(off >= -14 * 3600 && off <= 14 * 3600 && off % 900 == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns),
        SCRATCH_TEST(a_file_with_two_names_is_left_alone),
        SCRATCH_TEST(creating_writes_through_no_other_name),
#ifndef _WIN32
        SCRATCH_TEST(links_are_not_followed),
#endif
        SCRATCH_TEST(another_file_of_the_same_size_is_another_version),
        SCRATCH_TEST(beside_a_writer),
        cmocka_unit_test(the_clocks_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
