/* A person who is forgotten leaves nothing but keyed hashes, and doesn't come back. */
#include <stdlib.h>

#include "outbox_disk.h"
#include "outbox_punches.h"
#include "outbox/outbox_command.h"
#include "outbox/outbox_event.h"
#include "outbox/outbox_forget.h"
#include "outbox/outbox_note.h"
#include "outbox/outbox_order.h"
#include "outbox/outbox_pull.h"
#include "outbox/outbox_rejected.h"
#include "outbox/outbox_salvage.h"
#include "outbox/outbox_scan.h"
#include "outbox/outbox_vendor.h"
#include "system/file.h"
#include "vfs_shim.h"

#define HIS "90417"
#define LINE HIS "\t2026-01-15 08:00:99\t0"

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

static void reject_of(const char *user, const char *line, walltime time)
{
    enum outbox_kept kept;
    const struct outbox_rejection rejection = {.device_sn = "SN1",
                                               .bytes = span_of(line),
                                               .reason = "no time: " HIS,
                                               .wall = 5,
                                               .time = time,
                                               .user = user};
    DO(outbox_reject(outbox, &rejection, 100, &kept, &err));
}

static struct outbox_forgotten forget(const char *user)
{
    struct outbox_forgotten gone;
    DO(outbox_forget(outbox, user, 7000, &gone, &err));
    return gone;
}

static int64_t keys(const char *sn, walltime through)
{
    int64_t count = 0;
    DO(outbox_delivered_keys(outbox, sn, through, &count, &err));
    return count;
}

/* Rows in the database and waiting, pruned ones, refused, set aside, slots, reasons: of two people.
 */
static void fill_all(void)
{
    DO(outbox_begin(outbox, &err));
    for (walltime time = 1; time <= 300; time++) {
        add(outbox, "SN1", time % 2 == 0 ? HIS : "90418", time, 0);
    }
    add(outbox, "SN2", HIS, 400, 0);
    DO(outbox_commit(outbox, &err));
    advance(outbox, 200);
    size_t count = 0;
    DO(outbox_begin(outbox, &err));
    DO(outbox_prune(outbox, 1050, 1000, &count, &err));
    CHECK_INT("pruned", 49, count);
    DO(outbox_refuse(outbox, 100, 1062, "duplicate " HIS, 60, &err));
    reject_of("", LINE, 0);
    reject_of(HIS, HIS "\tno status", 500);
    reject_of("", "90418\t2026-01-15 08:00:99\t0", 0);
    DO(outbox_slot(outbox, "SN1", 3, HIS, 100, &err));
    DO(outbox_slot(outbox, "SN1", 4, "90418", 100, &err));
    DO(outbox_person_add(outbox, 7, 12, HIS, &err));
    DO(outbox_person_add(outbox, 7, 13, "90418", &err));
    DO(outbox_persons_settle(outbox, 100, &err));
    DO(outbox_typed_save(outbox, 12, 900, &err));
    DO(outbox_typed_save(outbox, 13, 900, &err));
    DO(outbox_commit(outbox, &err));
}

static void nothing_is_left(void **state)
{
    (void)state;
    fill_all();
    int64_t before = keys("SN1", INT64_MAX);
    int64_t through = keys("SN1", 150);
    assert_true(anywhere(span_of(HIS)) > 100);
    struct outbox_forgotten look;
    DO(outbox_forget_look(outbox, HIS, &look, &err));
    CHECK_INT("nothing was changed", 1, anywhere(span_of(HIS)) > 100);
    struct outbox_forgotten gone = forget(HIS);
    assert_memory_equal(&look, &gone, sizeof gone);
    CHECK_INT("punches", 126 + 1, gone.punches);
    CHECK_INT("waiting", 51, gone.waiting);
    CHECK_INT("a slot, a person and his badge", 3, gone.slots);
    CHECK_INT("aside", 2, gone.aside);
    CHECK_INT("before", 0, gone.before);
    CHECK_INT("file", 0, on_disk("", span_of(HIS)));
    CHECK_INT("log", 0, on_disk("-wal", span_of(HIS)));
    assert_true(anywhere(span_of("90418")) > 100);
    CHECK_INT("typed in", 1, query(outbox, "SELECT count(*) FROM vendor_typed"));
    CHECK_INT("the other's", 13, query(outbox, "SELECT number FROM vendor_typed"));
    CHECK_INT("keys", before, keys("SN1", INT64_MAX));
    CHECK_INT("keys through", through, keys("SN1", 150));
    CHECK_INT("again", 1, forget(HIS).before);
}

