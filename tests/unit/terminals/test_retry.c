/* What is set aside: its bytes, its reading again, and what it means for those that are let in. */
#include "listening.h"

#include "outbox/outbox_refusal.h"
#include "outbox/outbox_rejected.h"
#include "system/file.h"
#include "terminals/retry.h"

static struct intake_item item;
static const char corpus[] = "tests/corpus/outbox"; /* from the repository's root */

static int begin_test(void **state)
{
    int failed = scratch_setup(state);
    /* 2026-01-15 09:00:00 at +7 */
    begin_listening("{\"listener\": {\"devices\": [{\"sn\": \"A1\"}]}}", (struct outbox_options){0},
                    1768442400);
    return failed;
}

static int end_test(void **state)
{
    end_listening();
    return scratch_teardown(state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_test, end_test)

static int ask(enum iclock_method method, const char *query, struct span body)
{
    struct intake_item *items[] = {&item};
    memset(&item, 0, sizeof item);
    item.request.method = method;
    item.request.path = SPAN("/iclock/cdata");
    item.request.query = span_of(query);
    item.request.body = body;
    assert_true(address_parse(SPAN("10.0.0.1"), &item.peer));
    intake_answer(intake, items, 1, now);
    return item.reply.status;
}

static int64_t waiting(void)
{
    struct outbox_counts counts;
    DO(outbox_counts(outbox, &counts, &err));
    return counts.waiting;
}

struct aside {
    size_t count;
    char bytes[256];
    size_t len;
    char method[8];
    char query[256];
    char content_type[64];
    char reason[128];
    walltime wall, time;
};

static bool look(void *context, const struct outbox_rejected *record)
{
    struct aside *aside = context;
    if (aside->count++ == 0) {
        aside->len = record->bytes.len;
        assert_true(record->bytes.len <= sizeof aside->bytes);
        memcpy(aside->bytes, record->bytes.at, record->bytes.len);
        assert_true(span_copy(record->query, aside->query, sizeof aside->query));
        snprintf(aside->method, sizeof aside->method, "%s", record->method);
        snprintf(aside->content_type, sizeof aside->content_type, "%s", record->content_type);
        snprintf(aside->reason, sizeof aside->reason, "%s", record->reason);
        aside->wall = record->wall;
        aside->time = record->time;
    }
    return true;
}

/* The newest that is not settled, and how many there are. */
static struct aside newest(void)
{
    struct aside aside;
    memset(&aside, 0, sizeof aside);
    DO(outbox_each_rejected(outbox, 100000, false, look, &aside, &err));
    return aside;
}

static struct retry_outcome retry(void)
{
    static const struct retry_scope all = {NULL, INT64_MIN, INT64_MAX};
    struct retry_outcome outcome;
    DO(retry_rejected(outbox, config, &all, now.unix_s, &outcome, &err));
    return outcome;
}

#define T0 "2026-01-15 08:01:02"

static void a_row_keeps_its_bytes_and_how_to_read_it(void **state)
{
    (void)state;
    static const char body[] = "\t" T0 "\t\xFF\x00\x1B\t1 \r\n904\t" T0 "\t0\t1\n";
    CHECK_INT("status", 200,
              ask(ICLOCK_POST, "SN=A1&table=ATTLOG&Stamp=7", (struct span){body, sizeof body - 1}));
    struct aside aside = newest();
    CHECK_INT("records", 1, aside.count);
    CHECK_INT("length", 27, aside.len);
    assert_memory_equal(aside.bytes, body, 27);
    CHECK_TEXT("query", "/iclock/cdata?SN=A1&table=ATTLOG", aside.query);
    CHECK_TEXT("method", "POST", aside.method);
    CHECK_INT("wall", 1768442400 + 7 * 3600, aside.wall);
    CHECK_INT("the row's own time", 1768464062, aside.time);
    CHECK_INT("the other row", 1, waiting());
    /* The same again, with another stamp: the same record. */
    ask(ICLOCK_POST, "SN=A1&table=ATTLOG&Stamp=8", (struct span){body, sizeof body - 1});
    CHECK_INT("again", 1, newest().count);
}

static void a_body_keeps_its_bytes_whole(void **state)
{
    (void)state;
    static const char body[] = "{\"pin\":\"904\",\"time\":\"" T0 "\"}\n";
    ask(ICLOCK_POST, "SN=A1&table=ATTLOG&Stamp=7", SPAN(body));
    struct aside aside = newest();
    CHECK_INT("records", 1, aside.count);
    assert_true(span_equal((struct span){aside.bytes, aside.len}, SPAN(body)));
    CHECK_TEXT("query", "/iclock/cdata?SN=A1&table=ATTLOG&Stamp=7", aside.query);
    CHECK_INT("told", 1, times_told(EVENT_BODY_NOT_UNDERSTOOD));
    now.unix_s += 3600;
    now.steady_s += 3600;
    ask(ICLOCK_POST, "SN=A1&table=ATTLOG&Stamp=8", SPAN(body));
    CHECK_INT("once a day", 1, times_told(EVENT_BODY_NOT_UNDERSTOOD));
}

static bool add_up(void *context, const struct outbox_refusal *refusal)
{
    int64_t *times = context;
    times[refusal->code == 27 ? 0 : 1] += refusal->times;
    return true;
}

static void refusals_are_counted_by_code(void **state)
{
    (void)state;
    int64_t times[2] = {0, 0};
    static const char rows[] = "time=" T0 "\tpin=904\tevent=27\n"
                               "time=" T0 "\tpin=905\tevent=27\n"
                               "time=" T0 "\tpin=906\tevent=23\n"
                               "time=" T0 "\tpin=0\tevent=5\n";
    ask(ICLOCK_POST, "SN=A1&table=rtlog", SPAN(rows));
    DO(outbox_each_refusal(outbox, "A1", add_up, times, &err));
    CHECK_INT("27", 2, times[0]);
    CHECK_INT("others", 1, times[1]);
    CHECK_INT("none is a punch", 0, waiting());
    CHECK_INT("nor set aside", 0, newest().count);
}

/* Kept by a version that knew less: the shapes are those of now. */
static void keep(const char *sn, const char *method, const char *query, const char *bytes)
{
    enum outbox_kept kept;
    const struct outbox_rejection rejection = {.device_sn = sn,
                                               .bytes = span_of(bytes),
                                               .reason = "it was not known",
                                               .method = method,
                                               .query = span_of(query),
                                               .wall = now.unix_s + 7 * 3600};
    DO(outbox_begin(outbox, &err));
    DO(outbox_reject(outbox, &rejection, now.unix_s, &kept, &err));
    CHECK_INT("kept", OUTBOX_SET_ASIDE, kept);
    DO(outbox_commit(outbox, &err));
}

static void a_thousand_are_read_again_once(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++) {
        char bytes[160];
        const char *query = i % 2 == 0 ? "/iclock/cdata?SN=A1&table=rtlog" : "";
        snprintf(bytes, sizeof bytes,
                 i % 2 == 0 ? "time=2026-01-%02d 08:%02d:02\tpin=%d\tcardno=0\tevent=232"
                            : "time=2026-01-%02d 08:%02d:02\tpin=%d\tcardno=0\tevent=0",
                 1 + i % 14, i % 60, 1000 + i);
        keep("A1", i % 2 == 0 ? "POST" : "", query, bytes);
    }
    keep("A1", "POST", "/iclock/cdata?SN=A1&table=rtlog", "time=" T0 "\tpin=7\tevent=130");
    struct retry_outcome outcome = retry();
    CHECK_INT("read", 1001, outcome.read);
    CHECK_INT("settled", 1000, outcome.settled);
    CHECK_INT("punches", 1000, outcome.punches);
    CHECK_INT("rows", 1000, waiting());
    CHECK_INT("left", 1, newest().count);
    outcome = retry();
    CHECK_INT("read again", 1, outcome.read);
    CHECK_INT("none twice", 0, outcome.punches + outcome.known);
    struct batch *batch = batch_new(2000, 1 << 20);
    assert_non_null(batch);
    DO(outbox_waiting(outbox, 2000, batch, &err));
    for (size_t k = 0; k < batch->count; k++) {
        const struct punch *punch = &batch->rows[k].punch;
        int i = (int)strtol(punch->user_id, NULL, 10) - 1000;
        const struct civil civil = {2026, 1, 1 + i % 14, 8, i % 60, 2};
        walltime time = 0;
        assert_true(walltime_from_civil(&civil, &time));
        CHECK_INT(punch->user_id, time, punch->time);
    }
    batch_free(batch);
}

