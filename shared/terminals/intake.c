#include "terminals/intake_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iclock/devicecmd.h"
#include "outbox/outbox_command.h"
#include "outbox/outbox_spent.h"

enum {
    CONTACT_GAP_S = 30, /* and three polls: without a word for so long, a terminal was away */
};

struct intake *intake_new(const struct config *config, struct outbox *outbox,
                          const struct event_sink *events, struct error *err)
{
    struct intake *intake = calloc(1, sizeof *intake);
    if (intake == NULL) {
        error_set(err, ERR_MEMORY, 0, "cannot take terminals' requests: no memory");
        return NULL;
    }
    intake->config = config;
    intake->outbox = outbox;
    intake->events = events;
    intake->bodies.repeat_s = 86400;
    intake->settings = (struct iclock_settings){
        .default_device_sn = config->listener.default_device_sn,
        .timezone_minutes = config->listener.timezone_minutes,
        .delay_s = config->listener.delay_s,
        .error_delay_s = config->listener.error_delay_s,
    };
    intake->blocks = fkblocks_new(err);
    if (intake->blocks == NULL) {
        free(intake);
        return NULL;
    }
    roster_init(&intake->roster, outbox);
    intake->strangers_told.repeat_s = 86400;
    gate_init(&intake->gate, config, events);
    return intake;
}

void intake_free(struct intake *intake)
{
    if (intake != NULL) {
        fkblocks_free(intake->blocks);
        envelope_empty(&intake->envelope);
    }
    free(intake);
}

/* ---- the transaction ---- */

bool intake_begin(struct intake *intake, struct error *err)
{
    if (intake->in_transaction) {
        return true;
    }
    intake->in_transaction = outbox_begin(intake->outbox, err);
    return intake->in_transaction;
}

/* What is remembered of terminals may come from the transaction, so it goes as well. */
static void roll_back(struct intake *intake)
{
    if (intake->in_transaction) {
        outbox_rollback(intake->outbox);
    }
    intake->in_transaction = false;
    intake->fresh = false;
    intake->notice_count = 0;
    roster_forget(&intake->roster);
}

static bool save_roster(struct intake *intake, struct error *err)
{
    return !intake->roster.dirty ||
           (intake_begin(intake, err) && roster_save(&intake->roster, err) &&
            intake_note_strangers(intake, err) &&
            outbox_spent_keep(intake->outbox, OUTBOX_NOTE_SPENT_PUSH, err));
}

/* In how many seconds storing has worked long enough to be told; -1: not known to fail. */
static int64_t settled_due(const struct intake *intake, int64_t now_s)
{
    if (!intake->cannot_store.on || !intake->stores) {
        return -1;
    }
    int64_t due = intake->stores_since + INTAKE_SETTLED_S - now_s;
    return due > 0 ? due : 0;
}

/* Tells when storing punches begins to fail, and when it has not failed for a while. */
static void note_storing(struct intake *intake, bool stored, const struct error *err)
{
    if (stored && intake->cannot_store.on && !intake->stores) {
        intake->stores_since = intake->now.steady_s;
    }
    intake->stores = stored;
    if (stored && settled_due(intake, intake->now.steady_s) > 0) {
        return;
    }
    switch (condition_note(&intake->cannot_store, !stored, intake->now.steady_s)) {
    case CONDITION_QUIET:
        break;
    case CONDITION_BEGAN:
    case CONDITION_LASTS:
        event_report(intake->events, EVENT_OUTBOX_CANNOT_STORE, err->text, (const char *)NULL);
        break;
    case CONDITION_ENDED: {
        char times[24];
        snprintf(times, sizeof times, "%" PRIu64, intake->cannot_store.times);
        event_report(intake->events, EVENT_OUTBOX_STORES_AGAIN, times, (const char *)NULL);
        break;
    }
    }
}

static bool commit(struct intake *intake, struct error *err)
{
    if (intake->in_transaction && ((intake->roster.lasts && !save_roster(intake, err)) ||
                                   !outbox_commit(intake->outbox, err))) {
        return false;
    }
    bool stored = intake->in_transaction;
    intake->in_transaction = false;
    intake_tell(intake);
    if (!stored) {
        return true;
    }
    if (intake->fresh) { /* nothing less shows it: a full outbox may still take what is no punch */
        note_storing(intake, true, NULL);
    }
    return true;
}

/* ---- terminals ---- */

static int timezone_of(const struct intake *intake, const char *sn)
{
    const struct config_device *configured = config_device(&intake->config->listener, sn);
    return config_minutes(&intake->config->listener, configured, intake->now.unix_s);
}

