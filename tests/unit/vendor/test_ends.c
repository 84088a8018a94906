/* Files that give nothing, and rounds that end before their end. */
#include "att.h"

static struct att att;

/* ---- files ---- */

static void spoil_zeros(void)
{
    memset(att.build.bytes, 0, (size_t)att.build.pages * JET_PAGE);
}

static void spoil_kind(void)
{
    memcpy(att.build.bytes, "SQLite format 3", 16);
}

static void spoil_version(void)
{
    att.build.bytes[0x14] = 0;
}

static void spoil_key(void)
{
    att.build.bytes[0x3E] ^= 1;
}

static void spoil_length(void)
{
    att.build.pages = 5;
}

static void spoil_catalog(void)
{
    build_page(&att.build, JET_CATALOG)[0] = 0;
}

static void spoil_map(void)
{
    build_page(&att.build, att.punches.map_page)[0] = 0;
}

static void spoil_users(void)
{
    snprintf(att.config.users, sizeof att.config.users, "PEOPLE");
}

static void spoil_table(void)
{
    snprintf(att.config.table, sizeof att.config.table, "USERINFO");
}

static void spoil_link(void)
{
    build_link(&att.build, "ELSEWHERE", 6);
    snprintf(att.config.table, sizeof att.config.table, "elsewhere");
}

static void spoil_name(void)
{
    snprintf(att.config.path, sizeof att.config.path, "%s", scratch_path("gone.mdb"));
}

static void test_files(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        void (*spoil)(void);
        enum vendor_state state;
        const char *words;
    } files[] = {
        {"zeros", spoil_zeros, VENDOR_REFUSED, "zeros"},
        {"another kind", spoil_kind, VENDOR_REFUSED, "no Access database"},
        {"Jet 3", spoil_version, VENDOR_REFUSED, "Access 97"},
        {"encoded", spoil_key, VENDOR_REFUSED, "encoded"},
        {"truncated", spoil_length, VENDOR_LATER, "page"},
        {"a catalog that is being written", spoil_catalog, VENDOR_LATER, "page"},
        {"a map that is being written", spoil_map, VENDOR_LATER, "page"},
        {"no persons", spoil_users, VENDOR_REFUSED, "PEOPLE"},
        {"a table of something else", spoil_table, VENDOR_REFUSED, "CHECKTIME"},
        {"a linked table", spoil_link, VENDOR_REFUSED, "is a link"},
    };
    for (size_t i = 0; i < HB_COUNT(files); i++) {
        att_begin(&att);
        att_user(&att, 7, "1007");
        att_punch(&att, 7, ATT_MONDAY, ATT_SN, NULL, NULL);
        files[i].spoil();
        att_write(&att);
        for (int times = 0; times < 3; times++) {
            struct vendor_summary summary = att_round(&att);
            CHECK_INT(files[i].name, files[i].state, summary.state);
            if (strstr(summary.why.text, files[i].words) == NULL) {
                fail_msg("[%s] %s", files[i].name, summary.why.text);
            }
        }
        CHECK_INT(files[i].name, 0, att_count(&att, "1"));
        att_end(&att);
    }
    att_begin(&att);
    spoil_name();
    struct vendor_summary summary = att_round(&att);
    CHECK_INT("gone", VENDOR_LATER, summary.state);
    CHECK_INT("gone", ERR_NOT_FOUND, summary.why.kind);
    att_end(&att);
}

/* ---- being told to stop, and an outbox that fails ---- */

static bool stopped(void *context)
{
    (void)context;
    return true;
}

static int appended_times;

static void appended(void *context)
{
    (void)context;
    appended_times++;
}

