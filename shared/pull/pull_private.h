/*
 * pull_private: what the pull*.c files share, and nobody else.
 */
#ifndef HIPBRIDGE_PULL_PRIVATE_H
#define HIPBRIDGE_PULL_PRIVATE_H

#include "pull/frame.h"
#include "pull/pull.h"
#include "pull/records.h"

enum pull_step {
    STEP_CONNECT,
    STEP_AUTH,
    STEP_SERIAL,
    STEP_MAC, /* where it told no serial number */
    STEP_VERSION,
    STEP_MODEL,
    STEP_PLATFORM,
    STEP_CLOCK,
    STEP_BEFORE,
    STEP_PREPARE, /* a table: `table` says which */
    STEP_CHUNK,
    STEP_RELEASE,
    STEP_PLAIN,
    STEP_AFTER,
    STEP_SET_CLOCK,
    STEP_EVENTS,
    STEP_LIVE,
    STEP_EXIT,
};

/* A transfer under way: a chunk of a table, or the whole of it. */
struct pull_transfer {
    bool announced;     /* a 1500 came */
    uint64_t wanted;    /* bytes; UINT64_MAX while it is not known (a table sent at once) */
    uint64_t got;       /* of them */
    size_t pieces;      /* in how many packets */
    size_t first_piece; /* bytes of the first */
    uint64_t hash;      /* UDP: of what came */
};

struct pull {
    struct visit visit; /* first */

    enum pull_step step;
    struct pull_asking asking; /* the last question */
    int tries;                 /* how often it has been asked */
    bool opened;               /* CONNECT was sent: EXIT is owed */
    bool welcome;              /* and answered */
    bool no_echo;              /* answers do not bear the question's reply id */
    uint16_t first_try;        /* reply id of CONNECT's first try */
    bool draining;             /* UDP: waits for what is late, then asks again */
    int64_t began_ms;
    enum visit_outcome ending; /* what it will have been once EXIT is over */

    enum visit_table table;
    uint64_t table_size; /* announced, or asked for; 0 = not known */
    uint64_t start;      /* of the chunk */
    uint32_t chunk;      /* its size at most */
    bool grow;           /* UDP: the terminal has not yet split one */
    int failures;        /* of this chunk, or table */
    struct pull_transfer transfer;
    uint64_t last_hash; /* of the answer before; 0 = none */
    uint8_t total[4];   /* the table's first bytes */
    bool plain;         /* no chunks here */
    bool users_done;
    size_t user_size; /* for masking; 0 = not known */
    bool alive;       /* the heartbeat is waited for */

    uint8_t *in; /* of a stream: what is not yet a whole packet */
    size_t in_len, in_size;
    char raw[PUNCH_RAW_MAX];
};

/* ---- pull.c ---- */

/* Puts the question that `asking` holds into what is to be sent, as it is. */
void pull_write_out(struct pull *pull);

/* Asks what `asking` says, under a new reply id, and waits so long for the answer. */
void pull_send(struct pull *pull, int64_t now_ms, int64_t wait_ms);
void pull_put(struct pull *pull, enum pull_step step, enum pull_ask ask, int64_t now_ms);

/* Ends it: with EXIT where the line still stands. */
void pull_finish(struct pull *pull, enum visit_outcome outcome, int64_t now_ms, const char *format,
                 ...) HB_PRINTF(4, 5);

/* ---- pull_course.c ---- */

/* The terminal's wall clock as it should be. */
walltime pull_wall(const struct pull *pull, int64_t now_ms);

/* An answer to the last question; a live event, asked for or not. */
void pull_take_answer(struct pull *pull, const struct pull_frame *frame, int64_t now_ms);
void pull_take_event(struct pull *pull, const struct pull_frame *frame, int64_t now_ms);

/* The table is in the spool, whole: what comes next. */
void pull_table_done(struct pull *pull, int64_t now_ms);

/* ---- pull_table.c: reading a table ---- */

void pull_table_begin(struct pull *pull, enum visit_table table, int64_t now_ms);
/* An answer in STEP_PREPARE, STEP_CHUNK, STEP_RELEASE or STEP_PLAIN. */
void pull_table_take(struct pull *pull, const struct pull_frame *frame, int64_t now_ms);
/* Nothing came in time there. */
void pull_table_late(struct pull *pull, int64_t now_ms);
/* UDP: what was late has had its time. */
void pull_table_again(struct pull *pull, int64_t now_ms);

#endif
