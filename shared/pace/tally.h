/*
 * tally: things that recur under a name (an address, a serial number, a file) and are to be told
 * at most hourly (or as rarely as is said) for each name, with how often they occurred.
 *
 * Memory is bounded: names beyond TALLY_NAMES at once share one place, so that whoever invents
 * names can neither grow memory nor flood the Event Log. Portable; belongs to one thread.
 */
#ifndef HIPBRIDGE_TALLY_H
#define HIPBRIDGE_TALLY_H

#include <stddef.h>
#include <stdint.h>

enum { TALLY_NAMES = 64, TALLY_NAME_MAX = 63, TALLY_REPEAT_S = 3600 };

struct tally_entry {
    char name[TALLY_NAME_MAX + 1]; /* longer ones are told apart by their last bytes */
    int64_t told;
    uint64_t untold;
};

/* All zero to begin with, but for repeat_s if it is not to be hourly. */
struct tally {
    int64_t repeat_s; /* a name is told again after so long; 0: TALLY_REPEAT_S */
    size_t count;
    struct tally_entry entries[TALLY_NAMES];
    struct tally_entry others;
};

/*
 * Notes `times` occurrences under this name at `now` (seconds of a clock that only grows) and
 * returns how many are to be told now: 0 for nothing.
 */
uint64_t tally_note(struct tally *tally, const char *name, uint64_t times, int64_t now);

#endif
