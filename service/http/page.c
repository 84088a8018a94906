#include "http/page.h"

#include "thread.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/httpsys.h"
#include "net/loopback.h"
#include "status/metrics.h"
#include "net/network.h"
#include "outbox/outbox.h"
#include "http/page_resource.h"
#include "status/status.h"
#include "system/clock.h"
#include "system/wide.h"

enum {
    STOP_KEY = 1,
    SLOTS = 24, /* requests at a time; a browser opens six connections */
    RECEIVE_TRIES = 3,
    HEAD_SIZE = 24 * 1024,  /* cookies of whatever else runs on localhost come along */
    STATUS_FRESH_MS = 1000, /* one status serves all that ask within that time */
    RETRY_MS = 1000,        /* after a receive could not even be begun */
    STOP_LIMIT_MS = 500,
    CONFIG_KEY = 2,
    CONFIG_LIMIT_MS = 10000,
};

enum slot_state { IDLE, RECEIVING, SENDING };

struct slot {
    OVERLAPPED overlapped; /* first: what a completion hands back */
    enum slot_state state;
    HTTP_REQUEST *request; /* HEAD_SIZE bytes */
    HTTP_RESPONSE response;
    HTTP_DATA_CHUNK chunk;
    char *body; /* NULL when the answer has none of its own */
};

struct page {
    const struct config *config;
    const struct config *next; /* of page_reconfigure, taken when CONFIG_KEY has come */
    HANDLE taken;              /* auto-reset */
    HANDLE thread;
    struct httpsys http;

    /* the thread's own */
    struct outbox *outbox; /* NULL: not opened yet */
    char *status;
    ULONGLONG status_made;
    ULONGLONG failed_ms; /* when a receive ended with an error and no request; 0 = never */
    struct slot *slots[SLOTS];
};

/* ---- what there is ---- */

typedef char *make_body(struct page *page, struct error *err);

static char *make_status(struct page *page, struct error *err);
static char *make_metrics(struct page *page, struct error *err);

static const struct content {
    const char *path;
    const char *type;
    int resource;
    make_body *make; /* in place of a resource */
} contents[] = {
    {"/hipbridge/", "text/html; charset=utf-8", PAGE_HTML, NULL},
    {"/hipbridge/page.css", "text/css; charset=utf-8", PAGE_CSS, NULL},
    {"/hipbridge/page.js", "text/javascript; charset=utf-8", PAGE_SCRIPT, NULL},
    {"/hipbridge/words.js", "text/javascript; charset=utf-8", PAGE_WORDS, NULL},
    {"/hipbridge/draw.js", "text/javascript; charset=utf-8", PAGE_DRAW, NULL},
    {"/hipbridge/events.html", "text/html; charset=utf-8", PAGE_EVENTS, NULL},
    {"/hipbridge/events.js", "text/javascript; charset=utf-8", PAGE_LISTER, NULL},
    {"/hipbridge/events.md", "text/plain; charset=utf-8", PAGE_REMEDY, NULL},
    {"/hipbridge/events.th.md", "text/plain; charset=utf-8", PAGE_REMEDY_THAI, NULL},
    {"/hipbridge/icon.svg", "image/svg+xml", PAGE_ICON, NULL},
    {"/hipbridge/status.json", "application/json", 0, make_status},
    {"/hipbridge/metrics", "text/plain; version=0.0.4; charset=utf-8", 0, make_metrics},
};

static const struct content *content_of(struct span path)
{
    for (size_t i = 0; i < HB_COUNT(contents); i++) {
        if (span_equal(path, span_of(contents[i].path))) {
            return &contents[i];
        }
    }
    return NULL;
}

/* The outbox is opened when it is first asked for, and anew after a failure. */
static bool open_outbox(struct page *page, struct error *err)
{
    if (page->outbox == NULL) {
        page->outbox = outbox_open_readonly(page->config->outbox.path, err);
    }
    return page->outbox != NULL;
}

static void close_outbox(struct page *page)
{
    outbox_close(page->outbox);
    page->outbox = NULL;
}

static char *make_status(struct page *page, struct error *err)
{
    ULONGLONG now = GetTickCount64();
    if (page->status == NULL || now - page->status_made > STATUS_FRESH_MS) {
        free(page->status);
        page->status = open_outbox(page, err)
                           ? status_json(page->outbox, page->config, "running", clock_unix(), err)
                           : NULL;
        page->status_made = now;
        if (page->status == NULL) {
            close_outbox(page);
            return NULL;
        }
    }
    size_t size = strlen(page->status) + 1;
    char *copy = malloc(size);
    if (copy == NULL) {
        error_set(err, ERR_MEMORY, 0, "no memory for the status");
        return NULL;
    }
    memcpy(copy, page->status, size);
    return copy;
}

