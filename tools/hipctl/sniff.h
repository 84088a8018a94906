/*
 * sniff: what `hipctl sniff` consists of. One thread; sockets are started.
 */
#ifndef HIPCTL_SNIFF_H
#define HIPCTL_SNIFF_H

#include "base/error.h"
#include "iclock/iclock.h"

/* ---- sniff_answer.c ---- */

/* The head's end: its length with the blank line, 0 while that has not come. */
size_t sniff_head_length(struct span text);

/* The first header of this name, without regard to case. */
bool sniff_header(struct span head, struct span name, struct span *value);

/* A request, whole, of which the first `head` bytes are its head. */
struct sniff_request {
    struct span bytes;
    size_t head;
};

/*
 * Answers as the bridge does, but takes nothing: *kept says that the peer was told to keep what it
 * delivers. Writes to out[size], of ICLOCK_REPLY_MAX + 1024 bytes at least; returns the length.
 */
size_t sniff_answer(const struct sniff_request *request, const struct iclock_settings *settings,
                    char *out, size_t size, bool *kept);

/* ---- sniff_replay.c ---- */

/*
 * Sends what terminals sent in a capture again, connection by connection and in its order, and
 * shows what is answered. *pieces and *connections say how much went out.
 */
bool sniff_replay(const char *path, const char *host, int port, size_t *pieces, size_t *connections,
                  struct error *err);

#endif
