#include "http/exchange.h"

#include <stdlib.h>
#include <string.h>

#include "http/httpsys.h"
#include "net/request_line.h"
#include "system/clock.h"

enum {
    HEAD_SIZE = 8 * 1024, /* a head and a body of a hundred punches; each is touched in turn */
    HEAD_SIZE_MORE = 64 * 1024, /* when a head does not fit, and on … */
    HEAD_SIZE_MAX = 256 * 1024, /* … to more than http.sys lets one become by default */
    BODY_FIRST = 64 * 1024, /* to begin with; what is larger counts against the listener's room */
    RECEIVE_TRIES = 3,      /* for requests whose head is large and whose peer has gone */
    EMPTY_MAX = 16,         /* pieces of a body without a byte, one after another */
};

/*
 * Each kind of call has its own OVERLAPPED, so that a completion which the system queues although
 * the call failed at once (the documents and the drivers differ about ERROR_MORE_DATA) is known for
 * what it is. One that comes when the next call of the kind is under way is known by that being
 * under way, and for one that comes still later the exchange is never freed (`late`).
 */
enum operation_kind { RECEIVE, RECEIVE_AGAIN, BODY, SEND, OPERATIONS, NOTHING = OPERATIONS };

struct operation {
    OVERLAPPED overlapped; /* first: exchange_of */
    struct exchange *exchange;
};

struct exchange {
    struct operation operations[OPERATIONS];
    struct exchange_queue *queue;

    HTTP_REQUEST *head; /* with all that it points to, and the beginning of the body */
    size_t head_size;
    HTTP_REQUEST_ID id;

    struct share_place *place; /* of the peer, while its body is on its way */
    uint64_t body_began_ms;
    char *body; /* NULL when the body came whole with the head */
    size_t body_len, body_size;
    size_t body_counted; /* of its size, against the listener's room */
    uint64_t length;     /* Content-Length */
    size_t empty;        /* pieces in a row */

    struct exchange *next; /* of the queue's spares */
    struct intake_item item;
    struct reply reply;
    enum operation_kind awaited;
    bool has_length;
    bool given_up;
    bool late; /* a completion may come that nobody waits for */
    bool disconnect;
    struct address local; /* by which the peer called this PC */
};

struct exchange *exchange_new(struct exchange_queue *queue)
{
    if (queue->spare != NULL) {
        struct exchange *spare = queue->spare;
        queue->spare = spare->next;
        return spare;
    }
    struct exchange *exchange = calloc(1, sizeof *exchange);
    if (exchange == NULL) {
        return NULL;
    }
    exchange->queue = queue;
    exchange->awaited = NOTHING;
    for (size_t i = 0; i < OPERATIONS; i++) {
        exchange->operations[i].exchange = exchange;
    }
    return exchange;
}

static void drop_body(struct exchange *exchange)
{
    free(exchange->body);
    exchange->queue->body_room += exchange->body_counted;
    share_give(exchange->place, exchange->body_counted);
    exchange->body = NULL;
    exchange->body_len = exchange->body_size = exchange->body_counted = 0;
}

/* The request is over: what it had of the listener is given back. */
static void let_go(struct exchange *exchange)
{
    drop_body(exchange);
    if (exchange->place != NULL) {
        exchange->queue->bodies--;
    }
    share_leave(exchange->place);
    exchange->place = NULL;
    exchange->given_up = false;
    exchange->empty = 0;
}

void exchange_free(struct exchange *exchange)
{
    let_go(exchange);
    free(exchange->head);
    exchange->head = NULL;
    exchange->head_size = 0;
    if (exchange->late) {
        exchange->next = exchange->queue->spare;
        exchange->queue->spare = exchange;
        return;
    }
    free(exchange);
}

void exchange_free_spares(struct exchange_queue *queue)
{
    while (queue->spare != NULL) {
        struct exchange *spare = queue->spare;
        queue->spare = spare->next;
        free(spare);
    }
}

struct exchange *exchange_of(OVERLAPPED *overlapped)
{
    return ((struct operation *)(void *)overlapped)->exchange;
}

const struct address *exchange_local(const struct exchange *exchange)
{
    return &exchange->local;
}