/* The outbox of the last version, as its release left it, with lines that it could not read. */
static void make_old_outbox(int lines)
{
    char path[FILE_PATH_MAX];
    char *sql = NULL;
    size_t len = 0;
    sqlite3 *db = NULL;
    snprintf(path, sizeof path, "%s/version-4.sql", corpus);
    DO(file_read(path, 1 << 20, &sql, &len, &err));
    CHECK_INT("opened", SQLITE_OK, sqlite3_open(scratch_path("outbox.db"), &db));
    CHECK_INT("as released", SQLITE_OK, sqlite3_exec(db, sql, NULL, NULL, NULL));
    sqlite3_exec(db, "BEGIN", NULL, NULL, NULL);
    for (int i = 0; i < lines; i++) {
        char insert[400];
        snprintf(insert, sizeof insert,
                 "INSERT INTO rejected (device_sn, line, reason, rejected_s) VALUES ('A1',"
                 " 'time=2026-01-%02d 08:%02d:02' || char(9) || 'pin=%d' || char(9) || 'cardno=0'"
                 " || char(9) || 'event=0' || char(9) || 'inoutstatus=1' || char(9) ||"
                 " 'verifytype=4', 'its user is longer than one can be', 1767250999)",
                 1 + i % 14, i % 60, 1000 + i);
        CHECK_INT(insert, SQLITE_OK, sqlite3_exec(db, insert, NULL, NULL, NULL));
    }
    sqlite3_exec(db, "COMMIT; PRAGMA application_id = 1212764226; PRAGMA user_version = 4", NULL,
                 NULL, NULL);
    sqlite3_close(db);
    free(sql);
}

