#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cloud/cloud_private.h"
#include "base/text.h"

/* Of each column, as `create_table` makes it. */
static const char *const types[COLUMNS] = {
    [COLUMN_SN] = "VARCHAR(50) COLLATE utf8mb4_bin NOT NULL",
    [COLUMN_USER] = "VARCHAR(50) COLLATE utf8mb4_bin NOT NULL",
    [COLUMN_TIME] = "DATETIME NOT NULL",
    [COLUMN_STATUS] = "INT NOT NULL DEFAULT 0",
    [COLUMN_VERIFY] = "INT NOT NULL DEFAULT 1",
    [COLUMN_RAW] = "TEXT",
    [COLUMN_UTC] = "DATETIME NULL",
    [COLUMN_WORK] = "VARCHAR(24) NULL",
    [COLUMN_NAME] = "VARCHAR(100) NULL",
    [COLUMN_SOURCE] = "VARCHAR(8) NULL",
    /* The server orders the feed's key by bytes then, which costs an insert a tenth less. */
    [COLUMN_BRIDGE] = "CHAR(16) CHARACTER SET ascii COLLATE ascii_bin NULL",
    [COLUMN_SEQ] = "BIGINT UNSIGNED NULL",
};

static const char id_column[] = "id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, ";
static const char created_column[] = "created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, ";

/* Appends to a statement; what does not fit is cut, and the server will say so. */
HB_PRINTF(2, 3)
static void append(char out[CLOUD_STATEMENT_MAX], const char *format, ...)
{
    size_t used = strlen(out);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(out + used, CLOUD_STATEMENT_MAX - used, format, arguments);
    va_end(arguments);
}

/* Whether one of the columns that are filled is called so. */
static bool is_taken(const struct cloud *cloud, const char *name)
{
    for (enum table_column i = COLUMN_SN; i < COLUMNS; i++) {
        if (span_equal_nocase(span_of(name), span_of(config_column(cloud->config, i)))) {
            return true;
        }
    }
    return false;
}

/* "(device_sn, user_id, check_time)", of the columns that are not left out. */
static void append_key(const struct cloud *cloud, char *out, const enum table_column *columns,
                       size_t count)
{
    const char *comma = "(";
    for (size_t i = 0; i < count; i++) {
        if (cloud->column[columns[i]][0] != '\0') {
            append(out, "%s%s", comma, cloud->column[columns[i]]);
            comma = ", ";
        }
    }
    append(out, ")");
}

static const enum table_column of_punch[] = {COLUMN_SN, COLUMN_USER, COLUMN_TIME};
static const enum table_column of_user[] = {COLUMN_USER, COLUMN_TIME};
static const enum table_column of_feed[] = {COLUMN_BRIDGE, COLUMN_SEQ};

/* The feed's columns are wanted: numbers are found again by their rows' whole key. */
static bool wants_feed(const struct cloud *cloud)
{
    return cloud->column[COLUMN_BRIDGE][0] != '\0' && cloud->column[COLUMN_SEQ][0] != '\0' &&
           cloud->column[COLUMN_SN][0] != '\0';
}

static void write_create(struct cloud *cloud)
{
    char *out = cloud->create;
    snprintf(out, CLOUD_STATEMENT_MAX, "CREATE TABLE IF NOT EXISTS %s (%s", cloud->table,
             is_taken(cloud, "id") ? "" : id_column);
    for (size_t i = 0; i < COLUMNS; i++) {
        if (i == COLUMN_OPTIONAL && !is_taken(cloud, "created_at")) {
            append(out, "%s", created_column);
        }
        if (cloud->column[i][0] != '\0') {
            append(out, "%s %s, ", cloud->column[i], types[i]);
        }
    }
    append(out, "UNIQUE KEY uq_device_logs_punch ");
    append_key(cloud, out, of_punch, HB_COUNT(of_punch));
    append(out, ", KEY ix_device_logs_time (%s)", cloud->column[COLUMN_TIME]);
    if (cloud->column[COLUMN_SN][0] != '\0') { /* else it is the unique one */
        append(out, ", KEY ix_device_logs_user ");
        append_key(cloud, out, of_user, HB_COUNT(of_user));
    }
    if (wants_feed(cloud)) {
        append(out, ", KEY ix_device_logs_feed ");
        append_key(cloud, out, of_feed, HB_COUNT(of_feed));
    }
    append(out, ") DEFAULT CHARSET = utf8mb4");
}

bool cloud_table_create(struct cloud *cloud, struct error *err)
{
    char tried[sizeof cloud->table + 64];
    snprintf(tried, sizeof tried, "cannot make the database table %s", cloud->table);
    return cloud_run(cloud, cloud->create, tried, err);
}

bool cloud_table_prepare(struct cloud *cloud, struct error *err)
{
    enum cloud_table_state state;
    if (!cloud_table_look(cloud, &state, err)) {
        return false;
    }
    if (state == CLOUD_TABLE_READY) {
        return true;
    }
    if (cloud->config->create_table) {
        return cloud_table_create(cloud, err) && cloud_table_look(cloud, &state, err) &&
               (state == CLOUD_TABLE_READY ||
                error_set(err, ERR_TABLE, 0, "table %s cannot be seen after it was made",
                          cloud->table));
    }
    return error_set(err, ERR_TABLE, 0,
                     "table %s does not exist in database %s (or user %s may not see it); make it "
                     "by `hipctl test-db --create`, or set database.create_table",
                     cloud->table, cloud->config->database, cloud->config->user);
}

void cloud_table_name(struct cloud *cloud)
{
    cloud_quote(cloud->config->table, cloud->table);
    for (enum table_column i = COLUMN_SN; i < COLUMNS; i++) {
        const char *name = config_column(cloud->config, i);
        if (name[0] != '\0') {
            cloud_quote(name, cloud->column[i]);
        }
    }
    write_create(cloud);
    snprintf(cloud->key, sizeof cloud->key, "ALTER TABLE %s ADD UNIQUE KEY uq_device_logs_punch ",
             cloud->table);
    append_key(cloud, cloud->key, of_punch, HB_COUNT(of_punch));
}

bool cloud_table_lacks(const struct cloud *cloud, char out[CLOUD_STATEMENT_MAX])
{
    const char *comma = " ";
    snprintf(out, CLOUD_STATEMENT_MAX, "ALTER TABLE %s", cloud->table);
    for (size_t i = COLUMN_OPTIONAL; i < COLUMNS; i++) {
        bool of_feed_there = i >= COLUMN_BRIDGE && (cloud->has_feed || !wants_feed(cloud));
        if (!cloud->used[i] && cloud->column[i][0] != '\0' && !of_feed_there) {
            append(out, "%sADD COLUMN %s %s", comma, cloud->column[i], types[i]);
            comma = ", ";
        }
    }
    if (!cloud->facts.feed && wants_feed(cloud)) {
        append(out, "%sADD KEY ix_device_logs_feed ", comma);
        append_key(cloud, out, of_feed, HB_COUNT(of_feed));
        comma = ", ";
    }
    return comma[0] == ',';
}
