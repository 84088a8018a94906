#include "scan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive.h"
#include "pace/condition.h"
#include "folder.h"
#include "formats/logfile.h"
#include "outbox/outbox_scan.h"
#include "systime.h"
#include "pace/tally.h"

enum {
    CHUNK =
        128 * 1024, /* a transaction each: some 20 ms, so that the listener never waits long … */
    PAUSE_MS = 2,   /* … and gets its turn: whoever waits for the outbox looks again and again */
    ROOM_LIMIT_MS = 60 * 1000, /* how long room in the outbox is waited for that does not grow */
    ROOM_PAUSE_MS = 250,
    ROOM_LEAST = 6 * CHUNK,      /* a piece of the shortest lines takes no more */
    REJECTED_LINES_MAX = 100000, /* of one file; the rest is counted */
};

struct scan {
    const struct config *config;
    struct outbox *outbox;
    const struct event_sink *events;
    HANDLE stop;
    HANDLE appended;
    struct archive archive;
    struct condition folder_away;
    struct tally in_use;
    struct tally failed;

    /* the pass in progress */
    struct scan_sums *sums;
    struct folder_list list;

    /* the file in progress */
    struct outbox_file file;
    char path[FILE_PATH_MAX];
    char rejected_path[FILE_PATH_MAX];
    HANDLE rejected;
    bool in_transaction;
    bool fresh;
    int64_t size; /* of the file */
    int64_t done; /* bytes read of it */
    struct outbox_scan_file note;
    struct logfile_reader reader;
    char chunk[CHUNK];
    char text[PUNCH_RAW_MAX + 256];
};

struct scan *scan_new(const struct config *config, struct outbox *outbox,
                      const struct event_sink *events, HANDLE stop, HANDLE appended,
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
    scan->stop = stop;
    scan->appended = appended;
    scan->archive =
        (struct archive){config->sync.archive_directory, config->sync.log_directory, stop};
    scan->rejected = INVALID_HANDLE_VALUE;
    return scan;
}

void scan_free(struct scan *scan)
{
    free(scan);
}