static void what_the_last_version_set_aside_is_carried_over(void **state)
{
    enum { LINES = 1000 };
    (void)state;
    end_service();
    DO(file_remove(scratch_path("outbox.db"), &err));
    make_old_outbox(LINES);
    begin_service((struct outbox_options){0});
    int64_t before = waiting();
    struct retry_outcome outcome = retry();
    CHECK_INT("read", LINES + 1, outcome.read);
    CHECK_INT("punches", LINES, outcome.punches);
    CHECK_INT("settled", LINES, outcome.settled);
    CHECK_INT("rows", before + LINES, waiting());
    CHECK_INT("nonsense stays", 1, newest().count);
    outcome = retry();
    CHECK_INT("none twice", 0, outcome.punches + outcome.known);
    struct batch *batch = batch_new(2 * LINES, 1 << 20);
    assert_non_null(batch);
    DO(outbox_waiting(outbox, 2 * LINES, batch, &err));
    int found = 0;
    for (size_t k = 0; k < batch->count; k++) {
        const struct punch *punch = &batch->rows[k].punch;
        int i = (int)strtol(punch->user_id, NULL, 10) - 1000;
        const struct civil civil = {2026, 1, 1 + i % 14, 8, i % 60, 2};
        walltime time = 0;
        if (strcmp(punch->device_sn, "A1") != 0) {
            continue;
        }
        found++;
        assert_true(walltime_from_civil(&civil, &time));
        CHECK_INT(punch->user_id, time, punch->time);
        CHECK_INT(punch->user_id, 1, punch->status);
        CHECK_INT(punch->user_id, 4, punch->verify);
    }
    CHECK_INT("each", LINES, found);
    batch_free(batch);
}

/* The service runs beside it, with its counts in memory. */
static void a_running_services_counts_have_them_too(void **state)
{
    (void)state;
    struct outbox_device device;
    bool found = false;
    ask(ICLOCK_POST, "SN=A1&table=ATTLOG", SPAN("903\t" T0 "\t0\t1\n"));
    intake_flush(intake, now);
    for (int i = 0; i < 3; i++) {
        char row[80];
        snprintf(row, sizeof row, "time=2026-01-15 08:3%d:02\tpin=%d\tevent=232", i, 910 + i);
        keep("A1", "POST", "/iclock/cdata?SN=A1&table=rtlog", row);
        snprintf(row, sizeof row, "time=2026-01-15 08:3%d:02\tpin=%d\tevent=232", i, 920 + i);
        keep("B2", "POST", "/iclock/cdata?SN=B2&table=rtlog", row);
    }
    ask(ICLOCK_POST, "SN=A1&table=ATTLOG", SPAN("904\t" T0 "\t0\t1\n"));
    ask(ICLOCK_POST, "SN=B2&table=ATTLOG", SPAN("905\t" T0 "\t0\t1\n"));
    CHECK_INT("read again", 6, retry().punches);
    ask(ICLOCK_POST, "SN=A1&table=ATTLOG", SPAN("906\t" T0 "\t0\t1\n"));
    for (int i = 0; i < 2; i++) { /* and no more at the next time */
        now.unix_s += INTAKE_FLUSH_S;
        now.steady_s += INTAKE_FLUSH_S;
        ask(ICLOCK_GET, "SN=A1&options=all", SPAN(""));
        intake_flush(intake, now);
        DO(outbox_device(outbox, "A1", &device, &found, &err));
        CHECK_INT("A1", 6, device.punches);
        CHECK_INT("its newest", 1768465922, device.last_punch);
        DO(outbox_device(outbox, "B2", &device, &found, &err));
        CHECK_INT("B2", 4, device.punches);
    }
    end_service();
    begin_service((struct outbox_options){0});
    DO(outbox_device(outbox, "A1", &device, &found, &err));
    CHECK_INT("after a restart", 6, device.punches);
}

