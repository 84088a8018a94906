/*
 * frontage: what stands around the service on this PC and has to follow its port: the firewall's
 * rule, and the Start menu's link to the status page.
 */
#ifndef HIPBRIDGE_FRONTAGE_H
#define HIPBRIDGE_FRONTAGE_H

#include "config/config.h"
#include "record/event.h"

/* Sets both right for this configuration. A failure is told and stops nothing. May take seconds. */
void frontage_keep(const struct config *config, const struct event_sink *events);

#endif