/* What a terminal's clock should show. */
walltime intake_local_time(const struct intake *intake, int timezone_minutes)
{
    return intake->now.unix_s + (walltime)timezone_minutes * 60;
}

/* What is known of a terminal, made if it was never seen. NULL: the outbox failed. */
static struct roster_terminal *terminal_of(struct intake *intake, const char *sn, struct error *err)
{
    struct roster *roster = &intake->roster;
    struct roster_terminal *terminal = roster_known(roster, sn);
    if (terminal != NULL) {
        return terminal;
    }
    if (roster_is_full(roster) && intake->read_only) {
        roster_forget(roster);
    } else if (roster_is_full(roster)) {
        if (!save_roster(intake, err)) {
            return NULL;
        }
        roster_make_room(roster);
    }
    bool listed = config_device(&intake->config->listener, sn) != NULL;
    return roster_add(roster, sn, listed, intake_local_time(intake, timezone_of(intake, sn)),
                      intake->now, err);
}

static void note_heard(struct intake *intake, struct roster_terminal *terminal,
                       const struct intake_item *item)
{
    const struct iclock_call *call = &item->call;
    bool access = call->security || call->operation == ICLOCK_REGISTRY;
    const struct roster_heard heard = {
        .peer = &item->peer,
        .push_version = call->push_version,
        .kind = call->device_type[0] == '\0' && access ? TERMINAL_ACCESS : call->device_type,
        .kind_said = call->operation == ICLOCK_HANDSHAKE || access || call->device_type[0] != '\0',
        .gap_s = CONTACT_GAP_S + 3 * (int64_t)intake->settings.delay_s,
    };
    roster_heard(&intake->roster, terminal, &heard, intake->now);
    walltime local = intake_local_time(intake, timezone_of(intake, terminal->row.sn));
    if (roster_tells_torn(&intake->roster, terminal, local, intake->now)) {
        intake_note_torn(intake, &terminal->row);
    }
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
                    const struct roster_terminal *terminal)
{
    struct span line = span_trim(call->body);
    return terminal->believed && call->operation != ICLOCK_TABLEDATA &&
           memchr(line.at, '\n', line.len) == NULL &&
           intake->now.steady_s - terminal->contact_since >= CLOCKWATCH_OFF_S &&
           intake->now.steady_s >= terminal->resends_until && terminal->row.audit.asked_to == 0;
}

bool intake_next_command(struct taking *taking, struct outbox_command *command, bool *found,
                         struct error *err)
{
    struct intake *intake = taking->intake;
    struct roster_terminal *terminal = taking->terminal;
    walltime local = intake_local_time(intake, taking->timezone_minutes);
    struct audit_news news;
    *found = false;
    if (!terminal->believed) { /* a stranger gets none of its commands (voice.h) */
        return true;
    }
    if (roster_audit_is_due(terminal, local, intake->now)) {
        if (!intake_begin(intake, err) ||
            !roster_audit(&intake->roster, terminal, local, intake->now, &news, err)) {
            return false;
        }
        intake_note_audit(intake, terminal->row.sn, &news);
    }
    return outbox_command_next(intake->outbox, terminal->row.sn, intake->now.unix_s, command, found,
                               err);
}

/* What an iclock terminal that asks for commands is to be told. */
static bool find_command(struct taking *taking, struct iclock_device *known,
                         char spelt[TERMINAL_COMMAND_MAX + 1], struct error *err)
{
    struct intake *intake = taking->intake;
    struct roster_terminal *terminal = taking->terminal;
    struct outbox_command command;
    bool found = false;
    if (!intake_next_command(taking, &command, &found, err)) {
        return false;
    }
    if (!found) {
        return true;
    }
    if (devicecmd_is_resend(command.text)) {
        roster_resends(terminal, intake->now.steady_s + INTAKE_RESEND_S);
    }
    known->command = devicecmd_spell(command.text, terminal->row.kind,
                                     intake_local_time(intake, taking->timezone_minutes), spelt);
    known->command_id = command.id;
    return true;
}

/* However it spells it: a terminal that is listed is the one that is listed. */
static void name_as_listed(const struct intake *intake, struct intake_item *item)
{
    const struct config_device *listed = config_device(&intake->config->listener, item->call.sn);
    if (listed != NULL) {
        memcpy(item->call.sn, listed->sn, sizeof item->call.sn);
    }
}

/* Reads the request, with what is in its envelopes; that stays until the next one is opened. */
static void open_item(struct intake *intake, struct intake_item *item)
{
    struct iclock_request opened;
    envelope_open(&intake->envelope, &item->request,
                  (size_t)intake->config->listener.max_body_kb * 1024, &opened);
    iclock_read(&opened, &intake->settings, &item->call);
    item->enveloped = opened.body.at != item->request.body.at;
    name_as_listed(intake, item);
}

