#include "check.h"
#include "scratch.h"

#include "system/spool.h"

static void test_a_spool_is_gone_when_closed(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    uint8_t bytes[8];
    const char *path = scratch_path("a.spool");
    struct spool *spool = spool_open(path, &err);
    assert_non_null(spool);
    DO(spool_write(spool, 0, (const uint8_t *)"abcdef", 6, &err));
    DO(spool_write(spool, 2, (const uint8_t *)"XY", 2, &err));
    DO(spool_write(spool, 6, (const uint8_t *)"gh", 2, &err));
    DO(spool_read(spool, 0, bytes, 8, &err));
    assert_memory_equal(bytes, "abXYefgh", 8);
    DO(spool_read(spool, 3, bytes, 2, &err));
    assert_memory_equal(bytes, "Ye", 2);
    assert_false(spool_read(spool, 4, bytes, 8, &err));
    CHECK_INT("kind", ERR_CORRUPT, err.kind);
    assert_true(file_exists(path));
    spool_close(spool);
    assert_false(file_exists(path));
}

/* Writes and reads in any order, many where the last one ended, beside the same in memory. */
static void test_as_memory_would(void **state)
{
    enum { SIZE = 100000, TIMES = 4000, MOST = 9000 };
    static uint8_t memory[SIZE];
    static uint8_t bytes[MOST];
    uint32_t draw = 19;
    size_t end = 0;
    size_t at = 0;
    struct error err = ERROR_INIT;
    (void)state;
    struct spool *spool = spool_open(scratch_path("c.spool"), &err);
    assert_non_null(spool);
    for (int i = 0; i < TIMES; i++) {
        draw = draw * 1664525 + 1013904223;
        size_t len = (draw >> 8) % (i % 2 == 0 ? 50 : MOST);
        at = (draw >> 28) < 9 ? at : end == 0 ? 0 : draw % end; /* on, as a rule */
        len = len < SIZE - at ? len : SIZE - at;
        if ((draw >> 4) % 2 == 0) {
            memset(bytes, i, len);
            DO(spool_write(spool, at, bytes, len, &err));
            memset(memory + at, i, len);
            end = at + len > end ? at + len : end;
        } else if (at + len > end) {
            assert_false(spool_read(spool, at, bytes, len, &err));
            CHECK_INT("beyond the end", ERR_CORRUPT, err.kind);
            error_clear(&err);
            continue;
        } else {
            DO(spool_read(spool, at, bytes, len, &err));
            assert_memory_equal(bytes, memory + at, len);
        }
        at += len;
    }
    CHECK_INT("all of it was written", true, end > SIZE - MOST);
    spool_close(spool);
}

static void test_what_is_kept_and_cleared(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    uint8_t bytes[4];
    char *all = NULL;
    size_t len = 0;
    const char *path = scratch_path("b.spool");
    const char *kept = scratch_path("kept.bin");
    struct spool *spool = spool_open(path, &err);
    assert_non_null(spool);
    DO(spool_write(spool, 0, (const uint8_t *)"12345", 5, &err));
    DO(spool_keep(spool, 4, kept, &err));
    DO(file_read(kept, 100, &all, &len, &err));
    CHECK_INT("kept", 4, len);
    assert_memory_equal(all, "1234", 4);
    free(all);
    DO(spool_clear(spool, &err));
    assert_false(spool_read(spool, 0, bytes, 1, &err));
    DO(spool_write(spool, 0, (const uint8_t *)"z", 1, &err));
    spool_close(spool);
    DO(file_remove(kept, &err));
}

static void test_nowhere_to_be_made(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    const char *path = scratch_path("no-folder/a.spool");
    assert_null(spool_open(path, &err));
    assert_true(err.text[0] != '\0');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_spool_is_gone_when_closed, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_as_memory_would, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_what_is_kept_and_cleared, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_nowhere_to_be_made, scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
