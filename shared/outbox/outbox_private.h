/*
 * outbox_private: what the outbox_*.c files share, and nobody else.
 *
 * How it is kept, in short (the tables are in outbox_schema.c):
 * - Ids are given by this program, one after the other, above every id ever given: `last` is the
 *   greatest of the newest row's and the cursor, and a row above the cursor is never removed. So
 * there is no gap above the cursor, and what waits is counted by a subtraction. (AUTOINCREMENT
 * would do the same at the price of a second table written in each transaction, and leaves gaps.)
 * - A row that waits again (requeue) is given a new id, since the cursor never goes back.
 * - `removed` counts the ids that have no row any more, so that rows are counted without a scan.
 */
#ifndef HIPBRIDGE_OUTBOX_PRIVATE_H
#define HIPBRIDGE_OUTBOX_PRIVATE_H

#include <sqlite3.h>

#include "base/blot.h"
#include "system/file.h"
#include "system/keyhash.h"
#include "outbox/outbox.h"
#include "outbox/outbox_spent.h"
#include "outbox/outbox_vendor.h"

/* Each statement is prepared once in a connection's life and kept in its slot. */
enum outbox_slot {
    SQL_BEGIN,
    SQL_COMMIT,
    SQL_ROLLBACK,
    SQL_SNAPSHOT,
    SQL_PLACE,
    SQL_FILED,
    SQL_FIND,
    SQL_APPEND,
    SQL_CLAIM,
    SQL_REJECTED_FIND,
    SQL_REJECTED_AGAIN,
    SQL_REJECTED_SHARE,
    SQL_REJECTED_ADD,
    SQL_REJECTED_LET_GO,
    SQL_REJECTED_GONE,
    SQL_REJECTED_ANY_AGE,
    SQL_REJECTED_SETTLE,
    SQL_REJECTED_SETTLE_ID,
    SQL_REJECTED_PRUNE,
    SQL_TERMINAL,
    SQL_KEY_FIND,
    SQL_KEY_FIND_ROW,
    SQL_KEY_MARK,
    SQL_KEY_OF_ROW,
    SQL_KEY_TERMINAL_OF_ROW,
    SQL_KEY_DROP,
    SQL_KEYS_COUNT,
    SQL_KEYS_HELD,
    SQL_KEYS_LATER,
    SQL_KEYS_OF_PERIOD,
    SQL_KEYS_OLDEST,
    SQL_KEYS_HORIZON,
    SQL_FEED,
    SQL_FEED_GIVEN,
    SQL_FEED_RENEW,
    SQL_WAITS,
    SQL_HELD_PLACE,
    SQL_HELD_WAITING,
    SQL_HELD_OTHERS,
    SQL_HELD_OTHERS_OF,
    SQL_PROOF_FIND,
    SQL_PROOF_SAVE,
    SQL_PROOF_RAISE,
    SQL_PROOF_BACK,
    SQL_PROOF_FILE,
    SQL_PROOFS,
    SQL_WAITING,
    SQL_ADVANCE,
    SQL_REFUSE,
    SQL_REFUSED_IDS,
    SQL_PERIOD_IDS,
    SQL_MOVE,
    SQL_MOVE_CLAIMS,
    SQL_UNREFUSE,
    SQL_RAISE_FILES,
    SQL_ADD_REMOVED,
    SQL_NEWEST_RECEIVED,
    SQL_PRUNE_IDS,
    SQL_PRUNE,
    SQL_USED,
    SQL_FILE_FIND,
    SQL_FILE_NEW,
    SQL_FILE_SAVE,
    SQL_FILE_UNCLAIM,
    SQL_FILE_UPLOADED,
    SQL_FILES,
    SQL_FILE_ARCHIVED,
    SQL_FILE_FORGET,
    SQL_SCAN,
    SQL_SCAN_SAVE,
    SQL_SCAN_FORGET,
    SQL_SCAN_FILE_SAVE,
    SQL_SCAN_FILES,
    SQL_DEVICE_FIND,
    SQL_DEVICE_SAVE,
    SQL_DEVICES,
    SQL_STRANGERS_FORGET,
    SQL_STRANGERS_COMMANDS,
    SQL_UNCREDITED,
    SQL_RECORDS_AT,
    SQL_CREDIT,
    SQL_SET_CREDITED,
    SQL_COMMAND_QUEUE,
    SQL_COMMAND_PRUNE,
    SQL_COMMAND_NEXT,
    SQL_COMMAND_SENT,
    SQL_COMMAND_DONE,
    SQL_COMMANDS,
    SQL_COUNTS,
    SQL_NOTE,
    SQL_NOTED,
    SQL_COUNTED,
    SQL_COUNT_HOURS,
    SQL_SET_COUNTED,
    SQL_HOURS,
    SQL_HOURS_UNCOUNTED,
    SQL_HOUR_PRUNE,
    SQL_SAMPLE_ADD,
    SQL_SAMPLES,
    SQL_SAMPLE_PRUNE,
    SQL_DELIVERY_ADD,
    SQL_DELIVERIES,
    SQL_DELIVERY_PRUNE,
    SQL_COMMANDS_PENDING,
    SQL_REJECTED_SINCE,
    SQL_DEVICE_RETIRE,
    SQL_EVENT_TOLD,
    SQL_EVENT_PRUNE,
    SQL_EVENT_OVER,
    SQL_EVENTS,
    SQL_PULL,
    SQL_PULLS,
    SQL_PULL_SAVE,
    SQL_SLOT_NOW,
    SQL_SLOT_ON,
    SQL_SLOT_NEW,
    SQL_SLOT_USER,
    SQL_SLOT_HOLDERS,
    SQL_TURN,
    SQL_TURN_GIVE,
    SQL_REJECTED_NEXT,
    SQL_REFUSAL_NOTE,
    SQL_REFUSALS,
    SQL_ORDER_KNOWN,
    SQL_ORDER_ADD,
    SQL_ORDER_SAVE,
    SQL_ORDERS_OPEN,
    SQL_ORDER_PRUNE,
    SQL_VENDOR,
    SQL_VENDOR_SAVE,
    SQL_VENDOR_AGAIN,
    SQL_VENDOR_FORGET_PAGES,
    SQL_VENDOR_FORGET_PERSONS,
    SQL_VENDOR_FORGET_BADGES,
    SQL_VENDOR_FORGET_TYPED,
    SQL_PAGE,
    SQL_PAGE_SAVE,
    SQL_PAGES_COUNT,
    SQL_PAGES_AFTER,
    SQL_PAGE_FORGET,
    SQL_PERSON,
    SQL_PERSON_SHARED,
    SQL_PERSON_BADGES,
    SQL_PERSON_ADD,
    SQL_PERSONS_CLEAR,
    SQL_PERSONS_CHANGED,
    SQL_PERSONS_SETTLE,
    SQL_PERSONS_VERSION,
    SQL_TYPED,
    SQL_TYPED_COUNT,
    SQL_TYPED_SAVE,
    SQL_VENDOR_SETTLE,
    SQL_VENDOR_ASIDE,
    SQL_CURSOR,
    SQL_WAITING_IDS,
    SQL_FORGET_KEY,
    SQL_FORGOTTEN,
    SQL_FORGETS,
    SQL_COUNT
};

