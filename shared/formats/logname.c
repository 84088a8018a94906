#include "formats/logname.h"

#include <string.h>

void logname_device(const char *name, const char *device_sn, char out[PUNCH_SN_MAX + 1])
{
    static const char ending[] = "_attlog.dat";
    struct span whole = span_of(name);
    span_copy(span_of(device_sn), out, PUNCH_SN_MAX + 1);
    size_t held = strlen(out);
    if (whole.len <= sizeof ending - 1) {
        return;
    }
    struct span number = {name, whole.len - (sizeof ending - 1)};
    struct span tail = {name + number.len, sizeof ending - 1};
    bool digit = false;
    for (size_t i = 0; i < number.len; i++) {
        digit = digit || (number.at[i] >= '0' && number.at[i] <= '9');
    }
    if (span_equal_nocase(tail, SPAN("_attlog.dat")) && digit && punch_sn_valid(number) &&
        held + 1 + number.len <= PUNCH_SN_MAX) {
        out[held] = '-';
        span_copy(number, out + held + 1, PUNCH_SN_MAX - held);
    }
}
