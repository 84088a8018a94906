#include "http/reply.h"

#include <stdio.h>
#include <string.h>

static const struct {
    int status;
    const char *reason;
} reasons[] = {
    {200, "OK"},
    {REPLY_ELSEWHERE, "Found"},
    {400, "Bad Request"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {413, "Payload Too Large"},
    {503, "Service Unavailable"},
};

static const char *reason_of(int status)
{
    for (size_t i = 0; i < HB_COUNT(reasons); i++) {
        if (reasons[i].status == status) {
            return reasons[i].reason;
        }
    }
    return "Unknown";
}

static void set_header(HTTP_RESPONSE *response, HTTP_HEADER_ID id, const char *value)
{
    response->Headers.KnownHeaders[id].pRawValue = value;
    response->Headers.KnownHeaders[id].RawValueLength = (USHORT)strlen(value);
}

static void set_fk(struct reply *reply, const char *name, const char *value)
{
    HTTP_RESPONSE *response = &reply->response;
    HTTP_UNKNOWN_HEADER *header = &reply->fk[response->Headers.UnknownHeaderCount++];
    header->pName = name;
    header->NameLength = (USHORT)strlen(name);
    header->pRawValue = value;
    header->RawValueLength = (USHORT)strlen(value);
    response->Headers.pUnknownHeaders = reply->fk;
}

bool reply_send(HANDLE queue, HTTP_REQUEST_ID request, struct reply *reply,
                const struct intake_item *item, bool disconnect, int retry_s, const char *page,
                OVERLAPPED *overlapped)
{
    HTTP_RESPONSE *response = &reply->response;
    const struct iclock_reply *said = &item->reply;
    const struct fkweb_reply *fk = &item->fk.reply;
    memset(response, 0, sizeof *response);
    response->StatusCode = (USHORT)said->status;
    response->pReason = reason_of(said->status);
    response->ReasonLength = (USHORT)strlen(response->pReason);
    if (said->status == 405) {
        set_header(response, HttpHeaderAllow, "GET, POST");
    }
    if (said->status == 503) {
        snprintf(reply->retry_after, sizeof reply->retry_after, "%d", retry_s);
        set_header(response, HttpHeaderRetryAfter, reply->retry_after);
    }
    if (said->status == REPLY_ELSEWHERE) {
        set_header(response, HttpHeaderLocation, page);
    }
    if (said->content_type != NULL) {
        set_header(response, HttpHeaderContentType, said->content_type);
        memset(&reply->chunk, 0, sizeof reply->chunk);
        reply->chunk.DataChunkType = HttpDataChunkFromMemory;
        reply->chunk.FromMemory.pBuffer = (void *)said->body;
        reply->chunk.FromMemory.BufferLength = (ULONG)said->len;
        response->pEntityChunks = &reply->chunk;
        response->EntityChunkCount = said->len > 0 ? 1 : 0;
    }

    if (fk->response_code != NULL) {
        set_fk(reply, "response_code", fk->response_code);
        set_fk(reply, "trans_id", fk->trans_id);
        if (fk->order[0] != '\0') {
            set_fk(reply, "cmd_code", fk->order);
        }
        disconnect = true; /* one request a connection */
    }

    memset(overlapped, 0, sizeof *overlapped);
    ULONG code =
        HttpSendHttpResponse(queue, request, disconnect ? HTTP_SEND_RESPONSE_FLAG_DISCONNECT : 0,
                             response, NULL, NULL, NULL, 0, overlapped, NULL);
    return code == NO_ERROR || code == ERROR_IO_PENDING;
}
