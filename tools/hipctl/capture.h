/*
 * capture: what went over connections, shown on the console and written to a file that is for
 * people and can be sent again.
 *
 * A piece is a line with time, peer, direction (`->` from the terminal) and size; its text, a row a
 * line after `|`; and its bytes in hex. One thread.
 */
#ifndef HIPCTL_CAPTURE_H
#define HIPCTL_CAPTURE_H

#include <stdio.h>

#include "base/error.h"
#include "base/text.h"

enum { CAPTURE_PEER_MAX = 64, CAPTURE_PIECE_MAX = 65536 };

/* The file to write to as well (appended to), or NULL. */
bool capture_open(const char *path, struct error *err);
void capture_close(void);

/* Whether it is shown on the console too; it is, until this says otherwise. */
void capture_shown(bool shown);

void capture_bytes(const char *peer, const char *direction, struct span bytes);
void capture_event(const char *peer, const char *what);

/* ---- reading one ---- */

enum capture_kind {
    CAPTURE_END,
    CAPTURE_SENT,     /* by the terminal */
    CAPTURE_ANSWERED, /* to it */
    CAPTURE_EVENT,
};

struct capture_item {
    enum capture_kind kind;
    char peer[CAPTURE_PEER_MAX];
    size_t len;
    char what[64];                 /* EVENT */
    char bytes[CAPTURE_PIECE_MAX]; /* SENT, ANSWERED */
};

/* The next item; lines that are none are passed over. False: a piece is not whole. */
bool capture_read(FILE *file, struct capture_item *item, struct error *err);

#endif
