#include <string.h>

#include "base/portability.h"
#include "formats/row.h"
#include "iclock/iclock_private.h"
#include "iclock/percent.h"

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
    PARAMETER_PACKIDX,
    PARAMETER_PACKCNT,
    PARAMETERS,
};

#define NAME(text)                                                                                 \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }
static const struct span parameter_names[PARAMETERS] = {
    NAME("SN"),      NAME("table"),   NAME("tablename"),  NAME("count"),       NAME("Stamp"),
    NAME("OpStamp"), NAME("pushver"), NAME("DeviceType"), NAME("ContentType"), NAME("type"),
    NAME("INFO"),    NAME("packidx"), NAME("packcnt"),
};

struct query {
    struct span
        value[PARAMETERS];    /* still percent-encoded; at is NULL for one that was not given */
    bool twofold[PARAMETERS]; /* given again, and differently */
};

/*
 * Of a parameter that is given twice the first counts. A question mark separates as well, and a
 * value ends at a #: both are met where firmware or people put them.
 */
static void read_query(struct span text, struct query *query)
{
    struct span group;
    struct span pair;
    while (span_field(&text, '?', &group)) {
        while (span_field(&group, '&', &pair)) {
            struct span value;
            struct span key;
            char name[WORD_MAX];
            span_field(&pair, '#', &value);
            if (!span_field(&value, '=', &key) || value.at == NULL) {
                continue;
            }
            key = span_trim(percent_decode(key, name, sizeof name));
            size_t i = 0;
            while (i < PARAMETERS && !span_equal_nocase(key, parameter_names[i])) {
                i++;
            }
            if (i == PARAMETERS) {
                continue;
            }
            if (query->value[i].len == 0) {
                query->value[i] = value;
            } else if (!span_equal(span_trim(query->value[i]), span_trim(value))) {
                query->twofold[i] = true;
            }
        }
    }
}

/*
 * A path that holds its query: `/iclock/cdata&SN=…`, and with the question mark escaped. *query is
 * what of it is one, empty when there is none.
 */
static struct span split_path(struct span path, struct span *query)
{
    *query = (struct span){NULL, 0};
    for (size_t i = 0; i < path.len; i++) {
        bool escaped = path.at[i] == '%' && path.len - i > 2 && path.at[i + 1] == '3' &&
                       (path.at[i + 2] | 0x20) == 'f';
        size_t skip = escaped ? 3 : 1;
        if (path.at[i] == '#') {
            return (struct span){path.at, i};
        }
        if (escaped || path.at[i] == '&') {
            *query = (struct span){path.at + i + skip, path.len - i - skip};
            return (struct span){path.at, i};
        }
    }
    return path;
}

/* What may stand between the name of a serial number and the number. */
static size_t skip_to_value(struct span text)
{
    size_t at = 0;
    bool any = false;
    while (text.at != NULL && at < text.len) {
        bool escape = text.at[at] == '%' && text.len - at > 2 &&
                      percent_digit(text.at[at + 1]) >= 0 && percent_digit(text.at[at + 2]) >= 0;
        if (!escape && strchr("=: +\"'", text.at[at]) == NULL) {
            break;
        }
        any = true;
        at += escape ? 3 : 1;
    }
    return any ? at : 0;
}

/*
 * Whether a serial number is meant somewhere in it that was not found as one: by a name that ends
 * in sn, or by another that such numbers have.
 */
static bool hints_at_sn(struct span text)
{
    static const struct span names[] = {
        {"sn", 2},        {"serial", 6},        {"serialno", 8}, {"serialnumber", 12},
        {"dev_id", 6},    {"devid", 5},         {"deviceid", 8}, {"device_id", 9},
        {"serial_no", 9}, {"serial_number", 13}};
    for (size_t i = 0; text.at != NULL && i < text.len; i++) {
        struct span from = {text.at + i, text.len - i};
        for (size_t k = 0; k < HB_COUNT(names); k++) {
            if (!span_starts_nocase(from, names[k])) {
                continue;
            }
            struct span rest = {from.at + names[k].len, from.len - names[k].len};
            size_t skip = skip_to_value(rest);
            if (skip > 0 && skip < rest.len && rest.at[skip] != '&') {
                return true;
            }
        }
    }
    return false;
}

static bool given(const struct query *query, enum parameter parameter)
{
    return query->value[parameter].len > 0;
}

static bool is_word(const struct query *query, enum parameter parameter, const char *word)
{
    char out[WORD_MAX];
    struct span value = percent_decode(query->value[parameter], out, sizeof out);
    return span_equal_nocase(span_trim(value), span_of(word));
}

static bool is_plain(struct span text, char least)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < least || text.at[i] > '~') {
            return false;
        }
    }
    return true;
}

