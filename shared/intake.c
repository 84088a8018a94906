#include "intake.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "clockwatch.h"
#include "devicecmd.h"
#include "condition.h"
#include "gate.h"
#include "outbox_command.h"
#include "tally.h"

enum {
    NOTICES_MAX = 32, /* told of one group of requests; there are seldom any */
    NOTICE_STRINGS = 5,
    NOTICE_TEXT = 96,
    CONTACT_GAP_S = 30, /* and three polls: without a word for so long, a terminal was away */
    RESEND_S = 900,     /* what comes so long after it was asked for is no news */
};

struct known_device {
    struct outbox_device device; /* first: mark_dirty */
    bool dirty;
    /* Seconds of the steady clock. */
    int64_t contact_since; /* without a gap */
    int64_t last_contact;
    int64_t resends_until;
};

/* An event that is told once what it speaks of is stored. */
struct notice {
    enum event_id id;
    char strings[NOTICE_STRINGS][NOTICE_TEXT];
};

struct intake {
    const struct config *config;
    struct outbox *outbox;
    const struct event_sink *events;
    struct iclock_settings settings;
    struct gate gate;
    struct tally bad_lines;
    struct tally clocks_set;
    struct tally logs_deleted;
    struct condition cannot_store;
    bool stores;          /* while cannot_store is on: it has worked since */
    int64_t stores_since; /* steady; a full outbox now takes one and now does not */
    struct clockwatch clock;

    struct intake_time now; /* of the call in progress */
    bool in_transaction;
    bool fresh;     /* new punches in this transaction */
    bool read_only; /* the outbox takes nothing: effects that must last are refused */

    size_t device_count;
    struct known_device devices[INTAKE_DEVICES];
    int64_t dirty_since; /* steady seconds; only while any device is dirty */
    bool dirty;

    size_t notice_count;
    struct notice notices[NOTICES_MAX];
};

/* What the sink needs besides. */
struct taking {
    struct intake *intake;
    struct intake_item *item;
    struct outbox_device *device; /* NULL for a call of no terminal */
    int timezone_minutes;         /* the terminal's */
    bool live;                    /* a single punch of a terminal that was never away: just made */
};

struct intake *intake_new(const struct config *config, struct outbox *outbox,
                          const struct event_sink *events, struct error *err)
{
    struct intake *intake = calloc(1, sizeof(*intake));
    if (intake == NULL) {
        error_set(err, ERR_MEMORY, 0, "cannot take terminals' requests: no memory");
        return NULL;
    }
    intake->config = config;
    intake->outbox = outbox;
    intake->events = events;
    intake->settings = (struct iclock_settings){
        .default_device_sn = config->listener.default_device_sn,
        .timezone_minutes = config->listener.timezone_minutes,
        .delay_s = config->listener.delay_s,
        .error_delay_s = config->listener.error_delay_s,
    };
    gate_init(&intake->gate, config, events);
    return intake;
}

void intake_free(struct intake *intake)
{
    free(intake);
}

/* ---- what is told when it is stored ---- */

/* `strings` ends at a NULL. One more than fit is dropped: the next finding tells again. */
static void note(struct intake *intake, enum event_id id, const char *const *strings)
{
    if (intake->notice_count == NOTICES_MAX)
        return;
    struct notice *notice = &intake->notices[intake->notice_count++];
    memset(notice, 0, sizeof(*notice));
    notice->id = id;
    for (size_t i = 0; i < NOTICE_STRINGS && strings[i] != NULL; i++)
        snprintf(notice->strings[i], sizeof(notice->strings[i]), "%s", strings[i]);
}

static void tell_notices(struct intake *intake)
{
    for (size_t i = 0; i < intake->notice_count; i++) {
        const struct notice *notice = &intake->notices[i];
        const char *strings[NOTICE_STRINGS];
        for (size_t k = 0; k < NOTICE_STRINGS; k++)
            strings[k] = notice->strings[k][0] != '\0' ? notice->strings[k] : NULL;
        event_report(intake->events, notice->id, strings[0], strings[1], strings[2], strings[3],
                     strings[4], (const char *)NULL);
    }
    intake->notice_count = 0;
}

/* ---- the transaction ---- */

static bool begin(struct intake *intake, struct error *err)
{
    if (intake->in_transaction)
        return true;
    intake->in_transaction = outbox_begin(intake->outbox, err);
    return intake->in_transaction;
}

