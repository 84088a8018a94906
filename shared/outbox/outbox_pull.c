#include "outbox/outbox_pull.h"

#include <string.h>

#include "outbox/outbox_private.h"

#define PULL_COLUMNS                                                                               \
    "sn, model, firmware, layout, visited_s, outcome, why, answered_s, held, capacity, users,"     \
    " has_clock, clock_ahead_s, read_s, before, after, bytes, row_count, fresh, known, aside, ms," \
    " agrees, through, high_id, again_s, zero_since_s"

static const struct outbox_sql pull_sql = {SQL_PULL,
                                           "SELECT " PULL_COLUMNS " FROM pulled WHERE place = ?1"};
static const struct outbox_sql pulls_sql = {SQL_PULLS, "SELECT " PULL_COLUMNS
                                                       ", place FROM pulled ORDER BY place"};
static const struct outbox_sql pull_save_sql = {
    SQL_PULL_SAVE, "INSERT OR REPLACE INTO pulled (" PULL_COLUMNS ", place) VALUES (?1, ?2, ?3,"
                   " ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,"
                   " ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28)"};
/* The holder goes on holding it, or another does from now on. */
static const struct outbox_sql slot_now_sql = {
    SQL_SLOT_NOW, "SELECT user_id, since FROM slot WHERE device_sn = ?1 AND slot = ?2"
                  " ORDER BY since DESC LIMIT 1"};
static const struct outbox_sql slot_on_sql = {
    SQL_SLOT_ON, "UPDATE slot SET until = max(until, ?4) WHERE device_sn = ?1 AND slot = ?2"
                 " AND since = ?3"};
static const struct outbox_sql slot_new_sql = {
    SQL_SLOT_NEW, "INSERT OR REPLACE INTO slot (device_sn, slot, since, until, user_id)"
                  " VALUES (?1, ?2, ?3, ?3, ?4)"};
/* The last who held it by then, and whether somebody is known after him. */
static const struct outbox_sql slot_user_sql = {
    SQL_SLOT_USER,
    "SELECT user_id, since, until, EXISTS (SELECT 1 FROM slot other WHERE other.device_sn = ?1"
    " AND other.slot = ?2 AND other.since > slot.since) FROM slot"
    " WHERE device_sn = ?1 AND slot = ?2 AND (since <= ?3 OR NOT EXISTS (SELECT 1 FROM slot first"
    " WHERE first.device_sn = ?1 AND first.slot = ?2 AND first.since < slot.since))"
    " ORDER BY since DESC LIMIT 1"};
static const struct outbox_sql turn_sql = {
    SQL_TURN, "INSERT INTO turn (place, holder, until_s) VALUES (?1, ?2, ?4)"
              " ON CONFLICT (place) DO UPDATE SET holder = ?2, until_s = ?4"
              " WHERE holder = ?2 OR until_s <= ?3"};
static const struct outbox_sql turn_give_sql = {
    SQL_TURN_GIVE, "DELETE FROM turn WHERE place = ?1 AND holder = ?2"};

static const char what_pull[] = "note what was read of a terminal";
static const char what_slot[] = "note a terminal's list of users";
static const char what_turn[] = "note whose turn it is on a terminal";

/* ---- visits ---- */

static bool read_pull(sqlite3_stmt *row, struct outbox_pull *pull)
{
    int at = 0;
    bool fits = outbox_column_text(row, at++, pull->sn, sizeof pull->sn);
    fits = outbox_column_text(row, at++, pull->model, sizeof pull->model) && fits;
    fits = outbox_column_text(row, at++, pull->firmware, sizeof pull->firmware) && fits;
    pull->layout = sqlite3_column_int(row, at++);
    pull->visited_s = sqlite3_column_int64(row, at++);
    pull->outcome = sqlite3_column_int(row, at++);
    fits = outbox_column_text(row, at++, pull->why, sizeof pull->why) && fits;
    pull->answered_s = sqlite3_column_int64(row, at++);
    pull->held = sqlite3_column_int64(row, at++);
    pull->capacity = sqlite3_column_int64(row, at++);
    pull->users = sqlite3_column_int64(row, at++);
    pull->has_clock = sqlite3_column_int(row, at++) != 0;
    pull->clock_ahead_s = sqlite3_column_int64(row, at++);
    pull->read_s = sqlite3_column_int64(row, at++);
    pull->before = sqlite3_column_int64(row, at++);
    pull->after = sqlite3_column_int64(row, at++);
    pull->bytes = sqlite3_column_int64(row, at++);
    pull->rows = sqlite3_column_int64(row, at++);
    pull->fresh = sqlite3_column_int64(row, at++);
    pull->known = sqlite3_column_int64(row, at++);
    pull->aside = sqlite3_column_int64(row, at++);
    pull->ms = sqlite3_column_int64(row, at++);
    pull->agrees = sqlite3_column_int(row, at++) != 0;
    pull->through = sqlite3_column_int64(row, at++);
    pull->high_id = sqlite3_column_int64(row, at++);
    pull->again_s = sqlite3_column_int64(row, at++);
    pull->zero_since_s = sqlite3_column_int64(row, at++);
    return fits;
}

