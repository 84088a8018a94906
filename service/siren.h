/*
 * siren: sends the alarm (alarm.url in config.json) when what is wrong has changed.
 *
 * At most one each quarter of an hour, and one when all is well again. The request runs on a thread
 * of its own, which nobody waits for: a server that hangs holds nothing up. What was sent is
 * remembered in the outbox, so that a restart neither loses an alarm nor repeats one. All but that
 * thread belongs to the caller's.
 */
#ifndef HIPBRIDGE_SIREN_H
#define HIPBRIDGE_SIREN_H

#include <windows.h>

#include "outbox/outbox.h"
#include "record/event.h"
#include "status/concern.h"

struct siren;

/* NULL: no memory, or no event to be had. */
struct siren *siren_new(const struct event_sink *events);
void siren_free(struct siren *siren); /* NULL is fine */

/* Set when a request has ended: siren_look is due. */
HANDLE siren_ended(struct siren *siren);

/*
 * Looks whether an alarm is due, and begins to send it; tells what came of the last one. `text`
 * says what is wrong. Does nothing where alarm.url is empty.
 */
void siren_look(struct siren *siren, struct outbox *outbox, const struct config *config,
                const struct concern_list *list, const char *text, int64_t now_s);

#endif
