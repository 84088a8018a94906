#include "logs/scan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "logs/rejects.h"
#include "outbox/outbox_scan.h"
#include "pace/condition.h"
#include "pace/tally.h"

enum {
    CHUNK =
        128 * 1024, /* a transaction each: some 20 ms, so that the listener never waits long … */
    PAUSE_MS = 2,   /* … and gets its turn: whoever waits for the outbox looks again and again */
    ROOM_LIMIT_MS = 60 * 1000, /* how long room in the outbox is waited for that does not grow */
    ROOM_PAUSE_MS = 250,
    ROOM_LEAST = 6 * CHUNK, /* a piece of the shortest lines takes no more */
};

struct scan {
    const struct config *config;
    struct outbox *outbox;
    const struct event_sink *events;
    struct scan_service service;
    struct archive archive;
    struct condition folder_away;
    struct tally in_use;
    struct tally failed;

    /* the pass in progress */
    struct scan_sums *sums;

    /* the file in progress */
    struct outbox_file file;
    char path[FILE_PATH_MAX];
    struct rejects rejects;
    bool in_transaction;
    bool fresh;
    int64_t size; /* of the file */
    int64_t done; /* bytes read of it */
    struct outbox_scan_file note;
    struct logfile_reader reader;
    char chunk[CHUNK];
};

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
    return scan;
}

void scan_free(struct scan *scan)
{
    free(scan);
}

static bool stopped(const struct scan *scan)
{
    return scan->service.stopped(scan->service.context);
}

static void tell_appended(const struct scan *scan)
{
    scan->service.appended(scan->service.context);
}

static int64_t unix_now(const struct scan *scan)
{
    return scan->service.unix_s(scan->service.context);
}

static int64_t steady_ms(const struct scan *scan)
{
    return scan->service.steady_ms(scan->service.context);
}

static int64_t steady_now(const struct scan *scan)
{
    return steady_ms(scan) / 1000;
}

/* ---- the transaction ---- */

static bool begin(struct scan *scan, struct error *err)
{
    if (scan->in_transaction) {
        return true;
    }
    scan->in_transaction = outbox_begin(scan->outbox, err);
    return scan->in_transaction;
}

static bool commit(struct scan *scan, struct error *err)
{
    if (!scan->in_transaction) {
        return true;
    }
    if (!outbox_commit(scan->outbox, err)) {
        return false;
    }
    scan->in_transaction = false;
    if (scan->fresh) {
        tell_appended(scan);
    }
    scan->fresh = false;
    return true;
}

static void roll_back(struct scan *scan)
{
    if (scan->in_transaction) {
        outbox_rollback(scan->outbox);
    }
    scan->in_transaction = false;
    scan->fresh = false;
}

/* ---- what `hipctl sync-now` shows ---- */

/* In the transaction that is open: what is told of the file is what is stored of it. */
static bool note_file(struct scan *scan, enum outbox_scan_state state, const char *detail,
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
    return outbox_scan_note(scan->outbox, note, err);
}

/* By itself. Only a display: that it failed is not worth telling. */
static void show_file(struct scan *scan, enum outbox_scan_state state, const char *detail)
{
    struct error ignored = ERROR_INIT;
    if (!begin(scan, &ignored) || !note_file(scan, state, detail, &ignored) ||
        !commit(scan, &ignored)) {
        roll_back(scan);
    }
}

static bool save_file(struct scan *scan, enum outbox_scan_state state, const char *detail,
                      struct error *err)
{
    return begin(scan, err) && outbox_file_save(scan->outbox, &scan->file, err) &&
           note_file(scan, state, detail, err) && commit(scan, err);
}

static bool is_log(const struct outbox_file *file)
{
    return file->new_count + file->known_count + file->ignored_count > 0;
}

static enum outbox_scan_state state_of(const struct outbox_file *file)
{
    return is_log(file) ? OUTBOX_SCAN_WAITS : OUTBOX_SCAN_NO_LOG;
}

/* ---- lines that are none ---- */

static bool reject_line(struct scan *scan, const struct logfile_line *line, struct error *err)
{
    walltime now = scan->service.zone->local(scan->service.zone->context, unix_now(scan));
    scan->file.rejected_count++;
    return rejects_line(&scan->rejects, scan->file.name, now, line, err);
}

/* ---- reading ---- */

static bool append(struct scan *scan, const struct punch *punch, struct error *err)
{
    enum outbox_added added;
    if (!begin(scan, err) ||
        !outbox_append(scan->outbox, punch, scan->file.id, unix_now(scan), &added, err)) {
        return false;
    }
    switch (added) {
    case OUTBOX_NEW:
        scan->file.new_count++;
        scan->fresh = true;
        break;
    case OUTBOX_KNOWN:
    case OUTBOX_REFUSED:
        scan->file.known_count++;
        break;
    case OUTBOX_IGNORED:
        scan->file.ignored_count++;
        break;
    }
    return true;
}

