/* fkweb, fkbody: what FkWeb's headers and bodies say, and the orders' words. */
#include "check.h"

#include "fk/fkbody.h"
#include "fk/fkweb.h"

enum { BODY_MAX = 300 * 1024 };

static char body_bytes[BODY_MAX];

static void put_length(char *at, size_t len)
{
    for (int i = 0; i < 4; i++) {
        at[i] = (char)(len >> 8 * i);
    }
}

/* A JSON with its NUL, and a binary after it if there is one. */
static struct span body_of(const char *json, struct span binary)
{
    size_t len = strlen(json) + 1;
    assert_true(8 + len + binary.len <= sizeof body_bytes);
    put_length(body_bytes, len);
    memcpy(body_bytes + 4, json, len);
    if (binary.at == NULL) {
        return (struct span){body_bytes, 4 + len};
    }
    put_length(body_bytes + 4 + len, binary.len);
    memcpy(body_bytes + 8 + len, binary.at, binary.len);
    return (struct span){body_bytes, 8 + len + binary.len};
}

static struct span json_of(const char *json)
{
    return body_of(json, (struct span){NULL, 0});
}

/* ---- headers ---- */

static void headers_say_who_and_what(void **state)
{
    static const struct {
        const char *code, *dev_id, *block;
        enum fkweb_operation operation;
        int wanted_block;
    } cases[] = {
        {"receive_cmd", "1234567890", "0", FKWEB_POLL, 0},
        {"RECEIVE_CMD", " 1234567890 ", "", FKWEB_POLL, 0},
        {"send_cmd_result", "ABC123", "7", FKWEB_RESULT, 7},
        {"realtime_glog", "ABC123", "", FKWEB_GLOG, 0},
        {"realtime_enroll_data", "ABC123", "1", FKWEB_ENROLMENT, 1},
        {"realtime_door_status", "ABC123", "0", FKWEB_OTHER, 0},
        {"", "ABC123", "", FKWEB_OTHER, 0},
        {"realtime_glog", "", "", FKWEB_NOBODY, 0},
        {"realtime_glog", "A B", "", FKWEB_NOBODY, 0},
        {"realtime_glog", "A/../B", "", FKWEB_NOBODY, 0},
        {"realtime_glog", "ABC123", "x", FKWEB_GLOG, -1},
        {"realtime_glog", "ABC123", "-1", FKWEB_GLOG, -1},
        {"realtime_glog", "ABC123", "99999999999", FKWEB_GLOG, -1},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct fkweb_request request = {.given = true};
        struct fkweb_call call;
        *fkweb_header(&request, SPAN("Request_Code")) = span_of(cases[i].code);
        *fkweb_header(&request, SPAN("DEV_ID")) = span_of(cases[i].dev_id);
        *fkweb_header(&request, SPAN("blk_no")) = span_of(cases[i].block);
        *fkweb_header(&request, SPAN("trans_id")) = SPAN("RTLogSendAction");
        *fkweb_header(&request, SPAN("Cmd_Return_Code")) = SPAN("OK");
        fkweb_read(&request, &call);
        CHECK_INT(cases[i].code, cases[i].operation, call.operation);
        CHECK_INT(cases[i].code, cases[i].wanted_block, call.block);
        CHECK_TEXT(cases[i].code, "RTLogSendAction", call.trans_id);
        CHECK_INT(cases[i].code, true, call.fine);
    }
    struct fkweb_request request = {.given = true};
    struct fkweb_call call;
    assert_null(fkweb_header(&request, SPAN("Content-Length")));
    *fkweb_header(&request, SPAN("trans_id")) = SPAN("a\r\nresponse_code: OK");
    *fkweb_header(&request, SPAN("dev_id")) = SPAN("A");
    *fkweb_header(&request, SPAN("cmd_return_code")) = SPAN("ERROR_X");
    fkweb_read(&request, &call);
    CHECK_TEXT("no header within a header", "", call.trans_id);
    CHECK_INT("cmd_return_code", false, call.fine);
    CHECK_TEXT("cmd_return_code", "ERROR_X", call.return_code);
}

/* ---- bodies ---- */