static size_t waiting_count(void)
{
    struct batch *batch = batch_new(1000, 1 << 20);
    assert_non_null(batch);
    DO(outbox_waiting(outbox, 1000, batch, &err));
    size_t count = batch->count;
    for (size_t i = 0; i < count; i++) {
        CHECK_TEXT("the other's alone", "90418", batch->rows[i].punch.user_id);
        assert_true(i == 0 || batch->rows[i].punch.time > batch->rows[i - 1].punch.time);
    }
    batch_free(batch);
    return count;
}

/* What waits beside him still waits, is counted, and gets through. */
static void the_others_go_on(void **state)
{
    (void)state;
    fill_all();
    CHECK_INT("all", 101, counts_of(outbox).waiting);
    forget(HIS);
    struct outbox_counts counts = counts_of(outbox);
    CHECK_INT("waiting", 50, counts.waiting);
    CHECK_INT("waiting", 50, waiting_count());
    CHECK_INT("no gap", counts.last_id - counts.cursor, 50);
    CHECK_INT("uploaded", 75, counts.uploaded);
    advance(outbox, counts.last_id);
    CHECK_INT("none waits", 0, counts_of(outbox).waiting);
    DO(outbox_begin(outbox, &err));
    CHECK_INT("a new one", OUTBOX_NEW, add(outbox, "SN1", "90418", 5001, 0));
    DO(outbox_commit(outbox, &err));
    CHECK_INT("waits", 1, counts_of(outbox).waiting);
}

/* He is the newest that waits, and all that waits. */
static void nobody_else_waits(void **state)
{
    (void)state;
    DO(outbox_begin(outbox, &err));
    add(outbox, "SN1", "90418", 1, 0);
    add(outbox, "SN1", HIS, 2, 0);
    add(outbox, "SN1", HIS, 3, 0);
    DO(outbox_commit(outbox, &err));
    advance(outbox, 1);
    forget(HIS);
    CHECK_INT("waiting", 0, counts_of(outbox).waiting);
    CHECK_INT("uploaded", 1, counts_of(outbox).uploaded);
    DO(outbox_begin(outbox, &err));
    CHECK_INT("a new one", OUTBOX_NEW, add(outbox, "SN1", "90418", 9, 0));
    DO(outbox_commit(outbox, &err));
    CHECK_INT("waits", 1, counts_of(outbox).waiting);
    CHECK_INT("waits", 1, waiting_count());
}

