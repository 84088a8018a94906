/*
 * rows: the input is a body of attendance lines.
 */
#include "base/portability.h"
#include "formats/row.h"
#include "fuzz.h"

/* Reads a body to its end; returns how many came out, *last the final one's user ("" for one
 * that is no punch). */
static size_t read_body(struct span body, const struct row_settings *settings,
                        char last[PUNCH_USER_MAX + 1], size_t *punches)
{
    static struct row_reader reader;
    size_t rows = 0;
    size_t row = 0;
    enum row_end end;

    last[0] = '\0';
    *punches = 0;
    row_begin(&reader, body, settings);
    memset(&reader.punch, 0, sizeof reader.punch);
    while (row_next(&reader, &end)) {
        const struct punch *punch = &reader.punch;
        rows++;
        MUST(rows <= body.len); /* each takes a byte at least: it ends */
        MUST(reader.row > row);
        row = reader.row;
        MUST(reader.line.at >= body.at && reader.line.len > 0 &&
             reader.line.at + reader.line.len <= body.at + body.len);
        last[0] = '\0';
        if (end == ROW_PUNCH) {
            must_be_punch(punch, NULL);
            MUST(punch->raw.at >= reader.raw &&
                 punch->raw.at + punch->raw.len < reader.raw + sizeof reader.raw);
            memcpy(last, punch->user_id, sizeof punch->user_id);
            (*punches)++;
        } else if (end == ROW_ASIDE) {
            MUST(reader.reason != NULL && reader.reason[0] != '\0');
            MUST(reader.user[0] == '\0' || punch_user_valid(span_of(reader.user)));
        } else {
            MUST(end == ROW_REFUSAL || end == ROW_NOBODY);
        }
    }
    MUST(!row_next(&reader, &end));
    return rows;
}

static void read_with(const struct row_settings *settings, const uint8_t *data, size_t size)
{
    static const char good[] = "\n007\t2026-01-15 08:01:02\t0\t1\n";
    char last[PUNCH_USER_MAX + 1];
    size_t punches = 0;
    size_t lines = read_body((struct span){(const char *)data, size}, settings, last, &punches);

    /* Whatever came before, the next line is understood. */
    size_t punches_with = 0;
    char *with = malloc(size + sizeof good - 1);
    MUST(with != NULL);
    if (size > 0) {
        memcpy(with, data, size);
    }
    memcpy(with + size, good, sizeof good - 1);
    size_t lines_with =
        read_body((struct span){with, size + sizeof good - 1}, settings, last, &punches_with);
    free(with);
    MUST(lines_with == lines + 1);
    MUST(punches_with == punches + 1);
    MUST(strcmp(last, "007") == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct row_settings settings[] = {
        {.now = INT64_C(1768467600)}, {.access = true}, {.now = 1, .identity = true}};
    for (size_t i = 0; i < HB_COUNT(settings); i++) {
        read_with(&settings[i], data, size);
    }
    return 0;
}
