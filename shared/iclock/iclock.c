#include <string.h>

#include "formats/attlog.h"
#include "iclock/iclock.h"
#include "base/portability.h"

enum {
    SEGMENT_MAX = 32, /* longer than any name of a path that means something */
    WORD_MAX = 64,
    LINES_LOOKED_AT = 16,
};

/* ---- the query ---- */

enum parameter {
    PARAMETER_SN,
    PARAMETER_TABLE,
    PARAMETER_TABLENAME,
    PARAMETER_COUNT,
    PARAMETER_STAMP,
    PARAMETER_OPSTAMP,
    PARAMETER_PUSHVER,
    PARAMETER_DEVICETYPE,
    PARAMETER_CONTENTTYPE,
    PARAMETER_TYPE,
    PARAMETER_INFO,
    PARAMETERS,
};

#define NAME(text)                                                                                 \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }
static const struct span parameter_names[PARAMETERS] = {
    NAME("SN"),          NAME("table"),   NAME("tablename"), NAME("count"),
    NAME("Stamp"),       NAME("OpStamp"), NAME("pushver"),   NAME("DeviceType"),
    NAME("ContentType"), NAME("type"),    NAME("INFO"),
};

struct query {
    struct span
        value[PARAMETERS]; /* still percent-encoded; at is NULL for one that was not given */
};

static int hex(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    if (digit >= 'a' && digit <= 'f') {
        return digit - 'a' + 10;
    }
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

/*
 * Percent-decodes, into out[size] where there is anything to decode; what does not fit is left out.
 * A '%' without two digits stays what it is, and so does '+', which occurs in serial numbers.
 */
static struct span decode(struct span text, char *out, size_t size)
{
    size_t used = 0;
    if (text.len == 0 || memchr(text.at, '%', text.len) == NULL) {
        return (struct span){text.at, text.len < size ? text.len : size};
    }
    for (size_t i = 0; i < text.len && used < size; i++, used++) {
        bool escape = text.at[i] == '%' && text.len - i > 2 && hex(text.at[i + 1]) >= 0 &&
                      hex(text.at[i + 2]) >= 0;
        out[used] = text.at[i];
        if (escape) {
            out[used] = (char)(hex(text.at[i + 1]) * 16 + hex(text.at[i + 2]));
            i += 2;
        }
    }
    return (struct span){out, used};
}

/* Of a parameter that is given twice the first counts. */
static void read_query(struct span text, struct query *query)
{
    memset(query, 0, sizeof *query);
    struct span pair;
    while (span_field(&text, '&', &pair)) {
        struct span value = pair;
        struct span key;
        char name[WORD_MAX];
        if (!span_field(&value, '=', &key) || value.at == NULL) {
            continue;
        }
        key = span_trim(decode(key, name, sizeof name));
        size_t i = 0;
        while (i < PARAMETERS && !span_equal_nocase(key, parameter_names[i])) {
            i++;
        }
        if (i < PARAMETERS && query->value[i].at == NULL) {
            query->value[i] = value;
        }
    }
}

static bool given(const struct query *query, enum parameter parameter)
{
    return query->value[parameter].len > 0;
}

static bool is_word(const struct query *query, enum parameter parameter, const char *word)
{
    char out[WORD_MAX];
    struct span value = decode(query->value[parameter], out, sizeof out);
    return span_equal_nocase(span_trim(value), span_of(word));
}

static bool is_plain(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] <= ' ' || text.at[i] > '~') {
            return false;
        }
    }
    return true;
}

/*
 * Copies a value of printable ASCII without blanks: such can stand in a reply. Leaves "" for any
 * other, and for one that is too long.
 */
static void copy_plain(const struct query *query, enum parameter parameter, char *out, size_t size)
{
    char decoded[WORD_MAX];
    out[0] = '\0';
    if (!given(query, parameter)) {
        return;
    }
    struct span value = span_trim(decode(query->value[parameter], decoded, sizeof decoded));
    if (is_plain(value)) {
        span_copy(value, out, size);
    }
}