static void the_documented_body_byte_for_byte(void **state)
{
    static const char expected[] = "\x1a\0\0\0{\"time\":\"20260929020000\"}";
    char out[FKWEB_ORDER_MAX];
    struct fkbody body;
    const char *reason = NULL;
    walltime time = 0;
    (void)state;
    assert_true(fkrecord_time(SPAN("20260929020000"), &time));
    CHECK_INT("length", sizeof expected, fkweb_order_body(FKWEB_ORDER_SET_TIME, 0, 0, time, out));
    assert_memory_equal(expected, out, sizeof expected);
    assert_true(fkbody_cut((struct span){out, sizeof expected}, &body, &reason));
    CHECK_INT("json", 25, body.json.len);
    CHECK_INT("binaries", 0, body.binaries);
}

static void a_body_that_is_none_is_refused(void **state)
{
    static const struct {
        const char *rule;
        struct span bytes;
        bool cut;
        bool parsed;
    } cases[] = {
        {"nothing", {"", 0}, true, false},
        {"too short for a length", {"\x01\0\0", 3}, false, false},
        {"length 0", {"\0\0\0\0", 4}, true, false},
        {"without NUL", {"\x02\0\0\0{}", 6}, true, true},
        {"with NUL", {"\x03\0\0\0{}\0", 7}, true, true},
        {"too long", {"\x04\0\0\0{}\0", 7}, false, false},
        {"far too long", {"\xff\xff\xff\xff{}\0", 7}, false, false},
        {"a NUL within", {"\x05\0\0\0{\0}x\0", 9}, true, false},
        {"something after it", {"\x03\0\0\0{}\0x", 8}, false, false},
        {"a binary", {"\x03\0\0\0{}\0\x02\0\0\0ab", 13}, true, true},
        {"an empty binary", {"\x03\0\0\0{}\0\0\0\0\0", 11}, true, true},
        {"a binary past the end", {"\x03\0\0\0{}\0\x03\0\0\0ab", 13}, false, false},
        {"a list", {"\x03\0\0\0[]\0", 7}, true, false},
        {"a text", {"\x05\0\0\0\"{}\"\0", 9}, true, false},
        {"no UTF-8", {"\x0a\0\0\0{\"a\":\"\xff\"}\0", 14}, true, false},
        {"more than one", {"\x05\0\0\0{}{}\0", 9}, true, false},
        {"leading zeros", {"\x09\0\0\0{\"a\":007}", 13}, true, false},
        {"leading zeros, negative", {"\x09\0\0\0{\"a\":-07}", 13}, true, false},
        {"a zero", {"\x07\0\0\0{\"a\":0}", 11}, true, true},
        {"zeros after the first digit", {"\x09\0\0\0{\"a\":100}", 13}, true, true},
        {"a fraction", {"\x0a\0\0\0{\"a\":0.00}", 14}, true, true},
        {"zeros in a text", {"\x0b\0\0\0{\"a\":\"007\"}", 15}, true, true},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct fkbody body;
        const char *reason = NULL;
        bool cut = fkbody_cut(cases[i].bytes, &body, &reason);
        CHECK_INT(cases[i].rule, cases[i].cut, cut);
        cJSON *object = cut ? fkbody_parse(body.json, &reason) : NULL;
        CHECK_INT(cases[i].rule, cases[i].parsed, object != NULL);
        CHECK_INT(cases[i].rule, cases[i].parsed, fkweb_is_whole(cases[i].bytes));
        CHECK_INT(cases[i].rule, object == NULL, reason != NULL);
        cJSON_Delete(object);
    }
}

static void what_is_large_or_deep_is_bounded(void **state)
{
    static char json[FKBODY_JSON_MAX + 64];
    const char *reason = NULL;
    struct punch punch;
    char raw[PUNCH_RAW_MAX + 1];
    (void)state;
    /* A list of so many bytes. */
    static const char head[] = "{\"user_id\":\"13\",\"io_time\":\"20260929080000\",\"x\":[";
    static const struct {
        size_t size;
        enum fkweb_glog wanted;
    } sizes[] = {
        {100 * 1024, FKWEB_PUNCH},
        {FKBODY_JSON_MAX, FKWEB_PUNCH},
        {FKBODY_JSON_MAX + 2, FKWEB_UNREADABLE},
    };
    for (size_t i = 0; i < HB_COUNT(sizes); i++) {
        char *end = json + sizes[i].size - 2;
        memcpy(json, head, sizeof head - 1);
        for (char *at = json + sizeof head - 1; at < end; at++) {
            *at = (end - at) % 2 != 0 ? '1' : ',';
        }
        json[sizeof head - 1] = '1';
        memcpy(end, "]}", 3);
        CHECK_INT("size", sizes[i].wanted, fkweb_glog(json_of(json), &punch, raw, &reason));
        if (sizes[i].wanted == FKWEB_PUNCH) {
            CHECK_TEXT("size", "13", punch.user_id);
            CHECK_INT("size", PUNCH_RAW_MAX, punch.raw.len);
        }
    }
    for (size_t depth = FKBODY_DEPTH_MAX - 1; depth <= FKBODY_DEPTH_MAX + 1; depth++) {
        char *at = json + sprintf(json, "{\"user_id\":\"1\",\"io_time\":\"20260929080000\",\"a\":");
        for (size_t i = 1; i < depth; i++) {
            *at++ = '[';
        }
        for (size_t i = 1; i < depth; i++) {
            *at++ = ']';
        }
        memcpy(at, "}", 2);
        CHECK_INT("depth", depth <= FKBODY_DEPTH_MAX ? FKWEB_PUNCH : FKWEB_UNREADABLE,
                  fkweb_glog(json_of(json), &punch, raw, &reason));
    }
}

