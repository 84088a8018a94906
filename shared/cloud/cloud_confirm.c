#include <mysql.h>

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud/cloud_private.h"
#include "base/text.h"

/*
 * A row counts when the table has it. Where fewer went in than were sent, some were there already
 * or something swallowed them: they are read, and compared here, byte by byte, since the server may
 * take a1 and A1 for one.
 */
static const char select_head[] =
    "SELECT %s, %s, %s, %s, %s FROM %s WHERE %s >= ? AND %s <= ? AND (";
static const char select_row[] = "(%s = ? AND %s = ? AND %s = ?)";
/* A table without a column for the terminal: its serial number is never empty. */
static const char select_row_of_any[] = "(? <> '' AND %s = ? AND %s = ?)";
static const char or_next[] = " OR ";
static const char select_tail[] = ")";

/* The times' bounds come first, so that a table without an index is gone through fast. */
enum { CHUNK = 200, BOUNDS = 2, KEY_COLUMNS = 3, RESULT_COLUMNS = 5 };

static const char tried[] = "cannot read rows back from the database";

struct reading {
    MYSQL_STMT *statement;
    MYSQL_BIND result[RESULT_COLUMNS];
    char text[2][PUNCH_USER_MAX * 4 + 1]; /* device_sn, user_id: characters of another writer too */
    unsigned long length[2];
    MYSQL_TIME time;
    int32_t number[2];
    my_bool null[RESULT_COLUMNS];
};

static_assert(PUNCH_SN_MAX <= PUNCH_USER_MAX, "a serial number has room too");

static bool same_time(const MYSQL_TIME *time, walltime wanted)
{
    struct civil civil;
    walltime_to_civil(wanted, &civil);
    return time->year == (unsigned int)civil.year && time->month == (unsigned int)civil.month &&
           time->day == (unsigned int)civil.day && time->hour == (unsigned int)civil.hour &&
           time->minute == (unsigned int)civil.minute && time->second == (unsigned int)civil.second;
}

static bool same_key(const struct cloud *cloud, const struct reading *reading,
                     const struct punch *punch)
{
    for (size_t i = cloud->used[COLUMN_SN] ? 0 : 1; i < HB_COUNT(reading->text); i++) {
        const char *wanted = i == 0 ? punch->device_sn : punch->user_id;
        if (reading->null[i] || reading->length[i] != strlen(wanted) ||
            memcmp(reading->text[i], wanted, reading->length[i]) != 0) {
            return false;
        }
    }
    return !reading->null[2] && same_time(&reading->time, punch->time);
}

/* The state and the way of recognition, where the table has columns for them. */
static bool same_codes(const struct cloud *cloud, const struct reading *reading,
                       const struct punch *punch)
{
    const int32_t wanted[] = {punch->status, punch->verify};
    for (size_t i = 0; i < HB_COUNT(wanted); i++) {
        if (cloud->used[COLUMN_STATUS + i] &&
            (reading->null[3 + i] || reading->number[i] != wanted[i])) {
            return false;
        }
    }
    return true;
}

static void bind_result(struct reading *reading)
{
    memset(reading, 0, sizeof *reading);
    for (size_t i = 0; i < HB_COUNT(reading->text); i++) {
        reading->result[i].buffer_type = MYSQL_TYPE_STRING;
        reading->result[i].buffer = reading->text[i];
        reading->result[i].buffer_length = sizeof reading->text[i];
        reading->result[i].length = &reading->length[i];
    }
    reading->result[2].buffer_type = MYSQL_TYPE_DATETIME;
    reading->result[2].buffer = &reading->time;
    for (size_t i = 0; i < HB_COUNT(reading->number); i++) {
        reading->result[3 + i].buffer_type = MYSQL_TYPE_LONG;
        reading->result[3 + i].buffer = &reading->number[i];
    }
    for (size_t i = 0; i < RESULT_COLUMNS; i++) {
        reading->result[i].is_null = &reading->null[i];
    }
}

