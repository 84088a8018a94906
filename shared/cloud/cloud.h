/*
 * cloud: the MySQL or MariaDB database the punches go to.
 *
 * One connection, by MariaDB Connector/C; the only module that knows SQL of the server's. A cloud
 * belongs to one thread, but for cloud_interrupt, which any thread may call at any time.
 *
 * Failures carry the kind that decides what to do:
 *   ERR_CONFLICT     another transaction was in the way (a deadlock, a cluster's certification):
 *                    try again at once; still connected
 *   ERR_UNREACHABLE  network, name, TLS, server gone, timeout, read-only: try again later
 *   ERR_LOGIN        user, password or privilege refused
 *   ERR_TABLE        the table is missing, or a column is missing or too narrow
 *   ERR_DATA         a row was refused for what it holds, or swallowed without a word
 *   ERR_TOO_LARGE    more than the server's max_allowed_packet: send fewer rows
 *   ERR_STOPPED      cloud_interrupt was called
 *   ERR_EXISTS       another writer gives numbers under the name of this bridge: take another
 */
#ifndef HIPBRIDGE_CLOUD_H
#define HIPBRIDGE_CLOUD_H

#include "config/config.h"
#include "base/error.h"
#include "record/punch.h"

enum { CLOUD_TRUST_MAX = 1024 };

struct cloud;

struct cloud_facts {
    char host[CONFIG_TEXT_MAX + 8]; /* host:port that answered */
    char server[128];               /* version as the server says it */
    char tls[64];                   /* "TLSv1.3 TLS_AES_256_GCM_SHA384", or "no TLS" */
    char tls_issuer[256];           /* of the server's certificate; "": no TLS, or not told */
    int64_t tls_until_s;            /* when it ends, in Unix seconds; 0: likewise */
    char tls_key[65];               /* its fingerprint, SHA-256 in hexadecimal; "": likewise */
    bool bulk;                      /* MariaDB's bulk execute is used */
    bool unique_key;                /* the table has the unique key */
    bool feed;          /* rows are given bridge and seq: the columns and their key are there */
    bool transactional; /* its engine has transactions */
    bool cluster;       /* Galera, or a group of servers */
    char table_warning[2048]; /* what is odd about it and the ALTER that cures it; "" */
    int64_t insert_us;        /* how long the last cloud_insert took, */
    int64_t bind_us;          /* of that to lay its rows out for the server, */
    int64_t commit_us;        /* and to have them committed */
};

/* Once in a process, before any thread: library set-up, and the environment variables that the
 * library would read are cleared, so that the configuration is the only source. */
bool cloud_global_init(struct error *err);
void cloud_global_end(void);

/* `name` in back-ticks, those inside doubled. out holds twice the name and three more. */
void cloud_quote(const char *name, char *out);

/* The configuration must live as long as the cloud. NULL: no memory. Does not connect. */
struct cloud *cloud_new(const struct config_database *config, struct error *err);
void cloud_free(struct cloud *cloud); /* closes; NULL is fine */

/*
 * The servers' keys, for database.tls "encrypt", which takes any certificate at the first login to
 * a host and from then on that one alone. What is remembered is a text without meaning to others,
 * which the caller keeps: given before connecting (copied), asked for after a connection came up.
 * Another key is ERR_UNREACHABLE, before the password, unless cloud_trust_anew was called.
 */
void cloud_remember(struct cloud *cloud, const char *text);
const char *cloud_remembered(const struct cloud *cloud);
void cloud_trust_anew(struct cloud *cloud);

/*
 * Connects (the hosts in turn, the one that worked last first), checks TLS, sets the session, and
 * checks or creates the table. Does nothing when connected. Blocks up to connect_timeout_s for each
 * host; a connected server that says nothing for six times as long is given up.
 */
bool cloud_connect(struct cloud *cloud, struct error *err);
bool cloud_connected(const struct cloud *cloud);
void cloud_disconnect(struct cloud *cloud);
const struct cloud_facts *cloud_facts(const struct cloud *cloud); /* of the current connection */

/*
 * A batch begins with batch_rows rows and grows while that is cheap. More than so many have no
 * place in one statement.
 */
size_t cloud_rows_most(const struct config_database *config);

/*
 * The numbers that rows are given, where the table has the columns bridge and seq with their key:
 * one after the other, each above every one that is there, in the transaction that inserts. So a
 * reader with one cursor a bridge misses none, whatever was tried before and commits late. A row
 * that is there already keeps its number, or has none.
 */
struct cloud_feed {
    const char *bridge; /* this bridge's name */
    int64_t seq;        /* the highest number that is known to be given; cloud_insert raises it */
    /* Whether the punch waits to go up: a number above `seq` is ours, by a try whose end was never
     * heard, if its row is one of these. `punch` has its key alone. */
    bool (*waits)(void *context, const struct punch *punch);
    void *context;
};

/*
 * Puts rows into the table in one transaction; rows that are there already stay as they are. All or
 * none (but where the engine has no transactions), and when it returns true the table has each of
 * them, which is looked at wherever fewer went in than were sent. Must be connected; after
 * ERR_UNREACHABLE, ERR_TABLE, ERR_LOGIN or ERR_STOPPED it is not any more, and the next connection
 * is to the next host where there are several: the first is come back to after ten minutes.
 */
bool cloud_insert(struct cloud *cloud, const struct punch_row *rows, size_t count,
                  struct cloud_feed *feed, struct error *err);

/*
 * Makes a call in progress on another thread, and every later one, fail with ERR_STOPPED within a
 * tenth of a second or so. Never blocks. The one thing that it cannot cut short is a name lookup,
 * which ends when the system gives it up (some ten seconds on Windows): a thread that has not ended
 * after four seconds may be left behind by a process that ends, since all it could still do is fail
 * to connect.
 */
void cloud_interrupt(struct cloud *cloud);

/* Whether the number of such an error is one that this program knows. One that it does not know may
 * be the row's own fault, however its kind. */
bool cloud_error_known(long code);

/* Whether by such an error the server is there and has no connection left for this PC: a passing
 * shortage, since other PCs give theirs back. */
bool cloud_error_shortage(long code);

/* The statement that makes the contract's table, for `hipctl test-db --create` and errors. */
const char *cloud_create_statement(const struct cloud *cloud);

/* The ALTER statement that gives an existing table the unique key, for EVENT_NO_UNIQUE_KEY. */
const char *cloud_key_statement(const struct cloud *cloud);

/*
 * One check after the other, for `hipctl test-db`: name, TCP and TLS, login, table, unique key,
 * privileges, a test row written and rolled back, clock difference, round trip. Each is handed to
 * `line` with whether it is fine and words for the user. Returns whether all were.
 */
bool cloud_examine(struct cloud *cloud, bool create,
                   void (*line)(void *context, const char *what, bool fine, const char *words),
                   void *context);

#endif
