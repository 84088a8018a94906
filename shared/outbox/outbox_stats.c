#include "outbox/outbox_stats.h"

#include <string.h>

#include "outbox/outbox_command.h"
#include "outbox/outbox_private.h"

static const struct outbox_sql counted_sql = {
    SQL_COUNTED,
    "SELECT counted, max(cursor, coalesce((SELECT max(id) FROM punch), 0)) FROM state"};
static const struct outbox_sql count_hours_sql = {
    SQL_COUNT_HOURS,
    "INSERT INTO hour (hour, device_sn, punches)"
    " SELECT check_time / 3600, device_sn, count(*) FROM punch WHERE id > ?1 AND id <= ?2"
    " AND +check_time >= ?3 AND +check_time < ?4 GROUP BY 1, 2"
    " ON CONFLICT (hour, device_sn) DO UPDATE SET punches = punches + excluded.punches"};
static const struct outbox_sql set_counted_sql = {SQL_SET_COUNTED, "UPDATE state SET counted = ?1"};
static const struct outbox_sql hours_sql = {
    SQL_HOURS, "SELECT hour, device_sn, punches FROM hour WHERE hour >= ?1 AND hour < ?2"};
/* By id: the index by time would lead through the whole week. */
static const struct outbox_sql hours_uncounted_sql = {
    SQL_HOURS_UNCOUNTED,
    "SELECT check_time / 3600, device_sn, count(*) FROM punch"
    " WHERE id > (SELECT counted FROM state) AND id <= (SELECT counted FROM state) + ?3"
    " AND +check_time >= ?1 * 3600 AND +check_time < ?2 * 3600 GROUP BY 1, 2"};
static const struct outbox_sql hour_prune_sql = {SQL_HOUR_PRUNE,
                                                 "DELETE FROM hour WHERE hour < ?1 OR hour > ?2"};
static const struct outbox_sql sample_add_sql = {
    SQL_SAMPLE_ADD, "INSERT OR REPLACE INTO sample (at_s, waiting, age_s) VALUES (?1, ?2, ?3)"};
static const struct outbox_sql samples_sql = {
    SQL_SAMPLES, "SELECT at_s, waiting, age_s FROM sample WHERE at_s >= ?1 AND at_s <= ?2"
                 " ORDER BY at_s LIMIT 2000"};
static const struct outbox_sql sample_prune_sql = {SQL_SAMPLE_PRUNE,
                                                   "DELETE FROM sample WHERE at_s < ?1"};
static const struct outbox_sql delivery_add_sql = {
    SQL_DELIVERY_ADD,
    "INSERT INTO delivery (slot, class, punches, delay_s) VALUES (?1, ?2, ?3, ?4)"
    " ON CONFLICT (slot, class) DO UPDATE SET punches = punches + ?3, delay_s = delay_s + ?4"};
static const struct outbox_sql deliveries_sql = {
    SQL_DELIVERIES, "SELECT class, sum(punches), sum(delay_s) FROM delivery"
                    " WHERE slot >= ?1 AND slot < ?2 GROUP BY class"};
static const struct outbox_sql delivery_prune_sql = {
    SQL_DELIVERY_PRUNE, "DELETE FROM delivery WHERE slot > 0 AND slot < ?1"};
static const struct outbox_sql commands_pending_sql = {
    SQL_COMMANDS_PENDING, "SELECT count(*) FROM command WHERE device_sn = ?1 AND done_s = 0"
                          " AND tries < ?2"};
static const struct outbox_sql rejected_since_sql = {
    SQL_REJECTED_SINCE, "SELECT count(*) FROM rejected WHERE rejected_s >= ?1 AND settled_s = 0"
                        " AND file <= 0"};

enum { DAY_S = 86400, SAMPLES_KEPT_S = 26 * 3600, SLOTS_KEPT_S = 2 * DAY_S };

const int64_t outbox_delay_bounds[OUTBOX_DELAYS - 1] = {2, 10, 60, 600, 3600, DAY_S};

static const char what_counts[] = "count punches by hours";

/* ---- punches by hour ---- */

static bool read_counted(struct outbox *outbox, int64_t *counted, int64_t *last, struct error *err)
{
    bool row = false;
    sqlite3_stmt *statement = outbox_statement(outbox, &counted_sql, err);
    if (statement == NULL || !outbox_step(outbox, statement, &row, "read what is counted", err)) {
        return false;
    }
    if (!row) {
        return outbox_corrupt(outbox, "it has no cursor", err);
    }
    *counted = sqlite3_column_int64(statement, 0);
    *last = sqlite3_column_int64(statement, 1);
    sqlite3_reset(statement);
    return true;
}

static bool set_counted(struct outbox *outbox, int64_t id, struct error *err)
{
    sqlite3_stmt *statement = outbox_statement(outbox, &set_counted_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, id);
    return outbox_run(outbox, statement, what_counts, err);
}

