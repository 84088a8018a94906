/*
 * intake_private: what the intake*.c files share, and nobody else.
 *
 * intake.c has the groups of requests, their transaction and the replies; intake_effect.c what each
 * effect of a request does, and what is told of it; intake_fk.c what FkWeb says.
 */
#ifndef HIPBRIDGE_INTAKE_PRIVATE_H
#define HIPBRIDGE_INTAKE_PRIVATE_H

#include "terminals/crowd.h"
#include "terminals/clockwatch.h"
#include "iclock/envelope.h"
#include "pace/condition.h"
#include "terminals/gate.h"
#include "terminals/intake.h"
#include "terminals/roster.h"
#include "outbox/outbox_command.h"
#include "pace/tally.h"

enum {
    INTAKE_NOTICES = 32, /* told of one group of requests; there are seldom any */
    INTAKE_NOTICE_STRINGS = 5,
    INTAKE_NOTICE_TEXT = 96,
    INTAKE_RESEND_S = 900, /* what comes so long after it was asked for is no news */
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
    struct tally bodies;     /* set aside whole */
    struct tally no_room;    /* for what would be set aside; of terminals that are listed, */
    struct tally let_go;     /* and of others */
    struct crowd crowd;      /* those that nobody listed, */
    struct tally waits;      /* and were told to come back */
    struct tally unreadable; /* deliveries of FkWeb */
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
    struct envelope envelope; /* of the request in hand */
    struct fkblocks *blocks;
    int64_t strangers;       /* of the roster's, that have been looked at, */
    int64_t strangers_today; /* and since strangers_s, Unix */
    int64_t strangers_s;
    struct tally strangers_told;

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

/* The next command for a terminal that asks: what the audit wants, what is queued. */
bool intake_next_command(struct taking *taking, struct outbox_command *command, bool *found,
                         struct error *err);

/* ---- intake_effect.c ---- */

/* The sink of iclock_answer; context is a struct taking. */
bool intake_take(void *context, const struct iclock_effect *effect, struct error *err);

/* Its clock shows this: noted, and told of once a day when it is off. */
void intake_check_clock(struct taking *taking, walltime shown);

/* Remembers an event, to be told once what it speaks of is stored; strings end at a NULL. */
void intake_note(struct intake *intake, enum event_id id, const char *const *strings);

/* Remembers what the audit found. */
void intake_note_audit(struct intake *intake, const char *sn, const struct audit_news *news);

/* Remembers that strangers were forgotten: there are more than belong here. In a transaction. */
bool intake_note_strangers(struct intake *intake, struct error *err);

/* Remembers that two addresses speak for it in turn. */
void intake_note_torn(struct intake *intake, const struct outbox_device *device);

/* Tells what was remembered, now that it is stored. */
void intake_tell(struct intake *intake);

/* ---- intake_fk.c: of items whose fk.request is given ---- */

/* Fills item->call, as far as the gate and the roster ask for it. */
void intake_fk_read(struct intake *intake, struct intake_item *item);

/* Puts parts together; once for each request, outside the transaction. */
void intake_fk_join(struct intake *intake, struct intake_item *item);

/* Answers; may be called again after a rollback. False: the outbox failed. */
bool intake_fk_answer(struct taking *taking, struct error *err);

/* The answer is final. */
void intake_fk_close(struct intake *intake, struct intake_item *item);

/* Fills a reply that says no, in FkWeb's words: 400, 403, 404, 503. */
void intake_fk_refuse(struct intake_item *item, int status);

#endif