struct intake_item *exchange_item(struct exchange *exchange)
{
    return &exchange->item;
}

bool exchange_receiving(const struct exchange *exchange)
{
    return exchange->awaited == RECEIVE;
}

static OVERLAPPED *await(struct exchange *exchange, enum operation_kind kind)
{
    exchange->awaited = kind;
    OVERLAPPED *overlapped = &exchange->operations[kind].overlapped;
    memset(overlapped, 0, sizeof *overlapped);
    return overlapped;
}

void exchange_cancel_receive(struct exchange *exchange)
{
    if (exchange->awaited == RECEIVE || exchange->awaited == RECEIVE_AGAIN ||
        exchange->awaited == BODY) {
        CancelIoEx(exchange->queue->handle, &exchange->operations[exchange->awaited].overlapped);
    }
}

bool exchange_awaits_body(const struct exchange *exchange)
{
    return exchange->awaited == BODY && !exchange->given_up;
}

bool exchange_is_overdue(const struct exchange *exchange, uint64_t now_ms)
{
    return share_overdue(exchange->body_began_ms, now_ms, exchange->body_len);
}

bool exchange_goes_first(const struct exchange *exchange, const struct exchange *other)
{
    return share_goes_first(exchange->place, exchange->body_began_ms, other->place,
                            other->body_began_ms);
}

void exchange_give_up(struct exchange *exchange)
{
    exchange->given_up = true;
    exchange_cancel_receive(exchange);
}

/* ---- replies ---- */

bool exchange_reply(struct exchange *exchange)
{
    if (reply_send(exchange->queue->handle, exchange->id, &exchange->reply, &exchange->item,
                   exchange->disconnect, exchange->queue->retry_s, exchange->queue->page,
                   await(exchange, SEND))) {
        return true;
    }
    exchange->awaited = NOTHING;
    return false;
}

/* Says no to a request that is not here in full; what is left of it is not waited for. */
static enum exchange_step refuse(struct exchange *exchange, int status)
{
    iclock_refuse(status, &exchange->item.reply);
    exchange->item.fk.reply.response_code = NULL; /* no word at all is no OK either */
    exchange->disconnect = true;
    return exchange_reply(exchange) ? EXCHANGE_PENDING : EXCHANGE_DONE;
}

/* ---- the head ---- */

static bool make_head(struct exchange *exchange, size_t size)
{
    free(exchange->head);
    exchange->head = malloc(size);
    exchange->head_size = exchange->head != NULL ? size : 0;
    return exchange->head != NULL;
}

/* The system's code, NO_ERROR when a completion will come. */
static ULONG ask(struct exchange *exchange, enum operation_kind kind, HTTP_REQUEST_ID id,
                 ULONG flags)
{
    ULONG code = HttpReceiveHttpRequest(exchange->queue->handle, id, flags, exchange->head,
                                        (ULONG)exchange->head_size, NULL, await(exchange, kind));
    if (code == NO_ERROR || code == ERROR_IO_PENDING) {
        return NO_ERROR;
    }
    exchange->awaited = NOTHING;
    exchange->late = exchange->late || code == ERROR_MORE_DATA;
    return code;
}

/*
 * Takes the head again into a place that is large enough. Without its body: by the documentation
 * ERROR_MORE_DATA also says that a body does not fit beside its head, and no place is as large as
 * a body may be.
 */
static enum exchange_step receive_again(struct exchange *exchange, HTTP_REQUEST_ID id)
{
    ULONG code = ERROR_MORE_DATA;
    exchange->id = id;
    while (code == ERROR_MORE_DATA) {
        size_t size =
            exchange->head_size < HEAD_SIZE_MORE ? HEAD_SIZE_MORE : exchange->head_size * 2;
        if (size > HEAD_SIZE_MAX) {
            return refuse(exchange, 400);
        }
        if (!make_head(exchange, size)) {
            return refuse(exchange, 503);
        }
        code = ask(exchange, RECEIVE_AGAIN, id, 0);
    }
    return code == NO_ERROR ? EXCHANGE_PENDING : refuse(exchange, 503);
}

