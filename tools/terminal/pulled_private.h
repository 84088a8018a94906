/*
 * pulled_private: what the pulled*.c files share: numbers as they are on the line, and tables.
 */
#ifndef TERMINAL_PULLED_PRIVATE_H
#define TERMINAL_PULLED_PRIVATE_H

#include "pulled.h"

static inline void le16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value & 255);
    at[1] = (uint8_t)(value >> 8 & 255);
}

static inline void le32(uint8_t *at, uint32_t value)
{
    le16(at, value & 65535);
    le16(at + 2, value >> 16);
}

static inline uint32_t read32(const uint8_t *at)
{
    return at[0] + 256u * at[1] + 65536u * at[2] + 16777216u * at[3];
}

static inline unsigned read16(const uint8_t *at)
{
    return at[0] + 256u * at[1];
}

/* A wall clock's seconds as the terminal counts them. */
uint32_t pulled_stamp(int64_t wall);

/* Of a table (13: the log, 9: the users), and bytes [start, start + len) of it. */
uint32_t pulled_table_size(const struct pulled_line *line, unsigned table);
void pulled_table_fill(const struct pulled_line *line, unsigned table, uint32_t start, uint32_t len,
                       uint8_t *out);

#endif