static bool too_long(struct outbox *outbox, struct error *err)
{
    return outbox_corrupt(outbox, "a pulled terminal's text is longer than one can be", err);
}

bool outbox_pull(struct outbox *outbox, const char *place, struct outbox_pull *pull, bool *found,
                 struct error *err)
{
    struct outbox_pull none = {.held = -1, .capacity = -1, .users = -1, .before = -1, .after = -1};
    (void)span_copy(span_of(place), none.place, sizeof none.place);
    *pull = none;
    sqlite3_stmt *statement = outbox_statement(outbox, &pull_sql, err);
    if (statement == NULL) {
        return false;
    }
    outbox_bind_text(statement, 1, pull->place);
    if (!outbox_step(outbox, statement, found, what_pull, err)) {
        return false;
    }
    bool fits = !*found || read_pull(statement, pull);
    sqlite3_reset(statement);
    return fits || too_long(outbox, err);
}

bool outbox_pull_save(struct outbox *outbox, const struct outbox_pull *pull, struct error *err)
{
    if (!outbox_in_transaction(outbox, what_pull, err)) {
        return false;
    }
    sqlite3_stmt *statement = outbox_statement(outbox, &pull_save_sql, err);
    if (statement == NULL) {
        return false;
    }
    const int64_t early[] = {pull->layout, pull->visited_s, pull->outcome};
    const int64_t late[] = {
        pull->answered_s,    pull->held,    pull->capacity, pull->users,   pull->has_clock,
        pull->clock_ahead_s, pull->read_s,  pull->before,   pull->after,   pull->bytes,
        pull->rows,          pull->fresh,   pull->known,    pull->aside,   pull->ms,
        pull->agrees,        pull->through, pull->high_id,  pull->again_s, pull->zero_since_s};
    int at = 1;
    outbox_bind_text(statement, at++, pull->sn);
    outbox_bind_text(statement, at++, pull->model);
    outbox_bind_text(statement, at++, pull->firmware);
    for (size_t i = 0; i < HB_COUNT(early); i++) {
        sqlite3_bind_int64(statement, at++, early[i]);
    }
    if (!outbox_bind_without(outbox, statement, at++, span_of(pull->why), err)) {
        return false;
    }
    for (size_t i = 0; i < HB_COUNT(late); i++) {
        sqlite3_bind_int64(statement, at++, late[i]);
    }
    outbox_bind_text(statement, at, pull->place);
    return outbox_run(outbox, statement, what_pull, err);
}

bool outbox_each_pull(struct outbox *outbox,
                      bool (*visit)(void *context, const struct outbox_pull *pull), void *context,
                      struct error *err)
{
    sqlite3_stmt *statement = outbox_statement(outbox, &pulls_sql, err);
    if (statement == NULL) {
        return false;
    }
    for (;;) {
        struct outbox_pull pull;
        bool row = false;
        if (!outbox_step(outbox, statement, &row, what_pull, err)) {
            return false;
        }
        if (!row) {
            return true;
        }
        memset(&pull, 0, sizeof pull);
        if (!read_pull(statement, &pull) ||
            !outbox_column_text(statement, sqlite3_column_count(statement) - 1, pull.place,
                                sizeof pull.place)) {
            sqlite3_reset(statement);
            return too_long(outbox, err);
        }
        if (!visit(context, &pull)) {
            sqlite3_reset(statement);
            return true;
        }
    }
}

/* ---- slots ---- */

