#include "sync.h"

#include "store.h"
#include "ticker.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "logs/expire.h"
#include "logs/scan.h"
#include "outbox/outbox_note.h"
#include "outbox/outbox_scan.h"
#include "system/clock.h"

enum {
    DAY_S = 86400,
    FOLDER_RETRY_S = 60,        /* while the log folder cannot be read */
    THROUGH_LIMIT_MS = 60000,   /* how long a run waits for its files to be through */
    PASS_PAUSE_MS = 250,        /* between two looks at what is through … */
    PASS_EVERY_MS = 5000,       /* … and how far apart they are at most, in a run … */
    PASS_SELDOM_MS = 60 * 1000, /* … and after it */
    LOOK_MS = 5 * 60 * 1000, /* that the folder is gone, or the time zone another, nobody tells */
};

#define TICKS_PER_SECOND INT64_C(10000000)
#define UNIX_EPOCH_S INT64_C(11644473600) /* 1970 in seconds since 1601 */

struct sync {
    const struct config *config;
    const struct event_sink *events;
    struct sync_events handles;
    struct ticker ticker;
    struct outbox *outbox;
    struct scan *scan;

    int64_t last_run;   /* Unix seconds; INT64_MIN = never */
    bool asked;         /* a run is asked for */
    bool owed;          /* a run that was asked for found no folder */
    int64_t not_before; /* steady seconds: the folder is tried again then */
    struct outbox_scan run;
    size_t pending; /* files that wait for the database */
};

static bool stopped(const struct sync *sync)
{
    return ticker_stopped(&sync->ticker, 0);
}

/* ---- what a pass needs ---- */

static bool is_stopped(void *context)
{
    return stopped(context);
}

static bool pause_pass(void *context, unsigned ms)
{
    const struct sync *sync = context;
    return !ticker_stopped(&sync->ticker, ms);
}

static void tell_appended(void *context)
{
    const struct sync *sync = context;
    SetEvent(sync->handles.appended);
}

static int64_t unix_now(void *context)
{
    (void)context;
    return clock_unix();
}

static int64_t steady_ms(void *context)
{
    (void)context;
    return clock_steady_ms();
}

/* ---- what lasts ---- */

/* A note that cannot be written costs a run that adds nothing: not worth telling. */
static void note_text(struct sync *sync, enum outbox_note which, const char *text)
{
    struct error ignored = ERROR_INIT;
    if (!outbox_begin(sync->outbox, &ignored)) {
        return;
    }
    if (!outbox_note(sync->outbox, which, text, &ignored) ||
        !outbox_commit(sync->outbox, &ignored)) {
        outbox_rollback(sync->outbox);
    }
}

static void note(struct sync *sync, enum outbox_note which, int64_t unix_s)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, unix_s);
    note_text(sync, which, text);
}

static void recall_last_run(struct sync *sync)
{
    char text[OUTBOX_NOTE_MAX + 1];
    struct error ignored = ERROR_INIT;
    sync->last_run = INT64_MIN;
    if (outbox_noted(sync->outbox, OUTBOX_NOTE_SYNC_LAST_RUN, text, &ignored) && text[0] != '\0') {
        sync->last_run = strtoll(text, NULL, 10);
    }
}

/* ---- a run ---- */

static void tell_summary(struct sync *sync, const struct scan_sums *sums, ULONGLONG ms)
{
    const uint64_t values[] = {sums->files,    sums->fresh,    sums->known,      sums->ignored,
                               sums->rejected, sums->archived, (ms + 500) / 1000};
    char texts[HB_COUNT(values)][24];
    char text[OUTBOX_NOTE_MAX + 1];
    for (size_t i = 0; i < HB_COUNT(values); i++) {
        snprintf(texts[i], sizeof texts[i], "%" PRIu64, values[i]);
    }
    snprintf(
        text, sizeof text,
        "%s files read: %s punches new, %s known, %s before ignore_before; %s lines set aside, "
        "%s files archived, %s s",
        texts[0], texts[1], texts[2], texts[3], texts[4], texts[5], texts[6]);
    note_text(sync, OUTBOX_NOTE_SYNC_SUMMARY, text);
    char unread[LOG_NAME_MAX + 32] = "-";
    if (sums->unread == 1) {
        snprintf(unread, sizeof unread, "%s", sums->unread_name);
    } else if (sums->unread > 1) {
        snprintf(unread, sizeof unread, "%" PRIu64 " (%s, ...)", sums->unread, sums->unread_name);
    }
    event_report(sync->events, EVENT_SYNC_SUMMARY, texts[0], texts[1], texts[2], texts[3], texts[4],
                 texts[5], texts[6], unread, (const char *)NULL);
}

