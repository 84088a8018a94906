/*
 * Lines of logs that nobody understood hold back what head office is told is complete, until a
 * person has looked.
 */
#include "log_folder.h"

#include "outbox/outbox_feed.h"
#include "outbox/outbox_proof.h"
#include "outbox/outbox_rejected.h"

#define AT_8 "1 7 14/01/2026 08:00:00 1 T\r\n"
#define AT_9 "2 8 14/01/2026 09:00:00 1 T\r\n"
#define AT_10 "3 7 14/01/2026 10:00:00 1 T\r\n"
#define AT_11 "4 8 14/01/2026 11:00:00 1 T\r\n"
#define BAD "9 7 31/02/2026 09:30:00 1 T\r\n"
#define HEAD "No\tMchn\tEnNo\tName\tMode\tIOMd\tDateTime\r\n"
#define NOTHING "none"

static const char sn[] = "HIP_DEVICE_1";

/* "2026-01-14 10:00:00 file", as head office would be told; what each_held_back says agrees. */
static bool add_hold(void *context, const char *of, walltime from)
{
    struct outbox_proof *proof = context;
    if (strcmp(of, proof->sn) == 0 && from < proof->through + 1) {
        proof->through = from - 1;
    }
    return true;
}

static void check_complete(const char *input, const char *of, const char *expected)
{
    struct outbox_complete complete;
    struct outbox_proof proof;
    char time[WALLTIME_TEXT_MAX];
    char text[64] = NOTHING;
    DO(outbox_complete(folder.outbox, of, &complete, &err));
    if (complete.complete) {
        snprintf(text, sizeof text, "%s %s", walltime_text(complete.through, time),
                 outbox_proof_words[complete.proof]);
    }
    CHECK_TEXT(input, expected, text);
    DO(outbox_proof(folder.outbox, of, &proof, &err));
    if (proof.proof != OUTBOX_PROOF_NONE) {
        DO(outbox_each_held_back(folder.outbox, add_hold, &proof, &err));
        CHECK_INT(input, complete.complete ? complete.through : -1, proof.through);
    }
}

/* It lies there, is read, goes up, and is archived. */
static void take_log(const char *name, const char *text)
{
    put_log(name, text);
    pass(SCAN_READ);
    upload_all();
    pass(SCAN_ARCHIVE);
}

static int64_t aside(void)
{
    return query(folder.outbox, "SELECT COUNT(*) FROM rejected WHERE settled_s = 0");
}

static void settle_all(void)
{
    const struct outbox_settling all = {.to = INT64_MAX, .reason = "looked: no punch"};
    size_t count = 0;
    DO(outbox_begin(folder.outbox, &err));
    DO(outbox_settle_rejected(folder.outbox, &all, 5000, &count, &err));
    DO(outbox_commit(folder.outbox, &err));
}

static void where_it_stands_says_from_when(void **state)
{
    static const struct {
        const char *input;
        const char *text;
        int64_t aside;
        const char *held, *settled;
    } cases[] = {
        {"all understood", AT_8 AT_9 AT_10, 0, "2026-01-14 10:00:00 file",
         "2026-01-14 10:00:00 file"},
        {"in the middle", AT_8 AT_9 BAD AT_10, 1, "2026-01-14 08:59:59 file",
         "2026-01-14 10:00:00 file"},
        {"two", AT_8 BAD AT_9 "x\r\n" AT_10, 2, "2026-01-14 07:59:59 file",
         "2026-01-14 10:00:00 file"},
        {"at the end", AT_8 AT_9 AT_10 BAD, 1, "2026-01-14 09:59:59 file",
         "2026-01-14 10:00:00 file"},
        {"before all: of any time", BAD AT_8 AT_9, 1, NOTHING, "2026-01-14 09:00:00 file"},
        {"by person, not by time: likewise", AT_8 AT_10 BAD AT_9 AT_11, 1, NOTHING,
         "2026-01-14 11:00:00 file"},
        {"out of order after it", AT_9 BAD AT_10 AT_8, 1, NOTHING, "2026-01-14 08:00:00 file"},
        {"the same line twice", AT_8 "x\r\n" AT_9 "x\r\n" AT_10, 1, "2026-01-14 07:59:59 file",
         "2026-01-14 10:00:00 file"},
        {"nothing understood", BAD, 1, NOTHING, NOTHING},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        folder_begin(state);
        take_log("a.txt", cases[i].text);
        CHECK_INT(cases[i].input, cases[i].aside, aside());
        check_complete(cases[i].input, sn, cases[i].held);
        settle_all();
        /* The file's newest line is the last of a sorted one only. */
        if (strstr(cases[i].input, "out of order") == NULL) {
            check_complete(cases[i].input, sn, cases[i].settled);
        }
        folder_end(state);
    }
}