/* False for a serial number that is none. */
static bool read_sn(const struct query *query, const struct iclock_settings *settings,
                    struct iclock_call *call)
{
    char decoded[WORD_MAX];
    struct span sn = span_trim(decode(query->value[PARAMETER_SN], decoded, sizeof decoded));
    bool named = given(query, PARAMETER_SN);
    call->sn_given = named && punch_sn_valid(sn);
    span_copy(call->sn_given ? sn : span_of(settings->default_device_sn), call->sn,
              sizeof call->sn);
    return call->sn_given || !named;
}

static void read_table(const struct query *query, struct iclock_call *call)
{
    copy_plain(query, PARAMETER_TABLE, call->table, sizeof call->table);
    for (char *at = call->table; *at != '\0'; at++) {
        *at = *at >= 'a' && *at <= 'z' ? (char)(*at - 'a' + 'A') : *at;
    }
}

/*
 * Security PUSH says version 3 or that it is an access control terminal. Attendance terminals of
 * that version speak the attendance protocol all the same.
 */
static bool is_security(const struct query *query, const struct iclock_call *call)
{
    if (given(query, PARAMETER_DEVICETYPE)) {
        return terminal_is_access(call->device_type);
    }
    return strncmp(call->push_version, "3.", 2) == 0;
}

/* ---- the body ---- */

/* Whether one of the first lines is a punch. */
static bool looks_like_attendance(struct span body)
{
    struct attlog_reader reader;
    struct punch punch;
    attlog_begin(&reader, body);
    for (int i = 0; i < LINES_LOOKED_AT; i++) {
        enum attlog_result result = attlog_next(&reader, &punch);
        if (result != ATTLOG_BAD) {
            return result == ATTLOG_PUNCH;
        }
    }
    return false;
}

/* ---- the path ---- */

/* Each name with what a GET and a POST of it ask. ICLOCK_UNKNOWN for data: its table decides. */
static const struct {
    const char *name;
    enum iclock_operation get;
    enum iclock_operation post;
} endpoints[] = {
    {"cdata", ICLOCK_HANDSHAKE, ICLOCK_UNKNOWN},
    {"fdata", ICLOCK_DROPPED, ICLOCK_UNKNOWN},
    {"getrequest", ICLOCK_POLL, ICLOCK_POLL},
    {"devicecmd", ICLOCK_COMMAND_RESULT, ICLOCK_COMMAND_RESULT},
    {"ping", ICLOCK_PING, ICLOCK_PING},
    {"test", ICLOCK_PING, ICLOCK_PING},
    {"registry", ICLOCK_REGISTRY, ICLOCK_REGISTRY},
    {"push", ICLOCK_PUSH_CONFIG, ICLOCK_PUSH_CONFIG},
    {"querydata", ICLOCK_TABLEDATA, ICLOCK_TABLEDATA},
    {"file", ICLOCK_FILE, ICLOCK_FILE},
};

static const struct {
    const char *table;
    enum iclock_operation operation;
} tables[] = {
    {"ATTLOG", ICLOCK_ATTENDANCE}, {"OPERLOG", ICLOCK_OPERATIONS},  {"RTLOG", ICLOCK_RTLOG},
    {"TRANSACTION", ICLOCK_RTLOG}, {"TABLEDATA", ICLOCK_TABLEDATA},
};

/* The last segment that is not empty, decoded, without its extension. */
static struct span last_segment(struct span path, char out[SEGMENT_MAX])
{
    while (path.len > 0 && path.at[path.len - 1] == '/') {
        path.len--;
    }
    size_t begin = path.len;
    while (begin > 0 && path.at[begin - 1] != '/') {
        begin--;
    }
    struct span name = {NULL, 0};
    if (path.len > 0) {
        struct span segment = {path.at + begin, path.len - begin};
        struct span decoded = decode(segment, out, SEGMENT_MAX);
        span_field(&decoded, '.', &name);
    }
    return name;
}

static bool is_below_iclock(struct span path)
{
    struct span segment;
    while (span_field(&path, '/', &segment)) {
        if (span_equal_nocase(segment, SPAN("iclock"))) {
            return true;
        }
    }
    return false;
}