/* For whoever asked for the run: only a display. */
static void show_run(struct sync *sync, bool begins)
{
    struct error ignored = ERROR_INIT;
    if (!outbox_begin(sync->outbox, &ignored)) {
        return;
    }
    bool done = begins ? outbox_scan_begin(sync->outbox, clock_unix(), &sync->run, &ignored)
                       : outbox_scan_save(sync->outbox, &sync->run, &ignored);
    if (!done || !outbox_commit(sync->outbox, &ignored)) {
        outbox_rollback(sync->outbox);
    }
}

/* A run that a kill or a power cut ended. */
static void end_stale_run(struct sync *sync)
{
    struct error ignored = ERROR_INIT;
    if (!outbox_scan_read(sync->outbox, &sync->run, &ignored) || sync->run.number == 0 ||
        sync->run.ended_s != 0) {
        return;
    }
    sync->run.ended_s = clock_unix();
    snprintf(sync->run.trouble, sizeof sync->run.trouble, "the service was stopped");
    show_run(sync, false);
}

/* Archives as the uploader gets on, until another run is asked for. False: told to stop. */
static bool archive_meanwhile(struct sync *sync, struct scan_sums *sums)
{
    const HANDLE handles[] = {sync->ticker.stop, sync->handles.advanced};
    const HANDLE enders[] = {sync->ticker.stop, sync->handles.now};
    ULONGLONG limit = GetTickCount64() + THROUGH_LIMIT_MS;
    while (sync->pending > 0 && GetTickCount64() < limit) {
        struct error err = ERROR_INIT;
        if (WaitForMultipleObjects(2, handles, FALSE, PASS_EVERY_MS) == WAIT_OBJECT_0) {
            return false;
        }
        DWORD ended = WaitForMultipleObjects(2, enders, FALSE, PASS_PAUSE_MS);
        if (ended == WAIT_OBJECT_0) {
            return false;
        }
        sync->asked = ended == WAIT_OBJECT_0 + 1;
        if (!scan_pass(sync->scan, SCAN_ARCHIVE, sums, &sync->pending, &err)) {
            return !stopped(sync);
        }
        if (sync->asked) {
            break;
        }
    }
    return true;
}

/* A run, when the folder can be read again. */
static void owe(struct sync *sync)
{
    sync->owed = true;
    sync->not_before = clock_steady() + FOLDER_RETRY_S;
}

/* The folder cannot be read, or the service stops. */
static void break_off(struct sync *sync, const struct error *err)
{
    owe(sync);
    sync->run.ended_s = clock_unix();
    snprintf(sync->run.trouble, sizeof sync->run.trouble, "%s",
             err->kind != ERR_NONE ? err->text : "the service was stopped");
    show_run(sync, false);
}

/* Archived logs that have been kept long enough. */
static void expire(struct sync *sync)
{
    const struct config_sync *config = &sync->config->sync;
    const struct archive archive = {.folder = config->archive_directory,
                                    .logs = config->log_directory,
                                    .stopped = is_stopped,
                                    .context = sync,
                                    .disk = &archive_disk};
    struct error err = ERROR_INIT;
    char count_text[24];
    char days_text[24];
    uint64_t count = 0;
    if (config->archive_retain_days <= 0) {
        return;
    }
    bool fine =
        expire_logs(&archive, sync->outbox,
                    clock_unix() - (int64_t)config->archive_retain_days * DAY_S, &count, &err);
    if (count > 0) {
        snprintf(count_text, sizeof count_text, "%" PRIu64, count);
        snprintf(days_text, sizeof days_text, "%d", config->archive_retain_days);
        event_report(sync->events, EVENT_ARCHIVE_EXPIRED, count_text, days_text,
                     (const char *)NULL);
    }
    if (!fine) {
        event_report(sync->events, EVENT_LOG_FILE_FAILED, config->archive_directory, err.text,
                     (const char *)NULL);
    }
}

static void make_run(struct sync *sync)
{
    struct scan_sums sums = {0};
    struct error err = ERROR_INIT;
    ULONGLONG began = GetTickCount64();
    int64_t started = clock_unix(); /* a long run may hide the next one's time, but not skip it */
    show_run(sync, true);
    if (!scan_pass(sync->scan, SCAN_READ, &sums, &sync->pending, &err)) {
        break_off(sync, &err);
        return;
    }
    sync->owed = false;
    sync->last_run = started;
    note(sync, OUTBOX_NOTE_SYNC_LAST_RUN, sync->last_run);
    sync->run.read_s = clock_unix();
    show_run(sync, false);
    if (!archive_meanwhile(sync, &sums)) {
        return;
    }
    sync->run.ended_s = clock_unix();
    show_run(sync, false);
    tell_summary(sync, &sums, GetTickCount64() - began);
    expire(sync);
}

