#include "check.h"

#include "iclock.h"

enum { OUT_MAX = 8192 };

/*
 * What came of a request, as text: an effect a line, then the reply. The cases below are written in
 * the same way:
 *
 *   punch <sn> <user> <time> <status> <verify>     bad <line>            stamp <table> <stamp>
 *   info <text>     sent <id>     result <id> <n>  clock set             log deleted
 *   <status> <body>
 */
struct heard {
    char text[OUT_MAX];
    size_t used;
    size_t effects;
    size_t refuse_at; /* 0: never */
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
    case ICLOCK_EFFECT_BAD_LINE:
        assert_non_null(effect->reason);
        write_line(heard, "bad %.*s\n", length, effect->text.at);
        break;
    case ICLOCK_EFFECT_STAMP:
        write_line(heard, "stamp %s %.*s\n", effect->table, length, effect->text.at);
        break;
    case ICLOCK_EFFECT_INFO:
        write_line(heard, "info %.*s\n", length, effect->text.at);
        break;
    case ICLOCK_EFFECT_COMMAND_SENT:
        write_line(heard, "sent %d\n", (int)effect->number);
        break;
    case ICLOCK_EFFECT_COMMAND_RESULT:
        write_line(heard, "result %d %d\n", (int)effect->number, (int)effect->result);
        break;
    case ICLOCK_EFFECT_CLOCK_SET:
        write_line(heard, "clock set\n");
        break;
    case ICLOCK_EFFECT_LOG_DELETED:
        write_line(heard, "log deleted\n");
        break;
    }
    heard->effects++;
    return heard->effects != heard->refuse_at || error_set(err, ERR_FULL, 0, "no room");
}

enum knowledge { NEVER_SEEN, KNOWN, COMMANDED };

static const struct iclock_device devices[] = {
    [KNOWN] = {.attlog_stamp = "2026-01-15T08:01:02",
               .operlog_stamp = "77",
               .timezone_minutes = 330},
    [COMMANDED] = {.timezone_minutes = 420, .command = "CHECK", .command_id = 12},
};

static const struct iclock_settings settings = {"HIP_DEVICE_1", 420, 10, 30};

/* "GET /path?query", "POST …", "HEAD …"; a '!' before it is the other family's header. */
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
    if (rest.at[0] == '!') {
        request.other_family = true;
        rest.at++;
        rest.len--;
    }
    assert_true(span_field(&rest, ' ', &word));
    for (size_t i = 0; i < HB_COUNT(methods); i++) {
        request.method = span_equal(word, methods[i].word) ? methods[i].method : request.method;
    }
    request.query = rest;
    assert_true(span_field(&request.query, '?', &request.path));
    return request;
}

#define BODY(literal)                                                                              \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }
#define NO_BODY                                                                                    \
    {                                                                                              \
        NULL, 0                                                                                    \
    }

#define T0 "2026-01-15 08:01:02"
#define S1 "SN=TEST00000001"
#define TWO_LINES "1001\t" T0 "\t0\t1\t\t0\t0\t\r\n00042\t2026-01-15 08:03:00\t255\t15\t0\t0\t0\n"
#define TWO_PUNCHES(sn)                                                                            \
    "punch " sn " 1001 " T0 " 0 1\npunch " sn " 00042 2026-01-15 08:03:00 255 15\n"

#define OPTIONS(sn, stamp, opstamp, zone)                                                          \
    "200 GET OPTION FROM: " sn "\nStamp=" stamp "\nATTLOGStamp=" stamp "\nOpStamp=" opstamp        \
    "\nOPERLOGStamp=" opstamp "\nPhotoStamp=9999\nATTPHOTOStamp=9999\nBIODATAStamp=9999\n"         \
    "IDCARDStamp=9999\nERRORLOGStamp=9999\nErrorDelay=30\nDelay=10\nTransTimes=00:00;14:05\n"      \
    "TransInterval=1\nTransFlag=TransData AttLog\nTimeZone=" zone "\nRealtime=1\nEncrypt=0\n"      \
    "ServerVer=2.2.14\nPushProtVer=2.2.14\nSupportPing=1\n"
