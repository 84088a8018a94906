/*
 * silence: which terminals are missed, and telling of them.
 *
 * One rule for the status page, `hipctl status`, the metrics and the events: a terminal is silent
 * when nothing came from it for SILENCE_S in which the service could have heard it. It could not
 * while it was stopped or the PC slept; then a terminal has all of that time again. One that is not
 * configured is missed for SILENCE_FORGOTTEN_S, and not at all if it never brought a punch. Those
 * that are configured are looked at first, and always.
 *
 * The running service keeps a note of since when it listens and when it last looked; whoever reads
 * the outbox judges by that. Portable.
 */
#ifndef HIPBRIDGE_SILENCE_H
#define HIPBRIDGE_SILENCE_H

#include "config/config.h"
#include "record/event.h"
#include "outbox/outbox.h"

enum {
    SILENCE_S = 15 * 60, /* a terminal asks every few seconds */
    SILENCE_FORGOTTEN_S = 7 * 86400,
    SILENCE_LOOK_S = 60,
};

/* ---- judging: any thread, with its own outbox ---- */

struct silence_watch {
    int64_t from_s;  /* it was listened for terminals since … */
    int64_t until_s; /* … until: now while the service runs; all times Unix seconds */
    int64_t now_s;
};

/* What the service has noted. Without a listener, or before the first note, nobody is missed. */
bool silence_watch_read(struct outbox *outbox, const struct config *config, int64_t now_s,
                        struct silence_watch *watch, struct error *err);

/* Whether it is one whose silence says something: not one that is only read on its own port. */
bool silence_watches(const struct outbox_device *device);

/* Whether a terminal is missed that was last heard then (0: never). */
bool silence_is(const struct silence_watch *watch, bool configured, int64_t last_seen_s);

/* Whether it was heard within SILENCE_S. */
bool silence_is_heard(const struct silence_watch *watch, int64_t last_seen_s);

/* ---- telling: the service, one thread ---- */

struct silence;

/*
 * The arguments must outlive it; the outbox connection is its caller's. What an earlier run had
 * told is known from its note, so that a terminal's return is told after a restart, too, and its
 * silence not twice in an hour. NULL: no memory.
 */
struct silence *silence_new(const struct config *config, struct outbox *outbox,
                            const struct event_sink *events, int64_t now_s, struct error *err);
void silence_free(struct silence *silence); /* NULL is fine */

/*
 * Looks, if the last look was SILENCE_LOOK_S ago: to be called about so often. Terminals that have
 * fallen silent are told of in one event, with those that still are; this is repeated hourly. Those
 * that are heard again are told of once. Outside a transaction; blocks on the disk.
 */
void silence_look(struct silence *silence, int64_t now_s);

/* Looks once more, whenever the last look was: who was heard since must not be forgotten by a stop.
 */
void silence_finish(struct silence *silence, int64_t now_s);

#endif
