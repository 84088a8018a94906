/*
 * level: when a change of what is wrong is worth telling.
 *
 * What is wrong is a level (0: nothing) and the keys of what makes it. It is worth telling when the
 * level is another than the one that was told last, or when there is a key that was not told, and
 * that has held for LEVEL_HOLD_S; but not sooner after the last time than the caller's gap, unless
 * all is well again. What went and came back meanwhile is not told twice.
 *
 * Times are Unix seconds. No I/O; belongs to one thread. It outlasts a restart as a text.
 */
#ifndef HIPBRIDGE_LEVEL_H
#define HIPBRIDGE_LEVEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LEVEL_HOLD_S = 30, LEVEL_KEYS_MAX = 64, LEVEL_TEXT_MAX = 700 };

/* What was told last; all zero: that all is well. */
struct level {
    int level;
    size_t count;
    uint32_t keys[LEVEL_KEYS_MAX];
    int64_t told_s;  /* 0: never */
    int64_t since_s; /* it differs since then; 0: it does not */
};

/* Whether what is wrong now is to be told now. At most LEVEL_KEYS_MAX keys are looked at. */
bool level_due(struct level *level, int now, const uint32_t *keys, size_t count, int64_t now_s,
               int64_t gap_s);

/* It has been told. */
void level_told(struct level *level, int now, const uint32_t *keys, size_t count, int64_t now_s);

/* As a text, and from it again; what is no such text leaves *level all zero. Returns out. */
const char *level_text(const struct level *level, char out[LEVEL_TEXT_MAX]);
void level_parse(struct level *level, const char *text);

/* A key of some texts: the same for the same texts. */
uint32_t level_key(const char *a, const char *b);

#endif
