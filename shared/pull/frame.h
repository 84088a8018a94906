/*
 * frame: packets of the pull protocol (port 4370): what may be asked, and what comes back.
 *
 * A packet is command, checksum, session id and reply id, each a little-endian u16, and data. By
 * UDP it is a datagram; by TCP eight bytes go before it: 50 50 82 7d and the packet's length.
 *
 * What can be sent is the list enum pull_ask and nothing else: no function here, or anywhere,
 * takes a command's number. Nothing on the list locks, changes or clears a terminal but
 * PULL_SET_TIME, which only a person's order brings about.
 *
 * Pure; any thread. Sources: docs/protocol.md.
 */
#ifndef HIPBRIDGE_PULL_FRAME_H
#define HIPBRIDGE_PULL_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "base/walltime.h"

enum {
    PULL_PREFIX = 8, /* by TCP, before each packet */
    PULL_HEAD = 8,   /* of a packet, before its data */
    PULL_ASK_MAX = PULL_PREFIX + PULL_HEAD + 48,
    PULL_FRAME_MAX = 1 << 20, /* longest packet that is believed */
    PULL_KEY_MAX = 999999,
};

/* Answers, and the packets of a transfer. */
enum pull_code {
    PULL_EVENT = 500,
    PULL_ANNOUNCE = 1500, /* u32 bytes that follow, u32 of no known meaning */
    PULL_DATA = 1501,
    PULL_OK = 2000,
    PULL_ERROR = 2001,
    PULL_KEY_WANTED = 2005,
    PULL_NO_RECORDS = 4989,   /* access-control mode: punches are in another table */
    PULL_NEW_FIRMWARE = 6001, /* refuses this protocol altogether */
    PULL_UNKNOWN = 65535,
};

enum pull_ask {
    PULL_CONNECT,
    PULL_AUTH,
    PULL_EXIT,
    PULL_OPTION,          /* a setting by its name */
    PULL_VERSION,         /* of the firmware */
    PULL_TIME,            /* its clock */
    PULL_SIZES,           /* how many users and records it holds */
    PULL_PREPARE_RECORDS, /* a table is made ready to be read in chunks; */
    PULL_PREPARE_USERS,
    PULL_CHUNK,         /* a part of it; */
    PULL_RELEASE,       /* and its buffer is given back */
    PULL_PLAIN_RECORDS, /* a table at once, by those that know no chunks */
    PULL_PLAIN_USERS,
    PULL_EVENTS,      /* punches are told as they are made */
    PULL_EVENT_TAKEN, /* and acknowledged */
    PULL_SET_TIME,    /* by a person's order alone */
    PULL_ASKS,
};

/* What an ask needs beside its name; those that are not its own are passed over. */
struct pull_asking {
    enum pull_ask ask;
    bool datagram;    /* without the prefix */
    uint16_t session; /* id; 0 with PULL_CONNECT */
    uint16_t reply;   /* id */
    uint32_t key;     /* AUTH */
    const char *name; /* OPTION: ASCII, at most 32 bytes */
    uint32_t start;   /* CHUNK */
    uint32_t count;
    walltime time; /* SET_TIME: year 2000 … 2133 */
};

/* The number under which it goes out: for words and tests. */
uint16_t pull_command(enum pull_ask ask);

/* Writes the packet, with its prefix unless it is a datagram; returns its length. */
size_t pull_write(const struct pull_asking *asking, uint8_t out[PULL_ASK_MAX]);

/* A packet that came in. Borrowed from the bytes it was read from. */
struct pull_frame {
    uint16_t code;
    uint16_t session;
    uint16_t reply;
    bool sound; /* its checksum is right */
    const uint8_t *data;
    size_t len; /* of data */
};

/* A packet without prefix; false when it is too short or too long for one. */
bool pull_read(const uint8_t *bytes, size_t len, struct pull_frame *frame);

/*
 * The next packet of a stream's first `len` bytes, prefix and all.
 * PULL_WHOLE: *used bytes make it; PULL_PART: more must come, *used at least in all (0: not known
 * yet); PULL_BROKEN: these bytes are no such stream, and no later ones are looked for.
 */
enum pull_found { PULL_WHOLE, PULL_PART, PULL_BROKEN };
enum pull_found pull_next(const uint8_t *bytes, size_t len, struct pull_frame *frame, size_t *used);

/* Over the packet as it is sent, its checksum field taken as 0. */
uint16_t pull_checksum(const uint8_t *packet, size_t len);

/* The four bytes that prove the key for this session. */
void pull_scramble(uint32_t key, uint16_t session, uint8_t out[4]);

/* Times as the terminal counts them: every month has 31 slots, so that some name no day. */
bool pull_time(uint32_t stamp, walltime *time); /* false: no such day */
uint32_t pull_stamp(walltime time);

uint16_t pull_u16(const uint8_t *at);
uint32_t pull_u32(const uint8_t *at);

/* How much it holds: what PULL_SIZES brings. Numbers that are not there are -1; where the
 * terminal's own sum does not come out (capacity - records = free), all are. */
struct pull_sizes {
    int64_t users, records, user_capacity, capacity;
};
void pull_read_sizes(const uint8_t *data, size_t len, struct pull_sizes *sizes);

/* The value of "name=value" up to its NUL, trimmed; empty where there is none. */
struct span pull_option(const uint8_t *data, size_t len);

#endif
