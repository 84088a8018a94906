/*
 * envelope: what the rows of a request may be wrapped in: packed by gzip or zlib, whether that is
 * declared or known by its first bytes; and a form, in the body or in the query, with the rows as
 * the value of `data` or with a row's columns as fields (../docs/protocol.md).
 *
 * What can't be taken out with certainty stays as it is, and `sealed` says why: it is to be set
 * aside whole. An envelope may be used again; it keeps what it took out until then. Belongs to one
 * thread; allocates.
 */
#ifndef HIPBRIDGE_ENVELOPE_H
#define HIPBRIDGE_ENVELOPE_H

#include "iclock/iclock.h"

struct envelope {
    char *unpacked; /* NULL: nothing was packed */
    char *query;    /* NULL: no form; likewise */
    char *body;
};

/*
 * Opens the request's envelopes: *opened is the request with what was in them. Its spans point into
 * the request or the envelope. `max`: bytes that a body may come to.
 */
void envelope_open(struct envelope *envelope, const struct iclock_request *request, size_t max,
                   struct iclock_request *opened);

/* Frees what was taken out. */
void envelope_empty(struct envelope *envelope);

#endif
