/*
 * query: the query string of a request alone, which says who speaks, of which table, and up to
 * where. What it says must not depend on how it is written.
 */
#include "fuzz.h"
#include "iclock/iclock.h"

enum { QUERY_MAX = 2048, LONGER = 3, PREFIX = 64 };

static const struct iclock_settings settings = {"HIP_DEVICE_1", 7 * 60, 10, 30};

/* Ends the program when the field is not a text of its place. */
static void must_be_text(const char *text, size_t size, bool plain)
{
    MUST(memchr(text, '\0', size) != NULL);
    for (; plain && *text != '\0'; text++) {
        MUST(*text >= ' ' && *text <= '~');
    }
}

static struct iclock_call read_call(enum iclock_method method, const char *path, struct span query)
{
    struct iclock_request request = {.method = method, .path = span_of(path), .query = query};
    struct iclock_call call;
    memset(&call, 'x', sizeof call);
    iclock_read(&request, &settings, &call);
    MUST(call.operation <= ICLOCK_OTHER_FAMILY);
    must_be_text(call.sn, sizeof call.sn, false);
    must_be_text(call.table, sizeof call.table, true);
    must_be_text(call.tablename, sizeof call.tablename, true);
    must_be_text(call.stamp, sizeof call.stamp, true);
    must_be_text(call.push_version, sizeof call.push_version, true);
    must_be_text(call.device_type, sizeof call.device_type, true);
    must_be_text(call.info, sizeof call.info, false);
    MUST(utf8_valid(span_of(call.info)));
    MUST(call.count >= -1 && call.records >= -1);
    if (call.operation == ICLOCK_BAD_SN) {
        MUST(!call.sn_given);
    } else {
        MUST(punch_sn_valid(span_of(call.sn)));
        MUST(call.sn_given || strcmp(call.sn, settings.default_device_sn) == 0);
    }
    return call;
}

static bool is_hex(char letter)
{
    return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'f') ||
           (letter >= 'A' && letter <= 'F');
}

/* The same with all encoded that can be. */
static struct span encoded(struct span query, char out[QUERY_MAX * LONGER])
{
    static const char digits[] = "0123456789abcdef";
    size_t used = 0;
    for (size_t i = 0; i < query.len; i++) {
        unsigned char byte = (unsigned char)query.at[i];
        if (byte == '&' || byte == '=' || byte == '?' || byte == '#') {
            out[used++] = (char)byte;
        } else if (byte == '%' && query.len - i > 2 && is_hex(query.at[i + 1]) &&
                   is_hex(query.at[i + 2])) {
            memcpy(out + used, query.at + i, 3);
            used += 3;
            i += 2;
        } else {
            out[used++] = '%';
            out[used++] = digits[byte >> 4];
            out[used++] = digits[byte & 15];
        }
    }
    return (struct span){out, used};
}

/* The same with the other case in the names of parameters. */
static struct span renamed(struct span query, char *out)
{
    bool name = true;
    for (size_t i = 0; i < query.len; i++) {
        char letter = query.at[i];
        bool is_letter = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
        name = letter == '&' || letter == '?' || (name && letter != '=');
        out[i] = name && is_letter ? (char)(letter ^ 0x20) : letter;
    }
    return (struct span){out, query.len};
}

static struct span joined(const char *before, struct span query, const char *after, char *out)
{
    size_t first = strlen(before);
    size_t last = strlen(after);
    memcpy(out, before, first);
    if (query.len > 0) {
        memcpy(out + first, query.at, query.len);
    }
    memcpy(out + first + query.len, after, last);
    return (struct span){out, first + query.len + last};
}

/* A number of rows is read as it stands, since terminals write it so. */
static void must_be_same(struct iclock_call one, struct iclock_call other, bool count_too)
{
    if (!count_too) {
        one.count = other.count = 0;
    }
    MUST(one.operation == other.operation);
    MUST(one.sn_given == other.sn_given && strcmp(one.sn, other.sn) == 0);
    MUST(strcmp(one.table, other.table) == 0 && strcmp(one.tablename, other.tablename) == 0);
    MUST(strcmp(one.stamp, other.stamp) == 0);
    MUST(strcmp(one.push_version, other.push_version) == 0);
    MUST(strcmp(one.device_type, other.device_type) == 0);
    MUST(strcmp(one.info, other.info) == 0);
    MUST(one.count == other.count && one.records == other.records);
    MUST(one.security == other.security);
}

static bool take(void *context, const struct iclock_effect *effect, struct error *err)
{
    (void)err;
    MUST(strcmp(effect->sn, context) == 0);
    return true;
}

/* Nothing of the query can spoil a reply, not even by way of what is remembered of it. */
static void must_answer(struct iclock_call *call)
{
    static struct iclock_reply reply;
    struct error err = ERROR_INIT;
    struct iclock_device device = {.timezone_minutes = 330};
    memcpy(device.attlog_stamp, call->stamp, sizeof device.attlog_stamp);
    MUST(iclock_answer(call, &settings, &device, take, call->sn, &reply, &err));
    MUST(reply.len <= ICLOCK_REPLY_MAX);
    MUST(utf8_valid((struct span){reply.body, reply.len}));
    MUST(memchr(reply.body, '\0', reply.len) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct {
        enum iclock_method method;
        const char *path;
    } calls[] = {
        {ICLOCK_GET, "/iclock/cdata"},      {ICLOCK_POST, "/iclock/cdata"},
        {ICLOCK_GET, "/iclock/getrequest"}, {ICLOCK_POST, "/iclock/devicecmd"},
        {ICLOCK_POST, "/iclock/registry"},  {ICLOCK_POST, "/"},
    };
    static char buffer[QUERY_MAX * LONGER + PREFIX];
    struct span query = {(const char *)data, size};
    if (size > QUERY_MAX) {
        return 0;
    }
    for (size_t i = 0; i < HB_COUNT(calls); i++) {
        enum iclock_method method = calls[i].method;
        const char *path = calls[i].path;
        struct iclock_call call = read_call(method, path, query);
        must_answer(&call);
        must_be_same(call, read_call(method, path, encoded(query, buffer)), false);
        must_be_same(call, read_call(method, path, renamed(query, buffer)), true);
        must_be_same(call, read_call(method, path, joined("x=%00&=&&Sn_=1&", query, "", buffer)),
                     true);
        if (call.sn_given) { /* whoever spoke first speaks */
            struct iclock_call more =
                read_call(method, path, joined("", query, "&SN=ANOTHER&table=x&Stamp=y", buffer));
            MUST(more.sn_given && strcmp(more.sn, call.sn) == 0);
            MUST(call.table[0] == '\0' || strcmp(more.table, call.table) == 0);
        }
    }
    return 0;
}