/* Each way by which he could come back, in a connection that knows it from the file alone. */
static void he_does_not_come_back(void **state)
{
    (void)state;
    fill_all();
    forget(HIS);
    outbox_close(outbox);
    outbox = open_outbox((struct outbox_options){.skip_pushed = true});
    int64_t before = keys("SN1", INT64_MAX);
    struct outbox_file file;
    char user[PUNCH_USER_MAX + 1];
    bool known = false;
    DO(outbox_begin(outbox, &err));
    DO(outbox_file_begin(outbox, "log.txt", &file, &err));
    for (walltime time = 2; time <= 300; time += 2) {
        CHECK_INT("resent", OUTBOX_IGNORED, add(outbox, "SN1", HIS, time, 0));
        CHECK_INT("a log's", OUTBOX_IGNORED, add(outbox, "HIP", HIS, time, file.id));
    }
    DO(outbox_commit(outbox, &err));
    CHECK_INT("counted once", before, keys("SN1", INT64_MAX));
    DO(outbox_begin(outbox, &err));
    CHECK_INT("he punches again", OUTBOX_IGNORED, add(outbox, "SN1", HIS, 9000, 0));
    CHECK_INT("and again", OUTBOX_IGNORED, add(outbox, "SN1", HIS, 9000, 0));
    /* the terminal's list of users, and what it gives for his slot */
    DO(outbox_slot(outbox, "SN1", 3, HIS, 10000, &err));
    DO(outbox_slot(outbox, "SN2", 3, HIS, 10000, &err));
    DO(outbox_slot_user(outbox, "SN1", 3, 9500, user, &known, &err));
    CHECK_INT("known", 1, known);
    CHECK_INT("a mark", PUNCH_FORGOTTEN, user[0]);
    CHECK_INT("by his slot", OUTBOX_IGNORED, add(outbox, "SN1", user, 9000, 0));
    CHECK_INT("by his slot", OUTBOX_IGNORED, add(outbox, "SN1", user, 9500, 0));
    CHECK_INT("by his number", OUTBOX_IGNORED, add(outbox, "SN1", HIS, 9500, 0));
    /* the vendor's database, read once more */
    struct outbox_person person;
    struct punch punch = punch_of("HIP", HIS, 9500);
    DO(outbox_persons_clear(outbox, 7, &err));
    DO(outbox_person_add(outbox, 7, 12, HIS, &err));
    DO(outbox_persons_settle(outbox, 200, &err));
    DO(outbox_person(outbox, 12, &person, &err));
    CHECK_INT("the same person", 0, person.changed);
    CHECK_INT("a mark", PUNCH_FORGOTTEN, person.badge[0]);
    CHECK_INT("by his badge", OUTBOX_IGNORED,
              add(outbox, "HIP", person.badge, 9500, OUTBOX_SOURCE_ACCESS));
    DO(outbox_holds(outbox, &punch, OUTBOX_SOURCE_ACCESS, &known, &err));
    CHECK_INT("nothing to append", 1, known);
    /* lines that are not understood */
    reject_of("", LINE, 0);
    reject_of(HIS, HIS "\tno status", 500);
    reject_of("", "PIN=" HIS "\tName=Somchai\n90418\tx", 0);
    CHECK_INT("another", OUTBOX_NEW, add(outbox, "SN1", "90419", 9000, 0));
    DO(outbox_commit(outbox, &err));
    CHECK_INT("each new one is counted", before + 2 + 1 + 1, keys("SN1", INT64_MAX));
    CHECK_INT("none of his waits", 51, counts_of(outbox).waiting);
    outbox_close(outbox);
    outbox = open_outbox((struct outbox_options){.skip_pushed = true});
    CHECK_INT("anywhere", 0, anywhere(span_of(HIS)));
    CHECK_INT("his name", 0, anywhere(span_of("Somchai")));
}

static bool count_aside(void *context, const struct outbox_rejected *rejected)
{
    size_t *open = context;
    *open += rejected->settled_s == 0;
    return true;
}

/* The same line again is the same record, though it is kept otherwise than it came. */
static void a_line_again_is_one_record(void **state)
{
    (void)state;
    size_t open = 0;
    fill_all();
    int64_t before = keys("SN1", INT64_MAX);
    forget(HIS);
    DO(outbox_begin(outbox, &err));
    reject_of("", LINE, 0);
    DO(outbox_commit(outbox, &err));
    DO(outbox_each_rejected(outbox, 100, true, count_aside, &open, &err));
    CHECK_INT("records", 3, open);
    CHECK_INT("one delivery", before, keys("SN1", INT64_MAX));
}

