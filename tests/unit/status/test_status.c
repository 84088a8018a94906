#include "outbox/outbox_note.h"
#include "outbox/outbox_pull.h"
#include "outbox/outbox_command.h"
#include "outbox/outbox_refusal.h"
#include "outbox/outbox_stats.h"
#include "outbox/outbox_rejected.h"
#include "scratch_outbox.h"
#include "status/concern.h"
#include "status/json_parts.h"
#include "status/status.h"

static struct config *config_of(const char *text)
{
    struct config *config = config_parse(span_of(text), "C:\\x\\config.json", &err);
    if (config == NULL) {
        fail_msg("%s", err.text);
    }
    return config;
}

enum {
    NOW = 1700000000
}; /* 2023-11-14 22:13:20 UTC: the 15th at the terminals, seven hours east */

static cJSON *status_of(struct outbox *outbox, const char *config_text, const char *service)
{
    struct config *config = config_of(config_text);
    char *json = status_json(outbox, config, service, NOW, &err);
    if (json == NULL) {
        fail_msg("%s", err.text);
    }
    cJSON *tree = cJSON_Parse(json);
    assert_non_null(tree);
    free(json);
    config_free(config);
    return tree;
}

/* Something has come, long ago. */
static void has_heard(struct outbox *outbox)
{
    const struct outbox_device device = {.sn = "OLD", .last_seen_s = 1};
    DO(outbox_device_save(outbox, &device, &err));
}

static void an_empty_outbox_has_every_field(void **state)
{
    (void)state;
    struct outbox *outbox = new_outbox();
    struct outbox_counts counts;
    char figures[300];
    DO(outbox_counts(outbox, &counts, &err));
    snprintf(figures, sizeof figures,
             "{\"waiting\":0,\"oldest_waiting_s\":null,\"uploaded\":0,\"refused\":0,"
             "\"rejected_lines\":0,\"last_id\":0,\"cursor\":0,\"bytes\":%lld,"
             "\"bytes_max\":2147483648}",
             (long long)counts.bytes);
    const struct part parts[] = {
        {"version", "1"},
        {"now_s", "1700000000"},
        {"service", "\"stopped\""},
        {"program_version", "null"},
        {"started_s", "null"},
        {"outbox", figures},
        {"uploader", "{\"state\":null,\"host\":null,\"server\":null,\"tls\":null,"
                     "\"tls_issuer\":null,\"tls_until_s\":null,"
                     "\"last_success_s\":null,\"last_reached_s\":null,\"last_error\":null,"
                     "\"tls_days_left\":null,\"rows_today\":0,"
                     "\"round_trip_us\":null}"},
        {"spent", "{\"push\":null,\"log\":null,\"pull\":null,\"upload\":null}"},
        {"sync", "{\"last_run_s\":null,\"next_run_s\":null,\"summary\":null}"},
        {"devices", "[]"},
        {"strangers", "{\"count\":0,\"last_sn\":null,\"last_address\":null,"
                      "\"last_seen_s\":null}"},
        {"files", "[]"},
        {"rejected", "[]"},
        {"refused", "[]"},
        {"today", "{\"date\":\"2023-11-15\",\"timezone_minutes\":420,\"punches\":0,"
                  "\"same_weekday_before\":0,\"yesterday_so_far\":0,\"so_far_until\":\"05:00\"}"},
        {"hours", "{\"from\":\"2023-11-08 00:00:00\",\"series\":[]}"},
        {"samples", "[]"},
        {"level", "\"bad\""},
    };
    cJSON *tree = status_of(outbox, "{}", "stopped");
    check_parts(tree, parts, HB_COUNT(parts));
    cJSON_Delete(tree);
    drop_outbox(outbox);
}

