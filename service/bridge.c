#include "bridge_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud/cloud.h"
#include "crash.h"
#include "frontage.h"
#include "guard.h"
#include "net/listen_list.h"
#include "net/own_address.h"
#include "net/port_refused.h"
#include "outbox/outbox_note.h"
#include "outbox/outbox_salvage.h"
#include "outbox/outbox_spent.h"
#include "store.h"
#include "system/clock.h"
#include "system/wide.h"

enum {
    SALVAGE_WAIT_MS = 60000,
    PORT_RETRY_MS = 5000,
    PORT_TOLD_MS = 60 * 60 * 1000, /* while it lasts, that it is refused */
};

bool bridge_signals_open(struct bridge_signals *signals)
{
    signals->stop = CreateEventW(NULL, TRUE, FALSE, NULL);
    signals->sync_now = CreateEventW(NULL, FALSE, FALSE, NULL);
    signals->upload_now = CreateEventW(NULL, FALSE, FALSE, NULL);
    signals->pull_now = CreateEventW(NULL, FALSE, FALSE, NULL);
    signals->access_now = CreateEventW(NULL, FALSE, FALSE, NULL);
    signals->clock_changed = CreateEventW(NULL, FALSE, FALSE, NULL);
    signals->reload = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (signals->stop != NULL && signals->sync_now != NULL && signals->upload_now != NULL &&
        signals->pull_now != NULL && signals->access_now != NULL &&
        signals->clock_changed != NULL && signals->reload != NULL) {
        return true;
    }
    bridge_signals_close(signals);
    return false;
}

static void close_handle(HANDLE *handle)
{
    if (*handle != NULL) {
        CloseHandle(*handle);
    }
    *handle = NULL;
}

void bridge_signals_close(struct bridge_signals *signals)
{
    close_handle(&signals->stop);
    close_handle(&signals->sync_now);
    close_handle(&signals->upload_now);
    close_handle(&signals->pull_now);
    close_handle(&signals->access_now);
    close_handle(&signals->clock_changed);
    close_handle(&signals->reload);
}

static void tell_state(const struct bridge *bridge, enum bridge_state state)
{
    if (bridge->options->state != NULL && !bridge->renewing) {
        bridge->options->state(bridge->options->context, state);
    }
}

/* Passes an event on; those that may mean that the outbox is damaged have the main thread look. */
static void pass_event(void *context, enum event_id id, size_t count, const char *const *strings)
{
    const struct bridge *bridge = context;
    const struct event_sink *events = watch_sink(bridge->watch);
    events->report(events->context, id, count, strings);
    if (id == EVENT_OUTBOX_CANNOT_STORE || id == EVENT_OUTBOX_FAILED) {
        SetEvent(bridge->troubled);
    }
}

void bridge_tell(const struct bridge *bridge, enum event_id id, const char *text)
{
    event_report(&bridge->events, id, text, (const char *)NULL);
}

/* ---- starting ---- */

/* Keeps a damaged outbox aside and goes on with a new one. */
static bool salvage(struct bridge *bridge, const struct outbox_options *options,
                    const struct error *why, struct error *err)
{
    struct outbox_salvaged salvaged;
    char waiting[24];
    char uploaded[24];
    char told[ERROR_TEXT_MAX + 100];
    ULONGLONG limit = GetTickCount64() + SALVAGE_WAIT_MS;
    bool done;
    do {
        error_clear(err);
        done = outbox_salvage(bridge->config->outbox.path, options, clock_unix(), &salvaged, err);
        tell_state(bridge, BRIDGE_STARTING);
        /* hipctl may have it open, and lets go when it sees that it is damaged. */
    } while (!done && err->kind == ERR_BUSY && GetTickCount64() < limit &&
             WaitForSingleObject(bridge->options->signals->stop, BRIDGE_TICK_MS) == WAIT_TIMEOUT);
    if (!done) {
        return error_prefix(err, "%s; it cannot be replaced: ", why->text);
    }
    snprintf(waiting, sizeof waiting, "%" PRIu64, salvaged.waiting);
    snprintf(uploaded, sizeof uploaded, "%" PRIu64, salvaged.uploaded);
    snprintf(told, sizeof told, "%s%s", why->text,
             salvaged.forgotten_lost ? "; who was forgotten (hipctl forget) can't be read in it: "
                                       "forget them again."
                                     : "");
    event_report(&bridge->events, EVENT_OUTBOX_SALVAGED, told, salvaged.kept, waiting, uploaded,
                 (const char *)NULL);
    return true;
}

