#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/blot.h"
#include "outbox/outbox_private.h"

static const struct outbox_sql secret_sql = {SQL_FORGET_KEY, "SELECT forget_key FROM state"};
static const struct outbox_sql known_sql = {SQL_FORGOTTEN,
                                            "SELECT 1 FROM forgotten WHERE hash = ?1"};
static const struct outbox_sql some_sql = {SQL_FORGETS, "SELECT EXISTS (SELECT 1 FROM forgotten)"};
const char outbox_remember_sql[] =
    "INSERT OR IGNORE INTO forgotten (hash, forgotten_s) VALUES (?1, ?2)";

static const char what[] = "look for who is forgotten";

enum { SIGN = PUNCH_FORGOTTEN };

static bool read_secret(struct outbox *outbox, struct error *err)
{
    bool row = false;
    if (outbox->has_secret) {
        return true;
    }
    sqlite3_stmt *statement = outbox_statement(outbox, &secret_sql, err);
    if (statement == NULL || !outbox_step(outbox, statement, &row, what, err)) {
        return false;
    }
    if (!row || sqlite3_column_bytes(statement, 0) != KEYHASH_KEY) {
        sqlite3_reset(statement);
        return outbox_corrupt(outbox, "the key of those who are forgotten is none", err);
    }
    memcpy(outbox->secret, sqlite3_column_blob(statement, 0), KEYHASH_KEY);
    outbox->has_secret = true;
    sqlite3_reset(statement);
    return true;
}

void outbox_forgotten_person_mark(uint64_t hash, char mark[PUNCH_USER_MAX + 1])
{
    snprintf(mark, PUNCH_USER_MAX + 1, "%c%016llx", SIGN, (unsigned long long)hash);
}

bool outbox_forgotten_hash(struct outbox *outbox, struct span user, uint64_t *hash,
                           struct error *err)
{
    if (user.len > 0 && user.at[0] == SIGN) {
        *hash = strtoull(user.at + 1, NULL, 16);
        return true;
    }
    return read_secret(outbox, err) && keyhash(outbox->secret, user.at, user.len, hash, err);
}

bool outbox_forgotten_punch_mark(struct outbox *outbox, uint64_t person, walltime time,
                                 char mark[PUNCH_USER_MAX + 1], struct error *err)
{
    uint8_t both[16];
    uint64_t hash = 0;
    for (size_t i = 0; i < 8; i++) {
        both[i] = (uint8_t)(person >> (8 * i));
        both[i + 8] = (uint8_t)((uint64_t)time >> (8 * i));
    }
    if (!read_secret(outbox, err) || !keyhash(outbox->secret, both, sizeof both, &hash, err)) {
        return false;
    }
    outbox_forgotten_person_mark(hash, mark);
    return true;
}

bool outbox_forgotten_known(struct outbox *outbox, uint64_t person, bool *known, struct error *err)
{
    sqlite3_stmt *statement = outbox_statement(outbox, &known_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, (int64_t)person);
    if (!outbox_step(outbox, statement, known, what, err)) {
        return false;
    }
    sqlite3_reset(statement);
    return true;
}

bool outbox_forgotten(struct outbox *outbox, const char *user, walltime time,
                      char mark[PUNCH_USER_MAX + 1], bool *forgotten, struct error *err)
{
    bool marked = user[0] == SIGN;
    *forgotten = marked;
    if (!outbox->forgets) {
        /* The list of those who are may be lost (a salvage), while a list of users has his mark. */
        (void)span_copy(span_of(marked ? user : ""), mark, PUNCH_USER_MAX + 1);
        return true;
    }
    uint64_t person = 0;
    return outbox_forgotten_hash(outbox, span_of(user), &person, err) &&
           (marked || outbox_forgotten_known(outbox, person, forgotten, err)) &&
           (!*forgotten || outbox_forgotten_punch_mark(outbox, person, time, mark, err));
}

