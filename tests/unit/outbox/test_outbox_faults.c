/*
 * What the outbox does when the disk fails: every write, sync and truncation of a scenario is made
 * to fail in turn, once or for good, and after each the file is opened again and held against what
 * was promised.
 */
#include "scratch_outbox.h"
#include "outbox/outbox_note.h"
#include "outbox/outbox_rejected.h"
#include "vfs_shim.h"

/* ---- the n-th call fails ---- */

enum fault { FAULT_FULL, FAULT_IO, FAULTS };

static struct {
    bool armed;
    bool for_good;
    enum fault fault;
    int countdown; /* calls until the one that fails */
    int failures;
} faults;

static bool fails(void)
{
    if (!faults.armed || --faults.countdown > 0 || (!faults.for_good && faults.failures > 0)) {
        return false;
    }
    faults.failures++;
    return true;
}

static int fail_write(struct vfs_file *file, const void *bytes, int count, sqlite3_int64 offset)
{
    if (!fails()) {
        return file->real->pMethods->xWrite(file->real, bytes, count, offset);
    }
    /* a part of it may have got there */
    (void)file->real->pMethods->xWrite(file->real, bytes, count / 2, offset);
    return faults.fault == FAULT_FULL ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

static int fail_truncate(struct vfs_file *file, sqlite3_int64 size)
{
    return fails() ? SQLITE_IOERR_TRUNCATE : file->real->pMethods->xTruncate(file->real, size);
}

/* Nothing is synced: the machine does not lose power in this test, and it runs thousands of them.
 */
static int fail_sync(struct vfs_file *file, int flags)
{
    (void)file;
    (void)flags;
    return fails() ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

static int install(void **state)
{
    static const struct vfs_hooks hooks = {
        .write = fail_write, .truncate = fail_truncate, .sync = fail_sync};
    (void)state;
    return vfs_shim_install(&hooks);
}

static int uninstall(void **state)
{
    (void)state;
    return vfs_shim_remove();
}

/* ---- the scenario ---- */

enum { TRANSACTIONS = 8, ROWS = 5, BEFORE = 2 };

enum fate {
    ABSENT,    /* rolled back before the commit: must not be there */
    COMMITTED, /* must be there */
    IN_DOUBT,  /* the commit said no: all of it or nothing */
};

struct run {
    char input[80];
    enum fate fates[TRANSACTIONS + 1];
    int64_t cursor; /* last one committed */
    int64_t cursor_in_doubt;
};

static struct punch punch_of(int transaction, int row)
{
    static const char raw[] =
        "a line of some length, so that more than one page is written each time";
    struct punch punch = {
        .time = transaction * 100 + row, .device_sn = "SN", .user_id = "1", .raw = SPAN(raw)};
    return punch;
}

/* One transaction; returns what became of it. */
static enum fate transact(struct run *run, struct outbox *outbox, int transaction)
{
    struct outbox_counts counts;
    size_t pruned = 0;
    if (!outbox_begin(outbox, &err)) {
        return ABSENT;
    }
    bool good = outbox_counts(outbox, &counts, &err);
    for (int row = 0; good && row < ROWS; row++) {
        struct punch punch = punch_of(transaction, row);
        enum outbox_added added = OUTBOX_KNOWN;
        good = outbox_append(outbox, &punch, 0, 1, &added, &err);
        if (good) {
            CHECK_INT(run->input, OUTBOX_NEW, added);
        }
    }
    int64_t cursor = counts.cursor + 2;
    good = good && outbox_advance(outbox, cursor, 1, &err) &&
           outbox_note(outbox, OUTBOX_NOTE_SERVICE_VERSION, "note of this transaction", &err) &&
           outbox_reject_line(outbox, "SN", SPAN("a line"), "why", 1, &err) &&
           outbox_prune(outbox, 0, 10, &pruned, &err);
    if (!good) {
        outbox_rollback(outbox);
        return ABSENT;
    }
    run->cursor_in_doubt = cursor;
    if (!outbox_commit(outbox, &err)) {
        return IN_DOUBT;
    }
    run->cursor = cursor;
    return COMMITTED;
}

/* Opens the file anew and holds it against the fates. */
static void check_promises(const struct run *run, const char *path)
{
    struct outbox *outbox = outbox_open(path, NULL, &err);
    if (outbox == NULL) {
        fail_msg("[%s] cannot be opened again: %s", run->input, err.text);
    }
    CHECK_INT(run->input, 0,
              query(outbox, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> "
                            "'ok'"));
    for (int transaction = 0; transaction <= TRANSACTIONS; transaction++) {
        char sql[100];
        snprintf(sql, sizeof sql, "SELECT count(*) FROM punch WHERE check_time BETWEEN %d AND %d",
                 transaction * 100, transaction * 100 + 99);
        int64_t rows = query(outbox, sql);
        enum fate fate = run->fates[transaction];
        if ((fate == COMMITTED && rows != ROWS) || (fate == ABSENT && rows != 0) ||
            (fate == IN_DOUBT && rows != 0 && rows != ROWS)) {
            fail_msg("[%s] transaction %d: fate %d, %d rows", run->input, transaction, (int)fate,
                     (int)rows);
        }
    }
    struct outbox_counts counts;
    if (!outbox_counts(outbox, &counts, &err)) {
        fail_msg("[%s] %s", run->input, err.text);
    }
    assert_true(counts.cursor == run->cursor || counts.cursor == run->cursor_in_doubt);
    CHECK_INT(run->input,
              query(outbox, "SELECT count(*) FROM punch WHERE id > (SELECT cursor FROM state)"),
              counts.waiting);
    CHECK_INT(run->input,
              query(outbox, "SELECT count(*) FROM punch WHERE id <= (SELECT cursor FROM state)"),
              counts.uploaded);
    outbox_close(outbox);
}

/* Fails at the n-th call. Returns whether it came to that. */
static bool run_with_fault(enum fault fault, bool for_good, int n)
{
    struct run run = {.cursor = 0};
    const char *path = scratch_path("outbox.db");
    scratch_remove(path);
    snprintf(run.input, sizeof run.input, "%s %s at call %d", fault == FAULT_FULL ? "full" : "i/o",
             for_good ? "for good" : "once", n);
    struct outbox *outbox = open_outbox((struct outbox_options){0});
    /* every other transaction writes the WAL into the file, so that this fails too */
    outbox->checkpoint_pages = 20;
    for (int transaction = 0; transaction < BEFORE; transaction++) {
        run.fates[transaction] = transact(&run, outbox, transaction);
        CHECK_INT(run.input, COMMITTED, run.fates[transaction]);
    }
    memset(&faults, 0, sizeof faults);
    faults.fault = fault;
    faults.for_good = for_good;
    faults.countdown = n;
    faults.armed = true;
    for (int transaction = BEFORE; transaction < TRANSACTIONS; transaction++) {
        int before = faults.failures;
        run.fates[transaction] = transact(&run, outbox, transaction);
        if (run.fates[transaction] != COMMITTED) {
            assert_true(faults.failures > before);
            if (err.kind != ERR_FULL && err.kind != ERR_SYSTEM) {
                fail_msg("[%s] kind %d: %s", run.input, (int)err.kind, err.text);
            }
        }
    }
    faults.armed = false;
    /* the disk is well again: the same connection goes on */
    run.fates[TRANSACTIONS] = transact(&run, outbox, TRANSACTIONS);
    if (run.fates[TRANSACTIONS] != COMMITTED) {
        fail_msg("[%s] the connection is not usable any more: %s", run.input, err.text);
    }
    bool reached = faults.failures > 0;
    faults.armed = for_good; /* closing with a broken disk loses nothing either */
    outbox_close(outbox);
    faults.armed = false;
    check_promises(&run, path);
    return reached;
}

static void what_is_committed_stays_and_nothing_else_whatever_write_fails(void **state)
{
    (void)state;
    int runs = 0;
    for (int fault = 0; fault < FAULTS; fault++) {
        for (int for_good = 0; for_good < 2; for_good++) {
            int n = 1;
            while (run_with_fault((enum fault)fault, for_good != 0, n)) {
                n++;
            }
            assert_true(n > 50);
            runs += n;
        }
    }
    printf("%d runs\n", runs);
}

static void an_outbox_that_cannot_be_made_is_made_later(void **state)
{
    (void)state;
    const char *path = scratch_path("outbox.db");
    struct outbox *outbox = NULL;
    for (int n = 1; outbox == NULL; n++) {
        memset(&faults, 0, sizeof faults);
        faults.fault = FAULT_FULL;
        faults.for_good = true;
        faults.countdown = n;
        faults.armed = true;
        outbox = outbox_open(path, NULL, &err);
        faults.armed = false;
        if (outbox == NULL && err.kind != ERR_FULL && err.kind != ERR_SYSTEM) {
            fail_msg("call %d: kind %d: %s", n, (int)err.kind, err.text);
        }
        assert_true(n < 1000);
        /* what the failed try has left does not stand in the way */
        struct outbox *after = outbox != NULL ? outbox : outbox_open(path, NULL, &err);
        if (after == NULL) {
            fail_msg("call %d: %s", n, err.text);
        }
        struct run run = {.input = "after"};
        CHECK_INT("after", COMMITTED, transact(&run, after, 0));
        outbox_close(after);
        scratch_remove(path);
    }
}

static void copy_file(const char *from, const char *to)
{
    char *bytes = NULL;
    size_t len = 0;
    if (!file_read(from, 64 << 20, &bytes, &len, &err)) {
        fail_msg("%s", err.text);
    }
    scratch_write(to, bytes, len);
    free(bytes);
}

/* A copy of the files, made while the owner is at work, is what a killed process leaves. */
static void a_killed_process_leaves_what_it_committed(void **state)
{
    (void)state;
    const char *path = scratch_path("outbox.db");
    const char *copy = scratch_path("copy.db");
    char wal[FILE_PATH_MAX + 8];
    char copied_wal[FILE_PATH_MAX + 8];
    snprintf(wal, sizeof wal, "%s-wal", path);
    snprintf(copied_wal, sizeof copied_wal, "%s-wal", copy);
    struct outbox *outbox = open_outbox((struct outbox_options){0});
    struct run run = {.input = "killed"};
    for (int transaction = 0; transaction < TRANSACTIONS; transaction++) {
        run.fates[transaction] = transact(&run, outbox, transaction);
        CHECK_INT("committed", COMMITTED, run.fates[transaction]);
        /* killed in the middle of the next, so large that it is on the disk in part */
        assert_true(outbox_begin(outbox, &err));
        for (int i = 0; i < 20000; i++) {
            struct punch punch = punch_of(1000, i);
            enum outbox_added added;
            if (!outbox_append(outbox, &punch, 0, 1, &added, &err)) {
                fail_msg("%s", err.text);
            }
        }
        copy_file(path, copy);
        copy_file(wal, copied_wal);
        outbox_rollback(outbox);
        struct outbox *reader = outbox_open_readonly(copy, &err);
        if (reader == NULL) {
            fail_msg("%s", err.text);
        }
        struct outbox_counts counts;
        assert_true(outbox_counts(reader, &counts, &err));
        CHECK_INT("read beside a WAL that nobody owns", (transaction + 1) * ROWS, counts.last_id);
        outbox_close(reader);
        check_promises(&run, copy);
        scratch_remove(copy);
    }
    outbox_close(outbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(what_is_committed_stays_and_nothing_else_whatever_write_fails),
        SCRATCH_TEST(an_outbox_that_cannot_be_made_is_made_later),
        SCRATCH_TEST(a_killed_process_leaves_what_it_committed),
    };
    return cmocka_run_group_tests(tests, install, uninstall);
}
