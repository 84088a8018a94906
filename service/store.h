/*
 * store: the outbox as the service's threads open it, each for itself: by the configuration, and
 * with one order of turns for all of them, in which terminals come first (system/turns.h).
 */
#ifndef HIPBRIDGE_STORE_H
#define HIPBRIDGE_STORE_H

#include "config/config.h"
#include "outbox/outbox.h"

enum store_for {
    STORE_FOR_TERMINALS, /* that wait for their OK */
    STORE_FOR_WORK,      /* that has time: logs, terminals that are read, the uploader */
};

/* As outbox_open; any thread. */
struct outbox *store_open(const struct config *config, enum store_for whom, struct error *err);

#endif
