/*
 * random_deliveries: deliveries made at random, of every table, shape, separator, code, damage and
 * wrapping, with the truth about each row. For test_conservation.
 */
#ifndef HIPBRIDGE_TEST_RANDOM_DELIVERIES_H
#define HIPBRIDGE_TEST_RANDOM_DELIVERIES_H

#include "check.h"

#define ZLIB_CONST
#include <zlib.h>

#include "base/walltime.h"
#include "formats/row.h"

enum { ROWS_MAX = 6, BODY_MAX = 4096, ROW_MAX = 400 };

#define SN "TEST00000001"

/* ---- chance: SplitMix64 ---- */

static uint64_t state_of_chance;

static uint64_t chance(void)
{
    uint64_t z = (state_of_chance += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static int below(int n)
{
    return (int)(chance() % (uint64_t)n);
}

static bool one_in(int n)
{
    return below(n) == 0;
}

static const char *pick(const char *const *from, size_t count)
{
    return from[chance() % count];
}
#define PICK(...)                                                                                  \
    pick((const char *const[]){__VA_ARGS__},                                                       \
         sizeof(const char *const[]){__VA_ARGS__} / sizeof(const char *))

/* ---- the truth ---- */

enum fate { FATE_PUNCH, FATE_REFUSAL, FATE_ASIDE, FATE_NOBODY };

struct truth {
    enum fate fate;
    char user[64];
    char time[WALLTIME_TEXT_MAX]; /* of a punch */
    int status, verify;
};

/* The vendor's list, from ../docs/protocol.md and not from the code. */
static enum fate fate_of(int event)
{
    static const int let_in[] = {0,   1,   2,   3,   4,   14,  15,  16,  17,  18,  19,
                                 101, 103, 203, 207, 208, 215, 216, 218, 219, 222, 232};
    static const struct {
        int from, to;
    } known[] = {{0, 80}, {100, 121}, {132, 155}, {200, 255}, {4000, 6999}};
    for (size_t i = 0; i < HB_COUNT(let_in); i++) {
        if (let_in[i] == event) {
            return FATE_PUNCH;
        }
    }
    for (size_t i = 0; i < HB_COUNT(known); i++) {
        if (event >= known[i].from && event <= known[i].to) {
            return FATE_REFUSAL;
        }
    }
    return FATE_ASIDE;
}

static int random_event(void)
{
    switch (below(4)) {
    case 0:
        return below(256);
    case 1:
        return 3900 + below(3200);
    case 2:
        return (const int[]){101, 103, 207, 215, 216, 218, 219, 222, 232, 208, 203}[below(11)];
    default:
        return below(20);
    }
}

/* ---- rows ---- */

static void random_user(char out[64])
{
    switch (below(5)) {
    case 0:
        snprintf(out, 64, "%05d", 1 + below(99));
        break;
    case 1:
        snprintf(out, 64, "AB%d-%d", below(100), below(10));
        break;
    case 2:
        snprintf(out, 64, "\xE0\xB8\x81%d", below(1000));
        break;
    default:
        snprintf(out, 64, "%d", 1 + below(999999));
        break;
    }
}

/* A time as it may be written; *strange: something stands behind it that nobody understands. */
static void random_time(struct truth *truth, char out[64], bool *strange)
{
    struct civil civil = {2026, 1, 1 + below(14), below(24), below(60), below(60)};
    walltime time = 0;
    assert_true(walltime_from_civil(&civil, &time));
    *strange = false;
    int hour12 = civil.hour % 12 == 0 ? 12 : civil.hour % 12;
    const char *half = civil.hour < 12 ? "AM" : "PM";
    switch (below(8)) {
    case 0:
        snprintf(out, 64, "%d/%d/%d %d:%d:%d", civil.year, civil.month, civil.day, civil.hour,
                 civil.minute, civil.second);
        break;
    case 1:
        snprintf(out, 64, "%04d-%02d-%02dT%02d:%02d:%02d", civil.year, civil.month, civil.day,
                 civil.hour, civil.minute, civil.second);
        break;
    case 2:
        snprintf(out, 64, "%04d-%02d-%02d %02d:%02d:%02d %s", civil.year, civil.month, civil.day,
                 hour12, civil.minute, civil.second, half);
        break;
    case 3:
        snprintf(out, 64, "%04d-%02d-%02d %02d:%02d:%02d", civil.year + 543, civil.month, civil.day,
                 civil.hour, civil.minute, civil.second);
        break;
    case 4:
        *strange = true;
        snprintf(out, 64, "%04d-%02d-%02d %02d:%02d:%02d%s", civil.year, civil.month, civil.day,
                 civil.hour, civil.minute, civil.second,
                 PICK(" +0700", ".5", "Z", " p. m.", " \xE0\xB8\x99.", "+07", " x", ":00"));
        break;
    default:
        walltime_text(time, out);
        break;
    }
    walltime_text(time, truth->time);
}

static void random_status(struct truth *truth, char out[24])
{
    switch (below(6)) {
    case 0:
        truth->status = 255;
        snprintf(out, 24, "%s", PICK("I", "CheckOut", "1.0", "0x1", "-", "in"));
        break;
    case 1:
        truth->status = 0;
        out[0] = '\0';
        break;
    default:
        truth->status = below(256);
        snprintf(out, 24, "%d", truth->status);
        break;
    }
}

static void random_verify(struct truth *truth, char out[24])
{
    switch (below(6)) {
    case 0:
        truth->verify = 255;
        snprintf(out, 24, "%s", PICK("FP", "1.0", "VerifyMode"));
        break;
    case 1:
        truth->verify = 1;
        out[0] = '\0';
        break;
    case 2: {
        static const struct {
            const char *methods;
            int number;
        } ways[] = {{"0000000000000010", 15}, {"0000000000010000", 1},  {"0000100000000000", 4},
                    {"0000001000000000", 3},  {"0000101000000000", 11}, {"0000000001000000", 200}};
        int way = below(6);
        truth->verify = ways[way].number;
        snprintf(out, 24, "%s", ways[way].methods);
        break;
    }
    default:
        truth->verify = below(201);
        snprintf(out, 24, "%d", truth->verify);
        break;
    }
}

/* Columns between tabs, or, where every one is there and a number, between blanks. */
static void make_columns(struct truth *truth, const char *time, bool strange, char *out)
{
    char status[24];
    char verify[24];
    random_status(truth, status);
    random_verify(truth, verify);
    truth->fate = strange ? FATE_ASIDE : FATE_PUNCH;
    bool plain = status[0] != '\0' && verify[0] != '\0' && truth->status < 255 && !strange;
    if (plain && strchr(time, 'T') == NULL && one_in(4)) {
        snprintf(out, ROW_MAX, "%s %s %s %s", truth->user, time, status, verify);
    } else {
        snprintf(out, ROW_MAX, "%s%s\t%s\t%s\t%s%s", one_in(8) ? "ATTLOG " : "", truth->user, time,
                 status, verify, PICK("", "\t0\t0\t0", "\t\t0\t0\t", "\t0"));
    }
}

static void shuffle(const char **fields, int count)
{
    for (int i = count - 1; i > 0; i--) {
        int k = below(i + 1);
        const char *field = fields[i];
        fields[i] = fields[k];
        fields[k] = field;
    }
}

/* `key=value`, with an event or without one. */
static void make_keyed(struct truth *truth, const char *time, bool strange, bool event, char *out)
{
    char texts[7][96];
    const char *fields[7];
    char status[24];
    char verify[24];
    int count = 0;
    int code = random_event();
    bool said = !one_in(12);
    random_status(truth, status);
    random_verify(truth, verify);
    const char *tab = event && one_in(3) ? PICK(" ", ",", ", ") : "\t";
    if (event && one_in(6)) {
        snprintf(truth->user, sizeof truth->user, "%s", PICK("0", "", "0000"));
    }
    snprintf(texts[count++], 96, "%s=%s", PICK("pin", "PIN", "Pin"), truth->user);
    snprintf(texts[count++], 96, "%s=%s", event ? "time" : PICK("time", "DateTime"), time);
    snprintf(texts[count++], 96, "%s=%s", event ? PICK("inoutstatus", "inoutstate") : "Status",
             status);
    snprintf(texts[count++], 96, "%s=%s", event ? PICK("verifytype", "verified") : "Verify",
             verify);
    if (event) {
        snprintf(texts[count++], 96, "cardno=0");
    }
    if (event && said) {
        snprintf(texts[count++], 96, "%s=%d", PICK("event", "eventtype"), code);
    } else if (event && one_in(2)) {
        snprintf(texts[count++], 96, "event=%s", PICK("", "open", "0x0"));
    }
    for (int i = 0; i < count; i++) {
        fields[i] = texts[i];
    }
    shuffle(fields, count);
    size_t used = 0;
    out[0] = '\0';
    for (int i = 0; i < count; i++) {
        used += (size_t)snprintf(out + used, ROW_MAX - used, "%s%s", i > 0 ? tab : "", fields[i]);
    }
    bool nobody = event && strspn(truth->user, "0") == strlen(truth->user);
    enum fate fate = !event ? FATE_PUNCH : said ? fate_of(code) : FATE_ASIDE;
    truth->fate = nobody ? FATE_NOBODY : fate == FATE_PUNCH && strange ? FATE_ASIDE : fate;
}

/* Where the user stands in a row: in front, or behind its key. */
static char *user_in(char *row, const char *user)
{
    static const char *const before[] = {"pin=", "PIN=", "Pin="};
    for (size_t i = 0; i < HB_COUNT(before); i++) {
        char *key = strstr(row, before[i]);
        if (key != NULL) {
            return key + 4;
        }
    }
    char *front = strncmp(row, "ATTLOG ", 7) == 0 ? row + 7 : row;
    return strncmp(front, user, strlen(user)) == 0 ? front : NULL;
}

/* What makes a row one that nobody can read with certainty. */
static void damage(struct truth *truth, char *row)
{
    size_t len = strlen(row);
    char *user = user_in(row, truth->user);
    if (truth->fate != FATE_PUNCH || user == NULL || len + 4 > ROW_MAX) {
        return;
    }
    char *behind = user + strlen(truth->user);
    switch (below(3)) {
    case 0: /* a sign that no number has */
        memmove(user + 1, user, strlen(user) + 1);
        *user = "&%\"'}>"[below(6)];
        break;
    case 1: /* a control character, or bytes that are no text, at its end */
        memmove(behind + 1, behind, strlen(behind) + 1);
        *behind = "\x01\x1B\x7F\xFF\xC0"[below(5)];
        break;
    default: { /* a date that is none */
        char *date = strstr(row, "2026-01-");
        if (date == NULL) {
            return;
        }
        memcpy(date + 5, PICK("13", "00", "xx", "1 "), 2);
        break;
    }
    }
    truth->fate = FATE_ASIDE;
}

/* ---- requests ---- */

struct made {
    struct truth truths[ROWS_MAX];
    int rows;
    char path[128];
    char query[BODY_MAX * 3 + 512];
    char body[BODY_MAX * 3 + 512];
    size_t body_len;
    bool whole;           /* what names somebody in it is set aside with all of it */
    bool damaged;         /* then that is allowed as well */
    bool packed;          /* and cannot be unpacked: all of it is kept, whoever is named in it */
    const char *encoding; /* declared; NULL: none */
};

static void escape(const char *text, size_t len, char *out)
{
    size_t used = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)text[i];
        bool plain = (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z');
        if (plain) {
            out[used++] = (char)byte;
        } else if (byte == ' ') {
            used += (size_t)sprintf(out + used, "%s", one_in(2) ? "+" : "%20");
        } else {
            used += (size_t)sprintf(out + used, one_in(2) ? "%%%02X" : "%%%02x", byte);
        }
    }
    out[used] = '\0';
}

static void make_rows(struct made *made, bool access, char *rows)
{
    size_t used = 0;
    const char *end = PICK("\n", "\r\n", "\n");
    made->rows = 1 + below(ROWS_MAX);
    made->damaged = false;
    for (int i = 0; i < made->rows; i++) {
        struct truth *truth = &made->truths[i];
        char row[ROW_MAX + 8];
        char time[64];
        bool strange = false;
        random_user(truth->user);
        random_time(truth, time, &strange);
        switch (below(access ? 2 : 4)) {
        case 0:
        case 1:
            if (access || one_in(2)) {
                make_keyed(truth, time, strange, true, row);
            } else {
                make_keyed(truth, time, strange, false, row);
            }
            break;
        default:
            make_columns(truth, time, strange, row);
            break;
        }
        if (one_in(10)) {
            damage(truth, row);
            made->damaged = true;
        }
        used += (size_t)snprintf(rows + used, BODY_MAX - used, "%s%s%s", row,
                                 i + 1 < made->rows || one_in(2) ? end : "", one_in(10) ? end : "");
    }
}

/* Packed by zlib as gzip, zlib or bare deflate, declared or known by its first bytes; now and then
 * cut, and then nobody can read it. */
static void pack(struct made *made)
{
    enum { WINDOW = 15, GZIP = 16, MEMORY = 8 };
    static char packed[sizeof made->body];
    int way = below(3);
    z_stream stream = {0};
    assert_int_equal(deflateInit2(&stream, one_in(4) ? Z_BEST_COMPRESSION : Z_BEST_SPEED,
                                  Z_DEFLATED,
                                  way == 0   ? WINDOW + GZIP
                                  : way == 1 ? WINDOW
                                             : -WINDOW,
                                  MEMORY, Z_DEFAULT_STRATEGY),
                     Z_OK);
    stream.next_in = (Bytef *)made->body;
    stream.avail_in = (uInt)made->body_len;
    stream.next_out = (Bytef *)packed;
    stream.avail_out = sizeof packed;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    made->body_len = sizeof packed - stream.avail_out;
    deflateEnd(&stream);
    memcpy(made->body, packed, made->body_len);
    made->encoding = way == 2 ? "deflate" : way == 1 ? PICK("", "deflate") : PICK("", "gzip");
    if (one_in(6)) {
        made->body_len -= 1 + (size_t)below(3);
        made->whole = true;
        made->packed = true;
    }
}

/* Where the rows are sent to, and as which table. */
static void make_request(struct made *made)
{
    static const struct {
        const char *path;
        const char *query;
        bool access;
    } places[] = {
        {"/iclock/cdata", "SN=" SN "&table=ATTLOG&Stamp=9999", false},
        {"/iclock/cdata.aspx", "table=attlog&sn=" SN, false},
        {"/iclock/cdata", "SN=" SN "?table=ATTLOG", false},
        {"/iclock/cdata&SN=" SN "&table=ATTLOG", "", false},
        {"/iclock/cdata", "SN=" SN "&table=ATTLOG#x", false},
        {"/iclock/cdata", "SN=" SN "&table=rtlog", true},
        {"/iclock/cdata", "SN=" SN "&table=tabledata&tablename=transaction&count=1", true},
        {"/iclock/cdata", "SN=" SN "&table=tabledata&tablename=ATTLOG&count=2", false},
        {"/iclock/querydata", "SN=" SN "&type=tabledata&tablename=attlog&count=2", false},
        {"/iclock/querydata", "SN=" SN "&type=tabledata&tablename=transaction&packcnt=1&packidx=1",
         true},
        {"/iclock/cdata", "SN=" SN "&table=ACC_ATT_LOG", false},
        {"/iclock/cdata", "SN=" SN "&table=DAYLOG", false},
        {"/iclock/cdata", "SN=" SN "&SN=OTHER&table=ATTLOG", false},
        {"/iclock/cdata", "SN%3D" SN "&table=ATTLOG", false},
        {"/iclock/v2/events", "SN=" SN "&table=EVENTS", false},
        {"/iclock/devicecmd", "SN=" SN, false},
        {"/iclock/registry", "SN=" SN, false},
        {"/iclock/push", "SN=" SN, true},
        {"/iclock/cdata", "SN=" SN ",table=ATTLOG", false},
        {"/iclock/cdata", "serial=" SN "&table=ATTLOG", false},
    };
    enum { READ = 11 }; /* so many of them name a table and a terminal for certain */
    static char rows[BODY_MAX];
    size_t place = chance() % HB_COUNT(places);
    snprintf(made->path, sizeof made->path, "%s", places[place].path);
    snprintf(made->query, sizeof made->query, "%s", places[place].query);
    made->whole = place >= READ;
    made->packed = false;
    make_rows(made, places[place].access, rows);
    switch (below(6)) {
    case 0:
        made->body_len = (size_t)sprintf(made->body, "%s", "data=");
        escape(rows, strlen(rows), made->body + made->body_len);
        break;
    default:
        sprintf(made->body, "%s", rows);
        break;
    }
    made->body_len = strlen(made->body);
    made->encoding = NULL;
    if (one_in(8)) {
        pack(made);
    }
}

#endif
