#include "check.h"
#include "outbox_private.h"
#include "scratch.h"

static struct error err;

static const char *path;

static int begin_test(void **state)
{
    (void)state;
    error_clear(&err);
    if (scratch_begin() != 0) {
        return -1;
    }
    path = scratch_path("outbox.db");
    return 0;
}

static int end_test(void **state)
{
    (void)state;
    scratch_end();
    return 0;
}

static struct outbox *open_with(struct outbox_options options)
{
    struct outbox *outbox = outbox_open(path, &options, &err);
    if (outbox == NULL) {
        fail_msg("open: %s", err.text);
    }
    return outbox;
}

static struct punch punch_of(const char *sn, const char *user, walltime time)
{
    struct punch punch = {.time = time, .status = 1, .verify = 15, .raw = SPAN("raw \xE0\xB8\x81")};
    snprintf(punch.device_sn, sizeof punch.device_sn, "%s", sn);
    snprintf(punch.user_id, sizeof punch.user_id, "%s", user);
    return punch;
}

/* One append in the open transaction. */
static enum outbox_added add(struct outbox *outbox, const char *sn, const char *user, walltime time,
                             int64_t source)
{
    struct punch punch = punch_of(sn, user, time);
    enum outbox_added added = OUTBOX_NEW;
    DO(outbox_append(outbox, &punch, source, 1000 + time, &added, &err));
    return added;
}

/* Punches of times first … last, each in a transaction of their own. */
static void fill(struct outbox *outbox, walltime first, walltime last)
{
    DO(outbox_begin(outbox, &err));
    for (walltime time = first; time <= last; time++) {
        CHECK_INT("fill", OUTBOX_NEW, add(outbox, "SN1", "7", time, 0));
    }
    DO(outbox_commit(outbox, &err));
}

static void advance(struct outbox *outbox, int64_t id)
{
    DO(outbox_begin(outbox, &err));
    DO(outbox_advance(outbox, id, 5000, &err));
    DO(outbox_commit(outbox, &err));
}

static struct outbox_counts counts_of(struct outbox *outbox)
{
    struct outbox_counts counts;
    DO(outbox_counts(outbox, &counts, &err));
    return counts;
}

static int64_t query(struct outbox *outbox, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(outbox->db, sql, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW) {
        fail_msg("%s: %s", sql, sqlite3_errmsg(outbox->db));
    }
    int64_t value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return value;
}

static void a_punch_is_kept_once(void **state)
{
    (void)state;
    static const struct {
        const char *input, *sn, *user;
        walltime time;
        enum outbox_added added;
    } cases[] = {
        {"first", "A", "1", 100, OUTBOX_NEW},        {"again", "A", "1", 100, OUTBOX_KNOWN},
        {"other device", "B", "1", 100, OUTBOX_NEW}, {"other user", "A", "2", 100, OUTBOX_NEW},
        {"other time", "A", "1", 101, OUTBOX_NEW},   {"leading zero", "A", "01", 100, OUTBOX_NEW},
        {"case counts", "a", "1", 100, OUTBOX_NEW},  {"before 1970", "A", "1", -5, OUTBOX_NEW},
        {"again all", "A", "2", 100, OUTBOX_KNOWN},
    };
    struct outbox *outbox = open_with((struct outbox_options){.skip_pushed = true});
    DO(outbox_begin(outbox, &err));
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        CHECK_INT(cases[i].input, cases[i].added,
                  add(outbox, cases[i].sn, cases[i].user, cases[i].time, 0));
    }
    DO(outbox_commit(outbox, &err));
    outbox_close(outbox);

    outbox = open_with((struct outbox_options){0});
    DO(outbox_begin(outbox, &err));
    CHECK_INT("after reopening", OUTBOX_KNOWN, add(outbox, "A", "1", 100, 0));
    outbox_rollback(outbox);
    CHECK_INT("waiting", 7, counts_of(outbox).waiting);
    outbox_close(outbox);
}

static void a_logged_punch_and_a_pushed_one_are_one_if_so_configured(void **state)
{
    (void)state;
    static const struct {
        const char *input;
        bool skip;
        int64_t first_source, second_source;
        const char *second_sn;
        enum outbox_added added;
    } cases[] = {
        {"log after push", true, 0, 1, "LOG", OUTBOX_KNOWN},
        {"push after log", true, 1, 0, "LOG", OUTBOX_KNOWN},
        {"push after push", true, 0, 0, "LOG", OUTBOX_NEW},
        {"log after log", true, 1, 2, "LOG", OUTBOX_NEW},
        {"a log that names the terminal after one that does not", true, 1, 2, "SN-3", OUTBOX_KNOWN},
        {"a log of another terminal", true, 1, 2, "SN3", OUTBOX_NEW},
        {"a log that names the terminal, off", false, 1, 2, "SN-3", OUTBOX_NEW},
        {"a push that names more than a push", true, 0, 0, "SN-3", OUTBOX_NEW},
        {"log after push, off", false, 0, 1, "LOG", OUTBOX_NEW},
        {"push after log, off", false, 1, 0, "LOG", OUTBOX_NEW},
        {"same key, off", false, 1, 0, "SN", OUTBOX_KNOWN},
        {"same key", true, 0, 2, "SN", OUTBOX_KNOWN},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct outbox *outbox = open_with((struct outbox_options){.skip_pushed = cases[i].skip});
        DO(outbox_begin(outbox, &err));
        CHECK_INT(cases[i].input, OUTBOX_NEW, add(outbox, "SN", "1", 100, cases[i].first_source));
        CHECK_INT(cases[i].input, cases[i].added,
                  add(outbox, cases[i].second_sn, "1", 100, cases[i].second_source));
        outbox_close(outbox); /* rolls back */
    }
}

