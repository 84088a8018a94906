/*
 * pulled_options: the command line of the simulated terminals that are read.
 */
#ifndef TERMINAL_PULLED_OPTIONS_H
#define TERMINAL_PULLED_OPTIONS_H

#include "pulled.h"

enum { PULLED_TERMINALS_MAX = 200 };

/* What becomes of a second connection. */
enum pulled_second {
    PULLED_SECOND_SERVED,
    PULLED_SECOND_REFUSED,
    PULLED_SECOND_MUTE,
    PULLED_SECOND_KILLS
};

struct pulled_options {
    int port;
    size_t terminals;
    const char *prefix;
    const char *replay; /* a capture; NULL = none */
    struct pulled_plan plan;
    int64_t clock_ahead_s;
    int64_t zone_s; /* its wall clock less UTC */
    size_t slice;
    long gap_ms; /* between two frames of a stream */
    unsigned drop, twice;
    enum pulled_second second;
    double rate;
};

extern struct pulled_options pulled_options;

/* False, with the usage printed: a wrong one. */
bool pulled_read_options(int argc, char **argv);

/* Adds the misbehaviour of this name; false: there is none. */
bool pulled_set_fault(const char *name, uint32_t *bits);

#endif
