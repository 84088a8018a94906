#include "service/fake_private.h"

#include <wchar.h>

/* What the kernel calls what the caller is told. */
static const struct {
    ULONG code;
    LONG status;
} statuses[] = {
    {NO_ERROR, 0},
    {ERROR_ACCESS_DENIED, (LONG)0xC0000022},
    {ERROR_INVALID_HANDLE, (LONG)0xC0000008},
    {ERROR_NOT_ENOUGH_MEMORY, (LONG)0xC0000017},
    {ERROR_HANDLE_EOF, (LONG)0xC0000011},
    {ERROR_NETNAME_DELETED, (LONG)0xC00000C9},
    {ERROR_INVALID_PARAMETER, (LONG)0xC000000D},
    {ERROR_MORE_DATA, (LONG)0x80000005},
    {ERROR_OPERATION_ABORTED, (LONG)0xC0000120},
    {ERROR_NOACCESS, (LONG)0xC0000005},
    {ERROR_DLL_INIT_FAILED, (LONG)0xC0000142},
    {ERROR_CONNECTION_INVALID, (LONG)0xC000023A},
    {ERROR_CONNECTION_ABORTED, (LONG)0xC0000241},
    {ERROR_NO_SYSTEM_RESOURCES, (LONG)0xC000009A},
};

static LONG status_of(ULONG code)
{
    for (size_t i = 0; i < HB_COUNT(statuses); i++) {
        if (statuses[i].code == code) {
            return statuses[i].status;
        }
    }
    fprintf(stderr, "fake_httpapi: no status is known for %lu\n", (unsigned long)code);
    abort();
}

static void note(enum fake_call call)
{
    size_t len = strlen(fake.turn);
    fake.called[call]++;
    if (fake_documented[call].letter != '.' && len + 1 < sizeof fake.turn) {
        fake.turn[len] = fake_documented[call].letter;
        fake.turn[len + 1] = '\0';
    }
}

/* The next thing that the script has for the call; NULL when it takes its course. No head is too
 * large of a request that has not come. */
static struct script *scripted(enum fake_call call, bool comes)
{
    for (size_t i = 0; i < SCRIPTS; i++) {
        struct script *script = &fake.scripts[i];
        if (script->left > 0 && script->call == call &&
            (comes || script->code != ERROR_MORE_DATA)) {
            script->left--;
            fake_note_code(call, script->code);
            return script;
        }
    }
    return NULL;
}

/* ---- what is under way ---- */

static void finish(struct queue *queue, OVERLAPPED *overlapped, ULONG code, size_t bytes)
{
    overlapped->Internal = (ULONG_PTR)status_of(code);
    overlapped->InternalHigh = bytes;
    fake.complete(queue->port, 0, (ULONG_PTR)overlapped, status_of(code), bytes);
}

void fake_finish(struct under_way *one, ULONG code, size_t bytes)
{
    OVERLAPPED *overlapped = one->overlapped;
    struct queue *queue = one->queue;
    fake_note_code(one->call, code);
    memset(one, 0, sizeof *one);
    finish(queue, overlapped, code, bytes);
}

static void check_idle(OVERLAPPED *overlapped, enum fake_call call)
{
    if (overlapped == NULL) {
        fake_broken("called without an OVERLAPPED", call);
    }
    for (size_t i = 0; i < UNDER_WAY; i++) {
        if (fake.under_way[i].overlapped == overlapped) {
            fake_broken("an OVERLAPPED is used again while it is under way", call);
        }
    }
}

static struct under_way *keep(const struct under_way *what)
{
    for (size_t i = 0; i < UNDER_WAY; i++) {
        if (fake.under_way[i].overlapped == NULL) {
            fake.under_way[i] = *what;
            return &fake.under_way[i];
        }
    }
    fake_broken("more calls are under way than the fake has places for", what->call);
    return NULL;
}

