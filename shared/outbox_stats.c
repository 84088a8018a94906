#include "outbox_stats.h"

#include <string.h>

#include "outbox_command.h"
#include "outbox_private.h"

enum { DAY_S = 86400, SAMPLES_KEPT_S = 26 * 3600, SLOTS_KEPT_S = 2 * DAY_S };

const int64_t outbox_delay_bounds[OUTBOX_DELAYS - 1] = {2, 10, 60, 600, 3600, DAY_S};

/* ---- punches by hour ---- */

/* FNV-1a: told apart by a number before a text is looked at. */
static uint32_t hash_of(const char *text)
{
    uint32_t hash = 2166136261U;
    for (; *text != '\0'; text++) {
        hash = (hash ^ (unsigned char)*text) * 16777619U;
    }
    return hash;
}

bool outbox_stats_flush(struct outbox *outbox, struct error *err)
{
    for (size_t i = 0; i < outbox->hour_count; i++) {
        const struct outbox_hour_count *count = &outbox->hours[i];
        sqlite3_stmt *statement = outbox_statement(outbox, SQL_HOUR_ADD, err);
        if (statement == NULL) {
            return false;
        }
        sqlite3_bind_int64(statement, 1, count->hour);
        outbox_bind_text(statement, 2, count->device_sn);
        sqlite3_bind_int64(statement, 3, count->punches);
        if (!outbox_run(outbox, statement, "count punches", err)) {
            return false;
        }
    }
    outbox->hour_count = 0;
    return true;
}

bool outbox_stats_count(struct outbox *outbox, const struct punch *punch, int64_t now_s,
                        struct error *err)
{
    if (punch->time < now_s - (int64_t)OUTBOX_DAYS_BACK * DAY_S ||
        punch->time >= now_s + (int64_t)OUTBOX_DAYS_AHEAD * DAY_S || punch->time < 0) {
        return true;
    }
    int64_t hour = punch->time / OUTBOX_HOUR_S;
    uint32_t hash = hash_of(punch->device_sn);
    /* The newest first: punches come in runs of one terminal. */
    for (size_t i = outbox->hour_count; i-- > 0;) {
        struct outbox_hour_count *count = &outbox->hours[i];
        if (count->hash == hash && count->hour == hour &&
            strcmp(count->device_sn, punch->device_sn) == 0) {
            count->punches++;
            return true;
        }
    }
    if (outbox->hour_count == OUTBOX_HOUR_COUNTS && !outbox_stats_flush(outbox, err)) {
        return false;
    }
    struct outbox_hour_count *count = &outbox->hours[outbox->hour_count++];
    count->hash = hash;
    count->hour = hour;
    count->punches = 1;
    memcpy(count->device_sn, punch->device_sn, sizeof count->device_sn);
    return true;
}

bool outbox_each_hour(struct outbox *outbox, walltime from, walltime to,
                      bool (*visit)(void *context, const struct outbox_hour *hour), void *context,
                      struct error *err)
{
    sqlite3_stmt *statement = outbox_statement(outbox, SQL_HOURS, err);
    bool row = statement != NULL;
    if (!row) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, from / OUTBOX_HOUR_S);
    sqlite3_bind_int64(statement, 2, to / OUTBOX_HOUR_S);
    for (;;) {
        if (!outbox_step(outbox, statement, &row, "read the hours", err)) {
            return false;
        }
        if (!row) {
            return true;
        }
        const char *sn = (const char *)sqlite3_column_text(statement, 1);
        struct outbox_hour hour = {sqlite3_column_int64(statement, 0) * OUTBOX_HOUR_S,
                                   sn != NULL ? sn : "", sqlite3_column_int64(statement, 2)};
        if (!visit(context, &hour)) {
            sqlite3_reset(statement);
            return true;
        }
    }
}

/* ---- what waited ---- */

static bool prune(struct outbox *outbox, enum outbox_sql sql, int64_t before, struct error *err)
{
    sqlite3_stmt *statement = outbox_statement(outbox, sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, before);
    return outbox_run(outbox, statement, "forget old figures", err);
}

bool outbox_sample(struct outbox *outbox, int64_t now_s, struct error *err)
{
    static const char what[] = "note what waits";
    struct outbox_counts counts;
    if (!outbox_in_transaction(outbox, what, err) || !outbox_counts(outbox, &counts, err)) {
        return false;
    }
    sqlite3_stmt *statement = outbox_statement(outbox, SQL_SAMPLE_ADD, err);
    if (statement == NULL) {
        return false;
    }
    bool aged = counts.oldest_waiting_s > 0 && counts.oldest_waiting_s < now_s;
    sqlite3_bind_int64(statement, 1, now_s);
    sqlite3_bind_int64(statement, 2, counts.waiting);
    sqlite3_bind_int64(statement, 3, aged ? now_s - counts.oldest_waiting_s : 0);
    return outbox_run(outbox, statement, what, err) &&
           prune(outbox, SQL_SAMPLE_PRUNE, now_s - SAMPLES_KEPT_S, err) &&
           prune(outbox, SQL_HOUR_PRUNE, now_s / OUTBOX_HOUR_S - (int64_t)OUTBOX_DAYS_BACK * 24,
                 err) &&
           prune(outbox, SQL_DELIVERY_PRUNE, (now_s - SLOTS_KEPT_S) / OUTBOX_SLOT_S, err);
}

bool outbox_each_sample(struct outbox *outbox, int64_t from_s, int64_t to_s,
                        bool (*visit)(void *context, const struct outbox_sample *sample),
                        void *context, struct error *err)
{
    sqlite3_stmt *statement = outbox_statement(outbox, SQL_SAMPLES, err);
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
    sqlite3_stmt *statement = outbox_statement(outbox, SQL_DELIVERY_ADD, err);
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
    sqlite3_stmt *statement = outbox_statement(outbox, SQL_DELIVERIES, err);
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
    bool row = false;
    *count = 0;
    sqlite3_stmt *statement = outbox_statement(outbox, SQL_COMMANDS_PENDING, err);
    if (statement == NULL) {
        return false;
    }
    outbox_bind_text(statement, 1, sn);
    sqlite3_bind_int(statement, 2, OUTBOX_COMMAND_TRIES);
    if (!outbox_step(outbox, statement, &row, "count commands", err)) {
        return false;
    }
    if (row) {
        *count = sqlite3_column_int64(statement, 0);
        sqlite3_reset(statement);
    }
    return true;
}

bool outbox_rejected_since(struct outbox *outbox, int64_t since_s, int64_t *count,
                           struct error *err)
{
    bool row = false;
    *count = 0;
    sqlite3_stmt *statement = outbox_statement(outbox, SQL_REJECTED_SINCE, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, since_s);
    if (!outbox_step(outbox, statement, &row, "count lines that were not understood", err)) {
        return false;
    }
    if (row) {
        *count = sqlite3_column_int64(statement, 0);
        sqlite3_reset(statement);
    }
    return true;
}
