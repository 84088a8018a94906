#include "cloud/cloud_status.h"

#include <mysqld_error.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cloud/cloud_private.h"

const char cloud_bridge_status_create[] =
    "CREATE TABLE IF NOT EXISTS bridge_status ("
    "bridge CHAR(16) NOT NULL PRIMARY KEY, name VARCHAR(100), version VARCHAR(20),"
    " state VARCHAR(10), started_at DATETIME, reported_at DATETIME, waiting BIGINT,"
    " oldest_waiting DATETIME, refused BIGINT, last_seq BIGINT UNSIGNED, problem_id INT,"
    " problem VARCHAR(500)) DEFAULT CHARSET = utf8mb4";

const char cloud_device_status_create[] =
    "CREATE TABLE IF NOT EXISTS device_status ("
    "bridge CHAR(16) NOT NULL, device_sn VARCHAR(50) COLLATE utf8mb4_bin NOT NULL,"
    " name VARCHAR(100), source VARCHAR(8), last_seen DATETIME, last_punch DATETIME,"
    " terminal_records BIGINT, stored_records BIGINT, complete_through DATETIME,"
    " proof VARCHAR(10), clock_off_s INT, firmware VARCHAR(64), problem_id INT,"
    " problem VARCHAR(500), PRIMARY KEY (bridge, device_sn)) DEFAULT CHARSET = utf8mb4";

static const char tried[] = "cannot write the status tables";

enum { SQL_MAX = 16 << 10 };

/* A statement that is put together; what does not fit makes it fail, and never another one. */
struct text {
    char at[SQL_MAX];
    size_t len;
    bool full;
};

static void put(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int wrote = vsnprintf(text->at + text->len, sizeof text->at - text->len, format, arguments);
    va_end(arguments);
    text->full = text->full || wrote < 0 || (size_t)wrote >= sizeof text->at - text->len;
    text->len += text->full ? 0 : (size_t)wrote;
}

/* At most `width` characters, quoted; NULL where there are none. */
static void put_words(struct cloud *cloud, struct text *text, const char *words, size_t width)
{
    char escaped[2 * FACTS_PROBLEM + 1];
    struct span span = span_of(words != NULL ? words : "");
    size_t characters = 0;
    size_t len = 0;
    while (len < span.len && len < FACTS_PROBLEM) {
        characters += ((unsigned char)span.at[len] & 0xC0) != 0x80;
        if (characters > width) {
            break;
        }
        len++;
    }
    if (len == 0) {
        put(text, ", NULL");
        return;
    }
    escaped[mysql_real_escape_string(cloud->mysql, escaped, span.at,
                                     (unsigned long)utf8_cut(span, len))] = '\0';
    put(text, ", '%s'", escaped);
}

static void put_number(struct text *text, bool known, int64_t number)
{
    if (known) {
        put(text, ", %lld", (long long)number);
    } else {
        put(text, ", NULL");
    }
}

static void put_moment(struct text *text, bool known, walltime time)
{
    char when[WALLTIME_TEXT_MAX];
    if (known) {
        put(text, ", '%s'", walltime_text(time, when));
    } else {
        put(text, ", NULL");
    }
}

/* "INSERT INTO table (a, b) VALUES (…) ON DUPLICATE KEY UPDATE a = VALUES(a), …", for all but the
 * key. */
static void put_tail(struct text *text, const char *const *columns, size_t count)
{
    put(text, ") ON DUPLICATE KEY UPDATE ");
    for (size_t i = 0; i < count; i++) {
        put(text, "%s%s = VALUES(%s)", i > 0 ? ", " : "", columns[i], columns[i]);
    }
}

static bool run(struct cloud *cloud, const struct text *text, struct error *err)
{
    if (text->full) {
        return error_set(err, ERR_TOO_LARGE, 0, "%s: a statement is too long", tried);
    }
    return cloud_run(cloud, text->at, tried, err);
}

