/*
 * outbox_pull: what is known of terminals that are read on their own port: the audit of the last
 * reads, whose a slot of their list of users was when, and whose turn it is on a line.
 *
 * Rules as in outbox.h.
 */
#ifndef HIPBRIDGE_OUTBOX_PULL_H
#define HIPBRIDGE_OUTBOX_PULL_H

#include "outbox/outbox.h"

enum {
    OUTBOX_PLACE_MAX = ADDRESS_TEXT_MAX + 6, /* "192.168.1.202:4370", with the terminator */
    OUTBOX_PULL_TEXT_MAX = 64,
    OUTBOX_PULL_WHY_MAX = 256,
    OUTBOX_TURN_SERVICE =
        0, /* holder: the service, whichever process it is now; else a process id */
};

/* One line of config.json's list, by its address and port. Numbers that are not known are -1. */
struct outbox_pull {
    char place[OUTBOX_PLACE_MAX];
    char sn[PUNCH_SN_MAX + 1]; /* who answered last; "" = nobody ever */
    char model[OUTBOX_PULL_TEXT_MAX];
    char firmware[OUTBOX_PULL_TEXT_MAX];
    int32_t layout; /* of its records, once told */

    /* The last visit. */
    int64_t visited_s;             /* Unix; 0 = never */
    int32_t outcome;               /* enum visit_outcome */
    char why[OUTBOX_PULL_WHY_MAX]; /* "" = it went well */
    int64_t answered_s;            /* when it last answered; 0 = never */
    int64_t held;                  /* records that it said it holds */
    int64_t capacity;
    int64_t users;
    bool has_clock;
    int64_t clock_ahead_s;

    /* The last read that came out: its audit. */
    int64_t read_s;        /* Unix; 0 = never */
    int64_t before, after; /* records that it said it holds, before the read and after it */
    int64_t bytes, rows;
    int64_t fresh, known, aside; /* of the rows; known: those of before and twice the same */
    int64_t ms;
    bool agrees; /* the rows are as many as it says it holds */
    /* If so, its memory up to this time of its own clock was read whole; what came of it are
     * punches up to and including this id. 0 = never. */
    walltime through;
    int64_t high_id;
    /* From then on another whole read covers the newest punch of this one, which `through` does
     * not: it was made as its log was read, or its clock is ahead. Unix; 0 = it is covered. */
    int64_t again_s;
    int64_t zero_since_s; /* it has said since then that it holds none; 0 = it does not */
};

/* What is known of this place; *found false and all else empty for one that was never visited.
 * `place` may be pull->place. */
bool outbox_pull(struct outbox *outbox, const char *place, struct outbox_pull *pull, bool *found,
                 struct error *err);
/* In a transaction. */
bool outbox_pull_save(struct outbox *outbox, const struct outbox_pull *pull, struct error *err);
bool outbox_each_pull(struct outbox *outbox,
                      bool (*visit)(void *context, const struct outbox_pull *pull), void *context,
                      struct error *err);

/*
 * The list of users as the terminal had it at `wall`, one slot after the other between begin and
 * end: whoever held a slot until then holds it on, or another does from now on. In a transaction.
 */
bool outbox_slot(struct outbox *outbox, const char *sn, uint32_t slot, const char *user,
                 walltime wall, struct error *err);

/*
 * Who held the slot at that time: whoever is known to have held it from before until after, or who
 * is the first that is known of, for what came before. *known false: nobody can say.
 */
bool outbox_slot_user(struct outbox *outbox, const char *sn, uint32_t slot, walltime time,
                      char user[PUNCH_USER_MAX + 1], bool *known, struct error *err);

/*
 * Turns on a line: the service and hipctl do not visit a terminal at once. A turn ends by itself
 * at until_s, lest a hipctl that was killed keep it; a service that was killed takes its own again.
 * *taken false: it is another's. Transactions of their own.
 */
bool outbox_turn_take(struct outbox *outbox, const char *place, int64_t holder, int64_t now_s,
                      int64_t until_s, bool *taken, struct error *err);
bool outbox_turn_give(struct outbox *outbox, const char *place, int64_t holder, struct error *err);

#endif