/* What is remembered of terminals may come from the transaction, so it goes as well. */
static void roll_back(struct intake *intake)
{
    if (intake->in_transaction)
        outbox_rollback(intake->outbox);
    intake->in_transaction = false;
    intake->fresh = false;
    intake->device_count = 0;
    intake->dirty = false;
    intake->notice_count = 0;
}

static bool save_devices(struct intake *intake, struct error *err)
{
    if (!intake->dirty)
        return true;
    if (!begin(intake, err))
        return false;
    for (size_t i = 0; i < intake->device_count; i++) {
        struct known_device *known = &intake->devices[i];
        if (known->dirty && !outbox_device_save(intake->outbox, &known->device, err))
            return false;
        known->dirty = false;
    }
    intake->dirty = false;
    return true;
}

/* In how many seconds storing has worked long enough to be told; -1: not known to fail. */
static int64_t settled_due(const struct intake *intake, int64_t now_s)
{
    if (!intake->cannot_store.on || !intake->stores)
        return -1;
    int64_t due = intake->stores_since + INTAKE_SETTLED_S - now_s;
    return due > 0 ? due : 0;
}

/* Tells when storing punches begins to fail, and when it has not failed for a while. */
static void note_storing(struct intake *intake, bool stored, const struct error *err)
{
    if (stored && intake->cannot_store.on && !intake->stores)
        intake->stores_since = intake->now.steady_s;
    intake->stores = stored;
    if (stored && settled_due(intake, intake->now.steady_s) > 0)
        return;
    switch (condition_note(&intake->cannot_store, !stored, intake->now.steady_s)) {
    case CONDITION_QUIET:
        break;
    case CONDITION_BEGAN:
    case CONDITION_LASTS:
        event_report(intake->events, EVENT_OUTBOX_CANNOT_STORE, err->text, (const char *)NULL);
        break;
    case CONDITION_ENDED: {
        char times[24];
        snprintf(times, sizeof(times), "%" PRIu64, intake->cannot_store.times);
        event_report(intake->events, EVENT_OUTBOX_STORES_AGAIN, times, (const char *)NULL);
        break;
    }
    }
}

static bool commit(struct intake *intake, struct error *err)
{
    if (intake->in_transaction &&
        (!save_devices(intake, err) || !outbox_commit(intake->outbox, err)))
        return false;
    bool stored = intake->in_transaction;
    intake->in_transaction = false;
    tell_notices(intake);
    if (!stored)
        return true;
    if (intake->fresh) /* nothing less shows it: a full outbox may still take what is no punch */
        note_storing(intake, true, NULL);
    return true;
}

/* ---- terminals ---- */

static struct known_device *known_of(struct outbox_device *device)
{
    return (struct known_device *)(void *)device; /* its first member */
}

static int timezone_of(const struct intake *intake, const char *sn)
{
    const struct config_device *configured = config_device(intake->config, sn);
    return configured != NULL ? configured->timezone_minutes : intake->settings.timezone_minutes;
}

/* What a terminal's clock should show. */
static walltime local_time(const struct intake *intake, int timezone_minutes)
{
    return intake->now.unix_s + (walltime)timezone_minutes * 60;
}

static void mark_dirty(struct intake *intake, struct outbox_device *device)
{
    known_of(device)->dirty = true;
    if (!intake->dirty)
        intake->dirty_since = intake->now.steady_s;
    intake->dirty = true;
}

/* What is known of a terminal, made if it was never seen. NULL: the outbox failed. */
static struct outbox_device *device_of(struct intake *intake, const char *sn, struct error *err)
{
    for (size_t i = 0; i < intake->device_count; i++)
        if (strcmp(intake->devices[i].device.sn, sn) == 0)
            return &intake->devices[i].device;

    if (intake->device_count == INTAKE_DEVICES) {
        if (!intake->read_only && !save_devices(intake, err))
            return NULL;
        intake->device_count = 0;
        intake->dirty = false;
    }
    struct known_device *known = &intake->devices[intake->device_count];
    memset(known, 0, sizeof(*known));
    bool found = false;
    if (!outbox_device(intake->outbox, sn, &known->device, &found, err))
        return NULL;
    if (!found) {
        memset(&known->device, 0, sizeof(known->device));
        snprintf(known->device.sn, sizeof(known->device.sn), "%s", sn);
        known->device.first_seen_s = intake->now.unix_s;
        audit_begin(&known->device, local_time(intake, timezone_of(intake, sn)));
    }
    known->contact_since = known->last_contact = intake->now.steady_s;
    intake->device_count++;
    return &known->device;
}