static void what_is_before_the_date_is_not_kept(void **state)
{
    (void)state;
    struct outbox *outbox =
        open_with((struct outbox_options){.has_ignore_before = true, .ignore_before = 100});
    DO(outbox_begin(outbox, &err));
    CHECK_INT("before", OUTBOX_IGNORED, add(outbox, "SN", "1", 99, 0));
    CHECK_INT("at", OUTBOX_NEW, add(outbox, "SN", "1", 100, 0));
    DO(outbox_commit(outbox, &err));
    CHECK_INT("waiting", 1, counts_of(outbox).waiting);
    outbox_close(outbox);
}

static void a_batch_holds_the_oldest_as_they_were(void **state)
{
    (void)state;
    struct outbox *outbox = open_with((struct outbox_options){0});
    struct outbox_batch *batch = outbox_batch_new(10, 0);
    assert_non_null(batch);
    DO(outbox_waiting(outbox, 10, batch, &err));
    CHECK_INT("empty", 0, batch->count);
    fill(outbox, 1, 25);
    for (int64_t from = 0; from < 25; from += 7) {
        size_t expected = 25 - from < 7 ? (size_t)(25 - from) : 7;
        DO(outbox_waiting(outbox, 7, batch, &err));
        CHECK_INT("count", expected, batch->count);
        for (size_t i = 0; i < batch->count; i++) {
            const struct punch *punch = &batch->rows[i].punch;
            CHECK_INT("id", from + (int64_t)i + 1, batch->rows[i].id);
            CHECK_INT("time", from + (int64_t)i + 1, punch->time);
            CHECK_INT("status", 1, punch->status);
            CHECK_INT("verify", 15, punch->verify);
            CHECK_TEXT("user", "7", punch->user_id);
            CHECK_TEXT("sn", "SN1", punch->device_sn);
            assert_true(span_equal(punch->raw, SPAN("raw \xE0\xB8\x81")));
        }
        advance(outbox, batch->rows[batch->count - 1].id);
    }
    DO(outbox_waiting(outbox, 7, batch, &err));
    CHECK_INT("empty again", 0, batch->count);
    outbox_batch_free(batch);
    outbox_close(outbox);
}

static void a_batch_is_bounded_by_its_text(void **state)
{
    (void)state;
    static char line[PUNCH_RAW_MAX];
    memset(line, 'x', sizeof line);
    struct outbox *outbox = open_with((struct outbox_options){0});
    struct outbox_batch *batch = outbox_batch_new(100, 2 * PUNCH_RAW_MAX + 100);
    assert_non_null(batch);
    DO(outbox_begin(outbox, &err));
    for (walltime time = 0; time < 5; time++) {
        struct punch punch = punch_of("SN", "1", time);
        enum outbox_added added;
        punch.raw = (struct span){line, time == 3 ? 0 : sizeof line};
        DO(outbox_append(outbox, &punch, 0, 1, &added, &err));
    }
    DO(outbox_commit(outbox, &err));
    DO(outbox_waiting(outbox, 100, batch, &err));
    CHECK_INT("two fit", 2, batch->count);
    advance(outbox, 2);
    DO(outbox_waiting(outbox, 100, batch, &err));
    CHECK_INT("three fit, one is empty", 3, batch->count);
    CHECK_INT("the empty one", 0, batch->rows[1].punch.raw.len);
    outbox_batch_free(batch);
    outbox_close(outbox);
}

static void the_cursor_goes_forward_alone(void **state)
{
    (void)state;
    struct outbox *outbox = open_with((struct outbox_options){0});
    fill(outbox, 1, 10);
    CHECK_INT("oldest", 1001, counts_of(outbox).oldest_waiting_s);
    advance(outbox, 4);
    advance(outbox, 2);
    struct outbox_counts counts = counts_of(outbox);
    CHECK_INT("cursor", 4, counts.cursor);
    CHECK_INT("waiting", 6, counts.waiting);
    CHECK_INT("uploaded", 4, counts.uploaded);
    CHECK_INT("oldest", 1005, counts.oldest_waiting_s);
    assert_true(counts.bytes > 0);
    DO(outbox_begin(outbox, &err));
    assert_false(outbox_advance(outbox, 11, 1, &err));
    CHECK_INT("beyond the last", ERR_INVALID, err.kind);
    outbox_rollback(outbox);
    advance(outbox, 10);
    counts = counts_of(outbox);
    CHECK_INT("waiting", 0, counts.waiting);
    CHECK_INT("oldest", 0, counts.oldest_waiting_s);
    outbox_close(outbox);
}

