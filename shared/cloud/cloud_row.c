#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud/cloud_private.h"

enum kind { KIND_TEXT, KIND_TIME, KIND_NUMBER };

static const enum kind kinds[COLUMNS] = {
    [COLUMN_SN] = KIND_TEXT,       [COLUMN_USER] = KIND_TEXT,     [COLUMN_TIME] = KIND_TIME,
    [COLUMN_STATUS] = KIND_NUMBER, [COLUMN_VERIFY] = KIND_NUMBER, [COLUMN_RAW] = KIND_TEXT,
    [COLUMN_UTC] = KIND_TIME,      [COLUMN_WORK] = KIND_TEXT,     [COLUMN_NAME] = KIND_TEXT,
    [COLUMN_SOURCE] = KIND_TEXT,   [COLUMN_BRIDGE] = KIND_TEXT,   [COLUMN_SEQ] = KIND_NUMBER,
};

static const char *const ways[PUNCH_WAYS] = {
    [PUNCH_PUSHED] = "push",
    [PUNCH_PULLED] = "pull",
    [PUNCH_LOGGED] = "log",
    [PUNCH_ACCESS] = "access",
};

bool cloud_values_new(struct cloud *cloud, size_t rows)
{
    for (size_t i = 0; i < COLUMNS; i++) {
        struct cloud_values *values = &cloud->values[i];
        bool fine = (values->null = calloc(rows, sizeof *values->null)) != NULL;
        switch (kinds[i]) {
        case KIND_TEXT:
            fine = fine && (values->text = calloc(rows, sizeof *values->text)) != NULL &&
                   (values->length = calloc(rows, sizeof *values->length)) != NULL;
            break;
        case KIND_TIME:
            fine = fine && (values->time = calloc(rows, sizeof *values->time)) != NULL &&
                   (values->time_at = calloc(rows, sizeof *values->time_at)) != NULL;
            for (size_t row = 0; fine && row < rows; row++) {
                values->time_at[row] = &values->time[row];
            }
            break;
        case KIND_NUMBER:
            fine = fine && (values->number = calloc(rows, sizeof *values->number)) != NULL;
            break;
        }
        if (!fine) {
            return false;
        }
    }
    return true;
}

void cloud_values_free(struct cloud *cloud)
{
    for (size_t i = 0; i < COLUMNS; i++) {
        free(cloud->values[i].text);
        free(cloud->values[i].length);
        free(cloud->values[i].time);
        free(cloud->values[i].time_at);
        free(cloud->values[i].number);
        free(cloud->values[i].null);
    }
}

size_t cloud_key_count(const struct cloud *cloud)
{
    return cloud->column[COLUMN_SN][0] != '\0' ? 3 : 2;
}

static bool uses_optional(const struct cloud *cloud)
{
    for (size_t i = COLUMN_OPTIONAL; i < COLUMNS; i++) {
        if (cloud->used[i]) {
            return true;
        }
    }
    return false;
}

/* ---- what a column is filled with ---- */

static size_t name_len(const struct punch_row *row)
{
    return row->device_name != NULL ? utf8_cut(span_of(row->device_name), CLOUD_NAME_BYTES) : 0;
}

size_t cloud_row_bytes(const struct cloud *cloud, const struct punch_row *row)
{
    enum { FEED_BYTES = 48 }; /* source, bridge, seq and UTC time */
    const struct punch *punch = &row->punch;
    size_t bytes = strlen(punch->device_sn) + strlen(punch->user_id) + punch->raw.len;
    return !uses_optional(cloud) ? bytes
                                 : bytes + FEED_BYTES + strlen(punch->work_code) + name_len(row);
}

/* An empty text of an optional column is none. */
static void put_text(struct cloud *cloud, enum table_column column, size_t row, struct span text)
{
    struct cloud_values *values = &cloud->values[column];
    /* The library only reads parameters, yet its type lacks the const. */
    values->text[row] = (char *)(uintptr_t)(text.at != NULL ? text.at : "");
    values->length[row] = (unsigned long)text.len;
    values->null[row] = column >= COLUMN_OPTIONAL && text.len == 0;
}