#define PUSH_CONFIG                                                                                \
    "ServerVersion=2.2.14\nServerName=HIP Bridge\nPushVersion=3.1.2\nErrorDelay=30\n"              \
    "RequestDelay=10\nTransTimes=00:00;14:05\nTransInterval=1\nTransTables=Transaction\n"          \
    "TimeZone=7\nRealtime=1\nSessionID=BD77164D20EFCA92\nTimeoutSec=60\n"

static const struct {
    const char *rule;
    enum knowledge known;
    const char *request;
    struct span body;
    const char *expected;
} cases[] = {
    /* ---- handshake ---- */
    {"never seen: send everything", NEVER_SEEN,
     "GET /iclock/cdata?" S1 "&options=all&pushver=2.4.1&language=76&DeviceType=att", NO_BODY,
     OPTIONS("TEST00000001", "0", "9999", "7")},
    {"afterwards the stamps it sent itself", KNOWN, "GET /iclock/cdata?" S1 "&options=all", NO_BODY,
     OPTIONS("TEST00000001", "2026-01-15T08:01:02", "77", "330")},
    {"seen, but no stamp yet", COMMANDED, "GET /iclock/cdata?" S1 "&options=all", NO_BODY,
     OPTIONS("TEST00000001", "0", "9999", "7")},
    {"old heartbeat without options", NEVER_SEEN, "GET /iclock/cdata?" S1, NO_BODY,
     OPTIONS("TEST00000001", "0", "9999", "7")},
    {"an attendance terminal of version 3", NEVER_SEEN,
     "GET /iclock/cdata?" S1 "&options=all&pushver=3.0.1&DeviceType=att", NO_BODY,
     OPTIONS("TEST00000001", "0", "9999", "7")},
    {"Security PUSH by its type", NEVER_SEEN,
     "GET /iclock/cdata?" S1 "&options=all&pushver=3.1.2&DeviceType=acc", NO_BODY,
     "200 registry=ok\nRegistryCode=BD77164D20EFCA92\n" PUSH_CONFIG},
    {"Security PUSH by its version", NEVER_SEEN, "GET /iclock/cdata?" S1 "&pushver=3.1.2", NO_BODY,
     "200 registry=ok\nRegistryCode=BD77164D20EFCA92\n" PUSH_CONFIG},
    {"Security PUSH registers", NEVER_SEEN, "POST /iclock/registry?" S1,
     BODY("DeviceType=acc,~DeviceName=X,FirmVer=1"), "200 RegistryCode=BD77164D20EFCA92\n"},
    {"Security PUSH asks for its configuration", NEVER_SEEN, "POST /iclock/push?" S1, NO_BODY,
     "200 " PUSH_CONFIG},
    {"the time", KNOWN, "GET /iclock/cdata?" S1 "&type=time", NO_BODY,
     "200 Time=2026-01-15T06:31:02+05:30"},
    {"a question about a user", NEVER_SEEN, "GET /iclock/cdata?" S1 "&table=RemoteAtt&PIN=1001",
     NO_BODY, "200 OK"},
    {"another question", NEVER_SEEN, "GET /iclock/cdata?" S1 "&type=LastPunch&PIN=1001", NO_BODY,
     "200 OK"},

    /* ---- attendance ---- */
    {"punches, with the stamp they came with", KNOWN,
     "POST /iclock/cdata?" S1 "&table=ATTLOG&Stamp=9999", BODY(TWO_LINES),
     TWO_PUNCHES("TEST00000001") "stamp ATTLOG 9999\n200 OK: 2"},
    {"keys and table in any case", KNOWN, "POST /iclock/cdata?sn=TEST00000001&Table=attlog&STAMP=1",
     BODY(TWO_LINES), TWO_PUNCHES("TEST00000001") "stamp ATTLOG 1\n200 OK: 2"},
    {"values percent-encoded", KNOWN, "POST /iclock/cdata?SN=TEST%2D1&t%61ble=ATT%4cOG&Stamp=1%3A2",
     BODY(TWO_LINES), TWO_PUNCHES("TEST-1") "stamp ATTLOG 1:2\n200 OK: 2"},
    {"a plus in the serial number", KNOWN, "POST /iclock/cdata?SN=AB+12&table=ATTLOG",
     BODY(TWO_LINES), TWO_PUNCHES("AB+12") "200 OK: 2"},
    {"opaque stamps", KNOWN, "POST /iclock/cdata?" S1 "&table=ATTLOG&Stamp=1716809648.0",
     BODY("7\t" T0), "punch TEST00000001 7 " T0 " 0 1\nstamp ATTLOG 1716809648.0\n200 OK: 1"},
    {"a stamp too long is none", KNOWN,
     "POST /iclock/cdata?" S1 "&table=ATTLOG&Stamp=123456789012345678901234567890123",
     BODY("7\t" T0), "punch TEST00000001 7 " T0 " 0 1\n200 OK: 1"},
    {"a stamp with a line end is none", KNOWN, "POST /iclock/cdata?" S1 "&table=ATTLOG&Stamp=1%0A2",
     BODY("7\t" T0), "punch TEST00000001 7 " T0 " 0 1\n200 OK: 1"},
    {"a bad line is counted and spoils nothing", KNOWN, "POST /iclock/cdata?" S1 "&table=ATTLOG",
     BODY("7\t" T0 "\nnonsense\n8\t2026-02-30 08:00:00\n9\t" T0 "\n"),
     "punch TEST00000001 7 " T0 " 0 1\nbad nonsense\nbad 8\t2026-02-30 08:00:00\n"
     "punch TEST00000001 9 " T0 " 0 1\n200 OK: 4"},
    {"only bad lines: it must not come again for ever", KNOWN,
     "POST /iclock/cdata?" S1 "&table=ATTLOG&Stamp=5", BODY("x\n"),
     "bad x\nstamp ATTLOG 5\n200 OK: 1"},
    {"an empty body", KNOWN, "POST /iclock/cdata?" S1 "&table=ATTLOG&Stamp=5", NO_BODY,
     "stamp ATTLOG 5\n200 OK: 0"},
    {"no table, lines of attendance", KNOWN, "POST /iclock/cdata?" S1, BODY(TWO_LINES),
     TWO_PUNCHES("TEST00000001") "200 OK: 2"},
    {"no table, first line bad", KNOWN, "POST /iclock/cdata?" S1, BODY("x\n7\t" T0),
     "bad x\npunch TEST00000001 7 " T0 " 0 1\n200 OK: 2"},
    {"no serial number: the default's", NEVER_SEEN, "POST /iclock/cdata?table=ATTLOG&Stamp=5",
     BODY(TWO_LINES), TWO_PUNCHES("HIP_DEVICE_1") "200 OK: 2"},
    {"an empty serial number is none", NEVER_SEEN, "POST /iclock/cdata?SN=&table=ATTLOG",
     BODY("7\t" T0), "punch HIP_DEVICE_1 7 " T0 " 0 1\n200 OK: 1"},
    {"an unknown path below /iclock", NEVER_SEEN, "POST /iclock/other?" S1, BODY(TWO_LINES),
     TWO_PUNCHES("TEST00000001") "200 OK: 2"},
    {"any path, as the old bridge took it", NEVER_SEEN, "POST /", BODY(TWO_LINES),
     TWO_PUNCHES("HIP_DEVICE_1") "200 OK: 2"},
    {"any path with a table", NEVER_SEEN, "POST /upload?" S1 "&table=ATTLOG", BODY("x"),
     "bad x\n200 OK: 1"},

    /* ---- paths ---- */
    {".aspx", KNOWN, "POST /iclock/cdata.aspx?" S1 "&table=ATTLOG", BODY("7\t" T0),
     "punch TEST00000001 7 " T0 " 0 1\n200 OK: 1"},
    {".php, slashes, case", KNOWN, "POST //iclock//CData.PHP?" S1 "&table=ATTLOG", BODY("7\t" T0),
     "punch TEST00000001 7 " T0 " 0 1\n200 OK: 1"},
    {"/iclock twice", KNOWN, "POST /iclock/iclock/cdata?" S1 "&table=ATTLOG", BODY("7\t" T0),
     "punch TEST00000001 7 " T0 " 0 1\n200 OK: 1"},
    {"a base path", KNOWN, "GET /base/iclock/getrequest?" S1, NO_BODY, "200 OK"},
    {"a slash at the end", KNOWN, "GET /iclock/ping/?" S1, NO_BODY, "200 OK"},
    {"percent-encoded", KNOWN, "GET /iclock/%70ing?" S1, NO_BODY, "200 OK"},
    {"ping", KNOWN, "GET /iclock/ping?" S1, NO_BODY, "200 OK"},
    {"test", KNOWN, "GET /iclock/test?" S1, NO_BODY, "200 OK"},
    {"unknown below /iclock", NEVER_SEEN, "GET /iclock/exchange?" S1, NO_BODY, "200 OK"},
    {"unknown, posted, no attendance", NEVER_SEEN, "POST /iclock/exchange?" S1, BODY("a=b"),
     "200 OK"},
    {"firmware", NEVER_SEEN, "GET /iclock/file?" S1 "&url=x", NO_BODY, "404 not found\n"},
    {"firmware by name", NEVER_SEEN, "GET /iclock/FileName=x?", NO_BODY, "404 not found\n"},
    {"not ours", NEVER_SEEN, "GET /favicon.ico", NO_BODY, "404 not found\n"},
    {"not ours, posted", NEVER_SEEN, "POST /", BODY("hello"), "404 not found\n"},
    {"an empty path", NEVER_SEEN, "GET ", NO_BODY, "404 not found\n"},
    {"HEAD", NEVER_SEEN, "HEAD /", NO_BODY, "405 "},
    {"HEAD of anything", NEVER_SEEN, "HEAD /iclock/cdata?" S1, NO_BODY, "405 "},
    {"a method of no use", NEVER_SEEN, "PUT /iclock/cdata?" S1 "&table=ATTLOG", BODY("7\t" T0),
     "405 "},
    {"another family", NEVER_SEEN, "!POST /hdata.aspx", BODY("7\t" T0), "404 not found\n"},
    {"no serial number at all", NEVER_SEEN, "POST /iclock/cdata?SN=..%2F..&table=ATTLOG",
     BODY("7\t" T0), "400 bad request\n"},
    {"a serial number too long", NEVER_SEEN,
     "GET /iclock/getrequest?SN=123456789012345678901234567890123456789012345678901", NO_BODY,
     "400 bad request\n"},
    {"a serial number with a quote", NEVER_SEEN, "GET /iclock/getrequest?SN=1'%20OR%201", NO_BODY,
     "400 bad request\n"},
    {"a NUL in the serial number", NEVER_SEEN, "GET /iclock/getrequest?SN=1%002", NO_BODY,
     "400 bad request\n"},
    {"the first of two serial numbers", KNOWN, "GET /iclock/cdata?SN=A&SN=B&options=all", NO_BODY,
     OPTIONS("A", "2026-01-15T08:01:02", "77", "330")},

    /* ---- what is acknowledged and dropped ---- */
    {"operation lines", KNOWN, "POST /iclock/cdata?" S1 "&table=OPERLOG&OpStamp=9999",
     BODY("OPLOG 4\t0\t" T0 "\t0\t0\t0\t0\nUSER PIN=1001\tName=A\tPri=0\tPasswd=12\n"
          "FP PIN=1001\tFID=0\tSize=4\tValid=1\tTMP=QUJD\n"),
     "stamp OPERLOG 9999\n200 OK: 3"},
    {"clock set, attendance deleted", KNOWN, "POST /iclock/cdata?" S1 "&table=OPERLOG&Stamp=8",
     BODY("OPLOG 21\t0\t" T0 "\t0\nOPLOG 23\t1\t" T0 "\t0\nOPLOG\t23\t1\t" T0 "\t0\n"
          "OPLOG 2\t21\t" T0 "\n"),
     "clock set\nlog deleted\nlog deleted\nstamp OPERLOG 8\n200 OK: 4"},
    {"operation lines in an archive", KNOWN,
     "POST /iclock/cdata?" S1 "&table=OPERLOG&ContentType=tgz", BODY("\x1F\x8B\nOPLOG 21\t0"),
     "200 OK"},
    {"a photo", KNOWN, "POST /iclock/fdata?" S1 "&table=ATTPHOTO&PhotoStamp=1",
     BODY("PIN=20260115080102-1001.jpg\nSN=TEST00000001\nsize=4\nCMD=uploadphoto\0\xFF\xD8"),
     "200 OK"},
    {"templates are counted", KNOWN, "POST /iclock/cdata?" S1 "&table=BIODATA&Stamp=1",
     BODY("BIODATA Pin=1\tNo=0\nBIODATA Pin=2\tNo=0\n"), "200 OK: 2"},
    {"errors are counted", KNOWN, "POST /iclock/cdata?" S1 "&table=ERRORLOG",
     BODY("ERRORLOG ErrCode=D01E0001\tErrMsg=x\n"), "200 OK: 1"},
    {"options", KNOWN, "POST /iclock/cdata?" S1 "&table=options",
     BODY("FaceFunOn=0,~OEMVendor=X CO., LTD."), "200 OK"},
    {"users", KNOWN, "POST /iclock/cdata?" S1 "&table=USERINFO", BODY("USER PIN=1\tPasswd=1\n"),
     "200 OK"},
    {"an unknown table is no attendance", KNOWN, "POST /iclock/cdata?" S1 "&table=NEWS",
     BODY(TWO_LINES), "200 OK"},
    {"a table of 30 letters", KNOWN,
     "POST /iclock/cdata?" S1 "&table=ABCDEFGHIJKLMNOPQRSTUVWXYZABCD", BODY(TWO_LINES), "200 OK"},
    {"verification in the background", KNOWN, "POST /iclock/cdata?" S1 "&type=PostVerifyData",
     BODY(TWO_LINES), "200 OK"},
    {"no table, an answer to INFO", KNOWN, "POST /iclock/cdata?" S1,
     BODY("~DeviceName=F22\nUserCount=57\n"), "200 OK"},

    /* ---- Security PUSH ---- */
    {"people let in are punches, doors are not", KNOWN, "POST /iclock/cdata?" S1 "&table=rtlog",
     BODY("time=" T0 "\tpin=1001\tcardno=0\teventaddr=1\tevent=0\tinoutstatus=1\tverifytype=15\n"
          "time=" T0 "\tpin=0\tcardno=0\teventaddr=1\tevent=0\tinoutstatus=2\tverifytype=200\n"
          "time=" T0 "\tpin=1001\tcardno=0\teventaddr=1\tevent=23\tinoutstatus=0\tverifytype=1\n"
          "time=" T0 "\tpin=1001\tevent=101\n"
          "time=" T0 "\tpin=0\tevent=8\n"),
     "punch TEST00000001 1001 " T0 " 1 15\n200 OK"},
    {"a person let in at no time", KNOWN, "POST /iclock/cdata?" S1 "&table=rtlog",
     BODY("time=soon\tpin=1001\tevent=0\n"), "bad time=soon\tpin=1001\tevent=0\n200 OK"},
    {"bare columns", KNOWN, "POST /iclock/cdata?" S1 "&table=RTLOG", BODY("7\t" T0 "\t0\t1\n"),
     "punch TEST00000001 7 " T0 " 0 1\n200 OK"},
    {"door state", KNOWN, "POST /iclock/cdata?" S1 "&table=rtstate",
     BODY("time=" T0 "\tsensor=00\trelay=00\n"), "200 OK"},
    {"transactions, packed time", KNOWN,
     "POST /iclock/cdata?" S1 "&table=tabledata&tablename=transaction&count=2",
     BODY("transaction cardno=0\tpin=1001\tverified=1\tdoorid=1\teventtype=0\tinoutstate=0\t"
          "time_second=836822901\tindex=1\n"
          "transaction cardno=0\tpin=0\tverified=200\teventtype=200\ttime_second=836822901\n"),
     "punch TEST00000001 1001 2026-01-14 10:48:21 0 1\n200 transaction=2"},
    {"other tables are counted", KNOWN, "POST /iclock/cdata?" S1 "&table=tabledata&tablename=user",
     BODY("user uid=1\tpin=1001\nuser uid=2\tpin=1002\n"), "200 user=2"},
    {"a query's result", KNOWN,
     "POST /iclock/querydata?" S1 "&type=tabledata&cmdid=1&tablename=user&count=1",
     BODY("user uid=1\tpin=1001\n"), "200 user=1"},
    {"a query's count", KNOWN, "POST /iclock/querydata?" S1 "&type=count&tablename=transaction",
     BODY("transaction=41\n"), "200 transaction=1"},
    {"a query's options", KNOWN, "POST /iclock/querydata?" S1 "&type=options",
     BODY("~SerialNumber=1"), "200 OK"},

    /* ---- commands ---- */
    {"nothing to do", KNOWN, "GET /iclock/getrequest?" S1, NO_BODY, "200 OK"},
    {"nothing to do, never seen", NEVER_SEEN, "GET /iclock/getrequest?" S1, NO_BODY, "200 OK"},
    {"a command", COMMANDED, "GET /iclock/getrequest?" S1, NO_BODY, "sent 12\n200 C:12:CHECK\n"},
    {"what the terminal says of itself", KNOWN,
     "GET /iclock/getrequest.aspx?" S1 "&INFO=Ver%208.0,57,60,12345,192.168.1.201,10%0A", NO_BODY,
     "info Ver 8.0,57,60,12345,192.168.1.201,10 \n200 OK"},
    {"results", KNOWN, "POST /iclock/devicecmd?" S1,
     BODY("ID=7&Return=0&CMD=DATA\nID=8&Return=-1002&CMD=DATA\n"),
     "result 7 0\nresult 8 -1002\n200 OK"},
    {"a result with the serial number in it", KNOWN, "POST /iclock/devicecmd?" S1,
     BODY("ID=7&SN=TEST00000001&Return=0&CMD=CHECK"), "result 7 0\n200 OK"},
    {"a result with what INFO says", KNOWN, "POST /iclock/devicecmd?" S1,
     BODY("ID=9&Return=0&CMD=INFO\n~DeviceName=F22\nReturn=4\nUserCount=57\n"),
     "result 9 0\n200 OK"},
    {"a result in several lines", KNOWN, "POST /iclock/devicecmd?" S1,
     BODY("ID=32\nSN=TEST00000001\nReturn=5\nCMD=Shell\nContent=\x01\xFF\n"),
     "result 32 5\n200 OK"},
    {"results of nobody's", KNOWN, "POST /iclock/devicecmd?" S1,
     BODY("Return=0&CMD=DATA\nID=abc&Return=0\nID=9999999999999999999&Return=0\nID=&Return=0\n"),
     "200 OK"},
};

