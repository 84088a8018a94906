/*
 * pulled: one simulated terminal of those that are read on port 4370, and how it may misbehave.
 *
 * A reading of the protocol of its own: it shares no code with shared/pull. It checks each byte
 * that it is sent: a command outside of the list that a reader may send, or one of the list with
 * other arguments, is written to `forbidden` and is for whoever runs it to fail by.
 *
 * No I/O and no clock: bytes in, frames out by a callback, so that the same terminal answers on
 * sockets (pulled_main.c) and within a unit test. Record n is a function of n alone.
 */
#ifndef TERMINAL_PULLED_H
#define TERMINAL_PULLED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PULLED_FRAGMENTS = 1 << 0,    /* data in pieces of 1008 bytes */
    PULLED_NO_SESSION = 1 << 1,   /* data bears session 0, the closing 2000 the size instead */
    PULLED_SHORT_HEAD = 1 << 2,   /* the 1500 has 4 bytes */
    PULLED_EVENTS = 1 << 3,       /* an event between any two frames */
    PULLED_BARE_DATA = 1 << 4,    /* a chunk is one 1501 and nothing else */
    PULLED_SPLIT_DIRECT = 1 << 5, /* a small table comes in two */
    PULLED_HALF_DIRECT = 1 << 6,  /* of which the second never comes */
    PULLED_GROW_BEFORE = 1 << 7,  /* a punch between the count and the read */
    PULLED_GROW_AFTER = 1 << 8,   /* and one after it */
    PULLED_ODD_TOTAL = 1 << 9,    /* three bytes more than whole records */
    PULLED_COUNT_MORE = 1 << 10,  /* says that it holds three more */
    PULLED_COUNT_ZERO = 1 << 11,
    PULLED_BAD_DATES = 1 << 12,    /* records 1, 3 and 5 have 0, 31 June and 2071 */
    PULLED_KEY_ALWAYS = 1 << 13,   /* no key is right */
    PULLED_REFUSES = 1 << 14,      /* 6001 to CONNECT */
    PULLED_ACCESS = 1 << 15,       /* 4989 to the log */
    PULLED_PLAIN = 1 << 16,        /* 65535 to chunks */
    PULLED_NO_OPTIONS = 1 << 17,   /* 2001 to each option */
    PULLED_BAD_CHECKSUM = 1 << 18, /* in data, each */
    PULLED_BAD_MAGIC = 1 << 19,
    PULLED_BAD_LENGTH = 1 << 20,    /* 0xffffffff before a packet */
    PULLED_HUGE = 1 << 21,          /* announces 4 GiB */
    PULLED_NO_SERIAL = 1 << 22,     /* it is empty */
    PULLED_NO_ECHO = 1 << 23,       /* answers bear a reply id of their own */
    PULLED_PANEL = 1 << 24,         /* it is a door controller */
    PULLED_MISCOUNT = 1 << 25,      /* capacity less count is not free */
    PULLED_NO_FREE_SIZES = 1 << 26, /* no counts */
};

#define PULLED_NONE UINT32_MAX

/* What is 0 (or NULL) has a default, given in brackets. */
struct pulled_plan {
    const char *serial; /* [PUL1234567] */
    const char *mac;    /* [00:17:61:0a:0B:0c] */
    uint32_t key;       /* 0 and not wants_key: none */
    bool wants_key;
    unsigned layout;    /* 81 (8-A), 82 (8-B), 16, 22, [40], 49 */
    unsigned user_size; /* 28 or [72] */
    uint32_t records;   /* [100]; PULLED_NONE */
    uint32_t capacity;  /* [100000] */
    uint32_t users;     /* [7] */
    int64_t start;      /* of record 0, seconds since 1970 of its wall clock [1790000000] */
    int64_t interval_s; /* [37] */
    uint32_t faults;
    unsigned mute_at, close_at, cut_at; /* the command at which it does; 0 = never */
    unsigned data_piece;                /* by UDP, bytes in a datagram [1024] */
};

struct pulled {
    struct pulled_plan plan;
    uint32_t records; /* now */
    uint16_t sessions;
    uint64_t commands;
    uint64_t whole_reads; /* of the log, begun */
    char forbidden[256];  /* the first command that may not be sent; "" = none */
};

/* One connection, or one peer's datagrams. */
struct pulled_line {
    struct pulled *terminal;
    bool datagrams;
    void (*send)(void *context, const uint8_t *bytes, size_t len); /* a frame each */
    void *context;

    bool open;   /* CONNECT was answered */
    bool proven; /* so was the key */
    bool live;
    bool dead;   /* says no more */
    bool closed; /* and is to be closed */
    uint16_t session, reply, own_reply;
    unsigned table; /* made ready: 13 or 9; 0 = none */
    uint32_t table_records;
    bool grown;
    bool cut;
    uint8_t in[1024];
    size_t in_len;
};

void pulled_begin(struct pulled *terminal, const struct pulled_plan *plan);

/* Zero the line first and set its first four. wall: its clock as it should be. */
void pulled_take(struct pulled_line *line, const uint8_t *bytes, size_t len, int64_t wall);

/* A punch is made: told on the line if that is live. */
void pulled_punch(struct pulled *terminal, struct pulled_line *line);

/* What record n says. */
uint32_t pulled_user(const struct pulled *terminal, uint32_t n); /* user id, a number */
int64_t pulled_time(const struct pulled *terminal, uint32_t n);

#endif
