#include "logs/scan_private.h"

#include <inttypes.h>
#include <stdio.h>

#include "outbox/outbox_spent.h"

enum {
    PAUSE_MS = 2, /* between two transactions: whoever waits for the outbox looks again and again */
    ROOM_LIMIT_MS = 60 * 1000, /* how long room in the outbox is waited for that does not grow */
    ROOM_PAUSE_MS = 250,
    ASIDE_LINES_MAX = 1000,      /* of a file, in the outbox */
    ROOM_LEAST = 6 * SCAN_CHUNK, /* a piece of the shortest lines takes no more */
};

/* In the outbox, where it holds back what is told complete. All are in the file beside the archive:
 * who has looked at so many has looked there. */
static bool set_aside(struct scan *scan, const struct logfile_line *line, walltime now,
                      struct error *err)
{
    enum outbox_kept kept;
    const struct outbox_rejection rejection = {.device_sn = scan->source.device_sn,
                                               .bytes = line->punch.raw,
                                               .reason = line->reason,
                                               .file = scan->file.id,
                                               .wall = now,
                                               .after = scan->before};
    scan->any_age = scan->any_age || scan->before == 0;
    return scan->aside++ >= ASIDE_LINES_MAX ||
           (scan_begin(scan, err) &&
            outbox_reject(scan->outbox, &rejection, scan_unix(scan), &kept, err));
}

static bool reject_line(struct scan *scan, const struct logfile_line *line, struct error *err)
{
    walltime now = scan->service.zone->local(scan->service.zone->context, scan_unix(scan));
    scan->file.rejected_count++;
    return rejects_line(&scan->rejects, scan->file.name, now, line, err) &&
           set_aside(scan, line, now, err);
}

/* Logs are written as time goes on, so that a line is no older than the one before it; where they
 * are not, it may be as old as any. */
static void note_time(struct scan *scan, walltime time)
{
    scan->any_age = scan->any_age || time < scan->before;
    scan->before = time;
}

/* ---- reading ---- */

static bool append(struct scan *scan, const struct punch *punch, struct error *err)
{
    enum outbox_added added;
    if (!scan_begin(scan, err) ||
        !outbox_append(scan->outbox, punch, scan->file.id, scan_unix(scan), &added, err)) {
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
    int64_t since = scan_steady_ms(scan);
    for (;;) {
        if (!outbox_used(scan->outbox, &used, err)) {
            return false;
        }
        if (used < most - room) {
            return true;
        }
        if (used < least) {
            since = scan_steady_ms(scan);
        }
        least = used < least ? used : least;
        if (scan_steady_ms(scan) - since >= ROOM_LIMIT_MS) {
            return error_set(err, ERR_FULL, 0,
                             "the outbox is full and the database takes nothing. It is read again "
                             "at the next run");
        }
        scan->service.appended(
            scan->service.context); /* it looks for room when it has something to do */
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
    if (!scan_note_file(scan, OUTBOX_SCAN_READING, "", err) || !scan_commit(scan, err)) {
        return false;
    }
    enum outbox_spent_on on = outbox_spend(scan->outbox, OUTBOX_SPENT_WAIT);
    bool goes_on = scan->service.pause(scan->service.context, PAUSE_MS)
                       ? wait_for_room(scan, err)
                       : error_set(err, ERR_STOPPED, 0, "told to stop");
    (void)outbox_spend(scan->outbox, on);
    return goes_on;
}

static bool take_line(void *context, const struct logfile_line *line, struct error *err)
{
    struct scan *scan = context;
    struct punch punch = line->punch;
    if (line->reason != NULL) {
        return reject_line(scan, line, err);
    }
    source_settle(&scan->source, &punch);
    note_time(scan, punch.time);
    return append(scan, &punch, err) &&
           (!outbox_awaited(scan->outbox) || scan_let_others(scan, err));
}

/* One reading of the whole file; the first, without facts, only learns them. */
static bool read_lines(struct scan *scan, struct folder_file *handle,
                       const struct logline_facts *facts, struct error *err)
{
    logfile_begin(&scan->reader, scan->source.device_sn, facts != NULL ? take_line : NULL, scan);
    logfile_set_encoding(&scan->reader, source_encoding(&scan->config->sync));
    logfile_set_columns(&scan->reader, &scan->config->sync.columns);
    if (facts != NULL) {
        logfile_set_facts(&scan->reader, facts);
    }
    if (!folder_rewind(handle, err)) {
        return false;
    }
    for (;;) {
        size_t got = 0;
        if (scan_stopped(scan)) {
            return error_set(err, ERR_STOPPED, 0, "told to stop");
        }
        (void)outbox_spend(scan->outbox, OUTBOX_SPENT_COPY);
        bool read = folder_read(handle, scan->chunk, SCAN_CHUNK, &got, err);
        (void)outbox_spend(scan->outbox, OUTBOX_SPENT_PARSE);
        if (!read) {
            return false;
        }
        if (got == 0) {
            return logfile_end(&scan->reader, err);
        }
        scan->done += facts != NULL ? (int64_t)got : 0;
        if (!logfile_feed(&scan->reader, (struct span){scan->chunk, got}, err) ||
            !take_turns(scan, err)) {
            return false;
        }
    }
}

static bool read_twice(struct scan *scan, struct folder_file *handle, struct error *err)
{
    source_of(&scan->config->sync, scan->file.name, &scan->source);
    if (!read_lines(scan, handle, NULL, err)) {
        return false;
    }
    scan->facts = *logfile_facts(&scan->reader);
    return read_lines(scan, handle, &scan->facts, err);
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
    if (!scan_is_log(file)) {
        event_report(scan->events, EVENT_LOG_FILE_FAILED, scan->path,
                     "no line of it could be understood as a punch. \"hipctl check-log\" shows "
                     "why; it is looked at again when it changes.",
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

static bool settle_rejects(struct scan *scan, struct error *err)
{
    return scan_begin(scan, err) &&
           outbox_rejected_of_file(scan->outbox, scan->file.id, scan->began_s, scan->any_age, err);
}

bool scan_read_file(struct scan *scan, struct folder_file *handle,
                    const struct folder_version *version, struct error *err)
{
    bool had_rejects = scan->file.rejected_count > 0;
    scan->file.new_count = scan->file.known_count = 0;
    scan->file.ignored_count = scan->file.rejected_count = 0;
    scan->size = version->size;
    scan->done = 0;
    scan->began_s = scan_unix(scan);
    scan->before = 0;
    scan->aside = 0;
    scan->any_age = false;
    rejects_begin(&scan->rejects, &scan->archive);
    enum outbox_spent_on on = outbox_spend(scan->outbox, OUTBOX_SPENT_PARSE);
    /* The lines are on the disk before the record says that the file has been read. */
    bool done = read_twice(scan, handle, err) && finish_rejects(scan, had_rejects, err) &&
                settle_rejects(scan, err) && scan_commit(scan, err) && set_high_id(scan, err);
    rejects_drop(&scan->rejects);
    if (done) {
        scan->file.size = version->size;
        scan->file.modified_s = folder_changed_s(version);
        scan->file.changed = version->changed;
        scan->file.volume = version->volume;
        scan->file.number = version->number;
        scan->file.read_s = scan_unix(scan);
        done = scan_save_file(scan, scan_state_of(&scan->file), "", err);
    }
    (void)outbox_spend(scan->outbox, on);
    if (done) {
        tell_read(scan);
    }
    return done;
}
