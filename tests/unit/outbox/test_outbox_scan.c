#include "outbox/outbox_scan.h"
#include "scratch_outbox.h"

static struct outbox *outbox;

static int begin(void **state)
{
    (void)state;
    outbox = new_outbox();
    return 0;
}

static int end(void **state)
{
    (void)state;
    return drop_outbox(outbox);
}

struct seen {
    char text[512];
    int64_t turn;
    size_t stop_after; /* 0: never */
    size_t count;
};

static bool see(void *context, const struct outbox_scan_file *file)
{
    struct seen *seen = context;
    size_t used = strlen(seen->text);
    assert_true(file->turn > seen->turn);
    seen->turn = file->turn;
    snprintf(seen->text + used, sizeof seen->text - used,
             "%s %d %lld/%lld %llu %llu %llu %llu %s\n", file->name, (int)file->state,
             (long long)file->done, (long long)file->size, (unsigned long long)file->new_count,
             (unsigned long long)file->known_count, (unsigned long long)file->ignored_count,
             (unsigned long long)file->rejected_count, file->detail);
    seen->count++;
    return seen->count != seen->stop_after;
}

static void note(const char *name, enum outbox_scan_state state, const char *detail)
{
    struct outbox_scan_file file = {.state = state,
                                    .size = 10,
                                    .done = 5,
                                    .new_count = 1,
                                    .known_count = 2,
                                    .ignored_count = 3,
                                    .rejected_count = 4};
    snprintf(file.name, sizeof file.name, "%s", name);
    snprintf(file.detail, sizeof file.detail, "%s", detail);
    DO(outbox_scan_note(outbox, &file, &err));
}

static void changes_are_told_in_their_order(void **state)
{
    (void)state;
    struct outbox_scan run;
    struct seen seen = {.text = ""};
    DO(outbox_begin(outbox, &err));
    DO(outbox_scan_begin(outbox, 100, &run, &err));
    CHECK_INT("the first run", 1, run.number);
    note("a.txt", OUTBOX_SCAN_READING, "");
    note("b.txt", OUTBOX_SCAN_IN_USE, "");
    DO(outbox_commit(outbox, &err));
    DO(outbox_each_scan_file(outbox, 0, see, &seen, &err));
    CHECK_TEXT("both", "a.txt 0 5/10 1 2 3 4 \nb.txt 3 5/10 1 2 3 4 \n", seen.text);

    DO(outbox_begin(outbox, &err));
    note("a.txt", OUTBOX_SCAN_ARCHIVED, "a-2.txt");
    DO(outbox_commit(outbox, &err));
    seen.text[0] = '\0';
    DO(outbox_each_scan_file(outbox, seen.turn, see, &seen, &err));
    CHECK_TEXT("what changed", "a.txt 2 5/10 1 2 3 4 a-2.txt\n", seen.text);

    seen = (struct seen){.text = "", .stop_after = 1};
    DO(outbox_each_scan_file(outbox, 0, see, &seen, &err));
    CHECK_TEXT("each file once; ended by the visitor", "b.txt 3 5/10 1 2 3 4 \n", seen.text);
}

static void the_last_run_alone_is_kept(void **state)
{
    (void)state;
    struct outbox_scan run;
    struct seen seen = {.text = ""};
    DO(outbox_scan_read(outbox, &run, &err));
    CHECK_INT("none yet", 0, run.number);
    DO(outbox_begin(outbox, &err));
    DO(outbox_scan_begin(outbox, 100, &run, &err));
    note("a.txt", OUTBOX_SCAN_FAILED, "why");
    run.read_s = 110;
    run.ended_s = 120;
    snprintf(run.trouble, sizeof run.trouble, "no folder");
    DO(outbox_scan_save(outbox, &run, &err));
    DO(outbox_commit(outbox, &err));

    struct outbox *reader = outbox_open_readonly(scratch_path("outbox.db"), &err);
    assert_non_null(reader);
    DO(outbox_scan_read(reader, &run, &err));
    outbox_close(reader);
    CHECK_INT("began", 100, run.began_s);
    CHECK_INT("read", 110, run.read_s);
    CHECK_INT("ended", 120, run.ended_s);
    CHECK_TEXT("trouble", "no folder", run.trouble);

    DO(outbox_begin(outbox, &err));
    DO(outbox_scan_begin(outbox, 200, &run, &err));
    DO(outbox_commit(outbox, &err));
    CHECK_INT("the second run", 2, run.number);
    CHECK_INT("not ended", 0, run.ended_s);
    CHECK_TEXT("no trouble", "", run.trouble);
    DO(outbox_each_scan_file(outbox, 0, see, &seen, &err));
    CHECK_TEXT("no file", "", seen.text);
}

static void nothing_is_written_outside_a_transaction(void **state)
{
    (void)state;
    struct outbox_scan run = {.number = 1};
    struct outbox_scan_file file = {.name = "a.txt"};
    assert_false(outbox_scan_begin(outbox, 1, &run, &err));
    assert_false(outbox_scan_save(outbox, &run, &err));
    assert_false(outbox_scan_note(outbox, &file, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(changes_are_told_in_their_order, begin, end),
        cmocka_unit_test_setup_teardown(the_last_run_alone_is_kept, begin, end),
        cmocka_unit_test_setup_teardown(nothing_is_written_outside_a_transaction, begin, end),
    };
    return cmocka_run_group_tests_name("outbox_scan", tests, NULL, NULL);
}
