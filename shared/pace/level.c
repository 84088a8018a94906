#include "pace/level.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool has(const uint32_t *keys, size_t count, uint32_t key)
{
    for (size_t i = 0; i < count; i++) {
        if (keys[i] == key) {
            return true;
        }
    }
    return false;
}

/* What is not wrong any more is news again when it comes back. */
static void forget_gone(struct level *level, const uint32_t *keys, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < level->count; i++) {
        if (has(keys, count, level->keys[i])) {
            level->keys[kept++] = level->keys[i];
        }
    }
    level->count = kept;
}

bool level_due(struct level *level, int now, const uint32_t *keys, size_t count, int64_t now_s,
               int64_t gap_s)
{
    bool news = now != level->level;
    count = count < LEVEL_KEYS_MAX ? count : LEVEL_KEYS_MAX;
    forget_gone(level, keys, count);
    for (size_t i = 0; i < count && !news; i++) {
        news = !has(level->keys, level->count, keys[i]);
    }
    if (!news) {
        level->since_s = 0;
        return false;
    }
    if (level->since_s == 0 || level->since_s > now_s) { /* a clock that was set back */
        level->since_s = now_s;
    }
    bool held = now_s - level->since_s >= LEVEL_HOLD_S;
    bool rested = level->told_s == 0 || level->told_s > now_s || now_s - level->told_s >= gap_s;
    return held && (rested || now == 0);
}

void level_told(struct level *level, int now, const uint32_t *keys, size_t count, int64_t now_s)
{
    level->level = now;
    level->count = count < LEVEL_KEYS_MAX ? count : LEVEL_KEYS_MAX;
    memcpy(level->keys, keys, level->count * sizeof *keys);
    level->told_s = now_s;
    level->since_s = 0;
}

const char *level_text(const struct level *level, char out[LEVEL_TEXT_MAX])
{
    size_t len = (size_t)snprintf(out, LEVEL_TEXT_MAX, "%d %" PRId64, level->level, level->told_s);
    for (size_t i = 0; i < level->count && len + 10 < LEVEL_TEXT_MAX; i++) {
        len += (size_t)snprintf(out + len, LEVEL_TEXT_MAX - len, " %08" PRIx32, level->keys[i]);
    }
    return out;
}

void level_parse(struct level *level, const char *text)
{
    enum { HEX = 16, LEVELS = 3 };
    char *end = NULL;
    memset(level, 0, sizeof *level);
    long told = strtol(text, &end, 10);
    if (end == text || told < 0 || told >= LEVELS) {
        return;
    }
    level->level = (int)told;
    level->told_s = strtoll(end, &end, 10);
    while (*end == ' ' && level->count < LEVEL_KEYS_MAX) {
        level->keys[level->count++] = (uint32_t)strtoul(end, &end, HEX);
    }
}

uint32_t level_key(const char *a, const char *b)
{
    /* FNV-1a of 32 bits: that many are remembered. */
    uint32_t key = 2166136261U;
    for (int i = 0; i < 2; i++) {
        for (const char *at = i == 0 ? a : b; *at != '\0'; at++) {
            key = (key ^ (unsigned char)*at) * 16777619U;
        }
        key = (key ^ 0xffU) * 16777619U;
    }
    return key;
}
