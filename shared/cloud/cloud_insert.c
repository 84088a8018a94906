#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud/cloud_private.h"

/*
 * A row that is there already stays as it is, its number too. Not INSERT IGNORE: that would cut a
 * value that is too long and say nothing.
 */
static const char insert_head[] = "INSERT INTO %s (";
static const char insert_tail[] = " ON DUPLICATE KEY UPDATE %s = %s";

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
    MYSQL_BIND *binds = realloc(cloud->binds, rows * COLUMNS * sizeof *binds);
    if (binds == NULL) {
        return error_set(err, ERR_MEMORY, 0, "no memory for a batch of %zu rows", rows);
    }
    cloud->binds = binds;
    cloud->bind_rows = rows;
    return true;
}

bool cloud_rows_new(struct cloud *cloud, struct error *err)
{
    cloud->capacity = cloud_rows_most(cloud->config);
    return cloud_values_new(cloud, cloud->capacity) ||
           error_set(err, ERR_MEMORY, 0, "no memory for a batch of %zu rows", cloud->capacity);
}

void cloud_rows_free(struct cloud *cloud)
{
    cloud_values_free(cloud);
    free(cloud->binds);
    free(cloud->raw_fitted);
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
    if (cloud->newest != NULL) {
        mysql_stmt_close(cloud->newest);
        cloud->newest = NULL;
    }
}

/* The INSERT of this many rows; free() it. */
static char *statement_text(const struct cloud *cloud, const struct cloud_shape *shape, size_t rows)
{
    const char *user = cloud->column[COLUMN_USER];
    size_t size = sizeof insert_head + sizeof cloud->table + sizeof cloud->column + COLUMNS +
                  sizeof ") VALUES " + rows * shape->text_len + sizeof insert_tail +
                  2 * strlen(user);
    char *text = malloc(size);
    if (text == NULL) {
        return NULL;
    }
    size_t used = (size_t)snprintf(text, size, insert_head, cloud->table);
    for (size_t i = 0; i < COLUMNS; i++) {
        if (cloud->used[i]) {
            used += (size_t)snprintf(text + used, size - used, "%s,", cloud->column[i]);
        }
    }
    used += (size_t)snprintf(text + used - 1, size - used + 1, ") VALUES ") - 1;
    for (size_t i = 0; i < rows; i++) {
        memcpy(text + used, shape->text, shape->text_len);
        used += shape->text_len;
    }
    snprintf(text + used - 1, size - used + 1, insert_tail, user, user);
    return text;
}

/* Rows of one statement: by the arrays, the placeholders, and the statement's own text. */
static size_t chunk_rows(const struct cloud *cloud, const struct cloud_shape *shape)
{
    size_t most = cloud->capacity;
    if (!cloud->facts.bulk) {
        size_t grown = (size_t)cloud->config->batch_rows * CLOUD_GROWTH_MULTI;
        most = most < grown ? most : grown;
        size_t text = cloud->max_packet > PACKET_RESERVE ? cloud->max_packet - PACKET_RESERVE : 0;
        if (most > CLOUD_PLACEHOLDERS_MAX / shape->bound_count) {
            most = CLOUD_PLACEHOLDERS_MAX / shape->bound_count;
        }
        if (most > text / shape->text_len) {
            most = text / shape->text_len;
        }
    }
    return most > 0 ? most : 1;
}

/*
 * Forgets statements, the least recently used first, until there is a place for one of this many
 * rows. Each placeholder costs memory here and at the server. What is kept is enough for the two
 * that a batch at its largest takes: as many rows as a statement can have, and half of them.
 */
