#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "formats/accesslog.h"
#include "formats/attlog.h"
#include "iclock/iclock.h"
#include "base/portability.h"

static const char plain_text[] = "text/plain";

/* What an answer works on. */
struct answer {
    const struct iclock_call *call;
    const struct iclock_settings *settings;
    const struct iclock_device *device;
    iclock_sink *sink;
    void *context;
    struct iclock_reply *reply;
    struct error *err;
};

/* Adds to the reply; nothing of it comes near ICLOCK_REPLY_MAX, since all that it is made of is
 * bounded. */
HB_PRINTF(2, 3)
static void say(struct iclock_reply *reply, const char *format, ...)
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

/* "OK: 7", which most replies are: printf would take as long as reading a punch. */
static void say_taken(struct iclock_reply *reply, size_t count)
{
    enum { DIGITS_MAX = 20 };
    char text[4 + DIGITS_MAX] = "OK: ";
    size_t digits = 1;
    for (size_t rest = count; rest >= 10; rest /= 10) {
        digits++;
    }
    for (size_t i = digits; i > 0; i--, count /= 10) {
        text[3 + i] = (char)('0' + count % 10);
    }
    memcpy(reply->body, text, 4 + digits);
    reply->len = 4 + digits;
    reply->content_type = plain_text;
}

static bool give(const struct answer *answer, struct iclock_effect effect)
{
    effect.sn = answer->call->sn;
    return answer->sink(answer->context, &effect, answer->err);
}

static bool give_punch(const struct answer *answer, struct punch *punch)
{
    memcpy(punch->device_sn, answer->call->sn, sizeof punch->device_sn);
    answer->reply->punches++;
    return give(answer, (struct iclock_effect){.kind = ICLOCK_EFFECT_PUNCH, .punch = punch});
}

/*
 * Person-and-ID terminals add two columns to the seven: number of the ID card, and kind. Kind 1
 * says that a card was compared with its bearer, for which the status column has the outcome.
 */
static bool is_identity_check(const struct answer *answer, struct span line)
{
    enum { KIND = 9 };
    struct span column = {NULL, 0};
    if (answer->device == NULL || !answer->device->identity) {
        return false;
    }
    for (int i = 0; i < KIND; i++) {
        if (!span_field(&line, '\t', &column)) {
            return false;
        }
    }
    return span_equal(span_trim(column), SPAN("1"));
}

static bool give_bad_line(const struct answer *answer, struct span line, const char *reason)
{
    answer->reply->bad_lines++;
    return give(answer, (struct iclock_effect){
                            .kind = ICLOCK_EFFECT_BAD_LINE, .text = line, .reason = reason});
}

/* After what it stands for; a stamp of nobody in particular would mix up several terminals. */
static bool give_stamp(const struct answer *answer)
{
    const struct iclock_call *call = answer->call;
    if (call->stamp[0] == '\0' || call->table[0] == '\0' || !call->sn_given) {
        return true;
    }
    return give(answer, (struct iclock_effect){.kind = ICLOCK_EFFECT_STAMP,
                                               .table = call->table,
                                               .text = span_of(call->stamp)});
}

/* The next line of a body that is not blank, trimmed. */
static bool next_line(struct span *rest, struct span *line)
{
    while (span_field(rest, '\n', line)) {
        *line = span_trim(*line);
        if (line->len > 0) {
            return true;
        }
    }
    return false;
}

static size_t count_lines(struct span body)
{
    struct span line;
    size_t count = 0;
    while (next_line(&body, &line)) {
        count++;
    }
    return count;
}

/* ---- the handshake ---- */

static int timezone_minutes(const struct answer *answer)
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
        say(reply, "%s=%s\n", stamps[i].name, stamps[i].value);
    }
}

/* A code that stays the same for a terminal without anybody having to remember it. */
static uint64_t code_of(const char *sn)
{
    uint64_t code = UINT64_C(0xCBF29CE484222325); /* FNV-1a */
    for (; *sn != '\0'; sn++) {
        code = (code ^ (unsigned char)*sn) * UINT64_C(0x100000001B3);
    }
    return code;
}

static bool say_push_config(const struct answer *answer)
{
    say(answer->reply,
        "ServerVersion=2.2.14\nServerName=HIP Bridge\nPushVersion=3.1.2\nErrorDelay=%d\n"
        "RequestDelay=%d\nTransTimes=00:00;14:05\nTransInterval=1\nTransTables=Transaction\n"
        "TimeZone=%d\nRealtime=1\nSessionID=%016" PRIX64 "\nTimeoutSec=60\n",
        answer->settings->error_delay_s, answer->settings->delay_s,
        timezone_value(timezone_minutes(answer)), code_of(answer->call->sn));
    return true;
}

