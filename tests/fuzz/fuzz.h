/*
 * fuzz: what the fuzz targets share.
 *
 * A target is LLVMFuzzerTestOneInput in a file fuzz_<parser>.c. The preset `fuzz` links it with
 * libFuzzer
 * (./dev fuzz); the others link it with replay.c, which runs the seeds through it as a test.
 * A target says what must hold for every input by MUST; what does not hold ends the program.
 */
#ifndef HIPBRIDGE_FUZZ_H
#define HIPBRIDGE_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/punch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);         \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* What must hold for each punch that a parser hands out; `sn` NULL when the parser leaves it open.
 */
static inline void must_be_punch(const struct punch *punch, const char *sn)
{
    char text[WALLTIME_TEXT_MAX];
    struct civil civil;
    walltime again = 0;

    MUST(punch_user_valid(span_of(punch->user_id)));
    MUST(sn == NULL || strcmp(punch->device_sn, sn) == 0);
    MUST(punch->raw.len > 0 && punch->raw.len <= PUNCH_RAW_MAX);
    MUST(utf8_valid(punch->raw));
    MUST(memchr(punch->raw.at, '\n', punch->raw.len) == NULL);
    walltime_to_civil(punch->time, &civil);
    MUST(walltime_from_civil(&civil, &again) && again == punch->time);
    MUST(strlen(walltime_text(punch->time, text)) == WALLTIME_TEXT_MAX - 1);
}

#endif