bool exchange_receive(struct exchange *exchange)
{
    ULONG code = ERROR_MORE_DATA;
    let_go(exchange);
    exchange->disconnect = false;
    for (int i = 0; i < RECEIVE_TRIES && code == ERROR_MORE_DATA; i++) {
        if (exchange->head_size != HEAD_SIZE && !make_head(exchange, HEAD_SIZE)) {
            return false;
        }
        code = ask(exchange, RECEIVE, HTTP_NULL_ID, HTTP_RECEIVE_REQUEST_FLAG_COPY_BODY);
        if (code == ERROR_MORE_DATA &&
            receive_again(exchange, exchange->head->RequestId) == EXCHANGE_PENDING) {
            return true;
        }
    }
    return code == NO_ERROR;
}

static bool read_length(struct exchange *exchange)
{
    const HTTP_KNOWN_HEADER *header =
        &exchange->head->Headers.KnownHeaders[HttpHeaderContentLength];
    exchange->has_length = header->RawValueLength > 0;
    return request_line_length((struct span){header->pRawValue, header->RawValueLength},
                               &exchange->length);
}

/* What http.sys has no number for; Referer is the one of a browser's that has. */
static void read_headers(const HTTP_REQUEST *head, struct intake_item *item)
{
    struct iclock_request *request = &item->request;
    struct fkweb_request *fk = &item->fk.request;
    memset(&item->fk, 0, sizeof item->fk);
    const HTTP_KNOWN_HEADER *type = &head->Headers.KnownHeaders[HttpHeaderContentType];
    const HTTP_KNOWN_HEADER *encoding = &head->Headers.KnownHeaders[HttpHeaderContentEncoding];
    request->content_type = (struct span){type->pRawValue, type->RawValueLength};
    request->content_encoding = (struct span){encoding->pRawValue, encoding->RawValueLength};
    request->browser = head->Headers.KnownHeaders[HttpHeaderReferer].RawValueLength > 0;
    for (USHORT i = 0; i < head->Headers.UnknownHeaderCount; i++) {
        const HTTP_UNKNOWN_HEADER *header = &head->Headers.pUnknownHeaders[i];
        struct span name = {header->pName, header->NameLength};
        struct span *place = fkweb_header(fk, name);
        if (place != NULL) {
            *place = (struct span){header->pRawValue, header->RawValueLength};
        }
        request->browser = request->browser || request_line_is_browsers(name);
    }
    /* FkWeb is known by its headers, whatever the path. */
    fk->given = fk->code.at != NULL && fk->dev_id.at != NULL;
    request->other_family = fk->code.at != NULL && !fk->given;
}

static void read_head(struct exchange *exchange)
{
    const HTTP_REQUEST *head = exchange->head;
    struct iclock_request *request = &exchange->item.request;
    exchange->id = head->RequestId;
    switch (head->Verb) {
    case HttpVerbGET:
        request->method = ICLOCK_GET;
        break;
    case HttpVerbPOST:
        request->method = ICLOCK_POST;
        break;
    case HttpVerbHEAD:
        request->method = ICLOCK_HEAD;
        break;
    default:
        request->method = ICLOCK_OTHER_METHOD;
        break;
    }
    struct request_line line;
    request_line_read((struct span){head->pRawUrl, head->RawUrlLength}, &line);
    request->path = line.path;
    request->query = line.query;
    read_headers(head, &exchange->item);
    httpsys_address(head->Address.pRemoteAddress, &exchange->item.peer);
    httpsys_address(head->Address.pLocalAddress, &exchange->local);
}

/* ---- the body ---- */

static enum exchange_step complete(struct exchange *exchange, struct span body)
{
    exchange->awaited = NOTHING;
    if (body.len > exchange->queue->max_body) {
        return refuse(exchange, 413);
    }
    if (exchange->has_length && body.len != exchange->length) {
        return refuse(exchange, 400); /* cut short: not a delivery */
    }
    exchange->item.request.body = body;
    return EXCHANGE_READY;
}

/*
 * Makes room for `size` bytes of body in all, within what the listener may take. The first
 * BODY_FIRST of each are bounded by how many bodies there may be, so that a delivery of the usual
 * size finds room whatever else is under way.
 */
