#include "logs/scan_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "outbox/outbox_note.h"
#include "outbox/outbox_spent.h"
#include "system/whereabouts.h"

/* A name that is taken each time is one that cannot be seen. */
enum { NAME_TRIES = 16 };

struct scan *scan_new(const struct config *config, struct outbox *outbox,
                      const struct event_sink *events, const struct scan_service *service,
                      struct error *err)
{
    struct scan *scan = calloc(1, sizeof *scan);
    if (scan == NULL) {
        error_set(err, ERR_MEMORY, 0, "cannot read the log folder: no memory");
        return NULL;
    }
    scan->config = config;
    scan->outbox = outbox;
    scan->events = events;
    scan->service = *service;
    scan->archive = (struct archive){config->sync.archive_directory, config->sync.log_directory,
                                     service->stopped, service->context, &archive_disk};
    char noted[OUTBOX_NOTE_MAX + 1] = "";
    source_rules(&config->sync, scan->rules);
    scan->other_rules = !outbox_noted(outbox, OUTBOX_NOTE_SYNC_RULES, noted, NULL) ||
                        strcmp(noted, scan->rules) != 0;
    return scan;
}

void scan_free(struct scan *scan)
{
    free(scan);
}

bool scan_stopped(const struct scan *scan)
{
    return scan->service.stopped(scan->service.context);
}

static void tell_appended(const struct scan *scan)
{
    scan->service.appended(scan->service.context);
}

int64_t scan_unix(const struct scan *scan)
{
    return scan->service.unix_s(scan->service.context);
}

int64_t scan_steady_ms(const struct scan *scan)
{
    return scan->service.steady_ms(scan->service.context);
}

static int64_t steady_now(const struct scan *scan)
{
    return scan_steady_ms(scan) / 1000;
}

/* ---- the transaction ---- */

bool scan_begin(struct scan *scan, struct error *err)
{
    if (scan->in_transaction) {
        return true;
    }
    scan->in_transaction = outbox_begin(scan->outbox, err);
    return scan->in_transaction;
}

bool scan_let_others(struct scan *scan, struct error *err)
{
    if (scan->in_transaction && !outbox_commit(scan->outbox, err)) {
        return false;
    }
    scan->in_transaction = false;
    return true;
}

bool scan_commit(struct scan *scan, struct error *err)
{
    if (!scan_let_others(scan, err)) {
        return false;
    }
    if (scan->fresh) {
        tell_appended(scan);
    }
    scan->fresh = false;
    return true;
}

void scan_roll_back(struct scan *scan)
{
    if (scan->in_transaction) {
        outbox_rollback(scan->outbox);
    }
    scan->in_transaction = false;
    if (scan->fresh) { /* some may have been committed before */
        tell_appended(scan);
    }
    scan->fresh = false;
}

/* ---- what `hipctl sync-now` shows ---- */

/* In the transaction that is open: what is told of the file is what is stored of it. */
bool scan_note_file(struct scan *scan, enum outbox_scan_state state, const char *detail,
                    struct error *err)
{
    struct outbox_scan_file *note = &scan->note;
    const struct outbox_file *file = &scan->file;
    memcpy(note->name, file->name, sizeof note->name);
    note->state = state;
    note->size = scan->size;
    note->done = scan->done;
    note->new_count = file->new_count;
    note->known_count = file->known_count;
    note->ignored_count = file->ignored_count;
    note->rejected_count = file->rejected_count;
    snprintf(note->detail, sizeof note->detail, "%s", detail);
    return outbox_scan_note(scan->outbox, note, err) &&
           outbox_spent_keep(scan->outbox, OUTBOX_NOTE_SPENT_LOG, err);
}

/* By itself. Only a display: that it failed is not worth telling. */
static void show_file(struct scan *scan, enum outbox_scan_state state, const char *detail)
{
    struct error ignored = ERROR_INIT;
    if (!scan_begin(scan, &ignored) || !scan_note_file(scan, state, detail, &ignored) ||
        !scan_commit(scan, &ignored)) {
        scan_roll_back(scan);
    }
}

bool scan_save_file(struct scan *scan, enum outbox_scan_state state, const char *detail,
                    struct error *err)
{
    return scan_begin(scan, err) && outbox_file_save(scan->outbox, &scan->file, err) &&
           scan_note_file(scan, state, detail, err) && scan_commit(scan, err);
}

bool scan_is_log(const struct outbox_file *file)
{
    return file->new_count + file->known_count + file->ignored_count > 0;
}

enum outbox_scan_state scan_state_of(const struct outbox_file *file)
{
    return scan_is_log(file) ? OUTBOX_SCAN_WAITS : OUTBOX_SCAN_NO_LOG;
}

