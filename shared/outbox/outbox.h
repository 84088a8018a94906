/*
 * outbox: every punch on its way to the database, on this PC's disk.
 *
 * One SQLite file in WAL mode with synchronous=FULL: what outbox_commit has returned true for
 * survives a power cut. It holds punches not yet in the database, those already there for as long
 * as the retention says, rows the database refused, lines that were not understood, what is known
 * of each terminal, the uploader's cursor, and what the status shows.
 *
 * A punch's id grows in the order of arrival and is never given twice. The cursor is the id up to
 * which all punches are in the database or set aside as refused; what lies above it waits.
 *
 * A struct outbox is one connection: it belongs to one thread at a time. Threads and processes
 * (the service, hipctl) open their own on the same path. Every call may block on the disk and, up
 * to OUTBOX_BUSY_MS, on another writer; then it fails with ERR_BUSY. Calls fail with ERR_FULL (disk
 * or max_mb), ERR_CORRUPT, ERR_BUSY, ERR_DENIED or ERR_SYSTEM; after a failure inside a
 * transaction, roll back: a commit would fail, and roll back itself.
 */
#ifndef HIPBRIDGE_OUTBOX_H
#define HIPBRIDGE_OUTBOX_H

#include <stdint.h>

#include "base/error.h"
#include "net/network.h"
#include "record/batch.h"
#include "record/log.h"
#include "record/punch.h"
#include "record/terminal.h"
#include "system/turns.h"

enum { OUTBOX_BUSY_MS = 10000 };

/* Of the file, at most so much is kept in memory by a connection. */
enum { OUTBOX_CACHE_KB = 1024 };

struct outbox;

struct outbox_options {
    int max_mb;       /* of the file; 0 = no bound */
    bool skip_pushed; /* a log's punch and a pushed one of the same user and time are one; so are
                         two logs' where only one says which terminal it was ("SN", "SN-3") */
    bool has_ignore_before;
    walltime ignore_before; /* punches before it are not kept */
    struct turns *turns;    /* taken to write, and given back; must outlive it. NULL: none */
    bool urgent;            /* somebody waits for what is written by it: a terminal */
};

/*
 * Opens for writing, making or migrating the file as needed; or for reading alone, where a file
 * that is not there is ERR_NOT_FOUND. NULL on failure. A file made by a newer version is
 * ERR_INVALID.
 */
struct outbox *outbox_open(const char *path, const struct outbox_options *options,
                           struct error *err);
struct outbox *outbox_open_readonly(const char *path, struct error *err);
void outbox_close(struct outbox *outbox); /* NULL is fine; rolls back */

/* A write transaction; all calls below that write must be inside one. Not nested. */
bool outbox_begin(struct outbox *outbox, struct error *err);
bool outbox_commit(struct outbox *outbox, struct error *err); /* durable when true */
void outbox_rollback(struct outbox *outbox);

/*
 * What is read from here to the end is of one moment, whatever other connections write meanwhile;
 * nobody waits for it but a log that is to begin anew. Inside a transaction it is so without. May
 * be nested: the outermost is the moment. A failure leaves nothing to end.
 */
bool outbox_snapshot(struct outbox *outbox, struct error *err);
void outbox_snapshot_end(struct outbox *outbox);

/* In a transaction: somebody urgent waits for it to end. Whoever writes much ends it then, and
 * begins another for the rest. Always false without options.turns, and for who is urgent. */
bool outbox_awaited(const struct outbox *outbox);

enum outbox_added {
    OUTBOX_NEW,     /* now waits */
    OUTBOX_KNOWN,   /* was here already (waiting, or in the database) */
    OUTBOX_REFUSED, /* was here already and the database refused it */
    OUTBOX_IGNORED, /* before ignore_before, or of who is forgotten (outbox_forget.h): not kept */
};

/* source: 0 for a punch that a terminal delivered, OUTBOX_SOURCE_ACCESS (outbox_vendor.h), else the
 * id of the log file it came from (outbox_file_begin). */
bool outbox_append(struct outbox *outbox, const struct punch *punch, int64_t source, int64_t now_s,
                   enum outbox_added *added, struct error *err);

/*
 * How many different punches (users and times) this terminal has itself delivered of times up to
 * and including `through`: what came twice is one, whatever has been removed since; one that became
 * no row (it was in a log already, or before ignore_before, or set aside) is one as well. Where
 * keys had to be dropped for want of room, one that comes again is not counted again.
 */
