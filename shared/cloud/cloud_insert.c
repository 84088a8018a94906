#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud/cloud_private.h"

static const char insert_head[] =
    "INSERT INTO %s (device_sn, user_id, check_time, status, verify_type, raw_data) VALUES ";
static const char insert_row[] = "(?,?,?,?,?,?)";

/*
 * A row that is there already stays as it is. Not INSERT IGNORE: that would cut a value that is too
 * long and say nothing.
 */
static const char insert_tail[] = " ON DUPLICATE KEY UPDATE device_sn = device_sn";

enum { TEXT_SN, TEXT_USER, TEXT_RAW };
enum { NUMBER_STATUS, NUMBER_VERIFY };

enum {
    BULK = 0,          /* rows of a struct cloud_prepared */
    ROW_OVERHEAD = 64, /* of a row on the wire: lengths, types, date and numbers */
    PACKET_RESERVE = 1024,
};

size_t cloud_rows_most(const struct config_database *config)
{
    size_t rows = (size_t)config->batch_rows * CLOUD_GROWTH;
    return rows < CLOUD_ROWS_MAX ? rows : CLOUD_ROWS_MAX;
}

/* Sees to it that there are binds for so many rows: one for bulk execute. */
static bool need_binds(struct cloud *cloud, size_t rows, struct error *err)
{
    if (rows <= cloud->bind_rows) {
        return true;
    }
    MYSQL_BIND *binds = realloc(cloud->binds, rows * CLOUD_COLUMNS * sizeof *binds);
    if (binds == NULL) {
        return error_set(err, ERR_MEMORY, 0, "no memory for a batch of %zu rows", rows);
    }
    cloud->binds = binds;
    cloud->bind_rows = rows;
    return true;
}

bool cloud_rows_new(struct cloud *cloud, struct error *err)
{
    size_t rows = cloud_rows_most(cloud->config);
    bool fine = true;
    cloud->capacity = rows;
    for (size_t i = 0; i < HB_COUNT(cloud->text); i++) {
        cloud->text[i] = calloc(rows, sizeof *cloud->text[i]);
        cloud->length[i] = calloc(rows, sizeof *cloud->length[i]);
        fine = fine && cloud->text[i] != NULL && cloud->length[i] != NULL;
    }
    for (size_t i = 0; i < HB_COUNT(cloud->number); i++) {
        cloud->number[i] = calloc(rows, sizeof *cloud->number[i]);
        fine = fine && cloud->number[i] != NULL;
    }
    cloud->time = calloc(rows, sizeof *cloud->time);
    cloud->time_at = calloc(rows, sizeof *cloud->time_at);
    if (!fine || cloud->time == NULL || cloud->time_at == NULL) {
        return error_set(err, ERR_MEMORY, 0, "no memory for a batch of %zu rows", rows);
    }
    for (size_t i = 0; i < rows; i++) {
        cloud->time_at[i] = &cloud->time[i];
    }
    return true;
}

void cloud_rows_free(struct cloud *cloud)
{
    for (size_t i = 0; i < HB_COUNT(cloud->text); i++) {
        free(cloud->text[i]);
        free(cloud->length[i]);
    }
    for (size_t i = 0; i < HB_COUNT(cloud->number); i++) {
        free(cloud->number[i]);
    }
    free(cloud->binds);
    free(cloud->raw_fitted);
    free(cloud->time);
    free(cloud->time_at);
}

static void forget(struct cloud_prepared *prepared)
{
    if (prepared->statement != NULL) {
        mysql_stmt_close(prepared->statement);
        prepared->statement = NULL;
    }
}

void cloud_rows_forget(struct cloud *cloud)
{
    for (size_t i = 0; i < CLOUD_PREPARED_MAX; i++) {
        forget(&cloud->prepared[i]);
    }
}

