/*
 * iclock, held to the files of tests/corpus/iclock. Run from the repository's root.
 */
#include "check.h"

#include "corpus.h"
#include "iclock/envelope.h"
#include "iclock/iclock.h"

enum { OUT_MAX = 8192, CASES_LEAST = 250, BODY_MAX = 1 << 20 };

static struct envelope envelope;

/* What came of a request: the effects as the files have them, the reply. */
struct heard {
    char text[OUT_MAX];
    size_t used;
    size_t effects;
    size_t refuse_at; /* 0: never */
    struct iclock_reply reply;
};

HB_PRINTF(2, 3)
static void write_line(struct heard *heard, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(heard->text + heard->used, OUT_MAX - heard->used, format, arguments);
    va_end(arguments);
    assert_true(length >= 0 && (size_t)length < OUT_MAX - heard->used);
    heard->used += (size_t)length;
}

/* "-" for a number that was not said. */
static void write_records(struct heard *heard, const char *before, int32_t records)
{
    if (records < 0) {
        write_line(heard, "%s-", before);
    } else {
        write_line(heard, "%s%d", before, (int)records);
    }
}

static bool hear(void *context, const struct iclock_effect *effect, struct error *err)
{
    struct heard *heard = context;
    char time[WALLTIME_TEXT_MAX];
    const struct punch *punch = effect->punch;
    int length = (int)effect->text.len;
    switch (effect->kind) {
    case ICLOCK_EFFECT_PUNCH:
        assert_string_equal(punch->device_sn, effect->sn);
        assert_true(utf8_valid(punch->raw));
        write_line(heard, "punch %s %s %s %d %d\n", punch->device_sn, punch->user_id,
                   walltime_text(punch->time, time), (int)punch->status, (int)punch->verify);
        break;
    case ICLOCK_EFFECT_ASIDE:
        assert_non_null(effect->reason);
        if (effect->whole) {
            write_line(heard, "whole: %s\n", effect->reason);
        } else {
            char line[PUNCH_RAW_MAX + 1];
            struct span text = effect->text;
            struct span end = span_trim(text);
            text.len = (size_t)(end.at + end.len - text.at);
            utf8_clean(text, line, sizeof line);
            write_line(heard, "bad %s\n", line);
        }
        break;
    case ICLOCK_EFFECT_REFUSAL:
        write_line(heard, "refused %d %d\n", (int)effect->number, (int)effect->records);
        break;
    case ICLOCK_EFFECT_PACKET:
        write_line(heard, "packet %d\n", (int)effect->number);
        break;
    case ICLOCK_EFFECT_STAMP:
        write_line(heard, "stamp %s %.*s\n", effect->table, length, effect->text.at);
        break;
    case ICLOCK_EFFECT_INFO:
        write_records(heard, "info ", effect->records);
        write_line(heard, " %.*s\n", length, effect->text.at);
        break;
    case ICLOCK_EFFECT_COMMAND_SENT:
        write_line(heard, "sent %d\n", (int)effect->number);
        break;
    case ICLOCK_EFFECT_COMMAND_RESULT:
        write_line(heard, "result %d %d", (int)effect->number, (int)effect->result);
        write_records(heard, " ", effect->records);
        write_line(heard, "%s%.*s\n", length > 0 ? " " : "", length, effect->text.at);
        break;
    case ICLOCK_EFFECT_CLOCK_SET:
        write_line(heard, "clock set%s%.*s\n", length > 0 ? " " : "", length, effect->text.at);
        break;
    case ICLOCK_EFFECT_LOG_DELETED:
        write_line(heard, "log deleted%s%.*s\n", length > 0 ? " " : "", length, effect->text.at);
        break;
    }
    heard->effects++;
    return heard->effects != heard->refuse_at || error_set(err, ERR_FULL, 0, "no room");
}

static const struct iclock_settings settings = {"HIP_DEVICE_1", 420, 10, 30};

/* "GET /path?query", "POST …", "HEAD …". */
static struct iclock_request request_of(const char *line, struct span body)
{
    static const struct {
        struct span word;
        enum iclock_method method;
    } methods[] = {
        {{"GET", 3}, ICLOCK_GET}, {{"POST", 4}, ICLOCK_POST}, {{"HEAD", 4}, ICLOCK_HEAD}};
    struct iclock_request request = {
        .method = ICLOCK_OTHER_METHOD, .body = body, .now_s = 1768438862};
    struct span rest = span_of(line);
    struct span word;
    assert_true(span_field(&rest, ' ', &word));
    for (size_t i = 0; i < HB_COUNT(methods); i++) {
        request.method = span_equal(word, methods[i].word) ? methods[i].method : request.method;
    }
    request.query = rest;
    assert_true(span_field(&request.query, '?', &request.path));
    return request;
}