/*
 * A log must not take the room that terminals need: near the bound it waits for the uploader, which
 * forgets punches as they go up.
 */
static bool wait_for_room(struct scan *scan, struct error *err)
{
    int64_t most = (int64_t)scan->config->outbox.max_mb * 1024 * 1024;
    int64_t room = most / 20 > ROOM_LEAST ? most / 20 : ROOM_LEAST;
    int64_t used = 0;
    int64_t least = INT64_MAX;
    int64_t since = steady_ms(scan);
    for (;;) {
        if (!outbox_used(scan->outbox, &used, err)) {
            return false;
        }
        if (used < most - room) {
            return true;
        }
        if (used < least) {
            since = steady_ms(scan);
        }
        least = used < least ? used : least;
        if (steady_ms(scan) - since >= ROOM_LIMIT_MS) {
            return error_set(err, ERR_FULL, 0,
                             "the outbox is full and the database takes nothing. It is read again "
                             "at the next run");
        }
        tell_appended(scan); /* it looks for room when it has something to do */
        if (!scan->service.pause(scan->service.context, ROOM_PAUSE_MS)) {
            return error_set(err, ERR_STOPPED, 0, "told to stop");
        }
    }
}

/* No transaction is open while the disk or the network share is waited for. */
static bool take_turns(struct scan *scan, struct error *err)
{
    if (!scan->in_transaction || scan->done == scan->size) {
        return true;
    }
    if (!note_file(scan, OUTBOX_SCAN_READING, "", err) || !commit(scan, err)) {
        return false;
    }
    if (!scan->service.pause(scan->service.context, PAUSE_MS)) {
        return error_set(err, ERR_STOPPED, 0, "told to stop");
    }
    return wait_for_room(scan, err);
}

static bool take_line(void *context, const struct logfile_line *line, struct error *err)
{
    struct scan *scan = context;
    return line->reason != NULL ? reject_line(scan, line, err) : append(scan, &line->punch, err);
}

static enum encoding encoding_of(enum config_encoding configured)
{
    static const enum encoding encodings[] = {
        [CONFIG_ENCODING_AUTO] = ENCODING_AUTO,       [CONFIG_ENCODING_UTF8] = ENCODING_UTF8,
        [CONFIG_ENCODING_UTF16LE] = ENCODING_UTF16LE, [CONFIG_ENCODING_UTF16BE] = ENCODING_UTF16BE,
        [CONFIG_ENCODING_874] = ENCODING_874,         [CONFIG_ENCODING_1252] = ENCODING_1252,
    };
    return encodings[configured];
}

static bool read_lines(struct scan *scan, struct folder_file *handle, struct error *err)
{
    logfile_begin(&scan->reader, scan->config->sync.device_sn, take_line, scan);
    logfile_set_encoding(&scan->reader, encoding_of(scan->config->sync.encoding));
    for (;;) {
        size_t got = 0;
        if (stopped(scan)) {
            return error_set(err, ERR_STOPPED, 0, "told to stop");
        }
        if (!folder_read(handle, scan->chunk, CHUNK, &got, err)) {
            return false;
        }
        if (got == 0) {
            return logfile_end(&scan->reader, err);
        }
        scan->done += (int64_t)got;
        if (!logfile_feed(&scan->reader, (struct span){scan->chunk, got}, err) ||
            !take_turns(scan, err)) {
            return false;
        }
    }
}

/* From where on the cursor says that each punch of the file is through, earlier ones included. */
static bool set_high_id(struct scan *scan, struct error *err)
{
    struct outbox_counts counts;
    scan->file.high_id = 0;
    if (scan->file.new_count + scan->file.known_count == 0) {
        return true;
    }
    if (!outbox_counts(scan->outbox, &counts, err)) {
        return false;
    }
    scan->file.high_id = counts.last_id;
    return true;
}

static void tell_read(struct scan *scan)
{
    const struct outbox_file *file = &scan->file;
    scan->sums->files++;
    scan->sums->fresh += file->new_count;
    scan->sums->known += file->known_count;
    scan->sums->ignored += file->ignored_count;
    scan->sums->rejected += file->rejected_count;

    if (file->rejected_count > 0) {
        char count[24];
        snprintf(count, sizeof count, "%" PRIu64, file->rejected_count);
        event_report(scan->events, EVENT_LINES_SET_ASIDE, scan->path, count, scan->rejects.path,
                     (const char *)NULL);
    }
    if (!is_log(file)) {
        event_report(scan->events, EVENT_LOG_FILE_FAILED, scan->path,
                     "no line of it could be understood as a punch. See that it is a log of "
                     "HIP Premium Time; it is looked at again when it changes.",
                     (const char *)NULL);
    }
}