/* For the status; the outbox has just been written to, so this is no place to fail. */
static void note_start(struct bridge *bridge)
{
    char now[24];
    struct error ignored = ERROR_INIT;
    snprintf(now, sizeof now, "%" PRId64, bridge->began_s);
    if (!outbox_begin(bridge->outbox, &ignored)) {
        return;
    }
    if (!outbox_note(bridge->outbox, OUTBOX_NOTE_SERVICE_VERSION, HIPBRIDGE_VERSION, &ignored) ||
        !outbox_note(bridge->outbox, OUTBOX_NOTE_SERVICE_STARTED, now, &ignored) ||
        !outbox_spent_begin(bridge->outbox, &ignored) || !outbox_commit(bridge->outbox, &ignored)) {
        outbox_rollback(bridge->outbox);
    }
}

/* A large one is looked through once terminals have their OK (serve): they do not wait for it. */
static bool is_fit(struct bridge *bridge, struct error *why)
{
    const char *path = bridge->config->outbox.path;
    bridge->looks_later = !bridge->renewing && outbox_is_large(path);
    return bridge->looks_later || outbox_sound(path, NULL, NULL, why);
}

static enum bridge_end open_outbox(struct bridge *bridge)
{
    struct error err = ERROR_INIT;
    struct error why = ERROR_INIT;
    const char *path = bridge->config->outbox.path;
    struct outbox_options options = {.max_mb = bridge->config->outbox.max_mb};
    char folder[FILE_PATH_MAX];
    if (file_folder(path, folder, sizeof folder) && file_make_folder(folder, &err) &&
        outbox_salvage_finish(path, &err) &&
        (is_fit(bridge, &why) || salvage(bridge, &options, &why, &err))) {
        bridge->outbox = store_open(bridge->config, STORE_FOR_WORK, &err);
    }
    if (bridge->outbox == NULL) {
        bridge_tell(bridge, EVENT_START_FAILED, err.text);
        return BRIDGE_OUTBOX_UNUSABLE;
    }
    note_start(bridge);
    bridge_guard_files(bridge);
    return BRIDGE_AS_TOLD;
}

static bool start_upload(struct bridge *bridge, struct error *err)
{
    const struct bridge_signals *signals = bridge->options->signals;
    struct upload_events handles = {bridge->appended, signals->upload_now, bridge->changed,
                                    bridge->advanced, signals->sync_now,   signals->access_now,
                                    signals->pull_now};
    if (!bridge->cloud_ready) {
        bridge->cloud_ready = cloud_global_init(err);
    }
    if (!bridge->cloud_ready) {
        return false;
    }
    bridge->upload = upload_start(bridge->config, &bridge->events, &handles, err);
    return bridge->upload != NULL;
}

static bool start_sync(struct bridge *bridge, struct error *err)
{
    const struct bridge_signals *signals = bridge->options->signals;
    struct sync_events handles = {bridge->appended, bridge->advanced, signals->sync_now,
                                  signals->clock_changed};
    if (!bridge->config->sync.enabled) {
        return true;
    }
    bridge->sync = sync_start(bridge->config, &bridge->events, &handles, err);
    return bridge->sync != NULL;
}

/* Where none is listed there is nothing to do, and no thread. */
static bool start_pull(struct bridge *bridge, struct error *err)
{
    struct pull_events handles = {bridge->appended, bridge->options->signals->pull_now};
    if (!bridge->config->pull.enabled || bridge->config->pull.terminal_count == 0) {
        return true;
    }
    bridge->pull = pull_start(bridge->config, &bridge->events, &handles, err);
    return bridge->pull != NULL;
}

static bool start_access(struct bridge *bridge, struct error *err)
{
    struct access_events handles = {bridge->appended, bridge->options->signals->access_now};
    if (!bridge->config->access.enabled) {
        return true;
    }
    bridge->access = access_start(bridge->config, &bridge->events, &handles, err);
    return bridge->access != NULL;
}

bool bridge_start_workers(struct bridge *bridge, struct error *err)
{
    return start_upload(bridge, err) && start_sync(bridge, err) && start_pull(bridge, err) &&
           start_access(bridge, err) &&
           watch_start(bridge->watch, bridge->config, bridge->changed, err);
}

