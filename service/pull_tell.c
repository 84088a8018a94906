/*
 * pull_tell: what the pull thread tells, and the orders it is given.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "fk/fksession.h"
#include "iclock/devicecmd.h"
#include "outbox/outbox_command.h"
#include "pull/pull.h"
#include "pull_private.h"
#include "system/clock.h"
#include "terminals/clockwatch.h"

enum {
    DAY_S = 86400,
    EMPTY_S = 2 * DAY_S,  /* it holds none for so long */
    FULL_PERCENT = 90,    /* of its capacity */
    SPOILT_PERCENT = 10,  /* of its rows are set aside, */
    SPOILT_ROWS = 20,     /* and at least so many */
    ORDER_FAILED = -1,    /* an order's result where the terminal did not do it */
    ORDER_UNKNOWN = -1006 /* or it is none that a visit can do */
};

enum warning { WARN_EMPTY, WARN_FULL, WARN_SPOILT, WARN_CLOCK };

const struct visit_protocol *pull_protocol_of(const struct config_pulled *terminal)
{
    return terminal->protocol == CONFIG_PROTOCOL_FK ? &fksession_protocol : &pull_protocol;
}

/* ---- what a visit came to ---- */

/* "Warehouse (CDQ9192960002)", as far as it is known. */
static const char *who(const struct pull_station *station, char out[CONFIG_TEXT_MAX + 64])
{
    const char *sn = station->known.sn[0] != '\0' ? station->known.sn : station->terminal->sn;
    const char *name = station->terminal->name;
    if (name[0] != '\0' && sn[0] != '\0') {
        snprintf(out, CONFIG_TEXT_MAX + 64, "%s (%s)", name, sn);
    } else {
        snprintf(out, CONFIG_TEXT_MAX + 64, "%s",
                 name[0] != '\0' ? name
                 : sn[0] != '\0' ? sn
                                 : "-");
    }
    return out;
}

static void tell_end(struct pull_station *station, enum rounds_result result)
{
    const struct event_sink *events = station->thread->events;
    const char *place = station->place;
    const char *why = station->known.why;
    char terminal[CONFIG_TEXT_MAX + 64];
    char minutes[24];
    who(station, terminal);
    enum event_id id = rounds_event(result);
    switch (result) {
    case ROUNDS_AWAY:
        snprintf(minutes, sizeof minutes, "%" PRId64,
                 (clock_steady() - station->rounds.failing_since) / 60);
        event_report(events, id, place, terminal, minutes, why, (const char *)NULL);
        break;
    case ROUNDS_KEY:
        event_report(events, id, place, terminal, (const char *)NULL);
        break;
    case ROUNDS_REFUSED:
        event_report(events, id, place, terminal, why, (const char *)NULL);
        break;
    case ROUNDS_STRANGER:
        event_report(events, id, place, station->visit->facts.sn, station->terminal->sn,
                     (const char *)NULL);
        break;
    case ROUNDS_UNSOUND:
        event_report(events, id, place, terminal, why, station->kept, (const char *)NULL);
        break;
    default:
        break;
    }
}

void pull_note_end(struct pull_station *station, enum rounds_result result)
{
    int64_t every_s = (int64_t)station->thread->config->pull.every_min * 60;
    char terminal[CONFIG_TEXT_MAX + 64];
    bool tell = false;
    bool back = false;
    rounds_end(&station->rounds, result, every_s, (unsigned)clock_steady_ms() * 2654435761u >> 16,
               clock_steady(), &tell, &back);
    if (tell) {
        tell_end(station, result);
    }
    if (back) {
        event_report(station->thread->events, EVENT_PULL_BACK, station->place,
                     who(station, terminal), (const char *)NULL);
    }
}

/* ---- what is told of what was read ---- */

static void number(int64_t value, char out[24])
{
    snprintf(out, 24, "%" PRId64, value);
}

/* Once a day for each terminal. */
static bool may_warn(struct pull_station *station, enum warning warning)
{
    struct tally *tally = &station->thread->warned[warning];
    tally->repeat_s = DAY_S;
    return tally_note(tally, station->known.sn, 1, clock_steady()) > 0;
}

static void warn_of_clock(struct pull_station *station)
{
    const struct outbox_pull *known = &station->known;
    int64_t off = known->clock_ahead_s;
    char its[WALLTIME_TEXT_MAX];
    char ours[WALLTIME_TEXT_MAX];
    char difference[40];
    int64_t now_s = clock_unix();
    walltime wall = now_s + (int64_t)config_pulled_minutes(station->terminal, now_s) * 60;
    if (!known->has_clock || (off <= CLOCKWATCH_OFF_S && off >= -CLOCKWATCH_OFF_S) ||
        !may_warn(station, WARN_CLOCK)) {
        return;
    }
    event_report(station->thread->events, EVENT_TERMINAL_CLOCK_OFF, known->sn,
                 walltime_text(wall + off, its), walltime_text(wall, ours),
                 clockwatch_difference(off, difference, sizeof difference), (const char *)NULL);
}

