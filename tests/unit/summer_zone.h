/*
 * summer_zone: a zone whose clocks are changed, by the rules of central Europe in each year: an
 * hour ahead of UTC, and two from the last Sunday of March to that of October.
 */
#ifndef HIPBRIDGE_TEST_SUMMER_ZONE_H
#define HIPBRIDGE_TEST_SUMMER_ZONE_H

#include "base/zone.h"

static inline struct zone_rules summer_zone(void)
{
    struct zone_rules rules;
    for (size_t i = 0; i < ZONE_YEARS; i++) {
        rules.years[i] =
            (struct zone_year){.standard_minutes = 60,
                               .summer_minutes = 120,
                               .to_summer = {.month = 3, .week = 5, .second = 7200},
                               .to_standard = {.month = 10, .week = 5, .second = 10800}};
    }
    return rules;
}

#endif