bool outbox_delivered_keys(struct outbox *outbox, const char *sn, walltime through, int64_t *keys,
                           struct error *err);
/* Those of [from, to) alone, as far as they were not dropped. */
bool outbox_delivered_in(struct outbox *outbox, const char *sn, walltime from, walltime to,
                         int64_t *keys, struct error *err);

/* Drops the keys of at most `limit` punches that have no row any more, the oldest first; *count
 * says how many. In a transaction. */
bool outbox_drop_keys(struct outbox *outbox, size_t limit, size_t *count, struct error *err);

/* ---- the uploader's side ---- */

/* Fills the batch with the oldest waiting punches that are not refused, at most `limit` (≤
 * capacity). count 0: none wait. */
bool outbox_waiting(struct outbox *outbox, size_t limit, struct batch *batch, struct error *err);

/* All punches up to and including `id` are in the database or refused; a cursor past it already
 * stays. In a transaction. */
bool outbox_advance(struct outbox *outbox, int64_t id, int64_t now_s, struct error *err);

/* The database refused this row for what it holds. In a transaction. */
bool outbox_refuse(struct outbox *outbox, int64_t id, long code, const char *reason, int64_t now_s,
                   struct error *err);

/* Refused rows wait again (under new ids); *count says how many. In a transaction. */
bool outbox_requeue_refused(struct outbox *outbox, size_t *count, struct error *err);

/* Uploaded punches of this period [from, to) of check_time wait again. In a transaction. */
bool outbox_requeue_period(struct outbox *outbox, walltime from, walltime to, size_t *count,
                           struct error *err);

/* Removes at most `limit` uploaded punches received before `before_s`; *count says how many. In a
 * transaction. */
bool outbox_prune(struct outbox *outbox, int64_t before_s, size_t limit, size_t *count,
                  struct error *err);

/* Bytes of the file that hold something: what is measured against max_mb. */
bool outbox_used(struct outbox *outbox, int64_t *bytes, struct error *err);

/* ---- log files ---- */

struct outbox_file {
    int64_t id;
    char name[LOG_NAME_MAX];
    int64_t size;       /* bytes, and */
    int64_t modified_s; /* time of last change when it was last read; */
    int64_t changed;    /* the same in 100 ns since 1601 */
    uint64_t volume;    /* where it lay, and */
    uint64_t number;    /* its number there; 0 = none */
    int64_t read_s;     /* when it was last read, Unix */
    int64_t high_id; /* outbox_counts.last_id when its last punch was appended: once the cursor is
                        there, all are through. A record never goes back to a lower one */
    uint64_t new_count, known_count, ignored_count, rejected_count;
    char archived_as[LOG_NAME_MAX]; /* "" = not yet */
};

/* The file's record, by name and not yet archived; made if there is none. In a transaction. */
bool outbox_file_begin(struct outbox *outbox, const char *name, struct outbox_file *file,
                       struct error *err);
/* Stores the record as it is now. In a transaction. */
bool outbox_file_save(struct outbox *outbox, const struct outbox_file *file, struct error *err);
/* The next record, above this id, of a file that was archived and read before before_s; *found
 * false: there is none. And such a record goes: the file is no more. In a transaction. */
bool outbox_file_archived_before(struct outbox *outbox, int64_t before_s, int64_t above,
                                 struct outbox_file *file, bool *found, struct error *err);
bool outbox_file_forget(struct outbox *outbox, int64_t id, struct error *err);
/*
 * Whether each punch of the file is in the database: the cursor is past file->high_id and none of
 * its punches is refused.
 */
bool outbox_file_uploaded(struct outbox *outbox, const struct outbox_file *file, bool *uploaded,
                          struct error *err);

/* ---- terminals ---- */

/* What audit.h remembers of a terminal; times without _s are of its wall clock. */
struct outbox_audit {
    int64_t records;     /* that it held by its last INFO; -1 = never said */
    walltime records_at; /* when that was */
    int64_t later;       /* new punches since, that are younger */
    int64_t data_s;      /* when attendance last came */
    int64_t due_s;       /* when to compare or judge; 0 = nothing to do */
    int64_t settled;     /* difference that asking again did not close, */
    int64_t settled_at;  /* when it held so many */
    int64_t gone;        /* so many of its punches that came it holds no longer */
    walltime asked_from; /* period asked for again, [from, to), under way; both 0 = none */
    walltime asked_to;
    int64_t missing; /* how many punches of it were missing, */
    int64_t held;    /* and how many were here */
    int64_t command; /* the command that is waited for; 0 = none */
    int64_t day;     /* newest day whose sum was asked for, in days since 1970 */
    int64_t no_sum_until_s;
    int64_t clock_day;     /* day on which its clock was last complained of */
    int64_t clock_ahead_s; /* of this PC's, by the last punch that had just been made; */
    int64_t clock_shown_s; /* when that was; 0 = never */
};

