#include "iclock/iclock_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "formats/row.h"

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
    reply->content_type = "text/plain";
}

/*
 * After what it stands for, of which something must have come: a stamp alone says that something
 * was sent which has not. One of nobody in particular would mix up several terminals.
 */
static bool give_stamp(const struct answer *answer, bool came)
{
    const struct iclock_call *call = answer->call;
    if (!came || call->stamp[0] == '\0' || call->table[0] == '\0' || !call->sn_given) {
        return true;
    }
    return iclock_give(answer, (struct iclock_effect){.kind = ICLOCK_EFFECT_STAMP,
                                                      .table = call->table,
                                                      .text = span_of(call->stamp)});
}

/* ---- what is set aside, what was refused ---- */

static bool give_aside(const struct answer *answer, struct span text, bool whole,
                       const char *reason)
{
    answer->reply->bad_lines++;
    return iclock_give(
        answer, (struct iclock_effect){
                    .kind = ICLOCK_EFFECT_ASIDE, .text = text, .whole = whole, .reason = reason});
}

static bool give_whole(const struct answer *answer, const char *reason)
{
    return give_aside(answer, answer->call->body, true, reason);
}

/* Refusals of a request, by their codes: one effect for many. */
struct refusals {
    size_t count;
    struct {
        int32_t code;
        int32_t times;
    } of[16];
};

static bool give_refusals(const struct answer *answer, struct refusals *refusals)
{
    for (size_t i = 0; i < refusals->count; i++) {
        if (!iclock_give(answer, (struct iclock_effect){.kind = ICLOCK_EFFECT_REFUSAL,
                                                        .number = refusals->of[i].code,
                                                        .records = refusals->of[i].times})) {
            return false;
        }
    }
    refusals->count = 0;
    return true;
}

static bool note_refusal(const struct answer *answer, struct refusals *refusals, int32_t code)
{
    size_t i = 0;
    answer->reply->refusals++;
    while (i < refusals->count && refusals->of[i].code != code) {
        i++;
    }
    if (i == HB_COUNT(refusals->of)) {
        if (!give_refusals(answer, refusals)) {
            return false;
        }
        i = 0;
    }
    if (i == refusals->count) {
        refusals->of[i].code = code;
        refusals->of[i].times = 0;
        refusals->count++;
    }
    refusals->of[i].times++;
    return true;
}

/* ---- rows ---- */

static bool give_punch(const struct answer *answer, struct punch *punch)
{
    memcpy(punch->device_sn, answer->call->sn, sizeof punch->device_sn);
    answer->reply->punches++;
    return iclock_give(answer, (struct iclock_effect){.kind = ICLOCK_EFFECT_PUNCH, .punch = punch});
}

static walltime local_time(const struct answer *answer)
{
    int64_t now = answer->call->now_s;
    return now > 0 ? now + (walltime)iclock_timezone(answer) * 60 : 0;
}

static struct row_settings settings_of(const struct answer *answer, bool access)
{
    const struct iclock_call *call = answer->call;
    const struct iclock_device *device = answer->device;
    enum iclock_packet before = device != NULL ? device->packet : ICLOCK_PACKET_UNKNOWN;
    bool several = call->packets > 1 && call->packet >= 0;
    return (struct row_settings){
        .now = local_time(answer),
        .access = access,
        .identity = device != NULL && device->identity,
        .torn_end = call->packets_unclear || (several && call->packet < call->packets),
        .torn_begin = call->packets_unclear
                          ? call->packet != 0 && call->packet != 1
                          : several && (before == ICLOCK_PACKET_TORN ||
                                        (before == ICLOCK_PACKET_UNKNOWN && call->packet > 1)),
    };
}

/* How a packet that is not the last ended is what the next one needs to know. */
static bool give_packet(const struct answer *answer)
{
    const struct iclock_call *call = answer->call;
    struct span body = call->body;
    if (call->packets <= 1 || call->packet < 0) {
        return true;
    }
    bool ended = body.len == 0 || body.at[body.len - 1] == '\n' || body.at[body.len - 1] == '\r';
    enum iclock_packet packet = call->packet >= call->packets ? ICLOCK_PACKET_UNKNOWN
                                : ended                       ? ICLOCK_PACKET_WHOLE
                                                              : ICLOCK_PACKET_TORN;
    return iclock_give(answer,
                       (struct iclock_effect){.kind = ICLOCK_EFFECT_PACKET, .number = packet});
}

/* JSON, XML, the parts of a form: lines that are no rows, and mean nothing one by one. */
static bool is_structured(struct span body)
{
    body = span_trim(utf8_without_bom(body));
    return body.len > 0 && (body.at[0] == '{' || body.at[0] == '[' || body.at[0] == '<' ||
                            (body.len > 2 && body.at[0] == '-' && body.at[1] == '-'));
}

