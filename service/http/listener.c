#include "http/listener.h"

#include "thread.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/exchange.h"
#include "http/httpsys.h"
#include "outbox/outbox_note.h"
#include "outbox/outbox_spent.h"
#include "store.h"
#include "terminals/intake.h"
#include "system/clock.h"
#include "system/wide.h"

enum {
    STOP_KEY = 1, /* completion key of the request to stop; the queue's own is 0 */
    CONFIG_KEY = 2,
    STOP_LIMIT_MS = 1500,
    CONFIG_LIMIT_MS = 10000,
    CLOSE_LIMIT_MS = 500,
    RETRY_MS = 1000, /* after a receive could not even be begun */
    GROUP_MAX = 128, /* requests in one transaction */
};

struct listener {
    const struct config *config;
    const struct event_sink *events;
    HANDLE appended;
    HANDLE thread;
    struct httpsys http;
    struct exchange_queue queue;
    struct outbox *outbox;
    struct intake *intake;
    struct address called; /* of this PC, by a terminal, lately */

    /* of listener_reconfigure, read when CONFIG_KEY has come */
    const struct config *next;
    HANDLE taken; /* auto-reset */
    struct error why_not;

    /* the thread's own */
    size_t count;     /* exchanges alive */
    size_t receiving; /* of them waiting for a request */
    bool stopping;
    uint64_t tended_ms; /* when bodies were last looked at */
    uint64_t failed_ms; /* when a receive ended with an error and no request; 0 = never */
    bool renew;         /* a configuration is waiting to be taken */
    struct exchange *exchanges[LISTENER_EXCHANGES];
    size_t ready_count;
    struct exchange *ready[GROUP_MAX];
};

static struct moment time_now(void)
{
    return (struct moment){.unix_s = clock_unix(), .steady_s = clock_steady()};
}

/* ---- exchanges ---- */

static void forget(struct listener *listener, struct exchange *exchange)
{
    for (size_t i = 0; i < listener->count; i++) {
        if (listener->exchanges[i] == exchange) {
            listener->exchanges[i] = listener->exchanges[--listener->count];
            break;
        }
    }
    exchange_free(exchange);
}

/*
 * Sees to it that enough receives are outstanding. False: not now, try again later: so, too, when
 * one has just failed, lest a system that refuses them is asked without end.
 */
static bool receive_more(struct listener *listener)
{
    if (listener->failed_ms != 0 && GetTickCount64() - listener->failed_ms < RETRY_MS) {
        return false;
    }
    while (!listener->stopping && listener->receiving < LISTENER_RECEIVES &&
           listener->count < LISTENER_EXCHANGES) {
        struct exchange *exchange = exchange_new(&listener->queue);
        if (exchange == NULL) {
            return false;
        }
        if (!exchange_receive(exchange)) {
            exchange_free(exchange);
            return false;
        }
        listener->exchanges[listener->count++] = exchange;
        if (exchange_receiving(exchange)) { /* not so if a large head came at once */
            listener->receiving++;
        }
    }
    return true;
}

/* The exchange is through with its request: it takes another, or goes. */
static void recycle(struct listener *listener, struct exchange *exchange)
{
    if (!listener->stopping && listener->receiving < LISTENER_RECEIVES &&
        exchange_receive(exchange)) {
        if (exchange_receiving(exchange)) {
            listener->receiving++;
        }
        return;
    }
    forget(listener, exchange);
}

static void step(struct listener *listener, struct exchange *exchange, OVERLAPPED *overlapped)
{
    bool was_receiving = exchange_receiving(exchange);
    enum exchange_step next = exchange_completed(exchange, overlapped);
    if (was_receiving && !exchange_receiving(exchange)) {
        listener->receiving--;
    }
    switch (next) {
    case EXCHANGE_PENDING:
        break;
    case EXCHANGE_READY:
        listener->ready[listener->ready_count++] = exchange;
        break;
    case EXCHANGE_DONE:
        recycle(listener, exchange);
        break;
    case EXCHANGE_FAILED:
        listener->failed_ms = GetTickCount64();
        forget(listener, exchange);
        break;
    }
}

/* ---- the thread ---- */

static DWORD time_to_wait(const struct listener *listener, bool receiving_all)
{
    int64_t due_s = intake_flush_due(listener->intake, time_now());
    DWORD wait = due_s < 0 ? INFINITE : (DWORD)due_s * 1000;
    bool tends = !receiving_all || listener->queue.bodies > 0;
    if (tends && wait > RETRY_MS) {
        wait = RETRY_MS;
    }
    return wait;
}

