/*
 * visit: a conversation with a terminal on its own port, without I/O and without a clock.
 *
 * Terminals that cannot push are visited. Two protocols do it: pull (port 4370) and fk (5005); each
 * is a struct visit_protocol. Whoever drives a visit (the service, hipctl, a test, a fuzzer) owns
 * the socket, the clock and the files, hands in what arrives, sends what the visit wants sent, and
 * comes back at its deadline. A visit never blocks, and its memory does not grow with what it
 * reads: a table's bytes go to a spool as they come.
 *
 * What was read is judged afterwards, whole, from the spool: which layout it has, and then row by
 * row what is a punch and what is set aside. Nothing is taken of a table that does not come out.
 *
 * Driving one:
 *     visit = calloc(1, protocol->size); fill protocol, order, sink; protocol->begin(visit, now);
 *     while (visit->outcome == VISIT_RUNNING) {
 *         send visit->out[0 … out_len), then out_len = 0 (it is at most one datagram);
 *         wait until visit->deadline_ms for bytes;
 *         protocol->take(...), protocol->late(...) or protocol->lost(...)
 *     }
 *     protocol->end(visit); free(visit);
 * After the last step out_len may still be more than 0: a farewell, to be sent before closing.
 *
 * All times _ms are of one steady clock. Portable; a visit belongs to one thread at a time.
 */
#ifndef HIPBRIDGE_VISIT_H
#define HIPBRIDGE_VISIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "record/punch.h"

enum {
    VISIT_OUT_MAX = 256,    /* nothing that is sent is longer: this side only asks */
    VISIT_TEXT_MAX = 64,    /* of a terminal's words about itself, with the terminator */
    VISIT_WHY_MAX = 256,    /* with the terminator */
    VISIT_LIMIT_S = 10 * 60 /* of a visit as a whole, but for a live one */
};

/* How a visit ended. */
enum visit_outcome {
    VISIT_RUNNING,
    VISIT_UNCHANGED,  /* who it is and its counts are known; there was nothing new to read */
    VISIT_READ,       /* and its records are in the spool: now to be judged */
    VISIT_INCOMPLETE, /* it broke off: nothing is to be taken, a later visit may do */
    VISIT_SILENT,     /* nobody answered, or not in this protocol's way */
    VISIT_KEY,        /* the communication key was refused */
    VISIT_REFUSED,    /* it answers, but will not be read this way; facts.refusal has its number */
    VISIT_STRANGER,   /* another serial number than the one that must answer */
    VISIT_STOPPED,    /* by `stop` */
};

enum visit_purpose {
    VISIT_POLL,  /* reads its records when their number has changed */
    VISIT_LOOK,  /* who it is and how much it holds; reads no table */
    VISIT_WHOLE, /* reads them in any case */
};

enum visit_table { VISIT_RECORDS, VISIT_USERS, VISIT_TABLES };

/* What is wanted of a visit. */
struct visit_order {
    enum visit_purpose purpose;
    bool datagrams;            /* UDP: each `take` is a datagram, each `out` will be one */
    bool details;              /* firmware and model are asked for too */
    bool users;                /* the list of users too, where the protocol has one */
    bool live;                 /* after the read, stay and hand over punches as they are made */
    bool set_clock;            /* a person ordered it: the terminal's clock is set to ours */
    uint32_t key;              /* the communication key, 0 = none */
    char sn[PUNCH_SN_MAX + 1]; /* who must answer; "" = whoever does */
    int64_t read_count;        /* its records that were read last; -1 = never read */
    /* The terminal's wall clock as it should be is now_ms / 1000 + this (a walltime). */
    int64_t wall_offset_s;
};

/* What the terminal said, as far as the visit came. Numbers that it did not say are -1. */
struct visit_facts {
    char sn[PUNCH_SN_MAX + 1]; /* "" = it said none that can be used */
    char firmware[VISIT_TEXT_MAX];
    char model[VISIT_TEXT_MAX];
    char platform[VISIT_TEXT_MAX];
    char mac[VISIT_TEXT_MAX];
    int64_t before, after; /* records that it held before and after the read */
    int64_t capacity;      /* for records */
    int64_t users;
    bool has_clock;
    walltime clock;         /* its wall clock, when asked */
    int64_t clock_ahead_s;  /* of what it should be */
    bool clock_set;         /* as ordered */
    unsigned refusal;       /* the number by which it refused; 0 = none */
    unsigned refused;       /* the command that it refused with it */
    uint64_t bytes;         /* of records received */
    uint64_t bad_checksums; /* in frames, */
    uint64_t dropped;       /* and frames that belonged to nothing */
    uint64_t repeats;       /* questions asked again */
    int64_t heard_ms;       /* when it last said anything; 0 = never */
    uint64_t live_punches;  /* handed over, */
    uint64_t live_unclear;  /* and events that only say: read again */
};