/* The INSERT with placeholders for this many rows; free() it. */
static char *statement_text(const struct cloud *cloud, size_t rows)
{
    size_t size =
        sizeof insert_head + sizeof cloud->table + rows * sizeof insert_row + sizeof insert_tail;
    char *text = malloc(size);
    if (text == NULL) {
        return NULL;
    }
    size_t used = (size_t)snprintf(text, size, insert_head, cloud->table);
    for (size_t i = 0; i < rows; i++) {
        if (i > 0) {
            text[used++] = ',';
        }
        memcpy(text + used, insert_row, sizeof insert_row - 1);
        used += sizeof insert_row - 1;
    }
    memcpy(text + used, insert_tail, sizeof insert_tail);
    return text;
}

/* Rows of one statement: by the arrays, the placeholders, and the statement's own text. */
static size_t chunk_rows(const struct cloud *cloud)
{
    size_t most = cloud->capacity;
    if (!cloud->facts.bulk) {
        size_t grown = (size_t)cloud->config->batch_rows * CLOUD_GROWTH_MULTI;
        most = most < grown ? most : grown;
        size_t text = cloud->max_packet > PACKET_RESERVE ? cloud->max_packet - PACKET_RESERVE : 0;
        if (most > CLOUD_PLACEHOLDERS_MAX / CLOUD_COLUMNS) {
            most = CLOUD_PLACEHOLDERS_MAX / CLOUD_COLUMNS;
        }
        if (most > text / sizeof insert_row) {
            most = text / sizeof insert_row;
        }
    }
    return most > 0 ? most : 1;
}

/*
 * Forgets statements, the least recently used first, until there is a place for one of this many
 * rows. Each placeholder costs memory here and at the server. What is kept is enough for the two
 * that a batch at its largest takes: as many rows as a statement can have, and half of them.
 */
static struct cloud_prepared *make_place(struct cloud *cloud, size_t rows)
{
    size_t most = chunk_rows(cloud) * 3 / 2;
    for (;;) {
        struct cloud_prepared *empty = NULL;
        struct cloud_prepared *oldest = NULL;
        size_t kept = 0;
        for (size_t i = 0; i < CLOUD_PREPARED_MAX; i++) {
            struct cloud_prepared *one = &cloud->prepared[i];
            if (one->statement == NULL) {
                empty = one;
                continue;
            }
            kept += one->rows;
            if (oldest == NULL || one->used < oldest->used) {
                oldest = one;
            }
        }
        if (empty != NULL && (oldest == NULL || kept + rows <= most)) {
            return empty;
        }
        forget(oldest);
    }
}

/* The statement for this many rows (BULK: for any), prepared if it is not yet. */
static struct cloud_prepared *prepare(struct cloud *cloud, size_t rows, struct error *err)
{
    static const char tried[] = "cannot prepare the INSERT";
    for (size_t i = 0; i < CLOUD_PREPARED_MAX; i++) {
        struct cloud_prepared *one = &cloud->prepared[i];
        if (one->statement != NULL && one->rows == rows) {
            one->used = ++cloud->clock;
            return one;
        }
    }
    struct cloud_prepared *place = make_place(cloud, rows);
    char *text = statement_text(cloud, rows == BULK ? 1 : rows);
    MYSQL_STMT *statement = text != NULL ? mysql_stmt_init(cloud->mysql) : NULL;
    if (statement == NULL) {
        error_set(err, ERR_MEMORY, 0, "%s: no memory", tried);
    } else if (mysql_stmt_prepare(statement, text, (unsigned long)strlen(text)) != 0) {
        cloud_fail_statement(cloud, statement, tried, err);
        mysql_stmt_close(statement);
        statement = NULL;
    }
    free(text);
    if (statement == NULL) {
        return NULL;
    }
    *place = (struct cloud_prepared){statement, rows, ++cloud->clock};
    return place;
}

static void put_text(struct cloud *cloud, int which, size_t row, const char *at, size_t len)
{
    /* The library only reads parameters, yet its type lacks the const. */
    cloud->text[which][row] = (char *)(uintptr_t)(at != NULL ? at : "");
    cloud->length[which][row] = (unsigned long)len;
}