/* How a key of a row is asked for; its length. */
static size_t row_text(const struct cloud *cloud, char *out, size_t size)
{
    const char *user = cloud->column[COLUMN_USER];
    const char *time = cloud->column[COLUMN_TIME];
    return (size_t)(cloud->used[COLUMN_SN]
                        ? snprintf(out, size, select_row, cloud->column[COLUMN_SN], user, time)
                        : snprintf(out, size, select_row_of_any, user, time));
}

/* The SELECT of so many keys; free() it. */
static char *select_text(const struct cloud *cloud, size_t rows)
{
    char row[sizeof select_row + KEY_COLUMNS * CLOUD_QUOTED_MAX];
    size_t size = sizeof select_head + sizeof cloud->table +
                  (RESULT_COLUMNS + BOUNDS) * (size_t)CLOUD_QUOTED_MAX +
                  rows * (row_text(cloud, row, sizeof row) + sizeof or_next) + sizeof select_tail;
    char *text = malloc(size);
    if (text != NULL) {
        const char *selected[RESULT_COLUMNS];
        const char *time = cloud->column[COLUMN_TIME];
        for (size_t i = 0; i < RESULT_COLUMNS; i++) {
            selected[i] = cloud->used[COLUMN_SN + i] ? cloud->column[COLUMN_SN + i] : "NULL";
        }
        size_t used =
            (size_t)snprintf(text, size, select_head, selected[0], selected[1], selected[2],
                             selected[3], selected[4], cloud->table, time, time);
        for (size_t i = 0; i < rows; i++) {
            used += (size_t)snprintf(text + used, size - used, "%s%s", i > 0 ? or_next : "", row);
        }
        snprintf(text + used, size - used, "%s", select_tail);
    }
    return text;
}

/* Of 1 to CHUNK rows. */
static bool begin_reading(struct cloud *cloud, const struct punch_row *rows, size_t count,
                          struct reading *reading, struct error *err)
{
    MYSQL_BIND keys[BOUNDS + CHUNK * KEY_COLUMNS];
    MYSQL_TIME times[CHUNK];
    MYSQL_TIME bounds[BOUNDS];
    walltime first = rows[0].punch.time;
    walltime last = first;
    unsigned long lengths[CHUNK * 2];
    char *text = select_text(cloud, count);
    memset(keys, 0, sizeof keys);
    for (size_t i = 0; i < count; i++) {
        const struct punch *punch = &rows[i].punch;
        MYSQL_BIND *key = &keys[BOUNDS + i * KEY_COLUMNS];
        first = punch->time < first ? punch->time : first;
        last = punch->time > last ? punch->time : last;
        for (size_t k = 0; k < 2; k++) {
            const char *value = k == 0 ? punch->device_sn : punch->user_id;
            lengths[i * 2 + k] = (unsigned long)strlen(value);
            key[k].buffer_type = MYSQL_TYPE_STRING;
            key[k].buffer = (void *)(uintptr_t)value;
            key[k].length = &lengths[i * 2 + k];
        }
        cloud_time(punch->time, &times[i]);
        key[2].buffer_type = MYSQL_TYPE_DATETIME;
        key[2].buffer = &times[i];
    }
    for (size_t i = 0; i < BOUNDS; i++) {
        cloud_time(i == 0 ? first : last, &bounds[i]);
        keys[i].buffer_type = MYSQL_TYPE_DATETIME;
        keys[i].buffer = &bounds[i];
    }
    bind_result(reading);
    reading->statement = text != NULL ? mysql_stmt_init(cloud->mysql) : NULL;
    if (reading->statement == NULL) {
        free(text);
        return error_set(err, ERR_MEMORY, 0, "%s: no memory", tried);
    }
    bool fine = mysql_stmt_prepare(reading->statement, text, (unsigned long)strlen(text)) == 0 &&
                mysql_stmt_bind_param(reading->statement, keys) == 0 &&
                mysql_stmt_execute(reading->statement) == 0 &&
                mysql_stmt_bind_result(reading->statement, reading->result) == 0 &&
                mysql_stmt_store_result(reading->statement) == 0;
    free(text);
    if (!fine) {
        cloud_fail_statement(cloud, reading->statement, tried, err);
        mysql_stmt_close(reading->statement);
    }
    return fine;
}

