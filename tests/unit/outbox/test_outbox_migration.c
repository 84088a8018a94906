/* A file of a released version, brought to this one. Run from the repository's root. */
#include "outbox_punches.h"
#include "outbox/outbox_feed.h"
#include "outbox/outbox_note.h"
#include "outbox/outbox_rejected.h"
#include "outbox/outbox_salvage.h"
#include "system/file.h"

static const char corpus[] = "tests/corpus/outbox";

enum { FIRST = 1767250800 };

/* outbox.db as the released code left it, and what a test changes of it besides. */
static void make_old(const char *version, const char *change)
{
    char path[FILE_PATH_MAX];
    char *why = NULL;
    char *sql = NULL;
    size_t len = 0;
    sqlite3 *db = NULL;
    snprintf(path, sizeof path, "%s/version-4.sql", corpus);
    error_clear(&err);
    DO(file_read(path, 1 << 20, &sql, &len, &err));
    CHECK_INT("opened", SQLITE_OK, sqlite3_open(scratch_path("outbox.db"), &db));
    sqlite3_exec(db, sql, NULL, NULL, &why);
    CHECK_TEXT("the fixture", "", why != NULL ? why : "");
    sqlite3_exec(db, change, NULL, NULL, &why);
    CHECK_TEXT(change, "", why != NULL ? why : "");
    sqlite3_exec(db, version, NULL, NULL, NULL);
    sqlite3_close(db);
    free(sql);
}

#define VERSION(n) "PRAGMA application_id = 1212764226; PRAGMA user_version = " #n

static int64_t keys_of(struct outbox *outbox, const char *sn)
{
    int64_t keys = 0;
    DO(outbox_delivered_keys(outbox, sn, INT64_MAX, &keys, &err));
    return keys;
}

static bool see_rejected(void *context, const struct outbox_rejected *rejected)
{
    char *out = context;
    snprintf(out, 200, "%s|%.*s|%s|%lld|%lld|%lld", rejected->device_sn, (int)rejected->bytes.len,
             rejected->bytes.at, rejected->reason, (long long)rejected->rejected_s,
             (long long)rejected->times, (long long)rejected->settled_s);
    return true;
}

static void check_all(struct outbox *outbox)
{
    char text[OUTBOX_NOTE_MAX + 1];
    struct outbox_feed feed;
    struct outbox_device device;
    bool found = false;
    struct outbox_counts counts = counts_of(outbox);
    struct batch *batch = batch_new(100, 1 << 16);
    CHECK_INT("version", 6, query(outbox, "PRAGMA user_version"));
    CHECK_TEXT("sound", "ok",
               query(outbox, "SELECT count(*) FROM pragma_integrity_check"
                             " WHERE integrity_check = 'ok'") == 1
                   ? "ok"
                   : "not");
    CHECK_INT("shares of what is set aside",
              query(outbox, "SELECT sum(length(line) + length(query) + 200) FROM rejected"),
              query(outbox, "SELECT sum(bytes) FROM rejected_share"));
    CHECK_INT("waiting", 6, counts.waiting);
    CHECK_INT("uploaded", 3, counts.uploaded);
    CHECK_INT("refused", 1, counts.refused);
    CHECK_INT("set aside", 1, counts.rejected_lines);
    DO(outbox_waiting(outbox, 100, batch, &err));
    CHECK_INT("the batch", 6, batch->count);
    CHECK_TEXT("the first", "00046", batch->rows[0].punch.user_id);
    CHECK_INT("pushed", PUNCH_PUSHED, batch->rows[0].punch.way);
    CHECK_INT("a log's", PUNCH_LOGGED, batch->rows[5].punch.way);
    CHECK_TEXT("no work code", "", batch->rows[0].punch.work_code);
    batch_free(batch);
    DO(outbox_each_rejected(outbox, 10, true, see_rejected, text, &err));
    CHECK_TEXT("as it was", "SN1|0\tnonsense \xE0\xB8\x81|its user is 0|1767250999|1|0", text);
    DO(outbox_device(outbox, "SN1", &device, &found, &err));
    CHECK_INT("terminal", true, found);
    CHECK_INT("punches", 8, device.punches);
    CHECK_INT("with those that were removed", 8, keys_of(outbox, "SN1"));
    CHECK_INT("a log's are nobody's", 0, keys_of(outbox, "HIP_DEVICE_1"));
    DO(outbox_feed(outbox, &feed, &err));
    CHECK_INT("its name", 16, strspn(feed.bridge, "0123456789abcdef"));
    CHECK_INT("nothing given", 0, feed.seq);
    DO(outbox_noted(outbox, OUTBOX_NOTE_UPLOADER_STATE, text, &err));
    CHECK_TEXT("note", "connected", text);
    /* and it takes punches as ever */
    DO(outbox_begin(outbox, &err));
    CHECK_INT("known", OUTBOX_KNOWN, add(outbox, "SN1", "00043", FIRST + 3 * 60, 0));
    CHECK_INT("new", OUTBOX_NEW, add(outbox, "SN1", "7", FIRST + 9000, 0));
    DO(outbox_commit(outbox, &err));
    CHECK_INT("one more", 9, keys_of(outbox, "SN1"));
}