/* With its time, if that can be read: then nothing later is complete without it. */
static bool give_row(const struct answer *answer, const struct row_reader *reader)
{
    answer->reply->bad_lines++;
    return iclock_give(answer,
                       (struct iclock_effect){.kind = ICLOCK_EFFECT_ASIDE,
                                              .text = reader->line,
                                              .reason = reader->reason,
                                              .torn = reader->torn,
                                              .time = reader->time,
                                              .user = reader->time != 0 ? reader->user : NULL});
}

static const char is_no_table[] = "it is none of the tables that terminals send";

/* Each row to its end; *dealt_with is false for a body that is set aside whole. */
static bool give_rows(const struct answer *answer, bool access)
{
    struct row_settings settings = settings_of(answer, access);
    struct row_reader reader;
    struct refusals refusals = {0};
    enum row_end end;
    bool taken = true;
    if (is_structured(answer->call->body) && row_may_name(answer->call->body)) {
        return give_whole(answer, is_no_table);
    }
    row_begin(&reader, answer->call->body, &settings);
    while (taken && row_next(&reader, &end)) {
        switch (end) {
        case ROW_PUNCH:
            taken = give_punch(answer, &reader.punch);
            break;
        case ROW_REFUSAL:
            taken = note_refusal(answer, &refusals, reader.code);
            break;
        case ROW_ASIDE:
            taken = give_row(answer, &reader);
            break;
        case ROW_NOBODY:
            answer->reply->others++;
            break;
        }
    }
    return taken && give_refusals(answer, &refusals) && give_packet(answer);
}

/* Every row that was dealt with, or a terminal might send those set aside for ever. */
static void say_rows(const struct answer *answer)
{
    const struct iclock_reply *reply = answer->reply;
    say_taken(answer->reply, reply->punches + reply->bad_lines + reply->refusals + reply->others);
}

static size_t count_lines(struct span body)
{
    struct span line;
    size_t count = 0;
    while (iclock_next_line(&body, &line)) {
        count++;
    }
    return count;
}

/* A body that can't be read, or not whose it is: kept whole. *done then. */
static bool give_doubt(const struct answer *answer, bool *done)
{
    const struct iclock_call *call = answer->call;
    *done = call->doubt != NULL && span_trim(call->body).len > 0;
    return !*done || give_whole(answer, call->doubt);
}

bool iclock_say_attendance(const struct answer *answer)
{
    bool done = false;
    if (!give_doubt(answer, &done) || (!done && !give_rows(answer, false)) ||
        !give_stamp(answer, answer->reply->punches > 0)) {
        return false;
    }
    say_rows(answer);
    return true;
}

bool iclock_say_access(const struct answer *answer)
{
    bool done = false;
    if (!give_doubt(answer, &done) || (!done && !give_rows(answer, true)) ||
        !give_stamp(answer, answer->reply->punches > 0)) {
        return false;
    }
    iclock_say(answer->reply, "OK");
    return true;
}

/* ---- what is dropped, and its evidence ---- */

/* Lines of an operation log, each with what it is (the vendor's PUSH, "Upload operation log"): none
 * of them is a punch, and users come with their passwords. */
static bool is_operation(struct span line)
{
    static const struct span words[] = {{"OPLOG", 5},       {"USER", 4},    {"FP", 2},
                                        {"FACE", 4},        {"FVEIN", 5},   {"USERPIC", 7},
                                        {"BIOPHOTO", 8},    {"BIODATA", 7}, {"WORKCODE", 8},
                                        {"EnrollUser", 10}, {"IDCARD", 6},  {"ERRORLOG", 8}};
    struct span word;
    if (!span_word(&line, &word)) {
        return true;
    }
    for (size_t i = 0; i < HB_COUNT(words); i++) {
        if (span_equal_nocase(word, words[i])) {
            return true;
        }
    }
    return false;
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
        return iclock_give(answer,
                           (struct iclock_effect){.kind = told[i].kind, .text = span_of(text)});
    }
    return true;
}

bool iclock_say_operations(const struct answer *answer)
{
    struct span rest = utf8_without_bom(answer->call->body);
    struct span line;
    size_t count = 0;
    bool done = false;
    if (!give_doubt(answer, &done)) {
        return false;
    }
    while (!done && iclock_next_line(&rest, &line)) {
        bool taken = is_operation(line) || !row_may_name(line)
                         ? give_operation(answer, line)
                         : give_aside(answer, line, false, "no line of an operation log");
        if (!taken) {
            return false;
        }
        count++;
    }
    if (!give_stamp(answer, count > 0)) {
        return false;
    }
    say_taken(answer->reply, count);
    return true;
}

