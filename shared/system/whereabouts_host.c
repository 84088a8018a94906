#include "system/whereabouts.h"

bool whereabouts_virtual(const char *folder, const char *pattern, char *out, size_t size)
{
    (void)folder;
    (void)pattern;
    (void)out;
    (void)size;
    return false;
}
