/*
 * fkpulled: one simulated terminal of the FK family on TCP port 5005, and how it may misbehave.
 *
 * A reading of the protocol of its own: it shares no code with shared/fk. It checks each byte that
 * it is sent: a command outside of the list that a reader may send, or one of the list with other
 * arguments, is written to `forbidden` and is for whoever runs it to fail by.
 *
 * No I/O and no clock: bytes in, bytes out by a callback, so that the same terminal answers on
 * sockets (fkpulled_main.c) and within a unit test. Record n is a function of n alone.
 */
#ifndef TERMINAL_FKPULLED_H
#define TERMINAL_FKPULLED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FKPULLED_STALE_ACK = 1 << 0,    /* an acknowledgement of another question before each */
    FKPULLED_BAD_SUM = 1 << 1,      /* of each answer */
    FKPULLED_SHORT_PAGE = 1 << 2,   /* the second page lacks its last byte */
    FKPULLED_GROW = 1 << 3,         /* a punch between the count and the records */
    FKPULLED_SHRINK = 1 << 4,       /* the log is cleared while it is read */
    FKPULLED_NO_CLASS = 1 << 5,     /* 13 and C3 are not known to it */
    FKPULLED_NO_OPEN = 1 << 6,      /* nor 80, which it does not answer */
    FKPULLED_NO_SERIAL = 1 << 7,    /* it is empty */
    FKPULLED_BAD_DATES = 1 << 8,    /* every fifth record: 1900, 31 June, 2099 in turn */
    FKPULLED_GARBAGE = 1 << 9,      /* records of bytes that mean nothing */
    FKPULLED_HTTP = 1 << 10,        /* it is another server altogether */
    FKPULLED_TWO_FIT = 1 << 11,     /* records of 12 bytes that are 12-B and 12-C */
    FKPULLED_HUGE = 1 << 12,        /* says that it holds 2^32 - 1 */
    FKPULLED_SMALL_PAGES = 1 << 13, /* of 512 bytes, as its version says */
};

/* What is 0 (or NULL) has a default, given in brackets. */
struct fkpulled_plan {
    const char *serial; /* [FKT1234567] */
    uint32_t password;  /* 0: none */
    unsigned layout;    /* 121 (12-A), 122 (12-B), 123 (12-C), 20, 32, [48] */
    uint32_t records;   /* [100]; FKPULLED_NONE */
    uint32_t capacity;  /* [200000] */
    int64_t start;      /* of record 0, seconds since 1970 of its wall clock [1790000000] */
    int64_t interval_s; /* [37] */
    int64_t clock;      /* what it shows [1795694400, 2026-11-26 12:00:00] */
    unsigned faults;
    unsigned mute_at, close_at, cut_at, refuse_at; /* the command at which it does; 0 = never */
};

#define FKPULLED_NONE UINT32_MAX

struct fkpulled {
    struct fkpulled_plan plan;
    uint32_t records; /* now */
    uint64_t commands;
    uint64_t whole_reads; /* of the log, begun */
    bool clock_set;
    char forbidden[128]; /* the first command that may not be sent; "" = none */
};

struct fkpulled_line {
    struct fkpulled *terminal;
    void *context;
    void (*send)(void *context, const uint8_t *bytes, size_t len);
    bool opened;
    bool closed; /* by the terminal */
    size_t have;
    uint8_t bytes[64];
};

void fkpulled_begin(struct fkpulled *terminal, const struct fkpulled_plan *plan);

/* A connection is there. */
void fkpulled_accept(struct fkpulled_line *line, struct fkpulled *terminal);

/* Bytes arrive on it; it may answer by line->send, and may close. */
void fkpulled_take(struct fkpulled_line *line, const uint8_t *bytes, size_t len);

/* Record n as bytes; returns its size. user[33]: whose it is, *time: when; "" when it is none. */
size_t fkpulled_record(const struct fkpulled_plan *plan, uint32_t n, uint8_t bytes[48],
                       char user[33], int64_t *time);

#endif