static bool start_listener(struct bridge *bridge, struct error *err)
{
    if (!bridge->config->listener.enabled) {
        return true;
    }
    bridge->listener = listener_start(bridge->config, &bridge->events, bridge->appended, err);
    return bridge->listener != NULL;
}

/* The service does its work without the page: it is told, and no more. */
static void start_page(struct bridge *bridge)
{
    struct error err = ERROR_INIT;
    bridge->page = page_start(bridge->config, &err);
    if (bridge->page == NULL) {
        bridge_tell(bridge, EVENT_PAGE_UNAVAILABLE, err.text);
    }
}

/* Whether Windows' HTTP server is told to listen where no terminal calls, and in which words. */
static bool is_shut_out(char words[PORT_REFUSED_MAX])
{
    char list[LISTEN_LIST_MAX];
    char own[OWN_ADDRESS_TEXT_MAX];
    port_shut_out(listen_list_read(list), words);
    return list[0] != '\0' && listen_list_shuts_out(list, own_addresses(own));
}

/* At first, and each hour while it lasts. */
static void tell_no_port(struct bridge *bridge, bool again, const char *why)
{
    char port[12];
    ULONGLONG now = GetTickCount64();
    if (!again || now - bridge->port_told_ms >= PORT_TOLD_MS) {
        bridge->port_told_ms = now;
        snprintf(port, sizeof port, "%d", bridge->config->listener.port);
        event_report(&bridge->events, EVENT_CANNOT_LISTEN, port, why, (const char *)NULL);
    }
}

/*
 * The listener with its port, and the page, which has the same one. Where the port is refused the
 * rest goes on, and this is tried again (serve): to stop the other program is then enough. False
 * where Windows' HTTP server itself cannot be had.
 */
static bool start_port(struct bridge *bridge)
{
    struct error err = ERROR_INIT;
    char port[12];
    char words[PORT_REFUSED_MAX];
    bool again = bridge->port_refused || bridge->shut_out;
    snprintf(port, sizeof port, "%d", bridge->config->listener.port);
    bool started = start_listener(bridge, &err);
    bridge->port_refused = !started && err.kind == ERR_BUSY;
    bridge->shut_out = bridge->listener != NULL && is_shut_out(words);
    if (bridge->shut_out) {
        tell_no_port(bridge, again, words);
    } else if (bridge->listener != NULL) {
        bridge_tell(bridge, EVENT_LISTENING, port);
    }
    if (started) {
        start_page(bridge);
    } else {
        tell_no_port(bridge, again, err.text);
    }
    return started || bridge->port_refused;
}

/*
 * The listener first: it alone may find its place taken, and then nothing was begun that would tell
 * of itself. What it acknowledges is on the disk, whoever else runs yet.
 */
static enum bridge_end start_threads(struct bridge *bridge)
{
    struct error err = ERROR_INIT;
    frontage_keep(bridge->config, &bridge->events);
    tell_state(bridge, BRIDGE_STARTING);
    if (!start_port(bridge)) {
        return BRIDGE_CANNOT_LISTEN;
    }
    tell_state(bridge, BRIDGE_STARTING);
    if (!bridge_start_workers(bridge, &err)) {
        bridge_tell(bridge, EVENT_START_FAILED, err.text);
        return BRIDGE_SYSTEM_FAILED;
    }
    return BRIDGE_AS_TOLD;
}

static bool make_events(struct bridge *bridge)
{
    struct error err = ERROR_INIT;
    bridge->appended = CreateEventW(NULL, FALSE, FALSE, NULL);
    bridge->advanced = CreateEventW(NULL, FALSE, FALSE, NULL);
    bridge->troubled = CreateEventW(NULL, FALSE, FALSE, NULL);
    bridge->changed = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (bridge->appended != NULL && bridge->advanced != NULL && bridge->troubled != NULL &&
        bridge->changed != NULL) {
        return true;
    }
    wide_error(&err, GetLastError(), "cannot make an event");
    bridge_tell(bridge, EVENT_START_FAILED, err.text);
    return false;
}

static enum bridge_end start(struct bridge *bridge)
{
    tell_state(bridge, BRIDGE_STARTING);
    if (!make_events(bridge)) {
        return BRIDGE_SYSTEM_FAILED;
    }
    enum bridge_end end = bridge_load_config(bridge);
    if (end != BRIDGE_AS_TOLD) {
        return end;
    }
    tell_state(bridge, BRIDGE_STARTING);
    end = open_outbox(bridge);
    if (end != BRIDGE_AS_TOLD) {
        return end;
    }
    tell_state(bridge, BRIDGE_STARTING);
    end = start_threads(bridge);
    if (end == BRIDGE_AS_TOLD && bridge->options->guarded) {
        guard_privileges();
    }
    return end;
}