static bool write_bridge(struct cloud *cloud, const char *bridge, const struct bridge_facts *facts,
                         struct error *err)
{
    static const char *const columns[] = {
        "name",    "version",        "state",    "started_at", "reported_at", "waiting",
        "refused", "oldest_waiting", "last_seq", "problem_id", "problem",
    };
    struct text text = {.len = 0};
    put(&text,
        "INSERT INTO bridge_status (bridge, name, version, state, started_at, reported_at,"
        " waiting, refused, oldest_waiting, last_seq, problem_id, problem) VALUES ('%s'",
        bridge);
    put_words(cloud, &text, facts->name, 100);
    put_words(cloud, &text, facts->version, 20);
    put_words(cloud, &text, facts->running ? "running" : "stopped", 10);
    put(&text, ", UTC_TIMESTAMP() - INTERVAL %lld SECOND, UTC_TIMESTAMP()",
        (long long)(facts->up_s > 0 ? facts->up_s : 0));
    put_number(&text, true, facts->waiting);
    put_number(&text, true, facts->refused);
    put_moment(&text, facts->has_oldest, facts->oldest_waiting);
    put_number(&text, true, facts->last_seq);
    put_number(&text, facts->problem_id != 0, facts->problem_id);
    put_words(cloud, &text, facts->problem, 500);
    put_tail(&text, columns, HB_COUNT(columns));
    return run(cloud, &text, err);
}

static bool write_terminal(struct cloud *cloud, const char *bridge,
                           const struct terminal_facts *facts, struct error *err)
{
    static const char *const columns[] = {
        "name",  "source",      "last_seen", "last_punch", "terminal_records", "stored_records",
        "proof", "clock_off_s", "firmware",  "problem_id", "problem",          "complete_through",
    };
    struct text text = {.len = 0};
    put(&text,
        "INSERT INTO device_status (bridge, device_sn, name, source, last_seen, last_punch,"
        " terminal_records, stored_records, complete_through, proof, clock_off_s, firmware,"
        " problem_id, problem) VALUES ('%s'",
        bridge);
    put_words(cloud, &text, facts->sn, 50);
    put_words(cloud, &text, facts->name, 100);
    put_words(cloud, &text, facts->source, 8);
    put_moment(&text, facts->has_seen, facts->last_seen);
    put_moment(&text, facts->has_punch, facts->last_punch);
    put_number(&text, facts->records >= 0, facts->records);
    put_number(&text, facts->stored >= 0, facts->stored);
    put_moment(&text, facts->complete, facts->through);
    put_words(cloud, &text, facts->proof, 10);
    put_number(&text, facts->clock_known, facts->clock_off_s);
    put_words(cloud, &text, facts->firmware, 64);
    put_number(&text, facts->problem_id != 0, facts->problem_id);
    put_words(cloud, &text, facts->problem, 500);
    put_tail(&text, columns, HB_COUNT(columns));
    return run(cloud, &text, err);
}

/* Nothing is proven any more of a terminal that is retired. */
static bool unprove_others(struct cloud *cloud, const char *bridge,
                           const struct terminal_facts *terminals, size_t count, struct error *err)
{
    struct text text = {.len = 0};
    put(&text,
        "UPDATE device_status SET proof = 'none', complete_through = NULL WHERE bridge = '%s'"
        " AND device_sn NOT IN (''",
        bridge);
    for (size_t i = 0; i < count; i++) {
        put_words(cloud, &text, terminals[i].sn, 50);
    }
    put(&text, ")");
    return text.full || run(cloud, &text, err);
}

static bool write_all(struct cloud *cloud, const char *bridge, const struct bridge_facts *facts,
                      const struct terminal_facts *terminals, size_t count, struct error *err)
{
    if (!write_bridge(cloud, bridge, facts, err) ||
        !unprove_others(cloud, bridge, terminals, count, err)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!write_terminal(cloud, bridge, &terminals[i], err)) {
            return false;
        }
    }
    return mysql_commit(cloud->mysql) == 0 || cloud_fail(cloud, tried, err);
}

