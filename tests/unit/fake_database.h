/*
 * fake_database: in the place of cloud.c, a database that takes rows into an array and fails as it
 * is told to. For the one program that includes it.
 */
#ifndef HIPBRIDGE_TEST_FAKE_DATABASE_H
#define HIPBRIDGE_TEST_FAKE_DATABASE_H

#include "check.h"
#include "cloud/cloud_orders.h"
#include "cloud/cloud_status.h"

enum { FAKE_UNKNOWN = 31999 }; /* a number of an error that nobody knows */
enum { FAKE_SHORTAGE = 1040 }; /* of one that says that no connection is left */
enum { PUNCHES_MAX = 30000 };  /* a punch's user is its number, below this */

static struct {
    struct cloud_facts facts;
    bool connected;
    bool interrupted;
    bool crowded;               /* it has no connection left */
    enum error_kind connecting; /* how cloud_connect fails; ERR_NONE: it does not */
    enum error_kind inserting;  /* how cloud_insert fails, inserts_failing times */
    int inserts_failing;
    bool commits_before_failing;
    bool commits_late; /* broken on purpose: rows are there when the next ones come */
    bool late[PUNCHES_MAX];
    int64_t seq;    /* the highest number given */
    bool foreign;   /* another writer is found, once */
    size_t reports; /* of head office */
    struct bridge_facts bridge;
    struct terminal_facts terminals[8];
    size_t terminal_count;
    enum error_kind reporting; /* how they fail */
    size_t rows_most;          /* more is ERR_TOO_LARGE; 0: any number */
    bool bad[PUNCHES_MAX];     /* by the punch's number: ERR_DATA */
    bool strange[PUNCHES_MAX]; /* likewise: ERR_UNREACHABLE by an error that nobody knows */
    bool there[PUNCHES_MAX];
    bool has_utc[PUNCHES_MAX];
    walltime utc[PUNCHES_MAX];
    char name[64]; /* of the last row's terminal */
    size_t inserts, connects, largest, smallest;
    size_t (*number)(const struct punch_row *row); /* of a punch; NULL: its user */
    void (*reported)(void);                        /* a report has come in; may be NULL */
    bool gone;                                     /* the program is dead: nothing goes in */
    char trust[CLOUD_TRUST_MAX];
} database;

struct cloud {
    int unused;
};

static struct cloud the_cloud;

struct cloud *cloud_new(const struct config_database *config, struct error *err)
{
    (void)config;
    (void)err;
    return &the_cloud;
}

void cloud_free(struct cloud *cloud)
{
    (void)cloud;
}

bool cloud_connected(const struct cloud *cloud)
{
    (void)cloud;
    return database.connected;
}

const struct cloud_facts *cloud_facts(const struct cloud *cloud)
{
    (void)cloud;
    return &database.facts;
}

void cloud_disconnect(struct cloud *cloud)
{
    (void)cloud;
    database.connected = false;
}

void cloud_remember(struct cloud *cloud, const char *text)
{
    (void)cloud;
    snprintf(database.trust, sizeof database.trust, "%s", text);
}

const char *cloud_remembered(const struct cloud *cloud)
{
    (void)cloud;
    return database.trust;
}

bool cloud_error_known(long code)
{
    return code != FAKE_UNKNOWN;
}

bool cloud_error_shortage(long code)
{
    return code == FAKE_SHORTAGE;
}

void cloud_interrupt(struct cloud *cloud)
{
    (void)cloud;
    database.interrupted = true;
}

size_t cloud_rows_most(const struct config_database *config)
{
    (void)config;
    return 3000;
}

const char *cloud_key_statement(const struct cloud *cloud)
{
    (void)cloud;
    return "ALTER TABLE x";
}

bool cloud_connect(struct cloud *cloud, struct error *err)
{
    (void)cloud;
    if (database.interrupted) {
        database.connected = false;
        return error_set(err, ERR_STOPPED, 0, "told to stop");
    }
    if (database.connected) {
        return true;
    }
    database.connects++;
    if (database.gone) {
        return error_set(err, ERR_UNREACHABLE, 1, "nobody calls");
    }
    if (database.crowded) {
        return error_set(err, ERR_UNREACHABLE, FAKE_SHORTAGE, "Too many connections");
    }
    if (database.connecting != ERR_NONE) {
        return error_set(err, database.connecting, 1, "no connection");
    }
    database.connected = true;
    return true;
}