static void what_the_outbox_holds_is_shown(void **state)
{
    (void)state;
    struct outbox *outbox = new_outbox();
    struct outbox_file file;
    struct punch punch = {.time = 1600000000, .device_sn = "A1", .user_id = "7", .raw = SPAN("x")};
    const struct outbox_device device = {.sn = "A1",
                                         .address = "10.0.0.9",
                                         .push_version = "2.4.1",
                                         .info = "Ver 8.0.4,60,120,1234,10.0.0.9",
                                         .first_seen_s = 5,
                                         .last_seen_s = 6,
                                         .punches = 7,
                                         .last_punch = 1600000000,
                                         .audit = {.clock_ahead_s = -30, .clock_shown_s = 6}};
    int64_t command = 0;
    DO(outbox_begin(outbox, &err));
    for (int i = 0; i < 3; i++) {
        enum outbox_added added;
        punch.time += i;
        DO(outbox_append(outbox, &punch, 0, 1650000000 + i, &added, &err));
    }
    DO(outbox_refuse(outbox, 1, 1, "no", 9, &err));
    DO(outbox_advance(outbox, 2, 9, &err));
    DO(outbox_reject_line(outbox, "A1", SPAN("?"), "no user id", 9, &err));
    DO(outbox_command_queue(outbox, "A1", "INFO", OUTBOX_ASKED_BY_HAND, 9, &command, &err));
    DO(outbox_refusal_note(outbox, "A1", 27, 2, 3, &err));
    DO(outbox_device_save(outbox, &device, &err));
    DO(outbox_devices_settle(outbox, &err));
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
    static const struct {
        enum outbox_note note;
        const char *text;
    } notes[] = {
        {OUTBOX_NOTE_SERVICE_VERSION, "1.2.3"},
        {OUTBOX_NOTE_SERVICE_STARTED, "1690000000"},
        {OUTBOX_NOTE_UPLOADER_STATE, "waiting"},
        {OUTBOX_NOTE_UPLOADER_HOST, "db:3306"},
        {OUTBOX_NOTE_UPLOADER_SERVER, "11.4"},
        {OUTBOX_NOTE_UPLOADER_TLS, "TLSv1.3"},
        {OUTBOX_NOTE_UPLOADER_TLS_ISSUER, "CN=\"A\""},
        {OUTBOX_NOTE_UPLOADER_TLS_UNTIL, "1700900000"},
        {OUTBOX_NOTE_UPLOADER_LAST_SUCCESS, "99"},
        {OUTBOX_NOTE_UPLOADER_REACHED, "98"},
        {OUTBOX_NOTE_PC_ADDRESSES, "10.0.0.1 192.168.1.50"},
        {OUTBOX_NOTE_UPLOADER_ERROR, "cannot reach \"db\""},
        {OUTBOX_NOTE_SYNC_LAST_RUN, "101"},
        {OUTBOX_NOTE_SYNC_NEXT_RUN, "102"},
        {OUTBOX_NOTE_SYNC_SUMMARY, "1 file"},
        {OUTBOX_NOTE_TERMINALS_WATCHED, "3 1700000000 0"},
        {OUTBOX_NOTE_SPENT_LOG, "21,22,23,24,25,26,27,28,29"},
    };
    for (size_t i = 0; i < HB_COUNT(notes); i++) {
        DO(outbox_note(outbox, notes[i].note, notes[i].text, &err));
    }
    DO(outbox_commit(outbox, &err));

    const struct part parts[] = {
        {"program_version", "\"1.2.3\""},
        {"started_s", "1690000000"},
        {"uploader",
         "{\"state\":\"waiting\",\"host\":\"db:3306\",\"server\":\"11.4\","
         "\"tls\":\"TLSv1.3\",\"tls_issuer\":\"CN=\\\"A\\\"\",\"tls_until_s\":1700900000,"
         "\"last_success_s\":99,\"last_reached_s\":98,\"last_error\":\"cannot reach \\\"db\\\"\","
         "\"tls_days_left\":10,\"rows_today\":0,\"round_trip_us\":null}"},
        {"pc", "{\"addresses\":[\"10.0.0.1\",\"192.168.1.50\"],\"called\":null,\"port\":9090,"
               "\"config\":\"C:\\\\x\\\\config.json\",\"log_directory\":\"D:\\\\Program Files "
               "(x86)\\\\HIPPremiumTime-2.0.4\\\\alog\",\"vendor_database\":null}"},
        {"spent",
         "{\"push\":null,\"log\":{\"rows\":21,\"commits\":22,\"copy_us\":23,\"parse_us\":24,"
         "\"bind_us\":25,\"send_us\":26,\"wait_us\":27,\"flush_us\":28,\"carry_us\":29},"
         "\"pull\":null,\"upload\":null}"},
        {"sync", "{\"last_run_s\":101,\"next_run_s\":102,\"summary\":\"1 file\"}"},
        {"devices",
         "[{\"sn\":\"A1\",\"name\":\"Gate\",\"configured\":true,\"address\":\"10.0.0.9\","
         "\"other_address\":null,"
         "\"push_version\":\"2.4.1\",\"kind\":null,\"info\":\"Ver 8.0.4,60,120,1234,10.0.0.9\","
         "\"firmware\":\"Ver 8.0.4\",\"holds\":1234,\"first_seen_s\":5,\"last_seen_s\":6,"
         "\"punches\":7,\"today\":0,\"last_punch\":\"2020-09-13 12:26:40\","
         "\"complete_through\":null,\"proof\":\"none\",\"obstacle\":null,"
         "\"clock_offset_s\":-30,\"commands_pending\":1,\"not_let_in\":{\"27\":2},\"heard\":false,"
         "\"silent\":true},"
         "{\"sn\":\"B2\",\"name\":null,\"configured\":true,\"address\":null,"
         "\"other_address\":null,"
         "\"push_version\":null,\"kind\":null,\"info\":null,\"firmware\":null,\"holds\":null,"
         "\"first_seen_s\":null,\"last_seen_s\":null,\"punches\":0,\"today\":0,"
         "\"last_punch\":null,\"complete_through\":null,\"proof\":\"none\",\"obstacle\":null,"
         "\"clock_offset_s\":null,"
         "\"commands_pending\":0,\"not_let_in\":{},"
         "\"heard\":false,\"silent\":true}]"},
        {"files", "[{\"name\":\"a.txt\",\"size\":10,\"modified_s\":11,\"read_s\":12,\"new\":1,"
                  "\"known\":2,\"ignored\":3,\"rejected\":4,\"archived_as\":"
                  "\"processed\\\\a.txt\"}]"},
        {"rejected", "[{\"sn\":\"A1\",\"line\":\"?\",\"reason\":\"no user "
                     "id\",\"reason_th\":\"ไม่มีรหัสผู้ใช้\",\"at_s\":9}]"},
        {"refused", "[{\"sn\":\"A1\",\"punch\":\"2020-09-13 12:26:40\",\"code\":1,"
                    "\"reason\":\"no\",\"at_s\":9}]"},
    };
    cJSON *tree = status_of(
        outbox, "{\"listener\":{\"devices\":[{\"sn\":\"A1\",\"name\":\"Gate\"},{\"sn\":\"B2\"}]}}",
        "running");
    check_parts(tree, parts, HB_COUNT(parts));
    cJSON_Delete(tree);
    drop_outbox(outbox);
}

