/*
 * record: the attendance records that a simulated terminal holds.
 *
 * Record number n of a terminal is a function of n alone, so that nothing need be stored and a
 * history of any length can be sent again. No two records of a terminal share PIN and time.
 * Nothing here allocates or blocks.
 */
#ifndef TERMINAL_RECORD_H
#define TERMINAL_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RECORD_PIN_MAX = 16, RECORD_TIME_MAX = 32, RECORD_LINE_MAX = 160 };

struct record_plan {
    int64_t start;      /* wall clock of record 0, seconds since 1970 of that wall clock */
    int64_t interval_s; /* ≥ 1, between one record and the next */
};

/* "YYYY-MM-DD HH:MM:SS" or "YYYY-MM-DDTHH:MM:SS" to seconds; false when it is neither. */
bool record_time_parse(const char *text, int64_t *time);

/* The PIN and the time of record n, as text. */
void record_pin(uint64_t n, char out[RECORD_PIN_MAX]);
void record_time(const struct record_plan *plan, uint64_t n, char out[RECORD_TIME_MAX]);

/*
 * The ATTLOG line of record n into out, as the firmware of this `family` (any number) writes it.
 * Returns its length.
 */
size_t record_line(const struct record_plan *plan, uint64_t n, unsigned family,
                   char out[RECORD_LINE_MAX]);

/* The number of records, of `count`, whose time is below `time`: records are in order of time. */
uint64_t record_before(const struct record_plan *plan, uint64_t count, int64_t time);

#endif