bool cloud_report(struct cloud *cloud, bool create, const char *bridge,
                  const struct bridge_facts *facts, const struct terminal_facts *terminals,
                  size_t count, char *cure, struct error *err)
{
    (void)cloud;
    (void)create;
    assert_int_equal(strlen(bridge), 16);
    cure[0] = '\0';
    if (database.gone) {
        return error_set(err, ERR_UNREACHABLE, 1, "nobody calls");
    }
    if (database.reporting != ERR_NONE) {
        snprintf(cure, 16, "GRANT it");
        return error_set(err, database.reporting, 1142, "denied");
    }
    database.reports++;
    database.bridge = *facts;
    assert_true(count <= HB_COUNT(database.terminals));
    for (size_t i = 0; i < count; i++) {
        database.terminals[i] = terminals[i];
    }
    database.terminal_count = count;
    if (database.reported != NULL) {
        database.reported();
    }
    return true;
}

bool cloud_orders_read(struct cloud *cloud, bool create, const char *bridge,
                       struct order orders[ORDERS_MAX], size_t *count, char *cure,
                       struct error *err)
{
    (void)cloud;
    (void)create;
    (void)bridge;
    (void)orders;
    *count = 0;
    cure[0] = '\0';
    return error_set(err, ERR_TABLE, 0, "nobody orders here");
}

bool cloud_orders_answer(struct cloud *cloud, const char *bridge,
                         const struct order_answer *answers, size_t count, char *cure,
                         struct error *err)
{
    (void)answers;
    (void)count;
    return cloud_orders_read(cloud, false, bridge, NULL, &(size_t){0}, cure, err);
}

static size_t number_of(const struct punch_row *row)
{
    return database.number != NULL ? database.number(row)
                                   : (size_t)strtoul(row->punch.user_id, NULL, 10);
}

bool cloud_insert(struct cloud *cloud, const struct punch_row *rows, size_t count,
                  struct cloud_feed *feed, struct error *err)
{
    (void)cloud;
    int64_t next = (database.seq > feed->seq ? database.seq : feed->seq) + 1;
    assert_true(database.connected);
    assert_true(count > 0);
    if (database.gone) {
        database.connected = false;
        return error_set(err, ERR_UNREACHABLE, 1, "nobody calls");
    }
    database.inserts++;
    database.largest = count > database.largest ? count : database.largest;
    database.smallest = count < database.smallest ? count : database.smallest;
    if (database.interrupted) {
        database.connected = false;
        return error_set(err, ERR_STOPPED, 0, "told to stop");
    }
    bool failing = database.inserts_failing > 0;
    if (failing && !database.commits_before_failing) {
        database.inserts_failing--;
        database.connected = database.inserting == ERR_CONFLICT;
        return error_set(err, database.inserting, 2, "no insert");
    }
    if (database.rows_most > 0 && count > database.rows_most) {
        return error_set(err, ERR_TOO_LARGE, 3, "too large");
    }
    for (size_t i = 0; i < count; i++) {
        if (database.bad[number_of(&rows[i])]) {
            return error_set(err, ERR_DATA, 4, "bad row %s", rows[i].punch.user_id);
        }
        if (database.strange[number_of(&rows[i])]) {
            database.connected = false;
            return error_set(err, ERR_UNREACHABLE, FAKE_UNKNOWN, "strange row");
        }
    }
    if (database.foreign) {
        database.foreign = false;
        return error_set(err, ERR_EXISTS, 0, "another writer");
    }
    for (size_t i = 0; database.commits_late && i < PUNCHES_MAX; i++) {
        database.there[i] = database.there[i] || database.late[i];
    }
    for (size_t i = 0; i < count; i++) {
        database.has_utc[number_of(&rows[i])] = rows[i].has_utc;
        database.utc[number_of(&rows[i])] = rows[i].utc;
        snprintf(database.name, sizeof database.name, "%s",
                 rows[i].device_name != NULL ? rows[i].device_name : "");
        (database.commits_late ? database.late : database.there)[number_of(&rows[i])] = true;
    }
    if (failing) {
        database.inserts_failing--;
        database.connected = false;
        database.seq = next + (int64_t)count - 1;
        return error_set(err, database.inserting, 2, "lost after the commit");
    }
    database.seq = feed->seq = next + (int64_t)count - 1;
    return true;
}

#endif