static bool say_registry(const struct answer *answer)
{
    say(answer->reply, "RegistryCode=%016" PRIX64 "\n", code_of(answer->call->sn));
    return true;
}

static bool say_options(const struct answer *answer)
{
    const struct iclock_device *device = answer->device;
    struct iclock_reply *reply = answer->reply;
    if (answer->call->security) {
        say(reply, "registry=ok\n");
        return say_registry(answer) && say_push_config(answer);
    }
    bool attlog = device != NULL && device->attlog_stamp[0] != '\0';
    bool operlog = device != NULL && device->operlog_stamp[0] != '\0';
    say(reply, "GET OPTION FROM: %s\n", answer->call->sn);
    say_stamps(reply, attlog ? device->attlog_stamp : "0",
               operlog ? device->operlog_stamp : "9999");
    /* Attendance alone: fingerprints, faces, photos and passwords stay on the terminal. */
    say(reply,
        "ErrorDelay=%d\nDelay=%d\nTransTimes=00:00;14:05\nTransInterval=1\n"
        "TransFlag=TransData AttLog\nTimeZone=%d\nRealtime=1\nEncrypt=0\n"
        "ServerVer=2.2.14\nPushProtVer=2.2.14\nSupportPing=1\n",
        answer->settings->error_delay_s, answer->settings->delay_s,
        timezone_value(timezone_minutes(answer)));
    return true;
}

static bool say_time(const struct answer *answer)
{
    if (answer->call->now_s <= 0) {
        say(answer->reply, "OK");
        return true;
    }
    int zone = timezone_minutes(answer);
    char local[WALLTIME_TEXT_MAX];
    walltime_text(answer->call->now_s + (int64_t)zone * 60, local);
    local[10] = 'T';
    int distance = zone < 0 ? -zone : zone;
    say(answer->reply, "Time=%s%c%02d:%02d", local, zone < 0 ? '-' : '+', distance / 60,
        distance % 60);
    return true;
}

/* ---- data ---- */

static bool say_attendance(const struct answer *answer)
{
    struct attlog_reader reader;
    struct punch punch;
    enum attlog_result result;
    attlog_begin(&reader, answer->call->body);
    while ((result = attlog_next(&reader, &punch)) != ATTLOG_END) {
        if (is_identity_check(answer, punch.raw)) {
            answer->reply->checks++;
            continue;
        }
        bool taken = result == ATTLOG_PUNCH ? give_punch(answer, &punch)
                                            : give_bad_line(answer, punch.raw, reader.reason);
        if (!taken) {
            return false;
        }
    }
    if (!give_stamp(answer)) {
        return false;
    }
    /* Every line that was dealt with, or a terminal might send those set aside for ever. */
    const struct iclock_reply *reply = answer->reply;
    say_taken(answer->reply, reply->punches + reply->bad_lines + reply->checks);
    return true;
}

/*
 * `OPLOG 21 TAB admin TAB time …`; the word may be closed by a tab. All other lines (users with
 * their passwords, templates) are passed over unread.
 */
static bool give_operation(const struct answer *answer, struct span line)
{
    static const struct {
        int32_t code;
        enum iclock_effect_kind kind;
    } told[] = {{21, ICLOCK_EFFECT_CLOCK_SET}, {23, ICLOCK_EFFECT_LOG_DELETED}};
    struct span word;
    int32_t code = 0;
    if (!span_word(&line, &word) || !span_equal_nocase(word, SPAN("OPLOG")) ||
        !span_word(&line, &word) || !span_to_int32(word, &code)) {
        return true;
    }
    for (size_t i = 0; i < HB_COUNT(told); i++) {
        if (told[i].code != code) {
            continue;
        }
        char text[WALLTIME_TEXT_MAX] = "";
        walltime time = 0;
        struct span column = {NULL, 0};
        if (span_word(&line, &word) && span_field(&line, '\t', &column) &&
            span_field(&line, '\t', &column) && walltime_parse_iso(column, &time)) {
            walltime_text(time, text);
        }
        return give(answer, (struct iclock_effect){.kind = told[i].kind, .text = span_of(text)});
    }
    return true;
}

static bool say_operations(const struct answer *answer)
{
    struct span rest = utf8_without_bom(answer->call->body);
    struct span line;
    size_t count = 0;
    while (next_line(&rest, &line)) {
        if (!give_operation(answer, line)) {
            return false;
        }
        count++;
    }
    if (!give_stamp(answer)) {
        return false;
    }
    say_taken(answer->reply, count);
    return true;
}

