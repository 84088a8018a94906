#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud/cloud_private.h"
#include "base/text.h"

const char *const cloud_columns[CLOUD_COLUMNS] = {"device_sn", "user_id",     "check_time",
                                                  "status",    "verify_type", "raw_data"};

static const char create_statement[] =
    "CREATE TABLE IF NOT EXISTS %s ("
    "id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, "
    "device_sn VARCHAR(50) NOT NULL, "
    "user_id VARCHAR(50) NOT NULL, "
    "check_time DATETIME NOT NULL, "
    "status INT NOT NULL DEFAULT 0, "
    "verify_type INT NOT NULL DEFAULT 1, "
    "raw_data TEXT, "
    "created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, "
    "UNIQUE KEY uq_device_logs_punch (device_sn, user_id, check_time), "
    "KEY ix_device_logs_time (check_time)) DEFAULT CHARSET = utf8mb4";

static const char key_statement[] =
    "ALTER TABLE %s ADD UNIQUE KEY uq_device_logs_punch (device_sn, user_id, check_time)";

static const char columns_query[] =
    "SELECT column_name, data_type, column_type, character_maximum_length,"
    " is_nullable = 'NO' AND column_default IS NULL AND extra NOT LIKE '%auto_increment%'"
    " AND extra NOT LIKE '%GENERATED%'"
    " FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ?";

/* Of each unique key: how many columns, and how many of them are whole columns of a punch's key. */
static const char keys_query[] =
    "SELECT index_name, COUNT(*), SUM(column_name IN ('device_sn', 'user_id', 'check_time')"
    " AND sub_part IS NULL)"
    " FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = ?"
    " AND non_unique = 0 GROUP BY index_name";

enum shape { SHAPE_TEXT, SHAPE_NUMBER, SHAPE_TIME };

/*
 * What each column must be able to hold, in the order of cloud_columns. Serial numbers and PINs met
 * in the field are far below these widths (a PIN is 24 at most by the protocol); a longer value is
 * refused by the database's strict mode and set aside, never cut.
 */
static const struct {
    enum shape shape;
    unsigned long width; /* characters of a text */
    const char *wanted;
} needs[CLOUD_COLUMNS] = {
    {SHAPE_TEXT, 20, "a text of 20 characters or more"},
    {SHAPE_TEXT, 24, "a text of 24 characters or more"},
    {SHAPE_TIME, 0, "DATETIME"},
    {SHAPE_NUMBER, 0, "a whole number up to 255 or more"},
    {SHAPE_NUMBER, 0, "a whole number up to 255 or more"},
    {SHAPE_TEXT, 100, "a text of 100 characters or more"},
};

static const struct {
    const char *type;
    enum shape shape;
} shapes[] = {
    {"char", SHAPE_TEXT},       {"varchar", SHAPE_TEXT},     {"tinytext", SHAPE_TEXT},
    {"text", SHAPE_TEXT},       {"mediumtext", SHAPE_TEXT},  {"longtext", SHAPE_TEXT},
    {"smallint", SHAPE_NUMBER}, {"mediumint", SHAPE_NUMBER}, {"int", SHAPE_NUMBER},
    {"bigint", SHAPE_NUMBER},   {"decimal", SHAPE_NUMBER},   {"tinyint", SHAPE_NUMBER},
    {"datetime", SHAPE_TIME},   {"timestamp", SHAPE_TIME},
};

enum { CELLS_MAX = 5, CELL_MAX = 256 };

/* A query with the table's name as its one parameter and cells of text as its result. */
struct lookup {
    MYSQL_STMT *statement;
    char cell[CELLS_MAX][CELL_MAX];
};

static bool lookup_begin(struct cloud *cloud, struct lookup *lookup, const char *sql, size_t cells,
                         struct error *err)
{
    static const char tried[] = "cannot look at the database table";
    const char *table = cloud->config->table;
    unsigned long length = (unsigned long)strlen(table);
    MYSQL_BIND name = {.buffer_type = MYSQL_TYPE_STRING,
                       .buffer = (void *)(uintptr_t)table,
                       .buffer_length = length,
                       .length = &length};
    MYSQL_BIND result[CELLS_MAX];
    memset(result, 0, sizeof result);
    for (size_t i = 0; i < cells; i++) {
        result[i].buffer_type = MYSQL_TYPE_STRING;
        result[i].buffer = lookup->cell[i];
        result[i].buffer_length = CELL_MAX - 1;
    }
    lookup->statement = mysql_stmt_init(cloud->mysql);
    if (lookup->statement == NULL) {
        return cloud_fail(cloud, tried, err);
    }
    if (mysql_stmt_prepare(lookup->statement, sql, (unsigned long)strlen(sql)) != 0 ||
        mysql_stmt_bind_param(lookup->statement, &name) != 0 ||
        mysql_stmt_execute(lookup->statement) != 0 ||
        mysql_stmt_bind_result(lookup->statement, result) != 0 ||
        mysql_stmt_store_result(lookup->statement) != 0) {
        cloud_fail_statement(cloud, lookup->statement, tried, err);
        mysql_stmt_close(lookup->statement);
        return false;
    }
    return true;
}