static bool make_room(struct exchange *exchange, size_t size)
{
    struct exchange_queue *queue = exchange->queue;
    size_t counted = size > BODY_FIRST ? size : 0;
    size_t more = counted - exchange->body_counted;
    if (more > queue->body_room || !share_take(&queue->share, exchange->place, more)) {
        return false;
    }
    char *body = realloc(exchange->body, size);
    if (body == NULL) {
        share_give(exchange->place, more);
        return false;
    }
    queue->body_room -= more;
    exchange->body = body;
    exchange->body_size = size;
    exchange->body_counted = counted;
    return true;
}

static enum exchange_step read_on(struct exchange *exchange)
{
    struct exchange_queue *queue = exchange->queue;
    if (exchange->body_len > queue->max_body) {
        return refuse(exchange, 413);
    }
    if (exchange->body_len == exchange->body_size) {
        size_t size = exchange->body_size * 2;
        /* One byte more than is allowed shows that there is more. */
        if (size > queue->max_body + 1) {
            size = queue->max_body + 1;
        }
        if (exchange->has_length && size > exchange->length) {
            size = (size_t)exchange->length;
        }
        if (!make_room(exchange, size)) {
            return refuse(exchange, 503);
        }
    }
    ULONG code = HttpReceiveRequestEntityBody(
        queue->handle, exchange->id, 0, exchange->body + exchange->body_len,
        (ULONG)(exchange->body_size - exchange->body_len), NULL, await(exchange, BODY));
    if (code == NO_ERROR || code == ERROR_IO_PENDING) {
        return EXCHANGE_PENDING;
    }
    exchange->awaited = NOTHING;
    if (code == ERROR_HANDLE_EOF) {
        return complete(exchange, (struct span){exchange->body, exchange->body_len});
    }
    return refuse(exchange, 503); /* it may come again; where the peer has gone, nobody hears it */
}

static enum exchange_step next_of_body(struct exchange *exchange)
{
    if (exchange->has_length && exchange->body_len == exchange->length) {
        return complete(exchange, (struct span){exchange->body, exchange->body_len});
    }
    return read_on(exchange);
}

/* Whether all of the body stands in one piece beside the head. */
static bool came_whole(const HTTP_REQUEST *head, struct span *body)
{
    *body = (struct span){NULL, 0};
    if ((head->Flags & HTTP_REQUEST_FLAG_MORE_ENTITY_BODY_EXISTS) != 0 ||
        head->EntityChunkCount > 1) {
        return false;
    }
    if (head->EntityChunkCount == 1) {
        const HTTP_DATA_CHUNK *chunk = &head->pEntityChunks[0];
        *body = (struct span){chunk->FromMemory.pBuffer, (size_t)chunk->FromMemory.BufferLength};
        return chunk->DataChunkType == HttpDataChunkFromMemory;
    }
    return true;
}

/* Takes what came with the head, and waits for the rest. */
static enum exchange_step begin_body(struct exchange *exchange)
{
    struct exchange_queue *queue = exchange->queue;
    const HTTP_REQUEST *head = exchange->head;
    size_t here = 0;
    if (exchange->has_length && exchange->length > queue->max_body) {
        return refuse(exchange, 413);
    }
    exchange->place = share_enter(&queue->share, &exchange->item.peer);
    if (exchange->place == NULL) {
        return refuse(exchange, 503);
    }
    queue->bodies++;
    exchange->body_began_ms = GetTickCount64();
    for (USHORT i = 0; i < head->EntityChunkCount; i++) {
        if (head->pEntityChunks[i].DataChunkType == HttpDataChunkFromMemory) {
            here += head->pEntityChunks[i].FromMemory.BufferLength;
        }
    }