static struct iclock_request request_in(const struct corpus_case *one)
{
    struct iclock_request request = request_of(one->line, (struct span){one->body, one->body_len});
    request.other_family = one->other_family;
    request.content_type = span_of(one->content_type);
    request.content_encoding = span_of(one->content_encoding);
    return request;
}

static const struct iclock_device *device_in(const struct corpus_case *one)
{
    return one->known ? &one->device : NULL;
}

#define NO_BODY                                                                                    \
    {                                                                                              \
        NULL, 0                                                                                    \
    }
#define S1 "SN=TEST00000001"

static bool ask(const struct iclock_request *request, const struct iclock_device *device,
                struct heard *heard)
{
    struct iclock_call call;
    struct error err = ERROR_INIT;
    size_t refuse_at = heard->refuse_at;
    memset(heard, 0, sizeof *heard);
    heard->refuse_at = refuse_at;
    memset(&heard->reply, 'x', sizeof heard->reply);
    struct iclock_request opened;
    envelope_open(&envelope, request, BODY_MAX, &opened);
    iclock_read(&opened, &settings, &call);
    if (!iclock_answer(&call, &settings, device, hear, heard, &heard->reply, &err)) {
        assert_int_equal(err.kind, ERR_FULL);
        return false;
    }
    const struct iclock_reply *reply = &heard->reply;
    assert_true((reply->content_type == NULL) == (reply->len == 0));
    assert_true(reply->len < sizeof reply->body);
    heard->reply.body[reply->len] = '\0';
    return true;
}

static void test_corpus(void **state)
{
    (void)state;
    assert_true(corpus_count >= CASES_LEAST);
    for (size_t i = 0; i < corpus_count; i++) {
        static struct heard heard;
        const struct corpus_case *one = &corpus[i];
        struct iclock_request request = request_in(one);
        assert_true(ask(&request, device_in(one), &heard));
        CHECK_INT(one->name, one->status, heard.reply.status);
        CHECK_TEXT(one->name, one->reply, heard.reply.body);
        CHECK_TEXT(one->name, one->effects, heard.text);
    }
}

/* A sink that says no at any effect ends the answer there. */
static void test_the_sink_may_refuse(void **state)
{
    (void)state;
    for (size_t i = 0; i < corpus_count; i++) {
        static struct heard heard;
        struct iclock_request request = request_in(&corpus[i]);
        heard.refuse_at = 0;
        assert_true(ask(&request, device_in(&corpus[i]), &heard));
        size_t effects = heard.effects;
        for (size_t at = 1; at <= effects; at++) {
            heard.refuse_at = at;
            assert_false(ask(&request, device_in(&corpus[i]), &heard));
            CHECK_INT(corpus[i].name, at, heard.effects);
        }
        heard.refuse_at = 0;
    }
}

static void test_time_zones(void **state)
{
    (void)state;
    static const struct {
        int minutes;
        const char *zone;
        const char *time;
    } zones[] = {
        {420, "TimeZone=7\n", "Time=2026-01-15T08:01:02+07:00"},
        {0, "TimeZone=0\n", "Time=2026-01-15T01:01:02+00:00"},
        {-300, "TimeZone=-5\n", "Time=2026-01-14T20:01:02-05:00"},
        {330, "TimeZone=330\n", "Time=2026-01-15T06:31:02+05:30"},
        {-210, "TimeZone=-210\n", "Time=2026-01-14T21:31:02-03:30"},
        {660, "TimeZone=11\n", "Time=2026-01-15T12:01:02+11:00"},
        {720, "TimeZone=720\n", "Time=2026-01-15T13:01:02+12:00"},
        {840, "TimeZone=840\n", "Time=2026-01-15T15:01:02+14:00"},
        {-720, "TimeZone=-720\n", "Time=2026-01-14T13:01:02-12:00"},
    };
    for (size_t i = 0; i < HB_COUNT(zones); i++) {
        static struct heard heard;
        struct iclock_device device = {.timezone_minutes = zones[i].minutes};
        struct iclock_request request = request_of("GET /iclock/cdata?" S1, (struct span)NO_BODY);
        assert_true(ask(&request, &device, &heard));
        if (strstr(heard.reply.body, zones[i].zone) == NULL) {
            fail_msg("expected \"%s\" in \"%s\"", zones[i].zone, heard.reply.body);
        }
        request = request_of("GET /iclock/cdata?type=time", (struct span)NO_BODY);
        assert_true(ask(&request, &device, &heard));
        CHECK_TEXT(zones[i].zone, zones[i].time, heard.reply.body);
        request.now_s = 0;
        assert_true(ask(&request, &device, &heard));
        assert_string_equal(heard.reply.body, "OK");
    }
}