/* What data posted to cdata, fdata, or anywhere else, is. */
static enum iclock_operation read_data(const struct query *query, const struct iclock_call *call,
                                       enum iclock_operation otherwise)
{
    for (size_t i = 0; i < HB_COUNT(tables); i++) {
        if (strcmp(call->table, tables[i].table) != 0) {
            continue;
        }
        /* Operation lines, and they alone, may come as an archive. */
        bool packed = given(query, PARAMETER_CONTENTTYPE);
        bool operations = tables[i].operation == ICLOCK_OPERATIONS;
        return packed && operations ? ICLOCK_DROPPED : tables[i].operation;
    }
    bool unnamed = !given(query, PARAMETER_TABLE) && !given(query, PARAMETER_TYPE);
    return unnamed && looks_like_attendance(call->body) ? ICLOCK_ATTENDANCE : otherwise;
}

static enum iclock_operation read_get(const struct query *query)
{
    if (is_word(query, PARAMETER_TYPE, "time")) {
        return ICLOCK_TIME;
    }
    /* Questions about a user's own records, which other servers answer. */
    bool question = given(query, PARAMETER_TABLE) || given(query, PARAMETER_TYPE);
    return question ? ICLOCK_DROPPED : ICLOCK_HANDSHAKE;
}

static enum iclock_operation read_operation(const struct iclock_request *request,
                                            const struct query *query,
                                            const struct iclock_call *call)
{
    char decoded[SEGMENT_MAX];
    struct span name = last_segment(request->path, decoded);
    bool post = request->method == ICLOCK_POST;
    for (size_t i = 0; i < HB_COUNT(endpoints); i++) {
        if (!span_equal_nocase(name, span_of(endpoints[i].name))) {
            continue;
        }
        enum iclock_operation operation = post ? endpoints[i].post : endpoints[i].get;
        if (operation == ICLOCK_HANDSHAKE) {
            return read_get(query);
        }
        return operation == ICLOCK_UNKNOWN ? read_data(query, call, ICLOCK_DROPPED) : operation;
    }
    if (span_starts_nocase(name, SPAN("FileName="))) {
        return ICLOCK_FILE;
    }
    enum iclock_operation otherwise =
        is_below_iclock(request->path) ? ICLOCK_UNKNOWN : ICLOCK_NOT_OURS;
    return post ? read_data(query, call, otherwise) : otherwise;
}

static void read_info(const struct query *query, struct iclock_call *call)
{
    char decoded[sizeof call->info];
    call->records = -1;
    if (given(query, PARAMETER_INFO)) {
        utf8_clean(decode(query->value[PARAMETER_INFO], decoded, sizeof decoded), call->info,
                   sizeof call->info);
        call->records = terminal_info_read(span_of(call->info)).records;
    }
}

void iclock_read(const struct iclock_request *request, const struct iclock_settings *settings,
                 struct iclock_call *call)
{
    struct query query;
    memset(call, 0, sizeof *call);
    read_query(request->query, &query);
    bool sn_fine = read_sn(&query, settings, call);
    call->body = request->body;
    call->now_s = request->now_s;
    call->browser = request->browser;
    read_table(&query, call);
    copy_plain(&query, PARAMETER_TABLENAME, call->tablename, sizeof call->tablename);
    copy_plain(&query, given(&query, PARAMETER_STAMP) ? PARAMETER_STAMP : PARAMETER_OPSTAMP,
               call->stamp, sizeof call->stamp);
    copy_plain(&query, PARAMETER_PUSHVER, call->push_version, sizeof call->push_version);
    copy_plain(&query, PARAMETER_DEVICETYPE, call->device_type, sizeof call->device_type);
    call->security = is_security(&query, call);
    if (!span_to_int32(query.value[PARAMETER_COUNT], &call->count) || call->count < 0) {
        call->count = -1;
    }
    read_info(&query, call);

    if (request->other_family) {
        call->operation = ICLOCK_OTHER_FAMILY;
    } else if (request->method != ICLOCK_GET && request->method != ICLOCK_POST) {
        call->operation = ICLOCK_PROBE;
    } else if (!sn_fine) {
        call->operation = ICLOCK_BAD_SN;
    } else {
        call->operation = read_operation(request, &query, call);
    }
}
