/*
 * fkframe: what goes to a terminal of the FK family on TCP port 5005, and what comes back, as
 * bytes. Sources: ../docs/protocol.md, "The FK family".
 *
 * The questions that can be written are those of enum fkframe_command: none of them locks, changes
 * or clears a terminal, but for its clock, which a person has ordered. There is no way to write
 * another one.
 *
 * Nothing here allocates, blocks or fails. Any thread.
 */
#ifndef HIPBRIDGE_FKFRAME_H
#define HIPBRIDGE_FKFRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/walltime.h"

enum {
    FKFRAME_ASK_SIZE = 16,
    FKFRAME_ACK_SIZE = 10,
    FKFRAME_MARK_SIZE = 2, /* before data, */
    FKFRAME_SUM_SIZE = 4,  /* and after it */
    FKFRAME_CLOCK_SIZE = 8,
    FKFRAME_SET_CLOCK_SIZE = FKFRAME_ASK_SIZE + FKFRAME_MARK_SIZE + FKFRAME_CLOCK_SIZE + 2,
    FKFRAME_DATA_MAX = 1024, /* bytes of one answer */
    FKFRAME_PAGES_MAX = 65536,
};

enum fkframe_command {
    FKFRAME_INFO = 0x13,
    FKFRAME_OPEN = 0x80,
    FKFRAME_RECORDS = 0xa4,
    FKFRAME_CLOCK = 0xb2,
    FKFRAME_COUNT = 0xb4,
    FKFRAME_SERIAL = 0xc3,
};

/* A question that wants `len` bytes of data; 0: the acknowledgement alone. */
void fkframe_ask(enum fkframe_command command, uint32_t p1, uint32_t p2, uint16_t len, uint16_t seq,
                 uint8_t out[FKFRAME_ASK_SIZE]);

/* The one order: sets its clock. */
void fkframe_set_clock(walltime time, uint16_t seq, uint8_t out[FKFRAME_SET_CLOCK_SIZE]);

/* p2 of a page of records; page 0 has their number. */
uint32_t fkframe_page(uint32_t page, uint32_t records);

struct fkframe_ack {
    bool fine;
    uint32_t status; /* a value, or the error's number */
    uint16_t seq;
};

/* False: these are no acknowledgement. */
bool fkframe_ack_read(const uint8_t bytes[FKFRAME_ACK_SIZE], struct fkframe_ack *ack);

/* Of data with its mark before it and its sum after it: whether the sum holds. False as well when
 * it has no mark. */
bool fkframe_is_marked(const uint8_t *data);
bool fkframe_sum_holds(const uint8_t *data, size_t len);

/* Its clock, of FKFRAME_CLOCK_SIZE bytes; false when it shows no time that can be. */
bool fkframe_clock_read(const uint8_t *bytes, walltime *time);

uint16_t fkframe_u16(const uint8_t *at);
uint32_t fkframe_u32(const uint8_t *at);

#endif
