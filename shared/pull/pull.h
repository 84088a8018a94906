/*
 * pull: a visit to a terminal on port 4370, after `struct visit` (record/visit.h).
 *
 * CONNECT, the key if it is wanted, who it is, its clock, how much it holds; then, if something is
 * to be read, the records (and the list of users where records name slots), how much it holds now,
 * and EXIT, which is always said. Nothing locks, changes or clears the terminal. What may be sent
 * is in frame.h.
 *
 * A stream keeps its order, so that a table is read in large chunks there. Datagrams lose, double
 * and swap themselves, and the pieces of an answer bear no number: by UDP a chunk is as small as
 * the terminal sends in one piece, and what can only be had in several is read until it came out
 * the same twice running.
 *
 * A serial number that the terminal does not tell is replaced by its MAC address.
 */
#ifndef HIPBRIDGE_PULL_H
#define HIPBRIDGE_PULL_H

#include "record/visit.h"

extern const struct visit_protocol pull_protocol;

enum {
    PULL_PORT = 4370,
    PULL_ANSWER_MS = 5000,    /* a plain question */
    PULL_PREPARE_MS = 60000,  /* the terminal gathers a table */
    PULL_SILENCE_MS = 15000,  /* within a transfer */
    PULL_GOODBYE_MS = 2000,   /* after EXIT */
    PULL_AGAIN_MS = 2000,     /* UDP: a question is asked again, */
    PULL_GATHER_MS = 20000,   /* one that takes long */
    PULL_TRIES = 3,           /* and how often in all */
    PULL_DRAIN_MS = 250,      /* UDP: what is late may arrive */
    PULL_HEARTBEAT_MS = 60000 /* live */
};

#endif