static void note_seen(struct intake *intake, struct outbox_device *device,
                      const struct intake_item *item)
{
    const struct iclock_call *call = &item->call;
    struct known_device *known = known_of(device);
    int64_t gap = CONTACT_GAP_S + 3 * (int64_t)intake->settings.delay_s;
    if (intake->now.steady_s - known->last_contact > gap)
        known->contact_since = intake->now.steady_s;
    known->last_contact = intake->now.steady_s;
    device->last_seen_s = intake->now.unix_s;
    address_text(&item->peer, device->address);
    if (call->push_version[0] != '\0')
        snprintf(device->push_version, sizeof(device->push_version), "%s", call->push_version);
    if (call->device_type[0] != '\0')
        snprintf(device->kind, sizeof(device->kind), "%s", call->device_type);
    else if (call->security || call->operation == ICLOCK_REGISTRY)
        snprintf(device->kind, sizeof(device->kind), "acc");
    mark_dirty(intake, device);
}

/* ---- effects ---- */

/* A punch that has just been made shows the terminal's clock: noted, and told of once a day. */
static void check_clock(struct taking *taking, const struct punch *punch)
{
    struct intake *intake = taking->intake;
    struct outbox_audit *audit = &taking->device->audit;
    walltime local = local_time(intake, taking->timezone_minutes);
    int64_t ahead = punch->time - local;
    int64_t day = local / 86400;
    if (!taking->live)
        return;
    audit->clock_ahead_s = ahead;
    audit->clock_shown_s = intake->now.unix_s;
    if (audit->clock_day == day || (ahead <= CLOCKWATCH_OFF_S && ahead >= -CLOCKWATCH_OFF_S))
        return;
    char its[WALLTIME_TEXT_MAX];
    char ours[WALLTIME_TEXT_MAX];
    char difference[40];
    audit->clock_day = day;
    note(intake, EVENT_TERMINAL_CLOCK_OFF,
         (const char *const[]){taking->device->sn, walltime_text(punch->time, its),
                               walltime_text(local, ours),
                               clockwatch_difference(ahead, difference, sizeof(difference)), NULL});
}

static bool take_punch(struct taking *taking, const struct punch *punch, struct error *err)
{
    struct intake *intake = taking->intake;
    enum outbox_added added;
    if (!begin(intake, err) ||
        !outbox_append(intake->outbox, punch, 0, intake->now.unix_s, &added, err))
        return false;
    if (added != OUTBOX_NEW)
        return true;
    intake->fresh = true;
    if (taking->device != NULL) {
        taking->device->punches++;
        if (punch->time > taking->device->last_punch)
            taking->device->last_punch = punch->time;
        audit_punch(taking->device, punch->time);
        check_clock(taking, punch);
    }
    return true;
}

static bool take_bad_line(struct taking *taking, const struct iclock_effect *effect,
                          struct error *err)
{
    struct intake *intake = taking->intake;
    if (taking->item->bad_lines++ == 0)
        taking->item->bad_line = effect->reason;
    return begin(intake, err) && outbox_reject_line(intake->outbox, effect->sn, effect->text,
                                                    effect->reason, intake->now.unix_s, err);
}

/* A stamp says that what came before it need not be sent again: it lasts as the punches do. */
static bool take_stamp(struct taking *taking, const struct iclock_effect *effect, struct error *err)
{
    if (taking->device == NULL)
        return true;
    if (strcmp(effect->table, "ATTLOG") == 0)
        span_copy(effect->text, taking->device->attlog_stamp, sizeof(taking->device->attlog_stamp));
    else if (strcmp(effect->table, "OPERLOG") == 0)
        span_copy(effect->text, taking->device->operlog_stamp,
                  sizeof(taking->device->operlog_stamp));
    return begin(taking->intake, err);
}

static bool take_info(struct taking *taking, const struct iclock_effect *effect, struct error *err)
{
    (void)err;
    if (taking->device == NULL)
        return true;
    utf8_clean(effect->text, taking->device->info, sizeof(taking->device->info));
    audit_info(taking->device, effect->records,
               local_time(taking->intake, taking->timezone_minutes), taking->intake->now.unix_s);
    return true;
}

