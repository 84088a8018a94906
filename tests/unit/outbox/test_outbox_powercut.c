/*
 * Every point at which the power can go while the outbox works (posix/powercut.h): from each it
 * opens again, what was acknowledged is there, and nothing is taken to be in the database that is
 * not.
 *
 * One in a few of the points in the suite; all of them by HIPBRIDGE_CUTS=1.
 */
#include <limits.h>

#include "outbox/outbox_rejected.h"
#include "outbox/outbox_salvage.h"
#include "posix/powercut.h"
#include "scratch_outbox.h"

enum { PUNCHES = 160, STEPS = 40, NOW_S = 1700000000, PAGE = 4096 };

/* What holds once so many steps are done. */
struct promise {
    bool stored[PUNCHES];   /* acknowledged: never lost */
    bool in_table[PUNCHES]; /* at head office */
};

struct world {
    struct outbox *outbox;
    struct promise promises[STEPS];
    int step;
    int punches; /* appended so far */
    bool salvaged;
    bool eager; /* planted: the cursor goes before the database has committed */
};

static struct world world;

static struct punch punch_number(int number)
{
    static const char raw[] = "a line of a terminal, of the length that such a line has";
    struct punch punch = {.time = NOW_S + number, .device_sn = "SN1", .raw = SPAN(raw)};
    snprintf(punch.user_id, sizeof punch.user_id, "%d", 100 + number);
    return punch;
}

/* ---- the scenario ---- */

/* The step that is under way is done; the next one begins. */
static void step_done(void)
{
    assert_true(world.step + 1 < STEPS);
    world.promises[world.step + 1] = world.promises[world.step];
    cut_step(++world.step);
}

static void append(int count)
{
    int first = world.punches;
    DO(outbox_begin(world.outbox, &err));
    for (int i = 0; i < count; i++) {
        struct punch punch = punch_number(world.punches++);
        enum outbox_added added;
        assert_true(world.punches <= PUNCHES);
        DO(outbox_append(world.outbox, &punch, 0, NOW_S, &added, &err));
        CHECK_INT("new", OUTBOX_NEW, added);
    }
    DO(outbox_commit(world.outbox, &err));
    step_done();
    for (int i = first; i < world.punches; i++) {
        world.promises[world.step].stored[i] = true;
    }
}

static int64_t id_of(int number)
{
    char sql[80];
    snprintf(sql, sizeof sql, "SELECT coalesce(max(id), 0) FROM punch WHERE check_time = %d",
             NOW_S + number);
    return query(world.outbox, sql);
}

static void commit_at_head_office(int64_t last, int refused)
{
    for (int i = 0; i < world.punches; i++) {
        int64_t id = id_of(i);
        if (i != refused && id != 0 && id <= last) {
            world.promises[world.step].in_table[i] = true;
        }
    }
}

/* What waits is sent as far as this punch, and the cursor moves over it, but for one that the
 * database refuses (-1: none). */
static void upload(int last, int refused)
{
    int64_t id = id_of(last);
    if (!world.eager) {
        commit_at_head_office(id, refused);
    }
    DO(outbox_begin(world.outbox, &err));
    if (refused >= 0) {
        DO(outbox_refuse(world.outbox, id_of(refused), 1406, "too long", NOW_S, &err));
    }
    DO(outbox_advance(world.outbox, id, NOW_S, &err));
    DO(outbox_commit(world.outbox, &err));
    step_done();
    if (world.eager) {
        commit_at_head_office(id, refused);
    }
}

static void prune(size_t limit)
{
    size_t count = 0;
    DO(outbox_begin(world.outbox, &err));
    DO(outbox_prune(world.outbox, NOW_S + 1, limit, &count, &err));
    DO(outbox_commit(world.outbox, &err));
    CHECK_INT("pruned", limit, count);
    step_done();
}

static void requeue(void)
{
    size_t count = 0;
    DO(outbox_begin(world.outbox, &err));
    DO(outbox_requeue_refused(world.outbox, &count, &err));
    DO(outbox_commit(world.outbox, &err));
    CHECK_INT("requeued", 1, count);
    step_done();
}

static void set_aside(void)
{
    DO(outbox_begin(world.outbox, &err));
    DO(outbox_reject_line(world.outbox, "SN1", SPAN("a line"), "why", NOW_S, &err));
    DO(outbox_commit(world.outbox, &err));
    step_done();
}

