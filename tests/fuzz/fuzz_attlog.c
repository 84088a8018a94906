/*
 * attlog: the input is a body of attendance lines.
 */
#include "formats/attlog.h"
#include "fuzz.h"

/* Reads a body to its end; returns how many lines came out, *last the final one's user ("" for a
 * bad line). */
static size_t read_body(struct span body, char last[PUNCH_USER_MAX + 1], size_t *punches)
{
    static struct attlog_reader reader;
    struct punch punch;
    size_t lines = 0;
    size_t line = 0;
    enum attlog_result result;

    last[0] = '\0';
    *punches = 0;
    attlog_begin(&reader, body);
    memset(&punch, 0, sizeof punch);
    while ((result = attlog_next(&reader, &punch)) != ATTLOG_END) {
        lines++;
        MUST(lines <= body.len); /* each takes a byte at least: it ends */
        MUST(reader.line > line);
        line = reader.line;
        if (result == ATTLOG_PUNCH) {
            must_be_punch(&punch, NULL);
            MUST(punch.raw.at >= reader.raw &&
                 punch.raw.at + punch.raw.len < reader.raw + sizeof reader.raw);
            memcpy(last, punch.user_id, sizeof punch.user_id);
            (*punches)++;
        } else {
            MUST(result == ATTLOG_BAD);
            MUST(reader.reason != NULL && reader.reason[0] != '\0');
            MUST(punch.raw.len <= PUNCH_RAW_MAX && utf8_valid(punch.raw));
            last[0] = '\0';
        }
    }
    MUST(attlog_next(&reader, &punch) == ATTLOG_END);
    return lines;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char good[] = "\n007\t2026-01-15 08:01:02\t0\t1\n";
    char last[PUNCH_USER_MAX + 1];
    size_t punches = 0;
    size_t lines = read_body((struct span){(const char *)data, size}, last, &punches);

    /* Whatever came before, the next line is understood. */
    size_t punches_with = 0;
    char *with = malloc(size + sizeof good - 1);
    MUST(with != NULL);
    if (size > 0) {
        memcpy(with, data, size);
    }
    memcpy(with + size, good, sizeof good - 1);
    size_t lines_with = read_body((struct span){with, size + sizeof good - 1}, last, &punches_with);
    free(with);
    MUST(lines_with == lines + 1);
    MUST(punches_with == punches + 1);
    MUST(strcmp(last, "007") == 0);
    return 0;
}
