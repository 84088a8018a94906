#include "terminals/roster.h"

#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "terminals/audit_fk.h"
#include "outbox/outbox_note.h"
#include "terminals/voice.h"

void roster_init(struct roster *roster, struct outbox *outbox)
{
    memset(roster, 0, sizeof *roster);
    roster->outbox = outbox;
    roster->adrift = true;
}

/* ---- finding ---- */

static size_t bucket_of(const char *sn)
{
    return (size_t)(hash_text(HASH_BEGIN, sn) % ROSTER_TERMINALS);
}

struct roster_terminal *roster_known(const struct roster *roster, const char *sn)
{
    struct roster_terminal *terminal = roster->buckets[bucket_of(sn)];
    while (terminal != NULL && strcmp(terminal->row.sn, sn) != 0) {
        terminal = terminal->next;
    }
    return terminal;
}

bool roster_is_full(const struct roster *roster)
{
    return roster->count == ROSTER_TERMINALS;
}

static void mark_dirty(struct roster *roster, struct roster_terminal *terminal, struct moment now)
{
    terminal->dirty = true;
    if (!roster->dirty) {
        roster->dirty_since = now.steady_s;
    }
    roster->dirty = true;
}

static void mark_lasting(struct roster *roster, struct roster_terminal *terminal, struct moment now)
{
    mark_dirty(roster, terminal, now);
    roster->lasts = true;
}

static bool is_stranger(const struct roster_terminal *terminal)
{
    return !terminal->row.listed && terminal->row.punches == 0;
}

static void put(struct roster *roster, struct roster_terminal *terminal)
{
    struct roster_terminal **bucket = &roster->buckets[bucket_of(terminal->row.sn)];
    terminal->next = *bucket;
    *bucket = terminal;
}

struct roster_terminal *roster_add(struct roster *roster, const char *sn, bool listed,
                                   walltime local, struct moment now, struct error *err)
{
    struct roster_terminal *terminal = &roster->terminals[roster->count];
    bool found = false;
    memset(terminal, 0, sizeof *terminal);
    if (!outbox_device(roster->outbox, sn, &terminal->row, &found, err) ||
        !outbox_proof(roster->outbox, sn, &terminal->proof, err)) {
        return NULL;
    }
    if (roster->began_s == 0) {
        roster->began_s = now.unix_s;
    }
    if (!found) {
        memset(&terminal->row, 0, sizeof terminal->row);
        snprintf(terminal->row.sn, sizeof terminal->row.sn, "%s", sn);
        terminal->row.first_seen_s = now.unix_s;
        audit_begin(&terminal->row, local);
        terminal->unsaved = true;
        mark_dirty(roster, terminal, now);
    } else if (terminal->row.audit.data_s < roster->began_s) {
        audit_data(&terminal->row, roster->began_s); /* nobody was there to hear it */
    }
    terminal->contact_since = terminal->last_contact = now.steady_s;
    terminal->row.listed = listed;
    put(roster, terminal);
    roster->count++;
    return terminal;
}

static void empty(struct roster *roster)
{
    roster->count = 0;
    memset(roster->buckets, 0, sizeof roster->buckets);
}

void roster_make_room(struct roster *roster)
{
    enum { KEPT_MOST = ROSTER_TERMINALS * 3 / 4 };
    size_t count = roster->count;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        kept += !is_stranger(&roster->terminals[i]);
    }
    empty(roster);
    for (size_t i = 0; kept <= KEPT_MOST && i < count; i++) {
        if (!is_stranger(&roster->terminals[i])) {
            struct roster_terminal *terminal = &roster->terminals[roster->count++];
            if (terminal != &roster->terminals[i]) {
                *terminal = roster->terminals[i];
            }
            put(roster, terminal);
        }
    }
}

void roster_forget(struct roster *roster)
{
    empty(roster);
    roster->dirty = roster->lasts = false;
    roster->adrift = true;
}