static void say_cure(const struct cloud *cloud, const struct error *why, char *cure)
{
    const struct config_database *config = cloud->config;
    cure[0] = '\0';
    if (why->kind == ERR_LOGIN) {
        snprintf(cure, ERROR_TEXT_MAX,
                 "GRANT SELECT, INSERT, UPDATE ON `%.64s`.bridge_status TO '%.80s'; GRANT SELECT,"
                 " INSERT, UPDATE ON `%.64s`.device_status TO '%.80s' (tables that are not there "
                 "are made first: docs\\database.html has the statements), or set "
                 "database.status_tables to false",
                 config->database, config->user, config->database, config->user);
    } else if (why->kind == ERR_TABLE || why->kind == ERR_DATA) {
        snprintf(cure, ERROR_TEXT_MAX,
                 "`hipctl test-db --create` makes them; tables of these names "
                 "that are somebody else's must go");
    }
}

/* Of both tables: looked at as the writing would, nothing being written. */
static const char *const tries[] = {
    "EXPLAIN INSERT INTO bridge_status (bridge, name, version, state, started_at, reported_at,"
    " waiting, refused, oldest_waiting, last_seq, problem_id, problem) VALUES ('', '', '', '', "
    "NULL,"
    " NULL, 0, 0, NULL, 0, 0, '') ON DUPLICATE KEY UPDATE name = VALUES(name)",
    "EXPLAIN UPDATE bridge_status SET state = '' WHERE bridge = ''",
    "EXPLAIN INSERT INTO device_status (bridge, device_sn, name, source, last_seen, last_punch,"
    " terminal_records, stored_records, complete_through, proof, clock_off_s, firmware,"
    " problem_id, problem) VALUES ('', '', '', '', NULL, NULL, 0, 0, NULL, '', 0, '', 0, '')"
    " ON DUPLICATE KEY UPDATE name = VALUES(name)",
    "EXPLAIN UPDATE device_status SET proof = 'none' WHERE bridge = '' AND device_sn NOT IN ('')",
};

bool cloud_report_allowed(struct cloud *cloud, bool *there, char *cure, struct error *err)
{
    struct error why = ERROR_INIT;
    cure[0] = '\0';
    if (cloud_may(cloud, tries, HB_COUNT(tries), tried, there, &why)) {
        return true;
    }
    say_cure(cloud, &why, cure);
    if (err != NULL) {
        *err = why;
    }
    return false;
}

bool cloud_report_create(struct cloud *cloud, struct error *err)
{
    return cloud_run(cloud, cloud_bridge_status_create, tried, err) &&
           cloud_run(cloud, cloud_device_status_create, tried, err);
}

bool cloud_report(struct cloud *cloud, bool create, const char *bridge,
                  const struct bridge_facts *facts, const struct terminal_facts *terminals,
                  size_t count, char *cure, struct error *err)
{
    struct error why = ERROR_INIT;
    cure[0] = '\0';
    if (!cloud_begin_work(cloud, err)) {
        return false;
    }
    bool done = write_all(cloud, bridge, facts, terminals, count, &why);
    if (!done && why.code == ER_NO_SUCH_TABLE && create) {
        error_clear(&why);
        done = cloud_report_create(cloud, &why) &&
               write_all(cloud, bridge, facts, terminals, count, &why);
    }
    if (done) {
        return true;
    }
    say_cure(cloud, &why, cure);
    /* A right or a table that lacks is no reason to connect anew. */
    if ((why.kind != ERR_LOGIN && why.kind != ERR_TABLE) || mysql_rollback(cloud->mysql) != 0) {
        cloud_end_work(cloud, &why);
    }
    if (err != NULL) {
        *err = why;
    }
    return false;
}