/* ---- stopping ---- */

/* Waits for a thread's end, but not past `limit`. */
static bool join(struct bridge *bridge, HANDLE thread, ULONGLONG limit)
{
    for (;;) {
        ULONGLONG now = GetTickCount64();
        DWORD left = now < limit ? (DWORD)(limit - now) : 0;
        tell_state(bridge, BRIDGE_STOPPING);
        if (WaitForSingleObject(thread, left < BRIDGE_TICK_MS ? left : BRIDGE_TICK_MS) ==
            WAIT_OBJECT_0) {
            return true;
        }
        if (left == 0) {
            bridge->stuck = true;
            return false;
        }
    }
}

void bridge_stop_workers(struct bridge *bridge, ULONGLONG limit)
{
    if (bridge->access != NULL && join(bridge, access_stop(bridge->access), limit)) {
        access_free(bridge->access);
        bridge->access = NULL;
    }
    if (bridge->pull != NULL && join(bridge, pull_stop(bridge->pull), limit)) {
        pull_free(bridge->pull);
        bridge->pull = NULL;
    }
    if (bridge->sync != NULL && join(bridge, sync_stop(bridge->sync), limit)) {
        sync_free(bridge->sync);
        bridge->sync = NULL;
    }
    if (bridge->upload != NULL && join(bridge, upload_stop(bridge->upload), limit)) {
        upload_free(bridge->upload);
        bridge->upload = NULL;
    }
    /* The last: it keeps what the others tell. */
    HANDLE watching = watch_stop(bridge->watch);
    if (watching != NULL && join(bridge, watching, limit)) {
        watch_ended(bridge->watch);
    }
}

/*
 * On Windows an address goes once the last replies are through, since it may take their connections
 * with it. Wine's http.sys deadlocks where it hands over a request while receives end, so that
 * there both addresses go before either. Only tests set this.
 */
static bool withdraws_first(void)
{
    wchar_t value[4];
    return GetEnvironmentVariableW(L"HIPBRIDGE_WITHDRAW_FIRST", value, HB_COUNT(value)) > 0;
}

static void stop_port(struct bridge *bridge, ULONGLONG limit)
{
    bool first = withdraws_first();
    if (first && bridge->listener != NULL) {
        listener_withdraw(bridge->listener);
    }
    if (first && bridge->page != NULL) {
        page_withdraw(bridge->page);
    }
    if (bridge->listener != NULL && join(bridge, listener_stop(bridge->listener), limit)) {
        listener_free(bridge->listener);
        bridge->listener = NULL;
    }
    if (bridge->page != NULL && join(bridge, page_stop(bridge->page), limit)) {
        page_free(bridge->page);
        bridge->page = NULL;
    }
}

/*
 * The listener first, since it feeds the others. A thread that does not end keeps what it uses: the
 * process is about to end, and what is on the disk is whole at any time.
 */
static void stop_threads(struct bridge *bridge)
{
    ULONGLONG limit = GetTickCount64() + BRIDGE_STOP_MS;
    stop_port(bridge, limit);
    bridge_stop_workers(bridge, limit);
}

/* ---- running ---- */

/* Everything but the process begins anew, with the outbox looked at. */
static enum bridge_end renew(struct bridge *bridge)
{
    bridge->renewing = true;
    stop_threads(bridge);
    enum bridge_end end = bridge->stuck ? BRIDGE_STUCK : BRIDGE_AS_TOLD;
    if (end == BRIDGE_AS_TOLD) {
        outbox_close(bridge->outbox);
        bridge->outbox = NULL;
        end = open_outbox(bridge);
    }
    if (end == BRIDGE_AS_TOLD) {
        end = start_threads(bridge);
    }
    bridge->renewing = false;
    return end;
}

/* The port was refused, or no terminal can call it: whether that is over. Windows looks at its list
 * of addresses where one is given to it, so that the port is asked for anew then. */
static enum bridge_end retry_port(struct bridge *bridge)
{
    char words[PORT_REFUSED_MAX];
    if (bridge->shut_out && is_shut_out(words)) {
        tell_no_port(bridge, true, words);
        return BRIDGE_AS_TOLD;
    }
    if (bridge->shut_out) {
        bridge->renewing = true;
        stop_port(bridge, GetTickCount64() + BRIDGE_STOP_MS);
        bridge->renewing = false;
    }
    if (bridge->stuck) {
        return BRIDGE_STUCK;
    }
    return start_port(bridge) ? BRIDGE_AS_TOLD : BRIDGE_CANNOT_LISTEN;
}

