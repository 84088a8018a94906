/*
 * outbox_proof: up to when each terminal's punches were proven to be here, and by what.
 *
 * A proof says that every punch the terminal held had been delivered at that moment; whether it is
 * in the database as well is what outbox_each_held_back says. Rules as in outbox.h.
 */
#ifndef HIPBRIDGE_OUTBOX_PROOF_H
#define HIPBRIDGE_OUTBOX_PROOF_H

#include "outbox/outbox.h"

enum outbox_proof_kind {
    OUTBOX_PROOF_NONE,    /* it was never proven */
    OUTBOX_PROOF_COUNTED, /* its count and ours agreed */
    OUTBOX_PROOF_READ,    /* its whole memory was read */
    OUTBOX_PROOF_FILE,    /* the log up to there was archived */
    OUTBOX_PROOFS
};

/* "none", "counted", "read", "file": as the database and the status say. */
extern const char *const outbox_proof_words[OUTBOX_PROOFS];

struct outbox_proof {
    char sn[PUNCH_SN_MAX + 1];
    enum outbox_proof_kind proof;
    walltime through; /* by the terminal's own clock; only where there is a proof */
    int64_t records;  /* that it said it holds, last; -1 = never */
    int64_t held;   /* of what it had delivered by then, so many are there still, as far as known */
    int64_t said_s; /* when that was, Unix, as all that end in _s; 0 = never */
    int64_t agreed_s; /* since when the two have agreed, at each word; 0 = they do not */
    /* It has delivered so many more than it held when that was proven to be all here. */
    int64_t gone;
    bool adrift;      /* it has let go of some since, and nobody knows how many of those came */
    walltime emptied; /* up to then, by its clock, it holds none; 0 = not known */

    bool raised, lowered; /* `proof` and `through` were, since it was stored; not stored */
};

/* Why counting proves nothing more of it, in a sentence without an end; NULL: nothing is in the
 * way. */
const char *outbox_proof_obstacle(const struct outbox_proof *proof);

/* What is known; of one that never was any, records is -1 and all else empty. */
bool outbox_proof(struct outbox *outbox, const char *sn, struct outbox_proof *proof,
                  struct error *err);
/* Stores it as it is now; but of `proof` and `through`, which others raise as well, only what was
 * raised or lowered. In a transaction. */
bool outbox_proof_save(struct outbox *outbox, const struct outbox_proof *proof, struct error *err);

/* All that it held up to this time is here, by this proof; an older time changes nothing. In a
 * transaction. */
bool outbox_prove(struct outbox *outbox, const char *sn, enum outbox_proof_kind kind,
                  walltime through, int64_t now_s, struct error *err);

/* What it holds from now on may be of any time from `from` on: a later proof goes back to before
 * that. In a transaction. */
bool outbox_prove_back(struct outbox *outbox, const char *sn, walltime from, struct error *err);

/* A log file goes to the archive: what it brought of each terminal is proven. In a transaction. */
bool outbox_prove_file(struct outbox *outbox, const struct outbox_file *file, struct error *err);

/* Up to when all that the terminal held is in the database. */
struct outbox_complete {
    bool complete; /* false: nothing is proven, or all of it is held back */
    walltime through;
    enum outbox_proof_kind proof;
};

/* By what was proven, and what is held back since (outbox_each_held_back), read in this order. */
bool outbox_complete(struct outbox *outbox, const char *sn, struct outbox_complete *complete,
                     struct error *err);
/* From then on something is not in the database. */
void outbox_complete_hold(struct outbox_complete *complete, walltime from);

/* Each, by serial number. False from the visitor ends it (no failure). */
bool outbox_each_proof(struct outbox *outbox,
                       bool (*visit)(void *context, const struct outbox_proof *proof),
                       void *context, struct error *err);

#endif