static void a_punch_is_read_from_its_json(void **state)
{
#define LIB3 "{\"fk_bin_data_lib\":\"FKDataHS103\","
#define AT8 "\"io_time\":\"20260929080000\""
    static const struct {
        const char *json;
        const char *user; /* NULL: no punch, and `time` is why; "" with NULL: a door's */
        const char *time;
        int status;
        int verify;
    } cases[] = {
        {LIB3 "\"io_mode\":33554432," AT8
              ",\"log_image\":null,\"user_id\":\"13\",\"verify_mode\":268435456}",
         "13", "2026-09-29 08:00:00", 1, 1},
        {LIB3 "\"io_mode\":\"16777216\"," AT8 ",\"user_id\":13,\"verify_mode\":\"1073741824\"}",
         "13", "2026-09-29 08:00:00", 0, 15},
        {LIB3 AT8 ",\"user_id\":\"00042\"}", "00042", "2026-09-29 08:00:00", 0, 1},
        {LIB3 AT8 ",\"user_id\":\" 42 \",\"io_mode\":\"x\",\"verify_mode\":null}", "42",
         "2026-09-29 08:00:00", 255, 255},
        {LIB3 AT8 ",\"user_id\":\"A7\",\"io_mode\":0,\"verify_mode\":0}", "A7",
         "2026-09-29 08:00:00", 255, 255},
        {LIB3 AT8 ",\"user_id\":\"1\",\"io_mode\":-2130706432}", "1", "2026-09-29 08:00:00", 255,
         1},
        {LIB3 AT8 ",\"user_id\":\"1\",\"temperature\":36.5,\"work_code\":3,\"mask\":{\"on\":true}}",
         "1", "2026-09-29 08:00:00", 0, 1},
        {"{\"fk_bin_data_lib\":\"FKDataHS101\"," AT8
         ",\"user_id\":\"5\",\"io_mode\":2,\"verify_mode\":3}",
         "5", "2026-09-29 08:00:00", 1, 4},
        {"{\"fk_bin_data_lib\":\"FKDataHS100\"," AT8 ",\"user_id\":\"5\",\"io_mode\":0}", "5",
         "2026-09-29 08:00:00", 255, 1},
        {"{\"fk_bin_data_lib\":\"FKDataHS200\"," AT8 ",\"user_id\":\"5\",\"io_mode\":1}", "5",
         "2026-09-29 08:00:00", 0, 1},
        {"{" AT8 ",\"user_id\":\"5\",\"io_mode\":1}", "5", "2026-09-29 08:00:00", 255, 1},
        {"{" AT8 ",\"user_id\":\"5\",\"io_mode\":16777216}", "5", "2026-09-29 08:00:00", 0, 1},
        {"{" AT8 ",\"user_id\":\"\xe0\xb8\x81\"}", "\xe0\xb8\x81", "2026-09-29 08:00:00", 0, 1},
        {LIB3 "\"user_id\":\"13\"}", NULL, "io_time is no time", 0, 0},
        {LIB3 "\"user_id\":\"13\",\"io_time\":\"20260631080000\"}", NULL, "io_time is no time", 0,
         0},
        {LIB3 AT8 "}", NULL, "it names no user", 0, 0},
        {LIB3 AT8 ",\"user_id\":\"\"}", NULL, "it names no user", 0, 0},
        {LIB3 AT8 ",\"user_id\":\"0\"}", NULL, "it names no user", 0, 0},
        {LIB3 AT8 ",\"user_id\":{\"id\":3}}", NULL, "it names no user", 0, 0},
        {LIB3 AT8 ",\"user_id\":1.5}", NULL, "it names no user", 0, 0},
        {LIB3 AT8 ",\"user_id\":\"1 2\"}", NULL, "user_id cannot be a user's number", 0, 0},
        {LIB3 AT8 ",\"user_id\":\"0\",\"io_mode\":9}", NULL, "", 0, 0},
        {"{}", NULL, "io_time is no time", 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct punch punch;
        char raw[PUNCH_RAW_MAX + 1];
        char time[WALLTIME_TEXT_MAX];
        const char *reason = NULL;
        enum fkweb_glog got = fkweb_glog(json_of(cases[i].json), &punch, raw, &reason);
        CHECK_TEXT(cases[i].json, cases[i].json, raw);
        if (cases[i].user == NULL) {
            bool door = cases[i].time[0] == '\0';
            CHECK_INT(cases[i].json, door ? FKWEB_DOOR : FKWEB_ASIDE, got);
            CHECK_TEXT(cases[i].json, door ? "" : cases[i].time, door ? "" : reason);
            continue;
        }
        CHECK_INT(cases[i].json, FKWEB_PUNCH, got);
        CHECK_TEXT(cases[i].json, cases[i].user, punch.user_id);
        CHECK_TEXT(cases[i].json, cases[i].time, walltime_text(punch.time, time));
        CHECK_INT(cases[i].json, cases[i].status, punch.status);
        CHECK_INT(cases[i].json, cases[i].verify, punch.verify);
    }
    static char photo[9000];
    static const char with_work[] = LIB3 AT8 ",\"user_id\":\"1\",\"work_code\":\"12\"}";
    struct punch punch;
    char raw[PUNCH_RAW_MAX + 1];
    const char *reason = NULL;
    CHECK_INT("work code", FKWEB_PUNCH, fkweb_glog(json_of(with_work), &punch, raw, &reason));
    CHECK_TEXT("work code", "12", punch.work_code);
    memset(photo, 'p', sizeof photo);
    struct span body = body_of(LIB3 AT8 ",\"user_id\":\"13\",\"log_image\":\"BIN_1\"}",
                               (struct span){photo, sizeof photo});
    CHECK_INT("with a photo", FKWEB_PUNCH, fkweb_glog(body, &punch, raw, &reason));
    assert_null(strstr(raw, "ppp"));
    body.len--;
    CHECK_INT("with less of it", FKWEB_UNREADABLE, fkweb_glog(body, &punch, raw, &reason));
}

static void a_poll_tells_clock_and_class(void **state)
{
    struct fkweb_poll poll;
    const char *reason = NULL;
    char text[WALLTIME_TEXT_MAX];
    (void)state;
    assert_true(fkweb_poll(
        json_of("{\"fk_name\":\"Gate\",\"fk_time\":\"20150101000012\",\"fk_info\":{\"firmware\":"
                "\"B02\","
                "\"fk_bin_data_lib\":\"FKDataHS103\",\"supported_enroll_data\":[\"FP\"]}}"),
        &poll, &reason));
    CHECK_TEXT("clock", "2015-01-01 00:00:12", walltime_text(poll.time, text));
    CHECK_TEXT("firmware", "B02", poll.firmware);
    CHECK_TEXT("name", "Gate", poll.name);
    CHECK_INT("class", FKRECORD_48, poll.layout);
    assert_true(fkweb_poll((struct span){"", 0}, &poll, &reason));
    assert_false(poll.has_time);
    assert_true(fkweb_poll(json_of("{\"fk_time\":\"never\"}"), &poll, &reason));
    assert_false(poll.has_time);
    assert_false(fkweb_poll(json_of("{\"fk_time\":"), &poll, &reason));
}

static void a_log_must_be_as_long_as_it_says(void **state)
{
    static const struct {
        const char *json;
        size_t bytes;
        size_t size; /* 0: refused */
    } cases[] = {
        {"{\"log_count\":3,\"one_log_size\":48,\"log_array\":\"BIN_1\"}", 144, 48},
        {"{\"log_count\":\"3\",\"one_log_size\":\"48\",\"log_data\":\"BIN_1\"}", 144, 48},
        {"{\"log_count\":3,\"log_array\":\"BIN_1\"}", 60, 20},
        {"{\"log_count\":3,\"one_log_size\":48,\"log_array\":\"BIN_1\"}", 143, 0},
        {"{\"log_count\":4,\"one_log_size\":48,\"log_array\":\"BIN_1\"}", 144, 0},
        {"{\"log_count\":3,\"log_array\":\"BIN_1\"}", 61, 0},
        {"{\"log_count\":3,\"one_log_size\":0,\"log_array\":\"BIN_1\"}", 144, 0},
        {"{\"log_count\":3,\"one_log_size\":-48,\"log_array\":\"BIN_1\"}", 144, 0},
        {"{\"log_count\":1,\"one_log_size\":144,\"log_array\":\"BIN_1\"}", 144, 0},
        {"{\"log_count\":-1,\"log_array\":\"BIN_1\"}", 144, 0},
        {"{\"one_log_size\":48,\"log_array\":\"BIN_1\"}", 144, 0},
    };
    static char records[200];
    struct fkweb_log log;
    const char *reason = NULL;
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct span body = body_of(cases[i].json, (struct span){records, cases[i].bytes});
        CHECK_INT(cases[i].json, cases[i].size != 0, fkweb_log(body, &log, &reason));
        if (cases[i].size != 0) {
            CHECK_INT(cases[i].json, cases[i].size, log.size);
            CHECK_INT(cases[i].json, cases[i].bytes, log.records.len);
        }
    }
    assert_true(fkweb_log(json_of("{\"log_count\":0,\"log_array\":null}"), &log, &reason));
    CHECK_INT("none", 0, log.records.len);
    assert_false(fkweb_log(json_of("{\"log_count\":2}"), &log, &reason));
}