static void open_it(const char *path)
{
    world.outbox = outbox_open(path, NULL, &err);
    if (world.outbox == NULL) {
        fail_msg("%s", err.text);
    }
    /* So that the log is written into the file now and then. */
    world.outbox->checkpoint_pages = 12;
}

static void close_it(void)
{
    outbox_close(world.outbox);
    world.outbox = NULL;
    step_done();
}

/* A page of the file that is no longer what was written there. */
static void damage(const char *path, long page)
{
    static const uint8_t rubbish[PAGE] = {0xA5, 0x5A, 0xFF};
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, (page - 1) * PAGE, SEEK_SET), 0);
    assert_int_equal(fwrite(rubbish, 1, PAGE, file), PAGE);
    assert_int_equal(fclose(file), 0);
    int number = cut_file_of(file_name(path));
    cut_written(number, rubbish, PAGE, (page - 1) * PAGE);
    (void)cut_note(CUT_SYNC, number, "");
}

/* ---- what is promised ---- */

static bool not_kept(char reason[CUT_REASON], const char *what, int number)
{
    snprintf(reason, CUT_REASON, "punch %d: %s", number, what);
    return false;
}

/* As the service begins. */
static struct outbox *begin_again(const char *path, char reason[CUT_REASON])
{
    struct error failed = ERROR_INIT;
    static const struct outbox_options options;
    struct outbox_salvaged saved;
    bool well = outbox_salvage_finish(path, &failed);
    if (well && !outbox_sound(path, NULL, NULL, &failed)) {
        error_clear(&failed);
        well = outbox_salvage(path, &options, NOW_S, &saved, &failed);
    }
    struct outbox *outbox = well ? outbox_open(path, &options, &failed) : NULL;
    if (outbox == NULL) {
        snprintf(reason, CUT_REASON, "the start is refused: %.300s", failed.text);
    }
    return outbox;
}

/* 0: no row; 1: it waits; 2: refused; 3: taken to be in the table; more: twice. */
static int64_t place_of(struct outbox *outbox, int number)
{
    char sql[400];
    snprintf(sql, sizeof sql,
             "SELECT coalesce(sum(CASE WHEN EXISTS (SELECT 1 FROM refused WHERE refused.id ="
             " punch.id) THEN 2 WHEN id > (SELECT cursor FROM state) THEN 1 ELSE 3 END), 0)"
             " + 10 * (count(*) > 1) FROM punch WHERE check_time = %d",
             NOW_S + number);
    return query(outbox, sql);
}

static bool keeps(struct outbox *outbox, const struct promise *promise, bool salvaged,
                  char reason[CUT_REASON])
{
    if (query(outbox,
              "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'") != 0) {
        return not_kept(reason, "the file is damaged", -1);
    }
    DO(outbox_begin(outbox, &err));
    for (int i = 0; i < PUNCHES; i++) {
        struct punch punch = punch_number(i);
        enum outbox_added added = OUTBOX_NEW;
        int64_t place = place_of(outbox, i);
        if (place > 3) {
            return not_kept(reason, "it is there twice", i);
        }
        if (place == 3 && !promise->in_table[i]) {
            return not_kept(reason, "it is taken to be in the database, and is not", i);
        }
        if (place == 0 && promise->stored[i] && !promise->in_table[i]) {
            return not_kept(reason, "it was acknowledged, and is not there", i);
        }
        if (promise->stored[i] && !salvaged) {
            DO(outbox_append(outbox, &punch, 0, NOW_S, &added, &err));
            if (added == OUTBOX_NEW) {
                return not_kept(reason, "it was stored, and is taken once more", i);
            }
        }
    }
    DO(outbox_commit(outbox, &err));
    return true;
}

static bool check(void *context, const char *folder, int step, char reason[CUT_REASON])
{
    struct world *of = context;
    char path[FILE_PATH_MAX];
    assert_true(file_resolve(folder, "outbox.db", path, sizeof path));
    struct outbox *outbox = begin_again(path, reason);
    bool kept = outbox != NULL && keeps(outbox, &of->promises[step], of->salvaged, reason);
    outbox_close(outbox);
    return kept;
}

/* ---- the tests ---- */

static const char *path_of_outbox(void)
{
    static char path[FILE_PATH_MAX];
    DO(file_make_folder(scratch_path("disk"), &err));
    DO(file_make_folder(scratch_path("cut"), &err));
    assert_true(file_resolve(scratch_path("disk"), "outbox.db", path, sizeof path));
    return path;
}

