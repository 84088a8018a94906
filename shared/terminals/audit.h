/*
 * audit: whether everything a terminal holds has arrived, and asking it again for what has not.
 *
 * Two things are compared. By its INFO a terminal says how many attendance records it holds in all;
 * some minutes later, once it has been quiet, as many different ones must have come from it. And
 * where the firmware knows VERIFY SUM, each finished day's number is asked for and compared. What
 * it delivered is counted by its keys (outbox_delivered_keys), so that neither what is removed here
 * nor what it sends again moves a count, and what became no row counts as well: what was in a log
 * file already, what is from before `ignore_before`, what was set aside. On a shortfall the period
 * is asked for again (DATA QUERY ATTLOG), once: what then does not come is reported and taken as
 * settled, so that only a larger difference is a new shortfall. What is settled is never more than
 * is missing now, and holds only as long as the terminal does not hold fewer than then. One that
 * holds fewer than came from it has been emptied, or has let go of its oldest: from then on it is
 * held against what came since. A number that no terminal can hold is not believed.
 *
 * The INFO of access control terminals is not compared: they have other counters.
 *
 * What is remembered is in struct outbox_device; the caller stores it with the rest. Those calls
 * that take an outbox belong into a transaction. Portable; belongs to the thread of its outbox.
 */
#ifndef HIPBRIDGE_AUDIT_H
#define HIPBRIDGE_AUDIT_H

#include "outbox/outbox.h"

enum {
    AUDIT_INFO_S = 300,    /* from INFO to the comparison, */
    AUDIT_QUIET_S = 120,   /* and at least so long without attendance */
    AUDIT_ANSWER_S = 3600, /* a command is waited for */
    AUDIT_AFTER_MIDNIGHT_S = 600,
    AUDIT_NO_SUM_S = 30 * 86400, /* firmware that does not know VERIFY SUM is left alone so long */
    AUDIT_DAYS_BACK = 31,
    AUDIT_RECORDS_MAX = 10000000, /* the largest hold a million */
};

/* What is to be told; the words are the caller's. */
enum audit_kind {
    AUDIT_NOTHING,
    AUDIT_MISSING, /* a shortfall was found, and the period is asked for again */
    AUDIT_JUDGED,  /* what came of asking */
};

struct audit_news {
    enum audit_kind kind;
    int64_t missing;   /* punches that are not here */
    int64_t of;        /* of how many: that it holds in the period, or that were asked for */
    int64_t came;      /* JUDGED */
    walltime from, to; /* MISSING: the period, [from, to) */
};

/* The terminal as first seen. local: its wall clock as it should be, in all calls. */
void audit_begin(struct outbox_device *device, walltime local);

/* Another speaks for it than before (voice.h): what was written off is not. */
void audit_start_anew(struct outbox_device *device);

/* It said how many records it holds (-1: not). */
void audit_info(struct outbox_device *device, int64_t records, walltime local, int64_t now_s);

/* How many of so many that came it should hold, now that it says it holds audit->records. */
int64_t audit_held_there(struct outbox_audit *audit, int64_t came);

/* Attendance came; a punch that is new. */
void audit_data(struct outbox_device *device, int64_t now_s);
void audit_punch(struct outbox_device *device, walltime time);

/*
 * Whether audit_step has something to do; cheap, for each poll.
 */
bool audit_is_due(const struct outbox_device *device, walltime local, int64_t now_s);

/* Compares, judges and queues commands. In a transaction. */
bool audit_step(struct outbox *outbox, struct outbox_device *device, walltime local, int64_t now_s,
                struct audit_news *news, struct error *err);

/* The result of the command device->audit.command. In a transaction. */
bool audit_result(struct outbox *outbox, struct outbox_device *device, int32_t result,
                  int64_t records, int64_t now_s, struct audit_news *news, struct error *err);

#endif