static void of_a_delivery_what_stays_aside_is_its_own(void **state)
{
    (void)state;
    keep("A1", "POST", "/iclock/cdata?SN=A1&table=ATTLOG",
         "904\t" T0 "\t0\t1\n905\t2026-02-30 08:00:00\t0\t1\n906\t" T0 "\t0\t1\n");
    struct retry_outcome outcome = retry();
    CHECK_INT("read", 1, outcome.read);
    CHECK_INT("settled", 1, outcome.settled);
    CHECK_INT("punches", 2, outcome.punches);
    struct aside aside = newest();
    CHECK_INT("left", 1, aside.count);
    assert_true(
        span_equal((struct span){aside.bytes, aside.len}, SPAN("905\t2026-02-30 08:00:00\t0\t1")));
    outcome = retry();
    CHECK_INT("again", 1, outcome.read);
    CHECK_INT("nothing", 0, outcome.settled + outcome.punches + outcome.known);
}

static void what_may_be_half_of_a_row_stays_so(void **state)
{
    (void)state;
    ask(ICLOCK_POST, "SN=A1&table=ATTLOG&packcnt=2&packidx=1",
        SPAN("904\t" T0 "\t0\t1\n905\t" T0 "\t0\t1\n90"));
    ask(ICLOCK_POST, "SN=A1&table=ATTLOG&packcnt=2&packidx=2",
        SPAN("6\t" T0 "\t0\t1\n907\t" T0 "\t0\t1"));
    CHECK_INT("rows", 3, waiting());
    CHECK_INT("aside", 2, newest().count);
    struct retry_outcome outcome = retry();
    CHECK_INT("read", 2, outcome.read);
    CHECK_INT("no half of a number is a user", 0, outcome.punches + outcome.settled);
}

static void what_is_not_understood_yet_stays(void **state)
{
    (void)state;
    static const struct {
        const char *method;
        const char *query;
        const char *bytes;
    } records[] = {
        {"POST", "/iclock/cdata?SN=A1&table=ATTLOG", "{\"pin\":\"904\",\"time\":\"" T0 "\"}"},
        {"POST", "/iclock/cdata?SN=A1&table=ATTLOG", "904\t2560-01-15 08:01:02\t0\t1"},
        {"POST", "/hdata.aspx", "\x01\x02 904 " T0},
        {"POST", "/iclock/cdata?SN=OTHER&table=ATTLOG", "904\t" T0 "\t0\t1"},
        {"PULL", "", "904\t" T0 "\t0\t1 "},
        {"pull", "x", "904\t" T0 "\t0\t1"},
    };
    for (size_t i = 0; i < HB_COUNT(records); i++) {
        if (i != 4) {
            keep("A1", records[i].method, records[i].query, records[i].bytes);
        }
    }
    struct retry_outcome outcome = retry();
    CHECK_INT("settled", 0, outcome.settled);
    CHECK_INT("rows", 0, waiting());
    CHECK_INT("left", 5, newest().count);
}

static void a_scope_is_kept_to(void **state)
{
    (void)state;
    static const struct retry_scope other = {"B2", INT64_MIN, INT64_MAX};
    const struct retry_scope before = {"A1", INT64_MIN, now.unix_s};
    struct retry_outcome outcome;
    keep("A1", "POST", "/iclock/cdata?SN=A1&table=ATTLOG", "904\t" T0 "\t0\t1");
    DO(retry_rejected(outbox, config, &other, now.unix_s, &outcome, &err));
    CHECK_INT("another terminal", 0, outcome.read);
    DO(retry_rejected(outbox, config, &before, now.unix_s, &outcome, &err));
    CHECK_INT("another time", 0, outcome.read);
    CHECK_INT("all", 1, retry().punches);
}

