#include <stdlib.h>

#include "cloud/cloud_private.h"

void cloud_environment_clear(const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        _putenv_s(names[i], "");
    }
}
