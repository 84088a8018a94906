/* How often the disk is asked for the pages of a file, and for how many. */
#include "att.h"
#include "vendor/vendor_private.h"

enum { PAGES = 3000 };

static struct vendor_file file;

/* A file whose pages from the second on have their number in each word. */
static void write_pages(void)
{
    static struct build build;
    FILE *out = fopen(scratch_path("pages.mdb"), "wb");
    assert_non_null(out);
    build_begin(&build, false);
    assert_int_equal(JET_PAGE, fwrite(build.bytes, 1, JET_PAGE, out));
    build_end(&build);
    for (uint32_t number = 1; number < PAGES; number++) {
        uint32_t words[JET_PAGE / sizeof(uint32_t)];
        for (size_t i = 0; i < HB_COUNT(words); i++) {
            words[i] = number;
        }
        assert_int_equal(JET_PAGE, fwrite(words, 1, JET_PAGE, out));
    }
    assert_int_equal(0, fclose(out));
}

struct asked {
    int64_t times, pages;
};

/* A page that the window does not have is asked of the disk: alone, or with all that it then has.
 */
static void read_one(const char *name, uint32_t number, struct asked *asked)
{
    uint32_t words[JET_PAGE / sizeof(uint32_t)];
    bool there = number >= file.first && number - file.first < file.held;
    if (!file.pages.read(file.pages.context, number, (uint8_t *)words, &err)) {
        fail_msg("[%s] page %u: %s", name, (unsigned)number, err.text);
    }
    CHECK_INT(name, number, words[0]);
    CHECK_INT(name, number, words[HB_COUNT(words) - 1]);
    bool windowed = number >= file.first && number - file.first < file.held;
    asked->times += !there;
    asked->pages += there ? 0 : windowed ? file.held : 1;
}

struct stretch {
    uint32_t from, to;         /* pages one after the other, all but the last */
    uint32_t elsewhere, count; /* where each has so many pointers to, one page after the other */
};

/* As a pass reads: a page, twice what it points to, the next page. */
static void read_stretch(const char *name, const struct stretch *stretch, struct asked *asked)
{
    uint32_t elsewhere = stretch->elsewhere;
    for (uint32_t number = stretch->from; number < stretch->to; number++) {
        read_one(name, number, asked);
        for (uint32_t i = 0; i < 2 * stretch->count; i++) {
            read_one(name, elsewhere + i % stretch->count, asked);
        }
        elsewhere += stretch->count;
    }
}

static void test_reads(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct stretch stretches[3];
        int64_t times, pages; /* at most */
    } cases[] = {
        {"from the beginning", {{1, 2000, 0, 0}}, 8, 2048},
        {"behind a gap", {{1, 11, 0, 0}, {1000, 2000, 0, 0}}, 11, 1280},
        {"gaps that the window spans", {{1, 11, 0, 0}, {500, 510, 0, 0}, {700, 710, 0, 0}}, 2, 512},
        {"back", {{1500, 1600, 0, 0}, {1, 101, 0, 0}}, 12, 250},
        {"a pointer of each", {{1, 201, 2000, 1}}, 401, 656},
        {"two pointers of each", {{1, 201, 2000, 2}}, 220, 1000},
    };
    assert_int_equal(0, scratch_begin());
    write_pages();
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct asked asked = {0, 0};
        DO(vendor_file_open(&file, scratch_path("pages.mdb"), &err));
        for (size_t n = 0; n < HB_COUNT(cases[i].stretches); n++) {
            read_stretch(cases[i].name, &cases[i].stretches[n], &asked);
        }
        if (asked.times > cases[i].times || asked.pages > cases[i].pages) {
            fail_msg("[%s] asked %lld times for %lld pages", cases[i].name, (long long)asked.times,
                     (long long)asked.pages);
        }
        vendor_file_close(&file);
    }
    (void)file_remove(scratch_path("pages.mdb"), NULL);
    scratch_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_reads)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