static void put_number(struct cloud *cloud, enum table_column column, size_t row, int64_t number)
{
    cloud->values[column].number[row] = number;
    cloud->values[column].null[row] = column == COLUMN_SEQ && number == 0;
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

static void put_time(struct cloud *cloud, enum table_column column, size_t row, walltime time)
{
    cloud_time(time, &cloud->values[column].time[row]);
}

void cloud_row_put(struct cloud *cloud, const struct cloud_shape *shape, size_t at,
                   const struct punch_row *row, const struct cloud_common *common)
{
    const struct punch *punch = &row->punch;
    const bool *bound = shape->bound;
    put_text(cloud, COLUMN_SN, at, span_of(punch->device_sn));
    put_text(cloud, COLUMN_USER, at, span_of(punch->user_id));
    put_time(cloud, COLUMN_TIME, at, punch->time);
    put_number(cloud, COLUMN_STATUS, at, punch->status);
    put_number(cloud, COLUMN_VERIFY, at, punch->verify);
    put_text(cloud, COLUMN_RAW, at, punch->raw);
    if (bound[COLUMN_UTC]) {
        put_time(cloud, COLUMN_UTC, at, row->has_utc ? row->utc : 0);
        cloud->values[COLUMN_UTC].null[at] = !row->has_utc;
    }
    if (bound[COLUMN_WORK]) {
        put_text(cloud, COLUMN_WORK, at, span_of(punch->work_code));
    }
    if (bound[COLUMN_NAME]) {
        put_text(cloud, COLUMN_NAME, at, (struct span){row->device_name, name_len(row)});
    }
    if (bound[COLUMN_SOURCE]) {
        put_text(cloud, COLUMN_SOURCE, at, span_of(ways[punch->way]));
    }
    if (bound[COLUMN_BRIDGE]) {
        put_text(cloud, COLUMN_BRIDGE, at, span_of(common->bridge != NULL ? common->bridge : ""));
    }
    if (bound[COLUMN_SEQ]) {
        put_number(cloud, COLUMN_SEQ, at, common->bridge != NULL ? common->seq : 0);
    }
}

/* ---- what they have alike ---- */

/* Sixteen digits that we made, and nothing else, may stand in a statement's text. */
static bool is_name_of_bridge(const char *text)
{
    enum { DIGITS = 16 };
    return text != NULL && strlen(text) == DIGITS && strspn(text, "0123456789abcdef") == DIGITS;
}

static bool is_null(enum table_column column, const struct punch_row *row)
{
    return column == COLUMN_UTC    ? !row->has_utc
           : column == COLUMN_WORK ? row->punch.work_code[0] == '\0'
                                   : name_len(row) == 0;
}

/* What all rows have in this column, as SQL; "?": they differ, or it may be anything. */
static void say(enum table_column column, const struct punch_row *rows, size_t count,
                const struct cloud_common *common, char out[CLOUD_ROW_TEXT])
{
    size_t same = 0;
    snprintf(out, CLOUD_ROW_TEXT, "?");
    switch (column) {
    case COLUMN_UTC:
    case COLUMN_WORK:
    case COLUMN_NAME:
        while (same < count && is_null(column, &rows[same])) {
            same++;
        }
        if (same == count) {
            snprintf(out, CLOUD_ROW_TEXT, "NULL");
        }
        break;
    case COLUMN_SOURCE:
        while (same < count && rows[same].punch.way == rows[0].punch.way) {
            same++;
        }
        if (same == count) {
            snprintf(out, CLOUD_ROW_TEXT, "'%s'", ways[rows[0].punch.way]);
        }
        break;
    case COLUMN_BRIDGE:
        if (is_name_of_bridge(common->bridge)) { /* of the set of the column that we make */
            snprintf(out, CLOUD_ROW_TEXT, "_ascii'%s'", common->bridge);
        }
        break;
    default:
        break;
    }
}

void cloud_shape_of(const struct cloud *cloud, const struct punch_row *rows, size_t count,
                    const struct cloud_common *common, struct cloud_shape *shape)
{
    char word[CLOUD_ROW_TEXT] = "?";
    char *end = shape->text;
    memset(shape, 0, sizeof *shape);
    *end++ = '(';
    for (enum table_column i = COLUMN_SN; i < COLUMNS; i++) {
        if (!cloud->used[i]) {
            continue;
        }
        if (count >= CLOUD_ALIKE_ROWS && i >= COLUMN_OPTIONAL) {
            say(i, rows, count, common, word);
        }
        shape->bound[i] = word[0] == '?';
        shape->bound_count += shape->bound[i];
        size_t len = strlen(word);
        memcpy(end, word, len);
        end += len;
        *end++ = ',';
    }
    end[-1] = ')';
    *end++ = ',';
    shape->text_len = (size_t)(end - shape->text);
}

/* ---- handing them to the library ---- */

static void bind_one(struct cloud *cloud, enum table_column column, size_t row, bool bulk,
                     MYSQL_BIND *bind)
{
    struct cloud_values *values = &cloud->values[column];
    switch (kinds[column]) {
    case KIND_TEXT:
        bind->buffer_type = MYSQL_TYPE_STRING;
        bind->buffer = bulk ? (void *)values->text : (void *)values->text[row];
        bind->length = &values->length[row];
        break;
    case KIND_TIME:
        bind->buffer_type = MYSQL_TYPE_DATETIME;
        bind->buffer = bulk ? (void *)values->time_at : (void *)&values->time[row];
        break;
    case KIND_NUMBER:
        bind->buffer_type = MYSQL_TYPE_LONGLONG;
        bind->buffer = &values->number[row];
        break;
    }
    if (column < COLUMN_OPTIONAL) {
        return; /* none of these is ever NULL */
    }
    if (bulk) {
        bind->u.indicator = values->null;
    } else {
        bind->is_null = (my_bool *)&values->null[row];
    }
}

void cloud_bind_columns(struct cloud *cloud, const struct cloud_shape *shape)
{
    MYSQL_BIND *bind = cloud->binds;
    memset(bind, 0, shape->bound_count * sizeof *bind);
    for (size_t i = 0; i < COLUMNS; i++) {
        if (shape->bound[i]) {
            bind_one(cloud, (enum table_column)i, 0, true, bind++);
        }
    }
}

void cloud_bind_rows(struct cloud *cloud, const struct cloud_shape *shape, size_t count)
{
    MYSQL_BIND *bind = cloud->binds;
    memset(bind, 0, count * shape->bound_count * sizeof *bind);
    for (size_t row = 0; row < count; row++) {
        for (size_t i = 0; i < COLUMNS; i++) {
            if (shape->bound[i]) {
                bind_one(cloud, (enum table_column)i, row, false, bind++);
            }
        }
    }
}
