/*
 * bench_logfile: MB/s of log parsing, beside counting the lines of the same bytes with memchr. The
 * bytes are in memory and are fed in the pieces in which a file is read.
 */
#include <string.h>

#include "bench.h"
#include "formats/logfile.h"

enum { FILE_BYTES = 32 << 20, PIECE = 64 << 10, TURNS = 5 };

static bool count_punch(void *context, const struct logfile_line *line, struct error *err)
{
    size_t *punches = context;
    (void)err;
    *punches += line->reason == NULL;
    return true;
}

/* A Premium Time log; returns the number of its punches. */
static size_t make_file(char *file, size_t *length)
{
    static const char head[] = "Date Export : 15/01/2026 09:00:05 AM\r\n"
                               "----------------------------------------------------\r\n"
                               "No.    ID        Time                        Verify\r\n"
                               "----------------------------------------------------\r\n";
    size_t used = sizeof head - 1;
    size_t punches = 0;
    memcpy(file, head, used);
    while (used + 128 < FILE_BYTES) {
        punches++;
        used += (size_t)snprintf(file + used, FILE_BYTES - used,
                                 "%-6zu %05zu     %02zu/%02zu/2026 %zu:%02zu:%02zu %s      1 T\r\n",
                                 punches, 1 + punches % 2000, punches / 86400 % 28 + 1,
                                 punches / 86400 / 28 % 12 + 1, punches / 3600 % 12 + 1,
                                 punches / 60 % 60, punches % 60,
                                 punches / 43200 % 2 == 0 ? "AM" : "PM");
    }
    *length = used;
    return punches;
}

static double parse(const char *file, size_t length, size_t expected)
{
    static struct logfile_reader reader;
    struct error err = ERROR_INIT;
    size_t punches = 0;
    struct logline_facts facts = {0};
    double start = bench_clock();
    for (int turn = 0; turn < 2; turn++) { /* first to learn, as a file is read */
        logfile_begin(&reader, "HIP_DEVICE_1", turn == 0 ? NULL : count_punch, &punches);
        if (turn > 0) {
            logfile_set_facts(&reader, &facts);
        }
        for (size_t at = 0; at < length; at += PIECE) {
            size_t piece = length - at < PIECE ? length - at : PIECE;
            bench_must(logfile_feed(&reader, (struct span){file + at, piece}, &err), "parse", &err);
        }
        bench_must(logfile_end(&reader, &err), "parse", &err);
        facts = *logfile_facts(&reader);
    }
    double seconds = bench_clock() - start;
    bench_must(punches == expected, "not every line was a punch", NULL);
    return seconds;
}

static double count_lines(const char *file, size_t length, size_t *lines)
{
    double start = bench_clock();
    const char *end = file + length;
    *lines = 0;
    for (const char *at = file; at < end; at++, ++*lines) {
        at = memchr(at, '\n', (size_t)(end - at));
        if (at == NULL) {
            break;
        }
    }
    return bench_clock() - start;
}

int main(void)
{
    char *file = malloc(FILE_BYTES);
    bench_must(file != NULL, "no memory", NULL);
    size_t length = 0;
    size_t lines = 0;
    size_t punches = make_file(file, &length);
    double parsing = 1e9;
    double counting = 1e9;
    for (int turn = 0; turn < TURNS; turn++) {
        double seconds = count_lines(file, length, &lines);
        counting = seconds < counting ? seconds : counting;
        bench_must(lines > punches, "lines", NULL);
        seconds = parse(file, length, punches);
        parsing = seconds < parsing ? seconds : parsing;
    }
    bench_figure("logfile, parsing beside counting lines", (double)length / 1e6 / parsing, "MB/s",
                 (double)length / 1e6 / counting);
    bench_figure("logfile, punches", (double)punches / parsing, "punches/s", 0);
    free(file);
    return 0;
}
