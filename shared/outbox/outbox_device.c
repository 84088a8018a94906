#include "outbox/outbox_private.h"

#include <string.h>

/* Of a terminal, in the order of read_device and outbox_device_save. */
#define DEVICE_COLUMNS                                                                             \
    "sn, address, push_version, info, attlog_stamp, operlog_stamp, first_seen_s, last_seen_s,"     \
    " punches, last_punch, kind, records, records_at, later, data_s, due_s, settled, asked_from,"  \
    " asked_to, missing, held, command, day, no_sum_until_s, clock_day, clock_ahead_s,"            \
    " clock_shown_s, settled_at, gone, listed, voice_heard_s, voice_delivers, voice_last_s,"       \
    " voice_before_s, voice_torn_s, voice_told_day, voice, voice_last, voice_before"
/* With what it was sent since its counts were last brought up to date. */
#define DEVICE_WITH_FRESH                                                                          \
    "WITH fresh AS MATERIALIZED (SELECT device_sn, check_time FROM punch"                          \
    " WHERE id > (SELECT credited FROM state) AND source = 0)"                                     \
    " SELECT " DEVICE_COLUMNS ", count(check_time), coalesce(max(check_time), 0),"                 \
    " coalesce(sum(check_time > records_at), 0)"                                                   \
    " FROM device LEFT JOIN fresh ON device_sn = sn"

static const struct outbox_sql device_find_sql = {SQL_DEVICE_FIND,
                                                  DEVICE_WITH_FRESH " WHERE sn = ?1 GROUP BY sn"};
static const struct outbox_sql device_save_sql = {
    SQL_DEVICE_SAVE, "INSERT OR REPLACE INTO device (" DEVICE_COLUMNS ") VALUES (?1, ?2, ?3, ?4,"
                     " ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,"
                     " ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34,"
                     " ?35, ?36, ?37, ?38, ?39)"};
static const struct outbox_sql devices_sql = {SQL_DEVICES, DEVICE_WITH_FRESH
                                              " GROUP BY sn ORDER BY"
                                              " (listed OR punches > 0 OR count(check_time) > 0)"
                                              " DESC, last_seen_s DESC, sn"};
/* Summed here: sorted and joined by SQLite, the counting cost a third of what the rows had cost. */
static const struct outbox_sql uncredited_sql = {
    SQL_UNCREDITED, "SELECT device_sn, check_time FROM punch WHERE id > ?1 AND source = 0"};
static const struct outbox_sql records_at_sql = {SQL_RECORDS_AT,
                                                 "SELECT records_at FROM device WHERE sn = ?1"};
static const struct outbox_sql credit_sql = {
    SQL_CREDIT, "UPDATE device SET punches = punches + ?2, later = later + ?3,"
                " last_punch = max(last_punch, ?4) WHERE sn = ?1"};
static const struct outbox_sql set_credited_sql = {SQL_SET_CREDITED,
                                                   "UPDATE state SET credited = ?1"};

/* What is anybody's invention: neither listed nor of use so far. */
#define STRANGERS                                                                                  \
    "SELECT sn FROM device WHERE NOT listed AND punches = 0"                                       \
    " AND NOT EXISTS (SELECT 1 FROM punch WHERE id > (SELECT credited FROM state)"                 \
    " AND device_sn = sn)"
static const struct outbox_sql strangers_forget_sql = {
    SQL_STRANGERS_FORGET,
    "DELETE FROM device WHERE sn IN (" STRANGERS " AND last_seen_s < ?1)"
    " OR sn IN (" STRANGERS " ORDER BY last_seen_s DESC, sn LIMIT -1 OFFSET ?2)"};
static const struct outbox_sql strangers_commands_sql = {
    SQL_STRANGERS_COMMANDS, "DELETE FROM command WHERE asker = 1"
                            " AND NOT EXISTS (SELECT 1 FROM device WHERE sn = device_sn)"};

enum {
    AUDIT_FIELDS = 18,
    VOICE_FIELDS = 6,
    FIRST_FIELD = 11,
    FIRST_VOICE = FIRST_FIELD + AUDIT_FIELDS + 1, /* after `listed` */
    FIRST_FRESH = FIRST_VOICE + VOICE_FIELDS + 3,
};

