/*
 * intake: groups of terminals' requests into the outbox, and the replies to them.
 *
 * All requests that are complete at the same moment share one transaction (group commit); a
 * reply is given out only after what it acknowledges is durable. A request whose effects cannot be
 * stored takes nothing of its neighbours' with it.
 *
 * What is known of a terminal is kept in memory for a few seconds before it is written: roster.h
 * says what of it may be lost when the service is killed, and what not.
 *
 * Portable; belongs to one thread. Memory is bounded by ROSTER_TERMINALS.
 */
#ifndef HIPBRIDGE_INTAKE_H
#define HIPBRIDGE_INTAKE_H

#include "config/config.h"
#include "record/event.h"
#include "fk/fkblocks.h"
#include "iclock/iclock.h"
#include "outbox/outbox.h"
#include "terminals/roster.h"

enum { INTAKE_FLUSH_S = 5, INTAKE_SETTLED_S = 5 };

/* What FkWeb has besides. */
struct intake_fk {
    struct fkweb_request request; /* by the caller; if it is `given`, this is FkWeb */
    struct fkweb_reply reply;

    /* intake's own */
    struct fkweb_call call;
    const char *part;        /* what is answered to a part that is not the last; NULL: it is */
    struct fkjoined *joined; /* the parts before the last, with it */
    const char *unreadable;  /* why its body is none */
};

/* One request and its reply, all zero but for request (without now_s), fk.request and peer, which
 * the caller fills; all spans stay until the reply is used. */
struct intake_item {
    struct iclock_request request;
    struct intake_fk fk;
    struct address peer;
    struct iclock_reply reply;

    /* intake's own */
    struct iclock_call call;
    bool prepared;        /* read and let in, or refused */
    bool open;            /* not answered yet */
    bool enveloped;       /* its rows come out of an envelope: opened anew when it is answered */
    const char *bad_line; /* why its first bad line is none */
    uint64_t bad_lines;
    const char *body_aside; /* why its body is set aside whole; NULL = it is not */
    bool no_room;           /* something that is to be set aside found no room */
    bool waits;             /* nobody listed it, and there is little room */
};

struct intake;

/* The arguments must outlive the intake; the outbox connection is the intake's own. NULL: no
 * memory. */
struct intake *intake_new(const struct config *config, struct outbox *outbox,
                          const struct event_sink *events, struct error *err);
void intake_free(struct intake *intake); /* NULL is fine; does not flush */

/*
 * Whether the request may be dealt with, by its head: to be asked before its body is waited for.
 * `whole`: all of it is here, and intake_answer need not ask again. False: the reply says no.
 * Does not block.
 */
bool intake_admits(struct intake *intake, struct intake_item *item, bool whole, struct moment now);

/*
 * Fills the reply of each item. True when the outbox holds new punches now. Blocks on the disk.
 */
bool intake_answer(struct intake *intake, struct intake_item *const *items, size_t count,
                   struct moment now);

/* In how many seconds intake_flush has something to do: 0 = now, -1 = nothing. */
int64_t intake_flush_due(const struct intake *intake, struct moment now);

/* Writes what is kept in memory. */
void intake_flush(struct intake *intake, struct moment now);

#endif
