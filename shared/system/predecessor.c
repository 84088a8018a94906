#include "system/predecessor.h"

#include "base/portability.h"
#include "base/text.h"

static char lower(char letter)
{
    return letter >= 'A' && letter <= 'Z' ? (char)(letter + 32) : letter;
}

static bool begins(const char *text, const char *word)
{
    for (; *word != '\0'; text++, word++) {
        if (lower(*text) != lower(*word)) {
            return false;
        }
    }
    return true;
}

static bool holds(const char *text, const char *word)
{
    for (; *text != '\0'; text++) {
        if (begins(text, word)) {
            return true;
        }
    }
    return false;
}

bool predecessor_is(const char *name, const char *program, const char *parameters)
{
    static const char *const names[] = {"HIPListener", "HIPCloudSync"};
    static const char *const scripts[] = {"device_server.py", "sync_to_cloud.py"};
    for (size_t i = 0; i < HB_COUNT(names); i++) {
        if (begins(name, names[i]) && name[span_of(names[i]).len] == '\0') {
            return true;
        }
    }
    for (size_t i = 0; i < HB_COUNT(scripts); i++) {
        if (holds(program, scripts[i]) || holds(parameters, scripts[i])) {
            return true;
        }
    }
    return false;
}