/* In the order of the columns. */
static int64_t *audit_field(struct outbox_audit *audit, size_t index)
{
    int64_t *const fields[AUDIT_FIELDS] = {
        &audit->records,        &audit->records_at, &audit->later,         &audit->data_s,
        &audit->due_s,          &audit->settled,    &audit->asked_from,    &audit->asked_to,
        &audit->missing,        &audit->held,       &audit->command,       &audit->day,
        &audit->no_sum_until_s, &audit->clock_day,  &audit->clock_ahead_s, &audit->clock_shown_s,
        &audit->settled_at,     &audit->gone,
    };
    return fields[index];
}

static bool read_voice(sqlite3_stmt *statement, struct outbox_voice *voice)
{
    int column = FIRST_VOICE;
    voice->heard_s = sqlite3_column_int64(statement, column++);
    voice->delivers = sqlite3_column_int(statement, column++) != 0;
    voice->last_s = sqlite3_column_int64(statement, column++);
    voice->before_s = sqlite3_column_int64(statement, column++);
    voice->torn_s = sqlite3_column_int64(statement, column++);
    voice->told_day = sqlite3_column_int64(statement, column++);
    return outbox_column_text(statement, column, voice->address, sizeof voice->address) &&
           outbox_column_text(statement, column + 1, voice->last, sizeof voice->last) &&
           outbox_column_text(statement, column + 2, voice->before, sizeof voice->before);
}

static void bind_voice(sqlite3_stmt *statement, const struct outbox_voice *voice)
{
    int parameter = FIRST_VOICE + 1;
    sqlite3_bind_int64(statement, parameter++, voice->heard_s);
    sqlite3_bind_int(statement, parameter++, voice->delivers);
    sqlite3_bind_int64(statement, parameter++, voice->last_s);
    sqlite3_bind_int64(statement, parameter++, voice->before_s);
    sqlite3_bind_int64(statement, parameter++, voice->torn_s);
    sqlite3_bind_int64(statement, parameter++, voice->told_day);
    outbox_bind_text(statement, parameter, voice->address);
    outbox_bind_text(statement, parameter + 1, voice->last);
    outbox_bind_text(statement, parameter + 2, voice->before);
}

static bool read_device(struct outbox *outbox, sqlite3_stmt *statement,
                        struct outbox_device *device, struct error *err)
{
    memset(device, 0, sizeof *device);
    const struct {
        char *out;
        size_t size;
    } texts[] = {
        {device->sn, sizeof device->sn},
        {device->address, sizeof device->address},
        {device->push_version, sizeof device->push_version},
        {device->info, sizeof device->info},
        {device->attlog_stamp, sizeof device->attlog_stamp},
        {device->operlog_stamp, sizeof device->operlog_stamp},
    };
    for (size_t i = 0; i < HB_COUNT(texts); i++) {
        if (!outbox_column_text(statement, (int)i, texts[i].out, texts[i].size)) {
            return outbox_corrupt(outbox, "a terminal's text is longer than one can be", err);
        }
    }
    device->first_seen_s = sqlite3_column_int64(statement, 6);
    device->last_seen_s = sqlite3_column_int64(statement, 7);
    device->punches = sqlite3_column_int64(statement, 8);
    device->last_punch = sqlite3_column_int64(statement, 9);
    if (!outbox_column_text(statement, 10, device->kind, sizeof device->kind) ||
        !read_voice(statement, &device->voice)) {
        return outbox_corrupt(outbox, "a terminal's text is longer than one can be", err);
    }
    for (size_t i = 0; i < AUDIT_FIELDS; i++) {
        *audit_field(&device->audit, i) = sqlite3_column_int64(statement, FIRST_FIELD + (int)i);
    }
    device->listed = sqlite3_column_int(statement, FIRST_FIELD + AUDIT_FIELDS) != 0;
    int64_t newest = sqlite3_column_int64(statement, FIRST_FRESH + 1);
    device->punches += sqlite3_column_int64(statement, FIRST_FRESH);
    device->last_punch = newest > device->last_punch ? newest : device->last_punch;
    device->audit.later += sqlite3_column_int64(statement, FIRST_FRESH + 2);
    return true;
}