static void a_refused_punch_is_set_aside_and_can_be_sent_again(void **state)
{
    (void)state;
    struct outbox *outbox = open_with((struct outbox_options){0});
    struct outbox_batch *batch = outbox_batch_new(100, 0);
    size_t count = 0;
    fill(outbox, 1, 10);
    DO(outbox_begin(outbox, &err));
    DO(outbox_refuse(outbox, 3, 1406, "Data too long", 9, &err));
    DO(outbox_refuse(outbox, 8, 1406, "Data too long", 9, &err));
    DO(outbox_refuse(outbox, 77, 1, "not there", 9, &err));
    DO(outbox_advance(outbox, 5, 9, &err));
    DO(outbox_commit(outbox, &err));

    struct outbox_counts counts = counts_of(outbox);
    CHECK_INT("refused", 2, counts.refused);
    CHECK_INT("waiting: 6 7 9 10", 4, counts.waiting);
    CHECK_INT("uploaded: 1 2 4 5", 4, counts.uploaded);
    DO(outbox_waiting(outbox, 100, batch, &err));
    CHECK_INT("a refused one is not handed out", 4, batch->count);
    DO(outbox_begin(outbox, &err));
    CHECK_INT("refused", OUTBOX_REFUSED, add(outbox, "SN1", "7", 3, 0));
    CHECK_INT("not refused", OUTBOX_KNOWN, add(outbox, "SN1", "7", 4, 0));

    DO(outbox_requeue_refused(outbox, &count, &err));
    CHECK_INT("sent again", 2, count);
    CHECK_INT("known", OUTBOX_KNOWN, add(outbox, "SN1", "7", 3, 0));
    CHECK_INT("the next", OUTBOX_NEW, add(outbox, "SN1", "7", 11, 0));
    DO(outbox_commit(outbox, &err));
    counts = counts_of(outbox);
    CHECK_INT("refused", 0, counts.refused);
    CHECK_INT("waiting: 6 to 10, 3, 11", 7, counts.waiting);
    CHECK_INT("uploaded: 1 2 4 5", 4, counts.uploaded);
    DO(outbox_waiting(outbox, 100, batch, &err));
    CHECK_INT("handed out", 7, batch->count);
    CHECK_INT("the one sent again", 3, batch->rows[5].punch.time);
    CHECK_INT("its new id", 11, batch->rows[5].id);
    outbox_batch_free(batch);
    outbox_close(outbox);
}

static void uploaded_punches_of_a_period_can_be_sent_again(void **state)
{
    (void)state;
    struct outbox *outbox = open_with((struct outbox_options){0});
    size_t count = 0;
    fill(outbox, 1, 1000);
    advance(outbox, 900);
    DO(outbox_begin(outbox, &err));
    DO(outbox_refuse(outbox, 500, 1, "no", 9, &err));
    DO(outbox_requeue_period(outbox, 100, 951, &count, &err));
    DO(outbox_commit(outbox, &err));
    CHECK_INT("100 to 900 but for 500", 800, count);
    struct outbox_counts counts = counts_of(outbox);
    CHECK_INT("waiting", 900, counts.waiting);
    CHECK_INT("uploaded", 99, counts.uploaded);
    CHECK_INT("last", 1800, counts.last_id);
    CHECK_INT("rows", 1000, query(outbox, "SELECT count(*) FROM punch"));
    CHECK_INT("rows waiting", 900, query(outbox, "SELECT count(*) FROM punch WHERE id > 900"));
    DO(outbox_begin(outbox, &err));
    DO(outbox_requeue_period(outbox, 100, 951, &count, &err));
    DO(outbox_commit(outbox, &err));
    CHECK_INT("they wait already", 0, count);
    outbox_close(outbox);
}

static void an_id_is_never_given_twice(void **state)
{
    (void)state;
    struct outbox *outbox = open_with((struct outbox_options){0});
    size_t count = 0;
    fill(outbox, 1, 5);
    advance(outbox, 5);
    DO(outbox_begin(outbox, &err));
    DO(outbox_prune(outbox, 99999, 100, &count, &err));
    DO(outbox_commit(outbox, &err));
    CHECK_INT("removed", 5, count);
    CHECK_INT("last", 5, counts_of(outbox).last_id);
    outbox_close(outbox);
    outbox = open_with((struct outbox_options){0});
    struct outbox_batch *batch = outbox_batch_new(10, 0);
    fill(outbox, 6, 6);
    DO(outbox_waiting(outbox, 10, batch, &err));
    CHECK_INT("count", 1, batch->count);
    CHECK_INT("id", 6, batch->rows[0].id);
    outbox_batch_free(batch);
    outbox_close(outbox);
}

static void pruning_takes_the_oldest_uploaded_in_small_steps(void **state)
{
    (void)state;
    struct outbox *outbox = open_with((struct outbox_options){0});
    size_t count = 0;
    fill(outbox, 1, 1000); /* received at 1001 … 2000 */
    advance(outbox, 800);
    DO(outbox_begin(outbox, &err));
    DO(outbox_refuse(outbox, 10, 1, "no", 9, &err));
    DO(outbox_prune(outbox, 1701, 600, &count, &err));
    CHECK_INT("a limit", 600, count);
    DO(outbox_prune(outbox, 1701, 600, &count, &err));
    CHECK_INT("the rest to 700, but for the refused", 99, count);
    DO(outbox_prune(outbox, 9999, 600, &count, &err));
    CHECK_INT("what waits stays", 100, count);
    DO(outbox_commit(outbox, &err));
    struct outbox_counts counts = counts_of(outbox);
    CHECK_INT("waiting", 200, counts.waiting);
    CHECK_INT("uploaded", 0, counts.uploaded);
    CHECK_INT("refused", 1, counts.refused);
    CHECK_INT("rows", 201, query(outbox, "SELECT count(*) FROM punch"));
    outbox_close(outbox);
}

