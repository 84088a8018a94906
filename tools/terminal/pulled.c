#include "pulled.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "pulled_private.h"

enum { DIRECT_MAX = 1024, FRAME_MAX = 65536 + 64 };

/* One's complement sum, as in RFC 1071, over little-endian words. */
static unsigned sum_of(const uint8_t *packet, size_t len)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < len; i++) {
        uint32_t byte = i == 2 || i == 3 ? 0 : packet[i];
        sum += i % 2 == 0 ? byte : byte * 256;
        sum = sum % 65536 + sum / 65536;
    }
    return 65535 - sum;
}

/* ---- saying something ---- */

static bool has(const struct pulled_line *line, uint32_t fault)
{
    return (line->terminal->plan.faults & fault) != 0;
}

static void frame(struct pulled_line *line, unsigned code, unsigned session, unsigned reply,
                  const void *data, size_t len)
{
    static uint8_t bytes[FRAME_MAX];
    uint8_t *packet = line->datagrams ? bytes : bytes + 8;
    if (line->dead) {
        return;
    }
    le16(packet, code);
    le16(packet + 4, session);
    le16(packet + 6, reply);
    if (len > 0) {
        memcpy(packet + 8, data, len);
    }
    le16(packet + 2, sum_of(packet, 8 + len));
    if (code == 1501 && has(line, PULLED_BAD_CHECKSUM)) {
        packet[2] ^= 1;
    }
    size_t all = 8 + len;
    if (!line->datagrams) {
        memcpy(bytes, "\x50\x50\x82\x7d", 4);
        le32(bytes + 4, (uint32_t)all);
        if (line->open && has(line, PULLED_BAD_MAGIC)) {
            bytes[1] = 0x51;
        }
        if (line->open && has(line, PULLED_BAD_LENGTH)) {
            le32(bytes + 4, 0xffffffff);
        }
        all += 8;
    }
    if (line->cut) {
        line->dead = true;
        all /= 2;
    }
    line->send(line->context, bytes, all);
}

static void event(struct pulled_line *line, uint32_t n)
{
    uint8_t data[32] = {0};
    time_t seconds = (time_t)pulled_time(line->terminal, n);
    struct tm date = *gmtime(&seconds);
    snprintf((char *)data, 24, "%u", (unsigned)pulled_user(line->terminal, n));
    data[24] = 1;
    data[25] = (uint8_t)(n % 2);
    data[26] = (uint8_t)(date.tm_year - 100);
    data[27] = (uint8_t)(date.tm_mon + 1);
    data[28] = (uint8_t)date.tm_mday;
    data[29] = (uint8_t)date.tm_hour;
    data[30] = (uint8_t)date.tm_min;
    data[31] = (uint8_t)date.tm_sec;
    frame(line, 500, 1, 0, data, sizeof data);
}

/* Between any two frames of an answer. */
static void between(struct pulled_line *line)
{
    if (has(line, PULLED_EVENTS)) {
        event(line, 0);
    }
}

static unsigned echo(struct pulled_line *line)
{
    return has(line, PULLED_NO_ECHO) ? line->own_reply++ + 500u : line->reply;
}

static void answer(struct pulled_line *line, unsigned code, const void *data, size_t len)
{
    between(line);
    frame(line, code, line->session, echo(line), data, len);
}

static void send_data(struct pulled_line *line, unsigned table, uint32_t start, uint32_t len)
{
    static uint8_t bytes[FRAME_MAX];
    uint32_t piece = has(line, PULLED_FRAGMENTS) ? 1008
                     : line->datagrams           ? line->terminal->plan.data_piece
                                                 : 65472;
    while (len > 0) {
        uint32_t part = len < piece ? len : piece;
        pulled_table_fill(line, table, start, part, bytes);
        between(line);
        frame(line, 1501, has(line, PULLED_NO_SESSION) ? 0 : line->session, echo(line), bytes,
              part);
        start += part;
        len -= part;
    }
}