static void test_stop_and_failure(void **state)
{
    (void)state;
    struct vendor_service service = {.stopped = stopped};
    att_begin(&att);
    att_user(&att, 7, "1007");
    att_punch(&att, 7, ATT_MONDAY, ATT_SN, NULL, NULL);
    att_write(&att);
    (void)att_round(&att);
    DO(vendor_round(att.vendor, att.outbox, &att.config, &att.moment, &service, &att.summary,
                    &err));
    CHECK_INT("stopped", VENDOR_STOPPED, att.summary.state);
    CHECK_INT("stopped", ERR_STOPPED, att.summary.why.kind);
    CHECK_INT("nothing", 0, att_count(&att, "1"));
    /* The outbox does not take it: neither the punch nor the page's state. */
    CHECK_INT("breaks", SQLITE_OK,
              sqlite3_exec(att.outbox->db,
                           "CREATE TRIGGER no BEFORE INSERT ON punch BEGIN"
                           " SELECT RAISE(ABORT, 'no'); END",
                           NULL, NULL, NULL));
    error_clear(&err);
    assert_false(
        vendor_round(att.vendor, att.outbox, &att.config, &att.moment, NULL, &att.summary, &err));
    CHECK_INT("failed", VENDOR_FAILED, att.summary.state);
    assert_true(err.kind != ERR_NONE);
    CHECK_INT("not taken", 0,
              query(att.outbox, "SELECT count(*) FROM vendor_page WHERE part = 0 AND taken <> 0"));
    CHECK_INT("mended", SQLITE_OK,
              sqlite3_exec(att.outbox->db, "DROP TRIGGER no", NULL, NULL, NULL));
    service = (struct vendor_service){.appended = appended};
    appended_times = 0;
    DO(vendor_round(att.vendor, att.outbox, &att.config, &att.moment, &service, &att.summary,
                    &err));
    CHECK_INT("taken", 1, att.summary.fresh);
    CHECK_INT("told", 1, appended_times);
    att_end(&att);
}

/* Counts down, a page of the database each; below 0 it is told to stop. */
static bool stops(void *context)
{
    int *left = context;
    return --*left < 0;
}

static void test_stopped_in_the_middle(void **state)
{
    (void)state;
    int left = 5;
    const struct vendor_service service = {.stopped = stops, .context = &left};
    att_begin(&att);
    att_user(&att, 7, "1007");
    for (int i = 0; i < 500; i++) {
        att_punch(&att, 7, ATT_MONDAY + i, ATT_SN, NULL, NULL);
    }
    att_write(&att);
    (void)att_round(&att);
    DO(vendor_round(att.vendor, att.outbox, &att.config, &att.moment, &service, &att.summary,
                    &err));
    int64_t before = (int64_t)att.summary.fresh;
    CHECK_INT("stopped", VENDOR_STOPPED, att.summary.state);
    CHECK_INT("stopped", ERR_STOPPED, att.summary.why.kind);
    assert_true(before > 0 && before < 500);
    CHECK_INT("whole pages are kept", before, att_count(&att, "1"));
    struct vendor_summary summary = att_round(&att);
    CHECK_INT("the rest", 500 - before, summary.fresh);
    CHECK_INT("only the rest", 500 - before, summary.rows);
    att_end(&att);
}

/* Fails what is to be the last transaction of the round. */
static int refuse_commit(void *context)
{
    const int *left = context;
    return *left < 0;
}