/* A listed terminal keeps what finds no room here; its good rows are stored all the same. */
static void without_room_a_listed_terminal_keeps_it(void **state)
{
    (void)state;
    static char body[OUTBOX_SHARE + 4096];
    memset(body, 'x', sizeof body);
    memcpy(body, "903\t" T0 "\t0\t1\n", 28);
    int status = ask(ICLOCK_POST, "SN=A1&table=ATTLOG", (struct span){body, sizeof body});
    CHECK_INT("listed", 503, status);
    CHECK_INT("the good row", 1, waiting());
    status = ask(ICLOCK_POST, "SN=STRANGER&table=ATTLOG", (struct span){body, sizeof body});
    CHECK_INT("a stranger", 200, status);
    int64_t let_go = 0;
    DO(outbox_rejected_let_go(outbox, &let_go, &err));
    CHECK_INT("counted", 2, let_go);
    CHECK_INT("told of the one", 1, times_told(EVENT_NO_ROOM_ASIDE));
    CHECK_INT("and of the other", 1, times_told(EVENT_LET_GO));
    ask(ICLOCK_POST, "SN=A1&table=ATTLOG", (struct span){body, sizeof body});
    CHECK_INT("hourly", 1, times_told(EVENT_NO_ROOM_ASIDE));
}

/* A key stands for a record of the terminal's: a row that is set aside is one, and the same one
 * once it is read again; a body as a whole is none, whatever it holds. A key too many would stand
 * in for a punch that is missing. */
static void what_is_set_aside_counts_as_the_record_that_it_is(void **state)
{
    static const struct {
        const char *what;
        const char *line; /* set aside before it could be read; NULL: this is posted */
        struct span body;
        const char *since;   /* pushed before it is read again */
        int64_t aside, read; /* keys, before it is read again and after */
        int64_t punches;
    } cases[] = {
        {"a row", "7\t2026-01-15 08:00:00\t0\t1", {NULL, 0}, "", 1, 1, 1},
        {"a row that stays aside", "7\t2026-13-15 08:00:00\t0\t1", {NULL, 0}, "", 1, 1, 0},
        {"a punch that came since",
         "8\t2026-01-15 08:00:01\t0\t1",
         {NULL, 0},
         "8\t2026-01-15 08:00:01\t0\t1\n",
         1,
         1,
         1},
        {"a body of a form that is not known",
         NULL,
         {"{\"pin\":\"904\",\"time\":\"2026-01-15 08:00:00\"}\n", 43},
         "",
         0,
         0,
         0},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        int64_t keys = 0;
        end_listening();
        scratch_end();
        assert_int_equal(scratch_begin(), 0);
        begin_listening("{\"listener\": {\"devices\": [{\"sn\": \"A1\"}]}}",
                        (struct outbox_options){0}, 1768442400);
        if (cases[i].line != NULL) {
            DO(outbox_begin(outbox, &err));
            DO(outbox_reject_line(outbox, "A1", span_of(cases[i].line), "not known yet", now.unix_s,
                                  &err));
            DO(outbox_commit(outbox, &err));
        } else {
            ask(ICLOCK_POST, "SN=A1&table=ATTLOG&Stamp=1", cases[i].body);
        }
        DO(outbox_delivered_keys(outbox, "A1", INT64_MAX, &keys, &err));
        CHECK_INT(cases[i].what, cases[i].aside, keys);
        if (cases[i].since[0] != '\0') {
            ask(ICLOCK_POST, "SN=A1&table=ATTLOG&Stamp=1", span_of(cases[i].since));
        }
        retry();
        DO(outbox_delivered_keys(outbox, "A1", INT64_MAX, &keys, &err));
        CHECK_INT(cases[i].what, cases[i].read, keys);
        CHECK_INT(cases[i].what, cases[i].punches, waiting());
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_row_keeps_its_bytes_and_how_to_read_it),
        TEST(a_body_keeps_its_bytes_whole),
        TEST(refusals_are_counted_by_code),
        TEST(a_thousand_are_read_again_once),
        TEST(what_the_last_version_set_aside_is_carried_over),
        TEST(a_running_services_counts_have_them_too),
        TEST(of_a_delivery_what_stays_aside_is_its_own),
        TEST(what_may_be_half_of_a_row_stays_so),
        TEST(what_is_not_understood_yet_stays),
        TEST(a_scope_is_kept_to),
        TEST(what_is_set_aside_counts_as_the_record_that_it_is),
        TEST(without_room_a_listed_terminal_keeps_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
