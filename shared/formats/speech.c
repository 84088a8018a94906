#include "formats/speech.h"

#include <string.h>

#include "base/portability.h"

/* ---- which ---- */

static bool has(struct span text, const char *word)
{
    struct span wanted = span_of(word);
    for (size_t i = 0; i + wanted.len <= text.len; i++) {
        if (span_starts_nocase((struct span){text.at + i, text.len - i}, wanted)) {
            return true;
        }
    }
    return false;
}

static bool begins(struct span text, const void *bytes, size_t len)
{
    return text.len >= len && memcmp(text.at, bytes, len) == 0;
}

enum speech_kind speech_of(struct span first)
{
    static const char *const methods[] = {"GET ", "POST ", "HEAD ", "PUT ", "OPTIONS ", "CONNECT "};
    if (first.len < 4) {
        return SPEECH_NOTHING;
    }
    for (size_t i = 0; i < HB_COUNT(methods); i++) {
        if (begins(first, methods[i], strlen(methods[i]))) {
            return has(first, "\nrequest_code:")                ? SPEECH_FKWEB
                   : has(first, "/iclock") || has(first, "SN=") ? SPEECH_ICLOCK
                                                                : SPEECH_HTTP;
        }
    }
    if (begins(first, "\x50\x50\x82\x7d", 4)) {
        return SPEECH_PULL;
    }
    if (begins(first, "\x55\xaa\x01", 3) || begins(first, "\xaa\x55\x01", 3)) {
        return SPEECH_FK;
    }
    return begins(first, "\x16\x03", 2) ? SPEECH_TLS : SPEECH_OTHER;
}

const char *speech_words(enum speech_kind kind)
{
    static const char *const words[] = {
        [SPEECH_NOTHING] =
            "says nothing. HIP's own terminals do so when \"real time\" points here "
            "(RealSvr): they wait to be asked. Set them to Internet (FkWeb), or have "
            "them read on port 5005",
        [SPEECH_ICLOCK] = "speaks iclock (ZKTeco push): HIP Bridge serves it",
        [SPEECH_FKWEB] = "speaks FkWeb (HIP's own terminals set to Internet): HIP Bridge serves it",
        [SPEECH_HTTP] =
            "speaks HTTP, but is no terminal's: a browser, or a protocol not known here",
        [SPEECH_PULL] =
            "speaks the protocol of port 4370, in which a PC asks a terminal: a program "
            "that reads terminals takes this PC for one",
        [SPEECH_FK] = "speaks the protocol of port 5005, in which a PC asks HIP's own terminals",
        [SPEECH_TLS] = "speaks TLS: switch HTTPS off in the terminal's menu",
        [SPEECH_OTHER] = "speaks a protocol that is not known here: please report what it sends. "
                         "Nothing of it could be masked",
    };
    return words[kind];
}

/* ---- HTTP ---- */

static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

static bool is_word(char byte)
{
    char small = lower(byte);
    return (small >= 'a' && small <= 'z') || (byte >= '0' && byte <= '9') || byte == '_';
}

/* Whether what came last is a key whose values are secret, or say who somebody is. A device's name
 * (DeviceName, dev_name, FileName) is a word of its own and stays. */
static bool names_secret(const char *tail, size_t skip)
{
    static const char *const names[] = {
        /* clang-format off */
        "passwd", "pwd", "password", "user_password", "comkey", "commkey", "comm_key", "pushcommkey", "token",
        "name", "user_name", "username", "employeename", "employee_name", "firstname", "first_name", "lastname",
        "last_name", "nickname", "fullname", "full_name", "displayname", "display_name",
        "card", "vicecard", "maincard", "cardno", "card_no", "card_number", "cardnumber", "user_card", "idcard", "id_card",
        "tmp", "content", "template", "photo", "user_photo", "image", "feature",
        /* clang-format on */
    };
    for (size_t i = 0; i < HB_COUNT(names); i++) {
        size_t len = strlen(names[i]);
        if (len + skip <= SPEECH_TAIL - 1 &&
            memcmp(tail + SPEECH_TAIL - skip - len, names[i], len) == 0 &&
            !is_word(tail[SPEECH_TAIL - skip - len - 1])) {
            return true;
        }
    }
    return false;
}

static void remember(struct speech_way *way, char byte)
{
    memmove(way->tail, way->tail + 1, SPEECH_TAIL - 1);
    way->tail[SPEECH_TAIL - 1] = lower(byte);
}

