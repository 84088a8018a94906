/*
 * roster: what is known of each terminal: its row in the outbox is read, changed and saved here
 * alone (the audit, which belongs to it, included).
 *
 * Rows are kept in memory for a few seconds before they are written, so that a poll costs no flush
 * of the disk and a punch none of its terminal's row. What must be on the disk before a reply goes
 * out, and what need not be, of a row (struct outbox_device):
 * - The punches themselves, lines that are none, commands and their results are rows of their own
 *   and in the transaction of the requests that bring them.
 * - punches, last_punch, audit.later: the outbox counts in what has been stored since the row was
 *   saved whenever it reads one (outbox.h), so that these are never behind. That needs a row: a new
 *   terminal's is saved with the first transaction after it was seen (`lasts`).
 * - What the audit does: it queues commands, and tells. The row that says so is saved with the
 *   commands (`lasts`), or the audit would ask and tell twice. So is clock_day, told once a day.
 * - The stamps: one that is behind makes the terminal send again what is known already. They are
 *   never ahead of the punches they stand for, which are committed before.
 * - INFO (info, audit.records, records_at, due_s): said again with the next poll that has it; the
 *   counts above are kept for the records_at that is saved with them.
 * - audit.data_s: quiet is counted from the start of the service at the earliest.
 * - Who is believed (voice.h): told anew by who speaks next; that it was told today is saved with
 *   the telling.
 * - first_seen_s, last_seen_s, address, push_version, kind, clock_ahead_s, clock_shown_s: shown,
 *   and known again with the next request, handshake or punch. kind also says which words a command
 *   is spelt in; a terminal says it whenever it connects anew, as it does after the service was
 *   gone.
 *
 * What is said in a terminal's name lasts only if it comes from its voice (voice.h): the calls
 * below look at that themselves.
 *
 * Strangers, which are not listed and never brought a punch, are few and short-lived: at most
 * ROSTER_STRANGERS rows, for ROSTER_STRANGER_S after they were last heard. A row is a stranger's
 * until its first punch is stored with it.
 *
 * Portable; belongs to the thread of its outbox. Memory is bounded by ROSTER_TERMINALS.
 */
#ifndef HIPBRIDGE_ROSTER_H
#define HIPBRIDGE_ROSTER_H

#include "fk/fkrecord.h"
#include "iclock/iclock.h"
#include "net/network.h"
#include "outbox/outbox.h"
#include "terminals/audit.h"
#include "terminals/completeness.h"

enum { ROSTER_TERMINALS = 1536, ROSTER_STRANGERS = 200, ROSTER_STRANGER_S = 86400 };

/* One terminal: to be looked at; what changes it are the calls below. */
struct roster_terminal {
    struct outbox_device row;
    /* Seconds of the steady clock. */
    int64_t contact_since; /* without a gap */
    int64_t last_contact;
    int64_t resends_until;     /* it was asked for old attendance */
    enum iclock_packet packet; /* how the last packet of a delivery in several ended */
    bool believed;             /* who spoke last was its voice */

    enum fkrecord_layout fk_layout; /* of an FkWeb terminal's records, by the class that it tells */

    /* roster's own */
    struct roster_terminal *next; /* in its bucket */
    struct address peer;          /* of which row.address is the text, once it was heard */
    bool dirty;                   /* differs from its row in the outbox, */
    bool unsaved;                 /* which it has not got yet */
    struct outbox_proof proof;    /* how complete it is (completeness.h) */
    bool proof_dirty;
};

struct roster {
    struct outbox *outbox;
    int64_t began_s; /* Unix; 0 until the first terminal is added */
    size_t count;
    struct roster_terminal terminals[ROSTER_TERMINALS];
    struct roster_terminal *buckets[ROSTER_TERMINALS]; /* by the hash of their serial numbers */
    int64_t dirty_since;                               /* steady seconds; only while any is dirty */
    bool dirty;
    bool lasts;        /* a dirty one must not be lost: all are to be saved with the next commit */
    int64_t strangers; /* that were forgotten since roster_init; and one of them */
    char stranger_sn[PUNCH_SN_MAX + 1];
    char stranger_address[ADDRESS_TEXT_MAX];
    char retried[48]; /* the reading again whose punches its counts have */
    bool adrift;      /* rows of terminals that are not in memory may be behind their punches */
};