/* Gives up bodies that take too long, and while there are too many, those that have least claim. */
static void tend_bodies(struct listener *listener)
{
    uint64_t now_ms = GetTickCount64();
    size_t awaited = 0;
    if (listener->queue.bodies == 0 ||
        (listener->queue.bodies <= LISTENER_SLOW && now_ms - listener->tended_ms < RETRY_MS)) {
        return;
    }
    listener->tended_ms = now_ms;
    for (size_t i = 0; i < listener->count; i++) {
        struct exchange *exchange = listener->exchanges[i];
        if (exchange_awaits_body(exchange) && exchange_is_overdue(exchange, now_ms)) {
            exchange_give_up(exchange);
        }
        awaited += exchange_awaits_body(exchange);
    }
    for (; awaited > LISTENER_SLOW; awaited--) {
        struct exchange *first = NULL;
        for (size_t i = 0; i < listener->count; i++) {
            struct exchange *exchange = listener->exchanges[i];
            if (exchange_awaits_body(exchange) &&
                (first == NULL || exchange_goes_first(exchange, first))) {
                first = exchange;
            }
        }
        if (first == NULL) {
            return;
        }
        exchange_give_up(first);
    }
}

/* Takes what has completed, in one call: to look once more without waiting gives up the processor.
 * Waits for the first as long as `wait`. */
static void collect(struct listener *listener, DWORD wait, bool *stop)
{
    OVERLAPPED_ENTRY entries[GROUP_MAX];
    ULONG count = 0;
    if (!GetQueuedCompletionStatusEx(listener->http.port, entries, GROUP_MAX, &count, wait,
                                     FALSE)) {
        return;
    }
    for (ULONG i = 0; i < count; i++) {
        if (entries[i].lpCompletionKey == STOP_KEY) {
            *stop = true;
        } else if (entries[i].lpCompletionKey == CONFIG_KEY) {
            listener->renew = true;
        } else {
            step(listener, exchange_of(entries[i].lpOverlapped), entries[i].lpOverlapped);
        }
    }
}

/* By which address terminals call this PC: should it lose that, the status says so. */
static void note_called(struct listener *listener, struct exchange *exchange)
{
    char text[ADDRESS_TEXT_MAX];
    const struct address *local = exchange_local(exchange);
    if (address_is_loopback(local) || address_equal(local, &listener->called) ||
        exchange_item(exchange)->reply.status != 200) {
        return;
    }
    if (outbox_note(listener->outbox, OUTBOX_NOTE_PC_CALLED, address_text(local, text), NULL)) {
        listener->called = *local;
    }
}

static void answer_group(struct listener *listener)
{
    struct intake_item *items[GROUP_MAX];
    for (size_t i = 0; i < listener->ready_count; i++) {
        items[i] = exchange_item(listener->ready[i]);
    }
    (void)outbox_spend(listener->outbox, OUTBOX_SPENT_PARSE);
    bool fresh = intake_answer(listener->intake, items, listener->ready_count, time_now());
    (void)outbox_spend(listener->outbox, OUTBOX_SPENT_SEND);
    for (size_t i = 0; i < listener->ready_count; i++) {
        note_called(listener, listener->ready[i]);
        if (!exchange_reply(listener->ready[i])) {
            recycle(listener, listener->ready[i]);
        }
    }
    (void)outbox_spend(listener->outbox, OUTBOX_SPENT_NOTHING);
    listener->ready_count = 0;
    if (fresh) { /* last: the uploader then competes with none of the replies */
        SetEvent(listener->appended);
    }
}

/* Lets what has begun come to its end, for a bounded time; then the address goes. */
static void wind_down(struct listener *listener)
{
    listener->stopping = true;
    for (size_t i = 0; i < listener->count; i++) {
        exchange_cancel_receive(listener->exchanges[i]);
    }

    bool closed = false;
    bool stop = true;
    ULONGLONG limit = GetTickCount64() + STOP_LIMIT_MS;
    while (listener->count > 0) {
        ULONGLONG now = GetTickCount64();
        if (now >= limit) {
            if (closed) {
                break;
            }
            closed = true;
            limit = now + CLOSE_LIMIT_MS;
            listener_withdraw(listener);
            httpsys_close_queue(&listener->http);
            listener->queue.handle = NULL;
        }
        collect(listener, (DWORD)(limit > now ? limit - now : 0), &stop);
        if (listener->ready_count > 0) {
            answer_group(listener);
        }
    }
    if (!closed) {
        listener_withdraw(listener);
    }
    intake_flush(listener->intake, time_now());
}

/* ---- the configuration ---- */

