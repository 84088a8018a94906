#include <windows.h>

#include "system/zone_name.h"
#include "system/wide.h"

static struct zone_change change_of(const SYSTEMTIME *time)
{
    int second = (time->wHour * 60 + time->wMinute) * 60 + time->wSecond;
    bool dated = time->wYear != 0;
    return (struct zone_change){.month = time->wMonth,
                                .day = dated ? time->wDay : 0,
                                .week = dated ? 0 : time->wDay,
                                .weekday = time->wDayOfWeek,
                                /* "23:59:59.999" is the day's end */
                                .second = time->wMilliseconds > 500 ? second + 1 : second};
}

static void year_of(const TIME_ZONE_INFORMATION *zone, struct zone_year *year)
{
    year->standard_minutes = -(int)(zone->Bias + zone->StandardBias);
    year->summer_minutes = -(int)(zone->Bias + zone->DaylightBias);
    year->to_standard = change_of(&zone->StandardDate);
    year->to_summer = change_of(&zone->DaylightDate);
    if (zone->StandardDate.wMonth == 0) {
        year->standard_minutes = -(int)zone->Bias;
    }
}

bool zone_by_name(const char *name, struct zone_rules *rules)
{
    DYNAMIC_TIME_ZONE_INFORMATION zone;
    wchar_t wide[128];
    if (!wide_from_utf8(name, wide, sizeof wide / sizeof wide[0], NULL)) {
        return false;
    }
    for (DWORD i = 0; EnumDynamicTimeZoneInformation(i, &zone) == ERROR_SUCCESS; i++) {
        if (CompareStringOrdinal(zone.TimeZoneKeyName, -1, wide, -1, TRUE) != CSTR_EQUAL) {
            continue;
        }
        zone.DynamicDaylightTimeDisabled = FALSE;
        for (int year = 0; year < ZONE_YEARS; year++) {
            TIME_ZONE_INFORMATION of_year;
            if (!GetTimeZoneInformationForYear((USHORT)(ZONE_FIRST_YEAR + year), &zone, &of_year)) {
                return false;
            }
            year_of(&of_year, &rules->years[year]);
        }
        return true;
    }
    return false;
}
