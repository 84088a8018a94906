#include "pull/frame.h"

#include <string.h>

enum { NAME_MAX = 32 };

static const uint8_t magic[4] = {0x50, 0x50, 0x82, 0x7d};

/* All that can be sent. `data` of those that always send the same. */
static const struct {
    uint16_t command;
    uint8_t len;
    uint8_t data[11];
} asks[PULL_ASKS] = {
    [PULL_CONNECT] = {1000, 0, {0}},
    [PULL_AUTH] = {1102, 0, {0}},
    [PULL_EXIT] = {1001, 0, {0}},
    [PULL_OPTION] = {11, 0, {0}},
    [PULL_VERSION] = {1100, 0, {0}},
    [PULL_TIME] = {201, 0, {0}},
    [PULL_SIZES] = {50, 0, {0}},
    [PULL_PREPARE_RECORDS] = {1503, 11, {1, 13}},
    [PULL_PREPARE_USERS] = {1503, 11, {1, 9, 0, 5}},
    [PULL_CHUNK] = {1504, 0, {0}},
    [PULL_RELEASE] = {1502, 0, {0}},
    [PULL_PLAIN_RECORDS] = {13, 0, {0}},
    [PULL_PLAIN_USERS] = {9, 1, {5}},
    [PULL_EVENTS] = {500, 4, {1}},
    [PULL_EVENT_TAKEN] = {2000, 0, {0}},
    [PULL_SET_TIME] = {202, 0, {0}},
};

uint16_t pull_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] | at[1] << 8);
}

uint32_t pull_u32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static void put_u16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

static void put_u32(uint8_t *at, uint32_t value)
{
    put_u16(at, (uint16_t)value);
    put_u16(at + 2, (uint16_t)(value >> 16));
}

uint16_t pull_checksum(const uint8_t *packet, size_t len)
{
    uint64_t sum = 0;
    for (size_t i = 0; i + 1 < len; i += 2) {
        sum += i == 2 ? 0 : pull_u16(packet + i);
    }
    if (len % 2 != 0) {
        sum += packet[len - 1];
    }
    while (sum >> 16 != 0) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (uint16_t)~sum;
}

void pull_scramble(uint32_t key, uint16_t session, uint8_t out[4])
{
    enum { TICK = 0x32 };
    static const uint8_t mask[4] = {0x5a, 0x4b, 0x53, 0x4f};
    uint32_t mirrored = 0;
    uint8_t bytes[4];
    for (int bit = 0; bit < 32; bit++) {
        mirrored |= (key >> bit & 1) << (31 - bit);
    }
    put_u32(bytes, mirrored + session);
    for (int i = 0; i < 4; i++) {
        bytes[i] ^= mask[i];
    }
    out[0] = bytes[2] ^ TICK;
    out[1] = bytes[3] ^ TICK;
    out[2] = TICK;
    out[3] = bytes[1] ^ TICK;
}

uint16_t pull_command(enum pull_ask ask)
{
    return asks[ask].command;
}

/* The data of an ask; returns its length. */
static size_t write_data(const struct pull_asking *asking, uint8_t *out)
{
    size_t len = asks[asking->ask].len;
    switch (asking->ask) {
    case PULL_AUTH:
        pull_scramble(asking->key, asking->session, out);
        return 4;
    case PULL_OPTION: {
        size_t name = strlen(asking->name);
        len = name < NAME_MAX ? name : NAME_MAX;
        memcpy(out, asking->name, len);
        out[len] = 0;
        return len + 1;
    }
    case PULL_CHUNK:
        put_u32(out, asking->start);
        put_u32(out + 4, asking->count);
        return 8;
    case PULL_SET_TIME:
        put_u32(out, pull_stamp(asking->time));
        return 4;
    default:
        memcpy(out, asks[asking->ask].data, len);
        return len;
    }
}

size_t pull_write(const struct pull_asking *asking, uint8_t out[PULL_ASK_MAX])
{
    uint8_t *packet = asking->datagram ? out : out + PULL_PREFIX;
    size_t len = PULL_HEAD + write_data(asking, packet + PULL_HEAD);
    put_u16(packet, asks[asking->ask].command);
    put_u16(packet + 4, asking->session);
    put_u16(packet + 6, asking->reply);
    put_u16(packet + 2, pull_checksum(packet, len));
    if (asking->datagram) {
        return len;
    }
    memcpy(out, magic, sizeof magic);
    put_u32(out + 4, (uint32_t)len);
    return PULL_PREFIX + len;
}

