/* status.json is of one moment, whoever writes while it is made. */
#include <cjson/cJSON.h>

#include "outbox/outbox_proof.h"
#include "outbox_punches.h"
#include "status/status.h"

enum { NOW = 1700000000 };

struct writing {
    struct outbox *outbox;
    const char *at; /* the statement of the reader's before which it happens */
    size_t times;
};

/* A punch comes and is proven to be all that its terminal held: it waits. */
static int write_now(unsigned what, void *context, void *statement, void *unused)
{
    struct writing *writing = context;
    (void)what;
    (void)unused;
    if (strstr(sqlite3_sql(statement), writing->at) != NULL && writing->times++ == 0) {
        struct outbox_device device = {.first_seen_s = NOW, .last_seen_s = NOW, .sn = "SN1"};
        DO(outbox_begin(writing->outbox, &err));
        CHECK_INT("new", OUTBOX_NEW, add(writing->outbox, "SN1", "7", 5000, 0));
        DO(outbox_device_save(writing->outbox, &device, &err));
        DO(outbox_prove(writing->outbox, "SN1", OUTBOX_PROOF_COUNTED, 5000, NOW, &err));
        DO(outbox_commit(writing->outbox, &err));
    }
    return 0;
}

static void check_while(const char *at, bool inside)
{
    struct outbox *outbox = new_outbox();
    struct config *config = config_parse(SPAN("{}"), "C:\\x\\config.json", &err);
    struct outbox_device device = {.first_seen_s = NOW, .last_seen_s = NOW, .sn = "SN1"};
    fill(outbox, 4000, 4000);
    advance(outbox, 1);
    DO(outbox_begin(outbox, &err));
    DO(outbox_device_save(outbox, &device, &err));
    DO(outbox_prove(outbox, "SN1", OUTBOX_PROOF_COUNTED, 4000, NOW, &err));
    DO(outbox_commit(outbox, &err));
    struct outbox *page = outbox_open_readonly(scratch_path("outbox.db"), &err);
    struct writing writing = {outbox, at, 0};
    assert_non_null(page);
    assert_int_equal(SQLITE_OK, sqlite3_trace_v2(page->db, SQLITE_TRACE_STMT, write_now, &writing));
    for (int i = 0; i < 2; i++) {
        if (inside) {
            DO(outbox_snapshot(page, &err)); /* as hipctl does around the page and its exit code */
        }
        char *json = status_json(page, config, "running", NOW, &err);
        if (inside) {
            outbox_snapshot_end(page);
        }
        assert_non_null(json);
        cJSON *tree = cJSON_Parse(json);
        cJSON *terminal = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(tree, "devices"), 0);
        const char *through =
            cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(terminal, "complete_through"));
        /* As it was before, or as it is now: the new one waits. */
        if (i > 0 || strcmp(through, "1970-01-01 01:06:40") != 0) {
            CHECK_TEXT(at, "1970-01-01 01:23:19", through);
        }
        assert_true(writing.times > 0);
        cJSON_Delete(tree);
        free(json);
    }
    outbox_close(page);
    config_free(config);
    drop_outbox(outbox);
}

static void nothing_is_told_complete_that_came_meanwhile(void **state)
{
    static const char *const moments[] = {"FROM device", "FROM proof WHERE sn", "max(cursor",
                                          "FROM refused"};
    (void)state;
    for (size_t i = 0; i < HB_COUNT(moments); i++) {
        check_while(moments[i], false);
        check_while(moments[i], true);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_told_complete_that_came_meanwhile),
    };
    return cmocka_run_group_tests_name("status_moment", tests, NULL, NULL);
}
