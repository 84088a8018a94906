/*
 * request_line: the input as the address of a request and as a length.
 */
#include "fuzz.h"
#include "net/request_line.h"

static void check_within(struct span whole, struct span part)
{
    MUST(part.len <= whole.len);
    MUST(part.at == NULL ? part.len == 0
                         : part.at >= whole.at && part.at + part.len <= whole.at + whole.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = {(const char *)data, size};
    struct request_line line;
    uint64_t length = 1;

    request_line_read(text, &line);
    check_within(text, line.path);
    check_within(text, line.query);
    MUST(line.path.len == 0 || memchr(line.path.at, '?', line.path.len) == NULL);
    MUST(line.path.len + (line.query.at != NULL ? 1 + line.query.len : 0) <= size);
    if (line.query.at != NULL) { /* both together are the end of what came */
        MUST(line.query.at + line.query.len == text.at + size && line.query.at[-1] == '?');
    }

    if (request_line_length(text, &length)) {
        for (size_t i = 0; i < size; i++) {
            MUST(data[i] >= '0' && data[i] <= '9');
        }
    } else {
        MUST(size > 0 && length == 0);
    }
    return 0;
}
