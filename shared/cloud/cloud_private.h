/*
 * cloud_private: what the files of the cloud share; nobody else includes it, but for tests.
 *
 *   cloud.c          connection, session
 *   cloud_error.c    what a number of the server's or the library's means, and its cure
 *   cloud_login.c    a host is reached and logged in to: nothing of the password before TLS stands
 *   cloud_tls.c      whether the connection is encrypted as the configuration says, and by whom
 *   cloud_trust.c    the keys of servers, remembered for database.tls "encrypt"
 *   cloud_table.c    the table: named and made
 *   cloud_look.c     the table held against what is needed of it
 *   cloud_insert.c   rows: bulk execute, or one statement of many rows
 *   cloud_row.c      what a row fills its columns with, and what of it the statement's text says
 *   cloud_feed.c     which number comes next
 *   cloud_status.c   the status tables
 *   cloud_orders.c   orders of head office
 *   cloud_confirm.c  rows read back, wherever the server's word is not enough
 *   cloud_examine.c  `hipctl test-db`
 */
#ifndef HIPBRIDGE_CLOUD_PRIVATE_H
#define HIPBRIDGE_CLOUD_PRIVATE_H

#include <mysql.h>

#include "cloud/cloud.h"
#include "net/wake.h"
#include "record/column.h"

/*
 * Whether this client library tells of the server's certificate: Connector/C does from 3.4.0 on,
 * and 3.3 as ../cmake/deps.sh builds it for Windows; Debian 12's own, on the host, does not.
 */
#if defined(MARIADB_TLS_PEER_CERT_INFO) || MARIADB_PACKAGE_VERSION_ID >= 30400
#define CLOUD_CERTIFICATE_TOLD 1
#else
#define CLOUD_CERTIFICATE_TOLD 0
#endif

enum {
    CLOUD_PREPARED_MAX = 8,                  /* statements kept for the batch sizes last used */
    CLOUD_PLACEHOLDERS_MAX = 65535,          /* of one statement, by the wire protocol */
    CLOUD_GROWTH = 5,                        /* times batch_rows: a batch at its largest, */
    CLOUD_ROWS_MAX = 10000,                  /* but no more than this */
    CLOUD_GROWTH_MULTI = 2,                  /* a statement of many rows: each is parsed and kept */
    CLOUD_STATEMENT_MAX = 12288,             /* the CREATE, each name being as long as it may */
    CLOUD_QUOTED_MAX = 2 * COLUMN_BYTES + 3, /* a name in back-ticks */
    CLOUD_NAME_BYTES = 100,                  /* of device_name, whose column has 100 characters */
    CLOUD_ROW_TEXT = 128,                    /* of a row in an INSERT: "(?,NULL,'push',…)," */
    CLOUD_ALIKE_ROWS = 100, /* so many are worth a statement that says what they have alike */
    CLOUD_SAMPLE_S = 300,   /* of a connection, in which a sample of each batch is read back, */
    CLOUD_UNLIKE = 3,
    CLOUD_SAMPLES = 20,    /* but of no more batches than this */
    CLOUD_RETURN_S = 600,  /* after so long away the first host is tried again */
    CLOUD_IO_CONNECTS = 6, /* a server that says nothing for so many connect timeouts is gone */
};

/* What the column of the copied line can hold: the copy never costs the punch. */
struct cloud_raw {
    size_t width;
    bool width_in_bytes; /* not in characters */
    bool all;            /* characters: all; */
    bool basic;          /* those of Unicode's first plane; else ASCII */
};

/* A column's values in all rows of a statement; which of the pointers are used is its type's. */
struct cloud_values {
    char **text;
    unsigned long *length;
    MYSQL_TIME *time;
    MYSQL_TIME **time_at; /* bulk execute wants dates as an array of pointers */
    int64_t *number;
    char *null; /* 1 = NULL, which both ways of executing read so */
};

/*
 * A row as the text of its INSERT has it. What is the same in all rows stands there as it is, so
 * that it is neither sent nor read with each of them; the rest are placeholders.
 */
struct cloud_shape {
    bool bound[COLUMNS]; /* it has a placeholder, */
    size_t bound_count;  /* as have so many */
    size_t text_len;
    char text[CLOUD_ROW_TEXT]; /* "(?,NULL,'push',…)," */
};

struct cloud_prepared {
    MYSQL_STMT *statement;    /* NULL: free */
    size_t rows;              /* 0: for bulk execute */
    unsigned long used;       /* by cloud->clock, for the least recently used */
    char row[CLOUD_ROW_TEXT]; /* the shape's text: what it says goes for no other batch */
};