/* Counts those with ids of (after, end] and times of [from, to). */
static bool count_hours(struct outbox *outbox, int64_t after, int64_t end, walltime from,
                        walltime to, struct error *err)
{
    enum { PIECE = 2000 }; /* is sorted in memory */
    if (end <= after) {
        return true;
    }
    while (after < end) {
        int64_t until = end - after > PIECE ? after + PIECE : end;
        sqlite3_stmt *statement = outbox_statement(outbox, &count_hours_sql, err);
        if (statement == NULL) {
            return false;
        }
        sqlite3_bind_int64(statement, 1, after);
        sqlite3_bind_int64(statement, 2, until);
        sqlite3_bind_int64(statement, 3, from > 0 ? from : 0);
        sqlite3_bind_int64(statement, 4, to);
        if (!outbox_run(outbox, statement, what_counts, err)) {
            return false;
        }
        after = until;
    }
    return set_counted(outbox, end, err);
}

bool outbox_uncounted(struct outbox *outbox, int64_t *count, struct error *err)
{
    int64_t counted = 0;
    int64_t last = 0;
    *count = 0;
    if (!read_counted(outbox, &counted, &last, err)) {
        return false;
    }
    *count = last > counted ? last - counted : 0;
    return true;
}

bool outbox_count_hours(struct outbox *outbox, int64_t now_s, int64_t limit, struct error *err)
{
    int64_t counted = 0;
    int64_t last = 0;
    if (!outbox_in_transaction(outbox, what_counts, err) ||
        !read_counted(outbox, &counted, &last, err)) {
        return false;
    }
    return count_hours(outbox, counted, last - counted > limit ? counted + limit : last,
                       now_s - (walltime)OUTBOX_DAYS_BACK * DAY_S,
                       now_s + (walltime)OUTBOX_DAYS_AHEAD * DAY_S, err);
}

bool outbox_hours_count_all(struct outbox *outbox, struct error *err)
{
    int64_t counted = 0;
    int64_t last = 0;
    return read_counted(outbox, &counted, &last, err) &&
           count_hours(outbox, counted, last, 0, INT64_MAX, err);
}

bool outbox_hours_settle(struct outbox *outbox, struct error *err)
{
    return set_counted(outbox, outbox->last, err);
}

struct visiting {
    bool (*visit)(void *context, const struct outbox_hour *hour);
    void *context;
    bool ended;
};

static bool each_hour(struct outbox *outbox, const struct outbox_sql *sql, walltime from,
                      walltime to, struct visiting *visiting, struct error *err)
{
    sqlite3_stmt *statement = outbox_statement(outbox, sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, from / OUTBOX_HOUR_S);
    sqlite3_bind_int64(statement, 2, to / OUTBOX_HOUR_S);
    if (sql == &hours_uncounted_sql) {
        sqlite3_bind_int64(statement, 3, OUTBOX_UNCOUNTED_MAX);
    }
    while (!visiting->ended) {
        bool row = false;
        if (!outbox_step(outbox, statement, &row, "read the hours", err)) {
            return false;
        }
        if (!row) {
            return true;
        }
        const char *sn = (const char *)sqlite3_column_text(statement, 1);
        struct outbox_hour hour = {sqlite3_column_int64(statement, 0) * OUTBOX_HOUR_S,
                                   sn != NULL ? sn : "", sqlite3_column_int64(statement, 2)};
        visiting->ended = !visiting->visit(visiting->context, &hour);
    }
    sqlite3_reset(statement);
    return true;
}

bool outbox_each_hour(struct outbox *outbox, walltime from, walltime to,
                      bool (*visit)(void *context, const struct outbox_hour *hour), void *context,
                      struct error *err)
{
    struct visiting visiting = {visit, context, false};
    return each_hour(outbox, &hours_sql, from, to, &visiting, err) &&
           each_hour(outbox, &hours_uncounted_sql, from, to, &visiting, err);
}

/* ---- what waited ---- */

static bool prune(struct outbox *outbox, const struct outbox_sql *sql, int64_t before,
                  int64_t after, struct error *err)
{
    sqlite3_stmt *statement = outbox_statement(outbox, sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, before);
    if (sqlite3_bind_parameter_count(statement) > 1) {
        sqlite3_bind_int64(statement, 2, after);
    }
    return outbox_run(outbox, statement, "forget old figures", err);
}

bool outbox_sample(struct outbox *outbox, int64_t now_s, struct error *err)
{
    static const char what[] = "note what waits";
    struct outbox_counts counts;
    if (!outbox_in_transaction(outbox, what, err) || !outbox_counts(outbox, &counts, err)) {
        return false;
    }
    sqlite3_stmt *statement = outbox_statement(outbox, &sample_add_sql, err);
    if (statement == NULL) {
        return false;
    }
    bool aged = counts.oldest_waiting_s > 0 && counts.oldest_waiting_s < now_s;
    sqlite3_bind_int64(statement, 1, now_s);
    sqlite3_bind_int64(statement, 2, counts.waiting);
    sqlite3_bind_int64(statement, 3, aged ? now_s - counts.oldest_waiting_s : 0);
    return outbox_run(outbox, statement, what, err) &&
           prune(outbox, &sample_prune_sql, now_s - SAMPLES_KEPT_S, 0, err) &&
           prune(outbox, &hour_prune_sql, now_s / OUTBOX_HOUR_S - (int64_t)OUTBOX_DAYS_BACK * 24,
                 now_s / OUTBOX_HOUR_S + (int64_t)OUTBOX_DAYS_AHEAD * 24, err) &&
           prune(outbox, &delivery_prune_sql, (now_s - SLOTS_KEPT_S) / OUTBOX_SLOT_S, 0, err);
}