/* key=value up to a tab, comma, ampersand or the line's end; "key":"value", "key":value. */
static void mask_values(struct speech_way *way, char *byte)
{
    char was = *byte;
    if (way->until == '=') {
        if (strchr("\t\r\n&", was) != NULL) { /* NUL as well */
            way->until = 0;
        } else {
            *byte = '*';
        }
    } else if (way->until == '"') {
        if (was == '"' && !way->begun) {
            way->begun = true;
        } else if (was == '"' ? way->tail[SPEECH_TAIL - 1] != '\\'
                              : !way->begun && (was == ',' || was == '}' || was == ']')) {
            way->until = 0;
        } else if (was != ' ' || way->begun) {
            *byte = '*';
        }
    } else if (was == '=' && names_secret(way->tail, 0)) {
        way->until = '=';
    } else if (was == ':' && way->tail[SPEECH_TAIL - 1] == '"' && names_secret(way->tail, 1)) {
        way->until = '"';
        way->begun = false;
    }
    remember(way, was);
}

static bool whole_is_secret(struct span line)
{
    static const char *const tables[] = {"table=ATTPHOTO",  "table=BIODATA",   "table=BIOPHOTO",
                                         "table=FINGERTMP", "table=USERPIC",   "table=PHOTO",
                                         "table=IDCARD",    "ContentType=tgz", "/fdata"};
    for (size_t i = 0; i < HB_COUNT(tables); i++) {
        if (has(line, tables[i])) {
            return true;
        }
    }
    return false;
}

static void take_line(struct speech_way *way)
{
    struct span line = span_trim((struct span){way->line, way->line_len});
    struct span rest = line;
    struct span name;
    int32_t length = 0;
    way->line_len = 0;
    if (line.len == 0) {
        way->in_body = true;
        way->at = way->json = 0;
        way->log = false;
        return;
    }
    way->all = way->all || whole_is_secret(line);
    if (!span_field(&rest, ':', &name) || rest.at == NULL) {
        return;
    }
    rest = span_trim(rest);
    name = span_trim(name);
    if (span_equal_nocase(name, SPAN("Content-Length"))) {
        way->has_body = span_to_int32(rest, &length) && length >= 0;
        way->body = way->has_body ? (uint64_t)length : 0;
    } else if (span_equal_nocase(name, SPAN("request_code")) ||
               span_equal_nocase(name, SPAN("response_code"))) {
        way->fkweb = true;
        way->all = way->all || span_equal_nocase(rest, SPAN("realtime_enroll_data"));
    } else if (span_equal_nocase(name, SPAN("blk_no"))) {
        /* The middle of a delivery: what it is stands in its first part. */
        way->all = way->all || (!span_equal(rest, SPAN("0")) && !span_equal(rest, SPAN("1")));
    }
}

static void mask_head(struct speech_way *way, char *byte)
{
    char was = *byte;
    mask_values(way, byte);
    if (was == '\n') {
        take_line(way);
    } else if (way->line_len < SPEECH_LINE_MAX) {
        way->line[way->line_len++] = was;
    }
}

static void mask_fkweb(struct speech_way *way, char *byte)
{
    if (way->at < 4) {
        way->json |= (uint32_t)(unsigned char)*byte << 8 * way->at;
        return;
    }
    if (way->at < (uint64_t)way->json + 4) {
        static const char word[] = "\"log_count\"";
        mask_values(way, byte);
        way->log = way->log ||
                   memcmp(way->tail + SPEECH_TAIL - (sizeof word - 1), word, sizeof word - 1) == 0;
        return;
    }
    if (!way->log) {
        *byte = '*';
    }
}

static void mask_http(struct speech_way *way, char *byte)
{
    if (way->in_body && (!way->has_body || way->at >= way->body)) {
        if (way->has_body || !way->fkweb) { /* the next request on this connection */
            struct speech_way fresh = {.in_body = false};
            *way = fresh;
        }
    }
    if (!way->in_body) {
        mask_head(way, byte);
        return;
    }
    bool cut = way->fkweb && way->at >= 4 && way->has_body && (uint64_t)way->json + 4 > way->body;
    if (way->all || cut) { /* cut: the last part of a delivery */
        *byte = '*';
    } else if (way->fkweb) {
        mask_fkweb(way, byte);
    } else {
        mask_values(way, byte);
    }
    way->at++;
}

/* ---- ports 5005 and 4370 ---- */

/* The questions of which it is known that neither they nor their answers hold a secret. */
static bool is_plain(enum speech_kind kind, unsigned command)
{
    static const unsigned fk[] = {0x13, 0x79, 0xa1, 0xa2, 0xa4, 0xb0, 0xb2, 0xb3, 0xb4, 0xc3};
    static const unsigned pull[] = {1000, 1001, 1002, 1003, 1100, 1503, 1504, 1502, 11,
                                    50,   201,  13,   1500, 1501, 2000, 2001, 2005, 500};
    const unsigned *list = kind == SPEECH_FK ? fk : pull;
    size_t count = kind == SPEECH_FK ? HB_COUNT(fk) : HB_COUNT(pull);
    for (size_t i = 0; i < count; i++) {
        if (list[i] == command) {
            return true;
        }
    }
    return false;
}

