#include <mysql.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud/cloud_private.h"
#include "base/text.h"

/*
 * Whether a table will do is decided by what it is, as information_schema tells: its engine, its
 * columns and its unique keys. What is not told there (a trigger) shows in the rows:
 * cloud_confirm.c.
 */
static const char table_query[] =
    "SELECT t.table_type, t.engine, e.transactions FROM information_schema.tables t"
    " LEFT JOIN information_schema.engines e ON e.engine = t.engine"
    " WHERE t.table_schema = DATABASE() AND t.table_name = ?";

static const char columns_query[] =
    "SELECT column_name, data_type, column_type, character_maximum_length,"
    " is_nullable = 'NO' AND column_default IS NULL AND extra NOT LIKE '%auto_increment%'"
    " AND extra NOT LIKE '%GENERATED%', character_set_name, collation_name,"
    " extra LIKE '%GENERATED%' AND extra NOT LIKE '%DEFAULT_GENERATED%'"
    " FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ?";

/* Of each column of each key: how it is called, whether it is whole, whether two rows can have the
 * same there (an id that counts, what is NULL, and what is made at random never do), and whether
 * the key is unique. */
static const char keys_query[] =
    "SELECT s.index_name, s.column_name, s.sub_part IS NULL,"
    " c.extra LIKE '%auto_increment%' OR (c.is_nullable = 'YES' AND c.extra NOT LIKE '%GENERATED%'"
    " AND (c.column_default IS NULL OR c.column_default = 'NULL'))"
    " OR c.column_default LIKE '%uuid%', s.non_unique = 0"
    " FROM information_schema.statistics s LEFT JOIN information_schema.columns c"
    " ON c.table_schema = s.table_schema AND c.table_name = s.table_name"
    " AND c.column_name = s.column_name"
    " WHERE s.table_schema = DATABASE() AND s.table_name = ?"
    " ORDER BY s.index_name, s.seq_in_index";

static const char cluster_query[] =
    "SHOW SESSION VARIABLES WHERE Variable_name IN"
    " ('wsrep_on', 'wsrep_certify_nonPK', 'group_replication_group_name')";

enum shape { SHAPE_TEXT, SHAPE_NUMBER, SHAPE_TIME };

/*
 * What each column must be able to hold, in the order of enum table_column. Serial numbers and PINs
 * met in the field are far below these widths (a PIN is 24 at most by the protocol); a longer value
 * is refused by the database's strict mode and set aside, never cut. The copy of the line may be
 * cut.
 */