void cloud_time(walltime time, MYSQL_TIME *out)
{
    struct civil civil;
    walltime_to_civil(time, &civil);
    *out = (MYSQL_TIME){.year = (unsigned int)civil.year,
                        .month = (unsigned int)civil.month,
                        .day = (unsigned int)civil.day,
                        .hour = (unsigned int)civil.hour,
                        .minute = (unsigned int)civil.minute,
                        .second = (unsigned int)civil.second,
                        .time_type = MYSQL_TIMESTAMP_DATETIME};
}

/* The copied line as its column can hold it, into out[raw.len]; returns the length. */
static size_t fit_raw(const struct cloud_raw *column, struct span raw, char *out)
{
    size_t used = 0;
    size_t characters = 0;
    for (size_t at = 0; at < raw.len;) {
        size_t len = 1;
        while (at + len < raw.len && ((unsigned char)raw.at[at + len] & 0xC0) == 0x80) {
            len++;
        }
        bool fits = column->all || len == 1 || (column->basic && len < 4);
        size_t more = fits ? len : 1;
        if ((column->width_in_bytes ? used + more : characters + 1) > column->width) {
            break;
        }
        if (fits) {
            memcpy(out + used, raw.at + at, len);
        } else {
            out[used] = '?';
        }
        used += more;
        characters++;
        at += len;
    }
    return used;
}

/* Room for the copied lines of these rows, where they do not go in as they are. */
static bool need_raw(struct cloud *cloud, const struct punch_row *rows, size_t count,
                     struct error *err)
{
    size_t size = 0;
    if (cloud->raw.all && cloud->raw.width == PUNCH_RAW_MAX) {
        return true;
    }
    for (size_t i = 0; i < count; i++) {
        size += rows[i].punch.raw.len;
    }
    if (size <= cloud->raw_size) {
        return true;
    }
    char *grown = realloc(cloud->raw_fitted, size);
    if (grown == NULL) {
        return error_set(err, ERR_MEMORY, 0, "no memory for a batch of %zu rows", count);
    }
    cloud->raw_fitted = grown;
    cloud->raw_size = size;
    return true;
}

static void put_row(struct cloud *cloud, size_t row, const struct punch *punch, size_t *raw_used)
{
    put_text(cloud, TEXT_SN, row, punch->device_sn, strlen(punch->device_sn));
    put_text(cloud, TEXT_USER, row, punch->user_id, strlen(punch->user_id));
    if (cloud->raw.all && cloud->raw.width == PUNCH_RAW_MAX) {
        put_text(cloud, TEXT_RAW, row, punch->raw.at, punch->raw.len);
    } else {
        char *out = cloud->raw_fitted != NULL ? cloud->raw_fitted + *raw_used : NULL;
        size_t len = out != NULL ? fit_raw(&cloud->raw, punch->raw, out) : 0;
        put_text(cloud, TEXT_RAW, row, out, len);
        *raw_used += len;
    }
    cloud->number[NUMBER_STATUS][row] = punch->status;
    cloud->number[NUMBER_VERIFY][row] = punch->verify;
    cloud_time(punch->time, &cloud->time[row]);
}

static void bind_text(MYSQL_BIND *bind, void *buffer, unsigned long *length)
{
    bind->buffer_type = MYSQL_TYPE_STRING;
    bind->buffer = buffer;
    bind->length = length;
}

/* One bind a column, each an array of all rows. */
static void bind_columns(struct cloud *cloud)
{
    MYSQL_BIND *bind = cloud->binds;
    memset(bind, 0, CLOUD_COLUMNS * sizeof *bind);
    bind_text(&bind[0], cloud->text[TEXT_SN], cloud->length[TEXT_SN]);
    bind_text(&bind[1], cloud->text[TEXT_USER], cloud->length[TEXT_USER]);
    bind[2].buffer_type = MYSQL_TYPE_DATETIME;
    bind[2].buffer = cloud->time_at;
    bind[3].buffer_type = MYSQL_TYPE_LONG;
    bind[3].buffer = cloud->number[NUMBER_STATUS];
    bind[4].buffer_type = MYSQL_TYPE_LONG;
    bind[4].buffer = cloud->number[NUMBER_VERIFY];
    bind_text(&bind[5], cloud->text[TEXT_RAW], cloud->length[TEXT_RAW]);
}