/* What is told of later, by whatever has a text. */
static void what_is_told_later(void **state)
{
    (void)state;
    struct outbox_event told = {.event = 7, .about = "SN1", .last_s = 5};
    struct outbox_pull pull = {.sn = "SN1", .why = "no list of users has " HIS};
    struct outbox_scan_file scanned = {
        .name = "a.txt", .state = OUTBOX_SCAN_FAILED, .detail = "line 3: " HIS ", no time"};
    struct outbox_order order = {.order.id = 1, .result = "Error=" HIS};
    struct outbox_settling settling = {.to = 1000, .reason = "he says " HIS};
    int64_t id = 0;
    size_t count = 0;
    bool found = false;
    char text[OUTBOX_NOTE_MAX + 1];
    fill_all();
    forget(HIS);
    outbox_close(outbox);
    outbox = open_outbox((struct outbox_options){0});
    snprintf(told.strings, sizeof told.strings, "SN1%cno time: " HIS, OUTBOX_EVENT_SEPARATOR);
    DO(outbox_event_told(outbox, &told, &err));
    DO(outbox_note(outbox, OUTBOX_NOTE_ACCESS_WHY, "no badge " HIS, &err));
    DO(outbox_note(outbox, OUTBOX_NOTE_SYNC_SUMMARY, "no badge 90418", &err));
    DO(outbox_begin(outbox, &err));
    DO(outbox_pull_save(outbox, &pull, &err));
    DO(outbox_scan_note(outbox, &scanned, &err));
    DO(outbox_order_add(outbox, &order, &err));
    DO(outbox_order_save(outbox, &order, &err));
    CHECK_INT("waits", OUTBOX_NEW, add(outbox, "SN1", "90418", 5000, 0));
    DO(outbox_refuse(outbox, query(outbox, "SELECT max(id) FROM punch"), 1, "after " HIS, 6, &err));
    DO(outbox_settle_rejected(outbox, &settling, 7, &count, &err));
    CHECK_INT("settled", 1, count > 0);
    DO(outbox_command_queue(outbox, "SN1", "INFO", OUTBOX_ASKED_BY_HAND, 5, &id, &err));
    DO(outbox_command_sent(outbox, id, 6, &err));
    DO(outbox_command_done(outbox, "SN1", id, 0, SPAN("PIN=" HIS), 7, &found, &err));
    CHECK_INT("answered", 1, found);
    DO(outbox_commit(outbox, &err));
    DO(outbox_noted(outbox, OUTBOX_NOTE_SYNC_SUMMARY, text, &err));
    CHECK_TEXT("another's", "no badge 90418", text);
    CHECK_INT("the terminal", 1,
              query(outbox, "SELECT strings LIKE 'SN1_xx xxxx: xxxxx' FROM told WHERE event = 7"));
    CHECK_INT("anywhere", 0, anywhere(span_of(HIS)));
}

/* A requeue has nothing of his, and an outbox that is saved from damage knows him still. */
static void requeue_and_salvage(void **state)
{
    (void)state;
    struct outbox_salvaged salvaged;
    size_t count = 0;
    fill_all();
    forget(HIS);
    DO(outbox_begin(outbox, &err));
    DO(outbox_requeue_period(outbox, 0, 1000, &count, &err));
    DO(outbox_commit(outbox, &err));
    CHECK_INT("the other's", 75, count);
    outbox_close(outbox);
    const struct outbox_options options = {.skip_pushed = true};
    DO(outbox_salvage(scratch_path("outbox.db"), &options, 100, &salvaged, &err));
    CHECK_INT("all of them", 0, salvaged.forgotten_lost);
    outbox = open_outbox(options);
    DO(outbox_begin(outbox, &err));
    CHECK_INT("still", OUTBOX_IGNORED, add(outbox, "SN1", HIS, 20000, 0));
    CHECK_INT("the other", OUTBOX_NEW, add(outbox, "SN1", "90418", 20000, 0));
    DO(outbox_commit(outbox, &err));
    CHECK_INT("anywhere", 0, anywhere(span_of(HIS)));
    (void)file_remove(salvaged.kept, &err);
}

