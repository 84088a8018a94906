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

static bool raise(struct outbox_proof *proof, enum outbox_proof_kind kind, walltime through)
{
    if (proof->proof != OUTBOX_PROOF_NONE && through <= proof->through) {
        return false;
    }
    proof->proof = kind;
    proof->through = through;
    proof->raised = true;
    return true;
}

/* It holds fewer than before: of what is left nobody knows how much has come, unless none is. */
static void note_fall(struct outbox_proof *proof, const struct completeness_word *word,
                      int64_t delivered)
{
    if (word->records < proof->records) {
        proof->agreed_s = 0;
    }
    if (word->records == 0) {
        proof->gone = delivered;
        proof->adrift = false;
        proof->emptied = word->local;
    } else if (word->records < proof->records) {
        proof->adrift = true;
    }
}

bool completeness_told(struct outbox *outbox, struct outbox_proof *proof,
                       const struct completeness_word *word, int64_t now_s, bool *changed,
                       struct error *err)
{
    *changed = false;
    int64_t delivered = 0;
    bool young = now_s - proof->said_s < COMPLETENESS_AGAIN_S && now_s >= proof->said_s;
    if (word->records < 0) {
        return true;
    }
    if (!outbox_delivered_keys(outbox, proof->sn, INT64_MAX, &delivered, err)) {
        return false;
    }
    if (young && word->records == proof->records && delivered - proof->gone == proof->held) {
        return true; /* some say it at every poll, and each word that is noted is a write */
    }
    note_fall(proof, word, delivered);
    proof->held = delivered - proof->gone;
    bool agrees = proof->held == word->records && !proof->adrift && word->known;
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
    if (now_s - proof->agreed_s >= COMPLETENESS_AGAIN_S) {
        raise(proof, OUTBOX_PROOF_COUNTED, reached(word));
    }
    return true;
}

bool completeness_read(struct outbox *outbox, struct outbox_proof *proof,
                       const struct completeness_word *word, int64_t rows, int64_t after,
                       bool *changed, struct error *err)
{
    int64_t delivered = 0;
    *changed = false;
    if (word->records < 0 || rows < word->records || after < rows || !word->known) {
        return true;
    }
    if (!outbox_delivered_keys(outbox, proof->sn, INT64_MAX, &delivered, err)) {
        return false;
    }
    if (after == rows) { /* what it holds has all come: from here on it can be counted on */
        *changed = proof->gone != delivered - rows || proof->adrift;
        proof->gone = delivered - rows;
        proof->held = rows;
        proof->adrift = false;
    }
    *changed = raise(proof, OUTBOX_PROOF_READ, reached(word)) || *changed;
    return true;
}

bool completeness_emptied(struct outbox *outbox, struct outbox_proof *proof, walltime when,
                          bool *changed, struct error *err)
{
    *changed = proof->emptied == 0 || when > proof->emptied;
    if (!*changed) {
        return true;
    }
    proof->emptied = when;
    proof->records = -1; /* fewer than that are no fall */
    proof->adrift = false;
    proof->agreed_s = 0;
    return outbox_delivered_keys(outbox, proof->sn, when, &proof->gone, err);
}

bool completeness_clock_set(struct outbox_proof *proof, walltime to)
{
    proof->agreed_s = 0;
    if (proof->proof == OUTBOX_PROOF_NONE || proof->through < to) {
        return false;
    }
    proof->through = to - 1;
    proof->lowered = true;
    return true;
}
