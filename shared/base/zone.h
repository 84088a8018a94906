/*
 * zone: how far a place's clocks are ahead of UTC, by rules that change with the season and the
 * year.
 *
 * The rules are Windows' own (TIME_ZONE_INFORMATION, a set a year), which system/zone_name.h gets
 * by a zone's name; here they are only reckoned with. Nothing allocates, blocks or looks at the
 * system. Any thread.
 */
#ifndef HIPBRIDGE_ZONE_H
#define HIPBRIDGE_ZONE_H

#include <stddef.h>

#include "base/walltime.h"

enum { ZONE_FIRST_YEAR = 2000, ZONE_YEARS = 80 };

/* When clocks are changed, by the clock that is valid until then. */
struct zone_change {
    int month;   /* 1 … 12; 0: they are not */
    int day;     /* of the month; 0: by week and weekday */
    int week;    /* 1 … 4, or 5: the month's last */
    int weekday; /* 0 Sunday … 6 */
    int second;  /* of the day */
};

struct zone_year {
    int standard_minutes; /* east of UTC */
    int summer_minutes;
    struct zone_change to_standard, to_summer;
};

struct zone_rules {
    struct zone_year years[ZONE_YEARS]; /* from ZONE_FIRST_YEAR on; the first and the last stand
                                           for those before and after */
};

/* What clocks are ahead of UTC at this moment (Unix seconds), in minutes. */
int zone_minutes(const struct zone_rules *rules, int64_t utc_s);

/*
 * The moment at which clocks showed this time, as a walltime at UTC. False where they showed it
 * twice (the doubled hour), or never (the hour that is skipped).
 */
bool zone_to_utc(const struct zone_rules *rules, walltime time, walltime *utc);

#endif
