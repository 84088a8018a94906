#include "fk/fkframe.h"

#include <string.h>

enum { MACHINE = 1 };

uint16_t fkframe_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] | at[1] << 8);
}

uint32_t fkframe_u32(const uint8_t *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static void put(uint8_t *at, uint32_t value, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        at[i] = (uint8_t)(value >> 8 * i);
    }
}

static void head(unsigned command, uint32_t p1, uint32_t p2, uint16_t len, uint16_t seq,
                 uint8_t *out)
{
    out[0] = 0x55;
    out[1] = 0xaa;
    out[2] = MACHINE;
    out[3] = (uint8_t)command;
    put(out + 4, p1, 4);
    put(out + 8, p2, 4);
    put(out + 12, len, 2);
    put(out + 14, seq, 2);
}

void fkframe_ask(enum fkframe_command command, uint32_t p1, uint32_t p2, uint16_t len, uint16_t seq,
                 uint8_t out[FKFRAME_ASK_SIZE])
{
    head(command, p1, p2, len, seq, out);
}

void fkframe_set_clock(walltime time, uint16_t seq, uint8_t out[FKFRAME_SET_CLOCK_SIZE])
{
    enum { SET_CLOCK = 0xb3, DAY_S = 86400, THURSDAY = 4 }; /* 1970-01-01 was one; Sunday is 0 */
    struct civil civil;
    uint8_t *data = out + FKFRAME_ASK_SIZE;
    walltime_to_civil(time, &civil);
    head(SET_CLOCK, 0, 0, FKFRAME_CLOCK_SIZE, seq, out);
    data[0] = 0x55;
    data[1] = 0xaa;
    put(data + 2, (uint32_t)civil.year, 2);
    data[4] = (uint8_t)civil.month;
    data[5] = (uint8_t)civil.day;
    data[6] = (uint8_t)((time / DAY_S + THURSDAY) % 7);
    data[7] = (uint8_t)civil.hour;
    data[8] = (uint8_t)civil.minute;
    data[9] = (uint8_t)civil.second;
    data[10] = data[11] = 0;
}

uint32_t fkframe_page(uint32_t page, uint32_t records)
{
    return page == 0 ? records : page << 16;
}

bool fkframe_ack_read(const uint8_t bytes[FKFRAME_ACK_SIZE], struct fkframe_ack *ack)
{
    ack->fine = bytes[3] == 1;
    ack->status = fkframe_u32(bytes + 4);
    ack->seq = fkframe_u16(bytes + 8);
    return bytes[0] == 0xaa && bytes[1] == 0x55 && bytes[3] <= 1;
}

bool fkframe_is_marked(const uint8_t *data)
{
    return data[0] == 0x55 && data[1] == 0xaa;
}

bool fkframe_sum_holds(const uint8_t *data, size_t len)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < FKFRAME_MARK_SIZE + len; i++) {
        sum += data[i];
    }
    return sum == fkframe_u32(data + FKFRAME_MARK_SIZE + len);
}

bool fkframe_clock_read(const uint8_t *bytes, walltime *time)
{
    const struct civil civil = {
        .year = fkframe_u16(bytes),
        .month = bytes[2],
        .day = bytes[3],
        .hour = bytes[5],
        .minute = bytes[6],
        .second = bytes[7],
    };
    return walltime_from_civil(&civil, time);
}
