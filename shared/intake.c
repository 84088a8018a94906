#include "intake.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "condition.h"
#include "gate.h"
#include "tally.h"

struct known_device {
    struct outbox_device device;
    bool dirty;
};

struct intake {
    const struct config *config;
    struct outbox *outbox;
    const struct event_sink *events;
    struct iclock_settings settings;
    struct gate gate;
    struct tally bad_lines;
    struct condition cannot_store;

    struct intake_time now; /* of the call in progress */
    bool in_transaction;
    bool fresh;     /* new punches in this transaction */
    bool read_only; /* the outbox takes nothing: effects that must last are refused */

    size_t device_count;
    struct known_device devices[INTAKE_DEVICES];
    int64_t dirty_since; /* steady seconds; only while any device is dirty */
    bool dirty;
};

/* What the sink needs besides. */
struct taking {
    struct intake *intake;
    struct intake_item *item;
    struct outbox_device *device; /* NULL for a call of no terminal */
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

/* Tells when storing punches begins or ceases to fail. */
static void note_storing(struct intake *intake, bool stored, const struct error *err)
{
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
    if (!intake->in_transaction)
        return true;
    if (!save_devices(intake, err) || !outbox_commit(intake->outbox, err))
        return false;
    intake->in_transaction = false;
    if (intake->fresh) /* nothing less shows it: a full outbox may still take what is no punch */
        note_storing(intake, true, NULL);
    return true;
}

/* ---- terminals ---- */

static void mark_dirty(struct intake *intake, struct outbox_device *device)
{
    struct known_device *known = (struct known_device *)(void *)device; /* its first member */
    known->dirty = true;
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
    }
    intake->device_count++;
    return &known->device;
}

static void note_seen(struct intake *intake, struct outbox_device *device,
                      const struct intake_item *item)
{
    device->last_seen_s = intake->now.unix_s;
    address_text(&item->peer, device->address);
    if (item->call.push_version[0] != '\0')
        snprintf(device->push_version, sizeof(device->push_version), "%s", item->call.push_version);
    mark_dirty(intake, device);
}

/* ---- effects ---- */

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

static bool take(void *context, const struct iclock_effect *effect, struct error *err)
{
    struct taking *taking = context;
    switch (effect->kind) {
    case ICLOCK_EFFECT_PUNCH:
    case ICLOCK_EFFECT_BAD_LINE:
    case ICLOCK_EFFECT_STAMP:
        if (taking->intake->read_only)
            return error_set(err, ERR_FULL, 0, "the outbox takes nothing now");
        if (effect->kind == ICLOCK_EFFECT_PUNCH)
            return take_punch(taking, effect->punch, err);
        if (effect->kind == ICLOCK_EFFECT_BAD_LINE)
            return take_bad_line(taking, effect, err);
        return take_stamp(taking, effect, err);
    case ICLOCK_EFFECT_INFO:
        if (taking->device != NULL)
            utf8_clean(effect->text, taking->device->info, sizeof(taking->device->info));
        return true;
    case ICLOCK_EFFECT_COMMAND_SENT:
    case ICLOCK_EFFECT_COMMAND_RESULT: /* none is handed out: a result is of one not ours */
    case ICLOCK_EFFECT_CLOCK_SET:
    case ICLOCK_EFFECT_LOG_DELETED: /* acknowledged like every operation line, and not kept */
        break;
    }
    return true;
}

/* ---- requests ---- */

static bool answer(struct intake *intake, struct intake_item *item, struct error *err)
{
    struct taking taking = {intake, item, NULL};
    struct iclock_device known = {.timezone_minutes = intake->settings.timezone_minutes};
    item->bad_line = NULL;
    item->bad_lines = 0;

    if (gate_is_terminal(&item->call)) {
        taking.device = device_of(intake, item->call.sn, err);
        if (taking.device == NULL)
            return false;
        note_seen(intake, taking.device, item);
        memcpy(known.attlog_stamp, taking.device->attlog_stamp, sizeof(known.attlog_stamp));
        memcpy(known.operlog_stamp, taking.device->operlog_stamp, sizeof(known.operlog_stamp));
        const struct config_device *configured = config_device(intake->config, item->call.sn);
        if (configured != NULL)
            known.timezone_minutes = configured->timezone_minutes;
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
        if (!answer(intake, items[i], &ignored)) {
            iclock_refuse(503, &items[i]->reply);
            note_storing(intake, false, why);
        }
        items[i]->open = false;
    }
    intake->read_only = false;
}

bool intake_answer(struct intake *intake, struct intake_item *const *items, size_t count,
                   struct intake_time now)
{
    intake->now = now;
    intake->fresh = false;
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
    if (!intake->dirty)
        return -1;
    int64_t due = intake->dirty_since + INTAKE_FLUSH_S - now.steady_s;
    return due > 0 ? due : 0;
}

void intake_flush(struct intake *intake, struct intake_time now)
{
    struct error err = ERROR_INIT;
    intake->now = now;
    if (!intake->dirty)
        return;
    if (!save_devices(intake, &err) || !commit(intake, &err)) {
        /* Nobody was told that this is kept; the next punch says whether storing still fails. */
        roll_back(intake);
    }
}
