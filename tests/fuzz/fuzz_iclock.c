/*
 * iclock: a whole request. The first line is the method and the target as in HTTP ("POST
 * /iclock/cdata?SN=1"), a '!' before it stands for the header that names the other family; what
 * follows the line is the body.
 */
#include "fuzz.h"
#include "iclock/envelope.h"
#include "iclock/iclock.h"

struct heard {
    const char *sn;
    size_t punches, bad_lines, refusals, effects;
    size_t refuse_at; /* the sink says no at this effect; 0 = never */
};

static bool printable(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < 0x20 || text.at[i] > 0x7E) {
            return false;
        }
    }
    return true;
}

static bool hear(void *context, const struct iclock_effect *effect, struct error *err)
{
    struct heard *heard = context;
    heard->effects++;
    MUST(effect->sn != NULL && strcmp(effect->sn, heard->sn) == 0);
    switch (effect->kind) {
    case ICLOCK_EFFECT_PUNCH:
        MUST(effect->punch != NULL);
        must_be_punch(effect->punch, heard->sn);
        heard->punches++;
        break;
    case ICLOCK_EFFECT_ASIDE:
        MUST(effect->reason != NULL && effect->reason[0] != '\0');
        MUST(span_trim(effect->text).len > 0); /* as it came: nothing else is sure of it */
        heard->bad_lines++;
        break;
    case ICLOCK_EFFECT_REFUSAL:
        MUST(effect->records > 0);
        heard->refusals += (size_t)effect->records;
        break;
    case ICLOCK_EFFECT_PACKET:
        MUST(effect->number >= ICLOCK_PACKET_UNKNOWN && effect->number <= ICLOCK_PACKET_TORN);
        break;
    case ICLOCK_EFFECT_STAMP:
        MUST(effect->table != NULL && effect->table[0] != '\0');
        MUST(effect->text.len > 0 && effect->text.len <= TERMINAL_STAMP_MAX);
        MUST(printable(effect->text));
        break;
    case ICLOCK_EFFECT_INFO:
        MUST(utf8_valid(effect->text));
        break;
    case ICLOCK_EFFECT_COMMAND_SENT:
    case ICLOCK_EFFECT_COMMAND_RESULT:
    case ICLOCK_EFFECT_CLOCK_SET:
    case ICLOCK_EFFECT_LOG_DELETED:
        break;
    }
    return heard->effects != heard->refuse_at || error_set(err, ERR_FULL, 0, "no room");
}

static void check_reply(const struct iclock_call *call, const struct iclock_reply *reply,
                        const struct heard *heard)
{
    static const int statuses[] = {200, 400, 403, 404, 405, 408, 413, 503};
    bool known = false;
    for (size_t i = 0; i < HB_COUNT(statuses); i++) {
        known = known || reply->status == statuses[i];
    }
    MUST(known);
    MUST(reply->len <= ICLOCK_REPLY_MAX);
    MUST((reply->content_type == NULL) == (reply->len == 0));
    MUST(utf8_valid((struct span){reply->body, reply->len}));
    MUST(memchr(reply->body, '\0', reply->len) == NULL);
    MUST(reply->punches == heard->punches && reply->bad_lines == heard->bad_lines);
    MUST(reply->refusals == heard->refusals);
    /* A terminal keeps what it is not told 200 for: then nothing may have been taken, and the
     * reverse. */
    MUST(heard->effects == 0 || reply->status == 200);
    MUST(call->operation != ICLOCK_ATTENDANCE || reply->status == 200 || heard->punches == 0);
    if (call->operation == ICLOCK_ATTENDANCE && reply->status == 200) {
        char expected[32];
        int length = snprintf(expected, sizeof expected, "OK: %zu",
                              heard->punches + heard->bad_lines + heard->refusals + reply->others);
        MUST(reply->len >= (size_t)length && memcmp(reply->body, expected, (size_t)length) == 0);
        MUST(reply->len == (size_t)length || reply->body[length] < '0' ||
             reply->body[length] > '9');
    }
    if (call->operation == ICLOCK_PROBE) {
        MUST(reply->status == 405 && reply->len == 0);
    }
    if (heard->punches > 0) {
        MUST(call->operation == ICLOCK_ATTENDANCE || call->operation == ICLOCK_RTLOG ||
             call->operation == ICLOCK_TABLEDATA);
    }
}

