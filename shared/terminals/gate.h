/*
 * gate: who may speak to the listener: allowed networks, known terminals, and a terminal's own
 * address; and no page elsewhere, by a browser that can reach this PC. The one place that decides
 * it: whatever may store, remember, report or tell of a terminal has passed here. Refusals are told
 * (210) at most hourly for each source, terminals of another family (216) at most daily.
 *
 * A request that names no terminal speaks for `default_device_sn`, which must then be allowed; one
 * that names none properly speaks for nobody who is listed.
 *
 * Portable; belongs to one thread.
 */
#ifndef HIPBRIDGE_GATE_H
#define HIPBRIDGE_GATE_H

#include "config/config.h"
#include "record/event.h"
#include "iclock/iclock.h"
#include "pace/tally.h"

struct gate {
    const struct config *config;
    const struct event_sink *events;
    struct tally refused;
    struct tally other_family;
};

/* Takes nothing over; both must outlive the gate. */
void gate_init(struct gate *gate, const struct config *config, const struct event_sink *events);

/*
 * Whether this call from this address may be dealt with; if not, it is counted and perhaps told.
 * Of a request whose body is still to come, the head alone: then another time, with its body.
 * now: seconds of a clock that only grows.
 */
bool gate_allows(struct gate *gate, const struct iclock_call *call, const struct address *peer,
                 int64_t now);

/* Whether this operation is heard as one of the terminal that call->sn names. */
bool gate_is_terminal(const struct iclock_call *call);

#endif
