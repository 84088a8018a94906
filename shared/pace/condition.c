#include "pace/condition.h"

enum condition_news condition_note(struct condition *condition, bool on, int64_t now)
{
    if (!on) {
        bool ended = condition->on;
        condition->on = false;
        return ended ? CONDITION_ENDED : CONDITION_QUIET;
    }
    if (!condition->on) {
        condition->on = true;
        condition->told = now;
        condition->times = 1;
        return CONDITION_BEGAN;
    }
    condition->times++;
    if (now - condition->told >= CONDITION_REPEAT_S) {
        condition->told = now;
        return CONDITION_LASTS;
    }
    return CONDITION_QUIET;
}