static void begin_world(void)
{
    memset(&world, 0, sizeof world);
    error_clear(&err);
}

static void ordinary_days(const char *path, const char *pragma)
{
    open_it(path);
    if (pragma != NULL) {
        assert_int_equal(sqlite3_exec(world.outbox->db, pragma, NULL, NULL, NULL), SQLITE_OK);
    }
    step_done();
    append(1);
    append(2);
    append(40); /* many terminals' in one commit */
    upload(9, -1);
    append(1);
    upload(29, 17);
    set_aside();
    append(25);
    requeue();
    upload(43, -1);
    prune(8);
    append(3);
    upload(60, -1);
    prune(20);
    append(30);
    close_it();
    open_it(path);
    step_done();
    append(5);
    upload(80, -1);
    close_it();
}

static struct cut_sum look(unsigned one_in)
{
    struct cut_sum sum;
    cut_end();
    cut_each(scratch_path("cut"), check, &world, one_in, cut_seed(), &sum);
    cut_forget();
    cut_empty(scratch_path("disk"));
    return sum;
}

static void at_each_point_what_was_acknowledged_is_there(void **state)
{
    (void)state;
    begin_world();
    const char *path = path_of_outbox();
    cut_begin(scratch_path("disk"));
    ordinary_days(path, NULL);
    struct cut_sum sum = look(cut_one_in(60));
    cut_assert_kept("days", &sum);
    assert_true(sum.points > 3000);
}

/* That the test would see it. */
static void without_flushes_or_in_a_wrong_order_a_promise_breaks(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *pragma;
        bool eager;
    } cases[] = {{"no flush", "PRAGMA synchronous = OFF", false}, {"cursor first", NULL, true}};
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        begin_world();
        world.eager = cases[i].eager;
        const char *path = path_of_outbox();
        cut_begin(scratch_path("disk"));
        ordinary_days(path, cases[i].pragma);
        struct cut_sum sum = look(cut_one_in(60));
        printf("%s: %zu of %zu disks broke a promise, first: %s\n", cases[i].name, sum.broken,
               sum.checked, sum.first);
        assert_true(sum.broken > 0);
    }
}

/* The rows that a whole salvage saves are those that a salvage cut short saves; with_log: what was
 * stored last is in SQLite's log alone. */
static void cut_a_salvage(const char *input, bool with_log)
{
    static const struct outbox_options options;
    struct outbox_salvaged saved;
    begin_world();
    const char *path = path_of_outbox();
    open_it(path);
    append(100);
    upload(49, -1);
    int64_t page = query(world.outbox, "SELECT pageno FROM dbstat WHERE name = 'punch'"
                                       " AND pagetype = 'leaf' ORDER BY path LIMIT 1");
    close_it();
    open_it(path);
    (void)sqlite3_db_config(world.outbox->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, with_log, NULL);
    world.outbox->checkpoint_pages = INT_MAX;
    append(30);
    close_it();
    cut_begin(scratch_path("disk"));
    world.promises[0] = world.promises[world.step];
    world.step = 0;
    damage(path, (long)page);
    CHECK_INT("damaged", false, outbox_sound(path, NULL, NULL, &err));
    error_clear(&err);
    DO(outbox_salvage(path, &options, NOW_S, &saved, &err));
    cut_end();
    struct outbox *after = outbox_open(path, NULL, &err);
    assert_non_null(after);
    for (int i = 0; i < PUNCHES; i++) {
        world.promises[0].stored[i] = world.promises[0].stored[i] && place_of(after, i) != 0;
    }
    outbox_close(after);
    cut.on = true;
    step_done();
    world.salvaged = true;
    int64_t stored = 0;
    for (int i = 100; i < 130; i++) {
        stored += world.promises[1].stored[i];
    }
    CHECK_INT(input, 30, stored);
    struct cut_sum sum = look(cut_one_in(60));
    cut_assert_kept(input, &sum);
}

static void a_salvage_can_be_cut_anywhere(void **state)
{
    (void)state;
    cut_a_salvage("salvage", false);
    cut_a_salvage("salvage with a log", true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(at_each_point_what_was_acknowledged_is_there),
        SCRATCH_TEST(without_flushes_or_in_a_wrong_order_a_promise_breaks),
        SCRATCH_TEST(a_salvage_can_be_cut_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
