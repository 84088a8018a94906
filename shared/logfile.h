/*
 * logfile: the text logs that HIP Premium Time saves, read piece by piece.
 *
 * The file is fed in chunks of any size, as they come from the disk; memory does not grow with the
 * file nor with a line. Lines come out through a callback, in order, each one either a punch, a
 * line that is to be passed over (header, separator, blank), or a line that nobody understands.
 * Nothing here allocates or blocks. One reader belongs to one thread.
 */
#ifndef HIPBRIDGE_LOGFILE_H
#define HIPBRIDGE_LOGFILE_H

#include "error.h"
#include "punch.h"

/* Of a longer line the beginning is kept and the rest passed over; it can hold no punch. */
enum { LOGFILE_LINE_MAX = 4096 };

struct logfile_line {
    uint64_t number;    /* from 1 */
    const char *reason; /* NULL: *punch is a punch. Else static English text why it is none */
    struct punch punch; /* device_sn as given to logfile_begin; raw also set for a bad line */
};

/*
 * Called for each punch and each bad line (never for headers and blanks). False stops the reading;
 * err is then filled and handed on.
 */
typedef bool logfile_sink(void *context, const struct logfile_line *line, struct error *err);

struct logfile_reader {
    logfile_sink *sink;
    void *context;
    char device_sn[PUNCH_SN_MAX + 1];
    uint64_t line;                /* the number of the line being collected */
    size_t held;                  /* bytes of it in `text` */
    bool overlong;                /* more came than fits */
    bool started;                 /* past the byte order mark */
    char text[LOGFILE_LINE_MAX];
    char raw[PUNCH_RAW_MAX + 1];
};

/* Begins a file. The sink is called from logfile_feed and logfile_end only. */
void logfile_begin(struct logfile_reader *reader, const char *device_sn, logfile_sink *sink,
                   void *context);

/* The next bytes of the file, any number. False when the sink said so. */
bool logfile_feed(struct logfile_reader *reader, struct span bytes, struct error *err);

/* The end of the file: hands over a last line that has no line end. */
bool logfile_end(struct logfile_reader *reader, struct error *err);

#endif
