#include "net/call.h"

#include <stdio.h>

enum {
    READ_MAX = 65536, /* at once; also the longest datagram */
    READS_MAX = 16,   /* of one call in a row, so that the others have their turn */
};

/* The visit never began: nothing was sent, and nothing is owed. */
static void give_up(struct call *call, const char *why)
{
    struct visit *visit = call->visit;
    visit->outcome = VISIT_SILENT;
    snprintf(visit->why, sizeof visit->why, "%s", why);
}

static void begin_visit(struct call *call, int64_t now_ms)
{
    call->dialled = true;
    call->visit->protocol->begin(call->visit, now_ms);
}

void call_begin(struct call *call, struct visit *visit, const struct address *address, int port,
                int64_t now_ms)
{
    struct error err = ERROR_INIT;
    call->visit = visit;
    call->dialled = false;
    call->connect_until_ms = now_ms + CALL_CONNECT_MS;
    if (!dial_open(&call->dial, address, port, visit->order.datagrams, &err)) {
        give_up(call, err.text);
    } else if (!call->dial.connecting) {
        begin_visit(call, now_ms);
    }
}

static void flush(struct call *call, int64_t now_ms)
{
    struct visit *visit = call->visit;
    struct error err = ERROR_INIT;
    size_t len = visit->out_len;
    visit->out_len = 0;
    if (len > 0 && !dial_write(&call->dial, visit->out, len, &err)) {
        visit->protocol->lost(visit, err.text, now_ms);
    }
}

static void read_all(struct call *call, int64_t (*clock)(void))
{
    static uint8_t bytes[READ_MAX]; /* one thread drives calls */
    struct visit *visit = call->visit;
    for (int i = 0; i < READS_MAX && visit->outcome == VISIT_RUNNING; i++) {
        struct error err = ERROR_INIT;
        long len = dial_read(&call->dial, bytes, sizeof bytes, &err);
        if (len == 0) {
            return;
        }
        if (len < 0) {
            visit->protocol->lost(visit, err.text, clock());
            return;
        }
        visit->protocol->take(visit, bytes, (size_t)len, clock());
        if (visit->out_len > 0) {
            flush(call, clock());
        }
    }
}

static void step(struct call *call, int64_t (*clock)(void))
{
    struct visit *visit = call->visit;
    int64_t now = clock();
    if (call->dial.failed) {
        struct error err = ERROR_INIT;
        dial_error(&call->dial, &err);
        give_up(call, err.text);
    } else if (call->dial.connected && !call->dialled) {
        begin_visit(call, now);
        flush(call, now);
    } else if (!call->dialled) {
        if (now >= call->connect_until_ms) {
            give_up(call, "nobody answers there: it is off, or not reachable from this PC");
        }
    } else if (call->dial.readable) {
        read_all(call, clock);
    }
    now = clock();
    if (call->dialled && visit->outcome == VISIT_RUNNING && now >= visit->deadline_ms) {
        visit->protocol->late(visit, now);
    }
}

bool call_step(struct call *const *calls, size_t count, int64_t (*clock)(void), int wait_ms)
{
    struct dial *lines[DIAL_LINES_MAX];
    struct call *open[DIAL_LINES_MAX];
    size_t live = 0;
    int64_t now = clock();
    int64_t until = now + wait_ms;
    for (size_t i = 0; i < count && live < DIAL_LINES_MAX; i++) {
        struct call *call = calls[i];
        if (call->visit->outcome != VISIT_RUNNING) {
            continue;
        }
        if (call->dialled) {
            flush(call, now);
        }
        int64_t due = call->dialled ? call->visit->deadline_ms : call->connect_until_ms;
        until = due < until ? due : until;
        open[live] = call;
        lines[live++] = &call->dial;
    }
    dial_wait(lines, live, until > now ? (int)(until - now) : 0);
    bool some = false;
    for (size_t i = 0; i < live; i++) {
        some = some || lines[i]->readable || lines[i]->connected || lines[i]->failed;
        step(open[i], clock);
    }
    return some;
}

void call_end(struct call *call)
{
    struct visit *visit = call->visit;
    if (call->dialled) {
        struct error ignored = ERROR_INIT;
        if (visit->out_len > 0) {
            (void)dial_write(&call->dial, visit->out, visit->out_len, &ignored);
            visit->out_len = 0;
        }
        visit->protocol->end(visit);
    }
    dial_close(&call->dial);
}