static void answer(const struct iclock_call *call, const struct iclock_settings *settings,
                   const struct iclock_device *device)
{
    static struct iclock_reply reply, again;
    struct error err = ERROR_INIT;
    struct heard heard = {.sn = call->sn};
    MUST(iclock_answer(call, settings, device, hear, &heard, &reply, &err));
    MUST(err.kind == ERR_NONE);
    check_reply(call, &reply, &heard);

    struct heard second = {.sn = call->sn};
    MUST(iclock_answer(call, settings, device, hear, &second, &again, &err));
    MUST(second.effects == heard.effects && again.status == reply.status && again.len == reply.len);
    MUST(memcmp(again.body, reply.body, reply.len) == 0);

    if (heard.effects > 0) {
        struct heard refused = {.sn = call->sn, .refuse_at = heard.effects / 2 + 1};
        MUST(!iclock_answer(call, settings, device, hear, &refused, &again, &err));
        MUST(refused.effects == refused.refuse_at && err.kind == ERR_FULL);
    }
}

/* The request that an input stands for. */
static struct iclock_request request_of(struct span input)
{
    static const struct {
        struct span word;
        enum iclock_method method;
    } methods[] = {
        {{"GET", 3}, ICLOCK_GET}, {{"POST", 4}, ICLOCK_POST}, {{"HEAD", 4}, ICLOCK_HEAD}};
    struct iclock_request request = {.method = ICLOCK_OTHER_METHOD};
    struct span line;
    struct span word;

    if (input.len > 0 && input.at[0] == '!') {
        request.other_family = true;
        input.at++;
        input.len--;
    }
    request.body = input;
    (void)span_field(&request.body, '\n', &line);
    if (span_field(&line, ' ', &word)) {
        for (size_t i = 0; i < HB_COUNT(methods); i++) {
            request.method = span_equal(word, methods[i].word) ? methods[i].method : request.method;
        }
    }
    request.query = line;
    (void)span_field(&request.query, '?', &request.path);
    return request;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct iclock_settings settings = {"HIP_DEVICE_1", 7 * 60, 10, 30};
    static const struct iclock_device fresh = {.timezone_minutes = 330};
    static const struct iclock_device known = {
        .attlog_stamp = "2026-01-15T08:01:02",
        .operlog_stamp = "9999",
        .timezone_minutes = -5 * 60,
        .identity = true,
        .command = "DATA QUERY ATTLOG StartTime=2026-01-01 00:00:00\tEndTime=2026-01-31 23:59:59",
        .command_id = 7,
    };
    struct iclock_request request = request_of((struct span){(const char *)data, size});
    static struct iclock_call call;
    static struct envelope envelope;
    struct iclock_request opened;

    memset(&call, 'x', sizeof call);
    envelope_open(&envelope, &request, 1 << 20, &opened);
    iclock_read(&opened, &settings, &call);
    MUST(call.operation <= ICLOCK_OTHER_FAMILY);
    MUST(memchr(call.sn, '\0', sizeof call.sn) != NULL);
    MUST(call.operation == ICLOCK_BAD_SN || punch_sn_valid(span_of(call.sn)));
    MUST(call.sn_given || call.operation == ICLOCK_BAD_SN ||
         strcmp(call.sn, settings.default_device_sn) == 0);
    MUST(memchr(call.table, '\0', sizeof call.table) != NULL && printable(span_of(call.table)));
    MUST(memchr(call.stamp, '\0', sizeof call.stamp) != NULL && printable(span_of(call.stamp)));
    MUST(memchr(call.push_version, '\0', sizeof call.push_version) != NULL);
    MUST(memchr(call.info, '\0', sizeof call.info) != NULL && utf8_valid(span_of(call.info)));

    answer(&call, &settings, NULL);
    answer(&call, &settings, &fresh);
    answer(&call, &settings, &known);
    envelope_empty(&envelope);
    return 0;
}
