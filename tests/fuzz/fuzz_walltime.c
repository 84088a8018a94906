/*
 * walltime: the input as the text of a time, and its first bytes as the numbers of a date.
 */
#include "fuzz.h"

static void check_time(walltime time)
{
    struct civil civil;
    walltime again = 0;
    char text[WALLTIME_TEXT_MAX];
    char before[WALLTIME_TEXT_MAX];

    walltime_to_civil(time, &civil);
    MUST(civil.year >= 1 && civil.year <= 9999);
    MUST(civil.month >= 1 && civil.month <= 12);
    MUST(civil.day >= 1 && civil.day <= walltime_days_in_month(civil.year, civil.month));
    MUST(civil.hour >= 0 && civil.hour < 24 && civil.minute >= 0 && civil.minute < 60);
    MUST(civil.second >= 0 && civil.second < 60);
    MUST(walltime_from_civil(&civil, &again) && again == time);
    MUST(walltime_parse_iso(span_of(walltime_text(time, text)), &again) && again == time);

    /* The text sorts as the time does. */
    static const struct civil first = {1, 1, 1, 0, 0, 0};
    MUST(walltime_from_civil(&first, &again));
    if (time > again) {
        MUST(strcmp(walltime_text(time - 1, before), text) < 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    walltime time = 0;
    if (walltime_parse_iso((struct span){(const char *)data, size}, &time)) {
        check_time(time);
    }
    if (size >= 7) {
        /* Numbers a little past their range on both sides. */
        struct civil civil = {(data[0] << 8 | data[1]) - 1,
                              data[2] % 16 - 1,
                              data[3] % 36 - 1,
                              data[4] % 28 - 1,
                              data[5] % 64 - 1,
                              data[6] % 64 - 1};
        bool right = civil.year >= 1 && civil.year <= 9999 && civil.month >= 1 &&
                     civil.month <= 12 && civil.day >= 1 &&
                     civil.day <= walltime_days_in_month(civil.year, civil.month) &&
                     civil.hour >= 0 && civil.hour < 24 && civil.minute >= 0 && civil.minute < 60 &&
                     civil.second >= 0 && civil.second < 60;
        MUST(walltime_from_civil(&civil, &time) == right);
        if (right) {
            check_time(time);
        }
    }
    return 0;
}