static void a_punch_received_while_the_clock_was_wrong_does_not_stop_the_pruning(void **state)
{
    (void)state;
    static const int64_t received[] = {1000, 9000000, 1001, 1002, 200000};
    struct outbox *outbox = open_with((struct outbox_options){0});
    size_t count = 0;
    DO(outbox_begin(outbox, &err));
    for (size_t i = 0; i < HB_COUNT(received); i++) {
        struct punch punch = punch_of("SN", "1", (walltime)i);
        enum outbox_added added;
        DO(outbox_append(outbox, &punch, 0, received[i], &added, &err));
    }
    DO(outbox_advance(outbox, 5, 1, &err));
    DO(outbox_prune(outbox, 100000, 100, &count, &err));
    DO(outbox_commit(outbox, &err));
    CHECK_INT("all but the newest", 4, count);
    outbox_close(outbox);
}

static void a_log_file_is_through_when_each_of_its_punches_is(void **state)
{
    (void)state;
    struct outbox *outbox = open_with((struct outbox_options){.skip_pushed = true});
    struct outbox_file one;
    struct outbox_file two;
    bool uploaded = false;
    size_t count = 0;
    DO(outbox_begin(outbox, &err));
    DO(outbox_file_begin(outbox, "one.txt", &one, &err));
    DO(outbox_file_begin(outbox, "two.txt", &two, &err));
    assert_true(one.id > 0 && two.id > one.id);
    CHECK_INT("pushed", OUTBOX_NEW, add(outbox, "SN", "1", 1, 0));
    CHECK_INT("in one", OUTBOX_NEW, add(outbox, "LOG", "1", 2, one.id));
    CHECK_INT("in two as well", OUTBOX_KNOWN, add(outbox, "LOG", "1", 2, two.id));
    CHECK_INT("pushed before", OUTBOX_KNOWN, add(outbox, "LOG", "1", 1, two.id));
    one.high_id = two.high_id = 2;
    one.new_count = 1;
    two.known_count = 2;
    two.size = 1234;
    two.modified_s = 77;
    two.read_s = 88;
    DO(outbox_file_save(outbox, &one, &err));
    DO(outbox_file_save(outbox, &two, &err));
    DO(outbox_commit(outbox, &err));
    DO(outbox_file_uploaded(outbox, &one, &uploaded, &err));
    CHECK_INT("one waits", false, uploaded);

    /* the pushed punch is refused: two has a part in it, one has not */
    DO(outbox_begin(outbox, &err));
    DO(outbox_refuse(outbox, 1, 1406, "no", 9, &err));
    DO(outbox_advance(outbox, 2, 9, &err));
    DO(outbox_commit(outbox, &err));
    DO(outbox_file_uploaded(outbox, &one, &uploaded, &err));
    CHECK_INT("one is through", true, uploaded);
    DO(outbox_file_uploaded(outbox, &two, &uploaded, &err));
    CHECK_INT("two is not", false, uploaded);

    /* sent again it waits above the file's high_id, and the file with it */
    DO(outbox_begin(outbox, &err));
    DO(outbox_requeue_refused(outbox, &count, &err));
    DO(outbox_commit(outbox, &err));
    DO(outbox_file_uploaded(outbox, &two, &uploaded, &err));
    CHECK_INT("two waits", false, uploaded);
    DO(outbox_begin(outbox, &err));
    DO(outbox_refuse(outbox, 3, 1406, "still no", 9, &err));
    DO(outbox_advance(outbox, 3, 9, &err));
    DO(outbox_commit(outbox, &err));
    DO(outbox_file_uploaded(outbox, &two, &uploaded, &err));
    CHECK_INT("refused again under its new id", false, uploaded);
    DO(outbox_begin(outbox, &err));
    DO(outbox_requeue_refused(outbox, &count, &err));
    DO(outbox_advance(outbox, 4, 9, &err));
    DO(outbox_commit(outbox, &err));
    DO(outbox_file_uploaded(outbox, &two, &uploaded, &err));
    CHECK_INT("two is through", true, uploaded);

    DO(outbox_begin(outbox, &err));
    DO(outbox_file_begin(outbox, "two.txt", &two, &err));
    CHECK_INT("kept: size", 1234, two.size);
    CHECK_INT("kept: modified", 77, two.modified_s);
    CHECK_INT("kept: read", 88, two.read_s);
    CHECK_INT("kept: known", 2, two.known_count);
    int64_t id = two.id;
    snprintf(two.archived_as, sizeof two.archived_as, "%s", "processed\\two.txt");
    DO(outbox_file_save(outbox, &two, &err));
    CHECK_INT("no claims left", 0, query(outbox, "SELECT count(*) FROM claim"));
    DO(outbox_file_begin(outbox, "two.txt", &two, &err));
    assert_true(two.id > id); /* another file of that name */
    DO(outbox_commit(outbox, &err));
    outbox_close(outbox);
}