static bool say_dropped(const struct answer *answer)
{
    static const char *const counted[] = {"BIODATA", "IDCARD", "ERRORLOG"};
    for (size_t i = 0; i < HB_COUNT(counted); i++) {
        if (strcmp(answer->call->table, counted[i]) == 0) {
            say_taken(answer->reply, count_lines(answer->call->body));
            return true;
        }
    }
    say(answer->reply, "OK");
    return true;
}

/* ---- Security PUSH ---- */

static bool give_access_rows(const struct answer *answer)
{
    struct span rest = utf8_without_bom(answer->call->body);
    struct span line;
    char raw[PUNCH_RAW_MAX + 1];
    while (next_line(&rest, &line)) {
        struct punch punch;
        const char *reason = NULL;
        enum accesslog_result result = accesslog_read(line, &punch, raw, &reason);
        bool taken = true;
        if (result == ACCESSLOG_PUNCH) {
            taken = give_punch(answer, &punch);
        } else if (result == ACCESSLOG_BAD) {
            taken = give_bad_line(answer, punch.raw, reason);
        }
        if (!taken) {
            return false;
        }
    }
    return true;
}

static bool say_rtlog(const struct answer *answer)
{
    if (!give_access_rows(answer) || !give_stamp(answer)) {
        return false;
    }
    say(answer->reply, "OK");
    return true;
}

/* A bare OK would make it send the same again. */
static bool say_tabledata(const struct answer *answer)
{
    const struct iclock_call *call = answer->call;
    bool transactions = span_equal_nocase(span_of(call->tablename), SPAN("transaction"));
    if (transactions && !give_access_rows(answer)) {
        return false;
    }
    if (call->tablename[0] == '\0') {
        say(answer->reply, "OK");
    } else if (call->count >= 0) {
        say(answer->reply, "%s=%" PRId32, call->tablename, call->count);
    } else {
        say(answer->reply, "%s=%zu", call->tablename, count_lines(call->body));
    }
    return true;
}

/* ---- commands ---- */

static bool say_command(const struct answer *answer)
{
    const struct iclock_call *call = answer->call;
    const struct iclock_device *device = answer->device;
    if (call->info[0] != '\0' && !give(answer, (struct iclock_effect){.kind = ICLOCK_EFFECT_INFO,
                                                                      .text = span_of(call->info),
                                                                      .records = call->records})) {
        return false;
    }
    /* One that would end its line early is none of ours: what follows would be a command too. */
    bool fit = device != NULL && device->command != NULL && device->command[0] != '\0' &&
               strlen(device->command) <= TERMINAL_COMMAND_MAX &&
               strpbrk(device->command, "\r\n") == NULL;
    if (!fit) {
        say(answer->reply, "OK");
        return true;
    }
    say(answer->reply, "C:%" PRId64 ":%s\n", device->command_id, device->command);
    return give(answer, (struct iclock_effect){.kind = ICLOCK_EFFECT_COMMAND_SENT,
                                               .number = device->command_id});
}

/* Our own ids are numbers; any other is no command of ours. */
static bool read_id(struct span text, int64_t *id)
{
    enum { DIGITS_MAX = 18 };
    text = span_trim(text);
    if (text.len == 0 || text.len > DIGITS_MAX) {
        return false;
    }
    int64_t number = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '9') {
            return false;
        }
        number = number * 10 + (text.at[i] - '0');
    }
    *id = number;
    return true;
}

/* A command's result while it is read. */
struct outcome {
    bool ours; /* its id can be one of ours */
    bool known;
    int64_t id;
    int32_t result;
    int32_t records;
    size_t facts_len;
    char facts[TERMINAL_FACTS_MAX + 1];
};

static bool give_outcome(const struct answer *answer, const struct outcome *outcome)
{
    return !outcome->ours || !outcome->known ||
           give(answer, (struct iclock_effect){.kind = ICLOCK_EFFECT_COMMAND_RESULT,
                                               .number = outcome->id,
                                               .result = outcome->result,
                                               .records = outcome->records,
                                               .text = {outcome->facts, outcome->facts_len}});
}