/* A line of a log that was set aside holds back what logs prove (outbox_proof.h), of any machine
 * that the log's rows may name. */
#define OUTBOX_BY_FILE "3"
#define OUTBOX_LOG_LINE_OF(sn)                                                                     \
    "settled_s = 0 AND file > 0 AND (device_sn = " sn " OR substr(" sn                             \
    ", 1, length(device_sn) + 1) = device_sn || '-')"

/* What a record of `rejected` takes of a share: its bytes, and what it costs besides. */
#define OUTBOX_SHARE_OF(row) "(length(" row ".line) + length(" row ".query) + 200)"

/* The same bytes, by the index that has these three. */
#define OUTBOX_SAME_LINE(value)                                                                    \
    "length(line) = length(" value ") AND substr(line, 1, 200) = substr(" value ", 1, 200)"        \
    " AND line = " value

/* A statement's text stands in the file that binds and reads it. */
struct outbox_sql {
    enum outbox_slot slot;
    const char *text;
};

/* state.logs: punches that no terminal delivered have been stored. */
enum { OUTBOX_FILED_LOG = 1, OUTBOX_FILED_ACCESS = 2 };

/* A source: a log file whose record is not kept, since it is read anew. */
enum { OUTBOX_SOURCE_LOST = -1 };

enum { OUTBOX_CAME = 16 };

/* So many new keys of this terminal. */
struct outbox_came {
    char sn[PUNCH_SN_MAX + 1];
    int64_t keys;
};

/* What waits, by terminal, as this connection saw it last (outbox_held.c). */
struct outbox_held {
    bool known;
    int64_t to;   /* the newest id that was looked at */
    int64_t most; /* that waited at once since all were looked at */
    struct outbox_held_one *list;
    size_t count;
    size_t room;
};

void outbox_held_free(struct outbox_held *held);