static void test_a_command_stays_one_line(void **state)
{
    (void)state;
    static const char *const commands[] = {"", "CHECK\nREBOOT", "CHECK\r"};
    static struct heard heard;
    struct iclock_request request = request_of("GET /iclock/getrequest?" S1, (struct span)NO_BODY);
    struct iclock_device device = {.command_id = 1};
    for (size_t i = 0; i < HB_COUNT(commands); i++) {
        device.command = commands[i];
        assert_true(ask(&request, &device, &heard));
        CHECK_TEXT(commands[i], "OK", heard.reply.body);
    }
    char longest[TERMINAL_COMMAND_MAX + 2];
    memset(longest, 'x', sizeof longest);
    longest[TERMINAL_COMMAND_MAX + 1] = '\0';
    device.command = longest;
    assert_true(ask(&request, &device, &heard));
    assert_string_equal(heard.reply.body, "OK");
    longest[TERMINAL_COMMAND_MAX] = '\0';
    assert_true(ask(&request, &device, &heard));
    assert_non_null(strstr(heard.reply.body, "C:1:xxx"));
}

static void test_what_is_read(void **state)
{
    (void)state;
    struct iclock_call call;
    struct iclock_request request =
        request_of("GET /iclock/getrequest?pushver=2.4.1&INFO=a%00b%FF&Stamp=%20 5", SPAN("body"));
    iclock_read(&request, &settings, &call);
    assert_int_equal(call.operation, ICLOCK_POLL);
    assert_false(call.sn_given);
    assert_string_equal(call.sn, "HIP_DEVICE_1");
    assert_string_equal(call.push_version, "2.4.1");
    assert_string_equal(call.info, "a b\xEF\xBF\xBD");
    assert_string_equal(call.stamp, "5");
    assert_string_equal(call.table, "");
    assert_true(span_equal(call.body, SPAN("body")));
}

static void test_spans_of_nothing(void **state)
{
    (void)state;
    static struct heard heard;
    struct iclock_request request = {.method = ICLOCK_POST};
    assert_true(ask(&request, NULL, &heard));
    assert_int_equal(heard.reply.status, 404);
    assert_string_equal(heard.text, "");
}

static void test_refusals(void **state)
{
    (void)state;
    static const int statuses[] = {400, 403, 404, 405, 408, 413, 503};
    for (size_t i = 0; i < HB_COUNT(statuses); i++) {
        static struct iclock_reply reply;
        iclock_refuse(statuses[i], &reply);
        assert_int_equal(reply.status, statuses[i]);
        assert_true((reply.len == 0) == (statuses[i] == 405));
        assert_true((reply.content_type == NULL) == (reply.len == 0));
    }
}

/* Each request with each byte of its line and body replaced: sanitizers are the judge. */
static void test_no_byte_string_harms(void **state)
{
    (void)state;
    static const char bytes[] = {'\0', '%', '&', '=', '?', '/', '\n', '\t', '\xFF'};
    for (size_t i = 0; i < corpus_count; i++) {
        static struct heard heard;
        const struct corpus_case *one = &corpus[i];
        size_t len = strlen(one->line);
        for (size_t at = 0; at < len + one->body_len; at++) {
            for (size_t b = 0; b < sizeof bytes; b++) {
                char *line = malloc(len);
                char *copy = malloc(one->body_len + 1);
                assert_non_null(line);
                assert_non_null(copy);
                memcpy(line, one->line, len);
                memcpy(copy, one->body, one->body_len);
                *(at < len ? line + at : copy + (at - len)) = bytes[b];
                struct span query = {line, len};
                struct iclock_request request = {.method = ICLOCK_POST,
                                                 .body = {copy, one->body_len}};
                span_field(&query, '?', &request.path);
                request.query = query;
                ask(&request, device_in(one), &heard);
                request.method = ICLOCK_GET;
                ask(&request, device_in(one), &heard);
                free(line);
                free(copy);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_corpus),       cmocka_unit_test(test_the_sink_may_refuse),
        cmocka_unit_test(test_time_zones),   cmocka_unit_test(test_a_command_stays_one_line),
        cmocka_unit_test(test_what_is_read), cmocka_unit_test(test_spans_of_nothing),
        cmocka_unit_test(test_refusals),     cmocka_unit_test(test_no_byte_string_harms),
    };
    corpus_load("tests/corpus/iclock");
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    corpus_free();
    envelope_empty(&envelope);
    return failed;
}
