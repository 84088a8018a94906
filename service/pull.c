#include "pull.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "net/call.h"
#include "outbox/outbox_pull.h"
#include "pull_private.h"
#include "store.h"
#include "system/clock.h"

enum {
    AT_ONCE = 8,    /* lines, beside those that are live */
    SLICE_MS = 100, /* while there are any, the wait for their lines */
    LINES_MS = 500, /* what lies on lines goes first, for so long, before what was read is taken */
    TURN_S =
        VISIT_LIMIT_S + 600, /* of the lock on a terminal; longer than a visit and its harvest */
    LIVE_TURN_S = 3600,
    LOOK_S = 60, /* for orders given by hipctl */
    SEEN_MS_A_S = 1000,
};

static bool is_stopped(const struct pull_thread *thread)
{
    return ticker_stopped(&thread->ticker, 0);
}

/* ---- a visit's sinks ---- */

static bool write_spool(void *context, enum visit_table table, uint64_t offset,
                        const uint8_t *bytes, size_t len, struct error *err)
{
    struct pull_station *station = context;
    if (station->spool[table] == NULL) {
        char path[FILE_PATH_MAX];
        snprintf(path, sizeof path, "%s.pull-%u-%u", station->thread->config->outbox.path,
                 (unsigned)station->number, (unsigned)table);
        station->spool[table] = spool_open(path, err);
    }
    return station->spool[table] != NULL &&
           spool_write(station->spool[table], offset, bytes, len, err);
}

static bool read_spool(void *context, enum visit_table table, uint64_t offset, uint8_t *bytes,
                       size_t len, struct error *err)
{
    struct pull_station *station = context;
    if (station->spool[table] == NULL) {
        return error_set(err, ERR_CORRUPT, 0, "nothing was spooled");
    }
    return spool_read(station->spool[table], offset, bytes, len, err);
}

static struct harvest_moment moment_of(const struct pull_station *station)
{
    return (struct harvest_moment){.unix_s = clock_unix(),
                                   .ms = clock_steady_ms() - station->began_ms,
                                   .timezone_minutes =
                                       config_pulled_minutes(station->terminal, clock_unix())};
}

static void take_live(void *context, const struct visit_row *row)
{
    struct pull_station *station = context;
    struct harvest_moment moment = moment_of(station);
    struct error ignored = ERROR_INIT; /* the next read brings it */
    bool fresh = false;
    if (harvest_live(station->thread->outbox, row, &moment, &fresh, &ignored) && fresh) {
        SetEvent(station->thread->handles.appended);
    }
}

static void drop_spools(struct pull_station *station)
{
    for (size_t i = 0; i < VISIT_TABLES; i++) {
        spool_close(station->spool[i]);
        station->spool[i] = NULL;
    }
}

/* ---- beginning ---- */

/* Whether it is ours to visit; the service and hipctl take turns. */
static bool take_turn(struct pull_station *station)
{
    struct error err = ERROR_INIT;
    int64_t now = clock_unix();
    bool taken = false;
    int64_t until = now + (station->terminal->live ? LIVE_TURN_S : TURN_S);
    return outbox_turn_take(station->thread->outbox, station->place, OUTBOX_TURN_SERVICE, now,
                            until, &taken, &err) &&
           taken;
}

/* Whether it is the terminal that another line of the list names as well, which is being visited:
 * most take one connection at a time. Before it has answered by both, nobody knows. */
static bool is_visited(const struct pull_station *station)
{
    const struct pull_thread *thread = station->thread;
    for (size_t i = 0; i < thread->count; i++) {
        const struct pull_station *other = &thread->stations[i];
        if (other != station && other->visit != NULL && station->known.sn[0] != '\0' &&
            strcmp(other->known.sn, station->known.sn) == 0) {
            return true;
        }
    }
    return false;
}

