#include <stdio.h>

#include "cloud/cloud_private.h"
#include "base/text.h"

const char *const cloud_columns[CLOUD_COLUMNS] = {"device_sn", "user_id",     "check_time",
                                                  "status",    "verify_type", "raw_data"};

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
    "UNIQUE KEY uq_device_logs_punch (device_sn, user_id, check_time), "
    "KEY ix_device_logs_time (check_time)) DEFAULT CHARSET = utf8mb4";

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
