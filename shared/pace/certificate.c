#include "pace/certificate.h"

enum { DAY_S = 86400 };

int64_t certificate_days_left(int64_t until_s, int64_t now_s)
{
    int64_t left_s = until_s - now_s;
    return left_s / DAY_S - (left_s % DAY_S < 0);
}

bool certificate_short(int64_t until_s, int64_t now_s)
{
    return until_s != 0 && certificate_days_left(until_s, now_s) < CERTIFICATE_SHORT_DAYS;
}