bool cloud_rows_present(struct cloud *cloud, const struct punch_row *rows, size_t count,
                        bool *present, struct error *err)
{
    memset(present, 0, count * sizeof *present);
    for (size_t done = 0; done < count; done += CHUNK) {
        size_t chunk = count - done < CHUNK ? count - done : CHUNK;
        struct reading reading;
        if (!begin_reading(cloud, rows + done, chunk, &reading, err)) {
            return false;
        }
        int got;
        while ((got = mysql_stmt_fetch(reading.statement)) == 0 || got == MYSQL_DATA_TRUNCATED) {
            for (size_t i = done; i < done + chunk; i++) {
                present[i] = present[i] || same_key(cloud, &reading, &rows[i].punch);
            }
        }
        mysql_stmt_close(reading.statement);
    }
    return true;
}

bool cloud_rows_confirm(struct cloud *cloud, const struct punch_row *rows, size_t count,
                        struct error *err)
{
    bool *present = malloc(count * sizeof *present);
    if (present == NULL) {
        return error_set(err, ERR_MEMORY, 0, "%s: no memory", tried);
    }
    bool fine = cloud_rows_present(cloud, rows, count, present, err);
    for (size_t i = 0; fine && i < count; i++) {
        if (!present[i]) {
            char time[WALLTIME_TEXT_MAX];
            const struct punch *punch = &rows[i].punch;
            fine = error_set(err, ERR_DATA, 0,
                             "the table raised no error and does not have the punch of user %s at "
                             "%s from %s: another row stands in its place by a key or a comparison "
                             "that takes the two for one, or a trigger changed or dropped it",
                             punch->user_id, walltime_text(punch->time, time), punch->device_sn);
        }
    }
    free(present);
    return fine;
}

bool cloud_rows_sample(struct cloud *cloud, const struct punch_row *rows, size_t count,
                       struct error *err)
{
    enum { SAMPLE = 24 }; /* such a trigger may mean few rows, as those of one state */
    struct punch_row sample[SAMPLE];
    bool same[SAMPLE] = {false};
    struct reading reading;
    int got;
    size_t used = count < SAMPLE ? count : SAMPLE;
    if (used == 0) {
        return true;
    }
    for (size_t i = 0; i < used; i++) {
        sample[i] = rows[count < SAMPLE ? i : i * (count - 1) / (SAMPLE - 1)];
    }
    if (!begin_reading(cloud, sample, used, &reading, err)) {
        return false;
    }
    while ((got = mysql_stmt_fetch(reading.statement)) == 0 || got == MYSQL_DATA_TRUNCATED) {
        for (size_t i = 0; i < used; i++) {
            const struct punch *punch = &sample[i].punch;
            same[i] =
                same[i] || (same_key(cloud, &reading, punch) && same_codes(cloud, &reading, punch));
        }
    }
    mysql_stmt_close(reading.statement);
    for (size_t i = 0; i < used; i++) {
        if (!same[i]) {
            char time[WALLTIME_TEXT_MAX];
            return error_set(
                err, ERR_TABLE, 0,
                "table %s cannot be used: the punch of user %s at %s came out otherwise "
                "than it was sent, so that a trigger changes rows. See SHOW TRIGGERS "
                "LIKE '%s', and have it dropped",
                cloud->table, sample[i].punch.user_id, walltime_text(sample[i].punch.time, time),
                cloud->config->table);
        }
    }
    return true;
}
