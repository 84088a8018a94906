/*
 * columns: a log read by columns of one's own. The first bytes choose the mapping: a byte for each
 * column (its position, or its name in a head), one for the separator, one for the order of dates;
 * the rest is the file. What comes out is a punch, however the file is cut.
 */
#include "formats/logfile.h"
#include "fuzz.h"

enum { CHOICES = LOG_COLUMNS + 2 };

static bool see(void *context, const struct logfile_line *line, struct error *err)
{
    uint64_t *lines = context;
    (void)err;
    ++*lines;
    MUST(line->number > 0 && !line->passed);
    if (line->reason == NULL) {
        must_be_punch(&line->punch, NULL);
        MUST(punch_sn_valid(span_of(line->punch.device_sn)));
    } else {
        MUST(line->reason[0] != '\0');
    }
    MUST(line->punch.raw.len <= PUNCH_RAW_MAX && utf8_valid(line->punch.raw));
    return true;
}

static uint64_t read_file(struct span file, const struct log_columns *columns, size_t chunk)
{
    static struct logfile_reader reader;
    struct logline_facts facts = {0};
    struct error err = ERROR_INIT;
    uint64_t lines = 0;
    for (int turn = 0; turn < 2; turn++) {
        logfile_begin(&reader, "TEST00000001", turn == 0 ? NULL : see, &lines);
        logfile_set_columns(&reader, columns);
        if (turn > 0) {
            logfile_set_facts(&reader, &facts);
        }
        for (size_t at = 0; at < file.len; at += chunk) {
            size_t len = file.len - at < chunk ? file.len - at : chunk;
            MUST(logfile_feed(&reader, (struct span){file.at + at, len}, &err));
        }
        MUST(logfile_end(&reader, &err));
        facts = *logfile_facts(&reader);
    }
    return lines;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[LOG_COLUMNS] = {"Who", "Day", "When", "What", "How", "Where"};
    static const char separators[] = "\0\t;,| ";
    struct log_columns columns = {.given = true};
    if (size < CHOICES) {
        return 0;
    }
    for (size_t i = 0; i < LOG_COLUMNS; i++) {
        bool named = data[i] >= 0x80;
        columns.position[i] = named ? 0 : data[i] % 16;
        if (named) {
            memcpy(columns.name[i], names[i], strlen(names[i]));
        }
    }
    columns.separator = separators[data[LOG_COLUMNS] % (sizeof separators - 1)];
    columns.order = (enum log_order)(data[LOG_COLUMNS + 1] % 3);
    memcpy(columns.words_in[0], "here", sizeof "here");
    memcpy(columns.words_out[0], "gone", sizeof "gone");
    struct span file = {(const char *)data + CHOICES, size - CHOICES};
    uint64_t whole = read_file(file, &columns, file.len + 1);
    MUST(read_file(file, &columns, 7) == whole);
    return 0;
}
