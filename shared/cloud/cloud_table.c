#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cloud/cloud_private.h"
#include "base/text.h"

const char *const cloud_columns[CLOUD_COLUMNS] = {
    [CLOUD_SN] = "device_sn",  [CLOUD_USER] = "user_id",       [CLOUD_TIME] = "check_time",
    [CLOUD_STATUS] = "status", [CLOUD_VERIFY] = "verify_type", [CLOUD_RAW] = "raw_data",
    [CLOUD_UTC] = "utc_time",  [CLOUD_WORK] = "work_code",     [CLOUD_NAME] = "device_name",
    [CLOUD_SOURCE] = "source", [CLOUD_BRIDGE] = "bridge",      [CLOUD_SEQ] = "seq",
};

/* Of the columns that a table need not have, as `create_table` makes them. */
static const char *const types[CLOUD_COLUMNS] = {
    [CLOUD_UTC] = "DATETIME NULL",      [CLOUD_WORK] = "VARCHAR(24) NULL",
    [CLOUD_NAME] = "VARCHAR(100) NULL", [CLOUD_SOURCE] = "VARCHAR(8) NULL",
    [CLOUD_BRIDGE] = "CHAR(16) NULL",   [CLOUD_SEQ] = "BIGINT UNSIGNED NULL",
};

static const char create_statement[] =
    "CREATE TABLE IF NOT EXISTS %s ("
    "id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, "
    "device_sn VARCHAR(50) COLLATE utf8mb4_bin NOT NULL, "
    "user_id VARCHAR(50) COLLATE utf8mb4_bin NOT NULL, "
    "check_time DATETIME NOT NULL, "
    "status INT NOT NULL DEFAULT 0, "
    "verify_type INT NOT NULL DEFAULT 1, "
    "raw_data TEXT, "
    "created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, "
    /* utc_time is a function's name too. */
    "`utc_time` DATETIME NULL, "
    "work_code VARCHAR(24) NULL, "
    "device_name VARCHAR(100) NULL, "
    "source VARCHAR(8) NULL, "
    "bridge CHAR(16) NULL, "
    "seq BIGINT UNSIGNED NULL, "
    "UNIQUE KEY uq_device_logs_punch (device_sn, user_id, check_time), "
    "KEY ix_device_logs_time (check_time), "
    "KEY ix_device_logs_user (user_id, check_time), "
    "KEY ix_device_logs_feed (bridge, seq)) DEFAULT CHARSET = utf8mb4";

static const char key_statement[] =
    "ALTER TABLE %s ADD UNIQUE KEY uq_device_logs_punch (device_sn, user_id, check_time)";

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
    snprintf(cloud->create, sizeof cloud->create, create_statement, cloud->table);
    snprintf(cloud->key, sizeof cloud->key, key_statement, cloud->table);
}

/* Appends to a statement; what does not fit is cut, and the server will say so. */
static void append(char *out, size_t size, const char *format, ...)
{
    size_t used = strlen(out);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(out + used, size - used, format, arguments);
    va_end(arguments);
}

bool cloud_table_lacks(const struct cloud *cloud, char out[CLOUD_STATEMENT_MAX])
{
    const char *comma = " ";
    snprintf(out, CLOUD_STATEMENT_MAX, "ALTER TABLE %s", cloud->table);
    for (size_t i = CLOUD_OPTIONAL; i < CLOUD_COLUMNS; i++) {
        if (!cloud->used[i] && !(i >= CLOUD_BRIDGE && cloud->has_feed)) {
            append(out, CLOUD_STATEMENT_MAX, "%sADD COLUMN `%s` %s", comma, cloud_columns[i],
                   types[i]);
            comma = ", ";
        }
    }
    if (!cloud->facts.feed) {
        append(out, CLOUD_STATEMENT_MAX, "%sADD KEY ix_device_logs_feed (`bridge`, `seq`)", comma);
        comma = ", ";
    }
    return comma[0] == ',';
}
