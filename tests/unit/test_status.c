#include <cjson/cJSON.h>

#include "check.h"
#include "scratch.h"
#include "status.h"

static struct error err;

/* The status without blanks, as one text to compare. */
static void check_status(struct outbox *outbox, const struct config *config, const char *service,
                         const char *expected)
{
    char *json = status_json(outbox, config, service, 1700000000, &err);
    if (json == NULL) {
        fail_msg("%s", err.text);
    }
    CHECK_TEXT("status", expected, json);
    cJSON *tree = cJSON_Parse(json);
    assert_non_null(tree);
    cJSON_Delete(tree);
    free(json);
}

static struct config *config_of(const char *text)
{
    struct config *config = config_parse(span_of(text), "C:\\x\\config.json", &err);
    if (config == NULL) {
        fail_msg("%s", err.text);
    }
    return config;
}

#define DO(call)                                                                                   \
    do {                                                                                           \
        if (!(call)) {                                                                             \
            fail_msg("%s: %s", #call, err.text);                                                   \
        }                                                                                          \
    } while (0)

static void an_empty_outbox_has_every_field(void **state)
{
    (void)state;
    assert_int_equal(scratch_begin(), 0);
    struct outbox *outbox = outbox_open(scratch_path("outbox.db"), NULL, &err);
    assert_non_null(outbox);
    struct outbox_counts counts;
    char expected[1000];
    DO(outbox_counts(outbox, &counts, &err));
    snprintf(
        expected, sizeof expected,
        "{\"version\":1,\"now_s\":1700000000,\"service\":\"stopped\",\"program_version\":null,"
        "\"started_s\":null,\"outbox\":{\"waiting\":0,\"oldest_waiting_s\":null,\"uploaded\":0,"
        "\"refused\":0,\"rejected_lines\":0,\"last_id\":0,\"cursor\":0,\"bytes\":%lld},"
        "\"uploader\":{\"state\":null,\"host\":null,\"server\":null,\"tls\":null,"
        "\"last_success_s\":null,\"last_error\":null},\"sync\":{\"last_run_s\":null,"
        "\"next_run_s\":null,\"summary\":null},\"devices\":[],\"files\":[]}",
        (long long)counts.bytes);
    struct config *config = config_of("{}");
    check_status(outbox, config, "stopped", expected);
    config_free(config);
    outbox_close(outbox);
    scratch_end();
}

static void what_the_outbox_holds_is_shown(void **state)
{
    (void)state;
    assert_int_equal(scratch_begin(), 0);
    struct outbox *outbox = outbox_open(scratch_path("outbox.db"), NULL, &err);
    assert_non_null(outbox);
    struct outbox_file file;
    struct punch punch = {.time = 1600000000, .device_sn = "A1", .user_id = "7", .raw = SPAN("x")};
    const struct outbox_device device = {.sn = "A1",
                                         .address = "10.0.0.9",
                                         .push_version = "2.4.1",
                                         .info = "<script>\"",
                                         .first_seen_s = 5,
                                         .last_seen_s = 6,
                                         .punches = 7,
                                         .last_punch = 1600000000};
    DO(outbox_begin(outbox, &err));
    for (int i = 0; i < 3; i++) {
        enum outbox_added added;
        punch.time += i;
        DO(outbox_append(outbox, &punch, 0, 1650000000 + i, &added, &err));
    }
    DO(outbox_refuse(outbox, 1, 1, "no", 9, &err));
    DO(outbox_advance(outbox, 2, 9, &err));
    DO(outbox_reject_line(outbox, "A1", SPAN("?"), "why", 9, &err));
    DO(outbox_device_save(outbox, &device, &err));
    DO(outbox_file_begin(outbox, "a.txt", &file, &err));
    file.size = 10;
    file.modified_s = 11;
    file.read_s = 12;
    file.new_count = 1;
    file.known_count = 2;
    file.ignored_count = 3;
    file.rejected_count = 4;
    snprintf(file.archived_as, sizeof file.archived_as, "%s", "processed\\a.txt");
    DO(outbox_file_save(outbox, &file, &err));
    static const char *const notes[][2] = {
        {"service.version", "1.2.3"},      {"service.started_s", "1690000000"},
        {"uploader.state", "waiting"},     {"uploader.host", "db:3306"},
        {"uploader.server", "11.4"},       {"uploader.tls", "TLSv1.3"},
        {"uploader.last_success_s", "99"}, {"uploader.error", "cannot reach \"db\""},
        {"sync.last_run_s", "101"},        {"sync.next_run_s", "102"},
        {"sync.summary", "1 file"},
    };
    for (size_t i = 0; i < HB_COUNT(notes); i++) {
        DO(outbox_note(outbox, notes[i][0], notes[i][1], &err));
    }
    DO(outbox_commit(outbox, &err));

    struct outbox_counts counts;
    char expected[2000];
    DO(outbox_counts(outbox, &counts, &err));
    snprintf(
        expected, sizeof expected,
        "{\"version\":1,\"now_s\":1700000000,\"service\":\"running\",\"program_version\":\"1.2.3\","
        "\"started_s\":1690000000,\"outbox\":{\"waiting\":1,\"oldest_waiting_s\":1650000002,"
        "\"uploaded\":1,\"refused\":1,\"rejected_lines\":1,\"last_id\":3,\"cursor\":2,\"bytes\":%"
        "lld},"
        "\"uploader\":{\"state\":\"waiting\",\"host\":\"db:3306\",\"server\":\"11.4\","
        "\"tls\":\"TLSv1.3\",\"last_success_s\":99,\"last_error\":\"cannot reach \\\"db\\\"\"},"
        "\"sync\":{\"last_run_s\":101,\"next_run_s\":102,\"summary\":\"1 file\"},"
        "\"devices\":[{\"sn\":\"A1\",\"name\":\"Gate\",\"configured\":true,"
        "\"address\":\"10.0.0.9\",\"push_version\":\"2.4.1\",\"info\":\"<script>\\\"\","
        "\"first_seen_s\":5,\"last_seen_s\":6,\"punches\":7,\"last_punch\":\"2020-09-13 "
        "12:26:40\"},"
        "{\"sn\":\"B2\",\"name\":null,\"configured\":true,\"address\":null,\"push_version\":null,"
        "\"info\":null,\"first_seen_s\":null,\"last_seen_s\":null,\"punches\":0,"
        "\"last_punch\":null}],"
        "\"files\":[{\"name\":\"a.txt\",\"size\":10,\"modified_s\":11,\"read_s\":12,\"new\":1,"
        "\"known\":2,\"ignored\":3,\"rejected\":4,\"archived_as\":\"processed\\\\a.txt\"}]}",
        (long long)counts.bytes);
    struct config *config = config_of(
        "{\"listener\":{\"devices\":[{\"sn\":\"A1\",\"name\":\"Gate\"},{\"sn\":\"B2\"}]}}");
    check_status(outbox, config, "running", expected);
    config_free(config);
    outbox_close(outbox);
    scratch_end();
}

static void the_lists_are_bounded(void **state)
{
    (void)state;
    assert_int_equal(scratch_begin(), 0);
    struct outbox *outbox = outbox_open(scratch_path("outbox.db"), NULL, &err);
    assert_non_null(outbox);
    DO(outbox_begin(outbox, &err));
    for (int i = 0; i < 1100; i++) {
        char name[20];
        struct outbox_file file;
        struct outbox_device device = {.last_seen_s = i};
        snprintf(name, sizeof name, "n%d", i);
        memcpy(device.sn, name, sizeof name);
        DO(outbox_device_save(outbox, &device, &err));
        DO(outbox_file_begin(outbox, name, &file, &err));
    }
    DO(outbox_commit(outbox, &err));
    struct config *config = config_of("{}");
    char *json = status_json(outbox, config, "running", 1, &err);
    assert_non_null(json);
    cJSON *tree = cJSON_Parse(json);
    CHECK_INT("devices", 1000, cJSON_GetArraySize(cJSON_GetObjectItem(tree, "devices")));
    CHECK_INT("files", 50, cJSON_GetArraySize(cJSON_GetObjectItem(tree, "files")));
    cJSON_Delete(tree);
    free(json);
    config_free(config);
    outbox_close(outbox);
    scratch_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_outbox_has_every_field),
        cmocka_unit_test(what_the_outbox_holds_is_shown),
        cmocka_unit_test(the_lists_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