/* Both, and what exchanges go by, are made anew: nothing of the one before is left. */
static bool use_config(struct listener *listener, const struct config *config, struct error *err)
{
    struct exchange_queue *queue = &listener->queue;
    struct outbox *outbox = store_open(config, STORE_FOR_TERMINALS, err);
    struct intake *intake =
        outbox != NULL ? intake_new(config, outbox, listener->events, err) : NULL;
    if (intake == NULL) {
        outbox_close(outbox);
        return false;
    }
    size_t max_body = (size_t)config->listener.max_body_kb * 1024;
    size_t used = queue->max_body * LISTENER_BODIES - queue->body_room; /* given back as they end */
    size_t room = max_body * LISTENER_BODIES;
    queue->body_room = room > used ? room - used : 0;
    queue->max_body = max_body;
    queue->retry_s = config->listener.error_delay_s;
    snprintf(queue->page, sizeof queue->page, "http://localhost:%d/hipbridge/",
             config->listener.port);
    queue->share.requests_each = LISTENER_EACH;
    queue->share.bytes_each = max_body + 1; /* one more shows the excess */
    queue->intake = intake;
    if (listener->outbox != NULL) {
        outbox_spent_go_on(outbox, listener->outbox);
    }
    intake_free(listener->intake);
    outbox_close(listener->outbox);
    listener->intake = intake;
    listener->outbox = outbox;
    listener->config = config;
    return true;
}

static void take_config(struct listener *listener)
{
    listener->renew = false;
    error_clear(&listener->why_not);
    intake_flush(listener->intake, time_now());
    (void)use_config(listener, listener->next, &listener->why_not);
    SetEvent(listener->taken);
}

static unsigned __stdcall run(void *context)
{
    struct listener *listener = context;
    bool stop = false;
    while (!stop) {
        tend_bodies(listener);
        bool receiving_all = receive_more(listener);
        collect(listener, time_to_wait(listener, receiving_all), &stop);
        if (listener->ready_count > 0) {
            answer_group(listener);
        }
        if (intake_flush_due(listener->intake, time_now()) == 0) {
            intake_flush(listener->intake, time_now());
        }
        if (listener->renew) {
            take_config(listener);
        }
    }
    wind_down(listener);
    return 0;
}

/* ---- setting up ---- */

static bool open_http(struct listener *listener, struct error *err)
{
    static const struct httpsys_limits limits = {
        .body_s = 60,
        .drain_s = 15,
        .queue_s = 60,
        .idle_s = 300,
        .header_s = 30,
        .send_rate = 150,
        .queue_length = LISTENER_QUEUE,
        .connections = LISTENER_CONNECTIONS,
    };
    bool opened =
        httpsys_open(&listener->http, listener->config->listener.port, L"/", &limits, err);
    listener->queue.handle = listener->http.queue;
    return opened;
}

struct listener *listener_start(const struct config *config, const struct event_sink *events,
                                HANDLE appended, struct error *err)
{
    struct listener *listener = calloc(1, sizeof *listener);
    if (listener == NULL) {
        error_set(err, ERR_MEMORY, 0, "cannot start the listener: no memory");
        return NULL;
    }
    listener->events = events;
    listener->appended = appended;
    listener->taken = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (listener->taken == NULL) {
        wide_error(err, GetLastError(), "cannot start the listener");
        goto failed;
    }
    if (!use_config(listener, config, err) || !open_http(listener, err)) {
        goto failed;
    }
    listener->thread = thread_start(run, listener);
    if (listener->thread == NULL) {
        wide_error(err, GetLastError(), "cannot start the listener's thread");
        goto failed;
    }
    return listener;

failed:
    listener_free(listener);
    return NULL;
}

bool listener_reconfigure(struct listener *listener, const struct config *config, struct error *err)
{
    listener->next = config;
    PostQueuedCompletionStatus(listener->http.port, 0, CONFIG_KEY, NULL);
    if (WaitForSingleObject(listener->taken, CONFIG_LIMIT_MS) != WAIT_OBJECT_0) {
        return error_set(err, ERR_BUSY, 0, "the listener does not take it in time");
    }
    if (listener->why_not.kind != ERR_NONE) {
        *err = listener->why_not;
        return false;
    }
    return true;
}

void listener_withdraw(struct listener *listener)
{
    httpsys_withdraw(&listener->http);
}

HANDLE listener_stop(struct listener *listener)
{
    PostQueuedCompletionStatus(listener->http.port, 0, STOP_KEY, NULL);
    return listener->thread;
}

void listener_free(struct listener *listener)
{
    if (listener == NULL) {
        return;
    }
    httpsys_close(&listener->http);
    intake_free(listener->intake);
    outbox_close(listener->outbox);
    if (listener->thread != NULL) {
        CloseHandle(listener->thread);
    }
    if (listener->taken != NULL) {
        CloseHandle(listener->taken);
    }
    exchange_free_spares(&listener->queue);
    /* Exchanges that http.sys still holds after wind_down's limit stay: it may write to them. */
    free(listener);
}