/* Of a call that has done its work: how it says so. */
static ULONG done(struct queue *queue, OVERLAPPED *overlapped, size_t bytes)
{
    finish(queue, overlapped, NO_ERROR, bytes);
    return fake.at_once ? NO_ERROR : ERROR_IO_PENDING;
}

static ULONG by_script(const struct script *script, struct queue *queue, OVERLAPPED *overlapped)
{
    if (script->how != FAKE_AT_ONCE) {
        finish(queue, overlapped, script->code, 0);
    }
    return script->how == FAKE_LATER ? ERROR_IO_PENDING : script->code;
}

static struct queue *queue_of(HANDLE handle)
{
    for (size_t i = 0; i < QUEUES; i++) {
        if (fake.queues[i].open && fake.queues[i].handle == handle) {
            return &fake.queues[i];
        }
    }
    return NULL;
}

struct arrival *fake_arrival(uint64_t id)
{
    struct arrival *arrival = &fake.arrivals[id % REQUESTS];
    return id != 0 && arrival->id == id ? arrival : NULL;
}

/* Hands the request to a receive; its code. */
ULONG fake_deliver(struct arrival *arrival, void *buffer, ULONG size, ULONG flags)
{
    arrival->delivered = true;
    return fake_write_head(arrival, buffer, size, flags) ? NO_ERROR : ERROR_MORE_DATA;
}

static struct arrival *waiting(const struct queue *queue)
{
    struct arrival *first = NULL;
    for (size_t i = 0; i < REQUESTS; i++) {
        struct arrival *one = &fake.arrivals[i];
        if (one->id != 0 && one->queue == queue && !one->delivered && !one->gone &&
            (first == NULL || one->id < first->id)) {
            first = one;
        }
    }
    return first;
}

/* ---- the calls that open and close ---- */

static ULONG plain(enum fake_call call)
{
    EnterCriticalSection(&fake.lock);
    note(call);
    const struct script *script = scripted(call, true);
    LeaveCriticalSection(&fake.lock);
    return script != NULL ? script->code : NO_ERROR;
}

ULONG WINAPI HttpInitialize(HTTPAPI_VERSION version, ULONG flags, PVOID reserved)
{
    (void)version;
    (void)flags;
    (void)reserved;
    ULONG code = plain(FAKE_INITIALIZE);
    fake.initialised += code == NO_ERROR;
    return code;
}

ULONG WINAPI HttpTerminate(ULONG flags, PVOID reserved)
{
    (void)flags;
    (void)reserved;
    if (fake.initialised-- <= 0) {
        fake_broken("ended more often than begun", FAKE_TERMINATE);
    }
    return plain(FAKE_TERMINATE);
}

ULONG WINAPI HttpCreateServerSession(HTTPAPI_VERSION version, PHTTP_SERVER_SESSION_ID session,
                                     ULONG reserved)
{
    (void)version;
    (void)reserved;
    ULONG code = plain(FAKE_CREATE_SESSION);
    *session = code == NO_ERROR ? 1 : 0;
    return code;
}

ULONG WINAPI HttpCreateUrlGroup(HTTP_SERVER_SESSION_ID session, PHTTP_URL_GROUP_ID group,
                                ULONG reserved)
{
    (void)reserved;
    if (session == 0) {
        fake_broken("a group without a session", FAKE_CREATE_GROUP);
    }
    ULONG code = plain(FAKE_CREATE_GROUP);
    *group = code == NO_ERROR ? ++fake.last_group : 0;
    return code;
}

ULONG WINAPI HttpCreateRequestQueue(HTTPAPI_VERSION version, PCWSTR name,
                                    PSECURITY_ATTRIBUTES security, ULONG flags, PHANDLE out)
{
    (void)version;
    (void)name;
    (void)security;
    (void)flags;
    ULONG code = plain(FAKE_CREATE_QUEUE);
    *out = NULL;
    for (size_t i = 0; code == NO_ERROR && i < QUEUES; i++) {
        if (!fake.queues[i].open) {
            memset(&fake.queues[i], 0, sizeof fake.queues[i]);
            fake.queues[i].open = true;
            fake.queues[i].handle = *out = CreateEventW(NULL, FALSE, FALSE, NULL);
            break;
        }
    }
    return code;
}