/* What makes each headline, and what it becomes: code, level, event and count of the first concern.
 */
static const char *const database = "{\"database\":{\"host\":\"db\",\"user\":\"u\","
                                    "\"database\":\"d\"}}";

struct situation {
    const char *name;
    const char *state; /* of the uploader */
    bool configured;
    const char *service;
    int waiting;
    int64_t age_s;
    int refused, lines;
    int64_t quiet_s; /* a terminal that was heard so long ago; 0: none */
    const char *expected;
};

static const struct situation situations[] = {
    {"all is well", "connected", true, "running", 0, 0, 0, 0, 60, "well good null null"},
    {"on its way", "connected", true, "running", 3, 5, 0, 0, 0, "well good null null"},
    {"slow", "connected", true, "running", 3, 200, 0, 0, 0, "backlog warn null 3"},
    {"away", "waiting", true, "running", 4, 9, 0, 0, 0, "database_away warn 401 4"},
    {"away, none waits", "waiting", true, "running", 0, 0, 0, 0, 0, "database_away warn 401 0"},
    {"login", "login refused", true, "running", 1, 9, 0, 0, 0, "login_refused bad 402 1"},
    {"table", "table unusable", true, "running", 1, 9, 0, 0, 0, "table_unusable bad 404 1"},
    {"none named", "not configured", false, "running", 2, 9, 0, 0, 0, "not_configured warn 405 2"},
    {"refused", "connected", true, "running", 0, 0, 2, 0, 0, "rows_refused bad 403 2"},
    {"lines", "connected", true, "running", 0, 0, 0, 5, 0, "lines_rejected warn 213 5"},
    {"silent", "connected", true, "running", 0, 0, 0, 0, 1000, "terminal_silent warn 221 null"},
    {"taken away", "connected", true, "running", 0, 0, 0, 0, 800000, "well good null null"},
    {"stopped", "connected", true, "stopped", 1, 9, 0, 0, 0, "service_stopped bad 101 1"},
    {"red before amber", "waiting", true, "running", 0, 0, 1, 0, 1000, "rows_refused bad 403 1"},
};