bool outbox_device(struct outbox *outbox, const char *sn, struct outbox_device *device, bool *found,
                   struct error *err)
{
    *found = false;
    sqlite3_stmt *statement = outbox_statement(outbox, &device_find_sql, err);
    if (statement == NULL) {
        return false;
    }
    outbox_bind_text(statement, 1, sn);
    if (!outbox_step(outbox, statement, found, "look for a terminal", err)) {
        return false;
    }
    if (!*found) {
        return true;
    }
    bool done = read_device(outbox, statement, device, err);
    sqlite3_reset(statement);
    return done;
}

bool outbox_devices_settle(struct outbox *outbox, struct error *err)
{
    static const char what[] = "note what terminals have sent";
    if (!outbox_in_transaction(outbox, what, err) || !outbox_place(outbox, err)) {
        return false;
    }
    if (outbox->credited == outbox->last) {
        return true;
    }
    sqlite3_stmt *statement = outbox_statement(outbox, &set_credited_sql, err);
    if (statement == NULL) {
        return false;
    }
    outbox->credited = outbox->last;
    sqlite3_bind_int64(statement, 1, outbox->credited);
    return outbox_run(outbox, statement, what, err);
}

enum { CREDITS_MAX = 40 }; /* terminals of a sum; of more, they are written in between */
static const char what_sent[] = "count what terminals have sent";

struct credit {
    char sn[PUNCH_SN_MAX + 1];
    bool known; /* it has a row */
    int64_t records_at;
    int64_t came, later; /* its punches, and of them those after its own last count */
    walltime newest;
};

static bool write_credits(struct outbox *outbox, const struct credit *credits, size_t count,
                          struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        const struct credit *credit = &credits[i];
        if (!credit->known) {
            continue;
        }
        sqlite3_stmt *statement = outbox_statement(outbox, &credit_sql, err);
        if (statement == NULL) {
            return false;
        }
        outbox_bind_text(statement, 1, credit->sn);
        sqlite3_bind_int64(statement, 2, credit->came);
        sqlite3_bind_int64(statement, 3, credit->later);
        sqlite3_bind_int64(statement, 4, credit->newest);
        if (!outbox_run(outbox, statement, what_sent, err)) {
            return false;
        }
    }
    return true;
}

static bool begin_credit(struct outbox *outbox, const char *sn, struct credit *credit,
                         struct error *err)
{
    *credit = (struct credit){.newest = INT64_MIN};
    if (!span_copy(span_of(sn), credit->sn, sizeof credit->sn)) {
        credit->sn[0] = '\0';
        return true; /* a damaged row's: nobody's */
    }
    sqlite3_stmt *statement = outbox_statement(outbox, &records_at_sql, err);
    if (statement == NULL) {
        return false;
    }
    outbox_bind_text(statement, 1, sn);
    if (!outbox_step(outbox, statement, &credit->known, what_sent, err)) {
        return false;
    }
    if (credit->known) {
        credit->records_at = sqlite3_column_int64(statement, 0);
        sqlite3_reset(statement);
    }
    return true;
}

/* Its punches since; most stand many together. */
static bool sum_credits(struct outbox *outbox, sqlite3_stmt *uncredited, struct error *err)
{
    struct credit credits[CREDITS_MAX];
    size_t count = 0;
    size_t at = 0;
    for (;;) {
        bool row = false;
        if (!outbox_step(outbox, uncredited, &row, what_sent, err)) {
            return false;
        }
        if (!row) {
            return write_credits(outbox, credits, count, err);
        }
        const char *sn = (const char *)sqlite3_column_text(uncredited, 0);
        walltime time = sqlite3_column_int64(uncredited, 1);
        if (sn == NULL) {
            continue;
        }
        if (at >= count || strcmp(credits[at].sn, sn) != 0) {
            for (at = 0; at < count && strcmp(credits[at].sn, sn) != 0; at++) {
            }
        }
        if (at == CREDITS_MAX) {
            if (!write_credits(outbox, credits, count, err)) {
                return false;
            }
            at = count = 0;
        }
        if (at == count && !begin_credit(outbox, sn, &credits[count++], err)) {
            return false;
        }
        credits[at].came++;
        credits[at].later += time > credits[at].records_at;
        credits[at].newest = time > credits[at].newest ? time : credits[at].newest;
    }
}