static char *make_metrics(struct page *page, struct error *err)
{
    char *text =
        open_outbox(page, err) ? metrics_text(page->outbox, page->config, clock_unix(), err) : NULL;
    if (text == NULL) {
        close_outbox(page);
    }
    return text;
}

/* ---- answers ---- */

/* Nothing but the page's own files is ever loaded, run or framed. */
static const struct {
    const char *name;
    const char *value;
} protections[] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
     "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
};

static HTTP_UNKNOWN_HEADER protection_headers[HB_COUNT(protections)];

static void fill_protections(void)
{
    for (size_t i = 0; i < HB_COUNT(protections); i++) {
        HTTP_UNKNOWN_HEADER *header = &protection_headers[i];
        header->pName = protections[i].name;
        header->NameLength = (USHORT)strlen(header->pName);
        header->pRawValue = protections[i].value;
        header->RawValueLength = (USHORT)strlen(header->pRawValue);
    }
}

static void set_header(struct slot *slot, HTTP_HEADER_ID id, const char *value)
{
    HTTP_KNOWN_HEADER *header = &slot->response.Headers.KnownHeaders[id];
    header->pRawValue = value;
    header->RawValueLength = (USHORT)strlen(value);
}

static void set_status(struct slot *slot, USHORT status, const char *reason)
{
    memset(&slot->response, 0, sizeof slot->response);
    slot->response.StatusCode = status;
    slot->response.pReason = reason;
    slot->response.ReasonLength = (USHORT)strlen(reason);
}

/* `body` must stay until the answer is sent. A HEAD is given none: http.sys might send it. */
static void set_body(struct slot *slot, const char *type, const void *body, size_t len)
{
    slot->response.Headers.UnknownHeaderCount = HB_COUNT(protections);
    slot->response.Headers.pUnknownHeaders = protection_headers;
    set_header(slot, HttpHeaderContentType, type);
    set_header(slot, HttpHeaderCacheControl, "no-store");
    if (slot->request->Verb == HttpVerbHEAD || len == 0) {
        return;
    }
    memset(&slot->chunk, 0, sizeof slot->chunk);
    slot->chunk.DataChunkType = HttpDataChunkFromMemory;
    slot->chunk.FromMemory.pBuffer = (void *)body;
    slot->chunk.FromMemory.BufferLength = (ULONG)len;
    slot->response.pEntityChunks = &slot->chunk;
    slot->response.EntityChunkCount = 1;
}

static void answer_resource(struct slot *slot, const struct content *content)
{
    HRSRC found = FindResourceW(NULL, MAKEINTRESOURCEW(content->resource), (LPCWSTR)RT_RCDATA);
    HGLOBAL loaded = found != NULL ? LoadResource(NULL, found) : NULL;
    const void *bytes = loaded != NULL ? LockResource(loaded) : NULL;
    if (bytes == NULL) {
        set_status(slot, 500, "Internal Server Error");
        return;
    }
    set_status(slot, 200, "OK");
    set_body(slot, content->type, bytes, SizeofResource(NULL, found));
}

static void answer_made(struct page *page, struct slot *slot, const struct content *content)
{
    struct error err = ERROR_INIT;
    slot->body = content->make(page, &err);
    if (slot->body != NULL) {
        set_status(slot, 200, "OK");
        set_body(slot, content->type, slot->body, strlen(slot->body));
        return;
    }
    /* Told to whoever looks at the page, who is the one to do something about it. */
    slot->body = malloc(ERROR_TEXT_MAX);
    set_status(slot, 503, "Service Unavailable");
    if (slot->body != NULL) {
        snprintf(slot->body, ERROR_TEXT_MAX, "%s", err.text);
        set_body(slot, "text/plain; charset=utf-8", slot->body, strlen(slot->body));
    }
}

/* ---- requests ---- */

static bool is_loopback(const SOCKADDR *from)
{
    struct address address;
    httpsys_address(from, &address);
    return address_is_loopback(&address);
}

static bool is_allowed(const struct page *page, const HTTP_REQUEST *request)
{
    const HTTP_KNOWN_HEADER *host = &request->Headers.KnownHeaders[HttpHeaderHost];
    return is_loopback(request->Address.pLocalAddress) &&
           is_loopback(request->Address.pRemoteAddress) &&
           loopback_host((struct span){host->pRawValue, host->RawValueLength},
                         page->config->listener.port);
}