static void arrange(struct outbox *outbox, const struct situation *situation)
{
    struct punch punch = {.time = 1600000000, .device_sn = "A1", .user_id = "7", .raw = SPAN("x")};
    enum outbox_added added;
    DO(outbox_begin(outbox, &err));
    has_heard(outbox);
    DO(outbox_note(outbox, OUTBOX_NOTE_UPLOADER_STATE, situation->state, &err));
    DO(outbox_note(outbox, OUTBOX_NOTE_TERMINALS_WATCHED, "1690000000 1700000000 0", &err));
    for (int i = 0; i < situation->refused + situation->waiting; i++) {
        punch.time++;
        DO(outbox_append(outbox, &punch, 0, NOW - situation->age_s, &added, &err));
        if (i < situation->refused) {
            DO(outbox_refuse(outbox, i + 1, 1, "no", NOW, &err));
            DO(outbox_advance(outbox, i + 1, NOW, &err));
        }
    }
    for (int i = 0; i < situation->lines; i++) {
        const char letter[] = {(char)('a' + i), '\0'};
        DO(outbox_reject_line(outbox, "A1", span_of(letter), "why", NOW - 100, &err));
    }
    DO(outbox_reject_line(outbox, "A1", SPAN("?"), "long ago", NOW - 8 * 86400, &err));
    if (situation->quiet_s > 0) {
        const struct outbox_device device = {
            .sn = "A1", .punches = 1, .last_seen_s = NOW - situation->quiet_s};
        DO(outbox_device_save(outbox, &device, &err));
    }
    DO(outbox_commit(outbox, &err));
}

static void the_worst_concern_is_the_headline(void **state)
{
    (void)state;
    for (size_t i = 0; i < HB_COUNT(situations); i++) {
        const struct situation *situation = &situations[i];
        char got[200] = "well good null null";
        struct outbox *outbox = new_outbox();
        arrange(outbox, situation);
        cJSON *tree =
            status_of(outbox, situation->configured ? database : "{}", situation->service);
        const cJSON *first = cJSON_GetArrayItem(cJSON_GetObjectItem(tree, "concerns"), 0);
        const char *level = cJSON_GetObjectItem(tree, "level")->valuestring;
        if (first != NULL) {
            char *event = cJSON_Print(cJSON_GetObjectItem(first, "event"));
            char *count = cJSON_Print(cJSON_GetObjectItem(first, "count"));
            snprintf(got, sizeof got, "%s %s %s %s",
                     cJSON_GetObjectItem(first, "code")->valuestring, level, event, count);
            cJSON_free(event);
            cJSON_free(count);
        }
        CHECK_TEXT(situation->name, situation->expected, got);
        if (first == NULL) {
            CHECK_TEXT(situation->name, "good", level);
        }
        cJSON_Delete(tree);
        drop_outbox(outbox);
    }
}