static bool ask(const struct iclock_request *request, const struct iclock_device *device,
                struct heard *heard)
{
    static struct iclock_reply reply;
    struct iclock_call call;
    struct error err = ERROR_INIT;
    size_t refuse_at = heard->refuse_at;
    memset(heard, 0, sizeof *heard);
    heard->refuse_at = refuse_at;
    memset(&reply, 'x', sizeof reply);
    iclock_read(request, &settings, &call);
    if (!iclock_answer(&call, &settings, device, hear, heard, &reply, &err)) {
        assert_int_equal(err.kind, ERR_FULL);
        return false;
    }
    assert_true((reply.content_type == NULL) == (reply.len == 0));
    assert_true(reply.len <= sizeof reply.body);
    write_line(heard, "%d %.*s", reply.status, (int)reply.len, reply.body);
    return true;
}

static const struct iclock_device *known_as(enum knowledge known)
{
    return known == NEVER_SEEN ? NULL : &devices[known];
}

static void test_requests(void **state)
{
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        static struct heard heard;
        struct iclock_request request = request_of(cases[i].request, cases[i].body);
        assert_true(ask(&request, known_as(cases[i].known), &heard));
        CHECK_TEXT(cases[i].rule, cases[i].expected, heard.text);
    }
}

/* A sink that says no at any effect ends the answer there. */
static void test_the_sink_may_refuse(void **state)
{
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        static struct heard heard;
        struct iclock_request request = request_of(cases[i].request, cases[i].body);
        heard.refuse_at = 0;
        assert_true(ask(&request, known_as(cases[i].known), &heard));
        size_t effects = heard.effects;
        for (size_t at = 1; at <= effects; at++) {
            heard.refuse_at = at;
            assert_false(ask(&request, known_as(cases[i].known), &heard));
            CHECK_INT(cases[i].rule, at, heard.effects);
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
        if (strstr(heard.text, zones[i].zone) == NULL) {
            fail_msg("expected \"%s\" in \"%s\"", zones[i].zone, heard.text);
        }
        request = request_of("GET /iclock/cdata?type=time", (struct span)NO_BODY);
        assert_true(ask(&request, &device, &heard));
        CHECK_TEXT(zones[i].zone, zones[i].time, heard.text + strlen("200 "));
        request.now_s = 0;
        assert_true(ask(&request, &device, &heard));
        assert_string_equal(heard.text, "200 OK");
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
        CHECK_TEXT(commands[i], "200 OK", heard.text);
    }
    char longest[ICLOCK_COMMAND_MAX + 2];
    memset(longest, 'x', sizeof longest);
    longest[ICLOCK_COMMAND_MAX + 1] = '\0';
    device.command = longest;
    assert_true(ask(&request, &device, &heard));
    assert_string_equal(heard.text, "200 OK");
    longest[ICLOCK_COMMAND_MAX] = '\0';
    assert_true(ask(&request, &device, &heard));
    assert_non_null(strstr(heard.text, "200 C:1:xxx"));
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
    assert_string_equal(heard.text, "404 not found\n");
}

