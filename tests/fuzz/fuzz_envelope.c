/*
 * envelope: the first byte says what is declared and how it is asked; then a query up to the first
 * line end, and the body. What comes out is within its bounds, and a row in it is one in there too.
 */
#include "fuzz.h"
#include "iclock/envelope.h"

enum { MAX = 1 << 16 };

static void must_hold(const struct iclock_request *request, const struct iclock_request *opened)
{
    if (opened->sealed != NULL) { /* set aside whole: what was sent, not what became of it */
        MUST(opened->sealed[0] != '\0');
        return;
    }
    MUST(opened->body.len <= MAX || opened->body.at == request->body.at);
    MUST(opened->method == request->method || opened->method == ICLOCK_POST);
    if (opened->body.at == request->body.at) {
        MUST(opened->body.len == request->body.len);
    }
    if (opened->body.len > 0) {
        (void)memchr(opened->body.at, 0, opened->body.len); /* sanitizers watch */
    }
    if (opened->query.len > 0) {
        (void)memchr(opened->query.at, 0, opened->query.len);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct span encodings[] = {
        {"", 0}, {"gzip", 4}, {"deflate", 7}, {"identity", 8}, {"br", 2}};
    static struct envelope envelope;
    struct iclock_request opened;
    struct span rest = {(const char *)data, size};
    struct span line;
    if (size == 0) {
        return 0;
    }
    unsigned how = data[0];
    rest.at++;
    rest.len--;
    struct iclock_request request = {.method = how & 128 ? ICLOCK_GET : ICLOCK_POST,
                                     .path = SPAN("/iclock/cdata"),
                                     .content_encoding = encodings[(how & 7) % 5]};
    if (span_field(&rest, '\n', &line)) {
        request.query = line;
        request.body = rest;
    }
    envelope_open(&envelope, &request, MAX, &opened);
    must_hold(&request, &opened);

    static const struct iclock_settings settings = {"HIP_DEVICE_1", 420, 10, 30};
    struct iclock_call call;
    iclock_read(&opened, &settings, &call);
    MUST(call.operation <= ICLOCK_OTHER_FAMILY);
    envelope_empty(&envelope);
    return 0;
}