/* What of a result is worth keeping; options are many, and some are secrets. */
static void note_fact(struct outcome *outcome, struct span key, struct span value)
{
    static const struct {
        const char *key;
        bool records;
    } facts[] = {
        {"AttlogSum", true},    {"AttlogCount", true},    {"TransactionCount", true},
        {"~DeviceName", false}, {"~SerialNumber", false}, {"FWVersion", false},
        {"UserCount", false},   {"FPCount", false},       {"FaceCount", false},
        {"IPAddress", false},
    };
    for (size_t i = 0; i < HB_COUNT(facts); i++) {
        int32_t records = 0;
        char clean[80];
        if (!span_equal_nocase(key, span_of(facts[i].key))) {
            continue;
        }
        if (facts[i].records && span_to_int32(span_trim(value), &records) && records >= 0) {
            outcome->records = records;
        }
        utf8_clean(span_trim(value), clean, sizeof clean);
        size_t room = sizeof outcome->facts - outcome->facts_len;
        int length = snprintf(outcome->facts + outcome->facts_len, room, "%s%s=%s",
                              outcome->facts_len > 0 ? ", " : "", facts[i].key, clean);
        if (length > 0 && (size_t)length < room) { /* one that does not fit is left out */
            outcome->facts_len += (size_t)length;
        }
        outcome->facts[outcome->facts_len] = '\0';
    }
}

/*
 * Results stand one in a line (`ID=7&Return=0&CMD=DATA`), or one in several, a key in each; what
 * belongs to one reaches to the next ID.
 */
static bool say_results(const struct answer *answer)
{
    struct span rest = answer->call->body;
    struct span line;
    struct span pair;
    struct outcome outcome = {.records = -1};
    while (next_line(&rest, &line)) {
        while (span_field(&line, '&', &pair)) {
            struct span value = pair;
            struct span key = {0};
            span_field(&value, '=', &key);
            if (span_equal_nocase(key, SPAN("ID"))) {
                if (!give_outcome(answer, &outcome)) {
                    return false;
                }
                outcome = (struct outcome){.records = -1};
                outcome.ours = read_id(value, &outcome.id);
            } else if (!outcome.known && span_equal_nocase(key, SPAN("Return"))) {
                outcome.known = span_to_int32(span_trim(value), &outcome.result);
            } else if (value.at != NULL) {
                note_fact(&outcome, key, value);
            }
        }
    }
    if (!give_outcome(answer, &outcome)) {
        return false;
    }
    say(answer->reply, "OK");
    return true;
}

static bool say_ok(const struct answer *answer)
{
    say(answer->reply, "OK");
    return true;
}

/* Each operation with who answers it, or with the status that refuses it. */
static const struct {
    bool (*say)(const struct answer *answer);
    int status;
} answers[] = {
    [ICLOCK_HANDSHAKE] = {say_options, 200},
    [ICLOCK_TIME] = {say_time, 200},
    [ICLOCK_ATTENDANCE] = {say_attendance, 200},
    [ICLOCK_OPERATIONS] = {say_operations, 200},
    [ICLOCK_DROPPED] = {say_dropped, 200},
    [ICLOCK_POLL] = {say_command, 200},
    [ICLOCK_COMMAND_RESULT] = {say_results, 200},
    [ICLOCK_PING] = {say_ok, 200},
    [ICLOCK_REGISTRY] = {say_registry, 200},
    [ICLOCK_PUSH_CONFIG] = {say_push_config, 200},
    [ICLOCK_TABLEDATA] = {say_tabledata, 200},
    [ICLOCK_RTLOG] = {say_rtlog, 200},
    [ICLOCK_PROBE] = {NULL, 405},
    [ICLOCK_FILE] = {NULL, 404},
    [ICLOCK_UNKNOWN] = {say_ok, 200},
    [ICLOCK_NOT_OURS] = {NULL, 404},
    [ICLOCK_BAD_SN] = {NULL, 400},
    [ICLOCK_OTHER_FAMILY] = {NULL, 404},
};

bool iclock_answer(const struct iclock_call *call, const struct iclock_settings *settings,
                   const struct iclock_device *device, iclock_sink *sink, void *context,
                   struct iclock_reply *reply, struct error *err)
{
    reply->status = answers[call->operation].status;
    reply->content_type = NULL;
    reply->len = 0;
    reply->punches = 0;
    reply->bad_lines = 0;
    reply->checks = 0;
    if (answers[call->operation].say == NULL) {
        iclock_refuse(answers[call->operation].status, reply);
        return true;
    }
    struct answer answer = {call, settings, device, sink, context, reply, err};
    return answers[call->operation].say(&answer);
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
    reply->punches = 0;
    reply->bad_lines = 0;
    reply->checks = 0;
    for (size_t i = 0; i < HB_COUNT(refusals); i++) {
        if (refusals[i].status == status) {
            say(reply, "%s", refusals[i].words);
        }
    }
}
