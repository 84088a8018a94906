/*
 * pull_private: what pull.c and pull_tell.c share, and nobody else.
 */
#ifndef HIPBRIDGE_PULL_THREAD_PRIVATE_H
#define HIPBRIDGE_PULL_THREAD_PRIVATE_H

#include "net/call.h"
#include "pace/tally.h"
#include "pull.h"
#include "system/spool.h"
#include "terminals/harvest.h"
#include "terminals/rounds.h"
#include "ticker.h"

/* One terminal of the list. */
struct pull_station {
    struct pull_thread *thread;
    size_t number;
    const struct config_pulled *terminal;
    char place[OUTBOX_PLACE_MAX]; /* "192.168.1.202:4370" */
    struct outbox_pull known;     /* of it */
    struct rounds rounds;
    bool whole;  /* to be read once more */
    bool now;    /* a person asked for it */
    bool soon;   /* a live visit that was ended to read what it missed: the next follows at once, */
    bool reread; /* and reads all */

    struct visit *visit; /* under way; else NULL */
    struct call call;
    struct spool *spool[VISIT_TABLES];
    int64_t began_ms;
    bool harvested;

    /* What it brought is being taken, a transaction at a time. */
    bool taking;
    struct harvesting harvesting;
    struct visit_spool source;
    char was[PUNCH_SN_MAX + 1]; /* who answered there before */
    bool read;                  /* it was read, or there was nothing new; */
    bool unchanged;
    bool lives; /* and the visit goes on */

    int64_t living_since_ms;
    uint64_t unclear;
    int64_t command;          /* the order to set its clock; 0 = none */
    char kept[FILE_PATH_MAX]; /* where the bytes of what was not understood are */

    /* Since it was last told of what was read. */
    int64_t told_s; /* steady; 0 = never */
    int64_t reads, fresh, aside;
};

struct pull_thread {
    const struct config *config;
    const struct event_sink *events;
    struct pull_events handles;
    struct ticker ticker;
    struct outbox *outbox;
    struct pull_station *stations;
    size_t count;
    size_t first;           /* whose turn it is to be begun */
    struct tally warned[4]; /* by kind of warning, by terminal, once a day */
};

/* ---- pull_tell.c ---- */

const struct visit_protocol *pull_protocol_of(const struct config_pulled *terminal);

/* The visit's end for the rounds, and for whoever reads the Event Log. */
void pull_note_end(struct pull_station *station, enum rounds_result result);

/* It went well; sums: of what was read, NULL if nothing was. */
void pull_tell_read(struct pull_station *station, const struct harvest *sums);

/* Whether a person has ordered its clock to be set; and that the order is done. */
bool pull_clock_ordered(struct pull_station *station);
void pull_clock_done(struct pull_station *station);

#endif