static uint32_t u32(const uint8_t *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* A question of port 5005, of 16 bytes; what follows it, if it is not known, is data. */
static void take_fk_head(struct speech *speech, struct speech_way *way)
{
    enum { OPEN = 0x80, SET_CLOCK = 0xb3 };
    unsigned command = way->head[3];
    uint32_t len = (uint32_t)way->head[12] | (uint32_t)way->head[13] << 8;
    speech->secret = command != OPEN && !is_plain(SPEECH_FK, command);
    speech->ways[SPEECH_CALLED].pass = 10; /* its acknowledgement */
    way->pass = command == SET_CLOCK ? 12 : 0;
    way->mask = speech->secret && len > 0 ? (uint64_t)len + 4 : 0;
}

static void mask_fk_caller(struct speech *speech, struct speech_way *way, char *byte)
{
    enum { SIZE = 16, COMMAND_AT = 3, OPEN = 0x80, PASSWORD_AT = 4, PASSWORD_END = 8 };
    uint8_t was = (uint8_t)*byte;
    if (way->pass > 0) {
        way->pass--;
        return;
    }
    /* A new question ends whatever was expected. */
    static const uint8_t start[] = {0x55, 0xaa, 0x01};
    bool fits = way->head_len >= sizeof start || was == start[way->head_len];
    if (!fits) {
        way->head_len = was == start[0] ? 1 : 0;
        if (speech->secret || way->mask > 0) {
            *byte = '*';
        }
        return;
    }
    way->head[way->head_len++] = was;
    if (way->head_len > PASSWORD_AT && way->head_len <= PASSWORD_END &&
        way->head[COMMAND_AT] == OPEN) {
        *byte = '*';
    }
    if (way->head_len == SIZE) {
        take_fk_head(speech, way);
        way->head_len = 0;
    }
}

/* A packet of port 4370: a prefix with its length, and eight bytes of head before its data. */
static void mask_pull(struct speech *speech, enum speech_side side, char *byte)
{
    enum { PREFIX = 8, SIZE = 16, PREPARE_READ = 1503, USERS = 9, LENGTH_MAX = 1 << 24 };
    struct speech_way *way = &speech->ways[side];
    if (way->pass > 0) {
        way->pass--;
        return;
    }
    if (way->mask > 0) {
        way->mask--;
        *byte = '*';
        return;
    }
    way->head[way->head_len++] = (uint8_t)*byte;
    unsigned command = way->head_len > 9 ? way->head[8] | (unsigned)way->head[9] << 8 : 0;
    size_t wanted = command == PREPARE_READ && side == SPEECH_CALLER ? SIZE + 4 : SIZE;
    if (way->head_len < wanted) {
        return;
    }
    uint32_t length = u32(way->head + 4);
    uint64_t rest = length >= 8 && length < LENGTH_MAX ? length - (wanted - PREFIX) : 0;
    bool plain = is_plain(SPEECH_PULL, command);
    if (side == SPEECH_CALLER) {
        bool table = wanted > SIZE && (way->head[17] | way->head[18] << 8) != 13;
        if (command != 1504) { /* a chunk of the table asked for before */
            speech->secret = !plain || table;
        }
    }
    bool hide = side == SPEECH_CALLER ? !plain : speech->secret;
    way->pass = hide ? 0 : rest;
    way->mask = hide ? rest : 0;
    way->head_len = 0;
}

void speech_mask(struct speech *speech, enum speech_side side, char *bytes, size_t len)
{
    struct speech_way *way = &speech->ways[side];
    for (size_t i = 0; i < len; i++) {
        switch (speech->kind) {
        case SPEECH_ICLOCK:
        case SPEECH_FKWEB:
        case SPEECH_HTTP:
            mask_http(way, &bytes[i]);
            break;
        case SPEECH_FK:
            if (side == SPEECH_CALLER) {
                mask_fk_caller(speech, way, &bytes[i]);
            } else if (way->pass > 0) {
                way->pass--;
            } else if (speech->secret) {
                bytes[i] = '*';
            }
            break;
        case SPEECH_PULL:
            mask_pull(speech, side, &bytes[i]);
            break;
        case SPEECH_NOTHING:
        case SPEECH_TLS:
        case SPEECH_OTHER:
            break;
        }
    }
}
