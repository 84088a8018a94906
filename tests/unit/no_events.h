/*
 * no_events: an event sink that tells nobody, for tests that ask for the answers alone.
 */
#ifndef HIPBRIDGE_TEST_NO_EVENTS_H
#define HIPBRIDGE_TEST_NO_EVENTS_H

#include "record/event.h"

static inline void ignore_event(void *context, enum event_id id, size_t count,
                                const char *const *strings)
{
    (void)context;
    (void)id;
    (void)count;
    (void)strings;
}

static const struct event_sink events = {ignore_event, NULL};

#endif