/*
 * Copies a value of printable ASCII, blanks left out unless `least` is one: such can stand in a
 * reply. Leaves "" for any other, and for one that is too long.
 */
static void copy_text(const struct query *query, enum parameter parameter, char least, char *out,
                      size_t size)
{
    char decoded[WORD_MAX];
    out[0] = '\0';
    if (!given(query, parameter)) {
        return;
    }
    struct span value = span_trim(percent_decode(query->value[parameter], decoded, sizeof decoded));
    if (is_plain(value, least)) {
        span_copy(value, out, size);
    }
}

static void copy_plain(const struct query *query, enum parameter parameter, char *out, size_t size)
{
    copy_text(query, parameter, '!', out, size);
}

static int32_t number_of(const struct query *query, enum parameter parameter)
{
    int32_t number = 0;
    struct span value = span_trim(query->value[parameter]);
    return span_to_int32(value, &number) && number >= 0 ? number : -1;
}

/* False for a serial number that is none. */
static bool read_sn(const struct query *query, const struct iclock_settings *settings,
                    struct iclock_call *call)
{
    char decoded[WORD_MAX];
    struct span sn = span_trim(percent_decode(query->value[PARAMETER_SN], decoded, sizeof decoded));
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

/* Whether one of the first rows is one of a person. */
static bool looks_like_attendance(struct span body)
{
    static const struct row_settings settings = {0};
    struct row_reader reader;
    enum row_end end;
    row_begin(&reader, body, &settings);
    for (int i = 0; i < LINES_LOOKED_AT && row_next(&reader, &end); i++) {
        if (end == ROW_PUNCH || end == ROW_REFUSAL) {
            return true;
        }
    }
    return false;
}

/*
 * Results of commands, wherever they are posted: `ID=7&Return=0&CMD=DATA`, also with other signs
 * between, in another order, or a key in each line.
 */
static bool looks_like_results(struct span body)
{
    enum { PAIRS_LOOKED_AT = 4 };
    struct span line = {NULL, 0};
    struct span pair;
    bool id = false;
    bool outcome = false;
    int pairs = 0;
    while (pairs < PAIRS_LOOKED_AT && iclock_next_line(&body, &line)) {
        const char *signs = iclock_pair_signs(line);
        while (pairs < PAIRS_LOOKED_AT && iclock_next_pair(&line, signs, &pair)) {
            int64_t number = 0;
            struct span value = pair;
            struct span key = {NULL, 0};
            bool keyed = span_field(&value, '=', &key) && value.at != NULL;
            bool is_id = keyed && span_equal_nocase(key, SPAN("ID"));
            bool is_outcome = keyed && (span_equal_nocase(key, SPAN("Return")) ||
                                        span_equal_nocase(key, SPAN("CMD")));
            bool fine = is_outcome || (is_id && iclock_read_id(value, &number)) ||
                        (keyed && span_equal_nocase(key, SPAN("SN")));
            if (!fine && pairs == 0) {
                return false;
            }
            id = id || (is_id && fine);
            outcome = outcome || is_outcome;
            pairs++;
        }
    }
    return id && outcome;
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
    {"getreq", ICLOCK_POLL, ICLOCK_POLL},
    {"control", ICLOCK_POLL, ICLOCK_POLL}, /* service/control */
    {"rtdata", ICLOCK_RTDATA, ICLOCK_UNKNOWN},
    {"file", ICLOCK_FILE, ICLOCK_FILE},
};

static const struct {
    const char *table;
    enum iclock_operation operation;
} tables[] = {
    {"ATTLOG", ICLOCK_ATTENDANCE},   {"OPERLOG", ICLOCK_OPERATIONS},
    {"RTLOG", ICLOCK_RTLOG},         {"TRANSACTION", ICLOCK_RTLOG},
    {"TABLEDATA", ICLOCK_TABLEDATA}, {"ACC_ATT_LOG", ICLOCK_ATTENDANCE},
    {"ACLOG", ICLOCK_ATTENDANCE},    {"ACRLOG", ICLOCK_ATTENDANCE},
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
        struct span decoded = percent_decode(segment, out, SEGMENT_MAX);
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
    if (given(query, PARAMETER_TABLE) || given(query, PARAMETER_TYPE)) {
        return otherwise;
    }
    return looks_like_results(call->body)      ? ICLOCK_COMMAND_RESULT
           : looks_like_attendance(call->body) ? ICLOCK_ATTENDANCE
                                               : otherwise;
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

/* Where rows are posted to what asks for something, they are rows all the same. */
static bool may_bring_rows(enum iclock_operation operation)
{
    return operation == ICLOCK_UNKNOWN || operation == ICLOCK_POLL || operation == ICLOCK_PING;
}

static enum iclock_operation read_operation(bool post, struct span path, const struct query *query,
                                            const struct iclock_call *call)
{
    char decoded[SEGMENT_MAX];
    struct span name = last_segment(path, decoded);
    for (size_t i = 0; i < HB_COUNT(endpoints); i++) {
        if (!span_equal_nocase(name, span_of(endpoints[i].name))) {
            continue;
        }
        enum iclock_operation operation = post ? endpoints[i].post : endpoints[i].get;
        if (operation == ICLOCK_HANDSHAKE) {
            return read_get(query);
        }
        if (post && may_bring_rows(operation)) {
            return read_data(query, call, operation == ICLOCK_UNKNOWN ? ICLOCK_DROPPED : operation);
        }
        return operation;
    }
    if (span_starts_nocase(name, SPAN("FileName="))) {
        return ICLOCK_FILE;
    }
    enum iclock_operation otherwise = is_below_iclock(path) ? ICLOCK_UNKNOWN : ICLOCK_NOT_OURS;
    return post ? read_data(query, call, otherwise) : otherwise;
}

static void read_info(const struct query *query, struct iclock_call *call)
{
    char decoded[sizeof call->info];
    call->records = -1;
    if (given(query, PARAMETER_INFO)) {
        utf8_clean(percent_decode(query->value[PARAMETER_INFO], decoded, sizeof decoded),
                   call->info, sizeof call->info);
        call->records = terminal_info_read(span_of(call->info)).records;
    }
}

/* What is against reading the call as what it seems to be. */
static const char *doubt_of(const struct iclock_request *request, const struct query *query,
                            const struct iclock_call *call)
{
    if (request->sealed != NULL) {
        return request->sealed;
    }
    if (query->twofold[PARAMETER_SN]) {
        return "two serial numbers are given";
    }
    if (query->twofold[PARAMETER_TABLE]) {
        return "two tables are given";
    }
    return call->whose_unclear ? "the serial number cannot be read" : NULL;
}

void iclock_read(const struct iclock_request *request, const struct iclock_settings *settings,
                 struct iclock_call *call)
{
    struct query query;
    struct span of_path;
    struct span path = split_path(request->path, &of_path);
    memset(call, 0, sizeof *call);
    memset(&query, 0, sizeof query);
    read_query(of_path, &query);
    read_query(request->query, &query);
    bool sn_fine = read_sn(&query, settings, call);
    /* One that is none is refused where it brings nothing, and what it brings is kept. */
    bool brings = !sn_fine && request->method == ICLOCK_POST &&
                  (request->sealed != NULL || row_may_name(request->body));
    /* A question of two is answered as the first one's: it brings nothing. */
    bool asks = request->method == ICLOCK_GET && span_trim(request->body).len == 0;
    call->whose_unclear =
        (query.twofold[PARAMETER_SN] && !asks) || brings ||
        (!call->sn_given && (hints_at_sn(request->path) || hints_at_sn(request->query)));
    call->body = request->body;
    call->now_s = request->now_s;
    call->browser = request->browser;
    read_table(&query, call);
    copy_plain(&query, PARAMETER_TABLENAME, call->tablename, sizeof call->tablename);
    copy_text(&query, given(&query, PARAMETER_STAMP) ? PARAMETER_STAMP : PARAMETER_OPSTAMP, ' ',
              call->stamp, sizeof call->stamp);
    copy_plain(&query, PARAMETER_PUSHVER, call->push_version, sizeof call->push_version);
    copy_plain(&query, PARAMETER_DEVICETYPE, call->device_type, sizeof call->device_type);
    call->security = is_security(&query, call);
    call->count = number_of(&query, PARAMETER_COUNT);
    call->packet = number_of(&query, PARAMETER_PACKIDX);
    call->packets = number_of(&query, PARAMETER_PACKCNT);
    call->packets_unclear =
        (given(&query, PARAMETER_PACKIDX) || given(&query, PARAMETER_PACKCNT)) &&
        (call->packets < 1 || (call->packets > 1 && call->packet < 0));
    call->verification = is_word(&query, PARAMETER_TYPE, "PostVerifyData");
    call->count_answer = is_word(&query, PARAMETER_TYPE, "count");
    call->options_answer = is_word(&query, PARAMETER_TYPE, "options");
    read_info(&query, call);

    if (request->other_family) {
        call->operation = ICLOCK_OTHER_FAMILY;
    } else if (request->method != ICLOCK_GET && request->method != ICLOCK_POST) {
        call->operation = ICLOCK_PROBE;
    } else if (!sn_fine && !brings) {
        call->operation = ICLOCK_BAD_SN;
    } else {
        call->operation = read_operation(request->method == ICLOCK_POST, path, &query, call);
    }
    call->doubt = doubt_of(request, &query, call);
}
