/*
 * FkWeb by the listener, beside a stand-in for Windows' HTTP server (fake_httpapi.h), which takes
 * what Wine's does not: HTTP/1.0 without a Host, a connection for each request, header names in any
 * case, bodies in pieces of any size. What is acknowledged is in the outbox, once; what cannot be
 * read never gets OK.
 */
#include "scratch_outbox.h"

#include "config/config.h"
#include "http/listener.h"
#include "service/fake_httpapi.h"
#include "no_events.h"

enum { AWAIT_MS = 5000, PHOTO = 20000, BODY_MAX = PHOTO + 1024 };

static struct config *config;
static struct listener *listener;
static HANDLE appended;
static char body[BODY_MAX];

static int set_up(void **state)
{
    char text[FILE_PATH_MAX * 2];
    char path[FILE_PATH_MAX * 2];
    size_t len = 0;
    (void)state;
    fake_begin();
    assert_int_equal(scratch_begin(), 0);
    outbox_close(open_outbox((struct outbox_options){0}));
    for (const char *at = scratch_path("outbox.db"); *at != '\0'; at++) {
        path[len++] = *at == '\\' ? '/' : *at;
    }
    path[len] = '\0';
    snprintf(text, sizeof text, "{\"outbox\": {\"path\": \"%s\"}}", path);
    config = config_parse(span_of(text), "config.json", &err);
    assert_non_null(config);
    appended = CreateEventW(NULL, FALSE, FALSE, NULL);
    listener = listener_start(config, &events, appended, &err);
    if (listener == NULL) {
        fail_msg("%s", err.text);
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    CHECK_INT("the thread ends", WAIT_OBJECT_0,
              WaitForSingleObject(listener_stop(listener), AWAIT_MS));
    listener_free(listener);
    fake_end();
    CloseHandle(appended);
    config_free(config);
    scratch_end();
    return 0;
}

static int64_t held(void)
{
    struct error why = ERROR_INIT;
    struct outbox *outbox = outbox_open_readonly(scratch_path("outbox.db"), &why);
    assert_non_null(outbox);
    int64_t count = query(outbox, "SELECT count(*) FROM punch");
    outbox_close(outbox);
    return count;
}

static void put_length(char *at, size_t len)
{
    for (int i = 0; i < 4; i++) {
        at[i] = (char)(len >> 8 * i & 0xff);
    }
}

/* Length, JSON and NUL; then a photo of so many bytes with its length. */
static size_t write_body(const char *json, size_t photo)
{
    size_t len = strlen(json) + 1;
    put_length(body, len);
    memcpy(body + 4, json, len);
    if (photo == 0) {
        return 4 + len;
    }
    put_length(body + 4 + len, photo);
    memset(body + 8 + len, 'P', photo);
    return 8 + len + photo;
}

enum spelling { AS_IS, LOWER, UPPER, TITLE };

static char spell(char letter, enum spelling how, bool first)
{
    bool big = how == UPPER || (how == TITLE && first);
    char small = letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
    if (how == AS_IS) {
        return letter;
    }
    return big && small >= 'a' && small <= 'z' ? (char)(small - 'a' + 'A') : small;
}

static void header(char *out, size_t size, const char *name, enum spelling how, const char *value)
{
    size_t len = 0;
    for (; name[len] != '\0' && len + 1 < size; len++) {
        out[len] = spell(name[len], how, len == 0 || name[len - 1] == '_');
    }
    snprintf(out + len, size - len, ": %s", value);
}

/* The response_code of what is sent so; "" = no answer. */
static const char *send_fk(const char *request, const char *trans, const char *block,
                           const struct fake_request *how, enum spelling spelling,
                           const char *bytes, size_t len)
{
    static char code[64];
    static char names[5][96];
    struct fake_reply reply;
    struct fake_request asked = *how;
    header(names[0], sizeof names[0], "request_code", spelling, request);
    header(names[1], sizeof names[1], "dev_id", spelling, "FK1");
    header(names[2], sizeof names[2], "trans_id", spelling, trans);
    header(names[3], sizeof names[3], "blk_no", spelling, block);
    snprintf(names[4], sizeof names[4], "%s", asked.old ? "Connection: close" : "Accept: */*");
    for (size_t i = 0; i < HB_COUNT(names); i++) {
        asked.headers[i] = names[i];
    }
    asked.verb = HttpVerbPOST;
    asked.url = asked.url != NULL ? asked.url : "/";
    asked.body = bytes;
    asked.body_len = len;
    code[0] = '\0';
    if (!fake_await(fake_request(&asked), &reply, AWAIT_MS)) {
        return code;
    }
    CHECK_INT(request, 200, reply.status);
    CHECK_INT("closed after an answer to HTTP/1.0", true, !asked.old || reply.disconnect);
    const char *at = strstr(reply.headers, "response_code: ");
    if (at != NULL) {
        snprintf(code, sizeof code, "%.*s", (int)strcspn(at + 15, "\n"), at + 15);
    }
    return code;
}

static void each_acknowledged_punch_is_here_once(void **state)
{
    static const struct {
        const char *what;
        const char *json;
        size_t photo;
        enum spelling spelling;
        struct fake_request how;
    } cases[] = {
        {"1.1", "{\"io_time\":\"20260115080001\",\"user_id\":\"1\"}", 0, AS_IS, {0}},
        {"1.0", "{\"io_time\":\"20260115080002\",\"user_id\":\"1\"}", 0, AS_IS, {.old = true}},
        {"1.0, upper case",
         "{\"io_time\":\"20260115080003\",\"user_id\":\"1\"}",
         0,
         UPPER,
         {.old = true}},
        {"1.0, title case",
         "{\"io_time\":\"20260115080004\",\"user_id\":\"1\"}",
         0,
         TITLE,
         {.old = true}},
        {"1.1, lower case", "{\"io_time\":\"20260115080005\",\"user_id\":\"1\"}", 0, LOWER, {0}},
        {"1.0, numbers as text, text as numbers",
         "{\"io_time\":\"20260115080006\",\"user_id\":1,\"io_mode\":\"16777216\",\"verify_mode\":"
         "1}",
         0,
         AS_IS,
         {.old = true}},
        {"1.0, a photo",
         "{\"io_time\":\"20260115080007\",\"user_id\":\"1\",\"log_image\":\"BIN_1\"}",
         PHOTO,
         AS_IS,
         {.old = true}},
        {"1.0, a photo in packets",
         "{\"io_time\":\"20260115080008\",\"user_id\":\"1\",\"log_image\":\"BIN_1\"}",
         PHOTO,
         AS_IS,
         {.old = true, .each = 1460}},
        {"1.0, byte by byte",
         "{\"io_time\":\"20260115080009\",\"user_id\":\"1\"}",
         0,
         AS_IS,
         {.old = true, .each = 1}},
        {"1.0, nothing beside the head",
         "{\"io_time\":\"20260115080010\",\"user_id\":\"1\"}",
         0,
         AS_IS,
         {.old = true, .pieces = {0, 10}, .piece_count = 2}},
        {"1.0, no length",
         "{\"io_time\":\"20260115080011\",\"user_id\":\"1\"}",
         0,
         AS_IS,
         {.old = true, .no_length = true}},
        {"1.0, the end comes late",
         "{\"io_time\":\"20260115080012\",\"user_id\":\"1\"}",
         0,
         AS_IS,
         {.old = true, .late_end = true}},
        {"1.0, another path",
         "{\"io_time\":\"20260115080013\",\"user_id\":\"1\"}",
         0,
         AS_IS,
         {.old = true, .url = "/hdata.aspx"}},
    };
    (void)state;
    for (int again = 0; again < 2; again++) { /* a terminal that missed the answer sends it again */
        for (size_t i = 0; i < HB_COUNT(cases); i++) {
            size_t len = write_body(cases[i].json, cases[i].photo);
            CHECK_TEXT(cases[i].what, "OK",
                       send_fk("realtime_glog", "RTLogSendAction", "0", &cases[i].how,
                               cases[i].spelling, body, len));
            CHECK_INT(cases[i].what, again ? (int64_t)HB_COUNT(cases) : (int64_t)i + 1, held());
        }
    }
}

/* In parts, each on a connection of its own: only the last is the acknowledgement of the punch. */
static void parts_are_one_delivery(void **state)
{
    static const struct fake_request hows[] = {
        {.old = true}, {.old = false}, {.old = true, .each = 100}};
    (void)state;
    for (size_t i = 0; i < HB_COUNT(hows); i++) {
        char json[120];
        char trans[16];
        snprintf(json, sizeof json,
                 "{\"io_time\":\"2026011508010%zu\",\"user_id\":\"2\",\"log_image\":\"BIN_1\"}", i);
        snprintf(trans, sizeof trans, "%zu", i + 7);
        size_t len = write_body(json, PHOTO);
        size_t part = len / 4;
        for (size_t block = 1; block < 4; block++) {
            char number[24];
            snprintf(number, sizeof number, "%zu", block);
            CHECK_TEXT(json, "OK",
                       send_fk("realtime_glog", trans, number, &hows[i], AS_IS,
                               body + part * (block - 1), part));
            CHECK_INT(json, (int64_t)i, held());
        }
        CHECK_TEXT(
            json, "OK",
            send_fk("realtime_glog", trans, "0", &hows[i], AS_IS, body + part * 3, len - part * 3));
        CHECK_INT(json, (int64_t)i + 1, held());
    }
}

static void what_cannot_be_read_is_never_acknowledged(void **state)
{
    static const struct {
        const char *what;
        const char *bytes;
        size_t len;
    } cases[] = {
        {"nothing", "", 0},
        {"a length alone", "\x20\0\0\0", 4},
        {"a length beyond the end", "\xff\xff\xff\x7f{}", 6},
        {"JSON without its length", "{\"io_time\":\"20260115080001\",\"user_id\":\"1\"}", 42},
        {"JSON that is open", "\x08\0\0\0{\"a\":1,", 11},
    };
    static const struct fake_request old = {.old = true};
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        const char *code = send_fk("realtime_glog", "RTLogSendAction", "0", &old, AS_IS,
                                   cases[i].bytes, cases[i].len);
        if (strncmp(code, "ERROR_", 6) != 0) {
            fail_msg("[%s] answered \"%s\"", cases[i].what, code);
        }
        CHECK_INT(cases[i].what, 0, held());
    }
}