static bool forget_strangers(struct roster *roster, int64_t now_s, struct error *err)
{
    size_t count = 0;
    if (!outbox_forget_strangers(roster->outbox, ROSTER_STRANGERS, now_s - ROSTER_STRANGER_S,
                                 &count, err)) {
        return false;
    }
    roster->strangers += (int64_t)count;
    return true;
}

/*
 * `hipctl rejected retry` brings punches beside the service, which the terminals in memory have not
 * counted. *more: it has.
 */
static bool count_retried(struct roster *roster, bool *more, struct error *err)
{
    char retried[OUTBOX_NOTE_MAX + 1];
    if (!outbox_noted(roster->outbox, OUTBOX_NOTE_RETRIED, retried, err)) {
        return false;
    }
    *more = strcmp(retried, roster->retried) != 0;
    for (size_t i = 0; *more && i < roster->count; i++) {
        struct roster_terminal *terminal = &roster->terminals[i];
        struct outbox_device row;
        bool found = false;
        if (!outbox_device(roster->outbox, terminal->row.sn, &row, &found, err)) {
            return false;
        }
        if (found &&
            (row.punches != terminal->row.punches || row.last_punch != terminal->row.last_punch)) {
            terminal->row.punches = row.punches;
            terminal->row.last_punch = row.last_punch;
            terminal->dirty = true;
        }
    }
    (void)snprintf(roster->retried, sizeof roster->retried, "%.*s",
                   (int)(sizeof roster->retried - 1), retried);
    return true;
}

bool roster_save(struct roster *roster, struct error *err)
{
    bool strangers = false;
    bool retried = false;
    int64_t now_s = 0;
    if (!roster->dirty) {
        return true;
    }
    if (!count_retried(roster, &retried, err) ||
        ((roster->adrift || retried) && !outbox_devices_credit(roster->outbox, err))) {
        return false;
    }
    for (size_t i = 0; i < roster->count; i++) {
        struct roster_terminal *terminal = &roster->terminals[i];
        if ((terminal->dirty && !outbox_device_save(roster->outbox, &terminal->row, err)) ||
            (terminal->proof_dirty && !outbox_proof_save(roster->outbox, &terminal->proof, err))) {
            return false;
        }
        if (terminal->unsaved && is_stranger(terminal)) {
            strangers = true;
            memcpy(roster->stranger_sn, terminal->row.sn, sizeof roster->stranger_sn);
            memcpy(roster->stranger_address, terminal->row.address,
                   sizeof roster->stranger_address);
        }
        now_s = terminal->row.last_seen_s > now_s ? terminal->row.last_seen_s : now_s;
        terminal->dirty = terminal->unsaved = terminal->proof_dirty = false;
        terminal->proof.raised = terminal->proof.lowered = false;
    }
    if (!outbox_devices_settle(roster->outbox, err) ||
        (strangers && !forget_strangers(roster, now_s, err))) {
        return false;
    }
    roster->adrift = roster->dirty = roster->lasts = false;
    return true;
}

/* ---- changing ---- */

/* Another speaks for it now: what was said from the former address holds no longer. */
static void start_anew(struct roster_terminal *terminal)
{
    struct outbox_device *row = &terminal->row;
    row->attlog_stamp[0] = row->operlog_stamp[0] = row->kind[0] = '\0';
    audit_start_anew(row);
    terminal->proof_dirty = completeness_moved(&terminal->proof) || terminal->proof_dirty;
}