static void a_version_4_file_is_brought_over(void **state)
{
    char name[OUTBOX_BRIDGE_LEN + 1];
    struct outbox_feed feed;
    (void)state;
    make_old(VERSION(4), "");
    assert_null(outbox_open_readonly(scratch_path("outbox.db"), &err));
    CHECK_INT("by the service alone", ERR_INVALID, err.kind);
    struct outbox *outbox = open_outbox((struct outbox_options){0});
    check_all(outbox);
    DO(outbox_feed(outbox, &feed, &err));
    memcpy(name, feed.bridge, sizeof name);
    outbox_close(outbox);
    outbox = open_outbox((struct outbox_options){0});
    DO(outbox_feed(outbox, &feed, &err));
    CHECK_TEXT("made once", name, feed.bridge);
    outbox_close(outbox);
}

/* Damaged before it was: what it has, and it could forget nobody. */
static void a_version_4_file_is_saved_from(void **state)
{
    const struct outbox_options options = {0};
    struct outbox_salvaged salvaged;
    (void)state;
    make_old(VERSION(4), "");
    DO(outbox_salvage(scratch_path("outbox.db"), &options, 100, &salvaged, &err));
    assert_in_range(salvaged.waiting + salvaged.uploaded, 1, UINT64_MAX);
    CHECK_INT("nobody was forgotten", 0, salvaged.forgotten_lost);
    (void)file_remove(salvaged.kept, &err);
}

/* Its terminals were saved with their punches. */
static void a_version_3_file_is_brought_over(void **state)
{
    (void)state;
    make_old(VERSION(3), "ALTER TABLE state DROP COLUMN credited");
    struct outbox *outbox = open_outbox((struct outbox_options){0});
    check_all(outbox);
    outbox_close(outbox);
}

/* A power cut in the middle leaves the old version, whole. */
static void what_cannot_be_brought_over_stays(void **state)
{
    (void)state;
    make_old(VERSION(4), "CREATE TABLE key (x)"); /* the migration trips over it */
    assert_null(outbox_open(scratch_path("outbox.db"), NULL, &err));
    sqlite3 *db = NULL;
    CHECK_INT("opened", SQLITE_OK, sqlite3_open(scratch_path("outbox.db"), &db));
    CHECK_INT("as it was", SQLITE_OK,
              sqlite3_exec(db, "DROP TABLE key; SELECT credited FROM state", NULL, NULL, NULL));
    sqlite3_close(db);
    struct outbox *outbox = open_outbox((struct outbox_options){0});
    check_all(outbox);
    outbox_close(outbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_version_4_file_is_brought_over),
        SCRATCH_TEST(a_version_4_file_is_saved_from),
        SCRATCH_TEST(a_version_3_file_is_brought_over),
        SCRATCH_TEST(what_cannot_be_brought_over_stays),
    };
    return cmocka_run_group_tests_name("outbox_migration", tests, NULL, NULL);
}
