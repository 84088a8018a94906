/*
 * bare_http PORT [FILE]: the least that a server on http.sys can do, as the limit that the service
 * is held against: overlapped receives on a completion port, the body read, and the answer "OK".
 * With FILE it is the least that a durable answer costs: as many bytes as have arrived together are
 * written there, and flushed, before they are answered.
 * One thread; runs until it is killed. Prints "listening" when it is.
 */
#include <windows.h>
#include <winsock2.h>

#include <http.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Wine forgets a request that is complete while no receive is outstanding: more receives than twice
 * the connections, since a client may ask again before the send to it has been seen to complete
 * here. A request's head and a body of a hundred punches fit into the buffer.
 */
enum { RECEIVES = 256, BUFFER = 16 * 1024, TOGETHER = 128, FILE_MAX = 4 * 1024 * 1024 };

enum step { RECEIVING, READING, SENDING };

struct slot {
    OVERLAPPED overlapped;
    enum step step;
    ULONG body; /* bytes of the body so far */
    HTTP_REQUEST *request;
    HTTP_RESPONSE response;
    HTTP_DATA_CHUNK chunk;
    char rest[BUFFER];
};

static HANDLE queue;
static HANDLE file; /* NULL: nothing is kept */
static ULONG to_write;
static struct slot *ready[TOGETHER];
static size_t ready_count;
static char answer[] = "OK";

static void fail(const char *what, ULONG code)
{
    fprintf(stderr, "bare_http: %s: %lu\n", what, code);
    exit(1);
}

static bool begun(const char *what, ULONG code)
{
    if (code != NO_ERROR && code != ERROR_IO_PENDING && code != ERROR_HANDLE_EOF &&
        code != ERROR_CONNECTION_INVALID && code != ERROR_NETNAME_DELETED) {
        fail(what, code);
    }
    return code == NO_ERROR || code == ERROR_IO_PENDING;
}

static void receive(struct slot *slot)
{
    do {
        memset(&slot->overlapped, 0, sizeof slot->overlapped);
        slot->step = RECEIVING;
        HTTP_SET_NULL_ID(&slot->request->RequestId);
    } while (
        !begun("receive", HttpReceiveHttpRequest(queue, 0, HTTP_RECEIVE_REQUEST_FLAG_COPY_BODY,
                                                 slot->request, BUFFER, NULL, &slot->overlapped)));
}

static void reply(struct slot *slot)
{
    memset(&slot->overlapped, 0, sizeof slot->overlapped);
    memset(&slot->response, 0, sizeof slot->response);
    slot->step = SENDING;
    slot->chunk.DataChunkType = HttpDataChunkFromMemory;
    slot->chunk.FromMemory.pBuffer = answer;
    slot->chunk.FromMemory.BufferLength = sizeof answer - 1;
    slot->response.StatusCode = 200;
    slot->response.pReason = "OK";
    slot->response.ReasonLength = 2;
    slot->response.EntityChunkCount = 1;
    slot->response.pEntityChunks = &slot->chunk;
    HTTP_KNOWN_HEADER *type = &slot->response.Headers.KnownHeaders[HttpHeaderContentType];
    type->pRawValue = "text/plain";
    type->RawValueLength = 10;
    if (!begun("send", HttpSendHttpResponse(queue, slot->request->RequestId, 0, &slot->response,
                                            NULL, NULL, NULL, 0, &slot->overlapped, NULL))) {
        receive(slot);
    }
}

/* The body is here in full. */
static void arrived(struct slot *slot)
{
    if (file == NULL) {
        reply(slot);
        return;
    }
    to_write += slot->body;
    ready[ready_count++] = slot;
}

/* One write and one flush for all that have arrived together, as a log that is used again from its
 * beginning. */
static void keep_and_reply(void)
{
    static char bytes[64 * 1024];
    static ULONG written;
    if (ready_count == 0) {
        return;
    }
    if (written > FILE_MAX) {
        written = 0;
        (void)SetFilePointer(file, 0, NULL, FILE_BEGIN);
    }
    while (to_write > 0) {
        DWORD piece = to_write < sizeof bytes ? to_write : (DWORD)sizeof bytes;
        if (!WriteFile(file, bytes, piece, &piece, NULL)) {
            fail("write", GetLastError());
        }
        to_write -= piece;
        written += piece;
    }
    if (!FlushFileBuffers(file)) {
        fail("flush", GetLastError());
    }
    for (size_t i = 0; i < ready_count; i++) {
        reply(ready[i]);
    }
    ready_count = 0;
}