/* What a list of users has of him, when the list of those who are forgotten can't be read. */
static void the_list_is_damaged(const char *input, const char *sql)
{
    static char rubbish[4096];
    struct outbox_salvaged salvaged;
    char user[PUNCH_USER_MAX + 1];
    bool known = false;
    fill_all();
    forget(HIS);
    int64_t page = query(outbox, "SELECT rootpage FROM sqlite_schema WHERE name = 'forgotten'");
    if (sql != NULL) {
        CHECK_INT(input, SQLITE_OK, sqlite3_exec(outbox->db, sql, NULL, NULL, NULL));
    }
    outbox_close(outbox);
    if (sql == NULL) {
        memset(rubbish, 0xA5, sizeof rubbish);
        FILE *file = fopen(scratch_path("outbox.db"), "r+b");
        assert_non_null(file);
        assert_int_equal(0, fseek(file, (long)(page - 1) * (long)sizeof rubbish, SEEK_SET));
        assert_int_equal(sizeof rubbish, fwrite(rubbish, 1, sizeof rubbish, file));
        fclose(file);
    }
    const struct outbox_options options = {0};
    DO(outbox_salvage(scratch_path("outbox.db"), &options, 100, &salvaged, &err));
    CHECK_INT(input, 1, salvaged.forgotten_lost);
    (void)file_remove(salvaged.kept, &err);
    outbox = open_outbox(options);
    int64_t before = keys("SN1", INT64_MAX);
    DO(outbox_begin(outbox, &err));
    CHECK_INT(input, OUTBOX_NEW, add(outbox, "SN1", HIS, 20000, 0));
    DO(outbox_slot_user(outbox, "SN1", 3, 100, user, &known, &err));
    CHECK_INT(input, PUNCH_FORGOTTEN, user[0]);
    CHECK_INT(input, OUTBOX_IGNORED, add(outbox, "SN1", user, 20001, 0));
    CHECK_INT(input, OUTBOX_IGNORED, add(outbox, "SN1", user, 20001, 0));
    reject_of(user, "no time", 20002);
    DO(outbox_commit(outbox, &err));
    CHECK_INT(input, before + 3, keys("SN1", INT64_MAX));
    CHECK_INT(input, 0, query(outbox, "SELECT count(*) FROM punch WHERE user_id < ' '"));
    CHECK_INT(input, 0,
              query(outbox, "SELECT count(*) FROM rejected WHERE line = x'6E6F2074696D65'"));
    forget(HIS);
    DO(outbox_begin(outbox, &err));
    CHECK_INT(input, OUTBOX_IGNORED, add(outbox, "SN1", HIS, 20000, 0));
    CHECK_INT(input, OUTBOX_IGNORED, add(outbox, "SN1", user, 20001, 0));
    DO(outbox_commit(outbox, &err));
    CHECK_INT(input, 0, anywhere(span_of(HIS)));
}

static void a_mark_is_never_a_punch(void **state)
{
    static const struct {
        const char *input, *sql; /* NULL: rubbish in its place */
    } cases[] = {{"the list", NULL}, {"its key", "UPDATE state SET forget_key = x''"}};
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        the_list_is_damaged(cases[i].input, cases[i].sql);
        (void)end(state);
        (void)begin(state);
    }
}

/* Zeros in front make another user, of whom is told. */
static void zeros_in_front(void **state)
{
    static const struct {
        const char *user, *padded;
    } cases[] = {{"1001", "00001001, 0001001, 01001"},
                 {"01001", "00001001, 0001001, 1001"},
                 {"2001", ""},
                 {"7", ""},
                 {"A1", ""},
                 {"10", ""}};
    struct outbox_forgotten found;
    (void)state;
    DO(outbox_begin(outbox, &err));
    add(outbox, "SN1", "1001", 1, 0);
    add(outbox, "SN1", "00001001", 2, 0);
    add(outbox, "SN1", "00001001", 3, 0);
    add(outbox, "SN1", "11001", 3, 0);
    add(outbox, "SN1", "10010", 3, 0);
    add(outbox, "SN1", "0A1", 3, 0);
    DO(outbox_slot(outbox, "SN1", 3, "01001", 100, &err));
    DO(outbox_person_add(outbox, 7, 12, "0001001", &err));
    DO(outbox_commit(outbox, &err));
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        DO(outbox_forget_look(outbox, cases[i].user, &found, &err));
        CHECK_TEXT(cases[i].user, cases[i].padded, found.padded);
    }
    CHECK_INT("one", 1, forget("1001").punches);
    CHECK_INT("the other", 2, forget("00001001").punches);
}

static void what_is_no_number(void **state)
{
    (void)state;
    static const char *const users[] = {"", "a b", "x'; DROP TABLE punch", "\x02", "1\x7f"};
    struct outbox_forgotten gone;
    for (size_t i = 0; i < HB_COUNT(users); i++) {
        assert_false(outbox_forget(outbox, users[i], 1, &gone, &err));
        CHECK_INT(users[i], ERR_INVALID, err.kind);
        error_clear(&err);
    }
}

