#include "terminals/rounds.h"

enum { SPREAD_S = 2, SPREAD_PLACES = 30 };

enum rounds_result rounds_result_of(enum visit_outcome outcome)
{
    switch (outcome) {
    case VISIT_READ:
    case VISIT_UNCHANGED:
    case VISIT_STOPPED:
        return ROUNDS_WELL;
    case VISIT_KEY:
        return ROUNDS_KEY;
    case VISIT_REFUSED:
        return ROUNDS_REFUSED;
    case VISIT_STRANGER:
        return ROUNDS_STRANGER;
    default:
        return ROUNDS_AWAY;
    }
}

enum event_id rounds_event(enum rounds_result result)
{
    static const enum event_id events[ROUNDS_RESULTS] = {
        [ROUNDS_WELL] = EVENT_PULL_SUMMARY,      [ROUNDS_AWAY] = EVENT_PULL_AWAY,
        [ROUNDS_KEY] = EVENT_PULL_KEY,           [ROUNDS_REFUSED] = EVENT_PULL_REFUSED,
        [ROUNDS_STRANGER] = EVENT_PULL_STRANGER, [ROUNDS_UNSOUND] = EVENT_PULL_LAYOUT,
        [ROUNDS_BUSY] = EVENT_PULL_SUMMARY,
    };
    return events[result];
}

void rounds_begin(struct rounds *rounds, size_t nth, int64_t now)
{
    rounds->due = now + (int64_t)(nth / 8 % SPREAD_PLACES) * SPREAD_S;
}

/* 1, 5, then 15 minutes. */
static int64_t backoff(unsigned failures)
{
    return failures <= 1 ? 60 : failures == 2 ? 300 : 900;
}

static int64_t delay(const struct rounds *rounds, enum rounds_result result, int64_t every_s)
{
    switch (result) {
    case ROUNDS_AWAY:
        return backoff(rounds->failures);
    case ROUNDS_KEY:
        return ROUNDS_KEY_S;
    case ROUNDS_REFUSED:
        return ROUNDS_REFUSED_S;
    case ROUNDS_STRANGER:
        return every_s > ROUNDS_STRANGER_S ? every_s : ROUNDS_STRANGER_S;
    case ROUNDS_UNSOUND:
        return ROUNDS_UNSOUND_S;
    case ROUNDS_BUSY:
        return ROUNDS_BUSY_S;
    default:
        return every_s;
    }
}

void rounds_end(struct rounds *rounds, enum rounds_result result, int64_t every_s, unsigned random,
                int64_t now, bool *tell, bool *back)
{
    *tell = *back = false;
    if (result == ROUNDS_WELL) {
        rounds->failures = 0;
    } else if (result != ROUNDS_BUSY && rounds->failures++ == 0) {
        rounds->failing_since = now;
    }
    int64_t wait = delay(rounds, result, every_s);
    /* Later by up to a tenth, never sooner. */
    rounds->due = now + wait + (int64_t)(random % 100) * wait / 1000;
    if (result == ROUNDS_BUSY) {
        return;
    }
    for (int i = ROUNDS_AWAY; i < ROUNDS_BUSY; i++) {
        bool on = i == (int)result;
        if (i == ROUNDS_AWAY && on) {
            on = now - rounds->failing_since >= ROUNDS_LASTS_S;
        }
        enum condition_news news = condition_note(&rounds->told[i], on, now);
        *tell = *tell || news == CONDITION_BEGAN || news == CONDITION_LASTS;
        *back = *back || (news == CONDITION_ENDED && result == ROUNDS_WELL);
    }
}

void rounds_sooner(struct rounds *rounds, int64_t due)
{
    rounds->due = due < rounds->due ? due : rounds->due;
}
