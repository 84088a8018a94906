/*
 * listener: receives what terminals push, by http.sys, and answers them.
 *
 * One thread and one completion port. Several receives are outstanding at any time; bodies are
 * read in full before anything is done with them; all requests that are complete at the same
 * moment go through intake as one group; replies are sent without waiting for one another.
 *
 * Who may speak is asked before a body is waited for. Memory is bounded: LISTENER_EXCHANGES
 * requests in flight, at most LISTENER_SLOW of which wait for their bodies; these take 64 KB each,
 * and more out of LISTENER_BODIES times max_body_kb. No address has more than LISTENER_EACH of them
 * under way, or more than one largest body of that memory: beyond it is told to come back (503). A
 * body that drips is given up (share.h); so is, when there are too many, one of the address that
 * has most.
 */
#ifndef HIPBRIDGE_LISTENER_H
#define HIPBRIDGE_LISTENER_H

#include <windows.h>

#include "config/config.h"
#include "record/event.h"

/*
 * Windows queues a request that no receive waits for; Wine 8 never delivers it (docs/building.md),
 * so that receives are outstanding for more connections than a site has terminals. One that waits
 * costs 13 KB.
 */
enum {
    LISTENER_RECEIVES = 256,  /* outstanding at any time */
    LISTENER_EXCHANGES = 512, /* requests in flight, receives included */
    LISTENER_SLOW = 224,      /* of them waiting for their bodies, */
    LISTENER_EACH = 32,       /* and of one address */
    LISTENER_BODIES = 4,
    LISTENER_QUEUE = 5000,        /* requests that http.sys holds for us */
    LISTENER_CONNECTIONS = 20000, /* at once */
};

struct listener;

/*
 * Reserves the port, opens its own connection to the outbox and starts the thread, which sets
 * `appended` whenever new punches wait. All arguments must outlive the listener. NULL on failure;
 * ERR_BUSY when somebody else has the port.
 */
struct listener *listener_start(const struct config *config, const struct event_sink *events,
                                HANDLE appended, struct error *err);

/*
 * Has the thread go on with another configuration, whose port is the same: no connection is lost.
 * False when it did not within some seconds, or its outbox could not be opened anew; then it keeps
 * the one it has, or may take this one later: neither may be freed. Blocks.
 */
bool listener_reconfigure(struct listener *listener, const struct config *config,
                          struct error *err);

/*
 * Withdraws its address: requests that arrive from now on are none of its. For Wine alone (bridge.c
 * has why): the stop does it where Windows wants it, once the last replies are through. Cannot fail
 * in a way that matters; does not block. Any thread.
 */
void listener_withdraw(struct listener *listener);

/*
 * Asks the thread to end, and returns its handle to wait for: no further request is taken, those
 * that have arrived in full are stored and answered, then the address is withdrawn.
 */
HANDLE listener_stop(struct listener *listener);

/* Once the thread has ended. NULL is fine. */
void listener_free(struct listener *listener);

#endif
