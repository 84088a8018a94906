#include "sync.h"

#include <inttypes.h>
#include <process.h>
#include <stdio.h>
#include <stdlib.h>

#include "outbox.h"
#include "scan.h"
#include "systime.h"
#include "wide.h"

enum {
    FOLDER_RETRY_S = 60,      /* while the log folder cannot be read */
    RUN_LIMIT_MS = 60 * 1000, /* how long a run waits for its files to be through */
    PASS_PAUSE_MS = 250,      /* between two looks at what is through */
};

#define NOTE_LAST_RUN "sync.last_run"
#define NOTE_NEXT_RUN "sync.next_run"

struct sync {
    const struct config *config;
    const struct event_sink *events;
    struct sync_events handles;
    HANDLE stop; /* manual-reset */
    HANDLE timer;
    HANDLE thread;
    struct outbox *outbox;
    struct scan *scan;

    int64_t last_run;   /* Unix seconds; INT64_MIN = never */
    int64_t not_before; /* steady seconds: the folder is tried again then */
    size_t pending;     /* files that wait for the database */
};

static bool stopped(const struct sync *sync)
{
    return WaitForSingleObject(sync->stop, 0) == WAIT_OBJECT_0;
}

/* ---- what lasts ---- */

/* A note that cannot be written costs a run that adds nothing: not worth telling. */
static void note(struct sync *sync, const char *name, int64_t unix_s)
{
    char text[24];
    struct error ignored = ERROR_INIT;
    snprintf(text, sizeof(text), "%" PRId64, unix_s);
    if (!outbox_begin(sync->outbox, &ignored))
        return;
    if (!outbox_note(sync->outbox, name, text, &ignored) || !outbox_commit(sync->outbox, &ignored))
        outbox_rollback(sync->outbox);
}

static void recall_last_run(struct sync *sync)
{
    char text[OUTBOX_NOTE_MAX + 1];
    struct error ignored = ERROR_INIT;
    sync->last_run = INT64_MIN;
    if (outbox_noted(sync->outbox, NOTE_LAST_RUN, text, &ignored) && text[0] != '\0')
        sync->last_run = strtoll(text, NULL, 10);
}

/* ---- a run ---- */

static void tell_summary(const struct sync *sync, const struct scan_sums *sums, ULONGLONG ms)
{
    const uint64_t values[] = {sums->files,    sums->fresh,    sums->known,      sums->ignored,
                               sums->rejected, sums->archived, (ms + 500) / 1000};
    char texts[HB_COUNT(values)][24];
    for (size_t i = 0; i < HB_COUNT(values); i++)
        snprintf(texts[i], sizeof(texts[i]), "%" PRIu64, values[i]);
    event_report(sync->events, EVENT_SYNC_SUMMARY, texts[0], texts[1], texts[2], texts[3], texts[4],
                 texts[5], texts[6], (const char *)NULL);
}

/* Archives as the uploader gets on. False: told to stop. */
static bool archive_meanwhile(struct sync *sync, struct scan_sums *sums, ULONGLONG limit)
{
    const HANDLE handles[] = {sync->stop, sync->handles.advanced};
    while (sync->pending > 0) {
        ULONGLONG now = GetTickCount64();
        if (now >= limit)
            return true;
        if (WaitForMultipleObjects(2, handles, FALSE, (DWORD)(limit - now)) == WAIT_OBJECT_0 ||
            WaitForSingleObject(sync->stop, PASS_PAUSE_MS) == WAIT_OBJECT_0)
            return false;
        if (!scan_pass(sync->scan, SCAN_ARCHIVE, sums, &sync->pending))
            return !stopped(sync);
    }
    return true;
}

static void make_run(struct sync *sync)
{
    struct scan_sums sums = {0};
    ULONGLONG began = GetTickCount64();
    int64_t started = systime_unix(); /* a long run may hide the next one's time, but not skip it */
    if (!scan_pass(sync->scan, SCAN_READ, &sums, &sync->pending)) {
        sync->not_before = systime_steady() + FOLDER_RETRY_S;
        return;
    }
    sync->last_run = started;
    note(sync, NOTE_LAST_RUN, sync->last_run);
    if (archive_meanwhile(sync, &sums, began + RUN_LIMIT_MS))
        tell_summary(sync, &sums, GetTickCount64() - began);
}

/* ---- the thread ---- */