static void answer(struct page *page, struct slot *slot)
{
    const HTTP_REQUEST *request = slot->request;
    struct span path = {request->pRawUrl, request->RawUrlLength};
    const char *mark = path.len > 0 ? memchr(path.at, '?', path.len) : NULL;
    if (mark != NULL) {
        path.len = (size_t)(mark - path.at);
    }
    const struct content *content = content_of(path);
    bool bare = span_equal(path, SPAN("/hipbridge"));

    if (!is_allowed(page, request) || (content == NULL && !bare)) {
        set_status(slot, 404, "Not Found");
    } else if (request->Verb != HttpVerbGET && request->Verb != HttpVerbHEAD) {
        set_status(slot, 405, "Method Not Allowed");
        set_header(slot, HttpHeaderAllow, "GET, HEAD");
    } else if (bare) {
        set_status(slot, 301, "Moved Permanently");
        set_header(slot, HttpHeaderLocation, "/hipbridge/");
    } else if (content->make == NULL) {
        answer_resource(slot, content);
    } else {
        answer_made(page, slot, content);
    }
}

/* ---- the thread ---- */

static OVERLAPPED *begin(struct slot *slot, enum slot_state state)
{
    slot->state = state;
    memset(&slot->overlapped, 0, sizeof slot->overlapped);
    return &slot->overlapped;
}

/* False: the peer is gone, no completion will come. */
static bool send_answer(struct page *page, struct slot *slot, ULONG flags)
{
    ULONG code =
        HttpSendHttpResponse(page->http.queue, slot->request->RequestId, flags, &slot->response,
                             NULL, NULL, NULL, 0, begin(slot, SENDING), NULL);
    return code == NO_ERROR || code == ERROR_IO_PENDING;
}

/* A head that is larger than any browser's. By its id alone, which is all that has come. */
static bool refuse_large(struct page *page, struct slot *slot)
{
    set_status(slot, 400, "Bad Request");
    return send_answer(page, slot, HTTP_SEND_RESPONSE_FLAG_DISCONNECT);
}

static void receive(struct page *page, struct slot *slot)
{
    free(slot->body);
    slot->body = NULL;
    for (int tries = 0; tries < RECEIVE_TRIES; tries++) {
        ULONG code = HttpReceiveHttpRequest(page->http.queue, HTTP_NULL_ID, 0, slot->request,
                                            HEAD_SIZE, NULL, begin(slot, RECEIVING));
        if (code == NO_ERROR || code == ERROR_IO_PENDING ||
            (code == ERROR_MORE_DATA && refuse_large(page, slot))) {
            return;
        }
    }
    slot->state = IDLE;
}

/* What a POST carries is not read: the connection ends with the answer. */
static bool answer_whole(struct page *page, struct slot *slot)
{
    answer(page, slot);
    return send_answer(page, slot,
                       slot->response.StatusCode == 405 ? HTTP_SEND_RESPONSE_FLAG_DISCONNECT : 0);
}

/* code: NO_ERROR, or what it ended with. */
static void completed(struct page *page, struct slot *slot, DWORD code)
{
    if (slot->state == IDLE || !HasOverlappedIoCompleted(&slot->overlapped)) {
        return; /* of a call that failed at once and was followed by another */
    }
    if (slot->state == SENDING) {
        receive(page, slot);
    } else if (code == NO_ERROR || code == ERROR_MORE_DATA) {
        if (!(code == NO_ERROR ? answer_whole(page, slot) : refuse_large(page, slot))) {
            receive(page, slot);
        }
    } else {
        slot->state = IDLE;
        page->failed_ms = GetTickCount64();
    }
}

/* A slot that could not receive tries again, after a while; whether all receive or are at work. */
static bool receive_idle(struct page *page)
{
    bool all = true;
    bool failed = page->failed_ms != 0 && GetTickCount64() - page->failed_ms < RETRY_MS;
    for (size_t i = 0; i < SLOTS; i++) {
        if (page->slots[i]->state == IDLE && !failed) {
            receive(page, page->slots[i]);
        }
        all = all && page->slots[i]->state != IDLE;
    }
    return all;
}