ULONG WINAPI HttpSetUrlGroupProperty(HTTP_URL_GROUP_ID group, HTTP_SERVER_PROPERTY property,
                                     PVOID value, ULONG size)
{
    (void)size;
    ULONG code = plain(FAKE_SET_GROUP);
    if (code == NO_ERROR && property == HttpServerBindingProperty) {
        const HTTP_BINDING_INFO *binding = value;
        struct queue *queue = queue_of(binding->RequestQueueHandle);
        if (queue == NULL) {
            fake_broken("bound to no queue", FAKE_SET_GROUP);
        }
        queue->group = group;
    }
    return code;
}

ULONG WINAPI HttpSetRequestQueueProperty(HANDLE queue, HTTP_SERVER_PROPERTY property, PVOID value,
                                         ULONG size, ULONG reserved, PVOID more)
{
    (void)queue;
    (void)property;
    (void)value;
    (void)size;
    (void)reserved;
    (void)more;
    return plain(FAKE_SET_QUEUE);
}

static struct queue *queue_of_group(HTTP_URL_GROUP_ID group)
{
    for (size_t i = 0; i < QUEUES; i++) {
        if (fake.queues[i].open && fake.queues[i].group == group) {
            return &fake.queues[i];
        }
    }
    return NULL;
}

ULONG WINAPI HttpAddUrlToUrlGroup(HTTP_URL_GROUP_ID group, PCWSTR url, HTTP_URL_CONTEXT context,
                                  ULONG reserved)
{
    (void)context;
    (void)reserved;
    ULONG code = plain(FAKE_ADD_URL);
    struct queue *queue = queue_of_group(group);
    if (queue == NULL) {
        return code != NO_ERROR ? code : ERROR_INVALID_PARAMETER;
    }
    if (code == NO_ERROR) {
        swprintf(queue->url, HB_COUNT(queue->url), L"%ls", url);
    }
    return code;
}

/* Replies that are not through go with the address: the connections may be closed with it. */
static void lose_address(struct queue *queue)
{
    queue->url[0] = L'\0';
    for (size_t i = 0; i < UNDER_WAY; i++) {
        struct under_way *one = &fake.under_way[i];
        if (one->overlapped != NULL && one->queue == queue && one->call == FAKE_SEND) {
            fake_arrival(one->id)->cut = true;
            fake_finish(one, ERROR_CONNECTION_INVALID, 0);
        }
    }
}

ULONG WINAPI HttpRemoveUrlFromUrlGroup(HTTP_URL_GROUP_ID group, PCWSTR url, ULONG flags)
{
    (void)url;
    (void)flags;
    ULONG code = plain(FAKE_REMOVE_URL);
    EnterCriticalSection(&fake.lock);
    struct queue *queue = queue_of_group(group);
    if (code == NO_ERROR && (queue == NULL || queue->url[0] == L'\0')) {
        code = ERROR_FILE_NOT_FOUND;
        fake_note_code(FAKE_REMOVE_URL, code);
    } else if (code == NO_ERROR) {
        lose_address(queue);
    }
    LeaveCriticalSection(&fake.lock);
    return code;
}

ULONG WINAPI HttpCloseUrlGroup(HTTP_URL_GROUP_ID group)
{
    EnterCriticalSection(&fake.lock);
    struct queue *queue = queue_of_group(group);
    if (queue != NULL) {
        lose_address(queue);
        queue->group = 0;
    }
    LeaveCriticalSection(&fake.lock);
    return plain(FAKE_CLOSE_GROUP);
}