static bool name_file(void *context, const struct outbox_file *file)
{
    char *text = context;
    strcat(text, file->name);
    return strlen(text) < 3;
}

static bool name_device(void *context, const struct outbox_device *device)
{
    char *text = context;
    strcat(text, device->sn);
    return strlen(text) < 3;
}

static void files_and_terminals_are_listed_newest_first(void **state)
{
    (void)state;
    struct outbox *outbox = open_with((struct outbox_options){0});
    char text[20] = "";
    struct outbox_file file;
    DO(outbox_begin(outbox, &err));
    static const char *const names[] = {"a", "b", "c", "d"};
    for (size_t i = 0; i < HB_COUNT(names); i++) {
        struct outbox_device device = {.last_seen_s = (int64_t)i};
        snprintf(device.sn, sizeof device.sn, "%s", names[i]);
        DO(outbox_device_save(outbox, &device, &err));
        DO(outbox_file_begin(outbox, names[i], &file, &err));
    }
    DO(outbox_commit(outbox, &err));
    DO(outbox_each_file(outbox, 2, name_file, text, &err));
    CHECK_TEXT("at most two", "dc", text);
    text[0] = '\0';
    DO(outbox_each_file(outbox, 100, name_file, text, &err));
    CHECK_TEXT("the visitor ends it", "dcb", text);
    text[0] = '\0';
    DO(outbox_each_device(outbox, name_device, text, &err));
    CHECK_TEXT("devices", "dcb", text);
    outbox_close(outbox);
}

static void a_terminal_is_remembered(void **state)
{
    (void)state;
    struct outbox *outbox = open_with((struct outbox_options){0});
    struct outbox_device device;
    bool found = true;
    DO(outbox_device(outbox, "SN1", &device, &found, &err));
    CHECK_INT("never seen", false, found);
    const struct outbox_device saved = {.sn = "SN1",
                                        .address = "192.168.1.201",
                                        .push_version = "2.4.1",
                                        .info = "Ver 6.60,1,2",
                                        .attlog_stamp = "9999",
                                        .operlog_stamp = "12",
                                        .first_seen_s = 5,
                                        .last_seen_s = 6,
                                        .punches = 7,
                                        .last_punch = 8};
    DO(outbox_begin(outbox, &err));
    DO(outbox_device_save(outbox, &saved, &err));
    DO(outbox_device_save(outbox, &saved, &err));
    DO(outbox_commit(outbox, &err));
    DO(outbox_device(outbox, "SN1", &device, &found, &err));
    CHECK_INT("seen", true, found);
    CHECK_TEXT("sn", saved.sn, device.sn);
    CHECK_TEXT("address", saved.address, device.address);
    CHECK_TEXT("push_version", saved.push_version, device.push_version);
    CHECK_TEXT("info", saved.info, device.info);
    CHECK_TEXT("attlog_stamp", saved.attlog_stamp, device.attlog_stamp);
    CHECK_TEXT("operlog_stamp", saved.operlog_stamp, device.operlog_stamp);
    CHECK_INT("first_seen_s", saved.first_seen_s, device.first_seen_s);
    CHECK_INT("last_seen_s", saved.last_seen_s, device.last_seen_s);
    CHECK_INT("punches", saved.punches, device.punches);
    CHECK_INT("last_punch", saved.last_punch, device.last_punch);
    outbox_close(outbox);
}

static void a_note_is_kept_and_cut(void **state)
{
    (void)state;
    struct outbox *outbox = open_with((struct outbox_options){0});
    char out[OUTBOX_NOTE_MAX + 1];
    static char longest[OUTBOX_NOTE_MAX + 10];
    DO(outbox_noted(outbox, "nothing", out, &err));
    CHECK_TEXT("none", "", out);
    DO(outbox_begin(outbox, &err));
    DO(outbox_note(outbox, "a", "first", &err));
    DO(outbox_note(outbox, "a", "second", &err));
    DO(outbox_commit(outbox, &err));
    DO(outbox_noted(outbox, "a", out, &err));
    CHECK_TEXT("the last", "second", out);
    memset(longest, 'x', sizeof longest - 1);
    memcpy(longest + OUTBOX_NOTE_MAX - 1, "\xE0\xB8\x81", 3);
    DO(outbox_note(outbox, "a", longest, &err)); /* on its own it is its own transaction */
    DO(outbox_noted(outbox, "a", out, &err));
    CHECK_INT("cut before the character that does not fit", OUTBOX_NOTE_MAX - 1, strlen(out));
    outbox_close(outbox);
}

static void the_newest_lines_that_are_no_punch_are_kept(void **state)
{
    (void)state;
    struct outbox *outbox = open_with((struct outbox_options){0});
    CHECK_INT("none", 0, counts_of(outbox).rejected_lines);
    DO(outbox_begin(outbox, &err));
    for (int i = 0; i < OUTBOX_REJECTED_MAX + 5; i++) {
        DO(outbox_reject_line(outbox, "SN", SPAN("bad\0\xFFline"), "why", i, &err));
    }
    DO(outbox_commit(outbox, &err));
    CHECK_INT("bounded", OUTBOX_REJECTED_MAX, counts_of(outbox).rejected_lines);
    CHECK_INT("counted", OUTBOX_REJECTED_MAX, query(outbox, "SELECT count(*) FROM rejected"));
    CHECK_INT("the newest", OUTBOX_REJECTED_MAX + 4,
              query(outbox, "SELECT max(rejected_s) FROM rejected"));
    outbox_close(outbox);
}

