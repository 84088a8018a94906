/*
 * intake_private: what the intake*.c files share, and nobody else.
 *
 * intake.c has the groups of requests, their transaction and the replies; intake_effect.c what each
 * effect of a request does, and what is told of it.
 *
 * What must be on the disk before a reply goes out, and what need not be, of a terminal's row
 * (struct outbox_device), which is not saved with each group but every INTAKE_FLUSH_S:
 * - The punches themselves, lines that are none, commands and their results are rows of their own
 *   and in the group's transaction.
 * - punches, last_punch, audit.later: the outbox counts in what has been stored since the row was
 *   saved whenever it reads one (outbox.h), so that these are never behind. That needs a row: a new
 *   terminal's is saved with the first group after it was seen (`lasts`).
 * - What the audit does: it queues commands, and tells. The row that says so is saved with the
 *   commands (`lasts`), or the audit would ask and tell twice. So is clock_day, told once a day.
 * - The stamps: one that is behind makes the terminal send again what is known already. They are
 *   never ahead of the punches they stand for, which are committed before.
 * - INFO (info, audit.records, records_at, due_s): said again with the next poll that has it; the
 *   counts above are kept for the records_at that is saved with them.
 * - audit.data_s: quiet is counted from the start of the intake at the earliest.
 * - first_seen_s, last_seen_s, address, push_version, kind, clock_ahead_s, clock_shown_s: shown,
 *   and known again with the next request, handshake or punch. kind also says which words a command
 *   is spelt in; a terminal says it whenever it connects anew, as it does after the service was
 * gone.
 */
#ifndef HIPBRIDGE_INTAKE_PRIVATE_H
#define HIPBRIDGE_INTAKE_PRIVATE_H

#include "terminals/audit.h"
#include "terminals/clockwatch.h"
#include "pace/condition.h"
#include "terminals/gate.h"
#include "terminals/intake.h"
#include "pace/tally.h"

enum {
    INTAKE_NOTICES = 32, /* told of one group of requests; there are seldom any */
    INTAKE_NOTICE_STRINGS = 5,
    INTAKE_NOTICE_TEXT = 96,
};

struct known_device {
    struct outbox_device device; /* first: intake_known */
    struct known_device *next;   /* in its bucket */
    bool dirty;                  /* differs from its row */
    struct address peer;         /* of which device.address is the text, once it was heard */
    /* Seconds of the steady clock. */
    int64_t contact_since; /* without a gap */
    int64_t last_contact;
    int64_t resends_until;
};

/* An event that is told once what it speaks of is stored. */
struct notice {
    enum event_id id;
    char strings[INTAKE_NOTICE_STRINGS][INTAKE_NOTICE_TEXT];
};

struct intake {
    const struct config *config;
    struct outbox *outbox;
    const struct event_sink *events;
    struct iclock_settings settings;
    struct gate gate;
    struct tally bad_lines;
    struct tally clocks_set;
    struct tally logs_deleted;
    struct condition cannot_store;
    bool stores;          /* while cannot_store is on: it has worked since */
    int64_t stores_since; /* steady; a full outbox now takes one and now does not */
    struct clockwatch clock;

    struct intake_time now; /* of the call in progress */
    int64_t began_s;        /* Unix; of the first call */
    bool in_transaction;
    bool fresh;     /* new punches in this transaction */
    bool read_only; /* the outbox takes nothing: effects that must last are refused */

    size_t device_count;
    struct known_device devices[INTAKE_DEVICES];
    struct known_device *buckets[INTAKE_DEVICES]; /* by the hash of their serial numbers */
    int64_t dirty_since; /* steady seconds; only while any device is dirty */
    bool dirty;
    bool lasts;  /* a dirty one must not be lost: all are saved with the next commit */
    bool adrift; /* rows of terminals that are not in memory may be behind their punches */

    size_t notice_count;
    struct notice notices[INTAKE_NOTICES];
};

/* What the sink needs besides. */
struct taking {
    struct intake *intake;
    struct intake_item *item;
    struct outbox_device *device; /* NULL for a call of no terminal */
    int timezone_minutes;         /* the terminal's */
    bool live;                    /* a single punch of a terminal that was never away: just made */
};

/* ---- intake.c ---- */

/* Begins the group's transaction, if it is not open yet. */
bool intake_begin(struct intake *intake, struct error *err);

struct known_device *intake_known(struct outbox_device *device);

/* The terminal's row must be saved with the next transaction. */
void intake_mark_lasting(struct intake *intake, struct outbox_device *device);

/* What a terminal's clock should show. */
walltime intake_local_time(const struct intake *intake, int timezone_minutes);

/* ---- intake_effect.c ---- */

/* The sink of iclock_answer; context is a struct taking. */
bool intake_take(void *context, const struct iclock_effect *effect, struct error *err);

/* Remembers what the audit found. */
void intake_note_audit(struct intake *intake, const char *sn, const struct audit_news *news);

/* Tells what was remembered, now that it is stored. */
void intake_tell(struct intake *intake);

#endif