struct cloud {
    const struct config_database *config;
    struct wake *wake;
    MYSQL *mysql; /* NULL: not connected */
    size_t host;  /* index of the one tried first next time */
    size_t max_packet;
    struct cloud_facts facts;
    const struct config_host *trying; /* that `facts` are of */
    char trust[CLOUD_TRUST_MAX];
    bool trust_anew;
    bool login_begun;     /* the server has heard who we are */
    struct error refused; /* why this side gave up a login; kind ERR_NONE: it did not */
    bool mask_bulk;       /* tests: as if the server had no bulk execute */

    char table[CLOUD_QUOTED_MAX];           /* quoted */
    char column[COLUMNS][CLOUD_QUOTED_MAX]; /* likewise; "": left out */
    char create[CLOUD_STATEMENT_MAX];
    char key[CLOUD_STATEMENT_MAX];

    bool used[COLUMNS]; /* it is filled */
    bool has_feed;      /* the columns of the feed are there; and their key: facts.feed */
    struct cloud_raw raw;
    int64_t opened_us; /* when the connection came up */
    int64_t looked_us; /* of the insert under way: reading back */
    size_t samples;    /* batches of it that were sampled */
    size_t unlike;     /* batches in a row that were not there as sent, on a cluster */
    size_t doubt;      /* rows to come that may be in a table that cannot tell them */
    int64_t left_us;   /* when a host was left for the next; 0: it was not */

    struct cloud_prepared prepared[CLOUD_PREPARED_MAX];
    unsigned long clock;
    size_t capacity;   /* rows that the arrays below hold, */
    size_t bind_rows;  /* but for the binds: these */
    MYSQL_BIND *binds; /* bind_rows × COLUMNS */
    char *raw_fitted;  /* the batch's copied lines where the column cannot hold them as they are */
    size_t raw_size;
    struct cloud_values values[COLUMNS];
    MYSQL_STMT *newest; /* cloud_feed.c; NULL: not prepared */
    bool crossed;       /* the last batch met another transaction */
};

/* ---- cloud_error.c ---- */

/* What a failure means, by its number and, where that is not known, by its SQLSTATE. */
enum error_kind cloud_error_kind(unsigned int code, const char *state);

/* What cures it, in a sentence without an end; "". */
const char *cloud_error_cure(const struct config_database *config, unsigned int code);

/* Whether the server itself said so: it was reached. */
bool cloud_error_answered(long code);

/* Fill err from the library's last error, classified, with what was tried in front; return false.
 */
bool cloud_fail(struct cloud *cloud, const char *tried, struct error *err);
bool cloud_fail_unknown(struct cloud *cloud, const char *name, const char *tried,
                        struct error *err); /* the system does not know the host, or a stop came */
bool cloud_fail_statement(struct cloud *cloud, MYSQL_STMT *statement, const char *tried,
                          struct error *err);

/* ---- cloud.c ---- */

/* A statement without a result. */
bool cloud_run(struct cloud *cloud, const char *sql, const char *tried, struct error *err);

/* Statements whose rows nobody wants, until one fails: *there is false where its table is not. */
bool cloud_may(struct cloud *cloud, const char *const *statements, size_t count, const char *tried,
               bool *there, struct error *err);

/* Connects to the host of this index and sets the session; does not look at the table. */
bool cloud_open(struct cloud *cloud, size_t host, struct error *err);

/* Connected, and not told to stop: a transaction may begin. */
bool cloud_begin_work(struct cloud *cloud, struct error *err);

/* It failed: rolled back. The connection is kept where the rows alone are at fault and it can still
 * be used; anything else begins anew, with the host and the table looked at again. */
void cloud_end_work(struct cloud *cloud, const struct error *why);

/* ---- cloud_login.c ---- */

/* Once in a process: what cloud_login needs of the library. */
bool cloud_login_register(void);

/* From now on the library's waits of this thread are this cloud's, which its wake can end. */
void cloud_work_for(struct cloud *cloud);

/* Connects cloud->mysql to a host and logs in, by a way and over a line that tls says; fills what
 * the facts say of TLS. */
bool cloud_login(struct cloud *cloud, const struct config_host *at, const char *tried,
                 struct error *err);

/* ---- cloud_environment_host.c, cloud_environment_win.c ---- */

/* Removes variables from the process's environment. */
void cloud_environment_clear(const char *const *names, size_t count);

/* ---- cloud_tls.c ---- */

/* Fills what the facts say of TLS. False where the configuration wants more than there is: the
 * words do not say what was tried. */
bool cloud_tls_check(struct cloud *cloud, struct error *err);

/* Words that say which setting would be right, for a failure of TLS in the library's words. */
const char *cloud_tls_advice(const struct config_database *config, const char *failure);

/* ---- cloud_trust.c ---- */

