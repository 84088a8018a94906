#include <errmsg.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pace/certificate.h"
#include "cloud/cloud_private.h"
#include "cloud/cloud_orders.h"
#include "cloud/cloud_status.h"
#include "net/resolve.h"
#include "base/text.h"

enum { CLOCK_FAR_S = 300 };

struct report {
    void (*line)(void *context, const char *what, bool fine, const char *words);
    void *context;
    bool all_fine;
};

HB_PRINTF(4, 5)
static void tell(struct report *report, const char *what, bool fine, const char *format, ...)
{
    char words[ERROR_TEXT_MAX + CLOUD_STATEMENT_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    report->all_fine = report->all_fine && fine;
    report->line(report->context, what, fine, words);
}

/* What a failure to connect belongs to (everything before it was fine), and what to do about it. */
static void tell_failed(struct report *report, const struct error *err)
{
    if (err->code == CR_UNKNOWN_HOST) {
        tell(report, "name", false, "%s", err->text);
    } else if (err->code == CR_SSL_CONNECTION_ERROR) {
        tell(report, "TLS", false, "%s", err->text); /* says itself which setting would be right */
    } else if (err->kind == ERR_LOGIN || err->kind == ERR_TABLE) {
        tell(report, "login", false,
             "%s. Correct user, password and database in config.json, or have the account's rights "
             "on the server mended",
             err->text);
    } else if (cloud_error_answered(err->code)) {
        tell(report, "connection", false, "%s. The server was reached and this is its answer",
             err->text);
    } else {
        tell(report, "connection", false,
             "%s. Is database.port right, does the server run, and does every firewall between let "
             "this PC through?",
             err->text);
    }
}

/* The first cell of a query's first row; "" when there is none. */
static void ask(struct cloud *cloud, const char *sql, unsigned int column, char *out, size_t size)
{
    out[0] = '\0';
    if (mysql_query(cloud->mysql, sql) != 0) {
        return;
    }
    MYSQL_RES *result = mysql_store_result(cloud->mysql);
    MYSQL_ROW row = result != NULL ? mysql_fetch_row(result) : NULL;
    if (row != NULL && mysql_num_fields(result) > column && row[column] != NULL) {
        snprintf(out, size, "%s", row[column]);
    }
    mysql_free_result(result);
}

/* Who issued the server's certificate, and for how long it is good. */
static void certificate_words(const struct cloud *cloud, char *out, size_t size)
{
    const struct cloud_facts *facts = &cloud->facts;
    const int64_t now_s = (int64_t)time(NULL);
    long long days = certificate_days_left(facts->tls_until_s, now_s);
    bool verified =
        cloud->config->tls == CONFIG_TLS_VERIFY || cloud->config->tls == CONFIG_TLS_VERIFY_CA;
    bool is_short = verified && certificate_short(facts->tls_until_s, now_s);
    out[0] = '\0';
    if (cloud->config->tls == CONFIG_TLS_OFF) {
        return;
    }
    if (facts->tls_until_s == 0) {
        snprintf(out, size, ", issuer and days left not told by this build's client library");
        return;
    }
    snprintf(out, size, ", issued by %s, %lld %s%s%s",
             facts->tls_issuer[0] != '\0' ? facts->tls_issuer : "(no name)",
             days < 0 ? -days : days, days < 0 ? "days past its end" : "days left",
             is_short ? ". Have whoever runs the server renew its certificate: once it has ended, "
                        "punches wait on this PC until it is"
                      : "",
             !verified && days < 0 ? ", which is not looked at" : "");
}

static bool examine_host(struct cloud *cloud, size_t host, struct report *report)
{
    static const char *const trust[] = {
        [CONFIG_TLS_VERIFY] = "certificate and name verified",
        [CONFIG_TLS_VERIFY_CA] =
            "certificate verified, its name not looked at, as database.tls says",
        [CONFIG_TLS_ENCRYPT] =
            ("any certificate taken at the first login and from then on that one "
             "alone, as database.tls says: a false server at the first login "
             "would not be noticed"),
        [CONFIG_TLS_OFF] =
            ("the punches go in the clear, as database.tls says, and who listens can "
             "try to guess the password"),
    };
    const struct config_database *config = cloud->config;
    const char *name = config->hosts[host].name;
    char addresses[256];
    struct error err = ERROR_INIT;
    if (!resolve_text(name, addresses, sizeof addresses)) {
        tell(report, "name", false,
             "%s cannot be found: is it spelled right in database.host, and has this PC a network?",
             name);
        return false;
    }
    tell(report, "name", true, "%s has the address %s", name, addresses);
    if (!cloud_open(cloud, host, &err)) {
        tell_failed(report, &err);
        return false;
    }
    const struct cloud_facts *facts = &cloud->facts;
    tell(report, "connection", true, "%s answers: %s", facts->host, facts->server);
    char certificate[sizeof facts->tls_issuer + 192];
    certificate_words(cloud, certificate, sizeof certificate);
    tell(report, "TLS", true, "%s, %s%s", facts->tls, trust[config->tls], certificate);
    tell(report, "login", true, "user %s, database %s, may be written to", config->user,
         config->database);
    return true;
}

static bool examine_table(struct cloud *cloud, bool create, struct report *report)
{
    enum cloud_table_state state;
    struct error err = ERROR_INIT;
    bool made = false;
    bool looked = cloud_table_look(cloud, &state, &err);
    if (looked && state == CLOUD_TABLE_MISSING && create) {
        looked = cloud_table_create(cloud, &err) && cloud_table_look(cloud, &state, &err);
        made = true;
    }
    if (!looked) {
        tell(report, "table", false, "%s", err.text);
        return false;
    }
    if (state == CLOUD_TABLE_MISSING) {
        bool later = cloud->config->create_table;
        tell(report, "table", later, "%s does not exist; %s", cloud->table,
             later ? "the service makes it when it connects"
                   : "`hipctl test-db --create` makes it");
        return false;
    }
    tell(report, "table", true, "%s %s", cloud->table,
         made ? "was made" : "has the columns that are needed, and no key that swallows punches");
    if (cloud->facts.table_warning[0] != '\0') {
        tell(report, "table", true, "It can be used, but: %s", cloud->facts.table_warning);
    }
    char lacks[CLOUD_STATEMENT_MAX];
    bool could = cloud_table_lacks(cloud, lacks);
    tell(report, "optional columns", true, "%s%s",
         could ? "it works without; for more, run: " : "all are there", could ? lacks : "");
    tell(report, "unique key", cloud->facts.unique_key,
         cloud->facts.unique_key ? "%sa punch sent twice is one row"
                                 : "none that is the punch: one may become two rows. Run: %s",
         cloud->facts.unique_key ? "" : cloud->key);
    return true;
}

/*
 * By statements that are checked and not carried out: that finds what roles and patterns grant,
 * too. The INSERT needs UPDATE because a punch that is there already is left as it is by ON
 * DUPLICATE KEY.
 */
static void examine_privileges(struct cloud *cloud, struct report *report)
{
    enum { TRIES = 2 };
    const struct config_database *config = cloud->config;
    const char *user = cloud->column[COLUMN_USER];
    char tries[TRIES][CLOUD_STATEMENT_MAX];
    snprintf(tries[0], sizeof tries[0], "EXPLAIN SELECT %s FROM %s", user, cloud->table);
    snprintf(tries[1], sizeof tries[1],
             "EXPLAIN INSERT INTO %s (%s, %s) VALUES ('', '2000-01-01')"
             " ON DUPLICATE KEY UPDATE %s = %s",
             cloud->table, user, cloud->column[COLUMN_TIME], user, user);
    for (size_t i = 0; i < TRIES; i++) {
        const char *sql = tries[i];
        char ignored[2];
        struct error err = ERROR_INIT;
        ask(cloud, sql, 0, ignored, sizeof ignored);
        if (mysql_errno(cloud->mysql) != 0 && !cloud_fail(cloud, "not enough of them", &err) &&
            err.kind == ERR_LOGIN) {
            tell(report, "privileges", false,
                 "%s. Have the server's administrator run: GRANT SELECT, INSERT, UPDATE ON %s.* TO "
                 "'%s'",
                 err.text, config->database, config->user);
            return;
        }
    }
    tell(report, "privileges", true, "SELECT, INSERT and UPDATE on %s", cloud->table);
}

/* Head office's tables: without them punches go up all the same. */
static void examine_status(struct cloud *cloud, bool create, struct report *report)
{
    static const char what[] = "status tables";
    struct error err = ERROR_INIT;
    char cure[ERROR_TEXT_MAX];
    bool there = true;
    bool made = false;
    if (!cloud->config->status_tables) {
        return;
    }
    bool fine = cloud_report_allowed(cloud, &there, cure, &err);
    if (!fine && !there && create) {
        error_clear(&err);
        made = true;
        fine = cloud_report_create(cloud, &err) && cloud_report_allowed(cloud, &there, cure, &err);
    }
    if (!fine && !there && !create && cloud->config->create_table) {
        tell(report, what, true,
             "bridge_status and device_status do not exist; the service makes them if it may");
    } else if (!fine) {
        tell(report, what, false, "%s%s%s. Punches go up all the same", err.text,
             cure[0] != '\0' ? ". To be run by the server's administrator: " : "", cure);
    } else {
        tell(report, what, true, "bridge_status and device_status %s",
             made ? "were made" : "can be written");
    }
}

static void examine_orders(struct cloud *cloud, bool create, struct report *report)
{
    static const char what[] = "orders";
    struct error err = ERROR_INIT;
    char cure[ERROR_TEXT_MAX];
    bool there = true;
    if (!cloud->config->orders) {
        return;
    }
    bool fine = cloud_orders_allowed(cloud, &there, cure, &err);
    if (!fine && !there && create) {
        error_clear(&err);
        fine = cloud_run(cloud, cloud_orders_create, "cannot make the table bridge_orders", &err) &&
               cloud_orders_allowed(cloud, &there, cure, &err);
    }
    bool later = !fine && !there && !create && cloud->config->create_table;
    if (later) {
        tell(report, what, true, "bridge_orders does not exist; the service makes it if it may");
    } else if (!fine) {
        tell(report, what, false, "%s%s%s. Punches go up all the same", err.text,
             cure[0] != '\0' ? ". To be run by the server's administrator: " : "", cure);
    } else {
        tell(report, what, true, "bridge_orders can be read and answered in");
    }
}

static void examine_clock(struct cloud *cloud, struct report *report)
{
    char text[32];
    ask(cloud, "SELECT UNIX_TIMESTAMP()", 0, text, sizeof text);
    long long ahead = strtoll(text, NULL, 10) - (long long)time(NULL);
    long long far = ahead < 0 ? -ahead : ahead;
    if (text[0] == '\0') {
        return; /* the round trip tells of a line that is lost */
    }
    tell(report, "clock", far <= CLOCK_FAR_S,
         far <= CLOCK_FAR_S ? "the server's and this PC's differ by %lld s"
                            : "the server's and this PC's differ by %lld s: set this PC's clock, "
                              "from which terminals take theirs",
         far);
}

/*
 * Rows of the odd kinds that are met, each rolled back: what would be refused is told now. Where
 * the engine cannot roll back nothing is written.
 */
static void examine_row(struct cloud *cloud, struct report *report)
{
    static const struct {
        const char *what;
        const char *user;
        int32_t status;
        const char *raw;
    } rows[] = {
        {"a punch", "test", 0, "written by hipctl test-db and rolled back"},
        {"a line in Thai", "test", 0,
         "\xe0\xb8\x97\xe0\xb8\x94\xe0\xb8\xaa\xe0\xb8\xad\xe0\xb8\x9a"},
        {"a line with a character of four bytes", "test", 0, "\xf0\x9f\x95\x90"},
        {"a user in Thai", "\xe0\xb8\x97\xe0\xb8\x94\xe0\xb8\xaa\xe0\xb8\xad\xe0\xb8\x9a", 0, ""},
        {"a status of 255", "test", 255, ""},
    };
    char lost[512] = "";
    size_t used = 0;
    if (!cloud->facts.transactional) {
        tell(report, "test row", true,
             "not written, since the table's engine could not take it back");
        return;
    }
    for (size_t i = 0; i < HB_COUNT(rows); i++) {
        struct error err = ERROR_INIT;
        struct punch_row row;
        size_t inserted = 0;
        struct cloud_common common = {NULL, 0};
        memset(&row, 0, sizeof row);
        snprintf(row.punch.device_sn, sizeof row.punch.device_sn, "HIPBRIDGE-TEST");
        snprintf(row.punch.user_id, sizeof row.punch.user_id, "%s", rows[i].user);
        row.punch.raw = span_of(rows[i].raw);
        row.punch.status = rows[i].status;
        row.punch.verify = 1;
        walltime_from_civil(&(struct civil){.year = 2000, .month = 1, .day = 1}, &row.punch.time);
        bool fine = cloud_rows_put(cloud, &row, 1, &common, &inserted, &err) &&
                    cloud_rows_sample(cloud, &row, 1, &err);
        if (mysql_rollback(cloud->mysql) != 0 && fine) {
            fine = cloud_fail(cloud, "cannot roll the test row back", &err);
        }
        if (!fine && (i == 0 || err.kind != ERR_DATA)) {
            tell(report, "test row", false, "%s", err.text);
            return;
        }
        if (!fine) {
            int more = snprintf(lost + used, sizeof lost - used, "%s%s", used > 0 ? ", " : "",
                                rows[i].what);
            used += more > 0 && (size_t)more < sizeof lost - used ? (size_t)more : 0;
        }
    }
    tell(report, "test row", true, "written, read and rolled back%s%s",
         used > 0 ? "; refused would be punches with: " : "", lost);
}

static int by_size(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static void examine_round_trip(struct cloud *cloud, struct report *report)
{
    int64_t took[9];
    for (size_t i = 0; i < HB_COUNT(took); i++) {
        int64_t began = wake_clock_us();
        if (mysql_ping(cloud->mysql) != 0) {
            struct error err = ERROR_INIT;
            cloud_fail(cloud, "the connection was lost", &err);
            tell(report, "round trip", false, "%s", err.text);
            return;
        }
        took[i] = wake_clock_us() - began;
    }
    qsort(took, HB_COUNT(took), sizeof took[0], by_size);
    int64_t median_us = took[HB_COUNT(took) / 2];
    tell(report, "round trip", true, "%.1f ms", (double)median_us / 1000.0);
}

bool cloud_examine(struct cloud *cloud, bool create,
                   void (*line)(void *context, const char *what, bool fine, const char *words),
                   void *context)
{
    struct report report = {line, context, true};
    size_t count = cloud->config->host_count;
    bool table_seen = false;
    if (count == 0) {
        tell(&report, "configuration", false,
             "database.host is empty: no database is named. Fill it in, in config.json");
    }
    for (size_t i = 0; i < count; i++) {
        if (examine_host(cloud, i, &report) && !table_seen) {
            table_seen = true;
            if (examine_table(cloud, create, &report)) {
                examine_privileges(cloud, &report);
                examine_row(cloud, &report);
                examine_status(cloud, create, &report);
                examine_orders(cloud, create, &report);
            }
            examine_clock(cloud, &report);
            examine_round_trip(cloud, &report);
        }
        cloud_disconnect(cloud);
    }
    return report.all_fine;
}
