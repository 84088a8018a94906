#include "iclock/iclock_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "iclock/devicecmd.h"

static const char plain_text[] = "text/plain";

void iclock_say(struct iclock_reply *reply, const char *format, ...)
{
    size_t room = sizeof reply->body - reply->len;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(reply->body + reply->len, room, format, arguments);
    va_end(arguments);
    if (length > 0) {
        reply->len += (size_t)length < room ? (size_t)length : room - 1;
    }
    reply->content_type = plain_text;
}

bool iclock_give(const struct answer *answer, struct iclock_effect effect)
{
    effect.sn = answer->call->sn;
    return answer->sink(answer->context, &effect, answer->err);
}

bool iclock_next_line(struct span *rest, struct span *line)
{
    while (span_field(rest, '\n', line)) {
        *line = span_trim(*line);
        if (line->len > 0) {
            return true;
        }
    }
    return false;
}

/* ---- the handshake ---- */

int iclock_timezone(const struct answer *answer)
{
    return answer->device != NULL ? answer->device->timezone_minutes
                                  : answer->settings->timezone_minutes;
}

/* Hours where they are whole and fewer than 12, as the vendor's document has it; else minutes. */
static int timezone_value(int minutes)
{
    return minutes % 60 == 0 && minutes / 60 > -12 && minutes / 60 < 12 ? minutes / 60 : minutes;
}

/* In both spellings: old firmware knows the short names alone. */
static void say_stamps(struct iclock_reply *reply, const char *attlog, const char *operlog)
{
    /* 0: send everything. 9999: nothing of what was; photos and the like are not asked for at all.
     */
    static const char nothing[] = "9999";
    const struct {
        const char *name;
        const char *value;
    } stamps[] = {
        {"Stamp", attlog},         {"ATTLOGStamp", attlog},  {"OpStamp", operlog},
        {"OPERLOGStamp", operlog}, {"PhotoStamp", nothing},  {"ATTPHOTOStamp", nothing},
        {"BIODATAStamp", nothing}, {"IDCARDStamp", nothing}, {"ERRORLOGStamp", nothing},
    };
    for (size_t i = 0; i < HB_COUNT(stamps); i++) {
        iclock_say(reply, "%s=%s\n", stamps[i].name, stamps[i].value);
    }
}

/* A code that stays the same for a terminal without anybody having to remember it. */
static uint64_t code_of(const char *sn)
{
    return hash_bytes(HASH_BEGIN, sn, strlen(sn));
}

static bool say_push_config(const struct answer *answer)
{
    iclock_say(answer->reply,
               "ServerVersion=2.2.14\nServerName=HIP Bridge\nPushVersion=3.1.2\nErrorDelay=%d\n"
               "RequestDelay=%d\nTransTimes=00:00;14:05\nTransInterval=1\nTransTables=Transaction\n"
               "TimeZone=%d\nRealtime=1\nSessionID=%016" PRIX64 "\nTimeoutSec=60\n",
               answer->settings->error_delay_s, answer->settings->delay_s,
               timezone_value(iclock_timezone(answer)), code_of(answer->call->sn));
    return true;
}

static bool say_registry(const struct answer *answer)
{
    iclock_say(answer->reply, "RegistryCode=%016" PRIX64 "\n", code_of(answer->call->sn));
    return true;
}

static bool say_options(const struct answer *answer)
{
    const struct iclock_device *device = answer->device;
    struct iclock_reply *reply = answer->reply;
    if (answer->call->security) {
        iclock_say(reply, "registry=ok\n");
        return say_registry(answer) && say_push_config(answer);
    }
    bool attlog = device != NULL && device->attlog_stamp[0] != '\0';
    bool operlog = device != NULL && device->operlog_stamp[0] != '\0';
    iclock_say(reply, "GET OPTION FROM: %s\n", answer->call->sn);
    say_stamps(reply, attlog ? device->attlog_stamp : "0",
               operlog ? device->operlog_stamp : "9999");
    /* Attendance alone: fingerprints, faces, photos and passwords stay on the terminal. */
    iclock_say(reply,
               "ErrorDelay=%d\nDelay=%d\nTransTimes=00:00;14:05\nTransInterval=1\n"
               "TransFlag=TransData AttLog\nTimeZone=%d\nRealtime=1\nEncrypt=0\n"
               "ServerVer=2.2.14\nPushProtVer=2.2.14\nSupportPing=1\n",
               answer->settings->error_delay_s, answer->settings->delay_s,
               timezone_value(iclock_timezone(answer)));
    return true;
}

static bool say_time(const struct answer *answer)
{
    if (answer->call->now_s <= 0) {
        iclock_say(answer->reply, "OK");
        return true;
    }
    int zone = iclock_timezone(answer);
    char local[WALLTIME_TEXT_MAX];
    walltime_text(answer->call->now_s + (int64_t)zone * 60, local);
    local[10] = 'T';
    int distance = zone < 0 ? -zone : zone;
    iclock_say(answer->reply, "Time=%s%c%02d:%02d", local, zone < 0 ? '-' : '+', distance / 60,
               distance % 60);
    return true;
}

