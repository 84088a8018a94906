/*
 * walk: all terminals, in the order in which they matter, for whoever shows, judges or counts them.
 *
 * First those that are listed in the configuration, heard or not; then those that brought punches;
 * then the strangers, which are neither and may be anybody's invention: they are shown after all
 * others, and never missed. Rules as in outbox.h; reads only.
 */
#ifndef HIPBRIDGE_WALK_H
#define HIPBRIDGE_WALK_H

#include "config/config.h"
#include "outbox/outbox.h"

enum walk_kind { WALK_LISTED, WALK_BRINGS, WALK_STRANGER };

struct walk_terminal {
    enum walk_kind kind;
    const struct config_device *listed; /* NULL where it is not */
    const struct outbox_device *device; /* never seen: all zero but its serial number */
    bool seen;
};

/* False from the visitor ends it (no failure). */
bool walk_terminals(struct outbox *outbox, const struct config_listener *listener,
                    bool (*visit)(void *context, const struct walk_terminal *terminal),
                    void *context, struct error *err);

/* How many strangers there are: those in the outbox, and those forgotten within the last day.
 * *last is the one heard last, all zero if there is none. */
bool walk_strangers(struct outbox *outbox, const struct config_listener *listener, int64_t now_s,
                    int64_t *count, struct outbox_device *last, struct error *err);

#endif