static void test_refusals(void **state)
{
    (void)state;
    static const int statuses[] = {400, 403, 404, 405, 413, 503};
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
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        static struct heard heard;
        size_t len = strlen(cases[i].request);
        struct span body = cases[i].body;
        for (size_t at = 0; at < len + body.len; at++) {
            for (size_t b = 0; b < sizeof bytes; b++) {
                char *line = malloc(len);
                char *copy = malloc(body.len + 1);
                assert_non_null(line);
                assert_non_null(copy);
                memcpy(line, cases[i].request, len);
                if (body.len > 0) {
                    memcpy(copy, body.at, body.len);
                }
                *(at < len ? line + at : copy + (at - len)) = bytes[b];
                struct span query = {line, len};
                struct iclock_request request = {.method = ICLOCK_POST, .body = {copy, body.len}};
                span_field(&query, '?', &request.path);
                request.query = query;
                ask(&request, known_as(cases[i].known), &heard);
                request.method = ICLOCK_GET;
                ask(&request, known_as(cases[i].known), &heard);
                free(line);
                free(copy);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_the_sink_may_refuse),
        cmocka_unit_test(test_time_zones),
        cmocka_unit_test(test_a_command_stays_one_line),
        cmocka_unit_test(test_what_is_read),
        cmocka_unit_test(test_spans_of_nothing),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_no_byte_string_harms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