static const struct {
    enum shape shape;
    unsigned long width; /* characters of a text */
    const char *wanted;
    const char *type; /* for the ALTER that cures it */
} needs[COLUMNS] = {
    {SHAPE_TEXT, 20, "a text of 20 characters or more", "VARCHAR(50)"},
    {SHAPE_TEXT, 24, "a text of 24 characters or more, since a number would make 42 of 00042",
     "VARCHAR(50)"},
    {SHAPE_TIME, 0, "DATETIME", "DATETIME"},
    {SHAPE_NUMBER, 0, "a whole number", "INT"},
    {SHAPE_NUMBER, 0, "a whole number", "INT"},
    {SHAPE_TEXT, 1, "a text", "TEXT"},
    /* Optional ones: another kind is somebody else's column, unless the configuration names it. */
    {SHAPE_TIME, 0, "DATETIME", "DATETIME NULL"},
    {SHAPE_TEXT, 24, "a text of 24 characters or more", "VARCHAR(24) NULL"},
    {SHAPE_TEXT, 100, "a text of 100 characters or more", "VARCHAR(100) NULL"},
    {SHAPE_TEXT, 6, "a text of 6 characters or more", "VARCHAR(8) NULL"},
    {SHAPE_TEXT, 16, "a text of 16 characters or more",
     "CHAR(16) CHARACTER SET ascii COLLATE ascii_bin NULL"},
    {SHAPE_NUMBER, 0, "BIGINT", "BIGINT UNSIGNED NULL"},
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

enum { CELLS_MAX = 8, CELL_MAX = 256 };

static const char tried[] = "cannot look at the database table";

/* A query with the table's name as its one parameter and cells of text as its result. */
struct lookup {
    MYSQL_STMT *statement;
    char cell[CELLS_MAX][CELL_MAX];
};

static bool lookup_begin(struct cloud *cloud, struct lookup *lookup, const char *sql, size_t cells,
                         struct error *err)
{
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

static bool yes(const char *cell)
{
    return cell[0] != '\0' && cell[0] != '0';
}

HB_PRINTF(2, 3)
static void warn(struct cloud *cloud, const char *format, ...)
{
    char *out = cloud->facts.table_warning;
    size_t used = strlen(out);
    va_list arguments;
    if (used > 0) {
        snprintf(out + used, sizeof cloud->facts.table_warning - used, " ");
        used = strlen(out);
    }
    va_start(arguments, format);
    vsnprintf(out + used, sizeof cloud->facts.table_warning - used, format, arguments);
    va_end(arguments);
}

/* ---- the table and the server ---- */

static bool look_at_cluster(struct cloud *cloud, bool *needs_key, struct error *err)
{
    *needs_key = false;
    if (mysql_query(cloud->mysql, cluster_query) != 0) {
        /* Servers that only speak the protocol may lack the statement. */
        return cloud_error_answered((long)mysql_errno(cloud->mysql)) ||
               cloud_fail(cloud, tried, err);
    }
    MYSQL_RES *result = mysql_store_result(cloud->mysql);
    bool certify_all = true;
    MYSQL_ROW row;
    cloud->facts.cluster = false;
    while (result != NULL && (row = mysql_fetch_row(result)) != NULL) {
        bool on = row[1] != NULL && row[1][0] != '\0' && strcmp(row[1], "OFF") != 0;
        if (span_equal_nocase(span_of(row[0]), SPAN("wsrep_certify_nonPK"))) {
            certify_all = on;
            continue;
        }
        cloud->facts.cluster = cloud->facts.cluster || on;
        *needs_key = *needs_key || (on && row[0][0] == 'g');
    }
    mysql_free_result(result);
    *needs_key = *needs_key || (cloud->facts.cluster && !certify_all);
    return true;
}

static bool look_at_table(struct cloud *cloud, enum cloud_table_state *state, struct error *err)
{
    struct lookup lookup;
    if (!lookup_begin(cloud, &lookup, table_query, 3, err)) {
        return false;
    }
    bool found = lookup_next(&lookup);
    mysql_stmt_close(lookup.statement);
    *state = found ? CLOUD_TABLE_READY : CLOUD_TABLE_MISSING;
    if (!found) {
        return true;
    }
    if (strstr(lookup.cell[0], "VIEW") != NULL) {
        return error_set(err, ERR_TABLE, 0,
                         "%s is a view, whose keys cannot be seen: name the table behind it in "
                         "database.table",
                         cloud->table);
    }
    cloud->facts.transactional = strcmp(lookup.cell[2], "YES") == 0;
    if (cloud->facts.cluster && span_equal_nocase(span_of(lookup.cell[1]), SPAN("InnoDB")) == 0) {
        return error_set(err, ERR_TABLE, 0,
                         "table %s cannot be used: its engine is %s, whose rows stay on one server "
                         "of the cluster. Run: ALTER TABLE %s ENGINE = InnoDB",
                         cloud->table, lookup.cell[1], cloud->table);
    }
    if (!cloud->facts.transactional) {
        warn(
            cloud,
            "Its engine %s has no transactions, so that a crash of the server may damage it: ALTER "
            "TABLE %s ENGINE = InnoDB.",
            lookup.cell[1], cloud->table);
    }
    return true;
}

/* ---- columns ---- */

static bool fits(size_t column, const char *type, const char *width)
{
    for (size_t i = 0; i < HB_COUNT(shapes); i++) {
        if (span_equal_nocase(span_of(shapes[i].type), span_of(type))) {
            return shapes[i].shape == needs[column].shape &&
                   (shapes[i].shape != SHAPE_TEXT ||
                    strtoull(width, NULL, 10) >= needs[column].width);
        }
    }
    return false;
}

/* What is odd about a column that will do. */
static void note_column(struct cloud *cloud, size_t column, const struct lookup *lookup)
{
    const char *name = cloud->column[column];
    const char *type = lookup->cell[1];
    const char *charset = lookup->cell[5];
    size_t collation = strlen(lookup->cell[6]);
    bool bytes = strstr(type, "text") != NULL; /* the width of a VARCHAR counts characters */
    if (column == COLUMN_RAW) {
        unsigned long long width = strtoull(lookup->cell[3], NULL, 10);
        cloud->raw = (struct cloud_raw){
            .width = width < PUNCH_RAW_MAX ? (size_t)width : PUNCH_RAW_MAX,
            .width_in_bytes = bytes,
            .all = strcmp(charset, "utf8mb4") == 0,
            .basic = strncmp(charset, "utf8", 4) == 0 || strcmp(charset, "ucs2") == 0 ||
                     strncmp(charset, "utf16", 5) == 0 || strcmp(charset, "utf32") == 0,
        };
    }
    if ((column == COLUMN_SN || column == COLUMN_USER) &&
        (collation < 4 || (strcmp(lookup->cell[6] + collation - 4, "_bin") != 0 &&
                           strcmp(lookup->cell[6], "binary") != 0))) {
        warn(cloud,
             "Its column %s compares by %s, for which a1 and A1 are one: the second of such two at "
             "one second is refused. ALTER TABLE %s MODIFY %s VARCHAR(50) CHARACTER SET utf8mb4 "
             "COLLATE utf8mb4_bin NOT NULL.",
             name, lookup->cell[6], cloud->table, name);
    }
    if (column == COLUMN_TIME && span_equal_nocase(span_of(type), SPAN("timestamp"))) {
        warn(
            cloud,
            "Its column %s is TIMESTAMP, which has no time in the hour that summer time skips and "
            "shows another one to whoever reads in another zone: ALTER TABLE %s MODIFY %s DATETIME "
            "NOT NULL.",
            name, cloud->table, name);
    }
    if ((column == COLUMN_STATUS || column == COLUMN_VERIFY) &&
        span_equal_nocase(span_of(type), SPAN("tinyint")) &&
        strstr(lookup->cell[2], "unsigned") == NULL) {
        warn(cloud,
             "Its column %s ends at 127 and terminals send up to 255: such punches are refused. "
             "ALTER TABLE %s MODIFY %s INT NOT NULL.",
             name, cloud->table, name);
    }
}

/* Which of the columns that are filled is called so; COLUMNS: none. */
static size_t column_of(const struct cloud *cloud, const char *name)
{
    size_t column = 0;
    while (column < COLUMNS &&
           !span_equal_nocase(span_of(config_column(cloud->config, (enum table_column)column)),
                              span_of(name))) {
        column++;
    }
    return name[0] != '\0' ? column : COLUMNS;
}

/* Whether it must be there: an optional one that the configuration names by another name, too. */
static bool is_needed(const struct cloud *cloud, size_t column)
{
    return cloud->column[column][0] != '\0' &&
           (column < COLUMN_OPTIONAL || cloud->config->columns.given[column]);
}

/* *unfilled: the column must be given a value that we do not have; said unless worse is found. */
static bool look_at_column(struct cloud *cloud, const struct lookup *lookup, bool *found,
                           struct error *unfilled, struct error *err)
{
    char name[2 * CELL_MAX + 3];
    size_t column = column_of(cloud, lookup->cell[0]);
    bool will_do = column < COLUMNS && fits(column, lookup->cell[1], lookup->cell[3]) &&
                   (column != COLUMN_SEQ || strcmp(lookup->cell[1], "bigint") == 0);
    bool theirs =
        column < COLUMNS && !is_needed(cloud, column) && (yes(lookup->cell[7]) || !will_do);
    cloud_quote(lookup->cell[0], name);
    if (column == COLUMNS || theirs) {
        if (yes(lookup->cell[4]) && unfilled->kind == ERR_NONE) {
            error_set(unfilled, ERR_TABLE, 0,
                      "table %s cannot be used: its column %s must be given a value and has no "
                      "default. Run: ALTER TABLE %s MODIFY %s %s NULL",
                      cloud->table, name, cloud->table, name, lookup->cell[2]);
        }
        return true;
    }
    found[column] = true;
    if (yes(lookup->cell[7])) {
        return error_set(err, ERR_TABLE, 0,
                         "table %s cannot be used: its column %s is computed by the server and "
                         "cannot be filled. Run: ALTER TABLE %s MODIFY %s %s",
                         cloud->table, name, cloud->table, name, needs[column].type);
    }
    if (!will_do) {
        return error_set(err, ERR_TABLE, 0,
                         "table %s cannot be used: its column %s is %s and must be %s. Run: ALTER "
                         "TABLE %s MODIFY %s %s",
                         cloud->table, name, lookup->cell[2], needs[column].wanted, cloud->table,
                         name, needs[column].type);
    }
    cloud->used[column] = true;
    note_column(cloud, column, lookup);
    return true;
}

static bool look_at_columns(struct cloud *cloud, struct error *err)
{
    bool found[COLUMNS] = {false};
    bool fine = true;
    struct error unfilled = ERROR_INIT;
    struct lookup lookup;
    memset(cloud->used, 0, sizeof cloud->used);
    if (!lookup_begin(cloud, &lookup, columns_query, 8, err)) {
        return false;
    }
    while (fine && lookup_next(&lookup)) {
        fine = look_at_column(cloud, &lookup, found, &unfilled, err);
    }
    mysql_stmt_close(lookup.statement);
    for (size_t i = 0; fine && i < COLUMNS; i++) {
        if (!found[i] && is_needed(cloud, i)) {
            fine = error_set(err, ERR_TABLE, 0,
                             "table %s cannot be used: it has no column %s (%s). Name its own in "
                             "database.columns, or run: ALTER TABLE %s ADD %s %s",
                             cloud->table, cloud->column[i], needs[i].wanted, cloud->table,
                             cloud->column[i], needs[i].type);
        }
    }
    if (!cloud->used[COLUMN_RAW]) { /* nothing is to be made to fit */
        cloud->raw = (struct cloud_raw){.width = PUNCH_RAW_MAX, .all = true};
    }
    return fine && (unfilled.kind == ERR_NONE || error_set(err, ERR_TABLE, 0, "%s", unfilled.text));
}

/* ---- keys ---- */

struct key {
    char name[CELL_MAX];
    char columns[512];
    size_t count;
    bool unique;
    size_t of_feed;  /* it begins with so many of bridge and seq, by which numbers are found */
    size_t of_punch; /* whole columns of the punch's key */
    bool varies;     /* a column in which no two rows are the same */
};

static void key_add(struct cloud *cloud, struct key *key, const struct lookup *lookup)
{
    const char *name = lookup->cell[1];
    size_t column = column_of(cloud, name);
    size_t used = strlen(key->columns);
    snprintf(key->columns + used, sizeof key->columns - used, "%s%s", used > 0 ? ", " : "",
             name[0] != '\0' ? name : "(computed)");
    key->unique = yes(lookup->cell[4]);
    key->of_feed += column == (key->count == 0 ? COLUMN_BRIDGE : COLUMN_SEQ) && key->count < 2;
    key->count++;
    key->of_punch += column <= COLUMN_TIME && yes(lookup->cell[2]);
    key->varies =
        key->varies || (column == COLUMNS && yes(lookup->cell[3])) || column == COLUMN_SEQ;
}

/* A key that could take two punches for one swallows the second. */
static bool key_judge(struct cloud *cloud, const struct key *key, struct error *err)
{
    const bool primary = strcmp(key->name, "PRIMARY") == 0;
    char quoted[2 * CELL_MAX + 3];
    cloud->facts.feed = cloud->facts.feed || key->of_feed == 2;
    if (key->count == 0 || !key->unique || key->varies) {
        return true;
    }
    if (key->of_punch == cloud_key_count(cloud)) {
        cloud->facts.unique_key = cloud->facts.unique_key || key->count == key->of_punch;
        return true;
    }
    cloud_quote(key->name, quoted);
    if (primary && key->count == 1) {
        bool filled = column_of(cloud, key->columns) < COLUMNS;
        cloud_quote(key->columns, quoted);
        return error_set(
            err, ERR_TABLE, 0,
            "table %s cannot be used: its primary key %s would be the same for all "
            "punches, or for two, and swallow all but the first. Run: ALTER TABLE %s %s "
            "%s BIGINT UNSIGNED NOT NULL AUTO_INCREMENT%s",
            cloud->table, key->columns, cloud->table, filled ? "DROP PRIMARY KEY, ADD" : "MODIFY",
            filled ? "id" : quoted, filled ? " PRIMARY KEY" : "");
    }
    return error_set(err, ERR_TABLE, 0,
                     "table %s cannot be used: its %s %s (%s) would take two punches for one and "
                     "swallow the second. Run: ALTER TABLE %s DROP %s%s%s",
                     cloud->table, primary ? "primary key" : "unique key", key->name, key->columns,
                     cloud->table, primary ? "PRIMARY KEY" : "INDEX ", primary ? "" : quoted,
                     primary ? ", ADD id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY" : "");
}

static bool look_at_keys(struct cloud *cloud, bool needs_primary, struct error *err)
{
    struct lookup lookup;
    struct key key;
    bool fine = true;
    bool any_primary = false;
    cloud->facts.unique_key = cloud->facts.feed = false;
    if (!lookup_begin(cloud, &lookup, keys_query, 5, err)) {
        return false;
    }
    memset(&key, 0, sizeof key);
    while (fine && lookup_next(&lookup)) {
        if (strcmp(key.name, lookup.cell[0]) != 0) {
            fine = key_judge(cloud, &key, err);
            memset(&key, 0, sizeof key);
            snprintf(key.name, sizeof key.name, "%s", lookup.cell[0]);
            any_primary = any_primary || strcmp(key.name, "PRIMARY") == 0;
        }
        key_add(cloud, &key, &lookup);
    }
    mysql_stmt_close(lookup.statement);
    fine = fine && key_judge(cloud, &key, err);
    return fine &&
           (any_primary || !needs_primary ||
            error_set(err, ERR_TABLE, 0,
                      "table %s cannot be used: it has no primary key, without which this "
                      "cluster takes no row. Run: ALTER TABLE %s ADD id BIGINT UNSIGNED NOT "
                      "NULL AUTO_INCREMENT PRIMARY KEY",
                      cloud->table, cloud->table));
}

/* Without their key each batch would look through the whole table: then they are not filled. Nor
 * are they without the terminal's column, since a number's row could not be told to be ours. */
static void judge_feed(struct cloud *cloud)
{
    cloud->has_feed = cloud->used[COLUMN_BRIDGE] && cloud->used[COLUMN_SEQ];
    cloud->facts.feed = cloud->facts.feed && cloud->has_feed && cloud->used[COLUMN_SN] &&
                        cloud->facts.transactional;
    cloud->used[COLUMN_BRIDGE] = cloud->used[COLUMN_SEQ] = cloud->facts.feed;
}

bool cloud_table_look(struct cloud *cloud, enum cloud_table_state *state, struct error *err)
{
    bool needs_primary = false;
    *state = CLOUD_TABLE_MISSING;
    cloud->facts.table_warning[0] = '\0';
    if (!look_at_cluster(cloud, &needs_primary, err) || !look_at_table(cloud, state, err)) {
        return false;
    }
    if (*state == CLOUD_TABLE_READY) {
        if (!look_at_columns(cloud, err) || !look_at_keys(cloud, needs_primary, err)) {
            return false;
        }
        judge_feed(cloud);
    }
    return cloud_run(cloud, "COMMIT", tried, err);
}
