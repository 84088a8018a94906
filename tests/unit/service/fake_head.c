#include "service/fake_private.h"

/* Writes heads as http.sys lays them out: all that a head points to is in the caller's buffer. */

/* Room within the caller's buffer, handed out from its beginning. */
struct room {
    char *at;
    size_t left;
    bool full;
};

static void *take(struct room *room, size_t size)
{
    size_t whole = (size + 7) / 8 * 8;
    if (whole > room->left) {
        room->full = true;
        return NULL;
    }
    void *place = room->at;
    room->at += whole;
    room->left -= whole;
    return place;
}

static char *take_text(struct room *room, const char *text, size_t len)
{
    char *place = take(room, len + 1);
    if (place != NULL) {
        memcpy(place, text, len);
        place[len] = '\0';
    }
    return place;
}

static void set_known(struct room *room, HTTP_REQUEST *head, HTTP_HEADER_ID id, const char *value)
{
    HTTP_KNOWN_HEADER *header = &head->Headers.KnownHeaders[id];
    header->RawValueLength = (USHORT)strlen(value);
    header->pRawValue = take_text(room, value, strlen(value));
}

static const struct {
    const char *name;
    HTTP_HEADER_ID id;
} known[] = {
    {"Content-Type", HttpHeaderContentType},
    {"Content-Encoding", HttpHeaderContentEncoding},
    {"Referer", HttpHeaderReferer},
    {"Host", HttpHeaderHost},
};

static void add_header(struct room *room, HTTP_REQUEST *head, const char *line)
{
    const char *colon = strchr(line, ':');
    size_t len = (size_t)(colon - line);
    const char *value = colon + 1 + strspn(colon + 1, " ");
    for (size_t i = 0; i < HB_COUNT(known); i++) {
        if (strlen(known[i].name) == len && strncmp(known[i].name, line, len) == 0) {
            set_known(room, head, known[i].id, value);
            return;
        }
    }
    HTTP_UNKNOWN_HEADER *header =
        &head->Headers.pUnknownHeaders[head->Headers.UnknownHeaderCount++];
    header->NameLength = (USHORT)len;
    header->pName = take_text(room, line, len);
    header->RawValueLength = (USHORT)strlen(value);
    header->pRawValue = take_text(room, value, strlen(value));
}

static SOCKADDR *take_address(struct room *room, unsigned long address)
{
    struct sockaddr_in v4;
    void *place = take(room, sizeof v4);
    memset(&v4, 0, sizeof v4);
    v4.sin_family = AF_INET;
    v4.sin_addr.s_addr = htonl(address);
    if (place != NULL) {
        memcpy(place, &v4, sizeof v4);
    }
    return place;
}

size_t fake_next_piece(const struct arrival *arrival)
{
    const struct fake_request *asked = &arrival->asked;
    size_t each = asked->each > 0 ? asked->each : SIZE_MAX;
    return arrival->piece < asked->piece_count ? asked->pieces[arrival->piece] : each;
}

size_t fake_least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool says_more(const struct arrival *arrival)
{
    return arrival->at < arrival->asked.body_len || arrival->asked.late_end;
}

/* False: the buffer is too small; it then has the id alone. */
bool fake_write_head(struct arrival *arrival, void *buffer, size_t size, ULONG flags)
{
    const struct fake_request *asked = &arrival->asked;
    HTTP_REQUEST *head = buffer;
    struct room room = {(char *)buffer, size, false};
    if (take(&room, sizeof *head) == NULL) {
        fake_broken("a buffer that has no room for an HTTP_REQUEST", FAKE_RECEIVE);
    }
    memset(head, 0, sizeof *head);
    head->RequestId = arrival->id;
    head->Headers.pUnknownHeaders = take(&room, sizeof(HTTP_UNKNOWN_HEADER) * (FAKE_HEADERS + 1));
    if (room.full) {
        return false;
    }
    head->Version.MajorVersion = 1;
    head->Version.MinorVersion = asked->old ? 0 : 1;
    head->Verb = asked->verb != HttpVerbUnparsed ? asked->verb
                 : asked->body != NULL           ? HttpVerbPOST
                                                 : HttpVerbGET;
    head->RawUrlLength = (USHORT)strlen(asked->url);
    head->pRawUrl = take_text(&room, asked->url, strlen(asked->url));
    head->Address.pRemoteAddress = take_address(&room, asked->from_here ? 0x7f000001 : 0xc0a801c9);
    head->Address.pLocalAddress = take_address(&room, asked->from_here ? 0x7f000001 : 0xc0a8010a);
    if (!asked->old) {
        set_known(&room, head, HttpHeaderHost,
                  asked->from_here ? "localhost:9090" : "192.168.1.10:9090");
    }
    for (size_t i = 0; i < FAKE_HEADERS && asked->headers[i] != NULL; i++) {
        add_header(&room, head, asked->headers[i]);
    }
    if (asked->body != NULL && !asked->no_length) {
        char length[24];
        snprintf(length, sizeof length, "%llu",
                 (unsigned long long)(asked->length != 0 ? asked->length : asked->body_len));
        set_known(&room, head, HttpHeaderContentLength, length);
    }
    take(&room, asked->head_extra);
    if (room.full) {
        return false;
    }
    if ((flags & HTTP_RECEIVE_REQUEST_FLAG_COPY_BODY) != 0 && arrival->at < asked->body_len) {
        size_t whole = fake_least(fake_next_piece(arrival), asked->body_len - arrival->at);
        size_t fits =
            room.left > sizeof(HTTP_DATA_CHUNK) + 16 ? room.left - sizeof(HTTP_DATA_CHUNK) - 16 : 0;
        if (fake.body_must_fit && whole > fits) {
            return false;
        }
        size_t len = fake_least(whole, fits);
        arrival->piece++;
        if (len > 0) {
            HTTP_DATA_CHUNK *chunk = take(&room, sizeof *chunk);
            memset(chunk, 0, sizeof *chunk);
            chunk->DataChunkType = HttpDataChunkFromMemory;
            chunk->FromMemory.BufferLength = (ULONG)len;
            chunk->FromMemory.pBuffer = take_text(&room, asked->body + arrival->at, len);
            head->EntityChunkCount = 1;
            head->pEntityChunks = chunk;
            arrival->at += len;
        }
    }
    head->Flags =
        asked->body != NULL && says_more(arrival) ? HTTP_REQUEST_FLAG_MORE_ENTITY_BODY_EXISTS : 0;
    return true;
}