static void refuse(struct intake_item *item, int status)
{
    if (item->fk.request.given) {
        intake_fk_refuse(item, status);
    } else {
        iclock_refuse(status, &item->reply);
    }
}

static bool answer(struct intake *intake, struct intake_item *item, struct error *err)
{
    struct taking taking = {.intake = intake, .item = item};
    intake->settings.timezone_minutes =
        config_minutes(&intake->config->listener, NULL, intake->now.unix_s);
    struct iclock_device known = {.timezone_minutes = intake->settings.timezone_minutes};
    char command[TERMINAL_COMMAND_MAX + 1];
    item->bad_line = NULL;
    item->bad_lines = 0;
    item->body_aside = NULL;
    item->no_room = item->waits = false;
    if (item->enveloped) {
        open_item(intake, item);
    }
    if ((item->call.body.len > 0 || item->request.body.len > 0) &&
        crowd_waits(&intake->crowd, intake->outbox, intake->config, item->call.sn,
                    intake->now.steady_s)) {
        item->waits = true;
        refuse(item, 503);
        return true;
    }

    if (gate_is_terminal(&item->call)) {
        taking.terminal = terminal_of(intake, item->call.sn, err);
        if (taking.terminal == NULL) {
            return false;
        }
        const struct outbox_device *row = &taking.terminal->row;
        note_heard(intake, taking.terminal, item);
        if (taking.terminal->believed) {
            memcpy(known.attlog_stamp, row->attlog_stamp, sizeof known.attlog_stamp);
            memcpy(known.operlog_stamp, row->operlog_stamp, sizeof known.operlog_stamp);
        }
        known.identity = terminal_checks_identity(row->kind);
        known.packet = taking.terminal->packet;
        known.timezone_minutes = timezone_of(intake, item->call.sn);
        taking.timezone_minutes = known.timezone_minutes;
        if (item->fk.request.given) {
            return intake_fk_answer(&taking, err);
        }
        if (brings_attendance(&item->call)) {
            taking.live = is_live(intake, &item->call, taking.terminal);
            roster_data(taking.terminal, intake->now);
        }
        if (item->call.operation == ICLOCK_POLL && !intake->read_only &&
            !find_command(&taking, &known, command, err)) {
            return false;
        }
    }
    if (item->fk.request.given) {
        intake_fk_refuse(item, 400);
        return true;
    }
    return iclock_answer(&item->call, &intake->settings, &known, intake_take, &taking, &item->reply,
                         err);
}

/* The status page's part of the address space; a terminal has no business there. */
static bool is_page(struct span path)
{
    static const struct span page = {"/hipbridge", 10};
    return span_starts_nocase(path, page) && (path.len == page.len || path.at[page.len] == '/');
}

static void prepare(struct intake *intake, struct intake_item *item, bool whole)
{
    item->open = false;
    item->fk.reply.response_code = NULL;
    item->request.now_s = intake->now.unix_s;
    if (item->fk.request.given) {
        intake_fk_read(intake, item);
        item->enveloped = false;
        name_as_listed(intake, item);
    } else if (is_page(item->request.path)) {
        refuse(item, 404);
        return;
    } else {
        open_item(intake, item);
    }
    if (!whole && item->call.operation == ICLOCK_BAD_SN && item->request.method == ICLOCK_POST) {
        /* Whether it is refused depends on what it brings. */
        item->call.operation = ICLOCK_UNKNOWN;
        item->call.whose_unclear = true;
    }
    if (!gate_allows(&intake->gate, &item->call, &item->peer, intake->now.steady_s)) {
        refuse(item, 403);
        return;
    }
    item->open = true;
}

bool intake_admits(struct intake *intake, struct intake_item *item, bool whole, struct moment now)
{
    intake->now = now;
    prepare(intake, item, whole);
    item->prepared = whole;
    return item->open;
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
    if (lines == 0) {
        return;
    }
    char count[24];
    snprintf(count, sizeof count, "%" PRIu64, lines);
    event_report(intake->events, EVENT_LINES_NOT_UNDERSTOOD, item->call.sn, count, item->bad_line,
                 (const char *)NULL);
}

static void tell_body(struct intake *intake, const struct intake_item *item)
{
    uint64_t bodies = tally_note(&intake->bodies, item->call.sn, 1, intake->now.steady_s);
    if (bodies == 0) {
        return;
    }
    char count[24];
    snprintf(count, sizeof count, "%" PRIu64, bodies);
    event_report(intake->events, EVENT_BODY_NOT_UNDERSTOOD, item->call.sn, count, item->body_aside,
                 (const char *)NULL);
}