/* ---- archiving ---- */

/*
 * The record says "archived" before the file moves: when we are killed between, the file is read
 * again at the next run under a new record, which adds nothing and archives it. The other
 * order could take a later file of the same name for this one.
 */
static bool move_as(struct scan *scan, const char *name, const struct folder_version *version,
                    struct error *err)
{
    snprintf(scan->file.archived_as, sizeof scan->file.archived_as, "%s", name);
    if (!scan_save_file(scan, OUTBOX_SCAN_ARCHIVED, name, err)) {
        return false;
    }
    if (archive_move(&scan->archive, scan->file.name, name, version, err)) {
        return true;
    }
    scan->file.archived_as[0] = '\0';
    struct error undo = ERROR_INIT; /* the move's failure is the one to tell */
    if (!scan_save_file(scan, OUTBOX_SCAN_WAITS, "", &undo)) {
        scan_roll_back(scan);
    }
    return false;
}

static bool archive_file(struct scan *scan, const struct folder_version *version, struct error *err)
{
    char name[LOG_NAME_MAX];
    for (int tries = 0; tries < NAME_TRIES; tries++) {
        error_clear(err);
        if (!archive_name(&scan->archive, scan->file.name, name, err)) {
            return false;
        }
        if (move_as(scan, name, version, err)) {
            scan->sums->archived++;
            return true;
        }
        if (err->kind != ERR_EXISTS) { /* else it was taken in this moment */
            return false;
        }
    }
    return false;
}

/* ---- a file ---- */

static bool same_version(const struct outbox_file *file, const struct folder_version *version)
{
    const struct folder_version read = {file->size, file->changed, file->volume, file->number};
    return file->read_s != 0 && folder_same_version(&read, version);
}

/* Whether lines of the file that were not understood may be, by other rules. */
static bool may_be_more(const struct scan *scan)
{
    const struct outbox_file *file = &scan->file;
    return scan->other_rules && (file->rejected_count > 0 || !scan_is_log(file));
}

/* The record of the file; in a pass that only archives none is made. */
static bool find_record(struct scan *scan, enum scan_kind kind, const char *name, struct error *err)
{
    if (!scan_begin(scan, err) || !outbox_file_begin(scan->outbox, name, &scan->file, err)) {
        return false;
    }
    if (kind == SCAN_READ) {
        return scan_commit(scan, err);
    }
    scan_roll_back(scan);
    return true;
}

static void tell_in_use(struct scan *scan, const char *name)
{
    show_file(scan, OUTBOX_SCAN_IN_USE, "");
    if (tally_note(&scan->in_use, name, 1, steady_now(scan)) > 0) {
        event_report(scan->events, EVENT_LOG_FILE_IN_USE, scan->path, (const char *)NULL);
    }
}

/* Its own state is found by the caller; what was understood of it is in the database or on its way.
 */
static bool archive_if_through(struct scan *scan, const struct folder_version *version,
                               bool *through, struct error *err)
{
    /* The caller's handle is open: what is moved is what was read, since nobody could write. */
    return outbox_file_uploaded(scan->outbox, &scan->file, through, err) &&
           (!*through || archive_file(scan, version, err));
}

static bool do_open_file(struct scan *scan, enum scan_kind kind, const char *name,
                         struct folder_file *handle, const struct folder_version *version,
                         bool *waits, struct error *err)
{
    bool through = false;
    if (!find_record(scan, kind, name, err)) {
        return false;
    }
    if (!same_version(&scan->file, version) || (kind == SCAN_READ && may_be_more(scan))) {
        if (kind == SCAN_ARCHIVE) {
            return true;
        }
        if (!scan_read_file(scan, handle, version, err)) {
            return false;
        }
    } else if (kind == SCAN_READ) {
        scan->size = scan->done = version->size;
        show_file(scan, scan_state_of(&scan->file), "");
    }
    if (!scan_is_log(&scan->file)) {
        return true; /* it stays for a person to look at */
    }
    bool done = archive_if_through(scan, version, &through, err);
    *waits = done && !through;
    return done;
}