/* Takes nothing over; the outbox must outlive the roster. */
void roster_init(struct roster *roster, struct outbox *outbox);

/* ---- finding ---- */

/* The terminal, if it is in memory; else NULL. */
struct roster_terminal *roster_known(const struct roster *roster, const char *sn);

/* No place for one more: save and make room, or forget. */
bool roster_is_full(const struct roster *roster);

/*
 * Brings a terminal that is not in memory from the outbox, or makes it if it was never seen; local
 * is its wall clock as it should be. Not while the roster is full. NULL: the outbox failed.
 */
struct roster_terminal *roster_add(struct roster *roster, const char *sn, bool listed,
                                   walltime local, struct moment now, struct error *err);

/* Drops strangers from memory, saved as they are; all, when that makes little room. Pointers to
 * terminals no longer hold. */
void roster_make_room(struct roster *roster);

/*
 * Drops all from memory, unsaved: what is remembered may come from a transaction that was rolled
 * back. What is lost of what came before it may be (above).
 */
void roster_forget(struct roster *roster);

/* Saves all: their counts hold what has been stored up to now. In a transaction. */
bool roster_save(struct roster *roster, struct error *err);

/* ---- changing ---- */

/* What a request says of the terminal that sent it. */
struct roster_heard {
    const struct address *peer;
    const char *push_version; /* "" = not said; kept as it was */
    const char *kind;         /* "" = none or */
    bool kind_said;           /* not said */
    int64_t gap_s;            /* without a word for so long, a terminal was away */
};
void roster_heard(struct roster *roster, struct roster_terminal *terminal,
                  const struct roster_heard *heard, struct moment now);

/* True when two addresses speak for it in turn and that has not been told today; now it is. */
bool roster_tells_torn(struct roster *roster, struct roster_terminal *terminal, walltime local,
                       struct moment now);

/* Attendance comes, whatever it holds. */
void roster_data(struct roster_terminal *terminal, struct moment now);

/* It brings punches of its own kind: of access control, or attendance. */
void roster_brings(struct roster_terminal *terminal, bool access);

/* A punch of it that was not known. */
void roster_punch(struct roster *roster, struct roster_terminal *terminal,
                  const struct address *from, walltime time, struct moment now);

/* What came with the table up to this stamp need not be sent again. */
void roster_stamp(struct roster_terminal *terminal, const char *table, struct span stamp);

/* It said of itself so; fixed: the configuration gives its address. In a transaction. */
bool roster_info(struct roster *roster, struct roster_terminal *terminal, struct span info,
                 int32_t records, bool fixed, walltime local, struct moment now, struct error *err);

/* It says that its log was deleted, by its clock then. */
bool roster_log_deleted(struct roster *roster, struct roster_terminal *terminal, walltime when,
                        struct moment now, struct error *err);

/* Its clock was set to this time. */
void roster_clock_set(struct roster *roster, struct roster_terminal *terminal, walltime to,
                      struct moment now);

/* How a packet of a delivery in several ended. */
void roster_packet(struct roster_terminal *terminal, enum iclock_packet packet);

/* It sends old attendance again, until then (steady). */
void roster_resends(struct roster_terminal *terminal, int64_t until_s);

/*
 * A punch that was just made shows its clock, so much ahead of this PC's. True when it is `off` and
 * that has not been told today; then it is told now.
 */
bool roster_clock(struct roster *roster, struct roster_terminal *terminal, int64_t ahead_s,
                  bool off, walltime local, struct moment now);

/* The audit's next step, if one is due; in a transaction then. */
bool roster_audit_is_due(const struct roster_terminal *terminal, walltime local, struct moment now);
bool roster_audit(struct roster *roster, struct roster_terminal *terminal, walltime local,
                  struct moment now, struct audit_news *news, struct error *err);

/* The result of the command that the audit waits for; fixed as above. In a transaction. */
bool roster_audit_result(struct roster *roster, struct roster_terminal *terminal, int32_t result,
                         int32_t records, bool fixed, struct moment now, struct audit_news *news,
                         struct error *err);

#endif
