#include "upload/feed.h"

#include <string.h>

void feed_init(struct feed *feed, const struct config_listener *listener, struct outbox *outbox,
               const struct event_sink *events)
{
    *feed = (struct feed){.listener = listener, .outbox = outbox, .events = events};
}

bool feed_know(struct feed *feed, struct error *err)
{
    feed->known = feed->known || outbox_feed(feed->outbox, &feed->state, err);
    return feed->known;
}

static bool waits(void *context, const struct punch *punch)
{
    struct feed *feed = context;
    struct error ignored = ERROR_INIT;
    bool there = false;
    return outbox_waits(feed->outbox, punch->device_sn, punch->user_id, punch->time, &there,
                        &ignored) &&
           there;
}

/* What the configuration knows of the rows' terminals. */
static void dress(const struct feed *feed, struct punch_row *rows, size_t count)
{
    const struct config_device *known = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct punch *punch = &rows[i].punch;
        if (i == 0 || strcmp(punch->device_sn, rows[i - 1].punch.device_sn) != 0) {
            known = config_device(feed->listener, punch->device_sn);
        }
        rows[i].has_utc = config_utc(feed->listener, known, punch->time, &rows[i].utc);
        rows[i].device_name = known != NULL && known->name[0] != '\0' ? known->name : NULL;
    }
}

bool feed_insert(struct feed *feed, struct cloud *cloud, struct punch_row *rows, size_t count,
                 struct error *err)
{
    struct cloud_feed numbers = {
        .bridge = feed->state.bridge, .seq = feed->state.seq, .waits = waits, .context = feed};
    dress(feed, rows, count);
    bool done = cloud_insert(cloud, rows, count, &numbers, err);
    feed->state.seq = numbers.seq;
    return done;
}

bool feed_given(struct feed *feed, struct error *err)
{
    return outbox_feed_given(feed->outbox, feed->state.seq, err);
}

bool feed_rename(struct feed *feed, const struct error *why, struct error *err)
{
    char old[OUTBOX_BRIDGE_LEN + 1];
    memcpy(old, feed->state.bridge, sizeof old);
    feed->known = outbox_begin(feed->outbox, err) &&
                  outbox_feed_renew(feed->outbox, &feed->state, err) &&
                  outbox_commit(feed->outbox, err);
    if (!feed->known) {
        outbox_rollback(feed->outbox);
        return false;
    }
    event_report(feed->events, EVENT_BRIDGE_RENAMED, old, feed->state.bridge, why->text,
                 (const char *)NULL);
    return true;
}