/* The line breaks in the body: no word, and nothing of it is kept. */
static void a_body_that_breaks_off_is_none(void **state)
{
    static const ULONG codes[] = {1229, 64, 1236, 995};
    (void)state;
    for (size_t i = 0; i < HB_COUNT(codes); i++) {
        struct fake_reply reply;
        struct fake_request asked = {.verb = HttpVerbPOST,
                                     .url = "/",
                                     .old = true,
                                     .headers = {"request_code: realtime_glog", "dev_id: FK1"},
                                     .body = body,
                                     .pieces = {0, 30, 0},
                                     .piece_count = 3};
        asked.body_len = write_body("{\"io_time\":\"20260115080001\",\"user_id\":\"1\"}", PHOTO);
        uint64_t id = fake_request(&asked);
        Sleep(50);
        fake_hang_up(id, codes[i]);
        CHECK_INT("a reply", false, fake_await(id, &reply, AWAIT_MS));
        CHECK_INT("in the outbox", 0, held());
    }
}

#define HTTP_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HTTP_TEST(each_acknowledged_punch_is_here_once),
        HTTP_TEST(parts_are_one_delivery),
        HTTP_TEST(what_cannot_be_read_is_never_acknowledged),
        HTTP_TEST(a_body_that_breaks_off_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