static void begin(struct pull_station *station)
{
    struct pull_thread *thread = station->thread;
    const struct config_pulled *terminal = station->terminal;
    const struct visit_protocol *protocol = pull_protocol_of(terminal);
    struct error err = ERROR_INIT;
    bool found = false;
    if (!outbox_pull(thread->outbox, station->place, &station->known, &found, &err) ||
        is_visited(station) || !take_turn(station)) {
        pull_note_end(station, ROUNDS_BUSY);
        return;
    }
    struct visit *visit = calloc(1, protocol->size);
    if (visit == NULL) {
        pull_note_end(station, ROUNDS_BUSY);
        return;
    }
    int64_t now_ms = clock_steady_ms();
    visit->protocol = protocol;
    visit->order = (struct visit_order){
        .purpose = station->whole || harvest_is_due(&station->known, clock_unix()) ? VISIT_WHOLE
                                                                                   : VISIT_POLL,
        .datagrams = terminal->datagrams,
        .details = station->known.firmware[0] == '\0',
        .live = terminal->live,
        .set_clock = pull_clock_ordered(station),
        .key = terminal->comm_key,
        .read_count = harvest_read_count(&station->known),
        .wall_offset_s = clock_unix() +
                         (int64_t)config_pulled_minutes(terminal, clock_unix()) * 60 -
                         now_ms / SEEN_MS_A_S,
    };
    snprintf(visit->order.sn, sizeof visit->order.sn, "%s", terminal->sn);
    visit->sink = (struct visit_sink){station, write_spool, take_live, NULL};
    station->visit = visit;
    station->began_ms = now_ms;
    station->harvested = false;
    station->now = station->soon = station->reread = false;
    call_begin(&station->call, visit, &terminal->address, terminal->port, now_ms);
}

/* ---- ending ---- */

/* Its raw bytes, for a report; the last of a terminal's only. */
static void keep_raw(struct pull_station *station, char *path, size_t size)
{
    struct error err = ERROR_INIT;
    uint64_t len = station->visit->table_len[VISIT_RECORDS];
    snprintf(path, size, "%s.pull-%s.bin", station->thread->config->outbox.path,
             station->visit->facts.sn);
    if (station->spool[VISIT_RECORDS] == NULL ||
        !spool_keep(station->spool[VISIT_RECORDS], len, path, &err)) {
        snprintf(path, size, "-");
    }
}

/* What comes of what was taken. */
static enum rounds_result judge(struct pull_station *station, bool *again)
{
    bool sound = station->harvesting.sums.verdict.sound;
    if (station->read && !sound) {
        *again = !station->whole; /* read once more */
        if (*again) {
            return ROUNDS_BUSY;
        }
        keep_raw(station, station->kept, sizeof station->kept);
        return ROUNDS_UNSOUND;
    }
    if (station->unchanged && strcmp(station->was, station->known.sn) != 0) {
        *again = true; /* another terminal with the same number of records */
        return ROUNDS_BUSY;
    }
    pull_tell_read(station, station->read ? &station->harvesting.sums : NULL);
    return ROUNDS_WELL;
}

static void conclude(struct pull_station *station, enum rounds_result result, bool again)
{
    struct error ignored = ERROR_INIT;
    pull_clock_done(station);
    int64_t again_in = harvest_again_in(&station->known, clock_unix());
    pull_note_end(station, result);
    if (result == ROUNDS_WELL && again_in >= 0) {
        /* Both clocks are cut to seconds: one more, and that time has surely come. */
        rounds_sooner(&station->rounds, clock_steady() + again_in + 1);
    }
    station->whole = again || station->reread;
    if (again || station->soon || station->now) { /* ordered while this one was under way */
        station->rounds.due = clock_steady();
    }
    drop_spools(station);
    free(station->visit);
    station->visit = NULL;
    (void)outbox_turn_give(station->thread->outbox, station->place, OUTBOX_TURN_SERVICE, &ignored);
}

/* Now and then a read brings what live has missed; so does an event that is not clear. */
static void read_anew(struct pull_station *station, bool reread)
{
    station->soon = true;
    station->reread = reread;
    station->visit->protocol->stop(station->visit, clock_steady_ms());
}

