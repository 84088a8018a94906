/*
 * tally: what a run of the simulator counted, and the ledger of what was acknowledged.
 *
 * The ledger is the proof a test holds against the table: a line is in the file, flushed, as soon
 * as the server's 200 was read, before anything else happens. Belongs to one thread.
 */
#ifndef TERMINAL_TALLY_H
#define TERMINAL_TALLY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Microseconds in buckets of 1/64 octave: percentiles to 1.6 % in fixed memory. */
enum { TALLY_OCTAVE = 64, TALLY_BUCKETS = TALLY_OCTAVE * 32 };

struct tally {
    FILE *ledger; /* NULL: none is kept */
    bool ledger_failed;
    uint64_t requests;   /* answered or not */
    uint64_t posts;      /* uploads of punches that were acknowledged */
    uint64_t acked;      /* punches acknowledged for the first time */
    uint64_t resent;     /* punches acknowledged again */
    uint64_t retries;    /* requests not answered 200, to be made again */
    uint64_t vanished;   /* uploads cut by ourselves */
    uint64_t commands;   /* executed for the server */
    uint64_t odd;        /* answers of 200 that a terminal could not use */
    char odd_first[256]; /* the first of them, in words */
    char last_failure[256];
    uint64_t latency_count;
    uint64_t latency_max_us;
    uint32_t latency[TALLY_BUCKETS];
};

void tally_ack(struct tally *tally, const char *sn, const char *pin, const char *time);

/* To be called once after the tally_acks of one answer. */
void tally_flush(struct tally *tally);

void tally_latency(struct tally *tally, double seconds);

/* The latency, in milliseconds, that this share (0 … 1) of the uploads did not exceed. */
double tally_percentile(const struct tally *tally, double share);

#endif