/* 1500, 1501 …, 2000. */
static void send_announced(struct pulled_line *line, unsigned table, uint32_t start, uint32_t len)
{
    uint8_t head[8];
    le32(head, has(line, PULLED_HUGE) ? 0xffffffff : len);
    le32(head + 4, 0x1000);
    answer(line, 1500, head, has(line, PULLED_SHORT_HEAD) ? 4 : 8);
    send_data(line, table, start, len);
    between(line);
    frame(line, 2000, has(line, PULLED_NO_SESSION) ? len & 65535 : line->session, echo(line), NULL,
          0);
}

/* ---- being asked ---- */

static void forbid(struct pulled_line *line, unsigned command, const uint8_t *data, size_t len)
{
    struct pulled *terminal = line->terminal;
    if (terminal->forbidden[0] == '\0') {
        int used = snprintf(terminal->forbidden, sizeof terminal->forbidden,
                            "command %u with %zu bytes:", command, len);
        for (size_t i = 0; i < len && used + 4 < (int)sizeof terminal->forbidden; i++) {
            used += snprintf(terminal->forbidden + used, sizeof terminal->forbidden - (size_t)used,
                             " %02x", data[i]);
        }
    }
}

/* What a reader may send, byte for byte. */
static bool is_allowed(unsigned command, const uint8_t *data, size_t len)
{
    static const uint8_t records[] = {1, 13, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    static const uint8_t users[] = {1, 9, 0, 5, 0, 0, 0, 0, 0, 0, 0};
    static const uint8_t attendance[] = {1, 0, 0, 0};
    switch (command) {
    case 13:
    case 50:
    case 201:
    case 1000:
    case 1001:
    case 1100:
    case 1502:
    case 2000:
        return len == 0;
    case 9:
        return len == 1 && data[0] == 5;
    case 11:
        return len > 1 && len <= 34 && data[len - 1] == 0;
    case 202:
    case 1102:
        return len == 4;
    case 500:
        return len == 4 && memcmp(data, attendance, 4) == 0;
    case 1503:
        return len == 11 && (memcmp(data, records, 11) == 0 || memcmp(data, users, 11) == 0);
    case 1504:
        return len == 8;
    default:
        return false;
    }
}

static void take_connect(struct pulled_line *line)
{
    const struct pulled_plan *plan = &line->terminal->plan;
    if (has(line, PULLED_PANEL)) {
        line->send(line->context, (const uint8_t *)"\xaa\x01\xc8\x00\x00\xc8\x55", 7);
        return;
    }
    line->session = (uint16_t)(0x6ba0 + 7 * line->terminal->sessions++);
    line->proven = plan->key == 0 && !plan->wants_key && !has(line, PULLED_KEY_ALWAYS);
    answer(line, has(line, PULLED_REFUSES) ? 6001 : line->proven ? 2000 : 2005, NULL, 0);
    line->open = true;
}

/* By the rule as it is written down, not as a client does it. */
static bool is_key(const struct pulled_line *line, const uint8_t *data)
{
    uint32_t key = line->terminal->plan.key;
    uint32_t mirrored = 0;
    for (int i = 0; i < 32; i++) {
        mirrored = mirrored * 2 + (key >> i) % 2;
    }
    uint32_t mixed = mirrored + line->session;
    uint8_t salt = data[2];
    return data[0] == (((mixed >> 16 & 255) ^ 0x53) ^ salt) &&
           data[1] == (((mixed >> 24) ^ 0x4f) ^ salt) &&
           data[3] == (((mixed >> 8 & 255) ^ 0x4b) ^ salt);
}

static void take_option(struct pulled_line *line, const char *name)
{
    const struct pulled_plan *plan = &line->terminal->plan;
    char text[128] = "";
    if (strcmp(name, "~SerialNumber") == 0) {
        snprintf(text, sizeof text, "%s=%s", name, has(line, PULLED_NO_SERIAL) ? "" : plan->serial);
    } else if (strcmp(name, "MAC") == 0 && plan->mac != NULL) {
        snprintf(text, sizeof text, "%s=%s", name, plan->mac);
    } else if (strcmp(name, "~DeviceName") == 0) {
        snprintf(text, sizeof text, "%s=F18/ID", name);
    } else if (strcmp(name, "~Platform") == 0) {
        snprintf(text, sizeof text, "%s=ZEM760_TFT", name);
    }
    if (text[0] == '\0' || has(line, PULLED_NO_OPTIONS)) {
        answer(line, 2001, NULL, 0);
        return;
    }
    answer(line, 2000, text, strlen(text) + 1);
}

static void take_sizes(struct pulled_line *line)
{
    const struct pulled_plan *plan = &line->terminal->plan;
    uint8_t data[92] = {0};
    uint32_t records = line->terminal->records;
    le32(data + 16, plan->users);
    le32(data + 60, 3000);
    if (has(line, PULLED_COUNT_MORE)) {
        records += 3;
    }
    if (has(line, PULLED_COUNT_ZERO)) {
        records = 0;
    }
    le32(data + 32, records);
    le32(data + 64, plan->capacity);
    le32(data + 76, plan->capacity - records + (has(line, PULLED_MISCOUNT) ? 1 : 0));
    answer(line, 2000, data, has(line, PULLED_NO_FREE_SIZES) ? 20 : sizeof data);
}

static void take_prepare(struct pulled_line *line, unsigned table)
{
    struct pulled *terminal = line->terminal;
    if (table == 13) {
        terminal->whole_reads++;
        if (has(line, PULLED_GROW_BEFORE) && !line->grown) {
            line->grown = true;
            terminal->records++;
        }
        line->table_records = terminal->records;
        if (has(line, PULLED_GROW_AFTER)) {
            terminal->records++;
        }
    }
    if (table == 13 && has(line, PULLED_ACCESS)) {
        answer(line, 4989, NULL, 0);
        return;
    }
    uint32_t size = pulled_table_size(line, table);
    line->table = table;
    if (size <= DIRECT_MAX && !has(line, PULLED_HUGE)) {
        if (has(line, PULLED_SPLIT_DIRECT) || has(line, PULLED_HALF_DIRECT)) {
            send_data(line, table, 0, size / 3);
            if (has(line, PULLED_SPLIT_DIRECT)) {
                send_data(line, table, size / 3, size - size / 3);
            }
        } else {
            send_data(line, table, 0, size);
        }
        return;
    }
    uint8_t ready[13] = {0};
    le32(ready + 1, has(line, PULLED_HUGE) ? 0xffffffff : size);
    le32(ready + 5, has(line, PULLED_HUGE) ? 0xffffffff : size);
    answer(line, 2000, ready, sizeof ready);
}

static void take_chunk(struct pulled_line *line, uint32_t start, uint32_t count)
{
    uint32_t size = line->table != 0 ? pulled_table_size(line, line->table) : 0;
    if (line->table == 0 || count == 0 || count > 65472 || start > size || count > size - start) {
        answer(line, 2001, NULL, 0);
    } else if (has(line, PULLED_BARE_DATA)) {
        send_data(line, line->table, start, count);
    } else {
        send_announced(line, line->table, start, count);
    }
}

static void take_plain(struct pulled_line *line, unsigned table)
{
    line->table_records = line->terminal->records;
    line->terminal->whole_reads += table == 13;
    send_announced(line, table, 0, pulled_table_size(line, table));
}

static void take_command(struct pulled_line *line, unsigned command, const uint8_t *data,
                         size_t len, int64_t wall)
{
    uint8_t clock[4];
    char name[40] = "";
    switch (command) {
    case 1000:
        take_connect(line);
        return;
    case 1102:
        line->proven = is_key(line, data) && !has(line, PULLED_KEY_ALWAYS);
        answer(line, line->proven ? 2000 : 2005, NULL, 0);
        return;
    case 1001:
        answer(line, 2000, NULL, 0);
        line->closed = true;
        return;
    case 2000:
        return;
    default:
        break;
    }
    if (!line->open || !line->proven) {
        answer(line, 2005, NULL, 0);
        return;
    }
    switch (command) {
    case 11:
        memcpy(name, data, len < sizeof name ? len : sizeof name - 1);
        take_option(line, name);
        return;
    case 1100:
        answer(line, 2000, "Ver 6.60 Apr 26 2016", 21);
        return;
    case 201:
        le32(clock, pulled_stamp(wall));
        answer(line, 2000, clock, 4);
        return;
    case 50:
        take_sizes(line);
        return;
    case 1503:
        if (has(line, PULLED_PLAIN)) {
            answer(line, 65535, NULL, 0);
        } else {
            take_prepare(line, data[1]);
        }
        return;
    case 1504:
        take_chunk(line, read32(data), read32(data + 4));
        return;
    case 13:
    case 9:
        take_plain(line, command);
        return;
    case 500:
        line->live = true;
        answer(line, 2000, NULL, 0);
        return;
    default: /* 1502, 202 */
        answer(line, 2000, NULL, 0);
    }
}

static void take_packet(struct pulled_line *line, const uint8_t *packet, size_t len, int64_t wall)
{
    const struct pulled_plan *plan = &line->terminal->plan;
    if (len < 8 || read16(packet + 2) != sum_of(packet, len)) {
        forbid(line, 0, packet, len); /* no client sends such a thing */
        return;
    }
    unsigned command = read16(packet);
    line->terminal->commands++;
    line->reply = (uint16_t)read16(packet + 6);
    if (!is_allowed(command, packet + 8, len - 8)) {
        forbid(line, command, packet + 8, len - 8);
        return;
    }
    line->dead = line->dead || plan->mute_at == command;
    line->cut = line->cut || plan->cut_at == command;
    if (plan->close_at == command) {
        line->closed = true;
        line->dead = true;
    }
    if (!line->dead) {
        take_command(line, command, packet + 8, len - 8, wall);
    }
}

void pulled_take(struct pulled_line *line, const uint8_t *bytes, size_t len, int64_t wall)
{
    if (line->datagrams) {
        take_packet(line, bytes, len, wall);
        return;
    }
    for (size_t i = 0; i < len; i++) {
        if (line->in_len == sizeof line->in) {
            forbid(line, 0, line->in, 64);
            line->in_len = 0;
        }
        line->in[line->in_len++] = bytes[i];
        if (line->in_len < 8) {
            continue;
        }
        if (memcmp(line->in, "\x50\x50\x82\x7d", 4) != 0) {
            forbid(line, 0, line->in, line->in_len);
            line->in_len = 0;
            continue;
        }
        uint32_t packet = read32(line->in + 4);
        if (packet > sizeof line->in - 8) {
            forbid(line, 0, line->in, line->in_len);
            line->in_len = 0;
        } else if (line->in_len == packet + 8) {
            line->in_len = 0;
            take_packet(line, line->in + 8, packet, wall);
        }
    }
}

void pulled_punch(struct pulled *terminal, struct pulled_line *line)
{
    if (line != NULL && line->live) {
        event(line, terminal->records);
    }
    terminal->records++;
}

void pulled_begin(struct pulled *terminal, const struct pulled_plan *plan)
{
    memset(terminal, 0, sizeof *terminal);
    terminal->plan = *plan;
    struct pulled_plan *own = &terminal->plan;
    own->serial = own->serial != NULL ? own->serial : "PUL1234567";
    own->mac = own->mac != NULL ? own->mac : "00:17:61:0a:0B:0c";
    own->layout = own->layout != 0 ? own->layout : 40;
    own->user_size = own->user_size != 0 ? own->user_size : 72;
    own->records = own->records == PULLED_NONE ? 0 : own->records != 0 ? own->records : 100;
    own->capacity = own->capacity != 0 ? own->capacity : 100000;
    own->users = own->users != 0 ? own->users : 7;
    own->start = own->start != 0 ? own->start : 1790000000;
    own->interval_s = own->interval_s != 0 ? own->interval_s : 37;
    own->data_piece = own->data_piece != 0 ? own->data_piece : 1024;
    terminal->records = own->records;
}
