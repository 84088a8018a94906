#include "outbox/outbox_proof.h"

#include <assert.h>
#include <string.h>

#include "outbox/outbox_private.h"

#define COLUMNS "sn, proof, through, records, held, said_s, agreed_s, gone, adrift, emptied"

static const struct outbox_sql find_sql = {SQL_PROOF_FIND,
                                           "SELECT " COLUMNS " FROM proof WHERE sn = ?1"};
static const struct outbox_sql each_sql = {SQL_PROOFS, "SELECT " COLUMNS " FROM proof ORDER BY sn"};
static const struct outbox_sql save_sql = {
    SQL_PROOF_SAVE,
    "INSERT INTO proof (" COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
    " ON CONFLICT (sn) DO UPDATE SET records = ?4, held = ?5, said_s = ?6, agreed_s = ?7,"
    " gone = ?8, adrift = ?9, emptied = ?10,"
    " proof = CASE WHEN ?12 OR ?11 AND (proof = 0 OR through < ?3) THEN ?2 ELSE proof END,"
    " through = CASE WHEN ?12 OR ?11 AND (proof = 0 OR through < ?3) THEN ?3 ELSE through END"};
static const struct outbox_sql raise_sql = {
    SQL_PROOF_RAISE, "INSERT INTO proof (" COLUMNS ") VALUES (?1, ?2, ?3, -1, 0, ?4, 0, 0, 0, 0)"
                     " ON CONFLICT (sn) DO UPDATE SET proof = ?2, through = ?3, said_s = ?4"
                     " WHERE proof = 0 OR through <= ?3"};
static const struct outbox_sql back_sql = {
    SQL_PROOF_BACK, "UPDATE proof SET through = ?2 - 1 WHERE sn = ?1 AND through >= ?2"};
/* By the ids that it can have brought, since there is no index by source. */
static const struct outbox_sql file_sql = {
    SQL_PROOF_FILE, "SELECT device_sn, max(check_time) FROM punch"
                    " WHERE id > ?2 AND id <= ?3 AND source = ?1 GROUP BY device_sn"};

static_assert(OUTBOX_PROOF_FILE == 3, "as OUTBOX_BY_FILE has it");

const char *const outbox_proof_words[OUTBOX_PROOFS] = {
    [OUTBOX_PROOF_NONE] = "none",
    [OUTBOX_PROOF_COUNTED] = "counted",
    [OUTBOX_PROOF_READ] = "read",
    [OUTBOX_PROOF_FILE] = "file",
};

const char *outbox_proof_obstacle(const struct outbox_proof *proof)
{
    return proof->records >= 0 && proof->held > proof->records
               ? "It holds fewer records than have come from it: its memory is full and lets go of "
                 "the oldest, or was cleared. Its count proves nothing from then on"
               : NULL;
}

static const char what[] = "note how complete a terminal is";

static bool read_proof(struct outbox *outbox, sqlite3_stmt *statement, struct outbox_proof *proof,
                       struct error *err)
{
    int kind = sqlite3_column_int(statement, 1);
    memset(proof, 0, sizeof *proof);
    if (!outbox_column_text(statement, 0, proof->sn, sizeof proof->sn) || kind < 0 ||
        kind >= OUTBOX_PROOFS) {
        return outbox_corrupt(outbox, "a proof is none", err);
    }
    proof->proof = (enum outbox_proof_kind)kind;
    proof->through = sqlite3_column_int64(statement, 2);
    proof->records = sqlite3_column_int64(statement, 3);
    proof->held = sqlite3_column_int64(statement, 4);
    proof->said_s = sqlite3_column_int64(statement, 5);
    proof->agreed_s = sqlite3_column_int64(statement, 6);
    proof->gone = sqlite3_column_int64(statement, 7);
    proof->adrift = sqlite3_column_int(statement, 8) != 0;
    proof->emptied = sqlite3_column_int64(statement, 9);
    return true;
}

bool outbox_proof(struct outbox *outbox, const char *sn, struct outbox_proof *proof,
                  struct error *err)
{
    bool row = false;
    memset(proof, 0, sizeof *proof);
    proof->records = -1;
    (void)span_copy(span_of(sn), proof->sn, sizeof proof->sn);
    sqlite3_stmt *statement = outbox_statement(outbox, &find_sql, err);
    if (statement == NULL) {
        return false;
    }
    outbox_bind_text(statement, 1, sn);
    if (!outbox_step(outbox, statement, &row, what, err)) {
        return false;
    }
    bool fine = !row || read_proof(outbox, statement, proof, err);
    sqlite3_reset(statement);
    return fine;
}