void roster_heard(struct roster *roster, struct roster_terminal *terminal,
                  const struct roster_heard *heard, struct moment now)
{
    struct outbox_device *row = &terminal->row;
    bool fresh = false;
    terminal->believed = voice_hear(&row->voice, heard->peer, heard->gap_s, now.unix_s, &fresh);
    mark_dirty(roster, terminal, now);
    if (fresh) {
        start_anew(terminal);
    }
    if (!terminal->believed) {
        memset(&terminal->peer, 0, sizeof terminal->peer);
        return;
    }
    if (now.steady_s - terminal->last_contact > heard->gap_s) {
        terminal->contact_since = now.steady_s;
    }
    terminal->last_contact = now.steady_s;
    row->last_seen_s = now.unix_s;
    if (memcmp(&terminal->peer, heard->peer, sizeof terminal->peer) != 0) {
        terminal->peer = *heard->peer;
        address_text(heard->peer, row->address);
    }
    if (heard->push_version[0] != '\0') {
        snprintf(row->push_version, sizeof row->push_version, "%s", heard->push_version);
    }
    if (heard->kind_said) {
        snprintf(row->kind, sizeof row->kind, "%s", heard->kind);
    }
}

bool roster_tells_torn(struct roster *roster, struct roster_terminal *terminal, walltime local,
                       struct moment now)
{
    if (!voice_tells(&terminal->row.voice, local / 86400, now.unix_s)) {
        return false;
    }
    mark_lasting(roster, terminal, now);
    return true;
}

void roster_data(struct roster_terminal *terminal, struct moment now)
{
    if (terminal->believed) { /* else any word in its name would put the audit off */
        audit_data(&terminal->row, now.unix_s);
    }
}

void roster_brings(struct roster_terminal *terminal, bool access)
{
    struct outbox_device *row = &terminal->row;
    if (terminal->believed && terminal_is_access(row->kind) != access) {
        snprintf(row->kind, sizeof row->kind, "%s", access ? TERMINAL_ACCESS : "");
    }
}

void roster_punch(struct roster *roster, struct roster_terminal *terminal,
                  const struct address *from, walltime time, struct moment now)
{
    bool fresh = false;
    bool delivered = terminal->row.voice.delivers;
    voice_delivers(&terminal->row.voice, from, now.unix_s, &fresh);
    if (fresh) {
        start_anew(terminal);
        terminal->believed = true;
    }
    /* Its counts are held against its row from now on; and they are believed only while it is known
     * that punches come from where it speaks: what is sent again after a kill is no new punch. */
    if (terminal->unsaved || fresh || !delivered) {
        mark_lasting(roster, terminal, now);
    }
    terminal->row.punches++;
    if (time > terminal->row.last_punch) {
        terminal->row.last_punch = time;
    }
    audit_punch(&terminal->row, time);
}

void roster_stamp(struct roster_terminal *terminal, const char *table, struct span stamp)
{
    struct outbox_device *row = &terminal->row;
    if (!terminal->believed) {
        return;
    }
    if (strcmp(table, "ATTLOG") == 0) {
        span_copy(stamp, row->attlog_stamp, sizeof row->attlog_stamp);
    } else if (strcmp(table, "OPERLOG") == 0) {
        span_copy(stamp, row->operlog_stamp, sizeof row->operlog_stamp);
    }
}

static struct completeness_word word_of(const struct roster_terminal *terminal, int64_t records,
                                        bool fixed, walltime local, struct moment now)
{
    const struct outbox_audit *audit = &terminal->row.audit;
    return (struct completeness_word){
        .records = terminal_is_access(terminal->row.kind) ? -1 : records,
        .known = fixed || voice_is_known(&terminal->row.voice, now.unix_s),
        .local = local,
        .ahead_s = audit->clock_ahead_s,
        .shown = audit->clock_shown_s != 0,
        .last_punch = terminal->row.last_punch,
    };
}

bool roster_info(struct roster *roster, struct roster_terminal *terminal, struct span info,
                 int32_t records, bool fixed, walltime local, struct moment now, struct error *err)
{
    const struct completeness_word word = word_of(terminal, records, fixed, local, now);
    bool changed = false;
    if (!terminal->believed) {
        return true;
    }
    utf8_clean(info, terminal->row.info, sizeof terminal->row.info);
    audit_info(&terminal->row, records, local, now.unix_s);
    if (!completeness_told(roster->outbox, &terminal->proof, &word, now.unix_s, &changed, err)) {
        return false;
    }
    if (changed) {
        terminal->proof_dirty = true;
        mark_dirty(roster, terminal, now);
    }
    return true;
}