/* Notes the key that the server shows, and holds it against the one remembered where the
 * configuration goes by that. `fingerprint` is the library's text, SHA-256. */
bool cloud_trust_check(struct cloud *cloud, const char *fingerprint, struct error *err);

/* The login was taken: the key is remembered where the configuration goes by that. */
void cloud_trust_keep(struct cloud *cloud);

/* ---- cloud_table.c ---- */

bool cloud_table_create(struct cloud *cloud, struct error *err);
/* As the service needs it: made if missing and create_table says so. */
bool cloud_table_prepare(struct cloud *cloud, struct error *err);
/* The one ALTER that would add what the table, looked at, could have more. False: nothing. */
bool cloud_table_lacks(const struct cloud *cloud, char out[CLOUD_STATEMENT_MAX]);
/* Fills cloud->table, ->create and ->key. */
void cloud_table_name(struct cloud *cloud);

/* ---- cloud_look.c ---- */

enum cloud_table_state { CLOUD_TABLE_MISSING, CLOUD_TABLE_READY };

/* Looks at the table, and fills what the facts say of it and cloud->raw. False with ERR_TABLE when
 * it is there but cannot be used: the words say which statement cures it. */
bool cloud_table_look(struct cloud *cloud, enum cloud_table_state *state, struct error *err);

/* ---- cloud_confirm.c ---- */

/* present[i]: the table has row i's key, byte for byte. */
bool cloud_rows_present(struct cloud *cloud, const struct punch_row *rows, size_t count,
                        bool *present, struct error *err);
/* False with ERR_DATA when the table does not have each of them. */
bool cloud_rows_confirm(struct cloud *cloud, const struct punch_row *rows, size_t count,
                        struct error *err);
/*
 * Rows that all went in just now: false with ERR_TABLE when one of a sample (of few: all) is not as
 * it was sent.
 */
bool cloud_rows_sample(struct cloud *cloud, const struct punch_row *rows, size_t count,
                       struct error *err);

/* ---- cloud_insert.c ---- */

bool cloud_rows_new(struct cloud *cloud, struct error *err); /* the arrays */
void cloud_rows_free(struct cloud *cloud);
void cloud_rows_forget(struct cloud *cloud); /* the statements of a connection about to close */
/* What a batch has in common. */
struct cloud_common {
    const char *bridge; /* NULL: no feed */
    int64_t seq;        /* of the next row */
};

/* Puts rows into the open transaction; the caller commits or rolls back. *inserted: those that were
 * not there, as the server counts. common->seq goes on. */
bool cloud_rows_put(struct cloud *cloud, const struct punch_row *rows, size_t count,
                    struct cloud_common *common, size_t *inserted, struct error *err);
void cloud_time(walltime time, MYSQL_TIME *out);

/* ---- cloud_row.c ---- */

bool cloud_values_new(struct cloud *cloud, size_t rows);
void cloud_values_free(struct cloud *cloud);
/* The shape of these rows; by their count alone where they are too few to be worth their own. */
void cloud_shape_of(const struct cloud *cloud, const struct punch_row *rows, size_t count,
                    const struct cloud_common *common, struct cloud_shape *shape);
/* How many columns the key of a punch has: three, but where the terminal is left out. */
size_t cloud_key_count(const struct cloud *cloud);
/* The bytes of the row's texts. */
size_t cloud_row_bytes(const struct cloud *cloud, const struct punch_row *row);
/* Fills the values of the row that is the at-th of the statement: those that are bound. */
void cloud_row_put(struct cloud *cloud, const struct cloud_shape *shape, size_t at,
                   const struct punch_row *row, const struct cloud_common *common);
/* One bind a column that is bound, each an array of all rows; or one a placeholder. */
void cloud_bind_columns(struct cloud *cloud, const struct cloud_shape *shape);
void cloud_bind_rows(struct cloud *cloud, const struct cloud_shape *shape, size_t count);

/* ---- cloud_feed.c ---- */

/* In the open transaction: waits for what commits late; *next is the number of the next row,
 * *there whether this bridge has a row. Locks the newest and the gap behind it; where none is
 * there, the gap that it would be in, which other bridges may lock too. */
bool cloud_feed_next(struct cloud *cloud, const struct cloud_feed *feed, int64_t *next, bool *there,
                     struct error *err);
/* After rows went in without that lock, `inserted` of them as new, numbered from `from` on: false
 * with ERR_CONFLICT where others have such numbers of this bridge too. Waits for those who are
 * about to commit some; none can be added before our transaction ends. */
bool cloud_feed_alone(struct cloud *cloud, const char *bridge, int64_t from, size_t inserted,
                      struct error *err);

#endif
