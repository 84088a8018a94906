/*
 * status: the facts that `hipctl status` and the status page show, from the outbox alone.
 */
#ifndef HIPBRIDGE_STATUS_H
#define HIPBRIDGE_STATUS_H

#include "config/config.h"
#include "base/error.h"
#include "outbox/outbox.h"

enum { STATUS_VERSION = 1 };

/*
 * The status as JSON text (UTF-8), free() it. `service` is the service's state in a word
 * ("running", "stopped", "not installed"). now_s: Unix seconds. NULL on failure. Fields:
 * ../docs/status.md.
 */
char *status_json(struct outbox *outbox, const struct config *config, const char *service,
                  int64_t now_s, struct error *err);

#endif