/* ---- the thread ---- */

/* Whether a run was due since the last one. */
static bool is_missed(struct sync *sync, int64_t now)
{
    if (sync->last_run > now) {
        sync->last_run = now; /* the clock was put back; runs go on from here */
    }
    return schedule_last(&sync->config->sync.upload_times, &clock_zone, now) > sync->last_run;
}

static void set_timer(struct sync *sync, int64_t now)
{
    int64_t due = schedule_next(&sync->config->sync.upload_times, &clock_zone, now);
    if (due == INT64_MAX) {
        CancelWaitableTimer(sync->ticker.timer);
        return;
    }
    LARGE_INTEGER absolute = {.QuadPart = (due + UNIX_EPOCH_S) * TICKS_PER_SECOND};
    SetWaitableTimer(sync->ticker.timer, &absolute, 0, NULL, NULL, FALSE);
    note(sync, OUTBOX_NOTE_SYNC_NEXT_RUN, due);
}

/* Until there is something to do. */
static void wait(struct sync *sync, bool due)
{
    const HANDLE handles[] = {sync->ticker.stop, sync->handles.now, sync->handles.clock_changed,
                              sync->ticker.timer, sync->handles.advanced};
    struct scan_sums ignored = {0};
    struct error err = ERROR_INIT;
    bool waits = sync->pending > 0;
    DWORD ms = due ? FOLDER_RETRY_S * 1000 : waits ? PASS_SELDOM_MS : LOOK_MS;
    /* The uploader's progress concerns this thread only while files wait for it. */
    DWORD what = WaitForMultipleObjects(waits ? 5 : 4, handles, FALSE, ms);
    sync->asked = what == WAIT_OBJECT_0 + 1;
    bool looks = (waits && what == WAIT_OBJECT_0 + 4) || (!due && what == WAIT_TIMEOUT);
    if (looks && !ticker_stopped(&sync->ticker, PASS_PAUSE_MS) &&
        !scan_pass(sync->scan, SCAN_ARCHIVE, &ignored, &sync->pending, &err) && !stopped(sync) &&
        sync->config->sync.upload_times.count > 0) {
        owe(sync); /* once the folder is back it is read, and not at the next time of day */
    }
}

static unsigned __stdcall run(void *context)
{
    struct sync *sync = context;
    struct scan_sums ignored = {0};
    struct error err = ERROR_INIT;
    recall_last_run(sync);
    end_stale_run(sync);
    scan_pass(sync->scan, SCAN_ARCHIVE, &ignored, &sync->pending, &err);
    while (!stopped(sync)) {
        int64_t now = clock_unix();
        bool due = sync->owed || is_missed(sync, now);
        if (sync->asked || (due && clock_steady() >= sync->not_before)) {
            sync->asked = false;
            make_run(sync);
            continue;
        }
        set_timer(sync, now);
        wait(sync, due);
    }
    return 0;
}

struct sync *sync_start(const struct config *config, const struct event_sink *events,
                        const struct sync_events *handles, struct error *err)
{
    struct sync *sync = calloc(1, sizeof *sync);
    if (sync == NULL) {
        error_set(err, ERR_MEMORY, 0, "cannot start the sync thread: no memory");
        return NULL;
    }
    sync->config = config;
    sync->events = events;
    sync->handles = *handles;
    sync->outbox = store_open(config, STORE_FOR_WORK, err);
    if (sync->outbox == NULL) {
        goto failed;
    }
    const struct scan_service service = {
        .stopped = is_stopped,
        .pause = pause_pass,
        .appended = tell_appended,
        .unix_s = unix_now,
        .steady_ms = steady_ms,
        .zone = &clock_zone,
        .context = sync,
    };
    sync->scan = scan_new(config, sync->outbox, events, &service, err);
    if (sync->scan == NULL) {
        goto failed;
    }
    if (!ticker_start(&sync->ticker, "sync", run, sync, err)) {
        goto failed;
    }
    return sync;

failed:
    sync_free(sync);
    return NULL;
}

HANDLE sync_stop(struct sync *sync)
{
    return ticker_stop(&sync->ticker);
}

void sync_free(struct sync *sync)
{
    if (sync == NULL) {
        return;
    }
    scan_free(sync->scan);
    outbox_close(sync->outbox);
    ticker_free(&sync->ticker);
    free(sync);
}
