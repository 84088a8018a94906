/*
 * outbox_rejected: what did not go through: what terminals and files brought that is no punch (set
 * aside, as the bytes that came), and punches that the database refused.
 *
 * What is set aside holds back what head office is told is complete, until a person settles it (he
 * looked: no punch) or it has been read again. A line of a log holds back only what logs prove:
 * the terminal's own count and memory know nothing of it. The same bytes again are one record with
 * a count, whichever log they stand in. Each terminal has a share of bytes, and one of its logs'
 * lines, those that nobody listed have one in common; what finds no room is told to the caller, and
 * counted.
 *
 * Rules as in outbox.h. The texts a visitor is given are valid until it returns.
 */
#ifndef HIPBRIDGE_OUTBOX_REJECTED_H
#define HIPBRIDGE_OUTBOX_REJECTED_H

#include "outbox/outbox.h"

enum {
    OUTBOX_SHARE = 4 << 20,           /* bytes of a listed terminal, or of logs, not settled */
    OUTBOX_SHARE_STRANGERS = 1 << 20, /* of all others together */
    OUTBOX_REJECTED_WORD = 64,        /* bytes kept of method and content type */
};

/* Stands for the file of a line that stands in more than one log. */
#define OUTBOX_SEVERAL_LOGS INT64_MAX

/* Something that is no punch. Texts are borrowed; NULL or empty is "not known". */
struct outbox_rejection {
    const char *device_sn;
    struct span bytes;
    const char *reason; /* in the user's words */
    const char
        *method; /* of the request that brought it: "POST"; what is needed to read it again */
    struct span query;
    const char *content_type;
    int64_t file;     /* the log file it stands in (outbox_file.id), or OUTBOX_SOURCE_ACCESS; 0 = a
                         terminal's */
    bool stranger;    /* the terminal is not listed */
    walltime wall;    /* the terminal's clock, as it should be, when it came */
    walltime time;    /* of the punch that it would be; 0 = not to be read */
    walltime after;   /* of a log's line: the time of the punch before it, from which on it holds
                         back; 0 = not known */
    const char *user; /* as time; NULL or "" = not to be read */
    bool no_record;   /* it is none of the terminal's records: a body whole, a sample, or somebody
                         else's word in its name */
};

enum outbox_kept {
    OUTBOX_SET_ASIDE,   /* a new record */
    OUTBOX_ASIDE_AGAIN, /* the same bytes are set aside already: counted there; or they are of who
                           is forgotten, and not kept */
    OUTBOX_NO_ROOM,     /* the share is used up: not kept, and counted */
};

/*
 * Sets it aside, without what names somebody who is forgotten (outbox_forget.h). A terminal's
 * record is a key that it delivered (outbox_delivered_keys). In a transaction.
 */
bool outbox_reject(struct outbox *outbox, const struct outbox_rejection *rejection, int64_t now_s,
                   enum outbox_kept *kept, struct error *err);

/* The same, of which no more is known than the line. */
bool outbox_reject_line(struct outbox *outbox, const char *device_sn, struct span line,
                        const char *reason, int64_t now_s, struct error *err);

/*
 * A log file has been read, from `began_s` on: what was set aside of it before and did not come
 * again is forgotten (it was half a line, or is understood by other rules), unless another log has
 * it. any_age: what did come may be as old as nothing is proven of. In a transaction.
 */
bool outbox_rejected_of_file(struct outbox *outbox, int64_t file, int64_t began_s, bool any_age,
                             struct error *err);

/* How many have found no room, ever. */
bool outbox_rejected_let_go(struct outbox *outbox, int64_t *count, struct error *err);

struct outbox_rejected {
    int64_t id;
    const char *device_sn;
    struct span bytes; /* as they came: to be cleaned before they are shown (utf8_clean) */
    const char *reason;
    int64_t rejected_s; /* Unix: the first time */
    int64_t last_s;     /* and the last, */
    int64_t times;      /* of so many */
    const char *method;
    struct span query;
    const char *content_type;
    int64_t file;
    bool stranger;
    walltime wall, time; /* of struct outbox_rejection */
    int64_t settled_s;   /* 0 = not settled */
    const char *settled_why;
};

struct outbox_refused {
    struct punch_row row;
    long code; /* the server's error number */
    const char *reason;
    int64_t refused_s;
};

/* The newest records, at most `limit`, newest first; those that are settled only if `settled`.
 * False from the visitor ends it (no failure). */
bool outbox_each_rejected(struct outbox *outbox, size_t limit, bool settled,
                          bool (*visit)(void *context, const struct outbox_rejected *rejected),
                          void *context, struct error *err);

/*
 * The oldest record of a terminal above this id that is not settled; *found false: there is none.
 * What the visitor writes must not be of these records; what it returns is passed over.
 */
bool outbox_rejected_next(struct outbox *outbox, int64_t above,
                          bool (*visit)(void *context, const struct outbox_rejected *rejected),
                          void *context, bool *found, struct error *err);

/* The newest refused punches, likewise. */
bool outbox_each_refused(struct outbox *outbox, size_t limit,
                         bool (*visit)(void *context, const struct outbox_refused *refused),
                         void *context, struct error *err);

/* Which records are settled. Those that are settled already stay as they are. */
struct outbox_settling {
    int64_t id;        /* one record; 0 = by what follows */
    const char *sn;    /* of this terminal; NULL = of any */
    int64_t file;      /* of this file; 0 = of any, and of none */
    walltime from, to; /* whose time (that it would be, else at its arrival) is in [from, to) */
    const char
        *reason; /* kept: why a person, or what read it again, says that no punch is missing */
};

/* *count says how many were settled. In a transaction. */
bool outbox_settle_rejected(struct outbox *outbox, const struct outbox_settling *settling,
                            int64_t now_s, size_t *count, struct error *err);

/* What was set aside of this terminal was read again and is a punch: one key, and not two. In a
 * transaction. */
bool outbox_rejected_was_read(struct outbox *outbox, const char *device_sn, struct span bytes,
                              struct error *err);

/* Removes those that were settled before `before_s`. In a transaction. */
bool outbox_prune_settled(struct outbox *outbox, int64_t before_s, struct error *err);

#endif