bool outbox_forgotten_person(struct outbox *outbox, const char *user, char mark[PUNCH_USER_MAX + 1],
                             bool *forgotten, struct error *err)
{
    uint64_t person = 0;
    if (!outbox_forgotten(outbox, user, 0, mark, forgotten, err) ||
        (*forgotten && !outbox_forgotten_hash(outbox, span_of(user), &person, err))) {
        return false;
    }
    if (*forgotten) {
        outbox_forgotten_person_mark(person, mark);
    }
    return true;
}

struct blotting {
    struct outbox *outbox;
    struct error *err;
    bool failed;
};

static bool is_forgotten_word(void *context, struct span word)
{
    struct blotting *blotting = context;
    bool known = false;
    uint64_t person = 0;
    if (blotting->failed || word.len > PUNCH_USER_MAX) {
        return false;
    }
    blotting->failed = !outbox_forgotten_hash(blotting->outbox, word, &person, blotting->err) ||
                       !outbox_forgotten_known(blotting->outbox, person, &known, blotting->err);
    return known;
}

bool outbox_forgotten_blot(struct outbox *outbox, char *bytes, size_t len,
                           struct outbox_aside *aside, bool *some, struct error *err)
{
    struct blotting blotting = {outbox, err, false};
    *some = false;
    if (!outbox->forgets) {
        return true;
    }
    if (aside == NULL) {
        *some = blot_text(bytes, len, is_forgotten_word, &blotting) > 0;
        return !blotting.failed;
    }
    return outbox_blot_aside(outbox, aside, bytes, len, is_forgotten_word, &blotting, some, err) &&
           !blotting.failed;
}

bool outbox_forgotten_mark(struct outbox *outbox, struct span bytes, char mark[PUNCH_USER_MAX + 1],
                           struct error *err)
{
    uint64_t hash = 0;
    if (!read_secret(outbox, err) || !keyhash(outbox->secret, bytes.at, bytes.len, &hash, err)) {
        return false;
    }
    outbox_mark_write(hash, mark);
    return true;
}

bool outbox_bind_without(struct outbox *outbox, sqlite3_stmt *statement, int index,
                         struct span text, struct error *err)
{
    struct blotting blotting = {outbox, err, false};
    int64_t some = 0;
    if (!outbox_number(outbox, outbox_statement(outbox, &some_sql, err), &some, what, err)) {
        return false;
    }
    if (some == 0 || text.len == 0) {
        outbox_bind_span(statement, index, text);
        return true;
    }
    char *copy = malloc(text.len);
    if (copy == NULL) {
        return error_set(err, ERR_MEMORY, 0, "no memory to %s", what);
    }
    memcpy(copy, text.at, text.len);
    (void)blot_text(copy, text.len, is_forgotten_word, &blotting);
    bool fine = !blotting.failed && (sqlite3_bind_text(statement, index, copy, (int)text.len,
                                                       SQLITE_TRANSIENT) == SQLITE_OK ||
                                     outbox_failed(outbox, what, err));
    free(copy);
    return fine;
}

bool outbox_forgotten_take(struct outbox *outbox, const void *secret, int64_t hash,
                           int64_t forgotten_s, struct error *err)
{
    sqlite3_stmt *statement = NULL;
    bool fine = sqlite3_prepare_v2(outbox->db, "UPDATE state SET forget_key = ?1", -1, &statement,
                                   NULL) == SQLITE_OK;
    if (fine) {
        sqlite3_bind_blob(statement, 1, secret, KEYHASH_KEY, SQLITE_STATIC);
        fine = sqlite3_step(statement) == SQLITE_DONE;
    }
    sqlite3_finalize(statement);
    statement = NULL;
    fine = fine &&
           sqlite3_prepare_v2(outbox->db, outbox_remember_sql, -1, &statement, NULL) == SQLITE_OK;
    if (fine) {
        sqlite3_bind_int64(statement, 1, hash);
        sqlite3_bind_int64(statement, 2, forgotten_s);
        fine = sqlite3_step(statement) == SQLITE_DONE;
    }
    sqlite3_finalize(statement);
    outbox->forgets = outbox->forgets || fine;
    return fine || outbox_failed(outbox, what, err);
}