static void warn(struct pull_station *station)
{
    const struct outbox_pull *known = &station->known;
    const struct event_sink *events = station->thread->events;
    char one[24];
    char two[24];
    if (known->zero_since_s != 0 && clock_unix() - known->zero_since_s >= EMPTY_S &&
        may_warn(station, WARN_EMPTY)) {
        number(known->users, one);
        number((clock_unix() - known->zero_since_s) / DAY_S, two);
        event_report(events, EVENT_PULL_EMPTY, known->sn, one, two, (const char *)NULL);
    }
    if (known->capacity > 0 && known->held * 100 >= known->capacity * FULL_PERCENT &&
        may_warn(station, WARN_FULL)) {
        number(known->held, one);
        number(known->capacity, two);
        event_report(events, EVENT_PULL_FULL, known->sn, one, two, (const char *)NULL);
    }
    if (known->read_s != 0 && known->aside >= SPOILT_ROWS &&
        known->aside * 100 >= known->rows * SPOILT_PERCENT && may_warn(station, WARN_SPOILT)) {
        number(known->aside, one);
        number(known->rows, two);
        event_report(events, EVENT_PULL_SPOILT, known->sn, one, two, (const char *)NULL);
    }
    warn_of_clock(station);
}

void pull_tell_read(struct pull_station *station, const struct harvest *sums)
{
    const struct outbox_pull *known = &station->known;
    int64_t now = clock_steady();
    warn(station);
    if (sums == NULL) {
        return;
    }
    station->reads++;
    station->fresh += sums->fresh;
    station->aside += sums->aside;
    if (station->told_s != 0 && now - station->told_s < DAY_S) {
        return;
    }
    char terminal[CONFIG_TEXT_MAX + 64];
    char texts[5][24];
    const int64_t values[] = {known->rows, station->fresh, station->aside, station->reads,
                              (known->ms + 500) / 1000};
    for (size_t i = 0; i < HB_COUNT(values); i++) {
        number(values[i], texts[i]);
    }
    event_report(station->thread->events, EVENT_PULL_SUMMARY, who(station, terminal), texts[0],
                 texts[1], texts[2], texts[3], texts[4], (const char *)NULL);
    station->told_s = now > 0 ? now : 1;
    station->reads = station->fresh = station->aside = 0;
}

/* ---- orders ---- */

/* The result of an order; one that cannot be noted is carried out again. */
static void order_done(struct pull_station *station, int64_t id, int32_t result)
{
    struct outbox *outbox = station->thread->outbox;
    struct error ignored = ERROR_INIT;
    bool found = false;
    if (!outbox_begin(outbox, &ignored)) {
        return;
    }
    int64_t now = clock_unix();
    if (!outbox_command_sent(outbox, id, now, &ignored) ||
        !outbox_command_done(outbox, station->known.sn, id, result, (struct span){NULL, 0}, now,
                             &found, &ignored) ||
        !outbox_commit(outbox, &ignored)) {
        outbox_rollback(outbox);
    }
}

bool pull_clock_ordered(struct pull_station *station)
{
    struct outbox_command command;
    struct error ignored = ERROR_INIT;
    bool found = false;
    station->command = 0;
    if (station->known.sn[0] == '\0' ||
        !outbox_command_next(station->thread->outbox, station->known.sn, clock_unix(), &command,
                             &found, &ignored) ||
        !found) {
        return false;
    }
    if (strcmp(command.text, DEVICECMD_SET_CLOCK) == 0) {
        station->command = command.id;
        return true;
    }
    /* Left to the listener where it pushes as well; else nobody can do it. */
    if (!station->thread->config->listener.enabled) {
        order_done(station, command.id, ORDER_UNKNOWN);
    }
    return false;
}

void pull_clock_done(struct pull_station *station)
{
    const struct visit *visit = station->visit;
    if (station->command == 0 || strcmp(visit->facts.sn, station->known.sn) != 0) {
        return;
    }
    bool well = visit->outcome == VISIT_READ || visit->outcome == VISIT_UNCHANGED;
    if (visit->facts.clock_set || well) {
        order_done(station, station->command, visit->facts.clock_set ? 0 : ORDER_FAILED);
    }
    station->command = 0;
}