void roster_clock_set(struct roster *roster, struct roster_terminal *terminal, walltime to,
                      struct moment now)
{
    if (completeness_clock_set(&terminal->proof, to)) {
        terminal->proof_dirty = true;
        mark_lasting(roster, terminal, now);
    }
}

bool roster_log_deleted(struct roster *roster, struct roster_terminal *terminal, walltime when,
                        struct moment now, struct error *err)
{
    bool changed = false;
    if (!completeness_emptied(roster->outbox, &terminal->proof, when, &changed, err)) {
        return false;
    }
    if (changed) {
        terminal->proof_dirty = true;
        mark_lasting(roster, terminal, now);
    }
    return true;
}

void roster_packet(struct roster_terminal *terminal, enum iclock_packet packet)
{
    terminal->packet = packet;
}

void roster_resends(struct roster_terminal *terminal, int64_t until_s)
{
    terminal->resends_until = until_s;
}

bool roster_clock(struct roster *roster, struct roster_terminal *terminal, int64_t ahead_s,
                  bool off, walltime local, struct moment now)
{
    struct outbox_audit *audit = &terminal->row.audit;
    int64_t day = local / 86400;
    audit->clock_ahead_s = ahead_s;
    audit->clock_shown_s = now.unix_s;
    if (terminal->proof.proof != OUTBOX_PROOF_NONE && local + ahead_s <= terminal->proof.through) {
        roster_clock_set(roster, terminal, local + ahead_s, now); /* nobody has told us that */
    }
    if (!off || audit->clock_day == day) {
        return false;
    }
    audit->clock_day = day;
    mark_lasting(roster, terminal, now);
    return true;
}

bool roster_audit_is_due(const struct roster_terminal *terminal, walltime local, struct moment now)
{
    return audit_is_due(&terminal->row, local, now.unix_s);
}

bool roster_audit(struct roster *roster, struct roster_terminal *terminal, walltime local,
                  struct moment now, struct audit_news *news, struct error *err)
{
    if (!audit_step(roster->outbox, &terminal->row, local, now.unix_s, news, err)) {
        return false;
    }
    mark_lasting(roster, terminal, now);
    return true;
}

/* The whole log of an FkWeb terminal was read, and this is what it says to hold after it. */
static bool note_read(struct roster *roster, struct roster_terminal *terminal, int64_t after,
                      bool fixed, struct moment now, struct error *err)
{
    struct audit_fk_read read;
    bool changed = false;
    if (!audit_fk_was_read(&terminal->row, &read)) {
        return true;
    }
    const struct completeness_word word = word_of(terminal, read.before, fixed, read.local, now);
    if (!completeness_read(roster->outbox, &terminal->proof, &word, read.rows, after, &changed,
                           err)) {
        return false;
    }
    terminal->proof_dirty = terminal->proof_dirty || changed;
    return true;
}

bool roster_audit_result(struct roster *roster, struct roster_terminal *terminal, int32_t result,
                         int32_t records, bool fixed, struct moment now, struct audit_news *news,
                         struct error *err)
{
    if (result == 0 && records >= 0 && !note_read(roster, terminal, records, fixed, now, err)) {
        return false;
    }
    if (!audit_result(roster->outbox, &terminal->row, result, records, now.unix_s, news, err)) {
        return false;
    }
    if (terminal->proof.agreed_s != 0 && terminal->proof.said_s == terminal->proof.agreed_s) {
        audit_fk_again(&terminal->row, now.unix_s); /* the first time that the counts agree */
    }
    mark_lasting(roster, terminal, now);
    return true;
}
