/*
 * outbox_event: what has been told, so that page, hipctl and alarm know of it too: of each event,
 * and of each thing that it was about, the last time.
 *
 * Rules as in outbox.h. Of one event the OUTBOX_EVENT_EACH newest things are kept, so that
 * strangers cannot make it grow.
 */
#ifndef HIPBRIDGE_OUTBOX_EVENT_H
#define HIPBRIDGE_OUTBOX_EVENT_H

#include "outbox/outbox.h"

enum {
    OUTBOX_EVENT_EACH = 50,
    OUTBOX_EVENT_ABOUT_MAX = 255,
    OUTBOX_EVENT_TEXT_MAX = 2047,
};

/* Between the insertion strings of an event in `strings`. */
#define OUTBOX_EVENT_SEPARATOR '\x1f'

struct outbox_event {
    int event;
    char about[OUTBOX_EVENT_ABOUT_MAX + 1]; /* a terminal, a file, an address; "": nothing else */
    int64_t since_s;                        /* first told since it was last over; Unix, as last_s */
    int64_t last_s;
    int64_t times; /* told since since_s */
    bool over;
    char strings[OUTBOX_EVENT_TEXT_MAX + 1]; /* of the last time */
};

/* It was told at last_s: event, about, last_s and strings are taken, of these what does not name
 * somebody who is forgotten (outbox_forget.h). Outside a transaction it is one of its own. */
bool outbox_event_told(struct outbox *outbox, const struct outbox_event *told, struct error *err);

/* It is over; of everything that it was about where `about` is NULL. */
bool outbox_event_over(struct outbox *outbox, int event, const char *about, struct error *err);

/* Those of this event, or all where it is 0; the newest first. False from the visitor ends it (no
 * failure). */
bool outbox_each_event(struct outbox *outbox, int event,
                       bool (*visit)(void *context, const struct outbox_event *told), void *context,
                       struct error *err);

#endif
