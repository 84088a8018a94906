/*
 * zone_name: Windows' time zones by their names ("SE Asia Standard Time"), with the rules that this
 * PC's own updates brought.
 *
 * Any thread; reads the registry and blocks on nothing else.
 */
#ifndef HIPBRIDGE_ZONE_NAME_H
#define HIPBRIDGE_ZONE_NAME_H

#include "base/zone.h"

/* False: there is none of this name (UTF-8, letters as Windows writes them or not). */
bool zone_by_name(const char *name, struct zone_rules *rules);

#endif