/* A row of a table, or a punch as it is made. */
struct visit_row {
    struct punch punch; /* time, user and all; raw is always there */
    const char *reason; /* NULL = a punch; else it is set aside, and why in the user's words */
};

enum visit_side { VISIT_SENT, VISIT_RECEIVED };

/* Where things go. */
struct visit_sink {
    void *context;
    /* Bytes of a table, at their place in it; a chunk that is asked for again comes to the same
     * place. False ends the visit (VISIT_INCOMPLETE) with the error's words. */
    bool (*spool)(void *context, enum visit_table table, uint64_t offset, const uint8_t *bytes,
                  size_t len, struct error *err);
    /* A live punch. The row is the visit's own. */
    void (*live)(void *context, const struct visit_row *row);
    /* Each frame as it was on the line, with secrets masked; NULL: nobody wants to know. */
    void (*frame)(void *context, enum visit_side side, const uint8_t *bytes, size_t len);
};

struct visit_protocol;

/* The head of each protocol's state. */
struct visit {
    const struct visit_protocol *protocol; /* these three by the driver */
    struct visit_order order;
    struct visit_sink sink;

    enum visit_outcome outcome; /* the rest by the visit */
    char why[VISIT_WHY_MAX];    /* in the user's words; "" when it went well */
    struct visit_facts facts;
    uint64_t table_len[VISIT_TABLES]; /* bytes in the spool, of a table that is whole; else 0 */
    uint8_t out[VISIT_OUT_MAX];       /* to be sent now */
    size_t out_len;
    int64_t deadline_ms; /* call `late` when it has come */
    bool living;         /* the read is over and may be judged while the visit stays, live */
};

/* A spool, to be read. */
struct visit_spool {
    void *context;
    bool (*read)(void *context, enum visit_table table, uint64_t offset, uint8_t *bytes, size_t len,
                 struct error *err);
};

/* Whose a slot of the terminal's user list was at that time: "" with a reason where nobody can
 * say. Only protocols whose records name slots ask. */
struct visit_people {
    void *context;
    const char *(*user)(void *context, uint32_t slot, walltime time, const char **reason);
};

struct visit_judging {
    const struct visit_spool *spool;
    const struct visit_people *people;
    walltime now;    /* the terminal's wall clock; records from after it are nonsense */
    unsigned layout; /* that it has shown before; 0 = none */
};

struct visit_verdict {
    bool sound;              /* the table came out; else nothing may be taken */
    bool unsure;             /* not sound, but reading it once more may do */
    unsigned layout;         /* name of the layout; the protocol's own numbers */
    uint64_t rows;           /* in the table */
    uint64_t aside;          /* of them, those that are no punch */
    char why[VISIT_WHY_MAX]; /* when not sound, in the user's words */
};

struct visit_protocol {
    const char *name; /* as in config.json */
    size_t size;      /* of its state */
    void (*begin)(struct visit *visit, int64_t now_ms);
    /* Bytes arrived: of the stream as they come, or one datagram. */
    void (*take)(struct visit *visit, const uint8_t *bytes, size_t len, int64_t now_ms);
    /* The deadline has come. */
    void (*late)(struct visit *visit, int64_t now_ms);
    /* The connection could not be made or is gone; why: the system's words. */
    void (*lost)(struct visit *visit, const char *why, int64_t now_ms);
    /* End soon and politely: VISIT_STOPPED, with a farewell in `out`. */
    void (*stop)(struct visit *visit, int64_t now_ms);
    /* Frees what the visit holds, not the visit. */
    void (*end)(struct visit *visit);

    /*
     * After VISIT_READ (or living): whether the table came out, and as what. `each` is called for
     * each row, in the table's order, by `rows` alone, from record *at on (0 at first), and may end
     * it by false, with an error or without; *at is then the record that it was given last, and
     * past the last one when there are no more. False: the spool could not be read, or `each` said
     * so.
     */
    bool (*judge)(const struct visit *visit, const struct visit_judging *judging,
                  struct visit_verdict *verdict, struct error *err);
    bool (*rows)(const struct visit *visit, const struct visit_judging *judging,
                 const struct visit_verdict *verdict, uint64_t *at,
                 bool (*each)(void *context, const struct visit_row *row, struct error *err),
                 void *context, struct error *err);
    /* Each slot of the list of users, where one was read; NULL: the protocol has none. */
    bool (*people)(const struct visit *visit, const struct visit_spool *spool,
                   bool (*each)(void *context, uint32_t slot, const char *user, const char *name,
                                struct error *err),
                   void *context, struct error *err);
};

#endif
