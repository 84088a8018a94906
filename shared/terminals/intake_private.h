/*
 * intake_private: what the intake*.c files share, and nobody else.
 *
 * intake.c has the groups of requests, their transaction and the replies; intake_effect.c what each
 * effect of a request does, and what is told of it.
 */
#ifndef HIPBRIDGE_INTAKE_PRIVATE_H
#define HIPBRIDGE_INTAKE_PRIVATE_H

#include "terminals/clockwatch.h"
#include "pace/condition.h"
#include "terminals/gate.h"
#include "terminals/intake.h"
#include "terminals/roster.h"
#include "pace/tally.h"

enum {
    INTAKE_NOTICES = 32, /* told of one group of requests; there are seldom any */
    INTAKE_NOTICE_STRINGS = 5,
    INTAKE_NOTICE_TEXT = 96,
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

    struct moment now; /* of the call in progress */
    bool in_transaction;
    bool fresh;     /* new punches in this transaction */
    bool read_only; /* the outbox takes nothing: effects that must last are refused */

    struct roster roster;

    size_t notice_count;
    struct notice notices[INTAKE_NOTICES];
};

/* What the sink needs besides. */
struct taking {
    struct intake *intake;
    struct intake_item *item;
    struct roster_terminal *terminal; /* NULL for a call of no terminal */
    int timezone_minutes;             /* the terminal's */
    bool live; /* a single punch of a terminal that was never away: just made */
};

/* ---- intake.c ---- */

/* Begins the group's transaction, if it is not open yet. */
bool intake_begin(struct intake *intake, struct error *err);

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
