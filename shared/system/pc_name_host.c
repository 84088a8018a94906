#include <stdio.h>
#include <unistd.h>

#include "base/text.h"
#include "system/pc_name.h"

void pc_name(const char *given, char *out, size_t size)
{
    if (given[0] != '\0') {
        snprintf(out, size, "%.*s", (int)utf8_cut(span_of(given), size - 1), given);
    } else if (gethostname(out, size) != 0 || out[0] == '\0') {
        snprintf(out, size, "?");
    }
    out[size - 1] = '\0';
}