/* Live: what was read first is taken, and the line stays. */
static void go_on_living(struct pull_station *station, enum rounds_result result, bool again)
{
    drop_spools(station);
    station->living_since_ms = clock_steady_ms();
    pull_note_end(station, result);
    station->unclear = station->visit->facts.live_unclear;
    if (again) {
        read_anew(station, true);
    }
}

/* All is taken, or it failed. */
static void taken(struct pull_station *station, bool done, const struct error *err)
{
    struct visit *visit = station->visit;
    bool again = false;
    enum rounds_result result = ROUNDS_AWAY;
    station->taking = false;
    station->harvested = true;
    if (done) {
        result = judge(station, &again);
    } else {
        /* What is told of it; nothing of it is stored. */
        snprintf(station->known.why, sizeof station->known.why, "%.*s",
                 (int)utf8_cut(span_of(err->text), sizeof station->known.why - 1), err->text);
    }
    if (station->lives) {
        go_on_living(station, result, again);
        return;
    }
    enum rounds_result outcome = rounds_result_of(visit->outcome);
    conclude(station, outcome == ROUNDS_WELL ? result : outcome, again);
}

static void end_taking(struct pull_station *station)
{
    struct error err = ERROR_INIT;
    bool done = harvest_end(&station->harvesting, &err);
    taken(station, done, &err);
}

static void begin_taking(struct pull_station *station)
{
    struct visit *visit = station->visit;
    struct harvest_moment moment = moment_of(station);
    struct error err = ERROR_INIT;
    memcpy(station->was, station->known.sn, sizeof station->was);
    station->read =
        visit->table_len[VISIT_RECORDS] > 0 && (visit->outcome == VISIT_READ || visit->living);
    station->unchanged = visit->outcome == VISIT_UNCHANGED || (visit->living && !station->read);
    station->lives = visit->living;
    station->source = (struct visit_spool){station, read_spool};
    station->taking = harvest_begin(&station->harvesting, station->thread->outbox, visit,
                                    &station->source, &moment, &station->known, &err);
    if (!station->taking) {
        taken(station, false, &err);
    } else if (!station->harvesting.left) {
        end_taking(station);
    }
}

static int64_t fresh_of(struct harvesting *const *several, size_t count)
{
    int64_t fresh = 0;
    for (size_t i = 0; i < count; i++) {
        fresh += several[i]->sums.fresh;
    }
    return fresh;
}

/* A transaction; what it has brought goes on to the cloud at once, whatever comes after it. */
static bool take_step(struct pull_thread *thread, struct harvesting *const *several, size_t count,
                      struct error *err)
{
    int64_t before = fresh_of(several, count);
    bool done = harvest_step(several, count, err);
    if (done && fresh_of(several, count) > before) {
        SetEvent(thread->handles.appended);
    }
    return done;
}

/* A transaction of all that was read. */
static void take_some(struct pull_thread *thread)
{
    struct pull_station *stations[DIAL_LINES_MAX];
    struct harvesting *several[DIAL_LINES_MAX];
    struct error err = ERROR_INIT;
    size_t count = 0;
    for (size_t i = 0; i < thread->count && count < DIAL_LINES_MAX; i++) {
        if (thread->stations[i].taking) {
            stations[count] = &thread->stations[i];
            several[count] = &thread->stations[i].harvesting;
            count++;
        }
    }
    if (count == 0) {
        return;
    }
    bool done = take_step(thread, several, count, &err);
    /* One may be at fault: whoever is not goes on. Where nobody may write, neither may one alone.
     */
    bool alone = !done && count > 1 && err.kind != ERR_BUSY && err.kind != ERR_FULL;
    for (size_t i = 0; i < count; i++) {
        if (alone) {
            error_clear(&err);
            done = take_step(thread, &several[i], 1, &err);
        }
        if (!done) {
            taken(stations[i], false, &err);
        } else if (!several[i]->left) {
            end_taking(stations[i]);
        }
    }
}

