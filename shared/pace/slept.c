#include "pace/slept.h"

int64_t slept_look(struct slept *slept, int64_t steady_ms, int64_t awake_ms)
{
    int64_t asleep_ms = (steady_ms - slept->steady_ms) - (awake_ms - slept->awake_ms);
    bool tell = slept->looked && asleep_ms >= (int64_t)SLEPT_LEAST_S * 1000;
    slept->looked = true;
    slept->steady_ms = steady_ms;
    slept->awake_ms = awake_ms;
    return tell ? asleep_ms / 1000 : 0;
}