static void a_reader_stands_beside_a_writer(void **state)
{
    (void)state;
    struct outbox *reader = outbox_open_readonly(path, &err);
    assert_null(reader);
    CHECK_INT("not there", ERR_NOT_FOUND, err.kind);
    struct outbox *outbox = open_with((struct outbox_options){0});
    fill(outbox, 1, 3);
    reader = outbox_open_readonly(path, &err);
    if (reader == NULL) {
        fail_msg("%s", err.text);
    }
    DO(outbox_begin(outbox, &err));
    (void)add(outbox, "SN1", "7", 50, 0);
    CHECK_INT("not what is not committed", 3, counts_of(reader).waiting);
    DO(outbox_commit(outbox, &err));
    CHECK_INT("what is", 4, counts_of(reader).waiting);
    assert_false(outbox_begin(reader, &err) && outbox_note(reader, "a", "b", &err));
    outbox_rollback(reader);
    CHECK_INT("a reader writes nothing", ERR_DENIED, err.kind);
    fill(outbox, 100, 103);
    CHECK_INT("still reads", 8, counts_of(reader).waiting);
    outbox_close(outbox);
    CHECK_INT("alone", 8, counts_of(reader).waiting);
    outbox_close(reader);
    reader = outbox_open_readonly(path, &err);
    if (reader == NULL) {
        fail_msg("nobody writes: %s", err.text);
    }
    CHECK_INT("nobody writes", 8, counts_of(reader).waiting);
    outbox_close(reader);
}

static void two_writers_take_turns(void **state)
{
    (void)state;
    struct outbox *one = open_with((struct outbox_options){0});
    struct outbox *two = open_with((struct outbox_options){0});
    sqlite3_busy_timeout(two->db, 20);
    DO(outbox_begin(one, &err));
    CHECK_INT("one", OUTBOX_NEW, add(one, "SN", "1", 1, 0));
    assert_false(outbox_begin(two, &err));
    CHECK_INT("busy", ERR_BUSY, err.kind);
    DO(outbox_commit(one, &err));
    for (walltime time = 2; time < 10; time++) {
        struct outbox *turn = time % 2 == 0 ? two : one;
        DO(outbox_begin(turn, &err));
        CHECK_INT("known to the other", OUTBOX_KNOWN, add(turn, "SN", "1", time - 1, 0));
        CHECK_INT("new", OUTBOX_NEW, add(turn, "SN", "1", time, 0));
        DO(outbox_advance(turn, time - 1, 1, &err));
        DO(outbox_commit(turn, &err));
    }
    CHECK_INT("last", 9, counts_of(one).last_id);
    CHECK_INT("rows", 9, query(two, "SELECT count(*) FROM punch"));
    outbox_close(one);
    outbox_close(two);
}

static void what_is_not_committed_is_gone(void **state)
{
    (void)state;
    struct outbox *outbox = open_with((struct outbox_options){0});
    struct punch punch = punch_of("SN", "1", 1);
    enum outbox_added added;
    assert_false(outbox_append(outbox, &punch, 0, 1, &added, &err));
    CHECK_INT("outside a transaction", ERR_INVALID, err.kind);
    assert_false(outbox_commit(outbox, &err));
    DO(outbox_begin(outbox, &err));
    assert_false(outbox_begin(outbox, &err));
    (void)add(outbox, "SN", "1", 1, 0);
    outbox_rollback(outbox);
    outbox_rollback(outbox);
    CHECK_INT("rolled back", 0, counts_of(outbox).last_id);
    DO(outbox_begin(outbox, &err));
    (void)add(outbox, "SN", "1", 1, 0);
    outbox_close(outbox);
    outbox = open_with((struct outbox_options){0});
    CHECK_INT("closed", 0, counts_of(outbox).last_id);
    outbox_close(outbox);
}

static void a_transaction_with_a_failed_step_is_never_committed(void **state)
{
    (void)state;
    struct outbox *outbox = open_with((struct outbox_options){0});
    struct outbox_file unknown = {.id = 99, .name = "x"};
    DO(outbox_begin(outbox, &err));
    (void)add(outbox, "SN", "1", 1, 0);
    assert_false(outbox_file_save(outbox, &unknown, &err));
    CHECK_INT("no such file", ERR_NOT_FOUND, err.kind);
    assert_false(outbox_commit(outbox, &err));
    CHECK_INT("nothing", 0, counts_of(outbox).last_id);
    fill(outbox, 1, 2);
    CHECK_INT("and it goes on", 2, counts_of(outbox).last_id);
    outbox_close(outbox);
}