/* The time as Security PUSH wants it: packed, at UTC, and the zone. */
static bool say_rtdata(const struct answer *answer)
{
    int zone = iclock_timezone(answer);
    int distance = zone < 0 ? -zone : zone;
    if (answer->call->now_s <= 0) {
        iclock_say(answer->reply, "OK");
        return true;
    }
    iclock_say(answer->reply, "DateTime=%" PRId64 ",ServerTZ=%c%02d%02d",
               devicecmd_packed(answer->call->now_s), zone < 0 ? '-' : '+', distance / 60,
               distance % 60);
    return true;
}

/* ---- commands ---- */

static bool say_command(const struct answer *answer)
{
    const struct iclock_call *call = answer->call;
    const struct iclock_device *device = answer->device;
    if (call->info[0] != '\0' &&
        !iclock_give(answer, (struct iclock_effect){.kind = ICLOCK_EFFECT_INFO,
                                                    .text = span_of(call->info),
                                                    .records = call->records})) {
        return false;
    }
    /* One that would end its line early is none of ours: what follows would be a command too. */
    bool fit = device != NULL && device->command != NULL && device->command[0] != '\0' &&
               strlen(device->command) <= TERMINAL_COMMAND_MAX &&
               strpbrk(device->command, "\r\n") == NULL;
    if (!fit) {
        iclock_say(answer->reply, "OK");
        return true;
    }
    iclock_say(answer->reply, "C:%" PRId64 ":%s\n", device->command_id, device->command);
    return iclock_give(answer, (struct iclock_effect){.kind = ICLOCK_EFFECT_COMMAND_SENT,
                                                      .number = device->command_id});
}

static bool say_ok(const struct answer *answer)
{
    iclock_say(answer->reply, "OK");
    return true;
}

/* Each operation with who answers it, or with the status that refuses it. */
static const struct {
    bool (*say)(const struct answer *answer);
    int status;
    bool unread; /* whatever body it has is not looked into for its answer */
} answers[] = {
    [ICLOCK_HANDSHAKE] = {say_options, 200, true},
    [ICLOCK_TIME] = {say_time, 200, true},
    [ICLOCK_RTDATA] = {say_rtdata, 200, true},
    [ICLOCK_ATTENDANCE] = {iclock_say_attendance, 200, false},
    [ICLOCK_OPERATIONS] = {iclock_say_operations, 200, false},
    [ICLOCK_DROPPED] = {iclock_say_dropped, 200, false},
    [ICLOCK_POLL] = {say_command, 200, true},
    [ICLOCK_COMMAND_RESULT] = {iclock_say_results, 200, false},
    [ICLOCK_PING] = {say_ok, 200, true},
    [ICLOCK_REGISTRY] = {say_registry, 200, true},
    [ICLOCK_PUSH_CONFIG] = {say_push_config, 200, true},
    [ICLOCK_TABLEDATA] = {iclock_say_tabledata, 200, false},
    [ICLOCK_RTLOG] = {iclock_say_access, 200, false},
    [ICLOCK_PROBE] = {NULL, 405, false},
    [ICLOCK_FILE] = {NULL, 404, false},
    [ICLOCK_UNKNOWN] = {iclock_say_dropped, 200, false},
    [ICLOCK_NOT_OURS] = {NULL, 404, false},
    [ICLOCK_BAD_SN] = {NULL, 400, false},
    [ICLOCK_OTHER_FAMILY] = {NULL, 404, false},
};

bool iclock_answer(const struct iclock_call *call, const struct iclock_settings *settings,
                   const struct iclock_device *device, iclock_sink *sink, void *context,
                   struct iclock_reply *reply, struct error *err)
{
    reply->status = answers[call->operation].status;
    reply->content_type = NULL;
    reply->len = 0;
    reply->punches = reply->bad_lines = reply->refusals = reply->others = 0;
    if (answers[call->operation].say == NULL) {
        iclock_refuse(answers[call->operation].status, reply);
        return true;
    }
    struct answer answer = {call, settings, device, sink, context, reply, err};
    return (!answers[call->operation].unread || iclock_keep_rest(&answer)) &&
           answers[call->operation].say(&answer);
}

void iclock_refuse(int status, struct iclock_reply *reply)
{
    static const struct {
        int status;
        const char *words;
    } refusals[] = {
        {400, "bad request\n"}, {403, "forbidden\n"}, {404, "not found\n"},
        {408, "too slow\n"},    {413, "too large\n"}, {503, "cannot store now, try again\n"},
    };
    reply->status = status;
    reply->content_type = NULL;
    reply->len = 0;
    reply->punches = reply->bad_lines = reply->refusals = reply->others = 0;
    for (size_t i = 0; i < HB_COUNT(refusals); i++) {
        if (refusals[i].status == status) {
            iclock_say(reply, "%s", refusals[i].words);
        }
    }
}
