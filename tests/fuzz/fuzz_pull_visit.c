/*
 * pull_visit: the input is all that happens to a visit: a byte of flags, then steps of a byte each:
 * bytes that arrive (as they are, or as a sound packet that answers), time that passes, the end of
 * the line, a stop.
 */
#include "fuzz.h"
#include "pull/frame.h"
#include "pull/pull.h"

enum { DATA_MAX = 2048 };

static uint64_t spooled[VISIT_TABLES];

static bool spool(void *context, enum visit_table table, uint64_t offset, const uint8_t *bytes,
                  size_t len, struct error *err)
{
    (void)context;
    MUST(table < VISIT_TABLES && (len == 0 || bytes != NULL));
    if (offset + len > (64u << 20) + 4) {
        MUST(false);
    }
    if (spooled[table] < offset + len) {
        spooled[table] = offset + len;
    }
    return len != 13 || error_set(err, ERR_FULL, 0, "the disk is full");
}

static void live(void *context, const struct visit_row *row)
{
    (void)context;
    must_be_punch(&row->punch, NULL);
}

static void watch(void *context, enum visit_side side, const uint8_t *bytes, size_t len)
{
    (void)context;
    MUST(side == VISIT_SENT || side == VISIT_RECEIVED);
    MUST(bytes != NULL && len >= PULL_HEAD);
}

/* Only what may be asked leaves. */
static uint16_t check_out(struct visit *visit, uint16_t *command)
{
    static const uint16_t allowed[] = {9,    11,   13,   50,   201,  202,  500, 1000,
                                       1001, 1100, 1102, 1502, 1503, 1504, 2000};
    uint16_t reply = 0;
    size_t at = 0;
    MUST(visit->out_len <= sizeof visit->out);
    while (at < visit->out_len) {
        struct pull_frame frame;
        size_t used = visit->out_len;
        bool known = false;
        MUST(visit->order.datagrams
                 ? pull_read(visit->out, visit->out_len, &frame)
                 : pull_next(visit->out + at, visit->out_len - at, &frame, &used) == PULL_WHOLE);
        MUST(frame.sound);
        for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++) {
            known = known || allowed[i] == frame.code;
        }
        MUST(known && (frame.code != 202 || visit->order.set_clock || visit->facts.clock_set));
        if (frame.code != PULL_OK) {
            reply = frame.reply;
            *command = frame.code;
        }
        at += used;
    }
    visit->out_len = 0;
    return reply;
}

/* A packet that answers, with the input's code and data. */
static size_t answer(const struct visit *visit, uint16_t reply, uint16_t code, const uint8_t *data,
                     size_t len, uint8_t *out)
{
    static const uint8_t prefix[4] = {0x50, 0x50, 0x82, 0x7d};
    uint8_t *packet = visit->order.datagrams ? out : out + PULL_PREFIX;
    uint8_t head[PULL_HEAD] = {(uint8_t)code,  (uint8_t)(code >> 8), 0, 0, 0xa0, 0x6b,
                               (uint8_t)reply, (uint8_t)(reply >> 8)};
    size_t all = PULL_HEAD + len;
    memcpy(packet, head, sizeof head);
    if (len > 0) {
        memcpy(packet + PULL_HEAD, data, len);
    }
    uint16_t sum = pull_checksum(packet, all);
    packet[2] = (uint8_t)sum;
    packet[3] = (uint8_t)(sum >> 8);
    if (visit->order.datagrams) {
        return all;
    }
    memcpy(out, prefix, sizeof prefix);
    out[4] = (uint8_t)all;
    out[5] = (uint8_t)(all >> 8);
    out[6] = out[7] = 0;
    return PULL_PREFIX + all;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint16_t codes[] = {2000, 1501, 1500, 2005, 2001, 6001, 4989, 65535, 500, 1};
    static uint8_t packet[PULL_PREFIX + PULL_HEAD + DATA_MAX];
    struct visit *visit = calloc(1, pull_protocol.size);
    int64_t now = 1000;
    uint16_t reply = 0;
    uint16_t command = 0;
    MUST(visit != NULL);
    if (size == 0) {
        free(visit);
        return 0;
    }
    memset(spooled, 0, sizeof spooled);
    visit->protocol = &pull_protocol;
    visit->order.purpose = (enum visit_purpose)(data[0] % 3);
    visit->order.datagrams = (data[0] & 4) != 0;
    visit->order.details = (data[0] & 8) != 0;
    visit->order.users = (data[0] & 16) != 0;
    visit->order.live = (data[0] & 32) != 0;
    visit->order.set_clock = (data[0] & 64) != 0;
    visit->order.read_count = data[0] & 128 ? 5 : -1;
    visit->order.wall_offset_s = 1795795200;
    visit->sink = (struct visit_sink){NULL, spool, live, watch};
    pull_protocol.begin(visit, now);
    size_t at = 1;
    while (at < size && visit->outcome == VISIT_RUNNING) {
        uint8_t step = data[at++];
        uint16_t told = check_out(visit, &command);
        reply = told != 0 || command != 0 ? told : reply;
        size_t len = at < size ? data[at] * (step & 16 ? 8u : 1u) : 0;
        at += at < size;
        len = len < size - at ? len : size - at;
        switch (step % 8) {
        case 0:
            now = visit->deadline_ms > now ? visit->deadline_ms : now;
            pull_protocol.late(visit, now);
            break;
        case 1:
            now += 100;
            pull_protocol.late(visit, now);
            break;
        case 2:
            pull_protocol.take(visit, data + at, len, now);
            at += len;
            break;
        case 3:
            if (step > 250) {
                pull_protocol.lost(visit, "gone", now);
            } else if (step > 240) {
                pull_protocol.stop(visit, now);
            }
            break;
        default: {
            uint16_t code = codes[step / 8 % (sizeof codes / sizeof codes[0])];
            size_t part = len < DATA_MAX ? len : DATA_MAX;
            size_t all = answer(visit, reply, code, data + at, part, packet);
            pull_protocol.take(visit, packet, all, now);
            at += part;
        }
        }
        now++;
        MUST(visit->outcome != VISIT_RUNNING || visit->deadline_ms > 0);
    }
    (void)check_out(visit, &command);
    /* Left alone, it ends: its deadlines bring it there. */
    for (int i = 0; i < 2000 && visit->outcome == VISIT_RUNNING; i++) {
        now = visit->deadline_ms > now ? visit->deadline_ms : now;
        pull_protocol.late(visit, now);
        (void)check_out(visit, &command);
    }
    MUST(visit->outcome != VISIT_RUNNING);
    MUST(visit->outcome > VISIT_READ || visit->why[0] == '\0');
    if (visit->outcome == VISIT_READ) {
        MUST(visit->table_len[VISIT_RECORDS] >= 4);
        MUST(visit->table_len[VISIT_RECORDS] == 4 ||
             spooled[VISIT_RECORDS] >= visit->table_len[VISIT_RECORDS]);
    }
    pull_protocol.end(visit);
    free(visit);
    return 0;
}
