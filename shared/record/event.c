#include "record/event.h"

#include <stdarg.h>

void event_report(const struct event_sink *sink, enum event_id id, const char *first, ...)
{
    const char *strings[EVENT_STRINGS_MAX];
    size_t count = 0;
    va_list arguments;
    va_start(arguments, first);
    for (const char *string = first; string != NULL && count < EVENT_STRINGS_MAX;
         string = va_arg(arguments, const char *)) {
        strings[count] = string;
        count++;
    }
    va_end(arguments);
    sink->report(sink->context, id, count, strings);
}