bool outbox_each_sample(struct outbox *outbox, int64_t from_s, int64_t to_s,
                        bool (*visit)(void *context, const struct outbox_sample *sample),
                        void *context, struct error *err)
{
    sqlite3_stmt *statement = outbox_statement(outbox, &samples_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, from_s);
    sqlite3_bind_int64(statement, 2, to_s);
    for (;;) {
        bool row = false;
        if (!outbox_step(outbox, statement, &row, "read the samples", err)) {
            return false;
        }
        if (!row) {
            return true;
        }
        struct outbox_sample sample = {sqlite3_column_int64(statement, 0),
                                       sqlite3_column_int64(statement, 1),
                                       sqlite3_column_int64(statement, 2)};
        if (!visit(context, &sample)) {
            sqlite3_reset(statement);
            return true;
        }
    }
}

/* ---- from punch to row ---- */

static size_t class_of(int64_t delay_s)
{
    size_t kind = 0;
    while (kind < OUTBOX_DELAYS - 1 && delay_s > outbox_delay_bounds[kind]) {
        kind++;
    }
    return kind;
}

void outbox_delay_add(struct outbox_delays *delays, int64_t delay_s)
{
    delays->punches[class_of(delay_s)]++;
    delays->delay_s += delay_s > 0 ? delay_s : 0;
}

static bool add_delivery(struct outbox *outbox, int64_t slot, size_t kind, int64_t punches,
                         int64_t delay_s, struct error *err)
{
    sqlite3_stmt *statement = outbox_statement(outbox, &delivery_add_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, slot);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)kind);
    sqlite3_bind_int64(statement, 3, punches);
    sqlite3_bind_int64(statement, 4, delay_s);
    return outbox_run(outbox, statement, "count what was delivered", err);
}

bool outbox_delivered(struct outbox *outbox, const struct outbox_delays *delays, int64_t now_s,
                      struct error *err)
{
    int64_t delay_s = delays->delay_s; /* kept with the first kind that has any */
    if (!outbox_in_transaction(outbox, "count what was delivered", err)) {
        return false;
    }
    for (size_t i = 0; i < OUTBOX_DELAYS; i++) {
        if (delays->punches[i] == 0) {
            continue;
        }
        if (!add_delivery(outbox, now_s / OUTBOX_SLOT_S, i, delays->punches[i], delay_s, err) ||
            !add_delivery(outbox, 0, i, delays->punches[i], delay_s, err)) {
            return false;
        }
        delay_s = 0;
    }
    return true;
}

bool outbox_delivered_since(struct outbox *outbox, int64_t since_s, struct outbox_delays *delays,
                            struct error *err)
{
    memset(delays, 0, sizeof *delays);
    sqlite3_stmt *statement = outbox_statement(outbox, &deliveries_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, since_s / OUTBOX_SLOT_S);
    sqlite3_bind_int64(statement, 2, since_s == 0 ? 1 : INT64_MAX);
    for (;;) {
        bool row = false;
        if (!outbox_step(outbox, statement, &row, "read what was delivered", err)) {
            return false;
        }
        if (!row) {
            return true;
        }
        int64_t kind = sqlite3_column_int64(statement, 0);
        if (kind >= 0 && kind < OUTBOX_DELAYS) {
            delays->punches[kind] = sqlite3_column_int64(statement, 1);
            delays->delay_s += sqlite3_column_int64(statement, 2);
        }
    }
}

/* ---- what is under way, and what needs a person ---- */

bool outbox_commands_pending(struct outbox *outbox, const char *sn, int64_t *count,
                             struct error *err)
{
    *count = 0;
    sqlite3_stmt *statement = outbox_statement(outbox, &commands_pending_sql, err);
    if (statement == NULL) {
        return false;
    }
    outbox_bind_text(statement, 1, sn);
    sqlite3_bind_int(statement, 2, OUTBOX_COMMAND_TRIES);
    return outbox_number(outbox, statement, count, "count commands", err);
}

bool outbox_rejected_since(struct outbox *outbox, int64_t since_s, int64_t *count,
                           struct error *err)
{
    *count = 0;
    sqlite3_stmt *statement = outbox_statement(outbox, &rejected_since_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, since_s);
    return outbox_number(outbox, statement, count, "count lines that were not understood", err);
}