static void finish(struct pull_station *station)
{
    enum rounds_result result = rounds_result_of(station->visit->outcome);
    call_end(&station->call);
    if (station->harvested && result == ROUNDS_WELL) {
        conclude(station, result, false);
    } else {
        begin_taking(station);
    }
}

static void look_at_living(struct pull_station *station)
{
    int64_t every_ms = (int64_t)station->thread->config->pull.every_min * 60 * 1000;
    if (!station->harvested) {
        begin_taking(station);
    } else if (station->unclear != station->visit->facts.live_unclear ||
               clock_steady_ms() - station->living_since_ms >= every_ms || station->now) {
        read_anew(station, false);
    }
}

/* ---- the thread ---- */

struct visits {
    size_t lines;  /* that are open, beside those that are live */
    size_t held;   /* those, and what was read and is being taken */
    size_t living; /* live */
};

static struct visits count_visits(const struct pull_thread *thread)
{
    struct visits visits = {0, 0, 0};
    for (size_t i = 0; i < thread->count; i++) {
        const struct visit *visit = thread->stations[i].visit;
        if (visit != NULL && visit->living) {
            visits.living++;
        } else if (visit != NULL) {
            visits.held++;
            visits.lines += visit->outcome == VISIT_RUNNING;
        }
    }
    return visits;
}

/*
 * Those that are due, as many as may be at once. While what was read waits to be taken, others are
 * read: the more go together, the less often each page of the outbox's index is written. Returns
 * when the next is due (steady seconds).
 */
static int64_t begin_due(struct pull_thread *thread)
{
    int64_t now = clock_steady();
    int64_t next = now + LOOK_S;
    struct visits visits = count_visits(thread);
    for (size_t n = 0; n < thread->count; n++) {
        /* In turn, so that none is always last. */
        struct pull_station *station = &thread->stations[(thread->first + n) % thread->count];
        if (station->visit != NULL) {
            continue;
        }
        if (station->rounds.due <= now && visits.lines < AT_ONCE &&
            visits.held < HARVEST_TOGETHER && visits.held + visits.living < DIAL_LINES_MAX) {
            begin(station);
            visits.lines += station->visit != NULL;
            visits.held += station->visit != NULL;
            thread->first = (thread->first + n + 1) % thread->count;
            n = (size_t)-1;
            if (visits.lines >= AT_ONCE) {
                break;
            }
            continue;
        }
        next = station->rounds.due < next ? station->rounds.due : next;
    }
    return next;
}

/* False: nothing happened on any line. */
static bool step(struct pull_thread *thread, int wait_ms)
{
    struct call *calls[DIAL_LINES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < thread->count && count < DIAL_LINES_MAX; i++) {
        const struct visit *visit = thread->stations[i].visit;
        if (visit != NULL && visit->outcome == VISIT_RUNNING) {
            calls[count++] = &thread->stations[i].call;
        }
    }
    bool some = count > 0 && call_step(calls, count, clock_steady_ms, wait_ms);
    for (size_t i = 0; i < thread->count; i++) {
        struct pull_station *station = &thread->stations[i];
        if (station->visit == NULL || station->taking) {
            continue;
        }
        if (station->visit->outcome != VISIT_RUNNING) {
            finish(station);
        } else if (station->visit->living) {
            look_at_living(station);
        }
    }
    return some;
}

static bool is_taking(const struct pull_thread *thread)
{
    for (size_t i = 0; i < thread->count; i++) {
        if (thread->stations[i].taking) {
            return true;
        }
    }
    return false;
}

/* The lines first; what was read of some waits a little for others, with which it goes together. */
static void work(struct pull_thread *thread)
{
    int64_t until = clock_steady_ms() + LINES_MS;
    while (step(thread, is_taking(thread) ? 0 : SLICE_MS) && is_taking(thread) &&
           clock_steady_ms() < until && !is_stopped(thread)) {
        (void)begin_due(thread); /* a line may have come free */
    }
    take_some(thread);
}

