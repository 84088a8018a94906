#include "upload/feed.h"

#include <string.h>

void feed_init(struct feed *feed, const struct config *config, struct outbox *outbox,
               const struct event_sink *events)
{
    *feed = (struct feed){.config = config, .outbox = outbox, .events = events};
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

/* What is known of a terminal, listed or read: its zone and its name. */
struct known {
    bool has_zone;
    int minutes;
    const struct zone_rules *zone;
    const char *name;
};

static bool same_zone(const struct config_pulled *terminal, const struct config_listener *listener)
{
    return terminal->zone == listener->zone &&
           (terminal->zone != NULL || terminal->timezone_minutes == listener->timezone_minutes);
}

/* One that is read and whose line in the configuration names no serial number may be any of those
 * lines: where their zones differ its zone is not known. */
static struct known know(const struct feed *feed, const struct punch *punch)
{
    const struct config_listener *listener = &feed->config->listener;
    const struct config_pull *pull = &feed->config->pull;
    const struct config_device *device = config_device(listener, punch->device_sn);
    struct known known = {true, listener->timezone_minutes, listener->zone, NULL};
    if (device != NULL) {
        return (struct known){true, device->timezone_minutes, device->zone, device->name};
    }
    for (size_t i = 0; i < pull->terminal_count; i++) {
        const struct config_pulled *terminal = &pull->terminals[i];
        if (span_equal_nocase(span_of(terminal->sn), span_of(punch->device_sn))) {
            return (struct known){true, terminal->timezone_minutes, terminal->zone, terminal->name};
        }
        known.has_zone = known.has_zone && (punch->way != PUNCH_PULLED || terminal->sn[0] != '\0' ||
                                            same_zone(terminal, listener));
    }
    return known;
}

/* What the configuration knows of the rows' terminals. */
static void dress(const struct feed *feed, struct punch_row *rows, size_t count)
{
    struct known known = {.has_zone = false};
    for (size_t i = 0; i < count; i++) {
        const struct punch *punch = &rows[i].punch;
        if (i == 0 || strcmp(punch->device_sn, rows[i - 1].punch.device_sn) != 0 ||
            punch->way != rows[i - 1].punch.way) {
            known = know(feed, punch);
        }
        rows[i].utc = punch->time - (walltime)known.minutes * 60;
        rows[i].has_utc = known.has_zone && (known.zone == NULL ||
                                             zone_to_utc(known.zone, punch->time, &rows[i].utc));
        rows[i].device_name = known.name != NULL && known.name[0] != '\0' ? known.name : NULL;
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