/* Takes completions until no slot is in that state, for a bounded time. */
static void drain(struct page *page, enum slot_state state)
{
    ULONGLONG limit = GetTickCount64() + STOP_LIMIT_MS;
    size_t busy = 0;
    for (size_t i = 0; i < SLOTS; i++) {
        busy += page->slots[i]->state == state;
    }
    for (ULONGLONG now = GetTickCount64(); busy > 0 && now < limit; now = GetTickCount64()) {
        DWORD bytes = 0;
        ULONG_PTR key = 0;
        OVERLAPPED *overlapped = NULL;
        GetQueuedCompletionStatus(page->http.port, &bytes, &key, &overlapped, (DWORD)(limit - now));
        struct slot *slot = (struct slot *)(void *)overlapped;
        if (slot != NULL && slot->state != IDLE && HasOverlappedIoCompleted(overlapped)) {
            busy -= slot->state == state;
            slot->state = IDLE;
        }
    }
}

/* Lets replies through, closes, and takes the completions that this brings, so that nothing is
 * written to freed memory. */
static void wind_down(struct page *page)
{
    drain(page, SENDING);
    httpsys_withdraw(&page->http);
    httpsys_close_queue(&page->http);
    drain(page, SENDING);
    drain(page, RECEIVING);
}

static void take_config(struct page *page)
{
    page->config = page->next;
    close_outbox(page);
    free(page->status);
    page->status = NULL;
    SetEvent(page->taken);
}

static unsigned __stdcall run(void *context)
{
    struct page *page = context;
    for (;;) {
        DWORD bytes = 0;
        ULONG_PTR key = 0;
        OVERLAPPED *overlapped = NULL;
        DWORD wait = receive_idle(page) ? INFINITE : RETRY_MS;
        BOOL good = GetQueuedCompletionStatus(page->http.port, &bytes, &key, &overlapped, wait);
        if (overlapped == NULL && good && key == CONFIG_KEY) {
            take_config(page);
            continue;
        }
        if (overlapped == NULL && !good && GetLastError() == WAIT_TIMEOUT) {
            continue;
        }
        if (overlapped == NULL) {
            break; /* told to stop, or the port is gone */
        }
        completed(page, (struct slot *)(void *)overlapped, good ? NO_ERROR : GetLastError());
    }
    wind_down(page);
    return 0;
}

/* ---- life ---- */

static bool make_slots(struct page *page)
{
    for (size_t i = 0; i < SLOTS; i++) {
        page->slots[i] = calloc(1, sizeof *page->slots[i]);
        if (page->slots[i] == NULL) {
            return false;
        }
        page->slots[i]->request = malloc(HEAD_SIZE);
        if (page->slots[i]->request == NULL) {
            return false;
        }
    }
    return true;
}

struct page *page_start(const struct config *config, struct error *err)
{
    struct page *page = calloc(1, sizeof *page);
    if (page == NULL || !make_slots(page)) {
        error_set(err, ERR_MEMORY, 0, "no memory for the status page");
        goto failed;
    }
    page->config = config;
    page->taken = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (page->taken == NULL) {
        wide_error(err, GetLastError(), "cannot start the status page");
        goto failed;
    }
    fill_protections();
    if (!httpsys_open(&page->http, config->listener.port, L"/hipbridge/", NULL, err)) {
        error_prefix(err, "the status page cannot be shown: ");
        goto failed;
    }
    page->thread = thread_start(run, page);
    if (page->thread == NULL) {
        wide_error(err, GetLastError(), "cannot start the status page's thread");
        goto failed;
    }
    return page;

failed:
    page_free(page);
    return NULL;
}

bool page_reconfigure(struct page *page, const struct config *config)
{
    page->next = config;
    PostQueuedCompletionStatus(page->http.port, 0, CONFIG_KEY, NULL);
    return WaitForSingleObject(page->taken, CONFIG_LIMIT_MS) == WAIT_OBJECT_0;
}

void page_withdraw(struct page *page)
{
    httpsys_withdraw(&page->http);
}

HANDLE page_stop(struct page *page)
{
    PostQueuedCompletionStatus(page->http.port, 0, STOP_KEY, NULL);
    return page->thread;
}

void page_free(struct page *page)
{
    if (page == NULL) {
        return;
    }
    httpsys_close(&page->http);
    for (size_t i = 0; i < SLOTS && page->slots[i] != NULL; i++) {
        if (page->slots[i]->state != IDLE) {
            continue; /* http.sys may still write to it */
        }
        free(page->slots[i]->request);
        free(page->slots[i]->body);
        free(page->slots[i]);
    }
    close_outbox(page);
    free(page->status);
    if (page->taken != NULL) {
        CloseHandle(page->taken);
    }
    if (page->thread != NULL) {
        CloseHandle(page->thread);
    }
    free(page);
}