/* hipctl pull-now: all, those too that would not be tried for long. */
static void visit_all(struct pull_thread *thread)
{
    for (size_t i = 0; i < thread->count; i++) {
        thread->stations[i].rounds.due = clock_steady();
        thread->stations[i].now = true;
    }
}

static void break_off(struct pull_thread *thread)
{
    for (size_t i = 0; i < thread->count; i++) {
        struct pull_station *station = &thread->stations[i];
        if (station->visit != NULL) {
            struct error ignored = ERROR_INIT;
            station->visit->protocol->stop(station->visit, clock_steady_ms());
            call_end(&station->call);
            drop_spools(station);
            free(station->visit);
            station->visit = NULL;
            (void)outbox_turn_give(thread->outbox, station->place, OUTBOX_TURN_SERVICE, &ignored);
        }
    }
}

static void wait(struct pull_thread *thread, int64_t seconds)
{
    const HANDLE handles[] = {thread->ticker.stop, thread->handles.now, thread->ticker.timer};
    LARGE_INTEGER due;
    due.QuadPart = -(seconds > 0 ? seconds : 1) * INT64_C(10000000); /* from now, in 100 ns */
    SetWaitableTimer(thread->ticker.timer, &due, 0, NULL, NULL, FALSE);
    if (WaitForMultipleObjects(3, handles, FALSE, INFINITE) == WAIT_OBJECT_0 + 1) {
        visit_all(thread);
    }
}

static unsigned __stdcall run(void *context)
{
    struct pull_thread *thread = context;
    int64_t now = clock_steady();
    for (size_t i = 0; i < thread->count; i++) {
        rounds_begin(&thread->stations[i].rounds, i, now);
    }
    while (!is_stopped(thread)) {
        int64_t next = begin_due(thread);
        struct visits visits = count_visits(thread);
        if (visits.held + visits.living == 0) {
            wait(thread, next - clock_steady());
            continue;
        }
        work(thread);
        if (WaitForSingleObject(thread->handles.now, 0) == WAIT_OBJECT_0) {
            visit_all(thread);
        }
    }
    break_off(thread);
    return 0;
}

/* ---- its life ---- */

static bool make_stations(struct pull_thread *thread, struct error *err)
{
    const struct config_pull *pull = &thread->config->pull;
    thread->stations = calloc(pull->terminal_count, sizeof *thread->stations);
    if (thread->stations == NULL) {
        return error_set(err, ERR_MEMORY, 0, "cannot start the pull thread: no memory");
    }
    for (size_t i = 0; i < pull->terminal_count; i++) {
        struct pull_station *station = &thread->stations[thread->count++];
        char address[ADDRESS_TEXT_MAX];
        station->thread = thread;
        station->number = i;
        station->terminal = &pull->terminals[i];
        snprintf(station->place, sizeof station->place, "%s:%d",
                 address_text(&station->terminal->address, address), station->terminal->port);
    }
    return true;
}

struct pull_thread *pull_start(const struct config *config, const struct event_sink *events,
                               const struct pull_events *handles, struct error *err)
{
    struct pull_thread *thread = calloc(1, sizeof *thread);
    if (thread == NULL) {
        error_set(err, ERR_MEMORY, 0, "cannot start the pull thread: no memory");
        return NULL;
    }
    thread->config = config;
    thread->events = events;
    thread->handles = *handles;
    thread->outbox = store_open(config, STORE_FOR_WORK, err);
    if (thread->outbox == NULL || !make_stations(thread, err)) {
        goto failed;
    }
    if (!ticker_start(&thread->ticker, "pull", run, thread, err)) {
        goto failed;
    }
    return thread;

failed:
    pull_free(thread);
    return NULL;
}

HANDLE pull_stop(struct pull_thread *thread)
{
    return ticker_stop(&thread->ticker);
}

void pull_free(struct pull_thread *thread)
{
    if (thread == NULL) {
        return;
    }
    outbox_close(thread->outbox);
    ticker_free(&thread->ticker);
    free(thread->stations);
    free(thread);
}
