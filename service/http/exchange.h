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
    HANDLE handle;      /* request queue, bound to the completion port; NULL once closed */
    size_t max_body;    /* bytes; a longer body is answered 413 */
    size_t body_room;   /* bytes of bodies that may still be taken into memory */
    int retry_s;        /* told with a 503 */
    struct share share; /* of requests and bodies, by address */
};

struct exchange;

enum exchange_step {
    EXCHANGE_PENDING, /* another completion will come */
    EXCHANGE_READY, /* the request is here in full: have exchange_item answered, then exchange_reply
                     */
    EXCHANGE_DONE,  /* answered or gone: receive again, or free */
};

/* NULL: no memory. */
struct exchange *exchange_new(struct exchange_queue *queue);

/* Only when no completion will come any more. */
void exchange_free(struct exchange *exchange);

/* Waits for a request. False: the system refused, no completion will come. */
bool exchange_receive(struct exchange *exchange);
bool exchange_receiving(const struct exchange *exchange);

/* The exchange a completion belongs to. */
struct exchange *exchange_of(OVERLAPPED *overlapped);
enum exchange_step exchange_completed(struct exchange *exchange, OVERLAPPED *overlapped);

/* The request, and the place for its reply. */
struct intake_item *exchange_item(struct exchange *exchange);

/* Sends the item's reply. False: the peer is gone, the exchange is done. */
bool exchange_reply(struct exchange *exchange);

/* Ends a receive (of a request or of a body) that is under way; its completion still comes. */
void exchange_cancel_receive(struct exchange *exchange);

#endif
