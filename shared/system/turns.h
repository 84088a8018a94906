/*
 * turns: who of this program's threads writes into the outbox next.
 *
 * One has the turn, the others wait. Whoever somebody waits for (urgent: a terminal, for its OK)
 * comes before all who have time (a log, a terminal's memory, the cursor), and among equals who
 * came first. Who has time gives way for TURNS_GIVE_WAY_MS; then he is as urgent as those who came
 * after him, so that terminals without a pause hold up a log and do not stop it.
 *
 * A turn is no lock of what is written: another program may write as well, and the file's own lock
 * settles that. Any thread, but for a take and its give, which belong to one.
 */
#ifndef HIPBRIDGE_TURNS_H
#define HIPBRIDGE_TURNS_H

#include "base/error.h"

enum {
    TURNS_GIVE_WAY_MS = 20,
    TURNS_LEAST_MS = 4, /* a turn need not end sooner: its end costs a flush of the disk */
};

struct turns;

/* give_way_ms: TURNS_GIVE_WAY_MS, but for tests. NULL: no memory. */
struct turns *turns_new(unsigned give_way_ms, struct error *err);
void turns_free(struct turns *turns); /* NULL is fine; nobody has it or waits */

/* Waits for the turn, so long at most; false: it is somebody else's still. */
bool turns_take(struct turns *turns, bool urgent, unsigned ms);
void turns_give(struct turns *turns);

/* For whoever has the turn and time: somebody urgent waits, and the turn has lasted TURNS_LEAST_MS.
 * Costs some nanoseconds while nobody does. */
bool turns_awaited(struct turns *turns);

size_t turns_waiting(struct turns *turns); /* how many */

#endif
