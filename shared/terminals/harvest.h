/*
 * harvest: what a visit to a terminal (record/visit.h) brought, into the outbox.
 *
 * A read is judged whole, from its spool, before anything of it is taken; then its punches go into
 * the outbox, what is no punch is set aside, and the audit of it is kept with the terminal's place.
 * It goes in transactions of about HARVEST_ROWS rows, or fewer while a terminal waits for its OK
 * (outbox_awaited), so that nobody else who writes waits long: without such turns, on
 * a PC of 2 slow cores whose disk others use as well, a punch that was committed beside it waited
 * 26 ms as a rule, and nine of ten less than 60 ms (of 8000 rows: 48 and 136). The longest, 0.2 s,
 * was the same with any number: then the outbox's log is carried into its file. Fewer rows make it
 * slower, 2000 by a tenth. A kill in between costs nothing, since what is read again is known.
 *
 * The logs of one company's terminals cover the same years, and the outbox finds punches by their
 * time: what several terminals have of one day lies in the same pages of its index. Several that
 * were read at about the same time are therefore taken together, in step by their punches' times:
 * of 96 logs of 20,000 records, 32 together cost half as many reads and writes of the disk as 8.
 *
 * Where records name slots of a list of users, whose a slot was when is known from the lists that
 * were read: a punch of a time at which that is not known is set aside with its number.
 *
 * Portable; belongs to the thread of its outbox. Blocks on the disk.
 */
#ifndef HIPBRIDGE_HARVEST_H
#define HIPBRIDGE_HARVEST_H

#include "outbox/outbox_pull.h"
#include "record/visit.h"

enum {
    HARVEST_ROWS = 4000,
    HARVEST_TOGETHER = 32, /* logs, beyond which another brings little */
};

struct harvest_moment {
    int64_t unix_s;
    int64_t ms;               /* of the visit */
    int32_t timezone_minutes; /* the terminal's */
};

/* What a read came to. */
struct harvest {
    struct visit_verdict verdict;
    int64_t fresh, known, ignored, aside;
    int64_t no_room; /* of those set aside: the terminal's share is used up */
};

/* Where a step begins, to which one that failed goes back. */
struct harvest_mark {
    uint64_t at;
    walltime next, newest;
    struct harvest sums;
    bool left;
};

/* One that is under way; its fields are harvest's own, but for `sums` and `left`. Is not moved. */
struct harvesting {
    const struct visit *visit;
    struct harvest_moment moment;
    struct outbox_pull *pull;
    struct outbox *outbox;
    struct visit_people people;
    struct visit_judging judging;
    walltime wall;    /* the terminal's clock as it is, at the end of the visit */
    bool heard;       /* it said who it is */
    walltime newest;  /* of the punches; 0 = there were none */
    uint64_t at;      /* record that is next, */
    walltime next;    /* and its time, where it is known */
    size_t rows;      /* of the part that is being taken; at most, */
    size_t most;      /* and up to this time */
    walltime through; /* once it is known */
    bool leads;
    bool paused; /* the part is over */
    char user[PUNCH_USER_MAX + 1];
    char address[ADDRESS_TEXT_MAX];
    struct error looked_up; /* why a slot's user could not be found */
    struct harvest_mark mark;
    struct harvest sums;
    bool left; /* rows are to be taken by harvest_step */
};

/*
 * The visit's end, read or not: what is known of its place is brought up to date in *pull (as
 * outbox_pull gave it), and what VISIT_READ brought is judged; harvesting->sums.verdict says if it
 * is not sound. The visit, what *spool points to and *pull must stay until harvest_end. False: the
 * spool or the outbox failed, and it is over.
 *
 * From here on *pull and the sums are what is stored only once harvest_end is true. Where one of
 * the three is false and it is given up, they are to be read again (outbox_pull): punches that were
 * taken stay, of the visit nothing is kept.
 */
bool harvest_begin(struct harvesting *harvesting, struct outbox *outbox, const struct visit *visit,
                   const struct visit_spool *spool, const struct harvest_moment *moment,
                   struct outbox_pull *pull, struct error *err);

/* A transaction of rows of all that have some left, the oldest first: one at least, all of the same
 * outbox; those with nothing left may be among them, and stay as they are. False: nothing was taken
 * by this step, and all are as before it: one of them may be at fault (its spool, its punch), so
 * that the others go on without it; what *err says may do later as well. */
bool harvest_step(struct harvesting *const *several, size_t count, struct error *err);

/* Once nothing is left: the audit, and *pull is stored, in a transaction of its own. */
bool harvest_end(struct harvesting *harvesting, struct error *err);

/* A punch as it was made; of a visit that goes on, before or after what was read at first is taken.
 * *fresh: it was not known. A transaction of its own. */
bool harvest_live(struct outbox *outbox, const struct visit_row *row,
                  const struct harvest_moment *moment, bool *fresh, struct error *err);

/* Whether the log is to be read whole again whatever the terminal's count: after a day, after an
 * hour where it did not agree, and once more where its newest punch was too new to be proven: a
 * terminal that is quiet from then on would keep that for a day. */
bool harvest_is_due(const struct outbox_pull *pull, int64_t now_s);

/* In how many seconds its newest punch is to be proven by one more read, for which a visit may be
 * made sooner than the next would be; -1: it needs none. A minute where that time is over and the
 * visit has not brought it: one that cannot is not visited without a pause. */
int64_t harvest_again_in(const struct outbox_pull *pull, int64_t now_s);

/* The count at which a terminal holds nothing beyond what was read of it, for visit_order; -1 where
 * it was never read. That is the number of rows which came, not the count after them: a punch made
 * while they came is in that count and not in what was read. Where the two did not agree, the count
 * after them, and harvest_is_due() has it read again. */
int64_t harvest_read_count(const struct outbox_pull *pull);

#endif
