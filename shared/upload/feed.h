/*
 * feed: what rows are given on their way into the database besides the punch: this bridge's name
 * and their numbers in its feed, their time at UTC, their terminal's name.
 *
 * Belongs to the uploader's thread.
 */
#ifndef HIPBRIDGE_FEED_H
#define HIPBRIDGE_FEED_H

#include "cloud/cloud.h"
#include "config/config.h"
#include "outbox/outbox_feed.h"
#include "record/event.h"

struct feed {
    const struct config *config;
    struct outbox *outbox;
    const struct event_sink *events;
    struct outbox_feed state;
    bool known; /* state is the outbox's */
};

/* Takes none of its arguments over; all must outlive it. */
void feed_init(struct feed *feed, const struct config *config, struct outbox *outbox,
               const struct event_sink *events);

/* Reads what the outbox knows, once. False: the outbox failed. */
bool feed_know(struct feed *feed, struct error *err);

/* cloud_insert, with all that. What was given is remembered; feed_given stores it. */
bool feed_insert(struct feed *feed, struct cloud *cloud, struct punch_row *rows, size_t count,
                 struct error *err);

/* In the transaction that moves the cursor: up to here numbers are given. */
bool feed_given(struct feed *feed, struct error *err);

/* After ERR_EXISTS of feed_insert: takes another name and tells (EVENT_BRIDGE_RENAMED). False: the
 * outbox failed. */
bool feed_rename(struct feed *feed, const struct error *why, struct error *err);

#endif