/* The service, or anything else, is in the middle of writing: nothing is done. */
static void while_somebody_writes(void **state)
{
    (void)state;
    struct outbox_forgotten gone;
    fill_all();
    struct outbox *other = outbox_open(scratch_path("outbox.db"), NULL, &err);
    assert_non_null(other);
    DO(outbox_begin(other, &err));
    assert_false(outbox_forget(outbox, HIS, 1, &gone, &err));
    CHECK_INT("busy", ERR_BUSY, err.kind);
    error_clear(&err);
    outbox_close(other);
    CHECK_INT("not forgotten", 0, forget(HIS).before);
    CHECK_INT("anywhere", 0, anywhere(span_of(HIS)));
}

/* Or of reading: the log holds what he reads, until he is gone. */
static void while_somebody_reads(void **state)
{
    struct outbox_forgotten gone;
    sqlite3_stmt *reads = NULL;
    (void)state;
    fill_all();
    struct outbox *other = outbox_open_readonly(scratch_path("outbox.db"), &err);
    assert_non_null(other);
    CHECK_INT("prepared", SQLITE_OK,
              sqlite3_prepare_v2(other->db, "SELECT user_id FROM punch", -1, &reads, NULL));
    CHECK_INT("reads", SQLITE_ROW, sqlite3_step(reads));
    assert_false(outbox_forget(outbox, HIS, 1, &gone, &err));
    CHECK_INT("busy", ERR_BUSY, err.kind);
    assert_non_null(strstr(err.text, "it is forgotten"));
    error_clear(&err);
    assert_true(anywhere(span_of(HIS)) > 0);
    sqlite3_finalize(reads);
    outbox_close(other);
    CHECK_INT("was forgotten", 1, forget(HIS).before);
    CHECK_INT("anywhere", 0, anywhere(span_of(HIS)));
}

static int temporary;

static int note_temporary(const char *name, int flags)
{
    (void)name;
    temporary += (flags & SQLITE_OPEN_TEMP_DB) != 0;
    return 0;
}

/* The file is written anew through another file, and never through memory. */
static void not_in_memory(void **state)
{
    static const struct vfs_hooks hooks = {.opened = note_temporary};
    (void)state;
    fill_all();
    outbox_close(outbox);
    assert_int_equal(0, vfs_shim_install(&hooks));
    outbox = open_outbox((struct outbox_options){0});
    /* as the product's own SQLite is built; and so little of it in memory */
    CHECK_INT("set", SQLITE_OK,
              sqlite3_exec(outbox->db, "PRAGMA temp_store = MEMORY; PRAGMA cache_size = 4", NULL,
                           NULL, NULL));
    forget(HIS);
    outbox_close(outbox);
    CHECK_INT("removed", SQLITE_OK, vfs_shim_remove());
    outbox = open_outbox((struct outbox_options){0});
    CHECK_INT("a file", 1, temporary);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_is_left, begin, end),
        cmocka_unit_test_setup_teardown(the_others_go_on, begin, end),
        cmocka_unit_test_setup_teardown(nobody_else_waits, begin, end),
        cmocka_unit_test_setup_teardown(he_does_not_come_back, begin, end),
        cmocka_unit_test_setup_teardown(a_line_again_is_one_record, begin, end),
        cmocka_unit_test_setup_teardown(what_is_told_later, begin, end),
        cmocka_unit_test_setup_teardown(requeue_and_salvage, begin, end),
        cmocka_unit_test_setup_teardown(a_mark_is_never_a_punch, begin, end),
        cmocka_unit_test_setup_teardown(zeros_in_front, begin, end),
        cmocka_unit_test_setup_teardown(what_is_no_number, begin, end),
        cmocka_unit_test_setup_teardown(while_somebody_writes, begin, end),
        cmocka_unit_test_setup_teardown(while_somebody_reads, begin, end),
        cmocka_unit_test_setup_teardown(not_in_memory, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