/* What was written of an earlier version's lines is no longer true. */
static bool finish_rejects(struct scan *scan, bool had_some, struct error *err)
{
    if (scan->rejects.count > 0) {
        return rejects_finish(&scan->rejects, err);
    }
    return !had_some || rejects_forget(&scan->archive, scan->file.name, err);
}

static bool read_file(struct scan *scan, struct folder_file *handle,
                      const struct folder_version *version, struct error *err)
{
    bool had_rejects = scan->file.rejected_count > 0;
    scan->file.new_count = scan->file.known_count = 0;
    scan->file.ignored_count = scan->file.rejected_count = 0;
    scan->size = version->size;
    scan->done = 0;
    rejects_begin(&scan->rejects, &scan->archive);
    /* The lines are on the disk before the record says that the file has been read. */
    bool done = read_lines(scan, handle, err) && finish_rejects(scan, had_rejects, err) &&
                commit(scan, err) && set_high_id(scan, err);
    rejects_drop(&scan->rejects);
    if (done) {
        scan->file.size = version->size;
        scan->file.modified_s = folder_changed_s(version);
        scan->file.changed = version->changed;
        scan->file.volume = version->volume;
        scan->file.number = version->number;
        scan->file.read_s = unix_now(scan);
        done = save_file(scan, state_of(&scan->file), "", err);
    }
    if (done) {
        tell_read(scan);
    }
    return done;
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
    if (!save_file(scan, OUTBOX_SCAN_ARCHIVED, name, err)) {
        return false;
    }
    if (archive_move(&scan->archive, scan->file.name, name, version, err)) {
        return true;
    }
    scan->file.archived_as[0] = '\0';
    struct error undo = ERROR_INIT; /* the move's failure is the one to tell */
    if (!save_file(scan, OUTBOX_SCAN_WAITS, "", &undo)) {
        roll_back(scan);
    }
    return false;
}

static bool archive_file(struct scan *scan, const struct folder_version *version, struct error *err)
{
    char name[LOG_NAME_MAX];
    do {
        error_clear(err);
        if (!archive_name(&scan->archive, scan->file.name, name, err)) {
            return false;
        }
        if (move_as(scan, name, version, err)) {
            scan->sums->archived++;
            return true;
        }
    } while (err->kind == ERR_EXISTS); /* taken in this moment */
    return false;
}

/* ---- a file ---- */

static bool same_version(const struct outbox_file *file, const struct folder_version *version)
{
    const struct folder_version read = {file->size, file->changed, file->volume, file->number};
    return file->read_s != 0 && folder_same_version(&read, version);
}

/* The record of the file; in a pass that only archives none is made. */
static bool find_record(struct scan *scan, enum scan_kind kind, const char *name, struct error *err)
{
    if (!begin(scan, err) || !outbox_file_begin(scan->outbox, name, &scan->file, err)) {
        return false;
    }
    if (kind == SCAN_READ) {
        return commit(scan, err);
    }
    roll_back(scan);
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
    if (!same_version(&scan->file, version)) {
        if (kind == SCAN_ARCHIVE) {
            return true;
        }
        if (!read_file(scan, handle, version, err)) {
            return false;
        }
    } else if (kind == SCAN_READ) {
        scan->size = scan->done = version->size;
        show_file(scan, state_of(&scan->file), "");
    }
    if (!is_log(&scan->file)) {
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
            *waits =
                find_record(scan, kind, name, err) && scan->file.read_s != 0 && is_log(&scan->file);
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

bool scan_pass(struct scan *scan, enum scan_kind kind, struct scan_sums *sums, size_t *pending,
               struct error *err)
{
    char name[LOG_NAME_MAX];
    scan->sums = sums;
    *pending = 0;
    struct error end = ERROR_INIT;
    struct folder_list *list = folder_list_open(scan->config->sync.log_directory, err);
    bool readable = list != NULL;
    if (readable && kind == SCAN_READ) {
        mend_archive(scan);
    }
    while (readable && !stopped(scan) && folder_list_next(list, name, &end)) {
        struct error own = ERROR_INIT;
        bool waits = false;
        if (archive_is_own(name) || !folder_fits(scan->config->sync.file_pattern, name)) {
            continue;
        }
        if (!do_file(scan, kind, name, &waits, &own)) {
            roll_back(scan);
            tell_file(scan, name, &own);
        }
        *pending += waits;
    }
    folder_list_close(list);
    if (end.kind != ERR_NONE) {
        readable = error_set(err, end.kind, end.code, "%s", end.text);
    }
    tell_folder(scan, readable, err);
    return readable && !stopped(scan);
}
