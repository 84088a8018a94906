/*
 * outbox_stats: the figures that the status page draws, kept small as punches come and go, so that
 * reading them costs the same with a thousand punches as with a million.
 *
 * Terminals pay nothing for it: the uploader counts what has come in now and then, adds samples of
 * what waits, and how long punches took. What is not counted yet is added by whoever reads.
 * Punches far from today (a terminal's history) are left out. Rules as in outbox.h.
 */
#ifndef HIPBRIDGE_OUTBOX_STATS_H
#define HIPBRIDGE_OUTBOX_STATS_H

#include "outbox/outbox.h"

enum {
    OUTBOX_HOUR_S = 3600,
    OUTBOX_DAYS_BACK = 9,  /* punches that are older when they arrive are not counted */
    OUTBOX_DAYS_AHEAD = 2, /* nor those further in the future */
    OUTBOX_SAMPLE_EVERY_S = 240,
    OUTBOX_SLOT_S = 900,          /* deliveries are summed by quarters of an hour */
    OUTBOX_COUNT_AT = 2000,       /* uncounted punches are counted once they are so many */
    OUTBOX_UNCOUNTED_MAX = 20000, /* a reader adds no more than so many */
};

/* ---- punches by hour ---- */

struct outbox_hour {
    walltime start; /* of the hour, by the punches' own clock */
    const char *device_sn;
    int64_t punches;
};

/* How many punches are not counted yet. */
bool outbox_uncounted(struct outbox *outbox, int64_t *count, struct error *err);
/* Counts the next of them, at most `limit`. In a transaction. */
bool outbox_count_hours(struct outbox *outbox, int64_t now_s, int64_t limit, struct error *err);

/* The hours of [from, to) that have any, in no order; an hour may come twice: they add up. False
 * from the visitor ends it. */
bool outbox_each_hour(struct outbox *outbox, walltime from, walltime to,
                      bool (*visit)(void *context, const struct outbox_hour *hour), void *context,
                      struct error *err);

/* ---- what waited ---- */

struct outbox_sample {
    int64_t at_s;    /* Unix */
    int64_t waiting; /* punches */
    int64_t age_s;   /* of the oldest that waited; 0 = none did */
};

/* Notes what waits now, and forgets what is too old to be drawn. In a transaction. */
bool outbox_sample(struct outbox *outbox, int64_t now_s, struct error *err);

/* The samples of [from_s, to_s], oldest first. */
bool outbox_each_sample(struct outbox *outbox, int64_t from_s, int64_t to_s,
                        bool (*visit)(void *context, const struct outbox_sample *sample),
                        void *context, struct error *err);

/* ---- from punch to row ---- */

enum { OUTBOX_DELAYS = 7 };

/* The longest delay of each class in seconds; the last class has no bound. */
extern const int64_t outbox_delay_bounds[OUTBOX_DELAYS - 1];

struct outbox_delays {
    int64_t punches[OUTBOX_DELAYS];
    int64_t delay_s; /* of all together */
};

/* Counts a punch that took so long; a negative delay is a clock that is ahead, and none. */
void outbox_delay_add(struct outbox_delays *delays, int64_t delay_s);

/* Adds these to what was delivered. In a transaction. */
bool outbox_delivered(struct outbox *outbox, const struct outbox_delays *delays, int64_t now_s,
                      struct error *err);

/* What was delivered since (a multiple of OUTBOX_SLOT_S); since 0: ever. */
bool outbox_delivered_since(struct outbox *outbox, int64_t since_s, struct outbox_delays *delays,
                            struct error *err);

/* ---- what is under way, and what needs a person ---- */

/* Commands that a terminal has not answered yet and will be handed (again). */
bool outbox_commands_pending(struct outbox *outbox, const char *sn, int64_t *count,
                             struct error *err);

/* Lines of terminals that were no punches, since. */
bool outbox_rejected_since(struct outbox *outbox, int64_t since_s, int64_t *count,
                           struct error *err);

#endif
