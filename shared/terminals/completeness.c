#include "terminals/completeness.h"

bool completeness_moved(struct outbox_proof *proof)
{
    bool agreed = proof->agreed_s != 0;
    proof->agreed_s = 0;
    return agreed;
}

/* Up to when a terminal that has delivered all can have made punches, by its own clock. */
static walltime reached(const struct completeness_word *word)
{
    walltime clock = word->local - COMPLETENESS_MARGIN_S;
    if (!word->shown) {
        return word->last_punch < clock ? word->last_punch : clock;
    }
    return word->ahead_s < 0 ? clock + word->ahead_s : clock;
}

bool completeness_told(struct outbox *outbox, struct outbox_proof *proof,
                       const struct completeness_word *word, int64_t now_s, bool *changed,
                       struct error *err)
{
    *changed = false;
    int64_t held = 0;
    bool young = now_s - proof->said_s < COMPLETENESS_AGAIN_S && now_s >= proof->said_s;
    if (word->records < 0) {
        return true;
    }
    if (!outbox_delivered_keys(outbox, proof->sn, INT64_MAX, &held, err)) {
        return false;
    }
    if (young && word->records == proof->records && held == proof->held) {
        return true; /* some say it at every poll, and each word that is noted is a write */
    }
    proof->held = held;
    bool agrees = proof->held == word->records && word->known;
    *changed = true;
    proof->records = word->records;
    proof->said_s = now_s;
    if (!agrees) {
        proof->agreed_s = 0;
        return true;
    }
    if (proof->agreed_s == 0 || proof->agreed_s > now_s) {
        proof->agreed_s = now_s;
        return true;
    }
    walltime through = reached(word);
    if (now_s - proof->agreed_s >= COMPLETENESS_AGAIN_S &&
        (proof->proof == OUTBOX_PROOF_NONE || through > proof->through)) {
        proof->proof = OUTBOX_PROOF_COUNTED;
        proof->through = through;
    }
    return true;
}

bool completeness_clock_set(struct outbox_proof *proof, walltime to)
{
    proof->agreed_s = 0;
    if (proof->proof == OUTBOX_PROOF_NONE || proof->through < to) {
        return false;
    }
    proof->through = to - 1;
    return true;
}