/* Page and alarm show the first as the headline. */
static void the_kinds_stand_the_worst_first(void **state)
{
    (void)state;
    const char *code = NULL;
    int event = 0;
    enum concern_level level = CONCERN_GOOD;
    enum concern_level before = CONCERN_BAD;
    size_t count = 0;
    while (concern_kind(count, &code, &level, &event)) {
        if (level > before || level == CONCERN_GOOD) {
            fail_msg("%s stands after one that is less bad", code);
        }
        before = level;
        count++;
    }
    assert_true(count > 10);
}

/* Its end matters where it is verified and the server is connected to. */
static void a_certificate_that_ends_is_a_concern(void **state)
{
    (void)state;
    static const struct {
        const char *tls, *state, *until_s;
        const char *expected; /* code, count and since_s of the first concern */
    } cases[] = {
        {"verify", "connected", "1701209600", "none"}, /* 14 days */
        {"verify", "connected", "1701209599", "certificate_ends 13 null"},
        {"verify", "connected", "1700000100", "certificate_ends 0 null"},
        {"verify", "connected", "1699990000", "certificate_ended null 1699990000"},
        {"verify", "connected", "", "none"},
        {"verify", "waiting", "1700000100", "database_away 0 null"},
        {"encrypt", "connected", "1699990000", "none"},
        {"off", "connected", "1699990000", "none"},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char text[200];
        char got[200] = "none";
        struct outbox *outbox = new_outbox();
        DO(outbox_begin(outbox, &err));
        has_heard(outbox);
        DO(outbox_note(outbox, OUTBOX_NOTE_UPLOADER_STATE, cases[i].state, &err));
        DO(outbox_note(outbox, OUTBOX_NOTE_UPLOADER_TLS_UNTIL, cases[i].until_s, &err));
        DO(outbox_commit(outbox, &err));
        snprintf(text, sizeof text,
                 "{\"database\":{\"host\":\"db\",\"user\":\"u\",\"database\":\"d\","
                 "\"tls\":\"%s\"}}",
                 cases[i].tls);
        cJSON *tree = status_of(outbox, text, "running");
        const cJSON *first = cJSON_GetArrayItem(cJSON_GetObjectItem(tree, "concerns"), 0);
        if (first != NULL) {
            char *count = cJSON_Print(cJSON_GetObjectItem(first, "count"));
            char *since = cJSON_Print(cJSON_GetObjectItem(first, "since_s"));
            snprintf(got, sizeof got, "%s %s %s", cJSON_GetObjectItem(first, "code")->valuestring,
                     count, since);
            cJSON_free(count);
            cJSON_free(since);
        }
        CHECK_TEXT(text, cases[i].expected, got);
        cJSON_Delete(tree);
        drop_outbox(outbox);
    }
}