/* Fills until it is full; returns how many were committed. */
static int64_t fill_up(struct outbox *outbox, walltime from)
{
    static char line[PUNCH_RAW_MAX];
    memset(line, 'x', sizeof line);
    int64_t committed = 0;
    for (;;) {
        DO(outbox_begin(outbox, &err));
        for (int i = 0; i < 10; i++) {
            struct punch punch = punch_of("SN", "1", from + committed + i);
            enum outbox_added added;
            punch.raw = (struct span){line, sizeof line};
            if (!outbox_append(outbox, &punch, 0, 1, &added, &err)) {
                CHECK_INT("full", ERR_FULL, err.kind);
                outbox_rollback(outbox);
                return committed;
            }
        }
        if (!outbox_commit(outbox, &err)) {
            CHECK_INT("full", ERR_FULL, err.kind);
            return committed;
        }
        committed += 10;
        assert_true(committed < 10000);
    }
}

static void a_full_outbox_says_so_and_recovers(void **state)
{
    (void)state;
    struct outbox *outbox = open_with((struct outbox_options){.max_mb = 1});
    int64_t committed = fill_up(outbox, 1);
    assert_true(committed > 200 && committed < 1000);
    struct outbox_counts counts = counts_of(outbox);
    CHECK_INT("what was committed is there", committed, counts.waiting);
    assert_true(counts.bytes <= 1048576);
    size_t count = 0;
    advance(outbox, committed);
    DO(outbox_begin(outbox, &err));
    DO(outbox_prune(outbox, INT64_MAX, SIZE_MAX, &count, &err));
    DO(outbox_commit(outbox, &err));
    CHECK_INT("removed", committed, count);
    assert_true(fill_up(outbox, 100000) > committed / 2);
    outbox_close(outbox);
}

static void another_file_is_left_alone(void **state)
{
    (void)state;
    sqlite3 *db = NULL;
    sqlite3_open(path, &db);
    sqlite3_exec(db, "CREATE TABLE theirs (x)", NULL, NULL, NULL);
    sqlite3_close(db);
    assert_null(outbox_open(path, NULL, &err));
    CHECK_INT("another program's", ERR_INVALID, err.kind);
    scratch_remove(path);

    outbox_close(open_with((struct outbox_options){0}));
    sqlite3_open(path, &db);
    sqlite3_exec(db, "PRAGMA user_version = 1000", NULL, NULL, NULL);
    sqlite3_close(db);
    assert_null(outbox_open(path, NULL, &err));
    CHECK_INT("newer", ERR_INVALID, err.kind);
    assert_null(outbox_open_readonly(path, &err));
    CHECK_INT("newer", ERR_INVALID, err.kind);
    assert_non_null(strstr(err.text, "newer version"));
    scratch_remove(path);

    static const char text[2000] = "this is no database, but a text of some length";
    scratch_write(path, text, sizeof text);
    assert_null(outbox_open(path, NULL, &err));
    CHECK_INT("no database", ERR_CORRUPT, err.kind);
    scratch_remove(path);

    scratch_write(path, "", 0);
    assert_null(outbox_open_readonly(path, &err));
    CHECK_INT("empty", ERR_NOT_FOUND, err.kind);
    outbox_close(open_with((struct outbox_options){0}));
}

static void the_folder_is_made(void **state)
{
    (void)state;
    (void)scratch_path("a");
    (void)scratch_path("a/\xE0\xB8\x81");
    path = scratch_path("a/\xE0\xB8\x81/outbox.db");
    struct outbox *outbox = open_with((struct outbox_options){0});
    fill(outbox, 1, 3);
    outbox_close(outbox);
    assert_true(file_exists(path));
}

static void a_large_backlog_is_counted_at_once(void **state)
{
    (void)state;
    struct outbox *outbox = open_with((struct outbox_options){0});
    fill(outbox, 1, 100000);
    advance(outbox, 10);
    struct outbox_counts counts = counts_of(outbox);
    CHECK_INT("waiting", 99990, counts.waiting);
    CHECK_INT("uploaded", 10, counts.uploaded);
    CHECK_INT("oldest", 1011, counts.oldest_waiting_s);
    /* counting steps through no rows: a few hundred operations of SQLite's machine, not a hundred
     * thousand */
    int steps = 0;
    sqlite3_stmt *statement = outbox->statements[SQL_COUNTS];
    (void)sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 1);
    counts = counts_of(outbox);
    steps = sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 0);
    if (steps > 500) {
        fail_msg("counting took %d steps", steps);
    }
    outbox_close(outbox);
}