struct outbox {
    sqlite3 *db;
    struct outbox_options options;
    bool readonly;
    bool writing;     /* inside a transaction */
    size_t snapshots; /* begun and not ended */
    bool turn;        /* it is this connection's (options.turns) */
    bool failed;      /* a step of it failed: it must not be committed */
    bool placed;      /* last and cursor are this transaction's */
    int64_t last;     /* the newest id given */
    int64_t cursor;
    int64_t credited; /* the terminals' counts hold what is up to here */
    int filed;        /* OUTBOX_FILED_…: such punches have been stored */
    bool keys;        /* there are keys without a row (outbox_key.c) */
    bool forgets;     /* somebody is forgotten (outbox_forget.c) */
    bool has_secret;  /* and the key of his hash has been read */
    uint8_t secret[KEYHASH_KEY];
    struct outbox_came came[OUTBOX_CAME]; /* keys of this transaction, not counted yet */
    size_t came_count;
    struct outbox_spent spent;
    enum outbox_spent_on spends; /* the time since spends_since_us, not counted yet */
    int64_t spends_since_us;
    struct outbox_held held;
    int64_t busy_since_ms; /* another writer is waited for since then */
    bool checkpointing;
    int checkpoint_pages; /* of the log, from which on it is carried into the file */
    int restart_at;       /* and from which on those who read are waited for */
    sqlite3_stmt *statements[SQL_COUNT];
    char path[FILE_PATH_MAX];
};

/* Fills err from SQLite's last failure ("<path>: cannot <what>: …"), marks the transaction as
 * failed; returns false. */
bool outbox_failed(struct outbox *outbox, const char *what, struct error *err);

/* Fills err for a value found in the file that cannot be there; returns false. */
bool outbox_corrupt(struct outbox *outbox, const char *what, struct error *err);

/* The statement, reset; NULL on failure. Binding needs no check: a text is bound without a copy,
 * and each column is NOT NULL, so that what was not bound fails the step. */
sqlite3_stmt *outbox_statement(struct outbox *outbox, const struct outbox_sql *sql,
                               struct error *err);

/* Steps: *row says whether there is one (always reset when there is none, or on failure). */
bool outbox_step(struct outbox *outbox, sqlite3_stmt *statement, bool *row, const char *what,
                 struct error *err);

/* Runs a statement that gives no row; NULL: it could not be prepared, err is filled. */
bool outbox_run(struct outbox *outbox, sqlite3_stmt *statement, const char *what,
                struct error *err);

/* Runs a statement that gives one number, or no row: then it is 0. As with outbox_run, NULL is one
 * that could not be prepared, err is filled. */
bool outbox_number(struct outbox *outbox, sqlite3_stmt *statement, int64_t *number,
                   const char *what, struct error *err);

/* False, with err filled, when no transaction is open. */
bool outbox_in_transaction(struct outbox *outbox, const char *what, struct error *err);

/* Makes outbox->last, ->cursor, ->credited and ->filed those of the transaction. */
bool outbox_place(struct outbox *outbox, struct error *err);

/*
 * Punches are counted by hours (outbox_stats.h) in the order of their ids, up to state.counted. A
 * row that is given a new id must not be counted again: count all before, settle after.
 */
bool outbox_hours_count_all(struct outbox *outbox, struct error *err);
bool outbox_hours_settle(struct outbox *outbox, struct error *err); /* all up to outbox->last are */

/* Of the punch that is stored now: whether its time is taken (outbox_spent.h). */
bool outbox_spent_is_timed(struct outbox *outbox);

/* ---- outbox_key.c ---- */

/* What is known of a key that has no row any more, or never had one. */
enum outbox_mark {
    OUTBOX_MARK_IN_TABLE = 1,  /* it had a row, which is in the database */
    OUTBOX_MARK_DELIVERED = 2, /* the terminal itself delivered it */
    OUTBOX_MARK_LOGGED = 4,    /* a log file's row */
    OUTBOX_MARK_ACCESS = 8,    /* a row of the vendor's database */
};

struct outbox_keys_found {
    int64_t marks; /* of the key itself; 0 = not known */
    bool twin;     /* another terminal's, that is the same punch */
};

/* Looks among the keys without a row, for the punch itself and (twins) for one that is the same. */
bool outbox_key_find(struct outbox *outbox, const struct punch *punch, int64_t source, bool twins,
                     struct outbox_keys_found *found, struct error *err);

/* Whether two punches of one person and second, of two terminals, are one: by where they are from
 * (outbox_append's source). Both ways the same. */
bool outbox_twins(const struct outbox *outbox, int64_t source, const char *sn, int64_t other_source,
                  const char *other_sn);

/* The terminal delivered this, and no row of its own says so: counted if it is the first time. */
bool outbox_key_note(struct outbox *outbox, const char *sn, const char *user, walltime time,
                     struct error *err);
/* It is none that it delivered after all: no key, and counted no more. */
bool outbox_key_forget(struct outbox *outbox, const char *sn, const char *user, walltime time,
                       struct error *err);
/* A row of this key has been made: the terminal's own (delivered), which holds the key from now on.
 * marks: what outbox_key_find found. */
bool outbox_key_row(struct outbox *outbox, const struct punch *punch, int64_t marks, bool delivered,
                    struct error *err);
