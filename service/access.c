#include "access.h"

#include "store.h"
#include "ticker.h"

#include <stdlib.h>

#include "system/clock.h"
#include "vendor/vendor_tell.h"

enum {
    RETRY_S = 30,     /* while the file cannot be had, if rounds are further apart */
    ASKED_ROUNDS = 2, /* a page is taken once it was the same twice */
    MS_A_S = 1000,
};

struct access_thread {
    const struct config *config;
    struct access_events handles;
    struct ticker ticker;
    struct outbox *outbox;
    struct vendor *vendor;
    struct vendor_tell tell;
    int asked;       /* rounds that are to be made as soon as may be */
    int64_t ended_s; /* the last round; steady seconds */
};

/* ---- what a round needs ---- */

static bool is_stopped(void *context)
{
    const struct access_thread *thread = context;
    return ticker_stopped(&thread->ticker, 0);
}

static bool pause_round(void *context, unsigned ms)
{
    const struct access_thread *thread = context;
    return !ticker_stopped(&thread->ticker, ms);
}

static void tell_appended(void *context)
{
    const struct access_thread *thread = context;
    SetEvent(thread->handles.appended);
}

/* ---- the thread ---- */

/* When the next round is due, in seconds from now. */
static int64_t make_round(struct access_thread *thread)
{
    const struct config_access *config = &thread->config->access;
    int64_t now_s = clock_unix();
    const struct vendor_moment moment = {now_s, clock_zone.local(clock_zone.context, now_s)};
    const struct vendor_service service = {
        .stopped = is_stopped,
        .pause = pause_round,
        .appended = tell_appended,
        .context = thread,
        .max_mb = thread->config->outbox.max_mb,
    };
    struct vendor_summary summary;
    struct error err = ERROR_INIT;
    (void)vendor_round(thread->vendor, thread->outbox, config, &moment, &service, &summary, &err);
    vendor_tell(&thread->tell, thread->outbox, &summary, clock_unix(), clock_steady());
    thread->ended_s = clock_steady();
    thread->asked -= thread->asked > 0;
    if (thread->asked > 0) {
        return VENDOR_LEAST_S;
    }
    bool later = summary.state == VENDOR_LATER && config->every_s > RETRY_S;
    return later ? RETRY_S : config->every_s;
}

/* Until a round is due or asked for; then no sooner than VENDOR_LEAST_S after the last. */
static void wait(struct access_thread *thread, int64_t seconds)
{
    const HANDLE handles[] = {thread->ticker.stop, thread->ticker.timer, thread->handles.now};
    int64_t due_s = thread->ended_s + seconds;
    for (;;) {
        int64_t left = due_s - clock_steady();
        LARGE_INTEGER due;
        if (left <= 0) {
            return;
        }
        due.QuadPart = -left * INT64_C(10000000); /* from now, in 100 ns */
        SetWaitableTimer(thread->ticker.timer, &due, 0, NULL, NULL, FALSE);
        DWORD what = WaitForMultipleObjects(3, handles, FALSE, (DWORD)(left + 1) * MS_A_S);
        if (what == WAIT_OBJECT_0) {
            return;
        }
        if (what == WAIT_OBJECT_0 + 2) {
            thread->asked = ASKED_ROUNDS;
            due_s = thread->ended_s + VENDOR_LEAST_S;
        }
    }
}

static unsigned __stdcall run(void *context)
{
    struct access_thread *thread = context;
    while (!is_stopped(thread)) {
        int64_t seconds = make_round(thread);
        wait(thread, seconds);
    }
    return 0;
}

struct access_thread *access_start(const struct config *config, const struct event_sink *events,
                                   const struct access_events *handles, struct error *err)
{
    struct access_thread *thread = calloc(1, sizeof *thread);
    if (thread == NULL) {
        error_set(err, ERR_MEMORY, 0, "cannot start the access thread: no memory");
        return NULL;
    }
    thread->config = config;
    thread->handles = *handles;
    thread->outbox = store_open(config, STORE_FOR_WORK, err);
    if (thread->outbox == NULL || !vendor_tell_begin(&thread->tell, events, config->access.path,
                                                     config->access.every_s, thread->outbox, err)) {
        goto failed;
    }
    thread->vendor = vendor_new(err);
    if (thread->vendor == NULL) {
        goto failed;
    }
    if (!ticker_start(&thread->ticker, "access", run, thread, err)) {
        goto failed;
    }
    return thread;

failed:
    access_free(thread);
    return NULL;
}

HANDLE access_stop(struct access_thread *thread)
{
    return ticker_stop(&thread->ticker);
}

void access_free(struct access_thread *thread)
{
    if (thread == NULL) {
        return;
    }
    vendor_free(thread->vendor);
    outbox_close(thread->outbox);
    ticker_free(&thread->ticker);
    free(thread);
}