bool outbox_devices_credit(struct outbox *outbox, struct error *err)
{
    if (!outbox_in_transaction(outbox, what_sent, err) || !outbox_place(outbox, err)) {
        return false;
    }
    if (outbox->credited == outbox->last) {
        return true;
    }
    sqlite3_stmt *statement = outbox_statement(outbox, &uncredited_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, outbox->credited);
    bool summed = sum_credits(outbox, statement, err);
    sqlite3_reset(statement); /* it may have failed on the way */
    return summed && outbox_devices_settle(outbox, err);
}

bool outbox_device_retire(struct outbox *outbox, const char *sn, struct error *err)
{
    static const struct outbox_sql retire_sql = {SQL_DEVICE_RETIRE,
                                                 "DELETE FROM device WHERE sn = ?1"};
    /* What the others have sent since is counted first: the counts are of one moment. */
    if (!outbox_devices_credit(outbox, err)) {
        return false;
    }
    sqlite3_stmt *statement = outbox_statement(outbox, &retire_sql, err);
    if (statement == NULL) {
        return false;
    }
    outbox_bind_text(statement, 1, sn);
    return outbox_run(outbox, statement, "retire a terminal", err);
}

bool outbox_device_save(struct outbox *outbox, const struct outbox_device *device,
                        struct error *err)
{
    static const char what[] = "note a terminal";
    if (!outbox_in_transaction(outbox, what, err)) {
        return false;
    }
    sqlite3_stmt *statement = outbox_statement(outbox, &device_save_sql, err);
    if (statement == NULL) {
        return false;
    }
    outbox_bind_text(statement, 1, device->sn);
    outbox_bind_text(statement, 2, device->address);
    outbox_bind_text(statement, 3, device->push_version);
    outbox_bind_text(statement, 4, device->info);
    outbox_bind_text(statement, 5, device->attlog_stamp);
    outbox_bind_text(statement, 6, device->operlog_stamp);
    sqlite3_bind_int64(statement, 7, device->first_seen_s);
    sqlite3_bind_int64(statement, 8, device->last_seen_s);
    sqlite3_bind_int64(statement, 9, device->punches);
    sqlite3_bind_int64(statement, 10, device->last_punch);
    outbox_bind_text(statement, 11, device->kind);
    struct outbox_audit audit = device->audit;
    for (size_t i = 0; i < AUDIT_FIELDS; i++) {
        sqlite3_bind_int64(statement, FIRST_FIELD + 1 + (int)i, *audit_field(&audit, i));
    }
    sqlite3_bind_int(statement, FIRST_FIELD + AUDIT_FIELDS + 1, device->listed);
    bind_voice(statement, &device->voice);
    return outbox_run(outbox, statement, what, err);
}

bool outbox_forget_strangers(struct outbox *outbox, size_t keep, int64_t before_s, size_t *count,
                             struct error *err)
{
    static const char what[] = "forget terminals that never brought a punch";
    *count = 0;
    if (!outbox_in_transaction(outbox, what, err)) {
        return false;
    }
    sqlite3_stmt *statement = outbox_statement(outbox, &strangers_forget_sql, err);
    if (statement == NULL) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, before_s);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)keep);
    if (!outbox_run(outbox, statement, what, err)) {
        return false;
    }
    *count = (size_t)sqlite3_changes(outbox->db);
    if (*count == 0) {
        return true;
    }
    statement = outbox_statement(outbox, &strangers_commands_sql, err);
    return statement != NULL && outbox_run(outbox, statement, what, err);
}

bool outbox_each_device(struct outbox *outbox,
                        bool (*visit)(void *context, const struct outbox_device *device),
                        void *context, struct error *err)
{
    struct outbox_device device;
    sqlite3_stmt *statement = outbox_statement(outbox, &devices_sql, err);
    if (statement == NULL) {
        return false;
    }
    for (;;) {
        bool row = false;
        if (!outbox_step(outbox, statement, &row, "list the terminals", err)) {
            return false;
        }
        if (!row) {
            return true;
        }
        bool read = read_device(outbox, statement, &device, err);
        if (!read || !visit(context, &device)) {
            sqlite3_reset(statement);
            return read;
        }
    }
}