/*
 * Tables whose content is known not to be attendance: users, templates, photos, doors, settings
 * (the vendor's PUSH and Security PUSH). pictures: their bytes may be anything.
 */
static const struct {
    struct span name;
    bool pictures;
} known_tables[] = {
#define TABLE(text, pictures)                                                                      \
    {                                                                                              \
        {text, sizeof(text) - 1}, pictures                                                         \
    }
    TABLE("ATTPHOTO", true), TABLE("PHOTO", true),          TABLE("BIOPHOTO", true),
    TABLE("USERPIC", true),  TABLE("BIODATA", true),        TABLE("FINGERTMP", true),
    TABLE("FACE", true),     TABLE("FVEIN", true),          TABLE("TEMPLATEV10", true),
    TABLE("SSRFACE7", true), TABLE("FINGERVEIN", true),     TABLE("IDCARD", true),
    TABLE("ERRORLOG", true), TABLE("SNAPPHOTO", true),      TABLE("USERINFO", false),
    TABLE("USER", false),    TABLE("USERAUTHORIZE", false), TABLE("TIMEZONE", false),
    TABLE("HOLIDAY", false), TABLE("OPTIONS", false),       TABLE("RTSTATE", false),
    TABLE("OPERLOG", true), /* in an archive */
#undef TABLE
};

/*
 * A table that is known: its lines are dropped but for those that read as a punch or a refusal all
 * the same. *known false: it is none of these, and nothing was given.
 */
static bool give_known(const struct answer *answer, const char *table, bool *known)
{
    size_t i = 0;
    while (i < HB_COUNT(known_tables) && !span_equal_nocase(span_of(table), known_tables[i].name)) {
        i++;
    }
    *known = i < HB_COUNT(known_tables);
    if (!*known || known_tables[i].pictures) {
        return true;
    }
    return iclock_keep_persons(answer);
}

/* Names that only options have (the vendor's PUSH and Security PUSH, "Device parameters"). */
static bool is_option(struct span key)
{
    static const char *const names[] = {
        "DeviceName",      "DeviceType",  "FWVersion",        "FirmVer",     "UserCount",
        "FPCount",         "FaceCount",   "TransactionCount", "AttLogCount", "MAC",
        "IPAddress",       "NetMask",     "GATEIPAddress",    "MachineType", "PushVersion",
        "PushOptionsFlag", "LockCount",   "ReaderCount",      "CommType",    "MaxPackageSize",
        "Language",        "IsSupportNFC"};
    if (key.len > 1 && key.at[0] == '~') {
        return true;
    }
    for (size_t i = 0; i < HB_COUNT(names); i++) {
        if (span_equal_nocase(key, span_of(names[i]))) {
            return true;
        }
    }
    return false;
}

/* A year, a month and a day, with signs between: options have none. */
static bool has_date(struct span text)
{
    enum { YEAR = 4 };
    size_t digits = 0;
    for (size_t i = 0; i + 2 < text.len; i++) {
        if (text.at[i] >= '0' && text.at[i] <= '9') {
            digits++;
            continue;
        }
        if (digits == YEAR && (text.at[i] == '-' || text.at[i] == '/') && text.at[i + 1] >= '0' &&
            text.at[i + 1] <= '9' &&
            (text.at[i + 2] == text.at[i] ||
             (i + 3 < text.len && text.at[i + 2] >= '0' && text.at[i + 2] <= '9' &&
              text.at[i + 3] == text.at[i]))) {
            return true;
        }
        digits = 0;
    }
    return false;
}

/* `~DeviceName=…` and the like, a line each or between commas: an answer to INFO. */
static bool is_options(struct span body)
{
    struct span line = {NULL, 0};
    struct span field = {NULL, 0};
    struct span rest = body;
    bool any = false;
    while (iclock_next_line(&rest, &line)) {
        if (memchr(line.at, '=', line.len) == NULL) {
            return false;
        }
        while (span_field(&line, ',', &field)) {
            struct span key;
            struct span value = field;
            bool keyed = span_field(&value, '=', &key) && value.at != NULL;
            any = any || (keyed && is_option(span_trim(key)));
        }
    }
    return any && !has_date(body);
}

/* Rows that read as one of a person, in a body of other things. */
bool iclock_keep_persons(const struct answer *answer)
{
    struct row_settings settings = settings_of(answer, false);
    struct row_reader reader;
    enum row_end end;
    row_begin(&reader, answer->call->body, &settings);
    while (row_next(&reader, &end)) {
        bool person = end == ROW_PUNCH || end == ROW_REFUSAL;
        if (person &&
            !give_aside(answer, reader.line, false, "a punch in a table of other things")) {
            return false;
        }
    }
    return true;
}