static void note_audit(struct intake *intake, const char *sn, const struct audit_news *news)
{
    char missing[24];
    char of[24];
    char came[24];
    char from[WALLTIME_TEXT_MAX];
    char to[WALLTIME_TEXT_MAX];
    snprintf(missing, sizeof(missing), "%" PRId64, news->missing);
    snprintf(of, sizeof(of), "%" PRId64, news->of);
    snprintf(came, sizeof(came), "%" PRId64, news->came);
    if (news->kind == AUDIT_MISSING)
        note(intake, EVENT_PUNCHES_MISSING,
             (const char *const[]){sn, missing, of, walltime_text(news->from, from),
                                   walltime_text(news->to - 1, to)});
    if (news->kind == AUDIT_JUDGED)
        note(intake, EVENT_PUNCHES_ASKED_FOR, (const char *const[]){sn, of, came, missing, NULL});
}

static bool take_sent(struct taking *taking, const struct iclock_effect *effect, struct error *err)
{
    struct intake *intake = taking->intake;
    return begin(intake, err) &&
           outbox_command_sent(intake->outbox, effect->number, intake->now.unix_s, err);
}

static bool take_result(struct taking *taking, const struct iclock_effect *effect,
                        struct error *err)
{
    struct intake *intake = taking->intake;
    struct audit_news news;
    bool found = false;
    if (taking->device == NULL)
        return true;
    if (!begin(intake, err) ||
        !outbox_command_done(intake->outbox, effect->sn, effect->number, effect->result,
                             effect->text, intake->now.unix_s, &found, err))
        return false;
    if (!found || effect->number != taking->device->audit.command)
        return true;
    if (!audit_result(intake->outbox, taking->device, effect->result, effect->records,
                      intake->now.unix_s, &news, err))
        return false;
    note_audit(intake, taking->device->sn, &news);
    return true;
}

/* Operation lines are acknowledged and not kept; these two are told, hourly at most. */
static bool take_operation(struct taking *taking, const struct iclock_effect *effect,
                           struct error *err)
{
    struct intake *intake = taking->intake;
    bool clock = effect->kind == ICLOCK_EFFECT_CLOCK_SET;
    char when[WALLTIME_TEXT_MAX];
    (void)err;
    if (tally_note(clock ? &intake->clocks_set : &intake->logs_deleted, effect->sn, 1,
                   intake->now.steady_s) == 0)
        return true;
    if (!span_copy(effect->text, when, sizeof(when)) || when[0] == '\0')
        snprintf(when, sizeof(when), "?");
    note(intake, clock ? EVENT_TERMINAL_CLOCK_SET : EVENT_TERMINAL_LOG_DELETED,
         (const char *const[]){effect->sn, when, NULL});
    return true;
}

static bool take_a_punch(struct taking *taking, const struct iclock_effect *effect,
                         struct error *err)
{
    return take_punch(taking, effect->punch, err);
}

static bool take(void *context, const struct iclock_effect *effect, struct error *err)
{
    static const struct {
        bool (*take)(struct taking *taking, const struct iclock_effect *effect, struct error *err);
        bool lasts; /* must be stored before it is answered */
    } takers[] = {
        [ICLOCK_EFFECT_PUNCH] = {take_a_punch, true},
        [ICLOCK_EFFECT_BAD_LINE] = {take_bad_line, true},
        [ICLOCK_EFFECT_STAMP] = {take_stamp, true},
        [ICLOCK_EFFECT_INFO] = {take_info, false},
        [ICLOCK_EFFECT_COMMAND_SENT] = {take_sent, true},
        [ICLOCK_EFFECT_COMMAND_RESULT] = {take_result, true},
        [ICLOCK_EFFECT_CLOCK_SET] = {take_operation, false},
        [ICLOCK_EFFECT_LOG_DELETED] = {take_operation, false},
    };
    struct taking *taking = context;
    if (takers[effect->kind].lasts && taking->intake->read_only)
        return error_set(err, ERR_FULL, 0, "the outbox takes nothing now");
    return takers[effect->kind].take(taking, effect, err);
}

/* ---- requests ---- */

