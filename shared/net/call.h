/*
 * call: visits (record/visit.h) on lines (dial.h): several at once, on one thread.
 *
 * What a visit wants sent is sent, what arrives is handed to it, and so is the time. Belongs to one
 * thread; never blocks for longer than it is told.
 */
#ifndef HIPBRIDGE_CALL_H
#define HIPBRIDGE_CALL_H

#include "net/dial.h"
#include "record/visit.h"

enum { CALL_CONNECT_MS = 5000 };

struct call {
    struct visit *visit;
    struct dial dial;
    bool dialled; /* the line stands, and the visit has begun */
    int64_t connect_until_ms;
};

/*
 * Dials for a visit, whose protocol, order and sink are set and which must outlive the call. What
 * cannot be dialled is a visit that is over (VISIT_SILENT, with the reason).
 */
void call_begin(struct call *call, struct visit *visit, const struct address *address, int port,
                int64_t now_ms);

/* Waits at most so long for something to happen on any of them, and lets it happen; false when
 * nothing did. Those whose visit is over are left alone. clock: milliseconds of the clock that all
 * _ms are of. */
bool call_step(struct call *const *calls, size_t count, int64_t (*clock)(void), int wait_ms);

/* Says the farewell, if there is one, hangs up and ends the visit (visit_protocol.end). */
void call_end(struct call *call);

#endif
