/*
 * completeness: the proof that a terminal's punches are all here, from its own count.
 *
 * By its INFO a terminal says how many records it holds; outbox_delivered_keys says how many
 * different ones it has delivered. Where the two agree twice, at least COMPLETENESS_AGAIN_S apart,
 * everything that it held at the second time has come. It counts only from a voice that is known,
 * of which voice.h is the one judge.
 *
 * A terminal whose log was cleared holds fewer than it has delivered, and as it fills, its count
 * comes by the number that was delivered, whatever of it has come. So a count that has fallen ends
 * all proof by counting, until it is known again how many of those that came are gone: when it says
 * that it holds none, or when it deleted its log, or when its whole log has been read.
 *
 * No I/O but the outbox. Belongs to the thread of its outbox.
 */
#ifndef HIPBRIDGE_COMPLETENESS_H
#define HIPBRIDGE_COMPLETENESS_H

#include "outbox/outbox_proof.h"

enum {
    COMPLETENESS_AGAIN_S = 60,
    COMPLETENESS_MARGIN_S = 5, /* between a terminal's clock and what is known of it */
};

/* Another speaks for it now: its counts agree from then on, or not. True when that changed
 * something that is to be stored. */
bool completeness_moved(struct outbox_proof *proof);

/* What is needed besides. */
struct completeness_word {
    int64_t records;     /* that it says it holds */
    bool known;          /* whose word it is: the configuration gives its address, or voice.h */
    walltime local;      /* its wall clock as it should be */
    int64_t ahead_s;     /* its clock's lead over that, by the last punch that it had just made, */
    bool shown;          /* if there was one; else its clock is known by its punches alone */
    walltime last_punch; /* its newest; 0 = none */
};

/*
 * It said how much it holds. Notes it every COMPLETENESS_AGAIN_S, or when a number is another one.
 * *changed: the proof is to be stored. False: the outbox failed.
 */
bool completeness_told(struct outbox *outbox, struct outbox_proof *proof,
                       const struct completeness_word *word, int64_t now_s, bool *changed,
                       struct error *err);

/*
 * Its whole log was asked for after this word, and `rows` records came, all of which are kept or
 * set aside; then it said that it holds `after`. If that comes out even, all of word's time is
 * here. *changed as above.
 */
bool completeness_read(struct outbox *outbox, struct outbox_proof *proof,
                       const struct completeness_word *word, int64_t rows, int64_t after,
                       bool *changed, struct error *err);

/*
 * It said that its log was deleted, by its clock then: of what came, all up to that time is gone.
 * One that is older than the last is no news. *changed as above.
 */
bool completeness_emptied(struct outbox *outbox, struct outbox_proof *proof, walltime when,
                          bool *changed, struct error *err);

/*
 * Its clock was set: what it holds from now on may be of any time before. The value goes back to
 * this time, if that is earlier.
 */
bool completeness_clock_set(struct outbox_proof *proof, walltime to);

#endif