/* *waits: it has been read and is to be archived when the database has it. */
static bool do_file(struct scan *scan, enum scan_kind kind, const char *name, bool *waits,
                    struct error *err)
{
    struct folder_version version;
    *waits = false;
    scan->file = (struct outbox_file){0};
    scan->size = scan->done = 0;
    snprintf(scan->file.name, sizeof scan->file.name, "%s", name);
    if (!file_resolve(scan->config->sync.log_directory, name, scan->path, sizeof scan->path)) {
        return error_set(err, ERR_INVALID, 0, "its path is too long");
    }
    struct folder_file *handle = folder_open(scan->path, &version, err);
    if (handle == NULL) {
        if (err->kind != ERR_BUSY) {
            return false;
        }
        if (kind == SCAN_READ) {
            tell_in_use(scan, name);
        } else { /* a virus scanner's short look, it may be */
            *waits = find_record(scan, kind, name, err) && scan->file.read_s != 0 &&
                     scan_is_log(&scan->file);
        }
        return true;
    }
    bool done = do_open_file(scan, kind, name, handle, &version, waits, err);
    folder_close(handle);
    return done;
}

static void tell_file(struct scan *scan, const char *name, const struct error *err)
{
    if (err->kind == ERR_STOPPED || !file_exists(scan->path)) {
        return; /* not the file's fault; or it went while we looked */
    }
    show_file(scan, OUTBOX_SCAN_FAILED, err->text);
    if (tally_note(&scan->failed, name, 1, steady_now(scan)) > 0) {
        event_report(scan->events, EVENT_LOG_FILE_FAILED, scan->path, err->text,
                     (const char *)NULL);
    }
}

/* ---- the pass ---- */

static void tell_folder(struct scan *scan, bool readable, const struct error *err)
{
    const char *folder = scan->config->sync.log_directory;
    switch (condition_note(&scan->folder_away, !readable, steady_now(scan))) {
    case CONDITION_QUIET:
        break;
    case CONDITION_BEGAN:
    case CONDITION_LASTS:
        event_report(scan->events, EVENT_LOG_FOLDER_UNREADABLE, folder, err->text,
                     (const char *)NULL);
        break;
    case CONDITION_ENDED:
        event_report(scan->events, EVENT_LOG_FOLDER_BACK, folder, (const char *)NULL);
        break;
    }
}

static void mend_archive(struct scan *scan)
{
    struct error err = ERROR_INIT;
    if (!archive_mend(&scan->archive, &err) &&
        tally_note(&scan->failed, scan->archive.folder, 1, steady_now(scan)) > 0) {
        event_report(scan->events, EVENT_LOG_FILE_FAILED, scan->archive.folder, err.text,
                     (const char *)NULL);
    }
}

/* Which rules all that lies there has been read by. That they cannot be noted costs another look.
 */
static void note_rules(struct scan *scan)
{
    struct error ignored = ERROR_INIT;
    if (scan->other_rules &&
        outbox_note(scan->outbox, OUTBOX_NOTE_SYNC_RULES, scan->rules, &ignored)) {
        scan->other_rules = false;
    }
}

static void note_unread(struct scan *scan, enum scan_kind kind, const char *name)
{
    struct scan_sums *sums = scan->sums;
    if (kind == SCAN_READ) {
        sums->unread++;
        snprintf(sums->unread_name, sizeof sums->unread_name, "%s", name);
    }
}

bool scan_pass(struct scan *scan, enum scan_kind kind, struct scan_sums *sums, size_t *pending,
               struct error *err)
{
    char name[LOG_NAME_MAX];
    scan->sums = sums;
    *pending = 0;
    struct error end = ERROR_INIT;
    const struct config_sync *sync = &scan->config->sync;
    struct folder_list *list = folder_list_open(sync->log_directory, err);
    bool readable = list != NULL;
    bool any = false;
    if (readable && kind == SCAN_READ) {
        mend_archive(scan);
    }
    while (readable && !scan_stopped(scan) && folder_list_next(list, name, &end)) {
        struct error own = ERROR_INIT;
        bool waits = false;
        if (archive_is_own(name)) {
            continue;
        }
        if (!folder_fits(sync->file_pattern, name)) {
            note_unread(scan, kind, name);
            continue;
        }
        any = true;
        if (!do_file(scan, kind, name, &waits, &own)) {
            scan_roll_back(scan);
            tell_file(scan, name, &own);
        }
        *pending += waits;
    }
    folder_list_close(list);
    if (end.kind != ERR_NONE) {
        readable = error_set(err, end.kind, end.code, "%s", end.text);
    }
    char elsewhere[FILE_PATH_MAX];
    if (!readable) {
        whereabouts_advise(sync->log_directory, sync->file_pattern, err);
    } else if (!any && !scan_stopped(scan) &&
               whereabouts_virtual(sync->log_directory, sync->file_pattern, elsewhere,
                                   sizeof elsewhere)) {
        readable = whereabouts_set(elsewhere, err);
    }
    tell_folder(scan, readable, err);
    bool done = readable && !scan_stopped(scan);
    if (done && kind == SCAN_READ) {
        note_rules(scan);
    }
    return done;
}