/* Whether a run was due since the last one. */
static bool is_missed(struct sync *sync, int64_t now)
{
    if (sync->last_run > now)
        sync->last_run = now; /* the clock was put back; runs go on from here */
    return schedule_last(&sync->config->sync.upload_times, &systime_zone, now) > sync->last_run;
}

static void set_timer(struct sync *sync, int64_t now)
{
    int64_t due = schedule_next(&sync->config->sync.upload_times, &systime_zone, now);
    if (due == INT64_MAX) {
        CancelWaitableTimer(sync->timer);
        return;
    }
    FILETIME time = systime_to_filetime(due);
    LARGE_INTEGER absolute;
    absolute.LowPart = time.dwLowDateTime;
    absolute.HighPart = (LONG)time.dwHighDateTime;
    SetWaitableTimer(sync->timer, &absolute, 0, NULL, NULL, FALSE);
    note(sync, NOTE_NEXT_RUN, due);
}

static unsigned __stdcall run(void *context)
{
    struct sync *sync = context;
    const HANDLE handles[] = {sync->stop, sync->handles.now, sync->handles.clock_changed,
                              sync->timer, sync->handles.advanced};
    struct scan_sums ignored = {0};
    recall_last_run(sync);
    scan_pass(sync->scan, SCAN_ARCHIVE, &ignored, &sync->pending);

    bool asked = false;
    while (!stopped(sync)) {
        int64_t now = systime_unix();
        bool missed = is_missed(sync, now);
        if (asked || (missed && systime_steady() >= sync->not_before)) {
            asked = false;
            make_run(sync);
            continue;
        }
        set_timer(sync, now);
        /* The uploader's progress concerns this thread only while files wait for it. */
        DWORD count = sync->pending > 0 ? 5 : 4;
        switch (WaitForMultipleObjects(count, handles, FALSE,
                                       missed ? FOLDER_RETRY_S * 1000 : INFINITE)) {
        case WAIT_OBJECT_0 + 1:
            asked = true;
            break;
        case WAIT_OBJECT_0 + 4:
            if (WaitForSingleObject(sync->stop, PASS_PAUSE_MS) == WAIT_TIMEOUT)
                scan_pass(sync->scan, SCAN_ARCHIVE, &ignored, &sync->pending);
            break;
        default:
            break;
        }
    }
    return 0;
}

struct sync *sync_start(const struct config *config, const struct event_sink *events,
                        const struct sync_events *handles, struct error *err)
{
    struct outbox_options options = {
        .max_mb = config->outbox.max_mb,
        .skip_pushed = config->sync.skip_pushed,
        .has_ignore_before = config->has_ignore_before,
        .ignore_before = config->ignore_before,
    };
    struct sync *sync = calloc(1, sizeof(*sync));
    if (sync == NULL) {
        error_set(err, ERR_MEMORY, 0, "cannot start the sync thread: no memory");
        return NULL;
    }
    sync->config = config;
    sync->events = events;
    sync->handles = *handles;
    sync->outbox = outbox_open(config->outbox.path, &options, err);
    if (sync->outbox == NULL)
        goto failed;
    sync->stop = CreateEventW(NULL, TRUE, FALSE, NULL);
    sync->timer = CreateWaitableTimerW(NULL, FALSE, NULL);
    if (sync->stop == NULL || sync->timer == NULL) {
        wide_error(err, GetLastError(), "cannot make the sync thread's timer");
        goto failed;
    }
    sync->scan = scan_new(config, sync->outbox, events, sync->stop, handles->appended, err);
    if (sync->scan == NULL)
        goto failed;
    sync->thread = (HANDLE)_beginthreadex(NULL, 0, run, sync, 0, NULL);
    if (sync->thread == NULL) {
        wide_error(err, GetLastError(), "cannot start the sync thread");
        goto failed;
    }
    return sync;

failed:
    sync_free(sync);
    return NULL;
}

HANDLE sync_stop(struct sync *sync)
{
    SetEvent(sync->stop);
    return sync->thread;
}

void sync_free(struct sync *sync)
{
    if (sync == NULL)
        return;
    scan_free(sync->scan);
    outbox_close(sync->outbox);
    if (sync->timer != NULL)
        CloseHandle(sync->timer);
    if (sync->stop != NULL)
        CloseHandle(sync->stop);
    if (sync->thread != NULL)
        CloseHandle(sync->thread);
    free(sync);
}