/* From where it speaks; voice.h has the rules. Addresses as text, "" = none. */
struct outbox_voice {
    char address[ADDRESS_TEXT_MAX]; /* that is believed */
    int64_t heard_s;
    bool delivers;               /* punches came from there */
    char last[ADDRESS_TEXT_MAX]; /* that spoke last, */
    int64_t last_s;
    char before[ADDRESS_TEXT_MAX]; /* and another before it */
    int64_t before_s;
    int64_t torn_s; /* when two last spoke in turn; 0 = never */
    int64_t told_day;
};

struct outbox_device {
    char sn[PUNCH_SN_MAX + 1];
    char address[ADDRESS_TEXT_MAX];
    char push_version[16];
    char kind[TERMINAL_KIND_MAX + 1]; /* "acc", "pid" …; "" = not said */
    char info[TERMINAL_INFO_MAX + 1];
    char attlog_stamp[TERMINAL_STAMP_MAX + 1];
    char operlog_stamp[TERMINAL_STAMP_MAX + 1];
    int64_t first_seen_s, last_seen_s;
    int64_t punches;     /* received in all, new ones */
    walltime last_punch; /* newest check_time; 0 = none */
    bool listed;         /* in the configuration, when it was last saved */
    struct outbox_audit audit;
    struct outbox_voice voice;
};

/*
 * What is known of a terminal; *found false for one never seen.
 *
 * One that has been saved before may be saved later than its punches: what is read of its punches,
 * last_punch and audit.later holds all that has been appended of it. For that, the outbox keeps up
 * to which id the rows of all terminals hold them, and counts what is above.
 */
bool outbox_device(struct outbox *outbox, const char *sn, struct outbox_device *device, bool *found,
                   struct error *err);
/* Stores it as it is now, new or not. Where punches have been appended, one of the next two belongs
 * into the same transaction. */
bool outbox_device_save(struct outbox *outbox, const struct outbox_device *device,
                        struct error *err);

/* This terminal is gone for good: what is known of it goes, its punches stay. Should it speak
 * again, it is a new one, whose history comes once more. In a transaction. */
bool outbox_device_retire(struct outbox *outbox, const char *sn, struct error *err);

/* The rows of all terminals hold what has been appended: the caller has counted, and saved them. */
bool outbox_devices_settle(struct outbox *outbox, struct error *err);
/* Counts what has been appended into the rows of all terminals; then saves may follow. */
bool outbox_devices_credit(struct outbox *outbox, struct error *err);

/*
 * Forgets terminals that are not listed and never brought a punch, with their commands: those that
 * were last heard before `before_s`, and of the others all but the `keep` heard last. *count says
 * how many. In a transaction.
 */
bool outbox_forget_strangers(struct outbox *outbox, size_t keep, int64_t before_s, size_t *count,
                             struct error *err);

/* ---- what the status shows ---- */

struct outbox_counts {
    int64_t waiting;          /* punches above the cursor that are not refused */
    int64_t oldest_waiting_s; /* when the oldest of them arrived, Unix; 0 = none */
    int64_t uploaded;         /* punches kept that are in the database */
    int64_t refused;
    int64_t rejected_lines;
    int64_t last_id, cursor;
    int64_t bytes; /* of the file */
};

bool outbox_counts(struct outbox *outbox, struct outbox_counts *counts, struct error *err);

/* Each terminal: those that are listed or have brought punches before the others, and of each kind
 * the last seen first. False from the visitor ends it (no failure). */
bool outbox_each_device(struct outbox *outbox,
                        bool (*visit)(void *context, const struct outbox_device *device),
                        void *context, struct error *err);
/* The newest log files, at most `limit`. */
bool outbox_each_file(struct outbox *outbox, size_t limit,
                      bool (*visit)(void *context, const struct outbox_file *file), void *context,
                      struct error *err);

#endif