/* A generator of our own, so that a failure is the same on each system. */
static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* A log may be of any length and in any order, and a backlog too. */
static void memory_does_not_grow_with_what_is_written_or_read(void **state)
{
    (void)state;
    enum { ROWS = 30000, SPREAD = 7919 }; /* some 5 MB; the times are far apart */
    struct outbox *outbox = open_with((struct outbox_options){.skip_pushed = true});
    struct outbox_batch *batch = outbox_batch_new(ROWS, (size_t)ROWS * 16);
    assert_non_null(batch);
    DO(outbox_begin(outbox, &err));
    for (int i = 0; i < ROWS; i++) {
        int used = 0;
        int most = 0;
        add(outbox, "SN1", "7", (walltime)i * SPREAD % ROWS, 0);
        if (i % 1000 == 0) {
            sqlite3_db_status(outbox->db, SQLITE_DBSTATUS_CACHE_USED, &used, &most, 0);
            CHECK_INT("writing", true, used <= OUTBOX_CACHE_KB * 1024 * 5 / 4);
        }
    }
    DO(outbox_commit(outbox, &err));
    for (int i = 0; i < 2; i++) {
        int used = 0;
        int most = 0;
        DO(outbox_waiting(outbox, ROWS, batch, &err));
        CHECK_INT("all wait", ROWS, batch->count);
        sqlite3_db_status(outbox->db, SQLITE_DBSTATUS_CACHE_USED, &used, &most, 0);
        CHECK_INT("reading", true, used <= OUTBOX_CACHE_KB * 1024 * 5 / 4);
        outbox_close(outbox);
        outbox = outbox_open_readonly(path, &err);
        assert_non_null(outbox);
    }
    outbox_close(outbox);
    outbox_batch_free(batch);
}

static void the_figures_are_exact_whatever_is_done(void **state)
{
    (void)state;
    struct outbox *outbox = open_with((struct outbox_options){.skip_pushed = true});
    uint32_t seed = 12345;
    for (int round = 0; round < 600; round++) {
        size_t count = 0;
        struct outbox_counts counts = counts_of(outbox);
        int64_t ahead = counts.last_id - counts.cursor;
        DO(outbox_begin(outbox, &err));
        switch (next_random(&seed) % 8) {
        case 0:
            DO(outbox_advance(outbox, counts.cursor + next_random(&seed) % (ahead + 1), 1, &err));
            break;
        case 1:
            DO(outbox_refuse(outbox, 1 + next_random(&seed) % (counts.last_id + 1), 1, "no", 1,
                             &err));
            break;
        case 2:
            DO(outbox_requeue_refused(outbox, &count, &err));
            break;
        case 3:
            DO(outbox_requeue_period(outbox, next_random(&seed) % 50, 50 + next_random(&seed) % 50,
                                     &count, &err));
            break;
        case 4:
            DO(outbox_prune(outbox, 1000 + next_random(&seed) % 100, next_random(&seed) % 20,
                            &count, &err));
            break;
        default:
            for (uint32_t i = next_random(&seed) % 10; i > 0; i--) {
                (void)add(outbox, next_random(&seed) % 2 != 0 ? "A" : "B",
                          next_random(&seed) % 2 != 0 ? "1" : "2", next_random(&seed) % 100,
                          next_random(&seed) % 3);
            }
            break;
        }
        if (next_random(&seed) % 8 == 0) {
            outbox_rollback(outbox);
        } else {
            DO(outbox_commit(outbox, &err));
        }
        static const char waits[] =
            "SELECT count(*) FROM punch WHERE id > (SELECT cursor FROM state) AND id NOT IN "
            "(SELECT id FROM refused)";
        static const char through[] =
            "SELECT count(*) FROM punch WHERE id <= (SELECT cursor FROM state) AND id NOT IN "
            "(SELECT id FROM refused)";
        counts = counts_of(outbox);
        CHECK_INT("waiting", query(outbox, waits), counts.waiting);
        CHECK_INT("uploaded", query(outbox, through), counts.uploaded);
        CHECK_INT("refused", query(outbox, "SELECT count(*) FROM refused"), counts.refused);
        CHECK_INT(
            "no refused one without its punch", 0,
            query(outbox, "SELECT count(*) FROM refused WHERE id NOT IN (SELECT id FROM punch)"));
    }
    CHECK_INT("whole", 0,
              query(outbox, "SELECT count(*) FROM pragma_integrity_check WHERE "
                            "integrity_check <> 'ok'"));
    outbox_close(outbox);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_test, end_test)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_punch_is_kept_once),
        TEST(a_logged_punch_and_a_pushed_one_are_one_if_so_configured),
        TEST(what_is_before_the_date_is_not_kept),
        TEST(a_batch_holds_the_oldest_as_they_were),
        TEST(a_batch_is_bounded_by_its_text),
        TEST(the_cursor_goes_forward_alone),
        TEST(a_refused_punch_is_set_aside_and_can_be_sent_again),
        TEST(uploaded_punches_of_a_period_can_be_sent_again),
        TEST(an_id_is_never_given_twice),
        TEST(pruning_takes_the_oldest_uploaded_in_small_steps),
        TEST(a_punch_received_while_the_clock_was_wrong_does_not_stop_the_pruning),
        TEST(a_log_file_is_through_when_each_of_its_punches_is),
        TEST(files_and_terminals_are_listed_newest_first),
        TEST(a_terminal_is_remembered),
        TEST(a_note_is_kept_and_cut),
        TEST(the_newest_lines_that_are_no_punch_are_kept),
        TEST(a_reader_stands_beside_a_writer),
        TEST(two_writers_take_turns),
        TEST(what_is_not_committed_is_gone),
        TEST(a_transaction_with_a_failed_step_is_never_committed),
        TEST(a_full_outbox_says_so_and_recovers),
        TEST(another_file_is_left_alone),
        TEST(the_folder_is_made),
        TEST(a_large_backlog_is_counted_at_once),
        TEST(memory_does_not_grow_with_what_is_written_or_read),
        TEST(the_figures_are_exact_whatever_is_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