static bool brings_attendance(const struct iclock_call *call)
{
    return call->body.len > 0 &&
           (call->operation == ICLOCK_ATTENDANCE || call->operation == ICLOCK_RTLOG ||
            call->operation == ICLOCK_TABLEDATA);
}

/*
 * A single line of a terminal that has been in touch all the time, and was not asked for old ones,
 * is a punch just made: one that it had kept would have come before, or with others.
 */
static bool is_live(const struct intake *intake, const struct iclock_call *call,
                    struct outbox_device *device)
{
    const struct known_device *known = known_of(device);
    struct span line = span_trim(call->body);
    return call->operation != ICLOCK_TABLEDATA && memchr(line.at, '\n', line.len) == NULL &&
           intake->now.steady_s - known->contact_since >= CLOCKWATCH_OFF_S &&
           intake->now.steady_s >= known->resends_until && device->audit.asked_to == 0;
}

/* INFO counts everything; so must what is compared with it. */
static bool may_compare_all(struct intake *intake, bool *whole, struct error *err)
{
    bool logs = false;
    if (!outbox_has_logs(intake->outbox, &logs, err))
        return false;
    *whole = !intake->config->has_ignore_before && !(logs && intake->config->sync.skip_pushed);
    return true;
}

/* What a terminal that asks for commands is to be told: what the audit wants, what is queued. */
static bool find_command(struct taking *taking, struct iclock_device *known,
                         char spelt[ICLOCK_COMMAND_MAX + 1], struct error *err)
{
    struct intake *intake = taking->intake;
    struct outbox_device *device = taking->device;
    walltime local = local_time(intake, taking->timezone_minutes);
    struct outbox_command command;
    struct audit_news news;
    bool whole = false;
    bool found = false;
    if (audit_is_due(device, local, intake->now.unix_s)) {
        if (!begin(intake, err) || !may_compare_all(intake, &whole, err) ||
            !audit_step(intake->outbox, device, whole, local, intake->now.unix_s, &news, err))
            return false;
        note_audit(intake, device->sn, &news);
    }
    if (!outbox_command_next(intake->outbox, device->sn, intake->now.unix_s, &command, &found, err))
        return false;
    if (!found)
        return true;
    if (devicecmd_is_resend(command.text))
        known_of(device)->resends_until = intake->now.steady_s + RESEND_S;
    known->command = devicecmd_spell(command.text, device->kind, local, spelt);
    known->command_id = command.id;
    return true;
}

static bool answer(struct intake *intake, struct intake_item *item, struct error *err)
{
    struct taking taking = {.intake = intake, .item = item};
    struct iclock_device known = {.timezone_minutes = intake->settings.timezone_minutes};
    char command[ICLOCK_COMMAND_MAX + 1];
    item->bad_line = NULL;
    item->bad_lines = 0;

    if (gate_is_terminal(&item->call)) {
        taking.device = device_of(intake, item->call.sn, err);
        if (taking.device == NULL)
            return false;
        note_seen(intake, taking.device, item);
        memcpy(known.attlog_stamp, taking.device->attlog_stamp, sizeof(known.attlog_stamp));
        memcpy(known.operlog_stamp, taking.device->operlog_stamp, sizeof(known.operlog_stamp));
        known.identity = strcmp(taking.device->kind, "pid") == 0;
        known.timezone_minutes = timezone_of(intake, item->call.sn);
        taking.timezone_minutes = known.timezone_minutes;
        if (brings_attendance(&item->call)) {
            taking.live = is_live(intake, &item->call, taking.device);
            audit_data(taking.device, intake->now.unix_s);
        }
        if (item->call.operation == ICLOCK_POLL && !intake->read_only &&
            !find_command(&taking, &known, command, err))
            return false;
    }
    return iclock_answer(&item->call, &intake->settings, &known, take, &taking, &item->reply, err);
}

/* The status page's part of the address space; a terminal has no business there. */
static bool is_page(struct span path)
{
    static const struct span page = {"/hipbridge", 10};
    return span_starts_nocase(path, page) && (path.len == page.len || path.at[page.len] == '/');
}

static void prepare(struct intake *intake, struct intake_item *item)
{
    item->open = false;
    if (is_page(item->request.path)) {
        iclock_refuse(404, &item->reply);
        return;
    }
    item->request.now_s = intake->now.unix_s;
    iclock_read(&item->request, &intake->settings, &item->call);
    if (!gate_allows(&intake->gate, &item->call, &item->peer, intake->now.steady_s)) {
        iclock_refuse(403, &item->reply);
        return;
    }
    item->open = true;
}

