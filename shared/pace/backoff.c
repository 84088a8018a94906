#include "pace/backoff.h"

void backoff_init(struct backoff *backoff, uint64_t seed)
{
    backoff->ceiling_ms = 0;
    backoff->random = seed;
}

/* splitmix64: any state will do, zero too. */
static uint64_t next_random(uint64_t *state)
{
    *state += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t mixed = *state;
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94D049BB133111EB);
    return mixed ^ (mixed >> 31);
}

uint32_t backoff_next(struct backoff *backoff)
{
    if (backoff->ceiling_ms == 0) {
        backoff->ceiling_ms = BACKOFF_FIRST_MS;
    } else if (backoff->ceiling_ms < BACKOFF_LAST_MS / 2) {
        backoff->ceiling_ms *= 2;
    } else {
        backoff->ceiling_ms = BACKOFF_LAST_MS;
    }
    uint32_t half = backoff->ceiling_ms / 2;
    return half + (uint32_t)(next_random(&backoff->random) % (backoff->ceiling_ms - half + 1));
}

void backoff_lower(struct backoff *backoff, uint32_t most_ms)
{
    if (backoff->ceiling_ms > most_ms / 2) {
        backoff->ceiling_ms = most_ms / 2;
    }
}

int64_t backoff_jitter(uint64_t *random, int64_t most)
{
    return (int64_t)(next_random(random) % (uint64_t)(2 * most)) - most;
}

void backoff_reset(struct backoff *backoff)
{
    backoff->ceiling_ms = 0;
}
