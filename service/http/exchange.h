/*
 * exchange: one request in flight, from the receive that waits for it to the reply sent.
 *
 * Everything is asynchronous on the completion port of its queue: the listener hands each
 * completion to exchange_completed, which says what to do next. Belongs to the listener's thread.
 */
#ifndef HIPBRIDGE_EXCHANGE_H
#define HIPBRIDGE_EXCHANGE_H

#include "http/reply.h" /* brings the system's headers in their order */

#include "terminals/intake.h"
#include "net/share.h"

/* What all exchanges of a listener share. */
struct exchange_queue {
    HANDLE handle;          /* request queue, bound to the completion port; NULL once closed */
    struct intake *intake;  /* asked who may speak, before a body is waited for */
    size_t max_body;        /* bytes; a longer body is answered 413 */
    size_t body_room;       /* bytes of large bodies that may still be taken into memory */
    size_t bodies;          /* on their way */
    int retry_s;            /* told with a 503 */
    char page[48];          /* where the status page is, for a browser on this PC */
    struct exchange *spare; /* the exchanges' own: those that must not be freed yet */
    struct share share;     /* of bodies on their way, by address */
};

struct exchange;

enum exchange_step {
    EXCHANGE_PENDING, /* another completion will come */
    EXCHANGE_READY, /* the request is here in full: have exchange_item answered, then exchange_reply
                     */
    EXCHANGE_DONE,  /* answered or gone: receive again, or free */
    EXCHANGE_FAILED, /* no request came, but an error: free, and after a while receive anew */
};

/* NULL: no memory. */
struct exchange *exchange_new(struct exchange_queue *queue);

/* Only when no completion will come any more that it waits for. */
void exchange_free(struct exchange *exchange);

/* Once the completion port is closed: what exchange_free had to keep. */
void exchange_free_spares(struct exchange_queue *queue);

/* Waits for a request. False: the system refused, no completion will come. */
bool exchange_receive(struct exchange *exchange);
bool exchange_receiving(const struct exchange *exchange);

/* The exchange a completion belongs to. */
struct exchange *exchange_of(OVERLAPPED *overlapped);
enum exchange_step exchange_completed(struct exchange *exchange, OVERLAPPED *overlapped);

/* The request, and the place for its reply. */
struct intake_item *exchange_item(struct exchange *exchange);

/* The address of this PC that the request was sent to. */
const struct address *exchange_local(const struct exchange *exchange);

/* Sends the item's reply. False: the peer is gone, the exchange is done. */
bool exchange_reply(struct exchange *exchange);

/* Whether its body is on its way; and if so, whether for too long. */
bool exchange_awaits_body(const struct exchange *exchange);
bool exchange_is_overdue(const struct exchange *exchange, uint64_t now_ms);

/* Whether it gives way before the other when too many bodies are awaited; both await theirs. */
bool exchange_goes_first(const struct exchange *exchange, const struct exchange *other);

/* Waits no longer for its body: it is answered 408 as soon as the system lets go of it. */
void exchange_give_up(struct exchange *exchange);

/* Ends a receive (of a request or of a body) that is under way; its completion still comes. */
void exchange_cancel_receive(struct exchange *exchange);

#endif