static void a_status_counts(void **state)
{
    static const struct {
        const char *json;
        int records;
    } cases[] = {
        {"{\"total_log_count\":10,\"all_log_count\":1697,\"total_log_max\":200000}", 1697},
        {"{\"total_log_count\":\"1697\",\"all_log_count\":\"10\"}", 1697},
        {"{\"all_log_count\":200000,\"total_log_count\":1697,\"total_log_max\":200000}", 1697},
        {"{\"total_log_count\":0}", 0},
        {"{\"user_count\":5}", -1},
        {"{\"total_log_count\":-1}", -1},
    };
    struct fkweb_status status;
    const char *reason = NULL;
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        assert_true(fkweb_status(json_of(cases[i].json), &status, &reason));
        CHECK_INT(cases[i].json, cases[i].records, status.records);
    }
}

static void only_these_orders_can_be_written(void **state)
{
    char out[FKWEB_ORDER_MAX];
    walltime from = 0;
    walltime to = 0;
    (void)state;
    assert_true(fkrecord_time(SPAN("20260101000000"), &from));
    assert_true(fkrecord_time(SPAN("20260201000000"), &to));
    CHECK_TEXT("", "GET_DEVICE_STATUS", fkweb_order_name(FKWEB_ORDER_STATUS));
    CHECK_TEXT("", "GET_LOG_DATA", fkweb_order_name(FKWEB_ORDER_LOG));
    CHECK_TEXT("", "SET_TIME", fkweb_order_name(FKWEB_ORDER_SET_TIME));
    CHECK_TEXT("", "", fkweb_order_name(FKWEB_ORDER_RESET));
    CHECK_INT("status", 0, fkweb_order_body(FKWEB_ORDER_STATUS, from, to, to, out));
    CHECK_INT("reset", 0, fkweb_order_body(FKWEB_ORDER_RESET, from, to, to, out));
    CHECK_INT("all", 0, fkweb_order_body(FKWEB_ORDER_LOG, 0, 0, to, out));
    fkweb_order_body(FKWEB_ORDER_LOG, from, to, to, out);
    CHECK_TEXT("a period", "{\"begin_time\":\"20260101000000\",\"end_time\":\"20260131235959\"}",
               out + 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_say_who_and_what),
        cmocka_unit_test(the_documented_body_byte_for_byte),
        cmocka_unit_test(a_body_that_is_none_is_refused),
        cmocka_unit_test(what_is_large_or_deep_is_bounded),
        cmocka_unit_test(a_punch_is_read_from_its_json),
        cmocka_unit_test(a_poll_tells_clock_and_class),
        cmocka_unit_test(a_log_must_be_as_long_as_it_says),
        cmocka_unit_test(a_status_counts),
        cmocka_unit_test(only_these_orders_can_be_written),
    };
    return cmocka_run_group_tests_name("fkweb", tests, NULL, NULL);
}