/* One bind a placeholder. */
static void bind_rows(struct cloud *cloud, size_t count)
{
    memset(cloud->binds, 0, count * CLOUD_COLUMNS * sizeof *cloud->binds);
    for (size_t i = 0; i < count; i++) {
        MYSQL_BIND *bind = &cloud->binds[i * CLOUD_COLUMNS];
        bind_text(&bind[0], cloud->text[TEXT_SN][i], &cloud->length[TEXT_SN][i]);
        bind_text(&bind[1], cloud->text[TEXT_USER][i], &cloud->length[TEXT_USER][i]);
        bind[2].buffer_type = MYSQL_TYPE_DATETIME;
        bind[2].buffer = &cloud->time[i];
        bind[3].buffer_type = MYSQL_TYPE_LONG;
        bind[3].buffer = &cloud->number[NUMBER_STATUS][i];
        bind[4].buffer_type = MYSQL_TYPE_LONG;
        bind[4].buffer = &cloud->number[NUMBER_VERIFY][i];
        bind_text(&bind[5], cloud->text[TEXT_RAW][i], &cloud->length[TEXT_RAW][i]);
    }
}

/* One statement of at most cloud->capacity rows. */
static bool put_chunk(struct cloud *cloud, const struct punch_row *rows, size_t count,
                      size_t *inserted, struct error *err)
{
    size_t raw_used = 0;
    if (!need_raw(cloud, rows, count, err) ||
        !need_binds(cloud, cloud->facts.bulk ? 1 : count, err)) {
        return false;
    }
    struct cloud_prepared *prepared = prepare(cloud, cloud->facts.bulk ? BULK : count, err);
    if (prepared == NULL) {
        return false;
    }
    MYSQL_STMT *statement = prepared->statement;
    unsigned int array = (unsigned int)count;
    bool fine = true;
    for (size_t i = 0; i < count; i++) {
        put_row(cloud, i, &rows[i].punch, &raw_used);
    }
    if (cloud->facts.bulk) {
        bind_columns(cloud);
        fine = mysql_stmt_attr_set(statement, STMT_ATTR_ARRAY_SIZE, &array) == 0;
    } else {
        bind_rows(cloud, count);
    }
    if (!fine || mysql_stmt_bind_param(statement, cloud->binds) != 0 ||
        mysql_stmt_execute(statement) != 0) {
        cloud_fail_statement(cloud, statement, "cannot put rows into the database", err);
        forget(prepared);
        return false;
    }
    *inserted += (size_t)mysql_stmt_affected_rows(statement);
    return true;
}

bool cloud_rows_put(struct cloud *cloud, const struct punch_row *rows, size_t count,
                    size_t *inserted, struct error *err)
{
    *inserted = 0;
    size_t bytes = PACKET_RESERVE;
    for (size_t i = 0; i < count; i++) {
        bytes += ROW_OVERHEAD + strlen(rows[i].punch.device_sn) + strlen(rows[i].punch.user_id) +
                 rows[i].punch.raw.len;
    }
    /* Told before it is tried: a server that gets too much hangs up. */
    if (bytes > cloud->max_packet) {
        return error_set(err, ERR_TOO_LARGE, 0,
                         "%zu rows are some %zu bytes and the server takes %zu "
                         "(max_allowed_packet)",
                         count, bytes, cloud->max_packet);
    }
    size_t most = chunk_rows(cloud);
    for (size_t done = 0; done < count;) {
        size_t chunk = count - done < most ? count - done : most;
        if (!put_chunk(cloud, rows + done, chunk, inserted, err)) {
            return false;
        }
        done += chunk;
    }
    return true;
}
