#include "sniff.h"

#include <windows.h>

#include <stdio.h>
#include <string.h>

#include "base/portability.h"
#include "fk/fkweb.h"

static const struct {
    int status;
    const char *words;
} status_words[] = {
    {200, "OK"},
    {400, "Bad Request"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {411, "Length Required"},
    {503, "Service Unavailable"},
};

/* ---- reading a request ---- */

/* The head's end: its length with the blank line, 0 while that has not come. */
size_t sniff_head_length(struct span text)
{
    for (size_t i = 0; i + 1 < text.len; i++) {
        if (text.at[i] == '\n' && text.at[i + 1] == '\n') {
            return i + 2;
        }
        if (i + 2 < text.len && text.at[i] == '\n' && text.at[i + 1] == '\r' &&
            text.at[i + 2] == '\n') {
            return i + 3;
        }
    }
    return 0;
}

bool sniff_header(struct span head, struct span name, struct span *value)
{
    struct span line;
    while (span_field(&head, '\n', &line)) {
        struct span rest = line;
        struct span key;
        if (span_field(&rest, ':', &key) && rest.at != NULL &&
            span_equal_nocase(span_trim(key), name)) {
            *value = span_trim(rest);
            return true;
        }
    }
    return false;
}

static enum iclock_method method_of(struct span word)
{
    return span_equal(word, SPAN("GET"))    ? ICLOCK_GET
           : span_equal(word, SPAN("POST")) ? ICLOCK_POST
           : span_equal(word, SPAN("HEAD")) ? ICLOCK_HEAD
                                            : ICLOCK_OTHER_METHOD;
}

/* Nothing that is to be kept is taken: the terminal keeps it. */
static bool keep_nothing(void *context, const struct iclock_effect *effect, struct error *err)
{
    (void)context;
    if (effect->kind == ICLOCK_EFFECT_PUNCH || effect->kind == ICLOCK_EFFECT_ASIDE ||
        effect->kind == ICLOCK_EFFECT_REFUSAL) {
        return error_set(err, ERR_STOPPED, 0, "punches are not taken here");
    }
    return true;
}

/* FkWeb, in its own words: there is no order, and nothing is taken. */
static void make_fk_reply(const struct fkweb_request *request, struct iclock_reply *reply,
                          struct fkweb_reply *said)
{
    struct fkweb_call call;
    fkweb_read(request, &call);
    memset(reply, 0, sizeof *reply);
    reply->status = 200;
    reply->content_type = "application/octet-stream";
    said->response_code = call.operation == FKWEB_POLL ? FKWEB_NO_ORDER : FKWEB_NOT_STORED;
    memcpy(said->trans_id, call.trans_id, sizeof said->trans_id);
}

static bool read_fk(struct span head, struct fkweb_request *request)
{
    static const char *const names[] = {"request_code", "dev_id", "trans_id", "blk_no",
                                        "cmd_return_code"};
    memset(request, 0, sizeof *request);
    for (size_t i = 0; i < HB_COUNT(names); i++) {
        struct span value;
        if (sniff_header(head, span_of(names[i]), &value)) {
            *fkweb_header(request, span_of(names[i])) = value;
        }
    }
    request->given = request->code.at != NULL && request->dev_id.at != NULL;
    return request->given;
}

static void make_reply(const struct sniff_request *asked, const struct iclock_settings *settings,
                       struct iclock_reply *reply, struct fkweb_reply *said)
{
    struct span head = {asked->bytes.at, asked->head};
    struct span first;
    struct span method;
    struct span target;
    struct span value;
    struct span lines = head;
    struct iclock_request request;
    struct fkweb_request fk;
    struct iclock_call call;
    memset(&request, 0, sizeof request);
    memset(reply, 0, sizeof *reply);
    if (read_fk(head, &fk)) {
        make_fk_reply(&fk, reply, said);
        return;
    }
    if (!span_field(&lines, '\n', &first) || !span_word(&first, &method) ||
        !span_word(&first, &target)) {
        iclock_refuse(400, reply);
        return;
    }
    request.method = method_of(method);
    request.query = target;
    span_field(&request.query, '?', &request.path);
    if (request.query.at == NULL) {
        request.query = SPAN("");
    }
    request.body = (struct span){asked->bytes.at + asked->head, asked->bytes.len - asked->head};
    request.other_family = sniff_header(head, SPAN("request_code"), &value);
    iclock_read(&request, settings, &call);
    if (!iclock_answer(&call, settings, NULL, keep_nothing, NULL, reply, NULL)) {
        iclock_refuse(503, reply);
    }
}

size_t sniff_answer(const struct sniff_request *request, const struct iclock_settings *settings,
                    char *out, size_t size, bool *kept)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const char *words = "Answer";
    char fk[200] = "";
    struct fkweb_reply said = {NULL, "", ""};
    struct iclock_reply reply;
    SYSTEMTIME now;
    make_reply(request, settings, &reply, &said);
    for (size_t i = 0; i < HB_COUNT(status_words); i++) {
        if (status_words[i].status == reply.status) {
            words = status_words[i].words;
        }
    }
    if (said.response_code != NULL) {
        snprintf(fk, sizeof fk, "response_code: %s\r\ntrans_id: %s\r\n", said.response_code,
                 said.trans_id);
    }
    GetSystemTime(&now); /* terminals set their clocks by the Date header */
    int len =
        snprintf(out, size,
                 "HTTP/1.1 %d %s\r\nDate: %s, %02u %s %04u %02u:%02u:%02u GMT\r\n%s"
                 "Content-Type: %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
                 reply.status, words, days[now.wDayOfWeek % 7], now.wDay,
                 months[(now.wMonth + 11) % 12], now.wYear, now.wHour, now.wMinute, now.wSecond, fk,
                 reply.content_type != NULL ? reply.content_type : "text/plain", reply.len);
    memcpy(out + len, reply.body, reply.len);
    *kept = reply.status == 503 ||
            (said.response_code != NULL && strcmp(said.response_code, FKWEB_NOT_STORED) == 0);
    return (size_t)len + reply.len;
}
