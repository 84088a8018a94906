/*
 * outbox_punches: puts punches into an outbox and moves its cursor, for the tests of the outbox
 * itself.
 */
#ifndef HIPBRIDGE_TEST_OUTBOX_PUNCHES_H
#define HIPBRIDGE_TEST_OUTBOX_PUNCHES_H

#include "scratch_outbox.h"

static inline struct punch punch_of(const char *sn, const char *user, walltime time)
{
    struct punch punch = {.time = time, .status = 1, .verify = 15, .raw = SPAN("raw \xE0\xB8\x81")};
    snprintf(punch.device_sn, sizeof punch.device_sn, "%s", sn);
    snprintf(punch.user_id, sizeof punch.user_id, "%s", user);
    return punch;
}

/* One append in the open transaction. */
static inline enum outbox_added add(struct outbox *outbox, const char *sn, const char *user,
                                    walltime time, int64_t source)
{
    struct punch punch = punch_of(sn, user, time);
    enum outbox_added added = OUTBOX_NEW;
    DO(outbox_append(outbox, &punch, source, 1000 + time, &added, &err));
    return added;
}

/* New punches of times first … last, in one transaction. */
static inline void fill(struct outbox *outbox, walltime first, walltime last)
{
    DO(outbox_begin(outbox, &err));
    for (walltime time = first; time <= last; time++) {
        CHECK_INT("fill", OUTBOX_NEW, add(outbox, "SN1", "7", time, 0));
    }
    DO(outbox_commit(outbox, &err));
}

static inline void advance(struct outbox *outbox, int64_t id)
{
    DO(outbox_begin(outbox, &err));
    DO(outbox_advance(outbox, id, 5000, &err));
    DO(outbox_commit(outbox, &err));
}

static inline struct outbox_counts counts_of(struct outbox *outbox)
{
    struct outbox_counts counts;
    DO(outbox_counts(outbox, &counts, &err));
    return counts;
}

#endif