static sqlite3_stmt *slot_statement(struct outbox *outbox, const struct outbox_sql *sql,
                                    const char *sn, uint32_t slot, struct error *err)
{
    sqlite3_stmt *statement = outbox_statement(outbox, sql, err);
    if (statement != NULL) {
        outbox_bind_text(statement, 1, sn);
        sqlite3_bind_int64(statement, 2, slot);
    }
    return statement;
}

bool outbox_slot(struct outbox *outbox, const char *sn, uint32_t slot, const char *user,
                 walltime wall, struct error *err)
{
    char mark[PUNCH_USER_MAX + 1];
    bool row = false;
    bool same = false;
    bool forgotten = false;
    int64_t since = 0;
    if (!outbox_in_transaction(outbox, what_slot, err) || !outbox_place(outbox, err) ||
        !outbox_forgotten_person(outbox, user, mark, &forgotten, err)) {
        return false;
    }
    user = forgotten ? mark : user;
    sqlite3_stmt *statement = slot_statement(outbox, &slot_now_sql, sn, slot, err);
    if (statement == NULL || !outbox_step(outbox, statement, &row, what_slot, err)) {
        return false;
    }
    if (row) {
        const char *holder = (const char *)sqlite3_column_text(statement, 0);
        same = holder != NULL && strcmp(holder, user) == 0;
        since = sqlite3_column_int64(statement, 1);
        sqlite3_reset(statement);
    }
    statement = slot_statement(outbox, same ? &slot_on_sql : &slot_new_sql, sn, slot, err);
    if (statement == NULL) {
        return false;
    }
    if (same) {
        sqlite3_bind_int64(statement, 3, since);
        sqlite3_bind_int64(statement, 4, wall);
    } else {
        /* A clock that was put back makes nobody the holder of a time before. */
        sqlite3_bind_int64(statement, 3, row && wall <= since ? since + 1 : wall);
        outbox_bind_text(statement, 4, user);
    }
    return outbox_run(outbox, statement, what_slot, err);
}

bool outbox_slot_user(struct outbox *outbox, const char *sn, uint32_t slot, walltime time,
                      char user[PUNCH_USER_MAX + 1], bool *known, struct error *err)
{
    bool row = false;
    user[0] = '\0';
    *known = false;
    sqlite3_stmt *statement = slot_statement(outbox, &slot_user_sql, sn, slot, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 3, time);
    if (!outbox_step(outbox, statement, &row, what_slot, err)) {
        return false;
    }
    if (!row) {
        return true;
    }
    /* Between the last time that one was seen to hold it and the first that another was, nobody
     * can say; nor after the last of all. */
    bool fits = outbox_column_text(statement, 0, user, PUNCH_USER_MAX + 1);
    *known = time <= sqlite3_column_int64(statement, 2);
    sqlite3_reset(statement);
    return fits || too_long(outbox, err);
}

/* ---- turns ---- */

static bool commit(struct outbox *outbox, bool done, struct error *err)
{
    if (done && outbox_commit(outbox, err)) {
        return true;
    }
    outbox_rollback(outbox);
    return false;
}

bool outbox_turn_take(struct outbox *outbox, const char *place, int64_t holder, int64_t now_s,
                      int64_t until_s, bool *taken, struct error *err)
{
    *taken = false;
    if (!outbox_begin(outbox, err)) {
        return false;
    }
    sqlite3_stmt *statement = outbox_statement(outbox, &turn_sql, err);
    if (statement != NULL) {
        outbox_bind_text(statement, 1, place);
        sqlite3_bind_int64(statement, 2, holder);
        sqlite3_bind_int64(statement, 3, now_s);
        sqlite3_bind_int64(statement, 4, until_s);
    }
    bool done = statement != NULL && outbox_run(outbox, statement, what_turn, err);
    *taken = done && sqlite3_changes(outbox->db) > 0;
    return commit(outbox, done, err);
}

bool outbox_turn_give(struct outbox *outbox, const char *place, int64_t holder, struct error *err)
{
    if (!outbox_begin(outbox, err)) {
        return false;
    }
    sqlite3_stmt *statement = outbox_statement(outbox, &turn_give_sql, err);
    if (statement != NULL) {
        outbox_bind_text(statement, 1, place);
        sqlite3_bind_int64(statement, 2, holder);
    }
    return commit(outbox, statement != NULL && outbox_run(outbox, statement, what_turn, err), err);
}
