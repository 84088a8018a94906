/* status.json's "access": the vendor's database, as the last rounds found it. */
#include "outbox/outbox_note.h"
#include "outbox/outbox_reading.h"
#include "scratch_outbox.h"
#include "status/json_parts.h"
#include "status/status.h"

enum { NOW = 1700000000 }; /* 2023-11-14 22:13:20 UTC */

static cJSON *status_of(struct outbox *outbox, const char *config_text)
{
    struct config *config = config_parse(span_of(config_text), "C:\\x\\config.json", &err);
    if (config == NULL) {
        fail_msg("%s", err.text);
    }
    char *json = status_json(outbox, config, "running", NOW, &err);
    if (json == NULL) {
        fail_msg("%s", err.text);
    }
    cJSON *tree = cJSON_Parse(json);
    assert_non_null(tree);
    free(json);
    config_free(config);
    return tree;
}

static void the_vendors_database_is_shown(void **state)
{
    static const struct part parts[] = {{"path", "\"D:/db/att2000.mdb\""},
                                        {"state", "\"later\""},
                                        {"problem", "\"in use\""},
                                        {"looked_s", "103"},
                                        {"read_s", "102"},
                                        {"came_s", "101"},
                                        {"last_punch", "\"2023-11-15 05:13:20\""},
                                        {"bytes", "26900000"},
                                        {"pages", "4504"},
                                        {"pages_waiting", "3"},
                                        {"pages_restless", "2"},
                                        {"pages_damaged", "1"},
                                        {"rows", "300140"},
                                        {"new", "299000"},
                                        {"known", "1140"},
                                        {"set_aside", "5"},
                                        {"typed", "41"}};
    static const struct part nothing[] = {{"path", "\"D:/db/other.mdb\""},
                                          {"state", "null"},
                                          {"problem", "null"},
                                          {"last_punch", "null"},
                                          {"new", "0"}};
    static const struct part off[] = {{"path", "null"}, {"state", "null"}, {"typed", "0"}};
    static const struct {
        const char *config;
        const struct part *parts;
        size_t count;
    } cases[] = {
        {"{\"access\": {\"enabled\": true, \"path\": \"D:/db/att2000.mdb\"}}", parts,
         HB_COUNT(parts)},
        {"{\"access\": {\"enabled\": true, \"path\": \"D:/db/other.mdb\"}}", nothing,
         HB_COUNT(nothing)},
        {"{\"access\": {\"enabled\": false, \"path\": \"D:/db/att2000.mdb\"}}", off, HB_COUNT(off)},
    };
    const struct outbox_reading reading = {.state = OUTBOX_READING_LATER,
                                           .path = "D:/db/att2000.mdb",
                                           .why = "in use",
                                           .looked_s = 103,
                                           .read_s = 102,
                                           .came_s = 101,
                                           .last = NOW + 7 * 3600,
                                           .bytes = 26900000,
                                           .pages = 4504,
                                           .waiting = 3,
                                           .restless = 2,
                                           .damaged = 1,
                                           .rows = 300140,
                                           .fresh = 299000,
                                           .known = 1140,
                                           .aside = 5,
                                           .typed = 41};
    (void)state;
    struct outbox *outbox = new_outbox();
    DO(outbox_begin(outbox, &err));
    DO(outbox_reading_save(outbox, &reading, &err));
    DO(outbox_commit(outbox, &err));
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        cJSON *tree = status_of(outbox, cases[i].config);
        check_parts(cJSON_GetObjectItemCaseSensitive(tree, "access"), cases[i].parts,
                    cases[i].count);
        cJSON_Delete(tree);
    }
    drop_outbox(outbox);
}

static void one_that_is_not_configured_is_pointed_out(void **state)
{
    static const struct {
        const char *config;
        const char *found; /* by the service */
        const char *expected;
    } cases[] = {
        {"{}", "D:\\Att\\att2000.mdb", "\"D:\\\\Att\\\\att2000.mdb\""},
        {"{}", "", "null"},
        {"{\"access\": {\"enabled\": true, \"path\": \"D:/db/att2000.mdb\"}}",
         "D:\\Att\\att2000.mdb", "null"},
    };
    (void)state;
    struct outbox *outbox = new_outbox();
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        const struct part part = {"vendor_database", cases[i].expected};
        DO(outbox_note(outbox, OUTBOX_NOTE_PC_VENDOR, cases[i].found, &err));
        cJSON *tree = status_of(outbox, cases[i].config);
        check_parts(cJSON_GetObjectItemCaseSensitive(tree, "pc"), &part, 1);
        cJSON_Delete(tree);
    }
    drop_outbox(outbox);
}

static void an_outbox_that_knows_of_none_has_every_field(void **state)
{
    static const struct part parts[] = {
        {"access",
         "{\"path\":null,\"state\":null,\"problem\":null,\"looked_s\":null,\"read_s\":null,"
         "\"came_s\":null,\"last_punch\":null,\"bytes\":0,\"pages\":0,\"pages_waiting\":0,"
         "\"pages_restless\":0,\"pages_damaged\":0,\"rows\":0,\"new\":0,\"known\":0,"
         "\"set_aside\":0,\"typed\":0}"}};
    (void)state;
    struct outbox *outbox = new_outbox();
    cJSON *tree = status_of(outbox, "{}");
    check_parts(tree, parts, HB_COUNT(parts));
    cJSON_Delete(tree);
    drop_outbox(outbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vendors_database_is_shown),
        cmocka_unit_test(one_that_is_not_configured_is_pointed_out),
        cmocka_unit_test(an_outbox_that_knows_of_none_has_every_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