static void read_rest(struct slot *slot)
{
    memset(&slot->overlapped, 0, sizeof slot->overlapped);
    slot->step = READING;
    ULONG code = HttpReceiveRequestEntityBody(queue, slot->request->RequestId, 0, slot->rest,
                                              sizeof slot->rest, NULL, &slot->overlapped);
    if (code == ERROR_HANDLE_EOF) {
        arrived(slot);
    } else if (!begun("read", code)) {
        receive(slot);
    }
}

static ULONG body_here(const HTTP_REQUEST *request)
{
    ULONG here = 0;
    for (USHORT i = 0; i < request->EntityChunkCount; i++) {
        here += request->pEntityChunks[i].FromMemory.BufferLength;
    }
    return here;
}

static void completed(struct slot *slot, ULONG code, ULONG bytes)
{
    switch (slot->step) {
    case RECEIVING:
        if (code != NO_ERROR) {
            receive(slot);
            break;
        }
        slot->body = body_here(slot->request);
        if (slot->request->Flags & HTTP_REQUEST_FLAG_MORE_ENTITY_BODY_EXISTS) {
            read_rest(slot);
        } else {
            arrived(slot);
        }
        break;
    case READING:
        slot->body += bytes;
        if (code == NO_ERROR) {
            read_rest(slot);
        } else if (code == ERROR_HANDLE_EOF) {
            arrived(slot);
        } else {
            receive(slot);
        }
        break;
    case SENDING:
        receive(slot);
        break;
    }
}

static void must(const char *what, ULONG code)
{
    if (code != NO_ERROR) {
        fail(what, code);
    }
}

static void listen_on(const char *port)
{
    HTTPAPI_VERSION version = HTTPAPI_VERSION_2;
    HTTP_SERVER_SESSION_ID session = 0;
    HTTP_URL_GROUP_ID group = 0;
    HTTP_BINDING_INFO binding;
    wchar_t url[64];

    must("initialize", HttpInitialize(version, HTTP_INITIALIZE_SERVER, NULL));
    must("session", HttpCreateServerSession(version, &session, 0));
    must("URL group", HttpCreateUrlGroup(session, &group, 0));
    must("queue", HttpCreateRequestQueue(version, NULL, NULL, 0, &queue));
    memset(&binding, 0, sizeof binding);
    binding.Flags.Present = 1;
    binding.RequestQueueHandle = queue;
    must("bind",
         HttpSetUrlGroupProperty(group, HttpServerBindingProperty, &binding, sizeof binding));
    (void)swprintf(url, sizeof url / sizeof url[0], L"http://+:%hs/", port);
    must("URL", HttpAddUrlToUrlGroup(group, url, 0, 0));
}

int main(int argc, char **argv)
{
    if (argc != 2 && argc != 3) {
        fprintf(stderr, "usage: bare_http PORT [FILE]\n");
        return 2;
    }
    if (argc == 3) {
        file = CreateFileA(argv[2], GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
        if (file == INVALID_HANDLE_VALUE) {
            fail("file", GetLastError());
        }
    }
    listen_on(argv[1]);
    HANDLE port = CreateIoCompletionPort(queue, NULL, 0, 1);
    if (port == NULL) {
        fail("completion port", GetLastError());
    }
    for (int i = 0; i < RECEIVES; i++) {
        struct slot *slot = calloc(1, sizeof *slot);
        if (slot == NULL || (slot->request = calloc(1, BUFFER)) == NULL) {
            fail("memory", ERROR_OUTOFMEMORY);
        }
        receive(slot);
    }
    (void)printf("listening\n");
    (void)fflush(stdout);
    for (;;) {
        OVERLAPPED_ENTRY entries[TOGETHER];
        ULONG count = 0;
        if (!GetQueuedCompletionStatusEx(port, entries, TOGETHER, &count, INFINITE, FALSE)) {
            fail("wait", GetLastError());
        }
        for (ULONG i = 0; i < count; i++) {
            OVERLAPPED *overlapped = entries[i].lpOverlapped;
            DWORD bytes = 0;
            BOOL done = GetOverlappedResult(queue, overlapped, &bytes, FALSE);
            completed((struct slot *)(void *)overlapped, done ? NO_ERROR : GetLastError(), bytes);
        }
        keep_and_reply();
    }
}
