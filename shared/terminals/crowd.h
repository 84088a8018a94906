/*
 * crowd: what room is left is for the terminals that are listed.
 *
 * Whoever is let in may bring punches (unknown_devices: accept), a stranger who invents them too.
 * Where the configuration lists terminals, what others bring is taken only while less than
 * CROWD_PART of max_mb is used: then they are told to come back, and a real one among them keeps
 * its punches until it is listed or there is room again. So strangers never bring the outbox to
 * where history is given up (retention.h) or listed terminals are turned away. Where nothing is
 * listed nobody is a stranger.
 *
 * Belongs to the thread of its outbox.
 */
#ifndef HIPBRIDGE_CROWD_H
#define HIPBRIDGE_CROWD_H

#include "config/config.h"
#include "outbox/outbox.h"

enum { CROWD_PART = 80 /* in a hundred */, CROWD_LOOK_S = 1 };

/* All zero to begin with. */
struct crowd {
    int64_t looked_s; /* steady */
    bool full;
};

/*
 * Whether what this terminal brings has to wait. now_s: steady seconds. What cannot be looked at is
 * not full: storing will say.
 */
bool crowd_waits(struct crowd *crowd, struct outbox *outbox, const struct config *config,
                 const char *sn, int64_t now_s);

#endif