ULONG WINAPI HttpCloseServerSession(HTTP_SERVER_SESSION_ID session)
{
    (void)session;
    return plain(FAKE_CLOSE_SESSION);
}

ULONG WINAPI HttpCloseRequestQueue(HANDLE handle)
{
    ULONG code = plain(FAKE_CLOSE_QUEUE);
    EnterCriticalSection(&fake.lock);
    struct queue *queue = queue_of(handle);
    if (queue == NULL) {
        fake_broken("a queue that is none is closed", FAKE_CLOSE_QUEUE);
    }
    for (size_t i = 0; i < UNDER_WAY; i++) {
        if (fake.under_way[i].overlapped != NULL && fake.under_way[i].queue == queue) {
            fake_finish(&fake.under_way[i], ERROR_OPERATION_ABORTED, 0);
        }
    }
    queue->open = false;
    CloseHandle(queue->handle);
    LeaveCriticalSection(&fake.lock);
    return code;
}

/* ---- the calls that configure ---- */

ULONG WINAPI HttpDeleteServiceConfiguration(HANDLE service, HTTP_SERVICE_CONFIG_ID what, PVOID set,
                                            ULONG size, LPOVERLAPPED overlapped)
{
    const HTTP_SERVICE_CONFIG_URLACL_SET *record = set;
    (void)overlapped;
    if (service != NULL || what != HttpServiceConfigUrlAclInfo || size != sizeof *record) {
        fake_broken("not the way to name a reservation", FAKE_DELETE_CONFIG);
    }
    ULONG code = plain(FAKE_DELETE_CONFIG);
    size_t len = wcslen(record->KeyDesc.pUrlPrefix);
    bool there =
        wcsncmp(fake.reserved, record->KeyDesc.pUrlPrefix, len) == 0 && fake.reserved[len] == L' ';
    if (code == NO_ERROR && !there) {
        code = ERROR_FILE_NOT_FOUND;
        fake_note_code(FAKE_DELETE_CONFIG, code);
    } else if (code == NO_ERROR) {
        fake.reserved[0] = L'\0';
    }
    return code;
}

ULONG WINAPI HttpSetServiceConfiguration(HANDLE service, HTTP_SERVICE_CONFIG_ID what, PVOID set,
                                         ULONG size, LPOVERLAPPED overlapped)
{
    const HTTP_SERVICE_CONFIG_URLACL_SET *record = set;
    (void)overlapped;
    if (service != NULL || what != HttpServiceConfigUrlAclInfo || size != sizeof *record) {
        fake_broken("not the way to make a reservation", FAKE_SET_CONFIG);
    }
    ULONG code = plain(FAKE_SET_CONFIG);
    if (code == NO_ERROR && fake.reserved[0] != L'\0') {
        code = ERROR_ALREADY_EXISTS;
        fake_note_code(FAKE_SET_CONFIG, code);
    } else if (code == NO_ERROR) {
        swprintf(fake.reserved, HB_COUNT(fake.reserved), L"%ls %ls", record->KeyDesc.pUrlPrefix,
                 record->ParamDesc.pStringSecurityDescriptor);
    }
    return code;
}

/* ---- the calls that carry ---- */