static bool stopped(const struct scan *scan)
{
    return WaitForSingleObject(scan->stop, 0) == WAIT_OBJECT_0;
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
        SetEvent(scan->appended);
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

static bool write_rejected(struct scan *scan, int len, struct error *err)
{
    DWORD written = 0;
    size_t bytes = len < 0 ? 0 : (size_t)len;
    if (bytes >= sizeof scan->text) {
        bytes = sizeof scan->text - 1;
    }
    return WriteFile(scan->rejected, scan->text, (DWORD)bytes, &written, NULL) ||
           error_set(err, ERR_SYSTEM, (long)GetLastError(), "cannot write to %s (error %lu)",
                     scan->rejected_path, GetLastError());
}

static bool open_rejected(struct scan *scan, struct error *err)
{
    char name[LOG_NAME_MAX + sizeof ARCHIVE_REJECTED_SUFFIX];
    char now[WALLTIME_TEXT_MAX];
    const char *archive = scan->config->sync.archive_directory;
    snprintf(name, sizeof name, "%s" ARCHIVE_REJECTED_SUFFIX, scan->file.name);
    if (!file_resolve(archive, name, scan->rejected_path, sizeof scan->rejected_path)) {
        return error_set(err, ERR_INVALID, 0, "the path %s\\%s is too long", archive, name);
    }
    if (!file_make_folder(archive, err) ||
        !folder_append(scan->rejected_path, &scan->rejected, err)) {
        return false;
    }
    walltime_text(systime_zone.local(systime_zone.context, systime_unix()), now);
    return write_rejected(
        scan, snprintf(scan->text, sizeof scan->text, "# %s, read at %s\r\n", scan->file.name, now),
        err);
}

static bool reject_line(struct scan *scan, const struct logfile_line *line, struct error *err)
{
    scan->file.rejected_count++;
    if (scan->file.rejected_count > REJECTED_LINES_MAX) {
        return true;
    }
    if (scan->rejected == INVALID_HANDLE_VALUE && !open_rejected(scan, err)) {
        return false;
    }
    int raw = (int)utf8_cut(line->punch.raw, PUNCH_RAW_MAX);
    return write_rejected(scan,
                          snprintf(scan->text, sizeof scan->text, "line %" PRIu64 ": %s: %.*s\r\n",
                                   line->number, line->reason, raw,
                                   raw > 0 ? line->punch.raw.at : ""),
                          err);
}

static void close_rejected(struct scan *scan)
{
    if (scan->rejected != INVALID_HANDLE_VALUE) {
        CloseHandle(scan->rejected);
    }
    scan->rejected = INVALID_HANDLE_VALUE;
}

/* The lines are on the disk before the record says that the file has been read. */
static bool finish_rejected(struct scan *scan, struct error *err)
{
    uint64_t count = scan->file.rejected_count;
    if (scan->rejected == INVALID_HANDLE_VALUE) {
        return true;
    }
    if (count > REJECTED_LINES_MAX &&
        !write_rejected(scan,
                        snprintf(scan->text, sizeof scan->text, "# and %" PRIu64 " more\r\n",
                                 count - REJECTED_LINES_MAX),
                        err)) {
        return false;
    }
    return FlushFileBuffers(scan->rejected) ||
           error_set(err, ERR_SYSTEM, (long)GetLastError(), "cannot write to %s (error %lu)",
                     scan->rejected_path, GetLastError());
}

/* ---- reading ---- */

static bool append(struct scan *scan, const struct punch *punch, struct error *err)
{
    enum outbox_added added;
    if (!begin(scan, err) ||
        !outbox_append(scan->outbox, punch, scan->file.id, systime_unix(), &added, err)) {
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
    ULONGLONG since = GetTickCount64();
    for (;;) {
        if (!outbox_used(scan->outbox, &used, err)) {
            return false;
        }
        if (used < most - room) {
            return true;
        }
        if (used < least) {
            since = GetTickCount64();
        }
        least = used < least ? used : least;
        if (GetTickCount64() - since >= ROOM_LIMIT_MS) {
            return error_set(err, ERR_FULL, 0,
                             "the outbox is full and the database takes nothing. It is read again "
                             "at the next run");
        }
        SetEvent(scan->appended); /* it looks for room when it has something to do */
        if (WaitForSingleObject(scan->stop, ROOM_PAUSE_MS) == WAIT_OBJECT_0) {
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
    Sleep(PAUSE_MS);
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

static bool read_lines(struct scan *scan, HANDLE handle, struct error *err)
{
    logfile_begin(&scan->reader, scan->config->sync.device_sn, take_line, scan);
    logfile_set_encoding(&scan->reader, encoding_of(scan->config->sync.encoding));
    for (;;) {
        DWORD got = 0;
        if (stopped(scan)) {
            return error_set(err, ERR_STOPPED, 0, "told to stop");
        }
        if (!ReadFile(handle, scan->chunk, CHUNK, &got, NULL)) {
            return error_set(err, ERR_SYSTEM, (long)GetLastError(), "cannot read %s (error %lu)",
                             scan->path, GetLastError());
        }
        if (got == 0) {
            return logfile_end(&scan->reader, err);
        }
        scan->done += got;
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
        event_report(scan->events, EVENT_LINES_SET_ASIDE, scan->path, count, scan->rejected_path,
                     (const char *)NULL);
    }
    if (!is_log(file)) {
        event_report(scan->events, EVENT_LOG_FILE_FAILED, scan->path,
                     "no line of it could be understood as a punch. See that it is a log of "
                     "HIP Premium Time; it is looked at again when it changes.",
                     (const char *)NULL);
    }
}

static bool read_file(struct scan *scan, HANDLE handle, const struct folder_version *version,
                      struct error *err)
{
    scan->file.new_count = scan->file.known_count = 0;
    scan->file.ignored_count = scan->file.rejected_count = 0;
    scan->size = version->size;
    scan->done = 0;
    bool done = read_lines(scan, handle, err) && finish_rejected(scan, err) && commit(scan, err) &&
                set_high_id(scan, err);
    close_rejected(scan);
    if (done) {
        scan->file.size = version->size;
        scan->file.modified_s = version->modified_s;
        scan->file.read_s = systime_unix();
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
static bool move_as(struct scan *scan, const char *name, struct error *err)
{
    snprintf(scan->file.archived_as, sizeof scan->file.archived_as, "%s", name);
    if (!save_file(scan, OUTBOX_SCAN_ARCHIVED, name, err)) {
        return false;
    }
    if (archive_move(&scan->archive, scan->file.name, name, err)) {
        return true;
    }
    scan->file.archived_as[0] = '\0';
    struct error undo = ERROR_INIT; /* the move's failure is the one to tell */
    if (!save_file(scan, OUTBOX_SCAN_WAITS, "", &undo)) {
        roll_back(scan);
    }
    return false;
}

static bool archive_file(struct scan *scan, struct error *err)
{
    char name[LOG_NAME_MAX];
    do {
        error_clear(err);
        if (!archive_name(&scan->archive, scan->file.name, name, err)) {
            return false;
        }
        if (move_as(scan, name, err)) {
            scan->sums->archived++;
            return true;
        }
    } while (err->kind == ERR_EXISTS); /* taken in this moment */
    return false;
}

/* ---- a file ---- */

static bool same_version(const struct outbox_file *file, const struct folder_version *version)
{
    return file->read_s != 0 && file->size == version->size &&
           file->modified_s == version->modified_s;
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
    if (tally_note(&scan->in_use, name, 1, systime_steady()) > 0) {
        event_report(scan->events, EVENT_LOG_FILE_IN_USE, scan->path, (const char *)NULL);
    }
}

/* Its own state is found by the caller; what was understood of it is in the database or on its way.
 */
static bool archive_if_through(struct scan *scan, bool *through, struct error *err)
{
    /* The caller's handle is open: what is moved is what was read, since nobody could write. */
    return outbox_file_uploaded(scan->outbox, &scan->file, through, err) &&
           (!*through || archive_file(scan, err));
}

static bool do_open_file(struct scan *scan, enum scan_kind kind, const char *name, HANDLE handle,
                         const struct folder_version *version, bool *waits, struct error *err)
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
    bool done = archive_if_through(scan, &through, err);
    *waits = done && !through;
    return done;
}

/* *waits: it has been read and is to be archived when the database has it. */
static bool do_file(struct scan *scan, enum scan_kind kind, const char *name, bool *waits,
                    struct error *err)
{
    struct folder_version version;
    HANDLE handle = INVALID_HANDLE_VALUE;
    *waits = false;
    scan->file = (struct outbox_file){0};
    scan->size = scan->done = 0;
    snprintf(scan->file.name, sizeof scan->file.name, "%s", name);
    if (!file_resolve(scan->config->sync.log_directory, name, scan->path, sizeof scan->path)) {
        return error_set(err, ERR_INVALID, 0, "its path is too long");
    }
    if (!folder_open(scan->path, &handle, &version, err)) {
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
    CloseHandle(handle);
    return done;
}

static void tell_file(struct scan *scan, const char *name, const struct error *err)
{
    if (err->kind == ERR_STOPPED || !file_exists(scan->path)) {
        return; /* not the file's fault; or it went while we looked */
    }
    show_file(scan, OUTBOX_SCAN_FAILED, err->text);
    if (tally_note(&scan->failed, name, 1, systime_steady()) > 0) {
        event_report(scan->events, EVENT_LOG_FILE_FAILED, scan->path, err->text,
                     (const char *)NULL);
    }
}

/* ---- the pass ---- */

static void tell_folder(struct scan *scan, bool readable, const struct error *err)
{
    const char *folder = scan->config->sync.log_directory;
    switch (condition_note(&scan->folder_away, !readable, systime_steady())) {
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
        tally_note(&scan->failed, scan->archive.folder, 1, systime_steady()) > 0) {
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
    bool readable = folder_list_open(&scan->list, scan->config->sync.log_directory,
                                     scan->config->sync.file_pattern, err);
    if (readable && kind == SCAN_READ) {
        mend_archive(scan);
    }
    while (readable && !stopped(scan) && folder_list_next(&scan->list, name, err)) {
        struct error own = ERROR_INIT;
        bool waits = false;
        if (archive_is_own(name)) {
            continue;
        }
        if (!do_file(scan, kind, name, &waits, &own)) {
            roll_back(scan);
            tell_file(scan, name, &own);
        }
        *pending += waits;
    }
    folder_list_close(&scan->list);
    readable = readable && err->kind == ERR_NONE;
    tell_folder(scan, readable, err);
    return readable && !stopped(scan);
}