    size_t size = here + BODY_FIRST;
    if (exchange->has_length && exchange->length < size) {
        size = (size_t)exchange->length;
    }
    if (size < here || size == 0) {
        return refuse(exchange, 400);
    }
    if (!make_room(exchange, size)) {
        return refuse(exchange, 503);
    }
    for (USHORT i = 0; i < head->EntityChunkCount; i++) {
        const HTTP_DATA_CHUNK *chunk = &head->pEntityChunks[i];
        if (chunk->DataChunkType != HttpDataChunkFromMemory) {
            continue;
        }
        memcpy(exchange->body + exchange->body_len, chunk->FromMemory.pBuffer,
               chunk->FromMemory.BufferLength);
        exchange->body_len += chunk->FromMemory.BufferLength;
    }
    if ((head->Flags & HTTP_REQUEST_FLAG_MORE_ENTITY_BODY_EXISTS) == 0) {
        return complete(exchange, (struct span){exchange->body, exchange->body_len});
    }
    return next_of_body(exchange);
}

/*
 * Who opens the bare address in a browser on this PC looks for the status page, by whatever name of
 * this PC. HIP's own terminals are known by their headers, whatever the path.
 */
static bool looks_for_page(const struct exchange *exchange)
{
    const struct iclock_request *request = &exchange->item.request;
    const struct address *peer = &exchange->item.peer;
    bool here = address_is_loopback(peer) || address_equal(peer, &exchange->local);
    return here && request->method == ICLOCK_GET && !exchange->item.fk.request.given &&
           !request->other_family && span_equal(request->path, SPAN("/"));
}

static enum exchange_step lead_to_page(struct exchange *exchange, bool whole)
{
    iclock_refuse(REPLY_ELSEWHERE, &exchange->item.reply);
    exchange->disconnect = !whole;
    return exchange_reply(exchange) ? EXCHANGE_PENDING : EXCHANGE_DONE;
}

/* The gate comes first: who may not speak is not waited for, nor counted. */
static enum exchange_step begin_request(struct exchange *exchange)
{
    struct span body;
    struct moment now = {.unix_s = clock_unix(), .steady_s = clock_steady()};
    read_head(exchange);
    bool whole = came_whole(exchange->head, &body);
    exchange->item.request.body = whole ? body : (struct span){NULL, 0};
    if (looks_for_page(exchange)) {
        return lead_to_page(exchange, whole);
    }
    if (!intake_admits(exchange->queue->intake, &exchange->item, whole, now)) {
        exchange->disconnect = !whole;
        return exchange_reply(exchange) ? EXCHANGE_PENDING : EXCHANGE_DONE;
    }
    if (!read_length(exchange)) {
        return refuse(exchange, 400);
    }
    return whole ? complete(exchange, body) : begin_body(exchange);
}

/* ---- completions ---- */

enum exchange_step exchange_completed(struct exchange *exchange, OVERLAPPED *overlapped)
{
    enum operation_kind kind = exchange->awaited;
    if (kind == NOTHING || overlapped != &exchange->operations[kind].overlapped ||
        !HasOverlappedIoCompleted(overlapped)) {
        return EXCHANGE_PENDING;
    }
    exchange->awaited = NOTHING;

    DWORD bytes = 0;
    DWORD code = GetOverlappedResult(exchange->queue->handle, overlapped, &bytes, FALSE)
                     ? NO_ERROR
                     : GetLastError();
    switch (kind) {
    case RECEIVE:
        if (code == ERROR_MORE_DATA) {
            return receive_again(exchange, exchange->head->RequestId);
        }
        return code == NO_ERROR ? begin_request(exchange) : EXCHANGE_FAILED;
    case RECEIVE_AGAIN:
        if (code == ERROR_MORE_DATA) {
            return receive_again(exchange, exchange->id);
        }
        return code == NO_ERROR ? begin_request(exchange) : refuse(exchange, 503);
    case BODY:
        if (exchange->given_up) {
            return refuse(exchange, 408);
        }
        if (code == ERROR_HANDLE_EOF) {
            return complete(exchange, (struct span){exchange->body, exchange->body_len});
        }
        exchange->empty = bytes > 0 ? 0 : exchange->empty + 1;
        if (code != NO_ERROR || exchange->empty > EMPTY_MAX) {
            return refuse(exchange, 503);
        }
        exchange->body_len += bytes;
        return next_of_body(exchange);
    case SEND:
    case NOTHING:
        break;
    }
    return EXCHANGE_DONE;
}