static bool is_told_to_stop(void *context)
{
    const struct bridge *bridge = context;
    return WaitForSingleObject(bridge->options->signals->stop, 0) == WAIT_OBJECT_0;
}

/* The outbox may be damaged. */
static enum bridge_end look(struct bridge *bridge)
{
    struct error why = ERROR_INIT;
    return outbox_sound(bridge->config->outbox.path, is_told_to_stop, bridge, &why) ? BRIDGE_AS_TOLD
                                                                                    : renew(bridge);
}

/* Until it is told to stop. */
static enum bridge_end serve(struct bridge *bridge)
{
    const HANDLE handles[] = {bridge->options->signals->stop, bridge->troubled,
                              bridge->options->signals->reload};
    if (bridge->looks_later) {
        SetEvent(bridge->troubled);
    }
    for (;;) {
        DWORD wait = bridge->port_refused || bridge->shut_out ? PORT_RETRY_MS : INFINITE;
        DWORD ended = WaitForMultipleObjects(HB_COUNT(handles), handles, FALSE, wait);
        if (ended == WAIT_TIMEOUT) {
            enum bridge_end end = retry_port(bridge);
            if (end != BRIDGE_AS_TOLD) {
                return end;
            }
            continue;
        }
        if (ended == WAIT_OBJECT_0 + 2) {
            if (!bridge_reload(bridge)) {
                return bridge->stuck ? BRIDGE_STUCK : BRIDGE_SYSTEM_FAILED;
            }
            continue;
        }
        if (ended != WAIT_OBJECT_0 + 1) {
            return BRIDGE_AS_TOLD;
        }
        enum bridge_end end = look(bridge);
        if (end != BRIDGE_AS_TOLD) {
            return end;
        }
    }
}

static void tell_stopped(struct bridge *bridge)
{
    struct outbox_counts counts;
    struct error ignored = ERROR_INIT;
    char waiting[24] = "?";
    if (bridge->outbox != NULL && outbox_counts(bridge->outbox, &counts, &ignored)) {
        snprintf(waiting, sizeof waiting, "%" PRId64, counts.waiting);
    }
    bridge_tell(bridge, EVENT_STOPPED, waiting);
}

static void release(struct bridge *bridge)
{
    outbox_close(bridge->outbox);
    if (bridge->stuck) {
        return;
    }
    close_handle(&bridge->appended);
    close_handle(&bridge->advanced);
    close_handle(&bridge->troubled);
    close_handle(&bridge->changed);
    if (bridge->cloud_ready) {
        cloud_global_end();
    }
    config_free(bridge->config);
    watch_free(bridge->watch);
    free(bridge);
}

enum bridge_end bridge_run(const struct bridge_options *options)
{
    struct bridge *bridge = calloc(1, sizeof *bridge);
    struct watch *watch = watch_new(options->events);
    crash_guard_thread(); /* a service's first thread is the Service Control Manager's */
    if (bridge == NULL || watch == NULL) {
        watch_free(watch);
        free(bridge);
        event_report(options->events, EVENT_START_FAILED, "there is no memory.",
                     (const char *)NULL);
        return BRIDGE_SYSTEM_FAILED;
    }
    bridge->options = options;
    bridge->watch = watch;
    bridge->events = (struct event_sink){pass_event, bridge};
    bridge->began_s = clock_unix();
    bridge->reloads = (uint64_t)bridge->began_s * 1000; /* another number than any before */
    crash_tell(&bridge->events);

    enum bridge_end end = start(bridge);
    if (end == BRIDGE_AS_TOLD) {
        event_report(options->events, EVENT_STARTED, HIPBRIDGE_VERSION, bridge->config_path,
                     bridge->config->outbox.path, (const char *)NULL);
        tell_state(bridge, BRIDGE_RUNNING);
        end = serve(bridge);
    }
    tell_state(bridge, BRIDGE_STOPPING);
    stop_threads(bridge);
    if (end == BRIDGE_AS_TOLD) {
        tell_stopped(bridge);
        if (bridge->stuck) {
            end = BRIDGE_STUCK;
        }
    }
    release(bridge);
    return end;
}