ULONG WINAPI HttpReceiveHttpRequest(HANDLE handle, HTTP_REQUEST_ID id, ULONG flags,
                                    PHTTP_REQUEST buffer, ULONG size, PULONG bytes,
                                    LPOVERLAPPED overlapped)
{
    enum fake_call call = id == HTTP_NULL_ID ? FAKE_RECEIVE : FAKE_RECEIVE_AGAIN;
    ULONG code = ERROR_INVALID_HANDLE;
    (void)bytes;
    EnterCriticalSection(&fake.lock);
    struct queue *queue = queue_of(handle);
    if (queue != NULL) {
        note(call);
        check_idle(overlapped, call);
        overlapped->Internal = STATUS_PENDING;
        struct arrival *arrival = id == HTTP_NULL_ID ? waiting(queue) : fake_arrival(id);
        const struct script *script = scripted(call, arrival != NULL);
        if (call == FAKE_RECEIVE_AGAIN && arrival == NULL) {
            fake_broken("a request is asked for that there is not", call);
        }
        if (script != NULL) {
            if (script->code == ERROR_MORE_DATA) { /* the id, and no more */
                arrival->delivered = true;
                memset(buffer, 0, sizeof *buffer);
                buffer->RequestId = arrival->id;
            }
            code = by_script(script, queue, overlapped);
        } else if (call == FAKE_RECEIVE_AGAIN && arrival->gone) {
            code = ERROR_CONNECTION_INVALID;
            fake_note_code(call, code);
        } else if (arrival == NULL) {
            keep(&(struct under_way){overlapped, queue, call, 0, buffer, size, flags});
            code = ERROR_IO_PENDING;
        } else {
            code = fake_deliver(arrival, buffer, size, flags);
            fake_note_code(call, code);
            if (code == NO_ERROR || !fake.at_once) {
                finish(queue, overlapped, code, size);
                code = fake.at_once ? code : ERROR_IO_PENDING;
            }
        }
    }
    LeaveCriticalSection(&fake.lock);
    return code;
}

ULONG WINAPI HttpReceiveRequestEntityBody(HANDLE handle, HTTP_REQUEST_ID id, ULONG flags,
                                          PVOID buffer, ULONG size, PULONG bytes,
                                          LPOVERLAPPED overlapped)
{
    ULONG code = ERROR_INVALID_HANDLE;
    (void)flags;
    (void)bytes;
    EnterCriticalSection(&fake.lock);
    struct queue *queue = queue_of(handle);
    struct arrival *arrival = fake_arrival(id);
    if (queue != NULL) {
        note(FAKE_RECEIVE_BODY);
        check_idle(overlapped, FAKE_RECEIVE_BODY);
        if (arrival == NULL || !arrival->delivered || arrival->replied || size == 0) {
            fake_broken("a body is asked for that is not to be had", FAKE_RECEIVE_BODY);
        }
        overlapped->Internal = STATUS_PENDING;
        const struct script *script = scripted(FAKE_RECEIVE_BODY, true);
        size_t len = fake_least(fake_next_piece(arrival),
                                fake_least(size, arrival->asked.body_len - arrival->at));
        if (script != NULL) {
            code = by_script(script, queue, overlapped);
        } else if (arrival->gone) {
            code = ERROR_CONNECTION_INVALID;
            fake_note_code(FAKE_RECEIVE_BODY, code);
        } else if (arrival->at == arrival->asked.body_len) {
            code = ERROR_HANDLE_EOF;
            fake_note_code(FAKE_RECEIVE_BODY, code);
            if (!fake.at_once) {
                finish(queue, overlapped, code, 0);
                code = ERROR_IO_PENDING;
            }
        } else if (len == 0) {
            keep(&(struct under_way){overlapped, queue, FAKE_RECEIVE_BODY, id, buffer, size, 0});
            code = ERROR_IO_PENDING;
        } else {
            memcpy(buffer, arrival->asked.body + arrival->at, len);
            arrival->at += len;
            arrival->piece++;
            code = done(queue, overlapped, len);
        }
    }
    LeaveCriticalSection(&fake.lock);
    return code;
}

static void copy(char *out, size_t size, const char *bytes, size_t len)
{
    len = fake_least(len, size - 1);
    memcpy(out, bytes, len);
    out[len] = '\0';
}

