/*
 * vendor_tell: what a person is told of the rounds over the vendor's database (events 310 to 316),
 * and what page, hipctl and metrics show of them (outbox/outbox_reading.h).
 *
 * What lasts is told when it begins, when it ends and hourly between. A file that was read before
 * and cannot be had is told of once that has lasted: a compact takes it away for a moment.
 *
 * Belongs to the thread that makes the rounds. Blocks on the outbox.
 */
#ifndef HIPBRIDGE_VENDOR_TELL_H
#define HIPBRIDGE_VENDOR_TELL_H

#include "outbox/outbox_reading.h"
#include "pace/condition.h"
#include "record/event.h"
#include "vendor/vendor.h"

enum {
    VENDOR_PATIENCE_S = 60,   /* a file that was read before may be away for so long */
    VENDOR_HELD_S = 10 * 60,  /* a page that gives nothing for so long is told of */
    VENDOR_SUMMARY_S = 86400, /* between two summaries */
    VENDOR_FIRST_SUMMARY = 3, /* round that reads the file whole, as a rule */
};

/* All zero but for the first three to begin with: see vendor_tell_begin. */
struct vendor_tell {
    const struct event_sink *events;
    int every_s; /* between two rounds */
    struct outbox_reading kept;

    bool was_read;         /* since the beginning */
    bool failing;          /* the last rounds in a row, since: */
    int64_t failing_since; /* steady seconds */
    enum event_id told;    /* of them; 0 = not yet */
    int64_t told_s;
    int64_t damaged_since; /* -1: no page is */
    struct condition held;
    struct condition no_room; /* to set rows aside */
    struct condition cannot_store;

    uint64_t aside; /* not told of yet */
    bool aside_told;
    int64_t aside_told_s;

    uint64_t rounds;           /* that read it */
    bool summed;               /* a summary was told */
    int64_t summed_s;          /* when */
    struct vendor_summary sum; /* since then */
};

/* Begins with this path: sums of another are forgotten. `events` must outlive it. */
bool vendor_tell_begin(struct vendor_tell *tell, const struct event_sink *events, const char *path,
                       int every_s, struct outbox *outbox, struct error *err);

/*
 * A round has come to this. unix_s is the wall clock, steady_s one that only grows. The facts are
 * kept in a transaction of their own; if they cannot be kept only the display suffers.
 */
void vendor_tell(struct vendor_tell *tell, struct outbox *outbox,
                 const struct vendor_summary *summary, int64_t unix_s, int64_t steady_s);

#endif