bool outbox_proof_save(struct outbox *outbox, const struct outbox_proof *proof, struct error *err)
{
    if (!outbox_in_transaction(outbox, what, err)) {
        return false;
    }
    sqlite3_stmt *statement = outbox_statement(outbox, &save_sql, err);
    if (statement == NULL) {
        return false;
    }
    outbox_bind_text(statement, 1, proof->sn);
    sqlite3_bind_int(statement, 2, (int)proof->proof);
    sqlite3_bind_int64(statement, 3, proof->through);
    sqlite3_bind_int64(statement, 4, proof->records);
    sqlite3_bind_int64(statement, 5, proof->held);
    sqlite3_bind_int64(statement, 6, proof->said_s);
    sqlite3_bind_int64(statement, 7, proof->agreed_s);
    sqlite3_bind_int64(statement, 8, proof->gone);
    sqlite3_bind_int(statement, 9, proof->adrift);
    sqlite3_bind_int64(statement, 10, proof->emptied);
    sqlite3_bind_int(statement, 11, proof->raised);
    sqlite3_bind_int(statement, 12, proof->lowered);
    return outbox_run(outbox, statement, what, err);
}

bool outbox_prove(struct outbox *outbox, const char *sn, enum outbox_proof_kind kind,
                  walltime through, int64_t now_s, struct error *err)
{
    if (!outbox_in_transaction(outbox, what, err)) {
        return false;
    }
    sqlite3_stmt *statement = outbox_statement(outbox, &raise_sql, err);
    if (statement == NULL) {
        return false;
    }
    outbox_bind_text(statement, 1, sn);
    sqlite3_bind_int(statement, 2, (int)kind);
    sqlite3_bind_int64(statement, 3, through);
    sqlite3_bind_int64(statement, 4, now_s);
    return outbox_run(outbox, statement, what, err);
}

bool outbox_prove_back(struct outbox *outbox, const char *sn, walltime from, struct error *err)
{
    if (!outbox_in_transaction(outbox, what, err)) {
        return false;
    }
    sqlite3_stmt *statement = outbox_statement(outbox, &back_sql, err);
    if (statement == NULL) {
        return false;
    }
    outbox_bind_text(statement, 1, sn);
    sqlite3_bind_int64(statement, 2, from);
    return outbox_run(outbox, statement, what, err);
}

bool outbox_prove_file(struct outbox *outbox, const struct outbox_file *file, struct error *err)
{
    enum { AMONG = 50000 }; /* punches of terminals that may have come while it was read */
    sqlite3_stmt *statement = outbox_statement(outbox, &file_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, file->id);
    sqlite3_bind_int64(statement, 2, file->high_id - (int64_t)file->new_count - AMONG);
    sqlite3_bind_int64(statement, 3, file->high_id);
    for (;;) {
        char sn[PUNCH_SN_MAX + 1];
        bool row = false;
        if (!outbox_step(outbox, statement, &row, what, err)) {
            return false;
        }
        if (!row) {
            return true;
        }
        if (outbox_column_text(statement, 0, sn, sizeof sn) &&
            !outbox_prove(outbox, sn, OUTBOX_PROOF_FILE, sqlite3_column_int64(statement, 1),
                          file->read_s, err)) {
            sqlite3_reset(statement);
            return false;
        }
    }
}

void outbox_complete_hold(struct outbox_complete *complete, walltime from)
{
    if (complete->complete && complete->through >= from) {
        complete->complete = from > 0;
        complete->through = from - 1;
    }
}

bool outbox_each_proof(struct outbox *outbox,
                       bool (*visit)(void *context, const struct outbox_proof *proof),
                       void *context, struct error *err)
{
    struct outbox_proof proof;
    sqlite3_stmt *statement = outbox_statement(outbox, &each_sql, err);
    if (statement == NULL) {
        return false;
    }
    for (;;) {
        bool row = false;
        if (!outbox_step(outbox, statement, &row, what, err)) {
            return false;
        }
        if (!row) {
            return true;
        }
        bool read = read_proof(outbox, statement, &proof, err);
        if (!read || !visit(context, &proof)) {
            sqlite3_reset(statement);
            return read;
        }
    }
}