static void punches_are_drawn_in_their_hours(void **state)
{
    (void)state;
    static const int64_t today = INT64_C(1700006400); /* 2023-11-15 00:00:00 */
    static const struct {
        const char *sn;
        int64_t time;
        int count;
    } runs[] = {
        {"A1", 8 * 3600, 3},
        {"B2", 8 * 3600 + 3000, 2},
        {"A1", 0, 1},
        {"A1", -7 * 86400 + 8 * 3600, 4},
        {"B2", -86400 + 3600, 5},
        {"A1", -20 * 86400, 6},
    };
    struct outbox *outbox = new_outbox();
    DO(outbox_begin(outbox, &err));
    for (size_t i = 0; i < HB_COUNT(runs); i++) {
        struct punch punch = {.raw = SPAN("x")};
        snprintf(punch.device_sn, sizeof punch.device_sn, "%s", runs[i].sn);
        for (int k = 0; k < runs[i].count; k++) {
            enum outbox_added added;
            snprintf(punch.user_id, sizeof punch.user_id, "%d", k);
            punch.time = today + runs[i].time;
            DO(outbox_append(outbox, &punch, 0, NOW, &added, &err));
            DO(outbox_append(outbox, &punch, 0, NOW, &added, &err)); /* again: known */
        }
    }
    DO(outbox_commit(outbox, &err));
    cJSON *tree = status_of(outbox, "{}", "running");
    const struct part parts[] = {
        {"today", "{\"date\":\"2023-11-15\",\"timezone_minutes\":420,\"punches\":6,"
                  "\"same_weekday_before\":4,\"yesterday_so_far\":5,\"so_far_until\":\"05:00\"}"},
    };
    check_parts(tree, parts, HB_COUNT(parts));
    const cJSON *series = cJSON_GetObjectItem(cJSON_GetObjectItem(tree, "hours"), "series");
    static const struct {
        int series, hour, expected;
    } places[] = {{0, 168 + 8, 3}, {0, 168, 1}, {0, 8, 4}, {1, 168 + 8, 2}, {1, 145, 5}, {0, 9, 0}};
    CHECK_INT("series", 2, cJSON_GetArraySize(series));
    for (size_t i = 0; i < HB_COUNT(places); i++) {
        const cJSON *punches =
            cJSON_GetObjectItem(cJSON_GetArrayItem(series, places[i].series), "punches");
        CHECK_INT("hours", 192, cJSON_GetArraySize(punches));
        CHECK_INT("place", places[i].expected,
                  cJSON_GetArrayItem(punches, places[i].hour)->valueint);
    }
    cJSON_Delete(tree);
    drop_outbox(outbox);
}

static void the_lists_are_bounded(void **state)
{
    (void)state;
    struct outbox *outbox = new_outbox();
    DO(outbox_begin(outbox, &err));
    for (int i = 0; i < 1100; i++) {
        char name[20];
        struct outbox_file file;
        struct outbox_device device = {.last_seen_s = i, .punches = 1};
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
    drop_outbox(outbox);
}

/* Whatever strangers do: a terminal that is listed is shown first, and judged. */
/* A terminal that is read: the audit of its last read. */
static void the_audit_of_a_read_is_shown(void **state)
{
    static const struct part parts[] = {{"address", "\"10.0.0.9:4370\""},
                                        {"holds", "103"},
                                        {"before", "102"},
                                        {"after", "103"},
                                        {"layout", "40"},
                                        {"bytes", "4084"},
                                        {"ms", "2500"},
                                        {"rows", "102"},
                                        {"new", "2"},
                                        {"known", "97"},
                                        {"set_aside", "3"},
                                        {"agrees", "true"},
                                        {"through", "\"2023-11-15 05:13:20\""},
                                        {"problem", "null"}};
    (void)state;
    struct outbox *outbox = new_outbox();
    const struct outbox_pull pull = {.place = "10.0.0.9:4370",
                                     .sn = "P1",
                                     .held = 103,
                                     .read_s = NOW,
                                     .before = 102,
                                     .after = 103,
                                     .layout = 40,
                                     .bytes = 4084,
                                     .ms = 2500,
                                     .rows = 102,
                                     .fresh = 2,
                                     .known = 97,
                                     .aside = 3,
                                     .agrees = true,
                                     .through = NOW + 7 * 3600};
    DO(outbox_begin(outbox, &err));
    DO(outbox_pull_save(outbox, &pull, &err));
    DO(outbox_commit(outbox, &err));
    cJSON *tree =
        status_of(outbox, "{\"pull\": {\"terminals\": [{\"address\": \"10.0.0.9\"}]}}", "running");
    const cJSON *entry = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(tree, "pull"), 0);
    check_parts(entry, parts, HB_COUNT(parts));
    cJSON_Delete(tree);
    drop_outbox(outbox);
}

