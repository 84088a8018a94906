/*
 * metrics: the status as Prometheus' text format, for those who watch many PCs.
 *
 * Names follow Prometheus' conventions; those of ../docs/status.md keep their meaning.
 */
#ifndef HIPBRIDGE_METRICS_H
#define HIPBRIDGE_METRICS_H

#include "config/config.h"
#include "base/error.h"
#include "outbox/outbox.h"

/* The text (UTF-8, LF), free() it; NULL on failure. now_s: Unix seconds. */
char *metrics_text(struct outbox *outbox, const struct config *config, int64_t now_s,
                   struct error *err);

#endif