static void later_logs_do_not_get_past_it(void **state)
{
    (void)state;
    folder.unix_s = 1768435200; /* 2026-01-15 00:00:00 */
    take_log("a.txt", AT_8);
    check_complete("proven", sn, "2026-01-14 08:00:00 file");
    take_log("strange.txt", BAD);
    assert_true(there(log_path("strange.txt")));
    take_log("b.txt", AT_9 BAD AT_10);
    take_log("c.txt", AT_11);
    check_complete("held where it came", sn, "2026-01-14 08:00:00 file");
    put_log("strange.txt", AT_10); /* that file was mended: the other one was not */
    folder.unix_s += 10;
    take_log("strange.txt", AT_10);
    CHECK_INT("still", 1, aside());
    settle_all();
    take_log("e.txt", AT_9 "x\r\n" AT_10);
    check_complete("held by the line", sn, "2026-01-14 08:59:59 file");
    settle_all();
    check_complete("looked at", sn, "2026-01-14 11:00:00 file");
    take_log("d.txt", AT_9 BAD AT_10 AT_11);
    CHECK_INT("the same line is settled", 0, aside());
    check_complete("once more in another log", sn, "2026-01-14 11:00:00 file");
}

/* One record, however many logs it stands in: it holds from where it stands earliest. */
static void the_same_line_in_an_older_log(void **state)
{
    (void)state;
    take_log("b.txt", AT_9 "x\r\n" AT_10);
    check_complete("in the newer one", sn, "2026-01-14 08:59:59 file");
    take_log("a.txt", "1 7 13/01/2026 08:00:00 1 T\r\nx\r\n2 8 13/01/2026 09:00:00 1 T\r\n");
    CHECK_INT("one", 1, aside());
    check_complete("in the older one too", sn, "2026-01-13 07:59:59 file");
}

static void the_same_line_in_a_log_out_of_order(void **state)
{
    (void)state;
    put_log("a.txt", AT_9 "x\r\n" AT_10);
    pass(SCAN_READ);
    take_log("b.txt", AT_11 "x\r\n" AT_8);
    CHECK_INT("one", 1, aside());
    check_complete("of any time", sn, NOTHING);
}

static void what_is_understood_later_no_longer_holds(void **state)
{
    (void)state;
    put_log("a.txt", AT_8 "2 8 14/01/20");
    pass(SCAN_READ);
    CHECK_INT("half a line", 1, aside());
    folder.unix_s += 10;
    take_log("a.txt", AT_8 AT_9 AT_10);
    CHECK_INT("whole", 0, aside());
    check_complete("whole", sn, "2026-01-14 10:00:00 file");
}

/* The machine of a line that is not understood is not known. */
static void a_log_of_several_machines(void **state)
{
    (void)state;
    take_log("glog.txt", HEAD "000001\t1\t7\t\t1\t0\t2026/01/14  08:00:00\r\n"
                              "000002\t2\t8\t\t1\t0\t2026/01/14  09:00:00\r\n"
                              "000003\t1\t7\t\t1\t0\t2026/02/31  10:00:00\r\n"
                              "000004\t1\t7\t\t1\t0\t2026/01/14  11:00:00\r\n"
                              "000005\t2\t7\t\t1\t0\t2026/01/14  12:00:00\r\n");
    CHECK_INT("aside", 1, aside());
    check_complete("1", "HIP_DEVICE_1-1", "2026-01-14 08:59:59 file");
    check_complete("2", "HIP_DEVICE_1-2", "2026-01-14 08:59:59 file");
    settle_all();
    check_complete("1", "HIP_DEVICE_1-1", "2026-01-14 11:00:00 file");
    check_complete("2", "HIP_DEVICE_1-2", "2026-01-14 12:00:00 file");
}

/* What the terminal itself has proven, a program's export does not unsay. */
static void other_proofs_stand(void **state)
{
    (void)state;
    take_log("a.txt", AT_8 BAD AT_9);
    check_complete("by the log", sn, "2026-01-14 07:59:59 file");
    walltime next_day = 0;
    assert_true(walltime_parse_iso(SPAN("2026-01-15 00:00:00"), &next_day));
    DO(outbox_begin(folder.outbox, &err));
    DO(outbox_prove(folder.outbox, sn, OUTBOX_PROOF_COUNTED, next_day, 5000, &err));
    DO(outbox_commit(folder.outbox, &err));
    check_complete("counted", sn, "2026-01-15 00:00:00 counted");
}

static void a_person_has_seen_enough(void **state)
{
    (void)state;
    FILE *file = fopen(log_path("a.txt"), "wb");
    assert_non_null(file);
    fputs(AT_8, file);
    for (int i = 0; i < 1500; i++) {
        fprintf(file, "strange %d\r\n", i);
    }
    fputs(AT_9, file);
    assert_int_equal(fclose(file), 0);
    pass(SCAN_READ);
    CHECK_INT("all are in the file beside the archive", 1500, folder.sums.rejected);
    CHECK_INT("the first here", 1000, aside());
    upload_all();
    pass(SCAN_ARCHIVE);
    check_complete("held", sn, "2026-01-14 07:59:59 file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(where_it_stands_says_from_when),
        FOLDER_TEST(later_logs_do_not_get_past_it),
        FOLDER_TEST(the_same_line_in_an_older_log),
        FOLDER_TEST(the_same_line_in_a_log_out_of_order),
        FOLDER_TEST(what_is_understood_later_no_longer_holds),
        FOLDER_TEST(a_log_of_several_machines),
        FOLDER_TEST(other_proofs_stand),
        FOLDER_TEST(a_person_has_seen_enough),
    };
    return cmocka_run_group_tests_name("scan_holds", tests, NULL, NULL);
}