/* The next row into lookup->cell; NULL becomes "". */
static bool lookup_next(struct lookup *lookup)
{
    memset(lookup->cell, 0, sizeof lookup->cell);
    int got = mysql_stmt_fetch(lookup->statement);
    return got == 0 || got == MYSQL_DATA_TRUNCATED;
}

static bool fits(size_t column, const char *type, const char *full_type, const char *width)
{
    for (size_t i = 0; i < HB_COUNT(shapes); i++) {
        if (span_equal_nocase(span_of(shapes[i].type), span_of(type))) {
            if (shapes[i].shape != needs[column].shape) {
                return false;
            }
            if (shapes[i].shape == SHAPE_TEXT) {
                return strtoull(width, NULL, 10) >= needs[column].width;
            }
            return strcmp(shapes[i].type, "tinyint") != 0 || strstr(full_type, "unsigned") != NULL;
        }
    }
    return false;
}

static bool look_at_columns(struct cloud *cloud, enum cloud_table_state *state, struct error *err)
{
    bool found[CLOUD_COLUMNS] = {false};
    bool any = false;
    bool fine = true;
    struct lookup lookup;
    if (!lookup_begin(cloud, &lookup, columns_query, 5, err)) {
        return false;
    }
    while (fine && lookup_next(&lookup)) {
        const char *name = lookup.cell[0];
        size_t column = 0;
        any = true;
        while (column < CLOUD_COLUMNS &&
               !span_equal_nocase(span_of(cloud_columns[column]), span_of(name))) {
            column++;
        }
        if (column == CLOUD_COLUMNS) {
            if (strcmp(lookup.cell[4], "1") == 0) {
                fine = error_set(err, ERR_TABLE, 0,
                                 "table %s cannot be used: its column %s must be given a value and "
                                 "has no default",
                                 cloud->table, name);
            }
            continue;
        }
        found[column] = true;
        if (!fits(column, lookup.cell[1], lookup.cell[2], lookup.cell[3])) {
            fine = error_set(err, ERR_TABLE, 0,
                             "table %s cannot be used: its column %s is %s and must be %s",
                             cloud->table, name, lookup.cell[2], needs[column].wanted);
        }
    }
    mysql_stmt_close(lookup.statement);
    *state = any ? CLOUD_TABLE_READY : CLOUD_TABLE_MISSING;
    for (size_t i = 0; any && fine && i < CLOUD_COLUMNS; i++) {
        if (!found[i]) {
            fine = error_set(err, ERR_TABLE, 0, "table %s cannot be used: it has no column %s (%s)",
                             cloud->table, cloud_columns[i], needs[i].wanted);
        }
    }
    return fine;
}

static bool look_at_keys(struct cloud *cloud, struct error *err)
{
    struct lookup lookup;
    cloud->facts.unique_key = false;
    if (!lookup_begin(cloud, &lookup, keys_query, 3, err)) {
        return false;
    }
    while (lookup_next(&lookup)) {
        if (strtoul(lookup.cell[1], NULL, 10) == strtoul(lookup.cell[2], NULL, 10)) {
            cloud->facts.unique_key = true;
        }
    }
    mysql_stmt_close(lookup.statement);
    return true;
}

bool cloud_table_look(struct cloud *cloud, enum cloud_table_state *state, struct error *err)
{
    *state = CLOUD_TABLE_MISSING;
    return look_at_columns(cloud, state, err) &&
           (*state == CLOUD_TABLE_MISSING || look_at_keys(cloud, err)) &&
           cloud_run(cloud, "COMMIT", "cannot look at the database table", err);
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
    snprintf(cloud->create, sizeof cloud->create, create_statement, cloud->table);
    snprintf(cloud->key, sizeof cloud->key, key_statement, cloud->table);
}