/* Answers the open items in one transaction; false: none of it is stored and all are still open. */
static bool answer_together(struct intake *intake, struct intake_item *const *items, size_t count,
                            struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (items[i]->open && !answer(intake, items[i], err)) {
            roll_back(intake);
            return false;
        }
    }
    if (!commit(intake, err)) {
        roll_back(intake);
        return false;
    }
    return true;
}

/* Whether a failure is the storage's, which every other request would meet as well. */
static bool is_storage(enum error_kind kind)
{
    return kind == ERR_FULL || kind == ERR_BUSY || kind == ERR_DENIED || kind == ERR_CORRUPT ||
           kind == ERR_SYSTEM;
}

static void tell_bad_lines(struct intake *intake, const struct intake_item *item)
{
    uint64_t lines =
        tally_note(&intake->bad_lines, item->call.sn, item->bad_lines, intake->now.steady_s);
    if (lines == 0)
        return;
    char count[24];
    snprintf(count, sizeof(count), "%" PRIu64, lines);
    event_report(intake->events, EVENT_LINES_NOT_UNDERSTOOD, item->call.sn, count, item->bad_line,
                 (const char *)NULL);
}

static void close_items(struct intake *intake, struct intake_item *const *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!items[i]->open)
            continue;
        items[i]->open = false;
        if (items[i]->bad_lines > 0)
            tell_bad_lines(intake, items[i]);
    }
}

/* Requests that need nothing stored are answered, the others told to come back. */
static void answer_without_storing(struct intake *intake, struct intake_item *const *items,
                                   size_t count, const struct error *why)
{
    intake->read_only = true;
    for (size_t i = 0; i < count; i++) {
        if (!items[i]->open)
            continue;
        struct error ignored = ERROR_INIT; /* the failure told is the one that brought us here */
        size_t notices = intake->notice_count;
        if (!answer(intake, items[i], &ignored)) {
            iclock_refuse(503, &items[i]->reply);
            intake->notice_count = notices;
            note_storing(intake, false, why);
        }
        items[i]->open = false;
    }
    intake->read_only = false;
    tell_notices(intake);
}

bool intake_answer(struct intake *intake, struct intake_item *const *items, size_t count,
                   struct intake_time now)
{
    char wrong[CLOCKWATCH_TEXT_MAX];
    intake->now = now;
    intake->fresh = false;
    /* Before the first of them copies it. */
    if (clockwatch_note(&intake->clock, now.unix_s, now.steady_s, wrong))
        event_report(intake->events, EVENT_PC_CLOCK, wrong, (const char *)NULL);
    for (size_t i = 0; i < count; i++)
        prepare(intake, items[i]);

    struct error err = ERROR_INIT;
    if (answer_together(intake, items, count, &err)) {
        close_items(intake, items, count);
        return intake->fresh;
    }
    if (count == 1 || is_storage(err.kind)) {
        answer_without_storing(intake, items, count, &err);
        return false;
    }

    /* One of them is poison: each for itself, so that it fails alone. */
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        if (!items[i]->open)
            continue;
        struct error own = ERROR_INIT;
        intake->fresh = false;
        if (answer_together(intake, &items[i], 1, &own)) {
            close_items(intake, &items[i], 1);
            any = any || intake->fresh;
        } else {
            answer_without_storing(intake, &items[i], 1, &own);
        }
    }
    return any;
}

int64_t intake_flush_due(const struct intake *intake, struct intake_time now)
{
    int64_t settled = settled_due(intake, now.steady_s);
    if (!intake->dirty)
        return settled;
    int64_t due = intake->dirty_since + INTAKE_FLUSH_S - now.steady_s;
    due = due > 0 ? due : 0;
    return settled >= 0 && settled < due ? settled : due;
}

void intake_flush(struct intake *intake, struct intake_time now)
{
    struct error err = ERROR_INIT;
    intake->now = now;
    if (settled_due(intake, now.steady_s) == 0)
        note_storing(intake, true, NULL);
    if (!intake->dirty)
        return;
    if (!save_devices(intake, &err) || !commit(intake, &err)) {
        /* Nobody was told that this is kept; the next punch says whether storing still fails. */
        roll_back(intake);
    }
}