/* Wherever the outbox fails: it is said, nothing is half there, and all comes once it is mended. */
static void test_an_outbox_that_fails(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *table; /* that takes nothing; NULL: the commit fails */
        int left;          /* pages until it is told to stop */
    } cases[] = {
        {"the state of a page", "vendor_page", 1000},
        {"a person", "vendor_person", 1000},
        {"whose number it is", "vendor_badge", 1000},
        {"a mark that it was typed in", "vendor_typed", 1000},
        {"what is set aside", "rejected", 1000},
        {"a punch", "punch", 1000},
        {"the commit of a round that was told to stop", NULL, 3},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        int left = cases[i].left;
        const struct vendor_service service = {.stopped = stops, .context = &left};
        char sql[200];
        att_begin(&att);
        att_user(&att, 7, "1007");
        att_punch(&att, 7, ATT_MONDAY, ATT_SN, NULL, NULL);
        att_punch(&att, 9, ATT_MONDAY + 60, ATT_SN, NULL, NULL);
        att_punch(&att, 7, ATT_MONDAY + 120, NULL, NULL, NULL);
        att_typed(&att, 7, ATT_MONDAY + 120, 1);
        for (int n = 0; n < 200; n++) {
            att_punch(&att, 7, ATT_MONDAY + 1000 + n, ATT_SN, NULL, NULL);
        }
        att_write(&att);
        (void)att_round(&att);
        if (cases[i].table != NULL) {
            snprintf(sql, sizeof sql,
                     "CREATE TRIGGER no BEFORE INSERT ON %s BEGIN SELECT RAISE(ABORT, 'no'); END",
                     cases[i].table);
            CHECK_INT(cases[i].name, SQLITE_OK,
                      sqlite3_exec(att.outbox->db, sql, NULL, NULL, NULL));
        } else {
            (void)sqlite3_commit_hook(att.outbox->db, refuse_commit, &left);
        }
        error_clear(&err);
        CHECK_INT(cases[i].name, false,
                  vendor_round(att.vendor, att.outbox, &att.config, &att.moment, &service,
                               &att.summary, &err));
        CHECK_INT(cases[i].name, VENDOR_FAILED, att.summary.state);
        if (err.kind == ERR_NONE || err.kind == ERR_STOPPED) {
            fail_msg("[%s] not why it failed: %s", cases[i].name, err.text);
        }
        CHECK_TEXT(cases[i].name, err.text, att.summary.why.text);
        CHECK_INT(cases[i].name, 0, att_count(&att, "1"));
        (void)sqlite3_commit_hook(att.outbox->db, NULL, NULL);
        CHECK_INT(cases[i].name, SQLITE_OK,
                  sqlite3_exec(att.outbox->db, "DROP TRIGGER IF EXISTS no", NULL, NULL, NULL));
        struct vendor_summary summary = att_round(&att);
        CHECK_INT(cases[i].name, 201, summary.fresh);
        CHECK_INT(cases[i].name, 1, summary.aside_new);
        CHECK_INT(cases[i].name, 1, summary.typed);
        CHECK_INT(cases[i].name, 201, att_count(&att, "1"));
        att_end(&att);
    }
}

/* Near the bound of the outbox a round waits, and appends no more until there is room. */
static void test_no_room_in_the_outbox(void **state)
{
    (void)state;
    struct vendor_service service = {.max_mb = 1};
    att_begin(&att);
    att_user(&att, 7, "1007");
    for (int i = 0; i < 20000; i++) {
        att_punch(&att, 7, ATT_MONDAY - 20000 + i, ATT_SN, NULL, NULL);
    }
    att_write(&att);
    (void)att_round(&att);
    int64_t before = 0;
    for (int turn = 0; turn < 3; turn++) {
        DO(vendor_round(att.vendor, att.outbox, &att.config, &att.moment, &service, &att.summary,
                        &err));
        CHECK_INT("waits", VENDOR_STOPPED, att.summary.state);
        CHECK_INT("waits", ERR_FULL, att.summary.why.kind);
        assert_true(att.summary.fresh < 20000);
        CHECK_INT("only while there is room", turn == 0, att.summary.fresh > 0);
        before += (int64_t)att.summary.fresh;
    }
    CHECK_INT("what is there", before, att_count(&att, "1"));
    while (att_round(&att).fresh > 0) {
    }
    CHECK_INT("in the end", 20000, att_count(&att, "1"));
    att_end(&att);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_stop_and_failure),
        cmocka_unit_test(test_stopped_in_the_middle),
        cmocka_unit_test(test_an_outbox_that_fails),
        cmocka_unit_test(test_no_room_in_the_outbox),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
