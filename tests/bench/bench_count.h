/*
 * bench_count: what a road costs, counted and not timed: allocations, bytes copied, processor time.
 * Linked in, it stands before malloc and memcpy of all that the program uses, libraries too, but
 * for what the compiler makes of a copy of a few bytes, and the C library's copies of its own.
 *
 * Where it cannot be linked (HIPBRIDGE_COUNTS is not defined) nothing is counted.
 *
 * What the system is called for is counted from outside, between the two marks that bench_count
 * leaves in a trace (bench_costs.py).
 */
#ifndef HIPBRIDGE_BENCH_COUNT_H
#define HIPBRIDGE_BENCH_COUNT_H

#include <stdbool.h>

#ifdef HIPBRIDGE_COUNTS

/* From now on, or no longer; what was counted before stays. One thread at a time. */
void bench_count(bool on);

/* What has been counted, a line each as in bench.h, for each of so many rows. */
void bench_counted(const char *road, double rows);
#else
static inline void bench_count(bool on)
{
    (void)on;
}

static inline void bench_counted(const char *road, double rows)
{
    (void)road;
    (void)rows;
}
#endif

#endif
