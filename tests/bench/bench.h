/*
 * bench: what the native benchmark programs share. Each prints a line for each figure, which
 * bench.py reads: `name TAB value TAB unit TAB limit`, where the limit is what the same machine
 * does at best in the same run ("-" for none).
 */
#ifndef HIPBRIDGE_BENCH_H
#define HIPBRIDGE_BENCH_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/error.h"
#include "base/portability.h"
#include "outbox/outbox_spent.h"

/* Seconds of a clock that only grows. */
static inline double bench_clock(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static inline void bench_figure(const char *name, double value, const char *unit, double limit)
{
    printf("%s\t%.3f\t%s\t", name, value, unit);
    if (limit > 0) {
        printf("%.3f\n", limit);
    } else {
        printf("-\n");
    }
    (void)fflush(stdout);
}

/* Where the time of a road's rows went, by the outbox's own counters. */
static inline void bench_spent(const char *road, const struct outbox_spent *spent)
{
    static const char *const parts[OUTBOX_SPENT_PARTS] = {
        [OUTBOX_SPENT_COPY] = "copy",  [OUTBOX_SPENT_PARSE] = "parse",
        [OUTBOX_SPENT_BIND] = "bind",  [OUTBOX_SPENT_SEND] = "send",
        [OUTBOX_SPENT_WAIT] = "wait",  [OUTBOX_SPENT_FLUSH] = "flush",
        [OUTBOX_SPENT_CARRY] = "carry"};
    for (size_t i = OUTBOX_SPENT_COPY; i < OUTBOX_SPENT_PARTS && spent->rows > 0; i++) {
        char name[128];
        if (spent->us[i] > 0) {
            (void)snprintf(name, sizeof name, "  of it: %s: %s", road, parts[i]);
            bench_figure(name, (double)spent->us[i] / (double)spent->rows, "us/row", 0);
        }
    }
}

/* Ends the program when something that must work did not. */
static inline void bench_must(bool done, const char *what, const struct error *err)
{
    if (!done) {
        fprintf(stderr, "bench: %s: %s\n", what, err != NULL ? err->text : "failed");
        exit(1);
    }
}

/* Removes a database of SQLite, if it is there, with what stands beside it. */
static inline void bench_remove(const char *path)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < HB_COUNT(ends); i++) {
        char name[4096];
        (void)snprintf(name, sizeof name, "%s%s", path, ends[i]);
        (void)remove(name);
    }
}

#endif