bool iclock_keep_rest(const struct answer *answer)
{
    const struct iclock_call *call = answer->call;
    bool done = false;
    if (span_trim(call->body).len == 0) {
        return true;
    }
    if (!give_doubt(answer, &done)) {
        return false;
    }
    if (done) {
        return true;
    }
    if (is_options(call->body)) {
        return iclock_keep_persons(answer);
    }
    return !row_may_name(call->body) || give_whole(answer, is_no_table);
}

bool iclock_say_dropped(const struct answer *answer)
{
    static const char *const counted[] = {"BIODATA", "IDCARD", "ERRORLOG"};
    const struct iclock_call *call = answer->call;
    bool known = false;
    if (!give_known(answer, call->table, &known)) {
        return false;
    }
    if (!known && !call->verification && !iclock_keep_rest(answer)) {
        return false;
    }
    for (size_t i = 0; i < HB_COUNT(counted); i++) {
        if (strcmp(call->table, counted[i]) == 0) {
            say_taken(answer->reply, count_lines(call->body));
            return true;
        }
    }
    iclock_say(answer->reply, "OK");
    return true;
}

/* ---- Security PUSH: tables by name ---- */

static bool is_rows(const char *tablename, bool *access)
{
    static const struct {
        struct span name;
        bool access;
    } tables[] = {{{"transaction", 11}, true},  {{"rtlog", 5}, true},  {{"attlog", 6}, false},
                  {{"acc_att_log", 11}, false}, {{"aclog", 5}, false}, {{"acrlog", 6}, false}};
    for (size_t i = 0; i < HB_COUNT(tables); i++) {
        if (span_equal_nocase(span_of(tablename), tables[i].name)) {
            *access = tables[i].access;
            return true;
        }
    }
    return false;
}

/* `~SerialNumber=…,FirmVer=…`: what an access control terminal says in place of INFO, brought into
 * INFO's order. */
static bool give_options(const struct answer *answer)
{
    enum { VALUE_MAX = 60 };
    static const struct span keys[] = {
        {"FirmVer", 7}, {"UserCount", 9}, {"FPCount", 7}, {"TransactionCount", 16}};
    struct span found[HB_COUNT(keys)] = {{NULL, 0}};
    char text[TERMINAL_INFO_MAX + 1];
    char info[TERMINAL_INFO_MAX + 1];
    struct span line;
    struct span rest = answer->call->body;
    size_t count = 0;
    while (iclock_next_line(&rest, &line)) {
        struct span pair;
        while (span_field(&line, ',', &pair)) {
            struct span value = span_trim(pair);
            struct span key;
            if (!span_field(&value, '=', &key)) {
                continue;
            }
            if (key.len > 1 && key.at[0] == '~') {
                key = (struct span){key.at + 1, key.len - 1};
            }
            for (size_t i = 0; i < HB_COUNT(keys); i++) {
                bool is = value.at != NULL && span_equal_nocase(key, keys[i]);
                found[i] = is ? value : found[i];
                count += is;
            }
        }
    }
    if (count == 0) {
        return true;
    }
    size_t used = 0;
    for (size_t i = 0; i < HB_COUNT(keys); i++) {
        int room = (int)(found[i].len < VALUE_MAX ? found[i].len : VALUE_MAX);
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%.*s", i > 0 ? "," : "", room,
                                 room > 0 ? found[i].at : "");
    }
    utf8_clean(span_of(text), info, sizeof info);
    return iclock_give(
        answer, (struct iclock_effect){.kind = ICLOCK_EFFECT_INFO,
                                       .text = span_of(info),
                                       .records = terminal_info_read(span_of(info)).records});
}

/* A bare OK would make it send the same again. */
bool iclock_say_tabledata(const struct answer *answer)
{
    const struct iclock_call *call = answer->call;
    bool access = false;
    bool known = false;
    bool taken = true;
    if (call->doubt != NULL) {
        bool done = false;
        taken = give_doubt(answer, &done);
    } else if (call->count_answer) {
        taken = !row_may_name(call->body) || give_whole(answer, is_no_table);
    } else if (is_rows(call->tablename, &access)) {
        taken = give_rows(answer, access);
    } else if (call->options_answer) {
        taken = give_options(answer);
    } else {
        taken = give_known(answer, call->tablename, &known) &&
                (known || !row_may_name(call->body) || give_whole(answer, is_no_table));
    }
    if (!taken) {
        return false;
    }
    if (call->tablename[0] == '\0') {
        iclock_say(answer->reply, "OK");
    } else if (call->count >= 0) {
        iclock_say(answer->reply, "%s=%" PRId32, call->tablename, call->count);
    } else {
        iclock_say(answer->reply, "%s=%zu", call->tablename, count_lines(call->body));
    }
    return true;
}
