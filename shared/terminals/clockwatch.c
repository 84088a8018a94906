#include "terminals/clockwatch.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/walltime.h"

/* The day this was compiled, from "Jan 15 2026"; a day earlier, for whatever zone that was in. */
static int64_t made_s(void)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    static const char date[] = __DATE__;
    enum { DAY_S = 86400, DIGIT_0 = '0' };
    walltime time = 0;
    struct civil civil = {.day =
                              date[5] - DIGIT_0 + (date[4] == ' ' ? 0 : (date[4] - DIGIT_0) * 10)};
    for (int month = 0; month < 12; month++) {
        if (memcmp(months + month * 3, date, 3) == 0) {
            civil.month = month + 1;
        }
    }
    for (int i = 7; i < 11; i++) {
        civil.year = civil.year * 10 + date[i] - DIGIT_0;
    }
    return walltime_from_civil(&civil, &time) ? time - DAY_S : 0;
}

bool clockwatch_note(struct clockwatch *watch, int64_t unix_s, int64_t steady_s,
                     char out[CLOCKWATCH_TEXT_MAX])
{
    char was[WALLTIME_TEXT_MAX];
    char is[WALLTIME_TEXT_MAX];
    int64_t offset = unix_s - steady_s;
    int64_t jump = watch->known ? offset - watch->offset : 0;
    bool jumped = jump > CLOCKWATCH_OFF_S || jump < -CLOCKWATCH_OFF_S;
    bool early = unix_s < made_s();
    bool news = jumped || (early && !watch->early);
    if (early && news) {
        snprintf(out, CLOCKWATCH_TEXT_MAX, "it says %s UTC, which is before this program was made",
                 walltime_text(unix_s, is));
    } else if (jumped) {
        snprintf(out, CLOCKWATCH_TEXT_MAX, "it has jumped from %s to %s UTC",
                 walltime_text(unix_s - jump, was), walltime_text(unix_s, is));
    }
    /* Small differences are followed: a clock that is being slewed does not jump. */
    *watch = (struct clockwatch){true, early, offset};
    return news;
}

const char *clockwatch_difference(int64_t seconds_ahead, char *out, size_t size)
{
    uint64_t distance = seconds_ahead < 0 ? 0 - (uint64_t)seconds_ahead : (uint64_t)seconds_ahead;
    snprintf(out, size, "%" PRIu64 ":%02d:%02d %s", distance / 3600, (int)(distance / 60 % 60),
             (int)(distance % 60), seconds_ahead < 0 ? "behind" : "ahead");
    return out;
}
