/*
 * report: what head office is told of this bridge (bridge_status, device_status), every two minutes
 * and when it stops.
 *
 * What is told is read from the outbox in this order: what was proven, then what is held back. So a
 * proof never covers what has come since and is not in the database: `complete_through` is the
 * proven time, held back to the second before the earliest that waits, was refused, or is set
 * aside. Failing costs an event and never a punch. Belongs to the uploader's thread.
 */
#ifndef HIPBRIDGE_REPORT_H
#define HIPBRIDGE_REPORT_H

#include "cloud/cloud.h"
#include "config/config.h"
#include "outbox/outbox.h"
#include "pace/condition.h"
#include "record/event.h"
#include "record/facts.h"
#include "upload/office.h"

enum {
    REPORT_EVERY_S = 120,
    REPORT_SOON_S = 60,   /* while a terminal's newest punches are not told complete yet, */
    REPORT_WHILE_S = 600, /* for so long after they came */
    REPORT_JITTER_S = 12,
    REPORT_HURRY_S = 10,
    REPORT_TERMINALS = 1000
};

/* What the service knows besides; all may be NULL or 0. */
struct report_service {
    const char *name; /* the computer's, for where the configuration gives none */
    const char *version;
    int64_t started_s;
    /* The worst that lasts, looked for anew: its event (0 = none), and words of at most
     * FACTS_PROBLEM bytes. */
    int (*problem)(void *context, char words[FACTS_PROBLEM + 1]);
    /* Likewise of a terminal, as it was found by the last call of `problem`. Where nothing is wrong
     * the words are left as they are. */
    int (*of_terminal)(void *context, const char *sn, char words[FACTS_PROBLEM + 1]);
    void *context;
    const struct office_hands *orders; /* who carries them out; copied */
};

struct report;

/* Takes none of its arguments over; all must outlive it. NULL: no memory. */
struct report *report_new(const struct config *config, struct outbox *outbox,
                          const struct event_sink *events, const struct report_service *service,
                          struct error *err);
void report_free(struct report *report); /* NULL is fine */

/* In how many seconds the next one is due; 0 = now; INT64_MAX = never. */
int64_t report_due(const struct report *report, int64_t now_s);

/* It is due as soon as the last one was REPORT_HURRY_S ago. */
void report_hurry(struct report *report);

/* Writes it, if one is due or `now`; running: false at the stop. The cloud must be connected. True:
 * it was written. */
bool report_write(struct report *report, struct cloud *cloud, const char *bridge, bool running,
                  bool now, int64_t now_s);

#endif