/* What was stored of them, and what became of the rest, differs by whether somebody named it. */
static void tell_no_room(struct intake *intake, const struct intake_item *item, bool listed)
{
    uint64_t deliveries = tally_note(listed ? &intake->no_room : &intake->let_go, item->call.sn, 1,
                                     intake->now.steady_s);
    if (deliveries > 0) {
        char count[24];
        snprintf(count, sizeof count, "%" PRIu64, deliveries);
        event_report(intake->events, listed ? EVENT_NO_ROOM_ASIDE : EVENT_LET_GO, item->call.sn,
                     count, (const char *)NULL);
    }
}

static void tell_waits(struct intake *intake, const struct intake_item *item)
{
    char count[24];
    uint64_t deliveries = tally_note(&intake->waits, item->call.sn, 1, intake->now.steady_s);
    snprintf(count, sizeof count, "%" PRIu64, deliveries);
    if (deliveries > 0) {
        event_report(intake->events, EVENT_UNLISTED_WAITS, item->call.sn, count,
                     (const char *)NULL);
    }
}

static bool is_listed(const struct intake *intake, const struct intake_item *item)
{
    return config_device(&intake->config->listener, item->call.sn) != NULL;
}

static void close_item(struct intake *intake, struct intake_item *item)
{
    item->open = false;
    if (item->fk.request.given) {
        intake_fk_close(intake, item);
    }
}

static void close_items(struct intake *intake, struct intake_item *const *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!items[i]->open) {
            continue;
        }
        if (items[i]->bad_lines > 0) {
            tell_bad_lines(intake, items[i]);
        }
        if (items[i]->body_aside != NULL) {
            tell_body(intake, items[i]);
        }
        /* What is stored of it stays; of what is not, a terminal that somebody named keeps its own
           copy. Nobody knows what a stranger would send for ever. */
        if (items[i]->waits) {
            tell_waits(intake, items[i]);
        }
        if (items[i]->no_room) {
            bool listed = is_listed(intake, items[i]);
            tell_no_room(intake, items[i], listed);
            if (listed) {
                refuse(items[i], 503);
            }
        }
        close_item(intake, items[i]);
    }
}

/* Requests that need nothing stored are answered, the others told to come back. */
static void answer_without_storing(struct intake *intake, struct intake_item *const *items,
                                   size_t count, const struct error *why)
{
    intake->read_only = true;
    for (size_t i = 0; i < count; i++) {
        if (!items[i]->open) {
            continue;
        }
        struct error ignored = ERROR_INIT; /* the failure told is the one that brought us here */
        size_t notices = intake->notice_count;
        if (!answer(intake, items[i], &ignored)) {
            refuse(items[i], 503);
            intake->notice_count = notices;
            note_storing(intake, false, why);
        }
        close_item(intake, items[i]);
    }
    intake->read_only = false;
    intake_tell(intake);
}

bool intake_answer(struct intake *intake, struct intake_item *const *items, size_t count,
                   struct moment now)
{
    char wrong[CLOCKWATCH_TEXT_MAX];
    intake->now = now;
    intake->fresh = false;
    intake->roster.began_s = intake->roster.began_s == 0 ? now.unix_s : intake->roster.began_s;
    /* Before the first of them copies it. */
    if (clockwatch_note(&intake->clock, now.unix_s, now.steady_s, wrong)) {
        event_report(intake->events, EVENT_PC_CLOCK, wrong, (const char *)NULL);
    }
    for (size_t i = 0; i < count; i++) {
        if (!items[i]->prepared) {
            prepare(intake, items[i], true);
        }
        items[i]->prepared = false;
        if (items[i]->open && items[i]->fk.request.given) {
            intake_fk_join(intake, items[i]);
        }
    }

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
        if (!items[i]->open) {
            continue;
        }
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

int64_t intake_flush_due(const struct intake *intake, struct moment now)
{
    int64_t settled = settled_due(intake, now.steady_s);
    if (!intake->roster.dirty) {
        return settled;
    }
    int64_t due = intake->roster.dirty_since + INTAKE_FLUSH_S - now.steady_s;
    due = due > 0 ? due : 0;
    return settled >= 0 && settled < due ? settled : due;
}

void intake_flush(struct intake *intake, struct moment now)
{
    struct error err = ERROR_INIT;
    intake->now = now;
    if (settled_due(intake, now.steady_s) == 0) {
        note_storing(intake, true, NULL);
    }
    if (!intake->roster.dirty) {
        return;
    }
    if (!save_roster(intake, &err) || !commit(intake, &err)) {
        /* Nobody was told that this is kept; the next punch says whether storing still fails. */
        roll_back(intake);
    }
}