static struct cloud_prepared *make_place(struct cloud *cloud, const struct cloud_shape *shape,
                                         size_t rows)
{
    size_t most = chunk_rows(cloud, shape) * 3 / 2;
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

/* The statement for this many rows (BULK: for any) of this shape, prepared if it is not yet. */
static struct cloud_prepared *prepare(struct cloud *cloud, const struct cloud_shape *shape,
                                      size_t rows, struct error *err)
{
    static const char tried[] = "cannot prepare the INSERT";
    for (size_t i = 0; i < CLOUD_PREPARED_MAX; i++) {
        struct cloud_prepared *one = &cloud->prepared[i];
        if (one->statement != NULL && one->rows == rows && strcmp(one->row, shape->text) == 0) {
            one->used = ++cloud->clock;
            return one;
        }
    }
    struct cloud_prepared *place = make_place(cloud, shape, rows);
    char *text = statement_text(cloud, shape, rows == BULK ? 1 : rows);
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
    *place = (struct cloud_prepared){.statement = statement, .rows = rows, .used = ++cloud->clock};
    memcpy(place->row, shape->text, sizeof place->row);
    return place;
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

static void fit_row(struct cloud *cloud, size_t at, struct span raw, size_t *raw_used)
{
    if (cloud->raw.all && cloud->raw.width == PUNCH_RAW_MAX) {
        return;
    }
    char *out = cloud->raw_fitted != NULL ? cloud->raw_fitted + *raw_used : NULL;
    size_t len = out != NULL ? fit_raw(&cloud->raw, raw, out) : 0;
    static char nothing[] = "";
    cloud->values[COLUMN_RAW].text[at] = out != NULL ? out : nothing;
    cloud->values[COLUMN_RAW].length[at] = (unsigned long)len;
    *raw_used += len;
}

/* One statement of at most cloud->capacity rows. */
static bool put_chunk(struct cloud *cloud, const struct cloud_shape *shape,
                      const struct punch_row *rows, size_t count, struct cloud_common *common,
                      size_t *inserted, struct error *err)
{
    size_t raw_used = 0;
    if (!need_raw(cloud, rows, count, err) ||
        !need_binds(cloud, cloud->facts.bulk ? 1 : count, err)) {
        return false;
    }
    struct cloud_prepared *prepared = prepare(cloud, shape, cloud->facts.bulk ? BULK : count, err);
    if (prepared == NULL) {
        return false;
    }
    MYSQL_STMT *statement = prepared->statement;
    unsigned int array = (unsigned int)count;
    bool fine = true;
    int64_t began = wake_clock_us();
    for (size_t i = 0; i < count; i++) {
        cloud_row_put(cloud, shape, i, &rows[i], common);
        fit_row(cloud, i, rows[i].punch.raw, &raw_used);
        common->seq++;
    }
    if (cloud->facts.bulk) {
        cloud_bind_columns(cloud, shape);
        fine = mysql_stmt_attr_set(statement, STMT_ATTR_ARRAY_SIZE, &array) == 0;
    } else {
        cloud_bind_rows(cloud, shape, count);
    }
    fine = fine && mysql_stmt_bind_param(statement, cloud->binds) == 0;
    cloud->facts.bind_us += wake_clock_us() - began;
    if (!fine || mysql_stmt_execute(statement) != 0) {
        cloud_fail_statement(cloud, statement, "cannot put rows into the database", err);
        forget(prepared);
        return false;
    }
    *inserted += (size_t)mysql_stmt_affected_rows(statement);
    return true;
}

bool cloud_rows_put(struct cloud *cloud, const struct punch_row *rows, size_t count,
                    struct cloud_common *common, size_t *inserted, struct error *err)
{
    *inserted = 0;
    size_t bytes = PACKET_RESERVE;
    for (size_t i = 0; i < count; i++) {
        bytes += ROW_OVERHEAD + cloud_row_bytes(cloud, &rows[i]);
    }
    /* Told before it is tried: a server that gets too much hangs up. */
    if (bytes > cloud->max_packet) {
        return error_set(err, ERR_TOO_LARGE, 0,
                         "%zu rows are some %zu bytes and the server takes %zu "
                         "(max_allowed_packet)",
                         count, bytes, cloud->max_packet);
    }
    struct cloud_shape shape;
    cloud_shape_of(cloud, rows, count, common, &shape);
    size_t most = chunk_rows(cloud, &shape);
    for (size_t done = 0; done < count;) {
        size_t chunk = count - done < most ? count - done : most;
        if (!put_chunk(cloud, &shape, rows + done, chunk, common, inserted, err)) {
            return false;
        }
        done += chunk;
    }
    return true;
}