bool pull_read(const uint8_t *bytes, size_t len, struct pull_frame *frame)
{
    if (len < PULL_HEAD || len > PULL_FRAME_MAX) {
        return false;
    }
    uint16_t told = pull_u16(bytes + 2);
    uint16_t made = pull_checksum(bytes, len);
    frame->code = pull_u16(bytes);
    frame->session = pull_u16(bytes + 4);
    frame->reply = pull_u16(bytes + 6);
    /* Nought has two forms in this arithmetic. */
    frame->sound = told == made || (told == 0xffff && made == 0) || (told == 0 && made == 0xffff);
    frame->data = bytes + PULL_HEAD;
    frame->len = len - PULL_HEAD;
    return true;
}

enum pull_found pull_next(const uint8_t *bytes, size_t len, struct pull_frame *frame, size_t *used)
{
    *used = 0;
    if (len == 0) {
        return PULL_PART;
    }
    if (memcmp(bytes, magic, len < sizeof magic ? len : sizeof magic) != 0) {
        return PULL_BROKEN;
    }
    if (len < PULL_PREFIX) {
        return PULL_PART;
    }
    uint32_t packet = pull_u32(bytes + 4);
    if (packet < PULL_HEAD || packet > PULL_FRAME_MAX) {
        return PULL_BROKEN;
    }
    *used = PULL_PREFIX + packet;
    if (len < *used) {
        return PULL_PART;
    }
    return pull_read(bytes + PULL_PREFIX, packet, frame) ? PULL_WHOLE : PULL_BROKEN;
}

bool pull_time(uint32_t stamp, walltime *time)
{
    struct civil civil;
    civil.second = (int)(stamp % 60);
    stamp /= 60;
    civil.minute = (int)(stamp % 60);
    stamp /= 60;
    civil.hour = (int)(stamp % 24);
    stamp /= 24;
    civil.day = (int)(stamp % 31) + 1;
    stamp /= 31;
    civil.month = (int)(stamp % 12) + 1;
    civil.year = (int)(stamp / 12) + 2000;
    return walltime_from_civil(&civil, time);
}

uint32_t pull_stamp(walltime time)
{
    struct civil civil;
    walltime_to_civil(time, &civil);
    uint32_t days = ((uint32_t)(civil.year - 2000) * 12 + (uint32_t)(civil.month - 1)) * 31 +
                    (uint32_t)(civil.day - 1);
    return days * 86400 + (uint32_t)civil.hour * 3600 + (uint32_t)civil.minute * 60 +
           (uint32_t)civil.second;
}

static int64_t field(const uint8_t *data, size_t len, size_t at)
{
    if (len < at + 4) {
        return -1;
    }
    uint32_t value = pull_u32(data + at);
    return value <= INT32_MAX ? (int64_t)value : -1;
}

void pull_read_sizes(const uint8_t *data, size_t len, struct pull_sizes *sizes)
{
    int64_t free_records = field(data, len, 76);
    sizes->users = field(data, len, 16);
    sizes->records = field(data, len, 32);
    sizes->user_capacity = field(data, len, 60);
    sizes->capacity = field(data, len, 64);
    if (free_records >= 0 && sizes->capacity - sizes->records != free_records) {
        *sizes = (struct pull_sizes){-1, -1, -1, -1};
    }
}

struct span pull_option(const uint8_t *data, size_t len)
{
    struct span text = {(const char *)data, len};
    const char *end = len > 0 ? memchr(text.at, '\0', len) : NULL;
    if (end != NULL) {
        text.len = (size_t)(end - text.at);
    }
    const char *sign = text.len > 0 ? memchr(text.at, '=', text.len) : NULL;
    if (sign == NULL) {
        return (struct span){NULL, 0};
    }
    text.len -= (size_t)(sign + 1 - text.at);
    text.at = sign + 1;
    return span_trim(text);
}