/* The row of this id, which is in the database, is about to be removed: its key stays. */
bool outbox_key_keep(struct outbox *outbox, int64_t id, struct error *err);
/* Stores how many keys have come in this transaction. */
bool outbox_keys_count(struct outbox *outbox, struct error *err);

/* The key of what the terminal delivered and nobody can read: the bytes stand for the user. */
void outbox_mark_of(struct span bytes, char mark[PUNCH_USER_MAX + 1]);
void outbox_mark_write(uint64_t hash, char mark[PUNCH_USER_MAX + 1]);

/* ---- outbox_forgotten.c; inside a transaction and after outbox_place, where nothing is said ----
 */

/* Whether a punch is one of somebody who is forgotten; then `mark` is the user of its key. A user
 * may be a mark of outbox_forgotten_person himself, who always is. */
bool outbox_forgotten(struct outbox *outbox, const char *user, walltime time,
                      char mark[PUNCH_USER_MAX + 1], bool *forgotten, struct error *err);
/* Whether he is; then `mark` stands for him in a list of users. */
bool outbox_forgotten_person(struct outbox *outbox, const char *user, char mark[PUNCH_USER_MAX + 1],
                             bool *forgotten, struct error *err);
/* Makes unreadable, in place, what stands around numbers of those who are, in what was set aside
 * or in a text of ours (aside NULL); *some: there was something. */
struct outbox_aside;
bool outbox_forgotten_blot(struct outbox *outbox, char *bytes, size_t len,
                           struct outbox_aside *aside, bool *some, struct error *err);
/* outbox_mark_of for bytes that are kept otherwise than they came: nobody can try out who stood in
 * them without the key. */
bool outbox_forgotten_mark(struct outbox *outbox, struct span bytes, char mark[PUNCH_USER_MAX + 1],
                           struct error *err);
/* Binds a text of ours without those who are; in a transaction or none. */
bool outbox_bind_without(struct outbox *outbox, sqlite3_stmt *statement, int index,
                         struct span text, struct error *err);
/* What he is known by, and whether one is; his mark in a list of users; that of one of his punches,
 * which tells nothing of the others. Of a mark in a list of users the hash is what it holds. */
bool outbox_forgotten_hash(struct outbox *outbox, struct span user, uint64_t *hash,
                           struct error *err);
bool outbox_forgotten_known(struct outbox *outbox, uint64_t person, bool *known, struct error *err);
void outbox_forgotten_person_mark(uint64_t person, char mark[PUNCH_USER_MAX + 1]);
bool outbox_forgotten_punch_mark(struct outbox *outbox, uint64_t person, walltime time,
                                 char mark[PUNCH_USER_MAX + 1], struct error *err);
extern const char outbox_remember_sql[]; /* ?1: the hash, ?2: when, in Unix seconds */
/* One of another outbox, with its key of KEYHASH_KEY bytes. */
bool outbox_forgotten_take(struct outbox *outbox, const void *secret, int64_t hash,
                           int64_t forgotten_s, struct error *err);

/* ---- outbox_blot.c ---- */

/* What is known of bytes that were set aside; texts are borrowed. */
struct outbox_aside {
    const char *device_sn, *content_type;
    int64_t file;          /* as outbox_rejection's */
    struct blot_aside how; /* filled here */
};

/*
 * blot_bytes (base/blot.h) of it; *some: something was made unreadable. What is packed goes whole
 * where what is in it names somebody who goes, or nobody can unpack it. A record that names a place
 * in its terminal's list of users goes where that is of somebody who is forgotten, or was; where
 * the list does not know the place, by its number.
 */
bool outbox_blot_aside(struct outbox *outbox, struct outbox_aside *aside, char *bytes, size_t len,
                       blot_goes *goes, void *context, bool *some, struct error *err);

/* ---- outbox_upload.c ---- */

/* All rows that wait are given new ids, in their order, and the cursor is where the newest was:
 * rows above it may have been removed. *moved grows by how many ids have no row any more. */
bool outbox_move_waiting(struct outbox *outbox, int64_t *moved, struct error *err);

/* Of two log files: one names no terminal, the other does ("HIP_DEVICE_1", "HIP_DEVICE_1-3"). */
bool outbox_one_names_more(const char *one, const char *other);

void outbox_bind_span(sqlite3_stmt *statement, int index, struct span text);
void outbox_bind_bytes(sqlite3_stmt *statement, int index, struct span bytes); /* as a blob */
void outbox_bind_text(sqlite3_stmt *statement, int index, const char *text);

/* Copies a text column; false when it does not fit. */
bool outbox_column_text(sqlite3_stmt *statement, int column, char *out, size_t size);

/* Makes or migrates the tables of a file opened for writing, or checks those of one opened for
 * reading. */
bool outbox_schema(struct outbox *outbox, struct error *err);

extern const struct outbox_sql outbox_place_sql;

#endif