static void read_reply(struct arrival *arrival, const HTTP_RESPONSE *response, ULONG flags)
{
    struct fake_reply *reply = &arrival->reply;
    const HTTP_KNOWN_HEADER *type = &response->Headers.KnownHeaders[HttpHeaderContentType];
    memset(reply, 0, sizeof *reply);
    reply->status = response->StatusCode;
    reply->disconnect = (flags & HTTP_SEND_RESPONSE_FLAG_DISCONNECT) != 0;
    if (type->pRawValue != NULL) {
        copy(reply->type, sizeof reply->type, type->pRawValue, type->RawValueLength);
    }
    for (USHORT i = 0; i < response->Headers.UnknownHeaderCount; i++) {
        const HTTP_UNKNOWN_HEADER *header = &response->Headers.pUnknownHeaders[i];
        size_t used = strlen(reply->headers);
        snprintf(reply->headers + used, sizeof reply->headers - used, "%.*s: %.*s\n",
                 (int)header->NameLength, header->pName, (int)header->RawValueLength,
                 header->pRawValue);
    }
    if (response->EntityChunkCount > 0) {
        const HTTP_DATA_CHUNK *chunk = &response->pEntityChunks[0];
        reply->body_len = chunk->FromMemory.BufferLength;
        copy(reply->body, sizeof reply->body, chunk->FromMemory.pBuffer, reply->body_len);
    }
}

ULONG WINAPI HttpSendHttpResponse(HANDLE handle, HTTP_REQUEST_ID id, ULONG flags,
                                  PHTTP_RESPONSE response, HB_HTTP_CACHE_POLICY policy,
                                  PULONG bytes, PVOID reserved, ULONG more, LPOVERLAPPED overlapped,
                                  HB_HTTP_LOG_DATA log)
{
    ULONG code = ERROR_INVALID_HANDLE;
    (void)policy;
    (void)bytes;
    (void)reserved;
    (void)more;
    (void)log;
    EnterCriticalSection(&fake.lock);
    struct queue *queue = queue_of(handle);
    struct arrival *arrival = fake_arrival(id);
    if (queue != NULL) {
        note(FAKE_SEND);
        check_idle(overlapped, FAKE_SEND);
        if (arrival == NULL || !arrival->delivered || arrival->replied) {
            fake_broken("a reply to no request, or a second one", FAKE_SEND);
        }
        overlapped->Internal = STATUS_PENDING;
        const struct script *script = scripted(FAKE_SEND, true);
        if (script != NULL) {
            code = by_script(script, queue, overlapped);
            arrival->replied = arrival->gone = true;
        } else if (arrival->gone) {
            code = ERROR_CONNECTION_INVALID;
            fake_note_code(FAKE_SEND, code);
        } else {
            arrival->replied = true;
            read_reply(arrival, response, flags);
            if (fake.holds_sends) {
                keep(&(struct under_way){overlapped, queue, FAKE_SEND, id, NULL, 0, 0});
                code = ERROR_IO_PENDING;
            } else {
                arrival->through = true;
                code = done(queue, overlapped, 100 + arrival->reply.body_len);
            }
        }
    }
    LeaveCriticalSection(&fake.lock);
    return code;
}

BOOL WINAPI fake_cancel(HANDLE handle, LPOVERLAPPED overlapped)
{
    BOOL found = FALSE;
    EnterCriticalSection(&fake.lock);
    for (size_t i = 0; queue_of(handle) != NULL && i < UNDER_WAY; i++) {
        if (fake.under_way[i].overlapped == overlapped) {
            fake_finish(&fake.under_way[i], ERROR_OPERATION_ABORTED, 0);
            found = TRUE;
            break;
        }
    }
    LeaveCriticalSection(&fake.lock);
    return found;
}

HANDLE WINAPI fake_port(HANDLE handle, HANDLE port, ULONG_PTR key, DWORD threads)
{
    struct queue *queue = queue_of(handle);
    (void)port;
    (void)key;
    if (queue == NULL) {
        return NULL;
    }
    queue->port = fake.make_port(INVALID_HANDLE_VALUE, NULL, 0, threads);
    return queue->port;
}