static void strangers_hide_nobody(void **state)
{
    static const struct {
        const char *what;
        int strangers; /* without a punch, */
        int bring;     /* and not listed, but with one */
        int devices;   /* in the list */
        const char *last;
    } cases[] = {
        {"none", 0, 0, 2, "NEVER"},
        {"a few are shown", 10, 0, 12, "S0"},
        {"many are a number", 11, 0, 2, "NEVER"},
        {"very many", 1100, 0, 2, "NEVER"},
        {"with punches", 1100, 1100, 1000, "B102"},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct outbox *outbox = new_outbox();
        DO(outbox_begin(outbox, &err));
        for (int k = 0; k < cases[i].strangers + cases[i].bring; k++) {
            bool brings = k >= cases[i].strangers;
            int number = brings ? k - cases[i].strangers : k;
            struct outbox_device device = {.last_seen_s = NOW - 2000 + number, .punches = brings};
            snprintf(device.sn, sizeof device.sn, "%s%d", brings ? "B" : "S", number);
            DO(outbox_device_save(outbox, &device, &err));
        }
        const struct outbox_device silent = {.sn = "SILENT", .last_seen_s = NOW - 7200};
        DO(outbox_device_save(outbox, &silent, &err));
        DO(outbox_note(outbox, OUTBOX_NOTE_TERMINALS_WATCHED, "1690000000 1700000000 0", &err));
        DO(outbox_note(outbox, OUTBOX_NOTE_UPLOADER_STATE, "connected", &err));
        DO(outbox_commit(outbox, &err));
        cJSON *tree = status_of(outbox,
                                "{\"listener\":{\"devices\":[{\"sn\":\"NEVER\"},"
                                "{\"sn\":\"SILENT\"}]}}",
                                "running");
        const cJSON *devices = cJSON_GetObjectItem(tree, "devices");
        int count = cJSON_GetArraySize(devices);
        CHECK_INT(cases[i].what, cases[i].devices, count);
        int listed = 0;
        for (int k = 0; k < 2; k++) {
            const cJSON *one = cJSON_GetArrayItem(devices, k);
            listed += cJSON_IsTrue(cJSON_GetObjectItem(one, "configured")) &&
                      cJSON_IsTrue(cJSON_GetObjectItem(one, "silent"));
        }
        CHECK_INT(cases[i].what, 2, listed);
        const cJSON *last = cJSON_GetArrayItem(devices, count - 1);
        CHECK_TEXT(cases[i].what, cases[i].last, cJSON_GetObjectItem(last, "sn")->valuestring);
        CHECK_INT(cases[i].what, cases[i].strangers,
                  cJSON_GetObjectItem(cJSON_GetObjectItem(tree, "strangers"), "count")->valueint);
        const cJSON *first = cJSON_GetArrayItem(cJSON_GetObjectItem(tree, "concerns"), 0);
        while (first != NULL &&
               strcmp(cJSON_GetObjectItem(first, "code")->valuestring, "terminal_silent") != 0) {
            first = first->next;
        }
        assert_non_null(first);
        CHECK_TEXT(cases[i].what, "SILENT", cJSON_GetObjectItem(first, "sn")->valuestring);
        cJSON_Delete(tree);
        drop_outbox(outbox);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_outbox_has_every_field),
        cmocka_unit_test(what_the_outbox_holds_is_shown),
        cmocka_unit_test(the_worst_concern_is_the_headline),
        cmocka_unit_test(the_kinds_stand_the_worst_first),
        cmocka_unit_test(a_certificate_that_ends_is_a_concern),
        cmocka_unit_test(punches_are_drawn_in_their_hours),
        cmocka_unit_test(the_lists_are_bounded),
        cmocka_unit_test(the_audit_of_a_read_is_shown),
        cmocka_unit_test(strangers_hide_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
